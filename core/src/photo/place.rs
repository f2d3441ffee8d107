//! What says where a picture was taken, in the parts of a JPEG that are not its picture.
//!
//! Only EXIF data is taken apart (`exif/camera.rs`). Of everything else it is enough to know that it may say it: then it goes
//! as a whole.

use memchr::memmem;

const APP1: u8 = 0xe1;
const APP13: u8 = 0xed;

/// What XMP data begins with, in a file that has room for all of it in one segment.
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// The parts of longer XMP data: a word may be cut at their ends, so that nobody can tell what is in them.
const XMP_PARTS: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
/// How XMP data names places, in its various vocabularies.
const XMP_WORDS: [&[u8]; 7] = [b"gps", b"geo", b"latitude", b"longitude", b"location", b"city", b"country"];
/// Words that are long enough not to stand in other data by chance.
const WORDS: [&[u8]; 2] = [b"latitude", b"longitude"];
/// The blocks of Photoshop's data that have IPTC, EXIF and XMP data in them: cities and countries, and everything again.
const BLOCKS: [&[u8]; 4] = [b"8bim\x04\x04", b"8bim\x04\x22", b"8bim\x04\x23", b"8bim\x04\x24"];

/// Whether a segment that is not EXIF data may say where the picture was taken.
pub(super) fn may_be_said(marker: u8, payload: &[u8]) -> bool {
    let text = payload.to_ascii_lowercase();
    // Readers find EXIF data behind other bytes, and under other spellings of its name; we do not take that apart.
    if has(&text[..text.len().min(16)], &[b"exif\0"]) || payload.starts_with(XMP_PARTS) {
        return true;
    }
    let words: &[&[u8]] = match marker {
        APP1 if payload.starts_with(XMP) => &XMP_WORDS,
        APP13 => &BLOCKS,
        _ => &WORDS,
    };
    has(&text, words)
}

/// Whether EXIF data that has been taken apart has something in it that was not: words, or a picture with data of its own.
pub(super) fn may_be_within(tiff: &[u8]) -> bool {
    let text = tiff.to_ascii_lowercase();
    has(&text, &WORDS) || has(&text, &[b"exif\0", b"http://ns.adobe.com/", b"photoshop 3.0\0"])
}

fn has(text: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|word| memmem::find(text, word).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_in_every_kind_of_segment() {
        for (marker, payload) in [
            (APP1, [XMP, b"<x exif:GPSLatitude='48,0N'/>"].concat()),
            (APP1, [XMP, b"<x photoshop:City='Ulm'/>"].concat()),
            (APP1, [XMP, b"<x Iptc4xmpExt:LocationShown='here'/>"].concat()),
            (APP1, [XMP_PARTS, b"PSLongit"].concat()),
            (APP1, b"Exif\0\xffII*\0".to_vec()),
            (APP1, b"exif\0\0II*\0".to_vec()),
            (APP1, b"..\0 Exif\0\0MM\0*".to_vec()),
            (0xe5, b"Exif\0\0II*\0".to_vec()),
            (APP13, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x08\x1c\x02\x5a\0\x03Ulm".to_vec()),
            (0xeb, b"JP\0..exif:GPSLatitude..".to_vec()),
            (0xfe, b"Longitude: 9.99".to_vec()),
        ] {
            assert!(may_be_said(marker, &payload), "{marker:#x} {:?}", String::from_utf8_lossy(&payload));
        }
    }

    #[test]
    fn other_data_is_none() {
        for (marker, payload) in [
            (0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec()),
            (APP1, [XMP, b"<x dc:title='a'/>"].concat()),
            (0xe2, b"ICC_PROFILE\0\x01\x01".to_vec()),
            (APP13, b"Photoshop 3.0\x008BIM\x04\x25\0\0".to_vec()),
            (0xee, b"Adobe\0d\0\0\0\0\x01".to_vec()),
            (0xec, b"Ducky\0".to_vec()),
            (0xfe, b"made in the city of gps".to_vec()),
        ] {
            assert!(!may_be_said(marker, &payload), "{marker:#x} {:?}", String::from_utf8_lossy(&payload));
        }
        assert!(!may_be_within(b"II*\0Someone Else\0") && may_be_within(b"II*\0..\xff\xd8\xff\xe1\0\x08Exif\0\0"));
    }
}
