//! `ic_photo_settings` and `ic_photo_options`: what may be asked of a photo.

use std::time::Duration;

use imagecapture::{PhotoOptions, PhotoSettings};

use crate::error::Failure;
use crate::ids::{self, ic_fill_light_mode, ic_photo_format};
use crate::sized::Stamped;

/// `fields` of #ic_photo_settings: `fill_light_mode` is set.
pub const IC_PHOTO_SETTINGS_FILL_LIGHT_MODE: u32 = 1;
/// `fields` of #ic_photo_settings: `image_height` is set.
pub const IC_PHOTO_SETTINGS_IMAGE_HEIGHT: u32 = 2;
/// `fields` of #ic_photo_settings: `image_width` is set.
pub const IC_PHOTO_SETTINGS_IMAGE_WIDTH: u32 = 4;
/// `fields` of #ic_photo_settings: `red_eye_reduction` is set.
pub const IC_PHOTO_SETTINGS_RED_EYE_REDUCTION: u32 = 8;

/// How a photo should be taken, or would be. Begin with `IC_PHOTO_SETTINGS_INIT`; with nothing set, the device decides.
///
/// What ic_image_capture_photo_settings() has written can be given to ic_image_capture_take_photo() as it is.
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
    /// Whether EXIF data is left out: 0 no, any other number yes. A location that the camera wrote is removed in any case.
    pub no_metadata: u32,
    /// How many milliseconds exposure, white balance and focus may take to settle when the camera has to be switched for the
    /// photo; 0 is the default, 2500.
    pub settle_ms: u32,
}

// SAFETY: repr(C), the stamp first, numbers only.
unsafe impl Stamped for ic_photo_options {
    const FIRST_SIZE: usize = 16;
}

/// What C asks of a photo.
pub(crate) fn settings(given: Option<ic_photo_settings>) -> Result<PhotoSettings, Failure> {
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

/// The settings of a device as C sees them.
pub(crate) fn plain(settings: &PhotoSettings) -> ic_photo_settings {
    let field = |bit: u32, set: bool| if set { bit } else { 0 };
    let fields = field(IC_PHOTO_SETTINGS_FILL_LIGHT_MODE, settings.fill_light_mode.is_some())
        | field(IC_PHOTO_SETTINGS_IMAGE_HEIGHT, settings.image_height.is_some())
        | field(IC_PHOTO_SETTINGS_IMAGE_WIDTH, settings.image_width.is_some())
        | field(IC_PHOTO_SETTINGS_RED_EYE_REDUCTION, settings.red_eye_reduction.is_some());
    ic_photo_settings {
        struct_size: size_of::<ic_photo_settings>(),
        fields,
        fill_light_mode: settings.fill_light_mode.map_or(0, ids::fill_light_mode_number),
        image_height: settings.image_height.unwrap_or_default(),
        image_width: settings.image_width.unwrap_or_default(),
        red_eye_reduction: settings.red_eye_reduction.map_or(0, u32::from),
        reserved: 0,
    }
}

/// How C wants a photo written.
pub(crate) fn options(given: Option<ic_photo_options>) -> Result<PhotoOptions, Failure> {
    let mut options = PhotoOptions::default();
    let Some(given) = given else { return Ok(options) };
    options.format = ids::photo_format(given.format)?;
    if given.quality != 0 {
        let quality = u8::try_from(given.quality);
        options.quality = quality.map_err(|_| Failure::invalid("options->quality is not from 1 to 100"))?;
    }
    options.metadata = given.no_metadata == 0;
    if given.settle_ms != 0 {
        options.settle = Duration::from_millis(given.settle_ms.into());
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use imagecapture::FillLightMode;

    #[test]
    fn what_is_set_survives_both_ways() {
        let set = PhotoSettings {
            fill_light_mode: Some(FillLightMode::Flash),
            image_height: Some(480.0),
            image_width: Some(640.0),
            red_eye_reduction: Some(false),
        };
        let one = PhotoSettings { red_eye_reduction: Some(true), ..PhotoSettings::default() };
        for wanted in [PhotoSettings::default(), set, one] {
            assert_eq!(settings(Some(plain(&wanted))).unwrap(), wanted);
        }
        assert_eq!(plain(&PhotoSettings::default()).fields, 0);
    }
}
