//! Events: who hears of what, when, and on which thread.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use imagecapture::{
    Constraint, ErrorKind, EventType, ImageCapture, Listener, MediaDevices, MediaStreamConstraints, MediaStreamTrack,
    MediaTrackConstraints, PhotoOptions, PhotoSettings, Timeout, TrackState, VirtualCamera,
};

use crate::common::{CAMERA, bounded, camera, devices, eventually};

const OF_TRACKS: [EventType; 4] = [EventType::Mute, EventType::Unmute, EventType::Ended, EventType::ConfigurationChange];

fn track_of(devices: &MediaDevices) -> MediaStreamTrack {
    devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap().video_tracks().remove(0)
}

/// The names of all events of a track from now on.
fn listen(track: &MediaStreamTrack) -> (Receiver<&'static str>, Vec<Listener>) {
    let (tx, rx) = channel();
    let listen = |event_type| {
        let tx = tx.clone();
        track.on(event_type, move |event| tx.send(event.event_type().as_str()).unwrap_or(()))
    };
    let listeners = OF_TRACKS.into_iter().map(listen).collect();
    (rx, listeners)
}

/// The next events, and no more behind them but what a camera still does on its own.
fn next(events: &Receiver<&'static str>, count: usize) -> Vec<&'static str> {
    (0..count).map(|_| events.recv_timeout(Duration::from_secs(5)).unwrap()).collect()
}

#[test]
fn muting_is_told_once_to_every_live_track() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let track = track_of(&devices);
    let (clone, stopped) = (track.clone_track(), track.clone_track());
    let heard: Vec<_> = [&track, &clone, &stopped].map(listen).into();
    stopped.stop();
    for round in 0..3 {
        cam.set_muted(true);
        cam.set_muted(true);
        eventually("the tracks are muted", || track.muted() && clone.muted());
        cam.set_muted(false);
        eventually("the tracks are unmuted", || !track.muted() && !clone.muted());
        for (events, _) in &heard[..2] {
            assert_eq!(next(events, 2), ["mute", "unmute"], "round {round}");
        }
    }
    devices.close();
    assert!(heard.iter().all(|(events, _)| events.try_recv().is_err()));
}

#[test]
fn an_event_tells_what_happened_to_whom_after_it_happened() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let track = track_of(&devices);
    let (tx, rx) = channel();
    let handle = track.clone();
    let _listener = track.on(EventType::Mute, move |event| {
        let thread = std::thread::current().name().map(str::to_owned);
        tx.send((event.clone(), handle.muted(), thread)).unwrap();
    });
    cam.set_muted(true);
    let (event, muted, thread) = rx.recv_timeout(Duration::from_secs(5)).unwrap();
    assert!(muted, "the state comes first");
    assert_eq!(thread.as_deref(), Some("ic-dispatch"));
    assert_eq!((event.object_id(), event.track_id()), (track.object_id(), Some(track.id())));
    assert!(event.devices().is_none() && event.user_inserted_devices().is_empty() && event.permission().is_none());
    assert!(!event.timestamp().is_zero());
    track.stop();
}

#[test]
fn object_ids_are_never_used_again() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let first = track_of(&devices);
    let clone = first.clone_track();
    let ids = [devices.object_id(), first.object_id(), clone.object_id()];
    drop((first, clone));
    let later = track_of(&devices).object_id();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]) && !ids.contains(&later));
}

#[test]
fn a_new_track_of_a_muted_camera_begins_muted_without_an_event() {
    let cam = camera(CAMERA);
    cam.set_muted(true);
    let devices = devices(&[&cam]);
    let events = devices.events();
    let track = track_of(&devices);
    assert!(track.muted() && track.clone_track().muted());
    cam.set_muted(false);
    let of_track = |event: &imagecapture::Event| event.object_id() == track.object_id();
    assert_eq!(bounded(&events).find(of_track).unwrap().event_type(), EventType::Unmute);
}

#[test]
fn pictures_wait_for_the_end_of_muting() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let track = track_of(&devices);
    let capture = ImageCapture::new(&track).unwrap();
    capture.grab_frame().unwrap();
    cam.set_muted(true);
    eventually("the track is muted", || track.muted());
    let error = capture.grab_frame_async().unwrap().limit(Duration::from_millis(50)).wait().unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::TimedOut, "UnknownError"));
    let error = capture.take_photo_async(&PhotoSettings::default(), &PhotoOptions::default()).unwrap();
    let error = error.limit(Duration::from_millis(50)).wait().unwrap_err();
    assert_eq!((error.kind(), error.name()), (ErrorKind::TimedOut, "UnknownError"));
    let photo = capture.take_photo_async(&PhotoSettings::default(), &PhotoOptions::default()).unwrap();
    let frame = capture.grab_frame_async().unwrap();
    assert!(!frame.wait_for(Duration::from_millis(50)) && !photo.is_done());
    cam.set_muted(false);
    frame.wait().unwrap();
    photo.wait().unwrap();
}

