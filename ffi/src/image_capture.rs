//! `ic_image_capture`: photos and single frames of a track.

use std::ptr;

use imagecapture::{Bracket, ImageCapture};

use crate::callback::{self, ic_callback_info};
use crate::error::{Failure, ic_error};
use crate::frame::{self, ic_frame};
use crate::handle::{self, Handle, Out, Shared, get};
use crate::ids::{self, ic_property};
use crate::op::{self, Running, ic_op, timeout};
use crate::photo::{self, ic_photo, ic_photo_list};
use crate::photo_capabilities::{self, ic_photo_capabilities};
use crate::photo_settings::{self, ic_photo_options, ic_photo_settings};
use crate::sized::{self, SizedOut};
use crate::status::ic_status;
use crate::track::{self, ic_track};

/// One more value than a bracket may have: enough to tell that there are too many.
const MOST_VALUES: usize = 17;

/// Takes photos and single frames of a track.
///
/// W3C: <https://www.w3.org/TR/image-capture/#imagecaptureapi>
///
/// Shared: ic_image_capture_retain(), ic_image_capture_release().
#[derive(Debug)]
pub struct ic_image_capture {
    _private: [u8; 0],
}

impl Handle for ic_image_capture {
    type Ownership = Shared;
    type Inner = ImageCapture;
    const TAG: [u8; 8] = *b"ic:capt\0";
}

/// Makes an image capture for a video track.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-imagecapture-imagecapture>
///
/// `capture` receives it.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_SUPPORTED for an audio track; #IC_STATUS_NULL_ARGUMENT;
/// #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: `capture` receives a reference; end it with ic_image_capture_release(). It keeps the track alive.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_image_capture_new(
    track: *mut ic_track,
    capture: *mut *mut ic_image_capture,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (track, out) = unsafe { (get(track.cast_const(), "track")?, Out::new(capture, "capture")?) };
        out.set(handle::new_shared(ImageCapture::new(&track.track)?));
        Ok(())
    })
}

/// The track of an image capture.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-imagecapture-track>
///
/// `track` receives it.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: `track` receives a reference; end it with ic_track_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_image_capture_track(
    capture: *const ic_image_capture,
    track: *mut *mut ic_track,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (capture, out) = unsafe { (get(capture, "capture")?, Out::new(track, "track")?) };
        out.set(track::new(capture.track().clone()));
        Ok(())
    })
}

/// Takes a photo and waits for it.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-imagecapture-takephoto>
///
/// `settings` and `options` may be NULL. `timeout_ns` limits the call; #IC_TIMEOUT_DEFAULT is 10 seconds. `photo`
/// receives the photo.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended or is disabled; #IC_STATUS_NOT_SUPPORTED for
/// settings that the device does not have; #IC_STATUS_UNKNOWN if it fails; #IC_STATUS_DEVICE_LOST if it went away; #IC_STATUS_TIMED_OUT;
/// #IC_STATUS_ABORTED; #IC_STATUS_INVALID_ARGUMENT for unknown ids, a quality above 100, a wrong time limit or a handle of
/// another type; #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the photo is the caller's; end it with ic_photo_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_image_capture_take_photo(
    capture: *mut ic_image_capture,
    settings: *const ic_photo_settings,
    options: *const ic_photo_options,
    timeout_ns: i64,
    photo: *mut *mut ic_photo,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the structs stamped with their sizes.
        let (capture, settings, options, out) = unsafe {
            (
                get(capture.cast_const(), "capture")?,
                photo_settings::settings(sized::read(settings, "settings")?)?,
                photo_settings::options(sized::read(options, "options")?)?,
                Out::new(photo, "photo")?,
            )
        };
        let limit = timeout(timeout_ns)?;
        out.set(photo::new(capture.take_photo_async(&settings, &options)?.limit(limit).wait()?));
        Ok(())
    })
}

/// Begins to take a photo.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-imagecapture-takephoto>
///
/// `settings`, `options` and `callback` may be NULL. `op` receives the operation, before the callback can come;
/// ic_op_take_photo() takes its result.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended; #IC_STATUS_INVALID_ARGUMENT for unknown ids, a
/// quality above 100 or a handle of another type; #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `op` receives a reference; end it with ic_op_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_image_capture_take_photo_async(
    capture: *mut ic_image_capture,
    settings: *const ic_photo_settings,
    options: *const ic_photo_options,
    callback: *const ic_callback_info,
    op: *mut *mut ic_op,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the structs stamped with their sizes.
        let (capture, settings, options, callback, out) = unsafe {
            (
                get(capture.cast_const(), "capture")?,
                photo_settings::settings(sized::read(settings, "settings")?)?,
                photo_settings::options(sized::read(options, "options")?)?,
                callback::parse(callback)?,
                Out::new(op, "op")?,
            )
        };
        op::start(Running::Photo(capture.take_photo_async(&settings, &options)?), callback, out)
    })
}

