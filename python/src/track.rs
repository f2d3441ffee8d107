//! `MediaStreamTrack`: one camera's picture, and the handle to change it.

use std::hash::{DefaultHasher, Hash, Hasher};

use imagecapture::{ControlValue, DeliveryPolicy, FramesOptions};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::constraints::{capabilities_to_py, constraints_to_py, read, settings_to_py};
use crate::controls::{list_to_py, one_to_py, value_of, values_of};
use crate::convert::TimeoutArg;
use crate::errors::{OrRaise, invalid};
use crate::events::{self, Listener};
use crate::frame::format_from_name;
use crate::frame_callback::{self, FrameCallback};
use crate::frame_reader::FrameReader;
use crate::pending::{Operation, Released};

/// One camera's picture. Tracks come from `MediaStream.get_video_tracks()`; two objects for the same track
/// are equal, a `clone()` is another track.
///
/// W3C: [`MediaStreamTrack`](https://www.w3.org/TR/mediacapture-streams/#mediastreamtrack).
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct MediaStreamTrack {
    inner: Released<imagecapture::MediaStreamTrack>,
}

impl MediaStreamTrack {
    pub(crate) fn new(inner: imagecapture::MediaStreamTrack) -> MediaStreamTrack {
        MediaStreamTrack { inner: Released::new(inner) }
    }

    pub(crate) fn core(&self) -> &imagecapture::MediaStreamTrack {
        self.inner.get()
    }

    fn apply(&self, py: Python<'_>, constraints: Option<&Bound<'_, PyAny>>, timeout: TimeoutArg) -> PyResult<Operation> {
        let constraints = read(constraints)?;
        let pending = py.detach(|| self.core().apply_constraints_async(&constraints)).or_raise(py)?;
        Ok(Operation::new(pending, timeout, |py, ()| Ok(py.None())))
    }

    fn list_controls(&self, py: Python<'_>, timeout: TimeoutArg) -> PyResult<Operation> {
        let pending = py.detach(|| self.core().controls_async()).or_raise(py)?;
        Ok(Operation::new(pending, timeout, list_to_py))
    }

    fn find_control(&self, py: Python<'_>, name: String, timeout: TimeoutArg) -> PyResult<Operation> {
        let pending = py.detach(|| self.core().controls_async()).or_raise(py)?;
        Ok(Operation::new(pending, timeout, move |py, controls| one_to_py(py, &controls, &name)))
    }

    fn write(&self, py: Python<'_>, values: &[(String, ControlValue)], timeout: TimeoutArg) -> PyResult<Operation> {
        let values: Vec<_> = values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let pending = py.detach(|| self.core().set_controls_async(&values)).or_raise(py)?;
        Ok(Operation::new(pending, timeout, |py, ()| Ok(py.None())))
    }
}

fn options(py: Python<'_>, queue: Option<&Bound<'_, PyAny>>, format: Option<&str>) -> PyResult<FramesOptions> {
    let policy = match queue {
        None => DeliveryPolicy::Latest,
        Some(queue) => match queue.extract::<usize>() {
            Ok(length) if length > 0 => DeliveryPolicy::Queue(length),
            _ => return Err(invalid(py, format!("queue: a whole number of at least 1 is expected, not {queue}"))),
        },
    };
    Ok(FramesOptions { policy, format: format.map(|name| format_from_name(py, name)).transpose()? })
}

#[pymethods]
impl MediaStreamTrack {
    /// A name unique to this track.
    #[getter]
    fn id(&self) -> String {
        self.core().id().to_string()
    }

    /// Tells it from every other object in events; never used again in a process.
    #[getter]
    fn object_id(&self) -> u64 {
        self.core().object_id()
    }

    /// The name of the camera.
    #[getter]
    fn label(&self) -> String {
        self.core().label().to_string()
    }

