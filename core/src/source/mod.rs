//! An opened camera, shared by all tracks that show it.
//!
//! Two threads serve it. The *control* thread opens the device and runs commands one after the other
//! (adding a track, applying constraints, taking a photo); one control transfer can keep it in the kernel
//! for seconds. The *capture* thread waits for frames and hands them to the tracks meanwhile. Both end
//! when the last track has ended.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::backend::{Camera, ChangedControl, Mode, Rate};
use crate::threads::{Latch, spawn};
use crate::{Error, ErrorKind, Frame, Result};

mod capture;
mod change;
mod command;
mod control;
mod delivery;
mod idle;
#[cfg(test)]
mod idle_tests;
mod photo;
mod plan;
mod raw;
mod settle;
mod shoot;
mod sink;
mod space;
mod stall;
#[cfg(test)]
mod tests;

pub(crate) use command::{Command, NewTrack};
pub(crate) use delivery::Shown;
pub(crate) use photo::{Ask, PhotoPromise, PhotoRequest, Series};
pub(crate) use raw::RawRequest;
pub(crate) use sink::{EndReason, Ended, Grab, TrackSink};
#[cfg(target_os = "linux")]
pub(crate) use space::ONCE;
pub(crate) use space::{AUTOMATIC, capabilities, hide_moves, space_of};

/// How long closing waits for threads that the kernel holds.
pub(crate) const CLOSING: Duration = Duration::from_millis(1800);
/// How often closing looks whether only others use a camera.
const LOOK: Duration = Duration::from_millis(20);
/// Photos that may wait for each other (P4).
const MAX_PHOTOS: usize = 8;

/// The opened cameras of this process, by key: the one piece of global state. A second opening shares
/// the source instead of meeting our own lock as "busy".
static REGISTRY: Mutex<Option<HashMap<String, Weak<Source>>>> = Mutex::new(None);

/// What the threads and the tracks share.
pub(crate) struct Source {
    camera: Arc<dyn Camera>,
    commands: Mutex<Commands>,
    commands_changed: Condvar,
    capture: capture::Link,
    timing: stall::Timing,
    live: Mutex<Live>,
    /// Both threads have ended; the device is free.
    closed: Latch,
}

#[derive(Default)]
struct Commands {
    queue: VecDeque<Command>,
    /// No command is taken any more.
    closed: bool,
    /// Something changed that the control thread has to look at.
    nudged: bool,
    /// The camera was changed by somebody else, these of its controls among others, each once.
    changed: Option<Vec<ChangedControl>>,
}

/// What changes while the camera is open.
#[derive(Default)]
struct Live {
    sinks: Vec<Arc<TrackSink>>,
    mode: Option<Mode>,
    /// The rate that the driver really uses.
    rate: Option<Rate>,
    /// What it delivers, or delivered last.
    output: Option<delivery::Output>,
    /// It cannot give frames at present.
    muted: bool,
    latest: Option<Frame>,
    blanks: delivery::Blanks,
    /// Photos that wait for their frame.
    photos: Vec<capture::PhotoWait>,
    /// The mode of a photo that is under way: its frames are for that alone, and the tracks are muted meanwhile.
    still: Option<Mode>,
    lost: Option<Error>,
}

impl Source {
    /// The source of a camera: the one that is open, or a new one whose threads have just started.
    pub(crate) fn acquire(camera: &Arc<dyn Camera>) -> Result<Arc<Source>> {
        let key = camera.info().key.clone();
        loop {
            let closing = {
                let mut registry = REGISTRY.lock();
                let sources = registry.get_or_insert_default();
                match sources.get(&key).and_then(Weak::upgrade) {
                    Some(source) if source.is_open() => return Ok(source),
                    Some(source) if !source.closed.is_set() => source,
                    _ => {
                        let source = Source::start(camera.clone())?;
                        sources.insert(key, Arc::downgrade(&source));
                        return Ok(source);
                    }
                }
            };
            // The last user has just left. The device is free in a moment.
            if !closing.closed.wait_until(Instant::now() + CLOSING) {
                return Err(Error::new(
                    ErrorKind::NotReadable,
                    format!("the camera {:?} is still being closed: its driver does not answer. Try again later", camera.info().label),
                ));
            }
        }
    }

