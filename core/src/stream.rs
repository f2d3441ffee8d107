//! A set of tracks.

use std::sync::Arc;

use crate::{MediaKind, MediaStreamTrack, TrackState};

/// What `get_user_media` gives: a set of tracks that belong together.
///
/// Clones are handles to the same stream.
///
/// W3C: [`MediaStream`](https://www.w3.org/TR/mediacapture-streams/#mediastream).
#[derive(Clone, Debug)]
pub struct MediaStream(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: String,
    tracks: Vec<MediaStreamTrack>,
}

impl MediaStream {
    pub(crate) fn from_tracks(tracks: Vec<MediaStreamTrack>) -> MediaStream {
        MediaStream(Arc::new(Inner { id: crate::unique_id(), tracks }))
    }

    /// A unique id of 36 characters.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Whether at least one track has not ended.
    pub fn active(&self) -> bool {
        self.0.tracks.iter().any(|track| track.ready_state() == TrackState::Live)
    }

    /// All tracks.
    #[doc(alias = "getTracks")]
    pub fn tracks(&self) -> Vec<MediaStreamTrack> {
        self.0.tracks.clone()
    }

    /// The video tracks.
    #[doc(alias = "getVideoTracks")]
    pub fn video_tracks(&self) -> Vec<MediaStreamTrack> {
        self.of_kind(MediaKind::Video)
    }

    /// The audio tracks.
    #[doc(alias = "getAudioTracks")]
    pub fn audio_tracks(&self) -> Vec<MediaStreamTrack> {
        self.of_kind(MediaKind::Audio)
    }

    fn of_kind(&self, kind: MediaKind) -> Vec<MediaStreamTrack> {
        self.0.tracks.iter().filter(|track| track.kind() == kind).cloned().collect()
    }
}
