//! What a [`MediaDevices`](crate::MediaDevices) and its tracks have in common, whichever of them lives
//! longer.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::dispatcher::Dispatcher;
use crate::event::{Event, EventQueue, EventType, Listeners, Payload, new_object_id};
use crate::policy::{Policy, PolicyOptions};
use crate::signal::Signal;
use crate::{Indicator, MediaDeviceKind, Permission, PermissionState};

pub(crate) struct Context {
    /// Of the `MediaDevices`; it also tells its tracks from those of others on the same camera.
    pub(crate) object_id: u64,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) policy: Policy,
    pub(crate) queue: Arc<EventQueue>,
    #[cfg_attr(not(unix), allow(dead_code, reason = "only Unix has a descriptor that shows it"))]
    pub(crate) signal: Arc<Signal>,
    /// Those of the `MediaDevices`.
    pub(crate) listeners: Listeners,
    devices: Mutex<BTreeMap<String, Device>>,
}

/// What is known of a device.
struct Device {
    kind: MediaDeviceKind,
    /// How many tracks get something from it now.
    active: usize,
}

impl Context {
    pub(crate) fn new(options: PolicyOptions, manual_callbacks: bool) -> Arc<Context> {
        let (object_id, signal) = (new_object_id(), Arc::new(Signal::default()));
        Arc::new(Context {
            object_id,
            dispatcher: Dispatcher::new(manual_callbacks, signal.clone()),
            policy: Policy::new(options),
            queue: EventQueue::new(object_id, signal.clone()),
            signal,
            listeners: Listeners::default(),
            devices: Mutex::default(),
        })
    }

    /// Tells of an event, to the queue and to the listeners that there are now. Runs no code of the program:
    /// it may be called under a lock, which is what keeps events in the order of the changes they tell of.
    pub(crate) fn fire(&self, listeners: &Listeners, event: Event) {
        for listener in listeners.of(event.event_type()) {
            let event = event.clone();
            // One call each: a panic in one is not to silence the next.
            self.dispatcher.call(move || listener.call(&event));
        }
        self.queue.push(event);
    }

    /// As `fire`, for an event of the `MediaDevices`.
    pub(crate) fn fire_own(&self, event_type: EventType, payload: Payload) {
        self.fire(&self.listeners, Event::of_devices(event_type, self.object_id, payload));
    }

    /// Sets the state of a permission, and tells.
    pub(crate) fn set_permission(&self, permission: Permission, state: PermissionState) {
        let granted = |state| state == PermissionState::Granted;
        self.policy.set_permission(permission, state, |permission, before, now| {
            self.fire_own(EventType::PermissionChange, Payload::Permission(permission, now));
            if permission == Permission::Camera && granted(before) != granted(now) {
                self.fire_own(EventType::IndicatorChange, Payload::None);
            }
        });
    }

    /// Remembers that there is such a device.
    pub(crate) fn learn(&self, device_id: &str, kind: MediaDeviceKind) {
        let mut devices = self.devices.lock();
        if !devices.contains_key(device_id) {
            devices.insert(device_id.to_owned(), Device { kind, active: 0 });
        }
    }

    /// Counts the tracks that get something from a device, one more or one less; the first and the last
    /// change what the indicator shows.
    pub(crate) fn count_active(&self, device_id: &str, kind: MediaDeviceKind, more: bool) {
        let mut devices = self.devices.lock();
        let device = devices.entry(device_id.to_owned()).or_insert(Device { kind, active: 0 });
        let before = device.active;
        device.active = if more { before + 1 } else { before.saturating_sub(1) };
        if (before == 0) != (device.active == 0) {
            self.fire_own(EventType::IndicatorChange, Payload::None);
        }
    }

    pub(crate) fn indicator(&self, kind: MediaDeviceKind) -> Indicator {
        let live = self.devices.lock().values().any(|device| device.kind == kind && device.active > 0);
        Indicator { accessible: self.policy.may_use(kind), live }
    }

    pub(crate) fn device_indicator(&self, device_id: &str) -> Option<Indicator> {
        let (kind, live) = {
            let devices = self.devices.lock();
            let device = devices.get(device_id)?;
            (device.kind, device.active > 0)
        };
        Some(Indicator { accessible: self.policy.may_use(kind), live })
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // Nothing is left that an event could come from.
        self.queue.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Events;
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    #[test]
    fn events_and_callbacks_that_wait_are_signalled_until_they_were_fetched() {
        let context = Context::new(PolicyOptions::default(), true);
        context.queue.start();
        let (tx, rx) = channel();
        let _listener = context.listeners.add(EventType::IndicatorChange, Arc::new(move |event| tx.send(event.object_id()).unwrap()));
        assert!(!context.signal.is_given());
        context.fire_own(EventType::IndicatorChange, Payload::None);
        context.fire_own(EventType::PermissionChange, Payload::None);
        let events = Events(context.queue.clone());
        assert!(context.signal.is_given() && rx.try_recv().is_err());
        assert_eq!(context.dispatcher.process(Some(Instant::now())), 1);
        assert_eq!(rx.try_recv(), Ok(context.object_id));
        assert!(context.signal.is_given(), "events wait still");
        assert!(events.next_within(Duration::ZERO).is_some() && context.signal.is_given());
        assert!(events.next_within(Duration::ZERO).is_some() && !context.signal.is_given());
    }

    #[test]
    fn a_device_is_live_from_its_first_active_track_to_its_last() {
        let context = Context::new(PolicyOptions::default(), false);
        context.queue.start();
        let events = Events(context.queue.clone());
        let camera = MediaDeviceKind::VideoInput;
        assert_eq!(context.device_indicator("a"), None);
        for (more, live) in [(true, true), (true, true), (false, true), (false, false)] {
            context.count_active("a", camera, more);
            assert_eq!((context.indicator(camera).live, context.device_indicator("a").unwrap().live), (live, live));
        }
        assert!(!context.indicator(MediaDeviceKind::AudioInput).live);
        assert_eq!(std::iter::from_fn(|| events.next_within(Duration::ZERO)).count(), 2);
    }
}
