//! Pixel formats, sizes and frame intervals.

use std::io;
use std::mem::{offset_of, size_of};

use super::{Node, Queue, Zeroed, end_of_list, request, text};
use crate::frame::format::MAX_PLANES;

const CAP_TIMEPERFRAME: u32 = 0x1000;
const FIELD_NONE: u32 = 1;
const FMT_FLAG_COMPRESSED: u32 = 1;
const FMT_FLAG_EMULATED: u32 = 2;
const MAX_DRIVER_PLANES: usize = 8;

#[repr(C)]
struct FmtDesc {
    index: u32,
    kind: u32,
    flags: u32,
    description: [u8; 32],
    pixelformat: u32,
    mbus_code: u32,
    reserved: [u32; 3],
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct PixFormat {
    width: u32,
    height: u32,
    pixelformat: u32,
    field: u32,
    bytesperline: u32,
    sizeimage: u32,
    colorspace: u32,
    private: u32,
    flags: u32,
    ycbcr_enc: u32,
    quantization: u32,
    xfer_func: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct PlanePixFormat {
    sizeimage: u32,
    bytesperline: u32,
    reserved: [u16; 6],
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct PixFormatMplane {
    width: u32,
    height: u32,
    pixelformat: u32,
    field: u32,
    colorspace: u32,
    plane_fmt: [PlanePixFormat; MAX_DRIVER_PLANES],
    num_planes: u8,
    flags: u8,
    ycbcr_enc: u8,
    quantization: u8,
    xfer_func: u8,
    reserved: [u8; 7],
}

#[repr(C)]
union FormatUnion {
    pix: PixFormat,
    multi: PixFormatMplane,
    raw: [u64; 25],
}

#[repr(C)]
struct Format {
    kind: u32,
    fmt: FormatUnion,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fract {
    pub(crate) numerator: u32,
    pub(crate) denominator: u32,
}

#[repr(C)]
struct StreamParm {
    kind: u32,
    capability: u32,
    capturemode: u32,
    timeperframe: Fract,
    extendedmode: u32,
    readbuffers: u32,
    rest: [u8; 176],
}

#[repr(C)]
struct FrmSizeEnum {
    index: u32,
    pixel_format: u32,
    kind: u32,
    /// Discrete: width, height. Stepwise: min, max, step of the width, then of the height.
    values: [u32; 6],
    reserved: [u32; 2],
}

#[repr(C)]
struct FrmIvalEnum {
    index: u32,
    pixel_format: u32,
    width: u32,
    height: u32,
    kind: u32,
    /// Discrete: one interval. Stepwise: min, max, step.
    values: [Fract; 3],
    reserved: [u32; 2],
}

// The kernel's own numbers for 64-bit systems.
const _: () = {
    assert!(size_of::<FmtDesc>() == 64);
    assert!(size_of::<PixFormat>() == 48);
    assert!(size_of::<PlanePixFormat>() == 20 && size_of::<PixFormatMplane>() == 192);
    assert!(offset_of!(PixFormatMplane, plane_fmt) == 20 && offset_of!(PixFormatMplane, num_planes) == 180);
    assert!(size_of::<Format>() == 208 && offset_of!(Format, fmt) == 8);
    assert!(size_of::<StreamParm>() == 204 && offset_of!(StreamParm, timeperframe) == 12);
    assert!(size_of::<FrmSizeEnum>() == 44);
    assert!(size_of::<FrmIvalEnum>() == 52);
};

impl Zeroed for FmtDesc {}
impl Zeroed for Format {}
impl Zeroed for StreamParm {}
impl Zeroed for FrmSizeEnum {}
impl Zeroed for FrmIvalEnum {}

/// What an enumeration of sizes or intervals gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Enumerated<T> {
    Discrete(T),
    /// Everything from the first to the second, in steps of the third.
    Stepwise(T, T, T),
}

/// A pixel format as a driver lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FormatDesc {
    pub(crate) fourcc: u32,
    pub(crate) description: String,
    pub(crate) compressed: bool,
    pub(crate) emulated: bool,
}

/// What a driver makes of a size and a pixel format. Numbers that are not explained are those of `v4l2_pix_format`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) pixelformat: u32,
    pub(crate) colorspace: u32,
    pub(crate) ycbcr_enc: u32,
    pub(crate) quantization: u32,
    /// The distance of rows in bytes, for each piece of memory of a picture.
    pub(crate) strides: Vec<usize>,
}

/// Which of three requests for a format.
#[derive(Clone, Copy)]
enum Ask {
    Get = 4,
    Set = 5,
    Try = 64,
}

impl Node {
    /// The pixel format with this index; `None` behind the last one.
    pub(crate) fn format(&self, queue: Queue, index: u32) -> io::Result<Option<FormatDesc>> {
        let mut desc = FmtDesc { index, kind: queue.kind(), ..FmtDesc::zeroed() };
        // SAFETY: VIDIOC_ENUM_FMT reads and writes a v4l2_fmtdesc.
        let result = unsafe { self.ioctl(request::<FmtDesc>(true, true, 2), &mut desc) };
        end_of_list(result, || FormatDesc {
            fourcc: desc.pixelformat,
            description: text(&desc.description),
            compressed: desc.flags & FMT_FLAG_COMPRESSED != 0,
            emulated: desc.flags & FMT_FLAG_EMULATED != 0,
        })
    }

