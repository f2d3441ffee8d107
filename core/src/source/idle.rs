//! What a camera does that nobody looks at: its light goes off at once, and after a while the device is given back
//! until a track is enabled again.

use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use super::capture::Request;
use super::control::{RESTART, Worker};
use super::plan::order;
use crate::backend::{CameraInfo, Capture, Control, Device, Mode, WriteError};
use crate::{Error, ErrorKind, Property, Result, Value};

/// TR2: a camera without an active track is given back after this time.
const RELEASE: Duration = Duration::from_secs(3);
/// How often a camera that was given back is looked for.
const LOOK: Duration = Duration::from_millis(500);

/// Stands for a device that was given back: it remembers what the device is to be set to.
struct Sleeping(CameraInfo);

impl Device for Sleeping {
    fn info(&mut self) -> Result<CameraInfo> {
        Ok(self.0.clone())
    }

    fn write(&mut self, values: &[(Property, Value)]) -> std::result::Result<(), WriteError> {
        for (property, value) in values {
            if let Some(control) = self.0.controls.iter_mut().find(|control| control.property == *property) {
                control.value = value.clone();
            }
        }
        Ok(())
    }

    fn capture(&mut self) -> Result<Box<dyn Capture>> {
        Err(Error::new(ErrorKind::Aborted, "the camera is given back at present"))
    }
}

/// What is known of the idleness of a camera.
#[derive(Default)]
pub(super) struct Idle {
    /// No track is enabled, since then.
    since: Option<Instant>,
    /// The device was given back.
    pub(super) asleep: bool,
    /// The light is off because nobody looks; it is set to on.
    pub(super) dark: bool,
    /// A program has had a track of it.
    pub(super) used: bool,
}

impl Worker<'_> {
    /// Does what the time and the tracks ask for; when to look again.
    pub(super) fn rest(&mut self) -> Option<Instant> {
        let (watched, may_release) = {
            let live = self.source.live.lock();
            if live.sinks.is_empty() {
                // No track has come yet, or the last one has just gone: then the camera is closed, not taken again.
                return None;
            }
            let enabled = live.sinks.iter().any(|sink| sink.enabled());
            let may_release = live.sinks.iter().all(|sink| sink.context.policy.options.idle_release);
            // A microphone has nothing that could be seen to be on.
            (enabled || self.source.is_audio(), may_release)
        };
        if watched {
            self.idle.since = None;
            if self.idle.asleep {
                self.wake();
            }
            let muted = self.source.live.lock().muted;
            self.light(!muted);
            return None;
        }
        self.light(false);
        let since = *self.idle.since.get_or_insert_with(Instant::now);
        if self.idle.asleep {
            // Nobody else notices that it was unplugged: no frame and no control fails.
            if let Err(error) = self.check_there() {
                self.source.lose(&error);
            }
            return Some(Instant::now() + LOOK);
        }
        if !may_release {
            return None;
        }
        let due = since + RELEASE;
        if Instant::now() < due {
            return Some(due);
        }
        self.sleep();
        self.idle.asleep.then(|| Instant::now() + LOOK)
    }

    fn check_there(&self) -> Result<()> {
        if self.source.camera.is_there() {
            return Ok(());
        }
        let label = &self.source.camera.info().label;
        Err(Error::new(ErrorKind::DeviceLost, format!("the camera {label:?} was unplugged while no track was enabled")))
    }

    /// T2: the light is on only while somebody looks.
    pub(super) fn light(&mut self, on: bool) {
        let torch = |value| [(Property::Torch, Value::Bool(value))];
        if on && std::mem::take(&mut self.idle.dark) {
            // A failure shows when the camera is used.
            let _ = self.device.write(&torch(true));
        } else if !on && !self.idle.dark && !self.idle.asleep {
            let controls = self.device.info().map(|info| info.controls).unwrap_or_default();
            let shines = controls.iter().any(|control| control.property == Property::Torch && control.value == Value::Bool(true));
            self.idle.dark = shines && self.device.write(&torch(false)).is_ok();
        }
    }

    /// What the camera says of itself; a light that is off because nobody looks counts as on.
    pub(super) fn info(&mut self) -> Result<CameraInfo> {
        let mut info = self.device.info()?;
        if self.idle.dark
            && let Some(torch) = info.controls.iter_mut().find(|control| control.property == Property::Torch)
        {
            torch.value = Value::Bool(true);
        }
        Ok(info)
    }

    /// Gives the device back.
    fn sleep(&mut self) {
        let Ok(info) = self.known() else { return };
        self.idle.dark = false;
        self.give_back(info);
    }

    fn give_back(&mut self, info: CameraInfo) {
        let (reply, done) = sync_channel(1);
        self.source.capture.post(Request::Detach(reply));
        if done.recv_timeout(RESTART).is_ok() {
            self.device = Box::new(Sleeping(info));
            self.idle.asleep = true;
        }
    }

    /// Takes the device again and sets it as it is to be. If that fails the tracks end.
    fn wake(&mut self) {
        if let Err(error) = self.try_to_wake() {
            let why = format!("the camera was given back while no track was enabled, and cannot be had again: {}", error.message());
            self.source.lose(&Error::new(ErrorKind::DeviceLost, why).with_source(error));
        }
    }

    pub(super) fn try_to_wake(&mut self) -> Result<()> {
        let info = self.device.info()?;
        let (mode, rate) = {
            let live = self.source.live.lock();
            (live.mode, live.rate)
        };
        let taken = self.take_again(info.controls.clone(), mode);
        if taken.is_err() {
            // Nothing of it is held, and the next try begins as this one did.
            self.give_back(info);
            let mut live = self.source.live.lock();
            (live.mode, live.rate) = (mode, rate);
        }
        taken
    }

    fn take_again(&mut self, wanted: Vec<Control>, mode: Option<Mode>) -> Result<()> {
        self.check_there()?;
        let mut device = self.source.camera.open()?;
        let present = device.info()?;
        self.source.capture.post(Request::Attach(device.capture()?));
        self.device = device;
        self.idle.asleep = false;
        if let Some(mode) = mode {
            self.restart(mode)?;
        }
        let mut writes: Vec<(Property, Value)> = wanted
            .into_iter()
            .filter(|control| present.controls.iter().any(|now| now.property == control.property && now.value != control.value))
            .map(|control| (control.property, control.value))
            .collect();
        writes.sort_by_key(|(property, value)| order(*property, value));
        for write in writes {
            // A value that it does not take any more shows in the settings.
            let _ = self.device.write(&[write]);
        }
        self.look();
        Ok(())
    }
}
