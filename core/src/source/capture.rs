//! The capture thread: from the device's frames to the tracks.
//!
//! It lives as long as the source. The device's capture half comes to it when the device is opened and goes when it is
//! given back; without one, the thread only gives black frames to the tracks that are to have them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::Source;
use super::delivery::{Due, Output};
use super::stall::{Action, Stall};
use crate::backend::{Capture, Dropped, Mode, Next, Rate};
use crate::frame::pool::Wake;
use crate::threads::{Latch, spawn};
use crate::{Error, ErrorKind, Frame, PixelFormat, Result};

/// How long one wait for a frame lasts at most.
const LOOK: Duration = Duration::from_secs(1);

/// A photo that waits for frames taken at or after a time.
pub(super) struct PhotoWait {
    pub(super) since: Duration,
    /// How many more.
    pub(super) left: u32,
    pub(super) reply: SyncSender<Result<Frame>>,
}

/// What the control thread asks of the capture thread.
pub(super) enum Request {
    /// Take this capture half of the device, which does not stream yet.
    Attach(Box<dyn Capture>),
    /// Stop what runs and give the capture half up; the answer comes when nothing of the device is held any more.
    #[allow(dead_code, reason = "no rule releases an idle device yet; tests do")]
    Detach(SyncSender<()>),
    /// Stop what runs if there is no track.
    Release,
    /// Stop what runs and start this mode.
    Start(Mode, SyncSender<Result<Rate>>),
    Exit,
}

/// How the other threads reach the capture thread.
#[derive(Default)]
pub(super) struct Link {
    inbox: Mutex<Inbox>,
    changed: Condvar,
    /// Ends the wait of the capture half that is attached.
    waker: Mutex<Option<Arc<dyn Wake>>>,
    /// The thread has ended, or was never started.
    pub(super) exited: Latch,
}

#[derive(Default)]
struct Inbox {
    requests: VecDeque<Request>,
    /// Something changed that the thread has to look at.
    nudged: bool,
}

impl Link {
    pub(super) fn post(&self, request: Request) {
        self.inbox.lock().requests.push_back(request);
        self.wake();
    }

    /// Has the thread look again at what there is to do.
    pub(super) fn nudge(&self) {
        self.inbox.lock().nudged = true;
        self.wake();
    }

    fn wake(&self) {
        self.changed.notify_all();
        let waker = self.waker.lock().clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The next request. With `wait`, waits for one, or for a nudge, or until the time.
    fn next(&self, wait: bool, until: Option<Instant>) -> Option<Request> {
        let mut inbox = self.inbox.lock();
        loop {
            let request = inbox.requests.pop_front();
            if request.is_some() || std::mem::take(&mut inbox.nudged) || !wait {
                return request;
            }
            match until {
                None => self.changed.wait(&mut inbox),
                Some(until) if Instant::now() >= until => return None,
                Some(until) => drop(self.changed.wait_until(&mut inbox, until)),
            }
        }
    }
}

/// Says that the thread has ended, also when it panicked.
struct ExitNote<'a>(&'a Source);

impl Drop for ExitNote<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lose(&Error::new(ErrorKind::DeviceLost, "the camera's worker failed; this is a defect of the library"));
        }
        self.0.capture.exited.set();
    }
}

/// The body of the thread.
pub(super) fn run(source: &Arc<Source>) {
    let note = ExitNote(source);
    let mut worker = Worker {
        source,
        capture: None,
        streaming: None,
        stall: Stall::new(source.timing),
        paced: true,
        interrupted: false,
        due: Vec::new(),
    };
    worker.serve();
    worker.detach();
    drop(worker);
    drop(note);
}

struct Worker<'a> {
    source: &'a Arc<Source>,
    capture: Option<Box<dyn Capture>>,
    /// The mode that was started, until it is stopped.
    streaming: Option<Mode>,
    stall: Stall,
    /// Frames come by themselves: none for a while means something.
    paced: bool,
    /// The next frame does not join on to the last one.
    interrupted: bool,
    /// Only there to be used again.
    due: Vec<Due>,
}

