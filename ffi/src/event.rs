//! `ic_event`: what happened, for listeners and for the queue of a context.

use std::collections::BTreeMap;
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use imagecapture::{Event, Listener};

use crate::callback::UserData;
use crate::device_info::{self, ic_device_list};
use crate::devices::ic_devices;
use crate::error::{Failure, ic_error};
use crate::handle::{Out, get};
use crate::ids::{self, ic_event_type, ic_permission, ic_permission_state};
use crate::op::timeout;
use crate::sized::{self, SizedOut, Stamped};
use crate::status::ic_status;
use crate::track::ic_track;

/// Something that happened. It owns nothing: an event that is not looked at leaks nothing.
///
/// The state of the object that it happened to was changed before. Begin with `IC_EVENT_INIT`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ic_event {
    /// The size of this struct, set by `IC_EVENT_INIT`.
    pub struct_size: usize,
    /// What happened: one of `IC_EVENT_…`.
    pub r#type: ic_event_type,
    /// When, in nanoseconds of the clock of `ic_frame_info.timestamp_ns`.
    pub timestamp_ns: u64,
    /// To whom: the ic_track_object_id() or ic_devices_object_id(). Ids are never reused in a process.
    pub object_id: u64,
    /// With #IC_EVENT_PERMISSION_CHANGE: which permission, one of `IC_PERMISSION_…`; otherwise 0.
    pub permission: ic_permission,
    /// With #IC_EVENT_PERMISSION_CHANGE: its new state, one of `IC_PERMISSION_STATE_…`; otherwise 0.
    pub permission_state: ic_permission_state,
    /// With #IC_EVENT_DEVICE_CHANGE: how many devices there are now. ic_devices_last_change() lists them.
    pub device_count: u32,
    /// With #IC_EVENT_DEVICE_CHANGE: how many of them were not there before.
    pub inserted_count: u32,
    /// With #IC_EVENT_CONTROL_CHANGE: the `id` of the control in #ic_control_info; otherwise 0.
    pub control_id: u32,
    /// Not used.
    pub reserved: u32,
}

// SAFETY: repr(C), the stamp first, numbers only.
unsafe impl Stamped for ic_event {
    const FIRST_SIZE: usize = std::mem::offset_of!(Self, control_id);
}

/// What to call when something happens.
///
/// Begin with `IC_EVENT_CALLBACK_INFO_INIT`. The calls come on a thread of the library, one after the other (with
/// manual callbacks in ic_devices_process_events()); no lock is held meanwhile, so they may call any function of the
/// library. They must neither throw nor longjmp. If the function that took this struct failed, nothing is called and
/// `user_data` stays the caller's.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ic_event_callback_info {
    /// The size of this struct, set by `IC_EVENT_CALLBACK_INFO_INIT`.
    pub struct_size: usize,
    /// The function. `event` is valid for the call only.
    pub r#fn: Option<unsafe extern "C" fn(event: *const ic_event, user_data: *mut c_void)>,
    /// Passed to both functions.
    pub user_data: *mut c_void,
    /// Ends `user_data`, exactly once, after the last call of `fn`. May be NULL.
    pub destroy: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
}

// SAFETY: repr(C), the stamp first; an optional function pointer and a raw pointer may have any bits.
unsafe impl Stamped for ic_event_callback_info {
    const FIRST_SIZE: usize = size_of::<Self>();
}

fn count(devices: &[imagecapture::MediaDeviceInfo]) -> u32 {
    u32::try_from(devices.len()).unwrap_or(u32::MAX)
}

/// An event as C sees it.
pub(crate) fn plain(event: &Event) -> ic_event {
    let (permission, permission_state) =
        event.permission().map_or((0, 0), |(permission, state)| (ids::permission_number(permission), ids::permission_state_number(state)));
    ic_event {
        struct_size: size_of::<ic_event>(),
        r#type: ids::event_number(event.event_type()),
        timestamp_ns: crate::frame::nanoseconds(event.timestamp()),
        object_id: event.object_id(),
        permission,
        permission_state,
        device_count: event.devices().map_or(0, count),
        inserted_count: count(event.user_inserted_devices()),
        control_id: event.control_id().unwrap_or(0),
        reserved: 0,
    }
}

/// Reads a callback without taking it over yet.
///
/// # Safety
/// `info` is NULL or points to a struct that was stamped with its own size.
pub(crate) unsafe fn parse(info: *const ic_event_callback_info) -> Result<ic_event_callback_info, Failure> {
    // SAFETY: the contract is the same.
    match unsafe { sized::read(info, "callback")? } {
        None => Err(Failure::null("callback")),
        Some(info) if info.r#fn.is_none() => Err(Failure::null("callback->fn")),
        Some(info) => Ok(info),
    }
}

/// A listener of the program, by its number.
struct Registered {
    /// The object that it listens to.
    object_id: u64,
    /// `None` while it is being registered.
    listener: Option<Listener>,
}

/// All listeners that were registered through C. C knows them by number, from any handle of their object, so they
/// cannot live in a handle. An entry goes with its callback, which core drops when the object is gone.
static LISTENERS: Mutex<BTreeMap<u64, Registered>> = Mutex::new(BTreeMap::new());

