//! Frames as broken cameras and bad cables deliver them.

use serde::Deserialize;

use crate::Frame;
use crate::frame::format::Layout;
use crate::frame::jpeg;
use crate::frame::pool::Bytes;

/// What is wrong with a frame; see [`VirtualCamera::corrupt_frame`](crate::VirtualCamera::corrupt_frame).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CorruptFrame {
    /// `"cut"`: it stops half way. It is dropped and counted as damaged.
    Cut,
    /// `"garbage"`: noise. A JPEG is delivered and cannot be decoded; a raw frame is a picture of noise.
    Garbage,
    /// `"noHuffman"`: a JPEG without Huffman tables, as many cameras send it. It is as good as others.
    /// Raw frames have none to leave out.
    NoHuffman,
    /// `"empty"`: no bytes at all. It is dropped and counted as damaged.
    Empty,
}

/// What arrives of a frame; `None` for one that is dropped.
pub(super) fn damaged(frame: Frame, fault: CorruptFrame) -> Option<Frame> {
    let (format, width, height) = (frame.format(), frame.width(), frame.height());
    let compressed = format.is_compressed();
    let bytes = match (fault, compressed) {
        (CorruptFrame::Empty, _) | (CorruptFrame::Cut, false) => return None,
        (CorruptFrame::NoHuffman, false) => return Some(frame),
        (CorruptFrame::Cut, true) => frame.bytes()[..frame.bytes().len() / 2].to_vec(),
        (CorruptFrame::NoHuffman, true) => without_tables(frame.bytes()),
        (CorruptFrame::Garbage, true) => {
            // The markers at both ends are all that is looked at before decoding.
            let mut bytes = noise(frame.bytes().len().max(8));
            let last = bytes.len() - 2;
            bytes[..3].copy_from_slice(&[0xff, 0xd8, 0]);
            bytes[last..].copy_from_slice(&[0xff, 0xd9]);
            bytes
        }
        (CorruptFrame::Garbage, false) => noise(frame.bytes().len()),
    };
    if compressed && !jpeg::looks_whole(&bytes) {
        return None;
    }
    let layout = if compressed {
        Layout::compressed(format, width, height, bytes.len())
    } else {
        Layout::new(format, width, height, frame.plane(0).stride).ok()?
    };
    Some(Frame::new(Bytes::Heap(bytes), layout, frame.colour(), frame.timestamp(), frame.sequence()))
}

/// The same noise every time.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 24) as u8
    };
    (0..len).map(|_| next()).collect()
}

/// A JPEG without its Huffman tables; what cannot be read stays as it is.
fn without_tables(jpeg: &[u8]) -> Vec<u8> {
    const DHT: u8 = 0xc4;
    const SOS: u8 = 0xda;
    let mut out = jpeg.get(..2).unwrap_or(jpeg).to_vec();
    let mut at = out.len();
    while let Some(&[0xff, marker, high, low]) = jpeg.get(at..at + 4)
        && marker != SOS
    {
        let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        let Some(segment) = jpeg.get(at..end) else { break };
        if marker != DHT {
            out.extend_from_slice(segment);
        }
        at = end;
    }
    out.extend_from_slice(&jpeg[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_left_out_and_nothing_else() {
        let jpeg = [0xff, 0xd8, 0xff, 0xdb, 0, 3, 7, 0xff, 0xc4, 0, 4, 1, 2, 0xff, 0xda, 0, 2, 9, 9, 0xff, 0xd9];
        let bare = [0xff, 0xd8, 0xff, 0xdb, 0, 3, 7, 0xff, 0xda, 0, 2, 9, 9, 0xff, 0xd9];
        assert_eq!(without_tables(&jpeg), bare);
        assert_eq!(without_tables(&bare), bare);
        for cut in 0..jpeg.len() {
            let _ = without_tables(&jpeg[..cut]);
        }
    }
}
