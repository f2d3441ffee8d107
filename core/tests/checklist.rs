//! The checklist of Image Capture, where the tests of a single file would leave a word of an item open. SPEC.md has the list.

use std::time::Duration;

use imagecapture::{
    ErrorKind, FillLightMode, FramesOptions, ImageCapture, MediaDevices, MediaStreamConstraints, MediaStreamTrack, MediaTrackConstraints,
    Permission, PermissionState, PhotoChange, PhotoFormat, PhotoOptions, PhotoSettings, PixelFormat, Property, VirtualCamera,
};
use serde_json::{Value as Json, json};

use crate::common::{camera, devices, eventually, open};
use crate::wpt_image::{NAMES, full, values};

fn constraints(json: &Json) -> MediaTrackConstraints {
    MediaTrackConstraints::from_json_value(json).unwrap()
}

fn track_of(devices: &MediaDevices, wanted: &Json) -> MediaStreamTrack {
    devices.get_user_media(&MediaStreamConstraints::video(constraints(wanted))).unwrap().video_tracks().remove(0)
}

fn opened(config: &Json) -> (VirtualCamera, MediaStreamTrack) {
    let cam = camera(&config.to_string());
    let track = open(&cam, MediaTrackConstraints::new());
    (cam, track)
}

/// All that a track says of itself.
fn said(track: &MediaStreamTrack) -> [Json; 3] {
    [track.settings().to_json_value(), track.constraints().to_json_value(), track.capabilities().to_json_value()]
}

#[test]
fn disabled_tracks_still_tell_and_ended_ones_do_nothing() {
    for config in [full(), json!({"modes": [{"width": 64, "height": 48}], "pacing": "fast"})] {
        let (_cam, track) = opened(&config);
        let capture = ImageCapture::new(&track).unwrap();
        track.set_enabled(false);
        capture.photo_capabilities().unwrap();
        let settings = capture.photo_settings().unwrap();
        assert_eq!(capture.take_photo(&settings).unwrap_err().name(), "InvalidStateError");
        assert_eq!(capture.grab_frame().unwrap_err().name(), "InvalidStateError");
        track.set_enabled(true);
        capture.take_photo(&settings).unwrap();
        track.stop();
        let errors = [
            capture.photo_capabilities().unwrap_err(),
            capture.photo_settings().unwrap_err(),
            capture.take_photo(&settings).unwrap_err(),
            capture.grab_frame().unwrap_err(),
        ];
        for error in errors {
            assert_eq!((error.kind(), error.name()), (ErrorKind::InvalidState, "InvalidStateError"), "{error}");
        }
        // The web converts arguments before it looks at the track.
        let odd = PhotoSettings { image_width: Some(f64::NAN), ..settings };
        assert_eq!(capture.take_photo(&odd).unwrap_err().name(), "TypeError");
    }
}

#[test]
fn sizes_that_are_not_finite_are_type_errors_on_each_side() {
    let (cam, track) = opened(&full());
    cam.take_writes();
    let capture = ImageCapture::new(&track).unwrap();
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let wide = PhotoSettings { image_width: Some(value), ..PhotoSettings::default() };
        let high = PhotoSettings { image_height: Some(value), ..PhotoSettings::default() };
        for settings in [wide, high] {
            let error = capture.take_photo_async(&settings, &PhotoOptions::default()).err().unwrap();
            assert_eq!((error.kind(), error.name()), (ErrorKind::InvalidInput, "TypeError"), "{settings:?}");
        }
    }
    assert_eq!(FillLightMode::from_name("torch"), None);
    assert!(cam.take_writes().is_empty());
}

