//! The closed sets of the interface, as numbers. They are written out plainly because the header generator reads
//! source, not macros; tests prove that they are what core says. Numbers grow at the end and are never reused.

use std::ffi::{CStr, c_char};
use std::ptr;

use imagecapture::{Bound, DeliveryPolicy, FillLightMode, MediaDeviceKind, MediaKind, PhotoFormat, PixelFormat, Property, TrackState};

use crate::error::Failure;

/// A constrainable property: one of `IC_PROPERTY_…`.
///
/// 1 to 99 are defined by "Media Capture and Streams", 100 to 199 by "MediaStream Image Capture".
pub type ic_property = u32;
/// Width of the track's picture in pixels; a number.
pub const IC_PROPERTY_WIDTH: ic_property = 1;
/// Height of the track's picture in pixels; a number.
pub const IC_PROPERTY_HEIGHT: ic_property = 2;
/// Frames per second; a number.
pub const IC_PROPERTY_FRAME_RATE: ic_property = 4;
/// Identifies the device, the same across runs; a string.
pub const IC_PROPERTY_DEVICE_ID: ic_property = 7;
/// Equal for devices that are parts of one physical device; a string.
pub const IC_PROPERTY_GROUP_ID: ic_property = 8;
/// Focal length in the device's own unit, often 100 for 1x; a number, and in constraints also a boolean.
pub const IC_PROPERTY_ZOOM: ic_property = 115;

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

/// The file format of a photo: one of `IC_PHOTO_FORMAT_…`.
pub type ic_photo_format = u32;
/// The library's choice, which is JPEG.
pub const IC_PHOTO_FORMAT_DEFAULT: ic_photo_format = 0;
/// JPEG.
pub const IC_PHOTO_FORMAT_JPEG: ic_photo_format = 1;
/// PNG, without loss.
pub const IC_PHOTO_FORMAT_PNG: ic_photo_format = 2;
/// The camera's own JPEG bytes where it gives some, otherwise as #IC_PHOTO_FORMAT_JPEG.
pub const IC_PHOTO_FORMAT_CAMERA: ic_photo_format = 3;

/// Which frames a reader keeps for a program that is slower than the camera: one of `IC_DELIVERY_…`.
pub type ic_delivery = u32;
/// Only the newest.
pub const IC_DELIVERY_LATEST: ic_delivery = 0;
/// A queue, which drops its oldest frame when it is full.
pub const IC_DELIVERY_QUEUE: ic_delivery = 1;

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
        IC_PROPERTY_FRAME_RATE => c"frameRate",
        IC_PROPERTY_DEVICE_ID => c"deviceId",
        IC_PROPERTY_GROUP_ID => c"groupId",
        IC_PROPERTY_ZOOM => c"zoom",
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
        for (name, number) in constants("IC_FILL_LIGHT_MODE_") {
            assert_eq!(fill_light_mode(number).unwrap().as_str().to_uppercase(), name);
        }
        for (name, number) in constants("IC_PHOTO_FORMAT_") {
            let name = if name == "DEFAULT" { "jpeg".to_owned() } else { name.to_lowercase() };
            assert_eq!(Some(photo_format(number).unwrap()), PhotoFormat::from_name(&name));
        }
        for (name, number) in constants("IC_BOUND_") {
            assert_eq!(format!("{:?}", bound(number).unwrap()).to_uppercase(), name);
        }
        assert_eq!(constants("IC_BOUND_").len(), 5);
        assert!(bound(5).is_err() && fill_light_mode(0).is_err() && photo_format(4).is_err() && delivery(2, 1).is_err());
    }
}
