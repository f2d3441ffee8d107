//! `ImageCapture`: photos and single frames from a track.

use imagecapture::{FillLightMode, PhotoFormat, PhotoOptions, PhotoSettings};
use pyo3::prelude::*;
use pyo3::types::PyBool;

use crate::constraints::closed_dict;
use crate::convert::{TimeoutArg, to_json};
use crate::errors::{OrRaise, invalid};
use crate::frame::Frame;
use crate::pending::{Operation, Released};
use crate::photo;
use crate::track::MediaStreamTrack;

/// Takes photos and frames from a video track.
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct ImageCapture {
    inner: Released<imagecapture::ImageCapture>,
}

/// The members of `PhotoSettings`: Python name, W3C name.
const MEMBERS: &[(&str, &str)] = &[
    ("fill_light_mode", "fillLightMode"),
    ("image_height", "imageHeight"),
    ("image_width", "imageWidth"),
    ("red_eye_reduction", "redEyeReduction"),
];

fn read_settings(value: Option<&Bound<'_, PyAny>>) -> PyResult<PhotoSettings> {
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

/// The keyword `quality`. A number that does not fit into the core's type is out of range for certain; the
/// range itself is checked by the core.
struct Quality(u8);

impl<'py> FromPyObject<'_, 'py> for Quality {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Quality> {
        match value.extract::<u8>() {
            Ok(quality) if !value.is_instance_of::<PyBool>() => Ok(Quality(quality)),
            _ => Err(invalid(value.py(), format!("quality: a whole number from 1 to 100 is expected, not {}", value.repr()?))),
        }
    }
}

fn read_options(py: Python<'_>, format: &str, quality: Quality) -> PyResult<PhotoOptions> {
    let Some(format) = PhotoFormat::from_name(format) else {
        return Err(invalid(py, format!("format: \"jpeg\", \"png\" or \"camera\" is expected, not {format:?}")));
    };
    Ok(PhotoOptions { format, quality: quality.0 })
}

impl ImageCapture {
    fn start_photo(
        &self,
        py: Python<'_>,
        settings: Option<&Bound<'_, PyAny>>,
        format: &str,
        quality: Quality,
        timeout: TimeoutArg,
    ) -> PyResult<Operation> {
        let settings = read_settings(settings)?;
        let options = read_options(py, format, quality)?;
        let pending = py.detach(|| self.inner.get().take_photo_async(&settings, &options)).or_raise(py)?;
        Ok(Operation::new(pending, timeout, |py, photo| Ok(photo::to_py(py, &photo)?.into_any())))
    }

    fn start_grab(&self, py: Python<'_>, timeout: TimeoutArg) -> PyResult<Operation> {
        let pending = py.detach(|| self.inner.get().grab_frame_async()).or_raise(py)?;
        Ok(Operation::new(pending, timeout, |py, frame| Ok(Py::new(py, Frame::new(frame))?.into_any())))
    }
}

#[pymethods]
impl ImageCapture {
    #[new]
    fn new(py: Python<'_>, track: &Bound<'_, PyAny>) -> PyResult<ImageCapture> {
        let Ok(track) = track.cast::<MediaStreamTrack>() else {
            return Err(invalid(py, "track: a MediaStreamTrack is expected"));
        };
        let inner = imagecapture::ImageCapture::new(track.get().core()).or_raise(py)?;
        Ok(ImageCapture { inner: Released::new(inner) })
    }

    /// The track that the pictures come from.
    #[getter]
    fn track(&self) -> MediaStreamTrack {
        MediaStreamTrack::new(self.inner.get().track().clone())
    }

    /// Takes a photo.
    ///
    /// `settings`: `image_width`, `image_height`, `fill_light_mode`, `red_eye_reduction`.
    /// `format`: `"jpeg"`, `"png"`, or `"camera"` for the bytes as the camera made them.
    /// `quality`: of a JPEG made here, 1 to 100.
    #[pyo3(
        signature = (settings=None, *, format="jpeg", quality=Quality(90), timeout=TimeoutArg::Default),
        text_signature = "($self, settings=None, *, format='jpeg', quality=90, timeout=...)"
    )]
    fn take_photo(
        &self,
        py: Python<'_>,
        settings: Option<&Bound<'_, PyAny>>,
        format: &str,
        quality: Quality,
        timeout: TimeoutArg,
    ) -> PyResult<Py<PyAny>> {
        self.start_photo(py, settings, format, quality, timeout)?.wait(py)
    }

    #[pyo3(
        signature = (settings=None, *, format="jpeg", quality=Quality(90), timeout=TimeoutArg::Default),
        text_signature = "($self, settings=None, *, format='jpeg', quality=90, timeout=...)"
    )]
    fn _take_photo(
        &self,
        py: Python<'_>,
        settings: Option<&Bound<'_, PyAny>>,
        format: &str,
        quality: Quality,
        timeout: TimeoutArg,
    ) -> PyResult<Operation> {
        self.start_photo(py, settings, format, quality, timeout)
    }

    /// The next frame, as RGBA at the track's size.
    #[pyo3(signature = (*, timeout=TimeoutArg::Default))]
    fn grab_frame(&self, py: Python<'_>, timeout: TimeoutArg) -> PyResult<Py<PyAny>> {
        self.start_grab(py, timeout)?.wait(py)
    }

    #[pyo3(signature = (*, timeout=TimeoutArg::Default))]
    fn _grab_frame(&self, py: Python<'_>, timeout: TimeoutArg) -> PyResult<Operation> {
        self.start_grab(py, timeout)
    }

    /// The newest frame that is there already, as the camera delivered it; `None` before the first.
    fn latest_frame(&self, py: Python<'_>) -> PyResult<Option<Frame>> {
        let frame = py.detach(|| self.inner.get().latest_frame()).or_raise(py)?;
        Ok(frame.map(Frame::new))
    }

    fn __repr__(&self) -> String {
        format!("<ImageCapture {:?}>", self.inner.get().track().label())
    }
}
