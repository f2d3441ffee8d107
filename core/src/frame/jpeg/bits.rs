//! The bits of picture data, without the bytes that are stuffed into it.

/// Reads the bits of one interval between two markers.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The next byte that is not in `buffer`.
    at: usize,
    /// The next bits, from the highest; what stands behind those that count is not to be looked at, or 0 at the end.
    buffer: u64,
    /// How many of them count; less than none when more was read than there is.
    count: i32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Bits<'a> {
        Bits { bytes, at, buffer: 0, count: 0 }
    }

    /// Sees to it that the next 32 bits are there, or all that are left, with zeros behind them.
    #[inline]
    pub(super) fn fill(&mut self) {
        if self.count >= 32 {
            return;
        }
        if let Some(next) = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk())
            && self.count >= 0
            && !has_marks(u64::from_be_bytes(*next))
        {
            // As many whole bytes as there is room for. The rest of the word stands behind what counts, and is read again.
            self.buffer |= u64::from_be_bytes(*next) >> self.count;
            self.at += ((63 - self.count) >> 3) as usize;
            self.count |= 56;
        } else {
            self.fill_slowly();
        }
    }

    /// Byte by byte, where a marker or a stuffed byte is near.
    #[cold]
    fn fill_slowly(&mut self) {
        if self.count < 0 {
            return;
        }
        // What the quick way has left behind what counts.
        self.buffer &= !(u64::MAX >> self.count);
        while self.count <= 56 {
            let Some(&byte) = self.bytes.get(self.at) else { return };
            if byte == 0xff {
                if self.bytes.get(self.at + 1) != Some(&0) {
                    return;
                }
                self.at += 1;
            }
            self.at += 1;
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next bits, from the highest of 64.
    #[inline]
    pub(super) fn peek(&self) -> u64 {
        self.buffer
    }

    /// Goes on by so many bits, at most 32, whether they are there or not.
    #[inline]
    pub(super) fn skip(&mut self, bits: u32) {
        self.count -= bits as i32;
        self.buffer <<= bits;
    }

    /// `None` when more was read than there is.
    #[inline]
    pub(super) fn are_there(&self) -> Option<()> {
        (self.count >= 0).then_some(())
    }

    /// Where the marker stands behind what was read, with the rest of a byte and at most so many bytes before it.
    pub(super) fn marker(&self, most: usize) -> Option<usize> {
        // The bytes in the buffer that nothing was read of were not stuffed for sure, or there are less of them.
        let unread = (self.count / 8) as usize;
        let rest = self.bytes.get(self.at..)?;
        let mut from = 0;
        loop {
            from += memchr::memchr(0xff, rest.get(from..)?)?;
            match rest.get(from + 1)? {
                0x00 => from += 2,
                // Fill bytes before a marker.
                0xff => from += 1,
                _ => return (unread + from <= most).then_some(self.at + from),
            }
            if unread + from > most {
                return None;
            }
        }
    }
}

/// Whether one of eight bytes is 0xff.
#[inline]
fn has_marks(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let zeros = !word;
    zeros.wrapping_sub(ONES) & word & (ONES << 7) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffed_bytes_are_left_out_and_markers_end_the_data() {
        let bytes = [0x12, 0xff, 0, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0xff, 0, 1, 0xff, 0xff, 0xd9];
        let mut bits = Bits::new(&bytes, 0);
        let mut read = Vec::new();
        loop {
            bits.fill();
            let next = (bits.peek() >> 60) as u8;
            bits.skip(4);
            if bits.are_there().is_none() {
                break;
            }
            read.push(next);
        }
        let whole: Vec<u8> = read.as_chunks().0.iter().map(|[high, low]| high << 4 | low).collect();
        assert_eq!(whole, [0x12, 0xff, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0xff, 1]);
        assert_eq!(Bits::new(&bytes, 13).marker(1), Some(14));
        assert_eq!(Bits::new(&bytes, 13).marker(0), None, "a fill byte stands before it");
        assert_eq!(Bits::new(&bytes, 0).marker(100), Some(14));
        assert_eq!(Bits::new(&bytes[..13], 0).marker(100), None);
    }

    #[test]
    fn marks_are_found_in_a_word() {
        for at in 0..8 {
            assert!(has_marks(0xff << (8 * at)) && has_marks(0xfefe_fefe_fefe_fefe | 0xff << (8 * at)));
            assert!(!has_marks(0xfe << (8 * at)) && !has_marks(0x7f << (8 * at)));
        }
    }
}
