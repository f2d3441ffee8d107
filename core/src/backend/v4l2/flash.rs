//! The light of a camera for single photos: the lamp of the flash class (`V4L2_CID_FLASH_LED_MODE`, `V4L2_CID_FLASH_STROBE`).

use super::inventory::Inventory;
use super::mapping::Call;
use super::sys::Raw;
use super::table::{self, FLASH_LED_MODE};
use crate::FillLightMode;

/// `V4L2_CID_FLASH_STROBE_SOURCE`: 0 is a program.
const STROBE_SOURCE: u32 = 0x009c_0902;
const STROBE: u32 = 0x009c_0903;
/// `V4L2_FLASH_LED_MODE_NONE` and `V4L2_FLASH_LED_MODE_FLASH`.
const DARK: i64 = 0;
const FLASH: i64 = 1;

/// What the lamp can do for a photo; `None` without a lamp that a program can fire. Nothing decides about it by itself.
pub(super) fn modes(inventory: &Inventory) -> Option<Vec<FillLightMode>> {
    let lamp = inventory.get(FLASH_LED_MODE.id).filter(|lamp| lamp.is_settable() && lamp.takes(DARK) && lamp.takes(FLASH));
    let source = inventory.get(STROBE_SOURCE).is_none_or(|source| source.takes(0));
    (lamp.is_some() && source && inventory.get(STROBE).is_some()).then(|| vec![FillLightMode::Off, FillLightMode::Flash])
}

/// What has to be written for a photo, call by call: the button counts only when the lamp is in its mode.
pub(super) fn calls(inventory: &Inventory, mode: FillLightMode) -> Vec<Call> {
    let lamp = |mode| vec![(FLASH_LED_MODE.id, Raw::Number(mode))];
    match mode {
        FillLightMode::Flash => {
            let source = inventory.get(STROBE_SOURCE).filter(|source| source.number() != Some(0));
            let source = source.map(|_| vec![(STROBE_SOURCE, Raw::Number(0))]);
            [lamp(FLASH)].into_iter().chain(source).chain([vec![(STROBE, Raw::Number(0))]]).collect()
        }
        FillLightMode::Off => vec![lamp(DARK)],
        FillLightMode::Auto => Vec::new(),
    }
}

/// What sets the lamp as it is now.
pub(super) fn present(inventory: &Inventory) -> Vec<Call> {
    let value = |id| Some(vec![(id, inventory.get(id)?.value.clone()?)]);
    [value(STROBE_SOURCE), value(FLASH_LED_MODE.id)].into_iter().flatten().collect()
}

/// The controls that are looked at for this.
pub(super) fn ids() -> [u32; 2] {
    [STROBE_SOURCE, table::FLASH_LED_MODE.id]
}
