//! What happens when cameras fail: each fault is injected and its outcome asserted and timed. The clocks of the
//! guest run unevenly, so where the rule is 100 ms the limit here is [`TOLD`].

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use imagecapture::{
    Constraint, ErrorKind, EventType, FramesOptions, ImageCapture, Listener, MediaStreamConstraints, MediaStreamTrack,
    MediaTrackConstraints, PhotoOptions, PhotoSettings, TrackState, VirtualCamera,
};

use super::{Uvc, decode, devices, find, open, run, size};
use crate::common::eventually;

/// How long after the node of a camera has gone its tracks may take to end: 100 ms, and as much for the guest.
pub(super) const TOLD: Duration = Duration::from_millis(200);

pub(super) fn zoom(value: f64) -> MediaTrackConstraints {
    MediaTrackConstraints::new().zoom(Constraint::exact(value))
}

/// When events of a type came.
pub(super) fn times(track: &MediaStreamTrack, event: EventType) -> (Listener, Receiver<Instant>) {
    let (tx, rx) = channel();
    let listener = track.on(event, move |_| tx.send(Instant::now()).unwrap_or_default());
    (listener, rx)
}

/// Threads of the library that serve cameras.
pub(super) fn workers() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.flatten().filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| matches!(name.trim(), "ic-control" | "ic-capture")).count()
}

/// Waits until they have all ended; a thread that the kernel holds ends when it is let go.
pub(super) fn all_workers_end() {
    let end = Instant::now() + Duration::from_secs(20);
    while workers() > 0 {
        assert!(Instant::now() < end, "{} threads of cameras are left", workers());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Frames that came and were not to be had, or did not come.
pub(super) fn lost_frames(track: &MediaStreamTrack) -> u64 {
    let stats = track.stats();
    stats.total_frames() - stats.delivered_frames() - stats.discarded_frames()
}

/// Unplugs the UVC camera: its track ends, once, in time.
fn unplugged(uvc: &Uvc, track: &MediaStreamTrack, when: &str) {
    let (_listener, ended) = times(track, EventType::Ended);
    let node = uvc.node();
    let gone = std::thread::spawn(move || {
        while Path::new(&node).exists() {
            std::thread::sleep(Duration::from_millis(1));
        }
        Instant::now()
    });
    run("camera-ctl unplug uvc0");
    let gone = gone.join().unwrap();
    let end = ended.recv_timeout(Duration::from_secs(10)).expect("the track ends");
    let late = end.saturating_duration_since(gone);
    println!("unplugged {when}: ended {late:?} after the node had gone");
    assert!(late < TOLD, "unplugged {when}: {late:?}");
    assert_eq!(track.ready_state(), TrackState::Ended);
    assert!(ended.try_recv().is_err(), "once");
}

/// The camera comes back as the one it was.
fn plugged_again(id: &str) {
    run("camera-ctl reset uvc0; camera-ctl plug uvc0");
    assert_eq!(find(&devices(), "CamSim Full HD").device_id(), id);
    ImageCapture::new(&open("CamSim Full HD", MediaTrackConstraints::new())).unwrap().grab_frame().unwrap();
}

#[test]
#[ignore = "needs the camera VM"]
fn unplugged_while_it_streams() {
    let uvc = Uvc::new();
    let id = find(&devices(), "CamSim Full HD").device_id().to_owned();
    let track = open("CamSim Full HD", size(640, 480, 30.0));
    let clone = track.clone_track();
    let (_listener, other) = times(&clone, EventType::Ended);
    let reader = track.frames(FramesOptions::default()).unwrap();
    reader.next_frame().unwrap();
    unplugged(&uvc, &track, "while it streams");
    assert_eq!(reader.last().unwrap().unwrap_err().kind(), ErrorKind::DeviceLost);
    other.recv_timeout(Duration::from_secs(1)).expect("each track hears of it");
    let error = ImageCapture::new(&track).unwrap().grab_frame().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidState, "{error}");
    track.apply_constraints(&zoom(300.0)).unwrap();
    plugged_again(&id);
}

#[test]
#[ignore = "needs the camera VM"]
fn unplugged_while_a_photo_and_a_frame_are_awaited() {
    let uvc = Uvc::new();
    let track = open("CamSim Full HD", size(640, 480, 30.0));
    let capture = ImageCapture::new(&track).unwrap();
    capture.grab_frame().unwrap();
    run("camera-ctl freeze uvc0 on");
    std::thread::sleep(Duration::from_millis(200));
    let photo = capture.take_photo_async(&PhotoSettings::default(), &PhotoOptions::default()).unwrap();
    let queued = capture.take_photo_async(&PhotoSettings::default(), &PhotoOptions::default()).unwrap();
    let question = capture.photo_settings_async().unwrap();
    let frame = capture.grab_frame_async().unwrap();
    unplugged(&uvc, &track, "while a photo and a frame are awaited");
    let begin = Instant::now();
    for error in [photo.wait().unwrap_err(), queued.wait().unwrap_err(), frame.wait().unwrap_err()] {
        assert_eq!((error.kind(), error.name()), (ErrorKind::DeviceLost, "UnknownError"), "{error}");
    }
    let error = question.wait().unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::DeviceLost, "OperationError"), "{error}");
    assert!(begin.elapsed() < TOLD, "{:?}", begin.elapsed());
}

