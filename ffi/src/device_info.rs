//! `ic_device_list` and `ic_device_info`: what is known of devices before they are opened.

use std::ffi::{CString, c_char};
use std::ptr;

use imagecapture::MediaDeviceInfo;

use crate::capabilities::{self, ic_capabilities};
use crate::error::ic_error;
use crate::handle::{self, Block, Borrowed, Handle, Out, Owned, get};
use crate::ids::{self, ic_device_kind};
use crate::status::ic_status;
use crate::string::c_string;

/// The devices that there were at one moment.
///
/// Owned: end it with ic_device_list_free().
#[derive(Debug)]
pub struct ic_device_list {
    _private: [u8; 0],
}

impl Handle for ic_device_list {
    type Ownership = Owned;
    type Inner = Vec<Block<ic_device_info>>;
    const TAG: [u8; 8] = *b"ic:dlist";
}

/// What is known of a device before it is opened.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadeviceinfo>
///
/// Borrowed from its list, and gone with it.
#[derive(Debug)]
pub struct ic_device_info {
    _private: [u8; 0],
}

#[derive(Debug)]
pub(crate) struct DeviceInfoInner {
    info: MediaDeviceInfo,
    id: CString,
    group_id: CString,
    label: CString,
}

impl Handle for ic_device_info {
    type Ownership = Borrowed;
    type Inner = DeviceInfoInner;
    const TAG: [u8; 8] = *b"ic:dinfo";
}

pub(crate) fn new_info(info: &MediaDeviceInfo) -> Block<ic_device_info> {
    let (id, group_id, label) = (c_string(info.device_id()), c_string(info.group_id()), c_string(info.label()));
    Block::new(DeviceInfoInner { info: info.clone(), id, group_id, label })
}

pub(crate) fn new_list(devices: &[MediaDeviceInfo]) -> *mut ic_device_list {
    handle::new_owned(devices.iter().map(new_info).collect())
}

/// How many devices a list has.
///
/// Returns: the number; 0 if `list` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_device_list_count(list: *const ic_device_list) -> usize {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(list, "list")? }.len())
    })
}

/// A device of a list.
///
/// Returns: the device; NULL if there are not so many or `list` is NULL.
/// Ownership: the device is borrowed from the list and gone with it.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_device_list_at(list: *const ic_device_list, index: usize) -> *const ic_device_info {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(list, "list")? }.get(index).map_or(ptr::null(), Block::as_borrowed))
    })
}

/// Ends a list. NULL is fine.
///
/// Ownership: `list`, its devices and the texts they gave out are gone afterwards.
/// Thread safety: no other thread may use the list any more.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_device_list_free(list: *mut ic_device_list) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, given away here.
        unsafe { handle::free(list) }
    })
}

/// The id of a device, the same across runs, for #IC_PROPERTY_DEVICE_ID.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadeviceinfo-deviceid>
///
/// Returns: a text that lives until the list is freed; NULL if `info` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_device_info_id(info: *const ic_device_info) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(info, "info")? }.id.as_ptr())
    })
}

/// The group of a device: equal for devices that are parts of one physical device.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadeviceinfo-groupid>
///
/// Returns: a text that lives until the list is freed; NULL if `info` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_device_info_group_id(info: *const ic_device_info) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(info, "info")? }.group_id.as_ptr())
    })
}

/// The name of a device for people: `"HD Webcam"`.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadeviceinfo-label>
///
/// Returns: a text that lives until the list is freed; NULL if `info` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_device_info_label(info: *const ic_device_info) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(info, "info")? }.label.as_ptr())
    })
}

/// What a device delivers.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediadeviceinfo-kind>
///
/// Returns: one of `IC_DEVICE_KIND_…`; 0 if `info` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_device_info_kind(info: *const ic_device_info) -> ic_device_kind {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(ids::device_kind(unsafe { get(info, "info")? }.info.kind()))
    })
}

/// What a device can do, without opening it.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-inputdeviceinfo-getcapabilities>
///
/// `capabilities` receives a snapshot.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: the capabilities are the caller's and outlive the list; end them with ic_capabilities_free().
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_device_info_capabilities(
    info: *const ic_device_info,
    capabilities: *mut *mut ic_capabilities,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (info, out) = unsafe { (get(info, "info")?, Out::new(capabilities, "capabilities")?) };
        out.set(capabilities::new(info.info.capabilities().clone()));
        Ok(())
    })
}
