//! A track's own view of its source's frames: cropped to its aspect ratio, scaled down to its size, turned upright.
//!
//! Decision VP1: the largest centred rectangle with the aspect ratio of the track, scaled down as little as
//! possible. Never upscaled, stretched or padded.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::format::{Colour, Layout};
use super::pool::Bytes;
use super::turn::Turn;
use super::{Frame, Picture, PixelFormat, jpeg};
use crate::{Error, ErrorKind, Result};

/// How a track shows the frames of its source, where it is not as they are: in what size, before they are turned upright.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View {
    width: u32,
    height: u32,
    turn: Turn,
}

/// A rectangle of the source's frame in whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rectangle {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

/// The largest centred rectangle with the aspect ratio of `target` in a picture of `source`.
fn crop((source_width, source_height): (u32, u32), (width, height): (u32, u32)) -> Rectangle {
    // a * b / c, rounded.
    let scaled = |a: u32, b: u32, c: u32| {
        let (a, b, c) = (u64::from(a), u64::from(b), u64::from(c).max(1));
        u32::try_from((a * b + c / 2) / c).unwrap_or(u32::MAX)
    };
    let is_wider = u64::from(source_width) * u64::from(height) > u64::from(source_height) * u64::from(width);
    let (width, height) = if is_wider {
        (scaled(source_height, width, height).clamp(1, source_width), source_height)
    } else {
        (source_width, scaled(source_width, height, width).clamp(1, source_height))
    };
    Rectangle { left: (source_width - width) / 2, top: (source_height - height) / 2, width, height }
}

impl View {
    /// What has to be done to frames of a size for a track of another one, both as the camera has them; `None` for
    /// nothing. A frame that is smaller than the track (the source has just changed its mode) is only cropped.
    pub(crate) fn of(source: (u32, u32), track: (u32, u32), turn: Turn) -> Option<View> {
        if source == track && turn == Turn::None {
            return None;
        }
        let crop = crop(source, track);
        let view = View { width: track.0.min(crop.width), height: track.1.min(crop.height), turn };
        ((view.width, view.height) != source || turn != Turn::None).then_some(view)
    }

    /// The whole picture, scaled down so that it fits; `None` if it does.
    pub(crate) fn within((width, height): (u32, u32), (max_width, max_height): (u32, u32)) -> Option<View> {
        if width <= max_width && height <= max_height {
            return None;
        }
        // a * b / c, rounded.
        let part =
            |a: u32, b: u32, c: u32| u32::try_from((u64::from(a) * u64::from(b) + u64::from(c) / 2) / u64::from(c)).unwrap_or(a).max(1);
        let by_width = u64::from(width) * u64::from(max_height) > u64::from(height) * u64::from(max_width);
        let (width, height) =
            if by_width { (max_width, part(height, max_width, width)) } else { (part(width, max_height, height), max_height) };
        Some(View { width, height, turn: Turn::None })
    }
}

impl Frame {
    /// This view of the frame in a format, made at most once and shared by all holders. It does not hold this frame's
    /// memory.
    pub(crate) fn view(&self, view: View, format: PixelFormat) -> Result<Frame> {
        let made = self.picture.form(PixelFormat::Rgba, Some(view), || self.make_view(view));
        self.with(made?).convert(format)
    }

