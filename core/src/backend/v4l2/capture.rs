//! The capture half of a V4L2 camera: mapped buffers that are lent to the program.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error;
use super::events::Events;
use super::formats::{self, NativeMode};
use super::moment::Moments;
use super::sys::{self, Agreed, Buffer, Exports, Mapping, Node, Queue, WakeUp, Woke};
use crate::backend::{Capture, Dropped, Mode, Next, Rate};
use crate::frame::format::{Colour, Layout};
use crate::frame::jpeg;
use crate::frame::pool::{Bytes, DriverMemory, HeapPool, HeapSlot, Lease, ReturnQueue, Wake};
use crate::frame::shelf::Shelf;
use crate::frame::work;
use crate::{Error, ErrorKind, Result};

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
    events: Events,
    copies: Arc<HeapPool>,
    shelf: Arc<Shelf>,
    stream: Option<Stream>,
    failures: u32,
}

/// A running stream.
struct Stream {
    mode: Mode,
    queue: Queue,
    layout: Option<Layout>,
    colour: Colour,
    buffers: Vec<Arc<Mapping>>,
    exports: Arc<Exports>,
    home: Arc<ReturnQueue>,
    /// Buffers that are out of the driver's queue.
    out: usize,
    moments: Moments,
    rate: Rate,
}

impl V4l2Capture {
    pub(super) fn new(
        node: Arc<Node>,
        path: String,
        label: String,
        native: Vec<NativeMode>,
        wake_up: Arc<WakeUp>,
        events: Events,
    ) -> V4l2Capture {
        V4l2Capture {
            node,
            path,
            label,
            native,
            wake_up,
            events,
            copies: HeapPool::new(COPIES),
            shelf: Shelf::new(),
            stream: None,
            failures: 0,
        }
    }

    fn try_start(&self, mode: &Mode) -> std::result::Result<Stream, StartError> {
        let native = self
            .native
            .iter()
            .find(|native| native.mode == *mode)
            .ok_or(StartError::Mode(String::from("it is not in the camera's list")))?;
        let queue = native.queue;
        let agreed = self.node.set_format(queue, (mode.width, mode.height), native.fourcc)?;
        if (agreed.width, agreed.height, agreed.pixelformat) != (mode.width, mode.height, native.fourcc) {
            let code = formats::code_name(agreed.pixelformat);
            return Err(StartError::Mode(format!("the driver changed it to {}x{} {code}", agreed.width, agreed.height)));
        }
        let interval = self.node.set_interval(queue, formats::interval(mode.rate))?;
        let layout = if mode.format.is_compressed() { None } else { Some(layout(native, &agreed)?) };
        let count = self.node.request_buffers(queue, BUFFERS)?;
        let exports = Exports::new(&self.node, queue);
        let buffers = (0..count).map(|index| self.node.map_buffer(index, &exports)).collect::<io::Result<Vec<_>>>()?;
        if buffers.is_empty() {
            return Err(StartError::Mode(String::from("the driver gave no buffers")));
        }
        for index in 0..count {
            self.node.queue(queue, index)?;
        }
        let started = crate::clock::now();
        self.node.stream_on(queue)?;
        let home = ReturnQueue::new(buffers.len(), self.wake_up.clone());
        Ok(Stream {
            mode: *mode,
            queue,
            layout,
            colour: formats::colour(&agreed, mode.format),
            buffers,
            exports,
            home,
            out: 0,
            moments: Moments::since(started),
            rate: formats::rate(interval).unwrap_or(mode.rate),
        })
    }