#[test]
#[ignore = "needs the camera VM"]
fn unplugged_while_a_control_is_written() {
    let uvc = Uvc::new();
    let track = open("CamSim Full HD", size(640, 480, 30.0));
    let capture = ImageCapture::new(&track).unwrap();
    // The first call also asks for the limits.
    track.apply_constraints(&zoom(150.0)).unwrap();
    run("camera-ctl ctl-delay uvc0 4000");
    let pending = track.apply_constraints_async(&zoom(300.0)).unwrap();
    let photo = capture.take_photo_async(&PhotoSettings::default(), &PhotoOptions::default()).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(!pending.is_done(), "the write is under way");
    unplugged(&uvc, &track, "while a control is written");
    let begin = Instant::now();
    pending.wait().unwrap();
    assert_eq!(photo.wait().unwrap_err().kind(), ErrorKind::DeviceLost);
    assert!(begin.elapsed() < TOLD, "{:?}", begin.elapsed());
    eventually("the threads end", || workers() == 0);
}

#[test]
#[ignore = "needs the camera VM"]
fn unplugged_while_it_is_given_back() {
    let uvc = Uvc::new();
    let track = open("CamSim Full HD", size(640, 480, 30.0));
    track.set_enabled(false);
    std::thread::sleep(Duration::from_millis(3500));
    run(&format!("v4l2-ctl -d {} --stream-mmap --stream-count=3", uvc.node()));
    unplugged(&uvc, &track, "while no track is enabled");
}

#[test]
#[ignore = "needs the camera VM"]
fn unplugged_while_it_is_opened() {
    let uvc = Uvc::new();
    let node = uvc.node();
    let devices = devices();
    let id = find(&devices, "CamSim Full HD").device_id().to_owned();
    run("camera-ctl ctl-delay uvc0 300");
    let wanted = MediaStreamConstraints::video(MediaTrackConstraints::new().zoom(200.0).device_id(Constraint::exact(id.clone().into())));
    let pending = devices.get_user_media_async(&wanted).unwrap();
    std::thread::sleep(Duration::from_millis(250));
    run("camera-ctl unplug uvc0");
    assert!(!Path::new(&node).exists());
    let begin = Instant::now();
    match pending.wait() {
        Err(error) => {
            println!("unplugged while it is opened: {error}");
            assert!(
                matches!(error.kind(), ErrorKind::DeviceLost | ErrorKind::NotFound | ErrorKind::Overconstrained),
                "{:?} {error}",
                error.kind()
            );
        }
        Ok(stream) => {
            let track = stream.video_tracks().remove(0);
            eventually("the track ends", || track.ready_state() == TrackState::Ended);
        }
    }
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    plugged_again(&id);
}

