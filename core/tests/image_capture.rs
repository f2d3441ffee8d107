//! Photos and grabbed frames.

use std::time::Duration;

use imagecapture::{
    Constraint, DeliveryPolicy, ErrorKind, FillLightMode, FramesOptions, ImageCapture, MediaTrackConstraints, PhotoFormat, PhotoOptions,
    PhotoSettings, PixelFormat, VirtualCamera,
};

use crate::common::{CAMERA, camera, eventually, open};

/// Decodes a JPEG with the library's own decoder, through a push source.
fn decode(bytes: &[u8], width: u32, height: u32) -> imagecapture::Frame {
    let config = format!(r#"{{"modes": [{{"width": {width}, "height": {height}, "pixelFormat": "mjpeg"}}], "scene": {{"kind": "push"}}}}"#);
    let source = camera(&config);
    let capture = ImageCapture::new(&source.open().unwrap()).unwrap();
    let pending = capture.grab_frame_async().unwrap();
    source.push_frame(PixelFormat::Mjpeg, width, height, bytes, 0).unwrap();
    pending.wait().unwrap()
}

#[test]
fn a_photo_of_a_jpeg_camera_is_the_cameras_own() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new().width(640));
    let capture = ImageCapture::new(&track).unwrap();
    let photo = capture.take_photo(&PhotoSettings::default()).unwrap();
    assert_eq!((photo.mime_type(), photo.width(), photo.height()), ("image/jpeg", 640, 480));
    assert!(photo.bytes().starts_with(&[0xff, 0xd8]) && photo.bytes().ends_with(&[0xff, 0xd9]));
    let number = VirtualCamera::read_frame_number(&decode(photo.bytes(), 640, 480)).unwrap();
    assert!(u64::from(number) <= cam.frame_count());
    assert_eq!(photo.settings().width(), Some(640));
    let untouched = PhotoOptions { format: PhotoFormat::Camera, ..PhotoOptions::default() };
    assert_eq!(capture.take_photo_with(&PhotoSettings::default(), &untouched).unwrap().mime_type(), "image/jpeg");
}

#[test]
fn a_photo_of_a_raw_camera_is_encoded() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new().width(320));
    let capture = ImageCapture::new(&track).unwrap();
    let photo = capture.take_photo(&PhotoSettings::default()).unwrap();
    assert_eq!((photo.mime_type(), photo.width()), ("image/jpeg", 320));
    assert!(VirtualCamera::read_frame_number(&decode(photo.bytes(), 320, 240)).is_some());
    let with =
        |format, quality| capture.take_photo_with(&PhotoSettings::default(), &PhotoOptions { format, quality, ..PhotoOptions::default() });
    assert!(with(PhotoFormat::Png, 90).unwrap().bytes().starts_with(b"\x89PNG"));
    assert!(with(PhotoFormat::Jpeg, 5).unwrap().bytes().len() < photo.bytes().len());
    let error = with(PhotoFormat::Camera, 90).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSupported);
    assert!(error.message().contains("yuyv"), "{error}");
}

#[test]
fn photos_show_the_zoom_that_was_applied() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new().width(320));
    let capture = ImageCapture::new(&track).unwrap();
    // At a sixteenth of the width and two fifths of the height is the white bar; four times nearer it is
    // the green one.
    let colour = |zoom: f64| {
        track.apply_constraints(&MediaTrackConstraints::new().width(320).zoom(Constraint::exact(zoom))).unwrap();
        let photo = capture.take_photo(&PhotoSettings::default()).unwrap();
        assert_eq!(photo.settings().zoom(), Some(zoom));
        let frame = decode(photo.bytes(), 320, 240);
        let plane = frame.plane(0);
        let at = 96 * plane.stride + 20 * 4;
        [plane.data[at], plane.data[at + 1], plane.data[at + 2]].map(|c| c > 96)
    };
    assert_eq!(colour(100.0), [true, true, true]);
    assert_eq!(colour(400.0), [false, true, false]);
}

#[test]
fn grabbed_frames_are_rgba_of_the_tracks_size_and_never_stale() {
    for width in [320, 640] {
        let cam = camera(&CAMERA.replace("fast", "manual"));
        let track = open(&cam, MediaTrackConstraints::new().width(Constraint::exact(width)));
        let capture = ImageCapture::new(&track).unwrap();
        cam.step(3);
        eventually("three frames came", || capture.latest_frame().unwrap().is_some_and(|f| f.sequence() == 3));
        let pending = capture.grab_frame_async().unwrap();
        let same = capture.grab_frame_async().unwrap();
        assert!(!pending.wait_for(Duration::from_millis(50)), "the frames before the call do not count");
        cam.step(1);
        let frame = pending.wait().unwrap();
        assert_eq!((frame.width(), frame.format()), (width, PixelFormat::Rgba));
        assert_eq!(VirtualCamera::read_frame_number(&frame), Some(4));
        assert!(frame.plane(0).data.chunks(4).all(|pixel| pixel[3] == 255));
        let same = same.wait().unwrap();
        assert_eq!(same.plane(0).data.as_ptr(), frame.plane(0).data.as_ptr(), "calls at the same time share a frame");
    }
}

