//! JPEGs that are not whole: never a photo, and never the end of one.

use std::time::Duration;

use imagecapture::{
    ErrorKind, ImageCapture, MediaTrackConstraints, Pending, Photo, PhotoFormat, PhotoOptions, PhotoSettings, PixelFormat, VirtualCamera,
};

use crate::common::{camera, open};

const SIZE: (u32, u32) = (320, 240);

/// A camera of the test's own JPEGs.
fn pushed() -> VirtualCamera {
    camera(r#"{"modes": [{"width": 320, "height": 240, "pixelFormat": "mjpeg"}], "scene": {"kind": "push"}}"#)
}

fn picture() -> Vec<u8> {
    let cam = camera(r#"{"modes": [{"width": 320, "height": 240, "pixelFormat": "mjpeg"}]}"#);
    let capture = ImageCapture::new(&open(&cam, MediaTrackConstraints::new())).unwrap();
    let options = PhotoOptions { format: PhotoFormat::Camera, ..PhotoOptions::default() };
    capture.take_photo_with(&PhotoSettings::default(), &options).unwrap().bytes().to_vec()
}

/// Cut in the middle, with an end mark: whole from outside, and grey below.
fn cut(jpeg: &[u8]) -> Vec<u8> {
    [&jpeg[..jpeg.len() * 6 / 10], &[0xff, 0xd9]].concat()
}

/// Pushes a picture until the photo is there.
fn fed(cam: &VirtualCamera, mut pending: Pending<Photo>, jpeg: &[u8]) -> imagecapture::Result<Photo> {
    while !pending.wait_for(Duration::from_millis(5)) {
        cam.push_frame(PixelFormat::Mjpeg, SIZE.0, SIZE.1, jpeg, 0).unwrap();
    }
    pending.take().unwrap()
}

#[test]
fn the_next_whole_picture_is_the_photo() {
    let (cam, whole) = (pushed(), picture());
    let track = open(&cam, MediaTrackConstraints::new());
    let capture = ImageCapture::new(&track).unwrap();
    for format in [PhotoFormat::Camera, PhotoFormat::Jpeg, PhotoFormat::Png] {
        let options = PhotoOptions { format, metadata: false, ..PhotoOptions::default() };
        let pending = capture.take_photo_async(&PhotoSettings::default(), &options).unwrap();
        for _ in 0..10 {
            cam.push_frame(PixelFormat::Mjpeg, SIZE.0, SIZE.1, &cut(&whole), 0).unwrap();
            assert!(!pending.wait_for(Duration::from_millis(5)), "{format:?}");
        }
        let photo = fed(&cam, pending, &whole).unwrap();
        assert!(format == PhotoFormat::Png || photo.bytes() == whole, "{format:?}");
        assert_eq!((photo.width(), photo.height()), SIZE);
    }
    let mut grab = capture.grab_frame_async().unwrap();
    while !grab.wait_for(Duration::from_millis(5)) {
        cam.push_frame(PixelFormat::Mjpeg, SIZE.0, SIZE.1, &cut(&whole), 0).unwrap();
    }
    let error = grab.take().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unknown, "{error}");
}

#[test]
fn a_camera_without_a_whole_picture_takes_no_photo() {
    let (cam, whole) = (pushed(), picture());
    let capture = ImageCapture::new(&open(&cam, MediaTrackConstraints::new())).unwrap();
    let pending = capture.take_photo_async(&PhotoSettings::default(), &PhotoOptions::default()).unwrap();
    let error = fed(&cam, pending, &cut(&whole)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unknown);
    assert!(error.message().contains("no whole picture") && error.message().contains("missing"), "{error}");
}

#[test]
fn bytes_before_the_end_mark_are_no_damage() {
    let (cam, whole) = (pushed(), picture());
    let filled = [&whole[..whole.len() - 2], &[0x12, 0x34, 0xff, 0xd9]].concat();
    let capture = ImageCapture::new(&open(&cam, MediaTrackConstraints::new())).unwrap();
    let options = PhotoOptions { format: PhotoFormat::Camera, ..PhotoOptions::default() };
    let photo = fed(&cam, capture.take_photo_async(&PhotoSettings::default(), &options).unwrap(), &filled).unwrap();
    assert!(photo.bytes() == filled && photo.report().changes.is_empty());
    let mut grab = capture.grab_frame_async().unwrap();
    while !grab.wait_for(Duration::from_millis(5)) {
        cam.push_frame(PixelFormat::Mjpeg, SIZE.0, SIZE.1, &filled, 0).unwrap();
    }
    assert_eq!(grab.take().unwrap().unwrap().format(), PixelFormat::Rgba);
}

#[test]
fn a_still_that_is_not_whole_is_none() {
    let whole = picture();
    let sides = r#"{"imageWidth": {"min": 320, "max": 320}, "imageHeight": {"min": 240, "max": 240}}"#;
    let cam = camera(&format!(r#"{{"modes": [{{"width": 320, "height": 240}}], "photo": {sides}}}"#));
    let capture = ImageCapture::new(&open(&cam, MediaTrackConstraints::new())).unwrap();
    let take = || capture.take_photo(&PhotoSettings::default());
    for name in ["image/jpeg", "IMAGE/JPEG", "image/jpg", "application/octet-stream"] {
        for (what, bytes) in [("cut", &whole[..whole.len() / 2]), ("patched", &cut(&whole)[..])] {
            cam.push_photo(name, bytes).unwrap();
            let error = take().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unknown, "{name} {what}: {error}");
        }
        cam.push_photo(name, &[&whole[..], b"and more"].concat()).unwrap();
        assert!(take().unwrap().bytes() == whole, "{name}");
    }
    cam.push_photo("image/jpeg", b"no picture").unwrap();
    assert_eq!(take().unwrap_err().kind(), ErrorKind::Unknown);
    cam.push_photo("image/x-own", b"no picture").unwrap();
    assert_eq!(take().unwrap().bytes(), b"no picture", "nothing is known of other kinds");
}
