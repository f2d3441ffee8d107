//! What tracks get of their camera: counts, black frames, stalls.

use std::time::Duration;

use imagecapture::{
    CorruptFrame, DeliveryPolicy, ErrorKind, Frame, FramesOptions, ImageCapture, MediaTrackConstraints, PixelFormat, Timeout, TrackState,
    VirtualCamera,
};

use crate::common::{CAMERA, camera, eventually, open};

const LOOK: Timeout = Timeout::After(Duration::ZERO);

fn is_black(frame: &Frame) -> bool {
    frame.format() == PixelFormat::Rgba && frame.plane(0).data.chunks(4).all(|pixel| pixel == [0, 0, 0, 255])
}

#[test]
fn frames_are_counted_without_a_reader_and_for_each_track_alone() {
    let cam = camera(&CAMERA.replace("fast", "manual"));
    let track = open(&cam, MediaTrackConstraints::new());
    assert_eq!(track.stats().to_json(), r#"{"corruptFrames":0,"deliveredFrames":0,"discardedFrames":0,"totalFrames":0}"#);
    cam.step(5);
    eventually("five frames came", || track.stats().total_frames() == 5);
    let clone = track.clone_track();
    assert_eq!(clone.stats(), Default::default());
    cam.step(3);
    eventually("three more came", || track.stats().total_frames() == 8 && clone.stats().total_frames() == 3);
    for (track, frames) in [(&track, 8), (&clone, 3)] {
        let stats = track.stats();
        assert_eq!((stats.delivered_frames(), stats.discarded_frames(), stats.total_frames()), (frames, 0, frames));
    }
    // Frozen while disabled, and after the end.
    clone.set_enabled(false);
    cam.step(2);
    eventually("two more came", || track.stats().total_frames() == 10);
    assert_eq!(clone.stats().total_frames(), 3);
    clone.set_enabled(true);
    cam.step(1);
    eventually("one more came", || track.stats().total_frames() == 11);
    assert_eq!(clone.stats().total_frames(), 4);
    clone.stop();
    cam.step(1);
    eventually("the last one came", || track.stats().total_frames() == 12);
    assert_eq!(clone.stats().total_frames(), 4);
}

#[test]
fn frames_that_find_no_memory_are_in_the_total_alone() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new().width(320));
    let reader = track.frames(FramesOptions { policy: DeliveryPolicy::Queue(16), format: None }).unwrap();
    let mut held = Vec::new();
    while let Ok(frame) = reader.next_frame_within(Duration::from_millis(200)) {
        held.push(frame);
    }
    let missing = || {
        let stats = track.stats();
        stats.total_frames() - stats.delivered_frames() - stats.discarded_frames()
    };
    let before = missing();
    eventually("frames are missed", || missing() > before + 10);
    held.clear();
    let delivered = track.stats().delivered_frames();
    eventually("frames come again", || track.stats().delivered_frames() > delivered);
    // What was counted when it failed is not counted again as a gap.
    let (stats, made) = (track.stats(), cam.frame_count());
    assert!(stats.total_frames() <= made, "{stats:?} of {made}");
}

#[test]
fn damaged_frames_are_counted_by_themselves() {
    let cam = camera(&CAMERA.replace("fast", "manual"));
    let track = open(&cam, MediaTrackConstraints::new().width(320));
    let reader = track.frames(FramesOptions { policy: DeliveryPolicy::Queue(16), format: None }).unwrap();
    for number in 1..=4 {
        cam.corrupt_frame(CorruptFrame::Cut);
        cam.step(2);
        reader.next_frame().unwrap();
        let stats = track.stats();
        let counts = (stats.delivered_frames(), stats.corrupt_frames(), stats.discarded_frames(), stats.total_frames());
        assert_eq!(counts, (number, number, 0, 2 * number));
    }
    track.set_enabled(false);
    cam.corrupt_frame(CorruptFrame::Cut);
    cam.step(2);
    eventually("the black frame came", || reader.next_frame_within(Duration::from_millis(50)).is_ok());
    assert_eq!(track.stats().corrupt_frames(), 4, "it runs while the track is enabled");
    assert_eq!(reader.dropped(), 0, "that counts what this reader missed");
}

#[test]
fn black_frames_come_at_the_cameras_pace() {
    let cam = camera(&CAMERA.replace("fast", "manual"));
    let track = open(&cam, MediaTrackConstraints::new());
    let reader = track.frames(FramesOptions { policy: DeliveryPolicy::Queue(16), format: Some(PixelFormat::Bgr) }).unwrap();
    track.set_enabled(false);
    assert_eq!(reader.next_frame_within(LOOK).unwrap_err().kind(), ErrorKind::TimedOut);
    cam.step(3);
    let frames: Vec<_> = (0..3).map(|_| reader.next_frame().unwrap()).collect();
    assert_eq!(frames.iter().map(Frame::sequence).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(frames.iter().all(|frame| frame.format() == PixelFormat::Bgr && frame.plane(0).data.iter().all(|byte| *byte == 0)));
    assert!(frames.iter().all(|frame| frame.plane(0).data.as_ptr() == frames[0].plane(0).data.as_ptr()), "made once");
    assert_eq!(reader.next_frame_within(Duration::from_millis(150)).unwrap_err().kind(), ErrorKind::TimedOut);
}

#[test]
fn a_frozen_camera_is_muted_and_comes_back() {
    let cam = camera(&CAMERA.replace("fast", "realtime"));
    let track = open(&cam, MediaTrackConstraints::new());
    let capture = ImageCapture::new(&track).unwrap();
    let reader = track.frames(FramesOptions { policy: DeliveryPolicy::Queue(16), format: None }).unwrap();
    assert!(!is_black(&reader.next_frame().unwrap()));
    cam.freeze(true);
    // After 4 s; the reader's own limit would be too close to that.
    while !is_black(&reader.next_frame_within(Duration::from_secs(20)).unwrap()) {}
    assert!(track.muted());
    assert_eq!(track.ready_state(), TrackState::Live);
    assert!(cam.is_streaming(), "it was restarted");
    let muted = track.stats();
    let grab = capture.grab_frame_async().unwrap();
    for _ in 0..5 {
        assert!(is_black(&reader.next_frame().unwrap()));
    }
    assert!(is_black(&capture.latest_frame().unwrap().unwrap()));
    assert!(!grab.is_done());
    assert_eq!(track.stats(), muted, "the counts are frozen");
    cam.freeze(false);
    assert!(VirtualCamera::read_frame_number(&grab.wait().unwrap()).is_some());
    assert!(!track.muted());
    while is_black(&reader.next_frame().unwrap()) {}
    assert!(track.stats().delivered_frames() > muted.delivered_frames());
}
