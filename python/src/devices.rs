//! `MediaDevices` and `MediaDeviceInfo`.

use std::time::{Duration, Instant};

use imagecapture::{MediaDeviceKind, MediaStreamConstraints};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::constraints::{capabilities_to_py, read};
use crate::convert::{TimeoutArg, from_json, points_of_tuples, to_json};
use crate::errors::{OrRaise, invalid};
use crate::events::{self, Events, Listener};
use crate::explain::{Explanation, snake_case};
use crate::pending::{LOOK_FOR_SIGNALS, Operation, Released};
use crate::permissions::{self, permission};
use crate::stream::MediaStream;
use crate::virtual_camera::{self, VirtualCamera};

/// The cameras of this system: the start of everything (`navigator.mediaDevices` on the web).
///
/// `backends`: names of the system interfaces to use, `[]` for none (default: the system's own).
/// `virtual_cameras`: cameras made of software, each a `VirtualCamera` or its configuration.
/// `device_id_salt`: device ids differ between salts, and stay the same for one.
/// `environment`: whether `IC_VIRTUAL_CAMERA` and `IC_BACKEND` are heeded.
/// `permissions`: `{"camera": ..., "pan_tilt_zoom": ...}`, each `"granted"` (the default), `"prompt"` or `"denied"`; with
/// `"pan_tilt_zoom_hint": True` capabilities have `{}` where only that permission lacks.
/// `hide_until_capture`: whether devices have neither ids nor names before the first capture, as in a browser.
/// `idle_release`: whether a camera is closed while all its tracks are muted or disabled, so that its light goes off.
/// `keep_last_values`: whether what new constraints do not name any more keeps its value instead of going back to the
/// one that the camera was opened with.
/// `callbacks`: `"thread"` has functions of the program called on a thread of the library, `"manual"` only in
/// `process_events()`.
///
/// W3C: [`MediaDevices`](https://www.w3.org/TR/mediacapture-streams/#mediadevices).
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct MediaDevices {
    inner: Released<imagecapture::MediaDevices>,
}

impl MediaDevices {
    fn open(&self, py: Python<'_>, constraints: &Bound<'_, PyAny>, timeout: TimeoutArg) -> PyResult<Operation> {
        let mut json = to_json(constraints, "")?;
        json.get_mut("video").map(points_of_tuples);
        let constraints = MediaStreamConstraints::from_json_value(&json).or_raise(py)?;
        let pending = py.detach(|| self.inner.get().get_user_media_async(&constraints)).or_raise(py)?;
        Ok(Operation::new(pending, timeout, |py, stream| Ok(Py::new(py, MediaStream::new(stream))?.into_any())))
    }
}

impl MediaDevices {
    fn start_explaining(&self, py: Python<'_>, constraints: Option<&Bound<'_, PyAny>>, timeout: TimeoutArg) -> PyResult<Operation> {
        let constraints = read(constraints)?;
        let pending = py.detach(|| self.inner.get().explain_async(&constraints)).or_raise(py)?;
        Ok(Operation::new(pending, timeout, |py, explanation| Ok(Py::new(py, Explanation::new(explanation))?.into_any())))
    }

    fn start_details(&self, py: Python<'_>, device_id: &str, timeout: TimeoutArg) -> PyResult<Operation> {
        let pending = py.detach(|| self.inner.get().device_details_async(device_id)).or_raise(py)?;
        let to_dict = |py: Python<'_>, details: imagecapture::DeviceDetails| Ok(from_json(py, &details.to_json(), &snake_case)?.unbind());
        Ok(Operation::new(pending, timeout, to_dict))
    }
}

