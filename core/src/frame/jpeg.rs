//! What has to be known of a camera's JPEG: whether it is whole, and whether it carries its tables.
//!
//! Cameras send Motion-JPEG: often without Huffman tables (every decoder is supposed to know the standard
//! ones), often with padding behind the end marker. A photo file needs the former and not the latter.

use std::ops::Range;

use super::PixelFormat;
use crate::{Error, ErrorKind, Result};

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const DHT: u8 = 0xc4;

/// How far behind the end marker padding is looked through.
const PADDING: usize = 4096;

/// Whether this can be a whole JPEG: it begins with a start marker and ends with an end marker, but for
/// padding. Cheap enough for every frame.
pub(crate) fn looks_whole(bytes: &[u8]) -> bool {
    bytes.len() > 4 && bytes[..2] == [0xff, SOI] && end(bytes).is_some()
}

/// Where the picture ends: behind the last end marker.
fn end(bytes: &[u8]) -> Option<usize> {
    let from = bytes.len().saturating_sub(PADDING).max(2);
    bytes[from..].windows(2).rposition(|pair| pair == [0xff, EOI]).map(|at| from + at + 2)
}

/// One of the segments before the picture data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) marker: u8,
    /// Where its marker stands.
    pub(crate) start: usize,
    /// What stands behind its length.
    pub(crate) payload: Range<usize>,
}

fn damaged(bytes: &[u8], why: &str) -> Error {
    Error::new(ErrorKind::Unknown, format!("the camera's JPEG of {} bytes is damaged: {why}", bytes.len()))
}

/// The segment that begins at `at`, before which fill bytes and markers without a length may stand.
fn segment(bytes: &[u8], mut at: usize) -> Result<Segment> {
    loop {
        let Some(&[0xff, marker]) = bytes.get(at..at + 2) else { return Err(damaged(bytes, "a marker is missing")) };
        match marker {
            0xff => at += 1,
            0x01 | 0xd0..=0xd7 => at += 2,
            EOI => return Err(damaged(bytes, "it ends before its picture")),
            SOI => return Err(damaged(bytes, "a second picture begins in it")),
            _ => {
                let length = bytes.get(at + 2..at + 4).map_or(0, |length| usize::from(u16::from_be_bytes([length[0], length[1]])));
                if length < 2 || at + 2 + length > bytes.len() {
                    return Err(damaged(bytes, "a segment is cut"));
                }
                return Ok(Segment { marker, start: at, payload: at + 4..at + 2 + length });
            }
        }
    }
}

/// What a frame header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) width: u32,
    pub(crate) height: u32,
    arithmetic: bool,
}

impl Header {
    /// That of a segment, if it is a frame header.
    fn of(bytes: &[u8], segment: &Segment) -> Result<Option<Header>> {
        if !matches!(segment.marker, 0xc0..=0xcf) || matches!(segment.marker, DHT | 0xc8 | 0xcc) {
            return Ok(None);
        }
        let &[_, h1, h0, w1, w0, components, ref rest @ ..] = &bytes[segment.payload.clone()] else {
            return Err(damaged(bytes, "its frame header is cut"));
        };
        if rest.len() < usize::from(components) * 3 || components == 0 {
            return Err(damaged(bytes, "its frame header is cut"));
        }
        let (width, height) = (u32::from(u16::from_be_bytes([w1, w0])), u32::from(u16::from_be_bytes([h1, h0])));
        Ok(Some(Header { width, height, arithmetic: segment.marker >= 0xc9 }))
    }
}

/// Reads the segments up to the first scan.
#[cfg(any(test, feature = "turbojpeg"))]
pub(crate) fn header(bytes: &[u8]) -> Result<Header> {
    let mut at = start(bytes)?;
    let mut header = None;
    loop {
        let segment = segment(bytes, at)?;
        if segment.marker == SOS {
            return header.ok_or_else(|| damaged(bytes, "it has no frame header"));
        }
        header = Header::of(bytes, &segment)?.or(header);
        at = segment.payload.end;
    }
}

fn start(bytes: &[u8]) -> Result<usize> {
    if bytes.starts_with(&[0xff, SOI]) { Ok(2) } else { Err(damaged(bytes, "it has no start marker")) }
}

/// How a whole picture is put together.
#[derive(Debug)]
pub(crate) struct Structure {
    pub(crate) header: Header,
    /// The segments before the first scan.
    pub(crate) segments: Vec<Segment>,
    /// Where the first scan starts.
    pub(crate) scan: usize,
    /// Behind the end marker.
    pub(crate) end: usize,
    /// The standard Huffman tables are meant.
    pub(crate) lacks_tables: bool,
}

