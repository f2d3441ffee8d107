//! The backend for Windows and macOS on real cameras: it also runs on Linux with the feature `nokhwa-linux`. The cameras
//! are those of the camera VM (`bindings-tests/camera-vm`); `bindings-tests/cross` builds this and runs it there.

use std::time::{Duration, Instant};

use imagecapture::{
    Constraint, ErrorKind, FramesOptions, ImageCapture, MediaDeviceInfo, MediaDevices, MediaStreamConstraints, MediaStreamTrack,
    MediaTrackConstraints, PhotoSettings, PixelFormat, Property, TrackState,
};

use crate::v4l2::{Uvc, decode, near, pixel, run, size};

const UVC: &str = "CamSim Full HD";
/// The machine of the VM is slow.
const SOON: Duration = Duration::from_secs(20);

fn devices() -> MediaDevices {
    MediaDevices::builder().environment(false).backends(&["nokhwa"]).build().unwrap()
}

fn find(devices: &MediaDevices, label: &str) -> MediaDeviceInfo {
    let list = devices.enumerate_devices().unwrap();
    list.iter().find(|device| device.label().contains(label)).unwrap_or_else(|| panic!("no {label} among {list:?}")).clone()
}

fn open(label: &str, constraints: MediaTrackConstraints) -> MediaStreamTrack {
    open_from(&devices(), label, constraints)
}

fn open_from(devices: &MediaDevices, label: &str, constraints: MediaTrackConstraints) -> MediaStreamTrack {
    let id = find(devices, label).device_id().to_owned();
    let wanted = constraints.device_id(Constraint::exact(id.into()));
    devices.get_user_media(&MediaStreamConstraints::video(wanted)).unwrap().video_tracks().remove(0)
}

fn wanted(json: &str) -> MediaTrackConstraints {
    MediaTrackConstraints::from_json(json).unwrap()
}

