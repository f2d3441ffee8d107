//! `Explanation`: why this camera, why this mode?

use pyo3::prelude::*;

use crate::convert::from_json;

/// How constraints choose: each camera and mode with its distance from what is wished, term by term, and why others are
/// out. `str()` has it for people, `to_dict()` for programs.
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct Explanation {
    inner: imagecapture::Explanation,
}

impl Explanation {
    pub(crate) fn new(inner: imagecapture::Explanation) -> Explanation {
        Explanation { inner }
    }
}

/// `failsAdvanced` as Python spells it: `fails_advanced`.
pub(crate) fn snake_case(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

#[pymethods]
impl Explanation {
    /// The device that would be opened first; `None` when none fits.
    #[getter]
    fn device_id(&self) -> Option<&str> {
        self.inner.device_id()
    }

    /// `constraints`, `ignored`, `device_id`, and `devices`, each with its `modes`.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        from_json(py, &self.inner.to_json_value(), &snake_case)
    }

    fn __str__(&self) -> String {
        self.inner.to_string()
    }

    fn __repr__(&self) -> String {
        match self.inner.device_id() {
            Some(device_id) => format!("<Explanation device_id={device_id:?}>"),
            None => "<Explanation: no camera fits>".to_owned(),
        }
    }
}