/// Reads all of it but for the picture data, of which only that it is whole can be told without decoding.
pub(crate) fn structure(bytes: &[u8]) -> Result<Structure> {
    let mut at = start(bytes)?;
    let (mut header, mut has_tables, mut segments) = (None, false, Vec::new());
    let scan = loop {
        let segment = segment(bytes, at)?;
        if segment.marker == SOS {
            break segment;
        }
        header = Header::of(bytes, &segment)?.or(header);
        has_tables |= segment.marker == DHT;
        at = segment.payload.end;
        segments.push(segment);
    };
    let Some(header) = header else { return Err(damaged(bytes, "it has no frame header")) };
    let (first, mut at) = (scan.start, scan.payload.end);
    // One scan, or the many of a progressive picture, with tables between them.
    let end = loop {
        at = scan_end(bytes, at)?;
        if bytes[at + 1] == EOI {
            break at + 2;
        }
        at = segment(bytes, at)?.payload.end;
    };
    Ok(Structure { header, segments, scan: first, end, lacks_tables: !has_tables && !header.arithmetic })
}

/// Where the next marker behind picture data stands that is not a part of it.
fn scan_end(bytes: &[u8], from: usize) -> Result<usize> {
    let mut at = from;
    while let Some(next) = memchr::memchr(0xff, bytes.get(at..).unwrap_or_default()) {
        at += next;
        match bytes.get(at + 1) {
            // A byte of data, a restart, a fill byte.
            Some(0x00 | 0xd0..=0xd7) => at += 2,
            Some(0xff) => at += 1,
            // What may stand between two scans, or the end.
            Some(&(DHT | SOS | EOI | 0xdb | 0xdc | 0xdd | 0xe0..=0xef | 0xfe)) => return Ok(at),
            Some(marker) => return Err(damaged(bytes, &format!("its picture data is broken off by a marker {marker:#04x}"))),
            None => break,
        }
    }
    Err(damaged(bytes, "it is cut: it has no end marker"))
}

/// The file for a camera's JPEG: the same bytes without padding behind the end, and with the standard
/// Huffman tables when it came without any.
pub(crate) fn file(bytes: &[u8]) -> Result<Vec<u8>> {
    let structure = structure(bytes)?;
    let tables: &[u8] = if structure.lacks_tables { &STANDARD_TABLES } else { &[] };
    Ok([&bytes[..structure.scan], tables, &bytes[structure.scan..structure.end]].concat())
}

/// Decodes into rows of `stride` bytes; the picture has to be exactly `width` by `height`.
pub(crate) fn decode(bytes: &[u8], width: u32, height: u32, format: PixelFormat, dst: &mut [u8], stride: usize) -> Result<()> {
    decode_reduced(bytes, (width, height), 1, format, dst, stride)
}

/// As [`decode`], at the `divisor`-th part of the size (1, 2, 4 or 8), rounded up: much cheaper than decoding all of it,
/// and each pixel is the mean of those it stands for.
#[cfg(feature = "turbojpeg")]
pub(crate) fn decode_reduced(
    bytes: &[u8],
    (width, height): (u32, u32),
    divisor: u32,
    format: PixelFormat,
    dst: &mut [u8],
    stride: usize,
) -> Result<()> {
    let header = header(bytes)?;
    if (header.width, header.height) != (width, height) {
        return Err(Error::new(
            ErrorKind::Unknown,
            format!("the camera's JPEG says it is {}x{}, but {width}x{height} was agreed with the camera", header.width, header.height),
        ));
    }
    let pixel_format = match format {
        PixelFormat::Grey => turbojpeg::PixelFormat::GRAY,
        PixelFormat::Rgb => turbojpeg::PixelFormat::RGB,
        PixelFormat::Bgr => turbojpeg::PixelFormat::BGR,
        PixelFormat::Rgba => turbojpeg::PixelFormat::RGBA,
        PixelFormat::Rgbx => turbojpeg::PixelFormat::RGBX,
        PixelFormat::Bgrx => turbojpeg::PixelFormat::BGRX,
        _ => turbojpeg::PixelFormat::BGRA,
    };
    let failed = |e: turbojpeg::Error| Error::new(ErrorKind::Unknown, format!("the camera's JPEG cannot be decoded: {e}")).with_source(e);
    super::work::decoded();
    let mut decompressor = turbojpeg::Decompressor::new().map_err(failed)?;
    decompressor.set_scaling_factor(turbojpeg::ScalingFactor::new(1, divisor as usize)).map_err(failed)?;
    let (width, height) = (width.div_ceil(divisor) as usize, height.div_ceil(divisor) as usize);
    let image = turbojpeg::Image { pixels: dst, width, pitch: stride, height, format: pixel_format };
    decompressor.decompress(bytes, image).map_err(failed)
}

#[cfg(not(feature = "turbojpeg"))]
pub(crate) fn decode_reduced(_: &[u8], _: (u32, u32), _: u32, _: PixelFormat, _: &mut [u8], _: usize) -> Result<()> {
    Err(Error::new(ErrorKind::NotSupported, "this build cannot decode JPEG: it was made without the feature turbojpeg"))
}

/// The tables of ITU-T T.81, annex K.3, as one DHT segment.
pub(crate) const STANDARD_TABLES: [u8; 420] = standard_tables();

