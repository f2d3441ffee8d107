//! The closed sets of the interface, as numbers. They are written out plainly because the header generator reads
//! source, not macros; tests prove that they are what core says. Numbers grow at the end and are never reused.

use std::ffi::{CStr, c_char};
use std::ptr;

use imagecapture::{
    Bound, ColorMatrix, DeliveryPolicy, EventType, FillLightMode, MediaDeviceKind, MediaKind, Permission, PermissionState, PhotoFormat,
    PixelFormat, Property, RedEyeReduction, TimestampSource, TrackState,
};

use crate::error::Failure;

/// A constrainable property: one of `IC_PROPERTY_…`.
///
/// 1 to 99 are defined by "Media Capture and Streams", 100 to 199 by "MediaStream Image Capture", from 200 on by
/// extensions.
pub type ic_property = u32;
/// Width of the track's picture in pixels; a number.
pub const IC_PROPERTY_WIDTH: ic_property = 1;
/// Height of the track's picture in pixels; a number.
pub const IC_PROPERTY_HEIGHT: ic_property = 2;
/// Width divided by height, to ten decimals; a number.
pub const IC_PROPERTY_ASPECT_RATIO: ic_property = 3;
/// Frames per second; a number.
pub const IC_PROPERTY_FRAME_RATE: ic_property = 4;
/// Which way the camera looks: one of the strings `IC_FACING_MODE_…`.
pub const IC_PROPERTY_FACING_MODE: ic_property = 5;
/// Whether pictures are native ones of the camera: one of the strings `IC_RESIZE_MODE_…`.
pub const IC_PROPERTY_RESIZE_MODE: ic_property = 6;
/// Identifies the device, the same across runs; a string.
pub const IC_PROPERTY_DEVICE_ID: ic_property = 7;
/// Equal for devices that are parts of one physical device; a string.
pub const IC_PROPERTY_GROUP_ID: ic_property = 8;
/// How the camera adapts to the colour of the light: one of the strings `IC_METERING_MODE_…`.
pub const IC_PROPERTY_WHITE_BALANCE_MODE: ic_property = 100;
/// Who chooses the exposure: one of the strings `IC_METERING_MODE_…`.
pub const IC_PROPERTY_EXPOSURE_MODE: ic_property = 101;
/// Who focuses: one of the strings `IC_METERING_MODE_…`.
pub const IC_PROPERTY_FOCUS_MODE: ic_property = 102;
/// Where the automatic modes measure; points. It has a setting but no capability.
pub const IC_PROPERTY_POINTS_OF_INTEREST: ic_property = 103;
/// How much brighter the automatic exposure makes the picture, in EV; a number.
pub const IC_PROPERTY_EXPOSURE_COMPENSATION: ic_property = 104;
/// How long one picture is exposed, in units of 100 microseconds; a number.
pub const IC_PROPERTY_EXPOSURE_TIME: ic_property = 105;
/// The colour of the light that shall look white, in kelvin; a number.
pub const IC_PROPERTY_COLOR_TEMPERATURE: ic_property = 106;
/// Sensitivity of the sensor as of ISO 12232; a number.
pub const IC_PROPERTY_ISO: ic_property = 107;
/// Brightness in the device's own unit; a number.
pub const IC_PROPERTY_BRIGHTNESS: ic_property = 108;
/// Contrast in the device's own unit; a number.
pub const IC_PROPERTY_CONTRAST: ic_property = 109;
/// Saturation in the device's own unit; a number.
pub const IC_PROPERTY_SATURATION: ic_property = 110;
/// Sharpness in the device's own unit; a number.
pub const IC_PROPERTY_SHARPNESS: ic_property = 111;
/// Distance of best focus, in metres where the device knows them; a number.
pub const IC_PROPERTY_FOCUS_DISTANCE: ic_property = 112;
/// Horizontal direction in arc seconds, clockwise seen from above; a number, and in constraints also a boolean.
pub const IC_PROPERTY_PAN: ic_property = 113;
/// Vertical direction in arc seconds, upwards; a number, and in constraints also a boolean.
pub const IC_PROPERTY_TILT: ic_property = 114;
/// Focal length in the device's own unit, often 100 for 1x; a number, and in constraints also a boolean.
pub const IC_PROPERTY_ZOOM: ic_property = 115;
/// Whether the light is on all the time; a boolean.
pub const IC_PROPERTY_TORCH: ic_property = 116;
/// Whether the background is blurred by the platform; a boolean.
pub const IC_PROPERTY_BACKGROUND_BLUR: ic_property = 200;
/// Whether the platform follows faces by cropping; a boolean.
pub const IC_PROPERTY_FACE_FRAMING: ic_property = 201;
/// Whether the platform makes eyes look into the camera; a boolean.
pub const IC_PROPERTY_EYE_GAZE_CORRECTION: ic_property = 202;
/// Whether configurations that use little power are preferred; a boolean.
pub const IC_PROPERTY_POWER_EFFICIENT: ic_property = 203;
/// Whether the pixel format needs no decoding by software; a boolean.
pub const IC_PROPERTY_POWER_EFFICIENT_PIXEL_FORMAT: ic_property = 204;

