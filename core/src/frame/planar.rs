//! To YCbCr 4:2:0 in planes.
//!
//! Where the picture is YCbCr, its samples are moved, and colour is averaged over the pixels that share it. Grey and RGB
//! become BT.601 of full range, what JPEG files are.

use super::convert::{self, full, take_apart};
use super::format::{Colour, Layout};
use super::jpeg_planes::{self, JpegPlanes};
use super::pool::Bytes;
use super::{Frame, PixelFormat};
use crate::Result;

/// The planes of a picture in memory.
struct Planes<'a> {
    layout: &'a Layout,
    luminance: &'a mut [u8],
    first: &'a mut [u8],
    second: &'a mut [u8],
}

impl<'a> Planes<'a> {
    fn of(layout: &'a Layout, dst: &'a mut [u8]) -> Planes<'a> {
        let planes = layout.planes();
        let (luminance, rest) = dst.split_at_mut(planes[1].offset);
        let (first, second) = match planes.get(2) {
            Some(third) => rest.split_at_mut(third.offset - planes[1].offset),
            None => (rest, Default::default()),
        };
        Planes { layout, luminance, first, second }
    }

    /// One row of luminance.
    fn luminance(&mut self, row: usize) -> &mut [u8] {
        let (stride, width) = (self.layout.planes()[0].stride, self.layout.width as usize);
        &mut self.luminance[row * stride..][..width]
    }

    /// Writes one row of colour.
    fn colour(&mut self, row: usize, cb: &[u8], cr: &[u8]) {
        let (a, b) = if matches!(self.layout.format, PixelFormat::Nv21 | PixelFormat::Yv12) { (cr, cb) } else { (cb, cr) };
        let at = row * self.layout.planes()[1].stride;
        if let Some(third) = self.layout.planes().get(2) {
            self.first[at..][..a.len()].copy_from_slice(a);
            self.second[row * third.stride..][..b.len()].copy_from_slice(b);
        } else {
            let pairs = self.first[at..][..2 * a.len()].as_chunks_mut::<2>().0;
            pairs.iter_mut().zip(a.iter().zip(b)).for_each(|(pair, (a, b))| *pair = [*a, *b]);
        }
    }
}

/// One row of colour that is being made.
struct Row {
    cb: Vec<u8>,
    cr: Vec<u8>,
}

impl Row {
    fn new(layout: &Layout) -> Row {
        // 128 is no colour.
        let half = vec![128; (layout.width as usize).div_ceil(2)];
        Row { cb: half.clone(), cr: half }
    }
}

/// Writes `frame` in the planar format of a layout, whose size was checked.
pub(super) fn convert(frame: &Frame, layout: &Layout, dst: &mut [u8]) -> Result<()> {
    let mut to = Planes::of(layout, dst);
    match frame.format() {
        PixelFormat::Mjpeg => from_jpeg(frame, &mut to)?,
        PixelFormat::Grey | PixelFormat::Grey16 => {
            convert::convert(frame, PixelFormat::Grey, to.luminance, layout.planes()[0].stride)?;
            let row = Row::new(layout);
            (0..colour_rows(layout)).for_each(|index| to.colour(index, &row.cb, &row.cr));
        }
        PixelFormat::Yuyv | PixelFormat::Uyvy => from_packed(frame, &mut to),
        rgb if rgb.is_rgb() => from_rgb(frame, &mut to),
        _ => from_planes(frame, &mut to),
    }
    Ok(())
}

fn colour_rows(layout: &Layout) -> usize {
    layout.planes()[1].rows
}

fn from_planes(frame: &Frame, to: &mut Planes<'_>) {
    let (format, luminance) = (frame.format(), frame.plane(0));
    for (row, from) in luminance.data.chunks(luminance.stride).enumerate().take(frame.height() as usize) {
        let out = to.luminance(row);
        out.copy_from_slice(&from[..out.len()]);
    }
    let swapped = matches!(format, PixelFormat::Nv21 | PixelFormat::Yv12);
    let mut row = Row::new(to.layout);
    let half = row.cb.len();
    for index in 0..colour_rows(to.layout) {
        let (a, b) = if swapped { (&mut row.cr, &mut row.cb) } else { (&mut row.cb, &mut row.cr) };
        let first = &frame.plane(1).data[index * frame.plane(1).stride..];
        if frame.plane_count() == 3 {
            a.copy_from_slice(&first[..half]);
            b.copy_from_slice(&frame.plane(2).data[index * frame.plane(2).stride..][..half]);
        } else {
            let samples = a.iter_mut().zip(b);
            samples.zip(first.as_chunks::<2>().0).for_each(|((a, b), pair)| (*a, *b) = (pair[0], pair[1]));
        }
        to.colour(index, &row.cb, &row.cr);
    }
}

fn mean(a: u8, b: u8) -> u8 {
    (u16::from(a) + u16::from(b)).div_ceil(2) as u8
}

