//! `ic_stream`: a set of tracks.

use std::ffi::{CString, c_char};
use std::ptr;

use imagecapture::{MediaStream, MediaStreamTrack};

use crate::error::{Failure, ic_error};
use crate::handle::{self, Handle, Out, Shared, get, get_all};
use crate::status::ic_status;
use crate::string::{c_string, text};
use crate::track::{self, ic_track};

/// A set of tracks, such as ic_devices_get_user_media() returns. Only the program changes it.
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

/// Makes a stream of tracks, in their order.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-constructor>
///
/// `tracks` points to `count` tracks, which may have ended; NULL with 0 for an empty stream. One that is given twice is
/// in it once. `stream` receives the stream.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT, also for a track; #IC_STATUS_INVALID_ARGUMENT for a handle of
/// another type.
/// Ownership: `stream` receives a reference; end it with ic_stream_release(). It keeps the tracks alive; the references
/// in `tracks` stay the caller's.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_stream_new(
    tracks: *const *mut ic_track,
    count: usize,
    stream: *mut *mut ic_stream,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the list for its length.
        let (tracks, out) = unsafe { (get_all(tracks, count, "tracks")?, Out::new(stream, "stream")?) };
        let tracks: Vec<MediaStreamTrack> = tracks.into_iter().map(|inner| inner.track.clone()).collect();
        out.set(new(MediaStream::new(&tracks)));
        Ok(())
    })
}

/// Makes another stream of the same tracks.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-constructor>
///
/// `copy` receives it. ic_stream_clone() makes one of clones of the tracks.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: `copy` receives a reference; end it with ic_stream_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_stream_from_stream(
    stream: *const ic_stream,
    copy: *mut *mut ic_stream,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(stream, "stream")?, Out::new(copy, "copy")?) };
        out.set(new(MediaStream::from_stream(&inner.stream)));
        Ok(())
    })
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

/// A handle of one track of several.
fn nth(tracks: Vec<MediaStreamTrack>, index: usize) -> Result<*mut ic_track, Failure> {
    let found = tracks.into_iter().nth(index);
    Ok(track::new(found.ok_or_else(|| Failure::not_present("the stream has not so many of these tracks"))?))
}

/// How many tracks a stream has.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-gettracks>
///
/// Returns: the number; 0 if `stream` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_stream_track_count(stream: *const ic_stream) -> usize {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(stream, "stream")? }.stream.tracks().len())
    })
}

/// A track of a stream, in the order in which they were added.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-gettracks>
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
pub unsafe extern "C" fn ic_stream_track(
    stream: *const ic_stream,
    index: usize,
    track: *mut *mut ic_track,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(stream, "stream")?, Out::new(track, "track")?) };
        out.set(nth(inner.stream.tracks(), index)?);
        Ok(())
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
        out.set(nth(inner.stream.video_tracks(), index)?);
        Ok(())
    })
}

/// How many audio tracks a stream has.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-getaudiotracks>
///
/// Returns: the number; 0 if `stream` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_stream_audio_track_count(stream: *const ic_stream) -> usize {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(stream, "stream")? }.stream.audio_tracks().len())
    })
}

/// An audio track of a stream.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-getaudiotracks>
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
pub unsafe extern "C" fn ic_stream_audio_track(
    stream: *const ic_stream,
    index: usize,
    track: *mut *mut ic_track,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(stream, "stream")?, Out::new(track, "track")?) };
        out.set(nth(inner.stream.audio_tracks(), index)?);
        Ok(())
    })
}

/// The track of a stream with this id.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-gettrackbyid>
///
/// `id` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED; `track` receives the track.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if there is none; #IC_STATUS_INVALID_UTF8; #IC_STATUS_NULL_ARGUMENT;
/// #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: `track` receives a reference; end it with ic_track_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_stream_track_by_id(
    stream: *const ic_stream,
    id: *const c_char,
    len: usize,
    track: *mut *mut ic_track,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the text for its length.
        let (inner, id, out) = unsafe { (get(stream, "stream")?, text(id, len, "id")?, Out::new(track, "track")?) };
        let found = inner.stream.track_by_id(id);
        out.set(track::new(found.ok_or_else(|| Failure::not_present("the stream has no track with this id"))?));
        Ok(())
    })
}

/// Adds a track to a stream, unless it is in it already.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-addtrack>
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: the stream keeps the track alive; the reference stays the caller's.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_stream_add_track(stream: *mut ic_stream, track: *mut ic_track, error: *mut *mut ic_error) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or a live handle.
        let (inner, track) = unsafe { (get(stream.cast_const(), "stream")?, get(track.cast_const(), "track")?) };
        inner.stream.add_track(&track.track);
        Ok(())
    })
}

/// Takes a track out of a stream, if it is in it. That does not stop it.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-removetrack>
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_stream_remove_track(stream: *mut ic_stream, track: *mut ic_track, error: *mut *mut ic_error) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or a live handle.
        let (inner, track) = unsafe { (get(stream.cast_const(), "stream")?, get(track.cast_const(), "track")?) };
        inner.stream.remove_track(&track.track);
        Ok(())
    })
}

/// Makes another stream, of clones of all tracks, each with an end of its own.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-clone>
///
/// This is not ic_stream_retain(), which is about the handle. `clone` receives the new stream.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: `clone` receives a reference; end it with ic_stream_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_stream_clone(stream: *const ic_stream, clone: *mut *mut ic_stream, error: *mut *mut ic_error) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(stream, "stream")?, Out::new(clone, "clone")?) };
        out.set(new(inner.stream.clone_stream()));
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
