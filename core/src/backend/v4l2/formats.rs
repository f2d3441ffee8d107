//! Pixel formats and modes of V4L2 in our terms.

use std::io;

use super::sys::{Enumerated, Fract, Node, PixFormat};
use crate::backend::{Mode, Rate};
use crate::frame::format::{Colour, MAX_SIDE, Matrix};
use crate::{PixelFormat, Property};

const fn fourcc(code: &[u8; 4]) -> u32 {
    u32::from_le_bytes(*code)
}

/// V4L2's codes and ours. The first code of a format is the one to ask for.
const FORMATS: &[(u32, PixelFormat)] = &[
    (fourcc(b"NV12"), PixelFormat::Nv12),
    (fourcc(b"YU12"), PixelFormat::I420),
    (fourcc(b"NV21"), PixelFormat::Nv21),
    (fourcc(b"YUYV"), PixelFormat::Yuyv),
    (fourcc(b"UYVY"), PixelFormat::Uyvy),
    (fourcc(b"RGB3"), PixelFormat::Rgb),
    (fourcc(b"BGR3"), PixelFormat::Bgr),
    (fourcc(b"MJPG"), PixelFormat::Mjpeg),
    (fourcc(b"JPEG"), PixelFormat::Mjpeg),
    (fourcc(b"GREY"), PixelFormat::Grey),
];

/// Widths and heights to offer where a driver takes any.
const COMMON_SIZES: &[(u32, u32)] =
    &[(160, 120), (320, 240), (640, 360), (640, 480), (800, 600), (1280, 720), (1280, 960), (1920, 1080), (2560, 1440), (3840, 2160)];
/// Frame rates to offer where a driver takes any.
const COMMON_RATES: &[u32] = &[5, 10, 15, 20, 24, 25, 30, 50, 60, 90, 120];
/// No driver has more formats, sizes or rates; one that claims so goes round in circles.
const MAX_ENTRIES: u32 = 256;

/// A mode and the code to ask the driver for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NativeMode {
    pub(super) mode: Mode,
    pub(super) fourcc: u32,
}

/// Everything a node can stream that we can use.
pub(super) fn modes(node: &Node) -> io::Result<Vec<NativeMode>> {
    let mut found: Vec<NativeMode> = Vec::new();
    for index in 0..MAX_ENTRIES {
        let Some(code) = node.format(index)? else { break };
        let Some(&(_, format)) = FORMATS.iter().find(|(known, _)| *known == code) else { continue };
        // Larger pictures do not exist; a driver that lists them is mistaken.
        let possible = |(width, height): &(u32, u32)| (1..=MAX_SIDE).contains(width) && (1..=MAX_SIDE).contains(height);
        for (width, height) in sizes(node, code)?.into_iter().filter(possible) {
            for rate in rates(node, code, width, height)? {
                let mode = Mode { width, height, rate, format };
                if !found.iter().any(|native| native.mode == mode) {
                    found.push(NativeMode { mode, fourcc: code });
                }
            }
        }
    }
    Ok(found)
}

fn sizes(node: &Node, code: u32) -> io::Result<Vec<(u32, u32)>> {
    let mut sizes = Vec::new();
    for index in 0..MAX_ENTRIES {
        match node.frame_size(code, index)? {
            None => break,
            Some(Enumerated::Discrete(size)) => sizes.push(size),
            Some(Enumerated::Stepwise(min, max, step)) => {
                let fits =
                    |value: u32, min: u32, max: u32, step: u32| value >= min && value <= max && (value - min).is_multiple_of(step.max(1));
                let common = COMMON_SIZES.iter().copied();
                sizes.extend(common.filter(|&(w, h)| fits(w, min.0, max.0, step.0) && fits(h, min.1, max.1, step.1)));
                if sizes.is_empty() {
                    sizes.push(max);
                }
                break;
            }
        }
    }
    Ok(sizes)
}

