"""The dictionaries of the W3C model, for type checkers.

Keys are written in snake case here. Every function takes the W3C spelling (``frameRate``) too; dictionaries
that come out have the spelling of this module.
"""

from __future__ import annotations

from typing import Literal, TypedDict

from ._native import MediaSettingsRange

__all__ = [
    "ConstrainDouble",
    "ConstrainString",
    "ConstraintSet",
    "Constraints",
    "DeviceKind",
    "FillLightMode",
    "PhotoFormat",
    "PhotoSettings",
    "PixelFormat",
    "ReadyState",
    "StreamConstraints",
    "TrackCapabilities",
    "TrackKind",
    "TrackSettings",
    "VirtualCameraConfig",
]

PixelFormat = Literal["yuyv", "uyvy", "nv12", "nv21", "i420", "grey", "rgb", "bgr", "rgba", "bgra", "mjpeg"]
PhotoFormat = Literal["jpeg", "png", "camera"]
FillLightMode = Literal["auto", "off", "flash"]
DeviceKind = Literal["videoinput", "audioinput"]
TrackKind = Literal["video", "audio"]
ReadyState = Literal["live", "ended"]


class ConstrainDouble(TypedDict, total=False):
    """What a number should or must be. ``exact``, ``min`` and ``max`` are required, ``ideal`` is a wish."""

    min: float
    max: float
    exact: float
    ideal: float


class ConstrainString(TypedDict, total=False):
    """What a string should or must be; a list means any of them."""

    exact: str | list[str]
    ideal: str | list[str]


class ConstraintSet(TypedDict, total=False):
    """One set of constraints. A bare value is a wish in the basic set and required in an advanced one."""

    width: float | ConstrainDouble
    height: float | ConstrainDouble
    frame_rate: float | ConstrainDouble
    device_id: str | list[str] | ConstrainString
    group_id: str | list[str] | ConstrainString
    zoom: bool | float | ConstrainDouble


class Constraints(ConstraintSet, total=False):
    """``MediaTrackConstraints``. The advanced sets are tried in order, each only if the rest still holds."""

    advanced: list[ConstraintSet]


class StreamConstraints(TypedDict, total=False):
    """``MediaStreamConstraints``: what to open."""

    video: bool | Constraints
    audio: bool | Constraints


class TrackCapabilities(TypedDict, total=False):
    """``MediaTrackCapabilities``. What the camera lacks is absent."""

    width: MediaSettingsRange
    height: MediaSettingsRange
    frame_rate: MediaSettingsRange
    device_id: str
    group_id: str
    zoom: MediaSettingsRange


class TrackSettings(TypedDict, total=False):
    """``MediaTrackSettings``: the values in force."""

    width: int
    height: int
    frame_rate: float
    device_id: str
    group_id: str
    zoom: float


class PhotoSettings(TypedDict, total=False):
    """``PhotoSettings`` of ``take_photo()``."""

    fill_light_mode: FillLightMode
    image_height: float
    image_width: float
    red_eye_reduction: bool


class _Mode(TypedDict, total=False):
    width: int
    height: int
    frameRates: list[float]
    pixelFormat: PixelFormat


class VirtualCameraConfig(TypedDict, total=False):
    """The configuration of a virtual camera: the same JSON shape in every language, with its keys."""

    label: str
    deviceId: str
    groupId: str
    modes: list[_Mode]
    properties: dict[str, dict[str, object]]
    scene: dict[str, object]
    pacing: Literal["realtime", "fast", "manual"]
