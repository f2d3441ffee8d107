//! The capture half of a V4L2 camera: mapped buffers that are lent to the program.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error;
use super::formats::{self, NativeMode};
use super::sys::{self, Buffer, Mapping, Node, WakeUp, Woke};
use crate::backend::{Capture, Dropped, Mode, Next, Rate};
use crate::frame::format::{Colour, Layout};
use crate::frame::jpeg;
use crate::frame::pool::{Bytes, DriverMemory, HeapPool, Lease, ReturnQueue, Wake};
use crate::{Error, ErrorKind, Frame, Result};

/// Buffers to ask the driver for.
const BUFFERS: u32 = 6;
/// Buffers that stay with the driver, whatever the program holds.
const WITH_DRIVER: usize = 2;
/// Copies that the program may hold when it holds all that can be lent.
const COPIES: usize = 16;
/// Dequeuing may fail this often in a row before the camera counts as lost.
const MAX_FAILURES: u32 = 50;
const FAILURE_PAUSE: Duration = Duration::from_millis(20);

pub(super) struct V4l2Capture {
    node: Arc<Node>,
    path: String,
    label: String,
    native: Vec<NativeMode>,
    wake_up: Arc<WakeUp>,
    copies: Arc<HeapPool>,
    stream: Option<Stream>,
    failures: u32,
}

/// A running stream.
struct Stream {
    mode: Mode,
    layout: Option<Layout>,
    colour: Colour,
    buffers: Vec<Arc<Mapping>>,
    home: Arc<ReturnQueue>,
    /// Buffers that are out of the driver's queue.
    out: usize,
    started: Duration,
    rate: Rate,
}

impl V4l2Capture {
    pub(super) fn new(node: Arc<Node>, path: String, label: String, native: Vec<NativeMode>) -> io::Result<V4l2Capture> {
        let wake_up = Arc::new(WakeUp::new()?);
        Ok(V4l2Capture { node, path, label, native, wake_up, copies: HeapPool::new(COPIES), stream: None, failures: 0 })
    }

    fn try_start(&self, mode: &Mode) -> std::result::Result<Stream, StartError> {
        let native = self
            .native
            .iter()
            .find(|native| native.mode == *mode)
            .ok_or(StartError::Mode(String::from("it is not in the camera's list")))?;
        let pix = self.node.set_format(mode.width, mode.height, native.fourcc)?;
        if (pix.width, pix.height, pix.pixelformat) != (mode.width, mode.height, native.fourcc) {
            let code = String::from_utf8_lossy(&pix.pixelformat.to_le_bytes()).into_owned();
            return Err(StartError::Mode(format!("the driver changed it to {}x{} {code}", pix.width, pix.height)));
        }
        let interval = self.node.set_interval(formats::interval(mode.rate))?;
        let layout = if mode.format.is_compressed() {
            None
        } else {
            let layout = Layout::new(mode.format, mode.width, mode.height, pix.bytesperline as usize);
            Some(layout.map_err(|e| StartError::Mode(e.message().to_owned()))?)
        };
        let count = self.node.request_buffers(BUFFERS)?;
        let buffers = (0..count).map(|index| self.node.map_buffer(index)).collect::<io::Result<Vec<_>>>()?;
        if buffers.len() <= WITH_DRIVER {
            return Err(StartError::Mode(format!("the driver gave {} buffers, too few to stream", buffers.len())));
        }
        for index in 0..count {
            self.node.queue(index)?;
        }
        let started = crate::clock::now();
        self.node.stream_on()?;
        let home = ReturnQueue::new(buffers.len(), self.wake_up.clone());
        Ok(Stream {
            mode: *mode,
            layout,
            colour: formats::colour(&pix, mode.format),
            buffers,
            home,
            out: 0,
            started,
            rate: formats::rate(interval).unwrap_or(mode.rate),
        })
    }

    /// Gives up everything that makes the device ours. Held frames keep their memory.
    fn give_up(&self) {
        // Errors mean that there is nothing to give up, or no device any more.
        let _ = self.node.stream_off();
        let _ = self.node.request_buffers(0);
    }

    /// A failure while streaming: gone for good, or worth another try.
    fn trouble(&mut self, error: io::Error) -> Result<Next> {
        let gone = |e: &io::Error| e.raw_os_error() == Some(libc::ENODEV);
        // A driver that was unplugged cancels its queue first and says so only when asked.
        if gone(&error) || self.node.capability().is_err_and(|e| gone(&e)) {
            return Err(error::lost(&self.label, Some(error)));
        }
        self.failures += 1;
        if self.failures >= MAX_FAILURES {
            let code = error.raw_os_error();
            let lost = Error::new(ErrorKind::DeviceLost, format!("the camera {:?} does not deliver frames any more: {error}", self.label));
            return Err(code.map_or(lost.clone(), |code| lost.with_os_code(code)));
        }
        std::thread::sleep(FAILURE_PAUSE);
        Ok(Next::Nothing)
    }
}

