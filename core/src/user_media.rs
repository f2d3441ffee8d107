//! What is requested of `get_user_media`, and the rules that hold only there.

use crate::constraints::normalize::{BareIs, ChoiceRule, Rule, rules};
use crate::constraints::{AnyConstraint, BooleanOrDouble, Bounds, Constraint, Strings};
use crate::{Error, MediaKind, MediaTrackConstraints, Property, Result};

/// Which kinds of track are requested, and with which constraints.
///
/// W3C: [`MediaStreamConstraints`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamconstraints).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MediaStreamConstraints {
    /// `None`: no video; empty constraints: any (`video: true`).
    pub video: Option<MediaTrackConstraints>,
    /// `None`: no audio.
    pub audio: Option<MediaTrackConstraints>,
}

impl MediaStreamConstraints {
    /// A video track with these constraints.
    pub fn video(constraints: MediaTrackConstraints) -> MediaStreamConstraints {
        MediaStreamConstraints { video: Some(constraints), audio: None }
    }

    /// From the dictionary form: `{"video": true}` or `{"video": {"width": 640}}`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for members of the wrong type.
    pub fn from_json_value(value: &serde_json::Value) -> Result<MediaStreamConstraints> {
        use serde_json::Value as Json;
        let read = |kind: &str| match value.get(kind) {
            None | Some(Json::Null | Json::Bool(false)) => Ok(None),
            Some(Json::Bool(true)) => Ok(Some(MediaTrackConstraints::new())),
            Some(object @ Json::Object(_)) => MediaTrackConstraints::from_json_value(object).map(Some).map_err(|e| e.inside(kind)),
            Some(_) => Err(Error::invalid(format!("{kind}: true, false or an object with constraints is expected"))),
        };
        match value {
            Json::Null | Json::Object(_) => Ok(MediaStreamConstraints { video: read("video")?, audio: read("audio")? }),
            _ => Err(Error::invalid("an object with the members video and audio is expected")),
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        for (kind, constraints) in [("video", &self.video), ("audio", &self.audio)] {
            constraints.iter().try_for_each(|constraints| constraints.check().map_err(|e| e.inside(kind)))?;
        }
        if self.video.is_none() && self.audio.is_none() {
            return Err(Error::invalid("nothing is requested: ask for video or audio"));
        }
        Ok(())
    }
}

/// The constraints as selection sees them. Here only, an empty device id is none, and what does not exist for
/// this kind of track is left out, even where it is demanded.
pub(crate) fn for_selection(constraints: &MediaTrackConstraints, kind: MediaKind) -> MediaTrackConstraints {
    let mut constraints = constraints.clone();
    // An empty id falls away where it stands: beside it, another one counts.
    let named = |constraint: &AnyConstraint| {
        let AnyConstraint::String(constraint) = constraint else { return None };
        let is_named = |strings: &Strings| strings.as_slice() != [""];
        match constraint {
            Constraint::Bare(bare) => is_named(bare).then(|| constraint.clone()),
            Constraint::Dict(bounds) => {
                let kept = |strings: &Option<Strings>| strings.clone().filter(is_named);
                let (exact, ideal) = (kept(&bounds.exact), kept(&bounds.ideal));
                (exact.is_some() || ideal.is_some()).then_some(Constraint::Dict(Bounds { exact, ideal, ..Bounds::default() }))
            }
        }
    };
    for set in std::iter::once(&mut constraints.basic).chain(&mut constraints.advanced) {
        let foreign = |property: Property| kind == MediaKind::Audio && !property.is_for_audio();
        for property in set.properties().filter(|property| foreign(*property)).collect::<Vec<_>>() {
            set.remove(property);
        }
        match set.get(Property::DeviceId).map(named) {
            None => {}
            Some(None) => set.remove(Property::DeviceId),
            Some(Some(named)) => set.insert(Property::DeviceId, AnyConstraint::String(named)),
        }
    }
    constraints
}

/// Only some properties may be demanded while a device is chosen.
pub(crate) fn check_required(constraints: &MediaTrackConstraints) -> Result<()> {
    for (property, rule) in rules(&constraints.basic, BareIs::Ideal) {
        if rule.is_required() && !property.selects_devices() {
            return Err(Error::invalid(format!(
                "{property}: min, max and exact cannot be used in get_user_media; give an ideal here, and demand it with apply_constraints"
            )));
        }
    }
    Ok(())
}

/// The demand that keeps a device of which only the ids are known from being the one that is asked for.
pub(crate) fn unfit_id(constraints: &MediaTrackConstraints, device_id: &str, group_id: &str) -> Option<Property> {
    let ids = [(Property::DeviceId, device_id), (Property::GroupId, group_id)];
    demanded_ids(constraints).into_iter().find_map(|(property, exact)| {
        let fits = ids.iter().any(|(other, actual)| *other == property && exact.iter().any(|id| id == actual));
        (!fits).then_some(property)
    })
}

/// Whether only devices with certain ids will do.
pub(crate) fn demands_an_id(constraints: &MediaTrackConstraints) -> bool {
    !demanded_ids(constraints).is_empty()
}

/// The ids that a device has to have.
fn demanded_ids(constraints: &MediaTrackConstraints) -> Vec<(Property, Vec<String>)> {
    let mut rules = rules(&constraints.basic, BareIs::Ideal);
    let demanded = [Property::DeviceId, Property::GroupId].into_iter().filter_map(|property| match rules.remove(&property)? {
        Rule::String(ChoiceRule { exact, .. }) if !exact.is_empty() => Some((property, exact)),
        _ => None,
    });
    demanded.collect()
}

/// Whether pan, tilt or zoom is named with another value than `false`, which means to move the camera.
pub(crate) fn moves_the_camera(constraints: &MediaTrackConstraints) -> bool {
    let wants = |(property, constraint): (Property, &AnyConstraint)| {
        property.is_pan_tilt_zoom() && !matches!(constraint, AnyConstraint::BooleanOrDouble(BooleanOrDouble::Boolean(false)))
    };
    std::iter::once(&constraints.basic).chain(&constraints.advanced).any(|set| set.iter().any(wants))
}

/// One error for several devices of which none fits: it names the first demand that no device could meet
/// even alone, if there is one.
pub(crate) fn combine(mut failures: Vec<(Error, Vec<Property>)>) -> Error {
    if failures.len() == 1 {
        return failures.remove(0).0;
    }
    let everywhere = |property: &&Property| failures.iter().all(|(_, impossible)| impossible.contains(property));
    let constraint = Property::ALL.iter().find(everywhere).map_or("", |property| property.name());
    let each: Vec<&str> = failures.iter().map(|(error, _)| error.message()).collect();
    Error::overconstrained(constraint, format!("none of {} devices fits: {}", each.len(), each.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> MediaTrackConstraints {
        MediaTrackConstraints::from_json(text).unwrap()
    }

    #[test]
    fn an_empty_device_id_is_none() {
        for text in [r#"{"deviceId":""}"#, r#"{"deviceId":{"exact":""}}"#, r#"{"deviceId":{"ideal":""}}"#] {
            assert!(for_selection(&parse(text), MediaKind::Video).is_empty(), "{text}");
        }
        for text in [r#"{"deviceId":{"exact":"","ideal":"x"}}"#, r#"{"deviceId":{"ideal":"x"}}"#] {
            assert_eq!(for_selection(&parse(text), MediaKind::Video), parse(r#"{"deviceId":{"ideal":"x"}}"#), "{text}");
        }
        assert!(!for_selection(&parse(r#"{"deviceId":"x"}"#), MediaKind::Video).is_empty());
        assert!(!for_selection(&parse(r#"{"groupId":""}"#), MediaKind::Video).is_empty());
    }

    #[test]
    fn what_does_not_exist_for_audio_is_left_out_of_a_request() {
        let given = parse(r#"{"deviceId":{"exact":"x"},"width":{"min":9},"advanced":[{"zoom":1,"groupId":"g"}]}"#);
        let kept = parse(r#"{"deviceId":{"exact":"x"},"advanced":[{"groupId":"g"}]}"#);
        assert_eq!(for_selection(&given, MediaKind::Audio), kept);
        assert_eq!(for_selection(&given, MediaKind::Video), given);
    }

    #[test]
    fn everything_but_false_moves_the_camera() {
        for text in [r#"{"zoom":true}"#, r#"{"zoom":2}"#, r#"{"zoom":{"max":2}}"#, r#"{"zoom":{}}"#, r#"{"advanced":[{},{"zoom":{}}]}"#] {
            assert!(moves_the_camera(&parse(text)), "{text}");
        }
        for text in ["{}", r#"{"zoom":false,"width":1,"advanced":[{"zoom":false}]}"#] {
            assert!(!moves_the_camera(&parse(text)), "{text}");
        }
    }

    #[test]
    fn zoom_cannot_be_demanded_while_a_device_is_chosen() {
        for text in [r#"{"zoom":{"min":1}}"#, r#"{"zoom":{"max":1}}"#, r#"{"zoom":{"exact":1}}"#] {
            assert_eq!(check_required(&parse(text)).unwrap_err().name(), "TypeError", "{text}");
        }
        for text in
            [r#"{"zoom":2}"#, r#"{"zoom":true}"#, r#"{"zoom":{"ideal":2}}"#, r#"{"advanced":[{"zoom":2}]}"#, r#"{"width":{"exact":1}}"#]
        {
            assert!(check_required(&parse(text)).is_ok(), "{text}");
        }
    }

    #[test]
    fn nothing_requested_is_a_mistake() {
        let check = |text: &str| MediaStreamConstraints::from_json_value(&serde_json::from_str(text).unwrap()).and_then(|c| c.check());
        for text in ["{}", r#"{"video":false}"#, r#"{"other":true}"#, r#"{"video":7}"#, "[]"] {
            assert_eq!(check(text).unwrap_err().name(), "TypeError", "{text}");
        }
        for text in [r#"{"video":true}"#, r#"{"video":{}}"#, r#"{"video":{"width":1},"audio":false}"#] {
            assert!(check(text).is_ok(), "{text}");
        }
    }
}
