//! Permissions: their states, and the question to a person.

use std::sync::{Mutex, PoisonError};

use imagecapture::{ErrorKind, Permission, PermissionAnswer, PermissionState};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};

use crate::callback::Callback;
use crate::constraints::closed_dict;
use crate::devices::MediaDeviceInfo;
use crate::errors::{invalid, other};
use crate::pending::Released;

/// A permission by its name.
pub(crate) fn permission(py: Python<'_>, name: &str) -> PyResult<Permission> {
    Permission::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
        invalid(py, format!("name: there is no permission {name:?}; there are {}", names.join(", ")))
    })
}

/// A state by its name. `path` names it in messages.
pub(crate) fn state(value: &Bound<'_, PyAny>, path: &str) -> PyResult<PermissionState> {
    let found = value.cast::<PyString>().ok().and_then(|name| PermissionState::from_name(&name.to_string_lossy()));
    found.ok_or_else(|| {
        let names: Vec<&str> = PermissionState::ALL.iter().map(|state| state.as_str()).collect();
        invalid(value.py(), format!("{path}: one of {} is expected", names.join(", ")))
    })
}

/// The keyword `permissions` of `MediaDevices`.
#[derive(Default)]
pub(crate) struct Permissions {
    pub(crate) states: Vec<(Permission, PermissionState)>,
    pub(crate) hint: Option<bool>,
}

/// The members of the dictionary; a permission also goes by its own name.
const MEMBERS: &[(&str, &str)] = &[
    ("camera", "camera"),
    ("pan_tilt_zoom", "panTiltZoom"),
    ("pan_tilt_zoom", "pan-tilt-zoom"),
    ("pan_tilt_zoom_hint", "panTiltZoomHint"),
];

pub(crate) fn read_permissions(value: &Bound<'_, PyAny>) -> PyResult<Permissions> {
    let mut permissions = Permissions::default();
    for (name, member) in closed_dict(value, "permissions", MEMBERS)? {
        let path = format!("permissions.{name}");
        match name {
            "camera" => permissions.states.push((Permission::Camera, state(&member, &path)?)),
            "pan_tilt_zoom" => permissions.states.push((Permission::PanTiltZoom, state(&member, &path)?)),
            _ => permissions.hint = Some(flag(&member, &path)?),
        }
    }
    Ok(permissions)
}

fn flag(value: &Bound<'_, PyAny>, path: &str) -> PyResult<bool> {
    match value.cast::<PyBool>() {
        Ok(flag) => Ok(flag.is_true()),
        Err(_) => Err(invalid(value.py(), format!("{path}: a bool is expected"))),
    }
}

/// A question to a person: may the program use a camera? `on_permission_prompt()` gets one for each
/// `get_user_media()` that needs an answer. Forgotten unanswered, it is refused for this time.
///
/// W3C: [request permission to use](https://www.w3.org/TR/permissions/#dfn-request-permission-to-use).
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct PermissionRequest {
    video: bool,
    audio: bool,
    pan_tilt_zoom: bool,
    devices: Vec<imagecapture::MediaDeviceInfo>,
    inner: Mutex<Option<Released<imagecapture::PermissionRequest>>>,
}

impl PermissionRequest {
    fn new(inner: imagecapture::PermissionRequest) -> PermissionRequest {
        PermissionRequest {
            video: inner.video(),
            audio: inner.audio(),
            pan_tilt_zoom: inner.pan_tilt_zoom(),
            devices: inner.devices().to_vec(),
            inner: Mutex::new(Some(Released::new(inner))),
        }
    }

    fn give(&self, py: Python<'_>, answer: PermissionAnswer) -> PyResult<()> {
        let taken = self.inner.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(request) = taken else {
            return Err(other(py, ErrorKind::InvalidState, "this request was answered already"));
        };
        py.detach(|| request.into_inner().answer(answer));
        Ok(())
    }
}

