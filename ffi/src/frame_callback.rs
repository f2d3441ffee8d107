//! `ic_frame_callback`: a function of the program that is called with each frame of a track.

use std::ffi::c_void;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use imagecapture::{Frame, FrameCallback};

use crate::callback::UserData;
use crate::error::{Failure, ic_error};
use crate::frame::ic_frame;
use crate::frame_reader::{ic_frames_options, options_of};
use crate::handle::{self, Handle, Out, Reference, Shared, get};
use crate::sized::{self, Stamped};
use crate::status::ic_status;
use crate::track::ic_track;

/// Keeps a function called with the frames of a track.
///
/// Shared: ic_frame_callback_retain(), ic_frame_callback_release(). The last release ends the calls.
#[derive(Debug)]
pub struct ic_frame_callback {
    _private: [u8; 0],
}

impl Handle for ic_frame_callback {
    type Ownership = Shared;
    type Inner = FrameCallback;
    const TAG: [u8; 8] = *b"ic:frmcb";
}

/// What to call with each frame.
///
/// Begin with `IC_FRAME_CALLBACK_INFO_INIT`. The calls come one after the other on a thread of their own (with manual
/// callbacks in ic_devices_process_events()); no lock is held meanwhile, so they may call any function of the library.
/// They must neither throw nor longjmp. If the function that took this struct failed, nothing is called and `user_data`
/// stays the caller's.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ic_frame_callback_info {
    /// The size of this struct, set by `IC_FRAME_CALLBACK_INFO_INIT`.
    pub struct_size: usize,
    /// The function. Either `frame` or `error` is NULL, and both are valid for the call only: retain the frame to keep
    /// it. The error of a lost camera is the last call.
    pub r#fn: Option<unsafe extern "C" fn(frame: *mut ic_frame, error: *const ic_error, user_data: *mut c_void)>,
    /// Passed to both functions.
    pub user_data: *mut c_void,
    /// Ends `user_data`, exactly once, after the last call of `fn`. May be NULL.
    pub destroy: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
}

// SAFETY: repr(C), the stamp first; an optional function pointer and a raw pointer may have any bits.
unsafe impl Stamped for ic_frame_callback_info {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// The function of the program. What it was given is ended with the last holder of `_owned`, which is empty until the
/// function is registered: after a failure it stays the caller's.
struct FrameFunction {
    function: unsafe extern "C" fn(frame: *mut ic_frame, error: *const ic_error, user_data: *mut c_void),
    user_data: UserData,
    _owned: Arc<Mutex<Option<UserData>>>,
}

impl FrameFunction {
    fn call(&self, result: imagecapture::Result<Frame>) {
        let data = self.user_data.get();
        match result {
            Ok(frame) => {
                let lent = Reference::<ic_frame>::to_new(frame);
                // SAFETY: the program promised that the function may be called this way; the frame lives until it returns.
                unsafe { (self.function)(lent.handle(), ptr::null(), data) };
            }
            Err(error) => {
                let error = Failure::from(error).into_object();
                // SAFETY: as above, with the error.
                unsafe { (self.function)(ptr::null_mut(), error, data) };
                // SAFETY: it was made above, and the program only borrowed it. An error of our own can be freed.
                let _ = unsafe { handle::free(error) };
            }
        }
    }
}

/// Calls a function with each frame of a track, until the result is released or the track has ended.
///
/// `options` may be NULL: only the newest frame, as the device delivers it. A slow function holds up neither the camera
/// nor other readers: the options say which frames it misses. It gets an error where ic_frame_reader_next() would give
/// one, but for the time limit. `frame_callback` receives what keeps it called; it may be released in a call.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE if the track has ended; #IC_STATUS_NOT_SUPPORTED for an audio track;
/// #IC_STATUS_INVALID_ARGUMENT for unknown ids, an impossible length of the queue or a handle of another type;
/// #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: `frame_callback` receives a reference; end it with ic_frame_callback_release().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_on_frame(
    track: *mut ic_track,
    options: *const ic_frames_options,
    callback: *const ic_frame_callback_info,
    frame_callback: *mut *mut ic_frame_callback,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the structs stamped with their sizes.
        let (inner, given, callback, out) = unsafe {
            (
                get(track.cast_const(), "track")?,
                sized::read(options, "options")?,
                sized::read(callback, "callback")?,
                Out::new(frame_callback, "frame_callback")?,
            )
        };
        let callback: ic_frame_callback_info = callback.ok_or_else(|| Failure::null("callback"))?;
        let function = callback.r#fn.ok_or_else(|| Failure::null("callback->fn"))?;
        let options = options_of(given)?;
        let owned = Arc::new(Mutex::new(None));
        let function = FrameFunction { function, user_data: UserData::new(callback.user_data, None), _owned: owned.clone() };
        let registered = inner.track.on_frame(options, move |frame| function.call(frame))?;
        *owned.lock().unwrap_or_else(PoisonError::into_inner) = Some(UserData::new(callback.user_data, callback.destroy));
        out.set(handle::new_shared(registered));
        Ok(())
    })
}

/// How many frames were dropped because the function was busy, or because they were damaged.
///
/// Returns: the number; 0 if `frame_callback` is NULL.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_frame_callback_dropped(frame_callback: *const ic_frame_callback) -> u64 {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(frame_callback, "frame_callback")? }.dropped())
    })
}

/// Adds a reference. NULL is fine.
///
/// Returns: `frame_callback`, or NULL for a handle of another type.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_frame_callback_retain(frame_callback: *mut ic_frame_callback) -> *mut ic_frame_callback {
    guard_or!(ptr::null_mut(), {
        // SAFETY: the C contract: NULL or a live handle.
        unsafe { handle::retain(frame_callback) }
    })
}

/// Gives a reference back. NULL is fine.
///
/// With the last one the calls end; one that is under way on another thread may still finish. `destroy` follows it.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_frame_callback_release(frame_callback: *mut ic_frame_callback) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, of which the caller gives a reference away.
        unsafe { handle::release(frame_callback) }
    })
}
