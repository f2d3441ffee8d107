//! `libimagecapture`: everything is in `imagecapture-ffi`; this crate only gives the libraries their name.
pub use imagecapture_ffi::*;
