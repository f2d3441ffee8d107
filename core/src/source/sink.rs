//! What the source knows of one track: its state, who waits for its frames, and who hears of its events.

use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;

use super::NewTrack;
use super::delivery::{Blanks, Delivery, Due, Output, Shown};
use crate::backend::ChangedControl;
use crate::constraints::stream::StreamChoice;
use crate::context::Context;
use crate::event::{Entry, Event, EventType, Listener, Listeners, new_object_id};
use crate::frame::turn::Turn;
use crate::frame_reader::ReaderShared;
use crate::pending::{Ongoing, Promise, Resolver};
use crate::{
    Error, ErrorKind, Frame, MediaKind, MediaTrackCapabilities, MediaTrackConstraints, MediaTrackSettings, Property, TrackState, TrackStats,
};

/// Why a track ended.
#[derive(Clone, Debug)]
pub(crate) enum EndReason {
    /// The program stopped it, or let go of it.
    Stopped,
    /// Its `MediaDevices` was closed.
    Closed,
    /// The permission was taken back.
    Revoked,
    /// The camera is gone.
    Lost(Error),
}

impl EndReason {
    /// What an operation that was under way when the track ended fails with.
    pub(crate) fn error(&self) -> Error {
        match self {
            EndReason::Stopped => Error::new(ErrorKind::Unknown, "the track was stopped meanwhile"),
            EndReason::Closed => Error::new(ErrorKind::Aborted, "its MediaDevices was closed meanwhile"),
            EndReason::Revoked => Error::new(ErrorKind::Unknown, "the permission to use cameras was taken back meanwhile"),
            EndReason::Lost(error) => error.clone(),
        }
    }

    /// What an operation that begins after the end fails with.
    pub(crate) fn state_error(&self) -> Error {
        let why = match self {
            EndReason::Stopped => "it was stopped".to_owned(),
            EndReason::Closed => "its MediaDevices was closed".to_owned(),
            EndReason::Revoked => "the permission to use cameras was taken back".to_owned(),
            EndReason::Lost(error) => error.message().to_owned(),
        };
        Error::new(ErrorKind::InvalidState, format!("the track has ended: {why}. Get a new one with get_user_media"))
    }

    /// Whether the program is told by an event. What it did itself is none.
    fn is_event(&self) -> bool {
        matches!(self, EndReason::Lost(_) | EndReason::Revoked)
    }
}

/// A `grab_frame` under way.
pub(crate) struct Grab {
    /// No frame that was taken before this will do.
    pub(crate) since: Duration,
    pub(crate) promise: Promise<Frame>,
}

/// What becomes of an operation that the source has not finished when the track ends. The kernel may hold the
/// source's thread for seconds; whoever waits is told at once.
pub(crate) enum AtEnd {
    Succeeds(Resolver),
    Fails(Ongoing),
}

impl AtEnd {
    /// Whether somebody may still wait for it. Takes no lock: an operation holds its own while what it did is published
    /// on its track.
    fn is_held(&self) -> bool {
        match self {
            AtEnd::Succeeds(operation) => operation.is_held(),
            AtEnd::Fails(operation) => operation.is_held(),
        }
    }

    fn tell(self, reason: &EndReason) {
        match self {
            AtEnd::Succeeds(operation) => operation.resolve(),
            AtEnd::Fails(operation) => operation.abort(reason.error()),
        }
    }
}

/// Who has to hear of the end of a track.
#[must_use = "somebody may be waiting"]
pub(crate) struct Ended {
    /// Kept until no lock is held: the last reference may take code of the program with it.
    _sink: Arc<TrackSink>,
    reason: EndReason,
    grabs: Vec<Grab>,
    operations: Vec<AtEnd>,
    readers: Vec<Weak<ReaderShared>>,
    /// Nothing happens to the track any more.
    _listeners: Vec<Entry>,
}

