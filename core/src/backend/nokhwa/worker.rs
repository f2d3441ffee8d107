//! The thread on which everything of one camera happens.
//!
//! nokhwa's calls block, some of them for ever, and can panic. So the objects live on a thread of their own, and whoever
//! wants something of them asks it and waits for a limited time. A thread that does not come back is left behind: it gives
//! the camera up when its call returns.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::backend::{Dropped, Mode, Next};
use crate::frame::pool::{HeapPool, Wake};
use crate::threads::spawn;
use crate::{Error, ErrorKind, Result};

/// How long opening a camera may take.
const OPEN: Duration = Duration::from_secs(10);
/// How long starting a stream may take.
const START: Duration = Duration::from_secs(10);
/// How long a stream may take to stop before it is left to itself.
const STOP: Duration = Duration::from_secs(1);
/// How long a camera may take to be given up, from when its stream was to stop: less than what closing has for everything.
const CLOSE: Duration = Duration::from_millis(1500);
/// Frames that wait for the capture thread; the oldest goes when there are more.
const QUEUE: usize = 4;
/// Frames that may be held at the same time, by the queue, by readers and by the program.
const FRAMES: usize = 24;
/// So many frames may fail in a row before the camera counts as lost.
const MAX_FAILURES: u32 = 50;
const FAILURE_PAUSE: Duration = Duration::from_millis(20);
/// After this time without frames it is looked whether the camera is still there.
const SILENCE: Duration = Duration::from_secs(1);

/// A camera as the thread has it. Nothing of it leaves the thread.
pub(super) trait Native {
    fn start(&mut self, mode: &Mode) -> Result<()>;

    /// The next frame, or why there is none. May block for ever.
    fn frame(&mut self, pool: &Arc<HeapPool>) -> Result<Next>;

    fn stop(&mut self);
}

/// Whether the camera is still there; `None` when that cannot be said.
pub(super) type Presence = Arc<dyn Fn() -> Option<bool> + Send + Sync>;

type Job<N> = Box<dyn FnOnce(&mut N) + Send>;

/// One camera's thread, seen from the others. Dropping it gives the camera up.
pub(super) struct Worker<N> {
    shared: Arc<Shared<N>>,
}

struct Shared<N> {
    label: String,
    presence: Presence,
    state: Mutex<State<N>>,
    changed: Condvar,
}

struct State<N> {
    /// Calls that wait for their turn, by their numbers.
    jobs: VecDeque<(u64, Job<N>)>,
    calls: u64,
    opened: Option<Result<()>>,
    /// What is to stream, and what does.
    wanted: Option<Mode>,
    running: Option<Mode>,
    /// The stream is being stopped or started: `running` is not true any more.
    switching: bool,
    /// Since when a stop is waited for that has not come yet. It is waited for once, however often it is asked.
    leaving: Option<Instant>,
    /// How often something was wanted, and up to which of these it was done.
    asked: u64,
    done: u64,
    outcome: Result<()>,
    frames: VecDeque<Next>,
    last_frame: Instant,
    /// Somebody looks whether the camera is there.
    looking: bool,
    lost: Option<Error>,
    woken: bool,
    closing: bool,
    exited: bool,
}

/// What the thread does next.
enum Step<N> {
    Job(Job<N>),
    Switch(Option<Mode>, u64),
    Frame,
    Exit,
}

