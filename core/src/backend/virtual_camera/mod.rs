//! The virtual camera: a programmable camera that takes the same way through the library as hardware.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::{Camera, CameraInfo, Capture, Control, Device, Dropped, Mode, Next, Rate, WriteError};
use crate::frame::format::{Colour, Layout, Matrix};
use crate::frame::jpeg;
use crate::frame::pool::{Bytes, HeapPool, Wake};
use crate::{Error, ErrorKind, Frame, MediaSettingsRange, MediaStreamTrack, PixelFormat, Property, Result};

mod config;
mod paint;
mod scene;

use config::{Config, ModeConfig, Photo, RangeConfig};
pub use config::{Pacing, Scene};

/// Frames that may be held at the same time, by the longest queue of a reader and by the program.
const FRAMES: usize = 24;
/// Pushed frames that wait for the stream to fetch them.
const PUSHED: usize = 16;

/// A camera made of software, for tests and for machines without one.
///
/// ```
/// use imagecapture::{ImageCapture, MediaDevices, MediaStreamConstraints, MediaTrackConstraints, VirtualCamera};
///
/// let camera = VirtualCamera::from_json(r#"{"modes": [{"width": 320, "height": 240}]}"#)?;
/// let devices = MediaDevices::builder().backends(&[]).virtual_camera(&camera).build()?;
/// let stream = devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new()))?;
/// let frame = ImageCapture::new(&stream.video_tracks()[0])?.grab_frame()?;
/// assert_eq!((frame.width(), frame.height()), (320, 240));
/// assert!(VirtualCamera::read_frame_number(&frame).is_some());
/// # Ok::<(), imagecapture::Error>(())
/// ```
///
/// Clones are handles to the same camera. The program may change its state while it is open.
#[derive(Clone)]
pub struct VirtualCamera {
    inner: Arc<Inner>,
}

struct Inner {
    info: CameraInfo,
    scene: Scene,
    pacing: Pacing,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    unplugged: bool,
    /// Counts how often it was unplugged: what was opened before has lost it.
    unplugs: u64,
    busy: bool,
    frozen: bool,
    zoom: f64,
    /// Frames that may still be made, with manual pacing.
    credit: u32,
    frames: u64,
    pushed: VecDeque<Frame>,
    pushed_total: u64,
    streaming: bool,
    woken: bool,
}

impl VirtualCamera {
    /// The built-in camera: 320x240 and 640x480 YUYV, 1280x720 and 1920x1080 MJPEG, zoom 100 to 400.
    pub fn default_camera() -> VirtualCamera {
        VirtualCamera::new(Config::default()).expect("the built-in configuration is valid")
    }

    /// The built-in camera as the environment adds it, under an id of its own: the program may have added
    /// one itself.
    pub(crate) fn of_environment() -> VirtualCamera {
        let config = Config { device_id: Some("virtual-environment".into()), ..Config::default() };
        VirtualCamera::new(config).expect("the built-in configuration is valid")
    }

    /// A camera from its configuration, for example
    /// `{"label": "Cam", "modes": [{"width": 640, "height": 480, "frameRates": [30], "pixelFormat": "mjpeg"}],
    /// "properties": {"zoom": {"min": 100, "max": 400, "step": 1, "value": 100}}, "scene": {"kind": "pattern"},
    /// "pacing": "realtime"}`. Only `modes` is necessary; in a mode `frameRates` is 30 and `pixelFormat` is
    /// `yuyv` where they are absent.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for text that is not JSON, unknown members, and impossible values.
    pub fn from_json(text: &str) -> Result<VirtualCamera> {
        VirtualCamera::new(crate::json::parse_as(text)?)
    }

    /// A camera from its parts. At least one mode is necessary.
    pub fn builder() -> VirtualCameraBuilder {
        VirtualCameraBuilder {
            config: Config { label: None, modes: Vec::new(), properties: config::Properties::default(), ..Config::default() },
        }
    }

    fn new(config: Config) -> Result<VirtualCamera> {
        let unique = uuid::Uuid::new_v4().simple().to_string();
        let zoom = config.zoom()?;
        let control =
            |(range, value): (MediaSettingsRange, f64)| Control { property: Property::Zoom, range, quantized: config.quantize, value };
        let info = CameraInfo {
            key: format!("virtual:{unique}"),
            hardware: format!("virtual:{unique}"),
            physical: format!("virtual:{unique}"),
            // Stable where the program did not choose one: the same configuration, the same id.
            device_id: Some(config.device_id.clone().unwrap_or_else(|| format!("virtual-{}", config.label.as_deref().unwrap_or("camera")))),
            group_id: config.group_id.clone(),
            label: config.label.clone().unwrap_or_else(|| "Virtual camera".into()),
            modes: config.modes()?,
            // A range of one value is no capability.
            controls: zoom.filter(|(range, _)| range.max > range.min).map(control).into_iter().collect(),
            takes_photos: config.photo != Photo::Never,
        };
        let state = State {
            unplugged: false,
            unplugs: 0,
            busy: false,
            frozen: false,
            zoom: zoom.map_or(1.0, |(_, value)| value),
            credit: 0,
            frames: 0,
            pushed: VecDeque::new(),
            pushed_total: 0,
            streaming: false,
            woken: false,
        };
        let inner = Inner { info, scene: config.scene, pacing: config.pacing, state: Mutex::new(state), changed: Condvar::new() };
        Ok(VirtualCamera { inner: Arc::new(inner) })
    }

