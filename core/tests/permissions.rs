//! Permissions, prompts, visibility, hidden devices and indicators.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use imagecapture::{
    Constraint, ErrorKind, EventType, ImageCapture, Indicator, MediaDeviceKind, MediaDevices, MediaDevicesBuilder, MediaStream,
    MediaStreamConstraints, MediaTrackConstraints, Pending, Permission, PermissionAnswer, PermissionRequest, PermissionState, Property,
    TrackState, VirtualCamera,
};

use PermissionState::{Denied, Granted, Prompt};

use crate::common::{CAMERA, bounded, camera, devices, eventually};

const SOON: Duration = Duration::from_secs(5);
const A_MOMENT: Duration = Duration::from_millis(40);

fn builder(cameras: &[&VirtualCamera]) -> MediaDevicesBuilder {
    let builder = MediaDevices::builder().backends(&[]).environment(false);
    cameras.iter().fold(builder, |builder, camera| builder.virtual_camera(camera))
}

fn with(cam: &VirtualCamera, permission: Permission, state: PermissionState) -> MediaDevices {
    builder(&[cam]).permission(permission, state).build().unwrap()
}

fn request(devices: &MediaDevices, constraints: MediaTrackConstraints) -> Pending<MediaStream> {
    devices.get_user_media_async(&MediaStreamConstraints::video(constraints)).unwrap()
}

fn prompts(devices: &MediaDevices) -> Receiver<PermissionRequest> {
    let (tx, rx) = channel();
    devices.on_permission_prompt(move |request| drop(tx.send(request)));
    rx
}

fn states(devices: &MediaDevices) -> [PermissionState; 2] {
    [Permission::Camera, Permission::PanTiltZoom].map(|permission| devices.permission(permission))
}

