//! What one track gets of its source's frames: at its size, at its rate, and black when it may not see live ones.

use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::backend::{Mode, Rate};
use crate::constraints::fitness::SAME_RATE;
use crate::frame::turn::Turn;
use crate::frame::view::{Blank, View};
use crate::frame_reader::ReaderShared;
use crate::pending::Promise;
use crate::stats::TrackStats;
use crate::{Frame, MediaTrackSettings, PixelFormat, Result};

/// The longest interval between two frames that is reckoned with.
const LONGEST: f64 = 1e9;
/// Black frames come no faster than this, whatever the rate is.
const FASTEST_TICK: Duration = Duration::from_millis(1);

/// What a track delivers, or what its source does, before pictures are turned upright.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Output {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// In frames per second.
    pub(crate) frame_rate: f64,
}

impl Output {
    /// What a source delivers in a mode, at the rate that its driver made of it.
    pub(crate) fn of(mode: &Mode, rate: Rate) -> Output {
        Output { width: mode.width, height: mode.height, frame_rate: rate.per_second() }
    }

    pub(super) fn interval(&self) -> Duration {
        // A rate of 0, and one that is none.
        Duration::from_secs_f64(1.0 / self.frame_rate.max(1.0 / LONGEST))
    }

    fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }
}

/// A frame as a track shows it. The pixels are made by whoever takes it.
#[derive(Clone)]
pub(crate) enum Shown {
    Live(Frame, Option<View>),
    Black(Arc<Blank>, Duration, u64, Option<Arc<MediaTrackSettings>>),
}

impl Shown {
    /// The picture, in a format or, without one, as it is: what the device delivered, or RGBA.
    pub(crate) fn make(&self, format: Option<PixelFormat>) -> Result<Frame> {
        match (self, format) {
            (Shown::Live(frame, None), None) => Ok(frame.clone()),
            (Shown::Live(frame, None), Some(format)) => frame.convert(format),
            (Shown::Live(frame, Some(view)), format) => frame.view(*view, format.unwrap_or(PixelFormat::Rgba)),
            (Shown::Black(blank, timestamp, sequence, settings), format) => {
                let frame = blank.frame(*timestamp, *sequence)?;
                let frame = settings.as_ref().map_or(frame.clone(), |settings| frame.in_force(settings));
                frame.convert(format.unwrap_or(PixelFormat::Rgba))
            }
        }
    }
}

/// A grab that a frame answers. It is answered when no lock is held.
pub(crate) struct Due {
    pub(super) promise: Promise<Frame>,
    pub(super) shown: Shown,
}

/// The black pictures in use, one of each size.
#[derive(Default)]
pub(super) struct Blanks(Vec<Weak<Blank>>);

impl Blanks {
    fn get(&mut self, size: (u32, u32)) -> Arc<Blank> {
        self.0.retain(|blank| blank.strong_count() > 0);
        let known = self.0.iter().filter_map(Weak::upgrade).find(|blank| blank.size() == size);
        known.unwrap_or_else(|| {
            let blank = Blank::new(size);
            self.0.push(Arc::downgrade(&blank));
            blank
        })
    }
}

/// Leaves out frames so that the rest come at a lower rate (decision VP3).
///
/// Each frame that is due moves the next due time by exactly one interval, so the rate does not drift, and the frame
/// that is nearest to a due time is taken, so jitter does not matter.
#[derive(Default)]
struct Decimator {
    due: Option<Duration>,
}

impl Decimator {
    /// Whether a frame is wanted.
    fn takes(&mut self, timestamp: Duration, own: &Output, source: &Output) -> bool {
        if own.frame_rate >= source.frame_rate * (1.0 - SAME_RATE) {
            self.due = None;
            return true;
        }
        let (interval, tolerance) = (own.interval(), source.interval() / 2);
        // Neither after a gap nor after a jump of the clock are there frames to make up for, and only one if the source
        // was a little late.
        let due = self.due.filter(|due| timestamp < *due + 4 * interval && *due < timestamp + 2 * interval).unwrap_or(timestamp);
        let due = due.max(timestamp.saturating_sub(interval));
        if timestamp + tolerance < due {
            return false;
        }
        self.due = Some(due + interval);
        true
    }
}