#[test]
fn grabbed_colours_are_those_of_the_scene() {
    for format in ["yuyv", "uyvy", "nv12", "nv21", "i420", "yv12", "rgb", "bgr", "rgba", "bgra", "rgbx", "bgrx", "mjpeg"] {
        let cam = camera(&format!(r#"{{"modes": [{{"width": 320, "height": 240, "pixelFormat": "{format}"}}], "pacing": "fast"}}"#));
        let track = open(&cam, MediaTrackConstraints::new());
        let frame = ImageCapture::new(&track).unwrap().grab_frame().unwrap();
        let plane = frame.plane(0);
        for (bar, expected) in
            [[191, 191, 191], [191, 191, 0], [0, 191, 191], [0, 191, 0], [191, 0, 191], [191, 0, 0], [0, 0, 191], [0, 0, 0]]
                .iter()
                .enumerate()
        {
            let at = 100 * plane.stride + (bar * 40 + 20) * 4;
            for (got, wanted) in plane.data[at..at + 3].iter().zip(expected) {
                assert!(i32::from(*got).abs_diff(*wanted) <= 5, "{format} bar {bar}: {:?} for {expected:?}", &plane.data[at..at + 3]);
            }
        }
        assert!(VirtualCamera::read_frame_number(&frame).is_some(), "{format}");
    }
}

#[test]
fn an_ended_or_disabled_track_gives_no_pictures() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let capture = ImageCapture::new(&track).unwrap();
    let both = |what: &str| {
        for error in [capture.take_photo(&PhotoSettings::default()).unwrap_err(), capture.grab_frame().unwrap_err()] {
            assert_eq!((error.kind(), error.name()), (ErrorKind::InvalidState, "InvalidStateError"), "{what}: {error}");
        }
    };
    track.set_enabled(false);
    both("disabled");
    track.set_enabled(true);
    capture.grab_frame().unwrap();
    track.stop();
    both("ended");
    assert_eq!(capture.track(), &track);
    assert!(ImageCapture::new(&track).is_ok(), "the constructor does not look at the state");
}

#[test]
fn unplugging_fails_what_is_under_way() {
    let cam = camera(&CAMERA.replace("fast", "manual"));
    let track = open(&cam, MediaTrackConstraints::new());
    let capture = ImageCapture::new(&track).unwrap();
    let photo = capture.take_photo_async(&PhotoSettings::default(), &PhotoOptions::default()).unwrap();
    let frame = capture.grab_frame_async().unwrap();
    cam.unplug();
    for error in [photo.wait().unwrap_err(), frame.wait().unwrap_err()] {
        assert_eq!((error.kind(), error.name()), (ErrorKind::DeviceLost, "UnknownError"), "{error}");
    }
    let error = capture.grab_frame().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidState);
    assert!(error.message().contains("unplugged"), "{error}");
}

#[test]
fn a_stalled_camera_ends_in_a_timeout_and_stopping_in_an_error() {
    let cam = camera(&CAMERA.replace("fast", "manual"));
    let track = open(&cam, MediaTrackConstraints::new());
    let capture = ImageCapture::new(&track).unwrap();
    let settings = PhotoSettings::default();
    let short = Duration::from_millis(60);
    let error = capture.grab_frame_async().unwrap().limit(short).wait().unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::TimedOut, "UnknownError"));
    let error = capture.take_photo_async(&settings, &PhotoOptions::default()).unwrap().limit(short).wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    // The queue is free again.
    let photo = capture.take_photo_async(&settings, &PhotoOptions::default()).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    cam.step(1);
    photo.wait().unwrap();
    let (photo, frame) = (capture.take_photo_async(&settings, &PhotoOptions::default()).unwrap(), capture.grab_frame_async().unwrap());
    track.stop();
    assert_eq!(photo.wait().unwrap_err().name(), "UnknownError");
    assert_eq!(frame.wait().unwrap_err().name(), "UnknownError");
}

#[test]
fn too_many_photos_at_once_are_refused() {
    let cam = camera(&CAMERA.replace("fast", "manual"));
    let track = open(&cam, MediaTrackConstraints::new());
    let capture = ImageCapture::new(&track).unwrap();
    let photos: Vec<_> = (0..12).map(|_| capture.take_photo_async(&PhotoSettings::default(), &PhotoOptions::default()).unwrap()).collect();
    let mut refused = 0;
    for (index, mut photo) in photos.into_iter().enumerate() {
        if let Some(result) = photo.take() {
            let error = result.unwrap_err();
            assert!(error.message().contains("limit"), "{error}");
            refused += 1;
            continue;
        }
        while !photo.wait_for(Duration::from_millis(5)) {
            cam.step(1);
        }
        assert!(photo.take().unwrap().is_ok(), "{index}");
    }
    assert!((3..=4).contains(&refused), "{refused}: 8 may wait, one may be under way");
}

