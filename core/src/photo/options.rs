//! `PhotoOptions`: what may be asked of a photo beyond the W3C dictionary.

use std::time::Duration;

use crate::{Error, Result};

/// The longest time to come to rest that fits into the limit of a photo.
const MOST: Duration = Duration::from_secs(5);

/// The form in which a photo is wanted.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PhotoFormat {
    /// JPEG: the camera's own where it delivers JPEG, else encoded.
    #[default]
    Jpeg,
    /// PNG, without further loss.
    Png,
    /// The bytes as the camera encoded them, neither completed nor turned upright: only what stands behind the end of the
    /// picture goes, and where it was taken. `NotSupported` for cameras that do not encode.
    Camera,
}

impl PhotoFormat {
    /// Finds a format by its name: `jpeg`, `png` or `camera`.
    pub fn from_name(name: &str) -> Option<PhotoFormat> {
        match name {
            "jpeg" => Some(PhotoFormat::Jpeg),
            "png" => Some(PhotoFormat::Png),
            "camera" => Some(PhotoFormat::Camera),
            _ => None,
        }
    }
}

/// What may be said of a photo beyond the W3C dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhotoOptions {
    /// The form in which it is wanted.
    pub format: PhotoFormat,
    /// Quality of a JPEG that has to be encoded, 1 to 100. A JPEG of the camera keeps its own.
    pub quality: u8,
    /// Whether a JPEG gets EXIF data: camera, time, exposure, the settings in force. Never a location; one that the camera
    /// wrote is removed in any case. The camera's own bytes get none.
    pub metadata: bool,
    /// How long exposure, white balance and focus may take to settle when the camera has to switch to another size for the
    /// photo, or a value for a bracket. When it has passed, the photo is taken as it is, and says so.
    pub settle: Duration,
}

impl Default for PhotoOptions {
    fn default() -> Self {
        PhotoOptions { format: PhotoFormat::Jpeg, quality: 90, metadata: true, settle: Duration::from_millis(2500) }
    }
}

impl PhotoOptions {
    pub(crate) fn check(&self) -> Result<()> {
        if !(1..=100).contains(&self.quality) {
            return Err(Error::invalid(format!("quality: {} is not between 1 and 100", self.quality)));
        }
        if self.settle > MOST {
            return Err(Error::invalid(format!("settle: {:?} is longer than {MOST:?}", self.settle)));
        }
        Ok(())
    }
}
