//! Pixel formats, colour, and where the planes of a picture lie, with checked arithmetic.

use std::fmt;

use crate::{Error, ErrorKind, Result};

macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $name:literal;)+) => {
        /// How the bytes of a [`Frame`](crate::Frame) mean pixels.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum PixelFormat {
            $($(#[$doc])* $variant,)+
        }

        impl PixelFormat {
            /// Every format.
            pub const ALL: &'static [PixelFormat] = &[$(PixelFormat::$variant),+];

            /// Its name, for example `"nv12"`.
            pub fn name(self) -> &'static str {
                match self { $(PixelFormat::$variant => $name,)+ }
            }

            /// Its number in the C interface (`IC_PIXEL_FORMAT_…`).
            pub fn number(self) -> u32 {
                match self { $(PixelFormat::$variant => $number,)+ }
            }
        }
    };
}

formats! {
    /// Packed YCbCr 4:2:2, bytes Y Cb Y Cr for two pixels.
    Yuyv = 1, "yuyv";
    /// Packed YCbCr 4:2:2, bytes Cb Y Cr Y for two pixels.
    Uyvy = 2, "uyvy";
    /// YCbCr 4:2:0 in two planes: Y, then Cb and Cr in turn.
    Nv12 = 3, "nv12";
    /// YCbCr 4:2:0 in two planes: Y, then Cr and Cb in turn.
    Nv21 = 4, "nv21";
    /// YCbCr 4:2:0 in three planes: Y, Cb, Cr.
    I420 = 5, "i420";
    /// 8 bits of luminance.
    Grey = 6, "grey";
    /// 8 bits each of red, green, blue.
    Rgb = 7, "rgb";
    /// 8 bits each of blue, green, red.
    Bgr = 8, "bgr";
    /// 8 bits each of red, green, blue and opacity.
    Rgba = 9, "rgba";
    /// 8 bits each of blue, green, red and opacity.
    Bgra = 10, "bgra";
    /// One JPEG image, as cameras send it.
    Mjpeg = 11, "mjpeg";
}

impl PixelFormat {
    /// Finds a format by its name.
    pub fn from_name(name: &str) -> Option<PixelFormat> {
        PixelFormat::ALL.iter().copied().find(|f| f.name() == name)
    }

    /// Finds a format by its number.
    pub fn from_number(number: u32) -> Option<PixelFormat> {
        PixelFormat::ALL.iter().copied().find(|f| f.number() == number)
    }

    /// Bytes of one pixel where the picture is one plane of equal pixels; `None` for planar and
    /// compressed formats. (A pixel of the 4:2:2 formats has 2 bytes on average.)
    pub fn bytes_per_pixel(self) -> Option<usize> {
        match self {
            PixelFormat::Grey => Some(1),
            PixelFormat::Yuyv | PixelFormat::Uyvy => Some(2),
            PixelFormat::Rgb | PixelFormat::Bgr => Some(3),
            PixelFormat::Rgba | PixelFormat::Bgra => Some(4),
            PixelFormat::Nv12 | PixelFormat::Nv21 | PixelFormat::I420 | PixelFormat::Mjpeg => None,
        }
    }

    /// Whether the bytes have to be decoded to become pixels.
    pub fn is_compressed(self) -> bool {
        self == PixelFormat::Mjpeg
    }
}

impl fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which weights turn RGB into luminance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matrix {
    Bt601,
    Bt709,
    Bt2020,
}

/// What the numbers of a YCbCr picture mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colour {
    pub(crate) matrix: Matrix,
    /// Luminance uses 0 to 255 instead of 16 to 235.
    pub(crate) full_range: bool,
}

impl Colour {
    /// JPEG files (JFIF) always mean this.
    pub(crate) const JPEG: Colour = Colour { matrix: Matrix::Bt601, full_range: true };

    /// What to assume of a picture of which the device says nothing.
    pub(crate) fn assumed(height: u32) -> Colour {
        let matrix = if height < 720 { Matrix::Bt601 } else { Matrix::Bt709 };
        Colour { matrix, full_range: false }
    }
}

/// One plane: where it starts, how far its rows are apart, how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PlaneLayout {
    pub(crate) offset: usize,
    pub(crate) len: usize,
    pub(crate) stride: usize,
    pub(crate) rows: usize,
}

/// How a picture lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) format: PixelFormat,
    pub(crate) width: u32,
    pub(crate) height: u32,
    planes: [PlaneLayout; 3],
    count: usize,
    /// Bytes that the picture needs.
    pub(crate) size: usize,
}

/// Larger pictures do not exist in cameras; a header that claims one is damaged or hostile.
pub(crate) const MAX_SIDE: u32 = 32_768;

