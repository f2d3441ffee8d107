//! From JPEG to pixels.

use super::entropy::is_whole;
#[cfg(feature = "turbojpeg")]
use super::structure::header;
use crate::frame::PixelFormat;
use crate::{Error, ErrorKind, Result};

/// Pixels of a picture whose whole has to be in memory for decoding.
#[cfg(feature = "turbojpeg")]
const MOST_PIXELS: u64 = 1 << 27;

/// Decodes into rows of `stride` bytes; the picture has to be exactly `width` by `height`.
pub(crate) fn decode(bytes: &[u8], width: u32, height: u32, format: PixelFormat, dst: &mut [u8], stride: usize) -> Result<()> {
    decode_reduced(bytes, (width, height), 1, format, dst, stride)
}

/// As [`decode`], at the `divisor`-th part of the size (1, 2, 4 or 8), rounded up: much cheaper than decoding all of it,
/// and each pixel is the mean of those it stands for.
#[cfg(feature = "turbojpeg")]
pub(crate) fn decode_reduced(
    bytes: &[u8],
    (width, height): (u32, u32),
    divisor: u32,
    format: PixelFormat,
    dst: &mut [u8],
    stride: usize,
) -> Result<()> {
    let header = header(bytes)?;
    if (header.width, header.height) != (width, height) {
        return Err(Error::new(
            ErrorKind::Unknown,
            format!("the camera's JPEG says it is {}x{}, but {width}x{height} was agreed with the camera", header.width, header.height),
        ));
    }
    let pixel_format = match format {
        PixelFormat::Grey => turbojpeg::PixelFormat::GRAY,
        PixelFormat::Rgb => turbojpeg::PixelFormat::RGB,
        PixelFormat::Bgr => turbojpeg::PixelFormat::BGR,
        PixelFormat::Rgba => turbojpeg::PixelFormat::RGBA,
        PixelFormat::Rgbx => turbojpeg::PixelFormat::RGBX,
        PixelFormat::Bgrx => turbojpeg::PixelFormat::BGRX,
        _ => turbojpeg::PixelFormat::BGRA,
    };
    let failed = |e: turbojpeg::Error| Error::new(ErrorKind::Unknown, format!("the camera's JPEG cannot be decoded: {e}")).with_source(e);
    crate::frame::work::decoded();
    let mut decompressor = turbojpeg::Decompressor::new().map_err(failed)?;
    decompressor.set_scaling_factor(turbojpeg::ScalingFactor::new(1, divisor as usize)).map_err(failed)?;
    let (width, height) = (width.div_ceil(divisor) as usize, height.div_ceil(divisor) as usize);
    let image = turbojpeg::Image { pixels: dst, width, pitch: stride, height, format: pixel_format };
    decompressor.decompress(bytes, image).or_else(|error| tolerate(error, bytes)).map_err(failed)
}

/// Makes no error of bytes between the picture's data and the marker behind it: common cameras leave some there.
#[cfg(feature = "turbojpeg")]
pub(crate) fn tolerate(error: turbojpeg::Error, bytes: &[u8]) -> std::result::Result<(), turbojpeg::Error> {
    let is_harmless = error.to_string().contains("extraneous bytes before marker") && matches!(is_whole(bytes), Ok(true));
    if is_harmless { Ok(()) } else { Err(error) }
}

/// Looks whether all of a picture of this size is there.
///
/// # Errors
///
/// It is not.
pub(crate) fn check(bytes: &[u8], size: (u32, u32)) -> Result<()> {
    if is_whole(bytes)? { Ok(()) } else { check_by_decoding(bytes, size) }
}

/// The same for a picture of which only decoding it tells.
#[cfg(feature = "turbojpeg")]
fn check_by_decoding(bytes: &[u8], (width, height): (u32, u32)) -> Result<()> {
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        let why = format!("the camera's JPEG says that it is {width}x{height}, which is more than pictures of its kind may have here");
        return Err(Error::new(ErrorKind::Unknown, why));
    }
    let (columns, rows) = (width.div_ceil(8) as usize, height.div_ceil(8) as usize);
    decode_reduced(bytes, (width, height), 8, PixelFormat::Grey, &mut vec![0; columns * rows], columns)?;
    super::structure(bytes).map(|_| ())
}

#[cfg(not(feature = "turbojpeg"))]
fn check_by_decoding(bytes: &[u8], _: (u32, u32)) -> Result<()> {
    super::structure(bytes).map(|_| ())
}

#[cfg(not(feature = "turbojpeg"))]
pub(crate) fn decode_reduced(_: &[u8], _: (u32, u32), _: u32, _: PixelFormat, _: &mut [u8], _: usize) -> Result<()> {
    Err(Error::new(ErrorKind::NotSupported, "this build cannot decode JPEG: it was made without the feature turbojpeg"))
}