/// Which bound of a constraint a value is: one of `IC_BOUND_…`.
pub type ic_bound = u32;
/// A bare value: ideal in the basic set, exact in an advanced set.
pub const IC_BOUND_BARE: ic_bound = 0;
/// The value must be this one.
pub const IC_BOUND_EXACT: ic_bound = 1;
/// The value should be close to this one.
pub const IC_BOUND_IDEAL: ic_bound = 2;
/// The value must not be smaller.
pub const IC_BOUND_MIN: ic_bound = 3;
/// The value must not be larger.
pub const IC_BOUND_MAX: ic_bound = 4;

/// How the pixels of a frame lie in memory: one of `IC_PIXEL_FORMAT_…`.
pub type ic_pixel_format = u32;
/// Packed 4:2:2, bytes Y U Y V.
pub const IC_PIXEL_FORMAT_YUYV: ic_pixel_format = 1;
/// Packed 4:2:2, bytes U Y V Y.
pub const IC_PIXEL_FORMAT_UYVY: ic_pixel_format = 2;
/// Planar 4:2:0: a plane of Y, a plane of U V pairs.
pub const IC_PIXEL_FORMAT_NV12: ic_pixel_format = 3;
/// Planar 4:2:0: a plane of Y, a plane of V U pairs.
pub const IC_PIXEL_FORMAT_NV21: ic_pixel_format = 4;
/// Planar 4:2:0: planes of Y, U and V.
pub const IC_PIXEL_FORMAT_I420: ic_pixel_format = 5;
/// One byte of brightness a pixel.
pub const IC_PIXEL_FORMAT_GREY: ic_pixel_format = 6;
/// Bytes R G B.
pub const IC_PIXEL_FORMAT_RGB: ic_pixel_format = 7;
/// Bytes B G R.
pub const IC_PIXEL_FORMAT_BGR: ic_pixel_format = 8;
/// Bytes R G B A.
pub const IC_PIXEL_FORMAT_RGBA: ic_pixel_format = 9;
/// Bytes B G R A.
pub const IC_PIXEL_FORMAT_BGRA: ic_pixel_format = 10;
/// A JPEG image, one plane of compressed bytes without a stride.
pub const IC_PIXEL_FORMAT_MJPEG: ic_pixel_format = 11;
/// Planar 4:2:0: planes of Y, V and U.
pub const IC_PIXEL_FORMAT_YV12: ic_pixel_format = 12;
/// Two bytes of brightness a pixel, the lower one first; `bits_per_sample` of `ic_frame_info` says how many bits count.
pub const IC_PIXEL_FORMAT_GREY16: ic_pixel_format = 13;
/// Bytes R G B and one that means nothing.
pub const IC_PIXEL_FORMAT_RGBX: ic_pixel_format = 14;
/// Bytes B G R and one that means nothing.
pub const IC_PIXEL_FORMAT_BGRX: ic_pixel_format = 15;

/// Whose clock the time of a frame was read from: one of `IC_TIMESTAMP_SOURCE_…`.
pub type ic_timestamp_source = u32;
/// The driver of the device read it when the device gave the picture.
pub const IC_TIMESTAMP_SOURCE_DRIVER: ic_timestamp_source = 1;
/// The library read it when the picture arrived; the picture was taken earlier, by an unknown time.
pub const IC_TIMESTAMP_SOURCE_ARRIVAL: ic_timestamp_source = 2;

/// Which weights turn red, green and blue into luminance and colour differences: one of `IC_COLOR_MATRIX_…`.
pub type ic_color_matrix = u32;
/// ITU-R BT.601: JPEG and pictures of standard definition.
pub const IC_COLOR_MATRIX_BT601: ic_color_matrix = 1;
/// ITU-R BT.709: pictures of high definition.
pub const IC_COLOR_MATRIX_BT709: ic_color_matrix = 2;
/// ITU-R BT.2020, non-constant luminance.
pub const IC_COLOR_MATRIX_BT2020: ic_color_matrix = 3;
/// SMPTE 240M.
pub const IC_COLOR_MATRIX_SMPTE240M: ic_color_matrix = 4;

