//! The test chart: what the virtual camera sees.
//!
//! * Top 16 rows, left 320 columns: the frame number as 20 bars of 16 pixels: white, black, 16 bits (the
//!   most significant first, white is 1), black, white. In pictures narrower than 320 pixels a bar is a
//!   twentieth of the width. Below it the same number in digits.
//! * Colour bars (75 %), a grey ramp, a chequerboard with rings that show zoom, a plain grey field.
//!
//! Zoom crops the chart around its centre, pan and tilt move what is cropped, other settings change the pixels.
//! The frame number is drawn last: it stays readable whatever the settings are.

use super::effects::{Processing, Window};
use crate::{Frame, PixelFormat};

/// Bars of the frame number: a guard pair, 16 bits, a guard pair.
const BARS: usize = 20;
const BAR_SIZE: usize = 16;
/// Digits of the frame number.
const DIGITS: usize = 5;

/// Digits of 3 by 5 dots, one row of three bits after the other.
const FONT: [u16; 10] = [
    0b111_101_101_101_111,
    0b010_110_010_010_111,
    0b111_001_111_100_111,
    0b111_001_111_001_111,
    0b101_101_111_001_001,
    0b111_100_111_001_111,
    0b111_100_111_101_111,
    0b111_001_010_010_010,
    0b111_101_111_101_111,
    0b111_101_111_001_111,
];

/// The chart as the camera sees it, as RGB, without the frame number.
pub(super) struct Chart {
    pub(super) width: usize,
    pub(super) height: usize,
    window: Window,
    base: Vec<u8>,
    processing: Processing,
    /// Where something was done to it.
    processed: Option<Vec<u8>>,
}

impl Chart {
    /// Another picture in the chart's place.
    pub(super) fn of(base: Vec<u8>, width: usize, height: usize, window: Window) -> Chart {
        Chart { width, height, window, base, processing: Processing::NEUTRAL, processed: None }
    }

    /// Draws the part of the chart in a window.
    pub(super) fn new(width: usize, height: usize, window: Window) -> Chart {
        let mut base = vec![0; width * height * 3];
        let (left, top, span) = window.corner_and_span();
        for (y, row) in base.chunks_exact_mut(width * 3).enumerate() {
            let v = top + span * (y as f64 + 0.5) / height as f64;
            for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let u = left + span * (x as f64 + 0.5) / width as f64;
                *pixel = colour(u, v);
            }
        }
        Chart { width, height, window, base, processing: Processing::NEUTRAL, processed: None }
    }

    pub(super) fn is_for(&self, width: usize, height: usize, window: Window) -> bool {
        (self.width, self.height, self.window) == (width, height, window)
    }

    /// Makes it look as these settings want it, if it does not yet.
    pub(super) fn process(&mut self, processing: Processing) {
        if self.processing != processing {
            self.processed = (processing != Processing::NEUTRAL).then(|| processing.apply(&self.base, self.width, self.height));
            self.processing = processing;
        }
    }

    /// The chart with a frame number, into `rgb`.
    pub(super) fn draw(&self, number: u16, rgb: &mut Vec<u8>) {
        self.draw_plain(rgb);
        let bar = bar_width(self.width);
        for (index, white) in bars(number).into_iter().enumerate() {
            self.fill(rgb, index * bar, 0, bar, BAR_SIZE, white);
        }
        // The digits for people: white on black, each dot half a bar, each digit four dots wide.
        let dot = (bar / 2).max(1);
        self.fill(rgb, 0, BAR_SIZE, (DIGITS * 4 + 1) * dot, 7 * dot, false);
        for index in 0..DIGITS {
            let digit = usize::from(number) / 10usize.pow((DIGITS - 1 - index) as u32) % 10;
            for cell in (0..15).filter(|cell| FONT[digit] >> (14 - cell) & 1 == 1) {
                self.fill(rgb, (index * 4 + cell % 3 + 1) * dot, BAR_SIZE + (cell / 3 + 1) * dot, dot, dot, true);
            }
        }
    }

    /// The picture without a number, into `rgb`.
    pub(super) fn draw_plain(&self, rgb: &mut Vec<u8>) {
        rgb.clear();
        rgb.extend_from_slice(self.processed.as_ref().unwrap_or(&self.base));
    }

    fn fill(&self, rgb: &mut [u8], x: usize, y: usize, width: usize, height: usize, white: bool) {
        let value = if white { 255 } else { 0 };
        let (right, bottom) = ((x + width).min(self.width), (y + height).min(self.height));
        for row in y..bottom {
            let start = row * self.width;
            rgb[(start + x.min(right)) * 3..(start + right) * 3].fill(value);
        }
    }
}

/// The chart's colour at a point of the unit square.
fn colour(u: f64, v: f64) -> [u8; 3] {
    const BARS: [u8; 8] = [0b111, 0b110, 0b011, 0b010, 0b101, 0b100, 0b001, 0b000];
    if v < 0.60 {
        let bits = BARS[((u * 8.0) as usize).min(7)];
        let part = |bit: u8| if bits & bit == 0 { 0 } else { 191 };
        [part(4), part(2), part(1)]
    } else if v < 0.75 {
        [(u * 255.0) as u8; 3]
    } else if u < 0.5 {
        let on = ((u * 20.0) as u32 + (v * 20.0) as u32) % 2 == 1;
        [if on { 228 } else { 28 }; 3]
    } else {
        [128; 3]
    }
}

fn bar_width(width: usize) -> usize {
    (width / BARS).clamp(1, BAR_SIZE)
}

fn bars(number: u16) -> [bool; BARS] {
    std::array::from_fn(|bar| match bar {
        0 | 19 => true,
        1 | 18 => false,
        bit => number >> (17 - bit) & 1 == 1,
    })
}

/// Reads the frame number back from a frame's pixels; `None` when the bars are not there.
pub(super) fn read_number(frame: &Frame) -> Option<u16> {
    let grey = frame.convert(PixelFormat::Grey).ok()?;
    let plane = grey.plane(0);
    let width = frame.width() as usize;
    let (bar, row) = (bar_width(width), (BAR_SIZE / 2).min(frame.height() as usize / 2));
    let bits: Vec<bool> =
        (0..BARS).map(|index| plane.data.get(row * plane.stride + index * bar + bar / 2).map(|&grey| grey > 128)).collect::<Option<_>>()?;
    let guards = [bits[0], bits[1], bits[18], bits[19]] == [true, false, false, true];
    guards.then(|| bits[2..18].iter().fold(0, |number, &bit| number << 1 | u16::from(bit)))
}
