//! `ic_virtual_camera`: a camera that the program makes up.

use std::ffi::{CString, c_char};
use std::ptr;

use imagecapture::VirtualCamera;

use crate::error::ic_error;
use crate::handle::{self, Handle, Out, Shared, get};
use crate::ids::{self, ic_pixel_format};
use crate::status::ic_status;
use crate::string::{bytes, c_string, optional_text, text};
use crate::text::{self, ic_text};
use crate::track::{self, ic_track};

/// A camera that the program makes up: for tests, for systems without a camera, for frames of one's own.
///
/// Shared: ic_virtual_camera_retain(), ic_virtual_camera_release().
#[derive(Debug)]
pub struct ic_virtual_camera {
    _private: [u8; 0],
}

#[derive(Debug)]
pub(crate) struct VirtualCameraInner {
    pub(crate) camera: VirtualCamera,
    id: CString,
    label: CString,
}

impl Handle for ic_virtual_camera {
    type Ownership = Shared;
    type Inner = VirtualCameraInner;
    const TAG: [u8; 8] = *b"ic:vcam\0";
}

/// Makes a virtual camera.
///
/// `json` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED; NULL with 0 for the built-in camera. `camera` receives the
/// camera, which ic_devices_add_virtual_camera() lists. The members of the JSON, of which only `modes` is necessary:
///
/// - `modes`: an array with at least one
///   `{"width": 1280, "height": 720, "frameRates": [30], "pixelFormat": "mjpeg"}`.
/// - `label`, `deviceId`, `groupId`: strings. `facingMode`: `"user"`, `"environment"`, `"left"` or `"right"`.
/// - `properties`: blocks by W3C name; a number `{"min": 100, "max": 400, "step": 1, "value": 100}`, a string or a boolean
///   `{"values": [false, true], "value": false}`, `pointsOfInterest` `{"value": [{"x": 0.5, "y": 0.5}]}`.
/// - `scene`: `{"kind": "pattern"}`, the default; `{"kind": "push"}`; or files, with which `modes` may be left out:
///   `{"kind": "image", "path": "a.jpg"}`, `{"kind": "images", "paths": ["a.jpg", "b.png"], "hold": 30}`,
///   `{"kind": "y4m", "path": "a.y4m"}`, `{"kind": "mjpeg", "path": "a.mjpeg"}`.
/// - `pacing`: `"realtime"`, the default, `"fast"` or `"manual"`.
/// - `quantize`: whether the device takes only the values of its steps, by default true.
/// - `photo`: `null`: it takes no photos; an object: stills of its own, instead of pictures from the stream,
///   `{"imageWidth": {"min": 640, "max": 4096, "step": 1, "value": 1920}, "imageHeight": …, "fillLightMode": ["off"],
///   "redEyeReduction": "never"}`, the last two and the values optional.
/// - `kind`: `"audioinput"` for a silent microphone, which has neither modes nor properties.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT if it is no JSON (ic_error_offset() says where) or no camera;
/// #IC_STATUS_INVALID_UTF8; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `camera` receives a reference; end it with ic_virtual_camera_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_virtual_camera_new(
    json: *const c_char,
    len: usize,
    camera: *mut *mut ic_virtual_camera,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the text for its length.
        let (json, out) = unsafe { (optional_text(json, len, "json")?, Out::new(camera, "camera")?) };
        let camera = match json {
            Some(json) => VirtualCamera::from_json(json)?,
            None => VirtualCamera::default_camera(),
        };
        let (id, label) = (c_string(camera.device_id()), c_string(camera.label()));
        out.set(handle::new_shared(VirtualCameraInner { camera, id, label }));
        Ok(())
    })
}

/// The id that the configuration gave a virtual camera.
///
/// Returns: a text that lives as long as the handle; NULL if `camera` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_virtual_camera_id(camera: *const ic_virtual_camera) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(camera, "camera")? }.id.as_ptr())
    })
}

/// The name of a virtual camera.
///
/// Returns: a text that lives as long as the handle; NULL if `camera` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_virtual_camera_label(camera: *const ic_virtual_camera) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(camera, "camera")? }.label.as_ptr())
    })
}

/// Makes a track straight from a virtual camera whose scene is `"push"`, without listing it anywhere.
///
/// `track` receives the track.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_SUPPORTED for a camera of another scene; #IC_STATUS_NOT_READABLE if it is
/// busy; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: `track` receives a reference; end it with ic_track_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_virtual_camera_open(
    camera: *mut ic_virtual_camera,
    track: *mut *mut ic_track,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(camera.cast_const(), "camera")?, Out::new(track, "track")?) };
        out.set(track::new(inner.camera.open()?));
        Ok(())
    })
}

