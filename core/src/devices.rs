//! The way to the cameras: listing them and opening one.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde::Deserialize;

use crate::backend::{self, Backend, Camera, CameraInfo};
use crate::constraints::select::Selection;
use crate::device_info::{MediaDeviceInfo, MediaDeviceKind};
use crate::dispatcher::Dispatcher;
use crate::error::Place;
use crate::ids::Ids;
use crate::pending::{Aborter, Operation, Pending, Promise, promise};
use crate::source::{self, CLOSING, Command, NewTrack, Source};
use crate::user_media::{self, MediaStreamConstraints};
use crate::{Error, ErrorKind, MediaStream, MediaStreamTrack, MediaTrackConstraints, Property, Result, VirtualCamera};

const GET_USER_MEDIA: Operation = Operation { name: "get_user_media", limit: Duration::from_secs(10), place: Place::GetUserMedia };
const ENUMERATE: Operation = Operation { name: "enumerate_devices", limit: Duration::from_secs(10), place: Place::GetUserMedia };
/// How often a wait looks whether somebody still wants its result.
const SLICE: Duration = Duration::from_millis(20);

/// The cameras of this machine and the virtual ones that the program added.
///
/// Clones are handles to the same object. Dropping the last one does not stop tracks that are still held;
/// [`close`](Self::close) does.
///
/// W3C: [`MediaDevices`](https://www.w3.org/TR/mediacapture-streams/#mediadevices).
#[derive(Clone)]
pub struct MediaDevices(Arc<Inner>);

struct Inner {
    /// Tells its tracks from those of other objects on the same camera.
    number: u64,
    backends: Vec<Arc<dyn Backend>>,
    ids: Ids,
    dispatcher: Arc<Dispatcher>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    virtual_cameras: Vec<VirtualCamera>,
    /// The cameras that were opened through this object, or are being opened.
    sources: Vec<Weak<Source>>,
    /// The operations of this object that may be under way.
    operations: Vec<Aborter>,
    closed: bool,
}

/// Chooses what a [`MediaDevices`] sees.
#[derive(Clone, Debug)]
#[must_use]
pub struct MediaDevicesBuilder {
    backends: Option<Vec<String>>,
    virtual_cameras: Vec<VirtualCamera>,
    salt: String,
    environment: bool,
}

/// The same as one JSON object.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    backends: Option<Vec<String>>,
    #[serde(default)]
    virtual_cameras: Vec<serde_json::Value>,
    device_id_salt: Option<String>,
    environment: Option<bool>,
}

impl Default for MediaDevicesBuilder {
    fn default() -> Self {
        MediaDevicesBuilder { backends: None, virtual_cameras: Vec::new(), salt: String::new(), environment: true }
    }
}

impl MediaDevicesBuilder {
    /// The systems to look for cameras in, by name (`"v4l2"`); none for only virtual cameras. Without this
    /// the system's own.
    pub fn backends(mut self, names: &[&str]) -> Self {
        self.backends = Some(names.iter().map(|name| (*name).to_owned()).collect());
        self
    }

    /// Adds a virtual camera; it is listed after the real ones.
    pub fn virtual_camera(mut self, camera: &VirtualCamera) -> Self {
        self.virtual_cameras.push(camera.clone());
        self
    }

    /// Changes all device ids: programs with different salts cannot recognise each other's devices.
    pub fn device_id_salt(mut self, salt: &str) -> Self {
        self.salt = salt.to_owned();
        self
    }

    /// Whether the environment variables `IC_VIRTUAL_CAMERA` (`default` or the path of a JSON
    /// configuration: adds virtual cameras) and `IC_BACKEND` (`v4l2` or `none`: replaces the system's own
    /// backend) are read. They are unless this says no.
    pub fn environment(mut self, read: bool) -> Self {
        self.environment = read;
        self
    }

