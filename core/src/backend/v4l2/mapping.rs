//! From controls to properties and back, without asking a device: what a driver says is taken for what it may be, which is
//! also nonsense.

use super::inventory::{Inventory, class_of};
use super::known::{Known, bytes, kind, numbers};
use super::sys::Raw;
use super::table::{self, How, Modes};
use crate::backend::{Control, Offer, Takes};
use crate::source::{AUTOMATIC, ONCE};
use crate::{ControlType, Error, ErrorKind, MediaSettingsRange, Point2D, Property, Result, Value};

pub(super) const MANUAL: &str = "manual";
/// The light is off, or on all the time.
const DARK: i64 = 0;
const TORCH: i64 = 2;
/// An automatic is off.
const OFF: i64 = 0;
/// A region of interest has this share of the width and of the height of the picture.
const SHARE: i64 = 4;
/// The automatics that a region of interest is for: exposure, white balance, focus.
const METERED: i64 = 0b1101;

/// What the camera does not remember by itself.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The sensitivity when the camera was opened, if it was the automatic one.
    iso_opened: Option<f64>,
    /// The sensitivity from before the automatic one was switched off, and what that was set to.
    iso: Option<(f64, i64)>,
    /// The point that the region was set for, and the region as the driver has it.
    pub(super) point: Option<(Point2D, Vec<i64>)>,
}

impl Memory {
    /// Of a camera that was just opened.
    pub(super) fn opened(inventory: &Inventory) -> Memory {
        let is_automatic = automatic_iso(inventory).is_some_and(|now| now != OFF);
        Memory { iso_opened: iso(inventory).filter(|_| is_automatic), ..Memory::default() }
    }

    /// After the camera was read: somebody else may have switched an automatic on again.
    pub(super) fn look(&mut self, inventory: &Inventory) {
        if automatic_iso(inventory).is_some_and(|now| now != OFF) {
            self.iso = None;
        }
    }
}

fn automatic_iso(inventory: &Inventory) -> Option<i64> {
    settable(inventory, table::ISO_SENSITIVITY_AUTO.id)?.number()
}

fn iso(inventory: &Inventory) -> Option<f64> {
    let How::Number { id, per, .. } = &table::row(Property::Iso)?.how else { return None };
    number_of(settable(inventory, *id)?, *per)
}

/// Values that go to the driver in one call.
pub(super) type Call = Vec<(u32, Raw)>;

/// What the camera offers, with the present values, in the order of the table of properties.
pub(super) fn offers(inventory: &Inventory, memory: &Memory) -> Vec<Control> {
    let offer = |&property: &Property| {
        let (offer, value) = match &table::row(property)?.how {
            How::Number { id, per, .. } => number(settable(inventory, *id)?, *per)?,
            How::Modes(modes) => mode(inventory, modes)?,
            How::Torch => torch(settable(inventory, table::FLASH_LED_MODE.id)?)?,
            How::Points => (Offer::Points, Value::Points(points(settable(inventory, table::REGION.id)?, memory)?)),
            How::Facing | How::Rotation | How::Privacy => return None,
        };
        Some(Control { property, offer, value })
    };
    Property::ALL.iter().filter_map(offer).collect()
}

fn settable(inventory: &Inventory, id: u32) -> Option<&Known> {
    inventory.get(id).filter(|known| known.is_settable())
}

/// What a control offers as a number of which it counts `per` to one. A range of one value is no capability.
fn number(known: &Known, per: f64) -> Option<(Offer, Value)> {
    if known.is_integer_menu() {
        let mut entries: Vec<i64> = known.menu.iter().filter_map(|item| item.value).collect();
        entries.sort_unstable();
        entries.dedup();
        let values: Vec<f64> = entries.iter().map(|&entry| entry as f64 / per).collect();
        return Some((Offer::menu(&values)?, Value::Number(known.chosen()? as f64 / per)));
    }
    let (minimum, maximum) = match known.described.kind {
        kind::INTEGER => (known.described.minimum.max(i32::MIN.into()), known.described.maximum.min(i32::MAX.into())),
        kind::INTEGER64 => (known.described.minimum, known.described.maximum),
        _ => return None,
    };
    if minimum >= maximum || !known.described.dims.is_empty() {
        return None;
    }
    // Drivers that count in nothing, or in more than there is.
    let step = known.described.step.clamp(1, maximum.abs_diff(minimum));
    let range = MediaSettingsRange { min: minimum as f64 / per, max: maximum as f64 / per, step: step as f64 / per };
    let value = known.number()?.clamp(minimum, maximum) as f64 / per;
    Some((Offer::Range { range, takes: Takes::Steps }, Value::Number(value)))
}

