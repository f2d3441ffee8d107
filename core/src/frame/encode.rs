//! Photos from uncompressed frames: JPEG straight from planar YCbCr.

use turbojpeg::{Compressor, Image, OutputBuf, Subsamp, YuvPlanesImage};
use yuv::{BufferStoreMut, YuvPackedImage, YuvPlanarImageMut, YuvRange, YuvStandardMatrix};

use super::format::Matrix;
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
            let planes = planes(frame)?;
            compressor.compress_yuv_planes(&planes.as_deref(), &mut output).map_err(failed)?;
        }
    }
    Ok(output.to_vec())
}

fn failed(error: turbojpeg::Error) -> Error {
    Error::new(ErrorKind::Unknown, format!("the picture cannot be encoded as JPEG: {error}")).with_source(error)
}

/// Planar YCbCr as JPEG means it: BT.601 over the full range, chroma as the camera subsampled it.
fn planes(frame: &Frame) -> Result<YuvPlanesImage<Vec<u8>>> {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let packed = matches!(frame.format(), PixelFormat::Yuyv | PixelFormat::Uyvy);
    // libjpeg-turbo wants luminance of odd sizes padded to whole chroma samples.
    let stride = width.next_multiple_of(2);
    let rows = if packed { height } else { height.next_multiple_of(2) };
    let chroma = stride / 2 * if packed { rows } else { rows / 2 };
    let (mut y, mut u, mut v) = (vec![0; stride * rows], vec![0; chroma], vec![0; chroma]);
    let mut image = YuvPlanarImageMut {
        y_plane: BufferStoreMut::Borrowed(&mut y[..stride * height]),
        y_stride: stride as u32,
        u_plane: BufferStoreMut::Borrowed(&mut u),
        u_stride: stride as u32 / 2,
        v_plane: BufferStoreMut::Borrowed(&mut v),
        v_stride: stride as u32 / 2,
        width: frame.width(),
        height: frame.height(),
    };
    if frame.colour().matrix == Matrix::Bt601 {
        split(frame, &mut image)?;
        if !frame.colour().full_range {
            widen(&mut image);
        }
    } else {
        // Other weights mix luminance and chroma; RGB is the way that is certainly right.
        let rgb = frame.convert(PixelFormat::Rgb)?;
        let convert = if packed { yuv::rgb_to_yuv422 } else { yuv::rgb_to_yuv420 };
        let plane = rgb.plane(0);
        let mode = yuv::YuvConversionMode::Balanced;
        convert(&mut image, plane.data, plane.stride as u32, YuvRange::Full, YuvStandardMatrix::Bt601, mode)
            .map_err(|e| Error::new(ErrorKind::Unknown, format!("{frame:?} cannot be made planar: {e:?}")))?;
    }
    pad(&mut y, stride, width, height);
    let subsamp = if packed { Subsamp::Sub2x1 } else { Subsamp::Sub2x2 };
    let half = stride / 2;
    Ok(YuvPlanesImage { y_plane: y, u_plane: u, v_plane: v, width, height, y_stride: stride, u_stride: half, v_stride: half, subsamp })
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

/// Takes the components apart without changing their values.
fn split(frame: &Frame, image: &mut YuvPlanarImageMut<'_, u8>) -> Result<()> {
    let rows = frame.whole_rows(0);
    let packed = YuvPackedImage { yuy: &rows, yuy_stride: frame.plane(0).stride as u32, width: frame.width(), height: frame.height() };
    let convert = match frame.format() {
        PixelFormat::Yuyv => yuv::yuyv422_to_yuv422,
        PixelFormat::Uyvy => yuv::uyvy422_to_yuv422,
        _ => {
            split_planar(frame, image);
            return Ok(());
        }
    };
    convert(image, &packed).map_err(|e| Error::new(ErrorKind::Unknown, format!("{frame:?} cannot be made planar: {e:?}")))
}

fn split_planar(frame: &Frame, image: &mut YuvPlanarImageMut<'_, u8>) {
    let copy = |index: usize, first: usize, step: usize, to: &mut [u8], to_stride: usize, row: usize| {
        let from = frame.plane(index);
        for (from, to) in from.data.chunks(from.stride).zip(to.chunks_mut(to_stride)) {
            for (to, from) in to[..row].iter_mut().zip(from[first..].iter().step_by(step)) {
                *to = *from;
            }
        }
    };
    let width = frame.width() as usize;
    let half = width.div_ceil(2);
    let (y, u, v) = (image.y_stride as usize, image.u_stride as usize, image.v_stride as usize);
    copy(0, 0, 1, image.y_plane.borrow_mut(), y, width);
    let (cb, cr) = match frame.format() {
        PixelFormat::Nv12 => ((1, 0, 2), (1, 1, 2)),
        PixelFormat::Nv21 => ((1, 1, 2), (1, 0, 2)),
        PixelFormat::Yv12 => ((2, 0, 1), (1, 0, 1)),
        _ => ((1, 0, 1), (2, 0, 1)),
    };
    copy(cb.0, cb.1, cb.2, image.u_plane.borrow_mut(), u, half);
    copy(cr.0, cr.1, cr.2, image.v_plane.borrow_mut(), v, half);
}

/// From limited range (16 to 235, chroma 16 to 240) to full range.
fn widen(image: &mut YuvPlanarImageMut<'_, u8>) {
    let luma: [u8; 256] = std::array::from_fn(|y| ((y as f32 - 16.0) * 255.0 / 219.0).round().clamp(0.0, 255.0) as u8);
    let chroma: [u8; 256] = std::array::from_fn(|c| ((c as f32 - 128.0) * 255.0 / 224.0 + 128.0).round().clamp(0.0, 255.0) as u8);
    image.y_plane.borrow_mut().iter_mut().for_each(|y| *y = luma[usize::from(*y)]);
    image.u_plane.borrow_mut().iter_mut().for_each(|c| *c = chroma[usize::from(*c)]);
    image.v_plane.borrow_mut().iter_mut().for_each(|c| *c = chroma[usize::from(*c)]);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::frame::format::{Colour, Layout};
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
    fn quality_changes_the_size() {
        let picture = frame(PixelFormat::Rgb, 64, 64, Colour::JPEG, |i| (i * 7919 % 251) as u8);
        assert!(jpeg(&picture, 20).unwrap().len() < jpeg(&picture, 95).unwrap().len());
    }
}
