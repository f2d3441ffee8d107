//! Controls: their descriptions, menus and values.

use std::io;
use std::mem::{offset_of, size_of};

use super::{Node, Zeroed, request, text};

pub(crate) const CTRL_FLAG_DISABLED: u32 = 0x0001;
pub(crate) const CTRL_FLAG_GRABBED: u32 = 0x0002;
pub(crate) const CTRL_FLAG_READ_ONLY: u32 = 0x0004;
pub(crate) const CTRL_FLAG_UPDATE: u32 = 0x0008;
pub(crate) const CTRL_FLAG_INACTIVE: u32 = 0x0010;
pub(crate) const CTRL_FLAG_SLIDER: u32 = 0x0020;
pub(crate) const CTRL_FLAG_WRITE_ONLY: u32 = 0x0040;
pub(crate) const CTRL_FLAG_VOLATILE: u32 = 0x0080;
pub(crate) const CTRL_FLAG_HAS_PAYLOAD: u32 = 0x0100;
pub(crate) const CTRL_FLAG_EXECUTE_ON_WRITE: u32 = 0x0200;
pub(crate) const CTRL_FLAG_MODIFY_LAYOUT: u32 = 0x0400;
pub(crate) const CTRL_FLAG_DYNAMIC_ARRAY: u32 = 0x0800;
pub(crate) const CTRL_FLAG_HAS_WHICH_MIN_MAX: u32 = 0x1000;

/// Asks for the next control behind an id, simple or compound.
const NEXT: u32 = 0x8000_0000 | 0x4000_0000;

/// Which values of controls are meant, where it is not those of a class at present.
pub(crate) const WHICH_DEFAULT: u32 = 0x0f00_0000;
pub(crate) const WHICH_MAXIMUM: u32 = 0x0f03_0000;

#[derive(Clone, Copy)]
#[repr(C, packed)]
struct ExtControl {
    id: u32,
    size: u32,
    reserved2: [u32; 1],
    value: i64,
}

#[repr(C)]
struct ExtControls {
    which: u32,
    count: u32,
    error_idx: u32,
    request_fd: i32,
    reserved: [u32; 1],
    controls: *mut ExtControl,
}

#[repr(C)]
struct QueryExtCtrl {
    id: u32,
    kind: u32,
    name: [u8; 32],
    minimum: i64,
    maximum: i64,
    step: u64,
    default_value: i64,
    flags: u32,
    elem_size: u32,
    elems: u32,
    nr_of_dims: u32,
    dims: [u32; 4],
    reserved: [u32; 32],
}

/// How drivers from before the extended query describe a control.
#[repr(C)]
struct QueryCtrl {
    id: u32,
    kind: u32,
    name: [u8; 32],
    minimum: i32,
    maximum: i32,
    step: i32,
    default_value: i32,
    flags: u32,
    reserved: [u32; 2],
}

#[repr(C, packed)]
struct QueryMenu {
    id: u32,
    index: u32,
    /// The name, or in the first 8 bytes the number.
    name: [u8; 32],
    reserved: u32,
}

// The kernel's own numbers for 64-bit systems.
const _: () = {
    assert!(size_of::<ExtControl>() == 20 && offset_of!(ExtControl, value) == 12);
    assert!(size_of::<ExtControls>() == 32 && offset_of!(ExtControls, controls) == 24);
    assert!(size_of::<QueryExtCtrl>() == 232 && offset_of!(QueryExtCtrl, minimum) == 40);
    assert!(size_of::<QueryCtrl>() == 68 && offset_of!(QueryCtrl, flags) == 56);
    assert!(size_of::<QueryMenu>() == 44);
};

impl Zeroed for ExtControls {}
impl Zeroed for QueryExtCtrl {}
impl Zeroed for QueryCtrl {}
impl Zeroed for QueryMenu {}

/// A control as its driver describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) id: u32,
    /// The kernel's number of the type.
    pub(crate) kind: u32,
    pub(crate) name: String,
    pub(crate) minimum: i64,
    pub(crate) maximum: i64,
    pub(crate) step: u64,
    pub(crate) default: i64,
    pub(crate) flags: u32,
    pub(crate) elem_size: u32,
    pub(crate) elems: u32,
    pub(crate) dims: Vec<u32>,
}

/// An entry of a menu: its name, or the number that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MenuEntry {
    Name(String),
    Number(i64),
}

/// A value as it goes over the border. Of a control of 32 bits only those count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Raw {
    Number(i64),
    Bytes(Vec<u8>),
}

/// Why controls could not be read or written.
#[derive(Debug)]
pub(crate) struct ControlsError {
    /// The one that failed, where the driver tells.
    pub(crate) index: Option<usize>,
    pub(crate) error: io::Error,
}

