//! The mapping, on descriptions of controls as drivers give them, good ones and bad ones.

use super::inventory::Inventory;
use super::known::{Known, bytes, kind};
use super::mapping::{self, MANUAL, Memory, calls, offers, together};
use super::sys::{self, Described, Raw};
use super::table::{self, V4l2Control};
use crate::backend::{Control, Offer, Takes};
use crate::source::{AUTOMATIC, ONCE};
use crate::{ControlType, ControlValue, MediaSettingsRange, MenuItem, Point2D, Property, Value};

fn known(control: V4l2Control, kind: u32, (minimum, maximum, step): (i64, i64, u64), value: i64) -> Known {
    let described = Described {
        id: control.id,
        kind,
        name: control.name.into(),
        minimum,
        maximum,
        step,
        elem_size: 4,
        elems: 1,
        ..Described::default()
    };
    Known { described, name: control.name.into(), value: Some(Raw::Number(value)), ..Known::default() }
}

fn integer(control: V4l2Control, minimum: i64, maximum: i64, step: u64, value: i64) -> Known {
    known(control, kind::INTEGER, (minimum, maximum, step), value)
}

fn boolean(control: V4l2Control, on: bool) -> Known {
    known(control, kind::BOOLEAN, (0, 1, 1), on.into())
}

fn button(control: V4l2Control) -> Known {
    let mut button = known(control, kind::BUTTON, (0, 0, 0), 0);
    button.described.flags = sys::CTRL_FLAG_WRITE_ONLY | sys::CTRL_FLAG_EXECUTE_ON_WRITE;
    button
}

fn menu(control: V4l2Control, entries: &[(i64, Option<i64>)], value: i64) -> Known {
    let is_number = entries.iter().any(|(_, number)| number.is_some());
    let item = |&(index, value): &(i64, Option<i64>)| MenuItem { index, name: format!("choice {index}"), value };
    let menu = entries.iter().map(item).collect();
    let kind = if is_number { kind::INTEGER_MENU } else { kind::MENU };
    Known { menu, ..known(control, kind, (0, entries.len() as i64, 1), value) }
}

fn choices(control: V4l2Control, indices: &[i64], value: i64) -> Known {
    menu(control, &indices.iter().map(|&index| (index, None)).collect::<Vec<_>>(), value)
}

fn numbers(control: V4l2Control, entries: &[i64], index: i64) -> Known {
    menu(control, &entries.iter().enumerate().map(|(index, &entry)| (index as i64, Some(entry))).collect::<Vec<_>>(), index)
}

fn flagged(mut known: Known, flag: u32) -> Known {
    known.described.flags |= flag;
    known
}

fn offered(all: Vec<Known>) -> Vec<Control> {
    offers(&Inventory::of(all), &Memory::default())
}

fn one(known: Known) -> Option<Control> {
    let mut all = offered(vec![known]);
    assert!(all.len() <= 1, "{all:?}");
    all.pop()
}

fn range(known: Known) -> Option<(MediaSettingsRange, Value)> {
    one(known).map(|control| match control.offer {
        Offer::Range { range, .. } => (range, control.value),
        other => panic!("{other:?}"),
    })
}

/// The modes, and the present one.
fn modes(all: Vec<Known>, property: Property) -> Option<(Vec<String>, Value)> {
    let control = offered(all).into_iter().find(|control| control.property == property)?;
    match control.offer {
        Offer::Strings(modes) => Some((modes, control.value)),
        other => panic!("{other:?}"),
    }
}

fn strings(of: &[&str]) -> Vec<String> {
    of.iter().map(|&mode| mode.to_owned()).collect()
}

/// What is written, in calls.
fn written(all: &[Known], property: Property, value: impl Into<Value>) -> Vec<Vec<(u32, i64)>> {
    written_with(&mut Memory::default(), all, property, value)
}

