//! `ic_frame`: one picture, shared and read-only.

use std::ffi::c_int;
#[cfg(unix)]
use std::os::fd::IntoRawFd;
use std::ptr;
use std::slice;

use imagecapture::Frame;

use crate::error::{Failure, ic_error};
use crate::handle::{self, Handle, Out, Shared, get};
use crate::ids::{self, ic_color_matrix, ic_pixel_format, ic_timestamp_source};
use crate::settings::ic_settings;
use crate::sized::{SizedOut, Stamped};
use crate::status::ic_status;

/// One picture of a track, read-only.
///
/// Shared: ic_frame_retain(), ic_frame_release(). The pixels may lie in memory of the driver, which has few such
/// buffers: release soon, or copy with ic_frame_copy_to().
#[derive(Debug)]
pub struct ic_frame {
    _private: [u8; 0],
}

impl Handle for ic_frame {
    type Ownership = Shared;
    type Inner = Frame;
    const TAG: [u8; 8] = *b"ic:frame";
}

/// One plane of a frame.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ic_plane {
    /// The bytes; NULL if the frame has no such plane.
    pub data: *const u8,
    /// How many bytes.
    pub len: usize,
    /// The distance in bytes from one row to the next; 0 for compressed formats.
    pub stride: usize,
}

/// What a frame is and where its pixels lie. Begin with `IC_FRAME_INFO_INIT`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ic_frame_info {
    /// The size of this struct, set by `IC_FRAME_INFO_INIT`.
    pub struct_size: usize,
    /// How the pixels lie in memory: one of `IC_PIXEL_FORMAT_…`.
    pub format: ic_pixel_format,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// How many of `planes` are used.
    pub plane_count: u32,
    /// When the picture was taken, in nanoseconds of the system's monotonic clock.
    pub timestamp_ns: u64,
    /// Counts the pictures of the device, also those that nobody got.
    pub sequence: u64,
    /// The pixels; they live as long as the frame.
    pub planes: [ic_plane; 4],
    /// How many bits of a sample count: 8, or up to 16 for #IC_PIXEL_FORMAT_GREY16.
    pub bits_per_sample: u32,
    /// 1 if the pixels lie in memory of the driver, which ic_frame_export_dmabuf() can export; else 0.
    pub is_lease: u32,
    /// Whose `timestamp_ns` is: one of `IC_TIMESTAMP_SOURCE_…`.
    pub timestamp_source: ic_timestamp_source,
    /// Which weights turn red, green and blue into luminance and colour differences: one of `IC_COLOR_MATRIX_…`. It says
    /// nothing of RGB and grey pictures.
    pub color_matrix: ic_color_matrix,
    /// 1 if luminance, or red, green and blue, use 0 to 255; 0 if 16 to 235.
    pub full_range: u32,
    /// Always 0.
    pub reserved: u32,
}

// SAFETY: repr(C), the stamp first, numbers and raw pointers only.
unsafe impl Stamped for ic_frame_info {
    const FIRST_SIZE: usize = std::mem::offset_of!(Self, bits_per_sample);
}

pub(crate) fn new(frame: Frame) -> *mut ic_frame {
    handle::new_shared(frame)
}

/// Nanoseconds for C; they last for 584 years of uptime.
pub(crate) fn nanoseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Tells what a frame is and where its pixels lie.
///
/// `info` was initialised with `IC_FRAME_INFO_INIT`.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of
/// another type.
/// Ownership: the pixels are borrowed from the frame and must not be written.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_frame_describe(frame: *const ic_frame, info: *mut ic_frame_info, error: *mut *mut ic_error) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the struct stamped with its size.
        let (frame, out) = unsafe { (get(frame, "frame")?, SizedOut::new(info, "info")?) };
        let mut planes = [ic_plane { data: ptr::null(), len: 0, stride: 0 }; 4];
        for (index, place) in planes.iter_mut().enumerate().take(frame.plane_count()) {
            let plane = frame.plane(index);
            *place = ic_plane { data: plane.data.as_ptr(), len: plane.data.len(), stride: plane.stride };
        }
        out.set(&ic_frame_info {
            struct_size: size_of::<ic_frame_info>(),
            format: frame.format().number(),
            width: frame.width(),
            height: frame.height(),
            plane_count: frame.plane_count().min(4) as u32,
            timestamp_ns: nanoseconds(frame.timestamp()),
            sequence: frame.sequence(),
            planes,
            bits_per_sample: u32::from(frame.bits_per_sample()),
            is_lease: u32::from(frame.is_lease()),
            timestamp_source: ids::timestamp_source(frame.timestamp_source()),
            color_matrix: ids::color_matrix(frame.color_space().matrix),
            full_range: u32::from(frame.color_space().full_range),
            reserved: 0,
        });
        Ok(())
    })
}

