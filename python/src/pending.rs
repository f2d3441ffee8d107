//! Waiting. One promise of the core, two faces: the blocking calls wait here with the interpreter released,
//! and `imagecapture.aio` gets the same promise as an `_Operation` to await.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use imagecapture::{Error, ErrorKind, Pending};
use pyo3::prelude::*;

use crate::convert::TimeoutArg;
use crate::errors::{OrRaise, other};

/// How long a blocking call sleeps before it looks whether Ctrl-C was pressed.
pub(crate) const LOOK_FOR_SIGNALS: Duration = Duration::from_millis(100);

/// A promise whose result can become a Python object.
trait Promise: Send {
    fn wait_for(&self, limit: Duration) -> bool;
    fn cancel(&self);
    fn on_complete(&self, callback: Box<dyn FnOnce() + Send>);
    fn take(&mut self, py: Python<'_>) -> Option<PyResult<Py<PyAny>>>;
}

struct Job<T: Send + 'static, F> {
    pending: Pending<T>,
    convert: F,
}

impl<T, F> Promise for Job<T, F>
where
    T: Send + 'static,
    F: Fn(Python<'_>, T) -> PyResult<Py<PyAny>> + Send,
{
    fn wait_for(&self, limit: Duration) -> bool {
        self.pending.wait_for(limit)
    }

    fn cancel(&self) {
        self.pending.cancel();
    }

    fn on_complete(&self, callback: Box<dyn FnOnce() + Send>) {
        self.pending.on_complete(callback);
    }

    fn take(&mut self, py: Python<'_>) -> Option<PyResult<Py<PyAny>>> {
        // Taking does the rest of the work, such as encoding the picture.
        let pending = &mut self.pending;
        let result = py.detach(|| pending.take())?;
        Some(result.or_raise(py).and_then(|value| (self.convert)(py, value)))
    }
}

/// A running operation. Private: `imagecapture.aio` wraps it in a coroutine.
#[pyclass(frozen, module = "imagecapture._native", name = "_Operation")]
pub(crate) struct Operation {
    promise: Mutex<Option<Released<Box<dyn Promise>>>>,
}

impl Operation {
    pub(crate) fn new<T, F>(pending: Pending<T>, timeout: TimeoutArg, convert: F) -> Operation
    where
        T: Send + 'static,
        F: Fn(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
    {
        if timeout != TimeoutArg::Default {
            pending.set_limit(timeout);
        }
        let promise: Box<dyn Promise> = Box::new(Job { pending, convert });
        Operation { promise: Mutex::new(Some(Released::new(promise))) }
    }

    /// The blocking face.
    pub(crate) fn wait(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let promise = self.promise.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut promise = promise.expect("a new operation has not been taken");
        loop {
            // The promise has its own limit; this one only bounds how long Ctrl-C has to wait.
            let (done, back) = py.detach(move || (promise.get().wait_for(LOOK_FOR_SIGNALS), promise));
            promise = back;
            if done {
                let result = promise.get_mut().take(py);
                return result.unwrap_or_else(|| Err(other(py, ErrorKind::Unknown, "the operation ended without a result")));
            }
            // On an exception (KeyboardInterrupt) the promise is dropped, which cancels the operation.
            py.check_signals()?;
        }
    }
}

#[pymethods]
impl Operation {
    /// Calls `callback()` once, on a thread of the library, when the operation is complete.
    fn on_complete(&self, callback: Py<PyAny>) {
        let guard = self.promise.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(promise) = guard.as_ref() {
            promise.get().on_complete(Box::new(move || {
                // None: the interpreter is shutting down and there is nobody left to tell.
                Python::try_attach(|py| {
                    if let Err(error) = callback.call0(py) {
                        error.write_unraisable(py, Some(callback.bind(py)));
                    }
                    drop(callback);
                });
            }));
        }
    }

    /// Asks the operation to stop. Its result is then an `AbortError`, unless it was complete already.
    fn cancel(&self, py: Python<'_>) {
        py.detach(|| {
            let guard = self.promise.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(promise) = guard.as_ref() {
                promise.get().cancel();
            }
        });
    }

    /// The result, once, after completion.
    fn result(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let taken = py.detach(|| {
            let mut guard = self.promise.lock().unwrap_or_else(PoisonError::into_inner);
            match guard.as_ref() {
                Some(promise) if promise.get().wait_for(Duration::ZERO) => guard.take(),
                _ => None,
            }
        });
        let result = taken.and_then(|mut promise| promise.get_mut().take(py));
        result.unwrap_or_else(|| Err(other(py, ErrorKind::InvalidState, "the operation is not complete, or its result was taken")))
    }
}

/// Repeats a short wait until it ends in something else than `TimedOut`, or `limit` has passed, and looks for
/// Ctrl-C in between.
pub(crate) fn wait_in_steps<T: Send>(
    py: Python<'_>,
    limit: Option<Duration>,
    mut step: impl FnMut(Duration) -> imagecapture::Result<T> + Send,
) -> PyResult<imagecapture::Result<T>> {
    let start = Instant::now();
    loop {
        let left = limit.map_or(LOOK_FOR_SIGNALS, |limit| limit.saturating_sub(start.elapsed()));
        match py.detach(|| step(left.min(LOOK_FOR_SIGNALS))) {
            Err(error) if error.kind() == ErrorKind::TimedOut => py.check_signals()?,
            result => return Ok(result),
        }
        if let Some(limit) = limit.filter(|limit| start.elapsed() >= *limit) {
            let message = format!("no frame came within {} s", limit.as_secs_f64());
            return Ok(Err(Error::new(ErrorKind::TimedOut, message)));
        }
    }
}

/// A handle of the core that is dropped with the interpreter released: its drop may wait for a thread that
/// is just about to call into Python.
pub(crate) struct Released<T: Send>(Option<T>);

impl<T: Send> Released<T> {
    pub(crate) fn new(value: T) -> Released<T> {
        Released(Some(value))
    }

    pub(crate) fn get(&self) -> &T {
        self.0.as_ref().expect("present until dropped")
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.as_mut().expect("present until dropped")
    }

    pub(crate) fn into_inner(mut self) -> T {
        self.0.take().expect("present until dropped")
    }
}

impl<T: Send> Drop for Released<T> {
    fn drop(&mut self) {
        let value = self.0.take();
        let mut value = Some(value);
        // While the interpreter shuts down, or from a thread that it does not know, a plain drop is right.
        let attached = Python::try_attach(|py| {
            let value = value.take();
            py.detach(move || drop(value));
        });
        if attached.is_none() {
            drop(value);
        }
    }
}
