//! JPEGs as they should not be: an error, or the picture, but never a panic, a hang, much memory or a grey picture.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use turbojpeg::{Compressor, Image, OutputBuf, Subsamp};

use super::format::{Colour, Layout};
use super::jpeg::{self, structure};
use super::pool::Bytes;
use super::{Frame, PixelFormat};
use crate::{ErrorKind, Result};

const SIZE: (u32, u32) = (64, 48);

/// Which kind of JPEG.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Baseline,
    Progressive,
    Arithmetic,
    Grey,
    /// With restart markers in its data.
    Restarts,
    /// Each component in a scan of its own.
    Separate,
}

fn picture(kind: Kind) -> Vec<u8> {
    match kind {
        // The crate does not encode these: cjpeg -quality 80 with -sample 2x1 -restart 5B, and with -sample 2x2 and a script of three scans.
        Kind::Restarts => return include_bytes!("jpeg/pictures/restarts.jpg").to_vec(),
        Kind::Separate => return include_bytes!("jpeg/pictures/separate.jpg").to_vec(),
        _ => {}
    }
    let pixels: Vec<u8> = (0..SIZE.0 * SIZE.1 * 3).map(|i| (i * 7 % 251) as u8).collect();
    let image = Image { pixels: &pixels[..], width: 64, pitch: 192, height: 48, format: turbojpeg::PixelFormat::RGB };
    let mut compressor = Compressor::new().unwrap();
    compressor.set_quality(80).unwrap();
    compressor.set_subsamp(if kind == Kind::Grey { Subsamp::Gray } else { Subsamp::Sub2x1 }).unwrap();
    compressor.set_progressive(kind == Kind::Progressive).unwrap();
    compressor.set_arithmetic(kind == Kind::Arithmetic).unwrap();
    let mut out = OutputBuf::new_owned();
    compressor.compress(image, &mut out).unwrap();
    out.to_vec()
}

/// The same with four components, as printers use them.
fn cmyk() -> Vec<u8> {
    let pixels: Vec<u8> = (0..SIZE.0 * SIZE.1 * 4).map(|i| (i * 5 % 253) as u8).collect();
    let image = Image { pixels: &pixels[..], width: 64, pitch: 256, height: 48, format: turbojpeg::PixelFormat::CMYK };
    turbojpeg::compress(image, 80, Subsamp::None).unwrap().to_vec()
}

/// Decodes it as a frame of a camera in a mode of that size.
fn decoded(bytes: &[u8]) -> Result<Frame> {
    let layout = Layout::compressed(PixelFormat::Mjpeg, SIZE.0, SIZE.1, bytes.len());
    Frame::new(Bytes::Heap(bytes.to_vec()), layout, Colour::JPEG, Duration::ZERO, 0).convert(PixelFormat::Rgb)
}

/// Where the segment with a marker stands.
fn find(bytes: &[u8], marker: u8) -> usize {
    bytes.windows(2).position(|pair| pair == [0xff, marker]).unwrap()
}

/// With another size in the frame header.
fn sized(mut bytes: Vec<u8>, (width, height): (u16, u16)) -> Vec<u8> {
    let at = find(&bytes, 0xc0) + 5;
    bytes[at..at + 2].copy_from_slice(&height.to_be_bytes());
    bytes[at + 2..at + 4].copy_from_slice(&width.to_be_bytes());
    bytes
}

#[test]
fn pictures_of_every_kind_are_whole_and_stay_what_they_are() {
    for kind in [Kind::Baseline, Kind::Progressive, Kind::Grey, Kind::Arithmetic, Kind::Restarts, Kind::Separate] {
        let jpeg = picture(kind);
        assert_eq!(jpeg::file(&jpeg).unwrap(), jpeg, "{kind:?}");
        let rgb = decoded(&jpeg).unwrap();
        assert!(rgb.plane(0).data.iter().any(|&v| v < 60) && rgb.plane(0).data.iter().any(|&v| v > 200), "{kind:?}");
        let padded = [&jpeg[..], &[0, 0xff, 0xd9, 7, 0xff, 0xd8], &[0; 9000]].concat();
        assert_eq!(jpeg::file(&padded).unwrap(), jpeg, "{kind:?}: what follows the end goes, whatever it is");
    }
}