/// Whether a track still delivers: one of `IC_TRACK_STATE_…`.
pub type ic_track_state = u32;
/// The source delivers, though perhaps not at this moment.
pub const IC_TRACK_STATE_LIVE: ic_track_state = 1;
/// It was stopped or its device is gone; it never comes back.
pub const IC_TRACK_STATE_ENDED: ic_track_state = 2;

/// What a device delivers: one of `IC_DEVICE_KIND_…`.
pub type ic_device_kind = u32;
/// A camera.
pub const IC_DEVICE_KIND_VIDEO_INPUT: ic_device_kind = 1;
/// A microphone.
pub const IC_DEVICE_KIND_AUDIO_INPUT: ic_device_kind = 2;

/// What a track carries: one of `IC_MEDIA_KIND_…`.
pub type ic_media_kind = u32;
/// Pictures.
pub const IC_MEDIA_KIND_VIDEO: ic_media_kind = 1;
/// Sound.
pub const IC_MEDIA_KIND_AUDIO: ic_media_kind = 2;

/// The use of the flash in a photo: one of `IC_FILL_LIGHT_MODE_…`.
pub type ic_fill_light_mode = u32;
/// The device decides.
pub const IC_FILL_LIGHT_MODE_AUTO: ic_fill_light_mode = 1;
/// No flash.
pub const IC_FILL_LIGHT_MODE_OFF: ic_fill_light_mode = 2;
/// The flash fires.
pub const IC_FILL_LIGHT_MODE_FLASH: ic_fill_light_mode = 3;

/// What a camera does against red eyes: one of `IC_RED_EYE_REDUCTION_…`.
pub type ic_red_eye_reduction = u32;
/// Nothing.
pub const IC_RED_EYE_REDUCTION_NEVER: ic_red_eye_reduction = 1;
/// It always reduces them.
pub const IC_RED_EYE_REDUCTION_ALWAYS: ic_red_eye_reduction = 2;
/// `ic_photo_settings.red_eye_reduction` says whether it does.
pub const IC_RED_EYE_REDUCTION_CONTROLLABLE: ic_red_eye_reduction = 3;

/// The file format of a photo: one of `IC_PHOTO_FORMAT_…`.
pub type ic_photo_format = u32;
/// The library's choice, which is JPEG.
pub const IC_PHOTO_FORMAT_DEFAULT: ic_photo_format = 0;
/// JPEG.
pub const IC_PHOTO_FORMAT_JPEG: ic_photo_format = 1;
/// PNG, without loss.
pub const IC_PHOTO_FORMAT_PNG: ic_photo_format = 2;
/// The camera's own JPEG bytes, but for where they were taken and what stands behind their end; #IC_STATUS_NOT_SUPPORTED
/// from a camera that does not encode.
pub const IC_PHOTO_FORMAT_CAMERA: ic_photo_format = 3;

/// Which frames a reader keeps for a program that is slower than the camera: one of `IC_DELIVERY_…`.
pub type ic_delivery = u32;
/// Only the newest.
pub const IC_DELIVERY_LATEST: ic_delivery = 0;
/// A queue, which drops its oldest frame when it is full.
pub const IC_DELIVERY_QUEUE: ic_delivery = 1;

/// What can happen to a track or to a context: one of `IC_EVENT_…`.
pub type ic_event_type = u32;
/// Track: its camera gives no frames for the time being.
pub const IC_EVENT_MUTE: ic_event_type = 1;
/// Track: its camera gives frames again.
pub const IC_EVENT_UNMUTE: ic_event_type = 2;
/// Track: it ended, and not because the program stopped it or closed its context.
pub const IC_EVENT_ENDED: ic_event_type = 3;
/// Track: its settings or capabilities were changed from elsewhere.
pub const IC_EVENT_CONFIGURATION_CHANGE: ic_event_type = 4;
/// Context: devices came or went, or another one is the default.
pub const IC_EVENT_DEVICE_CHANGE: ic_event_type = 5;
/// Context: the state of a permission changed.
pub const IC_EVENT_PERMISSION_CHANGE: ic_event_type = 6;
/// Context: what ic_devices_indicator() tells has changed.
pub const IC_EVENT_INDICATOR_CHANGE: ic_event_type = 7;
/// Queue only: events were dropped, because too many waited to be fetched. Those that follow are complete.
pub const IC_EVENT_OVERFLOW: ic_event_type = 8;
/// Track: a control of its camera has another value, range or flags, and not through this track; `control_id` tells
/// which.
pub const IC_EVENT_CONTROL_CHANGE: ic_event_type = 9;

