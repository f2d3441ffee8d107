//! The virtual camera's picture answers to its settings, in the right direction.

use imagecapture::{FrameReader, FramesOptions, MediaStreamTrack, MediaTrackConstraints, VirtualCamera};

use crate::common::{camera, open};

/// Rows from here on show the chart alone, without the frame number.
const CHART: usize = 72;
const WIDTH: usize = 320;

/// A camera with one RGB mode whose frames are stepped, and a reader of it.
struct Stage {
    camera: VirtualCamera,
    _track: MediaStreamTrack,
    reader: FrameReader,
}

impl Stage {
    fn new(properties: &str) -> Stage {
        let camera = camera(&format!(
            r#"{{"modes": [{{"width": {WIDTH}, "height": 240, "pixelFormat": "rgb"}}], "pacing": "manual", "properties": {properties}}}"#
        ));
        let track = open(&camera, MediaTrackConstraints::new());
        let reader = track.frames(FramesOptions::default()).unwrap();
        Stage { camera, _track: track, reader }
    }

    /// The next frame, all of it.
    fn frame(&self) -> Vec<u8> {
        self.camera.step(1);
        let frame = self.reader.next_frame().unwrap();
        let number = VirtualCamera::read_frame_number(&frame).map(u64::from);
        assert_eq!(number, Some(self.camera.frame_count()), "the frame number is readable whatever the settings are");
        frame.plane(0).data.to_vec()
    }

    /// The chart under these values.
    fn under(&self, values: &str) -> Picture {
        self.camera.set_properties(values).unwrap();
        Picture(self.frame()[CHART * WIDTH * 3..].to_vec())
    }
}

#[derive(PartialEq)]
struct Picture(Vec<u8>);

impl Picture {
    fn pixels(&self) -> impl Iterator<Item = [f64; 3]> {
        self.0.as_chunks::<3>().0.iter().map(|pixel| pixel.map(f64::from))
    }

    fn mean(&self, of: impl Fn([f64; 3]) -> f64) -> f64 {
        self.pixels().map(of).sum::<f64>() / self.pixels().count() as f64
    }

    fn light(&self) -> f64 {
        self.mean(|[r, g, b]| (r + g + b) / 3.0)
    }

    /// How far light and dark are apart.
    fn contrast(&self) -> f64 {
        let middle = self.light();
        self.mean(|[r, g, b]| ((r + g + b) / 3.0 - middle).abs())
    }

    fn colour(&self) -> f64 {
        self.mean(|pixel| pixel.into_iter().fold(0.0, f64::max) - pixel.into_iter().fold(255.0, f64::min))
    }

    /// How much more blue than red it is.
    fn blue(&self) -> f64 {
        self.mean(|[r, _, b]| b - r)
    }

    /// How steep the steepest edges are.
    fn sharpness(&self) -> f64 {
        let squares = self.0.as_chunks::<3>().0.windows(2).map(|pair| (f64::from(pair[0][1]) - f64::from(pair[1][1])).powi(2));
        squares.sum::<f64>().sqrt()
    }
}

fn hash(bytes: &[u8]) -> u64 {
    // FNV-1a.
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn the_chart_without_effects_is_the_same_for_ever() {
    // As it was before there were effects.
    for (zoom, expected) in [(100, 0x9ee0_ac46_ecdf_d555), (250, 0x1420_e257_c710_3665)] {
        let neutral = Stage::new(&format!(
            r#"{{"zoom": {{"min": 100, "max": 400, "value": {zoom}}}, "brightness": {{"min": 0, "max": 255, "value": 90}},
                "contrast": {{"min": 0, "max": 10, "value": 3}}, "saturation": {{"min": 0, "max": 10, "value": 3}},
                "sharpness": {{"min": 0, "max": 10, "value": 3}}, "exposureTime": {{"min": 1, "max": 1000, "value": 50}},
                "iso": {{"min": 50, "max": 800}}, "focusDistance": {{"min": 0, "max": 250}},
                "exposureCompensation": {{"min": -3, "max": 3, "value": 0}}, "torch": {{"values": [false, true]}},
                "colorTemperature": {{"min": 2500, "max": 10000, "value": 5000}},
                "backgroundBlur": {{"values": [true, false]}},
                "pan": {{"min": -36000, "max": 36000, "value": 0}}, "tilt": {{"min": -36000, "max": 36000, "value": 0}}}}"#
        ));
        assert_eq!(hash(&neutral.frame()), expected, "zoom {zoom}");
    }
}

