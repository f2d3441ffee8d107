//! Python objects to JSON values and back. What the members mean is the core's business; here only the
//! types are changed, and a mistake names the path of the member it is in.

use imagecapture::{Property, Timeout, ValueKind};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyEllipsis, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use serde_json::{Number, Value as Json, json};
use std::fmt::Display;
use std::time::Duration;

use crate::errors::invalid;

/// Deeper than any dictionary of ours; a list that contains itself ends here instead of in the stack guard.
const DEEPEST: usize = 16;

/// Turns a dictionary, list, string, number or `None` into JSON. `path` names the value in messages.
pub(crate) fn to_json(value: &Bound<'_, PyAny>, path: &str) -> PyResult<Json> {
    json_at(value, path, 0)
}

fn fail(value: &Bound<'_, PyAny>, path: &str, what: &str) -> PyErr {
    let message = if path.is_empty() { what.to_owned() } else { format!("{path}: {what}") };
    invalid(value.py(), message)
}

fn json_at(value: &Bound<'_, PyAny>, path: &str, depth: usize) -> PyResult<Json> {
    if depth > DEEPEST {
        return Err(fail(value, path, "nested too deeply"));
    }
    if value.is_none() {
        return Ok(Json::Null);
    }
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(Json::Bool(flag.is_true()));
    }
    if let Ok(text) = value.cast::<PyString>() {
        return match text.to_str() {
            Ok(text) => Ok(Json::String(text.to_owned())),
            Err(_) => Err(fail(value, path, "not a valid string: it has a lone surrogate")),
        };
    }
    if value.is_instance_of::<PyInt>() {
        return integer(value, path);
    }
    if let Ok(number) = value.cast::<PyFloat>() {
        return finite(value, path, number.value());
    }
    if let Ok(dict) = value.cast::<PyDict>() {
        return Ok(Json::Object(members(value, path, depth, dict.iter().map(Ok))?.into_iter().collect()));
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let mut items = Vec::new();
        for (index, item) in value.try_iter()?.enumerate() {
            items.push(json_at(&item?, &format!("{path}[{index}]"), depth + 1)?);
        }
        return Ok(Json::Array(items));
    }
    if value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyByteArray>() {
        return Err(fail(value, path, "bytes given, a string expected"));
    }
    if let Ok(mapping) = value.cast::<PyMapping>() {
        let items = mapping.items()?;
        let members = members(value, path, depth, items.iter().map(|pair| pair.extract()))?;
        return Ok(Json::Object(members.into_iter().collect()));
    }
    scalar_of_another_library(value, path)
}

fn members<'py>(
    value: &Bound<'py, PyAny>,
    path: &str,
    depth: usize,
    items: impl Iterator<Item = PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)>>,
) -> PyResult<Vec<(String, Json)>> {
    let mut members = Vec::new();
    for item in items {
        let (key, member) = item?;
        let key = match key.cast::<PyString>().ok().and_then(|key| key.to_str().ok().map(str::to_owned)) {
            Some(key) => key,
            None => return Err(fail(value, path, "every key has to be a string")),
        };
        let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        members.push((key, json_at(&member, &inner, depth + 1)?));
    }
    Ok(members)
}

/// The members of a dictionary in its order, which a JSON value does not keep. `what` names the dictionary in messages, `path`
/// is in front of the names of its members.
pub(crate) fn ordered(value: &Bound<'_, PyAny>, what: &str, path: &str) -> PyResult<Vec<(String, Json)>> {
    let Ok(mapping) = value.cast::<PyMapping>() else {
        return Err(fail(value, what, "a dict is expected"));
    };
    members(value, path, 0, mapping.items()?.iter().map(|pair| pair.extract()))
}

/// A JSON object with its members in this order; each is JSON, or the text of such.
pub(crate) fn object_text(members: &[(String, impl Display)]) -> String {
    let members: Vec<String> = members.iter().map(|(name, value)| format!("{}:{value}", Json::from(name.as_str()))).collect();
    format!("{{{}}}", members.join(","))
}

fn integer(value: &Bound<'_, PyAny>, path: &str) -> PyResult<Json> {
    if let Ok(number) = value.extract::<i64>() {
        return Ok(Json::from(number));
    }
    match value.extract::<f64>() {
        Ok(number) => finite(value, path, number),
        Err(_) => Err(fail(value, path, "the number is too large")),
    }
}

fn finite(value: &Bound<'_, PyAny>, path: &str, number: f64) -> PyResult<Json> {
    match Number::from_f64(number) {
        Some(number) => Ok(Json::Number(number)),
        None => Err(fail(value, path, &format!("{} is not a finite number", display(number)))),
    }
}

