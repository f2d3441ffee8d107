//! Where user code is called: on the one thread of a [`MediaDevices`](crate::MediaDevices), or inside of
//! its `process_events`.
//!
//! The thread runs jobs in order and timers when they are due. It starts with the first of them and ends
//! when its owner is gone and nothing is left to do. With manual callbacks it has only timers to run, which
//! are the library's own.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

use crate::signal::{Reason, Signal};

type Job = Box<dyn FnOnce() + Send>;

/// A timer that may be cancelled. The number keeps timers of the same instant apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timer {
    due: Instant,
    number: u64,
}

/// A call of user code.
struct Call {
    job: Job,
    /// It asks a person for permission: whoever blocks for that answer runs it himself.
    is_prompt: bool,
}

#[derive(Default)]
struct State {
    /// Calls of user code that wait for the thread.
    calls: VecDeque<Call>,
    /// Those that wait for `process`.
    manual: VecDeque<Call>,
    timers: BTreeMap<Timer, Job>,
    next_timer: u64,
    running: bool,
    closed: bool,
    /// Nobody is to wait in `process` any more.
    finished: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// For the thread.
    changed: Condvar,
    /// For `process`.
    called: Condvar,
    manual: bool,
    signal: Arc<Signal>,
}

/// A handle; the thread ends after the last one was dropped.
pub(crate) struct Dispatcher(Arc<Shared>);

impl Dispatcher {
    /// With `manual`, user code waits for [`process`](Self::process), and `signal` says that it does.
    pub(crate) fn new(manual: bool, signal: Arc<Signal>) -> Arc<Dispatcher> {
        Arc::new(Dispatcher(Arc::new(Shared { manual, signal, ..Shared::default() })))
    }

    /// Whether user code is called where the program says.
    pub(crate) fn is_manual(&self) -> bool {
        self.0.manual
    }

    /// Calls user code soon, after all that was given before.
    pub(crate) fn call(&self, job: impl FnOnce() + Send + 'static) {
        self.push(Call { job: Box::new(job), is_prompt: false });
    }

    /// As `call`, for user code that answers a question.
    pub(crate) fn call_prompt(&self, job: impl FnOnce() + Send + 'static) {
        self.push(Call { job: Box::new(job), is_prompt: true });
    }

    fn push(&self, call: Call) {
        let mut state = self.0.state.lock();
        if self.0.manual {
            state.manual.push_back(call);
            self.0.signal.set(Reason::Callbacks, true);
            self.0.called.notify_all();
        } else {
            state.calls.push_back(call);
            self.wake(&mut state);
        }
    }

    /// Runs something of the library's own at a time, on the thread: it must be quick.
    pub(crate) fn run_at(&self, due: Instant, job: impl FnOnce() + Send + 'static) -> Timer {
        let mut state = self.0.state.lock();
        let timer = Timer { due, number: state.next_timer };
        state.next_timer += 1;
        state.timers.insert(timer, Box::new(job));
        self.wake(&mut state);
        timer
    }

    /// Takes a timer back; one that has run already is none any more.
    pub(crate) fn cancel(&self, timer: Timer) {
        let job = self.0.state.lock().timers.remove(&timer);
        drop(job);
    }

    /// With manual callbacks: runs those that wait, and returns how many; waits for the first one until
    /// the deadline. Otherwise there never are any.
    pub(crate) fn process(&self, deadline: Option<Instant>) -> usize {
        if !self.0.manual {
            return 0;
        }
        let waiting = {
            let mut state = self.0.state.lock();
            while state.manual.is_empty() && !state.finished {
                match deadline {
                    None => self.0.called.wait(&mut state),
                    Some(deadline) if self.0.called.wait_until(&mut state, deadline).timed_out() => break,
                    Some(_) => {}
                }
            }
            state.manual.len()
        };
        // What the calls themselves bring about is left for the next time, or this could go on for ever.
        let run = |call: Call| (call.job)();
        (0..waiting).map_while(|_| self.0.take(|_| true).map(run)).count()
    }

    /// With manual callbacks: asks the questions that wait, because the caller is about to wait for an
    /// answer.
    pub(crate) fn run_prompts(&self) {
        while let Some(call) = self.0.take(|call| call.is_prompt) {
            (call.job)();
        }
    }

    /// Whether `run_prompts` has something to do.
    pub(crate) fn has_prompts(&self) -> bool {
        self.0.state.lock().manual.iter().any(|call| call.is_prompt)
    }

    /// Nobody is to wait in `process` any more.
    pub(crate) fn finish(&self) {
        self.0.state.lock().finished = true;
        self.0.called.notify_all();
    }

    fn wake(&self, state: &mut State) {
        if !state.running {
            let shared = self.0.clone();
            // Without a thread nothing asynchronous works, but blocking calls go on: they keep their
            // limits themselves. The next job tries again.
            state.running = crate::threads::spawn("ic-dispatch", move || shared.run()).is_ok();
        }
        self.0.changed.notify_one();
    }
}

