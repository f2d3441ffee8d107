//! Every control of real drivers by its own name, against what another program prints of it.

use std::sync::mpsc::channel;
use std::time::Duration;

use imagecapture::{ControlType, ControlValue, DeviceControl, ErrorKind, EventType, MediaStreamTrack, MediaTrackConstraints, Property};

use super::properties::{node, read, uvc_with_defaults, write};
use super::{Uvc, open, run};

fn track_of(label: &str) -> MediaStreamTrack {
    open(label, MediaTrackConstraints::new().width(640))
}

/// What `v4l2-ctl --list-ctrls-menus` prints of one control.
#[derive(Debug, Default)]
struct Printed {
    class: String,
    name: String,
    id: u32,
    kind: String,
    /// What follows, such as `min=0 max=9`.
    text: String,
    menu: Vec<(i64, String)>,
}

impl Printed {
    fn field(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(&format!(" {name}="))?;
        let end = match rest.strip_prefix('\'') {
            Some(quoted) => quoted.find('\'').map(|at| at + 2),
            None => rest.find(' '),
        };
        Some(&rest[..end.unwrap_or(rest.len())])
    }

    fn number(&self, name: &str) -> Option<i64> {
        let text = self.field(name)?;
        match text.strip_prefix("0x") {
            Some(hex) => i64::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        }
    }
}

fn printed(node: &str) -> Vec<Printed> {
    let mut list: Vec<Printed> = Vec::new();
    let mut class = String::new();
    for line in run(&format!("v4l2-ctl -d {node} --list-ctrls-menus")).lines() {
        if line.starts_with('\t') {
            let (index, name) = line.trim().split_once(": ").unwrap();
            list.last_mut().unwrap().menu.push((index.parse().unwrap(), name.to_owned()));
        } else if let Some((head, text)) = line.split_once(" 0x") {
            let (id, rest) = text.split_at(8);
            let (kind, text) = rest.trim_start_matches([' ', '(']).split_once(')').unwrap();
            let (_, text) = text.split_once(':').unwrap();
            list.push(Printed {
                class: class.clone(),
                name: head.trim().to_owned(),
                id: u32::from_str_radix(id, 16).unwrap(),
                kind: kind.trim().to_owned(),
                text: text.to_owned(),
                menu: Vec::new(),
            });
        } else if !line.trim().is_empty() {
            class = line.trim().to_owned();
        }
    }
    list
}

/// Our type by the name that the program prints.
fn kind(printed: &Printed) -> Option<ControlType> {
    Some(match printed.kind.as_str() {
        "int" => ControlType::Integer,
        "int64" => ControlType::Integer64,
        "bool" => ControlType::Boolean,
        "menu" => ControlType::Menu,
        "intmenu" => ControlType::IntegerMenu,
        "button" => ControlType::Button,
        "str" => ControlType::String,
        "bitmask" => ControlType::Bitmask,
        "u8" => ControlType::U8,
        "u16" => ControlType::U16,
        "u32" => ControlType::U32,
        "area" => ControlType::Area,
        _ => return None,
    })
}

fn number(value: Option<&ControlValue>) -> Option<i64> {
    match value? {
        ControlValue::Integer(number) => Some(*number),
        ControlValue::Boolean(on) => Some(i64::from(*on)),
        _ => None,
    }
}

fn same(control: &DeviceControl, printed: &Printed) {
    assert_eq!((&control.name, control.id, &control.class), (&printed.name, printed.id, &printed.class));
    if let Some(kind) = kind(printed) {
        assert_eq!(control.control_type, kind, "{printed:?}");
    }
    for (name, ours) in [("min", control.minimum), ("max", control.maximum), ("step", control.step as i64)] {
        assert!(printed.number(name).is_none_or(|number| number == ours), "{name} is {ours} of {printed:?}");
    }
    if let Some(default) = printed.number("default") {
        assert_eq!(number(control.default.as_ref()), Some(default), "{printed:?}");
    }
    // In the numbers of 32 bits that the program prints, a bit is the sign.
    let value = printed.number("value").filter(|_| !control.flags.volatile && control.control_type != ControlType::Button);
    if let Some(value) = value {
        let ours = number(control.value.as_ref()).unwrap_or_else(|| panic!("{control:?}"));
        let ours = if control.control_type == ControlType::Bitmask { i64::from(ours as u32 as i32) } else { ours };
        assert_eq!(ours, value, "{printed:?}");
    }
    match &control.value {
        Some(ControlValue::Text(text)) => assert_eq!(printed.field("value"), Some(format!("'{text}'").as_str())),
        Some(ControlValue::Numbers(numbers)) if control.control_type == ControlType::Area => {
            assert_eq!(printed.field("value"), Some(format!("{}x{}", numbers[0], numbers[1]).as_str()));
        }
        _ => {}
    }
    let dimensions: String = control.dimensions.iter().map(|n| format!("[{n}]")).collect();
    assert_eq!(printed.field("dims").unwrap_or_default(), dimensions);
    let flags: Vec<&str> = printed.text.split_once(" flags=").map(|(_, flags)| flags.split(", ").collect()).unwrap_or_default();
    let flags: Vec<&str> = flags.into_iter().map(str::trim).filter(|flag| *flag != "has-payload" && !flag.starts_with("0x")).collect();
    assert_eq!(control.flags.names(), flags, "{printed:?}");
    let menu: Vec<(i64, String)> = control.menu.iter().map(|item| (item.index, item.name.clone())).collect();
    let words = |(index, name): &(i64, String)| {
        (*index, if control.control_type == ControlType::IntegerMenu { name.split(' ').next().unwrap().to_owned() } else { name.clone() })
    };
    assert_eq!(menu, printed.menu.iter().map(words).collect::<Vec<_>>(), "{printed:?}");
}

