//! The algorithms of the specification over dictionaries, for programs that choose among settings of their own.

use imagecapture::{Error, MediaTrackConstraints, MediaTrackSettings};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::{Value as Json, json};

use crate::constraints::read;
use crate::convert::{points_of_tuples, to_json};
use crate::errors::{OrRaise, invalid};

/// A dictionary of settings. `path` names it in messages.
fn settings(value: &Bound<'_, PyAny>, path: &str) -> PyResult<MediaTrackSettings> {
    let mut json = to_json(value, path)?;
    points_of_tuples(&mut json);
    if !json.is_object() {
        return Err(invalid(value.py(), format!("{path}: a dict is expected")));
    }
    let inside = |error: Error| Error::new(error.kind(), format!("{path}.{}", error.message()));
    MediaTrackSettings::from_json_value(&json).map_err(inside).or_raise(value.py())
}

/// How far settings are from one set of constraints: 0 is the best, `math.inf` is not acceptable. A bare value is a
/// wish in the basic set and required with `advanced=True`.
///
/// W3C: [fitness distance](https://www.w3.org/TR/mediacapture-streams/#dfn-fitness-distance).
#[pyfunction]
#[pyo3(signature = (constraint_set, settings, *, advanced=false))]
pub(crate) fn fitness_distance(constraint_set: &Bound<'_, PyAny>, settings: &Bound<'_, PyAny>, advanced: bool) -> PyResult<f64> {
    let py = constraint_set.py();
    let basic = read(Some(constraint_set))?;
    let settings = self::settings(settings, "settings")?;
    if !advanced {
        return basic.fitness_distance(0, &settings).or_raise(py);
    }
    let set = Json::Array(vec![basic.to_json_value()]);
    MediaTrackConstraints::from_json_value(&json!({"advanced": set})).and_then(|wanted| wanted.fitness_distance(1, &settings)).or_raise(py)
}

/// Chooses among complete settings, as opening a camera does. Returns `index` (which of the candidates), `distance`,
/// `candidates` (the indexes of those that meet the basic set), `remaining` (of those left after the advanced sets)
/// and `advanced` (for each advanced set, whether it was met).
///
/// Raises `OverconstrainedError` when no candidate meets the basic set.
///
/// W3C: [SelectSettings](https://www.w3.org/TR/mediacapture-streams/#dfn-selectsettings).
#[pyfunction]
pub(crate) fn select_settings<'py>(candidates: &Bound<'py, PyAny>, constraints: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let py = candidates.py();
    let Ok(items) = candidates.try_iter() else {
        return Err(invalid(py, "candidates: a list of dicts is expected"));
    };
    let mut list = Vec::new();
    for (index, item) in items.enumerate() {
        list.push(settings(&item?, &format!("candidates[{index}]"))?);
    }
    let wanted = read(Some(constraints))?;
    let selected = py.detach(|| wanted.select(&list)).or_raise(py)?;
    let dict = PyDict::new(py);
    dict.set_item("index", selected.index)?;
    dict.set_item("distance", selected.distance)?;
    dict.set_item("candidates", selected.candidates)?;
    dict.set_item("remaining", selected.remaining)?;
    dict.set_item("advanced", selected.advanced)?;
    Ok(dict)
}
