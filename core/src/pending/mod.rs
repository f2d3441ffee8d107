//! Our promise: the result of an operation that is still under way.
//!
//! [`Pending`] is what the program holds, `Promise` what the library fulfils. The result is kept as a
//! closure that is run by whoever takes it: pixels are converted on the thread that asked for them, never
//! on the one that has the next frame to fetch.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::dispatcher::{Dispatcher, Timer};
use crate::error::Place;
use crate::{Error, ErrorKind, MediaStreamTrack, Result};

mod promise;

pub(crate) use promise::{Ongoing, Promise, Resolver};

/// How long an operation may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timeout {
    /// The operation's own limit.
    #[default]
    Default,
    /// This long.
    After(Duration),
    /// As long as it takes.
    Never,
}

impl From<Duration> for Timeout {
    fn from(duration: Duration) -> Self {
        Timeout::After(duration)
    }
}

impl Timeout {
    /// The instant at which it passes; `None` for never.
    pub(crate) fn deadline(self, own: Duration) -> Option<Instant> {
        match self {
            Timeout::Default => Instant::now().checked_add(own),
            Timeout::After(duration) => Instant::now().checked_add(duration),
            Timeout::Never => None,
        }
    }

    /// As `deadline`, where there is no limit but what is given.
    pub(crate) fn deadline_if_given(self) -> Option<Instant> {
        match self {
            Timeout::After(duration) => Instant::now().checked_add(duration),
            Timeout::Default | Timeout::Never => None,
        }
    }
}

/// What an operation is called in messages, how long it may take, and where its errors surface.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) limit: Duration,
    pub(crate) place: Place,
}

type Finisher<T> = Box<dyn FnOnce() -> Result<T> + Send>;
type Callback = Box<dyn FnOnce() + Send>;

enum Phase<T> {
    Waiting,
    Ready(Finisher<T>),
    Taken,
}

struct State<T> {
    phase: Phase<T>,
    limit: Timeout,
    deadline: Option<Instant>,
    /// It waits for a person: the operation's own limit does not count.
    parked: bool,
    /// A timer of the dispatcher watches the deadline; needed when no thread waits.
    watched: bool,
    timer: Option<Timer>,
    waker: Option<Waker>,
    callbacks: Vec<Callback>,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    operation: Operation,
    dispatcher: Arc<Dispatcher>,
}

impl<T: Send + 'static> Shared<T> {
    /// Fulfils the promise unless it is fulfilled. `before` runs under the lock and only if this call is
    /// the one that fulfils it: what it publishes is visible before the program is told.
    fn complete(&self, finisher: Finisher<T>, before: impl FnOnce()) -> bool {
        let mut state = self.state.lock();
        if !matches!(state.phase, Phase::Waiting) {
            return false;
        }
        before();
        state.phase = Phase::Ready(finisher);
        let waker = state.waker.take();
        let callbacks = std::mem::take(&mut state.callbacks);
        let timer = state.timer.take();
        self.changed.notify_all();
        drop(state);
        if let Some(timer) = timer {
            self.dispatcher.cancel(timer);
        }
        if let Some(waker) = waker {
            // A panic in it is the program's own; it has been reported, and must not take a camera's worker along.
            let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
        }
        for callback in callbacks {
            self.dispatcher.call(callback);
        }
        true
    }

    fn fail(&self, error: Error) -> bool {
        let error = error.at(self.operation.place);
        self.complete(Box::new(move || Err(error)), || ())
    }

    fn time_out(&self) {
        let Operation { name, .. } = self.operation;
        self.fail(Error::new(
            ErrorKind::TimedOut,
            format!("{name} was not complete when its time limit passed; it was given up. The camera may be stalled or slow: try again, or allow more time"),
        ));
    }

    /// The state, after the questions were asked that wait for a program without a thread for callbacks.
    fn ask_and_lock(&self) -> MutexGuard<'_, State<T>> {
        loop {
            self.dispatcher.run_prompts();
            let state = self.state.lock();
            // Whoever asks nudges the operation afterwards, with this lock.
            if !self.dispatcher.has_prompts() {
                return state;
            }
        }
    }

    /// Gives up when the deadline has passed.
    fn check_deadline(&self) {
        let passed = {
            let state = self.state.lock();
            matches!(state.phase, Phase::Waiting) && state.deadline.is_some_and(|d| d <= Instant::now())
        };
        if passed {
            self.time_out();
        }
    }
}