fn written_with(memory: &mut Memory, all: &[Known], property: Property, value: impl Into<Value>) -> Vec<Vec<(u32, i64)>> {
    let (calls, _) = calls(&Inventory::of(all.to_vec()), memory, property, &value.into()).unwrap();
    let number = |(id, raw): &(u32, Raw)| match raw {
        Raw::Number(number) => (*id, *number),
        Raw::Bytes(bytes) => panic!("{bytes:?}"),
    };
    calls.iter().map(|call| call.iter().map(number).collect()).collect()
}

#[test]
fn a_plain_number_has_its_range_and_is_written_as_it_is() {
    let zoom = integer(table::ZOOM_ABSOLUTE, 100, 500, 5, 250);
    assert_eq!(range(zoom.clone()), Some((MediaSettingsRange { min: 100.0, max: 500.0, step: 5.0 }, 250.0.into())));
    assert_eq!(written(&[zoom], Property::Zoom, 300.0), [[(table::ZOOM_ABSOLUTE.id, 300)]]);
    let pan = integer(table::PAN_ABSOLUTE, -36000, 36000, 3600, -3600);
    assert_eq!(range(pan).unwrap().1, (-3600.0).into());
}

#[test]
fn what_cannot_be_set_is_no_property_and_what_is_inactive_is() {
    let time = integer(table::EXPOSURE_ABSOLUTE, 1, 5000, 1, 157);
    for flag in [sys::CTRL_FLAG_DISABLED, sys::CTRL_FLAG_READ_ONLY] {
        assert!(offered(vec![flagged(time.clone(), flag)]).is_empty());
    }
    let inactive = flagged(time, sys::CTRL_FLAG_INACTIVE | sys::CTRL_FLAG_VOLATILE);
    assert!(offered(vec![inactive]).iter().any(|control| control.property == Property::ExposureTime));
    assert_eq!(range(integer(table::BRIGHTNESS, 5, 5, 1, 5)), None, "no choice");
}

#[test]
fn a_driver_that_lies_gives_nothing_or_something_sound() {
    let lies: [(i64, i64, u64, i64); 9] = [
        (10, -10, 1, 0),
        (0, 100, 0, 50),
        (0, 100, u64::MAX, 50),
        (0, 100, 1, 4000),
        (0, 100, 1, -4000),
        (i64::MIN, i64::MAX, 1, 7),
        (i64::MIN, i64::MAX, u64::MAX, 7),
        (i64::MAX, i64::MIN, 0, 7),
        (3, 3, 0, 9),
    ];
    for kind in [kind::INTEGER, kind::INTEGER64, kind::BOOLEAN, kind::STRING, kind::CLASS, kind::RECTANGLE, 0, 77] {
        for (minimum, maximum, step, value) in lies {
            for row in table::V4L2_PROPERTIES {
                for &control in row.controls {
                    let liar = known(control, kind, (minimum, maximum, step), value);
                    for control in offered(vec![liar.clone()]) {
                        if let (Offer::Range { range, .. }, Value::Number(number)) = (&control.offer, &control.value) {
                            assert!(range.min < range.max && range.step > 0.0 && range.step <= range.max - range.min, "{range:?}");
                            assert!((range.min..=range.max).contains(number), "{number} in {range:?}");
                        }
                        for wanted in [f64::MAX, -1.0, 0.3] {
                            let _ = calls(&Inventory::of(vec![liar.clone()]), &mut Memory::default(), control.property, &wanted.into());
                        }
                    }
                }
            }
        }
    }
    assert_eq!(
        range(integer(table::BRIGHTNESS, 0, 100, 0, 400)),
        Some((MediaSettingsRange { min: 0.0, max: 100.0, step: 1.0 }, 100.0.into()))
    );
    assert!(one(numbers(table::ISO_SENSITIVITY, &[], 0)).is_none());
    assert!(one(numbers(table::ISO_SENSITIVITY, &[100_000, 200_000], 7)).is_none(), "in a state that the menu does not have");
    assert!(one(choices(table::FLASH_LED_MODE, &[0, 1], 0)).is_none(), "a lamp that only flashes is no torch");
    let mut unread = integer(table::BRIGHTNESS, 0, 100, 1, 0);
    unread.value = None;
    assert!(one(unread).is_none());
}

