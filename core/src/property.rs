//! The table of constrainable properties. One row a property: everything else (JSON keys, ids of the C
//! interface, Python names, documentation) derives from it.

use std::fmt;

/// What kind of value a property has, and with it which forms a constraint on it may take.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// A whole number of at least 0 (`ConstrainULong`).
    ULong,
    /// A finite number (`ConstrainDouble`).
    Double,
    /// A string, or in constraints a list of acceptable strings (`ConstrainDOMString`).
    String,
    /// A finite number whose constraint may also be `true` or `false`: has the camera got it at all?
    BooleanOrDouble,
}

/// A row of the table.
struct Row {
    property: Property,
    /// The id in the C interface. Never reused; 1 to 99 main draft, 100 to 199 image capture.
    number: u32,
    name: &'static str,
    python_name: &'static str,
    kind: ValueKind,
    unit: &'static str,
    spec: &'static str,
    doc: &'static str,
    /// May a required constraint on it be given to `get_user_media`?
    selects_devices: bool,
}

macro_rules! table {
    ($($variant:ident = $number:literal, $name:literal, $python:literal, $kind:ident, $unit:literal, $spec:literal, $selects:literal, $doc:literal;)+) => {
        /// A constrainable property of a video track, by its W3C name.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Property {
            $(
                #[doc = $doc]
                ///
                #[doc = concat!("W3C: [`", $name, "`](", $spec, "). Unit: ", $unit, ".")]
                #[doc(alias = $name)]
                $variant,
            )+
        }

        impl Property {
            /// All properties, in the order in which a failed constraint is looked for.
            pub const ALL: &'static [Property] = &[$(Property::$variant),+];
        }

        const TABLE: &[Row] = &[$(Row {
            property: Property::$variant, number: $number, name: $name, python_name: $python,
            kind: ValueKind::$kind, unit: $unit, spec: $spec, doc: $doc, selects_devices: $selects,
        }),+];
    };
}

// The order of the rows is the order in which a failed constraint is named.
table! {
    DeviceId = 7, "deviceId", "device_id", String, "none",
        "https://www.w3.org/TR/mediacapture-streams/#def-constraint-deviceId", true,
        "Identifies the device; the same across runs.";
    GroupId = 8, "groupId", "group_id", String, "none",
        "https://www.w3.org/TR/mediacapture-streams/#def-constraint-groupId", true,
        "Equal for devices that are parts of one physical device; new for every `MediaDevices`.";
    Width = 1, "width", "width", ULong, "pixels",
        "https://www.w3.org/TR/mediacapture-streams/#def-constraint-width", true,
        "Width of the track's picture.";
    Height = 2, "height", "height", ULong, "pixels",
        "https://www.w3.org/TR/mediacapture-streams/#def-constraint-height", true,
        "Height of the track's picture.";
    FrameRate = 4, "frameRate", "frame_rate", Double, "frames per second",
        "https://www.w3.org/TR/mediacapture-streams/#def-constraint-frameRate", true,
        "The configured frame rate; what really arrives may be less, for example in the dark.";
    Zoom = 115, "zoom", "zoom", BooleanOrDouble, "the device's own (often 100 is 1x)",
        "https://www.w3.org/TR/image-capture/#zoom", false,
        "Focal length of the lens, or its digital counterpart; larger is nearer.";
}

impl Property {
    fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.property == self).expect("every property has its row")
    }

    /// The W3C name, for example `"frameRate"`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The name in Python, for example `"frame_rate"`.
    pub fn python_name(self) -> &'static str {
        self.row().python_name
    }

    /// Finds a property by its W3C or Python name. Upper and lower case matter.
    pub fn from_name(name: &str) -> Option<Property> {
        TABLE.iter().find(|row| row.name == name || row.python_name == name).map(|row| row.property)
    }

    /// The number of the property in the C interface (`IC_PROPERTY_…`).
    pub fn number(self) -> u32 {
        self.row().number
    }

    /// Finds a property by its number.
    pub fn from_number(number: u32) -> Option<Property> {
        TABLE.iter().find(|row| row.number == number).map(|row| row.property)
    }

    /// What kind of value it has.
    pub fn value_kind(self) -> ValueKind {
        self.row().kind
    }

    /// The unit of its number, in words.
    pub fn unit(self) -> &'static str {
        self.row().unit
    }

    /// Where the specification defines it.
    pub fn spec_url(self) -> &'static str {
        self.row().spec
    }

    /// One sentence on what it is.
    pub fn doc(self) -> &'static str {
        self.row().doc
    }

    /// Whether a required constraint (`min`, `max`, `exact`) on it may be used to choose a device. Every
    /// other required constraint is a `TypeError` in `getUserMedia`.
    pub(crate) fn selects_devices(self) -> bool {
        self.row().selects_devices
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_find_their_property_again() {
        for &property in Property::ALL {
            assert_eq!(Property::from_name(property.name()), Some(property));
            assert_eq!(Property::from_name(property.python_name()), Some(property));
            assert_eq!(Property::from_number(property.number()), Some(property));
        }
        assert_eq!(Property::from_name("Zoom"), None);
        assert_eq!(Property::from_number(0), None);
        assert_eq!(TABLE.len(), Property::ALL.len());
    }

    #[test]
    fn numbers_are_unique_and_in_their_block() {
        let mut numbers: Vec<_> = Property::ALL.iter().map(|p| p.number()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), Property::ALL.len());
        for property in Property::ALL {
            let image_capture = property.spec_url().contains("image-capture");
            assert_eq!(image_capture, (100..200).contains(&property.number()), "{property}");
        }
    }
}
