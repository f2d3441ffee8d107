//! Why constraints choose the device and the mode that they choose.

use std::sync::Arc;

use super::{Inner, MediaDevices, start_helper};
use crate::backend::Camera;
use crate::constraints::explain::{ExplainedSpace, explain};
use crate::error::Place;
use crate::explain::{ExplainedDevice, Explanation};
use crate::pending::{Operation, Pending, promise};
use crate::{Error, ErrorKind, MediaDeviceKind, MediaKind, MediaTrackConstraints, Permission, PermissionState, Result, source, user_media};

const EXPLAIN: Operation = Operation { name: "explain", limit: std::time::Duration::from_secs(10), place: Place::GetUserMedia };

impl MediaDevices {
    /// How `get_user_media` would choose for these constraints: each camera and each of its modes with its distance,
    /// term by term, and what excludes it. Nothing is opened.
    ///
    /// ```
    /// use imagecapture::{Constraint, MediaDevices, MediaTrackConstraints, VirtualCamera};
    ///
    /// let devices = MediaDevices::builder().backends(&[]).virtual_camera(&VirtualCamera::default_camera()).build()?;
    /// let explanation = devices.explain(&MediaTrackConstraints::new().width(Constraint::min(4000)))?;
    /// assert!(explanation.device_id().is_none());
    /// println!("{explanation}");
    /// # Ok::<(), imagecapture::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidInput` for numbers that are not finite; `NotAllowed` when the program may not know of the cameras;
    /// `InvalidState` after [`close`](Self::close); `TimedOut` when a driver does not answer for 10 s.
    pub fn explain(&self, constraints: &MediaTrackConstraints) -> Result<Explanation> {
        self.explain_async(constraints)?.wait()
    }

    /// As [`explain`](Self::explain), without waiting.
    ///
    /// # Errors
    ///
    /// At once: `InvalidInput` and `InvalidState`. The others come through the result.
    pub fn explain_async(&self, constraints: &MediaTrackConstraints) -> Result<Pending<Explanation>> {
        constraints.check()?;
        let (promise, pending) = promise(EXPLAIN, &self.0.context.dispatcher);
        self.0.begin(&promise)?;
        let (inner, constraints) = (self.0.clone(), constraints.clone());
        start_helper(move || match inner.explain(constraints) {
            Ok(explanation) => drop(promise.resolve(explanation)),
            Err(error) => drop(promise.reject(error)),
        })?;
        Ok(pending)
    }
}

impl Inner {
    fn explain(&self, constraints: MediaTrackConstraints) -> Result<Explanation> {
        let policy = &self.context.policy;
        let denied = policy.permission(Permission::Camera) == PermissionState::Denied;
        if denied || !policy.exposes(MediaDeviceKind::VideoInput) {
            return Err(Error::new(ErrorKind::NotAllowed, "the program may not know of the cameras: use one first, or get the permission"));
        }
        let cameras = self.cameras(MediaDeviceKind::VideoInput)?;
        let wanted = user_media::for_selection(&constraints, MediaKind::Video);
        let mut devices: Vec<ExplainedDevice> = cameras.iter().map(|camera| self.explain_camera(camera, &wanted)).collect();
        // What does not fit comes last.
        devices.sort_by(|a, b| match (&a.space.selection, &b.space.selection) {
            (Ok(a), Ok(b)) => a.order(b),
            (a, b) => b.is_ok().cmp(&a.is_ok()),
        });
        Ok(Explanation { constraints, devices })
    }

    fn explain_camera(&self, camera: &Arc<dyn Camera>, wanted: &MediaTrackConstraints) -> ExplainedDevice {
        let info = camera.info();
        let (device_id, group_id) = self.ids.of(info);
        let mut space = source::space_of(info, (&device_id, &group_id), wanted, &|control| control.value.clone());
        source::hide_moves(&mut space, self.context.policy.may_move_camera());
        let space = if info.modes.is_empty() {
            let unknown = Error::new(ErrorKind::NotAllowed, "the system does not let this program ask the camera what it can do");
            ExplainedSpace { selection: Err(unknown), common: Vec::new(), modes: Vec::new() }
        } else {
            explain(&space, wanted)
        };
        let formats = info.modes.iter().map(|mode| mode.format.name()).collect();
        ExplainedDevice { device_id, label: info.label.clone(), formats, space }
    }
}