impl<N: Native + 'static> Worker<N> {
    /// Starts the thread, and opens the camera there.
    pub(super) fn open(label: &str, presence: Presence, open: impl FnOnce() -> Result<N> + Send + 'static) -> Result<Worker<N>> {
        let state = State {
            jobs: VecDeque::new(),
            calls: 0,
            opened: None,
            wanted: None,
            running: None,
            switching: false,
            leaving: None,
            asked: 0,
            done: 0,
            outcome: Ok(()),
            frames: VecDeque::with_capacity(QUEUE),
            last_frame: Instant::now(),
            looking: false,
            lost: None,
            woken: false,
            closing: false,
            exited: false,
        };
        let shared = Arc::new(Shared { label: label.to_owned(), presence, state: Mutex::new(state), changed: Condvar::new() });
        let thread = shared.clone();
        spawn("ic-nokhwa", move || thread.run(open))?;
        let worker = Worker { shared };
        let opened = worker.shared.wait(Instant::now() + OPEN, |state| state.opened.take());
        match opened {
            Some(opened) => opened.map(|()| worker),
            None => Err(worker.shared.late("opening it", OPEN)),
        }
    }

    /// Has the thread do something with the camera, and waits for the result.
    pub(super) fn call<T: Send + 'static>(
        &self,
        what: &str,
        limit: Duration,
        call: impl FnOnce(&mut N) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = sync_channel(1);
        let number = {
            let mut state = self.shared.state.lock();
            if let Some(error) = &state.lost {
                return Err(error.clone());
            }
            state.calls += 1;
            let number = state.calls;
            // Nobody may wait for the answer any more.
            state.jobs.push_back((number, Box::new(move |native| drop(reply.try_send(call(native))))));
            number
        };
        self.shared.changed.notify_all();
        match answer.recv_timeout(limit) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => {
                // What was said to have failed must not happen later, and what nobody waits for must not pile up.
                self.shared.state.lock().jobs.retain(|(other, _)| *other != number);
                Err(self.shared.late(what, limit))
            }
            Err(RecvTimeoutError::Disconnected) => Err(self.shared.state.lock().lost.clone().unwrap_or_else(|| self.shared.gone())),
        }
    }

    /// Starts a stream. One that was to be stopped, but hangs, goes on if it has the same mode.
    pub(super) fn start(&self, mode: &Mode) -> Result<()> {
        self.shared.state.lock().leaving = None;
        self.want(Some(*mode), Instant::now() + START).unwrap_or_else(|| Err(self.shared.late("starting its stream", START)))
    }

    /// Stops the stream, or leaves it to stop when the call that hangs returns.
    pub(super) fn stop(&self) {
        let until = *self.shared.state.lock().leaving.get_or_insert_with(Instant::now) + STOP;
        // Without an answer there is nothing more to do: no frame of it reaches anybody.
        if self.want(None, until).is_some() {
            self.shared.state.lock().leaving = None;
        }
    }

    fn want(&self, mode: Option<Mode>, until: Instant) -> Option<Result<()>> {
        let asked = {
            let mut state = self.shared.state.lock();
            state.frames.clear();
            state.wanted = mode;
            state.asked += 1;
            state.last_frame = Instant::now();
            if state.running == mode && !state.switching {
                state.done = state.asked;
                state.outcome = Ok(());
            }
            state.asked
        };
        self.shared.changed.notify_all();
        self.shared.wait(until, |state| match &state.lost {
            Some(error) => Some(Err(error.clone())),
            None => (state.done >= asked).then(|| state.outcome.clone()),
        })
    }

    /// The next frame, when one comes before the deadline and before somebody wakes this.
    pub(super) fn next(&self, deadline: Instant) -> Result<Next> {
        let next = self.shared.wait(deadline, |state| {
            if let Some(error) = &state.lost {
                return Some(Err(error.clone()));
            }
            let frame = state.frames.pop_front();
            frame.map(Ok).or_else(|| std::mem::take(&mut state.woken).then_some(Ok(Next::Nothing)))
        });
        match next {
            Some(next) => next,
            None => {
                Shared::look(&self.shared);
                Ok(Next::Nothing)
            }
        }
    }

    pub(super) fn waker(&self) -> Arc<dyn Wake>
    where
        N: 'static,
    {
        self.shared.clone()
    }
}

impl<N> Drop for Worker<N> {
    fn drop(&mut self) {
        let until = {
            let mut state = self.shared.state.lock();
            state.closing = true;
            state.leaving.unwrap_or_else(Instant::now) + CLOSE
        };
        self.shared.changed.notify_all();
        self.shared.wait(until, |state| state.exited.then_some(()));
    }
}

// The state is behind its lock, and the camera itself stays on its thread.
impl<N: 'static> Wake for Shared<N> {
    fn wake(&self) {
        self.state.lock().woken = true;
        self.changed.notify_all();
    }
}

impl<N> Shared<N> {
    /// Waits until there is something to take from the state; `None` when there is nothing until then.
    fn wait<T>(&self, until: Instant, take: impl Fn(&mut State<N>) -> Option<T>) -> Option<T> {
        let mut state = self.state.lock();
        loop {
            let taken = take(&mut state);
            if taken.is_some() || self.changed.wait_until(&mut state, until).timed_out() {
                return taken.or_else(|| take(&mut state));
            }
        }
    }

    fn late(&self, what: &str, limit: Duration) -> Error {
        Error::new(
            ErrorKind::TimedOut,
            format!("the camera {:?} does not answer: {what} took longer than {limit:.0?}. Unplug it and plug it in again", self.label),
        )
    }

    fn gone(&self) -> Error {
        Error::new(ErrorKind::DeviceLost, format!("the camera {:?} was unplugged", self.label))
    }

    fn lose(&self, error: Error) {
        let mut state = self.state.lock();
        state.lost.get_or_insert(error);
        state.jobs.clear();
        drop(state);
        self.changed.notify_all();
    }
}

