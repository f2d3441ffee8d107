//! One control: what its driver says of it, in the terms of the library.

use super::sys::{self, Described, Raw};
use crate::{ControlFlags, ControlType, ControlValue, MenuItem};

/// The kernel's numbers of the types.
pub(super) mod kind {
    pub(crate) const INTEGER: u32 = 1;
    pub(crate) const BOOLEAN: u32 = 2;
    pub(crate) const MENU: u32 = 3;
    pub(crate) const BUTTON: u32 = 4;
    pub(crate) const INTEGER64: u32 = 5;
    pub(crate) const CLASS: u32 = 6;
    pub(crate) const STRING: u32 = 7;
    pub(crate) const BITMASK: u32 = 8;
    pub(crate) const INTEGER_MENU: u32 = 9;
    pub(crate) const U8: u32 = 0x0100;
    pub(crate) const U16: u32 = 0x0101;
    pub(crate) const U32: u32 = 0x0102;
    pub(crate) const AREA: u32 = 0x0106;
    pub(crate) const RECTANGLE: u32 = 0x0107;
}

/// No menu has more entries.
pub(super) const MAX_MENU: i64 = 255;
/// No value takes more bytes; a driver that claims so is mistaken.
pub(super) const MAX_MEMORY: usize = 1 << 20;

/// A control with its menu and its value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Known {
    pub(super) described: Described,
    /// Its name as one word, which no other control of the device has.
    pub(super) name: String,
    pub(super) menu: Vec<MenuItem>,
    /// Of a structure: the driver's own choice, and its largest value.
    pub(super) default: Option<Vec<u8>>,
    pub(super) maximum: Option<Vec<u8>>,
    /// The last one that could be read.
    pub(super) value: Option<Raw>,
}

impl Known {
    pub(super) fn has(&self, flag: u32) -> bool {
        self.described.flags & flag != 0
    }

    /// The title of a class, listed as if it were a control.
    pub(super) fn is_class(&self) -> bool {
        self.described.kind == kind::CLASS
    }

    pub(super) fn is_menu(&self) -> bool {
        matches!(self.described.kind, kind::MENU | kind::INTEGER_MENU)
    }

    pub(super) fn is_integer_menu(&self) -> bool {
        self.described.kind == kind::INTEGER_MENU
    }

    pub(super) fn is_structure(&self) -> bool {
        matches!(self.control_type(), ControlType::Area | ControlType::Rectangle)
    }

    /// Whether programs can set it: what a property needs.
    pub(super) fn is_settable(&self) -> bool {
        !self.has(sys::CTRL_FLAG_DISABLED | sys::CTRL_FLAG_READ_ONLY)
    }

    /// Whether it has a value that can be read.
    pub(super) fn is_readable(&self) -> bool {
        let has_value = !matches!(self.control_type(), ControlType::Button | ControlType::Other);
        has_value && !self.is_class() && !self.has(sys::CTRL_FLAG_DISABLED | sys::CTRL_FLAG_WRITE_ONLY)
    }

    /// What kind of value it has; one whose size does not fit its type is of a type of its own.
    pub(super) fn control_type(&self) -> ControlType {
        let described = &self.described;
        let payload = self.has(sys::CTRL_FLAG_HAS_PAYLOAD);
        let (control_type, size) = match described.kind {
            kind::INTEGER => (ControlType::Integer, 4),
            kind::BOOLEAN => (ControlType::Boolean, 4),
            kind::MENU => (ControlType::Menu, 4),
            kind::BUTTON => return ControlType::Button,
            kind::INTEGER64 => (ControlType::Integer64, 8),
            kind::STRING if described.elems == 1 && described.elem_size as usize <= MAX_MEMORY => return ControlType::String,
            kind::BITMASK => (ControlType::Bitmask, 4),
            kind::INTEGER_MENU => (ControlType::IntegerMenu, 4),
            kind::U8 => (ControlType::U8, 1),
            kind::U16 => (ControlType::U16, 2),
            kind::U32 => (ControlType::U32, 4),
            kind::AREA => (ControlType::Area, 8),
            kind::RECTANGLE => (ControlType::Rectangle, 16),
            _ => return ControlType::Other,
        };
        let compound = described.kind >= kind::U8;
        // What is no array is a number, of which nobody asks the size.
        let is_plain = !payload && described.dims.is_empty() && !compound;
        let bytes = (described.elems as usize).checked_mul(described.elem_size as usize);
        let fits = described.elem_size == size && bytes.is_some_and(|bytes| (1..=MAX_MEMORY).contains(&bytes)) && payload;
        if is_plain || fits { control_type } else { ControlType::Other }
    }

    /// Its id and how many bytes its value needs; none for a number.
    pub(super) fn slot(&self) -> (u32, usize) {
        let size = match self.control_type() {
            ControlType::Button | ControlType::Other => 0,
            _ if self.has(sys::CTRL_FLAG_HAS_PAYLOAD) => self.described.elems as usize * self.described.elem_size as usize,
            _ => 0,
        };
        (self.described.id, size)
    }

    /// Its value as a whole number.
    pub(super) fn number(&self) -> Option<i64> {
        match self.value.as_ref()? {
            Raw::Number(raw) => Some(self.read(*raw)),
            Raw::Bytes(_) => None,
        }
    }

