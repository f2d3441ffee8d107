//! Huffman codes as they are walked over: how many bits and how many coefficients a code stands for, but not their values.

use std::sync::Arc;

use parking_lot::Mutex;

use super::bits::Bits;

/// So many bits are looked at together: all that the codes have which come often, and a table that is quickly made.
const LOOK: u32 = 12;
const SIZE: usize = 1 << LOOK;
/// A block has so many coefficients.
const BLOCK: u32 = 64;

/// The codes of one table, by their lengths.
#[derive(Clone, PartialEq)]
pub(super) struct Codes {
    /// For each length: its first code, how many there are, and where their values begin.
    lengths: [(u32, u32, usize); 16],
    values: Vec<u8>,
}

/// A code: its length in bits, and what it stands for.
type Code = (u32, u8);

impl Codes {
    /// Of a table as it stands in a segment DHT. `None` when there cannot be such codes.
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Option<Codes> {
        let (mut lengths, mut code, mut index) = ([(0, 0, 0); 16], 0u32, 0);
        for (length, &count) in counts.iter().enumerate() {
            let count = u32::from(count);
            if code + count > 2 << length {
                return None;
            }
            lengths[length] = (code, count, index);
            code = (code + count) << 1;
            index += count as usize;
        }
        Some(Codes { lengths, values: values.to_vec() })
    }

    /// The code that `bits` begin with, from the highest of 64.
    fn find(&self, bits: u64) -> Option<Code> {
        (1..=16u32).zip(&self.lengths).find_map(|(length, &(first, count, index))| {
            let number = ((bits >> (64 - length)) as u32).checked_sub(first).filter(|number| *number < count)?;
            Some((length, *self.values.get(index + number as usize)?))
        })
    }

    /// For all that the next bits can be, the code they begin with.
    fn table(&self) -> Vec<Option<Code>> {
        let mut table = vec![None; SIZE];
        for (length, &(first, count, index)) in (1..=LOOK).zip(&self.lengths) {
            let span = 1 << (LOOK - length);
            for (number, &value) in self.values.iter().skip(index).take(count as usize).enumerate() {
                let from = (first as usize + number) * span;
                table[from..from + span].fill(Some((length, value)));
            }
        }
        table
    }
}

/// What codes that follow each other stand for together, in 16 bits, so that tables of it stay in the nearest cache.
///
/// From the lowest: bits, with those of the values behind the codes (0: that has to be looked at bit by bit); whether the
/// block ends with it; coefficients, of which the end of a block, which needs room for one, counts as one.
#[derive(Clone, Copy, Default)]
struct Step(u16);

impl Step {
    /// Of a code for a first coefficient.
    fn first((length, size): Code) -> Option<Step> {
        (size <= 16).then_some(Step::new(length + u32::from(size), 1, false))
    }

    /// Of a code for other coefficients. `None` for those that do not exist in pictures of this kind.
    fn other((length, value): Code) -> Option<Step> {
        let (run, size) = (u32::from(value >> 4), u32::from(value & 15));
        match (run, size) {
            (0, 0) => Some(Step::new(length, 1, true)),
            (15, 0) => Some(Step::new(length, 16, false)),
            (_, 0) => None,
            _ => Some(Step::new(length + size, run + 1, false)),
        }
    }

    fn new(bits: u32, count: u32, is_last: bool) -> Step {
        Step((bits | u32::from(is_last) << 7 | count << 8) as u16)
    }

    #[inline]
    fn bits(self) -> u32 {
        u32::from(self.0 & 0x7f)
    }

    #[inline]
    fn is_last(self) -> bool {
        self.0 & 0x80 != 0
    }

    #[inline]
    fn count(self) -> u32 {
        u32::from(self.0 >> 8)
    }
}

/// How blocks with a pair of tables are walked over.
pub(super) struct Walk {
    /// What the next bits stand for at the beginning of a block, and behind its first coefficient.
    start: Box<[Step; SIZE]>,
    on: Box<[Step; SIZE]>,
    dc: Codes,
    ac: Codes,
}

/// Those of the tables that were used last: every picture of a camera has the same ones, and making a walk takes a quarter
/// of the time of walking over a large picture.
static KEPT: Mutex<Vec<Arc<Walk>>> = Mutex::new(Vec::new());
/// Two kinds of components, of two cameras. Each has 17 KiB.
const MOST_KEPT: usize = 4;

impl Walk {
    pub(super) fn of(dc: &Codes, ac: &Codes) -> Arc<Walk> {
        let mut kept = KEPT.lock();
        if let Some(walk) = kept.iter().find(|walk| walk.dc == *dc && walk.ac == *ac) {
            return walk.clone();
        }
        let walk = Arc::new(Walk::new(dc, ac));
        kept.truncate(MOST_KEPT - 1);
        kept.insert(0, walk.clone());
        walk
    }

    fn new(dc: &Codes, ac: &Codes) -> Walk {
        // The bits of the code alone too: those of its value need not be looked at.
        let single = |code: Option<Code>| code.and_then(|code| Some((code.0, Step::other(code)?)));
        let singles: Vec<Option<(u32, Step)>> = ac.table().into_iter().map(single).collect();
        // A code, and as many behind it as the bits tell of for sure.
        let join = |(bits, first): (usize, Option<Step>)| {
            let mut step = first.unwrap_or_default();
            while step.bits() > 0 && !step.is_last() && step.bits() < LOOK {
                let left = LOOK - step.bits();
                match singles[(bits << step.bits()) & (SIZE - 1)] {
                    Some((length, more)) if length <= left && step.count() + more.count() <= BLOCK => {
                        step = Step::new(step.bits() + more.bits(), step.count() + more.count(), more.is_last());
                    }
                    _ => break,
                }
            }
            step
        };
        let start = dc.table().into_iter().map(|code| code.and_then(Step::first)).enumerate().map(join);
        let on = singles.iter().map(|single| single.map(|(_, step)| step)).enumerate().map(join);
        Walk { start: collect(start), on: collect(on), dc: dc.clone(), ac: ac.clone() }
    }

    /// Walks over a block. `None` when it is not all there, or none.
    #[inline]
    pub(super) fn block(&self, bits: &mut Bits) -> Option<()> {
        bits.fill();
        let mut step = self.start[(bits.peek() >> (64 - LOOK)) as usize];
        if step.bits() == 0 {
            step = Step::first(self.dc.find(bits.peek())?)?;
        }
        let mut count = 0;
        loop {
            bits.skip(step.bits());
            count += step.count();
            if step.is_last() || count == BLOCK {
                return bits.are_there();
            }
            bits.fill();
            step = self.on[(bits.peek() >> (64 - LOOK)) as usize];
            if step.bits() == 0 || count + step.count() > BLOCK {
                // The block may end before the last of these codes.
                step = Step::other(self.ac.find(bits.peek())?)?;
                if count + step.count() > BLOCK {
                    return None;
                }
            }
        }
    }
}

fn collect(steps: impl Iterator<Item = Step>) -> Box<[Step; SIZE]> {
    let mut table = Box::new([Step::default(); SIZE]);
    table.iter_mut().zip(steps).for_each(|(to, step)| *to = step);
    table
}
