//! Cameras that nobody looks at: the light goes off, and the device is given back.

use std::time::{Duration, Instant};

use imagecapture::{
    Constraint, EventType, ImageCapture, MediaDevices, MediaStreamConstraints, MediaStreamTrack, MediaTrackConstraints, PhotoSettings,
    PixelFormat, Property, TrackState, VirtualCamera,
};
use serde_json::json;

use crate::common::{camera, devices, eventually};

const CAMERA: &str = r#"{
    "deviceId": "idle", "modes": [{"width": 64, "height": 48, "frameRates": [100]}],
    "properties": {"torch": {"values": [false, true]}, "zoom": {"min": 100, "max": 400, "step": 10, "value": 100}}
}"#;

fn open(devices: &MediaDevices) -> MediaStreamTrack {
    devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap().video_tracks().remove(0)
}

/// Disables the track and waits until the device was given back.
fn idle(cam: &VirtualCamera, track: &MediaStreamTrack) {
    track.set_enabled(false);
    let start = Instant::now();
    while cam.is_streaming() {
        assert!(start.elapsed() < Duration::from_secs(5), "TR2: after 3 s");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(start.elapsed() > Duration::from_millis(2900), "not before: {:?}", start.elapsed());
}

#[test]
fn a_camera_without_an_enabled_track_is_given_back_and_taken_again() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let track = open(&devices);
    let reader = track.frames(Default::default()).unwrap();
    idle(&cam, &track);
    assert_eq!(track.ready_state(), TrackState::Live);
    let black = (0..1000).map(|_| reader.next_frame().unwrap()).find(|frame| frame.format() == PixelFormat::Rgba).unwrap();
    assert_eq!(black.width(), 64, "black frames go on");
    // Applying changes only the track; the camera is set when it is there again.
    track.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(250.0))).unwrap();
    assert_eq!(track.settings().zoom(), Some(250.0));
    assert_eq!(cam.properties()["zoom"]["value"], 100);
    track.set_enabled(true);
    eventually("it streams again", || cam.is_streaming());
    ImageCapture::new(&track).unwrap().grab_frame().unwrap();
    eventually("zoom is set", || cam.properties()["zoom"]["value"] == 250);
    // A camera that cannot be had again ends its tracks, with the event.
    let (tx, rx) = std::sync::mpsc::channel();
    let listener = track.on(EventType::Ended, move |_| tx.send(()).unwrap());
    idle(&cam, &track);
    cam.set_busy(true);
    track.set_enabled(true);
    rx.recv_timeout(Duration::from_secs(5)).unwrap();
    drop(listener);
    assert_eq!(track.ready_state(), TrackState::Ended);
}

#[test]
fn a_program_may_keep_its_camera() {
    let cam = camera(CAMERA);
    let options = json!({"backends": [], "environment": false, "idleRelease": false});
    let devices = MediaDevices::from_json(&options.to_string()).unwrap();
    devices.add_virtual_camera(&cam).unwrap();
    let track = open(&devices);
    track.set_enabled(false);
    std::thread::sleep(Duration::from_millis(3400));
    assert!(cam.is_streaming());
}

#[test]
fn the_light_is_on_only_while_somebody_looks() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let track = open(&devices);
    let shines = || cam.properties()["torch"]["value"] == true;
    let light = |on: bool| track.apply_constraints(&MediaTrackConstraints::new().torch(Constraint::exact(on))).unwrap();
    light(true);
    assert!(shines());
    let other = track.clone_track();
    track.set_enabled(false);
    std::thread::sleep(Duration::from_millis(50));
    assert!(shines(), "the other track looks");
    other.set_enabled(false);
    eventually("all are disabled", || !shines());
    assert_eq!(track.settings().bool(Property::Torch), Some(true), "it is set to be on");
    track.set_enabled(true);
    eventually("somebody looks", shines);
    cam.set_muted(true);
    eventually("it is muted", || !shines());
    cam.set_muted(false);
    eventually("it is unmuted", shines);
    track.set_enabled(false);
    eventually("all are disabled again", || !shines());
    other.stop();
    light(false);
    track.set_enabled(true);
    std::thread::sleep(Duration::from_millis(50));
    assert!(!shines(), "it was switched off meanwhile");
}

#[test]
fn the_light_does_not_outlive_the_last_track() {
    let cam = camera(CAMERA);
    let track = open(&devices(&[&cam]));
    let other = track.clone_track();
    track.apply_constraints(&MediaTrackConstraints::new().torch(Constraint::exact(true))).unwrap();
    track.stop();
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(cam.properties()["torch"]["value"], true, "the other track looks");
    other.stop();
    eventually("the light goes off", || cam.properties()["torch"]["value"] == false);
}

#[test]
fn a_photo_right_after_enabling_waits_for_the_camera_and_a_lens_stays_where_it_was_sent() {
    let cam = camera(CAMERA);
    let track = open(&devices(&[&cam]));
    cam.set_late_effect(&[Property::Zoom]);
    track.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(250.0))).unwrap();
    idle(&cam, &track);
    cam.settle();
    cam.set_late_effect(&[]);
    cam.take_writes();
    track.set_enabled(true);
    let photo = ImageCapture::new(&track).unwrap().take_photo(&PhotoSettings::default()).unwrap();
    assert_eq!(photo.settings().zoom(), Some(250.0));
    assert!(cam.take_writes().is_empty(), "it is there already");
    assert_eq!(track.settings().zoom(), Some(250.0));
}

#[test]
fn unplugging_a_camera_that_was_given_back_ends_its_tracks() {
    let cam = camera(CAMERA);
    let track = open(&devices(&[&cam]));
    let (tx, rx) = std::sync::mpsc::channel();
    let _listener = track.on(EventType::Ended, move |_| tx.send(()).unwrap());
    idle(&cam, &track);
    cam.unplug();
    rx.recv_timeout(Duration::from_secs(5)).unwrap();
    assert_eq!(track.ready_state(), TrackState::Ended);
}
