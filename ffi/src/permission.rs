//! `ic_permission_request`: a question to a person.

use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::{Mutex, PoisonError};

use imagecapture::{PermissionAnswer, PermissionRequest};

use crate::callback::UserData;
use crate::device_info::{self, ic_device_info};
use crate::devices::ic_devices;
use crate::error::{Failure, ic_error};
use crate::handle::{self, Block, Handle, Out, Reference, Shared, get};
use crate::ids::{self, ic_permission, ic_permission_state};
use crate::sized::{self, Stamped};
use crate::status::ic_status;
use crate::string::texts;

/// A question to a person: may the program use a camera? There is one for each ic_devices_get_user_media() that needs
/// it.
///
/// Shared: ic_permission_request_retain(), ic_permission_request_release(). It may be answered in the call of the
/// prompt or later, from any thread; the library never gives it up. With its last reference an unanswered one is
/// refused for this time.
#[derive(Debug)]
pub struct ic_permission_request {
    _private: [u8; 0],
}

pub(crate) struct RequestInner {
    video: bool,
    audio: bool,
    pan_tilt_zoom: bool,
    devices: Vec<Block<ic_device_info>>,
    /// `None` when it was answered.
    request: Mutex<Option<PermissionRequest>>,
}

impl Handle for ic_permission_request {
    type Ownership = Shared;
    type Inner = RequestInner;
    const TAG: [u8; 8] = *b"ic:prmpt";
}

/// What to call when a person has to be asked.
///
/// Begin with `IC_PROMPT_CALLBACK_INFO_INIT`. The calls come on a thread of the library, one a request (with manual
/// callbacks in ic_devices_process_events(), or in the blocking call that waits for the answer); no lock is held
/// meanwhile, so they may call any function of the library. They must neither throw nor longjmp. If the function that
/// took this struct failed, nothing is called and `user_data` stays the caller's.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ic_prompt_callback_info {
    /// The size of this struct, set by `IC_PROMPT_CALLBACK_INFO_INIT`.
    pub struct_size: usize,
    /// The function. `request` is valid for the call only: retain it to answer later.
    pub r#fn: Option<unsafe extern "C" fn(request: *mut ic_permission_request, user_data: *mut c_void)>,
    /// Passed to both functions.
    pub user_data: *mut c_void,
    /// Ends `user_data`, exactly once, after the last call of `fn`. May be NULL.
    pub destroy: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
}

// SAFETY: repr(C), the stamp first; an optional function pointer and a raw pointer may have any bits.
unsafe impl Stamped for ic_prompt_callback_info {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// Reads a callback without taking it over yet. NULL is `None`.
///
/// # Safety
/// `info` is NULL or points to a struct that was stamped with its own size.
pub(crate) unsafe fn parse(info: *const ic_prompt_callback_info) -> Result<Option<ic_prompt_callback_info>, Failure> {
    // SAFETY: the contract is the same.
    match unsafe { sized::read(info, "callback")? } {
        Some(info) if info.r#fn.is_none() => Err(Failure::null("callback->fn")),
        info => Ok(info),
    }
}

/// A prompt that was taken over from the program.
pub(crate) struct Prompt {
    function: Option<unsafe extern "C" fn(request: *mut ic_permission_request, user_data: *mut c_void)>,
    user_data: UserData,
}

impl Prompt {
    pub(crate) fn new(info: ic_prompt_callback_info) -> Self {
        Prompt { function: info.r#fn, user_data: UserData::new(info.user_data, info.destroy) }
    }

    pub(crate) fn call(&self, request: PermissionRequest) {
        let request = Reference::<ic_permission_request>::to_new(RequestInner {
            video: request.video(),
            audio: request.audio(),
            pan_tilt_zoom: request.pan_tilt_zoom(),
            devices: request.devices().iter().map(device_info::new_info).collect(),
            request: Mutex::new(Some(request)),
        });
        if let Some(function) = self.function {
            // SAFETY: the program promised that the function may be called this way; our reference lives until it returns.
            unsafe { function(request.handle(), self.user_data.get()) };
        }
    }
}

/// The state of a permission.
///
/// W3C: <https://www.w3.org/TR/permissions/#dom-permissionstatus-state>
///
/// `permission` is one of `IC_PERMISSION_…`; `state` receives one of `IC_PERMISSION_STATE_…`.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for an unknown permission or a handle of another type;
/// #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_permission(
    devices: *const ic_devices,
    permission: ic_permission,
    state: *mut ic_permission_state,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(devices, "devices")?, Out::new(state, "state")?) };
        out.set(ids::permission_state_number(inner.devices.permission(ids::permission(permission)?)));
        Ok(())
    })
}

