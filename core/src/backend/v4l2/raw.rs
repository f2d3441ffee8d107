//! Controls by their own names.

use super::inventory::Inventory;
use super::known::{Known, kind};
use super::{sys, table};
use crate::{ControlType, ControlValue, DeviceControl};

/// What the library calls the classes of drivers that do not list the titles.
const TITLES: [(u32, &str); 8] = [
    (0x0098_0000, "User Controls"),
    (0x009a_0000, "Camera Controls"),
    (0x009c_0000, "Flash Controls"),
    (0x009d_0000, "JPEG Compression Controls"),
    (0x009e_0000, "Image Source Controls"),
    (0x009f_0000, "Image Processing Controls"),
    (0x00a0_0000, "Digital Video Controls"),
    (0x0800_0000, "User Controls"),
];

/// Everything a device has, in the driver's order.
pub(super) fn controls(inventory: &Inventory) -> Vec<DeviceControl> {
    inventory.controls().map(|known| control(known, class(inventory, known.described.id))).collect()
}

fn class(inventory: &Inventory, id: u32) -> String {
    let title = inventory.class_title(id);
    let known = TITLES.iter().find(|(class, _)| *class == super::inventory::class_of(id)).map_or("", |(_, title)| *title);
    if title.is_empty() { known.to_owned() } else { title.to_owned() }
}

fn control(known: &Known, class: String) -> DeviceControl {
    let described = &known.described;
    let control_type = known.control_type();
    let (minimum, maximum) = known.limits();
    let is_array = !matches!(control_type, ControlType::String | ControlType::Other);
    DeviceControl {
        name: known.name.clone(),
        class,
        minimum,
        maximum,
        step: described.step,
        default: default(known, control_type),
        dimensions: if is_array { described.dims.clone() } else { Vec::new() },
        menu: known.menu.clone(),
        flags: known.flags(),
        value: known.value.as_ref().filter(|_| known.is_readable()).and_then(|raw| known.shown(raw)),
        property: table::property_of(described.id),
        moves_camera: table::moves_camera(described.id),
        varies: known.has(sys::CTRL_FLAG_DYNAMIC_ARRAY),
        ..DeviceControl::new(described.id, &described.name, control_type)
    }
}

fn default(known: &Known, control_type: ControlType) -> Option<ControlValue> {
    let number = known.described.default;
    match control_type {
        ControlType::Button | ControlType::String | ControlType::Other => None,
        ControlType::Area | ControlType::Rectangle => {
            known.default.as_ref().and_then(|bytes| super::known::numbers(control_type, bytes)).map(ControlValue::Numbers)
        }
        ControlType::Boolean if known.slot().1 == 0 => Some(ControlValue::Boolean(number != 0)),
        _ if known.described.kind == kind::BITMASK => Some(ControlValue::Integer(i64::from(number as u32))),
        _ => Some(ControlValue::Integer(number)),
    }
}
