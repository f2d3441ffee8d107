//! Which devices there are, and what of them is told.

use std::sync::Arc;

use super::Inner;
use crate::backend::{Camera, CameraInfo, Wanted};
use crate::source::{self, Source};
use crate::{MediaDeviceInfo, MediaDeviceKind, Permission, PermissionState, Result, VirtualCamera};

impl Inner {
    /// The cameras of the system. May take long.
    pub(super) fn system_cameras(&self) -> Result<Vec<Arc<dyn Camera>>> {
        self.wanted_system_cameras(&|_| true)
    }

    fn wanted_system_cameras(&self, wanted: Wanted<'_>) -> Result<Vec<Arc<dyn Camera>>> {
        let mut cameras = Vec::new();
        for backend in &self.backends {
            cameras.extend(backend.cameras(&Source::opened, wanted)?);
        }
        Ok(cameras)
    }

    pub(super) fn virtual_cameras(&self) -> Vec<Arc<dyn Camera>> {
        let cameras = self.state.lock().virtual_cameras.clone();
        cameras.iter().filter(|camera| camera.is_plugged()).map(VirtualCamera::entry).collect()
    }

    /// All devices of one kind, the default one first. May take long.
    pub(super) fn cameras(&self, kind: MediaDeviceKind) -> Result<Vec<Arc<dyn Camera>>> {
        self.wanted_cameras(kind, &|_| true)
    }

    /// Of the devices of one kind at least those that are wanted. The others are not asked: that would take time, and
    /// one that hangs would hold up the one that is wanted.
    pub(super) fn wanted_cameras(&self, kind: MediaDeviceKind, wanted: Wanted<'_>) -> Result<Vec<Arc<dyn Camera>>> {
        // The system is asked for cameras only.
        let mut cameras = if kind == MediaDeviceKind::VideoInput { self.wanted_system_cameras(wanted)? } else { Vec::new() };
        cameras.extend(self.virtual_cameras());
        cameras.retain(|camera| kind_of(camera.info()) == kind);
        Ok(cameras)
    }

    pub(super) fn describe(&self, info: &CameraInfo) -> MediaDeviceInfo {
        let (device_id, group_id) = self.ids.of(info);
        let kind = kind_of(info);
        self.context.learn(&device_id, kind);
        let mut capabilities = source::capabilities(info, (&device_id, &group_id));
        let policy = &self.context.policy;
        if info.is_audio {
            capabilities.retain(|property| property.is_for_audio());
        } else if !policy.may_move_camera() {
            policy.conceal(&mut capabilities);
        }
        MediaDeviceInfo { capabilities, device_id, group_id, label: info.label.clone(), kind }
    }

    pub(super) fn describe_all(&self, cameras: &[Arc<dyn Camera>]) -> Vec<MediaDeviceInfo> {
        cameras.iter().map(|camera| self.describe(camera.info())).collect()
    }

    /// What the program is told now. May take long.
    pub(super) fn list(&self) -> Result<Vec<MediaDeviceInfo>> {
        let mut all = self.describe_all(&self.system_cameras()?);
        all.extend(self.describe_all(&self.virtual_cameras()));
        Ok(self.reveal(&all))
    }

    /// Of the devices that there are, those that the program is told of, in order, and what it is told.
    pub(super) fn reveal(&self, all: &[MediaDeviceInfo]) -> Vec<MediaDeviceInfo> {
        let policy = &self.context.policy;
        let denied = policy.permission(Permission::Camera) == PermissionState::Denied;
        let mut revealed = Vec::with_capacity(all.len());
        for kind in [MediaDeviceKind::AudioInput, MediaDeviceKind::VideoInput] {
            let mut devices = all.iter().filter(|info| info.kind == kind);
            if kind == MediaDeviceKind::VideoInput && denied {
                continue;
            }
            if policy.exposes(kind) {
                revealed.extend(devices.cloned());
            } else {
                revealed.extend(devices.next().map(|_| MediaDeviceInfo::hidden(kind)));
            }
        }
        revealed
    }
}

fn kind_of(info: &CameraInfo) -> MediaDeviceKind {
    if info.is_audio { MediaDeviceKind::AudioInput } else { MediaDeviceKind::VideoInput }
}
