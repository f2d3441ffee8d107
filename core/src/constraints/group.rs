//! The controls of a camera as selection sees them: each alone, or coupled where one locks another.
//!
//! A [`Group`] is a small list of *branches*, alternatives of which exactly one is in force. A control that
//! depends on nothing is a group of one branch with one member. A mode that locks a value has a branch a
//! mode: `manual` with the whole range, `continuous` with the one value that the camera has at present (D1).
//! Groups never depend on each other, so the product of their values is never formed.

use super::fitness;
use super::lattice::Lattice;
use super::normalize::{ChoiceRule, Rule, Rules};
use crate::{Point2D, Property, Value};

/// The values that one property can take.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Domain {
    Numbers(Lattice),
    Bools(Vec<bool>),
    Strings(Vec<String>),
    /// Any points; `Some` once these and no others are demanded.
    Points(Option<Vec<Point2D>>),
}

/// One property of a branch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    pub(crate) property: Property,
    pub(crate) domain: Domain,
    /// The value it takes when nothing is asked of it.
    pub(crate) preferred: Value,
}

/// One alternative of a group.
pub(crate) type Branch = Vec<Member>;

/// A value for each of some properties.
pub(crate) type Values = Vec<(Property, Value)>;

/// Properties that are chosen together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    pub(crate) branches: Vec<Branch>,
}

impl Member {
    pub(crate) fn new(property: Property, domain: Domain, preferred: Value) -> Member {
        Member { property, domain, preferred }
    }
}

impl Domain {
    /// The only value that is possible.
    pub(crate) fn of(value: &Value) -> Domain {
        match value {
            Value::Number(n) => Domain::Numbers(Lattice::single(*n)),
            Value::Bool(b) => Domain::Bools(vec![*b]),
            Value::String(s) => Domain::Strings(vec![s.clone()]),
            Value::Points(points) => Domain::Points(Some(points.clone())),
        }
    }

    /// What is left under a demand; `None` when it is nothing.
    fn restrict(&self, rule: &Rule) -> Option<Domain> {
        fn kept<T: Clone + PartialEq>(values: &[T], rule: &ChoiceRule<T>) -> Option<Vec<T>> {
            let left: Vec<T> = values.iter().filter(|value| rule.exact.is_empty() || rule.exact.contains(value)).cloned().collect();
            (!left.is_empty()).then_some(left)
        }
        Some(match (self, rule) {
            (domain, Rule::Presence { wanted: true, .. }) => domain.clone(),
            (Domain::Numbers(lattice), Rule::Number(rule)) => Domain::Numbers(lattice.restrict(rule)?),
            (Domain::Bools(values), Rule::Bool(rule)) => Domain::Bools(kept(values, rule)?),
            (Domain::Strings(values), Rule::String(rule)) => Domain::Strings(kept(values, rule)?),
            (Domain::Points(demanded), Rule::Points(rule)) => match (demanded, rule.exact.first()) {
                (Some(points), Some(exact)) if !fitness::same_points(points, exact) => return None,
                (Some(points), _) => Domain::Points(Some(points.clone())),
                (None, exact) => Domain::Points(exact.cloned()),
            },
            _ => return None,
        })
    }