#[test]
fn a_picture_that_is_cut_is_none() {
    for kind in [Kind::Baseline, Kind::Progressive, Kind::Arithmetic, Kind::Grey] {
        let jpeg = picture(kind);
        for cut in 0..jpeg.len() {
            assert_eq!(structure(&jpeg[..cut]).map(|_| ()).unwrap_err().kind(), ErrorKind::Unknown, "{kind:?} cut at {cut}");
        }
    }
}

/// Where the data of the first scan begins, and that of the last one ends.
fn data(jpeg: &[u8]) -> std::ops::Range<usize> {
    let scan = find(jpeg, 0xda);
    let length = usize::from(u16::from_be_bytes([jpeg[scan + 2], jpeg[scan + 3]]));
    scan + 2 + length..jpeg.len() - 2
}

#[test]
fn an_end_mark_behind_a_cut_makes_no_picture_of_it() {
    for kind in [Kind::Baseline, Kind::Grey, Kind::Restarts, Kind::Separate] {
        let jpeg = picture(kind);
        jpeg::check(&jpeg, SIZE).unwrap();
        for cut in data(&jpeg) {
            let patched = [&jpeg[..cut], &[0xff, 0xd9]].concat();
            let error = jpeg::check(&patched, SIZE).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unknown, "{kind:?} cut at {cut}: {error}");
        }
    }
    // Decoders tell of a progressive one that ends within a scan; between two it is a whole one with less detail.
    let jpeg = picture(Kind::Progressive);
    jpeg::check(&jpeg, SIZE).unwrap();
    let first = data(&jpeg).start;
    let second = first + find(&jpeg[first..], 0xc4);
    for cut in first..second - 4 {
        let patched = [&jpeg[..cut], &[0xff, 0xd9]].concat();
        assert_eq!(jpeg::check(&patched, SIZE).unwrap_err().kind(), ErrorKind::Unknown, "cut at {cut}");
    }
}

#[test]
fn what_is_not_all_there_is_seen_as_by_a_decoder() {
    // A hole of so many bytes, and how many holes of a hundred may go unseen: codes find their way again, and by chance there
    // may be as many blocks as before. That is rare for holes of many blocks; here a block has a few dozen bytes.
    for (length, most) in [(100, 10), (300, 1), (1000, 0)] {
        let (mut holes, mut unseen) = (0, 0);
        for kind in [Kind::Baseline, Kind::Grey, Kind::Restarts, Kind::Separate] {
            let jpeg = picture(kind);
            let data = data(&jpeg);
            for from in data.clone().filter(|from| from + length < data.end) {
                let holed = [&jpeg[..from], &jpeg[from + length..]].concat();
                holes += 1;
                if jpeg::check(&holed, SIZE).is_ok() {
                    unseen += 1;
                    let _ = decoded(&holed).unwrap();
                }
            }
        }
        assert!(holes > 4000 && unseen * 100 <= most * holes, "{length} bytes: {unseen} of {holes}");
    }
}

#[test]
fn bytes_between_the_picture_and_its_end_are_no_damage() {
    for kind in [Kind::Baseline, Kind::Grey, Kind::Restarts] {
        let jpeg = picture(kind);
        for fill in [&[0][..], &[0, 0, 0], &[0xff, 0xff], &[0x55, 0xff, 0, 0xaa]] {
            let filled = [&jpeg[..jpeg.len() - 2], fill, &[0xff, 0xd9]].concat();
            jpeg::check(&filled, SIZE).unwrap();
            assert_eq!(decoded(&filled).unwrap().plane(0).data, decoded(&jpeg).unwrap().plane(0).data, "{kind:?} {fill:?}");
        }
        let much = [&jpeg[..jpeg.len() - 2], &[0x55; 500], &[0xff, 0xd9]].concat();
        assert!(jpeg::check(&much, SIZE).is_err() && decoded(&much).is_err(), "{kind:?}: that is another picture's");
    }
}

