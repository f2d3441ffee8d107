//! `MediaStream`: the tracks that one `get_user_media()` opened.

use pyo3::prelude::*;

use crate::pending::Released;
use crate::track::MediaStreamTrack;

/// A set of tracks, as `get_user_media()` returns it.
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct MediaStream {
    inner: Released<imagecapture::MediaStream>,
}

impl MediaStream {
    pub(crate) fn new(inner: imagecapture::MediaStream) -> MediaStream {
        MediaStream { inner: Released::new(inner) }
    }
}

fn wrap(tracks: Vec<imagecapture::MediaStreamTrack>) -> Vec<MediaStreamTrack> {
    tracks.into_iter().map(MediaStreamTrack::new).collect()
}

#[pymethods]
impl MediaStream {
    /// A name unique to this stream.
    #[getter]
    fn id(&self) -> String {
        self.inner.get().id().to_string()
    }

    /// Whether a track is still live.
    #[getter]
    fn active(&self) -> bool {
        self.inner.get().active()
    }

    /// All tracks.
    fn get_tracks(&self) -> Vec<MediaStreamTrack> {
        wrap(self.inner.get().tracks())
    }

    /// The tracks with pictures.
    fn get_video_tracks(&self) -> Vec<MediaStreamTrack> {
        wrap(self.inner.get().video_tracks())
    }

    /// The tracks with sound.
    fn get_audio_tracks(&self) -> Vec<MediaStreamTrack> {
        wrap(self.inner.get().audio_tracks())
    }

    fn __repr__(&self) -> String {
        format!("<MediaStream {:?} active={}>", self.id(), if self.active() { "True" } else { "False" })
    }
}