/// Something that a person or a policy may allow: one of `IC_PERMISSION_…`.
pub type ic_permission = u32;
/// To use cameras.
pub const IC_PERMISSION_CAMERA: ic_permission = 1;
/// To move cameras: pan, tilt and zoom. Its state is never more generous than that of the camera.
pub const IC_PERMISSION_PAN_TILT_ZOOM: ic_permission = 2;

/// Whether something is allowed: one of `IC_PERMISSION_STATE_…`.
pub type ic_permission_state = u32;
/// A person is to be asked when it is needed.
pub const IC_PERMISSION_STATE_PROMPT: ic_permission_state = 1;
/// It is.
pub const IC_PERMISSION_STATE_GRANTED: ic_permission_state = 2;
/// It is not.
pub const IC_PERMISSION_STATE_DENIED: ic_permission_state = 3;

/// What kind of value a control of a camera has: one of `IC_CONTROL_TYPE_…`.
pub type ic_control_type = u32;
/// A whole number of 32 bits.
pub const IC_CONTROL_TYPE_INTEGER: ic_control_type = 1;
/// 0 or 1.
pub const IC_CONTROL_TYPE_BOOLEAN: ic_control_type = 2;
/// One of several named choices; the value is the number of the choice.
pub const IC_CONTROL_TYPE_MENU: ic_control_type = 3;
/// Does something when it is set to anything; it has no value.
pub const IC_CONTROL_TYPE_BUTTON: ic_control_type = 4;
/// A whole number of 64 bits.
pub const IC_CONTROL_TYPE_INTEGER64: ic_control_type = 5;
/// A text.
pub const IC_CONTROL_TYPE_STRING: ic_control_type = 6;
/// Switches as the bits of a number.
pub const IC_CONTROL_TYPE_BITMASK: ic_control_type = 7;
/// One of several numbers; the value is the number of the choice.
pub const IC_CONTROL_TYPE_INTEGER_MENU: ic_control_type = 8;
/// Whole numbers from 0 to 255.
pub const IC_CONTROL_TYPE_U8: ic_control_type = 9;
/// Whole numbers from 0 to 65,535.
pub const IC_CONTROL_TYPE_U16: ic_control_type = 10;
/// Whole numbers of 32 bits without a sign.
pub const IC_CONTROL_TYPE_U32: ic_control_type = 11;
/// Two numbers: width and height.
pub const IC_CONTROL_TYPE_AREA: ic_control_type = 12;
/// Four numbers: left, top, width and height.
pub const IC_CONTROL_TYPE_RECTANGLE: ic_control_type = 13;
/// A structure that this library does not know. It is listed, but cannot be read or set.
pub const IC_CONTROL_TYPE_OTHER: ic_control_type = 14;

pub(crate) fn property(number: ic_property) -> Result<Property, Failure> {
    Property::from_number(number).ok_or_else(|| Failure::invalid(format!("{number} is no IC_PROPERTY_… number")))
}

pub(crate) fn bound(number: ic_bound) -> Result<Bound, Failure> {
    Ok(match number {
        IC_BOUND_BARE => Bound::Bare,
        IC_BOUND_EXACT => Bound::Exact,
        IC_BOUND_IDEAL => Bound::Ideal,
        IC_BOUND_MIN => Bound::Min,
        IC_BOUND_MAX => Bound::Max,
        _ => return Err(Failure::invalid(format!("{number} is no IC_BOUND_… number"))),
    })
}

pub(crate) fn pixel_format(number: ic_pixel_format) -> Result<PixelFormat, Failure> {
    PixelFormat::from_number(number).ok_or_else(|| Failure::invalid(format!("{number} is no IC_PIXEL_FORMAT_… number")))
}

pub(crate) fn timestamp_source(source: TimestampSource) -> ic_timestamp_source {
    match source {
        TimestampSource::Driver => IC_TIMESTAMP_SOURCE_DRIVER,
        TimestampSource::Arrival => IC_TIMESTAMP_SOURCE_ARRIVAL,
        // One that is newer than this table.
        _ => 0,
    }
}

