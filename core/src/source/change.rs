//! What a command changed on a camera, why it was not, and who is told.

use std::sync::Arc;

use super::raw::Moving;
use super::space::{capabilities, native as native_of};
use super::{Source, TrackSink};
use crate::backend::{CameraInfo, Mode, Rate};
use crate::constraints::fitness::same_rate;
use crate::constraints::stream::{StreamChoice, aspect_ratio};
use crate::frame::turn::Turn;
use crate::{Error, MediaTrackConstraints, MediaTrackSettings, Property, Value};

/// What was changed on a camera, and what it was before.
#[derive(Default)]
pub(super) struct Change {
    /// What the camera says of itself afterwards.
    pub(super) info: CameraInfo,
    pub(super) old_mode: Option<Mode>,
    pub(super) mode: Option<Mode>,
    /// The rate that the driver made of the mode's.
    pub(super) rate: Option<f64>,
    /// What the track shows that the change was made for.
    pub(super) stream: Option<StreamChoice>,
    /// What other tracks show from now on, and what they showed.
    pub(super) others: Vec<(Arc<TrackSink>, StreamChoice)>,
    pub(super) old_streams: Vec<(Arc<TrackSink>, StreamChoice)>,
    pub(super) old_values: Vec<(Property, Value)>,
    /// The controls by their own names that are different now.
    pub(super) controls: Vec<Moving>,
}

impl Change {
    /// Nothing but values, which a track has changed by itself.
    pub(super) fn of_values(source: &Source, own: &TrackSink, info: CameraInfo) -> Change {
        let live = source.live.lock();
        let (mode, rate) = (live.mode, live.rate.map(Rate::per_second));
        drop(live);
        Change { mode, rate, stream: own.stream(), info, ..Change::default() }
    }
}

/// Why a change was not made.
pub(super) enum Failure {
    Error(Error),
    Write(Property, Error),
}

impl Failure {
    /// D3, AC4: a value that the device refuses is a constraint that cannot be met.
    pub(super) fn into_error(self) -> Error {
        match self {
            Failure::Error(error) => error,
            Failure::Write(property, error) => {
                let code = error.os_code();
                let failure = Error::overconstrained(
                    property.name(),
                    format!("the camera did not take the value: {}. Nothing was changed", error.message()),
                );
                let failure = failure.with_source(error);
                code.map_or(failure.clone(), |code| failure.with_os_code(code))
            }
        }
    }
}

/// Makes new values visible on all tracks, and new constraints on the track that applied them. The others are
/// told of what they did not ask for (MT3).
pub(super) fn publish(source: &Source, own: Option<(&Arc<TrackSink>, MediaTrackConstraints)>, change: &Change) {
    let mut others = source.live.lock().sinks.clone();
    others.retain(|sink| {
        let own = own.as_ref().filter(|(own, _)| Arc::ptr_eq(own, sink));
        let other = change.others.iter().find(|(other, _)| Arc::ptr_eq(other, sink)).map(|(_, stream)| *stream);
        let stream = if own.is_some() { change.stream } else { other.or_else(|| sink.stream()) };
        let settings = settings(change, stream, (&sink.device_id, &sink.group_id));
        let capabilities = capabilities(&change.info, (&sink.device_id, &sink.group_id));
        sink.publish(own.map(|(_, constraints)| constraints.clone()), capabilities, settings, stream) && own.is_none()
    });
    source.configuration_changed(&others);
}

/// The W3C dictionary of what is in force on one track.
pub(super) fn settings(change: &Change, stream: Option<StreamChoice>, (device_id, group_id): (&str, &str)) -> MediaTrackSettings {
    let mut settings = MediaTrackSettings::default();
    if let (Some(stream), Some(mode)) = (stream, &change.mode) {
        // A native rate is the one that the driver says it uses.
        let native = same_rate(stream.frame_rate, mode.rate.per_second());
        let frame_rate = change.rate.filter(|rate| native || *rate < stream.frame_rate).unwrap_or(stream.frame_rate);
        // VP5: constraints and capabilities mean the picture as the camera takes it, settings what the track shows.
        let (width, height) = Turn::of(change.info.rotation).size((stream.width, stream.height));
        settings.set(Property::Width, f64::from(width).into());
        settings.set(Property::Height, f64::from(height).into());
        settings.set(Property::AspectRatio, aspect_ratio(width, height).into());
        settings.set(Property::FrameRate, frame_rate.into());
        settings.set(Property::ResizeMode, stream.resize_mode.as_str().into());
        settings.set(Property::PowerEfficient, false.into());
        settings.set(Property::PowerEfficientPixelFormat, native_of(mode).efficient.into());
    }
    for control in &change.info.controls {
        settings.set(control.property, control.value.clone());
    }
    if let Some(facing) = &change.info.facing_mode {
        settings.set(Property::FacingMode, facing.as_str().into());
    }
    settings.set(Property::DeviceId, device_id.into());
    settings.set(Property::GroupId, group_id.into());
    settings
}
