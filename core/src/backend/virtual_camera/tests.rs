//! What the capture half reports, which the library hides from programs.

use std::time::{Duration, Instant};

use super::VirtualCamera;
use crate::backend::{Capture, Device, Dropped, Next};
use crate::{CorruptFrame, Property};

fn camera(format: &str) -> VirtualCamera {
    let text = format!(
        r#"{{"modes": [{{"width": 320, "height": 240, "pixelFormat": "{format}"}}], "pacing": "manual",
            "properties": {{"zoom": {{"min": 100, "max": 400, "step": 10}}}}}}"#
    );
    VirtualCamera::from_json(&text).unwrap()
}

fn open(camera: &VirtualCamera) -> (Box<dyn Device>, Box<dyn Capture>) {
    let mut device = camera.entry().open().unwrap();
    let mut capture = device.capture().unwrap();
    let mode = device.info().unwrap().modes[0];
    capture.start(&mode).unwrap();
    (device, capture)
}

fn next(capture: &mut Box<dyn Capture>) -> Next {
    capture.next(Instant::now() + Duration::from_secs(5)).unwrap()
}

fn quiet(capture: &mut Box<dyn Capture>) -> bool {
    matches!(capture.next(Instant::now()).unwrap(), Next::Nothing)
}

#[test]
fn a_change_from_outside_is_reported_once_and_without_frames() {
    let camera = camera("rgb");
    camera.set_properties(r#"{"zoom": 200}"#).unwrap();
    let (mut device, mut capture) = open(&camera);
    assert!(quiet(&mut capture), "what was changed before it was opened is no news");
    let other = camera.clone();
    let changes = std::thread::spawn(move || {
        other.set_properties(r#"{"zoom": 300}"#).unwrap();
    });
    assert!(matches!(next(&mut capture), Next::Changed(_)), "a wait ends with it");
    changes.join().unwrap();
    assert!(quiet(&mut capture));
    camera.set_properties(r#"{"zoom": 310}"#).unwrap();
    camera.set_properties(r#"{"torch": {"values": [false, true]}}"#).unwrap();
    camera.freeze(true);
    assert!(matches!(next(&mut capture), Next::Changed(_)));
    assert!(quiet(&mut capture), "two changes at once are one report");
    camera.set_properties(r#"{"zoom": 310, "brightness": null}"#).unwrap();
    camera.set_properties("{}").unwrap();
    camera.set_properties(r#"{"zoom": 401}"#).unwrap_err();
    assert!(quiet(&mut capture), "nothing is different");
    device.write(&[(Property::Zoom, 120.0.into())]).unwrap();
    assert!(quiet(&mut capture), "what the program writes does not come from outside");
}

#[test]
fn settling_is_a_change_from_outside() {
    let camera = camera("rgb");
    let (mut device, mut capture) = open(&camera);
    camera.set_late_effect(&[Property::Zoom]);
    device.write(&[(Property::Zoom, 200.0.into())]).unwrap();
    assert_eq!(device.info().unwrap().controls[0].value, 100.0.into());
    assert!(quiet(&mut capture));
    camera.settle();
    assert!(matches!(next(&mut capture), Next::Changed(_)));
    assert_eq!(device.info().unwrap().controls[0].value, 200.0.into());
    camera.settle();
    assert!(quiet(&mut capture), "there was nothing to settle");
}

#[test]
fn cut_and_empty_frames_are_dropped_as_damaged() {
    let formats: &[&str] = if cfg!(feature = "turbojpeg") { &["yuyv", "nv12", "mjpeg"] } else { &["yuyv", "nv12"] };
    for format in formats {
        let camera = camera(format);
        let (_device, mut capture) = open(&camera);
        for fault in [CorruptFrame::Cut, CorruptFrame::Empty] {
            camera.corrupt_frame(fault);
            camera.step(2);
            assert!(matches!(next(&mut capture), Next::Dropped(Dropped::Damaged)), "{format} {fault:?}");
            let Next::Frame(frame) = next(&mut capture) else { panic!("the frame behind it is whole") };
            assert_eq!(frame.sequence(), camera.frame_count(), "the damaged one is counted");
        }
    }
}

#[test]
fn what_was_open_stays_lost_when_the_camera_is_there_again() {
    let camera = camera("rgb");
    for lose in [VirtualCamera::unplug, VirtualCamera::end] {
        let (mut device, mut capture) = open(&camera);
        lose(&camera);
        camera.replug();
        assert!(device.info().is_err());
        assert!(device.write(&[(Property::Zoom, 200.0.into())]).is_err());
        let lost = capture.next(Instant::now() + Duration::from_secs(5));
        assert_eq!(lost.err().map(|error| error.kind()), Some(crate::ErrorKind::DeviceLost));
    }
    assert!(camera.writes().is_empty());
}