pub(crate) fn color_matrix(matrix: ColorMatrix) -> ic_color_matrix {
    match matrix {
        ColorMatrix::Bt601 => IC_COLOR_MATRIX_BT601,
        ColorMatrix::Bt709 => IC_COLOR_MATRIX_BT709,
        ColorMatrix::Bt2020 => IC_COLOR_MATRIX_BT2020,
        ColorMatrix::Smpte240 => IC_COLOR_MATRIX_SMPTE240M,
        // One that is newer than this table.
        _ => 0,
    }
}

pub(crate) fn track_state(state: TrackState) -> ic_track_state {
    match state {
        TrackState::Live => IC_TRACK_STATE_LIVE,
        TrackState::Ended => IC_TRACK_STATE_ENDED,
    }
}

pub(crate) fn device_kind(kind: MediaDeviceKind) -> ic_device_kind {
    match kind {
        MediaDeviceKind::VideoInput => IC_DEVICE_KIND_VIDEO_INPUT,
        MediaDeviceKind::AudioInput => IC_DEVICE_KIND_AUDIO_INPUT,
        // A kind that is newer than this table.
        _ => 0,
    }
}

pub(crate) fn device_kind_of(number: ic_device_kind) -> Result<MediaDeviceKind, Failure> {
    Ok(match number {
        IC_DEVICE_KIND_VIDEO_INPUT => MediaDeviceKind::VideoInput,
        IC_DEVICE_KIND_AUDIO_INPUT => MediaDeviceKind::AudioInput,
        _ => return Err(Failure::invalid(format!("{number} is no IC_DEVICE_KIND_… number"))),
    })
}

pub(crate) fn event_type(number: ic_event_type) -> Result<EventType, Failure> {
    let found = EventType::ALL.iter().copied().find(|event_type| event_number(*event_type) == number && number != 0);
    found.ok_or_else(|| Failure::invalid(format!("{number} is no IC_EVENT_… number")))
}

pub(crate) fn event_number(event_type: EventType) -> ic_event_type {
    match event_type {
        EventType::Mute => IC_EVENT_MUTE,
        EventType::Unmute => IC_EVENT_UNMUTE,
        EventType::Ended => IC_EVENT_ENDED,
        EventType::ConfigurationChange => IC_EVENT_CONFIGURATION_CHANGE,
        EventType::DeviceChange => IC_EVENT_DEVICE_CHANGE,
        EventType::PermissionChange => IC_EVENT_PERMISSION_CHANGE,
        EventType::IndicatorChange => IC_EVENT_INDICATOR_CHANGE,
        EventType::Overflow => IC_EVENT_OVERFLOW,
        EventType::ControlChange => IC_EVENT_CONTROL_CHANGE,
        // A type that is newer than this table; a test fails until it has its line above.
        _ => 0,
    }
}

pub(crate) fn permission(number: ic_permission) -> Result<Permission, Failure> {
    Ok(match number {
        IC_PERMISSION_CAMERA => Permission::Camera,
        IC_PERMISSION_PAN_TILT_ZOOM => Permission::PanTiltZoom,
        _ => return Err(Failure::invalid(format!("{number} is no IC_PERMISSION_… number"))),
    })
}

pub(crate) fn permission_number(permission: Permission) -> ic_permission {
    match permission {
        Permission::Camera => IC_PERMISSION_CAMERA,
        Permission::PanTiltZoom => IC_PERMISSION_PAN_TILT_ZOOM,
        // A permission that is newer than this table; a test fails until it has its line above.
        _ => 0,
    }
}

pub(crate) fn permission_state(number: ic_permission_state) -> Result<PermissionState, Failure> {
    Ok(match number {
        IC_PERMISSION_STATE_PROMPT => PermissionState::Prompt,
        IC_PERMISSION_STATE_GRANTED => PermissionState::Granted,
        IC_PERMISSION_STATE_DENIED => PermissionState::Denied,
        _ => return Err(Failure::invalid(format!("{number} is no IC_PERMISSION_STATE_… number"))),
    })
}

pub(crate) fn permission_state_number(state: PermissionState) -> ic_permission_state {
    match state {
        PermissionState::Prompt => IC_PERMISSION_STATE_PROMPT,
        PermissionState::Granted => IC_PERMISSION_STATE_GRANTED,
        PermissionState::Denied => IC_PERMISSION_STATE_DENIED,
    }
}