fn from_packed(frame: &Frame, to: &mut Planes<'_>) {
    let luma_first = frame.format() == PixelFormat::Yuyv;
    let (plane, last) = (frame.plane(0), frame.height() as usize - 1);
    let mut row = Row::new(to.layout);
    let pairs = 2 * row.cb.len();
    let (mut luma, mut upper, mut lower) = (vec![0; pairs], vec![0; pairs], vec![0; pairs]);
    for index in 0..colour_rows(to.layout) {
        for (y, chroma) in [(2 * index, &mut upper), ((2 * index + 1).min(last), &mut lower)] {
            let (first, second) = if luma_first { (&mut luma, chroma) } else { (chroma, &mut luma) };
            take_apart(&plane.data[y * plane.stride..][..2 * pairs], first, second);
            let out = to.luminance(y);
            out.copy_from_slice(&luma[..out.len()]);
        }
        upper.iter_mut().zip(&lower).for_each(|(upper, lower)| *upper = mean(*upper, *lower));
        take_apart(&upper, &mut row.cb, &mut row.cr);
        to.colour(index, &row.cb, &row.cr);
    }
}

/// The weights of BT.601, in parts of 65536.
const LUMINANCE: [i32; 3] = [19_595, 38_470, 7471];
const BLUE: [i32; 3] = [-11_059, -21_709, 32_768];
const RED: [i32; 3] = [32_768, -27_439, -5329];

/// The weighted mean of pixels, given as their sum and their number, and 128 for colour.
fn weigh(weights: [i32; 3], sum: [i32; 3], count: i32, offset: i32) -> u8 {
    let weighted: i32 = weights.iter().zip(sum).map(|(weight, sum)| weight * sum).sum();
    let shift = 16 + count.ilog2();
    ((weighted + ((offset << shift) + (1 << (shift - 1)))) >> shift).clamp(0, 255) as u8
}

/// The luminance of a colour.
pub(super) fn luminance(rgb: [u8; 3]) -> u8 {
    weigh(LUMINANCE, rgb.map(i32::from), 1, 0)
}

fn from_rgb(frame: &Frame, to: &mut Planes<'_>) {
    let size = frame.format().bytes_per_pixel().unwrap_or(4);
    let order: [usize; 3] = if convert::is_bgr(frame.format()) { [2, 1, 0] } else { [0, 1, 2] };
    let (full, plane, width, last) = (full(frame.colour()), frame.plane(0), frame.width() as usize, frame.height() as usize - 1);
    let pixels = |row: usize| plane.data[row * plane.stride..][..width * size].chunks_exact(size);
    let colour = |pixel: &[u8]| order.map(|index| i32::from(full[usize::from(pixel[index])]));
    for row in 0..=last {
        to.luminance(row).iter_mut().zip(pixels(row)).for_each(|(out, pixel)| *out = weigh(LUMINANCE, colour(pixel), 1, 0));
    }
    let mut row = Row::new(to.layout);
    let mut sums = vec![([0i32; 3], 0i32); row.cb.len()];
    for index in 0..colour_rows(to.layout) {
        sums.fill(([0; 3], 0));
        for y in 2 * index..=(2 * index + 1).min(last) {
            for (x, pixel) in pixels(y).enumerate() {
                let (sum, count) = &mut sums[x / 2];
                sum.iter_mut().zip(colour(pixel)).for_each(|(sum, value)| *sum += value);
                *count += 1;
            }
        }
        for ((cb, cr), (sum, count)) in row.cb.iter_mut().zip(&mut row.cr).zip(&sums) {
            (*cb, *cr) = (weigh(BLUE, *sum, *count, 128), weigh(RED, *sum, *count, 128));
        }
        to.colour(index, &row.cb, &row.cr);
    }
}

/// A JPEG's own planes, where it has some, else by way of RGB.
fn from_jpeg(frame: &Frame, to: &mut Planes<'_>) -> Result<()> {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let Some(planes) = jpeg_planes::decode(frame.bytes(), frame.width(), frame.height())? else {
        let layout = Layout::new(PixelFormat::Rgb, frame.width(), frame.height(), 0)?;
        let mut rgb = vec![0; layout.size];
        super::jpeg::decode(frame.bytes(), frame.width(), frame.height(), PixelFormat::Rgb, &mut rgb, layout.planes()[0].stride)?;
        let rgb = Frame::new(Bytes::Heap(rgb), layout, Colour::JPEG, frame.timestamp(), frame.sequence());
        from_rgb(&rgb, to);
        return Ok(());
    };
    for row in 0..height {
        to.luminance(row).copy_from_slice(&planes.luminance()[row * planes.stride()..][..width]);
    }
    let mut row = Row::new(to.layout);
    for index in 0..colour_rows(to.layout) {
        if let Some((cb, cr)) = planes.colour() {
            halve(&planes, cb, index, &mut row.cb);
            halve(&planes, cr, index, &mut row.cr);
        }
        to.colour(index, &row.cb, &row.cr);
    }
    Ok(())
}

/// One row of a JPEG's plane of colour, averaged to one sample for two by two pixels.
fn halve(planes: &JpegPlanes, plane: &[u8], index: usize, out: &mut [u8]) {
    let (stride, columns, rows) = planes.colour_size();
    let (across, down) = planes.colour_step();
    let row = |y: usize| &plane[y.min(rows - 1) * stride..][..columns];
    let (upper, lower) = if down == 2 { (row(index), row(index)) } else { (row(2 * index), row(2 * index + 1)) };
    for (x, out) in out.iter_mut().enumerate() {
        let (left, right) = if across == 2 { (x, x) } else { (2 * x, 2 * x + 1) };
        let (left, right) = (left.min(columns - 1), right.min(columns - 1));
        let sum: u16 = [upper[left], upper[right], lower[left], lower[right]].map(u16::from).iter().sum();
        *out = ((sum + 2) / 4) as u8;
    }
}
