//! `MediaStreamTrack`: one camera's picture, and the handle to change it.

use std::hash::{DefaultHasher, Hash, Hasher};

use imagecapture::{DeliveryPolicy, FramesOptions};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::constraints::{capabilities_to_py, constraints_to_py, read, settings_to_py};
use crate::convert::TimeoutArg;
use crate::errors::{OrRaise, invalid};
use crate::frame::format_from_name;
use crate::frame_reader::FrameReader;
use crate::pending::{Operation, Released};

/// One camera's picture. Tracks come from `MediaStream.get_video_tracks()`; two objects for the same track
/// are equal, a `clone()` is another track.
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
}

#[pymethods]
impl MediaStreamTrack {
    /// A name unique to this track.
    #[getter]
    fn id(&self) -> String {
        self.core().id().to_string()
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
    #[getter]
    fn ready_state(&self) -> &'static str {
        self.core().ready_state().as_str()
    }

    /// Whether the camera delivers nothing at the moment, for a reason outside the program.
    #[getter]
    fn muted(&self) -> bool {
        self.core().muted()
    }

    /// Whether the picture is let through; `False` makes the frames black.
    #[getter]
    fn enabled(&self) -> bool {
        self.core().enabled()
    }

    #[setter]
    fn set_enabled(&self, value: bool) {
        self.core().set_enabled(value);
    }

    /// What the camera can do. Numbers have a `MediaSettingsRange`; what the camera lacks is absent.
    fn get_capabilities<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let capabilities = py.detach(|| self.core().capabilities());
        capabilities_to_py(py, &capabilities)
    }

    /// The values in force.
    fn get_settings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let settings = py.detach(|| self.core().settings());
        settings_to_py(py, &settings)
    }

    /// The constraints that were applied last, as they were given, without the members that are unknown.
    fn get_constraints<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        constraints_to_py(py, &self.core().constraints())
    }

    /// The paths of the members that had no effect in the constraints that were applied last.
    #[getter]
    fn ignored_constraints(&self) -> Vec<String> {
        self.core().constraints().ignored().to_vec()
    }

    /// Changes the settings. The new constraints replace the old ones; `None` is `{}`.
    #[pyo3(signature = (constraints=None, *, timeout=TimeoutArg::Default))]
    fn apply_constraints(&self, py: Python<'_>, constraints: Option<&Bound<'_, PyAny>>, timeout: TimeoutArg) -> PyResult<()> {
        self.apply(py, constraints, timeout)?.wait(py).map(drop)
    }

    #[pyo3(signature = (constraints=None, *, timeout=TimeoutArg::Default))]
    fn _apply_constraints(&self, py: Python<'_>, constraints: Option<&Bound<'_, PyAny>>, timeout: TimeoutArg) -> PyResult<Operation> {
        self.apply(py, constraints, timeout)
    }

    /// Ends the track. The camera is switched off with its last track.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.core().stop());
    }

    /// Another track of the same camera, with constraints of its own.
    fn clone(&self, py: Python<'_>) -> MediaStreamTrack {
        MediaStreamTrack::new(py.detach(|| self.core().clone_track()))
    }

    /// An iterator over the frames as the camera delivers them.
    ///
    /// `queue`: `None` keeps only the newest frame, a number keeps up to that many and drops the oldest.
    /// `format`: a pixel format that every frame is converted to.
    #[pyo3(signature = (*, queue=None, format=None))]
    fn frames(&self, py: Python<'_>, queue: Option<&Bound<'_, PyAny>>, format: Option<&str>) -> PyResult<FrameReader> {
        let policy = match queue {
            None => DeliveryPolicy::Latest,
            Some(queue) => match queue.extract::<usize>() {
                Ok(length) if length > 0 => DeliveryPolicy::Queue(length),
                _ => return Err(invalid(py, format!("queue: a whole number of at least 1 is expected, not {queue}"))),
            },
        };
        let format = format.map(|name| format_from_name(py, name)).transpose()?;
        let reader = py.detach(|| self.core().frames(FramesOptions { policy, format })).or_raise(py)?;
        Ok(FrameReader::new(reader))
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
