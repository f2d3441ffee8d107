//! The capture thread and what tracks get of it, with a camera that gives frames when it is told to.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::capture::{self, Request};
use super::delivery::Output;
use super::stall::Timing;
use super::{EndReason, Grab, NewTrack, Source, TrackSink};
use crate::backend::{Capture, Dropped, Mode, Next, Rate};
use crate::context::Context;
use crate::error::Place;
use crate::frame::format::{Colour, Layout};
use crate::frame::pool::{Bytes, HeapPool, Wake};
use crate::frame_reader::ReaderShared;
use crate::pending::{Operation, Pending, promise};
use crate::policy::PolicyOptions;
use crate::{
    DeliveryPolicy, Error, ErrorKind, Frame, FramesOptions, MediaKind, MediaTrackConstraints, PixelFormat, Result, TrackState, TrackStats,
    VirtualCamera,
};

const MODE: Mode = Mode { width: 16, height: 12, rate: Rate { numerator: 100, denominator: 1 }, format: PixelFormat::Rgb };
/// Frames that may be held at the same time.
const MEMORY: usize = 60;
const BLACK: [u8; 4] = [0, 0, 0, 255];
/// The rules' times in a hurry.
const HURRIED: Timing = Timing {
    restart: Duration::from_millis(250),
    grace: Duration::from_millis(150),
    loss: Duration::from_millis(700),
    gap: Duration::from_millis(300),
};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// What the test tells the camera, and what it learns of it.
#[derive(Default)]
struct Script {
    frames: VecDeque<Next>,
    /// Frames come by themselves, at the rate of the mode.
    flows: bool,
    woken: bool,
    starts: u32,
    stops: u32,
    failing_start: Option<ErrorKind>,
    sequence: u64,
}

#[derive(Default)]
struct Shared {
    script: Mutex<Script>,
    changed: Condvar,
}

impl Shared {
    fn change<T>(&self, change: impl FnOnce(&mut Script) -> T) -> T {
        let result = change(&mut self.script.lock());
        self.changed.notify_all();
        result
    }
}

struct Waker(Arc<Shared>);

impl Wake for Waker {
    fn wake(&self) {
        self.0.change(|script| script.woken = true);
    }
}

struct ScriptedCapture {
    shared: Arc<Shared>,
    pool: Arc<HeapPool>,
    paced: bool,
    due: Instant,
}

impl Capture for ScriptedCapture {
    fn start(&mut self, _: &Mode) -> Result<Rate> {
        self.shared.change(|script| {
            script.starts += 1;
            script.failing_start.map_or(Ok(MODE.rate), |kind| Err(Error::new(kind, "as told")))
        })
    }

    fn next(&mut self, deadline: Instant) -> Result<Next> {
        let mut script = self.shared.script.lock();
        loop {
            if std::mem::take(&mut script.woken) {
                return Ok(Next::Nothing);
            }
            if let Some(next) = script.frames.pop_front() {
                return Ok(next);
            }
            let now = Instant::now();
            if script.flows && now >= self.due {
                self.due = now + ms(10);
                script.sequence += 1;
                return Ok(Next::Frame(picture(&self.pool, script.sequence, crate::clock::now())));
            }
            if now >= deadline {
                return Ok(Next::Nothing);
            }
            let until = if script.flows { self.due.min(deadline) } else { deadline };
            self.shared.changed.wait_until(&mut script, until);
        }
    }

    fn stop(&mut self) {
        self.shared.change(|script| script.stops += 1);
    }

    fn paced(&self) -> bool {
        self.paced
    }

    fn waker(&self) -> Arc<dyn Wake> {
        Arc::new(Waker(self.shared.clone()))
    }
}

/// A grey picture of the mode; each column is brighter by ten.
fn picture(pool: &Arc<HeapPool>, sequence: u64, timestamp: Duration) -> Frame {
    let layout = Layout::new(MODE.format, MODE.width, MODE.height, 0).unwrap();
    let mut slot = pool.take(layout.size).unwrap();
    for (index, pixel) in slot.bytes.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        *pixel = [(index % MODE.width as usize * 10) as u8; 3];
    }
    Frame::new(Bytes::Slot(slot), layout, Colour::JPEG, timestamp, sequence)
}

