//! From constraints as written to rules, once: what is demanded and what is wished for.

use std::collections::BTreeMap;

use super::{AnyConstraint, BooleanOrDouble, Constraint, ConstraintSet};
use crate::Property;

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

/// A rule on a string. Empty lists are no constraint.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StringRule {
    pub(crate) exact: Vec<String>,
    pub(crate) ideal: Vec<String>,
}

/// A rule on one property.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    Number(NumberRule),
    String(StringRule),
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
            Rule::String(rule) => !rule.exact.is_empty(),
            Rule::Presence { required, .. } => *required,
        }
    }
}

/// One set of rules.
pub(crate) type Rules = BTreeMap<Property, Rule>;

/// Turns one constraint set into rules. A string constraint whose lists are all empty vanishes.
pub(crate) fn rules(set: &ConstraintSet, bare: BareIs) -> Rules {
    set.iter().filter_map(|(property, constraint)| Some((property, rule(constraint, bare)?))).collect()
}

fn rule(constraint: &AnyConstraint, bare: BareIs) -> Option<Rule> {
    Some(match constraint {
        AnyConstraint::ULong(c) => Rule::Number(number_rule(c, bare, |n| f64::from(*n))),
        AnyConstraint::Double(c) | AnyConstraint::BooleanOrDouble(BooleanOrDouble::Double(c)) => Rule::Number(number_rule(c, bare, |n| *n)),
        AnyConstraint::BooleanOrDouble(BooleanOrDouble::Boolean(wanted)) => {
            Rule::Presence { wanted: *wanted, required: bare == BareIs::Exact }
        }
        AnyConstraint::String(c) => {
            let rule = match c {
                Constraint::Bare(value) if bare == BareIs::Ideal => {
                    StringRule { ideal: value.as_slice().to_vec(), ..StringRule::default() }
                }
                Constraint::Bare(value) => StringRule { exact: value.as_slice().to_vec(), ..StringRule::default() },
                Constraint::Dict(bounds) => {
                    // `{}` is kept (it costs 1 where the property is missing); a dictionary that only
                    // held empty lists is not a constraint.
                    let given = bounds.exact.is_some() || bounds.ideal.is_some();
                    let list = |member: &Option<super::Strings>| member.as_ref().map(|s| s.as_slice().to_vec()).unwrap_or_default();
                    let rule = StringRule { exact: list(&bounds.exact), ideal: list(&bounds.ideal) };
                    if given && rule.exact.is_empty() && rule.ideal.is_empty() {
                        return None;
                    }
                    return Some(Rule::String(rule));
                }
            };
            if rule.exact.is_empty() && rule.ideal.is_empty() {
                return None;
            }
            Rule::String(rule)
        }
    })
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
