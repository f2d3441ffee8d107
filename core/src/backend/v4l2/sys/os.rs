//! The clock and the signals of the system.

use std::ptr;
use std::time::Duration;

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
