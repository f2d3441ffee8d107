//! Failures of a camera that is given back and taken again, on one that fails when it is told to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::backend::{Camera, CameraInfo, Capture, Device, Mode, Next, Rate, Stills, WriteError};
use crate::devices::open_unlisted;
use crate::frame::pool::Wake;
use crate::{Error, ErrorKind, MediaStreamTrack, PixelFormat, Property, Result, TrackState, Value};

/// What the test tells the camera, and what it learns of it.
#[derive(Default)]
struct Script {
    failing_start: bool,
    gone: bool,
    streaming: bool,
}

struct Fake {
    info: CameraInfo,
    script: Arc<Mutex<Script>>,
}

impl Camera for Fake {
    fn info(&self) -> &CameraInfo {
        &self.info
    }

    fn open(&self) -> Result<Box<dyn Device>> {
        Ok(Box::new(Fake { info: self.info.clone(), script: self.script.clone() }))
    }
}

impl Device for Fake {
    fn info(&mut self) -> Result<CameraInfo> {
        if self.script.lock().gone { Err(Error::new(ErrorKind::DeviceLost, "as told")) } else { Ok(self.info.clone()) }
    }

    fn write(&mut self, _: &[(Property, Value)]) -> std::result::Result<(), WriteError> {
        Ok(())
    }

    fn capture(&mut self) -> Result<Box<dyn Capture>> {
        Ok(Box::new(Fake { info: self.info.clone(), script: self.script.clone() }))
    }
}

impl Capture for Fake {
    fn start(&mut self, mode: &Mode) -> Result<Rate> {
        let mut script = self.script.lock();
        if script.failing_start {
            return Err(Error::new(ErrorKind::Aborted, "as told"));
        }
        script.streaming = true;
        Ok(mode.rate)
    }

    fn next(&mut self, _: Instant) -> Result<Next> {
        std::thread::sleep(Duration::from_millis(1));
        Ok(Next::Nothing)
    }

    fn stop(&mut self) {
        self.script.lock().streaming = false;
    }

    fn paced(&self) -> bool {
        false
    }

    fn waker(&self) -> Arc<dyn Wake> {
        Arc::new(Nobody)
    }
}

struct Nobody;

impl Wake for Nobody {
    fn wake(&self) {}
}

fn fake(key: &str) -> (Arc<dyn Camera>, Arc<Mutex<Script>>) {
    let mode = Mode { width: 16, height: 12, rate: Rate { numerator: 30, denominator: 1 }, format: PixelFormat::Rgb };
    let info = CameraInfo { key: key.into(), modes: vec![mode], stills: Stills::OfStream, ..CameraInfo::default() };
    let script = Arc::<Mutex<Script>>::default();
    (Arc::new(Fake { info, script: script.clone() }), script)
}

fn eventually(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(5);
    while !condition() {
        assert!(Instant::now() < end, "{what} did not happen within 5 s");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn open(camera: &Arc<dyn Camera>) -> Result<MediaStreamTrack> {
    open_unlisted(camera.clone())
}

#[test]
fn a_camera_that_could_not_be_taken_again_for_a_new_track_can_be_later() {
    let (camera, script) = fake("fake: fails to start");
    let track = open(&camera).unwrap();
    track.set_enabled(false);
    eventually("it is given back", || !script.lock().streaming);
    script.lock().failing_start = true;
    open(&camera).unwrap_err();
    assert_eq!(track.ready_state(), TrackState::Live, "it did not want the camera");
    script.lock().failing_start = false;
    track.set_enabled(true);
    eventually("it streams", || script.lock().streaming);
    assert_eq!(track.ready_state(), TrackState::Live);
}

#[test]
fn a_new_track_that_finds_the_camera_gone_ends_the_others() {
    let (camera, script) = fake("fake: gone");
    let track = open(&camera).unwrap();
    script.lock().gone = true;
    assert_eq!(open(&camera).unwrap_err().kind(), ErrorKind::DeviceLost);
    assert_eq!(track.ready_state(), TrackState::Ended);
}