const fn standard_tables() -> [u8; 420] {
    let mut out = [0; 420];
    out[0] = 0xff;
    out[1] = DHT;
    out[2] = (418u16 >> 8) as u8;
    out[3] = 418u16 as u8;
    let mut at = 4;
    let tables: [(u8, [u8; 16], &[u8]); 4] = [
        (0x00, DC_LUMA, &DC_VALUES),
        (0x10, AC_LUMA, &AC_LUMA_VALUES),
        (0x01, DC_CHROMA, &DC_VALUES),
        (0x11, AC_CHROMA, &AC_CHROMA_VALUES),
    ];
    let mut table = 0;
    while table < 4 {
        let (id, counts, values) = tables[table];
        out[at] = id;
        at += 1;
        let mut i = 0;
        while i < 16 {
            out[at] = counts[i];
            at += 1;
            i += 1;
        }
        i = 0;
        while i < values.len() {
            out[at] = values[i];
            at += 1;
            i += 1;
        }
        table += 1;
    }
    assert!(at == 420);
    out
}

const DC_LUMA: [u8; 16] = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const DC_CHROMA: [u8; 16] = [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
const DC_VALUES: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const AC_LUMA: [u8; 16] = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d];
#[rustfmt::skip]
const AC_LUMA_VALUES: [u8; 162] = [
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07,
    0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0,
    0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28,
    0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49,
    0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
    0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
    0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
    0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5,
    0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
    0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
    0xf9, 0xfa,
];
const AC_CHROMA: [u8; 16] = [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77];
#[rustfmt::skip]
const AC_CHROMA_VALUES: [u8; 162] = [
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71,
    0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0,
    0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26,
    0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
    0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,
    0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87,
    0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5,
    0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
    0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda,
    0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
    0xf9, 0xfa,
];

#[cfg(all(test, feature = "turbojpeg"))]
mod tests {
    use super::*;

    fn picture() -> Vec<u8> {
        let pixels: Vec<u8> = (0..64 * 48 * 3).map(|i| (i * 7 % 251) as u8).collect();
        let image = turbojpeg::Image { pixels: &pixels[..], width: 64, pitch: 192, height: 48, format: turbojpeg::PixelFormat::RGB };
        turbojpeg::compress(image, 80, turbojpeg::Subsamp::Sub2x1).unwrap().to_vec()
    }

    /// The picture as many cameras send it.
    fn without_tables(jpeg: &[u8]) -> Vec<u8> {
        let mut out = jpeg[..2].to_vec();
        let mut at = 2;
        while jpeg[at + 1] != SOS {
            let length = 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
            if jpeg[at + 1] != DHT {
                out.extend_from_slice(&jpeg[at..at + length]);
            }
            at += length;
        }
        out.extend_from_slice(&jpeg[at..]);
        out
    }

    fn rgb(jpeg: &[u8]) -> Vec<u8> {
        let mut out = vec![0; 64 * 48 * 3];
        decode(jpeg, 64, 48, PixelFormat::Rgb, &mut out, 192).unwrap();
        out
    }

    #[test]
    fn a_whole_picture_passes_untouched() {
        let jpeg = picture();
        assert!(looks_whole(&jpeg));
        let structure = structure(&jpeg).unwrap();
        assert_eq!((structure.header.width, structure.header.height), (64, 48));
        assert_eq!(file(&jpeg).unwrap(), jpeg);
    }

    #[test]
    fn missing_tables_are_added_and_padding_is_cut() {
        let jpeg = picture();
        let mut bare = without_tables(&jpeg);
        assert!(bare.len() < jpeg.len());
        bare.extend_from_slice(&[0; 500]);
        let file = file(&bare).unwrap();
        assert_eq!(file[file.len() - 2..], [0xff, EOI]);
        assert_eq!(rgb(&file), rgb(&jpeg));
    }

    #[test]
    fn damage_is_an_error_of_the_right_kind() {
        let jpeg = picture();
        for (name, bytes) in [
            ("half", &jpeg[..jpeg.len() / 2]),
            ("no start", &jpeg[2..]),
            ("empty", &jpeg[..0]),
            ("only the start", &jpeg[..2]),
            ("cut in the header", &jpeg[..30]),
        ] {
            assert_eq!(file(bytes).unwrap_err().kind(), ErrorKind::Unknown, "{name}");
            assert!(!looks_whole(bytes), "{name}");
        }
        let mut out = vec![0; 64 * 48 * 3];
        let error = decode(&jpeg, 32, 48, PixelFormat::Rgb, &mut out, 96).unwrap_err();
        assert!(error.message().contains("64x48") && error.message().contains("32x48"), "{error}");
    }

    #[test]
    fn no_prefix_and_no_flipped_byte_makes_it_panic() {
        let jpeg = picture();
        for cut in 0..jpeg.len() {
            let _ = file(&jpeg[..cut]);
        }
        for at in 0..jpeg.len().min(700) {
            let mut damaged = jpeg.clone();
            damaged[at] ^= 0xff;
            let _ = file(&damaged);
        }
    }
}
