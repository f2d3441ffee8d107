//! `ic_track`: one source of pictures as one consumer wants it.

use std::ffi::{CString, c_char};
use std::ptr;

use imagecapture::{MediaStreamTrack, MediaTrackConstraints};

use crate::callback::{self, ic_callback_info};
use crate::capabilities::{self, ic_capabilities};
use crate::constraints::{self, ic_constraints};
use crate::error::ic_error;
use crate::handle::{self, Handle, Out, Shared, get, get_optional};
use crate::ids::{self, ic_media_kind, ic_track_state};
use crate::op::{self, Running, ic_op, timeout};
use crate::settings::{self, ic_settings};
use crate::sized::{SizedOut, Stamped};
use crate::status::ic_status;
use crate::string::c_string;

/// One source of pictures, in the size and at the rate that its constraints ask for.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#mediastreamtrack>
///
/// Shared: ic_track_retain(), ic_track_release(). Two handles may be of the same track: ic_track_id() tells.
#[derive(Debug)]
pub struct ic_track {
    _private: [u8; 0],
}

#[derive(Debug)]
pub(crate) struct TrackInner {
    pub(crate) track: MediaStreamTrack,
    id: CString,
    label: CString,
}

impl Handle for ic_track {
    type Ownership = Shared;
    type Inner = TrackInner;
    const TAG: [u8; 8] = *b"ic:track";
}

/// What became of the frames of a track. Begin with `IC_TRACK_STATS_INFO_INIT`.
///
/// Frames that were lost for reasons that nobody chose are `total_frames - delivered_frames - discarded_frames`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ic_track_stats_info {
    /// The size of this struct, set by `IC_TRACK_STATS_INFO_INIT`.
    pub struct_size: usize,
    /// Frames that were given to readers, or would have been if there had been any.
    pub delivered_frames: u64,
    /// Frames that were left out to reach the track's frame rate, which is lower than the camera's.
    pub discarded_frames: u64,
    /// All frames of the camera in that time, also damaged ones and those that it lost on the way.
    pub total_frames: u64,
    /// Frames that came damaged and were left out: the driver said so, or they were shorter than a picture is. JPEGs that are
    /// found to be damaged when they are decoded are not among them. They are among those that were lost.
    pub corrupt_frames: u64,
}

// SAFETY: repr(C), the stamp first, numbers only.
unsafe impl Stamped for ic_track_stats_info {
    const FIRST_SIZE: usize = size_of::<Self>();
}

pub(crate) fn new(track: MediaStreamTrack) -> *mut ic_track {
    let (id, label) = (c_string(track.id()), c_string(track.label()));
    handle::new_shared(TrackInner { track, id, label })
}

/// The id of a track, unique everywhere.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-id>
///
/// Returns: a text that lives as long as the handle; NULL if `track` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_track_id(track: *const ic_track) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(track, "track")? }.id.as_ptr())
    })
}

/// The id of a track in events; no other object of this process has it or will have it.
///
/// Returns: the id; 0 if `track` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_track_object_id(track: *const ic_track) -> u64 {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(track, "track")? }.track.object_id())
    })
}

/// The name of the device for people.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-label>
///
/// Returns: a text that lives as long as the handle; NULL if `track` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_track_label(track: *const ic_track) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(track, "track")? }.label.as_ptr())
    })
}

/// What a track carries.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-kind>
///
/// Returns: one of `IC_MEDIA_KIND_…`; 0 if `track` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_track_kind(track: *const ic_track) -> ic_media_kind {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(ids::media_kind(unsafe { get(track, "track")? }.track.kind()))
    })
}

/// Whether a track still delivers.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-readystate>
///
/// Returns: one of `IC_TRACK_STATE_…`; 0 if `track` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_track_ready_state(track: *const ic_track) -> ic_track_state {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(ids::track_state(unsafe { get(track, "track")? }.track.ready_state()))
    })
}

/// Whether the device delivers nothing for the moment.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-muted>
///
/// Returns: true if so; false if not or if `track` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_track_muted(track: *const ic_track) -> bool {
    guard_or!(false, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(track, "track")? }.track.muted())
    })
}

/// Whether the program wants pictures; if not, the track delivers black ones.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-enabled>
///
/// Returns: true if it does; false if not or if `track` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_track_enabled(track: *const ic_track) -> bool {
    guard_or!(false, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(track, "track")? }.track.enabled())
    })
}

/// Says whether the program wants pictures. NULL is fine.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-enabled>
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_track_set_enabled(track: *mut ic_track, enabled: bool) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { get(track.cast_const(), "track")? }.track.set_enabled(enabled);
        Ok(())
    })
}

/// What became of the frames of a track: one consistent snapshot.
///
/// W3C: <https://w3c.github.io/mediacapture-extensions/#dom-mediastreamtrack-stats>
///
/// The counts start at 0 with the track, also that of a clone, and run only while it is unmuted and enabled. `stats`
/// was initialised with `IC_TRACK_STATS_INFO_INIT`, and receives them.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle
/// of another type.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_stats(track: *const ic_track, stats: *mut ic_track_stats_info) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the struct stamped with its size.
        let (inner, out) = unsafe { (get(track, "track")?, SizedOut::new(stats, "stats")?) };
        let stats = inner.track.stats();
        out.set(&ic_track_stats_info {
            struct_size: size_of::<ic_track_stats_info>(),
            delivered_frames: stats.delivered_frames(),
            discarded_frames: stats.discarded_frames(),
            total_frames: stats.total_frames(),
            corrupt_frames: stats.corrupt_frames(),
        });
        Ok(())
    })
}

