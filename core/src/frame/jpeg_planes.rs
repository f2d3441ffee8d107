//! The planes that a JPEG is made of, without turning them into RGB.

use crate::Result;
#[cfg(feature = "turbojpeg")]
use crate::{Error, ErrorKind};

/// The planes of a decoded JPEG: BT.601 of full range.
pub(super) struct JpegPlanes {
    pixels: Vec<u8>,
    /// Pixels that share a sample of colour, across and down; 0 in a picture without colour.
    step: (usize, usize),
    width: usize,
    height: usize,
    luminance: (usize, usize),
}

impl JpegPlanes {
    pub(super) fn stride(&self) -> usize {
        self.luminance.0
    }

    pub(super) fn luminance(&self) -> &[u8] {
        &self.pixels[..self.luminance.0 * self.luminance.1]
    }

    /// The two planes of colour, if there are any.
    pub(super) fn colour(&self) -> Option<(&[u8], &[u8])> {
        if self.step.0 == 0 {
            return None;
        }
        let colour = &self.pixels[self.luminance.0 * self.luminance.1..];
        Some(colour.split_at(colour.len() / 2))
    }

    pub(super) fn colour_step(&self) -> (usize, usize) {
        self.step
    }

    /// The stride of a plane of colour, and how many of its columns and rows are picture.
    pub(super) fn colour_size(&self) -> (usize, usize, usize) {
        let (across, down) = (self.step.0.max(1), self.step.1.max(1));
        (self.luminance.0 / across, self.width.div_ceil(across), self.height.div_ceil(down))
    }
}

/// Decodes a JPEG that has to be `width` by `height`; `None` for one whose planes are of another kind than those that
/// cameras send, and for what is not decoded without RGB.
#[cfg(feature = "turbojpeg")]
pub(super) fn decode(bytes: &[u8], width: u32, height: u32) -> Result<Option<JpegPlanes>> {
    use turbojpeg::{Colorspace, Subsamp};

    let failed = |e: turbojpeg::Error| Error::new(ErrorKind::Unknown, format!("the camera's JPEG cannot be decoded: {e}")).with_source(e);
    let mut decompressor = turbojpeg::Decompressor::new().map_err(failed)?;
    let header = decompressor.read_header(bytes).map_err(failed)?;
    // What is wrong about one of another size, the way over RGB says.
    let (width, height) = (width as usize, height as usize);
    if (header.width, header.height) != (width, height) || header.is_lossless {
        return Ok(None);
    }
    let step = match (header.colorspace, header.subsamp) {
        (Colorspace::Gray, Subsamp::Gray) => (0, 0),
        (Colorspace::YCbCr, Subsamp::None) => (1, 1),
        (Colorspace::YCbCr, Subsamp::Sub2x1) => (2, 1),
        (Colorspace::YCbCr, Subsamp::Sub1x2) => (1, 2),
        (Colorspace::YCbCr, Subsamp::Sub2x2) => (2, 2),
        _ => return Ok(None),
    };
    super::work::decoded();
    let len = turbojpeg::yuv_pixels_len(width, 1, height, header.subsamp).map_err(failed)?;
    let mut image = turbojpeg::YuvImage { pixels: vec![0; len], width, align: 1, height, subsamp: header.subsamp };
    decompressor.decompress_to_yuv(bytes, image.as_deref_mut()).or_else(|e| super::jpeg::tolerate(e, bytes)).map_err(failed)?;
    let luminance = image.y_size();
    Ok(Some(JpegPlanes { pixels: image.pixels, step, width, height, luminance }))
}

#[cfg(not(feature = "turbojpeg"))]
pub(super) fn decode(_: &[u8], _: u32, _: u32) -> Result<Option<JpegPlanes>> {
    Ok(None)
}
