//! What a camera does that nobody looks at: its light goes off at once, and after a while the device is given back
//! until a track is enabled again.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use super::capture::Request;
use super::control::{RESTART, Worker, write_what_goes};
use super::plan::order;
use super::space::{AUTOMATIC, LOCKS, ONCE};
use crate::backend::{CameraInfo, Capture, Changed, Control, Device, Mode, Offer, WriteError};
use crate::{Error, ErrorKind, Property, Result, Value};

/// TR2: a camera without an active track is given back after this time.
const RELEASE: Duration = Duration::from_secs(3);
/// How often a camera that was given back is looked for, in case that the system does not tell when it goes.
const LOOK: Duration = Duration::from_millis(500);

/// Stands for a device that was given back: it remembers what the device is to be set to.
pub(super) struct Sleeping(pub(super) CameraInfo);

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
    /// Tells when a camera that was given back may have gone.
    watcher: Option<Box<dyn Send>>,
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

    pub(super) fn check_there(&self) -> Result<()> {
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
            let source = Arc::downgrade(self.source);
            let changed: Changed = Arc::new(move || {
                if let Some(source) = source.upgrade() {
                    source.nudge();
                }
            });
            self.idle.watcher = self.source.camera.watch(&changed);
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
        let taken = self.take_again(&info.controls, mode);
        if taken.is_err() {
            // Nothing of it is held, and the next try begins as this one did.
            self.give_back(info);
            let mut live = self.source.live.lock();
            (live.mode, live.rate) = (mode, rate);
        }
        taken
    }

    fn take_again(&mut self, wanted: &[Control], mode: Option<Mode>) -> Result<()> {
        self.check_there()?;
        let mut device = self.source.camera.open()?;
        let present = device.info()?;
        self.source.capture.post(Request::Attach(device.capture()?));
        self.device = device;
        self.idle.asleep = false;
        self.idle.watcher = None;
        if let Some(mode) = mode {
            self.restart(mode)?;
        }
        // A value that it does not take any more shows in the settings.
        write_what_goes(&mut *self.device, &restoring(&present.controls, wanted));
        self.look();
        Ok(())
    }
}

/// What has to be written to a camera that was away, so that it is set as before. A value that the camera chooses by
/// itself is left to it, and a single shot is not run again: what it found is kept by switching the automatic off.
pub(super) fn restoring(present: &[Control], wanted: &[Control]) -> Vec<(Property, Value)> {
    let find = |controls: &'_ [Control], property| controls.iter().position(|control| control.property == property);
    let is_locked = |property| {
        let mode = LOCKS.iter().find(|(_, value)| *value == property).and_then(|(mode, _)| find(wanted, *mode));
        mode.is_some_and(|mode| wanted[mode].value == Value::from(AUTOMATIC))
    };
    let target = |control: &Control| {
        let now = &present[find(present, control.property)?];
        let value = match &now.offer {
            Offer::Strings(modes) if control.value == Value::from(ONCE) => {
                let kept = modes.iter().find(|mode| *mode != AUTOMATIC && *mode != ONCE).filter(|_| now.value == Value::from(AUTOMATIC));
                Value::from(kept?.as_str())
            }
            _ => control.value.clone(),
        };
        (value != now.value && !is_locked(control.property)).then_some((control.property, value))
    };
    let mut writes: Vec<(Property, Value)> = wanted.iter().filter_map(target).collect();
    writes.sort_by_key(|(property, value)| order(*property, value));
    writes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(property: Property, value: impl Into<Value>) -> Control {
        let value = value.into();
        let offer = match value {
            Value::String(_) => Offer::Strings(["manual", AUTOMATIC, ONCE].map(str::to_owned).to_vec()),
            _ => Offer::Bools(Vec::new()),
        };
        Control { property, offer, value }
    }

    #[test]
    fn what_the_camera_chooses_itself_is_left_to_it() {
        use Property::{ExposureMode, ExposureTime, Zoom};
        let wanted = [control(ExposureMode, AUTOMATIC), control(ExposureTime, 100.0), control(Zoom, 200.0)];
        let present = [control(ExposureMode, "manual"), control(ExposureTime, 300.0), control(Zoom, 100.0)];
        assert_eq!(restoring(&present, &wanted), [(Zoom, 200.0.into()), (ExposureMode, AUTOMATIC.into())]);
        let writes = [(ExposureMode, "manual".into()), (ExposureTime, 300.0.into()), (Zoom, 100.0.into())];
        assert_eq!(restoring(&wanted, &present), writes);
        assert_eq!(restoring(&wanted, &wanted), []);
        assert_eq!(restoring(&[], &wanted), []);
    }

    #[test]
    fn a_single_shot_is_not_run_again() {
        let wanted = [control(Property::FocusMode, ONCE), control(Property::FocusDistance, 7.0)];
        let present = |mode: &str| [control(Property::FocusMode, mode), control(Property::FocusDistance, 9.0)];
        assert_eq!(restoring(&present("manual"), &wanted), [(Property::FocusDistance, 7.0.into())]);
        let writes = [(Property::FocusMode, "manual".into()), (Property::FocusDistance, 7.0.into())];
        assert_eq!(restoring(&present(AUTOMATIC), &wanted), writes);
    }
}
