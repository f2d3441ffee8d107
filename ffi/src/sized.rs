//! Structs that may grow: their first member is `struct_size`, and the smaller of the two sizes is read or written.

use std::mem::{self, MaybeUninit};
use std::ptr;

use crate::error::Failure;

/// A struct with a `struct_size`.
///
/// # Safety
/// The type is `repr(C)`, its first member is `struct_size: usize`, and every pattern of bits is a value of it.
pub(crate) unsafe trait Stamped: Copy {
    /// The size in the first release that had the struct. It never changes.
    const FIRST_SIZE: usize;
}

/// Reads the size that the caller stamped.
///
/// # Safety
/// `place` is not NULL and points to a struct that was stamped with its own size.
unsafe fn stamp<T: Stamped>(place: *const T, name: &'static str) -> Result<usize, Failure> {
    // SAFETY: the first member is the stamp, and any smaller object would not be one of these structs.
    let size = unsafe { ptr::read(place.cast::<usize>()) };
    if size < T::FIRST_SIZE { Err(Failure::struct_size(name, size, T::FIRST_SIZE)) } else { Ok(size) }
}

/// Reads a struct; members that the caller does not know are zero. NULL is `None`.
///
/// # Safety
/// `place` is NULL or points to a struct that was stamped with its own size.
pub(crate) unsafe fn read<T: Stamped>(place: *const T, name: &'static str) -> Result<Option<T>, Failure> {
    if place.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL; the rest is the contract of this function.
    let size = unsafe { stamp(place, name)? };
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: the caller's struct has `size` bytes, ours `size_of::<T>()`; the smaller count fits both.
    unsafe { ptr::copy_nonoverlapping(place.cast::<u8>(), value.as_mut_ptr().cast(), size.min(size_of::<T>())) };
    // SAFETY: every pattern of bits is a value of `T`, and the rest was zeroed.
    Ok(Some(unsafe { value.assume_init() }))
}

/// A place of the caller for a struct.
#[derive(Debug)]
pub(crate) struct SizedOut<T> {
    place: *mut T,
    size: usize,
}

impl<T: Stamped> SizedOut<T> {
    /// # Safety
    /// `place` is NULL or points to a struct that was stamped with its own size, valid until the function returns.
    pub(crate) unsafe fn new(place: *mut T, name: &'static str) -> Result<Self, Failure> {
        if place.is_null() {
            return Err(Failure::null(name));
        }
        // SAFETY: not NULL; the rest is the contract of this function.
        let size = unsafe { stamp(place.cast_const(), name)? };
        Ok(SizedOut { place, size })
    }

    /// Writes what the caller's struct has room for; its stamp stays.
    pub(crate) fn set(self, value: &T) {
        let stamp = mem::size_of::<usize>();
        let end = self.size.min(size_of::<T>());
        // SAFETY: both structs have at least `end` bytes, and `end` is not below the stamp that both begin with.
        unsafe {
            let from = ptr::from_ref(value).cast::<u8>().add(stamp);
            ptr::copy_nonoverlapping(from, self.place.cast::<u8>().add(stamp), end - stamp);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::IC_STATUS_STRUCT_SIZE;

    #[repr(C)]
    #[derive(Clone, Copy, Debug)]
    struct Grown {
        struct_size: usize,
        first: u64,
        later: u64,
    }
    // SAFETY: repr(C), the stamp first, numbers only.
    unsafe impl Stamped for Grown {
        const FIRST_SIZE: usize = 16;
    }

    fn grown(struct_size: usize) -> Grown {
        Grown { struct_size, first: 1, later: 2 }
    }

    #[test]
    fn an_old_caller_leaves_new_members_zero() {
        // SAFETY: a struct of at least the size it says.
        let read = |size| unsafe { read(&grown(size), "g") };
        assert_eq!(read(16).unwrap().unwrap().later, 0);
        assert_eq!(read(24).unwrap().unwrap().later, 2);
        assert_eq!(read(15).unwrap_err().status, IC_STATUS_STRUCT_SIZE);
        assert_eq!(read(0).unwrap_err().status, IC_STATUS_STRUCT_SIZE);
    }

    #[test]
    fn a_newer_caller_is_read_as_far_as_we_know() {
        let big = (grown(40), [9u64; 2]);
        // SAFETY: 40 bytes, as it says.
        assert_eq!(unsafe { read(&big.0, "g") }.unwrap().unwrap().later, 2);
    }

    #[test]
    fn writing_keeps_the_stamp_and_the_rest() {
        let mut place = Grown { struct_size: 16, first: 0, later: 77 };
        // SAFETY: a struct of at least the size it says.
        unsafe { SizedOut::new(&mut place, "g") }.unwrap().set(&grown(24));
        assert_eq!((place.struct_size, place.first, place.later), (16, 1, 77));
    }
}
