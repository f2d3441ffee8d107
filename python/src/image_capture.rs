//! `ImageCapture`: photos and single frames from a track.

use std::time::Duration;

use imagecapture::{Bracket, PhotoFormat, PhotoOptions, Property};
use pyo3::prelude::*;
use pyo3::types::PyBool;

use crate::constraints::python_key;
use crate::convert::TimeoutArg;
use crate::errors::{OrRaise, invalid};
use crate::frame::Frame;
use crate::pending::{Operation, Released};
use crate::track::MediaStreamTrack;
use crate::{photo, photo_settings};

/// Takes photos and frames from a video track.
///
/// W3C: [`ImageCapture`](https://www.w3.org/TR/image-capture/#imagecaptureapi).
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct ImageCapture {
    inner: Released<imagecapture::ImageCapture>,
    /// The object that it was made with: `track` is that one at each look.
    track: Py<MediaStreamTrack>,
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

/// The keywords of a photo.
struct Options<'a> {
    format: &'a str,
    quality: Quality,
    metadata: bool,
    settle: Option<f64>,
}

impl Options<'_> {
    fn read(self, py: Python<'_>) -> PyResult<PhotoOptions> {
        let Some(format) = PhotoFormat::from_name(self.format) else {
            return Err(invalid(py, format!("format: \"jpeg\", \"png\" or \"camera\" is expected, not {:?}", self.format)));
        };
        let mut options = PhotoOptions { format, quality: self.quality.0, metadata: self.metadata, ..PhotoOptions::default() };
        if let Some(settle) = self.settle {
            let settle = Duration::try_from_secs_f64(settle);
            options.settle = settle.map_err(|_| invalid(py, "settle: a number of seconds from 0 on is expected"))?;
        }
        Ok(options)
    }
}

impl ImageCapture {
    fn start_photo(
        &self,
        py: Python<'_>,
        settings: Option<&Bound<'_, PyAny>>,
        options: Options<'_>,
        timeout: TimeoutArg,
    ) -> PyResult<Operation> {
        let settings = photo_settings::read(settings)?;
        let options = options.read(py)?;
        let pending = py.detach(|| self.inner.get().take_photo_async(&settings, &options)).or_raise(py)?;
        Ok(Operation::new(pending, timeout, |py, photo| Ok(photo::to_py(py, &photo)?.into_any())))
    }

    fn start_burst(
        &self,
        py: Python<'_>,
        count: u32,
        settings: Option<&Bound<'_, PyAny>>,
        options: Options<'_>,
        timeout: TimeoutArg,
    ) -> PyResult<Operation> {
        let (settings, options) = (photo_settings::read(settings)?, options.read(py)?);
        let pending = py.detach(|| self.inner.get().take_burst_async(count, &settings, &options)).or_raise(py)?;
        Ok(Operation::new(pending, timeout, |py, photos| photo::list_to_py(py, &photos)))
    }

    fn start_bracket(
        &self,
        py: Python<'_>,
        property: &str,
        values: Vec<f64>,
        settings: Option<&Bound<'_, PyAny>>,
        options: Options<'_>,
        timeout: TimeoutArg,
    ) -> PyResult<Operation> {
        let Some(property) = Property::ALL.iter().copied().find(|known| python_key(known.name()) == property) else {
            return Err(invalid(py, format!("property: {property:?} is no property")));
        };
        let (settings, options) = (photo_settings::read(settings)?, options.read(py)?);
        let bracket = Bracket::new(property, values).or_raise(py)?;
        let pending = py.detach(|| self.inner.get().take_bracket_async(&bracket, &settings, &options)).or_raise(py)?;
        Ok(Operation::new(pending, timeout, |py, photos| photo::list_to_py(py, &photos)))
    }

    fn start_grab(&self, py: Python<'_>, timeout: TimeoutArg) -> PyResult<Operation> {
        let pending = py.detach(|| self.inner.get().grab_frame_async()).or_raise(py)?;
        Ok(Operation::new(pending, timeout, |py, frame| Ok(Py::new(py, Frame::new(frame))?.into_any())))
    }

    fn start_capabilities(&self, py: Python<'_>, timeout: TimeoutArg) -> PyResult<Operation> {
        let pending = py.detach(|| self.inner.get().photo_capabilities_async()).or_raise(py)?;
        Ok(Operation::new(pending, timeout, |py, capabilities| {
            Ok(photo_settings::capabilities_to_py(py, &capabilities)?.into_any().unbind())
        }))
    }

