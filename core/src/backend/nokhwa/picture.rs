//! What has to be known of nokhwa's frames and names that it does not say itself. Pure functions.

use std::time::Duration;

use crate::frame::format::Layout;
use crate::{PixelFormat, Result};

/// A frame that is older than this was stamped by another clock.
const OLDEST: Duration = Duration::from_secs(5);

/// Rows that are padded begin at multiples of this.
const ROW_ALIGNMENT: usize = 16;

/// How the bytes of a frame lie, from how many there are: on macOS rows may be padded, and nokhwa does not say how far.
pub(super) fn layout(format: PixelFormat, width: u32, height: u32, bytes: &[u8]) -> Result<Layout> {
    if format.is_compressed() {
        return Ok(Layout::compressed(format, width, height, jpeg_end(bytes)));
    }
    let tight = Layout::new(format, width, height, 0)?;
    let one_plane = tight.planes().len() == 1;
    let stride = bytes.len() / height.max(1) as usize;
    // Less than a row more than the picture needs is padding behind it, not of its rows, and so is what gives rows no round length.
    if !one_plane || stride <= tight.planes()[0].stride || !stride.is_multiple_of(ROW_ALIGNMENT) {
        return Ok(tight);
    }
    Layout::new(format, width, height, stride)
}

/// Where a JPEG ends: behind its end marker, or with the bytes. nokhwa gives the whole buffer on Linux, in which the rest of an
/// older picture can follow.
fn jpeg_end(bytes: &[u8]) -> usize {
    let mut at = 2;
    while let Some(&[0xff, marker]) = bytes.get(at..at + 2) {
        match marker {
            0xd9 => return at + 2,
            0xff => at += 1,
            0x01 | 0xd0..=0xd7 => at += 2,
            _ => {
                let Some(&[high, low]) = bytes.get(at + 2..at + 4) else { break };
                at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
                if marker == 0xda {
                    // Picture data: up to the next marker that is no stuffed byte and no restart.
                    let rest = bytes.get(at..).unwrap_or_default();
                    let is_marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff);
                    let Some(next) = rest.windows(2).position(is_marker) else { break };
                    at += next;
                }
            }
        }
    }
    bytes.len()
}

/// The time of a frame on our clock, from its time on the wall clock, if that can be right.
pub(super) fn timestamp(taken: Option<Duration>, wall: Duration, now: Duration) -> Duration {
    let age = taken.and_then(|taken| wall.checked_sub(taken)).filter(|age| *age < OLDEST);
    age.and_then(|age| now.checked_sub(age)).unwrap_or(now)
}

/// The physical device behind the path of a Windows camera: the path without the number of the interface. Other names are
/// taken as they are.
pub(super) fn physical(path: &str) -> String {
    let mut parts = path.split('#');
    let (Some(bus), Some(ids), Some(instance)) = (parts.next(), parts.next(), parts.next()) else { return path.to_owned() };
    let ids = ids.find("&mi_").map_or(ids, |at| &ids[..at]);
    let instance = instance.rfind('&').map_or(instance, |at| &instance[..at]);
    format!("{bus}#{ids}#{instance}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padded_rows_are_found_by_the_number_of_bytes() {
        let of = |format, width, height, len: usize| {
            let layout = layout(format, width, height, &vec![0; len]).unwrap();
            (layout.planes()[0].stride, layout.size)
        };
        assert_eq!(of(PixelFormat::Yuyv, 640, 480, 614_400), (1280, 614_400));
        assert_eq!(of(PixelFormat::Yuyv, 640, 480, 614_400 + 100), (1280, 614_400), "a few bytes at the end");
        assert_eq!(of(PixelFormat::Yuyv, 160, 120, 40_960), (320, 38_400), "a buffer of whole pages");
        assert_eq!(of(PixelFormat::Yuyv, 1000, 10, 20_160), (2016, 20_144), "rows on multiples of 32");
        assert_eq!(of(PixelFormat::Nv12, 640, 480, 460_800), (640, 460_800));
        let short = layout(PixelFormat::Yuyv, 640, 480, &[0; 100]).unwrap();
        assert_eq!(short.size, 614_400, "what is missing shows by the size");
    }

    #[test]
    fn what_follows_a_jpeg_is_cut_off() {
        // Start, a segment that has an end marker in it, a scan with a stuffed byte and a restart, end.
        let jpeg = [0xff, 0xd8, 0xff, 0xe1, 0, 4, 0xff, 0xd9, 0xff, 0xda, 0, 3, 1, 0x12, 0xff, 0, 0x34, 0xff, 0xd0, 0x56, 0xff, 0xd9];
        assert_eq!(jpeg_end(&jpeg), jpeg.len());
        let mut longer = jpeg.to_vec();
        longer.extend_from_slice(&[1, 2, 3, 0xff, 0xd9, 0, 0]);
        assert_eq!(jpeg_end(&longer), jpeg.len());
        for cut in 0..jpeg.len() {
            assert_eq!(jpeg_end(&jpeg[..cut]), cut, "without its end marker it is all there is");
        }
    }

    #[test]
    fn a_time_of_the_wall_clock_becomes_one_of_ours() {
        let s = Duration::from_secs;
        assert_eq!(timestamp(Some(s(1000)), s(1002), s(50)), s(48));
        assert_eq!(timestamp(None, s(1002), s(50)), s(50));
        assert_eq!(timestamp(Some(s(1003)), s(1002), s(50)), s(50), "in the future");
        assert_eq!(timestamp(Some(s(10)), s(1002), s(50)), s(50), "long ago");
        assert_eq!(timestamp(Some(s(1000)), s(1002), s(1)), s(1), "before our clock began");
    }

    #[test]
    fn the_parts_of_a_windows_camera_are_one_device() {
        let path =
            |mi, last| format!(r"\\?\usb#vid_046d&pid_0825&mi_{mi}#6&2c24ce2e&0&{last}#{{e5323777-f976-4f5b-9b55-b94699c46e44}}\global");
        assert_eq!(physical(&path("00", "0000")), r"\\?\usb#vid_046d&pid_0825#6&2c24ce2e&0");
        assert_eq!(physical(&path("00", "0000")), physical(&path("02", "0002")));
        assert_eq!(physical("0x1420000005ac8514"), "0x1420000005ac8514");
    }
}