    /// What a number stands for of which perhaps only 32 bits count.
    fn read(&self, raw: i64) -> i64 {
        match self.described.kind {
            kind::INTEGER64 => raw,
            kind::BITMASK => i64::from(raw as u32),
            _ => i64::from(raw as i32),
        }
    }

    /// The number that the present choice of an integer menu stands for.
    pub(super) fn chosen(&self) -> Option<i64> {
        let index = self.number()?;
        self.menu.iter().find(|item| item.index == index)?.value
    }

    /// Whether it can be set to a choice, or to a number.
    pub(super) fn takes(&self, number: i64) -> bool {
        if self.is_menu() {
            return self.menu.iter().any(|item| item.index == number);
        }
        (self.described.minimum..=self.described.maximum).contains(&number)
    }

    pub(super) fn flags(&self) -> ControlFlags {
        ControlFlags {
            disabled: self.has(sys::CTRL_FLAG_DISABLED),
            grabbed: self.has(sys::CTRL_FLAG_GRABBED),
            read_only: self.has(sys::CTRL_FLAG_READ_ONLY),
            update: self.has(sys::CTRL_FLAG_UPDATE),
            inactive: self.has(sys::CTRL_FLAG_INACTIVE),
            slider: self.has(sys::CTRL_FLAG_SLIDER),
            write_only: self.has(sys::CTRL_FLAG_WRITE_ONLY),
            volatile: self.has(sys::CTRL_FLAG_VOLATILE),
            execute_on_write: self.has(sys::CTRL_FLAG_EXECUTE_ON_WRITE),
            modify_layout: self.has(sys::CTRL_FLAG_MODIFY_LAYOUT),
        }
    }

    /// The smallest and the largest value. Bits are no sign.
    pub(super) fn limits(&self) -> (i64, i64) {
        let Described { minimum, maximum, .. } = self.described;
        if self.described.kind == kind::BITMASK { (minimum, i64::from(maximum as u32)) } else { (minimum, maximum) }
    }

    /// A value as the library shows it.
    pub(super) fn shown(&self, raw: &Raw) -> Option<ControlValue> {
        match (self.control_type(), raw) {
            (ControlType::Boolean, Raw::Number(raw)) => Some(ControlValue::Boolean(*raw as i32 != 0)),
            (_, Raw::Number(raw)) => Some(ControlValue::Integer(self.read(*raw))),
            (ControlType::String, Raw::Bytes(bytes)) => {
                let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
                Some(ControlValue::Text(String::from_utf8_lossy(&bytes[..end]).into_owned()))
            }
            (control_type, Raw::Bytes(bytes)) => Some(ControlValue::Numbers(numbers(control_type, bytes)?)),
        }
    }

    /// A value as the driver takes it.
    pub(super) fn raw(&self, value: &ControlValue) -> Option<Raw> {
        let (_, size) = self.slot();
        match value {
            ControlValue::Integer(number) if size == 0 => Some(Raw::Number(*number)),
            ControlValue::Boolean(on) if size == 0 => Some(Raw::Number(i64::from(*on))),
            ControlValue::Text(text) if self.control_type() == ControlType::String && text.len() < size => {
                let mut bytes = text.clone().into_bytes();
                bytes.push(0);
                Some(Raw::Bytes(bytes))
            }
            ControlValue::Numbers(numbers) if size > 0 => {
                let bytes = bytes(self.control_type(), numbers)?;
                // Some arrays can be of another length than they are now.
                let may_vary = self.has(sys::CTRL_FLAG_DYNAMIC_ARRAY) && !bytes.is_empty() && bytes.len() <= MAX_MEMORY;
                (bytes.len() == size || may_vary).then_some(Raw::Bytes(bytes))
            }
            _ => None,
        }
    }
}

/// How many bytes a number of a type has in memory, and whether it has a sign.
fn width(control_type: ControlType) -> Option<(usize, bool)> {
    Some(match control_type {
        ControlType::Integer | ControlType::Boolean | ControlType::Menu | ControlType::IntegerMenu | ControlType::Rectangle => (4, true),
        ControlType::Integer64 => (8, true),
        ControlType::U8 => (1, false),
        ControlType::U16 => (2, false),
        ControlType::U32 | ControlType::Bitmask | ControlType::Area => (4, false),
        _ => return None,
    })
}

/// The numbers in a piece of memory.
pub(super) fn numbers(control_type: ControlType, bytes: &[u8]) -> Option<Vec<i64>> {
    let (width, signed) = width(control_type)?;
    let number = |bytes: &[u8]| {
        let negative = signed && bytes.last().is_some_and(|&byte| byte >= 0x80);
        let mut wide = [if negative { 0xff } else { 0 }; 8];
        wide[..width].copy_from_slice(bytes);
        i64::from_le_bytes(wide)
    };
    Some(bytes.chunks_exact(width).map(number).collect())
}

/// Numbers as a piece of memory; `None` when one of them is too large.
pub(super) fn bytes(control_type: ControlType, numbers: &[i64]) -> Option<Vec<u8>> {
    let (width, _) = width(control_type)?;
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()[..width].to_vec()).collect();
    (self::numbers(control_type, &bytes)? == numbers).then_some(bytes)
}
