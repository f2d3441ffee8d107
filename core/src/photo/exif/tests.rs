//! EXIF data, read back by a reader that is not ours.

use chrono::TimeZone;
use exif::{In, Reader, Tag, Value as Read};
use serde_json::json;

use super::*;
use crate::{FillLightMode, MediaTrackSettings};

fn shot() -> Shot {
    let settings = json!({
        "deviceId": "secret", "width": 64, "height": 48, "exposureTime": 100, "exposureMode": "manual", "exposureCompensation": -1.5,
        "whiteBalanceMode": "continuous", "colorTemperature": 5200, "iso": 400, "zoom": 200, "pointsOfInterest": [{"x": 0.25, "y": 0.5}]
    });
    Shot {
        settings: MediaTrackSettings::from_json(&settings.to_string()).unwrap(),
        label: "Acme Cam 3: Acme Cam 3".into(),
        fill_light: Some(FillLightMode::Flash),
        red_eye_reduction: Some(true),
        zoom_ratio: Some(2.0),
        gain: None,
    }
}

fn tags() -> Tags {
    let time = Local.timestamp_opt(1_700_000_000, 123_456_000).unwrap();
    Tags::new(&shot(), time, (64, 48), false)
}

fn read(tiff: &[u8]) -> exif::Exif {
    Reader::new().read_raw(tiff.to_vec()).unwrap()
}

fn text(exif: &exif::Exif, tag: Tag) -> String {
    exif.get_field(tag, In::PRIMARY).map(|field| field.display_value().to_string()).unwrap_or_else(|| panic!("{tag} is missing"))
}

#[test]
fn every_tag_is_what_was_known() {
    let exif = read(&tags().tiff());
    let time = Local.timestamp_opt(1_700_000_000, 0).unwrap();
    for (tag, wanted) in [
        (Tag::Make, "\"Acme\"".to_owned()),
        (Tag::Model, "\"Acme Cam 3\"".to_owned()),
        (Tag::Software, format!("\"imagecapture {}\"", crate::VERSION)),
        (Tag::Orientation, "row 0 at top and column 0 at left".to_owned()),
        (Tag::DateTimeOriginal, time.format("%Y-%m-%d %H:%M:%S").to_string()),
        (Tag::SubSecTimeOriginal, "\"123456\"".to_owned()),
        (Tag::OffsetTimeOriginal, format!("\"{}\"", time.format("%:z"))),
        (Tag::ExposureTime, "1/100".to_owned()),
        (Tag::ExposureBiasValue, "-1.5".to_owned()),
        (Tag::ExposureMode, "manual exposure".to_owned()),
        (Tag::WhiteBalance, "auto white balance".to_owned()),
        (Tag::PhotographicSensitivity, "400".to_owned()),
        (Tag::ISOSpeed, "400".to_owned()),
        (Tag::DigitalZoomRatio, "2".to_owned()),
        (Tag::PixelXDimension, "64".to_owned()),
        (Tag::PixelYDimension, "48".to_owned()),
    ] {
        assert_eq!(text(&exif, tag), wanted, "{tag}");
    }
    let flash = exif.get_field(Tag::Flash, In::PRIMARY).and_then(|field| field.value.get_uint(0));
    assert_eq!(flash, Some(0b100_1001), "fired, compulsory, red eyes reduced");
    let area = exif.get_field(Tag::SubjectArea, In::PRIMARY).unwrap();
    assert_eq!(area.value.iter_uint().unwrap().collect::<Vec<_>>(), [16, 24]);
    let Read::Undefined(comment, _) = &exif.get_field(Tag::UserComment, In::PRIMARY).unwrap().value else {
        panic!("a comment is undefined bytes")
    };
    let settings: serde_json::Value = serde_json::from_slice(comment.strip_prefix(b"ASCII\0\0\0").unwrap()).unwrap();
    assert_eq!((&settings["colorTemperature"], settings.get("deviceId")), (&json!(5200), None));
    assert!(exif.fields().all(|field| field.tag.context() != exif::Context::Gps));
}

/// What a camera might write, in either order of bytes: a maker, a note with offsets of its own, a place, a thumbnail.
fn of_a_camera(order: Order) -> Vec<u8> {
    let mut tiff = if order == Order::Little { b"II*\0\0\0\0\0".to_vec() } else { b"MM\0*\0\0\0\0".to_vec() };
    let gps = append(
        &mut tiff,
        order,
        vec![
            Entry::new(1, Data::Ascii("N".into())),
            Entry::new(2, Data::Rational(48, 1)),
            Entry::new(0x1d, Data::Ascii("2026:11:22".into())),
            Entry::new(0x1c, Data::Undefined(b"ASCII\0\0\0Main Street 5".to_vec())),
        ],
        0,
    );
    let exif = append(
        &mut tiff,
        order,
        vec![Entry::new(0x927c, Data::Undefined(b"note of the maker".to_vec())), Entry::new(0x829a, Data::Rational(1, 50))],
        0,
    );
    let thumbnail = append(&mut tiff, order, vec![Entry::new(0x0103, Data::Short(vec![6]))], 0);
    let start = append(
        &mut tiff,
        order,
        vec![
            Entry::new(0x010f, Data::Ascii("Someone Else".into())),
            Entry::new(0x0112, Data::Short(vec![6])),
            Entry::new(0x8769, Data::Long(vec![exif])),
            Entry::new(0x8825, Data::Long(vec![gps])),
        ],
        thumbnail,
    );
    tiff[4..8].copy_from_slice(&order.put_long(start));
    tiff
}

fn finds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|part| part == what)
}

