//! Building constraints member by member, for programs that know a property only by its number or name.

use super::{AnyConstraint, BooleanOrDouble, Bound, Bounds, Constraint, ConstraintSet, MediaTrackConstraints, Strings, to_ulong};
use crate::{Error, Point2D, Property, Result, ValueKind};

impl MediaTrackConstraints {
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
        self.put(set, property, bound, Given::Number(value))
    }

    /// Sets a boolean. Pan, tilt and zoom take one only as a bare value.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when there is no such set or the property or member takes no booleans.
    pub fn set_bool(&mut self, set: usize, property: Property, bound: Bound, value: bool) -> Result<()> {
        self.put(set, property, bound, Given::Bool(value))
    }

    /// Sets a string.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when there is no such set or the property or member takes no strings.
    pub fn set_string(&mut self, set: usize, property: Property, bound: Bound, value: &str) -> Result<()> {
        self.put(set, property, bound, Given::Strings(Strings::One(value.to_owned())))
    }

    /// Sets a list of acceptable strings; an empty list is no constraint.
    ///
    /// # Errors
    ///
    /// As [`set_string`](Self::set_string).
    pub fn set_strings(&mut self, set: usize, property: Property, bound: Bound, values: &[&str]) -> Result<()> {
        self.put(set, property, bound, Given::Strings(Strings::Any(values.iter().map(|s| (*s).to_owned()).collect())))
    }

    /// Sets a list of points; an empty list is no constraint.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when there is no such set, the property or member takes no points, or a coordinate is
    /// not finite.
    pub fn set_points(&mut self, set: usize, property: Property, bound: Bound, points: &[Point2D]) -> Result<()> {
        self.put(set, property, bound, Given::Points(points.to_vec()))
    }

    fn put(&mut self, set: usize, property: Property, bound: Bound, value: Given) -> Result<()> {
        let path = path(set, property, bound);
        let members = &mut self.set_mut(set)?.members;
        // Changed aside, so that a mistake leaves nothing behind.
        let mut constraint = members.get(&property).cloned().unwrap_or_else(|| AnyConstraint::empty(property.value_kind()));
        match (&mut constraint, value) {
            (AnyConstraint::ULong(c), Given::Number(n)) => member(c, bound, to_ulong(n), &path)?,
            (AnyConstraint::Double(c) | AnyConstraint::BooleanOrDouble(BooleanOrDouble::Double(c)), Given::Number(n)) => {
                finite(n, &path)?;
                member(c, bound, n, &path)?;
            }
            (AnyConstraint::BooleanOrDouble(BooleanOrDouble::Boolean(_)), Given::Number(_)) => {
                return Err(Error::invalid(format!("{path}: it has a boolean value already")));
            }
            (AnyConstraint::BooleanOrDouble(c), Given::Bool(value)) if bound == Bound::Bare => *c = BooleanOrDouble::Boolean(value),
            (AnyConstraint::BooleanOrDouble(_), Given::Bool(_)) => {
                return Err(Error::invalid(format!("{path}: a boolean has no bounds; give it bare")));
            }
            (AnyConstraint::Boolean(c), Given::Bool(value)) => listed(c, bound, value, &path)?,
            (AnyConstraint::String(c), Given::Strings(value)) => listed(c, bound, value, &path)?,
            (AnyConstraint::Points(c), Given::Points(points)) => {
                points.iter().try_for_each(|point| finite(point.x, &path).and_then(|()| finite(point.y, &path)))?;
                listed(c, bound, points, &path)?;
            }
            (_, value) => {
                return Err(Error::invalid(format!("{path}: {} is expected, not {}", property.value_kind(), value.what())));
            }
        }
        members.insert(property, constraint);
        Ok(())
    }
}

/// A value on its way into a constraint.
enum Given {
    Number(f64),
    Bool(bool),
    Strings(Strings),
    Points(Vec<Point2D>),
}

impl Given {
    fn what(&self) -> &'static str {
        match self {
            Given::Number(_) => "a number",
            Given::Bool(_) => "a boolean",
            Given::Strings(_) => "a string",
            Given::Points(_) => "a list of points",
        }
    }
}

impl AnyConstraint {
    /// The constraint `{}`.
    fn empty(kind: ValueKind) -> AnyConstraint {
        match kind {
            ValueKind::ULong => AnyConstraint::ULong(Constraint::Dict(Bounds::default())),
            ValueKind::Double => AnyConstraint::Double(Constraint::Dict(Bounds::default())),
            ValueKind::Boolean => AnyConstraint::Boolean(Constraint::Dict(Bounds::default())),
            ValueKind::String => AnyConstraint::String(Constraint::Dict(Bounds::default())),
            ValueKind::Points => AnyConstraint::Points(Constraint::Dict(Bounds::default())),
            ValueKind::BooleanOrDouble => AnyConstraint::BooleanOrDouble(Constraint::Dict(Bounds::default()).into()),
        }
    }
}

fn finite(value: f64, path: &str) -> Result<()> {
    if value.is_finite() { Ok(()) } else { Err(Error::invalid(format!("{path}: {value} is not a finite number"))) }
}

/// As `member`, for values that have no order.
fn listed<T>(constraint: &mut Constraint<T>, bound: Bound, value: T, path: &str) -> Result<()> {
    if matches!(bound, Bound::Min | Bound::Max) {
        return Err(Error::invalid(format!("{path}: only numbers have {}; use exact or ideal", bound.name())));
    }
    member(constraint, bound, value, path)
}

/// `advanced[1].zoom.min`
fn path(set: usize, property: Property, bound: Bound) -> String {
    let set = if set == 0 { String::new() } else { format!("advanced[{}].", set - 1) };
    let member = if bound == Bound::Bare { String::new() } else { format!(".{}", bound.name()) };
    format!("{set}{property}{member}")
}

fn member<T>(constraint: &mut Constraint<T>, bound: Bound, value: T, path: &str) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
        let error = constraints.set_bool(0, Property::Torch, Bound::Max, true).unwrap_err();
        assert!(error.message().starts_with("torch.max: "), "{error}");
        let points = [Point2D::new(0.0, f64::INFINITY)];
        let error = constraints.set_points(0, Property::PointsOfInterest, Bound::Exact, &points).unwrap_err();
        assert!(error.message().starts_with("pointsOfInterest.exact: "), "{error}");
        assert_eq!(constraints.to_json(), r#"{"advanced":[{}]}"#, "a mistake leaves nothing behind");
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