/// The same picture in another pixel format.
///
/// It is made once for each format and shared by all who ask. Compressed frames are decoded here. `converted` receives
/// the new frame, or the same one if it has the format already.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_SUPPORTED if there is no way from one format to the other;
/// #IC_STATUS_UNKNOWN if the compressed data are broken; #IC_STATUS_INVALID_ARGUMENT for an unknown format or a handle of
/// another type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `converted` receives a reference; end it with ic_frame_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_frame_convert(
    frame: *const ic_frame,
    format: ic_pixel_format,
    converted: *mut *mut ic_frame,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (frame, out) = unsafe { (get(frame, "frame")?, Out::new(converted, "converted")?) };
        out.set(new(frame.convert(ids::pixel_format(format)?)?));
        Ok(())
    })
}

/// The same picture in another pixel format, scaled down to fit into a size.
///
/// It keeps its aspect ratio, and is not scaled if it fits; JPEG is decoded at 1/2, 1/4 or 1/8 of its size where that is
/// enough. It is made once for each format and size and shared by all who ask. `converted` receives the new frame.
///
/// Returns: as ic_frame_convert(), and #IC_STATUS_INVALID_ARGUMENT if a side is 0.
/// Ownership: `converted` receives a reference; end it with ic_frame_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_frame_convert_within(
    frame: *const ic_frame,
    format: ic_pixel_format,
    max_width: u32,
    max_height: u32,
    converted: *mut *mut ic_frame,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (frame, out) = unsafe { (get(frame, "frame")?, Out::new(converted, "converted")?) };
        out.set(new(frame.convert_within(ids::pixel_format(format)?, max_width, max_height)?));
        Ok(())
    })
}

/// The settings of the track that were in force when it gave this frame.
///
/// `settings` receives the settings; without any for a frame that no track gave.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: the caller ends `settings` with ic_settings_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_frame_settings(
    frame: *const ic_frame,
    settings: *mut *mut ic_settings,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (frame, out) = unsafe { (get(frame, "frame")?, Out::new(settings, "settings")?) };
        out.set(crate::settings::new(frame.settings().clone()));
        Ok(())
    })
}

/// Writes the picture into memory of the program, in a pixel format without compression.
///
/// `destination` has `len` bytes; a row begins every `stride` bytes, of which there are at least as many as a row has
/// (0: rows without gaps). The last row needs no padding. Planes follow each other; one whose rows have half as many bytes
/// has half the stride, rounded up.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_SUPPORTED if there is no way from one format to the other;
/// #IC_STATUS_UNKNOWN if the compressed data are broken; #IC_STATUS_INVALID_ARGUMENT for too little memory, too small a
/// stride, an unknown format, or a handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the memory is the caller's; after a failure its content is undefined.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_frame_copy_to(
    frame: *const ic_frame,
    format: ic_pixel_format,
    destination: *mut u8,
    len: usize,
    stride: usize,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle.
        let frame = unsafe { get(frame, "frame")? };
        let format = ids::pixel_format(format)?;
        if destination.is_null() {
            return Err(Failure::null("destination"));
        }
        if isize::try_from(len).is_err() {
            return Err(Failure::invalid("the length of `destination` is larger than any object"));
        }
        // A slice of uninitialised memory would be undefined, and C has no initialised memory to promise.
        // SAFETY: not NULL, so by the C contract valid for writing `len` bytes, and zeroed before it becomes a slice.
        let destination = unsafe {
            ptr::write_bytes(destination, 0, len);
            slice::from_raw_parts_mut(destination, len)
        };
        Ok(frame.copy_to(format, destination, stride)?)
    })
}

/// The driver's memory of a plane as a DMA-BUF, for other devices and programs, without a copy. Linux only.
///
/// `plane` counts from 0. `fd` receives a descriptor, `offset` where in its memory the plane starts, in bytes; length and
/// stride are those of ic_frame_describe(). Planes can lie in the same memory. Keep the frame as long as the picture is
/// needed: after its last reference the driver writes the next picture to that memory.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_SUPPORTED if the frame is not in memory of a driver (`is_lease` of
/// `ic_frame_info` is 0), or the driver or the system has no export; #IC_STATUS_INVALID_STATE if the stream was stopped
/// or restarted meanwhile; #IC_STATUS_DEVICE_LOST; #IC_STATUS_INVALID_ARGUMENT for a plane that the frame does not have
/// or a handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the caller closes the descriptor; it stays valid after the frame.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_frame_export_dmabuf(
    frame: *const ic_frame,
    plane: usize,
    fd: *mut c_int,
    offset: *mut usize,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (frame, fd, offset) = unsafe { (get(frame, "frame")?, Out::new(fd, "fd")?, Out::new(offset, "offset")?) };
        let exported = frame.export_dmabuf(plane)?;
        offset.set(exported.offset);
        #[cfg(unix)]
        fd.set(exported.fd.into_raw_fd());
        #[cfg(not(unix))]
        fd.set(-1);
        Ok(())
    })
}

/// Adds a reference. NULL is fine.
///
/// Returns: `frame`, or NULL for a handle of another type.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_frame_retain(frame: *mut ic_frame) -> *mut ic_frame {
    guard_or!(ptr::null_mut(), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { handle::retain(frame) }
    })
}

/// Gives a reference back. NULL is fine.
///
/// With the last one the memory goes back to the device, and the pointers of `ic_frame_info` are dead.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_frame_release(frame: *mut ic_frame) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, of which the caller gives a reference away.
        unsafe { handle::release(frame) }
    })
}
