//! `ic_constraints`: what a track should be like. Open and nested, so a handle with setters, and JSON beside it.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::OnceLock;

use imagecapture::{Error, MediaTrackConstraints, MediaTrackSettings, Point2D};

use crate::error::{Failure, ic_error};
use crate::handle::{self, Handle, Out, Owned, get, get_mut};
use crate::ids::{bound, ic_bound, ic_property, property};
use crate::settings::ic_settings;
use crate::status::ic_status;
use crate::string::{c_string, list, text, texts};
use crate::text::{self, ic_text};

/// A point of the picture: `x` from the left, `y` from the top, both from 0 to 1.
///
/// W3C: <https://www.w3.org/TR/image-capture/#dom-point2d>
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ic_point2d {
    /// 0 is the left edge, 1 the right one.
    pub x: f64,
    /// 0 is the upper edge, 1 the lower one.
    pub y: f64,
}

/// The basic set of constraints, as the `set` of the setters.
pub const IC_BASIC: u32 = 0;

/// Constraints on a track: a basic set and an ordered list of advanced ones.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediatrackconstraints>
///
/// Owned: end it with ic_constraints_free(). An empty one stands for the W3C value `true`.
#[derive(Debug)]
pub struct ic_constraints {
    _private: [u8; 0],
}

#[derive(Debug)]
pub(crate) struct ConstraintsInner {
    pub(crate) constraints: MediaTrackConstraints,
    ignored: Vec<CString>,
    json: OnceLock<CString>,
}

impl Handle for ic_constraints {
    type Ownership = Owned;
    type Inner = ConstraintsInner;
    const TAG: [u8; 8] = *b"ic:const";
}

pub(crate) fn new(constraints: MediaTrackConstraints) -> *mut ic_constraints {
    let ignored = constraints.ignored().iter().map(|path| c_string(path)).collect();
    handle::new_owned(ConstraintsInner { constraints, ignored, json: OnceLock::new() })
}

impl ConstraintsInner {
    fn change<T>(&mut self, change: impl FnOnce(&mut MediaTrackConstraints) -> Result<T, Error>) -> Result<T, Failure> {
        let value = change(&mut self.constraints)?;
        self.json = OnceLock::new();
        Ok(value)
    }
}

/// New constraints with an empty basic set.
///
/// Returns: the constraints; NULL only after a bug of the library.
/// Ownership: the caller's; end it with ic_constraints_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ic_constraints_new() -> *mut ic_constraints {
    guard_or!(ptr::null_mut(), { Ok(new(MediaTrackConstraints::new())) })
}

/// Reads constraints from JSON with the W3C names: `{"width": {"min": 640}, "zoom": 200, "advanced": [{"zoom": 300}]}`.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediatrackconstraints>
///
/// Unknown members are ignored as the specification says, and listed by ic_constraints_ignored_at().
/// `json` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED; `constraints` receives the result.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT if it is no JSON (ic_error_offset() says where) or no
/// constraints; #IC_STATUS_INVALID_UTF8; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the constraints are the caller's; end them with ic_constraints_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_constraints_from_json(
    json: *const c_char,
    len: usize,
    constraints: *mut *mut ic_constraints,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the text for its length.
        let (json, out) = unsafe { (text(json, len, "json")?, Out::new(constraints, "constraints")?) };
        out.set(new(MediaTrackConstraints::from_json(json)?));
        Ok(())
    })
}

/// Adds an empty advanced set at the end of the list.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dom-mediatrackconstraints-advanced>
///
/// `set` receives its number for the setters: 1, 2, …
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Thread safety: no other thread may use the constraints meanwhile.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_constraints_add_advanced(
    constraints: *mut ic_constraints,
    set: *mut u32,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type; nobody else uses the owned handle.
        let (inner, out) = unsafe { (get_mut(constraints, "constraints")?, Out::new(set, "set")?) };
        let set = inner.change(|constraints| Ok(constraints.add_advanced()))?;
        out.set(u32::try_from(set).map_err(|_| Failure::invalid("too many advanced sets"))?);
        Ok(())
    })
}

