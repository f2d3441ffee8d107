//! Events: what changes about controls.

use std::io;
use std::mem::{offset_of, size_of};

use super::{Node, Zeroed, request};

const EVENT_CTRL: u32 = 3;

/// Its menu or its range changed, not only its value.
pub(crate) const CHANGED_RANGE: u32 = 0x0004;

#[repr(C)]
struct Subscription {
    kind: u32,
    id: u32,
    flags: u32,
    reserved: [u32; 5],
}

#[repr(C)]
struct RawEvent {
    kind: u32,
    // A 64-bit number in the union aligns it.
    padding: u32,
    changes: u32,
    control_type: u32,
    value: i64,
    /// Flags and range, and what the union has beyond.
    rest: [u8; 48],
    pending: u32,
    sequence: u32,
    timestamp: libc::timespec,
    id: u32,
    reserved: [u32; 8],
}

// The kernel's own numbers for 64-bit systems.
const _: () = {
    assert!(size_of::<Subscription>() == 32);
    assert!(size_of::<RawEvent>() == 136);
    assert!(offset_of!(RawEvent, changes) == 8 && offset_of!(RawEvent, pending) == 72 && offset_of!(RawEvent, id) == 96);
};

impl Zeroed for Subscription {}
impl Zeroed for RawEvent {}

/// A change of a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ControlEvent {
    pub(crate) id: u32,
    /// What about it changed.
    pub(crate) changes: u32,
    /// Its value; of a control of 32 bits only those count.
    pub(crate) value: i64,
}

impl Node {
    /// Asks to be told of changes of a control that others make.
    pub(crate) fn subscribe(&self, id: u32) -> io::Result<()> {
        let mut subscription = Subscription { kind: EVENT_CTRL, id, ..Subscription::zeroed() };
        // SAFETY: VIDIOC_SUBSCRIBE_EVENT reads a v4l2_event_subscription.
        unsafe { self.ioctl(request::<Subscription>(false, true, 90), &mut subscription) }
    }

    /// The next change of a control that waits to be heard of; never waits.
    pub(crate) fn control_event(&self) -> io::Result<Option<ControlEvent>> {
        loop {
            let mut event = RawEvent::zeroed();
            // SAFETY: VIDIOC_DQEVENT writes a v4l2_event. The node was opened not to wait.
            match unsafe { self.ioctl(request::<RawEvent>(true, false, 89), &mut event) } {
                Ok(()) if event.kind == EVENT_CTRL => {
                    return Ok(Some(ControlEvent { id: event.id, changes: event.changes, value: event.value }));
                }
                Ok(()) => {}
                Err(e) if matches!(e.raw_os_error(), Some(libc::ENOENT | libc::EAGAIN | libc::ENOTTY | libc::EINVAL)) => return Ok(None),
                Err(e) => return Err(e),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_the_numbers_of_the_kernel() {
        assert_eq!(request::<RawEvent>(true, false, 89), 0x8088_5659);
        assert_eq!(request::<Subscription>(false, true, 90), 0x4020_565a);
    }
}
