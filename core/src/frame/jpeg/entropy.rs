//! Whether the picture data of a JPEG is all there, without decoding it.
//!
//! Data that was lost on the way, or cut, leaves a picture that looks whole from outside: decoders fill the rest with grey.
//! Huffman-coded data tells: all blocks have to be there, and nothing between the last one and the marker behind it. So the
//! codes are walked over here, several at a time, without their values: a tenth of the work of decoding.

use std::sync::Arc;

use super::bits::Bits;
use super::huffman::{Codes, Walk};
use super::structure::{Header, Segment, damaged, segment, start};
use super::{DHT, EOI, SOS, STANDARD_TABLES};
use crate::Result;

const DRI: u8 = 0xdd;

/// Some cameras fill the data of a picture up to a round number of bytes.
const FILL: usize = 16;

/// Walks over all of the picture's data. False for pictures that are coded in another way than those of cameras, which
/// nothing can be told of.
///
/// # Errors
///
/// The picture is not whole.
pub(super) fn is_whole(bytes: &[u8]) -> Result<bool> {
    let (mut at, mut state, mut frame) = (start(bytes)?, State::default(), None);
    let mut left = Vec::new();
    loop {
        let segment = segment(bytes, at)?;
        let payload = &bytes[segment.payload.clone()];
        at = segment.payload.end;
        if let Some(header) = Header::of(bytes, &segment)? {
            if !header.is_sequential() {
                return Ok(false);
            }
            let new = Frame::of(header, payload).ok_or_else(|| damaged(bytes, "its frame header makes no sense"))?;
            left = new.components.iter().map(|component| component.id).collect();
            frame = Some(new);
        }
        match segment.marker {
            DHT => state.define(payload).ok_or_else(|| damaged(bytes, "its tables make no sense"))?,
            DRI => state.restart = payload.first_chunk().map_or(0, |interval| u32::from(u16::from_be_bytes(*interval))),
            SOS => {
                let frame = frame.as_ref().ok_or_else(|| damaged(bytes, "it has no frame header"))?;
                if !state.is_defined {
                    state.define(&STANDARD_TABLES[4..]);
                }
                at = state.walk(bytes, frame, &segment)?;
                let scanned = payload[1..].as_chunks::<2>().0.iter().take(usize::from(payload[0]));
                left.retain(|id| !scanned.clone().any(|[scanned, _]| scanned == id));
                if bytes[at + 1] == EOI {
                    return if left.is_empty() { Ok(true) } else { Err(damaged(bytes, "a part of its picture is missing")) };
                }
            }
            _ => {}
        }
    }
}

/// The size of a picture, and what it is made of.
struct Frame {
    width: u32,
    height: u32,
    components: Vec<Component>,
    /// The most blocks of a component in a unit, across and down.
    across: u32,
    down: u32,
}

struct Component {
    id: u8,
    /// Its blocks in a unit.
    across: u32,
    down: u32,
}

impl Frame {
    fn of(header: Header, payload: &[u8]) -> Option<Frame> {
        let components = payload.get(6..)?.as_chunks::<3>().0.iter();
        let components: Vec<Component> =
            components.map(|&[id, factors, _]| Component { id, across: u32::from(factors >> 4), down: u32::from(factors & 15) }).collect();
        let is_sensible = |component: &Component| (1..=4).contains(&component.across) && (1..=4).contains(&component.down);
        let across = components.iter().map(|component| component.across).max()?;
        let down = components.iter().map(|component| component.down).max()?;
        let Header { width, height, .. } = header;
        let is_sensible = components.iter().all(is_sensible) && width > 0 && height > 0;
        is_sensible.then_some(Frame { width, height, components, across, down })
    }
}

/// The Huffman tables and the restart interval that are in force at a scan.
#[derive(Default)]
struct State {
    codes: [[Option<Codes>; 4]; 2],
    is_defined: bool,
    /// Units of a scan between two restarts; 0 without restarts.
    restart: u32,
}