#[pymethods]
impl MediaDevices {
    #[new]
    #[pyo3(signature = (
        *, backends=None, virtual_cameras=None, device_id_salt=None, environment=true, permissions=None,
        hide_until_capture=false, idle_release=true, keep_last_values=false, callbacks="thread"
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords")]
    fn new(
        py: Python<'_>,
        backends: Option<Vec<String>>,
        virtual_cameras: Option<Vec<Bound<'_, PyAny>>>,
        device_id_salt: Option<String>,
        environment: bool,
        permissions: Option<&Bound<'_, PyAny>>,
        hide_until_capture: bool,
        idle_release: bool,
        keep_last_values: bool,
        callbacks: &str,
    ) -> PyResult<MediaDevices> {
        let manual = match callbacks {
            "thread" => false,
            "manual" => true,
            _ => return Err(invalid(py, format!("callbacks: \"thread\" or \"manual\" is expected, not {callbacks:?}"))),
        };
        let mut builder = imagecapture::MediaDevices::builder()
            .environment(environment)
            .hide_until_capture(hide_until_capture)
            .idle_release(idle_release)
            .keep_last_values(keep_last_values)
            .manual_callbacks(manual);
        let permissions = permissions.map(permissions::read_permissions).transpose()?.unwrap_or_default();
        for (permission, state) in permissions.states {
            builder = builder.permission(permission, state);
        }
        if let Some(hint) = permissions.hint {
            builder = builder.pan_tilt_zoom_hint(hint);
        }
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

    /// The devices there are now, real cameras before virtual ones. While the camera permission is denied, no cameras.
    ///
    /// W3C: [`enumerateDevices`](https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-enumeratedevices).
    fn enumerate_devices(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let pending = py.detach(|| self.inner.get().enumerate_devices_async()).or_raise(py)?;
        let to_list = |py: Python<'_>, list: Vec<imagecapture::MediaDeviceInfo>| {
            Ok(MediaDeviceInfo::list(&list).into_pyobject(py)?.into_any().unbind())
        };
        Operation::new(pending, TimeoutArg::Default, to_list).wait(py)
    }

    /// Opens the camera that fits best: `{"video": True}`, or `{"video": {...constraints...}}`.
    ///
    /// While the program is not `visible` or not `focused` this waits, as it does for the answer to a permission
    /// request; its own limit counts anew from the end of each.
    ///
    /// W3C: [`getUserMedia`](https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia).
    #[pyo3(signature = (constraints, *, timeout=TimeoutArg::Default))]
    fn get_user_media(&self, py: Python<'_>, constraints: &Bound<'_, PyAny>, timeout: TimeoutArg) -> PyResult<Py<PyAny>> {
        self.open(py, constraints, timeout)?.wait(py)
    }

    #[pyo3(signature = (constraints, *, timeout=TimeoutArg::Default))]
    fn _get_user_media(&self, py: Python<'_>, constraints: &Bound<'_, PyAny>, timeout: TimeoutArg) -> PyResult<Operation> {
        self.open(py, constraints, timeout)
    }

    /// How `get_user_media()` would choose for these constraints on a video track: each camera and each of its modes with
    /// its distance from what is wished, and what leaves others out. Nothing is opened.
    #[pyo3(signature = (constraints=None, *, timeout=TimeoutArg::Default))]
    fn explain(&self, py: Python<'_>, constraints: Option<&Bound<'_, PyAny>>, timeout: TimeoutArg) -> PyResult<Py<PyAny>> {
        self.start_explaining(py, constraints, timeout)?.wait(py)
    }

    #[pyo3(signature = (constraints=None, *, timeout=TimeoutArg::Default))]
    fn _explain(&self, py: Python<'_>, constraints: Option<&Bound<'_, PyAny>>, timeout: TimeoutArg) -> PyResult<Operation> {
        self.start_explaining(py, constraints, timeout)
    }

    /// What the system tells of a device beyond the W3C model: its driver, and every format with its sizes and rates, also
    /// those that this library cannot use. It does not disturb a stream. `imagecapture.types.DeviceDetails` has the members.
    #[pyo3(signature = (device_id, *, timeout=TimeoutArg::Default))]
    fn device_details(&self, py: Python<'_>, device_id: &str, timeout: TimeoutArg) -> PyResult<Py<PyAny>> {
        self.start_details(py, device_id, timeout)?.wait(py)
    }