#[test]
#[ignore = "needs the camera VM"]
fn a_frozen_camera_is_restarted_once_then_mutes_and_unmutes() {
    let _uvc = Uvc::new();
    let track = open("CamSim Full HD", size(640, 480, 30.0));
    let reader = track.frames(FramesOptions::default()).unwrap();
    reader.next_frame().unwrap();
    let ((_mute, muted), (_unmute, unmuted)) = (times(&track, EventType::Mute), times(&track, EventType::Unmute));
    run("camera-ctl log uvc0 clear");
    run("camera-ctl freeze uvc0 on");
    let frozen = Instant::now();
    let mute = muted.recv_timeout(Duration::from_secs(15)).expect("it mutes") - frozen;
    println!("frozen: muted after {mute:?}");
    assert!((Duration::from_millis(3500)..Duration::from_secs(9)).contains(&mute), "2 s, a restart, 2 s: {mute:?}");
    let log = run("camera-ctl log uvc0");
    assert_eq!(log.matches("stream on").count(), 1, "restarted once: {log}");
    assert!(track.muted() && unmuted.try_recv().is_err());
    run("camera-ctl freeze uvc0 off");
    let thawed = Instant::now();
    println!("thawed: unmuted after {:?}", unmuted.recv_timeout(Duration::from_secs(5)).expect("it unmutes") - thawed);
    ImageCapture::new(&track).unwrap().grab_frame().unwrap();
    assert_eq!((track.ready_state(), track.muted()), (TrackState::Live, false));
    assert!(muted.try_recv().is_err(), "each event once");
}

#[test]
#[ignore = "needs the camera VM"]
fn a_slow_camera_is_not_a_stalled_one() {
    let _uvc = Uvc::new();
    let track = open("CamSim Full HD", size(640, 480, 30.0));
    let (_mute, muted) = times(&track, EventType::Mute);
    let reader = track.frames(FramesOptions::default()).unwrap();
    reader.next_frame().unwrap();
    run("camera-ctl log uvc0 clear; camera-ctl slow uvc0 900");
    for _ in 0..4 {
        reader.next_frame_within(Duration::from_secs(5)).unwrap();
    }
    assert!(muted.try_recv().is_err() && !run("camera-ctl log uvc0").contains("stream"), "nothing was done about it");
}

#[test]
#[ignore = "needs the camera VM"]
fn jpegs_without_huffman_tables_are_pictures_and_photos() {
    let _uvc = Uvc::new();
    let track = open("CamSim Full HD", size(1280, 720, 30.0));
    let capture = ImageCapture::new(&track).unwrap();
    capture.grab_frame().unwrap();
    run("camera-ctl corrupt uvc0 nohuffman -1");
    std::thread::sleep(Duration::from_millis(500));
    let photo = capture.take_photo(&PhotoSettings::default()).unwrap();
    assert!(photo.bytes().windows(2).any(|marker| marker == [0xff, 0xc4]), "the photo has them");
    assert!(VirtualCamera::read_frame_number(&decode(&photo)).is_some());
    assert!(VirtualCamera::read_frame_number(&capture.grab_frame().unwrap()).is_some());
}