impl Node {
    /// Describes a control; `None` when the device has none of that id.
    pub(crate) fn query_control(&self, id: u32) -> io::Result<Option<Described>> {
        let mut query = QueryExtCtrl { id, ..QueryExtCtrl::zeroed() };
        // SAFETY: VIDIOC_QUERY_EXT_CTRL reads and writes a v4l2_query_ext_ctrl.
        match unsafe { self.ioctl(request::<QueryExtCtrl>(true, true, 103), &mut query) } {
            Ok(()) => Ok(Some(query.described())),
            Err(e) if e.raw_os_error() == Some(libc::ENOTTY) => self.query_plainly(id),
            Err(e) if e.raw_os_error() == Some(libc::EINVAL) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Describes the control behind an id in the driver's list; `None` at its end.
    pub(crate) fn query_next(&self, id: u32) -> io::Result<Option<Described>> {
        self.query_control(id | NEXT)
    }

    fn query_plainly(&self, id: u32) -> io::Result<Option<Described>> {
        // Such a driver has no compound controls.
        let mut query = QueryCtrl { id: id & !0x4000_0000, ..QueryCtrl::zeroed() };
        // SAFETY: VIDIOC_QUERYCTRL reads and writes a v4l2_queryctrl.
        match unsafe { self.ioctl(request::<QueryCtrl>(true, true, 36), &mut query) } {
            Ok(()) => Ok(Some(query.described())),
            Err(e) if matches!(e.raw_os_error(), Some(libc::EINVAL | libc::ENOTTY)) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// An entry of the menu of a control; `None` when it has none of that index.
    pub(crate) fn menu_entry(&self, id: u32, index: u32, is_number: bool) -> io::Result<Option<MenuEntry>> {
        let mut query = QueryMenu { id, index, ..QueryMenu::zeroed() };
        // SAFETY: VIDIOC_QUERYMENU reads and writes a v4l2_querymenu.
        match unsafe { self.ioctl(request::<QueryMenu>(true, true, 37), &mut query) } {
            Ok(()) if is_number => {
                let mut number = [0; 8];
                number.copy_from_slice(&query.name[..8]);
                Ok(Some(MenuEntry::Number(i64::from_ne_bytes(number))))
            }
            Ok(()) => Ok(Some(MenuEntry::Name(text(&query.name)))),
            Err(e) if matches!(e.raw_os_error(), Some(libc::EINVAL | libc::ENOTTY)) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Reads values of controls; each comes with the size of its memory, 0 for numbers.
    pub(crate) fn read_controls(&self, which: u32, wanted: &[(u32, usize)]) -> Result<Vec<Raw>, ControlsError> {
        let mut values: Vec<(u32, Raw)> =
            wanted.iter().map(|&(id, size)| (id, if size == 0 { Raw::Number(0) } else { Raw::Bytes(vec![0; size]) })).collect();
        self.ext_controls(71, which, &mut values)?;
        Ok(values.into_iter().map(|(_, value)| value).collect())
    }

    /// Writes values of controls of one class in one call.
    pub(crate) fn write_controls(&self, which: u32, values: &[(u32, Raw)]) -> Result<(), ControlsError> {
        self.ext_controls(72, which, &mut values.to_vec())
    }

    fn ext_controls(&self, number: u64, which: u32, values: &mut [(u32, Raw)]) -> Result<(), ControlsError> {
        let mut list: Vec<ExtControl> = values
            .iter_mut()
            .map(|(id, raw)| match raw {
                // The 32-bit member lies at the start of the union, which on a little-endian machine holds the low half.
                Raw::Number(value) => ExtControl { id: *id, size: 0, reserved2: [0], value: *value },
                Raw::Bytes(bytes) => ExtControl {
                    id: *id,
                    size: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
                    reserved2: [0],
                    value: bytes.as_mut_ptr().expose_provenance() as i64,
                },
            })
            .collect();
        let count = u32::try_from(list.len()).unwrap_or(u32::MAX);
        let mut controls = ExtControls { which, count, controls: list.as_mut_ptr(), ..ExtControls::zeroed() };
        // SAFETY: VIDIOC_[GS]_EXT_CTRLS read and write a v4l2_ext_controls and the `count` controls behind its pointer,
        // which are those of `list`. For a control that is told to have memory of `size` bytes, the pointer is that of a
        // vector of so many bytes, which `values` keeps alive and untouched during the call. For one that is not, `size` is
        // 0: the kernel refuses it if it is of a type that needs memory.
        let result = unsafe { self.ioctl(request::<ExtControls>(true, true, number), &mut controls) };
        if let Err(error) = result {
            let index = Some(controls.error_idx as usize).filter(|index| *index < values.len());
            return Err(ControlsError { index, error });
        }
        for ((_, raw), control) in values.iter_mut().zip(list) {
            match raw {
                Raw::Number(value) => *value = control.value,
                Raw::Bytes(bytes) => bytes.truncate(control.size as usize),
            }
        }
        Ok(())
    }
}

impl QueryExtCtrl {
    fn described(&self) -> Described {
        Described {
            id: self.id,
            kind: self.kind,
            name: text(&self.name),
            minimum: self.minimum,
            maximum: self.maximum,
            step: self.step,
            default: self.default_value,
            flags: self.flags,
            elem_size: self.elem_size,
            elems: self.elems,
            dims: self.dims.iter().take(self.nr_of_dims as usize).copied().collect(),
        }
    }
}

impl QueryCtrl {
    fn described(&self) -> Described {
        Described {
            id: self.id,
            kind: self.kind,
            name: text(&self.name),
            minimum: self.minimum.into(),
            maximum: self.maximum.into(),
            step: u64::try_from(self.step).unwrap_or(0),
            default: self.default_value.into(),
            flags: self.flags,
            elem_size: 4,
            elems: 1,
            dims: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_the_numbers_of_the_kernel() {
        assert_eq!(request::<ExtControls>(true, true, 72), 0xc020_5648);
        assert_eq!(request::<QueryExtCtrl>(true, true, 103), 0xc0e8_5667);
        assert_eq!(request::<QueryCtrl>(true, true, 36), 0xc044_5624);
        assert_eq!(request::<QueryMenu>(true, true, 37), 0xc02c_5625);
    }
}
