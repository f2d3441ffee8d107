"""The dictionaries of the W3C model, for type checkers, and the strings in them.

Keys are written in snake case here. Every function takes the W3C spelling (``frameRate``) too; dictionaries
that come out have the spelling of this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from ._enums import FacingMode, MeteringMode, ResizeMode
from ._native import MediaDeviceInfo, MediaSettingsRange

__all__ = [
    "CameraWrite",
    "ConstrainBoolean",
    "ConstrainDouble",
    "ConstrainFacingMode",
    "ConstrainMeteringMode",
    "ConstrainPoints",
    "ConstrainResizeMode",
    "ConstrainString",
    "ConstraintSet",
    "Constraints",
    "ControlFlag",
    "ControlType",
    "ControlValue",
    "DeviceControlDict",
    "DeviceDetails",
    "DeviceEventType",
    "DeviceKind",
    "EventType",
    "FacingMode",
    "FacingModeName",
    "FillLightMode",
    "FormatDetails",
    "MenuItemDict",
    "MeteringMode",
    "MeteringModeName",
    "PermissionAnswer",
    "PermissionName",
    "PermissionState",
    "Permissions",
    "PhotoCapabilities",
    "PhotoFormat",
    "PhotoMode",
    "PhotoReport",
    "PhotoSettings",
    "PixelFormat",
    "Point2D",
    "RateDetails",
    "ReadyState",
    "RedEyeReduction",
    "ResizeMode",
    "ResizeModeName",
    "SelectedSettings",
    "SizeDetails",
    "SpanDetails",
    "StreamConstraints",
    "TrackCapabilities",
    "TrackEventType",
    "TrackKind",
    "TrackSettings",
    "TrackStatsDict",
    "VirtualCameraConfig",
    "VirtualCameraScene",
    "VirtualCameraScript",
]

PixelFormat = Literal[
    "yuyv", "uyvy", "nv12", "nv21", "i420", "grey", "rgb", "bgr", "rgba", "bgra", "mjpeg", "yv12", "grey16", "rgbx", "bgrx"
]
PhotoFormat = Literal["jpeg", "png", "camera"]
FillLightMode = Literal["auto", "off", "flash"]
RedEyeReduction = Literal["never", "always", "controllable"]
DeviceKind = Literal["videoinput", "audioinput"]
TrackKind = Literal["video", "audio"]
ReadyState = Literal["live", "ended"]
TrackEventType = Literal["mute", "unmute", "ended", "configurationchange", "controlchange"]
DeviceEventType = Literal["devicechange", "permissionchange", "indicatorchange"]
EventType = TrackEventType | DeviceEventType | Literal["overflow"]
PermissionName = Literal["camera", "pan-tilt-zoom"]
PermissionState = Literal["granted", "prompt", "denied"]
MeteringModeName = Literal["none", "manual", "single-shot", "continuous"] | MeteringMode
FacingModeName = Literal["user", "environment", "left", "right"] | FacingMode
ResizeModeName = Literal["none", "crop-and-scale"] | ResizeMode
ControlType = Literal[
    "integer",
    "boolean",
    "menu",
    "button",
    "integer64",
    "string",
    "bitmask",
    "integer-menu",
    "u8",
    "u16",
    "u32",
    "area",
    "rectangle",
    "other",
]
ControlFlag = Literal[
    "disabled",
    "grabbed",
    "read-only",
    "update",
    "inactive",
    "slider",
    "write-only",
    "volatile",
    "execute-on-write",
    "modify-layout",
]
ControlValue = int | bool | str | Sequence[int]


class Point2D(TypedDict, total=False):
    """A point of the picture: ``x`` from the left, ``y`` from the top, both from 0 to 1."""

    x: float
    y: float


_Points = Sequence[Point2D | tuple[float, float]]


class ConstrainDouble(TypedDict, total=False):
    """What a number should or must be. ``exact``, ``min`` and ``max`` are required, ``ideal`` is a wish."""

    min: float
    max: float
    exact: float
    ideal: float


class ConstrainBoolean(TypedDict, total=False):
    """What a switch should or must be."""

    exact: bool
    ideal: bool


class ConstrainString(TypedDict, total=False):
    """What a string should or must be; a list means any of them."""

    exact: str | Sequence[str]
    ideal: str | Sequence[str]


class ConstrainMeteringMode(TypedDict, total=False):
    """As :class:`ConstrainString`, for a metering mode."""

    exact: MeteringModeName | Sequence[MeteringModeName]
    ideal: MeteringModeName | Sequence[MeteringModeName]


class ConstrainFacingMode(TypedDict, total=False):
    """As :class:`ConstrainString`, for a facing mode."""

    exact: FacingModeName | Sequence[FacingModeName]
    ideal: FacingModeName | Sequence[FacingModeName]


class ConstrainResizeMode(TypedDict, total=False):
    """As :class:`ConstrainString`, for a resize mode."""

    exact: ResizeModeName | Sequence[ResizeModeName]
    ideal: ResizeModeName | Sequence[ResizeModeName]


class ConstrainPoints(TypedDict, total=False):
    """Which points should or must be measured at; each a dict or ``(x, y)``."""

    exact: _Points
    ideal: _Points


_Number = float | ConstrainDouble
_Switch = bool | ConstrainBoolean
_String = str | Sequence[str] | ConstrainString
_Metering = MeteringModeName | Sequence[MeteringModeName] | ConstrainMeteringMode


class ConstraintSet(TypedDict, total=False):
    """One set of constraints. A bare value is a wish in the basic set and required in an advanced one."""

    device_id: _String
    group_id: _String
    facing_mode: FacingModeName | Sequence[FacingModeName] | ConstrainFacingMode
    resize_mode: ResizeModeName | Sequence[ResizeModeName] | ConstrainResizeMode
    width: _Number
    height: _Number
    aspect_ratio: _Number
    frame_rate: _Number
    white_balance_mode: _Metering
    exposure_mode: _Metering
    focus_mode: _Metering
    points_of_interest: _Points | ConstrainPoints
    exposure_compensation: _Number
    exposure_time: _Number
    color_temperature: _Number
    iso: _Number
    brightness: _Number
    contrast: _Number
    saturation: _Number
    sharpness: _Number
    focus_distance: _Number
    pan: bool | _Number
    tilt: bool | _Number
    zoom: bool | _Number
    torch: _Switch
    background_blur: _Switch
    face_framing: _Switch
    eye_gaze_correction: _Switch
    power_efficient: _Switch
    power_efficient_pixel_format: _Switch


class Constraints(ConstraintSet, total=False):
    """``MediaTrackConstraints``. The advanced sets are tried in order, each only if the rest still holds."""

    advanced: Sequence[ConstraintSet]


class StreamConstraints(TypedDict, total=False):
    """``MediaStreamConstraints``: what to open."""

    video: bool | Constraints
    audio: bool | Constraints


class TrackCapabilities(TypedDict, total=False):
    """``MediaTrackCapabilities``. What the camera lacks is absent. Where only a permission lacks, and
    ``pan_tilt_zoom_hint`` was chosen, pan, tilt and zoom are an empty dict.
    """

    device_id: str
    group_id: str
    facing_mode: list[FacingModeName]
    resize_mode: list[ResizeModeName]
    width: MediaSettingsRange
    height: MediaSettingsRange
    aspect_ratio: MediaSettingsRange
    frame_rate: MediaSettingsRange
    white_balance_mode: list[MeteringModeName]
    exposure_mode: list[MeteringModeName]
    focus_mode: list[MeteringModeName]
    exposure_compensation: MediaSettingsRange
    exposure_time: MediaSettingsRange
    color_temperature: MediaSettingsRange
    iso: MediaSettingsRange
    brightness: MediaSettingsRange
    contrast: MediaSettingsRange
    saturation: MediaSettingsRange
    sharpness: MediaSettingsRange
    focus_distance: MediaSettingsRange
    pan: MediaSettingsRange
    tilt: MediaSettingsRange
    zoom: MediaSettingsRange
    torch: list[bool]
    background_blur: list[bool]
    face_framing: list[bool]
    eye_gaze_correction: list[bool]
    power_efficient: list[bool]
    power_efficient_pixel_format: list[bool]


class TrackSettings(TypedDict, total=False):
    """``MediaTrackSettings``: the values in force."""

    device_id: str
    group_id: str
    facing_mode: FacingModeName
    resize_mode: ResizeModeName
    width: int
    height: int
    aspect_ratio: float
    frame_rate: float
    white_balance_mode: MeteringModeName
    exposure_mode: MeteringModeName
    focus_mode: MeteringModeName
    points_of_interest: list[Point2D]
    exposure_compensation: float
    exposure_time: float
    color_temperature: float
    iso: float
    brightness: float
    contrast: float
    saturation: float
    sharpness: float
    focus_distance: float
    pan: float
    tilt: float
    zoom: float
    torch: bool
    background_blur: bool
    face_framing: bool
    eye_gaze_correction: bool
    power_efficient: bool
    power_efficient_pixel_format: bool


class SelectedSettings(TypedDict):
    """What ``select_settings()`` chose: an index of the candidates, and how it came to it."""

    index: int
    distance: float
    candidates: list[int]
    remaining: list[int]
    advanced: list[bool]


class TrackStatsDict(TypedDict):
    """``TrackStats`` as a dict."""

    delivered_frames: int
    discarded_frames: int
    total_frames: int
    corrupt_frames: int


class PhotoCapabilities(TypedDict):
    """What ``get_photo_capabilities()`` tells. Sizes are pixels; a height and a width that are both in range need not
    exist together. Without a light that can be controlled, ``fill_light_mode`` is absent.

    W3C: `PhotoCapabilities <https://www.w3.org/TR/image-capture/#photocapabilities-section>`_.
    """

    red_eye_reduction: RedEyeReduction
    image_height: MediaSettingsRange
    image_width: MediaSettingsRange
    fill_light_mode: NotRequired[list[FillLightMode]]


class PhotoSettings(TypedDict, total=False):
    """What ``take_photo()`` takes and ``get_photo_settings()`` tells. Sizes are pixels.

    W3C: `PhotoSettings <https://www.w3.org/TR/image-capture/#photosettings-section>`_.
    """

    fill_light_mode: FillLightMode
    image_height: float
    image_width: float
    red_eye_reduction: bool


class PhotoMode(TypedDict):
    """In which mode a camera delivered the picture of a photo."""

    width: int
    height: int
    pixel_format: PixelFormat


class PhotoReport(TypedDict):
    """What was done for a photo (:attr:`Photo.report`), and how long it took. Times are seconds; of a burst or a bracket
    ``restoring`` and ``total`` are those of all photos.

    ``settled`` tells whether exposure, white balance and focus came to rest in time; it is ``None`` when nothing had changed
    that had to. ``changes`` is what was done to the camera's bytes: ``"encoded"``, ``"huffman-tables"``, ``"padding"``,
    ``"metadata"``, ``"location"``.
    """

    mode: PhotoMode | None
    reconfigured: bool
    settled: bool | None
    settle_frames: int
    changes: list[str]
    waiting: float
    switching: float
    settling: float
    exposing: float
    encoding: float
    restoring: float
    total: float


class MenuItemDict(TypedDict):
    """One choice of the ``menu`` of a :class:`DeviceControlDict`. ``value`` is there in an integer menu."""

    index: int
    name: str
    value: NotRequired[int]


# Not as a class: "class" is no name there.
DeviceControlDict = TypedDict(
    "DeviceControlDict",
    {
        "id": int,
        "name": str,
        "label": str,
        "class": str,
        "type": ControlType,
        "minimum": int,
        "maximum": int,
        "step": int,
        "default": int | bool | str | list[int] | None,
        "dimensions": tuple[int, ...],
        "menu": list[MenuItemDict],
        "flags": list[ControlFlag],
        "value": int | bool | str | list[int] | None,
        "property": str | None,
    },
)
DeviceControlDict.__doc__ = """``DeviceControl`` as a dict."""


class SpanDetails(TypedDict):
    """Sides of pictures in pixels; for one size both are the same and ``step`` is 0."""

    min: int
    max: int
    step: int


class RateDetails(TypedDict):
    """Frames per second; both are the same for one rate."""

    min: float
    max: float


class SizeDetails(TypedDict):
    """A size of a format, or a range of sizes, with its rates; of a range they are those of the largest."""

    width: SpanDetails
    height: SpanDetails
    frame_rates: list[RateDetails]


class FormatDetails(TypedDict):
    """A format of a device. ``pixel_format`` is ``None`` when this library does not use it, ``emulated`` tells that it is
    made by software.
    """

    fourcc: str
    description: str
    compressed: bool
    emulated: bool
    pixel_format: PixelFormat | None
    sizes: list[SizeDetails]


class DeviceDetails(TypedDict):
    """What ``device_details()`` tells. What the system does not tell is empty."""

    backend: str
    driver: str
    version: str
    card: str
    bus: str
    node: str
    capabilities: list[str]
    formats: list[FormatDetails]


class CameraWrite(TrackSettings, PhotoSettings, total=False):
    """One entry of ``VirtualCamera.writes()``: a property, a control by its own name, or the settings of a photo."""

    controls: dict[str, ControlValue]


class Permissions(TypedDict, total=False):
    """The keyword ``permissions`` of ``MediaDevices``."""

    camera: PermissionState
    pan_tilt_zoom: PermissionState
    pan_tilt_zoom_hint: bool


class PermissionAnswer(TypedDict, total=False):
    """What a function for ``on_permission_prompt()`` may return: the parameters of ``answer()``."""

    camera: bool
    pan_tilt_zoom: bool
    devices: Sequence[str | MediaDeviceInfo]


class _Mode(TypedDict, total=False):
    width: int
    height: int
    frameRates: list[float]
    pixelFormat: PixelFormat


class _PhotoSide(TypedDict):
    min: float
    max: float
    step: NotRequired[float]
    value: NotRequired[float]


class _Stills(TypedDict):
    imageWidth: _PhotoSide
    imageHeight: _PhotoSide
    fillLightMode: NotRequired[list[FillLightMode]]
    redEyeReduction: NotRequired[RedEyeReduction]


class _Settling(TypedDict):
    """In how many frames a virtual camera comes to rest after each start of its stream and each change of a property."""

    frames: int


class _Pattern(TypedDict):
    """A test chart with the number of the frame."""

    kind: Literal["pattern"]


class _Push(TypedDict):
    """Only what ``push_frame()`` gives it."""

    kind: Literal["push"]


class _File(TypedDict):
    """A JPEG or PNG file, a film of raw pictures, or one of JPEGs one behind the other."""

    kind: Literal["image", "y4m", "mjpeg"]
    path: str


class _Files(TypedDict):
    """JPEG and PNG files, one after the other, each shown for ``hold`` frames."""

    kind: Literal["images"]
    paths: list[str]
    hold: NotRequired[int]


VirtualCameraScene = _Pattern | _Push | _File | _Files
"""What a virtual camera sees. Relative paths count from the folder of the JSON file that ``IC_VIRTUAL_CAMERA`` names,
else from the working directory.
"""


class VirtualCameraConfig(TypedDict, total=False):
    """The configuration of a virtual camera: the same JSON shape in every language, with its keys."""

    kind: DeviceKind
    label: str
    deviceId: str
    groupId: str
    facingMode: FacingModeName
    rotation: Literal[0, 90, 180, 270]
    modes: list[_Mode]
    properties: dict[str, dict[str, object]]
    controls: dict[str, dict[str, object]]
    scene: VirtualCameraScene
    pacing: Literal["realtime", "fast", "manual"]
    quantize: bool
    settling: _Settling | None
    photo: _Stills | None


class VirtualCameraScript(TypedDict, total=False):
    """What can be made to go wrong with a virtual camera; see ``VirtualCamera.script()``."""

    busy: bool
    open_failure: bool
    open_delay_ms: int
    write_delay_ms: int
    refuse_writes: Sequence[str]
    fail_nth_write: int
    late_effect: Sequence[str]
    settle: Literal[True]
    freeze: bool
    slow_frame_ms: int
    corrupt_frame: Literal["cut", "garbage", "noHuffman", "empty"]
    unplug: Literal[True]
    end: Literal[True]
    replug: Literal[True]
