//! What the frames of one device are made in, used again and again: once a stream has warmed up, a frame costs no
//! allocation.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::format::{Colour, Layout};
use super::pool::{Bytes, HeapPool};
use super::{Frame, Picture};
use crate::Result;

/// So many pictures wait to be used again: as many as a driver has buffers, with room for those that another thread is
/// just putting back.
const SHELLS: usize = 12;
/// So many converted pictures and photos in the making find memory that was used before. What was once asked for at the
/// same time stays until the camera is closed, and is used by both: for one photo at a time, one picture's planes.
const FORMS: usize = 8;

pub(crate) struct Shelf {
    /// Pictures without bytes.
    shells: Mutex<Vec<Arc<Picture>>>,
    /// For pictures that are made of others.
    pixels: Arc<HeapPool>,
}

impl Shelf {
    pub(crate) fn new() -> Arc<Shelf> {
        // One that is still on its way back is passed over, so there are enough from the beginning.
        let mut shells = Vec::with_capacity(SHELLS);
        shells.resize_with(SHELLS, Picture::shell);
        Arc::new(Shelf { shells: Mutex::new(shells), pixels: HeapPool::new(FORMS) })
    }

    /// A frame of these bytes; the caller has checked that they are at least as long as the layout asks.
    pub(crate) fn frame(self: &Arc<Self>, bytes: Bytes, layout: Layout, colour: Colour, timestamp: Duration, sequence: u64) -> Frame {
        let mut picture = self.take();
        match Arc::get_mut(&mut picture) {
            Some(shell) => {
                shell.check(&bytes, &layout);
                (shell.bytes, shell.layout, shell.colour) = (bytes, layout, colour);
                shell.shelf = Some(self.clone());
            }
            None => picture = Picture::new(bytes, layout, colour, Some(self.clone())),
        }
        Frame::of(picture, timestamp, sequence)
    }

    /// One that nobody else holds, if there is one.
    fn take(&self) -> Arc<Picture> {
        let mut shells = self.shells.lock();
        let free = shells.iter_mut().position(|shell| Arc::get_mut(shell).is_some());
        let taken = free.map(|index| shells.swap_remove(index));
        drop(shells);
        taken.unwrap_or_else(Picture::shell)
    }

    /// An empty picture comes back. More than there is room for are not kept.
    pub(super) fn put_back(&self, shell: Arc<Picture>) {
        let mut shells = self.shells.lock();
        if shells.len() < SHELLS {
            shells.push(shell);
        }
    }

    /// A picture that `fill` makes in memory that was used before, as long as there is some; its content is unspecified.
    pub(super) fn derive(
        shelf: Option<&Arc<Shelf>>,
        layout: Layout,
        colour: Colour,
        fill: impl FnOnce(&mut [u8]) -> Result<()>,
    ) -> Result<Arc<Picture>> {
        let bytes = match shelf.and_then(|shelf| shelf.pixels.take(layout.size)) {
            Some(mut slot) => {
                fill(&mut slot.bytes)?;
                Bytes::Slot(slot)
            }
            None => {
                let mut bytes = vec![0; layout.size];
                fill(&mut bytes)?;
                Bytes::Heap(bytes)
            }
        };
        Ok(Picture::new(bytes, layout, colour, shelf.cloned()))
    }

    /// Lets `work` use memory that was used before, as long as there is some; its content is unspecified.
    #[cfg_attr(not(feature = "turbojpeg"), allow(dead_code, reason = "such a build makes no JPEG files"))]
    pub(super) fn lend<T>(shelf: Option<&Arc<Shelf>>, size: usize, work: impl FnOnce(&mut [u8]) -> T) -> T {
        match shelf.and_then(|shelf| shelf.pixels.take(size)) {
            Some(mut slot) => work(&mut slot.bytes),
            None => work(&mut vec![0; size]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PixelFormat;

    fn frame(shelf: &Arc<Shelf>, sequence: u64) -> Frame {
        let layout = Layout::new(PixelFormat::Rgb, 2, 1, 0).unwrap();
        shelf.frame(Bytes::Heap(vec![1, 2, 3, 4, 5, 6]), layout, Colour::JPEG, Duration::ZERO, sequence)
    }

    #[test]
    fn the_last_holder_puts_the_picture_back_and_frees_its_bytes() {
        let (shelf, memory) = (Shelf::new(), HeapPool::new(1));
        let layout = Layout::new(PixelFormat::Rgb, 2, 1, 0).unwrap();
        let lent = |sequence| {
            let bytes = Bytes::Slot(memory.take(6).expect("the bytes came back"));
            shelf.frame(bytes, layout, Colour::JPEG, Duration::ZERO, sequence)
        };
        for sequence in 0..3 {
            let first = lent(sequence);
            let second = first.clone();
            assert_eq!(shelf.shells.lock().len(), SHELLS - 1);
            let rgba = first.convert(PixelFormat::Rgba).unwrap();
            drop(first);
            assert!(memory.take(6).is_none(), "the second one holds them");
            drop(second);
            assert_eq!(shelf.shells.lock().len(), SHELLS);
            assert_eq!(rgba.plane(0).data.len(), 8, "the other form stays");
        }
        assert!(shelf.shells.lock().iter().all(|shell| shell.forms.lock().is_empty() && shell.shelf.is_none()));
    }

    #[test]
    fn more_frames_than_there_is_room_for_are_frames_all_the_same() {
        let shelf = Shelf::new();
        let frames: Vec<_> = (0..SHELLS as u64 * 2).map(|sequence| frame(&shelf, sequence)).collect();
        assert!(shelf.shells.lock().is_empty());
        assert!(frames.iter().zip(0..).all(|(frame, n)| frame.sequence() == n && frame.plane(0).data == [1, 2, 3, 4, 5, 6]));
        drop(frames);
        assert_eq!(shelf.shells.lock().len(), SHELLS);
    }

    #[test]
    fn converted_pictures_use_memory_again() {
        let shelf = Shelf::new();
        let address = |sequence| frame(&shelf, sequence).convert(PixelFormat::Rgba).unwrap().plane(0).data.as_ptr();
        assert_eq!(address(1), address(2));
        let (a, b) = (frame(&shelf, 1).convert(PixelFormat::Rgba).unwrap(), frame(&shelf, 2).convert(PixelFormat::Rgba).unwrap());
        assert_ne!(a.plane(0).data.as_ptr(), b.plane(0).data.as_ptr());
    }
}
