//! The border to the kernel: V4L2's structures and system calls, each wrapped so that the rest of the
//! backend is safe code.
//!
//! The structures follow `linux/videodev2.h`; their sizes and the offsets that matter are asserted beside
//! them, so that a slip does not compile. Requests are computed from the sizes, as the kernel does.
#![allow(unsafe_code, reason = "system calls")]

use std::ffi::CString;
use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use crate::frame::work;

mod buffers;
mod controls;
mod events;
mod format;
mod os;
mod wait;

pub(crate) use buffers::{Buffer, Exports, Mapping};
pub(crate) use controls::{
    CTRL_FLAG_DISABLED, CTRL_FLAG_DYNAMIC_ARRAY, CTRL_FLAG_EXECUTE_ON_WRITE, CTRL_FLAG_GRABBED, CTRL_FLAG_HAS_PAYLOAD,
    CTRL_FLAG_HAS_WHICH_MIN_MAX, CTRL_FLAG_INACTIVE, CTRL_FLAG_MODIFY_LAYOUT, CTRL_FLAG_READ_ONLY, CTRL_FLAG_SLIDER, CTRL_FLAG_UPDATE,
    CTRL_FLAG_VOLATILE, CTRL_FLAG_WRITE_ONLY, ControlsError, Described, MenuEntry, Raw, WHICH_DEFAULT, WHICH_MAXIMUM,
};
pub(crate) use events::CHANGED_RANGE;
pub(crate) use format::{Agreed, Enumerated, Fract};
pub(crate) use os::{monotonic_now, with_signals_blocked};
pub(crate) use wait::{Inotify, WakeUp, Woke, wait};

/// The bits of `v4l2_capability` and their names.
pub(crate) const CAPABILITIES: &[(u32, &str)] = &[
    (CAP_VIDEO_CAPTURE, "video capture"),
    (CAP_VIDEO_OUTPUT, "video output"),
    (0x0000_0004, "video overlay"),
    (CAP_VBI_CAPTURE, "VBI capture"),
    (0x0000_0020, "VBI output"),
    (CAP_SLICED_VBI_CAPTURE, "sliced VBI capture"),
    (0x0000_0080, "sliced VBI output"),
    (0x0000_0100, "RDS capture"),
    (0x0000_0200, "video output overlay"),
    (0x0000_0400, "hardware frequency seek"),
    (0x0000_0800, "RDS output"),
    (CAP_VIDEO_CAPTURE_MPLANE, "video capture, multi-planar"),
    (CAP_VIDEO_OUTPUT_MPLANE, "video output, multi-planar"),
    (CAP_VIDEO_M2M_MPLANE, "video memory-to-memory, multi-planar"),
    (CAP_VIDEO_M2M, "video memory-to-memory"),
    (0x0001_0000, "tuner"),
    (0x0002_0000, "audio"),
    (CAP_RADIO, "radio"),
    (0x0008_0000, "modulator"),
    (CAP_SDR_CAPTURE, "SDR capture"),
    (0x0020_0000, "extended picture format"),
    (0x0040_0000, "SDR output"),
    (CAP_META_CAPTURE, "metadata capture"),
    (0x0100_0000, "read and write"),
    (CAP_STREAMING, "streaming"),
    (0x0800_0000, "metadata output"),
    (CAP_TOUCH, "touch"),
    (0x2000_0000, "controlled through the media controller"),
];

const CAP_VIDEO_CAPTURE: u32 = 0x0000_0001;
const CAP_VIDEO_OUTPUT: u32 = 0x0000_0002;
const CAP_VBI_CAPTURE: u32 = 0x0000_0010;
const CAP_SLICED_VBI_CAPTURE: u32 = 0x0000_0040;
const CAP_VIDEO_CAPTURE_MPLANE: u32 = 0x0000_1000;
const CAP_VIDEO_OUTPUT_MPLANE: u32 = 0x0000_2000;
const CAP_VIDEO_M2M_MPLANE: u32 = 0x0000_4000;
const CAP_VIDEO_M2M: u32 = 0x0000_8000;
const CAP_RADIO: u32 = 0x0004_0000;
const CAP_SDR_CAPTURE: u32 = 0x0010_0000;
const CAP_META_CAPTURE: u32 = 0x0080_0000;
const CAP_STREAMING: u32 = 0x0400_0000;
const CAP_TOUCH: u32 = 0x1000_0000;
const CAP_DEVICE_CAPS: u32 = 0x8000_0000;

/// By which of its interfaces a node gives pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    /// A picture is one piece of memory.
    Single,
    /// A picture is one piece of memory or several.
    Multi,
}

