//! The library as a program sees it, on virtual cameras and, where there are some, on real ones.

mod common;
mod devices;
mod frames;
mod image_capture;
mod pending;
mod track;
#[cfg(target_os = "linux")]
mod v4l2;
mod virtual_camera;
