//! Handles: what an opaque C pointer really points to, and who owns it.
//!
//! A handle points to a [`Block`] whose first eight bytes name its type, so that a live handle of the wrong type is
//! an `IC_STATUS_INVALID_ARGUMENT` and not a crash. Ownership is an associated type: [`release`] compiles only for
//! shared handles and [`free`] only for owned ones, and a type has exactly one ownership.

use std::ffi::{c_int, c_void};
use std::hint::black_box;
use std::ptr;
use std::sync::Arc;

use crate::error::Failure;
use crate::string::list;

/// One owner; ends with `_free`.
#[derive(Debug)]
pub(crate) struct Owned;
/// Counted references; `_retain` and `_release`.
#[derive(Debug)]
pub(crate) struct Shared;
/// Part of another object and gone with it.
#[derive(Debug)]
pub(crate) struct Borrowed;

/// An opaque C type.
pub(crate) trait Handle: Sized {
    /// [`Owned`], [`Shared`] or [`Borrowed`].
    type Ownership;
    /// What lives behind the pointer.
    type Inner;
    /// The name of the type, readable in a debugger.
    const TAG: [u8; 8];
}

const DEAD: [u8; 8] = *b"ic:freed";

/// What a handle points to.
#[repr(C)]
pub(crate) struct Block<H: Handle> {
    tag: [u8; 8],
    value: H::Inner,
}

impl<H: Handle> Block<H> {
    pub(crate) fn new(value: H::Inner) -> Self {
        Block { tag: H::TAG, value }
    }

    /// The pointer of an element that belongs to another object.
    pub(crate) fn as_borrowed(&self) -> *const H
    where
        H: Handle<Ownership = Borrowed>,
    {
        ptr::from_ref(self).cast()
    }
}

impl<H: Handle> Drop for Block<H> {
    fn drop(&mut self) {
        // Volatile, because an ordinary write to memory that is about to go would be optimised away. A second release
        // then most likely finds this instead of the tag; that is a courtesy, using a dead handle stays undefined.
        // SAFETY: `self.tag` is a field of a live reference.
        unsafe { ptr::write_volatile(&mut self.tag, DEAD) };
    }
}

unsafe extern "C" {
    fn memcmp(a: *const c_void, b: *const c_void, length: usize) -> c_int;
}

/// Whether the memory at `handle` carries `tag`.
///
/// The comparison goes through a real call of the C library's `memcmp`: the sanitizer of the *calling program* watches
/// that function, though it did not compile this library, and so reports any use of a handle after its last release.
///
/// # Safety
/// `handle` points to at least eight readable bytes.
unsafe fn has_tag(handle: *const c_void, tag: &[u8; 8]) -> bool {
    type Compare = unsafe extern "C" fn(*const c_void, *const c_void, usize) -> c_int;
    let compare: Compare = black_box(memcmp);
    // SAFETY: `handle` by the contract of this function, `tag` is a reference to eight bytes.
    unsafe { compare(handle, tag.as_ptr().cast(), tag.len()) == 0 }
}

/// Checks a handle that C passed in.
///
/// # Safety
/// `handle` is NULL or a live handle of this library.
unsafe fn check<H: Handle>(handle: *const H, name: &'static str) -> Result<(), Failure> {
    if handle.is_null() {
        return Err(Failure::null(name));
    }
    // SAFETY: a live handle points to a block, which begins with eight bytes of tag.
    if unsafe { has_tag(handle.cast(), &H::TAG) } { Ok(()) } else { Err(Failure::wrong_handle(name)) }
}

/// What is behind a handle.
///
/// # Safety
/// `handle` is NULL or a live handle of this library that stays alive for `'a`.
pub(crate) unsafe fn get<'a, H: Handle>(handle: *const H, name: &'static str) -> Result<&'a H::Inner, Failure> {
    // SAFETY: the contract of `check` is the one of this function.
    unsafe { check(handle, name)? };
    // SAFETY: the tag says that this is a block of `H`; it lives for `'a`.
    Ok(unsafe { &(*handle.cast::<Block<H>>()).value })
}

