//! Every format that real drivers stream, one by one: tracks use only the best of those that have the same size. These
//! run in the camera VM (`bindings-tests/camera-vm`), on all the vivid cameras that are there.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::capture::V4l2Capture;
use super::events::{Events, Shared};
use super::formats::{self, NativeMode};
use super::inventory::Inventory;
use super::sys::{Node, Queue, WakeUp};
use super::{V4l2, details};
use crate::backend::{Backend, Capture, Dropped, Mode, Next, Rate};
use crate::{ErrorKind, Frame, PixelFormat};

const PATIENCE: Duration = Duration::from_secs(20);
const BARS: [[u8; 3]; 8] = [[191, 191, 191], [191, 191, 0], [0, 191, 191], [0, 191, 0], [191, 0, 191], [191, 0, 0], [0, 0, 191], [0, 0, 0]];

struct Vivid {
    path: String,
    node: Arc<Node>,
    queue: Queue,
}

/// The nodes of vivid that give pictures.
fn all() -> Vec<Vivid> {
    let open = |number: u32| {
        let path = format!("/dev/video{number}");
        let node = Arc::new(Node::open(path.as_ref()).ok()?);
        let capability = node.capability().ok()?;
        (capability.driver() == "vivid").then_some(())?;
        Some(Vivid { path, queue: capability.queue()?, node })
    };
    let found: Vec<_> = (0..64).filter_map(open).collect();
    assert!(!found.is_empty(), "vivid is there");
    found
}

impl Vivid {
    fn codes(&self) -> Vec<u32> {
        (0..).map_while(|index| self.node.format(self.queue, index).unwrap()).map(|desc| desc.fourcc).collect()
    }

    /// Whether it has a list of sizes, as webcams have.
    fn is_webcam(&self) -> bool {
        self.modes("YUYV").iter().any(|native| (native.mode.width, native.mode.height) == (320, 180))
    }

    fn modes(&self, code: &str) -> Vec<NativeMode> {
        let code = u32::from_le_bytes(code.as_bytes().try_into().unwrap());
        formats::modes_of(&self.node, self.queue, code).unwrap()
    }

    fn at(&self, code: &str, (width, height): (u32, u32), rate: f64) -> NativeMode {
        let near = |native: &NativeMode| (native.mode.rate.per_second() - rate).abs();
        let modes = self.modes(code).into_iter().filter(|native| (native.mode.width, native.mode.height) == (width, height));
        modes.min_by(|a, b| near(a).total_cmp(&near(b))).unwrap_or_else(|| panic!("{}: no {code} of {width}x{height}", self.path))
    }

    fn start(&self, native: NativeMode) -> V4l2Capture {
        let mut capture = self.capture(native);
        capture.start(&native.mode).unwrap();
        capture
    }

    /// A capture half that knows one mode and looks after no controls.
    fn capture(&self, native: NativeMode) -> V4l2Capture {
        let shared = Shared::new(WakeUp::new().unwrap());
        let events = Events::new(&self.node, &Inventory::of(Vec::new()), &shared);
        let wake_up = shared.wake_up.clone();
        V4l2Capture::new(self.node.clone(), self.path.clone(), "vivid".into(), vec![native], wake_up, events)
    }

    fn set(&self, control: &str) -> Restored<'_> {
        ctl(&format!("-d {} -c {control}", self.path));
        Restored(self, control.split('=').next().unwrap().to_owned())
    }
}

/// Sets a control back to 0 when the test ends, however it ends.
struct Restored<'a>(&'a Vivid, String);

impl Drop for Restored<'_> {
    fn drop(&mut self) {
        let _ = Command::new("v4l2-ctl").args(["-d", &self.0.path, "-c", &format!("{}=0", self.1)]).status();
    }
}

