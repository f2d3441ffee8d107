//! Each row of the table of properties on a real driver: set through the library and read by another program, set by
//! another program and seen as an event.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use imagecapture::{
    Constraint, EventType, FramesOptions, ImageCapture, Listener, MediaStreamTrack, MediaTrackConstraints, Property, V4L2_PROPERTIES,
};
use serde_json::{Value as Json, json};

use super::lab::Lab;
use super::{Uvc, find, open, pixel, run, size};

/// How the cameras of the table are labelled, and the nodes of their drivers.
const CAMERAS: [(&str, &str); 3] = [("uvc0", "CamSim Full HD"), ("vivid-cam", "vivid"), ("labcam", "Lab Camera")];

fn label(camera: &str) -> &'static str {
    CAMERAS.iter().find(|(name, _)| *name == camera).unwrap().1
}

pub(super) fn node(camera: &str) -> String {
    let driver = match camera {
        "uvc0" => "CamSim Full HD",
        "vivid-cam" => "vivid",
        _ => "Lab Camera",
    };
    run(&format!("cd /sys/class/video4linux; for d in video*; do if grep -q '{driver}' $d/name && [ \"$(cat $d/index)\" = 0 ]; then echo /dev/$d; break; fi; done"))
        .trim()
        .to_owned()
}

