//! `ic_devices`: the context; which devices there are, and how to open one.

use std::ffi::c_char;
use std::ptr;

use imagecapture::{MediaDevices, MediaStreamConstraints};

use crate::callback::{self, ic_callback_info};
use crate::constraints::ic_constraints;
use crate::device_info::{self, ic_device_list};
use crate::error::{Failure, ic_error};
use crate::event::LastChange;
use crate::explanation::{self, ic_explanation};
use crate::handle::{self, Handle, Out, Shared, get, get_optional};
use crate::ids::{self, ic_device_kind, ic_property};
use crate::op::{self, Running, ic_op, timeout};
use crate::status::ic_status;
use crate::stream::{self, ic_stream};
use crate::string::{optional_text, text};
use crate::text::ic_text;
use crate::virtual_camera::ic_virtual_camera;

/// The devices of the system and the virtual cameras that were added to it: where everything begins.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#mediadevices>
///
/// Shared: ic_devices_retain(), ic_devices_release().
#[derive(Debug)]
pub struct ic_devices {
    _private: [u8; 0],
}

#[derive(Debug)]
pub(crate) struct DevicesInner {
    pub(crate) devices: MediaDevices,
    pub(crate) last_change: LastChange,
}

impl Handle for ic_devices {
    type Ownership = Shared;
    type Inner = DevicesInner;
    const TAG: [u8; 8] = *b"ic:devcs";
}

/// Makes a context.
///
/// `options_json` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED; NULL with 0 for the defaults. `devices` receives the
/// context. Its members, all optional:
///
/// - `backends`: an array of names, by default those of the system; `[]` for none.
/// - `virtualCameras`: an array of configurations as ic_virtual_camera_new() takes them.
/// - `deviceIdSalt`: a string; programs with different ones cannot recognise each other's devices.
/// - `environment`: whether the variables `IC_VIRTUAL_CAMERA` and `IC_BACKEND` count, by default true.
/// - `permissions`: `{"camera": "granted", "panTiltZoom": "granted", "panTiltZoomHint": false}`, the states at the
///   beginning (`"granted"`, the default, `"prompt"` or `"denied"`), and whether capabilities tell by an empty range of
///   what is not allowed.
/// - `hideUntilCapture`: whether devices have neither ids nor names until one was opened, by default false.
/// - `keepLastValues`: whether a value that constraints do not name any more stays as it is; by default it goes back to
///   what it was when the camera was opened.
/// - `idleRelease`: whether a camera is closed for as long as all its tracks are muted or disabled, by default true.
/// - `callbacks`: `"thread"`, the default, for a thread of the library that calls them; `"manual"`: only
///   ic_devices_process_events() does.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for options that are no JSON (ic_error_offset() says where) or
/// not understood; #IC_STATUS_INVALID_UTF8; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `devices` receives a reference; end it with ic_devices_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_new(
    options_json: *const c_char,
    len: usize,
    devices: *mut *mut ic_devices,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the text for its length.
        let (options, out) = unsafe { (optional_text(options_json, len, "options_json")?, Out::new(devices, "devices")?) };
        let devices = match options {
            Some(options) => MediaDevices::from_json(options)?,
            None => MediaDevices::new()?,
        };
        out.set(handle::new_shared(DevicesInner { devices, last_change: LastChange::default() }));
        Ok(())
    })
}

/// Lists the devices: microphones (only virtual ones), then cameras; of each kind the default one first.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-enumeratedevices>
///
/// While the camera permission is denied, there are no cameras. While the program is not visible and devices are
/// hidden, it waits without a limit. `list` receives a snapshot.
///
/// Returns: #IC_STATUS_OK, also if there is no device; #IC_STATUS_INVALID_STATE after ic_devices_close();
/// #IC_STATUS_TIMED_OUT if a driver does not answer for 10 seconds; #IC_STATUS_NULL_ARGUMENT;
/// #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: the list is the caller's; end it with ic_device_list_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_enumerate(
    devices: *const ic_devices,
    list: *mut *mut ic_device_list,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (devices, out) = unsafe { (get(devices, "devices")?, Out::new(list, "list")?) };
        out.set(device_info::new_list(&devices.devices.enumerate_devices()?));
        Ok(())
    })
}

