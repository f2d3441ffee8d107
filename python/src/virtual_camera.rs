//! `VirtualCamera`: a camera made of software, for tests and for machines without one.

use imagecapture::VirtualCamera as Core;
use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use serde_json::{Map, Value as Json};

use crate::constraints::python_key;
use crate::convert::{from_json, object_text, ordered, points_of_tuples, to_json};
use crate::errors::{OrRaise, invalid};
use crate::frame::{Frame, format_from_name};
use crate::pending::Released;
use crate::photo_settings;
use crate::track::MediaStreamTrack;

/// A camera made of software. `config` is its configuration as a dict or as JSON text; without it the camera
/// shows a test pattern and has a zoom.
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct VirtualCamera {
    inner: Released<Core>,
}

impl VirtualCamera {
    pub(crate) fn core(&self) -> &Core {
        self.inner.get()
    }
}

/// A camera from a dict or from JSON text.
pub(crate) fn from_config(config: &Bound<'_, PyAny>, path: &str) -> PyResult<Core> {
    let py = config.py();
    let text = match config.cast::<PyString>() {
        Ok(text) => text.to_string_lossy().into_owned(),
        Err(_) => config_text(config, path)?,
    };
    py.detach(|| Core::from_json(&text)).or_raise(py)
}

/// The text of a configuration: its controls keep the order that they were written in.
fn config_text(config: &Bound<'_, PyAny>, path: &str) -> PyResult<String> {
    let mut members = Vec::new();
    for (name, mut member) in ordered(config, path, path)? {
        let text = match name.as_str() {
            "controls" if member.is_object() => object_text(&ordered(&config.get_item("controls")?, "controls", "controls")?),
            "properties" => {
                points_of_tuples(&mut member);
                member.to_string()
            }
            _ => member.to_string(),
        };
        members.push((name, text));
    }
    Ok(object_text(&members))
}

/// Writes are of properties, of controls by their own names, and of photos.
fn write_key(name: &str) -> String {
    photo_settings::python_key(name).map_or_else(|| python_key(name), str::to_owned)
}

/// The bytes of a buffer in whatever shape: of bytes, or of numbers of 16 bits, which lie in memory as the lower byte first.
fn bytes_of(data: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let py = data.py();
    if let Ok(numbers) = PyBuffer::<u16>::get(data) {
        return Ok(numbers.to_vec(py)?.into_iter().flat_map(u16::to_le_bytes).collect());
    }
    let buffer = PyBuffer::<u8>::get(data).map_err(|_| invalid(py, "data: a buffer of bytes (or of uint16, for grey16) is expected"))?;
    buffer.to_vec(py)
}

/// `open_failure` as the script has it: `openFailure`.
fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let mut letters = part.chars();
        let capital = letters.next().map(|letter| letter.to_ascii_uppercase());
        text + &capital.into_iter().collect::<String>() + letters.as_str()
    })
}

#[pymethods]
impl VirtualCamera {
    #[new]
    #[pyo3(signature = (config=None))]
    fn new(config: Option<&Bound<'_, PyAny>>) -> PyResult<VirtualCamera> {
        let inner = match config {
            None => Core::default_camera(),
            Some(config) => from_config(config, "config")?,
        };
        Ok(VirtualCamera { inner: Released::new(inner) })
    }

    /// The name it is listed under.
    #[getter]
    fn label(&self) -> String {
        self.core().label().to_string()
    }

    /// The identifier of its configuration.
    #[getter]
    fn device_id(&self) -> String {
        self.core().device_id().to_string()
    }

    /// How many frames it has made.
    #[getter]
    fn frame_count(&self) -> u64 {
        self.core().frame_count()
    }

    /// Pulls the plug: its tracks end, and it is no longer listed.
    fn unplug(&self, py: Python<'_>) {
        py.detach(|| self.core().unplug());
    }

    /// Plugs it in again.
    fn replug(&self, py: Python<'_>) {
        py.detach(|| self.core().replug());
    }

    /// Lets it behave as if another program held it.
    fn set_busy(&self, py: Python<'_>, busy: bool) {
        py.detach(|| self.core().set_busy(busy));
    }

    /// Stops the frames, or lets them go on.
    #[pyo3(signature = (frozen=true))]
    fn freeze(&self, py: Python<'_>, frozen: bool) {
        py.detach(|| self.core().freeze(frozen));
    }

    /// Turns its privacy switch: while it is muted it gives no frames, and its tracks are `muted`.
    fn set_muted(&self, py: Python<'_>, muted: bool) {
        py.detach(|| self.core().set_muted(muted));
    }

    /// Changes properties, also while the camera is open, as if somebody else did. A block as in the configuration replaces
    /// a property with all that it can do, or adds it; a bare value changes only the value; `None` removes the property.
    ///
    /// On `InvalidInputError` nothing was changed.
    fn set_properties(&self, properties: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = properties.py();
        let mut json = to_json(properties, "")?;
        points_of_tuples(&mut json);
        py.detach(|| self.core().set_properties(&json.to_string())).or_raise(py)
    }

