//! Photos as PNG.

use super::{Frame, PixelFormat};
use crate::{Error, ErrorKind, Result};

/// Encodes as PNG, from grey or RGB, with EXIF data or without.
pub(crate) fn encode(frame: &Frame, exif: Option<&[u8]>) -> Result<Vec<u8>> {
    let (format, colour) =
        if frame.format().is_grey() { (PixelFormat::Grey, png::ColorType::Grayscale) } else { (PixelFormat::Rgb, png::ColorType::Rgb) };
    let row = frame.width() as usize * format.bytes_per_pixel().unwrap_or(3);
    let mut pixels = vec![0; row * frame.height() as usize];
    frame.copy_to(format, &mut pixels, row)?;
    let mut out = Vec::new();
    let mut info = png::Info::with_size(frame.width(), frame.height());
    info.exif_metadata = exif.map(Into::into);
    let failed = |e: png::EncodingError| Error::new(ErrorKind::Unknown, format!("the picture cannot be encoded as PNG: {e}"));
    let mut encoder = png::Encoder::with_info(&mut out, info).map_err(failed)?;
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::frame::format::{Colour, Layout};
    use crate::frame::pool::Bytes;

    #[test]
    fn png_is_lossless() {
        let layout = Layout::new(PixelFormat::Rgb, 19, 7, 0).unwrap();
        let bytes = Bytes::Heap((0..layout.size).map(|i| (i * 13 % 256) as u8).collect());
        let picture = Frame::new(bytes, layout, Colour::JPEG, Duration::ZERO, 0);
        let png = encode(&picture, None).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, picture.plane(0).data);
    }
}