impl Ended {
    pub(crate) fn tell(self) {
        for grab in self.grabs {
            grab.promise.reject(self.reason.error());
        }
        for operation in self.operations {
            operation.tell(&self.reason);
        }
        for reader in self.readers.iter().filter_map(Weak::upgrade) {
            reader.end(&self.reason);
        }
    }
}

/// One track as its source sees it.
pub(crate) struct TrackSink {
    pub(crate) id: Arc<str>,
    pub(crate) object_id: u64,
    pub(crate) device_id: String,
    pub(crate) group_id: String,
    /// What it shares with the `MediaDevices` that it came from.
    pub(crate) context: Arc<Context>,
    pub(crate) kind: MediaKind,
    /// The permission for it was there when the track was made.
    pan_tilt_zoom: bool,
    listeners: Listeners,
    state: Mutex<State>,
}

struct State {
    ended: Option<EndReason>,
    enabled: bool,
    muted: bool,
    /// A `configurationchange` waits for the end of muting.
    change_to_tell: bool,
    /// The track counts as one that gets something from its device.
    active: bool,
    constraints: MediaTrackConstraints,
    capabilities: MediaTrackCapabilities,
    settings: MediaTrackSettings,
    /// What frames say of that, and whether it tells where the camera points: made once, not for each frame.
    in_force: Option<(bool, Arc<MediaTrackSettings>)>,
    /// What the track shows; `None` for one without pictures.
    stream: Option<StreamChoice>,
    grabs: Vec<Grab>,
    operations: Vec<AtEnd>,
    delivery: Delivery,
}

impl State {
    /// What the track shows is what it delivers.
    fn set_stream(&mut self, stream: Option<StreamChoice>) {
        self.stream = stream;
        if let Some(StreamChoice { width, height, frame_rate, .. }) = stream {
            self.delivery.set_output(Output { width, height, frame_rate });
        }
    }
}

impl TrackSink {
    /// A track that does not take part yet: see [`begin`](Self::begin). `turn` makes its pictures upright.
    pub(crate) fn new(
        track: NewTrack,
        capabilities: MediaTrackCapabilities,
        settings: MediaTrackSettings,
        stream: Option<StreamChoice>,
        turn: Turn,
    ) -> Arc<TrackSink> {
        let mut state = State {
            ended: None,
            enabled: true,
            muted: false,
            change_to_tell: false,
            active: false,
            constraints: track.constraints,
            capabilities,
            settings,
            in_force: None,
            stream: None,
            grabs: Vec::new(),
            operations: Vec::new(),
            delivery: Delivery::new(turn),
        };
        state.set_stream(stream);
        Arc::new(TrackSink {
            id: crate::unique_id().into(),
            object_id: new_object_id(),
            device_id: track.device_id,
            group_id: track.group_id,
            context: track.context,
            kind: track.kind,
            pan_tilt_zoom: track.pan_tilt_zoom,
            listeners: Listeners::default(),
            state: Mutex::new(state),
        })
    }

    /// The track joins its source, which is muted or not; that it begins so is no event.
    pub(super) fn begin(&self, muted: bool) {
        let mut state = self.state.lock();
        state.muted = muted;
        self.count(&mut state);
    }

    /// A sink of a clone of the track: all that the track has, but nobody who waits or listens.
    pub(super) fn duplicate(&self) -> Arc<TrackSink> {
        let state = self.state.lock();
        let copy = State {
            ended: state.ended.clone(),
            enabled: state.enabled,
            muted: state.muted,
            change_to_tell: false,
            active: false,
            constraints: state.constraints.clone(),
            capabilities: state.capabilities.clone(),
            settings: state.settings.clone(),
            in_force: None,
            stream: state.stream,
            grabs: Vec::new(),
            operations: Vec::new(),
            delivery: state.delivery.duplicate(),
        };
        let sink = TrackSink {
            id: crate::unique_id().into(),
            object_id: new_object_id(),
            device_id: self.device_id.clone(),
            group_id: self.group_id.clone(),
            context: self.context.clone(),
            kind: self.kind,
            pan_tilt_zoom: self.pan_tilt_zoom,
            listeners: Listeners::default(),
            state: Mutex::new(copy),
        };
        drop(state);
        sink.count(&mut sink.state.lock());
        Arc::new(sink)
    }

