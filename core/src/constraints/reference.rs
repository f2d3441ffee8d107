//! Selection against an exhaustive search: on small random cameras every settings dictionary is listed and
//! judged alone, and the factored selection has to come to the same answer.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::RngSeed;

use super::fitness::{fitness_distance, same_rate, term};
use super::group::{Domain, Group, Member};
use super::lattice::Lattice;
use super::normalize::{BareIs, Rule, Rules, rules};
use super::space::Space;
use super::stream::{Native, StreamChoice, aspect_ratio};
use crate::{Bound, MediaSettingsRange, MediaTrackConstraints, MediaTrackSettings, Property, Value};

const RATES: [f64; 4] = [5.0, 10.0, 15.0, 30.0];

fn natives() -> impl Strategy<Value = Vec<Native>> {
    let native = (1u32..9, 1u32..7, select(&RATES[..]), any::<bool>()).prop_map(|(width, height, frame_rate, efficient)| Native {
        width,
        height,
        frame_rate,
        format_rank: u32::from(!efficient),
        efficient,
    });
    vec(native, 1..4)
}

fn groups() -> impl Strategy<Value = Vec<Group>> {
    let number = |domain: MediaSettingsRange| Domain::Numbers(Lattice::new(domain));
    let zoom = Group::alone(Member::new(Property::Zoom, number(MediaSettingsRange { min: 1.0, max: 4.0, step: 1.0 }), 2.0.into()));
    let torch = Group::alone(Member::new(Property::Torch, Domain::Bools(vec![false, true]), false.into()));
    let mode = |name: &str| Member::new(Property::ExposureMode, Domain::of(&name.into()), "continuous".into());
    let time = |domain| Member::new(Property::ExposureTime, domain, 3.0.into());
    let all = number(MediaSettingsRange { min: 1.0, max: 5.0, step: 1.0 });
    let exposure = Group { branches: vec![vec![mode("continuous"), time(Domain::of(&3.0.into()))], vec![mode("manual"), time(all)]] };
    subsequence(vec![zoom, torch, exposure], 0..=3)
}

fn space() -> impl Strategy<Value = Space> {
    let fixed = subsequence(vec![(Property::DeviceId, "a".to_owned()), (Property::FacingMode, "user".to_owned())], 0..=2);
    (fixed, natives(), groups()).prop_map(|(fixed, natives, groups)| Space { fixed, natives, groups, held: vec![] })
}

/// One member of one set, as the typed setters take it.
type Wish = (usize, Property, Bound, Value);

fn wish() -> impl Strategy<Value = Wish> {
    let bound = || select(vec![Bound::Bare, Bound::Min, Bound::Max, Bound::Exact, Bound::Ideal]);
    let choice = || select(vec![Bound::Bare, Bound::Exact, Bound::Ideal]);
    let number = |property: Property, values: Vec<f64>| {
        (0usize..4, bound(), select(values)).prop_map(move |(set, bound, value)| (set, property, bound, Value::Number(value)))
    };
    let text = |property: Property, values: Vec<&'static str>| {
        (0usize..4, choice(), select(values)).prop_map(move |(set, bound, value)| (set, property, bound, value.into()))
    };
    prop_oneof![
        3 => number(Property::Width, (0..10).map(f64::from).collect()),
        3 => number(Property::Height, (0..8).map(f64::from).collect()),
        2 => number(Property::FrameRate, vec![0.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 31.0]),
        2 => number(Property::AspectRatio, vec![0.4, 0.5, 0.7, 1.0, 1.2, 4.0 / 3.0, 1.5, 2.0]),
        2 => number(Property::Zoom, vec![0.0, 1.0, 2.5, 3.0, 4.0, 5.0]),
        2 => number(Property::ExposureTime, vec![0.0, 1.0, 3.0, 4.0, 6.0]),
        1 => number(Property::Brightness, vec![1.0]),
        1 => text(Property::ExposureMode, vec!["continuous", "manual", "none"]),
        1 => text(Property::ResizeMode, vec!["none", "crop-and-scale", "other"]),
        1 => text(Property::FacingMode, vec!["user", "environment", ""]),
        1 => (0usize..4, choice(), any::<bool>()).prop_map(|(set, bound, value)| (set, Property::Torch, bound, Value::Bool(value))),
        1 => (0usize..4, choice(), any::<bool>())
            .prop_map(|(set, bound, value)| (set, Property::PowerEfficientPixelFormat, bound, Value::Bool(value))),
        1 => (0usize..4, any::<bool>()).prop_map(|(set, value)| (set, Property::Zoom, Bound::Bare, Value::Bool(value))),
    ]
}