/// What the two `get_user_media` functions are given.
///
/// # Safety
/// Each pointer is NULL or a live handle.
unsafe fn requested(video: *const ic_constraints, audio: *const ic_constraints) -> Result<MediaStreamConstraints, Failure> {
    // SAFETY: the contract is the same.
    let (video, audio) = unsafe { (get_optional(video, "video")?, get_optional(audio, "audio")?) };
    let mut constraints = MediaStreamConstraints::default();
    constraints.video = video.map(|inner| inner.constraints.clone());
    constraints.audio = audio.map(|inner| inner.constraints.clone());
    Ok(constraints)
}

/// Opens the device that satisfies the constraints best, and waits for it.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia>
///
/// `video` and `audio` say what the track of that kind should be like; NULL: no such track; empty constraints: any. It
/// waits while the program is not visible, for a person who is asked, and while the program is not focused.
/// `timeout_ns` limits the call; #IC_TIMEOUT_DEFAULT is 10 seconds, which begin anew after each such wait. `stream`
/// receives the stream with its tracks.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_FOUND if there is no device of the kind; #IC_STATUS_OVERCONSTRAINED if none
/// can satisfy the constraints (ic_error_constraint()); #IC_STATUS_NOT_ALLOWED if the permission is denied, which hides
/// the two before; #IC_STATUS_NOT_READABLE if it is busy or fails; #IC_STATUS_TIMED_OUT; #IC_STATUS_ABORTED;
/// #IC_STATUS_DEVICE_LOST; #IC_STATUS_INVALID_STATE after ic_devices_close(); #IC_STATUS_INVALID_ARGUMENT if nothing
/// was requested, for constraints that cannot choose a device, a wrong time limit or a handle of another type;
/// #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `stream` receives a reference; end it with ic_stream_release(). The constraints stay the caller's.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_get_user_media(
    devices: *mut ic_devices,
    video: *const ic_constraints,
    audio: *const ic_constraints,
    timeout_ns: i64,
    stream: *mut *mut ic_stream,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (devices, constraints, out) =
            unsafe { (get(devices.cast_const(), "devices")?, requested(video, audio)?, Out::new(stream, "stream")?) };
        let limit = timeout(timeout_ns)?;
        out.set(stream::new(devices.devices.get_user_media_async(&constraints)?.limit(limit).wait()?));
        Ok(())
    })
}

/// Begins to open the device that satisfies the constraints best.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia>
///
/// The constraints are those of ic_devices_get_user_media(). `callback` may be NULL. `op` receives the operation,
/// before the callback can come; ic_op_take_stream() takes its result.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE after ic_devices_close(); #IC_STATUS_INVALID_ARGUMENT if nothing
/// was requested, for constraints that cannot choose a device or a handle of another type; #IC_STATUS_STRUCT_SIZE;
/// #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `op` receives a reference; end it with ic_op_release(). The constraints stay the caller's.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_get_user_media_async(
    devices: *mut ic_devices,
    video: *const ic_constraints,
    audio: *const ic_constraints,
    callback: *const ic_callback_info,
    op: *mut *mut ic_op,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (devices, constraints, callback, out) =
            unsafe { (get(devices.cast_const(), "devices")?, requested(video, audio)?, callback::parse(callback)?, Out::new(op, "op")?) };
        op::start(Running::Stream(devices.devices.get_user_media_async(&constraints)?), callback, out)
    })
}

