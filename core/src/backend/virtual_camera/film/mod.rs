//! Scenes that come from files: pictures and films.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::config::{ModeConfig, Scene};
use super::effects::Window;
use crate::frame::format::MAX_SIDE;
use crate::{Error, ErrorKind, PixelFormat, Result};

mod mjpeg;
mod still;
mod y4m;

/// The most pixels that a picture of a file may have. A header of a few bytes must not ask for all memory.
const MOST_PIXELS: u64 = 100_000_000;
/// The most bytes that one encoded picture may have.
const MOST_BYTES: u64 = 256 << 20;

/// One picture as its file has it.
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Opaque RGBA, rows without gaps.
    rgba: Vec<u8>,
    /// The file's own JPEG.
    pub(super) jpeg: Option<Vec<u8>>,
}

impl Picture {
    /// What a camera of that size sees of it, as RGB: the window's part of the largest centred rectangle with the
    /// camera's aspect ratio.
    pub(super) fn seen(&self, width: usize, height: usize, window: Window) -> Result<Vec<u8>> {
        let (own_width, own_height) = (f64::from(self.width), f64::from(self.height));
        let scale = (own_width / width as f64).min(own_height / height as f64);
        let (full_width, full_height) = (width as f64 * scale, height as f64 * scale);
        let (left, top, span) = window.corner_and_span();
        let failed = |what: String| Error::new(ErrorKind::Unknown, format!("the scene's picture cannot be scaled: {what}"));
        let source = ImageRef::new(self.width, self.height, &self.rgba, PixelType::U8x4).map_err(|e| failed(e.to_string()))?;
        let mut scaled = Image::new(width as u32, height as u32, PixelType::U8x4);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).use_alpha(false).crop(
            (own_width - full_width) / 2.0 + left * full_width,
            (own_height - full_height) / 2.0 + top * full_height,
            full_width * span,
            full_height * span,
        );
        Resizer::new().resize(&source, &mut scaled, &options).map_err(|e| failed(e.to_string()))?;
        Ok(scaled.into_vec().as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect())
    }
}

/// A file of pictures that is being shown.
pub(super) enum Film {
    Stills { pictures: Vec<PathBuf>, hold: u64, shown: Option<(usize, Arc<Picture>)>, count: u64 },
    Y4m(y4m::Reader),
    Mjpeg(mjpeg::Reader),
}

impl Film {
    /// Opens the files of a scene; `None` for scenes without.
    pub(super) fn open(scene: &Scene) -> Result<Option<Film>> {
        let stills = |pictures: &[PathBuf], hold: u32| Film::Stills {
            pictures: pictures.to_vec(),
            hold: u64::from(hold.max(1)),
            shown: None,
            count: 0,
        };
        Ok(match scene {
            Scene::Pattern | Scene::Push => None,
            Scene::Image { path } => Some(stills(std::slice::from_ref(path), 1)),
            Scene::Images { paths, hold } => Some(stills(paths, *hold)),
            Scene::Y4m { path } => Some(Film::Y4m(y4m::Reader::open(path)?)),
            Scene::Mjpeg { path } => Some(Film::Mjpeg(mjpeg::Reader::open(path)?)),
        })
    }

    /// Checks a scene's files and tells the mode that shows them as they are.
    pub(super) fn check(scene: &Scene) -> Result<Option<ModeConfig>> {
        if let Scene::Images { paths, hold } = scene {
            if paths.is_empty() || *hold == 0 {
                return Err(Error::invalid("scene: images needs at least one path, and hold is 1 or more frames"));
            }
            for path in paths {
                still::read(path)?;
            }
        }
        let Some(mut film) = Film::open(scene)? else { return Ok(None) };
        let rate = match &film {
            Film::Y4m(reader) => reader.rate(),
            Film::Stills { .. } | Film::Mjpeg(_) => 30.0,
        };
        let first = film.next()?;
        let format = match (&film, &first.jpeg) {
            (Film::Y4m(_), _) => PixelFormat::I420,
            (_, Some(_)) => PixelFormat::Mjpeg,
            (_, None) => PixelFormat::Rgb,
        };
        Ok(Some(ModeConfig { width: first.width, height: first.height, frame_rates: vec![rate], pixel_format: format.name().to_owned() }))
    }

    /// The next picture; behind the last comes the first.
    pub(super) fn next(&mut self) -> Result<Arc<Picture>> {
        match self {
            Film::Stills { pictures, hold, shown, count } => {
                let index = (*count / *hold) as usize % pictures.len();
                *count += 1;
                if let Some((_, picture)) = shown.as_ref().filter(|(of, _)| *of == index) {
                    return Ok(picture.clone());
                }
                let picture = Arc::new(still::read(&pictures[index])?);
                *shown = Some((index, picture.clone()));
                Ok(picture)
            }
            Film::Y4m(reader) => reader.next().map(Arc::new),
            Film::Mjpeg(reader) => reader.next().map(Arc::new),
        }
    }
}

/// A mistake in a file.
fn bad(path: &Path, what: impl std::fmt::Display) -> Error {
    Error::invalid(format!("scene: {}: {what}", path.display()))
}

/// Opens a plain file and tells its length. Others (a pipe) could hold up the camera for ever.
fn open_file(path: &Path) -> Result<(File, u64)> {
    let unreadable = |e: std::io::Error| bad(path, format_args!("the file cannot be read: {e}")).with_source(e);
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(bad(path, "it is no file"));
    }
    Ok((File::open(path).map_err(unreadable)?, metadata.len()))
}

/// All of a file that holds one picture.
fn read_file(path: &Path) -> Result<Vec<u8>> {
    let (file, length) = open_file(path)?;
    if length > MOST_BYTES {
        return Err(bad(path, format_args!("{length} bytes are too many for one picture; {MOST_BYTES} are the limit")));
    }
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|e| bad(path, format_args!("the file cannot be read: {e}")).with_source(e))?;
    Ok(bytes)
}

/// Checks a size before memory is taken for it.
fn check_size(path: &Path, width: u32, height: u32) -> Result<()> {
    if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(bad(
            path,
            format_args!("its header says {width}x{height}; both sides are 1 to {MAX_SIDE} and together at most {MOST_PIXELS} pixels"),
        ));
    }
    Ok(())
}