/// Takes `count` photos, one right after the other, and waits for them: the camera's next frames.
///
/// For a size that is not the stream's the camera is switched once. Frames that come faster than they can be kept are left
/// out, which ic_photo_sequence() shows. `settings` and `options` may be NULL. `timeout_ns` limits the call;
/// #IC_TIMEOUT_DEFAULT is 10 seconds and 1 for each photo.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended or is disabled; #IC_STATUS_NOT_SUPPORTED for
/// settings that the device does not have; #IC_STATUS_UNKNOWN if it fails; #IC_STATUS_DEVICE_LOST if it went away; #IC_STATUS_TIMED_OUT;
/// #IC_STATUS_ABORTED; #IC_STATUS_INVALID_ARGUMENT for a count that is not from 1 to 64, unknown ids, a quality above 100, a wrong time limit or a
/// handle of another type; #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the photos are the caller's; end them with ic_photo_list_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_image_capture_take_burst(
    capture: *mut ic_image_capture,
    count: u32,
    settings: *const ic_photo_settings,
    options: *const ic_photo_options,
    timeout_ns: i64,
    photos: *mut *mut ic_photo_list,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the structs stamped with their sizes.
        let (capture, settings, options, out) = unsafe {
            (
                get(capture.cast_const(), "capture")?,
                photo_settings::settings(sized::read(settings, "settings")?)?,
                photo_settings::options(sized::read(options, "options")?)?,
                Out::new(photos, "photos")?,
            )
        };
        let limit = timeout(timeout_ns)?;
        out.set(photo::new_list(capture.take_burst_async(count, &settings, &options)?.limit(limit).wait()?));
        Ok(())
    })
}

/// Begins to take a burst, as ic_image_capture_take_burst() does.
///
/// `settings`, `options` and `callback` may be NULL. `op` receives the operation, before the callback can come;
/// ic_op_take_photos() takes its result.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended or is disabled; #IC_STATUS_INVALID_ARGUMENT for
/// a count that is not from 1 to 64, unknown ids, a quality above 100 or a handle of another type; #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `op` receives a reference; end it with ic_op_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_image_capture_take_burst_async(
    capture: *mut ic_image_capture,
    count: u32,
    settings: *const ic_photo_settings,
    options: *const ic_photo_options,
    callback: *const ic_callback_info,
    op: *mut *mut ic_op,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the structs stamped with their sizes.
        let (capture, settings, options, callback, out) = unsafe {
            (
                get(capture.cast_const(), "capture")?,
                photo_settings::settings(sized::read(settings, "settings")?)?,
                photo_settings::options(sized::read(options, "options")?)?,
                callback::parse(callback)?,
                Out::new(op, "op")?,
            )
        };
        op::start(Running::Photos(capture.take_burst_async(count, &settings, &options)?), callback, out)
    })
}

/// Takes one photo for each of the `count` values of a property, in their order, and waits for them.
///
/// The property is #IC_PROPERTY_EXPOSURE_COMPENSATION, #IC_PROPERTY_EXPOSURE_TIME, #IC_PROPERTY_ISO,
/// #IC_PROPERTY_FOCUS_DISTANCE or #IC_PROPERTY_COLOR_TEMPERATURE; a mode that stands in the way is switched. Each photo is
/// taken when the camera has come to rest, and ic_photo_track_settings() tells the value that it really had. Meanwhile all
/// tracks of the camera are muted; afterwards everything is as before, also after an error. `settings` and `options` may be
/// NULL. `timeout_ns` limits the call; #IC_TIMEOUT_DEFAULT is 10 seconds and, for each photo, 1 and the time to settle.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended or is disabled; #IC_STATUS_NOT_SUPPORTED for
/// settings or values that the device does not have; #IC_STATUS_UNKNOWN if it fails; #IC_STATUS_DEVICE_LOST if it went away; #IC_STATUS_TIMED_OUT;
/// #IC_STATUS_ABORTED; #IC_STATUS_INVALID_ARGUMENT for another property, no value, more than 16, one that is not finite, unknown ids, a quality above 100, a wrong time limit or a
/// handle of another type; #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the photos are the caller's; end them with ic_photo_list_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_image_capture_take_bracket(
    capture: *mut ic_image_capture,
    property: ic_property,
    values: *const f64,
    count: usize,
    settings: *const ic_photo_settings,
    options: *const ic_photo_options,
    timeout_ns: i64,
    photos: *mut *mut ic_photo_list,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the structs stamped with their sizes.
        let (capture, settings, options, out, bracket) = unsafe {
            (
                get(capture.cast_const(), "capture")?,
                photo_settings::settings(sized::read(settings, "settings")?)?,
                photo_settings::options(sized::read(options, "options")?)?,
                Out::new(photos, "photos")?,
                bracket(property, values, count)?,
            )
        };
        let limit = timeout(timeout_ns)?;
        out.set(photo::new_list(capture.take_bracket_async(&bracket, &settings, &options)?.limit(limit).wait()?));
        Ok(())
    })
}

