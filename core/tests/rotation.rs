//! Cameras that are not mounted upright (decision VP5), on the virtual camera.

use imagecapture::{Constraint, FramesOptions, ImageCapture, MediaStreamTrack, MediaTrackConstraints, PixelFormat, Scene, VirtualCamera};
#[cfg(feature = "turbojpeg")]
use imagecapture::{PhotoFormat, PhotoOptions, PhotoSettings};

use crate::common::open;

/// A camera of 8 x 6 that sees the same picture all the time: a row of red at its top, the rest blue.
fn camera(rotation: u16) -> (VirtualCamera, MediaStreamTrack) {
    let camera = VirtualCamera::builder().mode(8, 6, &[30.0], PixelFormat::Rgb).rotation(rotation).scene(Scene::Push).build().unwrap();
    let track = open(&camera, MediaTrackConstraints::new());
    (camera, track)
}

fn push(camera: &VirtualCamera) {
    let picture = [[255, 0, 0].repeat(8), [0, 0, 255].repeat(8 * 5)].concat();
    camera.push_frame(PixelFormat::Rgb, 8, 6, &picture, 0).unwrap();
}

fn is_red(frame: &imagecapture::Frame, x: u32, y: u32) -> bool {
    let rgba = frame.convert(PixelFormat::Rgba).unwrap();
    let plane = rgba.plane(0);
    plane.data[y as usize * plane.stride + x as usize * 4] > 128
}

/// The side at which the red row is.
fn red_side(frame: &imagecapture::Frame) -> &'static str {
    let (right, bottom) = (frame.width() - 1, frame.height() - 1);
    let corners = [is_red(frame, 0, 0), is_red(frame, right, 0), is_red(frame, right, bottom), is_red(frame, 0, bottom)];
    match corners {
        [true, true, false, false] => "top",
        [false, true, true, false] => "right",
        [false, false, true, true] => "bottom",
        [true, false, false, true] => "left",
        other => panic!("{other:?}"),
    }
}

#[test]
fn frames_settings_and_black_pictures_are_upright() {
    for (rotation, size, side) in [(0, (8, 6), "top"), (90, (6, 8), "left"), (180, (8, 6), "bottom"), (270, (6, 8), "right")] {
        let (camera, track) = camera(rotation);
        let settings = track.settings();
        assert_eq!((settings.width(), settings.height()), (Some(size.0), Some(size.1)), "{rotation}");
        let ratio = settings.number(imagecapture::Property::AspectRatio).unwrap();
        assert!((ratio - f64::from(size.0) / f64::from(size.1)).abs() < 1e-9, "{rotation}: {ratio}");
        let capabilities = track.capabilities();
        assert_eq!((capabilities.width().unwrap().max, capabilities.height().unwrap().max), (8.0, 6.0), "the camera as it is");
        let (capture, reader) = (ImageCapture::new(&track).unwrap(), track.frames(FramesOptions::default()).unwrap());
        let grab = capture.grab_frame_async().unwrap();
        push(&camera);
        for frame in [grab.wait().unwrap(), reader.next_frame().unwrap(), capture.latest_frame().unwrap().unwrap()] {
            assert_eq!(((frame.width(), frame.height()), red_side(&frame)), (size, side), "{rotation}");
        }
        track.set_enabled(false);
        push(&camera);
        let black = reader.next_frame().unwrap();
        assert_eq!((black.width(), black.height()), size, "{rotation}");
        assert!(black.plane(0).data.as_chunks::<4>().0.iter().all(|pixel| *pixel == [0, 0, 0, 255]));
    }
}

