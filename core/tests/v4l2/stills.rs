//! Photos larger than the stream, brackets and bursts on real drivers: the stream runs again, and every control is as before.

use std::time::{Duration, Instant};

use imagecapture::{
    Bracket, Constraint, FillLightMode, FramesOptions, ImageCapture, MediaTrackConstraints, Photo, PhotoOptions, PhotoSettings,
    PixelFormat, Property, VirtualCamera,
};

use super::lab::Lab;
use super::properties::{node, read, uvc_with_defaults};
use super::{decode, near, open, pixel, run, size};

fn of_size(width: f64, height: f64) -> PhotoSettings {
    PhotoSettings { image_width: Some(width), image_height: Some(height), ..PhotoSettings::default() }
}

/// A guest without KVM is slow.
const LIMIT: Duration = Duration::from_secs(60);

/// The colour of a bar, so many twelfths of the height from the top.
fn bar(photo: &Photo, index: usize, down: usize) -> [u8; 3] {
    let picture = decode(photo);
    let (width, height) = (photo.width() as usize, photo.height() as usize);
    pixel(&picture, width * (2 * index + 1) / 16, height * down / 12)
}

/// The controls of a camera as another program reads them, but for those that change by themselves.
fn controls(node: &str) -> String {
    let text = run(&format!("v4l2-ctl -d {node} --list-ctrls"));
    text.lines().filter(|line| !line.contains("volatile") && !line.contains("read-only")).collect::<Vec<_>>().join("\n")
}

/// Streams small, takes a photo of another size, streams small again.
fn larger(label: &str, camera: &str, stream: (u32, u32), photo: (u32, u32), format: PixelFormat, down: usize) {
    let wanted = MediaTrackConstraints::new().width(Constraint::exact(stream.0)).height(Constraint::exact(stream.1));
    let track = open(label, wanted);
    let capture = ImageCapture::new(&track).unwrap();
    let reader = track.frames(FramesOptions::default()).unwrap();
    reader.next_frame().unwrap();
    let (settings, before) = (track.settings(), controls(&node(camera)));
    let begin = Instant::now();
    let asked = of_size(photo.0.into(), photo.1.into());
    let taken = capture.take_photo_async(&asked, &PhotoOptions::default()).unwrap().limit(LIMIT).wait().unwrap();
    eprintln!("{label}: {} after {:?}, {:?}", taken.bytes().len(), begin.elapsed(), taken.report());
    assert_eq!((taken.width(), taken.height()), photo);
    let report = taken.report();
    assert_eq!((report.reconfigured, report.mode), (true, Some((photo.0, photo.1, format))));
    assert!(report.settled == Some(true), "{report:?}");
    // Colour bars at 75 %: the second is yellow, the sixth red.
    for (index, colour) in [(1, [191, 191, 0]), (5, [191, 0, 0])] {
        let seen = bar(&taken, index, down);
        assert!(near(seen, colour, 16), "bar {index}: {seen:?}");
    }
    assert!(!track.muted());
    assert_eq!((track.settings(), controls(&node(camera))), (settings, before), "as before");
    let frame = capture.grab_frame().unwrap();
    assert_eq!((frame.width(), frame.height()), stream);
    let format = run(&format!("v4l2-ctl -d {} --get-fmt-video | grep Width/Height", node(camera)));
    assert!(format.trim().ends_with(&format!("{}/{}", stream.0, stream.1)), "{format}");
}

#[test]
#[ignore = "needs the camera VM"]
fn a_photo_larger_than_the_stream_comes_from_the_uvc_camera() {
    let _uvc = uvc_with_defaults();
    larger("CamSim Full HD", "uvc0", (640, 480), (1920, 1080), PixelFormat::Mjpeg, 5);
}

#[test]
#[ignore = "needs the camera VM"]
fn a_photo_larger_than_the_stream_comes_from_vivid() {
    larger("vivid", "vivid-cam", (640, 360), (1280, 720), PixelFormat::Nv12, 11);
}

