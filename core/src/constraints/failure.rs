//! Errors that explain: what was asked, what there is, what is nearest to it.

use super::group::Domain;
use super::lattice::Lattice;
use super::normalize::{NumberRule, Rule, Rules};
use super::space::Space;
use super::stream::{ResizeMode, aspect_ratio};
use crate::{Error, MediaSettingsRange, MediaTrackConstraints, Property};

/// So many values of a list are named; more would bury the message.
const MOST: usize = 8;

/// The error for constraints that nothing in a space satisfies.
pub(crate) fn of_space(space: &Space, constraints: &MediaTrackConstraints, basic: &Rules) -> Error {
    if let Some(&property) = space.impossible(constraints).first() {
        let rule = &basic[&property];
        return Error::overconstrained(property.name(), format!("{property}: asked for {}; {}", asked(rule), offer(space, property, rule)));
    }
    Error::overconstrained("", conflict(basic))
}

/// For demands of which none is to blame alone.
pub(crate) fn conflict(basic: &Rules) -> String {
    let demands: Vec<String> =
        basic.iter().filter(|(_, rule)| rule.is_required()).map(|(property, rule)| format!("{property} {}", asked(rule))).collect();
    format!("each of these demands can be met alone, but not all together: {}", demands.join(", "))
}

/// What a rule demands, in words.
pub(crate) fn asked(rule: &Rule) -> String {
    fn choices<T: std::fmt::Debug>(exact: &[T]) -> String {
        let mut words: Vec<String> = exact.iter().take(MOST).map(|value| format!("{value:?}")).collect();
        if exact.len() > MOST {
            words.push(format!("one of {} others", exact.len() - MOST));
        }
        format!("exactly {}", words.join(" or "))
    }
    match rule {
        Rule::Presence { wanted, .. } => format!("{wanted}"),
        Rule::String(rule) => choices(&rule.exact),
        Rule::Bool(rule) => choices(&rule.exact),
        Rule::Points(rule) => {
            format!("exactly {}", rule.exact.iter().map(|p| crate::Value::Points(p.clone()).to_string()).collect::<String>())
        }
        Rule::Number(rule) => {
            let parts = [("exactly", rule.exact), ("at least", rule.min), ("at most", rule.max)];
            parts.iter().filter_map(|(word, v)| v.map(|v| format!("{word} {v}"))).collect::<Vec<_>>().join(" and ")
        }
    }
}

/// What a space has for a property, and what of it is nearest to the demand.
fn offer(space: &Space, property: Property, rule: &Rule) -> String {
    if let Some(actual) = space.fixed(property) {
        return format!("this camera has {actual:?}");
    }
    if !space.has(property) {
        return format!("the camera has no {property}");
    }
    if property == Property::ResizeMode {
        return format!("it is one of {:?}", ResizeMode::ALL.map(ResizeMode::as_str));
    }
    let natives = space.natives.iter();
    match property {
        Property::Width => return sizes(natives.map(|n| f64::from(n.width)).collect(), rule, "pixels wide"),
        Property::Height => return sizes(natives.map(|n| f64::from(n.height)).collect(), rule, "pixels high"),
        Property::FrameRate => return sizes(natives.map(|n| n.frame_rate).collect(), rule, "frames per second"),
        Property::AspectRatio => return sizes(natives.map(|n| aspect_ratio(n.width, n.height)).collect(), rule, "is the native shape"),
        _ => {}
    }
    let held = if space.held.is_empty() { "" } else { ", as far as the other tracks of the camera leave it" };
    let domains: Vec<&Domain> = space
        .groups
        .iter()
        .flat_map(|group| group.branches.iter().flatten())
        .filter(|m| m.property == property)
        .map(|m| &m.domain)
        .collect();
    let mut strings: Vec<&String> = Vec::new();
    let mut bools: Vec<bool> = Vec::new();
    let mut lattices: Vec<&Lattice> = Vec::new();
    for domain in domains {
        match domain {
            Domain::Strings(values) => strings.extend(values),
            Domain::Bools(values) => bools.extend(values),
            Domain::Numbers(lattice) => lattices.push(lattice),
            Domain::Points(_) => {}
        }
    }
    if !strings.is_empty() {
        return format!("the camera offers {strings:?}{held}");
    }
    if !bools.is_empty() {
        return format!("the camera offers {bools:?}{held}");
    }
    let Some(MediaSettingsRange { min, max, step }) =
        lattices.iter().map(|l| l.range()).max_by(|a, b| (a.max - a.min).total_cmp(&(b.max - b.min)))
    else {
        return "the camera cannot do that together with its other tracks".to_owned();
    };
    let step = if step > 0.0 { format!(" in steps of {step}") } else { String::new() };
    let nearest = target(rule).map(|t| format!("; the nearest is {}", t.clamp(min, max))).unwrap_or_default();
    format!("the camera offers {min} to {max}{step}{held}{nearest}")
}

fn target(rule: &Rule) -> Option<f64> {
    let Rule::Number(NumberRule { min, max, exact, .. }) = rule else { return None };
    exact.or(*min).or(*max)
}

fn sizes(mut native: Vec<f64>, rule: &Rule, unit: &str) -> String {
    native.sort_by(f64::total_cmp);
    native.dedup();
    let (Some(first), Some(last)) = (native.first(), native.last()) else { return "the camera has no pictures".to_owned() };
    let nearest = target(rule).and_then(|t| native.iter().min_by(|a, b| (**a - t).abs().total_cmp(&(**b - t).abs())));
    let nearest = nearest.map(|n| format!("; the nearest is {n}")).unwrap_or_default();
    if first == last {
        format!("the camera's only mode is {first} {unit}")
    } else {
        format!("the camera's modes are {first} to {last} {unit} ({} values){nearest}", native.len())
    }
}
