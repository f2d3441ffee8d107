//! The control thread: commands to one camera, one after the other.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use super::capture::{self, Request};
use super::change::{Change, Failure, publish, settings};
use super::command::{AddedTrack, Command, NewTrack};
use super::idle::Idle;
use super::plan::{self, Other, Plan};
use super::raw::differences;
use super::space::{LOCKS, ONCE, capabilities, hide_moves, space_of};
use super::{CLOSING, EndReason, Ended, Source, TrackSink};
use crate::backend::{CameraInfo, Control, Device, Mode, Rate};
use crate::constraints::stream::StreamChoice;
use crate::frame::turn::Turn;
use crate::pending::Promise;
use crate::threads::spawn;
use crate::{Error, ErrorKind, MediaTrackConstraints, Property, Result, Value};

/// How long the capture thread may take to start or stop a stream. UVC gives up on a request after 5 s,
/// and a change of mode needs two of them.
pub(super) const RESTART: Duration = Duration::from_secs(12);
/// How long a camera that was pulled may take to be known as gone.
const GOING: Duration = Duration::from_millis(200);
/// How often a wait looks whether somebody still wants its result.
pub(super) const SLICE: Duration = Duration::from_millis(20);

/// The body of the thread.
pub(super) fn run(source: &Arc<Source>) {
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match Worker::open(source) {
        Ok(mut worker) => worker.serve(),
        Err(error) => refuse(source, &error),
    }));
    if result.is_err() {
        // The panic hook has reported it. Whoever waits is told by the dropped promises.
        let error = Error::new(ErrorKind::DeviceLost, "the camera's worker failed; this is a defect of the library");
        source.lose(&error);
        refuse(source, &error);
    }
    source.capture.post(Request::Exit);
    source.capture.exited.wait_until(Instant::now() + CLOSING);
    source.close_finished();
}

/// Answers all commands with an error and takes no more.
fn refuse(source: &Source, error: &Error) {
    let queue = {
        let mut commands = source.commands.lock();
        commands.closed = true;
        std::mem::take(&mut commands.queue)
    };
    for command in queue {
        match command {
            Command::AddTrack(_, reply) => drop(reply.send(Err(error.clone()))),
            Command::Apply(_, _, promise) => drop(promise.resolve(())),
            Command::Photo(_, _, promise) => promise.reject(error.clone()),
            Command::Ask(_, ask) => ask.refuse(error.clone()),
            Command::Raw(_, request) => request.refuse(error.clone()),
            Command::Leave | Command::Look(_) => {}
        }
    }
}

pub(super) struct Worker<'a> {
    pub(super) source: &'a Arc<Source>,
    pub(super) device: Box<dyn Device>,
    /// The values when the camera was opened; properties that are no longer asked for go back to them.
    opened_with: Vec<(Property, Value)>,
    /// What the camera said of itself when it was opened, for the track that it was opened for: to ask a USB camera for
    /// all values takes milliseconds.
    just_read: Option<CameraInfo>,
    /// Values that the camera does not report yet.
    believed: Vec<Believed>,
    had_tracks: bool,
    pub(super) idle: Idle,
}

