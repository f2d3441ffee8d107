//! `ic_controls`: the controls of a camera by their own names; a snapshot.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::OnceLock;

use imagecapture::{ControlFlags, ControlValue, DeviceControl};

use crate::error::Failure;
use crate::handle::{self, Handle, Out, OutList, Owned, get};
use crate::ids::{ic_control_type, ic_property};
use crate::sized::{SizedOut, Stamped};
use crate::status::ic_status;
use crate::string::{c_string, text};

/// `flags` of #ic_control_info: it is there, but can never be used.
pub const IC_CONTROL_FLAG_DISABLED: u32 = 1;
/// `flags` of #ic_control_info: it cannot be changed at present, because something else uses it.
pub const IC_CONTROL_FLAG_GRABBED: u32 = 2;
/// `flags` of #ic_control_info: it can only be read.
pub const IC_CONTROL_FLAG_READ_ONLY: u32 = 4;
/// `flags` of #ic_control_info: setting it may change other controls.
pub const IC_CONTROL_FLAG_UPDATE: u32 = 8;
/// `flags` of #ic_control_info: it has no effect at present, because an automatic mode governs it.
pub const IC_CONTROL_FLAG_INACTIVE: u32 = 16;
/// `flags` of #ic_control_info: it is shown best as a slider.
pub const IC_CONTROL_FLAG_SLIDER: u32 = 32;
/// `flags` of #ic_control_info: it can only be written.
pub const IC_CONTROL_FLAG_WRITE_ONLY: u32 = 64;
/// `flags` of #ic_control_info: its value changes by itself.
pub const IC_CONTROL_FLAG_VOLATILE: u32 = 128;
/// `flags` of #ic_control_info: setting it does something even if the value is the one that it has.
pub const IC_CONTROL_FLAG_EXECUTE_ON_WRITE: u32 = 256;
/// `flags` of #ic_control_info: setting it may change the size of frames.
pub const IC_CONTROL_FLAG_MODIFY_LAYOUT: u32 = 512;

/// The controls that a camera has, by their own names, with the values that they had.
///
/// Owned: end it with ic_controls_free(). It is a snapshot and never changes.
#[derive(Debug)]
pub struct ic_controls {
    _private: [u8; 0],
}

/// One control of a camera as its driver describes it. Begin with `IC_CONTROL_INFO_INIT`.
///
/// The texts and the dimensions live until the controls are freed.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ic_control_info {
    /// The size of this struct, set by `IC_CONTROL_INFO_INIT`.
    pub struct_size: usize,
    /// Tells it from the other controls of the device; on Linux the number of the V4L2 control.
    pub id: u32,
    /// What kind of value it has: one of `IC_CONTROL_TYPE_…`.
    pub r#type: ic_control_type,
    /// Its name in small letters, digits and underscores: `"white_balance_temperature"`.
    pub name: *const c_char,
    /// Its name for people: `"White Balance Temperature"`.
    pub label: *const c_char,
    /// The group it belongs to, such as `"Camera Controls"`; empty for none.
    pub class_name: *const c_char,
    /// The smallest value; of a text its smallest length in bytes.
    pub minimum: i64,
    /// The largest value; of a text its largest length; of a bitmask all bits that exist.
    pub maximum: i64,
    /// The distance between two values.
    pub step: u64,
    /// The driver's own choice, of an array that of each element, if `has_default` is 1.
    pub default_value: i64,
    /// Whether there is a `default_value`: 0 or 1.
    pub has_default: u32,
    /// How it may be used: a sum of `IC_CONTROL_FLAG_…`.
    pub flags: u32,
    /// Of an array how many elements each of its dimensions has; NULL if it is none.
    pub dimensions: *const u32,
    /// How many dimensions it has.
    pub dimension_count: usize,
    /// How many choices a menu has; ic_controls_menu_item() tells them.
    pub item_count: usize,
    /// How many numbers ic_controls_numbers() gives; 0 if it has no value, or a text.
    pub number_count: usize,
    /// The property that it stands behind: one of `IC_PROPERTY_…`, or 0.
    pub property: ic_property,
    /// Not used.
    pub reserved: u32,
}

