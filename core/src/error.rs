//! The one error type: what kind of failure, its W3C name, and what to do about it.

use std::fmt;
use std::sync::Arc;

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What happened. Programs branch on this; people read [`Error::message`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// There is no device of the requested kind. Retrying helps after one was plugged in.
    NotFound,
    /// A person, a policy or the operating system refused. Retrying helps only after that was changed.
    NotAllowed,
    /// The device exists, but another program holds it or it failed while being opened. Retrying may help.
    NotReadable,
    /// No configuration satisfies the required constraints; [`Error::constraint`] names the culprit.
    Overconstrained,
    /// The object is in the wrong state: the track has ended or is disabled. Retrying does not help.
    InvalidState,
    /// The device, the build or the format cannot do this at all. Retrying does not help.
    NotSupported,
    /// An argument has the wrong type or value (a `TypeError` on the web). A mistake of the program.
    InvalidInput,
    /// The device did not answer a question about itself. Retrying may help.
    Operation,
    /// The operation was given up because something it needs went away, such as a closed
    /// [`MediaDevices`](crate::MediaDevices), or a device that could not be started.
    Aborted,
    /// The program itself cancelled the operation.
    Cancelled,
    /// Not allowed in the present state of the user interface.
    Security,
    /// The time limit passed; the operation was undone. Retrying may help.
    TimedOut,
    /// All frame memory is held by the program. Release frames, then retry.
    BuffersExhausted,
    /// The device was unplugged or stopped answering for good. Retrying does not help.
    DeviceLost,
    /// The driver reported something that has no better name, or the data was unusable.
    Unknown,
}

impl ErrorKind {
    /// Every kind, in the order of their documentation.
    pub const ALL: &'static [ErrorKind] = &[
        ErrorKind::NotFound,
        ErrorKind::NotAllowed,
        ErrorKind::NotReadable,
        ErrorKind::Overconstrained,
        ErrorKind::InvalidState,
        ErrorKind::NotSupported,
        ErrorKind::InvalidInput,
        ErrorKind::Operation,
        ErrorKind::Aborted,
        ErrorKind::Cancelled,
        ErrorKind::Security,
        ErrorKind::TimedOut,
        ErrorKind::BuffersExhausted,
        ErrorKind::DeviceLost,
        ErrorKind::Unknown,
    ];

    /// The kind's own name, for example `"NotReadable"`.
    pub const fn as_str(self) -> &'static str {
        match self {
            ErrorKind::NotFound => "NotFound",
            ErrorKind::NotAllowed => "NotAllowed",
            ErrorKind::NotReadable => "NotReadable",
            ErrorKind::Overconstrained => "Overconstrained",
            ErrorKind::InvalidState => "InvalidState",
            ErrorKind::NotSupported => "NotSupported",
            ErrorKind::InvalidInput => "InvalidInput",
            ErrorKind::Operation => "Operation",
            ErrorKind::Aborted => "Aborted",
            ErrorKind::Cancelled => "Cancelled",
            ErrorKind::Security => "Security",
            ErrorKind::TimedOut => "TimedOut",
            ErrorKind::BuffersExhausted => "BuffersExhausted",
            ErrorKind::DeviceLost => "DeviceLost",
            ErrorKind::Unknown => "Unknown",
        }
    }

    /// The W3C name where no specification text asks for another one.
    const fn default_name(self) -> &'static str {
        match self {
            ErrorKind::NotFound => "NotFoundError",
            ErrorKind::NotAllowed => "NotAllowedError",
            ErrorKind::NotReadable => "NotReadableError",
            ErrorKind::Overconstrained => "OverconstrainedError",
            ErrorKind::InvalidState => "InvalidStateError",
            ErrorKind::NotSupported => "NotSupportedError",
            ErrorKind::InvalidInput => "TypeError",
            ErrorKind::Operation => "OperationError",
            ErrorKind::Aborted | ErrorKind::Cancelled => "AbortError",
            ErrorKind::Security => "SecurityError",
            ErrorKind::TimedOut | ErrorKind::BuffersExhausted | ErrorKind::DeviceLost | ErrorKind::Unknown => "UnknownError",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The place where an error surfaced. The specifications give some failures another name in another
/// method: a timeout is `UnknownError` inside `takePhoto` and `AbortError` inside `getUserMedia`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    GetUserMedia,
    ApplyConstraints,
    /// Asking what a camera can do for a photo.
    PhotoGetter,
    Picture,
}

