//! The control thread: commands to one camera, one after the other.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use super::capture::{self, PhotoWait, Request};
use super::{CLOSING, EndReason, Source, TrackSink};
use crate::backend::{CameraInfo, Device, Mode, Rate};
use crate::capabilities::Capability;
use crate::constraints::select::{ControlPoint, ModePoint, Selection, Space};
use crate::pending::Promise;
use crate::photo::{PhotoOptions, PhotoSettings};
use crate::threads::spawn;
use crate::{
    Error, ErrorKind, MediaSettingsRange, MediaTrackCapabilities, MediaTrackConstraints, MediaTrackSettings, Photo, PixelFormat, Property,
    Result, Value,
};

/// How long the capture thread may take to start or stop a stream. UVC gives up on a request after 5 s,
/// and a change of mode needs two of them.
const RESTART: Duration = Duration::from_secs(12);
/// How long a camera that was pulled may take to be known as gone.
const GOING: Duration = Duration::from_millis(200);
/// How often a wait looks whether somebody still wants its result.
const SLICE: Duration = Duration::from_millis(20);

/// What a new track is to be.
pub(crate) struct NewTrack {
    pub(crate) device_id: String,
    pub(crate) group_id: String,
    /// The `MediaDevices` that asks for it, by number.
    pub(crate) owner: u64,
    pub(crate) constraints: MediaTrackConstraints,
}

/// A track that was added, until the program has it.
pub(crate) struct AddedTrack {
    pub(crate) sink: Arc<TrackSink>,
    /// Takes whether the program got the track. Dropped unanswered, it did not.
    pub(crate) accepted: SyncSender<bool>,
}

/// A photo to be taken.
pub(crate) struct PhotoRequest {
    pub(crate) settings: PhotoSettings,
    pub(crate) options: PhotoOptions,
}

/// What the control thread is asked to do.
pub(crate) enum Command {
    AddTrack(NewTrack, SyncSender<Result<AddedTrack>>),
    Apply(Arc<TrackSink>, MediaTrackConstraints, Promise<()>),
    Photo(Arc<TrackSink>, PhotoRequest, Promise<Photo>),
}

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
            Command::Photo(_, _, promise) => drop(promise.reject(error.clone())),
        }
    }
}

struct Worker<'a> {
    source: &'a Arc<Source>,
    device: Box<dyn Device>,
    /// The values when the camera was opened; properties that are no longer asked for go back to them.
    opened_with: Vec<(Property, f64)>,
    had_tracks: bool,
}