/// Begins to take a bracket, as ic_image_capture_take_bracket() does.
///
/// `settings`, `options` and `callback` may be NULL. `op` receives the operation, before the callback can come;
/// ic_op_take_photos() takes its result.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended or is disabled; #IC_STATUS_INVALID_ARGUMENT for
/// what is no bracket, unknown ids, a quality above 100 or a handle of another type; #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `op` receives a reference; end it with ic_op_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_image_capture_take_bracket_async(
    capture: *mut ic_image_capture,
    property: ic_property,
    values: *const f64,
    count: usize,
    settings: *const ic_photo_settings,
    options: *const ic_photo_options,
    callback: *const ic_callback_info,
    op: *mut *mut ic_op,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the structs stamped with their sizes.
        let (capture, settings, options, callback, out, bracket) = unsafe {
            (
                get(capture.cast_const(), "capture")?,
                photo_settings::settings(sized::read(settings, "settings")?)?,
                photo_settings::options(sized::read(options, "options")?)?,
                callback::parse(callback)?,
                Out::new(op, "op")?,
                bracket(property, values, count)?,
            )
        };
        op::start(Running::Photos(capture.take_bracket_async(&bracket, &settings, &options)?), callback, out)
    })
}

/// The bracket that C describes.
///
/// # Safety
/// `values` is NULL or has `count` numbers.
unsafe fn bracket(property: ic_property, values: *const f64, count: usize) -> Result<Bracket, Failure> {
    if values.is_null() {
        return Err(Failure::null("values"));
    }
    let property = ids::property(property)?;
    let count = count.min(MOST_VALUES);
    // SAFETY: not NULL, and `count` is not above the number that the contract of this function gives.
    let values = unsafe { std::slice::from_raw_parts(values, count) };
    Ok(Bracket::new(property, values)?)
}

/// Asks what the camera can do for a photo, and waits for the answer.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-imagecapture-getphotocapabilities>
///
/// `timeout_ns` limits the call; #IC_TIMEOUT_DEFAULT is 5 seconds. `capabilities` receives a snapshot.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended; #IC_STATUS_UNKNOWN if it ended meanwhile;
/// #IC_STATUS_DEVICE_LOST if the device went away; #IC_STATUS_TIMED_OUT; #IC_STATUS_ABORTED; #IC_STATUS_INVALID_ARGUMENT
/// for a wrong time limit or a handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the capabilities are the caller's; end them with ic_photo_capabilities_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_image_capture_photo_capabilities(
    capture: *mut ic_image_capture,
    timeout_ns: i64,
    capabilities: *mut *mut ic_photo_capabilities,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (capture, out) = unsafe { (get(capture.cast_const(), "capture")?, Out::new(capabilities, "capabilities")?) };
        let limit = timeout(timeout_ns)?;
        out.set(photo_capabilities::new(capture.photo_capabilities_async()?.limit(limit).wait()?));
        Ok(())
    })
}

/// Begins to ask what the camera can do for a photo.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-imagecapture-getphotocapabilities>
///
/// `callback` may be NULL. `op` receives the operation, before the callback can come; ic_op_take_photo_capabilities()
/// takes its result.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended; #IC_STATUS_INVALID_ARGUMENT for a handle of
/// another type; #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `op` receives a reference; end it with ic_op_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_image_capture_photo_capabilities_async(
    capture: *mut ic_image_capture,
    callback: *const ic_callback_info,
    op: *mut *mut ic_op,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the struct stamped with its size.
        let (capture, callback, out) = unsafe { (get(capture.cast_const(), "capture")?, callback::parse(callback)?, Out::new(op, "op")?) };
        op::start(Running::PhotoCapabilities(capture.photo_capabilities_async()?), callback, out)
    })
}

