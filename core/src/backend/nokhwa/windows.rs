//! What the threads that call nokhwa need of Windows.
#![allow(unsafe_code, reason = "the two calls have no safe form")]

use std::sync::Once;

use windows::Win32::Media::MediaFoundation::{MF_VERSION, MFSTARTUP_NOSOCKET, MFStartup};
use windows::Win32::System::Com::CoIncrementMTAUsage;

/// nokhwa joins COM on the first of its threads only, and shuts Media Foundation down when its last camera goes, whatever other
/// threads are doing at that time. So both are held here until the program ends: every thread belongs to the multithreaded apartment,
/// and a shutdown is never the last.
pub(super) fn prepare() {
    static HELD: Once = Once::new();
    HELD.call_once(|| {
        // SAFETY: it only counts up, and what it returns is only for counting down again.
        let joined = unsafe { CoIncrementMTAUsage() };
        // SAFETY: it has no requirements; COM is there since the call before.
        let started = unsafe { MFStartup(MF_VERSION, MFSTARTUP_NOSOCKET) };
        // Without either, nokhwa's own calls say what is wrong.
        drop((joined, started));
    });
}