/// The switch of an automatic. `Err` when the camera has one that cannot be used: then there is no choice of modes.
fn switch<'a>(inventory: &'a Inventory, modes: &'static Modes) -> std::result::Result<Option<(&'a Known, &'static table::Switch)>, ()> {
    let mut found = modes.switches.iter().filter_map(|switch| Some((inventory.get(switch.id)?, switch)));
    let usable = |(known, switch): &(&Known, &table::Switch)| {
        let takes = |numbers: &[i64]| numbers.iter().any(|&number| known.takes(number));
        let fits = matches!(known.described.kind, kind::BOOLEAN | kind::MENU | kind::INTEGER);
        fits && known.is_settable() && known.number().is_some() && (takes(switch.manual) || takes(switch.continuous))
    };
    match found.next() {
        None => Ok(None),
        Some(first) if usable(&first) => Ok(Some(first)),
        Some(_) => found.find(usable).map(Some).ok_or(()),
    }
}

/// The button of an automatic.
fn trigger<'a>(inventory: &'a Inventory, modes: &Modes) -> Option<&'a Known> {
    settable(inventory, modes.trigger?).filter(|known| known.control_type() == ControlType::Button)
}

fn mode(inventory: &Inventory, modes: &'static Modes) -> Option<(Offer, Value)> {
    let switch = switch(inventory, modes).ok()?;
    let (can_be_manual, can_be_automatic, is_automatic) = match switch {
        Some((known, switch)) => {
            let takes = |numbers: &[i64]| numbers.iter().any(|&number| known.takes(number));
            let now = known.number()?;
            (takes(switch.manual), takes(switch.continuous), switch.continuous.contains(&now))
        }
        None => (false, false, false),
    };
    let has_value = settable(inventory, modes.value).and_then(|known| number(known, 1.0)).is_some();
    let has_trigger = trigger(inventory, modes).is_some();
    let list = [
        // What is not automatic is what it was set to.
        (can_be_manual || has_value && switch.is_none() || has_trigger, MANUAL),
        (can_be_automatic, AUTOMATIC),
        (has_trigger, ONCE),
    ];
    let list: Vec<String> = list.into_iter().filter(|(there, _)| *there).map(|(_, name)| name.to_owned()).collect();
    let now = if is_automatic { AUTOMATIC } else { MANUAL };
    // A menu may be in a state that cannot be asked for again.
    let now = if list.iter().any(|mode| mode == now) { now } else { list.first()? };
    let now = Value::from(now);
    Some((Offer::Strings(list), now))
}

fn torch(known: &Known) -> Option<(Offer, Value)> {
    let can = known.described.kind == kind::MENU && known.takes(DARK) && known.takes(TORCH);
    let value = Value::Bool(known.number()? == TORCH);
    can.then(|| (Offer::Bools(vec![false, true]), value))
}

fn rectangle(bytes: Option<&Vec<u8>>) -> Option<Vec<i64>> {
    numbers(ControlType::Rectangle, bytes?).filter(|rectangle| rectangle.len() == 4 && rectangle[2] > 0 && rectangle[3] > 0)
}

/// The whole picture in the numbers of a region: as large as one can be, or as the driver sets it by itself.
fn frame(known: &Known) -> Option<Vec<i64>> {
    rectangle(known.maximum.as_ref()).or_else(|| rectangle(known.default.as_ref()))
}

fn region(known: &Known) -> Option<Vec<i64>> {
    match &known.value {
        Some(Raw::Bytes(bytes)) if known.control_type() == ControlType::Rectangle => numbers(ControlType::Rectangle, bytes),
        _ => None,
    }
}

