//! The way to the cameras: listing them and opening one.

use std::fmt;
#[cfg(unix)]
use std::os::fd::RawFd;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::backend::{Backend, Changed};
use crate::context::Context;
use crate::error::Place;
use crate::ids::Ids;
use crate::pending::{Ongoing, Operation, Pending, Promise, promise};
use crate::policy::PolicyOptions;
use crate::source::{CLOSING, EndReason, Source};
use crate::{
    Error, ErrorKind, Event, EventType, Events, Indicator, Listener, MediaDeviceInfo, MediaDeviceKind, MediaStream, MediaStreamConstraints,
    Permission, PermissionRequest, PermissionState, Property, Result, Timeout, VirtualCamera,
};

mod builder;
mod details;
mod explain;
mod list;
#[cfg(test)]
mod named_tests;
mod open;
mod request;
mod watch;

pub use builder::MediaDevicesBuilder;
pub(crate) use open::open_unlisted;

const GET_USER_MEDIA: Operation = Operation { name: "get_user_media", limit: Duration::from_secs(10), place: Place::GetUserMedia };
const ENUMERATE: Operation = Operation { name: "enumerate_devices", limit: Duration::from_secs(10), place: Place::GetUserMedia };

/// The cameras of this machine and the virtual ones that the program added.
///
/// Clones are handles to the same object. Dropping the last one does not stop tracks that are still held;
/// [`close`](Self::close) does.
///
/// W3C: [`MediaDevices`](https://www.w3.org/TR/mediacapture-streams/#mediadevices).
#[derive(Clone)]
pub struct MediaDevices(Arc<Inner>);

type Prompt = Arc<dyn Fn(PermissionRequest) + Send + Sync>;

struct Inner {
    context: Arc<Context>,
    backends: Vec<Arc<dyn Backend>>,
    ids: Ids,
    /// Asks a person for permission.
    prompt: Mutex<Option<Prompt>>,
    watch: watch::Watch,
    /// Has the devices looked at.
    changed: Changed,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    virtual_cameras: Vec<VirtualCamera>,
    /// The cameras that were opened through this object, or are being opened.
    sources: Vec<Weak<Source>>,
    /// The operations of this object that may be under way.
    operations: Vec<Ongoing>,
    closed: bool,
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

    /// Chooses what the object sees, allows and reveals.
    pub fn builder() -> MediaDevicesBuilder {
        MediaDevicesBuilder::default()
    }

    /// From options as JSON, all of which may be left out: `{"backends": ["v4l2"], "virtualCameras": [{…}],
    /// "deviceIdSalt": "…", "environment": true, "permissions": {"camera": "granted", "panTiltZoom": "prompt",
    /// "panTiltZoomHint": false}, "hideUntilCapture": false, "keepLastValues": false, "idleRelease": true,
    /// "callbacks": "thread"}`. Callbacks may also be `"manual"`, a permission also `"denied"`.
    ///
    /// # Errors
    ///
    /// As [`MediaDevicesBuilder::build`], and `InvalidInput` for anything that is not such an object.
    pub fn from_json(options: &str) -> Result<MediaDevices> {
        MediaDevicesBuilder::from_json(options)?.build()
    }

    fn from_parts(backends: Vec<Arc<dyn Backend>>, salt: &str, policy: PolicyOptions, manual_callbacks: bool) -> MediaDevices {
        MediaDevices(Arc::new_cyclic(|weak: &Weak<Inner>| {
            let weak = weak.clone();
            Inner {
                context: Context::new(policy, manual_callbacks),
                backends,
                ids: Ids::new(salt),
                prompt: Mutex::default(),
                watch: watch::Watch::default(),
                changed: Arc::new(move || {
                    if let Some(inner) = weak.upgrade() {
                        inner.look_soon();
                    }
                }),
                state: Mutex::default(),
            }
        }))
    }

    /// Tells it from every other object in [events](Event::object_id); never reused in a process.
    pub fn object_id(&self) -> u64 {
        self.0.context.object_id
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
        {
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
        }
        camera.watch(&self.0.changed);
        self.0.look_soon();
        Ok(())
    }

