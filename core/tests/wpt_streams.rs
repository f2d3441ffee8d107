//! What the web's own conformance tests of Media Capture and Streams and of its extensions assert, on the virtual
//! camera. Each test has the name of the upstream file; SPEC.md has the list.

use std::sync::Arc;
use std::time::Duration;

use imagecapture::{
    Constraint, ErrorKind, EventType, ImageCapture, MediaDevices, MediaStream, MediaStreamConstraints, MediaStreamTrack,
    MediaTrackConstraints, Permission, PermissionState, PixelFormat, Property, TrackState, VirtualCamera,
};
use parking_lot::Mutex;
use serde_json::json;

use crate::common::{camera, devices, eventually};

fn two() -> (VirtualCamera, VirtualCamera, MediaDevices) {
    let config = |id: &str, facing: &str| {
        json!({
            "label": id, "deviceId": id, "groupId": format!("group of {id}"), "facingMode": facing, "pacing": "fast",
            "modes": [{"width": 320, "height": 240, "frameRates": [30]}, {"width": 640, "height": 480, "frameRates": [30]}],
        })
    };
    let one = camera(&config("first", "user").to_string());
    let two = camera(&config("second", "environment").to_string());
    let devices = devices(&[&one, &two]);
    (one, two, devices)
}

fn request(devices: &MediaDevices, json: serde_json::Value) -> imagecapture::Result<MediaStream> {
    devices.get_user_media(&MediaStreamConstraints::from_json_value(&json)?)
}

fn track(devices: &MediaDevices) -> MediaStreamTrack {
    request(devices, json!({"video": true})).unwrap().video_tracks().remove(0)
}

fn apply(track: &MediaStreamTrack, json: serde_json::Value) -> imagecapture::Result<()> {
    track.apply_constraints(&MediaTrackConstraints::from_json_value(&json)?)
}

/// Failure: its W3C name and constraint.
fn failure<T>(result: imagecapture::Result<T>) -> (String, Option<String>) {
    let Err(error) = result else { panic!("an error was expected") };
    (error.name().to_owned(), error.constraint().map(str::to_owned))
}

fn overconstrained(name: &str) -> (String, Option<String>) {
    ("OverconstrainedError".to_owned(), Some(name.to_owned()))
}

/// Collects the events of one kind on a track.
fn heard(track: &MediaStreamTrack, kind: EventType) -> Arc<Mutex<Vec<TrackState>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (into, of) = (heard.clone(), track.clone());
    track.on(kind, move |_| into.lock().push(of.ready_state())).detach();
    heard
}

#[test]
fn gum_deny() {
    let (_one, _two, devices) = two();
    devices.set_permission(Permission::Camera, PermissionState::Denied);
    assert_eq!(failure(request(&devices, json!({"video": true}))), ("NotAllowedError".to_owned(), None));
}

#[test]
fn gum_allow() {
    let (_one, _two, devices) = two();
    devices.set_permission(Permission::Camera, PermissionState::Granted);
    assert!(request(&devices, json!({"video": true})).unwrap().active());
}

#[test]
fn gum_empty_option_param() {
    let (_one, _two, devices) = two();
    for nothing in [json!({}), json!({"doesnotexist": true}), json!({"video": false, "audio": false}), json!(null)] {
        let constraints = MediaStreamConstraints::from_json_value(&nothing).unwrap();
        let error = devices.get_user_media_async(&constraints).expect_err("it fails at once");
        assert_eq!((error.name(), error.constraint()), ("TypeError", None), "{nothing}");
    }
}

#[test]
fn gum_impossible_constraint() {
    let (_one, _two, devices) = two();
    assert_eq!(failure(request(&devices, json!({"video": {"width": {"min": 100_000_000}}}))), overconstrained("width"));
}

#[test]
fn gum_invalid_facing_mode() {
    let (_one, _two, devices) = two();
    assert_eq!(failure(request(&devices, json!({"video": {"facingMode": {"exact": ""}}}))), overconstrained("facingMode"));
}