#[test]
fn constraints_mean_the_camera_as_it_is_and_a_clone_shows_its_part() {
    let (camera, track) = camera(90);
    let part = track.clone_track();
    part.apply_constraints(&MediaTrackConstraints::new().width(Constraint::exact(4)).height(Constraint::exact(2))).unwrap();
    assert_eq!((part.settings().width(), part.settings().height()), (Some(2), Some(4)));
    assert_eq!((track.settings().width(), track.settings().height()), (Some(6), Some(8)));
    let (whole, cut) = (ImageCapture::new(&track).unwrap(), ImageCapture::new(&part).unwrap());
    let (a, b) = (whole.grab_frame_async().unwrap(), cut.grab_frame_async().unwrap());
    push(&camera);
    let (a, b) = (a.wait().unwrap(), b.wait().unwrap());
    assert_eq!((a.width(), a.height(), b.width(), b.height()), (6, 8, 2, 4));
    let error = track.apply_constraints(&MediaTrackConstraints::new().height(Constraint::exact(8))).unwrap_err();
    assert_eq!(error.constraint(), Some("height"), "{error}");
}

#[cfg(feature = "turbojpeg")]
#[test]
fn photos_are_upright_in_every_form_but_the_cameras_own() {
    for format in ["rgb", "nv12", "mjpeg"] {
        let config = format!(r#"{{"modes": [{{"width": 320, "height": 240, "pixelFormat": "{format}"}}], "rotation": 90}}"#);
        let camera = VirtualCamera::from_json(&config).unwrap();
        let capture = ImageCapture::new(&open(&camera, MediaTrackConstraints::new())).unwrap();
        let take = |form| {
            let options = PhotoOptions { format: form, ..PhotoOptions::default() };
            capture.take_photo_with(&PhotoSettings::default(), &options)
        };
        let photo = take(PhotoFormat::Jpeg).unwrap();
        assert_eq!((photo.width(), photo.height(), photo.settings().width()), (240, 320, Some(240)), "{format}");
        let picture = decode(photo.bytes(), 240, 320);
        // Turned back, the picture shows its number again.
        assert!(VirtualCamera::read_frame_number(&picture).is_none());
        assert!(VirtualCamera::read_frame_number(&turned(&picture, 270)).is_some(), "{format}");
        // Sizes are asked for as the camera has them, as its capabilities tell them; what it tells it takes.
        let (possible, usual) = (capture.photo_capabilities().unwrap(), capture.photo_settings().unwrap());
        assert_eq!((possible.image_width.max, possible.image_height.max), (320.0, 240.0));
        assert_eq!((usual.image_width, usual.image_height), (Some(320.0), Some(240.0)));
        let photo = capture.take_photo(&usual).unwrap();
        assert_eq!((photo.width(), photo.height()), (240, 320), "{format}");
        let png = take(PhotoFormat::Png).unwrap();
        assert_eq!((png.width(), png.height()), (240, 320), "{format}");
        if format == "mjpeg" {
            let own = take(PhotoFormat::Camera).unwrap();
            assert_eq!((own.width(), own.height()), (320, 240));
            assert!(VirtualCamera::read_frame_number(&decode(own.bytes(), 320, 240)).is_some(), "as the camera made it");
        }
    }
}

/// Shows a JPEG through a camera that is mounted in some way.
#[cfg(feature = "turbojpeg")]
fn shown(bytes: &[u8], format: PixelFormat, (width, height): (u32, u32), rotation: u16) -> imagecapture::Frame {
    let source = VirtualCamera::builder().mode(width, height, &[30.0], format).rotation(rotation).scene(Scene::Push).build().unwrap();
    let capture = ImageCapture::new(&source.open().unwrap()).unwrap();
    let pending = capture.grab_frame_async().unwrap();
    source.push_frame(format, width, height, bytes, 0).unwrap();
    pending.wait().unwrap()
}

#[cfg(feature = "turbojpeg")]
fn decode(bytes: &[u8], width: u32, height: u32) -> imagecapture::Frame {
    shown(bytes, PixelFormat::Mjpeg, (width, height), 0)
}

#[cfg(feature = "turbojpeg")]
fn turned(frame: &imagecapture::Frame, rotation: u16) -> imagecapture::Frame {
    shown(frame.plane(0).data, frame.format(), (frame.width(), frame.height()), rotation)
}

#[test]
fn only_quarters_of_a_turn_exist() {
    let error = VirtualCamera::from_json(r#"{"modes": [{"width": 4, "height": 4}], "rotation": 45}"#).unwrap_err();
    assert!(error.message().contains("45") && error.message().contains("270"), "{error}");
}