// SAFETY: repr(C), the stamp first; numbers, and pointers, which may have any bits.
unsafe impl Stamped for ic_control_info {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// A choice of a menu. Begin with `IC_CONTROL_MENU_ITEM_INIT`. Its text lives until the controls are freed.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ic_control_menu_item {
    /// The size of this struct, set by `IC_CONTROL_MENU_ITEM_INIT`.
    pub struct_size: usize,
    /// What the control is set to for this choice.
    pub value: i64,
    /// What the driver calls it; of #IC_CONTROL_TYPE_INTEGER_MENU the number in words.
    pub name: *const c_char,
    /// Of #IC_CONTROL_TYPE_INTEGER_MENU: the number that it stands for; otherwise 0.
    pub number: i64,
}

// SAFETY: repr(C), the stamp first; numbers, and a pointer, which may have any bits.
unsafe impl Stamped for ic_control_menu_item {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// A control with its texts as C reads them.
#[derive(Debug)]
struct Entry {
    control: DeviceControl,
    name: CString,
    label: CString,
    class_name: CString,
    items: Vec<CString>,
    text: Option<CString>,
}

impl Entry {
    fn new(control: DeviceControl) -> Entry {
        let text = match &control.value {
            Some(ControlValue::Text(text)) => Some(c_string(text)),
            _ => None,
        };
        let (name, label, class_name) = (c_string(&control.name), c_string(&control.label), c_string(&control.class));
        let items = control.menu.iter().map(|item| c_string(&item.name)).collect();
        Entry { control, name, label, class_name, items, text }
    }

    /// Its value as numbers: one, or those of an array.
    fn numbers(&self) -> Option<Vec<i64>> {
        match &self.control.value {
            Some(ControlValue::Numbers(numbers)) => Some(numbers.clone()),
            Some(value) => number(value).map(|number| vec![number]),
            None => None,
        }
    }
}

fn number(value: &ControlValue) -> Option<i64> {
    match value {
        ControlValue::Integer(number) => Some(*number),
        ControlValue::Boolean(on) => Some(i64::from(*on)),
        _ => None,
    }
}

#[derive(Debug)]
pub(crate) struct ControlsInner {
    entries: Vec<Entry>,
    json: OnceLock<CString>,
}

impl ControlsInner {
    fn at(&self, index: usize) -> Result<&Entry, Failure> {
        self.entries.get(index).ok_or_else(|| Failure::not_present("there are not so many controls"))
    }
}

impl Handle for ic_controls {
    type Ownership = Owned;
    type Inner = ControlsInner;
    const TAG: [u8; 8] = *b"ic:ctrls";
}

pub(crate) fn new(controls: Vec<DeviceControl>) -> *mut ic_controls {
    handle::new_owned(ControlsInner { entries: controls.into_iter().map(Entry::new).collect(), json: OnceLock::new() })
}

fn flag_bits(flags: ControlFlags) -> u32 {
    [
        (flags.disabled, IC_CONTROL_FLAG_DISABLED),
        (flags.grabbed, IC_CONTROL_FLAG_GRABBED),
        (flags.read_only, IC_CONTROL_FLAG_READ_ONLY),
        (flags.update, IC_CONTROL_FLAG_UPDATE),
        (flags.inactive, IC_CONTROL_FLAG_INACTIVE),
        (flags.slider, IC_CONTROL_FLAG_SLIDER),
        (flags.write_only, IC_CONTROL_FLAG_WRITE_ONLY),
        (flags.volatile, IC_CONTROL_FLAG_VOLATILE),
        (flags.execute_on_write, IC_CONTROL_FLAG_EXECUTE_ON_WRITE),
        (flags.modify_layout, IC_CONTROL_FLAG_MODIFY_LAYOUT),
    ]
    .iter()
    .filter(|(set, _)| *set)
    .map(|(_, bit)| bit)
    .sum()
}

fn plain(entry: &Entry) -> ic_control_info {
    let control = &entry.control;
    let default = control.default.as_ref().and_then(number);
    ic_control_info {
        struct_size: size_of::<ic_control_info>(),
        id: control.id,
        r#type: control.control_type.number(),
        name: entry.name.as_ptr(),
        label: entry.label.as_ptr(),
        class_name: entry.class_name.as_ptr(),
        minimum: control.minimum,
        maximum: control.maximum,
        step: control.step,
        default_value: default.unwrap_or(0),
        has_default: u32::from(default.is_some()),
        flags: flag_bits(control.flags),
        dimensions: if control.dimensions.is_empty() { ptr::null() } else { control.dimensions.as_ptr() },
        dimension_count: control.dimensions.len(),
        item_count: control.menu.len(),
        number_count: entry.numbers().map_or(0, |numbers| numbers.len()),
        property: control.property.map_or(0, |property| property.number()),
        reserved: 0,
    }
}

/// How many controls there are.
///
/// Returns: the number; 0 if `controls` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_controls_count(controls: *const ic_controls) -> usize {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(controls, "controls")? }.entries.len())
    })
}

