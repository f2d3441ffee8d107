//! `ic_op`: an operation that was started and not waited for; the promise of the W3C interface.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use imagecapture::{DeviceControl, Frame, MediaStream, Pending, Photo, PhotoCapabilities, PhotoSettings, Timeout};

use crate::callback::{Callback, ic_callback_info};
use crate::controls::ic_controls;
use crate::error::{Failure, ic_error};
use crate::frame::ic_frame;
use crate::handle::{self, Handle, Out, Reference, Shared, get};
use crate::photo::{ic_photo, ic_photo_list};
use crate::photo_capabilities::ic_photo_capabilities;
use crate::photo_settings::{self, ic_photo_settings};
use crate::sized::SizedOut;
use crate::status::ic_status;
use crate::stream::ic_stream;

/// An operation under way, made by the `_async` functions.
///
/// Shared: ic_op_retain(), ic_op_release(). It is complete exactly once. A callback keeps its operation alive until it
/// has been called; without a callback, releasing the last reference cancels the operation.
#[derive(Debug)]
pub struct ic_op {
    _private: [u8; 0],
}

/// The promise behind an operation.
#[derive(Debug)]
pub(crate) enum Running {
    Stream(Pending<MediaStream>),
    Photo(Pending<Photo>),
    Photos(Pending<Vec<Photo>>),
    PhotoCapabilities(Pending<PhotoCapabilities>),
    PhotoSettings(Pending<PhotoSettings>),
    Frame(Pending<Frame>),
    Controls(Pending<Vec<DeviceControl>>),
    None(Pending<()>),
}

// A lock, because taking the result needs the promise for itself. Waiting and cancelling share it.
#[derive(Debug)]
pub(crate) struct OpInner(RwLock<Running>);

impl Handle for ic_op {
    type Ownership = Shared;
    type Inner = OpInner;
    const TAG: [u8; 8] = *b"ic:op\0\0\0";
}

macro_rules! each {
    ($running:expr, $pending:ident => $body:expr) => {
        match $running {
            Running::Stream($pending) => $body,
            Running::Photo($pending) => $body,
            Running::Photos($pending) => $body,
            Running::PhotoCapabilities($pending) => $body,
            Running::PhotoSettings($pending) => $body,
            Running::Frame($pending) => $body,
            Running::Controls($pending) => $body,
            Running::None($pending) => $body,
        }
    };
}

impl OpInner {
    fn with<T>(&self, body: impl FnOnce(&Running) -> T) -> T {
        body(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_done(&self) -> bool {
        self.with(|running| each!(running, pending => pending.is_done()))
    }

    fn take<T>(&self, take: impl FnOnce(&mut Running) -> Option<Option<Result<T, imagecapture::Error>>>) -> Result<T, Failure> {
        // Looking first: asking for the lock while somebody waits for the operation would wait as long.
        if !self.is_done() {
            return Err(Failure::invalid_state("the operation is not complete yet"));
        }
        let mut running = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match take(&mut running) {
            None => Err(Failure::invalid("the operation has a result of another type")),
            Some(None) => Err(Failure::invalid_state("the result of the operation was already taken")),
            Some(Some(result)) => Ok(result?),
        }
    }
}

/// Makes the handle of an operation that runs, and arranges for the call at its end.
pub(crate) fn start(running: Running, callback: Option<ic_callback_info>, out: Out<*mut ic_op>) -> Result<(), Failure> {
    let op = handle::new_shared::<ic_op>(OpInner(RwLock::new(running)));
    let Some(callback) = callback.map(Callback::new) else {
        out.set(op);
        return Ok(());
    };
    // SAFETY: live handles: this function holds one reference for the caller and one for itself until its end, since the
    // callback may run at once and give the caller's away.
    let (held, own) = unsafe { (Reference::to(op)?, Reference::to(op)?) };
    // Before the call can come: the program may look for its operation where it asked for it.
    out.set(op);
    // SAFETY: `own` is a reference to a live handle.
    let inner = unsafe { get(own.handle().cast_const(), "op")? };
    inner.with(|running| {
        each!(running, pending => pending.on_complete(move || {
            // Whole, or the closure would capture only the pointer inside.
            let held = held;
            // SAFETY: `held` is a reference to a live handle.
            unsafe { callback.call(held.handle()) };
            drop(callback);
        }))
    });
    Ok(())
}

/// The time limit that C passed.
pub(crate) fn timeout(timeout_ns: i64) -> Result<Timeout, Failure> {
    match timeout_ns {
        -1 => Ok(Timeout::Default),
        i64::MAX => Ok(Timeout::Never),
        _ => u64::try_from(timeout_ns)
            .map(|limit| Timeout::After(Duration::from_nanos(limit)))
            .map_err(|_| Failure::invalid(format!("{timeout_ns} is no time limit"))),
    }
}

/// Waits until an operation is complete, well or badly.
///
/// `timeout_ns` limits the waiting and not the operation, which has a limit of its own: 0 only looks,
/// #IC_TIMEOUT_DEFAULT and #IC_TIMEOUT_NEVER wait as long as it takes.
///
/// Returns: #IC_STATUS_OK if it is complete, also with an error, which the `ic_op_take_…` function tells;
/// #IC_STATUS_TIMED_OUT if it is not yet; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for another negative
/// time or a handle of another type.
/// Thread safety: may be called from any thread, also while others wait for the same operation. Not from the callback of
/// another operation, which would hold up the thread that delivers both.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_op_wait(op: *const ic_op, timeout_ns: i64, error: *mut *mut ic_error) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle.
        let op = unsafe { get(op, "op")? };
        let limit = match timeout(timeout_ns)? {
            Timeout::After(limit) => Some(limit),
            _ => None,
        };
        let wait = |limit: Duration| op.with(|running| each!(running, pending => pending.wait_for(limit)));
        match limit {
            Some(limit) if !wait(limit) => Err(Failure::timed_out("the operation is not complete yet")),
            Some(_) => Ok(()),
            None => {
                while !wait(Duration::from_secs(3600)) {}
                Ok(())
            }
        }
    })
}

