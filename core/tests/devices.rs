//! Listing devices and opening one.

use std::time::{Duration, Instant};

use imagecapture::{Constraint, ErrorKind, MediaDevices, MediaStreamConstraints, MediaTrackConstraints, Property, TrackState};

use crate::common::{CAMERA, camera, devices, eventually};

fn video(constraints: MediaTrackConstraints) -> MediaStreamConstraints {
    MediaStreamConstraints::video(constraints)
}

#[test]
fn devices_are_listed_with_what_they_can_do() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let list = devices.enumerate_devices().unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!((list[0].device_id(), list[0].label(), list[0].kind().as_str()), ("test", "Test camera", "videoinput"));
    assert_eq!(list[0].group_id().len(), 32);
    let track = devices.get_user_media(&video(MediaTrackConstraints::new())).unwrap().video_tracks().remove(0);
    assert_eq!(&track.capabilities(), list[0].capabilities());
    let zoom = track.capabilities().zoom().unwrap();
    assert_eq!((zoom.min, zoom.max, zoom.step), (100.0, 400.0, 10.0));
    let json = track.capabilities().to_json_value();
    assert_eq!(json["width"], serde_json::json!({"min": 1, "max": 640}), "the main draft's ranges have no step");
    assert_eq!(json["zoom"], serde_json::json!({"min": 100, "max": 400, "step": 10}));
}

#[test]
fn every_capability_has_a_setting_inside_it() {
    let cam = camera(CAMERA);
    let track = crate::common::open(&cam, MediaTrackConstraints::new());
    let (capabilities, settings) = (track.capabilities(), track.settings());
    for property in capabilities.properties() {
        // VP4: which way this camera looks is not known.
        if capabilities.strings(property) == Some(&[]) {
            assert!(property == Property::FacingMode && !settings.contains(property));
            continue;
        }
        assert!(settings.contains(property), "{property}");
        if let (Some(list), Some(value)) = (capabilities.strings(property), settings.string(property)) {
            assert!(list.iter().any(|one| one == value), "{property}");
        }
        if let (Some(list), Some(value)) = (capabilities.bools(property), settings.bool(property)) {
            assert!(list.contains(&value), "{property}");
        }
        if let (Some(range), Some(value)) = (capabilities.range(property), settings.number(property)) {
            assert!((range.min..=range.max).contains(&value), "{property}");
        }
    }
}

#[test]
fn no_camera_is_not_found() {
    let devices = devices(&[]);
    assert!(devices.enumerate_devices().unwrap().is_empty());
    let error = devices.get_user_media(&video(MediaTrackConstraints::new())).unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::NotFound, "NotFoundError"));
    assert!(error.message().contains("IC_VIRTUAL_CAMERA"), "{error}");
}

#[test]
fn nothing_requested_fails_at_once() {
    let cam = camera(CAMERA);
    let error = devices(&[&cam]).get_user_media_async(&MediaStreamConstraints::default()).unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::InvalidInput, "TypeError"));
}

#[test]
fn audio_is_not_found() {
    let cam = camera(CAMERA);
    let both = MediaStreamConstraints { audio: Some(MediaTrackConstraints::new()), ..video(MediaTrackConstraints::new()) };
    assert_eq!(devices(&[&cam]).get_user_media(&both).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(!cam.is_streaming());
}

#[test]
fn what_nothing_satisfies_is_named() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let error = devices.get_user_media(&video(MediaTrackConstraints::new().width(Constraint::min(100_000_000)))).unwrap_err();
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some("width")));
    assert!(error.message().contains("640"), "{error}");
    let error = devices.get_user_media(&video(MediaTrackConstraints::new().device_id(Constraint::exact("other".into())))).unwrap_err();
    assert_eq!(error.constraint(), Some("deviceId"));
    let error = devices.get_user_media(&video(MediaTrackConstraints::new().zoom(Constraint::exact(200.0)))).unwrap_err();
    assert_eq!(error.name(), "TypeError", "zoom cannot choose a device");
    assert!(!cam.is_streaming());
}

