//! `PhotoSettings` and `PhotoCapabilities` as dictionaries: what may be asked of a photo.

use imagecapture::{FillLightMode, PhotoCapabilities, PhotoSettings};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};

use crate::constraints::{MediaSettingsRange, closed_dict};
use crate::convert::to_json;
use crate::errors::invalid;

/// The members of both dictionaries: Python name, W3C name.
const MEMBERS: &[(&str, &str)] = &[
    ("fill_light_mode", "fillLightMode"),
    ("image_height", "imageHeight"),
    ("image_width", "imageWidth"),
    ("red_eye_reduction", "redEyeReduction"),
];

/// The Python name of a member by its W3C name.
pub(crate) fn python_key(name: &str) -> Option<&'static str> {
    MEMBERS.iter().find(|(_, w3c)| *w3c == name).map(|(python, _)| *python)
}

/// Settings from a dictionary; `None` is `{}`.
pub(crate) fn read(value: Option<&Bound<'_, PyAny>>) -> PyResult<PhotoSettings> {
    let mut settings = PhotoSettings::default();
    let Some(value) = value else { return Ok(settings) };
    let py = value.py();
    for (name, member) in closed_dict(value, "settings", MEMBERS)? {
        let path = format!("settings.{name}");
        match name {
            "fill_light_mode" => {
                let mode = member.extract::<String>().ok().and_then(|mode| FillLightMode::from_name(&mode));
                let Some(mode) = mode else {
                    return Err(invalid(py, format!("{path}: \"auto\", \"off\" or \"flash\" is expected")));
                };
                settings.fill_light_mode = Some(mode);
            }
            "red_eye_reduction" => match member.cast::<PyBool>() {
                Ok(flag) => settings.red_eye_reduction = Some(flag.is_true()),
                Err(_) => return Err(invalid(py, format!("{path}: a bool is expected"))),
            },
            size => {
                let Some(number) = to_json(&member, &path)?.as_f64() else {
                    return Err(invalid(py, format!("{path}: a number is expected")));
                };
                let place = if size == "image_width" { &mut settings.image_width } else { &mut settings.image_height };
                *place = Some(number);
            }
        }
    }
    Ok(settings)
}

/// The members that are there.
pub(crate) fn settings_to_py<'py>(py: Python<'py>, settings: &PhotoSettings) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    if let Some(mode) = settings.fill_light_mode {
        dict.set_item("fill_light_mode", mode.as_str())?;
    }
    if let Some(height) = settings.image_height {
        dict.set_item("image_height", height)?;
    }
    if let Some(width) = settings.image_width {
        dict.set_item("image_width", width)?;
    }
    if let Some(flag) = settings.red_eye_reduction {
        dict.set_item("red_eye_reduction", flag)?;
    }
    Ok(dict)
}

/// All members; `fill_light_mode` only where there is a light.
pub(crate) fn capabilities_to_py<'py>(py: Python<'py>, capabilities: &PhotoCapabilities) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("red_eye_reduction", capabilities.red_eye_reduction.as_str())?;
    dict.set_item("image_height", Bound::new(py, MediaSettingsRange::of_numbers(capabilities.image_height))?)?;
    dict.set_item("image_width", Bound::new(py, MediaSettingsRange::of_numbers(capabilities.image_width))?)?;
    if let Some(modes) = &capabilities.fill_light_mode {
        let modes: Vec<&str> = modes.iter().map(|mode| mode.as_str()).collect();
        dict.set_item("fill_light_mode", modes)?;
    }
    Ok(dict)
}
