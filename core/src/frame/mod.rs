//! Frames: shared, read-only pictures.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;

use crate::{Error, ErrorKind, Result};

mod convert;
mod dmabuf;
#[cfg(feature = "turbojpeg")]
pub(crate) mod encode;
pub(crate) mod format;
pub(crate) mod jpeg;
pub(crate) mod png;
pub(crate) mod pool;
pub(crate) mod turn;
pub(crate) mod view;

pub use dmabuf::DmabufPlane;
pub use format::PixelFormat;
use format::{Colour, Layout};
use pool::Bytes;
use view::View;

/// One plane of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a> {
    /// The plane's bytes, rows from top to bottom.
    pub data: &'a [u8],
    /// Bytes from the start of one row to the start of the next; 0 for compressed data.
    pub stride: usize,
}

/// The pixels of a frame, without the moment they belong to.
struct Picture {
    bytes: Bytes,
    layout: Layout,
    colour: Colour,
    /// Other forms of the same picture, each made at most once. They do not hold this one in turn.
    forms: Mutex<Vec<Arc<Form>>>,
}

impl Picture {
    fn new(bytes: Bytes, layout: Layout, colour: Colour) -> Arc<Picture> {
        debug_assert!((0..layout.pieces()).all(|piece| bytes.piece(piece).len() >= layout.needs(piece)), "{bytes:?} {layout:?}");
        Arc::new(Picture { bytes, layout, colour, forms: Mutex::new(Vec::new()) })
    }

    /// The form of this picture in that format and view. Whoever asks first makes it; who asks for the same
    /// meanwhile waits for it, and nobody else does.
    fn form(&self, format: PixelFormat, view: Option<View>, make: impl FnOnce() -> Result<Arc<Picture>>) -> Result<Arc<Picture>> {
        let form = {
            let mut forms = self.forms.lock();
            match forms.iter().find(|form| (form.format, form.view) == (format, view)) {
                Some(form) => form.clone(),
                None => {
                    let form = Arc::new(Form { format, view, made: OnceLock::new() });
                    forms.push(form.clone());
                    form
                }
            }
        };
        form.made.get_or_init(make).clone()
    }
}

/// A picture in another format or view, or why there is none.
struct Form {
    format: PixelFormat,
    view: Option<View>,
    made: OnceLock<Result<Arc<Picture>>>,
}

/// A picture of the stream: reference-counted, immutable, possibly in memory that belongs to the driver.
///
/// Cloning is cheap. Hold frames briefly or [`convert`](Self::convert) or copy them: memory of the driver
/// goes back to it only when the last clone is dropped, and while a program holds too many, new frames
/// have to be copied and at last dropped.
#[derive(Clone)]
pub struct Frame {
    picture: Arc<Picture>,
    timestamp: Duration,
    sequence: u64,
}

impl Frame {
    /// Wraps bytes; the caller has checked that they are at least as long as the layout asks.
    pub(crate) fn new(bytes: Bytes, layout: Layout, colour: Colour, timestamp: Duration, sequence: u64) -> Frame {
        Frame { picture: Picture::new(bytes, layout, colour), timestamp, sequence }
    }

    /// Another picture of the same moment.
    fn with(&self, picture: Arc<Picture>) -> Frame {
        Frame { picture, timestamp: self.timestamp, sequence: self.sequence }
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.picture.layout.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.picture.layout.height
    }

    /// How the bytes mean pixels.
    pub fn format(&self) -> PixelFormat {
        self.picture.layout.format
    }

    /// How many bits of a sample count: 8, or up to 16 for [`Grey16`](PixelFormat::Grey16), where a camera with 10 bits
    /// gives 0 to 1023.
    pub fn bits_per_sample(&self) -> u8 {
        self.picture.layout.bits
    }

    /// When the picture was taken, on the system's monotonic clock (`CLOCK_MONOTONIC` on Linux). The driver's own
    /// timestamp if it is on that clock, not before the stream began, not in the future and not before the driver's last
    /// one; else the time of arrival. It never goes back.
    #[doc(alias = "captureTime")]
    pub fn timestamp(&self) -> Duration {
        self.timestamp
    }