#[test]
#[ignore = "needs the camera VM"]
fn a_bracket_of_the_uvc_camera_leaves_every_control_as_it_was() {
    let uvc = uvc_with_defaults();
    let track = open("CamSim Full HD", size(640, 480, 30.0));
    let capture = ImageCapture::new(&track).unwrap();
    let (settings, before) = (track.settings(), controls(&uvc.node()));
    for (property, values) in [(Property::ExposureTime, [80.0, 157.0, 310.0]), (Property::FocusDistance, [0.0, 120.0, 250.0])] {
        let bracket = Bracket::new(property, values).unwrap();
        let pending = capture.take_bracket_async(&bracket, &PhotoSettings::default(), &PhotoOptions::default()).unwrap();
        let photos = pending.limit(LIMIT).wait().unwrap();
        let really: Vec<_> = photos.iter().map(|photo| photo.settings().get(property).cloned()).collect();
        assert_eq!(really, values.map(|value| Some(value.into())));
        photos.iter().for_each(|photo| eprintln!("{property}: {:?}", photo.report()));
        if property == Property::ExposureTime {
            let light: Vec<u8> = photos.iter().map(|photo| bar(photo, 5, 5)[0]).collect();
            assert!(light[0] + 20 < light[1] && light[1] + 20 < light[2], "{light:?}");
        }
        assert_eq!((track.settings(), controls(&uvc.node())), (settings.clone(), before.clone()), "as before");
    }
    assert_eq!(capture.grab_frame().unwrap().width(), 640);
}

#[test]
#[ignore = "needs the camera VM"]
fn a_burst_of_the_uvc_camera_is_frames_in_a_row() {
    let _uvc = uvc_with_defaults();
    let capture = ImageCapture::new(&open("CamSim Full HD", size(640, 480, 30.0))).unwrap();
    let pending = capture.take_burst_async(6, &PhotoSettings::default(), &PhotoOptions::default()).unwrap();
    let photos = pending.limit(LIMIT).wait().unwrap();
    let numbers: Vec<u64> = photos.iter().map(Photo::sequence).collect();
    eprintln!("sequence numbers: {numbers:?}");
    assert!(numbers.len() == 6 && numbers.windows(2).all(|pair| pair[1] > pair[0]), "{numbers:?}");
    let shown: Vec<_> = photos.iter().map(|photo| VirtualCamera::read_frame_number(&decode(photo)).unwrap()).collect();
    assert!(shown.windows(2).all(|pair| pair[1] != pair[0]), "{shown:?}");
}

#[test]
#[ignore = "needs the camera VM"]
fn a_flash_lights_the_photo_and_the_torch_is_on_again_afterwards() {
    let lab = Lab::new();
    let track = open("Lab Camera", size(640, 480, 30.0));
    let capture = ImageCapture::new(&track).unwrap();
    let capabilities = capture.photo_capabilities().unwrap();
    assert_eq!(capabilities.fill_light_mode, Some(vec![FillLightMode::Off, FillLightMode::Flash]));
    assert_eq!(capture.photo_settings().unwrap().fill_light_mode, Some(FillLightMode::Off));
    let take = |mode| {
        let settings = PhotoSettings { fill_light_mode: mode, ..PhotoSettings::default() };
        let photo = capture.take_photo_async(&settings, &PhotoOptions::default()).unwrap().limit(LIMIT).wait().unwrap();
        // The middle, away from the mark in the corner.
        i32::from(pixel(&decode(&photo), 320, 240)[1])
    };
    let plain = take(None);
    let flashed = take(Some(FillLightMode::Flash));
    assert!(flashed > plain + 40, "{plain} {flashed}");
    assert_eq!(read(&lab.node(), "led_mode"), 0, "as it was");
    std::thread::sleep(Duration::from_millis(500));
    assert!((take(None) - plain).abs() < 4, "a flash does not stay");
    track.apply_constraints(&MediaTrackConstraints::new().torch(Constraint::exact(true))).unwrap();
    let lit = take(None);
    assert!(lit > plain + 15, "{plain} {lit}");
    assert!((take(Some(FillLightMode::Off)) - plain).abs() < 4, "the photo's mode wins");
    assert_eq!(read(&lab.node(), "led_mode"), 2, "the torch is on again");
    assert!((take(None) - lit).abs() < 4);
}
