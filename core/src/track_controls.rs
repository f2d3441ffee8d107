//! The controls of a track's camera by their own names, beside the W3C properties.

use std::time::Duration;

use crate::error::Place;
use crate::pending::{Operation, Pending, promise};
use crate::source::{Command, RawRequest};
use crate::{ControlValue, DeviceControl, Error, ErrorKind, MediaStreamTrack, Result};

const CONTROLS: Operation = Operation { name: "controls", limit: Duration::from_secs(5), place: Place::ApplyConstraints };
const SET_CONTROLS: Operation = Operation { name: "set_controls", limit: Duration::from_secs(10), place: Place::ApplyConstraints };

/// The controls of the camera by their own names: all that its driver has, also those behind a W3C property. They are the
/// camera's, not the track's, and there are no constraints on them.
impl MediaStreamTrack {
    /// Every control that the camera has now, with its present value, in the order of the driver. Those that move the camera
    /// are there only with the permission for pan, tilt and zoom.
    ///
    /// A camera that was given back because no track is enabled is opened for a moment.
    ///
    /// ```
    /// # use imagecapture::*;
    /// let camera = VirtualCamera::from_json(r#"{"modes": [{"width": 64, "height": 48}], "controls": {
    ///     "gain": {"type": "integer", "min": 0, "max": 100, "value": 10},
    ///     "power_line_frequency": {"type": "menu", "menu": ["Disabled", "50 Hz", "60 Hz"]}}}"#)?;
    /// # let devices = MediaDevices::builder().backends(&[]).virtual_camera(&camera).build()?;
    /// # let stream = devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new()))?;
    /// # let track = &stream.video_tracks()[0];
    /// for control in track.controls()? {
    ///     println!("{} ({}): {} to {}", control.name, control.control_type, control.minimum, control.maximum);
    /// }
    /// track.set_control("gain", 50)?;
    /// track.set_controls(&[("gain", 60.into()), ("power_line_frequency", "50 Hz".into())])?;
    /// assert_eq!(track.control("gain")?.value, Some(60.into()));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidState` when the track has ended; `NotReadable` when a camera that was given back is in use by another
    /// program; `DeviceLost`, `TimedOut` (5 s) or `Unknown` when it ended or did not answer meanwhile.
    pub fn controls(&self) -> Result<Vec<DeviceControl>> {
        self.controls_async()?.wait()
    }

    /// As [`controls`](Self::controls), without waiting.
    ///
    /// # Errors
    ///
    /// At once: `InvalidState`. The others come through the result.
    pub fn controls_async(&self) -> Result<Pending<Vec<DeviceControl>>> {
        self.check_live()?;
        let (promise, pending) = promise(CONTROLS, self.dispatcher());
        self.request(RawRequest::List(promise));
        Ok(pending.holding(self))
    }

    /// One control by its name.
    ///
    /// # Errors
    ///
    /// As [`controls`](Self::controls), and `NotSupported` when the camera has no such control; the message names those that
    /// it has.
    pub fn control(&self, name: &str) -> Result<DeviceControl> {
        DeviceControl::find(&self.controls()?, name).cloned()
    }

    /// Sets controls, one after the other in this order: all of them or none. A menu also takes the name of a choice; a
    /// button takes anything, and what it does cannot be taken back when another control fails.
    ///
    /// Where a control stands behind a W3C property, the settings of all tracks of the camera follow, whatever their
    /// constraints say; the other tracks hear of it by [`ConfigurationChange`](crate::EventType::ConfigurationChange), and of
    /// every control that is different by [`ControlChange`](crate::EventType::ControlChange).
    ///
    /// # Errors
    ///
    /// `InvalidState` when the track has ended; `InvalidInput` when a name is there twice or a value is none that the control
    /// takes; `NotSupported` when there is no such control (the message names those that there are) or it can only be read;
    /// `NotReadable` when it cannot be set at present; `NotAllowed` when it moves the camera without the permission for
    /// that, and `Security` when it does so while the program is not [visible](crate::MediaDevices::set_visible);
    /// `DeviceLost`, `TimedOut` (10 s) or `Unknown` when the camera refused or did not answer.
    pub fn set_controls(&self, values: &[(&str, ControlValue)]) -> Result<()> {
        self.set_controls_async(values)?.wait()
    }

    /// As [`set_controls`](Self::set_controls), without waiting. It takes its turn with
    /// [`apply_constraints`](Self::apply_constraints) and photos.
    ///
    /// # Errors
    ///
    /// At once: `InvalidState`, and `InvalidInput` when a name is there twice. The others come through the result.
    pub fn set_controls_async(&self, values: &[(&str, ControlValue)]) -> Result<Pending<()>> {
        self.check_live()?;
        for (index, (name, _)) in values.iter().enumerate() {
            if values[..index].iter().any(|(other, _)| other == name) {
                return Err(Error::invalid(format!("the control {name:?} is there twice")));
            }
        }
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let (promise, pending) = promise(SET_CONTROLS, self.dispatcher());
        self.request(RawRequest::Set(values, promise));
        Ok(pending.holding(self))
    }

    /// Sets one control, such as `track.set_control("gain", 50)`.
    ///
    /// # Errors
    ///
    /// As [`set_controls`](Self::set_controls).
    pub fn set_control(&self, name: &str, value: impl Into<ControlValue>) -> Result<()> {
        self.set_controls(&[(name, value.into())])
    }

    fn request(&self, request: RawRequest) {
        if let Err(refused) = self.source().submit(Command::Raw(self.sink().clone(), request))
            && let Command::Raw(sink, request) = *refused
        {
            let reason = sink.ended().map(|reason| reason.error());
            request.refuse(reason.unwrap_or_else(|| Error::new(ErrorKind::Unknown, "the camera is being closed")));
        }
    }

    fn check_live(&self) -> Result<()> {
        self.sink().ended().map_or(Ok(()), |reason| Err(reason.state_error()))
    }
}