/// A source whose capture thread runs, without a control thread.
pub(super) struct Rig {
    source: Arc<Source>,
    camera: Arc<Shared>,
    pool: Arc<HeapPool>,
    pub(super) context: Arc<Context>,
}

impl Rig {
    pub(super) fn new(timing: Timing, paced: bool) -> Rig {
        let source = Source::new(VirtualCamera::default_camera().entry(), timing);
        let shared = source.clone();
        std::thread::spawn(move || capture::run(&shared));
        let rig =
            Rig { source, camera: Arc::default(), pool: HeapPool::new(MEMORY), context: Context::new(PolicyOptions::default(), false) };
        rig.attach(paced);
        rig
    }

    fn attach(&self, paced: bool) {
        let capture = ScriptedCapture { shared: self.camera.clone(), pool: self.pool.clone(), paced, due: Instant::now() };
        self.source.capture.post(Request::Attach(Box::new(capture)));
    }

    fn start(&self) -> Result<Rate> {
        let (reply, answer) = sync_channel(1);
        self.source.capture.post(Request::Start(MODE, reply));
        answer.recv().unwrap()
    }

    fn detach(&self) -> Receiver<()> {
        let (reply, answer) = sync_channel(1);
        self.source.capture.post(Request::Detach(reply));
        answer
    }

    /// A source that streams, and a track of it.
    fn streaming(timing: Timing, paced: bool) -> (Rig, Arc<TrackSink>) {
        let rig = Rig::new(timing, paced);
        rig.start().unwrap();
        let sink = rig.track();
        (rig, sink)
    }

    pub(super) fn track(&self) -> Arc<TrackSink> {
        let track = NewTrack {
            device_id: "device".to_owned(),
            group_id: "group".to_owned(),
            context: self.context.clone(),
            kind: MediaKind::Video,
            pan_tilt_zoom: true,
            constraints: MediaTrackConstraints::new(),
        };
        let sink = TrackSink::new(track, Default::default(), Default::default(), None, Default::default());
        let mut live = self.source.live.lock();
        sink.begin(live.muted);
        live.sinks.push(sink.clone());
        drop(live);
        sink
    }

    fn muted(&self) -> bool {
        self.source.live.lock().muted
    }

    fn reader(&self, sink: &TrackSink, options: FramesOptions) -> Arc<ReaderShared> {
        let reader = ReaderShared::new(options).unwrap();
        sink.add_reader(&reader).unwrap();
        self.source.look_again();
        reader
    }

    fn grab(&self, sink: &TrackSink) -> Pending<Frame> {
        let operation = Operation { name: "grab", limit: Duration::from_secs(5), place: Place::Picture };
        let (promise, pending) = promise(operation, &self.context.dispatcher);
        assert!(sink.add_grab(Grab { since: crate::clock::now(), promise }).is_ok());
        pending
    }

    /// Gives frames with these numbers, at these times in milliseconds, and waits until the last is through.
    fn give(&self, frames: impl IntoIterator<Item = (u64, u64)>) {
        let frames: Vec<_> = frames.into_iter().collect();
        // The camera has memory only for so many.
        for some in frames.chunks(MEMORY / 2) {
            let some: Vec<_> = some.iter().map(|(sequence, time)| Next::Frame(picture(&self.pool, *sequence, ms(*time)))).collect();
            self.camera.change(|script| script.frames.extend(some));
            self.settle();
        }
    }

    /// Waits until the capture thread has done all that was asked of it.
    fn settle(&self) {
        eventually("the frames are through", || self.camera.script.lock().frames.is_empty());
        // One round more: what was taken out is delivered when the next wait begins.
        self.camera.change(|script| script.frames.push_back(Next::Nothing));
        eventually("the last one is delivered", || self.camera.script.lock().frames.is_empty());
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.source.capture.post(Request::Exit);
        assert!(self.source.capture.exited.wait_until(Instant::now() + Duration::from_secs(5)));
    }
}

fn eventually(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(5);
    while !condition() {
        assert!(Instant::now() < end, "{what} did not happen within 5 s");
        std::thread::sleep(ms(1));
    }
}

