//! The values that a stepped control can take, and what is left of them under demands.

use std::sync::Arc;

use super::fitness::distance;
use super::normalize::NumberRule;
use crate::MediaSettingsRange;

/// The values `min + n * step` (and `max`) of a range between `low` and `high`; every value between when
/// there is no step; those of a list where it has one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lattice {
    range: MediaSettingsRange,
    /// In ascending order, from the range's `min` to its `max`.
    only: Option<Arc<[f64]>>,
    low: f64,
    high: f64,
}

/// Differences below this share of a step are rounding noise of floating point, not intention.
const NOISE: f64 = 1e-9;

impl Lattice {
    pub(crate) fn new(range: MediaSettingsRange) -> Lattice {
        Lattice { range, only: None, low: range.min, high: range.max }
    }

    /// These values, in ascending order, of which the range has the first and the last.
    pub(crate) fn of(range: MediaSettingsRange, values: Arc<[f64]>) -> Lattice {
        Lattice { only: Some(values), ..Lattice::new(range) }
    }

    /// Only this value.
    pub(crate) fn single(value: f64) -> Lattice {
        Lattice::new(MediaSettingsRange { min: value, max: value, step: 0.0 })
    }

    /// The whole range, whatever was demanded.
    pub(crate) fn range(&self) -> MediaSettingsRange {
        self.range
    }

    /// The largest value of the range that is not above `value`, which lies in the range.
    fn at_or_below(&self, value: f64) -> f64 {
        let MediaSettingsRange { min, max, step } = self.range;
        if let Some(only) = &self.only {
            return only[..only.partition_point(|entry| *entry <= value)].last().copied().unwrap_or(min);
        }
        let steps = ((value - min) / step + NOISE).floor();
        // Steps that are too many to be counted are none.
        if step <= 0.0 || value >= max || !steps.is_finite() {
            return value.min(max);
        }
        (min + steps * step).min(max)
    }

    /// The smallest value of the range that is not below `value`, which lies in the range.
    fn at_or_above(&self, value: f64) -> f64 {
        let MediaSettingsRange { min, max, step } = self.range;
        if let Some(only) = &self.only {
            return only.get(only.partition_point(|entry| *entry < value)).copied().unwrap_or(max);
        }
        let steps = ((value - min) / step - NOISE).ceil();
        if step <= 0.0 || value <= min || !steps.is_finite() {
            return value.max(min);
        }
        (min + steps * step).min(max)
    }

    /// The value of the range nearest to `value`, the lower one of two equally near.
    fn nearest(&self, value: f64) -> f64 {
        let below = self.at_or_below(value);
        let above = self.at_or_above(value);
        if above - value < value - below { above } else { below }
    }

    /// What is left under a rule; `None` when it is nothing. An exact value between two steps is served
    /// by the nearest one; one outside of the range is not served at all (D6).
    pub(crate) fn restrict(&self, rule: &NumberRule) -> Option<Lattice> {
        let mut left = self.clone();
        if let Some(min) = rule.min {
            if min > self.range.max {
                return None;
            }
            left.low = self.low.max(self.at_or_above(min.max(self.range.min)));
        }
        if let Some(max) = rule.max {
            if max < self.range.min {
                return None;
            }
            left.high = self.high.min(self.at_or_below(max.min(self.range.max)));
        }
        if let Some(exact) = rule.exact {
            if exact < self.range.min || exact > self.range.max {
                return None;
            }
            let value = self.nearest(exact);
            left.low = left.low.max(value);
            left.high = left.high.min(value);
        }
        (left.low <= left.high).then_some(left)
    }

    /// The value itself when it remains, else the nearest that does. A value that the device has now is not
    /// moved to a step.
    pub(crate) fn keep(&self, value: f64) -> f64 {
        if (self.low..=self.high).contains(&value) { value } else { self.best(value) }
    }