/// Counts the frames of a track.
#[derive(Default)]
struct Counter {
    stats: TrackStats,
    last: Option<u64>,
    /// Frames that were counted when they failed: the driver's count will show them as a gap.
    missed: u64,
}

impl Counter {
    fn frame(&mut self, sequence: u64, delivered: bool) {
        let gap = self.last.map_or(0, |last| sequence.saturating_sub(last.saturating_add(1)));
        self.pass(sequence);
        self.stats.total = self.stats.total.saturating_add(1).saturating_add(gap.saturating_sub(std::mem::take(&mut self.missed)));
        if delivered {
            self.stats.delivered += 1;
        } else {
            self.stats.discarded += 1;
        }
    }

    /// A frame that does not count.
    fn pass(&mut self, sequence: u64) {
        self.last = Some(sequence);
    }

    fn miss(&mut self, corrupt: bool) {
        self.stats.total += 1;
        self.stats.corrupt += u64::from(corrupt);
        self.missed += 1;
    }

    /// The driver begins to count anew, or nobody knows what is missing.
    fn forget(&mut self) {
        (self.last, self.missed) = (None, 0);
    }
}

/// The delivery of one track.
#[derive(Default)]
pub(super) struct Delivery {
    /// What the track delivers; `None` for whatever the source does.
    output: Option<Output>,
    /// What makes pictures of its source upright.
    turn: Turn,
    decimator: Decimator,
    counter: Counter,
    readers: Vec<Weak<ReaderShared>>,
    /// Kept while the track is black, so that its picture is not made again for every frame.
    blank: Option<Arc<Blank>>,
    /// What frames say was in force when the track gave them.
    settings: Option<Arc<MediaTrackSettings>>,
    /// Time and number of the last frame.
    last: Option<(Duration, u64)>,
    /// When the next black frame is due, while the source gives none.
    tick: Option<Duration>,
}

impl Delivery {
    pub(super) fn new(turn: Turn) -> Delivery {
        Delivery { turn, ..Delivery::default() }
    }

    /// That of a clone: nobody waits for it, nothing was counted.
    pub(super) fn duplicate(&self) -> Delivery {
        Delivery { output: self.output, ..Delivery::new(self.turn) }
    }

    pub(super) fn set_output(&mut self, output: Output) {
        if self.output.is_none_or(|old| old.frame_rate != output.frame_rate) {
            self.decimator = Decimator::default();
            self.tick = None;
        }
        self.output = Some(output);
    }

    /// What was in force for the frames that follow.
    pub(super) fn set_settings(&mut self, settings: Arc<MediaTrackSettings>) {
        self.settings = Some(settings);
    }

    pub(super) fn stats(&self) -> TrackStats {
        self.counter.stats
    }

    pub(super) fn add_reader(&mut self, reader: &Arc<ReaderShared>) {
        self.readers.push(Arc::downgrade(reader));
    }

