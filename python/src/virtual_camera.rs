//! `VirtualCamera`: a camera made of software, for tests and for machines without one.

use imagecapture::VirtualCamera as Core;
use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::convert::to_json;
use crate::errors::{OrRaise, invalid};
use crate::frame::{Frame, format_from_name};
use crate::pending::Released;
use crate::track::MediaStreamTrack;

/// A camera made of software. `config` is its configuration as a dict or as JSON text; without it the camera
/// shows a test pattern and has a zoom.
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct VirtualCamera {
    inner: Released<Core>,
}

impl VirtualCamera {
    pub(crate) fn core(&self) -> &Core {
        self.inner.get()
    }
}

/// A camera from a dict or from JSON text.
pub(crate) fn from_config(config: &Bound<'_, PyAny>, path: &str) -> PyResult<Core> {
    let py = config.py();
    let text = match config.cast::<PyString>() {
        Ok(text) => text.to_string_lossy().into_owned(),
        Err(_) => {
            let json = to_json(config, path)?;
            if !json.is_object() {
                return Err(invalid(py, format!("{path}: a dict is expected")));
            }
            json.to_string()
        }
    };
    py.detach(|| Core::from_json(&text)).or_raise(py)
}

#[pymethods]
impl VirtualCamera {
    #[new]
    #[pyo3(signature = (config=None))]
    fn new(config: Option<&Bound<'_, PyAny>>) -> PyResult<VirtualCamera> {
        let inner = match config {
            None => Core::default_camera(),
            Some(config) => from_config(config, "config")?,
        };
        Ok(VirtualCamera { inner: Released::new(inner) })
    }

    /// The name it is listed under.
    #[getter]
    fn label(&self) -> String {
        self.core().label().to_string()
    }

    /// The identifier of its configuration.
    #[getter]
    fn device_id(&self) -> String {
        self.core().device_id().to_string()
    }

    /// How many frames it has made.
    #[getter]
    fn frame_count(&self) -> u64 {
        self.core().frame_count()
    }

    /// Pulls the plug: its tracks end, and it is no longer listed.
    fn unplug(&self, py: Python<'_>) {
        py.detach(|| self.core().unplug());
    }

    /// Plugs it in again.
    fn replug(&self, py: Python<'_>) {
        py.detach(|| self.core().replug());
    }

    /// Lets it behave as if another program held it.
    fn set_busy(&self, py: Python<'_>, busy: bool) {
        py.detach(|| self.core().set_busy(busy));
    }

    /// Stops the frames, or lets them go on.
    #[pyo3(signature = (frozen=true))]
    fn freeze(&self, py: Python<'_>, frozen: bool) {
        py.detach(|| self.core().freeze(frozen));
    }

    /// Makes `count` frames now; for `"pacing": "manual"`.
    #[pyo3(signature = (count=1))]
    fn step(&self, py: Python<'_>, count: u32) {
        py.detach(|| self.core().step(count));
    }

    /// Gives a camera with the scene `push` its next picture. `data` is any buffer of bytes; `stride` the
    /// bytes from row to row, 0 for rows without gaps.
    #[pyo3(signature = (format, width, height, data, *, stride=0))]
    fn push_frame(&self, py: Python<'_>, format: &str, width: u32, height: u32, data: &Bound<'_, PyAny>, stride: usize) -> PyResult<()> {
        let format = format_from_name(py, format)?;
        let buffer = PyBuffer::<u8>::get(data).map_err(|_| invalid(py, "data: a buffer of bytes is expected"))?;
        let bytes = buffer.to_vec(py)?;
        py.detach(|| self.core().push_frame(format, width, height, &bytes, stride)).or_raise(py)
    }

    /// A track straight from this camera, without listing it in any `MediaDevices`.
    fn open(&self, py: Python<'_>) -> PyResult<MediaStreamTrack> {
        let track = py.detach(|| self.core().open()).or_raise(py)?;
        Ok(MediaStreamTrack::new(track))
    }

    /// The frame number that the test pattern shows, read from the pixels; `None` where there is none.
    #[staticmethod]
    fn read_frame_number(py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<Option<u16>> {
        let Ok(frame) = frame.cast::<Frame>() else {
            return Err(invalid(py, "frame: a Frame is expected"));
        };
        let frame = frame.get().core(py)?;
        Ok(py.detach(|| Core::read_frame_number(&frame)))
    }

    fn __repr__(&self) -> String {
        format!("<VirtualCamera {:?} device_id={:?}>", self.label(), self.device_id())
    }
}
