//! Wishes and demands on the properties of a track.
//!
//! Everything in here is pure: no device, no clock, no thread. The bare value that a programmer writes
//! (`width: 640`) is kept as written, because [`MediaStreamTrack::constraints`](crate::MediaStreamTrack::constraints)
//! has to give it back; [`normalize`] turns it into an ideal or a demand.

use std::collections::BTreeMap;

use crate::{Error, Property, Result, ValueKind};

mod json;
pub(crate) mod lattice;
pub(crate) mod normalize;
pub(crate) mod select;

/// A constraint on one property: a bare value, or bounds.
///
/// In the basic set a bare value is an ideal, in an advanced set a demand.
///
/// W3C: [constraint types](https://www.w3.org/TR/mediacapture-streams/#types-for-constrainable-properties).
#[derive(Clone, Debug, PartialEq)]
pub enum Constraint<T> {
    /// `width: 640`
    Bare(T),
    /// `width: {min: 640, ideal: 1280}`
    Dict(Bounds<T>),
}

/// The four members of a constraint's dictionary form; all may be absent, several may be combined.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds<T> {
    /// The value must not be smaller.
    pub min: Option<T>,
    /// The value must not be larger.
    pub max: Option<T>,
    /// The value must be this one.
    pub exact: Option<T>,
    /// The value should be this one, or as near as possible.
    pub ideal: Option<T>,
}

impl<T> Default for Bounds<T> {
    fn default() -> Self {
        Bounds { min: None, max: None, exact: None, ideal: None }
    }
}

impl<T> Constraint<T> {
    /// As near to this value as possible.
    pub fn ideal(value: T) -> Self {
        Constraint::Dict(Bounds { ideal: Some(value), ..Bounds::default() })
    }

    /// This value and no other.
    pub fn exact(value: T) -> Self {
        Constraint::Dict(Bounds { exact: Some(value), ..Bounds::default() })
    }

    /// This value or more.
    pub fn min(value: T) -> Self {
        Constraint::Dict(Bounds { min: Some(value), ..Bounds::default() })
    }

    /// This value or less.
    pub fn max(value: T) -> Self {
        Constraint::Dict(Bounds { max: Some(value), ..Bounds::default() })
    }

    /// From `min` to `max`, both included.
    pub fn range(min: T, max: T) -> Self {
        Constraint::Dict(Bounds { min: Some(min), max: Some(max), ..Bounds::default() })
    }

    fn bounds_mut(&mut self) -> Option<&mut Bounds<T>> {
        match self {
            Constraint::Bare(_) => None,
            Constraint::Dict(bounds) => Some(bounds),
        }
    }
}

impl<T> From<T> for Constraint<T> {
    fn from(value: T) -> Self {
        Constraint::Bare(value)
    }
}

impl From<&str> for Constraint<Strings> {
    fn from(value: &str) -> Self {
        Constraint::Bare(value.into())
    }
}

/// One acceptable string or a list of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Strings {
    /// This string.
    One(String),
    /// Any of these. An empty list is no constraint.
    Any(Vec<String>),
}

impl Strings {
    pub(crate) fn as_slice(&self) -> &[String] {
        match self {
            Strings::One(one) => std::slice::from_ref(one),
            Strings::Any(any) => any,
        }
    }
}

impl From<&str> for Strings {
    fn from(value: &str) -> Self {
        Strings::One(value.to_owned())
    }
}

impl From<String> for Strings {
    fn from(value: String) -> Self {
        Strings::One(value)
    }
}

/// The constraint on pan, tilt or zoom: a number as elsewhere, or whether the camera must have it at all.
#[derive(Clone, Debug, PartialEq)]
pub enum BooleanOrDouble {
    /// `true`: prefer a camera that has the property; `false`: prefer one that has not.
    Boolean(bool),
    /// As for any other number.
    Double(Constraint<f64>),
}

impl From<f64> for BooleanOrDouble {
    fn from(value: f64) -> Self {
        BooleanOrDouble::Double(Constraint::Bare(value))
    }
}

impl From<bool> for BooleanOrDouble {
    fn from(value: bool) -> Self {
        BooleanOrDouble::Boolean(value)
    }
}

impl From<Constraint<f64>> for BooleanOrDouble {
    fn from(value: Constraint<f64>) -> Self {
        BooleanOrDouble::Double(value)
    }
}

/// A constraint in the form that its property asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AnyConstraint {
    ULong(Constraint<u32>),
    Double(Constraint<f64>),
    String(Constraint<Strings>),
    BooleanOrDouble(BooleanOrDouble),
}

/// Which member of a constraint a value is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// No member: the bare value.
    Bare,
    /// `min`
    Min,
    /// `max`
    Max,
    /// `exact`
    Exact,
    /// `ideal`
    Ideal,
}

impl Bound {
    /// The member's name, `""` for the bare value.
    pub fn name(self) -> &'static str {
        match self {
            Bound::Bare => "",
            Bound::Min => "min",
            Bound::Max => "max",
            Bound::Exact => "exact",
            Bound::Ideal => "ideal",
        }
    }
}