#[test]
fn menus_of_numbers_are_in_the_unit_of_the_property() {
    let bias = numbers(table::AUTO_EXPOSURE_BIAS, &[-2000, -1000, -333, 0, 333, 1000, 2000], 3);
    let control = one(bias.clone()).unwrap();
    let values: Vec<f64> = vec![-2.0, -1.0, -0.333, 0.0, 0.333, 1.0, 2.0];
    let expected = MediaSettingsRange { min: -2.0, max: 2.0, step: 0.333 };
    assert_eq!(control.offer, Offer::Range { range: expected, takes: Takes::Only(values.into()) });
    assert_eq!(control.value, 0.0.into());
    for (asked, index) in [(0.333, 4), (0.5, 4), (-9.0, 0), (1.6, 6)] {
        assert_eq!(written(std::slice::from_ref(&bias), Property::ExposureCompensation, asked), [[(bias.described.id, index)]], "{asked}");
    }
    let plain = integer(table::AUTO_EXPOSURE_BIAS, -3000, 3000, 500, 1500);
    assert_eq!(range(plain.clone()), Some((MediaSettingsRange { min: -3.0, max: 3.0, step: 0.5 }, 1.5.into())));
    assert_eq!(written(&[plain], Property::ExposureCompensation, -2.5), [[(bias.described.id, -2500)]]);
    let unsorted = menu(table::ISO_SENSITIVITY, &[(0, Some(800_000)), (2, Some(100_000)), (3, Some(400_000)), (5, Some(100_000))], 2);
    let control = one(unsorted.clone()).unwrap();
    assert_eq!(control.value, 100.0.into());
    assert!(matches!(control.offer, Offer::Range { range: MediaSettingsRange { min: 100.0, max: 800.0, step: 300.0 }, .. }));
    assert_eq!(written(&[unsorted], Property::Iso, 390.0), [[(table::ISO_SENSITIVITY.id, 3)]]);
}

#[test]
fn a_sensitivity_switches_its_automatic_off_and_going_back_switches_it_on() {
    let (iso, automatic) = (table::ISO_SENSITIVITY.id, table::ISO_SENSITIVITY_AUTO.id);
    let camera = |index, on| {
        let entries = [100_000, 200_000, 400_000];
        [numbers(table::ISO_SENSITIVITY, &entries, index), choices(table::ISO_SENSITIVITY_AUTO, &[0, 1], on)]
    };
    let mut memory = Memory::default();
    assert_eq!(written_with(&mut memory, &camera(0, 1), Property::Iso, 200.0), [[(automatic, 0), (iso, 1)]]);
    assert_eq!(written_with(&mut memory, &camera(1, 0), Property::Iso, 400.0), [[(iso, 2)]]);
    assert_eq!(written_with(&mut memory, &camera(2, 0), Property::Iso, 100.0), [[(iso, 0), (automatic, 1)]]);
    assert_eq!(written_with(&mut memory, &camera(0, 1), Property::Iso, 400.0), [[(automatic, 0), (iso, 2)]]);
    let mut fresh = Memory::default();
    assert_eq!(written_with(&mut fresh, &camera(2, 0), Property::Iso, 100.0), [[(iso, 0)]], "it was off before");
    // The write failed, and nobody knows how far it got: what is taken back includes the automatic.
    for on in [0, 1] {
        let mut memory = Memory::default();
        assert_eq!(written_with(&mut memory, &camera(0, 1), Property::Iso, 400.0), [[(automatic, 0), (iso, 2)]]);
        assert_eq!(written_with(&mut memory, &camera(0, on), Property::Iso, 100.0), [[(iso, 0), (automatic, 1)]], "now {on}");
    }
    // The automatic has moved since the camera was opened with 100.
    let mut memory = Memory::opened(&Inventory::of(camera(0, 1).to_vec()));
    assert_eq!(written_with(&mut memory, &camera(1, 1), Property::Iso, 400.0), [[(automatic, 0), (iso, 2)]]);
    memory.look(&Inventory::of(camera(2, 0).to_vec()));
    assert_eq!(written_with(&mut memory, &camera(2, 0), Property::Iso, 100.0), [[(iso, 0), (automatic, 1)]], "as it was opened");
    // Another program has switched it on meanwhile: then it is left again, whatever the value.
    assert_eq!(written_with(&mut memory, &camera(1, 1), Property::Iso, 400.0), [[(automatic, 0), (iso, 2)]]);
    memory.look(&Inventory::of(camera(0, 1).to_vec()));
    assert_eq!(written_with(&mut memory, &camera(1, 1), Property::Iso, 200.0), [[(automatic, 0), (iso, 1)]]);
    let mut memory = Memory::opened(&Inventory::of(camera(2, 0).to_vec()));
    assert_eq!(written_with(&mut memory, &camera(0, 0), Property::Iso, 400.0), [[(iso, 2)]], "it was opened with the automatic off");
}

