//! Photos from uncompressed frames: JPEG straight from planar YCbCr.

use turbojpeg::{Compressor, Image, OutputBuf, Subsamp, YuvPlanesImage};

use super::convert::take_apart;
use super::format::{Colour, Matrix};
use super::shelf::Shelf;
use super::{Frame, PixelFormat};
use crate::{Error, ErrorKind, Result};

/// Encodes as JPEG with quality 1 to 100. Chroma keeps the resolution the camera sent it in.
pub(crate) fn jpeg(frame: &Frame, quality: u8) -> Result<Vec<u8>> {
    let mut compressor = Compressor::new().map_err(failed)?;
    compressor.set_quality(i32::from(quality)).map_err(failed)?;
    let mut output = OutputBuf::new_owned();
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    match frame.format() {
        PixelFormat::Grey | PixelFormat::Grey16 => {
            let grey = frame.convert(PixelFormat::Grey)?;
            let grey = grey.plane(0);
            compressor.set_subsamp(Subsamp::Gray).map_err(failed)?;
            let image = Image { pixels: grey.data, width, pitch: grey.stride, height, format: turbojpeg::PixelFormat::GRAY };
            compressor.compress(image, &mut output).map_err(failed)?;
        }
        rgb if rgb.is_rgb() => {
            let full = if frame.colour().full_range { frame.clone() } else { frame.convert(PixelFormat::Rgb)? };
            let plane = full.plane(0);
            compressor.set_subsamp(Subsamp::Sub2x1).map_err(failed)?;
            let format = match full.format() {
                PixelFormat::Rgb => turbojpeg::PixelFormat::RGB,
                PixelFormat::Bgr => turbojpeg::PixelFormat::BGR,
                PixelFormat::Rgba | PixelFormat::Rgbx => turbojpeg::PixelFormat::RGBX,
                _ => turbojpeg::PixelFormat::BGRX,
            };
            let image = Image { pixels: plane.data, width, pitch: plane.stride, height, format };
            compressor.compress(image, &mut output).map_err(failed)?;
        }
        PixelFormat::Mjpeg => return Err(Error::new(ErrorKind::NotSupported, "a JPEG is not encoded again")),
        _ => {
            let size = plane_sizes(frame).iter().sum();
            Shelf::lend(frame.picture.shelf.as_ref(), size, |memory| compressor.compress_yuv_planes(&planes(frame, memory), &mut output))
                .map_err(failed)?;
        }
    }
    Ok(output.to_vec())
}

fn failed(error: turbojpeg::Error) -> Error {
    Error::new(ErrorKind::Unknown, format!("the picture cannot be encoded as JPEG: {error}")).with_source(error)
}

/// Rows of luminance that share one of chroma. Chroma keeps the resolution the camera sent it in.
fn rows_that_share(frame: &Frame) -> usize {
    if frame.plane_count() == 1 { 1 } else { 2 }
}

/// The bytes of each plane. libjpeg-turbo wants luminance of odd sizes padded to whole chroma samples.
fn plane_sizes(frame: &Frame) -> [usize; 3] {
    let (stride, share) = ((frame.width() as usize).next_multiple_of(2), rows_that_share(frame));
    let luminance = stride * (frame.height() as usize).next_multiple_of(share);
    [luminance, luminance / 2 / share, luminance / 2 / share]
}

