//! The clock of frames: monotonic, and on Linux the one that drivers stamp their buffers with.

use std::time::Duration;

/// Now, on the clock of [`Frame::timestamp`](crate::Frame::timestamp).
#[cfg(target_os = "linux")]
pub(crate) fn now() -> Duration {
    crate::backend::v4l2::sys::monotonic_now()
}

/// Now, counted from the first call.
#[cfg(not(target_os = "linux"))]
pub(crate) fn now() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}
