//! What is known of a photo as EXIF tags (Exif 2.32, CIPA DC-008).

use chrono::{DateTime, Local};

use super::tiff::{Data, Entry};
use crate::photo::Shot;
use crate::{FillLightMode, MediaTrackSettings, Property, VERSION, Value};

/// Points at the directory of EXIF, from the first one.
pub(super) const EXIF: u16 = 0x8769;
/// Points at where the picture was taken, from the first directory.
pub(super) const GPS: u16 = 0x8825;
/// Points at the directory of interoperability, from that of EXIF.
pub(super) const INTEROPERABILITY: u16 = 0xa005;

const MAKE: u16 = 0x010f;
const MODEL: u16 = 0x0110;
const ORIENTATION: u16 = 0x0112;
const X_RESOLUTION: u16 = 0x011a;
const Y_RESOLUTION: u16 = 0x011b;
const RESOLUTION_UNIT: u16 = 0x0128;
const SOFTWARE: u16 = 0x0131;
const DATE_TIME: u16 = 0x0132;
const CHROMA_POSITIONING: u16 = 0x0213;
const EXPOSURE_TIME: u16 = 0x829a;
const SENSITIVITY: u16 = 0x8827;
const SENSITIVITY_TYPE: u16 = 0x8830;
const ISO_SPEED: u16 = 0x8833;
const EXIF_VERSION: u16 = 0x9000;
const TIME_ORIGINAL: u16 = 0x9003;
const TIME_DIGITIZED: u16 = 0x9004;
const OFFSET: u16 = 0x9010;
const OFFSET_ORIGINAL: u16 = 0x9011;
const OFFSET_DIGITIZED: u16 = 0x9012;
const COMPONENTS: u16 = 0x9101;
const EXPOSURE_BIAS: u16 = 0x9204;
const FLASH: u16 = 0x9209;
const SUBJECT_AREA: u16 = 0x9214;
const USER_COMMENT: u16 = 0x9286;
const SUBSECONDS: u16 = 0x9290;
const SUBSECONDS_ORIGINAL: u16 = 0x9291;
const SUBSECONDS_DIGITIZED: u16 = 0x9292;
const FLASHPIX_VERSION: u16 = 0xa000;
const COLOUR_SPACE: u16 = 0xa001;
const WIDTH: u16 = 0xa002;
const HEIGHT: u16 = 0xa003;
const EXPOSURE_MODE: u16 = 0xa402;
const WHITE_BALANCE: u16 = 0xa403;
const ZOOM_RATIO: u16 = 0xa404;

/// Those that hold for pixels that were turned.
pub(super) const OF_PIXELS: [u16; 3] = [ORIENTATION, WIDTH, HEIGHT];

/// The tags of a photo of `width` by `height`, taken at `time`: those of the first directory, and those of EXIF.
pub(super) fn of(shot: &Shot, time: DateTime<Local>, (width, height): (u32, u32)) -> (Vec<Entry>, Vec<Entry>) {
    let (make, model) = make_and_model(&shot.label);
    let ascii = |text: &str| Data::Ascii(printable(text));
    let date = time.format("%Y:%m:%d %H:%M:%S").to_string();
    let offset = time.format("%:z").to_string();
    let parts = format!("{:06}", time.timestamp_subsec_micros().min(999_999));
    let mut first = vec![
        // The pixels stand upright already.
        Entry::new(ORIENTATION, Data::Short(vec![1])),
        Entry::new(X_RESOLUTION, Data::Rational(72, 1)),
        Entry::new(Y_RESOLUTION, Data::Rational(72, 1)),
        Entry::new(RESOLUTION_UNIT, Data::Short(vec![2])),
        Entry::new(SOFTWARE, ascii(&format!("imagecapture {VERSION}"))),
        Entry::new(DATE_TIME, ascii(&date)),
        Entry::new(CHROMA_POSITIONING, Data::Short(vec![1])),
    ];
    first.extend(make.map(|make| Entry::new(MAKE, ascii(make))));
    if !model.is_empty() {
        first.push(Entry::new(MODEL, ascii(model)));
    }
    let mut exif = vec![
        Entry::new(EXIF_VERSION, Data::Undefined(b"0232".to_vec())),
        Entry::new(FLASHPIX_VERSION, Data::Undefined(b"0100".to_vec())),
        Entry::new(COMPONENTS, Data::Undefined(vec![1, 2, 3, 0])),
        Entry::new(COLOUR_SPACE, Data::Short(vec![1])),
        Entry::new(WIDTH, Data::Long(vec![width])),
        Entry::new(HEIGHT, Data::Long(vec![height])),
        Entry::new(TIME_ORIGINAL, ascii(&date)),
        Entry::new(TIME_DIGITIZED, ascii(&date)),
    ];
    exif.extend([OFFSET, OFFSET_ORIGINAL, OFFSET_DIGITIZED].map(|tag| Entry::new(tag, ascii(&offset))));
    exif.extend([SUBSECONDS, SUBSECONDS_ORIGINAL, SUBSECONDS_DIGITIZED].map(|tag| Entry::new(tag, ascii(&parts))));
    exif.extend(exposure(shot));
    exif.extend(subject(&shot.settings, (width, height)));
    exif.push(Entry::new(USER_COMMENT, Data::Undefined(comment(shot))));
    (first, exif)
}

