//! THE TABLE: which controls of V4L2 stand behind which property. The mapping, the documentation and the tests on real
//! drivers all follow it.

use crate::Property;

/// A control of the kernel.
#[doc(hidden)]
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct V4l2Control {
    /// Its number.
    pub id: u32,
    /// The name of the number in the kernel's headers.
    pub constant: &'static str,
    /// The name that `v4l2-ctl` makes of the one that current kernels give it.
    pub name: &'static str,
}

const fn control(id: u32, constant: &'static str, name: &'static str) -> V4l2Control {
    V4l2Control { id, constant, name }
}

pub(super) const BRIGHTNESS: V4l2Control = control(0x0098_0900, "V4L2_CID_BRIGHTNESS", "brightness");
pub(super) const CONTRAST: V4l2Control = control(0x0098_0901, "V4L2_CID_CONTRAST", "contrast");
pub(super) const SATURATION: V4l2Control = control(0x0098_0902, "V4L2_CID_SATURATION", "saturation");
pub(super) const SHARPNESS: V4l2Control = control(0x0098_091b, "V4L2_CID_SHARPNESS", "sharpness");
pub(super) const AUTO_WHITE_BALANCE: V4l2Control = control(0x0098_090c, "V4L2_CID_AUTO_WHITE_BALANCE", "white_balance_automatic");
pub(super) const WHITE_BALANCE_PRESET: V4l2Control =
    control(0x009a_0914, "V4L2_CID_AUTO_N_PRESET_WHITE_BALANCE", "white_balance_auto_preset");
pub(super) const DO_WHITE_BALANCE: V4l2Control = control(0x0098_090d, "V4L2_CID_DO_WHITE_BALANCE", "do_white_balance");
pub(super) const WHITE_BALANCE_TEMPERATURE: V4l2Control =
    control(0x0098_091a, "V4L2_CID_WHITE_BALANCE_TEMPERATURE", "white_balance_temperature");
pub(super) const EXPOSURE_AUTO: V4l2Control = control(0x009a_0901, "V4L2_CID_EXPOSURE_AUTO", "auto_exposure");
pub(super) const EXPOSURE_ABSOLUTE: V4l2Control = control(0x009a_0902, "V4L2_CID_EXPOSURE_ABSOLUTE", "exposure_time_absolute");
pub(super) const AUTO_EXPOSURE_BIAS: V4l2Control = control(0x009a_0913, "V4L2_CID_AUTO_EXPOSURE_BIAS", "auto_exposure_bias");
pub(super) const ISO_SENSITIVITY: V4l2Control = control(0x009a_0917, "V4L2_CID_ISO_SENSITIVITY", "iso_sensitivity");
pub(super) const ISO_SENSITIVITY_AUTO: V4l2Control = control(0x009a_0918, "V4L2_CID_ISO_SENSITIVITY_AUTO", "iso_sensitivity_auto");
pub(super) const FOCUS_AUTO: V4l2Control = control(0x009a_090c, "V4L2_CID_FOCUS_AUTO", "focus_automatic_continuous");
pub(super) const AUTO_FOCUS_START: V4l2Control = control(0x009a_091c, "V4L2_CID_AUTO_FOCUS_START", "auto_focus_start");
pub(super) const FOCUS_ABSOLUTE: V4l2Control = control(0x009a_090a, "V4L2_CID_FOCUS_ABSOLUTE", "focus_absolute");
pub(super) const PAN_ABSOLUTE: V4l2Control = control(0x009a_0908, "V4L2_CID_PAN_ABSOLUTE", "pan_absolute");
pub(super) const TILT_ABSOLUTE: V4l2Control = control(0x009a_0909, "V4L2_CID_TILT_ABSOLUTE", "tilt_absolute");
pub(super) const ZOOM_ABSOLUTE: V4l2Control = control(0x009a_090d, "V4L2_CID_ZOOM_ABSOLUTE", "zoom_absolute");
pub(super) const FLASH_LED_MODE: V4l2Control = control(0x009c_0901, "V4L2_CID_FLASH_LED_MODE", "led_mode");
pub(super) const REGION: V4l2Control = control(0x0098_1ae1, "V4L2_CID_UVC_REGION_OF_INTEREST_RECT", "region_of_interest_rectangle");
pub(super) const REGION_AUTO: V4l2Control = control(0x0098_1ae2, "V4L2_CID_UVC_REGION_OF_INTEREST_AUTO", "region_of_interest_auto_ctrls");
pub(super) const ORIENTATION: V4l2Control = control(0x009a_0922, "V4L2_CID_CAMERA_ORIENTATION", "camera_orientation");
pub(super) const SENSOR_ROTATION: V4l2Control = control(0x009a_0923, "V4L2_CID_CAMERA_SENSOR_ROTATION", "camera_sensor_rotation");
pub(super) const PRIVACY: V4l2Control = control(0x009a_0910, "V4L2_CID_PRIVACY", "privacy");

