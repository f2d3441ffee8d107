//! Sets of constraints, as they are built and kept.

use std::collections::BTreeMap;

use super::normalize::{BareIs, rule_on};
use super::{AnyConstraint, BooleanOrDouble, Constraint, Strings};
use crate::{Error, Point2D, Property, Result};

/// One set of constraints: at most one on each property.
///
/// W3C: [`MediaTrackConstraintSet`](https://www.w3.org/TR/mediacapture-streams/#dom-mediatrackconstraintset).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConstraintSet {
    pub(super) members: BTreeMap<Property, AnyConstraint>,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $property:ident, $type:ty, $wrap:expr;)+) => {
        impl ConstraintSet {
            $($(#[$doc])* #[must_use] pub fn $name(mut self, constraint: impl Into<$type>) -> Self {
                self.members.insert(Property::$property, $wrap(constraint.into()));
                self
            })+
        }
        impl MediaTrackConstraints {
            $($(#[$doc])* #[must_use] pub fn $name(mut self, constraint: impl Into<$type>) -> Self {
                self.basic = self.basic.$name(constraint);
                self
            })+
        }
    };
}

setters! {
    /// Constrains the width, in pixels.
    width: Width, Constraint<u32>, AnyConstraint::ULong;
    /// Constrains the height, in pixels.
    height: Height, Constraint<u32>, AnyConstraint::ULong;
    /// Constrains the shape, width divided by height.
    #[doc(alias = "aspectRatio")]
    aspect_ratio: AspectRatio, Constraint<f64>, AnyConstraint::Double;
    /// Constrains the frame rate, in frames per second.
    #[doc(alias = "frameRate")]
    frame_rate: FrameRate, Constraint<f64>, AnyConstraint::Double;
    /// Constrains which way the camera looks: `user`, `environment`, `left`, `right`.
    #[doc(alias = "facingMode")]
    facing_mode: FacingMode, Constraint<Strings>, AnyConstraint::String;
    /// Constrains whether the library may scale, crop and leave out frames: `none`, `crop-and-scale`.
    #[doc(alias = "resizeMode")]
    resize_mode: ResizeMode, Constraint<Strings>, AnyConstraint::String;
    /// Constrains which device is used.
    #[doc(alias = "deviceId")]
    device_id: DeviceId, Constraint<Strings>, AnyConstraint::String;
    /// Constrains which physical device is used.
    #[doc(alias = "groupId")]
    group_id: GroupId, Constraint<Strings>, AnyConstraint::String;
    /// Constrains the white balance mode: `none`, `manual`, `single-shot`, `continuous`.
    #[doc(alias = "whiteBalanceMode")]
    white_balance_mode: WhiteBalanceMode, Constraint<Strings>, AnyConstraint::String;
    /// Constrains the exposure mode: `none`, `manual`, `single-shot`, `continuous`.
    #[doc(alias = "exposureMode")]
    exposure_mode: ExposureMode, Constraint<Strings>, AnyConstraint::String;
    /// Constrains the focus mode: `none`, `manual`, `single-shot`, `continuous`.
    #[doc(alias = "focusMode")]
    focus_mode: FocusMode, Constraint<Strings>, AnyConstraint::String;
    /// Constrains where the automatic modes measure.
    #[doc(alias = "pointsOfInterest")]
    points_of_interest: PointsOfInterest, Constraint<Vec<Point2D>>, AnyConstraint::Points;
    /// Constrains the exposure compensation, in EV.
    #[doc(alias = "exposureCompensation")]
    exposure_compensation: ExposureCompensation, Constraint<f64>, AnyConstraint::Double;
    /// Constrains the exposure time, in 100 microseconds.
    #[doc(alias = "exposureTime")]
    exposure_time: ExposureTime, Constraint<f64>, AnyConstraint::Double;
    /// Constrains the colour temperature, in kelvin.
    #[doc(alias = "colorTemperature")]
    color_temperature: ColorTemperature, Constraint<f64>, AnyConstraint::Double;
    /// Constrains the sensitivity, as of ISO 12232.
    iso: Iso, Constraint<f64>, AnyConstraint::Double;
    /// Constrains the brightness, in the device's own unit.
    brightness: Brightness, Constraint<f64>, AnyConstraint::Double;
    /// Constrains the contrast, in the device's own unit.
    contrast: Contrast, Constraint<f64>, AnyConstraint::Double;
    /// Constrains the saturation, in the device's own unit.
    saturation: Saturation, Constraint<f64>, AnyConstraint::Double;
    /// Constrains the sharpness, in the device's own unit.
    sharpness: Sharpness, Constraint<f64>, AnyConstraint::Double;
    /// Constrains the focus distance, in metres where the device knows them.
    #[doc(alias = "focusDistance")]
    focus_distance: FocusDistance, Constraint<f64>, AnyConstraint::Double;
    /// Constrains pan, in arc seconds; `true` asks for a camera that has it.
    pan: Pan, BooleanOrDouble, AnyConstraint::BooleanOrDouble;
    /// Constrains tilt, in arc seconds; `true` asks for a camera that has it.
    tilt: Tilt, BooleanOrDouble, AnyConstraint::BooleanOrDouble;
    /// Constrains zoom, in the device's own unit; `true` asks for a camera that has it.
    zoom: Zoom, BooleanOrDouble, AnyConstraint::BooleanOrDouble;
    /// Constrains whether the light is on.
    torch: Torch, Constraint<bool>, AnyConstraint::Boolean;
    /// Constrains whether the background is blurred.
    #[doc(alias = "backgroundBlur")]
    background_blur: BackgroundBlur, Constraint<bool>, AnyConstraint::Boolean;
    /// Constrains whether faces are followed.
    #[doc(alias = "faceFraming")]
    face_framing: FaceFraming, Constraint<bool>, AnyConstraint::Boolean;
    /// Constrains whether the gaze is corrected.
    #[doc(alias = "eyeGazeCorrection")]
    eye_gaze_correction: EyeGazeCorrection, Constraint<bool>, AnyConstraint::Boolean;
    /// Constrains whether configurations of little power are preferred.
    #[doc(alias = "powerEfficient")]
    power_efficient: PowerEfficient, Constraint<bool>, AnyConstraint::Boolean;
    /// Constrains whether the pixel format needs no decoding by software.
    #[doc(alias = "powerEfficientPixelFormat")]
    power_efficient_pixel_format: PowerEfficientPixelFormat, Constraint<bool>, AnyConstraint::Boolean;
}