    /// The driver's count of frames; a gap means that frames were lost. Black frames that a track gives while the
    /// camera gives none repeat the last count.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// How many planes the picture has: 1 to 3.
    pub fn plane_count(&self) -> usize {
        self.picture.layout.planes().len()
    }

    /// One plane.
    ///
    /// # Panics
    ///
    /// When `index` is not below [`plane_count`](Self::plane_count).
    pub fn plane(&self, index: usize) -> Plane<'_> {
        let plane = self.picture.layout.planes()[index];
        Plane { data: &self.picture.bytes.piece(plane.piece)[plane.offset..plane.offset + plane.len], stride: plane.stride }
    }

    /// How many rows a plane has; 0 for compressed data.
    ///
    /// # Panics
    ///
    /// When `index` is not below [`plane_count`](Self::plane_count).
    pub fn plane_height(&self, index: usize) -> usize {
        self.picture.layout.planes()[index].rows
    }

    /// Whether the bytes lie in memory of the driver, to which they go back with the last clone.
    pub fn is_lease(&self) -> bool {
        matches!(self.picture.bytes, Bytes::Lease(_))
    }

    /// The picture in another format: itself, if it has that format (over the full range of its numbers, if it is grey
    /// or RGB), else a new frame that is made at most once and shared by all holders. The new frame does not hold the old one's memory.
    ///
    /// Grey, RGB, BGR, RGBA and BGRA can be made from every format. Of samples with more than 8 bits the highest 8
    /// remain.
    ///
    /// # Errors
    ///
    /// `NotSupported` for other targets; `Unknown` when the data is damaged.
    pub fn convert(&self, format: PixelFormat) -> Result<Frame> {
        if self.is_in(format) {
            return Ok(self.clone());
        }
        let target = target(format)?;
        let made = self.picture.form(format, None, || {
            let layout = Layout::new(target, self.width(), self.height(), 0)?;
            let mut bytes = vec![0; layout.size];
            convert::convert(self, format, &mut bytes, layout.planes()[0].stride)?;
            Ok(Picture::new(Bytes::Heap(bytes), layout, Colour::JPEG))
        });
        Ok(self.with(made?))
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
        if self.is_in(format) {
            let row = self.width() as usize * format.bytes_per_pixel().unwrap_or(0);
            let source = self.plane(0);
            for (from, to) in source.data.chunks(source.stride).zip(dst.chunks_mut(stride)) {
                to[..row].copy_from_slice(&from[..row]);
            }
            return Ok(());
        }
        convert::convert(self, format, dst, stride)
    }

    /// Whether nothing has to be done for the picture to be in a format. Those that frames are turned into use the full
    /// range.
    fn is_in(&self, format: PixelFormat) -> bool {
        format == self.format() && (self.colour().full_range || !(format.is_rgb() || format == PixelFormat::Grey))
    }

    /// A plane in which every row has its stride, the last included: drivers need not pad that one, but
    /// conversions leave out rows that are not whole.
    pub(crate) fn whole_rows(&self, index: usize) -> Cow<'_, [u8]> {
        let plane = self.picture.layout.planes()[index];
        let whole = plane.stride * plane.rows;
        match self.picture.bytes.piece(plane.piece).get(plane.offset..plane.offset + whole) {
            Some(rows) => rows.into(),
            None => {
                let mut rows = self.plane(index).data.to_vec();
                rows.resize(whole, 0);
                rows.into()
            }
        }
    }

    /// The first piece of the picture's memory: all of a compressed one.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.picture.bytes.piece(0)
    }

    pub(crate) fn colour(&self) -> Colour {
        self.picture.colour
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
        write!(f, "Frame({} {}x{}, sequence {}, {:?})", self.format(), self.width(), self.height(), self.sequence(), self.picture.bytes)
    }
}