pub(crate) fn media_kind(kind: MediaKind) -> ic_media_kind {
    match kind {
        MediaKind::Video => IC_MEDIA_KIND_VIDEO,
        MediaKind::Audio => IC_MEDIA_KIND_AUDIO,
    }
}

pub(crate) fn fill_light_mode(number: ic_fill_light_mode) -> Result<FillLightMode, Failure> {
    Ok(match number {
        IC_FILL_LIGHT_MODE_AUTO => FillLightMode::Auto,
        IC_FILL_LIGHT_MODE_OFF => FillLightMode::Off,
        IC_FILL_LIGHT_MODE_FLASH => FillLightMode::Flash,
        _ => return Err(Failure::invalid(format!("{number} is no IC_FILL_LIGHT_MODE_… number"))),
    })
}

pub(crate) fn fill_light_mode_number(mode: FillLightMode) -> ic_fill_light_mode {
    match mode {
        FillLightMode::Auto => IC_FILL_LIGHT_MODE_AUTO,
        FillLightMode::Off => IC_FILL_LIGHT_MODE_OFF,
        FillLightMode::Flash => IC_FILL_LIGHT_MODE_FLASH,
    }
}

pub(crate) fn red_eye_reduction_number(reduction: RedEyeReduction) -> ic_red_eye_reduction {
    match reduction {
        RedEyeReduction::Never => IC_RED_EYE_REDUCTION_NEVER,
        RedEyeReduction::Always => IC_RED_EYE_REDUCTION_ALWAYS,
        RedEyeReduction::Controllable => IC_RED_EYE_REDUCTION_CONTROLLABLE,
    }
}

pub(crate) fn photo_format(number: ic_photo_format) -> Result<PhotoFormat, Failure> {
    Ok(match number {
        IC_PHOTO_FORMAT_DEFAULT => PhotoFormat::default(),
        IC_PHOTO_FORMAT_JPEG => PhotoFormat::Jpeg,
        IC_PHOTO_FORMAT_PNG => PhotoFormat::Png,
        IC_PHOTO_FORMAT_CAMERA => PhotoFormat::Camera,
        _ => return Err(Failure::invalid(format!("{number} is no IC_PHOTO_FORMAT_… number"))),
    })
}

pub(crate) fn delivery(number: ic_delivery, queue_length: usize) -> Result<DeliveryPolicy, Failure> {
    Ok(match number {
        IC_DELIVERY_LATEST => DeliveryPolicy::Latest,
        IC_DELIVERY_QUEUE => DeliveryPolicy::Queue(queue_length),
        _ => return Err(Failure::invalid(format!("{number} is no IC_DELIVERY_… number"))),
    })
}

/// The W3C name of a property: `"frameRate"`.
///
/// Returns: a text that lives as long as the program, or NULL for a number that this library does not know.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ic_property_name(property: ic_property) -> *const c_char {
    let name = match property {
        IC_PROPERTY_WIDTH => c"width",
        IC_PROPERTY_HEIGHT => c"height",
        IC_PROPERTY_ASPECT_RATIO => c"aspectRatio",
        IC_PROPERTY_FRAME_RATE => c"frameRate",
        IC_PROPERTY_FACING_MODE => c"facingMode",
        IC_PROPERTY_RESIZE_MODE => c"resizeMode",
        IC_PROPERTY_DEVICE_ID => c"deviceId",
        IC_PROPERTY_GROUP_ID => c"groupId",
        IC_PROPERTY_WHITE_BALANCE_MODE => c"whiteBalanceMode",
        IC_PROPERTY_EXPOSURE_MODE => c"exposureMode",
        IC_PROPERTY_FOCUS_MODE => c"focusMode",
        IC_PROPERTY_POINTS_OF_INTEREST => c"pointsOfInterest",
        IC_PROPERTY_EXPOSURE_COMPENSATION => c"exposureCompensation",
        IC_PROPERTY_EXPOSURE_TIME => c"exposureTime",
        IC_PROPERTY_COLOR_TEMPERATURE => c"colorTemperature",
        IC_PROPERTY_ISO => c"iso",
        IC_PROPERTY_BRIGHTNESS => c"brightness",
        IC_PROPERTY_CONTRAST => c"contrast",
        IC_PROPERTY_SATURATION => c"saturation",
        IC_PROPERTY_SHARPNESS => c"sharpness",
        IC_PROPERTY_FOCUS_DISTANCE => c"focusDistance",
        IC_PROPERTY_PAN => c"pan",
        IC_PROPERTY_TILT => c"tilt",
        IC_PROPERTY_ZOOM => c"zoom",
        IC_PROPERTY_TORCH => c"torch",
        IC_PROPERTY_BACKGROUND_BLUR => c"backgroundBlur",
        IC_PROPERTY_FACE_FRAMING => c"faceFraming",
        IC_PROPERTY_EYE_GAZE_CORRECTION => c"eyeGazeCorrection",
        IC_PROPERTY_POWER_EFFICIENT => c"powerEfficient",
        IC_PROPERTY_POWER_EFFICIENT_PIXEL_FORMAT => c"powerEfficientPixelFormat",
        _ => return ptr::null(),
    };
    CStr::as_ptr(name)
}