/// What a scan is made of.
struct Plan {
    /// With the tables that its components use.
    walks: Vec<(u8, Arc<Walk>)>,
    /// Which of them each block of a unit is walked over with.
    blocks: Vec<usize>,
    units: u32,
}

impl State {
    /// Takes the tables of a segment DHT.
    fn define(&mut self, mut payload: &[u8]) -> Option<()> {
        while let Some((&[class_and_id, ref counts @ ..], rest)) = payload.split_first_chunk::<17>() {
            let (class, id) = (usize::from(class_and_id >> 4), usize::from(class_and_id & 15));
            let values = rest.get(..counts.iter().map(|count| usize::from(*count)).sum())?;
            payload = &rest[values.len()..];
            *self.codes.get_mut(class)?.get_mut(id)? = Some(Codes::new(counts, values)?);
        }
        self.is_defined = true;
        payload.is_empty().then_some(())
    }

    /// Walks over the data of a scan, and gives the place of the marker behind it.
    fn walk(&self, bytes: &[u8], frame: &Frame, scan: &Segment) -> Result<usize> {
        let plan =
            self.plan(frame, &bytes[scan.payload.clone()]).ok_or_else(|| damaged(bytes, "a scan of it asks for what is not there"))?;
        let mut bits = Bits::new(bytes, scan.payload.end);
        let (mut left, mut restarts) = (plan.units, 0u8);
        loop {
            let now = if self.restart == 0 { left } else { left.min(self.restart) };
            for _ in 0..now {
                for &walk in &plan.blocks {
                    let walked = plan.walks[walk].1.block(&mut bits);
                    walked.ok_or_else(|| damaged(bytes, "a part of its picture is missing or not readable"))?;
                }
            }
            left -= now;
            let end = bits.marker(FILL).ok_or_else(|| damaged(bytes, "its picture data does not end with the picture"))?;
            if left == 0 {
                return Ok(end);
            }
            if bytes.get(end + 1) != Some(&(0xd0 + restarts)) {
                return Err(damaged(bytes, "a part of its picture is missing"));
            }
            restarts = (restarts + 1) % 8;
            bits = Bits::new(bytes, end + 2);
        }
    }

    fn plan(&self, frame: &Frame, scan: &[u8]) -> Option<Plan> {
        let (&count, rest) = scan.split_first()?;
        let (chosen, range) = rest.split_at_checked(usize::from(count) * 2)?;
        if range != [0, 63, 0] {
            return None;
        }
        let chosen = chosen.as_chunks::<2>().0;
        let find = |id: u8| frame.components.iter().find(|component| component.id == id);
        let (mut walks, mut blocks) = (Vec::<(u8, Arc<Walk>)>::new(), Vec::new());
        for &[id, tables] in chosen {
            let codes = |class: usize, id: u8| self.codes[class].get(usize::from(id))?.as_ref();
            let walk = walks.iter().position(|(same, _)| *same == tables);
            let walk = match walk {
                Some(walk) => walk,
                None => {
                    walks.push((tables, Walk::of(codes(0, tables >> 4)?, codes(1, tables & 15)?)));
                    walks.len() - 1
                }
            };
            // One component alone: its own blocks, one at a time.
            let component = find(id)?;
            let of_unit = if count == 1 { 1 } else { component.across * component.down };
            blocks.extend((0..of_unit).map(|_| walk));
        }
        let units = match chosen {
            [] => return None,
            [[id, _]] => {
                let component = find(*id)?;
                let side = |pixels: u32, part: u32, most: u32| (pixels * part).div_ceil(most).div_ceil(8);
                side(frame.width, component.across, frame.across) * side(frame.height, component.down, frame.down)
            }
            _ => frame.width.div_ceil(8 * frame.across) * frame.height.div_ceil(8 * frame.down),
        };
        Some(Plan { walks, blocks, units })
    }
}
