//! Notices cameras that are plugged in and pulled, by their nodes in `/dev`.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::sys::{Inotify, WakeUp};
use crate::backend::Changed;
use crate::frame::pool::Wake;

/// Runs a thread that watches; dropping it ends the thread.
pub(super) struct Watcher {
    stop: Arc<AtomicBool>,
    wake_up: Arc<WakeUp>,
}

impl Watcher {
    /// Calls `changed` when a file comes, goes or changes its owner or mode whose name begins so. Without the means
    /// to watch there is none, and the program finds out when it lists the devices.
    pub(super) fn new(directory: &Path, prefix: &str, changed: &Changed) -> Option<Watcher> {
        let inotify = Inotify::new(directory).ok()?;
        let wake_up = Arc::new(WakeUp::new().ok()?);
        let watcher = Watcher { stop: Arc::default(), wake_up: wake_up.clone() };
        let (stop, changed, prefix) = (watcher.stop.clone(), changed.clone(), prefix.to_owned());
        let watch = move || {
            while !stop.load(Ordering::Acquire) {
                // An error that stays would come at once each time.
                let Ok(names) = inotify.wait(&wake_up) else { return };
                // Without a name: more than could be told.
                let concerns = |name: &Vec<u8>| name.is_empty() || name.starts_with(prefix.as_bytes());
                if !stop.load(Ordering::Acquire) && names.iter().any(concerns) {
                    changed();
                }
            }
        };
        crate::threads::spawn("ic-hotplug", watch).ok()?;
        Some(watcher)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // The thread is not waited for: it may be the one that drops this.
        self.stop.store(true, Ordering::Release);
        self.wake_up.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn nodes_that_come_and_go_are_noticed_until_the_watcher_ends() {
        let directory = std::env::temp_dir().join(format!("hotplug-{}", uuid::Uuid::new_v4()));
        fs::create_dir(&directory).unwrap();
        let (tx, rx) = channel();
        let changed: Changed = Arc::new(move || tx.send(()).unwrap());
        let watcher = Watcher::new(&directory, "video", &changed).unwrap();
        drop(changed);
        let wait = || rx.recv_timeout(Duration::from_secs(5));
        fs::write(directory.join("audio0"), "").unwrap();
        fs::write(directory.join("video0"), "").unwrap();
        wait().unwrap();
        fs::remove_file(directory.join("video0")).unwrap();
        wait().unwrap();
        assert!(rx.try_recv().is_err(), "other files are none of our business");
        drop(watcher);
        assert!(wait().is_err(), "the thread has ended and let go of the callback");
        fs::remove_dir_all(&directory).unwrap();
        assert!(Watcher::new(&directory, "video", &(Arc::new(|| ()) as Changed)).is_none());
    }
}