#[test]
#[ignore = "needs the camera VM"]
fn damaged_frames_are_counted_and_the_stream_goes_on() {
    let _uvc = Uvc::new();
    // MJPEG: of raw pixels nobody can tell whether they are noise.
    let track = open("CamSim Full HD", size(1280, 720, 30.0));
    let reader = track.frames(FramesOptions::default()).unwrap();
    reader.next_frame().unwrap();
    for fault in ["truncate", "header", "empty", "error", "garbage"] {
        let before = lost_frames(&track);
        run(&format!("camera-ctl corrupt uvc0 {fault} 5"));
        eventually("the faults are over", || run("camera-ctl status uvc0").contains("corrupt=0"));
        for _ in 0..3 {
            reader.next_frame().unwrap();
        }
        println!("{fault}: {} lost frames counted", lost_frames(&track) - before);
        if fault != "garbage" {
            // A JPEG whose middle is noise is whole as far as can be told without decoding it.
            assert!(lost_frames(&track) - before >= 5, "{fault}: {} of 5 counted", lost_frames(&track) - before);
        }
    }
    assert_eq!(track.ready_state(), TrackState::Live);
}

#[test]
#[ignore = "needs the camera VM"]
fn each_refusal_of_a_usb_camera_names_the_property_and_changes_nothing() {
    let uvc = Uvc::new();
    let track = open("CamSim Full HD", MediaTrackConstraints::new());
    let (before, zoom_before) = ((track.settings().zoom(), track.constraints()), uvc.v4l2_ctl("zoom_absolute"));
    for code in 1..=8 {
        run(&format!("camera-ctl stall uvc0 zoom_absolute {code}"));
        let begin = Instant::now();
        let error = track.apply_constraints(&zoom(300.0)).unwrap_err();
        println!("refused with {code}: {:?} in {:?}: {error}", error.os_code(), begin.elapsed());
        assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some("zoom")), "{code}: {error}");
        assert!(error.os_code().is_some() && begin.elapsed() < Duration::from_secs(2));
        run("camera-ctl reset uvc0");
        assert_eq!((track.settings().zoom(), track.constraints()), before, "{code}");
        assert_eq!(uvc.v4l2_ctl("zoom_absolute"), zoom_before, "{code}");
    }
    ImageCapture::new(&track).unwrap().grab_frame().unwrap();
    track.apply_constraints(&zoom(300.0)).unwrap();
}

#[test]
#[ignore = "needs the camera VM"]
fn closing_returns_while_the_camera_answers_nothing_and_it_is_free_afterwards() {
    let uvc = Uvc::new();
    let devices = devices();
    let id = find(&devices, "CamSim Full HD").device_id().to_owned();
    let wanted = MediaStreamConstraints::video(size(640, 480, 30.0).device_id(Constraint::exact(id.into())));
    let track = devices.get_user_media(&wanted).unwrap().video_tracks().remove(0);
    track.apply_constraints(&size(640, 480, 30.0).zoom(150.0)).unwrap();
    run("camera-ctl hang uvc0 on");
    let pending = track.apply_constraints_async(&size(640, 480, 30.0).zoom(200.0)).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let begin = Instant::now();
    devices.close();
    println!("closed a camera that answers nothing in {:?}", begin.elapsed());
    assert!(begin.elapsed() <= Duration::from_secs(2), "{:?}", begin.elapsed());
    pending.wait().unwrap();
    run("camera-ctl hang uvc0 off");
    let begin = Instant::now();
    all_workers_end();
    println!("its threads ended {:?} after it answered again", begin.elapsed());
    run(&format!("v4l2-ctl -d {} --stream-mmap --stream-count=3", uvc.node()));
}

