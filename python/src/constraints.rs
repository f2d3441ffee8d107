//! Dictionaries of the W3C model as Python dictionaries: constraints in, capabilities and settings out.

use std::hash::{DefaultHasher, Hash, Hasher};

use imagecapture::{MediaTrackCapabilities, MediaTrackConstraints, MediaTrackSettings, Property, ValueKind};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::convert::{from_json, points_of_tuples, to_json};
use crate::errors::{OrRaise, invalid};

/// `{"min", "max", "step"}`: the values a camera accepts. `step` is 0 where every value between is accepted
/// or the W3C dictionary has no step (`width`).
///
/// W3C: [`MediaSettingsRange`](https://www.w3.org/TR/image-capture/#mediasettingsrange-section).
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct MediaSettingsRange {
    range: imagecapture::MediaSettingsRange,
    whole: bool,
    /// Whether the W3C dictionary has `step` here; without it the attribute is 0 all the same.
    stepped: bool,
}

impl MediaSettingsRange {
    /// A range that W3C has as `MediaSettingsRange` itself.
    pub(crate) fn of_numbers(range: imagecapture::MediaSettingsRange) -> MediaSettingsRange {
        MediaSettingsRange { range, whole: false, stepped: true }
    }

    fn number<'py>(&self, py: Python<'py>, value: f64) -> PyResult<Bound<'py, PyAny>> {
        number(py, value, self.whole)
    }
}

/// Numbers that W3C calls `unsigned long` are `int`, the others `float`.
fn number(py: Python<'_>, value: f64, whole: bool) -> PyResult<Bound<'_, PyAny>> {
    Ok(if whole { (value as i64).into_pyobject(py)?.into_any() } else { value.into_pyobject(py)?.into_any() })
}

#[pymethods]
impl MediaSettingsRange {
    #[new]
    #[pyo3(signature = (min, max, step=0.0))]
    fn new(min: f64, max: f64, step: f64) -> MediaSettingsRange {
        MediaSettingsRange::of_numbers(imagecapture::MediaSettingsRange { min, max, step })
    }

    /// Smallest value; may be negative.
    #[getter]
    fn min<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.number(py, self.range.min)
    }

    /// Largest value.
    #[getter]
    fn max<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.number(py, self.range.max)
    }

    /// Smallest difference between two values, or 0.
    #[getter]
    fn step<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.number(py, self.range.step)
    }

    /// The members of the W3C dictionary, so that `dict(range)` makes one.
    fn keys(&self) -> Vec<&'static str> {
        if self.stepped { vec!["min", "max", "step"] } else { vec!["min", "max"] }
    }

    fn __getitem__<'py>(&self, py: Python<'py>, key: &str) -> PyResult<Bound<'py, PyAny>> {
        match key {
            "min" => self.min(py),
            "max" => self.max(py),
            "step" if self.stepped => self.step(py),
            _ => Err(PyKeyError::new_err(key.to_owned())),
        }
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<MediaSettingsRange>().is_ok_and(|other| other.get().range == self.range)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for part in [self.range.min, self.range.max, self.range.step] {
            // 0.0 and -0.0 are equal, so their hashes have to be.
            (if part == 0.0 { 0.0 } else { part }).to_bits().hash(&mut hasher);
        }
        hasher.finish()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("MediaSettingsRange(min={}, max={}, step={})", self.min(py)?, self.max(py)?, self.step(py)?))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (f64, f64, f64))> {
        let range = slf.get().range;
        Ok((slf.get_type().into_any(), (range.min, range.max, range.step)))
    }
}

/// A dictionary of constraints; `None` is `{}`.
pub(crate) fn read(value: Option<&Bound<'_, PyAny>>) -> PyResult<MediaTrackConstraints> {
    let Some(value) = value else { return Ok(MediaTrackConstraints::new()) };
    let mut json = to_json(value, "")?;
    points_of_tuples(&mut json);
    MediaTrackConstraints::from_json_value(&json).or_raise(value.py())
}

/// The paths of the members of `constraints` that have no effect, because this version does not know them:
/// a misspelt name, say. Raises `InvalidInputError` for a member of the wrong type.
#[pyfunction]
pub(crate) fn check_constraints(constraints: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    Ok(read(Some(constraints))?.ignored().to_vec())
}

/// Constraints as they were given, with the keys of Python.
pub(crate) fn constraints_to_py<'py>(py: Python<'py>, constraints: &MediaTrackConstraints) -> PyResult<Bound<'py, PyAny>> {
    from_json(py, &constraints.to_json_value(), &python_key)
}

pub(crate) fn python_key(name: &str) -> String {
    // Names of bounds (`min`, `exact`) and `advanced` are the same in both.
    Property::from_name(name).map_or_else(|| name.to_owned(), |property| property.python_name().to_owned())
}

/// What a camera offers: a `MediaSettingsRange` for numbers, else what the W3C dictionary has.
pub(crate) fn capabilities_to_py<'py>(py: Python<'py>, capabilities: &MediaTrackCapabilities) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    let json = capabilities.to_json_value();
    for property in capabilities.properties() {
        let key = property.python_name();
        match capabilities.range(property) {
            Some(range) => {
                let whole = property.value_kind() == ValueKind::ULong;
                let stepped = json[property.name()].get("step").is_some();
                dict.set_item(key, Bound::new(py, MediaSettingsRange { range, whole, stepped })?)?;
            }
            None => dict.set_item(key, from_json(py, &json[property.name()], &python_key)?)?,
        }
    }
    Ok(dict)
}

/// The values in force.
pub(crate) fn settings_to_py<'py>(py: Python<'py>, settings: &MediaTrackSettings) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    let json = settings.to_json_value();
    for property in settings.properties() {
        let value = match settings.number(property) {
            Some(value) => number(py, value, property.value_kind() == ValueKind::ULong)?,
            None => from_json(py, &json[property.name()], &python_key)?,
        };
        dict.set_item(property.python_name(), value)?;
    }
    Ok(dict)
}

/// The names of a dictionary of the binding's own, checked: `(path, value)` of each member by its Python name.
/// Unlike constraints these dictionaries are closed, so a name nobody knows is a mistake.
pub(crate) fn closed_dict<'py>(
    value: &Bound<'py, PyAny>,
    what: &str,
    names: &[(&'static str, &str)],
) -> PyResult<Vec<(&'static str, Bound<'py, PyAny>)>> {
    let py = value.py();
    let dict = value.cast::<PyDict>().map_err(|_| invalid(py, format!("{what}: a dict is expected")))?;
    let mut members = Vec::new();
    for (key, member) in dict.iter() {
        let key = key.cast::<PyString>().map_err(|_| invalid(py, format!("{what}: every key has to be a string")))?;
        let key = key.to_string_lossy();
        match names.iter().find(|(python, w3c)| *python == key || *w3c == key) {
            Some((python, _)) => members.push((*python, member)),
            None => return Err(invalid(py, format!("{what}.{key}: no such member"))),
        }
    }
    Ok(members)
}
