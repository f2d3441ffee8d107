//! What a frame costs, counted exactly: allocations, copies of pixels, decodes, system calls.
//!
//! The counts are those of the process, so the tests run one at a time.

use std::time::{Duration, Instant};

use imagecapture::{
    DeliveryPolicy, FrameWork, FramesOptions, MediaDevices, MediaStreamConstraints, MediaStreamTrack, MediaTrackConstraints, PixelFormat,
    VirtualCamera, frame_work,
};
use parking_lot::Mutex;

mod allocator;
#[cfg(target_os = "linux")]
mod v4l2;

/// So many frames are counted after so many have passed.
const FRAMES: u64 = 300;
const WARM_UP: u64 = 40;

static ALONE: Mutex<()> = Mutex::new(());

/// The counts at a time.
struct Counts {
    allocations: u64,
    work: FrameWork,
}

/// What happened since: allocations, copies, decodes, conversions.
type Since = (u64, u64, u64, u64);

impl Counts {
    fn now() -> Counts {
        Counts { allocations: allocator::allocations(), work: frame_work() }
    }

    fn since(&self) -> Since {
        let (allocations, work) = (allocator::allocations(), frame_work());
        let before = &self.work;
        (allocations - self.allocations, work.copies - before.copies, work.decodes - before.decodes, work.conversions - before.conversions)
    }
}

