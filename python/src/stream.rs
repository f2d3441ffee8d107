//! `MediaStream`: a set of tracks.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::prelude::*;

use crate::errors::invalid;
use crate::pending::Released;
use crate::track::MediaStreamTrack;

/// A set of tracks that belong together, such as those that `get_user_media()` opened. Only the program changes it.
///
/// `tracks`: the tracks to begin with, in this order, or another stream whose tracks are taken.
///
/// W3C: [`MediaStream`](https://www.w3.org/TR/mediacapture-streams/#mediastream).
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

fn core_of(track: &Bound<'_, PyAny>, path: &str) -> PyResult<imagecapture::MediaStreamTrack> {
    match track.cast::<MediaStreamTrack>() {
        Ok(track) => Ok(track.get().core().clone()),
        Err(_) => Err(invalid(track.py(), format!("{path}: a MediaStreamTrack is expected"))),
    }
}

#[pymethods]
impl MediaStream {
    #[new]
    #[pyo3(signature = (tracks=None), text_signature = "(tracks=())")]
    fn __new__(py: Python<'_>, tracks: Option<&Bound<'_, PyAny>>) -> PyResult<MediaStream> {
        let Some(tracks) = tracks else { return Ok(MediaStream::new(imagecapture::MediaStream::new(&[]))) };
        if let Ok(stream) = tracks.cast::<MediaStream>() {
            return Ok(MediaStream::new(imagecapture::MediaStream::from_stream(stream.get().inner.get())));
        }
        let Ok(items) = tracks.try_iter() else {
            return Err(invalid(py, "tracks: a list of tracks or a MediaStream is expected"));
        };
        let mut list = Vec::new();
        for (index, item) in items.enumerate() {
            list.push(core_of(&item?, &format!("tracks[{index}]"))?);
        }
        Ok(MediaStream::new(imagecapture::MediaStream::new(&list)))
    }

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

    /// All tracks, in the order in which they were added.
    ///
    /// W3C: [`getTracks`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-gettracks).
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

    /// The track with this id, or `None`.
    ///
    /// W3C: [`getTrackById`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-gettrackbyid).
    fn get_track_by_id(&self, id: &str) -> Option<MediaStreamTrack> {
        self.inner.get().track_by_id(id).map(MediaStreamTrack::new)
    }

    /// Adds a track, unless it is in the stream already.
    ///
    /// W3C: [`addTrack`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-addtrack).
    fn add_track(&self, track: &Bound<'_, PyAny>) -> PyResult<()> {
        let track = core_of(track, "track")?;
        self.inner.get().add_track(&track);
        Ok(())
    }

    /// Takes a track out, if it is in the stream. That does not stop it.
    ///
    /// W3C: [`removeTrack`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-removetrack).
    fn remove_track(&self, track: &Bound<'_, PyAny>) -> PyResult<()> {
        let track = core_of(track, "track")?;
        self.inner.get().remove_track(&track);
        Ok(())
    }

    /// Another stream, of clones of all tracks.
    ///
    /// W3C: [`clone`](https://www.w3.org/TR/mediacapture-streams/#dom-mediastream-clone).
    fn clone(&self, py: Python<'_>) -> MediaStream {
        MediaStream::new(py.detach(|| self.inner.get().clone_stream()))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<MediaStream>().is_ok_and(|other| other.get().inner.get() == self.inner.get())
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.id().hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        format!("<MediaStream {:?} active={}>", self.id(), if self.active() { "True" } else { "False" })
    }
}
