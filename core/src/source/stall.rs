//! When a camera that gives no frames is restarted, muted, and given up.
//!
//! Decision TR3: no frame for ten frame intervals and at least 2 s: the stream is restarted, once; none for another
//! 2 s: mute; frames again: unmute; none for 30 s: the camera is lost. Decision MT7: a change of mode that leaves a gap
//! of more than 500 ms mutes as well.

use std::time::{Duration, Instant};

/// So many frames have to be missing before it is called a stall.
const MISSING: u32 = 10;

/// The times of these rules.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// The least time without frames after which the stream is restarted.
    pub(crate) restart: Duration,
    /// How long frames may take after that.
    pub(crate) grace: Duration,
    /// The time without frames after which the camera counts as lost.
    pub(crate) loss: Duration,
    /// The longest gap at a change of mode that goes without muting.
    pub(crate) gap: Duration,
}

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            restart: Duration::from_secs(2),
            grace: Duration::from_secs(2),
            loss: Duration::from_secs(30),
            gap: Duration::from_millis(500),
        }
    }
}

/// What has to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Restart,
    Mute,
    Lose,
}

/// Watches over a stream. Knows no clock: it is told what time it is.
pub(super) struct Stall {
    timing: Timing,
    watch: Option<Watch>,
    muted: bool,
}

struct Watch {
    /// When the last frame came, or the stream began.
    last: Instant,
    patience: Duration,
    restarted: Option<Instant>,
    /// When the gap of a change of mode becomes too long.
    gap_end: Option<Instant>,
}

impl Stall {
    pub(super) fn new(timing: Timing) -> Stall {
        Stall { timing, watch: None, muted: false }
    }

    /// A stream of this frame interval has begun. `gap` is when tracks that were live already began to wait for it.
    pub(super) fn begin(&mut self, now: Instant, interval: Duration, gap: Option<Instant>) {
        let patience = interval.saturating_mul(MISSING).max(self.timing.restart);
        self.watch = Some(Watch { last: now, patience, restarted: None, gap_end: gap.map(|began| began + self.timing.gap) });
    }

    /// No frames are expected.
    pub(super) fn end(&mut self) {
        self.watch = None;
    }

    /// No frames are expected for now: the time that passes does not count.
    pub(super) fn rest(&mut self, now: Instant) {
        if let Some(watch) = &mut self.watch {
            *watch = Watch { last: now, restarted: None, gap_end: None, ..*watch };
        }
    }

    /// The stream was restarted as asked, which may have taken a while.
    pub(super) fn restarted(&mut self, now: Instant) {
        if let Some(watch) = &mut self.watch {
            watch.restarted = Some(now);
        }
    }

    /// A frame came. True when this rule had muted and it is over.
    pub(super) fn frame(&mut self, now: Instant) -> bool {
        self.rest(now);
        std::mem::take(&mut self.muted)
    }

    /// The restart that was asked for took so long that the source was muted meanwhile.
    pub(super) fn muted_meanwhile(&mut self) {
        self.muted = true;
    }

    /// Whether this rule has muted.
    pub(super) fn has_muted(&self) -> bool {
        self.muted
    }

    /// Whether frames are missing, though it may not be time yet to do something about it.
    pub(super) fn is_silent(&self, now: Instant) -> bool {
        self.watch.as_ref().is_some_and(|watch| now.saturating_duration_since(watch.last) > watch.patience / 2)
    }

    /// What comes next if no frame does, and when.
    fn next(&self) -> Option<(Instant, Action)> {
        let watch = self.watch.as_ref()?;
        let gap = watch.gap_end.filter(|_| !self.muted).map(|end| (end, Action::Mute));
        let stalled = match watch.restarted {
            None => (watch.last + watch.patience, Action::Restart),
            Some(at) if !self.muted => (at + self.timing.grace, Action::Mute),
            // A slow camera gets its chance after the restart.
            Some(at) => ((watch.last + self.timing.loss).max(at + 2 * self.timing.grace), Action::Lose),
        };
        gap.into_iter().chain([stalled]).min_by_key(|(at, _)| *at)
    }