/// As [`get`], for an argument that may be NULL.
///
/// # Safety
/// As for [`get`].
pub(crate) unsafe fn get_optional<'a, H: Handle>(handle: *const H, name: &'static str) -> Result<Option<&'a H::Inner>, Failure> {
    if handle.is_null() {
        return Ok(None);
    }
    // SAFETY: the contract is the same.
    unsafe { get(handle, name).map(Some) }
}

/// What is behind each handle of a list.
///
/// # Safety
/// `handles` points to `count` elements or is NULL, and each of them is as for [`get`].
pub(crate) unsafe fn get_all<'a, H: Handle>(
    handles: *const *mut H,
    count: usize,
    name: &'static str,
) -> Result<Vec<&'a H::Inner>, Failure> {
    // SAFETY: the contract is the same.
    let handles = unsafe { list(handles, count, name)? };
    // SAFETY: the contract is the same.
    handles.iter().map(|&handle| unsafe { get(handle.cast_const(), name) }).collect()
}

/// What is behind an owned handle, to be changed.
///
/// # Safety
/// As for [`get`], and no other thread uses the handle meanwhile.
pub(crate) unsafe fn get_mut<'a, H>(handle: *mut H, name: &'static str) -> Result<&'a mut H::Inner, Failure>
where
    H: Handle<Ownership = Owned>,
{
    // SAFETY: the contract of `check` is part of the one of this function.
    unsafe { check(handle, name)? };
    // SAFETY: the tag says that this is a block of `H`; it has one owner, who does not use it elsewhere meanwhile.
    Ok(unsafe { &mut (*handle.cast::<Block<H>>()).value })
}

/// A new owned handle.
pub(crate) fn new_owned<H: Handle<Ownership = Owned>>(value: H::Inner) -> *mut H {
    Box::into_raw(Box::new(Block::<H>::new(value))).cast()
}

/// A new shared handle with one reference.
pub(crate) fn new_shared<H: Handle<Ownership = Shared>>(value: H::Inner) -> *mut H {
    Arc::into_raw(Arc::new(Block::<H>::new(value))).cast_mut().cast()
}

/// The body of every `_free`.
///
/// # Safety
/// `handle` is NULL or a live handle, which ends here.
pub(crate) unsafe fn free<H: Handle<Ownership = Owned>>(handle: *mut H) -> Result<(), Failure> {
    // SAFETY: the contract is the same; NULL leaves here.
    unsafe { check(handle, "handle")? };
    // SAFETY: an owned handle of this type was made by `new_owned` and has not been freed.
    drop(unsafe { Box::from_raw(handle.cast::<Block<H>>()) });
    Ok(())
}

/// The body of every `_retain`.
///
/// # Safety
/// `handle` is NULL or a live handle.
pub(crate) unsafe fn retain<H: Handle<Ownership = Shared>>(handle: *mut H) -> Result<*mut H, Failure> {
    // SAFETY: the contract is the same; NULL leaves here.
    unsafe { check(handle, "handle")? };
    // SAFETY: a shared handle of this type was made by `new_shared`, and the caller holds a reference.
    unsafe { Arc::increment_strong_count(handle.cast_const().cast::<Block<H>>()) };
    Ok(handle)
}

/// The body of every `_release`.
///
/// # Safety
/// `handle` is NULL or a live handle; the caller gives one of its references away.
pub(crate) unsafe fn release<H: Handle<Ownership = Shared>>(handle: *mut H) -> Result<(), Failure> {
    // SAFETY: the contract is the same; NULL leaves here.
    unsafe { check(handle, "handle")? };
    // SAFETY: a shared handle of this type was made by `new_shared`, and the caller owns this reference.
    unsafe { Arc::decrement_strong_count(handle.cast_const().cast::<Block<H>>()) };
    Ok(())
}

/// A reference to a shared handle, which is given back when it goes.
pub(crate) struct Reference<H: Handle<Ownership = Shared>>(*mut H);

impl<H: Handle<Ownership = Shared>> Reference<H> {
    /// Takes over a reference that a new handle has.
    pub(crate) fn to_new(value: H::Inner) -> Self {
        Reference(new_shared(value))
    }

