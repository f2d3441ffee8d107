//! Pixel formats and modes of V4L2 in our terms.

use std::io;

use super::sys::{Agreed, Enumerated, Fract, Node, Queue};
use crate::PixelFormat;
use crate::backend::{Mode, Rate};
use crate::frame::format::{Colour, MAX_SIDE, Matrix};

const fn fourcc(code: &[u8; 4]) -> u32 {
    u32::from_le_bytes(*code)
}

/// V4L2's codes, ours, and how many bits of a sample count. Of two codes for a format the first is the one to ask for.
const FORMATS: &[(u32, PixelFormat, u8)] = &[
    (fourcc(b"NV12"), PixelFormat::Nv12, 8),
    (fourcc(b"NM12"), PixelFormat::Nv12, 8),
    (fourcc(b"YU12"), PixelFormat::I420, 8),
    (fourcc(b"YM12"), PixelFormat::I420, 8),
    (fourcc(b"YV12"), PixelFormat::Yv12, 8),
    (fourcc(b"YM21"), PixelFormat::Yv12, 8),
    (fourcc(b"NV21"), PixelFormat::Nv21, 8),
    (fourcc(b"NM21"), PixelFormat::Nv21, 8),
    (fourcc(b"YUYV"), PixelFormat::Yuyv, 8),
    (fourcc(b"UYVY"), PixelFormat::Uyvy, 8),
    (fourcc(b"RGB3"), PixelFormat::Rgb, 8),
    (fourcc(b"BGR3"), PixelFormat::Bgr, 8),
    (fourcc(b"AB24"), PixelFormat::Rgba, 8),
    (fourcc(b"AR24"), PixelFormat::Bgra, 8),
    (fourcc(b"XB24"), PixelFormat::Rgbx, 8),
    (fourcc(b"XR24"), PixelFormat::Bgrx, 8),
    (fourcc(b"BGR4"), PixelFormat::Bgrx, 8),
    (fourcc(b"MJPG"), PixelFormat::Mjpeg, 8),
    (fourcc(b"JPEG"), PixelFormat::Mjpeg, 8),
    (fourcc(b"GREY"), PixelFormat::Grey, 8),
    (fourcc(b"Y16 "), PixelFormat::Grey16, 16),
    (fourcc(b"Y12 "), PixelFormat::Grey16, 12),
    (fourcc(b"Y10 "), PixelFormat::Grey16, 10),
];

/// Our form of a format of V4L2, and how many bits of a sample count.
pub(super) fn pixel_format(code: u32) -> Option<(PixelFormat, u8)> {
    FORMATS.iter().find(|(known, ..)| *known == code).map(|&(_, format, bits)| (format, bits))
}

/// The four characters of a code.
pub(super) fn code_name(code: u32) -> String {
    // The highest bit says big endian.
    let name = (code & 0x7fff_ffff).to_le_bytes().map(|byte| if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '?' });
    let name: String = name.iter().collect();
    if code & 0x8000_0000 == 0 { name } else { name + "-BE" }
}

/// Widths and heights to offer where a driver takes any.
const COMMON_SIZES: &[(u32, u32)] =
    &[(160, 120), (320, 240), (640, 360), (640, 480), (800, 600), (1280, 720), (1280, 960), (1920, 1080), (2560, 1440), (3840, 2160)];
/// Frame rates to offer where a driver takes any.
const COMMON_RATES: &[u32] = &[5, 10, 15, 20, 24, 25, 30, 50, 60, 90, 120];
/// No driver has more formats, sizes or rates; one that claims so goes round in circles.
pub(super) const MAX_ENTRIES: u32 = 256;

/// A mode and the code to ask the driver for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NativeMode {
    pub(super) mode: Mode,
    pub(super) fourcc: u32,
    /// How many bits of a sample count.
    pub(super) bits: u8,
    pub(super) queue: Queue,
}

