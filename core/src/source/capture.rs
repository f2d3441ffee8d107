//! The capture thread: from the device's frames to the tracks.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::sink::bitmap;
use super::{Grab, LateWaker, Source};
use crate::backend::{Capture, Dropped, Mode, Next, Rate};
use crate::frame::pool::Wake;
use crate::threads::Latch;
use crate::{Error, ErrorKind, Frame, Result};

/// How long one wait for a frame lasts at most.
const LOOK: Duration = Duration::from_secs(1);

/// A photo that waits for a frame taken at or after a time.
pub(super) struct PhotoWait {
    pub(super) since: Duration,
    pub(super) reply: SyncSender<Result<Frame>>,
}

/// What the control thread asks of the capture thread.
pub(super) enum Request {
    /// Stop what runs and start this mode.
    Start(Mode, SyncSender<Result<Rate>>),
    Exit,
}

/// How the control thread reaches the capture thread.
#[derive(Default)]
pub(super) struct Link {
    requests: Mutex<VecDeque<Request>>,
    changed: Condvar,
    waker: LateWaker,
    /// The thread has ended, or was never started.
    pub(super) exited: Latch,
}

impl Link {
    pub(super) fn post(&self, request: Request) {
        self.requests.lock().push_back(request);
        self.changed.notify_all();
        if let Some(waker) = self.waker.get() {
            waker.wake();
        }
    }

    pub(super) fn set_waker(&self, waker: Arc<dyn Wake>) {
        // There is one device a source, so one waker.
        let _ = self.waker.set(waker);
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
pub(super) fn run(source: &Source, mut capture: Box<dyn Capture>) {
    let note = ExitNote(source);
    let mut streaming = false;
    let mut due = Vec::new();
    loop {
        let request = {
            let mut requests = source.capture.requests.lock();
            while requests.is_empty() && !streaming {
                source.capture.changed.wait(&mut requests);
            }
            requests.pop_front()
        };
        match request {
            Some(Request::Start(mode, reply)) => {
                capture.stop();
                source.live.lock().latest = None;
                let started = capture.start(&mode);
                streaming = started.is_ok();
                // Nobody waits any more when it took too long.
                let _ = reply.send(started);
                continue;
            }
            Some(Request::Exit) => break,
            None => {}
        }
        match capture.next(Instant::now() + LOOK) {
            Ok(Next::Frame(frame)) => deliver(source, frame, &mut due),
            Ok(Next::Dropped(Dropped::NoMemory)) => no_memory(source),
            Ok(Next::Dropped(Dropped::Damaged) | Next::Nothing) => {}
            Err(error) => {
                streaming = false;
                capture.stop();
                source.lose(&error);
            }
        }
    }
    source.live.lock().latest = None;
    capture.stop();
    drop(capture);
    drop(note);
}

/// Hands a frame to everybody who wants it. `due` is only there to be used again.
fn deliver(source: &Source, frame: Frame, due: &mut Vec<Grab>) {
    let old = {
        let mut live = source.live.lock();
        for sink in &live.sinks {
            sink.deliver(&frame, due);
        }
        for photo in live.photos.extract_if(.., |photo| frame.timestamp() >= photo.since) {
            // Each has room for one frame; a photo that gave up does not take it.
            let _ = photo.reply.try_send(Ok(frame.clone()));
        }
        live.latest.replace(frame.clone())
    };
    drop(old);
    // Converting is left to whoever takes the result. All that wait for the same frame share one form.
    for grab in due.drain(..) {
        let frame = frame.clone();
        grab.promise.resolve_with(move || bitmap(&frame));
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