#[test]
fn of_several_wrong_settings_the_first_is_named_and_the_camera_hears_of_none() {
    let mut config = full();
    config["photo"]["redEyeReduction"] = json!("never");
    let (cam, track) = opened(&config);
    let capture = ImageCapture::new(&track).unwrap();
    cam.take_writes();
    let mut settings = PhotoSettings {
        image_height: Some(99.0),
        image_width: Some(4097.0),
        red_eye_reduction: Some(true),
        fill_light_mode: Some(FillLightMode::Off),
    };
    let refused = |settings: &PhotoSettings, name: &str| {
        let error = capture.take_photo(settings).unwrap_err();
        assert_eq!((error.kind(), error.name()), (ErrorKind::NotSupported, "NotSupportedError"));
        assert!(error.message().starts_with(name), "{name}: {error}");
    };
    refused(&settings, "imageHeight");
    settings.image_height = Some(100.0);
    refused(&settings, "imageWidth");
    settings.image_width = Some(4096.0);
    refused(&settings, "redEyeReduction");
    settings.red_eye_reduction = Some(false);
    refused(&settings, "fillLightMode");
    assert!(cam.take_writes().is_empty(), "it is looked at before the camera is touched");
    settings.fill_light_mode = Some(FillLightMode::Flash);
    capture.take_photo(&settings).unwrap();
}

#[test]
fn what_the_getter_says_can_be_asked_for_whatever_the_camera_is() {
    let photo = |eyes: &str, light: Json| {
        let mut config = full();
        config["photo"]["redEyeReduction"] = json!(eyes);
        config["photo"]["fillLightMode"] = light;
        config
    };
    let stream = json!({"modes": [{"width": 320, "height": 240}, {"width": 640, "height": 480}], "pacing": "fast"});
    let cases = [
        (photo("controllable", json!(["auto", "flash"])), Some(false), Some(FillLightMode::Auto)),
        (photo("always", json!(["off"])), Some(true), Some(FillLightMode::Off)),
        (photo("never", json!(["flash"])), None, Some(FillLightMode::Flash)),
        (stream, None, None),
    ];
    for (config, eyes, light) in cases {
        let (_cam, track) = opened(&config);
        let capture = ImageCapture::new(&track).unwrap();
        let settings = capture.photo_settings().unwrap();
        assert_eq!((settings.red_eye_reduction, settings.fill_light_mode), (eyes, light), "{config}");
        let photo = capture.take_photo(&settings).unwrap();
        assert_eq!((Some(f64::from(photo.width())), Some(f64::from(photo.height()))), (settings.image_width, settings.image_height));
        assert_eq!(capture.photo_settings().unwrap(), settings);
        if eyes == Some(true) {
            let off = PhotoSettings { red_eye_reduction: Some(false), ..PhotoSettings::default() };
            let error = capture.take_photo(&off).unwrap_err();
            assert_eq!(error.name(), "NotSupportedError", "it cannot be switched off");
        }
    }
}

