//! Taking photos: the camera is switched, comes to rest, exposes, and is as before.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use super::TrackSink;
use super::capture::{PhotoWait, Request};
use super::control::{SLICE, Worker, write_what_goes};
use super::idle::restoring;
use super::photo::{PhotoPromise, PhotoRequest, Series};
use super::plan::order;
use super::settle::{Look, Settle, watched};
use super::space::{AUTOMATIC, LOCKS, domain};
use crate::backend::{CameraInfo, Mode, Offer, Still, Stills};
use crate::constraints::group::Domain;
use crate::frame::jpeg;
use crate::frame::turn::Turn;
use crate::photo::{Bracket, PhotoOptions, PhotoReport, Shot};
use crate::photo_capabilities::photo_mode;
use crate::{Error, ErrorKind, FillLightMode, Frame, MediaTrackSettings, Photo, PhotoCapabilities, PixelFormat, Property, Result, Value};

/// A camera that was switched for a photo and gives no frame for so long does not do that mode.
const SILENCE: Duration = Duration::from_secs(4);
/// Frames that wait while the one before is made a file of.
const AHEAD: usize = 8;

/// A photo, or all that is needed to make its file.
pub(super) enum Taken {
    Exposed(Box<Exposure>),
    /// Of a series: so it holds no memory of the camera.
    Made(Photo),
}

impl Taken {
    /// The photo, with the rest of its report.
    pub(super) fn finish(self, restoring: Duration, elapsed: Duration) -> Result<Photo> {
        let (mut photo, developing) = match self {
            Taken::Exposed(exposure) => {
                let begin = Instant::now();
                (exposure.develop()?, begin.elapsed())
            }
            Taken::Made(photo) => (photo, Duration::ZERO),
        };
        photo.amend(|report| {
            report.restoring = restoring;
            report.total = elapsed + developing;
        });
        Ok(photo)
    }
}

/// What was exposed.
pub(super) struct Exposure {
    picture: Picture,
    shot: Shot,
    turn: Turn,
    options: PhotoOptions,
    /// With the time that it took to look whether the picture is whole as that of making its file.
    report: PhotoReport,
}

/// What came of taking photos.
pub(super) struct Roll {
    pub(super) taken: Vec<Taken>,
    pub(super) restoring: Duration,
}

enum Picture {
    Frame(Frame),
    Still(Still),
}

impl Exposure {
    /// Makes the file.
    fn develop(self) -> Result<Photo> {
        let Exposure { picture, shot, turn, options, report } = self;
        match picture {
            Picture::Frame(frame) => Photo::from_frame(&frame, turn, &options, shot, report),
            Picture::Still(still) => Photo::from_still(still, shot.settings, report),
        }
    }
}

/// One operation: what it is for, and what is known at its beginning.
struct Session<'a> {
    sink: &'a Arc<TrackSink>,
    request: &'a PhotoRequest,
    promise: &'a PhotoPromise,
    /// The camera as it was.
    before: CameraInfo,
    /// It was switched, so that frames are to come now.
    switched: bool,
    waiting: Duration,
}

impl Session<'_> {
    /// What was asked of a light that is there, of a camera whose photos are frames.
    fn light(&self) -> Option<FillLightMode> {
        self.request.settings.fill_light_mode.filter(|_| self.before.fill_light.is_some() && self.before.stills == Stills::OfStream)
    }
}

/// Frames that the capture thread hands over.
struct Frames {
    since: Duration,
    answer: Receiver<Result<Frame>>,
}

