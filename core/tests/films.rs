//! Virtual cameras whose scene comes from files.

use std::path::{Path, PathBuf};

use imagecapture::{
    ErrorKind, Frame, FramesOptions, ImageCapture, MediaDevices, MediaStreamConstraints, MediaTrackConstraints, PixelFormat, VirtualCamera,
};
use serde_json::json;

use crate::common::{camera, devices, eventually, open};

/// A folder of its own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("imagecapture-films-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A camera with a scene, as fast as it goes.
fn scene(kind: &str, path: &Path) -> VirtualCamera {
    camera(&json!({"scene": {"kind": kind, "path": path}, "pacing": "fast"}).to_string())
}

/// The picture's upper left, and its lower right pixel.
fn corners(frame: &Frame) -> [[u8; 3]; 2] {
    let rgb = frame.convert(PixelFormat::Rgb).unwrap();
    let data = rgb.plane(0).data;
    [data[..3].try_into().unwrap(), data[data.len() - 3..].try_into().unwrap()]
}

fn near(got: [u8; 3], wanted: [u8; 3]) -> bool {
    got.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 6)
}

/// Left half of one colour, right half of another.
fn png(width: u32, height: u32, left: [u8; 3], right: [u8; 3]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let row: Vec<u8> = (0..width).flat_map(|x| if x < width / 2 { left } else { right }).collect();
    encoder.write_header().unwrap().write_image_data(&row.repeat(height as usize)).unwrap();
    out
}

/// A picture as the camera's own JPEG, of one colour.
#[cfg(feature = "turbojpeg")]
fn jpeg(width: u32, height: u32, colour: [u8; 3]) -> Vec<u8> {
    let folder = Folder::new(&format!("jpeg-{width}-{height}-{colour:?}"));
    let path = folder.file("a.png", &png(width, height, colour, colour));
    let mode = json!([{"width": width, "height": height, "pixelFormat": "mjpeg"}]);
    let cam = camera(&json!({"modes": mode, "scene": {"kind": "image", "path": path}, "pacing": "fast"}).to_string());
    let track = open(&cam, MediaTrackConstraints::new());
    let photo = track.frames(FramesOptions::default()).unwrap().next_frame().unwrap();
    photo.plane(0).data.to_vec()
}

/// A film of flat pictures with these luminances and no colour.
fn y4m(header: &str, size: usize, chroma: usize, luma: &[u8]) -> Vec<u8> {
    let mut out = format!("YUV4MPEG2 {header}\n").into_bytes();
    for value in luma {
        out.extend_from_slice(b"FRAME\n");
        out.extend(std::iter::repeat_n(*value, size));
        out.extend(std::iter::repeat_n(128, chroma));
    }
    out
}

#[cfg(feature = "turbojpeg")]
fn read(track: &imagecapture::MediaStreamTrack, count: usize) -> Vec<Frame> {
    let options = FramesOptions { policy: imagecapture::DeliveryPolicy::Queue(8), ..FramesOptions::default() };
    let reader = track.frames(options).unwrap();
    (0..count).map(|_| reader.next_frame().unwrap()).collect()
}

#[test]
fn a_png_is_the_picture_in_its_own_size_and_settings_change_it() {
    let folder = Folder::new("png");
    let path = folder.file("a.png", &png(64, 32, [200, 40, 40], [40, 40, 200]));
    let own = open(&scene("image", &path), MediaTrackConstraints::new());
    let frame = ImageCapture::new(&own).unwrap().grab_frame().unwrap();
    assert_eq!((frame.width(), frame.height()), (64, 32));
    assert_eq!(corners(&frame), [[200, 40, 40], [40, 40, 200]], "RGB loses nothing");
    let text = json!({"modes": [{"width": 32, "height": 32, "pixelFormat": "rgb"}], "pacing": "fast",
        "scene": {"kind": "image", "path": path},
        "properties": {"pan": {"min": -10, "max": 10, "step": 1, "value": 0}, "zoom": {"min": 100, "max": 400, "step": 1},
                       "brightness": {"min": -10, "max": 10, "step": 1, "value": 0}}});
    let track = open(&camera(&text.to_string()), MediaTrackConstraints::new());
    let capture = ImageCapture::new(&track).unwrap();
    assert_eq!(corners(&capture.grab_frame().unwrap()), [[200, 40, 40], [40, 40, 200]], "the middle of it, not squeezed");
    track.apply_constraints(&MediaTrackConstraints::new().zoom(400.0).pan(10.0)).unwrap();
    assert_eq!(corners(&capture.grab_frame().unwrap()), [[40, 40, 200]; 2], "zoomed to the right half");
    track.apply_constraints(&MediaTrackConstraints::new().brightness(10.0)).unwrap();
    assert_eq!(corners(&capture.grab_frame().unwrap())[0], [255, 140, 140]);
}