/// Planar YCbCr as JPEG means it: BT.601 over the full range, chroma as the camera subsampled it. Never by way of RGB.
/// All of the memory is written.
fn planes<'a>(frame: &Frame, memory: &'a mut [u8]) -> YuvPlanesImage<&'a [u8]> {
    let (width, height, [luminance, chroma, _]) = (frame.width() as usize, frame.height() as usize, plane_sizes(frame));
    let (y_plane, rest) = memory.split_at_mut(luminance);
    let (u_plane, v_plane) = rest.split_at_mut(chroma);
    let stride = width.next_multiple_of(2);
    let half = stride / 2;
    let rows_that_share = rows_that_share(frame);
    let subsamp = if rows_that_share == 1 { Subsamp::Sub2x1 } else { Subsamp::Sub2x2 };
    let weights = Weights::to_jpeg(frame.colour());
    let mut scratch = vec![0; stride];
    let chroma = u_plane.chunks_mut(half).zip(v_plane.chunks_mut(half));
    // All that is done to a row of chroma and its luminance is done while they are in the cache.
    for (row, (y, (u, v))) in y_plane.chunks_mut(stride * rows_that_share).zip(chroma).enumerate() {
        split(frame, row, (y, u, v), &mut scratch);
        if let Some(weights) = &weights {
            weights.apply(y, u, v);
        }
    }
    pad(y_plane, stride, width, height);
    YuvPlanesImage { y_plane, u_plane, v_plane, width, height, y_stride: stride, u_stride: half, v_stride: half, subsamp }
}

/// Repeats the last column and row into the padding, so that it does not colour the edge.
fn pad(plane: &mut [u8], stride: usize, width: usize, height: usize) {
    if stride > width {
        plane.chunks_mut(stride).for_each(|row| row[width] = row[width - 1]);
    }
    if plane.len() > stride * height {
        plane.copy_within(stride * (height - 1)..stride * height, stride * height);
    }
}

/// Takes the components of a row of chroma and its luminance apart, without changing their values.
fn split(frame: &Frame, row: usize, (y, u, v): (&mut [u8], &mut [u8], &mut [u8]), scratch: &mut [u8]) {
    let width = frame.width() as usize;
    let rows = |index: usize, row: usize| {
        let plane = frame.plane(index);
        plane.data.chunks(plane.stride).skip(row)
    };
    match frame.format() {
        PixelFormat::Yuyv => rows(0, row).take(1).for_each(|from| take_apart(from, y, scratch)),
        PixelFormat::Uyvy => rows(0, row).take(1).for_each(|from| take_apart(from, scratch, y)),
        _ => rows(0, 2 * row).zip(y.chunks_mut(scratch.len())).for_each(|(from, to)| to[..width].copy_from_slice(&from[..width])),
    }
    let copy = |index: usize, to: &mut [u8]| rows(index, row).take(1).for_each(|from| to.copy_from_slice(&from[..to.len()]));
    match frame.format() {
        PixelFormat::Yuyv | PixelFormat::Uyvy => take_apart(scratch, u, v),
        PixelFormat::Nv12 => rows(1, row).take(1).for_each(|from| take_apart(from, u, v)),
        PixelFormat::Nv21 => rows(1, row).take(1).for_each(|from| take_apart(from, v, u)),
        PixelFormat::Yv12 => {
            copy(2, u);
            copy(1, v);
        }
        _ => {
            copy(1, u);
            copy(2, v);
        }
    }
}

/// How a picture's YCbCr becomes that of JPEG. All of it is linear: luminance is scaled, and takes something of the
/// chroma where the weights of the colours differ. In units of 1/8192, few enough for arithmetic with 16 bits.
struct Weights {
    black: i16,
    luma: i16,
    /// What of blue and of red difference goes into each.
    into_luma: [i16; 2],
    into_blue: [i16; 2],
    into_red: [i16; 2],
}

/// A fraction of a value that has [`FINE`] in front of its point: to sixteenths.
fn part(value: i16, weight: i16) -> i16 {
    ((i32::from(value) * i32::from(weight)) >> 16) as i16
}

/// By how many bits values are shifted for [`part`].
const FINE: u32 = 7;

fn rounded(sixteenths: i16) -> u8 {
    ((sixteenths + 8) >> 4).clamp(0, 255) as u8
}

/// From the smaller range to the full one, in units of 1/8192: 255/219 and 255/224.
const FULL_LUMA: i16 = 9539;
const FULL_CHROMA: i16 = 9326;

fn scale<const ZERO: i16, const WEIGHT: i16, const TO: i16>(values: &mut [u8]) {
    values.iter_mut().for_each(|value| *value = rounded(part((i16::from(*value) - ZERO) << FINE, WEIGHT) + (TO << 4)));
}