/// What a track can do.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-getcapabilities>
///
/// `capabilities` receives a snapshot.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: the capabilities are the caller's; end them with ic_capabilities_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_capabilities(
    track: *const ic_track,
    capabilities: *mut *mut ic_capabilities,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(track, "track")?, Out::new(capabilities, "capabilities")?) };
        out.set(capabilities::new(inner.track.capabilities()));
        Ok(())
    })
}

/// How a track is set right now.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-getsettings>
///
/// `settings` receives a snapshot.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: the settings are the caller's; end them with ic_settings_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_settings(
    track: *const ic_track,
    settings: *mut *mut ic_settings,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(track, "track")?, Out::new(settings, "settings")?) };
        out.set(settings::new(inner.track.settings()));
        Ok(())
    })
}

/// The constraints that were applied to a track last.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-getconstraints>
///
/// `constraints` receives a copy.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: the constraints are the caller's; end them with ic_constraints_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_constraints(
    track: *const ic_track,
    constraints: *mut *mut ic_constraints,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(track, "track")?, Out::new(constraints, "constraints")?) };
        out.set(constraints::new(inner.track.constraints()));
        Ok(())
    })
}

/// Sets a track as the constraints ask, and waits until the device has done so.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-applyconstraints>
///
/// `constraints` replace those before; NULL is the same as empty ones. `timeout_ns` limits the call;
/// #IC_TIMEOUT_DEFAULT is 10 seconds. If it fails, the settings are those before.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_SECURITY if pan, tilt or zoom is named with another value than `false` while the
/// program is not visible; #IC_STATUS_OVERCONSTRAINED if the device cannot (ic_error_constraint());
/// #IC_STATUS_OPERATION, #IC_STATUS_NOT_READABLE or #IC_STATUS_UNKNOWN if it fails; #IC_STATUS_TIMED_OUT;
/// #IC_STATUS_ABORTED; #IC_STATUS_INVALID_ARGUMENT for a wrong time limit or a handle of another type;
/// #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the constraints stay the caller's.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_apply_constraints(
    track: *mut ic_track,
    constraints: *const ic_constraints,
    timeout_ns: i64,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or a live handle.
        let (inner, constraints) = unsafe { (get(track.cast_const(), "track")?, get_optional(constraints, "constraints")?) };
        let empty = MediaTrackConstraints::new();
        let constraints = constraints.map_or(&empty, |inner| &inner.constraints);
        let limit = timeout(timeout_ns)?;
        Ok(inner.track.apply_constraints_async(constraints)?.limit(limit).wait()?)
    })
}

/// Begins to set a track as the constraints ask.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-applyconstraints>
///
/// `constraints` are as for ic_track_apply_constraints(). `callback` may be NULL. `op` receives the operation, before
/// the callback can come; ic_op_take_none() takes its outcome.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_SECURITY as there; #IC_STATUS_INVALID_ARGUMENT for a handle of another type;
/// #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `op` receives a reference; end it with ic_op_release(). The constraints stay the caller's.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_apply_constraints_async(
    track: *mut ic_track,
    constraints: *const ic_constraints,
    callback: *const ic_callback_info,
    op: *mut *mut ic_op,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, constraints, callback, out) = unsafe {
            (get(track.cast_const(), "track")?, get_optional(constraints, "constraints")?, callback::parse(callback)?, Out::new(op, "op")?)
        };
        let empty = MediaTrackConstraints::new();
        let constraints = constraints.map_or(&empty, |inner| &inner.constraints);
        op::start(Running::None(inner.track.apply_constraints_async(constraints)?), callback, out)
    })
}

/// Ends a track for good. Its device is free when no other track uses it. NULL is fine.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-stop>
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_track_stop(track: *mut ic_track) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { get(track.cast_const(), "track")? }.track.stop();
        Ok(())
    })
}

/// Makes a second track of the same device, with constraints and an end of its own.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-clone>
///
/// This is not ic_track_retain(), which is about the handle. `clone` receives the new track.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: `clone` receives a reference; end it with ic_track_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_clone(track: *const ic_track, clone: *mut *mut ic_track, error: *mut *mut ic_error) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(track, "track")?, Out::new(clone, "clone")?) };
        out.set(new(inner.track.clone_track()));
        Ok(())
    })
}

/// Adds a reference. NULL is fine.
///
/// Returns: `track`, or NULL for a handle of another type.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_track_retain(track: *mut ic_track) -> *mut ic_track {
    guard_or!(ptr::null_mut(), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { handle::retain(track) }
    })
}

/// Gives a reference back. NULL is fine.
///
/// A track that nobody can reach any more stops.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_track_release(track: *mut ic_track) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, of which the caller gives a reference away.
        unsafe { handle::release(track) }
    })
}
