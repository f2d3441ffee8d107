//! The library as a program sees it, on virtual cameras and, where there are some, on real ones.

mod changes;
#[cfg(feature = "turbojpeg")]
mod checklist;
mod common;
mod conformance;
mod contact_sheet;
mod controls;
#[cfg(feature = "turbojpeg")]
mod damaged;
mod delivery;
mod devices;
mod effects;
mod events;
mod explain;
mod films;
mod frames;
mod hotplug;
mod idle;
mod image_capture;
#[cfg(all(target_os = "linux", feature = "nokhwa-linux"))]
mod nokhwa;
mod pending;
mod permissions;
mod properties;
mod requests;
mod rotation;
mod script;
mod stills;
mod streams;
mod together;
mod track;
#[cfg(target_os = "linux")]
mod v4l2;
mod virtual_camera;
mod wpt_image;
mod wpt_streams;
