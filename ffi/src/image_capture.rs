//! `ic_image_capture`: photos and single frames of a track.

use std::ptr;

use imagecapture::{ImageCapture, PhotoOptions, PhotoSettings};

use crate::callback::{self, ic_callback_info};
use crate::error::{Failure, ic_error};
use crate::frame::{self, ic_frame};
use crate::handle::{self, Handle, Out, Shared, get};
use crate::ids::{self, ic_fill_light_mode, ic_photo_format};
use crate::op::{self, Running, ic_op, timeout};
use crate::photo::{self, ic_photo};
use crate::sized::{self, Stamped};
use crate::status::ic_status;
use crate::track::{self, ic_track};

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

/// `fields` of #ic_photo_settings: `fill_light_mode` is set.
pub const IC_PHOTO_SETTINGS_FILL_LIGHT_MODE: u32 = 1;
/// `fields` of #ic_photo_settings: `image_height` is set.
pub const IC_PHOTO_SETTINGS_IMAGE_HEIGHT: u32 = 2;
/// `fields` of #ic_photo_settings: `image_width` is set.
pub const IC_PHOTO_SETTINGS_IMAGE_WIDTH: u32 = 4;
/// `fields` of #ic_photo_settings: `red_eye_reduction` is set.
pub const IC_PHOTO_SETTINGS_RED_EYE_REDUCTION: u32 = 8;

/// How a photo should be taken. Begin with `IC_PHOTO_SETTINGS_INIT`; with nothing set, the device decides.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dictdef-photosettings>
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ic_photo_settings {
    /// The size of this struct, set by `IC_PHOTO_SETTINGS_INIT`.
    pub struct_size: usize,
    /// Which of the members are set: a sum of `IC_PHOTO_SETTINGS_…`.
    pub fields: u32,
    /// The flash: one of `IC_FILL_LIGHT_MODE_…`.
    pub fill_light_mode: ic_fill_light_mode,
    /// The wanted height in pixels, a finite number.
    pub image_height: f64,
    /// The wanted width in pixels, a finite number.
    pub image_width: f64,
    /// Whether the device should reduce red eyes: 0 no, any other number yes.
    pub red_eye_reduction: u32,
    /// Not used.
    pub reserved: u32,
}

// SAFETY: repr(C), the stamp first, numbers only.
unsafe impl Stamped for ic_photo_settings {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// How a photo should be written. Begin with `IC_PHOTO_OPTIONS_INIT`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ic_photo_options {
    /// The size of this struct, set by `IC_PHOTO_OPTIONS_INIT`.
    pub struct_size: usize,
    /// The file format: one of `IC_PHOTO_FORMAT_…`.
    pub format: ic_photo_format,
    /// The quality of JPEG, 1 to 100; 0 is the default, 90.
    pub quality: u32,
}

// SAFETY: repr(C), the stamp first, numbers only.
unsafe impl Stamped for ic_photo_options {
    const FIRST_SIZE: usize = size_of::<Self>();
}

fn photo_settings(given: Option<ic_photo_settings>) -> Result<PhotoSettings, Failure> {
    let mut settings = PhotoSettings::default();
    let Some(given) = given else { return Ok(settings) };
    let known = IC_PHOTO_SETTINGS_FILL_LIGHT_MODE
        | IC_PHOTO_SETTINGS_IMAGE_HEIGHT
        | IC_PHOTO_SETTINGS_IMAGE_WIDTH
        | IC_PHOTO_SETTINGS_RED_EYE_REDUCTION;
    if given.fields & !known != 0 {
        return Err(Failure::invalid(format!("settings->fields has unknown bits: {:#x}", given.fields & !known)));
    }
    if given.fields & IC_PHOTO_SETTINGS_FILL_LIGHT_MODE != 0 {
        settings.fill_light_mode = Some(ids::fill_light_mode(given.fill_light_mode)?);
    }
    if given.fields & IC_PHOTO_SETTINGS_IMAGE_HEIGHT != 0 {
        settings.image_height = Some(given.image_height);
    }
    if given.fields & IC_PHOTO_SETTINGS_IMAGE_WIDTH != 0 {
        settings.image_width = Some(given.image_width);
    }
    if given.fields & IC_PHOTO_SETTINGS_RED_EYE_REDUCTION != 0 {
        settings.red_eye_reduction = Some(given.red_eye_reduction != 0);
    }
    Ok(settings)
}

fn photo_options(given: Option<ic_photo_options>) -> Result<PhotoOptions, Failure> {
    let mut options = PhotoOptions::default();
    let Some(given) = given else { return Ok(options) };
    options.format = ids::photo_format(given.format)?;
    if given.quality != 0 {
        let quality = u8::try_from(given.quality);
        options.quality = quality.map_err(|_| Failure::invalid("options->quality is not from 1 to 100"))?;
    }
    Ok(options)
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
                photo_settings(sized::read(settings, "settings")?)?,
                photo_options(sized::read(options, "options")?)?,
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
                photo_settings(sized::read(settings, "settings")?)?,
                photo_options(sized::read(options, "options")?)?,
                callback::parse(callback)?,
                Out::new(op, "op")?,
            )
        };
        op::start(Running::Photo(capture.take_photo_async(&settings, &options)?), callback, out)
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
