"""Cameras after the W3C MediaStream Image Capture model.

    >>> import imagecapture
    >>> camera = imagecapture.VirtualCamera()
    >>> with imagecapture.MediaDevices(backends=[], virtual_cameras=[camera], environment=False) as devices:
    ...     stream = devices.get_user_media({"video": {"width": 640, "height": 480}})
    ...     track = stream.get_video_tracks()[0]
    ...     photo = imagecapture.ImageCapture(track).take_photo()
    >>> photo.mime_type, photo.width, photo.height
    ('image/jpeg', 640, 480)

Every call that waits releases the interpreter, takes ``timeout=`` (seconds; ``None`` for as long as it takes;
left out, the operation's own limit) and can be interrupted with Ctrl-C. ``imagecapture.aio`` has the same
names as coroutines.
"""

from ._native import (
    Frame,
    FrameReader,
    ImageCapture,
    MediaDeviceInfo,
    MediaDevices,
    MediaSettingsRange,
    MediaStream,
    MediaStreamTrack,
    Photo,
    Plane,
    VirtualCamera,
    __version__,
    check_constraints,
)
from .errors import (
    AbortError,
    BuffersExhaustedError,
    CaptureTimeoutError,
    DeviceLostError,
    ImageCaptureError,
    InvalidInputError,
    InvalidStateError,
    NotAllowedError,
    NotFoundError,
    NotReadableError,
    NotSupportedError,
    OperationError,
    OverconstrainedError,
    SecurityError,
    UnknownError,
)

__all__ = [
    "AbortError",
    "BuffersExhaustedError",
    "CaptureTimeoutError",
    "DeviceLostError",
    "Frame",
    "FrameReader",
    "ImageCapture",
    "ImageCaptureError",
    "InvalidInputError",
    "InvalidStateError",
    "MediaDeviceInfo",
    "MediaDevices",
    "MediaSettingsRange",
    "MediaStream",
    "MediaStreamTrack",
    "NotAllowedError",
    "NotFoundError",
    "NotReadableError",
    "NotSupportedError",
    "OperationError",
    "OverconstrainedError",
    "Photo",
    "Plane",
    "SecurityError",
    "UnknownError",
    "VirtualCamera",
    "__version__",
    "check_constraints",
]