/// Where the control with a name is.
///
/// `name` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED. `position` receives its index.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if there is none, a normal answer; #IC_STATUS_INVALID_UTF8;
/// #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_controls_find(
    controls: *const ic_controls,
    name: *const c_char,
    len: usize,
    position: *mut usize,
) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the text for its length.
        let (inner, name, out) = unsafe { (get(controls, "controls")?, text(name, len, "name")?, Out::new(position, "position")?) };
        let found = inner.entries.iter().position(|entry| entry.control.name == name);
        out.set(found.ok_or_else(|| Failure::not_present("the camera has no such control"))?);
        Ok(())
    })
}

/// Where the control with an id is, such as that of an event. `position` receives its index.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if there is none, a normal answer; #IC_STATUS_NULL_ARGUMENT;
/// #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_controls_find_id(controls: *const ic_controls, control_id: u32, position: *mut usize) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(controls, "controls")?, Out::new(position, "position")?) };
        let found = inner.entries.iter().position(|entry| entry.control.id == control_id);
        out.set(found.ok_or_else(|| Failure::not_present("the camera has no such control"))?);
        Ok(())
    })
}

/// One of the controls, in the order of the driver.
///
/// `info` was initialised with `IC_CONTROL_INFO_INIT`, and receives it.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if there are not so many; #IC_STATUS_STRUCT_SIZE;
/// #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_controls_at(controls: *const ic_controls, index: usize, info: *mut ic_control_info) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the struct stamped with its size.
        let (inner, out) = unsafe { (get(controls, "controls")?, SizedOut::new(info, "info")?) };
        out.set(&plain(inner.at(index)?));
        Ok(())
    })
}

/// One of the choices of a menu.
///
/// `item` counts from 0 to below `item_count`; `choice` was initialised with `IC_CONTROL_MENU_ITEM_INIT`, and receives
/// it.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if there are not so many; #IC_STATUS_STRUCT_SIZE;
/// #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_controls_menu_item(
    controls: *const ic_controls,
    index: usize,
    item: usize,
    choice: *mut ic_control_menu_item,
) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the struct stamped with its size.
        let (inner, out) = unsafe { (get(controls, "controls")?, SizedOut::new(choice, "choice")?) };
        let entry = inner.at(index)?;
        let (Some(found), Some(name)) = (entry.control.menu.get(item), entry.items.get(item)) else {
            return Err(Failure::not_present("the control has not so many choices"));
        };
        out.set(&ic_control_menu_item {
            struct_size: size_of::<ic_control_menu_item>(),
            value: found.index,
            name: name.as_ptr(),
            number: found.value.unwrap_or(0),
        });
        Ok(())
    })
}

