//! Who may use the cameras, and how a person is asked.

use std::fmt;

use crate::MediaDeviceInfo;

/// Something that the program's user, or its policy, may allow.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// To use cameras.
    Camera,
    /// To move cameras: pan, tilt and zoom. Stronger than [`Camera`](Self::Camera): its state is never more
    /// generous.
    PanTiltZoom,
}

impl Permission {
    /// Every permission.
    pub const ALL: &'static [Permission] = &[Permission::Camera, Permission::PanTiltZoom];

    /// `"camera"` or `"pan-tilt-zoom"`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Permission::Camera => "camera",
            Permission::PanTiltZoom => "pan-tilt-zoom",
        }
    }

    /// Finds a permission by its name.
    pub fn from_name(name: &str) -> Option<Permission> {
        Permission::ALL.iter().copied().find(|permission| permission.as_str() == name)
    }
}

/// Whether something is allowed.
///
/// W3C: [`PermissionState`](https://www.w3.org/TR/permissions/#dom-permissionstate).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PermissionState {
    /// It is.
    Granted,
    /// A person is to be asked when it is needed.
    Prompt,
    /// It is not.
    Denied,
}

impl PermissionState {
    /// Every state, the most generous one first.
    pub const ALL: &'static [PermissionState] = &[PermissionState::Granted, PermissionState::Prompt, PermissionState::Denied];

    /// `"granted"`, `"prompt"` or `"denied"`.
    pub const fn as_str(self) -> &'static str {
        match self {
            PermissionState::Granted => "granted",
            PermissionState::Prompt => "prompt",
            PermissionState::Denied => "denied",
        }
    }

    /// Finds a state by its name.
    pub fn from_name(name: &str) -> Option<PermissionState> {
        PermissionState::ALL.iter().copied().find(|state| state.as_str() == name)
    }
}

/// What a person says to a [`PermissionRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct PermissionAnswer {
    pub(crate) granted: bool,
    pub(crate) pan_tilt_zoom: bool,
    pub(crate) devices: Option<Vec<String>>,
}

impl PermissionAnswer {
    /// Yes, to all that was asked.
    pub fn grant() -> PermissionAnswer {
        PermissionAnswer { granted: true, pan_tilt_zoom: true, devices: None }
    }

    /// No.
    pub fn deny() -> PermissionAnswer {
        PermissionAnswer { granted: false, pan_tilt_zoom: false, devices: None }
    }

    /// Whether the cameras may be moved, if that was asked: the answer may grant the camera alone.
    pub fn pan_tilt_zoom(mut self, granted: bool) -> PermissionAnswer {
        self.pan_tilt_zoom = granted;
        self
    }

    /// Only these devices, tried in this order, by their [ids](MediaDeviceInfo::device_id). Ids that the
    /// request did not offer have no effect.
    pub fn devices(mut self, ids: &[impl AsRef<str>]) -> PermissionAnswer {
        self.devices = Some(ids.iter().map(|id| id.as_ref().to_owned()).collect());
        self
    }
}

/// What becomes of a request: its answer, or `None` when it was dropped without one.
pub(crate) type Reply = Box<dyn FnOnce(Option<PermissionAnswer>) + Send + Sync>;

/// A question to a person: may the program use a camera? One is asked for each `get_user_media` that
/// needs it.
///
/// It may be answered at once or later, from any thread; the library never gives it up. Dropped
/// unanswered, it is refused for this time, and the state of the permission stays as it is.
pub struct PermissionRequest {
    video: bool,
    audio: bool,
    pan_tilt_zoom: bool,
    devices: Vec<MediaDeviceInfo>,
    reply: Option<Reply>,
}

impl PermissionRequest {
    pub(crate) fn new((video, audio): (bool, bool), pan_tilt_zoom: bool, devices: Vec<MediaDeviceInfo>, reply: Reply) -> PermissionRequest {
        PermissionRequest { video, audio, pan_tilt_zoom, devices, reply: Some(reply) }
    }

    /// Whether a video track is requested.
    pub fn video(&self) -> bool {
        self.video
    }

    /// Whether an audio track is requested.
    pub fn audio(&self) -> bool {
        self.audio
    }

    /// Whether the right to move the camera is asked for.
    pub fn pan_tilt_zoom(&self) -> bool {
        self.pan_tilt_zoom
    }

    /// The devices that fit the request, in the order in which they would be tried.
    pub fn devices(&self) -> &[MediaDeviceInfo] {
        &self.devices
    }

    /// Answers it. The answer becomes the state of those permissions that were in question.
    pub fn answer(mut self, answer: PermissionAnswer) {
        if let Some(reply) = self.reply.take() {
            reply(Some(answer));
        }
    }
}

impl Drop for PermissionRequest {
    fn drop(&mut self) {
        if let Some(reply) = self.reply.take() {
            reply(None);
        }
    }
}

impl fmt::Debug for PermissionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PermissionRequest")
            .field("video", &self.video)
            .field("audio", &self.audio)
            .field("pan_tilt_zoom", &self.pan_tilt_zoom)
            .field("devices", &self.devices)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_find_their_value_again() {
        for &permission in Permission::ALL {
            assert_eq!(Permission::from_name(permission.as_str()), Some(permission));
        }
        for &state in PermissionState::ALL {
            assert_eq!(PermissionState::from_name(state.as_str()), Some(state));
        }
        assert_eq!((Permission::from_name("Camera"), PermissionState::from_name("")), (None, None));
    }
}
