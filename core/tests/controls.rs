//! Controls by their own names, and details of devices, on virtual cameras.

use std::time::Duration;

use imagecapture::{
    Constraint, ControlType, ControlValue, DeviceControl, ErrorKind, Event, EventType, Events, ImageCapture, MediaDevices,
    MediaStreamConstraints, MediaStreamTrack, MediaTrackConstraints, Permission, PermissionState, Property, VirtualCamera,
};
use serde_json::{Value as Json, json};

use crate::common::{camera, devices, eventually};

/// Every type of control; two stand behind a property, one of them moves the camera.
const CAMERA: &str = r#"{
    "label": "Controlled", "deviceId": "controlled", "modes": [{"width": 64, "height": 48, "frameRates": [30, 15]}], "pacing": "fast",
    "properties": {"zoom": {"min": 100, "max": 400, "step": 1}, "brightness": {"min": 0, "max": 255, "step": 1, "value": 128},
                   "exposureMode": {"values": ["manual", "continuous"]}},
    "controls": {
        "gain": {"type": "integer", "max": 100, "step": 5, "value": 10, "default": 20, "class": "User Controls", "flags": ["slider", "inactive"]},
        "hue_auto": {"type": "boolean", "value": true},
        "power_line_frequency": {"type": "menu", "menu": ["Disabled", null, "60 Hz"]},
        "reset": {"type": "button"},
        "counter": {"type": "integer64", "flags": ["volatile", "read-only"], "value": 5000000000},
        "note": {"type": "string", "min": 1, "max": 8, "value": "abc"},
        "leds": {"type": "bitmask", "max": 5},
        "link": {"type": "integer-menu", "menu": [100, 200]},
        "matrix": {"type": "u8", "dimensions": [2, 3], "max": 9, "value": [1, 2, 3, 4, 5, 6]},
        "curve": {"type": "u16", "dimensions": [4]},
        "table": {"type": "u32", "dimensions": [2]},
        "area": {"type": "area", "value": [4, 3]},
        "crop": {"type": "rectangle"},
        "meta": {"type": "other"},
        "secret": {"type": "integer", "max": 9, "flags": ["write-only"]},
        "busy": {"type": "integer", "max": 9, "flags": ["grabbed"]},
        "brightness": {"type": "integer", "max": 255, "property": "brightness"},
        "auto_exposure": {"type": "menu", "menu": ["manual", "continuous"], "property": "exposureMode"},
        "zoom_absolute": {"type": "integer", "min": 100, "max": 400, "label": "Zoom, Absolute", "property": "zoom"}
    }
}"#;

struct Setup {
    camera: VirtualCamera,
    devices: MediaDevices,
    track: MediaStreamTrack,
    events: Events,
}

fn open(devices: &MediaDevices) -> MediaStreamTrack {
    devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap().video_tracks().remove(0)
}

fn setup() -> Setup {
    let camera = camera(CAMERA);
    let devices = devices(&[&camera]);
    let track = open(&devices);
    let events = devices.events();
    camera.take_writes();
    Setup { camera, devices, track, events }
}

impl Setup {
    fn value(&self, name: &str) -> Option<ControlValue> {
        self.track.control(name).unwrap().value
    }

    fn refused(&self, values: &[(&str, ControlValue)]) -> ErrorKind {
        let error = self.track.set_controls(values).unwrap_err();
        assert!(error.message().contains(values.last().unwrap().0), "it names the control: {error}");
        assert_eq!(self.camera.take_writes(), Vec::<Json>::new(), "nothing is written: {error}");
        error.kind()
    }

    /// The next event of this type.
    fn event(&self, event_type: EventType) -> Event {
        std::iter::from_fn(|| self.events.next_within(Duration::from_secs(5)))
            .find(|event| event.event_type() == event_type)
            .expect("event")
    }
}

