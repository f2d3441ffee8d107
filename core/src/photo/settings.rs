//! `PhotoSettings`: what the W3C lets a program ask of one photo.

use serde_json::{Map, Value as Json};

use crate::value::number;
use crate::{Error, Result};

/// Whether light is added for a photo.
///
/// W3C: [`FillLightMode`](https://www.w3.org/TR/image-capture/#FillLightMode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FillLightMode {
    /// The device decides.
    Auto,
    /// No light.
    Off,
    /// A flash.
    Flash,
}

impl FillLightMode {
    /// `"auto"`, `"off"` or `"flash"`.
    pub fn as_str(self) -> &'static str {
        match self {
            FillLightMode::Auto => "auto",
            FillLightMode::Off => "off",
            FillLightMode::Flash => "flash",
        }
    }

    /// Finds a mode by its name.
    pub fn from_name(name: &str) -> Option<FillLightMode> {
        [FillLightMode::Auto, FillLightMode::Off, FillLightMode::Flash].into_iter().find(|mode| mode.as_str() == name)
    }
}

/// What is asked of one photo. Nothing of it stays set. The size is that of the picture as the camera takes it, before it
/// is turned upright: of a camera that is mounted sideways, the photo has width and height the other way round.
///
/// W3C: [`PhotoSettings`](https://www.w3.org/TR/image-capture/#photosettings-section).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PhotoSettings {
    /// Whether light is added.
    pub fill_light_mode: Option<FillLightMode>,
    /// Height in pixels.
    pub image_height: Option<f64>,
    /// Width in pixels.
    pub image_width: Option<f64>,
    /// Whether red eyes are avoided.
    pub red_eye_reduction: Option<bool>,
}

impl PhotoSettings {
    /// What is wrong in itself, whatever the device is.
    pub(crate) fn check(&self) -> Result<()> {
        for (name, value) in [("imageHeight", self.image_height), ("imageWidth", self.image_width)] {
            if value.is_some_and(|value| !value.is_finite()) {
                return Err(Error::invalid(format!("{name}: a finite number of pixels is expected")));
            }
        }
        Ok(())
    }

    /// The W3C dictionary as a JSON value.
    pub fn to_json_value(&self) -> Json {
        let mut map = Map::new();
        let mut put = |name: &str, value: Option<Json>| {
            value.and_then(|value| map.insert(name.to_owned(), value));
        };
        put("fillLightMode", self.fill_light_mode.map(|mode| mode.as_str().into()));
        put("imageHeight", self.image_height.map(number));
        put("imageWidth", self.image_width.map(number));
        put("redEyeReduction", self.red_eye_reduction.map(Json::Bool));
        Json::Object(map)
    }
}
