//! Real cameras of the kernel: a UVC camera and vivid. They are there in the camera VM
//! (`bindings-tests/camera-vm`), whose `camera-ctl` unplugs, freezes and damages them; the tests run one
//! after the other, because they share them.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use imagecapture::{
    Constraint, DeliveryPolicy, ErrorKind, EventType, FramesOptions, ImageCapture, MediaDeviceInfo, MediaDevices, MediaStreamConstraints,
    MediaStreamTrack, MediaTrackConstraints, PhotoSettings, PixelFormat, TrackState, VirtualCamera,
};

use crate::common::eventually;

mod controls;
mod faults;
mod formats;
mod lab;
mod properties;
mod stills;

pub(crate) fn devices() -> MediaDevices {
    MediaDevices::builder().environment(false).build().unwrap()
}

pub(crate) fn find(devices: &MediaDevices, label: &str) -> MediaDeviceInfo {
    let list = devices.enumerate_devices().unwrap();
    list.iter().find(|d| d.label().contains(label)).unwrap_or_else(|| panic!("no {label} among {list:?}")).clone()
}

pub(crate) fn open(label: &str, constraints: MediaTrackConstraints) -> MediaStreamTrack {
    let devices = devices();
    let id = find(&devices, label).device_id().to_owned();
    let wanted = constraints.device_id(Constraint::exact(id.into()));
    devices.get_user_media(&MediaStreamConstraints::video(wanted)).unwrap().video_tracks().remove(0)
}

pub(crate) fn size(width: u32, height: u32, rate: f64) -> MediaTrackConstraints {
    MediaTrackConstraints::new().width(Constraint::exact(width)).height(Constraint::exact(height)).frame_rate(Constraint::exact(rate))
}

