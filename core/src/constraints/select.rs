//! SelectSettings: from what a device offers and what a program asks for to one value a property.
//!
//! W3C: [SelectSettings](https://www.w3.org/TR/mediacapture-streams/#dfn-selectsettings). The possible
//! settings are never enumerated as a product. Stream modes are a list; every control is a range of its
//! own; fixed strings are constants. Distances add up over these groups, so each group is minimised
//! alone, and a set of demands is accepted when it leaves something in every group.

use std::collections::BTreeMap;

use super::MediaTrackConstraints;
use super::lattice::Lattice;
use super::normalize::{BareIs, NumberRule, Rule, Rules, StringRule, rules};
use crate::{Error, MediaSettingsRange, Property};

/// One mode that the stream could run in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ModePoint {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) frame_rate: f64,
    /// Rank of the pixel format; smaller is cheaper to use.
    pub(crate) format_rank: u32,
}

/// One control, free to take any value of its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ControlPoint {
    pub(crate) property: Property,
    pub(crate) range: MediaSettingsRange,
    /// What it takes when nothing is asked of it.
    pub(crate) preferred: f64,
}

/// Everything that one device could be set to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Space {
    pub(crate) fixed: Vec<(Property, String)>,
    pub(crate) modes: Vec<ModePoint>,
    pub(crate) controls: Vec<ControlPoint>,
    /// Constraints of other tracks on the same device: their demands stay met (MT2).
    pub(crate) held: Vec<MediaTrackConstraints>,
}

/// The settings that were selected.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Selection {
    /// Index into [`Space::modes`].
    pub(crate) mode: usize,
    pub(crate) values: Vec<(Property, f64)>,
    /// Distance from the basic set.
    pub(crate) distance: f64,
    /// For each advanced set, whether it was met.
    pub(crate) advanced: Vec<bool>,
}

/// Default values that break ties.
const DEFAULT_WIDTH: f64 = 640.0;
const DEFAULT_HEIGHT: f64 = 480.0;
const DEFAULT_FRAME_RATE: f64 = 30.0;
/// Two distances closer than this are equal.
const TIE: f64 = 1e-12;

/// The relative distance of a number from its ideal: 0 to 1 for values of equal sign.
pub(crate) fn distance(actual: f64, ideal: f64) -> f64 {
    if actual == ideal { 0.0 } else { (actual - ideal).abs() / actual.abs().max(ideal.abs()) }
}

fn equal_rates(a: f64, b: f64) -> bool {
    // FD5: 29.97 is 30000/1001.
    (a - b).abs() <= 1e-4 * a.abs().max(b.abs())
}

fn number_satisfies(property: Property, actual: f64, rule: &NumberRule) -> bool {
    let equal = |a: f64, b: f64| if property == Property::FrameRate { equal_rates(a, b) } else { a == b };
    rule.min.is_none_or(|min| actual >= min || equal(actual, min))
        && rule.max.is_none_or(|max| actual <= max || equal(actual, max))
        && rule.exact.is_none_or(|exact| equal(actual, exact))
}

fn string_satisfies(actual: &str, rule: &StringRule) -> bool {
    rule.exact.is_empty() || rule.exact.iter().any(|s| s == actual)
}

impl ModePoint {
    fn number(&self, property: Property) -> Option<f64> {
        match property {
            Property::Width => Some(f64::from(self.width)),
            Property::Height => Some(f64::from(self.height)),
            Property::FrameRate => Some(self.frame_rate),
            _ => None,
        }
    }

    fn satisfies(&self, rules: &Rules) -> bool {
        rules.iter().all(|(property, rule)| match (self.number(*property), rule) {
            (Some(actual), Rule::Number(rule)) => number_satisfies(*property, actual, rule),
            _ => true,
        })
    }

    fn distance(&self, rules: &Rules) -> f64 {
        let term = |(property, rule): (&Property, &Rule)| match (self.number(*property), rule) {
            (Some(actual), Rule::Number(NumberRule { ideal: Some(ideal), .. })) => distance(actual, *ideal),
            _ => 0.0,
        };
        rules.iter().map(term).sum()
    }

