//! From what cameras deliver to grey, RGB, BGR, RGBA and BGRA.

use std::borrow::Cow;

use yuv::{YuvBiPlanarImage, YuvConversionMode, YuvError, YuvPlanarImage, YuvRange, YuvStandardMatrix};

use super::format::{Colour, Matrix};
use super::{Frame, PixelFormat, planar, work};
use crate::{Error, ErrorKind, Result};

/// Writes `frame` as `format` into `dst`, whose size was checked.
pub(super) fn convert(frame: &Frame, format: PixelFormat, dst: &mut [u8], stride: usize) -> Result<()> {
    // The byte that means nothing is that of an opaque picture.
    let format = match format {
        PixelFormat::Rgbx => PixelFormat::Rgba,
        PixelFormat::Bgrx => PixelFormat::Bgra,
        format => format,
    };
    match frame.format() {
        PixelFormat::Mjpeg => super::jpeg::decode(frame.bytes(), frame.width(), frame.height(), format, dst, stride),
        _ if format == PixelFormat::Grey => grey(frame, dst, stride),
        PixelFormat::Grey | PixelFormat::Grey16 => {
            from_grey(frame, format, dst, stride);
            Ok(())
        }
        rgb if rgb.is_rgb() => {
            swap(frame, format, dst, stride);
            Ok(())
        }
        _ => from_yuv(frame, format, dst, stride),
    }
}

fn failed(frame: &Frame, format: PixelFormat, error: &YuvError) -> Error {
    Error::new(ErrorKind::Unknown, format!("{frame:?} cannot be turned into {format}: {error:?}"))
}

fn range(colour: Colour) -> YuvRange {
    if colour.full_range { YuvRange::Full } else { YuvRange::Limited }
}

fn matrix(colour: Colour) -> YuvStandardMatrix {
    match colour.matrix {
        Matrix::Bt601 => YuvStandardMatrix::Bt601,
        Matrix::Bt709 => YuvStandardMatrix::Bt709,
        Matrix::Bt2020 => YuvStandardMatrix::Bt2020,
        // Not every conversion knows the one of that name.
        Matrix::Smpte240 => YuvStandardMatrix::Custom(0.212, 0.087),
    }
}

/// What each value of a byte is over the full range.
pub(super) fn full(colour: Colour) -> [u8; 256] {
    std::array::from_fn(|y| if colour.full_range { y as u8 } else { expanded(y as u8) })
}

/// From the limited range of luminance to the full one: `(y - 16) * 255 / 219`.
fn expanded(y: u8) -> u8 {
    // What is added to a value is 36/219 of it, here in parts of 1024. All fits into 16 bits, so that many are done at once.
    let above = u16::from(y.saturating_sub(16));
    let added = ((u32::from(above << 8) * 43_092) >> 16) as u16;
    (above + ((added + 512) >> 10)).min(255) as u8
}

macro_rules! to {
    ($format:expr, $dst:expr, $stride:expr, $colour:expr, $rgb:ident, $bgr:ident, $rgba:ident, $bgra:ident, $image:expr $(, $mode:expr)?) => {{
        let (range, matrix) = (range($colour), matrix($colour));
        match $format {
            PixelFormat::Rgb => yuv::$rgb($image, $dst, $stride as u32, range, matrix $(, $mode)?),
            PixelFormat::Bgr => yuv::$bgr($image, $dst, $stride as u32, range, matrix $(, $mode)?),
            PixelFormat::Rgba => yuv::$rgba($image, $dst, $stride as u32, range, matrix $(, $mode)?),
            _ => yuv::$bgra($image, $dst, $stride as u32, range, matrix $(, $mode)?),
        }
    }};
}

fn from_yuv(frame: &Frame, format: PixelFormat, dst: &mut [u8], stride: usize) -> Result<()> {
    let height = frame.height() as usize;
    let convert = if frame.plane_count() == 1 { from_packed } else { from_planes };
    // The last rows would be left out if there is no padding behind them.
    if frame.plane_count() <= 2 && dst.len() < stride * height {
        let row = frame.width() as usize * format.bytes_per_pixel().unwrap_or(4);
        let mut rows = vec![0; row * height];
        convert(frame, format, &mut rows, row)?;
        work::copied();
        for (from, to) in rows.chunks(row).zip(dst.chunks_mut(stride)) {
            to[..row].copy_from_slice(from);
        }
        return Ok(());
    }
    convert(frame, format, dst, stride)
}