/// Whether an operation is complete, well or badly.
///
/// Returns: true if it is; false if it is not or `op` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_op_poll(op: *const ic_op) -> bool {
    guard_or!(false, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(op, "op")? }.is_done())
    })
}

/// Cancels an operation: it is undone and complete with #IC_STATUS_ABORTED, unless it was complete already.
///
/// The callback is called all the same. NULL is fine.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_op_cancel(op: *mut ic_op) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { get(op.cast_const(), "op")? }.with(|running| each!(running, pending => pending.cancel()));
        Ok(())
    })
}

/// Takes the stream of a complete ic_devices_get_user_media_async(), once.
///
/// Returns: #IC_STATUS_OK; the error of the operation, as ic_devices_get_user_media() has them;
/// #IC_STATUS_INVALID_STATE if it is not complete or its result was taken; #IC_STATUS_INVALID_ARGUMENT if its result is
/// no stream or for a handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `stream` receives a reference; end it with ic_stream_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_op_take_stream(op: *mut ic_op, stream: *mut *mut ic_stream, error: *mut *mut ic_error) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (op, out) = unsafe { (get(op.cast_const(), "op")?, Out::new(stream, "stream")?) };
        let stream = op.take(|running| match running {
            Running::Stream(pending) => Some(pending.take()),
            _ => None,
        })?;
        out.set(crate::stream::new(stream));
        Ok(())
    })
}

/// Takes the photo of a complete ic_image_capture_take_photo_async(), once.
///
/// Returns: #IC_STATUS_OK; the error of the operation, as ic_image_capture_take_photo() has them;
/// #IC_STATUS_INVALID_STATE if it is not complete or its result was taken; #IC_STATUS_INVALID_ARGUMENT if its result is
/// no photo or for a handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `photo` is the caller's; end it with ic_photo_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_op_take_photo(op: *mut ic_op, photo: *mut *mut ic_photo, error: *mut *mut ic_error) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (op, out) = unsafe { (get(op.cast_const(), "op")?, Out::new(photo, "photo")?) };
        let photo = op.take(|running| match running {
            Running::Photo(pending) => Some(pending.take()),
            _ => None,
        })?;
        out.set(crate::photo::new(photo));
        Ok(())
    })
}

/// Takes the photos of a complete ic_image_capture_take_burst_async() or ic_image_capture_take_bracket_async(), once.
///
/// Returns: #IC_STATUS_OK; the error of the operation, as ic_image_capture_take_burst() has them;
/// #IC_STATUS_INVALID_STATE if it is not complete or its result was taken; #IC_STATUS_INVALID_ARGUMENT if its result is
/// another one or for a handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `photos` are the caller's; end them with ic_photo_list_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_op_take_photos(op: *mut ic_op, photos: *mut *mut ic_photo_list, error: *mut *mut ic_error) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (op, out) = unsafe { (get(op.cast_const(), "op")?, Out::new(photos, "photos")?) };
        let photos = op.take(|running| match running {
            Running::Photos(pending) => Some(pending.take()),
            _ => None,
        })?;
        out.set(crate::photo::new_list(photos));
        Ok(())
    })
}

