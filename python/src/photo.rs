//! `Photo`: an encoded picture.

use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::constraints::settings_to_py;
use crate::errors::invalid;
use crate::frame::Memory;

/// An encoded picture with its MIME type (a `Blob` on the web). Also a buffer of its bytes.
#[pyclass(frozen, extends = Memory, module = "imagecapture")]
pub(crate) struct Photo {
    mime_type: String,
    width: u32,
    height: u32,
    timestamp: Duration,
    sequence: u64,
    settings: Py<PyDict>,
    report: Py<PyDict>,
}

/// A `PhotoReport` with the names of this language.
fn report_to_py<'py>(py: Python<'py>, report: &imagecapture::PhotoReport) -> PyResult<Bound<'py, PyDict>> {
    let mode = report.mode.map(|(width, height, format)| {
        let mode = PyDict::new(py);
        mode.set_item("width", width)?;
        mode.set_item("height", height)?;
        mode.set_item("pixel_format", format.name())?;
        PyResult::Ok(mode)
    });
    let changes: Vec<&str> = report.changes.iter().map(|change| change.as_str()).collect();
    let dict = PyDict::new(py);
    dict.set_item("mode", mode.transpose()?)?;
    dict.set_item("reconfigured", report.reconfigured)?;
    dict.set_item("settled", report.settled)?;
    dict.set_item("settle_frames", report.settle_frames)?;
    dict.set_item("changes", changes)?;
    for (name, time) in [
        ("waiting", report.waiting),
        ("switching", report.switching),
        ("settling", report.settling),
        ("exposing", report.exposing),
        ("encoding", report.encoding),
        ("restoring", report.restoring),
        ("total", report.total),
    ] {
        dict.set_item(name, time.as_secs_f64())?;
    }
    Ok(dict)
}

pub(crate) fn list_to_py(py: Python<'_>, photos: &[imagecapture::Photo]) -> PyResult<Py<PyAny>> {
    let photos = photos.iter().map(|photo| to_py(py, photo)).collect::<PyResult<Vec<_>>>()?;
    Ok(PyList::new(py, photos)?.into_any().unbind())
}

pub(crate) fn to_py<'py>(py: Python<'py>, photo: &imagecapture::Photo) -> PyResult<Py<Photo>> {
    let memory = Memory { bytes: PyBytes::new(py, photo.bytes()).unbind() };
    let photo = Photo {
        mime_type: photo.mime_type().to_owned(),
        width: photo.width(),
        height: photo.height(),
        timestamp: photo.timestamp(),
        sequence: photo.sequence(),
        settings: settings_to_py(py, photo.settings())?.unbind(),
        report: report_to_py(py, photo.report())?.unbind(),
    };
    Py::new(py, PyClassInitializer::from(memory).add_subclass(photo))
}

fn bytes<'py>(slf: &Bound<'py, Photo>) -> Bound<'py, PyBytes> {
    slf.as_super().get().bytes.bind(slf.py()).clone()
}

#[pymethods]
impl Photo {
    /// The MIME type, such as `"image/jpeg"`.
    #[getter]
    fn mime_type(&self) -> &str {
        &self.mime_type
    }

    /// The MIME type, by the name that `Blob` has for it.
    #[getter]
    fn r#type(&self) -> &str {
        &self.mime_type
    }

    /// The encoded bytes.
    #[getter]
    fn data<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyBytes> {
        bytes(slf)
    }

    /// Width in pixels.
    #[getter]
    fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[getter]
    fn height(&self) -> u32 {
        self.height
    }

    /// When it was taken, in seconds of the system's monotonic clock.
    #[getter]
    fn timestamp(&self) -> f64 {
        self.timestamp.as_secs_f64()
    }

    /// The number of the camera's frame that it is; 0 of a still that the camera took by itself.
    #[getter]
    fn sequence(&self) -> u64 {
        self.sequence
    }

    /// What was done for it, and how long that took, in seconds.
    #[getter]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.report.bind(py).copy()
    }

    /// The settings of the track that were in force, with the values that the camera said it was set to.
    #[getter]
    fn settings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.settings.bind(py).copy()
    }

    /// Writes the bytes to a file, which gets its name only when it is complete.
    fn save(slf: &Bound<'_, Self>, path: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = slf.py();
        if path.is_none() {
            return Err(invalid(py, "path: a path is expected"));
        }
        py.import("imagecapture._files")?.call_method1("write", (path, bytes(slf)))?;
        Ok(())
    }

    fn __len__(slf: &Bound<'_, Self>) -> usize {
        bytes(slf).as_bytes().len()
    }

    fn __bytes__<'py>(slf: &Bound<'py, Self>) -> Bound<'py, PyBytes> {
        bytes(slf)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> String {
        let photo = slf.get();
        format!("<Photo {} {}x{} {} bytes>", photo.mime_type, photo.width, photo.height, Photo::__len__(slf))
    }
}
