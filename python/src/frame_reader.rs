//! `FrameReader`: a track's frames, one after the other.

use std::time::Duration;

use imagecapture::ErrorKind;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyTuple};

use crate::convert::TimeoutArg;
use crate::errors::{OrRaise, raise};
use crate::frame::Frame;
use crate::pending::{Released, wait_in_steps};

/// The frames of a track, one after the other. Iterating waits for each frame and ends with the track; when
/// the camera was lost, with a `DeviceLostError`.
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct FrameReader {
    inner: Released<imagecapture::FrameReader>,
}

impl FrameReader {
    pub(crate) fn new(inner: imagecapture::FrameReader) -> FrameReader {
        FrameReader { inner: Released::new(inner) }
    }
}

/// How long a frame may take when nothing else is asked for.
const OWN_LIMIT: Duration = imagecapture::FrameReader::LIMIT;

fn limit_of(timeout: TimeoutArg) -> Option<Duration> {
    match timeout {
        TimeoutArg::Default => Some(OWN_LIMIT),
        TimeoutArg::Never => None,
        TimeoutArg::After(limit) => Some(limit),
    }
}

impl FrameReader {
    /// What iteration makes of a result: `None` at the end. The loss of the camera is raised once, and is the end.
    fn item(&self, py: Python<'_>, result: imagecapture::Result<imagecapture::Frame>) -> PyResult<Option<Frame>> {
        match result {
            Ok(frame) => Ok(Some(Frame::new(frame))),
            Err(error) if error.kind() == ErrorKind::InvalidState => Ok(None),
            Err(error) => {
                if error.kind() == ErrorKind::DeviceLost {
                    self.close(py);
                }
                Err(raise(py, &error))
            }
        }
    }
}

#[pymethods]
impl FrameReader {
    /// The next frame. `timeout=0` only looks.
    #[pyo3(signature = (*, timeout=TimeoutArg::Default))]
    fn next_frame(&self, py: Python<'_>, timeout: TimeoutArg) -> PyResult<Frame> {
        let reader = self.inner.get();
        let frame = wait_in_steps(py, limit_of(timeout), |slice| reader.next_frame_within(slice))?;
        frame.map(Frame::new).or_raise(py)
    }

    /// For `imagecapture.aio`: waits up to `seconds`; `None` when nothing came, `False` at the end.
    fn _step(&self, py: Python<'_>, seconds: f64) -> PyResult<Py<PyAny>> {
        let slice = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let result = py.detach(|| self.inner.get().next_frame_within(slice));
        if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::TimedOut) {
            return Ok(py.None());
        }
        match self.item(py, result)? {
            Some(frame) => Ok(Py::new(py, frame)?.into_any()),
            None => Ok(PyBool::new(py, false).to_owned().into_any().unbind()),
        }
    }

    /// For `imagecapture.aio`: a `timeout` in seconds.
    #[staticmethod]
    fn _limit(timeout: TimeoutArg) -> Option<f64> {
        limit_of(timeout).map(|limit| limit.as_secs_f64())
    }

    /// How many frames this reader lost because nobody fetched them in time, or they were damaged.
    #[getter]
    fn dropped(&self) -> u64 {
        self.inner.get().dropped()
    }

    /// Ends the reader. May be called again.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.inner.get().close());
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Frame>> {
        let reader = self.inner.get();
        let result = wait_in_steps(py, Some(OWN_LIMIT), |slice| reader.next_frame_within(slice))?;
        self.item(py, result)
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.close(py);
    }
}
