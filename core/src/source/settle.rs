//! When a camera has come to rest: exposure, white balance and focus as they show in the picture and in what the camera
//! says. State without a clock or a camera.

use std::collections::VecDeque;

use crate::backend::CameraInfo;
#[cfg(feature = "turbojpeg")]
use crate::frame::jpeg;
use crate::{Frame, PixelFormat, Property, Result, Value};

/// So many frames in a row have to look the same: more than a camera's pipeline is long, so that a change that was made
/// just now shows among them.
const WINDOW: usize = 6;
/// How far brightness may wander in them, of 255.
const LUMA: f32 = 3.0;
/// How far colours may wander, of 255.
const CHROMA: f32 = 2.0;
/// How far sharpness may wander, in parts of itself, and what is too little to count.
const SHARPNESS: f32 = 0.12;
const SOFT: f32 = 0.5;
/// How far a value may wander that the camera chooses by itself, in parts of itself.
const VALUE: f64 = 0.05;
/// About so many pixels are looked at in each direction.
const GRID: usize = 120;

/// The values that a camera may still be changing.
const WATCHED: [Property; 4] = [Property::ExposureTime, Property::Iso, Property::ColorTemperature, Property::FocusDistance];

/// Parts of the picture, across and down: something that moves in some of them is not the camera's doing.
const PARTS: (usize, usize) = (8, 6);
/// In so many of a hundred parts the picture has to be at rest.
const AT_REST: usize = 66;

/// What counts of a picture, part by part.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Look(Vec<Part>);

/// Means over a part of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Part {
    /// Brightness, 0 to 255.
    luma: f32,
    /// How blue and how red it is.
    blue: f32,
    red: f32,
    /// The difference between neighbours.
    sharpness: f32,
}

impl Look {
    /// Looks at some of a frame's pixels; at an eighth of its size where it is compressed.
    ///
    /// # Errors
    ///
    /// The frame is damaged.
    pub(super) fn at(frame: &Frame) -> Result<Option<Look>> {
        let (width, height) = (frame.width() as usize, frame.height() as usize);
        let plane = |index: usize| {
            let plane = frame.plane(index);
            move |x: usize, y: usize| plane.data.get(y * plane.stride + x).copied().unwrap_or(0)
        };
        Ok(Some(match frame.format() {
            #[cfg(feature = "turbojpeg")]
            PixelFormat::Mjpeg => {
                let (w, h) = (width.div_ceil(8), height.div_ceil(8));
                let mut pixels = vec![0; w * h * 3];
                jpeg::decode_reduced(frame.bytes(), (frame.width(), frame.height()), 8, PixelFormat::Rgb, &mut pixels, w * 3)?;
                Look::of(w, h, |x, y| {
                    let at = (y * w + x) * 3;
                    of_rgb(pixels[at], pixels[at + 1], pixels[at + 2])
                })
            }
            // Nothing can be told of it.
            #[cfg(not(feature = "turbojpeg"))]
            PixelFormat::Mjpeg => return Ok(None),
            PixelFormat::Yuyv => {
                let at = plane(0);
                Look::of(width, height, |x, y| [at(2 * x, y), at(x / 2 * 4 + 1, y), at(x / 2 * 4 + 3, y)])
            }
            PixelFormat::Uyvy => {
                let at = plane(0);
                Look::of(width, height, |x, y| [at(2 * x + 1, y), at(x / 2 * 4, y), at(x / 2 * 4 + 2, y)])
            }
            PixelFormat::Nv12 => {
                let (luma, chroma) = (plane(0), plane(1));
                Look::of(width, height, |x, y| [luma(x, y), chroma(x / 2 * 2, y / 2), chroma(x / 2 * 2 + 1, y / 2)])
            }
            _ => {
                let rgba = frame.convert(PixelFormat::Rgba)?;
                let plane = rgba.plane(0);
                Look::of(width, height, |x, y| {
                    let at = y * plane.stride + x * 4;
                    plane.data.get(at..at + 3).map_or([0; 3], |pixel| of_rgb(pixel[0], pixel[1], pixel[2]))
                })
            }
        }))
    }

