//! A track's frames, one after the other.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::source::{EndReason, Shown};
use crate::{Error, ErrorKind, Frame, MediaStreamTrack, PixelFormat, Result, Timeout};

/// How long a frame may take.
pub(crate) const FRAME_LIMIT: Duration = Duration::from_secs(5);
/// Longer queues would hold more memory than a camera has buffers and copies.
const MAX_QUEUE: usize = 16;

/// Which frames a slow reader gets.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeliveryPolicy {
    /// Only the newest one.
    #[default]
    Latest,
    /// The last so many, 1 to 16; the oldest are dropped and counted.
    Queue(usize),
}

/// How frames are delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FramesOptions {
    /// Which frames a slow reader gets.
    pub policy: DeliveryPolicy,
    /// Convert every frame to this format. Without it frames come as the camera sent them, or as RGBA where they had
    /// to be cropped or scaled to the track's size or, while it is disabled or muted, are opaque black.
    pub format: Option<PixelFormat>,
}

pub(crate) struct ReaderShared {
    state: Mutex<State>,
    changed: Condvar,
    capacity: usize,
    format: Option<PixelFormat>,
}

struct State {
    queue: VecDeque<Shown>,
    dropped: u64,
    ended: Option<EndReason>,
    /// Frames were dropped because the program holds all memory.
    starved: Option<Error>,
    closed: bool,
}

impl ReaderShared {
    pub(crate) fn new(options: FramesOptions) -> Result<Arc<ReaderShared>> {
        let capacity = match options.policy {
            DeliveryPolicy::Latest => 1,
            DeliveryPolicy::Queue(n @ 1..=MAX_QUEUE) => n,
            DeliveryPolicy::Queue(n) => {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    format!("a queue of {n} frames is not possible; it holds 1 to {MAX_QUEUE}"),
                ));
            }
        };
        let state = State { queue: VecDeque::with_capacity(capacity), dropped: 0, ended: None, starved: None, closed: false };
        Ok(Arc::new(ReaderShared { state: Mutex::new(state), changed: Condvar::new(), capacity, format: options.format }))
    }

    /// False when nobody will fetch it because the reader was closed.
    pub(crate) fn push(&self, shown: &Shown) -> bool {
        let mut state = self.state.lock();
        if state.closed {
            return false;
        }
        if state.queue.len() == self.capacity {
            state.queue.pop_front();
            state.dropped += 1;
        }
        state.starved = None;
        state.queue.push_back(shown.clone());
        self.changed.notify_one();
        true
    }

    /// A new frame could not be kept. The oldest one that waits here makes room; a reader that has none
    /// learns why nothing comes.
    pub(crate) fn starve(&self, error: &Error) -> Option<Shown> {
        let mut state = self.state.lock();
        state.dropped += 1;
        let oldest = state.queue.pop_front();
        if oldest.is_none() {
            state.starved = Some(error.clone());
            self.changed.notify_one();
        }
        oldest
    }

    /// The next frame, made into what it is to be, on this thread and without a lock.
    pub(crate) fn next(&self, deadline: Option<Instant>) -> Result<Frame> {
        loop {
            match self.take(deadline)?.make(self.format) {
                // A damaged picture is like one that never came.
                Err(error) if error.kind() == ErrorKind::Unknown => self.state.lock().dropped += 1,
                made => return made,
            }
        }
    }

    fn take(&self, deadline: Option<Instant>) -> Result<Shown> {
        let mut state = self.state.lock();
        loop {
            if let Some(shown) = state.queue.pop_front() {
                return Ok(shown);
            }
            if state.closed {
                return Err(Error::new(ErrorKind::InvalidState, "this reader was closed"));
            }
            if let Some(error) = state.starved.take() {
                return Err(error);
            }
            match &state.ended {
                Some(EndReason::Lost(error)) => return Err(error.clone()),
                Some(reason) => return Err(reason.state_error()),
                None => {}
            }
            match deadline {
                None => self.changed.wait(&mut state),
                Some(deadline) => {
                    if Instant::now() >= deadline {
                        return Err(Error::new(ErrorKind::TimedOut, "no frame came within the time limit; the camera may be stalled"));
                    }
                    self.changed.wait_until(&mut state, deadline);
                }
            }
        }
    }

    pub(crate) fn end(&self, reason: &EndReason) {
        self.state.lock().ended = Some(reason.clone());
        self.changed.notify_all();
    }
}

/// Reads the frames of a track: an iterator that ends when the track ends.
///
/// Clones are handles to the same reader: each frame goes to one of them.
#[derive(Clone)]
pub struct FrameReader {
    shared: Arc<ReaderShared>,
    /// A reader keeps its track alive.
    _track: MediaStreamTrack,
}

impl FrameReader {
    /// How long [`next_frame`](Self::next_frame) waits.
    pub const LIMIT: Duration = FRAME_LIMIT;

    pub(crate) fn new(track: &MediaStreamTrack, options: FramesOptions) -> Result<FrameReader> {
        Ok(FrameReader { shared: ReaderShared::new(options)?, _track: track.clone() })
    }

    pub(crate) fn shared(&self) -> &Arc<ReaderShared> {
        &self.shared
    }

    /// Waits for the next frame, for at most 5 s.
    ///
    /// # Errors
    ///
    /// `TimedOut` when none came; `BuffersExhausted` when the program holds all memory; `DeviceLost` when
    /// the camera was unplugged; `InvalidState` when the track was stopped or the reader closed;
    /// `NotSupported` when frames cannot be turned into the format.
    pub fn next_frame(&self) -> Result<Frame> {
        self.next_frame_within(Timeout::Default)
    }

    /// As [`next_frame`](Self::next_frame) with another limit; `After(Duration::ZERO)` only looks.
    ///
    /// # Errors
    ///
    /// As [`next_frame`](Self::next_frame).
    pub fn next_frame_within(&self, limit: impl Into<Timeout>) -> Result<Frame> {
        self.shared.next(limit.into().deadline(FRAME_LIMIT))
    }

    /// How many frames were dropped because they were not fetched in time or were damaged.
    pub fn dropped(&self) -> u64 {
        self.shared.state.lock().dropped
    }

    /// Ends the delivery and lets go of the frames that wait.
    pub fn close(&self) {
        let waiting = {
            let mut state = self.shared.state.lock();
            state.closed = true;
            std::mem::take(&mut state.queue)
        };
        self.shared.changed.notify_all();
        drop(waiting);
    }
}

impl Iterator for FrameReader {
    type Item = Result<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.next_frame() {
            Err(error) if error.kind() == ErrorKind::InvalidState => None,
            result => {
                // The error of a lost camera is the last item.
                if matches!(&result, Err(e) if e.kind() == ErrorKind::DeviceLost) {
                    self.close();
                }
                Some(result)
            }
        }
    }
}

impl fmt::Debug for FrameReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.state.lock();
        f.debug_struct("FrameReader").field("waiting", &state.queue.len()).field("dropped", &state.dropped).finish_non_exhaustive()
    }
}