    /// The remaining value with the smallest distance to an ideal.
    pub(crate) fn best(&self, ideal: f64) -> f64 {
        let clamped = ideal.clamp(self.low, self.high);
        let below = self.at_or_below(clamped).max(self.low);
        let above = self.at_or_above(clamped).min(self.high);
        if distance(above, ideal) < distance(below, ideal) { above } else { below }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lattice(min: f64, max: f64, step: f64) -> Lattice {
        Lattice::new(MediaSettingsRange { min, max, step })
    }

    fn exact(value: f64) -> NumberRule {
        NumberRule { exact: Some(value), ..NumberRule::default() }
    }

    #[test]
    fn an_exact_value_between_steps_takes_the_nearest() {
        let l = lattice(100.0, 400.0, 10.0);
        for (asked, used) in [(100.0, 100.0), (104.9, 100.0), (105.0, 100.0), (105.1, 110.0), (400.0, 400.0), (397.0, 400.0)] {
            assert_eq!(l.restrict(&exact(asked)).unwrap().best(250.0), used, "{asked}");
        }
        assert_eq!(l.restrict(&exact(99.9)), None);
        assert_eq!(l.restrict(&exact(400.1)), None);
    }

    #[test]
    fn the_entries_of_a_menu_are_its_values() {
        let range = MediaSettingsRange { min: 100.0, max: 800.0, step: 50.0 };
        let l = Lattice::of(range, [100.0, 150.0, 400.0, 800.0].into());
        for (asked, used) in [(100.0, 100.0), (125.0, 100.0), (126.0, 150.0), (274.0, 150.0), (276.0, 400.0), (800.0, 800.0)] {
            assert_eq!(l.restrict(&exact(asked)).unwrap().best(1.0), used, "{asked}");
        }
        assert_eq!(l.restrict(&exact(801.0)), None);
        let rule = NumberRule { min: Some(151.0), max: Some(399.0), ..NumberRule::default() };
        assert_eq!(l.restrict(&rule), None);
        let rule = NumberRule { min: Some(151.0), ..NumberRule::default() };
        let left = l.restrict(&rule).unwrap();
        assert_eq!((left.best(0.0), left.best(500.0), left.best(9e9), left.keep(150.0)), (400.0, 400.0, 800.0, 400.0));
    }

    #[test]
    fn the_maximum_is_a_value_even_off_the_steps() {
        let l = lattice(0.0, 25.0, 10.0);
        assert_eq!(l.best(25.0), 25.0);
        assert_eq!(l.best(24.0), 25.0);
        assert_eq!(l.best(22.0), 20.0);
    }

    #[test]
    fn min_and_max_are_strict() {
        let l = lattice(0.0, 100.0, 10.0);
        let rule = NumberRule { min: Some(41.0), max: Some(49.0), ..NumberRule::default() };
        assert_eq!(l.restrict(&rule), None);
        let rule = NumberRule { min: Some(41.0), max: Some(59.0), ..NumberRule::default() };
        assert_eq!(l.restrict(&rule).unwrap().best(0.0), 50.0);
        let rule = NumberRule { min: Some(41.0), exact: Some(40.0), ..NumberRule::default() };
        assert_eq!(l.restrict(&rule), None);
    }

    #[test]
    fn steps_that_have_no_exact_binary_form_do_not_drift() {
        let l = lattice(1.0, 4.0, 0.1);
        assert!((l.restrict(&exact(1.3)).unwrap().best(9.0) - 1.3).abs() < 1e-9);
        let continuous = lattice(1.0, 4.0, 0.0);
        assert_eq!(continuous.restrict(&exact(133.77 / 50.0)).unwrap().best(0.0), 133.77 / 50.0);
    }

    #[test]
    fn steps_that_are_too_small_to_be_counted_are_none() {
        for l in [lattice(1.0, 1e300, 5e-324), lattice(-1.7e308, 1.7e308, 1e-300)] {
            assert_eq!((l.best(77.5), l.best(f64::MAX)), (77.5, l.range().max));
            assert_eq!(l.restrict(&exact(4.25)).unwrap().best(9.0), 4.25);
        }
    }
}
