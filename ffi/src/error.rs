//! `ic_error`: what a number cannot say.

use std::ffi::{CString, c_char};
use std::ptr;

use imagecapture::{Error, ErrorKind};

use crate::handle::{self, Handle, Out, Owned, get};
use crate::status::{self, *};
use crate::string::c_string;

/// Why a call failed.
///
/// Owned: end it with ic_error_free(). A fallible function takes an `ic_error **` as its last argument, which may be
/// NULL; it writes an object there only when it fails, and does not look at what was there before.
#[derive(Debug)]
pub struct ic_error {
    _private: [u8; 0],
}

/// The inside of an `ic_error`.
#[derive(Debug)]
pub(crate) struct ErrorInner {
    status: ic_status,
    name: CString,
    message: CString,
    constraint: Option<CString>,
    os_code: Option<i32>,
    offset: Option<usize>,
}

impl Handle for ic_error {
    type Ownership = Owned;
    type Inner = ErrorInner;
    const TAG: [u8; 8] = *b"ic:error";
}

/// A failure on its way out: an error of core, or one of the border itself.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: ic_status,
    name: &'static str,
    message: String,
    constraint: Option<String>,
    os_code: Option<i32>,
    offset: Option<usize>,
}

impl Failure {
    fn of_border(status: ic_status, name: &'static str, message: String) -> Self {
        Failure { status, name, message, constraint: None, os_code: None, offset: None }
    }

    pub(crate) fn null(name: &str) -> Self {
        Self::of_border(IC_STATUS_NULL_ARGUMENT, "TypeError", format!("the argument `{name}` is NULL"))
    }

    pub(crate) fn wrong_handle(name: &str) -> Self {
        Self::invalid(format!("the argument `{name}` is a handle of another type"))
    }

    pub(crate) fn utf8(name: &str, offset: usize) -> Self {
        let message = format!("the argument `{name}` is not valid UTF-8 at byte {offset}");
        Failure { offset: Some(offset), ..Self::of_border(IC_STATUS_INVALID_UTF8, "TypeError", message) }
    }

    pub(crate) fn struct_size(name: &str, size: usize, least: usize) -> Self {
        let message = format!("the struct_size of `{name}` is {size}, less than {least}: use its IC_…_INIT macro");
        Self::of_border(IC_STATUS_STRUCT_SIZE, "TypeError", message)
    }

    pub(crate) fn not_present(message: impl Into<String>) -> Self {
        Self::of_border(IC_STATUS_NOT_PRESENT, "NotFoundError", message.into())
    }

    pub(crate) fn panic(text: &str) -> Self {
        let message = format!("the library panicked, which is a bug in it: {text}");
        Self::of_border(IC_STATUS_PANIC, "UnknownError", message)
    }

    /// An argument that only the border can judge, such as an id of no meaning.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::InvalidInput, message).into()
    }

    pub(crate) fn invalid_state(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::InvalidState, message).into()
    }

    #[cfg(not(unix))]
    pub(crate) fn not_supported(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::NotSupported, message).into()
    }

    pub(crate) fn not_allowed(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::NotAllowed, message).into()
    }

    pub(crate) fn timed_out(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::TimedOut, message).into()
    }

    pub(crate) fn into_object(self) -> *mut ic_error {
        handle::new_owned(ErrorInner {
            status: self.status,
            name: c_string(self.name),
            message: c_string(&self.message),
            constraint: self.constraint.as_deref().map(c_string),
            os_code: self.os_code,
            offset: self.offset,
        })
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure {
            status: status::from_kind(error.kind()),
            name: error.name(),
            message: error.message().to_owned(),
            constraint: error.constraint().map(str::to_owned),
            os_code: error.os_code(),
            offset: error.offset(),
        }
    }
}

/// The status that the failed call returned.
///
/// Returns: the status, or #IC_STATUS_OK if `error` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_error_status(error: *const ic_error) -> ic_status {
    guard_or!(IC_STATUS_OK, {
        // SAFETY: the C contract: NULL or a live error.
        Ok(unsafe { get(error, "error")? }.status)
    })
}

/// The W3C name of the error: `"OverconstrainedError"`, `"NotFoundError"`, `"TypeError"`, …
///
/// W3C: <https://webidl.spec.whatwg.org/#idl-DOMException-error-names>
///
/// It is the name that the specification demands at this place; the status is finer. A time limit that passes while a
/// photo is taken is #IC_STATUS_TIMED_OUT with the name `"UnknownError"`.
///
/// Returns: a text that lives until the error is freed; `""` if `error` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_error_name(error: *const ic_error) -> *const c_char {
    guard_or!(c"".as_ptr(), {
        // SAFETY: the C contract: NULL or a live error.
        Ok(unsafe { get(error, "error")? }.name.as_ptr())
    })
}

/// What happened, in English, for people.
///
/// Returns: a text that lives until the error is freed; `""` if `error` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_error_message(error: *const ic_error) -> *const c_char {
    guard_or!(c"".as_ptr(), {
        // SAFETY: the C contract: NULL or a live error.
        Ok(unsafe { get(error, "error")? }.message.as_ptr())
    })
}

/// The W3C name of the constraint that cannot be satisfied, such as `"width"`.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-overconstrainederror-constraint>
///
/// Returns: a text that lives until the error is freed, possibly empty if no single constraint is to blame; NULL if the
/// status is not #IC_STATUS_OVERCONSTRAINED or `error` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_error_constraint(error: *const ic_error) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live error.
        Ok(unsafe { get(error, "error")? }.constraint.as_ref().map_or(ptr::null(), |text| text.as_ptr()))
    })
}

/// The code of the operating system, such as an `errno` value.
///
/// Returns: the code, or 0 if the operating system had no part in it or `error` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_error_os_code(error: *const ic_error) -> i32 {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live error.
        Ok(unsafe { get(error, "error")? }.os_code.unwrap_or(0))
    })
}

/// The byte of the input text at which parsing stopped.
///
/// `offset` receives it, counted from 0.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if the error is not about a text; #IC_STATUS_NULL_ARGUMENT;
/// #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_error_offset(error: *const ic_error, offset: *mut usize) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(error, "error")?, Out::new(offset, "offset")?) };
        out.set(inner.offset.ok_or_else(|| Failure::not_present("the error has no offset"))?);
        Ok(())
    })
}

/// Ends an error. NULL is fine.
///
/// Ownership: `error` and the texts it gave out are gone afterwards.
/// Thread safety: no other thread may use the error any more.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_error_free(error: *mut ic_error) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live error, given away here.
        unsafe { handle::free(error) }
    })
}
