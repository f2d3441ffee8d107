//! nokhwa's conversions behind a C interface: each writes RGB into memory of the caller, and gives 0 when it worked.

use nokhwa_core::types::{buf_mjpeg_to_rgb, buf_nv12_to_rgb, buf_yuyv422_to_rgb};
use nokhwa_core::types::Resolution;

/// # Safety
///
/// `data` and `out` point to that many bytes.
unsafe fn slices<'a>(data: *const u8, len: usize, out: *mut u8, out_len: usize) -> (&'a [u8], &'a mut [u8]) {
    // SAFETY: the caller's promise.
    unsafe { (std::slice::from_raw_parts(data, len), std::slice::from_raw_parts_mut(out, out_len)) }
}

/// # Safety
///
/// `data` and `out` point to that many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peer_mjpeg(data: *const u8, len: usize, out: *mut u8, out_len: usize) -> i32 {
    // SAFETY: the caller's promise.
    let (data, out) = unsafe { slices(data, len, out, out_len) };
    i32::from(buf_mjpeg_to_rgb(data, out, false).is_err())
}

/// # Safety
///
/// `data` and `out` point to that many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peer_yuyv(data: *const u8, len: usize, out: *mut u8, out_len: usize) -> i32 {
    // SAFETY: the caller's promise.
    let (data, out) = unsafe { slices(data, len, out, out_len) };
    i32::from(buf_yuyv422_to_rgb(data, out, false).is_err())
}

/// # Safety
///
/// `data` and `out` point to that many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peer_nv12(data: *const u8, len: usize, out: *mut u8, out_len: usize, width: u32, height: u32) -> i32 {
    // SAFETY: the caller's promise.
    let (data, out) = unsafe { slices(data, len, out, out_len) };
    i32::from(buf_nv12_to_rgb(Resolution::new(width, height), data, out, false).is_err())
}
