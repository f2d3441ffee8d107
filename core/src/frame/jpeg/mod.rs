//! What has to be known of a camera's JPEG: whether it is whole, and whether it carries its tables.
//!
//! Cameras send Motion-JPEG: often without Huffman tables (every decoder is supposed to know the standard
//! ones), often with padding behind the end marker. A photo file needs the former and not the latter.

use crate::Result;

mod bits;
mod decode;
mod entropy;
mod huffman;
mod structure;
mod tables;

#[cfg(feature = "turbojpeg")]
pub(crate) use decode::tolerate;
pub(crate) use decode::{check, decode, decode_reduced};
#[cfg(all(test, feature = "turbojpeg"))]
pub(crate) use structure::header;
pub(crate) use structure::{Header, Segment, structure};
pub(crate) use tables::STANDARD_TABLES;

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

/// The file for a camera's JPEG: the same bytes without padding behind the end, and with the standard
/// Huffman tables when it came without any.
pub(crate) fn file(bytes: &[u8]) -> Result<Vec<u8>> {
    let structure = structure(bytes)?;
    let tables: &[u8] = if structure.lacks_tables { &STANDARD_TABLES } else { &[] };
    Ok([&bytes[..structure.scan], tables, &bytes[structure.scan..structure.end]].concat())
}

#[cfg(all(test, feature = "turbojpeg"))]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::frame::PixelFormat;

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
