//! What a camera system has to offer to the rest of the library, and the list of those we have.
//!
//! A camera that is there is a [`Camera`]; opening it gives a [`Device`], whose two halves live on two
//! threads: the control half answers reads and writes of properties, the capture half delivers frames. A
//! control transfer can hang for seconds, and frames have to flow meanwhile.

use std::sync::Arc;
use std::time::Instant;

use crate::frame::pool::Wake;
use crate::{Error, ErrorKind, Frame, MediaSettingsRange, PixelFormat, Property, Result};

#[cfg(target_os = "linux")]
pub(crate) mod v4l2;
pub(crate) mod virtual_camera;

/// A frame rate as drivers state it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) numerator: u32,
    pub(crate) denominator: u32,
}

impl Rate {
    pub(crate) fn per_second(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator.max(1))
    }
}

/// One mode in which a camera can stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mode {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) rate: Rate,
    pub(crate) format: PixelFormat,
}

/// One property that a camera lets programs set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Control {
    pub(crate) property: Property,
    pub(crate) range: MediaSettingsRange,
    /// Takes only the values of its steps.
    pub(crate) quantized: bool,
    pub(crate) value: f64,
}

/// What is known of a camera without streaming from it.
#[derive(Clone, Debug, Default)]
pub(crate) struct CameraInfo {
    /// Tells it from every other camera that is there now, whatever that claims to be.
    pub(crate) key: String,
    /// Identifies the hardware across runs, never the volatile number of its node. Hashed into the
    /// device id.
    pub(crate) hardware: String,
    /// The physical device that it is a part of. Hashed into the group id.
    pub(crate) physical: String,
    /// Ids that are to be used as they are (the virtual camera's).
    pub(crate) device_id: Option<String>,
    pub(crate) group_id: Option<String>,
    pub(crate) label: String,
    pub(crate) modes: Vec<Mode>,
    pub(crate) controls: Vec<Control>,
    /// False for sources that only stream.
    pub(crate) takes_photos: bool,
}

/// A camera that is there.
pub(crate) trait Camera: Send + Sync {
    fn info(&self) -> &CameraInfo;

    /// Opens it. May take long; runs on a thread of its own.
    fn open(&self) -> Result<Box<dyn Device>>;
}

/// Finds the camera with a key when this process has it open.
pub(crate) type Opened<'a> = &'a dyn Fn(&str) -> Option<Arc<dyn Camera>>;

/// A system of cameras.
pub(crate) trait Backend: Send + Sync {
    /// The cameras that are there now, the system's default first. A camera that cannot be asked because
    /// of permissions is listed without modes. One that `opened` knows by its key is in use by this process:
    /// it is listed as it is, not asked again.
    fn cameras(&self, opened: Opened<'_>) -> Result<Vec<Arc<dyn Camera>>>;
}

/// Which property could not be written, and why.
#[derive(Debug)]
pub(crate) struct WriteError {
    pub(crate) property: Property,
    pub(crate) error: Error,
}

/// The control half of an opened camera.
pub(crate) trait Device: Send {
    /// What the camera offers, with the present values.
    ///
    /// # Errors
    ///
    /// `DeviceLost`. A value that cannot be read otherwise is the last one that was known.
    fn info(&mut self) -> Result<CameraInfo>;

    /// The present value of a property.
    fn read(&mut self, property: Property) -> Result<f64>;

    /// Writes values in this order.
    fn write(&mut self, values: &[(Property, f64)]) -> std::result::Result<(), WriteError>;

    /// The capture half; once.
    fn capture(&mut self) -> Result<Box<dyn Capture>>;
}

/// What came of waiting for a frame.
pub(crate) enum Next {
    Frame(Frame),
    /// A frame that was damaged, or for which there was no memory.
    Dropped(Dropped),
    /// Woken, or the time is up.
    Nothing,
}

/// Why a frame was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dropped {
    Damaged,
    NoMemory,
}

/// The capture half of an opened camera. All calls come from one thread but for the waker's.
pub(crate) trait Capture: Send {
    /// Starts streaming in a mode; gives the frame rate that the camera really uses.
    fn start(&mut self, mode: &Mode) -> Result<Rate>;

    /// Waits for the next frame, until it is woken, or until the deadline.
    ///
    /// # Errors
    ///
    /// `DeviceLost` when the camera is gone.
    fn next(&mut self, deadline: Instant) -> Result<Next>;

    /// Stops streaming and gives the device back to other programs, also while frames are held.
    fn stop(&mut self);

    /// Ends a wait of [`next`](Self::next) from another thread.
    fn waker(&self) -> Arc<dyn Wake>;
}

/// A backend by its name.
pub(crate) fn by_name(name: &str) -> Result<Arc<dyn Backend>> {
    match name {
        #[cfg(target_os = "linux")]
        "v4l2" => Ok(Arc::new(v4l2::V4l2)),
        other => Err(Error::new(ErrorKind::NotSupported, format!("there is no backend {other:?} in this build; it has {:?}", names()))),
    }
}

/// The backends of this build.
pub(crate) fn names() -> &'static [&'static str] {
    if cfg!(target_os = "linux") { &["v4l2"] } else { &[] }
}