/// The point that the camera measures at; none when it does so wherever it likes.
fn points(known: &Known, memory: &Memory) -> Option<Vec<Point2D>> {
    let (frame, region) = (frame(known)?, region(known)?);
    if let Some((point, set)) = &memory.point
        && *set == region
    {
        return Some(vec![*point]);
    }
    if region == frame || rectangle(known.default.as_ref()).is_some_and(|default| default == region) {
        return Some(Vec::new());
    }
    let middle = |axis: usize| {
        let at = region[axis] as f64 + region[axis + 2] as f64 / 2.0 - frame[axis] as f64;
        at / frame[axis + 2] as f64
    };
    Some(vec![Point2D::new(middle(0), middle(1)).clamped()])
}

/// A rectangle around a point, inside of the picture.
fn around(point: Point2D, frame: &[i64]) -> Vec<i64> {
    let side = |axis: usize, at: f64| {
        let whole = frame[axis + 2];
        let length = (whole / SHARE).max(1);
        let start = (at * whole as f64).round() as i64 - length / 2;
        (frame[axis] + start.clamp(0, whole - length), length)
    };
    let point = point.clamped();
    let ((left, width), (top, height)) = (side(0, point.x), side(1, point.y));
    vec![left, top, width, height]
}

/// The calls that set a property. Whether they may go along with others in one call: those of plain numbers may.
pub(super) fn calls(inventory: &Inventory, memory: &mut Memory, property: Property, value: &Value) -> Result<(Vec<Call>, bool)> {
    let absent = || Error::new(ErrorKind::NotSupported, format!("the camera has no {property} that can be set at present"));
    let refused = || Error::new(ErrorKind::NotSupported, format!("the camera does not take {value} for {property}"));
    let how = &table::row(property).ok_or_else(absent)?.how;
    match (how, value) {
        (How::Number { id, per, automatic }, Value::Number(number)) => {
            let known = settable(inventory, *id).ok_or_else(absent)?;
            let raw = raw_number(known, *per, *number).ok_or_else(refused)?;
            let mut call = vec![(*id, Raw::Number(raw))];
            if let Some(automatic) = automatic.and_then(|id| settable(inventory, id)) {
                leave_automatic(automatic, number_of(known, *per), *number, memory, &mut call);
            }
            let is_plain = call.len() == 1;
            Ok((vec![call], is_plain))
        }
        (How::Modes(modes), Value::String(mode)) => Ok((mode_calls(inventory, modes, mode).ok_or_else(refused)?, false)),
        (How::Torch, Value::Bool(on)) => {
            settable(inventory, table::FLASH_LED_MODE.id).ok_or_else(absent)?;
            Ok((vec![vec![(table::FLASH_LED_MODE.id, Raw::Number(if *on { TORCH } else { DARK }))]], false))
        }
        (How::Points, Value::Points(points)) => {
            let known = settable(inventory, table::REGION.id).ok_or_else(absent)?;
            let frame = frame(known).ok_or_else(absent)?;
            let default = rectangle(known.default.as_ref()).unwrap_or_else(|| frame.clone());
            let wanted = points.first().map_or(default, |&point| around(point, &frame));
            memory.point = points.first().map(|&point| (point, wanted.clone()));
            let memory_of = bytes(ControlType::Rectangle, &wanted).ok_or_else(refused)?;
            let mut call = vec![(table::REGION.id, Raw::Bytes(memory_of))];
            if let Some(automatic) = settable(inventory, table::REGION_AUTO.id) {
                let (_, possible) = automatic.limits();
                let bits = if points.is_empty() { automatic.described.default } else { METERED & possible };
                call.push((table::REGION_AUTO.id, Raw::Number(bits)));
            }
            Ok((vec![call], false))
        }
        _ => Err(refused()),
    }
}

