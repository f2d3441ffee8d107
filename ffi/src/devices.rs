//! `ic_devices`: the context; which devices there are, and how to open one.

use std::ffi::{CString, c_char};
use std::ptr;

use imagecapture::{MediaDeviceInfo, MediaDevices, MediaStreamConstraints};

use crate::callback::{self, ic_callback_info};
use crate::capabilities::{self, ic_capabilities};
use crate::constraints::ic_constraints;
use crate::error::{Failure, ic_error};
use crate::handle::{self, Block, Borrowed, Handle, Out, Owned, Shared, get, get_optional};
use crate::ids::{self, ic_device_kind, ic_property};
use crate::op::{self, Running, ic_op, timeout};
use crate::status::ic_status;
use crate::stream::{self, ic_stream};
use crate::string::{c_string, optional_text};
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

impl Handle for ic_devices {
    type Ownership = Shared;
    type Inner = MediaDevices;
    const TAG: [u8; 8] = *b"ic:devcs";
}

/// The devices that there were at one moment.
///
/// Owned: end it with ic_device_list_free().
#[derive(Debug)]
pub struct ic_device_list {
    _private: [u8; 0],
}

impl Handle for ic_device_list {
    type Ownership = Owned;
    type Inner = Vec<Block<ic_device_info>>;
    const TAG: [u8; 8] = *b"ic:dlist";
}

/// What is known of a device before it is opened.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadeviceinfo>
///
/// Borrowed from its list, and gone with it.
#[derive(Debug)]
pub struct ic_device_info {
    _private: [u8; 0],
}

#[derive(Debug)]
pub(crate) struct DeviceInfoInner {
    info: MediaDeviceInfo,
    id: CString,
    group_id: CString,
    label: CString,
}

impl Handle for ic_device_info {
    type Ownership = Borrowed;
    type Inner = DeviceInfoInner;
    const TAG: [u8; 8] = *b"ic:dinfo";
}

/// Makes a context.
///
/// `options_json` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED; NULL with 0 for the defaults. Its members, all
/// optional: `backends` (an array of names, by default those of the system; `[]` for none), `virtualCameras` (an array of
/// configurations as ic_virtual_camera_new() takes them), `deviceIdSalt` (a string), `environment` (whether the variables
/// `IC_VIRTUAL_CAMERA` and `IC_BACKEND` count, by default true). `devices` receives the context.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for options that are no JSON (ic_error_offset() says where) or not
/// understood; #IC_STATUS_INVALID_UTF8; #IC_STATUS_NULL_ARGUMENT.
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
        out.set(handle::new_shared(devices));
        Ok(())
    })
}

/// Lists the devices: first those of the system, then the virtual cameras.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-enumeratedevices>
///
/// `list` receives a snapshot, in which element 0 is the default camera.
///
/// Returns: #IC_STATUS_OK, also if there is no device; #IC_STATUS_INVALID_STATE after ic_devices_close();
/// #IC_STATUS_TIMED_OUT if a driver does not answer for 10 seconds; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT
/// for a handle of another type.
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
        let element = |info: MediaDeviceInfo| {
            let (id, group_id) = (c_string(info.device_id()), c_string(info.group_id()));
            let label = c_string(info.label());
            Block::new(DeviceInfoInner { info, id, group_id, label })
        };
        out.set(handle::new_owned(devices.enumerate_devices()?.into_iter().map(element).collect()));
        Ok(())
    })
}

/// How many devices a list has.
///
/// Returns: the number; 0 if `list` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_device_list_count(list: *const ic_device_list) -> usize {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(list, "list")? }.len())
    })
}

/// A device of a list.
///
/// Returns: the device; NULL if there are not so many or `list` is NULL.
/// Ownership: the device is borrowed from the list and gone with it.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_device_list_at(list: *const ic_device_list, index: usize) -> *const ic_device_info {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(list, "list")? }.get(index).map_or(ptr::null(), Block::as_borrowed))
    })
}

/// Ends a list. NULL is fine.
///
/// Ownership: `list`, its devices and the texts they gave out are gone afterwards.
/// Thread safety: no other thread may use the list any more.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_device_list_free(list: *mut ic_device_list) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, given away here.
        unsafe { handle::free(list) }
    })
}

/// The id of a device, the same across runs, for #IC_PROPERTY_DEVICE_ID.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadeviceinfo-deviceid>
///
/// Returns: a text that lives until the list is freed; NULL if `info` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_device_info_id(info: *const ic_device_info) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(info, "info")? }.id.as_ptr())
    })
}

/// The group of a device: equal for devices that are parts of one physical device.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadeviceinfo-groupid>
///
/// Returns: a text that lives until the list is freed; NULL if `info` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_device_info_group_id(info: *const ic_device_info) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(info, "info")? }.group_id.as_ptr())
    })
}

/// The name of a device for people: `"HD Webcam"`.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadeviceinfo-label>
///
/// Returns: a text that lives until the list is freed; NULL if `info` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_device_info_label(info: *const ic_device_info) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(info, "info")? }.label.as_ptr())
    })
}

/// What a device delivers.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadeviceinfo-kind>
///
/// Returns: one of `IC_DEVICE_KIND_…`; 0 if `info` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_device_info_kind(info: *const ic_device_info) -> ic_device_kind {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(ids::device_kind(unsafe { get(info, "info")? }.info.kind()))
    })
}

/// What a device can do, without opening it.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-inputdeviceinfo-getcapabilities>
///
/// `capabilities` receives a snapshot.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: the capabilities are the caller's and outlive the list; end them with ic_capabilities_free().
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_device_info_capabilities(
    info: *const ic_device_info,
    capabilities: *mut *mut ic_capabilities,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (info, out) = unsafe { (get(info, "info")?, Out::new(capabilities, "capabilities")?) };
        out.set(capabilities::new(info.info.capabilities().clone()));
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
/// `video` and `audio` say what the track of that kind should be like; NULL: no such track; empty constraints: any.
/// `timeout_ns` limits the call; #IC_TIMEOUT_DEFAULT is 10 seconds. `stream` receives the stream with its tracks.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_FOUND if there is no device of the kind; #IC_STATUS_OVERCONSTRAINED if none can
/// satisfy the constraints (ic_error_constraint()); #IC_STATUS_NOT_READABLE if it is busy or fails; #IC_STATUS_NOT_ALLOWED;
/// #IC_STATUS_TIMED_OUT; #IC_STATUS_ABORTED; #IC_STATUS_DEVICE_LOST; #IC_STATUS_INVALID_STATE after ic_devices_close();
/// #IC_STATUS_INVALID_ARGUMENT if nothing was requested, for constraints that cannot choose a device, a wrong time limit
/// or a handle of another type; #IC_STATUS_NULL_ARGUMENT.
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
        out.set(stream::new(devices.get_user_media_async(&constraints)?.limit(limit).wait()?));
        Ok(())
    })
}

/// Begins to open the device that satisfies the constraints best.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia>
///
/// The constraints are those of ic_devices_get_user_media(). `callback` may be NULL. `op` receives the operation, before
/// the callback can come; ic_op_take_stream() takes its result.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE after ic_devices_close(); #IC_STATUS_INVALID_ARGUMENT if nothing was
/// requested, for constraints that cannot choose a device or a handle of another type; #IC_STATUS_STRUCT_SIZE;
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
        op::start(Running::Stream(devices.get_user_media_async(&constraints)?), callback, out)
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
        Ok(devices.add_virtual_camera(&camera.camera)?)
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
        unsafe { get(devices.cast_const(), "devices")? }.close();
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