/// Gives a picture to a virtual camera whose scene is `"push"`.
///
/// `data` has `len` bytes: the rows of a picture in the packed `format`, one every `stride` bytes; planar formats plane
/// after plane; for #IC_PIXEL_FORMAT_MJPEG a whole JPEG file with the stride 0.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for a format and size that are none of the camera's modes, too
/// few bytes, too small a stride, an unknown format or a handle of another type; #IC_STATUS_NOT_SUPPORTED for a camera
/// of another scene; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the bytes are copied.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_virtual_camera_push_frame(
    camera: *mut ic_virtual_camera,
    format: ic_pixel_format,
    width: u32,
    height: u32,
    data: *const u8,
    len: usize,
    stride: usize,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle; the bytes are valid for their length.
        let (inner, data) = unsafe { (get(camera.cast_const(), "camera")?, bytes(data, len, "data")?) };
        Ok(inner.camera.push_frame(ids::pixel_format(format)?, width, height, data, stride)?)
    })
}

/// Makes the photo ready that the next ic_image_capture_take_photo() gives, of any type and bytes: it comes out as it is.
///
/// The camera's configuration has a `photo` object. `mime_type` is UTF-8 of `mime_len` bytes, or #IC_NUL_TERMINATED;
/// `data` has `len` bytes. Up to 16 photos wait; beyond that the oldest is dropped.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_SUPPORTED for a camera without stills of its own; #IC_STATUS_INVALID_ARGUMENT
/// for an empty type or photo, or a handle of another type; #IC_STATUS_INVALID_UTF8; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the text and the bytes are copied.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_virtual_camera_push_photo(
    camera: *mut ic_virtual_camera,
    mime_type: *const c_char,
    mime_len: usize,
    data: *const u8,
    len: usize,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle; the text and the bytes are valid for their lengths.
        let (inner, mime_type, data) =
            unsafe { (get(camera.cast_const(), "camera")?, text(mime_type, mime_len, "mime_type")?, bytes(data, len, "data")?) };
        Ok(inner.camera.push_photo(mime_type, data)?)
    })
}

/// Changes the properties of a virtual camera, also while it is open.
///
/// `json` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED: an object such as `{"zoom": {"min": 100, "max": 200, "value":
/// 150}, "torch": null, "brightness": 130}`. A block replaces the one before, null takes the property away, a bare
/// value changes only the value, as if somebody else had turned the knob. Open tracks are told by
/// #IC_EVENT_CONFIGURATION_CHANGE.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT if it is no JSON (ic_error_offset() says where), for a name that
/// is no property, an impossible block or value, or a handle of another type: then nothing was changed;
/// #IC_STATUS_INVALID_UTF8; #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_virtual_camera_set_properties(
    camera: *mut ic_virtual_camera,
    json: *const c_char,
    len: usize,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle; the text is valid for its length.
        let (inner, json) = unsafe { (get(camera.cast_const(), "camera")?, text(json, len, "json")?) };
        Ok(inner.camera.set_properties(json)?)
    })
}

/// The properties that a virtual camera has now, as ic_virtual_camera_set_properties() takes them.
///
/// `properties` receives JSON.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: the text is the caller's; end it with ic_text_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_virtual_camera_properties(
    camera: *const ic_virtual_camera,
    properties: *mut *mut ic_text,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(camera, "camera")?, Out::new(properties, "properties")?) };
        out.set(text::new(&inner.camera.properties().to_string()));
        Ok(())
    })
}

/// Changes the controls by their own names of a virtual camera, also while it is open.
///
/// `json` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED: an object with one member a control. A block, as in the
/// configuration, replaces the control or adds it; a bare value, such as `{"gain": 5}`, changes the value, as if somebody
/// else had; `null` removes the control. Tracks hear of it by #IC_EVENT_CONTROL_CHANGE.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT if it is no JSON (ic_error_offset() says where), for an impossible
/// block or value, or a handle of another type: then nothing was changed; #IC_STATUS_INVALID_UTF8;
/// #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_virtual_camera_set_controls(
    camera: *mut ic_virtual_camera,
    json: *const c_char,
    len: usize,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle; the text is valid for its length.
        let (inner, json) = unsafe { (get(camera.cast_const(), "camera")?, text(json, len, "json")?) };
        Ok(inner.camera.set_controls(json)?)
    })
}