/// As a plane of luma and one of chroma: every second byte belongs to each. That is exact where a conversion of packed rows is
/// 3 off, knows odd widths, and is quicker. Row by row, because a few more of them take twice as long: one fits into the
/// nearest cache.
fn from_packed(frame: &Frame, format: PixelFormat, dst: &mut [u8], stride: usize) -> Result<()> {
    let (width, row, plane, colour) = (frame.width(), (frame.width() as usize).next_multiple_of(2), frame.plane(0), frame.colour());
    let luma_first = frame.format() == PixelFormat::Yuyv;
    let (mut luma, mut chroma) = (vec![0; row], vec![0; row]);
    for (from, to) in plane.data.chunks(plane.stride).zip(dst.chunks_mut(stride)) {
        let (first, second) = if luma_first { (&mut luma, &mut chroma) } else { (&mut chroma, &mut luma) };
        take_apart(from, first, second);
        let image = YuvBiPlanarImage { y_plane: &luma, y_stride: row as u32, uv_plane: &chroma, uv_stride: row as u32, width, height: 1 };
        let mode = YuvConversionMode::Balanced;
        to!(format, to, stride, colour, yuv_nv16_to_rgb, yuv_nv16_to_bgr, yuv_nv16_to_rgba, yuv_nv16_to_bgra, &image, mode)
            .map_err(|e| failed(frame, format, &e))?;
    }
    Ok(())
}

/// Every second byte.
pub(super) fn take_apart(from: &[u8], first: &mut [u8], second: &mut [u8]) {
    // As numbers of 16 bits, in two rounds: that becomes a few instructions for many bytes.
    let pairs = from.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair));
    first.iter_mut().zip(pairs.clone()).for_each(|(byte, pair)| *byte = pair as u8);
    second.iter_mut().zip(pairs).for_each(|(byte, pair)| *byte = (pair >> 8) as u8);
}

fn from_planes(frame: &Frame, format: PixelFormat, dst: &mut [u8], stride: usize) -> Result<()> {
    let (width, height, colour) = (frame.width(), frame.height(), frame.colour());
    let rows: Vec<_> = (0..frame.plane_count()).map(|index| frame.whole_rows(index)).collect();
    let strides: Vec<u32> = (0..frame.plane_count()).map(|index| frame.plane(index).stride as u32).collect();
    let two = || YuvBiPlanarImage { y_plane: &rows[0], y_stride: strides[0], uv_plane: &rows[1], uv_stride: strides[1], width, height };
    let mode = YuvConversionMode::Balanced;
    let result = match frame.format() {
        PixelFormat::Nv12 => {
            to!(format, dst, stride, colour, yuv_nv12_to_rgb, yuv_nv12_to_bgr, yuv_nv12_to_rgba, yuv_nv12_to_bgra, &two(), mode)
        }
        PixelFormat::Nv21 => {
            to!(format, dst, stride, colour, yuv_nv21_to_rgb, yuv_nv21_to_bgr, yuv_nv21_to_rgba, yuv_nv21_to_bgra, &two(), mode)
        }
        planar => {
            let (u, v) = if planar == PixelFormat::Yv12 { (2, 1) } else { (1, 2) };
            let image = YuvPlanarImage {
                y_plane: &rows[0],
                y_stride: strides[0],
                u_plane: &rows[u],
                u_stride: strides[u],
                v_plane: &rows[v],
                v_stride: strides[v],
                width,
                height,
            };
            to!(format, dst, stride, colour, yuv420_to_rgb, yuv420_to_bgr, yuv420_to_rgba, yuv420_to_bgra, &image)
        }
    };
    result.map_err(|e| failed(frame, format, &e))
}

fn from_grey(frame: &Frame, format: PixelFormat, dst: &mut [u8], stride: usize) {
    let ((rows, row), full, width) = (eight_bits(frame), full(frame.colour()), frame.width() as usize);
    for (from, to) in rows.chunks(row).zip(dst.chunks_mut(stride)).take(frame.height() as usize) {
        let from = from[..width].iter().map(|grey| full[usize::from(*grey)]);
        if matches!(format, PixelFormat::Rgb | PixelFormat::Bgr) {
            to.as_chunks_mut().0.iter_mut().zip(from).for_each(|(to, grey)| *to = [grey; 3]);
        } else {
            to.as_chunks_mut().0.iter_mut().zip(from).for_each(|(to, grey)| *to = [grey, grey, grey, 255]);
        }
    }
}

