//! The border to the kernel: V4L2's structures and system calls, each wrapped so that the rest of the
//! backend is safe code.
//!
//! The structures follow `linux/videodev2.h`; their sizes and the offsets that matter are asserted below,
//! so that a slip does not compile. Requests are computed from the sizes, as the kernel does.
//!
//! It is longer than other files because unsafe code is allowed here and in `capture.rs` only.
#![allow(unsafe_code, reason = "system calls")]

use std::ffi::CString;
use std::io;
use std::mem::{offset_of, size_of};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use crate::frame::pool::{DriverMemory, Wake};

pub(crate) const CAP_VIDEO_CAPTURE: u32 = 0x0000_0001;
pub(crate) const CAP_VIDEO_OUTPUT: u32 = 0x0000_0002;
pub(crate) const CAP_VIDEO_M2M: u32 = 0x0000_8000;
pub(crate) const CAP_STREAMING: u32 = 0x0400_0000;
const CAP_DEVICE_CAPS: u32 = 0x8000_0000;
const CAP_TIMEPERFRAME: u32 = 0x1000;

const BUF_TYPE_VIDEO_CAPTURE: u32 = 1;
const MEMORY_MMAP: u32 = 1;
const FIELD_NONE: u32 = 1;

pub(crate) const BUF_FLAG_ERROR: u32 = 0x0000_0040;
const BUF_FLAG_TIMESTAMP_MASK: u32 = 0x0000_e000;
const BUF_FLAG_TIMESTAMP_MONOTONIC: u32 = 0x0000_2000;

pub(crate) const CTRL_FLAG_DISABLED: u32 = 0x0001;
pub(crate) const CTRL_FLAG_READ_ONLY: u32 = 0x0004;

pub(crate) const CID_ZOOM_ABSOLUTE: u32 = 0x009a_090d;

#[repr(C)]
pub(crate) struct Capability {
    driver: [u8; 16],
    card: [u8; 32],
    bus_info: [u8; 32],
    version: u32,
    capabilities: u32,
    device_caps: u32,
    reserved: [u32; 3],
}

impl Capability {
    pub(crate) fn card(&self) -> String {
        text(&self.card)
    }

