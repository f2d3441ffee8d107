//! What others change about the controls of a camera while it is open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::inventory::Inventory;
use super::sys::{self, Node, WakeUp};
use super::table;
use crate::backend::{ChangedControl, Next};
use crate::frame::pool::Wake;

/// The least time between two looks: an automatic that moves a control with every frame is not worth more.
const PAUSE: Duration = Duration::from_millis(100);
/// The kernel keeps one event a control; a driver that always has another one goes round in circles.
const MOST: usize = 4096;

/// What the two halves of a device tell each other.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) wake_up: Arc<WakeUp>,
    /// The privacy switch is on.
    private: AtomicBool,
    /// Controls whose menus and ranges have to be asked for again.
    stale: Mutex<BTreeSet<u32>>,
}

impl Shared {
    pub(super) fn new(wake_up: WakeUp) -> Arc<Shared> {
        Arc::new(Shared { wake_up: Arc::new(wake_up), private: AtomicBool::new(false), stale: Mutex::default() })
    }

    /// Tells what was read of the privacy switch: of what this program writes itself there is no event.
    pub(super) fn set_private(&self, private: bool) {
        if self.private.swap(private, Ordering::AcqRel) != private {
            self.wake_up.wake();
        }
    }

    /// Those of `ids`, or all, that have to be asked for again; they count as asked for.
    pub(super) fn take_stale(&self, ids: Option<&[u32]>) -> BTreeSet<u32> {
        let mut stale = self.stale.lock();
        let (taken, left) = stale.iter().partition(|id| ids.is_none_or(|ids| ids.contains(id)));
        *stale = left;
        taken
    }
}

/// The capture half's part: hears of changes between frames.
#[derive(Debug)]
pub(super) struct Events {
    shared: Arc<Shared>,
    names: BTreeMap<u32, Arc<str>>,
    next_look: Instant,
    told_private: bool,
}

impl Events {
    /// Asks to be told of changes of all controls.
    pub(super) fn new(node: &Node, inventory: &Inventory, shared: &Arc<Shared>) -> Events {
        let mut names = BTreeMap::new();
        for known in inventory.controls() {
            // A driver without events has none of this.
            if node.subscribe(known.described.id).is_ok() {
                names.insert(known.described.id, Arc::from(known.name.as_str()));
            }
        }
        Events { shared: shared.clone(), names, next_look: Instant::now(), told_private: false }
    }

    /// How long to wait for the next frame, and whether to wait for a change as well.
    pub(super) fn patience(&self, timeout: Duration) -> (Duration, bool) {
        if self.names.is_empty() {
            return (timeout, false);
        }
        let pause = self.next_look.saturating_duration_since(Instant::now());
        if pause.is_zero() { (timeout, true) } else { (timeout.min(pause), false) }
    }

    /// Whether the privacy switch is on. It counts as told.
    pub(super) fn is_private(&mut self) -> bool {
        self.told_private = self.shared.private.load(Ordering::Acquire);
        self.told_private
    }

    /// A change of the privacy switch that was not told yet.
    pub(super) fn muted(&mut self) -> Option<Next> {
        let told = self.told_private;
        (self.is_private() != told).then_some(Next::Muted(self.told_private))
    }

    /// Everything that has changed since the last look.
    pub(super) fn look(&mut self, node: &Node) -> Option<Next> {
        let mut changed = BTreeSet::new();
        for _ in 0..MOST {
            // A device that is gone says so when it is asked for a frame.
            let Ok(Some(event)) = node.control_event() else { break };
            if event.changes & sys::CHANGED_RANGE != 0 {
                self.shared.stale.lock().insert(event.id);
            }
            if event.id == table::PRIVACY.id {
                self.shared.private.store(event.value as i32 != 0, Ordering::Release);
            }
            changed.insert(event.id);
        }
        if changed.is_empty() {
            return None;
        }
        self.next_look = Instant::now() + PAUSE;
        let control = |id: u32| Some(ChangedControl { id, name: self.names.get(&id)?.clone() });
        Some(Next::Changed(changed.into_iter().filter_map(control).collect()))
    }
}