fn next(reader: &ReaderShared) -> Frame {
    reader.next(Some(Instant::now() + Duration::from_secs(5))).unwrap()
}

fn look(reader: &ReaderShared) -> Option<Frame> {
    match reader.next(Some(Instant::now())) {
        Ok(frame) => Some(frame),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
            None
        }
    }
}

fn is_black(frame: &Frame) -> bool {
    frame.format() == PixelFormat::Rgba && frame.plane(0).data.as_chunks::<4>().0.iter().all(|pixel| *pixel == BLACK)
}

fn size(frame: &Frame) -> (u32, u32) {
    (frame.width(), frame.height())
}

fn output(width: u32, height: u32, frame_rate: f64) -> Output {
    Output { width, height, frame_rate }
}

fn queue(length: usize) -> FramesOptions {
    FramesOptions { policy: DeliveryPolicy::Queue(length), ..FramesOptions::default() }
}

fn stats(delivered: u64, discarded: u64, total: u64) -> TrackStats {
    TrackStats { delivered, discarded, total, corrupt: 0 }
}

#[test]
fn each_track_has_its_own_size() {
    let (rig, native) = Rig::streaming(Timing::default(), true);
    let (small, wide) = (rig.track(), rig.track());
    small.set_output(output(8, 6, 100.0));
    wide.set_output(output(16, 4, 100.0));
    let readers: Vec<_> = [&native, &small, &wide].map(|sink| rig.reader(sink, FramesOptions::default())).into();
    let grey = rig.reader(&small, FramesOptions { format: Some(PixelFormat::Grey), ..FramesOptions::default() });
    let grabs: Vec<_> = [&native, &small, &wide].map(|sink| rig.grab(sink)).into();
    let now = crate::clock::now().as_millis() as u64 + 1;
    rig.give([(7, now)]);

    let frames: Vec<_> = readers.iter().map(|reader| next(reader)).collect();
    assert_eq!(frames.iter().map(size).collect::<Vec<_>>(), [(16, 12), (8, 6), (16, 4)]);
    assert_eq!(frames.iter().map(Frame::format).collect::<Vec<_>>(), [PixelFormat::Rgb, PixelFormat::Rgba, PixelFormat::Rgba]);
    assert!(frames.iter().all(|frame| (frame.sequence(), frame.timestamp()) == (7, ms(now))));
    // Scaled: two columns make one. Cropped: rows are missing, columns are not.
    assert_eq!(frames[1].plane(0).data[4 * 4], 85);
    assert_eq!(frames[2].plane(0).data[4 * 4], 40);
    let grey = next(&grey);
    assert_eq!((size(&grey), grey.format()), ((8, 6), PixelFormat::Grey));

    for (grab, expected) in grabs.into_iter().zip([(16, 12), (8, 6), (16, 4)]) {
        let frame = grab.wait().unwrap();
        assert_eq!((size(&frame), frame.format()), (expected, PixelFormat::Rgba));
    }
    let latest = |sink: &TrackSink| rig.source.latest(sink).unwrap().make(None).unwrap();
    assert_eq!((size(&latest(&native)), latest(&native).format()), ((16, 12), PixelFormat::Rgb));
    assert_eq!((size(&latest(&small)), latest(&small).format()), ((8, 6), PixelFormat::Rgba));
    assert_eq!(latest(&small).plane(0).data.as_ptr(), frames[1].plane(0).data.as_ptr(), "made once");
}

#[test]
fn a_view_that_is_held_costs_the_camera_no_memory() {
    let (rig, sink) = Rig::streaming(Timing::default(), true);
    sink.set_output(output(8, 6, 100.0));
    let reader = rig.reader(&sink, FramesOptions::default());
    let mut held = Vec::new();
    for frame in 0..100 {
        rig.give([(frame, frame * 10)]);
        held.push(next(&reader));
    }
    assert!(held.len() > MEMORY);
}

