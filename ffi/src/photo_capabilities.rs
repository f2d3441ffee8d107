//! `ic_photo_capabilities`: what a camera can do for a photo; a snapshot.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::OnceLock;

use imagecapture::{MediaSettingsRange, PhotoCapabilities};

use crate::capabilities::ic_range;
use crate::handle::{self, Handle, Out, Owned, get};
use crate::ids::{self, ic_fill_light_mode, ic_red_eye_reduction};
use crate::status::ic_status;
use crate::string::c_string;

/// What a camera can do for a photo.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dictdef-photocapabilities>
///
/// Owned: end it with ic_photo_capabilities_free(). It is a snapshot and never changes.
#[derive(Debug)]
pub struct ic_photo_capabilities {
    _private: [u8; 0],
}

#[derive(Debug)]
pub(crate) struct PhotoCapabilitiesInner {
    capabilities: PhotoCapabilities,
    json: OnceLock<CString>,
}

impl Handle for ic_photo_capabilities {
    type Ownership = Owned;
    type Inner = PhotoCapabilitiesInner;
    const TAG: [u8; 8] = *b"ic:phcap";
}

pub(crate) fn new(capabilities: PhotoCapabilities) -> *mut ic_photo_capabilities {
    handle::new_owned(PhotoCapabilitiesInner { capabilities, json: OnceLock::new() })
}

fn plain(range: &MediaSettingsRange) -> ic_range {
    ic_range { min: range.min, max: range.max, step: range.step }
}

/// What a camera does against red eyes.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-photocapabilities-redeyereduction>
///
/// Returns: one of `IC_RED_EYE_REDUCTION_…`; 0 if `capabilities` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_photo_capabilities_red_eye_reduction(capabilities: *const ic_photo_capabilities) -> ic_red_eye_reduction {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        let inner = unsafe { get(capabilities, "capabilities")? };
        Ok(ids::red_eye_reduction_number(inner.capabilities.red_eye_reduction))
    })
}

/// The widths of photos in pixels.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-photocapabilities-imagewidth>
///
/// `range` receives them. A width and a height that are both in range need not exist together.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_photo_capabilities_image_width(capabilities: *const ic_photo_capabilities, range: *mut ic_range) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(capabilities, "capabilities")?, Out::new(range, "range")?) };
        out.set(plain(&inner.capabilities.image_width));
        Ok(())
    })
}

/// The heights of photos in pixels.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-photocapabilities-imageheight>
///
/// `range` receives them. A width and a height that are both in range need not exist together.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_photo_capabilities_image_height(capabilities: *const ic_photo_capabilities, range: *mut ic_range) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(capabilities, "capabilities")?, Out::new(range, "range")?) };
        out.set(plain(&inner.capabilities.image_height));
        Ok(())
    })
}

/// In how many ways a camera can use its light.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-photocapabilities-filllightmode>
///
/// Returns: the number; 0 if it has no light that can be controlled or `capabilities` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_photo_capabilities_fill_light_mode_count(capabilities: *const ic_photo_capabilities) -> usize {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        let inner = unsafe { get(capabilities, "capabilities")? };
        Ok(inner.capabilities.fill_light_mode.as_ref().map_or(0, Vec::len))
    })
}

/// One of the ways in which a camera can use its light.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-photocapabilities-filllightmode>
///
/// Returns: one of `IC_FILL_LIGHT_MODE_…`; 0 if there are not so many or `capabilities` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_photo_capabilities_fill_light_mode_at(
    capabilities: *const ic_photo_capabilities,
    index: usize,
) -> ic_fill_light_mode {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        let inner = unsafe { get(capabilities, "capabilities")? };
        let mode = inner.capabilities.fill_light_mode.as_ref().and_then(|modes| modes.get(index));
        Ok(mode.map_or(0, |mode| ids::fill_light_mode_number(*mode)))
    })
}

/// The capabilities as JSON, as the specification writes them.
///
/// Returns: a text that lives until the capabilities are freed; NULL if `capabilities` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_photo_capabilities_json(capabilities: *const ic_photo_capabilities) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        let inner = unsafe { get(capabilities, "capabilities")? };
        Ok(inner.json.get_or_init(|| c_string(&inner.capabilities.to_json())).as_ptr())
    })
}

/// Ends photo capabilities. NULL is fine.
///
/// Ownership: `capabilities` and the text it gave out are gone afterwards.
/// Thread safety: no other thread may use the capabilities any more.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_photo_capabilities_free(capabilities: *mut ic_photo_capabilities) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, given away here.
        unsafe { handle::free(capabilities) }
    })
}
