//! What happened, and who is told.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::backend::ChangedControl;
use crate::signal::{Reason, Signal};
use crate::{MediaDeviceInfo, Permission, PermissionState, Timeout};

/// Events that wait to be fetched; beyond them the oldest are dropped.
const QUEUE: usize = 1024;

macro_rules! types {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal;)+) => {
        /// What can happen to a track or to a [`MediaDevices`](crate::MediaDevices).
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventType {
            $($(#[$doc])+ $variant,)+
        }

        impl EventType {
            /// Every type.
            pub const ALL: &'static [EventType] = &[$(EventType::$variant),+];

            /// The name of the event, for example `"devicechange"`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(EventType::$variant => $name,)+
                }
            }
        }
    };
}

types! {
    /// Track: its camera gives no frames for the time being.
    ///
    /// W3C: [`mute`](https://www.w3.org/TR/mediacapture-streams/#event-mediastreamtrack-mute).
    Mute = "mute";
    /// Track: its camera gives frames again.
    ///
    /// W3C: [`unmute`](https://www.w3.org/TR/mediacapture-streams/#event-mediastreamtrack-unmute).
    Unmute = "unmute";
    /// Track: it ended, and not because the program stopped it or closed its `MediaDevices`.
    ///
    /// W3C: [`ended`](https://www.w3.org/TR/mediacapture-streams/#event-mediastreamtrack-ended).
    Ended = "ended";
    /// Track: its settings were changed from elsewhere, such as through another track of its camera.
    ///
    /// W3C: [`configurationchange`](https://www.w3.org/TR/mediacapture-extensions/#event-configurationchange).
    ConfigurationChange = "configurationchange";
    /// Track: a control of its camera has another value, range or flags than before, and not through this track. One event
    /// tells of one [control](Event::control_name). Outside the W3C model.
    ControlChange = "controlchange";
    /// Devices: some came or went, or another one is the default.
    ///
    /// W3C: [`devicechange`](https://www.w3.org/TR/mediacapture-streams/#event-mediadevices-devicechange).
    DeviceChange = "devicechange";
    /// Devices: the state of a permission changed, through the program or by the answer to a prompt.
    PermissionChange = "permissionchange";
    /// Devices: what [`indicator`](crate::MediaDevices::indicator) tells has changed.
    IndicatorChange = "indicatorchange";
    /// Queue only: events were dropped, because too many waited to be fetched. Those that follow are complete.
    Overflow = "overflow";
}

