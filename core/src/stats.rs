//! What became of the frames of a track.

use serde_json::{Value as Json, json};

/// A consistent snapshot of a track's counts of frames. They start at 0 with the track, also that of a clone, and
/// run only while it is unmuted and enabled.
///
/// Frames that were lost for reasons that nobody chose are `total - delivered - discarded`; `corrupt` of them came damaged.
///
/// W3C: [`MediaStreamTrackVideoStats`](https://w3c.github.io/mediacapture-extensions/#dom-mediastreamtrackvideostats).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrackStats {
    pub(crate) delivered: u64,
    pub(crate) discarded: u64,
    pub(crate) total: u64,
    pub(crate) corrupt: u64,
}

impl TrackStats {
    /// Frames that were given to readers, or would have been if there had been any.
    #[doc(alias = "deliveredFrames")]
    pub fn delivered_frames(&self) -> u64 {
        self.delivered
    }

    /// Frames that were left out to reach the track's frame rate, which is lower than the camera's.
    #[doc(alias = "discardedFrames")]
    pub fn discarded_frames(&self) -> u64 {
        self.discarded
    }

    /// All frames of the camera in that time, also damaged ones and those that it lost on the way.
    #[doc(alias = "totalFrames")]
    pub fn total_frames(&self) -> u64 {
        self.total
    }

    /// Frames that came damaged and were left out: the driver said so, or they were shorter than a picture is. JPEGs that are
    /// found to be damaged when they are decoded are not among them. Not in the W3C dictionary.
    pub fn corrupt_frames(&self) -> u64 {
        self.corrupt
    }

    /// The W3C dictionary as a JSON value, and `corruptFrames`: `deliveredFrames`, `discardedFrames`, `totalFrames`.
    pub fn to_json_value(&self) -> Json {
        json!({
            "deliveredFrames": self.delivered,
            "discardedFrames": self.discarded,
            "totalFrames": self.total,
            "corruptFrames": self.corrupt,
        })
    }

    /// The W3C dictionary as JSON text.
    pub fn to_json(&self) -> String {
        self.to_json_value().to_string()
    }
}