#[test]
#[ignore = "needs the camera VM"]
fn closing_gives_the_camera_to_others_while_the_kernel_holds_a_control() {
    let uvc = Uvc::new();
    let devices = devices();
    let id = find(&devices, "CamSim Full HD").device_id().to_owned();
    let wanted = MediaStreamConstraints::video(size(640, 480, 30.0).device_id(Constraint::exact(id.into())));
    let track = devices.get_user_media(&wanted).unwrap().video_tracks().remove(0);
    let held = track.frames(FramesOptions::default()).unwrap().next_frame().unwrap();
    let number = VirtualCamera::read_frame_number(&held);
    // Beginning takes a while; it waits to be told to go on.
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../bindings-tests/camera-vm/guest/stream");
    let mut other = Command::new(program).arg(uvc.node()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
    let mut says = |line: &str| assert_eq!(lines.next().and_then(Result::ok).as_deref(), Some(line));
    says("ready");
    track.apply_constraints(&size(640, 480, 30.0).zoom(150.0)).unwrap();
    run("camera-ctl hang-controls uvc0 on");
    let pending = track.apply_constraints_async(&size(640, 480, 30.0).zoom(200.0)).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let begin = Instant::now();
    devices.close();
    println!("closed while a control is in the kernel in {:?}", begin.elapsed());
    assert!(begin.elapsed() <= Duration::from_secs(2), "{:?}", begin.elapsed());
    pending.wait().unwrap();
    let closed = Instant::now();
    let mut input = other.stdin.take().unwrap();
    input.write_all(b"\n").unwrap();
    for line in ["mine", "frame"] {
        says(line);
        println!("another program had it {:?} after it was closed: {line}", closed.elapsed());
    }
    assert!(workers() > 0, "the control call is still in the kernel");
    assert_eq!(VirtualCamera::read_frame_number(&held), number, "a held frame stays readable");
    // Nor is it taken again when the call returns.
    all_workers_end();
    drop(input);
    assert!(other.wait().unwrap().success(), "it was never busy");
    run("camera-ctl hang-controls uvc0 off");
    ImageCapture::new(&open("CamSim Full HD", size(640, 480, 30.0))).unwrap().grab_frame().unwrap();
}

#[test]
#[ignore = "needs the camera VM"]
fn a_camera_that_answers_nothing_does_not_hold_up_another_that_is_asked_for_by_its_id() {
    let _uvc = Uvc::new();
    let devices = devices();
    let id = find(&devices, "vivid").device_id().to_owned();
    run("camera-ctl hang uvc0 on");
    let begin = Instant::now();
    let wanted = MediaStreamConstraints::video(MediaTrackConstraints::new().device_id(Constraint::exact(id.as_str().into())));
    let track = devices.get_user_media(&wanted).unwrap().video_tracks().remove(0);
    ImageCapture::new(&track).unwrap().grab_frame().unwrap();
    println!("a frame of the one that was asked for after {:?}", begin.elapsed());
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    let begin = Instant::now();
    devices.device_details(&id).unwrap();
    assert!(begin.elapsed() < Duration::from_secs(2), "its details: {:?}", begin.elapsed());
    let begin = Instant::now();
    println!("listing both: {:?} after {:?}", devices.enumerate_devices().map(|list| list.len()), begin.elapsed());
    assert!(begin.elapsed() > Duration::from_secs(2), "or the other one answered: {:?}", begin.elapsed());
    run("camera-ctl hang uvc0 off");
}

#[test]
#[ignore = "needs the camera VM"]
fn unplugged_while_its_mode_changes() {
    let uvc = Uvc::new();
    let track = open("CamSim Full HD", size(640, 480, 30.0));
    ImageCapture::new(&track).unwrap().grab_frame().unwrap();
    // Both what stops the old stream and what starts the new one are requests to the camera.
    run("camera-ctl ctl-delay uvc0 300");
    let pending = track.apply_constraints_async(&size(1280, 720, 30.0)).unwrap();
    std::thread::sleep(Duration::from_millis(150));
    unplugged(&uvc, &track, "while its mode changes");
    let begin = Instant::now();
    pending.wait().unwrap();
    assert!(begin.elapsed() < TOLD, "{:?}", begin.elapsed());
    eventually("the threads end", || workers() == 0);
}

#[test]
#[ignore = "needs the camera VM"]
fn cameras_that_stay_silent_are_lost() {
    // Both at once, because it takes half a minute: one answers nothing any more, the other only gives no frames.
    let _uvc = Uvc::new();
    let vivid = Vivid::new();
    let tracks = [open("CamSim Full HD", size(640, 480, 30.0)), open("vivid", MediaTrackConstraints::new().width(640).height(360))];
    let readers = tracks.each_ref().map(|track| track.frames(FramesOptions::default()).unwrap());
    readers.iter().for_each(|reader| drop(reader.next_frame().unwrap()));
    let heard = tracks.each_ref().map(|track| (times(track, EventType::Mute), times(track, EventType::Ended)));
    let begin = Instant::now();
    run("camera-ctl hang uvc0 on");
    vivid.set("percentage_of_dropped_buffers=100");
    for (((_, muted), (_, ended)), name) in heard.iter().zip(["one that answers nothing", "one without frames"]) {
        let mute = muted.recv_timeout(Duration::from_secs(40)).expect("it mutes") - begin;
        let end = ended.recv_timeout(Duration::from_secs(60)).expect("it ends") - begin;
        println!("{name}: muted after {mute:?}, ended after {end:?}");
        // Also when the restart keeps a thread in the kernel for 10 s.
        assert!(mute < Duration::from_secs(11), "{name}: muted after {mute:?}");
        assert!((Duration::from_secs(29)..Duration::from_secs(45)).contains(&end), "{name}: ended after {end:?}");
    }
    for reader in readers {
        assert_eq!(reader.last().unwrap().unwrap_err().kind(), ErrorKind::DeviceLost);
    }
    run("camera-ctl hang uvc0 off");
    vivid.set("percentage_of_dropped_buffers=0");
    all_workers_end();
    for label in ["CamSim Full HD", "vivid"] {
        ImageCapture::new(&open(label, MediaTrackConstraints::new())).unwrap().grab_frame().unwrap();
    }
}

/// The webcam of vivid, all of whose frames come while a test begins and when it ends.
struct Vivid;

impl Vivid {
    fn new() -> Vivid {
        Vivid.set("percentage_of_dropped_buffers=0");
        Vivid
    }

    fn node() -> String {
        format!("/dev/{}", run("basename $(dirname $(grep -l vivid-000-vid-cap /sys/class/video4linux/*/name))").trim())
    }

    fn set(&self, control: &str) {
        run(&format!("v4l2-ctl -d {} -c {control}", Vivid::node()));
    }
}

impl Drop for Vivid {
    fn drop(&mut self) {
        let line = "v4l2-ctl -d /dev/$(basename $(dirname $(grep -l vivid-000-vid-cap /sys/class/video4linux/*/name))) \
                    -c percentage_of_dropped_buffers=0";
        let _ = Command::new("sh").args(["-c", line]).stderr(Stdio::null()).status();
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn frames_with_the_drivers_error_flag_are_dropped_and_counted() {
    let vivid = Vivid::new();
    let track = open("vivid", MediaTrackConstraints::new().width(640).height(360));
    let reader = track.frames(FramesOptions::default()).unwrap();
    reader.next_frame().unwrap();
    let before = lost_frames(&track);
    for _ in 0..3 {
        // The next buffer that is filled.
        vivid.set("inject_v4l2_buf_flag_error=1");
        std::thread::sleep(Duration::from_millis(300));
    }
    for _ in 0..3 {
        let frame = reader.next_frame().unwrap();
        assert_eq!((frame.width(), frame.height()), (640, 360));
    }
    println!("flagged: {} lost frames counted", lost_frames(&track) - before);
    assert!(lost_frames(&track) - before >= 3);
    // So are those that the driver says it has left out.
    let before = lost_frames(&track);
    vivid.set("percentage_of_dropped_buffers=50");
    (0..20).for_each(|_| drop(reader.next_frame().unwrap()));
    println!("left out: {} lost frames counted", lost_frames(&track) - before);
    assert!(lost_frames(&track) - before >= 3);
}

#[test]
#[ignore = "needs the camera VM"]
fn a_disconnected_driver_ends_its_tracks_and_then_there_is_no_camera() {
    let _uvc = Uvc::new();
    let label = find(&devices(), "vivid").label().to_owned();
    let id = find(&devices(), "vivid").device_id().to_owned();
    let track = open("vivid", MediaTrackConstraints::new().width(640).height(360));
    ImageCapture::new(&track).unwrap().grab_frame().unwrap();
    let (_listener, ended) = times(&track, EventType::Ended);
    let begin = Instant::now();
    run(&format!("v4l2-ctl -d {} -c disconnect=1", Vivid::node()));
    let done = Instant::now();
    let end = ended.recv_timeout(Duration::from_secs(5)).expect("the track ends");
    println!("disconnected: ended {:?} after that was asked for, which took {:?}", end - begin, done - begin);
    // The driver's own switch is for good; a new instance takes its place. Until then no camera is left.
    let drivers = |action: &str| {
        run(&format!("cd /sys/bus/platform/drivers; for d in vivid labcam; do [ ! -d $d ] || echo $d.0 > $d/{action}; done"));
    };
    drivers("unbind");
    run("camera-ctl unplug uvc0");
    let devices = devices();
    let none = devices.enumerate_devices();
    let opened = devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new()));
    drivers("bind");
    assert!(none.as_ref().is_ok_and(Vec::is_empty), "{none:?}");
    let error = opened.unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::NotFound, "NotFoundError"), "{error}");
    let back = find(&devices, &label);
    assert_eq!(back.device_id(), id);
    ImageCapture::new(&open("vivid", MediaTrackConstraints::new())).unwrap().grab_frame().unwrap();
}

