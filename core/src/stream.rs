//! A set of tracks.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::{MediaKind, MediaStreamTrack, TrackState};

/// A set of tracks that belong together, such as those that `get_user_media` gives. Only the program
/// changes it, so it has no events.
///
/// Clones are handles to the same stream; [`clone_stream`](Self::clone_stream) makes another one. Two handles
/// are equal when they are to the same stream.
///
/// W3C: [`MediaStream`](https://www.w3.org/TR/mediacapture-streams/#mediastream).
#[derive(Clone, Debug)]
pub struct MediaStream(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: String,
    tracks: Mutex<Vec<MediaStreamTrack>>,
}

impl MediaStream {
    /// A stream of these tracks, in this order; they may have ended. One that is given twice is in it once.
    pub fn new(tracks: &[MediaStreamTrack]) -> MediaStream {
        let stream = MediaStream(Arc::new(Inner { id: crate::unique_id(), tracks: Mutex::default() }));
        tracks.iter().for_each(|track| stream.add_track(track));
        stream
    }

    /// Another stream of the same tracks.
    pub fn from_stream(stream: &MediaStream) -> MediaStream {
        MediaStream::new(&stream.tracks())
    }

    /// A unique id of 36 characters.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Whether at least one track has not ended.
    pub fn active(&self) -> bool {
        self.0.tracks.lock().iter().any(|track| track.ready_state() == TrackState::Live)
    }

    /// All tracks, in the order in which they were added.
    #[doc(alias = "getTracks")]
    pub fn tracks(&self) -> Vec<MediaStreamTrack> {
        self.0.tracks.lock().clone()
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
        self.0.tracks.lock().iter().filter(|track| track.kind() == kind).cloned().collect()
    }

    /// The track with this [id](MediaStreamTrack::id).
    #[doc(alias = "getTrackById")]
    pub fn track_by_id(&self, id: &str) -> Option<MediaStreamTrack> {
        self.0.tracks.lock().iter().find(|track| track.id() == id).cloned()
    }

    /// Adds a track, unless it is in the stream already.
    #[doc(alias = "addTrack")]
    pub fn add_track(&self, track: &MediaStreamTrack) {
        let mut tracks = self.0.tracks.lock();
        if !tracks.contains(track) {
            tracks.push(track.clone());
        }
    }

    /// Takes a track out, if it is in the stream. That does not stop it, unless this was the last handle to it.
    #[doc(alias = "removeTrack")]
    pub fn remove_track(&self, track: &MediaStreamTrack) {
        // The last handle of a track ends it, which must not happen under the lock.
        let removed: Vec<_> = self.0.tracks.lock().extract_if(.., |other| other == track).collect();
        drop(removed);
    }

    /// Another stream, of [clones](MediaStreamTrack::clone_track) of all tracks.
    ///
    /// W3C: [`clone`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-clone).
    #[doc(alias = "clone")]
    #[must_use]
    pub fn clone_stream(&self) -> MediaStream {
        let clones: Vec<_> = self.tracks().iter().map(MediaStreamTrack::clone_track).collect();
        MediaStream::new(&clones)
    }
}

impl PartialEq for MediaStream {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for MediaStream {}
