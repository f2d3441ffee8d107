//! Devices that come and go.

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use imagecapture::{Event, EventType, Listener, MediaDevices, Permission, PermissionState, VirtualCamera};

use crate::common::{CAMERA, bounded, camera, devices};

fn small(id: &str) -> VirtualCamera {
    camera(&format!(r#"{{"deviceId": "{id}", "modes": [{{"width": 32, "height": 24}}], "pacing": "fast"}}"#))
}

fn listen(devices: &MediaDevices) -> (Receiver<Event>, Listener) {
    let (tx, rx) = channel();
    let listener = devices.on(EventType::DeviceChange, move |event| drop(tx.send(event.clone())));
    (rx, listener)
}

fn next(events: &Receiver<Event>) -> Event {
    events.recv_timeout(Duration::from_secs(5)).unwrap()
}

/// Long enough for a change that is told to have been told.
fn none(events: &Receiver<Event>) {
    assert!(events.recv_timeout(Duration::from_millis(350)).is_err());
}

fn ids(event: &Event) -> (Vec<&str>, Vec<&str>) {
    let inserted = event.user_inserted_devices().iter().map(|info| info.device_id()).collect();
    (event.devices().unwrap().iter().map(|info| info.device_id()).collect(), inserted)
}

#[test]
fn coming_and_going_is_told_with_the_list_of_then() {
    let (a, b) = (small("a"), small("b"));
    let devices = devices(&[&a]);
    let (events, _listener) = listen(&devices);
    let start = Instant::now();
    devices.add_virtual_camera(&b).unwrap();
    let event = next(&events);
    assert!(start.elapsed() >= Duration::from_millis(200), "changes are gathered");
    assert_eq!(ids(&event), (vec!["a", "b"], vec!["b"]));
    assert_eq!((event.event_type(), event.object_id(), event.track_id()), (EventType::DeviceChange, devices.object_id(), None));
    a.unplug();
    assert_eq!(ids(&next(&events)), (vec!["b"], vec![]));
    a.replug();
    assert_eq!(ids(&next(&events)), (vec!["a", "b"], vec!["a"]), "the default device comes first");
    devices.close();
    a.unplug();
    none(&events);
}

#[test]
fn several_changes_are_one_event_and_no_change_is_none() {
    let (a, b, c) = (small("a"), small("b"), small("c"));
    let devices = devices(&[&a, &b]);
    let (events, _listener) = listen(&devices);
    b.unplug();
    devices.add_virtual_camera(&c).unwrap();
    assert_eq!(ids(&next(&events)), (vec!["a", "c"], vec!["c"]));
    a.unplug();
    a.replug();
    none(&events);
}

#[test]
fn watching_starts_with_the_first_listener_or_the_queue() {
    let (a, b) = (small("a"), small("b"));
    let devices = devices(&[&a]);
    devices.add_virtual_camera(&b).unwrap();
    let (events, _listener) = listen(&devices);
    none(&events);
    let other = crate::common::devices(&[&a]);
    let queue = other.events();
    a.unplug();
    assert_eq!(ids(&bounded(&queue).next().unwrap()), (vec![], vec![]));
    assert_eq!(ids(&next(&events)), (vec!["b"], vec![]));
}

#[test]
fn a_microphone_is_a_device_too() {
    let mic = camera(r#"{"kind": "audioinput", "deviceId": "mic"}"#);
    let devices = devices(&[&small("a")]);
    let (events, _listener) = listen(&devices);
    devices.add_virtual_camera(&mic).unwrap();
    assert_eq!(ids(&next(&events)), (vec!["mic", "a"], vec!["mic"]));
}

#[test]
fn without_permission_there_is_nothing_to_tell() {
    let (a, b) = (small("a"), small("b"));
    let devices = devices(&[&a, &b]);
    let (events, _listener) = listen(&devices);
    devices.set_permission(Permission::Camera, PermissionState::Denied);
    a.unplug();
    none(&events);
    devices.set_permission(Permission::Camera, PermissionState::Granted);
    b.unplug();
    assert_eq!(ids(&next(&events)), (vec![], vec![]));
}

#[test]
fn hidden_devices_are_told_only_as_far_as_they_are_listed() {
    let (a, b) = (small("a"), small("b"));
    let builder = MediaDevices::builder().backends(&[]).environment(false).hide_until_capture(true);
    let devices = builder.virtual_camera(&a).build().unwrap();
    let (events, _listener) = listen(&devices);
    devices.add_virtual_camera(&b).unwrap();
    none(&events);
    devices.set_visible(false);
    a.unplug();
    b.unplug();
    none(&events);
    devices.set_visible(true);
    assert_eq!(ids(&next(&events)), (vec![], vec![]), "what changed while nothing could be listed is told then");
    b.replug();
    assert_eq!(ids(&next(&events)), (vec![""], vec![""]));
}

#[test]
fn being_invisible_does_not_matter_where_nothing_is_hidden() {
    let cam = camera(CAMERA);
    let devices = devices(&[&cam]);
    let (events, _listener) = listen(&devices);
    devices.set_visible(false);
    cam.unplug();
    assert_eq!(ids(&next(&events)), (vec![], vec![]));
}

// Elsewhere a system without the means to list cameras (such as Wine) says so, and there is no list.
#[cfg(target_os = "linux")]
#[test]
fn the_systems_own_cameras_may_be_watched_along() {
    // Whether this system has cameras or not, the virtual one is told of.
    let cam = small("a");
    let devices = MediaDevices::builder().environment(false).build().unwrap();
    let before = devices.enumerate_devices().unwrap().len();
    let (events, _listener) = listen(&devices);
    devices.add_virtual_camera(&cam).unwrap();
    let event = next(&events);
    assert_eq!((event.devices().unwrap().len(), event.user_inserted_devices().len()), (before + 1, 1));
}