impl EventType {
    /// Finds a type by its name.
    pub fn from_name(name: &str) -> Option<EventType> {
        EventType::ALL.iter().copied().find(|event_type| event_type.as_str() == name)
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that happened. The state of the object that it happened to was changed before.
#[derive(Clone, Debug)]
pub struct Event {
    event_type: EventType,
    timestamp: Duration,
    object_id: u64,
    track_id: Option<Arc<str>>,
    payload: Payload,
}

#[derive(Clone, Debug)]
pub(crate) enum Payload {
    None,
    Devices { now: Arc<[MediaDeviceInfo]>, inserted: Arc<[MediaDeviceInfo]> },
    Permission(Permission, PermissionState),
    Control(ChangedControl),
}

impl Event {
    pub(crate) fn of_track(event_type: EventType, object_id: u64, track_id: &Arc<str>) -> Event {
        Event { event_type, timestamp: crate::clock::now(), object_id, track_id: Some(track_id.clone()), payload: Payload::None }
    }

    pub(crate) fn of_control(object_id: u64, track_id: &Arc<str>, control: &ChangedControl) -> Event {
        Event { payload: Payload::Control(control.clone()), ..Event::of_track(EventType::ControlChange, object_id, track_id) }
    }

    pub(crate) fn of_devices(event_type: EventType, object_id: u64, payload: Payload) -> Event {
        Event { event_type, timestamp: crate::clock::now(), object_id, track_id: None, payload }
    }

    /// What happened.
    #[doc(alias = "type")]
    pub fn event_type(&self) -> EventType {
        self.event_type
    }

    /// When, on the clock of [`Frame::timestamp`](crate::Frame::timestamp).
    pub fn timestamp(&self) -> Duration {
        self.timestamp
    }

    /// The id of the track or of the `MediaDevices` that it happened to.
    pub fn object_id(&self) -> u64 {
        self.object_id
    }

    /// The [id](crate::MediaStreamTrack::id) of the track that it happened to.
    pub fn track_id(&self) -> Option<&str> {
        self.track_id.as_deref()
    }

    /// With [`EventType::DeviceChange`]: the devices that there are now.
    ///
    /// W3C: [`devices`](https://www.w3.org/TR/mediacapture-streams/#dom-devicechangeevent-devices).
    pub fn devices(&self) -> Option<&[MediaDeviceInfo]> {
        match &self.payload {
            Payload::Devices { now, .. } => Some(now),
            _ => None,
        }
    }

    /// With [`EventType::DeviceChange`]: those of them that were not there before.
    ///
    /// W3C: [`userInsertedDevices`](https://www.w3.org/TR/mediacapture-streams/#dom-devicechangeevent-userinserteddevices).
    #[doc(alias = "userInsertedDevices")]
    pub fn user_inserted_devices(&self) -> &[MediaDeviceInfo] {
        match &self.payload {
            Payload::Devices { inserted, .. } => inserted,
            _ => &[],
        }
    }

    /// With [`EventType::PermissionChange`]: the permission and its new state.
    pub fn permission(&self) -> Option<(Permission, PermissionState)> {
        match self.payload {
            Payload::Permission(permission, state) => Some((permission, state)),
            _ => None,
        }
    }

    /// With [`EventType::ControlChange`]: the [id](crate::DeviceControl::id) of the control.
    pub fn control_id(&self) -> Option<u32> {
        match &self.payload {
            Payload::Control(control) => Some(control.id),
            _ => None,
        }
    }

    /// With [`EventType::ControlChange`]: the [name](crate::DeviceControl::name) of the control.
    pub fn control_name(&self) -> Option<&str> {
        match &self.payload {
            Payload::Control(control) => Some(&control.name),
            _ => None,
        }
    }
}

/// An id that no other object of this process has or will have.
pub(crate) fn new_object_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

type Callback = Arc<dyn Fn(&Event) + Send + Sync>;

/// One listener as its object knows it.
#[derive(Clone)]
pub(crate) struct Entry {
    event_type: EventType,
    active: Arc<AtomicBool>,
    callback: Callback,
}

impl Entry {
    /// Calls the listener, unless it was removed meanwhile.
    pub(crate) fn call(&self, event: &Event) {
        if self.active.load(Ordering::Acquire) {
            (self.callback)(event);
        }
    }
}

type List = Mutex<Vec<Entry>>;

/// The listeners of one object.
#[derive(Default)]
pub(crate) struct Listeners(Arc<List>);

impl Listeners {
    pub(crate) fn add(&self, event_type: EventType, callback: Callback) -> Listener {
        let active = Arc::new(AtomicBool::new(true));
        self.0.lock().push(Entry { event_type, active: active.clone(), callback });
        Listener { list: Arc::downgrade(&self.0), active, detached: false }
    }

    /// Those that hear of a type of event now.
    pub(crate) fn of(&self, event_type: EventType) -> Vec<Entry> {
        self.0.lock().iter().filter(|entry| entry.event_type == event_type).cloned().collect()
    }

    /// Forgets all of them: nothing happens to this object any more. What has happened is still told. To be
    /// dropped where no lock is held.
    pub(crate) fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut *self.0.lock())
    }
}

/// Keeps a callback registered: dropping it removes the callback. A call that is under way on another
/// thread may still finish. It may be dropped inside of its own callback.
#[must_use = "dropping a Listener removes its callback; keep it, or detach it"]
pub struct Listener {
    list: Weak<List>,
    active: Arc<AtomicBool>,
    detached: bool,
}

impl Listener {
    /// One of an object to which nothing happens any more.
    pub(crate) fn of_nothing() -> Listener {
        Listener { list: Weak::new(), active: Arc::default(), detached: false }
    }

    /// Leaves the callback registered for as long as its object lives.
    pub fn detach(mut self) {
        self.detached = true;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if self.detached {
            return;
        }
        self.active.store(false, Ordering::Release);
        if let Some(list) = self.list.upgrade() {
            // Dropping the callback is code of the program: it happens behind the lock.
            let removed: Vec<Entry> = list.lock().extract_if(.., |entry| Arc::ptr_eq(&entry.active, &self.active)).collect();
            drop(removed);
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("active", &self.active.load(Ordering::Relaxed)).finish_non_exhaustive()
    }
}

/// Where events wait to be fetched.
pub(crate) struct EventQueue {
    state: Mutex<QueueState>,
    changed: Condvar,
    signal: Arc<Signal>,
    /// The object that an overflow is reported of.
    object_id: u64,
}

#[derive(Default)]
struct QueueState {
    started: bool,
    closed: bool,
    events: VecDeque<Event>,
    /// Events were dropped in front of the first one that waits.
    overflow: Option<Event>,
}

impl EventQueue {
    pub(crate) fn new(object_id: u64, signal: Arc<Signal>) -> Arc<EventQueue> {
        Arc::new(EventQueue { state: Mutex::default(), changed: Condvar::new(), signal, object_id })
    }