fn eventually(condition: impl Fn() -> bool) {
    let end = Instant::now() + SOON;
    while !condition() {
        assert!(Instant::now() < end, "it did not happen within {SOON:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn cameras_are_listed_with_what_nokhwa_can_reach() {
    let _uvc = Uvc::new();
    let devices = devices();
    let list = devices.enumerate_devices().unwrap();
    assert_eq!(list.len(), 2, "the node of metadata is no camera: {list:?}");
    let camera = find(&devices, UVC);
    let capabilities = camera.capabilities();
    for property in [Property::Brightness, Property::Contrast, Property::Saturation, Property::Sharpness, Property::Zoom, Property::Pan] {
        assert!(capabilities.contains(property), "{property}");
    }
    for property in [Property::ExposureTime, Property::ExposureMode, Property::ColorTemperature, Property::Torch, Property::Iso] {
        assert!(!capabilities.contains(property), "{property} cannot be reached");
    }
    assert_eq!(find(&devices, UVC).device_id(), camera.device_id(), "the same camera has the same id");
}

#[test]
#[ignore = "needs the camera VM"]
fn yuyv_and_mjpeg_show_the_pattern() {
    let _uvc = Uvc::new();
    // Plugged in again, it has its defaults, whatever another test has set.
    run("camera-ctl unplug uvc0; camera-ctl plug uvc0");
    // The camera has no YUYV of this size.
    for (width, height, format) in [(320, 240, PixelFormat::Yuyv), (800, 600, PixelFormat::Mjpeg)] {
        let track = open(UVC, size(width, height, 15.0));
        let reader = track.frames(FramesOptions::default()).unwrap();
        let mut last = None;
        for _ in 0..5 {
            let frame = reader.next_frame_within(SOON).unwrap();
            assert_eq!((frame.width(), frame.height(), frame.format()), (width, height, format));
            let (number, time) = (frame.sequence(), frame.timestamp());
            assert!(last.is_none_or(|(before, then)| number > before && time > then), "{last:?} {number} {time:?}");
            last = Some((number, time));
            let rgb = frame.convert(PixelFormat::Rgb).unwrap();
            // Below the digits, which a small picture has nearly everywhere, and above the ramp.
            let (x, y) = ((width / 16) as usize, (height * 7 / 12) as usize);
            assert!(near(pixel(&rgb, x, y), [191, 191, 191], 16), "the first bar is white: {:?}", pixel(&rgb, x, y));
            let blue = pixel(&rgb, width as usize * 13 / 16, y);
            assert!(near(blue, [0, 0, 191], 24), "the seventh is blue: {blue:?}");
        }
        track.stop();
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn vivid_streams_and_gives_the_camera_back() {
    let track = open("vivid", size(640, 360, 25.0));
    let reader = track.frames(FramesOptions::default()).unwrap();
    for _ in 0..3 {
        assert_eq!(reader.next_frame_within(SOON).unwrap().width(), 640);
    }
    let held = reader.next_frame_within(SOON).unwrap();
    track.stop();
    // The node is free at once, also while a frame is held.
    run("v4l2-ctl -d /dev/video0 --stream-mmap --stream-count=1 --stream-to=/dev/null");
    assert_eq!(held.width(), 640);
}

#[test]
#[ignore = "needs the camera VM"]
fn a_photo_shows_the_pattern() {
    let _uvc = Uvc::new();
    let track = open(UVC, size(1280, 720, 15.0));
    let photo = ImageCapture::new(&track).unwrap().take_photo(&PhotoSettings::default()).unwrap();
    let picture = decode(&photo);
    assert_eq!((picture.width(), picture.height()), (1280, 720));
    assert!(near(pixel(&picture, 80, 200), [191, 191, 191], 16), "{:?}", pixel(&picture, 80, 200));
}

#[test]
#[ignore = "needs the camera VM"]
fn controls_are_set_in_the_camera_and_read_from_it() {
    let uvc = Uvc::new();
    let track = open(UVC, size(640, 480, 15.0));
    for (constraints, control, wanted) in [
        (wanted(r#"{"brightness": {"exact": 20.0}}"#), "brightness", "20"),
        (wanted(r#"{"zoom": {"exact": 150.0}}"#), "zoom_absolute", "150"),
        (wanted(r#"{"pan": {"exact": 3600.0}}"#), "pan_absolute", "3600"),
    ] {
        track.apply_constraints(&constraints).unwrap();
        assert_eq!(run(&format!("camera-ctl get uvc0 {control}")).split_whitespace().last(), Some(wanted), "{control}");
    }
    run(&format!("v4l2-ctl -d {} -c contrast=10", uvc.node()));
    track.apply_constraints(&wanted(r#"{"brightness": {"exact": -5.0}}"#)).unwrap();
    let settings = track.settings();
    assert_eq!(settings.number(Property::Brightness), Some(-5.0));
    assert_eq!(settings.number(Property::Contrast), Some(10.0), "read from the camera");
    let error = track.apply_constraints(&wanted(r#"{"brightness": {"exact": 1000.0}}"#)).unwrap_err();
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some("brightness")));
}

#[test]
#[ignore = "needs the camera VM"]
fn unplugging_ends_the_track() {
    let _uvc = Uvc::new();
    let track = open(UVC, size(640, 480, 15.0));
    let reader = track.frames(FramesOptions::default()).unwrap();
    reader.next_frame_within(SOON).unwrap();
    run("camera-ctl unplug uvc0");
    eventually(|| track.ready_state() == TrackState::Ended);
    let list = devices().enumerate_devices().unwrap();
    assert!(list.iter().all(|device| !device.label().contains(UVC)), "{list:?}");
}

#[test]
#[ignore = "needs the camera VM"]
fn a_camera_that_hangs_holds_nobody_up() {
    let _uvc = Uvc::new();
    let devices = devices();
    let track = open_from(&devices, UVC, size(640, 480, 15.0));
    let reader = track.frames(FramesOptions::default()).unwrap();
    reader.next_frame_within(SOON).unwrap();
    run("camera-ctl hang uvc0 on");
    // Neither frames nor controls: nokhwa waits in a call that does not return.
    // What had come before is still there to be taken. The camera is not muted yet, so that no black frames come.
    let late = std::iter::from_fn(|| Some(reader.next_frame_within(Duration::from_secs(1)))).find_map(Result::err).unwrap();
    assert_eq!(late.kind(), ErrorKind::TimedOut);
    let began = Instant::now();
    assert!(track.apply_constraints(&wanted(r#"{"brightness": {"exact": 3.0}}"#)).is_err());
    assert!(began.elapsed() < Duration::from_secs(30), "reading the camera and writing to it have 6 s each: {:?}", began.elapsed());
    // Closing by itself, with the camera's thread held in the kernel.
    let began = Instant::now();
    track.stop();
    devices.close();
    drop((track, reader, devices));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[test]
#[ignore = "needs the camera VM"]
fn a_frozen_camera_gives_frames_again_afterwards() {
    let _uvc = Uvc::new();
    let track = open(UVC, size(640, 480, 15.0));
    let reader = track.frames(FramesOptions::default()).unwrap();
    let before = reader.next_frame_within(SOON).unwrap().timestamp();
    run("camera-ctl freeze uvc0 on");
    eventually(|| track.muted());
    run("camera-ctl freeze uvc0 off");
    eventually(|| !track.muted());
    eventually(|| reader.next_frame_within(SOON).is_ok_and(|frame| frame.timestamp() > before && frame.sequence() > 0));
    assert_eq!(track.ready_state(), TrackState::Live);
}
