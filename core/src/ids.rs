//! Identifiers of devices.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::backend::CameraInfo;

/// Makes ids that tell devices apart and reveal nothing of them.
pub(crate) struct Ids {
    device_key: String,
    group_key: [u8; 16],
}

impl Ids {
    /// `salt` is the program's; the key of the group ids is new each time.
    pub(crate) fn new(salt: &str) -> Ids {
        Ids { device_key: format!("imagecapture device id {salt}"), group_key: uuid::Uuid::new_v4().into_bytes() }
    }

    /// Device id and group id.
    pub(crate) fn of(&self, info: &CameraInfo) -> (String, String) {
        let device = info.device_id.clone().unwrap_or_else(|| hash(self.device_key.as_bytes(), &info.hardware));
        let group = info.group_id.clone().unwrap_or_else(|| hash(&self.group_key, &info.physical));
        (device, group)
    }
}

/// 128 bits of a keyed hash, in hex.
fn hash(key: &[u8], text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_ids_last_and_group_ids_do_not() {
        let info = |hardware: &str| CameraInfo { hardware: hardware.into(), physical: "one".into(), ..CameraInfo::default() };
        let (a, b, salted) = (Ids::new(""), Ids::new(""), Ids::new("salt"));
        assert_eq!(a.of(&info("x")).0, b.of(&info("x")).0);
        assert_ne!(a.of(&info("x")).0, a.of(&info("y")).0);
        assert_ne!(a.of(&info("x")).0, salted.of(&info("x")).0);
        assert_eq!(a.of(&info("x")).1, a.of(&info("y")).1);
        assert_ne!(a.of(&info("x")).1, b.of(&info("x")).1);
        assert_eq!(a.of(&info("x")).0.len(), 32);
    }
}
