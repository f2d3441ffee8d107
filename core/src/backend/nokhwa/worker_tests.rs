//! The thread of a camera that hangs, panics, fails and goes away.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;
use crate::backend::Rate;
use crate::frame::format::{Colour, Layout};
use crate::frame::pool::Bytes;
use crate::{Frame, PixelFormat};

const MODE: Mode = Mode { width: 2, height: 2, rate: Rate { numerator: 30, denominator: 1 }, format: PixelFormat::Grey };
const OTHER: Mode = Mode { width: 4, ..MODE };
const SOON: Duration = Duration::from_secs(20);

/// What the next call for a frame does.
enum Event {
    Frame,
    Fail,
    Panic,
}

struct Fake {
    events: Receiver<Event>,
    log: Sender<&'static str>,
    sequence: u64,
    /// Stopping takes until something comes here, or its sender goes.
    stops: Option<Receiver<()>>,
    /// How often a frame was waited for.
    waits: Arc<AtomicUsize>,
}

impl Native for Fake {
    fn start(&mut self, mode: &Mode) -> Result<()> {
        if mode.height == 3 {
            return Err(Error::new(ErrorKind::NotReadable, "no such mode"));
        }
        let _ = self.log.send("start");
        Ok(())
    }

    fn frame(&mut self, pool: &Arc<HeapPool>) -> Result<Next> {
        self.waits.fetch_add(1, Ordering::SeqCst);
        match self.events.recv() {
            Ok(Event::Frame) => {
                let Some(slot) = pool.take(4) else { return Ok(Next::Dropped(Dropped::NoMemory)) };
                self.sequence += 1;
                let layout = Layout::new(PixelFormat::Grey, 2, 2, 0)?;
                Ok(Next::Frame(Frame::new(Bytes::Slot(slot), layout, Colour::JPEG, Duration::ZERO, self.sequence)))
            }
            Ok(Event::Fail) => Err(Error::new(ErrorKind::Unknown, "a bad frame")),
            Ok(Event::Panic) => panic!("on purpose"),
            Err(_) => panic!("the test has ended"),
        }
    }

    fn stop(&mut self) {
        let _ = self.log.send("stop");
        if let Some(stops) = &self.stops {
            let _ = stops.recv();
        }
    }
}

struct Bench {
    worker: Worker<Fake>,
    events: Sender<Event>,
    log: Receiver<&'static str>,
    there: Arc<AtomicBool>,
    looked: Arc<AtomicUsize>,
    waits: Arc<AtomicUsize>,
}

fn bench() -> Bench {
    let (events, receiver) = channel();
    let (log, heard) = channel();
    let (there, looked) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let (is_there, counts) = (there.clone(), looked.clone());
    let presence: Presence = Arc::new(move || {
        counts.fetch_add(1, Ordering::SeqCst);
        Some(is_there.load(Ordering::SeqCst))
    });
    let waits = Arc::new(AtomicUsize::new(0));
    let counted = waits.clone();
    let worker =
        Worker::open("Fake", presence, move || Ok(Fake { events: receiver, log, sequence: 0, stops: None, waits: counted })).unwrap();
    Bench { worker, events, log: heard, there, looked, waits }
}

/// Starts a stream, and waits until the thread is held by its first frame.
fn hanging() -> Bench {
    let bench = bench();
    bench.worker.start(&MODE).unwrap();
    held(&bench, 1);
    bench
}