#[test]
fn the_bytes_of_the_camera_are_the_photo() {
    let (_painter, track) = opened(&json!({"modes": [{"width": 64, "height": 48, "pixelFormat": "mjpeg"}], "pacing": "fast"}));
    let jpeg = track.frames(FramesOptions::default()).unwrap().next_frame().unwrap().plane(0).data.to_vec();
    let cam = camera(r#"{"modes": [{"width": 64, "height": 48, "pixelFormat": "mjpeg"}], "scene": {"kind": "push"}}"#);
    let capture = ImageCapture::new(&open(&cam, MediaTrackConstraints::new())).unwrap();
    let bare = PhotoOptions { metadata: false, ..PhotoOptions::default() };
    for (options, changes) in [
        (PhotoOptions { format: PhotoFormat::Camera, ..bare }, &[][..]),
        (bare, &[][..]),
        (PhotoOptions::default(), &[PhotoChange::Metadata][..]),
    ] {
        let pending = capture.take_photo_async(&PhotoSettings::default(), &options).unwrap();
        while !pending.is_done() {
            cam.push_frame(PixelFormat::Mjpeg, 64, 48, &jpeg, 0).unwrap();
            std::thread::sleep(Duration::from_millis(5));
        }
        let photo = pending.wait().unwrap();
        assert_eq!((photo.mime_type(), photo.report().changes.as_slice()), ("image/jpeg", changes));
        if changes.is_empty() {
            assert!(photo.bytes() == jpeg, "byte for byte");
        } else {
            // The segment of EXIF data is all that came in.
            let at = photo.bytes().windows(2).position(|two| two == [0xff, 0xe1]).unwrap();
            let length = 2 + usize::from(u16::from_be_bytes([photo.bytes()[at + 2], photo.bytes()[at + 3]]));
            assert!([&photo.bytes()[..at], &photo.bytes()[at + length..]].concat() == jpeg);
        }
    }
}

#[test]
fn every_track_of_the_source_is_muted_first_and_unmuted_then_and_is_as_before() {
    let cam = camera(
        &json!({"deviceId": "one", "modes": [{"width": 320, "height": 240}, {"width": 640, "height": 480}], "pacing": "fast",
        "properties": {"zoom": {"min": 100, "max": 400, "step": 1, "value": 100}, "torch": {"values": [false, true], "value": true}}})
        .to_string(),
    );
    let (here, there) = (devices(&[&cam]), devices(&[&cam]));
    let first = track_of(&here, &json!({"width": {"exact": 320}, "zoom": 200}));
    let clone = first.clone_track();
    clone.apply_constraints(&constraints(&json!({"width": {"exact": 160}, "height": {"exact": 120}, "zoom": 200}))).unwrap();
    let foreign = track_of(&there, &json!({"width": {"exact": 320}}));
    let ended = first.clone_track();
    ended.stop();
    let tracks = [&first, &clone, &foreign];
    let before: Vec<_> = tracks.iter().map(|track| said(track)).collect();
    let queues = [here.events(), there.events()];
    let photo = ImageCapture::new(&clone).unwrap().take_photo(&PhotoSettings { image_width: Some(640.0), ..PhotoSettings::default() });
    assert_eq!(photo.unwrap().width(), 640);
    eventually("all are unmuted", || tracks.iter().all(|track| !track.muted()));
    for (queue, tracks) in queues.iter().zip([&tracks[..2], &tracks[2..]]) {
        let told: Vec<_> = std::iter::from_fn(|| queue.next_within(Duration::from_millis(100)))
            .filter(|event| tracks.iter().any(|track| track.object_id() == event.object_id()))
            .collect();
        let names: Vec<_> = told.iter().map(|event| event.event_type().as_str()).collect();
        assert_eq!(names, [vec!["mute"; tracks.len()], vec!["unmute"; tracks.len()]].concat(), "none is unmuted while others wait");
        for track in tracks {
            assert_eq!(told.iter().filter(|event| event.object_id() == track.object_id()).count(), 2);
        }
    }
    assert_eq!(tracks.iter().map(|track| said(track)).collect::<Vec<_>>(), before);
    assert_eq!((&cam.properties()["zoom"]["value"], &cam.properties()["torch"]["value"]), (&json!(200), &json!(true)));
}

#[test]
fn a_photo_leaves_no_setting_behind() {
    let (cam, track) = opened(&full());
    track.apply_constraints(&constraints(&json!({"advanced": [values()]}))).unwrap();
    let capture = ImageCapture::new(&track).unwrap();
    let before = (said(&track), cam.properties(), capture.photo_settings().unwrap());
    let settings = PhotoSettings {
        image_width: Some(700.0),
        image_height: Some(101.0),
        red_eye_reduction: Some(true),
        fill_light_mode: Some(FillLightMode::Flash),
    };
    capture.take_photo(&settings).unwrap();
    assert_eq!((said(&track), cam.properties(), capture.photo_settings().unwrap()), before);
}

#[test]
fn a_frame_is_grabbed_between_two_photos_and_all_come_in_order() {
    let cam = camera(r#"{"modes": [{"width": 320, "height": 240}], "pacing": "manual"}"#);
    let track = open(&cam, MediaTrackConstraints::new());
    let capture = ImageCapture::new(&track).unwrap();
    let none = (PhotoSettings::default(), PhotoOptions::default());
    let photo = || capture.take_photo_async(&none.0, &none.1).unwrap();
    let (first, frame, second) = (photo(), capture.grab_frame_async().unwrap(), photo());
    let mut steps = 0;
    while !second.is_done() {
        cam.step(1);
        steps += 1;
        second.wait_for(Duration::from_millis(5));
        assert!(steps < 1000);
    }
    assert!(first.is_done() && frame.is_done(), "the second photo is the last");
    let (first, frame, second) = (first.wait().unwrap(), frame.wait().unwrap(), second.wait().unwrap());
    assert!(first.sequence() < second.sequence());
    assert_eq!(frame.sequence(), 1, "a frame does not wait for photos");
}

#[test]
fn photos_wait_for_the_end_of_a_mute_but_not_for_that_of_the_track() {
    let cam = camera(r#"{"modes": [{"width": 64, "height": 48}], "pacing": "fast"}"#);
    let track = open(&cam, MediaTrackConstraints::new());
    let other = track.clone_track();
    let capture = ImageCapture::new(&track).unwrap();
    let photo = |capture: &ImageCapture| capture.take_photo_async(&PhotoSettings::default(), &PhotoOptions::default()).unwrap();
    cam.set_muted(true);
    eventually("it is muted", || track.muted());
    let (waiting, of_other) = (photo(&capture), photo(&ImageCapture::new(&other).unwrap()));
    // Which tracks may take pictures is asked when they are asked for.
    track.set_enabled(false);
    assert_eq!(capture.take_photo(&PhotoSettings::default()).unwrap_err().name(), "InvalidStateError");
    assert!(!waiting.wait_for(Duration::from_millis(50)) && !of_other.is_done());
    other.stop();
    assert_eq!(of_other.wait().unwrap_err().name(), "UnknownError");
    assert_eq!(ImageCapture::new(&other).unwrap().take_photo(&PhotoSettings::default()).unwrap_err().name(), "InvalidStateError");
    track.set_enabled(true);
    cam.set_muted(false);
    waiting.wait().unwrap();
}

#[test]
fn grabbed_frames_of_clones_have_the_sizes_of_their_settings() {
    let (_cam, track) = opened(&json!({"modes": [{"width": 320, "height": 240}, {"width": 640, "height": 480}], "pacing": "fast"}));
    track.apply_constraints(&constraints(&json!({"width": {"exact": 640}, "height": {"exact": 480}}))).unwrap();
    let sizes = [(640, 480), (320, 240), (500, 300), (64, 480)];
    let clones: Vec<_> = sizes
        .iter()
        .map(|(width, height)| {
            let clone = track.clone_track();
            clone.apply_constraints(&constraints(&json!({"width": {"exact": width}, "height": {"exact": height}}))).unwrap();
            clone
        })
        .collect();
    for (clone, size) in clones.iter().zip(sizes) {
        let frame = ImageCapture::new(clone).unwrap().grab_frame().unwrap();
        let settings = clone.settings();
        assert_eq!((Some(frame.width()), Some(frame.height())), (settings.width(), settings.height()));
        assert_eq!((frame.width(), frame.height()), size);
    }
}

/// Is there a null anywhere?
fn has_null(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::Array(list) => list.iter().any(has_null),
        Json::Object(map) => map.values().any(has_null),
        _ => false,
    }
}

#[test]
fn what_a_camera_lacks_is_absent_and_not_null() {
    let (_cam, plain) = opened(&json!({"modes": [{"width": 64, "height": 48}], "pacing": "fast"}));
    let capture = ImageCapture::new(&plain).unwrap();
    let [settings, _, capabilities] = said(&plain);
    for name in NAMES {
        assert!(settings.get(name).is_none() && capabilities.get(name).is_none(), "{name}");
    }
    let photo = [capture.photo_capabilities().unwrap().to_json_value(), capture.photo_settings().unwrap().to_json_value()];
    assert!(photo.iter().all(|one| one.get("fillLightMode").is_none()) && photo[1].get("redEyeReduction").is_none());
    assert!(![settings, capabilities, photo[0].clone(), photo[1].clone()].iter().any(has_null));
    for lacking in NAMES {
        let mut config = full();
        config["properties"].as_object_mut().unwrap().remove(lacking).unwrap();
        let (_cam, track) = opened(&config);
        let [settings, _, capabilities] = said(&track);
        for name in NAMES {
            assert_eq!(settings.get(name).is_some(), name != lacking, "{name} without {lacking}");
            assert_eq!(capabilities.get(name).is_some(), name != lacking && name != "pointsOfInterest", "{name} without {lacking}");
        }
        assert!(!has_null(&settings) && !has_null(&capabilities));
    }
}

#[test]
fn every_capability_of_the_17_has_a_setting_inside_it() {
    let (_cam, track) = opened(&full());
    for wanted in [json!({}), json!({"advanced": [values()]})] {
        track.apply_constraints(&constraints(&wanted)).unwrap();
        let [settings, _, capabilities] = said(&track);
        let mut seen = 0;
        for (name, capability) in capabilities.as_object().unwrap() {
            let Some(setting) = settings.get(name) else {
                assert!(name == "facingMode" && *capability == json!([]), "{name}");
                continue;
            };
            seen += usize::from(NAMES.contains(&name.as_str()));
            match (capability, setting) {
                (Json::Array(list), value) => assert!(list.contains(value), "{name}"),
                (Json::Object(range), Json::Number(value)) => {
                    let (min, max) = (range["min"].as_f64().unwrap(), range["max"].as_f64().unwrap());
                    assert!((min..=max).contains(&value.as_f64().unwrap()), "{name}");
                }
                (range, value) => assert_eq!(range, value, "{name}"),
            }
        }
        assert_eq!(seen, 16, "all but pointsOfInterest, for which there is no capability");
    }
}

#[test]
fn a_torch_is_a_list_of_what_it_can_be() {
    let config =
        |values: &[bool]| json!({"modes": [{"width": 64, "height": 48}], "pacing": "fast", "properties": {"torch": {"values": values}}});
    for (list, off, on) in [(&[false][..], true, false), (&[true][..], false, true), (&[false, true][..], true, true)] {
        let (_cam, track) = opened(&config(list));
        assert_eq!(track.capabilities().bools(Property::Torch), Some(list));
        assert_eq!(track.settings().bool(Property::Torch), Some(list[0]), "what it is without being asked");
        for (wanted, possible) in [(false, off), (true, on)] {
            let result = track.apply_constraints(&constraints(&json!({"torch": {"exact": wanted}})));
            if possible {
                result.unwrap();
                assert_eq!(track.settings().bool(Property::Torch), Some(wanted));
            } else {
                assert_eq!(result.unwrap_err().constraint(), Some("torch"), "{list:?}");
            }
            track.apply_constraints(&constraints(&json!({"torch": wanted}))).expect("a wish fails nowhere");
        }
    }
}

#[test]
fn none_of_the_17_can_be_required_of_a_device() {
    let cam = camera(&full().to_string());
    let devices = devices(&[&cam]);
    let mut asked = 0;
    for (name, value) in values().as_object().unwrap() {
        let bounds = if value.is_number() { &["exact", "min", "max"][..] } else { &["exact"] };
        for bound in bounds {
            let error = devices.get_user_media(&MediaStreamConstraints::video(constraints(&json!({name: {*bound: value}})))).unwrap_err();
            assert_eq!((error.name(), error.kind()), ("TypeError", ErrorKind::InvalidInput), "{name}.{bound}: {error}");
            assert!(error.message().contains(name.as_str()), "{error}");
            asked += 1;
        }
        for wanted in [json!({name: value}), json!({name: {"ideal": value}}), json!({"advanced": [{name: {"exact": value}}]})] {
            let track = track_of(&devices, &wanted);
            assert_eq!(track.settings().to_json_value()[name], *value, "{wanted}");
            track.stop();
        }
    }
    assert_eq!(asked, 17 + 2 * 12, "twelve of them are numbers");
}

#[test]
fn each_motor_follows_the_permission() {
    let cam = camera(&full().to_string());
    let motors = ["pan", "tilt", "zoom"];
    // Whether there are values, and whether there is a hint.
    for (state, hint, values, hinted) in [
        (PermissionState::Granted, true, true, false),
        (PermissionState::Denied, false, false, false),
        (PermissionState::Prompt, false, false, false),
        (PermissionState::Denied, true, false, true),
        (PermissionState::Prompt, true, false, true),
    ] {
        let builder = MediaDevices::builder().backends(&[]).environment(false).virtual_camera(&cam);
        let devices = builder.permission(Permission::PanTiltZoom, state).pan_tilt_zoom_hint(hint).build().unwrap();
        let track = track_of(&devices, &json!({}));
        let [settings, _, capabilities] = said(&track);
        for name in motors {
            let range = &full()["properties"][name];
            let expected = if values { Some(json!({"min": range["min"], "max": range["max"], "step": range["step"]})) } else { None };
            assert_eq!(capabilities.get(name).cloned(), if hinted { Some(json!({})) } else { expected }, "{name} {state:?} {hint}");
            assert_eq!(settings.get(name).is_some(), values, "{name} {state:?} {hint}");
            let result = track.apply_constraints(&constraints(&json!({name: {"exact": 5}})));
            if values {
                result.unwrap();
            } else {
                assert_eq!(result.unwrap_err().constraint(), Some(name));
            }
        }
    }
}

#[test]
fn nothing_that_moves_the_camera_is_applied_out_of_sight() {
    let cam = camera(&full().to_string());
    let devices = devices(&[&cam]);
    let track = track_of(&devices, &json!({}));
    devices.set_visible(false);
    let before = said(&track);
    for name in ["pan", "tilt", "zoom"] {
        for value in [json!(true), json!(3), json!({}), json!({"exact": 3})] {
            // Before everything else: the width could not be had either.
            for wanted in [json!({name: value, "width": {"exact": 1}}), json!({"advanced": [{"iso": 100}, {name: value}]})] {
                let error = track.apply_constraints(&constraints(&wanted)).unwrap_err();
                assert_eq!(error.name(), "SecurityError", "{wanted}");
            }
        }
        track.apply_constraints(&constraints(&json!({name: false, "iso": 500}))).unwrap();
        track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
    }
    assert_eq!(said(&track), before);
}

#[test]
fn a_clone_has_each_of_the_17() {
    let (_cam, track) = opened(&full());
    track.apply_constraints(&constraints(&json!({"advanced": [values()]}))).unwrap();
    let clone = track.clone_track();
    let [settings, wanted, capabilities] = said(&clone);
    let [own_settings, _, own_capabilities] = said(&track);
    for name in NAMES {
        assert_eq!(
            (&settings[name], &wanted["advanced"][0][name]),
            (&values()[name], &constraints(&values()).to_json_value()[name]),
            "{name}"
        );
        assert_eq!(own_settings[name], values()[name]);
        assert_eq!(capabilities.get(name), own_capabilities.get(name), "{name}");
    }
    // From then on they are two.
    track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
    assert_eq!(said(&clone)[1], wanted);
}

#[test]
fn points_are_clamped_and_read_back_as_they_were_given() {
    let mut config = full();
    config["quantize"] = json!(true);
    let (_cam, track) = opened(&config);
    let cases = [
        (json!([{"x": 0.333_333, "y": 0.666_667}]), vec![(0.333_333, 0.666_667)]),
        (json!([{"x": 1.01, "y": -0.01}, {"x": 7, "y": 7}]), vec![(1.0, 0.0), (1.0, 1.0)]),
        (json!([{"x": -3e300}]), vec![(0.0, 0.0)]),
    ];
    for (wanted, points) in cases {
        track.apply_constraints(&constraints(&json!({"pointsOfInterest": {"exact": wanted}}))).unwrap();
        let settings = track.settings().to_json_value();
        let got = settings["pointsOfInterest"].as_array().unwrap();
        assert_eq!(got.len(), points.len());
        for (got, (x, y)) in got.iter().zip(points) {
            assert!((got["x"].as_f64().unwrap() - x).abs() <= 0.01 && (got["y"].as_f64().unwrap() - y).abs() <= 0.01, "{got} for {x}, {y}");
        }
    }
}

#[test]
fn units_are_those_of_the_specification() {
    for (property, unit) in [
        (Property::ExposureTime, "100 microseconds"),
        (Property::ColorTemperature, "kelvin"),
        (Property::ExposureCompensation, "EV"),
        (Property::Pan, "arc seconds"),
        (Property::Tilt, "arc seconds"),
    ] {
        assert_eq!(property.unit(), unit);
    }
    // 250 times 100 microseconds are a fortieth of a second: so it stands in the file.
    let (_cam, track) = opened(&json!({"modes": [{"width": 64, "height": 48}], "pacing": "fast", "properties": {
        "exposureMode": {"values": ["manual"]}, "exposureTime": {"min": 1, "max": 1000, "value": 250}}}));
    let photo = ImageCapture::new(&track).unwrap().take_photo(&PhotoSettings::default()).unwrap();
    let fortieth: Vec<u8> = [1_u32, 40].iter().flat_map(|part| part.to_le_bytes()).collect();
    assert!(photo.bytes().windows(8).any(|eight| eight == fortieth));
}

#[test]
fn each_value_that_needs_a_mode_brings_it_along() {
    for (mode, value, asked) in
        [("exposureMode", "exposureTime", 300), ("whiteBalanceMode", "colorTemperature", 4000), ("focusMode", "focusDistance", 7)]
    {
        let mut config = full();
        config["properties"][mode] = json!({"values": ["manual", "continuous"], "value": "continuous"});
        let (_cam, track) = opened(&config);
        let shown = || [track.settings().to_json_value()[mode].clone(), track.settings().to_json_value()[value].clone()];
        let before = shown();
        let both = track.apply_constraints(&constraints(&json!({mode: {"exact": "continuous"}, value: {"exact": asked}}))).unwrap_err();
        assert_eq!(both.constraint(), Some(""), "each of the two could be had");
        track.apply_constraints(&constraints(&json!({mode: "continuous", value: asked}))).unwrap();
        assert_eq!(shown(), before, "the mode is the dearer wish");
        track.apply_constraints(&constraints(&json!({value: {"exact": asked}}))).unwrap();
        assert_eq!(shown(), [json!("manual"), json!(asked)]);
        track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
        assert_eq!(shown()[0], "continuous");
        // What counts only in some mode is never locked.
        let free = json!({"exposureMode": {"exact": "manual"}, "exposureCompensation": {"exact": 33}, "iso": {"exact": 500}});
        track.apply_constraints(&constraints(&free)).unwrap();
    }
}

#[test]
fn all_17_are_written_in_their_order() {
    let (cam, track) = opened(&full());
    let mut wanted = values();
    wanted["whiteBalanceMode"] = json!("manual");
    // What stands at a value already is not written.
    wanted["colorTemperature"] = json!(4000);
    track.apply_constraints(&constraints(&wanted)).unwrap();
    let writes = cam.take_writes();
    let at = |name: &str| writes.iter().position(|write| write.get(name).is_some()).unwrap_or_else(|| panic!("{name}: {writes:?}"));
    let classes: [&[&str]; 8] = [
        &["whiteBalanceMode", "exposureMode"],
        &["colorTemperature", "exposureTime"],
        &["iso", "brightness", "contrast", "saturation", "sharpness"],
        &["pan", "tilt", "zoom"],
        &[],
        &["exposureCompensation", "pointsOfInterest"],
        &["focusMode"],
        &["torch"],
    ];
    let places: Vec<Vec<usize>> =
        classes.iter().filter(|class| !class.is_empty()).map(|class| class.iter().map(|name| at(name)).collect()).collect();
    for pair in places.windows(2) {
        assert!(pair[0].iter().max() < pair[1].iter().min(), "{writes:?}");
    }
    assert!(at("focusDistance") < at("pan"));
}
