//! The control thread's part in the controls of a camera by their own names.

use std::sync::Arc;

use super::TrackSink;
use super::change::{Change, publish};
use super::control::Worker;
use super::idle::Sleeping;
use crate::backend::{CameraInfo, ChangedControl, Device};
use crate::pending::{Ongoing, Promise};
use crate::{ControlType, ControlValue, DeviceControl, Error, ErrorKind, Property, Result, Value};

/// What is asked about controls by their own names.
pub(crate) enum RawRequest {
    List(Promise<Vec<DeviceControl>>),
    Set(Vec<(String, ControlValue)>, Promise<()>),
}

impl RawRequest {
    pub(super) fn ongoing(&self) -> Ongoing {
        match self {
            RawRequest::List(promise) => promise.ongoing(),
            RawRequest::Set(_, promise) => promise.ongoing(),
        }
    }

    pub(crate) fn refuse(self, error: Error) {
        match self {
            RawRequest::List(promise) => drop(promise.reject(error)),
            RawRequest::Set(_, promise) => drop(promise.reject(error)),
        }
    }
}

/// A control that was changed, and whether only those may hear of it who may move the camera.
pub(super) struct Moving {
    pub(super) changed: ChangedControl,
    pub(super) moves: bool,
}

/// What was written, and how it is taken back.
struct Written {
    /// The device, if it was opened only for this.
    brief: Option<Box<dyn Device>>,
    /// What the device that was given back is to be set to, as it was before.
    sleeping: Option<CameraInfo>,
    /// The old values, in the order of the writes.
    old: Vec<(u32, ControlValue)>,
    /// Those that are different now.
    changed: Vec<Moving>,
    info: CameraInfo,
}

impl Worker<'_> {
    pub(super) fn raw(&mut self, sink: &Arc<TrackSink>, request: RawRequest) {
        if let Some(error) = sink.ended().map(|reason| reason.error()).or_else(|| self.lost()) {
            return request.refuse(error);
        }
        match request {
            RawRequest::List(promise) => match self.list(sink) {
                Ok(controls) => drop(promise.resolve(controls)),
                Err(error) => drop(promise.reject(self.failed(error))),
            },
            RawRequest::Set(values, promise) => {
                if !promise.is_over() {
                    self.set(sink, &values, promise);
                }
            }
        }
    }

    /// A device to ask while the camera's own was given back: the stream is not woken for a control.
    fn briefly(&self) -> Result<Option<Box<dyn Device>>> {
        if !self.idle.asleep {
            return Ok(None);
        }
        self.check_there()?;
        self.source.camera.open().map(Some)
    }

    fn list(&mut self, sink: &TrackSink) -> Result<Vec<DeviceControl>> {
        let mut brief = self.briefly()?;
        let device = brief.as_deref_mut().unwrap_or(&mut *self.device);
        let mut controls = device.controls()?;
        controls.retain(|control| !control.moves_camera || sink.may_move_camera());
        Ok(controls)
    }

    fn set(&mut self, sink: &Arc<TrackSink>, values: &[(String, ControlValue)], promise: Promise<()>) {
        let mut written = match self.write(sink, values) {
            Ok(written) => written,
            Err(error) => {
                promise.reject(self.failed(error));
                return;
            }
        };
        let source = self.source;
        let change = Change::of_values(source, sink, std::mem::take(&mut written.info));
        let tell = || {
            publish(source, Some((sink, sink.constraints())), &change);
            source.controls_changed(&written.changed, Some(sink));
        };
        if !promise.resolve_after((), tell) {
            // It was given up while the camera was being set: nothing of it remains.
            let device = written.brief.as_deref_mut().unwrap_or(&mut *self.device);
            take_back(device, &written.old);
            if let Some(info) = written.sleeping {
                self.device = Box::new(Sleeping(info));
            }
            self.look();
        }
    }

    /// Checks all values and writes them. On an error everything is as before.
    fn write(&mut self, sink: &TrackSink, values: &[(String, ControlValue)]) -> Result<Written> {
        let mut brief = self.briefly()?;
        let asleep = brief.is_some();
        let device = brief.as_deref_mut().unwrap_or(&mut *self.device);
        let before = device.controls()?;
        let mut writes = Vec::with_capacity(values.len());
        let mut old = Vec::with_capacity(values.len());
        let mut properties: Vec<Property> = Vec::new();
        for (name, value) in values {
            let control = allowed(sink, &before, name)?;
            writes.push((control.id, control.accept(value)?));
            // A button has no value that it could go back to.
            old.push(control.value.clone().filter(|_| control.control_type != ControlType::Button).map(|value| (control.id, value)));
            properties.extend(control.property);
        }
        let info = if asleep { Some(device.info()?) } else { None };
        if let Err((index, error)) = device.set_controls(&writes) {
            let tried: Vec<_> = old.into_iter().take(index.saturating_add(1)).flatten().collect();
            if error.kind() == ErrorKind::DeviceLost {
                return Err(error);
            }
            take_back(device, &tried);
            let name = values.get(index).map_or("", |(name, _)| name.as_str());
            return Err(error.context(format!("the camera did not take the control {name:?}, and nothing was changed")));
        }
        let old: Vec<_> = old.into_iter().flatten().collect();
        let read = device.info().and_then(|info| Ok((info, device.controls()?)));
        let (present, after) = match read {
            Ok(read) => read,
            Err(error) => {
                take_back(device, &old);
                return Err(error);
            }
        };
        let changed = differences(&before, &after);
        let sleeping = info.map(|info| self.remember(&info, &present)).transpose()?;
        if properties.contains(&Property::Torch) {
            self.idle.dark = false;
        }
        self.forget(&properties);
        let info = self.known()?;
        Ok(Written { brief, sleeping, old, changed, info })
    }

    /// A device that is given back is to be set, when it is taken again, to what it was set to now; what was
    /// remembered before.
    fn remember(&mut self, before: &CameraInfo, now: &CameraInfo) -> Result<CameraInfo> {
        let remembered = self.device.info()?;
        let is_new = |property: Property, value: &Value| {
            before.controls.iter().all(|control| control.property != property || control.value != *value)
        };
        let values: Vec<(Property, Value)> = now
            .controls
            .iter()
            .filter(|control| is_new(control.property, &control.value))
            .map(|control| (control.property, control.value.clone()))
            .collect();
        self.device.write(&values).map_err(|failed| failed.error)?;
        Ok(remembered)
    }

    /// What a failure means for the source: a camera that is gone ends its tracks.
    fn failed(&self, error: Error) -> Error {
        if error.kind() == ErrorKind::DeviceLost {
            self.source.lose(&error);
            return error;
        }
        if error.os_code().is_some() && self.is_lost_soon() {
            return self.lost().unwrap_or(error);
        }
        error
    }

    /// Shows on all tracks what somebody else has changed about the camera, then tells of its controls.
    pub(super) fn look_at(&mut self, changed: Vec<ChangedControl>) {
        self.look();
        if changed.is_empty() {
            return;
        }
        // Whether a control moves the camera matters only to tracks that must not hear of it.
        let all_may = self.source.live.lock().sinks.iter().all(|sink| sink.may_move_camera());
        let controls = if all_may { Vec::new() } else { self.device.controls().unwrap_or_default() };
        let moves = |id| !all_may && controls.iter().all(|control| control.id != id || control.moves_camera);
        let changed: Vec<_> = changed.into_iter().map(|changed| Moving { moves: moves(changed.id), changed }).collect();
        self.source.controls_changed(&changed, None);
    }
}