/// Waits until the thread is held by this many-th frame.
fn held(bench: &Bench, number: usize) {
    let end = Instant::now() + SOON;
    while bench.waits.load(Ordering::SeqCst) < number {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn frame(bench: &Bench) -> u64 {
    let end = Instant::now() + SOON;
    while Instant::now() < end {
        if let Next::Frame(frame) = bench.worker.next(end).unwrap() {
            return frame.sequence();
        }
    }
    panic!("no frame");
}

#[test]
fn frames_and_calls_take_turns() {
    let bench = bench();
    assert_eq!(bench.worker.call("a number", SOON, |_| Ok(7)).unwrap(), 7);
    bench.worker.start(&MODE).unwrap();
    bench.events.send(Event::Frame).unwrap();
    assert_eq!(frame(&bench), 1);
    // A call comes between two frames, so the camera has to go on: the thread may be in the middle of waiting for one.
    let answered = AtomicBool::new(false);
    let seen = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !answered.load(Ordering::SeqCst) {
                let _ = bench.events.send(Event::Frame);
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let seen = bench.worker.call("a number", SOON, |native| Ok(native.sequence));
        answered.store(true, Ordering::SeqCst);
        seen.unwrap()
    });
    bench.events.send(Event::Frame).unwrap();
    // Frames go on after the call; `frame` fails when none comes.
    while frame(&bench) <= seen {}
}

#[test]
fn a_mode_that_fails_is_said_and_another_can_be_started() {
    let bench = bench();
    let error = bench.worker.start(&Mode { height: 3, ..MODE }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotReadable);
    bench.worker.start(&MODE).unwrap();
}

#[test]
fn the_oldest_frame_goes_when_nobody_takes_them() {
    let bench = bench();
    bench.worker.start(&MODE).unwrap();
    let sent = QUEUE as u64 + 3;
    for _ in 0..sent {
        bench.events.send(Event::Frame).unwrap();
    }
    bench.events.send(Event::Fail).unwrap();
    // The failure comes behind all frames.
    let end = Instant::now() + SOON;
    while bench.looked.load(Ordering::SeqCst) == 0 {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(frame(&bench), sent - QUEUE as u64 + 1);
}

#[test]
fn a_wait_is_woken_and_has_its_deadline() {
    let bench = bench();
    bench.worker.start(&MODE).unwrap();
    bench.worker.waker().wake();
    let began = Instant::now();
    assert!(matches!(bench.worker.next(began + SOON), Ok(Next::Nothing)));
    assert!(began.elapsed() < SOON);
    assert!(matches!(bench.worker.next(Instant::now() + Duration::from_millis(5)), Ok(Next::Nothing)));
}

#[test]
fn a_camera_that_hangs_holds_nobody_up() {
    let bench = hanging();
    let began = Instant::now();
    let late = bench.worker.call("a control", Duration::from_millis(30), |_| Ok(())).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::TimedOut);
    bench.worker.stop();
    // The stream that could not be stopped is the one that is wanted again.
    bench.worker.start(&MODE).unwrap();
    bench.events.send(Event::Frame).unwrap();
    assert_eq!(frame(&bench), 1);
    held(&bench, 2);
    bench.worker.stop();
    assert!(began.elapsed() < SOON);
    let events = bench.events.clone();
    drop(bench.worker);
    // The thread gives the camera up when its call returns.
    events.send(Event::Frame).unwrap();
    let heard: Vec<&str> = std::iter::from_fn(|| bench.log.recv_timeout(SOON).ok()).collect();
    assert_eq!(heard.last(), Some(&"stop"), "and ends, which closes the channel");
}

#[test]
fn giving_up_a_camera_that_hangs_waits_once() {
    let bench = hanging();
    let began = Instant::now();
    // The stream is stopped by whoever closes, again by the capture half as it goes, and then the camera itself goes.
    bench.worker.stop();
    bench.worker.stop();
    drop(bench.worker);
    let took = began.elapsed();
    assert!(took >= CLOSE && took < crate::source::CLOSING, "{took:?}");
}

#[test]
fn a_call_that_was_given_up_is_not_made_later() {
    let bench = hanging();
    let (late, made) = channel();
    assert!(bench.worker.call("a control", Duration::from_millis(30), move |_| Ok(late.send(()))).is_err());
    assert!(made.recv_timeout(SOON).is_err_and(|e| e == RecvTimeoutError::Disconnected), "it is gone at once");
    assert!(bench.worker.shared.state.lock().jobs.is_empty());
}

#[test]
fn a_start_during_a_stop_is_a_start() {
    let bench = hanging();
    // The stop is not waited for any longer, and then goes on in the background.
    bench.worker.stop();
    let (stop, stops) = channel();
    bench.worker.shared.state.lock().jobs.push_back((0, Box::new(move |native: &mut Fake| native.stops = Some(stops))));
    bench.events.send(Event::Frame).unwrap();
    let heard = || bench.log.recv_timeout(SOON).unwrap();
    assert_eq!((heard(), heard(), heard()), ("stop", "start", "stop"));
    let worker = &bench.worker;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while worker.shared.state.lock().asked < 3 {
                std::thread::yield_now();
            }
            drop(stop);
        });
        worker.start(&MODE).unwrap();
    });
    let done: Vec<&str> = bench.log.try_iter().collect();
    assert_eq!(done, ["stop", "start"], "nothing is said to run before it does");
}