impl Worker<'_> {
    /// Takes what was asked for. `None` when the camera was muted meanwhile.
    pub(super) fn shoot(&mut self, sink: &Arc<TrackSink>, request: &PhotoRequest, promise: &PhotoPromise) -> Result<Option<Roll>> {
        let waiting = request.called.elapsed();
        if promise.is_over() {
            return Err(gave_up());
        }
        if let Some(reason) = sink.ended() {
            return Err(reason.error());
        }
        if self.idle.asleep {
            return Err(Error::new(ErrorKind::Unknown, "the track was disabled meanwhile, and its camera given back"));
        }
        let before = self.known()?;
        if let Some(reason) = sink.ended() {
            // The camera took long to answer, and may have been given back meanwhile.
            return Err(reason.error());
        }
        PhotoCapabilities::of(&before).validate(&request.settings)?;
        if before.stills == Stills::None {
            return Err(Error::new(ErrorKind::Unknown, "this source delivers frames but takes no photos; use grab_frame"));
        }
        let steps = match &request.series {
            Series::Bracket(bracket) => steps(bracket, &before)?,
            Series::One | Series::Burst(_) => Vec::new(),
        };
        let current = self.source.live.lock().mode;
        let wanted = match &before.stills {
            // It switches by itself, if it has to.
            Stills::Own(_) => current,
            _ => current.map(|current| photo_mode(&before.modes, current, &request.settings)),
        };
        let mut session = Session { sink, request, promise, before, switched: false, waiting };
        let unchanged = |taken: Option<Vec<Taken>>| taken.map(|taken| Roll { taken, restoring: Duration::ZERO });
        let (Some(current), Some(wanted)) = (current, wanted) else {
            return self.series(&session, None, &steps).map(unchanged);
        };
        if current == wanted && steps.is_empty() {
            return self.series(&session, None, &steps).map(unchanged);
        }
        // The tracks see nothing of the other mode or of other values: they are muted meanwhile.
        self.source.live.lock().still = Some(wanted);
        self.source.set_muted(true);
        session.switched = true;
        let taken = self.series(&session, Some(wanted).filter(|wanted| current != *wanted), &steps);
        let begin = Instant::now();
        if self.lost().is_none() {
            self.as_before(&session.before, current);
        }
        let restoring = begin.elapsed();
        Ok(taken?.map(|taken| Roll { taken, restoring }))
    }

    /// Sets the camera as it was and has it stream again, which ends the mute.
    fn as_before(&mut self, before: &CameraInfo, mode: Mode) {
        self.write_back(before);
        let is_seen = {
            let mut live = self.source.live.lock();
            live.still = None;
            !live.sinks.is_empty()
        };
        if !is_seen {
            // Nobody is there any more to see it.
            self.source.capture.post(Request::Release);
            return;
        }
        self.back_to(mode);
        if self.lost().is_none() {
            // There are cameras that forget values with a change of mode.
            self.write_back(before);
        }
    }

    /// Writes the values that are not as before.
    fn write_back(&mut self, before: &CameraInfo) {
        let Ok(present) = self.known() else { return };
        let mut writes = restoring(&present.controls, &before.controls);
        // What is given back to the camera's own choice starts from where it was.
        for (mode, property) in LOCKS {
            let of = |info: &CameraInfo, property| info.controls.iter().find(|c| c.property == property).map(|c| c.value.clone());
            let automatic = Some(Value::from(AUTOMATIC));
            if of(before, mode) == automatic
                && of(&present, mode) != automatic
                && let Some(value) = of(before, property).filter(|value| of(&present, property).as_ref() != Some(value))
            {
                writes.push((property, value));
            }
        }
        writes.sort_by_key(|(property, value)| order(*property, value));
        write_what_goes(&mut *self.device, &writes);
        let properties: Vec<Property> = writes.iter().map(|(property, _)| *property).collect();
        self.forget(&properties);
    }

    /// All shots, in the mode that it is to be switched to first.
    fn series(&mut self, session: &Session, mode: Option<Mode>, steps: &[Vec<(Property, Value)>]) -> Result<Option<Vec<Taken>>> {
        let mut report = PhotoReport { waiting: session.waiting, reconfigured: mode.is_some(), ..PhotoReport::default() };
        let begin = Instant::now();
        if let Some(mode) = mode {
            self.restart(mode)?;
            report.switching = begin.elapsed();
        }
        let count = match session.request.series {
            Series::One => 1,
            Series::Burst(count) => count,
            Series::Bracket(_) => {
                let mut taken = Vec::with_capacity(steps.len());
                for step in steps {
                    let begin = Instant::now();
                    self.device.write(step).map_err(|failed| {
                        let why = format!("the camera did not take {} for a photo; everything is as before", failed.property);
                        failed.error.context(why)
                    })?;
                    report.switching += begin.elapsed();
                    self.settle(session, &mut report)?;
                    let Some(mut exposures) = self.expose(session, &report, 1)? else { return Ok(None) };
                    taken.append(&mut exposures);
                    (report.switching, report.waiting) = (Duration::ZERO, Duration::ZERO);
                }
                return Ok(Some(taken));
            }
        };
        if mode.is_some() {
            self.settle(session, &mut report)?;
        }
        self.expose(session, &report, count)
    }

    /// Waits until the camera has come to rest, or the time for that has passed.
    fn settle(&mut self, session: &Session, report: &mut PhotoReport) -> Result<()> {
        let begin = Instant::now();
        let (mut settle, mut budget, mut settled) = (Settle::default(), None, false);
        let frames = self.frames(u32::MAX);
        loop {
            let frame = self.receive(&frames, session, SILENCE);
            let frame = match frame {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(error) => {
                    self.stop_waiting(&frames);
                    return Err(error);
                }
            };
            // A camera that is slow to start does not use its time up with that.
            let end = *budget.get_or_insert_with(|| Instant::now() + session.request.options.settle);
            // A damaged frame says nothing.
            let Ok(look) = Look::at(&frame) else { continue };
            drop(frame);
            let steady = settle.see(look);
            if steady || settle.frames == 1 {
                // The first answer is only there to be compared with.
                let unchanged = settle.says(watched(&self.info()?));
                if steady && unchanged {
                    settled = true;
                    break;
                }
            }
            if Instant::now() >= end {
                break;
            }
        }
        self.stop_waiting(&frames);
        report.settled = Some(settled);
        report.settle_frames = settle.frames;
        report.settling = begin.elapsed();
        Ok(())
    }

    /// Exposes so many pictures, one right after the other, in the light that was asked for.
    fn expose(&mut self, session: &Session, report: &PhotoReport, count: u32) -> Result<Option<Vec<Taken>>> {
        let is_lit = session.light().is_some();
        let taken = self.expose_all(session, report, count);
        if is_lit && self.lost().is_none() {
            // What a photo was lit with does not stay; that the lamp refuses to go back is no fault of the photo.
            let _ = self.device.set_fill_light(None);
        }
        taken
    }

    fn expose_all(&mut self, session: &Session, report: &PhotoReport, count: u32) -> Result<Option<Vec<Taken>>> {
        let mut info = self.known()?;
        let live_mode = self.source.live.lock().mode;
        let mut taken = Vec::new();
        let mut frames = match &info.stills {
            Stills::Own(_) => None,
            _ => Some(self.frames(count)),
        };
        while taken.len() < count as usize {
            let begin = Instant::now();
            let mut looking = Duration::ZERO;
            if session.promise.is_over() {
                return Err(gave_up());
            }
            let picture = match &mut frames {
                None => Picture::Still(self.device.take_still(&session.request.settings)?),
                Some(frames) => {
                    if let Some(light) = session.light() {
                        self.device.set_fill_light(Some(light))?;
                        self.stop_waiting(frames);
                        // The frame that is being exposed has seen the change.
                        *frames = self.frames(2);
                        let _ = self.receive(frames, session, SILENCE)?;
                    }
                    let patience = if session.switched { SILENCE } else { Duration::MAX };
                    match self.whole(frames, session, patience) {
                        Ok(Some((frame, looked))) => {
                            looking = looked;
                            Picture::Frame(frame)
                        }
                        // Nothing is lost of a series that cannot be taken: it begins anew.
                        other => {
                            self.stop_waiting(frames);
                            return other.map(|_| None);
                        }
                    }
                }
            };
            let mut report = report.clone();
            if !taken.is_empty() {
                (report.waiting, report.switching, report.settling) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
            }
            report.exposing = begin.elapsed().saturating_sub(looking);
            report.encoding = looking;
            if let Picture::Frame(frame) = &picture {
                let of_mode = |mode: Mode| (mode.width, mode.height, mode.format);
                report.mode = Some(live_mode.map_or((frame.width(), frame.height(), frame.format()), of_mode));
            }
            let exposure = self.exposure(session, &info, picture, report);
            taken.push(match session.request.series {
                Series::One => Taken::Exposed(Box::new(exposure)),
                Series::Burst(_) | Series::Bracket(_) => Taken::Made(exposure.develop()?),
            });
            if count > 1 && taken.len() < count as usize {
                // What the camera chooses itself may have changed.
                info = self.known()?;
            }
        }
        if let Some(frames) = &frames {
            self.stop_waiting(frames);
        }
        Ok(Some(taken))
    }

    fn exposure(&mut self, session: &Session, info: &CameraInfo, picture: Picture, report: PhotoReport) -> Exposure {
        let mut settings: MediaTrackSettings = session.sink.settings();
        // What the track does not show because it may not be known is not in its photos either.
        let may_move = session.sink.may_move_camera();
        for control in info.controls.iter().filter(|control| may_move || !control.property.is_pan_tilt_zoom()) {
            settings.set(control.property, control.value.clone());
        }
        let (fill_light, red_eye_reduction) = match &info.stills {
            Stills::Own(own) => {
                let asked = &session.request.settings;
                (asked.fill_light_mode.or(own.settings.fill_light_mode), asked.red_eye_reduction.or(own.settings.red_eye_reduction))
            }
            _ => (session.light(), None),
        };
        let zoom = info.controls.iter().find(|control| may_move && control.property == Property::Zoom);
        let zoom_ratio = zoom.and_then(|control| match (&control.offer, &control.value) {
            (Offer::Range { range, .. }, Value::Number(value)) if range.min > 0.0 => Some(value / range.min),
            _ => None,
        });
        let gain = if settings.number(Property::Iso).is_none() { self.device.gain() } else { None };
        let shot = Shot { settings, label: info.label.clone(), fill_light, red_eye_reduction, zoom_ratio, gain };
        Exposure { picture, shot, turn: Turn::of(info.rotation), options: session.request.options, report }
    }

    /// Asks for so many frames that are exposed from now on.
    fn frames(&self, count: u32) -> Frames {
        let (reply, answer) = sync_channel(AHEAD);
        let since = crate::clock::now();
        self.source.live.lock().photos.push(PhotoWait { since, left: count, reply });
        Frames { since, answer }
    }

    /// What comes now is for nobody.
    fn stop_waiting(&self, frames: &Frames) {
        self.source.live.lock().photos.retain(|photo| photo.since != frames.since);
    }

    /// The next frame that is not damaged, and how long it took to look at it; `None` when the camera is muted, but not for
    /// a photo.
    fn whole(&self, frames: &mut Frames, session: &Session, patience: Duration) -> Result<Option<(Frame, Duration)>> {
        let begin = Instant::now();
        loop {
            let Some(frame) = self.receive(frames, session, patience)? else { return Ok(None) };
            let received = Instant::now();
            let told = match frame.format() {
                PixelFormat::Mjpeg => jpeg::check(frame.bytes(), (frame.width(), frame.height())),
                _ => Ok(()),
            };
            match told {
                Ok(()) => return Ok(Some((frame, received.elapsed()))),
                // A camera of which no picture is whole will not do better.
                Err(error) if begin.elapsed() > SILENCE => {
                    return Err(error.context("no whole picture came from the camera"));
                }
                Err(_) => {}
            }
            // Another one in its place.
            let mut live = self.source.live.lock();
            if let Some(photo) = live.photos.iter_mut().find(|photo| photo.since == frames.since) {
                photo.left += 1;
            } else {
                drop(live);
                *frames = self.frames(1);
            }
        }
    }

    /// The next frame; `None` when the camera is muted, but not for a photo.
    fn receive(&self, frames: &Frames, session: &Session, patience: Duration) -> Result<Option<Frame>> {
        let begin = Instant::now();
        loop {
            match frames.answer.recv_timeout(SLICE) {
                Ok(frame) => return frame.map(Some),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.lost().unwrap_or_else(|| Error::new(ErrorKind::Unknown, "the stream was restarted meanwhile")));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            let ended = session.sink.ended().map(|reason| reason.error());
            if let Some(error) = session.promise.is_over().then(gave_up).or(ended) {
                return Err(error);
            }
            let live = self.source.live.lock();
            if live.muted && live.still.is_none() {
                return Ok(None);
            }
            if begin.elapsed() >= patience {
                let mode = live.mode.map(|mode| format!("{}x{} {}", mode.width, mode.height, mode.format)).unwrap_or_default();
                let why = format!(
                    "the camera gave no frame for {patience:?} after it was switched to {mode} for a photo; take one of another size"
                );
                return Err(Error::new(ErrorKind::TimedOut, why));
            }
        }
    }
}

