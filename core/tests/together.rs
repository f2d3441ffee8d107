//! Several tracks on one camera: what each has for itself, what they share, and who has to give way.

use imagecapture::{Constraint, MediaDevices, MediaStreamConstraints, MediaStreamTrack, MediaTrackConstraints, Property, TrackState};

use crate::common::{camera, devices};

/// Three shapes; the small size is the only fast one.
const CAMERA: &str = r#"{
    "deviceId": "shared",
    "modes": [
        {"width": 320, "height": 240, "frameRates": [30, 60], "pixelFormat": "yuyv"},
        {"width": 640, "height": 480, "frameRates": [30], "pixelFormat": "yuyv"},
        {"width": 1280, "height": 720, "frameRates": [30], "pixelFormat": "yuyv"}
    ],
    "properties": {"zoom": {"min": 100, "max": 400, "step": 10, "value": 100}, "torch": {"values": [false, true], "value": false}},
    "pacing": "fast"
}"#;

fn open(devices: &MediaDevices, json: &str) -> MediaStreamTrack {
    let wanted = MediaTrackConstraints::from_json(json).unwrap();
    devices.get_user_media(&MediaStreamConstraints::video(wanted)).unwrap().video_tracks().remove(0)
}

fn apply(track: &MediaStreamTrack, json: &str) -> imagecapture::Result<()> {
    track.apply_constraints(&MediaTrackConstraints::from_json(json).unwrap())
}

/// Width, height, rate.
fn shown(track: &MediaStreamTrack) -> (u32, u32, f64) {
    let settings = track.settings();
    (settings.width().unwrap(), settings.height().unwrap(), settings.frame_rate().unwrap())
}

#[test]
fn each_track_has_its_own_size_and_rate() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let full = open(&devices, r#"{"width": 1280, "height": 720}"#);
    let half = open(&devices, r#"{"width": 640}"#);
    let slow = full.clone_track();
    apply(&slow, r#"{"width": 1280, "height": 720, "frameRate": 5}"#).unwrap();
    assert_eq!(shown(&full), (1280, 720, 30.0));
    assert!((640..=1280).contains(&shown(&half).0));
    assert_eq!(shown(&slow), (1280, 720, 5.0));
    assert_eq!(full.settings().device_id(), half.settings().device_id());
    assert_eq!(full.capabilities(), half.capabilities(), "capabilities are the camera's");
}

#[test]
fn a_wish_of_one_track_changes_no_other() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let fast = open(&devices, r#"{"width": 320, "height": 240, "frameRate": 60}"#);
    let other = open(&devices, "{}");
    assert_eq!(shown(&fast), (320, 240, 60.0));
    // More than 320 by 240 would cost the other track its rate.
    apply(&other, r#"{"width": 1280, "height": 720}"#).unwrap();
    assert_eq!((shown(&fast), shown(&other)), ((320, 240, 60.0), (320, 240, 30.0)));
}

#[test]
fn a_demand_changes_others_as_far_as_their_demands_let_it() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let fast = open(&devices, r#"{"width": 320, "height": 240, "frameRate": 60}"#);
    let other = open(&devices, "{}");
    apply(&other, r#"{"width": {"exact": 1280}}"#).unwrap();
    assert_eq!((shown(&fast), shown(&other)), ((320, 240, 30.0), (1280, 720, 30.0)), "it was only a wish");
    apply(&other, "{}").unwrap();
    apply(&fast, r#"{"frameRate": {"exact": 60}}"#).unwrap();
    let before = (shown(&fast), shown(&other));
    let error = apply(&other, r#"{"width": {"exact": 1280}}"#).unwrap_err();
    assert_eq!(error.constraint(), Some("width"), "{error}");
    assert_eq!((shown(&fast), shown(&other)), before, "nothing has changed");
}

#[test]
fn demands_on_what_is_common_hold_for_all() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let dark = open(&devices, "{}");
    let bright = open(&devices, "{}");
    apply(&dark, r#"{"torch": {"exact": false}}"#).unwrap();
    let error = apply(&bright, r#"{"torch": {"exact": true}}"#).unwrap_err();
    assert_eq!(error.constraint(), Some("torch"));
    apply(&bright, r#"{"torch": true}"#).unwrap();
    assert_eq!(bright.settings().bool(Property::Torch), Some(false), "a wish does not move a demand");
    apply(&dark, r#"{"torch": false}"#).unwrap();
    apply(&bright, r#"{"torch": {"exact": true}}"#).unwrap();
    assert_eq!(dark.settings().bool(Property::Torch), Some(true), "wishes bind nobody, and all see what is in force");
    dark.stop();
    apply(&bright, r#"{"torch": {"exact": false}}"#).unwrap();
    assert_eq!(dark.ready_state(), TrackState::Ended);
}

#[test]
fn native_pictures_for_two_are_possible_only_if_they_agree() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let native = MediaTrackConstraints::new().resize_mode(Constraint::exact("none".into()));
    let first = open(&devices, r#"{"width": 640, "height": 480}"#);
    first.apply_constraints(&native.clone().width(Constraint::exact(640))).unwrap();
    let second = open(&devices, r#"{"width": 1280, "height": 720, "resizeMode": "none"}"#);
    assert_eq!(shown(&second), (640, 480, 30.0), "none was only a wish, and what is left is this");
    let error = second.apply_constraints(&native.clone().width(Constraint::exact(1280))).unwrap_err();
    assert_eq!(error.constraint(), Some("width"), "{error}");
    second.apply_constraints(&native.width(Constraint::exact(640))).unwrap();
    assert_eq!((shown(&first), shown(&second)), ((640, 480, 30.0), (640, 480, 30.0)));
}

#[test]
fn two_objects_share_one_camera() {
    let cam = camera(CAMERA);
    let (one, two) = (devices(&[&cam]), devices(&[&cam]));
    let (a, b) = (open(&one, r#"{"width": 1280, "height": 720}"#), open(&two, r#"{"width": 320, "height": 180}"#));
    assert_eq!((shown(&a), shown(&b)), ((1280, 720, 30.0), (320, 180, 30.0)));
    one.close();
    assert_eq!((a.ready_state(), b.ready_state()), (TrackState::Ended, TrackState::Live));
}
