//! Contact sheets: what is set for each picture, what stands below it, and that nothing stays changed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use imagecapture::{
    Constraint, ContactSheet, ContactSheetOptions, ErrorKind, ImageCapture, MediaStreamTrack, MediaTrackConstraints, PixelFormat, Property,
    Result, Sweep, VirtualCamera,
};

use crate::common::{camera, devices, open};

const CAMERA: &str = r#"{
    "label": "Contact sheet camera", "modes": [{"width": 160, "height": 120}], "pacing": "fast",
    "properties": {
        "brightness": {"min": 0, "max": 255, "step": 1, "value": 128},
        "zoom": {"min": 100, "max": 400, "step": 10, "value": 100},
        "colorTemperature": {"min": 2000, "max": 8000, "step": 100, "value": 5000},
        "whiteBalanceMode": {"values": ["manual", "continuous"], "value": "continuous"},
        "torch": {"values": [false, true]}
    }
}"#;

fn sweep(track: &MediaStreamTrack, sweeps: &[&str]) -> Result<ContactSheet> {
    let sweeps = sweeps.iter().map(|text| text.parse()).collect::<Result<Vec<Sweep>>>()?;
    ContactSheet::sweep(track, &sweeps, &quick())
}

/// The frame number never settles in a small picture.
fn quick() -> ContactSheetOptions {
    let mut options = ContactSheetOptions::default();
    options.settle = Duration::from_millis(20);
    options
}

fn track(camera: &VirtualCamera) -> MediaStreamTrack {
    open(camera, MediaTrackConstraints::new().zoom(true))
}

/// The sizes of the PNG file.
fn size(sheet: &ContactSheet) -> (u32, u32) {
    let png = sheet.to_png().unwrap();
    assert!(png.bytes().starts_with(b"\x89PNG\r\n\x1a\n"));
    let number = |at: usize| u32::from_be_bytes(png.bytes()[at..at + 4].try_into().unwrap());
    assert_eq!((number(16), number(20)), (png.width(), png.height()));
    (png.width(), png.height())
}

#[test]
fn each_value_is_set_in_turn_and_all_is_put_back() {
    let camera = camera(CAMERA);
    let track = track(&camera);
    let constraints = MediaTrackConstraints::new().zoom(Constraint::exact(200.0)).brightness(Constraint::ideal(90.0));
    track.apply_constraints(&constraints).unwrap();
    let before = track.settings();
    camera.take_writes();
    assert_eq!(sweep(&track, &["brightness=0,100,255"]).unwrap().len(), 3);
    let brightness: Vec<f64> = camera.take_writes().iter().filter_map(|write| write["brightness"].as_f64()).collect();
    assert_eq!(brightness, [0.0, 100.0, 255.0, 90.0]);
    assert_eq!((track.settings(), track.constraints()), (before, constraints));
}

#[test]
fn what_counts_only_in_manual_mode_leaves_the_mode_as_it_was() {
    let camera = camera(CAMERA);
    let track = track(&camera);
    let before = track.settings();
    let constraints = track.constraints();
    assert_eq!(before.string(Property::WhiteBalanceMode), Some("continuous"));
    sweep(&track, &["colorTemperature=3000:7000:2000"]).unwrap();
    // The temperature is the camera's own again.
    assert_eq!((track.settings(), track.constraints()), (before, constraints));
    let temperatures: Vec<f64> = camera.take_writes().iter().filter_map(|write| write["colorTemperature"].as_f64()).collect();
    assert!(temperatures.starts_with(&[3000.0]) && temperatures.contains(&7000.0), "{temperatures:?}");
}

#[test]
fn two_sweeps_are_a_grid_and_more_are_rows() {
    let camera = camera(CAMERA);
    let track = track(&camera);
    camera.take_writes();
    let grid = sweep(&track, &["zoom=100,200,300", "torch"]).unwrap();
    assert_eq!(grid.len(), 6);
    let rows = sweep(&track, &["zoom=100,200,300", "torch", "brightness=0,255"]).unwrap();
    assert_eq!(rows.len(), 7);
    // Three columns both times; the grid has two rows, the other has three.
    assert_eq!(size(&grid).0, size(&rows).0);
    assert!(size(&rows).1 > size(&grid).1 + 240, "{:?} {:?}", size(&rows), size(&grid));
}