/// The ids of devices that are given as such or by their ids.
fn device_ids(value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let wrong = |path: String| invalid(value.py(), format!("{path}: a list of device ids or MediaDeviceInfo objects is expected"));
    // A single id would be taken for a list of letters.
    let items = value.try_iter().ok().filter(|_| !value.is_instance_of::<PyString>()).ok_or_else(|| wrong("devices".into()))?;
    let mut ids = Vec::new();
    for (index, item) in items.enumerate() {
        let item = item?;
        ids.push(match (item.cast::<MediaDeviceInfo>(), item.cast::<PyString>()) {
            (Ok(info), _) => info.get().core().device_id().to_owned(),
            (_, Ok(id)) => id.to_string_lossy().into_owned(),
            _ => return Err(wrong(format!("devices[{index}]"))),
        });
    }
    Ok(ids)
}

fn compose(camera: bool, pan_tilt_zoom: bool, devices: Option<&Bound<'_, PyAny>>) -> PyResult<PermissionAnswer> {
    if !camera {
        return Ok(PermissionAnswer::deny());
    }
    let answer = PermissionAnswer::grant().pan_tilt_zoom(pan_tilt_zoom);
    Ok(match devices.filter(|devices| !devices.is_none()) {
        Some(devices) => answer.devices(&device_ids(devices)?),
        None => answer,
    })
}

#[pymethods]
impl PermissionRequest {
    /// Whether a video track is requested.
    #[getter]
    fn video(&self) -> bool {
        self.video
    }

    /// Whether an audio track is requested.
    #[getter]
    fn audio(&self) -> bool {
        self.audio
    }

    /// Whether the right to move the camera is asked for.
    #[getter]
    fn pan_tilt_zoom(&self) -> bool {
        self.pan_tilt_zoom
    }

    /// The devices that fit the request, in the order in which they would be tried.
    #[getter]
    fn devices(&self) -> Vec<MediaDeviceInfo> {
        MediaDeviceInfo::list(&self.devices)
    }

    /// Answers, once, from any thread. The answer becomes the state of those permissions that were in question.
    ///
    /// `pan_tilt_zoom`: whether the camera may be moved, if that was asked.
    /// `devices`: only these, tried in this order; ids or `MediaDeviceInfo` objects.
    #[pyo3(signature = (camera=true, pan_tilt_zoom=true, devices=None))]
    fn answer(&self, py: Python<'_>, camera: bool, pan_tilt_zoom: bool, devices: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        self.give(py, compose(camera, pan_tilt_zoom, devices)?)
    }

    /// Answers with what the function returned: a bool, a dict of the parameters of `answer()`, or `None` when that is
    /// for later.
    fn _returned(&self, result: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = result.py();
        if result.is_none() {
            return Ok(());
        }
        if let Ok(camera) = result.cast::<PyBool>() {
            return self.give(py, compose(camera.is_true(), true, None)?);
        }
        let what = "the answer to a permission request";
        let members = [("camera", "camera"), ("pan_tilt_zoom", "panTiltZoom"), ("devices", "devices")];
        let (mut camera, mut pan_tilt_zoom, mut devices) = (true, true, None);
        for (name, member) in closed_dict(result, what, &members)? {
            match name {
                "camera" => camera = flag(&member, &format!("{what}: camera"))?,
                "pan_tilt_zoom" => pan_tilt_zoom = flag(&member, &format!("{what}: pan_tilt_zoom"))?,
                _ => devices = Some(member),
            }
        }
        self.give(py, compose(camera, pan_tilt_zoom, devices.as_ref())?)
    }

    fn __repr__(&self) -> String {
        let flag = |flag: bool| if flag { "True" } else { "False" };
        format!(
            "<PermissionRequest video={} audio={} pan_tilt_zoom={} devices={}>",
            flag(self.video),
            flag(self.audio),
            flag(self.pan_tilt_zoom),
            self.devices.len()
        )
    }
}

/// What the core calls to ask a person.
pub(crate) fn prompt(function: &Bound<'_, PyAny>) -> PyResult<impl Fn(imagecapture::PermissionRequest) + Send + Sync + use<>> {
    let callback = Callback::new(function, "fn")?;
    Ok(move |request| {
        // None: the interpreter is shutting down. Dropping the request refuses it.
        Python::try_attach(|py| match Bound::new(py, PermissionRequest::new(request)) {
            Ok(request) => callback.call(py, |_| Ok(request.clone().into_any()), |result| request.get()._returned(&result)),
            Err(error) => error.write_unraisable(py, None),
        });
    })
}
