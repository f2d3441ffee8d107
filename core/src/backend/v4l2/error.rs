//! What the kernel's error numbers mean for a program.

use std::io;
use std::path::Path;

use super::permission;
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
        Some(libc::EACCES | libc::EPERM) => (ErrorKind::NotAllowed, permission::advice(Path::new(node))),
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
            (ErrorKind::NotSupported, "it cannot be written now: an automatic mode governs it, or it can only be read".to_owned())
        }
        Some(libc::EBUSY) => (
            ErrorKind::NotReadable,
            "it is held: another program uses it, or it cannot be changed while the camera streams. Try again later".to_owned(),
        ),
        Some(libc::EINVAL) => {
            (ErrorKind::InvalidInput, "the driver does not know it any more, or its menu does not have this choice".to_owned())
        }
        Some(libc::ERANGE) => (ErrorKind::InvalidInput, "the camera refuses this value as out of range".to_owned()),
        Some(libc::EIO | libc::EPIPE) => {
            (ErrorKind::Unknown, format!("the camera refused it, or its connection has trouble, also when it was tried again ({error})"))
        }
        Some(libc::EILSEQ) => (ErrorKind::Unknown, format!("the camera is not in the state for it ({error})")),
        Some(libc::EREMOTEIO | libc::EREMOTE) => (ErrorKind::Unknown, format!("the camera has too little power for it ({error})")),
        Some(libc::ETIMEDOUT) => (ErrorKind::TimedOut, "the camera did not answer within the driver's limit".to_owned()),
        _ => (ErrorKind::Unknown, format!("{error}")),
    };
    with_code(kind, format!("{what} of the camera {label:?}: {why}"), error)
}