/// The other controls that move the camera: relative, reset, speed and continuous forms of pan, tilt and zoom.
pub(super) const MOVES: [u32; 8] = [0x009a_0904, 0x009a_0905, 0x009a_0906, 0x009a_0907, 0x009a_090e, 0x009a_090f, 0x009a_0920, 0x009a_0921];

/// A control that switches between modes.
#[derive(Debug)]
pub(super) struct Switch {
    pub(super) id: u32,
    /// What it is set to for `manual`, best first; and for `continuous`.
    pub(super) manual: &'static [i64],
    pub(super) continuous: &'static [i64],
}

/// The modes of one of the three automatics.
#[derive(Debug)]
pub(super) struct Modes {
    /// The first one that the camera has is used.
    pub(super) switches: &'static [Switch],
    /// The button for `single-shot`.
    pub(super) trigger: Option<u32>,
    /// What `manual` sets.
    pub(super) value: u32,
}

/// How a property follows from its controls.
#[derive(Debug)]
pub(super) enum How {
    /// A number; the control counts so many to one. Where there is the second control, it has to be set to that value
    /// for the first one to count.
    Number {
        id: u32,
        per: f64,
        automatic: Option<u32>,
    },
    Modes(Modes),
    Torch,
    Points,
    /// Read only, when the camera is listed.
    Facing,
    Rotation,
    /// Not a property: the source is muted.
    Privacy,
}

const fn number(control: V4l2Control) -> How {
    How::Number { id: control.id, per: 1.0, automatic: None }
}

/// What stands behind one property.
#[doc(hidden)]
#[non_exhaustive]
#[derive(Debug)]
pub struct V4l2Property {
    /// The W3C name.
    pub name: &'static str,
    /// The controls, the most important one first.
    pub controls: &'static [V4l2Control],
    /// The unit of the control.
    pub unit: &'static str,
    /// From the property to the control.
    pub conversion: &'static str,
    /// What else is to be known.
    pub remarks: &'static str,
    /// The cameras of the camera VM that it is tested on.
    pub tested_on: &'static [&'static str],
    pub(super) how: How,
}

impl V4l2Property {
    /// The property, where it is one.
    pub(super) fn property(&self) -> Option<Property> {
        match self.how {
            How::Rotation | How::Privacy => None,
            _ => Property::from_name(self.name),
        }
    }
}

const UVC: &[&str] = &["uvc0"];
const LAB: &[&str] = &["labcam"];
const TURNED: &[&str] = &["labcam90"];
const UVC_AND_LAB: &[&str] = &["uvc0", "labcam"];
const WITH_VIVID: &[&str] = &["uvc0", "vivid-cam"];

