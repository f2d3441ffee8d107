//! A consumer's view of a camera.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::dispatcher::Dispatcher;
use crate::error::Place;
use crate::pending::{Operation, Pending, promise};
use crate::source::{Command, EndReason, Source, TrackSink};
use crate::{
    Error, ErrorKind, Event, EventType, Frame, FrameCallback, FrameReader, FramesOptions, Listener, MediaDeviceKind,
    MediaTrackCapabilities, MediaTrackConstraints, MediaTrackSettings, Result, TrackStats, user_media,
};

const APPLY: Operation = Operation { name: "apply_constraints", limit: Duration::from_secs(10), place: Place::ApplyConstraints };

/// What a track carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
}

impl MediaKind {
    /// `"video"` or `"audio"`.
    pub fn as_str(self) -> &'static str {
        match self {
            MediaKind::Video => "video",
            MediaKind::Audio => "audio",
        }
    }

    /// The kind of device that it comes from.
    pub(crate) fn device_kind(self) -> MediaDeviceKind {
        match self {
            MediaKind::Video => MediaDeviceKind::VideoInput,
            MediaKind::Audio => MediaDeviceKind::AudioInput,
        }
    }
}

/// Whether a track can still give frames.
///
/// W3C: [`MediaStreamTrackState`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrackstate).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackState {
    /// It can.
    Live,
    /// It was stopped or its camera is gone; this never changes again.
    Ended,
}

impl TrackState {
    /// `"live"` or `"ended"`.
    pub fn as_str(self) -> &'static str {
        match self {
            TrackState::Live => "live",
            TrackState::Ended => "ended",
        }
    }
}

/// A consumer's view of a camera: its capabilities, settings and constraints, and the way to its frames.
///
/// Clones are handles to the same track; [`clone_track`](Self::clone_track) makes another one. A track
/// keeps its camera open until it is stopped or the last handle is dropped.
///
/// W3C: [`MediaStreamTrack`](https://www.w3.org/TR/mediacapture-streams/#mediastreamtrack).
#[derive(Clone)]
pub struct MediaStreamTrack(Arc<Inner>);

struct Inner {
    label: String,
    source: Arc<Source>,
    sink: Arc<TrackSink>,
}