#[test]
fn exposure_follows_the_menu_that_the_camera_has() {
    let mode = |indices: &[i64], now| vec![choices(table::EXPOSURE_AUTO, indices, now), integer(table::EXPOSURE_ABSOLUTE, 1, 500, 1, 9)];
    let id = table::EXPOSURE_AUTO.id;
    // Most USB cameras, a sensor with the other two, one with all four.
    for (indices, manual, continuous) in [(&[1, 3][..], 1, 3), (&[0, 2], 2, 0), (&[0, 1, 2, 3], 1, 3), (&[0, 1], 1, 0), (&[2, 3], 2, 3)] {
        for &now in indices {
            let expected = if matches!(now, 1 | 2) { MANUAL } else { AUTOMATIC };
            let found = modes(mode(indices, now), Property::ExposureMode).unwrap();
            assert_eq!(found, (strings(&[MANUAL, AUTOMATIC]), expected.into()), "{indices:?} at {now}");
        }
        assert_eq!(written(&mode(indices, indices[0]), Property::ExposureMode, MANUAL), [[(id, manual)]], "{indices:?}");
        assert_eq!(written(&mode(indices, indices[0]), Property::ExposureMode, AUTOMATIC), [[(id, continuous)]], "{indices:?}");
    }
    assert_eq!(modes(mode(&[3], 3), Property::ExposureMode).unwrap().0, strings(&[AUTOMATIC]));
    assert_eq!(modes(mode(&[], 3), Property::ExposureMode), None, "a menu without entries");
    let mut locked = mode(&[1, 3], 3);
    locked[0].described.flags = sys::CTRL_FLAG_READ_ONLY;
    assert_eq!(modes(locked, Property::ExposureMode), None);
    let only_time = vec![integer(table::EXPOSURE_ABSOLUTE, 1, 500, 1, 9)];
    assert_eq!(modes(only_time, Property::ExposureMode), Some((strings(&[MANUAL]), MANUAL.into())));
}

#[test]
fn white_balance_prefers_the_boolean_control_and_falls_back_to_the_presets() {
    let presets = |now| choices(table::WHITE_BALANCE_PRESET, &[0, 1, 2, 6], now);
    let (auto, preset, once) = (table::AUTO_WHITE_BALANCE.id, table::WHITE_BALANCE_PRESET.id, table::DO_WHITE_BALANCE.id);
    let both = [boolean(table::AUTO_WHITE_BALANCE, true), presets(2)];
    assert_eq!(modes(both.to_vec(), Property::WhiteBalanceMode).unwrap().1, AUTOMATIC.into());
    assert_eq!(written(&both, Property::WhiteBalanceMode, MANUAL), [[(auto, 0)]]);
    let unusable = [flagged(boolean(table::AUTO_WHITE_BALANCE, true), sys::CTRL_FLAG_DISABLED), presets(2)];
    assert_eq!(written(&unusable, Property::WhiteBalanceMode, AUTOMATIC), [[(preset, 1)]]);
    assert_eq!(modes(vec![presets(1)], Property::WhiteBalanceMode).unwrap().1, AUTOMATIC.into());
    assert_eq!(modes(vec![presets(6)], Property::WhiteBalanceMode).unwrap().1, MANUAL.into(), "a preset is a fixed value");
    let shot = [presets(1), button(table::DO_WHITE_BALANCE)];
    assert_eq!(modes(shot.to_vec(), Property::WhiteBalanceMode).unwrap().0, strings(&[MANUAL, AUTOMATIC, ONCE]));
    assert_eq!(written(&shot, Property::WhiteBalanceMode, ONCE), [[(preset, 0)], [(once, 1)]]);
}