#[test]
fn photo_settings_are_checked() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new().width(320));
    let capture = ImageCapture::new(&track).unwrap();
    let none = PhotoSettings::default();
    for (settings, name) in [
        (PhotoSettings { image_height: Some(1e9), ..none }, "imageHeight"),
        (PhotoSettings { image_width: Some(1.0), ..none }, "imageWidth"),
        (PhotoSettings { red_eye_reduction: Some(true), ..none }, "redEyeReduction"),
        (PhotoSettings { fill_light_mode: Some(FillLightMode::Flash), ..none }, "fillLightMode"),
    ] {
        let error = capture.take_photo(&settings).unwrap_err();
        assert_eq!((error.kind(), error.name()), (ErrorKind::NotSupported, "NotSupportedError"));
        assert!(error.message().starts_with(name), "{error}");
    }
    for value in [f64::NAN, f64::INFINITY] {
        let error = capture.take_photo(&PhotoSettings { image_width: Some(value), ..none }).unwrap_err();
        assert_eq!(error.name(), "TypeError");
    }
    let error = capture.take_photo_with(&none, &PhotoOptions { quality: 0, ..PhotoOptions::default() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let fitting = PhotoSettings {
        image_width: Some(320.0),
        image_height: Some(240.0),
        fill_light_mode: Some(FillLightMode::Off),
        red_eye_reduction: Some(false),
    };
    capture.take_photo(&fitting).unwrap();
}

#[test]
fn a_source_without_photos_says_so() {
    let cam = camera(r#"{"modes": [{"width": 32, "height": 32}], "photo": null, "pacing": "fast"}"#);
    let error = ImageCapture::new(&open(&cam, MediaTrackConstraints::new())).unwrap().take_photo(&PhotoSettings::default()).unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::Unknown, "UnknownError"));
}

#[test]
fn a_photo_of_another_size_mutes_the_track_meanwhile() {
    let cam = camera(r#"{"modes": [{"width": 320, "height": 240}, {"width": 640, "height": 480}], "pacing": "fast"}"#);
    let devices = crate::common::devices(&[&cam]);
    let wanted = MediaTrackConstraints::new().width(320).height(240);
    let stream = devices.get_user_media(&imagecapture::MediaStreamConstraints::video(wanted)).unwrap();
    let track = stream.video_tracks().remove(0);
    let clone = track.clone_track();
    let events = devices.events();
    let reader = track.frames(FramesOptions::default()).unwrap();
    let capture = ImageCapture::new(&track).unwrap();
    let settings = track.settings();
    let photo = capture.take_photo(&PhotoSettings { image_width: Some(600.0), ..PhotoSettings::default() }).unwrap();
    assert_eq!((photo.width(), photo.height()), (640, 480), "the nearest mode, not cut to the numbers");
    let told: Vec<_> = std::iter::from_fn(|| events.next_within(Duration::from_millis(300))).collect();
    for track in [&track, &clone] {
        let of_track: Vec<_> = told.iter().filter(|e| e.object_id() == track.object_id()).map(|e| e.event_type().as_str()).collect();
        assert_eq!(of_track, ["mute", "unmute"]);
    }
    assert!(!track.muted());
    assert_eq!(track.settings(), settings, "nothing of it stays");
    assert_eq!(reader.next_frame().unwrap().width(), 320);
    events.next_within(Duration::ZERO);
    capture.take_photo(&PhotoSettings { image_width: Some(320.0), ..PhotoSettings::default() }).unwrap();
    assert!(events.next_within(Duration::from_millis(100)).is_none(), "the size of the stream needs no change");
}

#[test]
fn tracks_see_nothing_of_a_photo_that_a_muted_camera_owes() {
    let cam = camera(r#"{"modes": [{"width": 64, "height": 48, "frameRates": [100]}, {"width": 32, "height": 24}]}"#);
    let track = open(&cam, MediaTrackConstraints::new().width(64).height(48));
    let queue = FramesOptions { policy: DeliveryPolicy::Queue(16), ..FramesOptions::default() };
    let reader = track.frames(queue).unwrap();
    cam.set_muted(true);
    eventually("it is muted", || track.muted());
    let small = PhotoSettings { image_width: Some(32.0), ..PhotoSettings::default() };
    let photo = ImageCapture::new(&track).unwrap().take_photo_async(&small, &PhotoOptions::default()).unwrap();
    assert!(!photo.wait_for(Duration::from_millis(100)), "there are no frames");
    // The frames that come now are those of the mode of the photo.
    cam.set_muted(false);
    assert_eq!(photo.wait().unwrap().width(), 32);
    eventually("it is unmuted", || !track.muted());
    let (mut live, mut seen) = (0, 0);
    while live < 5 && seen < 500 {
        let frame = reader.next_frame().unwrap();
        assert_eq!((frame.width(), frame.height()), (64, 48));
        live += u32::from(frame.format() == PixelFormat::Yuyv);
        seen += 1;
    }
    assert_eq!(live, 5);
}