/// How ic_devices_get_user_media() would choose a camera for these constraints, and why. Nothing is opened.
///
/// `timeout_ns` limits the call; #IC_TIMEOUT_DEFAULT is 10 seconds. `explanation` receives the answer.
///
/// Returns: #IC_STATUS_OK, also if no camera fits; #IC_STATUS_NOT_ALLOWED if the program may not know of the cameras;
/// #IC_STATUS_TIMED_OUT if a driver does not answer; #IC_STATUS_ABORTED; #IC_STATUS_INVALID_STATE after
/// ic_devices_close(); #IC_STATUS_INVALID_ARGUMENT for a wrong time limit or a handle of another type;
/// #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the explanation is the caller's; end it with ic_explanation_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_explain(
    devices: *const ic_devices,
    constraints: *const ic_constraints,
    timeout_ns: i64,
    explanation: *mut *mut ic_explanation,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, constraints, out) =
            unsafe { (get(devices, "devices")?, get(constraints, "constraints")?, Out::new(explanation, "explanation")?) };
        let limit = timeout(timeout_ns)?;
        out.set(explanation::new(&inner.devices.explain_async(&constraints.constraints)?.limit(limit).wait()?));
        Ok(())
    })
}

/// What the system tells of a device beyond the W3C model: its driver, and every format with its sizes and rates, also
/// those that this library cannot use. A stream is not disturbed.
///
/// `id` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED. `timeout_ns` limits the call; #IC_TIMEOUT_DEFAULT is 10 seconds.
/// `details` receives a JSON object with `backend`, `driver`, `version`, `card`, `bus`, `node`, `capabilities` (words)
/// and `formats`, each with `fourcc`, `description`, `compressed`, `emulated`, `pixelFormat` (or null) and `sizes`, each
/// with `width` and `height` (of each `min`, `max` and `step`) and `frameRates` (of each `min` and `max`).
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_FOUND if there is no device with this id now; #IC_STATUS_NOT_ALLOWED while the
/// permission to use cameras is not granted or devices are hidden; #IC_STATUS_TIMED_OUT if a driver does not answer;
/// #IC_STATUS_ABORTED; #IC_STATUS_INVALID_STATE after ic_devices_close(); #IC_STATUS_INVALID_ARGUMENT for a wrong time
/// limit or a handle of another type; #IC_STATUS_INVALID_UTF8; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the text is the caller's; end it with ic_text_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_device_details_json(
    devices: *const ic_devices,
    id: *const c_char,
    len: usize,
    timeout_ns: i64,
    details: *mut *mut ic_text,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the text for its length.
        let (inner, id, out) = unsafe { (get(devices, "devices")?, text(id, len, "id")?, Out::new(details, "details")?) };
        let limit = timeout(timeout_ns)?;
        let details = inner.devices.device_details_async(id)?.limit(limit).wait()?;
        out.set(crate::text::new(&details.to_json().to_string()));
        Ok(())
    })
}

/// Adds a virtual camera to the devices of this context.
///
/// It is listed after the real cameras until the context is closed. One camera may be added to several contexts; adding
/// it a second time does nothing.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE after ic_devices_close(); #IC_STATUS_INVALID_ARGUMENT if another
/// virtual camera has the same `deviceId`, or for a handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the context keeps a reference to the camera of its own.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_add_virtual_camera(
    devices: *mut ic_devices,
    camera: *mut ic_virtual_camera,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or a live handle.
        let (devices, camera) = unsafe { (get(devices.cast_const(), "devices")?, get(camera.cast_const(), "camera")?) };
        Ok(devices.devices.add_virtual_camera(&camera.camera)?)
    })
}

/// Whether this library knows a property in constraints.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getsupportedconstraints>
///
/// Returns: true if it does.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ic_supported_constraint(property: ic_property) -> bool {
    guard_or!(false, { Ok(MediaDevices::supported_constraints().contains(&ids::property(property)?)) })
}

/// The id of a context in events; no other object of this process has it or will have it.
///
/// Returns: the id; 0 if `devices` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_devices_object_id(devices: *const ic_devices) -> u64 {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(devices, "devices")? }.devices.object_id())
    })
}