impl Weights {
    /// `None` for numbers that mean the same already.
    fn to_jpeg(colour: Colour) -> Option<Weights> {
        if colour == Colour::JPEG {
            return None;
        }
        let (red, blue) = match colour.matrix {
            Matrix::Bt601 => (0.299, 0.114),
            Matrix::Bt709 => (0.2126, 0.0722),
            Matrix::Bt2020 => (0.2627, 0.0593),
            Matrix::Smpte240 => (0.212, 0.087),
        };
        let (jpeg_red, jpeg_blue): (f64, f64) = (0.299, 0.114);
        let (luma, chroma) = if colour.full_range { (1.0, 1.0) } else { (255.0 / 219.0, 255.0 / 224.0) };
        // Red, green and blue less luminance, by the blue and the red difference; then what JPEG makes of that.
        let green = 1.0 - red - blue;
        let rgb =
            [[0.0, 2.0 * (1.0 - red)], [-2.0 * blue * (1.0 - blue) / green, -2.0 * red * (1.0 - red) / green], [2.0 * (1.0 - blue), 0.0]];
        let into_luma = [0, 1].map(|n: usize| jpeg_red * rgb[0][n] + (1.0 - jpeg_red - jpeg_blue) * rgb[1][n] + jpeg_blue * rgb[2][n]);
        let into_blue = [0, 1].map(|n: usize| (rgb[2][n] - into_luma[n]) / (2.0 * (1.0 - jpeg_blue)));
        let into_red = [0, 1].map(|n: usize| (rgb[0][n] - into_luma[n]) / (2.0 * (1.0 - jpeg_red)));
        let fixed = |weight: f64| (weight * 8192.0).round() as i16;
        let chroma = |weights: [f64; 2]| weights.map(|weight| fixed(weight * chroma));
        Some(Weights {
            black: if colour.full_range { 0 } else { 16 },
            luma: fixed(luma),
            into_luma: chroma(into_luma),
            into_blue: chroma(into_blue),
            into_red: chroma(into_red),
        })
    }

