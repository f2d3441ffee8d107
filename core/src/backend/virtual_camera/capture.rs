//! The capture half of a virtual camera: when the next frame comes, and what it is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::config::{Pacing, Scene};
use super::damage::{self, CorruptFrame};
use super::effects::Look;
use super::paint::Painter;
use super::{State, VirtualCamera};
use crate::backend::{Capture, Dropped, Mode, Next, Rate};
use crate::frame::format::{Colour, Matrix};
use crate::frame::pool::{HeapPool, Wake};
use crate::frame::shelf::Shelf;
use crate::{Frame, Result, TimestampSource};

/// Frames that may be held at the same time, by the longest queue of a reader and by the program.
const FRAMES: usize = 24;

pub(super) struct VirtualCapture {
    camera: VirtualCamera,
    losses: u64,
    /// The changes from outside that were reported, as the state counts them.
    changes: u64,
    pool: Arc<HeapPool>,
    shelf: Arc<Shelf>,
    mode: Option<Mode>,
    /// As it was told.
    muted: bool,
    due: Instant,
    /// Until then the next frame is late.
    late: Option<Instant>,
    painter: Painter,
}

/// What the next step of the capture half is.
enum Step {
    Paint { mode: Mode, number: u64, look: Look },
    Deliver(Frame),
    Wait(Option<Instant>),
}

impl VirtualCapture {
    pub(super) fn new(camera: VirtualCamera, losses: u64, changes: u64) -> VirtualCapture {
        let (pool, painter) = (HeapPool::new(FRAMES), Painter::default());
        let shelf = Shelf::new();
        VirtualCapture { camera, losses, changes, pool, shelf, mode: None, muted: false, due: Instant::now(), late: None, painter }
    }

    /// What to do now, under the camera's lock.
    fn step(&mut self, state: &mut State) -> Step {
        let Some(mode) = self.mode.filter(|_| !state.faults.frozen && !state.muted && !self.camera.inner.info.is_audio) else {
            return Step::Wait(None);
        };
        let now = Instant::now();
        if let Some(until) = self.late.filter(|until| now < *until) {
            return Step::Wait(Some(until));
        }
        let (scene, pacing) = (&self.camera.inner.scene, self.camera.inner.pacing);
        if *scene == Scene::Push {
            // A pushed frame of another mode was meant for an earlier stream.
            let is_other = |frame: &Frame| (frame.width(), frame.height(), frame.format()) != (mode.width, mode.height, mode.format);
            while state.pushed.pop_front_if(|frame| is_other(frame)).is_some() {}
            if state.pushed.is_empty() {
                return Step::Wait(None);
            }
        } else if pacing == Pacing::Manual && state.credit == 0 {
            return Step::Wait(None);
        } else if pacing == Pacing::Realtime && now < self.due {
            return Step::Wait(Some(self.due));
        }
        // A frame is there, unless it is to be late.
        self.late = state.faults.slow_frame.take().map(|by| now + by);
        if let Some(until) = self.late {
            return Step::Wait(Some(until));
        }
        state.frames += 1;
        if let Some(frame) = state.pushed.pop_front() {
            return Step::Deliver(frame);
        }
        match pacing {
            Pacing::Manual => state.credit -= 1,
            Pacing::Realtime => {
                let interval = Duration::from_secs_f64(1.0 / mode.rate.per_second());
                // A stream that was held up goes on at its rate; it does not catch up.
                self.due = (self.due + interval).max(now);
            }
            Pacing::Fast => {}
        }
        let mut look = Look::of(&state.knobs);
        if state.restless > 0 {
            look.unsettle(f64::from(state.restless) / f64::from(self.camera.inner.settling));
            state.restless -= 1;
        }
        Step::Paint { mode, number: state.frames, look }
    }

    fn paint(&mut self, mode: &Mode, number: u64, look: &Look) -> Result<Option<Frame>> {
        let colour = Colour { matrix: Matrix::Bt601, ..Colour::assumed(mode.format, mode.height) };
        let timestamp = crate::clock::now();
        let painted = self.painter.paint(mode, colour, number as u16, look, &self.pool)?;
        let frame = |(bytes, layout)| self.shelf.frame(bytes, layout, colour, timestamp, number).timed_by(TimestampSource::Driver);
        Ok(painted.map(frame))
    }
}

/// A frame as it arrives.
fn arrived(frame: Frame, fault: Option<CorruptFrame>) -> Next {
    let frame = match fault {
        Some(fault) => damage::damaged(frame, fault),
        None => Some(frame),
    };
    frame.map_or(Next::Dropped(Dropped::Damaged), Next::Frame)
}

impl Capture for VirtualCapture {
    fn start(&mut self, mode: &Mode) -> Result<Rate> {
        self.painter.begin(&self.camera.inner.scene)?;
        let mut state = self.camera.inner.state.lock();
        if state.losses != self.losses {
            return Err(self.camera.lost(&state));
        }
        state.streaming = true;
        state.restless = self.camera.inner.settling;
        self.mode = Some(*mode);
        self.due = Instant::now();
        Ok(mode.rate)
    }

    fn next(&mut self, deadline: Instant) -> Result<Next> {
        let camera = self.camera.clone();
        let mut state = camera.inner.state.lock();
        loop {
            if state.losses != self.losses {
                return Err(camera.lost(&state));
            }
            if state.muted != self.muted {
                self.muted = state.muted;
                return Ok(Next::Muted(state.muted));
            }
            if state.changes != self.changes {
                let touched = state.raw.touched_since(self.changes);
                self.changes = state.changes;
                return Ok(Next::Changed(touched));
            }
            if std::mem::take(&mut state.woken) {
                return Ok(Next::Nothing);
            }
            match self.step(&mut state) {
                Step::Deliver(frame) => {
                    let fault = state.faults.corrupt_frame.take();
                    drop(state);
                    return Ok(arrived(frame, fault));
                }
                Step::Paint { mode, number, look } => {
                    let fault = state.faults.corrupt_frame.take();
                    drop(state);
                    let painted = self.paint(&mode, number, &look)?;
                    return Ok(painted.map_or(Next::Dropped(Dropped::NoMemory), |frame| arrived(frame, fault)));
                }
                Step::Wait(until) => {
                    if deadline <= Instant::now() {
                        return Ok(Next::Nothing);
                    }
                    camera.inner.changed.wait_until(&mut state, until.unwrap_or(deadline).min(deadline));
                }
            }
        }
    }

    fn paced(&self) -> bool {
        let camera = &self.camera.inner;
        camera.scene != Scene::Push && camera.pacing != Pacing::Manual && !camera.info.is_audio
    }

    fn is_muted(&mut self) -> bool {
        self.muted = self.camera.inner.state.lock().muted;
        self.muted
    }

    fn stop(&mut self) {
        self.mode = None;
        self.camera.inner.state.lock().streaming = false;
    }

    fn waker(&self) -> Arc<dyn Wake> {
        Arc::new(VirtualWaker(self.camera.clone()))
    }
}

struct VirtualWaker(VirtualCamera);

impl Wake for VirtualWaker {
    fn wake(&self) {
        self.0.change(|state| state.woken = true);
    }
}