/// Has a timer check the deadline from now on, because nobody may be waiting.
fn watch<T: Send + 'static>(shared: &Arc<Shared<T>>, state: &mut State<T>) {
    if !state.watched {
        state.watched = true;
        set_timer(shared, state);
    }
}

/// Sets the timer to the deadline, if one is needed.
fn set_timer<T: Send + 'static>(shared: &Arc<Shared<T>>, state: &mut State<T>) {
    if let Some(timer) = state.timer.take() {
        shared.dispatcher.cancel(timer);
    }
    if !state.watched || !matches!(state.phase, Phase::Waiting) {
        return;
    }
    let Some(deadline) = state.deadline else { return };
    let weak = Arc::downgrade(shared);
    state.timer = Some(shared.dispatcher.run_at(deadline, move || {
        if let Some(shared) = weak.upgrade() {
            shared.check_deadline();
        }
    }));
}

/// Replaces the limit; the new one counts from now.
fn set_limit<T: Send + 'static>(shared: &Arc<Shared<T>>, state: &mut State<T>, limit: Timeout) {
    state.limit = limit;
    let counts = !(state.parked && limit == Timeout::Default);
    state.deadline = limit.deadline(shared.operation.limit).filter(|_| counts);
    set_timer(shared, state);
    shared.changed.notify_all();
}

/// An operation under way, and its result when it is over.
///
/// It can be waited for ([`wait`](Self::wait)), asked ([`take`](Self::take)), awaited (it is a
/// [`Future`] and needs no particular executor) or given a callback. Dropping it cancels the operation;
/// [`detach`](Self::detach) lets it go on.
///
/// It keeps what it works on alive: a track does not end because only the operation still holds it.
#[must_use = "dropping a Pending cancels the operation; wait for it, await it or detach it"]
pub struct Pending<T: Send + 'static> {
    shared: Arc<Shared<T>>,
    detached: bool,
    /// What the operation works on.
    _held: Option<MediaStreamTrack>,
}

fn taken() -> Error {
    Error::new(ErrorKind::InvalidState, "the result of this operation was taken already")
}