impl Layout {
    /// The layout of an uncompressed picture. `stride` is that of the first plane in bytes, 0 for rows
    /// without gaps.
    pub(crate) fn new(format: PixelFormat, width: u32, height: u32, stride: usize) -> Result<Layout> {
        let bad = |why: String| {
            Error::new(ErrorKind::InvalidInput, format!("a {format} picture of {width}x{height} with rows of {stride} bytes: {why}"))
        };
        if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE {
            return Err(bad(format!("both sides have to be between 1 and {MAX_SIDE}")));
        }
        let (w, h) = (width as usize, height as usize);
        let (half_w, half_h) = (w.div_ceil(2), h.div_ceil(2));
        // The first plane's rows in bytes, then (stride divisor, rows) of the others.
        let (row, others): (usize, &[(usize, usize)]) = match format {
            PixelFormat::Yuyv | PixelFormat::Uyvy => (half_w * 4, &[]),
            PixelFormat::Nv12 | PixelFormat::Nv21 => (w, &[(1, half_h)]),
            PixelFormat::I420 => (w, &[(2, half_h), (2, half_h)]),
            PixelFormat::Mjpeg => return Err(bad("a compressed picture has no rows".into())),
            packed => (w * packed.bytes_per_pixel().unwrap_or(4), &[]),
        };
        let stride = if stride == 0 { row } else { stride };
        if stride < row {
            return Err(bad(format!("a row needs {row} bytes")));
        }
        let mut planes = [PlaneLayout::default(); 3];
        planes[0] = PlaneLayout { offset: 0, len: 0, stride, rows: h };
        let mut count = 1;
        for &(divisor, rows) in others {
            // Two interleaved chroma samples a pair of pixels need an even stride.
            let chroma_row = if divisor == 1 { half_w * 2 } else { half_w };
            planes[count] = PlaneLayout { offset: 0, len: 0, stride: stride.div_ceil(divisor).max(chroma_row), rows };
            count += 1;
        }
        let mut size = 0usize;
        for plane in &mut planes[..count] {
            plane.offset = size;
            plane.len = plane.stride.checked_mul(plane.rows).ok_or_else(|| bad("it is too large".into()))?;
            size = size.checked_add(plane.len).ok_or_else(|| bad("it is too large".into()))?;
        }
        // Drivers need not pad the last row.
        let last = count - 1;
        let last_row = match format {
            PixelFormat::Nv12 | PixelFormat::Nv21 => half_w * 2,
            PixelFormat::I420 => half_w,
            _ => row,
        };
        size -= planes[last].stride - last_row;
        planes[last].len -= planes[last].stride - last_row;
        Ok(Layout { format, width, height, planes, count, size })
    }

    /// The layout of a compressed picture of `len` bytes.
    pub(crate) fn compressed(format: PixelFormat, width: u32, height: u32, len: usize) -> Layout {
        let mut planes = [PlaneLayout::default(); 3];
        planes[0] = PlaneLayout { offset: 0, len, stride: 0, rows: 0 };
        Layout { format, width, height, planes, count: 1, size: len }
    }

    pub(crate) fn planes(&self) -> &[PlaneLayout] {
        &self.planes[..self.count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_find_their_format_again() {
        for &format in PixelFormat::ALL {
            assert_eq!(PixelFormat::from_name(format.name()), Some(format));
            assert_eq!(PixelFormat::from_number(format.number()), Some(format));
        }
        assert_eq!(PixelFormat::from_number(0), None);
    }

    #[test]
    fn sizes_are_those_of_the_kernel_documentation() {
        let size = |format, w, h, stride| Layout::new(format, w, h, stride).unwrap().size;
        assert_eq!(size(PixelFormat::Yuyv, 640, 480, 0), 640 * 480 * 2);
        assert_eq!(size(PixelFormat::Nv12, 640, 480, 0), 640 * 480 * 3 / 2);
        assert_eq!(size(PixelFormat::I420, 640, 480, 0), 640 * 480 * 3 / 2);
        assert_eq!(size(PixelFormat::I420, 5, 3, 0), 15 + 2 * 6);
        assert_eq!(size(PixelFormat::Nv12, 5, 3, 0), 15 + 12);
        assert_eq!(size(PixelFormat::Rgb, 5, 3, 0), 45);
        assert_eq!(size(PixelFormat::Rgb, 5, 3, 16), 16 + 16 + 15, "the last row is not padded");
        assert_eq!(size(PixelFormat::Yuyv, 3, 1, 0), 8);
    }

    #[test]
    fn impossible_layouts_are_refused() {
        assert!(Layout::new(PixelFormat::Rgb, 0, 10, 0).is_err());
        assert!(Layout::new(PixelFormat::Rgb, 10, MAX_SIDE + 1, 0).is_err());
        assert!(Layout::new(PixelFormat::Rgb, 10, 10, 29).is_err());
        assert!(Layout::new(PixelFormat::Rgba, 10, 3, usize::MAX / 2).is_err());
        assert!(Layout::new(PixelFormat::Mjpeg, 10, 10, 0).is_err());
    }
}
