//! Pictures from JPEG and PNG files.

use std::io::Cursor;
use std::path::Path;

use super::{Picture, bad, check_size, read_file};
use crate::frame::jpeg;
use crate::{PixelFormat, Result};

/// Reads a picture: what kind it is, its first bytes say, not its name.
pub(super) fn read(path: &Path) -> Result<Picture> {
    let bytes = read_file(path)?;
    if bytes.starts_with(&[0xff, 0xd8]) {
        from_jpeg(path, bytes)
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        from_png(path, &bytes)
    } else {
        Err(bad(path, "it is neither a JPEG nor a PNG file"))
    }
}

/// A picture of JPEG data, which it keeps.
pub(super) fn from_jpeg(path: &Path, bytes: Vec<u8>) -> Result<Picture> {
    let header = jpeg::structure(&bytes).map_err(|e| bad(path, e.message()))?.header;
    let (width, height) = (header.width, header.height);
    check_size(path, width, height)?;
    let mut rgba = vec![255; width as usize * height as usize * 4];
    jpeg::decode(&bytes, width, height, PixelFormat::Rgba, &mut rgba, width as usize * 4).map_err(|e| bad(path, e.message()))?;
    Ok(Picture { width, height, rgba, jpeg: Some(bytes) })
}

fn from_png(path: &Path, bytes: &[u8]) -> Result<Picture> {
    let failed = |e: png::DecodingError| bad(path, format_args!("its PNG cannot be decoded: {e}"));
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().map_err(failed)?;
    let (width, height) = (reader.info().width, reader.info().height);
    check_size(path, width, height)?;
    let Some(size) = reader.output_buffer_size() else { return Err(bad(path, "its picture is too large")) };
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels).map_err(failed)?;
    pixels.truncate(info.buffer_size());
    let rgba = match info.color_type {
        png::ColorType::GrayscaleAlpha => pixels.as_chunks::<2>().0.iter().flat_map(|[grey, _]| [*grey, *grey, *grey, 255]).collect(),
        _ => {
            pixels.as_chunks_mut::<4>().0.iter_mut().for_each(|pixel| pixel[3] = 255);
            pixels
        }
    };
    if rgba.len() != width as usize * height as usize * 4 {
        return Err(bad(path, "its PNG has an unknown form of pixels"));
    }
    Ok(Picture { width, height, rgba, jpeg: None })
}
