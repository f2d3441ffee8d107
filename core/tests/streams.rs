//! Streams as sets of tracks, and audio tracks.

use imagecapture::{
    Constraint, ErrorKind, EventType, FramesOptions, ImageCapture, MediaDevices, MediaKind, MediaStream, MediaStreamConstraints,
    MediaTrackConstraints, PixelFormat, TrackState, VirtualCamera,
};

use crate::common::{CAMERA, bounded, camera, devices, eventually, open};

const MICROPHONE: &str = r#"{"kind": "audioinput", "label": "Test microphone", "deviceId": "mic", "groupId": "desk"}"#;

fn any() -> Option<MediaTrackConstraints> {
    Some(MediaTrackConstraints::new())
}

#[test]
fn a_stream_is_a_set_in_the_order_of_adding() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let (second, ended) = (track.clone_track(), track.clone_track());
    ended.stop();
    let stream = MediaStream::new(&[second.clone(), ended.clone(), second.clone()]);
    assert_eq!(stream.id().len(), 36);
    assert_eq!(stream.tracks(), [second.clone(), ended.clone()]);
    stream.add_track(&track);
    stream.add_track(&second);
    assert_eq!(stream.video_tracks(), [second.clone(), ended.clone(), track.clone()]);
    assert!(stream.audio_tracks().is_empty());
    assert_eq!(stream.track_by_id(track.id()), Some(track.clone()));
    assert_eq!(stream.track_by_id("none"), None);
    let copy = MediaStream::from_stream(&stream);
    stream.remove_track(&second);
    stream.remove_track(&second);
    assert_eq!((stream.tracks(), second.ready_state()), (vec![ended, track], TrackState::Live));
    assert_eq!(copy.tracks().len(), 3, "the other stream keeps its tracks");
    assert_ne!(copy.id(), stream.id());
    assert!(copy == copy.clone() && copy != stream);
}

#[test]
fn a_stream_is_active_while_a_track_is_live() {
    let cam = camera(CAMERA);
    let track = open(&cam, MediaTrackConstraints::new());
    let stream = MediaStream::new(&[]);
    assert!(!stream.active() && stream.tracks().is_empty());
    stream.add_track(&track);
    let other = MediaStream::new(std::slice::from_ref(&track));
    assert!(stream.active() && other.active());
    track.stop();
    assert!(!stream.active() && !other.active(), "at once, in all streams");
    stream.add_track(&open(&cam, MediaTrackConstraints::new()));
    assert!(stream.active());
}

#[test]
fn a_cloned_stream_has_clones_of_all_tracks() {
    let cam = camera(CAMERA);
    let stream = MediaStream::new(&[open(&cam, MediaTrackConstraints::new()), open(&cam, MediaTrackConstraints::new())]);
    stream.tracks()[1].stop();
    let clone = stream.clone_stream();
    assert_ne!(clone.id(), stream.id());
    let states = |stream: &MediaStream| stream.tracks().iter().map(|track| track.ready_state()).collect::<Vec<_>>();
    assert_eq!(states(&clone), states(&stream));
    assert!(clone.tracks().iter().all(|track| stream.track_by_id(track.id()).is_none()));
    stream.tracks()[0].stop();
    assert!(clone.active());
    drop(clone);
    eventually("the camera is closed with its last track", || !cam.is_streaming());
}

#[test]
fn the_last_handle_of_a_track_may_be_the_streams() {
    let cam = camera(CAMERA);
    let stream = MediaStream::new(&[open(&cam, MediaTrackConstraints::new())]);
    let track = stream.tracks().remove(0);
    let id = track.id().to_owned();
    drop(track);
    assert!(stream.active());
    let track = stream.track_by_id(&id).unwrap();
    stream.remove_track(&track);
    assert_eq!(track.ready_state(), TrackState::Live);
    drop(track);
    eventually("the camera is closed with its last track", || !cam.is_streaming());
}

