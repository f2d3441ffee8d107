//! `FrameCallback`: a function that is called with each frame of a track.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::callback::Callback;
use crate::errors::{OrRaise, raise};
use crate::frame::Frame;

/// A function that is called with the frames of a track. It is, also when this object is forgotten, until `remove()` or
/// the end of the track, which it keeps alive. `with track.on_frame(...):` removes it at the end.
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct FrameCallback {
    inner: Mutex<Option<imagecapture::FrameCallback>>,
}

type Result = imagecapture::Result<imagecapture::Frame>;

/// Registers a function for frames, and one for errors. `register` is that of the track.
pub(crate) fn on_frame(
    py: Python<'_>,
    function: &Bound<'_, PyAny>,
    on_error: Option<&Bound<'_, PyAny>>,
    register: impl FnOnce(Box<dyn FnMut(Result) + Send>) -> imagecapture::Result<imagecapture::FrameCallback> + Send,
) -> PyResult<FrameCallback> {
    let callback = Callback::new(function, "fn")?;
    let on_error = on_error.map(|function| Callback::new(function, "on_error")).transpose()?;
    let hear = move |result: Result| {
        // None: the interpreter is shutting down and there is nobody left to tell.
        Python::try_attach(|py| match result {
            Ok(frame) => callback.call(py, |py| Ok(Bound::new(py, Frame::new(frame))?.into_any()), |_| Ok(())),
            Err(error) => {
                if let Some(on_error) = &on_error {
                    on_error.call(py, |py| Ok(raise(py, &error).into_value(py).into_bound(py).into_any()), |_| Ok(()));
                }
            }
        });
    };
    let inner = py.detach(|| register(Box::new(hear))).or_raise(py)?;
    Ok(FrameCallback { inner: Mutex::new(Some(inner)) })
}

#[pymethods]
impl FrameCallback {
    /// The function is not called any more; a call that is under way on another thread may still finish. May be called
    /// again, and inside of the function itself.
    fn remove(&self, py: Python<'_>) {
        py.detach(|| {
            let callback = self.inner.lock().unwrap_or_else(PoisonError::into_inner).take();
            drop(callback);
        });
    }

    /// How many frames were dropped because the function was busy, or because they were damaged; 0 after `remove()`.
    #[getter]
    fn dropped(&self) -> u64 {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map_or(0, imagecapture::FrameCallback::dropped)
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.remove(py);
    }
}

impl Drop for FrameCallback {
    fn drop(&mut self) {
        // As a forgotten listener stays registered.
        let inner = self.inner.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(callback) = inner {
            callback.detach();
        }
    }
}
