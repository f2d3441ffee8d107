//! The fitness distance, rule by rule as the specification has it.
//!
//! W3C: [fitness distance](https://www.w3.org/TR/mediacapture-streams/#dfn-fitness-distance).

use super::normalize::{ChoiceRule, NumberRule, Rule, Rules, rounded_ratio};
use crate::{MediaTrackSettings, Point2D, Property, Value};

/// Points of interest that are nearer than this are the same (FD3).
const SAME_POINT: f64 = 1e-9;
/// Frame rates that differ by less than this part are the same (FD5): 29.97 is 30000/1001.
pub(crate) const SAME_RATE: f64 = 1e-4;

/// The relative distance of a number from its ideal: 0 to 1 for values of equal sign.
pub(crate) fn distance(actual: f64, ideal: f64) -> f64 {
    if actual == ideal { 0.0 } else { (actual - ideal).abs() / actual.abs().max(ideal.abs()) }
}

pub(crate) fn same_rate(a: f64, b: f64) -> bool {
    (a - b).abs() <= SAME_RATE * a.abs().max(b.abs())
}

/// Whether a number keeps within the bounds of a rule.
pub(crate) fn number_satisfies(property: Property, actual: f64, rule: &NumberRule) -> bool {
    let actual = if property == Property::AspectRatio { rounded_ratio(actual) } else { actual };
    let equal = |a: f64, b: f64| if property == Property::FrameRate { same_rate(a, b) } else { a == b };
    rule.min.is_none_or(|min| actual >= min || equal(actual, min))
        && rule.max.is_none_or(|max| actual <= max || equal(actual, max))
        && rule.exact.is_none_or(|exact| equal(actual, exact))
}

/// What a number costs by its ideal.
pub(crate) fn number_distance(property: Property, actual: f64, rule: &NumberRule) -> f64 {
    let actual = if property == Property::AspectRatio { rounded_ratio(actual) } else { actual };
    rule.ideal.map_or(0.0, |ideal| distance(actual, ideal))
}

/// The same points, on both sides moved into the picture.
pub(crate) fn same_points(a: &[Point2D], b: &[Point2D]) -> bool {
    let same = |(a, b): (&Point2D, &Point2D)| {
        let (a, b) = (a.clamped(), b.clamped());
        (a.x - b.x).abs() <= SAME_POINT && (a.y - b.y).abs() <= SAME_POINT
    };
    a.len() == b.len() && a.iter().zip(b).all(same)
}

impl<T> ChoiceRule<T> {
    fn term(&self, equal: impl Fn(&T) -> bool) -> f64 {
        if !self.exact.is_empty() && !self.exact.iter().any(&equal) {
            f64::INFINITY
        } else if self.ideal.is_empty() || self.ideal.iter().any(&equal) {
            0.0
        } else {
            1.0
        }
    }
}

/// The distance of one property; infinite when a demand is not met.
pub(crate) fn term(property: Property, rule: &Rule, actual: Option<&Value>) -> f64 {
    match (rule, actual) {
        (Rule::Presence { wanted, required }, actual) => {
            let met = *wanted == actual.is_some();
            if met {
                0.0
            } else if *required {
                f64::INFINITY
            } else {
                1.0
            }
        }
        (rule, None) => {
            if rule.is_required() {
                f64::INFINITY
            } else {
                1.0
            }
        }
        (Rule::Number(rule), Some(Value::Number(actual))) => {
            if number_satisfies(property, *actual, rule) {
                number_distance(property, *actual, rule)
            } else {
                f64::INFINITY
            }
        }
        (Rule::Bool(rule), Some(Value::Bool(actual))) => rule.term(|choice| choice == actual),
        (Rule::String(rule), Some(Value::String(actual))) => rule.term(|choice| choice == actual),
        (Rule::Points(rule), Some(Value::Points(actual))) => rule.term(|choice| same_points(choice, actual)),
        // The kind of a property never changes, so neither side can be of another kind.
        (_, Some(_)) => f64::INFINITY,
    }
}

/// The distance of a settings dictionary from a set of rules.
pub(crate) fn fitness_distance(rules: &Rules, settings: &MediaTrackSettings) -> f64 {
    rules.iter().map(|(property, rule)| term(*property, rule, settings.get(*property))).sum()
}