    fn distance_from_defaults(&self) -> f64 {
        distance(f64::from(self.width), DEFAULT_WIDTH)
            + distance(f64::from(self.height), DEFAULT_HEIGHT)
            + distance(self.frame_rate, DEFAULT_FRAME_RATE)
    }
}

/// What is still possible after some demands.
#[derive(Clone, Debug)]
struct Remaining {
    modes: Vec<usize>,
    controls: BTreeMap<Property, Lattice>,
}

impl Space {
    fn has(&self, property: Property) -> bool {
        self.fixed.iter().any(|(p, _)| *p == property)
            || self.controls.iter().any(|c| c.property == property)
            || self.modes.first().is_some_and(|m| m.number(property).is_some())
    }

    fn fixed(&self, property: Property) -> Option<&str> {
        self.fixed.iter().find(|(p, _)| *p == property).map(|(_, s)| s.as_str())
    }

    /// All that the other tracks leave.
    fn everything(&self) -> Remaining {
        let mut all = Remaining {
            modes: (0..self.modes.len()).collect(),
            controls: self.controls.iter().map(|c| (c.property, Lattice::new(c.range))).collect(),
        };
        for (property, rule) in self.held.iter().flat_map(|held| rules(&held.basic, BareIs::Ideal)) {
            // Ids are those of another MediaDevices and mean nothing here. The other demands are met now, so
            // each leaves something; a device that changed under one of them is not bound by it.
            if self.fixed(property).is_none() {
                all = self.restrict(&all, &Rules::from([(property, rule)])).unwrap_or(all);
            }
        }
        all
    }

    /// What is left of `remaining` under the demands of a set; `None` when it is nothing.
    fn restrict(&self, remaining: &Remaining, rules: &Rules) -> Option<Remaining> {
        let mut left = remaining.clone();
        for (property, rule) in rules {
            if !rule.is_required() {
                continue;
            }
            match rule {
                Rule::Presence { wanted, .. } => {
                    if self.has(*property) != *wanted {
                        return None;
                    }
                }
                Rule::String(rule) => {
                    if !self.fixed(*property).is_some_and(|actual| string_satisfies(actual, rule)) {
                        return None;
                    }
                }
                Rule::Number(rule) => {
                    if let Some(lattice) = left.controls.get_mut(property) {
                        *lattice = lattice.restrict(rule)?;
                    } else if !self.has(*property) {
                        return None;
                    }
                }
            }
        }
        left.modes.retain(|&mode| self.modes[mode].satisfies(rules));
        (!left.modes.is_empty()).then_some(left)
    }

    /// The part of the distance that does not depend on what is chosen.
    fn constant_distance(&self, rules: &Rules) -> f64 {
        let term = |(property, rule): (&Property, &Rule)| match rule {
            Rule::Presence { wanted, .. } => f64::from(u8::from(self.has(*property) != *wanted)),
            _ if !self.has(*property) => 1.0,
            Rule::String(rule) if !rule.ideal.is_empty() => {
                let actual = self.fixed(*property);
                f64::from(u8::from(!rule.ideal.iter().any(|s| Some(s.as_str()) == actual)))
            }
            _ => 0.0,
        };
        rules.iter().map(term).sum()
    }

