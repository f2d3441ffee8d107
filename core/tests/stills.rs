//! Photos in another mode, brackets and bursts: the camera comes to rest, and is as before afterwards.

use std::time::Duration;

use imagecapture::{
    Bracket, Constraint, CorruptFrame, ErrorKind, Frame, ImageCapture, MediaStreamConstraints, MediaStreamTrack, MediaTrackConstraints,
    Pending, Photo, PhotoFormat, PhotoOptions, PhotoSettings, PixelFormat, Property, Value, VirtualCamera,
};

use crate::common::{camera, devices, eventually, open};

/// Two sizes, of JPEG and of YUYV; values with and without modes; frames when the test says so.
const SLOW: &str = r#"{
    "modes": [{"width": 64, "height": 48}, {"width": 320, "height": 240, "pixelFormat": "mjpeg"}, {"width": 160, "height": 120}],
    "properties": {
        "exposureMode": {"values": ["manual", "continuous"], "value": "continuous"},
        "exposureTime": {"min": 10, "max": 1000, "step": 10, "value": 100},
        "exposureCompensation": {"min": -2, "max": 2, "step": 0.5, "value": 0},
        "zoom": {"min": 100, "max": 400, "value": 100}
    },
    "settling": {"frames": 20}, "pacing": "manual"
}"#;

fn small(cam: &VirtualCamera) -> MediaStreamTrack {
    open(cam, MediaTrackConstraints::new().width(Constraint::exact(64)).height(Constraint::exact(48)))
}

fn of_width(width: f64) -> PhotoSettings {
    PhotoSettings { image_width: Some(width), ..PhotoSettings::default() }
}

fn options(settle: u64) -> PhotoOptions {
    PhotoOptions { settle: Duration::from_millis(settle), format: PhotoFormat::Jpeg, ..PhotoOptions::default() }
}

/// Has the camera make frames until an operation is over.
fn fed<T: Send + 'static>(cam: &VirtualCamera, mut pending: Pending<T>) -> imagecapture::Result<T> {
    while !pending.wait_for(Duration::from_millis(2)) {
        cam.step(1);
    }
    pending.take().unwrap()
}

