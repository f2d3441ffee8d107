//! Reading a track's frames.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use imagecapture::{
    ColorMatrix, DeliveryPolicy, ErrorKind, FramesOptions, ImageCapture, MediaDevices, MediaStreamConstraints, MediaTrackConstraints,
    PhotoSettings, PixelFormat, Timeout, TimestampSource, TrackState, VirtualCamera,
};

use crate::common::{CAMERA, camera, eventually, open};

const LOOK: Timeout = Timeout::After(Duration::ZERO);

#[test]
fn frames_come_as_the_camera_sends_them() {
    let cam = camera(CAMERA);
    for (width, format) in [(320, PixelFormat::Yuyv), (640, PixelFormat::Mjpeg)] {
        let track = open(&cam, MediaTrackConstraints::new().width(width));
        let frame = track.frames(FramesOptions::default()).unwrap().next_frame().unwrap();
        assert_eq!((frame.width(), frame.format()), (width, format));
        assert!(VirtualCamera::read_frame_number(&frame).is_some());
        let options = FramesOptions { format: Some(PixelFormat::Bgr), ..FramesOptions::default() };
        assert_eq!(track.frames(options).unwrap().next_frame().unwrap().format(), PixelFormat::Bgr);
        track.stop();
        eventually("the camera is closed", || !cam.is_streaming());
    }
}

#[test]
fn a_queue_keeps_the_last_frames_in_order_and_counts_the_others() {
    let cam = camera(&CAMERA.replace("fast", "manual"));
    let track = open(&cam, MediaTrackConstraints::new());
    let queue = track.frames(FramesOptions { policy: DeliveryPolicy::Queue(3), format: None }).unwrap();
    let latest = track.frames(FramesOptions::default()).unwrap();
    assert_eq!(queue.next_frame_within(LOOK).unwrap_err().kind(), ErrorKind::TimedOut);
    cam.step(5);
    eventually("five frames came", || queue.dropped() == 2 && latest.dropped() == 4);
    let numbers: Vec<_> = (0..3).map(|_| queue.next_frame_within(LOOK).unwrap().sequence()).collect();
    assert_eq!(numbers, [3, 4, 5]);
    assert_eq!(latest.next_frame_within(LOOK).unwrap().sequence(), 5);
}

#[test]
fn a_disabled_track_gives_black_frames() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    track.set_enabled(false);
    let frame = track.frames(FramesOptions::default()).unwrap().next_frame().unwrap();
    assert_eq!((frame.width(), frame.height(), frame.format()), (640, 480, PixelFormat::Rgba));
    assert!(frame.plane(0).data.chunks(4).all(|pixel| pixel == [0, 0, 0, 255]));
    let latest = ImageCapture::new(&track).unwrap().latest_frame().unwrap().unwrap();
    assert_eq!(latest.plane(0).data[..4], [0, 0, 0, 255]);
}

#[test]
fn reading_ends_with_the_track() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let reader = track.frames(FramesOptions::default()).unwrap();
    let stopper = track.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        stopper.stop();
    });
    let start = Instant::now();
    assert!(reader.into_iter().all(|frame| frame.is_ok()));
    assert!(start.elapsed() < Duration::from_secs(4));
    assert_eq!(track.frames(FramesOptions::default()).unwrap_err().kind(), ErrorKind::InvalidState);

    let track = open(&cam, MediaTrackConstraints::new());
    let mut reader = track.frames(FramesOptions::default()).unwrap();
    cam.unplug();
    let last = reader.by_ref().last().unwrap();
    assert_eq!(last.unwrap_err().kind(), ErrorKind::DeviceLost);
    assert!(reader.next().is_none());
}

#[test]
fn closing_a_reader_wakes_who_waits_on_it() {
    let cam = camera(&CAMERA.replace("fast", "manual"));
    let track = open(&cam, MediaTrackConstraints::new());
    let reader = track.frames(FramesOptions::default()).unwrap();
    let closer = reader.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(30));
        closer.close();
    });
    assert_eq!(reader.next_frame_within(Timeout::Never).unwrap_err().kind(), ErrorKind::InvalidState);
}

#[test]
fn holding_all_memory_is_an_error_and_never_a_hang_or_a_changed_picture() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new().width(320));
    let reader = track.frames(FramesOptions::default()).unwrap();
    let mut held = Vec::new();
    while let Ok(frame) = reader.next_frame_within(Duration::from_millis(200)) {
        let number = VirtualCamera::read_frame_number(&frame);
        held.push((frame, number));
        assert!(held.len() <= 30, "the number of frames is bounded");
    }
    assert!(held.len() >= 10, "{}", held.len());
    let capture = ImageCapture::new(&track).unwrap();
    for error in [
        capture.grab_frame().unwrap_err(),
        capture.take_photo(&PhotoSettings::default()).unwrap_err(),
        reader.next_frame_within(Duration::from_millis(200)).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::BuffersExhausted, "{error}");
    }
    for (frame, number) in &held {
        assert_eq!(VirtualCamera::read_frame_number(frame), *number, "a held frame is never overwritten");
    }
    held.clear();
    eventually("frames come again", || ImageCapture::new(&track).unwrap().grab_frame().is_ok());
}

