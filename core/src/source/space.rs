//! From what a camera offers to what constraints can choose from, and to the W3C dictionary of it.

use crate::backend::{CameraInfo, Control, Mode, Offer, Takes};
use crate::capabilities::Capability;
use crate::constraints::group::{Branch, Domain, Group, Member};
use crate::constraints::lattice::Lattice;
use crate::constraints::normalize::{BareIs, Rule, rounded_ratio, rule_on};
use crate::constraints::space::Space;
use crate::constraints::stream::{Native, ResizeMode};
use crate::{MediaSettingsRange, MediaTrackCapabilities, MediaTrackConstraints, PixelFormat, Property, Value};

/// The modes that lock a value while the camera chooses it itself (D1).
pub(crate) const LOCKS: [(Property, Property); 3] = [
    (Property::WhiteBalanceMode, Property::ColorTemperature),
    (Property::ExposureMode, Property::ExposureTime),
    (Property::FocusMode, Property::FocusDistance),
];

/// In this mode the camera chooses the value that goes with it.
pub(crate) const AUTOMATIC: &str = "continuous";
/// In this mode the camera chooses it once, when the mode is applied.
pub(crate) const ONCE: &str = "single-shot";

/// Pixel formats from the cheapest to use to the dearest: what has to be decoded by software comes late,
/// what has no colour last.
fn format_rank(format: PixelFormat) -> u32 {
    match format {
        PixelFormat::Nv12 => 0,
        PixelFormat::I420 => 1,
        PixelFormat::Yv12 => 2,
        PixelFormat::Nv21 => 3,
        PixelFormat::Yuyv => 4,
        PixelFormat::Uyvy => 5,
        PixelFormat::Rgb => 6,
        PixelFormat::Bgr => 7,
        PixelFormat::Rgba => 8,
        PixelFormat::Bgra => 9,
        PixelFormat::Rgbx => 10,
        PixelFormat::Bgrx => 11,
        PixelFormat::Mjpeg => 12,
        PixelFormat::Grey => 13,
        PixelFormat::Grey16 => 14,
    }
}

/// A mode as selection sees it.
pub(crate) fn native(mode: &Mode) -> Native {
    Native {
        width: mode.width,
        height: mode.height,
        frame_rate: mode.rate.per_second(),
        format_rank: format_rank(mode.format),
        efficient: !mode.format.is_compressed(),
    }
}

/// Everything that a camera can be set to for one track. `preferred` gives the value that a control takes
/// when nothing is asked of it.
pub(crate) fn space_of(
    info: &CameraInfo,
    (device_id, group_id): (&str, &str),
    constraints: &MediaTrackConstraints,
    preferred: &dyn Fn(&Control) -> Value,
) -> Space {
    let mut fixed = vec![(Property::DeviceId, device_id.to_owned()), (Property::GroupId, group_id.to_owned())];
    fixed.extend(info.facing_mode.iter().map(|facing| (Property::FacingMode, facing.clone())));
    let mut groups: Vec<Group> = info.controls.iter().filter_map(|control| group(info, control, constraints, preferred)).collect();
    if !info.is_audio && !info.controls.iter().any(|control| control.property == Property::PowerEfficient) {
        // No system tells of configurations that differ.
        let never = Member::new(Property::PowerEfficient, Domain::Bools(vec![false]), Value::Bool(false));
        groups.push(Group::alone(never));
    }
    // The one mode of a microphone is no picture.
    let natives = if info.is_audio { Vec::new() } else { info.modes.iter().map(native).collect() };
    Space { fixed, natives, groups, held: Vec::new() }
}

/// Takes pan, tilt and zoom out of what can be selected, where the permission for them lacks.
pub(crate) fn hide_moves(space: &mut Space, allowed: bool) {
    if !allowed {
        space.groups.retain(|group| !Property::ALL.iter().any(|property| property.is_pan_tilt_zoom() && group.has(*property)));
    }
}