/// Runs a program and gives what it printed.
pub(crate) fn run(line: &str) -> String {
    let output = Command::new("sh").args(["-c", line]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{line}: {}{text}{}", output.status, String::from_utf8_lossy(&output.stderr));
    text
}

/// Resets the UVC camera when the test begins and when it ends, however it ends.
pub(crate) struct Uvc;

impl Uvc {
    pub(crate) fn new() -> Uvc {
        run("camera-ctl reset uvc0; [ \"$(camera-ctl node uvc0)\" ] || camera-ctl plug uvc0");
        Uvc
    }

    pub(crate) fn node(&self) -> String {
        run("camera-ctl node uvc0").trim().to_owned()
    }

    /// What another program reads from the driver.
    pub(crate) fn v4l2_ctl(&self, control: &str) -> f64 {
        run(&format!("v4l2-ctl -d {} -C {control}", self.node())).rsplit(' ').next().unwrap().trim().parse().unwrap()
    }
}

impl Drop for Uvc {
    fn drop(&mut self) {
        let _ = Command::new("camera-ctl").args(["reset", "uvc0"]).status();
        let _ = Command::new("sh").args(["-c", "camera-ctl plug uvc0 || true"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// A program that streams from a node until it is dropped.
pub(crate) struct Other(Child);

impl Other {
    pub(crate) fn streaming(node: &str) -> Other {
        let child =
            Command::new("v4l2-ctl").args(["-d", node, "--stream-mmap"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(1500));
        Other(child)
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn pixel(frame: &imagecapture::Frame, x: usize, y: usize) -> [u8; 3] {
    let rgb = frame.convert(PixelFormat::Rgb).unwrap();
    let plane = rgb.plane(0);
    let at = y * plane.stride + x * 3;
    [plane.data[at], plane.data[at + 1], plane.data[at + 2]]
}

pub(crate) fn near(got: [u8; 3], wanted: [u8; 3], by: u8) -> bool {
    got.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= by)
}

/// Decodes a photo by handing it to a virtual camera.
pub(crate) fn decode(photo: &imagecapture::Photo) -> imagecapture::Frame {
    let (width, height) = (photo.width(), photo.height());
    let config = format!(r#"{{"modes": [{{"width": {width}, "height": {height}, "pixelFormat": "mjpeg"}}], "scene": {{"kind": "push"}}}}"#);
    let source = VirtualCamera::from_json(&config).unwrap();
    let capture = ImageCapture::new(&source.open().unwrap()).unwrap();
    let pending = capture.grab_frame_async().unwrap();
    source.push_frame(PixelFormat::Mjpeg, width, height, photo.bytes(), 0).unwrap();
    pending.wait().unwrap()
}

#[test]
#[ignore = "needs the camera VM"]
fn cameras_are_listed_and_other_nodes_are_not() {
    let _uvc = Uvc::new();
    let list = devices().enumerate_devices().unwrap();
    let labels: Vec<_> = list.iter().map(MediaDeviceInfo::label).collect();
    assert_eq!(labels.iter().filter(|l| l.contains("CamSim Full HD")).count(), 1, "its metadata node is no camera: {labels:?}");
    assert!(labels.iter().any(|l| l.contains("vivid")), "{labels:?}");
    let uvc = find(&devices(), "CamSim Full HD");
    let zoom = uvc.capabilities().zoom().unwrap();
    assert_eq!((zoom.min, zoom.max, zoom.step), (100.0, 500.0, 1.0));
    assert_eq!(uvc.capabilities().width().map(|w| (w.min, w.max)), Some((1.0, 1920.0)));
    assert!(find(&devices(), "vivid").capabilities().zoom().is_none());
}

#[test]
#[ignore = "needs the camera VM"]
fn a_photo_of_the_uvc_camera_shows_its_pattern() {
    let _uvc = Uvc::new();
    // MJPEG at 1280x720 and 30 fps, YUYV at 10 fps.
    for (rate, raw) in [(30.0, PixelFormat::Mjpeg), (10.0, PixelFormat::Yuyv)] {
        let track = open("CamSim Full HD", size(1280, 720, rate));
        let capture = ImageCapture::new(&track).unwrap();
        let photo = capture.take_photo(&PhotoSettings::default()).unwrap();
        assert_eq!((photo.mime_type(), photo.width(), photo.height()), ("image/jpeg", 1280, 720));
        let picture = decode(&photo);
        let first = VirtualCamera::read_frame_number(&picture).expect("the photo shows the frame number");
        // Colour bars at 75 %: the second is yellow, the sixth red.
        assert!(near(pixel(&picture, 240, 300), [191, 191, 0], 12), "{raw} {:?}", pixel(&picture, 240, 300));
        assert!(near(pixel(&picture, 880, 300), [191, 0, 0], 12), "{raw} {:?}", pixel(&picture, 880, 300));
        let latest = capture.latest_frame().unwrap().unwrap();
        assert_eq!(latest.format(), raw);
        let next = capture.grab_frame().unwrap();
        assert_eq!((next.format(), next.width()), (PixelFormat::Rgba, 1280));
        let second = VirtualCamera::read_frame_number(&next).unwrap();
        assert!(second.wrapping_sub(first) < 1000 && second != first, "{first} then {second}");
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn a_photo_of_vivid_shows_its_colour_bars() {
    let track = open("vivid", MediaTrackConstraints::new().width(640).height(360));
    let photo = ImageCapture::new(&track).unwrap().take_photo(&PhotoSettings::default()).unwrap();
    assert_eq!((photo.width(), photo.height()), (640, 360));
    let picture = decode(&photo);
    let bars = [[191, 191, 191], [191, 191, 0], [0, 191, 191], [0, 191, 0], [191, 0, 191], [191, 0, 0], [0, 0, 191], [0, 0, 0]];
    for (index, wanted) in bars.into_iter().enumerate() {
        let got = pixel(&picture, index * 80 + 40, 330);
        assert!(near(got, wanted, 14), "bar {index}: {got:?} for {wanted:?}");
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn zoom_is_set_in_the_camera_and_seen_in_the_picture() {
    let uvc = Uvc::new();
    let track = open("CamSim Full HD", size(640, 480, 30.0));
    let capture = ImageCapture::new(&track).unwrap();
    assert_eq!(track.settings().zoom(), Some(100.0));
    let white = pixel(&capture.grab_frame().unwrap(), 40, 200);
    track.apply_constraints(&size(640, 480, 30.0).zoom(Constraint::exact(400.0))).unwrap();
    assert_eq!(track.settings().zoom(), Some(400.0));
    assert_eq!(uvc.v4l2_ctl("zoom_absolute"), 400.0);
    assert_eq!(run("camera-ctl get uvc0 zoom_absolute").trim(), "400");
    let green = pixel(&decode(&capture.take_photo(&PhotoSettings::default()).unwrap()), 40, 200);
    assert!(near(white, [191, 191, 191], 12) && near(green, [0, 191, 0], 12), "{white:?} {green:?}");
    let error = track.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(501.0))).unwrap_err();
    assert_eq!(error.constraint(), Some("zoom"));
    assert_eq!(uvc.v4l2_ctl("zoom_absolute"), 400.0);
    track.apply_constraints(&size(640, 480, 30.0)).unwrap();
    assert_eq!(uvc.v4l2_ctl("zoom_absolute"), 100.0, "back to where it was");
}

#[test]
#[ignore = "needs the camera VM"]
fn a_refused_zoom_changes_nothing_and_names_it() {
    let uvc = Uvc::new();
    let track = open("CamSim Full HD", MediaTrackConstraints::new());
    let before = (track.settings(), track.constraints());
    run("camera-ctl stall uvc0 zoom_absolute on");
    let error = track.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(300.0))).unwrap_err();
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some("zoom")), "{error}");
    assert!(error.os_code().is_some());
    assert_eq!((track.settings(), track.constraints()), before);
    run("camera-ctl reset uvc0");
    assert_eq!(uvc.v4l2_ctl("zoom_absolute"), 100.0);
    track.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(300.0))).unwrap();
}

#[test]
#[ignore = "needs the camera VM"]
fn a_busy_camera_is_not_readable() {
    let uvc = Uvc::new();
    let devices = devices();
    let id = find(&devices, "CamSim Full HD").device_id().to_owned();
    let wanted = MediaStreamConstraints::video(MediaTrackConstraints::new().device_id(Constraint::exact(id.into())));
    let other = Other::streaming(&uvc.node());
    let error = devices.get_user_media(&wanted).unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::NotReadable, "NotReadableError"), "{error}");
    assert!(error.message().contains("busy") && error.os_code() == Some(16), "{error}");
    drop(other);
    devices.get_user_media(&wanted).unwrap();
}

#[test]
#[ignore = "needs the camera VM"]
fn stopping_gives_the_camera_back_while_frames_are_held() {
    let uvc = Uvc::new();
    let track = open("CamSim Full HD", size(640, 480, 30.0));
    let reader = track.frames(FramesOptions { policy: DeliveryPolicy::Queue(4), format: None }).unwrap();
    let held: Vec<_> = (0..3).map(|_| reader.next_frame().unwrap()).collect();
    assert!(held.iter().all(|frame| frame.is_lease()), "frames are the driver's memory");
    let numbers: Vec<_> = held.iter().map(VirtualCamera::read_frame_number).collect();
    assert!(numbers.iter().all(Option::is_some), "{numbers:?}");
    track.stop();
    let start = Instant::now();
    let node = uvc.node();
    eventually("another program can stream", || {
        Command::new("v4l2-ctl").args(["-d", &node, "--stream-mmap", "--stream-count=5"]).stderr(Stdio::null()).status().unwrap().success()
    });
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(held.iter().map(VirtualCamera::read_frame_number).collect::<Vec<_>>(), numbers);
}

#[test]
#[ignore = "needs the camera VM"]
fn holding_every_buffer_gives_copies_and_then_an_error() {
    let _uvc = Uvc::new();
    let track = open("CamSim Full HD", size(320, 240, 30.0));
    let reader = track.frames(FramesOptions::default()).unwrap();
    let mut held = Vec::new();
    while let Ok(frame) = reader.next_frame_within(Duration::from_secs(1)) {
        held.push((VirtualCamera::read_frame_number(&frame), frame));
        assert!(held.len() < 40);
    }
    let leases = held.iter().filter(|(_, frame)| frame.is_lease()).count();
    assert!((2..=4).contains(&leases), "{leases} of {} are leases; two stay with the driver", held.len());
    assert!(held.len() >= 16, "{}", held.len());
    for (number, frame) in &held {
        assert_eq!(VirtualCamera::read_frame_number(frame), *number, "a held frame is never overwritten");
    }
    held.clear();
    ImageCapture::new(&track).unwrap().grab_frame().unwrap();
}

#[test]
#[ignore = "needs the camera VM"]
fn unplugging_ends_the_track_and_a_replugged_camera_has_the_same_id() {
    let _uvc = Uvc::new();
    let id = find(&devices(), "CamSim Full HD").device_id().to_owned();
    let track = open("CamSim Full HD", size(640, 480, 30.0));
    let capture = ImageCapture::new(&track).unwrap();
    let reader = track.frames(FramesOptions::default()).unwrap();
    let held = reader.next_frame().unwrap();
    let number = VirtualCamera::read_frame_number(&held);
    run("camera-ctl freeze uvc0 on");
    std::thread::sleep(Duration::from_millis(200));
    let photo = capture.take_photo_async(&PhotoSettings::default(), &imagecapture::PhotoOptions::default()).unwrap();
    let frame = capture.grab_frame_async().unwrap();
    run("camera-ctl unplug uvc0");
    eventually("the track ends", || track.ready_state() == TrackState::Ended);
    for error in [photo.wait().unwrap_err(), frame.wait().unwrap_err()] {
        assert_eq!((error.kind(), error.name()), (ErrorKind::DeviceLost, "UnknownError"), "{error}");
    }
    assert_eq!(reader.last().unwrap().unwrap_err().kind(), ErrorKind::DeviceLost);
    let error = capture.take_photo(&PhotoSettings::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    track.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(300.0))).unwrap();
    assert_eq!(VirtualCamera::read_frame_number(&held), number, "a held frame stays readable");
    assert!(devices().enumerate_devices().unwrap().iter().all(|d| d.device_id() != id));
    run("camera-ctl freeze uvc0 off");
    run("camera-ctl plug uvc0");
    assert_eq!(find(&devices(), "CamSim Full HD").device_id(), id);
    ImageCapture::new(&open("CamSim Full HD", MediaTrackConstraints::new())).unwrap().grab_frame().unwrap();
}

#[test]
#[ignore = "needs the camera VM"]
fn a_slow_control_does_not_stop_frames() {
    let _uvc = Uvc::new();
    let track = open("CamSim Full HD", size(640, 480, 30.0));
    let reader = track.frames(FramesOptions { policy: DeliveryPolicy::Queue(4), format: None }).unwrap();
    run("camera-ctl ctl-delay uvc0 1000");
    let pending = track.apply_constraints_async(&size(640, 480, 30.0).zoom(Constraint::exact(200.0))).unwrap();
    let mut frames = 0;
    while !pending.is_done() {
        reader.next_frame().unwrap();
        frames += 1;
    }
    pending.wait().unwrap();
    assert!(frames >= 10, "{frames} frames during a call of more than a second");
    assert_eq!(track.settings().zoom(), Some(200.0));
}

#[test]
#[ignore = "needs the camera VM"]
fn damaged_frames_never_become_pictures() {
    let _uvc = Uvc::new();
    let track = open("CamSim Full HD", size(640, 480, 30.0));
    let capture = ImageCapture::new(&track).unwrap();
    for fault in ["truncate", "empty", "error", "header"] {
        run(&format!("camera-ctl corrupt uvc0 {fault} 5"));
        let photo = capture.take_photo(&PhotoSettings::default()).unwrap();
        assert!(VirtualCamera::read_frame_number(&decode(&photo)).is_some(), "{fault}");
        run("camera-ctl corrupt uvc0 off");
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn a_frozen_camera_is_a_timeout_and_recovers() {
    let _uvc = Uvc::new();
    let track = open("CamSim Full HD", MediaTrackConstraints::new());
    let capture = ImageCapture::new(&track).unwrap();
    capture.grab_frame().unwrap();
    run("camera-ctl freeze uvc0 on");
    std::thread::sleep(Duration::from_millis(300));
    let error = capture.grab_frame_async().unwrap().limit(Duration::from_millis(500)).wait().unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::TimedOut, "UnknownError"));
    run("camera-ctl freeze uvc0 off");
    capture.grab_frame().unwrap();
}

#[test]
#[ignore = "needs the camera VM"]
fn closing_does_not_wait_for_a_hung_control() {
    let _uvc = Uvc::new();
    let devices = devices();
    let id = find(&devices, "CamSim Full HD").device_id().to_owned();
    let wanted = MediaStreamConstraints::video(MediaTrackConstraints::new().device_id(Constraint::exact(id.into())));
    let track = devices.get_user_media(&wanted).unwrap().video_tracks().remove(0);
    run("camera-ctl hang-controls uvc0 on");
    let pending = track.apply_constraints_async(&MediaTrackConstraints::new().zoom(Constraint::exact(200.0))).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let start = Instant::now();
    devices.close();
    assert!(start.elapsed() < Duration::from_millis(3500), "closing took {:?}", start.elapsed());
    drop(pending);
    run("camera-ctl hang-controls uvc0 off");
    // The thread that the kernel held has gone by then.
    std::thread::sleep(Duration::from_secs(4));
}

#[test]
#[ignore = "needs the camera VM"]
fn coming_and_going_is_told() {
    let _uvc = Uvc::new();
    let devices = devices();
    let before = find(&devices, "CamSim Full HD");
    let (tx, rx) = std::sync::mpsc::channel();
    let listener = devices.on(EventType::DeviceChange, move |event| {
        let ids = |list: &[MediaDeviceInfo]| list.iter().map(|info| info.device_id().to_owned()).collect::<Vec<_>>();
        tx.send((ids(event.devices().unwrap()), ids(event.user_inserted_devices()))).unwrap();
    });
    let id = before.device_id().to_owned();
    run("camera-ctl unplug uvc0");
    let (now, inserted) = rx.recv_timeout(Duration::from_secs(10)).expect("the camera has gone");
    assert!(!now.contains(&id) && inserted.is_empty(), "{now:?}");
    run("camera-ctl plug uvc0");
    // Its nodes come one after the other; the last list has it.
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let (now, inserted) = rx.recv_timeout(end.saturating_duration_since(Instant::now())).expect("the camera has come");
        if now.contains(&id) {
            assert!(inserted.contains(&id), "it has the same id as before, and is new: {inserted:?}");
            break;
        }
    }
    drop(listener);
}

