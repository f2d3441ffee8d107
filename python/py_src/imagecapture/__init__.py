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

from ._enums import FacingMode, MeteringMode, ResizeMode
from ._native import (
    ContactSheet,
    DeviceControl,
    Event,
    Events,
    Explanation,
    Frame,
    FrameCallback,
    FrameReader,
    ImageCapture,
    Indicator,
    Listener,
    MediaDeviceInfo,
    MediaDevices,
    MediaSettingsRange,
    MediaStream,
    MediaStreamTrack,
    MenuItem,
    PermissionRequest,
    Photo,
    Plane,
    TrackStats,
    VirtualCamera,
    __version__,
    check_constraints,
    fitness_distance,
    select_settings,
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
    "ContactSheet",
    "DeviceControl",
    "DeviceLostError",
    "Event",
    "Events",
    "Explanation",
    "FacingMode",
    "Frame",
    "FrameCallback",
    "FrameReader",
    "ImageCapture",
    "ImageCaptureError",
    "Indicator",
    "InvalidInputError",
    "InvalidStateError",
    "Listener",
    "MediaDeviceInfo",
    "MediaDevices",
    "MediaSettingsRange",
    "MediaStream",
    "MediaStreamTrack",
    "MenuItem",
    "MeteringMode",
    "NotAllowedError",
    "NotFoundError",
    "NotReadableError",
    "NotSupportedError",
    "OperationError",
    "OverconstrainedError",
    "PermissionRequest",
    "Photo",
    "Plane",
    "ResizeMode",
    "SecurityError",
    "TrackStats",
    "UnknownError",
    "VirtualCamera",
    "__version__",
    "check_constraints",
    "fitness_distance",
    "select_settings",
]