    /// Its name.
    pub fn label(&self) -> &str {
        &self.inner.info.label
    }

    /// Its device id: the configured one, or one made from its label.
    pub fn device_id(&self) -> &str {
        self.inner.info.device_id.as_deref().unwrap_or_default()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.inner.state.lock());
        self.inner.changed.notify_all();
    }

    /// Unplugs it: its tracks end, and it is no longer listed.
    pub fn unplug(&self) {
        self.change(|state| {
            state.unplugged = true;
            state.unplugs += 1;
        });
    }

    /// Plugs it in again. Tracks that ended stay ended.
    pub fn replug(&self) {
        self.change(|state| state.unplugged = false);
    }

    /// Makes it busy, as if another program held it: opening fails with `NotReadable`.
    pub fn set_busy(&self, busy: bool) {
        self.change(|state| state.busy = busy);
    }

    /// Stops its frames while everything else works.
    pub fn freeze(&self, frozen: bool) {
        self.change(|state| state.frozen = frozen);
    }

    /// With manual pacing: makes so many more frames.
    pub fn step(&self, frames: u32) {
        self.change(|state| state.credit = state.credit.saturating_add(frames));
    }

    /// How many frames it has made.
    pub fn frame_count(&self) -> u64 {
        self.inner.state.lock().frames
    }

    /// Whether a stream runs.
    pub fn is_streaming(&self) -> bool {
        self.inner.state.lock().streaming
    }

    /// Gives a frame to a camera with the scene `push`. It is copied. `stride` is the distance of rows in
    /// bytes, 0 for none between them; compressed data has no rows. Of frames that nobody fetches the
    /// oldest are dropped.
    ///
    /// # Errors
    ///
    /// `NotSupported` when the scene is another one; `InvalidInput` when format and size are not those of
    /// one of its modes, or there are too few bytes.
    pub fn push_frame(&self, format: PixelFormat, width: u32, height: u32, data: &[u8], stride: usize) -> Result<()> {
        if self.inner.scene != Scene::Push {
            return Err(Error::new(
                ErrorKind::NotSupported,
                "frames can be pushed only to a virtual camera whose scene is {\"kind\": \"push\"}",
            ));
        }
        if !self.inner.info.modes.iter().any(|m| (m.width, m.height, m.format) == (width, height, format)) {
            return Err(Error::invalid(format!("{format} of {width}x{height} is none of the modes of the virtual camera")));
        }
        let layout = if format.is_compressed() {
            if !jpeg::looks_whole(data) {
                return Err(Error::invalid("the pushed JPEG has no start or no end marker"));
            }
            Layout::compressed(format, width, height, data.len())
        } else {
            let layout = Layout::new(format, width, height, stride)?;
            if data.len() < layout.size {
                return Err(Error::invalid(format!(
                    "{} bytes are too few for a {format} picture of {width}x{height}: {} are needed",
                    data.len(),
                    layout.size
                )));
            }
            layout
        };
        let full_range = matches!(format, PixelFormat::Mjpeg | PixelFormat::Grey);
        let colour = if full_range { Colour::JPEG } else { Colour::assumed(height) };
        self.change(|state| {
            state.pushed_total += 1;
            if state.pushed.len() == PUSHED {
                state.pushed.pop_front();
            }
            let bytes = Bytes::Heap(data[..layout.size].to_vec());
            state.pushed.push_back(Frame::new(bytes, layout, colour, crate::clock::now(), state.pushed_total));
        });
        Ok(())
    }

    /// Opens it without a [`MediaDevices`](crate::MediaDevices): a live track straight from the frames
    /// that the program pushes. Such a track takes no photos.
    ///
    /// # Errors
    ///
    /// `NotSupported` when its scene is not `push`; otherwise as for `get_user_media`.
    pub fn open(&self) -> Result<MediaStreamTrack> {
        if self.inner.scene != Scene::Push {
            return Err(Error::new(
                ErrorKind::NotSupported,
                "only a virtual camera whose scene is {\"kind\": \"push\"} can be opened directly; add others to MediaDevices",
            ));
        }
        let mut info = self.inner.info.clone();
        info.takes_photos = false;
        crate::devices::open_unlisted(Arc::new(VirtualCameraEntry { camera: self.clone(), info }))
    }

    /// Reads the number that the pattern scene shows in each frame: the camera's frame count, modulo
    /// 65536. `None` when the frame shows no pattern.
    pub fn read_frame_number(frame: &Frame) -> Option<u16> {
        scene::read_number(frame)
    }

    pub(crate) fn entry(&self) -> Arc<dyn Camera> {
        Arc::new(VirtualCameraEntry { camera: self.clone(), info: self.inner.info.clone() })
    }

    pub(crate) fn is_plugged(&self) -> bool {
        !self.inner.state.lock().unplugged
    }

    pub(crate) fn is_same(&self, other: &VirtualCamera) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    fn lost(&self) -> Error {
        Error::new(ErrorKind::DeviceLost, format!("{:?} was unplugged", self.label()))
    }
}