/// Members that do not go together (a bare value and bounds) are left out.
fn constraints(wishes: &[Wish]) -> MediaTrackConstraints {
    let mut constraints = MediaTrackConstraints::new();
    for (set, property, bound, value) in wishes {
        while constraints.advanced.len() < *set {
            constraints.add_advanced();
        }
        let _ = match value {
            Value::Number(n) => constraints.set_number(*set, *property, *bound, *n),
            Value::Bool(b) => constraints.set_bool(*set, *property, *bound, *b),
            Value::String(s) => constraints.set_string(*set, *property, *bound, s),
            Value::Points(points) => constraints.set_points(*set, *property, *bound, points),
        };
    }
    constraints
}

/// Every stream that a camera can make: each mode as it is, and each smaller size of it at each rate that
/// somebody may have asked for.
fn streams(space: &Space, wanted: &MediaTrackConstraints) -> Vec<MediaTrackSettings> {
    let mut all = Vec::new();
    let mut add = |width: u32, height: u32, rate: f64, mode: &str, efficient: bool| {
        let mut settings = MediaTrackSettings::default();
        settings.set(Property::Width, f64::from(width).into());
        settings.set(Property::Height, f64::from(height).into());
        settings.set(Property::AspectRatio, aspect_ratio(width, height).into());
        settings.set(Property::FrameRate, rate.into());
        settings.set(Property::ResizeMode, mode.into());
        settings.set(Property::PowerEfficientPixelFormat, efficient.into());
        all.push(settings);
    };
    let asked: Vec<f64> = wanted
        .sets()
        .flat_map(|set| match rules(set, BareIs::Ideal).get(&Property::FrameRate) {
            Some(Rule::Number(rule)) => [rule.min, rule.max, rule.exact, rule.ideal],
            _ => [None; 4],
        })
        .flatten()
        .collect();
    for native in &space.natives {
        add(native.width, native.height, native.frame_rate, "none", native.efficient);
        let parts = (1..=6).map(|part| native.frame_rate / f64::from(part));
        let rates: Vec<f64> = parts.chain(asked.iter().copied().filter(|rate| *rate > 0.0 && *rate <= native.frame_rate)).collect();
        for width in 1..=native.width {
            for height in 1..=native.height {
                rates.iter().for_each(|rate| add(width, height, *rate, "crop-and-scale", native.efficient));
            }
        }
    }
    all
}

/// Every settings dictionary: streams by controls.
fn everything(space: &Space, wanted: &MediaTrackConstraints) -> Vec<MediaTrackSettings> {
    let mut all = streams(space, wanted);
    for settings in &mut all {
        space.fixed.iter().for_each(|(property, value)| settings.set(*property, value.as_str().into()));
    }
    for group in &space.groups {
        let alternatives: Vec<Vec<(Property, Value)>> = group.branches.iter().flat_map(|branch| product(branch)).collect();
        all = all
            .iter()
            .flat_map(|settings| {
                alternatives.iter().map(|values| {
                    let mut settings = settings.clone();
                    values.iter().for_each(|(property, value)| settings.set(*property, value.clone()));
                    settings
                })
            })
            .collect();
    }
    all
}