#[test]
fn a_microphone_is_listed_first_and_gives_silence() {
    let (cam, mic) = (camera(CAMERA), camera(MICROPHONE));
    let devices = devices(&[&cam, &mic]);
    let list = devices.enumerate_devices().unwrap();
    let kinds: Vec<_> = list.iter().map(|info| (info.kind().as_str(), info.label(), info.device_id())).collect();
    assert_eq!(kinds, [("audioinput", "Test microphone", "mic"), ("videoinput", "Test camera", "test")]);
    let stream = devices.get_user_media(&MediaStreamConstraints { video: None, audio: any() }).unwrap();
    assert!(stream.video_tracks().is_empty() && !cam.is_streaming());
    let track = stream.audio_tracks().remove(0);
    assert_eq!((track.kind(), track.label(), track.ready_state()), (MediaKind::Audio, "Test microphone", TrackState::Live));
    assert_eq!(track.settings().to_json(), r#"{"deviceId":"mic","groupId":"desk"}"#);
    assert_eq!(&track.capabilities(), list[0].capabilities());
    assert_eq!(track.capabilities().to_json(), r#"{"deviceId":"mic","groupId":"desk"}"#);
    assert_eq!(track.frames(FramesOptions::default()).unwrap_err().kind(), ErrorKind::NotSupported);
    assert_eq!(ImageCapture::new(&track).unwrap_err().kind(), ErrorKind::NotSupported);
    let clone = track.clone_track();
    assert_eq!((clone.kind(), clone.settings()), (MediaKind::Audio, track.settings()));
}

#[test]
fn both_kinds_come_in_one_stream_with_their_own_constraints() {
    let (cam, mic) = (camera(CAMERA), camera(MICROPHONE));
    let wanted = MediaStreamConstraints {
        video: Some(MediaTrackConstraints::new().width(Constraint::exact(320))),
        // What does not exist for audio is dropped, even where it is demanded.
        audio: Some(MediaTrackConstraints::new().device_id("mic").width(Constraint::min(100_000_000)).zoom(Constraint::exact(1.0))),
    };
    let stream = devices(&[&cam, &mic]).get_user_media(&wanted).unwrap();
    assert_eq!((stream.video_tracks().len(), stream.audio_tracks().len()), (1, 1));
    assert_eq!(stream.video_tracks()[0].settings().width(), Some(320));
    assert_eq!(stream.audio_tracks()[0].constraints(), MediaTrackConstraints::new().device_id("mic"));
}

#[test]
fn an_audio_track_meets_demands_on_its_ids_and_no_others() {
    let mic = camera(MICROPHONE);
    let devices = devices(&[&mic]);
    let get = |audio| devices.get_user_media(&MediaStreamConstraints { video: None, audio: Some(audio) });
    let error = get(MediaTrackConstraints::new().device_id(Constraint::exact("other".into()))).unwrap_err();
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some("deviceId")));
    let track = get(MediaTrackConstraints::new()).unwrap().audio_tracks().remove(0);
    let error = track.apply_constraints(&MediaTrackConstraints::new().width(Constraint::min(0))).unwrap_err();
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some("width")));
    assert!(track.constraints().is_empty());
    let wanted = MediaTrackConstraints::new().width(640).device_id(Constraint::exact("mic".into()));
    track.apply_constraints(&wanted).unwrap();
    assert_eq!(track.constraints(), wanted);
    track.stop();
    track.apply_constraints(&MediaTrackConstraints::new().width(Constraint::min(0))).unwrap();
}

#[test]
fn what_was_opened_for_a_request_that_fails_is_closed() {
    let (cam, mic) = (camera(CAMERA), camera(MICROPHONE));
    let devices = devices(&[&cam, &mic]);
    mic.set_busy(true);
    let error = devices.get_user_media(&MediaStreamConstraints { video: any(), audio: any() }).unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::NotReadable, "NotReadableError"));
    assert!(!cam.is_streaming(), "before the program is told");
    assert!(!devices.indicator(imagecapture::MediaDeviceKind::VideoInput).live);
}

#[test]
fn a_microphone_has_the_life_of_a_camera() {
    let mic = camera(MICROPHONE);
    let devices = devices(&[&mic]);
    let get = || devices.get_user_media(&MediaStreamConstraints { video: None, audio: any() }).unwrap().audio_tracks().remove(0);
    let track = get();
    let events = devices.events();
    mic.set_muted(true);
    eventually("the track is muted", || track.muted());
    mic.unplug();
    let of_track = |event: imagecapture::Event| event.track_id().is_some().then(|| event.event_type());
    assert_eq!(bounded(&events).filter_map(of_track).take(2).collect::<Vec<_>>(), [EventType::Mute, EventType::Ended]);
    assert_eq!(track.ready_state(), TrackState::Ended);
    mic.replug();
    let track = get();
    devices.close();
    assert_eq!(track.ready_state(), TrackState::Ended);
}

#[test]
fn a_microphone_is_no_camera() {
    let mic = camera(MICROPHONE);
    let error = devices(&[&mic]).get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(mic.open().unwrap_err().kind(), ErrorKind::NotSupported);
    assert_eq!(mic.push_frame(PixelFormat::Grey, 1, 1, &[0], 0).unwrap_err().kind(), ErrorKind::NotSupported);
    for text in [
        r#"{"kind": "audioinput", "modes": [{"width": 4, "height": 4}]}"#,
        r#"{"kind": "audioinput", "scene": {"kind": "push"}}"#,
        r#"{"kind": "audiooutput"}"#,
    ] {
        let error = VirtualCamera::from_json(text).unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidInput && error.message().contains("kind"), "{text}: {error}");
    }
    let both = MediaDevices::from_json(
        r#"{"backends": [], "environment": false, "virtualCameras": [{"kind": "audioinput"}, {"modes": [{"width": 4, "height": 4}]}]}"#,
    );
    assert_eq!(both.unwrap().enumerate_devices().unwrap().len(), 2, "their ids differ");
}