/// Why an operation failed. Cheap to clone.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    name: &'static str,
    message: String,
    constraint: Option<String>,
    os_code: Option<i32>,
    offset: Option<usize>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of this kind. The message says what was asked, what is possible, and what to do.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Arc::new(Inner {
            kind,
            name: kind.default_name(),
            message: message.into(),
            constraint: None,
            os_code: None,
            offset: None,
            source: None,
        }))
    }

    pub(crate) fn overconstrained(constraint: &str, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Overconstrained, message).edit(|inner| inner.constraint = Some(constraint.to_owned()))
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::InvalidInput, message)
    }

    fn edit(self, change: impl FnOnce(&mut Inner)) -> Error {
        let mut inner = Arc::unwrap_or_clone(self.0);
        change(&mut inner);
        Error(Arc::new(inner))
    }

    pub(crate) fn with_os_code(self, code: i32) -> Error {
        self.edit(|inner| inner.os_code = Some(code))
    }

    pub(crate) fn with_offset(self, offset: usize) -> Error {
        self.edit(|inner| inner.offset = Some(offset))
    }

    pub(crate) fn with_source(self, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        self.edit(|inner| inner.source = Some(Arc::new(source)))
    }

    /// Puts "where" in front of the message.
    pub(crate) fn context(self, what: impl fmt::Display) -> Error {
        self.edit(|inner| inner.message = format!("{what}: {}", inner.message))
    }

    /// Puts the name of the member that holds the faulty one in front of its path.
    pub(crate) fn inside(self, member: &str) -> Error {
        self.edit(|inner| inner.message = format!("{member}.{}", inner.message))
    }

    /// Gives the error the name that the specification demands at this place.
    pub(crate) fn at(self, place: Place) -> Error {
        use ErrorKind::{BuffersExhausted, DeviceLost, NotAllowed, NotReadable, Operation, TimedOut, Unknown};
        let name = match (place, self.kind()) {
            (Place::GetUserMedia, DeviceLost) => "NotReadableError",
            (Place::GetUserMedia, TimedOut | BuffersExhausted | Unknown) => "AbortError",
            (Place::ApplyConstraints | Place::PhotoGetter, TimedOut | DeviceLost | BuffersExhausted | Unknown) => "OperationError",
            (Place::PhotoGetter, NotReadable | NotAllowed) => "OperationError",
            (Place::Picture, NotReadable | NotAllowed | Operation) => "UnknownError",
            (Place::Picture, TimedOut | DeviceLost | BuffersExhausted | Unknown) => "UnknownError",
            (_, kind) => kind.default_name(),
        };
        self.edit(|inner| inner.name = name)
    }

    /// What happened, finer than the W3C name.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The name of the W3C exception that a browser would raise at this place, for example
    /// `"OverconstrainedError"`, or `"TypeError"` for [`ErrorKind::InvalidInput`].
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// What was asked, what is possible, and what to do, in English.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The W3C name of the constraint that cannot be met, for [`ErrorKind::Overconstrained`]. It is empty
    /// when no single constraint is to blame.
    #[doc(alias = "OverconstrainedError")]
    pub fn constraint(&self) -> Option<&str> {
        self.0.constraint.as_deref()
    }

    /// The number the operating system gave (`errno` on Linux), when it was the one that failed.
    pub fn os_code(&self) -> Option<i32> {
        self.0.os_code
    }

    /// Where in a JSON text the mistake is, in bytes from its start, when it is the text that is malformed.
    pub fn offset(&self) -> Option<usize> {
        self.0.offset
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.message())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("name", &self.0.name)
            .field("message", &self.0.message)
            .field("constraint", &self.0.constraint)
            .field("os_code", &self.0.os_code)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|s| s.as_ref() as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_follows_the_place() {
        let lost = Error::new(ErrorKind::DeviceLost, "gone");
        assert_eq!(lost.name(), "UnknownError");
        assert_eq!(lost.clone().at(Place::GetUserMedia).name(), "NotReadableError");
        assert_eq!(lost.clone().at(Place::ApplyConstraints).name(), "OperationError");
        assert_eq!(lost.at(Place::Picture).name(), "UnknownError");
        let busy = Error::new(ErrorKind::NotReadable, "the mode of the photo cannot be started");
        assert_eq!(busy.clone().at(Place::Picture).name(), "UnknownError");
        assert_eq!(busy.clone().at(Place::PhotoGetter).name(), "OperationError");
        assert_eq!(busy.at(Place::GetUserMedia).name(), "NotReadableError");
        let cancelled = Error::new(ErrorKind::Cancelled, "by the program");
        assert_eq!(cancelled.at(Place::Picture).name(), "AbortError");
    }

    #[test]
    fn every_kind_has_a_name_of_its_own_and_a_w3c_name() {
        let mut names: Vec<_> = ErrorKind::ALL.iter().map(|k| k.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorKind::ALL.len());
        for kind in ErrorKind::ALL {
            assert!(Error::new(*kind, "x").name().ends_with("Error"));
        }
    }
}