    /// Makes the object.
    ///
    /// # Errors
    ///
    /// `NotSupported` for a backend that this build does not have; `InvalidInput` for two virtual cameras
    /// with the same id or an unusable file behind `IC_VIRTUAL_CAMERA`.
    pub fn build(self) -> Result<MediaDevices> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| self.environment && !value.is_empty());
        let names = match (self.backends, variable("IC_BACKEND").as_deref()) {
            (Some(names), _) => names,
            (None, Some("none")) => Vec::new(),
            (None, Some(name)) => vec![name.to_owned()],
            (None, None) => backend::names().iter().map(|name| (*name).to_owned()).collect(),
        };
        let backends = names.iter().map(|name| backend::by_name(name)).collect::<Result<_>>()?;
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let devices = MediaDevices(Arc::new(Inner {
            number,
            backends,
            ids: Ids::new(&self.salt),
            dispatcher: Dispatcher::new(),
            state: Mutex::default(),
        }));
        for camera in &self.virtual_cameras {
            devices.add_virtual_camera(camera)?;
        }
        match variable("IC_VIRTUAL_CAMERA").as_deref() {
            None => {}
            Some("default") => devices.add_virtual_camera(&VirtualCamera::of_environment())?,
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|e| Error::invalid(format!("IC_VIRTUAL_CAMERA={path}: the file cannot be read: {e}")).with_source(e))?;
                let camera = VirtualCamera::from_json(&text).map_err(|e| e.context(format!("IC_VIRTUAL_CAMERA={path}")))?;
                devices.add_virtual_camera(&camera)?;
            }
        }
        Ok(devices)
    }
}

impl MediaDevices {
    /// The cameras of this system.
    ///
    /// # Errors
    ///
    /// As [`MediaDevicesBuilder::build`].
    pub fn new() -> Result<MediaDevices> {
        MediaDevices::builder().build()
    }

    /// Chooses what the object sees.
    pub fn builder() -> MediaDevicesBuilder {
        MediaDevicesBuilder::default()
    }

    /// From options as JSON: `{"backends": ["v4l2"], "virtualCameras": [{…}], "deviceIdSalt": "…",
    /// "environment": true}`; all members may be left out.
    ///
    /// # Errors
    ///
    /// As [`MediaDevicesBuilder::build`], and `InvalidInput` for anything that is not such an object.
    pub fn from_json(options: &str) -> Result<MediaDevices> {
        let options: Options = crate::json::parse_as(options)?;
        let mut builder = MediaDevices::builder();
        builder.backends = options.backends;
        for (index, config) in options.virtual_cameras.iter().enumerate() {
            let camera = VirtualCamera::from_json(&config.to_string()).map_err(|e| e.context(format!("virtualCameras[{index}]")))?;
            builder.virtual_cameras.push(camera);
        }
        builder.salt = options.device_id_salt.unwrap_or_default();
        builder.environment = options.environment.unwrap_or(true);
        builder.build()
    }