/// The name of a pixel format: `"nv12"`.
///
/// Returns: a text that lives as long as the program, or NULL for a number that this library does not know.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ic_pixel_format_name(format: ic_pixel_format) -> *const c_char {
    let name = match format {
        IC_PIXEL_FORMAT_YUYV => c"yuyv",
        IC_PIXEL_FORMAT_UYVY => c"uyvy",
        IC_PIXEL_FORMAT_NV12 => c"nv12",
        IC_PIXEL_FORMAT_NV21 => c"nv21",
        IC_PIXEL_FORMAT_I420 => c"i420",
        IC_PIXEL_FORMAT_GREY => c"grey",
        IC_PIXEL_FORMAT_RGB => c"rgb",
        IC_PIXEL_FORMAT_BGR => c"bgr",
        IC_PIXEL_FORMAT_RGBA => c"rgba",
        IC_PIXEL_FORMAT_BGRA => c"bgra",
        IC_PIXEL_FORMAT_MJPEG => c"mjpeg",
        IC_PIXEL_FORMAT_YV12 => c"yv12",
        IC_PIXEL_FORMAT_GREY16 => c"grey16",
        IC_PIXEL_FORMAT_RGBX => c"rgbx",
        IC_PIXEL_FORMAT_BGRX => c"bgrx",
        _ => return ptr::null(),
    };
    CStr::as_ptr(name)
}