    /// Changes a row of chroma, and the rows of luminance that share it, in place.
    fn apply(&self, y: &mut [u8], u: &mut [u8], v: &mut [u8]) {
        if self.into_luma == [0, 0] && self.into_blue[1] == 0 && self.into_red[0] == 0 {
            // The usual case: the same colours in a smaller range. The compiler makes much more of numbers that it knows.
            debug_assert_eq!((self.black, self.luma, self.into_blue[0], self.into_red[1]), (16, FULL_LUMA, FULL_CHROMA, FULL_CHROMA));
            scale::<16, FULL_LUMA, 0>(y);
            scale::<128, FULL_CHROMA, 128>(u);
            scale::<128, FULL_CHROMA, 128>(v);
            return;
        }
        let mut shift = vec![0i16; u.len()];
        for ((u, v), shift) in u.iter_mut().zip(v).zip(&mut shift) {
            let (blue, red) = ((i16::from(*u) - 128) << FINE, (i16::from(*v) - 128) << FINE);
            let sum = |weights: [i16; 2]| part(blue, weights[0]) + part(red, weights[1]);
            // Half a sixteenth for each of the two parts, which are rounded down.
            *shift = sum(self.into_luma) + 1;
            *u = rounded(sum(self.into_blue) + 1 + (128 << 4));
            *v = rounded(sum(self.into_red) + 1 + (128 << 4));
        }
        for luma in y.chunks_mut(2 * shift.len()) {
            for (pair, shift) in luma.as_chunks_mut::<2>().0.iter_mut().zip(&shift) {
                *pair = pair.map(|y| rounded(part((i16::from(y) - self.black) << FINE, self.luma) + shift));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::frame::format::Layout;
    use crate::frame::pool::Bytes;

    fn frame(format: PixelFormat, width: u32, height: u32, colour: Colour, pixel: impl Fn(usize) -> u8) -> Frame {
        let layout = Layout::new(format, width, height, 0).unwrap();
        Frame::new(Bytes::Heap((0..layout.size).map(pixel).collect()), layout, colour, Duration::ZERO, 0)
    }

    /// The colour of the middle of a JPEG.
    fn middle(jpeg: &[u8], frame: &Frame) -> [u8; 3] {
        let (w, h) = (frame.width() as usize, frame.height() as usize);
        let mut rgb = vec![0; w * h * 3];
        crate::frame::jpeg::decode(jpeg, w as u32, h as u32, PixelFormat::Rgb, &mut rgb, w * 3).unwrap();
        let at = (h / 2 * w + w / 2) * 3;
        [rgb[at], rgb[at + 1], rgb[at + 2]]
    }

    #[test]
    fn every_format_keeps_its_colour() {
        let planar = |i: usize, planes: [u8; 3]| planes[usize::from(i >= 33 * 17) + usize::from(i >= 33 * 17 + 17 * 9)];
        // Limited range; the same colour as RGB would be.
        for matrix in [Matrix::Bt601, Matrix::Bt709] {
            let colour = Colour { matrix, full_range: false };
            let (y, u, v) = (120u8, 90u8, 170u8);
            let pictures = [
                frame(PixelFormat::Yuyv, 33, 17, colour, |i| [y, u, y, v][i % 4]),
                frame(PixelFormat::Uyvy, 33, 17, colour, |i| [u, y, v, y][i % 4]),
                frame(PixelFormat::Nv12, 33, 17, colour, |i| if i < 33 * 17 { y } else { [u, v][(i - 33 * 17) % 2] }),
                frame(PixelFormat::Nv21, 33, 17, colour, |i| if i < 33 * 17 { y } else { [v, u][(i - 33 * 17) % 2] }),
                frame(PixelFormat::I420, 33, 17, colour, |i| planar(i, [y, u, v])),
                frame(PixelFormat::Yv12, 33, 17, colour, |i| planar(i, [y, v, u])),
            ];
            for picture in pictures {
                let wanted = picture.convert(PixelFormat::Rgb).unwrap();
                let wanted = &wanted.plane(0).data[..3];
                let got = middle(&jpeg(&picture, 95).unwrap(), &picture);
                for (a, b) in got.iter().zip(wanted) {
                    assert!(a.abs_diff(*b) <= 4, "{:?} {matrix:?}: {got:?} for {wanted:?}", picture.format());
                }
            }
        }
        let others: [(PixelFormat, &[u8], [u8; 3]); 4] = [
            (PixelFormat::Rgb, &[10, 200, 30], [10, 200, 30]),
            (PixelFormat::Bgrx, &[30, 200, 10, 99], [10, 200, 30]),
            (PixelFormat::Grey, &[90], [90, 90, 90]),
            (PixelFormat::Grey16, &[1, 90], [90, 90, 90]),
        ];
        for (format, pixel, wanted) in others {
            let picture = frame(format, 33, 17, Colour::JPEG, |i| pixel[i % pixel.len()]);
            let got = middle(&jpeg(&picture, 95).unwrap(), &picture);
            assert!(got.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 4), "{format}: {got:?}");
        }
    }

    #[test]
    fn sizes_without_even_sides_work_in_every_format() {
        for format in PixelFormat::ALL.iter().filter(|f| !f.is_compressed()) {
            for (width, height) in [(1, 1), (2, 1), (1, 2), (3, 3), (17, 5), (5, 18)] {
                for matrix in [Matrix::Bt601, Matrix::Bt709] {
                    let picture = frame(*format, width, height, Colour { matrix, full_range: false }, |_| 128);
                    let file = jpeg(&picture, 90).unwrap();
                    let header = crate::frame::jpeg::header(&file).unwrap();
                    assert_eq!((header.width, header.height), (width, height), "{format}");
                    for target in [PixelFormat::Grey, PixelFormat::Rgb, PixelFormat::Bgra] {
                        picture.convert(target).unwrap();
                    }
                }
            }
        }
    }

    #[test]
    fn what_was_in_the_memory_before_is_in_no_photo() {
        let colour = Colour { matrix: Matrix::Bt709, full_range: false };
        for format in [PixelFormat::Yuyv, PixelFormat::Uyvy, PixelFormat::Nv12, PixelFormat::Nv21, PixelFormat::I420, PixelFormat::Yv12] {
            for (width, height) in [(1, 1), (2, 3), (17, 5), (32, 16)] {
                let fresh = frame(format, width, height, colour, |i| (i * 7919 % 251) as u8);
                let bytes = Bytes::Heap(
                    fresh.plane(0).data.iter().chain((1..fresh.plane_count()).flat_map(|n| fresh.plane(n).data)).copied().collect(),
                );
                let shelf = Shelf::new();
                Shelf::lend(Some(&shelf), 4 * 64 * 64, |memory| memory.fill(0xa5));
                let layout = Layout::new(format, width, height, 0).unwrap();
                let again = shelf.frame(bytes, layout, colour, Duration::ZERO, 0);
                assert!(jpeg(&fresh, 90).unwrap() == jpeg(&again, 90).unwrap(), "{format} {width}x{height}");
                Shelf::lend(Some(&shelf), 1, |memory| assert_ne!(memory, [0xa5], "{format}: it was not used"));
            }
        }
    }

    #[test]
    fn numbers_of_another_meaning_become_those_of_jpeg() {
        // Without rounding: through red, green and blue as they would be.
        let exact = |(red, blue): (f64, f64), full_range: bool, [y, u, v]: [u8; 3]| {
            let (black, luma, chroma) = if full_range { (0.0, 255.0, 255.0) } else { (16.0, 219.0, 224.0) };
            let (y, u, v) = ((f64::from(y) - black) / luma, (f64::from(u) - 128.0) / chroma, (f64::from(v) - 128.0) / chroma);
            let (r, b) = (y + 2.0 * (1.0 - red) * v, y + 2.0 * (1.0 - blue) * u);
            let g = (y - red * r - blue * b) / (1.0 - red - blue);
            let y = 0.299 * r + 0.587 * g + 0.114 * b;
            [y, (b - y) / 1.772 + 128.0 / 255.0, (r - y) / 1.402 + 128.0 / 255.0].map(|value| (value * 255.0).clamp(0.0, 255.0))
        };
        let matrices = [
            (Matrix::Bt601, (0.299, 0.114)),
            (Matrix::Bt709, (0.2126, 0.0722)),
            (Matrix::Bt2020, (0.2627, 0.0593)),
            (Matrix::Smpte240, (0.212, 0.087)),
        ];
        for (matrix, shares) in matrices {
            for full_range in [false, true] {
                let Some(weights) = Weights::to_jpeg(Colour { matrix, full_range }) else {
                    assert_eq!((matrix, full_range), (Matrix::Bt601, true));
                    continue;
                };
                for sample in (0..4096usize).map(|n| [(n * 37 % 256) as u8, (n * 101 % 256) as u8, (n * 211 / 16 % 256) as u8]) {
                    let (mut y, mut u, mut v) = ([sample[0]; 4], [sample[1]; 1], [sample[2]; 1]);
                    weights.apply(&mut y, &mut u, &mut v);
                    let wanted = exact(shares, full_range, sample);
                    for (got, wanted) in [y[3], u[0], v[0]].into_iter().zip(wanted) {
                        assert!((f64::from(got) - wanted).abs() <= 0.7, "{matrix:?} {full_range} {sample:?}: {got} for {wanted}");
                    }
                }
            }
        }
    }

    #[test]
    fn quality_changes_the_size() {
        let picture = frame(PixelFormat::Rgb, 64, 64, Colour::JPEG, |i| (i * 7919 % 251) as u8);
        assert!(jpeg(&picture, 20).unwrap().len() < jpeg(&picture, 95).unwrap().len());
    }
}