#[test]
fn ended_comes_once_and_only_for_what_the_program_did_not_do() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let (tx, rx) = channel();
    let track = track_of(&devices);
    let stopped = track.clone_track();
    let (stops, _stops) = listen(&stopped);
    let handle = track.clone();
    track.on(EventType::Ended, move |_| tx.send(handle.ready_state()).unwrap()).detach();
    stopped.stop();
    cam.unplug();
    assert_eq!(rx.recv_timeout(Duration::from_secs(5)).unwrap(), TrackState::Ended);
    assert!(rx.recv_timeout(Duration::from_millis(50)).is_err(), "once, and the listener is gone with its object");
    cam.replug();
    let closed = track_of(&devices);
    let (closes, _closes) = listen(&closed);
    devices.close();
    assert_eq!(closed.ready_state(), TrackState::Ended);
    assert!(stops.try_recv().is_err() && closes.recv_timeout(Duration::from_millis(50)).is_err());
}

#[test]
fn what_another_track_changes_is_told() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let (own, other, ended) = (track_of(&devices), track_of(&devices), track_of(&devices));
    let (own_events, _a) = listen(&own);
    let (other_events, _b) = listen(&other);
    let (ended_events, _c) = listen(&ended);
    ended.stop();
    own.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(200.0))).unwrap();
    assert_eq!(next(&other_events, 1), ["configurationchange"]);
    assert_eq!(other.settings().zoom(), Some(200.0));
    own.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(200.0))).unwrap();
    cam.set_muted(true);
    assert_eq!(next(&other_events, 1), ["mute"], "what changes nothing is not told");
    own.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(300.0))).unwrap();
    assert!(other_events.recv_timeout(Duration::from_millis(30)).is_err(), "a muted track is told later");
    cam.set_muted(false);
    assert_eq!(next(&other_events, 2), ["unmute", "configurationchange"]);
    assert_eq!(next(&own_events, 2), ["mute", "unmute"]);
    assert!(ended_events.try_recv().is_err());
}

#[test]
fn a_muted_track_that_ends_is_not_told_of_changes() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let (own, other) = (track_of(&devices), track_of(&devices));
    cam.set_muted(true);
    eventually("the tracks are muted", || own.muted() && other.muted());
    let (events, _listeners) = listen(&other);
    own.apply_constraints(&MediaTrackConstraints::new().zoom(Constraint::exact(300.0))).unwrap();
    cam.unplug();
    assert_eq!(next(&events, 1), ["ended"]);
    assert!(events.recv_timeout(Duration::from_millis(30)).is_err());
}

#[test]
fn a_listener_lives_as_long_as_its_guard() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let track = track_of(&devices);
    let (tx, rx) = channel();
    let (dropped, detached) = (tx.clone(), tx.clone());
    let guard = track.on(EventType::Mute, move |_| dropped.send("dropped").unwrap());
    // This one removes itself.
    let own: Arc<Mutex<Option<Listener>>> = Arc::default();
    let slot = own.clone();
    *own.lock().unwrap() = Some(track.on(EventType::Mute, move |_| {
        slot.lock().unwrap().take();
        tx.send("itself").unwrap();
    }));
    track.on(EventType::Mute, move |_| detached.send("detached").unwrap()).detach();
    drop(guard);
    for expected in [&["itself", "detached"][..], &["detached"]] {
        cam.set_muted(true);
        eventually("the track is muted", || track.muted());
        cam.set_muted(false);
        eventually("the track is unmuted", || !track.muted());
        assert_eq!(next(&rx, expected.len()), expected);
    }
    track.stop();
    assert!(rx.recv_timeout(Duration::from_secs(5)).is_err(), "the callbacks are gone: nothing happens to the track any more");
    let (tx, rx) = channel::<()>();
    let late = track.on(EventType::Ended, move |_| tx.send(()).unwrap());
    assert!(rx.recv().is_err(), "{late:?} hears nothing");
}

#[test]
fn a_listener_may_call_anything_and_a_panic_in_it_is_its_own() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let track = track_of(&devices);
    let (tx, rx) = channel();
    track.on(EventType::Ended, |_| std::panic::panic_any("a panic on purpose")).detach();
    let (again, plug) = (devices.clone(), cam.clone());
    track
        .on(EventType::Ended, move |_| {
            plug.replug();
            let track = track_of(&again);
            track.apply_constraints(&MediaTrackConstraints::new().zoom(200.0)).unwrap();
            again.close();
            tx.send(track.ready_state()).unwrap();
        })
        .detach();
    cam.unplug();
    assert_eq!(rx.recv_timeout(Duration::from_secs(5)).unwrap(), TrackState::Ended);
}