fn rates(node: &Node, code: u32, width: u32, height: u32) -> io::Result<Vec<Rate>> {
    let mut rates = Vec::new();
    for index in 0..MAX_ENTRIES {
        match node.frame_interval(code, width, height, index)? {
            None => break,
            Some(Enumerated::Discrete(interval)) => rates.extend(rate(interval)),
            Some(Enumerated::Stepwise(shortest, longest, _)) => {
                let (slowest, fastest) = (rate(longest), rate(shortest));
                let between = |r: f64| slowest.is_none_or(|s| r >= s.per_second()) && fastest.is_none_or(|f| r <= f.per_second());
                let common = COMMON_RATES.iter().map(|&r| Rate { numerator: r, denominator: 1 });
                rates.extend(common.filter(|r| between(r.per_second())));
                rates.extend(fastest.filter(|_| rates.is_empty()));
                break;
            }
        }
    }
    if rates.is_empty() {
        // The driver does not say; it has one rate, and 30 is the usual one.
        rates.push(Rate { numerator: 30, denominator: 1 });
    }
    Ok(rates)
}

pub(super) fn rate(interval: Fract) -> Option<Rate> {
    (interval.numerator != 0 && interval.denominator != 0)
        .then_some(Rate { numerator: interval.denominator, denominator: interval.numerator })
}

pub(super) fn interval(rate: Rate) -> Fract {
    Fract { numerator: rate.denominator, denominator: rate.numerator }
}

/// What the driver says of its colours, with the kernel's rules for what it leaves open.
pub(super) fn colour(pix: &PixFormat, format: PixelFormat) -> Colour {
    const COLORSPACE_REC709: u32 = 3;
    const COLORSPACE_JPEG: u32 = 7;
    const COLORSPACE_BT2020: u32 = 10;
    if format.is_compressed() {
        return Colour::JPEG;
    }
    let matrix = match (pix.ycbcr_enc, pix.colorspace) {
        (1 | 3, _) => Matrix::Bt601,
        (2 | 4, _) => Matrix::Bt709,
        (6 | 7, _) => Matrix::Bt2020,
        (_, 0) => Colour::assumed(pix.height).matrix,
        (_, COLORSPACE_REC709) => Matrix::Bt709,
        (_, COLORSPACE_BT2020) => Matrix::Bt2020,
        _ => Matrix::Bt601,
    };
    let full_range = match pix.quantization {
        1 => true,
        2 => false,
        _ => pix.colorspace == COLORSPACE_JPEG || format == PixelFormat::Grey,
    };
    Colour { matrix, full_range }
}

/// The control behind a property.
pub(super) fn control_id(property: Property) -> Option<u32> {
    match property {
        Property::Zoom => Some(super::sys::CID_ZOOM_ABSOLUTE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_follows_the_kernels_rules() {
        let pix = |colorspace, ycbcr_enc, quantization, height| {
            let mut pix = PixFormat::default();
            (pix.colorspace, pix.ycbcr_enc, pix.quantization, pix.height) = (colorspace, ycbcr_enc, quantization, height);
            pix
        };
        let limited = |matrix| Colour { matrix, full_range: false };
        let yuyv = |pix| colour(&pix, PixelFormat::Yuyv);
        assert_eq!(yuyv(pix(8, 0, 0, 1080)), limited(Matrix::Bt601), "webcams: sRGB means BT.601 weights");
        assert_eq!(yuyv(pix(8, 2, 0, 480)), limited(Matrix::Bt709), "said explicitly");
        assert_eq!(yuyv(pix(3, 0, 0, 480)), limited(Matrix::Bt709));
        assert_eq!(yuyv(pix(7, 0, 0, 480)), Colour::JPEG);
        assert_eq!(yuyv(pix(1, 0, 1, 480)), Colour::JPEG);
        assert_eq!(yuyv(pix(0, 0, 0, 480)), limited(Matrix::Bt601));
        assert_eq!(yuyv(pix(0, 0, 0, 720)), limited(Matrix::Bt709));
        assert_eq!(colour(&pix(3, 2, 2, 480), PixelFormat::Mjpeg), Colour::JPEG);
    }
}