impl Drop for Dispatcher {
    fn drop(&mut self) {
        self.0.state.lock().closed = true;
        self.0.changed.notify_one();
    }
}

impl Shared {
    /// The first manual call of some sort.
    fn take(&self, which: impl Fn(&Call) -> bool) -> Option<Call> {
        let mut state = self.state.lock();
        let index = state.manual.iter().position(which)?;
        let call = state.manual.remove(index);
        self.signal.set(Reason::Callbacks, !state.manual.is_empty());
        call
    }

    fn run(&self) {
        let mut state = self.state.lock();
        loop {
            let due = state.timers.first_key_value().map(|(timer, _)| timer.due);
            let job = match state.calls.pop_front() {
                Some(call) => Some(call.job),
                None if due.is_some_and(|due| due <= Instant::now()) => state.timers.pop_first().map(|(_, job)| job),
                None => None,
            };
            if let Some(job) = job {
                // No lock is held while the program's code runs. A panic in it is the program's own; it
                // has been reported by the panic hook and must not silence everybody else.
                drop(state);
                let _ = catch_unwind(AssertUnwindSafe(job));
                state = self.state.lock();
            } else if state.closed {
                // Timers only watch over operations; their owners are gone.
                state.running = false;
                return;
            } else if let Some(due) = due {
                self.changed.wait_until(&mut state, due);
            } else {
                self.changed.wait(&mut state);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    fn new(manual: bool) -> Arc<Dispatcher> {
        Dispatcher::new(manual, Arc::default())
    }

    #[test]
    fn calls_run_in_order_and_timers_when_due_even_after_a_panic() {
        let dispatcher = new(false);
        let (tx, rx) = channel();
        let now = Instant::now();
        for (delay, name) in [(60, "late"), (20, "early")] {
            let tx = tx.clone();
            dispatcher.run_at(now + Duration::from_millis(delay), move || tx.send(name).unwrap());
        }
        let (a, b) = (tx.clone(), tx);
        dispatcher.call(move || a.send("first").unwrap());
        dispatcher.call(|| std::panic::panic_any("a panic on purpose"));
        dispatcher.call(move || b.send("second").unwrap());
        let order: Vec<_> = (0..4).map(|_| rx.recv_timeout(Duration::from_secs(5)).unwrap()).collect();
        assert_eq!(order, ["first", "second", "early", "late"]);
    }

    #[test]
    fn what_was_given_before_the_end_still_runs() {
        let (tx, rx) = channel();
        let dispatcher = new(false);
        dispatcher.call(move || tx.send(()).unwrap());
        drop(dispatcher);
        rx.recv_timeout(Duration::from_secs(5)).unwrap();
    }

    #[test]
    fn a_cancelled_timer_is_gone() {
        let dispatcher = new(false);
        let (tx, rx) = channel();
        let late = tx.clone();
        let timer = dispatcher.run_at(Instant::now() + Duration::from_millis(30), move || late.send("cancelled").unwrap());
        dispatcher.cancel(timer);
        assert!(dispatcher.0.state.lock().timers.is_empty());
        dispatcher.run_at(Instant::now() + Duration::from_millis(60), move || tx.send("kept").unwrap());
        assert_eq!(rx.recv_timeout(Duration::from_secs(5)).unwrap(), "kept");
        dispatcher.cancel(timer);
    }

    #[test]
    fn manual_calls_wait_for_the_program_and_timers_do_not() {
        let dispatcher = new(true);
        let (tx, rx) = channel();
        let name = |what: &'static str| {
            let tx = tx.clone();
            move || tx.send((what, std::thread::current().name().map(str::to_owned))).unwrap()
        };
        dispatcher.call(name("first"));
        dispatcher.call_prompt(name("prompt"));
        dispatcher.call(name("last"));
        dispatcher.run_at(Instant::now(), name("timer"));
        assert_eq!(rx.recv_timeout(Duration::from_secs(5)).unwrap(), ("timer", Some("ic-dispatch".to_owned())));
        assert!(rx.try_recv().is_err());
        dispatcher.run_prompts();
        assert!(!dispatcher.has_prompts());
        assert_eq!(dispatcher.process(Some(Instant::now())), 2);
        let order: Vec<_> = rx.try_iter().map(|(what, _)| what).collect();
        assert_eq!(order, ["prompt", "first", "last"]);
        assert_eq!(dispatcher.process(Some(Instant::now() + Duration::from_millis(10))), 0);
    }

    #[test]
    fn waiting_for_manual_calls_ends_when_there_will_be_none() {
        let dispatcher = new(true);
        let waiter = dispatcher.clone();
        let waiting = std::thread::spawn(move || waiter.process(None));
        dispatcher.finish();
        assert_eq!(waiting.join().unwrap(), 0);
    }
}