/// The table.
#[doc(hidden)]
pub const V4L2_PROPERTIES: &[V4l2Property] = &[
    V4l2Property {
        name: "whiteBalanceMode",
        controls: &[AUTO_WHITE_BALANCE, WHITE_BALANCE_PRESET, DO_WHITE_BALANCE],
        unit: "boolean, or menu",
        conversion: "manual 0, continuous 1; single-shot: 0, then the button",
        remarks: "The menu of presets serves where the boolean control is absent; a preset reads as manual",
        tested_on: UVC_AND_LAB,
        how: How::Modes(Modes {
            switches: &[
                Switch { id: AUTO_WHITE_BALANCE.id, manual: &[0], continuous: &[1] },
                Switch { id: WHITE_BALANCE_PRESET.id, manual: &[0], continuous: &[1] },
            ],
            trigger: Some(DO_WHITE_BALANCE.id),
            value: WHITE_BALANCE_TEMPERATURE.id,
        }),
    },
    V4l2Property {
        name: "colorTemperature",
        controls: &[WHITE_BALANCE_TEMPERATURE],
        unit: "K",
        conversion: "none",
        remarks: "Locked while whiteBalanceMode is continuous",
        tested_on: UVC,
        how: number(WHITE_BALANCE_TEMPERATURE),
    },
    V4l2Property {
        name: "exposureMode",
        controls: &[EXPOSURE_AUTO],
        unit: "menu",
        conversion: "manual 1, else 2; continuous 3, else 0",
        remarks: "1 and 2 read as manual, 0 and 3 as continuous",
        tested_on: UVC_AND_LAB,
        how: How::Modes(Modes {
            switches: &[Switch { id: EXPOSURE_AUTO.id, manual: &[1, 2], continuous: &[3, 0] }],
            trigger: None,
            value: EXPOSURE_ABSOLUTE.id,
        }),
    },
    V4l2Property {
        name: "exposureTime",
        controls: &[EXPOSURE_ABSOLUTE],
        unit: "100 µs",
        conversion: "none",
        remarks: "Locked while exposureMode is continuous",
        tested_on: UVC_AND_LAB,
        how: number(EXPOSURE_ABSOLUTE),
    },
    V4l2Property {
        name: "exposureCompensation",
        controls: &[AUTO_EXPOSURE_BIAS],
        unit: "0.001 EV",
        conversion: "EV × 1000, then the nearest entry of the menu",
        remarks: "Step is the smallest distance of two entries",
        tested_on: LAB,
        how: How::Number { id: AUTO_EXPOSURE_BIAS.id, per: 1000.0, automatic: None },
    },
    V4l2Property {
        name: "iso",
        controls: &[ISO_SENSITIVITY, ISO_SENSITIVITY_AUTO],
        unit: "ISO / 1000",
        conversion: "ISO × 1000, then the nearest entry of the menu",
        remarks: "Setting it switches the automatic sensitivity off; going back to the value from before switches it on again",
        tested_on: LAB,
        how: How::Number { id: ISO_SENSITIVITY.id, per: 1000.0, automatic: Some(ISO_SENSITIVITY_AUTO.id) },
    },
    V4l2Property {
        name: "focusMode",
        controls: &[FOCUS_AUTO, AUTO_FOCUS_START],
        unit: "boolean",
        conversion: "manual 0, continuous 1; single-shot: 0, then the button",
        remarks: "",
        tested_on: UVC_AND_LAB,
        how: How::Modes(Modes {
            switches: &[Switch { id: FOCUS_AUTO.id, manual: &[0], continuous: &[1] }],
            trigger: Some(AUTO_FOCUS_START.id),
            value: FOCUS_ABSOLUTE.id,
        }),
    },
    V4l2Property {
        name: "focusDistance",
        controls: &[FOCUS_ABSOLUTE],
        unit: "the driver's; larger is nearer",
        conversion: "none",
        remarks: "Locked while focusMode is continuous",
        tested_on: UVC_AND_LAB,
        how: number(FOCUS_ABSOLUTE),
    },
    V4l2Property {
        name: "pointsOfInterest",
        controls: &[REGION, REGION_AUTO],
        unit: "pixels",
        conversion: "a quarter of the width and the height around the first point, inside of the picture",
        remarks: "Kernels from 2025 on. No point: the driver's own rectangle",
        tested_on: LAB,
        how: How::Points,
    },
    V4l2Property {
        name: "brightness",
        controls: &[BRIGHTNESS],
        unit: "the driver's",
        conversion: "none",
        remarks: "",
        tested_on: WITH_VIVID,
        how: number(BRIGHTNESS),
    },
    V4l2Property {
        name: "contrast",
        controls: &[CONTRAST],
        unit: "the driver's",
        conversion: "none",
        remarks: "",
        tested_on: WITH_VIVID,
        how: number(CONTRAST),
    },
    V4l2Property {
        name: "saturation",
        controls: &[SATURATION],
        unit: "the driver's",
        conversion: "none",
        remarks: "",
        tested_on: WITH_VIVID,
        how: number(SATURATION),
    },
    V4l2Property {
        name: "sharpness",
        controls: &[SHARPNESS],
        unit: "the driver's",
        conversion: "none",
        remarks: "",
        tested_on: UVC,
        how: number(SHARPNESS),
    },
    V4l2Property {
        name: "pan",
        controls: &[PAN_ABSOLUTE],
        unit: "arc seconds, clockwise",
        conversion: "none",
        remarks: "Written in one call with tilt",
        tested_on: UVC_AND_LAB,
        how: number(PAN_ABSOLUTE),
    },
    V4l2Property {
        name: "tilt",
        controls: &[TILT_ABSOLUTE],
        unit: "arc seconds, up",
        conversion: "none",
        remarks: "Written in one call with pan",
        tested_on: UVC_AND_LAB,
        how: number(TILT_ABSOLUTE),
    },
    V4l2Property {
        name: "zoom",
        controls: &[ZOOM_ABSOLUTE],
        unit: "the driver's",
        conversion: "none",
        remarks: "",
        tested_on: UVC_AND_LAB,
        how: number(ZOOM_ABSOLUTE),
    },
    V4l2Property {
        name: "torch",
        controls: &[FLASH_LED_MODE],
        unit: "menu",
        conversion: "false 0, true 2",
        remarks: "The brightness of the lamp (`V4L2_CID_FLASH_TORCH_INTENSITY`) stays as it is",
        tested_on: LAB,
        how: How::Torch,
    },
    V4l2Property {
        name: "facingMode",
        controls: &[ORIENTATION],
        unit: "menu",
        conversion: "0 user, 1 environment, 2 not known",
        remarks: "Read only",
        tested_on: LAB,
        how: How::Facing,
    },
    V4l2Property {
        name: "rotation",
        controls: &[SENSOR_ROTATION],
        unit: "degrees",
        conversion: "none",
        remarks: "No property: pictures are turned upright, and 90 and 270 swap width and height in the settings",
        tested_on: TURNED,
        how: How::Rotation,
    },
    V4l2Property {
        name: "muted",
        controls: &[PRIVACY],
        unit: "boolean",
        conversion: "1 is muted",
        remarks: "No property: the state of the track",
        tested_on: UVC_AND_LAB,
        how: How::Privacy,
    },
];

