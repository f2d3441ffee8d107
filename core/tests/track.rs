//! Tracks: capabilities, settings, constraints, life and end.

use std::time::Duration;

use imagecapture::{Constraint, ConstraintSet, ErrorKind, MediaStreamConstraints, MediaTrackConstraints, TrackState};

use crate::common::{CAMERA, camera, devices, eventually, open};

#[test]
fn a_fresh_track_is_live_enabled_and_unmuted() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    assert_eq!(track.ready_state(), TrackState::Live);
    assert!(track.enabled() && !track.muted());
    assert_eq!((track.kind().as_str(), track.label(), track.id().len()), ("video", "Test camera", 36));
    assert!(track.constraints().is_empty());
}

#[test]
fn selection_uses_modes_and_zoom() {
    let cam = camera(CAMERA);
    let wanted = MediaTrackConstraints::new().width(Constraint::exact(320)).frame_rate(60.0).zoom(133.77);
    let track = open(&cam, wanted.clone());
    let settings = track.settings();
    assert_eq!((settings.width(), settings.height(), settings.frame_rate()), (Some(320), Some(240), Some(60.0)));
    assert_eq!(settings.zoom(), Some(130.0), "the nearest step is reported");
    assert_eq!(settings.device_id(), Some("test"));
    assert_eq!(track.constraints(), wanted);
}

#[test]
fn applying_replaces_constraints_as_a_whole() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    track.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(250.0))).unwrap();
    assert_eq!(track.settings().zoom(), Some(250.0));
    track.apply_constraints(&MediaTrackConstraints::new().width(640)).unwrap();
    let settings = track.settings();
    assert_eq!((settings.width(), settings.zoom()), (Some(640), Some(100.0)), "zoom goes back to where it was");
    let sets = MediaTrackConstraints::new().advanced(ConstraintSet::new().zoom(999.0)).advanced(ConstraintSet::new().zoom(200.0));
    track.apply_constraints(&sets).unwrap();
    assert_eq!(track.settings().zoom(), Some(200.0), "a set that cannot be met is skipped");
    assert_eq!(track.constraints(), sets, "and still reported");
    track.apply_constraints(&MediaTrackConstraints::new()).unwrap();
    assert!(track.constraints().is_empty());
    assert_eq!(track.settings().zoom(), Some(100.0));
}

#[test]
fn a_failed_application_changes_nothing() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new().zoom(200.0));
    let before = (track.settings(), track.constraints());
    for (constraints, name) in [
        (MediaTrackConstraints::new().zoom(Constraint::exact(401.0)), "zoom"),
        (MediaTrackConstraints::new().zoom(Constraint::exact(99.0)), "zoom"),
        (MediaTrackConstraints::new().width(Constraint::exact(641)), "width"),
        (MediaTrackConstraints::new().device_id(Constraint::exact("x".into())), "deviceId"),
        (MediaTrackConstraints::new().width(Constraint::exact(640)).frame_rate(Constraint::exact(60.0)), ""),
    ] {
        let error = track.apply_constraints(&constraints).unwrap_err();
        assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some(name)), "{error}");
        assert!(!error.message().is_empty());
        assert_eq!((track.settings(), track.constraints()), before);
    }
}

#[test]
fn stopping_is_immediate_and_final() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    track.stop();
    assert_eq!(track.ready_state(), TrackState::Ended);
    let settings = track.settings();
    assert_eq!((settings.device_id(), settings.width(), settings.zoom()), (Some("test"), None, None));
    assert!(track.capabilities().zoom().is_some(), "capabilities stay");
    track.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(999.0))).unwrap();
    track.stop();
    eventually("the camera is closed", || !cam.is_streaming());
}

#[test]
fn unplugging_ends_the_track_and_apply_still_resolves() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    cam.unplug();
    eventually("the track ends", || track.ready_state() == TrackState::Ended);
    track.apply_constraints(&MediaTrackConstraints::new().zoom(200.0)).unwrap();
    assert_eq!(track.settings().device_id(), Some("test"));
    cam.replug();
    assert_eq!(track.ready_state(), TrackState::Ended, "never back");
    assert_eq!(open(&cam, MediaTrackConstraints::new()).ready_state(), TrackState::Live);
}

#[test]
fn unplugging_while_applying_resolves() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let pending: Vec<_> =
        (0..20).map(|i| track.apply_constraints_async(&MediaTrackConstraints::new().zoom(100.0 + f64::from(i) * 10.0)).unwrap()).collect();
    cam.unplug();
    for pending in pending {
        pending.wait().unwrap();
    }
}

#[test]
fn clones_live_on_their_own() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new().zoom(200.0));
    track.set_enabled(false);
    let clone = track.clone_track();
    assert_ne!(clone.id(), track.id());
    assert_eq!(
        (clone.settings(), clone.constraints(), clone.capabilities()),
        (track.settings(), track.constraints(), track.capabilities())
    );
    assert!(!clone.enabled());
    track.stop();
    assert_eq!((clone.ready_state(), track.clone_track().ready_state()), (TrackState::Live, TrackState::Ended));
    assert!(cam.is_streaming());
    drop(clone);
    eventually("the camera is closed with its last track", || !cam.is_streaming());
}

#[test]
fn other_tracks_demands_are_kept() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let get = |constraints| devices.get_user_media(&MediaStreamConstraints::video(constraints)).unwrap().video_tracks().remove(0);
    let first = get(MediaTrackConstraints::new());
    first.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::max(200.0))).unwrap();
    let second = get(MediaTrackConstraints::new());
    let error = second.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(300.0))).unwrap_err();
    assert_eq!(error.constraint(), Some("zoom"));
    second.apply_constraints(&MediaTrackConstraints::new().zoom(300.0)).unwrap();
    assert_eq!((first.settings().zoom(), second.settings().zoom()), (Some(200.0), Some(200.0)));
}

#[test]
fn applications_take_effect_in_order() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let pending: Vec<_> =
        (10..=40).map(|tens| track.apply_constraints_async(&MediaTrackConstraints::new().zoom(f64::from(tens) * 10.0)).unwrap()).collect();
    for pending in pending {
        pending.limit(Duration::from_secs(20)).wait().unwrap();
    }
    assert_eq!(track.settings().zoom(), Some(400.0));
}

#[test]
fn unplugging_while_the_mode_changes_ends_the_track() {
    let cam = camera(CAMERA);
    for round in 0..60 {
        let track = open(&cam, MediaTrackConstraints::new());
        let changer = track.clone();
        let changes = std::thread::spawn(move || {
            for width in [320, 640].into_iter().cycle() {
                // AC3, AC4: it resolves on a camera that is gone.
                changer.apply_constraints(&MediaTrackConstraints::new().width(Constraint::exact(width))).unwrap();
                if changer.ready_state() == TrackState::Ended {
                    return;
                }
            }
        });
        std::thread::sleep(Duration::from_micros(round * 100));
        cam.unplug();
        changes.join().unwrap();
        cam.replug();
        assert_eq!(open(&cam, MediaTrackConstraints::new()).ready_state(), TrackState::Live);
    }
}
