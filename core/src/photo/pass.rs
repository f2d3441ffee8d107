//! A camera's JPEG as a file: the same bytes, but for what has to be repaired, removed or added.

use super::PhotoChange;
use super::exif::{self, Segment, Tags};
use crate::Result;
use crate::frame::jpeg::{self, Header, STANDARD_TABLES};

const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;

/// The file, and what was done to the camera's bytes. Tags are added where there are some; a location goes in any case.
pub(super) fn file(bytes: &[u8], tags: Option<&Tags>) -> Result<(Vec<u8>, Header, Vec<PhotoChange>)> {
    let structure = jpeg::structure(bytes)?;
    let tables: &[u8] = if structure.lacks_tables { &STANDARD_TABLES } else { &[] };
    let mut file = Vec::with_capacity(structure.end + tables.len() + 2048);
    let (mut located, mut described) = (false, false);
    let is_exif = |segment: &jpeg::Segment| segment.marker == APP1 && exif::is_exif(&bytes[segment.payload.clone()]);
    // A camera's own data is where ours belongs.
    let mut ours = if structure.segments.iter().any(is_exif) { None } else { tags.and_then(Tags::segment) };
    let mut copied = 0;
    for segment in &structure.segments {
        // Ours stands first, but behind the segment of JFIF, which has to be the first one too.
        let here = segment.marker != APP0 || segment.start > 2;
        if here && let Some(payload) = ours.take() {
            file.extend_from_slice(&bytes[copied..segment.start]);
            copied = segment.start;
            put(&mut file, &payload);
            described = true;
        }
        if segment.marker != APP1 {
            continue;
        }
        match exif::of_camera(&bytes[segment.payload.clone()], tags.filter(|_| !described)) {
            Segment::Kept => continue,
            Segment::Gone => {
                file.extend_from_slice(&bytes[copied..segment.start]);
                located = true;
                // What could not be read leaves its place to ours.
                if !described
                    && is_exif(segment)
                    && let Some(payload) = tags.and_then(Tags::segment)
                {
                    put(&mut file, &payload);
                    described = true;
                }
            }
            Segment::Replaced { bytes: payload, had_location, has_ours } => {
                file.extend_from_slice(&bytes[copied..segment.start]);
                put(&mut file, &payload);
                located |= had_location;
                described |= has_ours;
            }
        }
        copied = segment.payload.end;
    }
    file.extend_from_slice(&bytes[copied..structure.scan]);
    if let Some(payload) = ours {
        put(&mut file, &payload);
        described = true;
    }
    file.extend_from_slice(tables);
    file.extend_from_slice(&bytes[structure.scan..structure.end]);
    let changes = [
        (structure.lacks_tables, PhotoChange::HuffmanTables),
        (structure.end < bytes.len(), PhotoChange::Padding),
        (described, PhotoChange::Metadata),
        (located, PhotoChange::Location),
    ];
    let changes = changes.into_iter().filter_map(|(done, change)| done.then_some(change)).collect();
    Ok((file, structure.header, changes))
}

/// A segment APP1; its payload is within the limit.
fn put(file: &mut Vec<u8>, payload: &[u8]) {
    file.extend_from_slice(&[0xff, APP1]);
    file.extend_from_slice(&((payload.len() + 2) as u16).to_be_bytes());
    file.extend_from_slice(payload);
}
