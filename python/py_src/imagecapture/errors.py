"""What can go wrong. Each class inherits :class:`ImageCaptureError` and the built-in exception that a Python
program would catch for the same thing.

The class follows the W3C name, ``name`` of the exception. ``kind`` is finer: a lost camera is
``NotReadableError`` inside ``get_user_media()`` and ``DeviceLostError`` inside ``take_photo()``, as the
specifications have it, and its ``kind`` is ``"DeviceLost"`` in both.
"""

from __future__ import annotations

__all__ = [
    "AbortError",
    "BuffersExhaustedError",
    "CaptureTimeoutError",
    "DeviceLostError",
    "ImageCaptureError",
    "InvalidInputError",
    "InvalidStateError",
    "NotAllowedError",
    "NotFoundError",
    "NotReadableError",
    "NotSupportedError",
    "OperationError",
    "OverconstrainedError",
    "SecurityError",
    "UnknownError",
]


class ImageCaptureError(Exception):
    """Any failure of this library."""

    kind: str = "Unknown"
    """What happened, finer than the class: ``"NotFound"``, ``"TimedOut"``, ``"DeviceLost"``..."""

    name: str = "UnknownError"
    """The name of the W3C exception that a browser would raise here."""

    message: str = ""
    """What was asked, what is possible, and what to do."""

    constraint: str | None = None
    """The W3C name of the constraint that cannot be met, of an ``OverconstrainedError``."""

    os_code: int | None = None
    """The number that the operating system gave (``errno`` on Linux), if it was the one that failed."""

    def __init__(
        self,
        message: str = "",
        *,
        kind: str | None = None,
        name: str | None = None,
        constraint: str | None = None,
        os_code: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if kind is not None:
            self.kind = kind
        if name is not None:
            self.name = name
        if constraint is not None:
            self.constraint = constraint
        if os_code is not None:
            self.os_code = os_code
            if isinstance(self, OSError):
                # Not `self.errno =`: a type checker would see an attribute of all these classes in it.
                setattr(self, "errno", os_code)

    def __str__(self) -> str:
        return self.message


class NotFoundError(ImageCaptureError, LookupError):
    """There is no device of the requested kind."""

    kind = "NotFound"
    name = "NotFoundError"


class NotAllowedError(ImageCaptureError, PermissionError):
    """A person, a policy or the operating system refused."""

    kind = "NotAllowed"
    name = "NotAllowedError"


class NotReadableError(ImageCaptureError, OSError):
    """The device is there, but another program holds it, or it failed while it was opened."""

    kind = "NotReadable"
    name = "NotReadableError"


class OverconstrainedError(ImageCaptureError, ValueError):
    """No configuration satisfies the required constraints; ``constraint`` names the culprit."""

    kind = "Overconstrained"
    name = "OverconstrainedError"


class InvalidStateError(ImageCaptureError, RuntimeError):
    """The object is in the wrong state: the track has ended, the frame is closed."""

    kind = "InvalidState"
    name = "InvalidStateError"


class NotSupportedError(ImageCaptureError, RuntimeError):
    """The device, the build or the format cannot do this at all."""

    kind = "NotSupported"
    name = "NotSupportedError"


class InvalidInputError(ImageCaptureError, TypeError, ValueError):
    """An argument has the wrong type or value; on the web a ``TypeError``."""

    kind = "InvalidInput"
    name = "TypeError"


class OperationError(ImageCaptureError, RuntimeError):
    """The device did not answer a question about itself, or did not do what it was asked."""

    kind = "Operation"
    name = "OperationError"


class AbortError(ImageCaptureError):
    """The operation was cancelled, or something that it needs went away."""

    kind = "Aborted"
    name = "AbortError"


class SecurityError(ImageCaptureError, PermissionError):
    """Not allowed in the present state of the user interface."""

    kind = "Security"
    name = "SecurityError"


class UnknownError(ImageCaptureError):
    """The driver reported something that has no better name, or the data was unusable."""


class CaptureTimeoutError(UnknownError, TimeoutError):
    """The time limit passed; the operation was undone."""

    kind = "TimedOut"


class DeviceLostError(UnknownError, OSError):
    """The device was unplugged, or stopped answering for good."""

    kind = "DeviceLost"


class BuffersExhaustedError(UnknownError, BufferError):
    """The program holds all the memory there is for frames."""

    kind = "BuffersExhausted"


_BY_NAME: dict[str, type[ImageCaptureError]] = {
    cls.name: cls
    for cls in (
        NotFoundError,
        NotAllowedError,
        NotReadableError,
        OverconstrainedError,
        InvalidStateError,
        NotSupportedError,
        InvalidInputError,
        OperationError,
        AbortError,
        SecurityError,
        UnknownError,
    )
}

# Only where the W3C name is UnknownError: there the kind says more.
_BY_KIND: dict[str, type[UnknownError]] = {
    cls.kind: cls for cls in (CaptureTimeoutError, DeviceLostError, BuffersExhaustedError)
}


def _from_core(
    kind: str, name: str, message: str, constraint: str | None, os_code: int | None
) -> ImageCaptureError:
    """Called by the compiled half for every error."""
    cls = _BY_NAME.get(name, UnknownError)
    if cls is UnknownError:
        cls = _BY_KIND.get(kind, UnknownError)
    return cls(message, kind=kind, name=name, constraint=constraint, os_code=os_code)
