//! The virtual camera itself.

use std::time::{Duration, Instant};

use imagecapture::{
    ErrorKind, FramesOptions, ImageCapture, MediaSettingsRange, MediaTrackConstraints, Pacing, PhotoSettings, PixelFormat, Scene,
    VirtualCamera,
};

use crate::common::{camera, open};

#[test]
fn impossible_configurations_are_refused_with_their_place() {
    for (text, part) in [
        ("", "JSON"),
        ("{}", "modes"),
        (r#"{"modes": [{"width": 0, "height": 10}]}"#, "modes[0]"),
        (r#"{"modes": [{"width": 10}]}"#, "height"),
        (r#"{"modes": [{"width": 99999, "height": 10}]}"#, "modes[0]"),
        (r#"{"modes": [{"width": 4294967295, "height": 4294967295, "pixelFormat": "mjpeg"}]}"#, "modes[0]"),
        (r#"{"modes": [{"width": 10, "height": 10, "pixelFormat": "h264"}]}"#, "h264"),
        (r#"{"modes": [{"width": 10, "height": 10, "frameRates": []}]}"#, "frameRates"),
        (r#"{"modes": [{"width": 10, "height": 10, "frameRates": [0]}]}"#, "frameRates"),
        (r#"{"modes": [{"width": 10, "height": 10}], "zoom": 1}"#, "zoom"),
        (r#"{"modes": [{"width": 10, "height": 10}], "properties": {"zoom": {"min": 2, "max": 1}}}"#, "properties.zoom"),
        (r#"{"modes": [{"width": 10, "height": 10}], "properties": {"zoom": {"min": 0, "max": 1}}}"#, "properties.zoom"),
        (r#"{"modes": [{"width": 10, "height": 10}], "facingMode": "front"}"#, "facingMode: \"front\""),
        (r#"{"modes": [{"width": 10, "height": 10}], "properties": {"facingMode": {"values": ["user"]}}}"#, "properties.facingMode"),
        (r#"{"modes": [{"width": 10, "height": 10}], "pacing": "slow"}"#, "slow"),
        (r#"{"modes": [{"width": 10, "height": 10}], "scene": {"kind": "film"}}"#, "film"),
    ] {
        let error = VirtualCamera::from_json(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text}");
        assert!(error.message().contains(part), "{text}: {error}");
    }
    assert_eq!(VirtualCamera::builder().build().unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn realtime_frames_come_at_their_rate() {
    let cam = camera(r#"{"modes": [{"width": 64, "height": 48, "frameRates": [50]}]}"#);
    let track = open(&cam, MediaTrackConstraints::new());
    let reader = track.frames(FramesOptions::default()).unwrap();
    reader.next_frame().unwrap();
    let start = Instant::now();
    (0..10).for_each(|_| drop(reader.next_frame().unwrap()));
    let took = start.elapsed();
    assert!((Duration::from_millis(150)..Duration::from_secs(2)).contains(&took), "{took:?} for 10 frames at 50 a second");
}

#[test]
fn a_frozen_camera_gives_nothing_and_thaws() {
    let cam = camera(r#"{"modes": [{"width": 64, "height": 48, "frameRates": [100]}]}"#);
    let track = open(&cam, MediaTrackConstraints::new());
    let reader = track.frames(FramesOptions::default()).unwrap();
    cam.freeze(true);
    while reader.next_frame_within(Duration::from_millis(100)).is_ok() {}
    assert!(reader.next_frame_within(Duration::from_millis(60)).is_err());
    cam.freeze(false);
    reader.next_frame().unwrap();
}

#[test]
fn the_builder_makes_the_same_camera() {
    let cam = VirtualCamera::builder()
        .label("Built")
        .device_id("built")
        .mode(160, 120, &[10.0, 20.0], PixelFormat::Nv12)
        .zoom(MediaSettingsRange { min: 1.0, max: 4.0, step: 0.5 }, 2.0)
        .pacing(Pacing::Fast)
        .scene(Scene::Pattern)
        .build()
        .unwrap();
    let track = open(&cam, MediaTrackConstraints::new());
    let settings = track.settings();
    assert_eq!((settings.width(), settings.frame_rate(), settings.zoom()), (Some(160), Some(20.0), Some(2.0)));
    assert_eq!((cam.label(), cam.device_id()), ("Built", "built"));
}

#[test]
fn pushed_frames_arrive_as_they_are() {
    let cam = camera(r#"{"modes": [{"width": 10, "height": 10, "pixelFormat": "rgb"}], "scene": {"kind": "push"}}"#);
    let track = cam.open().unwrap();
    let capture = ImageCapture::new(&track).unwrap();
    let pending = capture.grab_frame_async().unwrap();
    cam.push_frame(PixelFormat::Rgb, 10, 10, &[255, 0, 0].repeat(100), 0).unwrap();
    let frame = pending.wait().unwrap();
    assert_eq!((frame.width(), frame.height()), (10, 10));
    assert!(frame.plane(0).data.chunks(4).all(|pixel| pixel == [255, 0, 0, 255]));
    let error = capture.take_photo(&PhotoSettings::default()).unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::Unknown, "UnknownError"));
    // A stride is taken out of the way.
    let reader = track.frames(FramesOptions::default()).unwrap();
    cam.push_frame(PixelFormat::Rgb, 10, 10, &[9; 32 * 10], 32).unwrap();
    assert_eq!(reader.next_frame().unwrap().plane(0).data[..3], [9, 9, 9]);
}

#[test]
fn bad_pushes_are_refused() {
    let cam = camera(
        r#"{"modes": [{"width": 10, "height": 10, "pixelFormat": "rgb"}, {"width": 8, "height": 8, "pixelFormat": "mjpeg"}], "scene": {"kind": "push"}}"#,
    );
    let kind = |format, width, data: &[u8], stride| cam.push_frame(format, width, width, data, stride).unwrap_err().kind();
    assert_eq!(kind(PixelFormat::Rgb, 10, &[0; 299], 0), ErrorKind::InvalidInput);
    assert_eq!(kind(PixelFormat::Rgb, 10, &[0; 300], 29), ErrorKind::InvalidInput);
    assert_eq!(kind(PixelFormat::Rgb, 11, &[0; 999], 0), ErrorKind::InvalidInput);
    assert_eq!(kind(PixelFormat::Rgba, 10, &[0; 999], 0), ErrorKind::InvalidInput);
    assert_eq!(kind(PixelFormat::Mjpeg, 8, &[0xff, 0xd8, 0, 0, 0], 0), ErrorKind::InvalidInput);
    let pattern = VirtualCamera::default_camera();
    assert_eq!(pattern.push_frame(PixelFormat::Yuyv, 640, 480, &[], 0).unwrap_err().kind(), ErrorKind::NotSupported);
    assert_eq!(pattern.open().unwrap_err().kind(), ErrorKind::NotSupported);
}

#[test]
fn a_jpeg_that_is_not_one_inside_never_becomes_a_picture() {
    let cam = camera(r#"{"modes": [{"width": 8, "height": 8, "pixelFormat": "mjpeg"}], "scene": {"kind": "push"}}"#);
    let capture = ImageCapture::new(&cam.open().unwrap()).unwrap();
    let pending = capture.grab_frame_async().unwrap();
    cam.push_frame(PixelFormat::Mjpeg, 8, 8, &[0xff, 0xd8, 1, 2, 3, 4, 0xff, 0xd9], 0).unwrap();
    let error = pending.wait().unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::Unknown, "UnknownError"), "{error}");
}