#[test]
fn a_lower_rate_discards_and_counts_for_each_track_alone() {
    let (rig, full) = Rig::streaming(Timing::default(), true);
    let (half, odd) = (rig.track(), rig.track());
    half.set_output(output(16, 12, 50.0));
    odd.set_output(output(16, 12, 30.0));
    let reader = rig.reader(&half, queue(16));
    for second in 0..10 {
        rig.give((0..60).map(|n| second * 60 + n).map(|n| (n, 1000 + n * 10)));
    }
    assert_eq!(full.stats(), stats(600, 0, 600));
    assert_eq!(half.stats(), stats(300, 300, 600));
    let odd = odd.stats();
    assert!((178..=182).contains(&odd.delivered) && odd.delivered + odd.discarded == 600, "{odd:?}");
    let numbers: Vec<_> = std::iter::from_fn(|| look(&reader)).map(|frame| frame.sequence()).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 2), "{numbers:?}");

    // A slow clone counts for itself.
    let slow = rig.source.clone_sink(&full);
    assert_eq!(slow.stats(), stats(0, 0, 0));
    slow.set_output(output(16, 12, 1.0));
    rig.give((600..700).map(|n| (n, 1000 + n * 10)));
    assert_eq!(full.stats(), stats(700, 0, 700));
    assert_eq!(slow.stats(), stats(1, 99, 100));
    let json = slow.stats().to_json_value();
    assert_eq!(json, serde_json::json!({"deliveredFrames": 1, "discardedFrames": 99, "totalFrames": 100, "corruptFrames": 0}));

    // A clone delivers what the first track does until it is told otherwise.
    let clone = rig.source.clone_sink(&slow);
    rig.give((700..750).map(|n| (n, 1000 + n * 10)));
    assert_eq!(clone.stats(), stats(1, 49, 50));
}

#[test]
fn lost_frames_are_in_the_total_and_nowhere_else() {
    let (rig, sink) = Rig::streaming(Timing::default(), true);
    rig.give([(5, 0), (6, 10)]);
    let late = rig.track();
    rig.give([(9, 40)]);
    assert_eq!((sink.stats(), late.stats()), (stats(3, 0, 5), stats(1, 0, 1)));
    // A damaged frame, and one without memory: 10 and 11.
    rig.camera.change(|script| script.frames.extend([Next::Dropped(Dropped::Damaged), Next::Dropped(Dropped::NoMemory)]));
    rig.settle();
    let one_corrupt = |stats: TrackStats| TrackStats { corrupt: 1, ..stats };
    assert_eq!(sink.stats(), one_corrupt(stats(3, 0, 7)));
    rig.give([(12, 70)]);
    assert_eq!((sink.stats(), late.stats()), (one_corrupt(stats(4, 0, 8)), one_corrupt(stats(2, 0, 4))));
    // After a restart the driver counts anew, and nobody knows what was between.
    rig.start().unwrap();
    rig.give([(50, 1000)]);
    assert_eq!(sink.stats(), one_corrupt(stats(5, 0, 9)));
}

#[test]
fn the_counts_are_frozen_while_disabled_or_muted() {
    let (rig, sink) = Rig::streaming(Timing::default(), false);
    rig.give([(1, 10), (2, 20)]);
    sink.set_enabled(false);
    rig.give([(3, 30), (4, 40)]);
    rig.camera.change(|script| script.frames.push_back(Next::Dropped(Dropped::Damaged)));
    rig.settle();
    assert_eq!(sink.stats(), stats(2, 0, 2));
    sink.set_enabled(true);
    rig.give([(5, 50)]);
    assert_eq!(sink.stats(), stats(3, 0, 3), "what passed meanwhile is not lost");
    rig.source.set_muted(true);
    rig.give([(6, 60), (7, 70)]);
    assert_eq!(sink.stats(), stats(3, 0, 3));
    rig.source.set_muted(false);
    rig.give([(9, 90)]);
    assert_eq!(sink.stats(), stats(4, 0, 4));
}