/// The name of a type of control: `"integer-menu"`.
///
/// Returns: a text that lives as long as the program, or NULL for a number that this library does not know.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ic_control_type_name(r#type: ic_control_type) -> *const c_char {
    let name = match r#type {
        IC_CONTROL_TYPE_INTEGER => c"integer",
        IC_CONTROL_TYPE_BOOLEAN => c"boolean",
        IC_CONTROL_TYPE_MENU => c"menu",
        IC_CONTROL_TYPE_BUTTON => c"button",
        IC_CONTROL_TYPE_INTEGER64 => c"integer64",
        IC_CONTROL_TYPE_STRING => c"string",
        IC_CONTROL_TYPE_BITMASK => c"bitmask",
        IC_CONTROL_TYPE_INTEGER_MENU => c"integer-menu",
        IC_CONTROL_TYPE_U8 => c"u8",
        IC_CONTROL_TYPE_U16 => c"u16",
        IC_CONTROL_TYPE_U32 => c"u32",
        IC_CONTROL_TYPE_AREA => c"area",
        IC_CONTROL_TYPE_RECTANGLE => c"rectangle",
        IC_CONTROL_TYPE_OTHER => c"other",
        _ => return ptr::null(),
    };
    CStr::as_ptr(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: *const c_char) -> Option<&'static str> {
        // SAFETY: NULL, or a literal of this module.
        (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_str().unwrap())
    }

    #[test]
    fn events_and_permissions_are_those_of_core() {
        let same = |name: &str, core: &str| name.to_lowercase().replace('_', "") == core.replace('-', "");
        let events = constants("IC_EVENT_");
        assert_eq!(events.len(), EventType::ALL.len());
        for (name, number) in events {
            let event = event_type(number).unwrap();
            assert!(same(&name, event.as_str()) && event_number(event) == number, "{name}");
        }
        let states = constants("IC_PERMISSION_STATE_");
        assert_eq!(states.len(), PermissionState::ALL.len());
        for (name, number) in states {
            let state = permission_state(number).unwrap();
            assert!(same(&name, state.as_str()) && permission_state_number(state) == number, "{name}");
        }
        let permissions: Vec<_> = constants("IC_PERMISSION_").into_iter().filter(|(name, _)| !name.starts_with("STATE_")).collect();
        assert_eq!(permissions.len(), Permission::ALL.len());
        for (name, number) in permissions {
            let one = permission(number).unwrap();
            assert!(same(&name, one.as_str()) && permission_number(one) == number, "{name}");
        }
        assert!(event_type(0).is_err() && event_type(10).is_err() && permission(0).is_err() && permission_state(0).is_err());
    }

    /// The numbers of all constants with this prefix, by name, read from the source as the header generator reads it.
    fn constants(prefix: &str) -> Vec<(String, u32)> {
        let mut found = Vec::new();
        for line in include_str!("ids.rs").lines() {
            if let Some((name, rest)) = line.strip_prefix("pub const ").and_then(|rest| rest.split_once(':'))
                && let Some(name) = name.strip_prefix(prefix)
            {
                let value = rest.split_once('=').unwrap().1.trim().trim_end_matches(';');
                found.push((name.to_owned(), value.parse().unwrap()));
            }
        }
        found.sort();
        found
    }

    #[test]
    fn properties_are_those_of_core() {
        let mut core: Vec<_> = Property::ALL.iter().map(|p| (p.python_name().to_uppercase(), p.number())).collect();
        core.sort();
        assert_eq!(constants("IC_PROPERTY_"), core);
        for &property in Property::ALL {
            assert_eq!(text(ic_property_name(property.number())), Some(property.name()));
        }
        assert!(ic_property_name(0).is_null() && ic_property_name(u32::MAX).is_null());
    }

    #[test]
    fn types_of_controls_are_those_of_core() {
        use imagecapture::ControlType;
        let mut core: Vec<_> = ControlType::ALL.iter().map(|t| (t.as_str().to_uppercase().replace('-', "_"), t.number())).collect();
        core.sort();
        assert_eq!(constants("IC_CONTROL_TYPE_"), core);
        for &one in ControlType::ALL {
            assert_eq!(text(ic_control_type_name(one.number())), Some(one.as_str()));
        }
        assert!(ic_control_type_name(0).is_null());
    }

    #[test]
    fn pixel_formats_are_those_of_core() {
        let mut core: Vec<_> = PixelFormat::ALL.iter().map(|f| (f.name().to_uppercase(), f.number())).collect();
        core.sort();
        assert_eq!(constants("IC_PIXEL_FORMAT_"), core);
        for &format in PixelFormat::ALL {
            assert_eq!(text(ic_pixel_format_name(format.number())), Some(format.name()));
        }
        assert!(ic_pixel_format_name(0).is_null());
    }

    #[test]
    fn words_and_numbers_say_the_same() {
        let mut matrices: Vec<_> = ColorMatrix::ALL.iter().map(|matrix| (matrix.name().to_uppercase(), color_matrix(*matrix))).collect();
        matrices.sort();
        assert_eq!(constants("IC_COLOR_MATRIX_"), matrices);
        let mut sources = [TimestampSource::Driver, TimestampSource::Arrival].map(|s| (s.name().to_uppercase(), timestamp_source(s)));
        sources.sort();
        assert_eq!(constants("IC_TIMESTAMP_SOURCE_"), sources);
        for (name, number) in constants("IC_FILL_LIGHT_MODE_") {
            let mode = fill_light_mode(number).unwrap();
            assert!(mode.as_str().to_uppercase() == name && fill_light_mode_number(mode) == number, "{name}");
        }
        let reductions = [RedEyeReduction::Never, RedEyeReduction::Always, RedEyeReduction::Controllable];
        let mut reductions = reductions.map(|reduction| (reduction.as_str().to_uppercase(), red_eye_reduction_number(reduction)));
        reductions.sort();
        assert_eq!(constants("IC_RED_EYE_REDUCTION_"), reductions);
        for (name, number) in constants("IC_PHOTO_FORMAT_") {
            let name = if name == "DEFAULT" { "jpeg".to_owned() } else { name.to_lowercase() };
            assert_eq!(Some(photo_format(number).unwrap()), PhotoFormat::from_name(&name));
        }
        for (name, number) in constants("IC_BOUND_") {
            assert_eq!(format!("{:?}", bound(number).unwrap()).to_uppercase(), name);
        }
        assert_eq!(constants("IC_BOUND_").len(), 5);
        for (name, number) in constants("IC_DEVICE_KIND_") {
            assert_eq!(device_kind_of(number).unwrap().as_str().to_uppercase(), name.replace('_', ""));
        }
        assert!(bound(5).is_err() && fill_light_mode(0).is_err() && photo_format(4).is_err() && delivery(2, 1).is_err());
    }
}