    /// When to [`poll`](Self::poll) again.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.next().map(|(at, _)| at)
    }

    /// What has to be done now.
    pub(super) fn poll(&mut self, now: Instant) -> Option<Action> {
        let (_, action) = self.next().filter(|(at, _)| *at <= now)?;
        match action {
            Action::Restart => self.restarted(now),
            Action::Mute => self.muted = true,
            Action::Lose => self.watch = None,
        }
        Some(action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THIRTIETH: Duration = Duration::from_millis(33);

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    /// Polls every 10 ms from one time to another; gives what happened, in milliseconds from `start`.
    fn run(stall: &mut Stall, start: Instant, from: u64, to: u64) -> Vec<(u64, Action)> {
        (from..=to).step_by(10).filter_map(|at| stall.poll(start + ms(at)).map(|action| (at, action))).collect()
    }

    #[test]
    fn a_camera_that_falls_silent_is_restarted_muted_and_lost() {
        let (mut stall, start) = (Stall::new(Timing::default()), Instant::now());
        stall.begin(start, THIRTIETH, None);
        assert!(!stall.frame(start + ms(100)));
        assert_eq!(stall.deadline(), Some(start + ms(2100)));
        let happened = run(&mut stall, start, 100, 60_000);
        assert_eq!(happened, [(2100, Action::Restart), (4100, Action::Mute), (30_100, Action::Lose)]);
        assert_eq!(stall.deadline(), None, "that is the end");
    }

    #[test]
    fn ten_intervals_of_a_slow_camera_are_waited_for() {
        let (mut stall, start) = (Stall::new(Timing::default()), Instant::now());
        stall.begin(start, ms(5000), None);
        let happened = run(&mut stall, start, 0, 90_000);
        assert_eq!(happened, [(50_000, Action::Restart), (52_000, Action::Mute), (54_000, Action::Lose)]);
    }

    #[test]
    fn frames_end_the_stall_at_each_stage() {
        let (mut stall, start) = (Stall::new(Timing::default()), Instant::now());
        stall.begin(start, THIRTIETH, None);
        assert_eq!(run(&mut stall, start, 0, 3000), [(2000, Action::Restart)]);
        assert!(!stall.frame(start + ms(3000)), "it was not muted yet");
        assert_eq!(run(&mut stall, start, 3000, 8000), [(5000, Action::Restart), (7000, Action::Mute)]);
        assert!(stall.has_muted());
        assert!(stall.frame(start + ms(8000)), "unmute");
        assert!(!stall.frame(start + ms(8033)), "once");
        assert_eq!(run(&mut stall, start, 8040, 10_030), []);
        assert_eq!(run(&mut stall, start, 10_040, 10_040), [(10_040, Action::Restart)], "a new stall has its own restart");
    }

    #[test]
    fn frames_in_time_are_no_stall() {
        let (mut stall, start) = (Stall::new(Timing::default()), Instant::now());
        stall.begin(start, THIRTIETH, None);
        for frame in 1..100 {
            let now = start + ms(frame * 1900);
            assert_eq!(stall.poll(now), None);
            assert!(!stall.frame(now));
        }
    }

    #[test]
    fn a_restart_that_takes_long_has_its_time_after_it() {
        let (mut stall, start) = (Stall::new(Timing::default()), Instant::now());
        stall.begin(start, THIRTIETH, None);
        assert_eq!(stall.poll(start + ms(2000)), Some(Action::Restart));
        stall.restarted(start + ms(6000));
        assert_eq!(run(&mut stall, start, 6000, 9000), [(8000, Action::Mute)]);
    }

    #[test]
    fn only_a_long_gap_at_a_change_of_mode_mutes() {
        let (mut stall, start) = (Stall::new(Timing::default()), Instant::now());
        stall.begin(start + ms(300), THIRTIETH, Some(start));
        assert_eq!(stall.poll(start + ms(490)), None);
        assert!(!stall.frame(start + ms(490)));
        assert_eq!(run(&mut stall, start, 490, 2000), []);

        stall.begin(start + ms(3300), THIRTIETH, Some(start + ms(3000)));
        assert_eq!(run(&mut stall, start, 3300, 4500), [(3500, Action::Mute)]);
        assert!(stall.frame(start + ms(4500)));

        // A gap that becomes a stall: muted once, restarted once.
        stall.begin(start + ms(5000), THIRTIETH, Some(start + ms(5000)));
        assert_eq!(run(&mut stall, start, 5000, 40_000), [(5500, Action::Mute), (7000, Action::Restart), (35_000, Action::Lose)]);
    }

    #[test]
    fn no_time_passes_while_no_frames_are_expected() {
        let (mut stall, start) = (Stall::new(Timing::default()), Instant::now());
        assert_eq!(run(&mut stall, start, 0, 60_000), []);
        stall.begin(start, THIRTIETH, None);
        assert!(!stall.is_silent(start + ms(900)));
        assert!(stall.is_silent(start + ms(1100)));
        stall.rest(start + ms(1500));
        assert_eq!(run(&mut stall, start, 1500, 4000), [(3500, Action::Restart)]);
        stall.end();
        assert_eq!(run(&mut stall, start, 4000, 90_000), []);
    }
}