impl Worker<'_> {
    fn serve(&mut self) {
        loop {
            let tick = self.tick();
            let until = [tick, self.stall.deadline()].into_iter().flatten().min();
            match self.source.capture.next(self.streaming.is_none(), until) {
                Some(Request::Attach(capture)) => {
                    self.stop();
                    self.paced = capture.paced();
                    *self.source.capture.waker.lock() = Some(capture.waker());
                    self.capture = Some(capture);
                }
                Some(Request::Detach(reply)) => {
                    self.detach();
                    // Nobody waits any more when it took too long.
                    let _ = reply.send(());
                }
                Some(Request::Release) => self.release(),
                Some(Request::Start(mode, reply)) => {
                    let _ = reply.send(self.start(&mode));
                }
                Some(Request::Exit) => return,
                None => {
                    self.next_frame(until);
                    self.watch();
                }
            }
        }
    }

    fn start(&mut self, mode: &Mode) -> Result<Rate> {
        let began = Instant::now();
        self.stop();
        let (had_tracks, for_photo) = {
            let mut live = self.source.live.lock();
            live.latest = None;
            live.still = live.still.filter(|still| still == mode);
            (!live.sinks.is_empty(), live.still.is_some())
        };
        let Some(capture) = &mut self.capture else {
            return Err(Error::new(ErrorKind::Aborted, "the camera is not open at present"));
        };
        let rate = capture.start(mode)?;
        let output = Output::of(mode, rate);
        {
            let mut live = self.source.live.lock();
            (live.mode, live.rate, live.output) = (Some(*mode), Some(rate), Some(output));
        }
        self.streaming = Some(*mode);
        self.interrupted = true;
        let muted = capture.is_muted();
        if self.paced {
            self.stall.begin(Instant::now(), output.interval(), had_tracks.then_some(began));
        }
        // Known before a track is made, so that a new track begins as it is.
        if muted {
            self.stall.frame(Instant::now());
            self.source.set_muted(true);
        } else if !self.stall.has_muted() && !for_photo {
            self.source.set_muted(false);
        }
        Ok(rate)
    }

    fn stop(&mut self) {
        self.stall.end();
        self.streaming = None;
        if let Some(capture) = &mut self.capture {
            capture.stop();
        }
    }

    fn release(&mut self) {
        let stale = {
            let mut live = self.source.live.lock();
            if !live.sinks.is_empty() || live.still.is_some() {
                // A new one has come, or a photo is under way, which ends by itself.
                return;
            }
            (live.mode, live.rate) = (None, None);
            live.latest.take()
        };
        drop(stale);
        self.stop();
    }

    fn detach(&mut self) {
        self.source.live.lock().latest = None;
        self.stop();
        *self.source.capture.waker.lock() = None;
        self.capture = None;
    }

    fn next_frame(&mut self, until: Option<Instant>) {
        let (Some(capture), Some(_)) = (&mut self.capture, self.streaming) else { return };
        let look = Instant::now() + LOOK;
        match capture.next(until.map_or(look, |until| until.min(look))) {
            Ok(Next::Frame(frame)) => self.frame(&frame),
            Ok(Next::Dropped(Dropped::NoMemory)) => {
                // The camera does its part.
                self.flows();
                no_memory(self.source);
            }
            Ok(Next::Dropped(Dropped::Damaged)) => {
                let live = self.source.live.lock();
                if !live.muted {
                    live.sinks.iter().for_each(|sink| sink.miss());
                }
            }
            Ok(Next::Muted(muted)) => {
                self.stall.frame(Instant::now());
                if muted {
                    self.source.set_muted(true);
                } else {
                    self.unmute();
                }
            }
            Ok(Next::Changed(controls)) => self.source.look_at_camera(controls),
            Ok(Next::Nothing) => {}
            Err(error) => self.lose(&error),
        }
    }

    fn lose(&mut self, error: &Error) {
        self.stop();
        self.source.lose(error);
    }

    /// Frames come: a mute because there were none is over.
    fn flows(&mut self) {
        if self.stall.frame(Instant::now()) {
            self.interrupted = true;
            self.unmute();
        }
    }

    /// The camera gives frames again. While they are those of a photo, that is for the end of it to tell.
    fn unmute(&self) {
        if self.source.live.lock().still.is_none() {
            self.source.set_muted(false);
        }
    }

    /// Hands a frame to everybody who wants it.
    fn frame(&mut self, frame: &Frame) {
        self.flows();
        let old = {
            let mut live = self.source.live.lock();
            let live = &mut *live;
            let (still, muted) = (live.still.is_some(), live.muted);
            live.photos.retain_mut(|photo| {
                // One for which there is no room is left out; a photo that gave up does not take it.
                if (still || !muted) && frame.timestamp() >= photo.since && photo.reply.try_send(Ok(frame.clone())).is_ok() {
                    photo.left -= 1;
                }
                photo.left > 0
            });
            let Some(output) = live.output.filter(|_| !live.muted) else {
                // No live sample may reach a track of a muted source.
                self.interrupted = true;
                return;
            };
            if std::mem::take(&mut self.interrupted) {
                live.sinks.iter().for_each(|sink| sink.interrupt());
            }
            for sink in &live.sinks {
                sink.deliver(frame, &output, &mut live.blanks, &mut self.due);
            }
            live.latest.replace(frame.clone())
        };
        drop(old);
        // Converting is left to whoever takes the result. All that wait for the same frame share one form.
        for due in self.due.drain(..) {
            let Due { promise, shown } = due;
            promise.resolve_with(move || shown.make(Some(PixelFormat::Rgba)));
        }
    }

    /// Does what a stream without frames asks for.
    fn watch(&mut self) {
        let now = Instant::now();
        if !self.stall.has_muted() && self.source.live.lock().muted {
            // The camera has said why there are none.
            self.stall.rest(now);
        }
        match self.stall.poll(now) {
            None => {}
            Some(Action::Restart) => self.restart(),
            Some(Action::Mute) => self.source.set_muted(true),
            Some(Action::Lose) => self.lose(&silent(self.source)),
        }
    }

    /// Stops a stream that gives no frames and starts it again.
    fn restart(&mut self) {
        let (Some(capture), Some(mode)) = (&mut self.capture, self.streaming) else { return };
        let impatient = Impatient::start(self.source);
        capture.stop();
        let started = capture.start(&mode);
        self.interrupted = true;
        self.stall.restarted(Instant::now());
        if impatient.is_some_and(Impatient::end) {
            self.stall.muted_meanwhile();
        }
        match started {
            Err(error) if error.kind() == ErrorKind::DeviceLost => self.lose(&error),
            // Another failure is a stream without frames: the rule goes on.
            _ => {}
        }
    }

    /// Gives black frames where they are due; when the next ones are. None are needed while live frames flow, and a
    /// source that waits for the program to make its frames gives none of its own accord.
    fn tick(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut live = self.source.live.lock();
        let is_quiet = live.muted || self.paced && (self.streaming.is_none() || self.stall.is_silent(now));
        if !is_quiet {
            return None;
        }
        let live = &mut *live;
        let time = crate::clock::now();
        let next = live.sinks.iter().filter_map(|sink| sink.tick(time, live.muted, live.output.as_ref(), &mut live.blanks)).min()?;
        now.checked_add(next.saturating_sub(time))
    }
}

