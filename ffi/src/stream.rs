//! `ic_stream`: a set of tracks.

use std::ffi::{CString, c_char};
use std::ptr;

use imagecapture::MediaStream;

use crate::error::{Failure, ic_error};
use crate::handle::{self, Handle, Out, Shared, get};
use crate::status::ic_status;
use crate::string::c_string;
use crate::track::{self, ic_track};

/// A set of tracks, as ic_devices_get_user_media() returns it.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#mediastream>
///
/// Shared: ic_stream_retain(), ic_stream_release().
#[derive(Debug)]
pub struct ic_stream {
    _private: [u8; 0],
}

#[derive(Debug)]
pub(crate) struct StreamInner {
    stream: MediaStream,
    id: CString,
}

impl Handle for ic_stream {
    type Ownership = Shared;
    type Inner = StreamInner;
    const TAG: [u8; 8] = *b"ic:strem";
}

pub(crate) fn new(stream: MediaStream) -> *mut ic_stream {
    let id = c_string(stream.id());
    handle::new_shared(StreamInner { stream, id })
}

/// The id of a stream, unique everywhere.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-id>
///
/// Returns: a text that lives as long as the stream; NULL if `stream` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_stream_id(stream: *const ic_stream) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(stream, "stream")? }.id.as_ptr())
    })
}

/// Whether a track of the stream is still live.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-active>
///
/// Returns: true if one is; false if not or if `stream` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_stream_active(stream: *const ic_stream) -> bool {
    guard_or!(false, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(stream, "stream")? }.stream.active())
    })
}

/// How many video tracks a stream has.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-getvideotracks>
///
/// Returns: the number; 0 if `stream` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_stream_video_track_count(stream: *const ic_stream) -> usize {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(stream, "stream")? }.stream.video_tracks().len())
    })
}

/// A video track of a stream.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-getvideotracks>
///
/// `index` counts from 0; `track` receives the track.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if there are not so many; #IC_STATUS_NULL_ARGUMENT;
/// #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: `track` receives a reference; end it with ic_track_release(). It keeps what it needs of the stream alive.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_stream_video_track(
    stream: *const ic_stream,
    index: usize,
    track: *mut *mut ic_track,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(stream, "stream")?, Out::new(track, "track")?) };
        let found = inner.stream.video_tracks().into_iter().nth(index);
        out.set(track::new(found.ok_or_else(|| Failure::not_present("the stream has not so many video tracks"))?));
        Ok(())
    })
}

/// Adds a reference. NULL is fine.
///
/// Returns: `stream`, or NULL for a handle of another type.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_stream_retain(stream: *mut ic_stream) -> *mut ic_stream {
    guard_or!(ptr::null_mut(), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { handle::retain(stream) }
    })
}

/// Gives a reference back. NULL is fine.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_stream_release(stream: *mut ic_stream) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, of which the caller gives a reference away.
        unsafe { handle::release(stream) }
    })
}
