//! No panic crosses the border: a panic inside a function becomes `IC_STATUS_PANIC` or a neutral value.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use crate::error::{Failure, ic_error};
use crate::status::{IC_STATUS_OK, ic_status};

/// The body of a fallible function: `guard!(error, { … Ok(()) })` gives its status and fills `*error` on failure.
macro_rules! guard {
    ($error:expr, $body:block) => {{
        let error = $error;
        let result = $crate::guard::catch(|| $body);
        // SAFETY: by the C contract `error` is NULL or points to a place for a pointer.
        unsafe { $crate::guard::report(error, result) }
    }};
}

/// The body of a look-up without an error object: the status says it all.
macro_rules! guard_status {
    ($body:block) => {
        match $crate::guard::catch(|| $body) {
            Ok(()) => $crate::status::IC_STATUS_OK,
            Err(failure) => failure.status,
        }
    };
}

/// The body of a function that cannot report a failure: it gives the neutral value instead.
macro_rules! guard_or {
    ($neutral:expr, $body:block) => {
        match $crate::guard::catch(|| $body) {
            Ok(value) => value,
            Err(_) => $neutral,
        }
    };
}

/// Runs `body`; a panic becomes a failure.
// AssertUnwindSafe: core repairs or fails its own state, and a handle keeps nothing half-changed of its own.
pub(crate) fn catch<T>(body: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        let failure = Failure::panic(panic_text(payload.as_ref()));
        // A payload with a destructor that panics again must not unwind into C either; what that leaves is leaked.
        if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(second);
        }
        Err(failure)
    })
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "no message"
    }
}

/// Turns the result of a body into a status, and writes an error object where the caller wants one.
///
/// # Safety
/// `error` is NULL or valid for writing a pointer.
pub(crate) unsafe fn report(error: *mut *mut ic_error, result: Result<(), Failure>) -> ic_status {
    match result {
        Ok(()) => IC_STATUS_OK,
        Err(failure) => {
            let status = failure.status;
            if !error.is_null() {
                // SAFETY: not NULL, so valid by the contract of this function.
                unsafe { ptr::write(error, failure.into_object()) };
            }
            status
        }
    }
}
