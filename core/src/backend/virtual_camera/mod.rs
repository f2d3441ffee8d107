//! The virtual camera: a programmable camera that takes the same way through the library as hardware.

use std::collections::VecDeque;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Weak};

use parking_lot::{Condvar, Mutex};

use super::{Camera, CameraInfo, Changed, Stills};
use crate::frame::format::{Colour, Layout};
use crate::frame::jpeg;
use crate::frame::pool::{Bytes, HeapPool};
use crate::frame::shelf::Shelf;
use crate::{Error, ErrorKind, Frame, MediaStreamTrack, PixelFormat, Result};

mod builder;
mod capture;
mod change;
mod config;
mod controls;
mod damage;
mod device;
mod effects;
mod film;
mod paint;
mod properties;
mod scene;
mod script;
mod stills;
#[cfg(test)]
mod tests;

pub use builder::VirtualCameraBuilder;
use config::{Config, Kind};
pub use config::{Pacing, Scene};
pub use damage::CorruptFrame;
use device::VirtualCameraEntry;
use properties::Knob;
use script::Faults;

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
    /// Whether controls take only the values of their steps.
    quantize: bool,
    /// So many frames it takes to come to rest after a start of the stream or a change of a value.
    settling: u32,
    /// What pushed frames are made in, and what is made of them.
    pushes: Arc<HeapPool>,
    shelf: Arc<Shelf>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    unplugged: bool,
    /// Counts how often those that had it open lost it.
    losses: u64,
    last_loss: Loss,
    /// Counts the changes of properties that came from outside.
    changes: u64,
    knobs: Vec<Knob>,
    /// The controls by their own names.
    raw: controls::RawControls,
    faults: Faults,
    muted: bool,
    /// What reached the device.
    writes: VecDeque<serde_json::Value>,
    /// Photos that the program has made ready.
    photos: stills::ReadyPhotos,
    /// Frames that may still be made, with manual pacing.
    credit: u32,
    frames: u64,
    /// So many of them until it has come to rest.
    restless: u32,
    pushed: VecDeque<Frame>,
    pushed_total: u64,
    streaming: bool,
    woken: bool,
    /// Told when it is plugged or unplugged.
    watchers: Vec<Weak<dyn Fn() + Send + Sync>>,
}

/// How a camera is lost.
#[derive(Clone, Copy)]
enum Loss {
    Unplugged,
    Ended,
}

impl State {
    /// What was opened before has lost it.
    fn lose(&mut self, loss: Loss) {
        self.losses += 1;
        self.last_loss = loss;
    }