    /// The camera with this key, if it is open; asking the hardware again could disturb it or take long.
    pub(crate) fn opened(key: &str) -> Option<Arc<dyn Camera>> {
        let source = REGISTRY.lock().as_ref()?.get(key)?.upgrade()?;
        source.is_open().then(|| source.camera.clone())
    }

    fn is_open(&self) -> bool {
        !self.commands.lock().closed && self.live.lock().lost.is_none()
    }

    fn new(camera: Arc<dyn Camera>, timing: stall::Timing) -> Arc<Source> {
        Arc::new(Source {
            camera,
            commands: Mutex::default(),
            commands_changed: Condvar::new(),
            capture: capture::Link::default(),
            timing,
            live: Mutex::default(),
            closed: Latch::default(),
        })
    }

    fn start(camera: Arc<dyn Camera>) -> Result<Arc<Source>> {
        let source = Source::new(camera, stall::Timing::default());
        let shared = source.clone();
        spawn("ic-control", move || control::run(&shared))?;
        Ok(source)
    }

    /// Gives a command to the control thread; gives it back when the source is closing.
    pub(crate) fn submit(&self, command: Command) -> std::result::Result<(), Box<Command>> {
        command.end_with_its_track();
        let mut commands = self.commands.lock();
        if commands.closed {
            return Err(Box::new(command));
        }
        commands.queue.push_back(command);
        drop(commands);
        self.commands_changed.notify_all();
        Ok(())
    }

    /// As `submit`, for a photo: at most so many wait, and a source that takes no commands fails it.
    pub(crate) fn submit_photo(&self, command: Command) {
        command.end_with_its_track();
        let mut commands = self.commands.lock();
        let waiting =
            commands.queue.iter().filter(|command| matches!(command, Command::Photo(_, _, promise) if !promise.is_settled())).count();
        let refused = if waiting >= MAX_PHOTOS {
            Some(format!("{waiting} photos are waiting to be taken already, which is the limit; wait for one of them"))
        } else {
            commands.closed.then(|| "the camera is being closed".to_owned())
        };
        match (refused, command) {
            (Some(why), Command::Photo(_, _, promise)) => {
                drop(commands);
                promise.reject(Error::new(ErrorKind::Unknown, why));
            }
            (_, command) => {
                commands.queue.push_back(command);
                drop(commands);
                self.commands_changed.notify_all();
            }
        }
    }

    /// A second sink with what the first one has, in the same state.
    pub(crate) fn clone_sink(&self, sink: &Arc<TrackSink>) -> Arc<TrackSink> {
        let mut live = self.live.lock();
        let clone = sink.duplicate();
        if clone.ended().is_none() {
            // A live track is in the list, so the source is open and not lost.
            live.sinks.push(clone.clone());
        }
        clone
    }

    /// Has the control thread look at what has changed.
    pub(crate) fn nudge(&self) {
        self.commands.lock().nudged = true;
        self.commands_changed.notify_all();
    }

    /// Takes a track that has ended off the source. The device is closed behind the last one.
    pub(crate) fn detach(&self, sink: &Arc<TrackSink>) {
        let is_last = {
            let mut live = self.live.lock();
            live.sinks.retain(|other| !Arc::ptr_eq(other, sink));
            live.sinks.is_empty()
        };
        self.leave(is_last);
    }

    /// Whether it is a microphone.
    pub(crate) fn is_audio(&self) -> bool {
        self.camera.info().is_audio
    }

    /// Ends all tracks that came from one `MediaDevices`.
    pub(crate) fn end_tracks(&self, owner: u64, reason: &EndReason) {
        // Ended under the lock, so that no clone of a track can slip in between.
        let (ended, is_last): (Vec<_>, bool) = {
            let mut live = self.live.lock();
            let ended = live.sinks.extract_if(.., |sink| sink.owner() == owner).filter_map(|sink| sink.end(reason.clone())).collect();
            (ended, live.sinks.is_empty())
        };
        self.leave(is_last);
        ended.into_iter().for_each(Ended::tell);
    }

    /// Tracks have gone. Behind the last one the stream stops at once, even while the control thread is held in the
    /// kernel: other programs can have the camera.
    fn leave(&self, is_last: bool) {
        if is_last {
            self.capture.post(capture::Request::Release);
        }
        self.nudge();
    }