impl ConstraintSet {
    /// A set that constrains nothing.
    pub fn new() -> Self {
        ConstraintSet::default()
    }

    /// The properties that the set names.
    pub fn properties(&self) -> impl Iterator<Item = Property> + '_ {
        self.members.keys().copied()
    }

    /// Whether it names none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Property, &AnyConstraint)> + '_ {
        self.members.iter().map(|(p, c)| (*p, c))
    }

    pub(crate) fn get(&self, property: Property) -> Option<&AnyConstraint> {
        self.members.get(&property)
    }

    pub(crate) fn insert(&mut self, property: Property, constraint: AnyConstraint) {
        self.members.insert(property, constraint);
    }

    pub(crate) fn remove(&mut self, property: Property) {
        self.members.remove(&property);
    }
}

/// Constraints on a track: the basic set and an ordered list of advanced sets.
///
/// ```
/// use imagecapture::{Constraint, ConstraintSet, MediaTrackConstraints};
///
/// let constraints = MediaTrackConstraints::new()
///     .width(Constraint::ideal(1280))
///     .frame_rate(Constraint::min(15.0))
///     .advanced(ConstraintSet::new().zoom(200.0));
/// assert_eq!(
///     constraints.to_json(),
///     r#"{"advanced":[{"zoom":200}],"frameRate":{"min":15},"width":{"ideal":1280}}"#
/// );
/// ```
///
/// W3C: [`MediaTrackConstraints`](https://www.w3.org/TR/mediacapture-streams/#dom-mediatrackconstraints).
#[derive(Clone, Debug, Default)]
pub struct MediaTrackConstraints {
    pub(crate) basic: ConstraintSet,
    pub(crate) advanced: Vec<ConstraintSet>,
    pub(super) ignored: Vec<String>,
}

impl PartialEq for MediaTrackConstraints {
    fn eq(&self, other: &Self) -> bool {
        // What was ignored does not constrain anything.
        self.basic == other.basic && self.advanced == other.advanced
    }
}

impl MediaTrackConstraints {
    /// No constraints at all: `{}`, or `video: true`.
    pub fn new() -> Self {
        MediaTrackConstraints::default()
    }

    /// Appends an advanced set. Advanced sets are tried in order; one that cannot be met is skipped.
    #[must_use]
    pub fn advanced(mut self, set: ConstraintSet) -> Self {
        self.advanced.push(set);
        self
    }

    /// The sets: the basic one, then the advanced ones.
    pub(crate) fn sets(&self) -> impl Iterator<Item = &ConstraintSet> {
        std::iter::once(&self.basic).chain(&self.advanced)
    }

    /// Whether a set constrains the property; empty lists do not.
    pub(crate) fn names(&self, property: Property) -> bool {
        self.sets().any(|set| rule_on(set, property, BareIs::Ideal).is_some())
    }

    /// What Web IDL would have refused: numbers that are not finite can come in through the typed methods.
    pub(crate) fn check(&self) -> Result<()> {
        for (index, set) in self.sets().enumerate() {
            for (property, constraint) in set.iter() {
                if !constraint.is_finite() {
                    let prefix = if index == 0 { String::new() } else { format!("advanced[{}].", index - 1) };
                    return Err(Error::invalid(format!("{prefix}{property}: numbers must be finite")));
                }
            }
        }
        Ok(())
    }

    /// Whether nothing is constrained.
    pub fn is_empty(&self) -> bool {
        self.basic.is_empty() && self.advanced.is_empty()
    }

    /// The paths of members that were given in a dictionary but are not known here, such as
    /// `advanced[0].zom`. They have no effect, as the specification asks; a program may want to warn.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }
}

impl AnyConstraint {
    fn is_finite(&self) -> bool {
        match self {
            AnyConstraint::Double(c) | AnyConstraint::BooleanOrDouble(BooleanOrDouble::Double(c)) => c.values().all(|n| n.is_finite()),
            AnyConstraint::Points(c) => c.values().flatten().all(|point| point.x.is_finite() && point.y.is_finite()),
            _ => true,
        }
    }
}