impl Queue {
    /// Of a node with these capabilities; `None` when it is no camera.
    fn of(caps: u32) -> Option<Queue> {
        const OTHER: u32 = CAP_VIDEO_OUTPUT | CAP_VIDEO_OUTPUT_MPLANE | CAP_VIDEO_M2M | CAP_VIDEO_M2M_MPLANE | CAP_TOUCH;
        if caps & CAP_STREAMING == 0 || caps & OTHER != 0 {
            None
        } else if caps & CAP_VIDEO_CAPTURE != 0 {
            Some(Queue::Single)
        } else {
            (caps & CAP_VIDEO_CAPTURE_MPLANE != 0).then_some(Queue::Multi)
        }
    }

    /// The type of its buffers.
    fn kind(self) -> u32 {
        match self {
            Queue::Single => 1,
            Queue::Multi => 9,
        }
    }
}

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
    pub(crate) fn driver(&self) -> String {
        text(&self.driver)
    }

    pub(crate) fn card(&self) -> String {
        text(&self.card)
    }

    pub(crate) fn bus(&self) -> String {
        text(&self.bus_info)
    }

    /// The driver's version, which is the kernel's.
    pub(crate) fn version(&self) -> String {
        format!("{}.{}.{}", self.version >> 16, (self.version >> 8) & 0xff, self.version & 0xff)
    }

    /// What this node can do (not the whole device).
    pub(crate) fn caps(&self) -> u32 {
        if self.capabilities & CAP_DEVICE_CAPS != 0 { self.device_caps } else { self.capabilities }
    }

    /// How it gives pictures; `None` when it is no camera.
    pub(crate) fn queue(&self) -> Option<Queue> {
        Queue::of(self.caps())
    }
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

#[cfg(not(all(target_pointer_width = "64", target_endian = "little")))]
compile_error!("the structures of this folder are those of 64-bit little-endian Linux; others have to be added first");

const _: () = assert!(size_of::<Capability>() == 104);

const fn request<T>(read: bool, write: bool, number: u64) -> libc::c_ulong {
    let direction = (read as u64) << 1 | write as u64;
    (direction << 30 | (size_of::<T>() as u64) << 16 | (b'V' as u64) << 8 | number) as libc::c_ulong
}

/// All bits zero is a valid value of every structure that has this: they are plain numbers, and pointers that
/// may be null.
trait Zeroed: Sized {
    fn zeroed() -> Self {
        // SAFETY: implemented only for the structures of this folder, for which see above.
        unsafe { std::mem::zeroed() }
    }
}
impl Zeroed for Capability {}

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
            work::asked_driver();
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
}

/// Enumerations end with EINVAL; drivers without the enumeration say ENOTTY, those without it at present ENODATA.
fn end_of_list<T>(result: io::Result<()>, value: impl FnOnce() -> T) -> io::Result<Option<T>> {
    match result {
        Ok(()) => Ok(Some(value())),
        Err(e) if matches!(e.raw_os_error(), Some(libc::EINVAL | libc::ENOTTY | libc::ENODATA)) => Ok(None),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_the_numbers_of_the_kernel() {
        assert_eq!(request::<Capability>(true, false, 0), 0x8068_5600);
        assert_eq!(request::<libc::c_int>(false, true, 18), 0x4004_5612);
    }

    #[test]
    fn only_cameras_give_pictures() {
        let queue = |caps| Queue::of(caps | CAP_STREAMING);
        assert_eq!(queue(CAP_VIDEO_CAPTURE | 0x0120_0000), Some(Queue::Single));
        assert_eq!(queue(CAP_VIDEO_CAPTURE_MPLANE), Some(Queue::Multi));
        assert_eq!(queue(CAP_VIDEO_CAPTURE | CAP_META_CAPTURE), Some(Queue::Single), "it can be set to pictures");
        for other in [
            CAP_META_CAPTURE,
            CAP_VIDEO_OUTPUT,
            CAP_VIDEO_OUTPUT_MPLANE,
            CAP_VIDEO_M2M,
            CAP_VIDEO_M2M_MPLANE,
            CAP_VIDEO_CAPTURE | CAP_VIDEO_OUTPUT,
            CAP_VIDEO_CAPTURE_MPLANE | CAP_VIDEO_OUTPUT_MPLANE,
            CAP_VBI_CAPTURE | CAP_SLICED_VBI_CAPTURE,
            CAP_RADIO,
            CAP_SDR_CAPTURE,
            CAP_VIDEO_CAPTURE | CAP_TOUCH,
        ] {
            assert_eq!(queue(other), None, "{other:#x}");
        }
        assert_eq!(Queue::of(CAP_VIDEO_CAPTURE), None, "it cannot stream");
    }

    #[test]
    fn a_file_that_is_no_camera_is_an_error() {
        let node = Node::open(Path::new("/dev/null")).unwrap();
        assert_eq!(node.capability().err().and_then(|e| e.raw_os_error()), Some(libc::ENOTTY));
        assert!(Node::open(Path::new("/dev/no-such-camera")).is_err());
    }
}
