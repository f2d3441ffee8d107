//! `ic_settings`: how a track is set right now; a snapshot.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::OnceLock;

use imagecapture::{MediaTrackSettings, Property};

use crate::constraints::ic_point2d;
use crate::error::{Failure, ic_error};
use crate::handle::{self, Handle, Out, OutList, Owned, get};
use crate::ids::{ic_property, property};
use crate::status::ic_status;
use crate::string::{c_string, text};

/// The settings of a track at one moment: property by property a value.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediatracksettings>
///
/// Owned: end it with ic_settings_free(). It is a snapshot and never changes.
#[derive(Debug)]
pub struct ic_settings {
    _private: [u8; 0],
}

#[derive(Debug)]
pub(crate) struct SettingsInner {
    pub(crate) settings: MediaTrackSettings,
    strings: Vec<(Property, CString)>,
    json: OnceLock<CString>,
}

impl Handle for ic_settings {
    type Ownership = Owned;
    type Inner = SettingsInner;
    const TAG: [u8; 8] = *b"ic:settg";
}

pub(crate) fn new(settings: MediaTrackSettings) -> *mut ic_settings {
    let text = |property| Some((property, c_string(settings.string(property)?)));
    let strings = settings.properties().filter_map(text).collect();
    handle::new_owned(SettingsInner { settings, strings, json: OnceLock::new() })
}

impl SettingsInner {
    fn missing(&self, property: Property) -> Failure {
        if self.settings.contains(property) {
            Failure::invalid(format!("the value of {property} is of another kind"))
        } else {
            Failure::not_present(format!("the track has no {property}"))
        }
    }
}

/// Reads settings from JSON with the W3C names, such as those that were kept in a file: `{"width": 640, "zoom": 100}`.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediatracksettings>
///
/// Members with unknown names have no effect. `json` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED; `settings`
/// receives the result, for ic_constraints_fitness_distance().
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT if it is no JSON (ic_error_offset() says where) or no settings;
/// #IC_STATUS_INVALID_UTF8; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the settings are the caller's; end them with ic_settings_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_settings_from_json(
    json: *const c_char,
    len: usize,
    settings: *mut *mut ic_settings,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the text for its length.
        let (json, out) = unsafe { (text(json, len, "json")?, Out::new(settings, "settings")?) };
        out.set(new(MediaTrackSettings::from_json(json)?));
        Ok(())
    })
}

/// Whether the track has a property at all.
///
/// Returns: true if it has; false if not, for an unknown property, or if `settings` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_settings_has(settings: *const ic_settings, property: ic_property) -> bool {
    guard_or!(false, {
        // SAFETY: the C contract: NULL or a live handle.
        let inner = unsafe { get(settings, "settings")? };
        Ok(inner.settings.contains(self::property(property)?))
    })
}

/// The number that a property is set to.
///
/// `value` receives it.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if the track does not have the property, a normal answer;
/// #IC_STATUS_INVALID_ARGUMENT for an unknown property, one whose value is no number, or a handle of another type;
/// #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_settings_number(settings: *const ic_settings, property: ic_property, value: *mut f64) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(settings, "settings")?, Out::new(value, "value")?) };
        let property = self::property(property)?;
        out.set(inner.settings.number(property).ok_or_else(|| inner.missing(property))?);
        Ok(())
    })
}

/// The boolean that a property is set to.
///
/// `value` receives it.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if the track does not have the property, a normal answer;
/// #IC_STATUS_INVALID_ARGUMENT for an unknown property, one whose value is no boolean, or a handle of another type;
/// #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_settings_bool(settings: *const ic_settings, property: ic_property, value: *mut bool) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(settings, "settings")?, Out::new(value, "value")?) };
        let property = self::property(property)?;
        out.set(inner.settings.bool(property).ok_or_else(|| inner.missing(property))?);
        Ok(())
    })
}

/// The string that a property is set to.
///
/// `value` receives it.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if the track does not have the property, a normal answer;
/// #IC_STATUS_INVALID_ARGUMENT for an unknown property, one whose value is no string, or a handle of another type;
/// #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the text lives until the settings are freed.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_settings_string(settings: *const ic_settings, property: ic_property, value: *mut *const c_char) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(settings, "settings")?, Out::new(value, "value")?) };
        let property = self::property(property)?;
        let found = inner.strings.iter().find(|(candidate, _)| *candidate == property);
        let (_, text) = found.ok_or_else(|| inner.missing(property))?;
        out.set(text.as_ptr());
        Ok(())
    })
}

/// The points that a property is set to.
///
/// `points` has room for `capacity` points, and may be NULL if that is 0; it receives as many as fit. `count` receives
/// how many there are.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if the track does not have the property, a normal answer;
/// #IC_STATUS_INVALID_ARGUMENT for an unknown property, one whose value is no list of points, or a handle of another
/// type; #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_settings_points(
    settings: *const ic_settings,
    property: ic_property,
    points: *mut ic_point2d,
    capacity: usize,
    count: *mut usize,
) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type, `points` for `capacity` of them.
        let (inner, points, count) =
            unsafe { (get(settings, "settings")?, OutList::new(points, capacity, "points")?, Out::new(count, "count")?) };
        let property = self::property(property)?;
        let found = inner.settings.points(property).ok_or_else(|| inner.missing(property))?;
        points.set(found.iter().map(|point| ic_point2d { x: point.x, y: point.y }));
        count.set(found.len());
        Ok(())
    })
}

/// The settings as JSON, as the specification writes them.
///
/// Returns: a text that lives until the settings are freed; NULL if `settings` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_settings_json(settings: *const ic_settings) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        let inner = unsafe { get(settings, "settings")? };
        Ok(inner.json.get_or_init(|| c_string(&inner.settings.to_json())).as_ptr())
    })
}

/// Ends settings. NULL is fine.
///
/// Ownership: `settings` and the texts it gave out are gone afterwards.
/// Thread safety: no other thread may use the settings any more.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_settings_free(settings: *mut ic_settings) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, given away here.
        unsafe { handle::free(settings) }
    })
}