    /// Selects settings for these constraints.
    ///
    /// # Errors
    ///
    /// `Overconstrained`, naming the first demand that nothing satisfies, or none when each of them
    /// could be satisfied alone.
    pub(crate) fn select(&self, constraints: &MediaTrackConstraints) -> Result<Selection, Error> {
        let basic = rules(&constraints.basic, BareIs::Ideal);
        let Some(mut left) = self.restrict(&self.everything(), &basic) else {
            return Err(self.failure(constraints, &basic));
        };
        let mut advanced = Vec::with_capacity(constraints.advanced.len());
        for set in &constraints.advanced {
            let restricted = self.restrict(&left, &rules(set, BareIs::Exact));
            advanced.push(restricted.is_some());
            left = restricted.unwrap_or(left);
        }
        let (mode, mode_distance) = self.best_mode(&left.modes, &basic);
        let mut total = self.constant_distance(&basic) + mode_distance;
        let mut values = Vec::with_capacity(self.controls.len());
        for control in &self.controls {
            let lattice = left.controls[&control.property];
            let value = match basic.get(&control.property) {
                Some(Rule::Number(NumberRule { ideal: Some(ideal), .. })) => {
                    let value = lattice.best(*ideal);
                    total += distance(value, *ideal);
                    value
                }
                _ => lattice.keep(control.preferred),
            };
            values.push((control.property, value));
        }
        Ok(Selection { mode, values, distance: total, advanced })
    }

    /// The mode with the smallest distance; ties go to the defaults, then to the cheaper format, then to
    /// the device's own order.
    fn best_mode(&self, modes: &[usize], basic: &Rules) -> (usize, f64) {
        let mut best = (modes[0], f64::INFINITY, f64::INFINITY, u32::MAX);
        for &index in modes {
            let mode = &self.modes[index];
            let key = (mode.distance(basic), mode.distance_from_defaults(), mode.format_rank);
            let better = if (key.0 - best.1).abs() >= TIE {
                key.0 < best.1
            } else if (key.1 - best.2).abs() >= TIE {
                key.1 < best.2
            } else {
                key.2 < best.3
            };
            if better {
                best = (index, key.0, key.1, key.2);
            }
        }
        (best.0, best.1)
    }

    /// The demands that nothing satisfies, each taken alone, in the order in which they are to be named.
    pub(crate) fn impossible(&self, constraints: &MediaTrackConstraints) -> Vec<Property> {
        let everything = self.everything();
        let basic = rules(&constraints.basic, BareIs::Ideal);
        let alone = |property: Property| Some(Rules::from([(property, basic.get(&property)?.clone())]));
        let fails = |property: &Property| alone(*property).is_some_and(|rules| self.restrict(&everything, &rules).is_none());
        Property::ALL.iter().copied().filter(fails).collect()
    }

    /// Names the demand that cannot be met, tells what was asked and what there is.
    fn failure(&self, constraints: &MediaTrackConstraints, basic: &Rules) -> Error {
        if let Some(&property) = self.impossible(constraints).first() {
            let rule = &basic[&property];
            return Error::overconstrained(
                property.name(),
                format!("{property}: asked for {}; {}", asked(rule), self.offer(property, rule)),
            );
        }
        let demands: Vec<String> =
            basic.iter().filter(|(_, rule)| rule.is_required()).map(|(property, rule)| format!("{property} {}", asked(rule))).collect();
        Error::overconstrained("", format!("each of these demands can be met alone, but not all together: {}", demands.join(", ")))
    }

    fn offer(&self, property: Property, rule: &Rule) -> String {
        if let Some(actual) = self.fixed(property) {
            return format!("this camera has {actual:?}");
        }
        let mut numbers: Vec<f64> = self.modes.iter().filter_map(|m| m.number(property)).collect();
        if let Some(control) = self.controls.iter().find(|c| c.property == property) {
            let MediaSettingsRange { min, max, step } = control.range;
            return format!("the camera offers {min} to {max} in steps of {step}");
        }
        numbers.sort_by(f64::total_cmp);
        numbers.dedup();
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else {
            return format!("the camera has no {property}");
        };
        let target = match rule {
            Rule::Number(rule) => rule.exact.or(rule.min).or(rule.max),
            _ => None,
        };
        let nearest = target.and_then(|t| numbers.iter().min_by(|a, b| (**a - t).abs().total_cmp(&(**b - t).abs())));
        let nearest = nearest.map(|n| format!("; the nearest is {n}")).unwrap_or_default();
        format!("the camera offers {first} to {last} ({} values){nearest}", numbers.len())
    }
}

