//! Everything that can be made to go wrong with a virtual camera, each by its name in a script.

use std::time::{Duration, Instant};

use imagecapture::{
    Constraint, CorruptFrame, Error, ErrorKind, FramesOptions, ImageCapture, MediaStreamConstraints, MediaStreamTrack,
    MediaTrackConstraints, PhotoOptions, PhotoSettings, PixelFormat, Property, TrackState, VirtualCamera,
};
use serde_json::json;

use crate::common::{camera, devices, eventually, open};

const CAMERA: &str = r#"{
    "modes": [{"width": 320, "height": 240, "frameRates": [30], "pixelFormat": "rgb"}], "pacing": "fast",
    "properties": {"zoom": {"min": 100, "max": 400, "step": 10}, "brightness": {"min": 0, "max": 100, "step": 1, "value": 50}}
}"#;

/// A camera of one mode whose frames are stepped.
fn stepped(format: &str) -> VirtualCamera {
    camera(&format!(r#"{{"modes": [{{"width": 320, "height": 240, "pixelFormat": "{format}"}}], "pacing": "manual"}}"#))
}

fn try_open(camera: &VirtualCamera) -> Result<MediaStreamTrack, Error> {
    let stream = devices(&[camera]).get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new()))?;
    Ok(stream.video_tracks().remove(0))
}

fn apply(track: &MediaStreamTrack, json: &str) -> Result<(), Error> {
    track.apply_constraints(&MediaTrackConstraints::from_json(json).unwrap())
}

fn value(camera: &VirtualCamera, name: &str) -> serde_json::Value {
    camera.properties()[name]["value"].clone()
}

