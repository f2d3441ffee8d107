//! What the settings do to the picture, so that a program's sliders and loops can be tested on it.
//!
//! A setting that stands where its block put it changes nothing, except for those with a meaning of their
//! own: exposure compensation counts in EV, colour temperature from 5000 K, the torch is a light.

use super::properties::Knob;
use crate::backend::Offer;
use crate::{MediaSettingsRange, Property, Value};

/// Which part of the chart the camera sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    /// The factor, 1 or more.
    pub(super) zoom: f64,
    /// -1 is as far to the left as zoom leaves room, 1 to the right.
    pub(super) pan: f64,
    /// -1 is at the bottom, 1 at the top.
    pub(super) tilt: f64,
}

impl Window {
    /// The upper left corner and the side, in parts of the chart.
    pub(super) fn corner_and_span(&self) -> (f64, f64, f64) {
        let span = 1.0 / self.zoom.max(1.0);
        let margin = (1.0 - span) / 2.0;
        (margin * (1.0 + self.pan), margin * (1.0 - self.tilt), span)
    }
}

/// What happens to the pixels between the lens and the stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Processing {
    /// 0 is in focus, 1 as far from it as the lens goes.
    defocus: f64,
    /// Of red, green and blue.
    gains: [f64; 3],
    contrast: f64,
    /// Added to each colour.
    brightness: f64,
    /// 0 is grey.
    saturation: f64,
    /// From -1, softened, to 1.
    sharpness: f64,
}

impl Processing {
    pub(super) const NEUTRAL: Processing =
        Processing { defocus: 0.0, gains: [1.0; 3], contrast: 1.0, brightness: 0.0, saturation: 1.0, sharpness: 0.0 };

    /// The picture after all of it.
    pub(super) fn apply(&self, rgb: &[u8], width: usize, height: usize) -> Vec<u8> {
        let mut out = if self.defocus > 0.0 {
            let radius = (self.defocus * MOST_BLUR * width as f64).ceil() as usize;
            box_blur(rgb, width, height, radius)
        } else {
            rgb.to_vec()
        };
        if self.gains != [1.0; 3] || self.contrast != 1.0 || self.brightness != 0.0 {
            let curves = self.gains.map(|gain| self.curve(gain));
            for pixel in out.as_chunks_mut::<3>().0 {
                *pixel = std::array::from_fn(|channel| curves[channel][usize::from(pixel[channel])]);
            }
        }
        if self.saturation != 1.0 {
            saturate(&mut out, self.saturation);
        }
        if self.sharpness != 0.0 {
            let soft = box_blur(&out, width, height, 1);
            let strength = if self.sharpness > 0.0 { self.sharpness * MOST_SHARPENING } else { self.sharpness };
            let strength = (strength * FIXED) as i32;
            for (value, soft) in out.iter_mut().zip(soft) {
                let (sharp, soft) = (i32::from(*value), i32::from(soft));
                *value = (sharp + (sharp - soft) * strength / FIXED as i32).clamp(0, 255) as u8;
            }
        }
        out
    }

    /// What becomes of each value of a channel: light first, then what the camera makes of it.
    fn curve(&self, gain: f64) -> [u8; 256] {
        const MIDDLE: f64 = 128.0;
        std::array::from_fn(|value| {
            let lit = (value as f64 * gain).min(255.0);
            // The cast stays within 0 and 255.
            ((lit - MIDDLE) * self.contrast + MIDDLE + self.brightness).round() as u8
        })
    }
}

/// One in the fixed-point numbers of this file.
const FIXED: f64 = 256.0;
/// The largest radius of defocus, in parts of the width.
const MOST_BLUR: f64 = 1.0 / 40.0;
const MOST_SHARPENING: f64 = 1.5;
/// What brightness adds at its ends.
const MOST_BRIGHTNESS: f64 = 100.0;
/// Already the darkest grey is white in it.
const MOST_LIGHT: f64 = 256.0;
/// How far out of focus it begins.
const MOST_UNREST: f64 = 0.5;
/// What the light of the camera gives.
const TORCH: f64 = 1.5;
/// The light in which the chart is white, in kelvin.
const WHITE: f64 = 5000.0;

/// All that the settings do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    pub(super) window: Window,
    pub(super) processing: Processing,
}