/// The rows of a grey picture with 8 bits a pixel, and their distance.
fn eight_bits(frame: &Frame) -> (Cow<'_, [u8]>, usize) {
    if frame.format() == PixelFormat::Grey {
        return (frame.whole_rows(0), frame.plane(0).stride);
    }
    let (width, plane, shift) = (frame.width() as usize, frame.plane(0), frame.bits_per_sample().saturating_sub(8));
    let mut rows = Vec::with_capacity(width * frame.height() as usize);
    for row in plane.data.chunks(plane.stride) {
        // Bits that do not count should be 0. Where they are not, white is meant.
        rows.extend(row.as_chunks::<2>().0[..width].iter().map(|sample| (u16::from_le_bytes(*sample) >> shift).min(255) as u8));
    }
    (rows.into(), width)
}

/// Luminance over the full range.
fn grey(frame: &Frame, dst: &mut [u8], stride: usize) -> Result<()> {
    let format = frame.format();
    if format.is_rgb() {
        grey_from_rgb(frame, dst, stride);
        return Ok(());
    }
    let (rows, row) = if format.is_grey() { eight_bits(frame) } else { (frame.plane(0).data.into(), frame.plane(0).stride) };
    let (width, is_full) = (frame.width() as usize, frame.colour().full_range);
    for (from, to) in rows.chunks(row).zip(dst.chunks_mut(stride)).take(frame.height() as usize) {
        let to = &mut to[..width];
        match format {
            PixelFormat::Yuyv => luma_of_pairs::<0>(from, to),
            PixelFormat::Uyvy => luma_of_pairs::<8>(from, to),
            _ => to.copy_from_slice(&from[..width]),
        }
        if !is_full {
            to.iter_mut().for_each(|y| *y = expanded(*y));
        }
    }
    Ok(())
}

/// The luminance of a packed row, which begins at so many bits of each pair of bytes.
fn luma_of_pairs<const BIT: u32>(from: &[u8], to: &mut [u8]) {
    to.iter_mut().zip(from.as_chunks().0).for_each(|(y, pair)| *y = (u16::from_le_bytes(*pair) >> BIT) as u8);
}

/// By the weights of BT.601, as JPEG files have it.
fn grey_from_rgb(frame: &Frame, dst: &mut [u8], stride: usize) {
    let format = frame.format();
    let (size, plane, full, width) = (format.bytes_per_pixel().unwrap_or(4), frame.plane(0), full(frame.colour()), frame.width() as usize);
    let order: [usize; 3] = if is_bgr(format) { [2, 1, 0] } else { [0, 1, 2] };
    for (from, to) in plane.data.chunks(plane.stride).zip(dst.chunks_mut(stride)) {
        for (to, pixel) in to[..width].iter_mut().zip(from.chunks_exact(size)) {
            *to = planar::luminance(order.map(|index| full[usize::from(pixel[index])]));
        }
    }
}

pub(super) fn is_bgr(format: PixelFormat) -> bool {
    matches!(format, PixelFormat::Bgr | PixelFormat::Bgra | PixelFormat::Bgrx)
}