    /// `"video"` or `"audio"`.
    #[getter]
    fn kind(&self) -> &'static str {
        self.core().kind().as_str()
    }

    /// `"live"`, or `"ended"` after `stop()`, `close()` or the loss of the camera.
    ///
    /// W3C: [`readyState`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-readystate).
    #[getter]
    fn ready_state(&self) -> &'static str {
        self.core().ready_state().as_str()
    }

    /// Whether the camera delivers nothing at the moment, for a reason outside the program.
    ///
    /// W3C: [`muted`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-muted).
    #[getter]
    fn muted(&self) -> bool {
        self.core().muted()
    }

    /// Whether the picture is let through; `False` makes the frames black.
    ///
    /// W3C: [`enabled`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-enabled).
    #[getter]
    fn enabled(&self) -> bool {
        self.core().enabled()
    }

    #[setter]
    fn set_enabled(&self, value: bool) {
        self.core().set_enabled(value);
    }

    /// What became of the track's frames so far: one consistent snapshot.
    ///
    /// W3C: [`stats`](https://w3c.github.io/mediacapture-extensions/#dom-mediastreamtrack-stats).
    #[getter]
    fn stats(&self) -> TrackStats {
        TrackStats { inner: self.core().stats() }
    }

    /// What the camera can do. Numbers have a `MediaSettingsRange`; what the camera lacks is absent.
    ///
    /// W3C: [`getCapabilities`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-getcapabilities).
    fn get_capabilities<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let capabilities = py.detach(|| self.core().capabilities());
        capabilities_to_py(py, &capabilities)
    }

    /// The values in force.
    ///
    /// W3C: [`getSettings`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-getsettings).
    fn get_settings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let settings = py.detach(|| self.core().settings());
        settings_to_py(py, &settings)
    }

    /// The constraints that were applied last, as they were given, without the members that are unknown.
    ///
    /// W3C: [`getConstraints`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-getconstraints).
    fn get_constraints<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        constraints_to_py(py, &self.core().constraints())
    }

    /// The paths of the members that had no effect in the constraints that were applied last.
    #[getter]
    fn ignored_constraints(&self) -> Vec<String> {
        self.core().constraints().ignored().to_vec()
    }

    /// Changes the settings. The new constraints replace the old ones; `None` is `{}`.
    ///
    /// W3C: [`applyConstraints`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-applyconstraints).
    #[pyo3(signature = (constraints=None, *, timeout=TimeoutArg::Default))]
    fn apply_constraints(&self, py: Python<'_>, constraints: Option<&Bound<'_, PyAny>>, timeout: TimeoutArg) -> PyResult<()> {
        self.apply(py, constraints, timeout)?.wait(py).map(drop)
    }

    #[pyo3(signature = (constraints=None, *, timeout=TimeoutArg::Default))]
    fn _apply_constraints(&self, py: Python<'_>, constraints: Option<&Bound<'_, PyAny>>, timeout: TimeoutArg) -> PyResult<Operation> {
        self.apply(py, constraints, timeout)
    }

    /// The controls of the camera by their own names, in the order of the driver: all that it has, also those behind a
    /// property. Those that move the camera are there only with the permission for pan, tilt and zoom.
    #[pyo3(signature = (*, timeout=TimeoutArg::Default))]
    fn controls(&self, py: Python<'_>, timeout: TimeoutArg) -> PyResult<Py<PyAny>> {
        self.list_controls(py, timeout)?.wait(py)
    }

    #[pyo3(signature = (*, timeout=TimeoutArg::Default))]
    fn _controls(&self, py: Python<'_>, timeout: TimeoutArg) -> PyResult<Operation> {
        self.list_controls(py, timeout)
    }

    /// One control by its own name. `NotSupportedError` when the camera has none of this name; the message has those that
    /// there are.
    #[pyo3(signature = (name, *, timeout=TimeoutArg::Default))]
    fn control(&self, py: Python<'_>, name: String, timeout: TimeoutArg) -> PyResult<Py<PyAny>> {
        self.find_control(py, name, timeout)?.wait(py)
    }

    #[pyo3(signature = (name, *, timeout=TimeoutArg::Default))]
    fn _control(&self, py: Python<'_>, name: String, timeout: TimeoutArg) -> PyResult<Operation> {
        self.find_control(py, name, timeout)
    }

    /// Sets controls by their own names, one after the other in the order of the dict: all of them or none. A menu also takes
    /// the name of a choice; a button takes anything.
    ///
    /// Where a control stands behind a property, the settings of all tracks of the camera follow, whatever their constraints
    /// say.
    #[pyo3(signature = (values, *, timeout=TimeoutArg::Default))]
    fn set_controls(&self, py: Python<'_>, values: &Bound<'_, PyAny>, timeout: TimeoutArg) -> PyResult<()> {
        self.write(py, &values_of(values)?, timeout)?.wait(py).map(drop)
    }

    #[pyo3(signature = (values, *, timeout=TimeoutArg::Default))]
    fn _set_controls(&self, py: Python<'_>, values: &Bound<'_, PyAny>, timeout: TimeoutArg) -> PyResult<Operation> {
        self.write(py, &values_of(values)?, timeout)
    }

    /// Sets one control by its own name: `track.set_control("gain", 50)`.
    #[pyo3(signature = (name, value, *, timeout=TimeoutArg::Default))]
    fn set_control(&self, py: Python<'_>, name: &str, value: &Bound<'_, PyAny>, timeout: TimeoutArg) -> PyResult<()> {
        self.write(py, &value_of(name, value)?, timeout)?.wait(py).map(drop)
    }

    #[pyo3(signature = (name, value, *, timeout=TimeoutArg::Default))]
    fn _set_control(&self, py: Python<'_>, name: &str, value: &Bound<'_, PyAny>, timeout: TimeoutArg) -> PyResult<Operation> {
        self.write(py, &value_of(name, value)?, timeout)
    }

    /// Calls `fn(event)` whenever this happens to the track: `"mute"`, `"unmute"`, `"ended"` (not after `stop()` or
    /// `close()`, which the program knows of), `"configurationchange"`, or `"controlchange"` when a control of its camera has
    /// another value, range or flags than before, and not through this track. It is called on a thread of the library, one event
    /// after the other, or in `process_events()`, and may call anything. An exception in it goes to `sys.unraisablehook`.
    ///
    /// W3C: [events](https://www.w3.org/TR/mediacapture-streams/#event-summary).
    fn on(&self, py: Python<'_>, name: &str, r#fn: &Bound<'_, PyAny>) -> PyResult<Listener> {
        events::on(py, name, r#fn, |event_type, hear| self.core().on(event_type, hear))
    }

    /// Ends the track. The camera is switched off with its last track.
    ///
    /// W3C: [`stop`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-stop).
    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.core().stop());
    }

    /// Another track of the same camera, with constraints of its own.
    ///
    /// W3C: [`clone`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-clone).
    fn clone(&self, py: Python<'_>) -> MediaStreamTrack {
        MediaStreamTrack::new(py.detach(|| self.core().clone_track()))
    }

    /// An iterator over the frames as the camera delivers them.
    ///
    /// `queue`: `None` keeps only the newest frame, a number keeps up to that many and drops the oldest.
    /// `format`: a pixel format that every frame is converted to.
    #[pyo3(signature = (*, queue=None, format=None))]
    fn frames(&self, py: Python<'_>, queue: Option<&Bound<'_, PyAny>>, format: Option<&str>) -> PyResult<FrameReader> {
        let options = options(py, queue, format)?;
        let reader = py.detach(|| self.core().frames(options)).or_raise(py)?;
        Ok(FrameReader::new(reader))
    }

    /// Calls `fn(frame)` with each frame, one after the other, on a thread of its own, or in `process_events()`; it may
    /// call anything. An exception in it goes to `sys.unraisablehook`. `queue` and `format` are those of `frames()`, and
    /// say which frames a slow function misses. `on_error` is called with an exception where `next_frame()` would raise
    /// one, the `DeviceLostError` last.
    #[pyo3(signature = (r#fn, *, queue=None, format=None, on_error=None))]
    fn on_frame(
        &self,
        py: Python<'_>,
        r#fn: &Bound<'_, PyAny>,
        queue: Option<&Bound<'_, PyAny>>,
        format: Option<&str>,
        on_error: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<FrameCallback> {
        let options = options(py, queue, format)?;
        frame_callback::on_frame(py, r#fn, on_error, |hear| self.core().on_frame(options, hear))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<MediaStreamTrack>().is_ok_and(|other| other.get().core() == self.core())
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.id().hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        format!("<MediaStreamTrack {} {:?} {}>", self.kind(), self.label(), self.ready_state())
    }
}

/// How many frames of a track went where. The counts start at 0 with the track, also that of a `clone()`, and run only
/// while it is unmuted and enabled. Frames that were lost are `total_frames - delivered_frames - discarded_frames`; of
/// those, `corrupt_frames` came damaged.
///
/// W3C: [`MediaStreamTrackVideoStats`](https://w3c.github.io/mediacapture-extensions/#dom-mediastreamtrackvideostats).
#[pyclass(frozen, eq, module = "imagecapture")]
#[derive(PartialEq)]
pub(crate) struct TrackStats {
    inner: imagecapture::TrackStats,
}

#[pymethods]
impl TrackStats {
    /// Frames that were given to readers, or would have been if there had been any.
    #[getter]
    fn delivered_frames(&self) -> u64 {
        self.inner.delivered_frames()
    }

    /// Frames that were left out to reach the track's frame rate, which is lower than the camera's.
    #[getter]
    fn discarded_frames(&self) -> u64 {
        self.inner.discarded_frames()
    }

    /// All frames of the camera in that time, also damaged ones and those that it lost on the way.
    #[getter]
    fn total_frames(&self) -> u64 {
        self.inner.total_frames()
    }

    /// Frames that came damaged and were left out: the driver said so, or they were shorter than a picture is. JPEGs that are
    /// found to be damaged when they are decoded are not among them.
    #[getter]
    fn corrupt_frames(&self) -> u64 {
        self.inner.corrupt_frames()
    }

    /// The counts as a dict.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("delivered_frames", self.delivered_frames())?;
        dict.set_item("discarded_frames", self.discarded_frames())?;
        dict.set_item("total_frames", self.total_frames())?;
        dict.set_item("corrupt_frames", self.corrupt_frames())?;
        Ok(dict)
    }

    fn __repr__(&self) -> String {
        let (delivered, discarded, total) = (self.delivered_frames(), self.discarded_frames(), self.total_frames());
        let corrupt = self.corrupt_frames();
        format!("<TrackStats delivered_frames={delivered} discarded_frames={discarded} total_frames={total} corrupt_frames={corrupt}>")
    }
}