/// Everything a node can stream that we can use. Where two of its formats are one of ours, the one that comes first in
/// our list is used.
pub(super) fn modes(node: &Node, queue: Queue) -> io::Result<Vec<NativeMode>> {
    let mut codes = Vec::new();
    for index in 0..MAX_ENTRIES {
        let Some(desc) = node.format(queue, index)? else { break };
        codes.push(desc.fourcc);
    }
    let mut found: Vec<NativeMode> = Vec::new();
    for (code, ..) in FORMATS.iter().filter(|(code, ..)| codes.contains(code)) {
        // A format of which the driver does not say more is no reason to go without the others.
        for native in modes_of(node, queue, *code).unwrap_or_default() {
            if !found.iter().any(|other| other.mode == native.mode) {
                found.push(native);
            }
        }
    }
    Ok(found)
}

/// What a node can stream in one of its formats.
pub(super) fn modes_of(node: &Node, queue: Queue, code: u32) -> io::Result<Vec<NativeMode>> {
    let Some((format, bits)) = pixel_format(code) else { return Ok(Vec::new()) };
    let mut found: Vec<NativeMode> = Vec::new();
    // Larger pictures do not exist; a driver that lists them is mistaken.
    let possible = |(width, height): &(u32, u32)| (1..=MAX_SIDE).contains(width) && (1..=MAX_SIDE).contains(height);
    for (width, height) in sizes(node, queue, code)?.into_iter().filter(possible) {
        let rates = rates(node, queue, code, (width, height))?;
        let mode = |rate| NativeMode { mode: Mode { width, height, rate, format }, fourcc: code, bits, queue };
        found.extend(rates.into_iter().map(mode));
    }
    Ok(found)
}

/// The name of a camera for people. One that sees no colours sees infrared light, and stands beside another with the same
/// name that does not.
pub(super) fn label(card: String, native: &[NativeMode]) -> String {
    let is_grey = !native.is_empty() && native.iter().all(|native| native.mode.format.is_grey());
    let says_so =
        card.split(|c: char| !c.is_alphanumeric()).any(|word| word.eq_ignore_ascii_case("ir") || word.eq_ignore_ascii_case("infrared"));
    if is_grey && !says_so { format!("{card} (infrared)") } else { card }
}

/// The sizes to offer. Of a range those are the smallest, the largest, the present one and the common ones that are in it:
/// tracks get every other size by cropping and scaling.
fn sizes(node: &Node, queue: Queue, code: u32) -> io::Result<Vec<(u32, u32)>> {
    let mut sizes = Vec::new();
    for index in 0..MAX_ENTRIES {
        match node.frame_size(code, index)? {
            None => break,
            Some(Enumerated::Discrete(size)) => sizes.push(size),
            Some(Enumerated::Stepwise(min, max, step)) => {
                let present = node.present_format(queue).ok().map(|present| (present.width, present.height));
                sizes = sizes_of_range(min, max, step, present);
                break;
            }
        }
    }
    if sizes.is_empty() {
        // The driver does not say. It has at least what it would make of the present size.
        let present = node.present_format(queue)?;
        let agreed = node.try_format(queue, (present.width, present.height), code).unwrap_or(present);
        sizes.extend((agreed.pixelformat == code).then_some((agreed.width, agreed.height)));
    }
    Ok(sizes)
}