/// Pictures are those of their values, in their places: brighter from left to right.
#[test]
fn a_picture_shows_its_value() {
    let camera = camera(CAMERA);
    let sheet = sweep(&track(&camera), &["brightness=0:255:85"]).unwrap();
    let png = sheet.to_png().unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(png.bytes())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let width = png.width() as usize;
    // The grey field of the chart, at three quarters of a picture's width and nine tenths of its height.
    let below_title = (0..png.height() as usize).find(|y| pixels[(y * width + 28) * 3] != 30).unwrap();
    // The title's letters end above the pictures; a whole row of a picture differs from the background.
    let is_picture = |y: usize| (0..64).all(|x| pixels[(y * width + 28 + x) * 3] != 30);
    let top = (below_title..png.height() as usize).find(|y| is_picture(*y)).unwrap();
    let greys: Vec<u8> = (0..4).map(|index| pixels[((top + 216) * width + 28 + index * 336 + 240) * 3]).collect();
    assert!(greys.is_sorted_by(|a, b| *a + 20 < *b), "{greys:?}");
}

/// A camera that answers late: the label says what it reads, not what was asked.
#[test]
fn labels_are_what_the_camera_reads_back() {
    let camera = camera(CAMERA);
    let track = track(&camera);
    let exact = ContactSheet::sweep(&track, &[Sweep::values(Property::Zoom, [100.0, 110.0])], &quick()).unwrap();
    let rounded = ContactSheet::sweep(&track, &[Sweep::values(Property::Zoom, [101.0, 112.0])], &quick()).unwrap();
    assert_eq!(labels(&exact), labels(&rounded), "the camera has steps of 10");
    let other = ContactSheet::sweep(&track, &[Sweep::values(Property::Zoom, [100.0, 120.0])], &quick()).unwrap();
    assert_ne!(labels(&exact), labels(&other));
}

/// The part of the sheet with the labels of the first row.
fn labels(sheet: &ContactSheet) -> Vec<u8> {
    let png = sheet.to_png().unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(png.bytes())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    // A line of 25 pixels and a margin of 10 above and below it, above the margin of the sheet.
    let row = png.width() as usize * 3;
    pixels[pixels.len() - (28 + 45) * row..].to_vec()
}

#[test]
fn mistakes_are_found_before_anything_is_set() {
    let camera = camera(CAMERA);
    let track = track(&camera);
    camera.take_writes();
    let kind = |sweeps: &[&str]| sweep(&track, sweeps).unwrap_err().kind();
    assert_eq!(kind(&["brightness=0,100", "zoom=100,500"]), ErrorKind::InvalidInput);
    assert_eq!(kind(&["brightness=0,100", "iso"]), ErrorKind::NotSupported);
    assert_eq!(kind(&["zoom", "zoom"]), ErrorKind::InvalidInput);
    assert_eq!(kind(&["zoom=100:400:10", "brightness=0:255:1"]), ErrorKind::InvalidInput, "too many pictures");
    assert_eq!(kind(&[]), ErrorKind::InvalidInput);
    assert_eq!(camera.take_writes(), Vec::<serde_json::Value>::new());
}

#[test]
fn a_sweep_that_ends_early_puts_all_back() {
    let camera = camera(CAMERA);
    let track = track(&camera);
    let before = track.settings();
    let calls = AtomicUsize::new(0);
    let ended = ContactSheet::sweep_with(&track, &["zoom".parse().unwrap()], &quick(), |done, total| {
        calls.fetch_add(1, Ordering::Relaxed);
        assert_eq!(total, 5);
        done < 2
    });
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(calls.load(Ordering::Relaxed) > 2);
    assert_eq!(track.settings(), before);

    // A camera that refuses in the middle.
    camera.refuse_writes(&[Property::Torch]);
    assert!(sweep(&track, &["torch=false,true"]).is_err());
    assert_eq!(track.settings(), before);
    assert_eq!(track.constraints(), MediaTrackConstraints::new().zoom(true));
}

#[test]
fn a_sheet_of_ones_own_pictures() {
    let camera = camera(CAMERA);
    let devices = devices(&[&camera]);
    let stream = devices.get_user_media(&imagecapture::MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap();
    let frame = ImageCapture::new(&stream.video_tracks()[0]).unwrap().grab_frame().unwrap();
    let mut options = ContactSheetOptions::default();
    (options.columns, options.width) = (2, 100);
    let mut sheet = ContactSheet::new(options.clone()).unwrap();
    assert!(sheet.is_empty());
    assert_eq!(sheet.to_png().unwrap_err().kind(), ErrorKind::InvalidState);
    sheet.add(&frame, "").unwrap();
    // Two margins of 28 around a picture of 100x75.
    assert_eq!(size(&sheet), (156, 131));
    sheet.add(&frame.convert(PixelFormat::Grey).unwrap(), "grey").unwrap();
    sheet.add(&frame, "the first line\nmore\nand more").unwrap();
    assert_eq!(size(&sheet).0, 28 * 2 + 100 * 2 + 16);
    assert_eq!(sheet.len(), 3);
    for width in [0, 63, 1921] {
        options.width = width;
        assert_eq!(ContactSheet::new(options.clone()).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