    fn start_settings(&self, py: Python<'_>, timeout: TimeoutArg) -> PyResult<Operation> {
        let pending = py.detach(|| self.inner.get().photo_settings_async()).or_raise(py)?;
        Ok(Operation::new(pending, timeout, |py, settings| Ok(photo_settings::settings_to_py(py, &settings)?.into_any().unbind())))
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
        Ok(ImageCapture { inner: Released::new(inner), track: track.clone().unbind() })
    }

    /// The track that the pictures come from.
    #[getter]
    fn track(&self, py: Python<'_>) -> Py<MediaStreamTrack> {
        self.track.clone_ref(py)
    }

    /// Takes a photo.
    ///
    /// `settings`: `image_width`, `image_height`, `fill_light_mode`, `red_eye_reduction`, for this photo only. What the
    /// camera accepts is told by `get_photo_capabilities()`; a size between those of its modes gives the nearest one.
    /// `format`: `"jpeg"`, `"png"`, or `"camera"` for the camera's own bytes, but for where they were taken and what stands
    /// behind their end.
    /// `quality`: of a JPEG made here, 1 to 100.
    /// `metadata`: whether EXIF data is written. A location that the camera wrote is removed in any case.
    /// `settle`: how many seconds exposure, white balance and focus may take to settle when the camera has to be switched
    /// for the photo (2.5 by default).
    ///
    /// W3C: [`takePhoto`](https://www.w3.org/TR/image-capture/#dom-imagecapture-takephoto).
    #[pyo3(
        signature = (settings=None, *, format="jpeg", quality=Quality(90), metadata=true, settle=None, timeout=TimeoutArg::Default),
        text_signature = "($self, settings=None, *, format='jpeg', quality=90, metadata=True, settle=None, timeout=...)"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword in Python")]
    fn take_photo(
        &self,
        py: Python<'_>,
        settings: Option<&Bound<'_, PyAny>>,
        format: &str,
        quality: Quality,
        metadata: bool,
        settle: Option<f64>,
        timeout: TimeoutArg,
    ) -> PyResult<Py<PyAny>> {
        self.start_photo(py, settings, Options { format, quality, metadata, settle }, timeout)?.wait(py)
    }

    #[pyo3(
        signature = (settings=None, *, format="jpeg", quality=Quality(90), metadata=true, settle=None, timeout=TimeoutArg::Default),
        text_signature = "($self, settings=None, *, format='jpeg', quality=90, metadata=True, settle=None, timeout=...)"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword in Python")]
    fn _take_photo(
        &self,
        py: Python<'_>,
        settings: Option<&Bound<'_, PyAny>>,
        format: &str,
        quality: Quality,
        metadata: bool,
        settle: Option<f64>,
        timeout: TimeoutArg,
    ) -> PyResult<Operation> {
        self.start_photo(py, settings, Options { format, quality, metadata, settle }, timeout)
    }

    /// Takes `count` photos, 1 to 64, one right after the other: the camera's next frames. For a size that is not the
    /// stream's the camera is switched once. The other arguments are those of `take_photo()`.
    #[pyo3(
        signature = (count, settings=None, *, format="jpeg", quality=Quality(90), metadata=true, settle=None, timeout=TimeoutArg::Default),
        text_signature = "($self, count, settings=None, *, format='jpeg', quality=90, metadata=True, settle=None, timeout=...)"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword in Python")]
    fn take_burst(
        &self,
        py: Python<'_>,
        count: u32,
        settings: Option<&Bound<'_, PyAny>>,
        format: &str,
        quality: Quality,
        metadata: bool,
        settle: Option<f64>,
        timeout: TimeoutArg,
    ) -> PyResult<Py<PyAny>> {
        self.start_burst(py, count, settings, Options { format, quality, metadata, settle }, timeout)?.wait(py)
    }