/// A camera that gives a frame when it is told to.
fn camera(format: PixelFormat) -> VirtualCamera {
    let mode = format!(r#"{{"width": 64, "height": 48, "frameRates": [30], "pixelFormat": "{format}"}}"#);
    VirtualCamera::from_json(&format!(r#"{{"modes": [{mode}], "pacing": "manual"}}"#)).unwrap()
}

fn open(camera: &VirtualCamera) -> MediaStreamTrack {
    let devices = MediaDevices::builder().backends(&[]).environment(false).virtual_camera(camera).build().unwrap();
    devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap().video_tracks().remove(0)
}

fn until(what: &str, condition: impl Fn() -> bool) {
    // The guest of the camera VM is slow.
    let end = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < end, "{what} did not come within 20 s");
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// Has the camera give so many frames, one after the other.
fn pass(camera: &VirtualCamera, track: &MediaStreamTrack, frames: u64, mut look: impl FnMut()) {
    for _ in 0..frames {
        let before = track.stats().total_frames();
        camera.step(1);
        until("a frame", || track.stats().total_frames() > before);
        look();
    }
}

#[test]
fn a_frame_that_nobody_looks_at_costs_nothing() {
    let _alone = ALONE.lock();
    let cam = camera(PixelFormat::Rgb);
    let track = open(&cam);
    let other = track.clone_track();
    pass(&cam, &track, WARM_UP, || {});
    let counts = Counts::now();
    pass(&cam, &track, FRAMES, || {});
    assert_eq!(counts.since(), (0, 0, 0, 0), "allocations, copies, decodes, conversions of {FRAMES} frames");
    assert!(other.stats().total_frames() >= FRAMES);
}

#[test]
fn reading_raw_frames_costs_nothing() {
    let _alone = ALONE.lock();
    let cam = camera(PixelFormat::Rgb);
    let track = open(&cam);
    let second = track.clone_track();
    let (one, queue) = (
        track.frames(FramesOptions::default()).unwrap(),
        second.frames(FramesOptions { policy: DeliveryPolicy::Queue(4), format: None }).unwrap(),
    );
    let mut read = || {
        let (a, b) = (one.next_frame().unwrap(), queue.next_frame().unwrap());
        assert_eq!(a.plane(0).data.as_ptr(), b.plane(0).data.as_ptr(), "they share one picture");
        assert!(a.settings().width().is_some());
    };
    pass(&cam, &track, WARM_UP, &mut read);
    let counts = Counts::now();
    pass(&cam, &track, FRAMES, &mut read);
    assert_eq!(counts.since(), (0, 0, 0, 0), "allocations, copies, decodes, conversions of {FRAMES} frames");
}

/// A form of a frame: its place in the list of forms, and the picture; and what the conversion of YUYV itself takes.
const OF_A_FORM: u64 = 2 + 2;

#[test]
fn a_converted_frame_costs_a_bounded_number_of_small_allocations() {
    let _alone = ALONE.lock();
    let cam = camera(PixelFormat::Rgb);
    let track = open(&cam);
    let reader = track.frames(FramesOptions::default()).unwrap();
    let mut read = || {
        let frame = reader.next_frame().unwrap();
        for _ in 0..3 {
            frame.convert(PixelFormat::Bgra).unwrap();
        }
    };
    pass(&cam, &track, WARM_UP, &mut read);
    let counts = Counts::now();
    pass(&cam, &track, FRAMES, &mut read);
    let (allocations, copies, decodes, conversions) = counts.since();
    assert_eq!((copies, decodes, conversions), (0, 0, FRAMES), "once for each format, however often it is asked for");
    assert!(allocations <= OF_A_FORM * FRAMES, "{allocations} allocations for {FRAMES} forms");
}

#[cfg(feature = "turbojpeg")]
#[test]
fn pushed_frames_use_memory_that_was_used_before() {
    /// Some more when pushed frames happen to wait: as many as there is room for, and their pictures.
    const WAITING: u64 = 32;
    let _alone = ALONE.lock();
    let config = r#"{"modes": [{"width": 64, "height": 48, "pixelFormat": "yuyv"}], "scene": {"kind": "push"}}"#;
    let cam = VirtualCamera::from_json(config).unwrap();
    let track = open(&cam);
    let reader = track.frames(FramesOptions::default()).unwrap();
    let pixels = vec![128; 64 * 48 * 2];
    let push_some = |frames: u64, convert: bool| {
        for _ in 0..frames {
            cam.push_frame(PixelFormat::Yuyv, 64, 48, &pixels, 0).unwrap();
            let frame = reader.next_frame().unwrap();
            if convert {
                frame.convert(PixelFormat::Rgb).unwrap();
            }
        }
    };
    for (convert, most) in [(false, WAITING), (true, FRAMES * OF_A_FORM + WAITING)] {
        push_some(WARM_UP, convert);
        let counts = Counts::now();
        push_some(FRAMES, convert);
        let (allocations, copies, decodes, conversions) = counts.since();
        assert!(allocations <= most, "{allocations} allocations for {FRAMES} frames, converted: {convert}");
        assert_eq!((copies, decodes, conversions), (0, 0, if convert { FRAMES } else { 0 }));
    }
}

#[test]
fn a_jpeg_is_decoded_once_for_all_who_look_and_not_at_all_for_nobody() {
    let _alone = ALONE.lock();
    let cam = camera(PixelFormat::Mjpeg);
    let track = open(&cam);
    let second = track.clone_track();
    let counts = Counts::now();
    pass(&cam, &track, WARM_UP, || {});
    assert_eq!(counts.since().2, 0, "nobody looked");

    let rgba = FramesOptions { format: Some(PixelFormat::Rgba), ..FramesOptions::default() };
    let readers = [&track, &second].map(|track| [track.frames(rgba).unwrap(), track.frames(rgba).unwrap()]);
    let counts = Counts::now();
    pass(&cam, &track, FRAMES, || {
        let frames = readers.each_ref().map(|readers| readers.each_ref().map(|reader| reader.next_frame().unwrap()));
        assert!(frames.iter().flatten().all(|frame| frame.plane(0).data.as_ptr() == frames[0][0].plane(0).data.as_ptr()));
    });
    assert_eq!((counts.since().1, counts.since().2), (0, FRAMES), "copies, decodes");

    let counts = Counts::now();
    let pending = [&track, &second].map(|track| imagecapture::ImageCapture::new(track).unwrap().grab_frame_async().unwrap());
    pass(&cam, &track, 1, || {});
    for grabbed in pending {
        assert_eq!(grabbed.wait().unwrap().format(), PixelFormat::Rgba);
    }
    assert_eq!(counts.since().2, 1, "two grabs of one frame");
}