    /// Lets late writes have their effect.
    fn settle(&mut self) {
        let before = self.raw_controls();
        for knob in &mut self.knobs {
            if let Some(target) = knob.target.take() {
                self.changes += u64::from(target != knob.control.value);
                knob.control.value = target;
            }
        }
        self.touch(&before);
    }
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
    ///
    /// ```json
    /// { "label": "Studio cam", "deviceId": "cam-1", "groupId": "grp-1", "facingMode": "user",
    ///   "modes": [{"width": 1280, "height": 720, "frameRates": [30, 60], "pixelFormat": "mjpeg"}],
    ///   "properties": {
    ///     "zoom":             {"min": 100, "max": 400, "step": 1, "value": 100},
    ///     "whiteBalanceMode": {"values": ["manual", "continuous"], "value": "continuous"},
    ///     "torch":            {"values": [false, true], "value": false},
    ///     "pointsOfInterest": {"value": [{"x": 0.5, "y": 0.5}]} },
    ///   "scene": {"kind": "pattern"}, "pacing": "realtime", "quantize": true }
    /// ```
    ///
    /// Only `modes` is necessary, and not even that for scenes of files: without it there is one mode, of the size and the rate
    /// of the file (30 frames per second where it has none).
    ///
    /// | Key | What it is | Without it |
    /// |---|---|---|
    /// | `kind` | `"audioinput"`: it is no camera but a microphone that hears nothing, for tests of programs that meet one; it has no modes and no properties | `"videoinput"` |
    /// | `label` | the name | `"Virtual camera"` |
    /// | `deviceId` | the device id | made from the label |
    /// | `groupId` | the group id | made by each `MediaDevices` |
    /// | `facingMode` | which way it looks: `user`, `environment`, `left` or `right` | unknown |
    /// | `rotation` | by how many degrees its picture has to be turned counter-clockwise to stand upright, as for a camera that is mounted askew: 0, 90, 180 or 270. Frames and photos of tracks are turned, and width, height and aspect ratio of settings are those of the turned picture; capabilities and constraints mean the picture before | 0 |
    /// | `modes` | at least one, each with `width` and `height` in pixels, `frameRates` in frames per second, and `pixelFormat`, a name of [`PixelFormat`] | `frameRates` is `[30]`, `pixelFormat` is `"yuyv"` |
    /// | `properties` | blocks by W3C name, see below | none |
    /// | `scene` | `{"kind": "pattern"}`, `{"kind": "push"}`, `{"kind": "image", "path": "a.jpg"}`, `{"kind": "images", "paths": ["a.jpg", "b.png"], "hold": 30}`, `{"kind": "y4m", "path": "a.y4m"}` or `{"kind": "mjpeg", "path": "a.mjpeg"}`, see [`Scene`] | `pattern` |
    /// | `pacing` | `realtime`, `fast` or `manual`, see [`Pacing`] | `realtime` |
    /// | `controls` | the controls by their own names, in this order: blocks, see below | none |
    /// | `quantize` | whether numbers take only the values of their steps; if not, the device takes any value in range, whatever step it reports | `true` |
    /// | `settling` | `{"frames": 12}`: as a camera does whose exposure, white balance and focus come to rest, the picture is dark, blue and blurred after each start of the stream and each change of a property, and as it should be that many frames later | at once |
    /// | `photo` | `null`: it takes no photos; or what it offers for stills of its own: the ranges `imageWidth` and `imageHeight` (`value` is the present size), `fillLightMode` (a list) and `redEyeReduction` | photos come from the stream |
    ///
    /// The block of a number is `min`, `max`, `step` (0 without it: every value between) and `value` (the minimum);
    /// that of a string or a boolean is `values`, all that it can be, and `value` (the first of them). A number may have
    /// `values` too, in ascending order: then it takes only these, like a menu, and its step is the smallest distance between
    /// two of them. The block of `pointsOfInterest` is `value`, a list of points (none). A range of one value counts as
    /// absent, as in every camera.
    ///
    /// The block of a [control](crate::DeviceControl) is
    /// `{"type": "integer", "min": 0, "max": 100, "step": 1, "default": 0, "value": 0, "label": "Gain", "class": "User Controls",
    /// "dimensions": [], "menu": [], "flags": ["inactive"], "property": null}`; only `type` is necessary, a name of
    /// [`ControlType`](crate::ControlType). Without it `min` is 0 and `max` the most that the type can be (of a menu the last
    /// choice), `step` 1, `default` the minimum, `value` the default, and `label` made from the name. The `menu` is a list of
    /// names, or of numbers for an integer menu, and `null` where a choice is missing. `flags` are names as in
    /// [`ControlFlags::names`](crate::ControlFlags::names). With `property` it is another way to that property of the camera:
    /// setting one sets the other, in whole numbers or as the choices of a menu are named.
    ///
    /// The picture of every scene but `push` answers to brightness, contrast, saturation, sharpness, zoom, pan and tilt
    /// (which show when zoomed), colour temperature, exposure time and compensation, ISO, torch and focus distance:
    /// each in the direction of the property, and where a mode governs it, in the modes in which it counts. Most
    /// count from the `value` of their block; exposure compensation and the directions from 0, the colour
    /// temperature from 5000 K.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for text that is not JSON, unknown members, and impossible values.
    pub fn from_json(text: &str) -> Result<VirtualCamera> {
        VirtualCamera::new(crate::json::parse_as(text)?)
    }

    /// A camera from its parts. At least one mode is necessary.
    pub fn builder() -> VirtualCameraBuilder {
        VirtualCameraBuilder::new()
    }

    /// As [`from_json`](Self::from_json); relative paths of the scene are relative to `folder`.
    pub(crate) fn from_json_in(text: &str, folder: &Path) -> Result<VirtualCamera> {
        let mut config: Config = crate::json::parse_as(text)?;
        config.scene.set_folder(folder);
        VirtualCamera::new(config)
    }