    /// The `MediaDevices` that it came from, by its object id.
    pub(crate) fn owner(&self) -> u64 {
        self.context.object_id
    }

    /// Tells the indicator when the track begins or ceases to get something from its device.
    fn count(&self, state: &mut State) {
        let active = state.ended.is_none() && state.enabled && !state.muted;
        if active != std::mem::replace(&mut state.active, active) {
            self.context.count_active(&self.device_id, self.kind.device_kind(), active);
        }
    }

    fn fire(&self, event_type: EventType) {
        self.context.fire(&self.listeners, Event::of_track(event_type, self.object_id, &self.id));
    }

    /// Registers a listener. Nothing happens to a track that has ended.
    pub(crate) fn on(&self, event_type: EventType, callback: Arc<dyn Fn(&Event) + Send + Sync>) -> Listener {
        let state = self.state.lock();
        if state.ended.is_some() {
            // The callback goes after the lock.
            drop(state);
            return Listener::of_nothing();
        }
        self.listeners.add(event_type, callback)
    }

    /// Whether pan, tilt and zoom exist for this track: the permission was there when it was made and is now.
    pub(crate) fn may_move_camera(&self) -> bool {
        self.pan_tilt_zoom && self.context.policy.may_move_camera()
    }

    /// Whether the track has a property, if its source has it.
    fn shows(&self, property: Property) -> bool {
        match self.kind {
            MediaKind::Audio => property.is_for_audio(),
            MediaKind::Video => !property.is_pan_tilt_zoom() || self.may_move_camera(),
        }
    }

    pub(crate) fn muted(&self) -> bool {
        self.state.lock().muted
    }

    /// Changes the state; `tell_muted` follows when all tracks of the source have it.
    pub(super) fn set_muted(&self, muted: bool) {
        let mut state = self.state.lock();
        state.muted = muted;
        self.count(&mut state);
    }

    pub(super) fn tell_muted(&self) {
        let mut state = self.state.lock();
        if state.ended.is_some() {
            return;
        }
        self.fire(if state.muted { EventType::Mute } else { EventType::Unmute });
        if !state.muted && std::mem::take(&mut state.change_to_tell) {
            self.fire(EventType::ConfigurationChange);
        }
    }

    /// Tells that settings were changed from elsewhere: at once, or when the track is not muted any more.
    pub(super) fn tell_changed(&self) {
        let mut state = self.state.lock();
        if state.ended.is_some() {
            return;
        }
        if state.muted {
            state.change_to_tell = true;
        } else {
            self.fire(EventType::ConfigurationChange);
        }
    }

    /// Tells that a control of the camera was changed from elsewhere, also while the track is muted.
    pub(super) fn tell_control(&self, control: &ChangedControl) {
        let state = self.state.lock();
        if state.ended.is_none() && self.kind == MediaKind::Video {
            self.context.fire(&self.listeners, Event::of_control(self.object_id, &self.id, control));
        }
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
        let mut state = self.state.lock();
        state.enabled = enabled;
        self.count(&mut state);
    }

    pub(crate) fn constraints(&self) -> MediaTrackConstraints {
        self.state.lock().constraints.clone()
    }

    pub(crate) fn capabilities(&self) -> MediaTrackCapabilities {
        let mut capabilities = self.state.lock().capabilities.clone();
        match self.kind {
            MediaKind::Audio => capabilities.retain(Property::is_for_audio),
            MediaKind::Video if !self.may_move_camera() => self.context.policy.conceal(&mut capabilities),
            MediaKind::Video => {}
        }
        capabilities
    }

    pub(crate) fn settings(&self) -> MediaTrackSettings {
        let mut settings = self.state.lock().settings.clone();
        settings.retain(|property| self.shows(property));
        settings
    }