#[test]
fn focus_has_a_single_shot_where_there_is_a_button() {
    let camera = [boolean(table::FOCUS_AUTO, true), integer(table::FOCUS_ABSOLUTE, 0, 250, 5, 10), button(table::AUTO_FOCUS_START)];
    assert_eq!(modes(camera.to_vec(), Property::FocusMode), Some((strings(&[MANUAL, AUTOMATIC, ONCE]), AUTOMATIC.into())));
    assert_eq!(written(&camera, Property::FocusMode, ONCE), [[(table::FOCUS_AUTO.id, 0)], [(table::AUTO_FOCUS_START.id, 1)]]);
    assert_eq!(modes(camera[..2].to_vec(), Property::FocusMode).unwrap().0, strings(&[MANUAL, AUTOMATIC]));
    assert_eq!(modes(camera[1..2].to_vec(), Property::FocusMode).unwrap().0, strings(&[MANUAL]));
    assert_eq!(modes(camera[2..].to_vec(), Property::FocusMode).unwrap().0, strings(&[MANUAL, ONCE]));
    let none: [[(u32, i64); 1]; 0] = [];
    assert_eq!(written(&camera[1..2], Property::FocusMode, MANUAL), none);
    let refused = calls(&Inventory::of(camera[..2].to_vec()), &mut Memory::default(), Property::FocusMode, &ONCE.into());
    assert!(refused.unwrap_err().message().contains("single-shot"));
}

#[test]
fn the_torch_is_a_choice_of_the_lamp() {
    let lamp = |now| choices(table::FLASH_LED_MODE, &[0, 1, 2], now);
    for (now, on) in [(0, false), (1, false), (2, true)] {
        let control = one(lamp(now)).unwrap();
        assert_eq!((control.offer, control.value), (Offer::Bools(vec![false, true]), on.into()), "{now}");
    }
    assert_eq!(written(&[lamp(0)], Property::Torch, true), [[(table::FLASH_LED_MODE.id, 2)]]);
    assert_eq!(written(&[lamp(2)], Property::Torch, false), [[(table::FLASH_LED_MODE.id, 0)]]);
}

fn rectangle(region: [i64; 4], default: [i64; 4], maximum: Option<[i64; 4]>) -> Known {
    let memory = |numbers: [i64; 4]| bytes(ControlType::Rectangle, &numbers).unwrap();
    let mut known = known(table::REGION, kind::RECTANGLE, (0, 0, 0), 0);
    known.described.flags = sys::CTRL_FLAG_HAS_PAYLOAD;
    known.described.elem_size = 16;
    (known.default, known.maximum, known.value) = (Some(memory(default)), maximum.map(memory), Some(Raw::Bytes(memory(region))));
    known
}