#[test]
fn a_disabled_track_gives_black_frames_of_its_size_at_its_rate() {
    let (rig, sink) = Rig::streaming(Timing::default(), false);
    let other = rig.track();
    let (reader, live) = (rig.reader(&sink, queue(16)), rig.reader(&other, queue(16)));
    sink.set_output(output(8, 4, 50.0));
    sink.set_enabled(false);
    rig.give((1..=10).map(|n| (n, n * 10)));
    let black: Vec<_> = std::iter::from_fn(|| look(&reader)).collect();
    assert_eq!(black.iter().map(Frame::sequence).collect::<Vec<_>>(), [1, 3, 5, 7, 9]);
    assert!(black.iter().all(|frame| size(frame) == (8, 4) && is_black(frame)));
    assert!(black.iter().all(|frame| frame.plane(0).data.as_ptr() == black[0].plane(0).data.as_ptr()), "one picture for all");
    assert_eq!(std::iter::from_fn(|| look(&live)).filter(|frame| !is_black(frame)).count(), 10, "the other track is as it was");
    let latest = rig.source.latest(&sink).unwrap().make(None).unwrap();
    assert!(is_black(&latest) && latest.sequence() == 9);

    // A grab waits until it is enabled.
    let grab = rig.grab(&sink);
    let now = crate::clock::now().as_millis() as u64 + 1;
    rig.give([(11, now)]);
    assert!(!grab.is_done());
    sink.set_enabled(true);
    rig.give([(12, now + 10)]);
    let frame = grab.wait().unwrap();
    assert!(!is_black(&frame) && frame.sequence() == 12);
}

#[test]
fn while_the_source_is_muted_every_reader_gets_black_frames_at_its_rate() {
    for paced in [true, false] {
        let (rig, fast) = Rig::streaming(Timing::default(), paced);
        let slow = rig.track();
        slow.set_output(output(8, 6, 20.0));
        slow.set_enabled(false);
        rig.camera.change(|script| script.flows = true);
        let (fast_reader, slow_reader) = (rig.reader(&fast, queue(16)), rig.reader(&slow, queue(16)));
        assert!(!is_black(&next(&fast_reader)));
        rig.source.set_muted(true);
        // The live frames that were delivered before may still be fetched.
        while !is_black(&next(&fast_reader)) {}
        while look(&slow_reader).is_some() {}
        let mut last = next(&slow_reader);
        let first = last.timestamp();
        while look(&fast_reader).is_some() {}
        let (start, mut fast_frames) = (crate::clock::now(), 0);
        let grab = rig.grab(&fast);
        for _ in 0..5 {
            let frame = next(&slow_reader);
            assert!(is_black(&frame) && size(&frame) == (8, 6));
            assert!(frame.timestamp() > last.timestamp() && frame.sequence() == last.sequence());
            last = frame;
            fast_frames += std::iter::from_fn(|| look(&fast_reader)).inspect(|frame| assert!(is_black(frame))).count();
        }
        // Five intervals of 50 ms, the first of which may have begun late, and many more of 10 ms.
        assert!(last.timestamp() - first >= ms(200), "{:?}", last.timestamp() - first);
        let took = crate::clock::now() - start;
        assert!(fast_frames >= 10 && fast_frames as u128 <= took.as_millis() / 10 + 5, "{fast_frames} in {took:?}");
        assert!(is_black(&rig.source.latest(&fast).unwrap().make(None).unwrap()));
        assert!(!grab.is_done(), "no black frame answers a grab");
        rig.source.set_muted(false);
        assert!(!is_black(&grab.wait().unwrap()));
        while is_black(&next(&fast_reader)) {}
    }
}

#[test]
fn a_source_that_waits_for_the_program_gives_no_black_frames_of_its_own_accord() {
    let (rig, sink) = Rig::streaming(HURRIED, false);
    sink.set_enabled(false);
    let reader = rig.reader(&sink, queue(16));
    rig.give([(1, 10)]);
    assert!(is_black(&next(&reader)));
    std::thread::sleep(ms(400));
    assert!(look(&reader).is_none());
    assert!(!rig.muted(), "and is not watched over");
    assert_eq!(rig.camera.script.lock().starts, 1);
}

#[test]
fn a_stalled_camera_is_restarted_then_muted_and_unmuted_by_its_frames() {
    let (rig, sink) = Rig::streaming(HURRIED, true);
    let reader = rig.reader(&sink, queue(16));
    rig.camera.change(|script| script.flows = true);
    next(&reader);
    rig.camera.change(|script| script.flows = false);
    eventually("it is restarted", || rig.camera.script.lock().starts == 2);
    eventually("it is muted", || rig.muted());
    assert_eq!(rig.camera.script.lock().starts, 2, "restarted once");
    while !is_black(&next(&reader)) {}
    rig.camera.change(|script| script.flows = true);
    eventually("it is unmuted", || !rig.muted());
    while is_black(&next(&reader)) {}
    assert_eq!(sink.ready_state(), TrackState::Live);
}