    /// Publishes what was applied, settings and constraints together. `constraints` only for the track
    /// that applied them. Tells whether something has changed that the track shows.
    pub(crate) fn publish(
        &self,
        constraints: Option<MediaTrackConstraints>,
        capabilities: MediaTrackCapabilities,
        settings: MediaTrackSettings,
        stream: Option<StreamChoice>,
    ) -> bool {
        let mut state = self.state.lock();
        if state.ended.is_some() {
            return false;
        }
        if let Some(constraints) = constraints {
            state.constraints = constraints;
        }
        let mut changed = Property::ALL.iter().filter(|&&property| state.settings.get(property) != settings.get(property));
        let mut gained = Property::ALL.iter().filter(|&&property| state.capabilities.entry(property) != capabilities.entry(property));
        let shown = changed.any(|&property| self.shows(property)) || gained.any(|&property| self.shows(property));
        state.capabilities = capabilities;
        state.settings = settings;
        state.in_force = None;
        state.set_stream(stream);
        shown
    }

    /// What the track shows.
    pub(crate) fn stream(&self) -> Option<StreamChoice> {
        self.state.lock().stream
    }

    /// Ends the track, if it is live, and fires the event if it is one. Those who wait are told by
    /// [`Ended::tell`], when no lock is held.
    pub(crate) fn end(self: &Arc<Self>, reason: EndReason) -> Option<Ended> {
        let mut state = self.state.lock();
        if state.ended.is_some() {
            return None;
        }
        state.ended = Some(reason.clone());
        state.settings = state.settings.inherent();
        self.count(&mut state);
        if reason.is_event() {
            self.fire(EventType::Ended);
        }
        Some(Ended {
            _sink: self.clone(),
            reason,
            grabs: std::mem::take(&mut state.grabs),
            operations: std::mem::take(&mut state.operations),
            readers: state.delivery.take_readers(),
            _listeners: self.listeners.take(),
        })
    }

