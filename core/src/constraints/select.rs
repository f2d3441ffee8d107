//! SelectSettings over factored spaces.
//!
//! W3C: [SelectSettings](https://www.w3.org/TR/mediacapture-streams/#dfn-selectsettings).

use super::failure;
use super::normalize::{BareIs, Rules, rules};
use super::space::{Selection, Space};
use super::stream::StreamRules;
use crate::{Error, MediaTrackConstraints, Property};

/// Two distances closer than this are equal.
pub(crate) const TIE: f64 = 1e-12;

impl Space {
    /// Selects settings for these constraints.
    ///
    /// # Errors
    ///
    /// `Overconstrained`, naming the first demand that nothing satisfies, or none when each of them
    /// could be satisfied alone.
    pub(crate) fn select(&self, constraints: &MediaTrackConstraints) -> Result<Selection, Error> {
        let basic = rules(&constraints.basic, BareIs::Ideal);
        // Step 3: what meets the demands of the basic set.
        let Some(mut left) = self.restrict(&self.everything(&basic), &basic) else {
            return Err(failure::of_space(self, constraints, &basic));
        };
        // Step 5: each advanced set in order, or not at all.
        let mut advanced = Vec::with_capacity(constraints.advanced.len());
        for set in &constraints.advanced {
            let restricted = self.restrict(&left, &rules(set, BareIs::Exact));
            advanced.push(restricted.is_some());
            left = restricted.unwrap_or(left);
        }
        // Step 6: the smallest distance to the basic set, part by part.
        let mut distance = self.constant_distance(&basic);
        let stream = left.streams.and_then(|streams| streams.best(&self.natives, &StreamRules::new(&basic))).map(|(choice, term)| {
            distance += term;
            choice
        });
        let mut values = Vec::new();
        for group in &left.groups {
            let (best, term) = group.best(&basic);
            distance += term;
            values.extend(best);
        }
        Ok(Selection { stream, values, distance, advanced })
    }

