//! Every conversion against one in floating point: within 2 of 255, for every format, matrix, range, for odd sizes and
//! padded rows.

use std::time::Duration;

use super::format::{Colour, Layout, Matrix};
use super::pool::Bytes;
use super::{Frame, PixelFormat};

/// How far a conversion may be from the true value.
const TOLERANCE: f64 = 2.0;

const SIZES: [(u32, u32); 7] = [(1, 1), (3, 5), (2, 2), (17, 9), (64, 3), (33, 34), (130, 8)];

/// A small generator of numbers.
struct Noise(u32);

impl Noise {
    fn byte(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        // Black, white and the ends of the limited range are met often.
        match self.0 >> 29 {
            0 => [0, 16, 235, 240, 255, 128, 1, 254][(self.0 >> 8) as usize % 8],
            _ => (self.0 >> 11) as u8,
        }
    }
}

/// The weights of red and blue in luminance.
fn weights(matrix: Matrix) -> (f64, f64) {
    match matrix {
        Matrix::Bt601 => (0.299, 0.114),
        Matrix::Bt709 => (0.2126, 0.0722),
        Matrix::Bt2020 => (0.2627, 0.0593),
        Matrix::Smpte240 => (0.212, 0.087),
    }
}

fn clamp(value: f64) -> f64 {
    value.clamp(0.0, 255.0)
}

/// Over the full range.
fn expanded(value: u8, colour: Colour) -> f64 {
    let value = f64::from(value);
    clamp(if colour.full_range { value } else { (value - 16.0) * 255.0 / 219.0 })
}

fn rgb([y, cb, cr]: [u8; 3], colour: Colour) -> [f64; 3] {
    let (kr, kb) = weights(colour.matrix);
    let kg = 1.0 - kr - kb;
    let scale = if colour.full_range { (0.0, 1.0, 1.0) } else { (16.0, 255.0 / 219.0, 255.0 / 224.0) };
    // Blacker than black is black, as everywhere: colour is not taken from it.
    let y = (f64::from(y) - scale.0).max(0.0) * scale.1;
    let (cb, cr) = ((f64::from(cb) - 128.0) * scale.2, (f64::from(cr) - 128.0) * scale.2);
    let (r, b) = (y + 2.0 * (1.0 - kr) * cr, y + 2.0 * (1.0 - kb) * cb);
    let g = (y - kr * r - kb * b) / kg;
    [clamp(r), clamp(g), clamp(b)]
}

/// What a frame shows, as numbers.
enum Seen {
    YCbCr(Box<dyn Fn(usize, usize) -> [u8; 3]>),
    Rgb(Box<dyn Fn(usize, usize) -> [f64; 4]>),
    Grey(Box<dyn Fn(usize, usize) -> f64>),
}