    fn of(width: usize, height: usize, pixel: impl Fn(usize, usize) -> [u8; 3]) -> Look {
        let (across, down) = (width.div_ceil(GRID).max(1), height.div_ceil(GRID).max(1));
        let mut parts = vec![Part::default(); PARTS.0 * PARTS.1];
        let mut counts = vec![0.0; parts.len()];
        for y in (0..height).step_by(down) {
            for x in (0..width).step_by(across) {
                let [luma, blue, red] = pixel(x, y);
                let [beside, ..] = pixel((x + 1).min(width - 1), y);
                let index = y * PARTS.1 / height * PARTS.0 + x * PARTS.0 / width;
                let part = &mut parts[index];
                part.luma += f32::from(luma);
                part.blue += f32::from(blue);
                part.red += f32::from(red);
                part.sharpness += f32::from(luma.abs_diff(beside));
                counts[index] += 1.0;
            }
        }
        for (part, count) in parts.iter_mut().zip(counts) {
            let mean = |sum: f32| sum / f32::max(count, 1.0);
            *part = Part { luma: mean(part.luma), blue: mean(part.blue), red: mean(part.red), sharpness: mean(part.sharpness) };
        }
        Look(parts)
    }
}

/// Brightness and colour differences, about as BT.601 has them.
fn of_rgb(r: u8, g: u8, b: u8) -> [u8; 3] {
    let luma = (77 * u32::from(r) + 150 * u32::from(g) + 29 * u32::from(b)) >> 8;
    let difference = |colour: u8| ((255 + u32::from(colour) - luma) / 2) as u8;
    [luma as u8, difference(b), difference(r)]
}

/// What the camera says of the values that it may be choosing itself.
pub(super) fn watched(info: &CameraInfo) -> Vec<f64> {
    let value = |property: &Property| match info.controls.iter().find(|control| control.property == *property)?.value {
        Value::Number(value) => Some(value),
        _ => None,
    };
    WATCHED.iter().filter_map(value).collect()
}

/// Watches a camera come to rest.
#[derive(Default)]
pub(super) struct Settle {
    window: VecDeque<Option<Look>>,
    /// What the camera said last.
    values: Option<Vec<f64>>,
    /// Frames that were looked at.
    pub(super) frames: u32,
}

impl Settle {
    /// A frame came. Whether the last ones look the same, so that it is worth asking the camera too.
    pub(super) fn see(&mut self, look: Option<Look>) -> bool {
        self.frames += 1;
        if self.window.len() == WINDOW {
            self.window.pop_front();
        }
        self.window.push_back(look);
        self.window.len() == WINDOW
            && self.rests(|part| part.luma, |_| Some(LUMA))
            && self.rests(|part| part.blue, |_| Some(CHROMA))
            && self.rests(|part| part.red, |_| Some(CHROMA))
            // Where there is nothing to be seen there is no sharpness.
            && self.rests(|part| part.sharpness, |most| (most > 2.0 * SOFT).then_some((most * SHARPNESS).max(SOFT)))
    }

    /// Whether a value wanders, in most of the parts that tell, no farther than it may.
    fn rests(&self, value: fn(&Part) -> f32, limit: fn(f32) -> Option<f32>) -> bool {
        let (mut telling, mut quiet) = (0, 0);
        for index in 0..PARTS.0 * PARTS.1 {
            let values = self.window.iter().flatten().filter_map(|look| look.0.get(index)).map(value);
            let (least, most) = values.fold((f32::MAX, f32::MIN), |(least, most), value| (least.min(value), most.max(value)));
            if let Some(limit) = limit(most) {
                telling += 1;
                quiet += usize::from(most - least <= limit);
            }
        }
        quiet * 100 >= telling * AT_REST
    }

