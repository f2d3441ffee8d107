//! The controls of a device: what its driver says of them, kept, because asking a USB camera for the first time costs five
//! requests a control.

use std::collections::BTreeSet;
use std::io;

use super::error;
use super::known::{Known, MAX_MEMORY, MAX_MENU};
use super::sys::{self, ControlsError, Described, MenuEntry, Node, Raw};
use super::table;
use crate::MenuItem;
use crate::device_control::name_of;

/// No driver has more; one that claims so goes round in circles.
const MAX_CONTROLS: usize = 1024;
/// Values that are read in one call.
const BATCH: usize = 32;
/// What an id says of its class.
const CLASS_BITS: u32 = 0x0fff_0000;

/// The classes that cameras have controls of, and how many ids each has; for drivers that cannot list theirs.
const CLASSES: [(u32, u32); 7] = [
    (0x0098_0900, 48),
    // Those of the UVC driver alone.
    (0x0098_1ae0, 8),
    (0x009a_0900, 48),
    (0x009c_0900, 16),
    (0x009e_0900, 16),
    (0x009f_0900, 16),
    // Those of drivers from before the classes.
    (0x0800_0000, 64),
];

pub(super) fn class_of(id: u32) -> u32 {
    id & CLASS_BITS
}

/// The controls of a device, in the driver's order.
#[derive(Clone, Debug, Default)]
pub(super) struct Inventory {
    known: Vec<Known>,
}

impl Inventory {
    #[cfg(test)]
    pub(super) fn of(known: Vec<Known>) -> Inventory {
        Inventory { known }
    }

    /// Only what stands behind properties: enough to list a camera.
    pub(super) fn of_properties(node: &Node) -> Inventory {
        let mut inventory = Inventory::default();
        for id in table::ids() {
            match node.query_control(id) {
                Ok(Some(described)) => inventory.add(node, described),
                Ok(None) => {}
                // A camera that does not answer takes seconds for each question.
                Err(e) if is_silent(&e) => return inventory,
                Err(_) => {}
            }
        }
        inventory.read(node);
        inventory
    }

    /// Everything, without the values. `None` when the device does not answer.
    pub(super) fn of_all(node: &Node) -> Option<Inventory> {
        let mut inventory = Inventory::default();
        let complete = inventory.list(node).ok()?;
        if !complete || inventory.known.is_empty() {
            inventory.walk(node)?;
        }
        inventory.make_names_unique();
        Some(inventory)
    }

    /// Asks for one control after the other; whether that came to an end.
    fn list(&mut self, node: &Node) -> Result<bool, ()> {
        let mut id = 0;
        while self.known.len() < MAX_CONTROLS {
            match node.query_next(id) {
                // A driver that does not go on repeats itself.
                Ok(Some(described)) if described.id <= id => return Ok(false),
                Ok(Some(described)) => {
                    id = described.id;
                    self.add(node, described);
                }
                Ok(None) => return Ok(true),
                Err(e) if is_silent(&e) => return Err(()),
                // One control in the list has trouble; those behind it are found in another way.
                Err(_) => return Ok(false),
            }
        }
        Ok(true)
    }

    fn walk(&mut self, node: &Node) -> Option<()> {
        for id in CLASSES.iter().flat_map(|&(first, count)| first..first + count) {
            if self.get(id).is_some() {
                continue;
            }
            match node.query_control(id) {
                Ok(Some(described)) => self.add(node, described),
                Ok(None) => {}
                Err(e) if is_silent(&e) => return None,
                Err(_) => {}
            }
        }
        Some(())
    }

    fn add(&mut self, node: &Node, described: Described) {
        let mut known = Known { name: name_of(&described.name), described, ..Known::default() };
        describe(node, &mut known);
        self.known.push(known);
    }

    /// A name that is there twice, or has no letters, is made one of its own.
    fn make_names_unique(&mut self) {
        let mut taken = BTreeSet::new();
        for known in self.known.iter_mut().filter(|known| !known.is_class()) {
            if known.name.is_empty() {
                known.name = format!("control_{:08x}", known.described.id);
            } else if taken.contains(&known.name) {
                known.name = format!("{}_{:08x}", known.name, known.described.id);
            }
            taken.insert(known.name.clone());
        }
    }

    pub(super) fn get(&self, id: u32) -> Option<&Known> {
        self.known.iter().find(|known| known.described.id == id)
    }

    /// Remembers what was written, until it is read.
    pub(super) fn note(&mut self, id: u32, raw: &Raw) {
        if let Some(known) = self.known.iter_mut().find(|known| known.described.id == id && known.is_readable()) {
            known.value = Some(raw.clone());
        }
    }

    /// All but the titles of classes.
    pub(super) fn controls(&self) -> impl Iterator<Item = &Known> {
        self.known.iter().filter(|known| !known.is_class())
    }

    /// What the driver calls a class; empty when it does not say.
    pub(super) fn class_title(&self, id: u32) -> &str {
        let title = |known: &&Known| known.is_class() && class_of(known.described.id) == class_of(id);
        self.known.iter().find(title).map_or("", |known| known.described.name.as_str())
    }

