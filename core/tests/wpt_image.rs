//! What the web's own conformance tests of MediaStream Image Capture assert, on the virtual camera. Each test has the
//! name of the upstream file; SPEC.md has the list.

use imagecapture::{
    ErrorKind, FillLightMode, ImageCapture, MediaDevices, MediaStreamConstraints, MediaStreamTrack, MediaTrackConstraints, Permission,
    PermissionState, PhotoSettings, PixelFormat, Property, TrackState, VirtualCamera,
};
use serde_json::{Value as Json, json};

use crate::common::{camera, devices};

/// A camera with all image properties and stills of its own.
pub(crate) fn full() -> Json {
    let mode = |value: &str| json!({"values": ["manual", "single-shot", "continuous"], "value": value});
    let range = |min: i32, max: i32, step: i32, value: i32| json!({"min": min, "max": max, "step": step, "value": value});
    json!({
        "deviceId": "full", "pacing": "fast", "quantize": false, "modes": [{"width": 320, "height": 240}, {"width": 640, "height": 480}],
        "properties": {
            "whiteBalanceMode": {"values": ["continuous", "manual", "single-shot"], "value": "continuous"},
            "exposureMode": mode("continuous"), "focusMode": {"values": ["manual", "single-shot"], "value": "manual"},
            "pointsOfInterest": {"value": [{"x": 0.4, "y": 0.6}]},
            "exposureCompensation": range(-200, 200, 33, 33), "exposureTime": range(100, 100_000, 50, 1000),
            "colorTemperature": range(2500, 7000, 1000, 6000), "iso": range(100, 12000, 400, 400), "brightness": range(1, 10, 1, 5),
            "contrast": range(2, 9, 1, 6), "saturation": range(3, 8, 1, 6), "sharpness": range(4, 7, 1, 7), "focusDistance": range(1, 10, 1, 3),
            "pan": range(0, 10, 2, 4), "tilt": range(1, 9, 1, 5), "zoom": range(1, 10, 1, 1),
            "torch": {"values": [false, true], "value": false},
        },
        "photo": {
            "imageWidth": {"min": 640, "max": 4096, "step": 1, "value": 1920}, "imageHeight": {"min": 100, "max": 3072, "step": 1, "value": 1080},
            "fillLightMode": ["auto", "flash"], "redEyeReduction": "controllable",
        },
    })
}

pub(crate) const NAMES: [&str; 17] = [
    "whiteBalanceMode",
    "exposureMode",
    "focusMode",
    "pointsOfInterest",
    "exposureCompensation",
    "exposureTime",
    "colorTemperature",
    "iso",
    "brightness",
    "contrast",
    "pan",
    "saturation",
    "sharpness",
    "focusDistance",
    "tilt",
    "zoom",
    "torch",
];

pub(crate) fn values() -> Json {
    json!({
        "whiteBalanceMode": "single-shot", "exposureMode": "manual", "focusMode": "single-shot",
        "pointsOfInterest": [{"x": 0.1, "y": 0.2}, {"x": 0.3, "y": 0.4}], "exposureCompensation": 133.77, "exposureTime": 10000,
        "colorTemperature": 6000, "iso": 120, "brightness": 3, "contrast": 4, "pan": 8, "saturation": 5, "sharpness": 6, "focusDistance": 7,
        "tilt": 8.5, "zoom": 3.25, "torch": true,
    })
}

fn open(config: &Json) -> (VirtualCamera, MediaDevices, MediaStreamTrack) {
    let cam = camera(&config.to_string());
    let devices = devices(&[&cam]);
    let stream = devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap();
    (cam, devices, stream.video_tracks().remove(0))
}

fn constraints(json: &Json) -> MediaTrackConstraints {
    MediaTrackConstraints::from_json_value(json).unwrap()
}

#[test]
fn imagecapture_media_track_supported_constraints() {
    let supported = MediaDevices::supported_constraints();
    for name in NAMES {
        assert!(supported.iter().any(|property| property.name() == name), "{name}");
    }
}

