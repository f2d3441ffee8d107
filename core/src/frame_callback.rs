//! A function of the program that is called with each frame of a track.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use crate::dispatcher::Dispatcher;
use crate::frame_reader::FrameReader;
use crate::threads::spawn;
use crate::{Error, ErrorKind, Frame, Result, Timeout};

type Callback = Box<dyn FnMut(Result<Frame>) + Send>;

/// Keeps a function called with the frames of a track: see [`MediaStreamTrack::on_frame`](crate::MediaStreamTrack::on_frame).
/// Dropping it ends that; a call that is under way on another thread may still finish. It may be dropped inside of the
/// function.
#[must_use = "dropping a FrameCallback ends it; keep it"]
pub struct FrameCallback {
    reader: FrameReader,
    active: Arc<AtomicBool>,
    news: Sender<News>,
    detached: bool,
}

/// What the thread waits for while the program is to call the function.
enum News {
    /// It was called.
    Back(Callback),
    /// Nobody wants more.
    Stop,
}

impl FrameCallback {
    pub(crate) fn start(reader: FrameReader, dispatcher: Arc<Dispatcher>, callback: Callback) -> Result<FrameCallback> {
        let (active, (news, arrived)) = (Arc::new(AtomicBool::new(true)), channel());
        let pump = Pump { reader: reader.clone(), active: active.clone(), news: news.clone(), arrived };
        let failed = |e| Error::new(ErrorKind::Unknown, "the system gave no thread for the callback of frames").with_source(e);
        spawn("ic-frames", move || {
            // Only what the thread needs to be woken stays; with manual callbacks the program says when it calls.
            let manual = dispatcher.is_manual().then_some(dispatcher);
            pump.run(manual.as_deref(), callback);
        })
        .map_err(failed)?;
        Ok(FrameCallback { reader, active, news, detached: false })
    }

    /// Has the function called until the track has ended, which it keeps alive until then.
    pub fn detach(mut self) {
        self.detached = true;
    }

    /// How many frames were dropped because the function was busy, or because they were damaged.
    pub fn dropped(&self) -> u64 {
        self.reader.dropped()
    }
}

impl Drop for FrameCallback {
    fn drop(&mut self) {
        if self.detached {
            return;
        }
        self.active.store(false, Ordering::Release);
        self.reader.close();
        // A thread that has ended needs no news.
        let _ = self.news.send(News::Stop);
    }
}

impl fmt::Debug for FrameCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameCallback").field("reader", &self.reader).finish_non_exhaustive()
    }
}

/// The thread's part.
struct Pump {
    reader: FrameReader,
    active: Arc<AtomicBool>,
    news: Sender<News>,
    arrived: Receiver<News>,
}

impl Pump {
    fn run(self, manual: Option<&Dispatcher>, mut callback: Callback) {
        loop {
            let result = self.reader.next_frame_within(Timeout::Never);
            let is_last = match &result {
                Err(error) if error.kind() == ErrorKind::InvalidState => return,
                Err(error) => error.kind() == ErrorKind::DeviceLost,
                Ok(_) => false,
            };
            match manual {
                None => call(&self.active, &mut callback, result),
                Some(dispatcher) => match self.ask(dispatcher, callback, result) {
                    Some(back) => callback = back,
                    None => return,
                },
            }
            if is_last {
                return;
            }
        }
    }

    /// Has the program call the function where it processes events, and waits for that.
    fn ask(&self, dispatcher: &Dispatcher, mut callback: Callback, result: Result<Frame>) -> Option<Callback> {
        let (active, news) = (self.active.clone(), self.news.clone());
        dispatcher.call(move || {
            call(&active, &mut callback, result);
            let _ = news.send(News::Back(callback));
        });
        match self.arrived.recv() {
            Ok(News::Back(callback)) => Some(callback),
            Ok(News::Stop) | Err(_) => None,
        }
    }
}

/// A function that panics has had its frame; the next one comes all the same, as with other callbacks.
fn call(active: &AtomicBool, callback: &mut Callback, result: Result<Frame>) {
    if active.load(Ordering::Acquire) {
        let _ = catch_unwind(AssertUnwindSafe(|| callback(result)));
    }
}
