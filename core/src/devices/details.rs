//! What a system tells of a device beyond the W3C model.

use std::sync::Arc;

use super::{Inner, MediaDevices, start_helper};
use crate::backend::{Camera, CameraInfo};
use crate::error::Place;
use crate::pending::{Operation, Pending, promise};
use crate::{DeviceDetails, Error, ErrorKind, MediaDeviceKind, Result};

const DETAILS: Operation = Operation { name: "device_details", limit: std::time::Duration::from_secs(10), place: Place::GetUserMedia };

impl MediaDevices {
    /// What the system tells of a device beyond the W3C model: its driver, and every format with its sizes and rates, also
    /// those that this library cannot use. It does not disturb a stream.
    ///
    /// ```
    /// # use imagecapture::*;
    /// # let devices = MediaDevices::builder().backends(&[]).virtual_camera(&VirtualCamera::default_camera()).build()?;
    /// let device = &devices.enumerate_devices()?[0];
    /// let details = devices.device_details(device.device_id())?;
    /// for format in &details.formats {
    ///     println!("{} in {} sizes", format.description, format.sizes.len());
    /// }
    /// # assert_eq!(details.backend, "virtual");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `NotFound` when no device has this id now; `NotAllowed` while the permission to use cameras is not granted, or devices
    /// are [hidden](crate::MediaDevicesBuilder::hide_until_capture); `TimedOut` when a driver does not answer for 10 s;
    /// `InvalidState` after [`close`](Self::close).
    pub fn device_details(&self, device_id: &str) -> Result<DeviceDetails> {
        self.device_details_async(device_id)?.wait()
    }

    /// As [`device_details`](Self::device_details), without waiting.
    ///
    /// # Errors
    ///
    /// At once: the object is closed. The others come through the result.
    pub fn device_details_async(&self, device_id: &str) -> Result<Pending<DeviceDetails>> {
        let (promise, pending) = promise(DETAILS, &self.0.context.dispatcher);
        self.0.begin(&promise)?;
        let (inner, device_id) = (self.0.clone(), device_id.to_owned());
        start_helper(move || match inner.details(&device_id) {
            Ok(details) => drop(promise.resolve(details)),
            Err(error) => drop(promise.reject(error)),
        })?;
        Ok(pending)
    }
}

impl Inner {
    fn details(&self, device_id: &str) -> Result<DeviceDetails> {
        let camera = self.named(device_id, MediaDeviceKind::VideoInput)?;
        match camera {
            Some(camera) => camera.details(),
            None => match self.named(device_id, MediaDeviceKind::AudioInput)? {
                Some(microphone) => microphone.details(),
                None => Err(Error::new(
                    ErrorKind::NotFound,
                    format!("there is no device with the id {device_id:?} now; enumerate_devices tells those that there are"),
                )),
            },
        }
    }

    /// The device of a kind with an id, if the program may know of it.
    fn named(&self, device_id: &str, kind: MediaDeviceKind) -> Result<Option<Arc<dyn Camera>>> {
        let policy = &self.context.policy;
        if !policy.may_use(kind) || !policy.exposes(kind) {
            return Err(Error::new(
                ErrorKind::NotAllowed,
                "details of devices are told when the permission to use cameras is granted and they are not hidden; \
                 get_user_media asks for that",
            ));
        }
        let wanted = |info: &CameraInfo| self.ids.of(info).0 == device_id;
        Ok(self.wanted_cameras(kind, &wanted)?.into_iter().find(|camera| wanted(camera.info())))
    }
}