/// The value of a control that has one number: of a boolean 0 or 1, of a menu that of the choice.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if there are not so many controls, or this one has no value or one of
/// another kind, a normal answer; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_controls_integer(controls: *const ic_controls, index: usize, value: *mut i64) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(controls, "controls")?, Out::new(value, "value")?) };
        let found = inner.at(index)?.control.value.as_ref().and_then(number);
        out.set(found.ok_or_else(|| Failure::not_present("the control has no value that is one number"))?);
        Ok(())
    })
}

/// The value of a control of the type #IC_CONTROL_TYPE_STRING. `value` receives a text that lives until the controls
/// are freed.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if there are not so many controls, or this one has no value or one of
/// another kind, a normal answer; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_controls_string(controls: *const ic_controls, index: usize, value: *mut *const c_char) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(controls, "controls")?, Out::new(value, "value")?) };
        let found = inner.at(index)?.text.as_ref();
        out.set(found.ok_or_else(|| Failure::not_present("the control has no value that is a text"))?.as_ptr());
        Ok(())
    })
}

/// The value of a control as numbers: those of an array, an area (width, height) or a rectangle (left, top, width,
/// height), or the one of any other that is no text.
///
/// `values` has room for `capacity` numbers, and may be NULL if that is 0; it receives as many as fit. `count` receives
/// how many there are.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if there are not so many controls, or this one has no value or a text,
/// a normal answer; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_controls_numbers(
    controls: *const ic_controls,
    index: usize,
    values: *mut i64,
    capacity: usize,
    count: *mut usize,
) -> ic_status {
    guard_status!({
        // SAFETY: the C contract: each pointer is NULL or valid for its type, `values` for `capacity` of them.
        let (inner, values, count) =
            unsafe { (get(controls, "controls")?, OutList::new(values, capacity, "values")?, Out::new(count, "count")?) };
        let found = inner.at(index)?.numbers().ok_or_else(|| Failure::not_present("the control has no value that is numbers"))?;
        let length = found.len();
        values.set(found.into_iter());
        count.set(length);
        Ok(())
    })
}

/// The controls as JSON: a list of objects with `id`, `name`, `label`, `class`, `type`, `minimum`, `maximum`, `step`,
/// `default`, `dimensions`, `menu` (a list of `index`, `name` and `value`), `flags` (a list of words), `value` and
/// `property`.
///
/// Returns: a text that lives until the controls are freed; NULL if `controls` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_controls_json(controls: *const ic_controls) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        let inner = unsafe { get(controls, "controls")? };
        let list = || DeviceControl::all_to_json(inner.entries.iter().map(|entry| &entry.control));
        Ok(inner.json.get_or_init(|| c_string(&list().to_string())).as_ptr())
    })
}

/// Ends controls. NULL is fine.
///
/// Ownership: `controls` and the texts they gave out are gone afterwards.
/// Thread safety: no other thread may use the controls any more.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_controls_free(controls: *mut ic_controls) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, given away here.
        unsafe { handle::free(controls) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_has_a_bit_of_its_own() {
        let mut flags = ControlFlags::default();
        assert_eq!(flag_bits(flags), 0);
        type Flag = fn(&mut ControlFlags) -> &mut bool;
        let all: [Flag; 10] = [
            |flags| &mut flags.disabled,
            |flags| &mut flags.grabbed,
            |flags| &mut flags.read_only,
            |flags| &mut flags.update,
            |flags| &mut flags.inactive,
            |flags| &mut flags.slider,
            |flags| &mut flags.write_only,
            |flags| &mut flags.volatile,
            |flags| &mut flags.execute_on_write,
            |flags| &mut flags.modify_layout,
        ];
        for (index, flag) in all.iter().enumerate() {
            *flag(&mut flags) = true;
            assert_eq!(flag_bits(flags), (1 << (index + 1)) - 1);
            assert_eq!(flags.names().len(), index + 1);
        }
    }
}