impl Inner {
    fn stop(&self) {
        if let Some(ended) = self.sink.end(EndReason::Stopped) {
            self.source.detach(&self.sink);
            ended.tell();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

impl MediaStreamTrack {
    pub(crate) fn new(label: &str, source: Arc<Source>, sink: Arc<TrackSink>) -> MediaStreamTrack {
        MediaStreamTrack(Arc::new(Inner { label: label.to_owned(), source, sink }))
    }

    pub(crate) fn source(&self) -> &Arc<Source> {
        &self.0.source
    }

    pub(crate) fn sink(&self) -> &Arc<TrackSink> {
        &self.0.sink
    }

    pub(crate) fn dispatcher(&self) -> &Arc<Dispatcher> {
        &self.0.sink.context.dispatcher
    }

    /// A unique id of 36 characters.
    pub fn id(&self) -> &str {
        &self.0.sink.id
    }

    /// Tells it from every other object in [events](Event::object_id); never reused in a process.
    pub fn object_id(&self) -> u64 {
        self.0.sink.object_id
    }

    /// The camera's name.
    pub fn label(&self) -> &str {
        &self.0.label
    }

    /// What it carries.
    pub fn kind(&self) -> MediaKind {
        self.0.sink.kind
    }

    /// Whether it can still give frames.
    #[doc(alias = "readyState")]
    pub fn ready_state(&self) -> TrackState {
        self.0.sink.ready_state()
    }

    /// Whether the camera is at present unable to give frames, because of a privacy switch for example. The track
    /// gives black ones meanwhile.
    pub fn muted(&self) -> bool {
        self.0.sink.muted()
    }

    /// Calls `listener` whenever an event of this type happens to the track: [`EventType::Mute`],
    /// [`Unmute`](EventType::Unmute), [`Ended`](EventType::Ended) or
    /// [`ConfigurationChange`](EventType::ConfigurationChange); others never do. It is called on the dispatcher
    /// thread of the [`MediaDevices`](crate::MediaDevices) that the track comes from, one event after the other
    /// (with manual callbacks in [`process_events`](crate::MediaDevices::process_events)), and may call anything.
    ///
    /// ```
    /// # use imagecapture::*;
    /// # let camera = VirtualCamera::default_camera();
    /// # let devices = MediaDevices::builder().backends(&[]).virtual_camera(&camera).build()?;
    /// # let stream = devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new()))?;
    /// let track = &stream.video_tracks()[0];
    /// let (tx, rx) = std::sync::mpsc::channel();
    /// let listener = track.on(EventType::Ended, move |event| tx.send(event.object_id()).unwrap());
    /// camera.unplug();
    /// assert_eq!(rx.recv().unwrap(), track.object_id());
    /// drop(listener);
    /// # Ok::<(), Error>(())
    /// ```
    #[doc(alias = "addEventListener")]
    pub fn on(&self, event_type: EventType, listener: impl Fn(&Event) + Send + Sync + 'static) -> Listener {
        self.0.sink.on(event_type, Arc::new(listener))
    }

    /// Whether the program wants its frames. A disabled track gives black ones.
    pub fn enabled(&self) -> bool {
        self.0.sink.enabled()
    }

    /// Says whether the program wants its frames. Without effect after the end but for what
    /// [`enabled`](Self::enabled) answers.
    pub fn set_enabled(&self, enabled: bool) {
        self.0.sink.set_enabled(enabled);
        self.0.source.look_again();
        self.0.source.nudge();
    }

    /// What became of the track's frames so far: one consistent snapshot.
    ///
    /// W3C: [`stats`](https://w3c.github.io/mediacapture-extensions/#dom-mediastreamtrack-stats).
    pub fn stats(&self) -> TrackStats {
        self.0.sink.stats()
    }

    /// What the camera can do; the same for all its tracks, also after the end.
    ///
    /// W3C: [`getCapabilities`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-getcapabilities).
    #[doc(alias = "getCapabilities")]
    pub fn capabilities(&self) -> MediaTrackCapabilities {
        self.0.sink.capabilities()
    }

    /// The values in force. After the end only those that belong to the device itself (its ids).
    ///
    /// W3C: [`getSettings`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-getsettings).
    #[doc(alias = "getSettings")]
    pub fn settings(&self) -> MediaTrackSettings {
        self.0.sink.settings()
    }

    /// The constraints that were last applied, as they were given.
    ///
    /// W3C: [`getConstraints`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-getconstraints).
    #[doc(alias = "getConstraints")]
    pub fn constraints(&self) -> MediaTrackConstraints {
        self.0.sink.constraints()
    }

    /// Replaces the constraints and sets the camera accordingly: all of it or nothing. Succeeds without
    /// effect when the track has ended.
    ///
    /// W3C: [`applyConstraints`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-applyconstraints).
    ///
    /// # Errors
    ///
    /// `Security` when pan, tilt or zoom is named with another value than `false` while the program is not
    /// [visible](crate::MediaDevices::set_visible); `Overconstrained` when required constraints cannot be met or
    /// the camera refuses a value; `InvalidInput` for numbers that are not finite; `TimedOut` after 10 s.
    #[doc(alias = "applyConstraints")]
    pub fn apply_constraints(&self, constraints: &MediaTrackConstraints) -> Result<()> {
        self.apply_constraints_async(constraints)?.wait()
    }

    /// As [`apply_constraints`](Self::apply_constraints), without waiting. Several calls take effect in
    /// their order.
    ///
    /// # Errors
    ///
    /// At once: `InvalidInput` for numbers that are not finite, and `Security`. The others come through the result.
    pub fn apply_constraints_async(&self, constraints: &MediaTrackConstraints) -> Result<Pending<()>> {
        constraints.check()?;
        let sink = &self.0.sink;
        if !sink.context.policy.visible() && user_media::moves_the_camera(constraints) {
            return Err(Error::new(
                ErrorKind::Security,
                "pan, tilt and zoom cannot be changed while the program is not visible; call set_visible(true) when it is",
            ));
        }
        let (promise, pending) = promise(APPLY, self.dispatcher());
        let command = Command::Apply(sink.clone(), constraints.clone(), promise);
        if let Err(refused) = self.0.source.submit(command)
            && let Command::Apply(_, _, promise) = *refused
        {
            // The source takes no commands because its tracks have ended.
            promise.resolve(());
        }
        Ok(pending.holding(self))
    }

    /// Ends the track at once, without an event. When it was the camera's last one, the camera is closed.
    ///
    /// W3C: [`stop`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-stop).
    pub fn stop(&self) {
        self.0.stop();
    }

    /// Another track on the same camera with the same constraints, settings and enabled state, and from
    /// then on independent. The clone of an ended track has ended.
    ///
    /// W3C: [`clone`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-clone).
    #[doc(alias = "clone")]
    #[must_use]
    pub fn clone_track(&self) -> MediaStreamTrack {
        let sink = self.0.source.clone_sink(&self.0.sink);
        MediaStreamTrack::new(&self.0.label, self.0.source.clone(), sink)
    }

    /// The frames from now on.
    ///
    /// # Errors
    ///
    /// `NotSupported` when it is no video track; `InvalidState` when it has ended; `InvalidInput` for a queue of
    /// impossible length.
    pub fn frames(&self, options: FramesOptions) -> Result<FrameReader> {
        if self.kind() != MediaKind::Video {
            return Err(Error::new(ErrorKind::NotSupported, "only video tracks have frames"));
        }
        let reader = FrameReader::new(self, options)?;
        self.0.sink.add_reader(reader.shared())?;
        self.0.source.look_again();
        Ok(reader)
    }

    /// Calls a function with each frame, one after the other, on a thread of its own (with manual callbacks in
    /// [`process_events`](crate::MediaDevices::process_events)), until the result is dropped or the track has ended.
    /// A slow function holds up neither the camera nor other readers: the policy says which frames it misses. No lock is
    /// held meanwhile, so it may call anything.
    ///
    /// It gets an error where [`FrameReader::next_frame`] would give one, but for the time limit, which does not exist
    /// here; that of a lost camera is the last call. That the program stopped the track is no call.
    ///
    /// # Errors
    ///
    /// `InvalidState` when the track has ended; `NotSupported` for audio tracks; `InvalidInput` for an impossible
    /// length of the queue.
    pub fn on_frame(&self, options: FramesOptions, callback: impl FnMut(Result<Frame>) + Send + 'static) -> Result<FrameCallback> {
        FrameCallback::start(self.frames(options)?, self.0.sink.context.dispatcher.clone(), Box::new(callback))
    }
}

impl PartialEq for MediaStreamTrack {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for MediaStreamTrack {}

impl fmt::Debug for MediaStreamTrack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaStreamTrack")
            .field("id", &self.id())
            .field("label", &self.0.label)
            .field("ready_state", &self.ready_state())
            .finish_non_exhaustive()
    }
}