fn compare(camera: &str, label: &str) -> usize {
    let node = node(camera);
    let track = track_of(label);
    let (ours, theirs) = (track.controls().unwrap(), printed(&node));
    let names = |all: Vec<&str>| all.join(" ");
    assert_eq!(names(ours.iter().map(|c| c.name.as_str()).collect()), names(theirs.iter().map(|p| p.name.as_str()).collect()));
    // vivid counts its frames in this one.
    let steady = |(control, _): &(&DeviceControl, &Printed)| control.name != "read_only_integer_32_bits";
    ours.iter().zip(&theirs).filter(steady).for_each(|(control, printed)| same(control, printed));
    println!("{camera}: {} controls", ours.len());
    ours.len()
}

#[test]
#[ignore = "needs the camera VM"]
fn everything_that_another_program_prints_is_there() {
    let _uvc = Uvc::new();
    assert!(compare("uvc0", "CamSim Full HD") >= 20);
    assert!(compare("vivid-cam", "vivid") >= 50);
    assert!(compare("labcam", "Lab Camera") >= 40);
}

#[test]
#[ignore = "needs the camera VM"]
fn controls_of_every_type_are_set_and_read_back() {
    let track = track_of("vivid");
    let node = node("vivid-cam");
    let numbers = |count: usize, number: i64| ControlValue::Numbers((0..count).map(|n| number + (n % 3) as i64).collect());
    // It has an element for each so many pixels of the mode.
    let pixels = track.control("u8_pixel_array").unwrap().dimensions.iter().product::<u32>() as usize;
    let cases: [(&str, ControlValue); 14] = [
        ("hue", (-20).into()),
        ("integer_32_bits", i64::from(i32::MIN).into()),
        ("integer_64_bits", (i64::MAX - 1).into()),
        ("boolean", false.into()),
        ("menu", 4.into()),
        ("integer_menu", 7.into()),
        ("string", "abc".into()),
        ("bitmask", 0x8000_2000_i64.into()),
        ("u32_1_element_array", numbers(1, 30)),
        ("u16_8x16_matrix", numbers(128, 8000)),
        ("u8_2x3x4x5_array", numbers(120, 20)),
        ("area", ControlValue::Numbers(vec![320, 240])),
        ("u8_pixel_array", numbers(pixels, 3)),
        ("u32_dynamic_array", numbers(100, 20)),
    ];
    let before: Vec<_> = cases.iter().map(|(name, _)| track.control(name).unwrap().value.unwrap()).collect();
    for (name, value) in &cases {
        track.set_controls(&[(name, value.clone())]).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(track.control(name).unwrap().value.as_ref(), Some(value), "{name}");
    }
    // What another program can print of it.
    for printed in printed(&node).into_iter().filter(|printed| printed.name != "read_only_integer_32_bits") {
        same(&track.control(&printed.name).unwrap(), &printed);
    }
    track.set_control("button", true).unwrap();
    track.set_control("menu", "Menu Item 1").unwrap();
    assert_eq!(read(&node, "menu"), 1);
    for (name, wrong) in [("hue", 200.into()), ("menu", 2.into()), ("string", "abcde".into()), ("read_only_integer_32_bits", 1.into())] {
        let error = track.set_controls(&[(name, wrong)]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotSupported), "{name}: {error}");
    }
    for ((name, _), value) in cases.iter().zip(before) {
        track.set_controls(&[(name, value.clone())]).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(track.control(name).unwrap().value, Some(value), "{name}, also when it is shorter than before");
    }
    track.set_control("menu", 3).unwrap();
}

#[test]
#[ignore = "needs the camera VM"]
fn properties_and_their_controls_are_one_thing() {
    let _uvc = uvc_with_defaults();
    let track = track_of("CamSim Full HD");
    let other = track.clone_track();
    let (tx, rx) = channel();
    let listener = other.on(EventType::ControlChange, move |event| {
        tx.send((event.control_id().unwrap(), event.control_name().unwrap().to_owned())).unwrap();
    });
    let brightness = track.control("brightness").unwrap();
    assert_eq!((brightness.property, brightness.id), (Some(Property::Brightness), 0x0098_0900));
    track.set_control("brightness", 11).unwrap();
    assert_eq!(other.settings().number(Property::Brightness), Some(11.0));
    assert_eq!(rx.recv_timeout(Duration::from_secs(10)).unwrap(), (0x0098_0900, "brightness".to_owned()));
    // One that no property stands for, changed by another program.
    write(&node("uvc0"), "gamma=200");
    assert_eq!(rx.recv_timeout(Duration::from_secs(10)).unwrap(), (0x0098_0910, "gamma".to_owned()));
    assert_eq!(track.control("gamma").unwrap().value, Some(200.into()));
    // A mode changes what others may be set to.
    assert!(track.control("exposure_time_absolute").unwrap().flags.inactive);
    track.set_control("auto_exposure", "Manual Mode").unwrap();
    assert!(!track.control("exposure_time_absolute").unwrap().flags.inactive);
    assert_eq!(track.settings().string(Property::ExposureMode), Some("manual"));
    track.set_controls(&[("exposure_time_absolute", 222.into()), ("pan_absolute", 3600.into()), ("tilt_absolute", 3600.into())]).unwrap();
    assert_eq!((read(&node("uvc0"), "exposure_time_absolute"), read(&node("uvc0"), "tilt_absolute")), (222, 3600));
    // All or none.
    run("camera-ctl stall uvc0 sharpness on");
    let error = track.set_controls(&[("contrast", 50.into()), ("sharpness", 1.into())]).unwrap_err();
    assert!(error.message().contains("sharpness"), "{error}");
    assert_eq!(read(&node("uvc0"), "contrast"), 32);
    drop(listener);
}
