//! The properties of a virtual camera: how they are configured, and how they change while it is open.

use imagecapture::{Constraint, ErrorKind, MediaTrackConstraints, PixelFormat, Property, Value, ValueKind, VirtualCamera};
use serde_json::json;

use crate::common::{camera, open};

const CAMERA: &str = r#"{
    "modes": [{"width": 64, "height": 48}], "pacing": "fast",
    "properties": {
        "zoom": {"min": 100, "max": 400, "step": 10},
        "exposureMode": {"values": ["continuous", "manual"]},
        "torch": {"values": [false, true]},
        "pointsOfInterest": {"value": [{"x": 0.5, "y": 0.5}]}
    }
}"#;

#[test]
fn blocks_are_replaced_added_and_removed_while_it_is_open() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    cam.set_properties(
        r#"{"zoom": {"min": 1, "max": 8, "step": 0.5, "value": 2}, "torch": null, "brightness": {"min": 0, "max": 10, "step": 1},
            "exposure_mode": {"values": ["none"]}, "sharpness": null, "contrast": {"min": 3, "max": 3}}"#,
    )
    .unwrap();
    let expected = json!({
        "zoom": {"min": 1, "max": 8, "step": 0.5, "value": 2},
        "exposureMode": {"values": ["none"], "value": "none"},
        "pointsOfInterest": {"value": [{"x": 0.5, "y": 0.5}]},
        "brightness": {"min": 0, "max": 10, "step": 1, "value": 0},
    });
    assert_eq!(cam.properties(), expected);
    track.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(3.6))).unwrap();
    assert_eq!(track.settings().zoom(), Some(3.5), "the new range and step hold");
    let second = open(&cam, MediaTrackConstraints::new());
    assert_eq!(second.capabilities().range(Property::Zoom).map(|range| range.max), Some(8.0));
    assert!(!second.capabilities().contains(Property::Torch));
    assert_eq!(second.settings().number(Property::Brightness), Some(0.0));
}