fn ctl(arguments: &str) -> String {
    let output = Command::new("v4l2-ctl").args(arguments.split(' ')).output().unwrap();
    assert!(output.status.success(), "v4l2-ctl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What comes next.
fn next(capture: &mut V4l2Capture) -> Result<Frame, Dropped> {
    let end = Instant::now() + PATIENCE;
    loop {
        match capture.next(end).unwrap() {
            Next::Frame(frame) => return Ok(frame),
            Next::Dropped(why) => return Err(why),
            _ => assert!(Instant::now() < end, "no frame within {PATIENCE:?}"),
        }
    }
}

/// Looks for the bars below the text, at the rate of what the format keeps of them.
fn shows_bars(frame: &Frame, by: u8, what: &str) {
    let rgb = frame.convert(PixelFormat::Rgb).unwrap();
    let plane = rgb.plane(0);
    let (width, y) = (frame.width() as usize, frame.height() as usize * 9 / 10);
    for (bar, wanted) in BARS.into_iter().enumerate() {
        let at = y * plane.stride + (width * (2 * bar + 1) / 16) * 3;
        let got = &plane.data[at..at + 3];
        // Whatever the encoding is, vivid makes its grey with the weights of Rec. 709.
        let [r, g, b] = wanted.map(f64::from);
        let wanted = if frame.format().is_grey() { [(0.2126 * r + 0.7152 * g + 0.0722 * b) as u8; 3] } else { wanted };
        assert!(got.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= by), "{what}, bar {bar}: {got:?} for {wanted:?}");
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn every_format_shows_the_colour_bars() {
    for vivid in all().iter().filter(|vivid| vivid.is_webcam()) {
        let mut seen = Vec::new();
        for code in vivid.codes() {
            let Some((format, bits)) = formats::pixel_format(code) else { continue };
            let name = formats::code_name(code);
            let what = format!("{} {name}", vivid.path);
            let native = vivid.at(&name, (320, 180), 60.0);
            let mut capture = vivid.start(native);
            let frame = next(&mut capture).unwrap_or_else(|why| panic!("{what}: {why:?}"));
            assert_eq!((frame.width(), frame.height(), frame.format(), frame.bits_per_sample()), (320, 180, format, bits), "{what}");
            assert!(frame.is_lease(), "{what}");
            shows_bars(&frame, 14, &what);
            for plane in 0..frame.plane_count() {
                let export = frame.export_dmabuf(plane).unwrap();
                let (offset, apart) = (export.offset, name.as_bytes()[1] == b'M');
                assert_eq!((export.len, export.stride), (frame.plane(plane).data.len(), frame.plane(plane).stride), "{what}");
                assert_eq!(offset == 0, plane == 0 || apart, "{what}, plane {plane}: {offset}");
            }
            capture.stop();
            assert_eq!(frame.export_dmabuf(0).unwrap_err().kind(), ErrorKind::InvalidState, "{what}");
            shows_bars(&frame, 14, &what);
            seen.push(name);
        }
        // What vivid has of ours; only the multi-planar interface has the last four.
        let mut wanted = vec![
            "NV12", "YU12", "YV12", "NV21", "YUYV", "UYVY", "RGB3", "BGR3", "AB24", "AR24", "XB24", "XR24", "BGR4", "GREY", "Y16 ", "Y12 ",
            "Y10 ",
        ];
        if vivid.queue == Queue::Multi {
            wanted.extend(["NM12", "NM21", "YM12", "YM21"]);
        }
        seen.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(seen, wanted, "{}", vivid.path);
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn ranges_of_sizes_are_streamed_and_impossible_sizes_named() {
    let all = all();
    let Some(vivid) = all.iter().find(|vivid| !vivid.is_webcam()) else { return };
    let modes = vivid.modes("NV12");
    let has = |size| modes.iter().any(|native| (native.mode.width, native.mode.height) == size);
    assert!(has((16, 16)) && has((640, 480)) && has((1920, 1080)) && has((16_384, 8640)), "{modes:?}");
    // Odd halves (but for YU12, whose planes vivid cuts short then), also of a size that is on the steps but not offered.
    // The largest first: what vivid shows of a source shrinks with a format and does not grow again.
    for (code, size) in [("RGB3", (330, 190)), ("YU12", (324, 178)), ("NV12", (322, 182)), ("GREY", (322, 182)), ("YUYV", (16, 16))] {
        let native = vivid.at(code, (640, 480), 60.0);
        let native = NativeMode { mode: Mode { width: size.0, height: size.1, ..native.mode }, ..native };
        let frame = next(&mut vivid.start(native)).unwrap();
        assert_eq!((frame.width(), frame.height()), size);
        if size.0 > 100 {
            shows_bars(&frame, 20, code);
        }
    }
    let native = vivid.at("NV12", (640, 480), 60.0);
    let native = NativeMode { mode: Mode { width: 20_001, height: 181, ..native.mode }, ..native };
    let mut capture = vivid.capture(native);
    let error = capture.start(&native.mode).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotReadable);
    assert!(error.message().contains("20001x181") && error.message().contains("changed it to 16384x"), "{error}");
}

#[test]
#[ignore = "needs the camera VM"]
fn rates_are_those_that_the_driver_says_it_uses() {
    let all = all();
    let vivid = all.iter().find(|vivid| vivid.is_webcam()).unwrap();
    for rate in [12.5, 25.0, 50.0] {
        let native = vivid.at("NV12", (320, 180), rate);
        let mut capture = vivid.capture(native);
        let used = capture.start(&native.mode).unwrap();
        assert!((used.per_second() - rate).abs() < 0.01, "{used:?} for {rate}");
    }
    // A rate that it does not have.
    let native = vivid.at("NV12", (320, 180), 25.0);
    let native = NativeMode { mode: Mode { rate: Rate { numerator: 26, denominator: 1 }, ..native.mode }, ..native };
    let mut capture = vivid.capture(native);
    let used = capture.start(&native.mode).unwrap().per_second();
    assert!((used - 26.0).abs() > 0.5, "vivid has no 26 frames a second, but says {used}");
}

#[test]
#[ignore = "needs the camera VM"]
fn colours_are_the_same_in_every_encoding_and_range() {
    for vivid in all().iter().filter(|vivid| vivid.is_webcam()) {
        // BT.601, Rec. 709, BT.2020, SMPTE 240M; the driver's choice, full, limited.
        for encoding in [1, 2, 6, 8] {
            let _encoding = vivid.set(&format!("y_cbcr_encoding={encoding}"));
            for quantization in [0, 1, 2] {
                let _quantization = vivid.set(&format!("quantization={quantization}"));
                for code in ["NV12", "YUYV", "RGB3"] {
                    let what = format!("{} {code}, encoding {encoding}, quantization {quantization}", vivid.path);
                    shows_bars(&next(&mut vivid.start(vivid.at(code, (320, 180), 60.0))).unwrap(), 8, &what);
                }
            }
        }
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn frames_that_the_driver_calls_damaged_are_dropped() {
    for vivid in all().iter().filter(|vivid| vivid.is_webcam()) {
        let mut capture = vivid.start(vivid.at("NV12", (320, 180), 60.0));
        next(&mut capture).unwrap();
        ctl(&format!("-d {} -c inject_v4l2_buf_flag_error=1", vivid.path));
        let dropped = (0..30).map(|_| next(&mut capture)).find_map(Result::err);
        assert_eq!(dropped, Some(Dropped::Damaged));
        next(&mut capture).unwrap();
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn counts_and_times_that_wrap_go_on() {
    let all = all();
    let vivid = all.iter().find(|vivid| vivid.is_webcam()).unwrap();
    let (_count, _time) = (vivid.set("wrap_sequence_number=1"), vivid.set("wrap_timestamp=1"));
    let mut capture = vivid.start(vivid.at("NV12", (320, 180), 60.0));
    let (mut last, began) = (None, crate::clock::now());
    let end = Instant::now() + 2 * PATIENCE;
    loop {
        let Ok(frame) = next(&mut capture) else { continue };
        let (time, number) = (frame.timestamp(), frame.sequence());
        assert!((began - Duration::from_secs(1)..=crate::clock::now()).contains(&time), "{time:?}");
        if let Some((last_time, last_number)) = last.replace((time, number)) {
            // A late vivid gives a number twice.
            assert!(time >= last_time && number >= last_number && number < last_number + 1000, "{number} after {last_number}");
        }
        if number > u64::from(u32::MAX) {
            break;
        }
        assert!(Instant::now() < end, "it did not wrap: {number:#x}");
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn two_buffers_stay_with_the_driver_and_copies_are_as_good() {
    for vivid in all().iter().filter(|vivid| vivid.is_webcam()) {
        let code = if vivid.queue == Queue::Multi { "NM12" } else { "NV12" };
        let mut capture = vivid.start(vivid.at(code, (320, 180), 60.0));
        let mut held = Vec::new();
        let starved = loop {
            match next(&mut capture) {
                Ok(frame) => held.push(frame),
                Err(why) => break why,
            }
            assert!(held.len() < 40);
        };
        assert_eq!(starved, Dropped::NoMemory);
        let leases = held.iter().filter(|frame| frame.is_lease()).count();
        assert_eq!((leases, held.len()), (4, 20), "{}: six buffers, two stay; sixteen copies", vivid.path);
        held.iter().for_each(|frame| shows_bars(frame, 14, code));
        assert_eq!(held.last().unwrap().export_dmabuf(0).unwrap_err().kind(), ErrorKind::NotSupported, "a copy");
        capture.stop();
        held.iter().for_each(|frame| shows_bars(frame, 14, code));
        // Another stream of the same node, while frames of the first one are held.
        shows_bars(&next(&mut vivid.start(vivid.at("YUYV", (640, 360), 30.0))).unwrap(), 14, code);
        held.iter().for_each(|frame| shows_bars(frame, 14, code));
    }
}

/// What `v4l2-ctl --list-formats-ext` prints, from the details.
fn listed(details: &crate::DeviceDetails) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, format) in details.formats.iter().enumerate() {
        let compressed = if format.compressed { ", compressed" } else { "" };
        let emulated = if format.emulated { ", emulated" } else { "" };
        lines.push(format!("[{index}]: '{}' ({}{compressed}{emulated})", format.fourcc, format.description));
        for size in &format.sizes {
            if size.step_width == 0 {
                lines.push(format!("Size: Discrete {}x{}", size.min_width, size.min_height));
                let interval = |rate: &crate::RateDetails| format!("Interval: Discrete {:.3}s ({:.3} fps)", 1.0 / rate.max, rate.max);
                lines.extend(size.rates.iter().map(interval));
            } else {
                let (min, max) = ((size.min_width, size.min_height), (size.max_width, size.max_height));
                let step = (size.step_width, size.step_height);
                lines.push(format!("Size: Stepwise {}x{} - {}x{} with step {}/{}", min.0, min.1, max.0, max.1, step.0, step.1));
            }
        }
    }
    lines
}

#[test]
#[ignore = "needs the camera VM"]
fn details_are_what_v4l2_ctl_prints() {
    let cameras = V4l2.cameras(&|_| None, &|_| true).unwrap();
    assert!(cameras.len() > 1, "vivid and the UVC camera");
    for camera in cameras {
        let details = camera.details().unwrap();
        let printed = ctl(&format!("-d {} --list-formats-ext", details.node));
        // How colours can be chosen is not among them.
        let printed = printed.lines().map(str::trim).filter(|line| line.starts_with('[') || line.contains(": ") && !line.contains("Type"));
        let plain = |line: &str| {
            ["colorspace", "ycbcr", "hsv", "quantization", "xfer-func"]
                .iter()
                .fold(line.to_owned(), |line, word| line.replace(&format!(", csc-{word}"), ""))
        };
        let printed: Vec<_> = printed.filter(|line| !line.starts_with("ioctl")).map(plain).collect();
        assert_eq!(listed(&details), printed, "{}", details.node);
        let info = ctl(&format!("-d {} --info", details.node));
        for (name, value) in [
            ("Driver name", &details.driver),
            ("Card type", &details.card),
            ("Bus info", &details.bus),
            ("Driver version", &details.version),
        ] {
            let line = info.lines().find(|line| line.trim().starts_with(name)).unwrap();
            assert_eq!(line.split_once(": ").unwrap().1, value, "{name}");
        }
        assert!(details.capabilities.iter().any(|name| name == "streaming"), "{:?}", details.capabilities);
        // What is offered is among what there is.
        for mode in &camera.info().modes {
            assert!(details.formats.iter().any(|format| format.pixel_format == Some(mode.format)), "{mode:?}");
        }
    }
}

#[test]
#[ignore = "needs the camera VM"]
fn nodes_that_are_no_cameras_have_no_queue() {
    let mut others = Vec::new();
    for number in 0..64 {
        let Ok(node) = Node::open(format!("/dev/video{number}").as_ref()) else { continue };
        let Ok(capability) = node.capability() else { continue };
        if capability.queue().is_none() {
            let details = details::of(&node, "node").unwrap();
            assert!(details.formats.is_empty());
            others.push(details.capabilities);
        }
    }
    assert!(others.iter().any(|names| names.iter().any(|name| name == "metadata capture")), "the UVC camera has one: {others:?}");
}
