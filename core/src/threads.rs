//! How this library starts threads: named, and deaf to signals, so that the handlers of the program run
//! on the program's own threads.

use std::io;
use std::thread::{Builder, JoinHandle};

/// Starts a thread. The name is cut to what the system shows (15 bytes on Linux).
pub(crate) fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    let builder = Builder::new().name(name.to_owned());
    #[cfg(target_os = "linux")]
    return crate::backend::v4l2::sys::with_signals_blocked(|| builder.spawn(body));
    #[cfg(not(target_os = "linux"))]
    builder.spawn(body)
}