    #[pyo3(signature = (device_id, *, timeout=TimeoutArg::Default))]
    fn _device_details(&self, py: Python<'_>, device_id: &str, timeout: TimeoutArg) -> PyResult<Operation> {
        self.start_details(py, device_id, timeout)
    }

    /// The names of the constraints that this version knows, each with the value `True`.
    ///
    /// W3C: [`getSupportedConstraints`](https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getsupportedconstraints).
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

    /// Tells it from every other object in events; never used again in a process.
    #[getter]
    fn object_id(&self) -> u64 {
        self.inner.get().object_id()
    }

    /// Calls `fn(event)` whenever this happens here: `"devicechange"`, `"permissionchange"` or `"indicatorchange"`. It is
    /// called on a thread of the library, one event after the other, or in `process_events()`, and may call anything.
    /// An exception in it goes to `sys.unraisablehook`.
    ///
    /// W3C: [`devicechange`](https://www.w3.org/TR/mediacapture-streams/#event-mediadevices-devicechange).
    fn on(&self, py: Python<'_>, name: &str, r#fn: &Bound<'_, PyAny>) -> PyResult<Listener> {
        events::on(py, name, r#fn, |event_type, hear| self.inner.get().on(event_type, hear))
    }

    /// An iterator over the events of this object and of all its tracks. It waits for the next one, and ends when
    /// `close()` was called or no event came for `timeout` seconds; `timeout=0` takes what is there.
    ///
    /// Events are kept from the first call on, up to 1,024 of them.
    #[pyo3(signature = (*, timeout=TimeoutArg::Never), text_signature = "($self, *, timeout=None)")]
    fn events(&self, py: Python<'_>, timeout: TimeoutArg) -> Events {
        Events::new(py.detach(|| self.inner.get().events()), timeout)
    }

    /// With `callbacks="manual"`: calls the functions of the program that wait to be called, waiting up to `timeout` seconds for
    /// the first one (`None`: as long as it takes), and returns how many they were.
    #[pyo3(signature = (timeout=TimeoutArg::After(Duration::ZERO)), text_signature = "($self, timeout=0)")]
    fn process_events(&self, py: Python<'_>, timeout: TimeoutArg) -> PyResult<usize> {
        let limit = timeout.given();
        let start = Instant::now();
        loop {
            let left = limit.map_or(LOOK_FOR_SIGNALS, |limit| limit.saturating_sub(start.elapsed()));
            let slice = left.min(LOOK_FOR_SIGNALS);
            let asked = Instant::now();
            let count = py.detach(|| self.inner.get().process_events(slice));
            py.check_signals()?;
            // The core comes back before its time when there is nothing to wait for.
            if count > 0 || asked.elapsed() < slice || limit.is_some_and(|limit| start.elapsed() >= limit) {
                return Ok(count);
            }
        }
    }

    /// A descriptor that is readable while events wait for `events()` or functions wait for `process_events()`: for
    /// `select` and its like, which also take this object itself. It must be neither read nor closed.
    #[cfg(unix)]
    fn fileno(&self, py: Python<'_>) -> PyResult<i32> {
        py.detach(|| self.inner.get().event_fd()).or_raise(py)
    }

    /// The state of the permission `"camera"` or `"pan-tilt-zoom"`: `"granted"`, `"prompt"` or `"denied"`.
    ///
    /// W3C: [`PermissionStatus`](https://www.w3.org/TR/permissions/#dom-permissionstatus-state).
    fn get_permission(&self, py: Python<'_>, name: &str) -> PyResult<&'static str> {
        Ok(self.inner.get().permission(permission(py, name)?).as_str())
    }

    /// Sets the state of a permission. Denying the camera ends the video tracks that came from here; granting
    /// `"pan-tilt-zoom"` grants the camera too.
    fn set_permission(&self, py: Python<'_>, name: &str, state: &Bound<'_, PyAny>) -> PyResult<()> {
        let (permission, state) = (permission(py, name)?, permissions::state(state, "state")?);
        py.detach(|| self.inner.get().set_permission(permission, state));
        Ok(())
    }

    /// Calls `fn(request)` whenever a person has to be asked, because a permission that `get_user_media()` needs is in the
    /// state `"prompt"`. It answers by `request.answer()`, then or later, or by what it returns: a bool, or a dict of the
    /// parameters of `answer()`. It replaces the previous function, and `None` takes it away; while there is none,
    /// `"prompt"` counts as `"denied"`.
    ///
    /// It is called on a thread of the library; with `callbacks="manual"` in `process_events()`, or in the call that waits
    /// for the answer.
    fn on_permission_prompt(&self, py: Python<'_>, r#fn: &Bound<'_, PyAny>) -> PyResult<()> {
        if r#fn.is_none() {
            py.detach(|| self.inner.get().remove_permission_prompt());
        } else {
            let prompt = permissions::prompt(r#fn)?;
            py.detach(|| self.inner.get().on_permission_prompt(prompt));
        }
        Ok(())
    }

    /// Whether the program can be seen by its user; it can until it says no. While it cannot, `get_user_media()` waits,
    /// and cameras are not moved.
    #[getter]
    fn visible(&self) -> bool {
        self.inner.get().visible()
    }

    #[setter]
    fn set_visible(&self, py: Python<'_>, value: bool) {
        py.detach(|| self.inner.get().set_visible(value));
    }

    /// Whether the program has the focus of its user; it has until it says no. While it has not, `get_user_media()` waits
    /// before it opens a device.
    #[getter]
    fn focused(&self) -> bool {
        self.inner.get().focused()
    }

    #[setter]
    fn set_focused(&self, py: Python<'_>, value: bool) {
        py.detach(|| self.inner.get().set_focused(value));
    }

    /// What the program should show its user of the kind `"videoinput"` or `"audioinput"`; `"indicatorchange"` tells when
    /// it may have changed.
    ///
    /// W3C: [privacy indicators](https://www.w3.org/TR/mediacapture-streams/#privacy-indicator-requirements).
    fn indicator(&self, py: Python<'_>, kind: &str) -> PyResult<Indicator> {
        let kind = match kind {
            "videoinput" => MediaDeviceKind::VideoInput,
            "audioinput" => MediaDeviceKind::AudioInput,
            _ => return Err(invalid(py, format!("kind: \"videoinput\" or \"audioinput\" is expected, not {kind:?}"))),
        };
        Ok(Indicator { inner: self.inner.get().indicator(kind) })
    }

    /// As `indicator()`, for one device; `None` for one that was never seen.
    fn device_indicator(&self, device_id: &str) -> Option<Indicator> {
        self.inner.get().device_indicator(device_id).map(|inner| Indicator { inner })
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

/// What a program should show its user: the counterpart of a browser's privacy indicators.
#[pyclass(frozen, eq, module = "imagecapture")]
#[derive(PartialEq)]
pub(crate) struct Indicator {
    inner: imagecapture::Indicator,
}

#[pymethods]
impl Indicator {
    /// Whether the program may open it without asking.
    #[getter]
    fn accessible(&self) -> bool {
        self.inner.accessible
    }

    /// Whether the program gets something from it now: there is a live, unmuted and enabled track.
    #[getter]
    fn live(&self) -> bool {
        self.inner.live
    }

    fn __repr__(&self) -> String {
        let flag = |flag: bool| if flag { "True" } else { "False" };
        format!("<Indicator accessible={} live={}>", flag(self.inner.accessible), flag(self.inner.live))
    }
}

/// A camera (or other device) as `enumerate_devices()` found it.
///
/// W3C: [`InputDeviceInfo`](https://www.w3.org/TR/mediacapture-streams/#dom-inputdeviceinfo).
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct MediaDeviceInfo {
    inner: imagecapture::MediaDeviceInfo,
}

impl MediaDeviceInfo {
    pub(crate) fn list(infos: &[imagecapture::MediaDeviceInfo]) -> Vec<MediaDeviceInfo> {
        infos.iter().map(|info| MediaDeviceInfo { inner: info.clone() }).collect()
    }

    pub(crate) fn core(&self) -> &imagecapture::MediaDeviceInfo {
        &self.inner
    }
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
