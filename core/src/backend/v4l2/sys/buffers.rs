//! Buffers that the driver fills.

use std::io;
use std::mem::{offset_of, size_of};
use std::ops::Range;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::{Node, Queue, Zeroed, request};
use crate::frame::format::MAX_PLANES;
use crate::frame::pool::{DriverMemory, Filled};
use crate::{Error, ErrorKind};

const MEMORY_MMAP: u32 = 1;

const BUF_FLAG_ERROR: u32 = 0x0000_0040;
const BUF_FLAG_TIMESTAMP_MASK: u32 = 0x0000_e000;
const BUF_FLAG_TIMESTAMP_MONOTONIC: u32 = 0x0000_2000;
/// A buffer of the multi-planar interface has at most so many pieces of memory.
const MAX_PIECES: usize = 8;

#[repr(C)]
struct RequestBuffers {
    count: u32,
    kind: u32,
    memory: u32,
    capabilities: u32,
    flags: u8,
    reserved: [u8; 3],
}

#[repr(C)]
struct Timecode {
    words: [u32; 4],
}

/// `struct v4l2_buffer`; `m` holds the offset to map for `MEMORY_MMAP`, or the address of the planes.
#[repr(C)]
struct RawBuffer {
    index: u32,
    kind: u32,
    bytesused: u32,
    flags: u32,
    field: u32,
    timestamp: libc::timeval,
    timecode: Timecode,
    sequence: u32,
    memory: u32,
    m: u64,
    length: u32,
    reserved2: u32,
    request_fd: u32,
}

/// `struct v4l2_plane`; the low half of `m` is the offset to map.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct RawPlane {
    bytesused: u32,
    length: u32,
    m: u64,
    data_offset: u32,
    reserved: [u32; 11],
}

#[repr(C)]
struct ExportBuffer {
    kind: u32,
    index: u32,
    plane: u32,
    flags: u32,
    fd: i32,
    reserved: [u32; 11],
}

// The kernel's own numbers for 64-bit systems.
const _: () = {
    assert!(size_of::<RequestBuffers>() == 20);
    assert!(size_of::<RawBuffer>() == 88);
    assert!(offset_of!(RawBuffer, timestamp) == 24 && offset_of!(RawBuffer, sequence) == 56);
    assert!(offset_of!(RawBuffer, m) == 64 && offset_of!(RawBuffer, length) == 72);
    assert!(size_of::<RawPlane>() == 64 && offset_of!(RawPlane, data_offset) == 16);
    assert!(size_of::<ExportBuffer>() == 64);
};

impl Zeroed for RequestBuffers {}
impl Zeroed for RawBuffer {}
impl Zeroed for ExportBuffer {}

/// A buffer that the driver has filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Buffer {
    pub(crate) index: u32,
    /// The driver says that its content is damaged.
    pub(crate) damaged: bool,
    /// The driver's count of pictures, which wraps.
    pub(crate) sequence: u32,
    /// The driver's timestamp, when it is on the monotonic clock.
    pub(crate) timestamp: Option<Duration>,
    pub(crate) filled: Filled,
}

impl RawBuffer {
    fn monotonic_timestamp(&self) -> Option<Duration> {
        let monotonic = self.flags & BUF_FLAG_TIMESTAMP_MASK == BUF_FLAG_TIMESTAMP_MONOTONIC;
        let (seconds, micros) = (u64::try_from(self.timestamp.tv_sec).ok()?, u64::try_from(self.timestamp.tv_usec).ok()?);
        (monotonic && micros < 1_000_000).then(|| Duration::from_secs(seconds) + Duration::from_micros(micros))
    }

    fn filled(&self, queue: Queue, planes: &[RawPlane]) -> Buffer {
        let filled = match queue {
            Queue::Single => [0..self.bytesused as usize, 0..0, 0..0],
            // The bytes before the offset count as used.
            Queue::Multi => std::array::from_fn(|piece| planes[piece].data_offset as usize..planes[piece].bytesused as usize),
        };
        let damaged = self.flags & BUF_FLAG_ERROR != 0;
        Buffer { index: self.index, damaged, sequence: self.sequence, timestamp: self.monotonic_timestamp(), filled }
    }
}

impl Node {
    /// Asks for `count` buffers (0 gives them back and makes the device free); returns how many there are.
    pub(crate) fn request_buffers(&self, queue: Queue, count: u32) -> io::Result<u32> {
        let mut buffers = RequestBuffers { count, kind: queue.kind(), memory: MEMORY_MMAP, ..RequestBuffers::zeroed() };
        // SAFETY: VIDIOC_REQBUFS reads and writes a v4l2_requestbuffers.
        unsafe { self.ioctl(request::<RequestBuffers>(true, true, 8), &mut buffers)? };
        Ok(buffers.count)
    }