/// Exposure, sensitivity, white balance, light and zoom, as far as they are known.
fn exposure(shot: &Shot) -> Vec<Entry> {
    let settings = &shot.settings;
    let number = |property| settings.number(property).filter(|value: &f64| value.is_finite());
    let is_manual = |property| settings.string(property).map(|mode| u16::from(matches!(mode, "manual" | "none")));
    let mut entries = Vec::new();
    let mut put = |tag, data: Option<Data>| entries.extend(data.map(|data| Entry::new(tag, data)));
    // From units of 100 microseconds to seconds.
    put(EXPOSURE_TIME, number(Property::ExposureTime).and_then(|time| rational(time / 10_000.0)));
    put(EXPOSURE_BIAS, number(Property::ExposureCompensation).map(signed));
    put(EXPOSURE_MODE, is_manual(Property::ExposureMode).map(|manual| Data::Short(vec![manual])));
    put(WHITE_BALANCE, is_manual(Property::WhiteBalanceMode).map(|manual| Data::Short(vec![manual])));
    if let Some(iso) = number(Property::Iso).filter(|iso| *iso >= 1.0) {
        let iso = iso.round().min(f64::from(u32::MAX)) as u32;
        put(SENSITIVITY, Some(Data::Short(vec![iso.min(u32::from(u16::MAX)) as u16])));
        // It is the speed of ISO 12232.
        put(SENSITIVITY_TYPE, Some(Data::Short(vec![3])));
        put(ISO_SPEED, Some(Data::Long(vec![iso])));
    }
    put(ZOOM_RATIO, shot.zoom_ratio.and_then(rational));
    // Bit 0: fired; bits 3 and 4: on, off, automatic; bit 6: red eyes were reduced. A torch is no flash.
    let mode = shot.fill_light.map(|light| match light {
        FillLightMode::Flash => 0b0_1001,
        FillLightMode::Off => 0b1_0000,
        FillLightMode::Auto => 0b1_1000,
    });
    put(FLASH, mode.map(|mode| Data::Short(vec![mode | if shot.red_eye_reduction == Some(true) { 0b100_0000 } else { 0 }])));
    entries
}

/// The first point of interest, in pixels of the photo.
fn subject(settings: &MediaTrackSettings, (width, height): (u32, u32)) -> Option<Entry> {
    let Some(Value::Points(points)) = settings.get(Property::PointsOfInterest) else { return None };
    let point = points.first()?;
    let pixel = |part: f64, side: u32| (part * f64::from(side)).round().clamp(0.0, f64::from(u16::MAX)) as u16;
    Some(Entry::new(SUBJECT_AREA, Data::Short(vec![pixel(point.x, width), pixel(point.y, height)])))
}

/// The settings in force as JSON: what has no tag of its own, and everything in its own unit.
fn comment(shot: &Shot) -> Vec<u8> {
    let mut settings = shot.settings.to_json_value();
    if let Some(map) = settings.as_object_mut() {
        // They name the camera and the program that used it, not the picture.
        map.retain(|name, _| name != "deviceId" && name != "groupId");
        if let Some(gain) = shot.gain {
            map.insert("gain".into(), crate::value::number(gain));
        }
    }
    [b"ASCII\0\0\0", printable(&settings.to_string()).as_bytes()].concat()
}

/// The maker and the model: cameras have one name, in which the maker's comes first. "Logitech BRIO" is made by
/// "Logitech"; a name of one word is a model. The kernel often says the name twice, with a colon between.
fn make_and_model(label: &str) -> (Option<&str>, &str) {
    let name = match label.split_once(": ") {
        Some((card, rest)) if rest.starts_with(card) || card.starts_with(rest) => card,
        _ => label,
    }
    .trim();
    match name.split_once(' ') {
        Some((make, _)) => (Some(make), name),
        None => (None, name),
    }
}

/// EXIF has ASCII only.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect()
}

/// A positive number as a fraction, to six digits.
fn rational(value: f64) -> Option<Data> {
    if !value.is_finite() || value <= 0.0 {
        return None;
    }
    // The usual form of short exposures.
    let inverse = 1.0 / value;
    if value < 1.0 && (inverse - inverse.round()).abs() < 1e-6 * inverse {
        return Some(Data::Rational(1, inverse.round() as u32));
    }
    let scale = [1u32, 10, 100, 1000, 10_000, 1_000_000].into_iter().find(|&scale| {
        let scaled = value * f64::from(scale);
        (scaled - scaled.round()).abs() < 1e-6 * scaled
    });
    let scale = scale.unwrap_or(1_000_000);
    let scaled = (value * f64::from(scale)).round();
    if scaled > f64::from(u32::MAX) {
        Some(Data::Rational(value.round().min(f64::from(u32::MAX)) as u32, 1))
    } else {
        Some(Data::Rational(scaled as u32, scale))
    }
}

fn signed(value: f64) -> Data {
    Data::Signed((value * 1000.0).round().clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i32, 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_cameras_are_taken_apart() {
        assert_eq!(make_and_model("Logitech BRIO"), (Some("Logitech"), "Logitech BRIO"));
        assert_eq!(make_and_model("CamSim Full HD: CamSim Full HD"), (Some("CamSim"), "CamSim Full HD"));
        assert_eq!(make_and_model("vivid"), (None, "vivid"));
        assert_eq!(make_and_model(""), (None, ""));
    }

    #[test]
    fn fractions_are_those_that_people_write() {
        assert_eq!(rational(0.01), Some(Data::Rational(1, 100)));
        assert_eq!(rational(1.0 / 3.0), Some(Data::Rational(1, 3)));
        assert_eq!(rational(2.5), Some(Data::Rational(25, 10)));
        assert_eq!(rational(0.0333), Some(Data::Rational(333, 10_000)));
        assert_eq!(rational(1e12), Some(Data::Rational(u32::MAX, 1)));
        assert_eq!((rational(0.0), rational(-1.0), rational(f64::NAN)), (None, None, None));
        assert_eq!(signed(-1.3), Data::Signed(-1300, 1000));
    }

    #[test]
    fn text_is_ascii() {
        assert_eq!(printable("Kamera ä\n1"), "Kamera ??1");
    }
}