#[test]
fn every_type_is_listed_in_order_with_all_that_its_block_says() {
    let setup = setup();
    let controls = setup.track.controls().unwrap();
    let names: Vec<_> = controls.iter().map(|control| control.name.as_str()).collect();
    assert_eq!(names[..4], ["gain", "hue_auto", "power_line_frequency", "reset"]);
    for wanted in ControlType::ALL {
        assert!(controls.iter().any(|control| control.control_type == *wanted), "{wanted}");
    }
    let find = |name| DeviceControl::find(&controls, name).unwrap();
    let gain = find("gain");
    assert_eq!((gain.minimum, gain.maximum, gain.step), (0, 100, 5));
    assert_eq!((&gain.default, &gain.value), (&Some(20.into()), &Some(10.into())));
    assert_eq!((gain.label.as_str(), gain.class.as_str()), ("Gain", "User Controls"));
    assert_eq!(gain.flags.names(), ["inactive", "slider"]);
    let menu: Vec<_> = find("power_line_frequency").menu.iter().map(|item| (item.index, item.name.as_str())).collect();
    assert_eq!(menu, [(0, "Disabled"), (2, "60 Hz")]);
    assert_eq!(find("link").menu[1].value, Some(200));
    assert_eq!(find("matrix").value, Some(ControlValue::Numbers(vec![1, 2, 3, 4, 5, 6])));
    assert_eq!(find("crop").value, Some(ControlValue::Numbers(vec![0; 4])));
    assert_eq!(find("counter").value, Some(5_000_000_000.into()));
    assert_eq!((&find("reset").value, &find("secret").value, &find("meta").value), (&None, &None, &None));
    assert_eq!((find("zoom_absolute").property, find("zoom_absolute").label.as_str()), (Some(Property::Zoom), "Zoom, Absolute"));
    let mut ids: Vec<_> = controls.iter().map(|control| control.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), controls.len());
}

#[test]
fn each_type_is_set_and_reads_back() {
    let setup = setup();
    let numbers = |numbers: &[i64]| ControlValue::Numbers(numbers.to_vec());
    let cases: Vec<(&str, ControlValue, ControlValue)> = vec![
        ("gain", 50.into(), 50.into()),
        ("hue_auto", false.into(), false.into()),
        ("hue_auto", 1.into(), true.into()),
        ("power_line_frequency", "60 Hz".into(), 2.into()),
        ("note", "hello".into(), "hello".into()),
        ("leds", 5.into(), 5.into()),
        ("link", "200".into(), 1.into()),
        ("matrix", numbers(&[9, 8, 7, 6, 5, 4]), numbers(&[9, 8, 7, 6, 5, 4])),
        ("curve", numbers(&[0, 1, 2, 65535]), numbers(&[0, 1, 2, 65535])),
        ("table", vec![0, 4_294_967_295].into(), numbers(&[0, 4_294_967_295])),
        ("area", numbers(&[640, 480]), numbers(&[640, 480])),
        ("crop", numbers(&[1, 2, 3, 4]), numbers(&[1, 2, 3, 4])),
    ];
    for (name, value, read) in cases {
        setup.track.set_control(name, value).unwrap();
        assert_eq!(setup.value(name), Some(read.clone()), "{name}");
        assert_eq!(setup.camera.take_writes(), [json!({"controls": {name: read.to_json()}})]);
    }
    setup.track.set_control("secret", 4).unwrap();
    assert_eq!((setup.value("secret"), setup.camera.controls()["secret"]["value"].as_i64()), (None, Some(4)));
    setup.camera.take_writes();
    setup.track.set_control("reset", true).unwrap();
    assert_eq!(setup.camera.take_writes_json(), r#"[{"controls":{"reset":1}}]"#);
    setup.track.set_controls(&[]).unwrap();
    assert_eq!(setup.camera.take_writes_json(), "[]");
}

#[test]
fn what_cannot_be_set_is_refused_before_anything_is_written() {
    let setup = setup();
    use ErrorKind::{InvalidInput, NotReadable, NotSupported};
    for (name, value, kind) in [
        ("gain", ControlValue::Integer(101), InvalidInput),
        ("gain", "5".into(), InvalidInput),
        ("hue_auto", 2.into(), InvalidInput),
        ("power_line_frequency", 1.into(), InvalidInput),
        ("power_line_frequency", "50 Hz".into(), InvalidInput),
        ("note", "".into(), InvalidInput),
        ("leds", 2.into(), InvalidInput),
        ("matrix", vec![1, 2].into(), InvalidInput),
        ("counter", 1.into(), NotSupported),
        ("meta", 1.into(), NotSupported),
        ("busy", 1.into(), NotReadable),
        ("warp_factor", 9.into(), NotSupported),
    ] {
        assert_eq!(setup.refused(&[("hue_auto2", 1.into())]), NotSupported);
        assert_eq!(
            setup.refused(&[("leds", 1.into()), (name, value.clone())]),
            if name == "leds" { InvalidInput } else { kind },
            "{name} {value}"
        );
    }
    let error = setup.track.control("warp_factor").unwrap_err();
    assert_eq!((error.kind(), error.name()), (NotSupported, "NotSupportedError"));
    assert!(error.message().contains("\"warp_factor\"") && error.message().contains("gain, hue_auto"), "{error}");
    let twice = setup.track.set_controls_async(&[("gain", 1.into()), ("gain", 2.into())]).unwrap_err();
    assert_eq!(twice.kind(), InvalidInput);
}

#[test]
fn all_or_nothing() {
    let setup = setup();
    let before = setup.camera.controls();
    setup.camera.script(r#"{"refuseWrites": ["link"]}"#).unwrap();
    let error =
        setup.track.set_controls(&[("gain", 30.into()), ("leds", 4.into()), ("link", 1.into()), ("hue_auto", false.into())]).unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::Unknown, "OperationError"));
    assert!(error.message().contains("\"link\"") && error.message().contains("nothing was changed"), "{error}");
    assert_eq!(setup.camera.controls(), before);
    let back = [
        json!({"controls": {"gain": 30}}),
        json!({"controls": {"leds": 4}}),
        json!({"controls": {"leds": 0}}),
        json!({"controls": {"gain": 10}}),
    ];
    assert_eq!(setup.camera.take_writes(), back, "the last one first; what was refused is tried, but does not arrive");
    setup.camera.refuse_controls(&[]);
    setup.camera.fail_nth_write(2);
    setup.track.set_controls(&[("gain", 30.into()), ("leds", 4.into())]).unwrap_err();
    assert_eq!(setup.camera.controls(), before);
    // Given up meanwhile: taken back as well.
    setup.camera.set_write_delay(Duration::from_millis(50));
    let pending = setup.track.set_controls_async(&[("gain", 30.into()), ("brightness", 7.into())]).unwrap();
    assert!(!pending.wait_for(Duration::from_millis(20)));
    pending.cancel();
    setup.camera.set_write_delay(Duration::ZERO);
    setup.track.set_control("leds", 0).unwrap();
    assert_eq!(setup.camera.controls(), before);
    assert_eq!(setup.track.settings().number(Property::Brightness), Some(128.0));
}