fn sizes_of_range(min: (u32, u32), max: (u32, u32), step: (u32, u32), present: Option<(u32, u32)>) -> Vec<(u32, u32)> {
    let fits = |value: u32, min: u32, max: u32, step: u32| value >= min && value <= max && (value - min).is_multiple_of(step.max(1));
    let within = |&(w, h): &(u32, u32)| fits(w, min.0, max.0, step.0) && fits(h, min.1, max.1, step.1);
    let mut sizes: Vec<_> = COMMON_SIZES.iter().copied().chain(present).filter(within).chain([min, max]).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

fn rates(node: &Node, queue: Queue, code: u32, size: (u32, u32)) -> io::Result<Vec<Rate>> {
    let mut rates = Vec::new();
    for index in 0..MAX_ENTRIES {
        match node.frame_interval(code, size, index)? {
            None => break,
            Some(Enumerated::Discrete(interval)) => rates.extend(rate(interval)),
            Some(Enumerated::Stepwise(shortest, longest, _)) => {
                rates = rates_of_range(rate(longest), rate(shortest));
                break;
            }
        }
    }
    if rates.is_empty() {
        // The driver does not list any; it has one rate, and 30 is the usual one.
        rates.push(node.interval(queue).and_then(rate).unwrap_or(Rate { numerator: 30, denominator: 1 }));
    }
    Ok(rates)
}

/// The fastest rate of a range and the common ones in it: tracks get every slower one by leaving out frames. The driver
/// says when the stream starts which rate of its steps it uses.
fn rates_of_range(slowest: Option<Rate>, fastest: Option<Rate>) -> Vec<Rate> {
    let between = |r: f64| slowest.is_none_or(|s| r >= s.per_second()) && fastest.is_none_or(|f| r < f.per_second());
    let common = COMMON_RATES.iter().map(|&r| Rate { numerator: r, denominator: 1 });
    common.filter(|r| between(r.per_second())).chain(fastest).collect()
}

pub(super) fn rate(interval: Fract) -> Option<Rate> {
    (interval.numerator != 0 && interval.denominator != 0)
        .then_some(Rate { numerator: interval.denominator, denominator: interval.numerator })
}

pub(super) fn interval(rate: Rate) -> Fract {
    Fract { numerator: rate.denominator, denominator: rate.numerator }
}

/// What the driver says of its colours, with the kernel's rules for what it leaves open.
pub(super) fn colour(agreed: &Agreed, format: PixelFormat) -> Colour {
    const COLORSPACE_SMPTE240M: u32 = 2;
    const COLORSPACE_REC709: u32 = 3;
    const COLORSPACE_JPEG: u32 = 7;
    const COLORSPACE_BT2020: u32 = 10;
    const COLORSPACE_DCI_P3: u32 = 12;
    if format.is_compressed() {
        return Colour::JPEG;
    }
    let matrix = match (agreed.ycbcr_enc, agreed.colorspace) {
        (1 | 3 | 5, _) => Matrix::Bt601,
        (2 | 4, _) => Matrix::Bt709,
        (6 | 7, _) => Matrix::Bt2020,
        (8, _) | (_, COLORSPACE_SMPTE240M) => Matrix::Smpte240,
        (_, 0) => Colour::assumed(PixelFormat::Yuyv, agreed.height).matrix,
        (_, COLORSPACE_REC709 | COLORSPACE_DCI_P3) => Matrix::Bt709,
        (_, COLORSPACE_BT2020) => Matrix::Bt2020,
        _ => Matrix::Bt601,
    };
    let full_range = match agreed.quantization {
        1 => true,
        2 => false,
        _ => agreed.colorspace == COLORSPACE_JPEG || format.is_rgb() || format.is_grey(),
    };
    Colour { matrix, full_range }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_follows_the_kernels_rules() {
        let pix = |colorspace, ycbcr_enc, quantization, height| Agreed { colorspace, ycbcr_enc, quantization, height, ..Agreed::default() };
        let limited = |matrix| Colour { matrix, full_range: false };
        let yuyv = |agreed| colour(&agreed, PixelFormat::Yuyv);
        assert_eq!(yuyv(pix(8, 0, 0, 1080)), limited(Matrix::Bt601), "webcams: sRGB means BT.601 weights");
        assert_eq!(yuyv(pix(8, 2, 0, 480)), limited(Matrix::Bt709), "said explicitly");
        assert_eq!(yuyv(pix(3, 0, 0, 480)), limited(Matrix::Bt709));
        assert_eq!(yuyv(pix(12, 0, 0, 480)), limited(Matrix::Bt709));
        assert_eq!(yuyv(pix(10, 0, 0, 480)), limited(Matrix::Bt2020));
        assert_eq!(yuyv(pix(2, 0, 0, 480)), limited(Matrix::Smpte240));
        assert_eq!(yuyv(pix(2, 1, 0, 480)), limited(Matrix::Bt601), "said explicitly");
        assert_eq!(yuyv(pix(7, 0, 0, 480)), Colour::JPEG);
        assert_eq!(yuyv(pix(1, 0, 1, 480)), Colour::JPEG);
        assert_eq!(yuyv(pix(0, 0, 0, 480)), limited(Matrix::Bt601));
        assert_eq!(yuyv(pix(0, 0, 0, 720)), limited(Matrix::Bt709));
        assert_eq!(colour(&pix(3, 2, 2, 480), PixelFormat::Mjpeg), Colour::JPEG);
        for format in [PixelFormat::Rgb, PixelFormat::Bgrx, PixelFormat::Grey, PixelFormat::Grey16] {
            assert!(colour(&pix(8, 0, 0, 480), format).full_range, "{format}: not YCbCr means all of the range");
            assert!(!colour(&pix(8, 0, 2, 480), format).full_range, "{format}: said explicitly");
        }
    }

    #[test]
    fn of_a_range_the_ends_the_present_and_the_common_sizes_are_offered() {
        let sizes = sizes_of_range((16, 16), (1000, 500), (2, 4), Some((66, 44)));
        assert_eq!(sizes, [(16, 16), (66, 44), (160, 120), (320, 240), (640, 360), (640, 480), (1000, 500)]);
        assert_eq!(sizes_of_range((16, 16), (1000, 500), (2, 4), Some((67, 44))).len(), 6, "not on the steps");
        assert_eq!(sizes_of_range((700, 500), (700, 500), (0, 0), None), [(700, 500)], "steps of nothing");
        assert_eq!(sizes_of_range((1, 1), (330, 250), (1, 1), Some((320, 240))), [(1, 1), (160, 120), (320, 240), (330, 250)]);
    }

    #[test]
    fn of_a_range_the_fastest_and_the_common_rates_are_offered() {
        let rate = |numerator, denominator| Some(Rate { numerator, denominator });
        let rates = |slowest, fastest| rates_of_range(slowest, fastest).into_iter().map(Rate::per_second).collect::<Vec<_>>();
        assert_eq!(rates(rate(10, 1), rate(30000, 1001)), [10.0, 15.0, 20.0, 24.0, 25.0, 30000.0 / 1001.0]);
        assert_eq!(rates(rate(1, 1), rate(30, 1)).last(), Some(&30.0));
        assert_eq!(rates(rate(7, 2), rate(4, 1)), [4.0]);
    }

    #[test]
    fn a_camera_without_colours_is_told_from_its_neighbour() {
        let native = |format| NativeMode {
            mode: Mode { width: 4, height: 4, rate: Rate { numerator: 1, denominator: 1 }, format },
            fourcc: 0,
            bits: 8,
            queue: Queue::Single,
        };
        let grey = [native(PixelFormat::Grey), native(PixelFormat::Grey16)];
        assert_eq!(label("Cam".into(), &grey), "Cam (infrared)");
        assert_eq!(label("Cam: IR Camera".into(), &grey), "Cam: IR Camera");
        assert_eq!(label("Iris".into(), &grey), "Iris (infrared)");
        assert_eq!(label("Cam".into(), &[native(PixelFormat::Grey), native(PixelFormat::Yuyv)]), "Cam");
    }

    #[test]
    fn codes_are_their_four_characters() {
        assert_eq!((code_name(fourcc(b"Y16 ")), code_name(fourcc(b"Y16 ") | 1 << 31)), ("Y16 ".into(), "Y16 -BE".into()));
        assert_eq!(pixel_format(fourcc(b"Y16 ") | 1 << 31), None, "big endian");
        assert_eq!(pixel_format(fourcc(b"Y10 ")), Some((PixelFormat::Grey16, 10)));
    }
}