    /// What this node can do (not the whole device).
    pub(crate) fn caps(&self) -> u32 {
        if self.capabilities & CAP_DEVICE_CAPS != 0 { self.device_caps } else { self.capabilities }
    }
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

#[repr(C)]
struct FmtDesc {
    index: u32,
    kind: u32,
    flags: u32,
    description: [u8; 32],
    pixelformat: u32,
    mbus_code: u32,
    reserved: [u32; 3],
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PixFormat {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) pixelformat: u32,
    field: u32,
    pub(crate) bytesperline: u32,
    pub(crate) sizeimage: u32,
    pub(crate) colorspace: u32,
    private: u32,
    flags: u32,
    pub(crate) ycbcr_enc: u32,
    pub(crate) quantization: u32,
    xfer_func: u32,
}

#[repr(C)]
union FormatUnion {
    pix: PixFormat,
    raw: [u64; 25],
}

#[repr(C)]
struct Format {
    kind: u32,
    fmt: FormatUnion,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fract {
    pub(crate) numerator: u32,
    pub(crate) denominator: u32,
}

#[repr(C)]
struct StreamParm {
    kind: u32,
    capability: u32,
    capturemode: u32,
    timeperframe: Fract,
    extendedmode: u32,
    readbuffers: u32,
    rest: [u8; 176],
}

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

/// `struct v4l2_buffer`; `m` holds the offset to map for `MEMORY_MMAP`.
#[repr(C)]
pub(crate) struct Buffer {
    pub(crate) index: u32,
    kind: u32,
    pub(crate) bytesused: u32,
    pub(crate) flags: u32,
    field: u32,
    timestamp: libc::timeval,
    timecode: Timecode,
    pub(crate) sequence: u32,
    memory: u32,
    m: u64,
    length: u32,
    reserved2: u32,
    request_fd: u32,
}

impl Buffer {
    /// The driver's timestamp, when it is on the monotonic clock.
    pub(crate) fn monotonic_timestamp(&self) -> Option<Duration> {
        let monotonic = self.flags & BUF_FLAG_TIMESTAMP_MASK == BUF_FLAG_TIMESTAMP_MONOTONIC;
        let (seconds, micros) = (u64::try_from(self.timestamp.tv_sec).ok()?, u64::try_from(self.timestamp.tv_usec).ok()?);
        (monotonic && micros < 1_000_000).then(|| Duration::from_secs(seconds) + Duration::from_micros(micros))
    }
}

#[repr(C)]
struct FrmSizeEnum {
    index: u32,
    pixel_format: u32,
    kind: u32,
    /// Discrete: width, height. Stepwise: min, max, step of the width, then of the height.
    values: [u32; 6],
    reserved: [u32; 2],
}

#[repr(C)]
struct FrmIvalEnum {
    index: u32,
    pixel_format: u32,
    width: u32,
    height: u32,
    kind: u32,
    /// Discrete: one interval. Stepwise: min, max, step.
    values: [Fract; 3],
    reserved: [u32; 2],
}

#[repr(C, packed)]
struct ExtControl {
    id: u32,
    size: u32,
    reserved2: [u32; 1],
    value: i64,
}

#[repr(C)]
struct ExtControls {
    which: u32,
    count: u32,
    error_idx: u32,
    request_fd: i32,
    reserved: [u32; 1],
    controls: *mut ExtControl,
}

#[repr(C)]
pub(crate) struct QueryExtCtrl {
    id: u32,
    kind: u32,
    name: [u8; 32],
    pub(crate) minimum: i64,
    pub(crate) maximum: i64,
    pub(crate) step: u64,
    pub(crate) default_value: i64,
    pub(crate) flags: u32,
    elem_size: u32,
    elems: u32,
    nr_of_dims: u32,
    dims: [u32; 4],
    reserved: [u32; 32],
}

#[cfg(not(all(target_pointer_width = "64", target_endian = "little")))]
compile_error!("the structures below are those of 64-bit little-endian Linux; others have to be added first");

// The kernel's own numbers for 64-bit systems.
const _: () = {
    assert!(size_of::<Capability>() == 104);
    assert!(size_of::<FmtDesc>() == 64);
    assert!(size_of::<PixFormat>() == 48);
    assert!(size_of::<Format>() == 208 && offset_of!(Format, fmt) == 8);
    assert!(size_of::<StreamParm>() == 204 && offset_of!(StreamParm, timeperframe) == 12);
    assert!(size_of::<RequestBuffers>() == 20);
    assert!(size_of::<Buffer>() == 88);
    assert!(offset_of!(Buffer, timestamp) == 24 && offset_of!(Buffer, sequence) == 56);
    assert!(offset_of!(Buffer, m) == 64 && offset_of!(Buffer, length) == 72);
    assert!(size_of::<FrmSizeEnum>() == 44);
    assert!(size_of::<FrmIvalEnum>() == 52);
    assert!(size_of::<ExtControl>() == 20 && offset_of!(ExtControl, value) == 12);
    assert!(size_of::<ExtControls>() == 32 && offset_of!(ExtControls, controls) == 24);
    assert!(size_of::<QueryExtCtrl>() == 232 && offset_of!(QueryExtCtrl, minimum) == 40);
};

/// What an enumeration of sizes or intervals gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Enumerated<T> {
    Discrete(T),
    /// Everything from the first to the second, in steps of the third.
    Stepwise(T, T, T),
}

const fn request<T>(read: bool, write: bool, number: u64) -> libc::c_ulong {
    let direction = (read as u64) << 1 | write as u64;
    (direction << 30 | (size_of::<T>() as u64) << 16 | (b'V' as u64) << 8 | number) as libc::c_ulong
}

/// All bits zero is a valid value of each structure above: they are plain numbers and one pointer that
/// may be null.
trait Zeroed: Sized {
    fn zeroed() -> Self {
        // SAFETY: implemented only for the structures of this file, for which see above.
        unsafe { std::mem::zeroed() }
    }
}
impl Zeroed for Capability {}
impl Zeroed for FmtDesc {}
impl Zeroed for Format {}
impl Zeroed for StreamParm {}
impl Zeroed for RequestBuffers {}
impl Zeroed for Buffer {}
impl Zeroed for FrmSizeEnum {}
impl Zeroed for FrmIvalEnum {}
impl Zeroed for ExtControls {}
impl Zeroed for QueryExtCtrl {}

/// An open device node.
#[derive(Debug)]
pub(crate) struct Node(OwnedFd);

impl Node {
    /// Opens a node for reading and writing; calls never wait for frames.
    pub(crate) fn open(path: &Path) -> io::Result<Node> {
        let path = CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: `path` is a NUL-terminated string that lives during the call.
        let fd = unsafe { libc::open(path.as_ptr(), libc::O_RDWR | libc::O_NONBLOCK | libc::O_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: `fd` is a fresh descriptor that nobody else owns.
        Ok(Node(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// One request.
    ///
    /// # Safety
    ///
    /// `argument` is the structure that `request` reads and writes, with valid pointers inside.
    unsafe fn ioctl<T>(&self, request: libc::c_ulong, argument: &mut T) -> io::Result<()> {
        loop {
            // SAFETY: the caller promised the right structure; the descriptor is open.
            let result = unsafe { libc::ioctl(self.0.as_raw_fd(), request, ptr::from_mut(argument)) };
            if result >= 0 {
                return Ok(());
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
    }

    pub(crate) fn capability(&self) -> io::Result<Capability> {
        let mut capability = Capability::zeroed();
        // SAFETY: VIDIOC_QUERYCAP writes a v4l2_capability.
        unsafe { self.ioctl(request::<Capability>(true, false, 0), &mut capability)? };
        Ok(capability)
    }

    /// The pixel format with this index; `None` behind the last one.
    pub(crate) fn format(&self, index: u32) -> io::Result<Option<u32>> {
        let mut desc = FmtDesc { index, kind: BUF_TYPE_VIDEO_CAPTURE, ..FmtDesc::zeroed() };
        // SAFETY: VIDIOC_ENUM_FMT reads and writes a v4l2_fmtdesc.
        let result = unsafe { self.ioctl(request::<FmtDesc>(true, true, 2), &mut desc) };
        end_of_list(result, || desc.pixelformat)
    }

    /// The frame size with this index.
    pub(crate) fn frame_size(&self, pixel_format: u32, index: u32) -> io::Result<Option<Enumerated<(u32, u32)>>> {
        let mut size = FrmSizeEnum { index, pixel_format, ..FrmSizeEnum::zeroed() };
        // SAFETY: VIDIOC_ENUM_FRAMESIZES reads and writes a v4l2_frmsizeenum.
        let result = unsafe { self.ioctl(request::<FrmSizeEnum>(true, true, 74), &mut size) };
        let v = size.values;
        end_of_list(result, || match size.kind {
            1 => Enumerated::Discrete((v[0], v[1])),
            _ => Enumerated::Stepwise((v[0], v[3]), (v[1], v[4]), (v[2], v[5])),
        })
    }

    /// The frame interval (seconds) with this index.
    pub(crate) fn frame_interval(&self, pixel_format: u32, width: u32, height: u32, index: u32) -> io::Result<Option<Enumerated<Fract>>> {
        let mut interval = FrmIvalEnum { index, pixel_format, width, height, ..FrmIvalEnum::zeroed() };
        // SAFETY: VIDIOC_ENUM_FRAMEINTERVALS reads and writes a v4l2_frmivalenum.
        let result = unsafe { self.ioctl(request::<FrmIvalEnum>(true, true, 75), &mut interval) };
        let v = interval.values;
        end_of_list(result, || match interval.kind {
            1 => Enumerated::Discrete(v[0]),
            _ => Enumerated::Stepwise(v[0], v[1], v[2]),
        })
    }

    /// Sets size and pixel format; the driver's answer may differ.
    pub(crate) fn set_format(&self, width: u32, height: u32, pixelformat: u32) -> io::Result<PixFormat> {
        let pix = PixFormat { width, height, pixelformat, field: FIELD_NONE, ..PixFormat::default() };
        let mut format = Format { kind: BUF_TYPE_VIDEO_CAPTURE, ..Format::zeroed() };
        format.fmt.pix = pix;
        // SAFETY: VIDIOC_S_FMT reads and writes a v4l2_format.
        unsafe { self.ioctl(request::<Format>(true, true, 5), &mut format)? };
        // SAFETY: every bit pattern is a PixFormat, and the kernel filled that member for this type.
        Ok(unsafe { format.fmt.pix })
    }

    /// Sets the frame interval (seconds) and gives the one that is used. Drivers without a choice say so;
    /// that is no error.
    pub(crate) fn set_interval(&self, interval: Fract) -> io::Result<Fract> {
        let mut parm = StreamParm { kind: BUF_TYPE_VIDEO_CAPTURE, ..StreamParm::zeroed() };
        // SAFETY: VIDIOC_G_PARM reads and writes a v4l2_streamparm.
        match unsafe { self.ioctl(request::<StreamParm>(true, true, 21), &mut parm) } {
            Ok(()) if parm.capability & CAP_TIMEPERFRAME == 0 || parm.timeperframe == interval => {
                return Ok(parm.timeperframe);
            }
            Err(e) if matches!(e.raw_os_error(), Some(libc::ENOTTY | libc::EINVAL)) => return Ok(interval),
            Err(e) => return Err(e),
            Ok(()) => {}
        }
        parm.timeperframe = interval;
        // SAFETY: VIDIOC_S_PARM reads and writes a v4l2_streamparm.
        unsafe { self.ioctl(request::<StreamParm>(true, true, 22), &mut parm)? };
        Ok(parm.timeperframe)
    }

    /// Asks for `count` buffers (0 gives them back and makes the device free); returns how many there are.
    pub(crate) fn request_buffers(&self, count: u32) -> io::Result<u32> {
        let mut buffers = RequestBuffers { count, kind: BUF_TYPE_VIDEO_CAPTURE, memory: MEMORY_MMAP, ..RequestBuffers::zeroed() };
        // SAFETY: VIDIOC_REQBUFS reads and writes a v4l2_requestbuffers.
        unsafe { self.ioctl(request::<RequestBuffers>(true, true, 8), &mut buffers)? };
        Ok(buffers.count)
    }

    /// Maps a buffer.
    pub(crate) fn map_buffer(&self, index: u32) -> io::Result<Arc<Mapping>> {
        let mut buffer = new_buffer(index);
        // SAFETY: VIDIOC_QUERYBUF reads and writes a v4l2_buffer.
        unsafe { self.ioctl(request::<Buffer>(true, true, 9), &mut buffer)? };
        let len = buffer.length as usize;
        // The low half of the union is the offset.
        let offset = (buffer.m & 0xffff_ffff) as libc::off_t;
        // SAFETY: a new mapping at an address that the kernel chooses touches nothing of ours; descriptor,
        // length and offset are what the driver said.
        let address = unsafe { libc::mmap(ptr::null_mut(), len, libc::PROT_READ, libc::MAP_SHARED, self.0.as_raw_fd(), offset) };
        if address == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Arc::new(Mapping { address: address.cast(), len }))
    }

    /// Gives a buffer to the driver.
    pub(crate) fn queue(&self, index: u32) -> io::Result<()> {
        let mut buffer = new_buffer(index);
        // SAFETY: VIDIOC_QBUF reads and writes a v4l2_buffer.
        unsafe { self.ioctl(request::<Buffer>(true, true, 15), &mut buffer) }
    }

    /// Takes a filled buffer from the driver; `None` when none is ready.
    pub(crate) fn dequeue(&self) -> io::Result<Option<Buffer>> {
        let mut buffer = new_buffer(0);
        // SAFETY: VIDIOC_DQBUF reads and writes a v4l2_buffer.
        match unsafe { self.ioctl(request::<Buffer>(true, true, 17), &mut buffer) } {
            Ok(()) => Ok(Some(buffer)),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(e) => Err(e),
        }
    }

    pub(crate) fn stream_on(&self) -> io::Result<()> {
        // SAFETY: VIDIOC_STREAMON reads an int.
        unsafe { self.ioctl(request::<libc::c_int>(false, true, 18), &mut (BUF_TYPE_VIDEO_CAPTURE as libc::c_int)) }
    }

    pub(crate) fn stream_off(&self) -> io::Result<()> {
        // SAFETY: VIDIOC_STREAMOFF reads an int.
        unsafe { self.ioctl(request::<libc::c_int>(false, true, 19), &mut (BUF_TYPE_VIDEO_CAPTURE as libc::c_int)) }
    }

    /// Describes a control; `None` when the device has none of that id.
    pub(crate) fn query_control(&self, id: u32) -> io::Result<Option<QueryExtCtrl>> {
        let mut query = QueryExtCtrl { id, ..QueryExtCtrl::zeroed() };
        // SAFETY: VIDIOC_QUERY_EXT_CTRL reads and writes a v4l2_query_ext_ctrl.
        match unsafe { self.ioctl(request::<QueryExtCtrl>(true, true, 103), &mut query) } {
            Ok(()) => Ok(Some(query)),
            Err(e) if matches!(e.raw_os_error(), Some(libc::EINVAL | libc::ENOTTY)) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Reads an integer control.
    pub(crate) fn control(&self, id: u32) -> io::Result<i32> {
        self.ext_control(71, id, 0)
    }

    /// Writes an integer control.
    pub(crate) fn set_control(&self, id: u32, value: i32) -> io::Result<()> {
        self.ext_control(72, id, value).map(drop)
    }

    fn ext_control(&self, number: u64, id: u32, value: i32) -> io::Result<i32> {
        let mut control = ExtControl { id, size: 0, reserved2: [0], value: union_of(value) };
        let mut controls = ExtControls { count: 1, controls: &raw mut control, ..ExtControls::zeroed() };
        // SAFETY: VIDIOC_[GS]_EXT_CTRLS read and write a v4l2_ext_controls and the `count` controls behind
        // its pointer, which is that of `control` above.
        unsafe { self.ioctl(request::<ExtControls>(true, true, number), &mut controls)? };
        Ok(value_of(control.value))
    }
}

/// The 32-bit member lies at the start of the 64-bit union.
fn union_of(value: i32) -> i64 {
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&value.to_ne_bytes());
    i64::from_ne_bytes(bytes)
}

fn value_of(union: i64) -> i32 {
    let bytes = union.to_ne_bytes();
    i32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn new_buffer(index: u32) -> Buffer {
    Buffer { index, kind: BUF_TYPE_VIDEO_CAPTURE, memory: MEMORY_MMAP, ..Buffer::zeroed() }
}

/// Enumerations end with EINVAL; drivers without the enumeration say ENOTTY.
fn end_of_list<T>(result: io::Result<()>, value: impl FnOnce() -> T) -> io::Result<Option<T>> {
    match result {
        Ok(()) => Ok(Some(value())),
        Err(e) if matches!(e.raw_os_error(), Some(libc::EINVAL | libc::ENOTTY)) => Ok(None),
        Err(e) => Err(e),
    }
}

/// A driver's buffer in our address space, for reading. It stays valid after the stream was stopped, the
/// buffers were given up and the descriptor was closed; unmapped when dropped.
pub(crate) struct Mapping {
    address: *const u8,
    len: usize,
}

// SAFETY: the memory may be read from any thread, and nothing in here writes to it.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

// SAFETY: the mapping lives as long as the object.
unsafe impl DriverMemory for Mapping {
    unsafe fn bytes(&self, len: usize) -> &[u8] {
        // SAFETY: the mapping is `self.len` bytes long; the caller promised that nobody writes.
        unsafe { std::slice::from_raw_parts(self.address, len.min(self.len)) }
    }
}

impl Mapping {
    pub(crate) fn len(&self) -> usize {
        self.len
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: this is the mapping made in `map_buffer`, and nobody reads it any more: every reader
        // holds a reference to this object.
        unsafe { libc::munmap(self.address.cast_mut().cast(), self.len) };
    }
}

/// Wakes a thread in [`wait`].
#[derive(Debug)]
pub(crate) struct WakeUp(OwnedFd);

impl WakeUp {
    pub(crate) fn new() -> io::Result<WakeUp> {
        // SAFETY: no pointers are involved.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: `fd` is a fresh descriptor that nobody else owns.
        Ok(WakeUp(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    fn clear(&self) {
        let mut count = 0u64;
        // SAFETY: 8 bytes are read into a variable of 8 bytes. Nothing there is no error.
        unsafe { libc::read(self.0.as_raw_fd(), (&raw mut count).cast(), 8) };
    }
}

impl Wake for WakeUp {
    fn wake(&self) {
        // SAFETY: 8 bytes are written from a variable of 8 bytes. A full counter wakes all the same.
        unsafe { libc::write(self.0.as_raw_fd(), (&raw const ONE).cast(), 8) };
    }
}

static ONE: u64 = 1;

/// What ended a [`wait`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woke {
    /// The device has a frame, or trouble; dequeuing tells which.
    Device,
    WakeUp,
    Time,
}

/// Waits for the device, for a wake-up, or for the time to pass.
pub(crate) fn wait(node: &Node, wake_up: &WakeUp, timeout: Duration) -> io::Result<Woke> {
    wait_for(&node.0, wake_up, timeout)
}

fn wait_for(device: &OwnedFd, wake_up: &WakeUp, timeout: Duration) -> io::Result<Woke> {
    let poll = |fd: &OwnedFd| libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let mut fds = [poll(device), poll(&wake_up.0)];
    // Rounded up, so that no time is lost in loops that wake too early.
    let millis = timeout.as_millis().saturating_add(u128::from(!timeout.subsec_nanos().is_multiple_of(1_000_000)));
    // SAFETY: `fds` is an array of two entries.
    let result = unsafe { libc::poll(fds.as_mut_ptr(), 2, i32::try_from(millis).unwrap_or(i32::MAX)) };
    if result < 0 {
        let error = io::Error::last_os_error();
        return if error.kind() == io::ErrorKind::Interrupted { Ok(Woke::Time) } else { Err(error) };
    }
    if fds[1].revents != 0 {
        wake_up.clear();
        return Ok(Woke::WakeUp);
    }
    Ok(if fds[0].revents != 0 { Woke::Device } else { Woke::Time })
}

/// Hears of files that come, go or change their owner or mode in a directory.
#[derive(Debug)]
pub(crate) struct Inotify(OwnedFd);

impl Inotify {
    pub(crate) fn new(directory: &Path) -> io::Result<Inotify> {
        let path = CString::new(directory.as_os_str().as_bytes())?;
        // SAFETY: no pointers are involved.
        let fd = unsafe { libc::inotify_init1(libc::IN_CLOEXEC | libc::IN_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: `fd` is a fresh descriptor that nobody else owns.
        let inotify = Inotify(unsafe { OwnedFd::from_raw_fd(fd) });
        let mask = libc::IN_CREATE | libc::IN_DELETE | libc::IN_MOVE | libc::IN_ATTRIB | libc::IN_ONLYDIR;
        // SAFETY: the descriptor is open, `path` is a NUL-terminated string that lives during the call.
        if unsafe { libc::inotify_add_watch(inotify.0.as_raw_fd(), path.as_ptr(), mask) } < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(inotify)
    }

    /// Waits for a change or a wake-up; the names of the files that have changed, none for a wake-up.
    pub(crate) fn wait(&self, wake_up: &WakeUp) -> io::Result<Vec<Vec<u8>>> {
        let mut names = Vec::new();
        if wait_for(&self.0, wake_up, Duration::from_secs(3600))? != Woke::Device {
            return Ok(names);
        }
        let mut buffer = [0u8; 4096];
        // SAFETY: at most as many bytes are written as the buffer has.
        let len = unsafe { libc::read(self.0.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) };
        let Ok(len) = usize::try_from(len) else {
            let error = io::Error::last_os_error();
            return if error.kind() == io::ErrorKind::WouldBlock { Ok(names) } else { Err(error) };
        };
        // Each event is wd, mask, cookie and the length of the name, 4 bytes each, and the padded name.
        let mut rest = &buffer[..len];
        while let Some((head, behind)) = rest.split_at_checked(16) {
            let length = u32::from_ne_bytes([head[12], head[13], head[14], head[15]]) as usize;
            let Some((name, next)) = behind.split_at_checked(length) else { break };
            names.push(name.split(|&byte| byte == 0).next().unwrap_or_default().to_vec());
            rest = next;
        }
        Ok(names)
    }
}

/// The monotonic clock, which drivers stamp their buffers with.
pub(crate) fn monotonic_now() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the structure is ours; this clock always exists.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Runs `start` with all signals blocked, so that a thread it starts inherits that, and restores the mask.
pub(crate) fn with_signals_blocked<T>(start: impl FnOnce() -> T) -> T {
    // SAFETY: a signal set is plain numbers; `sigfillset` sets all of it.
    let mut all: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: as above.
    let mut before: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: both sets are ours; the calls change only the mask of this thread.
    unsafe {
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
    }
    let result = start();
    // SAFETY: `before` was filled by the call above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut()) };
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_the_numbers_of_the_kernel() {
        assert_eq!(request::<Capability>(true, false, 0), 0x8068_5600);
        assert_eq!(request::<Buffer>(true, true, 17), 0xc058_5611);
        assert_eq!(request::<Format>(true, true, 5), 0xc0d0_5605);
        assert_eq!(request::<libc::c_int>(false, true, 18), 0x4004_5612);
        assert_eq!(request::<ExtControls>(true, true, 72), 0xc020_5648);
        assert_eq!(request::<QueryExtCtrl>(true, true, 103), 0xc0e8_5667);
    }

    #[test]
    fn a_file_that_is_no_camera_is_an_error() {
        let node = Node::open(Path::new("/dev/null")).unwrap();
        assert_eq!(node.capability().err().and_then(|e| e.raw_os_error()), Some(libc::ENOTTY));
        assert!(Node::open(Path::new("/dev/no-such-camera")).is_err());
    }

    #[test]
    fn a_wait_ends_when_woken() {
        let (node, wake_up) = (Node::open(Path::new("/dev/ptmx")).unwrap(), WakeUp::new().unwrap());
        assert_eq!(wait(&node, &wake_up, Duration::from_millis(1)).unwrap(), Woke::Time);
        wake_up.wake();
        wake_up.wake();
        assert_eq!(wait(&node, &wake_up, Duration::from_secs(60)).unwrap(), Woke::WakeUp);
        assert_eq!(wait(&node, &wake_up, Duration::ZERO).unwrap(), Woke::Time);
    }

    #[test]
    fn threads_of_ours_take_no_signals() {
        let blocked = |()| {
            // SAFETY: a signal set is plain numbers, filled by the call.
            unsafe {
                let mut set: libc::sigset_t = std::mem::zeroed();
                libc::pthread_sigmask(libc::SIG_SETMASK, ptr::null(), &raw mut set);
                libc::sigismember(&raw const set, libc::SIGINT) == 1
            }
        };
        let before = blocked(());
        let inside = with_signals_blocked(|| std::thread::spawn(move || blocked(())));
        assert!(inside.join().unwrap());
        assert_eq!(blocked(()), before);
    }
}