#[test]
fn gum_non_applicable_constraint() {
    let (_one, _two, devices) = two();
    for foreign in [
        json!({"sampleRate": 48000}),
        json!({"sampleRate": {"exact": -1}}),
        json!({"echoCancellation": {"exact": true}}),
        json!({"channelCount": {"min": 1_000_000}}),
        json!({"advanced": [{"latency": 7}]}),
    ] {
        let stream = request(&devices, json!({"video": foreign})).unwrap();
        let kept = stream.video_tracks()[0].constraints();
        assert!(kept.to_json() == "{}" || kept.to_json() == r#"{"advanced":[{}]}"#, "{foreign}: {}", kept.to_json());
    }
    let microphone = camera(r#"{"kind": "audioinput", "deviceId": "microphone"}"#);
    devices.add_virtual_camera(&microphone).unwrap();
    for foreign in [json!({"width": {"min": 100_000_000}}), json!({"facingMode": {"exact": ""}}), json!({"zoom": {"exact": 2}})] {
        assert_eq!(request(&devices, json!({"audio": foreign})).unwrap().audio_tracks().len(), 1, "{foreign}");
    }
}

#[test]
fn gum_optional_constraint() {
    let (_one, _two, devices) = two();
    request(&devices, json!({"video": {"advanced": [{"width": {"min": 1024, "max": 800}}]}})).unwrap();
}

#[test]
fn gum_required_constraint_with_ideal_value() {
    let cam = camera(r#"{"modes": [{"width": 1280, "height": 720}, {"width": 640, "height": 480}], "pacing": "fast"}"#);
    let devices = devices(&[&cam]);
    let track = request(&devices, json!({"video": {"width": {"ideal": 320, "min": 160}}})).unwrap().video_tracks().remove(0);
    assert_eq!(track.settings().width(), Some(320));
    assert_eq!(ImageCapture::new(&track).unwrap().grab_frame().unwrap().width(), 320);
}

#[test]
fn gum_trivial_constraint() {
    let (_one, _two, devices) = two();
    request(&devices, json!({"video": {"width": {"min": 0}}})).unwrap();
}

#[test]
fn gum_permissions_query() {
    let (_one, _two, devices) = two();
    for state in [PermissionState::Denied, PermissionState::Prompt, PermissionState::Granted] {
        devices.set_permission(Permission::Camera, state);
        assert_eq!(devices.permission(Permission::Camera), state);
    }
}

#[test]
fn mediadevices_get_user_media() {
    let (_one, _two, devices) = two();
    for info in devices.enumerate_devices().unwrap() {
        let stream = request(&devices, json!({"video": {"groupId": {"exact": info.group_id()}}})).unwrap();
        assert_eq!(stream.video_tracks()[0].settings().string(Property::GroupId), Some(info.group_id()));
    }
    assert_eq!(failure(request(&devices, json!({"video": {"groupId": {"exact": "INVALID"}}}))), overconstrained("groupId"));
    for mode in ["none", "crop-and-scale"] {
        let stream = request(&devices, json!({"video": {"resizeMode": {"exact": mode}}})).unwrap();
        assert_eq!(stream.video_tracks()[0].settings().string(Property::ResizeMode), Some(mode));
    }
    assert_eq!(failure(request(&devices, json!({"video": {"resizeMode": {"exact": "INVALID"}}}))), overconstrained("resizeMode"));
}

#[test]
fn mediadevices_get_supported_constraints() {
    let names: Vec<&str> = MediaDevices::supported_constraints().iter().map(|property| property.name()).collect();
    for name in ["width", "height", "aspectRatio", "frameRate", "facingMode", "resizeMode", "deviceId", "groupId", "backgroundBlur"] {
        assert!(names.contains(&name), "{name}");
    }
    // SC1: a supported name must be usable.
    for name in ["sampleRate", "sampleSize", "echoCancellation", "autoGainControl", "noiseSuppression", "latency", "channelCount"] {
        assert!(!names.contains(&name), "{name}");
    }
}

#[test]
fn mediadevices_after_discard() {
    let (_one, _two, devices) = two();
    devices.close();
    let constraints = MediaStreamConstraints::video(MediaTrackConstraints::new());
    assert_eq!(devices.get_user_media_async(&constraints).err().unwrap().name(), "InvalidStateError");
}

#[test]
fn historical() {
    let names: Vec<&str> = EventType::ALL.iter().map(|kind| kind.as_str()).collect();
    assert!(!names.contains(&"active") && !names.contains(&"inactive"));
}

fn hidden() -> MediaDevices {
    let options = json!({
        "backends": [], "environment": false, "hideUntilCapture": true,
        "virtualCameras": [
            {"label": "a", "deviceId": "a", "groupId": "g", "modes": [{"width": 320, "height": 240}]},
            {"label": "b", "deviceId": "b", "modes": [{"width": 320, "height": 240}]},
        ],
    });
    MediaDevices::from_json(&options.to_string()).unwrap()
}

#[test]
fn mediadevices_enumerate_devices() {
    let devices = hidden();
    let before = devices.enumerate_devices().unwrap();
    assert_eq!(before.len(), 1, "at most one of a kind");
    assert_eq!((before[0].kind().as_str(), before[0].device_id(), before[0].label(), before[0].group_id()), ("videoinput", "", "", ""));
    assert_eq!(before[0].capabilities().to_json(), "{}");
    let _stream = request(&devices, json!({"video": true})).unwrap();
    let after = devices.enumerate_devices().unwrap();
    assert_eq!(after.iter().map(|info| info.device_id()).collect::<Vec<_>>(), ["a", "b"]);
    assert!(after[0].capabilities().width().is_some(), "they are InputDeviceInfo");
}

#[test]
fn mediadevices_enumerate_devices_returned_objects() {
    let (_one, _two, devices) = two();
    let (a, b) = (devices.enumerate_devices().unwrap(), devices.enumerate_devices().unwrap());
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(&b) {
        assert!(!std::ptr::eq(a, b));
        assert_eq!((a.device_id(), a.kind()), (b.device_id(), b.kind()));
    }
}

#[test]
fn mediadevices_enumerate_devices_not_allowed_camera() {
    let (_one, _two, devices) = two();
    let microphone = camera(r#"{"kind": "audioinput", "deviceId": "microphone"}"#);
    devices.add_virtual_camera(&microphone).unwrap();
    devices.set_permission(Permission::Camera, PermissionState::Denied);
    let kinds: Vec<&str> = devices.enumerate_devices().unwrap().iter().map(|info| info.kind().as_str()).collect();
    assert_eq!(kinds, ["audioinput"]);
}

#[test]
fn mediadevices_enumerate_devices_per_origin_ids() {
    let cam = camera(r#"{"modes": [{"width": 320, "height": 240}]}"#);
    let ids = |salt: &str| {
        let builder = MediaDevices::builder().backends(&[]).environment(false).device_id_salt(salt).virtual_camera(&cam);
        let info = builder.build().unwrap().enumerate_devices().unwrap().remove(0);
        (info.device_id().to_owned(), info.group_id().to_owned(), info.label().to_owned())
    };
    let (a, b) = (ids("origin"), ids("origin"));
    assert_eq!((&a.0, &a.2), (&b.0, &b.2));
    assert_ne!(a.1, b.1, "group ids are new for each object");
}

#[test]
fn mediadevices_enumerate_devices_persistent_permission() {
    let first = hidden();
    let _stream = request(&first, json!({"video": true})).unwrap();
    assert_eq!(first.enumerate_devices().unwrap().len(), 2);
    assert_eq!(hidden().enumerate_devices().unwrap().len(), 1, "a new context starts hidden");
}

#[test]
fn mediastream_video_only() {
    let (_one, _two, devices) = two();
    let stream = request(&devices, json!({"video": true})).unwrap();
    assert_eq!((stream.video_tracks().len(), stream.audio_tracks().len()), (1, 0));
    assert_eq!(stream.video_tracks()[0].kind().as_str(), "video");
}

#[test]
fn mediastream_idl() {
    let (_one, _two, devices) = two();
    let stream = request(&devices, json!({"video": true})).unwrap();
    let track = stream.video_tracks().remove(0);
    let same = MediaStream::from_stream(&stream);
    assert_ne!(stream.id(), same.id());
    assert_eq!(same.tracks(), stream.tracks(), "the same objects");
    let ended = heard(&track, EventType::Ended);
    track.stop();
    assert_eq!(track.ready_state(), TrackState::Ended);
    assert!(!stream.active() && !same.active(), "at once");
    let of_ended = MediaStream::new(&[track.clone(), track.clone()]);
    assert_eq!((of_ended.tracks().len(), of_ended.active()), (1, false));
    assert_eq!(MediaStream::new(&[]).tracks().len(), 0);
    std::thread::sleep(Duration::from_millis(50));
    assert!(ended.lock().is_empty(), "stop() is no event");
}

#[test]
fn mediastream_clone() {
    let (_one, _two, devices) = two();
    let stream = request(&devices, json!({"video": true})).unwrap();
    let clone = stream.clone_stream();
    assert_ne!(stream.id(), clone.id());
    let (track, cloned) = (stream.tracks().remove(0), clone.tracks().remove(0));
    assert_ne!(track.id(), cloned.id());
    track.stop();
    assert_eq!((stream.active(), clone.active()), (false, true));
    stream.add_track(&cloned);
    assert!(stream.active());
    cloned.stop();
    assert!(!stream.active() && !clone.active());
    assert_eq!(clone.clone_stream().tracks()[0].ready_state(), TrackState::Ended, "clones of ended tracks have ended");
}

#[test]
fn mediastream_finished_add() {
    let (_one, _two, devices) = two();
    let stream = request(&devices, json!({"video": true})).unwrap();
    stream.tracks()[0].stop();
    assert!(!stream.active());
    stream.add_track(&track(&devices));
    assert!(stream.active());
}

#[test]
fn mediastream_gettrackid() {
    let (_one, _two, devices) = two();
    let stream = request(&devices, json!({"video": true})).unwrap();
    let track = stream.tracks().remove(0);
    assert_eq!(stream.track_by_id(track.id()), Some(track));
    assert_eq!(stream.track_by_id("unknown"), None);
}

#[test]
fn mediastream_id() {
    let (_one, _two, devices) = two();
    let stream = request(&devices, json!({"video": true})).unwrap();
    for id in [stream.id().to_owned(), stream.tracks()[0].id().to_owned()] {
        assert_eq!(id.len(), 36);
        assert!(id.chars().all(|c| c.is_ascii_hexdigit() || c == '-'), "{id}");
    }
}

#[test]
fn mediastream_add_track() {
    let (_one, _two, devices) = two();
    let (stream, other) = (request(&devices, json!({"video": true})).unwrap(), track(&devices));
    let events = devices.events();
    stream.add_track(&other);
    stream.add_track(&other);
    assert_eq!(stream.tracks().len(), 2);
    assert!(events.next_within(Duration::from_millis(50)).is_none(), "the program's own act is no event");
}

#[test]
fn mediastream_removetrack() {
    let (_one, _two, devices) = two();
    let stream = request(&devices, json!({"video": true})).unwrap();
    let (track, foreign) = (stream.tracks().remove(0), track(&devices));
    let events = devices.events();
    stream.remove_track(&foreign);
    assert_eq!(stream.tracks().len(), 1);
    stream.remove_track(&track);
    assert_eq!((stream.tracks().len(), track.ready_state()), (0, TrackState::Live));
    assert!(events.next_within(Duration::from_millis(50)).is_none());
}

#[test]
fn stream_ended() {
    let (one, _two, devices) = two();
    let stream = request(&devices, json!({"video": {"deviceId": "first"}})).unwrap();
    one.unplug();
    eventually("the stream is inactive", || !stream.active());
}

#[test]
fn mediastreamtrack_init() {
    let (_one, _two, devices) = two();
    let track = track(&devices);
    assert_eq!((track.ready_state(), track.kind().as_str(), track.enabled(), track.muted()), (TrackState::Live, "video", true, false));
}

#[test]
fn mediastreamtrack_id() {
    let (_one, _two, devices) = two();
    let stream = request(&devices, json!({"video": true})).unwrap();
    stream.add_track(&track(&devices));
    assert_ne!(stream.tracks()[0].id(), stream.tracks()[1].id());
}

#[test]
fn mediastreamtrack_end() {
    let (_one, _two, devices) = two();
    let stream = MediaStream::new(&[track(&devices), track(&devices)]);
    let tracks = stream.tracks();
    let ended: Vec<_> = tracks.iter().map(|track| heard(track, EventType::Ended)).collect();
    devices.set_permission(Permission::Camera, PermissionState::Denied);
    for ended in &ended {
        eventually("the event comes", || *ended.lock() == [TrackState::Ended]);
    }
    assert!(!stream.active());
}

#[test]
fn mediastreamtrack_get_capabilities() {
    let (_one, _two, devices) = two();
    let info = devices.enumerate_devices().unwrap().remove(0);
    let track = track(&devices);
    for capabilities in [track.capabilities().to_json_value(), info.capabilities().to_json_value()] {
        for name in ["width", "height", "aspectRatio", "frameRate"] {
            let range = capabilities[name].as_object().unwrap();
            assert_eq!(range.keys().collect::<Vec<_>>(), ["max", "min"], "{name}");
            assert!(range["min"].as_f64() <= range["max"].as_f64(), "{name}");
        }
        let listed = |name: &str| capabilities[name].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert!(listed("facingMode").iter().all(|mode| ["user", "environment", "left", "right"].contains(&mode.as_str())));
        assert_eq!(listed("resizeMode"), ["none", "crop-and-scale"]);
        assert!(capabilities["deviceId"].is_string() && capabilities["groupId"].is_string());
    }
}

#[test]
fn mediastreamtrack_get_settings() {
    let (_one, _two, devices) = two();
    let first = request(&devices, json!({"video": {"width": 640, "height": 480}})).unwrap().video_tracks().remove(0);
    let id = first.settings().device_id().unwrap().to_owned();
    let half = request(&devices, json!({"video": {"deviceId": {"exact": id}, "width": {"ideal": 320}}})).unwrap().video_tracks().remove(0);
    assert_eq!(half.settings().device_id(), Some(id.as_str()));
    assert!((320..=640).contains(&half.settings().width().unwrap()));
    for info in devices.enumerate_devices().unwrap() {
        let track = request(&devices, json!({"video": {"deviceId": {"exact": info.device_id()}}})).unwrap().video_tracks().remove(0);
        assert_eq!(track.settings().string(Property::GroupId), Some(info.group_id()));
        let settings = track.settings().to_json_value();
        assert!(settings["width"].is_u64() && settings["height"].is_u64());
        for name in ["aspectRatio", "frameRate"] {
            assert!(settings[name].is_number(), "{name}");
        }
        assert!(["none", "crop-and-scale"].contains(&settings["resizeMode"].as_str().unwrap()));
        assert!(["user", "environment", "left", "right"].contains(&settings["facingMode"].as_str().unwrap()));
        track.stop();
        let left = track.settings().to_json_value();
        assert_eq!(left.as_object().unwrap().keys().collect::<Vec<_>>(), ["deviceId", "facingMode", "groupId"]);
    }
}

#[test]
fn mediastreamtrack_apply_constraints() {
    let (_one, _two, devices) = two();
    let track = request(&devices, json!({"video": {"deviceId": "first"}})).unwrap().video_tracks().remove(0);
    let before = track.settings();
    for invalid in ["INVALID", "group of second"] {
        assert_eq!(failure(apply(&track, json!({"groupId": {"exact": invalid}}))), overconstrained("groupId"));
    }
    assert_eq!(failure(apply(&track, json!({"resizeMode": {"exact": "INVALID"}}))), overconstrained("resizeMode"));
    for wish in [json!({"groupId": "INVALID"}), json!({"resizeMode": {"ideal": "INVALID"}})] {
        apply(&track, wish).unwrap();
        assert_eq!(track.settings(), before);
    }
}

#[test]
fn disabled_video_is_black() {
    let (_one, _two, devices) = two();
    let track = track(&devices);
    let reader = track.frames(Default::default()).unwrap();
    track.set_enabled(false);
    let black = (0..100).map(|_| reader.next_frame().unwrap()).find(|frame| frame.format() == PixelFormat::Rgba).expect("a black frame");
    assert_eq!((black.width(), black.height()), (640, 480));
    assert!(black.plane(0).data.chunks(4).all(|pixel| pixel == [0, 0, 0, 255]));
}

#[test]
fn backgroundblur_faceframing_eyegazecorrection() {
    let names = ["backgroundBlur", "faceFraming", "eyeGazeCorrection"];
    let cam = camera(
        r#"{"modes": [{"width": 320, "height": 240}], "properties": {"backgroundBlur": {"values": [false, true], "value": false},
            "faceFraming": {"values": [false]}, "eyeGazeCorrection": {"values": [true]}}}"#,
    );
    let track = track(&devices(&[&cam]));
    let (capabilities, settings) = (track.capabilities(), track.settings());
    for name in names {
        let property = Property::from_name(name).unwrap();
        assert!(MediaDevices::supported_constraints().contains(&property), "{name}");
        let values = capabilities.bools(property).unwrap();
        assert!(values.len() == 1 || values == [false, true], "{name}");
        assert!(values.contains(&settings.bool(property).unwrap()), "{name}");
    }
    apply(&track, json!({"backgroundBlur": true})).unwrap();
    assert_eq!(track.settings().bool(Property::BackgroundBlur), Some(true));
    assert_eq!(track.constraints().to_json(), r#"{"backgroundBlur":true}"#);
}

#[test]
fn video_stats() {
    let cam = camera(r#"{"modes": [{"width": 64, "height": 48, "frameRates": [100]}]}"#);
    let devices = devices(&[&cam]);
    let track = request(&devices, json!({"video": {"frameRate": 100}})).unwrap().video_tracks().remove(0);
    let first = track.stats();
    eventually("delivered grows without a sink", || track.stats().delivered_frames() > first.delivered_frames() + 2);
    let stats = track.stats();
    assert_eq!(stats.total_frames(), stats.delivered_frames() + stats.discarded_frames(), "nothing is lost");
    assert_eq!(stats.discarded_frames(), 0, "nothing is left out on purpose");

    let slow = track.clone_track();
    assert_eq!(slow.stats().total_frames(), 0, "a clone starts at zero");
    apply(&slow, json!({"frameRate": 1})).unwrap();
    eventually("frames are left out for the slow clone", || slow.stats().discarded_frames() > 5);
    assert_eq!(track.stats().discarded_frames(), 0, "but not for the original");

    apply(&track, json!({"frameRate": 20})).unwrap();
    eventually("lowering the rate discards", || track.stats().discarded_frames() > 0);

    track.set_enabled(false);
    let frozen = track.stats();
    std::thread::sleep(Duration::from_millis(60));
    assert!(track.stats().total_frames() <= frozen.total_frames() + 1, "frozen while disabled");
    let clone = track.clone_track();
    assert!(!clone.enabled());
    assert_eq!(clone.clone_track().stats().total_frames(), 0, "also a clone of a clone, also of a disabled one");
    assert!(track.stats().total_frames() >= frozen.total_frames(), "not reset");
}

#[test]
fn required_constraints_of_other_kinds_fail_in_apply_constraints() {
    let microphone = camera(r#"{"kind": "audioinput", "deviceId": "microphone"}"#);
    let devices = devices(&[&microphone]);
    let track = request(&devices, json!({"audio": true})).unwrap().audio_tracks().remove(0);
    let wanted = MediaTrackConstraints::new().width(Constraint::min(1));
    let error = track.apply_constraints(&wanted).unwrap_err();
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some("width")));
}
