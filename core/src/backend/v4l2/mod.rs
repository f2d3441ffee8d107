//! Cameras of the Linux kernel, through its own interface.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Backend, Camera, CameraInfo, Changed, Device, Opened, Stills, Wanted};
use crate::{DeviceDetails, Result};

mod capture;
mod details;
mod device;
mod error;
mod events;
mod flash;
mod formats;
mod hotplug;
mod identity;
mod inventory;
mod known;
mod mapping;
#[cfg(test)]
mod mapping_tests;
mod moment;
mod permission;
mod raw;
pub(crate) mod sys;
pub(crate) mod table;
#[cfg(test)]
mod vm_tests;

use formats::NativeMode;
use inventory::Inventory;
use mapping::Memory;
use sys::Node;

/// The V4L2 system.
#[derive(Debug)]
pub(crate) struct V4l2;

const NODES: &str = "/sys/class/video4linux";

impl Backend for V4l2 {
    fn cameras(&self, opened: Opened<'_>, wanted: Wanted<'_>) -> Result<Vec<Arc<dyn Camera>>> {
        let Ok(entries) = fs::read_dir(NODES) else {
            // A system without the class has no cameras.
            return Ok(Vec::new());
        };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let (names, mut identities): (Vec<String>, Vec<CameraInfo>) = names
            .filter(|name| name.starts_with("video"))
            .map(|name| {
                let identity = identity::identify(&Path::new(NODES).join(&name));
                (name, identity)
            })
            .unzip();
        identity::tell_twins_apart(&mut identities);
        let mut found: Vec<Arc<dyn Camera>> = names
            .iter()
            .zip(identities)
            .filter_map(|(name, identity)| match opened(&identity.key) {
                Some(camera) => wanted(camera.info()).then_some(camera),
                None if wanted(&identity) => Some(Arc::new(probe(name, identity)?)),
                None => None,
            })
            .collect();
        // Node numbers are given in the order of plugging in; the hardware's own order is stable.
        found.sort_by(|a, b| a.info().hardware.cmp(&b.info().hardware));
        Ok(found)
    }

    fn watch(&self, changed: &Changed) -> Option<Box<dyn Send>> {
        let watcher = hotplug::Watcher::new(Path::new("/dev"), "video", changed)?;
        Some(Box::new(watcher))
    }
}

/// A node that is a camera.
pub(super) struct V4l2Camera {
    node: PathBuf,
    info: CameraInfo,
    native: Vec<NativeMode>,
    inventory: Inventory,
}

/// Asks a node what it is; `None` when it is no camera, or went away meanwhile.
fn probe(name: &str, identity: CameraInfo) -> Option<V4l2Camera> {
    let node = Path::new("/dev").join(name);
    match Node::open(&node) {
        Ok(open) => V4l2Camera::query(node, identity, &open),
        // Some drivers let one program open them.
        Err(e) if matches!(e.raw_os_error(), Some(libc::EACCES | libc::EPERM | libc::EBUSY)) => {
            // It cannot be asked. It is listed, so that opening it can say why; but only the first node of
            // a device, because the others usually carry metadata.
            let sysfs = Path::new(NODES).join(name);
            let first = identity::attribute(&sysfs, "index").is_none_or(|index| index == "0");
            let label = identity::attribute(&sysfs, "name").unwrap_or_else(|| name.to_owned());
            first.then(|| V4l2Camera { info: CameraInfo { label, ..identity }, node, native: Vec::new(), inventory: Inventory::default() })
        }
        Err(_) => None,
    }
}

impl V4l2Camera {
    fn query(node: PathBuf, identity: CameraInfo, open: &Node) -> Option<V4l2Camera> {
        let capability = open.capability().ok()?;
        let native = formats::modes(open, capability.queue()?).ok()?;
        if native.is_empty() {
            return None;
        }
        let inventory = Inventory::of_properties(open);
        let info = CameraInfo {
            label: formats::label(capability.card(), &native),
            modes: native.iter().map(|native| native.mode).collect(),
            controls: mapping::offers(&inventory, &Memory::default()),
            facing_mode: mapping::facing(&inventory).map(str::to_owned),
            rotation: mapping::rotation(&inventory),
            stills: Stills::OfStream,
            ..identity
        };
        Some(V4l2Camera { node, info, native, inventory })
    }
}

impl Camera for V4l2Camera {
    fn info(&self) -> &CameraInfo {
        &self.info
    }

    fn is_there(&self) -> bool {
        // Another camera may have got the number of its node. Of one that goes, the node goes first.
        let Some(name) = self.node.file_name().filter(|_| self.node.exists()) else { return false };
        let identity = identity::identify(&Path::new(NODES).join(name));
        identity::is_same(&identity, &self.info)
    }

    fn watch(&self, changed: &Changed) -> Option<Box<dyn Send>> {
        let (directory, name) = (self.node.parent()?, self.node.file_name()?.to_str()?);
        Some(Box::new(hotplug::Watcher::new(directory, name, changed)?))
    }

    fn details(&self) -> Result<DeviceDetails> {
        let path = self.node.display().to_string();
        let failed = |e| error::opening(&self.info.label, &path, e);
        let node = Node::open(&self.node).map_err(failed)?;
        details::of(&node, &path).map_err(failed)
    }

    fn open(&self) -> Result<Box<dyn Device>> {
        let path = self.node.display().to_string();
        let node = Node::open(&self.node).map_err(|e| error::opening(&self.info.label, &path, e))?;
        let asked;
        let V4l2Camera { info, native, inventory, .. } = if self.native.is_empty() {
            // It could not be asked when it was listed. Now it can.
            let camera = V4l2Camera::query(self.node.clone(), self.info.clone(), &node);
            let unusable = || crate::Error::new(crate::ErrorKind::NotReadable, format!("{path} has no picture format that can be used"));
            asked = camera.ok_or_else(unusable)?;
            &asked
        } else {
            self
        };
        Ok(Box::new(device::V4l2Device::new(node, path, info.clone(), native.clone(), inventory)?))
    }
}