    pub(super) fn readers(&self) -> impl Iterator<Item = Arc<ReaderShared>> + '_ {
        self.readers.iter().filter_map(Weak::upgrade)
    }

    pub(super) fn take_readers(&mut self) -> Vec<Weak<ReaderShared>> {
        std::mem::take(&mut self.readers)
    }

    /// A live frame as the track shows it.
    pub(super) fn live(&self, frame: &Frame) -> Shown {
        let given = self.settings.as_ref().map_or_else(|| frame.clone(), |settings| frame.in_force(settings));
        Shown::Live(given, self.view(frame))
    }

    /// How the track shows frames of its source that are not of its size, or not upright.
    fn view(&self, frame: &Frame) -> Option<View> {
        let source = (frame.width(), frame.height());
        View::of(source, self.output.map_or(source, |output| output.size()), self.turn)
    }

    fn black(&mut self, size: (u32, u32), (timestamp, sequence): (Duration, u64), blanks: &mut Blanks) -> Shown {
        let size = self.turn.size(size);
        let blank = self.blank.take().filter(|blank| blank.size() == size).unwrap_or_else(|| blanks.get(size));
        self.blank = Some(blank.clone());
        Shown::Black(blank, timestamp, sequence, self.settings.clone())
    }

    fn push(&mut self, shown: &Shown) {
        self.readers.retain(|reader| reader.upgrade().is_some_and(|reader| reader.push(shown)));
    }

    /// A live frame of a source that delivers `source`.
    pub(super) fn frame(&mut self, frame: &Frame, enabled: bool, source: &Output, blanks: &mut Blanks) {
        let own = self.output.unwrap_or(*source);
        let moment = (frame.timestamp(), frame.sequence());
        let taken = self.decimator.takes(moment.0, &own, source);
        if enabled {
            self.counter.frame(moment.1, taken);
            self.blank = None;
        } else {
            self.counter.pass(moment.1);
        }
        self.tick = None;
        if !taken {
            return;
        }
        self.last = Some(moment);
        if self.readers.is_empty() {
            return;
        }
        let shown = if enabled { self.live(frame) } else { self.black(own.size(), moment, blanks) };
        self.push(&shown);
    }

    /// A frame of the source came to nothing, because it was damaged or because there was no memory.
    pub(super) fn miss(&mut self, enabled: bool, corrupt: bool) {
        if enabled {
            self.counter.miss(corrupt);
        }
    }

    /// What comes next does not join on to what was before.
    pub(super) fn interrupt(&mut self) {
        self.counter.forget();
    }

    /// Gives a black frame if one is due; when the next one is. `None` when nobody reads.
    pub(super) fn tick(&mut self, now: Duration, source: Option<&Output>, blanks: &mut Blanks) -> Option<Duration> {
        self.readers.retain(|reader| reader.strong_count() > 0);
        let own = self.output.or(source.copied()).filter(|_| !self.readers.is_empty())?;
        let interval = own.interval().max(FASTEST_TICK);
        let due = self.tick.unwrap_or_else(|| self.last.map_or(now, |(last, _)| now.max(last + interval)));
        if now < due {
            self.tick = Some(due);
            return self.tick;
        }
        // The driver's count goes on when its frames do.
        let moment = (now, self.last.map_or(0, |(_, sequence)| sequence));
        self.last = Some(moment);
        let shown = self.black(own.size(), moment, blanks);
        self.push(&shown);
        self.tick = Some(if now < due + interval { due + interval } else { now + interval });
        self.tick
    }

    /// The newest frame of the source as the track shows it.
    pub(super) fn latest(&mut self, frame: Option<Frame>, live: bool, source: Option<&Output>, blanks: &mut Blanks) -> Option<Shown> {
        if live {
            return frame.map(|frame| self.live(&frame));
        }
        let moment = self.last.or(frame.map(|frame| (frame.timestamp(), frame.sequence())))?;
        let size = self.output.or(source.copied())?.size();
        Some(self.black(size, moment, blanks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(frame_rate: f64) -> Output {
        Output { width: 4, height: 4, frame_rate }
    }

    /// How many frames of so many at `actual` per second are taken, with jitter of a part of the interval.
    fn taken(own: f64, source: f64, actual: f64, frames: u32, jitter: f64) -> u32 {
        let mut decimator = Decimator::default();
        // A little generator of numbers between -1 and 1.
        let mut seed = 1u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(seed >> 8) / f64::from(1u32 << 23) - 1.0
        };
        let time = |n: u32, random: f64| Duration::from_secs_f64(100.0 + (f64::from(n) + random * jitter) / actual);
        (0..frames).filter(|n| decimator.takes(time(*n, random()), &at(own), &at(source))).count() as u32
    }

    #[test]
    fn the_long_term_rate_is_met_within_a_percent() {
        for own in [1.0, 5.0, 7.5, 10.0, 12.0, 15.0, 20.0, 23.976, 24.0, 25.0, 29.0, 29.9] {
            for (source, jitter) in [(30.0, 0.0), (30.0, 0.3), (30.0, 0.6), (60.0, 0.45), (30000.0 / 1001.0, 0.2)] {
                if own >= source {
                    continue;
                }
                let frames = 60_000;
                let expected = f64::from(frames) * own / source;
                let got = f64::from(taken(own, source, source, frames, jitter));
                assert!((got - expected).abs() <= expected * 0.01, "{own} of {source} with jitter {jitter}: {got} for {expected}");
            }
        }
    }

    #[test]
    fn equal_rates_and_slow_sources_lose_nothing() {
        assert_eq!(taken(30.0, 30.0, 30.0, 1000, 0.9), 1000);
        assert_eq!(taken(29.97, 30000.0 / 1001.0, 29.97, 1000, 0.9), 1000);
        assert_eq!(taken(60.0, 30.0, 30.0, 1000, 0.9), 1000);
        // In the dark the camera gives 8 of its 30 frames a second, fewer than the track's 10.
        assert_eq!(taken(10.0, 30.0, 8.0, 1000, 0.2), 1000);
        // A driver that says 30 and gives 90.
        let got = taken(10.0, 30.0, 90.0, 9000, 0.2);
        assert!((990..=1010).contains(&got), "{got}");
    }

    #[test]
    fn whole_fractions_are_regular() {
        let mut decimator = Decimator::default();
        let jitter = [0, 9, -9, 5, -7, 9, 8, -9, 0, -3];
        let taken: Vec<_> = (0..60u32)
            .filter(|n| {
                let time = (1_000_000 + i64::from(*n) * 33_333 + 1000 * jitter[*n as usize % 10]) as u64;
                decimator.takes(Duration::from_micros(time), &at(10.0), &at(30.0))
            })
            .collect();
        assert_eq!(taken, (0..60).step_by(3).collect::<Vec<_>>());
    }

    #[test]
    fn gaps_and_jumps_of_the_clock_are_not_made_up_for() {
        let mut decimator = Decimator::default();
        let mut takes = |ms: u64| decimator.takes(Duration::from_millis(ms), &at(10.0), &at(30.0));
        assert!(takes(10_000) && !takes(10_033));
        assert!(takes(20_000) && !takes(20_033) && !takes(20_066) && takes(20_100));
        assert!(takes(3000) && !takes(3033) && !takes(3066) && takes(3100));
        let mut none = Decimator::default();
        let mut takes = |ms: u64| none.takes(Duration::from_millis(ms), &at(0.0), &at(30.0));
        assert!(takes(0) && !takes(33) && !takes(1_000_000));
    }

    #[test]
    fn lost_and_failed_frames_count_once() {
        let mut counter = Counter::default();
        counter.frame(100, true);
        counter.frame(101, false);
        assert_eq!(counter.stats, TrackStats { delivered: 1, discarded: 1, total: 2, corrupt: 0 });
        // Two were lost on the way.
        counter.frame(104, true);
        assert_eq!(counter.stats, TrackStats { delivered: 2, discarded: 1, total: 5, corrupt: 0 });
        // One failed, one was lost.
        counter.miss(true);
        assert_eq!(counter.stats.total, 6);
        counter.frame(107, true);
        assert_eq!(counter.stats, TrackStats { delivered: 3, discarded: 1, total: 8, corrupt: 1 });
        // A driver that counts anew.
        counter.forget();
        counter.frame(3, true);
        assert_eq!(counter.stats.total, 9);
        // Frames that do not count leave no gap.
        counter.pass(50);
        counter.frame(51, true);
        assert_eq!(counter.stats.total, 10);
        counter.frame(0, true);
        assert_eq!(counter.stats.total, 11);
        // A driver that does not count: every failure counts by itself.
        counter.frame(0, true);
        counter.miss(false);
        counter.frame(0, true);
        assert_eq!(counter.stats, TrackStats { delivered: 8, discarded: 1, total: 14, corrupt: 1 });
    }

    #[test]
    fn black_pictures_are_shared_by_size_and_go_with_their_last_user() {
        let mut blanks = Blanks::default();
        let (a, b, c) = (blanks.get((4, 4)), blanks.get((4, 4)), blanks.get((8, 4)));
        assert!(Arc::ptr_eq(&a, &b) && !Arc::ptr_eq(&a, &c));
        drop((a, b));
        blanks.get((8, 4));
        assert_eq!(blanks.0.len(), 1);
    }
}
