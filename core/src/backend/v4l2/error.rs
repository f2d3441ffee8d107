//! What the kernel's error numbers mean for a program.

use std::io;

use crate::{Error, ErrorKind};

/// Whether the device is gone.
pub(super) fn is_gone(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENODEV | libc::ENXIO | libc::ESHUTDOWN | libc::ENOENT))
}

fn with_code(kind: ErrorKind, message: String, error: io::Error) -> Error {
    let code = error.raw_os_error();
    let result = Error::new(kind, message).with_source(error);
    match code {
        Some(code) => result.with_os_code(code),
        None => result,
    }
}

/// A failure to open a camera or to start its stream.
pub(super) fn opening(label: &str, node: &str, error: io::Error) -> Error {
    let (kind, why) = match error.raw_os_error() {
        Some(libc::EBUSY) => (ErrorKind::NotReadable, "it is busy: another program uses it. Close that program and try again".to_owned()),
        Some(libc::EACCES | libc::EPERM) => (
            ErrorKind::NotAllowed,
            format!(
                "the operating system does not let this user open {node}. Add the user to the group that owns it (usually: sudo usermod -aG video $USER, then log in again), or give the sandbox or container access to the device"
            ),
        ),
        _ if is_gone(&error) => return lost(label, Some(error)),
        _ => (ErrorKind::Aborted, format!("{error}")),
    };
    with_code(kind, format!("the camera {label:?} ({node}) cannot be opened: {why}"), error)
}

/// The camera went away.
pub(super) fn lost(label: &str, error: Option<io::Error>) -> Error {
    let message = format!("the camera {label:?} was unplugged");
    match error {
        Some(error) => with_code(ErrorKind::DeviceLost, message, error),
        None => Error::new(ErrorKind::DeviceLost, message),
    }
}

/// A failure to read or write a control.
pub(super) fn control(label: &str, what: &str, error: io::Error) -> Error {
    if is_gone(&error) {
        return lost(label, Some(error));
    }
    let (kind, why) = match error.raw_os_error() {
        Some(libc::EACCES) => {
            (ErrorKind::NotSupported, "it cannot be written now (an automatic mode governs it, or it is read-only)".to_owned())
        }
        Some(libc::EBUSY) => (ErrorKind::NotReadable, "another program holds it".to_owned()),
        Some(libc::ERANGE) => (ErrorKind::InvalidInput, "the camera refuses this value".to_owned()),
        Some(libc::ETIMEDOUT) => (ErrorKind::TimedOut, "the camera did not answer within the driver's limit".to_owned()),
        _ => (ErrorKind::Unknown, format!("{error}")),
    };
    with_code(kind, format!("{what} of the camera {label:?}: {why}"), error)
}