/// The numbers of all controls of the table.
pub(super) fn ids() -> impl Iterator<Item = u32> {
    V4L2_PROPERTIES.iter().flat_map(|row| row.controls).map(|control| control.id)
}

/// The row of a property.
pub(super) fn row(property: Property) -> Option<&'static V4l2Property> {
    V4L2_PROPERTIES.iter().find(|row| row.property() == Some(property))
}

/// The property that a control stands behind.
pub(super) fn property_of(id: u32) -> Option<Property> {
    let row = V4L2_PROPERTIES.iter().find(|row| row.controls.iter().any(|control| control.id == id))?;
    row.property()
}

/// Whether a control moves the camera.
pub(super) fn moves_camera(id: u32) -> bool {
    MOVES.contains(&id) || property_of(id).is_some_and(Property::is_pan_tilt_zoom)
}

/// The table as the documentation has it.
#[doc(hidden)]
pub fn v4l2_table() -> String {
    let mut text =
        String::from("| Property | Control | Id | Unit | Property to control | Remarks | Tested on |\n|---|---|---|---|---|---|---|\n");
    for row in V4L2_PROPERTIES {
        let list = |of: fn(&V4l2Control) -> String| row.controls.iter().map(of).collect::<Vec<_>>().join("<br>");
        let (names, ids) = (list(|control| format!("`{}`", control.constant)), list(|control| format!("{:#010x}", control.id)));
        let V4l2Property { name, unit, conversion, remarks, .. } = row;
        text += &format!("| `{name}` | {names} | {ids} | {unit} | {conversion} | {remarks} | {} |\n", row.tested_on.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_property_that_v4l2_has_is_in_the_table_once() {
        let absent = ["backgroundBlur", "faceFraming", "eyeGazeCorrection", "powerEfficient", "powerEfficientPixelFormat"];
        let of_stream = |p: &Property| p.is_of_track() || matches!(p, Property::DeviceId | Property::GroupId);
        let mut wanted: Vec<&str> = Property::ALL.iter().filter(|p| !of_stream(p)).map(|p| p.name()).collect();
        wanted.retain(|name| !absent.contains(name));
        wanted.extend(["rotation", "muted"]);
        wanted.sort_unstable();
        let mut names: Vec<&str> = V4L2_PROPERTIES.iter().map(|row| row.name).collect();
        names.sort_unstable();
        assert_eq!(names, wanted);
    }

    #[test]
    fn controls_have_one_number_each() {
        let mut ids: Vec<u32> = ids().collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        assert!(moves_camera(ZOOM_ABSOLUTE.id) && moves_camera(0x009a_0904) && !moves_camera(BRIGHTNESS.id));
        assert_eq!(property_of(REGION_AUTO.id), Some(Property::PointsOfInterest));
        assert_eq!(property_of(PRIVACY.id), None);
    }

    /// `UPDATE_DOCS=1 cargo test -p imagecapture the_table_in_the_documentation` writes it anew.
    #[test]
    fn the_table_in_the_documentation_is_this_one() {
        const BEGIN: &str = "<!-- table: begin -->\n";
        const END: &str = "<!-- table: end -->";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/linux.md");
        let text = std::fs::read_to_string(path).unwrap();
        let (before, rest) = text.split_once(BEGIN).unwrap();
        let (table, after) = rest.split_once(END).unwrap();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, format!("{before}{BEGIN}{}{END}{after}", v4l2_table())).unwrap();
        } else {
            assert!(table == v4l2_table(), "core/docs/linux.md is out of date: run this test with UPDATE_DOCS=1");
        }
    }
}