#[test]
fn pictures_come_one_after_the_other_and_again() {
    let folder = Folder::new("images");
    let paths =
        [folder.file("red.png", &png(16, 16, [255, 0, 0], [255, 0, 0])), folder.file("green.png", &png(48, 32, [0, 255, 0], [0, 255, 0]))];
    let text = json!({"scene": {"kind": "images", "paths": paths, "hold": 2}, "pacing": "manual"});
    let cam = camera(&text.to_string());
    let track = open(&cam, MediaTrackConstraints::new());
    let reader = track.frames(FramesOptions::default()).unwrap();
    let mut colours = Vec::new();
    for _ in 0..6 {
        cam.step(1);
        let frame = reader.next_frame().unwrap();
        assert_eq!((frame.width(), frame.height()), (16, 16), "the size of the first");
        colours.push(corners(&frame)[0]);
    }
    let (red, green) = ([255, 0, 0], [0, 255, 0]);
    assert_eq!(colours, [red, red, green, green, red, red]);
}

#[test]
fn a_film_of_raw_pictures_plays_at_its_rate_and_from_the_start_again() {
    let folder = Folder::new("y4m");
    for (tag, chroma) in [("C420jpeg", 2 * 3 * 2), ("C422", 2 * 3 * 3), ("C444", 2 * 5 * 3), ("Cmono", 0), ("", 2 * 3 * 2)] {
        let mut bytes = y4m(&format!("W5 H3 F25:1 Ip A1:1 {tag} XYSCSS=420"), 15, chroma, &[16, 126, 235]);
        bytes.extend_from_slice(b"FRAME\ncut");
        let cam = scene("y4m", &folder.file("a.y4m", &bytes));
        let track = open(&cam, MediaTrackConstraints::new());
        let settings = track.settings();
        assert_eq!((settings.width(), settings.height(), settings.frame_rate()), (Some(5), Some(3), Some(25.0)), "{tag}");
    }
    let manual =
        json!({"scene": {"kind": "y4m", "path": folder.file("b.y4m", &y4m("W4 H4 F30:1", 16, 8, &[16, 126, 235]))}, "pacing": "manual"});
    let cam = camera(&manual.to_string());
    let track = open(&cam, MediaTrackConstraints::new());
    let reader = track.frames(FramesOptions::default()).unwrap();
    for wanted in [0, 128, 255, 0, 128] {
        cam.step(1);
        let [corner, _] = corners(&reader.next_frame().unwrap());
        assert!(near(corner, [wanted; 3]), "{corner:?} for {wanted}");
    }
}

#[test]
#[cfg(feature = "turbojpeg")]
fn jpegs_pass_untouched_and_are_changed_where_a_setting_asks_for_it() {
    let folder = Folder::new("mjpeg");
    let pictures = [jpeg(32, 16, [250, 10, 10]), jpeg(32, 16, [10, 10, 250])];
    let path = folder.file("a.mjpeg", &pictures.concat());
    let text = json!({"scene": {"kind": "mjpeg", "path": path}, "pacing": "manual",
        "properties": {"brightness": {"min": 0, "max": 10, "step": 1, "value": 0}}});
    let cam = camera(&text.to_string());
    let track = open(&cam, MediaTrackConstraints::new());
    let reader = track.frames(FramesOptions::default()).unwrap();
    let next = || {
        cam.step(1);
        reader.next_frame().unwrap()
    };
    for picture in [&pictures[0], &pictures[1], &pictures[0]] {
        assert!(next().plane(0).data == picture.as_slice(), "byte for byte");
    }
    track.apply_constraints(&MediaTrackConstraints::new().brightness(10.0)).unwrap();
    let brighter = next();
    assert!(near(corners(&brighter)[0], [110, 110, 255]), "{:?}", corners(&brighter));
    let image = scene("image", &folder.file("a.jpg", &pictures[1]));
    let frames = read(&open(&image, MediaTrackConstraints::new()), 2);
    assert!(frames.iter().all(|frame| frame.plane(0).data == pictures[1].as_slice()));
}