/// One set of constraints: at most one on each property.
///
/// W3C: [`MediaTrackConstraintSet`](https://www.w3.org/TR/mediacapture-streams/#dom-mediatrackconstraintset).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConstraintSet {
    members: BTreeMap<Property, AnyConstraint>,
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
    /// Constrains the frame rate, in frames per second.
    #[doc(alias = "frameRate")]
    frame_rate: FrameRate, Constraint<f64>, AnyConstraint::Double;
    /// Constrains which device is used.
    #[doc(alias = "deviceId")]
    device_id: DeviceId, Constraint<Strings>, AnyConstraint::String;
    /// Constrains which physical device is used.
    #[doc(alias = "groupId")]
    group_id: GroupId, Constraint<Strings>, AnyConstraint::String;
    /// Constrains zoom, in the device's own unit; `true` asks for a camera that has it.
    zoom: Zoom, BooleanOrDouble, AnyConstraint::BooleanOrDouble;
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
    ignored: Vec<String>,
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

    /// Whether nothing is constrained.
    pub fn is_empty(&self) -> bool {
        self.basic.is_empty() && self.advanced.is_empty()
    }

    /// The paths of members that were given in a dictionary but are not known here, such as
    /// `advanced[0].zom`. They have no effect, as the specification asks; a program may want to warn.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// Appends an empty advanced set and returns its number for the `set_` methods: 1, 2, …
    pub fn add_advanced(&mut self) -> usize {
        self.advanced.push(ConstraintSet::new());
        self.advanced.len()
    }

    fn set_mut(&mut self, set: usize) -> Result<&mut ConstraintSet> {
        if set == 0 {
            return Ok(&mut self.basic);
        }
        let count = self.advanced.len();
        self.advanced.get_mut(set - 1).ok_or_else(|| {
            Error::invalid(format!("there is no constraint set {set}: 0 is the basic set and {count} advanced sets were added"))
        })
    }

    /// Sets a number, in set 0 (the basic set) or in the advanced set with that number.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when there is no such set, the property takes no numbers, the number is not
    /// finite, or a bare value and bounds are mixed.
    pub fn set_number(&mut self, set: usize, property: Property, bound: Bound, value: f64) -> Result<()> {
        let path = path(set, property, bound);
        let members = &mut self.set_mut(set)?.members;
        match property.value_kind() {
            ValueKind::ULong => {
                let value = to_ulong(value);
                let entry = members.entry(property).or_insert_with(|| AnyConstraint::ULong(Constraint::Dict(Bounds::default())));
                let AnyConstraint::ULong(constraint) = entry else { unreachable!("the kind of a property never changes") };
                put(constraint, bound, value, &path)
            }
            ValueKind::Double | ValueKind::BooleanOrDouble if !value.is_finite() => {
                Err(Error::invalid(format!("{path}: {value} is not a finite number")))
            }
            ValueKind::Double => {
                let entry = members.entry(property).or_insert_with(|| AnyConstraint::Double(Constraint::Dict(Bounds::default())));
                let AnyConstraint::Double(constraint) = entry else { unreachable!("the kind of a property never changes") };
                put(constraint, bound, value, &path)
            }
            ValueKind::BooleanOrDouble => {
                let entry =
                    members.entry(property).or_insert_with(|| AnyConstraint::BooleanOrDouble(Constraint::Dict(Bounds::default()).into()));
                match entry {
                    AnyConstraint::BooleanOrDouble(BooleanOrDouble::Double(constraint)) => put(constraint, bound, value, &path),
                    _ => Err(Error::invalid(format!("{path}: it has a boolean value already"))),
                }
            }
            ValueKind::String => Err(Error::invalid(format!("{path}: a string is expected, not a number"))),
        }
    }

    /// Sets a boolean. Of the properties known so far only zoom takes one, and only as a bare value.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when there is no such set or the property or member takes no booleans.
    pub fn set_bool(&mut self, set: usize, property: Property, bound: Bound, value: bool) -> Result<()> {
        let path = path(set, property, bound);
        let members = &mut self.set_mut(set)?.members;
        match (property.value_kind(), bound) {
            (ValueKind::BooleanOrDouble, Bound::Bare) => {
                members.insert(property, AnyConstraint::BooleanOrDouble(BooleanOrDouble::Boolean(value)));
                Ok(())
            }
            (ValueKind::BooleanOrDouble, _) => Err(Error::invalid(format!("{path}: a boolean has no bounds; give it bare"))),
            (ValueKind::ULong | ValueKind::Double, _) => Err(Error::invalid(format!("{path}: a number is expected, not a boolean"))),
            (ValueKind::String, _) => Err(Error::invalid(format!("{path}: a string is expected, not a boolean"))),
        }
    }

    /// Sets a string.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when there is no such set or the property or member takes no strings.
    pub fn set_string(&mut self, set: usize, property: Property, bound: Bound, value: &str) -> Result<()> {
        self.put_strings(set, property, bound, Strings::One(value.to_owned()))
    }

    /// Sets a list of acceptable strings; an empty list is no constraint.
    ///
    /// # Errors
    ///
    /// As [`set_string`](Self::set_string).
    pub fn set_strings(&mut self, set: usize, property: Property, bound: Bound, values: &[&str]) -> Result<()> {
        self.put_strings(set, property, bound, Strings::Any(values.iter().map(|s| (*s).to_owned()).collect()))
    }

    fn put_strings(&mut self, set: usize, property: Property, bound: Bound, value: Strings) -> Result<()> {
        let path = path(set, property, bound);
        let members = &mut self.set_mut(set)?.members;
        if property.value_kind() != ValueKind::String {
            return Err(Error::invalid(format!("{path}: a number is expected, not a string")));
        }
        if matches!(bound, Bound::Min | Bound::Max) {
            return Err(Error::invalid(format!("{path}: strings have no {}; use exact or ideal", bound.name())));
        }
        let entry = members.entry(property).or_insert_with(|| AnyConstraint::String(Constraint::Dict(Bounds::default())));
        let AnyConstraint::String(constraint) = entry else { unreachable!("the kind of a property never changes") };
        put(constraint, bound, value, &path)
    }
}