/// The group of a control; `None` for a value that belongs to the group of its mode.
fn group(
    info: &CameraInfo,
    control: &Control,
    constraints: &MediaTrackConstraints,
    preferred: &dyn Fn(&Control) -> Value,
) -> Option<Group> {
    let find = |property| info.controls.iter().find(|other| other.property == property);
    if LOCKS.iter().any(|(mode, value)| *value == control.property && find(*mode).is_some()) {
        return None;
    }
    let Offer::Strings(modes) = &control.offer else {
        return Some(Group::alone(Member::new(control.property, domain(&control.offer), preferred(control))));
    };
    // A run is never triggered by a value alone (D1).
    let may_run = names_once(constraints, control.property) || control.value == Value::from(ONCE);
    let modes: Vec<&String> = modes.iter().filter(|mode| *mode != ONCE || may_run).collect();
    let mode_member = |mode: &str| Member::new(control.property, Domain::of(&mode.into()), preferred(control));
    let locked = LOCKS.iter().find(|(mode, _)| *mode == control.property).and_then(|(_, value)| find(*value));
    let branch = |mode: &&String| -> Branch {
        let mut branch = vec![mode_member(mode)];
        if let Some(value) = locked {
            let domain = if *mode == AUTOMATIC { Domain::of(&value.value) } else { domain(&value.offer) };
            branch.push(Member::new(value.property, domain, preferred(value)));
        }
        branch
    };
    Some(Group { branches: modes.iter().map(branch).collect() })
}

/// Whether constraints name the mode `single-shot` of a property.
pub(crate) fn names_once(constraints: &MediaTrackConstraints, property: Property) -> bool {
    constraints.sets().any(|set| match rule_on(set, property, BareIs::Ideal) {
        Some(Rule::String(rule)) => rule.exact.iter().chain(&rule.ideal).any(|mode| mode == ONCE),
        _ => false,
    })
}

pub(super) fn domain(offer: &Offer) -> Domain {
    match offer {
        Offer::Range { range, takes } => Domain::Numbers(match takes {
            Takes::Any => Lattice::new(MediaSettingsRange { step: 0.0, ..*range }),
            Takes::Steps => Lattice::new(*range),
            Takes::Only(values) => Lattice::of(*range, values.clone()),
        }),
        Offer::Strings(values) => Domain::Strings(values.clone()),
        Offer::Bools(values) => Domain::Bools(values.clone()),
        Offer::Points => Domain::Points(None),
    }
}

/// The W3C dictionary of a camera's capabilities.
pub(crate) fn capabilities(info: &CameraInfo, (device_id, group_id): (&str, &str)) -> MediaTrackCapabilities {
    let mut capabilities = MediaTrackCapabilities::default();
    let most = |number: fn(&Mode) -> f64| info.modes.iter().map(number).fold(0.0, f64::max);
    let (width, height) = (most(|mode| f64::from(mode.width)), most(|mode| f64::from(mode.height)));
    if !info.modes.is_empty() && !info.is_audio {
        let mut range = |property, min, max| {
            capabilities.set(property, Capability::Range(MediaSettingsRange { min, max, step: 0.0 }));
        };
        range(Property::Width, 1.0, width);
        range(Property::Height, 1.0, height);
        range(Property::AspectRatio, rounded_ratio(1.0 / height), rounded_ratio(width));
        range(Property::FrameRate, 0.0, most(|mode| mode.rate.per_second()));
        let modes = ResizeMode::ALL.map(|mode| mode.as_str().to_owned());
        capabilities.set(Property::ResizeMode, Capability::Strings(modes.to_vec()));
        let facing = info.facing_mode.iter().cloned().collect();
        capabilities.set(Property::FacingMode, Capability::Strings(facing));
        capabilities.set(Property::PowerEfficient, Capability::Bools(vec![false]));
        let mut efficient: Vec<bool> = info.modes.iter().map(|mode| native(mode).efficient).collect();
        efficient.sort_unstable();
        efficient.dedup();
        capabilities.set(Property::PowerEfficientPixelFormat, Capability::Bools(efficient));
    }
    for control in &info.controls {
        let capability = match &control.offer {
            Offer::Range { range, .. } => Capability::Range(*range),
            Offer::Strings(values) => Capability::Strings(values.clone()),
            Offer::Bools(values) => Capability::Bools(values.clone()),
            // It has a setting, but no member in the dictionary.
            Offer::Points => continue,
        };
        capabilities.set(control.property, capability);
    }
    capabilities.set(Property::DeviceId, Capability::Single(device_id.to_owned()));
    capabilities.set(Property::GroupId, Capability::Single(group_id.to_owned()));
    capabilities
}
