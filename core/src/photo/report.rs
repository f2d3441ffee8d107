//! `PhotoReport`: what was done for a photo, and how long it took.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::PixelFormat;

/// What was done for a photo, and how long it took. The times add up to the total but for what is too short to count; of a
/// burst or a bracket they are those of one shot, while `restoring` and `total` are those of all.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PhotoReport {
    /// Width, height and pixel format in which the camera delivered the picture; `None` when it took the still by itself.
    pub mode: Option<(u32, u32, PixelFormat)>,
    /// The camera had to be switched to another mode and back.
    pub reconfigured: bool,
    /// Whether the picture and the values that the camera controls by itself had come to rest within the budget; `None` when
    /// nothing had changed that had to come to rest.
    pub settled: Option<bool>,
    /// How many frames were looked at to tell.
    pub settle_frames: u32,
    /// What was done to the camera's bytes, in this order; empty when they are the photo.
    pub changes: Vec<PhotoChange>,
    /// In the queue, behind other operations of the camera.
    pub waiting: Duration,
    /// Switching the camera to another mode, or to other values.
    pub switching: Duration,
    /// Coming to rest.
    pub settling: Duration,
    /// Waiting for the frame that is the photo.
    pub exposing: Duration,
    /// Looking whether a picture that is encoded already is whole, and making the file.
    pub encoding: Duration,
    /// Switching back.
    pub restoring: Duration,
    /// From the call to the result.
    pub total: Duration,
}

impl PhotoReport {
    /// All of it as a JSON value, times in seconds.
    pub fn to_json_value(&self) -> Json {
        let mode = self.mode.map(|(width, height, format)| json!({"width": width, "height": height, "pixelFormat": format.name()}));
        let changes: Vec<&str> = self.changes.iter().map(|change| change.as_str()).collect();
        json!({
            "mode": mode,
            "reconfigured": self.reconfigured,
            "settled": self.settled,
            "settleFrames": self.settle_frames,
            "changes": changes,
            "waiting": self.waiting.as_secs_f64(),
            "switching": self.switching.as_secs_f64(),
            "settling": self.settling.as_secs_f64(),
            "exposing": self.exposing.as_secs_f64(),
            "encoding": self.encoding.as_secs_f64(),
            "restoring": self.restoring.as_secs_f64(),
            "total": self.total.as_secs_f64(),
        })
    }

    /// All of it as JSON text.
    pub fn to_json(&self) -> String {
        self.to_json_value().to_string()
    }
}

/// Something that was done to the bytes of a camera to make a file of them.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhotoChange {
    /// The pixels were encoded: the camera delivered none, or they had to be turned upright, or another format was asked for.
    Encoded,
    /// The standard Huffman tables were put in.
    HuffmanTables,
    /// Bytes behind the end of the picture were left out.
    Padding,
    /// EXIF data was written, or added to the camera's.
    Metadata,
    /// The camera had written where the picture was taken, or something that may say it; that was removed.
    Location,
}

impl PhotoChange {
    /// `"encoded"`, `"huffman-tables"`, `"padding"`, `"metadata"` or `"location"`.
    pub fn as_str(self) -> &'static str {
        match self {
            PhotoChange::Encoded => "encoded",
            PhotoChange::HuffmanTables => "huffman-tables",
            PhotoChange::Padding => "padding",
            PhotoChange::Metadata => "metadata",
            PhotoChange::Location => "location",
        }
    }
}