    /// The properties that it has now, each a block with the present `value`. Given to `set_properties()` they put
    /// everything back.
    #[getter]
    fn properties<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        from_json(py, &self.core().properties(), &python_key)
    }

    /// Changes controls by their own names, also while the camera is open, as if somebody else did, also where programs cannot.
    /// A block as in the configuration replaces a control, or adds it; a bare value changes only the value; `None` removes the
    /// control.
    ///
    /// On `InvalidInputError` nothing was changed.
    fn set_controls(&self, controls: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = controls.py();
        let text = object_text(&ordered(controls, "controls", "")?);
        py.detach(|| self.core().set_controls(&text)).or_raise(py)
    }

    /// The controls by their own names that it has now, each a block with the present `value`. Given to `set_controls()` they
    /// put everything back.
    #[getter]
    fn controls<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        from_json(py, &self.core().controls(), &str::to_owned)
    }

    /// Lets things go wrong, by a dict or by keywords: `busy`, `open_failure`, `freeze` (true or false); `open_delay_ms`,
    /// `write_delay_ms`, `slow_frame_ms` (of the next frame); `refuse_writes` (a list of properties and controls),
    /// `late_effect` (a list of properties); `fail_nth_write` (1 is the next one); `corrupt_frame` (the next one: `"cut"`, `"garbage"`, `"noHuffman"` or
    /// `"empty"`); `settle`, `unplug`, `end`, `replug` (true).
    ///
    /// On `InvalidInputError` nothing was changed.
    #[pyo3(signature = (script=None, /, **faults))]
    fn script(&self, py: Python<'_>, script: Option<&Bound<'_, PyAny>>, faults: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        let mut members = Map::new();
        for given in script.into_iter().chain(faults.map(|faults| faults.as_any())) {
            let Json::Object(given) = to_json(given, "")? else { return Err(invalid(py, "script: a dict is expected")) };
            for (name, fault) in given {
                if members.insert(camel_case(&name), fault).is_some() {
                    return Err(invalid(py, format!("{name}: it is there twice")));
                }
            }
        }
        let text = Json::Object(members).to_string();
        py.detach(|| self.core().script(&text)).or_raise(py)
    }

    /// What programs wrote to the camera, in order: for each value a dict of the property and the value that reached the
    /// device, for each control that was set by its own name such as `{"controls": {"gain": 5}}`, for each photo that it took by itself a dict of the photo's settings. A write that failed is not in it; one
    /// that took back another is. The last 4,096 are kept.
    fn writes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        from_json(py, &Json::Array(self.core().writes()), &write_key)
    }

    /// As `writes()`, and forgets them.
    fn take_writes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        from_json(py, &Json::Array(self.core().take_writes()), &write_key)
    }

    /// Makes `count` frames now; for `"pacing": "manual"`.
    #[pyo3(signature = (count=1))]
    fn step(&self, py: Python<'_>, count: u32) {
        py.detach(|| self.core().step(count));
    }

    /// Gives a camera with the scene `push` its next picture. `data` is any buffer of bytes; `stride` the
    /// bytes from row to row, 0 for rows without gaps.
    #[pyo3(signature = (format, width, height, data, *, stride=0))]
    fn push_frame(&self, py: Python<'_>, format: &str, width: u32, height: u32, data: &Bound<'_, PyAny>, stride: usize) -> PyResult<()> {
        let format = format_from_name(py, format)?;
        let bytes = bytes_of(data)?;
        py.detach(|| self.core().push_frame(format, width, height, &bytes, stride)).or_raise(py)
    }

    /// Makes the photo ready that the next `take_photo()` gives, with any type and bytes, for a camera whose configuration
    /// has a `photo` block. `data` is any buffer of bytes. The last 16 are kept.
    fn push_photo(&self, py: Python<'_>, mime_type: &str, data: &Bound<'_, PyAny>) -> PyResult<()> {
        let bytes = bytes_of(data)?;
        py.detach(|| self.core().push_photo(mime_type, &bytes)).or_raise(py)
    }

    /// A track straight from this camera, without listing it in any `MediaDevices`.
    fn open(&self, py: Python<'_>) -> PyResult<MediaStreamTrack> {
        let track = py.detach(|| self.core().open()).or_raise(py)?;
        Ok(MediaStreamTrack::new(track))
    }

    /// The frame number that the test pattern shows, read from the pixels; `None` where there is none.
    #[staticmethod]
    fn read_frame_number(py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<Option<u16>> {
        let Ok(frame) = frame.cast::<Frame>() else {
            return Err(invalid(py, "frame: a Frame is expected"));
        };
        let frame = frame.get().core(py)?;
        Ok(py.detach(|| Core::read_frame_number(&frame)))
    }

    fn __repr__(&self) -> String {
        format!("<VirtualCamera {:?} device_id={:?}>", self.label(), self.device_id())
    }
}