#[test]
fn busy_and_open_failure() {
    let cam = camera(CAMERA);
    for (script, kind, part) in
        [(r#"{"busy": true}"#, ErrorKind::NotReadable, "busy"), (r#"{"busy": false, "openFailure": true}"#, ErrorKind::Aborted, "script")]
    {
        cam.script(script).unwrap();
        let error = try_open(&cam).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.message().contains(part), "{error}");
    }
    cam.set_open_failure(false);
    try_open(&cam).unwrap();
}

#[test]
fn open_delay_ms() {
    let cam = camera(CAMERA);
    cam.script(r#"{"openDelayMs": 80}"#).unwrap();
    let start = Instant::now();
    drop(try_open(&cam).unwrap());
    assert!(start.elapsed() >= Duration::from_millis(80));
    // A camera that is pulled meanwhile is gone at once.
    let cam = camera(CAMERA);
    cam.set_open_delay(Duration::MAX);
    let devices = devices(&[&cam]);
    let pending = devices.get_user_media_async(&MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap();
    assert!(!pending.wait_for(Duration::from_millis(50)), "it takes its time");
    cam.unplug();
    let start = Instant::now();
    assert_eq!(pending.wait().unwrap_err().kind(), ErrorKind::DeviceLost);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn write_delay_ms() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    cam.script(r#"{"writeDelayMs": 50}"#).unwrap();
    let start = Instant::now();
    apply(&track, r#"{"zoom": 200, "brightness": 10}"#).unwrap();
    assert!(start.elapsed() >= Duration::from_millis(100), "each of the two values takes so long");
    cam.set_write_delay(Duration::ZERO);
    let start = Instant::now();
    apply(&track, r#"{"zoom": 300}"#).unwrap();
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn refuse_writes() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    cam.script(r#"{"refuseWrites": ["zoom"]}"#).unwrap();
    let error = apply(&track, r#"{"zoom": 200, "brightness": 10}"#).unwrap_err();
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some("zoom")));
    assert!(error.message().contains("script"), "{error}");
    assert_eq!((value(&cam, "zoom"), value(&cam, "brightness")), (json!(100), json!(50)), "nothing was changed");
    assert!(!cam.writes().iter().any(|write| write.get("zoom").is_some()), "a refused write is not in the log");
    apply(&track, r#"{"brightness": 10}"#).unwrap();
    cam.script(r#"{"refuseWrites": []}"#).unwrap();
    apply(&track, r#"{"zoom": 200}"#).unwrap();
}

#[test]
fn fail_nth_write() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    cam.script(r#"{"failNthWrite": 2}"#).unwrap();
    // Zoom is written behind what stands alone.
    let error = apply(&track, r#"{"zoom": 200, "brightness": 10}"#).unwrap_err();
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some("zoom")));
    assert_eq!((value(&cam, "zoom"), value(&cam, "brightness")), (json!(100), json!(50)));
    let log = cam.take_writes();
    assert_eq!((log.first(), log.last()), (Some(&json!({"brightness": 10})), Some(&json!({"brightness": 50}))), "written and taken back");
    apply(&track, r#"{"zoom": 200, "brightness": 10}"#).unwrap();
    assert_eq!(cam.take_writes(), [json!({"brightness": 10}), json!({"zoom": 200})], "it fails once");
    cam.fail_nth_write(1);
    cam.fail_nth_write(0);
    apply(&track, r#"{"zoom": 300}"#).unwrap();
}

#[test]
fn late_effect_and_settle() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    cam.script(r#"{"lateEffect": ["zoom"]}"#).unwrap();
    apply(&track, r#"{"zoom": 200, "brightness": 10}"#).unwrap();
    assert_eq!((value(&cam, "zoom"), value(&cam, "brightness")), (json!(100), json!(10)), "the camera says what it was");
    assert_eq!(cam.writes().last(), Some(&json!({"zoom": 200})), "but it was told");
    cam.script(r#"{"settle": true}"#).unwrap();
    assert_eq!(value(&cam, "zoom"), 200);
    // A knob that somebody turns goes where it was turned to.
    apply(&track, r#"{"zoom": 300}"#).unwrap();
    cam.set_properties(r#"{"zoom": 250}"#).unwrap();
    cam.settle();
    assert_eq!(value(&cam, "zoom"), 250);
    cam.set_late_effect(&[]);
    apply(&track, r#"{"zoom": 400}"#).unwrap();
    assert_eq!(value(&cam, "zoom"), 400);
}

#[test]
fn a_lens_that_is_on_its_way_can_be_called_back() {
    let cam = camera(CAMERA);
    let track = try_open(&cam).unwrap();
    cam.set_late_effect(&[Property::Zoom]);
    for zoom in [250.0, 300.0, 100.0] {
        apply(&track, &format!(r#"{{"zoom": {{"exact": {zoom}}}}}"#)).unwrap();
        assert_eq!(track.settings().zoom(), Some(zoom), "it still says 100, where it was at first");
    }
    apply(&track, r#"{"zoom": {"exact": 250}}"#).unwrap();
    // What nobody names any more goes back, too (D5).
    apply(&track, "{}").unwrap();
    assert_eq!(track.settings().zoom(), Some(100.0));
    cam.settle();
    assert_eq!(value(&cam, "zoom"), 100);
}

#[test]
fn freeze_and_slow_frame_ms() {
    let cam = stepped("rgb");
    let track = open(&cam, MediaTrackConstraints::new());
    let reader = track.frames(FramesOptions::default()).unwrap();
    cam.script(r#"{"freeze": true}"#).unwrap();
    cam.step(1);
    assert!(reader.next_frame_within(Duration::from_millis(50)).is_err());
    cam.script(r#"{"freeze": false}"#).unwrap();
    reader.next_frame().unwrap();
    cam.script(r#"{"slowFrameMs": 120}"#).unwrap();
    let start = Instant::now();
    cam.step(1);
    let slow = reader.next_frame().unwrap();
    assert!(start.elapsed() >= Duration::from_millis(120));
    assert_eq!(VirtualCamera::read_frame_number(&slow), Some(2), "late, not lost");
    cam.step(1);
    assert_eq!(VirtualCamera::read_frame_number(&reader.next_frame().unwrap()), Some(3));
    // Pushed frames are late as well.
    let cam = camera(r#"{"modes": [{"width": 8, "height": 8, "pixelFormat": "rgb"}], "scene": {"kind": "push"}}"#);
    let reader = cam.open().unwrap().frames(FramesOptions::default()).unwrap();
    cam.slow_frame(Duration::from_millis(60));
    let start = Instant::now();
    cam.push_frame(PixelFormat::Rgb, 8, 8, &[1; 192], 0).unwrap();
    reader.next_frame().unwrap();
    assert!(start.elapsed() >= Duration::from_millis(60));
}

#[test]
fn corrupt_frame_of_raw_pixels() {
    let cam = stepped("yuyv");
    let track = open(&cam, MediaTrackConstraints::new());
    let reader = track.frames(FramesOptions::default()).unwrap();
    for fault in ["cut", "empty"] {
        cam.script(&format!(r#"{{"corruptFrame": "{fault}"}}"#)).unwrap();
        cam.step(2);
        let frame = reader.next_frame().unwrap();
        assert_eq!(frame.sequence(), cam.frame_count(), "{fault}: only the frame behind it arrives");
    }
    cam.script(r#"{"corruptFrame": "garbage"}"#).unwrap();
    cam.step(1);
    assert_eq!(VirtualCamera::read_frame_number(&reader.next_frame().unwrap()), None);
    cam.corrupt_frame(CorruptFrame::NoHuffman);
    cam.step(1);
    let frame = reader.next_frame().unwrap();
    assert_eq!(VirtualCamera::read_frame_number(&frame).map(u64::from), Some(cam.frame_count()), "raw pixels have no tables");
}

#[cfg(feature = "turbojpeg")]
#[test]
fn corrupt_frame_of_jpeg() {
    use imagecapture::{ImageCapture, PhotoOptions, PhotoSettings};

    let cam = stepped("mjpeg");
    let track = open(&cam, MediaTrackConstraints::new());
    let reader = track.frames(FramesOptions::default()).unwrap();
    for fault in ["cut", "empty"] {
        cam.script(&format!(r#"{{"corruptFrame": "{fault}"}}"#)).unwrap();
        cam.step(2);
        let frame = reader.next_frame().unwrap();
        assert_eq!(frame.sequence(), cam.frame_count(), "{fault}: only the frame behind it arrives");
    }
    cam.script(r#"{"corruptFrame": "garbage"}"#).unwrap();
    cam.step(1);
    let error = reader.next_frame().unwrap().convert(PixelFormat::Rgb).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unknown);
    let is_table = |pair: &[u8]| pair == [0xff, 0xc4];
    cam.script(r#"{"corruptFrame": "noHuffman"}"#).unwrap();
    cam.step(1);
    let frame = reader.next_frame().unwrap();
    assert!(!frame.plane(0).data.windows(2).any(is_table));
    assert_eq!(VirtualCamera::read_frame_number(&frame).map(u64::from), Some(cam.frame_count()), "it is as good as others");
    // As a photo it is a file that everybody can open.
    cam.script(r#"{"corruptFrame": "noHuffman"}"#).unwrap();
    let capture = ImageCapture::new(&track).unwrap();
    let pending = capture.take_photo_async(&PhotoSettings::default(), &PhotoOptions::default()).unwrap();
    assert!(!pending.wait_for(Duration::from_millis(60)), "the photo waits for a frame");
    cam.step(1);
    assert!(pending.wait().unwrap().bytes().windows(2).any(is_table));
}

#[test]
fn unplug_and_replug() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    cam.script(r#"{"unplug": true}"#).unwrap();
    eventually("the track ends", || track.ready_state() == TrackState::Ended);
    assert!(devices(&[&cam]).enumerate_devices().unwrap().is_empty());
    cam.script(r#"{"replug": true}"#).unwrap();
    assert_eq!(devices(&[&cam]).enumerate_devices().unwrap().len(), 1);
    let track = open(&cam, MediaTrackConstraints::new());
    cam.script(r#"{"unplug": true, "replug": true}"#).unwrap();
    eventually("a short loss is a loss", || track.ready_state() == TrackState::Ended);
    assert_eq!(devices(&[&cam]).enumerate_devices().unwrap().len(), 1);
}

#[test]
fn end() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let reader = track.frames(FramesOptions::default()).unwrap();
    cam.script(r#"{"end": true}"#).unwrap();
    eventually("the track ends", || track.ready_state() == TrackState::Ended);
    let error = std::iter::from_fn(|| Some(reader.next_frame())).find_map(Result::err).unwrap();
    assert!(error.message().contains("failed for good"), "{error}");
    assert_eq!(devices(&[&cam]).enumerate_devices().unwrap().len(), 1, "it is still listed");
    assert_eq!(open(&cam, MediaTrackConstraints::new()).ready_state(), TrackState::Live, "and can be opened anew");
}

#[test]
fn a_script_is_taken_as_a_whole_or_not_at_all() {
    let cam = camera(CAMERA);
    for (script, part) in [
        ("", "JSON"),
        ("[]", "JSON"),
        (r#"{"busy": true, "bussy": true}"#, "bussy"),
        (r#"{"busy": true, "refuseWrites": ["zom"]}"#, "zom"),
        (r#"{"busy": true, "refuseWrites": ["width"]}"#, "width"),
        (r#"{"busy": true, "lateEffect": "zoom"}"#, "lateEffect"),
        (r#"{"busy": true, "openFailure": 1}"#, "openFailure"),
        (r#"{"busy": true, "writeDelayMs": -1}"#, "writeDelayMs"),
        (r#"{"busy": true, "slowFrameMs": 1e99}"#, "slowFrameMs"),
        (r#"{"busy": true, "failNthWrite": "2"}"#, "failNthWrite"),
        (r#"{"busy": true, "corruptFrame": "torn"}"#, "torn"),
        (r#"{"busy": true, "unplug": false}"#, "unplug"),
        (r#"{"busy": true, "settle": false}"#, "settle"),
    ] {
        let error = cam.script(script).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{script}");
        assert!(error.message().contains(part), "{script}: {error}");
    }
    try_open(&cam).unwrap();
}

#[test]
fn the_log_has_what_reached_the_device() {
    let cam = camera(
        r#"{"modes": [{"width": 320, "height": 240}], "pacing": "fast", "properties": {
            "zoom": {"min": 100, "max": 400, "step": 10}, "torch": {"values": [false, true]},
            "exposureMode": {"values": ["continuous", "manual"]}, "exposureTime": {"min": 1, "max": 100, "step": 1},
            "pointsOfInterest": {}}}"#,
    );
    let track = open(&cam, MediaTrackConstraints::new());
    assert!(cam.writes().is_empty());
    let all = r#"{"zoom": 133, "torch": true, "exposureMode": "manual", "exposureTime": 7.2, "pointsOfInterest": [{"x": 0.25, "y": 2}]}"#;
    apply(&track, all).unwrap();
    let expected = [
        json!({"exposureMode": "manual"}),
        json!({"exposureTime": 7}),
        json!({"zoom": 130}),
        json!({"pointsOfInterest": [{"x": 0.25, "y": 1}]}),
        json!({"torch": true}),
    ];
    assert_eq!(cam.writes(), expected);
    cam.set_properties(r#"{"zoom": 200}"#).unwrap();
    assert_eq!(cam.take_writes(), expected, "what others do is no write of the program");
    assert!(cam.writes().is_empty());
    track.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(999.0))).unwrap_err();
    assert!(cam.writes().is_empty(), "nothing was tried");
}

#[test]
fn methods_say_the_same_as_names() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    cam.refuse_writes(&[Property::Zoom]);
    apply(&track, r#"{"zoom": 200}"#).unwrap_err();
    cam.refuse_writes(&[]);
    cam.set_late_effect(&[Property::Zoom]);
    apply(&track, r#"{"zoom": 200}"#).unwrap();
    assert_eq!(value(&cam, "zoom"), 100);
    cam.end();
    eventually("the track ends", || track.ready_state() == TrackState::Ended);
    cam.settle();
    assert_eq!(value(&cam, "zoom"), 200);
}

#[test]
fn nobody_waits_for_a_driver_longer_than_the_track_lives() {
    for stops in [true, false] {
        let cam = camera(CAMERA);
        let track = open(&cam, MediaTrackConstraints::new());
        let capture = ImageCapture::new(&track).unwrap();
        cam.set_write_delay(Duration::from_secs(3));
        let applied = track.apply_constraints_async(&MediaTrackConstraints::new().zoom(Constraint::exact(200.0))).unwrap();
        let photo = capture.take_photo_async(&PhotoSettings::default(), &PhotoOptions::default()).unwrap();
        let question = capture.photo_settings_async().unwrap();
        std::thread::sleep(Duration::from_millis(100));
        assert!(!applied.is_done() && !photo.is_done() && !question.is_done(), "the write is under way");
        let begin = Instant::now();
        let kind = if stops {
            track.stop();
            ErrorKind::Unknown
        } else {
            cam.unplug();
            ErrorKind::DeviceLost
        };
        applied.wait().unwrap();
        assert_eq!(photo.wait().unwrap_err().kind(), kind);
        assert_eq!(question.wait().unwrap_err().kind(), kind);
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    }
}