/// Another program's view of a control.
pub(super) fn read(node: &str, control: &str) -> i64 {
    let text = run(&format!("v4l2-ctl -d {node} -C {control}"));
    let number = text.split_once(':').unwrap().1.trim();
    number.split(' ').next().unwrap().parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

pub(super) fn write(node: &str, assignment: &str) {
    run(&format!("v4l2-ctl -d {node} -c {assignment}"));
}

/// The camera keeps what it was set to by whoever came before.
pub(super) fn uvc_with_defaults() -> Uvc {
    let uvc = Uvc::new();
    let modes = "white_balance_automatic=1,auto_exposure=3,focus_automatic_continuous=1";
    write(
        &uvc.node(),
        &format!("{modes},brightness=0,contrast=32,saturation=64,gamma=100,zoom_absolute=100,pan_absolute=0,tilt_absolute=0"),
    );
    uvc
}

/// As `eventually`, for a slow machine.
pub(super) fn soon(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < end, "{what} did not happen within 20 s");
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub(super) fn constraints(json: &Json) -> MediaTrackConstraints {
    MediaTrackConstraints::from_json(&json.to_string()).unwrap()
}

pub(super) fn counted(track: &MediaStreamTrack, event: EventType) -> (Arc<AtomicUsize>, Listener) {
    let count = Arc::new(AtomicUsize::new(0));
    let inside = count.clone();
    let listener = track.on(event, move |_| {
        inside.fetch_add(1, Ordering::SeqCst);
    });
    (count, listener)
}

/// A track in the smallest mode that all have.
fn track_of(camera: &str) -> MediaStreamTrack {
    open(label(camera), MediaTrackConstraints::new().width(640).height(480))
}

/// Property, what it is set to; the control and what another program reads then; what that sets, and what the property is then.
type Case = (&'static str, Json, &'static str, i64, i64, Json);

fn cases(camera: &str) -> Vec<Case> {
    match camera {
        "uvc0" => vec![
            ("brightness", json!(20), "brightness", 20, -30, json!(-30)),
            ("contrast", json!(40), "contrast", 40, 10, json!(10)),
            ("saturation", json!(100), "saturation", 100, 30, json!(30)),
            ("sharpness", json!(5), "sharpness", 5, 1, json!(1)),
            ("whiteBalanceMode", json!("manual"), "white_balance_automatic", 0, 1, json!("continuous")),
            ("colorTemperature", json!(5000), "white_balance_temperature", 5000, 3200, json!(3200)),
            ("exposureMode", json!("manual"), "auto_exposure", 1, 3, json!("continuous")),
            ("exposureTime", json!(300), "exposure_time_absolute", 300, 1000, json!(1000)),
            ("focusMode", json!("manual"), "focus_automatic_continuous", 0, 1, json!("continuous")),
            ("focusDistance", json!(120), "focus_absolute", 120, 50, json!(50)),
            ("pan", json!(3600), "pan_absolute", 3600, -7200, json!(-7200)),
            ("tilt", json!(-3600), "tilt_absolute", -3600, 7200, json!(7200)),
            ("zoom", json!(300), "zoom_absolute", 300, 200, json!(200)),
        ],
        "vivid-cam" => vec![
            ("brightness", json!(200), "brightness", 200, 90, json!(90)),
            ("contrast", json!(200), "contrast", 200, 90, json!(90)),
            ("saturation", json!(200), "saturation", 200, 90, json!(90)),
        ],
        _ => vec![
            ("whiteBalanceMode", json!("manual"), "white_balance_auto_preset", 0, 1, json!("continuous")),
            ("exposureMode", json!("manual"), "auto_exposure", 2, 0, json!("continuous")),
            ("exposureTime", json!(300), "exposure_time_absolute", 300, 700, json!(700)),
            ("exposureCompensation", json!(-0.333), "auto_exposure_bias", 2, 5, json!(1)),
            ("iso", json!(400), "iso_sensitivity", 3, 4, json!(800)),
            ("focusMode", json!("manual"), "focus_automatic_continuous", 0, 1, json!("continuous")),
            ("focusDistance", json!(100), "focus_absolute", 100, 900, json!(900)),
            ("pan", json!(3600), "pan_absolute", 3600, -7200, json!(-7200)),
            ("tilt", json!(-3600), "tilt_absolute", -3600, 7200, json!(7200)),
            ("zoom", json!(200), "zoom_absolute", 200, 350, json!(350)),
            ("torch", json!(true), "led_mode", 2, 0, json!(false)),
        ],
    }
}

/// What has a test of its own below.
const OTHERS: [(&str, &str); 5] =
    [("labcam", "facingMode"), ("labcam90", "rotation"), ("labcam", "muted"), ("uvc0", "muted"), ("labcam", "pointsOfInterest")];

#[test]
fn every_row_of_the_table_is_tested_on_the_cameras_that_it_names() {
    for row in V4L2_PROPERTIES {
        assert!(!row.tested_on.is_empty(), "{} is tested nowhere", row.name);
        for &camera in row.tested_on {
            let tested = OTHERS.contains(&(camera, row.name)) || cases(camera).iter().any(|case| case.0 == row.name);
            assert!(tested, "{} on {camera}", row.name);
        }
    }
    for (camera, _) in CAMERAS {
        for case in cases(camera) {
            let row = V4L2_PROPERTIES.iter().find(|row| row.name == case.0).unwrap();
            assert!(row.tested_on.contains(&camera) && row.controls.iter().any(|control| control.name == case.2), "{camera}: {case:?}");
        }
    }
}

fn check(camera: &str) {
    let node = node(camera);
    let track = track_of(camera);
    let (events, _listener) = counted(&track, EventType::ConfigurationChange);
    let before = track.settings().to_json_value();
    for (property, value, control, raw, other, then) in cases(camera) {
        let opened = read(&node, control);
        track.apply_constraints(&constraints(&json!({property: {"exact": value}}))).unwrap_or_else(|e| panic!("{property}: {e}"));
        assert_eq!((read(&node, control), &track.settings().to_json_value()[property]), (raw, &value), "{property}");
        let seen = events.load(Ordering::SeqCst);
        write(&node, &format!("{control}={other}"));
        soon(&format!("{property} is {then} in the settings"), || track.settings().to_json_value()[property] == then);
        soon(&format!("an event for {property}"), || events.load(Ordering::SeqCst) > seen);
        track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
        let modes = ["whiteBalanceMode", "exposureMode", "focusMode"];
        if modes.contains(&property) || !["colorTemperature", "exposureTime", "focusDistance", "iso"].contains(&property) {
            assert_eq!(read(&node, control), opened, "{property} goes back to what it was");
        }
        println!("{camera}: {property} = {value} -> {control} = {raw}; {control} = {other} -> {then}");
    }
    for mode in ["whiteBalanceMode", "exposureMode", "focusMode"] {
        assert_eq!(track.settings().to_json_value()[mode], before[mode]);
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn each_property_of_the_uvc_camera_is_set_and_heard_of() {
    let _uvc = Uvc::new();
    check("uvc0");
}

#[test]
#[ignore = "needs the camera VM"]
fn each_property_of_vivid_is_set_and_heard_of() {
    check("vivid-cam");
}

#[test]
#[ignore = "needs the camera VM"]
fn each_property_of_the_lab_camera_is_set_and_heard_of() {
    let _lab = Lab::new();
    check("labcam");
}

#[test]
#[ignore = "needs the camera VM"]
fn direction_and_rotation_are_those_of_the_sensor() {
    let devices = super::devices();
    for (label, facing, size) in [("Lab Camera", "environment", (640, 480)), ("Turned Camera", "user", (480, 640))] {
        let info = find(&devices, label);
        assert_eq!(info.capabilities().strings(Property::FacingMode), Some(&[facing.to_owned()][..]));
        // Constraints are about the picture of the sensor, settings about what the track shows.
        let track = open(label, super::size(640, 480, 30.0));
        let settings = track.settings();
        assert_eq!((settings.string(Property::FacingMode), settings.width().zip(settings.height())), (Some(facing), Some(size)));
        let frame = ImageCapture::new(&track).unwrap().grab_frame().unwrap();
        assert_eq!((frame.width(), frame.height()), size);
        // The sensor's upper left corner is marked; turned by 90 degrees counter-clockwise it is the lower left one.
        let (above, below) = (pixel(&frame, 2, 2)[0], pixel(&frame, 2, frame.height() as usize - 3)[0]);
        assert_eq!(label == "Turned Camera", below > above.saturating_add(40), "{above} {below}");
        let away = track.apply_constraints(&constraints(&json!({"facingMode": {"exact": "left"}}))).unwrap_err();
        assert_eq!(away.constraint(), Some("facingMode"));
    }
}

fn privacy(camera: &str, switch: &str) {
    let node = node(camera);
    let track = track_of(camera);
    let (mutes, _mute) = counted(&track, EventType::Mute);
    let (unmutes, _unmute) = counted(&track, EventType::Unmute);
    let capture = ImageCapture::new(&track).unwrap();
    capture.grab_frame().unwrap();
    write(&node, &format!("{switch}=1"));
    soon("mute", || track.muted() && mutes.load(Ordering::SeqCst) == 1);
    write(&node, &format!("{switch}=0"));
    soon("unmute", || !track.muted() && unmutes.load(Ordering::SeqCst) == 1);
    capture.grab_frame().unwrap();
    drop(track);
    // A camera that is covered from the first on.
    write(&node, &format!("{switch}=1"));
    let track = track_of(camera);
    soon("muted from the beginning", || track.muted());
    write(&node, &format!("{switch}=0"));
    soon("unmute", || !track.muted());
}

#[test]
#[ignore = "needs the camera VM"]
fn the_privacy_switch_mutes() {
    let _uvc = Uvc::new();
    let _lab = Lab::new();
    privacy("uvc0", "privacy");
    privacy("labcam", "privacy_shutter");
    // The program's own write is no event of the driver.
    let track = track_of("uvc0");
    track.set_control("privacy", true).unwrap();
    soon("mute", || track.muted());
    track.set_control("privacy", false).unwrap();
    soon("unmute", || !track.muted());
}

#[test]
#[ignore = "needs the camera VM"]
fn a_point_of_interest_is_a_region_of_the_driver() {
    let _lab = Lab::new();
    let track = track_of("labcam");
    let points = || track.settings().to_json_value()["pointsOfInterest"].clone();
    assert_eq!(points(), json!([]));
    for (wanted, region) in [(json!([{"x": 0.5, "y": 0.5}]), vec![240, 180, 160, 120]), (json!([{"x": 1, "y": 0}]), vec![480, 0, 160, 120])]
    {
        track.apply_constraints(&constraints(&json!({"pointsOfInterest": {"exact": wanted}}))).unwrap();
        let control = track.control("region_of_interest_rectangle").unwrap();
        assert_eq!((control.value.unwrap().to_json(), points()), (json!(region), wanted));
        assert_eq!(read(&node("labcam"), "region_of_interest_auto_ctrls"), 0b1101);
    }
    track.set_control("region_of_interest_rectangle", imagecapture::ControlValue::Numbers(vec![0, 0, 320, 240])).unwrap();
    assert_eq!(points(), json!([{"x": 0.25, "y": 0.25}]));
    track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
    assert_eq!(points(), json!([]));
    assert_eq!(read(&node("labcam"), "region_of_interest_auto_ctrls"), 1);
}

#[test]
#[ignore = "needs the camera VM"]
fn single_shots_run_once_and_presets_are_manual() {
    let lab = Lab::new();
    let track = track_of("labcam");
    let setting = |property| track.settings().to_json_value()[property].clone();
    track.apply_constraints(&constraints(&json!({"focusMode": {"exact": "single-shot"}}))).unwrap();
    assert_eq!((setting("focusMode"), read(&lab.node(), "focus_automatic_continuous")), (json!("single-shot"), 0));
    soon("the run is over", || read(&lab.node(), "auto_focus_status") == 2);
    assert_eq!(setting("focusMode"), json!("single-shot"), "until another mode is applied");
    track.apply_constraints(&constraints(&json!({"whiteBalanceMode": {"exact": "single-shot"}}))).unwrap();
    assert_eq!((setting("whiteBalanceMode"), read(&lab.node(), "white_balance_temperature")), (json!("single-shot"), 4300));
    assert_eq!(setting("focusMode"), json!("continuous"), "it was before");
    track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
    write(&lab.node(), "white_balance_auto_preset=2");
    soon("the preset", || setting("whiteBalanceMode") == json!("manual") && setting("colorTemperature") == json!(2800));
    write(&lab.node(), "white_balance_auto_preset=1");
}

#[test]
#[ignore = "needs the camera VM"]
fn a_sensitivity_ends_the_automatic_one_until_it_is_given_up() {
    let lab = Lab::new();
    write(&lab.node(), "iso_sensitivity_auto=1");
    let track = track_of("labcam");
    let range = track.capabilities().range(Property::Iso).unwrap();
    assert_eq!((range.min, range.max, range.step), (100.0, 800.0, 25.0));
    track.apply_constraints(&constraints(&json!({"iso": 390}))).unwrap();
    assert_eq!((track.settings().number(Property::Iso), read(&lab.node(), "iso_sensitivity")), (Some(400.0), 3));
    assert_eq!(read(&lab.node(), "iso_sensitivity_auto"), 0);
    track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
    assert_eq!(read(&lab.node(), "iso_sensitivity_auto"), 1);
    // One that is refused leaves the automatic one as it was.
    let id = V4L2_PROPERTIES.iter().find(|row| row.name == "iso").unwrap().controls[0].id;
    write(&lab.node(), "refuse_code=16,refuse_times=1");
    write(&lab.node(), &format!("refuse_control={id}"));
    let error = track.apply_constraints(&constraints(&json!({"iso": {"exact": 800}}))).unwrap_err();
    assert_eq!((error.constraint(), error.os_code()), (Some("iso"), Some(16)), "{error}");
    assert_eq!(read(&lab.node(), "iso_sensitivity_auto"), 1);
}

#[test]
#[ignore = "needs the camera VM"]
fn pan_and_tilt_go_in_one_call() {
    let lab = Lab::new();
    let track = track_of("labcam");
    write(&lab.node(), "pair_pan_and_tilt=1");
    let both = |pan, tilt| constraints(&json!({"pan": {"exact": pan}, "tilt": {"exact": tilt}}));
    track.apply_constraints(&both(3600, 7200)).unwrap();
    assert_eq!((read(&lab.node(), "pan_absolute"), read(&lab.node(), "tilt_absolute")), (3600, 7200));
    // Only one of them is another value now.
    track.apply_constraints(&both(3600, -7200)).unwrap();
    assert_eq!((read(&lab.node(), "pan_absolute"), read(&lab.node(), "tilt_absolute")), (3600, -7200));
    // What went together goes back together.
    let id = V4L2_PROPERTIES.iter().find(|row| row.name == "torch").unwrap().controls[0].id;
    write(&lab.node(), &format!("refuse_control={id},refuse_code=16,refuse_times=-1"));
    let wanted = json!({"pan": {"exact": 0}, "tilt": {"exact": 0}, "torch": {"exact": true}});
    let error = track.apply_constraints(&constraints(&wanted)).unwrap_err();
    assert_eq!((error.constraint(), error.os_code()), (Some("torch"), Some(16)), "{error}");
    assert_eq!((read(&lab.node(), "pan_absolute"), read(&lab.node(), "tilt_absolute")), (3600, -7200));
    track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
    assert_eq!((read(&lab.node(), "pan_absolute"), read(&lab.node(), "tilt_absolute")), (0, 0));
}

#[test]
#[ignore = "needs the camera VM"]
fn a_refused_control_of_a_batch_is_named_and_nothing_is_changed() {
    let lab = Lab::new();
    let track = track_of("labcam");
    let wanted = constraints(&json!({"brightness": {"exact": 10}, "contrast": {"exact": 20}}));
    let before = (track.settings().to_json_value(), track.constraints());
    for code in [5, 16, 13, 34, 71] {
        write(&lab.node(), &format!("refuse_control={},refuse_code={code},refuse_times=-1", 0x0098_0901));
        let error = track.apply_constraints(&wanted).unwrap_err();
        assert_eq!((error.constraint(), error.os_code()), (Some("contrast"), Some(code)), "{error}");
        assert_eq!((read(&lab.node(), "brightness"), read(&lab.node(), "contrast")), (128, 128));
        let now = track.settings().to_json_value();
        assert_eq!(
            (&now["brightness"], &now["contrast"], track.constraints()),
            (&before.0["brightness"], &before.0["contrast"], before.1.clone())
        );
    }
    // Trouble on the bus that passes is none.
    write(&lab.node(), &format!("refuse_control={},refuse_code=5,refuse_times=2", 0x0098_0901));
    track.apply_constraints(&wanted).unwrap();
    assert_eq!((read(&lab.node(), "brightness"), read(&lab.node(), "contrast")), (10, 20));
    track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
}

#[test]
#[ignore = "needs the camera VM"]
fn a_control_that_vanishes_or_lies_takes_its_property_along() {
    let lab = Lab::new();
    let track = track_of("labcam");
    let has = |property| track.settings().contains(property);
    assert!(has(Property::Contrast) && has(Property::Zoom));
    write(&lab.node(), "lie=1");
    soon("what lies is no property", || !has(Property::Contrast));
    assert!(track.capabilities().range(Property::Contrast).is_none());
    let liar = track.controls().unwrap().into_iter().find(|control| control.id == 0x0098_0901).unwrap();
    assert_eq!((liar.minimum, liar.maximum, liar.step), (200, 100, 0));
    write(&lab.node(), "lie=0");
    soon("it is one again", || has(Property::Contrast));
    write(&lab.node(), &format!("vanish={}", 0x009a_090d));
    soon("zoom is not there any more", || !has(Property::Zoom));
    let error = track.apply_constraints(&constraints(&json!({"zoom": {"exact": 200}}))).unwrap_err();
    assert_eq!(error.constraint(), Some("zoom"));
    ImageCapture::new(&track).unwrap().grab_frame().unwrap();
    write(&lab.node(), "vanish=0");
    soon("zoom is back", || has(Property::Zoom));
}

#[test]
#[ignore = "needs the camera VM"]
fn what_is_set_is_seen_in_the_picture() {
    let _uvc = uvc_with_defaults();
    let _lab = Lab::new();
    let track = track_of("uvc0");
    let capture = ImageCapture::new(&track).unwrap();
    // The lower right corner is grey; the fifth bar of colour is magenta, without saturation grey.
    let grey = || pixel(&capture.grab_frame().unwrap(), 500, 440);
    let bar = || pixel(&capture.grab_frame().unwrap(), 360, 150);
    let set = |property: &str, value: u32| {
        let wanted = json!({"width": {"exact": 640}, "height": {"exact": 480}, property: {"exact": value}});
        track.apply_constraints(&constraints(&wanted)).unwrap();
    };
    let (plain, coloured) = (grey(), bar());
    assert!(coloured[0] > coloured[1].saturating_add(100), "{coloured:?}");
    set("brightness", 40);
    soon("it is brighter", || grey()[0] > plain[0].saturating_add(20));
    set("saturation", 0);
    soon("it has no colour", || {
        let now = bar();
        now[0].abs_diff(now[1]) < 20
    });
    // The mode is named too: a value that an automatic has chosen already would do without it.
    let wanted =
        json!({"width": {"exact": 640}, "height": {"exact": 480}, "exposureMode": {"exact": "manual"}, "exposureTime": {"exact": 50}});
    track.apply_constraints(&constraints(&wanted)).unwrap();
    soon("it is darker", || grey()[0].saturating_add(30) < plain[0]);
    track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
    track.stop();
    let track = track_of("labcam");
    let capture = ImageCapture::new(&track).unwrap();
    let level = || {
        let frame = capture.grab_frame().unwrap();
        pixel(&frame, frame.width() as usize / 2, frame.height() as usize / 2)[0]
    };
    let dark = level();
    track.apply_constraints(&constraints(&json!({"torch": {"exact": true}}))).unwrap();
    soon("the light is on", || level() > dark.saturating_add(20));
    track.apply_constraints(&constraints(&json!({"torch": {"exact": false}}))).unwrap();
    soon("the light is off", || level().abs_diff(dark) < 4);
}

#[test]
#[ignore = "needs the camera VM"]
fn a_flood_of_changes_holds_up_neither_frames_nor_the_program() {
    let uvc = Uvc::new();
    let track = open("CamSim Full HD", size(320, 240, 30.0));
    let (events, _listener) = counted(&track, EventType::ConfigurationChange);
    let reader = track.frames(FramesOptions::default()).unwrap();
    let start = Instant::now();
    let values: Vec<String> = (0..200).map(|n| format!("-c brightness={}", n % 60)).collect();
    let line = format!("v4l2-ctl -d {} {}", uvc.node(), values.join(" "));
    let flood = std::thread::spawn(move || {
        run(&line);
    });
    let mut frames = 0;
    while !flood.is_finished() {
        reader.next_frame().unwrap();
        frames += 1;
    }
    flood.join().unwrap();
    let (looks, took) = (events.load(Ordering::SeqCst), start.elapsed().as_secs_f64());
    println!("{looks} events and {frames} frames in {took:.1} s of writing");
    assert!(looks as f64 <= 10.0 * took + 2.0, "{looks} in {took} s");
    assert!(frames >= 3, "{frames} in {took} s");
    track.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(200.0))).unwrap();
}