    /// Brings descriptions and values up to date. Menus are asked for again where the range has changed or is in `stale`.
    ///
    /// # Errors
    ///
    /// The device is gone. What cannot be read otherwise stays as it was known.
    pub(super) fn refresh(&mut self, node: &Node, ids: Option<&[u32]>, stale: &BTreeSet<u32>) -> io::Result<()> {
        let mut vanished = BTreeSet::new();
        for known in &mut self.known {
            let id = known.described.id;
            if known.is_class() || ids.is_some_and(|ids| !ids.contains(&id)) {
                continue;
            }
            match node.query_control(id) {
                Ok(Some(described)) => {
                    let now = |d: &Described| (d.kind, d.minimum, d.maximum, d.step, d.elems, d.dims.clone());
                    let is_new = now(&described) != now(&known.described) || stale.contains(&id);
                    known.described = described;
                    // The limits of a structure are not in its description: a region is at most as large as the frame.
                    if is_new || known.is_structure() {
                        describe(node, known);
                    }
                }
                Ok(None) => drop(vanished.insert(id)),
                Err(e) if error::is_gone(&e) => return Err(e),
                // The device does not answer at present: all is as it was known.
                Err(e) if is_silent(&e) => return Ok(()),
                Err(_) => {}
            }
        }
        self.known.retain(|known| !vanished.contains(&known.described.id));
        self.read_some(node, ids)
    }

    /// Reads all values.
    pub(super) fn read(&mut self, node: &Node) {
        // A device that goes away meanwhile says so to whoever uses it next.
        let _ = self.read_some(node, None);
    }

    fn read_some(&mut self, node: &Node, ids: Option<&[u32]>) -> io::Result<()> {
        let wanted = |known: &Known| known.is_readable() && ids.is_none_or(|ids| ids.contains(&known.described.id));
        let all: Vec<usize> = (0..self.known.len()).filter(|&index| wanted(&self.known[index])).collect();
        let classes = all.chunk_by(|&a, &b| class_of(self.known[a].described.id) == class_of(self.known[b].described.id));
        let batches: Vec<Vec<usize>> = classes.flat_map(|class| class.chunks(BATCH)).map(<[usize]>::to_vec).collect();
        for batch in batches {
            let asked: Vec<(u32, usize)> = batch.iter().map(|&index| self.known[index].slot()).collect();
            match node.read_controls(class_of(asked[0].0), &asked) {
                Ok(values) => batch.iter().zip(values).for_each(|(&index, value)| self.known[index].value = Some(value)),
                Err(failed) if error::is_gone(&failed.error) => return Err(failed.error),
                Err(failed) if is_silent(&failed.error) => return Ok(()),
                // One that has trouble spoils the batch.
                Err(_) => {
                    for index in batch {
                        match read_one(node, self.known[index].slot()) {
                            Ok(value) => self.known[index].value = Some(value),
                            Err(e) if error::is_gone(&e) => return Err(e),
                            Err(e) if is_silent(&e) => return Ok(()),
                            Err(_) => {}
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether the device does not answer. Each further question would take as long.
fn is_silent(error: &io::Error) -> bool {
    error::is_gone(error) || error.raw_os_error() == Some(libc::ETIMEDOUT)
}

pub(super) fn read_one(node: &Node, slot: (u32, usize)) -> io::Result<Raw> {
    let only = |mut values: Vec<Raw>| values.pop().ok_or_else(|| io::Error::from_raw_os_error(libc::EINVAL));
    let failed = |failed: ControlsError| failed.error;
    node.read_controls(class_of(slot.0), &[slot]).map_err(failed).and_then(only)
}

/// Asks for what goes with the description of a control: its menu, and of a structure its own values and its limits.
fn describe(node: &Node, known: &mut Known) {
    let described = &known.described;
    known.menu = if known.is_menu() { menu(node, described, known.is_integer_menu()) } else { Vec::new() };
    let size = known.slot().1;
    let structured = size > 0 && size <= MAX_MEMORY && known.is_structure();
    let ask = |which| {
        let mut values = node.read_controls(which, &[known.slot()]).ok()?;
        match values.pop()? {
            Raw::Bytes(bytes) => Some(bytes),
            Raw::Number(_) => None,
        }
    };
    let has_limits = described.flags & sys::CTRL_FLAG_HAS_WHICH_MIN_MAX != 0;
    let default = structured.then(|| ask(sys::WHICH_DEFAULT)).flatten();
    let maximum = (structured && has_limits).then(|| ask(sys::WHICH_MAXIMUM)).flatten();
    (known.default, known.maximum) = (default, maximum);
}

fn menu(node: &Node, described: &Described, is_number: bool) -> Vec<MenuItem> {
    let (first, last) = (described.minimum.clamp(0, MAX_MENU), described.maximum.clamp(-1, MAX_MENU));
    let entry = |index: i64| {
        // Entries that a device does not have are left out of the middle.
        let entry = node.menu_entry(described.id, u32::try_from(index).ok()?, is_number).ok()??;
        let (name, value) = match entry {
            MenuEntry::Name(name) => (name, None),
            MenuEntry::Number(number) => (number.to_string(), Some(number)),
        };
        Some(MenuItem { index, name, value })
    };
    (first..=last).filter_map(entry).collect()
}