/// The control with a name, if the track may set it now.
fn allowed<'a>(sink: &TrackSink, controls: &'a [DeviceControl], name: &str) -> Result<&'a DeviceControl> {
    let may_move = sink.may_move_camera();
    let Some(control) = controls.iter().find(|control| control.name == name) else {
        return Err(DeviceControl::unknown(name, controls.iter().filter(|control| may_move || !control.moves_camera)));
    };
    if control.moves_camera && !may_move {
        let why = format!("the control {name:?} moves the camera, and the permission for pan, tilt and zoom is not granted");
        return Err(Error::new(ErrorKind::NotAllowed, why));
    }
    if control.moves_camera && !sink.context.policy.visible() {
        let why = "which is not done while the program is not visible; call set_visible(true) when it is";
        return Err(Error::new(ErrorKind::Security, format!("the control {name:?} moves the camera, {why}")));
    }
    Ok(control)
}

/// Writes old values again, the last one first.
fn take_back(device: &mut dyn Device, old: &[(u32, ControlValue)]) {
    let old: Vec<(u32, ControlValue)> = old.iter().rev().cloned().collect();
    let mut rest = old.as_slice();
    // Those that go together are set together. Nothing more can be done about a camera that does not take one back.
    while let Err((index, error)) = device.set_controls(rest) {
        rest = rest.get(index.saturating_add(1)..).unwrap_or_default();
        if rest.is_empty() || matches!(error.kind(), ErrorKind::DeviceLost | ErrorKind::TimedOut) {
            return;
        }
    }
}

/// The controls that are different now. A value that changes by itself does not count.
pub(super) fn differences(before: &[DeviceControl], after: &[DeviceControl]) -> Vec<Moving> {
    let steady =
        |control: &DeviceControl| DeviceControl { value: control.value.clone().filter(|_| !control.flags.volatile), ..control.clone() };
    let differs = |now: &&DeviceControl| before.iter().find(|old| old.id == now.id).is_none_or(|old| steady(old) != steady(now));
    after
        .iter()
        .filter(differs)
        .map(|control| Moving {
            changed: ChangedControl { id: control.id, name: control.name.as_str().into() },
            moves: control.moves_camera,
        })
        .collect()
}
