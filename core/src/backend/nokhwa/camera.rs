//! Which cameras nokhwa knows, and what they can stream.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use nokhwa::NokhwaError;
use nokhwa::utils::{ApiBackend, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType, frame_formats};
use parking_lot::Mutex;

use super::device::{NokhwaDevice, Opened};
use super::worker::{Presence, Worker};
use super::{controls, picture};
use crate::backend::{Backend, Camera, CameraInfo, Device, Mode, Opened as OpenedCameras, Rate, Stills, Wanted};
use crate::frame::format::MAX_SIDE;
use crate::frame::shelf::Shelf;
use crate::threads::spawn;
use crate::{Error, ErrorKind, PixelFormat, Result};

/// How long the system may take to list its cameras.
const LIST: Duration = Duration::from_secs(10);
/// How long looking whether a camera is there may take.
const LOOK: Duration = Duration::from_secs(2);
/// How long a camera may take to tell what it can stream.
const ASK: Duration = Duration::from_secs(10);

/// The system of nokhwa's cameras.
#[derive(Debug, Default)]
pub(crate) struct Nokhwa {
    /// What the cameras of the last list offered, by their keys: asking takes long, because nokhwa has to open them for it.
    known: Mutex<HashMap<String, CameraInfo>>,
}

/// nokhwa's formats and ours.
const FORMATS: &[(FrameFormat, PixelFormat)] = &[
    (FrameFormat::MJPEG, PixelFormat::Mjpeg),
    (FrameFormat::YUYV, PixelFormat::Yuyv),
    (FrameFormat::NV12, PixelFormat::Nv12),
    (FrameFormat::GRAY, PixelFormat::Grey),
    (FrameFormat::RAWRGB, PixelFormat::Rgb),
    (FrameFormat::RAWBGR, PixelFormat::Bgr),
];

/// nokhwa's name of a format.
pub(super) fn frame_format(format: PixelFormat) -> Option<FrameFormat> {
    FORMATS.iter().find(|(_, ours)| *ours == format).map(|(theirs, _)| *theirs)
}

/// Our name of a format that can be used on this system.
fn pixel_format(format: FrameFormat) -> Option<PixelFormat> {
    let usable = if cfg!(target_os = "macos") {
        // The system converts to this one. nokhwa asks for the others in ways that give no picture.
        format == FrameFormat::YUYV
    } else if cfg!(windows) {
        // Rows of RGB can be upside down there, and nokhwa does not say when.
        format != FrameFormat::RAWBGR && format != FrameFormat::RAWRGB
    } else {
        true
    };
    FORMATS.iter().find(|(theirs, _)| usable && *theirs == format).map(|(_, ours)| *ours)
}

/// An error of nokhwa's, which has nothing but words.
pub(super) fn failed(label: &str, what: &str, error: &NokhwaError) -> Error {
    let said = error.to_string();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let (kind, why) = if has(&["Permission denied", "0x80070005", "Not Authorized", "not authorized"]) {
        let how = if cfg!(windows) {
            "allow it in Settings, Privacy & security, Camera"
        } else if cfg!(target_os = "macos") {
            "allow it in System Settings, Privacy & Security, Camera"
        } else {
            "add the user to the group that owns the device (usually video)"
        };
        (ErrorKind::NotAllowed, format!("the operating system does not let this program use it; {how}"))
    } else if has(&["busy", "Already in use", "0xC00D3EA3", "0xC00D3704", "0x80070020", "0x800700AA"]) {
        (ErrorKind::NotReadable, "it is busy: another program uses it. Close that program and try again".to_owned())
    } else if is_gone(&said) {
        (ErrorKind::DeviceLost, "it was unplugged".to_owned())
    } else {
        (ErrorKind::NotReadable, "the system refused it".to_owned())
    };
    Error::new(kind, format!("the camera {label:?} {what}: {why} ({said})"))
}

/// Whether these words mean that the camera is not there. On macOS the first ones are those of a mode that it does not take.
fn is_gone(said: &str) -> bool {
    let gone = ["No such device", "No such file", "No device", "Not Found", "Device is null", "0xC00D3EA2"];
    !said.contains("Not Found/Rejected") && gone.iter().any(|words| said.contains(words))
}

/// An error of a control, which has nothing but words either. The camera itself goes on unless it is gone.
pub(super) fn refused(label: &str, what: &str, error: &NokhwaError) -> Error {
    let said = error.to_string();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let (kind, why) = if is_gone(&said) {
        (ErrorKind::DeviceLost, "it was unplugged")
    } else if has(&["Permission denied", "0x80070005"]) {
        (ErrorKind::NotSupported, "it cannot be written now: an automatic mode governs it, or it can only be read")
    } else if has(&["busy", "0x800700AA"]) {
        (ErrorKind::NotReadable, "it is held: another program uses it, or it cannot be changed while the camera streams. Try again later")
    } else if has(&["out of range", "Invalid argument", "Rejected", "0x80070057"]) {
        (ErrorKind::InvalidInput, "the camera does not take this value")
    } else {
        (ErrorKind::Unknown, "the system refused it")
    };
    Error::new(kind, format!("{what} of the camera {label:?}: {why} ({said})"))
}