/// Sets one bound of a property to a number. Setting the same bound again replaces it.
///
/// `set` is #IC_BASIC or a number from ic_constraints_add_advanced(), `property` one of `IC_PROPERTY_…`, `bound` one of
/// `IC_BOUND_…`; #IC_BOUND_BARE means ideal in the basic set and exact in an advanced one. As the specification has it,
/// width and height are clamped to whole numbers from 0 to 4294967295.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for an unknown set, property or bound, a property that takes no
/// numbers, a number that is not finite, or a handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: no other thread may use the constraints meanwhile.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_constraints_set_number(
    constraints: *mut ic_constraints,
    set: u32,
    property: ic_property,
    bound: ic_bound,
    value: f64,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle that nobody else uses.
        let inner = unsafe { get_mut(constraints, "constraints")? };
        let (property, bound) = (self::property(property)?, self::bound(bound)?);
        inner.change(|constraints| constraints.set_number(set as usize, property, bound, value))
    })
}

/// Sets one bound of a property to a boolean. Setting the same bound again replaces it.
///
/// Booleans have no min and max. `true` for pan, tilt or zoom asks for a camera that has it; the specification has that
/// only as a bare value, #IC_BOUND_BARE. The parameters are those of ic_constraints_set_number().
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for an unknown set, property or bound, a property or bound that
/// takes no booleans, or a handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: no other thread may use the constraints meanwhile.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_constraints_set_bool(
    constraints: *mut ic_constraints,
    set: u32,
    property: ic_property,
    bound: ic_bound,
    value: bool,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle that nobody else uses.
        let inner = unsafe { get_mut(constraints, "constraints")? };
        let (property, bound) = (self::property(property)?, self::bound(bound)?);
        inner.change(|constraints| constraints.set_bool(set as usize, property, bound, value))
    })
}

/// Sets one bound of a property to a string. Setting the same bound again replaces it.
///
/// Strings have no min and max. `value` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED. The other parameters are those
/// of ic_constraints_set_number().
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for an unknown set, property or bound, a property that takes no
/// strings, or a handle of another type; #IC_STATUS_INVALID_UTF8; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the text is copied.
/// Thread safety: no other thread may use the constraints meanwhile.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_constraints_set_string(
    constraints: *mut ic_constraints,
    set: u32,
    property: ic_property,
    bound: ic_bound,
    value: *const c_char,
    len: usize,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle that nobody else uses; the text is valid for its length.
        let (inner, value) = unsafe { (get_mut(constraints, "constraints")?, text(value, len, "value")?) };
        let (property, bound) = (self::property(property)?, self::bound(bound)?);
        inner.change(|constraints| constraints.set_string(set as usize, property, bound, value))
    })
}

/// Sets one bound of a property to a list of strings, any of which will do. Setting the same bound again replaces it.
///
/// `values` points to `count` texts in UTF-8, each with a NUL at its end; NULL with 0 for an empty list, which is no
/// constraint. The other parameters are those of ic_constraints_set_string().
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for an unknown set, property or bound, a property or bound that
/// takes no strings, or a handle of another type; #IC_STATUS_INVALID_UTF8; #IC_STATUS_NULL_ARGUMENT, also for an
/// element.
/// Ownership: the texts are copied.
/// Thread safety: no other thread may use the constraints meanwhile.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_constraints_set_strings(
    constraints: *mut ic_constraints,
    set: u32,
    property: ic_property,
    bound: ic_bound,
    values: *const *const c_char,
    count: usize,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle that nobody else uses; the list is valid for its length.
        let (inner, values) = unsafe { (get_mut(constraints, "constraints")?, texts(values, count, "values")?) };
        let (property, bound) = (self::property(property)?, self::bound(bound)?);
        inner.change(|constraints| constraints.set_strings(set as usize, property, bound, &values))
    })
}

/// Sets one bound of a property to a list of points. Setting the same bound again replaces it.
///
/// Points have no min and max; those outside of the picture are moved to its edge when they are applied. `points`
/// points to `count` points; NULL with 0 for an empty list, which is no constraint. The other parameters are those of
/// ic_constraints_set_number().
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for an unknown set, property or bound, a property or bound that
/// takes no points, a coordinate that is not finite, or a handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the points are copied.
/// Thread safety: no other thread may use the constraints meanwhile.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_constraints_set_points(
    constraints: *mut ic_constraints,
    set: u32,
    property: ic_property,
    bound: ic_bound,
    points: *const ic_point2d,
    count: usize,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: NULL or a live handle that nobody else uses; the list is valid for its length.
        let (inner, points) = unsafe { (get_mut(constraints, "constraints")?, list(points, count, "points")?) };
        let (property, bound) = (self::property(property)?, self::bound(bound)?);
        let points: Vec<Point2D> = points.iter().map(|point| Point2D::new(point.x, point.y)).collect();
        inner.change(|constraints| constraints.set_points(set as usize, property, bound, &points))
    })
}