#[test]
fn a_place_is_removed_and_everything_else_stays() {
    for order in [Order::Little, Order::Big] {
        let camera = of_a_camera(order);
        let latitude = [order.put_long(48), order.put_long(1)].concat();
        assert!(finds(&camera, b"Main Street") && finds(&camera, &latitude) && finds(&camera, b"2026:11:22"));
        let Segment::Replaced { bytes, had_location: true, has_ours: false } = of_camera(&[NAME, &camera].concat(), None) else {
            panic!("{order:?}")
        };
        assert_eq!(bytes.len(), NAME.len() + camera.len(), "nothing else moves");
        assert!(!finds(&bytes, b"Main Street") && !finds(&bytes, &latitude) && !finds(&bytes, b"2026:11:22"), "{order:?}");
        let exif = read(&bytes[NAME.len()..]);
        assert!(exif.fields().all(|field| field.tag.context() != exif::Context::Gps && field.tag.number() != tags::GPS));
        assert_eq!((text(&exif, Tag::Make), text(&exif, Tag::ExposureTime)), ("\"Someone Else\"".into(), "1/50".into()));
        assert!(exif.get_field(Tag::Compression, In::THUMBNAIL).is_some());
    }
}

#[test]
fn tags_are_added_to_those_of_the_camera() {
    for order in [Order::Little, Order::Big] {
        let camera = of_a_camera(order);
        let mut tags = tags();
        let joined = |tags: &Tags| match of_camera(&[NAME, &camera].concat(), Some(tags)) {
            Segment::Replaced { bytes, had_location: true, has_ours: true } => bytes[NAME.len()..].to_vec(),
            other => panic!("{other:?}"),
        };
        let bytes = joined(&tags);
        let exif = read(&bytes);
        assert_eq!((text(&exif, Tag::Make), text(&exif, Tag::ExposureTime)), ("\"Someone Else\"".into(), "1/50".into()), "its own");
        assert_eq!((text(&exif, Tag::Model), text(&exif, Tag::ISOSpeed)), ("\"Acme Cam 3\"".into(), "400".into()), "ours");
        assert_eq!(exif.get_field(Tag::Orientation, In::PRIMARY).unwrap().value.get_uint(0), Some(6));
        assert!(exif.get_field(Tag::Compression, In::THUMBNAIL).is_some());
        let at = camera.windows(17).position(|part| part == b"note of the maker").unwrap();
        assert_eq!(&bytes[at..at + 17], b"note of the maker", "a maker's note stays where it was");
        assert!(!finds(&bytes, b"Main Street"));
        tags.overruling = tags::OF_PIXELS.to_vec();
        let turned = read(&joined(&tags));
        assert_eq!(turned.get_field(Tag::Orientation, In::PRIMARY).unwrap().value.get_uint(0), Some(1), "what was turned stands upright");
    }
}

#[test]
fn what_cannot_be_read_goes() {
    let camera = of_a_camera(Order::Little);
    let whole = [NAME, &camera].concat();
    for cut in 0..camera.len() {
        match of_camera(&whole[..NAME.len() + cut], Some(&tags())) {
            Segment::Gone => {}
            Segment::Replaced { bytes, .. } => assert!(!finds(&bytes, b"Main Street"), "{cut}"),
            Segment::Kept => panic!("{cut}"),
        }
    }
    // With every byte changed: where the street is left in, nothing points to it any more.
    let (mut gone, mut left) = (0, 0);
    for at in 0..camera.len() {
        for flip in [0xff, 0x01, 0x80] {
            let mut damaged = whole.clone();
            damaged[NAME.len() + at] ^= flip;
            match of_camera(&damaged, Some(&tags())) {
                Segment::Gone => gone += 1,
                Segment::Replaced { bytes, .. } => {
                    left += usize::from(finds(&bytes, b"Main Street"));
                    let read = Reader::new().read_raw(bytes[NAME.len()..].to_vec());
                    let finds_place = |exif: &exif::Exif| exif.fields().any(|field| field.tag.context() == exif::Context::Gps);
                    assert!(!read.as_ref().is_ok_and(finds_place), "byte {at} ^ {flip:#x}");
                }
                Segment::Kept => panic!("byte {at} ^ {flip:#x}"),
            }
        }
    }
    assert!(gone > 50 && left < gone, "{gone} gone, the street left in {left}");
    let endless = b"II*\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0".to_vec();
    let _ = of_camera(&[NAME, &endless].concat(), Some(&tags()));
}

#[test]
fn what_holds_more_data_goes() {
    for order in [Order::Little, Order::Big] {
        let with = |tag: u16, data: Data| {
            let mut tiff = if order == Order::Little { b"II*\0\x08\0\0\0".to_vec() } else { b"MM\0*\0\0\0\x08".to_vec() };
            append(&mut tiff, order, vec![Entry::new(0x010f, Data::Ascii("Me".into())), Entry::new(tag, data)], 0);
            of_camera(&[NAME, &tiff].concat(), None)
        };
        assert_eq!(with(0x0110, Data::Ascii("a model".into())), Segment::Kept);
        assert_eq!(with(0x02bc, Data::Undefined(b"<x exif:GPSTrack='1'/>".to_vec())), Segment::Gone, "XMP");
        assert_eq!(with(0x83bb, Data::Undefined(b"\x1c\x02\x5a\0\x03Ulm".to_vec())), Segment::Gone, "IPTC");
        assert_eq!(with(0x014a, Data::Long(vec![8])), Segment::Gone, "more directories");
        assert_eq!(with(0x0201, Data::Undefined(b"\xff\xd8\xff\xe1..Exif\0\0II*\0".to_vec())), Segment::Gone, "a picture with its own");
        assert_eq!(with(0x010e, Data::Ascii("Latitude 48.4, longitude 9.9".into())), Segment::Gone, "a text");
    }
}