enum StartError {
    System(io::Error),
    Mode(String),
}

impl From<io::Error> for StartError {
    fn from(error: io::Error) -> Self {
        StartError::System(error)
    }
}

impl Stream {
    /// Gives back to the driver what came home.
    fn requeue(&mut self, node: &Node) -> io::Result<()> {
        // First, so that a buffer which comes home meanwhile is not overlooked.
        self.home.set_urgent(true);
        while let Some(index) = self.home.pop() {
            if let Err(error) = node.queue(index) {
                // It is not lost: the next round tries again.
                self.home.give_back(index);
                return Err(error);
            }
            self.out -= 1;
        }
        self.home.set_urgent(self.buffers.len() - self.out <= WITH_DRIVER);
        Ok(())
    }

    /// Turns a dequeued buffer into a frame. The buffer is out of the driver's queue and counted.
    fn frame(&mut self, buffer: &Buffer, copies: &Arc<HeapPool>) -> Next {
        let home = self.home.clone();
        let Some(mapping) = self.buffers.get(buffer.index as usize).cloned() else { return Next::Dropped(Dropped::Damaged) };
        let used = (buffer.bytesused as usize).min(mapping.len());
        let memory: Arc<dyn DriverMemory> = mapping;
        // SAFETY: the driver has just handed out this buffer, and only `requeue` gives it back, when its
        // index comes home, which happens when this lease is dropped. `memory` is its mapping.
        #[allow(unsafe_code, reason = "only here is it known that the buffer is out of the queue")]
        let lease = unsafe { Lease::new(memory, used, buffer.index, home) };
        if buffer.flags & sys::BUF_FLAG_ERROR != 0 {
            return Next::Dropped(Dropped::Damaged);
        }
        let whole = match self.layout {
            Some(layout) => lease.len() >= layout.size,
            None => jpeg::looks_whole(&lease),
        };
        if !whole {
            return Next::Dropped(Dropped::Damaged);
        }
        let layout = self.layout.unwrap_or_else(|| Layout::compressed(self.mode.format, self.mode.width, self.mode.height, lease.len()));
        // Fewer than two with the driver would make it drop frames: the program gets a copy instead.
        let bytes = if self.buffers.len() - self.out >= WITH_DRIVER {
            Bytes::Lease(lease)
        } else {
            let Some(mut slot) = copies.take(layout.size) else { return Next::Dropped(Dropped::NoMemory) };
            slot.bytes.copy_from_slice(&lease[..layout.size]);
            Bytes::Slot(slot)
        };
        let now = crate::clock::now();
        // A time before the stream began or after now is on another clock, or invented.
        let timestamp = buffer.monotonic_timestamp().filter(|t| (self.started..=now).contains(t)).unwrap_or(now);
        Next::Frame(Frame::new(bytes, layout, self.colour, timestamp, u64::from(buffer.sequence)))
    }
}

impl Capture for V4l2Capture {
    fn start(&mut self, mode: &Mode) -> Result<Rate> {
        match self.try_start(mode) {
            Ok(stream) => {
                let rate = stream.rate;
                self.stream = Some(stream);
                self.failures = 0;
                Ok(rate)
            }
            Err(failure) => {
                self.give_up();
                Err(match failure {
                    StartError::System(error) => error::opening(&self.label, &self.path, error),
                    StartError::Mode(why) => Error::new(
                        ErrorKind::NotReadable,
                        format!(
                            "the camera {:?} cannot stream {}x{} {} at {}: {why}",
                            self.label,
                            mode.width,
                            mode.height,
                            mode.format,
                            mode.rate.per_second()
                        ),
                    ),
                })
            }
        }
    }

    fn next(&mut self, deadline: Instant) -> Result<Next> {
        let timeout = deadline.saturating_duration_since(Instant::now());
        let Some(stream) = &mut self.stream else {
            // Nothing streams: only a wake-up is worth waiting for. Polling the device would fail at once.
            std::thread::sleep(timeout.min(FAILURE_PAUSE));
            return Ok(Next::Nothing);
        };
        if let Err(error) = stream.requeue(&self.node) {
            return self.trouble(error);
        }
        match sys::wait(&self.node, &self.wake_up, timeout) {
            Ok(Woke::Device) => {}
            Ok(Woke::WakeUp | Woke::Time) => return Ok(Next::Nothing),
            Err(error) => return self.trouble(error),
        }
        match self.node.dequeue() {
            Ok(Some(buffer)) => {
                self.failures = 0;
                stream.out += 1;
                Ok(stream.frame(&buffer, &self.copies))
            }
            Ok(None) => Ok(Next::Nothing),
            Err(error) => self.trouble(error),
        }
    }

    fn stop(&mut self) {
        if self.stream.take().is_some() {
            self.give_up();
        }
    }

    fn waker(&self) -> Arc<dyn Wake> {
        self.wake_up.clone()
    }
}

impl Drop for V4l2Capture {
    fn drop(&mut self) {
        self.stop();
    }
}
