//! EXIF: what a photo says of itself. Never where it was taken.

use chrono::{DateTime, Local};

use super::{Shot, place};
use camera::Camera;
use tiff::{Data, Entry, Order, append};

mod camera;
mod tags;
mod tiff;

/// What a segment of EXIF data begins with.
const NAME: &[u8] = b"Exif\0\0";
/// A segment has a length of 16 bits, which counts itself.
const LIMIT: usize = 0xffff - 2;

/// The tags of one photo.
pub(super) struct Tags {
    first: Vec<Entry>,
    exif: Vec<Entry>,
    /// Tags that hold for the pixels as they are now, whatever the camera has written.
    overruling: Vec<u16>,
}

/// What becomes of a segment that a camera has written.
#[derive(Debug, PartialEq)]
pub(super) enum Segment {
    /// It stays as it is.
    Kept,
    /// It stays with other bytes.
    Replaced { bytes: Vec<u8>, had_location: bool, has_ours: bool },
    /// It goes: it says where the picture was taken, or nobody can tell whether it does.
    Gone,
}

impl Tags {
    /// Of a photo that was exposed at `time`. `turned`: the pixels are not as the camera delivered them.
    pub(super) fn new(shot: &Shot, time: DateTime<Local>, (width, height): (u32, u32), turned: bool) -> Tags {
        let (first, exif) = tags::of(shot, time, (width, height));
        Tags { first, exif, overruling: if turned { tags::OF_PIXELS.to_vec() } else { Vec::new() } }
    }

    /// The TIFF structure, as PNG has it too.
    pub(super) fn tiff(&self) -> Vec<u8> {
        let mut tiff = b"II*\0\0\0\0\0".to_vec();
        let exif = append(&mut tiff, Order::Little, self.exif.clone(), 0);
        let first = [&self.first[..], &[Entry::new(tags::EXIF, Data::Long(vec![exif]))]].concat();
        let start = append(&mut tiff, Order::Little, first, 0);
        tiff[4..8].copy_from_slice(&start.to_le_bytes());
        tiff
    }

    /// What stands in a segment APP1 of a JPEG.
    pub(super) fn segment(&self) -> Option<Vec<u8>> {
        within_limit([NAME, &self.tiff()].concat())
    }
}

/// What becomes of EXIF data of a camera, with tags to be added or without.
pub(super) fn of_camera(payload: &[u8], tags: Option<&Tags>) -> Segment {
    let camera = payload.strip_prefix(NAME).and_then(Camera::read).filter(|camera| !place::may_be_within(camera.bytes()));
    let Some(camera) = camera else { return Segment::Gone };
    let had_location = camera.had_location;
    if let Some(tags) = tags
        && let Some(bytes) = within_limit([NAME, &camera.clone().with(&tags.first, &tags.exif, &tags.overruling)].concat())
    {
        return Segment::Replaced { bytes, had_location, has_ours: true };
    }
    if !had_location {
        return Segment::Kept;
    }
    Segment::Replaced { bytes: [NAME, &camera.alone()].concat(), had_location, has_ours: false }
}

/// Whether a segment APP1 is EXIF data.
pub(super) fn is_exif(payload: &[u8]) -> bool {
    payload.starts_with(NAME)
}

fn within_limit(bytes: Vec<u8>) -> Option<Vec<u8>> {
    (bytes.len() <= LIMIT).then_some(bytes)
}

#[cfg(test)]
mod tests;
