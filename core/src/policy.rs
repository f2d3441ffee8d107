//! What one [`MediaDevices`](crate::MediaDevices) allows its program: permissions, whether its window is
//! seen, what is told of devices, and options that its tracks need to know.

use parking_lot::Mutex;

use crate::capabilities::Capability;
use crate::{MediaDeviceKind, MediaTrackCapabilities, Permission, PermissionState, Property};

/// What was chosen when the object was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PolicyOptions {
    pub(crate) camera: PermissionState,
    pub(crate) pan_tilt_zoom: PermissionState,
    /// Capabilities say that there is pan, tilt or zoom where the permission for it lacks.
    pub(crate) pan_tilt_zoom_hint: bool,
    /// Devices have neither names nor ids before the first capture.
    pub(crate) hide_until_capture: bool,
    /// What constraints do not name any more keeps its value instead of going back (D5).
    pub(crate) keep_last_values: bool,
    /// A camera that no active track uses is closed meanwhile.
    pub(crate) idle_release: bool,
}

impl Default for PolicyOptions {
    fn default() -> Self {
        PolicyOptions {
            camera: PermissionState::Granted,
            pan_tilt_zoom: PermissionState::Granted,
            pan_tilt_zoom_hint: false,
            hide_until_capture: false,
            keep_last_values: false,
            idle_release: true,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) options: PolicyOptions,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    camera: PermissionState,
    /// As it was set; in force is the stricter of the two.
    pan_tilt_zoom: PermissionState,
    visible: bool,
    focused: bool,
    /// Whether cameras and microphones are told by name.
    exposes_video: bool,
    exposes_audio: bool,
}

impl State {
    fn permission(&self, permission: Permission) -> PermissionState {
        match permission {
            Permission::Camera => self.camera,
            Permission::PanTiltZoom => self.pan_tilt_zoom.max(self.camera),
        }
    }

    fn exposes(&self, kind: MediaDeviceKind) -> bool {
        match kind {
            MediaDeviceKind::VideoInput => self.exposes_video,
            MediaDeviceKind::AudioInput => self.exposes_audio,
        }
    }
}

impl Policy {
    pub(crate) fn new(options: PolicyOptions) -> Policy {
        let exposed = !options.hide_until_capture;
        let state = State {
            camera: options.camera,
            pan_tilt_zoom: options.pan_tilt_zoom,
            visible: true,
            focused: true,
            exposes_video: exposed,
            exposes_audio: exposed,
        };
        Policy { options, state: Mutex::new(state) }
    }

    /// The state in force.
    pub(crate) fn permission(&self, permission: Permission) -> PermissionState {
        self.state.lock().permission(permission)
    }

    /// Whether the kind may be used; there is no permission for microphones, because none is real.
    pub(crate) fn may_use(&self, kind: MediaDeviceKind) -> bool {
        kind == MediaDeviceKind::AudioInput || self.permission(Permission::Camera) == PermissionState::Granted
    }

    /// Whether pan, tilt and zoom may be seen and set.
    pub(crate) fn may_move_camera(&self) -> bool {
        self.permission(Permission::PanTiltZoom) == PermissionState::Granted
    }

    /// Sets a state. `tell` hears of every state in force that has changed, from what and into what, in order
    /// with other changes.
    pub(crate) fn set_permission(
        &self,
        permission: Permission,
        new: PermissionState,
        mut tell: impl FnMut(Permission, PermissionState, PermissionState),
    ) {
        let mut state = self.state.lock();
        let before = Permission::ALL.iter().map(|&p| (p, state.permission(p))).collect::<Vec<_>>();
        match permission {
            Permission::Camera => state.camera = new,
            Permission::PanTiltZoom => {
                state.pan_tilt_zoom = new;
                if new == PermissionState::Granted {
                    state.camera = new;
                }
            }
        }
        for (permission, before) in before {
            let now = state.permission(permission);
            if now != before {
                tell(permission, before, now);
            }
        }
    }

    pub(crate) fn visible(&self) -> bool {
        self.state.lock().visible
    }

    pub(crate) fn set_visible(&self, visible: bool) {
        self.state.lock().visible = visible;
    }

    pub(crate) fn focused(&self) -> bool {
        self.state.lock().focused
    }

    pub(crate) fn set_focused(&self, focused: bool) {
        self.state.lock().focused = focused;
    }

    /// Whether devices of this kind are told by name.
    pub(crate) fn exposes(&self, kind: MediaDeviceKind) -> bool {
        self.state.lock().exposes(kind)
    }

    /// Whether devices can be listed now. If not, whoever wants a list waits.
    pub(crate) fn may_enumerate(&self) -> bool {
        let state = self.state.lock();
        state.visible || (state.exposes_video && state.exposes_audio)
    }

    /// A capture has succeeded: its kinds are told by name from now on, and so is every kind that the program
    /// may use anyway. Tells whether that reveals something new.
    pub(crate) fn expose(&self, video: bool) -> bool {
        let mut state = self.state.lock();
        let before = (state.exposes_audio, state.exposes_video);
        state.exposes_audio = true;
        state.exposes_video |= video || state.camera == PermissionState::Granted;
        (state.exposes_audio, state.exposes_video) != before
    }

    /// Takes out of capabilities what only the permission for pan, tilt and zoom reveals.
    pub(crate) fn conceal(&self, capabilities: &mut MediaTrackCapabilities) {
        for property in Property::ALL.iter().copied().filter(|property| property.is_pan_tilt_zoom()) {
            if !capabilities.contains(property) {
                continue;
            }
            if self.options.pan_tilt_zoom_hint {
                capabilities.set(property, Capability::Hint);
            } else {
                capabilities.remove(property);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PermissionState::{Denied, Granted, Prompt};

    #[test]
    fn moving_a_camera_is_never_allowed_more_than_using_it() {
        let policy = Policy::new(PolicyOptions::default());
        let set = |permission, state| {
            let mut told = Vec::new();
            policy.set_permission(permission, state, |permission, _, state| told.push((permission, state)));
            told
        };
        assert_eq!(set(Permission::Camera, Granted), []);
        assert_eq!(set(Permission::Camera, Prompt), [(Permission::Camera, Prompt), (Permission::PanTiltZoom, Prompt)]);
        assert_eq!(set(Permission::PanTiltZoom, Denied), [(Permission::PanTiltZoom, Denied)]);
        assert_eq!(set(Permission::Camera, Denied), [(Permission::Camera, Denied)]);
        assert_eq!(set(Permission::PanTiltZoom, Prompt), []);
        assert_eq!(policy.permission(Permission::PanTiltZoom), Denied);
        assert_eq!(set(Permission::PanTiltZoom, Granted), [(Permission::Camera, Granted), (Permission::PanTiltZoom, Granted)]);
    }

    #[test]
    fn hidden_devices_are_exposed_by_a_capture() {
        let policy = Policy::new(PolicyOptions { hide_until_capture: true, camera: Prompt, ..PolicyOptions::default() });
        assert!(!policy.exposes(MediaDeviceKind::VideoInput) && policy.may_enumerate());
        policy.set_visible(false);
        assert!(!policy.may_enumerate());
        assert!(policy.expose(false));
        assert!(policy.exposes(MediaDeviceKind::AudioInput) && !policy.exposes(MediaDeviceKind::VideoInput));
        assert!(policy.expose(true) && !policy.expose(true));
        assert!(policy.exposes(MediaDeviceKind::VideoInput) && policy.may_enumerate());
    }
}
