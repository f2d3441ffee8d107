//! `ic_text`: a text that a function made for its caller.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::handle::{self, Handle, Owned, get};
use crate::string::c_string;

/// A text that a function made for its caller, most often JSON.
///
/// Owned: end it with ic_text_free(). It never changes.
#[derive(Debug)]
pub struct ic_text {
    _private: [u8; 0],
}

impl Handle for ic_text {
    type Ownership = Owned;
    type Inner = CString;
    const TAG: [u8; 8] = *b"ic:text\0";
}

pub(crate) fn new(text: &str) -> *mut ic_text {
    handle::new_owned(c_string(text))
}

/// The characters of a text, in UTF-8 with a NUL at the end.
///
/// Returns: a text that lives until it is freed; NULL if `text` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_text_data(text: *const ic_text) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(text, "text")? }.as_ptr())
    })
}

/// The number of bytes of a text, without the NUL at its end.
///
/// Returns: the number; 0 if `text` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_text_length(text: *const ic_text) -> usize {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(text, "text")? }.as_bytes().len())
    })
}

/// Ends a text. NULL is fine.
///
/// Ownership: `text` and its characters are gone afterwards.
/// Thread safety: no other thread may use the text any more.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_text_free(text: *mut ic_text) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, given away here.
        unsafe { handle::free(text) }
    })
}
