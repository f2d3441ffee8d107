//! How a JPEG is put together, and whether it is whole.

use std::ops::Range;

use super::{DHT, EOI, SOI, SOS};
use crate::{Error, ErrorKind, Result};

/// One of the segments that are not picture data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) marker: u8,
    /// Where its marker stands.
    pub(crate) start: usize,
    /// What stands behind its length.
    pub(crate) payload: Range<usize>,
}

pub(super) fn damaged(bytes: &[u8], why: &str) -> Error {
    Error::new(ErrorKind::Unknown, format!("the camera's JPEG of {} bytes is damaged: {why}", bytes.len()))
}

/// The segment that begins at `at`, before which fill bytes and markers without a length may stand.
pub(super) fn segment(bytes: &[u8], mut at: usize) -> Result<Segment> {
    loop {
        let Some(&[0xff, marker]) = bytes.get(at..at + 2) else { return Err(damaged(bytes, "a marker is missing")) };
        match marker {
            0xff => at += 1,
            0x01 | 0xd0..=0xd7 => at += 2,
            EOI => return Err(damaged(bytes, "it ends before its picture")),
            SOI => return Err(damaged(bytes, "a second picture begins in it")),
            _ => {
                let length = bytes.get(at + 2..at + 4).map_or(0, |length| usize::from(u16::from_be_bytes([length[0], length[1]])));
                if length < 2 || at + 2 + length > bytes.len() {
                    return Err(damaged(bytes, "a segment is cut"));
                }
                return Ok(Segment { marker, start: at, payload: at + 4..at + 2 + length });
            }
        }
    }
}

/// What a frame header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Its marker, which tells how the picture is coded.
    marker: u8,
}

impl Header {
    /// That of a segment, if it is a frame header.
    pub(super) fn of(bytes: &[u8], segment: &Segment) -> Result<Option<Header>> {
        if !matches!(segment.marker, 0xc0..=0xcf) || matches!(segment.marker, DHT | 0xc8 | 0xcc) {
            return Ok(None);
        }
        let &[_, h1, h0, w1, w0, components, ref rest @ ..] = &bytes[segment.payload.clone()] else {
            return Err(damaged(bytes, "its frame header is cut"));
        };
        if rest.len() < usize::from(components) * 3 || components == 0 {
            return Err(damaged(bytes, "its frame header is cut"));
        }
        let (width, height) = (u32::from(u16::from_be_bytes([w1, w0])), u32::from(u16::from_be_bytes([h1, h0])));
        Ok(Some(Header { width, height, marker: segment.marker }))
    }

    fn is_arithmetic(self) -> bool {
        self.marker >= 0xc9
    }

    /// All of each block in one scan, in Huffman codes: what cameras send.
    pub(super) fn is_sequential(self) -> bool {
        matches!(self.marker, 0xc0 | 0xc1)
    }
}

/// Reads the segments up to the first scan.
#[cfg(feature = "turbojpeg")]
pub(crate) fn header(bytes: &[u8]) -> Result<Header> {
    let mut at = start(bytes)?;
    let mut header = None;
    loop {
        let segment = segment(bytes, at)?;
        if segment.marker == SOS {
            return header.ok_or_else(|| damaged(bytes, "it has no frame header"));
        }
        header = Header::of(bytes, &segment)?.or(header);
        at = segment.payload.end;
    }
}

pub(super) fn start(bytes: &[u8]) -> Result<usize> {
    if bytes.starts_with(&[0xff, SOI]) { Ok(2) } else { Err(damaged(bytes, "it has no start marker")) }
}

/// How a whole picture is put together.
#[derive(Debug)]
pub(crate) struct Structure {
    pub(crate) header: Header,
    /// The segments before the first scan.
    pub(crate) segments: Vec<Segment>,
    /// Those behind the first scan.
    pub(crate) later: Vec<Segment>,
    /// Where the first scan starts.
    pub(crate) scan: usize,
    /// Behind the end marker.
    pub(crate) end: usize,
    /// The standard Huffman tables are meant.
    pub(crate) lacks_tables: bool,
}

/// Reads all of it but for the picture data, of which only that it is whole can be told without decoding.
pub(crate) fn structure(bytes: &[u8]) -> Result<Structure> {
    let mut at = start(bytes)?;
    let (mut header, mut has_tables, mut segments) = (None, false, Vec::new());
    let scan = loop {
        let segment = segment(bytes, at)?;
        if segment.marker == SOS {
            break segment;
        }
        header = Header::of(bytes, &segment)?.or(header);
        has_tables |= segment.marker == DHT;
        at = segment.payload.end;
        segments.push(segment);
    };
    let Some(header) = header else { return Err(damaged(bytes, "it has no frame header")) };
    let (first, mut at, mut later) = (scan.start, scan.payload.end, Vec::new());
    // One scan, or the many of a progressive picture, with tables between them.
    let end = loop {
        at = scan_end(bytes, at)?;
        if bytes[at + 1] == EOI {
            break at + 2;
        }
        let segment = segment(bytes, at)?;
        at = segment.payload.end;
        later.push(segment);
    };
    Ok(Structure { header, segments, later, scan: first, end, lacks_tables: !has_tables && !header.is_arithmetic() })
}

/// Where the next marker behind picture data stands that is not a part of it.
fn scan_end(bytes: &[u8], from: usize) -> Result<usize> {
    let mut at = from;
    while let Some(next) = memchr::memchr(0xff, bytes.get(at..).unwrap_or_default()) {
        at += next;
        match bytes.get(at + 1) {
            // A byte of data, a restart, a fill byte.
            Some(0x00 | 0xd0..=0xd7) => at += 2,
            Some(0xff) => at += 1,
            // What may stand between two scans, or the end.
            Some(&(DHT | SOS | EOI | 0xdb | 0xdc | 0xdd | 0xe0..=0xef | 0xfe)) => return Ok(at),
            Some(marker) => return Err(damaged(bytes, &format!("its picture data is broken off by a marker {marker:#04x}"))),
            None => break,
        }
    }
    Err(damaged(bytes, "it is cut: it has no end marker"))
}
