//! Errors of the core become exceptions that are written in Python (`imagecapture/errors.py`), because only
//! there can a class inherit both ours and the built-in one that a Python programmer would catch.

use imagecapture::{Error, ErrorKind};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

static FACTORY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

fn build(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let factory = FACTORY.get_or_try_init(py, || py.import("imagecapture.errors")?.getattr("_from_core").map(Bound::unbind))?.bind(py);
    let exception = factory.call1((error.kind().as_str(), error.name(), error.message(), error.constraint(), error.os_code()))?;
    Ok(PyErr::from_value(exception))
}

/// The Python exception for an error of the core.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    // Failing to build the exception must not hide what it was about.
    build(py, error).unwrap_or_else(|problem| {
        let fallback = PyRuntimeError::new_err(error.to_string());
        fallback.set_cause(py, Some(problem));
        fallback
    })
}

/// An `InvalidInputError` of the binding's own: a value that the core's types cannot even express.
pub(crate) fn invalid(py: Python<'_>, message: impl Into<String>) -> PyErr {
    raise(py, &Error::new(ErrorKind::InvalidInput, message))
}

/// Any other error of the binding's own.
pub(crate) fn other(py: Python<'_>, kind: ErrorKind, message: &str) -> PyErr {
    raise(py, &Error::new(kind, message))
}

/// `result.or_raise(py)?` where the core answered.
pub(crate) trait OrRaise<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for imagecapture::Result<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| raise(py, &error))
    }
}