#[test]
fn held_frames_outlive_everything() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let frame = track.frames(FramesOptions::default()).unwrap().next_frame().unwrap();
    let number = VirtualCamera::read_frame_number(&frame);
    track.stop();
    drop(track);
    eventually("the camera is closed", || !cam.is_streaming());
    cam.unplug();
    drop(cam);
    assert_eq!(VirtualCamera::read_frame_number(&frame), number);
}

#[test]
fn impossible_queues_are_refused() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    for length in [0, 17, usize::MAX] {
        let error = track.frames(FramesOptions { policy: DeliveryPolicy::Queue(length), format: None }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    let planar = FramesOptions { format: Some(PixelFormat::Uyvy), ..FramesOptions::default() };
    assert_eq!(track.frames(planar).unwrap().next_frame().unwrap_err().kind(), ErrorKind::NotSupported);
}

#[test]
fn timestamps_and_numbers_grow() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let reader = track.frames(FramesOptions { policy: DeliveryPolicy::Queue(8), format: None }).unwrap();
    let frames: Vec<_> = (0..10).map(|_| reader.next_frame().unwrap()).map(|f| (f.timestamp(), f.sequence())).collect();
    assert!(frames.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1), "{frames:?}");
}

#[test]
fn a_reader_keeps_its_track_alive() {
    let cam = camera(CAMERA);
    let reader = open(&cam, MediaTrackConstraints::new()).frames(FramesOptions::default()).unwrap();
    reader.next_frame().unwrap();
    assert!(cam.is_streaming());
    drop(reader);
    eventually("the camera is closed with its last reader", || !cam.is_streaming());
}

#[test]
fn a_queue_that_nobody_reads_starves_nobody() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let queue = track.frames(FramesOptions { policy: DeliveryPolicy::Queue(16), format: None }).unwrap();
    eventually("the queue overflows", || queue.dropped() > 50);
    let capture = ImageCapture::new(&track).unwrap();
    let now = capture.grab_frame().unwrap().sequence();
    assert!(queue.next_frame_within(LOOK).unwrap().sequence() + 40 > now, "it holds the last frames, not the first");
}

#[test]
fn pushed_grey_is_what_it_is() {
    let cam = camera(r#"{"modes": [{"width": 4, "height": 4, "pixelFormat": "grey"}], "scene": {"kind": "push"}}"#);
    let capture = ImageCapture::new(&cam.open().unwrap()).unwrap();
    let pending = capture.grab_frame_async().unwrap();
    cam.push_frame(PixelFormat::Grey, 4, 4, &[16; 16], 0).unwrap();
    assert_eq!(pending.wait().unwrap().plane(0).data[..4], [16, 16, 16, 255]);
}

#[test]
fn frames_say_what_was_in_force_and_whose_their_time_is() {
    let cam = camera(&CAMERA.replace("fast", "manual"));
    let track = open(&cam, MediaTrackConstraints::new().width(320));
    let reader = track.frames(FramesOptions::default()).unwrap();
    cam.step(1);
    let first = reader.next_frame().unwrap();
    track.apply_constraints(&MediaTrackConstraints::new().width(320).zoom(200.0)).unwrap();
    cam.step(1);
    let second = reader.next_frame().unwrap();
    assert_eq!((first.settings().zoom(), second.settings().zoom()), (Some(100.0), Some(200.0)));
    assert_eq!(second.convert(PixelFormat::Rgb).unwrap().settings(), &track.settings());
    assert_eq!(first.timestamp_source(), TimestampSource::Driver);
    assert_eq!((first.color_space().matrix, first.color_space().full_range), (ColorMatrix::Bt601, false));
    assert!(first.convert(PixelFormat::Rgb).unwrap().color_space().full_range);
    // Black frames too.
    track.set_enabled(false);
    cam.step(1);
    assert_eq!(reader.next_frame().unwrap().settings().zoom(), Some(200.0));
}

#[test]
fn a_jpeg_becomes_planes_and_smaller_pictures() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new().width(640));
    let jpeg = track.frames(FramesOptions::default()).unwrap().next_frame().unwrap();
    assert_eq!(jpeg.format(), PixelFormat::Mjpeg);
    let (rgb, planar) = (jpeg.convert(PixelFormat::Rgb).unwrap(), jpeg.convert(PixelFormat::I420).unwrap());
    assert!(planar.color_space().full_range && planar.color_space().matrix == ColorMatrix::Bt601);
    // By way of RGB colour is averaged once more; where it does not change both are the same.
    let other = rgb.convert(PixelFormat::I420).unwrap();
    let close = (0..3).map(|index| {
        let pairs = planar.plane(index).data.iter().zip(other.plane(index).data);
        pairs.filter(|(a, b)| a.abs_diff(**b) <= 3).count() * 100 / planar.plane(index).data.len()
    });
    assert!(close.clone().all(|percent| percent >= 90), "{:?}", close.collect::<Vec<_>>());
    let nv12 = jpeg.convert(PixelFormat::Nv12).unwrap();
    let pairs: Vec<u8> = planar.plane(1).data.iter().zip(planar.plane(2).data).flat_map(|(cb, cr)| [*cb, *cr]).collect();
    assert_eq!((nv12.plane(0).data, nv12.plane(1).data), (planar.plane(0).data, &pairs[..]));

    for ((width, height), wanted) in [((160, 160), (160, 120)), ((1000, 48), (64, 48)), ((1, 1), (1, 1)), ((640, 480), (640, 480))] {
        let small = jpeg.convert_within(PixelFormat::Rgba, width, height).unwrap();
        assert_eq!((small.width(), small.height()), wanted);
        assert_eq!((small.sequence(), small.timestamp()), (jpeg.sequence(), jpeg.timestamp()));
    }
    assert_eq!(jpeg.convert_within(PixelFormat::Rgba, 0, 10).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(jpeg.convert_within(PixelFormat::Yuyv, 10, 10).unwrap_err().kind(), ErrorKind::NotSupported);
}

