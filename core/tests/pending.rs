//! The asynchronous face.

use std::future::Future;
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use imagecapture::{ErrorKind, ImageCapture, MediaStreamConstraints, MediaTrackConstraints, PhotoOptions, PhotoSettings};

use crate::common::{CAMERA, camera, devices, open};

/// The smallest executor: parks the thread.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(std::sync::Arc::new(Unpark(std::thread::current())));
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn everything_can_be_awaited() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let photo = block_on(async {
        let stream = devices.get_user_media_async(&MediaStreamConstraints::video(MediaTrackConstraints::new()))?.await?;
        let track = &stream.video_tracks()[0];
        track.apply_constraints_async(&MediaTrackConstraints::new().zoom(200.0))?.await?;
        let capture = ImageCapture::new(track)?;
        capture.grab_frame_async()?.await?;
        capture.take_photo_async(&PhotoSettings::default(), &PhotoOptions::default())?.await
    });
    assert_eq!(photo.unwrap().settings().zoom(), Some(200.0));
}

#[test]
fn a_callback_comes_exactly_once_on_another_thread() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let capture = ImageCapture::new(&track).unwrap();
    let (tx, rx) = channel();
    for cancel in [false, true] {
        let pending = capture.take_photo_async(&PhotoSettings::default(), &PhotoOptions::default()).unwrap();
        let tx = tx.clone();
        pending.on_complete(move || tx.send(std::thread::current().name().map(str::to_owned)).unwrap());
        if cancel {
            pending.cancel();
        }
        assert_eq!(rx.recv_timeout(Duration::from_secs(5)).unwrap().as_deref(), Some("ic-dispatch"));
        assert!(pending.is_done());
    }
    assert!(rx.recv_timeout(Duration::from_millis(50)).is_err());
}

#[test]
fn a_callback_may_call_the_library() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let capture = ImageCapture::new(&track).unwrap();
    let (tx, rx) = channel();
    let pending = capture.grab_frame_async().unwrap();
    pending.on_complete(move || {
        track.apply_constraints(&MediaTrackConstraints::new().zoom(300.0)).unwrap();
        let zoom = track.settings().zoom();
        track.stop();
        tx.send(zoom).unwrap();
    });
    assert_eq!(rx.recv_timeout(Duration::from_secs(5)).unwrap(), Some(300.0));
}

#[test]
fn dropping_cancels_and_the_camera_goes_on() {
    let cam = camera(&CAMERA.replace("fast", "manual"));
    let track = open(&cam, MediaTrackConstraints::new());
    let capture = ImageCapture::new(&track).unwrap();
    drop(capture.take_photo_async(&PhotoSettings::default(), &PhotoOptions::default()).unwrap());
    let photo = capture.take_photo_async(&PhotoSettings::default(), &PhotoOptions::default()).unwrap();
    photo.cancel();
    let error = photo.wait().unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::Cancelled, "AbortError"));
    let photo = capture.take_photo_async(&PhotoSettings::default(), &PhotoOptions::default()).unwrap();
    while !photo.wait_for(Duration::from_millis(20)) {
        cam.step(1);
    }
    photo.wait().unwrap();
}

#[test]
fn closing_aborts_what_is_under_way() {
    let cam = camera(&CAMERA.replace("fast", "manual"));
    let devices = devices(&[&cam]);
    let stream = devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap();
    let frame = ImageCapture::new(&stream.video_tracks()[0]).unwrap().grab_frame_async().unwrap();
    devices.close();
    let error = frame.wait().unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::Aborted, "AbortError"));
}

#[test]
fn an_operation_keeps_its_track_alive() {
    let cam = camera(&CAMERA.replace("fast", "manual"));
    let pending = ImageCapture::new(&open(&cam, MediaTrackConstraints::new())).unwrap().grab_frame_async().unwrap();
    cam.step(1);
    pending.wait().unwrap();
}

#[test]
fn a_waker_may_hold_the_last_handle_of_the_track() {
    struct Holds(#[allow(dead_code, reason = "dropping it is what matters")] imagecapture::MediaStreamTrack);
    impl std::task::Wake for Holds {
        fn wake(self: std::sync::Arc<Self>) {}
    }
    let cam = camera(&CAMERA.replace("fast", "manual"));
    let track = open(&cam, MediaTrackConstraints::new());
    let mut pending = ImageCapture::new(&track).unwrap().grab_frame_async().unwrap();
    let first = Waker::from(std::sync::Arc::new(Holds(track)));
    let mut poll = |waker: &Waker| std::pin::Pin::new(&mut pending).poll(&mut Context::from_waker(waker)).is_pending();
    assert!(poll(&first));
    drop(first);
    assert!(poll(Waker::noop()));
}
