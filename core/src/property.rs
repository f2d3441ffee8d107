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
    /// True or false (`ConstrainBoolean`).
    Boolean,
    /// A string, or in constraints a list of acceptable strings (`ConstrainDOMString`).
    String,
    /// A list of points of the picture (`ConstrainPoint2D`).
    Points,
    /// A finite number whose constraint may also be `true` or `false`: has the camera got it at all?
    BooleanOrDouble,
}

impl fmt::Display for ValueKind {
    /// With its article, as sentences want it: "a number".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValueKind::ULong | ValueKind::Double => "a number",
            ValueKind::Boolean => "a boolean",
            ValueKind::String => "a string or a list of strings",
            ValueKind::Points => "a list of points",
            ValueKind::BooleanOrDouble => "a number or a boolean",
        })
    }
}

/// A row of the table.
struct Row {
    property: Property,
    /// The id in the C interface. Never reused; 1 to 99 main draft, 100 to 199 image capture, from 200 extensions.
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
    FacingMode = 5, "facingMode", "facing_mode", String, "none",
        "https://www.w3.org/TR/mediacapture-streams/#def-constraint-facingMode", true,
        "Which way the camera looks, as seen from the user: `user`, `environment`, `left` or `right`; absent when unknown.";
    ResizeMode = 6, "resizeMode", "resize_mode", String, "none",
        "https://www.w3.org/TR/mediacapture-streams/#def-constraint-resizeMode", true,
        "`none`: size and rate are native ones of the camera; `crop-and-scale`: the library may make smaller and slower ones.";
    Width = 1, "width", "width", ULong, "pixels",
        "https://www.w3.org/TR/mediacapture-streams/#def-constraint-width", true,
        "Width of the track's picture.";
    Height = 2, "height", "height", ULong, "pixels",
        "https://www.w3.org/TR/mediacapture-streams/#def-constraint-height", true,
        "Height of the track's picture.";
    AspectRatio = 3, "aspectRatio", "aspect_ratio", Double, "width divided by height, ten decimals",
        "https://www.w3.org/TR/mediacapture-streams/#def-constraint-aspectRatio", true,
        "Shape of the track's picture.";
    FrameRate = 4, "frameRate", "frame_rate", Double, "frames per second",
        "https://www.w3.org/TR/mediacapture-streams/#def-constraint-frameRate", true,
        "The configured frame rate; what really arrives may be less, for example in the dark.";
    WhiteBalanceMode = 100, "whiteBalanceMode", "white_balance_mode", String, "none",
        "https://www.w3.org/TR/image-capture/#whiteBalanceMode", false,
        "How the camera adapts to the colour of the light: `none`, `manual`, `single-shot` or `continuous`.";
    ExposureMode = 101, "exposureMode", "exposure_mode", String, "none",
        "https://www.w3.org/TR/image-capture/#exposureMode", false,
        "Who chooses the exposure: `none`, `manual`, `single-shot` or `continuous`.";
    FocusMode = 102, "focusMode", "focus_mode", String, "none",
        "https://www.w3.org/TR/image-capture/#focusMode", false,
        "Who focuses: `none`, `manual`, `single-shot` or `continuous`.";
    PointsOfInterest = 103, "pointsOfInterest", "points_of_interest", Points, "parts of width and height, 0 to 1 from the top left corner",
        "https://www.w3.org/TR/image-capture/#points-of-interest", false,
        "Where the automatic modes measure. It has a setting but no capability.";
    ExposureCompensation = 104, "exposureCompensation", "exposure_compensation", Double, "EV",
        "https://www.w3.org/TR/image-capture/#exposureCompensation", false,
        "How much brighter or darker than measured the automatic exposure makes the picture.";
    ExposureTime = 105, "exposureTime", "exposure_time", Double, "100 microseconds",
        "https://www.w3.org/TR/image-capture/#exposureTime", false,
        "How long one picture is exposed; counts in the exposure mode `manual`.";
    ColorTemperature = 106, "colorTemperature", "color_temperature", Double, "kelvin",
        "https://www.w3.org/TR/image-capture/#colorTemperature", false,
        "The colour of the light that shall look white; counts in the white balance mode `manual`.";
    Iso = 107, "iso", "iso", Double, "ISO 12232",
        "https://www.w3.org/TR/image-capture/#iso", false,
        "Sensitivity of the sensor; larger is more sensitive.";
    Brightness = 108, "brightness", "brightness", Double, "the device's own",
        "https://www.w3.org/TR/image-capture/#brightness", false,
        "Larger is brighter.";
    Contrast = 109, "contrast", "contrast", Double, "the device's own",
        "https://www.w3.org/TR/image-capture/#contrast", false,
        "Larger is more contrast.";
    Saturation = 110, "saturation", "saturation", Double, "the device's own",
        "https://www.w3.org/TR/image-capture/#saturation", false,
        "Larger is more colourful.";
    Sharpness = 111, "sharpness", "sharpness", Double, "the device's own",
        "https://www.w3.org/TR/image-capture/#sharpness", false,
        "Larger is sharper; the minimum is no sharpening.";
    FocusDistance = 112, "focusDistance", "focus_distance", Double, "metres where the device knows them, else the device's own",
        "https://www.w3.org/TR/image-capture/#focusDistance", false,
        "Distance of best focus; counts in the focus mode `manual`.";
    Pan = 113, "pan", "pan", BooleanOrDouble, "arc seconds",
        "https://www.w3.org/TR/image-capture/#pan", false,
        "Horizontal direction; positive is clockwise seen from above.";
    Tilt = 114, "tilt", "tilt", BooleanOrDouble, "arc seconds",
        "https://www.w3.org/TR/image-capture/#tilt", false,
        "Vertical direction; positive is up.";
    Zoom = 115, "zoom", "zoom", BooleanOrDouble, "the device's own (often 100 is 1x)",
        "https://www.w3.org/TR/image-capture/#zoom", false,
        "Focal length of the lens, or its digital counterpart; larger is nearer.";
    Torch = 116, "torch", "torch", Boolean, "none",
        "https://www.w3.org/TR/image-capture/#torch", false,
        "Whether the light is on all the time.";
    BackgroundBlur = 200, "backgroundBlur", "background_blur", Boolean, "none",
        "https://www.w3.org/TR/mediacapture-streams/#def-constraint-backgroundBlur", false,
        "Whether the background is blurred by the platform.";
    FaceFraming = 201, "faceFraming", "face_framing", Boolean, "none",
        "https://www.w3.org/TR/mediacapture-extensions/#exposing-mediastreamtrack-source-automatic-face-framing-support", false,
        "Whether the platform follows faces by cropping.";
    EyeGazeCorrection = 202, "eyeGazeCorrection", "eye_gaze_correction", Boolean, "none",
        "https://www.w3.org/TR/mediacapture-extensions/#exposing-mediastreamtrack-source-eye-gaze-correction-support", false,
        "Whether the platform makes eyes look into the camera.";
    PowerEfficient = 203, "powerEfficient", "power_efficient", Boolean, "none",
        "https://www.w3.org/TR/mediacapture-extensions/#the-powerefficient-constraint", false,
        "Whether configurations that use little power are preferred.";
    PowerEfficientPixelFormat = 204, "powerEfficientPixelFormat", "power_efficient_pixel_format", Boolean, "none",
        "https://www.w3.org/TR/mediacapture-extensions/#the-powerefficientpixelformat-constraint", false,
        "Whether the pixel format needs no decoding by software; compressed ones do.";
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

    /// Whether it is a property of audio tracks. All are properties of video tracks.
    pub(crate) fn is_for_audio(self) -> bool {
        matches!(self, Property::DeviceId | Property::GroupId)
    }

    /// Whether a required constraint (`min`, `max`, `exact`) on it may be used to choose a device. Every
    /// other required constraint is a `TypeError` in `getUserMedia`.
    pub(crate) fn selects_devices(self) -> bool {
        self.row().selects_devices
    }

    /// Pan, tilt and zoom, which need a permission of their own.
    pub(crate) fn is_pan_tilt_zoom(self) -> bool {
        self.value_kind() == ValueKind::BooleanOrDouble
    }

    /// Belongs to the stream of one track, not to the camera that tracks share.
    pub(crate) fn is_of_track(self) -> bool {
        use Property::{AspectRatio, FrameRate, Height, ResizeMode, Width};
        matches!(self, Width | Height | AspectRatio | FrameRate | ResizeMode)
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
