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
    /// YCbCr 4:2:0 in three planes: Y, Cr, Cb.
    Yv12 = 12, "yv12";
    /// 16 bits of luminance, little endian. How many of them count, from the lowest on, is
    /// [`Frame::bits_per_sample`](crate::Frame::bits_per_sample).
    Grey16 = 13, "grey16";
    /// 8 bits each of red, green, blue and nothing that means anything.
    Rgbx = 14, "rgbx";
    /// 8 bits each of blue, green, red and nothing that means anything.
    Bgrx = 15, "bgrx";
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
            PixelFormat::Yuyv | PixelFormat::Uyvy | PixelFormat::Grey16 => Some(2),
            PixelFormat::Rgb | PixelFormat::Bgr => Some(3),
            PixelFormat::Rgba | PixelFormat::Bgra | PixelFormat::Rgbx | PixelFormat::Bgrx => Some(4),
            PixelFormat::Nv12 | PixelFormat::Nv21 | PixelFormat::I420 | PixelFormat::Yv12 | PixelFormat::Mjpeg => None,
        }
    }

    /// Red, green and blue instead of luminance and colour differences.
    pub(crate) fn is_rgb(self) -> bool {
        use PixelFormat::{Bgr, Bgra, Bgrx, Rgb, Rgba, Rgbx};
        matches!(self, Rgb | Bgr | Rgba | Bgra | Rgbx | Bgrx)
    }

    /// Without colour.
    pub(crate) fn is_grey(self) -> bool {
        matches!(self, PixelFormat::Grey | PixelFormat::Grey16)
    }

    /// YCbCr 4:2:0 in planes.
    pub(crate) fn is_planar(self) -> bool {
        matches!(self, PixelFormat::Nv12 | PixelFormat::Nv21 | PixelFormat::I420 | PixelFormat::Yv12)
    }

    /// Its bits in memory for one sample.
    fn bits(self) -> u8 {
        if self == PixelFormat::Grey16 { 16 } else { 8 }
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
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only V4L2 tells of colour"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matrix {
    Bt601,
    Bt709,
    Bt2020,
    Smpte240,
}

/// Which weights turn red, green and blue into luminance and colour differences.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColorMatrix {
    /// ITU-R BT.601: JPEG and pictures of standard definition.
    Bt601,
    /// ITU-R BT.709: pictures of high definition.
    Bt709,
    /// ITU-R BT.2020, non-constant luminance.
    Bt2020,
    /// SMPTE 240M.
    Smpte240,
}

impl ColorMatrix {
    /// Every matrix.
    pub const ALL: &'static [ColorMatrix] = &[ColorMatrix::Bt601, ColorMatrix::Bt709, ColorMatrix::Bt2020, ColorMatrix::Smpte240];

    /// Its name: `"bt601"`, `"bt709"`, `"bt2020"` or `"smpte240m"`.
    pub fn name(self) -> &'static str {
        match self {
            ColorMatrix::Bt601 => "bt601",
            ColorMatrix::Bt709 => "bt709",
            ColorMatrix::Bt2020 => "bt2020",
            ColorMatrix::Smpte240 => "smpte240m",
        }
    }
}

/// What the numbers of a picture mean: see [`Frame::color_space`](crate::Frame::color_space).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ColorSpace {
    /// Says nothing of RGB and grey pictures.
    pub matrix: ColorMatrix,
    /// Luminance, or red, green and blue, use 0 to 255; otherwise 16 to 235, and colour differences 16 to 240.
    pub full_range: bool,
}

impl From<Colour> for ColorSpace {
    fn from(colour: Colour) -> ColorSpace {
        let matrix = match colour.matrix {
            Matrix::Bt601 => ColorMatrix::Bt601,
            Matrix::Bt709 => ColorMatrix::Bt709,
            Matrix::Bt2020 => ColorMatrix::Bt2020,
            Matrix::Smpte240 => ColorMatrix::Smpte240,
        };
        ColorSpace { matrix, full_range: colour.full_range }
    }
}

