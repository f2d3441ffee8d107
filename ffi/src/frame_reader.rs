//! `ic_frame_reader`: the frames of a track, one after the other.

use std::ptr;

use imagecapture::{FrameReader, FramesOptions};

use crate::error::{Failure, ic_error};
use crate::frame::{self, ic_frame};
use crate::handle::{self, Handle, Out, Shared, get};
use crate::ids::{self, ic_delivery, ic_pixel_format};
use crate::op::timeout;
use crate::sized::{self, Stamped};
use crate::status::ic_status;
use crate::track::ic_track;

/// Reads the frames of a track.
///
/// Shared: ic_frame_reader_retain(), ic_frame_reader_release().
#[derive(Debug)]
pub struct ic_frame_reader {
    _private: [u8; 0],
}

impl Handle for ic_frame_reader {
    type Ownership = Shared;
    type Inner = FrameReader;
    const TAG: [u8; 8] = *b"ic:readr";
}

/// How a reader should read. Begin with `IC_FRAMES_OPTIONS_INIT`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ic_frames_options {
    /// The size of this struct, set by `IC_FRAMES_OPTIONS_INIT`.
    pub struct_size: usize,
    /// What to do for a slow program: one of `IC_DELIVERY_…`.
    pub delivery: ic_delivery,
    /// The format of all frames, one of `IC_PIXEL_FORMAT_…`; 0: as the device delivers them.
    pub format: ic_pixel_format,
    /// The length of the queue for #IC_DELIVERY_QUEUE, 1 to 16.
    pub queue_length: usize,
}

// SAFETY: repr(C), the stamp first, numbers only.
unsafe impl Stamped for ic_frames_options {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// The options of core.
pub(crate) fn options_of(given: Option<ic_frames_options>) -> Result<FramesOptions, Failure> {
    let mut options = FramesOptions::default();
    if let Some(given) = given {
        options.policy = ids::delivery(given.delivery, given.queue_length)?;
        options.format = if given.format == 0 { None } else { Some(ids::pixel_format(given.format)?) };
    }
    Ok(options)
}

/// Begins to read the frames of a track.
///
/// `options` may be NULL: only the newest frame, as the device delivers it. `reader` receives the reader.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended; #IC_STATUS_NOT_SUPPORTED for an audio track;
/// #IC_STATUS_INVALID_ARGUMENT for unknown ids, an impossible length of the queue or a handle of another type;
/// #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `reader` receives a reference; end it with ic_frame_reader_release(). It keeps what it needs of the track
/// alive.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_frames(
    track: *mut ic_track,
    options: *const ic_frames_options,
    reader: *mut *mut ic_frame_reader,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the struct stamped with its size.
        let (inner, given, out) =
            unsafe { (get(track.cast_const(), "track")?, sized::read(options, "options")?, Out::new(reader, "reader")?) };
        out.set(handle::new_shared(inner.track.frames(options_of(given)?)?));
        Ok(())
    })
}

/// Waits for the next frame.
///
/// `timeout_ns` limits the waiting: 0 only looks, #IC_TIMEOUT_DEFAULT is 5 seconds. `frame` receives the frame.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_TIMED_OUT if none came; #IC_STATUS_INVALID_STATE if the track was stopped or the
/// reader closed; #IC_STATUS_DEVICE_LOST if the device went away; #IC_STATUS_NOT_SUPPORTED if there is no way to the
/// format of the options (a damaged frame is counted as dropped, and the next one is waited for);
/// #IC_STATUS_INVALID_ARGUMENT for a wrong time limit or a handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `frame` receives a reference; end it with ic_frame_release().
/// Thread safety: may be called from any thread; each frame goes to one of the callers.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_frame_reader_next(
    reader: *mut ic_frame_reader,
    timeout_ns: i64,
    frame: *mut *mut ic_frame,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (reader, out) = unsafe { (get(reader.cast_const(), "reader")?, Out::new(frame, "frame")?) };
        out.set(frame::new(reader.next_frame_within(timeout(timeout_ns)?)?));
        Ok(())
    })
}

/// How many frames were dropped because they were not fetched in time, or were damaged.
///
/// Returns: the number; 0 if `reader` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_frame_reader_dropped(reader: *const ic_frame_reader) -> u64 {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(reader, "reader")? }.dropped())
    })
}

/// Ends the reading: whoever waits for a frame gets #IC_STATUS_INVALID_STATE. NULL is fine.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_frame_reader_close(reader: *mut ic_frame_reader) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { get(reader.cast_const(), "reader")? }.close();
        Ok(())
    })
}

/// Adds a reference. NULL is fine.
///
/// Returns: `reader`, or NULL for a handle of another type.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_frame_reader_retain(reader: *mut ic_frame_reader) -> *mut ic_frame_reader {
    guard_or!(ptr::null_mut(), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { handle::retain(reader) }
    })
}

/// Gives a reference back. NULL is fine.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_frame_reader_release(reader: *mut ic_frame_reader) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, of which the caller gives a reference away.
        unsafe { handle::release(reader) }
    })
}