#[test]
fn a_point_of_interest_is_a_rectangle_inside_of_the_picture() {
    let whole = [0, 0, 640, 480];
    let automatic = known(table::REGION_AUTO, kind::BITMASK, (0, 0xf, 0), 1);
    let set = |point: Option<Point2D>| {
        let inventory = Inventory::of(vec![rectangle(whole, whole, None), automatic.clone()]);
        let mut memory = Memory::default();
        let (mut calls, is_plain) =
            calls(&inventory, &mut memory, Property::PointsOfInterest, &Value::Points(point.into_iter().collect())).unwrap();
        assert!(!is_plain && calls.len() == 1);
        let call = calls.remove(0);
        assert_eq!((call[0].0, call[1].0), (table::REGION.id, table::REGION_AUTO.id));
        let Raw::Bytes(region) = &call[0].1 else { panic!("{call:?}") };
        (super::known::numbers(ControlType::Rectangle, region).unwrap(), call[1].1.clone(), memory)
    };
    for (x, y, region) in
        [(0.5, 0.5, [240, 180, 160, 120]), (0.0, 0.0, [0, 0, 160, 120]), (1.0, 1.0, [480, 360, 160, 120]), (0.3, 0.9, [112, 360, 160, 120])]
    {
        let (written, automatics, memory) = set(Some(Point2D::new(x, y)));
        assert_eq!((written.as_slice(), automatics), (&region[..], Raw::Number(0b1101)), "{x} {y}");
        let read = offers(&Inventory::of(vec![rectangle(region, whole, None)]), &memory);
        assert_eq!(read[0].value, Value::Points(vec![Point2D::new(x, y)]), "as it was asked for");
    }
    let (written, automatics, _) = set(None);
    assert_eq!((written.as_slice(), automatics), (&whole[..], Raw::Number(0)), "the driver's own");
    let read = |known| one(known).map(|control| control.value);
    assert_eq!(read(rectangle(whole, whole, None)), Some(Value::Points(Vec::new())));
    assert_eq!(
        read(rectangle([100, 50, 200, 100], [1, 1, 10, 10], Some([0, 0, 400, 200]))),
        Some(Value::Points(vec![Point2D::new(0.5, 0.5)]))
    );
    assert_eq!(read(rectangle(whole, [0, 0, 0, 0], None)), None, "the size of the picture is not known");
    assert_eq!(read(rectangle([-9000, 0, 5, 5], whole, None)), Some(Value::Points(vec![Point2D::new(0.0, 2.5 / 480.0)])));
}

#[test]
fn neighbours_of_a_class_go_in_one_call() {
    let all = [
        boolean(table::FOCUS_AUTO, true),
        integer(table::BRIGHTNESS, 0, 9, 1, 0),
        integer(table::CONTRAST, 0, 9, 1, 0),
        integer(table::PAN_ABSOLUTE, 0, 9, 1, 0),
        integer(table::TILT_ABSOLUTE, 0, 9, 1, 0),
    ];
    let inventory = Inventory::of(all.to_vec());
    let values: [(Property, Value); 6] = [
        (Property::FocusMode, MANUAL.into()),
        (Property::Brightness, 1.0.into()),
        (Property::Contrast, 2.0.into()),
        (Property::Pan, 3.0.into()),
        (Property::Tilt, 4.0.into()),
        (Property::FocusMode, AUTOMATIC.into()),
    ];
    let mut memory = Memory::default();
    let calls = values.iter().map(|(property, value)| calls(&inventory, &mut memory, *property, value).unwrap()).collect();
    let calls: Vec<(Vec<u32>, usize)> =
        together(calls).into_iter().map(|(call, done)| (call.into_iter().map(|(id, _)| id).collect(), done)).collect();
    let expected = [
        (vec![table::FOCUS_AUTO.id], 1),
        (vec![table::BRIGHTNESS.id, table::CONTRAST.id], 3),
        (vec![table::PAN_ABSOLUTE.id, table::TILT_ABSOLUTE.id], 5),
        (vec![table::FOCUS_AUTO.id], 6),
    ];
    assert_eq!(calls, expected);
}