/// Sets the state of a permission; every state that changes by it is an #IC_EVENT_PERMISSION_CHANGE.
///
/// Granting pan, tilt and zoom grants the camera too. Denying the camera ends all live video tracks of this context.
/// `permission` is one of `IC_PERMISSION_…`, `state` one of `IC_PERMISSION_STATE_…`.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for an unknown permission or state, or a handle of another type;
/// #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_set_permission(
    devices: *mut ic_devices,
    permission: ic_permission,
    state: ic_permission_state,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle.
        let inner = unsafe { get(devices.cast_const(), "devices")? };
        inner.devices.set_permission(ids::permission(permission)?, ids::permission_state(state)?);
        Ok(())
    })
}

/// Says how a person is asked, when a permission in #IC_PERMISSION_STATE_PROMPT is needed.
///
/// It replaces the callback before; NULL takes that away, and such a permission counts as denied.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for a handle of another type; #IC_STATUS_STRUCT_SIZE;
/// #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_on_permission_prompt(
    devices: *mut ic_devices,
    callback: *const ic_prompt_callback_info,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle; the struct is stamped with its size.
        let (inner, callback) = unsafe { (get(devices.cast_const(), "devices")?, parse(callback)?) };
        match callback.map(Prompt::new) {
            Some(prompt) => inner.devices.on_permission_prompt(move |request| prompt.call(request)),
            None => inner.devices.remove_permission_prompt(),
        }
        Ok(())
    })
}

/// Whether a video track is requested.
///
/// Returns: true if so; false if not or if `request` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_permission_request_video(request: *const ic_permission_request) -> bool {
    guard_or!(false, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(request, "request")? }.video)
    })
}

/// Whether an audio track is requested.
///
/// Returns: true if so; false if not or if `request` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_permission_request_audio(request: *const ic_permission_request) -> bool {
    guard_or!(false, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(request, "request")? }.audio)
    })
}

/// Whether the right to move the camera is asked for.
///
/// Returns: true if so; false if not or if `request` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_permission_request_pan_tilt_zoom(request: *const ic_permission_request) -> bool {
    guard_or!(false, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(request, "request")? }.pan_tilt_zoom)
    })
}

/// How many devices fit the request.
///
/// Returns: the number; 0 if `request` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_permission_request_device_count(request: *const ic_permission_request) -> usize {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(request, "request")? }.devices.len())
    })
}

/// A device that fits the request, in the order in which they would be tried.
///
/// Returns: the device; NULL if there are not so many or `request` is NULL.
/// Ownership: the device is borrowed from the request and gone with it.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_permission_request_device(request: *const ic_permission_request, index: usize) -> *const ic_device_info {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(request, "request")? }.devices.get(index).map_or(ptr::null(), Block::as_borrowed))
    })
}

/// Answers a request, once. The answer becomes the state of those permissions that were in question.
///
/// `camera` says whether the program may use a camera; `pan_tilt_zoom` whether it may also move it, if that was asked.
/// `device_ids` points to `count` texts, each with a NUL at its end: only these devices may be used, and they are tried
/// in this order; NULL with 0 for all that were offered. Ids that were not offered have no effect.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if it was answered before; #IC_STATUS_INVALID_UTF8;
/// #IC_STATUS_NULL_ARGUMENT, also for an id; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: the texts are copied. The reference stays the caller's.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_permission_request_answer(
    request: *mut ic_permission_request,
    camera: bool,
    pan_tilt_zoom: bool,
    device_ids: *const *const c_char,
    count: usize,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle; the list is valid for its length.
        let (inner, ids) = unsafe { (get(request.cast_const(), "request")?, texts(device_ids, count, "device_ids")?) };
        let request = inner.request.lock().unwrap_or_else(PoisonError::into_inner).take();
        let request = request.ok_or_else(|| Failure::invalid_state("the request was answered already"))?;
        let mut answer = if camera { PermissionAnswer::grant().pan_tilt_zoom(pan_tilt_zoom) } else { PermissionAnswer::deny() };
        if !ids.is_empty() {
            answer = answer.devices(&ids);
        }
        request.answer(answer);
        Ok(())
    })
}

/// Adds a reference. NULL is fine.
///
/// Returns: `request`, or NULL for a handle of another type.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_permission_request_retain(request: *mut ic_permission_request) -> *mut ic_permission_request {
    guard_or!(ptr::null_mut(), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { handle::retain(request) }
    })
}

/// Gives a reference back. NULL is fine.
///
/// With the last one an unanswered request is refused for this time; the state of the permission stays as it is.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_permission_request_release(request: *mut ic_permission_request) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, of which the caller gives a reference away.
        unsafe { handle::release(request) }
    })
}