#[test]
fn the_queue_carries_the_events_of_all_tracks_and_ends_with_its_object() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let before = track_of(&devices);
    cam.set_muted(true);
    eventually("the track is muted", || before.muted());
    let events = devices.events();
    assert!(events.next_within(Duration::ZERO).is_none(), "what was before is not told");
    let after = track_of(&devices);
    cam.set_muted(false);
    eventually("both are unmuted", || !before.muted() && !after.muted());
    cam.unplug();
    eventually("both have ended", || [&before, &after].iter().all(|track| track.ready_state() == TrackState::Ended));
    let mut heard = Vec::new();
    while heard.len() < 4 {
        let event = bounded(&events).next().unwrap();
        if event.track_id().is_some() {
            heard.push((event.event_type(), event.object_id()));
        }
    }
    let ids = [before.object_id(), after.object_id()];
    assert_eq!(heard, [EventType::Unmute, EventType::Ended].map(|event_type| ids.map(|id| (event_type, id))).concat());
    let waiting = events.clone();
    let end = std::thread::spawn(move || waiting.count());
    devices.close();
    end.join().unwrap();
    assert!(events.next_within(Timeout::Never).is_none());
}

#[test]
fn the_queue_outlives_its_object_with_the_tracks() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let events = devices.events();
    let track = track_of(&devices);
    drop(devices);
    cam.unplug();
    eventually("the track ends", || track.ready_state() == TrackState::Ended);
    drop(track);
    let last = events.last().unwrap();
    assert_eq!(last.event_type(), EventType::Ended, "it ends when nothing is left that an event could come from");
}

fn manual(cam: &VirtualCamera) -> MediaDevices {
    MediaDevices::builder().backends(&[]).environment(false).virtual_camera(cam).manual_callbacks(true).build().unwrap()
}

#[test]
fn manual_callbacks_run_only_where_the_program_says() {
    let cam = camera(CAMERA);
    let devices = manual(&cam);
    assert_eq!(devices.process_events(Duration::ZERO), 0);
    let track = track_of(&devices);
    let (tx, rx) = channel();
    let send = move |what: &'static str| tx.send((what, std::thread::current().id())).unwrap();
    let ended = send.clone();
    track.on(EventType::Ended, move |_| ended("ended")).detach();
    let pending = track.apply_constraints_async(&MediaTrackConstraints::new().zoom(200.0)).unwrap();
    pending.on_complete(move || send("complete"));
    pending.wait().unwrap();
    cam.unplug();
    eventually("the track ends", || track.ready_state() == TrackState::Ended);
    assert!(rx.recv_timeout(Duration::from_millis(30)).is_err());
    assert_eq!(devices.process_events(Timeout::Never), 2);
    let here = std::thread::current().id();
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [("complete", here), ("ended", here)]);
}

#[test]
fn limits_pass_without_anybody_processing_events() {
    let cam = camera(CAMERA);
    let devices = manual(&cam);
    let track = track_of(&devices);
    cam.freeze(true);
    let capture = ImageCapture::new(&track).unwrap();
    let (tx, rx) = channel();
    let pending = loop {
        // A frame may be under way still.
        let pending = capture.grab_frame_async().unwrap();
        let tx = tx.clone();
        pending.set_limit(Duration::from_millis(30));
        pending.on_complete(move || tx.send(()).unwrap());
        if !pending.wait_for(Duration::from_millis(5)) {
            break pending;
        }
        devices.process_events(Duration::ZERO);
        rx.try_recv().unwrap();
    };
    assert_eq!(devices.process_events(Duration::from_secs(5)), 1, "the limit completes it, which brings its callback");
    rx.try_recv().unwrap();
    assert_eq!(pending.wait().unwrap_err().kind(), ErrorKind::TimedOut);
}

#[test]
fn processing_ends_when_the_object_is_closed() {
    let cam = camera(CAMERA);
    let devices = manual(&cam);
    let waiting = devices.clone();
    let processing = std::thread::spawn(move || waiting.process_events(Timeout::Never));
    devices.close();
    assert_eq!(processing.join().unwrap(), 0);
    let threaded = crate::common::devices(&[&cam]);
    assert_eq!(threaded.process_events(Timeout::Never), 0, "there never are any");
}

#[cfg(unix)]
#[test]
fn the_descriptor_stays_the_same() {
    let cam = camera(CAMERA);
    let devices = manual(&cam);
    let descriptor = devices.event_fd().unwrap();
    assert!(descriptor >= 0 && devices.event_fd().unwrap() == descriptor);
}
