//! Waiting for the device, for a wake-up, for changes of a directory.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use super::Node;
use crate::frame::pool::Wake;
use crate::frame::work;

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
        work::asked_driver();
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
    /// Something about the device has changed.
    Event,
    WakeUp,
    Time,
}

/// Waits for the device, for events of it if that is wanted, for a wake-up, or for the time to pass.
pub(crate) fn wait(node: &Node, wake_up: &WakeUp, timeout: Duration, events: bool) -> io::Result<Woke> {
    wait_for(&node.0, wake_up, timeout, if events { libc::POLLIN | libc::POLLPRI } else { libc::POLLIN })
}

fn wait_for(device: &OwnedFd, wake_up: &WakeUp, timeout: Duration, wanted: libc::c_short) -> io::Result<Woke> {
    let poll = |fd: &OwnedFd, events| libc::pollfd { fd: fd.as_raw_fd(), events, revents: 0 };
    let mut fds = [poll(device, wanted), poll(&wake_up.0, libc::POLLIN)];
    // Rounded up, so that no time is lost in loops that wake too early.
    let millis = timeout.as_millis().saturating_add(u128::from(!timeout.subsec_nanos().is_multiple_of(1_000_000)));
    work::asked_driver();
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
    Ok(match fds[0].revents {
        0 => Woke::Time,
        // A device that is gone says that it has events too.
        woken if woken & libc::POLLPRI != 0 && woken & (libc::POLLERR | libc::POLLHUP) == 0 => Woke::Event,
        _ => Woke::Device,
    })
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
        if wait_for(&self.0, wake_up, Duration::from_secs(3600), libc::POLLIN)? != Woke::Device {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_when_woken() {
        let (node, wake_up) = (Node::open(Path::new("/dev/ptmx")).unwrap(), WakeUp::new().unwrap());
        assert_eq!(wait(&node, &wake_up, Duration::from_millis(1), false).unwrap(), Woke::Time);
        wake_up.wake();
        wake_up.wake();
        assert_eq!(wait(&node, &wake_up, Duration::from_secs(60), false).unwrap(), Woke::WakeUp);
        assert_eq!(wait(&node, &wake_up, Duration::ZERO, false).unwrap(), Woke::Time);
    }
}