    /// The camera gives no frames for the time being, or gives them again. Once all tracks say so, each of them
    /// fires the event. Saying the same again has no effect. While it gives none, its tracks give black ones.
    pub(crate) fn set_muted(&self, muted: bool) {
        let stale = {
            let mut live = self.live.lock();
            if live.lost.is_some() || live.muted == muted {
                return;
            }
            live.muted = muted;
            live.sinks.iter().for_each(|sink| sink.set_muted(muted));
            live.sinks.iter().for_each(|sink| sink.tell_muted());
            // No picture from before is to be seen while the camera is muted.
            live.latest.take()
        };
        drop(stale);
        self.look_again();
        // The light follows.
        self.nudge();
    }

    /// Settings of these tracks were changed by somebody else. A track that is muted is told when it is not any
    /// more.
    pub(crate) fn configuration_changed(&self, sinks: &[Arc<TrackSink>]) {
        // Muting does not happen in between.
        let _live = self.live.lock();
        sinks.iter().for_each(|sink| sink.tell_changed());
    }

    /// These controls were changed, and not through the track that is left out.
    fn controls_changed(&self, controls: &[raw::Moving], own: Option<&Arc<TrackSink>>) {
        // An event of a camera that is lost comes before the end of its tracks or not at all.
        let live = self.live.lock();
        for sink in live.sinks.iter().filter(|sink| own.is_none_or(|own| !Arc::ptr_eq(own, sink))) {
            controls
                .iter()
                .filter(|control| !control.moves || sink.may_move_camera())
                .for_each(|control| sink.tell_control(&control.changed));
        }
    }

    /// Somebody else has changed something about the camera: the control thread looks what it is.
    fn look_at_camera(&self, controls: Vec<ChangedControl>) {
        let mut commands = self.commands.lock();
        let changed = commands.changed.get_or_insert_default();
        for control in controls {
            if !changed.contains(&control) {
                changed.push(control);
            }
        }
        commands.nudged = true;
        drop(commands);
        self.commands_changed.notify_all();
    }

    /// The newest frame, as a track shows it.
    pub(crate) fn latest(&self, sink: &TrackSink) -> Option<Shown> {
        let mut live = self.live.lock();
        let live = &mut *live;
        sink.latest(live.latest.clone(), live.muted, live.output.as_ref(), &mut live.blanks)
    }

    /// Has the capture thread look at what has changed: a reader that is to get black frames may be waiting.
    pub(crate) fn look_again(&self) {
        self.capture.nudge();
    }

    /// Waits until the source is closed or only tracks of others are left, but not past the deadline.
    pub(crate) fn wait_unused(&self, owner: u64, deadline: Instant) {
        let shared = || {
            let live = self.live.lock();
            !live.sinks.is_empty() && live.sinks.iter().all(|sink| sink.owner() != owner)
        };
        while Instant::now() < deadline && !shared() {
            if self.closed.wait_until((Instant::now() + LOOK).min(deadline)) {
                return;
            }
        }
    }

    /// Waits until the source is closed, but not past the deadline, and not when it still has tracks.
    pub(crate) fn wait_idle(&self, deadline: Instant) {
        if self.live.lock().sinks.is_empty() {
            self.closed.wait_until(deadline);
        }
    }

    /// The camera is gone: all tracks end, everything that waits fails.
    fn lose(&self, error: &Error) {
        let (ended, photos) = {
            let mut live = self.live.lock();
            if live.lost.is_some() {
                return;
            }
            live.lost = Some(error.clone());
            live.latest = None;
            let ended: Vec<_> = live.sinks.drain(..).filter_map(|sink| sink.end(EndReason::Lost(error.clone()))).collect();
            (ended, std::mem::take(&mut live.photos))
        };
        ended.into_iter().for_each(Ended::tell);
        // Dropping the channels tells the waiting photos.
        drop(photos);
        self.nudge();
    }

    fn close_finished(&self) {
        self.closed.set();
        let key = &self.camera.info().key;
        if let Some(sources) = REGISTRY.lock().as_mut() {
            // A new source of the same hardware may have taken the place.
            if sources.get(key).is_some_and(|s| std::ptr::eq(s.as_ptr(), self)) {
                sources.remove(key);
            }
        }
    }
}
