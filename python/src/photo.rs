//! `Photo`: an encoded picture.

use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

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
    settings: Py<PyDict>,
}

pub(crate) fn to_py<'py>(py: Python<'py>, photo: &imagecapture::Photo) -> PyResult<Py<Photo>> {
    let memory = Memory { bytes: PyBytes::new(py, photo.bytes()).unbind() };
    let photo = Photo {
        mime_type: photo.mime_type().to_owned(),
        width: photo.width(),
        height: photo.height(),
        timestamp: photo.timestamp(),
        settings: settings_to_py(py, photo.settings())?.unbind(),
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

    /// The settings of the track that were in force.
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