fn product(branch: &[Member]) -> Vec<Vec<(Property, Value)>> {
    branch.iter().fold(vec![vec![]], |all, member| {
        let values: Vec<Value> = match &member.domain {
            Domain::Numbers(lattice) => {
                let range = lattice.range();
                let steps = if range.step > 0.0 { ((range.max - range.min) / range.step) as u32 } else { 0 };
                (0..=steps).map(|step| Value::Number(range.min + f64::from(step) * range.step)).collect()
            }
            Domain::Bools(values) => values.iter().map(|b| Value::Bool(*b)).collect(),
            Domain::Strings(values) => values.iter().map(|s| s.as_str().into()).collect(),
            Domain::Points(_) => vec![],
        };
        all.iter().flat_map(|so_far| values.iter().map(|value| [so_far.clone(), vec![(member.property, value.clone())]].concat())).collect()
    })
}

/// D6: an exact value between two steps is served by the nearest one, so the rule of a stepped control is
/// moved to it before the settings are judged.
fn on_steps(space: &Space, mut rules: Rules) -> Rules {
    for (property, rule) in &mut rules {
        let Rule::Number(rule) = rule else { continue };
        let members = space.groups.iter().flat_map(|group| group.branches.iter().flatten());
        for member in members.filter(|member| member.property == *property) {
            if let (Domain::Numbers(lattice), Some(exact)) = (&member.domain, rule.exact)
                && lattice.range().step > 0.0
                && (lattice.range().min..=lattice.range().max).contains(&exact)
            {
                let below = exact.floor();
                rule.exact = Some(if exact - below <= 0.5 { below } else { below + 1.0 });
            }
        }
    }
    rules
}

struct Reference {
    distance: f64,
    advanced: Vec<bool>,
}

/// The algorithm of the specification, step by step, over the whole list.
fn reference(space: &Space, wanted: &MediaTrackConstraints) -> Result<Reference, String> {
    let basic = on_steps(space, rules(&wanted.basic, BareIs::Ideal));
    let all = everything(space, wanted);
    let mut left: Vec<&MediaTrackSettings> = all.iter().filter(|settings| fitness_distance(&basic, settings).is_finite()).collect();
    if left.is_empty() {
        let fails = |property: &&Property| {
            let Some(rule) = basic.get(property) else { return false };
            all.iter().all(|settings| term(**property, rule, settings.get(**property)).is_infinite())
        };
        return Err(Property::ALL.iter().find(fails).map_or("", |property| property.name()).to_owned());
    }
    let mut advanced = Vec::new();
    for set in &wanted.advanced {
        let rules = on_steps(space, rules(set, BareIs::Exact));
        let met: Vec<_> = left.iter().copied().filter(|settings| fitness_distance(&rules, settings).is_finite()).collect();
        advanced.push(!met.is_empty());
        if !met.is_empty() {
            left = met;
        }
    }
    let distance = left.iter().map(|settings| fitness_distance(&basic, settings)).fold(f64::INFINITY, f64::min);
    Ok(Reference { distance, advanced })
}

fn selected_settings(space: &Space, stream: StreamChoice, values: &[(Property, Value)]) -> MediaTrackSettings {
    let mut settings = MediaTrackSettings::default();
    settings.set(Property::Width, f64::from(stream.width).into());
    settings.set(Property::Height, f64::from(stream.height).into());
    settings.set(Property::AspectRatio, aspect_ratio(stream.width, stream.height).into());
    settings.set(Property::FrameRate, stream.frame_rate.into());
    settings.set(Property::ResizeMode, stream.resize_mode.as_str().into());
    settings.set(Property::PowerEfficientPixelFormat, stream.efficient.into());
    space.fixed.iter().for_each(|(property, value)| settings.set(*property, value.as_str().into()));
    values.iter().for_each(|(property, value)| settings.set(*property, value.clone()));
    settings
}

/// Whether the shape is wished for, which couples width and height: then sides are rounded to whole pixels.
fn shape_is_wished(wanted: &MediaTrackConstraints) -> bool {
    wanted.basic.properties().any(|property| property == Property::AspectRatio)
}

