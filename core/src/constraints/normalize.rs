//! From constraints as written to rules, once: what is demanded and what is wished for.

use std::collections::BTreeMap;

use super::{AnyConstraint, BooleanOrDouble, Constraint, ConstraintSet};
use crate::{Point2D, Property};

/// What a bare value means: in the basic set an ideal, in an advanced set a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BareIs {
    Ideal,
    Exact,
}

/// A rule on a number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct NumberRule {
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) exact: Option<f64>,
    pub(crate) ideal: Option<f64>,
}

/// A rule on a value that is one of several. Empty lists are no constraint.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ChoiceRule<T> {
    pub(crate) exact: Vec<T>,
    pub(crate) ideal: Vec<T>,
}

/// A rule on one property.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    Number(NumberRule),
    Bool(ChoiceRule<bool>),
    String(ChoiceRule<String>),
    /// Each choice is a whole list of points.
    Points(ChoiceRule<Vec<Point2D>>),
    /// Must (or should) the object have the property at all?
    Presence {
        wanted: bool,
        required: bool,
    },
}

impl Rule {
    /// A required constraint: `min`, `max` or `exact`, or a bare value in an advanced set.
    pub(crate) fn is_required(&self) -> bool {
        match self {
            Rule::Number(rule) => rule.min.is_some() || rule.max.is_some() || rule.exact.is_some(),
            Rule::Bool(rule) => !rule.exact.is_empty(),
            Rule::String(rule) => !rule.exact.is_empty(),
            Rule::Points(rule) => !rule.exact.is_empty(),
            Rule::Presence { required, .. } => *required,
        }
    }
}

/// One set of rules.
pub(crate) type Rules = BTreeMap<Property, Rule>;

/// Turns one constraint set into rules. A constraint whose lists are all empty vanishes.
pub(crate) fn rules(set: &ConstraintSet, bare: BareIs) -> Rules {
    set.iter().filter_map(|(property, constraint)| Some((property, rule(property, constraint, bare)?))).collect()
}

/// The rule of a set on one property.
pub(crate) fn rule_on(set: &ConstraintSet, property: Property, bare: BareIs) -> Option<Rule> {
    set.get(property).and_then(|constraint| rule(property, constraint, bare))
}

/// Both sides of a comparison of shapes have ten decimals (FD4), so that 16/9 is 1280 by 720.
pub(crate) fn rounded_ratio(ratio: f64) -> f64 {
    // So large numbers have no decimals, and must not become infinite.
    if ratio.abs() < 1e15 { (ratio * 1e10).round() / 1e10 } else { ratio }
}

fn rule(property: Property, constraint: &AnyConstraint, bare: BareIs) -> Option<Rule> {
    let ratio = property == Property::AspectRatio;
    Some(match constraint {
        AnyConstraint::ULong(c) => Rule::Number(number_rule(c, bare, |n| f64::from(*n))),
        AnyConstraint::Double(c) if ratio => Rule::Number(number_rule(c, bare, |n| rounded_ratio(*n))),
        AnyConstraint::Double(c) | AnyConstraint::BooleanOrDouble(BooleanOrDouble::Double(c)) => Rule::Number(number_rule(c, bare, |n| *n)),
        AnyConstraint::BooleanOrDouble(BooleanOrDouble::Boolean(wanted)) => {
            Rule::Presence { wanted: *wanted, required: bare == BareIs::Exact }
        }
        AnyConstraint::Boolean(c) => Rule::Bool(choice_rule(c, bare, |b| vec![*b])?),
        AnyConstraint::String(c) => Rule::String(choice_rule(c, bare, |strings| strings.as_slice().to_vec())?),
        AnyConstraint::Points(c) => {
            let clamped = |points: &Vec<Point2D>| points.iter().map(|point| point.clamped()).collect();
            let given = |points: &Vec<Point2D>| if points.is_empty() { vec![] } else { vec![clamped(points)] };
            Rule::Points(choice_rule(c, bare, given)?)
        }
    })
}

/// `None` for a constraint that only held empty lists. `{}` is kept: it costs 1 where the property is missing.
fn choice_rule<T, U>(constraint: &Constraint<T>, bare: BareIs, choices: impl Fn(&T) -> Vec<U>) -> Option<ChoiceRule<U>> {
    let list = |value: Option<&T>| value.map(&choices).unwrap_or_default();
    let (exact, ideal, given) = match constraint {
        Constraint::Bare(value) if bare == BareIs::Ideal => (vec![], choices(value), true),
        Constraint::Bare(value) => (choices(value), vec![], true),
        Constraint::Dict(bounds) => {
            (list(bounds.exact.as_ref()), list(bounds.ideal.as_ref()), bounds.exact.is_some() || bounds.ideal.is_some())
        }
    };
    let vanishes = given && exact.is_empty() && ideal.is_empty();
    (!vanishes).then_some(ChoiceRule { exact, ideal })
}

fn number_rule<T>(constraint: &Constraint<T>, bare: BareIs, to_f64: impl Fn(&T) -> f64) -> NumberRule {
    match constraint {
        Constraint::Bare(value) if bare == BareIs::Ideal => NumberRule { ideal: Some(to_f64(value)), ..NumberRule::default() },
        Constraint::Bare(value) => NumberRule { exact: Some(to_f64(value)), ..NumberRule::default() },
        Constraint::Dict(bounds) => NumberRule {
            min: bounds.min.as_ref().map(&to_f64),
            max: bounds.max.as_ref().map(&to_f64),
            exact: bounds.exact.as_ref().map(&to_f64),
            ideal: bounds.ideal.as_ref().map(&to_f64),
        },
    }
}
