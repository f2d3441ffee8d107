//! Cameras of the Linux kernel, through its own interface.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Backend, Camera, CameraInfo, Changed, Device, Opened, Stills};
use crate::Result;

mod capture;
mod device;
mod error;
mod formats;
mod hotplug;
mod identity;
pub(crate) mod sys;

use formats::NativeMode;
use sys::Node;

/// The V4L2 system.
#[derive(Debug)]
pub(crate) struct V4l2;

const NODES: &str = "/sys/class/video4linux";

impl Backend for V4l2 {
    fn cameras(&self, opened: Opened<'_>) -> Result<Vec<Arc<dyn Camera>>> {
        let Ok(entries) = fs::read_dir(NODES) else {
            // A system without the class has no cameras.
            return Ok(Vec::new());
        };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut found: Vec<Found> = names.filter(|name| name.starts_with("video")).filter_map(|name| probe(&name, opened)).collect();
        // Cheap cameras share one serial number. Two of them are told apart by their ports.
        let hardware: Vec<String> = found.iter().map(|found| found.info().hardware.clone()).collect();
        for (index, found) in found.iter_mut().enumerate() {
            if let Found::New(camera) = found
                && hardware.iter().enumerate().any(|(other, hardware)| other != index && *hardware == camera.info.hardware)
            {
                camera.info.hardware = format!("{} {}", camera.info.hardware, camera.info.key);
                camera.info.physical = format!("{} {}", camera.info.physical, camera.info.key);
            }
        }
        // Node numbers are given in the order of plugging in; the hardware's own order is stable.
        found.sort_by(|a, b| a.info().hardware.cmp(&b.info().hardware));
        Ok(found.into_iter().map(Found::into_camera).collect())
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
}

/// A camera that this process has open, or one that was just asked.
enum Found {
    Opened(Arc<dyn Camera>),
    New(Box<V4l2Camera>),
}

impl Found {
    fn info(&self) -> &CameraInfo {
        match self {
            Found::Opened(camera) => camera.info(),
            Found::New(camera) => &camera.info,
        }
    }

    fn into_camera(self) -> Arc<dyn Camera> {
        match self {
            Found::Opened(camera) => camera,
            Found::New(camera) => Arc::new(*camera),
        }
    }
}

/// Asks a node what it is; `None` when it is no camera, or went away meanwhile.
fn probe(name: &str, opened: Opened<'_>) -> Option<Found> {
    let node = Path::new("/dev").join(name);
    let sysfs = Path::new(NODES).join(name);
    let identity = identity::identify(&sysfs);
    if let Some(camera) = opened(&identity.key) {
        return Some(Found::Opened(camera));
    }
    let camera = match Node::open(&node) {
        Ok(open) => V4l2Camera::query(node, identity, &open)?,
        Err(e) if matches!(e.raw_os_error(), Some(libc::EACCES | libc::EPERM)) => {
            // It cannot be asked. It is listed, so that opening it can say why; but only the first node of
            // a device, because the others usually carry metadata.
            let first = identity::attribute(&sysfs, "index").is_none_or(|index| index == "0");
            let label = identity::attribute(&sysfs, "name").unwrap_or_else(|| name.to_owned());
            first.then(|| V4l2Camera { info: CameraInfo { label, ..identity }, node, native: Vec::new() })?
        }
        Err(_) => return None,
    };
    Some(Found::New(Box::new(camera)))
}

impl V4l2Camera {
    fn query(node: PathBuf, identity: CameraInfo, open: &Node) -> Option<V4l2Camera> {
        let capability = open.capability().ok()?;
        let caps = capability.caps();
        let camera = caps & sys::CAP_VIDEO_CAPTURE != 0 && caps & sys::CAP_STREAMING != 0;
        if !camera || caps & (sys::CAP_VIDEO_OUTPUT | sys::CAP_VIDEO_M2M) != 0 {
            return None;
        }
        let native = formats::modes(open).ok()?;
        if native.is_empty() {
            return None;
        }
        let info = CameraInfo {
            label: capability.card(),
            modes: native.iter().map(|native| native.mode).collect(),
            controls: device::controls(open),
            stills: Stills::OfStream,
            ..identity
        };
        Some(V4l2Camera { node, info, native })
    }
}

impl Camera for V4l2Camera {
    fn info(&self) -> &CameraInfo {
        &self.info
    }

    fn is_there(&self) -> bool {
        // Another camera may have got the number of its node.
        let Some(name) = self.node.file_name() else { return false };
        let identity = identity::identify(&Path::new(NODES).join(name));
        (&identity.key, &identity.hardware) == (&self.info.key, &self.info.hardware)
    }

    fn open(&self) -> Result<Box<dyn Device>> {
        let path = self.node.display().to_string();
        let node = Node::open(&self.node).map_err(|e| error::opening(&self.info.label, &path, e))?;
        let (info, native) = if self.native.is_empty() {
            // It could not be asked when it was listed. Now it can.
            let camera = V4l2Camera::query(self.node.clone(), self.info.clone(), &node);
            let unusable = || crate::Error::new(crate::ErrorKind::NotReadable, format!("{path} has no picture format that can be used"));
            camera.map(|camera| (camera.info, camera.native)).ok_or_else(unusable)?
        } else {
            (self.info.clone(), self.native.clone())
        };
        Ok(Box::new(device::V4l2Device::new(node, path, info, native)))
    }
}