#[test]
fn both_permissions_are_granted_unless_the_program_says_otherwise() {
    assert_eq!(states(&devices(&[])), [Granted, Granted]);
    for (options, expected) in [
        (r#"{"permissions": {"camera": "prompt", "panTiltZoom": "denied", "panTiltZoomHint": true}}"#, [Prompt, Denied]),
        (r#"{"permissions": {"panTiltZoom": "prompt"}, "hideUntilCapture": true, "keepLastValues": false}"#, [Granted, Prompt]),
        (r#"{"permissions": {"camera": "denied"}, "idleRelease": false, "callbacks": "manual"}"#, [Denied, Denied]),
    ] {
        assert_eq!(states(&MediaDevices::from_json(options).unwrap()), expected, "{options}");
    }
    for options in [r#"{"permissions": {"camera": "yes"}}"#, r#"{"permissions": {"microphone": "denied"}}"#, r#"{"callbacks": "none"}"#] {
        assert_eq!(MediaDevices::from_json(options).unwrap_err().kind(), ErrorKind::InvalidInput, "{options}");
    }
}

#[test]
fn every_change_of_a_state_in_force_is_an_event() {
    let devices = devices(&[]);
    let events = devices.events();
    devices.set_permission(Permission::Camera, Granted);
    devices.set_permission(Permission::Camera, Denied);
    devices.set_permission(Permission::PanTiltZoom, Granted);
    devices.close();
    let heard: Vec<_> = events.filter_map(|event| event.permission()).collect();
    assert_eq!(
        heard,
        [
            (Permission::Camera, Denied),
            (Permission::PanTiltZoom, Denied),
            (Permission::Camera, Granted),
            (Permission::PanTiltZoom, Granted)
        ],
        "pan, tilt and zoom imply the camera, and are never allowed without it"
    );
}

#[test]
fn a_granted_prompt_opens_the_camera_and_becomes_the_state() {
    let cam = camera(CAMERA);
    let devices = with(&cam, Permission::Camera, Prompt);
    let asked = prompts(&devices);
    let events = devices.events();
    let pending = request(&devices, MediaTrackConstraints::new());
    let question = asked.recv_timeout(SOON).unwrap();
    assert!(question.video() && !question.audio() && !question.pan_tilt_zoom());
    assert_eq!(question.devices().iter().map(|info| info.label()).collect::<Vec<_>>(), ["Test camera"]);
    assert!(!pending.wait_for(A_MOMENT) && !cam.is_streaming());
    // From any thread.
    std::thread::spawn(move || question.answer(PermissionAnswer::grant())).join().unwrap();
    assert_eq!(states(&devices), [Granted, Granted]);
    assert_eq!(bounded(&events).next().unwrap().permission(), Some((Permission::Camera, Granted)));
    assert!(pending.wait().unwrap().active());
    assert!(request(&devices, MediaTrackConstraints::new()).wait().unwrap().active());
    assert!(asked.try_recv().is_err(), "nobody is asked again");
}

#[test]
fn a_refused_prompt_is_not_allowed_from_then_on() {
    let cam = camera(CAMERA);
    let devices = with(&cam, Permission::Camera, Prompt);
    devices.on_permission_prompt(|question| question.answer(PermissionAnswer::deny()));
    let error = request(&devices, MediaTrackConstraints::new()).wait().unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::NotAllowed, "NotAllowedError"));
    assert_eq!(states(&devices), [Denied, Denied]);
    assert!(devices.enumerate_devices().unwrap().is_empty());
    assert!(!cam.is_streaming());
}

#[test]
fn nobody_to_ask_and_no_answer_count_as_denied_and_say_so() {
    let cam = camera(CAMERA);
    let devices = with(&cam, Permission::Camera, Prompt);
    let error = request(&devices, MediaTrackConstraints::new()).wait().unwrap_err();
    assert!(error.kind() == ErrorKind::NotAllowed && error.message().contains("on_permission_prompt"), "{error}");
    devices.on_permission_prompt(drop);
    let error = request(&devices, MediaTrackConstraints::new()).wait().unwrap_err();
    assert!(error.kind() == ErrorKind::NotAllowed && error.message().contains("without an answer"), "{error}");
    devices.on_permission_prompt(|_| std::panic::panic_any("a panic on purpose"));
    assert_eq!(request(&devices, MediaTrackConstraints::new()).wait().unwrap_err().kind(), ErrorKind::NotAllowed);
    assert_eq!(devices.permission(Permission::Camera), Prompt, "the next one is asked again");
}

#[test]
fn a_failure_that_needs_no_answer_comes_without_a_question() {
    let cam = camera(CAMERA);
    let devices = with(&cam, Permission::Camera, Prompt);
    let asked = prompts(&devices);
    let error = request(&devices, MediaTrackConstraints::new().width(Constraint::min(9999))).wait().unwrap_err();
    assert_eq!(error.constraint(), Some("width"));
    assert!(asked.try_recv().is_err());
}

#[test]
fn every_request_asks_once_and_an_answer_may_come_late() {
    let cam = camera(CAMERA);
    let devices = with(&cam, Permission::Camera, Prompt);
    let asked = prompts(&devices);
    let (first, second) = (request(&devices, MediaTrackConstraints::new()), request(&devices, MediaTrackConstraints::new()));
    let questions = [asked.recv_timeout(SOON).unwrap(), asked.recv_timeout(SOON).unwrap()];
    first.cancel();
    assert_eq!(first.wait().unwrap_err().kind(), ErrorKind::Cancelled);
    questions.into_iter().for_each(|question| question.answer(PermissionAnswer::grant()));
    assert!(second.wait().unwrap().active());
}

#[test]
fn a_program_limit_counts_while_a_person_thinks() {
    let cam = camera(CAMERA);
    let devices = with(&cam, Permission::Camera, Prompt);
    let asked = prompts(&devices);
    let pending = request(&devices, MediaTrackConstraints::new()).limit(Duration::from_millis(60));
    let error = pending.wait().unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::TimedOut, "AbortError"));
    drop(asked);
}

#[test]
fn closing_ends_a_request_that_waits_for_a_person() {
    let cam = camera(CAMERA);
    let devices = with(&cam, Permission::Camera, Prompt);
    let asked = prompts(&devices);
    let pending = request(&devices, MediaTrackConstraints::new());
    let question = asked.recv_timeout(SOON).unwrap();
    devices.close();
    assert_eq!(pending.wait().unwrap_err().kind(), ErrorKind::Aborted);
    question.answer(PermissionAnswer::grant());
    assert!(!cam.is_streaming());
}