fn listeners() -> MutexGuard<'static, BTreeMap<u64, Registered>> {
    LISTENERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A callback that was taken over from the program.
struct EventCallback {
    id: u64,
    function: Option<unsafe extern "C" fn(event: *const ic_event, user_data: *mut c_void)>,
    user_data: UserData,
}

impl EventCallback {
    fn call(&self, event: &Event) {
        if let Some(function) = self.function {
            let event = plain(event);
            // SAFETY: the program promised that the function may be called this way; the event lives until it returns.
            unsafe { function(&event, self.user_data.get()) };
        }
    }
}

impl Drop for EventCallback {
    fn drop(&mut self) {
        // What is taken out goes behind the lock.
        let gone = listeners().remove(&self.id);
        drop(gone);
    }
}

/// Registers a callback with `on` and writes its number to `place`, before the first call can come.
pub(crate) fn listen(
    object_id: u64,
    callback: ic_event_callback_info,
    place: Out<u64>,
    on: impl FnOnce(Box<dyn Fn(&Event) + Send + Sync>) -> Listener,
) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    let callback = EventCallback { id, function: callback.r#fn, user_data: UserData::new(callback.user_data, callback.destroy) };
    listeners().insert(id, Registered { object_id, listener: None });
    place.set(id);
    let listener = on(Box::new(move |event| callback.call(event)));
    // It may be over already: the callback took itself out, or nothing will happen to the object any more.
    let unwanted = match listeners().get_mut(&id) {
        Some(registered) => registered.listener.replace(listener),
        None => Some(listener),
    };
    drop(unwanted);
}

/// Takes a listener of an object out. One that is not there any more is no mistake.
pub(crate) fn unlisten(object_id: u64, id: u64) {
    let removed = {
        let mut listeners = listeners();
        match listeners.get(&id) {
            Some(registered) if registered.object_id == object_id => listeners.remove(&id),
            _ => None,
        }
    };
    // Dropping it is where `destroy` may be called.
    drop(removed);
}

/// The newest change of devices that the program was told of.
pub(crate) type LastChange = Arc<Mutex<Option<Event>>>;

/// Remembers an event if it is such a change.
pub(crate) fn remember(last: &Mutex<Option<Event>>, event: &Event) {
    if event.devices().is_none() {
        return;
    }
    let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
    if last.as_ref().is_none_or(|known| known.timestamp() <= event.timestamp()) {
        *last = Some(event.clone());
    }
}

/// Calls a function whenever an event of one type happens to a track, until ic_track_unlisten() or the end of the
/// track.
///
/// W3C: <https://dom.spec.whatwg.org/#dom-eventtarget-addeventlistener>
///
/// `type` is #IC_EVENT_MUTE, #IC_EVENT_UNMUTE, #IC_EVENT_ENDED or #IC_EVENT_CONFIGURATION_CHANGE; the others never
/// happen to tracks. `listener_id` receives the number of the listener, before the first call can come.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for an unknown type or a handle of another type;
/// #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_track_listen(
    track: *mut ic_track,
    r#type: ic_event_type,
    callback: *const ic_event_callback_info,
    listener_id: *mut u64,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the struct stamped with its size.
        let (inner, callback, out) =
            unsafe { (get(track.cast_const(), "track")?, parse(callback)?, Out::new(listener_id, "listener_id")?) };
        let event_type = ids::event_type(r#type)?;
        listen(inner.track.object_id(), callback, out, |call| inner.track.on(event_type, call));
        Ok(())
    })
}

/// Takes a listener of a track out. NULL is fine, and so is a listener that is not there any more.
///
/// It may be called inside of the listener itself. A call that is under way on another thread may still finish;
/// `destroy` is called after it.
///
/// Thread safety: may be called from any thread, with any handle of the track.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_track_unlisten(track: *mut ic_track, listener_id: u64) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle.
        unlisten(unsafe { get(track.cast_const(), "track")? }.track.object_id(), listener_id);
        Ok(())
    })
}

/// Calls a function whenever an event of one type happens to a context, until ic_devices_unlisten() or its end.
///
/// W3C: <https://dom.spec.whatwg.org/#dom-eventtarget-addeventlistener>
///
/// `type` is #IC_EVENT_DEVICE_CHANGE, #IC_EVENT_PERMISSION_CHANGE or #IC_EVENT_INDICATOR_CHANGE; the others never
/// happen to contexts. The devices are watched from the first listener for #IC_EVENT_DEVICE_CHANGE on. `listener_id`
/// receives the number of the listener, before the first call can come.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for an unknown type or a handle of another type;
/// #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_listen(
    devices: *mut ic_devices,
    r#type: ic_event_type,
    callback: *const ic_event_callback_info,
    listener_id: *mut u64,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the struct stamped with its size.
        let (inner, callback, out) =
            unsafe { (get(devices.cast_const(), "devices")?, parse(callback)?, Out::new(listener_id, "listener_id")?) };
        let event_type = ids::event_type(r#type)?;
        let last = inner.last_change.clone();
        listen(inner.devices.object_id(), callback, out, |call| {
            inner.devices.on(event_type, move |event| {
                remember(&last, event);
                call(event);
            })
        });
        Ok(())
    })
}