#[test]
fn direction_rotation_and_privacy_are_read() {
    for (value, facing) in [(0, Some("user")), (1, Some("environment")), (2, None), (9, None)] {
        let orientation = flagged(choices(table::ORIENTATION, &[0, 1, 2], value), sys::CTRL_FLAG_READ_ONLY);
        assert_eq!(mapping::facing(&Inventory::of(vec![orientation])), facing);
    }
    for (value, degrees) in [(0, 0), (90, 90), (180, 180), (270, 270), (45, 0), (-90, 0), (360, 0)] {
        let sensor = flagged(integer(table::SENSOR_ROTATION, 0, 360, 1, value), sys::CTRL_FLAG_READ_ONLY);
        assert_eq!(mapping::rotation(&Inventory::of(vec![sensor])), degrees);
    }
    for on in [false, true] {
        assert_eq!(mapping::is_private(&Inventory::of(vec![boolean(table::PRIVACY, on)])), on);
    }
    assert!(!mapping::is_private(&Inventory::default()));
}

#[test]
fn values_go_over_the_border_and_back() {
    let array = |kind, elem_size, elems| {
        let mut known = integer(table::BRIGHTNESS, 0, 255, 1, 0);
        known.described = Described { kind, elem_size, elems, dims: vec![elems], flags: sys::CTRL_FLAG_HAS_PAYLOAD, ..known.described };
        known
    };
    let numbers = |of: &[i64]| ControlValue::Numbers(of.to_vec());
    let plain = |kind| known(table::BRIGHTNESS, kind, (0, 255, 1), 0);
    let mut text = array(kind::STRING, 6, 1);
    text.described.dims.clear();
    let cases = [
        (plain(kind::INTEGER), ControlValue::Integer(-5), Raw::Number(-5)),
        (plain(kind::INTEGER64), ControlValue::Integer(i64::MIN), Raw::Number(i64::MIN)),
        (plain(kind::BOOLEAN), ControlValue::Boolean(true), Raw::Number(1)),
        (plain(kind::BITMASK), ControlValue::Integer(0xffff_fff0), Raw::Number(0xffff_fff0)),
        (text, ControlValue::Text("hello".into()), Raw::Bytes(b"hello\0".to_vec())),
        (array(kind::U8, 1, 3), numbers(&[1, 2, 255]), Raw::Bytes(vec![1, 2, 255])),
        (array(kind::U16, 2, 2), numbers(&[1, 65535]), Raw::Bytes(vec![1, 0, 255, 255])),
        (array(kind::U32, 4, 1), numbers(&[4_294_967_295]), Raw::Bytes(vec![255; 4])),
        (array(kind::INTEGER, 4, 2), numbers(&[-1, 1]), Raw::Bytes(vec![255, 255, 255, 255, 1, 0, 0, 0])),
        (array(kind::AREA, 8, 1), numbers(&[640, 480]), Raw::Bytes(vec![128, 2, 0, 0, 224, 1, 0, 0])),
    ];
    for (known, value, raw) in cases {
        assert_eq!((known.raw(&value).as_ref(), known.shown(&raw).as_ref()), (Some(&raw), Some(&value)), "{known:?}");
    }
    // What is too large, too many, or of another type.
    assert_eq!(array(kind::U8, 1, 2).raw(&numbers(&[1, 256])), None);
    assert_eq!(array(kind::U8, 1, 2).raw(&numbers(&[1])), None);
    assert_eq!(plain(kind::INTEGER).raw(&numbers(&[1])), None);
    let high = known(table::REGION_AUTO, kind::BITMASK, (0, -1, 0), -1);
    assert_eq!((high.limits(), high.number()), ((0, 0xffff_ffff), Some(0xffff_ffff)));
    // Sizes that do not fit the type, or are out of all proportion, are of no type that is known.
    for (kind, size, elems) in [(kind::U8, 2, 1), (kind::U32, 4, u32::MAX), (kind::RECTANGLE, 16, 0), (kind::AREA, 0, 1), (0x0200, 4, 1)] {
        assert_eq!(array(kind, size, elems).control_type(), ControlType::Other, "{kind:#x} {size} {elems}");
        assert_eq!(array(kind, size, elems).slot().1, 0);
    }
}
