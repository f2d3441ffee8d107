//! `ic_explanation`: the answer to "why this camera, why this mode?"

use std::ffi::{CString, c_char};
use std::ptr;

use imagecapture::Explanation;

use crate::handle::{self, Handle, Owned, get};
use crate::string::c_string;

/// How constraints choose, from ic_devices_explain(): each camera and mode with its distance, term by term, and why others are out.
///
/// Owned: end it with ic_explanation_free(). It never changes.
#[derive(Debug)]
pub struct ic_explanation {
    _private: [u8; 0],
}

#[derive(Debug)]
pub(crate) struct ExplanationInner {
    json: CString,
    text: CString,
    device_id: Option<CString>,
}

impl Handle for ic_explanation {
    type Ownership = Owned;
    type Inner = ExplanationInner;
    const TAG: [u8; 8] = *b"ic:expln";
}

pub(crate) fn new(explanation: &Explanation) -> *mut ic_explanation {
    handle::new_owned(ExplanationInner {
        json: c_string(&explanation.to_json()),
        text: c_string(&explanation.to_string()),
        device_id: explanation.device_id().map(c_string),
    })
}

/// An explanation as JSON, for programs.
///
/// Its members: `constraints`, `ignored` (members that nobody knows), `deviceId` (or null), and `devices`, each with
/// `deviceId`, `label`, `fits`, `distance`, `terms`, `advanced` (set by set, whether it was met), `constraint` and
/// `message` of its error, and `modes`, each with `width`, `height`, `frameRate`, `pixelFormat`, `resizeMode`,
/// `distance` (null if it is excluded), `terms`, `failsAdvanced` and `selected`.
///
/// Returns: a text that lives until the explanation is freed; NULL if `explanation` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_explanation_json(explanation: *const ic_explanation) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(explanation, "explanation")? }.json.as_ptr())
    })
}

/// An explanation as lines of English, for people.
///
/// Returns: a text that lives until the explanation is freed; NULL if `explanation` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_explanation_text(explanation: *const ic_explanation) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(explanation, "explanation")? }.text.as_ptr())
    })
}

/// The device that would be opened first.
///
/// Returns: a text that lives until the explanation is freed; NULL if no device fits or `explanation` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_explanation_device_id(explanation: *const ic_explanation) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(explanation, "explanation")? }.device_id.as_ref().map_or(ptr::null(), |id| id.as_ptr()))
    })
}

/// Ends an explanation. NULL is fine.
///
/// Ownership: `explanation` and the texts it gave out are gone afterwards.
/// Thread safety: no other thread may use the explanation any more.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_explanation_free(explanation: *mut ic_explanation) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, given away here.
        unsafe { handle::free(explanation) }
    })
}
