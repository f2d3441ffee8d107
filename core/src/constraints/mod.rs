//! Wishes and demands on the properties of a track.
//!
//! Everything in here is pure: no device, no clock, no thread. The bare value that a programmer writes
//! (`width: 640`) is kept as written, because [`MediaStreamTrack::constraints`](crate::MediaStreamTrack::constraints)
//! has to give it back; [`normalize`] turns it into an ideal or a demand.

use crate::Point2D;

mod candidates;
mod edit;
pub(crate) mod explain;
mod failure;
pub(crate) mod fitness;
pub(crate) mod group;
mod json;
pub(crate) mod lattice;
pub(crate) mod normalize;
#[cfg(test)]
mod reference;
pub(crate) mod select;
mod set;
pub(crate) mod space;
pub(crate) mod stream;

pub use candidates::SelectedCandidate;
pub(crate) use json::read_points;
pub use set::{ConstraintSet, MediaTrackConstraints};

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

    /// All values that it holds.
    fn values(&self) -> impl Iterator<Item = &T> {
        let given = match self {
            Constraint::Bare(value) => [Some(value), None, None, None],
            Constraint::Dict(Bounds { min, max, exact, ideal }) => [min.as_ref(), max.as_ref(), exact.as_ref(), ideal.as_ref()],
        };
        given.into_iter().flatten()
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
    Boolean(Constraint<bool>),
    String(Constraint<Strings>),
    Points(Constraint<Vec<Point2D>>),
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
}