/// Runs a call of nokhwa's on a thread of its own, and waits for it for a limited time.
fn apart<T: Send + 'static>(limit: Duration, call: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let (reply, answer) = sync_channel(1);
    let body = move || {
        let panicked = |_| Err(Error::new(ErrorKind::Aborted, "nokhwa failed while it listed the cameras"));
        // Nobody may wait for the answer any more.
        let _ = reply.try_send(catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(panicked));
    };
    spawn("ic-nokhwa", body)?;
    let late = |_| Error::new(ErrorKind::TimedOut, format!("the system did not list its cameras within {limit:.0?}"));
    answer.recv_timeout(limit).map_err(late)?
}

/// A camera as nokhwa lists it.
#[derive(Clone, Debug)]
struct Listed {
    label: String,
    index: CameraIndex,
    /// What tells it from others, and stays: the system's path or number of it where nokhwa tells one.
    name: String,
}

fn list() -> Result<Vec<Listed>> {
    prepare();
    let found = nokhwa::query(ApiBackend::Auto)
        .map_err(|e| Error::new(ErrorKind::Aborted, format!("the system does not list its cameras: {e}")))?;
    let listed = |info: nokhwa::utils::CameraInfo| {
        let (label, misc) = (info.human_name(), info.misc());
        if misc.is_empty() {
            // Linux: the path of the node is in the description.
            Listed { name: format!("{} {label}", info.description()), index: info.index().clone(), label }
        } else {
            Listed { name: misc.to_lowercase(), index: CameraIndex::String(misc), label }
        }
    };
    Ok(found.into_iter().map(listed).collect())
}

/// What has to be done on each thread before nokhwa is called there.
fn prepare() {
    #[cfg(windows)]
    super::windows::prepare();
}

fn presence(name: String) -> Presence {
    looking(LOOK, move || Ok(list()?.iter().any(|listed| listed.name == name)))
}

/// Looks for a limited time. While a look has not come back there is no other one: what it waits for would hold that up too, and
/// threads would pile up.
fn looking(limit: Duration, look: impl Fn() -> Result<bool> + Send + Sync + 'static) -> Presence {
    struct Busy(Arc<AtomicBool>);
    impl Drop for Busy {
        fn drop(&mut self) {
            self.0.store(false, Ordering::Release);
        }
    }
    let (look, is_busy) = (Arc::new(look), Arc::new(AtomicBool::new(false)));
    Arc::new(move || {
        if is_busy.swap(true, Ordering::AcqRel) {
            return None;
        }
        let (look, busy) = (look.clone(), Busy(is_busy.clone()));
        apart(limit, move || {
            // Given up with the call, whatever becomes of it.
            let _busy = busy;
            look()
        })
        .ok()
    })
}

/// Opens a camera on its thread.
fn open(listed: &Listed, presence: Presence) -> Result<Worker<Opened>> {
    let Listed { label, index, .. } = listed.clone();
    let own = label.clone();
    Worker::open(&label, presence, move || {
        prepare();
        let any = RequestedFormat::with_formats(RequestedFormatType::None, frame_formats());
        let camera = nokhwa::Camera::new(index, any).map_err(|e| failed(&own, "cannot be opened", &e))?;
        Ok(Opened { camera, label: own, mode: None, sequence: 0, shelf: Shelf::new() })
    })
}

/// Sizes and rates that nokhwa tells of. It counts whole frames a second; others cannot be asked for.
#[cfg(not(target_os = "macos"))]
fn rates(opened: &mut Opened, _: &CameraIndex) -> Vec<(FrameFormat, u32, u32, u32)> {
    let mut found = Vec::new();
    for &format in frame_formats() {
        // On Windows nokhwa lists two formats of a camera at most, but tells the sizes of each. One that fails has none.
        let sizes = opened.camera.compatible_list_by_resolution(format).unwrap_or_default();
        found.extend(
            sizes.into_iter().flat_map(|(size, rates)| rates.into_iter().map(move |rate| (format, size.width(), size.height(), rate))),
        );
    }
    found
}