fn seen(frame: &Frame) -> Seen {
    let (picture, colour) = (frame.clone(), frame.colour());
    let at = move |index: usize, x: usize, y: usize| picture.plane(index).data[y * picture.plane(index).stride + x];
    match frame.format() {
        PixelFormat::Yuyv => Seen::YCbCr(Box::new(move |x, y| [at(0, 2 * x, y), at(0, x / 2 * 4 + 1, y), at(0, x / 2 * 4 + 3, y)])),
        PixelFormat::Uyvy => Seen::YCbCr(Box::new(move |x, y| [at(0, 2 * x + 1, y), at(0, x / 2 * 4, y), at(0, x / 2 * 4 + 2, y)])),
        PixelFormat::Nv12 => Seen::YCbCr(Box::new(move |x, y| [at(0, x, y), at(1, x / 2 * 2, y / 2), at(1, x / 2 * 2 + 1, y / 2)])),
        PixelFormat::Nv21 => Seen::YCbCr(Box::new(move |x, y| [at(0, x, y), at(1, x / 2 * 2 + 1, y / 2), at(1, x / 2 * 2, y / 2)])),
        PixelFormat::I420 => Seen::YCbCr(Box::new(move |x, y| [at(0, x, y), at(1, x / 2, y / 2), at(2, x / 2, y / 2)])),
        PixelFormat::Yv12 => Seen::YCbCr(Box::new(move |x, y| [at(0, x, y), at(2, x / 2, y / 2), at(1, x / 2, y / 2)])),
        PixelFormat::Grey => Seen::Grey(Box::new(move |x, y| expanded(at(0, x, y), colour))),
        PixelFormat::Grey16 => Seen::Grey(Box::new(move |x, y| expanded(at(0, 2 * x + 1, y), colour))),
        format => {
            let size = format.bytes_per_pixel().unwrap();
            let order = match format {
                PixelFormat::Bgr | PixelFormat::Bgra | PixelFormat::Bgrx => [2, 1, 0],
                _ => [0, 1, 2],
            };
            let has_opacity = matches!(format, PixelFormat::Rgba | PixelFormat::Bgra);
            Seen::Rgb(Box::new(move |x, y| {
                let [r, g, b] = order.map(|index| expanded(at(0, x * size + index, y), colour));
                [r, g, b, if has_opacity { f64::from(at(0, x * size + 3, y)) } else { 255.0 }]
            }))
        }
    }
}

impl Seen {
    fn rgba(&self, x: usize, y: usize, colour: Colour) -> [f64; 4] {
        match self {
            Seen::YCbCr(at) => {
                let [r, g, b] = rgb(at(x, y), colour);
                [r, g, b, 255.0]
            }
            Seen::Rgb(at) => at(x, y),
            Seen::Grey(at) => [at(x, y), at(x, y), at(x, y), 255.0],
        }
    }

    fn grey(&self, x: usize, y: usize, colour: Colour) -> f64 {
        match self {
            Seen::YCbCr(at) => expanded(at(x, y)[0], colour),
            Seen::Rgb(at) => {
                let [r, g, b, _] = at(x, y);
                0.299 * r + 0.587 * g + 0.114 * b
            }
            Seen::Grey(at) => at(x, y),
        }
    }

    /// Luminance of a pixel, and colour of the four that share it.
    fn ycbcr(&self, x: usize, y: usize, (width, height): (usize, usize)) -> [f64; 3] {
        let square = || (y / 2 * 2..(y / 2 * 2 + 2).min(height)).flat_map(|y| (x / 2 * 2..(x / 2 * 2 + 2).min(width)).map(move |x| (x, y)));
        let mean = |of: &dyn Fn(usize, usize) -> f64| square().map(|(x, y)| of(x, y)).sum::<f64>() / square().count() as f64;
        match self {
            Seen::YCbCr(at) => [f64::from(at(x, y)[0]), mean(&|x, y| f64::from(at(x, y)[1])), mean(&|x, y| f64::from(at(x, y)[2]))],
            Seen::Rgb(at) => {
                let luminance = |x, y| self.grey(x, y, Colour::JPEG);
                let cb = |x, y| 128.0 + (at(x, y)[2] - luminance(x, y)) / 1.772;
                let cr = |x, y| 128.0 + (at(x, y)[0] - luminance(x, y)) / 1.402;
                [luminance(x, y), clamp(mean(&cb)), clamp(mean(&cr))]
            }
            Seen::Grey(at) => [at(x, y), 128.0, 128.0],
        }
    }
}

