//! What a camera can do for a photo, and which of its modes a photo is taken in.

use serde_json::{Map, Value as Json};

use crate::backend::{CameraInfo, Mode, Stills};
use crate::constraints::fitness::distance;
use crate::{Error, ErrorKind, FillLightMode, MediaSettingsRange, PhotoSettings, Result};

/// What a camera does against red eyes.
///
/// W3C: [`RedEyeReduction`](https://www.w3.org/TR/image-capture/#RedEyeReduction).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RedEyeReduction {
    /// Nothing.
    #[default]
    Never,
    /// It always reduces them.
    Always,
    /// [`PhotoSettings::red_eye_reduction`] says whether it does.
    Controllable,
}

impl RedEyeReduction {
    /// `"never"`, `"always"` or `"controllable"`.
    pub fn as_str(self) -> &'static str {
        match self {
            RedEyeReduction::Never => "never",
            RedEyeReduction::Always => "always",
            RedEyeReduction::Controllable => "controllable",
        }
    }
}

/// What a camera can do for a photo.
///
/// W3C: [`PhotoCapabilities`](https://www.w3.org/TR/image-capture/#photocapabilities-section).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct PhotoCapabilities {
    /// What it does against red eyes.
    pub red_eye_reduction: RedEyeReduction,
    /// Heights, in pixels. A height and a width that are both in range need not exist together.
    pub image_height: MediaSettingsRange,
    /// Widths, in pixels.
    pub image_width: MediaSettingsRange,
    /// The ways to use its light; `None` when it has none that can be controlled.
    pub fill_light_mode: Option<Vec<FillLightMode>>,
}

impl PhotoCapabilities {
    /// The capabilities of a camera; the sizes are those of its modes unless it takes stills by itself (C2).
    pub(crate) fn of(info: &CameraInfo) -> PhotoCapabilities {
        match &info.stills {
            Stills::Own(own) => own.capabilities.clone(),
            Stills::None | Stills::OfStream => PhotoCapabilities {
                red_eye_reduction: RedEyeReduction::Never,
                image_height: span(info.modes.iter().map(|mode| mode.height)),
                image_width: span(info.modes.iter().map(|mode| mode.width)),
                fill_light_mode: info.fill_light.clone(),
            },
        }
    }

    /// The W3C dictionary as a JSON value.
    pub fn to_json_value(&self) -> Json {
        let mut map = Map::new();
        map.insert("redEyeReduction".into(), self.red_eye_reduction.as_str().into());
        map.insert("imageHeight".into(), self.image_height.to_json(true));
        map.insert("imageWidth".into(), self.image_width.to_json(true));
        if let Some(modes) = &self.fill_light_mode {
            map.insert("fillLightMode".into(), modes.iter().map(|mode| Json::from(mode.as_str())).collect());
        }
        Json::Object(map)
    }

    /// The W3C dictionary as JSON text.
    pub fn to_json(&self) -> String {
        self.to_json_value().to_string()
    }

    /// What of the settings this camera cannot do (P1).
    pub(crate) fn validate(&self, settings: &PhotoSettings) -> Result<()> {
        let refuse = |message: String| Err(Error::new(ErrorKind::NotSupported, message));
        let sizes = [("imageHeight", settings.image_height, &self.image_height), ("imageWidth", settings.image_width, &self.image_width)];
        for (name, asked, range) in sizes {
            if let Some(asked) = asked
                && !(range.min..=range.max).contains(&asked)
            {
                return refuse(format!("{name} {asked}: photos of this camera have {} to {} pixels there", range.min, range.max));
            }
        }
        match (settings.red_eye_reduction, self.red_eye_reduction) {
            (Some(true), RedEyeReduction::Never) => return refuse("redEyeReduction true: this camera cannot reduce red eyes".into()),
            (Some(false), RedEyeReduction::Always) => return refuse("redEyeReduction false: this camera always reduces red eyes".into()),
            _ => {}
        }
        match (settings.fill_light_mode, &self.fill_light_mode) {
            (Some(mode), None) if mode != FillLightMode::Off => {
                refuse(format!("fillLightMode {:?}: this camera has no light that can be controlled", mode.as_str()))
            }
            (Some(mode), Some(modes)) if !modes.contains(&mode) => {
                let modes: Vec<_> = modes.iter().map(|mode| mode.as_str()).collect();
                refuse(format!("fillLightMode {:?}: this camera offers {modes:?}", mode.as_str()))
            }
            _ => Ok(()),
        }
    }
}