    /// Another reference.
    ///
    /// # Safety
    /// `handle` is a live handle.
    pub(crate) unsafe fn to(handle: *mut H) -> Result<Self, Failure> {
        // SAFETY: the contract is the same.
        unsafe { retain(handle) }.map(Reference)
    }

    pub(crate) fn handle(&self) -> *mut H {
        self.0
    }
}

// SAFETY: shared handles are counted by an `Arc`, whose rule this is.
unsafe impl<H: Handle<Ownership = Shared>> Send for Reference<H> where H::Inner: Send + Sync {}

impl<H: Handle<Ownership = Shared>> Drop for Reference<H> {
    fn drop(&mut self) {
        // SAFETY: made from a live handle with a reference of its own, which ends here. A live handle is no wrong one.
        let _ = unsafe { release(self.0) };
    }
}

/// A place of the caller for a result. It is written only when everything went well.
#[derive(Debug)]
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// # Safety
    /// `place` is NULL or valid for writing a `T` until the function of the interface returns.
    pub(crate) unsafe fn new(place: *mut T, name: &'static str) -> Result<Self, Failure> {
        if place.is_null() { Err(Failure::null(name)) } else { Ok(Out(place)) }
    }

    pub(crate) fn set(self, value: T) {
        // SAFETY: not NULL, so valid by the contract of `new`.
        unsafe { ptr::write(self.0, value) };
    }
}

/// A place of the caller for so many results.
#[derive(Debug)]
pub(crate) struct OutList<T> {
    place: *mut T,
    capacity: usize,
}

impl<T> OutList<T> {
    /// # Safety
    /// `place` is NULL or valid for writing `capacity` values until the function of the interface returns.
    pub(crate) unsafe fn new(place: *mut T, capacity: usize, name: &'static str) -> Result<Self, Failure> {
        if place.is_null() && capacity > 0 { Err(Failure::null(name)) } else { Ok(OutList { place, capacity }) }
    }

    /// Writes as many as there is room for.
    pub(crate) fn set(self, values: impl Iterator<Item = T>) {
        for (index, value) in values.take(self.capacity).enumerate() {
            // SAFETY: `index` is below the capacity, for which the place is valid by the contract of `new`.
            unsafe { ptr::write(self.place.add(index), value) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{IC_STATUS_INVALID_ARGUMENT, IC_STATUS_NULL_ARGUMENT};

    struct Cup;
    impl Handle for Cup {
        type Ownership = Owned;
        type Inner = String;
        const TAG: [u8; 8] = *b"test:cup";
    }

    struct Well;
    impl Handle for Well {
        type Ownership = Shared;
        type Inner = Arc<()>;
        const TAG: [u8; 8] = *b"test:wel";
    }

    #[test]
    fn an_owned_handle_lives_until_free() {
        let cup = new_owned::<Cup>("tea".to_owned());
        // SAFETY: a live handle, used by this thread only.
        unsafe {
            get_mut(cup, "cup").unwrap().push('!');
            assert_eq!(get(cup, "cup").unwrap(), "tea!");
            free(cup).unwrap();
        }
    }

    #[test]
    fn a_shared_handle_lives_until_its_last_release() {
        let content = Arc::new(());
        let well = new_shared::<Well>(content.clone());
        // SAFETY: a live handle with two references, both given back.
        unsafe {
            retain(well).unwrap();
            release(well).unwrap();
            assert_eq!(Arc::strong_count(&content), 2);
            release(well).unwrap();
        }
        assert_eq!(Arc::strong_count(&content), 1);
    }

    #[test]
    fn a_wrong_or_missing_handle_is_refused() {
        let cup = new_owned::<Cup>(String::new());
        // SAFETY: a live handle, though of another type; and NULL.
        unsafe {
            assert_eq!(get(cup.cast::<Well>(), "well").unwrap_err().status, IC_STATUS_INVALID_ARGUMENT);
            assert_eq!(release(cup.cast::<Well>()).unwrap_err().status, IC_STATUS_INVALID_ARGUMENT);
            assert_eq!(get::<Cup>(ptr::null(), "cup").unwrap_err().status, IC_STATUS_NULL_ARGUMENT);
            free(cup).unwrap();
        }
    }
}
