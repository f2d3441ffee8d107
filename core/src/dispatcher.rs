//! The one thread of a [`MediaDevices`](crate::MediaDevices) on which user code is called.
//!
//! It runs jobs in order and timers when they are due. It starts with the first job and ends when its
//! owner is gone and nothing is left to do.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// By due time; the number keeps timers of the same instant apart.
    timers: BTreeMap<(Instant, u64), Job>,
    next_timer: u64,
    running: bool,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// A handle; the thread ends after the last one was dropped.
pub(crate) struct Dispatcher(Arc<Shared>);

impl Dispatcher {
    pub(crate) fn new() -> Arc<Dispatcher> {
        Arc::new(Dispatcher(Arc::default()))
    }

    /// Runs a job soon, after all that were given before.
    pub(crate) fn run(&self, job: impl FnOnce() + Send + 'static) {
        let mut state = self.0.state.lock();
        state.jobs.push_back(Box::new(job));
        self.wake(&mut state);
    }

    /// Runs a job at a time. It cannot be taken back; a job that is no longer needed does nothing.
    pub(crate) fn run_at(&self, due: Instant, job: impl FnOnce() + Send + 'static) {
        let mut state = self.0.state.lock();
        let number = state.next_timer;
        state.next_timer += 1;
        state.timers.insert((due, number), Box::new(job));
        self.wake(&mut state);
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
    fn run(&self) {
        let mut state = self.state.lock();
        loop {
            let due = state.timers.first_key_value().map(|((due, _), _)| *due);
            let job = match state.jobs.pop_front() {
                Some(job) => Some(job),
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

    #[test]
    fn jobs_run_in_order_and_timers_when_due_even_after_a_panic() {
        let dispatcher = Dispatcher::new();
        let (tx, rx) = channel();
        let now = Instant::now();
        for (delay, name) in [(60, "late"), (20, "early")] {
            let tx = tx.clone();
            dispatcher.run_at(now + Duration::from_millis(delay), move || tx.send(name).unwrap());
        }
        let (a, b) = (tx.clone(), tx);
        dispatcher.run(move || a.send("first").unwrap());
        dispatcher.run(|| std::panic::panic_any("a panic on purpose"));
        dispatcher.run(move || b.send("second").unwrap());
        let order: Vec<_> = (0..4).map(|_| rx.recv_timeout(Duration::from_secs(5)).unwrap()).collect();
        assert_eq!(order, ["first", "second", "early", "late"]);
    }

    #[test]
    fn what_was_given_before_the_end_still_runs() {
        let (tx, rx) = channel();
        let dispatcher = Dispatcher::new();
        dispatcher.run(move || tx.send(()).unwrap());
        drop(dispatcher);
        rx.recv_timeout(Duration::from_secs(5)).unwrap();
    }
}
