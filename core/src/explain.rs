//! The answer to "why this camera, why this mode?"

use std::fmt;

use serde_json::{Value as Json, json};

use crate::MediaTrackConstraints;
use crate::constraints::explain::{ExplainedMode, ExplainedSpace, Term, sum};
use crate::value::number;

/// How constraints choose: each camera and mode with its distance, term by term, and why others are out.
///
/// As data by [`to_json`](Self::to_json), as text by `Display`.
#[derive(Clone, Debug)]
pub struct Explanation {
    pub(crate) constraints: MediaTrackConstraints,
    pub(crate) devices: Vec<ExplainedDevice>,
}

/// One camera, in the order in which they would be tried; those that do not fit come last.
#[derive(Clone, Debug)]
pub(crate) struct ExplainedDevice {
    pub(crate) device_id: String,
    pub(crate) label: String,
    /// The pixel format of each native mode.
    pub(crate) formats: Vec<&'static str>,
    pub(crate) space: ExplainedSpace,
}

impl ExplainedDevice {
    fn format(&self, mode: &ExplainedMode) -> Option<&'static str> {
        self.formats.get(mode.native?).copied()
    }
}

impl Explanation {
    /// The device that would be opened first; `None` when none fits.
    pub fn device_id(&self) -> Option<&str> {
        let first = self.devices.first()?;
        first.space.selection.is_ok().then_some(first.device_id.as_str())
    }

    /// The explanation as a JSON object: `constraints`, `ignored`, `deviceId` (or null), and `devices`, each with
    /// `deviceId`, `label`, `fits`, `distance`, `terms`, `advanced` (met or not, set by set), `constraint` and `message` of its
    /// error, and `modes`, each with `width`, `height`, `frameRate`, `pixelFormat`, `resizeMode`, `distance` (null when it is
    /// excluded), `terms`, `failsAdvanced` and `selected`.
    pub fn to_json_value(&self) -> Json {
        json!({
            "constraints": self.constraints.to_json_value(),
            "ignored": self.constraints.ignored(),
            "deviceId": self.device_id(),
            "devices": self.devices.iter().map(device_json).collect::<Vec<_>>(),
        })
    }

    /// The same as JSON text.
    pub fn to_json(&self) -> String {
        self.to_json_value().to_string()
    }
}

fn device_json(device: &ExplainedDevice) -> Json {
    let common = sum(&device.space.common);
    let mode = |mode: &ExplainedMode| {
        json!({
            "width": mode.width, "height": mode.height, "frameRate": number(mode.frame_rate), "pixelFormat": device.format(mode),
            "resizeMode": mode.resize_mode, "distance": finite(common + sum(&mode.terms)), "terms": terms_json(&mode.terms),
            "failsAdvanced": mode.fails_advanced, "selected": mode.selected,
        })
    };
    let selection = device.space.selection.as_ref();
    json!({
        "deviceId": device.device_id, "label": device.label, "fits": selection.is_ok(),
        "distance": selection.ok().map(|selection| selection.distance),
        "advanced": selection.ok().map(|selection| &selection.advanced),
        "constraint": selection.err().and_then(|error| error.constraint()),
        "message": selection.err().map(|error| error.message()),
        "terms": terms_json(&device.space.common),
        "modes": device.space.modes.iter().map(mode).collect::<Vec<_>>(),
    })
}

fn terms_json(terms: &[Term]) -> Json {
    let term = |term: &Term| {
        json!({
            "property": term.property.name(), "asked": term.asked,
            "actual": term.actual.as_ref().map(|value| value.to_json()), "distance": finite(term.distance),
        })
    };
    terms.iter().map(term).collect()
}

/// JSON has no infinity.
fn finite(distance: f64) -> Json {
    if distance.is_finite() { Json::from(distance) } else { Json::Null }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "constraints {}", self.constraints.to_json())?;
        for name in self.constraints.ignored() {
            writeln!(f, "  {name}: not known here, without effect")?;
        }
        if self.devices.is_empty() {
            return writeln!(f, "there is no camera");
        }
        for (index, device) in self.devices.iter().enumerate() {
            let space = &device.space;
            match &space.selection {
                Ok(selection) => {
                    let first = if index == 0 { "chosen" } else { "fits" };
                    write!(f, "{} ({}): {first}, distance {}", device.label, device.device_id, short(selection.distance))?;
                    if !selection.advanced.is_empty() {
                        let sets: Vec<&str> = selection.advanced.iter().map(|met| if *met { "met" } else { "skipped" }).collect();
                        write!(f, "; advanced sets: {}", sets.join(", "))?;
                    }
                    writeln!(f)?;
                }
                Err(error) => writeln!(f, "{} ({}): does not fit. {}", device.label, device.device_id, error.message())?,
            }
            for term in &space.common {
                writeln!(f, "    every mode: {}", describe(term))?;
            }
            for mode in &space.modes {
                let mark = if mode.selected { '*' } else { ' ' };
                let format = device.format(mode).unwrap_or("made of a larger or faster mode");
                let distance = sum(&space.common) + sum(&mode.terms);
                let verdict = if distance.is_infinite() {
                    "excluded".to_owned()
                } else if mode.fails_advanced.is_empty() {
                    short(distance)
                } else {
                    let sets: Vec<String> = mode.fails_advanced.iter().map(|index| format!("advanced[{index}]")).collect();
                    format!("{}, but left out by {}", short(distance), sets.join(", "))
                };
                write!(f, "  {mark} {}x{} at {} {format}: {verdict}", mode.width, mode.height, short(mode.frame_rate))?;
                let terms: Vec<String> = mode.terms.iter().filter(|term| term.distance != 0.0).map(describe).collect();
                if terms.is_empty() { writeln!(f)? } else { writeln!(f, " ({})", terms.join("; "))? }
            }
        }
        Ok(())
    }
}

fn describe(term: &Term) -> String {
    let actual = term.actual.as_ref().map_or("it is not there".to_owned(), ToString::to_string);
    let distance = if term.distance.is_finite() { short(term.distance) } else { "no".to_owned() };
    format!("{} {}: {actual}, {distance}", term.property, term.asked)
}

/// Four decimals at most.
fn short(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
