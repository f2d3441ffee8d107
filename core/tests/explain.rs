//! Why constraints choose what they choose.

use imagecapture::{MediaTrackConstraints, Permission, PermissionState};
use serde_json::{Value as Json, json};

use crate::common::{camera, devices};

fn wanted(json: Json) -> MediaTrackConstraints {
    MediaTrackConstraints::from_json_value(&json).unwrap()
}

#[test]
fn every_device_and_mode_has_its_distance_term_by_term() {
    let plain = camera(r#"{"deviceId": "plain", "label": "Plain", "modes": [{"width": 320, "height": 240, "frameRates": [30]}]}"#);
    let good = camera(
        r#"{"deviceId": "good", "label": "Good", "facingMode": "user",
            "modes": [{"width": 640, "height": 480, "frameRates": [30, 15]}, {"width": 1280, "height": 720, "frameRates": [30]}],
            "properties": {"zoom": {"min": 100, "max": 400, "step": 10, "value": 100}}}"#,
    );
    let devices = devices(&[&plain, &good]);
    let explanation =
        devices.explain(&wanted(json!({"width": 1280, "height": 720, "zoom": 150, "frameRate": {"min": 20}, "zom": 1}))).unwrap();
    assert_eq!(explanation.device_id(), Some("good"));
    let json = explanation.to_json_value();
    assert_eq!(json["ignored"], json!(["zom"]));
    let (first, second) = (&json["devices"][0], &json["devices"][1]);
    assert_eq!((&first["deviceId"], &first["fits"], &first["distance"]), (&json!("good"), &json!(true), &json!(0.0)));
    let modes = first["modes"].as_array().unwrap();
    assert_eq!(modes.len(), 3);
    let term =
        |mode: &Json, name: &str| mode["terms"].as_array().unwrap().iter().find(|t| t["property"] == name).unwrap()["distance"].clone();
    assert_eq!((&modes[0]["distance"], term(&modes[0], "width")), (&json!(0.5 + 1.0 / 3.0), json!(0.5)));
    assert_eq!((&modes[1]["distance"], term(&modes[1], "frameRate")), (&Json::Null, Json::Null), "excluded by its rate");
    assert_eq!((&modes[2]["selected"], &modes[2]["distance"]), (&json!(true), &json!(0.0)));
    assert_eq!(second["deviceId"], "plain");
    assert_eq!(second["terms"][0]["distance"], 1.0, "it has no zoom");
    let text = explanation.to_string();
    for part in
        ["Good (good): chosen, distance 0", "Plain (plain): fits, distance", "zom: not known here", "excluded", "* 1280x720 at 30 yuyv: 0"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_does_not_fit_says_why() {
    let cam = camera(r#"{"deviceId": "cam", "modes": [{"width": 640, "height": 480}]}"#);
    let devices = devices(&[&cam]);
    let explanation = devices.explain(&wanted(json!({"width": {"min": 4000}}))).unwrap();
    assert_eq!(explanation.device_id(), None);
    let json = explanation.to_json_value();
    assert_eq!((&json["devices"][0]["fits"], &json["devices"][0]["constraint"]), (&json!(false), &json!("width")));
    assert!(explanation.to_string().contains("does not fit. width: asked for at least 4000"), "{explanation}");
}

#[test]
fn what_is_made_of_a_mode_and_left_out_by_an_advanced_set_is_shown() {
    let cam = camera(r#"{"modes": [{"width": 640, "height": 480, "frameRates": [30, 60]}]}"#);
    let devices = devices(&[&cam]);
    let explanation = devices.explain(&wanted(json!({"width": 500, "advanced": [{"width": 4000}, {"frameRate": 60}]}))).unwrap();
    let device = &explanation.to_json_value()["devices"][0];
    assert_eq!(device["advanced"], json!([false, true]));
    let made = device["modes"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&made["width"], &made["height"], &made["resizeMode"]), (&json!(500), &json!(375), &json!("crop-and-scale")));
    assert_eq!((&made["selected"], &made["pixelFormat"]), (&json!(true), &Json::Null));
    assert_eq!(device["modes"][0]["failsAdvanced"], json!([1]), "the slow mode");
    assert!(explanation.to_string().contains("advanced sets: skipped, met"), "{explanation}");
}

#[test]
fn nothing_is_explained_to_those_who_may_not_know() {
    let cam = camera(r#"{"modes": [{"width": 640, "height": 480}]}"#);
    let devices = devices(&[&cam]);
    devices.set_permission(Permission::Camera, PermissionState::Denied);
    assert_eq!(devices.explain(&MediaTrackConstraints::new()).unwrap_err().name(), "NotAllowedError");
    assert!(devices.explain(&MediaTrackConstraints::new().frame_rate(f64::NAN)).is_err());
}