    fn make_view(&self, view: View) -> Result<Arc<Picture>> {
        let crop = crop((self.width(), self.height()), (view.width, view.height));
        debug_assert!(crop.width >= view.width && crop.height >= view.height, "{crop:?} is upscaled to {view:?}");
        let (width, height) = view.turn.size((view.width, view.height));
        let layout = Layout::new(PixelFormat::Rgba, width, height, 0)?;
        let divisor = match self.format() {
            PixelFormat::Mjpeg => [8, 4, 2].into_iter().find(|n| crop.width / n >= view.width && crop.height / n >= view.height),
            _ => None,
        };
        super::work::converted();
        let bytes = match divisor {
            Some(divisor) => {
                let reduced = Layout::new(PixelFormat::Rgba, self.width().div_ceil(divisor), self.height().div_ceil(divisor), 0)?;
                let mut pixels = vec![0; reduced.size];
                let stride = reduced.planes()[0].stride;
                jpeg::decode_reduced(self.bytes(), (self.width(), self.height()), divisor, PixelFormat::Rgba, &mut pixels, stride)?;
                scale(&pixels, (reduced.width, reduced.height), crop, divisor, view)?
            }
            None => {
                let whole = self.convert(PixelFormat::Rgba)?;
                scale(&tight(&whole)?, (self.width(), self.height()), crop, 1, view)?
            }
        };
        let bytes = view.turn.pixels(bytes, (view.width, view.height));
        Ok(Picture::new(Bytes::Heap(bytes), layout, Colour::JPEG, self.picture.shelf.clone()))
    }
}

/// The pixels of an RGBA frame without gaps between the rows.
fn tight(frame: &Frame) -> Result<Cow<'_, [u8]>> {
    let row = frame.width() as usize * 4;
    if frame.plane(0).stride == row {
        return Ok(frame.plane(0).data.into());
    }
    let mut pixels = vec![0; row * frame.height() as usize];
    frame.copy_to(PixelFormat::Rgba, &mut pixels, row)?;
    Ok(pixels.into())
}

/// Scales the part of a picture down to the view. `crop` counts in pixels that are `divisor` times as small.
fn scale(pixels: &[u8], (width, height): (u32, u32), crop: Rectangle, divisor: u32, view: View) -> Result<Vec<u8>> {
    let failed =
        |why: String| Error::new(ErrorKind::Unknown, format!("the frame cannot be scaled to {}x{}: {why}", view.width, view.height));
    let source = ImageRef::new(width, height, pixels, PixelType::U8x4).map_err(|e| failed(e.to_string()))?;
    let mut scaled = Image::new(view.width, view.height, PixelType::U8x4);
    let part = |length: u32| f64::from(length) / f64::from(divisor);
    // The filter grows with the factor: every pixel of the source counts, and nothing flickers. Frames are opaque.
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).use_alpha(false).crop(
        part(crop.left),
        part(crop.top),
        part(crop.width),
        part(crop.height),
    );
    Resizer::new().resize(&source, &mut scaled, &options).map_err(|e| failed(e.to_string()))?;
    Ok(scaled.into_vec())
}

/// A black picture for tracks that may not show anything else: made when the first of them is looked at, and shared.
pub(crate) struct Blank {
    width: u32,
    height: u32,
    picture: OnceLock<Result<Arc<Picture>>>,
}

impl Blank {
    pub(crate) fn new((width, height): (u32, u32)) -> Arc<Blank> {
        Arc::new(Blank { width, height, picture: OnceLock::new() })
    }

