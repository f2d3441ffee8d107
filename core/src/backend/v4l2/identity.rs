//! Which hardware is behind a node: the same answer after a restart and under another node number.

use std::fs;
use std::path::Path;

use crate::backend::CameraInfo;

/// The first line of a file of sysfs.
pub(super) fn attribute(directory: &Path, name: &str) -> Option<String> {
    let text = fs::read_to_string(directory.join(name)).ok()?;
    let line = text.lines().next().unwrap_or_default().trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// Who a node is, from sysfs alone: opening it could disturb it. A USB camera with a serial number is known
/// by it, on any port; one without is known by its port.
pub(super) fn identify(sysfs: &Path) -> CameraInfo {
    let index = attribute(sysfs, "index").unwrap_or_else(|| "0".into());
    // Of a USB camera, `device` is the interface and its parent the device.
    let parent = fs::canonicalize(sysfs.join("device")).unwrap_or_default();
    let (physical, part) = match parent.parent().filter(|device| device.join("idVendor").exists()) {
        Some(device) => {
            let of = |name| attribute(device, name).unwrap_or_default();
            let place = attribute(device, "serial").map_or_else(|| port(device), |serial| format!("serial {serial}"));
            let part = attribute(&parent, "bInterfaceNumber").unwrap_or_default();
            (format!("usb {}:{} {place}", of("idVendor"), of("idProduct")), part)
        }
        // The place in the tree of devices, such as `platform/vivid.0`.
        None => (parent.strip_prefix("/sys/devices").unwrap_or(&parent).display().to_string(), String::new()),
    };
    CameraInfo {
        key: format!("v4l2 {} {index}", parent.display()),
        hardware: format!("v4l2 {physical} {part} {index}"),
        physical: format!("v4l2 {physical}"),
        ..CameraInfo::default()
    }
}

/// The controller and the ports from there on. The number of the bus, which is in the device's own name,
/// depends on the order in which controllers were found.
fn port(device: &Path) -> String {
    let path = attribute(device, "devpath").unwrap_or_default();
    let is_bus = |name: &str| name.strip_prefix("usb").is_some_and(|number| number.parse::<u32>().is_ok());
    let bus = device.ancestors().find(|dir| dir.file_name().and_then(|name| name.to_str()).is_some_and(is_bus));
    let controller = bus.and_then(Path::parent).unwrap_or(device);
    format!("port {} {path}", controller.strip_prefix("/sys/devices").unwrap_or(controller).display())
}