impl<'a> Worker<'a> {
    fn open(source: &'a Arc<Source>) -> Result<Worker<'a>> {
        let opened = source.camera.open().and_then(|mut device| {
            let capture = device.capture()?;
            let opened_with = device.info()?.controls.iter().map(|c| (c.property, c.value)).collect();
            Ok((device, capture, opened_with))
        });
        let (device, capture, opened_with) = match opened {
            Ok(parts) => parts,
            Err(error) => {
                source.capture.exited.set();
                return Err(error);
            }
        };
        source.capture.set_waker(capture.waker());
        let shared = source.clone();
        spawn("ic-capture", move || capture::run(&shared, capture)).inspect_err(|_| source.capture.exited.set())?;
        Ok(Worker { source, device, opened_with, had_tracks: false })
    }

    /// Runs commands until the last track has ended.
    fn serve(&mut self) {
        loop {
            let command = {
                let mut commands = self.source.commands.lock();
                loop {
                    if let Some(command) = commands.queue.pop_front() {
                        break command;
                    }
                    let unused = self.had_tracks && self.source.live.lock().sinks.is_empty();
                    if unused || self.source.live.lock().lost.is_some() {
                        commands.closed = true;
                        return;
                    }
                    if !std::mem::take(&mut commands.nudged) {
                        self.source.commands_changed.wait(&mut commands);
                    }
                }
            };
            match command {
                Command::AddTrack(track, reply) => {
                    let added = self.add_track(track);
                    // A failed first track leaves nobody who would end this source.
                    self.had_tracks = true;
                    self.hand_over(added, &reply);
                }
                Command::Apply(sink, constraints, promise) => self.apply(&sink, constraints, promise),
                Command::Photo(sink, request, promise) => self.photo(&sink, &request, promise),
            }
        }
    }

    fn lost(&self) -> Option<Error> {
        self.source.live.lock().lost.clone()
    }

    /// Whether the camera turns out to be gone. A USB camera that is pulled fails with input and output errors
    /// for a moment before the system says that it is gone.
    fn is_lost_soon(&self) -> bool {
        let end = Instant::now() + GOING;
        while self.lost().is_none() && Instant::now() < end {
            std::thread::sleep(SLICE);
        }
        self.lost().is_some()
    }

    /// Everything the camera could be set to for one track, in the presence of the others.
    fn space(
        &self,
        info: &CameraInfo,
        ids: (&str, &str),
        own: Option<&Arc<TrackSink>>,
        wanted: &MediaTrackConstraints,
    ) -> (Space, Vec<Mode>) {
        let (others, current): (Vec<_>, _) = {
            let live = self.source.live.lock();
            let is_own = |sink: &Arc<TrackSink>| own.is_some_and(|own| Arc::ptr_eq(own, sink));
            (live.sinks.iter().filter(|sink| !is_own(sink)).map(|sink| sink.constraints()).collect(), live.mode)
        };
        // Other tracks keep the size and rate they have.
        let modes = match current {
            Some(mode) if !others.is_empty() => vec![mode],
            _ => info.modes.clone(),
        };
        let before = own.map(|sink| sink.constraints());
        let names = |constraints: &MediaTrackConstraints, property| {
            constraints.basic.properties().chain(constraints.advanced.iter().flat_map(|set| set.properties())).any(|p| p == property)
        };
        let mut space = space_of(info, ids, &modes);
        for control in &mut space.controls {
            // D5: what the old constraints named and the new ones do not goes back.
            let dropped = before.as_ref().is_some_and(|before| names(before, control.property)) && !names(wanted, control.property);
            let opened = self.opened_with.iter().find(|(p, _)| *p == control.property);
            if let (true, Some((_, value))) = (dropped, opened) {
                control.preferred = *value;
            }
        }
        space.held = others;
        (space, modes)
    }

    fn add_track(&mut self, track: NewTrack) -> Result<(Arc<TrackSink>, Change)> {
        if let Some(error) = self.lost() {
            return Err(error);
        }
        let info = self.device.info()?;
        let (space, modes) = self.space(&info, (&track.device_id, &track.group_id), None, &track.constraints);
        let selection = space.select(&track.constraints)?;
        let change = self.change(&info, &selection, modes[selection.mode]).map_err(Failure::into_error)?;
        let ids = (track.device_id, track.group_id);
        let settings = settings(&change, (&ids.0, &ids.1));
        let capabilities = capabilities(&info, (&ids.0, &ids.1));
        publish(self.source, None, &change);
        let sink = TrackSink::new(ids, track.owner, track.constraints, capabilities, settings);
        let mut live = self.source.live.lock();
        if let Some(error) = &live.lost {
            return Err(error.clone());
        }
        live.sinks.push(sink.clone());
        Ok((sink, change))
    }

    /// Gives a new track to whoever asked for it. If that is nobody any more, nothing of it remains.
    fn hand_over(&mut self, added: Result<(Arc<TrackSink>, Change)>, reply: &SyncSender<Result<AddedTrack>>) {
        let (sink, change) = match added {
            Ok(added) => added,
            // Nobody waits for the error if this fails.
            Err(error) => return drop(reply.send(Err(error))),
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
        let changed = self.device.info().map_err(Failure::Error).and_then(|info| {
            let (space, modes) = self.space(&info, (&sink.device_id, &sink.group_id), Some(sink), &constraints);
            let selection = space.select(&constraints).map_err(Failure::Error)?;
            self.change(&info, &selection, modes[selection.mode])
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
        if !promise.resolve_after((), || publish(source, Some((sink, constraints)), &change)) {
            // It was given up while the camera was being set: nothing of it remains.
            self.take_back(&change);
        }
    }

    /// Sets mode and values; on failure everything is as before.
    fn change(&mut self, info: &CameraInfo, selection: &Selection, mode: Mode) -> std::result::Result<Change, Failure> {
        let old_mode = self.source.live.lock().mode;
        if old_mode != Some(mode)
            && let Err(error) = self.restart(mode)
        {
            let Some(old) = old_mode else { return Err(Failure::Error(error)) };
            if error.kind() == ErrorKind::DeviceLost {
                return Err(Failure::Error(error));
            }
            self.back_to(old);
            return Err(Failure::Write(difference(&old, &mode), error));
        }
        let rate = self.source.live.lock().rate.unwrap_or(mode.rate);
        let mut change = Change { old_mode, mode, rate, old_values: Vec::new(), values: Vec::new() };
        for control in &info.controls {
            let Some((property, value)) = selection.values.iter().find(|(p, _)| *p == control.property).copied() else { continue };
            if value == control.value {
                change.values.push((property, value));
                continue;
            }
            // Remembered before it is written: a write that failed half way is taken back too.
            change.old_values.push((property, control.value));
            if let Err(failed) = self.device.write(&[(property, value)]) {
                self.undo(&change);
                return Err(if failed.error.kind() == ErrorKind::DeviceLost {
                    Failure::Error(failed.error)
                } else {
                    Failure::Write(failed.property, failed.error)
                });
            }
            // A1: what the camera says it made of it. A camera that does not say is believed.
            let used = self.device.read(property).unwrap_or(value).clamp(control.range.min, control.range.max);
            change.values.push((property, used));
        }
        Ok(change)
    }

    fn undo(&mut self, change: &Change) {
        for &(property, value) in change.old_values.iter().rev() {
            // Nothing more can be done about a camera that does not take its old value back.
            let _ = self.device.write(&[(property, value)]);
        }
        if let Some(old) = change.old_mode.filter(|old| *old != change.mode) {
            self.back_to(old);
        }
    }

    /// Starts the mode that ran a moment ago. A camera that does not do that any more is lost.
    fn back_to(&self, mode: Mode) {
        if let Err(error) = self.restart(mode) {
            let why = format!("the camera does not stream any more after a change of its mode failed: {}", error.message());
            self.source.lose(&Error::new(ErrorKind::DeviceLost, why).with_source(error));
        }
    }

    /// Undoes a change that other tracks have seen already, and shows them what is in force now.
    fn take_back(&mut self, change: &Change) {
        self.undo(change);
        let (mode, rate) = {
            let live = self.source.live.lock();
            (live.mode, live.rate)
        };
        if let (Some(mode), Some(rate), Ok(info)) = (mode, rate, self.device.info()) {
            let values = info.controls.iter().map(|control| (control.property, control.value)).collect();
            publish(self.source, None, &Change { old_mode: None, mode, rate, old_values: Vec::new(), values });
        }
    }

    fn restart(&self, mode: Mode) -> Result<Rate> {
        let (reply, answer) = sync_channel(1);
        self.source.capture.post(Request::Start(mode, reply));
        let started = match answer.recv_timeout(RESTART) {
            Ok(started) => started,
            Err(RecvTimeoutError::Timeout) => Err(Error::new(ErrorKind::TimedOut, "the camera's driver did not start the stream in time")),
            Err(RecvTimeoutError::Disconnected) => {
                Err(self.lost().unwrap_or_else(|| Error::new(ErrorKind::DeviceLost, "the camera's worker ended")))
            }
        };
        let mut live = self.source.live.lock();
        live.mode = started.is_ok().then_some(mode);
        live.rate = started.as_ref().ok().copied();
        drop(live);
        started
    }

    fn photo(&mut self, sink: &Arc<TrackSink>, request: &PhotoRequest, promise: Promise<Photo>) {
        match self.take_photo(sink, request, &promise) {
            Ok(photo) => drop(promise.resolve(photo)),
            Err(error) => drop(promise.reject(error)),
        }
    }

    fn take_photo(&mut self, sink: &Arc<TrackSink>, request: &PhotoRequest, promise: &Promise<Photo>) -> Result<Photo> {
        let settings = sink.settings();
        if promise.is_over() {
            return Err(Error::new(ErrorKind::Cancelled, "nobody waits for the photo any more"));
        }
        if let Some(reason) = sink.ended() {
            return Err(reason.error());
        }
        request.settings.validate(&settings)?;
        if !self.source.camera.info().takes_photos {
            return Err(Error::new(ErrorKind::Unknown, "this source delivers frames but takes no photos; use grab_frame"));
        }
        let (reply, answer) = sync_channel(1);
        let since = crate::clock::now();
        self.source.live.lock().photos.push(PhotoWait { since, reply });
        let frame = loop {
            match answer.recv_timeout(SLICE) {
                Ok(frame) => break frame?,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.lost().unwrap_or_else(|| Error::new(ErrorKind::Unknown, "the stream was restarted meanwhile")));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            let gave_up = promise.is_over().then(|| Error::new(ErrorKind::Cancelled, "nobody waits for the photo any more"));
            let ended = sink.ended().map(|reason| reason.error());
            if let Some(error) = gave_up.or(ended) {
                self.source.live.lock().photos.retain(|photo| photo.since != since);
                return Err(error);
            }
        };
        Photo::from_frame(&frame, &request.options, settings)
    }
}

/// What was changed on a camera, and what it was before.
struct Change {
    old_mode: Option<Mode>,
    mode: Mode,
    /// The rate that the driver made of the mode's.
    rate: Rate,
    old_values: Vec<(Property, f64)>,
    values: Vec<(Property, f64)>,
}

/// Why a change was not made.
enum Failure {
    Error(Error),
    Write(Property, Error),
}

impl Failure {
    /// D3, AC4: a value that the device refuses is a constraint that cannot be met.
    fn into_error(self) -> Error {
        match self {
            Failure::Error(error) => error,
            Failure::Write(property, error) => {
                let code = error.os_code();
                let failure = Error::overconstrained(
                    property.name(),
                    format!("the camera did not take the value: {}. Nothing was changed", error.message()),
                );
                let failure = failure.with_source(error);
                code.map_or(failure.clone(), |code| failure.with_os_code(code))
            }
        }
    }
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

/// Makes new values visible on all tracks, and new constraints on the track that applied them.
fn publish(source: &Source, own: Option<(&Arc<TrackSink>, MediaTrackConstraints)>, change: &Change) {
    let sinks = source.live.lock().sinks.clone();
    for sink in sinks {
        let constraints = own.as_ref().filter(|(own, _)| Arc::ptr_eq(own, &sink)).map(|(_, constraints)| constraints.clone());
        sink.publish(constraints, settings(change, (&sink.device_id, &sink.group_id)));
    }
}

/// Pixel formats from the cheapest to use to the dearest: what has to be decoded by software comes late,
/// what has no colour last.
fn format_rank(format: PixelFormat) -> u32 {
    match format {
        PixelFormat::Nv12 => 0,
        PixelFormat::I420 => 1,
        PixelFormat::Nv21 => 2,
        PixelFormat::Yuyv => 3,
        PixelFormat::Uyvy => 4,
        PixelFormat::Rgb => 5,
        PixelFormat::Bgr => 6,
        PixelFormat::Rgba => 7,
        PixelFormat::Bgra => 8,
        PixelFormat::Mjpeg => 9,
        PixelFormat::Grey => 10,
    }
}

/// The space of settings of a camera that streams in one of `modes`.
pub(crate) fn space_of(info: &CameraInfo, (device_id, group_id): (&str, &str), modes: &[Mode]) -> Space {
    let point = |mode: &Mode| ModePoint {
        width: mode.width,
        height: mode.height,
        frame_rate: mode.rate.per_second(),
        format_rank: format_rank(mode.format),
    };
    let control = |control: &crate::backend::Control| ControlPoint {
        property: control.property,
        range: if control.quantized { control.range } else { MediaSettingsRange { step: 0.0, ..control.range } },
        preferred: control.value,
    };
    Space {
        fixed: vec![(Property::DeviceId, device_id.to_owned()), (Property::GroupId, group_id.to_owned())],
        modes: modes.iter().map(point).collect(),
        controls: info.controls.iter().map(control).collect(),
        held: Vec::new(),
    }
}

/// The W3C dictionary of a camera's capabilities.
pub(crate) fn capabilities(info: &CameraInfo, (device_id, group_id): (&str, &str)) -> MediaTrackCapabilities {
    let mut capabilities = MediaTrackCapabilities::default();
    let mut of_modes = |property, number: fn(&Mode) -> f64| {
        let numbers = info.modes.iter().map(number);
        let range = numbers.fold(None, |range: Option<(f64, f64)>, n| Some(range.map_or((n, n), |(min, max)| (min.min(n), max.max(n)))));
        if let Some((min, max)) = range {
            capabilities.set(property, Capability::Range(MediaSettingsRange { min, max, step: 0.0 }));
        }
    };
    of_modes(Property::Width, |mode| f64::from(mode.width));
    of_modes(Property::Height, |mode| f64::from(mode.height));
    of_modes(Property::FrameRate, |mode| mode.rate.per_second());
    for control in &info.controls {
        capabilities.set(control.property, Capability::Range(control.range));
    }
    capabilities.set(Property::DeviceId, Capability::Single(device_id.to_owned()));
    capabilities.set(Property::GroupId, Capability::Single(group_id.to_owned()));
    capabilities
}

fn settings(change: &Change, (device_id, group_id): (&str, &str)) -> MediaTrackSettings {
    let Change { mode, rate, values, .. } = change;
    let mut settings = MediaTrackSettings::default();
    settings.set(Property::Width, Value::Number(f64::from(mode.width)));
    settings.set(Property::Height, Value::Number(f64::from(mode.height)));
    settings.set(Property::FrameRate, Value::Number(rate.per_second()));
    for (property, value) in values {
        settings.set(*property, Value::Number(*value));
    }
    settings.set(Property::DeviceId, Value::String(device_id.to_owned()));
    settings.set(Property::GroupId, Value::String(group_id.to_owned()));
    settings
}