    /// The devices that there are: microphones (only virtual ones), then cameras; of each kind the default one
    /// first. While the camera permission is denied, no cameras.
    ///
    /// While the program is not [visible](Self::set_visible) and devices are
    /// [hidden](MediaDevicesBuilder::hide_until_capture), this waits, and its time limit does not count.
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
        let (promise, pending) = promise(ENUMERATE, &self.0.context.dispatcher);
        self.0.begin(&promise)?;
        let inner = self.0.clone();
        start_helper(move || {
            if !promise.park(|| inner.context.policy.may_enumerate()) {
                return;
            }
            match inner.list() {
                Ok(list) => drop(promise.resolve(list)),
                Err(error) => drop(promise.reject(error)),
            }
        })?;
        Ok(pending)
    }

    /// Opens the device that fits best, of each kind that is requested, and gives a stream with a track of
    /// each.
    ///
    /// It waits while the program is not [visible](Self::set_visible), for a person who is
    /// [asked](Self::on_permission_prompt), and while the program is not [focused](Self::set_focused). Its own
    /// time limit counts anew from the end of each; one that the program gave counts all the time.
    ///
    /// Every camera is asked what it can do, unless the constraints demand a device id or a group id (`exact`): then only
    /// the cameras that have it are, and one that hangs does not hold up another.
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
    /// choose a device (such as zoom); `NotFound` when there is no device; `Overconstrained` when none fits (the
    /// constraint is `""` while devices are hidden); `NotAllowed` when the permission is denied, which also hides
    /// the two before; `NotAllowed`, `NotReadable` (busy, gone) or `Aborted` when none could be opened; `TimedOut`
    /// after 10 s; `InvalidState` after [`close`](Self::close).
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
        let (promise, pending) = promise(GET_USER_MEDIA, &self.0.context.dispatcher);
        self.0.begin(&promise)?;
        let (inner, constraints) = (self.0.clone(), constraints.clone());
        start_helper(move || match inner.get_user_media(&constraints, &promise) {
            Ok(opened) => opened.hand_over(promise),
            Err(error) => drop(promise.reject(error)),
        })?;
        Ok(pending)
    }

    /// Calls `listener` whenever an event of this type happens to this object:
    /// [`EventType::DeviceChange`], [`PermissionChange`](EventType::PermissionChange) or
    /// [`IndicatorChange`](EventType::IndicatorChange); others never do (those of a track are heard
    /// [there](crate::MediaStreamTrack::on)). It is called on the dispatcher thread, one event after the other (with
    /// manual callbacks in [`process_events`](Self::process_events)), and may call anything.
    ///
    /// The devices are watched from the first listener for `DeviceChange` on.
    #[doc(alias = "addEventListener")]
    pub fn on(&self, event_type: EventType, listener: impl Fn(&Event) + Send + Sync + 'static) -> Listener {
        let callback: Arc<dyn Fn(&Event) + Send + Sync> = Arc::new(listener);
        let listener = {
            let state = self.0.state.lock();
            if state.closed {
                // The callback goes after the lock.
                drop(state);
                return Listener::of_nothing();
            }
            self.0.context.listeners.add(event_type, callback)
        };
        if event_type == EventType::DeviceChange {
            self.0.start_watching();
        }
        listener
    }

    /// The queue of the events of this object and of all its tracks. It keeps events from the first call on,
    /// up to 1,024 of them, independently of listeners. All handles are to the same queue.
    pub fn events(&self) -> Events {
        self.0.context.queue.start();
        self.0.start_watching();
        Events(self.0.context.queue.clone())
    }

    /// With [manual callbacks](MediaDevicesBuilder::manual_callbacks): runs the callbacks, listeners and prompts
    /// that wait, waiting for the first one for as long as the limit says, and returns how many they were. What
    /// they bring about is left for the next call. There is no limit of its own: [`Timeout::Default`] is as long as
    /// it takes. Without manual callbacks this returns 0 at once, as it does after [`close`](Self::close) when
    /// nothing is left.
    pub fn process_events(&self, limit: impl Into<Timeout>) -> usize {
        self.0.context.dispatcher.process(limit.into().deadline_if_given())
    }

    /// A descriptor for `poll` and its like: readable while events wait in the [queue](Self::events) or callbacks
    /// wait for [`process_events`](Self::process_events). It belongs to this object and is only to be polled,
    /// neither read nor closed.
    ///
    /// # Errors
    ///
    /// `Aborted` when the system has no more descriptors.
    #[cfg(unix)]
    pub fn event_fd(&self) -> Result<RawFd> {
        self.0.context.signal.descriptor().map_err(|e| {
            let error = Error::new(ErrorKind::Aborted, format!("no descriptor can be made for events: {e}"));
            let code = e.raw_os_error();
            let error = error.with_source(e);
            code.map_or(error.clone(), |code| error.with_os_code(code))
        })
    }

    /// The state of a permission.
    ///
    /// W3C: [`PermissionStatus`](https://www.w3.org/TR/permissions/#dom-permissionstatus-state).
    pub fn permission(&self, permission: Permission) -> PermissionState {
        self.0.context.policy.permission(permission)
    }

    /// Sets the state of a permission; every state that changes by it fires
    /// [`EventType::PermissionChange`]. Granting pan, tilt and zoom grants the camera too; the state of pan, tilt
    /// and zoom is never more generous than that of the camera. Denying the camera ends all live video tracks
    /// that came from this object.
    pub fn set_permission(&self, permission: Permission, state: PermissionState) {
        self.0.set_permission(permission, state);
    }

    /// Calls `prompt` whenever a person has to be asked, because a permission that `get_user_media` needs is in
    /// the state [`Prompt`](PermissionState::Prompt): once a request, on the dispatcher thread (with manual
    /// callbacks in [`process_events`](Self::process_events), or in the blocking call that waits for the answer).
    /// It replaces the previous one. While there is none, the state counts as denied.
    pub fn on_permission_prompt(&self, prompt: impl Fn(PermissionRequest) + Send + Sync + 'static) {
        let prompt: Prompt = Arc::new(prompt);
        // Either of them is code of the program and goes after the lock.
        let _unused = {
            let state = self.0.state.lock();
            if state.closed { Some(prompt) } else { self.0.prompt.lock().replace(prompt) }
        };
    }

    /// Takes the prompt away again.
    pub fn remove_permission_prompt(&self) {
        let _unused = self.0.prompt.lock().take();
    }

    /// Whether the program can be seen by its user.
    pub fn visible(&self) -> bool {
        self.0.context.policy.visible()
    }

    /// Says whether the program can be seen by its user; it can unless this says no. While it cannot,
    /// `get_user_media` waits, so does listing devices that are hidden, and
    /// [`apply_constraints`](crate::MediaStreamTrack::apply_constraints) does not move cameras.
    pub fn set_visible(&self, visible: bool) {
        self.0.context.policy.set_visible(visible);
        self.0.nudge_operations();
        if visible {
            // What changed meanwhile is told now.
            self.0.look_soon();
        }
    }

    /// Whether the program has the focus of its user.
    pub fn focused(&self) -> bool {
        self.0.context.policy.focused()
    }

    /// Says whether the program has the focus of its user; it has unless this says no. While it has not,
    /// `get_user_media` waits before it opens a device.
    pub fn set_focused(&self, focused: bool) {
        self.0.context.policy.set_focused(focused);
        self.0.nudge_operations();
    }

    /// What the program should show its user of a kind of devices.
    /// [`EventType::IndicatorChange`] tells when it may have changed.
    pub fn indicator(&self, kind: MediaDeviceKind) -> Indicator {
        self.0.context.indicator(kind)
    }

    /// As [`indicator`](Self::indicator), for one device; `None` for one that was never seen.
    pub fn device_indicator(&self, device_id: &str) -> Option<Indicator> {
        self.0.context.device_indicator(device_id)
    }

    /// Stops all tracks that came from this object and waits, for at most 2 s, until their cameras are
    /// free for other programs. Whatever is under way ends with `Aborted` (but an
    /// [`apply_constraints`](crate::MediaStreamTrack::apply_constraints) succeeds, as on any track that ends).
    /// Nothing is heard of any more: this is no event for its tracks, and [`events`](Self::events) end when the
    /// queue is empty. Later calls fail.
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
        self.0.watch.stop();
        let context = &self.0.context;
        for source in &sources {
            source.end_tracks(context.object_id, &EndReason::Closed);
        }
        let deadline = Instant::now() + CLOSING;
        for source in sources {
            // One that is being opened for us has no track yet, or gets one that ends at once.
            source.wait_unused(context.object_id, deadline);
        }
        context.queue.close();
        context.dispatcher.finish();
        // Code of the program, which may hold on to this object.
        let prompt = self.0.prompt.lock().take();
        drop((prompt, context.listeners.take()));
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