    /// What the camera says now. Whether it said the same the last time.
    pub(super) fn says(&mut self, values: Vec<f64>) -> bool {
        let near = |(a, b): (&f64, &f64)| (a - b).abs() <= VALUE * a.abs().max(b.abs());
        let same = self.values.as_ref().is_some_and(|old| old.len() == values.len() && old.iter().zip(&values).all(near));
        self.values = Some(values);
        same
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::format::{Colour, Layout};
    use crate::frame::pool::Bytes;
    use std::time::Duration;

    fn look(luma: f32, blue: f32, sharpness: f32) -> Option<Look> {
        Some(Look(vec![Part { luma, blue, red: 128.0, sharpness }; PARTS.0 * PARTS.1]))
    }

    /// The number of the frame with which it was at rest.
    fn rests(looks: impl IntoIterator<Item = Option<Look>>) -> Option<usize> {
        let mut settle = Settle::default();
        looks.into_iter().position(|look| settle.see(look)).map(|index| index + 1)
    }

    #[test]
    fn a_picture_that_changes_is_not_at_rest() {
        assert_eq!(rests((0..20).map(|_| look(100.0, 120.0, 9.0))), Some(WINDOW));
        let ramp = |n: usize| n.min(12) as f32 / 12.0;
        assert_eq!(rests((0..30).map(|n| look(40.0 + 60.0 * ramp(n), 120.0, 9.0))), Some(12 + WINDOW));
        assert_eq!(rests((0..30).map(|n| look(100.0, 100.0 + 30.0 * ramp(n), 9.0))), Some(12 + WINDOW));
        assert_eq!(rests((0..30).map(|n| look(100.0, 120.0, 2.0 + 12.0 * ramp(n)))), Some(11 + WINDOW), "the last step is small");
        assert_eq!(rests((0..100).map(|n| look(if n % 8 < 4 { 90.0 } else { 110.0 }, 120.0, 9.0))), None, "it flickers");
        assert_eq!(rests((0..30).map(|n| look(if n < 3 { 50.0 } else { 90.0 }, 120.0, 9.0))), Some(3 + WINDOW), "a change comes late");
    }

    #[test]
    fn something_that_moves_in_the_picture_does_not_count() {
        let moving = |count: usize| {
            move |n: usize| {
                let mut look = look(100.0, 120.0, 9.0).unwrap();
                look.0.iter_mut().take(count).for_each(|part| part.luma += (n % 2) as f32 * 80.0);
                Some(look)
            }
        };
        assert_eq!(rests((0..30).map(moving(12))), Some(WINDOW));
        assert_eq!(rests((0..30).map(moving(24))), None);
    }

    #[test]
    fn what_the_camera_says_counts_too() {
        let mut settle = Settle::default();
        assert!(!settle.says(vec![100.0, 5000.0]), "there is nothing to compare with");
        assert!(!settle.says(vec![120.0, 5000.0]));
        assert!(settle.says(vec![121.0, 5000.0]), "noise");
        assert!(!settle.says(vec![121.0]));
        assert!(Settle::default().see(None).eq(&false));
        let mut none = Settle { values: Some(Vec::new()), ..Settle::default() };
        assert!(none.says(Vec::new()), "a camera without such values");
    }

    #[test]
    fn the_same_picture_looks_the_same_in_all_formats() {
        let rgb = |format: PixelFormat| {
            let layout = Layout::new(format, 64, 48, 0).unwrap();
            let bytes = match format {
                PixelFormat::Yuyv => [180, 100, 60, 140].repeat(64 * 48 / 2),
                PixelFormat::Uyvy => [100, 180, 140, 60].repeat(64 * 48 / 2),
                _ => {
                    let luma: Vec<u8> = [180, 60].repeat(64 * 48 / 2);
                    luma.into_iter().chain([100, 140].repeat(64 * 48 / 4)).collect()
                }
            };
            Look::at(&Frame::new(Bytes::Heap(bytes), layout, Colour::JPEG, Duration::ZERO, 1)).unwrap().unwrap()
        };
        let yuyv = rgb(PixelFormat::Yuyv);
        let part = yuyv.0[9];
        assert_eq!((part.luma, part.blue, part.red), (120.0, 100.0, 140.0));
        assert!(part.sharpness > 100.0);
        assert_eq!(rgb(PixelFormat::Uyvy), yuyv);
        assert_eq!(rgb(PixelFormat::Nv12), yuyv);
    }
}