impl fmt::Debug for VirtualCamera {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualCamera").field("label", &self.label()).field("device_id", &self.device_id()).finish_non_exhaustive()
    }
}

/// Builds a [`VirtualCamera`].
#[derive(Clone, Debug)]
#[must_use]
pub struct VirtualCameraBuilder {
    config: Config,
}

impl VirtualCameraBuilder {
    /// Its name.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.config.label = Some(label.into());
        self
    }

    /// Its device id.
    pub fn device_id(mut self, id: impl Into<String>) -> Self {
        self.config.device_id = Some(id.into());
        self
    }

    /// Adds a mode.
    pub fn mode(mut self, width: u32, height: u32, frame_rates: &[f64], format: PixelFormat) -> Self {
        self.config.modes.push(ModeConfig { width, height, frame_rates: frame_rates.to_vec(), pixel_format: format.name().into() });
        self
    }

    /// Gives it zoom.
    pub fn zoom(mut self, range: MediaSettingsRange, value: f64) -> Self {
        let MediaSettingsRange { min, max, step } = range;
        self.config.properties.zoom = Some(RangeConfig { min, max, step, value: Some(value) });
        self
    }

    /// When it makes frames.
    pub fn pacing(mut self, pacing: Pacing) -> Self {
        self.config.pacing = pacing;
        self
    }

    /// What it sees.
    pub fn scene(mut self, scene: Scene) -> Self {
        self.config.scene = scene;
        self
    }

    /// Makes the camera.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when it has no mode or something is impossible.
    pub fn build(self) -> Result<VirtualCamera> {
        VirtualCamera::new(self.config)
    }
}

/// A virtual camera in the list of cameras.
struct VirtualCameraEntry {
    camera: VirtualCamera,
    info: CameraInfo,
}

impl Camera for VirtualCameraEntry {
    fn info(&self) -> &CameraInfo {
        &self.info
    }

    fn open(&self) -> Result<Box<dyn Device>> {
        let state = self.camera.inner.state.lock();
        if state.unplugged {
            return Err(self.camera.lost());
        }
        if state.busy {
            return Err(Error::new(
                ErrorKind::NotReadable,
                format!("{:?} is busy: another program uses it. Close that program and try again", self.camera.label()),
            ));
        }
        let unplugs = state.unplugs;
        Ok(Box::new(VirtualDevice { camera: self.camera.clone(), info: self.info.clone(), unplugs }))
    }
}

struct VirtualDevice {
    camera: VirtualCamera,
    info: CameraInfo,
    unplugs: u64,
}

impl VirtualDevice {
    fn check(&self) -> Result<()> {
        if self.camera.inner.state.lock().unplugs == self.unplugs { Ok(()) } else { Err(self.camera.lost()) }
    }
}

impl Device for VirtualDevice {
    fn info(&mut self) -> Result<CameraInfo> {
        self.check()?;
        let mut info = self.info.clone();
        let zoom = self.camera.inner.state.lock().zoom;
        info.controls.iter_mut().for_each(|control| control.value = zoom);
        Ok(info)
    }

    fn read(&mut self, property: Property) -> Result<f64> {
        self.check()?;
        match property {
            Property::Zoom if !self.info.controls.is_empty() => Ok(self.camera.inner.state.lock().zoom),
            other => Err(Error::new(ErrorKind::NotSupported, format!("the virtual camera has no {other}"))),
        }
    }