/// Takes the capabilities of a complete ic_image_capture_photo_capabilities_async(), once.
///
/// Returns: #IC_STATUS_OK; the error of the operation, as ic_image_capture_photo_capabilities() has them;
/// #IC_STATUS_INVALID_STATE if it is not complete or its result was taken; #IC_STATUS_INVALID_ARGUMENT if its result is
/// another one or for a handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `capabilities` are the caller's; end them with ic_photo_capabilities_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_op_take_photo_capabilities(
    op: *mut ic_op,
    capabilities: *mut *mut ic_photo_capabilities,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (op, out) = unsafe { (get(op.cast_const(), "op")?, Out::new(capabilities, "capabilities")?) };
        let capabilities = op.take(|running| match running {
            Running::PhotoCapabilities(pending) => Some(pending.take()),
            _ => None,
        })?;
        out.set(crate::photo_capabilities::new(capabilities));
        Ok(())
    })
}

/// Takes the settings of a complete ic_image_capture_photo_settings_async(), once.
///
/// `settings` was initialised with `IC_PHOTO_SETTINGS_INIT`, and receives them: `fields` says which the camera has.
///
/// Returns: #IC_STATUS_OK; the error of the operation, as ic_image_capture_photo_settings() has them;
/// #IC_STATUS_INVALID_STATE if it is not complete or its result was taken; #IC_STATUS_INVALID_ARGUMENT if its result is
/// another one or for a handle of another type; #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_op_take_photo_settings(
    op: *mut ic_op,
    settings: *mut ic_photo_settings,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the struct stamped with its size.
        let (op, out) = unsafe { (get(op.cast_const(), "op")?, SizedOut::new(settings, "settings")?) };
        let settings = op.take(|running| match running {
            Running::PhotoSettings(pending) => Some(pending.take()),
            _ => None,
        })?;
        out.set(&photo_settings::plain(&settings));
        Ok(())
    })
}

/// Takes the frame of a complete ic_image_capture_grab_frame_async(), once.
///
/// Returns: #IC_STATUS_OK; the error of the operation, as ic_image_capture_grab_frame() has them;
/// #IC_STATUS_INVALID_STATE if it is not complete or its result was taken; #IC_STATUS_INVALID_ARGUMENT if its result is
/// no frame or for a handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `frame` receives a reference; end it with ic_frame_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_op_take_frame(op: *mut ic_op, frame: *mut *mut ic_frame, error: *mut *mut ic_error) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (op, out) = unsafe { (get(op.cast_const(), "op")?, Out::new(frame, "frame")?) };
        let frame = op.take(|running| match running {
            Running::Frame(pending) => Some(pending.take()),
            _ => None,
        })?;
        out.set(crate::frame::new(frame));
        Ok(())
    })
}

/// Takes the controls of a complete ic_track_controls_async(), once.
///
/// Returns: #IC_STATUS_OK; the error of the operation, as ic_track_controls() has them; #IC_STATUS_INVALID_STATE if it is
/// not complete or its result was taken; #IC_STATUS_INVALID_ARGUMENT if its result is another one or for a handle of
/// another type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the controls are the caller's; end them with ic_controls_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_op_take_controls(op: *mut ic_op, controls: *mut *mut ic_controls, error: *mut *mut ic_error) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (op, out) = unsafe { (get(op.cast_const(), "op")?, Out::new(controls, "controls")?) };
        let controls = op.take(|running| match running {
            Running::Controls(pending) => Some(pending.take()),
            _ => None,
        })?;
        out.set(crate::controls::new(controls));
        Ok(())
    })
}

/// Takes the outcome of a complete operation without a result, such as ic_track_apply_constraints_async(), once.
///
/// Returns: #IC_STATUS_OK; the error of the operation, as ic_track_apply_constraints() has them;
/// #IC_STATUS_INVALID_STATE if it is not complete or its outcome was taken; #IC_STATUS_INVALID_ARGUMENT if it has a
/// result or for a handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_op_take_none(op: *mut ic_op, error: *mut *mut ic_error) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle.
        let op = unsafe { get(op.cast_const(), "op")? };
        op.take(|running| match running {
            Running::None(pending) => Some(pending.take()),
            _ => None,
        })
    })
}

/// Adds a reference. NULL is fine.
///
/// Returns: `op`, or NULL for a handle of another type.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_op_retain(op: *mut ic_op) -> *mut ic_op {
    guard_or!(std::ptr::null_mut(), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { handle::retain(op) }
    })
}

/// Gives a reference back. NULL is fine.
///
/// The last one ends the operation: if it is not complete and has no callback, it is cancelled.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_op_release(op: *mut ic_op) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, of which the caller gives a reference away.
        unsafe { handle::release(op) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_limits() {
        assert!(matches!(timeout(-1), Ok(Timeout::Default)));
        assert!(matches!(timeout(i64::MAX), Ok(Timeout::Never)));
        assert!(matches!(timeout(0), Ok(Timeout::After(Duration::ZERO))));
        assert!(matches!(timeout(i64::MAX - 1), Ok(Timeout::After(_))));
        assert!(timeout(-2).is_err() && timeout(i64::MIN).is_err());
    }
}
