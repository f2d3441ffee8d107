//! `ic_capabilities`: what a device can do; a snapshot.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::OnceLock;

use imagecapture::{MediaTrackCapabilities, Property};

use crate::error::Failure;
use crate::handle::{self, Handle, Out, Owned, get};
use crate::ids::{ic_property, property};
use crate::status::ic_status;
use crate::string::c_string;

/// The range of a property.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-mediasettingsrange>
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ic_range {
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
    /// The distance between values; 0 if the specification has none for this property or any value will do.
    pub step: f64,
}

/// What a device or a track can do: property by property a range or a list.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediatrackcapabilities>
///
/// Owned: end it with ic_capabilities_free(). It is a snapshot and never changes.
#[derive(Debug)]
pub struct ic_capabilities {
    _private: [u8; 0],
}

#[derive(Debug)]
pub(crate) struct CapabilitiesInner {
    capabilities: MediaTrackCapabilities,
    strings: Vec<(Property, Vec<CString>)>,
    json: OnceLock<CString>,
}

impl Handle for ic_capabilities {
    type Ownership = Owned;
    type Inner = CapabilitiesInner;
    const TAG: [u8; 8] = *b"ic:capab";
}

pub(crate) fn new(capabilities: MediaTrackCapabilities) -> *mut ic_capabilities {
    let list = |property| {
        let strings = capabilities.strings(property)?;
        Some((property, strings.iter().map(|text| c_string(text)).collect()))
    };
    let strings = capabilities.properties().filter_map(list).collect();
    handle::new_owned(CapabilitiesInner { capabilities, strings, json: OnceLock::new() })
}

impl CapabilitiesInner {
    fn strings(&self, number: ic_property) -> Result<&[CString], Failure> {
        let property = property(number)?;
        let found = self.strings.iter().find(|(candidate, _)| *candidate == property);
        Ok(found.map_or(&[], |(_, list)| list))
    }
}

/// Whether the device has a property at all.
///
/// Returns: true if it has; false if not, for an unknown property, or if `capabilities` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_capabilities_has(capabilities: *const ic_capabilities, property: ic_property) -> bool {
    guard_or!(false, {
        // SAFETY: the C contract: NULL or a live handle.
        let inner = unsafe { get(capabilities, "capabilities")? };
        Ok(inner.capabilities.contains(self::property(property)?))
    })
}

/// The range of a property.
///
/// `range` receives it.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if the device does not have it, a normal answer;
/// #IC_STATUS_NOT_ALLOWED if it has, but the permission to use it is missing (the empty range of the specification);
/// #IC_STATUS_INVALID_ARGUMENT for an unknown property, one that has no range, or a handle of another type;
/// #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_capabilities_range(
    capabilities: *const ic_capabilities,
    property: ic_property,
    range: *mut ic_range,
) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(capabilities, "capabilities")?, Out::new(range, "range")?) };
        let property = self::property(property)?;
        match inner.capabilities.range(property) {
            Some(range) => out.set(ic_range { min: range.min, max: range.max, step: range.step }),
            None if inner.capabilities.needs_permission(property) => return Err(Failure::not_allowed("a permission is missing")),
            None if inner.capabilities.contains(property) => return Err(Failure::invalid("the property has no range")),
            None => return Err(Failure::not_present("the device does not have the property")),
        }
        Ok(())
    })
}

/// The states that a boolean property may have: one of them is fixed, both can be switched.
///
/// `can_be_false` and `can_be_true` receive them.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if the device does not have it, a normal answer;
/// #IC_STATUS_INVALID_ARGUMENT for an unknown property, one that is no boolean, or a handle of another type;
/// #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_capabilities_bool(
    capabilities: *const ic_capabilities,
    property: ic_property,
    can_be_false: *mut bool,
    can_be_true: *mut bool,
) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, can_be_false, can_be_true) =
            unsafe { (get(capabilities, "capabilities")?, Out::new(can_be_false, "can_be_false")?, Out::new(can_be_true, "can_be_true")?) };
        let property = self::property(property)?;
        match inner.capabilities.bools(property) {
            Some(states) => {
                can_be_false.set(states.contains(&false));
                can_be_true.set(states.contains(&true));
                Ok(())
            }
            None if inner.capabilities.contains(property) => Err(Failure::invalid("the property is no boolean")),
            None => Err(Failure::not_present("the device does not have the property")),
        }
    })
}

/// How many strings the list of a property has.
///
/// Returns: the number; 0 if the device does not have the property, for a property without a list, or if `capabilities`
/// is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_capabilities_string_count(capabilities: *const ic_capabilities, property: ic_property) -> usize {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(capabilities, "capabilities")? }.strings(property)?.len())
    })
}

/// A string from the list of a property.
///
/// Returns: a text that lives until the capabilities are freed; NULL if the list has not so many or `capabilities` is
/// NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_capabilities_string_at(
    capabilities: *const ic_capabilities,
    property: ic_property,
    index: usize,
) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        let list = unsafe { get(capabilities, "capabilities")? }.strings(property)?;
        Ok(list.get(index).map_or(ptr::null(), |text| text.as_ptr()))
    })
}

/// The capabilities as JSON, as the specification writes them.
///
/// Returns: a text that lives until the capabilities are freed; NULL if `capabilities` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_capabilities_json(capabilities: *const ic_capabilities) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        let inner = unsafe { get(capabilities, "capabilities")? };
        Ok(inner.json.get_or_init(|| c_string(&inner.capabilities.to_json())).as_ptr())
    })
}

/// Ends capabilities. NULL is fine.
///
/// Ownership: `capabilities` and the texts it gave out are gone afterwards.
/// Thread safety: no other thread may use the capabilities any more.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_capabilities_free(capabilities: *mut ic_capabilities) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, given away here.
        unsafe { handle::free(capabilities) }
    })
}