#[test]
fn what_stands_behind_a_property_shows_in_the_settings_of_all_tracks() {
    let setup = setup();
    let other = open(&setup.devices);
    other.apply_constraints(&MediaTrackConstraints::new().brightness(Constraint::exact(100.0))).unwrap();
    assert_eq!(setup.event(EventType::ConfigurationChange).object_id(), setup.track.object_id());
    assert_eq!(setup.value("brightness"), Some(100.into()));
    setup.track.set_controls(&[("brightness", 200.into()), ("gain", 5.into()), ("auto_exposure", "continuous".into())]).unwrap();
    for track in [&setup.track, &other] {
        let settings = track.settings();
        assert_eq!(settings.number(Property::Brightness), Some(200.0), "against a constraint");
        assert_eq!(settings.string(Property::ExposureMode), Some("continuous"));
    }
    assert_eq!(setup.event(EventType::ConfigurationChange).object_id(), other.object_id());
    for name in ["gain", "brightness", "auto_exposure"] {
        let event = setup.event(EventType::ControlChange);
        assert_eq!((event.control_name(), event.object_id()), (Some(name), other.object_id()));
        assert_eq!(event.control_id(), Some(setup.track.control(name).unwrap().id));
    }
    setup.track.set_control("gain", 5).unwrap();
    assert!(setup.events.next_within(Duration::from_millis(60)).is_none(), "nothing for what is the same, nor for its own track");
}

#[test]
fn controls_that_constraints_change_are_told_to_the_other_tracks() {
    let setup = setup();
    let other = setup.track.clone_track();
    let (tx, rx) = std::sync::mpsc::channel();
    let tell = |whose: &'static str| {
        let tx = tx.clone();
        move |event: &imagecapture::Event| tx.send((whose, event.control_name().unwrap().to_owned())).unwrap()
    };
    let _own = setup.track.on(EventType::ControlChange, tell("own"));
    let _other = other.on(EventType::ControlChange, tell("other"));
    let heard = || rx.recv_timeout(Duration::from_secs(5)).unwrap();
    setup.track.apply_constraints(&MediaTrackConstraints::new().brightness(77.0)).unwrap();
    assert_eq!(heard(), ("other", "brightness".to_owned()));
    assert_eq!(other.control("brightness").unwrap().value, Some(77.into()));
    setup.track.apply_constraints(&MediaTrackConstraints::new().brightness(77.0)).unwrap();
    assert!(rx.recv_timeout(Duration::from_millis(60)).is_err(), "nothing for what is the same, nor for its own track");
}