#[test]
fn each_setting_moves_the_picture_in_its_direction() {
    type Measure = fn(&Picture) -> f64;
    let more: [(&str, &str, Measure); 8] = [
        ("brightness", r#"{"min": -64, "max": 64, "value": 0}"#, Picture::light),
        ("contrast", r#"{"min": -64, "max": 64, "value": 0}"#, Picture::contrast),
        ("saturation", r#"{"min": -64, "max": 64, "value": 0}"#, Picture::colour),
        ("sharpness", r#"{"min": -64, "max": 64, "value": 0}"#, Picture::sharpness),
        ("exposureTime", r#"{"min": -64, "max": 64, "value": 0}"#, Picture::light),
        ("exposureCompensation", r#"{"min": -64, "max": 64, "value": 0}"#, Picture::light),
        ("iso", r#"{"min": -64, "max": 64, "value": 0}"#, Picture::light),
        ("colorTemperature", r#"{"min": 1000, "max": 20000, "value": 5000}"#, |picture| -picture.blue()),
    ];
    for (name, block, measure) in more {
        let stage = Stage::new(&format!(r#"{{"{name}": {block}}}"#));
        let values = if name == "colorTemperature" { [2500, 4000, 5000, 6500, 10_000] } else { [-64, -1, 0, 1, 64] };
        let pictures = values.map(|value| stage.under(&format!(r#"{{"{name}": {value}}}"#)));
        let measured: Vec<f64> = pictures.iter().map(measure).collect();
        assert!(measured.is_sorted_by(|less, more| less <= more), "{name}: {measured:?}");
        assert!(measured[0] < measured[2] && measured[2] < measured[4], "{name}: {measured:?}");
        let back = stage.under(&format!(r#"{{"{name}": {}}}"#, values[2]));
        assert!(back == pictures[2], "{name}: back at its place it looks as before");
    }
}

#[test]
fn the_least_saturation_is_grey() {
    let stage = Stage::new(r#"{"saturation": {"min": 0, "max": 100, "value": 50}}"#);
    assert_eq!(stage.under(r#"{"saturation": 0}"#).colour(), 0.0);
}

#[test]
fn light_is_a_multiple() {
    let stage = Stage::new(
        r#"{"exposureTime": {"min": 1, "max": 1000, "value": 100}, "iso": {"min": 50, "max": 800, "value": 100},
            "torch": {"values": [false, true]}}"#,
    );
    let light = |values| stage.under(values).light();
    let full = light("{}");
    let near = |value: f64, expected: f64| assert!((value - expected).abs() < 1.0, "{value}, not {expected}");
    near(light(r#"{"exposureTime": 50}"#), full / 2.0);
    near(light(r#"{"exposureTime": 25}"#), full / 4.0);
    near(light(r#"{"exposureTime": 50, "iso": 200}"#), full);
    near(light(r#"{"exposureTime": 50, "iso": 50}"#), full / 4.0);
    let dark = light(r#"{"exposureTime": 50, "iso": 100}"#);
    near(light(r#"{"torch": true}"#), dark * 1.5);
    let white = stage.under(r#"{"exposureTime": 1000, "iso": 800}"#);
    assert!(white.light() > full && white.0.iter().all(|value| *value <= 3 || *value >= 80), "it clips");
}

#[test]
fn values_count_in_their_mode() {
    let modes = r#"{"values": ["manual", "continuous", "none"], "value": "continuous"}"#;
    let stage = Stage::new(&format!(
        r#"{{"exposureMode": {modes}, "focusMode": {modes}, "whiteBalanceMode": {modes},
            "exposureTime": {{"min": 1, "max": 1000, "value": 100}}, "focusDistance": {{"min": 0, "max": 100, "value": 50}},
            "colorTemperature": {{"min": 2000, "max": 10000, "value": 3000}},
            "exposureCompensation": {{"min": -3, "max": 3, "value": 0}}}}"#
    ));
    let neutral = stage.under("{}");
    assert!(stage.under(r#"{"exposureTime": 20, "focusDistance": 0, "colorTemperature": 9000}"#) == neutral, "nothing counts yet");
    let darker = stage.under(r#"{"exposureCompensation": -1}"#);
    assert!((darker.light() - neutral.light() / 2.0).abs() < 1.0, "2 to the power of EV");
    let manual = stage.under(r#"{"exposureMode": "manual"}"#);
    assert!((manual.light() - neutral.light() / 5.0).abs() < 1.0, "the time counts, the compensation does not");
    let blurred = stage.under(r#"{"exposureMode": "none", "focusMode": "manual"}"#);
    assert!(blurred.sharpness() < neutral.sharpness() / 2.0);
    let near = stage.under(r#"{"focusDistance": 40}"#);
    assert!(blurred.sharpness() < near.sharpness() && near.sharpness() < neutral.sharpness(), "the farther off, the softer");
    let warmer = stage.under(r#"{"focusDistance": 50, "whiteBalanceMode": "manual"}"#);
    assert!(warmer.blue() < neutral.blue(), "told of cool light, it warms the picture");
    assert!(stage.under(r#"{"whiteBalanceMode": "none"}"#) == neutral);
}

#[test]
fn pan_and_tilt_show_where_zoom_leaves_room() {
    let stage = Stage::new(
        r#"{"zoom": {"min": 1, "max": 8}, "pan": {"min": -36000, "max": 36000, "value": 0},
            "tilt": {"min": -18000, "max": 18000, "value": 0}}"#,
    );
    let wide = stage.under("{}");
    assert!(stage.under(r#"{"pan": 36000, "tilt": -18000}"#) == wide, "there is nowhere to turn to");
    let middle = |picture: &Picture| picture.0[WIDTH * 3 / 2..][..3].to_vec();
    // The bars are white, yellow, cyan, green, magenta, red, blue, black.
    for (pan, colour) in [(-36000, [191, 191, 191]), (-18000, [0, 191, 191]), (18000, [191, 0, 0]), (36000, [0, 0, 0])] {
        let picture = stage.under(&format!(r#"{{"zoom": 8, "pan": {pan}, "tilt": 18000}}"#));
        assert_eq!(middle(&picture), colour, "{pan}: positive is to the right");
    }
    let up = stage.under(r#"{"pan": 0, "tilt": 18000}"#);
    let down = stage.under(r#"{"tilt": -18000}"#);
    assert!(up.colour() > 150.0 && down.colour() == 0.0, "the bars are at the top, the grey field at the bottom");
}

#[test]
fn what_a_program_applies_is_what_it_sees() {
    let cam = camera(
        r#"{"modes": [{"width": 320, "height": 240, "pixelFormat": "nv12"}], "pacing": "fast",
            "properties": {"brightness": {"min": 0, "max": 100, "step": 1, "value": 50}}}"#,
    );
    let track = open(&cam, MediaTrackConstraints::new());
    let capture = imagecapture::ImageCapture::new(&track).unwrap();
    let light = || {
        let frame = capture.grab_frame().unwrap();
        let data = &frame.plane(0).data[CHART * WIDTH * 4..];
        data.iter().map(|value| u64::from(*value)).sum::<u64>() / data.len() as u64
    };
    let before = light();
    track.apply_constraints(&MediaTrackConstraints::from_json(r#"{"brightness": {"exact": 80}}"#).unwrap()).unwrap();
    assert!(light() > before + 20);
    track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
    assert_eq!(light(), before);
}
