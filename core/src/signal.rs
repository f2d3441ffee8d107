//! One descriptor that is readable while something waits to be fetched by the program.

use parking_lot::Mutex;

#[cfg(unix)]
use std::io::{self, Read, Write};
#[cfg(unix)]
use std::os::fd::{AsRawFd, RawFd};
#[cfg(unix)]
use std::os::unix::net::UnixStream;

/// Why the descriptor is readable.
#[derive(Clone, Copy)]
pub(crate) enum Reason {
    Events = 1,
    Callbacks = 2,
}

#[derive(Default)]
pub(crate) struct Signal(Mutex<State>);

#[derive(Default)]
struct State {
    reasons: u8,
    /// What is written to the first comes out of the second. Made when somebody asks for it.
    #[cfg(unix)]
    pair: Option<(UnixStream, UnixStream)>,
}

impl Signal {
    /// Says whether there is a reason. Cheap as long as nobody asked for the descriptor.
    pub(crate) fn set(&self, reason: Reason, given: bool) {
        let mut state = self.0.lock();
        let before = state.reasons;
        state.reasons = if given { before | reason as u8 } else { before & !(reason as u8) };
        #[cfg(unix)]
        if (before == 0) != (state.reasons == 0) {
            state.show();
        }
    }

    /// Whether there is a reason.
    #[cfg(test)]
    pub(crate) fn is_given(&self) -> bool {
        self.0.lock().reasons != 0
    }

    /// The descriptor; it belongs to this object.
    #[cfg(unix)]
    pub(crate) fn descriptor(&self) -> io::Result<RawFd> {
        let mut state = self.0.lock();
        if state.pair.is_none() {
            let (near, far) = UnixStream::pair()?;
            near.set_nonblocking(true)?;
            far.set_nonblocking(true)?;
            state.pair = Some((near, far));
            if state.reasons != 0 {
                state.show();
            }
        }
        Ok(state.pair.as_ref().map_or(-1, |(_, far)| far.as_raw_fd()))
    }
}

#[cfg(unix)]
impl State {
    /// One byte is in the pair exactly while there is a reason.
    fn show(&mut self) {
        let Some((near, far)) = &mut self.pair else { return };
        // Neither can fail: the pair is ours, holds at most one byte and never blocks.
        if self.reasons == 0 {
            let _ = far.read(&mut [0; 8]);
        } else {
            let _ = near.write(&[1]);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn readable(signal: &Signal) -> bool {
        let state = signal.0.lock();
        let far = &state.pair.as_ref().unwrap().1;
        far.try_clone().unwrap().read(&mut [0; 8]).is_ok()
    }

    #[test]
    fn it_is_readable_while_there_is_a_reason() {
        let signal = Signal::default();
        signal.set(Reason::Events, true);
        signal.descriptor().unwrap();
        assert!(readable(&signal), "what was there before the descriptor was asked for counts");
        for (events, callbacks) in [(false, false), (true, false), (true, true), (false, true), (false, false), (true, true)] {
            signal.set(Reason::Events, events);
            signal.set(Reason::Callbacks, callbacks);
        }
        assert!(readable(&signal));
        signal.set(Reason::Events, false);
        signal.set(Reason::Callbacks, false);
        assert!(!readable(&signal));
    }
}
