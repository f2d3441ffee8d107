//! How a [`MediaDevices`] is made.

use std::sync::Arc;

use serde::Deserialize;

use super::MediaDevices;
use crate::backend;
use crate::policy::PolicyOptions;
use crate::{Error, Permission, PermissionState, Result, VirtualCamera};

/// Chooses what a [`MediaDevices`] sees, allows and reveals.
#[derive(Clone, Debug)]
#[must_use]
pub struct MediaDevicesBuilder {
    backends: Option<Vec<String>>,
    virtual_cameras: Vec<VirtualCamera>,
    salt: String,
    environment: bool,
    policy: PolicyOptions,
    manual_callbacks: bool,
}

/// The same as one JSON object.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    backends: Option<Vec<String>>,
    #[serde(default)]
    virtual_cameras: Vec<serde_json::Value>,
    device_id_salt: Option<String>,
    environment: Option<bool>,
    #[serde(default)]
    permissions: Permissions,
    hide_until_capture: Option<bool>,
    keep_last_values: Option<bool>,
    idle_release: Option<bool>,
    #[serde(default)]
    callbacks: Callbacks,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Permissions {
    camera: Option<PermissionState>,
    pan_tilt_zoom: Option<PermissionState>,
    pan_tilt_zoom_hint: Option<bool>,
}

#[derive(Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Callbacks {
    #[default]
    Thread,
    Manual,
}

impl Default for MediaDevicesBuilder {
    fn default() -> Self {
        MediaDevicesBuilder {
            backends: None,
            virtual_cameras: Vec::new(),
            salt: String::new(),
            environment: true,
            policy: PolicyOptions::default(),
            manual_callbacks: false,
        }
    }
}

impl MediaDevicesBuilder {
    /// The systems to look for cameras in, by name (`"v4l2"`); none for only virtual cameras. Without this
    /// the system's own.
    pub fn backends(mut self, names: &[&str]) -> Self {
        self.backends = Some(names.iter().map(|name| (*name).to_owned()).collect());
        self
    }

    /// Adds a virtual camera; it is listed after the real ones.
    pub fn virtual_camera(mut self, camera: &VirtualCamera) -> Self {
        self.virtual_cameras.push(camera.clone());
        self
    }

    /// Changes all device ids: programs with different salts cannot recognise each other's devices.
    pub fn device_id_salt(mut self, salt: &str) -> Self {
        self.salt = salt.to_owned();
        self
    }

    /// Whether the environment variables `IC_VIRTUAL_CAMERA` (`default` or the path of a JSON
    /// configuration: adds virtual cameras) and `IC_BACKEND` (`v4l2`, `nokhwa` or `none`: replaces the system's own
    /// backend) are read. They are unless this says no.
    pub fn environment(mut self, read: bool) -> Self {
        self.environment = read;
        self
    }

    /// The state of a permission at the beginning. Both are granted unless this says otherwise; with
    /// [`PermissionState::Prompt`] the program
    /// [asks its user](MediaDevices::on_permission_prompt).
    pub fn permission(mut self, permission: Permission, state: PermissionState) -> Self {
        match permission {
            Permission::Camera => self.policy.camera = state,
            Permission::PanTiltZoom => self.policy.pan_tilt_zoom = state,
        }
        self
    }

    /// Whether capabilities tell by an empty range that a camera has pan, tilt or zoom where the permission
    /// for it lacks. They do not unless this says so.
    pub fn pan_tilt_zoom_hint(mut self, give: bool) -> Self {
        self.policy.pan_tilt_zoom_hint = give;
        self
    }

    /// Whether devices stay hidden, as in a browser, until `get_user_media` has succeeded: before that at
    /// most one of each kind is listed, with empty ids and names. They do not unless this says so.
    pub fn hide_until_capture(mut self, hide: bool) -> Self {
        self.policy.hide_until_capture = hide;
        self
    }

