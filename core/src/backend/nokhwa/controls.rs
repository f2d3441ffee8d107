//! nokhwa's controls in our terms.

use nokhwa::utils::{CameraControl, ControlValueDescription, ControlValueSetter, KnownCameraControl, KnownCameraControlFlag};

use super::reach::{HERE, Known, Reach, System, rows};
use crate::backend::{Control, Offer, Takes};
use crate::device_control::name_of;
use crate::source::AUTOMATIC;
use crate::{
    ControlFlags, ControlType, ControlValue, DeviceControl, Error, ErrorKind, MediaSettingsRange, MenuItem, Property, Result, Value,
};

/// nokhwa's name of a control.
pub(super) fn native(known: Known) -> KnownCameraControl {
    match known {
        Known::Brightness => KnownCameraControl::Brightness,
        Known::Contrast => KnownCameraControl::Contrast,
        Known::Saturation => KnownCameraControl::Saturation,
        Known::Sharpness => KnownCameraControl::Sharpness,
        Known::WhiteBalance => KnownCameraControl::WhiteBalance,
        Known::Exposure => KnownCameraControl::Exposure,
        Known::Focus => KnownCameraControl::Focus,
        Known::Pan => KnownCameraControl::Pan,
        Known::Tilt => KnownCameraControl::Tilt,
        Known::Zoom => KnownCameraControl::Zoom,
        Known::Id(id) => KnownCameraControl::Other(id.into()),
    }
}

/// The controls that have names of their own, with our numbers for them.
const NUMBERS: &[(KnownCameraControl, u32)] = &[
    (KnownCameraControl::Brightness, 1),
    (KnownCameraControl::Contrast, 2),
    (KnownCameraControl::Hue, 3),
    (KnownCameraControl::Saturation, 4),
    (KnownCameraControl::Sharpness, 5),
    (KnownCameraControl::Gamma, 6),
    (KnownCameraControl::WhiteBalance, 7),
    (KnownCameraControl::BacklightComp, 8),
    (KnownCameraControl::Gain, 9),
    (KnownCameraControl::Pan, 10),
    (KnownCameraControl::Tilt, 11),
    (KnownCameraControl::Zoom, 12),
    (KnownCameraControl::Exposure, 13),
    (KnownCameraControl::Iris, 14),
    (KnownCameraControl::Focus, 15),
];

fn number(control: KnownCameraControl) -> u32 {
    match control {
        KnownCameraControl::Other(id) => u32::try_from(id).unwrap_or(u32::MAX),
        named => NUMBERS.iter().find(|(known, _)| *known == named).map_or(u32::MAX, |(_, number)| *number),
    }
}

fn by_number(number: u32) -> KnownCameraControl {
    let named = NUMBERS.iter().find(|(_, known)| *known == number).map(|(known, _)| *known);
    named.unwrap_or(KnownCameraControl::Other(number.into()))
}

/// Windows tells whether the camera chooses the value itself.
fn is_automatic(control: &CameraControl) -> bool {
    control.flag().contains(&KnownCameraControlFlag::Automatic)
}

/// It cannot be set at present, or never.
fn is_fixed(control: &CameraControl) -> bool {
    let fixed = [KnownCameraControlFlag::ReadOnly, KnownCameraControlFlag::Disabled];
    is_automatic(control) || !control.active() || control.flag().iter().any(|flag| fixed.contains(flag))
}

fn is(control: &CameraControl, known: Known) -> bool {
    control.control() == native(known)
}

/// The properties that these controls give here.
pub(super) fn properties(controls: &[CameraControl]) -> Vec<Control> {
    let property = |(property, reach)| {
        let (offer, value) = match reach {
            Reach::Value(known, factor) => value(controls.iter().find(|control| is(control, known))?, factor)?,
            Reach::Mode(known) => mode(controls.iter().find(|control| is(control, known))?),
            Reach::No(_) => return None,
        };
        Some(Control { property, offer, value })
    };
    rows(HERE).filter_map(property).collect()
}

