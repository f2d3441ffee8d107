//! Stills that a virtual camera takes by itself: what it offers for them, and what a photo is.

use std::collections::VecDeque;

use serde::Deserialize;

use super::effects::Look;
use super::paint::Painter;
use super::{State, VirtualCamera};
use crate::backend::{Mode, OwnStills, Rate, Still, Stills};
use crate::frame::format::{Colour, MAX_SIDE};
use crate::frame::pool::HeapPool;
use crate::{Error, ErrorKind, FillLightMode, MediaSettingsRange, PhotoCapabilities, PhotoSettings, PixelFormat, RedEyeReduction, Result};

/// Pushed photos that wait to be taken.
const PUSHED: usize = 16;

/// Where photos come from, as the configuration says.
#[derive(Clone, Debug, Default)]
pub(super) enum Photo {
    #[default]
    FromTheStream,
    Never,
    Own(Block),
}

/// The block `photo`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Block {
    image_width: Side,
    image_height: Side,
    fill_light_mode: Option<Vec<String>>,
    red_eye_reduction: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Side {
    min: f64,
    max: f64,
    #[serde(default)]
    step: f64,
    /// The present size.
    value: Option<f64>,
}

/// Absent, `null` or a block.
pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Photo, D::Error> {
    Ok(Option::<Block>::deserialize(deserializer)?.map_or(Photo::Never, Photo::Own))
}

impl Photo {
    /// What it offers, checked.
    pub(super) fn stills(&self) -> Result<Stills> {
        match self {
            Photo::FromTheStream => Ok(Stills::OfStream),
            Photo::Never => Ok(Stills::None),
            Photo::Own(block) => block.stills().map(|own| Stills::Own(Box::new(own))).map_err(|e| e.context("photo")),
        }
    }
}

impl Block {
    fn stills(&self) -> Result<OwnStills> {
        let fill_light_mode = self.fill_light_mode.as_ref().map(|names| names.iter().map(|name| light(name)).collect()).transpose()?;
        let red_eye_reduction = match self.red_eye_reduction.as_deref() {
            None | Some("never") => RedEyeReduction::Never,
            Some("always") => RedEyeReduction::Always,
            Some("controllable") => RedEyeReduction::Controllable,
            Some(other) => return Err(Error::invalid(format!("redEyeReduction: {other:?} is none of never, always, controllable"))),
        };
        let (image_width, image_height) = (self.image_width.range("imageWidth")?, self.image_height.range("imageHeight")?);
        let settings = PhotoSettings {
            image_width: Some(self.image_width.value.unwrap_or(self.image_width.max)),
            image_height: Some(self.image_height.value.unwrap_or(self.image_height.max)),
            // S1: off when the list has it, else the first; always true or switched off.
            fill_light_mode: fill_light_mode.as_ref().and_then(|modes: &Vec<FillLightMode>| {
                modes.iter().copied().find(|mode| *mode == FillLightMode::Off).or(modes.first().copied())
            }),
            red_eye_reduction: (red_eye_reduction != RedEyeReduction::Never).then_some(red_eye_reduction == RedEyeReduction::Always),
        };
        Ok(OwnStills { capabilities: PhotoCapabilities { red_eye_reduction, image_height, image_width, fill_light_mode }, settings })
    }
}

impl Side {
    fn range(self, name: &str) -> Result<MediaSettingsRange> {
        let Side { min, max, step, value } = self;
        let finite = [min, max, step].iter().chain(value.iter()).all(|n| n.is_finite());
        if !finite || min < 1.0 || max < min || max > f64::from(MAX_SIDE) || step < 0.0 || value.is_some_and(|v| !(min..=max).contains(&v))
        {
            return Err(Error::invalid(format!("{name}: it has 1 <= min <= value <= max <= {MAX_SIDE} and step >= 0")));
        }
        Ok(MediaSettingsRange { min, max, step })
    }
}

fn light(name: &str) -> Result<FillLightMode> {
    FillLightMode::from_name(name).ok_or_else(|| Error::invalid(format!("fillLightMode: {name:?} is none of auto, off, flash")))
}

/// A photo that the program has made ready.
#[derive(Debug)]
pub(super) struct Ready {
    mime_type: String,
    bytes: Vec<u8>,
}

pub(super) type ReadyPhotos = VecDeque<Ready>;

impl VirtualCamera {
    /// Makes the photo ready that the next `take_photo` gives, with any type and bytes: it comes out as it is. The
    /// oldest of 16 that nobody takes is dropped.
    ///
    /// # Errors
    ///
    /// `NotSupported` when the configuration has no `photo` block; `InvalidInput` for an empty type or photo.
    pub fn push_photo(&self, mime_type: &str, bytes: &[u8]) -> Result<()> {
        if !matches!(self.inner.info.stills, Stills::Own(_)) {
            return Err(Error::new(
                ErrorKind::NotSupported,
                "photos can be pushed only to a virtual camera whose configuration has a photo block",
            ));
        }
        if mime_type.is_empty() || bytes.is_empty() {
            return Err(Error::invalid("a photo has a type and at least one byte"));
        }
        self.change(|state| {
            if state.photos.len() == PUSHED {
                state.photos.pop_front();
            }
            state.photos.push_back(Ready { mime_type: mime_type.to_owned(), bytes: bytes.to_vec() });
        });
        Ok(())
    }

    /// Takes a still: the one that is ready, or the scene in the size that was asked for.
    pub(super) fn still(&self, state: &mut State, own: &OwnStills, settings: &PhotoSettings) -> Result<Still> {
        super::device::log(state, settings.to_json_value());
        let side = |asked: Option<f64>, present: Option<f64>| asked.or(present).map_or(1, |side| side.round() as u32);
        let width = side(settings.image_width, own.settings.image_width);
        let height = side(settings.image_height, own.settings.image_height);
        let timestamp = crate::clock::now();
        if let Some(Ready { mime_type, bytes }) = state.photos.pop_front() {
            return Ok(Still { mime_type, bytes, width, height, timestamp });
        }
        let mode = Mode { width, height, rate: Rate { numerator: 1, denominator: 1 }, format: PixelFormat::Mjpeg };
        let number = state.frames as u16;
        let mut painter = Painter::default();
        painter.begin(&self.inner.scene)?;
        let painted = painter.paint(&mode, Colour::JPEG, number, &Look::of(&state.knobs), &HeapPool::new(1))?;
        let (bytes, _) = painted.ok_or_else(|| Error::new(ErrorKind::BuffersExhausted, "there is no memory for the photo"))?;
        Ok(Still { mime_type: "image/jpeg".into(), bytes: bytes.piece(0).to_vec(), width, height, timestamp })
    }
}
