//! What the source knows of one track: its state, and who waits for its frames.

use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;

use crate::frame_reader::ReaderShared;
use crate::pending::Promise;
use crate::{Error, ErrorKind, Frame, MediaTrackCapabilities, MediaTrackConstraints, MediaTrackSettings, PixelFormat, TrackState};

/// Why a track ended.
#[derive(Clone, Debug)]
pub(crate) enum EndReason {
    /// The program stopped it, or let go of it.
    Stopped,
    /// Its `MediaDevices` was closed.
    Closed,
    /// The camera is gone.
    Lost(Error),
}

impl EndReason {
    /// What an operation that was under way when the track ended fails with.
    pub(crate) fn error(&self) -> Error {
        match self {
            EndReason::Stopped => Error::new(ErrorKind::Unknown, "the track was stopped meanwhile"),
            EndReason::Closed => Error::new(ErrorKind::Aborted, "its MediaDevices was closed meanwhile"),
            EndReason::Lost(error) => error.clone(),
        }
    }

    /// What an operation that begins after the end fails with.
    pub(crate) fn state_error(&self) -> Error {
        let why = match self {
            EndReason::Stopped => "it was stopped".to_owned(),
            EndReason::Closed => "its MediaDevices was closed".to_owned(),
            EndReason::Lost(error) => error.message().to_owned(),
        };
        Error::new(ErrorKind::InvalidState, format!("the track has ended: {why}. Get a new one with get_user_media"))
    }
}

/// A `grab_frame` under way.
pub(crate) struct Grab {
    /// No frame that was taken before this will do.
    pub(crate) since: Duration,
    pub(crate) promise: Promise<Frame>,
}

/// Who has to hear of the end of a track.
#[must_use = "somebody may be waiting"]
pub(crate) struct Ended {
    reason: EndReason,
    grabs: Vec<Grab>,
    readers: Vec<Weak<ReaderShared>>,
}

impl Ended {
    pub(crate) fn tell(self) {
        for grab in self.grabs {
            grab.promise.reject(self.reason.error());
        }
        for reader in self.readers.iter().filter_map(Weak::upgrade) {
            reader.end(&self.reason);
        }
    }
}

/// One track as its source sees it.
pub(crate) struct TrackSink {
    pub(crate) device_id: String,
    pub(crate) group_id: String,
    /// The `MediaDevices` that it came from, by number.
    pub(crate) owner: u64,
    state: Mutex<State>,
}

struct State {
    ended: Option<EndReason>,
    enabled: bool,
    constraints: MediaTrackConstraints,
    capabilities: MediaTrackCapabilities,
    settings: MediaTrackSettings,
    grabs: Vec<Grab>,
    readers: Vec<Weak<ReaderShared>>,
}

impl TrackSink {
    pub(crate) fn new(
        (device_id, group_id): (String, String),
        owner: u64,
        constraints: MediaTrackConstraints,
        capabilities: MediaTrackCapabilities,
        settings: MediaTrackSettings,
    ) -> Arc<TrackSink> {
        let state = State { ended: None, enabled: true, constraints, capabilities, settings, grabs: Vec::new(), readers: Vec::new() };
        Arc::new(TrackSink { device_id, group_id, owner, state: Mutex::new(state) })
    }

    /// A sink of a clone of the track: all that the track has, but nobody who waits.
    pub(super) fn duplicate(&self) -> Arc<TrackSink> {
        let state = self.state.lock();
        let state = State {
            ended: state.ended.clone(),
            enabled: state.enabled,
            constraints: state.constraints.clone(),
            capabilities: state.capabilities.clone(),
            settings: state.settings.clone(),
            grabs: Vec::new(),
            readers: Vec::new(),
        };
        Arc::new(TrackSink {
            device_id: self.device_id.clone(),
            group_id: self.group_id.clone(),
            owner: self.owner,
            state: Mutex::new(state),
        })
    }