    /// Has the end of the track be the end of an operation.
    pub(super) fn add_operation(&self, operation: AtEnd) {
        let mut state = self.state.lock();
        if let Some(reason) = state.ended.clone() {
            drop(state);
            return operation.tell(&reason);
        }
        state.operations.retain(AtEnd::is_held);
        state.operations.push(operation);
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

    /// Sets what the track delivers from now on, whatever its source does.
    #[cfg(test)]
    pub(crate) fn set_output(&self, output: Output) {
        self.state.lock().delivery.set_output(output);
    }

    pub(crate) fn stats(&self) -> TrackStats {
        self.state.lock().delivery.stats()
    }

    /// A frame could not be kept: the grabs that wait fail, and readers that wait will know why.
    pub(super) fn starve(&self, error: &Error) {
        let (grabs, freed): (_, Vec<Shown>) = {
            let mut state = self.state.lock();
            let State { enabled, grabs, delivery, .. } = &mut *state;
            delivery.miss(*enabled, false);
            (std::mem::take(grabs), delivery.readers().filter_map(|reader| reader.starve(error)).collect())
        };
        drop(freed);
        for grab in grabs {
            grab.promise.reject(error.clone());
        }
    }

    /// A frame of the source was damaged.
    pub(super) fn miss(&self) {
        let mut state = self.state.lock();
        let State { enabled, delivery, .. } = &mut *state;
        delivery.miss(*enabled, true);
    }

    /// The next frame does not join on to the last one.
    pub(super) fn interrupt(&self) {
        self.state.lock().delivery.interrupt();
    }

    pub(crate) fn add_reader(&self, reader: &Arc<ReaderShared>) -> Result<(), Error> {
        let mut state = self.state.lock();
        if let Some(reason) = &state.ended {
            return Err(reason.state_error());
        }
        state.delivery.add_reader(reader);
        Ok(())
    }

    /// Has the frames that follow say what is in force now.
    fn note_settings(&self, state: &mut State) {
        let may_move = self.may_move_camera();
        if state.in_force.as_ref().is_some_and(|(may, _)| *may == may_move) {
            return;
        }
        let mut settings = state.settings.clone();
        settings.retain(|property| self.shows(property));
        let settings = Arc::new(settings);
        state.in_force = Some((may_move, settings.clone()));
        state.delivery.set_settings(settings);
    }

    /// Hands a live frame of a source that delivers `source` to the readers, and moves the grabs that it answers to
    /// `due`: they are answered when no lock is held. A grab gets the first frame after the call, also one that is
    /// left out for the readers: it is one picture, and has no rate.
    pub(super) fn deliver(&self, frame: &Frame, source: &Output, blanks: &mut Blanks, due: &mut Vec<Due>) {
        let mut state = self.state.lock();
        if state.ended.is_some() {
            return;
        }
        self.note_settings(&mut state);
        let State { enabled, grabs, delivery, .. } = &mut *state;
        if *enabled && !grabs.is_empty() {
            let answered = grabs.extract_if(.., |grab| frame.timestamp() >= grab.since);
            due.extend(answered.map(|grab| Due { promise: grab.promise, shown: delivery.live(frame) }));
        }
        delivery.frame(frame, *enabled, source, blanks);
    }

    /// While the source gives no live frames: gives a black one to the readers that may not see live ones (those of a
    /// disabled track, or all when the source is muted) if it is due; when the next one is.
    pub(super) fn tick(&self, now: Duration, muted: bool, source: Option<&Output>, blanks: &mut Blanks) -> Option<Duration> {
        let mut state = self.state.lock();
        let is_black = state.ended.is_none() && (muted || !state.enabled);
        if is_black {
            self.note_settings(&mut state);
        }
        is_black.then(|| state.delivery.tick(now, source, blanks)).flatten()
    }

    /// The newest frame of the source as this track shows it.
    pub(super) fn latest(&self, frame: Option<Frame>, muted: bool, source: Option<&Output>, blanks: &mut Blanks) -> Option<Shown> {
        let mut state = self.state.lock();
        let live = state.enabled && !muted;
        self.note_settings(&mut state);
        state.delivery.latest(frame, live, source, blanks)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::super::stall::Timing;
    use super::super::tests::Rig;
    use super::*;
    use crate::error::Place;
    use crate::pending::{Operation, Pending, promise};

    fn operation(rig: &Rig) -> (Promise<()>, Pending<()>) {
        promise(Operation { name: "apply", limit: Duration::from_secs(60), place: Place::Picture }, &rig.context.dispatcher)
    }

    #[test]
    fn an_operation_begins_while_another_one_is_shown_on_its_track() {
        let rig = Rig::new(Timing::default(), true);
        let sink = rig.track();
        let ((first, _first), (second, _second)) = (operation(&rig), operation(&rig));
        sink.add_operation(AtEnd::Succeeds(first.resolver()));
        let (other, ongoing, (ends, ended)) = (sink.clone(), second.ongoing(), channel());
        // Under the first one's lock, as the control thread publishes what was applied.
        first.resolve_after((), || {
            std::thread::spawn(move || {
                other.add_operation(AtEnd::Fails(ongoing));
                ends.send(()).unwrap();
            });
            assert!(ended.recv_timeout(Duration::from_secs(5)).is_ok(), "each of the two threads holds what the other one needs");
        });
        drop(second);
    }

    #[test]
    fn operations_end_with_their_track_also_when_they_come_late() {
        let rig = Rig::new(Timing::default(), true);
        let sink = rig.track();
        let ((early, early_pending), (late, late_pending)) = (operation(&rig), operation(&rig));
        sink.add_operation(AtEnd::Succeeds(early.resolver()));
        sink.end(EndReason::Stopped).unwrap().tell();
        sink.add_operation(AtEnd::Fails(late.ongoing()));
        assert!(early_pending.wait().is_ok());
        assert!(late_pending.wait().is_err());
    }
}