impl Look {
    /// As when exposure, white balance and focus have not come to rest: from 1, at the beginning, to 0.
    pub(super) fn unsettle(&mut self, unrest: f64) {
        let Processing { defocus, gains, .. } = &mut self.processing;
        *defocus = defocus.max(unrest * MOST_UNREST);
        for (gain, lacking) in gains.iter_mut().zip([0.7, 0.6, 0.3]) {
            *gain *= 1.0 - lacking * unrest;
        }
    }

    /// Whether the picture is shown as it is.
    pub(super) fn is_neutral(&self) -> bool {
        self.window.zoom <= 1.0 && self.processing == Processing::NEUTRAL
    }

    pub(super) fn of(knobs: &[Knob]) -> Look {
        let find = |property| knobs.iter().find(|knob| knob.control.property == property);
        let turned = |property| find(property).map_or(0.0, deflection);
        let direction = |property| find(property).map_or(0.0, direction);
        let window =
            Window { zoom: find(Property::Zoom).map_or(1.0, zoom), pan: direction(Property::Pan), tilt: direction(Property::Tilt) };

        // A value without a mode always counts.
        let mode = |property| match find(property).map(|knob| &knob.control.value) {
            Some(Value::String(mode)) => Some(mode.as_str()),
            _ => None,
        };
        let is_manual = |property| mode(property).is_none_or(|mode| mode == "manual");
        let is_automatic = |property| mode(property).is_none_or(|mode| mode == "continuous" || mode == "single-shot");

        let mut light = find(Property::Iso).map_or(1.0, ratio);
        if is_manual(Property::ExposureMode) {
            light *= find(Property::ExposureTime).map_or(1.0, ratio);
        }
        if is_automatic(Property::ExposureMode) {
            light *= find(Property::ExposureCompensation).and_then(number).map_or(1.0, f64::exp2);
        }
        if find(Property::Torch).is_some_and(|knob| knob.control.value == Value::Bool(true)) {
            light *= TORCH;
        }
        let temperature = find(Property::ColorTemperature).filter(|_| is_manual(Property::WhiteBalanceMode)).and_then(number);
        let tint = temperature.map_or([1.0; 3], tint);

        let (contrast, saturation) = (turned(Property::Contrast), turned(Property::Saturation));
        let defocus = if is_manual(Property::FocusMode) { turned(Property::FocusDistance).abs() } else { 0.0 };
        let processing = Processing {
            defocus,
            gains: tint.map(|gain| gain * light.min(MOST_LIGHT)),
            // The lowest contrast still shows something.
            contrast: 1.0 + if contrast < 0.0 { contrast * 0.8 } else { contrast },
            brightness: turned(Property::Brightness) * MOST_BRIGHTNESS,
            saturation: 1.0 + saturation,
            sharpness: turned(Property::Sharpness),
        };
        Look { window, processing }
    }
}

fn number(knob: &Knob) -> Option<f64> {
    match knob.control.value {
        Value::Number(value) => Some(value),
        _ => None,
    }
}

fn range(knob: &Knob) -> Option<MediaSettingsRange> {
    match knob.control.offer {
        Offer::Range { range, .. } => Some(range),
        _ => None,
    }
}

/// How far it was turned from where its block put it: -1 is its minimum, 1 its maximum.
fn deflection(knob: &Knob) -> f64 {
    match (&knob.initial, number(knob), range(knob)) {
        (Value::Number(from), Some(value), Some(range)) => side(value, *from, range),
        _ => 0.0,
    }
}

/// Where a direction points: 0 is ahead.
fn direction(knob: &Knob) -> f64 {
    let (Some(value), Some(range)) = (number(knob), range(knob)) else { return 0.0 };
    let ahead = if (range.min..=range.max).contains(&0.0) { 0.0 } else { (range.min + range.max) / 2.0 };
    side(value, ahead, range)
}

/// Where a value lies on its side of a point of the range: -1 at the minimum, 0 at the point, 1 at the maximum.
fn side(value: f64, from: f64, range: MediaSettingsRange) -> f64 {
    if value > from {
        (value - from) / (range.max - from)
    } else if value < from {
        (value - from) / (from - range.min)
    } else {
        0.0
    }
}

fn zoom(knob: &Knob) -> f64 {
    match (number(knob), range(knob)) {
        (Some(value), Some(range)) => value / range.min,
        _ => 1.0,
    }
}

/// How many times the value is the one of its block.
fn ratio(knob: &Knob) -> f64 {
    match (&knob.initial, number(knob)) {
        (Value::Number(from), Some(value)) if *from > 0.0 => value.max(0.0) / from,
        // Nothing is a multiple of zero.
        _ => 1.0 + deflection(knob),
    }
}

