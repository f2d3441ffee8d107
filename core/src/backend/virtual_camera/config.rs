//! The configuration of a virtual camera, one JSON shape for all languages.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;

use super::super::{Mode, Rate};
use super::controls::Blocks;
use super::properties::Properties;
use super::stills::Photo;
use crate::frame::format::{Layout, MAX_SIDE};
use crate::{Error, PixelFormat, Result};

/// When the virtual camera makes its next frame.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pacing {
    /// At the frame rate of its mode.
    #[default]
    Realtime,
    /// As fast as frames can be made; for tests and benchmarks.
    Fast,
    /// When the program calls [`VirtualCamera::step`](crate::VirtualCamera::step).
    Manual,
}

/// What the virtual camera sees.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Scene {
    /// A test chart with a frame number that can be read back from the pixels.
    #[default]
    Pattern,
    /// Only what the program pushes with
    /// [`VirtualCamera::push_frame`](crate::VirtualCamera::push_frame).
    Push,
    /// A JPEG or PNG file. This scene and those below are cut at two sides to the aspect ratio of the mode, and scaled to it.
    /// Relative paths count from the folder of the JSON file that `IC_VIRTUAL_CAMERA` names, else from the working directory.
    /// JPEG that is in a mode of its own size and format passes unchanged unless a setting changes the picture.
    Image {
        /// The file.
        path: PathBuf,
    },
    /// JPEG and PNG files, one after the other, and again from the first.
    Images {
        /// The files.
        paths: Vec<PathBuf>,
        /// For how many frames each is shown, at the rate of the mode.
        #[serde(default = "one")]
        hold: u32,
    },
    /// A YUV4MPEG2 file of 8 bits (4:2:0, 4:2:2, 4:4:4 or grey), one picture a frame, and again from the first.
    Y4m {
        /// The file.
        path: PathBuf,
    },
    /// A file of JPEGs one behind the other, one a frame, and again from the first.
    Mjpeg {
        /// The file.
        path: PathBuf,
    },
}

fn one() -> u32 {
    1
}

impl Scene {
    /// Makes relative paths relative to a folder.
    pub(super) fn set_folder(&mut self, folder: &Path) {
        match self {
            Scene::Pattern | Scene::Push => {}
            Scene::Image { path } | Scene::Y4m { path } | Scene::Mjpeg { path } => *path = folder.join(&*path),
            Scene::Images { paths, .. } => paths.iter_mut().for_each(|path| *path = folder.join(&*path)),
        }
    }
}

/// What it pretends to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    #[default]
    VideoInput,
    AudioInput,
}