/// How far settings are from what one set of constraints asks for: 0 is what it asks for.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dfn-fitness-distance>
///
/// `set` is #IC_BASIC or the number of an advanced set. `distance` receives the distance, `INFINITY` if a demand is not
/// met.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for an unknown set or a handle of another type;
/// #IC_STATUS_NULL_ARGUMENT.
/// Thread safety: may be called from several threads while none changes the constraints.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_constraints_fitness_distance(
    constraints: *const ic_constraints,
    set: u32,
    settings: *const ic_settings,
    distance: *mut f64,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, settings, out) =
            unsafe { (get(constraints, "constraints")?, get(settings, "settings")?, Out::new(distance, "distance")?) };
        out.set(inner.constraints.fitness_distance(set as usize, &settings.settings)?);
        Ok(())
    })
}

/// Chooses among complete settings as the specification's SelectSettings does, without a device.
///
/// W3C: <https://www.w3.org/TR/mediacapture-streams/#dfn-selectsettings>
///
/// `candidates_json` is a JSON list of settings with the W3C names, in UTF-8 of `len` bytes, or #IC_NUL_TERMINATED.
/// `result` receives a JSON object: `index` (of the chosen one), `distance`, `candidates` (indexes of those that meet
/// the basic set), `remaining` (of those, after the advanced sets), `advanced` (set by set, whether it was met).
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_OVERCONSTRAINED if none meets the basic set (ic_error_constraint());
/// #IC_STATUS_INVALID_ARGUMENT for text that is no JSON (ic_error_offset() says where) or no list of settings, or a
/// handle of another type; #IC_STATUS_INVALID_UTF8; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the text is the caller's; end it with ic_text_free().
/// Thread safety: may be called from several threads while none changes the constraints.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_constraints_select(
    constraints: *const ic_constraints,
    candidates_json: *const c_char,
    len: usize,
    result: *mut *mut ic_text,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the text for its length.
        let (inner, json, out) =
            unsafe { (get(constraints, "constraints")?, text(candidates_json, len, "candidates_json")?, Out::new(result, "result")?) };
        let selected = inner.constraints.select(&MediaTrackSettings::list_from_json(json)?)?;
        out.set(text::new(&selected.to_json_value().to_string()));
        Ok(())
    })
}

/// The constraints as JSON with the W3C names, in the form in which they were given.
///
/// Returns: a text that lives until the constraints are changed or freed; NULL if `constraints` is NULL.
/// Thread safety: may be called from several threads while none changes the constraints.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_constraints_json(constraints: *const ic_constraints) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        let inner = unsafe { get(constraints, "constraints")? };
        Ok(inner.json.get_or_init(|| c_string(&inner.constraints.to_json())).as_ptr())
    })
}

/// How many members of the JSON were ignored because nobody knows them.
///
/// Returns: the number; 0 if `constraints` is NULL or did not come from JSON.
/// Thread safety: may be called from several threads while none changes the constraints.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_constraints_ignored_count(constraints: *const ic_constraints) -> usize {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(constraints, "constraints")? }.ignored.len())
    })
}

/// The path of an ignored member: `"advanced[0].zom"`.
///
/// Returns: a text that lives until the constraints are freed; NULL if there are not so many or `constraints` is NULL.
/// Thread safety: may be called from several threads while none changes the constraints.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_constraints_ignored_at(constraints: *const ic_constraints, index: usize) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        let inner = unsafe { get(constraints, "constraints")? };
        Ok(inner.ignored.get(index).map_or(ptr::null(), |path| path.as_ptr()))
    })
}

/// Ends constraints. NULL is fine.
///
/// Ownership: `constraints` and the texts it gave out are gone afterwards. Tracks keep copies.
/// Thread safety: no other thread may use the constraints any more.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_constraints_free(constraints: *mut ic_constraints) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, given away here.
        unsafe { handle::free(constraints) }
    })
}