/// `advanced[1].zoom.min`
fn path(set: usize, property: Property, bound: Bound) -> String {
    let set = if set == 0 { String::new() } else { format!("advanced[{}].", set - 1) };
    let member = if bound == Bound::Bare { String::new() } else { format!(".{}", bound.name()) };
    format!("{set}{property}{member}")
}

fn put<T>(constraint: &mut Constraint<T>, bound: Bound, value: T, path: &str) -> Result<()> {
    if bound == Bound::Bare {
        if constraint.bounds_mut().is_some_and(|b| b.min.is_some() || b.max.is_some() || b.exact.is_some() || b.ideal.is_some()) {
            return Err(Error::invalid(format!("{path}: it has bounds already; give either a bare value or bounds")));
        }
        *constraint = Constraint::Bare(value);
        return Ok(());
    }
    let Some(bounds) = constraint.bounds_mut() else {
        return Err(Error::invalid(format!("{path}: it has a bare value already; give either a bare value or bounds")));
    };
    let member = match bound {
        Bound::Min => &mut bounds.min,
        Bound::Max => &mut bounds.max,
        Bound::Exact => &mut bounds.exact,
        Bound::Ideal | Bound::Bare => &mut bounds.ideal,
    };
    *member = Some(value);
    Ok(())
}

/// Web IDL's conversion to `[Clamp] unsigned long`: NaN is 0, fractions go to the nearest, ties to even.
pub(crate) fn to_ulong(value: f64) -> u32 {
    // `as` clamps and turns NaN into 0.
    value.round_ties_even() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsigned_long_clamps_and_rounds_to_even() {
        let cases = [(f64::NAN, 0), (-5.0, 0), (0.5, 0), (1.5, 2), (2.5, 2), (5e9, u32::MAX), (f64::INFINITY, u32::MAX), (639.6, 640)];
        for (given, expected) in cases {
            assert_eq!(to_ulong(given), expected, "{given}");
        }
    }

    #[test]
    fn wrong_types_name_the_member() {
        let mut constraints = MediaTrackConstraints::new();
        let error = constraints.set_string(0, Property::Width, Bound::Exact, "640").unwrap_err();
        assert!(error.message().starts_with("width.exact: "), "{error}");
        let error = constraints.set_number(0, Property::DeviceId, Bound::Bare, 1.0).unwrap_err();
        assert!(error.message().starts_with("deviceId: "), "{error}");
        let error = constraints.set_number(1, Property::Zoom, Bound::Min, 1.0).unwrap_err();
        assert!(error.message().contains("no constraint set 1"), "{error}");
        assert_eq!(constraints.add_advanced(), 1);
        let error = constraints.set_number(1, Property::Zoom, Bound::Min, f64::NAN).unwrap_err();
        assert!(error.message().starts_with("advanced[0].zoom.min: "), "{error}");
        let error = constraints.set_bool(0, Property::Zoom, Bound::Exact, true).unwrap_err();
        assert!(error.message().starts_with("zoom.exact: "), "{error}");
    }

    #[test]
    fn a_bare_value_and_bounds_do_not_mix() {
        let mut constraints = MediaTrackConstraints::new();
        constraints.set_number(0, Property::Zoom, Bound::Bare, 2.0).unwrap();
        constraints.set_number(0, Property::Zoom, Bound::Bare, 3.0).unwrap();
        assert!(constraints.set_number(0, Property::Zoom, Bound::Min, 1.0).is_err());
        assert_eq!(constraints, MediaTrackConstraints::new().zoom(3.0));
        constraints.set_number(0, Property::Width, Bound::Min, 1.0).unwrap();
        assert!(constraints.set_number(0, Property::Width, Bound::Bare, 1.0).is_err());
    }
}