    /// The properties that constraints may name.
    ///
    /// W3C: [`getSupportedConstraints`](https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getsupportedconstraints).
    #[doc(alias = "getSupportedConstraints")]
    pub fn supported_constraints() -> &'static [Property] {
        Property::ALL
    }

    /// Adds a virtual camera; it is listed after the real ones. Adding it again has no effect.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when another virtual camera has its device id; `InvalidState` after
    /// [`close`](Self::close).
    pub fn add_virtual_camera(&self, camera: &VirtualCamera) -> Result<()> {
        let mut state = self.0.state.lock();
        check_open(&state)?;
        if state.virtual_cameras.iter().any(|other| other.is_same(camera)) {
            return Ok(());
        }
        if state.virtual_cameras.iter().any(|other| other.device_id() == camera.device_id()) {
            return Err(Error::invalid(format!(
                "there is a virtual camera with the device id {:?} already; give one of them another deviceId",
                camera.device_id()
            )));
        }
        state.virtual_cameras.push(camera.clone());
        Ok(())
    }

    /// The devices that are there, the default one first.
    ///
    /// W3C: [`enumerateDevices`](https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-enumeratedevices).
    ///
    /// # Errors
    ///
    /// `InvalidState` after [`close`](Self::close); `TimedOut` when a driver does not answer for 10 s.
    #[doc(alias = "enumerateDevices")]
    pub fn enumerate_devices(&self) -> Result<Vec<MediaDeviceInfo>> {
        self.enumerate_devices_async()?.wait()
    }

    /// As [`enumerate_devices`](Self::enumerate_devices), without waiting.
    ///
    /// # Errors
    ///
    /// At once: the object is closed. The others come through the result.
    pub fn enumerate_devices_async(&self) -> Result<Pending<Vec<MediaDeviceInfo>>> {
        let (promise, pending) = promise(ENUMERATE, &self.0.dispatcher);
        self.0.begin(&promise)?;
        let inner = self.0.clone();
        start_helper(move || match inner.cameras() {
            Ok(cameras) => drop(promise.resolve(cameras.iter().map(|camera| inner.describe(camera.info())).collect())),
            Err(error) => drop(promise.reject(error)),
        })?;
        Ok(pending)
    }

    /// Opens the device that fits best and gives a stream with a track of it.
    ///
    /// ```no_run
    /// use imagecapture::{Constraint, MediaDevices, MediaStreamConstraints, MediaTrackConstraints};
    ///
    /// let wanted = MediaTrackConstraints::new().width(1280).height(720).frame_rate(Constraint::min(15.0));
    /// let stream = MediaDevices::new()?.get_user_media(&MediaStreamConstraints::video(wanted))?;
    /// println!("{}", stream.video_tracks()[0].settings().to_json());
    /// # Ok::<(), imagecapture::Error>(())
    /// ```
    ///
    /// W3C: [`getUserMedia`](https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia).
    ///
    /// # Errors
    ///
    /// `InvalidInput` when nothing is requested, or a required constraint names a property that cannot
    /// choose a device (such as zoom); `NotFound` when there is no device; `Overconstrained` when none fits;
    /// `NotAllowed`, `NotReadable` (busy, gone) or `Aborted` when none could be opened; `TimedOut` after 10 s;
    /// `InvalidState` after [`close`](Self::close).
    #[doc(alias = "getUserMedia")]
    pub fn get_user_media(&self, constraints: &MediaStreamConstraints) -> Result<MediaStream> {
        self.get_user_media_async(constraints)?.wait()
    }

    /// As [`get_user_media`](Self::get_user_media), without waiting.
    ///
    /// # Errors
    ///
    /// At once: nothing is requested, or the object is closed. The others come through the result.
    pub fn get_user_media_async(&self, constraints: &MediaStreamConstraints) -> Result<Pending<MediaStream>> {
        constraints.check()?;
        let (promise, pending) = promise(GET_USER_MEDIA, &self.0.dispatcher);
        self.0.begin(&promise)?;
        let (inner, constraints) = (self.0.clone(), constraints.clone());
        start_helper(move || match inner.get_user_media(&constraints, &promise) {
            // The camera is told whether the program got the track, so that it can undo what it did for it.
            Ok((stream, accepted)) => drop(accepted.send(promise.resolve(stream))),
            Err(error) => drop(promise.reject(error)),
        })?;
        Ok(pending)
    }

    /// Stops all tracks that came from this object and waits, for at most 2 s, until their cameras are
    /// free for other programs. Whatever is under way ends with `Aborted` (but an
    /// [`apply_constraints`](MediaStreamTrack::apply_constraints) succeeds, as on any track that ends).
    /// Later calls fail.
    pub fn close(&self) {
        let (sources, operations): (Vec<_>, _) = {
            let mut state = self.0.state.lock();
            state.closed = true;
            let sources = std::mem::take(&mut state.sources).iter().filter_map(Weak::upgrade).collect();
            (sources, std::mem::take(&mut state.operations))
        };
        for operation in operations {
            operation.abort(closed_meanwhile());
        }
        for source in &sources {
            source.close_tracks(self.0.number);
        }
        let deadline = Instant::now() + CLOSING;
        for source in sources {
            // One that is being opened for us has no track yet, or gets one that ends at once.
            source.wait_unused(self.0.number, deadline);
        }
    }
}

/// Runs something that may keep the kernel busy for long on a thread of its own, which ends with it: a
/// call into a driver that hangs must not hold up anything else.
fn start_helper(work: impl FnOnce() + Send + 'static) -> Result<()> {
    crate::threads::spawn("ic-open", work).map(drop)
}

fn check_open(state: &State) -> Result<()> {
    if state.closed {
        return Err(Error::new(ErrorKind::InvalidState, "this MediaDevices was closed; make a new one"));
    }
    Ok(())
}

