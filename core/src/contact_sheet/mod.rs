//! Contact sheets: many small pictures with their labels in one, to choose by looking.

use std::fmt;
use std::time::Duration;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::{Error, ErrorKind, Frame, Photo, PixelFormat, Result};

mod draw;
mod run;
mod sweep;

pub use sweep::Sweep;

/// Narrower pictures have no room for a label, wider ones are no thumbnails.
const WIDTHS: std::ops::RangeInclusive<u32> = 64..=1920;
/// Nobody looks at more pictures, and each costs memory.
const MAX_PICTURES: usize = 256;

/// How a contact sheet looks, and how its pictures are taken.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactSheetOptions {
    /// The large line at the top. Empty: the name of the camera, if it is [swept](ContactSheet::sweep).
    pub title: String,
    /// Pictures in a row, 0 for as many as look well. A sweep of several properties has its own rows.
    pub columns: u32,
    /// The width of a picture in pixels, 64 to 1920; its height follows from its shape.
    pub width: u32,
    /// How long a sweep waits at most, after a value was set, until the picture does not change any more.
    pub settle: Duration,
}

impl Default for ContactSheetOptions {
    /// No title, columns as they look well, pictures 320 pixels wide, 1.5 s.
    fn default() -> Self {
        ContactSheetOptions { title: String::new(), columns: 0, width: 320, settle: Duration::from_millis(1500) }
    }
}

/// Small pictures with labels on one sheet.
///
/// ```
/// use imagecapture::*;
///
/// let camera = VirtualCamera::from_json(
///     r#"{"modes": [{"width": 320, "height": 240}], "pacing": "fast", "properties": {"zoom": {"min": 100, "max": 400}}}"#,
/// )?;
/// let devices = MediaDevices::builder().backends(&[]).virtual_camera(&camera).build()?;
/// let wish = MediaTrackConstraints::new().zoom(true);
/// let stream = devices.get_user_media(&MediaStreamConstraints::video(wish))?;
/// let sweep = "zoom=100:400:100".parse()?;
/// let sheet = ContactSheet::sweep(&stream.video_tracks()[0], &[sweep], &ContactSheetOptions::default())?;
/// assert_eq!(sheet.len(), 4);
/// assert_eq!(sheet.to_png()?.mime_type(), "image/png");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct ContactSheet {
    options: ContactSheetOptions,
    /// What holds for all pictures, below the title.
    notes: Vec<String>,
    cells: Vec<Cell>,
    /// After how many pictures a new row begins, besides full ones.
    breaks: Vec<usize>,
}

/// A picture, scaled down, and its label.
#[derive(Clone)]
struct Cell {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
    label: Label,
}

/// The text below a picture: entries that are kept together.
#[derive(Clone, Default)]
struct Label {
    /// What people look for.
    strong: Vec<String>,
    /// What else there is to know.
    weak: Vec<String>,
}

impl ContactSheet {
    /// A sheet without pictures.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for an impossible width.
    pub fn new(options: ContactSheetOptions) -> Result<ContactSheet> {
        if !WIDTHS.contains(&options.width) {
            let (least, most) = (WIDTHS.start(), WIDTHS.end());
            return Err(Error::invalid(format!(
                "width: pictures of a contact sheet are {least} to {most} pixels wide, not {}",
                options.width
            )));
        }
        Ok(ContactSheet { options, notes: Vec::new(), cells: Vec::new(), breaks: Vec::new() })
    }

    /// Adds a picture. The first line of its label is the strong one.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when the sheet is full (256 pictures); those of [`Frame::convert`].
    pub fn add(&mut self, frame: &Frame, label: &str) -> Result<()> {
        let mut lines = label.lines().map(str::to_owned);
        let strong = lines.next().into_iter().collect();
        self.put(frame, Label { strong, weak: lines.collect() })
    }

    fn put(&mut self, frame: &Frame, label: Label) -> Result<()> {
        if self.cells.len() == MAX_PICTURES {
            return Err(Error::invalid(format!("a contact sheet has room for {MAX_PICTURES} pictures")));
        }
        let width = self.options.width;
        let height = (u64::from(width) * u64::from(frame.height()) / u64::from(frame.width())).clamp(1, u64::from(width) * 4) as u32;
        let rgba = thumbnail(frame, width, height)?;
        self.cells.push(Cell { width, height, rgba, label });
        Ok(())
    }

    /// How many pictures it has.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether it has none yet.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The sheet as a PNG file. It has no settings of its own, and its time is now.
    ///
    /// # Errors
    ///
    /// `InvalidState` without pictures; `InvalidInput` when the sheet would be too large.
    pub fn to_png(&self) -> Result<Photo> {
        if self.cells.is_empty() {
            return Err(Error::new(ErrorKind::InvalidState, "the contact sheet has no pictures yet"));
        }
        let sheet = draw::sheet(self)?;
        let png = crate::frame::png::encode(&sheet, None)?;
        Ok(Photo::of_file("image/png", png, &sheet))
    }
}

impl fmt::Debug for ContactSheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactSheet").field("options", &self.options).field("pictures", &self.cells.len()).finish_non_exhaustive()
    }
}

/// The whole picture in another size, as RGBA.
fn thumbnail(frame: &Frame, width: u32, height: u32) -> Result<Vec<u8>> {
    let row = frame.width() as usize * 4;
    let mut pixels = vec![0; row * frame.height() as usize];
    frame.copy_to(PixelFormat::Rgba, &mut pixels, row)?;
    let failed = |why: String| Error::new(ErrorKind::Unknown, format!("the picture cannot be scaled to {width}x{height}: {why}"));
    let source = ImageRef::new(frame.width(), frame.height(), &pixels, PixelType::U8x4).map_err(|e| failed(e.to_string()))?;
    let mut scaled = Image::new(width, height, PixelType::U8x4);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3)).use_alpha(false);
    Resizer::new().resize(&source, &mut scaled, &options).map_err(|e| failed(e.to_string()))?;
    Ok(scaled.into_vec())
}