    /// The demands that nothing satisfies, each taken alone, in the order in which they are to be named.
    pub(crate) fn impossible(&self, constraints: &MediaTrackConstraints) -> Vec<Property> {
        let basic = rules(&constraints.basic, BareIs::Ideal);
        let everything = self.everything(&basic);
        let alone = |property: Property| Some(Rules::from([(property, basic.get(&property)?.clone())]));
        let fails = |property: &Property| alone(*property).is_some_and(|rules| self.restrict(&everything, &rules).is_none());
        Property::ALL.iter().copied().filter(fails).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constraints::group::{Domain, Group, Member};
    use crate::constraints::lattice::Lattice;
    use crate::constraints::stream::{Native, ResizeMode};
    use crate::{Constraint, ConstraintSet, ErrorKind, MediaSettingsRange, Value};

    fn native(width: u32, height: u32, frame_rate: f64) -> Native {
        Native { width, height, frame_rate, format_rank: 0, efficient: true }
    }

    fn range(property: Property, min: f64, max: f64, step: f64, value: f64) -> Group {
        let domain = Domain::Numbers(Lattice::new(MediaSettingsRange { min, max, step }));
        Group::alone(Member::new(property, domain, value.into()))
    }

    fn exposure() -> Group {
        let mode = |name: &str| Member::new(Property::ExposureMode, Domain::of(&name.into()), "continuous".into());
        let time = |domain| Member::new(Property::ExposureTime, domain, 156.0.into());
        let all = Domain::Numbers(Lattice::new(MediaSettingsRange { min: 50.0, max: 300.0, step: 1.0 }));
        Group { branches: vec![vec![mode("continuous"), time(Domain::of(&156.0.into()))], vec![mode("manual"), time(all)]] }
    }

    /// The camera of the specification digest's examples, with zoom and exposure.
    fn camera() -> Space {
        Space {
            fixed: vec![(Property::DeviceId, "cam-a".into())],
            natives: vec![
                native(320, 240, 30.0),
                native(640, 480, 30.0),
                native(640, 480, 60.0),
                native(1280, 720, 30.0),
                native(1280, 720, 60.0),
                native(1920, 1080, 30.0),
            ],
            groups: vec![exposure(), range(Property::Zoom, 100.0, 400.0, 10.0, 100.0)],
            held: vec![],
        }
    }

    fn parse(json: &str) -> MediaTrackConstraints {
        MediaTrackConstraints::from_json(json).unwrap()
    }

    fn value(space: &Space, json: &str, property: Property) -> Value {
        let selection = space.select(&parse(json)).unwrap();
        selection.values.into_iter().find(|(p, _)| *p == property).unwrap().1
    }

    fn size(json: &str) -> (u32, u32, f64, &'static str) {
        let stream = camera().select(&parse(json)).unwrap().stream.unwrap();
        (stream.width, stream.height, stream.frame_rate, stream.resize_mode.as_str())
    }

    fn failed(json: &str) -> Error {
        camera().select(&parse(json)).unwrap_err()
    }

    #[test]
    fn nothing_asked_gives_the_defaults() {
        assert_eq!(size("{}"), (640, 480, 30.0, "none"));
        assert_eq!(value(&camera(), "{}", Property::Zoom), 100.0.into());
        assert_eq!(camera().select(&parse("{}")).unwrap().distance, 0.0);
    }

    #[test]
    fn sizes_between_the_native_ones_are_made() {
        assert_eq!(size(r#"{"width":1280,"height":720}"#), (1280, 720, 30.0, "none"));
        assert_eq!(size(r#"{"width":800,"height":600}"#), (800, 600, 30.0, "crop-and-scale"));
        assert_eq!(size(r#"{"width":{"exact":500}}"#), (500, 375, 30.0, "crop-and-scale"), "the view keeps its shape");
        assert_eq!(size(r#"{"width":800,"height":600,"resizeMode":"none"}"#), (640, 480, 30.0, "none"));
        assert_eq!(size(r#"{"aspectRatio":{"exact":1.7777777777777777},"width":{"max":1000}}"#).0 % 16, 0);
        assert_eq!(size(r#"{"width":4000,"height":3000}"#).2, 30.0);
        assert_eq!(size(r#"{"frameRate":{"max":25,"ideal":20}}"#), (640, 480, 20.0, "crop-and-scale"));
        assert_eq!(size(r#"{"frameRate":{"max":25}}"#), (640, 480, 25.0, "crop-and-scale"));
        assert_eq!(size(r#"{"resizeMode":{"exact":"crop-and-scale"},"width":640,"height":480}"#), (640, 480, 30.0, "crop-and-scale"));
        assert_eq!(size(r#"{"width":1,"height":1}"#), (1, 1, 30.0, "crop-and-scale"));
    }

    #[test]
    fn a_shape_that_no_native_side_has_is_made_of_whole_multiples() {
        let (width, height, ..) = size(r#"{"aspectRatio":{"exact":1.4}}"#);
        assert_eq!(f64::from(width) / f64::from(height), 1.4, "{width}x{height}");
        assert_eq!(failed(r#"{"aspectRatio":{"exact":3.14159265358979}}"#).constraint(), Some("aspectRatio"));
    }

    #[test]
    fn demands_exclude_and_the_error_names_them() {
        assert_eq!(size(r#"{"frameRate":{"exact":60},"width":{"min":1000}}"#).0, 1000);
        let error = failed(r#"{"width":{"min":100000000}}"#);
        assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some("width")));
        assert!(error.message().contains("at least 100000000") && error.message().contains("320 to 1920"), "{error}");
        assert!(error.message().contains("nearest is 1920"), "{error}");
        assert_eq!(failed(r#"{"deviceId":{"exact":"cam-b"},"width":{"exact":0}}"#).constraint(), Some("deviceId"));
        let error = failed(r#"{"width":{"min":1280},"frameRate":{"min":60},"height":{"min":1080}}"#);
        assert_eq!(error.constraint(), Some(""));
        assert!(error.message().contains("frameRate at least 60"), "{error}");
        assert_eq!(failed(r#"{"zoom":{"exact":401}}"#).constraint(), Some("zoom"));
        assert_eq!(failed(r#"{"resizeMode":{"exact":"INVALID"}}"#).constraint(), Some("resizeMode"));
        assert_eq!(failed(r#"{"resizeMode":{"exact":"none"},"width":{"exact":800}}"#).constraint(), Some(""));
        assert_eq!(failed(r#"{"width":{"min":1024,"max":800}}"#).constraint(), Some("width"));
    }

    #[test]
    fn a_demand_on_a_missing_property_fails_an_ideal_costs_one() {
        let plain = Space { groups: vec![], ..camera() };
        let distance = |space: &Space, json| space.select(&parse(json)).unwrap().distance;
        assert_eq!(plain.select(&parse(r#"{"zoom":{"exact":200}}"#)).unwrap_err().constraint(), Some("zoom"));
        assert_eq!(distance(&plain, r#"{"zoom":200}"#), 1.0);
        assert_eq!(distance(&plain, r#"{"zoom":{}}"#), 1.0);
        assert_eq!(distance(&plain, r#"{"zoom":true}"#), 1.0);
        assert_eq!(distance(&camera(), r#"{"zoom":true}"#), 0.0);
        assert_eq!(distance(&camera(), r#"{"zoom":false}"#), 1.0);
    }

    #[test]
    fn advanced_sets_are_met_in_order_or_skipped() {
        let constraints = MediaTrackConstraints::new()
            .width(1280)
            .height(720)
            .advanced(ConstraintSet::new().width(4000))
            .advanced(ConstraintSet::new().frame_rate(60.0).zoom(200.0))
            .advanced(ConstraintSet::new().zoom(300.0))
            .advanced(ConstraintSet::new().zoom(false));
        let selection = camera().select(&constraints).unwrap();
        assert_eq!(selection.advanced, [false, true, false, false]);
        let stream = selection.stream.unwrap();
        assert_eq!((stream.width, stream.height, stream.frame_rate), (1280, 720, 60.0));
        assert_eq!(selection.values.last(), Some(&(Property::Zoom, 200.0.into())));
        assert_eq!(selection.distance, 0.0);
    }

    #[test]
    fn a_value_alone_switches_the_mode_that_locks_it() {
        let mode = |json| value(&camera(), json, Property::ExposureMode);
        assert_eq!(mode("{}"), "continuous".into());
        assert_eq!(mode(r#"{"exposureTime":{"exact":300}}"#), "manual".into());
        assert_eq!(mode(r#"{"exposureTime":300}"#), "manual".into());
        assert_eq!(mode(r#"{"exposureTime":{"exact":156}}"#), "continuous".into());
        assert_eq!(mode(r#"{"exposureMode":"continuous","exposureTime":50}"#), "continuous".into());
        let error = failed(r#"{"exposureMode":{"exact":"continuous"},"exposureTime":{"exact":300}}"#);
        assert_eq!(error.constraint(), Some(""));
        assert_eq!(failed(r#"{"exposureMode":{"exact":"none"}}"#).constraint(), Some("exposureMode"));
    }

    #[test]
    fn zoom_keeps_its_value_when_not_asked() {
        let space = Space { groups: vec![range(Property::Zoom, 100.0, 400.0, 10.0, 250.0)], ..camera() };
        assert_eq!(value(&space, "{}", Property::Zoom), 250.0.into());
        assert_eq!(value(&space, r#"{"zoom":true}"#, Property::Zoom), 250.0.into());
        assert_eq!(value(&space, r#"{"zoom":{"max":200}}"#, Property::Zoom), 200.0.into());
        assert_eq!(value(&space, r#"{"zoom":133.77}"#, Property::Zoom), 130.0.into());
        let between = Space { groups: vec![range(Property::Zoom, 100.0, 400.0, 10.0, 105.0)], ..camera() };
        assert_eq!(value(&between, "{}", Property::Zoom), 105.0.into(), "what nobody names is not moved to a step");
        assert_eq!(value(&between, r#"{"zoom":{"min":106}}"#, Property::Zoom), 110.0.into());
    }

    #[test]
    fn rational_rates_match_their_decimal_form() {
        let space = Space { natives: vec![native(640, 480, 30000.0 / 1001.0)], ..Space::default() };
        assert!(space.select(&MediaTrackConstraints::new().frame_rate(Constraint::exact(29.97))).is_ok());
        assert!(space.select(&MediaTrackConstraints::new().frame_rate(Constraint::exact(30.0))).is_err());
        assert!(space.select(&MediaTrackConstraints::new().frame_rate(Constraint::min(29.97003))).is_ok());
    }

    #[test]
    fn demands_of_other_tracks_stay_met() {
        // The id is one that another MediaDevices gave to the same camera.
        let held = MediaTrackConstraints::new().zoom(Constraint::max(200.0)).brightness(7.0).group_id(Constraint::exact("other".into()));
        let space = Space { held: vec![held], ..camera() };
        assert_eq!(value(&space, r#"{"zoom":400}"#, Property::Zoom), 200.0.into());
        let error = space.select(&MediaTrackConstraints::new().zoom(Constraint::exact(300.0))).unwrap_err();
        assert_eq!(error.constraint(), Some("zoom"));
    }

    #[test]
    fn a_cheaper_format_wins_among_equal_modes() {
        let jpeg = Native { efficient: false, format_rank: 9, ..native(640, 480, 30.0) };
        let space = Space { natives: vec![jpeg, native(640, 480, 30.0)], ..Space::default() };
        assert!(space.select(&MediaTrackConstraints::new()).unwrap().stream.unwrap().efficient);
        let stream = space.select(&parse(r#"{"powerEfficientPixelFormat":{"exact":false}}"#)).unwrap().stream.unwrap();
        assert!(!stream.efficient && stream.resize_mode == ResizeMode::None);
    }

    #[test]
    fn absurd_numbers_cost_what_they_must_and_no_more() {
        assert_eq!(size(r#"{"width":1280,"aspectRatio":1e300}"#).0, 1280, "another wish is not lost");
        let distance = |json| camera().select(&parse(json)).unwrap().distance;
        assert!((distance(r#"{"aspectRatio":1e300}"#) - 1.0).abs() < 1e-9);
        assert_eq!(failed(r#"{"aspectRatio":{"min":1e300}}"#).constraint(), Some("aspectRatio"));
        let settings = crate::MediaTrackSettings::from_json(r#"{"aspectRatio":1.5}"#).unwrap();
        assert_eq!(parse(r#"{"aspectRatio":1e300}"#).select(&[settings]).unwrap().distance, 1.0);
    }

    #[test]
    fn a_message_names_only_some_values_of_a_long_list() {
        let ids: Vec<String> = (0..100_000).map(|n| format!("camera {n}")).collect();
        let error = failed(&serde_json::json!({"deviceId": {"exact": ids}}).to_string());
        assert!(error.message().len() < 500 && error.message().contains("one of 99992 others"), "{error}");
    }
}