#[test]
fn the_answer_chooses_among_the_devices() {
    let config = |id: &str| format!(r#"{{"deviceId": "{id}", "modes": [{{"width": 32, "height": 24}}], "pacing": "fast"}}"#);
    let cameras = [camera(&config("a")), camera(&config("b")), camera(&config("c"))];
    let mic = camera(r#"{"kind": "audioinput", "deviceId": "mic"}"#);
    let devices = builder(&[&cameras[0], &cameras[1], &cameras[2], &mic]).permission(Permission::Camera, Prompt).build().unwrap();
    let asked = prompts(&devices);
    let both =
        MediaStreamConstraints { audio: Some(MediaTrackConstraints::new()), ..MediaStreamConstraints::video(MediaTrackConstraints::new()) };
    let choose = |ids: &[&str]| {
        devices.set_permission(Permission::Camera, Prompt);
        let pending = devices.get_user_media_async(&both).unwrap();
        let question = asked.recv_timeout(SOON).unwrap();
        assert!(question.video() && question.audio());
        assert_eq!(question.devices().iter().map(|info| info.device_id()).collect::<Vec<_>>(), ["a", "b", "c", "mic"]);
        question.answer(PermissionAnswer::grant().devices(ids));
        let stream = pending.wait()?;
        assert_eq!(stream.audio_tracks().len(), 1, "a choice of cameras is none of microphones");
        Ok::<_, imagecapture::Error>(stream.video_tracks()[0].settings().device_id().unwrap().to_owned())
    };
    assert_eq!(choose(&["c", "a"]).unwrap(), "c");
    cameras[2].set_busy(true);
    // Until it is closed, who comes in time still gets it.
    eventually("the camera is closed", || choose(&["c", "other", "b"]).unwrap() == "b");
    assert_eq!(choose(&["c"]).unwrap_err().kind(), ErrorKind::NotReadable, "the others were not chosen");
    assert_eq!(choose(&["mic", "other"]).unwrap_err().kind(), ErrorKind::NotAllowed);
}

#[test]
fn a_blocking_call_of_a_program_without_threads_asks_by_itself() {
    let cam = camera(CAMERA);
    let devices = builder(&[&cam]).permission(Permission::Camera, Prompt).manual_callbacks(true).build().unwrap();
    let here = std::thread::current().id();
    let (tx, rx) = channel();
    devices.on_permission_prompt(move |question| {
        tx.send(std::thread::current().id()).unwrap();
        question.answer(PermissionAnswer::grant());
    });
    let pending = request(&devices, MediaTrackConstraints::new());
    assert!(pending.wait_for(SOON));
    assert_eq!(rx.try_recv(), Ok(here));
    pending.wait().unwrap();
    devices.set_permission(Permission::Camera, Prompt);
    let wanted = MediaStreamConstraints::video(MediaTrackConstraints::new());
    assert!(devices.get_user_media(&wanted).unwrap().active());
    devices.set_permission(Permission::Camera, Prompt);
    let pending = devices.get_user_media_async(&wanted).unwrap();
    assert_eq!(devices.process_events(SOON), 1);
    assert!(pending.wait().unwrap().active());
    assert_eq!(rx.try_iter().count(), 2);
}

#[test]
fn denying_the_camera_ends_its_tracks_and_no_others() {
    let cam = camera(CAMERA);
    let mic = camera(r#"{"kind": "audioinput"}"#);
    let (ours, others) = (devices(&[&cam, &mic]), devices(&[&cam]));
    let both =
        MediaStreamConstraints { audio: Some(MediaTrackConstraints::new()), ..MediaStreamConstraints::video(MediaTrackConstraints::new()) };
    let stream = ours.get_user_media(&both).unwrap();
    let (video, audio) = (stream.video_tracks().remove(0), stream.audio_tracks().remove(0));
    let other = request(&others, MediaTrackConstraints::new()).wait().unwrap().video_tracks().remove(0);
    let (tx, rx) = channel();
    let handle = video.clone();
    video.on(EventType::Ended, move |_| tx.send(handle.ready_state()).unwrap()).detach();
    ours.set_permission(Permission::Camera, Denied);
    assert_eq!(video.ready_state(), TrackState::Ended);
    assert_eq!(rx.recv_timeout(SOON).unwrap(), TrackState::Ended);
    assert_eq!((audio.ready_state(), other.ready_state()), (TrackState::Live, TrackState::Live));
    let error = ImageCapture::new(&video).unwrap().grab_frame().unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidState && error.message().contains("permission"), "{error}");
    let kinds: Vec<_> = ours.enumerate_devices().unwrap().iter().map(|info| info.kind()).collect();
    assert_eq!(kinds, [MediaDeviceKind::AudioInput]);
    ours.set_permission(Permission::Camera, Granted);
    assert!(request(&ours, MediaTrackConstraints::new()).wait().unwrap().active());
}

#[test]
fn without_the_permission_there_is_no_zoom() {
    let cam = camera(CAMERA);
    let devices = with(&cam, Permission::PanTiltZoom, Denied);
    assert!(devices.enumerate_devices().unwrap()[0].capabilities().zoom().is_none());
    let track = request(&devices, MediaTrackConstraints::new().zoom(200.0)).wait().unwrap().video_tracks().remove(0);
    assert!(track.capabilities().zoom().is_none() && track.settings().zoom().is_none());
    assert!(track.capabilities().width().is_some());
    let error = track.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(200.0))).unwrap_err();
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some("zoom")));
    track.apply_constraints(&MediaTrackConstraints::new().zoom(300.0)).unwrap();
    let allowed = crate::common::devices(&[&cam]);
    let other = request(&allowed, MediaTrackConstraints::new()).wait().unwrap().video_tracks().remove(0);
    assert_eq!(other.settings().zoom(), Some(100.0), "the camera did not move");
    other.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(250.0))).unwrap();
    track.apply_constraints(&MediaTrackConstraints::new().width(320)).unwrap();
    assert_eq!((track.settings().zoom(), other.settings().zoom()), (None, Some(250.0)));
    devices.set_permission(Permission::PanTiltZoom, Granted);
    assert!(track.capabilities().zoom().is_none(), "a track keeps what it was made without");
    let new = request(&devices, MediaTrackConstraints::new()).wait().unwrap().video_tracks().remove(0);
    assert!(new.capabilities().zoom().is_some() && new.clone_track().settings().zoom().is_some());
    devices.set_permission(Permission::PanTiltZoom, Prompt);
    assert!(new.capabilities().zoom().is_none() && new.settings().zoom().is_none(), "nor does it keep what was taken back");
}