#[test]
#[ignore = "needs the camera VM"]
fn a_node_that_is_no_camera_is_not_listed() {
    let uvc = Uvc::new();
    let node = uvc.node();
    run(&format!("mv {node} {node}.kept && mknod {node} c 1 3"));
    let list = devices().enumerate_devices();
    run(&format!("rm {node} && mv {node}.kept {node}"));
    let list = list.unwrap();
    assert!(list.iter().all(|device| device.label() != "CamSim Full HD"), "the node was /dev/null: {list:?}");
    find(&devices(), "CamSim Full HD");
}

/// Set in the half of the test that runs as a user without rights: what the message has to say.
const UNPRIVILEGED: &str = "IMAGECAPTURE_TEST_UNPRIVILEGED";

#[test]
#[ignore = "needs the camera VM"]
fn a_node_without_permission_says_whom_to_ask() {
    if let Ok(says) = std::env::var(UNPRIVILEGED) {
        let devices = devices();
        let id = find(&devices, "CamSim Full HD").device_id().to_owned();
        let wanted = MediaStreamConstraints::video(MediaTrackConstraints::new().device_id(Constraint::exact(id.into())));
        let error = devices.get_user_media(&wanted).unwrap_err();
        println!("message: {error}");
        assert_eq!((error.kind(), error.name(), error.os_code()), (ErrorKind::NotAllowed, "NotAllowedError", Some(13)), "{error}");
        assert!(error.message().contains(&says), "{says}: {error}");
        return;
    }
    let uvc = Uvc::new();
    let (node, test) = (uvc.node(), std::env::current_exe().unwrap());
    for group in ["audio", "root"] {
        run(&format!("chgrp {group} {node}; chmod 660 {node}"));
        let output = run(&format!(
            "{UNPRIVILEGED}='the group {group}' setpriv --reuid 65534 --regid 65534 --clear-groups {} --exact \
             v4l2::faults::a_node_without_permission_says_whom_to_ask --ignored --nocapture 2>&1 || true",
            test.display()
        ));
        assert!(output.contains("1 passed"), "{output}");
        println!("{}", output.lines().find(|line| line.contains("message:")).unwrap_or_default());
    }
    run(&format!("chgrp root {node}; chmod 600 {node}"));
}
