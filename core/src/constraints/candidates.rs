//! The algorithms of the specification over plain lists: for programs that choose among settings of their
//! own, and as the short form against which the factored one is tested.

use serde_json::{Value as Json, json};

use super::failure;
use super::fitness::{distance, fitness_distance, term};
use super::normalize::{BareIs, Rules, rules};
use super::select::TIE;
use crate::{Error, MediaTrackConstraints, MediaTrackSettings, Property, Result};

/// What [`MediaTrackConstraints::select`] chose.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct SelectedCandidate {
    /// Which of the candidates.
    pub index: usize,
    /// Its fitness distance from the basic set.
    pub distance: f64,
    /// The candidates that meet the demands of the basic set.
    pub candidates: Vec<usize>,
    /// Those that are left after the advanced sets.
    pub remaining: Vec<usize>,
    /// For each advanced set, whether it was met; the others were skipped.
    pub advanced: Vec<bool>,
}

impl SelectedCandidate {
    /// As a JSON object: `index`, `distance`, `candidates`, `remaining`, `advanced`.
    pub fn to_json_value(&self) -> Json {
        json!({
            "index": self.index, "distance": self.distance, "candidates": self.candidates,
            "remaining": self.remaining, "advanced": self.advanced,
        })
    }
}

impl MediaTrackConstraints {
    /// The fitness distance of settings from one set: 0 for the basic set, from 1 on the advanced ones. The
    /// smaller the better; infinite when a demand is not met.
    ///
    /// ```
    /// use imagecapture::{MediaTrackConstraints, MediaTrackSettings};
    ///
    /// let wanted = MediaTrackConstraints::new().width(1280);
    /// let settings = MediaTrackSettings::from_json(r#"{"width": 640, "height": 480}"#)?;
    /// assert_eq!(wanted.fitness_distance(0, &settings)?, 0.5);
    /// # Ok::<(), imagecapture::Error>(())
    /// ```
    ///
    /// W3C: [fitness distance](https://www.w3.org/TR/mediacapture-streams/#dfn-fitness-distance).
    ///
    /// # Errors
    ///
    /// `InvalidInput` when there is no such set, or a number is not finite.
    pub fn fitness_distance(&self, set: usize, settings: &MediaTrackSettings) -> Result<f64> {
        self.check()?;
        let count = self.advanced.len();
        let bare = if set == 0 { BareIs::Ideal } else { BareIs::Exact };
        let set = self.sets().nth(set).ok_or_else(|| {
            Error::invalid(format!("there is no constraint set {set}: 0 is the basic set and there are {count} advanced sets"))
        })?;
        Ok(fitness_distance(&rules(set, bare), settings))
    }

    /// Chooses among complete settings as the specification's SelectSettings does. Equal distances are decided by
    /// the default device (that of the first candidate), the distance from 640 by 480 at 30 frames per second,
    /// native pictures before scaled ones, and the order of the list.
    ///
    /// W3C: [SelectSettings](https://www.w3.org/TR/mediacapture-streams/#dfn-selectsettings).
    ///
    /// # Errors
    ///
    /// `Overconstrained` when no candidate meets the demands of the basic set; `InvalidInput` for numbers that are
    /// not finite.
    pub fn select(&self, candidates: &[MediaTrackSettings]) -> Result<SelectedCandidate> {
        self.check()?;
        let basic = rules(&self.basic, BareIs::Ideal);
        let distances: Vec<f64> = candidates.iter().map(|settings| fitness_distance(&basic, settings)).collect();
        let met: Vec<usize> = (0..candidates.len()).filter(|&index| distances[index].is_finite()).collect();
        if met.is_empty() {
            return Err(overconstrained(&basic, candidates));
        }
        let mut remaining = met.clone();
        let mut advanced = Vec::with_capacity(self.advanced.len());
        for set in &self.advanced {
            let rules = rules(set, BareIs::Exact);
            let left: Vec<usize> =
                remaining.iter().copied().filter(|&index| fitness_distance(&rules, &candidates[index]).is_finite()).collect();
            advanced.push(!left.is_empty());
            if !left.is_empty() {
                remaining = left;
            }
        }
        let default_device = candidates[0].device_id();
        let key = |index: usize| {
            let settings = &candidates[index];
            let other_device = f64::from(u8::from(settings.device_id() != default_device));
            let scaled = f64::from(u8::from(settings.string(Property::ResizeMode) == Some("crop-and-scale")));
            [distances[index], other_device, from_defaults(settings), scaled]
        };
        // The first of those that no other is better than.
        let better = |a: [f64; 4], b: [f64; 4]| a.iter().zip(&b).find(|(a, b)| (*a - *b).abs() >= TIE).is_some_and(|(a, b)| a < b);
        let index = remaining.iter().copied().reduce(|best, index| if better(key(index), key(best)) { index } else { best });
        let index = index.unwrap_or(met[0]);
        Ok(SelectedCandidate { index, distance: distances[index], candidates: met, remaining, advanced })
    }
}

fn from_defaults(settings: &MediaTrackSettings) -> f64 {
    let defaults = [(Property::Width, 640.0), (Property::Height, 480.0), (Property::FrameRate, 30.0)];
    defaults.iter().filter_map(|(property, default)| Some(distance(settings.number(*property)?, *default))).sum()
}

/// Names the first demand that no candidate meets, if there is one.
fn overconstrained(basic: &Rules, candidates: &[MediaTrackSettings]) -> Error {
    let unmet = |property: &&Property| {
        basic
            .get(property)
            .is_some_and(|rule| candidates.iter().all(|settings| term(**property, rule, settings.get(**property)).is_infinite()))
    };
    match Property::ALL.iter().find(unmet) {
        Some(property) => {
            let mut offered: Vec<String> =
                candidates.iter().map(|settings| settings.get(*property).map_or("none".to_owned(), ToString::to_string)).collect();
            offered.dedup();
            let message = format!("{property}: asked for {}; the candidates have {}", failure::asked(&basic[property]), offered.join(", "));
            Error::overconstrained(property.name(), message)
        }
        None => Error::overconstrained("", failure::conflict(basic)),
    }
}