/// What has to be written for each shot of a bracket, all of it checked.
fn steps(bracket: &Bracket, info: &CameraInfo) -> Result<Vec<Vec<(Property, Value)>>> {
    let property = bracket.property();
    let find = |property| info.controls.iter().find(|control| control.property == property);
    let refuse = |why: String| Error::new(ErrorKind::NotSupported, why);
    let Some(control) = find(property) else {
        return Err(refuse(format!("this camera has no {property} that could be bracketed")));
    };
    let Domain::Numbers(lattice) = domain(&control.offer) else {
        return Err(refuse(format!("{property} of this camera is no number")));
    };
    let range = lattice.range();
    // D1: a value that the camera chooses by itself is one of another mode.
    let mode = LOCKS.iter().find(|(_, value)| *value == property).and_then(|(mode, _)| find(*mode));
    let switch = match mode {
        Some(mode) if mode.value != Value::from("manual") => match &mode.offer {
            Offer::Strings(modes) if modes.iter().any(|mode| mode == "manual") => Some((mode.property, Value::from("manual"))),
            _ => return Err(refuse(format!("{property} of this camera cannot be set: it has no {} \"manual\"", mode.property))),
        },
        _ => None,
    };
    bracket
        .values()
        .iter()
        .map(|value| {
            if !(range.min..=range.max).contains(value) {
                return Err(refuse(format!("{property} {value}: this camera has {} to {} there", range.min, range.max)));
            }
            Ok(switch.iter().cloned().chain([(property, lattice.best(*value).into())]).collect())
        })
        .collect()
}

fn gave_up() -> Error {
    Error::new(ErrorKind::Cancelled, "nobody waits for the photo any more")
}
