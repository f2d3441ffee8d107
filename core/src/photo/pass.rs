//! A camera's JPEG as a file: the same bytes, but for what has to be repaired, removed or added.

use super::exif::{self, Tags};
use super::{PhotoChange, place};
use crate::Result;
use crate::frame::jpeg::{self, Header, STANDARD_TABLES, Segment};

const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;

/// What is to be done to a camera's JPEG, beside leaving out where it was taken and what stands behind its end.
#[derive(Clone, Copy)]
pub(super) enum Pass<'a> {
    /// Nothing.
    AsItIs,
    /// It is to be a file that every program reads, with these tags.
    Complete(Option<&'a Tags>),
}

/// The file, and what was done to the camera's bytes.
pub(super) fn file(bytes: &[u8], pass: Pass) -> Result<(Vec<u8>, Header, Vec<PhotoChange>)> {
    let structure = jpeg::structure(bytes)?;
    let (lacks_tables, tags) = match pass {
        Pass::AsItIs => (false, None),
        Pass::Complete(tags) => (structure.lacks_tables, tags),
    };
    let tables: &[u8] = if lacks_tables { &STANDARD_TABLES } else { &[] };
    let mut copy = Copy { from: bytes, file: Vec::with_capacity(structure.end + tables.len() + 2048), copied: 0, located: false };
    let is_exif = |segment: &Segment| segment.marker == APP1 && exif::is_exif(&bytes[segment.payload.clone()]);
    // A camera's own data is where ours belongs.
    let mut ours = if structure.segments.iter().any(is_exif) { None } else { tags.and_then(Tags::segment) };
    let mut described = false;
    for segment in &structure.segments {
        // Ours stands first, but behind the segment of JFIF, which has to be the first one too.
        let here = segment.marker != APP0 || segment.start > 2;
        if here && let Some(payload) = ours.take() {
            copy.up_to(segment.start);
            copy.put(&payload);
            described = true;
        }
        if !is_exif(segment) {
            copy.unless_located(segment);
            continue;
        }
        match exif::of_camera(&bytes[segment.payload.clone()], tags.filter(|_| !described)) {
            exif::Segment::Kept => {}
            exif::Segment::Gone => {
                copy.without(segment);
                copy.located = true;
                // What could not be read leaves its place to ours.
                if !described && let Some(payload) = tags.and_then(Tags::segment) {
                    copy.put(&payload);
                    described = true;
                }
            }
            exif::Segment::Replaced { bytes: payload, had_location, has_ours } => {
                copy.without(segment);
                copy.put(&payload);
                copy.located |= had_location;
                described |= has_ours;
            }
        }
    }
    copy.up_to(structure.scan);
    if let Some(payload) = ours {
        copy.put(&payload);
        described = true;
    }
    copy.file.extend_from_slice(tables);
    // Programs that read what is said of a picture look between its scans too.
    for segment in &structure.later {
        if is_exif(segment) {
            copy.without(segment);
            copy.located = true;
        } else {
            copy.unless_located(segment);
        }
    }
    copy.up_to(structure.end);
    let changes = [
        (lacks_tables, PhotoChange::HuffmanTables),
        (structure.end < bytes.len(), PhotoChange::Padding),
        (described, PhotoChange::Metadata),
        (copy.located, PhotoChange::Location),
    ];
    let changes = changes.into_iter().filter_map(|(done, change)| done.then_some(change)).collect();
    Ok((copy.file, structure.header, changes))
}

/// A copy with segments left out and put in.
struct Copy<'a> {
    from: &'a [u8],
    file: Vec<u8>,
    /// What stands before this is in the file, or is not to be.
    copied: usize,
    /// Something that may say where the picture was taken was left out.
    located: bool,
}

impl Copy<'_> {
    fn up_to(&mut self, end: usize) {
        self.file.extend_from_slice(&self.from[self.copied..end]);
        self.copied = end;
    }

    fn without(&mut self, segment: &Segment) {
        self.up_to(segment.start);
        self.copied = segment.payload.end;
    }

    fn unless_located(&mut self, segment: &Segment) {
        let may_say_it = matches!(segment.marker, 0xe0..=0xef | 0xfe);
        if may_say_it && place::may_be_said(segment.marker, &self.from[segment.payload.clone()]) {
            self.without(segment);
            self.located = true;
        }
    }

    /// Adds a segment APP1; its payload is within the limit.
    fn put(&mut self, payload: &[u8]) {
        self.file.extend_from_slice(&[0xff, APP1]);
        self.file.extend_from_slice(&((payload.len() + 2) as u16).to_be_bytes());
        self.file.extend_from_slice(payload);
    }
}