/// A device that could satisfy the constraints.
struct Candidate {
    camera: Arc<dyn Camera>,
    /// `None` for a camera that cannot be asked what it offers; it is tried last.
    selection: Option<Selection>,
}

fn closed_meanwhile() -> Error {
    Error::new(ErrorKind::Aborted, "this MediaDevices was closed meanwhile")
}

impl Inner {
    /// Remembers an operation, so that closing can end it.
    fn begin<T: Send + 'static>(&self, promise: &Promise<T>) -> Result<()> {
        let mut state = self.state.lock();
        check_open(&state)?;
        state.operations.retain(Aborter::is_needed);
        state.operations.push(promise.aborter());
        Ok(())
    }

    /// Remembers a camera that is about to be used, so that closing can wait for it.
    fn remember(&self, source: &Arc<Source>) -> Result<()> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(closed_meanwhile());
        }
        state.sources.retain(|source| source.strong_count() > 0);
        if !state.sources.iter().any(|known| std::ptr::eq(known.as_ptr(), Arc::as_ptr(source))) {
            state.sources.push(Arc::downgrade(source));
        }
        Ok(())
    }

    fn cameras(&self) -> Result<Vec<Arc<dyn Camera>>> {
        let mut cameras = Vec::new();
        for backend in &self.backends {
            cameras.extend(backend.cameras(&Source::opened)?);
        }
        let state = self.state.lock();
        cameras.extend(state.virtual_cameras.iter().filter(|camera| camera.is_plugged()).map(VirtualCamera::entry));
        Ok(cameras)
    }

    fn describe(&self, info: &CameraInfo) -> MediaDeviceInfo {
        let (device_id, group_id) = self.ids.of(info);
        MediaDeviceInfo {
            capabilities: source::capabilities(info, (&device_id, &group_id)),
            device_id,
            group_id,
            label: info.label.clone(),
            kind: MediaDeviceKind::VideoInput,
        }
    }

    fn get_user_media(
        &self,
        constraints: &MediaStreamConstraints,
        promise: &Promise<MediaStream>,
    ) -> Result<(MediaStream, SyncSender<bool>)> {
        if constraints.audio.is_some() {
            return Err(Error::new(ErrorKind::NotFound, "there is no microphone: this library knows cameras only. Leave audio out"));
        }
        let wanted = user_media::for_selection(constraints.video.as_ref());
        let cameras = self.cameras()?;
        if cameras.is_empty() {
            return Err(Error::new(
                ErrorKind::NotFound,
                "there is no camera. Plug one in, or use the virtual camera (IC_VIRTUAL_CAMERA=default adds it)",
            ));
        }
        user_media::check_required(&wanted)?;
        let candidates = self.candidates(cameras, &wanted)?;
        let mut failures: Vec<Error> = Vec::new();
        for candidate in candidates {
            match self.open(&candidate.camera, &wanted, promise) {
                Ok((track, accepted)) => return self.finish(track).map(|stream| (stream, accepted)),
                // The program does not wait any more, or the object was closed.
                Err(error)
                    if matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::Aborted)
                        && (promise.is_over() || self.state.lock().closed) =>
                {
                    return Err(error);
                }
                Err(error) => failures.push(error),
            }
        }
        // What kept the best fitting device from being used is what the program wants to hear of.
        let others = failures.len().saturating_sub(1);
        let mut failures = failures.into_iter();
        let error = failures.next().unwrap_or_else(|| Error::new(ErrorKind::Aborted, "no camera could be opened"));
        Err(if others == 0 { error } else { error.context(format!("none of {} cameras could be used; the best fitting one", others + 1)) })
    }

    /// The devices that can satisfy the constraints, the best fitting one first.
    fn candidates(&self, cameras: Vec<Arc<dyn Camera>>, wanted: &MediaTrackConstraints) -> Result<Vec<Candidate>> {
        let mut candidates = Vec::new();
        // Why each of the others does not fit, and which demands it could not meet even alone.
        let mut failures: Vec<(Error, Vec<Property>)> = Vec::new();
        for camera in cameras {
            let info = camera.info();
            let (device_id, group_id) = self.ids.of(info);
            if info.modes.is_empty() {
                // Only its ids are known; those can be checked.
                match user_media::unfit_id(wanted, &device_id, &group_id) {
                    None => candidates.push(Candidate { camera, selection: None }),
                    Some(property) => {
                        let error = Error::overconstrained(property.name(), format!("{property}: the camera {:?} has another", info.label));
                        failures.push((error, vec![property]));
                    }
                }
                continue;
            }
            let space = source::space_of(info, (&device_id, &group_id), &info.modes);
            match space.select(wanted) {
                Ok(selection) => candidates.push(Candidate { camera, selection: Some(selection) }),
                Err(error) => failures.push((error, space.impossible(wanted))),
            }
        }
        if candidates.is_empty() {
            return Err(user_media::combine(failures));
        }
        candidates.sort_by(|a, b| match (&a.selection, &b.selection) {
            // Met advanced sets first, set by set; then the distance; then the order of the list.
            (Some(a), Some(b)) => b.advanced.cmp(&a.advanced).then(a.distance.total_cmp(&b.distance)),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        Ok(candidates)
    }

    fn open(&self, camera: &Arc<dyn Camera>, wanted: &MediaTrackConstraints, promise: &Promise<MediaStream>) -> Result<NewlyOpened> {
        let ids = self.ids.of(camera.info());
        let gave_up = || {
            if promise.is_over() {
                return Some(Error::new(ErrorKind::Cancelled, "nobody waits for the camera any more"));
            }
            self.state.lock().closed.then(closed_meanwhile)
        };
        open_track(camera, ids, self.number, wanted, &self.dispatcher, &|source| self.remember(source), &gave_up)
    }

    /// The track belongs to this object now, unless the object was closed meanwhile.
    fn finish(&self, track: MediaStreamTrack) -> Result<MediaStream> {
        if self.state.lock().closed {
            return Err(closed_meanwhile());
        }
        Ok(MediaStream::from_tracks(vec![track]))
    }
}

/// A track, and where to say whether the program got it.
type NewlyOpened = (MediaStreamTrack, SyncSender<bool>);

/// Opens a camera, or shares it when it is open, and makes a track of it.
fn open_track(
    camera: &Arc<dyn Camera>,
    (device_id, group_id): (String, String),
    owner: u64,
    wanted: &MediaTrackConstraints,
    dispatcher: &Arc<Dispatcher>,
    remember: &dyn Fn(&Arc<Source>) -> Result<()>,
    gave_up: &dyn Fn() -> Option<Error>,
) -> Result<NewlyOpened> {
    loop {
        let source = Source::acquire(camera)?;
        remember(&source)?;
        // Without room: a track is either received here or known to be given up.
        let (reply, answer) = sync_channel(0);
        let track = NewTrack { device_id: device_id.clone(), group_id: group_id.clone(), owner, constraints: wanted.clone() };
        if source.submit(Command::AddTrack(track, reply)).is_err() {
            // Its last track ended between the two calls.
            continue;
        }
        loop {
            match answer.recv_timeout(SLICE) {
                Ok(added) => {
                    let added = added?;
                    return Ok((MediaStreamTrack::new(&camera.info().label, source, added.sink, dispatcher.clone()), added.accepted));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(Error::new(ErrorKind::Aborted, "the camera's worker ended")),
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(error) = gave_up() {
                        return Err(error);
                    }
                }
            }
        }
    }
}

/// Opens a camera that no [`MediaDevices`] lists.
pub(crate) fn open_unlisted(camera: Arc<dyn Camera>) -> Result<MediaStreamTrack> {
    let ids = Ids::new("").of(camera.info());
    let opened = open_track(&camera, ids, 0, &MediaTrackConstraints::new(), &Dispatcher::new(), &|_| Ok(()), &|| None);
    let (track, accepted) = opened.map_err(|e| e.at(Place::GetUserMedia))?;
    // The camera's worker waits for it.
    let _ = accepted.send(true);
    Ok(track)
}

impl fmt::Debug for MediaDevices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.state.lock();
        f.debug_struct("MediaDevices")
            .field("virtual_cameras", &state.virtual_cameras)
            .field("closed", &state.closed)
            .finish_non_exhaustive()
    }
}