#[test]
fn zoom_is_asked_for_only_when_it_is_named() {
    let cam = camera(CAMERA);
    let named = r#"[{"zoom":true},{"zoom":200},{"zoom":{}},{"zoom":{"ideal":3}},{"advanced":[{"zoom":{"max":200}}]}]"#;
    let unnamed = r#"[{},{"zoom":false},{"width":320,"advanced":[{"zoom":false}]}]"#;
    for (texts, asks) in [(named, true), (unnamed, false)] {
        for constraints in serde_json::from_str::<Vec<serde_json::Value>>(texts).unwrap() {
            let devices = with(&cam, Permission::PanTiltZoom, Prompt);
            let (tx, rx) = channel();
            devices.on_permission_prompt(move |question| {
                tx.send((question.video(), question.pan_tilt_zoom())).unwrap();
                question.answer(PermissionAnswer::grant());
            });
            let wanted = MediaTrackConstraints::from_json_value(&constraints).unwrap();
            let track = request(&devices, wanted).wait().unwrap().video_tracks().remove(0);
            assert_eq!(rx.try_iter().collect::<Vec<_>>(), if asks { vec![(true, true)] } else { vec![] }, "{constraints}");
            assert_eq!(track.capabilities().zoom().is_some(), asks, "{constraints}");
            assert_eq!(devices.permission(Permission::PanTiltZoom), if asks { Granted } else { Prompt });
        }
    }
}

#[test]
fn the_camera_may_be_granted_without_zoom() {
    let cam = camera(CAMERA);
    for answer in [PermissionAnswer::grant().pan_tilt_zoom(false), PermissionAnswer::grant()] {
        let zooms = answer == PermissionAnswer::grant();
        let devices = builder(&[&cam]).permission(Permission::Camera, Prompt).permission(Permission::PanTiltZoom, Prompt).build().unwrap();
        devices.on_permission_prompt(move |question| {
            assert!(question.pan_tilt_zoom());
            question.answer(answer.clone());
        });
        let track = request(&devices, MediaTrackConstraints::new().zoom(200.0)).wait().unwrap().video_tracks().remove(0);
        assert_eq!(states(&devices), [Granted, if zooms { Granted } else { Denied }]);
        assert_eq!(track.settings().zoom(), zooms.then_some(200.0));
    }
    // Where only zoom is in question, "no" leaves a plain camera, as does nobody to ask.
    let devices = with(&cam, Permission::PanTiltZoom, Prompt);
    assert!(request(&devices, MediaTrackConstraints::new().zoom(true)).wait().unwrap().active());
    devices.on_permission_prompt(|question| question.answer(PermissionAnswer::deny()));
    let track = request(&devices, MediaTrackConstraints::new().zoom(true)).wait().unwrap().video_tracks().remove(0);
    assert_eq!((states(&devices), track.settings().zoom()), ([Granted, Denied], None));
}