#[test]
fn a_function_is_called_with_each_frame_until_its_handle_goes() {
    let cam = camera(&CAMERA.replace("fast", "manual"));
    let track = open(&cam, MediaTrackConstraints::new());
    let (tx, rx) = channel();
    let options = FramesOptions { policy: DeliveryPolicy::Queue(8), format: None };
    let handle = track.on_frame(options, move |frame| drop(tx.send(frame.map(|frame| frame.sequence())))).unwrap();
    cam.step(3);
    let numbers: Vec<_> = (0..3).map(|_| rx.recv_timeout(Duration::from_secs(5)).unwrap().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3]);
    drop(handle);
    // The function goes with what it holds, and nothing comes any more.
    assert_eq!(rx.recv_timeout(Duration::from_secs(5)).err(), Some(RecvTimeoutError::Disconnected));
    cam.step(1);
    assert!(track.ready_state() == TrackState::Live);
}

#[test]
fn a_slow_function_holds_up_nobody_and_its_loss_is_its_last_call() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let ((tx, rx), (go, wait)) = (channel(), channel::<()>());
    let handle = track
        .on_frame(FramesOptions::default(), move |frame| {
            let _ = tx.send(frame.map(drop).map_err(|error| error.kind()));
            let _ = wait.recv();
        })
        .unwrap();
    assert_eq!(rx.recv_timeout(Duration::from_secs(5)), Ok(Ok(())));
    let before = track.stats().total_frames();
    eventually("the camera goes on", || track.stats().total_frames() > before + 20 && handle.dropped() > 10);
    cam.unplug();
    drop(go);
    let last = rx.iter().last();
    assert_eq!(last, Some(Err(ErrorKind::DeviceLost)));
    assert_eq!(track.on_frame(FramesOptions::default(), drop).unwrap_err().kind(), ErrorKind::InvalidState);
}

#[test]
fn with_manual_callbacks_the_program_says_when_a_function_is_called() {
    let cam = camera(&CAMERA.replace("fast", "manual"));
    let devices = MediaDevices::builder().backends(&[]).environment(false).virtual_camera(&cam).manual_callbacks(true).build().unwrap();
    let pending = devices.get_user_media_async(&MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap();
    let track = pending.wait().unwrap().video_tracks().remove(0);
    let (tx, rx) = channel();
    let handle = track
        .on_frame(FramesOptions::default(), move |frame| tx.send((frame.is_ok(), std::thread::current().id())).unwrap_or_default())
        .unwrap();
    cam.step(1);
    eventually("the frame came", || track.stats().total_frames() == 1);
    assert!(rx.try_recv().is_err());
    eventually("a call was processed", || devices.process_events(Duration::from_millis(20)) > 0 && !rx_is_empty(&rx));
    drop(handle);
}

/// Whether nothing was sent from this thread.
fn rx_is_empty(rx: &std::sync::mpsc::Receiver<(bool, std::thread::ThreadId)>) -> bool {
    rx.try_recv() != Ok((true, std::thread::current().id()))
}