/// From the smallest to the largest; the step is the largest that meets all values.
fn span(values: impl Iterator<Item = u32>) -> MediaSettingsRange {
    let mut values: Vec<u32> = values.collect();
    values.sort_unstable();
    let (min, max) = (values.first().copied().unwrap_or(0), values.last().copied().unwrap_or(0));
    let step = values.iter().fold(0, |step, value| common_divisor(step, value - min));
    MediaSettingsRange { min: f64::from(min), max: f64::from(max), step: f64::from(step) }
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// The mode that a photo is taken in: the one nearest to the size that was asked for (P2), or the present
/// one when none was (P3).
pub(crate) fn photo_mode(modes: &[Mode], current: Mode, settings: &PhotoSettings) -> Mode {
    if settings.image_width.is_none() && settings.image_height.is_none() {
        return current;
    }
    let far = |actual: u32, asked: Option<f64>| asked.map_or(0.0, |asked| distance(f64::from(actual), asked));
    let other_shape = |mode: &Mode| u64::from(mode.width) * u64::from(current.height) != u64::from(current.width) * u64::from(mode.height);
    let key = |mode: &Mode| {
        let area = f64::from(mode.width) * f64::from(mode.height);
        let misses = far(mode.width, settings.image_width) + far(mode.height, settings.image_height);
        // Among the same sizes the present rate: a slow mode takes its time to come to rest. And the present mode, which
        // needs no restart.
        let rate = (mode.rate.per_second() - current.rate.per_second()).abs();
        [misses, f64::from(u8::from(other_shape(mode))), -area, rate, f64::from(u8::from(*mode != current))]
    };
    let better = |a: [f64; 5], b: [f64; 5]| a.iter().zip(&b).find(|(a, b)| (*a - *b).abs() > 1e-12).is_some_and(|(a, b)| a < b);
    modes.iter().copied().reduce(|best, mode| if better(key(&mode), key(&best)) { mode } else { best }).unwrap_or(current)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PixelFormat;
    use crate::backend::Rate;

    fn mode(width: u32, height: u32) -> Mode {
        Mode { width, height, rate: Rate { numerator: 30, denominator: 1 }, format: PixelFormat::Yuyv }
    }

    #[test]
    fn ranges_span_all_modes() {
        let modes = vec![mode(320, 240), mode(1280, 720), mode(640, 480)];
        let capabilities = PhotoCapabilities::of(&CameraInfo { modes, stills: Stills::OfStream, ..CameraInfo::default() });
        assert_eq!(capabilities.image_width, MediaSettingsRange { min: 320.0, max: 1280.0, step: 320.0 });
        assert_eq!(capabilities.image_height, MediaSettingsRange { min: 240.0, max: 720.0, step: 240.0 });
        let one = CameraInfo { modes: vec![mode(640, 480)], stills: Stills::OfStream, ..CameraInfo::default() };
        assert_eq!(PhotoCapabilities::of(&one).image_width.step, 0.0);
        assert_eq!(capabilities.to_json_value()["redEyeReduction"], "never");
    }

    #[test]
    fn the_nearest_mode_is_chosen() {
        let modes = [mode(320, 240), mode(640, 480), mode(640, 360), mode(1280, 720)];
        let size = |width: Option<f64>, height: Option<f64>| {
            let settings = PhotoSettings { image_width: width, image_height: height, ..PhotoSettings::default() };
            let mode = photo_mode(&modes, modes[1], &settings);
            (mode.width, mode.height)
        };
        assert_eq!(size(None, None), (640, 480));
        assert_eq!(size(Some(1000.0), None), (1280, 720));
        assert_eq!(size(Some(640.0), None), (640, 480), "the shape of the stream decides");
        assert_eq!(size(Some(640.0), Some(300.0)), (640, 360));
        assert_eq!(size(None, Some(1.0)), (320, 240));
        let slow = Mode { rate: Rate { numerator: 1, denominator: 1 }, ..modes[3] };
        let large = PhotoSettings { image_width: Some(1280.0), ..PhotoSettings::default() };
        assert_eq!(photo_mode(&[slow, modes[0], modes[3]], modes[0], &large), modes[3], "the rate of the stream decides");
    }
}
