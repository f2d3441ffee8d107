//! The EXIF data that a camera has written itself: what it says of the place is removed, what it lacks is added.
//!
//! All of it stays where it is, since makers' notes have offsets in them that nobody else understands. What is added stands
//! behind, with new directories that point to the old values.

use super::tags::{EXIF, GPS, INTEROPERABILITY};
use super::tiff::{Data, Entry, Order, append};

/// More than any camera writes.
const MOST_ENTRIES: usize = 512;

/// Values that hold other data or other directories, which may say the place once more: IPTC, XMP, Photoshop's, those of maps,
/// further directories. No camera writes them into EXIF data.
const CONTAINERS: [u16; 11] = [0x014a, 0x02bc, 0x830e, 0x8480, 0x8482, 0x83bb, 0x85d8, 0x8649, 0x87af, 0x87b0, 0x87b1];

/// A camera's EXIF data, understood.
#[derive(Clone)]
pub(super) struct Camera {
    tiff: Vec<u8>,
    order: Order,
    first: Directory,
    exif: Vec<Entry>,
    /// It said where it was.
    pub(super) had_location: bool,
}

/// A directory where it was found.
#[derive(Clone)]
struct Directory {
    at: usize,
    entries: Vec<Entry>,
    next: u32,
}

impl Camera {
    /// Reads what stands behind the name `Exif`. `None` for what does not make sense: nobody can tell what is in it.
    pub(super) fn read(tiff: &[u8]) -> Option<Camera> {
        let order = match tiff.get(..2)? {
            b"II" => Order::Little,
            b"MM" => Order::Big,
            _ => return None,
        };
        if order.short(array(tiff, 2)?) != 42 {
            return None;
        }
        let mut tiff = tiff.to_vec();
        let start = order.long(array(&tiff, 4)?);
        let mut first = directory(&tiff, order, start)?;
        let mut had_location = strip(&mut tiff, order, &mut first)?;
        let mut exif = Vec::new();
        if let Some(at) = pointer(&first.entries, order, EXIF) {
            let mut found = directory(&tiff, order, at)?;
            had_location |= strip(&mut tiff, order, &mut found)?;
            exif = found.entries;
            if let Some(at) = pointer(&exif, order, INTEROPERABILITY) {
                let mut found = directory(&tiff, order, at)?;
                had_location |= strip(&mut tiff, order, &mut found)?;
            }
        }
        // The directory of the thumbnail; others behind it are not in the standard.
        if first.next != 0 {
            let mut thumbnail = directory(&tiff, order, first.next)?;
            had_location |= strip(&mut tiff, order, &mut thumbnail)?;
            if thumbnail.next != 0 {
                return None;
            }
        }
        Some(Camera { tiff, order, first, exif, had_location })
    }

    /// With these tags where the camera has none of them; those of `overruling` also where it has.
    pub(super) fn with(self, first: &[Entry], exif: &[Entry], overruling: &[u16]) -> Vec<u8> {
        let Camera { mut tiff, order, first: own, exif: own_exif, .. } = self;
        let join = |own: Vec<Entry>, ours: &[Entry]| -> Vec<Entry> {
            let mut entries: Vec<Entry> = own.into_iter().filter(|entry| entry.tag != EXIF && !overruling.contains(&entry.tag)).collect();
            let missing = ours.iter().filter(|entry| !entries.iter().any(|own| own.tag == entry.tag)).cloned().collect::<Vec<_>>();
            entries.extend(missing);
            entries
        };
        let at = append(&mut tiff, order, join(own_exif, exif), 0);
        let mut entries = join(own.entries, first);
        entries.push(Entry::new(EXIF, Data::Long(vec![at])));
        let start = append(&mut tiff, order, entries, own.next);
        tiff[4..8].copy_from_slice(&order.put_long(start));
        tiff
    }

    /// What was read, without the place.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.tiff
    }

    /// As the camera wrote it, but for the place.
    pub(super) fn alone(self) -> Vec<u8> {
        self.tiff
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// The entries of a directory, as they stand there.
fn directory(tiff: &[u8], order: Order, at: u32) -> Option<Directory> {
    let at = at as usize;
    let count = usize::from(order.short(array(tiff, at)?));
    if at < 8 || count > MOST_ENTRIES {
        return None;
    }
    let entry = |index: usize| {
        let at = at + 2 + index * 12;
        let data =
            Data::Foreign { kind: order.short(array(tiff, at + 2)?), count: order.long(array(tiff, at + 4)?), field: array(tiff, at + 8)? };
        Some(Entry::new(order.short(array(tiff, at)?), data))
    };
    let entries = (0..count).map(entry).collect::<Option<Vec<_>>>()?;
    if entries.iter().any(|entry| CONTAINERS.contains(&entry.tag)) {
        return None;
    }
    // Some writers leave out the end mark of the last directory.
    let next = array(tiff, at + 2 + count * 12).map_or(0, |next| order.long(next));
    Some(Directory { at, entries, next })
}

/// Where a tag points to.
fn pointer(entries: &[Entry], order: Order, tag: u16) -> Option<u32> {
    entries.iter().find(|entry| entry.tag == tag).and_then(|entry| match &entry.data {
        Data::Foreign { field, .. } => Some(order.long(*field)),
        _ => None,
    })
}

/// Takes the place out of a directory, and overwrites it where it stood. Tells whether there was one; `None` when what
/// there is cannot be read.
fn strip(tiff: &mut [u8], order: Order, directory: &mut Directory) -> Option<bool> {
    let mut found = false;
    while let Some(at) = pointer(&directory.entries, order, GPS) {
        found = true;
        erase(tiff, order, at)?;
        let index = directory.entries.iter().position(|entry| entry.tag == GPS)?;
        directory.entries.remove(index);
    }
    if found {
        rewrite(tiff, order, directory)?;
    }
    Some(found)
}

/// Overwrites a directory and its values.
fn erase(tiff: &mut [u8], order: Order, at: u32) -> Option<()> {
    let place = directory(tiff, order, at)?;
    for entry in &place.entries {
        let Data::Foreign { kind, count, field } = entry.data else { continue };
        let size: u64 = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 => 4,
            5 | 10 | 12 => 8,
            _ => return None,
        };
        let size = size * u64::from(count);
        if size > 4 {
            let start = order.long(field) as usize;
            let end = start.checked_add(usize::try_from(size).ok()?)?;
            // Never the head of the whole.
            tiff.get_mut(start.max(8)..end)?.fill(0);
        }
    }
    tiff.get_mut(place.at..place.at + 2 + place.entries.len() * 12)?.fill(0);
    Some(())
}

/// Writes the entries of a directory anew in its place, which has room for more.
fn rewrite(tiff: &mut [u8], order: Order, directory: &Directory) -> Option<()> {
    let mut bytes = order.put_short(directory.entries.len() as u16).to_vec();
    for entry in &directory.entries {
        let Data::Foreign { kind, count, field } = entry.data else { return None };
        bytes.extend(order.put_short(entry.tag));
        bytes.extend(order.put_short(kind));
        bytes.extend(order.put_long(count));
        bytes.extend(field);
    }
    bytes.extend(order.put_long(directory.next));
    // Less the entries that are gone, of which at least one was there.
    bytes.resize(bytes.len() + 8, 0);
    tiff.get_mut(directory.at..directory.at + bytes.len())?.copy_from_slice(&bytes);
    Some(())
}
