//! `DeviceControl`: the controls of a camera by their own names, and their values.

use imagecapture::{ControlValue, DeviceControl as Core, Property};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use serde_json::Value as Json;

use crate::convert::{from_json, object_text, ordered, to_json};
use crate::errors::OrRaise;

/// Values by name from a dictionary, in its order.
pub(crate) fn values_of(values: &Bound<'_, PyAny>) -> PyResult<Vec<(String, ControlValue)>> {
    let members = ordered(values, "values", "")?;
    ControlValue::by_name_from_json(&object_text(&members)).or_raise(values.py())
}

/// One value by name.
pub(crate) fn value_of(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<(String, ControlValue)>> {
    let member = (name.to_owned(), to_json(value, name)?);
    ControlValue::by_name_from_json(&object_text(&[member])).or_raise(value.py())
}

/// The controls of a camera as a dictionary by name, in their order.
pub(crate) fn list_to_py(py: Python<'_>, controls: Vec<Core>) -> PyResult<Py<PyAny>> {
    let dict = PyDict::new(py);
    for control in controls {
        dict.set_item(control.name.clone(), DeviceControl { inner: control })?;
    }
    Ok(dict.into_any().unbind())
}

/// The control with a name, of those of a camera.
pub(crate) fn one_to_py(py: Python<'_>, controls: &[Core], name: &str) -> PyResult<Py<PyAny>> {
    let inner = Core::find(controls, name).or_raise(py)?.clone();
    Ok(Py::new(py, DeviceControl { inner })?.into_any())
}

fn value_to_py<'py>(py: Python<'py>, value: Option<&ControlValue>) -> PyResult<Bound<'py, PyAny>> {
    let json = value.map_or(Json::Null, ControlValue::to_json);
    from_json(py, &json, &str::to_owned)
}

/// A control of a camera as its driver describes it, with the value that it had when it was asked.
#[pyclass(frozen, eq, module = "imagecapture")]
#[derive(PartialEq)]
pub(crate) struct DeviceControl {
    inner: Core,
}

#[pymethods]
impl DeviceControl {
    /// Tells it from the other controls of the camera; on Linux the number of the V4L2 control.
    #[getter]
    fn id(&self) -> u32 {
        self.inner.id
    }

    /// Its name in small letters, digits and underscores, as `v4l2-ctl` writes it: `"white_balance_temperature"`.
    #[getter]
    fn name(&self) -> &str {
        &self.inner.name
    }

    /// Its name for people: `"White Balance Temperature"`.
    #[getter]
    fn label(&self) -> &str {
        &self.inner.label
    }

    /// The group it belongs to: `"Camera Controls"`. Empty where the camera has no groups.
    #[getter]
    fn class_(&self) -> &str {
        &self.inner.class
    }

    /// What kind of value it has: `"integer"`, `"integer64"`, `"boolean"`, `"menu"`, `"integer-menu"`, `"button"`, `"string"`,
    /// `"bitmask"`, `"u8"`, `"u16"`, `"u32"`, `"area"`, `"rectangle"`, or `"other"` for what this library does not know.
    #[getter]
    fn r#type(&self) -> &'static str {
        self.inner.control_type.as_str()
    }

    /// The smallest value; of a string the smallest length in bytes.
    #[getter]
    fn minimum(&self) -> i64 {
        self.inner.minimum
    }

    /// The largest value; of a string the largest length in bytes; of a bitmask all bits that exist.
    #[getter]
    fn maximum(&self) -> i64 {
        self.inner.maximum
    }

    /// The distance between two values.
    #[getter]
    fn step(&self) -> u64 {
        self.inner.step
    }

    /// The driver's own choice; of an array that of each element. `None` where there is none.
    #[getter]
    fn default<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        value_to_py(py, self.inner.default.as_ref())
    }

    /// Of an array how many elements each of its dimensions has; otherwise empty.
    #[getter]
    fn dimensions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.inner.dimensions)
    }

    /// The choices of a menu. An index may be missing.
    #[getter]
    fn menu(&self) -> Vec<MenuItem> {
        self.inner.menu.iter().map(|item| MenuItem { inner: item.clone() }).collect()
    }

    /// How it may be used: any of `"disabled"`, `"grabbed"`, `"read-only"`, `"update"`, `"inactive"`, `"slider"`,
    /// `"write-only"`, `"volatile"`, `"execute-on-write"` and `"modify-layout"`, in this order.
    ///
    /// V4L2: [control flags](https://docs.kernel.org/userspace-api/media/v4l/vidioc-queryctrl.html#control-flags).
    #[getter]
    fn flags(&self) -> Vec<&'static str> {
        self.inner.flags.names()
    }

    /// What it is set to: a number, of a menu the index of the choice; a bool; a string; or a list of numbers for an array,
    /// an area (width, height) and a rectangle (left, top, width, height). `None` for a button and for what cannot be read.
    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        value_to_py(py, self.inner.value.as_ref())
    }

    /// The property that it stands behind, such as `"exposure_time"`; `None` for most.
    #[getter]
    fn property(&self) -> Option<&'static str> {
        self.inner.property.map(Property::python_name)
    }

    /// All of it as a dict, with the names of these attributes, but `class`.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let dict = from_json(py, &self.inner.to_json(), &str::to_owned)?;
        dict.set_item("dimensions", self.dimensions(py)?)?;
        dict.set_item("property", self.property())?;
        Ok(dict)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<DeviceControl {} {} value={}>", self.name(), self.r#type(), self.value(py)?.repr()?))
    }
}

/// A choice of a menu.
#[pyclass(frozen, eq, module = "imagecapture")]
#[derive(PartialEq)]
pub(crate) struct MenuItem {
    inner: imagecapture::MenuItem,
}

#[pymethods]
impl MenuItem {
    /// What the control is set to for this choice.
    #[getter]
    fn index(&self) -> i64 {
        self.inner.index
    }

    /// What the driver calls it; of an integer menu the number in words. A menu can be set to this, too.
    #[getter]
    fn name(&self) -> &str {
        &self.inner.name
    }

    /// Of an integer menu: the number that it stands for. Otherwise `None`.
    #[getter]
    fn value(&self) -> Option<i64> {
        self.inner.value
    }

    fn __repr__(&self) -> String {
        format!("<MenuItem {} {:?}>", self.index(), self.name())
    }
}