#[test]
fn a_request_that_may_zoom_prefers_a_camera_that_can() {
    let plain = camera(r#"{"deviceId": "plain", "modes": [{"width": 320, "height": 240}], "pacing": "fast"}"#);
    let zooms = camera(CAMERA);
    let id = |state| {
        let devices = builder(&[&plain, &zooms]).permission(Permission::PanTiltZoom, state).build().unwrap();
        devices.on_permission_prompt(|question| question.answer(PermissionAnswer::grant()));
        let stream = request(&devices, MediaTrackConstraints::new().width(320).zoom(true)).wait().unwrap();
        stream.video_tracks()[0].settings().device_id().unwrap().to_owned()
    };
    assert_eq!([id(Granted), id(Prompt), id(Denied)], ["test", "test", "plain"]);
}

#[test]
fn nothing_moves_while_the_program_is_not_visible() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let track = request(&devices, MediaTrackConstraints::new()).wait().unwrap().video_tracks().remove(0);
    assert!(devices.visible() && devices.focused());
    devices.set_visible(false);
    assert!(!devices.visible());
    let ended = track.clone_track();
    ended.stop();
    for text in [r#"{"zoom":200}"#, r#"{"zoom":true}"#, r#"{"zoom":{}}"#, r#"{"advanced":[{},{"zoom":{"max":1}}]}"#] {
        let constraints = MediaTrackConstraints::from_json(text).unwrap();
        for track in [&track, &ended] {
            let error = track.apply_constraints_async(&constraints).unwrap_err();
            assert_eq!((error.kind(), error.name()), (ErrorKind::Security, "SecurityError"), "{text}");
        }
    }
    track.apply_constraints(&MediaTrackConstraints::from_json(r#"{"width":320,"zoom":false}"#).unwrap()).unwrap();
    devices.set_visible(true);
    track.apply_constraints(&MediaTrackConstraints::new().zoom(200.0)).unwrap();
    assert_eq!(track.settings().zoom(), Some(200.0));
}

#[test]
fn a_request_waits_to_be_seen_and_then_for_the_focus() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    devices.set_visible(false);
    devices.set_focused(false);
    assert!(!devices.focused());
    let pending = request(&devices, MediaTrackConstraints::new());
    let impossible = request(&devices, MediaTrackConstraints::new().width(Constraint::min(9999)));
    assert!(!pending.wait_for(A_MOMENT) && !impossible.is_done());
    devices.set_visible(true);
    assert_eq!(impossible.wait().unwrap_err().kind(), ErrorKind::Overconstrained, "that needs no focus");
    assert!(!pending.wait_for(A_MOMENT) && !cam.is_streaming());
    devices.set_focused(true);
    assert!(pending.wait().unwrap().active());
    // Nothing requested is no request.
    devices.set_visible(false);
    assert_eq!(devices.get_user_media_async(&MediaStreamConstraints::default()).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn hidden_devices_show_themselves_after_a_capture() {
    let (cam, second) = (camera(CAMERA), camera(r#"{"deviceId": "second", "modes": [{"width": 32, "height": 24}]}"#));
    let mic = camera(r#"{"kind": "audioinput"}"#);
    let devices = builder(&[&cam, &second, &mic]).hide_until_capture(true).build().unwrap();
    let list = devices.enumerate_devices().unwrap();
    assert_eq!(list.iter().map(|info| info.kind()).collect::<Vec<_>>(), [MediaDeviceKind::AudioInput, MediaDeviceKind::VideoInput]);
    for info in &list {
        assert_eq!((info.device_id(), info.group_id(), info.label()), ("", "", ""));
        assert_eq!(info.capabilities().properties().count(), 0);
    }
    let error = request(&devices, MediaTrackConstraints::new().width(Constraint::min(9999))).wait().unwrap_err();
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some("")));
    assert!(!error.message().contains("640"), "{error}");
    drop(request(&devices, MediaTrackConstraints::new()).wait().unwrap());
    let list = devices.enumerate_devices().unwrap();
    assert_eq!(list.len(), 3);
    assert!(list.iter().all(|info| !info.device_id().is_empty() && !info.label().is_empty()));
    let error = request(&devices, MediaTrackConstraints::new().width(Constraint::min(9999))).wait().unwrap_err();
    assert_eq!(error.constraint(), Some("width"));
}

#[test]
fn listing_hidden_devices_waits_to_be_seen() {
    let cam = camera(CAMERA);
    let devices = builder(&[&cam]).hide_until_capture(true).build().unwrap();
    devices.set_visible(false);
    let pending = devices.enumerate_devices_async().unwrap();
    assert!(!pending.wait_for(A_MOMENT));
    devices.set_visible(true);
    assert_eq!(pending.wait().unwrap().len(), 1);
    devices.set_visible(false);
    let open = crate::common::devices(&[&cam]);
    open.set_visible(false);
    assert_eq!(open.enumerate_devices().unwrap().len(), 1, "nothing is hidden there");
    let pending = devices.enumerate_devices_async().unwrap();
    devices.close();
    assert_eq!(pending.wait().unwrap_err().kind(), ErrorKind::Aborted);
}

#[test]
fn the_indicator_follows_permissions_and_active_tracks() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let shown = |devices: &MediaDevices| {
        let Indicator { accessible, live, .. } = devices.indicator(MediaDeviceKind::VideoInput);
        (accessible, live)
    };
    assert_eq!((shown(&devices), devices.device_indicator("test")), ((true, false), None));
    devices.enumerate_devices().unwrap();
    assert!(!devices.device_indicator("test").unwrap().live);
    let (tx, rx) = channel();
    let handle = devices.clone();
    let _listener = devices.on(EventType::IndicatorChange, move |_| tx.send(shown(&handle)).unwrap());
    let next = || rx.recv_timeout(SOON).unwrap();
    let track = request(&devices, MediaTrackConstraints::new()).wait().unwrap().video_tracks().remove(0);
    assert_eq!(next(), (true, true));
    assert!(devices.device_indicator("test").unwrap().live);
    let clone = track.clone_track();
    track.set_enabled(false);
    assert!(rx.recv_timeout(A_MOMENT).is_err(), "there is another one");
    clone.set_enabled(false);
    assert_eq!(next(), (true, false));
    clone.set_enabled(true);
    assert_eq!(next(), (true, true));
    cam.set_muted(true);
    assert_eq!(next(), (true, false));
    cam.set_muted(false);
    assert_eq!(next(), (true, true));
    assert_eq!(shown(&crate::common::devices(&[&cam])), (true, false), "it is about our own tracks");
    clone.stop();
    assert_eq!(next(), (true, false));
    devices.set_permission(Permission::Camera, Denied);
    assert_eq!(next(), (false, false));
    assert!(!devices.device_indicator("test").unwrap().accessible);
    assert!(devices.indicator(MediaDeviceKind::AudioInput).accessible);
}

#[test]
fn the_hint_says_that_there_is_zoom() {
    let cam = camera(crate::common::CAMERA);
    let builder = MediaDevices::builder().backends(&[]).environment(false).virtual_camera(&cam);
    let devices = builder.permission(Permission::PanTiltZoom, PermissionState::Denied).pan_tilt_zoom_hint(true).build().unwrap();
    let stream = devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap();
    let track = &stream.video_tracks()[0];
    let capabilities = track.capabilities();
    assert!(capabilities.needs_permission(Property::Zoom) && capabilities.zoom().is_none());
    assert_eq!(capabilities.to_json_value()["zoom"], serde_json::json!({}));
    assert!(!capabilities.contains(Property::Pan), "the camera cannot pan");
    assert!(!track.settings().contains(Property::Zoom));
    let error = track.apply_constraints(&MediaTrackConstraints::new().zoom(imagecapture::Constraint::exact(200.0))).unwrap_err();
    assert_eq!(error.constraint(), Some("zoom"));
}