/// What a camera does to white under another light than the one it was told of: it takes the blue out of a
/// blue sky, and adds it to the light of a bulb.
fn tint(kelvin: f64) -> [f64; 3] {
    const MIRED: f64 = 1e6;
    // Equal steps of this scale look equal.
    let shift = (MIRED / kelvin.max(1000.0) - MIRED / WHITE) / 400.0;
    [(-shift).exp2(), 1.0, shift.exp2()]
}

fn saturate(rgb: &mut [u8], saturation: f64) {
    let gain = (saturation * FIXED) as i32;
    for pixel in rgb.as_chunks_mut::<3>().0 {
        let [r, g, b] = pixel.map(i32::from);
        let grey = (77 * r + 150 * g + 29 * b) / 256;
        *pixel = [r, g, b].map(|value| (grey + (value - grey) * gain / FIXED as i32).clamp(0, 255) as u8);
    }
}

/// Each value becomes the mean of the square around it. Costs the same for every radius.
fn box_blur(rgb: &[u8], width: usize, height: usize, radius: usize) -> Vec<u8> {
    // Much faster than whole numbers divided, and as exact.
    let share = 1.0 / (2 * radius + 1) as f32;
    let mean = |sum: u32| (sum as f32 * share + 0.5) as u8;
    let inside = |at: isize, length: usize| at.clamp(0, length as isize - 1) as usize;
    let reach = radius as isize;
    let mut wide = vec![0; rgb.len()];
    for (from, to) in rgb.chunks_exact(width * 3).zip(wide.chunks_exact_mut(width * 3)) {
        let (from, to) = (from.as_chunks::<3>().0, to.as_chunks_mut::<3>().0);
        let at = |x: isize| from[inside(x, width)].map(u32::from);
        let mut sum = [0; 3];
        for x in -reach..=reach {
            let come = at(x);
            sum = std::array::from_fn(|channel| sum[channel] + come[channel]);
        }
        for (x, to) in to.iter_mut().enumerate() {
            *to = sum.map(mean);
            let (come, go) = (at(x as isize + reach + 1), at(x as isize - reach));
            sum = std::array::from_fn(|channel| sum[channel] + come[channel] - go[channel]);
        }
    }
    let row = |y: isize| &wide[inside(y, height) * width * 3..][..width * 3];
    let mut sums = vec![0u32; width * 3];
    for y in -reach..=reach {
        sums.iter_mut().zip(row(y)).for_each(|(sum, come)| *sum += u32::from(*come));
    }
    let mut out = vec![0; rgb.len()];
    for (y, to) in out.chunks_exact_mut(width * 3).enumerate() {
        to.iter_mut().zip(&sums).for_each(|(to, sum)| *to = mean(*sum));
        let (come, go) = (row(y as isize + reach + 1), row(y as isize - reach));
        for ((sum, come), go) in sums.iter_mut().zip(come).zip(go) {
            *sum = *sum + u32::from(*come) - u32::from(*go);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blur_keeps_the_light_and_spreads_it() {
        let (width, height) = (9, 7);
        let mut dot = vec![0; width * height * 3];
        dot[(3 * width + 4) * 3..][..3].fill(252);
        let blurred = box_blur(&dot, width, height, 1);
        let sum = |rgb: &[u8]| rgb.iter().map(|value| u32::from(*value)).sum::<u32>();
        assert_eq!(sum(&blurred), sum(&dot));
        assert_eq!(blurred.iter().filter(|value| **value == 28).count(), 9 * 3);
        let grey = vec![77; width * height * 3];
        assert_eq!(box_blur(&grey, width, height, 20), grey, "also a square larger than the picture");
    }

    #[test]
    fn neutral_processing_changes_nothing() {
        let ramp: Vec<u8> = (0..=255).flat_map(|value: u8| [value, 255 - value, value / 2]).collect();
        assert_eq!(Processing::NEUTRAL.apply(&ramp, 256, 1), ramp);
        assert_eq!(Look::of(&[]).processing, Processing::NEUTRAL);
    }

    #[test]
    fn what_is_told_warm_light_turns_the_picture_blue() {
        assert_eq!(tint(WHITE), [1.0; 3]);
        let [red, _, blue] = tint(2500.0);
        assert!(red < 1.0 && blue > 1.0, "{red} {blue}");
        let [red, _, blue] = tint(10_000.0);
        assert!(red > 1.0 && blue < 1.0, "{red} {blue}");
    }
}
