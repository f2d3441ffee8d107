//! The library's end of an operation.

use std::sync::{Arc, Weak};
use std::time::Instant;

use super::{Operation, Phase, Shared, Timeout, set_limit};
use crate::{Error, ErrorKind, Result};

/// The library's end of a [`Pending`]. Dropping it unfulfilled fails the operation with `Aborted`.
pub(crate) struct Promise<T: Send + 'static>(Arc<Shared<T>>);

impl<T: Send + 'static> Promise<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Promise<T> {
        Promise(shared)
    }

    pub(crate) fn resolve(self, value: T) -> bool {
        self.0.complete(Box::new(move || Ok(value)), || ())
    }

    /// As `resolve`, but runs `publish` first, unless the operation was given up meanwhile.
    pub(crate) fn resolve_after(self, value: T, publish: impl FnOnce()) -> bool {
        self.0.complete(Box::new(move || Ok(value)), publish)
    }

    /// The result is made by the thread that takes it.
    pub(crate) fn resolve_with(self, finisher: impl FnOnce() -> Result<T> + Send + 'static) -> bool {
        self.0.complete(Box::new(finisher), || ())
    }

    /// A way to the operation from elsewhere, as long as it is not over.
    pub(crate) fn ongoing(&self) -> Ongoing {
        let shared: Arc<dyn AnyOperation> = self.0.clone();
        Ongoing(Arc::downgrade(&shared))
    }

    /// Waits for a person: until something is so, however long that takes. `ready` must be quick; whoever
    /// makes it true calls [`Ongoing::nudge`]. The operation's own limit begins anew behind it, one that the
    /// program gave counts all the time. False when the operation is over.
    pub(crate) fn park(&self, ready: impl Fn() -> bool) -> bool {
        let shared = &self.0;
        let mut state = shared.state.lock();
        if !ready() {
            state.parked = true;
            if state.limit == Timeout::Default {
                set_limit(shared, &mut state, Timeout::Default);
            }
            while matches!(state.phase, Phase::Waiting) && !ready() {
                match state.deadline {
                    None => shared.changed.wait(&mut state),
                    Some(deadline) if deadline > Instant::now() => drop(shared.changed.wait_until(&mut state, deadline)),
                    Some(_) => {
                        drop(state);
                        shared.check_deadline();
                        state = shared.state.lock();
                    }
                }
            }
            state.parked = false;
            if state.limit == Timeout::Default {
                set_limit(shared, &mut state, Timeout::Default);
            }
        }
        matches!(state.phase, Phase::Waiting)
    }

    pub(crate) fn reject(self, error: Error) -> bool {
        self.0.fail(error)
    }

    /// Whether it is over, without looking at its limit: nothing is completed by this call, so it may be
    /// made under a lock.
    pub(crate) fn is_settled(&self) -> bool {
        !matches!(self.0.state.lock().phase, Phase::Waiting)
    }

    /// Whether nobody waits for it any more: cancelled, or its limit has passed.
    pub(crate) fn is_over(&self) -> bool {
        self.0.check_deadline();
        !matches!(self.0.state.lock().phase, Phase::Waiting)
    }
}

impl Promise<()> {
    /// A way to let it succeed from elsewhere, as long as it is not over.
    pub(crate) fn resolver(&self) -> Resolver {
        Resolver(Arc::downgrade(&self.0))
    }
}

/// An operation that may be under way and has no result but that it succeeds, seen from elsewhere.
pub(crate) struct Resolver(Weak<Shared<()>>);

impl Resolver {
    /// Lets it succeed, unless it is over.
    pub(crate) fn resolve(&self) {
        if let Some(shared) = self.0.upgrade() {
            shared.complete(Box::new(|| Ok(())), || ());
        }
    }

    /// Whether somebody has either end of it. Takes no lock.
    pub(crate) fn is_held(&self) -> bool {
        self.0.strong_count() > 0
    }
}

/// An operation whose kind of result does not matter.
trait AnyOperation: Send + Sync {
    fn abort(&self, error: Error);
    fn is_under_way(&self) -> bool;
    fn nudge(&self);
}

impl<T: Send + 'static> AnyOperation for Shared<T> {
    fn abort(&self, error: Error) {
        self.fail(error);
    }

    fn is_under_way(&self) -> bool {
        matches!(self.state.lock().phase, Phase::Waiting)
    }

    fn nudge(&self) {
        // With the lock, so that nobody is between his look and his sleep.
        let _state = self.state.lock();
        self.changed.notify_all();
    }
}

/// An operation that may be under way, seen from elsewhere.
#[derive(Clone)]
pub(crate) struct Ongoing(Weak<dyn AnyOperation>);

impl Ongoing {
    /// Fails it, unless it is over.
    pub(crate) fn abort(&self, error: Error) {
        if let Some(operation) = self.0.upgrade() {
            operation.abort(error);
        }
    }

    pub(crate) fn is_needed(&self) -> bool {
        self.0.upgrade().is_some_and(|operation| operation.is_under_way())
    }

    /// Whether somebody has either end of it. Takes no lock.
    pub(crate) fn is_held(&self) -> bool {
        self.0.strong_count() > 0
    }

    /// Has whoever waits for the operation look again.
    pub(crate) fn nudge(&self) {
        if let Some(operation) = self.0.upgrade() {
            operation.nudge();
        }
    }
}

impl<T: Send + 'static> Drop for Promise<T> {
    fn drop(&mut self) {
        // Does nothing when it was fulfilled.
        let Operation { name, .. } = self.0.operation;
        self.0.fail(Error::new(ErrorKind::Aborted, format!("{name} was given up: the camera's worker ended")));
    }
}