fn decoded(photo: &Photo) -> Frame {
    let (width, height) = (photo.width(), photo.height());
    let source =
        camera(&format!(r#"{{"modes": [{{"width": {width}, "height": {height}, "pixelFormat": "mjpeg"}}], "scene": {{"kind": "push"}}}}"#));
    let pending = ImageCapture::new(&source.open().unwrap()).unwrap().grab_frame_async().unwrap();
    source.push_frame(PixelFormat::Mjpeg, width, height, photo.bytes(), 0).unwrap();
    pending.wait().unwrap()
}

/// The mean of red, green and blue.
fn colours(photo: &Photo) -> [f64; 3] {
    let frame = decoded(photo);
    let plane = frame.plane(0);
    let mut sums = [0.0; 3];
    for row in plane.data.chunks(plane.stride).take(frame.height() as usize) {
        for pixel in row.chunks(4).take(frame.width() as usize) {
            sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += f64::from(*value));
        }
    }
    sums.map(|sum| sum / f64::from(frame.width() * frame.height()))
}

#[test]
fn a_still_in_another_mode_waits_until_the_camera_is_at_rest() {
    for width in [320.0, 160.0] {
        let cam = camera(SLOW);
        let track = small(&cam);
        let capture = ImageCapture::new(&track).unwrap();
        let before = track.settings();
        let photo = fed(&cam, capture.take_photo_async(&of_width(width), &options(5000)).unwrap()).unwrap();
        assert_eq!(f64::from(photo.width()), width);
        let report = photo.report();
        assert_eq!((report.reconfigured, report.settled), (true, Some(true)), "{report:?}");
        assert!(report.settle_frames >= 6, "{report:?}");
        assert_eq!(report.mode.map(|(width, ..)| f64::from(width)), Some(width));
        // The chart as it is: grey on the whole.
        let [red, _, blue] = colours(&photo);
        assert!(blue - red < 12.0 && red > 60.0, "{width}: {red} {blue}");
        assert_eq!(track.settings(), before);

        let unsettled = fed(&cam, capture.take_photo_async(&of_width(width), &options(0)).unwrap()).unwrap();
        assert_eq!(unsettled.report().settled, Some(false), "{:?}", unsettled.report());
        let [early, ..] = colours(&unsettled);
        assert!(early < red * 0.8, "{width}: {early} is the picture of the beginning, {red} the one at rest");
    }
}

#[test]
fn the_report_adds_up() {
    let cam = camera(&SLOW.replace("manual\"\n", "fast\"\n"));
    let capture = ImageCapture::new(&small(&cam)).unwrap();
    let photo = capture.take_photo_with(&of_width(320.0), &options(2000)).unwrap();
    let report = photo.report();
    let parts = report.waiting + report.switching + report.settling + report.exposing + report.encoding + report.restoring;
    assert!(parts <= report.total && report.total - parts < Duration::from_millis(200), "{report:?}");
    assert!(report.settling > Duration::ZERO && report.restoring > Duration::ZERO && report.exposing > Duration::ZERO, "{report:?}");

    let plain = capture.take_photo(&PhotoSettings::default()).unwrap();
    let report = plain.report();
    assert_eq!((report.reconfigured, report.settled, report.settle_frames), (false, None, 0));
    assert_eq!((report.switching, report.settling, report.restoring), (Duration::ZERO, Duration::ZERO, Duration::ZERO));
    assert_eq!(report.mode, Some((64, 48, PixelFormat::Yuyv)));
    assert!(report.encoding > Duration::ZERO && report.total >= report.encoding + report.exposing);
    assert_eq!(capture.take_photo_with(&of_width(320.0), &options(5001)).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_mode_without_frames_is_an_error_and_the_stream_runs_again() {
    let cam = camera(SLOW);
    let track = small(&cam);
    let capture = ImageCapture::new(&track).unwrap();
    let error = capture.take_photo(&of_width(320.0)).unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::TimedOut, "UnknownError"));
    assert!(error.message().contains("320x240"), "{error}");
    eventually("it runs again", || !track.muted());
    let frame = fed(&cam, capture.grab_frame_async().unwrap()).unwrap();
    assert_eq!(frame.width(), 64);
}

#[test]
fn a_damaged_picture_is_no_photo() {
    let cam = camera(SLOW);
    let wanted = MediaTrackConstraints::new().width(Constraint::exact(320)).height(Constraint::exact(240));
    let track = open(&cam, wanted);
    let capture = ImageCapture::new(&track).unwrap();
    for fault in [CorruptFrame::Cut, CorruptFrame::Garbage] {
        let pending = capture.take_photo_async(&PhotoSettings::default(), &options(0)).unwrap();
        cam.corrupt_frame(fault);
        let photo = fed(&cam, pending).unwrap();
        assert!(VirtualCamera::read_frame_number(&decoded(&photo)).is_some(), "{fault:?}");
    }
}

fn values(photos: &[Photo], property: Property) -> Vec<Option<Value>> {
    photos.iter().map(|photo| photo.settings().get(property).cloned()).collect()
}

#[test]
fn a_bracket_has_a_photo_for_each_value_and_leaves_nothing_behind() {
    let cam = camera(SLOW);
    let devices = devices(&[&cam]);
    let wanted = MediaTrackConstraints::new().width(Constraint::exact(64));
    let track = devices.get_user_media(&MediaStreamConstraints::video(wanted)).unwrap().video_tracks().remove(0);
    let events = devices.events();
    let capture = ImageCapture::new(&track).unwrap();
    let (before, properties) = (track.settings(), cam.properties());
    // The one in between is taken to the nearest step.
    let bracket = Bracket::new(Property::ExposureTime, [50.0, 104.0, 200.0]).unwrap();
    for settings in [PhotoSettings::default(), of_width(160.0)] {
        let photos = fed(&cam, capture.take_bracket_async(&bracket, &settings, &options(5000)).unwrap()).unwrap();
        assert_eq!(values(&photos, Property::ExposureTime), [50.0, 100.0, 200.0].map(|value| Some(value.into())));
        assert_eq!(values(&photos, Property::ExposureMode), [(); 3].map(|()| Some("manual".into())));
        assert!(photos.iter().all(|photo| photo.report().settled == Some(true)), "{:?}", photos[0].report());
        let light: Vec<f64> = photos.iter().map(|photo| colours(photo)[1]).collect();
        assert!(light[0] * 1.2 < light[1] && light[1] * 1.2 < light[2], "{light:?}");
        assert_eq!((track.settings(), cam.properties()), (before.clone(), properties.clone()));
        let told: Vec<_> = std::iter::from_fn(|| events.next_within(Duration::from_millis(200))).collect();
        let names: Vec<_> =
            told.iter().filter(|event| event.object_id() == track.object_id()).map(|event| event.event_type().as_str()).collect();
        assert_eq!(names, ["mute", "unmute"]);
    }
}

#[test]
fn a_bracket_that_cannot_be_is_refused_before_anything_is_touched() {
    let cam = camera(SLOW);
    let capture = ImageCapture::new(&small(&cam)).unwrap();
    let take = |property, value| {
        let bracket = Bracket::new(property, [100.0, value]).unwrap();
        let writes = cam.take_writes().len();
        assert!(writes < 100);
        let error = capture.take_bracket(&bracket, &PhotoSettings::default(), &options(100)).unwrap_err();
        assert_eq!((error.kind(), error.name()), (ErrorKind::NotSupported, "NotSupportedError"), "{error}");
        assert!(cam.take_writes().is_empty());
        error
    };
    let error = take(Property::ExposureTime, 1001.0);
    assert!(error.message().contains("exposureTime 1001") && error.message().contains("10 to 1000"), "{error}");
    assert!(take(Property::Iso, 100.0).message().contains("iso"));
}

#[test]
fn a_bracket_that_fails_or_is_given_up_leaves_nothing_behind() {
    let cam = camera(SLOW);
    let track = small(&cam);
    let capture = ImageCapture::new(&track).unwrap();
    let (before, properties) = (track.settings(), cam.properties());
    let bracket = Bracket::new(Property::ExposureTime, [50.0, 200.0]).unwrap();
    let start = || capture.take_bracket_async(&bracket, &PhotoSettings::default(), &options(5000)).unwrap();

    let pending = start();
    eventually("it began", || track.muted());
    pending.cancel();
    eventually("it ended", || !track.muted());
    assert_eq!((track.settings(), cam.properties()), (before.clone(), properties.clone()));

    let pending = start();
    eventually("it began", || track.muted());
    eventually("the first value is set", || cam.properties()["exposureTime"]["value"] == 50);
    cam.refuse_writes(&[Property::ExposureTime]);
    let error = fed(&cam, pending).unwrap_err();
    assert_eq!(error.name(), "UnknownError");
    assert!(error.message().contains("exposureTime"), "{error}");
    cam.refuse_writes(&[]);
    eventually("it ended", || !track.muted());
    assert_eq!(cam.properties()["exposureMode"]["value"], "continuous");

    let pending = start();
    eventually("it began", || track.muted());
    cam.unplug();
    assert_eq!(pending.wait().unwrap_err().kind(), ErrorKind::DeviceLost);
}

#[test]
fn a_burst_is_the_next_frames() {
    let cam = camera(&SLOW.replace(r#""settling": {"frames": 20}, "#, ""));
    let track = small(&cam);
    let capture = ImageCapture::new(&track).unwrap();
    let photos = fed(&cam, capture.take_burst_async(5, &PhotoSettings::default(), &options(0)).unwrap()).unwrap();
    let numbers: Vec<_> = photos.iter().map(Photo::sequence).collect();
    assert_eq!(numbers.len(), 5);
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
    assert!(photos.windows(2).all(|pair| pair[1].timestamp() > pair[0].timestamp()));
    for photo in &photos {
        assert_eq!(VirtualCamera::read_frame_number(&decoded(photo)).map(u64::from), Some(photo.sequence()));
        assert_eq!(photo.report().settled, None);
    }
    let large = fed(&cam, capture.take_burst_async(3, &of_width(160.0), &options(3000)).unwrap()).unwrap();
    assert!(large.iter().all(|photo| photo.width() == 160));
    assert_eq!(large[0].report().settled, Some(true));
    assert_eq!(track.settings().width(), Some(64));
    for count in [0, 65] {
        let error = capture.take_burst(count, &PhotoSettings::default(), &options(0)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn a_track_that_stops_in_the_middle_gives_the_camera_back() {
    let cam = camera(SLOW);
    let track = small(&cam);
    let pending = ImageCapture::new(&track).unwrap().take_photo_async(&of_width(320.0), &options(5000)).unwrap();
    eventually("it began", || track.muted());
    track.stop();
    let error = pending.wait().unwrap_err();
    assert_eq!(error.name(), "UnknownError");
    let again = small(&cam);
    let frame = fed(&cam, ImageCapture::new(&again).unwrap().grab_frame_async().unwrap()).unwrap();
    assert_eq!(frame.width(), 64);
}

#[test]
fn photos_and_constraints_of_all_tracks_are_one_queue() {
    let cam = camera(SLOW);
    let track = small(&cam);
    let clone = track.clone_track();
    let zoomed = |zoom: f64| MediaTrackConstraints::new().width(Constraint::exact(64)).zoom(Constraint::exact(zoom));
    let first = ImageCapture::new(&track).unwrap().take_photo_async(&PhotoSettings::default(), &options(0)).unwrap();
    let applied = track.apply_constraints_async(&zoomed(200.0)).unwrap();
    let second = ImageCapture::new(&clone).unwrap().take_photo_async(&PhotoSettings::default(), &options(0)).unwrap();
    let (first, second) = (fed(&cam, first).unwrap(), fed(&cam, second).unwrap());
    applied.wait().unwrap();
    assert_eq!((first.settings().zoom(), second.settings().zoom()), (Some(100.0), Some(200.0)));
    assert!(second.sequence() > first.sequence());
    assert!(second.report().waiting > Duration::ZERO);
}