fn closed_meanwhile() -> Error {
    Error::new(ErrorKind::Aborted, "this MediaDevices was closed meanwhile")
}

impl Inner {
    /// Remembers an operation, so that closing can end it.
    fn begin<T: Send + 'static>(&self, promise: &Promise<T>) -> Result<()> {
        let mut state = self.state.lock();
        check_open(&state)?;
        state.operations.retain(Ongoing::is_needed);
        state.operations.push(promise.ongoing());
        Ok(())
    }

    /// Has everything that waits for a person look again.
    fn nudge_operations(&self) {
        let operations = self.state.lock().operations.clone();
        operations.iter().for_each(Ongoing::nudge);
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

    fn set_permission(&self, permission: Permission, state: PermissionState) {
        self.context.set_permission(permission, state);
        if self.context.policy.permission(Permission::Camera) == PermissionState::Denied {
            let sources: Vec<_> = self.state.lock().sources.iter().filter_map(Weak::upgrade).collect();
            for source in sources.iter().filter(|source| !source.is_audio()) {
                source.end_tracks(self.context.object_id, &EndReason::Revoked);
            }
        }
    }
}

impl fmt::Debug for MediaDevices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.state.lock();
        let options = &self.0.context.policy.options;
        f.debug_struct("MediaDevices")
            .field("object_id", &self.object_id())
            .field("virtual_cameras", &state.virtual_cameras)
            .field("hide_until_capture", &options.hide_until_capture)
            .field("pan_tilt_zoom_hint", &options.pan_tilt_zoom_hint)
            .field("keep_last_values", &options.keep_last_values)
            .field("idle_release", &options.idle_release)
            .field("closed", &state.closed)
            .finish_non_exhaustive()
    }
}
