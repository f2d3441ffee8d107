//! What happens to devices and tracks: events, the functions that hear of them, and the queue to fetch them from.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use imagecapture::{Event as Core, EventType};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyTuple};

use crate::callback::Callback;
use crate::convert::TimeoutArg;
use crate::devices::MediaDeviceInfo;
use crate::errors::invalid;
use crate::pending::{LOOK_FOR_SIGNALS, Released};

/// Something that happened. What it tells of was changed before: when `"ended"` arrives, `ready_state` says so already.
///
/// W3C: [`Event`](https://dom.spec.whatwg.org/#event).
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct Event {
    inner: Core,
}

#[pymethods]
impl Event {
    /// `"mute"`, `"unmute"`, `"ended"`, `"configurationchange"`, `"controlchange"` of a track; `"devicechange"`,
    /// `"permissionchange"`, `"indicatorchange"` of a `MediaDevices`; `"overflow"` when events were dropped because nobody fetched them.
    #[getter]
    fn r#type(&self) -> &'static str {
        self.inner.event_type().as_str()
    }

    /// When it happened, in seconds of the system's monotonic clock.
    #[getter]
    fn timestamp(&self) -> f64 {
        self.inner.timestamp().as_secs_f64()
    }

    /// The `object_id` of the track or the `MediaDevices` that it happened to.
    #[getter]
    fn object_id(&self) -> u64 {
        self.inner.object_id()
    }

    /// The `id` of the track that it happened to.
    #[getter]
    fn track_id(&self) -> Option<&str> {
        self.inner.track_id()
    }

    /// With `"devicechange"`: the devices that there are now.
    ///
    /// W3C: [`devices`](https://www.w3.org/TR/mediacapture-streams/#dom-devicechangeevent-devices).
    #[getter]
    fn devices(&self) -> Option<Vec<MediaDeviceInfo>> {
        self.inner.devices().map(MediaDeviceInfo::list)
    }

    /// With `"devicechange"`: those of them that were not there before.
    ///
    /// W3C: [`userInsertedDevices`](https://www.w3.org/TR/mediacapture-streams/#dom-devicechangeevent-userinserteddevices).
    #[getter]
    fn user_inserted_devices(&self) -> Vec<MediaDeviceInfo> {
        MediaDeviceInfo::list(self.inner.user_inserted_devices())
    }

    /// With `"permissionchange"`: `"camera"` or `"pan-tilt-zoom"`.
    #[getter]
    fn permission(&self) -> Option<&'static str> {
        self.inner.permission().map(|(permission, _)| permission.as_str())
    }

    /// With `"permissionchange"`: the new state, `"granted"`, `"prompt"` or `"denied"`.
    #[getter]
    fn state(&self) -> Option<&'static str> {
        self.inner.permission().map(|(_, state)| state.as_str())
    }

    /// With `"controlchange"`: the `id` of the control.
    #[getter]
    fn control_id(&self) -> Option<u32> {
        self.inner.control_id()
    }

    /// With `"controlchange"`: the `name` of the control, for `track.control()`.
    #[getter]
    fn control_name(&self) -> Option<&str> {
        self.inner.control_name()
    }

    fn __repr__(&self) -> String {
        let more = match (self.inner.permission(), self.inner.devices(), self.inner.control_name()) {
            (Some((permission, state)), ..) => format!(" {}={}", permission.as_str(), state.as_str()),
            (None, Some(devices), _) => format!(" devices={}", devices.len()),
            (None, None, Some(control)) => format!(" control={control}"),
            (None, None, None) => String::new(),
        };
        format!("<Event {}{more} object_id={}>", self.r#type(), self.object_id())
    }
}

/// Registers a function for one type of events. `register` is that of the object.
pub(crate) fn on(
    py: Python<'_>,
    name: &str,
    function: &Bound<'_, PyAny>,
    register: impl FnOnce(EventType, Box<dyn Fn(&Core) + Send + Sync>) -> imagecapture::Listener + Send,
) -> PyResult<Listener> {
    let Some(event_type) = EventType::from_name(name) else {
        let names: Vec<&str> = EventType::ALL.iter().map(|event_type| event_type.as_str()).collect();
        return Err(invalid(py, format!("name: there is no event {name:?}; there are {}", names.join(", "))));
    };
    let callback = Callback::new(function, "fn")?;
    let hear = move |event: &Core| {
        // None: the interpreter is shutting down and there is nobody left to tell.
        Python::try_attach(|py| {
            let event = Event { inner: event.clone() };
            callback.call(py, |py| Ok(Bound::new(py, event)?.into_any()), |_| Ok(()));
        });
    };
    let inner = py.detach(|| register(event_type, Box::new(hear)));
    Ok(Listener { inner: Mutex::new(Some(inner)) })
}