/// On macOS nokhwa's list by format has those of all other formats, so its own source is asked. Only the highest rate of a size
/// can be set.
#[cfg(target_os = "macos")]
fn rates(_: &mut Opened, index: &CameraIndex) -> Vec<(FrameFormat, u32, u32, u32)> {
    let formats = nokhwa_bindings_macos::AVCaptureDevice::new(index).and_then(|device| device.supported_formats()).unwrap_or_default();
    let mut found: Vec<(FrameFormat, u32, u32, u32)> = Vec::new();
    for format in formats {
        let (format, size, rate) = (format.format(), format.resolution(), format.frame_rate());
        match found.iter_mut().find(|known| (known.0, known.1, known.2) == (format, size.width(), size.height())) {
            Some(known) => known.3 = known.3.max(rate),
            None => found.push((format, size.width(), size.height(), rate)),
        }
    }
    found
}

fn modes(found: &[(FrameFormat, u32, u32, u32)]) -> Vec<Mode> {
    let mut modes: Vec<Mode> = Vec::new();
    for &(format, width, height, rate) in found {
        let possible = (1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height) && rate > 0;
        let Some(format) = pixel_format(format).filter(|_| possible) else { continue };
        let mode = Mode { width, height, rate: Rate { numerator: rate, denominator: 1 }, format };
        if !modes.contains(&mode) {
            modes.push(mode);
        }
    }
    // The lists come in the order of hash tables.
    modes.sort_by_key(|mode| (mode.format, mode.width, mode.height, mode.rate.numerator));
    modes
}

impl Backend for Nokhwa {
    fn cameras(&self, opened: OpenedCameras<'_>, wanted: Wanted<'_>) -> Result<Vec<Arc<dyn Camera>>> {
        let all = apart(LIST, list)?;
        let there: Vec<String> = all.iter().map(|listed| identity(listed).key).collect();
        let camera = |listed: Listed| -> Option<Arc<dyn Camera>> {
            let info = identity(&listed);
            if !wanted(&info) {
                return None;
            }
            if let Some(camera) = opened(&info.key) {
                return Some(camera);
            }
            let known = self.known.lock().get(&info.key).cloned();
            let info = match known.map_or_else(|| ask(&listed, info.clone()), Ok) {
                Ok(info) if info.modes.is_empty() => return None,
                Ok(info) => info,
                // It is listed, so that opening it can say why.
                Err(error) if matches!(error.kind(), ErrorKind::NotAllowed | ErrorKind::TimedOut) => info,
                Err(error) if error.message().contains("busy") => info,
                // Not a camera that can be used: on Linux, for example, the node of its metadata.
                Err(_) => return None,
            };
            Some(Arc::new(NokhwaCamera { presence: presence(listed.name.clone()), listed, info }))
        };
        let found: Vec<Arc<dyn Camera>> = all.into_iter().filter_map(camera).collect();
        let asked = found.iter().map(|camera| camera.info()).filter(|info| !info.modes.is_empty());
        let mut known = self.known.lock();
        known.retain(|key, _| there.contains(key));
        known.extend(asked.map(|info| (info.key.clone(), info.clone())));
        Ok(found)
    }
}

fn identity(listed: &Listed) -> CameraInfo {
    CameraInfo {
        key: format!("nokhwa {}", listed.name),
        hardware: format!("nokhwa {}", listed.name),
        physical: format!("nokhwa {}", picture::physical(&listed.name)),
        label: listed.label.clone(),
        stills: Stills::OfStream,
        ..CameraInfo::default()
    }
}

/// Opens a camera for a moment to see what it offers.
fn ask(listed: &Listed, info: CameraInfo) -> Result<CameraInfo> {
    permitted(&listed.label, false)?;
    fill(&open(listed, presence(listed.name.clone()))?, &listed.index, info)
}

fn fill(worker: &Worker<Opened>, index: &CameraIndex, info: CameraInfo) -> Result<CameraInfo> {
    let index = index.clone();
    let told = worker.call("telling what it offers", ASK, move |opened| Ok((rates(opened, &index), opened.controls())))?;
    // A camera without controls is one all the same.
    Ok(CameraInfo { modes: modes(&told.0), controls: controls::properties(&told.1.unwrap_or_default()), ..info })
}

/// Whether the system lets this program use cameras; asks the user if need be.
#[cfg(target_os = "macos")]
fn permitted(label: &str, ask: bool) -> Result<()> {
    /// How long a person may take to answer.
    const ANSWER: Duration = Duration::from_secs(60);
    if nokhwa::nokhwa_check() {
        return Ok(());
    }
    if ask {
        let (reply, answer) = sync_channel(1);
        nokhwa::nokhwa_initialize(move |granted| {
            // Nobody may wait for the answer any more.
            let _ = reply.try_send(granted);
        });
        if answer.recv_timeout(ANSWER) == Ok(true) {
            return Ok(());
        }
    }
    Err(failed(label, "cannot be opened", &NokhwaError::GeneralError("not authorized".into())))
}