    /// A request about one buffer, with room for what is said of its pieces of memory.
    fn about_buffer(&self, queue: Queue, number: u64, index: u32) -> io::Result<(RawBuffer, [RawPlane; MAX_PIECES])> {
        let mut planes = [RawPlane::default(); MAX_PIECES];
        let mut buffer = RawBuffer { index, kind: queue.kind(), memory: MEMORY_MMAP, ..RawBuffer::zeroed() };
        if queue == Queue::Multi {
            (buffer.m, buffer.length) = (planes.as_mut_ptr() as u64, MAX_PIECES as u32);
        }
        // SAFETY: VIDIOC_QUERYBUF, VIDIOC_QBUF and VIDIOC_DQBUF read and write a v4l2_buffer, and for the multi-planar
        // interface as many v4l2_plane as `length` says at the address in `m`, which live during the call.
        unsafe { self.ioctl(request::<RawBuffer>(true, true, number), &mut buffer)? };
        Ok((buffer, planes))
    }

    /// Maps a buffer.
    pub(crate) fn map_buffer(&self, index: u32, exports: &Arc<Exports>) -> io::Result<Arc<Mapping>> {
        let (buffer, planes) = self.about_buffer(exports.queue, 9, index)?;
        let pieces = match exports.queue {
            Queue::Single => vec![self.map(buffer.m, buffer.length)?],
            Queue::Multi if buffer.length as usize > MAX_PLANES => {
                return Err(io::Error::other(format!("its buffers have {} pieces, more than any picture has", buffer.length)));
            }
            Queue::Multi => {
                planes[..buffer.length as usize].iter().map(|plane| self.map(plane.m, plane.length)).collect::<io::Result<_>>()?
            }
        };
        Ok(Arc::new(Mapping { index, pieces, exports: exports.clone() }))
    }

    fn map(&self, m: u64, length: u32) -> io::Result<Piece> {
        let len = length as usize;
        // The low half of the union is the offset.
        let offset = (m & 0xffff_ffff) as libc::off_t;
        // SAFETY: a new mapping at an address that the kernel chooses touches nothing of ours; descriptor,
        // length and offset are what the driver said.
        let address = unsafe { libc::mmap(ptr::null_mut(), len, libc::PROT_READ, libc::MAP_SHARED, self.0.as_raw_fd(), offset) };
        if address == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Piece { address: address.cast(), len })
    }

    /// Gives a buffer to the driver.
    pub(crate) fn queue(&self, queue: Queue, index: u32) -> io::Result<()> {
        self.about_buffer(queue, 15, index).map(drop)
    }

    /// Takes a filled buffer from the driver; `None` when none is ready.
    pub(crate) fn dequeue(&self, queue: Queue) -> io::Result<Option<Buffer>> {
        match self.about_buffer(queue, 17, 0) {
            Ok((buffer, planes)) => Ok(Some(buffer.filled(queue, &planes))),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(e) => Err(e),
        }
    }

    pub(crate) fn stream_on(&self, queue: Queue) -> io::Result<()> {
        // SAFETY: VIDIOC_STREAMON reads an int.
        unsafe { self.ioctl(request::<libc::c_int>(false, true, 18), &mut (queue.kind() as libc::c_int)) }
    }

    pub(crate) fn stream_off(&self, queue: Queue) -> io::Result<()> {
        // SAFETY: VIDIOC_STREAMOFF reads an int.
        unsafe { self.ioctl(request::<libc::c_int>(false, true, 19), &mut (queue.kind() as libc::c_int)) }
    }

    fn export_buffer(&self, queue: Queue, index: u32, plane: u32) -> io::Result<OwnedFd> {
        let flags = (libc::O_CLOEXEC | libc::O_RDONLY) as u32;
        let mut export = ExportBuffer { kind: queue.kind(), index, plane, flags, ..ExportBuffer::zeroed() };
        // SAFETY: VIDIOC_EXPBUF reads and writes a v4l2_exportbuffer.
        unsafe { self.ioctl(request::<ExportBuffer>(true, true, 16), &mut export)? };
        // SAFETY: the kernel has just made this descriptor for us.
        Ok(unsafe { OwnedFd::from_raw_fd(export.fd) })
    }
}

/// The way to descriptors of a stream's buffers, as long as they are the driver's buffers of that number.
pub(crate) struct Exports {
    queue: Queue,
    node: Mutex<Option<Arc<Node>>>,
}

impl Exports {
    pub(crate) fn new(node: &Arc<Node>, queue: Queue) -> Arc<Exports> {
        Arc::new(Exports { queue, node: Mutex::new(Some(node.clone())) })
    }

