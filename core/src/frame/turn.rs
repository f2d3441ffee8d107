//! Turning pictures of cameras that are not mounted upright.

use super::format::{Colour, Layout};
use super::pool::Bytes;
use super::view::View;
use super::{Frame, Picture, PixelFormat, jpeg};
use crate::Result;

/// By how much a picture has to be turned counter-clockwise to stand upright.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Turn {
    #[default]
    None,
    Quarter,
    Half,
    ThreeQuarters,
}

impl Turn {
    /// Of so many degrees, which are a multiple of 90; others are none.
    pub(crate) fn of(degrees: u16) -> Turn {
        match degrees % 360 {
            90 => Turn::Quarter,
            180 => Turn::Half,
            270 => Turn::ThreeQuarters,
            _ => Turn::None,
        }
    }

    /// A size after the turn.
    pub(crate) fn size(self, (width, height): (u32, u32)) -> (u32, u32) {
        match self {
            Turn::None | Turn::Half => (width, height),
            Turn::Quarter | Turn::ThreeQuarters => (height, width),
        }
    }

    /// The pixels of an RGBA picture without gaps, turned.
    pub(super) fn pixels(self, pixels: Vec<u8>, (width, height): (u32, u32)) -> Vec<u8> {
        if self == Turn::None {
            return pixels;
        }
        let source = pixels.as_chunks::<4>().0;
        let (width, height) = (width as usize, height as usize);
        let mut turned = vec![0; pixels.len()];
        let rows = turned.as_chunks_mut::<4>().0;
        match self {
            Turn::None => {}
            Turn::Half => rows.iter_mut().zip(source.iter().rev()).for_each(|(to, from)| *to = *from),
            Turn::Quarter => {
                for (row, to) in rows.chunks_mut(height).enumerate() {
                    let column = width - 1 - row;
                    to.iter_mut().enumerate().for_each(|(y, to)| *to = source[y * width + column]);
                }
            }
            Turn::ThreeQuarters => {
                for (column, to) in rows.chunks_mut(height).enumerate() {
                    to.iter_mut().enumerate().for_each(|(x, to)| *to = source[(height - 1 - x) * width + column]);
                }
            }
        }
        turned
    }
}

impl Frame {
    /// The picture upright: itself, if it does not have to be turned, else RGBA. A JPEG is turned as it is where its size
    /// allows that without loss.
    pub(crate) fn upright(&self, turn: Turn) -> Result<Frame> {
        if turn == Turn::None {
            return Ok(self.clone());
        }
        if self.format().is_compressed()
            && let Ok(file) = jpeg::file(self.bytes())
            && let Some(bytes) = lossless(&file, turn)
        {
            let (width, height) = turn.size((self.width(), self.height()));
            let layout = Layout::compressed(self.format(), width, height, bytes.len());
            return Ok(self.with(Picture::new(Bytes::Heap(bytes), layout, Colour::JPEG, self.picture.shelf.clone())));
        }
        let view = View::of((self.width(), self.height()), (self.width(), self.height()), turn);
        view.map_or_else(|| Ok(self.clone()), |view| self.view(view, PixelFormat::Rgba))
    }
}

/// A JPEG turned without decoding it; `None` where its blocks do not end with the picture, or it cannot be read.
#[cfg(feature = "turbojpeg")]
fn lossless(jpeg: &[u8], turn: Turn) -> Option<Vec<u8>> {
    use turbojpeg::{Transform, TransformOp, Transformer};
    let mut transform = Transform::op(match turn {
        Turn::None => TransformOp::None,
        // Its names count clockwise.
        Turn::Quarter => TransformOp::Rot270,
        Turn::Half => TransformOp::Rot180,
        Turn::ThreeQuarters => TransformOp::Rot90,
    });
    transform.perfect = true;
    Transformer::new().ok()?.transform_to_vec(&transform, jpeg).ok()
}

#[cfg(not(feature = "turbojpeg"))]
fn lossless(_: &[u8], _: Turn) -> Option<Vec<u8>> {
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    fn picture(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 3]) -> Frame {
        let layout = Layout::new(PixelFormat::Rgb, width, height, 0).unwrap();
        let bytes = (0..width * height).flat_map(|at| pixel(at % width, at / width)).collect();
        Frame::new(Bytes::Heap(bytes), layout, Colour::JPEG, Duration::from_millis(5), 7)
    }

    /// Numbers in reading order.
    fn numbers(frame: &Frame) -> Vec<u8> {
        frame.convert(PixelFormat::Rgb).unwrap().plane(0).data.iter().step_by(3).copied().collect()
    }

    #[test]
    fn pictures_turn_counter_clockwise() {
        let frame = picture(3, 2, |x, y| [(y * 3 + x) as u8; 3]);
        for (degrees, size, wanted) in [
            (0, (3, 2), [0, 1, 2, 3, 4, 5]),
            (90, (2, 3), [2, 5, 1, 4, 0, 3]),
            (180, (3, 2), [5, 4, 3, 2, 1, 0]),
            (270, (2, 3), [3, 0, 4, 1, 5, 2]),
            (450, (2, 3), [2, 5, 1, 4, 0, 3]),
            (45, (3, 2), [0, 1, 2, 3, 4, 5]),
        ] {
            let upright = frame.upright(Turn::of(degrees)).unwrap();
            assert_eq!((upright.width(), upright.height()), size, "{degrees}");
            assert_eq!(numbers(&upright), wanted, "{degrees}");
            assert_eq!((upright.timestamp(), upright.sequence()), (frame.timestamp(), 7));
        }
        assert!(Arc::ptr_eq(&frame.upright(Turn::None).unwrap().picture, &frame.picture));
    }

    #[cfg(feature = "turbojpeg")]
    #[test]
    fn a_jpeg_is_turned_without_loss_where_its_blocks_allow_it() {
        for ((width, height), stays_jpeg) in [((64, 32), true), ((50, 30), false)] {
            let frame = picture(width, height, |x, y| if x < width / 2 { [200, y as u8 * 4, 0] } else { [0, 0, 200] });
            let bytes = crate::frame::encode::jpeg(&frame, 95).unwrap();
            let layout = Layout::compressed(PixelFormat::Mjpeg, width, height, bytes.len());
            let jpeg = Frame::new(Bytes::Heap(bytes), layout, Colour::JPEG, Duration::ZERO, 0);
            for turn in [Turn::Quarter, Turn::Half, Turn::ThreeQuarters] {
                let turned = jpeg.upright(turn).unwrap();
                assert_eq!(turned.format() == PixelFormat::Mjpeg, stays_jpeg, "{turn:?}");
                let wanted = jpeg.convert(PixelFormat::Rgba).unwrap().upright(turn).unwrap().convert(PixelFormat::Rgb).unwrap();
                let got = turned.convert(PixelFormat::Rgb).unwrap();
                assert_eq!((got.width(), got.height()), turn.size((width, height)));
                let worst = got.plane(0).data.iter().zip(wanted.plane(0).data).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
                assert!(worst <= 4, "{turn:?}: {worst}");
            }
        }
    }
}
