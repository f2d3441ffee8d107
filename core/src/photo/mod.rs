//! Photos, and what may be asked of one.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::backend::Still;
use crate::frame::turn::Turn;
use crate::{Frame, MediaTrackSettings, Result};

mod bracket;
mod exif;
mod file;
mod options;
mod pass;
#[cfg(all(test, feature = "turbojpeg"))]
mod pass_tests;
mod place;
mod report;
mod settings;
mod shot;

pub use bracket::Bracket;
use file::File;
pub use options::{PhotoFormat, PhotoOptions};
pub use report::{PhotoChange, PhotoReport};
pub use settings::{FillLightMode, PhotoSettings};
pub(crate) use shot::Shot;

/// An encoded picture: bytes that can be written to a file as they are.
///
/// The counterpart of the `Blob` that `takePhoto` gives in a browser. Clones share the bytes.
#[derive(Clone)]
pub struct Photo(Arc<Inner>);

struct Inner {
    mime_type: String,
    bytes: Vec<u8>,
    width: u32,
    height: u32,
    timestamp: Duration,
    sequence: u64,
    settings: MediaTrackSettings,
    report: PhotoReport,
}

impl Photo {
    /// Makes the photo from the frame that was exposed for it.
    pub(crate) fn from_frame(frame: &Frame, turn: Turn, options: &PhotoOptions, shot: Shot, mut report: PhotoReport) -> Result<Photo> {
        let begin = Instant::now();
        let File { mime_type, bytes, width, height, changes } = file::of_frame(frame, turn, options, &shot)?;
        report.encoding += begin.elapsed();
        report.changes = changes;
        let (timestamp, sequence) = (frame.timestamp(), frame.sequence());
        Ok(Photo(Arc::new(Inner {
            mime_type: mime_type.into(),
            bytes,
            width,
            height,
            timestamp,
            sequence,
            settings: shot.settings,
            report,
        })))
    }

    /// A still as the camera took it, whatever its format is, but for where a JPEG says that it was taken.
    pub(crate) fn from_still(still: Still, settings: MediaTrackSettings, mut report: PhotoReport) -> Result<Photo> {
        let Still { mime_type, bytes, width, height, timestamp } = still;
        let (bytes, width, height) = match file::of_still(&mime_type, &bytes)? {
            Some(file) => {
                report.changes = file.changes;
                (file.bytes, file.width, file.height)
            }
            None => (bytes, width, height),
        };
        Ok(Photo(Arc::new(Inner { mime_type, bytes, width, height, timestamp, sequence: 0, settings, report })))
    }

    /// Completes the report, before the photo is shared.
    pub(crate) fn amend(&mut self, complete: impl FnOnce(&mut PhotoReport)) {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            complete(&mut inner.report);
        }
    }

    /// A picture that was drawn here and encoded already.
    pub(crate) fn of_file(mime_type: &str, bytes: Vec<u8>, picture: &Frame) -> Photo {
        let (width, height, timestamp) = (picture.width(), picture.height(), picture.timestamp());
        let (settings, report, sequence) = (MediaTrackSettings::default(), PhotoReport::default(), picture.sequence());
        Photo(Arc::new(Inner { mime_type: mime_type.into(), bytes, width, height, timestamp, sequence, settings, report }))
    }

    /// What the bytes are, for example `"image/jpeg"`.
    #[doc(alias = "type")]
    pub fn mime_type(&self) -> &str {
        &self.0.mime_type
    }

    /// The encoded picture.
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.0.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.0.height
    }

    /// When it was exposed, on the clock of [`Frame::timestamp`].
    pub fn timestamp(&self) -> Duration {
        self.0.timestamp
    }

    /// The number of the camera's frame that it is, as [`Frame::sequence`]; 0 of a still that the camera took by itself.
    pub fn sequence(&self) -> u64 {
        self.0.sequence
    }

    /// The track's settings that were in force, with the values that the camera said it was set to for this photo.
    pub fn settings(&self) -> &MediaTrackSettings {
        &self.0.settings
    }

    /// What was done for it, and how long that took.
    pub fn report(&self) -> &PhotoReport {
        &self.0.report
    }
}

impl fmt::Debug for Photo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Photo({} {}x{}, {} bytes)", self.0.mime_type, self.0.width, self.0.height, self.0.bytes.len())
    }
}
