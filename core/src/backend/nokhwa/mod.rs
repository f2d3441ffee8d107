//! Cameras of Windows and macOS through the crate nokhwa; on Linux the same with the feature `nokhwa-linux`, where it can be
//! run against real cameras.
//!
//! nokhwa's calls block and can panic: see `worker.rs`. What it can reach is in `reach.rs`, which is also the table in the
//! documentation. Its decoders are never used: frames are copied as they are.

#[cfg(any(windows, target_os = "macos", all(target_os = "linux", feature = "nokhwa-linux")))]
mod camera;
#[cfg(any(windows, target_os = "macos", all(target_os = "linux", feature = "nokhwa-linux")))]
mod controls;
#[cfg(any(windows, target_os = "macos", all(target_os = "linux", feature = "nokhwa-linux")))]
mod device;
mod picture;
mod reach;
#[cfg(windows)]
mod windows;
mod worker;

#[cfg(any(windows, target_os = "macos", all(target_os = "linux", feature = "nokhwa-linux")))]
pub(crate) use camera::Nokhwa;