    /// The frame size with this index.
    pub(crate) fn frame_size(&self, pixel_format: u32, index: u32) -> io::Result<Option<Enumerated<(u32, u32)>>> {
        let mut size = FrmSizeEnum { index, pixel_format, ..FrmSizeEnum::zeroed() };
        // SAFETY: VIDIOC_ENUM_FRAMESIZES reads and writes a v4l2_frmsizeenum.
        let result = unsafe { self.ioctl(request::<FrmSizeEnum>(true, true, 74), &mut size) };
        let v = size.values;
        end_of_list(result, || match size.kind {
            1 => Enumerated::Discrete((v[0], v[1])),
            _ => Enumerated::Stepwise((v[0], v[3]), (v[1], v[4]), (v[2], v[5])),
        })
    }

    /// The frame interval (seconds) with this index.
    pub(crate) fn frame_interval(
        &self,
        pixel_format: u32,
        (width, height): (u32, u32),
        index: u32,
    ) -> io::Result<Option<Enumerated<Fract>>> {
        let mut interval = FrmIvalEnum { index, pixel_format, width, height, ..FrmIvalEnum::zeroed() };
        // SAFETY: VIDIOC_ENUM_FRAMEINTERVALS reads and writes a v4l2_frmivalenum.
        let result = unsafe { self.ioctl(request::<FrmIvalEnum>(true, true, 75), &mut interval) };
        let v = interval.values;
        end_of_list(result, || match interval.kind {
            1 => Enumerated::Discrete(v[0]),
            _ => Enumerated::Stepwise(v[0], v[1], v[2]),
        })
    }

    /// The present size and pixel format.
    pub(crate) fn present_format(&self, queue: Queue) -> io::Result<Agreed> {
        self.ask_format(queue, Ask::Get, (0, 0), 0)
    }

    /// What the driver would make of a size and a pixel format.
    pub(crate) fn try_format(&self, queue: Queue, size: (u32, u32), pixelformat: u32) -> io::Result<Agreed> {
        self.ask_format(queue, Ask::Try, size, pixelformat)
    }

    /// Sets size and pixel format; the driver's answer may differ.
    pub(crate) fn set_format(&self, queue: Queue, size: (u32, u32), pixelformat: u32) -> io::Result<Agreed> {
        self.ask_format(queue, Ask::Set, size, pixelformat)
    }