    pub(crate) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The black frame of a moment: opaque RGBA.
    pub(crate) fn frame(&self, timestamp: Duration, sequence: u64) -> Result<Frame> {
        let picture = self.picture.get_or_init(|| {
            let layout = Layout::new(PixelFormat::Rgba, self.width, self.height, 0)?;
            Ok(Picture::new(Bytes::Heap([0, 0, 0, 255].repeat(layout.size / 4)), layout, Colour::JPEG, None))
        });
        Ok(Frame::of(picture.clone()?, timestamp, sequence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rectangle(left: u32, top: u32, width: u32, height: u32) -> Rectangle {
        Rectangle { left, top, width, height }
    }

    fn rgba(width: u32, height: u32, stride: usize, pixel: impl Fn(u32, u32) -> [u8; 3]) -> Frame {
        let layout = Layout::new(PixelFormat::Rgba, width, height, stride).unwrap();
        let mut bytes = vec![99; layout.size];
        for y in 0..height {
            for x in 0..width {
                let at = y as usize * layout.planes()[0].stride + x as usize * 4;
                let [r, g, b] = pixel(x, y);
                bytes[at..at + 4].copy_from_slice(&[r, g, b, 255]);
            }
        }
        Frame::new(Bytes::Heap(bytes), layout, Colour::JPEG, Duration::from_millis(5), 7)
    }

    #[test]
    fn the_crop_is_the_largest_centred_one() {
        assert_eq!(crop((640, 480), (640, 360)), rectangle(0, 60, 640, 360));
        assert_eq!(crop((1920, 1080), (640, 480)), rectangle(240, 0, 1440, 1080));
        assert_eq!(crop((640, 480), (320, 240)), rectangle(0, 0, 640, 480));
        assert_eq!(crop((640, 480), (1, 480)), rectangle(319, 0, 1, 480));
        assert_eq!(crop((640, 480), (640, 1)), rectangle(0, 239, 640, 1));
        assert_eq!(crop((101, 99), (33, 33)), rectangle(1, 0, 99, 99));
        assert_eq!(crop((32_768, 1), (1, 32_768)), rectangle(16_383, 0, 1, 1));
    }

    #[test]
    fn no_size_is_upscaled() {
        for source in [(640, 480), (5, 3), (1, 1), (1920, 1080), (33, 77)] {
            for track in [(640, 360), (1, 1), (7, 640), (640, 480), (1281, 719), (32, 76)] {
                let Some(view) = View::of(source, track, Turn::None) else {
                    assert!(source == track || (source.0 <= track.0 && source.1 <= track.1), "{source:?} for {track:?}");
                    continue;
                };
                let crop = crop(source, (view.width, view.height));
                assert!(crop.width >= view.width && crop.height >= view.height, "{source:?} for {track:?}: {crop:?} to {view:?}");
                if source.0 >= track.0 && source.1 >= track.1 {
                    assert_eq!((view.width, view.height), track);
                }
            }
        }
        assert_eq!(View::of((320, 240), (640, 480), Turn::None), None, "smaller, but of the same aspect ratio");
        assert_eq!(View::of((320, 240), (640, 360), Turn::None), Some(View { width: 320, height: 180, turn: Turn::None }));
    }

    #[test]
    fn a_crop_alone_copies_pixels() {
        for stride in [0, 64 * 4 + 12] {
            let frame = rgba(64, 48, stride, |x, y| [x as u8, y as u8, 200]);
            let view = frame.view(View::of((64, 48), (64, 32), Turn::None).unwrap(), PixelFormat::Rgba).unwrap();
            assert_eq!((view.width(), view.height(), view.timestamp(), view.sequence()), (64, 32, Duration::from_millis(5), 7));
            for (row, y) in view.plane(0).data.chunks(64 * 4).zip(8u8..) {
                assert!(row.as_chunks::<4>().0.iter().zip(0u8..).all(|(pixel, x)| *pixel == [x, y, 200, 255]));
            }
        }
    }

    #[test]
    fn scaling_down_takes_every_pixel_into_account() {
        // A chequerboard of single pixels is grey from far away, never black or white.
        let frame = rgba(96, 96, 0, |x, y| if (x + y) % 2 == 0 { [255; 3] } else { [0; 3] });
        for size in [(32, 32), (17, 17), (24, 12), (5, 3)] {
            let view = frame.view(View::of((96, 96), size, Turn::None).unwrap(), PixelFormat::Grey).unwrap();
            assert_eq!((view.width(), view.height(), view.format()), (size.0, size.1, PixelFormat::Grey));
            assert!(view.plane(0).data.iter().all(|grey| grey.abs_diff(127) <= 24), "{size:?}: {:?}", view.plane(0).data);
        }
    }

    #[test]
    fn a_view_is_turned_behind_cropping_and_scaling() {
        // Four colours in the quarters; the track is the middle third of the height.
        let frame = rgba(64, 48, 0, |x, y| [if x < 32 { 0 } else { 200 }, if y < 24 { 0 } else { 200 }, 7]);
        let corner = |frame: &Frame| frame.plane(0).data[..3].to_vec();
        for (turn, size, wanted) in [
            (Turn::None, (32, 16), [0, 0, 7]),
            (Turn::Quarter, (16, 32), [200, 0, 7]),
            (Turn::Half, (32, 16), [200, 200, 7]),
            (Turn::ThreeQuarters, (16, 32), [0, 200, 7]),
        ] {
            let view = frame.view(View::of((64, 48), (32, 16), turn).unwrap(), PixelFormat::Rgba).unwrap();
            assert_eq!(((view.width(), view.height()), corner(&view)), (size, wanted.to_vec()), "{turn:?}");
        }
        let whole = frame.view(View::of((64, 48), (64, 48), Turn::Half).unwrap(), PixelFormat::Rgba).unwrap();
        assert_eq!(corner(&whole), [200, 200, 7]);
        assert_eq!(View::of((64, 48), (64, 48), Turn::None), None);
    }

    #[test]
    fn a_view_is_made_once_and_does_not_hold_the_frame() {
        let frame = rgba(64, 48, 0, |_, _| [1, 2, 3]);
        let view = View::of((64, 48), (32, 24), Turn::None).unwrap();
        let (a, b) = (frame.view(view, PixelFormat::Rgba).unwrap(), frame.clone().view(view, PixelFormat::Rgba).unwrap());
        assert!(Arc::ptr_eq(&a.picture, &b.picture));
        let (a_rgb, b_rgb) = (frame.view(view, PixelFormat::Rgb).unwrap(), a.convert(PixelFormat::Rgb).unwrap());
        assert!(Arc::ptr_eq(&a_rgb.picture, &b_rgb.picture));
        let other = frame.view(View::of((64, 48), (16, 12), Turn::None).unwrap(), PixelFormat::Rgba).unwrap();
        assert_eq!(other.width(), 16);
        let source = Arc::downgrade(&frame.picture);
        drop(frame);
        assert!(source.upgrade().is_none());
        assert_eq!(a.plane(0).data[..4], [1, 2, 3, 255]);
    }

    #[cfg(feature = "turbojpeg")]
    #[test]
    fn a_jpeg_is_decoded_at_a_part_of_its_size() {
        let source = rgba(331, 247, 0, |x, y| [(x / 2) as u8, y as u8, 128]);
        let bytes = crate::frame::encode::jpeg(&source, 95).unwrap();
        let layout = Layout::compressed(PixelFormat::Mjpeg, 331, 247, bytes.len());
        let jpeg = Frame::new(Bytes::Heap(bytes), layout, Colour::JPEG, Duration::ZERO, 0);
        for size in [(165, 123), (160, 90), (82, 61), (40, 30), (7, 30), (331, 100), (300, 200)] {
            let view = View::of((331, 247), size, Turn::None).unwrap();
            let (a, b) = (jpeg.view(view, PixelFormat::Rgb).unwrap(), source.view(view, PixelFormat::Rgb).unwrap());
            let worst = a.plane(0).data.iter().zip(b.plane(0).data).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(worst <= 8, "{size:?}: {worst}");
        }
        let cut = Layout::compressed(PixelFormat::Mjpeg, 331, 247, 3);
        let damaged = Frame::new(Bytes::Heap(vec![0xff, 0xd8, 0]), cut, Colour::JPEG, Duration::ZERO, 0);
        let view = View::of((331, 247), (40, 30), Turn::None).unwrap();
        assert_eq!(damaged.view(view, PixelFormat::Rgba).unwrap_err().kind(), ErrorKind::Unknown);
    }

    #[test]
    fn a_blank_picture_is_made_once() {
        let blank = Blank::new((4, 2));
        let (a, b) = (blank.frame(Duration::ZERO, 1).unwrap(), blank.frame(Duration::from_secs(1), 2).unwrap());
        assert_eq!((a.format(), b.sequence(), b.timestamp()), (PixelFormat::Rgba, 2, Duration::from_secs(1)));
        assert!(Arc::ptr_eq(&a.picture, &b.picture));
        assert_eq!(a.plane(0).data, [0, 0, 0, 255].repeat(8));
    }
}
