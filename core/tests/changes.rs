//! What somebody else changes about a camera while it is open.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use imagecapture::{Constraint, EventType, Listener, MediaStreamTrack, MediaTrackConstraints, Property};

use crate::common::{camera, eventually, open};

const CAMERA: &str = r#"{
    "modes": [{"width": 64, "height": 48}],
    "properties": {
        "zoom": {"min": 100, "max": 400, "step": 10, "value": 100}, "brightness": {"min": 0, "max": 255, "step": 1, "value": 128},
        "exposureMode": {"values": ["manual", "continuous"], "value": "continuous"},
        "exposureTime": {"min": 1, "max": 1000, "step": 1, "value": 100}
    }
}"#;

fn listen(track: &MediaStreamTrack) -> (Receiver<()>, Listener) {
    let (tx, rx) = channel();
    let listener = track.on(EventType::ConfigurationChange, move |_| tx.send(()).unwrap());
    (rx, listener)
}

fn heard(events: &Receiver<()>) {
    events.recv_timeout(Duration::from_secs(5)).expect("the event");
}

fn silent(events: &Receiver<()>) {
    assert!(events.recv_timeout(Duration::from_millis(80)).is_err(), "no event");
}

#[test]
fn what_somebody_else_changes_is_told_and_shown() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let clone = track.clone_track();
    let ((events, _one), (others, _two)) = (listen(&track), listen(&clone));
    cam.set_properties(r#"{"brightness": 200}"#).unwrap();
    heard(&events);
    heard(&others);
    assert_eq!(track.settings().number(Property::Brightness), Some(200.0), "state first");
    cam.set_properties(r#"{"zoom": {"min": 100, "max": 200, "value": 150}, "brightness": null}"#).unwrap();
    heard(&events);
    let (capabilities, settings) = (track.capabilities(), track.settings());
    assert_eq!((capabilities.zoom().unwrap().max, settings.zoom()), (200.0, Some(150.0)));
    assert!(!capabilities.contains(Property::Brightness) && !settings.contains(Property::Brightness));
    // What is the same already is no change, nor is what the track itself applies.
    cam.set_properties(r#"{"zoom": 150}"#).unwrap();
    heard(&others);
    track.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(120.0))).unwrap();
    silent(&events);
    heard(&others);
}

#[test]
fn a_muted_track_hears_of_changes_afterwards_and_an_ended_one_never() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let (events, _listener) = listen(&track);
    cam.set_muted(true);
    eventually("it is muted", || track.muted());
    cam.set_properties(r#"{"brightness": 7}"#).unwrap();
    silent(&events);
    cam.set_muted(false);
    heard(&events);
    track.stop();
    cam.set_properties(r#"{"brightness": 8}"#).unwrap();
    silent(&events);
}

#[test]
fn a_muted_track_takes_constraints() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    cam.set_muted(true);
    eventually("it is muted", || track.muted());
    track.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(250.0))).unwrap();
    assert_eq!((track.settings().zoom(), cam.properties()["zoom"]["value"].as_f64()), (Some(250.0), Some(250.0)));
}

#[test]
fn a_photo_that_waits_for_the_end_of_a_mute_holds_up_nothing() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let capture = imagecapture::ImageCapture::new(&track).unwrap();
    cam.set_muted(true);
    eventually("it is muted", || track.muted());
    let options = imagecapture::PhotoOptions::default();
    let photos: Vec<_> = (0..2).map(|_| capture.take_photo_async(&Default::default(), &options).unwrap()).collect();
    track.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(250.0))).unwrap();
    assert!(!photos[0].is_done() && capture.photo_settings().is_ok());
    cam.set_muted(false);
    for photo in photos {
        assert_eq!(photo.wait().unwrap().settings().zoom(), Some(250.0));
    }
    // Muted while it waits for its frame, and the track ends: the photo fails at once.
    cam.freeze(true);
    let photo = capture.take_photo_async(&Default::default(), &options).unwrap();
    cam.set_muted(true);
    eventually("it is muted", || track.muted());
    track.stop();
    assert_eq!(photo.wait().unwrap_err().name(), "UnknownError");
}