    /// Gives up everything that makes the device ours. Held frames keep their memory.
    fn give_up(&self, queue: Queue) {
        // Errors mean that there is nothing to give up, or no device any more.
        let _ = self.node.stream_off(queue);
        let _ = self.node.request_buffers(queue, 0);
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
            if let Err(error) = node.queue(self.queue, index) {
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
    fn frame(&mut self, buffer: &Buffer, copies: &Arc<HeapPool>, shelf: &Arc<Shelf>) -> Next {
        let home = self.home.clone();
        let Some(mapping) = self.buffers.get(buffer.index as usize).cloned() else { return Next::Dropped(Dropped::Damaged) };
        let memory: Arc<dyn DriverMemory> = mapping;
        // SAFETY: the driver has just handed out this buffer, and only `requeue` gives it back, when its
        // index comes home, which happens when this lease is dropped. `memory` is its mapping.
        #[allow(unsafe_code, reason = "only here is it known that the buffer is out of the queue")]
        let lease = unsafe { Lease::new(memory, buffer.filled.clone(), buffer.index, home) };
        let (timestamp, by, sequence) = self.moments.of(buffer.timestamp, buffer.sequence, crate::clock::now());
        if buffer.damaged || !is_whole(&lease, self.layout.as_ref()) {
            return Next::Dropped(Dropped::Damaged);
        }
        let Mode { format, width, height, .. } = self.mode;
        let layout = self.layout.unwrap_or_else(|| Layout::compressed(format, width, height, lease.piece(0).len()));
        let (bytes, layout) = if lends(self.buffers.len() - self.out) {
            (Bytes::Lease(lease), layout)
        } else {
            let Some(slot) = copies.take(layout.size) else { return Next::Dropped(Dropped::NoMemory) };
            work::copied();
            (Bytes::Slot(copied(&lease, &layout, slot)), layout.together())
        };
        Next::Frame(shelf.frame(bytes, layout, self.colour, timestamp, sequence).timed_by(by))
    }
}

/// Whether the program gets a buffer itself when so many are left to the driver. Fewer than two would make that drop
/// frames: the program gets a copy instead.
fn lends(with_driver: usize) -> bool {
    with_driver >= WITH_DRIVER
}

/// Whether the driver has filled all of a picture; one without a layout is a JPEG.
fn is_whole(lease: &Lease, layout: Option<&Layout>) -> bool {
    match layout {
        Some(layout) => (0..layout.pieces()).all(|piece| lease.piece(piece).len() >= layout.needs(piece)),
        None => jpeg::looks_whole(lease.piece(0)),
    }
}

/// The planes of a picture, one after the other.
fn copied(lease: &Lease, layout: &Layout, mut slot: HeapSlot) -> HeapSlot {
    let mut at = 0;
    for plane in layout.planes() {
        slot.bytes[at..at + plane.len].copy_from_slice(&lease.piece(plane.piece)[plane.offset..plane.offset + plane.len]);
        at += plane.len;
    }
    slot
}

/// Where the planes of a mode's pictures lie, as the driver has said.
fn layout(native: &NativeMode, agreed: &Agreed) -> std::result::Result<Layout, StartError> {
    let Mode { format, width, height, .. } = native.mode;
    let layout = match agreed.strides[..] {
        [] => Layout::new(format, width, height, 0),
        [stride] => Layout::new(format, width, height, stride),
        ref strides => Layout::apart(format, width, height, strides),
    };
    layout.map(|layout| layout.with_bits(native.bits)).map_err(|e| StartError::Mode(e.message().to_owned()))
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
                if let Some(native) = self.native.iter().find(|native| native.mode == *mode) {
                    self.give_up(native.queue);
                }
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
        if let Some(muted) = self.events.muted() {
            return Ok(muted);
        }
        let (timeout, with_events) = self.events.patience(timeout);
        match sys::wait(&self.node, &self.wake_up, timeout, with_events) {
            Ok(Woke::Device) => {}
            Ok(Woke::Event) => return Ok(self.events.look(&self.node).unwrap_or(Next::Nothing)),
            Ok(Woke::WakeUp | Woke::Time) => return Ok(Next::Nothing),
            Err(error) => return self.trouble(error),
        }
        match self.node.dequeue(stream.queue) {
            Ok(Some(buffer)) => {
                self.failures = 0;
                stream.out += 1;
                Ok(stream.frame(&buffer, &self.copies, &self.shelf))
            }
            Ok(None) => Ok(Next::Nothing),
            Err(error) => self.trouble(error),
        }
    }

    fn is_muted(&mut self) -> bool {
        self.events.is_private()
    }

    fn stop(&mut self) {
        if let Some(stream) = self.stream.take() {
            stream.exports.end();
            self.give_up(stream.queue);
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

#[cfg(test)]
mod tests {
    use std::ops::Range;
    use std::os::fd::OwnedFd;

    use super::*;
    use crate::{Frame, PixelFormat};

    #[test]
    fn two_buffers_stay_with_the_driver() {
        // Of six, four can be lent.
        assert_eq!((1..=6).map(|out| lends(6 - out)).collect::<Vec<_>>(), [true, true, true, true, false, false]);
        // A driver that gives fewer than three gets each of them back at once.
        assert!(!lends(2 - 1) && !lends(0));
    }

    /// A buffer of two pieces.
    struct Pieces([Vec<u8>; 2]);

    // SAFETY: the memory lives as long as the object.
    #[allow(unsafe_code, reason = "a driver for the test")]
    unsafe impl DriverMemory for Pieces {
        unsafe fn bytes(&self, piece: usize, range: Range<usize>) -> &[u8] {
            self.0.get(piece).map_or(&[], |bytes| &bytes[range])
        }

        fn export(&self, _: usize) -> Result<OwnedFd> {
            Err(Error::new(ErrorKind::NotSupported, "not here"))
        }
    }

    struct Nobody;
    impl Wake for Nobody {
        fn wake(&self) {}
    }

    /// NV12 of 4x2 with strides of 6 and 4; the chroma starts 3 bytes into its piece.
    fn lease(home: &Arc<ReturnQueue>, filled: [Range<usize>; 3]) -> Lease {
        let memory = Pieces([(0..12).collect(), (100..120).collect()]);
        // SAFETY: no driver knows of this memory.
        #[allow(unsafe_code, reason = "a driver for the test")]
        unsafe {
            Lease::new(Arc::new(memory), filled, 5, home.clone())
        }
    }

    #[test]
    fn pieces_make_one_picture_and_a_copy_of_it_is_the_same() {
        let layout = Layout::apart(PixelFormat::Nv12, 4, 2, &[6, 4]).unwrap();
        let home = ReturnQueue::new(6, Arc::new(Nobody));
        let lent = lease(&home, [0..12, 3..7, 0..0]);
        let slot = HeapPool::new(1).take(layout.size).unwrap();
        let copy = Frame::new(Bytes::Slot(copied(&lent, &layout, slot)), layout.together(), Colour::JPEG, Duration::ZERO, 1);
        let frame = Frame::new(Bytes::Lease(lent), layout, Colour::JPEG, Duration::ZERO, 1);
        for frame in [&frame, &copy] {
            assert_eq!((frame.plane_count(), frame.plane(0).stride, frame.plane(1).stride), (2, 6, 4));
            assert_eq!(frame.plane(0).data, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
            assert_eq!(frame.plane(1).data, [103, 104, 105, 106]);
        }
        assert_eq!(frame.convert(PixelFormat::Rgb).unwrap().plane(0).data, copy.convert(PixelFormat::Rgb).unwrap().plane(0).data);
        assert!(frame.is_lease() && !copy.is_lease() && home.pop().is_none());
        drop(frame);
        assert_eq!(home.pop(), Some(5), "the buffer goes home");
    }

    #[test]
    fn a_short_piece_is_no_whole_picture() {
        let layout = Layout::apart(PixelFormat::Nv12, 4, 2, &[6, 4]).unwrap();
        let home = ReturnQueue::new(6, Arc::new(Nobody));
        let whole = |filled| is_whole(&lease(&home, filled), Some(&layout));
        assert!(whole([0..12, 3..7, 0..0]) && whole([0..10, 0..4, 0..0]), "the last row needs no padding");
        assert!(!whole([0..9, 3..7, 0..0]) && !whole([0..12, 4..7, 0..0]) && !whole([0..0, 0..0, 0..0]));
        assert!(!is_whole(&lease(&home, [0..12, 0..0, 0..0]), None), "no JPEG");
    }
}
