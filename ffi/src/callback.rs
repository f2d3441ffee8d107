//! Callbacks of the program: `{fn, user_data, destroy}`, with `destroy` called exactly once.

use std::ffi::c_void;

use crate::error::Failure;
use crate::op::ic_op;
use crate::sized::{self, Stamped};

/// What to call when an operation is complete.
///
/// Begin with `IC_CALLBACK_INFO_INIT`. The call comes on a thread of the library (with manual callbacks in
/// ic_devices_process_events()), exactly once for each operation, also when it was cancelled; no lock is held
/// meanwhile, so it may call any function of the library. It must neither throw nor longjmp. If the function that took
/// this struct failed, nothing is called and `user_data` stays the caller's.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ic_callback_info {
    /// The size of this struct, set by `IC_CALLBACK_INFO_INIT`.
    pub struct_size: usize,
    /// The function. `op` is complete, and valid for the call only: retain it to keep it.
    pub r#fn: Option<unsafe extern "C" fn(op: *mut ic_op, user_data: *mut c_void)>,
    /// Passed to both functions.
    pub user_data: *mut c_void,
    /// Ends `user_data`, exactly once, after the call of `fn`. May be NULL.
    pub destroy: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
}

// SAFETY: repr(C), the stamp first; an optional function pointer and a raw pointer may have any bits.
unsafe impl Stamped for ic_callback_info {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// The `user_data` of a callback that was taken over from the program. Dropping it calls `destroy`.
#[derive(Debug)]
pub(crate) struct UserData {
    data: *mut c_void,
    destroy: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
}

// SAFETY: the contract of callbacks says that all functions are called on threads of the library.
unsafe impl Send for UserData {}
// SAFETY: the contract is the same: only several threads in ic_devices_process_events() can call a callback at once, and
// it is the program that puts them there.
unsafe impl Sync for UserData {}

impl UserData {
    /// Takes it over: from here on `destroy` will be called.
    pub(crate) fn new(data: *mut c_void, destroy: Option<unsafe extern "C" fn(user_data: *mut c_void)>) -> Self {
        UserData { data, destroy }
    }

    pub(crate) fn get(&self) -> *mut c_void {
        self.data
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: the program promised that the function may be called this way, and it happens only here.
            unsafe { destroy(self.data) };
        }
    }
}

/// A callback that was taken over from the program.
#[derive(Debug)]
pub(crate) struct Callback {
    function: Option<unsafe extern "C" fn(op: *mut ic_op, user_data: *mut c_void)>,
    user_data: UserData,
}

impl Callback {
    pub(crate) fn new(info: ic_callback_info) -> Self {
        Callback { function: info.r#fn, user_data: UserData::new(info.user_data, info.destroy) }
    }

    /// Makes the call.
    ///
    /// # Safety
    /// `op` is a live handle.
    pub(crate) unsafe fn call(&self, op: *mut ic_op) {
        if let Some(function) = self.function {
            // SAFETY: the program promised that the function may be called this way.
            unsafe { function(op, self.user_data.get()) };
        }
    }
}

/// Reads a callback without taking it over yet. NULL is `None`.
///
/// # Safety
/// `info` is NULL or points to a struct that was stamped with its own size.
pub(crate) unsafe fn parse(info: *const ic_callback_info) -> Result<Option<ic_callback_info>, Failure> {
    // SAFETY: the contract is the same.
    let info = unsafe { sized::read(info, "callback")? };
    match info {
        Some(info) if info.r#fn.is_none() => Err(Failure::null("callback->fn")),
        info => Ok(info),
    }
}
