//! What a camera system has to offer to the rest of the library, and the list of those we have.
//!
//! A camera that is there is a [`Camera`]; opening it gives a [`Device`], whose two halves live on two
//! threads: the control half answers reads and writes of properties, the capture half delivers frames. A
//! control transfer can hang for seconds, and frames have to flow meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::frame::pool::Wake;
use crate::{
    ControlValue, DeviceControl, DeviceDetails, Error, ErrorKind, FillLightMode, FormatDetails, Frame, MediaSettingsRange,
    PhotoCapabilities, PhotoSettings, PixelFormat, Property, RateDetails, Result, SizeDetails, Value,
};

#[cfg(any(test, windows, target_os = "macos", all(target_os = "linux", feature = "nokhwa-linux")))]
mod nokhwa;
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

/// Which values of its range a control takes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Takes {
    /// Every one.
    Any,
    /// Those of its steps.
    Steps,
    /// These, in ascending order, whatever lies between them: the entries of a menu.
    Only(Arc<[f64]>),
}

/// The values that a control takes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Offer {
    Range {
        range: MediaSettingsRange,
        takes: Takes,
    },
    Strings(Vec<String>),
    Bools(Vec<bool>),
    /// Points of the picture; the camera uses as many as it can, from the first on.
    Points,
}

impl Offer {
    /// A number of which only some values are taken, in ascending order: their range, with the smallest distance
    /// between two of them as the step (D6). `None` for less than two.
    pub(crate) fn menu(values: &[f64]) -> Option<Offer> {
        let (Some(&min), Some(&max)) = (values.first(), values.last()) else { return None };
        let step = values.windows(2).map(|pair| pair[1] - pair[0]).min_by(f64::total_cmp)?;
        Some(Offer::Range { range: MediaSettingsRange { min, max, step }, takes: Takes::Only(values.into()) })
    }
}

/// One property that a camera lets programs set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Control {
    pub(crate) property: Property,
    pub(crate) offer: Offer,
    pub(crate) value: Value,
}

/// How a camera takes photos.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Stills {
    /// It only streams.
    #[default]
    None,
    /// A photo is a frame of the stream.
    OfStream,
    /// It takes stills by itself.
    Own(Box<OwnStills>),
}

/// What a camera that takes stills by itself offers for them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OwnStills {
    pub(crate) capabilities: PhotoCapabilities,
    /// What it would do at present.
    pub(crate) settings: PhotoSettings,
}

/// A photo as a camera gives it.
#[derive(Clone, Debug)]
pub(crate) struct Still {
    pub(crate) mime_type: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) timestamp: Duration,
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
    /// Which way it looks, where the system knows.
    pub(crate) facing_mode: Option<String>,
    /// By how many degrees its pictures have to be turned counter-clockwise to stand upright: 0, 90, 180 or 270.
    pub(crate) rotation: u16,
    /// It is no camera but a microphone: its one mode stands for silence.
    pub(crate) is_audio: bool,
    pub(crate) modes: Vec<Mode>,
    pub(crate) controls: Vec<Control>,
    pub(crate) stills: Stills,
    /// What its light can do for a photo that is a frame of the stream, where it has one.
    pub(crate) fill_light: Option<Vec<FillLightMode>>,
}

/// A camera that is there.
pub(crate) trait Camera: Send + Sync {
    fn info(&self) -> &CameraInfo;

    /// Whether it is still there, and still the same one; quick. Asked while it is not open.
    fn is_there(&self) -> bool {
        true
    }

    /// Calls `changed` whenever it may have gone, until what it returns is dropped. `None` when the system does not
    /// tell.
    fn watch(&self, _changed: &Changed) -> Option<Box<dyn Send>> {
        None
    }

    /// What the system tells of it beyond the W3C model. May take long; does not disturb a stream.
    fn details(&self) -> Result<DeviceDetails> {
        Ok(details_of(self.info()))
    }

    /// Opens it. May take long; runs on a thread of its own.
    fn open(&self) -> Result<Box<dyn Device>>;
}

/// The details of a camera of which no more is known than what it can stream.
pub(crate) fn details_of(info: &CameraInfo) -> DeviceDetails {
    let mut formats: Vec<FormatDetails> = Vec::new();
    for mode in &info.modes {
        let known = formats.iter().position(|format| format.pixel_format == Some(mode.format));
        let known = known.unwrap_or_else(|| {
            let description = mode.format.name().to_owned();
            formats.push(FormatDetails {
                description,
                compressed: mode.format.is_compressed(),
                pixel_format: Some(mode.format),
                ..FormatDetails::default()
            });
            formats.len() - 1
        });
        let sizes = &mut formats[known].sizes;
        let rate = RateDetails { min: mode.rate.per_second(), max: mode.rate.per_second() };
        match sizes.iter_mut().find(|size| (size.max_width, size.max_height) == (mode.width, mode.height)) {
            Some(size) => size.rates.push(rate),
            None => sizes.push(SizeDetails::one(mode.width, mode.height, vec![rate])),
        }
    }
    DeviceDetails { card: info.label.clone(), formats, ..DeviceDetails::default() }
}

/// Finds the camera with a key when this process has it open.
pub(crate) type Opened<'a> = &'a dyn Fn(&str) -> Option<Arc<dyn Camera>>;