impl<T: Send + 'static> Pending<T> {
    /// Keeps a track alive as long as the operation is waited for.
    pub(crate) fn holding(mut self, track: &MediaStreamTrack) -> Self {
        self._held = Some(track.clone());
        self
    }

    /// Waits until the operation is over or its limit has passed. With manual callbacks it also runs the
    /// [permission prompt](crate::MediaDevices::on_permission_prompt), which nobody else would.
    ///
    /// # Errors
    ///
    /// Those of the operation. `TimedOut` when the limit passed: the operation was cancelled and undone.
    pub fn wait(mut self) -> Result<T> {
        loop {
            if let Some(result) = self.take() {
                return result;
            }
            let mut state = self.shared.ask_and_lock();
            match (&state.phase, state.deadline) {
                (Phase::Taken, _) => return Err(taken()),
                (Phase::Ready(_), _) => {}
                (Phase::Waiting, Some(deadline)) => drop(self.shared.changed.wait_until(&mut state, deadline)),
                (Phase::Waiting, None) => self.shared.changed.wait(&mut state),
            }
        }
    }

    /// Replaces the operation's limit; the new one counts from now.
    pub fn limit(self, limit: impl Into<Timeout>) -> Self {
        self.set_limit(limit);
        self
    }

    /// As [`limit`](Self::limit), in place.
    pub fn set_limit(&self, limit: impl Into<Timeout>) {
        set_limit(&self.shared, &mut self.shared.state.lock(), limit.into());
    }

    /// Waits for at most this long and tells whether the operation is over. Does not cancel it. With manual
    /// callbacks it also runs the permission prompt, as [`wait`](Self::wait) does.
    pub fn wait_for(&self, duration: Duration) -> bool {
        let end = Instant::now().checked_add(duration);
        loop {
            self.shared.check_deadline();
            let mut state = self.shared.ask_and_lock();
            if !matches!(state.phase, Phase::Waiting) {
                return true;
            }
            if end.is_some_and(|end| end <= Instant::now()) {
                return false;
            }
            match [end, state.deadline].into_iter().flatten().min() {
                Some(until) => drop(self.shared.changed.wait_until(&mut state, until)),
                None => self.shared.changed.wait(&mut state),
            }
        }
    }

    /// Whether the operation is over.
    pub fn is_done(&self) -> bool {
        self.shared.check_deadline();
        !matches!(self.shared.state.lock().phase, Phase::Waiting)
    }

    /// The result, once, when the operation is over; `None` before and after.
    pub fn take(&mut self) -> Option<Result<T>> {
        self.shared.check_deadline();
        let mut state = self.shared.state.lock();
        match std::mem::replace(&mut state.phase, Phase::Taken) {
            Phase::Waiting => {
                state.phase = Phase::Waiting;
                None
            }
            Phase::Taken => None,
            Phase::Ready(finisher) => {
                drop(state);
                Some(finisher().map_err(|e| e.at(self.shared.operation.place)))
            }
        }
    }

    /// Ends the operation with kind `Cancelled` unless it is over already.
    pub fn cancel(&self) {
        let Operation { name, .. } = self.shared.operation;
        self.shared.fail(Error::new(ErrorKind::Cancelled, format!("{name} was cancelled by the program")));
    }

    /// Lets the operation go on and forgets its result.
    pub fn detach(mut self) {
        self.detached = true;
        // Its limit holds all the same.
        let mut state = self.shared.state.lock();
        watch(&self.shared, &mut state);
    }

    /// Calls `callback` on the dispatcher thread (with manual callbacks in
    /// [`process_events`](crate::MediaDevices::process_events)) when the operation is over: exactly once, also
    /// when it is cancelled or was over already.
    pub fn on_complete(&self, callback: impl FnOnce() + Send + 'static) {
        let mut state = self.shared.state.lock();
        if matches!(state.phase, Phase::Waiting) {
            state.callbacks.push(Box::new(callback));
            watch(&self.shared, &mut state);
        } else {
            drop(state);
            self.shared.dispatcher.call(callback);
        }
    }
}

impl<T: Send + 'static> Future for Pending<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(result) = self.take() {
            return Poll::Ready(result);
        }
        // Cloning and dropping wakers is code of the program: it happens outside of the lock.
        let waker = context.waker().clone();
        let (waiting, _old) = {
            let mut state = self.shared.state.lock();
            let waiting = matches!(state.phase, Phase::Waiting);
            watch(&self.shared, &mut state);
            (waiting, if waiting { state.waker.replace(waker) } else { Some(waker) })
        };
        if waiting {
            return Poll::Pending;
        }
        // It was fulfilled between the two looks, or the result was taken before.
        Poll::Ready(self.take().unwrap_or_else(|| Err(taken())))
    }
}

impl<T: Send + 'static> Drop for Pending<T> {
    fn drop(&mut self) {
        if !self.detached {
            self.cancel();
        }
    }
}

impl<T: Send + 'static> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("operation", &self.shared.operation.name).finish_non_exhaustive()
    }
}

