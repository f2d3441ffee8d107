//! What a camera is to be set to for one track, in the presence of the others.

use std::sync::Arc;

use super::TrackSink;
use super::space::{AUTOMATIC, ONCE, names_once};
use crate::backend::{CameraInfo, Mode};
use crate::constraints::normalize::{BareIs, Rule, rule_on, rules};
use crate::constraints::space::{Selection, Space};
use crate::constraints::stream::{Native, ResizeMode, StreamChoice, StreamRules, Streams, covering_mode};
use crate::{Error, MediaTrackConstraints, Property, Value};

/// Another track of the camera.
pub(super) struct Other {
    pub(super) sink: Arc<TrackSink>,
    pub(super) constraints: MediaTrackConstraints,
    pub(super) stream: Option<StreamChoice>,
}

/// What is to be done.
pub(super) struct Plan {
    pub(super) mode: Option<Mode>,
    pub(super) stream: Option<StreamChoice>,
    /// Other tracks that have to change.
    pub(super) others: Vec<(Arc<TrackSink>, StreamChoice)>,
    pub(super) values: Vec<(Property, Value)>,
}

/// Whether a track demands native pictures and nothing else.
fn is_pinned(constraints: &MediaTrackConstraints) -> bool {
    matches!(rule_on(&constraints.basic, Property::ResizeMode, BareIs::Ideal), Some(Rule::String(rule))
        if !rule.exact.is_empty() && !rule.exact.iter().any(|mode| mode == ResizeMode::CropAndScale.as_str()))
}

impl Other {
    /// What it shows now, as a demand on the mode: scaled pictures would do unless it demands native ones.
    fn current(&self) -> Option<StreamChoice> {
        let resize_mode = if is_pinned(&self.constraints) { ResizeMode::None } else { ResizeMode::CropAndScale };
        self.stream.map(|stream| StreamChoice { resize_mode, ..stream })
    }

    /// What it would show of this mode.
    fn under(&self, native: &Native) -> Option<StreamChoice> {
        let basic = rules(&self.constraints.basic, BareIs::Ideal);
        let rules = StreamRules::new(&basic);
        let natives = [*native];
        Streams::new(&natives, &rules).restrict(&natives, &rules)?.best(&natives, &rules).map(|(choice, _)| choice)
    }
}

/// Selects settings for one track. Sizes and rates of the others change only if they must (MT4).
pub(super) fn plan(info: &CameraInfo, space: &Space, others: &[Other], wanted: &MediaTrackConstraints) -> Result<Plan, Error> {
    let natives = &space.natives;
    let all: Vec<u32> = (0..natives.len() as u32).collect();
    let kept: Vec<StreamChoice> = others.iter().filter_map(Other::current).collect();
    let keeping: Vec<u32> =
        all.iter().filter(|&&index| kept.iter().all(|stream| natives[index as usize].covers(stream))).copied().collect();
    let select = |allowed: &[u32]| -> Result<Selection, Error> {
        let natives = allowed.iter().map(|&index| natives[index as usize]).collect();
        Space { natives, ..space.clone() }.select(wanted)
    };
    if natives.is_empty() {
        // A microphone: the one mode that it streams silence in.
        let mode = info.modes.first().copied();
        return select(&all).map(|selection| Plan { mode, stream: None, others: Vec::new(), values: selection.values });
    }
    let undecided = || Error::overconstrained("", "the camera has no mode that serves all its tracks");
    let mode_of = |allowed: &[u32], streams: &[StreamChoice]| covering_mode(natives, allowed, streams).ok_or_else(undecided);
    if !keeping.is_empty()
        && let Ok(selection) = select(&keeping)
    {
        let streams: Vec<StreamChoice> = selection.stream.into_iter().chain(kept).collect();
        let mode = mode_of(&keeping, &streams)?;
        return Ok(Plan { mode: Some(info.modes[mode]), stream: selection.stream, others: Vec::new(), values: selection.values });
    }
    // Only a mode under which another track has to change will do; its demands still hold.
    let fitting: Vec<u32> =
        all.iter().filter(|&&index| others.iter().all(|other| other.under(&natives[index as usize]).is_some())).copied().collect();
    if fitting.is_empty() {
        return Err(undecided());
    }
    let selection = select(&fitting)?;
    let own: Vec<StreamChoice> = selection.stream.into_iter().collect();
    let mode = mode_of(&fitting, &own)?;
    let native = natives[mode];
    let changed = others.iter().filter(|other| !other.current().is_some_and(|stream| native.covers(&stream)));
    let others = changed.filter_map(|other| Some((other.sink.clone(), other.under(&native)?))).collect();
    Ok(Plan { mode: Some(info.modes[mode]), stream: selection.stream, others, values: selection.values })
}

/// The values that have to be written, in the order in which cameras take them (D2).
pub(super) fn writes(info: &CameraInfo, plan: &Plan, wanted: &MediaTrackConstraints) -> Vec<(Property, Value)> {
    let differs = |(property, value): &&(Property, Value)| {
        let Some(control) = info.controls.iter().find(|control| control.property == *property) else { return false };
        // D4: naming `single-shot` again runs it again.
        control.value != *value || (*value == Value::from(ONCE) && names_once(wanted, *property))
    };
    let mut writes: Vec<(Property, Value)> = plan.values.iter().filter(differs).cloned().collect();
    writes.sort_by_key(|(property, value)| order(*property, value));
    writes
}

/// D2: manual modes, what depends on them, what stands alone, directions, automatic modes, what counts only
/// in those, single shots, the light.
pub(super) fn order(property: Property, value: &Value) -> u32 {
    use Property::*;
    match property {
        WhiteBalanceMode | ExposureMode | FocusMode => match value {
            Value::String(mode) if mode == AUTOMATIC => 5,
            Value::String(mode) if mode == ONCE => 7,
            _ => 1,
        },
        ColorTemperature | ExposureTime | FocusDistance => 2,
        Pan | Tilt | Zoom => 4,
        ExposureCompensation | PointsOfInterest => 6,
        Torch => 8,
        _ => 3,
    }
}