/// Whether a camera, of which only the identity need be known, may be one of those that are looked for.
pub(crate) type Wanted<'a> = &'a dyn Fn(&CameraInfo) -> bool;

/// Told when cameras may have come or gone; quick, and callable from any thread.
pub(crate) type Changed = Arc<dyn Fn() + Send + Sync>;

/// A system of cameras.
pub(crate) trait Backend: Send + Sync {
    /// The cameras that are there now, the system's default first. A camera that cannot be asked because
    /// of permissions is listed without modes. One that `opened` knows by its key is in use by this process:
    /// it is listed as it is, not asked again. Those that are not `wanted` may be left out: to ask a camera takes time,
    /// and one that hangs holds up the others.
    fn cameras(&self, opened: Opened<'_>, wanted: Wanted<'_>) -> Result<Vec<Arc<dyn Camera>>>;

    /// Calls `changed` when cameras may have come or gone, on a thread of its own, until what it returns is
    /// dropped; `None` where the system does not tell.
    fn watch(&self, _changed: &Changed) -> Option<Box<dyn Send>> {
        None
    }
}

/// Which property could not be written, and why.
#[derive(Debug)]
pub(crate) struct WriteError {
    pub(crate) property: Property,
    /// So many of the values, from the first on, may have been written; the others were not.
    pub(crate) attempted: usize,
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

    /// Writes values in this order, those that go together in one step where the system has that.
    fn write(&mut self, values: &[(Property, Value)]) -> std::result::Result<(), WriteError>;

    /// Every control by its own name, with the present values, in the driver's order.
    ///
    /// # Errors
    ///
    /// `DeviceLost`. A value that cannot be read otherwise is absent.
    fn controls(&mut self) -> Result<Vec<DeviceControl>> {
        Ok(Vec::new())
    }

    /// Sets controls by their ids, in this order, to values that [`DeviceControl::accept`] has let pass. On an error
    /// nothing is taken back; the index tells which one failed.
    fn set_controls(&mut self, values: &[(u32, ControlValue)]) -> std::result::Result<(), (usize, Error)> {
        let _ = values;
        Err((0, Error::new(ErrorKind::NotSupported, "this camera has no controls of its own")))
    }

    /// How much the sensor amplifies, in the camera's own unit; `None` when it does not say.
    fn gain(&mut self) -> Option<f64> {
        None
    }

    /// Sets the light for one photo of a camera whose photos are frames of the stream; a flash fires now. `None`
    /// sets it as it was before. Asked only of cameras with a [`CameraInfo::fill_light`].
    fn set_fill_light(&mut self, mode: Option<FillLightMode>) -> Result<()> {
        let _ = mode;
        Ok(())
    }

    /// Takes a still, for cameras that do that by themselves.
    fn take_still(&mut self, settings: &PhotoSettings) -> Result<Still> {
        let _ = settings;
        Err(Error::new(ErrorKind::NotSupported, "this camera takes no stills by itself"))
    }

    /// The capture half; once.
    fn capture(&mut self) -> Result<Box<dyn Capture>>;
}

/// What came of waiting for a frame.
pub(crate) enum Next {
    Frame(Frame),
    /// A frame that was damaged, or for which there was no memory.
    Dropped(Dropped),
    /// Frames cease for the time being, because of a privacy switch for example, or come again.
    Muted(bool),
    /// Something about the camera was changed from outside: its controls or their values. These of its own controls
    /// are known to be concerned.
    Changed(Vec<ChangedControl>),
    /// Woken, or the time is up.
    Nothing,
}

/// A control of which the value, the range or the flags have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChangedControl {
    pub(crate) id: u32,
    pub(crate) name: Arc<str>,
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

    /// Whether no frames will come, as [`Next::Muted`] says when that changes. Asked after a start.
    fn is_muted(&mut self) -> bool {
        false
    }

    /// Stops streaming and gives the device back to other programs, also while frames are held.
    fn stop(&mut self);

    /// Whether frames come by themselves: then none for a while means that something is wrong. False when the program
    /// decides when there is one.
    fn paced(&self) -> bool {
        true
    }

    /// Ends a wait of [`next`](Self::next) from another thread.
    fn waker(&self) -> Arc<dyn Wake>;
}

/// A backend by its name.
pub(crate) fn by_name(name: &str) -> Result<Arc<dyn Backend>> {
    match name {
        #[cfg(target_os = "linux")]
        "v4l2" => Ok(Arc::new(v4l2::V4l2)),
        #[cfg(any(windows, target_os = "macos", all(target_os = "linux", feature = "nokhwa-linux")))]
        "nokhwa" => Ok(Arc::new(nokhwa::Nokhwa::default())),
        other => Err(Error::new(ErrorKind::NotSupported, format!("there is no backend {other:?} in this build; it has {:?}", names()))),
    }
}

/// The backend that a program gets when it asks for none.
pub(crate) fn default_names() -> &'static [&'static str] {
    if cfg!(target_os = "linux") {
        &["v4l2"]
    } else if cfg!(any(windows, target_os = "macos")) {
        &["nokhwa"]
    } else {
        &[]
    }
}

/// The backends of this build.
fn names() -> &'static [&'static str] {
    if cfg!(all(target_os = "linux", feature = "nokhwa-linux")) { &["v4l2", "nokhwa"] } else { default_names() }
}
