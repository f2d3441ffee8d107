//! When a picture was taken, and which one it is: what drivers say of that, made trustworthy.

use std::time::Duration;

use crate::TimestampSource;

/// Looks after the timestamps and the numbers of one stream.
#[derive(Debug)]
pub(super) struct Moments {
    /// The last time of the driver that was believed, at first when the stream began.
    earliest: Duration,
    /// Of the picture before.
    last: Option<Last>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    timestamp: Duration,
    /// As the driver said it.
    sequence: u32,
    /// As it was counted on.
    number: u64,
}

impl Moments {
    pub(super) fn since(started: Duration) -> Moments {
        Moments { earliest: started, last: None }
    }

    /// The time of the next picture, whose it is, and its number, from what the driver says and when it arrived.
    ///
    /// A time before the stream began or in the future is on another clock, or invented; one before the driver's last one
    /// is wrong. A picture arrives later than it was taken, perhaps later than the next one was: the time of arrival, where
    /// it had to do once, is no reason not to believe the next one, which is only not given as earlier. The driver's count
    /// wraps at 2^32; if it goes back otherwise, the driver has begun anew.
    pub(super) fn of(&mut self, timestamp: Option<Duration>, sequence: u32, now: Duration) -> (Duration, TimestampSource, u64) {
        let said = timestamp.filter(|time| (self.earliest..=now).contains(time));
        self.earliest = said.unwrap_or(self.earliest);
        let by = if said.is_some() { TimestampSource::Driver } else { TimestampSource::Arrival };
        let timestamp = said.unwrap_or(now).max(self.last.map_or(Duration::ZERO, |last| last.timestamp));
        let number = match self.last {
            None => u64::from(sequence),
            Some(last) => match sequence.wrapping_sub(last.sequence) {
                forward if forward <= u32::MAX / 2 => last.number + u64::from(forward),
                _ => last.number + 1,
            },
        };
        self.last = Some(Last { timestamp, sequence, number });
        (timestamp, by, number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_time_that_cannot_be_is_that_of_arrival() {
        let mut moments = Moments::since(ms(1000));
        let mut time = |said: Option<u64>, now: u64| moments.of(said.map(ms), 0, ms(now)).0;
        assert_eq!(time(Some(999), 1040), ms(1040), "before the stream began");
        assert_eq!(time(Some(1060), 1080), ms(1060));
        assert_eq!(time(Some(1061), 1060), ms(1060), "in the future");
        assert_eq!(time(Some(1059), 1090), ms(1090), "before the one before");
        assert_eq!(time(Some(1090), 1095), ms(1090));
        assert_eq!(time(None, 1130), ms(1130), "not on this clock");
        let mut by = |said: Option<u64>| moments.of(said.map(ms), 0, ms(1200)).1;
        assert_eq!(
            [by(Some(1150)), by(None), by(Some(1201))],
            [TimestampSource::Driver, TimestampSource::Arrival, TimestampSource::Arrival]
        );
    }

    #[test]
    fn a_driver_that_was_wrong_once_is_believed_again() {
        // Pictures every 30 ms that arrive 80 ms after they were taken.
        let mut moments = Moments::since(ms(1000));
        let said = [Some(1030), None, Some(1090), Some(1120), Some(1150), Some(1180)];
        let times = [1110, 1140, 1170, 1200, 1230, 1260].into_iter().zip(said).map(|(now, said)| moments.of(said.map(ms), 0, ms(now)).0);
        assert_eq!(times.collect::<Vec<_>>(), [1030, 1140, 1140, 1140, 1150, 1180].map(ms));
    }

    #[test]
    fn the_count_goes_on_when_the_drivers_wraps_or_begins_anew() {
        let mut moments = Moments::since(ms(0));
        let mut number = |sequence: u32| moments.of(None, sequence, ms(1)).2;
        assert_eq!(
            [number(u32::MAX - 1), number(u32::MAX), number(0), number(3)],
            [0xffff_fffe, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0003]
        );
        assert_eq!([number(0), number(1)], [0x1_0000_0004, 0x1_0000_0005], "it began anew");
        let mut constant = Moments::since(ms(0));
        assert_eq!([0, 0, 0].map(|sequence| constant.of(None, sequence, ms(1)).2), [0, 0, 0], "a driver that does not count");
    }
}
