//! How this library starts threads: named, and on Linux deaf to signals, so that the handlers of the program run
//! on the program's own threads.

use std::thread::{Builder, JoinHandle};
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

use crate::{Error, ErrorKind, Result};

/// Starts a thread. The name is cut to what the system shows (15 bytes on Linux).
pub(crate) fn spawn<T: Send + 'static>(name: &str, body: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>> {
    let builder = Builder::new().name(name.to_owned());
    #[cfg(target_os = "linux")]
    let started = crate::backend::v4l2::sys::with_signals_blocked(|| builder.spawn(body));
    #[cfg(not(target_os = "linux"))]
    let started = builder.spawn(body);
    started.map_err(|e| Error::new(ErrorKind::Aborted, format!("no thread can be started: {e}")).with_source(e))
}

/// Something that happens once, and can be waited for.
#[derive(Default)]
pub(crate) struct Latch {
    set: Mutex<bool>,
    changed: Condvar,
}

impl Latch {
    pub(crate) fn set(&self) {
        *self.set.lock() = true;
        self.changed.notify_all();
    }

    pub(crate) fn is_set(&self) -> bool {
        *self.set.lock()
    }

    /// Waits until it has happened; false when it has not by then.
    pub(crate) fn wait_until(&self, deadline: Instant) -> bool {
        let mut set = self.set.lock();
        while !*set && !self.changed.wait_until(&mut set, deadline).timed_out() {}
        *set
    }
}
