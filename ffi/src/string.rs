//! Text across the border: `(pointer, length)` in UTF-8 comes in, borrowed NUL-terminated UTF-8 goes out.

use std::ffi::{CStr, CString, c_char};
use std::slice;

use crate::error::Failure;

/// `IC_NUL_TERMINATED`.
pub(crate) const NUL_TERMINATED: usize = usize::MAX;

/// A text to hand out; it ends at its first NUL, as C would read it.
pub(crate) fn c_string(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).unwrap_or_default()
}

/// Bytes that C passed in.
///
/// # Safety
/// `data` is NULL or points to `length` readable bytes that stay unchanged for `'a`.
pub(crate) unsafe fn bytes<'a>(data: *const u8, length: usize, name: &'static str) -> Result<&'a [u8], Failure> {
    if data.is_null() {
        return Err(Failure::null(name));
    }
    if isize::try_from(length).is_err() {
        return Err(Failure::invalid(format!("the length of `{name}` is larger than any object")));
    }
    // SAFETY: not NULL, so by the contract of this function valid for `length` bytes.
    Ok(unsafe { slice::from_raw_parts(data, length) })
}

/// A text that C passed in.
///
/// # Safety
/// `text` is NULL or points to `length` readable bytes, or with `IC_NUL_TERMINATED` to bytes that end with a NUL; they
/// stay unchanged for `'a`.
pub(crate) unsafe fn text<'a>(text: *const c_char, length: usize, name: &'static str) -> Result<&'a str, Failure> {
    if text.is_null() {
        return Err(Failure::null(name));
    }
    let bytes = if length == NUL_TERMINATED {
        // SAFETY: not NULL, so by the contract of this function it ends with a NUL.
        unsafe { CStr::from_ptr(text) }.to_bytes()
    } else {
        // SAFETY: the contract is the same.
        unsafe { bytes(text.cast(), length, name)? }
    };
    std::str::from_utf8(bytes).map_err(|error| Failure::utf8(name, error.valid_up_to()))
}

/// A list that C passed in. With no elements it does not matter where it is.
///
/// # Safety
/// `data` points to `count` values that stay unchanged for `'a`, or is NULL, or `count` is 0.
pub(crate) unsafe fn list<'a, T>(data: *const T, count: usize, name: &'static str) -> Result<&'a [T], Failure> {
    if count == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Failure::null(name));
    }
    if count.checked_mul(size_of::<T>()).is_none_or(|size| isize::try_from(size).is_err()) {
        return Err(Failure::invalid(format!("the list `{name}` is larger than any object")));
    }
    // SAFETY: not NULL and not empty, so by the contract of this function valid for `count` values.
    Ok(unsafe { slice::from_raw_parts(data, count) })
}

/// A list of texts that C passed in, each with its NUL at the end.
///
/// # Safety
/// As for [`list`], and each element as for [`text`] with `IC_NUL_TERMINATED`.
pub(crate) unsafe fn texts<'a>(data: *const *const c_char, count: usize, name: &'static str) -> Result<Vec<&'a str>, Failure> {
    // SAFETY: the contract is the same.
    let list = unsafe { list(data, count, name)? };
    // SAFETY: the contract is the same.
    list.iter().map(|&element| unsafe { text(element, NUL_TERMINATED, name) }).collect()
}

/// As [`text`], for an argument that may be left out: NULL with the length 0 or `IC_NUL_TERMINATED`.
///
/// # Safety
/// As for [`text`].
pub(crate) unsafe fn optional_text<'a>(data: *const c_char, length: usize, name: &'static str) -> Result<Option<&'a str>, Failure> {
    if data.is_null() && (length == 0 || length == NUL_TERMINATED) {
        return Ok(None);
    }
    // SAFETY: the contract is the same.
    unsafe { text(data, length, name).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{IC_STATUS_INVALID_ARGUMENT, IC_STATUS_INVALID_UTF8, IC_STATUS_NULL_ARGUMENT};
    use std::ptr;

    #[test]
    fn text_ends_at_its_first_nul() {
        assert_eq!(c_string("a\0b").as_bytes(), b"a");
        assert_eq!(c_string("").as_bytes(), b"");
    }

    #[test]
    fn lengths_and_terminators() {
        let given = c"zoom";
        // SAFETY: a literal with its terminator.
        unsafe {
            assert_eq!(text(given.as_ptr(), NUL_TERMINATED, "t").unwrap(), "zoom");
            assert_eq!(text(given.as_ptr(), 2, "t").unwrap(), "zo");
            assert_eq!(text(given.as_ptr(), 0, "t").unwrap(), "");
            assert_eq!(text(given.as_ptr(), usize::MAX - 1, "t").unwrap_err().status, IC_STATUS_INVALID_ARGUMENT);
            assert_eq!(text(c"\xff".as_ptr(), 1, "t").unwrap_err().status, IC_STATUS_INVALID_UTF8);
            assert_eq!(text(ptr::null(), 0, "t").unwrap_err().status, IC_STATUS_NULL_ARGUMENT);
            assert_eq!(optional_text(ptr::null(), 0, "t").unwrap(), None);
            assert_eq!(optional_text(ptr::null(), NUL_TERMINATED, "t").unwrap(), None);
            assert_eq!(optional_text(ptr::null(), 3, "t").unwrap_err().status, IC_STATUS_NULL_ARGUMENT);
        }
    }

    #[test]
    fn lists_and_their_elements() {
        let given = [c"user".as_ptr(), c"left".as_ptr(), ptr::null()];
        // SAFETY: a list of three elements, two of which are literals with their terminators.
        unsafe {
            assert_eq!(texts(given.as_ptr(), 2, "t").unwrap(), ["user", "left"]);
            assert_eq!(texts(ptr::null(), 0, "t").unwrap(), [""; 0]);
            assert_eq!(texts(ptr::null(), 1, "t").unwrap_err().status, IC_STATUS_NULL_ARGUMENT);
            assert_eq!(texts(given.as_ptr(), 3, "t").unwrap_err().status, IC_STATUS_NULL_ARGUMENT);
            assert_eq!(list(given.as_ptr(), usize::MAX / 2, "t").unwrap_err().status, IC_STATUS_INVALID_ARGUMENT);
        }
    }
}