/// What the control lets programs set. nokhwa cannot end an automatic mode, so a value that is governed by one cannot be set.
fn value(control: &CameraControl, factor: f64) -> Option<(Offer, Value)> {
    let &ControlValueDescription::IntegerRange { min, max, value, step, .. } = control.description() else { return None };
    if is_fixed(control) || min >= max {
        return None;
    }
    let range = MediaSettingsRange { min: min as f64 * factor, max: max as f64 * factor, step: step.max(1) as f64 * factor };
    let value = (value as f64 * factor).clamp(range.min, range.max);
    Some((Offer::Range { range, takes: Takes::Steps }, Value::Number(value)))
}

/// The present mode, which is the only one.
fn mode(control: &CameraControl) -> (Offer, Value) {
    let mode = if is_automatic(control) { AUTOMATIC } else { "manual" };
    (Offer::Strings(vec![mode.to_owned()]), mode.into())
}

/// The control and the value to write for a property; nothing to write for a mode, of which there is only one.
pub(super) fn setting(property: Property, value: &Value) -> Result<Option<(KnownCameraControl, ControlValueSetter)>> {
    let reach = rows(HERE).find(|(row, _)| *row == property).map(|(_, reach)| reach);
    match (reach, value) {
        (Some(Reach::Value(known, factor)), Value::Number(number)) => {
            Ok(Some((native(known), ControlValueSetter::Integer((number / factor).round() as i64))))
        }
        (Some(Reach::Mode(_)), Value::String(_)) => Ok(None),
        (Some(Reach::No(why)), _) => Err(Error::new(ErrorKind::NotSupported, format!("{property} cannot be set here: {why}"))),
        _ => Err(Error::new(ErrorKind::NotSupported, format!("{property} cannot be set to {value} here"))),
    }
}

/// One of nokhwa's controls as it is.
pub(super) fn device_control(control: &CameraControl) -> DeviceControl {
    let mut ours = DeviceControl::new(number(control.control()), control.name(), ControlType::Other);
    ours.name = name_of(control.name());
    ours.step = 1;
    match control.description() {
        &ControlValueDescription::IntegerRange { min, max, value, step, default } => {
            ours.control_type = ControlType::Integer;
            (ours.minimum, ours.maximum, ours.step) = (min, max, step.max(1).unsigned_abs());
            (ours.value, ours.default) = (Some(value.into()), Some(default.into()));
        }
        // The range is not told: the camera refuses what it does not take.
        &ControlValueDescription::Integer { value, default, step } => {
            ours.control_type = ControlType::Integer;
            (ours.minimum, ours.maximum, ours.step) = (i32::MIN.into(), i32::MAX.into(), step.max(1).unsigned_abs());
            (ours.value, ours.default) = (Some(value.into()), Some(default.into()));
        }
        &ControlValueDescription::Boolean { value, default } => {
            ours.control_type = ControlType::Boolean;
            (ours.minimum, ours.maximum) = (0, 1);
            (ours.value, ours.default) = (Some(value.into()), Some(default.into()));
        }
        ControlValueDescription::String { value, .. } => {
            ours.control_type = ControlType::String;
            ours.maximum = i32::MAX.into();
            ours.value = Some(value.as_str().into());
        }
        ControlValueDescription::Enum { value, possible, default } => {
            ours.control_type = ControlType::Menu;
            ours.menu = possible.iter().map(|index| MenuItem { index: *index, name: index.to_string(), value: None }).collect();
            ours.minimum = possible.iter().copied().min().unwrap_or_default();
            ours.maximum = possible.iter().copied().max().unwrap_or_default();
            (ours.value, ours.default) = (Some((*value).into()), Some((*default).into()));
        }
        _ => {}
    }
    let has = |flag| control.flag().contains(&flag);
    ours.flags = ControlFlags {
        read_only: has(KnownCameraControlFlag::ReadOnly),
        write_only: has(KnownCameraControlFlag::WriteOnly),
        volatile: has(KnownCameraControlFlag::Volatile),
        inactive: is_automatic(control) || !control.active(),
        ..ControlFlags::default()
    };
    ours.property = rows(HERE).find_map(|(property, reach)| match reach {
        Reach::Value(known, _) if is(control, known) => Some(property),
        _ => None,
    });
    ours.moves_camera = moves(control.control());
    ours
}

