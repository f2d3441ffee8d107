//! Frames: shared, read-only pictures.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;

use crate::{Error, ErrorKind, MediaTrackSettings, Result};

#[cfg(all(test, feature = "turbojpeg"))]
mod bad_jpeg_tests;
mod convert;
mod dmabuf;
#[cfg(feature = "turbojpeg")]
pub(crate) mod encode;
pub(crate) mod format;
pub(crate) mod jpeg;
mod jpeg_planes;
mod planar;
pub(crate) mod png;
pub(crate) mod pool;
#[cfg(test)]
mod reference_tests;
pub(crate) mod shelf;
pub(crate) mod turn;
pub(crate) mod view;
pub(crate) mod work;

pub use dmabuf::DmabufPlane;
pub use format::{ColorMatrix, ColorSpace, PixelFormat};
use format::{Colour, Layout};
use pool::Bytes;
use shelf::Shelf;
use view::View;
pub use work::{FrameWork, frame_work};

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
    /// Where it goes when nobody holds it any more, and where other forms of it find memory.
    shelf: Option<Arc<Shelf>>,
}

impl Picture {
    fn new(bytes: Bytes, layout: Layout, colour: Colour, shelf: Option<Arc<Shelf>>) -> Arc<Picture> {
        let picture = Picture { bytes, layout, colour, forms: Mutex::new(Vec::new()), shelf };
        picture.check(&picture.bytes, &picture.layout);
        Arc::new(picture)
    }

    /// One without bytes.
    fn shell() -> Arc<Picture> {
        // Room for some forms, so that the first ones that are made do not look like growth.
        let forms = Mutex::new(Vec::with_capacity(4));
        let layout = Layout::compressed(PixelFormat::Mjpeg, 0, 0, 0);
        Arc::new(Picture { bytes: Bytes::Heap(Vec::new()), layout, colour: Colour::JPEG, forms, shelf: None })
    }

    fn check(&self, bytes: &Bytes, layout: &Layout) {
        debug_assert!((0..layout.pieces()).all(|piece| bytes.piece(piece).len() >= layout.needs(piece)), "{bytes:?} {layout:?}");
    }

    /// Lets go of the bytes and of other forms, and says where a shell belongs.
    fn empty(&mut self) -> Option<Arc<Shelf>> {
        let shelf = self.shelf.take()?;
        self.bytes = Bytes::Heap(Vec::new());
        self.forms.get_mut().clear();
        Some(shelf)
    }

    /// A picture made of this one.
    fn derive(&self, layout: Layout, colour: Colour, fill: impl FnOnce(&mut [u8]) -> Result<()>) -> Result<Arc<Picture>> {
        Shelf::derive(self.shelf.as_ref(), layout, colour, fill)
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

/// Whose clock a frame's [`timestamp`](Frame::timestamp) was read from. It is the same clock.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TimestampSource {
    /// The camera's driver read it when the camera gave the picture.
    Driver,
    /// The library read it when the picture arrived: the driver has no timestamps, or not on this clock, or said one that
    /// cannot be. The picture was taken earlier, by an unknown time.
    #[default]
    Arrival,
}

impl TimestampSource {
    /// Its name: `"driver"` or `"arrival"`.
    pub fn name(self) -> &'static str {
        match self {
            TimestampSource::Driver => "driver",
            TimestampSource::Arrival => "arrival",
        }
    }
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
    timestamp_source: TimestampSource,
    sequence: u64,
    settings: Option<Arc<MediaTrackSettings>>,
}

/// Those of a frame that no track gave.
static NO_SETTINGS: LazyLock<MediaTrackSettings> = LazyLock::new(MediaTrackSettings::default);

impl Drop for Frame {
    fn drop(&mut self) {
        // Only the last holder can have it to itself. Where two let go at the same moment perhaps neither does: then the
        // memory is freed.
        let shelf = Arc::get_mut(&mut self.picture).and_then(Picture::empty);
        if let Some(shelf) = shelf {
            shelf.put_back(self.picture.clone());
        }
    }
}

impl Frame {
    /// Wraps bytes; the caller has checked that they are at least as long as the layout asks.
    pub(crate) fn new(bytes: Bytes, layout: Layout, colour: Colour, timestamp: Duration, sequence: u64) -> Frame {
        Frame::of(Picture::new(bytes, layout, colour, None), timestamp, sequence)
    }

    fn of(picture: Arc<Picture>, timestamp: Duration, sequence: u64) -> Frame {
        Frame { picture, timestamp, timestamp_source: TimestampSource::Arrival, sequence, settings: None }
    }

    /// Another picture of the same moment.
    fn with(&self, picture: Arc<Picture>) -> Frame {
        let Frame { timestamp, timestamp_source, sequence, .. } = *self;
        Frame { picture, timestamp, timestamp_source, sequence, settings: self.settings.clone() }
    }

