//! The control half of a V4L2 camera.

use std::io;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use super::capture::V4l2Capture;
use super::error;
use super::events::{Events, Shared};
use super::formats::NativeMode;
use super::inventory::{Inventory, class_of};
use super::mapping::{self, Call, Memory};
use super::sys::{ControlsError, Node, Raw, WakeUp};
use super::{flash, raw, table};
use crate::backend::{CameraInfo, Capture, Device, WriteError};
use crate::{ControlValue, DeviceControl, Error, ErrorKind, FillLightMode, Property, Result, Value};

/// How often a write is tried when the bus had trouble.
const TRIES: usize = 3;
const PAUSE: Duration = Duration::from_millis(10);
/// `V4L2_CID_GAIN` and `V4L2_CID_ANALOGUE_GAIN`.
const GAINS: [u32; 2] = [0x0098_0913, 0x009e_0903];

pub(super) struct V4l2Device {
    node: Arc<Node>,
    path: String,
    info: CameraInfo,
    native: Vec<NativeMode>,
    inventory: Inventory,
    /// The inventory is as new as can be. To read all values of a USB camera takes milliseconds.
    just_read: bool,
    memory: Memory,
    shared: Arc<Shared>,
    /// For the capture half.
    events: Option<Events>,
    /// What puts the lamp back behind a photo.
    lamp_before: Option<Vec<Call>>,
}

impl V4l2Device {
    /// `inventory` is what is known of the controls if they cannot be asked for now.
    pub(super) fn new(node: Node, path: String, info: CameraInfo, native: Vec<NativeMode>, inventory: &Inventory) -> Result<V4l2Device> {
        let wake_up = WakeUp::new().map_err(|e| error::opening(&info.label, &path, e))?;
        let shared = Shared::new(wake_up);
        let all = Inventory::of_all(&node);
        let answers = all.is_some();
        let mut inventory = all.unwrap_or_else(|| inventory.clone());
        // What is switched between a reading and the request to be told of it is told by nobody, so the request comes first.
        let events = Events::new(&node, &inventory, &shared);
        if answers {
            inventory.read(&node);
        }
        let memory = Memory::opened(&inventory);
        let node = Arc::new(node);
        Ok(V4l2Device { node, path, info, native, inventory, just_read: answers, memory, shared, events: Some(events), lamp_before: None })
    }

    fn refresh(&mut self, ids: Option<&[u32]>) -> Result<()> {
        let stale = self.shared.take_stale(ids);
        self.inventory.refresh(&self.node, ids, &stale).map_err(|e| error::lost(&self.info.label, Some(e)))
    }

    /// Makes a call, and if the driver does not tell which of its controls failed, writes one by one.
    fn make(&mut self, call: &[(u32, Raw)]) -> std::result::Result<(), (usize, io::Error)> {
        self.just_read = false;
        let class = call.first().map_or(0, |(id, _)| class_of(*id));
        let outcome = match patiently(|| self.node.write_controls(class, call)) {
            Ok(()) => Ok(()),
            Err(ControlsError { error, .. }) if error.raw_os_error() == Some(libc::EINVAL) && call.len() == 1 => {
                let both = self.with_its_pair(call).ok_or((0, error));
                both.and_then(|both| patiently(|| self.node.write_controls(class, &both)).map_err(|failed| (0, failed.error)))
            }
            Err(ControlsError { index: Some(index), error }) => Err((index, error)),
            Err(ControlsError { error, .. }) if call.len() == 1 || is_final(&error) => Err((0, error)),
            Err(_) => {
                let mut each = call.iter().enumerate();
                each.try_for_each(|(index, one)| {
                    let one = std::slice::from_ref(one);
                    patiently(|| self.node.write_controls(class, one)).map_err(|failed| (index, failed.error))
                })
            }
        };
        if outcome.is_ok() {
            call.iter().for_each(|(id, raw)| self.inventory.note(*id, raw));
        }
        outcome
    }

    /// Pan and tilt are one movement to some devices, which do not take one of them alone. The other stays as it is.
    fn with_its_pair(&self, call: &[(u32, Raw)]) -> Option<Call> {
        let [(id, raw)] = call else { return None };
        let other = match *id {
            id if id == table::PAN_ABSOLUTE.id => table::TILT_ABSOLUTE.id,
            id if id == table::TILT_ABSOLUTE.id => table::PAN_ABSOLUTE.id,
            _ => return None,
        };
        let stays = self.inventory.get(other)?.value.clone()?;
        Some(vec![(*id, raw.clone()), (other, stays)])
    }

    /// After a program has written controls itself: the other half hears of the privacy switch, of which there is no event.
    fn tell_privacy(&mut self, ids: impl IntoIterator<Item = u32>) {
        if ids.into_iter().any(|id| id == table::PRIVACY.id) {
            self.shared.set_private(mapping::is_private(&self.inventory));
        }
    }
}

/// Another try would end alike, and may take long.
fn is_final(error: &io::Error) -> bool {
    error::is_gone(error) || error.raw_os_error() == Some(libc::ETIMEDOUT)
}

