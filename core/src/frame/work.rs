//! What was done with pixels, and what the driver was asked: exact numbers for tests and benchmarks.

use std::sync::atomic::{AtomicU64, Ordering};

static COPIES: AtomicU64 = AtomicU64::new(0);
static DECODES: AtomicU64 = AtomicU64::new(0);
static CONVERSIONS: AtomicU64 = AtomicU64::new(0);
static DRIVER_CALLS: AtomicU64 = AtomicU64::new(0);

/// Work of this process since it began. The difference of two of them is what happened in between.
#[doc(hidden)]
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameWork {
    /// Pixels that were copied as they are.
    pub copies: u64,
    /// JPEG images that were decoded.
    pub decodes: u64,
    /// Pictures that were made of uncompressed ones, in another format or size.
    pub conversions: u64,
    /// System calls of the threads that wait for frames and fetch them: polls and requests to drivers.
    pub driver_calls: u64,
}

/// The work so far.
#[doc(hidden)]
pub fn frame_work() -> FrameWork {
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    FrameWork { copies: read(&COPIES), decodes: read(&DECODES), conversions: read(&CONVERSIONS), driver_calls: read(&DRIVER_CALLS) }
}

fn one(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn copied() {
    one(&COPIES);
}

#[cfg_attr(not(feature = "turbojpeg"), allow(dead_code, reason = "such a build decodes nothing"))]
pub(crate) fn decoded() {
    one(&DECODES);
}

pub(crate) fn converted() {
    one(&CONVERSIONS);
}

#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only V4L2 is called without a library between"))]
pub(crate) fn asked_driver() {
    one(&DRIVER_CALLS);
}