/// The largest error of a converted picture.
fn worst(source: &Frame, target: &Frame) -> f64 {
    let (width, height) = (source.width() as usize, source.height() as usize);
    let (wanted, got) = (seen(source), seen(target));
    let mut worst = 0f64;
    for y in 0..height {
        for x in 0..width {
            let error = match &got {
                Seen::YCbCr(got) => {
                    let wanted = wanted.ycbcr(x, y, (width, height));
                    got(x, y).iter().zip(wanted).map(|(got, wanted)| (f64::from(*got) - wanted).abs()).fold(0.0, f64::max)
                }
                Seen::Rgb(got) => {
                    let wanted = wanted.rgba(x, y, source.colour());
                    let opaque = !matches!(target.format(), PixelFormat::Rgba | PixelFormat::Bgra);
                    let count = if opaque { 3 } else { 4 };
                    got(x, y).iter().zip(wanted).take(count).map(|(got, wanted)| (got - wanted).abs()).fold(0.0, f64::max)
                }
                Seen::Grey(got) => (got(x, y) - wanted.grey(x, y, source.colour())).abs(),
            };
            worst = worst.max(error);
        }
    }
    worst
}

fn noisy(format: PixelFormat, (width, height): (u32, u32), padding: usize, colour: Colour, noise: &mut Noise) -> Frame {
    let tight = Layout::new(format, width, height, 0).unwrap();
    let layout = Layout::new(format, width, height, if padding == 0 { 0 } else { tight.planes()[0].stride + padding }).unwrap();
    let bytes = (0..layout.size).map(|_| noise.byte()).collect();
    Frame::new(Bytes::Heap(bytes), layout, colour, Duration::ZERO, 0)
}

const COLOURS: [Matrix; 4] = [Matrix::Bt601, Matrix::Bt709, Matrix::Bt2020, Matrix::Smpte240];

fn check(source: PixelFormat) {
    let mut noise = Noise(0x1234_5678 ^ source.number());
    let mut misses = Vec::new();
    let targets = PixelFormat::ALL.iter().filter(|target| super::target(**target).is_ok());
    for target in targets.copied() {
        for (matrix, full_range) in COLOURS.into_iter().flat_map(|matrix| [(matrix, false), (matrix, true)]) {
            let colour = Colour { matrix, full_range };
            for (size, padding) in SIZES.into_iter().flat_map(|size| [(size, 0), (size, 6)]) {
                let frame = noisy(source, size, padding, colour, &mut noise);
                let converted = frame.convert(target).unwrap();
                assert_eq!((converted.format(), converted.width(), converted.height()), (target, size.0, size.1));
                let mut most = worst(&frame, &converted);
                // Into memory of the caller it is the same picture.
                let layout = Layout::new(target, size.0, size.1, converted.plane(0).stride + 8).unwrap();
                let mut memory = vec![0; layout.size];
                frame.copy_to(target, &mut memory, layout.planes()[0].stride).unwrap();
                let copy = Frame::new(Bytes::Heap(memory), layout, converted.colour(), Duration::ZERO, 0);
                most = most.max(worst(&frame, &copy));
                if most > TOLERANCE {
                    misses.push(format!("{source} to {target}, {size:?}, padding {padding}, {colour:?}: {most:.2}"));
                }
            }
        }
    }
    assert!(misses.is_empty(), "{misses:#?}");
}

macro_rules! sources {
    ($($name:ident: $format:ident;)+) => {$(
        #[test]
        fn $name() {
            check(PixelFormat::$format);
        }
    )+};
}

sources! {
    yuyv_is_converted_as_in_floating_point: Yuyv;
    uyvy_is_converted_as_in_floating_point: Uyvy;
    nv12_is_converted_as_in_floating_point: Nv12;
    nv21_is_converted_as_in_floating_point: Nv21;
    i420_is_converted_as_in_floating_point: I420;
    yv12_is_converted_as_in_floating_point: Yv12;
    grey_is_converted_as_in_floating_point: Grey;
    grey16_is_converted_as_in_floating_point: Grey16;
    rgb_is_converted_as_in_floating_point: Rgb;
    bgr_is_converted_as_in_floating_point: Bgr;
    rgba_is_converted_as_in_floating_point: Rgba;
    bgra_is_converted_as_in_floating_point: Bgra;
    rgbx_is_converted_as_in_floating_point: Rgbx;
    bgrx_is_converted_as_in_floating_point: Bgrx;
}