    fn new(mut config: Config) -> Result<VirtualCamera> {
        if let Some(own) = film::Film::check(&config.scene)?
            && config.modes.is_empty()
            && config.kind == Kind::VideoInput
        {
            config.modes.push(own);
        }
        let unique = uuid::Uuid::new_v4().simple().to_string();
        let knobs = properties::knobs(&config.properties, config.quantize)?;
        let raw = controls::RawControls::of(&config.controls, &knobs)?;
        let state = State {
            unplugged: false,
            losses: 0,
            last_loss: Loss::Unplugged,
            changes: 0,
            knobs,
            raw,
            faults: Faults::default(),
            writes: VecDeque::new(),
            photos: VecDeque::new(),
            credit: 0,
            frames: 0,
            restless: 0,
            pushed: VecDeque::new(),
            pushed_total: 0,
            streaming: false,
            woken: false,
            muted: false,
            watchers: Vec::new(),
        };
        let info = CameraInfo {
            rotation: config.rotation()?,
            key: format!("virtual:{unique}"),
            hardware: format!("virtual:{unique}"),
            physical: format!("virtual:{unique}"),
            // Stable where the program did not choose one: the same configuration, the same id.
            device_id: Some(config.device_id.clone().unwrap_or_else(|| {
                let unnamed = if config.kind == Kind::AudioInput { "microphone" } else { "camera" };
                format!("virtual-{}", config.label.as_deref().unwrap_or(unnamed))
            })),
            group_id: config.group_id.clone(),
            label: config.label.clone().unwrap_or_else(|| config.kind.default_label().into()),
            is_audio: config.kind == Kind::AudioInput,
            modes: config.modes()?,
            controls: state.controls(),
            facing_mode: config.facing_mode()?,
            fill_light: None,
            stills: config.photo.stills()?,
        };
        let settling = config.settling.map_or(0, |settling| settling.frames);
        let Config { scene, pacing, quantize, .. } = config;
        let (pushes, shelf) = (HeapPool::new(PUSHED), Shelf::new());
        let inner = Inner { info, scene, pacing, quantize, settling, pushes, shelf, state: Mutex::new(state), changed: Condvar::new() };
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
            state.lose(Loss::Unplugged);
        });
        self.tell();
    }

    /// Plugs it in again. Tracks that ended stay ended.
    pub fn replug(&self) {
        self.change(|state| state.unplugged = false);
        self.tell();
    }

    /// Tells those who list it that it came or went.
    fn tell(&self) {
        let watchers = self.inner.state.lock().watchers.clone();
        for changed in watchers.iter().filter_map(Weak::upgrade) {
            changed();
        }
    }

    pub(crate) fn watch(&self, changed: &Changed) {
        self.change(|state| {
            state.watchers.retain(|watcher| watcher.strong_count() > 0);
            state.watchers.push(Arc::downgrade(changed));
        });
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
        let data = &data[..layout.size];
        let bytes = match self.inner.pushes.take(data.len()) {
            Some(mut slot) => {
                slot.bytes.copy_from_slice(data);
                Bytes::Slot(slot)
            }
            None => Bytes::Heap(data.to_vec()),
        };
        let colour = Colour::assumed(format, height);
        self.change(|state| {
            state.pushed_total += 1;
            if state.pushed.len() == PUSHED {
                state.pushed.pop_front();
            }
            state.pushed.push_back(self.inner.shelf.frame(bytes, layout, colour, crate::clock::now(), state.pushed_total));
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
        let info = CameraInfo { stills: Stills::None, ..self.info() };
        crate::devices::open_unlisted(Arc::new(VirtualCameraEntry { camera: self.clone(), info }))
    }

    /// Reads the number that the pattern scene shows in each frame: the camera's frame count, modulo
    /// 65536. `None` when the frame shows no pattern.
    pub fn read_frame_number(frame: &Frame) -> Option<u16> {
        scene::read_number(frame)
    }

    pub(crate) fn entry(&self) -> Arc<dyn Camera> {
        Arc::new(VirtualCameraEntry { camera: self.clone(), info: self.info() })
    }

    /// What it offers now.
    fn info(&self) -> CameraInfo {
        CameraInfo { controls: self.inner.state.lock().controls(), ..self.inner.info.clone() }
    }

    pub(crate) fn is_plugged(&self) -> bool {
        !self.inner.state.lock().unplugged
    }

    pub(crate) fn is_same(&self, other: &VirtualCamera) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// Why whoever had it open has it no more.
    fn lost(&self, state: &State) -> Error {
        let why = match state.last_loss {
            Loss::Unplugged => "was unplugged",
            Loss::Ended => "failed for good: its script ended it",
        };
        Error::new(ErrorKind::DeviceLost, format!("{:?} {why}", self.label()))
    }
}

impl fmt::Debug for VirtualCamera {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualCamera").field("label", &self.label()).field("device_id", &self.device_id()).finish_non_exhaustive()
    }
}
