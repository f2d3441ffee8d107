//! Who owns the bytes of a frame.
//!
//! A frame's bytes are either memory that the driver fills (a *lease*: the driver gets it back when the
//! last frame that shows it goes) or a piece of heap memory that is used again for later frames. Both are
//! bounded: what is not there is not handed out.
#![allow(unsafe_code, reason = "that no driver writes to a leased buffer is a promise types cannot express")]

use std::fmt;
use std::ops::Range;
#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::format::MAX_PLANES;
#[cfg(target_os = "linux")]
use crate::Result;

/// The memory of one buffer, in one piece or several, that a driver fills and that stays mapped at least as long as this
/// object lives.
///
/// # Safety
///
/// The slices stay valid for the life of `self`.
#[allow(dead_code, reason = "only systems with a driver of ours have an implementation")]
pub(crate) unsafe trait DriverMemory: Send + Sync {
    /// Those of these bytes of a piece that it has.
    ///
    /// # Safety
    ///
    /// The driver does not write to this memory while the slice lives: the buffer is out of its queue,
    /// or it was given up.
    unsafe fn bytes(&self, piece: usize, range: Range<usize>) -> &[u8];

    /// A descriptor of a piece for other devices and programs.
    #[cfg(target_os = "linux")]
    fn export(&self, piece: usize) -> Result<OwnedFd>;
}

/// Wakes the thread that waits for the next frame.
pub(crate) trait Wake: Send + Sync {
    fn wake(&self);
}

/// Where buffers go when the last frame is dropped, on any thread. The capture thread gives them back to
/// the driver: a system call in `Drop` could hang in a driver that is stuck.
#[allow(dead_code, reason = "only systems with a driver of ours have leases")]
pub(crate) struct ReturnQueue {
    returned: Mutex<Vec<u32>>,
    /// The driver is short of buffers: the capture thread has to hear of each one at once.
    urgent: AtomicBool,
    waker: Arc<dyn Wake>,
}

#[allow(dead_code, reason = "only systems with a driver of ours have leases")]
impl ReturnQueue {
    pub(crate) fn new(buffers: usize, waker: Arc<dyn Wake>) -> Arc<ReturnQueue> {
        Arc::new(ReturnQueue { returned: Mutex::new(Vec::with_capacity(buffers)), urgent: AtomicBool::new(false), waker })
    }

    pub(crate) fn give_back(&self, index: u32) {
        self.returned.lock().push(index);
        if self.urgent.load(Ordering::Acquire) {
            self.waker.wake();
        }
    }

    /// The next buffer that came back.
    pub(crate) fn pop(&self) -> Option<u32> {
        self.returned.lock().pop()
    }

    pub(crate) fn set_urgent(&self, urgent: bool) {
        self.urgent.store(urgent, Ordering::Release);
    }
}

/// Which bytes of each piece of a buffer the driver has filled.
pub(crate) type Filled = [Range<usize>; MAX_PLANES];

/// A driver's buffer, out of the driver's queue until this is dropped.
#[allow(dead_code, reason = "only systems with a driver of ours have leases")]
pub(crate) struct Lease {
    memory: Arc<dyn DriverMemory>,
    filled: Filled,
    index: u32,
    home: Arc<ReturnQueue>,
}

#[allow(dead_code, reason = "only systems with a driver of ours have leases")]
impl Lease {
    /// # Safety
    ///
    /// Buffer `index` has been dequeued and nobody gives it back to the driver before it arrives in
    /// `home`. `memory` is the memory of that buffer.
    pub(crate) unsafe fn new(memory: Arc<dyn DriverMemory>, filled: Filled, index: u32, home: Arc<ReturnQueue>) -> Lease {
        Lease { memory, filled, index, home }
    }

    /// What the driver has written to one piece of the buffer; nothing for one that is not there.
    pub(crate) fn piece(&self, piece: usize) -> &[u8] {
        let Some(filled) = self.filled.get(piece) else { return &[] };
        // SAFETY: whoever made the lease promised that the buffer is out of the driver's queue until it
        // comes home, and it comes home only when this lease is dropped.
        unsafe { self.memory.bytes(piece, filled.clone()) }
    }

    /// A descriptor of a piece, and where in it the bytes of [`piece`](Self::piece) start.
    #[cfg(target_os = "linux")]
    pub(crate) fn export(&self, piece: usize) -> Result<(OwnedFd, usize)> {
        Ok((self.memory.export(piece)?, self.filled.get(piece).map_or(0, |filled| filled.start)))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.home.give_back(self.index);
    }
}

/// Heap memory for frames, used again and again, at most so many pieces at a time.
pub(crate) struct HeapPool {
    free: Mutex<Free>,
    limit: usize,
}

struct Free {
    pieces: Vec<Vec<u8>>,
    out: usize,
}

impl HeapPool {
    pub(crate) fn new(limit: usize) -> Arc<HeapPool> {
        Arc::new(HeapPool { free: Mutex::new(Free { pieces: Vec::with_capacity(limit), out: 0 }), limit })
    }

    /// A piece of `len` bytes with unspecified content, or `None` when all are in use.
    pub(crate) fn take(self: &Arc<Self>, len: usize) -> Option<HeapSlot> {
        let mut free = self.free.lock();
        if free.out >= self.limit {
            return None;
        }
        free.out += 1;
        let mut bytes = free.pieces.pop().unwrap_or_default();
        drop(free);
        bytes.resize(len, 0);
        Some(HeapSlot { bytes, pool: self.clone() })
    }

    fn give_back(&self, bytes: Vec<u8>) {
        let mut free = self.free.lock();
        free.out -= 1;
        free.pieces.push(bytes);
    }
}

/// A piece of a [`HeapPool`]; goes back when dropped.
pub(crate) struct HeapSlot {
    pub(crate) bytes: Vec<u8>,
    pool: Arc<HeapPool>,
}

impl Drop for HeapSlot {
    fn drop(&mut self) {
        self.pool.give_back(std::mem::take(&mut self.bytes));
    }
}

/// The bytes of a frame, wherever they are.
pub(crate) enum Bytes {
    #[allow(dead_code, reason = "only systems with a driver of ours have leases")]
    Lease(Lease),
    Slot(HeapSlot),
    Heap(Vec<u8>),
}

impl Bytes {
    /// One of the pieces of memory that they are in; empty for one that is not there.
    pub(crate) fn piece(&self, piece: usize) -> &[u8] {
        match self {
            Bytes::Lease(lease) => lease.piece(piece),
            Bytes::Slot(slot) if piece == 0 => &slot.bytes,
            Bytes::Heap(bytes) if piece == 0 => bytes,
            Bytes::Slot(_) | Bytes::Heap(_) => &[],
        }
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Bytes::Lease(_) => "lease",
            Bytes::Slot(_) => "slot",
            Bytes::Heap(_) => "heap",
        };
        let len: usize = (0..MAX_PLANES).map(|piece| self.piece(piece).len()).sum();
        write!(f, "{kind} of {len} bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_bounded_and_uses_memory_again() {
        let pool = HeapPool::new(2);
        let first = pool.take(100).unwrap();
        let address = first.bytes.as_ptr();
        let second = pool.take(100).unwrap();
        assert!(pool.take(100).is_none());
        drop(first);
        let third = pool.take(100).unwrap();
        assert_eq!(third.bytes.as_ptr(), address);
        drop((second, third));
        assert_eq!(pool.free.lock().out, 0);
    }
}