/// Asks how the camera would take a photo if nothing were asked of it, and waits for the answer.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-imagecapture-getphotosettings>
///
/// `timeout_ns` limits the call; #IC_TIMEOUT_DEFAULT is 5 seconds. `settings` was initialised with
/// `IC_PHOTO_SETTINGS_INIT`, and receives them: `fields` says which the camera has.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended; #IC_STATUS_UNKNOWN if it ended meanwhile;
/// #IC_STATUS_DEVICE_LOST if the device went away; #IC_STATUS_TIMED_OUT; #IC_STATUS_ABORTED; #IC_STATUS_INVALID_ARGUMENT
/// for a wrong time limit or a handle of another type; #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_image_capture_photo_settings(
    capture: *mut ic_image_capture,
    timeout_ns: i64,
    settings: *mut ic_photo_settings,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the struct stamped with its size.
        let (capture, out) = unsafe { (get(capture.cast_const(), "capture")?, SizedOut::new(settings, "settings")?) };
        let limit = timeout(timeout_ns)?;
        out.set(&photo_settings::plain(&capture.photo_settings_async()?.limit(limit).wait()?));
        Ok(())
    })
}

/// Begins to ask how the camera would take a photo if nothing were asked of it.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-imagecapture-getphotosettings>
///
/// `callback` may be NULL. `op` receives the operation, before the callback can come; ic_op_take_photo_settings() takes
/// its result.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended; #IC_STATUS_INVALID_ARGUMENT for a handle of
/// another type; #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `op` receives a reference; end it with ic_op_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_image_capture_photo_settings_async(
    capture: *mut ic_image_capture,
    callback: *const ic_callback_info,
    op: *mut *mut ic_op,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the struct stamped with its size.
        let (capture, callback, out) = unsafe { (get(capture.cast_const(), "capture")?, callback::parse(callback)?, Out::new(op, "op")?) };
        op::start(Running::PhotoSettings(capture.photo_settings_async()?), callback, out)
    })
}

/// Waits for the next frame of the track and gives it as RGBA in the track's size.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-imagecapture-grabframe>
///
/// `timeout_ns` limits the call; #IC_TIMEOUT_DEFAULT is 5 seconds. `frame` receives the frame.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended or is disabled; #IC_STATUS_UNKNOWN if the device
/// fails;
/// #IC_STATUS_DEVICE_LOST if it went away; #IC_STATUS_BUFFERS_EXHAUSTED if the program holds too many frames;
/// #IC_STATUS_TIMED_OUT; #IC_STATUS_ABORTED; #IC_STATUS_INVALID_ARGUMENT for a wrong time limit or a handle of another
/// type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `frame` receives a reference; end it with ic_frame_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_image_capture_grab_frame(
    capture: *mut ic_image_capture,
    timeout_ns: i64,
    frame: *mut *mut ic_frame,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (capture, out) = unsafe { (get(capture.cast_const(), "capture")?, Out::new(frame, "frame")?) };
        let limit = timeout(timeout_ns)?;
        out.set(frame::new(capture.grab_frame_async()?.limit(limit).wait()?));
        Ok(())
    })
}

/// Begins to wait for the next frame of the track.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-imagecapture-grabframe>
///
/// `callback` may be NULL. `op` receives the operation, before the callback can come; ic_op_take_frame() takes its result.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended; #IC_STATUS_INVALID_ARGUMENT for a handle of
/// another type; #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `op` receives a reference; end it with ic_op_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_image_capture_grab_frame_async(
    capture: *mut ic_image_capture,
    callback: *const ic_callback_info,
    op: *mut *mut ic_op,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the struct stamped with its size.
        let (capture, callback, out) = unsafe { (get(capture.cast_const(), "capture")?, callback::parse(callback)?, Out::new(op, "op")?) };
        op::start(Running::Frame(capture.grab_frame_async()?), callback, out)
    })
}

/// The newest frame of the track, without waiting, as the device delivered it.
///
/// `frame` receives the frame.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if none has come yet; #IC_STATUS_INVALID_STATE if the track has ended;
/// #IC_STATUS_DEVICE_LOST if the device went away; #IC_STATUS_INVALID_ARGUMENT for a handle of another type;
/// #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `frame` receives a reference; end it with ic_frame_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_image_capture_latest_frame(
    capture: *mut ic_image_capture,
    frame: *mut *mut ic_frame,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (capture, out) = unsafe { (get(capture.cast_const(), "capture")?, Out::new(frame, "frame")?) };
        let frame = capture.latest_frame()?;
        out.set(frame::new(frame.ok_or_else(|| Failure::not_present("no frame has come yet"))?));
        Ok(())
    })
}

/// Adds a reference. NULL is fine.
///
/// Returns: `capture`, or NULL for a handle of another type.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_image_capture_retain(capture: *mut ic_image_capture) -> *mut ic_image_capture {
    guard_or!(ptr::null_mut(), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { handle::retain(capture) }
    })
}

/// Gives a reference back. NULL is fine.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_image_capture_release(capture: *mut ic_image_capture) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, of which the caller gives a reference away.
        unsafe { handle::release(capture) }
    })
}
