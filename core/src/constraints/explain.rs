//! Why constraints choose what they choose: each mode with its distance, term by term, or what excludes it.

use super::failure::asked;
use super::fitness;
use super::group::Group;
use super::normalize::{BareIs, Rule, Rules, rules};
use super::space::{Selection, Space};
use super::stream::{Native, StreamChoice, aspect_ratio};
use crate::{Error, MediaTrackConstraints, Property, Value};

/// What one property adds to the distance.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Term {
    pub(crate) property: Property,
    /// What was wished for or demanded, in words.
    pub(crate) asked: String,
    /// The value it was compared with, if there is one.
    pub(crate) actual: Option<Value>,
    /// Infinite for a demand that is not met.
    pub(crate) distance: f64,
}

/// One mode of a camera, or what was made of one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExplainedMode {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) frame_rate: f64,
    pub(crate) resize_mode: &'static str,
    /// Index into the native modes; `None` for what is made of one.
    pub(crate) native: Option<usize>,
    pub(crate) terms: Vec<Term>,
    /// The advanced sets that it does not meet though the camera does, counted from 0.
    pub(crate) fails_advanced: Vec<usize>,
    pub(crate) selected: bool,
}

/// What constraints make of one camera.
#[derive(Clone, Debug)]
pub(crate) struct ExplainedSpace {
    pub(crate) selection: Result<Selection, Error>,
    /// What does not depend on the mode.
    pub(crate) common: Vec<Term>,
    pub(crate) modes: Vec<ExplainedMode>,
}

/// A sum of terms.
pub(crate) fn sum(terms: &[Term]) -> f64 {
    terms.iter().map(|term| term.distance).sum()
}

/// Explains the selection in a space.
pub(crate) fn explain(space: &Space, constraints: &MediaTrackConstraints) -> ExplainedSpace {
    let basic = rules(&constraints.basic, BareIs::Ideal);
    let selection = space.select(constraints);
    let met: Vec<(usize, Rules)> = match &selection {
        Ok(selection) => constraints
            .advanced
            .iter()
            .enumerate()
            .filter(|(index, _)| selection.advanced[*index])
            .map(|(index, set)| (index, rules(set, BareIs::Exact)))
            .collect(),
        Err(_) => Vec::new(),
    };
    let chosen = selection.as_ref().ok().and_then(|selection| selection.stream);
    let values = selection.as_ref().map(|selection| selection.values.clone()).unwrap_or_else(|_| best_values(&space.groups, &basic));
    let of_mode = |property: &Property| property.is_of_track() || *property == Property::PowerEfficientPixelFormat;
    let common = basic.iter().filter(|(property, _)| !of_mode(property)).map(|(property, rule)| {
        let chosen = values.iter().find(|(p, _)| p == property).map(|(_, value)| value.clone());
        term(*property, rule, space.fixed(*property).map(Value::from).or(chosen))
    });
    let explained = |stream: &StreamChoice, native: Option<usize>| {
        let actual = |property: &Property| of_stream(stream, *property);
        let terms = basic.iter().filter(|(property, _)| of_mode(property)).map(|(property, rule)| term(*property, rule, actual(property)));
        let misses = |rules: &Rules| {
            rules.iter().any(|(property, rule)| of_mode(property) && term(*property, rule, actual(property)).distance.is_infinite())
        };
        ExplainedMode {
            width: stream.width,
            height: stream.height,
            frame_rate: stream.frame_rate,
            resize_mode: stream.resize_mode.as_str(),
            native,
            terms: terms.collect(),
            fails_advanced: met.iter().filter(|(_, rules)| misses(rules)).map(|(index, _)| *index).collect(),
            selected: false,
        }
    };
    // A mode as it would be used: its own pictures, or counted as scaled ones if the selection is that.
    let resize_mode = chosen.map_or(super::stream::ResizeMode::None, |stream| stream.resize_mode);
    let as_stream = |native: &Native| StreamChoice {
        width: native.width,
        height: native.height,
        frame_rate: native.frame_rate,
        resize_mode,
        efficient: native.efficient,
    };
    let mut modes: Vec<ExplainedMode> =
        space.natives.iter().enumerate().map(|(index, native)| explained(&as_stream(native), Some(index))).collect();
    if let Some(stream) = chosen {
        match space.natives.iter().position(|native| as_stream(native) == stream) {
            Some(index) => modes[index].selected = true,
            None => modes.push(ExplainedMode { selected: true, ..explained(&stream, None) }),
        }
    }
    ExplainedSpace { common: common.collect(), modes, selection }
}

/// The values that come nearest, for a camera that does not fit as a whole.
fn best_values(groups: &[Group], basic: &Rules) -> Vec<(Property, Value)> {
    groups.iter().flat_map(|group| group.best(basic).0).collect()
}

fn of_stream(stream: &StreamChoice, property: Property) -> Option<Value> {
    Some(match property {
        Property::Width => f64::from(stream.width).into(),
        Property::Height => f64::from(stream.height).into(),
        Property::AspectRatio => aspect_ratio(stream.width, stream.height).into(),
        Property::FrameRate => stream.frame_rate.into(),
        Property::ResizeMode => stream.resize_mode.as_str().into(),
        Property::PowerEfficientPixelFormat => stream.efficient.into(),
        _ => return None,
    })
}

fn term(property: Property, rule: &Rule, actual: Option<Value>) -> Term {
    let distance = fitness::term(property, rule, actual.as_ref());
    Term { property, asked: wanted(rule), actual, distance }
}

/// What a rule asks for, demands and wishes, in words.
fn wanted(rule: &Rule) -> String {
    fn list<T: std::fmt::Debug>(ideal: &[T]) -> String {
        ideal.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(" or ")
    }
    let ideal = match rule {
        Rule::Number(rule) => rule.ideal.map(|ideal| ideal.to_string()).unwrap_or_default(),
        Rule::Bool(rule) => list(&rule.ideal),
        Rule::String(rule) => list(&rule.ideal),
        Rule::Points(rule) => rule.ideal.iter().map(|points| Value::Points(points.clone()).to_string()).collect(),
        Rule::Presence { .. } => return asked(rule),
    };
    let demand = if rule.is_required() { asked(rule) } else { String::new() };
    match (demand.is_empty(), ideal.is_empty()) {
        (true, true) => "that it is there".to_owned(),
        (true, false) => format!("ideally {ideal}"),
        (false, true) => demand,
        (false, false) => format!("{demand}, ideally {ideal}"),
    }
}
