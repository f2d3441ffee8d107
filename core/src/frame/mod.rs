//! Frames: shared, read-only pictures.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::{Error, ErrorKind, Result};

mod convert;
#[cfg(feature = "turbojpeg")]
pub(crate) mod encode;
pub(crate) mod format;
pub(crate) mod jpeg;
pub(crate) mod png;
pub(crate) mod pool;

pub use format::PixelFormat;
use format::{Colour, Layout};
use pool::Bytes;

/// One plane of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a> {
    /// The plane's bytes, rows from top to bottom.
    pub data: &'a [u8],
    /// Bytes from the start of one row to the start of the next; 0 for compressed data.
    pub stride: usize,
}

struct Inner {
    bytes: Bytes,
    layout: Layout,
    colour: Colour,
    timestamp: Duration,
    sequence: u64,
    /// Other forms of the same picture, each made at most once. They do not hold this frame in turn.
    forms: Mutex<Vec<Frame>>,
}

/// A picture of the stream: reference-counted, immutable, possibly in memory that belongs to the driver.
///
/// Cloning is cheap. Hold frames briefly or [`convert`](Self::convert) or copy them: memory of the driver
/// goes back to it only when the last clone is dropped, and while a program holds too many, new frames
/// have to be copied and at last dropped.
#[derive(Clone)]
pub struct Frame(Arc<Inner>);

impl Frame {
    /// Wraps bytes; the caller has checked that they are at least as long as the layout asks.
    pub(crate) fn new(bytes: Bytes, layout: Layout, colour: Colour, timestamp: Duration, sequence: u64) -> Frame {
        debug_assert!(bytes.len() >= layout.size);
        Frame(Arc::new(Inner { bytes, layout, colour, timestamp, sequence, forms: Mutex::new(Vec::new()) }))
    }

    /// An opaque black picture in place of this one, for a disabled track.
    pub(crate) fn black(&self) -> Frame {
        let layout = Layout::new(PixelFormat::Rgba, self.width(), self.height(), 0).expect("a frame's size was checked");
        let bytes = [0, 0, 0, 255].repeat(self.width() as usize * self.height() as usize);
        Frame::new(Bytes::Heap(bytes), layout, Colour::JPEG, self.timestamp(), self.sequence())
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.0.layout.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.0.layout.height
    }

    /// How the bytes mean pixels.
    pub fn format(&self) -> PixelFormat {
        self.0.layout.format
    }

    /// When the picture was taken, on the system's monotonic clock (`CLOCK_MONOTONIC` on Linux). The
    /// driver's own timestamp where it can be trusted, else the time of arrival.
    #[doc(alias = "captureTime")]
    pub fn timestamp(&self) -> Duration {
        self.0.timestamp
    }

    /// The driver's count of frames; a gap means that frames were lost.
    pub fn sequence(&self) -> u64 {
        self.0.sequence
    }

    /// How many planes the picture has: 1 to 3.
    pub fn plane_count(&self) -> usize {
        self.0.layout.planes().len()
    }

    /// One plane.
    ///
    /// # Panics
    ///
    /// When `index` is not below [`plane_count`](Self::plane_count).
    pub fn plane(&self, index: usize) -> Plane<'_> {
        let plane = self.0.layout.planes()[index];
        Plane { data: &self.0.bytes[plane.offset..plane.offset + plane.len], stride: plane.stride }
    }

    /// How many rows a plane has; 0 for compressed data.
    ///
    /// # Panics
    ///
    /// When `index` is not below [`plane_count`](Self::plane_count).
    pub fn plane_height(&self, index: usize) -> usize {
        self.0.layout.planes()[index].rows
    }

    /// Whether the bytes lie in memory of the driver, to which they go back with the last clone.
    pub fn is_lease(&self) -> bool {
        matches!(self.0.bytes, Bytes::Lease(_))
    }

    /// The picture in another format: itself, if it has that format, else a new frame that is made at most
    /// once and shared by all holders. The new frame does not hold the old one's memory.
    ///
    /// Grey, RGB, BGR, RGBA and BGRA can be made from every format.
    ///
    /// # Errors
    ///
    /// `NotSupported` for other targets; `Unknown` when the data is damaged.
    pub fn convert(&self, format: PixelFormat) -> Result<Frame> {
        if format == self.format() {
            return Ok(self.clone());
        }
        let mut forms = self.0.forms.lock();
        if let Some(form) = forms.iter().find(|f| f.format() == format) {
            return Ok(form.clone());
        }
        let layout = Layout::new(target(format)?, self.width(), self.height(), 0)?;
        let mut bytes = vec![0; layout.size];
        convert::convert(self, format, &mut bytes, layout.planes()[0].stride)?;
        let form = Frame::new(Bytes::Heap(bytes), layout, Colour::JPEG, self.timestamp(), self.sequence());
        forms.push(form.clone());
        Ok(form)
    }

    /// Writes the picture in another format into memory of the caller, row by row.
    ///
    /// # Errors
    ///
    /// As [`convert`](Self::convert), and `InvalidInput` when `dst` is too small or `stride` too short.
    pub fn copy_to(&self, format: PixelFormat, dst: &mut [u8], stride: usize) -> Result<()> {
        let layout = Layout::new(target(format)?, self.width(), self.height(), stride)?;
        if dst.len() < layout.size {
            return Err(Error::invalid(format!(
                "{} bytes are too few for a {format} picture of {}x{} with rows of {stride} bytes: {} are needed",
                dst.len(),
                self.width(),
                self.height(),
                layout.size
            )));
        }
        let stride = layout.planes()[0].stride;
        if format == self.format() {
            let row = self.width() as usize * format.bytes_per_pixel().unwrap_or(0);
            let source = self.plane(0);
            for (from, to) in source.data.chunks(source.stride).zip(dst.chunks_mut(stride)) {
                to[..row].copy_from_slice(&from[..row]);
            }
            return Ok(());
        }
        convert::convert(self, format, dst, stride)
    }

    /// A plane in which every row has its stride, the last included: drivers need not pad that one, but
    /// conversions leave out rows that are not whole.
    pub(crate) fn whole_rows(&self, index: usize) -> Cow<'_, [u8]> {
        let plane = self.0.layout.planes()[index];
        let whole = plane.stride * plane.rows;
        match self.0.bytes.get(plane.offset..plane.offset + whole) {
            Some(rows) => rows.into(),
            None => {
                let mut rows = self.plane(index).data.to_vec();
                rows.resize(whole, 0);
                rows.into()
            }
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    pub(crate) fn colour(&self) -> Colour {
        self.0.colour
    }
}

/// The formats that frames can be turned into.
fn target(format: PixelFormat) -> Result<PixelFormat> {
    match format {
        PixelFormat::Grey | PixelFormat::Rgb | PixelFormat::Bgr | PixelFormat::Rgba | PixelFormat::Bgra => Ok(format),
        other => Err(Error::new(
            ErrorKind::NotSupported,
            format!("a frame cannot be turned into {other}; it can into grey, rgb, bgr, rgba and bgra"),
        )),
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({} {}x{}, sequence {}, {:?})", self.format(), self.width(), self.height(), self.sequence(), self.0.bytes)
    }
}
