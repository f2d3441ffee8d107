//! What the control thread of a camera can be asked.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use super::TrackSink;
use super::photo::{Ask, PhotoPromise, PhotoRequest};
use super::raw::RawRequest;
use super::sink::AtEnd;
use crate::backend::ChangedControl;
use crate::context::Context;
use crate::pending::Promise;
use crate::{MediaKind, MediaTrackConstraints, Result};

/// What a new track is to be.
pub(crate) struct NewTrack {
    pub(crate) device_id: String,
    pub(crate) group_id: String,
    /// Of the `MediaDevices` that asks for it.
    pub(crate) context: Arc<Context>,
    pub(crate) kind: MediaKind,
    /// There is the permission to move the camera.
    pub(crate) pan_tilt_zoom: bool,
    pub(crate) constraints: MediaTrackConstraints,
}

/// A track that was added, until the program has it.
pub(crate) struct AddedTrack {
    pub(crate) sink: Arc<TrackSink>,
    /// Takes whether the program got the track. Dropped unanswered, it did not.
    pub(crate) accepted: SyncSender<bool>,
}

/// What the control thread is asked to do.
pub(crate) enum Command {
    AddTrack(NewTrack, SyncSender<Result<AddedTrack>>),
    Apply(Arc<TrackSink>, MediaTrackConstraints, Promise<()>),
    Photo(Arc<TrackSink>, PhotoRequest, PhotoPromise),
    Ask(Arc<TrackSink>, Ask),
    /// About controls by their own names.
    Raw(Arc<TrackSink>, RawRequest),
    /// Whoever acquired the source does not use it after all.
    Leave,
    /// Somebody else has changed the camera, these of its controls among others.
    Look(Vec<ChangedControl>),
}

impl Command {
    /// Whoever waits for it does not wait longer than the track lives.
    pub(super) fn end_with_its_track(&self) {
        match self {
            Command::Apply(sink, _, promise) => sink.add_operation(AtEnd::Succeeds(promise.resolver())),
            Command::Photo(sink, _, promise) => sink.add_operation(AtEnd::Fails(promise.ongoing())),
            Command::Ask(sink, ask) => sink.add_operation(AtEnd::Fails(ask.ongoing())),
            Command::Raw(sink, request) => sink.add_operation(AtEnd::Fails(request.ongoing())),
            Command::AddTrack(..) | Command::Leave | Command::Look(_) => {}
        }
    }

    /// Whether it is a photo that somebody still waits for.
    pub(super) fn waits_for_a_picture(&self) -> bool {
        matches!(self, Command::Photo(sink, _, promise) if sink.ended().is_none() && !promise.is_settled())
    }
}