    fn ask_format(&self, queue: Queue, ask: Ask, (width, height): (u32, u32), pixelformat: u32) -> io::Result<Agreed> {
        let mut format = Format { kind: queue.kind(), ..Format::zeroed() };
        // Strides and sizes of 0 leave them to the driver.
        match queue {
            Queue::Single => format.fmt.pix = PixFormat { width, height, pixelformat, field: FIELD_NONE, ..PixFormat::default() },
            Queue::Multi => {
                format.fmt.multi = PixFormatMplane { width, height, pixelformat, field: FIELD_NONE, ..PixFormatMplane::default() };
            }
        }
        // SAFETY: VIDIOC_G_FMT, VIDIOC_S_FMT and VIDIOC_TRY_FMT read and write a v4l2_format.
        unsafe { self.ioctl(request::<Format>(true, true, ask as u64), &mut format)? };
        Ok(match queue {
            Queue::Single => {
                // SAFETY: every bit pattern is a PixFormat, and the kernel filled that member for this type.
                let pix = unsafe { format.fmt.pix };
                Agreed {
                    width: pix.width,
                    height: pix.height,
                    pixelformat: pix.pixelformat,
                    colorspace: pix.colorspace,
                    ycbcr_enc: pix.ycbcr_enc,
                    quantization: pix.quantization,
                    strides: vec![pix.bytesperline as usize],
                }
            }
            Queue::Multi => {
                // SAFETY: every bit pattern is a PixFormatMplane, and the kernel filled that member for this type.
                let pix = unsafe { format.fmt.multi };
                let planes = usize::from(pix.num_planes).clamp(1, MAX_PLANES);
                Agreed {
                    width: pix.width,
                    height: pix.height,
                    pixelformat: pix.pixelformat,
                    colorspace: pix.colorspace,
                    ycbcr_enc: u32::from(pix.ycbcr_enc),
                    quantization: u32::from(pix.quantization),
                    strides: pix.plane_fmt[..planes].iter().map(|plane| plane.bytesperline as usize).collect(),
                }
            }
        })
    }

    /// The present frame interval (seconds); `None` when the driver does not say.
    pub(crate) fn interval(&self, queue: Queue) -> Option<Fract> {
        let mut parm = StreamParm { kind: queue.kind(), ..StreamParm::zeroed() };
        // SAFETY: VIDIOC_G_PARM reads and writes a v4l2_streamparm.
        unsafe { self.ioctl(request::<StreamParm>(true, true, 21), &mut parm) }.ok().map(|()| parm.timeperframe)
    }

    /// Sets the frame interval (seconds) and gives the one that is used. Drivers without a choice say so;
    /// that is no error.
    pub(crate) fn set_interval(&self, queue: Queue, interval: Fract) -> io::Result<Fract> {
        let mut parm = StreamParm { kind: queue.kind(), ..StreamParm::zeroed() };
        // SAFETY: VIDIOC_G_PARM reads and writes a v4l2_streamparm.
        match unsafe { self.ioctl(request::<StreamParm>(true, true, 21), &mut parm) } {
            Ok(()) if parm.capability & CAP_TIMEPERFRAME == 0 || parm.timeperframe == interval => {
                return Ok(parm.timeperframe);
            }
            Err(e) if matches!(e.raw_os_error(), Some(libc::ENOTTY | libc::EINVAL)) => return Ok(interval),
            Err(e) => return Err(e),
            Ok(()) => {}
        }
        parm.timeperframe = interval;
        // SAFETY: VIDIOC_S_PARM reads and writes a v4l2_streamparm.
        unsafe { self.ioctl(request::<StreamParm>(true, true, 22), &mut parm)? };
        Ok(parm.timeperframe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_the_numbers_of_the_kernel() {
        assert_eq!(request::<Format>(true, true, Ask::Set as u64), 0xc0d0_5605);
        assert_eq!(request::<Format>(true, true, Ask::Get as u64), 0xc0d0_5604);
        assert_eq!(request::<Format>(true, true, Ask::Try as u64), 0xc0d0_5640);
    }
}