#[test]
fn bare_values_turn_the_knob() {
    let cam = camera(CAMERA);
    cam.set_properties(r#"{"zoom": 155.5, "exposureMode": "manual", "torch": true, "pointsOfInterest": [{"x": 0.1}, {"x": 7, "y": -1}]}"#)
        .unwrap();
    let track = open(&cam, MediaTrackConstraints::new());
    let settings = track.settings();
    assert_eq!(settings.zoom(), Some(155.5), "a knob stands between steps");
    assert_eq!((settings.string(Property::ExposureMode), settings.bool(Property::Torch)), (Some("manual"), Some(true)));
    assert_eq!(cam.properties()["pointsOfInterest"], json!({"value": [{"x": 0.1, "y": 0}, {"x": 1, "y": 0}]}));
    assert_eq!(cam.properties()["zoom"], json!({"min": 100, "max": 400, "step": 10, "value": 155.5}), "the range stays");
    assert!(cam.writes().is_empty());
}

#[test]
fn what_it_says_of_itself_puts_it_back() {
    let cam = camera(CAMERA);
    let before = cam.properties();
    cam.set_properties(r#"{"zoom": null, "torch": true, "iso": {"min": 1, "max": 2}}"#).unwrap();
    cam.set_properties(&before.to_string()).unwrap();
    cam.set_properties(r#"{"iso": null}"#).unwrap();
    assert_eq!(cam.properties(), before);
}

#[test]
fn changes_are_made_as_a_whole_or_not_at_all() {
    let cam = camera(CAMERA);
    let before = cam.properties();
    for (member, part) in [
        (r#""zom": 1"#, "zom: "),
        (r#""width": {"min": 1, "max": 2}"#, "width: "),
        (r#""facingMode": "user""#, "facingMode: "),
        (r#""zoom": 99"#, "zoom: 99 is not between 100 and 400"),
        (r#""zoom": 401"#, "zoom: "),
        (r#""zoom": "150""#, "zoom: "),
        (r#""zoom": true"#, "zoom: "),
        (r#""zoom": {"min": 100}"#, "zoom: "),
        (r#""zoom": {"min": 1, "max": 2, "value": 3}"#, "zoom: "),
        (r#""zoom": {"min": 1, "max": 2, "stop": 3}"#, "stop"),
        (r#""exposureMode": "single-shot""#, "exposureMode: "),
        (r#""exposureMode": {"values": []}"#, "exposureMode: "),
        (r#""pointsOfInterest": [{"x": "left"}]"#, "pointsOfInterest: "),
        (r#""pointsOfInterest": 0.5"#, "pointsOfInterest: "),
        (r#""brightness": 5"#, "brightness: "),
        (r#""exposureTime": {"min": 1, "max": 2}, "exposure_time": null"#, "twice"),
    ] {
        let error = cam.set_properties(&format!(r#"{{"torch": true, {member}}}"#)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{member}");
        assert!(error.message().contains(part), "{member}: {error}");
        assert_eq!(cam.properties(), before, "{member}");
    }
    let error = cam.set_properties(r#"{"zoom": 1"#).unwrap_err();
    assert_eq!(error.offset(), Some(9), "{error}");
    assert!(cam.set_properties("[]").is_err());
    let twice =
        r#"{"modes": [{"width": 8, "height": 8}], "properties": {"focusMode": {"values": ["none"]}, "focus_mode": {"values": ["none"]}}}"#;
    assert!(VirtualCamera::from_json(twice).unwrap_err().message().contains("twice"));
}

#[test]
fn the_builder_gives_any_property() {
    let build = |mode: &str, block: &str| {
        VirtualCamera::builder()
            .mode(64, 48, &[30.0], PixelFormat::Yuyv)
            .facing_mode(mode)
            .property(Property::Torch, r#"{"values": [false]}"#)
            .property(Property::Torch, r#"{"values": [true, false]}"#)
            .property(Property::Iso, block)
            .build()
    };
    let cam = build("left", r#"{"min": 50, "max": 800, "value": 100}"#).unwrap();
    let track = open(&cam, MediaTrackConstraints::new());
    let settings = track.settings();
    assert_eq!(settings.string(Property::FacingMode), Some("left"));
    assert_eq!((settings.number(Property::Iso), settings.bool(Property::Torch)), (Some(100.0), Some(true)));
    for (mode, block, part) in [
        ("front", r#"{"min": 50, "max": 800}"#, "facingMode: \"front\" is none of user, environment, left, right"),
        ("user", "{}", "properties.iso: "),
        ("user", "{", "properties.iso: "),
        ("user", "5", "properties.iso: "),
    ] {
        let error = build(mode, block).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains(part), "{error}");
    }
}

#[test]
fn the_list_shows_what_is_there_now() {
    let cam = camera(CAMERA);
    cam.set_properties(r#"{"zoom": null, "iso": {"min": 50, "max": 800}}"#).unwrap();
    let listed = crate::common::devices(&[&cam]).enumerate_devices().unwrap();
    let capabilities = listed[0].capabilities();
    assert!(capabilities.contains(Property::Iso) && !capabilities.contains(Property::Zoom));
}

#[test]
fn without_quantizing_every_number_takes_any_value() {
    let is_number = |property: &&Property| matches!(property.value_kind(), ValueKind::Double | ValueKind::BooleanOrDouble);
    let numbers: Vec<Property> =
        Property::ALL.iter().filter(is_number).copied().filter(|p| !matches!(p, Property::AspectRatio | Property::FrameRate)).collect();
    assert_eq!(numbers.len(), 12);
    for (quantize, expected) in [(true, 30.0), (false, 33.7)] {
        let blocks: Vec<String> = numbers.iter().map(|p| format!(r#""{p}": {{"min": 10, "max": 110, "step": 10}}"#)).collect();
        let cam = camera(&format!(
            r#"{{"modes": [{{"width": 64, "height": 48}}], "pacing": "fast", "quantize": {quantize}, "properties": {{{}}}}}"#,
            blocks.join(", ")
        ));
        let track = open(&cam, MediaTrackConstraints::new());
        for property in &numbers {
            assert_eq!(track.capabilities().range(*property).map(|range| range.step), Some(10.0));
            let wanted = MediaTrackConstraints::from_json(&format!(r#"{{"{property}": {{"exact": 33.7}}}}"#)).unwrap();
            track.apply_constraints(&wanted).unwrap();
            assert_eq!(track.settings().get(*property), Some(&Value::Number(expected)), "{property}, quantize {quantize}");
        }
        // A block that comes later is under the same rule.
        cam.set_properties(r#"{"zoom": {"min": 10, "max": 210, "step": 10}}"#).unwrap();
        track.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(33.7))).unwrap();
        assert_eq!(track.settings().zoom(), Some(expected));
    }
}