    /// The value with the smallest distance, and that distance. Among equals the preferred one.
    fn best(&self, property: Property, rule: Option<&Rule>, preferred: &Value) -> (Value, f64) {
        fn chosen<T: Clone + PartialEq>(values: &[T], rule: Option<&ChoiceRule<T>>, preferred: Option<&T>) -> (T, f64) {
            let ideals = rule.map_or(&[][..], |rule| &rule.ideal);
            let wanted = |value: &&T| ideals.contains(value);
            // The preferred one if it is wanted, else the first wish that can be met, else the preferred one.
            let pick = preferred
                .filter(|value| values.contains(value) && wanted(value))
                .or_else(|| ideals.iter().find(|ideal| values.contains(ideal)))
                .or_else(|| preferred.filter(|value| values.contains(value)))
                .unwrap_or(&values[0]);
            (pick.clone(), if ideals.is_empty() || wanted(&pick) { 0.0 } else { 1.0 })
        }
        match self {
            Domain::Numbers(lattice) => {
                let keep = if let Value::Number(n) = preferred { *n } else { lattice.range().min };
                let number = match rule {
                    Some(Rule::Number(rule)) => rule.ideal.map_or_else(|| lattice.keep(keep), |ideal| lattice.best(ideal)),
                    _ => lattice.keep(keep),
                };
                let term = if let Some(Rule::Number(rule)) = rule { fitness::number_distance(property, number, rule) } else { 0.0 };
                (Value::Number(number), term)
            }
            Domain::Bools(values) => {
                let rule = if let Some(Rule::Bool(rule)) = rule { Some(rule) } else { None };
                let (value, term) = chosen(values, rule, if let Value::Bool(b) = preferred { Some(b) } else { None });
                (Value::Bool(value), term)
            }
            Domain::Strings(values) => {
                let rule = if let Some(Rule::String(rule)) = rule { Some(rule) } else { None };
                let (value, term) = chosen(values, rule, if let Value::String(s) = preferred { Some(s) } else { None });
                (Value::String(value), term)
            }
            Domain::Points(demanded) => {
                let ideal = if let Some(Rule::Points(rule)) = rule { rule.ideal.first() } else { None };
                let keep = if let Value::Points(points) = preferred { points.clone() } else { Vec::new() };
                let points = demanded.clone().or_else(|| ideal.cloned()).unwrap_or(keep);
                let term = ideal.is_some_and(|ideal| !fitness::same_points(ideal, &points));
                (Value::Points(points), f64::from(u8::from(term)))
            }
        }
    }
}

impl Group {
    /// A control that depends on nothing.
    pub(crate) fn alone(member: Member) -> Group {
        Group { branches: vec![vec![member]] }
    }

    pub(crate) fn has(&self, property: Property) -> bool {
        self.branches.iter().flatten().any(|member| member.property == property)
    }

    /// What is left under the demands of a set; `None` when it is nothing.
    pub(crate) fn restrict(&self, rules: &Rules) -> Option<Group> {
        let branches: Vec<Branch> = self.branches.iter().filter_map(|branch| restrict_branch(branch, rules)).collect();
        (!branches.is_empty()).then_some(Group { branches })
    }

    /// The values with the smallest sum of distances, and that sum. Among equal ones the branch whose first
    /// member, the mode, stays as it is.
    pub(crate) fn best(&self, rules: &Rules) -> (Values, f64) {
        // Values, sum, and whether the mode stays.
        let mut best: Option<(Values, f64, bool)> = None;
        for branch in &self.branches {
            let mut sum = 0.0;
            let mut values = Vec::with_capacity(branch.len());
            for member in branch {
                let (value, term) = member.domain.best(member.property, rules.get(&member.property), &member.preferred);
                sum += term;
                values.push((member.property, value));
            }
            let stays = branch.first().zip(values.first()).is_some_and(|(member, (_, value))| member.preferred == *value);
            let better = match &best {
                None => true,
                Some((_, least, kept)) if (sum - least).abs() < super::select::TIE => stays && !kept,
                Some((_, least, _)) => sum < *least,
            };
            if better {
                best = Some((values, sum, stays));
            }
        }
        best.map_or((Vec::new(), 0.0), |(values, sum, _)| (values, sum))
    }
}

fn restrict_branch(branch: &Branch, rules: &Rules) -> Option<Branch> {
    let restrict = |member: &Member| {
        let domain = match rules.get(&member.property) {
            Some(rule) if rule.is_required() => member.domain.restrict(rule)?,
            _ => member.domain.clone(),
        };
        Some(Member { domain, ..member.clone() })
    };
    branch.iter().map(restrict).collect()
}