/// Whether a control moves the camera, relative and continuous movements included.
fn moves(control: KnownCameraControl) -> bool {
    match control {
        KnownCameraControl::Pan | KnownCameraControl::Tilt | KnownCameraControl::Zoom => true,
        // V4L2: pan and tilt with their resets, zoom, and their speeds.
        KnownCameraControl::Other(id) => {
            HERE == System::Linux && matches!(id, 0x009a_0904..=0x009a_0909 | 0x009a_090d..=0x009a_090f | 0x009a_0920..=0x009a_0921)
        }
        _ => false,
    }
}

/// A control by our number, and the value in nokhwa's terms.
pub(super) fn control_setting(id: u32, value: &ControlValue) -> Result<(KnownCameraControl, ControlValueSetter)> {
    let setter = match value {
        ControlValue::Integer(number) => ControlValueSetter::Integer(*number),
        ControlValue::Boolean(on) => ControlValueSetter::Boolean(*on),
        ControlValue::Text(text) => ControlValueSetter::String(text.clone()),
        ControlValue::Numbers(_) => {
            return Err(Error::new(ErrorKind::NotSupported, "arrays cannot be set through nokhwa; the control takes no other value"));
        }
    };
    Ok((by_number(id), setter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(known: KnownCameraControl, value: i64, flags: Vec<KnownCameraControlFlag>, active: bool) -> CameraControl {
        let range = ControlValueDescription::IntegerRange { min: -10, max: 20, value, step: 5, default: 0 };
        CameraControl::new(known, known.to_string(), range, flags, active)
    }

    #[test]
    fn numbers_find_their_control_again() {
        for &(known, id) in NUMBERS {
            assert_eq!((number(known), by_number(id)), (id, known));
        }
        assert_eq!(by_number(number(KnownCameraControl::Other(0x009a_0908))), KnownCameraControl::Other(0x009a_0908));
    }

    #[test]
    fn units_are_converted_both_ways() {
        let degrees = 3600.0;
        let control = control(KnownCameraControl::Pan, 15, vec![KnownCameraControlFlag::Manual], true);
        let (offer, value) = value(&control, degrees).unwrap();
        let range = MediaSettingsRange { min: -36_000.0, max: 72_000.0, step: 18_000.0 };
        assert_eq!(offer, Offer::Range { range, takes: Takes::Steps });
        assert_eq!(value, Value::Number(54_000.0));
        let (_, setter) = setting(Property::Brightness, &Value::Number(7.0)).unwrap().unwrap();
        assert_eq!(setter, ControlValueSetter::Integer(7));
    }

    #[test]
    fn what_cannot_be_set_is_not_offered() {
        for (flags, active) in [
            (vec![KnownCameraControlFlag::Automatic], true),
            (vec![KnownCameraControlFlag::ReadOnly], true),
            (vec![KnownCameraControlFlag::Disabled], true),
            (vec![], false),
        ] {
            let control = control(KnownCameraControl::Brightness, 0, flags, active);
            assert_eq!(value(&control, 1.0), None);
        }
        let no_range = ControlValueDescription::Integer { value: -5, default: -5, step: 1 };
        let exposure = CameraControl::new(KnownCameraControl::Exposure, "Exposure".into(), no_range, vec![], true);
        assert_eq!(value(&exposure, 1.0), None);
        let listed = device_control(&exposure);
        assert_eq!((listed.name.as_str(), listed.value), ("exposure", Some((-5).into())), "but it is among the controls");
        assert!(setting(Property::Iso, &Value::Number(100.0)).unwrap_err().message().contains("iso"));
    }

    #[test]
    fn the_present_mode_is_the_only_one() {
        let of = |flag| mode(&control(KnownCameraControl::Focus, 0, vec![flag], true)).0;
        assert_eq!(of(KnownCameraControlFlag::Automatic), Offer::Strings(vec!["continuous".into()]));
        assert_eq!(of(KnownCameraControlFlag::Manual), Offer::Strings(vec!["manual".into()]));
    }
}