    /// Whether a value that constraints do not name any more stays as it is. Unless this says so it goes back to
    /// what it was when the camera was opened.
    pub fn keep_last_values(mut self, keep: bool) -> Self {
        self.policy.keep_last_values = keep;
        self
    }

    /// Whether a camera is closed for as long as all its tracks are muted or disabled, so that its light goes
    /// off. It is unless this says no.
    pub fn idle_release(mut self, release: bool) -> Self {
        self.policy.idle_release = release;
        self
    }

    /// Whether code of the program (callbacks, listeners, prompts) runs only in
    /// [`MediaDevices::process_events`] instead of on a thread of the library. For programs with one thread.
    /// Wakers of futures are woken at once all the same, from any thread.
    pub fn manual_callbacks(mut self, manual: bool) -> Self {
        self.manual_callbacks = manual;
        self
    }

    /// Makes the object.
    ///
    /// # Errors
    ///
    /// `NotSupported` for a backend that this build does not have; `InvalidInput` for two virtual cameras
    /// with the same id or an unusable file behind `IC_VIRTUAL_CAMERA`.
    pub fn build(self) -> Result<MediaDevices> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| self.environment && !value.is_empty());
        let names = match (self.backends, variable("IC_BACKEND").as_deref()) {
            (Some(names), _) => names,
            (None, Some("none")) => Vec::new(),
            (None, Some(name)) => vec![name.to_owned()],
            (None, None) => backend::default_names().iter().map(|name| (*name).to_owned()).collect(),
        };
        let backends = names.iter().map(|name| backend::by_name(name)).collect::<Result<Vec<Arc<_>>>>()?;
        let devices = MediaDevices::from_parts(backends, &self.salt, self.policy, self.manual_callbacks);
        for camera in &self.virtual_cameras {
            devices.add_virtual_camera(camera)?;
        }
        match variable("IC_VIRTUAL_CAMERA").as_deref() {
            None => {}
            Some("default") => devices.add_virtual_camera(&VirtualCamera::of_environment())?,
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|e| Error::invalid(format!("IC_VIRTUAL_CAMERA={path}: the file cannot be read: {e}")).with_source(e))?;
                let folder = std::path::Path::new(path).parent().unwrap_or(std::path::Path::new(""));
                let camera = VirtualCamera::from_json_in(&text, folder).map_err(|e| e.context(format!("IC_VIRTUAL_CAMERA={path}")))?;
                devices.add_virtual_camera(&camera)?;
            }
        }
        Ok(devices)
    }

    /// From options as JSON; see [`MediaDevices::from_json`].
    pub(super) fn from_json(options: &str) -> Result<MediaDevicesBuilder> {
        let options: Options = crate::json::parse_as(options)?;
        let mut builder = MediaDevicesBuilder { backends: options.backends, ..MediaDevicesBuilder::default() };
        for (index, config) in options.virtual_cameras.iter().enumerate() {
            let camera = VirtualCamera::from_json(&config.to_string()).map_err(|e| e.context(format!("virtualCameras[{index}]")))?;
            builder.virtual_cameras.push(camera);
        }
        builder.salt = options.device_id_salt.unwrap_or_default();
        builder.environment = options.environment.unwrap_or(true);
        builder.manual_callbacks = options.callbacks == Callbacks::Manual;
        let default = PolicyOptions::default();
        builder.policy = PolicyOptions {
            camera: options.permissions.camera.unwrap_or(default.camera),
            pan_tilt_zoom: options.permissions.pan_tilt_zoom.unwrap_or(default.pan_tilt_zoom),
            pan_tilt_zoom_hint: options.permissions.pan_tilt_zoom_hint.unwrap_or(default.pan_tilt_zoom_hint),
            hide_until_capture: options.hide_until_capture.unwrap_or(default.hide_until_capture),
            keep_last_values: options.keep_last_values.unwrap_or(default.keep_last_values),
            idle_release: options.idle_release.unwrap_or(default.idle_release),
        };
        Ok(builder)
    }
}
