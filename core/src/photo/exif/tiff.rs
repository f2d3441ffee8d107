//! The structure below EXIF: directories of numbered values, as TIFF 6.0 has them.

/// A value of a directory.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    /// Bytes that mean what the tag says.
    Undefined(Vec<u8>),
    /// Text; its end mark is added.
    Ascii(String),
    Short(Vec<u16>),
    Long(Vec<u32>),
    Rational(u32, u32),
    Signed(i32, i32),
    /// A value of somebody else, as it stands in its directory: type, count, and the four bytes of value or offset.
    Foreign {
        kind: u16,
        count: u32,
        field: [u8; 4],
    },
}

/// A numbered value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) tag: u16,
    pub(super) data: Data,
}

impl Entry {
    pub(super) fn new(tag: u16, data: Data) -> Entry {
        Entry { tag, data }
    }
}

/// In which order the bytes of a number stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    pub(super) fn short(self, bytes: [u8; 2]) -> u16 {
        if self == Order::Little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) }
    }

    pub(super) fn long(self, bytes: [u8; 4]) -> u32 {
        if self == Order::Little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }
    }

    pub(super) fn put_short(self, value: u16) -> [u8; 2] {
        if self == Order::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    pub(super) fn put_long(self, value: u32) -> [u8; 4] {
        if self == Order::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    /// Type, count and bytes.
    fn encode(self, data: &Data) -> (u16, u32, Vec<u8>) {
        match data {
            Data::Undefined(bytes) => (7, bytes.len() as u32, bytes.clone()),
            Data::Ascii(text) => (2, text.len() as u32 + 1, [text.as_bytes(), b"\0"].concat()),
            Data::Short(values) => (3, values.len() as u32, values.iter().flat_map(|value| self.put_short(*value)).collect()),
            Data::Long(values) => (4, values.len() as u32, values.iter().flat_map(|value| self.put_long(*value)).collect()),
            Data::Rational(a, b) => (5, 1, [self.put_long(*a), self.put_long(*b)].concat()),
            Data::Signed(a, b) => (10, 1, [self.put_long(a.cast_unsigned()), self.put_long(b.cast_unsigned())].concat()),
            Data::Foreign { kind, count, field } => (*kind, *count, field.to_vec()),
        }
    }
}

/// Adds a directory at the end of `tiff`, its values behind it, and gives its offset. Entries are sorted, as readers expect.
pub(super) fn append(tiff: &mut Vec<u8>, order: Order, mut entries: Vec<Entry>, next: u32) -> u32 {
    entries.sort_by_key(|entry| entry.tag);
    if tiff.len() % 2 == 1 {
        tiff.push(0);
    }
    let start = tiff.len();
    let mut values = start + 2 + entries.len() * 12 + 4;
    let mut behind = Vec::new();
    tiff.extend(order.put_short(entries.len() as u16));
    for entry in &entries {
        let (kind, count, mut bytes) = order.encode(&entry.data);
        tiff.extend(order.put_short(entry.tag));
        tiff.extend(order.put_short(kind));
        tiff.extend(order.put_long(count));
        if bytes.len() <= 4 {
            bytes.resize(4, 0);
            tiff.extend(bytes);
        } else {
            tiff.extend(order.put_long(values as u32));
            bytes.resize(bytes.len().next_multiple_of(2), 0);
            values += bytes.len();
            behind.extend(bytes);
        }
    }
    tiff.extend(order.put_long(next));
    tiff.extend(behind);
    start as u32
}