/// The same cameras every time; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` try others, and more.
fn config() -> ProptestConfig {
    let given = ProptestConfig::default();
    let rng_seed = if given.rng_seed == RngSeed::Random { RngSeed::Fixed(1) } else { given.rng_seed };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { given.cases } else { 800 };
    ProptestConfig { cases, rng_seed, max_global_rejects: 1_000_000, failure_persistence: None, ..given }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn selection_agrees_with_the_exhaustive_search(space in space(), wishes in vec(wish(), 0..8)) {
        let wanted = constraints(&wishes);
        match (space.select(&wanted), reference(&space, &wanted)) {
            (Ok(selection), Ok(reference)) => {
                prop_assert_eq!(&selection.advanced, &reference.advanced, "{}", wanted.to_json());
                prop_assert!(selection.distance >= reference.distance - 1e-9, "{} < {}", selection.distance, reference.distance);
                if !shape_is_wished(&wanted) {
                    prop_assert!((selection.distance - reference.distance).abs() < 1e-9,
                        "{}: {} instead of {}", wanted.to_json(), selection.distance, reference.distance);
                }
                let stream = selection.stream.unwrap();
                let settings = selected_settings(&space, stream, &selection.values);
                let judged = fitness_distance(&on_steps(&space, rules(&wanted.basic, BareIs::Ideal)), &settings);
                prop_assert!(judged.is_finite(), "every demand is met: {} by {}", wanted.to_json(), settings.to_json());
                prop_assert!((judged - selection.distance).abs() < 1e-9, "{judged} is what it costs, not {}", selection.distance);
                for (set, _) in wanted.advanced.iter().zip(&selection.advanced).filter(|(_, met)| **met) {
                    prop_assert!(fitness_distance(&on_steps(&space, rules(set, BareIs::Exact)), &settings).is_finite());
                }
                let native = |native: &&Native| native.covers(&stream) && same_rate(native.frame_rate, native.frame_rate);
                prop_assert!(space.natives.iter().any(|n| native(&n)), "nothing is scaled up: {stream:?}");
            }
            (Err(error), Err(name)) => prop_assert_eq!(error.constraint(), Some(name.as_str()), "{}", wanted.to_json()),
            (ours, reference) => prop_assert!(false, "{}: {ours:?}, but by the list {:?}", wanted.to_json(), reference.map(|r| r.distance)),
        }
    }

    #[test]
    fn one_more_wish_never_makes_it_nearer(space in space(), wishes in vec(wish(), 0..6), more in wish()) {
        let (before, more) = (constraints(&wishes), (0, more.1, more.2, more.3));
        prop_assume!(!before.basic.properties().any(|property| property == more.1) && !shape_is_wished(&before));
        let after = constraints(&[wishes, vec![more]].concat());
        prop_assume!(!shape_is_wished(&after));
        // Advanced sets filter before the distance counts, and one more demand may have another of them met.
        let (before, after) = (MediaTrackConstraints { advanced: vec![], ..before }, MediaTrackConstraints { advanced: vec![], ..after });
        if let Ok(after_selection) = space.select(&after) {
            let before_selection = space.select(&before);
            prop_assert!(before_selection.is_ok(), "what fits with a demand fits without it");
            prop_assert!(after_selection.distance >= before_selection.unwrap().distance - 1e-9);
        }
    }

    #[test]
    fn the_order_of_keys_does_not_matter(space in space(), wishes in vec(wish(), 0..8)) {
        // One member a property: of two on the same one the first may keep the second out.
        let mut seen = Vec::new();
        let wishes: Vec<Wish> = wishes.into_iter().filter(|w| { let new = !seen.contains(&(w.0, w.1)); seen.push((w.0, w.1)); new }).collect();
        let mut reversed = wishes.clone();
        reversed.reverse();
        let sets = |mut constraints: MediaTrackConstraints| { while constraints.advanced.len() < 3 { constraints.add_advanced(); } constraints };
        let (a, b) = (sets(constraints(&wishes)), sets(constraints(&reversed)));
        prop_assert_eq!(a.to_json(), b.to_json());
        let shuffled = MediaTrackConstraints::from_json(&a.to_json()).unwrap();
        prop_assert_eq!(space.select(&a).ok(), space.select(&shuffled).ok());
    }
}
