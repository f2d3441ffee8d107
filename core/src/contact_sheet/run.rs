//! Sweeping: setting the values one after the other and taking a picture of each.

use std::time::{Duration, Instant};

use serde_json::{Map, json};

use super::{ContactSheet, ContactSheetOptions, Label, MAX_PICTURES, Sweep, thumbnail};
use crate::{Error, ErrorKind, Frame, ImageCapture, MediaStreamTrack, MediaTrackConstraints, MediaTrackSettings, Property, Result, Value};

/// Frames that are looked at before a picture can count as settled: cameras show a change some frames after it was made.
const FRAMES_OF_DELAY: usize = 4;
/// Two pictures that differ by less in the mean of a channel, in parts of 255, are the same but for noise.
const NOISE: f64 = 1.5;
/// Pictures are compared in this size: noise is gone, light and shape are not.
const COMPARED: (u32, u32) = (32, 24);

/// What is set for one picture.
type Point = Vec<(Property, Value)>;

/// What was swept for a picture, and what was really in force.
struct Shot {
    swept: Vec<Property>,
    settings: MediaTrackSettings,
}

impl ContactSheet {
    /// Takes a picture for each value of a sweep, and puts the track back to how it was; values that the camera chooses by
    /// itself go on from where they were. Each is labelled with the settings in force, as read back from the camera: below the
    /// title stand those that all have in common.
    ///
    /// One sweep gives its pictures in a row that is broken where it becomes too long. Two sweeps give every combination:
    /// the values of the first from left to right, those of the second from top to bottom. More sweeps give a row each, in
    /// which the other properties stay as they were.
    ///
    /// A picture is taken when it has settled: some frames after the value was set, as soon as two of them hardly differ,
    /// and after the time of the options at the latest. Values that count only in a manual mode switch to that mode.
    ///
    /// # Errors
    ///
    /// Before anything is set: `InvalidInput` for values that the camera does not take, with those it does, and for more
    /// than 256 pictures; `NotSupported` for properties that it does not have; `NotAllowed` for those without a permission.
    /// Then those of [`apply_constraints`](MediaStreamTrack::apply_constraints) and
    /// [`grab_frame`](ImageCapture::grab_frame); the track is put back in this case too.
    pub fn sweep(track: &MediaStreamTrack, sweeps: &[Sweep], options: &ContactSheetOptions) -> Result<ContactSheet> {
        Self::sweep_with(track, sweeps, options, |_, _| true)
    }

    /// As [`sweep`](Self::sweep). `go_on` is called often with the number of pictures that are done, and of all; when it
    /// answers `false`, the sweep ends.
    ///
    /// # Errors
    ///
    /// As [`sweep`](Self::sweep), and `Cancelled`.
    pub fn sweep_with(
        track: &MediaStreamTrack,
        sweeps: &[Sweep],
        options: &ContactSheetOptions,
        mut go_on: impl FnMut(usize, usize) -> bool,
    ) -> Result<ContactSheet> {
        let mut options = options.clone();
        if options.title.is_empty() {
            options.title = track.label().to_owned();
        }
        let settle = options.settle;
        let mut sheet = ContactSheet::new(options)?;
        let rows = rows(track, sweeps)?;
        let capture = ImageCapture::new(track)?;
        let (before, settings) = (track.constraints(), track.settings());
        let total = rows.iter().map(Vec::len).sum();
        let mut shots = Vec::with_capacity(total);
        let taken = rows.iter().flatten().try_for_each(|point| {
            track.apply_constraints(&with(&before, point)?)?;
            let mut go_on =
                || if go_on(shots.len(), total) { Ok(()) } else { Err(Error::new(ErrorKind::Cancelled, "the sweep was ended")) };
            let frame = settled(&capture, settle, &mut go_on)?;
            // Small at once: hundreds of whole pictures are gigabytes.
            sheet.put(&frame, Label::default())?;
            shots.push(Shot { swept: point.iter().map(|(property, _)| *property).collect(), settings: track.settings() });
            Ok(())
        });
        let restored = restore(track, &before, &settings, sweeps);
        taken?;
        restored.map_err(|error| error.context("the settings from before the sweep cannot be put back"))?;
        sheet.label(&shots);
        if rows.len() > 1 {
            sheet.breaks = rows
                .iter()
                .scan(0, |end, row| {
                    *end += row.len();
                    Some(*end)
                })
                .collect();
        }
        Ok(sheet)
    }

    /// What all pictures have in common goes to the top, what differs below each.
    fn label(&mut self, shots: &[Shot]) {
        let Some(first) = shots.first() else { return };
        let is_common = |property: Property| {
            shots.iter().all(|shot| !shot.swept.contains(&property) && shot.settings.get(property) == first.settings.get(property))
        };
        let size = match (first.settings.width(), first.settings.height()) {
            (Some(width), Some(height)) if is_common(Property::Width) && is_common(Property::Height) => Some(format!("{width}x{height}")),
            _ => None,
        };
        let told = |property: &Property| {
            let is_of_image = matches!(property, Property::Width | Property::Height | Property::FrameRate)
                || !(property.selects_devices() || matches!(property, Property::PowerEfficient | Property::PowerEfficientPixelFormat));
            is_of_image && !(size.is_some() && matches!(property, Property::Width | Property::Height))
        };
        let common = first.settings.properties().filter(|property| is_common(*property)).filter(told);
        self.notes = size.iter().cloned().chain(common.filter_map(|property| entry(&first.settings, property))).collect();
        for (cell, shot) in self.cells.iter_mut().zip(shots) {
            let other = shot.settings.properties().filter(|property| !is_common(*property) && !shot.swept.contains(property)).filter(told);
            cell.label = Label {
                strong: shot.swept.iter().filter_map(|property| entry(&shot.settings, *property)).collect(),
                weak: other.filter_map(|property| entry(&shot.settings, property)).collect(),
            };
        }
    }
}