#[test]
fn imagecapture_creation() {
    let (_cam, devices, track) = open(&full());
    assert_eq!((track.ready_state(), track.enabled(), track.muted()), (TrackState::Live, true, false));
    let capture = ImageCapture::new(&track).unwrap();
    assert_eq!(capture.track(), &track);
    track.set_enabled(false);
    assert_eq!(capture.grab_frame_async().err().unwrap().name(), "InvalidStateError", "a disabled track");
    track.set_enabled(true);
    track.stop();
    assert_eq!(capture.grab_frame_async().err().unwrap().name(), "InvalidStateError", "an ended track");
    ImageCapture::new(&track).expect("an ended track is accepted");
    devices.add_virtual_camera(&camera(r#"{"kind": "audioinput", "deviceId": "microphone"}"#)).unwrap();
    let request = MediaStreamConstraints { video: None, audio: Some(MediaTrackConstraints::new()) };
    let audio = devices.get_user_media(&request).unwrap().audio_tracks().remove(0);
    assert_eq!(ImageCapture::new(&audio).unwrap_err().name(), "NotSupportedError");
}

#[test]
fn imagecapture_track() {
    let (_cam, _devices, track) = open(&full());
    let capture = ImageCapture::new(&track).unwrap();
    assert!(capture.track() == &track && capture.clone().track() == &track);
    track.stop();
    assert_eq!(capture.track(), &track, "also after the end");
}

/// A red picture of 10 by 10 from the program.
#[test]
fn imagecapture_grab_frame() {
    let config = json!({"modes": [{"width": 10, "height": 10, "pixelFormat": "rgb"}], "scene": {"kind": "push"}});
    let cam = camera(&config.to_string());
    let track = cam.open().unwrap();
    let grab = ImageCapture::new(&track).unwrap().grab_frame_async().unwrap();
    cam.push_frame(PixelFormat::Rgb, 10, 10, &[255, 0, 0].repeat(100), 0).unwrap();
    let bitmap = grab.wait().unwrap();
    assert_eq!((bitmap.width(), bitmap.height()), (10, 10));
    for pixel in bitmap.plane(0).data.chunks(4) {
        assert!(pixel.iter().zip([255u8, 0, 0, 255]).all(|(a, b)| a.abs_diff(b) <= 5), "{pixel:?}");
    }
}

#[test]
fn imagecapture_grab_frame_crash() {
    let (_cam, devices, track) = open(&full());
    let capture = ImageCapture::new(&track).unwrap();
    devices.close();
    drop((devices, track));
    assert_eq!(capture.grab_frame().unwrap_err().name(), "InvalidStateError", "its owner is gone");
}

#[test]
fn take_photo() {
    let (cam, _devices, track) = open(&full());
    let capture = ImageCapture::new(&track).unwrap();
    cam.push_photo("image/cat", b"\xca\xfe").unwrap();
    let photo = capture.take_photo(&PhotoSettings::default()).unwrap();
    assert_eq!((photo.mime_type(), photo.bytes()), ("image/cat", &b"\xca\xfe"[..]), "as the device made it");
    track.stop();
    assert_eq!(capture.take_photo(&PhotoSettings::default()).unwrap_err().name(), "InvalidStateError");
}

#[test]
fn take_photo_with_photo_settings() {
    let (cam, _devices, track) = open(&full());
    let capture = ImageCapture::new(&track).unwrap();
    cam.take_writes();
    let settings = PhotoSettings {
        image_width: Some(1080.0),
        image_height: Some(100.0),
        red_eye_reduction: Some(true),
        fill_light_mode: Some(FillLightMode::Flash),
    };
    capture.take_photo(&settings).unwrap();
    let expected = json!({"imageWidth": 1080, "imageHeight": 100, "redEyeReduction": true, "fillLightMode": "flash"});
    assert_eq!(cam.take_writes(), [expected], "all of it reached the device, and nothing else");
}

#[test]
fn take_photo_with_photo_settings_crash() {
    let (_cam, _devices, track) = open(&full());
    let capture = ImageCapture::new(&track).unwrap();
    capture.take_photo(&capture.photo_settings().unwrap()).unwrap();
}

#[test]
fn take_photo_without_photo_capabilities() {
    let config = json!({"modes": [{"width": 10, "height": 10, "pixelFormat": "rgb"}], "scene": {"kind": "push"}});
    let track = camera(&config.to_string()).open().unwrap();
    let capture = ImageCapture::new(&track).unwrap();
    let settings = capture.photo_settings().unwrap();
    assert_eq!(capture.take_photo(&settings).unwrap_err().name(), "UnknownError");
}

#[test]
fn take_photo_reject() {
    let mut config = full();
    config["photo"]["redEyeReduction"] = json!("never");
    let (_cam, _devices, track) = open(&config);
    let capture = ImageCapture::new(&track).unwrap();
    let capabilities = capture.photo_capabilities().unwrap();
    let cases = [
        PhotoSettings { red_eye_reduction: Some(true), ..PhotoSettings::default() },
        PhotoSettings { image_height: Some(capabilities.image_height.max + 1.0), ..PhotoSettings::default() },
        PhotoSettings { image_height: Some(capabilities.image_height.min - 1.0), ..PhotoSettings::default() },
        PhotoSettings { image_width: Some(capabilities.image_width.max + 1.0), ..PhotoSettings::default() },
        PhotoSettings { image_width: Some(capabilities.image_width.min - 1.0), ..PhotoSettings::default() },
        PhotoSettings { fill_light_mode: Some(FillLightMode::Off), ..PhotoSettings::default() },
    ];
    for settings in cases {
        assert_eq!(capture.take_photo(&settings).unwrap_err().name(), "NotSupportedError", "{settings:?}");
    }
}

#[test]
fn get_photo_capabilities() {
    let (cam, _devices, track) = open(&full());
    let capture = ImageCapture::new(&track).unwrap();
    let expected = json!({
        "redEyeReduction": "controllable", "fillLightMode": ["auto", "flash"],
        "imageWidth": {"min": 640, "max": 4096, "step": 1}, "imageHeight": {"min": 100, "max": 3072, "step": 1},
    });
    assert_eq!(capture.photo_capabilities().unwrap().to_json_value(), expected);
    // Stopped while it is under way: a slow write keeps the camera busy meanwhile.
    cam.script(r#"{"writeDelayMs": 200}"#).unwrap();
    let slow = track.apply_constraints_async(&constraints(&json!({"zoom": 2}))).unwrap();
    let (capabilities, settings) = (capture.photo_capabilities_async().unwrap(), capture.photo_settings_async().unwrap());
    track.stop();
    assert_eq!(capabilities.wait().unwrap_err().name(), "OperationError");
    assert_eq!(settings.wait().unwrap_err().name(), "OperationError");
    slow.wait().unwrap();
    assert_eq!(capture.photo_capabilities_async().err().unwrap().name(), "InvalidStateError");
}

#[test]
fn get_photo_settings() {
    let (_cam, _devices, track) = open(&full());
    let capture = ImageCapture::new(&track).unwrap();
    let settings = capture.photo_settings().unwrap();
    assert_eq!((settings.image_width, settings.image_height), (Some(1920.0), Some(1080.0)));
    track.stop();
    assert_eq!(capture.photo_settings_async().err().unwrap().name(), "InvalidStateError");
}

#[test]
fn mediastreamtrack_get_capabilities() {
    let config = full();
    let (_cam, devices, track) = open(&config);
    let capabilities = track.capabilities().to_json_value();
    for name in NAMES {
        let block = &config["properties"][name];
        let expected = match name {
            "pointsOfInterest" => Json::Null,
            "whiteBalanceMode" | "exposureMode" | "focusMode" | "torch" => block["values"].clone(),
            _ => json!({"min": block["min"], "max": block["max"], "step": block["step"]}),
        };
        assert_eq!(capabilities.get(name).cloned().unwrap_or_default(), expected, "{name}");
    }
    devices.set_permission(Permission::PanTiltZoom, PermissionState::Denied);
    let stream = devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap();
    let capabilities = stream.video_tracks()[0].capabilities();
    for property in [Property::Pan, Property::Tilt, Property::Zoom] {
        assert!(!capabilities.contains(property), "{property}");
    }
}

#[test]
fn mediastreamtrack_get_settings() {
    let config = full();
    let (_cam, devices, track) = open(&config);
    let settings = track.settings().to_json_value();
    for name in NAMES {
        assert_eq!(settings[name], config["properties"][name]["value"], "{name}");
    }
    devices.set_permission(Permission::PanTiltZoom, PermissionState::Denied);
    let stream = devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap();
    let settings = stream.video_tracks()[0].settings();
    assert!(!settings.contains(Property::Pan) && !settings.contains(Property::Tilt) && !settings.contains(Property::Zoom));
}

#[test]
fn mediastreamtrack_get_constraints() {
    let (_cam, _devices, track) = open(&full());
    let all = values();
    let single = NAMES.iter().map(|name| json!({*name: all[*name]}));
    for set in single.chain([all.clone()]) {
        let wanted = json!({"advanced": [set]});
        track.apply_constraints(&constraints(&wanted)).unwrap();
        assert_eq!(track.constraints().to_json_value(), constraints(&wanted).to_json_value());
        track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
        assert_eq!(track.constraints().to_json(), "{}");
    }
}

#[test]
fn mediastreamtrack_apply_constraints_fast() {
    let (_cam, _devices, track) = open(&json!({"modes": [{"width": 320, "height": 240}]}));
    track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
    track.apply_constraints(&constraints(&json!({"advanced": []}))).unwrap();
    // The upstream test expects a failure here; the specification skips a set that cannot be met.
    track.apply_constraints(&constraints(&json!({"advanced": [{"torch": true}]}))).unwrap();
    assert_eq!(track.constraints().to_json(), r#"{"advanced":[{"torch":true}]}"#);
}

#[test]
fn mediastreamtrack_apply_constraints() {
    let (cam, _devices, track) = open(&full());
    let wanted = constraints(&json!({"advanced": [values()]}));
    track.apply_constraints(&wanted).unwrap();
    assert_eq!(track.constraints(), wanted);
    let present = cam.properties();
    for name in NAMES {
        assert_eq!(present[name]["value"], values()[name], "{name} reached the device");
    }
}

#[test]
fn mediastreamtrack_apply_constraints_get_settings() {
    let (_cam, devices, track) = open(&full());
    track.apply_constraints(&constraints(&json!({"advanced": [values()]}))).unwrap();
    let settings = track.settings().to_json_value();
    for name in NAMES {
        assert_eq!(settings[name], values()[name], "{name}");
    }
    devices.set_permission(Permission::PanTiltZoom, PermissionState::Denied);
    let stream = devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap();
    for (name, value) in [("pan", 8), ("tilt", 9)] {
        let error = stream.video_tracks()[0].apply_constraints(&constraints(&json!({name: {"exact": value}}))).unwrap_err();
        assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some(name)));
    }
}

#[test]
fn mediastreamtrack_apply_constraints_reject() {
    let config = full();
    let (_cam, _devices, track) = open(&config);
    let mut cases = vec![("whiteBalanceMode", json!("none")), ("exposureMode", json!("none")), ("focusMode", json!("continuous"))];
    let ranges =
        ["exposureCompensation", "colorTemperature", "iso", "brightness", "contrast", "saturation", "sharpness", "pan", "tilt", "zoom"];
    for name in ranges {
        let block = &config["properties"][name];
        cases.push((name, json!(block["max"].as_f64().unwrap() + 1.0)));
        cases.push((name, json!(block["min"].as_f64().unwrap() - 1.0)));
    }
    assert_eq!(cases.len() + 1, 24);
    for (name, bad) in cases {
        let error = track.apply_constraints(&constraints(&json!({name: {"exact": bad}}))).unwrap_err();
        assert_eq!((error.name(), error.constraint()), ("OverconstrainedError", Some(name)), "{error}");
    }
    let (_cam, _devices, dark) = open(&json!({"modes": [{"width": 320, "height": 240}]}));
    let error = dark.apply_constraints(&constraints(&json!({"torch": {"exact": true}}))).unwrap_err();
    assert_eq!(error.constraint(), Some("torch"));
}

#[test]
fn mediastreamtrack_clone() {
    let (_cam, _devices, track) = open(&full());
    track.apply_constraints(&constraints(&json!({"advanced": [values()]}))).unwrap();
    let clone = track.clone_track();
    assert_eq!(clone.constraints(), track.constraints());
    assert_eq!(clone.settings(), track.settings());
    assert_eq!(clone.capabilities(), track.capabilities());
}

#[test]
fn getusermedia() {
    let (_cam, devices, _track) = open(&full());
    for name in ["pan", "tilt", "zoom"] {
        for bound in ["min", "max", "exact"] {
            let request = MediaStreamConstraints::from_json_value(&json!({"video": {name: {bound: 1}}})).unwrap();
            assert_eq!(devices.get_user_media(&request).unwrap_err().name(), "TypeError", "{name}.{bound}");
        }
    }
}

#[test]
fn permission() {
    let (_cam, devices, _track) = open(&full());
    for state in [PermissionState::Denied, PermissionState::Prompt, PermissionState::Granted] {
        devices.set_permission(Permission::PanTiltZoom, state);
        assert_eq!(devices.permission(Permission::PanTiltZoom), state);
    }
}