#[test]
fn what_somebody_else_changes_is_told_once_a_control() {
    let setup = setup();
    let (tx, rx) = std::sync::mpsc::channel();
    let _listener = setup.track.on(EventType::ControlChange, move |event| tx.send(event.control_name().unwrap().to_owned()).unwrap());
    setup.camera.set_controls(r#"{"gain": 42, "counter": 7, "brightness": 9}"#).unwrap();
    let mut told: Vec<_> = (0..3).map(|_| rx.recv_timeout(Duration::from_secs(5)).unwrap()).collect();
    told.sort();
    assert_eq!(told, ["brightness", "counter", "gain"]);
    assert_eq!(setup.value("counter"), Some(7.into()), "also what programs cannot set");
    assert_eq!(setup.track.settings().number(Property::Brightness), Some(9.0), "state first");
    assert_eq!(setup.event(EventType::ConfigurationChange).control_name(), None);
    // A range, flags; also while the track is muted, and through the property in front of it.
    setup.camera.set_muted(true);
    eventually("it is muted", || setup.track.muted());
    setup.camera.set_controls(r#"{"gain": {"type": "integer", "max": 50}}"#).unwrap();
    assert_eq!(rx.recv_timeout(Duration::from_secs(5)).as_deref(), Ok("gain"));
    assert_eq!(setup.track.control("gain").unwrap().maximum, 50);
    setup.camera.set_properties(r#"{"brightness": 10}"#).unwrap();
    assert_eq!(rx.recv_timeout(Duration::from_secs(5)).as_deref(), Ok("brightness"));
    setup.camera.set_controls(r#"{"gain": null}"#).unwrap();
    assert_eq!(setup.track.control("gain").unwrap_err().kind(), ErrorKind::NotSupported);
    assert!(rx.recv_timeout(Duration::from_millis(60)).is_err());
}

#[test]
fn what_moves_the_camera_needs_the_permission_and_a_visible_program() {
    let setup = setup();
    setup.track.set_control("zoom_absolute", 200).unwrap();
    assert_eq!(setup.track.settings().zoom(), Some(200.0));
    setup.devices.set_visible(false);
    let hidden = setup.track.set_control("zoom_absolute", 300).unwrap_err();
    assert_eq!((hidden.kind(), hidden.name()), (ErrorKind::Security, "SecurityError"));
    setup.track.set_control("gain", 1).unwrap();
    setup.devices.set_visible(true);
    setup.devices.set_permission(Permission::PanTiltZoom, PermissionState::Denied);
    assert!(setup.track.controls().unwrap().iter().all(|control| control.name != "zoom_absolute"));
    let unknown = setup.track.control("zoom_absolute").unwrap_err();
    assert!(unknown.kind() == ErrorKind::NotSupported && !unknown.message().contains(", zoom_absolute"), "{unknown}");
    let refused = setup.track.set_controls(&[("gain", 2.into()), ("zoom_absolute", 300.into())]).unwrap_err();
    assert_eq!((refused.kind(), refused.name()), (ErrorKind::NotAllowed, "NotAllowedError"));
    assert_eq!(setup.value("gain"), Some(1.into()));
    setup.camera.set_controls(r#"{"zoom_absolute": 120, "gain": 3}"#).unwrap();
    assert_eq!(setup.event(EventType::ControlChange).control_name(), Some("gain"), "it hears nothing of the other");
    let other = open(&setup.devices);
    let also = devices(&[&setup.camera]);
    open(&also).set_controls(&[("zoom_absolute", 130.into()), ("gain", 4.into())]).unwrap();
    let told: Vec<_> =
        (0..2).map(|_| setup.event(EventType::ControlChange)).map(|e| (e.object_id(), e.control_name().unwrap().to_owned())).collect();
    assert_eq!(told, [(setup.track.object_id(), "gain".to_owned()), (other.object_id(), "gain".to_owned())]);
}

#[test]
fn a_muted_track_and_one_with_a_photo_waiting_reach_the_controls() {
    let setup = setup();
    setup.camera.set_muted(true);
    eventually("it is muted", || setup.track.muted());
    let photo = ImageCapture::new(&setup.track).unwrap().take_photo_async(&Default::default(), &Default::default()).unwrap();
    setup.track.set_control("gain", 7).unwrap();
    assert_eq!((setup.value("gain"), photo.is_done()), (Some(7.into()), false));
}

#[test]
fn a_camera_that_was_given_back_is_opened_only_for_this() {
    let setup = setup();
    setup.track.apply_constraints(&MediaTrackConstraints::new().brightness(100.0)).unwrap();
    setup.track.set_enabled(false);
    eventually("it is given back", || !setup.camera.is_streaming());
    let frames = setup.camera.frame_count();
    setup.track.set_controls(&[("gain", 7.into()), ("brightness", 50.into())]).unwrap();
    assert_eq!((setup.value("gain"), setup.camera.is_streaming()), (Some(7.into()), false));
    assert_eq!(setup.track.settings().number(Property::Brightness), Some(50.0));
    let pending = setup.track.set_controls_async(&[("brightness", 60.into())]).unwrap();
    pending.wait().unwrap();
    setup.camera.refuse_controls(&["gain"]);
    setup.track.set_controls(&[("brightness", 70.into()), ("gain", 8.into())]).unwrap_err();
    assert_eq!((setup.value("brightness"), setup.track.settings().number(Property::Brightness)), (Some(60.into()), Some(60.0)));
    // Somebody else may have it: that is no end of the track.
    setup.camera.set_busy(true);
    assert_eq!(setup.track.controls().unwrap_err().kind(), ErrorKind::NotReadable);
    setup.camera.set_busy(false);
    assert_eq!(setup.camera.frame_count(), frames);
    setup.track.set_enabled(true);
    eventually("it streams", || setup.camera.is_streaming());
    ImageCapture::new(&setup.track).unwrap().grab_frame().unwrap();
    assert_eq!((setup.value("brightness"), setup.value("gain")), (Some(60.into()), Some(7.into())), "waking does not undo it");
}

#[test]
fn ended_and_lost_tracks() {
    let setup = setup();
    let other = setup.track.clone_track();
    other.stop();
    for error in [other.controls().unwrap_err(), other.set_control("gain", 1).unwrap_err(), other.control("gain").unwrap_err()] {
        assert_eq!((error.kind(), error.name()), (ErrorKind::InvalidState, "InvalidStateError"));
    }
    setup.camera.set_write_delay(Duration::from_secs(60));
    let pending = setup.track.set_controls_async(&[("gain", 1.into())]).unwrap();
    let list = setup.track.controls_async().unwrap();
    assert!(!pending.wait_for(Duration::from_millis(20)));
    setup.camera.unplug();
    let errors = [pending.wait().unwrap_err(), list.wait().unwrap_err()];
    for error in errors {
        assert_eq!((error.kind(), error.name()), (ErrorKind::DeviceLost, "OperationError"), "{error}");
    }
    assert_eq!(setup.track.controls().unwrap_err().kind(), ErrorKind::InvalidState);
}

#[test]
fn the_configuration_is_put_back_and_its_mistakes_are_named() {
    let cam = camera(CAMERA);
    let before = cam.controls();
    cam.set_controls(r#"{"gain": 99, "note": "changed", "leds": null}"#).unwrap();
    assert_ne!(cam.controls(), before);
    cam.set_controls(&before.to_string()).unwrap();
    assert_eq!(cam.controls(), before);
    for (block, part) in [
        (r#"{"type": "float"}"#, "float"),
        (r#"{"type": "integer", "min": 5, "max": 4}"#, "min 5"),
        (r#"{"type": "integer", "max": 4, "value": 5}"#, "value"),
        (r#"{"type": "integer", "default": "x"}"#, "default"),
        (r#"{"type": "menu"}"#, "menu"),
        (r#"{"type": "menu", "menu": [1]}"#, "menu"),
        (r#"{"type": "integer", "flags": ["loud"]}"#, "loud"),
        (r#"{"type": "integer", "property": "tilt"}"#, "tilt"),
        (r#"{"type": "string", "property": "brightness"}"#, "brightness"),
        (r#"{"type": "u8", "dimensions": [100000]}"#, "dimensions"),
        (r#"{"type": "u8", "dimensions": [0]}"#, "dimensions"),
        (r#"{"type": "integer", "maximum": 5}"#, "maximum"),
    ] {
        let error = cam.set_controls(&format!(r#"{{"fresh": {block}}}"#)).unwrap_err();
        assert!(
            error.kind() == ErrorKind::InvalidInput && error.message().starts_with("fresh") && error.message().contains(part),
            "{error}"
        );
        let config = format!(r#"{{"modes": [{{"width": 8, "height": 8}}], "controls": {{"fresh": {block}}}}}"#);
        assert!(VirtualCamera::from_json(&config).unwrap_err().message().contains("controls.fresh"));
    }
    for text in [r#"{"fresh": 1}"#, r#"{"Bad Name": {"type": "integer"}}"#, r#"{"gain": 1, "gain": 2}"#, r#"{"gain": 101}"#, "[]"] {
        assert_eq!(cam.set_controls(text).unwrap_err().kind(), ErrorKind::InvalidInput, "{text}");
    }
    assert_eq!(cam.controls(), before);
    let built = VirtualCamera::builder().mode(8, 8, &[30.0], imagecapture::PixelFormat::Rgb).control("gain", r#"{"type": "integer"}"#);
    assert_eq!(built.clone().build().unwrap().controls()["gain"]["max"], i64::from(i32::MAX));
    assert!(built.control("gain", "{").build().unwrap_err().message().contains("controls.gain"));
}

#[test]
fn values_by_name_keep_their_order() {
    let values = ControlValue::by_name_from_json(r#"{"z": 1, "a": "text", "m": [1, 2], "b": false}"#).unwrap();
    let names: Vec<_> = values.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["z", "a", "m", "b"]);
    for (text, part) in
        [(r#"{"a": 1, "a": 2}"#, "twice"), (r#"{"a": 1.5}"#, "a: 1.5"), (r#"{"a": null}"#, "a: null"), ("[1]", "object"), ("{", "JSON")]
    {
        let error = ControlValue::by_name_from_json(text).unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidInput && error.message().contains(part), "{error}");
    }
}

#[test]
fn a_property_with_a_few_numbers_only_takes_those() {
    let cam = camera(r#"{"modes": [{"width": 64, "height": 48}], "properties": {"iso": {"values": [100, 200, 400, 800], "value": 200}}}"#);
    let devices = devices(&[&cam]);
    let track = open(&devices);
    let iso = track.capabilities().range(Property::Iso).unwrap();
    assert_eq!((iso.min, iso.max, iso.step), (100.0, 800.0, 100.0));
    let apply = |json: &str| track.apply_constraints(&MediaTrackConstraints::from_json(json).unwrap());
    apply(r#"{"iso": 500}"#).unwrap();
    assert_eq!(track.settings().number(Property::Iso), Some(400.0), "the nearest");
    assert_eq!(apply(r#"{"iso": {"exact": 900}}"#).unwrap_err().kind(), ErrorKind::Overconstrained);
}

#[test]
fn details_of_a_device_while_it_streams() {
    let setup = setup();
    let details = setup.devices.device_details("controlled").unwrap();
    assert_eq!((details.backend.as_str(), details.card.as_str()), ("virtual", "Controlled"));
    let size = &details.formats[0].sizes[0];
    assert_eq!((details.formats.len(), size.max_width, size.max_height), (1, 64, 48));
    assert_eq!(size.rates.iter().map(|rate| rate.max).collect::<Vec<_>>(), [30.0, 15.0]);
    assert!(setup.camera.is_streaming());
    let unknown = setup.devices.device_details("nobody").unwrap_err();
    assert_eq!((unknown.kind(), unknown.name()), (ErrorKind::NotFound, "NotFoundError"));
    setup.devices.set_permission(Permission::Camera, PermissionState::Prompt);
    assert_eq!(setup.devices.device_details("controlled").unwrap_err().kind(), ErrorKind::NotAllowed);
    setup.devices.close();
    assert_eq!(setup.devices.device_details("controlled").unwrap_err().kind(), ErrorKind::InvalidState);
    let hidden =
        MediaDevices::builder().backends(&[]).environment(false).virtual_camera(&setup.camera).hide_until_capture(true).build().unwrap();
    assert_eq!(hidden.device_details("controlled").unwrap_err().kind(), ErrorKind::NotAllowed);
    let microphone = camera(r#"{"kind": "audioinput", "label": "Mic", "deviceId": "mic"}"#);
    let details = devices(&[&microphone]).device_details("mic").unwrap();
    assert_eq!((details.card.as_str(), details.formats.len()), ("Mic", 0));
}