    /// The buffers are about to be given up: their numbers will mean others, or none.
    pub(crate) fn end(&self) {
        self.node.lock().take();
    }
}

/// A piece of memory in our address space, for reading; unmapped when dropped.
struct Piece {
    address: *const u8,
    len: usize,
}

impl Drop for Piece {
    fn drop(&mut self) {
        // SAFETY: this is the mapping made in `map`, and nobody reads it any more: every reader holds a
        // reference to the object that this is a part of.
        unsafe { libc::munmap(self.address.cast_mut().cast(), self.len) };
    }
}

// SAFETY: the memory may be read from any thread, and nothing in here writes to it.
unsafe impl Send for Piece {}
// SAFETY: as above.
unsafe impl Sync for Piece {}

/// A driver's buffer in our address space, for reading. It stays valid after the stream was stopped, the
/// buffers were given up and the descriptor was closed.
pub(crate) struct Mapping {
    index: u32,
    pieces: Vec<Piece>,
    exports: Arc<Exports>,
}

// SAFETY: the mappings live as long as the object.
unsafe impl DriverMemory for Mapping {
    unsafe fn bytes(&self, piece: usize, range: Range<usize>) -> &[u8] {
        let Some(piece) = self.pieces.get(piece) else { return &[] };
        let (start, end) = (range.start.min(piece.len), range.end.min(piece.len));
        // SAFETY: both ends are within the mapping, and not the wrong way round; the caller promised that nobody writes.
        unsafe { std::slice::from_raw_parts(piece.address.add(start), end.saturating_sub(start)) }
    }

    fn export(&self, piece: usize) -> crate::Result<OwnedFd> {
        let gone = || Error::new(ErrorKind::InvalidState, "the stream that the frame came from has ended; export frames while it runs");
        // Held during the call, so that the number keeps its meaning.
        let node = self.exports.node.lock();
        let node = node.as_ref().ok_or_else(gone)?;
        node.export_buffer(self.exports.queue, self.index, piece as u32).map_err(|error| {
            let (kind, why) = match error.raw_os_error() {
                Some(libc::ENOTTY | libc::EINVAL) => (ErrorKind::NotSupported, "the driver does not offer that".to_owned()),
                Some(libc::ENODEV) => (ErrorKind::DeviceLost, "the camera was unplugged".to_owned()),
                _ => (ErrorKind::Unknown, error.to_string()),
            };
            let message = format!("the memory of the frame cannot be exported: {why}");
            let code = error.raw_os_error();
            let failed = Error::new(kind, message).with_source(error);
            code.map_or(failed.clone(), |code| failed.with_os_code(code))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_the_numbers_of_the_kernel() {
        assert_eq!(request::<RawBuffer>(true, true, 17), 0xc058_5611);
        assert_eq!(request::<ExportBuffer>(true, true, 16), 0xc040_5610);
    }

    #[test]
    fn only_bytes_behind_the_offset_are_the_picture() {
        let mut planes = [RawPlane::default(); MAX_PIECES];
        (planes[0].bytesused, planes[1].bytesused, planes[1].data_offset) = (100, 178, 128);
        let raw = RawBuffer { bytesused: 7, sequence: 3, flags: BUF_FLAG_ERROR, ..RawBuffer::zeroed() };
        let buffer = raw.filled(Queue::Multi, &planes);
        assert_eq!((buffer.filled, buffer.damaged, buffer.sequence, buffer.timestamp), ([0..100, 128..178, 0..0], true, 3, None));
        assert_eq!(raw.filled(Queue::Single, &planes).filled, [0..7, 0..0, 0..0]);
    }

    #[test]
    fn memory_is_never_shown_beyond_its_ends() {
        let node = Arc::new(Node::open(std::path::Path::new("/dev/zero")).unwrap());
        let mapping = Mapping { index: 0, pieces: vec![node.map(0, 4096).unwrap()], exports: Exports::new(&node, Queue::Single) };
        let len = |piece, range| {
            // SAFETY: nobody writes to this memory.
            unsafe { mapping.bytes(piece, range).len() }
        };
        assert_eq!((len(0, 0..100), len(0, 90..9000), len(0, 5000..9000), len(1, 0..1)), (100, 4006, 0, 0));
        #[allow(clippy::reversed_empty_ranges, reason = "a driver that lies about its offset")]
        let reversed = 200..100;
        assert_eq!(len(0, reversed), 0);
        assert_eq!(mapping.export(0).unwrap_err().kind(), ErrorKind::NotSupported);
        mapping.exports.end();
        assert_eq!(mapping.export(0).unwrap_err().kind(), ErrorKind::InvalidState);
    }
}