impl<'a> Worker<'a> {
    fn open(source: &'a Arc<Source>) -> Result<Worker<'a>> {
        let opened = source.camera.open().and_then(|mut device| {
            let capture = device.capture()?;
            let info = device.info()?;
            Ok((device, capture, info))
        });
        let (device, capture, info) = match opened {
            Ok(parts) => parts,
            Err(error) => {
                source.capture.exited.set();
                return Err(error);
            }
        };
        let shared = source.clone();
        spawn("ic-capture", move || capture::run(&shared)).inspect_err(|_| source.capture.exited.set())?;
        source.capture.post(Request::Attach(capture));
        let opened_with = info.controls.iter().map(|c| (c.property, c.value.clone())).collect();
        Ok(Worker { source, device, opened_with, just_read: Some(info), believed: Vec::new(), had_tracks: false, idle: Idle::default() })
    }

    /// Runs commands until the last track has ended.
    fn serve(&mut self) {
        loop {
            let rest_until = self.rest();
            let command = {
                let mut commands = self.source.commands.lock();
                loop {
                    // Photos wait for the end of a mute (M1); what needs no picture goes on meanwhile.
                    let muted = self.source.live.lock().muted;
                    let ready = commands.queue.iter().position(|command| !(muted && command.waits_for_a_picture()));
                    if let Some(command) = ready.and_then(|index| commands.queue.remove(index)) {
                        break Some(command);
                    }
                    if let Some(changed) = commands.changed.take() {
                        break Some(Command::Look(changed));
                    }
                    let unused = self.had_tracks && self.source.live.lock().sinks.is_empty();
                    if unused || self.source.live.lock().lost.is_some() {
                        commands.closed = true;
                        drop(commands);
                        if self.idle.used && self.lost().is_none() {
                            // The light does not outlive the last track.
                            self.light(false);
                        }
                        return;
                    }
                    if std::mem::take(&mut commands.nudged) || rest_until.is_some_and(|until| until <= Instant::now()) {
                        break None;
                    }
                    match rest_until {
                        Some(until) => drop(self.source.commands_changed.wait_until(&mut commands, until)),
                        None => self.source.commands_changed.wait(&mut commands),
                    }
                }
            };
            // Without a command there may be something to do about the camera's rest.
            let Some(command) = command else { continue };
            match command {
                Command::AddTrack(track, reply) => {
                    let added = self.add_track(track);
                    // A failed first track leaves nobody who would end this source.
                    self.had_tracks = true;
                    self.hand_over(added, &reply);
                }
                Command::Apply(sink, constraints, promise) => self.apply(&sink, constraints, promise),
                Command::Photo(sink, request, promise) => {
                    // The track may have been enabled just now: the camera is taken again first.
                    self.rest();
                    self.photo(sink, request, promise);
                }
                Command::Ask(sink, ask) => self.ask(&sink, ask),
                Command::Raw(sink, request) => self.raw(&sink, request),
                Command::Leave => self.had_tracks = true,
                Command::Look(changed) => self.look_at(changed),
            }
        }
    }

    pub(super) fn lost(&self) -> Option<Error> {
        self.source.live.lock().lost.clone()
    }

    /// Whether the camera turns out to be gone. A USB camera that is pulled fails with input and output errors
    /// for a moment before the system says that it is gone.
    pub(super) fn is_lost_soon(&self) -> bool {
        let end = Instant::now() + GOING;
        while self.lost().is_none() && Instant::now() < end {
            std::thread::sleep(SLICE);
        }
        self.lost().is_some()
    }

    /// Selects settings for a track, in the presence of the others.
    fn plan(
        &self,
        info: &CameraInfo,
        ids: (&str, &str),
        own: Option<&Arc<TrackSink>>,
        wanted: &MediaTrackConstraints,
        may_move: bool,
    ) -> Result<Plan> {
        let others: Vec<Other> = {
            let live = self.source.live.lock();
            let is_own = |sink: &Arc<TrackSink>| own.is_some_and(|own| Arc::ptr_eq(own, sink));
            let other = |sink: &Arc<TrackSink>| Other { sink: sink.clone(), constraints: sink.constraints(), stream: sink.stream() };
            live.sinks.iter().filter(|sink| !is_own(sink)).map(other).collect()
        };
        let before = own.map(|sink| sink.constraints());
        // D5: what the old constraints named and the new ones do not goes back. A value names its mode too.
        let names = |constraints: &MediaTrackConstraints, property: Property| {
            let locked = LOCKS.iter().find(|(mode, _)| *mode == property).is_some_and(|(_, value)| constraints.names(*value));
            locked || constraints.names(property)
        };
        let preferred = |control: &Control| {
            let keeps = own.is_some_and(|own| own.context.policy.options.keep_last_values);
            let dropped =
                !keeps && before.as_ref().is_some_and(|before| names(before, control.property)) && !names(wanted, control.property);
            let opened = self.opened_with.iter().find(|(property, _)| *property == control.property);
            opened.filter(|_| dropped).map_or_else(|| control.value.clone(), |(_, value)| value.clone())
        };
        let mut space = space_of(info, ids, wanted, &preferred);
        hide_moves(&mut space, may_move);
        space.held = others.iter().map(|other| other.constraints.clone()).collect();
        plan::plan(info, &space, &others, wanted)
    }

    fn add_track(&mut self, track: NewTrack) -> Result<(Arc<TrackSink>, Change)> {
        if let Some(error) = self.lost() {
            return Err(error);
        }
        if self.idle.asleep {
            // The new track is enabled, so the camera is needed.
            self.try_to_wake()?;
        }
        let info = self.just_read.take().map_or_else(|| self.known(), Ok)?;
        let plan = self.plan(&info, (&track.device_id, &track.group_id), None, &track.constraints, track.pan_tilt_zoom)?;
        let change = self.change(&info, plan, &track.constraints, None).map_err(Failure::into_error)?;
        let settings = settings(&change, change.stream, (&track.device_id, &track.group_id));
        let capabilities = capabilities(&info, (&track.device_id, &track.group_id));
        publish(self.source, None, &change);
        self.source.controls_changed(&change.controls, None);
        let sink = TrackSink::new(track, capabilities, settings, change.stream, Turn::of(info.rotation));
        let mut live = self.source.live.lock();
        if let Some(error) = &live.lost {
            return Err(error.clone());
        }
        sink.begin(live.muted);
        live.sinks.push(sink.clone());
        let was_given_back = live.mode.is_none();
        drop(live);
        if let Some(mode) = change.mode.filter(|_| was_given_back)
            && let Err(error) = self.restart(mode)
        {
            // The last of the other tracks went a moment ago, and the stream with it.
            let ended = sink.end(EndReason::Lost(error.clone()));
            self.source.detach(&sink);
            ended.into_iter().for_each(Ended::tell);
            return Err(error);
        }
        Ok((sink, change))
    }

    /// Gives a new track to whoever asked for it. If that is nobody any more, nothing of it remains.
    fn hand_over(&mut self, added: Result<(Arc<TrackSink>, Change)>, reply: &SyncSender<Result<AddedTrack>>) {
        let (sink, change) = match added {
            Ok(added) => added,
            Err(error) => {
                if error.kind() == ErrorKind::DeviceLost {
                    // It may be known here first, and a stream that was to be changed does not run any more.
                    self.source.lose(&error);
                }
                // Nobody waits for the error if this fails.
                return drop(reply.send(Err(error)));
            }
        };
        let (accepted, answer) = sync_channel(1);
        let sent = reply.send(Ok(AddedTrack { sink: sink.clone(), accepted }));
        // Whoever received it answers at once, or drops the question.
        if sent.is_err() || answer.recv() != Ok(true) {
            if let Some(ended) = sink.end(EndReason::Stopped) {
                ended.tell();
            }
            self.source.detach(&sink);
            self.take_back(&change);
        } else {
            self.idle.used = true;
        }
    }

    fn apply(&mut self, sink: &Arc<TrackSink>, constraints: MediaTrackConstraints, promise: Promise<()>) {
        if promise.is_over() {
            return;
        }
        // AC3: a track that ended meanwhile is no failure.
        if sink.ended().is_some() || self.lost().is_some() {
            promise.resolve(());
            return;
        }
        let known = self.known();
        if promise.is_over() {
            // The camera took long to answer. It may have been given back meanwhile, and is not taken again for nobody.
            return;
        }
        let changed = known.map_err(Failure::Error).and_then(|info| {
            let ids = (sink.device_id.as_str(), sink.group_id.as_str());
            let plan = self.plan(&info, ids, Some(sink), &constraints, sink.may_move_camera()).map_err(Failure::Error)?;
            self.change(&info, plan, &constraints, Some(sink))
        });
        let change = match changed {
            Ok(change) => change,
            Err(Failure::Error(error)) if error.kind() == ErrorKind::DeviceLost => {
                // AC4: the track ends, the call does not fail.
                self.source.lose(&error);
                promise.resolve(());
                return;
            }
            Err(failure @ Failure::Write(..)) if self.is_lost_soon() => {
                // What failed was the camera on its way out; see above.
                drop(failure);
                promise.resolve(());
                return;
            }
            Err(failure) => {
                promise.reject(failure.into_error());
                return;
            }
        };
        let source = self.source;
        let tell = || {
            publish(source, Some((sink, constraints)), &change);
            source.controls_changed(&change.controls, Some(sink));
        };
        if !promise.resolve_after((), tell) {
            // It was given up while the camera was being set: nothing of it remains.
            self.take_back(&change);
        }
    }

    /// Sets mode and values; on failure everything is as before.
    fn change(
        &mut self,
        info: &CameraInfo,
        plan: Plan,
        wanted: &MediaTrackConstraints,
        own: Option<&Arc<TrackSink>>,
    ) -> std::result::Result<Change, Failure> {
        let old_mode = self.source.live.lock().mode;
        if let Some(mode) = plan.mode.filter(|mode| old_mode != Some(*mode))
            && let Err(error) = self.restart(mode)
        {
            let Some(old) = old_mode else { return Err(Failure::Error(error)) };
            if error.kind() == ErrorKind::DeviceLost {
                return Err(Failure::Error(error));
            }
            self.back_to(old);
            return Err(Failure::Write(difference(&old, &mode), error));
        }
        let writes = plan::writes(info, &plan, wanted);
        let old_streams = plan.others.iter().filter_map(|(sink, _)| Some((sink.clone(), sink.stream()?))).collect();
        let rate = self.source.live.lock().rate.map(Rate::per_second);
        let Plan { mode, stream, others, .. } = plan;
        let mut change = Change { info: info.clone(), old_mode, mode, rate, stream, others, old_streams, ..Change::default() };
        // Other tracks hear of controls that are different; without any, nobody has to know.
        let is_other = |sink: &Arc<TrackSink>| own.is_none_or(|own| !Arc::ptr_eq(own, sink));
        let is_heard = !writes.is_empty() && self.source.live.lock().sinks.iter().any(is_other);
        let controls = if is_heard { self.device.controls().ok() } else { None };
        let written = if writes.is_empty() { Ok(()) } else { self.device.write(&writes) };
        // A write that failed half way is taken back too.
        let attempted = written.as_ref().map_or_else(|failed| failed.attempted, |()| writes.len());
        let old = |(property, _): &(Property, Value)| info.controls.iter().find(|control| control.property == *property);
        let old_values = writes.iter().take(attempted).filter_map(old).map(|control| (control.property, control.value.clone()));
        change.old_values = old_values.collect();
        if let Err(failed) = written {
            self.undo(&change);
            return Err(if failed.error.kind() == ErrorKind::DeviceLost {
                Failure::Error(failed.error)
            } else {
                Failure::Write(failed.property, failed.error)
            });
        }
        if writes.iter().any(|(property, _)| *property == Property::Torch) {
            self.idle.dark = false;
        }
        if !writes.is_empty() {
            // A1: what the camera says it made of them.
            match self.info() {
                Ok(read) => change.info = read,
                Err(error) => {
                    self.undo(&change);
                    return Err(Failure::Error(error));
                }
            }
            for (property, target) in &writes {
                let read = change.info.controls.iter_mut().find(|control| control.property == *property);
                let old = change.old_values.iter().find(|(old, _)| old == property);
                if let (Some(control), Some((_, old))) = (read, old) {
                    // Of a movement under way, the camera says where it began.
                    let earlier = self.believed.extract_if(.., |believed| believed.property == *property).next();
                    if believes(*property, target, &control.value, earlier.as_ref().map_or(old, |earlier| &earlier.said)) {
                        let said = control.value.clone();
                        self.believed.push(Believed { property: *property, target: target.clone(), said });
                    }
                }
            }
        }
        self.believe(&mut change.info);
        if let Some(before) = controls {
            change.controls = self.device.controls().map(|after| differences(&before, &after)).unwrap_or_default();
        }
        Ok(change)
    }

    /// What the camera says of itself, with the targets of movements that are under way: what it is set to.
    pub(super) fn known(&mut self) -> Result<CameraInfo> {
        let mut info = self.info()?;
        self.believe(&mut info);
        Ok(info)
    }

    /// Puts what was asked in the place of what a camera says of a movement that is under way.
    fn believe(&mut self, info: &mut CameraInfo) {
        self.believed.retain(|believed| {
            let control = info.controls.iter_mut().find(|control| control.property == believed.property);
            let Some(control) = control.filter(|control| control.value == believed.said) else { return false };
            control.value = believed.target.clone();
            true
        });
    }

    /// What was asked of these before does not count any more.
    pub(super) fn forget(&mut self, properties: &[Property]) {
        self.believed.retain(|believed| !properties.contains(&believed.property));
    }

    fn undo(&mut self, change: &Change) {
        let old: Vec<(Property, Value)> = change.old_values.iter().rev().cloned().collect();
        // Nothing more can be done about a camera that does not take its old values back.
        write_what_goes(&mut *self.device, &old);
        self.believed.retain(|believed| !old.iter().any(|(property, _)| *property == believed.property));
        // Nobody sees the mode any more when the last track has gone: its stream has been stopped, and stays so.
        let is_seen = !self.source.live.lock().sinks.is_empty();
        if let Some(old) = change.old_mode.filter(|old| is_seen && Some(*old) != change.mode) {
            self.back_to(old);
        }
    }

    /// Starts the mode that ran a moment ago. A camera that does not do that any more is lost.
    pub(super) fn back_to(&self, mode: Mode) {
        if let Err(error) = self.restart(mode) {
            let why = format!("the camera does not stream any more after a change of its mode failed: {}", error.message());
            self.source.lose(&Error::new(ErrorKind::DeviceLost, why).with_source(error));
        }
    }

    /// Shows on all tracks what somebody else has changed about the camera.
    pub(super) fn look(&mut self) {
        self.just_read = None;
        self.show(Vec::new());
    }

    /// Undoes a change that other tracks have seen already, and shows them what is in force now.
    fn take_back(&mut self, change: &Change) {
        self.undo(change);
        self.show(change.old_streams.clone());
    }

    /// Shows on all tracks what is in force, on some of them other sizes and rates than before.
    fn show(&mut self, others: Vec<(Arc<TrackSink>, StreamChoice)>) {
        let Ok(info) = self.known() else { return };
        let (mode, rate) = {
            let live = self.source.live.lock();
            (live.mode, live.rate.map(Rate::per_second))
        };
        publish(self.source, None, &Change { mode, rate, info, others, ..Change::default() });
    }

    pub(super) fn restart(&self, mode: Mode) -> Result<Rate> {
        if self.idle.asleep {
            // It begins in this mode when it is taken again.
            let mut live = self.source.live.lock();
            (live.mode, live.rate) = (Some(mode), Some(mode.rate));
            return Ok(mode.rate);
        }
        let (reply, answer) = sync_channel(1);
        self.source.capture.post(Request::Start(mode, reply));
        let started = match answer.recv_timeout(RESTART) {
            Ok(started) => started,
            Err(RecvTimeoutError::Timeout) => Err(Error::new(ErrorKind::TimedOut, "the camera's driver did not start the stream in time")),
            Err(RecvTimeoutError::Disconnected) => {
                Err(self.lost().unwrap_or_else(|| Error::new(ErrorKind::DeviceLost, "the camera's worker ended")))
            }
        };
        if started.is_err() {
            let mut live = self.source.live.lock();
            (live.mode, live.rate) = (None, None);
        }
        started
    }
}

/// Writes values in this order; those that the camera does not take are left out.
pub(super) fn write_what_goes(device: &mut dyn Device, mut values: &[(Property, Value)]) {
    while !values.is_empty() {
        let Err(failed) = device.write(values) else { return };
        if matches!(failed.error.kind(), ErrorKind::DeviceLost | ErrorKind::TimedOut) {
            // It does not answer; each further value would take as long.
            return;
        }
        values = values.get(failed.attempted.max(1)..).unwrap_or_default();
    }
}

/// A value that the camera was told but does not report yet.
struct Believed {
    property: Property,
    target: Value,
    said: Value,
}

/// A1: a lens that still moves reports where it was. D4: a single shot is reported until another mode is
/// applied, whatever the camera calls the state afterwards.
fn believes(property: Property, target: &Value, read: &Value, old: &Value) -> bool {
    let moves = matches!(property, Property::Pan | Property::Tilt | Property::Zoom | Property::FocusDistance);
    read != target && ((moves && read == old) || *target == Value::from(ONCE))
}

/// The property in which two modes differ, for an error that has to name one.
fn difference(old: &Mode, new: &Mode) -> Property {
    if old.width != new.width {
        Property::Width
    } else if old.height != new.height {
        Property::Height
    } else {
        Property::FrameRate
    }
}