/// Starts an operation; its limit counts from now.
pub(crate) fn promise<T: Send + 'static>(operation: Operation, dispatcher: &Arc<Dispatcher>) -> (Promise<T>, Pending<T>) {
    let shared = Arc::new(Shared {
        state: Mutex::new(State {
            phase: Phase::Waiting,
            limit: Timeout::Default,
            deadline: Timeout::Default.deadline(operation.limit),
            parked: false,
            watched: false,
            timer: None,
            waker: None,
            callbacks: Vec::new(),
        }),
        changed: Condvar::new(),
        operation,
        dispatcher: dispatcher.clone(),
    });
    (Promise::new(shared.clone()), Pending { shared, detached: false, _held: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    const OPERATION: Operation = Operation { name: "a test", limit: Duration::from_secs(5), place: Place::Picture };

    fn new<T: Send + 'static>() -> (Promise<T>, Pending<T>) {
        promise(OPERATION, &Dispatcher::new(false, Arc::default()))
    }

    #[test]
    fn waits_across_threads() {
        let (promise, pending) = new();
        std::thread::spawn(move || promise.resolve(7));
        assert_eq!(pending.wait().unwrap(), 7);
    }

    #[test]
    fn a_limit_passes_for_waiters_callbacks_and_futures() {
        let (promise, pending) = new::<()>();
        let error = pending.limit(Duration::from_millis(20)).wait().unwrap_err();
        assert_eq!((error.kind(), error.name()), (ErrorKind::TimedOut, "UnknownError"));
        assert!(promise.is_over());
        assert!(!promise.resolve(()), "too late");

        let (_promise, pending) = new::<()>();
        let (tx, rx) = channel();
        pending.set_limit(Duration::from_millis(20));
        pending.on_complete(move || tx.send(()).unwrap());
        rx.recv_timeout(Duration::from_secs(5)).unwrap();
        assert!(pending.is_done());
    }

    #[test]
    fn a_limit_can_be_moved_while_a_timer_watches_it() {
        let (promise, mut pending) = new::<u8>();
        let (tx, rx) = channel();
        pending.on_complete(move || tx.send(()).unwrap());
        pending.set_limit(Duration::from_millis(10));
        pending.set_limit(Timeout::Never);
        assert!(!pending.wait_for(Duration::from_millis(60)));
        promise.resolve(1);
        rx.recv_timeout(Duration::from_secs(5)).unwrap();
        assert_eq!(pending.take().unwrap().unwrap(), 1);
        assert!(pending.take().is_none());
        assert_eq!(pending.wait().unwrap_err().kind(), ErrorKind::InvalidState);
    }

    #[test]
    fn its_own_limit_rests_while_a_person_is_asked() {
        let operation = Operation { limit: Duration::from_millis(40), ..OPERATION };
        let (promise, pending) = promise::<()>(operation, &Dispatcher::new(false, Arc::default()));
        let (ongoing, answered) = (promise.ongoing(), Arc::new(Mutex::new(false)));
        let ready = answered.clone();
        let asking = std::thread::spawn(move || (promise.park(|| *ready.lock()), promise));
        assert!(!pending.wait_for(Duration::from_millis(120)));
        *answered.lock() = true;
        ongoing.nudge();
        let (needed, promise) = asking.join().unwrap();
        assert!(needed);
        assert_eq!(pending.wait().unwrap_err().kind(), ErrorKind::TimedOut, "it counts again");
        assert!(!promise.park(|| true));
    }

    #[test]
    fn a_given_limit_counts_while_a_person_is_asked() {
        let (promise, pending) = new::<()>();
        pending.set_limit(Duration::from_millis(30));
        assert!(!promise.park(|| false));
        assert_eq!(pending.wait().unwrap_err().kind(), ErrorKind::TimedOut);
        let (promise, pending) = new::<()>();
        pending.cancel();
        assert!(!promise.park(|| false), "nobody waits for it");
    }

    #[test]
    fn cancel_and_drop_end_it() {
        let (promise, pending) = new::<()>();
        pending.cancel();
        assert!(promise.is_over());
        assert_eq!(pending.wait().unwrap_err().name(), "AbortError");
        let (promise, pending) = new::<()>();
        drop(pending);
        assert!(promise.is_over());
        let (promise, pending) = new::<()>();
        pending.detach();
        assert!(!promise.is_over());
        let (promise, pending) = new::<()>();
        drop(promise);
        assert_eq!(pending.wait().unwrap_err().kind(), ErrorKind::Aborted);
    }

    #[test]
    fn it_is_a_future() {
        let (promise, mut pending) = new();
        let woken = Arc::new(Flag(Mutex::new(false)));
        let waker = Waker::from(woken.clone());
        let mut context = Context::from_waker(&waker);
        assert!(Pin::new(&mut pending).poll(&mut context).is_pending());
        promise.resolve_with(|| Ok("made by the taker"));
        assert!(*woken.0.lock());
        let Poll::Ready(Ok(value)) = Pin::new(&mut pending).poll(&mut context) else { panic!("not ready") };
        assert_eq!(value, "made by the taker");
    }

    struct Flag(Mutex<bool>);
    impl std::task::Wake for Flag {
        fn wake(self: Arc<Self>) {
            *self.0.lock() = true;
        }
    }
}