/// Whether the program can be seen by its user.
///
/// Returns: true if it can; false if not or if `devices` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_devices_visible(devices: *const ic_devices) -> bool {
    guard_or!(false, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(devices, "devices")? }.devices.visible())
    })
}

/// Says whether the program can be seen by its user; it can unless this says no. NULL is fine.
///
/// While it cannot, opening a device waits, so does listing devices that are hidden, and cameras are not panned, tilted
/// or zoomed (#IC_STATUS_SECURITY).
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_devices_set_visible(devices: *mut ic_devices, visible: bool) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { get(devices.cast_const(), "devices")? }.devices.set_visible(visible);
        Ok(())
    })
}

/// Whether the program has the focus of its user.
///
/// Returns: true if it has; false if not or if `devices` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_devices_focused(devices: *const ic_devices) -> bool {
    guard_or!(false, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(devices, "devices")? }.devices.focused())
    })
}

/// Says whether the program has the focus of its user; it has unless this says no. NULL is fine.
///
/// While it has not, a device that was chosen is not opened yet.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_devices_set_focused(devices: *mut ic_devices, focused: bool) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { get(devices.cast_const(), "devices")? }.devices.set_focused(focused);
        Ok(())
    })
}

/// What the program should show its user of a kind of devices; #IC_EVENT_INDICATOR_CHANGE tells when it may have
/// changed.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#privacy-indicator-requirements>
///
/// `kind` is one of `IC_DEVICE_KIND_…`. `accessible` receives whether one may be opened without asking, `live` whether
/// the program gets something from one now.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for an unknown kind or a handle of another type;
/// #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_indicator(
    devices: *const ic_devices,
    kind: ic_device_kind,
    accessible: *mut bool,
    live: *mut bool,
) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, accessible, live) = unsafe { (get(devices, "devices")?, Out::new(accessible, "accessible")?, Out::new(live, "live")?) };
        let indicator = inner.devices.indicator(ids::device_kind_of(kind)?);
        accessible.set(indicator.accessible);
        live.set(indicator.live);
        Ok(())
    })
}

/// As ic_devices_indicator(), for one device.
///
/// `id` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT for a device that was never seen, a normal answer;
/// #IC_STATUS_INVALID_UTF8; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_device_indicator(
    devices: *const ic_devices,
    id: *const c_char,
    len: usize,
    accessible: *mut bool,
    live: *mut bool,
) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the text for its length.
        let (inner, id, accessible, live) =
            unsafe { (get(devices, "devices")?, text(id, len, "id")?, Out::new(accessible, "accessible")?, Out::new(live, "live")?) };
        let indicator = inner.devices.device_indicator(id).ok_or_else(|| Failure::not_present("this device was never seen"))?;
        accessible.set(indicator.accessible);
        live.set(indicator.live);
        Ok(())
    })
}

/// Closes a context: its tracks end, what is under way is complete with #IC_STATUS_ABORTED, its devices are free.
///
/// Waits for the threads of the library, 2 seconds at most. The second time it does nothing. NULL is fine.
///
/// Thread safety: may be called from any thread. Not from a callback, whose thread it waits for.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_devices_close(devices: *mut ic_devices) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { get(devices.cast_const(), "devices")? }.devices.close();
        Ok(())
    })
}

/// Adds a reference. NULL is fine.
///
/// Returns: `devices`, or NULL for a handle of another type.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_devices_retain(devices: *mut ic_devices) -> *mut ic_devices {
    guard_or!(ptr::null_mut(), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { handle::retain(devices) }
    })
}

/// Gives a reference back. NULL is fine.
///
/// Tracks that the program still holds go on without the context; ic_devices_close() ends them.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_devices_release(devices: *mut ic_devices) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, of which the caller gives a reference away.
        unsafe { handle::release(devices) }
    })
}
