//! From what cameras deliver to grey, RGB, BGR, RGBA and BGRA.

use yuv::{
    YuvBiPlanarImage, YuvConversionMode, YuvError, YuvGrayImage, YuvGrayImageMut, YuvPackedImage, YuvPlanarImage, YuvRange,
    YuvStandardMatrix,
};

use super::format::{Colour, Matrix};
use super::{Frame, PixelFormat};
use crate::{Error, ErrorKind, Result};

/// Writes `frame` as `format` into `dst`, whose size was checked.
pub(super) fn convert(frame: &Frame, format: PixelFormat, dst: &mut [u8], stride: usize) -> Result<()> {
    match frame.format() {
        PixelFormat::Mjpeg => super::jpeg::decode(frame.bytes(), frame.width(), frame.height(), format, dst, stride),
        _ if format == PixelFormat::Grey => grey(frame, dst, stride),
        PixelFormat::Grey => from_grey(frame, format, dst, stride),
        PixelFormat::Rgb | PixelFormat::Bgr | PixelFormat::Rgba | PixelFormat::Bgra => {
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
    }
}

fn from_yuv(frame: &Frame, format: PixelFormat, dst: &mut [u8], stride: usize) -> Result<()> {
    let (range, matrix, stride) = (range(frame.colour()), matrix(frame.colour()), stride as u32);
    let (width, height) = (frame.width(), frame.height());
    macro_rules! to {
        ($rgb:ident, $bgr:ident, $rgba:ident, $bgra:ident, $image:expr $(, $mode:expr)?) => {
            match format {
                PixelFormat::Rgb => yuv::$rgb($image, dst, stride, range, matrix $(, $mode)?),
                PixelFormat::Bgr => yuv::$bgr($image, dst, stride, range, matrix $(, $mode)?),
                PixelFormat::Rgba => yuv::$rgba($image, dst, stride, range, matrix $(, $mode)?),
                _ => yuv::$bgra($image, dst, stride, range, matrix $(, $mode)?),
            }
        };
    }
    let rows: Vec<_> = (0..frame.plane_count()).map(|index| frame.whole_rows(index)).collect();
    let strides: Vec<u32> = (0..frame.plane_count()).map(|index| frame.plane(index).stride as u32).collect();
    let packed = YuvPackedImage { yuy: &rows[0], yuy_stride: strides[0], width, height };
    let two = || YuvBiPlanarImage { y_plane: &rows[0], y_stride: strides[0], uv_plane: &rows[1], uv_stride: strides[1], width, height };
    let mode = YuvConversionMode::Balanced;
    let result = match frame.format() {
        PixelFormat::Yuyv => to!(yuyv422_to_rgb, yuyv422_to_bgr, yuyv422_to_rgba, yuyv422_to_bgra, &packed),
        PixelFormat::Uyvy => to!(uyvy422_to_rgb, uyvy422_to_bgr, uyvy422_to_rgba, uyvy422_to_bgra, &packed),
        PixelFormat::Nv12 => to!(yuv_nv12_to_rgb, yuv_nv12_to_bgr, yuv_nv12_to_rgba, yuv_nv12_to_bgra, &two(), mode),
        PixelFormat::Nv21 => to!(yuv_nv21_to_rgb, yuv_nv21_to_bgr, yuv_nv21_to_rgba, yuv_nv21_to_bgra, &two(), mode),
        _ => {
            let image = YuvPlanarImage {
                y_plane: &rows[0],
                y_stride: strides[0],
                u_plane: &rows[1],
                u_stride: strides[1],
                v_plane: &rows[2],
                v_stride: strides[2],
                width,
                height,
            };
            to!(yuv420_to_rgb, yuv420_to_bgr, yuv420_to_rgba, yuv420_to_bgra, &image)
        }
    };
    result.map_err(|e| failed(frame, format, &e))
}

fn from_grey(frame: &Frame, format: PixelFormat, dst: &mut [u8], stride: usize) -> Result<()> {
    let (rows, y_stride) = (frame.whole_rows(0), frame.plane(0).stride as u32);
    let image = YuvGrayImage { y_plane: &rows, y_stride, width: frame.width(), height: frame.height() };
    let (stride, range, matrix) = (stride as u32, range(frame.colour()), matrix(frame.colour()));
    match format {
        PixelFormat::Rgb => yuv::yuv400_to_rgb(&image, dst, stride, range, matrix),
        PixelFormat::Bgr => yuv::yuv400_to_bgr(&image, dst, stride, range, matrix),
        PixelFormat::Rgba => yuv::yuv400_to_rgba(&image, dst, stride, range, matrix),
        _ => yuv::yuv400_to_bgra(&image, dst, stride, range, matrix),
    }
    .map_err(|e| failed(frame, format, &e))
}

/// Luminance over the full range.
fn grey(frame: &Frame, dst: &mut [u8], stride: usize) -> Result<()> {
    let (width, plane) = (frame.width() as usize, frame.plane(0));
    let rows = plane.data.chunks(plane.stride).zip(dst.chunks_mut(stride));
    let (first, step) = match frame.format() {
        PixelFormat::Yuyv => (0, 2),
        PixelFormat::Uyvy => (1, 2),
        PixelFormat::Nv12 | PixelFormat::Nv21 | PixelFormat::I420 => (0, 1),
        _ => return grey_from_rgb(frame, dst, stride),
    };
    let full: [u8; 256] = std::array::from_fn(|y| {
        if frame.colour().full_range { y as u8 } else { ((y as f32 - 16.0) * 255.0 / 219.0).round().clamp(0.0, 255.0) as u8 }
    });
    for (from, to) in rows.take(frame.height() as usize) {
        for (to, from) in to[..width].iter_mut().zip(from[first..].iter().step_by(step)) {
            *to = full[usize::from(*from)];
        }
    }
    Ok(())
}

fn grey_from_rgb(frame: &Frame, dst: &mut [u8], stride: usize) -> Result<()> {
    let (rows, source_stride) = (frame.whole_rows(0), frame.plane(0).stride as u32);
    let mut image = YuvGrayImageMut::alloc(frame.width(), frame.height());
    let convert = match frame.format() {
        PixelFormat::Rgb => yuv::rgb_to_yuv400,
        PixelFormat::Bgr => yuv::bgr_to_yuv400,
        PixelFormat::Rgba => yuv::rgba_to_yuv400,
        _ => yuv::bgra_to_yuv400,
    };
    convert(&mut image, &rows, source_stride, YuvRange::Full, YuvStandardMatrix::Bt601)
        .map_err(|e| failed(frame, PixelFormat::Grey, &e))?;
    let width = frame.width() as usize;
    for (from, to) in image.y_plane.borrow().chunks(image.y_stride as usize).zip(dst.chunks_mut(stride)) {
        to[..width].copy_from_slice(&from[..width]);
    }
    Ok(())
}

/// Between formats with the same three colours in another order, with or without opacity.
fn swap(frame: &Frame, format: PixelFormat, dst: &mut [u8], stride: usize) {
    let source = frame.format();
    let (from_size, to_size) = (source.bytes_per_pixel().unwrap_or(4), format.bytes_per_pixel().unwrap_or(4));
    let is_bgr = |f| matches!(f, PixelFormat::Bgr | PixelFormat::Bgra);
    let order: [usize; 3] = if is_bgr(source) == is_bgr(format) { [0, 1, 2] } else { [2, 1, 0] };
    let plane = frame.plane(0);
    let width = frame.width() as usize;
    for (from, to) in plane.data.chunks(plane.stride).zip(dst.chunks_mut(stride)) {
        for (to, from) in to[..width * to_size].chunks_exact_mut(to_size).zip(from.chunks_exact(from_size)) {
            for (to, &from_index) in to.iter_mut().zip(&order) {
                *to = from[from_index];
            }
            if to_size == 4 {
                to[3] = from.get(3).copied().unwrap_or(255);
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
            frame(PixelFormat::Rgb, 4, 2, [255, 0, 0].repeat(8), Colour::JPEG),
            frame(PixelFormat::Bgr, 4, 2, [0, 0, 255].repeat(8), Colour::JPEG),
            frame(PixelFormat::Rgba, 4, 2, [255, 0, 0, 255].repeat(8), Colour::JPEG),
            frame(PixelFormat::Bgra, 4, 2, [0, 0, 255, 255].repeat(8), Colour::JPEG),
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
    fn a_form_is_made_once_and_shared() {
        let picture = &red_pictures()[0];
        let (a, b) = (picture.convert(PixelFormat::Rgba).unwrap(), picture.clone().convert(PixelFormat::Rgba).unwrap());
        assert_eq!(a.plane(0).data.as_ptr(), b.plane(0).data.as_ptr());
        assert_eq!(picture.convert(PixelFormat::Nv12).unwrap_err().kind(), ErrorKind::NotSupported);
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