impl Kind {
    pub(super) fn default_label(self) -> &'static str {
        match self {
            Kind::VideoInput => "Virtual camera",
            Kind::AudioInput => "Virtual microphone",
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Config {
    #[serde(default)]
    pub(super) kind: Kind,
    pub(super) label: Option<String>,
    pub(super) device_id: Option<String>,
    pub(super) group_id: Option<String>,
    #[serde(default)]
    pub(super) modes: Vec<ModeConfig>,
    #[serde(default)]
    pub(super) properties: Properties,
    #[serde(default)]
    pub(super) controls: Blocks,
    pub(super) facing_mode: Option<String>,
    #[serde(default)]
    pub(super) rotation: u16,
    #[serde(default)]
    pub(super) scene: Scene,
    #[serde(default)]
    pub(super) pacing: Pacing,
    #[serde(default = "yes")]
    pub(super) quantize: bool,
    pub(super) settling: Option<Settling>,
    /// Absent: photos come from the stream. `null`: it cannot take photos. A block: it takes them by itself.
    #[serde(default, deserialize_with = "super::stills::deserialize")]
    pub(super) photo: Photo,
}

/// The block `settling`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settling {
    /// So many it takes to come to rest.
    pub(super) frames: u32,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ModeConfig {
    pub(super) width: u32,
    pub(super) height: u32,
    #[serde(default = "thirty")]
    pub(super) frame_rates: Vec<f64>,
    #[serde(default = "yuyv")]
    pub(super) pixel_format: String,
}

fn thirty() -> Vec<f64> {
    vec![30.0]
}

fn yuyv() -> String {
    "yuyv".into()
}

impl Default for Config {
    fn default() -> Self {
        let mode = |width, height, format: PixelFormat| ModeConfig {
            width,
            height,
            frame_rates: vec![30.0, 15.0],
            pixel_format: format.name().into(),
        };
        let mut modes = vec![mode(640, 480, PixelFormat::Yuyv), mode(320, 240, PixelFormat::Yuyv)];
        if cfg!(feature = "turbojpeg") {
            modes.extend([mode(1280, 720, PixelFormat::Mjpeg), mode(1920, 1080, PixelFormat::Mjpeg)]);
        }
        Config {
            kind: Kind::VideoInput,
            label: Some("Virtual camera".into()),
            device_id: None,
            group_id: None,
            modes,
            properties: Properties::from([("zoom".to_owned(), json!({"min": 100, "max": 400, "step": 1}))]),
            controls: Blocks::default(),
            facing_mode: None,
            rotation: 0,
            scene: Scene::Pattern,
            pacing: Pacing::Realtime,
            quantize: true,
            settling: None,
            photo: Photo::FromTheStream,
        }
    }
}

/// Which way a camera can look (`VideoFacingModeEnum`).
const FACING_MODES: [&str; 4] = ["user", "environment", "left", "right"];

impl Config {
    /// Which way it looks, checked.
    pub(super) fn facing_mode(&self) -> Result<Option<String>> {
        match &self.facing_mode {
            Some(mode) if !FACING_MODES.contains(&mode.as_str()) => {
                Err(Error::invalid(format!("facingMode: {mode:?} is none of {}", FACING_MODES.join(", "))))
            }
            mode => Ok(mode.clone()),
        }
    }

    /// How far its picture has to be turned, checked.
    pub(super) fn rotation(&self) -> Result<u16> {
        match self.rotation {
            0 | 90 | 180 | 270 => Ok(self.rotation),
            other => Err(Error::invalid(format!("rotation: {other} is none of 0, 90, 180 and 270"))),
        }
    }

    /// The modes, checked.
    pub(super) fn modes(&self) -> Result<Vec<Mode>> {
        if self.kind == Kind::AudioInput {
            if !self.modes.is_empty() || !self.properties.is_empty() || !self.controls.0.is_empty() || self.scene != Scene::Pattern {
                return Err(Error::invalid(
                    "kind: a source of the kind audioinput has no modes, properties, controls and scene; leave them out",
                ));
            }
            // One mode in which nothing comes.
            return Ok(vec![Mode { width: 1, height: 1, rate: Rate { numerator: 1, denominator: 1 }, format: PixelFormat::Grey }]);
        }
        let mut modes = Vec::new();
        for (index, mode) in self.modes.iter().enumerate() {
            let at = |what: String| Error::invalid(format!("modes[{index}].{what}"));
            let Some(format) = PixelFormat::from_name(&mode.pixel_format) else {
                let names: Vec<_> = PixelFormat::ALL.iter().map(|f| f.name()).collect();
                return Err(at(format!("pixelFormat: {:?} is none of {}", mode.pixel_format, names.join(", "))));
            };
            if format == PixelFormat::Mjpeg && self.scene != Scene::Push && cfg!(not(feature = "turbojpeg")) {
                return Err(at("pixelFormat: this build cannot make JPEG; it was made without the feature turbojpeg".into()));
            }
            let (width, height) = (mode.width, mode.height);
            if format.is_compressed() {
                if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE {
                    return Err(at(format!("width, height: {width}x{height} is no picture; both are 1 to {MAX_SIDE}")));
                }
            } else {
                Layout::new(format, width, height, 0).map_err(|e| e.context(format!("modes[{index}]")))?;
            }
            if mode.frame_rates.is_empty() {
                return Err(at("frameRates: at least one is needed".into()));
            }
            for rate in &mode.frame_rates {
                if !(rate.is_finite() && (0.001..=1_000_000.0).contains(rate)) {
                    return Err(at(format!("frameRates: {rate} is not between 0.001 and 1000000 frames per second")));
                }
                // Thousandths are exact enough to tell 29.97 from 30.
                let rate = Rate { numerator: (rate * 1000.0).round() as u32, denominator: 1000 };
                modes.push(Mode { width, height, rate, format });
            }
        }
        if modes.is_empty() {
            return Err(Error::invalid("modes: at least one mode with width and height is needed"));
        }
        Ok(modes)
    }
}