#[test]
fn a_start_that_was_taken_back_and_wanted_again_is_answered() {
    let bench = bench();
    let (stop, stops) = channel();
    let slow = move |native: &mut Fake| {
        native.stops = Some(stops);
        Ok(())
    };
    bench.worker.call("a slow start", SOON, slow).unwrap();
    let worker = &bench.worker;
    std::thread::scope(|scope| {
        let first = scope.spawn(|| worker.start(&MODE));
        assert_eq!(bench.log.recv_timeout(SOON), Ok("stop"));
        worker.stop();
        let again = scope.spawn(|| worker.start(&MODE));
        while worker.shared.state.lock().asked < 3 {
            std::thread::yield_now();
        }
        drop(stop);
        again.join().unwrap().unwrap();
        first.join().unwrap().unwrap();
    });
    assert_eq!(bench.log.recv_timeout(SOON), Ok("start"));
}

#[test]
fn another_mode_waits_for_the_call_that_hangs() {
    let bench = hanging();
    bench.worker.stop();
    let events = bench.events.clone();
    let release = std::thread::spawn(move || events.send(Event::Frame).unwrap());
    bench.worker.start(&OTHER).unwrap();
    release.join().unwrap();
    bench.events.send(Event::Frame).unwrap();
    assert_eq!(frame(&bench), 2, "what belongs to the old stream is not delivered");
}

#[test]
fn a_panic_is_the_end_of_the_camera_only() {
    let bench = bench();
    bench.worker.start(&MODE).unwrap();
    bench.events.send(Event::Panic).unwrap();
    let error = loop {
        match bench.worker.next(Instant::now() + SOON) {
            Ok(_) => continue,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::DeviceLost);
    assert_eq!(bench.worker.call("a control", SOON, |_| Ok(())).unwrap_err().kind(), ErrorKind::DeviceLost);
    let failed = Worker::<Fake>::open("Fake", Arc::new(|| None), || panic!("on purpose"));
    assert_eq!(failed.err().map(|e| e.kind()), Some(ErrorKind::DeviceLost));
}

#[test]
fn bad_frames_are_counted_and_a_camera_that_is_gone_is_lost() {
    let bench = bench();
    bench.worker.start(&MODE).unwrap();
    bench.events.send(Event::Fail).unwrap();
    assert!(matches!(bench.worker.next(Instant::now() + SOON), Ok(Next::Dropped(Dropped::Damaged))));
    bench.events.send(Event::Frame).unwrap();
    assert_eq!(frame(&bench), 1, "one bad frame is not the end");
    bench.there.store(false, Ordering::SeqCst);
    bench.events.send(Event::Fail).unwrap();
    let error = bench.worker.next(Instant::now() + SOON).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::DeviceLost);
}

#[test]
fn a_camera_that_goes_silently_is_lost_too() {
    let bench = bench();
    bench.worker.start(&MODE).unwrap();
    bench.there.store(false, Ordering::SeqCst);
    let began = Instant::now();
    let error = loop {
        assert!(began.elapsed() < SOON);
        match bench.worker.next(Instant::now() + Duration::from_millis(50)) {
            Ok(_) => continue,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::DeviceLost);
    assert!(began.elapsed() >= SILENCE);
}
