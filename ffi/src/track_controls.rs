//! Reading and setting the controls of a track's camera by their own names.

use std::ffi::c_char;

use imagecapture::{ControlValue, MediaStreamTrack};

use crate::callback::{self, ic_callback_info};
use crate::controls::{self, ic_controls};
use crate::error::{Failure, ic_error};
use crate::handle::{Out, get};
use crate::op::{self, Running, ic_op, timeout};
use crate::status::ic_status;
use crate::string::{list, text};
use crate::track::ic_track;

/// The controls of a track's camera by their own names: all that its driver has, with their present values.
///
/// Those that move the camera are there only with #IC_PERMISSION_PAN_TILT_ZOOM. `timeout_ns` limits the call;
/// #IC_TIMEOUT_DEFAULT is 5 seconds. `controls` receives a snapshot.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended; #IC_STATUS_NOT_READABLE if the camera was
/// given back and another program has it; #IC_STATUS_DEVICE_LOST or #IC_STATUS_UNKNOWN if it does not answer;
/// #IC_STATUS_TIMED_OUT; #IC_STATUS_ABORTED; #IC_STATUS_INVALID_ARGUMENT for a wrong time limit or a handle of another
/// type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the controls are the caller's; end them with ic_controls_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_controls(
    track: *const ic_track,
    timeout_ns: i64,
    controls: *mut *mut ic_controls,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(track, "track")?, Out::new(controls, "controls")?) };
        let limit = timeout(timeout_ns)?;
        out.set(controls::new(inner.track.controls_async()?.limit(limit).wait()?));
        Ok(())
    })
}

/// Begins to read the controls of a track's camera.
///
/// `callback` may be NULL. `op` receives the operation, before the callback can come; ic_op_take_controls() takes its
/// result.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended; #IC_STATUS_INVALID_ARGUMENT for a handle of
/// another type; #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `op` receives a reference; end it with ic_op_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_controls_async(
    track: *const ic_track,
    callback: *const ic_callback_info,
    op: *mut *mut ic_op,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, callback, out) = unsafe { (get(track, "track")?, callback::parse(callback)?, Out::new(op, "op")?) };
        op::start(Running::Controls(inner.track.controls_async()?), callback, out)
    })
}

fn set(track: &MediaStreamTrack, name: &str, value: ControlValue, timeout_ns: i64) -> Result<(), Failure> {
    let limit = timeout(timeout_ns)?;
    Ok(track.set_controls_async(&[(name, value)])?.limit(limit).wait()?)
}

/// Sets a control that takes one number: of a boolean 0 or 1, of a menu that of the choice, of a button any.
///
/// `name` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED. `timeout_ns` limits the call; #IC_TIMEOUT_DEFAULT is 10
/// seconds. Where the control stands behind a property, the settings of all tracks of the camera follow, whatever their
/// constraints say. Other tracks hear of it by #IC_EVENT_CONTROL_CHANGE and #IC_EVENT_CONFIGURATION_CHANGE.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended; #IC_STATUS_INVALID_ARGUMENT if the control
/// does not take the value, for a wrong time limit or a handle of another type; #IC_STATUS_NOT_SUPPORTED if there is no
/// such control (the message names those that there are) or it can only be read; #IC_STATUS_NOT_READABLE if it cannot be
/// set at present; #IC_STATUS_NOT_ALLOWED if it moves the camera without #IC_PERMISSION_PAN_TILT_ZOOM;
/// #IC_STATUS_SECURITY if it moves the camera while the program is not visible; #IC_STATUS_DEVICE_LOST or
/// #IC_STATUS_UNKNOWN if the camera refused it; #IC_STATUS_TIMED_OUT; #IC_STATUS_ABORTED; #IC_STATUS_INVALID_UTF8;
/// #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_set_control_integer(
    track: *mut ic_track,
    name: *const c_char,
    len: usize,
    value: i64,
    timeout_ns: i64,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle; the text is valid for its length.
        let (inner, name) = unsafe { (get(track.cast_const(), "track")?, text(name, len, "name")?) };
        set(&inner.track, name, ControlValue::Integer(value), timeout_ns)
    })
}