#[test]
fn the_best_fitting_device_wins_and_a_busy_one_is_skipped() {
    let config =
        |id: &str, width: u32| format!(r#"{{"deviceId": "{id}", "modes": [{{"width": {width}, "height": 240}}], "pacing": "fast"}}"#);
    let (small, large) = (camera(&config("small", 320)), camera(&config("large", 640)));
    let devices = devices(&[&small, &large]);
    let wanted = video(MediaTrackConstraints::new().width(600));
    let id = |constraints: &MediaStreamConstraints| {
        devices.get_user_media(constraints).unwrap().video_tracks()[0].settings().device_id().map(str::to_owned)
    };
    assert_eq!(id(&wanted).as_deref(), Some("large"));
    // Until it is closed, who comes in time still gets it.
    large.set_busy(true);
    eventually("the large camera is closed", || id(&wanted).as_deref() == Some("small"));
    small.set_busy(true);
    eventually("the small camera is closed", || devices.get_user_media(&wanted).is_err());
    let error = devices.get_user_media(&wanted).unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::NotReadable, "NotReadableError"));
    assert!(error.message().contains("busy"), "{error}");
}

#[test]
fn an_unplugged_camera_is_not_listed_until_it_is_back() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    cam.unplug();
    assert!(devices.enumerate_devices().unwrap().is_empty());
    cam.replug();
    assert_eq!(devices.enumerate_devices().unwrap().len(), 1);
}

#[test]
fn closing_ends_the_tracks_and_frees_the_camera() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let stream = devices.get_user_media(&video(MediaTrackConstraints::new())).unwrap();
    let track = &stream.video_tracks()[0];
    assert!(cam.is_streaming() && stream.active());
    devices.close();
    assert!(!cam.is_streaming() && !stream.active());
    assert_eq!(track.ready_state(), TrackState::Ended);
    assert_eq!(devices.enumerate_devices().unwrap_err().kind(), ErrorKind::InvalidState);
    assert_eq!(devices.get_user_media(&video(MediaTrackConstraints::new())).unwrap_err().kind(), ErrorKind::InvalidState);
    devices.close();
}

#[test]
fn dropping_the_object_leaves_tracks_running() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let stream = devices.get_user_media(&video(MediaTrackConstraints::new())).unwrap();
    drop(devices);
    assert!(stream.active() && cam.is_streaming());
    drop(stream);
    eventually("the camera is closed with its last track", || !cam.is_streaming());
}

#[test]
fn a_second_opening_shares_the_camera() {
    let cam = camera(CAMERA);
    let (first, second) = (devices(&[&cam]), devices(&[&cam]));
    let a = first.get_user_media(&video(MediaTrackConstraints::new())).unwrap();
    let b = second.get_user_media(&video(MediaTrackConstraints::new().zoom(200.0))).unwrap();
    assert_eq!(a.video_tracks()[0].settings().zoom(), Some(200.0), "zoom belongs to the camera");
    first.close();
    assert!(!a.active() && b.active() && cam.is_streaming());
}

#[test]
fn many_openings_and_closings_in_a_row_work() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let start = Instant::now();
    for _ in 0..30 {
        let stream = devices.get_user_media(&video(MediaTrackConstraints::new())).unwrap();
        stream.video_tracks()[0].stop();
    }
    assert!(start.elapsed() < Duration::from_secs(10));
    eventually("the camera is closed", || !cam.is_streaming());
}

