//! From the chart to the bytes of a mode.

use std::sync::Arc;

use yuv::{YuvChromaSubsampling, YuvConversionMode, YuvPlanarImageMut, YuvRange, YuvStandardMatrix};

use super::config::Scene;
use super::effects::Look;
use super::film::{Film, Picture};
use super::scene::Chart;
use crate::backend::Mode;
use crate::frame::format::{Colour, Layout};
use crate::frame::pool::{Bytes, HeapPool};
use crate::{Error, ErrorKind, PixelFormat, Result};

/// Quality of the JPEGs that the virtual camera delivers, like a good webcam's.
#[cfg(feature = "turbojpeg")]
const QUALITY: u8 = 90;

/// Keeps the chart and the memory between frames.
#[derive(Default)]
pub(super) struct Painter {
    chart: Option<Chart>,
    /// What a scene of files shows, and what of it the chart was made of.
    film: Option<Film>,
    picture: Option<Arc<Picture>>,
    rgb: Vec<u8>,
}

impl Painter {
    /// A stream begins: opens the files of the scene.
    pub(super) fn begin(&mut self, scene: &Scene) -> Result<()> {
        self.film = Film::open(scene)
            .map_err(|e| Error::new(ErrorKind::NotReadable, format!("the scene of the virtual camera is gone: {}", e.message())))?;
        Ok(())
    }

    /// Paints the next picture of the film; its own JPEG if that is what the mode and the settings want.
    fn expose(&mut self, mode: &Mode, look: &Look) -> Result<Option<Arc<Picture>>> {
        let (width, height) = (mode.width as usize, mode.height as usize);
        let Some(film) = &mut self.film else { return Ok(None) };
        let picture = film
            .next()
            .map_err(|e| Error::new(ErrorKind::DeviceLost, format!("the scene of the virtual camera has ended: {}", e.message())))?;
        let is_own = (picture.width, picture.height) == (mode.width, mode.height);
        if mode.format == PixelFormat::Mjpeg && is_own && look.is_neutral() && picture.jpeg.is_some() {
            return Ok(Some(picture));
        }
        let is_shown = self.picture.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, &picture));
        let chart = match self.chart.take().filter(|chart| is_shown && chart.is_for(width, height, look.window)) {
            Some(chart) => self.chart.insert(chart),
            None => {
                let seen = picture.seen(width, height, look.window)?;
                self.picture = Some(picture);
                self.chart.insert(Chart::of(seen, width, height, look.window))
            }
        };
        chart.process(look.processing);
        chart.draw_plain(&mut self.rgb);
        Ok(None)
    }

    /// Paints the chart.
    fn draw(&mut self, mode: &Mode, number: u16, look: &Look) {
        let (width, height) = (mode.width as usize, mode.height as usize);
        let chart = match self.chart.take().filter(|chart| chart.is_for(width, height, look.window)) {
            Some(chart) => self.chart.insert(chart),
            None => self.chart.insert(Chart::new(width, height, look.window)),
        };
        chart.process(look.processing);
        chart.draw(number, &mut self.rgb);
    }

    /// One frame; `None` when the program holds all memory.
    pub(super) fn paint(
        &mut self,
        mode: &Mode,
        colour: Colour,
        number: u16,
        look: &Look,
        pool: &Arc<HeapPool>,
    ) -> Result<Option<(Bytes, Layout)>> {
        if self.film.is_none() {
            self.draw(mode, number, look);
        } else if let Some(picture) = self.expose(mode, look)? {
            return Ok(Self::pass(mode, picture.jpeg.as_deref().unwrap_or_default(), pool));
        }
        if mode.format == PixelFormat::Mjpeg {
            return self.jpeg(mode, pool);
        }
        let layout = Layout::new(mode.format, mode.width, mode.height, 0)?;
        let Some(mut slot) = pool.take(layout.size) else { return Ok(None) };
        self.raw(mode, colour, &layout, &mut slot.bytes)?;
        Ok(Some((Bytes::Slot(slot), layout)))
    }

    /// A frame of finished JPEG data.
    fn pass(mode: &Mode, jpeg: &[u8], pool: &Arc<HeapPool>) -> Option<(Bytes, Layout)> {
        let mut slot = pool.take(jpeg.len())?;
        slot.bytes.copy_from_slice(jpeg);
        Some((Bytes::Slot(slot), Layout::compressed(PixelFormat::Mjpeg, mode.width, mode.height, jpeg.len())))
    }

    #[cfg(feature = "turbojpeg")]
    fn jpeg(&self, mode: &Mode, pool: &Arc<HeapPool>) -> Result<Option<(Bytes, Layout)>> {
        let rgb = crate::Frame::new(
            Bytes::Heap(self.rgb.clone()),
            Layout::new(PixelFormat::Rgb, mode.width, mode.height, 0)?,
            Colour::JPEG,
            std::time::Duration::ZERO,
            0,
        );
        Ok(Self::pass(mode, &crate::frame::encode::jpeg(&rgb, QUALITY)?, pool))
    }

    #[cfg(not(feature = "turbojpeg"))]
    fn jpeg(&self, _: &Mode, _: &Arc<HeapPool>) -> Result<Option<(Bytes, Layout)>> {
        Err(Error::new(ErrorKind::NotSupported, "this build cannot make JPEG: it was made without the feature turbojpeg"))
    }

    fn raw(&self, mode: &Mode, colour: Colour, layout: &Layout, out: &mut [u8]) -> Result<()> {
        let rgb_stride = mode.width * 3;
        match mode.format {
            PixelFormat::Rgb => out.copy_from_slice(&self.rgb),
            PixelFormat::Bgr => each(&self.rgb, out, 3, |[r, g, b], to| to.copy_from_slice(&[b, g, r])),
            PixelFormat::Rgba => each(&self.rgb, out, 4, |[r, g, b], to| to.copy_from_slice(&[r, g, b, 255])),
            PixelFormat::Bgra => each(&self.rgb, out, 4, |[r, g, b], to| to.copy_from_slice(&[b, g, r, 255])),
            // As cameras do it: the fourth byte is no opacity.
            PixelFormat::Rgbx => each(&self.rgb, out, 4, |[r, g, b], to| to.copy_from_slice(&[r, g, b, 0])),
            PixelFormat::Bgrx => each(&self.rgb, out, 4, |[r, g, b], to| to.copy_from_slice(&[b, g, r, 0])),
            yuv_format => {
                let packed = matches!(yuv_format, PixelFormat::Yuyv | PixelFormat::Uyvy);
                let subsampling = if packed { YuvChromaSubsampling::Yuv422 } else { YuvChromaSubsampling::Yuv420 };
                let mut planes = YuvPlanarImageMut::alloc(mode.width, mode.height, subsampling);
                let range = if colour.full_range { YuvRange::Full } else { YuvRange::Limited };
                let convert = if packed { yuv::rgb_to_yuv422 } else { yuv::rgb_to_yuv420 };
                convert(&mut planes, &self.rgb, rgb_stride, range, YuvStandardMatrix::Bt601, YuvConversionMode::Balanced)
                    .map_err(|e| Error::new(ErrorKind::Unknown, format!("the chart cannot be drawn as {yuv_format}: {e:?}")))?;
                arrange(&planes, layout, out);
            }
        }
        Ok(())
    }
}