    fn write(&mut self, values: &[(Property, f64)]) -> std::result::Result<(), WriteError> {
        for &(property, value) in values {
            let fail = |error| Err(WriteError { property, error });
            if let Err(error) = self.check() {
                return fail(error);
            }
            let Some(control) = self.info.controls.iter().find(|c| c.property == property) else {
                return fail(Error::new(ErrorKind::NotSupported, format!("the virtual camera has no {property}")));
            };
            self.camera.inner.state.lock().zoom = value.clamp(control.range.min, control.range.max);
        }
        Ok(())
    }

    fn capture(&mut self) -> Result<Box<dyn Capture>> {
        Ok(Box::new(VirtualCapture {
            camera: self.camera.clone(),
            unplugs: self.unplugs,
            pool: HeapPool::new(FRAMES),
            mode: None,
            due: Instant::now(),
            painter: paint::Painter::default(),
        }))
    }
}

struct VirtualCapture {
    camera: VirtualCamera,
    unplugs: u64,
    pool: Arc<HeapPool>,
    mode: Option<Mode>,
    due: Instant,
    painter: paint::Painter,
}

/// What the next step of the capture half is.
enum Step {
    Paint { number: u64, zoom: f64 },
    Deliver(Frame),
    Wait(Option<Instant>),
}

impl VirtualCapture {
    /// What to do now, under the camera's lock.
    fn step(&mut self, state: &mut State, mode: &Mode) -> Step {
        if state.frozen {
            return Step::Wait(None);
        }
        if self.camera.inner.scene == Scene::Push {
            // A pushed frame of another mode was meant for an earlier stream.
            while let Some(frame) = state.pushed.pop_front() {
                if (frame.width(), frame.height(), frame.format()) == (mode.width, mode.height, mode.format) {
                    state.frames += 1;
                    return Step::Deliver(frame);
                }
            }
            return Step::Wait(None);
        }
        match self.camera.inner.pacing {
            Pacing::Manual if state.credit == 0 => return Step::Wait(None),
            Pacing::Manual => state.credit -= 1,
            Pacing::Realtime => {
                let now = Instant::now();
                if now < self.due {
                    return Step::Wait(Some(self.due));
                }
                let interval = Duration::from_secs_f64(1.0 / mode.rate.per_second());
                // A stream that was held up goes on at its rate; it does not catch up.
                self.due = (self.due + interval).max(now);
            }
            Pacing::Fast => {}
        }
        state.frames += 1;
        let zoom = self.camera.inner.info.controls.first().map_or(1.0, |control| state.zoom / control.range.min);
        Step::Paint { number: state.frames, zoom }
    }
}

impl Capture for VirtualCapture {
    fn start(&mut self, mode: &Mode) -> Result<Rate> {
        let mut state = self.camera.inner.state.lock();
        if state.unplugs != self.unplugs {
            return Err(self.camera.lost());
        }
        state.streaming = true;
        self.mode = Some(*mode);
        self.due = Instant::now();
        Ok(mode.rate)
    }

    fn next(&mut self, deadline: Instant) -> Result<Next> {
        let camera = self.camera.clone();
        let mut state = camera.inner.state.lock();
        loop {
            if state.unplugs != self.unplugs {
                return Err(camera.lost());
            }
            if std::mem::take(&mut state.woken) {
                return Ok(Next::Nothing);
            }
            let step = match self.mode {
                Some(mode) => self.step(&mut state, &mode),
                None => Step::Wait(None),
            };
            match (step, self.mode) {
                (Step::Deliver(frame), _) => return Ok(Next::Frame(frame)),
                (Step::Paint { number, zoom }, Some(mode)) => {
                    drop(state);
                    let full_range = matches!(mode.format, PixelFormat::Mjpeg | PixelFormat::Grey);
                    let colour = Colour { matrix: Matrix::Bt601, full_range };
                    let timestamp = crate::clock::now();
                    let painted = self.painter.paint(&mode, colour, number as u16, zoom, &self.pool)?;
                    let Some((bytes, layout)) = painted else { return Ok(Next::Dropped(Dropped::NoMemory)) };
                    return Ok(Next::Frame(Frame::new(bytes, layout, colour, timestamp, number)));
                }
                (Step::Wait(until), _) => {
                    if deadline <= Instant::now() {
                        return Ok(Next::Nothing);
                    }
                    camera.inner.changed.wait_until(&mut state, until.unwrap_or(deadline).min(deadline));
                }
                (Step::Paint { .. }, None) => unreachable!("nothing is painted without a mode"),
            }
        }
    }

    fn stop(&mut self) {
        self.mode = None;
        self.camera.inner.state.lock().streaming = false;
    }

    fn waker(&self) -> Arc<dyn Wake> {
        Arc::new(VirtualWaker(self.camera.clone()))
    }
}

struct VirtualWaker(VirtualCamera);

impl Wake for VirtualWaker {
    fn wake(&self) {
        self.0.change(|state| state.woken = true);
    }
}