fn asked(rule: &Rule) -> String {
    match rule {
        Rule::Presence { wanted, .. } => format!("{wanted}"),
        Rule::String(rule) => format!("exactly {}", rule.exact.iter().map(|s| format!("{s:?}")).collect::<Vec<_>>().join(" or ")),
        Rule::Number(rule) => {
            let parts = [("exactly", rule.exact), ("at least", rule.min), ("at most", rule.max)];
            parts.iter().filter_map(|(word, v)| v.map(|v| format!("{word} {v}"))).collect::<Vec<_>>().join(" and ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Constraint, ConstraintSet, ErrorKind};

    fn mode(width: u32, height: u32, frame_rate: f64) -> ModePoint {
        ModePoint { width, height, frame_rate, format_rank: 0 }
    }

    /// The camera of the specification digest's examples, with zoom.
    fn camera() -> Space {
        Space {
            fixed: vec![(Property::DeviceId, "cam-a".into())],
            modes: vec![
                mode(320, 240, 30.0),
                mode(640, 480, 30.0),
                mode(640, 480, 60.0),
                mode(1280, 720, 30.0),
                mode(1280, 720, 60.0),
                mode(1920, 1080, 30.0),
            ],
            controls: vec![ControlPoint {
                property: Property::Zoom,
                range: MediaSettingsRange { min: 100.0, max: 400.0, step: 10.0 },
                preferred: 100.0,
            }],
            held: vec![],
        }
    }

    fn selected(json: &str) -> (ModePoint, f64, f64) {
        let selection = camera().select(&MediaTrackConstraints::from_json(json).unwrap()).unwrap();
        (camera().modes[selection.mode], selection.values[0].1, selection.distance)
    }

    fn failed(json: &str) -> Error {
        camera().select(&MediaTrackConstraints::from_json(json).unwrap()).unwrap_err()
    }

    #[test]
    fn nothing_asked_gives_the_defaults() {
        assert_eq!(selected("{}"), (mode(640, 480, 30.0), 100.0, 0.0));
    }

    #[test]
    fn ideals_give_the_smallest_sum() {
        let (m, _, d) = selected(r#"{"width":1280,"height":720}"#);
        assert_eq!((m, d), (mode(1280, 720, 30.0), 0.0));
        let (m, _, d) = selected(r#"{"width":{"ideal":1600}}"#);
        assert_eq!(m, mode(1920, 1080, 30.0));
        assert!((d - 320.0 / 1920.0).abs() < 1e-12);
    }

    #[test]
    fn demands_exclude_and_the_error_names_them() {
        assert_eq!(selected(r#"{"frameRate":{"exact":60},"width":{"min":1000}}"#).0, mode(1280, 720, 60.0));
        let error = failed(r#"{"width":{"min":100000000}}"#);
        assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some("width")));
        assert!(error.message().contains("at least 100000000") && error.message().contains("320 to 1920"), "{error}");
        assert!(error.message().contains("nearest is 1920"), "{error}");
        assert_eq!(failed(r#"{"deviceId":{"exact":"cam-b"},"width":{"exact":1}}"#).constraint(), Some("deviceId"));
        let error = failed(r#"{"width":{"min":1280},"frameRate":{"min":60},"height":{"min":1080}}"#);
        assert_eq!(error.constraint(), Some(""));
        assert!(error.message().contains("frameRate at least 60"), "{error}");
        assert_eq!(failed(r#"{"zoom":{"exact":401}}"#).constraint(), Some("zoom"));
    }

    #[test]
    fn a_demand_on_a_missing_property_fails_an_ideal_costs_one() {
        let plain = Space { controls: vec![], ..camera() };
        let demand = MediaTrackConstraints::new().zoom(Constraint::exact(200.0));
        assert_eq!(plain.select(&demand).unwrap_err().constraint(), Some("zoom"));
        let wish = MediaTrackConstraints::new().zoom(200.0);
        assert_eq!(plain.select(&wish).unwrap().distance, 1.0);
        assert_eq!(plain.select(&MediaTrackConstraints::new().zoom(true)).unwrap().distance, 1.0);
        assert_eq!(camera().select(&MediaTrackConstraints::new().zoom(true)).unwrap().distance, 0.0);
        assert_eq!(camera().select(&MediaTrackConstraints::new().zoom(false)).unwrap().distance, 1.0);
    }

    #[test]
    fn advanced_sets_are_met_in_order_or_skipped() {
        let constraints = MediaTrackConstraints::new()
            .width(1280)
            .advanced(ConstraintSet::new().width(4000))
            .advanced(ConstraintSet::new().frame_rate(60.0).zoom(200.0))
            .advanced(ConstraintSet::new().zoom(300.0))
            .advanced(ConstraintSet::new().zoom(false));
        let selection = camera().select(&constraints).unwrap();
        assert_eq!(selection.advanced, [false, true, false, false]);
        assert_eq!(camera().modes[selection.mode], mode(1280, 720, 60.0));
        assert_eq!(selection.values, [(Property::Zoom, 200.0)]);
        assert_eq!(selection.distance, 0.0);
    }

    #[test]
    fn zoom_keeps_its_value_when_not_asked() {
        let mut space = camera();
        space.controls[0].preferred = 250.0;
        assert_eq!(space.select(&MediaTrackConstraints::new()).unwrap().values, [(Property::Zoom, 250.0)]);
        let moved = space.select(&MediaTrackConstraints::new().zoom(Constraint::max(200.0))).unwrap();
        assert_eq!(moved.values, [(Property::Zoom, 200.0)]);
        assert_eq!(selected(r#"{"zoom":133.77}"#).1, 130.0);
    }

    #[test]
    fn rational_rates_match_their_decimal_form() {
        let space = Space { modes: vec![mode(640, 480, 30000.0 / 1001.0)], ..Space::default() };
        assert!(space.select(&MediaTrackConstraints::new().frame_rate(Constraint::exact(29.97))).is_ok());
        assert!(space.select(&MediaTrackConstraints::new().frame_rate(Constraint::exact(30.0))).is_err());
        assert!(space.select(&MediaTrackConstraints::new().frame_rate(Constraint::min(29.97003))).is_ok());
    }

    #[test]
    fn a_value_that_nobody_names_is_not_moved() {
        let mut space = camera();
        space.controls[0].preferred = 105.0;
        assert_eq!(space.select(&MediaTrackConstraints::new()).unwrap().values, [(Property::Zoom, 105.0)]);
        let above = space.select(&MediaTrackConstraints::new().zoom(Constraint::min(106.0))).unwrap();
        assert_eq!(above.values, [(Property::Zoom, 110.0)]);
    }

    #[test]
    fn demands_of_other_tracks_stay_met() {
        // The id is one that another MediaDevices gave to the same camera.
        let held = MediaTrackConstraints::new().zoom(Constraint::max(200.0)).width(1920).group_id(Constraint::exact("other".into()));
        let space = Space { held: vec![held], ..camera() };
        assert_eq!(space.select(&MediaTrackConstraints::new().zoom(400.0)).unwrap().values[0].1, 200.0);
        let error = space.select(&MediaTrackConstraints::new().zoom(Constraint::exact(300.0))).unwrap_err();
        assert_eq!(error.constraint(), Some("zoom"));
        assert_eq!(space.modes[space.select(&MediaTrackConstraints::new()).unwrap().mode].width, 640, "ideals bind nobody");
    }

    #[test]
    fn a_cheaper_format_wins_among_equal_modes() {
        let modes = vec![ModePoint { format_rank: 5, ..mode(640, 480, 30.0) }, mode(640, 480, 30.0)];
        let space = Space { modes, ..Space::default() };
        assert_eq!(space.select(&MediaTrackConstraints::new()).unwrap().mode, 1);
    }
}