fn silent(source: &Source) -> Error {
    let label = &source.camera.info().label;
    let why = format!(
        "the camera {label:?} does not deliver frames any more: none came for {:.0?}, also not after its stream was restarted. Unplug it and plug it in again",
        source.timing.loss
    );
    Error::new(ErrorKind::DeviceLost, why)
}

/// Watches over a restart. A camera that answers nothing keeps the kernel, and so the capture thread, for 5 s with each
/// request; the tracks are muted and ended in time all the same.
struct Impatient {
    done: Arc<Latch>,
    thread: JoinHandle<bool>,
}

impl Impatient {
    /// `None` without a thread: then it takes as long as it takes.
    fn start(source: &Arc<Source>) -> Option<Impatient> {
        let (done, begin) = (Arc::new(Latch::default()), Instant::now());
        let (shared, is_done) = (source.clone(), done.clone());
        let thread = spawn("ic-restart", move || {
            if is_done.wait_until(begin + shared.timing.grace) {
                return false;
            }
            shared.set_muted(true);
            if !is_done.wait_until(begin + shared.timing.loss) {
                shared.lose(&silent(&shared));
            }
            true
        });
        Some(Impatient { done, thread: thread.ok()? })
    }

    /// The restart is over; whether the source was muted.
    fn end(self) -> bool {
        self.done.set();
        self.thread.join().unwrap_or(false)
    }
}

/// A frame could not be kept because the program holds all memory: whoever waits for one is told.
fn no_memory(source: &Source) {
    let error = Error::new(
        ErrorKind::BuffersExhausted,
        "the program holds all memory that frames are kept in; release frames, or convert or copy them, and try again",
    );
    let (sinks, photos, latest) = {
        let mut live = source.live.lock();
        if live.muted {
            // Nobody was to get it.
            return;
        }
        // What the library itself keeps is the first to go.
        (live.sinks.clone(), std::mem::take(&mut live.photos), live.latest.take())
    };
    drop(latest);
    for photo in photos {
        let _ = photo.reply.try_send(Err(error.clone()));
    }
    for sink in sinks {
        sink.starve(&error);
    }
}
