//! The control half of a V4L2 camera.

use std::io;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use super::capture::V4l2Capture;
use super::error;
use super::formats::{NativeMode, control_id};
use super::sys::{self, Node};
use crate::backend::{CameraInfo, Capture, Control, Device, Offer, WriteError};
use crate::{Error, ErrorKind, MediaSettingsRange, Property, Result, Value};

/// How often a write is tried when the bus had trouble.
const TRIES: usize = 3;
const PAUSE: Duration = Duration::from_millis(10);

pub(super) struct V4l2Device {
    node: Arc<Node>,
    path: String,
    info: CameraInfo,
    native: Vec<NativeMode>,
}

/// The properties that a node offers. A control that cannot be described is left out.
pub(super) fn controls(node: &Node) -> Vec<Control> {
    Property::ALL.iter().filter_map(|&property| control(node, property).ok().flatten()).collect()
}

fn control(node: &Node, property: Property) -> io::Result<Option<Control>> {
    let Some(id) = control_id(property) else { return Ok(None) };
    let Some(query) = node.query_control(id)? else { return Ok(None) };
    // A range of one value is no capability, nor is one that cannot be set.
    if query.flags & (sys::CTRL_FLAG_DISABLED | sys::CTRL_FLAG_READ_ONLY) != 0 || query.minimum >= query.maximum {
        return Ok(None);
    }
    let range = MediaSettingsRange { min: query.minimum as f64, max: query.maximum as f64, step: query.step.max(1) as f64 };
    let value = f64::from(node.control(id)?).clamp(range.min, range.max);
    Ok(Some(Control { property, offer: Offer::Range { range, quantized: true }, value: Value::Number(value) }))
}

impl V4l2Device {
    pub(super) fn new(node: Node, path: String, info: CameraInfo, native: Vec<NativeMode>) -> V4l2Device {
        V4l2Device { node: Arc::new(node), path, info, native }
    }

    fn id(property: Property) -> Result<u32> {
        control_id(property).ok_or_else(|| Error::new(ErrorKind::NotSupported, format!("no V4L2 control stands for {property}")))
    }
}

/// Tries again when the bus had trouble.
fn patiently<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 1..TRIES {
        match call() {
            Err(e) if matches!(e.raw_os_error(), Some(libc::EIO | libc::EPIPE)) => sleep(PAUSE),
            result => return result,
        }
    }
    call()
}

impl Device for V4l2Device {
    fn info(&mut self) -> Result<CameraInfo> {
        for control in &mut self.info.controls {
            let Some(id) = control_id(control.property) else { continue };
            match self.node.control(id) {
                Ok(value) => {
                    if let Offer::Range { range, .. } = &control.offer {
                        control.value = Value::Number(f64::from(value).clamp(range.min, range.max));
                    }
                }
                Err(e) if error::is_gone(&e) => return Err(error::lost(&self.info.label, Some(e))),
                Err(_) => {}
            }
        }
        Ok(self.info.clone())
    }

    fn write(&mut self, values: &[(Property, Value)]) -> std::result::Result<(), WriteError> {
        for (property, value) in values {
            let property = *property;
            let written = Self::id(property).and_then(|id| {
                let Value::Number(value) = value else {
                    return Err(Error::new(ErrorKind::NotSupported, format!("{property} takes numbers only, not {value}")));
                };
                // Selection gave a value of the control's steps; it is a whole number in 32 bits.
                patiently(|| self.node.set_control(id, value.round() as i32))
                    .map_err(|e| error::control(&self.info.label, property.name(), e))
            });
            written.map_err(|error| WriteError { property, error })?;
        }
        Ok(())
    }

    fn capture(&mut self) -> Result<Box<dyn Capture>> {
        let capture = V4l2Capture::new(self.node.clone(), self.path.clone(), self.info.label.clone(), self.native.clone())
            .map_err(|e| error::opening(&self.info.label, &self.path, e))?;
        Ok(Box::new(capture))
    }
}
