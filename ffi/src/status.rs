//! The status of a call: 0 is success; 1 to 99 come from the border, 100 to 199 are W3C errors, 200 to 299 tell of
//! devices. A number is never reused.

use std::ffi::{CStr, c_char};
use std::ptr;

use imagecapture::ErrorKind;

/// The outcome of a call: #IC_STATUS_OK or one of the other `IC_STATUS_…` numbers.
///
/// Newer libraries may return numbers that this header does not know.
pub type ic_status = u32;

/// The call did what it should.
pub const IC_STATUS_OK: ic_status = 0;

/// A pointer that must not be NULL was NULL.
pub const IC_STATUS_NULL_ARGUMENT: ic_status = 1;
/// A text is not valid UTF-8; ic_error_offset() says where.
pub const IC_STATUS_INVALID_UTF8: ic_status = 2;
/// A `struct_size` is smaller than the struct has ever been: it was not set with its `IC_…_INIT` macro.
pub const IC_STATUS_STRUCT_SIZE: ic_status = 3;
/// What was asked for is not there; a normal answer of look-ups.
pub const IC_STATUS_NOT_PRESENT: ic_status = 4;
/// The library panicked, which is a bug in it. The message is in the error object.
pub const IC_STATUS_PANIC: ic_status = 5;

/// An argument is not acceptable: an unknown id, a wrong kind of value or handle, broken JSON (W3C `TypeError`).
pub const IC_STATUS_INVALID_ARGUMENT: ic_status = 100;
/// There is no such device (W3C `NotFoundError`).
pub const IC_STATUS_NOT_FOUND: ic_status = 101;
/// The user or the system does not allow it (W3C `NotAllowedError`).
pub const IC_STATUS_NOT_ALLOWED: ic_status = 102;
/// The device is busy or failed (W3C `NotReadableError`).
pub const IC_STATUS_NOT_READABLE: ic_status = 103;
/// A constraint cannot be satisfied; ic_error_constraint() names it (W3C `OverconstrainedError`).
pub const IC_STATUS_OVERCONSTRAINED: ic_status = 104;
/// The object is not in a state that allows the call (W3C `InvalidStateError`).
pub const IC_STATUS_INVALID_STATE: ic_status = 105;
/// The device or this build of the library cannot do it (W3C `NotSupportedError`).
pub const IC_STATUS_NOT_SUPPORTED: ic_status = 106;
/// The operation failed in the device (W3C `OperationError`).
pub const IC_STATUS_OPERATION: ic_status = 107;
/// The operation was aborted or cancelled (W3C `AbortError`).
pub const IC_STATUS_ABORTED: ic_status = 108;
/// Security rules forbid it (W3C `SecurityError`).
pub const IC_STATUS_SECURITY: ic_status = 109;
/// The driver said something that has no name (W3C `UnknownError`).
pub const IC_STATUS_UNKNOWN: ic_status = 110;

/// The time limit passed; the operation was cancelled and undone.
pub const IC_STATUS_TIMED_OUT: ic_status = 200;
/// The program holds so many frames that there is no memory for another.
pub const IC_STATUS_BUFFERS_EXHAUSTED: ic_status = 201;
/// The device went away.
pub const IC_STATUS_DEVICE_LOST: ic_status = 202;

/// The status of an error of core.
pub(crate) fn from_kind(kind: ErrorKind) -> ic_status {
    match kind {
        ErrorKind::NotFound => IC_STATUS_NOT_FOUND,
        ErrorKind::NotAllowed => IC_STATUS_NOT_ALLOWED,
        ErrorKind::NotReadable => IC_STATUS_NOT_READABLE,
        ErrorKind::Overconstrained => IC_STATUS_OVERCONSTRAINED,
        ErrorKind::InvalidState => IC_STATUS_INVALID_STATE,
        ErrorKind::NotSupported => IC_STATUS_NOT_SUPPORTED,
        ErrorKind::InvalidInput => IC_STATUS_INVALID_ARGUMENT,
        ErrorKind::Operation => IC_STATUS_OPERATION,
        ErrorKind::Aborted | ErrorKind::Cancelled => IC_STATUS_ABORTED,
        ErrorKind::Security => IC_STATUS_SECURITY,
        ErrorKind::TimedOut => IC_STATUS_TIMED_OUT,
        ErrorKind::BuffersExhausted => IC_STATUS_BUFFERS_EXHAUSTED,
        ErrorKind::DeviceLost => IC_STATUS_DEVICE_LOST,
        // ErrorKind may grow; a test fails until the new kind has its line above.
        _ => IC_STATUS_UNKNOWN,
    }
}

fn name(status: ic_status) -> Option<&'static CStr> {
    Some(match status {
        IC_STATUS_OK => c"IC_STATUS_OK",
        IC_STATUS_NULL_ARGUMENT => c"IC_STATUS_NULL_ARGUMENT",
        IC_STATUS_INVALID_UTF8 => c"IC_STATUS_INVALID_UTF8",
        IC_STATUS_STRUCT_SIZE => c"IC_STATUS_STRUCT_SIZE",
        IC_STATUS_NOT_PRESENT => c"IC_STATUS_NOT_PRESENT",
        IC_STATUS_PANIC => c"IC_STATUS_PANIC",
        IC_STATUS_INVALID_ARGUMENT => c"IC_STATUS_INVALID_ARGUMENT",
        IC_STATUS_NOT_FOUND => c"IC_STATUS_NOT_FOUND",
        IC_STATUS_NOT_ALLOWED => c"IC_STATUS_NOT_ALLOWED",
        IC_STATUS_NOT_READABLE => c"IC_STATUS_NOT_READABLE",
        IC_STATUS_OVERCONSTRAINED => c"IC_STATUS_OVERCONSTRAINED",
        IC_STATUS_INVALID_STATE => c"IC_STATUS_INVALID_STATE",
        IC_STATUS_NOT_SUPPORTED => c"IC_STATUS_NOT_SUPPORTED",
        IC_STATUS_OPERATION => c"IC_STATUS_OPERATION",
        IC_STATUS_ABORTED => c"IC_STATUS_ABORTED",
        IC_STATUS_SECURITY => c"IC_STATUS_SECURITY",
        IC_STATUS_UNKNOWN => c"IC_STATUS_UNKNOWN",
        IC_STATUS_TIMED_OUT => c"IC_STATUS_TIMED_OUT",
        IC_STATUS_BUFFERS_EXHAUSTED => c"IC_STATUS_BUFFERS_EXHAUSTED",
        IC_STATUS_DEVICE_LOST => c"IC_STATUS_DEVICE_LOST",
        _ => return None,
    })
}

/// Names a status, for logs: `"IC_STATUS_NOT_FOUND"`.
///
/// Returns: a text that lives as long as the program, or NULL for a number that this library does not know.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ic_status_name(status: ic_status) -> *const c_char {
    name(status).map_or(ptr::null(), CStr::as_ptr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_status_with_a_name() {
        for &kind in ErrorKind::ALL {
            let status = from_kind(kind);
            let text = name(status).unwrap().to_str().unwrap().replace("IC_STATUS_", "").replace('_', "");
            let expected = match kind {
                ErrorKind::InvalidInput => "INVALIDARGUMENT".to_owned(),
                ErrorKind::Cancelled => "ABORTED".to_owned(),
                kind => kind.as_str().to_uppercase(),
            };
            assert_eq!(text, expected, "{kind:?} needs a line in from_kind() and in name()");
        }
    }
}