/// Takes a listener of a context out. NULL is fine, and so is a listener that is not there any more.
///
/// It may be called inside of the listener itself. A call that is under way on another thread may still finish;
/// `destroy` is called after it.
///
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_devices_unlisten(devices: *mut ic_devices, listener_id: u64) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle.
        unlisten(unsafe { get(devices.cast_const(), "devices")? }.devices.object_id(), listener_id);
        Ok(())
    })
}

/// Waits for the next event of a context or of any of its tracks.
///
/// The queue starts with the first call, also if that finds nothing. Up to 1,024 events wait in it; beyond that the
/// oldest are dropped, and one #IC_EVENT_OVERFLOW says so. Listeners do not depend on it. `timeout_ns` limits the
/// waiting: 0 only looks, #IC_TIMEOUT_DEFAULT and #IC_TIMEOUT_NEVER wait as long as it takes. `event` was initialised
/// with `IC_EVENT_INIT`, and receives the event.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_TIMED_OUT if none came; #IC_STATUS_INVALID_STATE if none is left after
/// ic_devices_close(); #IC_STATUS_INVALID_ARGUMENT for a wrong time limit or a handle of another type;
/// #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from any thread; each event goes to one caller.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_next_event(
    devices: *mut ic_devices,
    timeout_ns: i64,
    event: *mut ic_event,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the struct stamped with its size.
        let (inner, out) = unsafe { (get(devices.cast_const(), "devices")?, SizedOut::new(event, "event")?) };
        let limit = timeout(timeout_ns)?;
        let events = inner.devices.events();
        match events.next_within(limit) {
            Some(event) => {
                remember(&inner.last_change, &event);
                out.set(&plain(&event));
                Ok(())
            }
            None if events.is_over() => Err(Failure::invalid_state("the context was closed, and no event is left")),
            None => Err(Failure::timed_out("no event came")),
        }
    })
}

/// Runs the callbacks, listeners and prompts that wait, in a context whose option `callbacks` is `"manual"`.
///
/// What they bring about is left for the next call. `timeout_ns` limits the waiting for the first one: 0 only looks,
/// #IC_TIMEOUT_DEFAULT and #IC_TIMEOUT_NEVER wait as long as it takes. `ran` receives how many were run; 0 at once in a
/// context with a thread for callbacks, and after ic_devices_close() when none is left.
///
/// Returns: #IC_STATUS_OK, also if none was run; #IC_STATUS_INVALID_ARGUMENT for a wrong time limit or a handle of
/// another type; #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from any thread, also from several at once.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_process_events(
    devices: *mut ic_devices,
    timeout_ns: i64,
    ran: *mut usize,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(devices.cast_const(), "devices")?, Out::new(ran, "ran")?) };
        out.set(inner.devices.process_events(timeout(timeout_ns)?));
        Ok(())
    })
}

/// A descriptor for `poll()` and its like, on Unix: readable while events wait for ic_devices_next_event() or callbacks
/// for ic_devices_process_events().
///
/// It is only to be polled, neither read nor closed. `fd` receives it.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_SUPPORTED on other systems; #IC_STATUS_ABORTED if there are no more
/// descriptors; #IC_STATUS_INVALID_ARGUMENT for a handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the descriptor belongs to the context and is gone with it.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_event_fd(devices: *mut ic_devices, fd: *mut c_int, error: *mut *mut ic_error) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(devices.cast_const(), "devices")?, Out::new(fd, "fd")?) };
        out.set(descriptor(&inner.devices)?);
        Ok(())
    })
}

#[cfg(unix)]
fn descriptor(devices: &imagecapture::MediaDevices) -> Result<c_int, Failure> {
    Ok(devices.event_fd()?)
}

#[cfg(not(unix))]
fn descriptor(_: &imagecapture::MediaDevices) -> Result<c_int, Failure> {
    Err(Failure::not_supported("this system has no descriptors for poll(); use ic_devices_next_event()"))
}

/// The devices of the newest #IC_EVENT_DEVICE_CHANGE that a listener or ic_devices_next_event() told.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-devicechangeevent-devices>
///
/// `devices_now` receives the devices that there were then, `inserted` those of them that were not there before.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if there was none yet, a normal answer; #IC_STATUS_INVALID_ARGUMENT
/// for a handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the lists are the caller's; end them with ic_device_list_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_devices_last_change(
    devices: *const ic_devices,
    devices_now: *mut *mut ic_device_list,
    inserted: *mut *mut ic_device_list,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, devices_now, inserted) =
            unsafe { (get(devices, "devices")?, Out::new(devices_now, "devices_now")?, Out::new(inserted, "inserted")?) };
        let last = inner.last_change.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let last = last.ok_or_else(|| Failure::not_present("no change of devices was told yet"))?;
        devices_now.set(device_info::new_list(last.devices().unwrap_or_default()));
        inserted.set(device_info::new_list(last.user_inserted_devices()));
        Ok(())
    })
}