#[test]
fn files_that_cannot_be_shown_are_refused_by_name() {
    let folder = Folder::new("bad");
    let long = format!("YUV4MPEG2 W4 H4 F30:1 {}\n", "X".repeat(5000));
    let mut bomb = png(4, 4, [0; 3], [0; 3]);
    bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let cases: [(&str, &[u8], &str); 14] = [
        ("image", b"", "neither a JPEG nor a PNG"),
        ("image", b"GIF89a", "neither a JPEG nor a PNG"),
        ("image", b"\xff\xd8\xff\xd9", "JPEG"),
        ("image", b"\x89PNG\r\n\x1a\nabc", "PNG"),
        ("image", &bomb, "PNG"),
        ("mjpeg", b"no picture", "no whole JPEG"),
        ("mjpeg", b"\xff\xd8\xff\xe0\x40\x00cut", "no whole JPEG"),
        ("y4m", b"", "empty"),
        ("y4m", b"RIFF W4 H4\n", "YUV4MPEG2"),
        ("y4m", b"YUV4MPEG2 W4 H4 F30:0 C420\n", "F30:0"),
        ("y4m", b"YUV4MPEG2 W30000 H3000 F30:1\nFRAME\n", "the file has"),
        ("y4m", b"YUV4MPEG2 W4294967295 H4294967295 F30:1\n", "4294967295x4294967295"),
        ("y4m", b"YUV4MPEG2 W4 H4 F30:1 C420p10\n", "C420p10"),
        ("y4m", long.as_bytes(), "no end"),
    ];
    for (kind, bytes, part) in cases {
        let path = folder.file("bad-film", bytes);
        let error = VirtualCamera::from_json(&json!({"scene": {"kind": kind, "path": path}}).to_string()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{kind} {part}");
        assert!(error.message().contains("bad-film") && error.message().contains(part), "{kind} {part}: {error}");
    }
    let gone = json!({"scene": {"kind": "image", "path": folder.0.join("no-such-file")}});
    let error = VirtualCamera::from_json(&gone.to_string()).unwrap_err();
    assert!(error.message().contains("no-such-file"), "{error}");
    assert!(VirtualCamera::from_json(r#"{"scene": {"kind": "images", "paths": []}}"#).is_err());
}

#[test]
fn a_file_that_vanishes_is_told_when_the_camera_is_opened() {
    let folder = Folder::new("vanished");
    let path = folder.file("film.y4m", &y4m("W4 H4 F30:1", 16, 8, &[16]));
    let cam = scene("y4m", &path);
    std::fs::remove_file(&path).unwrap();
    let error = devices(&[&cam]).get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap_err();
    assert!(error.message().contains("film.y4m"), "{error}");
}

#[test]
fn a_film_that_breaks_while_it_plays_ends_its_tracks_and_says_why() {
    let folder = Folder::new("breaks");
    let film = y4m("W4 H4 F30:1", 16, 8, &[16, 235]);
    let green = png(16, 16, [0, 255, 0], [0, 255, 0]);
    for (kind, bytes, broken, part) in [
        ("y4m", film.as_slice(), &b"YUV4MPEG2 W4 H4 F30:1\n"[..], "no whole picture"),
        ("y4m", &film, b"", "no whole picture"),
        ("images", &green, b"GIF89a", "neither a JPEG nor a PNG"),
    ] {
        let path = folder.file("film", bytes);
        let scene = if kind == "images" {
            json!({"kind": kind, "paths": [folder.file("whole.png", &green), path]})
        } else {
            json!({"kind": kind, "path": path})
        };
        let cam = camera(&json!({"scene": scene, "pacing": "manual"}).to_string());
        let track = open(&cam, MediaTrackConstraints::new());
        let capture = ImageCapture::new(&track).unwrap();
        let first = capture.grab_frame_async().unwrap();
        cam.step(1);
        first.wait().unwrap();
        std::fs::write(&path, broken).unwrap();
        let photo = capture.take_photo_async(&Default::default(), &Default::default()).unwrap();
        let mut steps = 0;
        // It may have read a little ahead.
        let error = loop {
            let pending = capture.grab_frame_async();
            cam.step(1);
            if let Err(error) = pending.and_then(|pending| pending.wait()) {
                break error;
            }
            steps += 1;
            assert!(steps < 10_000, "{kind}");
        };
        assert!(["UnknownError", "InvalidStateError"].contains(&error.name()), "{error}");
        assert!(error.message().contains(part) && error.message().contains("film"), "{kind}: {error}");
        eventually("the track ends", || track.ready_state() == imagecapture::TrackState::Ended);
        drop(photo.wait());
        let error = capture.take_photo(&Default::default()).unwrap_err();
        assert!(error.message().contains(part), "{kind}: {error}");
    }
}

#[test]
fn the_builder_takes_scenes_of_files() {
    let folder = Folder::new("builder");
    let path = folder.file("a.png", &png(8, 8, [9; 3], [9; 3]));
    let cam = VirtualCamera::builder().scene(imagecapture::Scene::Image { path }).build().unwrap();
    let devices = MediaDevices::builder().backends(&[]).environment(false).virtual_camera(&cam).build().unwrap();
    let stream = devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap();
    assert_eq!(stream.video_tracks()[0].settings().width(), Some(8));
}