impl<N: Native + 'static> Shared<N> {
    fn run(&self, open: impl FnOnce() -> Result<N>) {
        let opened = self.guarded("opening it", open).and_then(|opened| opened);
        let (native, answer) = match opened {
            Ok(native) => (Some(native), Ok(())),
            Err(error) => (None, Err(error)),
        };
        self.state.lock().opened = Some(answer);
        self.changed.notify_all();
        if let Some(mut native) = native {
            self.serve(&mut native);
            // The end of a camera can panic as well.
            let _ = self.guarded("giving it up", move || {
                native.stop();
                drop(native);
            });
        }
        let mut state = self.state.lock();
        state.exited = true;
        // Whoever waits for these is told by the closed channel.
        state.jobs.clear();
        drop(state);
        self.changed.notify_all();
    }

    /// Runs a call of the library behind this; a panic in there is the end of the camera, and of nothing else.
    fn guarded<T>(&self, what: &str, call: impl FnOnce() -> T) -> Result<T> {
        catch_unwind(AssertUnwindSafe(call)).map_err(|_| {
            let error = Error::new(ErrorKind::DeviceLost, format!("nokhwa failed with the camera {:?} ({what})", self.label));
            self.lose(error.clone());
            error
        })
    }

    fn step(&self) -> Step<N> {
        let mut state = self.state.lock();
        loop {
            if state.closing || state.lost.is_some() {
                return Step::Exit;
            }
            if let Some((_, job)) = state.jobs.pop_front() {
                return Step::Job(job);
            }
            if state.wanted != state.running {
                state.switching = true;
                return Step::Switch(state.wanted, state.asked);
            }
            if state.done < state.asked {
                // While it was stopped or started, something else was wanted, and then this again.
                (state.done, state.outcome) = (state.asked, Ok(()));
                self.changed.notify_all();
            }
            if state.running.is_some() {
                return Step::Frame;
            }
            self.changed.wait(&mut state);
        }
    }

    fn serve(&self, native: &mut N) {
        let pool = HeapPool::new(FRAMES);
        let mut failures = 0;
        loop {
            match self.step() {
                Step::Exit => return,
                Step::Job(job) => drop(self.guarded("a control", || job(native))),
                Step::Switch(mode, asked) => {
                    let outcome = self.guarded("its stream", || {
                        native.stop();
                        mode.map_or(Ok(()), |mode| native.start(&mode))
                    });
                    let outcome = outcome.and_then(|outcome| outcome);
                    failures = 0;
                    let mut state = self.state.lock();
                    state.switching = false;
                    state.running = if outcome.is_ok() { mode } else { None };
                    if state.running.is_none() {
                        state.leaving = None;
                    }
                    if outcome.is_err() && state.asked == asked {
                        state.wanted = None;
                    }
                    state.done = asked;
                    state.outcome = outcome;
                    state.last_frame = Instant::now();
                    drop(state);
                    self.changed.notify_all();
                }
                Step::Frame => match self.guarded("a frame", || native.frame(&pool)) {
                    Ok(Ok(next)) => {
                        failures = 0;
                        self.arrived(next);
                    }
                    Ok(Err(error)) => {
                        failures += 1;
                        self.failed(&error, failures);
                    }
                    Err(_) => return,
                },
            }
        }
    }

    fn arrived(&self, next: Next) {
        let mut state = self.state.lock();
        let old = if state.closing || state.wanted != state.running {
            Some(next)
        } else {
            state.last_frame = Instant::now();
            let oldest = if state.frames.len() >= QUEUE { state.frames.pop_front() } else { None };
            state.frames.push_back(next);
            oldest
        };
        drop(state);
        drop(old);
        self.changed.notify_all();
    }

    /// A frame failed: the camera is gone, or it is worth another try.
    fn failed(&self, error: &Error, failures: u32) {
        if self.guarded("looking for it", || (self.presence)()).is_ok_and(|there| there == Some(false)) {
            return self.lose(self.gone());
        }
        if failures >= MAX_FAILURES {
            let why = format!("the camera {:?} gives no frames any more: {}", self.label, error.message());
            return self.lose(Error::new(ErrorKind::DeviceLost, why));
        }
        let mut state = self.state.lock();
        if !state.frames.iter().any(|next| matches!(next, Next::Dropped(_))) {
            state.frames.push_back(Next::Dropped(Dropped::Damaged));
        }
        self.changed.notify_all();
        // Something to do ends the pause.
        let until = Instant::now() + FAILURE_PAUSE;
        while state.jobs.is_empty() && state.wanted == state.running && !state.closing {
            if self.changed.wait_until(&mut state, until).timed_out() {
                return;
            }
        }
    }

    /// When there have been no frames for a while: looks whether the camera is there, on a thread of its own, because nokhwa's
    /// wait for a frame of a camera that is gone may never end.
    fn look(shared: &Arc<Shared<N>>) {
        {
            let mut state = shared.state.lock();
            if state.looking || state.running.is_none() || state.last_frame.elapsed() < SILENCE {
                return;
            }
            state.looking = true;
        }
        let own = shared.clone();
        let look = move || {
            let there = catch_unwind(AssertUnwindSafe(|| (own.presence)())).unwrap_or(None);
            own.state.lock().looking = false;
            if there == Some(false) {
                own.lose(own.gone());
            }
        };
        // Without a thread the next wait tries again.
        if spawn("ic-nokhwa-look", look).is_err() {
            shared.state.lock().looking = false;
        }
    }
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