/// Between formats with the same three colours in another order, with or without opacity, over the full range.
fn swap(frame: &Frame, format: PixelFormat, dst: &mut [u8], stride: usize) {
    let source = frame.format();
    let (from_size, to_size) = (source.bytes_per_pixel().unwrap_or(4), format.bytes_per_pixel().unwrap_or(4));
    let is_opaque = !matches!(source, PixelFormat::Rgba | PixelFormat::Bgra);
    let full = full(frame.colour());
    let order: [usize; 3] = if is_bgr(source) == is_bgr(format) { [0, 1, 2] } else { [2, 1, 0] };
    let plane = frame.plane(0);
    let width = frame.width() as usize;
    for (from, to) in plane.data.chunks(plane.stride).zip(dst.chunks_mut(stride)) {
        for (to, from) in to[..width * to_size].chunks_exact_mut(to_size).zip(from.chunks_exact(from_size)) {
            for (to, &from_index) in to.iter_mut().zip(&order) {
                *to = full[usize::from(from[from_index])];
            }
            if to_size == 4 {
                to[3] = if is_opaque { 255 } else { from[3] };
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

    fn frame(format: PixelFormat, width: u32, height: u32, bytes: Vec<u8>, colour: Colour) -> Frame {
        let layout = Layout::new(format, width, height, 0).unwrap();
        assert_eq!(layout.size, bytes.len(), "{format}");
        Frame::new(Bytes::Heap(bytes), layout, colour, Duration::ZERO, 0)
    }

    const LIMITED_601: Colour = Colour { matrix: Matrix::Bt601, full_range: false };

    /// One colour in every YCbCr form: limited range BT.601 red is (81, 90, 240).
    fn red_pictures() -> Vec<Frame> {
        let (y, u, v) = (81, 90, 240);
        let two = |a, b| [a, b].repeat(2);
        vec![
            frame(PixelFormat::Yuyv, 4, 2, [y, u, y, v].repeat(4), LIMITED_601),
            frame(PixelFormat::Uyvy, 4, 2, [u, y, v, y].repeat(4), LIMITED_601),
            frame(PixelFormat::Nv12, 4, 2, [vec![y; 8], two(u, v)].concat(), LIMITED_601),
            frame(PixelFormat::Nv21, 4, 2, [vec![y; 8], two(v, u)].concat(), LIMITED_601),
            frame(PixelFormat::I420, 4, 2, [vec![y; 8], vec![u; 2], vec![v; 2]].concat(), LIMITED_601),
            frame(PixelFormat::Yv12, 4, 2, [vec![y; 8], vec![v; 2], vec![u; 2]].concat(), LIMITED_601),
            frame(PixelFormat::Rgb, 4, 2, [255, 0, 0].repeat(8), Colour::JPEG),
            frame(PixelFormat::Bgr, 4, 2, [0, 0, 255].repeat(8), Colour::JPEG),
            frame(PixelFormat::Rgba, 4, 2, [255, 0, 0, 255].repeat(8), Colour::JPEG),
            frame(PixelFormat::Bgra, 4, 2, [0, 0, 255, 255].repeat(8), Colour::JPEG),
            frame(PixelFormat::Rgbx, 4, 2, [255, 0, 0, 7].repeat(8), Colour::JPEG),
            frame(PixelFormat::Bgrx, 4, 2, [0, 0, 255, 7].repeat(8), Colour::JPEG),
            frame(PixelFormat::Rgb, 4, 2, [235, 16, 16].repeat(8), LIMITED_601),
            frame(PixelFormat::Bgrx, 4, 2, [16, 16, 235, 7].repeat(8), LIMITED_601),
        ]
    }

    #[test]
    fn red_is_red_in_every_format() {
        let wanted = [
            (PixelFormat::Rgb, vec![255u8, 0, 0]),
            (PixelFormat::Bgr, vec![0, 0, 255]),
            (PixelFormat::Rgba, vec![255, 0, 0, 255]),
            (PixelFormat::Bgra, vec![0, 0, 255, 255]),
            (PixelFormat::Grey, vec![76]),
        ];
        for picture in red_pictures() {
            for (format, pixel) in &wanted {
                let converted = picture.convert(*format).unwrap();
                for (index, byte) in converted.plane(0).data.iter().enumerate() {
                    let expected = pixel[index % pixel.len()];
                    assert!(byte.abs_diff(expected) <= 2, "{} to {format}: {byte} for {expected}", picture.format());
                }
            }
        }
    }

    #[test]
    fn the_limited_range_is_expanded_to_the_nearest_value() {
        for y in 0..=255u8 {
            let exact = ((f64::from(y) - 16.0) * 255.0 / 219.0).round().clamp(0.0, 255.0);
            assert_eq!(f64::from(expanded(y)), exact, "{y}");
        }
    }

    #[test]
    fn of_sixteen_bits_those_count_that_the_camera_has() {
        // Black, grey, white, and more than there can be.
        for (bits, samples) in [(10, [0u16, 512, 1023, 1024]), (12, [0, 2048, 4095, 40_000]), (16, [0, 0x8042, 65_535, 65_535])] {
            let layout = Layout::new(PixelFormat::Grey16, 2, 2, 6).unwrap().with_bits(bits);
            let [a, b, c, d] = samples.map(u16::to_le_bytes);
            let picture = [a, b, [9, 9], c, d].concat();
            let picture = Frame::new(Bytes::Heap(picture), layout, Colour::JPEG, Duration::ZERO, 0);
            assert_eq!(picture.bits_per_sample(), bits);
            assert_eq!(picture.convert(PixelFormat::Grey).unwrap().plane(0).data, [0, 128, 255, 255], "{bits} bits");
            let rgba = picture.convert(PixelFormat::Rgba).unwrap();
            assert_eq!(rgba.plane(0).data[4..12], [128, 128, 128, 255, 255, 255, 255, 255], "{bits} bits");
            assert_eq!((rgba.bits_per_sample(), rgba.format()), (8, PixelFormat::Rgba));
        }
    }

    #[test]
    fn a_picture_of_limited_range_becomes_one_of_full_range_also_in_its_own_format() {
        let limited = frame(PixelFormat::Rgb, 1, 1, vec![16, 126, 235], LIMITED_601);
        assert_eq!(limited.convert(PixelFormat::Rgb).unwrap().plane(0).data, [0, 128, 255]);
        let mut copy = [0; 3];
        limited.copy_to(PixelFormat::Rgb, &mut copy, 3).unwrap();
        assert_eq!(copy, [0, 128, 255]);
        let grey = frame(PixelFormat::Grey, 2, 1, vec![16, 235], LIMITED_601);
        assert_eq!(grey.convert(PixelFormat::Grey).unwrap().plane(0).data, [0, 255]);
    }

    #[test]
    fn yv12_is_i420_with_its_chroma_exchanged() {
        let picture = frame(PixelFormat::Yv12, 4, 2, (0..12).map(|i| 40 + i * 9).collect(), LIMITED_601);
        let swapped =
            frame(PixelFormat::I420, 4, 2, [picture.plane(0).data, picture.plane(2).data, picture.plane(1).data].concat(), LIMITED_601);
        let rgb = |frame: &Frame| frame.convert(PixelFormat::Rgb).unwrap();
        assert_eq!(rgb(&picture).plane(0).data, rgb(&swapped).plane(0).data);
    }

    #[test]
    fn a_form_is_made_once_and_shared() {
        let picture = &red_pictures()[0];
        let (a, b) = (picture.convert(PixelFormat::Rgba).unwrap(), picture.clone().convert(PixelFormat::Rgba).unwrap());
        assert_eq!(a.plane(0).data.as_ptr(), b.plane(0).data.as_ptr());
        assert_eq!(picture.convert(PixelFormat::Uyvy).unwrap_err().kind(), ErrorKind::NotSupported);
    }

    #[test]
    fn copies_honour_the_stride_and_refuse_short_memory() {
        for picture in red_pictures() {
            let mut dst = vec![7; 20 * 2];
            picture.copy_to(PixelFormat::Bgra, &mut dst, 20).unwrap();
            assert!(dst[..4].iter().zip([0, 0, 255, 255]).all(|(a, b): (&u8, u8)| a.abs_diff(b) <= 2), "{:?}", &dst[..4]);
            assert_eq!(dst[16..20], [7; 4], "the gap between rows is not touched");
            assert_eq!(picture.copy_to(PixelFormat::Bgra, &mut dst[..35], 20).unwrap_err().kind(), ErrorKind::InvalidInput);
            assert_eq!(picture.copy_to(PixelFormat::Bgra, &mut dst, 15).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }

    #[test]
    fn padding_between_rows_is_no_part_of_the_picture() {
        for tight in red_pictures() {
            let format = tight.format();
            let stride = tight.plane(0).stride + 6;
            let layout = Layout::new(format, 4, 2, stride).unwrap();
            // As drivers may deliver it: with the padding of the last row and without.
            for extra in [0, stride] {
                let mut bytes = vec![77; layout.size + extra];
                for (index, plane) in layout.planes().iter().enumerate() {
                    let from = tight.plane(index);
                    let row = from.data.len() / plane.rows;
                    for (number, source) in from.data.chunks(row).enumerate() {
                        let at = plane.offset + number * plane.stride;
                        bytes[at..at + row].copy_from_slice(source);
                    }
                }
                let padded = Frame::new(Bytes::Heap(bytes), layout, tight.colour(), Duration::ZERO, 0);
                // A frame is its own form, with its own padding.
                for target in [PixelFormat::Rgb, PixelFormat::Bgra, PixelFormat::Grey].into_iter().filter(|target| *target != format) {
                    let (a, b) = (padded.convert(target).unwrap(), tight.convert(target).unwrap());
                    assert_eq!(a.plane(0).data, b.plane(0).data, "{format} to {target}");
                }
                #[cfg(feature = "turbojpeg")]
                assert_eq!(crate::frame::encode::jpeg(&padded, 90).unwrap(), crate::frame::encode::jpeg(&tight, 90).unwrap(), "{format}");
            }
        }
    }

    /// Plain arithmetic for one pixel.
    fn reference([y, u, v]: [u8; 3], colour: Colour) -> [u8; 3] {
        let (kr, kb) = match colour.matrix {
            Matrix::Bt601 => (0.299, 0.114),
            Matrix::Bt709 => (0.2126, 0.0722),
            Matrix::Bt2020 => (0.2627, 0.0593),
            Matrix::Smpte240 => (0.212, 0.087),
        };
        let (black, luma, chroma) = if colour.full_range { (0.0, 255.0, 255.0) } else { (16.0, 219.0, 224.0) };
        let y = (f64::from(y) - black) / luma;
        let (cb, cr) = ((f64::from(u) - 128.0) / chroma, (f64::from(v) - 128.0) / chroma);
        let (r, b) = (y + 2.0 * (1.0 - kr) * cr, y + 2.0 * (1.0 - kb) * cb);
        let g = (y - kr * r - kb * b) / (1.0 - kr - kb);
        [r, g, b].map(|c| (c * 255.0).round().clamp(0.0, 255.0) as u8)
    }

    #[test]
    fn every_matrix_and_range_is_within_two_of_plain_arithmetic() {
        for matrix in [Matrix::Bt601, Matrix::Bt709, Matrix::Bt2020, Matrix::Smpte240] {
            for full_range in [false, true] {
                let colour = Colour { matrix, full_range };
                for sample in [[81, 90, 240], [145, 54, 34], [41, 240, 110], [120, 90, 170], [200, 128, 128], [30, 140, 120]] {
                    let [y, u, v] = sample;
                    let wanted = reference(sample, colour);
                    let pictures = [
                        frame(PixelFormat::Yv12, 2, 2, vec![y, y, y, y, v, u], colour),
                        frame(PixelFormat::I420, 2, 2, vec![y, y, y, y, u, v], colour),
                        frame(PixelFormat::Nv12, 2, 2, vec![y, y, y, y, u, v], colour),
                        frame(PixelFormat::Nv21, 2, 2, vec![y, y, y, y, v, u], colour),
                        frame(PixelFormat::Yuyv, 2, 1, vec![y, u, y, v], colour),
                        frame(PixelFormat::Uyvy, 2, 1, vec![u, y, v, y], colour),
                    ];
                    for picture in pictures {
                        let rgb = picture.convert(PixelFormat::Rgb).unwrap();
                        let got = &rgb.plane(0).data[..3];
                        let near = got.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 2);
                        assert!(near, "{} {colour:?} {sample:?}: {got:?} for {wanted:?}", picture.format());
                    }
                }
            }
        }
    }

    #[test]
    fn matrix_and_range_are_honoured() {
        let grey_of = |y, colour| {
            let picture = frame(PixelFormat::Yuyv, 2, 1, vec![y, 128, y, 128], colour);
            (picture.convert(PixelFormat::Rgb).unwrap().plane(0).data[0], picture.convert(PixelFormat::Grey).unwrap().plane(0).data[0])
        };
        assert_eq!(grey_of(16, LIMITED_601), (0, 0));
        assert_eq!(grey_of(235, LIMITED_601), (255, 255));
        assert_eq!(grey_of(16, Colour::JPEG), (16, 16));
        let green = |matrix| {
            let picture = frame(PixelFormat::Yuyv, 2, 1, vec![100, 60, 100, 60], Colour { matrix, full_range: false });
            picture.convert(PixelFormat::Rgb).unwrap().plane(0).data[1]
        };
        assert!(green(Matrix::Bt601) > green(Matrix::Bt709), "{} {}", green(Matrix::Bt601), green(Matrix::Bt709));
    }
}