    pub(crate) fn ready_state(&self) -> TrackState {
        if self.state.lock().ended.is_some() { TrackState::Ended } else { TrackState::Live }
    }

    pub(crate) fn ended(&self) -> Option<EndReason> {
        self.state.lock().ended.clone()
    }

    pub(crate) fn enabled(&self) -> bool {
        self.state.lock().enabled
    }

    pub(crate) fn set_enabled(&self, enabled: bool) {
        self.state.lock().enabled = enabled;
    }

    pub(crate) fn constraints(&self) -> MediaTrackConstraints {
        self.state.lock().constraints.clone()
    }

    pub(crate) fn capabilities(&self) -> MediaTrackCapabilities {
        self.state.lock().capabilities.clone()
    }

    pub(crate) fn settings(&self) -> MediaTrackSettings {
        self.state.lock().settings.clone()
    }

    /// Publishes what was applied, settings and constraints together. `constraints` only for the track
    /// that applied them.
    pub(crate) fn publish(&self, constraints: Option<MediaTrackConstraints>, settings: MediaTrackSettings) {
        let mut state = self.state.lock();
        if state.ended.is_some() {
            return;
        }
        if let Some(constraints) = constraints {
            state.constraints = constraints;
        }
        state.settings = settings;
    }

    /// Ends the track, if it is live. Those who wait are told by [`Ended::tell`], when no lock is held.
    pub(crate) fn end(&self, reason: EndReason) -> Option<Ended> {
        let mut state = self.state.lock();
        if state.ended.is_some() {
            return None;
        }
        state.ended = Some(reason.clone());
        state.settings = state.settings.inherent();
        Some(Ended { reason, grabs: std::mem::take(&mut state.grabs), readers: std::mem::take(&mut state.readers) })
    }

    /// Has the next frame answer a `grab_frame`; gives it back when the track has ended.
    pub(crate) fn add_grab(&self, grab: Grab) -> Result<(), Grab> {
        let mut state = self.state.lock();
        if state.ended.is_some() {
            return Err(grab);
        }
        state.grabs.retain(|grab| !grab.promise.is_settled());
        state.grabs.push(grab);
        Ok(())
    }

    /// A frame could not be kept: the grabs that wait fail, and readers that wait will know why.
    pub(crate) fn starve(&self, error: &Error) {
        let (grabs, freed): (_, Vec<Frame>) = {
            let mut state = self.state.lock();
            let freed = state.readers.iter().filter_map(Weak::upgrade).filter_map(|reader| reader.starve(error)).collect();
            (std::mem::take(&mut state.grabs), freed)
        };
        drop(freed);
        for grab in grabs {
            grab.promise.reject(error.clone());
        }
    }

    pub(crate) fn add_reader(&self, reader: &Arc<ReaderShared>) -> Result<(), Error> {
        let mut state = self.state.lock();
        if let Some(reason) = &state.ended {
            return Err(reason.state_error());
        }
        state.readers.push(Arc::downgrade(reader));
        Ok(())
    }

    /// Hands a frame to the readers, and moves the grabs that it answers to `due`: they are answered when
    /// no lock is held.
    pub(crate) fn deliver(&self, frame: &Frame, due: &mut Vec<Grab>) {
        let mut state = self.state.lock();
        if state.enabled {
            due.extend(state.grabs.extract_if(.., |grab| frame.timestamp() >= grab.since));
        }
        if state.readers.is_empty() {
            return;
        }
        let shown = if state.enabled { frame.clone() } else { frame.black() };
        state.readers.retain(|reader| match reader.upgrade() {
            Some(reader) => {
                reader.push(&shown);
                true
            }
            None => false,
        });
    }
}

/// What a grab is answered with: the picture in the one form that every program can use.
pub(crate) fn bitmap(frame: &Frame) -> Result<Frame, Error> {
    frame.convert(PixelFormat::Rgba)
}