/// As Python writes it.
fn display(number: f64) -> &'static str {
    if number.is_nan() {
        "nan"
    } else if number > 0.0 {
        "inf"
    } else {
        "-inf"
    }
}

/// NumPy's integers and booleans are no Python ones, yet `settings["width"] // 2` may well be one.
fn scalar_of_another_library(value: &Bound<'_, PyAny>, path: &str) -> PyResult<Json> {
    let kind = value.get_type().name()?.to_string();
    // A method that is missing or refuses (as an array's does) only means that the value is no number.
    let number = |method: &str| value.call_method0(method).ok();
    if kind == "bool" || kind == "bool_" {
        return Ok(Json::Bool(value.is_truthy()?));
    }
    if let Some(whole) = number("__index__") {
        return integer(&whole, path);
    }
    if let Some(Ok(number)) = number("__float__").map(|number| number.extract::<f64>()) {
        return finite(value, path, number);
    }
    Err(fail(value, path, &format!("a value of type '{kind}' cannot be used here")))
}

/// Points may be given as `(x, y)`; the core has them as dictionaries. Changes them in a dictionary by property.
pub(crate) fn points_of_tuples(json: &mut Json) {
    let Json::Object(members) = json else { return };
    for (name, member) in members {
        match Property::from_name(name).map(Property::value_kind) {
            Some(ValueKind::Points) => pairs(member),
            None if name == "advanced" => member.as_array_mut().into_iter().flatten().for_each(points_of_tuples),
            _ => {}
        }
    }
}

fn pairs(json: &mut Json) {
    match json {
        Json::Object(members) => members.values_mut().for_each(pairs),
        Json::Array(items) => {
            for item in items {
                if let Some([Json::Number(x), Json::Number(y)]) = item.as_array().map(Vec::as_slice) {
                    *item = json!({"x": x, "y": y});
                }
            }
        }
        _ => {}
    }
}

/// JSON to plain Python objects; `rename` gives the key of each member of a dictionary.
pub(crate) fn from_json<'py>(py: Python<'py>, value: &Json, rename: &dyn Fn(&str) -> String) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Json::Null => py.None().into_bound(py),
        Json::Bool(flag) => PyBool::new(py, *flag).to_owned().into_any(),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => whole.into_pyobject(py)?.into_any(),
            None => number.as_f64().unwrap_or(f64::NAN).into_pyobject(py)?.into_any(),
        },
        Json::String(text) => PyString::new(py, text).into_any(),
        Json::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(from_json(py, item, rename)?)?;
            }
            list.into_any()
        }
        Json::Object(map) => {
            let dict = PyDict::new(py);
            for (key, member) in map {
                dict.set_item(rename(key), from_json(py, member, rename)?)?;
            }
            dict.into_any()
        }
    })
}

/// The keyword `timeout`: `...` (the default) is the operation's own limit, `None` as long as it takes,
/// a number that many seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TimeoutArg {
    Default,
    Never,
    After(Duration),
}

impl TimeoutArg {
    /// The limit, where the operation has none of its own.
    pub(crate) fn given(self) -> Option<Duration> {
        match self {
            TimeoutArg::Default | TimeoutArg::Never => None,
            TimeoutArg::After(limit) => Some(limit),
        }
    }
}

impl From<TimeoutArg> for Timeout {
    fn from(value: TimeoutArg) -> Timeout {
        match value {
            TimeoutArg::Default => Timeout::Default,
            TimeoutArg::Never => Timeout::Never,
            TimeoutArg::After(limit) => Timeout::After(limit),
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for TimeoutArg {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<TimeoutArg> {
        let py = value.py();
        if value.is_instance_of::<PyEllipsis>() {
            return Ok(TimeoutArg::Default);
        }
        if value.is_none() {
            return Ok(TimeoutArg::Never);
        }
        if value.is_instance_of::<PyBool>() {
            return Err(invalid(py, "timeout: a number of seconds or None expected, not a bool"));
        }
        let seconds: f64 = value.extract().map_err(|_| invalid(py, "timeout: a number of seconds, None or ... expected"))?;
        if seconds.is_nan() || seconds < 0.0 {
            return Err(invalid(py, format!("timeout: {seconds} is not a number of seconds of at least 0")));
        }
        // Longer than a Duration holds is longer than anybody waits.
        Ok(Duration::try_from_secs_f64(seconds).map_or(TimeoutArg::Never, TimeoutArg::After))
    }
}
