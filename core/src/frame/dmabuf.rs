//! Frames for other devices and programs, without a copy.

#[cfg(unix)]
use std::os::fd::OwnedFd;

use super::Frame;
#[cfg(target_os = "linux")]
use super::pool::Bytes;
use crate::{Error, ErrorKind, Result};

/// A plane of a frame in memory that other devices (a graphics card, an encoder) and programs can be given.
#[non_exhaustive]
#[derive(Debug)]
pub struct DmabufPlane {
    /// The memory as a DMA-BUF: a descriptor of its own, which stays valid after the frame. Reading it with the processor
    /// asks for `DMA_BUF_IOCTL_SYNC` around it on machines whose caches are not coherent.
    #[cfg(unix)]
    pub fd: OwnedFd,
    /// Where in that memory the plane starts, in bytes.
    pub offset: usize,
    /// How many bytes the plane has.
    pub len: usize,
    /// Bytes from the start of one row to the start of the next; 0 for compressed data.
    pub stride: usize,
}

impl Frame {
    /// The driver's memory of a plane as a DMA-BUF (V4L2: `VIDIOC_EXPBUF`). Planes can lie in the same memory.
    ///
    /// Keep the frame as long as the picture is needed: once its last clone is dropped, the driver writes the next
    /// picture to that memory, whoever has a descriptor of it.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a plane that the frame does not have; `NotSupported` when the frame is no
    /// [lease](Self::is_lease) (a copy, a converted, cropped, scaled or turned picture, one of a virtual camera), by
    /// drivers without export, and on systems without it; `InvalidState` when the stream was stopped or restarted
    /// meanwhile; `DeviceLost`.
    pub fn export_dmabuf(&self, plane: usize) -> Result<DmabufPlane> {
        if plane >= self.plane_count() {
            return Err(Error::invalid(format!("plane: {plane} is not below {}, the number of planes of the frame", self.plane_count())));
        }
        #[cfg(target_os = "linux")]
        if let Bytes::Lease(lease) = &self.picture.bytes {
            let place = self.picture.layout.planes()[plane];
            let (fd, start) = lease.export(place.piece)?;
            return Ok(DmabufPlane { fd, offset: start + place.offset, len: place.len, stride: place.stride });
        }
        Err(Error::new(
            ErrorKind::NotSupported,
            "the frame is not in memory of a driver, so there is nothing to export; frames for which is_lease() holds are",
        ))
    }
}