    #[pyo3(
        signature = (count, settings=None, *, format="jpeg", quality=Quality(90), metadata=true, settle=None, timeout=TimeoutArg::Default),
        text_signature = "($self, count, settings=None, *, format='jpeg', quality=90, metadata=True, settle=None, timeout=...)"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword in Python")]
    fn _take_burst(
        &self,
        py: Python<'_>,
        count: u32,
        settings: Option<&Bound<'_, PyAny>>,
        format: &str,
        quality: Quality,
        metadata: bool,
        settle: Option<f64>,
        timeout: TimeoutArg,
    ) -> PyResult<Operation> {
        self.start_burst(py, count, settings, Options { format, quality, metadata, settle }, timeout)
    }

    /// Takes one photo for each of up to 16 values of a property: `exposure_compensation`, `exposure_time`, `iso`,
    /// `focus_distance` or `color_temperature`. Each is taken when the camera has come to rest, and its `settings` have the
    /// value that the camera then said it had. Meanwhile all tracks of the camera are muted; afterwards everything is as
    /// before. The other arguments are those of `take_photo()`.
    #[pyo3(
        signature = (property, values, settings=None, *, format="jpeg", quality=Quality(90), metadata=true, settle=None, timeout=TimeoutArg::Default),
        text_signature = "($self, property, values, settings=None, *, format='jpeg', quality=90, metadata=True, settle=None, timeout=...)"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword in Python")]
    fn take_bracket(
        &self,
        py: Python<'_>,
        property: &str,
        values: Vec<f64>,
        settings: Option<&Bound<'_, PyAny>>,
        format: &str,
        quality: Quality,
        metadata: bool,
        settle: Option<f64>,
        timeout: TimeoutArg,
    ) -> PyResult<Py<PyAny>> {
        self.start_bracket(py, property, values, settings, Options { format, quality, metadata, settle }, timeout)?.wait(py)
    }

    #[pyo3(
        signature = (property, values, settings=None, *, format="jpeg", quality=Quality(90), metadata=true, settle=None, timeout=TimeoutArg::Default),
        text_signature = "($self, property, values, settings=None, *, format='jpeg', quality=90, metadata=True, settle=None, timeout=...)"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword in Python")]
    fn _take_bracket(
        &self,
        py: Python<'_>,
        property: &str,
        values: Vec<f64>,
        settings: Option<&Bound<'_, PyAny>>,
        format: &str,
        quality: Quality,
        metadata: bool,
        settle: Option<f64>,
        timeout: TimeoutArg,
    ) -> PyResult<Operation> {
        self.start_bracket(py, property, values, settings, Options { format, quality, metadata, settle }, timeout)
    }

    /// What the camera can do for a photo: `image_width` and `image_height` as ranges, `red_eye_reduction` (`"never"`,
    /// `"always"` or `"controllable"`), and `fill_light_mode`, a list, if it has a light.
    ///
    /// W3C: [`getPhotoCapabilities`](https://www.w3.org/TR/image-capture/#dom-imagecapture-getphotocapabilities).
    #[pyo3(signature = (*, timeout=TimeoutArg::Default))]
    fn get_photo_capabilities(&self, py: Python<'_>, timeout: TimeoutArg) -> PyResult<Py<PyAny>> {
        self.start_capabilities(py, timeout)?.wait(py)
    }

    #[pyo3(signature = (*, timeout=TimeoutArg::Default))]
    fn _get_photo_capabilities(&self, py: Python<'_>, timeout: TimeoutArg) -> PyResult<Operation> {
        self.start_capabilities(py, timeout)
    }

    /// What the camera would do for a photo if nothing were asked of it: a dict for `take_photo()`, with the members that
    /// the camera has.
    ///
    /// W3C: [`getPhotoSettings`](https://www.w3.org/TR/image-capture/#dom-imagecapture-getphotosettings).
    #[pyo3(signature = (*, timeout=TimeoutArg::Default))]
    fn get_photo_settings(&self, py: Python<'_>, timeout: TimeoutArg) -> PyResult<Py<PyAny>> {
        self.start_settings(py, timeout)?.wait(py)
    }

    #[pyo3(signature = (*, timeout=TimeoutArg::Default))]
    fn _get_photo_settings(&self, py: Python<'_>, timeout: TimeoutArg) -> PyResult<Operation> {
        self.start_settings(py, timeout)
    }

    /// The next frame, as RGBA at the track's size.
    ///
    /// W3C: [`grabFrame`](https://www.w3.org/TR/image-capture/#dom-imagecapture-grabframe).
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