#[test]
fn a_late_lens_is_believed_until_it_says_otherwise() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let (events, _listener) = listen(&track);
    cam.script(r#"{"lateEffect": ["zoom", "brightness"]}"#).unwrap();
    track.apply_constraints(&MediaTrackConstraints::new().zoom(300.0).brightness(50.0)).unwrap();
    assert_eq!(track.settings().zoom(), Some(300.0), "it is on its way");
    assert_eq!(track.settings().number(Property::Brightness), Some(128.0), "what moves nothing is as the camera says");
    cam.settle();
    heard(&events);
    assert_eq!((track.settings().zoom(), track.settings().number(Property::Brightness)), (Some(300.0), Some(50.0)));
}

#[test]
fn a_write_that_fails_in_the_middle_takes_all_back() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let before = (track.settings(), track.constraints(), cam.properties());
    let wanted = MediaTrackConstraints::new().zoom(200.0).brightness(50.0).exposure_time(Constraint::exact(300.0));
    for nth in 1..=4 {
        cam.script(&format!(r#"{{"failNthWrite": {nth}}}"#)).unwrap();
        let error = track.apply_constraints(&wanted).unwrap_err();
        assert_eq!(error.name(), "OverconstrainedError");
        assert!(["zoom", "brightness", "exposureMode", "exposureTime"].contains(&error.constraint().unwrap()), "{error}");
        assert_eq!((track.settings(), track.constraints(), cam.properties()), before, "write {nth}");
    }
    cam.script(r#"{"failNthWrite": 0, "refuseWrites": ["zoom"]}"#).unwrap();
    assert_eq!(track.apply_constraints(&wanted).unwrap_err().constraint(), Some("zoom"));
    assert_eq!((track.settings(), track.constraints(), cam.properties()), before);
}

#[test]
fn values_are_written_in_the_order_in_which_cameras_take_them() {
    let cam = camera(
        r#"{"modes": [{"width": 64, "height": 48}], "properties": {
            "torch": {"values": [false, true]}, "pan": {"min": -3600, "max": 3600, "value": 0}, "contrast": {"min": 0, "max": 9, "value": 5},
            "exposureMode": {"values": ["continuous", "manual"]}, "exposureTime": {"min": 1, "max": 1000, "value": 100},
            "whiteBalanceMode": {"values": ["manual", "continuous"]}, "exposureCompensation": {"min": -3, "max": 3, "value": 0},
            "focusMode": {"values": ["manual", "single-shot"]}}}"#,
    );
    let track = open(&cam, MediaTrackConstraints::new());
    let all = r#"{"torch": true, "focusMode": "single-shot", "exposureCompensation": 1, "whiteBalanceMode": "continuous", "pan": 3600,
        "contrast": 7, "exposureTime": 300, "exposureMode": "manual"}"#;
    let wanted = MediaTrackConstraints::from_json(all).unwrap();
    track.apply_constraints(&wanted).unwrap();
    let names = |writes: Vec<serde_json::Value>| {
        writes.iter().map(|write| write.as_object().unwrap().keys().next().unwrap().clone()).collect::<Vec<_>>()
    };
    let order = ["exposureMode", "exposureTime", "contrast", "pan", "whiteBalanceMode", "exposureCompensation", "focusMode", "torch"];
    assert_eq!(names(cam.take_writes()), order);
    track.apply_constraints(&wanted).unwrap();
    assert_eq!(names(cam.take_writes()), ["focusMode"], "only the single shot runs again (D4)");
}

#[test]
fn last_values_may_be_kept() {
    let cam = camera(CAMERA);
    let devices =
        imagecapture::MediaDevices::builder().backends(&[]).environment(false).keep_last_values(true).virtual_camera(&cam).build();
    let stream = devices.unwrap().get_user_media(&imagecapture::MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap();
    let track = stream.video_tracks().remove(0);
    track.apply_constraints(&MediaTrackConstraints::new().zoom(200.0)).unwrap();
    track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
    assert_eq!(track.settings().zoom(), Some(200.0));
}