#[test]
fn a_size_that_is_not_that_of_the_mode_is_an_error_before_memory_is_taken() {
    for size in [(65_535, 65_535), (65_535, 1), (0, 48), (64, 0), (0, 0), (63, 48), (48, 64)] {
        let begin = Instant::now();
        let error = decoded(&sized(picture(Kind::Baseline), size)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unknown, "{size:?}: {error}");
        assert!(error.message().contains(&format!("{}x{}", size.0, size.1)), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(1));
    }
}

#[test]
fn four_components_and_more_than_eight_bits_are_not_guessed_at() {
    let jpeg = cmyk();
    assert_eq!(decoded(&jpeg).unwrap_err().kind(), ErrorKind::Unknown);
    assert_eq!(jpeg::file(&jpeg).unwrap(), jpeg, "as a file it is the camera's own");
    let mut deep = picture(Kind::Baseline);
    let at = find(&deep, 0xc0) + 4;
    deep[at] = 12;
    assert_eq!(decoded(&deep).unwrap_err().kind(), ErrorKind::Unknown);
    let mut none = picture(Kind::Baseline);
    let at = find(&none, 0xc0) + 9;
    none[at] = 0;
    assert_eq!(structure(&none).map(|_| ()).unwrap_err().kind(), ErrorKind::Unknown);
}

#[test]
fn a_second_picture_and_strange_markers_break_it_off() {
    let jpeg = picture(Kind::Baseline);
    let middle = (find(&jpeg, 0xda) + jpeg.len()) / 2;
    for marker in [0xd8, 0x02, 0xc0, 0xf0] {
        let broken = [&jpeg[..middle], &[0xff, marker], &jpeg[middle..]].concat();
        assert!(structure(&broken).is_err(), "{marker:#x}");
    }
    // A byte 0xff of data that lost its stuffing may look like a segment that never ends.
    let broken = [&jpeg[..middle], &[0xff, 0xe5, 0xff, 0xff], &jpeg[middle..]].concat();
    assert!(structure(&broken).is_err());
    let tables = find(&jpeg, 0xc4);
    let long = [&jpeg[..tables + 2], &[0xff, 0xff], &jpeg[tables + 4..]].concat();
    assert!(structure(&long).is_err(), "a segment longer than the file");
}

/// The same cases in every run.
fn run(name: &'static str, cases: u32, test: impl Fn(&[u8])) {
    let config = Config { cases, failure_persistence: None, source_file: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let kinds = prop_oneof![
        Just(Kind::Baseline),
        Just(Kind::Progressive),
        Just(Kind::Arithmetic),
        Just(Kind::Grey),
        Just(Kind::Restarts),
        Just(Kind::Separate)
    ];
    let flips = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6);
    let outcome = runner.run(&(kinds, flips, any::<bool>()), |(kind, flips, random)| {
        let mut bytes = picture(kind);
        for (at, value) in flips {
            let at = at.index(bytes.len());
            if random {
                bytes[at..].iter_mut().step_by(3).for_each(|byte| *byte = byte.wrapping_mul(31).wrapping_add(value));
            } else {
                bytes[at] = value;
            }
        }
        test(&bytes);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{name}: {error}");
    }
}

#[test]
fn noise_is_an_error_or_a_picture_of_the_right_size() {
    run("noise", 600, |bytes| {
        if let Ok(structure) = structure(bytes) {
            assert!(structure.scan < structure.end && structure.end <= bytes.len());
            assert!(structure.segments.iter().all(|segment| segment.payload.end <= structure.scan));
        }
        let whole = jpeg::check(bytes, SIZE);
        match decoded(bytes) {
            Ok(frame) => assert_eq!((frame.width(), frame.height()), SIZE),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unknown, "{error}");
                // What is told without decoding is told the same.
                assert!(whole.is_err() || !error.message().contains("Corrupt") && !error.message().contains("Premature"), "{error}");
            }
        }
    });
}