    /// The same frame with where its time is from.
    pub(crate) fn timed_by(mut self, source: TimestampSource) -> Frame {
        self.timestamp_source = source;
        self
    }

    /// The same frame as a track gives it.
    pub(crate) fn in_force(&self, settings: &Arc<MediaTrackSettings>) -> Frame {
        let Frame { timestamp, timestamp_source, sequence, .. } = *self;
        Frame { picture: self.picture.clone(), timestamp, timestamp_source, sequence, settings: Some(settings.clone()) }
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

    /// Whether [`timestamp`](Self::timestamp) is the driver's own or that of arrival.
    pub fn timestamp_source(&self) -> TimestampSource {
        self.timestamp_source
    }

    /// The settings of the track that were in force when it gave this frame. Settings that are changed reach the picture
    /// some frames later; a control that the camera changes by itself (the exposure time, say) is as it was last read. A
    /// frame that no track gave has none.
    pub fn settings(&self) -> &MediaTrackSettings {
        self.settings.as_deref().unwrap_or(&NO_SETTINGS)
    }

    /// What the numbers of the picture mean: the matrix of luminance and colour differences, and the range.
    ///
    /// V4L2: `ycbcr_enc` and `quantization` of `v4l2_pix_format`. Where the driver says nothing, JPEG and RGB are BT.601 of
    /// full range, and YCbCr is of limited range, BT.601 below 720 rows and else BT.709.
    pub fn color_space(&self) -> ColorSpace {
        self.picture.colour.into()
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
    /// Grey, RGB, RGBX and their like, and the planar YCbCr formats can be made from every format. Grey and RGB are of
    /// full range. YCbCr keeps matrix and range of a YCbCr picture, so that only samples are moved, and colour is
    /// averaged where there is less of it; made of RGB or grey it is what JPEG files are, BT.601 of full range. Which it
    /// is, [`color_space`](Self::color_space) says. Of samples with more than 8 bits the highest 8 remain.
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
            self.picture.derive(layout, self.colour_in(format), |bytes| self.write(&layout, bytes))
        });
        Ok(self.with(made?))
    }

    /// The picture in another format and scaled down to fit into `max_width` by `max_height` pixels, with its aspect
    /// ratio; not scaled if it fits. Made at most once for each size. JPEG is decoded at 1/2, 1/4 or 1/8 of its size
    /// where that is enough, which is much cheaper than decoding all of it.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when a side is 0; else as [`convert`](Self::convert).
    pub fn convert_within(&self, format: PixelFormat, max_width: u32, max_height: u32) -> Result<Frame> {
        if max_width == 0 || max_height == 0 {
            return Err(Error::invalid(format!("a picture does not fit into {max_width}x{max_height}: both sides have to be at least 1")));
        }
        target(format)?;
        match View::within((self.width(), self.height()), (max_width, max_height)) {
            Some(view) => self.view(view, format),
            None => self.convert(format),
        }
    }

    /// Writes the picture in another format into memory of the caller, row by row. Planes follow each other without gaps
    /// between them; `stride` is that of the first one (0: rows without gaps), and half of it, rounded up, that of planes
    /// with half as many bytes in a row. The last row needs no padding.
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
        if !self.is_in(format) {
            return self.write(&layout, dst);
        }
        work::copied();
        for (index, plane) in layout.planes().iter().enumerate() {
            let (source, row) = (self.plane(index), layout.row(index));
            let to = &mut dst[plane.offset..plane.offset + plane.len];
            for (from, to) in source.data.chunks(source.stride).zip(to.chunks_mut(plane.stride)) {
                to[..row].copy_from_slice(&from[..row]);
            }
        }
        Ok(())
    }

    /// Makes another form.
    fn write(&self, layout: &Layout, dst: &mut [u8]) -> Result<()> {
        if !self.format().is_compressed() {
            work::converted();
        }
        if layout.format.is_planar() {
            planar::convert(self, layout, dst)
        } else {
            convert::convert(self, layout.format, dst, layout.planes()[0].stride)
        }
    }

    /// What the numbers of this picture mean in another format.
    fn colour_in(&self, format: PixelFormat) -> Colour {
        let is_ycbcr = |format: PixelFormat| !(format.is_rgb() || format.is_grey() || format.is_compressed());
        if is_ycbcr(format) && is_ycbcr(self.format()) { self.colour() } else { Colour::JPEG }
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
                work::copied();
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
    if format == PixelFormat::Grey || format.is_rgb() || format.is_planar() {
        return Ok(format);
    }
    Err(Error::new(
        ErrorKind::NotSupported,
        format!("a frame cannot be turned into {format}; it can into grey, rgb, bgr, rgba, bgra, rgbx, bgrx, i420, yv12, nv12 and nv21"),
    ))
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({} {}x{}, sequence {}, {:?})", self.format(), self.width(), self.height(), self.sequence(), self.picture.bytes)
    }
}
