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

/// Cheap cameras share one serial number. Two of them are told apart by their ports.
pub(super) fn tell_twins_apart(all: &mut [CameraInfo]) {
    let hardware: Vec<String> = all.iter().map(|info| info.hardware.clone()).collect();
    for info in all.iter_mut().filter(|info| hardware.iter().filter(|other| **other == info.hardware).count() > 1) {
        info.physical = format!("{} {}", info.physical, info.key);
        info.hardware = apart(info);
    }
}

/// The hardware of one of several twins.
fn apart(info: &CameraInfo) -> String {
    format!("{} {}", info.hardware, info.key)
}

/// Whether a node, of which `now` is told, is that of a camera that was known before; its twin may have come or gone.
pub(super) fn is_same(now: &CameraInfo, before: &CameraInfo) -> bool {
    now.key == before.key && (now.hardware == before.hardware || apart(now) == before.hardware)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(key: &str, hardware: &str) -> CameraInfo {
        CameraInfo { key: key.into(), hardware: hardware.into(), physical: hardware.into(), ..CameraInfo::default() }
    }

    #[test]
    fn cameras_with_one_serial_number_are_told_apart_by_their_ports() {
        let plain = [camera("port 1", "serial 0"), camera("port 2", "serial 0"), camera("port 3", "serial 7")];
        let mut all = plain.to_vec();
        tell_twins_apart(&mut all);
        let of = |info: &CameraInfo| (info.hardware.clone(), info.physical.clone());
        assert_eq!(of(&all[0]), ("serial 0 port 1".into(), "serial 0 port 1".into()));
        assert_eq!(of(&all[1]), ("serial 0 port 2".into(), "serial 0 port 2".into()));
        assert_eq!(of(&all[2]), ("serial 7".into(), "serial 7".into()), "alone");
        for (now, before) in plain.iter().zip(&all) {
            assert!(is_same(now, before) && is_same(now, now), "{}", now.key);
        }
        assert!(!is_same(&plain[0], &all[1]), "the other twin");
        assert!(!is_same(&plain[0], &camera("port 1", "serial 1")), "another camera at the same port");
    }
}
