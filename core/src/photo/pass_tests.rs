//! What leaves the library of a camera's JPEG.

use super::exif::Tags;
use super::pass::{Pass, file};
use super::{PhotoChange, Shot};
use crate::MediaTrackSettings;

const PLACE: &[u8] = b"at home 48.4N 9.98E";

/// A JPEG of 8 by 8 pixels that says nothing of itself.
fn picture() -> Vec<u8> {
    let pixels = [99; 8 * 8 * 3];
    let image = turbojpeg::Image { pixels: &pixels[..], width: 8, pitch: 24, height: 8, format: turbojpeg::PixelFormat::RGB };
    turbojpeg::compress(image, 80, turbojpeg::Subsamp::None).unwrap().to_vec()
}

fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    [&[0xff, marker], &(payload.len() as u16 + 2).to_be_bytes()[..], payload].concat()
}

/// EXIF data with a maker and a GPS directory, whose one value is the place.
fn located(name: &[u8]) -> Vec<u8> {
    let entry =
        |tag: u16, kind: u16, count: u32, field: &[u8]| [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), field].concat();
    let (gps, value) = (38u32, 38 + 18u32);
    let first = [entry(0x010f, 2, 3, b"Me\0\0"), entry(0x8825, 4, 1, &gps.to_le_bytes())].concat();
    let place = entry(0x001b, 7, PLACE.len() as u32, &value.to_le_bytes());
    [name, b"II*\0\x08\0\0\0\x02\0", &first, &[0; 4], b"\x01\0", &place, &[0; 4], PLACE].concat()
}

fn has_place(bytes: &[u8]) -> bool {
    bytes.windows(PLACE.len()).any(|part| part.eq_ignore_ascii_case(PLACE))
}

fn passes() -> [(&'static str, Option<Tags>); 2] {
    let shot = Shot {
        settings: MediaTrackSettings::default(),
        label: "Acme".into(),
        fill_light: None,
        red_eye_reduction: None,
        zoom_ratio: None,
        gain: None,
    };
    [("without tags", None), ("with tags", Some(Tags::new(&shot, chrono::Local::now(), (8, 8), false)))]
}

#[test]
fn no_form_of_a_place_passes() {
    let jpeg = picture();
    let behind_start = |parts: &[Vec<u8>]| [&jpeg[..2], &parts.concat(), &jpeg[2..]].concat();
    let exif = segment(0xe1, &located(b"Exif\0\0"));
    let words = |name: &[u8]| [name, PLACE, b" latitude"].concat();
    let photoshop = [b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x13", PLACE].concat();
    for (name, located) in [
        ("EXIF", behind_start(std::slice::from_ref(&exif))),
        ("EXIF twice", behind_start(&[exif.clone(), exif.clone()])),
        ("EXIF under another name", behind_start(&[segment(0xe1, &located(b"Exif\0\xff"))])),
        ("EXIF in small letters", behind_start(&[segment(0xe1, &located(b"exif\0\0"))])),
        ("EXIF behind other bytes", behind_start(&[segment(0xe1, &located(b"12 Exif\0\0"))])),
        ("EXIF in another segment", behind_start(&[segment(0xe7, &located(b"Exif\0\0"))])),
        ("EXIF that is cut", behind_start(&[segment(0xe1, &[&b"Exif\0\0II*\0"[..], &[255; 9], PLACE].concat())])),
        ("XMP", behind_start(&[segment(0xe1, &words(b"http://ns.adobe.com/xap/1.0/\0"))])),
        ("long XMP", behind_start(&[segment(0xe1, &[b"http://ns.adobe.com/xmp/extension/\0", PLACE].concat())])),
        ("IPTC", behind_start(&[segment(0xed, &photoshop)])),
        ("a comment", behind_start(&[segment(0xfe, &words(b""))])),
        ("a second picture", [&jpeg[..], &behind_start(std::slice::from_ref(&exif))].concat()),
        ("bytes behind the end", [&jpeg[..], PLACE].concat()),
    ] {
        assert!(has_place(&located), "{name}: there is something to remove");
        for (tagged, tags) in passes() {
            let (out, header, changes) = file(&located, Pass::Complete(tags.as_ref())).unwrap();
            assert!(!has_place(&out), "{name}, {tagged}");
            assert_eq!((header.width, header.height), (8, 8));
            let told =
                if name.contains("picture") || name.contains("behind the end") { PhotoChange::Padding } else { PhotoChange::Location };
            assert!(changes.contains(&told), "{name}, {tagged}: {changes:?}");
            assert_eq!(changes.contains(&PhotoChange::Metadata), tags.is_some(), "{name}, {tagged}: {changes:?}");
        }
        let (out, _, _) = file(&located, Pass::AsItIs).unwrap();
        assert!(!has_place(&out), "{name}, as it is");
    }
}

#[test]
fn a_place_between_the_scans_of_a_picture_does_not_pass() {
    let jpeg = include_bytes!("../frame/jpeg/pictures/separate.jpg");
    let second = jpeg.windows(2).rposition(|pair| pair == [0xff, 0xda]).unwrap();
    for (marker, payload) in [(0xe1, located(b"Exif\0\0")), (0xfe, [PLACE, b" Longitude"].concat())] {
        let located = [&jpeg[..second], &segment(marker, &payload), &jpeg[second..]].concat();
        let (out, _, changes) = file(&located, Pass::AsItIs).unwrap();
        assert_eq!((out, changes), (jpeg.to_vec(), vec![PhotoChange::Location]));
    }
    let harmless = [&jpeg[..second], &segment(0xfe, b"hello"), &jpeg[second..]].concat();
    assert_eq!(file(&harmless, Pass::AsItIs).unwrap().0, harmless);
}

#[test]
fn what_says_nothing_of_a_place_passes_byte_by_byte() {
    let jpeg = picture();
    let others = [
        segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x dc:title='a'/>"),
        segment(0xe2, b"ICC_PROFILE\0\x01\x01"),
        segment(0xe4, &[7; 40_000]),
        segment(0xfe, b"made by me"),
    ];
    let jpeg = [&jpeg[..2], &others.concat(), &jpeg[2..]].concat();
    for pass in [Pass::AsItIs, Pass::Complete(None)] {
        let (out, _, changes) = file(&jpeg, pass).unwrap();
        assert!(out == jpeg && changes.is_empty(), "{changes:?}");
    }
}
