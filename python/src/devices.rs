//! `MediaDevices` and `MediaDeviceInfo`.

use imagecapture::MediaStreamConstraints;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::constraints::capabilities_to_py;
use crate::convert::{TimeoutArg, to_json};
use crate::errors::{OrRaise, invalid};
use crate::pending::{Operation, Released};
use crate::stream::MediaStream;
use crate::virtual_camera::{self, VirtualCamera};

/// The cameras of this system: the start of everything (`navigator.mediaDevices` on the web).
///
/// `backends`: names of the system interfaces to use, `[]` for none (default: the system's own).
/// `virtual_cameras`: cameras made of software, each a `VirtualCamera` or its configuration.
/// `device_id_salt`: device ids differ between salts, and stay the same for one.
/// `environment`: whether `IC_VIRTUAL_CAMERA` and `IC_BACKEND` are heeded.
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct MediaDevices {
    inner: Released<imagecapture::MediaDevices>,
}

impl MediaDevices {
    fn open(&self, py: Python<'_>, constraints: &Bound<'_, PyAny>, timeout: TimeoutArg) -> PyResult<Operation> {
        let constraints = MediaStreamConstraints::from_json_value(&to_json(constraints, "")?).or_raise(py)?;
        let pending = py.detach(|| self.inner.get().get_user_media_async(&constraints)).or_raise(py)?;
        Ok(Operation::new(pending, timeout, |py, stream| Ok(Py::new(py, MediaStream::new(stream))?.into_any())))
    }
}

#[pymethods]
impl MediaDevices {
    #[new]
    #[pyo3(signature = (*, backends=None, virtual_cameras=None, device_id_salt=None, environment=true))]
    fn new(
        py: Python<'_>,
        backends: Option<Vec<String>>,
        virtual_cameras: Option<Vec<Bound<'_, PyAny>>>,
        device_id_salt: Option<String>,
        environment: bool,
    ) -> PyResult<MediaDevices> {
        let mut builder = imagecapture::MediaDevices::builder().environment(environment);
        if let Some(names) = &backends {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            builder = builder.backends(&names);
        }
        for (index, camera) in virtual_cameras.iter().flatten().enumerate() {
            let camera = match camera.cast::<VirtualCamera>() {
                Ok(camera) => camera.get().core().clone(),
                Err(_) => virtual_camera::from_config(camera, &format!("virtual_cameras[{index}]"))?,
            };
            builder = builder.virtual_camera(&camera);
        }
        if let Some(salt) = &device_id_salt {
            builder = builder.device_id_salt(salt);
        }
        let inner = py.detach(|| builder.build()).or_raise(py)?;
        Ok(MediaDevices { inner: Released::new(inner) })
    }

    /// The devices there are now, real cameras before virtual ones.
    fn enumerate_devices(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let pending = py.detach(|| self.inner.get().enumerate_devices_async()).or_raise(py)?;
        let to_list = |py: Python<'_>, list: Vec<imagecapture::MediaDeviceInfo>| {
            let infos: Vec<MediaDeviceInfo> = list.into_iter().map(|inner| MediaDeviceInfo { inner }).collect();
            Ok(infos.into_pyobject(py)?.into_any().unbind())
        };
        Operation::new(pending, TimeoutArg::Default, to_list).wait(py)
    }

    /// Opens the camera that fits best: `{"video": True}`, or `{"video": {...constraints...}}`.
    #[pyo3(signature = (constraints, *, timeout=TimeoutArg::Default))]
    fn get_user_media(&self, py: Python<'_>, constraints: &Bound<'_, PyAny>, timeout: TimeoutArg) -> PyResult<Py<PyAny>> {
        self.open(py, constraints, timeout)?.wait(py)
    }

    #[pyo3(signature = (constraints, *, timeout=TimeoutArg::Default))]
    fn _get_user_media(&self, py: Python<'_>, constraints: &Bound<'_, PyAny>, timeout: TimeoutArg) -> PyResult<Operation> {
        self.open(py, constraints, timeout)
    }

    /// The names of the constraints that this version knows, each with the value `True`.
    #[staticmethod]
    fn get_supported_constraints(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let dict = PyDict::new(py);
        for property in imagecapture::MediaDevices::supported_constraints() {
            dict.set_item(property.python_name(), true)?;
        }
        Ok(dict)
    }

    /// Lists a virtual camera after the cameras that are there already.
    fn add_virtual_camera(&self, py: Python<'_>, camera: &Bound<'_, PyAny>) -> PyResult<()> {
        let Ok(camera) = camera.cast::<VirtualCamera>() else {
            return Err(invalid(py, "camera: a VirtualCamera is expected"));
        };
        let camera = camera.get().core().clone();
        py.detach(|| self.inner.get().add_virtual_camera(&camera)).or_raise(py)
    }

    /// Stops all cameras that were opened here and ends their tracks. May be called again.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.inner.get().close());
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, pyo3::types::PyTuple>) {
        self.close(py);
    }
}

/// A camera (or other device) as `enumerate_devices()` found it.
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct MediaDeviceInfo {
    inner: imagecapture::MediaDeviceInfo,
}

#[pymethods]
impl MediaDeviceInfo {
    /// Identifies the device in constraints; the same in the next run.
    #[getter]
    fn device_id(&self) -> &str {
        self.inner.device_id()
    }

    /// Equal for the parts of one physical device.
    #[getter]
    fn group_id(&self) -> &str {
        self.inner.group_id()
    }

    /// The name to show to people.
    #[getter]
    fn label(&self) -> &str {
        self.inner.label()
    }

    /// `"videoinput"` or `"audioinput"`.
    #[getter]
    fn kind(&self) -> &'static str {
        self.inner.kind().as_str()
    }

    /// What the device can do, without opening it.
    fn get_capabilities<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        capabilities_to_py(py, self.inner.capabilities())
    }

    fn __repr__(&self) -> String {
        format!("<MediaDeviceInfo {} {:?} device_id={:?}>", self.kind(), self.label(), self.device_id())
    }
}