/// The other systems say so when the camera is opened.
#[cfg(not(target_os = "macos"))]
#[allow(clippy::unnecessary_wraps, reason = "on macOS it can fail")]
fn permitted(_: &str, _: bool) -> Result<()> {
    Ok(())
}

struct NokhwaCamera {
    listed: Listed,
    presence: Presence,
    info: CameraInfo,
}

impl Camera for NokhwaCamera {
    fn info(&self) -> &CameraInfo {
        &self.info
    }

    fn is_there(&self) -> bool {
        (self.presence)().unwrap_or(true)
    }

    fn open(&self) -> Result<Box<dyn Device>> {
        permitted(&self.listed.label, true)?;
        let worker = open(&self.listed, self.presence.clone())?;
        let info = if self.info.modes.is_empty() {
            // It could not be asked when it was listed.
            fill(&worker, &self.listed.index, self.info.clone())?
        } else {
            self.info.clone()
        };
        if info.modes.is_empty() {
            let why = format!("the camera {:?} has no picture format that can be used through nokhwa", self.listed.label);
            return Err(Error::new(ErrorKind::NotReadable, why));
        }
        Ok(Box::new(NokhwaDevice { worker: Arc::new(worker), info }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_whole_sorted_and_once() {
        let found = [
            (FrameFormat::YUYV, 640, 480, 30),
            (FrameFormat::YUYV, 640, 480, 0),
            (FrameFormat::YUYV, 640, 480, 30),
            (FrameFormat::YUYV, 320, 240, 15),
            (FrameFormat::YUYV, 0, 240, 15),
            (FrameFormat::YUYV, MAX_SIDE + 1, 240, 15),
        ];
        let sizes: Vec<(u32, u32)> = modes(&found).iter().map(|mode| (mode.width, mode.rate.numerator)).collect();
        assert_eq!(sizes, [(320, 15), (640, 30)]);
    }

    #[test]
    fn errors_in_words_get_their_kind() {
        let kind = |said: &str| failed("A", "cannot be opened", &NokhwaError::GeneralError(said.into())).kind();
        assert_eq!(kind("V4L2 Error: Device or resource busy (os error 16)"), ErrorKind::NotReadable);
        assert_eq!(kind("V4L2 Error: Permission denied (os error 13)"), ErrorKind::NotAllowed);
        assert_eq!(kind("Access is denied. (0x80070005)"), ErrorKind::NotAllowed);
        assert_eq!(kind("No such device (os error 19)"), ErrorKind::DeviceLost);
        assert_eq!(kind("Not Found/Rejected/Unsupported"), ErrorKind::NotReadable, "a mode that is refused does not end the camera");
        assert_eq!(kind("something else"), ErrorKind::NotReadable);
    }

    #[test]
    fn errors_of_controls_in_words_get_their_kind() {
        let kind = |said: &str| refused("A", "zoom", &NokhwaError::GeneralError(said.into())).kind();
        assert_eq!(kind("Permission denied (os error 13)"), ErrorKind::NotSupported, "an automatic mode, not a matter of permissions");
        assert_eq!(kind("Numerical result out of range (os error 34)"), ErrorKind::InvalidInput);
        assert_eq!(kind("Device or resource busy (os error 16)"), ErrorKind::NotReadable);
        assert_eq!(kind("No such device (os error 19)"), ErrorKind::DeviceLost);
        assert_eq!(kind("Input/output error (os error 5)"), ErrorKind::Unknown);
    }

    #[test]
    fn a_look_that_hangs_is_the_only_one() {
        let (release, wait) = sync_channel::<()>(0);
        let wait = Mutex::new(wait);
        let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = count.clone();
        let there = looking(Duration::from_millis(20), move || {
            if counted.fetch_add(1, Ordering::SeqCst) == 0 {
                let _ = wait.lock().recv();
            }
            Ok(true)
        });
        // The thread may take longer to begin than the first look lasts.
        let end = std::time::Instant::now() + LIST;
        while count.load(Ordering::SeqCst) == 0 {
            assert_eq!(there(), None);
            assert!(std::time::Instant::now() < end);
        }
        assert_eq!((there(), there(), count.load(Ordering::SeqCst)), (None, None, 1));
        drop(release);
        while there() != Some(true) {
            assert!(std::time::Instant::now() < end, "the next look comes when the first is over");
        }
    }

    #[test]
    fn a_list_that_does_not_come_is_not_waited_for() {
        let (release, wait) = sync_channel::<()>(0);
        let slow = move || wait.recv().map_err(|_| Error::new(ErrorKind::Unknown, "released"));
        assert_eq!(apart(Duration::from_millis(20), slow).unwrap_err().kind(), ErrorKind::TimedOut);
        drop(release);
        let panics = || -> Result<()> { panic!("on purpose") };
        assert_eq!(apart(LIST, panics).unwrap_err().kind(), ErrorKind::Aborted);
    }
}
