//! What nokhwa can reach on each system. The code and the table in the documentation are both made of this one.

use crate::Property;

/// A control in nokhwa's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Brightness,
    Contrast,
    Saturation,
    Sharpness,
    WhiteBalance,
    Exposure,
    Focus,
    Pan,
    Tilt,
    Zoom,
    /// By the system's own number.
    Id(u32),
}

/// How a property is reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reach {
    /// Its values are those of the control times this factor.
    Value(Known, f64),
    /// It is seen whether the control is in its automatic mode, but that cannot be changed: the present mode is the only one.
    Mode(Known),
    /// Not at all, and why.
    No(&'static str),
}

/// Where this backend runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum System {
    Windows,
    #[cfg_attr(not(any(test, target_os = "macos")), allow(dead_code, reason = "each system has its own"))]
    MacOs,
    #[cfg_attr(not(any(test, target_os = "linux")), allow(dead_code, reason = "each system has its own"))]
    Linux,
}

/// The system that this was built for.
#[cfg_attr(all(target_os = "linux", not(feature = "nokhwa-linux")), allow(dead_code, reason = "the table alone is looked at there"))]
pub(super) const HERE: System = if cfg!(target_os = "macos") {
    System::MacOs
} else if cfg!(target_os = "linux") {
    System::Linux
} else {
    System::Windows
};

/// Windows states angles in degrees, the W3C in arc seconds.
const DEGREES: f64 = 3600.0;

const NO_RANGE: Reach = Reach::No("nokhwa tells its value, but not its range");
const NOT_IN_WINDOWS: Reach = Reach::No("not among the controls of Windows' capture interface");
const IOS_ONLY: Reach = Reach::No("nokhwa asks for controls that only iOS has, which ends the program on macOS");
const BY_V4L2: Reach = Reach::No("left to the backend v4l2");

/// Every image property, with its way on Windows, macOS and Linux.
pub(super) const TABLE: &[(Property, Reach, Reach, Reach)] = &[
    (Property::WhiteBalanceMode, Reach::Mode(Known::WhiteBalance), IOS_ONLY, BY_V4L2),
    (Property::ExposureMode, Reach::Mode(Known::Exposure), IOS_ONLY, BY_V4L2),
    (Property::FocusMode, Reach::Mode(Known::Focus), IOS_ONLY, BY_V4L2),
    (Property::PointsOfInterest, NOT_IN_WINDOWS, IOS_ONLY, BY_V4L2),
    (Property::ExposureCompensation, Reach::No("Windows has a gain, which is not measured in EV"), IOS_ONLY, BY_V4L2),
    (Property::ExposureTime, NO_RANGE, IOS_ONLY, BY_V4L2),
    (Property::ColorTemperature, Reach::Value(Known::WhiteBalance, 1.0), IOS_ONLY, Reach::Value(Known::WhiteBalance, 1.0)),
    (Property::Iso, NOT_IN_WINDOWS, IOS_ONLY, BY_V4L2),
    (Property::Brightness, Reach::Value(Known::Brightness, 1.0), IOS_ONLY, Reach::Value(Known::Brightness, 1.0)),
    (Property::Contrast, Reach::Value(Known::Contrast, 1.0), IOS_ONLY, Reach::Value(Known::Contrast, 1.0)),
    (Property::Saturation, Reach::Value(Known::Saturation, 1.0), IOS_ONLY, Reach::Value(Known::Saturation, 1.0)),
    (Property::Sharpness, Reach::Value(Known::Sharpness, 1.0), IOS_ONLY, Reach::Value(Known::Sharpness, 1.0)),
    (Property::FocusDistance, NO_RANGE, IOS_ONLY, BY_V4L2),
    // nokhwa's own names for the next three mean relative movements on Linux; the numbers are those of the absolute ones.
    (Property::Pan, Reach::Value(Known::Pan, DEGREES), IOS_ONLY, Reach::Value(Known::Id(0x009a_0908), 1.0)),
    (Property::Tilt, Reach::Value(Known::Tilt, DEGREES), IOS_ONLY, Reach::Value(Known::Id(0x009a_0909), 1.0)),
    (Property::Zoom, Reach::Value(Known::Zoom, 1.0), IOS_ONLY, Reach::Value(Known::Id(0x009a_090d), 1.0)),
    (Property::Torch, NOT_IN_WINDOWS, IOS_ONLY, BY_V4L2),
];

/// How each property is reached on a system, in the table's order.
pub(super) fn rows(system: System) -> impl Iterator<Item = (Property, Reach)> {
    TABLE.iter().map(move |&(property, windows, macos, linux)| {
        let reach = match system {
            System::Windows => windows,
            System::MacOs => macos,
            System::Linux => linux,
        };
        (property, reach)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "<!-- table: written by `cargo test -p imagecapture nokhwa::reach` with IC_WRITE=1 -->\n";
    const END: &str = "<!-- end of table -->\n";

    fn cell(reach: Reach) -> String {
        match reach {
            Reach::Value(Known::Id(id), _) => format!("control {id:#010x}"),
            Reach::Value(known, factor) if factor == DEGREES => format!("{known:?}, degrees × 3600"),
            Reach::Value(Known::WhiteBalance, _) => "WhiteBalance, while it is not automatic".to_owned(),
            Reach::Value(known, _) => format!("{known:?}"),
            Reach::Mode(known) => format!("{known:?}: read only"),
            Reach::No(why) => format!("no: {why}"),
        }
    }

    fn table() -> String {
        let mut text = String::from("| Property | Windows | macOS | Linux (feature `nokhwa-linux`) |\n| --- | --- | --- | --- |\n");
        for (property, windows, macos, linux) in TABLE {
            text += &format!("| `{property}` | {} | {} | {} |\n", cell(*windows), cell(*macos), cell(*linux));
        }
        text
    }

    #[test]
    fn the_documentation_has_this_table() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/windows-macos.md");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).replace("\r\n", "\n");
        let (before, rest) = text.split_once(BEGIN).expect("the mark before the table");
        let (_, after) = rest.split_once(END).expect("the mark behind the table");
        let fresh = format!("{before}{BEGIN}{}{END}{after}", table());
        if std::env::var_os("IC_WRITE").is_some() {
            std::fs::write(&path, &fresh).unwrap();
        }
        assert!(fresh == text || std::env::var_os("IC_WRITE").is_some(), "core/docs/windows-macos.md is stale; write it with IC_WRITE=1");
    }

    #[test]
    fn the_table_has_each_image_property_once() {
        assert_eq!(TABLE.len(), 17);
        for (index, (property, ..)) in TABLE.iter().enumerate() {
            assert!(Property::from_name(property.name()).is_some());
            assert!(TABLE[..index].iter().all(|(other, ..)| other != property), "{property} is there twice");
        }
    }

    #[test]
    fn no_control_stands_for_two_properties() {
        for system in [System::Windows, System::MacOs, System::Linux] {
            let values: Vec<Known> =
                rows(system).filter_map(|(_, r)| if let Reach::Value(known, _) = r { Some(known) } else { None }).collect();
            for (index, known) in values.iter().enumerate() {
                assert!(!values[..index].contains(known), "{known:?} on {system:?}");
            }
        }
    }
}