/// A setting for people.
fn entry(settings: &MediaTrackSettings, property: Property) -> Option<String> {
    Some(match settings.get(property)? {
        // Four decimals: what a division left over helps nobody.
        Value::Number(number) => format!("{property} {}", (number * 1e4).round() / 1e4),
        Value::Bool(on) => format!("{property} {}", if *on { "on" } else { "off" }),
        Value::String(text) => format!("{property} {text}"),
        Value::Points(points) => {
            let points: Vec<String> = points.iter().map(|point| format!("{:.2},{:.2}", point.x, point.y)).collect();
            format!("{property} {}", if points.is_empty() { "none".into() } else { points.join(" ") })
        }
    })
}

/// What is set for each picture, row by row, checked.
fn rows(track: &MediaStreamTrack, sweeps: &[Sweep]) -> Result<Vec<Vec<Point>>> {
    let capabilities = track.capabilities();
    let mut all: Vec<(Property, Vec<Value>)> = Vec::new();
    for sweep in sweeps {
        if all.iter().any(|(property, _)| *property == sweep.property()) {
            return Err(Error::invalid(format!("{} is swept twice; a sweep can have several values", sweep.property())));
        }
        all.push((sweep.property(), sweep.of(&capabilities)?));
    }
    let pictures = |(property, values): &(Property, Vec<Value>)| values.iter().map(|value| vec![(*property, value.clone())]).collect();
    let rows: Vec<Vec<Point>> = match &all[..] {
        [] => return Err(Error::invalid("a contact sheet needs at least one sweep")),
        [across, (down, values)] => {
            let row = |value: &Value| {
                let mut row: Vec<Point> = pictures(across);
                row.iter_mut().for_each(|point| point.push((*down, value.clone())));
                row
            };
            values.iter().map(row).collect()
        }
        rows => rows.iter().map(pictures).collect(),
    };
    match rows.iter().map(Vec::len).sum::<usize>() {
        0..=MAX_PICTURES => Ok(rows),
        more => Err(Error::invalid(format!("{more} pictures are too many; a contact sheet has room for {MAX_PICTURES}"))),
    }
}

/// The constraints of the track, with these values required.
fn with(constraints: &MediaTrackConstraints, point: &Point) -> Result<MediaTrackConstraints> {
    let mut members = match constraints.to_json_value() {
        serde_json::Value::Object(members) => members,
        _ => Map::new(),
    };
    for (property, value) in point {
        members.insert(property.name().to_owned(), json!({"exact": value.to_json()}));
    }
    MediaTrackConstraints::from_json_value(&members.into())
}

/// Puts everything back. A property that the constraints name without a value, as in `{"zoom": true}`, would keep the last one.
fn restore(track: &MediaStreamTrack, constraints: &MediaTrackConstraints, settings: &MediaTrackSettings, sweeps: &[Sweep]) -> Result<()> {
    let now = track.settings();
    // While they are still set by hand: a camera that chooses them by itself again starts from where it was.
    let numbers: Point = sweeps
        .iter()
        .map(Sweep::property)
        .filter(|property| now.get(*property) != settings.get(*property))
        .filter_map(|property| Some((property, settings.get(property)?.clone())))
        .filter(|(_, value)| matches!(value, Value::Number(_)))
        .collect();
    if !numbers.is_empty() {
        // One that cannot be set is put back as far as the constraints do it.
        let _ = with(constraints, &numbers).and_then(|constraints| track.apply_constraints(&constraints));
    }
    track.apply_constraints(constraints)?;
    let now = track.settings();
    let named = constraints.sets().flat_map(|set| set.properties()).filter(|property| !property.selects_devices());
    let kept: Point = named
        .filter(|property| now.get(*property) != settings.get(*property))
        .filter_map(|property| Some((property, settings.get(property)?.clone())))
        .collect();
    if kept.is_empty() {
        return Ok(());
    }
    track.apply_constraints(&with(constraints, &kept)?)?;
    track.apply_constraints(constraints)
}

/// The first picture that shows what was set last.
fn settled(capture: &ImageCapture, limit: Duration, go_on: &mut dyn FnMut() -> Result<()>) -> Result<Frame> {
    let end = Instant::now() + limit;
    for _ in 1..FRAMES_OF_DELAY {
        go_on()?;
        capture.grab_frame()?;
    }
    let mut last: Option<Vec<u8>> = None;
    loop {
        go_on()?;
        let frame = capture.grab_frame()?;
        let small = thumbnail(&frame, COMPARED.0, COMPARED.1)?;
        let same = last.is_some_and(|last| difference(&last, &small) < NOISE);
        if same || Instant::now() >= end {
            return Ok(frame);
        }
        last = Some(small);
    }
}

/// The mean distance of two pictures of the same size.
fn difference(one: &[u8], other: &[u8]) -> f64 {
    let sum: u64 = one.iter().zip(other).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    // The fourth channel never differs.
    sum as f64 / (one.len() as f64 * 0.75)
}
