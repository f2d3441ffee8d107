//! The virtual camera in the list of cameras, and its control half.

use std::time::{Duration, Instant};

use parking_lot::MutexGuard;
use serde_json::{Map, Value as Json, json};

use super::capture::VirtualCapture;
use super::{State, VirtualCamera};
use crate::backend::{Camera, CameraInfo, Capture, Device, Still, Stills, WriteError, details_of};
use crate::{ControlValue, DeviceControl, DeviceDetails, Error, ErrorKind, PhotoSettings, Property, Result, Value};

/// The log keeps so many writes, the newest ones: a camera may run for weeks.
const LOG: usize = 4096;

/// A virtual camera in the list of cameras.
pub(super) struct VirtualCameraEntry {
    pub(super) camera: VirtualCamera,
    pub(super) info: CameraInfo,
}

impl Camera for VirtualCameraEntry {
    fn info(&self) -> &CameraInfo {
        &self.info
    }

    fn is_there(&self) -> bool {
        self.camera.is_plugged()
    }

    fn details(&self) -> Result<DeviceDetails> {
        // The mode of a microphone is none of pictures.
        let details =
            if self.info.is_audio { DeviceDetails { card: self.info.label.clone(), ..Default::default() } } else { details_of(&self.info) };
        Ok(DeviceDetails { backend: "virtual".into(), driver: "imagecapture".into(), version: crate::VERSION.into(), ..details })
    }

    fn open(&self) -> Result<Box<dyn Device>> {
        let camera = &self.camera;
        let mut state = camera.inner.state.lock();
        let delay = state.faults.open_delay;
        camera.hold_up(&mut state, delay);
        if state.unplugged {
            return Err(camera.lost(&state));
        }
        if state.faults.busy {
            return Err(Error::new(
                ErrorKind::NotReadable,
                format!("{:?} is busy: another program uses it. Close that program and try again", camera.label()),
            ));
        }
        if let Some(error) = &state.faults.refusal {
            return Err(error.clone());
        }
        if state.faults.open_failure {
            return Err(Error::new(
                ErrorKind::Aborted,
                format!("{:?} cannot be opened: its script says that opening fails", camera.label()),
            ));
        }
        let (losses, changes) = (state.losses, state.changes);
        Ok(Box::new(VirtualDevice { camera: camera.clone(), info: self.info.clone(), losses, changes }))
    }
}

impl VirtualCamera {
    /// Holds an operation up as the script says. Ends at once when the camera is lost meanwhile.
    fn hold_up(&self, state: &mut MutexGuard<'_, State>, delay: Duration) {
        let (end, losses) = (Instant::now() + delay, state.losses);
        while state.losses == losses && Instant::now() < end {
            self.inner.changed.wait_until(state, end);
        }
    }
}

struct VirtualDevice {
    camera: VirtualCamera,
    info: CameraInfo,
    /// What the state said when it was opened.
    losses: u64,
    changes: u64,
}

impl VirtualDevice {
    fn check(&self, state: &State) -> Result<()> {
        if state.losses == self.losses { Ok(()) } else { Err(self.camera.lost(state)) }
    }

    fn write_one(&self, property: Property, value: &Value) -> Result<()> {
        let mut state = self.camera.inner.state.lock();
        self.check(&state)?;
        let delay = state.faults.write_delay;
        self.camera.hold_up(&mut state, delay);
        self.check(&state)?;
        let state = &mut *state;
        let Some(knob) = state.knobs.iter_mut().find(|knob| knob.control.property == property) else {
            return Err(Error::new(ErrorKind::NotSupported, format!("the virtual camera has no {property}")));
        };
        if state.faults.fails_now() || state.faults.refused.contains(&property) {
            return Err(Error::new(ErrorKind::Unknown, format!("{:?} does not take {property}: its script says so", self.camera.label())));
        }
        let value = knob.taken(value)?;
        state.restless = self.camera.inner.settling;
        if state.faults.late.contains(&property) {
            knob.target = Some(value.clone());
        } else {
            knob.target = None;
            knob.control.value = value.clone();
        }
        log(state, Json::Object(Map::from_iter([(property.name().to_owned(), value.to_json())])));
        Ok(())
    }

    fn set_one(&self, id: u32, value: &ControlValue) -> Result<()> {
        let mut state = self.camera.inner.state.lock();
        self.check(&state)?;
        let delay = state.faults.write_delay;
        self.camera.hold_up(&mut state, delay);
        self.check(&state)?;
        let state = &mut *state;
        let name = state.raw_name(id).to_owned();
        if state.faults.fails_now() || state.faults.refused_controls.contains(&name) {
            return Err(Error::new(ErrorKind::Unknown, format!("{:?} does not take {name}: its script says so", self.camera.label())));
        }
        state.set_raw(id, value)?;
        log(state, json!({"controls": {name: value.to_json()}}));
        Ok(())
    }
}

/// Remembers what reached the device.
pub(super) fn log(state: &mut State, entry: Json) {
    if state.writes.len() == LOG {
        state.writes.pop_front();
    }
    state.writes.push_back(entry);
}

impl Device for VirtualDevice {
    fn info(&mut self) -> Result<CameraInfo> {
        let state = self.camera.inner.state.lock();
        self.check(&state)?;
        Ok(CameraInfo { controls: state.controls(), ..self.info.clone() })
    }

    fn write(&mut self, values: &[(Property, Value)]) -> std::result::Result<(), WriteError> {
        for (index, (property, value)) in values.iter().enumerate() {
            self.write_one(*property, value).map_err(|error| WriteError { property: *property, attempted: index + 1, error })?;
        }
        Ok(())
    }

    fn controls(&mut self) -> Result<Vec<DeviceControl>> {
        let state = self.camera.inner.state.lock();
        self.check(&state)?;
        let mut controls = state.raw_controls();
        controls.iter_mut().filter(|control| control.flags.write_only).for_each(|control| control.value = None);
        Ok(controls)
    }

    fn set_controls(&mut self, values: &[(u32, ControlValue)]) -> std::result::Result<(), (usize, Error)> {
        values.iter().enumerate().try_for_each(|(index, (id, value))| self.set_one(*id, value).map_err(|error| (index, error)))
    }

    fn gain(&mut self) -> Option<f64> {
        let controls = self.camera.inner.state.lock().raw_controls();
        match controls.into_iter().find(|control| control.name == "gain")?.value? {
            ControlValue::Integer(gain) => Some(gain as f64),
            _ => None,
        }
    }

    fn take_still(&mut self, settings: &PhotoSettings) -> Result<Still> {
        let Stills::Own(own) = &self.info.stills else {
            return Err(Error::new(ErrorKind::NotSupported, format!("{:?} takes no stills by itself", self.camera.label())));
        };
        let mut state = self.camera.inner.state.lock();
        self.check(&state)?;
        self.camera.still(&mut state, own, settings)
    }

    fn capture(&mut self) -> Result<Box<dyn Capture>> {
        Ok(Box::new(VirtualCapture::new(self.camera.clone(), self.losses, self.changes)))
    }
}