#[test]
fn options_are_checked() {
    for (text, part) in [
        (r#"{"backend": []}"#, "unknown field"),
        (r#"{"backends": ["v4l3"]}"#, "v4l3"),
        (r#"{"virtualCameras": [{"modes": []}]}"#, "virtualCameras[0]"),
        (r#"{"virtualCameras": [{"modes": [{"width": 4, "height": 4}]}, {"modes": [{"width": 4, "height": 4}]}]}"#, "device id"),
        ("{", "JSON"),
    ] {
        let error = MediaDevices::from_json(text).unwrap_err();
        assert!(error.message().contains(part), "{text}: {error}");
    }
    let devices = MediaDevices::from_json(r#"{"backends": [], "environment": false}"#).unwrap();
    assert!(devices.enumerate_devices().unwrap().is_empty());
    assert!(MediaDevices::supported_constraints().contains(&Property::Zoom));
}

#[test]
fn closing_ends_clones_too_and_spares_tracks_of_others() {
    let cam = camera(CAMERA);
    let (ours, others) = (devices(&[&cam]), devices(&[&cam]));
    let track = ours.get_user_media(&video(MediaTrackConstraints::new())).unwrap().video_tracks().remove(0);
    let clone = track.clone_track();
    let other = others.get_user_media(&video(MediaTrackConstraints::new())).unwrap().video_tracks().remove(0);
    track.stop();
    ours.close();
    assert_eq!((clone.ready_state(), other.ready_state()), (TrackState::Ended, TrackState::Live));
    assert_eq!(clone.clone_track().ready_state(), TrackState::Ended);
}

#[test]
fn the_demand_that_no_camera_meets_is_named() {
    let config = |id: &str| format!(r#"{{"deviceId": "{id}", "modes": [{{"width": 320, "height": 240}}], "pacing": "fast"}}"#);
    let (a, b) = (camera(&config("a")), camera(&config("b")));
    let wanted = MediaTrackConstraints::new().device_id(Constraint::exact("a".into())).width(Constraint::exact(5000));
    let error = devices(&[&a, &b]).get_user_media(&video(wanted)).unwrap_err();
    assert_eq!(error.constraint(), Some("width"), "{error}");
}

#[test]
fn closing_waits_for_what_is_being_opened() {
    let cam = camera(CAMERA);
    for round in 0..60 {
        let devices = devices(&[&cam]);
        let pending = devices.get_user_media_async(&video(MediaTrackConstraints::new())).unwrap();
        std::thread::sleep(Duration::from_micros(round * 20));
        devices.close();
        assert!(!cam.is_streaming(), "round {round}");
        match pending.wait() {
            Ok(stream) => assert!(!stream.active()),
            Err(error) => assert_eq!((error.kind(), error.name()), (ErrorKind::Aborted, "AbortError")),
        }
    }
}

#[test]
fn no_clone_escapes_closing_or_unplugging() {
    let cam = camera(CAMERA);
    for round in 0..100 {
        let devices = devices(&[&cam]);
        let track = devices.get_user_media(&video(MediaTrackConstraints::new())).unwrap().video_tracks().remove(0);
        let cloner = track.clone();
        let clones = std::thread::spawn(move || (0..50).map(|_| cloner.clone_track()).collect::<Vec<_>>());
        if round % 2 == 0 {
            devices.close();
        } else {
            cam.unplug();
            eventually("the track ends", || track.ready_state() == TrackState::Ended);
        }
        // Unplugging ends one track after the other.
        let clones = clones.join().unwrap();
        eventually("all clones end", || clones.iter().all(|clone| clone.ready_state() == TrackState::Ended));
        cam.replug();
        devices.close();
    }
}

#[test]
fn a_replugged_camera_can_be_opened_at_once() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    for _ in 0..200 {
        let track = devices.get_user_media(&video(MediaTrackConstraints::new())).unwrap().video_tracks().remove(0);
        cam.unplug();
        cam.replug();
        eventually("the track ends, however short the camera was away", || track.ready_state() == TrackState::Ended);
    }
}

#[test]
fn an_opening_that_is_given_up_leaves_other_tracks_as_they_were() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let first = devices.get_user_media(&video(MediaTrackConstraints::new())).unwrap().video_tracks().remove(0);
    for round in 0..60 {
        let pending = devices.get_user_media_async(&video(MediaTrackConstraints::new().zoom(300.0))).unwrap();
        std::thread::sleep(Duration::from_micros(round * 10));
        pending.cancel();
        if let Ok(stream) = pending.wait() {
            // It was complete before it was cancelled, and changed what it was to change.
            drop(stream);
            first.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(100.0))).unwrap();
        } else {
            eventually("zoom is back", || first.settings().zoom() == Some(100.0));
        }
    }
}
