//! What drivers do wrong, by the one that was written for these tests.

use std::path::Path;
use std::time::{Duration, Instant};

use imagecapture::{
    Constraint, DeliveryPolicy, ErrorKind, EventType, FramesOptions, ImageCapture, MediaTrackConstraints, Property, TrackState,
};

use super::faults::{TOLD, all_workers_end, lost_frames, times, workers, zoom};
use super::{devices, find, open, run};
use crate::common::eventually;

const ZOOM: u32 = 0x009a_090d;

/// The camera of our own driver; its switches are off when a test begins and when it ends.
pub(super) struct Lab;

const OFF: &str = "refuse_control=0,refuse_times=-1,vanish=0,lie=0,timestamps=0,freeze=0,hang_control_ms=0,privacy_shutter=0,pair_pan_and_tilt=0,\
                   short_frames=0,error_frames=0,sequence_gap=0";

impl Lab {
    pub(super) fn new() -> Lab {
        Lab::set(OFF);
        Lab::set("zoom_absolute=100");
        Lab
    }

    fn path() -> String {
        let nodes = std::fs::read_dir("/sys/class/video4linux").unwrap().flatten();
        let is_lab = |name: &String| {
            let label = std::fs::read_to_string(format!("/sys/class/video4linux/{name}/name")).unwrap_or_default();
            label.trim() == "Lab Camera"
        };
        format!("/dev/{}", nodes.filter_map(|node| node.file_name().into_string().ok()).find(is_lab).expect("the camera is there"))
    }

    pub(super) fn node(&self) -> String {
        Lab::path()
    }

    fn set(switches: &str) {
        run(&format!("v4l2-ctl -d {} -c {switches}", Lab::path()));
    }

    fn get(control: &str) -> String {
        run(&format!("v4l2-ctl -d {} -C {control}", Lab::path())).rsplit(' ').next().unwrap().trim().to_owned()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = std::process::Command::new("v4l2-ctl").args(["-d", &Lab::path(), "-c", OFF]).status();
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn stopping_returns_at_once_and_gives_the_stream_back_while_the_kernel_holds_a_control() {
    let lab = Lab::new();
    let track = open("Lab Camera", MediaTrackConstraints::new());
    ImageCapture::new(&track).unwrap().grab_frame().unwrap();
    Lab::set("hang_control_ms=6000");
    let held = Instant::now();
    let pending = track.apply_constraints_async(&zoom(200.0)).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let begin = Instant::now();
    track.stop();
    assert!(begin.elapsed() < Duration::from_millis(100), "{:?}", begin.elapsed());
    pending.wait().unwrap();
    assert!(begin.elapsed() < Duration::from_millis(500), "whoever waited is told: {:?}", begin.elapsed());
    // Reading asks for no control, unlike v4l2-ctl.
    eventually("another program reads a frame", || {
        run(&format!("dd if={} of=/dev/null bs=614400 count=1 2> /dev/null && echo read || echo busy", lab.node())).contains("read")
    });
    println!("another program had a frame {:?} after stopping", begin.elapsed());
    assert!(held.elapsed() < Duration::from_secs(6), "while the call was still in the kernel");
    assert!(workers() > 0);
    drop(lab);
    all_workers_end();
}

#[test]
#[ignore = "needs the camera VM"]
fn each_error_of_the_kernel_is_the_propertys() {
    let _lab = Lab::new();
    let track = open("Lab Camera", MediaTrackConstraints::new());
    // EIO, EBUSY, EACCES, EINVAL, EPIPE, ERANGE, ETIMEDOUT
    for code in [5, 16, 13, 22, 32, 34, 110] {
        Lab::set(&format!("refuse_control={ZOOM},refuse_code={code}"));
        let before = (track.settings(), track.constraints());
        let begin = Instant::now();
        let error = track.apply_constraints(&zoom(300.0)).unwrap_err();
        println!("error {code}: in {:?}: {error}", begin.elapsed());
        assert_eq!((error.kind(), error.constraint(), error.os_code()), (ErrorKind::Overconstrained, Some("zoom"), Some(code)), "{error}");
        let after = (track.settings(), track.constraints());
        assert_eq!((after.0.zoom(), after.1), (before.0.zoom(), before.1));
        Lab::set("refuse_control=0");
        assert_eq!(Lab::get("zoom_absolute"), "100");
    }
    // A bus that has trouble now and then is tried three times.
    for (code, times, taken) in [(5, 2, true), (32, 2, true), (5, 3, false), (16, 1, false)] {
        Lab::set(&format!("refuse_code={code},refuse_times={times}"));
        Lab::set(&format!("refuse_control={ZOOM}"));
        assert_eq!(track.apply_constraints(&zoom(200.0)).is_ok(), taken, "{code} {times} times");
        Lab::set("refuse_control=0,refuse_times=-1");
        track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
    }
    ImageCapture::new(&track).unwrap().grab_frame().unwrap();
    // The kernel says that the device is gone: that is its end, and the call succeeds without effect.
    let (_listener, ended) = times(&track, EventType::Ended);
    Lab::set(&format!("refuse_control={ZOOM},refuse_code=19"));
    track.apply_constraints(&zoom(300.0)).unwrap();
    ended.recv_timeout(Duration::from_secs(5)).expect("the track ends");
    Lab::set("refuse_code=5");
}

#[test]
#[ignore = "needs the camera VM"]
fn a_control_that_vanishes_takes_nothing_with_it() {
    let _lab = Lab::new();
    let track = open("Lab Camera", MediaTrackConstraints::new());
    let capture = ImageCapture::new(&track).unwrap();
    Lab::set(&format!("vanish={ZOOM}"));
    // Whether the library has heard of it or not: the constraint cannot be met, and is not silently left out.
    let error = track.apply_constraints(&zoom(300.0)).unwrap_err();
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some("zoom")), "{error}");
    capture.grab_frame().unwrap();
    track.apply_constraints(&MediaTrackConstraints::new().width(320)).unwrap();
    assert_eq!((track.ready_state(), track.settings().width()), (TrackState::Live, Some(320)));
    Lab::set("vanish=0");
    eventually("it can be set again", || track.apply_constraints(&zoom(300.0)).is_ok());
    assert_eq!(Lab::get("zoom_absolute"), "300");
}