/// Sets a control to a text, or a menu to the choice with this name.
///
/// `name` is UTF-8 of `len` bytes, `value` of `value_len` bytes, or #IC_NUL_TERMINATED. Otherwise as
/// ic_track_set_control_integer().
///
/// Returns: as ic_track_set_control_integer().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_set_control_string(
    track: *mut ic_track,
    name: *const c_char,
    len: usize,
    value: *const c_char,
    value_len: usize,
    timeout_ns: i64,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle; the texts are valid for their lengths.
        let (inner, name, value) =
            unsafe { (get(track.cast_const(), "track")?, text(name, len, "name")?, text(value, value_len, "value")?) };
        set(&inner.track, name, ControlValue::from(value), timeout_ns)
    })
}

/// Sets an array, an area (width, height) or a rectangle (left, top, width, height) to `count` numbers.
///
/// `name` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED. Otherwise as ic_track_set_control_integer().
///
/// Returns: as ic_track_set_control_integer().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_set_control_numbers(
    track: *mut ic_track,
    name: *const c_char,
    len: usize,
    values: *const i64,
    count: usize,
    timeout_ns: i64,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle; the text and the list are valid for their lengths.
        let (inner, name, values) =
            unsafe { (get(track.cast_const(), "track")?, text(name, len, "name")?, list(values, count, "values")?) };
        set(&inner.track, name, ControlValue::Numbers(values.to_vec()), timeout_ns)
    })
}

/// The values of a JSON object, by the names of their controls.
fn set_all(track: &MediaStreamTrack, json: &str) -> Result<imagecapture::Pending<()>, Failure> {
    let values = ControlValue::by_name_from_json(json)?;
    let values: Vec<(&str, ControlValue)> = values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    Ok(track.set_controls_async(&values)?)
}

/// Sets several controls, one after the other in the order in which they are written: all of them or none.
///
/// `json` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED: an object such as
/// `{"gain": 5, "power_line_frequency": "50 Hz", "focus_auto": false}`. A menu takes the number or the name of a choice.
/// What a button does is not taken back when another control fails. Otherwise as ic_track_set_control_integer().
///
/// Returns: as ic_track_set_control_integer(); #IC_STATUS_INVALID_ARGUMENT also for text that is no such JSON
/// (ic_error_offset() says where) and for a name that is there twice.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_set_controls(
    track: *mut ic_track,
    json: *const c_char,
    len: usize,
    timeout_ns: i64,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle; the text is valid for its length.
        let (inner, json) = unsafe { (get(track.cast_const(), "track")?, text(json, len, "json")?) };
        let limit = timeout(timeout_ns)?;
        Ok(set_all(&inner.track, json)?.limit(limit).wait()?)
    })
}

/// Begins to set several controls.
///
/// `json` is as for ic_track_set_controls(). `callback` may be NULL. `op` receives the operation, before the callback
/// can come; ic_op_take_none() takes its outcome.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended; #IC_STATUS_INVALID_ARGUMENT for text that is
/// no such JSON, a name that is there twice, or a handle of another type; #IC_STATUS_INVALID_UTF8;
/// #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `op` receives a reference; end it with ic_op_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_set_controls_async(
    track: *mut ic_track,
    json: *const c_char,
    len: usize,
    callback: *const ic_callback_info,
    op: *mut *mut ic_op,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the text for its length.
        let (inner, json, callback, out) =
            unsafe { (get(track.cast_const(), "track")?, text(json, len, "json")?, callback::parse(callback)?, Out::new(op, "op")?) };
        op::start(Running::None(set_all(&inner.track, json)?), callback, out)
    })
}
