//! The two halves of an opened camera. Both reach it through its thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nokhwa::utils::{CameraFormat, ControlValueSetter, KnownCameraControl, Resolution};

use super::camera::{failed, frame_format, refused};
use super::worker::{Native, Worker};
use super::{controls, picture};
use crate::backend::{CameraInfo, Capture, Device, Dropped, Mode, Next, Rate, WriteError};
use crate::frame::format::Colour;
use crate::frame::pool::{Bytes, HeapPool, Wake};
use crate::frame::shelf::Shelf;
use crate::{ControlValue, DeviceControl, Error, ErrorKind, Property, Result, Value};

/// How long reading all controls, or writing one, may take. The camera is asked between two frames.
const CONTROL: Duration = Duration::from_secs(6);

/// A camera as its thread has it.
pub(super) struct Opened {
    pub(super) camera: nokhwa::Camera,
    pub(super) label: String,
    pub(super) mode: Option<Mode>,
    pub(super) sequence: u64,
    pub(super) shelf: Arc<Shelf>,
}

impl Native for Opened {
    #[allow(deprecated, reason = "what is to replace it lists all formats of the camera first, and a list that fails would be in the way")]
    fn start(&mut self, mode: &Mode) -> Result<()> {
        let Some(format) = frame_format(mode.format) else {
            return Err(Error::new(ErrorKind::NotSupported, format!("nokhwa has no format {}", mode.format)));
        };
        let wanted = CameraFormat::new(Resolution::new(mode.width, mode.height), format, mode.rate.numerator);
        let what = format!("cannot stream {}x{} {} at {}", mode.width, mode.height, mode.format, mode.rate.numerator);
        self.camera.set_camera_format(wanted).map_err(|e| failed(&self.label, &what, &e))?;
        self.camera.open_stream().map_err(|e| failed(&self.label, &what, &e))?;
        self.mode = Some(*mode);
        Ok(())
    }

    fn frame(&mut self, pool: &Arc<HeapPool>) -> Result<Next> {
        let Some(mode) = self.mode else { return Ok(Next::Nothing) };
        let buffer = self.camera.frame().map_err(|e| failed(&self.label, "gives no frame", &e))?;
        let now = crate::clock::now();
        let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        self.sequence += 1;
        let size = (buffer.resolution().width(), buffer.resolution().height());
        let bytes = buffer.buffer();
        let Ok(layout) = picture::layout(mode.format, mode.width, mode.height, bytes) else { return Ok(Next::Dropped(Dropped::Damaged)) };
        let whole =
            if mode.format.is_compressed() { crate::frame::jpeg::looks_whole(&bytes[..layout.size]) } else { bytes.len() >= layout.size };
        if size != (mode.width, mode.height) || !whole {
            return Ok(Next::Dropped(Dropped::Damaged));
        }
        let Some(mut slot) = pool.take(layout.size) else { return Ok(Next::Dropped(Dropped::NoMemory)) };
        slot.bytes.copy_from_slice(&bytes[..layout.size]);
        let timestamp = picture::timestamp(buffer.capture_timestamp(), wall, now);
        let colour = Colour::assumed(mode.format, mode.height);
        Ok(Next::Frame(self.shelf.frame(Bytes::Slot(slot), layout, colour, timestamp, self.sequence)))
    }

    fn stop(&mut self) {
        if self.mode.take().is_some() {
            // What cannot be stopped ends with the camera.
            let _ = self.camera.stop_stream();
        }
    }
}

impl Opened {
    pub(super) fn controls(&self) -> Result<Vec<nokhwa::utils::CameraControl>> {
        // On macOS nokhwa asks for things that only iOS has, and the answer is an exception that ends the program.
        if cfg!(target_os = "macos") {
            return Ok(Vec::new());
        }
        self.camera.camera_controls().map_err(|e| refused(&self.label, "the controls", &e))
    }

    fn set(&mut self, control: KnownCameraControl, value: ControlValueSetter, what: &str) -> Result<()> {
        self.camera.set_camera_control(control, value).map_err(|e| refused(&self.label, what, &e))
    }
}

pub(super) struct NokhwaDevice {
    pub(super) worker: Arc<Worker<Opened>>,
    pub(super) info: CameraInfo,
}

impl NokhwaDevice {
    fn controls_now(&self) -> Result<Vec<nokhwa::utils::CameraControl>> {
        self.worker.call("reading its controls", CONTROL, |opened| opened.controls())
    }
}

impl Device for NokhwaDevice {
    fn info(&mut self) -> Result<CameraInfo> {
        match self.controls_now() {
            Ok(found) => self.info.controls = controls::properties(&found),
            Err(error) if error.kind() == ErrorKind::DeviceLost => return Err(error),
            // The last values that were known.
            Err(_) => {}
        }
        Ok(self.info.clone())
    }

    fn write(&mut self, values: &[(Property, Value)]) -> std::result::Result<(), WriteError> {
        for (index, (property, value)) in values.iter().enumerate() {
            let property = *property;
            let written = controls::setting(property, value).and_then(|setting| match setting {
                None => Ok(()),
                Some((control, value)) => {
                    self.worker.call(property.name(), CONTROL, move |opened| opened.set(control, value, property.name()))
                }
            });
            written.map_err(|error| WriteError { property, attempted: index + 1, error })?;
        }
        Ok(())
    }

    fn controls(&mut self) -> Result<Vec<DeviceControl>> {
        Ok(self.controls_now()?.iter().map(controls::device_control).collect())
    }

    fn set_controls(&mut self, values: &[(u32, ControlValue)]) -> std::result::Result<(), (usize, Error)> {
        for (index, (id, value)) in values.iter().enumerate() {
            let written = controls::control_setting(*id, value).and_then(|(control, value)| {
                self.worker.call("writing a control", CONTROL, move |opened| opened.set(control, value, "the control"))
            });
            written.map_err(|error| (index, error))?;
        }
        Ok(())
    }

    fn capture(&mut self) -> Result<Box<dyn Capture>> {
        Ok(Box::new(NokhwaCapture { worker: self.worker.clone() }))
    }
}

struct NokhwaCapture {
    worker: Arc<Worker<Opened>>,
}

impl Capture for NokhwaCapture {
    fn start(&mut self, mode: &Mode) -> Result<Rate> {
        self.worker.start(mode)?;
        Ok(mode.rate)
    }

    fn next(&mut self, deadline: Instant) -> Result<Next> {
        self.worker.next(deadline)
    }

    fn stop(&mut self) {
        self.worker.stop();
    }

    fn waker(&self) -> Arc<dyn Wake> {
        self.worker.waker()
    }
}

impl Drop for NokhwaCapture {
    fn drop(&mut self) {
        self.worker.stop();
    }
}