#[test]
#[ignore = "needs the camera VM"]
fn a_driver_that_lies_about_its_ranges_is_not_believed() {
    let _lab = Lab::new();
    let check = |when: &str| {
        let capabilities = find(&devices(), "Lab Camera").capabilities().clone();
        let contrast = capabilities.range(Property::Contrast);
        assert!(contrast.is_none_or(|range| range.min < range.max && range.step > 0.0), "{when}: {contrast:?}");
        assert!(contrast.is_some() || when == "lying", "it is there");
        assert_eq!(capabilities.zoom().map(|zoom| (zoom.min, zoom.max)), Some((100.0, 400.0)), "{when}");
    };
    check("honest");
    let before = open("Lab Camera", MediaTrackConstraints::new());
    Lab::set("lie=1");
    check("lying");
    // A track from before the lie, and one from after it.
    for track in [before, open("Lab Camera", MediaTrackConstraints::new())] {
        let wanted = MediaTrackConstraints::new().contrast(Constraint::exact(150.0));
        if let Err(error) = track.apply_constraints(&wanted) {
            assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some("contrast")), "{error}");
        }
        track.apply_constraints(&zoom(200.0)).unwrap();
        assert_eq!(Lab::get("zoom_absolute"), "200");
        ImageCapture::new(&track).unwrap().grab_frame().unwrap();
        track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn timestamps_of_a_driver_are_checked() {
    let _lab = Lab::new();
    let track = open("Lab Camera", MediaTrackConstraints::new());
    let reader = track.frames(FramesOptions { policy: DeliveryPolicy::Queue(4), format: None }).unwrap();
    let mut last = Duration::ZERO;
    // Long enough for times of a second ago to be in the stream.
    std::thread::sleep(Duration::from_millis(2500));
    for (number, kind) in ["monotonic", "realtime", "zero", "backwards"].iter().enumerate() {
        Lab::set(&format!("timestamps={number}"));
        let times: Vec<_> = (0..25).map(|_| (reader.next_frame().unwrap().timestamp(), Instant::now())).collect();
        // The first ones have waited, and are of the time before.
        for (time, _) in &times {
            assert!(*time >= last, "{kind}: {time:?} after {last:?}");
            last = *time;
        }
        let (passed, shown) = (times[24].1 - times[8].1, times[24].0 - times[8].0);
        println!("{kind}: 16 frames in {passed:?}, by their times {shown:?}");
        assert!(shown.abs_diff(passed) < Duration::from_millis(500) + passed / 2, "{kind}: {shown:?} in {passed:?}");
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn short_and_flawed_frames_and_gaps_are_counted() {
    let _lab = Lab::new();
    let track = open("Lab Camera", MediaTrackConstraints::new());
    let reader = track.frames(FramesOptions { policy: DeliveryPolicy::Queue(4), format: None }).unwrap();
    reader.next_frame().unwrap();
    for (fault, count) in [("short_frames", 5), ("error_frames", 4), ("sequence_gap", 7)] {
        let before = lost_frames(&track);
        Lab::set(&format!("{fault}={count}"));
        eventually("it has happened", || Lab::get(fault) == "0");
        for _ in 0..6 {
            let frame = reader.next_frame().unwrap();
            assert_eq!((frame.width(), frame.height()), (track.settings().width().unwrap(), track.settings().height().unwrap()));
        }
        eventually("each is counted", || lost_frames(&track) - before >= count);
        println!("{fault}: {} of {count} counted", lost_frames(&track) - before);
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn a_driver_that_is_unbound_ends_its_tracks() {
    let lab = Lab::new();
    let id = find(&devices(), "Lab Camera").device_id().to_owned();
    let track = open("Lab Camera", MediaTrackConstraints::new());
    ImageCapture::new(&track).unwrap().grab_frame().unwrap();
    let (_listener, ended) = times(&track, EventType::Ended);
    run("echo labcam.0 > /sys/bus/platform/drivers/labcam/unbind");
    let begin = Instant::now();
    let end = ended.recv_timeout(Duration::from_secs(5));
    run("echo labcam.0 > /sys/bus/platform/drivers/labcam/bind");
    let late = end.expect("the track ends").saturating_duration_since(begin);
    println!("unbound: ended {late:?} afterwards");
    assert!(late < TOLD, "{late:?}");
    eventually("its node is there again", || Path::new(&lab.node()).exists());
    assert_eq!(find(&devices(), "Lab Camera").device_id(), id);
    ImageCapture::new(&open("Lab Camera", MediaTrackConstraints::new())).unwrap().grab_frame().unwrap();
}
