//! The C interface of imagecapture: `extern "C"` functions over the safe core.
//!
//! Every function parses its arguments, calls core and converts the answer; behaviour belongs in core. The shared and
//! the static library are made by the crate in `artifact/`. What a C programmer may rely on is written down once, in
//! `include/README.md`; it is the safety contract of every `unsafe extern "C"` function here.
#![allow(non_camel_case_types, reason = "the types carry their C names")]
#![allow(
    clippy::missing_safety_doc,
    reason = "include/README.md is the one contract of all functions; a section in each would end up in the C header"
)]

// Plumbing: macros first, so that the modules after it can use them.
#[macro_use]
mod guard;
mod handle;
mod sized;
mod string;

// The interface, in the order of the header. The groups keep rustfmt from sorting it.
pub mod version;

pub mod ids;
pub mod status;

pub mod error;
pub mod text;

pub mod callback;
pub mod op;

pub mod constraints;

pub mod capabilities;
pub mod controls;
pub mod settings;

pub mod device_info;
pub mod devices;
pub mod explanation;
pub mod stream;
pub mod track;
pub mod track_controls;

pub mod event;
pub mod permission;

pub mod frame;
pub mod frame_callback;
pub mod frame_reader;

pub mod photo_settings;

pub mod image_capture;
pub mod photo;
pub mod photo_capabilities;

pub mod contact_sheet;

#[cfg(feature = "test-hooks")]
pub mod test_hooks;
pub mod virtual_camera;