fn each(rgb: &[u8], out: &mut [u8], size: usize, put: impl Fn([u8; 3], &mut [u8])) {
    for (from, to) in rgb.as_chunks::<3>().0.iter().zip(out.chunks_exact_mut(size)) {
        put(*from, to);
    }
}

/// Puts planar YCbCr into the order of the layout's format.
fn arrange(planes: &YuvPlanarImageMut<'_, u8>, layout: &Layout, out: &mut [u8]) {
    let (y, u, v) = (planes.y_plane.borrow(), planes.u_plane.borrow(), planes.v_plane.borrow());
    let (ys, us, vs) = (planes.y_stride as usize, planes.u_stride as usize, planes.v_stride as usize);
    let width = layout.width as usize;
    let half = width.div_ceil(2);
    let of = layout.planes();
    match layout.format {
        PixelFormat::Yuyv | PixelFormat::Uyvy => {
            let order: [usize; 4] = if layout.format == PixelFormat::Yuyv { [0, 1, 2, 3] } else { [1, 0, 3, 2] };
            for (row, to) in out.chunks_mut(of[0].stride).enumerate() {
                let (y, u, v) = (&y[row * ys..][..width], &u[row * us..], &v[row * vs..]);
                for (pair, to) in to.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                    let second = y.get(pair * 2 + 1).or(y.last()).copied().unwrap_or(0);
                    let sample = [y[pair * 2], u[pair], second, v[pair]];
                    *to = order.map(|index| sample[index]);
                }
            }
        }
        PixelFormat::Grey16 => {
            for (from, to) in y.chunks(ys).zip(out.chunks_mut(of[0].stride)) {
                // White is white in both bytes.
                to.as_chunks_mut::<2>().0.iter_mut().zip(from).for_each(|(to, from)| *to = [*from; 2]);
            }
        }
        _ => {
            copy_rows(y, ys, &mut out[..of[0].len], of[0].stride, width);
            match layout.format {
                PixelFormat::I420 | PixelFormat::Yv12 => {
                    let (u_plane, v_plane) = if layout.format == PixelFormat::I420 { (of[1], of[2]) } else { (of[2], of[1]) };
                    copy_rows(u, us, &mut out[u_plane.offset..u_plane.offset + u_plane.len], u_plane.stride, half);
                    copy_rows(v, vs, &mut out[v_plane.offset..v_plane.offset + v_plane.len], v_plane.stride, half);
                }
                PixelFormat::Nv12 | PixelFormat::Nv21 => {
                    let swapped = layout.format == PixelFormat::Nv21;
                    for (row, to) in out[of[1].offset..].chunks_mut(of[1].stride).enumerate() {
                        for (index, to) in to.as_chunks_mut::<2>().0.iter_mut().enumerate().take(half) {
                            let (cb, cr) = (u[row * us + index], v[row * vs + index]);
                            *to = if swapped { [cr, cb] } else { [cb, cr] };
                        }
                    }
                }
                // Grey has no chroma.
                _ => {}
            }
        }
    }
}

fn copy_rows(from: &[u8], from_stride: usize, to: &mut [u8], to_stride: usize, row: usize) {
    for (from, to) in from.chunks(from_stride).zip(to.chunks_mut(to_stride)) {
        to[..row].copy_from_slice(&from[..row]);
    }
}
