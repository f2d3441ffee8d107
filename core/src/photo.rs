//! Photos, and what may be asked of one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value as Json};

use crate::backend::Still;
use crate::frame::jpeg;
use crate::frame::turn::Turn;
use crate::value::number;
use crate::{Error, ErrorKind, Frame, MediaTrackSettings, PixelFormat, Result};

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

/// The form in which a photo is wanted.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PhotoFormat {
    /// JPEG: the camera's own where it delivers JPEG, else encoded.
    #[default]
    Jpeg,
    /// PNG, without further loss.
    Png,
    /// The bytes as the camera encoded them, untouched, also not turned upright. `NotSupported` for cameras that do not
    /// encode.
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
}

impl Default for PhotoOptions {
    fn default() -> Self {
        PhotoOptions { format: PhotoFormat::Jpeg, quality: 90 }
    }
}

impl PhotoOptions {
    pub(crate) fn check(&self) -> Result<()> {
        if (1..=100).contains(&self.quality) {
            Ok(())
        } else {
            Err(Error::invalid(format!("quality: {} is not between 1 and 100", self.quality)))
        }
    }
}

/// An encoded picture: bytes that can be written to a file as they are.
///
/// The counterpart of the `Blob` that `takePhoto` gives in a browser. Clones share the bytes.
#[derive(Clone)]
pub struct Photo(Arc<Inner>);

struct Inner {
    mime_type: String,
    bytes: Vec<u8>,
    width: u32,
    height: u32,
    timestamp: Duration,
    settings: MediaTrackSettings,
}

impl Photo {
    /// Makes the photo from the frame that was exposed for it. Its pixels are turned upright, so that it needs no note of
    /// its orientation, but for bytes that are to be as the camera made them.
    pub(crate) fn from_frame(frame: &Frame, turn: Turn, options: &PhotoOptions, settings: MediaTrackSettings) -> Result<Photo> {
        let untouched = options.format == PhotoFormat::Camera;
        let frame = &frame.upright(if untouched { Turn::None } else { turn })?;
        let compressed = frame.format() == PixelFormat::Mjpeg;
        let (mime_type, bytes) = match options.format {
            PhotoFormat::Jpeg if compressed => {
                let (file, header) = jpeg::file(frame.bytes())?;
                if (header.width, header.height) != (frame.width(), frame.height()) {
                    return Err(Error::new(
                        ErrorKind::Unknown,
                        format!(
                            "the camera's JPEG says it is {}x{}, not {}x{}",
                            header.width,
                            header.height,
                            frame.width(),
                            frame.height()
                        ),
                    ));
                }
                ("image/jpeg", file)
            }
            PhotoFormat::Camera if compressed => ("image/jpeg", frame.plane(0).data.to_vec()),
            PhotoFormat::Camera => {
                return Err(Error::new(
                    ErrorKind::NotSupported,
                    format!("the camera delivers {} in this mode, which is not an encoded picture; ask for jpeg or png", frame.format()),
                ));
            }
            PhotoFormat::Jpeg => ("image/jpeg", encode_jpeg(frame, options.quality)?),
            PhotoFormat::Png => ("image/png", encode_png(frame)?),
        };
        let (width, height, timestamp) = (frame.width(), frame.height(), frame.timestamp());
        Ok(Photo(Arc::new(Inner { mime_type: mime_type.into(), bytes, width, height, timestamp, settings })))
    }

    /// A still as the camera took it, whatever its format is.
    pub(crate) fn from_still(still: Still, settings: MediaTrackSettings) -> Photo {
        let Still { mime_type, bytes, width, height, timestamp } = still;
        Photo(Arc::new(Inner { mime_type, bytes, width, height, timestamp, settings }))
    }

    /// What the bytes are, for example `"image/jpeg"`.
    #[doc(alias = "type")]
    pub fn mime_type(&self) -> &str {
        &self.0.mime_type
    }

    /// The encoded picture.
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.0.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.0.height
    }

    /// When it was exposed, on the clock of [`Frame::timestamp`].
    pub fn timestamp(&self) -> Duration {
        self.0.timestamp
    }

    /// The track's settings that were in force.
    pub fn settings(&self) -> &MediaTrackSettings {
        &self.0.settings
    }
}

impl fmt::Debug for Photo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Photo({} {}x{}, {} bytes)", self.0.mime_type, self.0.width, self.0.height, self.0.bytes.len())
    }
}

#[cfg(feature = "turbojpeg")]
fn encode_jpeg(frame: &Frame, quality: u8) -> Result<Vec<u8>> {
    crate::frame::encode::jpeg(frame, quality)
}

#[cfg(not(feature = "turbojpeg"))]
fn encode_jpeg(_: &Frame, _: u8) -> Result<Vec<u8>> {
    Err(Error::new(ErrorKind::NotSupported, "this build cannot encode JPEG: it was made without the feature turbojpeg"))
}

fn encode_png(frame: &Frame) -> Result<Vec<u8>> {
    crate::frame::png::encode(frame)
}
