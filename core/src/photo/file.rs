//! The bytes of a photo's file, from the frame that was exposed for it.

use std::time::Duration;

use chrono::{DateTime, Local};

use super::exif::Tags;
use super::pass::{self, Pass};
use super::{PhotoChange, PhotoFormat, PhotoOptions, Shot};
use crate::frame::jpeg::{self, Header};
use crate::frame::turn::Turn;
use crate::{Error, ErrorKind, Frame, PixelFormat, Result};

/// An image file.
pub(super) struct File {
    pub(super) mime_type: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) width: u32,
    pub(super) height: u32,
    /// What was done to the camera's bytes.
    pub(super) changes: Vec<PhotoChange>,
}

/// Makes the file. Its pixels are turned upright, so that it needs no note of its orientation, but for bytes that are to be
/// as the camera made them.
pub(super) fn of_frame(frame: &Frame, turn: Turn, options: &PhotoOptions, shot: &Shot) -> Result<File> {
    if options.format == PhotoFormat::Camera {
        return untouched(frame);
    }
    let turned = turn != Turn::None;
    let frame = &frame.upright(turn)?;
    let (width, height) = (frame.width(), frame.height());
    let tags = options.metadata.then(|| Tags::new(shot, wall_clock(frame.timestamp()), (width, height), turned));
    let mut changes = vec![PhotoChange::Encoded];
    let (mime_type, bytes) = match options.format {
        PhotoFormat::Jpeg if frame.format() == PixelFormat::Mjpeg => {
            let (file, header, passed) = pass::file(frame.bytes(), Pass::Complete(tags.as_ref()))?;
            if (header.width, header.height) != (width, height) {
                return Err(Error::new(
                    ErrorKind::Unknown,
                    format!("the camera's JPEG says it is {}x{}, not {width}x{height}", header.width, header.height),
                ));
            }
            changes = passed;
            ("image/jpeg", file)
        }
        PhotoFormat::Jpeg => {
            let mut file = encode_jpeg(frame, options.quality)?;
            if let Some(tags) = &tags {
                let (with_tags, _, passed) = pass::file(&file, Pass::Complete(Some(tags)))?;
                file = with_tags;
                changes.extend(passed);
            }
            ("image/jpeg", file)
        }
        _ => {
            let exif = tags.map(|tags| tags.tiff());
            changes.extend(exif.as_ref().map(|_| PhotoChange::Metadata));
            ("image/png", crate::frame::png::encode(frame, exif.as_deref())?)
        }
    };
    Ok(File { mime_type, bytes, width, height, changes })
}

/// The bytes as the camera encoded them.
fn untouched(frame: &Frame) -> Result<File> {
    if !frame.format().is_compressed() {
        return Err(Error::new(
            ErrorKind::NotSupported,
            format!("the camera delivers {} in this mode, which is not an encoded picture; ask for jpeg or png", frame.format()),
        ));
    }
    let (bytes, _, changes) = pass::file(frame.bytes(), Pass::AsItIs)?;
    Ok(File { mime_type: "image/jpeg", bytes, width: frame.width(), height: frame.height(), changes })
}

/// A still that a camera has taken by itself: as it is, but for where a JPEG says that it was taken. `None` for what is no
/// JPEG: nothing is known of that.
///
/// # Errors
///
/// A JPEG that is damaged, so that nobody can tell what is in it.
pub(super) fn of_still(mime_type: &str, bytes: &[u8]) -> Result<Option<File>> {
    let says_jpeg = ["image/jpeg", "image/jpg", "image/pjpeg"].iter().any(|name| mime_type.eq_ignore_ascii_case(name));
    if !says_jpeg && !bytes.starts_with(&[0xff, 0xd8]) {
        return Ok(None);
    }
    let (file, Header { width, height, .. }, changes) = pass::file(bytes, Pass::AsItIs)?;
    jpeg::check(&file, (width, height))?;
    Ok(Some(File { mime_type: "image/jpeg", bytes: file, width, height, changes }))
}

/// The time of day at a moment of the clock of frames.
fn wall_clock(timestamp: Duration) -> DateTime<Local> {
    let ago = crate::clock::now().saturating_sub(timestamp);
    Local::now() - ago
}

#[cfg(feature = "turbojpeg")]
fn encode_jpeg(frame: &Frame, quality: u8) -> Result<Vec<u8>> {
    crate::frame::encode::jpeg(frame, quality)
}

#[cfg(not(feature = "turbojpeg"))]
fn encode_jpeg(_: &Frame, _: u8) -> Result<Vec<u8>> {
    Err(Error::new(ErrorKind::NotSupported, "this build cannot encode JPEG: it was made without the feature turbojpeg"))
}