/// Tries again when the bus had trouble.
fn patiently(mut call: impl FnMut() -> std::result::Result<(), ControlsError>) -> std::result::Result<(), ControlsError> {
    for _ in 1..TRIES {
        match call() {
            Err(e) if matches!(e.error.raw_os_error(), Some(libc::EIO | libc::EPIPE)) => sleep(PAUSE),
            result => return result,
        }
    }
    call()
}

impl Device for V4l2Device {
    fn info(&mut self) -> Result<CameraInfo> {
        if !std::mem::take(&mut self.just_read) {
            let ids: Vec<u32> = table::ids().collect();
            self.refresh(Some(&ids))?;
        }
        self.memory.look(&self.inventory);
        self.info.controls = mapping::offers(&self.inventory, &self.memory);
        self.info.fill_light = flash::modes(&self.inventory);
        Ok(self.info.clone())
    }

    fn write(&mut self, values: &[(Property, Value)]) -> std::result::Result<(), WriteError> {
        let mut all: Vec<(Vec<Call>, bool)> = Vec::with_capacity(values.len());
        let mut impossible = None;
        for (index, (property, value)) in values.iter().enumerate() {
            match mapping::calls(&self.inventory, &mut self.memory, *property, value) {
                Ok(calls) => all.push(calls),
                Err(error) => {
                    impossible = Some(WriteError { property: *property, attempted: index, error });
                    break;
                }
            }
        }
        for (call, attempted) in mapping::together(all) {
            if let Err((index, e)) = self.make(&call) {
                let id = call.get(index).map_or(0, |(id, _)| *id);
                // A helper of the property, such as the switch of an automatic, fails in its name.
                let property = table::property_of(id).unwrap_or(values[attempted - 1].0);
                return Err(WriteError { property, attempted, error: error::control(&self.info.label, property.name(), e) });
            }
        }
        impossible.map_or(Ok(()), Err)
    }

    fn controls(&mut self) -> Result<Vec<DeviceControl>> {
        self.refresh(None)?;
        Ok(raw::controls(&self.inventory))
    }

    fn set_controls(&mut self, values: &[(u32, ControlValue)]) -> std::result::Result<(), (usize, Error)> {
        let label = self.info.label.clone();
        let mut all = Vec::with_capacity(values.len());
        for (index, (id, value)) in values.iter().enumerate() {
            let refuse = |why: &str| (index, Error::new(ErrorKind::NotSupported, format!("the control {id:#010x} of {label:?} {why}")));
            let known = self.inventory.get(*id).ok_or_else(|| refuse("is not there any more"))?;
            let raw = known.raw(value).ok_or_else(|| refuse(&format!("does not take {value}")))?;
            all.push((vec![vec![(*id, raw)]], true));
        }
        let mut first = 0;
        for (call, attempted) in mapping::together(all) {
            let before: Call = call.iter().filter_map(|(id, _)| Some((*id, self.inventory.get(*id)?.value.clone()?))).collect();
            let outcome = self.make(&call);
            // Read again with the next look; now only the switch counts.
            self.tell_privacy(call.iter().map(|(id, _)| *id));
            if let Err((index, e)) = outcome {
                // A driver may have set some that are behind the one that failed.
                for (id, _) in call.iter().skip(index + 1) {
                    if let Some(old) = before.iter().find(|(old, _)| old == id) {
                        let _ = self.make(std::slice::from_ref(old));
                    }
                }
                let name = call.get(index).and_then(|(id, _)| self.inventory.get(*id)).map_or("", |known| known.name.as_str());
                return Err((first + index, error::control(&label, &format!("the control {name:?}"), e)));
            }
            first = attempted;
        }
        Ok(())
    }

    fn gain(&mut self) -> Option<f64> {
        self.refresh(Some(&GAINS)).ok()?;
        GAINS.iter().find_map(|id| self.inventory.get(*id)?.number()).map(|gain| gain as f64)
    }

    fn set_fill_light(&mut self, mode: Option<FillLightMode>) -> Result<()> {
        let calls = match mode {
            Some(mode) => {
                if self.lamp_before.is_none() {
                    self.refresh(Some(&flash::ids()))?;
                    self.lamp_before = Some(flash::present(&self.inventory));
                }
                flash::calls(&self.inventory, mode)
            }
            None => self.lamp_before.take().unwrap_or_default(),
        };
        calls.iter().try_for_each(|call| self.make(call).map_err(|(_, e)| error::control(&self.info.label, "fillLightMode", e)))
    }

    fn capture(&mut self) -> Result<Box<dyn Capture>> {
        let events = self.events.take().ok_or_else(|| Error::new(ErrorKind::InvalidState, "the capture half is there once"))?;
        self.shared.set_private(mapping::is_private(&self.inventory));
        let wake_up = self.shared.wake_up.clone();
        let capture = V4l2Capture::new(self.node.clone(), self.path.clone(), self.info.label.clone(), self.native.clone(), wake_up, events);
        Ok(Box::new(capture))
    }
}