/// What a control is set to for a number; of a menu the index of the nearest entry.
fn raw_number(known: &Known, per: f64, number: f64) -> Option<i64> {
    let wanted = number * per;
    if !wanted.is_finite() {
        return None;
    }
    if known.is_integer_menu() {
        let distance = |value: i64| (value as f64 - wanted).abs();
        let entries = known.menu.iter().filter_map(|item| Some((item.index, item.value?)));
        return entries.min_by(|a, b| distance(a.1).total_cmp(&distance(b.1))).map(|(index, _)| index);
    }
    // The conversion from floating point stops at the ends of the integers.
    let (minimum, maximum) = (known.described.minimum, known.described.maximum);
    (minimum <= maximum).then(|| (wanted.round() as i64).clamp(minimum, maximum))
}

/// What a control is set to, as the property counts.
fn number_of(known: &Known, per: f64) -> Option<f64> {
    known.chosen().or_else(|| known.number()).map(|now| now as f64 / per)
}

/// A sensitivity counts only while the automatic one is off. Who goes back to the value from before, or to that which the
/// camera was opened with, gets the automatic back too. That does not depend on what it is now: what is taken back may have
/// failed before or after it was switched off.
fn leave_automatic(automatic: &Known, before: Option<f64>, wanted: f64, memory: &mut Memory, call: &mut Call) {
    match memory.iso {
        Some((value, was)) if value == wanted || memory.iso_opened == Some(wanted) => {
            call.push((automatic.described.id, Raw::Number(was)));
            memory.iso = None;
        }
        _ => {
            if let Some(now) = automatic.number().filter(|now| *now != OFF) {
                memory.iso = before.map(|value| (value, now));
                call.insert(0, (automatic.described.id, Raw::Number(OFF)));
            }
        }
    }
}

fn mode_calls(inventory: &Inventory, modes: &'static Modes, wanted: &str) -> Option<Vec<Call>> {
    let found = switch(inventory, modes).ok()?;
    let set = |numbers: fn(&'static table::Switch) -> &'static [i64]| {
        let (known, switch) = found?;
        let best = numbers(switch).iter().find(|&&number| known.takes(number))?;
        Some(vec![(switch.id, Raw::Number(*best))])
    };
    let manual = set(|switch| switch.manual);
    match wanted {
        // A camera without a switch is in no other mode.
        MANUAL => Some(manual.into_iter().collect()),
        AUTOMATIC => Some(vec![set(|switch| switch.continuous)?]),
        ONCE => {
            let button = trigger(inventory, modes)?;
            Some(manual.into_iter().chain([vec![(button.described.id, Raw::Number(1))]]).collect())
        }
        _ => None,
    }
}

/// Which way the camera looks, where it says so.
pub(super) fn facing(inventory: &Inventory) -> Option<&'static str> {
    let known = inventory.get(table::ORIENTATION.id).filter(|known| known.described.kind == kind::MENU);
    match known?.number()? {
        0 => Some("user"),
        1 => Some("environment"),
        _ => None,
    }
}

/// By how many degrees pictures have to be turned; nonsense is none.
pub(super) fn rotation(inventory: &Inventory) -> u16 {
    match inventory.get(table::SENSOR_ROTATION.id).and_then(Known::number) {
        Some(90) => 90,
        Some(180) => 180,
        Some(270) => 270,
        _ => 0,
    }
}

/// Whether the privacy switch is on.
pub(super) fn is_private(inventory: &Inventory) -> bool {
    inventory.get(table::PRIVACY.id).and_then(Known::number).is_some_and(|number| number != 0)
}

/// Puts calls together that may go in one: neighbours of the same class. Each comes with how many of the values are
/// written once it was made.
pub(super) fn together(all: Vec<(Vec<Call>, bool)>) -> Vec<(Call, usize)> {
    let mut merged: Vec<(Call, usize)> = Vec::new();
    let mut open = false;
    for (index, (calls, is_plain)) in all.into_iter().enumerate() {
        for call in calls {
            let class = |call: &Call| call.first().map(|(id, _)| class_of(*id));
            match merged.last_mut() {
                Some((last, done)) if open && is_plain && class(last) == class(&call) => {
                    last.extend(call);
                    *done = index + 1;
                }
                _ => merged.push((call, index + 1)),
            }
            open = is_plain;
        }
    }
    merged
}