/// What the numbers of a picture mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colour {
    pub(crate) matrix: Matrix,
    /// Luminance, or red, green and blue, use 0 to 255 instead of 16 to 235.
    pub(crate) full_range: bool,
}

impl Colour {
    /// JPEG files (JFIF) always mean this.
    pub(crate) const JPEG: Colour = Colour { matrix: Matrix::Bt601, full_range: true };

    /// What to assume of a picture of which the device says nothing.
    pub(crate) fn assumed(format: PixelFormat, height: u32) -> Colour {
        if format.is_compressed() || format.is_rgb() || format.is_grey() {
            return Colour::JPEG;
        }
        let matrix = if height < 720 { Matrix::Bt601 } else { Matrix::Bt709 };
        Colour { matrix, full_range: false }
    }
}

/// Pictures have at most so many planes, each of which may lie in memory of its own.
pub(crate) const MAX_PLANES: usize = 3;

/// One plane: where it starts, how far its rows are apart, how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PlaneLayout {
    /// In which piece of memory.
    pub(crate) piece: usize,
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
    /// How many bits of a sample count.
    pub(crate) bits: u8,
    planes: [PlaneLayout; MAX_PLANES],
    count: usize,
    /// Bytes that the picture needs, all planes together.
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
            PixelFormat::I420 | PixelFormat::Yv12 => (w, &[(2, half_h), (2, half_h)]),
            PixelFormat::Mjpeg => return Err(bad("a compressed picture has no rows".into())),
            packed => (w * packed.bytes_per_pixel().unwrap_or(4), &[]),
        };
        let stride = if stride == 0 { row } else { stride };
        if stride < row {
            return Err(bad(format!("a row needs {row} bytes")));
        }
        let mut planes = [PlaneLayout::default(); MAX_PLANES];
        planes[0] = PlaneLayout { stride, rows: h, ..PlaneLayout::default() };
        let mut count = 1;
        for &(divisor, rows) in others {
            // Two interleaved chroma samples a pair of pixels need an even stride.
            let chroma_row = if divisor == 1 { half_w * 2 } else { half_w };
            planes[count] = PlaneLayout { stride: stride.div_ceil(divisor).max(chroma_row), rows, ..PlaneLayout::default() };
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
            PixelFormat::I420 | PixelFormat::Yv12 => half_w,
            _ => row,
        };
        size -= planes[last].stride - last_row;
        planes[last].len -= planes[last].stride - last_row;
        Ok(Layout { format, width, height, bits: format.bits(), planes, count, size })
    }

    /// The layout of an uncompressed picture each of whose planes lies in memory of its own. The strides are those of
    /// the planes in bytes, 0 for rows without gaps.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only V4L2 tells as much of a picture"))]
    pub(crate) fn apart(format: PixelFormat, width: u32, height: u32, strides: &[usize]) -> Result<Layout> {
        let mut layout = Layout::new(format, width, height, 0)?;
        if strides.len() != layout.count {
            let why = format!("a {format} picture has {} planes, not {}", layout.count, strides.len());
            return Err(Error::new(ErrorKind::InvalidInput, why));
        }
        layout.size = 0;
        for (piece, (plane, &stride)) in layout.planes.iter_mut().zip(strides).enumerate() {
            // Without gaps the stride is what a row needs.
            let row = plane.stride;
            let stride = if stride == 0 { row } else { stride };
            let len = stride.checked_mul(plane.rows - 1).and_then(|len| len.checked_add(row)).filter(|_| stride >= row);
            let Some(len) = len else {
                let why = format!("plane {piece} of a {format} picture of {width}x{height} cannot have rows of {stride} bytes");
                return Err(Error::new(ErrorKind::InvalidInput, why));
            };
            *plane = PlaneLayout { piece, offset: 0, len, stride, rows: plane.rows };
            layout.size = layout.size.saturating_add(len);
        }
        Ok(layout)
    }

    /// The same planes one after the other in one piece of memory.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only V4L2 tells as much of a picture"))]
    pub(crate) fn together(mut self) -> Layout {
        let mut offset = 0;
        for plane in &mut self.planes[..self.count] {
            (plane.piece, plane.offset) = (0, offset);
            offset += plane.len;
        }
        self
    }

    /// With only the lowest bits of a sample counting. More than there are is all of them.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only V4L2 tells as much of a picture"))]
    pub(crate) fn with_bits(self, bits: u8) -> Layout {
        Layout { bits: bits.min(self.format.bits()), ..self }
    }

    /// How many bytes of a piece of memory the picture needs.
    pub(crate) fn needs(&self, piece: usize) -> usize {
        self.planes().iter().filter(|plane| plane.piece == piece).map(|plane| plane.offset + plane.len).max().unwrap_or(0)
    }

    /// In how many pieces of memory the picture lies.
    pub(crate) fn pieces(&self) -> usize {
        self.planes().iter().map(|plane| plane.piece + 1).max().unwrap_or(1)
    }

    /// The layout of a compressed picture of `len` bytes.
    pub(crate) fn compressed(format: PixelFormat, width: u32, height: u32, len: usize) -> Layout {
        let mut planes = [PlaneLayout::default(); MAX_PLANES];
        planes[0] = PlaneLayout { len, ..PlaneLayout::default() };
        Layout { format, width, height, bits: format.bits(), planes, count: 1, size: len }
    }

    /// How many bytes of a row of a plane are pixels.
    pub(crate) fn row(&self, plane: usize) -> usize {
        let (width, half) = (self.width as usize, (self.width as usize).div_ceil(2));
        match (self.format, plane) {
            (PixelFormat::Nv12 | PixelFormat::Nv21, 1) | (PixelFormat::Yuyv | PixelFormat::Uyvy, _) => {
                half * if self.format.is_planar() { 2 } else { 4 }
            }
            (PixelFormat::I420 | PixelFormat::Yv12, 1 | 2) => half,
            (format, _) => width * format.bytes_per_pixel().unwrap_or(1),
        }
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
        assert_eq!(size(PixelFormat::Yv12, 5, 3, 0), 15 + 2 * 6);
        assert_eq!(size(PixelFormat::Grey16, 5, 3, 0), 30);
        assert_eq!(size(PixelFormat::Bgrx, 5, 3, 0), 60);
    }

    #[test]
    fn planes_in_memory_of_their_own_start_at_its_beginning() {
        let apart = Layout::apart(PixelFormat::I420, 5, 3, &[8, 4, 0]).unwrap();
        let seen: Vec<_> = apart.planes().iter().map(|p| (p.piece, p.offset, p.len, p.stride, p.rows)).collect();
        assert_eq!(seen, [(0, 0, 2 * 8 + 5, 8, 3), (1, 0, 4 + 3, 4, 2), (2, 0, 6, 3, 2)]);
        assert_eq!((apart.size, apart.pieces()), (21 + 7 + 6, 3));
        assert_eq!([0, 1, 2, 3].map(|piece| apart.needs(piece)), [21, 7, 6, 0]);
        let together = apart.together();
        assert_eq!(together.planes().iter().map(|p| (p.piece, p.offset)).collect::<Vec<_>>(), [(0, 0), (0, 21), (0, 28)]);
        assert_eq!((together.size, together.needs(0), together.pieces()), (34, 34, 1));
        assert!(Layout::apart(PixelFormat::Nv12, 5, 3, &[8]).is_err());
        assert!(Layout::apart(PixelFormat::Nv12, 5, 3, &[8, 5]).is_err(), "a row of chroma needs 6 bytes");
        assert!(Layout::apart(PixelFormat::Nv12, 5, 3, &[usize::MAX, 6]).is_err());
    }

    #[test]
    fn a_sample_has_no_more_bits_than_its_memory() {
        let bits = |format, bits| Layout::new(format, 4, 4, 0).unwrap().with_bits(bits).bits;
        assert_eq!((bits(PixelFormat::Grey16, 10), bits(PixelFormat::Grey16, 20), bits(PixelFormat::Rgb, 10)), (10, 16, 8));
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