/// A registered function. It stays registered, also when this object is forgotten, until `remove()` or until nothing
/// can happen to its track or `MediaDevices` any more. `with track.on(...):` removes it at the end.
///
/// A function that refers to its track keeps the track alive for that long.
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct Listener {
    inner: Mutex<Option<imagecapture::Listener>>,
}

#[pymethods]
impl Listener {
    /// The function is not called any more; a call that is under way on another thread may still finish. May be called
    /// again, and inside of the function itself.
    fn remove(&self, py: Python<'_>) {
        py.detach(|| {
            let listener = self.inner.lock().unwrap_or_else(PoisonError::into_inner).take();
            drop(listener);
        });
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.remove(py);
    }

    fn __repr__(&self) -> &'static str {
        let registered = self.inner.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if registered { "<Listener>" } else { "<Listener removed>" }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // In the core a forgotten listener is removed; a Python program does not keep what it does not need.
        let inner = self.inner.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(listener) = inner {
            listener.detach();
        }
    }
}

/// The events of a `MediaDevices` and of all its tracks, one after the other. Iterating waits for the next one, and ends
/// when the `MediaDevices` was closed, or when no event came for `timeout` seconds.
///
/// Up to 1,024 events wait to be fetched; beyond that the oldest are dropped, and one `"overflow"` says so. All
/// iterators of one `MediaDevices` share its queue: each event goes to one of them.
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct Events {
    inner: Released<imagecapture::Events>,
    limit: Option<Duration>,
}

/// What a short wait brought.
enum Step {
    Event(Event),
    Nothing,
    /// No event comes any more.
    End,
}

impl Events {
    pub(crate) fn new(inner: imagecapture::Events, timeout: TimeoutArg) -> Events {
        Events { inner: Released::new(inner), limit: timeout.given() }
    }

    fn step(&self, py: Python<'_>, slice: Duration) -> Step {
        let start = Instant::now();
        match py.detach(|| self.inner.get().next_within(slice)) {
            Some(inner) => Step::Event(Event { inner }),
            // Only the end makes the core return before its time.
            None if start.elapsed() < slice => Step::End,
            None => Step::Nothing,
        }
    }

    fn wait(&self, py: Python<'_>, limit: Option<Duration>) -> PyResult<Option<Event>> {
        let start = Instant::now();
        loop {
            let left = limit.map_or(LOOK_FOR_SIGNALS, |limit| limit.saturating_sub(start.elapsed()));
            match self.step(py, left.min(LOOK_FOR_SIGNALS)) {
                Step::Event(event) => return Ok(Some(event)),
                Step::End => return Ok(None),
                Step::Nothing => py.check_signals()?,
            }
            if limit.is_some_and(|limit| start.elapsed() >= limit) {
                return Ok(None);
            }
        }
    }
}

#[pymethods]
impl Events {
    /// The next event, or `None` when none came within `timeout` seconds, or none will come any more. `timeout=0` only
    /// looks; without it this waits as long as it takes.
    #[pyo3(signature = (*, timeout=TimeoutArg::Never), text_signature = "($self, *, timeout=None)")]
    fn next_event(&self, py: Python<'_>, timeout: TimeoutArg) -> PyResult<Option<Event>> {
        self.wait(py, timeout.given())
    }

    /// For `imagecapture.aio`: waits up to `seconds`; `None` when nothing came, `False` at the end.
    fn _step(&self, py: Python<'_>, seconds: f64) -> PyResult<Py<PyAny>> {
        match self.step(py, Duration::try_from_secs_f64(seconds).unwrap_or_default()) {
            Step::Event(event) => Ok(Py::new(py, event)?.into_any()),
            Step::Nothing => Ok(py.None()),
            Step::End => Ok(PyBool::new(py, false).to_owned().into_any().unbind()),
        }
    }

    /// For `imagecapture.aio`: the `timeout` it was made with, in seconds.
    #[getter]
    fn _timeout(&self) -> Option<f64> {
        self.limit.map(|limit| limit.as_secs_f64())
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Event>> {
        self.wait(py, self.limit)
    }
}