#[test]
fn a_restart_alone_may_help() {
    let (rig, sink) = Rig::streaming(Timing { grace: Duration::from_secs(60), ..HURRIED }, true);
    let reader = rig.reader(&sink, queue(16));
    eventually("it is restarted", || rig.camera.script.lock().starts == 2);
    rig.camera.change(|script| script.flows = true);
    assert!(!is_black(&next(&reader)));
    assert!(!rig.muted());
}

#[test]
fn a_camera_that_stays_silent_is_lost_and_says_so() {
    let (rig, sink) = Rig::streaming(HURRIED, true);
    // The restart may fail as well.
    rig.camera.change(|script| script.failing_start = Some(ErrorKind::NotReadable));
    eventually("the track ends", || sink.ready_state() == TrackState::Ended);
    let Some(EndReason::Lost(error)) = sink.ended() else { panic!("{:?}", sink.ended()) };
    assert_eq!(error.kind(), ErrorKind::DeviceLost);
    assert!(error.message().contains("does not deliver frames"), "{error}");
    assert_eq!(rig.camera.script.lock().starts, 2);
}

#[test]
fn frames_without_memory_are_no_stall() {
    let (rig, sink) = Rig::streaming(HURRIED, true);
    for _ in 0..40 {
        rig.camera.change(|script| script.frames.push_back(Next::Dropped(Dropped::NoMemory)));
        std::thread::sleep(ms(10));
    }
    assert_eq!((rig.camera.script.lock().starts, rig.muted()), (1, false));
    assert_eq!(sink.stats().total, 40);
}

#[test]
fn a_disabled_track_does_not_notice_a_stall() {
    let (rig, sink) = Rig::streaming(Timing { grace: Duration::from_secs(60), ..HURRIED }, true);
    sink.set_enabled(false);
    let reader = rig.reader(&sink, queue(16));
    for _ in 0..10 {
        assert!(is_black(&next(&reader)));
    }
    assert!(!rig.muted());
}

#[test]
fn a_change_of_mode_mutes_only_if_it_takes_long() {
    let (rig, sink) = Rig::streaming(Timing { restart: Duration::from_secs(60), ..HURRIED }, true);
    let reader = rig.reader(&sink, queue(16));
    rig.start().unwrap();
    rig.give([(1, 10)]);
    std::thread::sleep(ms(350));
    assert!(!rig.muted());
    next(&reader);
    rig.start().unwrap();
    eventually("the gap is too long", || rig.muted());
    assert!(is_black(&next(&reader)));
    rig.give([(2, 20)]);
    assert!(!rig.muted());
    while is_black(&next(&reader)) {}
}

#[test]
fn the_first_stream_may_take_its_time() {
    let rig = Rig::new(Timing { restart: Duration::from_secs(60), ..HURRIED }, true);
    rig.start().unwrap();
    rig.track();
    std::thread::sleep(ms(350));
    assert!(!rig.muted(), "no track was waiting when it began");
}

#[test]
fn a_device_can_be_given_back_and_taken_again() {
    let (rig, sink) = Rig::streaming(Timing::default(), true);
    let reader = rig.reader(&sink, queue(16));
    rig.give([(1, 10)]);
    assert!(!is_black(&next(&reader)));
    sink.set_enabled(false);
    rig.detach().recv().unwrap();
    assert_eq!(Arc::strong_count(&rig.camera), 1, "nothing of the device is held");
    assert_eq!(rig.start().unwrap_err().kind(), ErrorKind::Aborted);
    // The program does not notice: black frames go on at the rate that the camera had.
    for _ in 0..5 {
        let frame = next(&reader);
        assert!(is_black(&frame) && size(&frame) == (16, 12));
    }
    rig.attach(true);
    rig.start().unwrap();
    sink.set_enabled(true);
    rig.camera.change(|script| script.flows = true);
    while is_black(&next(&reader)) {}
    rig.detach().recv().unwrap();
    rig.detach().recv().unwrap();
}
