//! Notices devices that come and go.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{Inner, start_helper};
use crate::MediaDeviceInfo;
use crate::event::{EventType, Payload};

/// Changes within this time are told together (DC1).
const DEBOUNCE: Duration = Duration::from_millis(200);

#[derive(Default)]
pub(super) struct Watch(Mutex<State>);

#[derive(Default)]
struct State {
    started: bool,
    stopped: bool,
    /// The devices of the system when they were last looked at; `None` before the first look, which tells
    /// nothing: whatever it finds was there when the watching started.
    system: Option<Vec<MediaDeviceInfo>>,
    virtuals: Vec<MediaDeviceInfo>,
    phase: Phase,
    watchers: Vec<Box<dyn Send>>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Idle,
    /// A timer runs.
    Due,
    /// A thread looks at the devices.
    Looking,
    /// As before, and what it sees is out of date already.
    LookingAgain,
}

/// Whoever looks at the devices; dropped when that is over, however it ends.
struct Looking(Arc<Inner>);

impl Drop for Looking {
    fn drop(&mut self) {
        self.0.end_looking();
    }
}

impl Watch {
    /// Nothing is told any more, and the watchers end.
    pub(super) fn stop(&self) {
        let watchers = {
            let mut state = self.0.lock();
            state.stopped = true;
            std::mem::take(&mut state.watchers)
        };
        drop(watchers);
    }
}

impl Inner {
    /// Watches from now on: what is there now is what changes are told against.
    pub(super) fn start_watching(self: &Arc<Self>) {
        {
            let mut state = self.watch.0.lock();
            if state.started || state.stopped {
                return;
            }
            state.started = true;
            state.virtuals = self.describe_all(&self.virtual_cameras());
            if self.backends.is_empty() {
                state.system = Some(Vec::new());
                return;
            }
            state.phase = Phase::Looking;
        }
        // First the watchers, then the look: nothing is missed in between.
        let watchers: Vec<_> = self.backends.iter().filter_map(|backend| backend.watch(&self.changed)).collect();
        let mut state = self.watch.0.lock();
        let refused = if state.stopped {
            watchers
        } else {
            state.watchers = watchers;
            Vec::new()
        };
        drop(state);
        drop(refused);
        self.start_looking();
    }

    /// Devices may have changed: has them looked at in a moment.
    pub(super) fn look_soon(self: &Arc<Self>) {
        let mut state = self.watch.0.lock();
        if !state.started || state.stopped {
            return;
        }
        match state.phase {
            Phase::Idle => {
                state.phase = Phase::Due;
                let weak = Arc::downgrade(self);
                self.context.dispatcher.run_at(Instant::now() + DEBOUNCE, move || {
                    if let Some(inner) = weak.upgrade() {
                        inner.watch.0.lock().phase = Phase::Looking;
                        inner.start_looking();
                    }
                });
            }
            Phase::Looking => state.phase = Phase::LookingAgain,
            Phase::Due | Phase::LookingAgain => {}
        }
    }

    /// A driver may hang while it is asked: that is no thing for the dispatcher's thread.
    fn start_looking(self: &Arc<Self>) {
        let looking = Looking(self.clone());
        let started = start_helper(move || looking.0.look());
        // Without a thread it stays unknown until the next change.
        drop(started);
    }

    fn end_looking(self: &Arc<Self>) {
        let again = {
            let mut state = self.watch.0.lock();
            let again = state.phase == Phase::LookingAgain;
            state.phase = Phase::Idle;
            again
        };
        if again {
            self.look_soon();
        }
    }

    /// Tells what has changed.
    fn look(&self) {
        // While nothing may be listed, the change waits: being visible again has the devices looked at.
        if !self.context.policy.may_enumerate() {
            return;
        }
        // A system that cannot be asked tells nothing.
        let Ok(system) = self.system_cameras() else { return };
        let system = self.describe_all(&system);
        let mut state = self.watch.0.lock();
        if state.stopped {
            return;
        }
        let virtuals = self.describe_all(&self.virtual_cameras());
        let all = |system: &[MediaDeviceInfo], virtuals: &[MediaDeviceInfo]| self.reveal(&[system, virtuals].concat());
        let last = all(state.system.as_ref().unwrap_or(&system), &state.virtuals);
        let now = all(&system, &virtuals);
        (state.system, state.virtuals) = (Some(system), virtuals);
        // The order counts: another default device is a change.
        if last.len() == now.len() && last.iter().zip(&now).all(|(last, now)| last.is_same(now)) {
            return;
        }
        let is_new = |info: &&MediaDeviceInfo| last.iter().all(|known| (known.kind, &known.device_id) != (info.kind, &info.device_id));
        let inserted: Vec<_> = now.iter().filter(is_new).cloned().collect();
        self.context.fire_own(EventType::DeviceChange, Payload::Devices { now: now.into(), inserted: inserted.into() });
    }
}