/// The controls by their own names that a virtual camera has now, as a JSON object of blocks with their values. Given to
/// ic_virtual_camera_set_controls(), it puts everything back.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: the text is the caller's; end it with ic_text_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_virtual_camera_controls(
    camera: *const ic_virtual_camera,
    controls: *mut *mut ic_text,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(camera, "camera")?, Out::new(controls, "controls")?) };
        out.set(text::new(&inner.camera.controls().to_string()));
        Ok(())
    })
}

/// Takes the log of what programs wrote to a virtual camera: what was in it is not given again.
///
/// `writes` receives a JSON list, in order, of objects with a property and the value that reached the device, such as
/// `[{"zoom": 150}]`, or with a control by its own name, such as `[{"controls": {"gain": 5}}]`. A write that failed is not
/// in it. A photo that the camera takes by itself is an object with the members of its settings.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: the text is the caller's; end it with ic_text_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_virtual_camera_take_writes(
    camera: *mut ic_virtual_camera,
    writes: *mut *mut ic_text,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(camera.cast_const(), "camera")?, Out::new(writes, "writes")?) };
        out.set(text::new(&inner.camera.take_writes_json()));
        Ok(())
    })
}

/// Makes things go wrong with a virtual camera.
///
/// `json` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED: an object with any of these members. Those that stay until
/// they are changed: `busy` (opening fails as if another program had it), `openFailure` (it does not start),
/// `openDelayMs`, `writeDelayMs`, `refuseWrites` (a list of properties and of names of controls), `lateEffect` (a list of properties whose
/// writes have no effect until `settle`), `freeze` (no frames). Those that happen once: `failNthWrite` (1 is the next
/// one), `settle`, `slowFrameMs` and `corruptFrame` (`"cut"`, `"garbage"`, `"noHuffman"` or `"empty"`) of the next
/// frame, `unplug`, `replug`, `end` (it fails for good, though it is still listed).
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT if it is no JSON (ic_error_offset() says where), for an unknown
/// member or property, an impossible value, or a handle of another type: then nothing was changed;
/// #IC_STATUS_INVALID_UTF8; #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_virtual_camera_script(
    camera: *mut ic_virtual_camera,
    json: *const c_char,
    len: usize,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle; the text is valid for its length.
        let (inner, json) = unsafe { (get(camera.cast_const(), "camera")?, text(json, len, "json")?) };
        Ok(inner.camera.script(json)?)
    })
}

/// Says whether a virtual camera is muted, as by a privacy switch: it gives no frames, and its tracks are told. NULL is
/// fine.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_virtual_camera_set_muted(camera: *mut ic_virtual_camera, muted: bool) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { get(camera.cast_const(), "camera")? }.camera.set_muted(muted);
        Ok(())
    })
}

/// Lets a virtual camera with the pacing `"manual"` deliver `count` frames. NULL is fine.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_virtual_camera_step(camera: *mut ic_virtual_camera, count: u32) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { get(camera.cast_const(), "camera")? }.camera.step(count);
        Ok(())
    })
}

/// Unplugs a virtual camera, as if somebody pulled the cable. NULL is fine.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_virtual_camera_unplug(camera: *mut ic_virtual_camera) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { get(camera.cast_const(), "camera")? }.camera.unplug();
        Ok(())
    })
}

/// Plugs a virtual camera in again. Its old tracks stay ended. NULL is fine.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_virtual_camera_replug(camera: *mut ic_virtual_camera) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { get(camera.cast_const(), "camera")? }.camera.replug();
        Ok(())
    })
}

/// Says whether another program has a virtual camera, so that it cannot be opened. NULL is fine.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_virtual_camera_set_busy(camera: *mut ic_virtual_camera, busy: bool) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { get(camera.cast_const(), "camera")? }.camera.set_busy(busy);
        Ok(())
    })
}

/// Stops a virtual camera from delivering frames, or lets it go on. NULL is fine.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_virtual_camera_freeze(camera: *mut ic_virtual_camera, frozen: bool) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { get(camera.cast_const(), "camera")? }.camera.freeze(frozen);
        Ok(())
    })
}

/// Adds a reference. NULL is fine.
///
/// Returns: `camera`, or NULL for a handle of another type.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_virtual_camera_retain(camera: *mut ic_virtual_camera) -> *mut ic_virtual_camera {
    guard_or!(ptr::null_mut(), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { handle::retain(camera) }
    })
}

/// Gives a reference back. NULL is fine.
///
/// Contexts and tracks keep the camera alive.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_virtual_camera_release(camera: *mut ic_virtual_camera) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, of which the caller gives a reference away.
        unsafe { handle::release(camera) }
    })
}