#[test]
#[ignore = "needs the camera VM"]
fn a_track_has_a_size_of_its_own() {
    let _uvc = Uvc::new();
    let whole = open("CamSim Full HD", size(640, 480, 30.0));
    let part = whole.clone_track();
    part.apply_constraints(&MediaTrackConstraints::new().width(Constraint::exact(320)).height(Constraint::exact(180))).unwrap();
    assert_eq!((whole.settings().width(), part.settings().width(), part.settings().height()), (Some(640), Some(320), Some(180)));
    let (full, cut) = (ImageCapture::new(&whole).unwrap().grab_frame().unwrap(), ImageCapture::new(&part).unwrap().grab_frame().unwrap());
    assert_eq!((full.width(), full.height(), cut.width(), cut.height()), (640, 480, 320, 180));
    // The middle of the one is the middle of the other.
    assert!(near(pixel(&cut, 160, 90), pixel(&full, 320, 240), 40), "{:?} {:?}", pixel(&cut, 160, 90), pixel(&full, 320, 240));
}

#[test]
#[ignore = "needs the camera VM"]
fn a_camera_that_nobody_looks_at_is_free_for_others() {
    let uvc = Uvc::new();
    let track = open("CamSim Full HD", size(640, 480, 30.0).zoom(200.0));
    let capture = ImageCapture::new(&track).unwrap();
    capture.grab_frame().unwrap();
    track.set_enabled(false);
    std::thread::sleep(Duration::from_secs(4));
    run(&format!("v4l2-ctl -d {} --stream-mmap --stream-count=3", uvc.node()));
    run(&format!("v4l2-ctl -d {} -c zoom_absolute=300", uvc.node()));
    track.set_enabled(true);
    let frame = capture.grab_frame().unwrap();
    assert_eq!((frame.width(), frame.height(), track.settings().zoom()), (640, 480, Some(200.0)));
    eventually("the camera is set as the track has it", || uvc.v4l2_ctl("zoom_absolute") == 200.0);
    track.set_enabled(false);
    std::thread::sleep(Duration::from_secs(4));
    run("camera-ctl unplug uvc0");
    eventually("the track ends though its camera was given back", || track.ready_state() == TrackState::Ended);
}
