//! Everything that one device could be set to, and what demands leave of it.

use std::cmp::Ordering;

use super::group::Group;
use super::normalize::{BareIs, Rule, Rules, rules};
use super::stream::{Native, StreamChoice, StreamRules, Streams};
use crate::{MediaTrackConstraints, Property, Value};

/// Everything that one device could be set to, in parts that do not depend on each other (SS2).
#[derive(Clone, Debug, Default)]
pub(crate) struct Space {
    /// What belongs to the device itself: its ids, and which way it looks.
    pub(crate) fixed: Vec<(Property, String)>,
    /// The modes that come into question; none for a microphone.
    pub(crate) natives: Vec<Native>,
    pub(crate) groups: Vec<Group>,
    /// Constraints of other tracks on the same device: their demands on what is common stay met (MT2).
    pub(crate) held: Vec<MediaTrackConstraints>,
}

/// What is still possible after some demands.
#[derive(Clone, Debug)]
pub(crate) struct Remaining {
    pub(crate) streams: Option<Streams>,
    pub(crate) groups: Vec<Group>,
}

/// The settings that were selected.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Selection {
    /// `None` for a device that has no pictures.
    pub(crate) stream: Option<StreamChoice>,
    pub(crate) values: Vec<(Property, Value)>,
    /// Distance from the basic set.
    pub(crate) distance: f64,
    /// For each advanced set, whether it was met.
    pub(crate) advanced: Vec<bool>,
}

impl Selection {
    /// Which of two devices is tried first (GUM2): met advanced sets first, set by set, then the smaller distance.
    pub(crate) fn order(&self, other: &Selection) -> Ordering {
        other.advanced.cmp(&self.advanced).then(self.distance.total_cmp(&other.distance))
    }
}

impl Space {
    pub(crate) fn has(&self, property: Property) -> bool {
        self.fixed.iter().any(|(p, _)| *p == property)
            || self.groups.iter().any(|group| group.has(property))
            || (!self.natives.is_empty() && (property.is_of_track() || property == Property::PowerEfficientPixelFormat))
    }

    pub(crate) fn fixed(&self, property: Property) -> Option<&str> {
        self.fixed.iter().find(|(p, _)| *p == property).map(|(_, s)| s.as_str())
    }

    /// All that the other tracks leave. `basic` tells what is wished for.
    pub(crate) fn everything(&self, basic: &Rules) -> Remaining {
        let streams = (!self.natives.is_empty()).then(|| Streams::new(&self.natives, &StreamRules::new(basic)));
        let mut all = Remaining { streams, groups: self.groups.clone() };
        for (property, rule) in self.held.iter().flat_map(|held| rules(&held.basic, BareIs::Ideal)) {
            // Ids are those of another MediaDevices and mean nothing here, sizes and rates are each track's
            // own. The other demands are met now, so each leaves something; a device that changed under one
            // of them is not bound by it.
            if self.fixed(property).is_none() && !property.is_of_track() {
                all = self.restrict(&all, &Rules::from([(property, rule)])).unwrap_or(all);
            }
        }
        all
    }

    /// What is left of `remaining` under the demands of a set; `None` when it is nothing.
    pub(crate) fn restrict(&self, remaining: &Remaining, rules: &Rules) -> Option<Remaining> {
        for (property, rule) in rules.iter().filter(|(_, rule)| rule.is_required()) {
            match (rule, self.fixed(*property)) {
                (Rule::Presence { wanted, .. }, _) if self.has(*property) != *wanted => return None,
                (Rule::Presence { .. }, _) => {}
                (Rule::String(rule), Some(actual)) if rule.exact.iter().any(|choice| choice == actual) => {}
                (Rule::String(_), Some(_)) => return None,
                _ if !self.has(*property) => return None,
                _ => {}
            }
        }
        let streams = match &remaining.streams {
            Some(streams) => Some(streams.restrict(&self.natives, &StreamRules::new(rules))?),
            None => None,
        };
        let groups = remaining.groups.iter().map(|group| group.restrict(rules)).collect::<Option<Vec<_>>>()?;
        Some(Remaining { streams, groups })
    }

    /// The part of the distance that does not depend on what is chosen.
    pub(crate) fn constant_distance(&self, rules: &Rules) -> f64 {
        rules.iter().map(|(property, rule)| self.constant_term(*property, rule).unwrap_or(0.0)).sum()
    }

    /// The distance of one property, if it is the same whatever is chosen.
    pub(crate) fn constant_term(&self, property: Property, rule: &Rule) -> Option<f64> {
        if let Rule::Presence { wanted, .. } = rule {
            return Some(f64::from(u8::from(self.has(property) != *wanted)));
        }
        if let Some(actual) = self.fixed(property) {
            return Some(super::fitness::term(property, rule, Some(&actual.into())));
        }
        (!self.has(property)).then(|| super::fitness::term(property, rule, None))
    }
}