    /// Keeps events from now on.
    pub(crate) fn start(&self) {
        self.state.lock().started = true;
    }

    /// No event comes any more.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.changed.notify_all();
    }

    pub(crate) fn push(&self, event: Event) {
        let mut state = self.state.lock();
        if !state.started || state.closed {
            return;
        }
        if state.events.len() == QUEUE {
            state.events.pop_front();
            if state.overflow.is_none() {
                state.overflow = Some(Event::of_devices(EventType::Overflow, self.object_id, Payload::None));
            }
        }
        state.events.push_back(event);
        self.signal.set(Reason::Events, true);
        self.changed.notify_one();
    }

    fn next(&self, deadline: Option<Instant>) -> Option<Event> {
        let mut state = self.state.lock();
        loop {
            let event = state.overflow.take().or_else(|| state.events.pop_front());
            if event.is_some() {
                self.signal.set(Reason::Events, !state.events.is_empty());
                return event;
            }
            if state.closed {
                return None;
            }
            match deadline {
                None => self.changed.wait(&mut state),
                Some(deadline) if deadline > Instant::now() => drop(self.changed.wait_until(&mut state, deadline)),
                Some(_) => return None,
            }
        }
    }
}

/// The events of a [`MediaDevices`](crate::MediaDevices) and of all its tracks, one after the other: an
/// iterator that waits for the next one, and ends when the `MediaDevices` was closed and no event is left.
///
/// Up to 1,024 events wait to be fetched. Beyond that the oldest are dropped, and one
/// [`EventType::Overflow`] says so.
///
/// Clones are handles to the same queue: each event goes to one of them.
#[derive(Clone)]
pub struct Events(pub(crate) Arc<EventQueue>);

impl Events {
    /// Waits for the next event; `None` when none came in time, or none will. There is no limit of its own:
    /// [`Timeout::Default`] is as long as it takes. `Duration::ZERO` only looks.
    pub fn next_within(&self, limit: impl Into<Timeout>) -> Option<Event> {
        self.0.next(limit.into().deadline_if_given())
    }

    /// Whether no event will come any more: the `MediaDevices` was closed and none is left.
    pub fn is_over(&self) -> bool {
        let state = self.0.state.lock();
        state.closed && state.overflow.is_none() && state.events.is_empty()
    }
}

impl Iterator for Events {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        self.0.next(None)
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("waiting", &self.0.state.lock().events.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(object_id: u64) -> Event {
        Event::of_devices(EventType::IndicatorChange, object_id, Payload::None)
    }

    #[test]
    fn names_find_their_type_again() {
        for &event_type in EventType::ALL {
            assert_eq!(EventType::from_name(event_type.as_str()), Some(event_type));
        }
        assert_eq!(EventType::from_name("Ended"), None);
    }

    #[test]
    fn a_queue_starts_when_asked_and_ends_empty() {
        let queue = EventQueue::new(1, Arc::default());
        queue.push(event(1));
        queue.start();
        queue.push(event(2));
        queue.close();
        queue.push(event(3));
        let mut events = Events(queue);
        assert!(!events.is_over());
        let ids: Vec<_> = events.by_ref().map(|event| event.object_id()).collect();
        assert_eq!((ids, events.is_over()), (vec![2], true));
    }

    #[test]
    fn an_overflow_is_told_once_in_front_of_what_is_left() {
        let queue = EventQueue::new(7, Arc::default());
        queue.start();
        let last = QUEUE as u64 + 10;
        (1..=last).for_each(|id| queue.push(event(id)));
        let mut events = Events(queue.clone());
        let first = events.next().unwrap();
        assert_eq!((first.event_type(), first.object_id()), (EventType::Overflow, 7));
        let ids: Vec<_> = std::iter::from_fn(|| events.next_within(Duration::ZERO)).map(|event| event.object_id()).collect();
        assert_eq!((ids.len(), ids[0], ids[QUEUE - 1]), (QUEUE, 11, last));
        queue.push(event(1));
        assert_eq!(events.next().unwrap().object_id(), 1, "no second overflow");
    }

    #[test]
    fn a_dropped_listener_is_gone_and_a_detached_one_stays() {
        let listeners = Listeners::default();
        let listener = listeners.add(EventType::Ended, Arc::new(|_| ()));
        listeners.add(EventType::Ended, Arc::new(|_| ())).detach();
        assert_eq!((listeners.of(EventType::Ended).len(), listeners.of(EventType::Mute).len()), (2, 0));
        let under_way = listeners.of(EventType::Ended).remove(0);
        drop(listener);
        assert_eq!(listeners.of(EventType::Ended).len(), 1);
        assert!(!under_way.active.load(Ordering::Acquire), "an event that waits for delivery is not told any more");
    }
}
