//! Every format, size and rate that real cameras stream. One format after the other is looked at beside the driver code,
//! in `core/src/backend/v4l2/vm_tests.rs`; here is what a program sees of it.

use std::io::{Seek, SeekFrom};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use imagecapture::{
    Constraint, DeliveryPolicy, DmabufPlane, FrameReader, FramesOptions, ImageCapture, MediaStreamTrack, MediaTrackConstraints, PixelFormat,
};

use super::{Uvc, near, open, pixel, run, size};

/// The path of the node with which this process has a camera open.
fn node_in_use(driver: &str) -> String {
    let links = std::fs::read_dir("/proc/self/fd").unwrap().flatten().filter_map(|entry| std::fs::read_link(entry.path()).ok());
    let mut nodes: Vec<String> = links.map(|link| link.display().to_string()).filter(|link| link.starts_with("/dev/video")).collect();
    nodes.retain(|node| run(&format!("v4l2-ctl -d {node} --info")).contains(driver));
    nodes.dedup();
    assert_eq!(nodes.len(), 1, "{nodes:?}");
    nodes.remove(0)
}

fn queue(track: &MediaStreamTrack) -> FrameReader {
    track.frames(FramesOptions { policy: DeliveryPolicy::Queue(4), format: None }).unwrap()
}

/// Reads frames until something is so of the track's counts.
fn read_until(track: &MediaStreamTrack, reader: &FrameReader, what: &str, condition: impl Fn(u64, u64) -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let stats = track.stats();
        let lost = stats.total_frames() - stats.delivered_frames() - stats.discarded_frames();
        if condition(stats.total_frames(), lost) {
            return;
        }
        assert!(Instant::now() < end, "{what} did not happen: {stats:?}");
        // A frame may be late while others are dropped.
        let _ = reader.next_frame_within(Duration::from_secs(5));
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn frames_that_the_camera_loses_are_counted() {
    let track = open("vivid", MediaTrackConstraints::new().width(320).height(180).frame_rate(30.0));
    let (node, reader) = (node_in_use("vivid"), queue(&track));
    read_until(&track, &reader, "streaming", |total, _| total >= 5);
    let before = track.stats();
    run(&format!("v4l2-ctl -d {node} -c percentage_of_dropped_buffers=50"));
    let lost_before = before.total_frames() - before.delivered_frames() - before.discarded_frames();
    read_until(&track, &reader, "a gap in the count", |_, lost| lost >= lost_before + 5);
    run(&format!("v4l2-ctl -d {node} -c percentage_of_dropped_buffers=0"));
}

#[test]
#[ignore = "needs the camera VM"]
fn frames_that_the_driver_calls_damaged_are_counted_and_not_seen() {
    let track = open("vivid", MediaTrackConstraints::new().width(320).height(180).frame_rate(30.0));
    let (node, reader) = (node_in_use("vivid"), queue(&track));
    read_until(&track, &reader, "streaming", |total, _| total >= 5);
    let lost = |track: &MediaStreamTrack| {
        let stats = track.stats();
        stats.total_frames() - stats.delivered_frames() - stats.discarded_frames()
    };
    let before = lost(&track);
    run(&format!("v4l2-ctl -d {node} -c inject_v4l2_buf_flag_error=1"));
    read_until(&track, &reader, "a damaged frame", |_, lost| lost > before);
}

#[test]
#[ignore = "needs the camera VM"]
fn the_rate_of_the_driver_is_the_setting() {
    for rate in [12.5, 25.0] {
        let track = open("vivid", size(320, 180, rate));
        assert_eq!(track.settings().frame_rate(), Some(rate));
    }
    let _uvc = Uvc::new();
    let track = open("CamSim Full HD", size(640, 480, 30.0));
    let reader = queue(&track);
    let (first, second) = (reader.next_frame().unwrap(), reader.next_frame().unwrap());
    assert!(second.timestamp() > first.timestamp() && second.sequence() > first.sequence());
}

#[test]
#[ignore = "needs the camera VM"]
fn a_part_of_a_picture_is_the_middle_of_it() {
    // The best format of vivid, cropped and scaled to odd sides.
    let wanted = MediaTrackConstraints::new().width(Constraint::exact(161)).height(Constraint::exact(91));
    let track = open("vivid", wanted);
    let frame = ImageCapture::new(&track).unwrap().grab_frame().unwrap();
    assert_eq!((frame.width(), frame.height(), frame.format()), (161, 91, PixelFormat::Rgba));
    assert!(near(pixel(&frame, 150, 85), [0, 0, 0], 20) && near(pixel(&frame, 10, 85), [191, 191, 191], 20));
}

/// What another process sees of an exported plane.
fn seen_elsewhere(exported: DmabufPlane) -> Vec<u8> {
    let script = format!(
        "import mmap, os, sys; size = os.lseek(0, 0, os.SEEK_END); \
         sys.stdout.buffer.write(mmap.mmap(0, size, prot=mmap.PROT_READ)[{}:{}])",
        exported.offset,
        exported.offset + exported.len
    );
    let output = Command::new("python3").args(["-c", &script]).stdin(Stdio::from(exported.fd)).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
#[ignore = "needs the camera VM"]
fn an_exported_frame_is_seen_by_another_process_without_a_copy() {
    let _uvc = Uvc::new();
    for (label, width, height) in [("vivid", 320, 180), ("CamSim Full HD", 320, 240)] {
        let track = open(label, MediaTrackConstraints::new().width(width).height(height));
        let frame = queue(&track).next_frame().unwrap();
        assert!(frame.is_lease(), "{label}");
        for plane in 0..frame.plane_count() {
            let exported = frame.export_dmabuf(plane).unwrap();
            assert_eq!(exported.stride, frame.plane(plane).stride);
            let mut memory = std::fs::File::from(exported.fd.try_clone().unwrap());
            assert!(memory.seek(SeekFrom::End(0)).unwrap() >= (exported.offset + exported.len) as u64, "{label}");
            assert!(seen_elsewhere(exported) == frame.plane(plane).data, "{label}, plane {plane}");
        }
        let converted = frame.convert(PixelFormat::Rgba).unwrap();
        assert_eq!(converted.export_dmabuf(0).unwrap_err().kind(), imagecapture::ErrorKind::NotSupported);
        let late = frame.export_dmabuf(0).unwrap();
        track.stop();
        // The descriptor outlives the stream; nothing writes there any more as long as the frame is held.
        assert!(seen_elsewhere(late) == frame.plane(0).data, "{label}");
    }
}
