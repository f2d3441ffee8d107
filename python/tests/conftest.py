"""Everything here runs on the virtual camera: no hardware, the same code path."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import imagecapture

CONFIG: dict[str, Any] = {
    "label": "Test camera",
    "deviceId": "cam-1",
    "groupId": "grp-1",
    "modes": [
        {"width": 640, "height": 480, "frameRates": [30, 15], "pixelFormat": "yuyv"},
        {"width": 320, "height": 240, "frameRates": [30], "pixelFormat": "yuyv"},
    ],
    "properties": {"zoom": {"min": 100, "max": 400, "step": 1, "value": 100}},
}


# What every camera of a kind has, whatever its controls are.
STREAM = {
    "device_id", "group_id", "resize_mode", "width", "height", "aspect_ratio", "frame_rate", "power_efficient",
    "power_efficient_pixel_format",
}  # fmt: skip

# A camera with every control there is.
EVERYTHING: dict[str, Any] = {
    "label": "Everything",
    "deviceId": "everything",
    "facingMode": "user",
    "modes": [{"width": 640, "height": 480, "frameRates": [30]}, {"width": 320, "height": 240, "frameRates": [30, 60]}],
    "pacing": "fast",
    "properties": {
        **{
            name: {"values": ["manual", "single-shot", "continuous"], "value": "continuous"}
            for name in ("whiteBalanceMode", "exposureMode", "focusMode")
        },
        **{name: {"min": 0, "max": 255, "step": 1, "value": 128} for name in ("brightness", "contrast", "saturation")},
        **{name: {"min": -36000, "max": 36000, "step": 3600, "value": 0} for name in ("pan", "tilt")},
        **{
            name: {"values": [False, True]}
            for name in ("torch", "backgroundBlur", "faceFraming", "eyeGazeCorrection", "powerEfficient")
        },
        "pointsOfInterest": {"value": [{"x": 0.5, "y": 0.5}]},
        "exposureCompensation": {"min": -3, "max": 3, "step": 0.5, "value": 0},
        "exposureTime": {"min": 10, "max": 1000, "step": 1, "value": 200},
        "colorTemperature": {"min": 2500, "max": 7000, "step": 100, "value": 5200},
        "iso": {"min": 100, "max": 12800, "step": 100, "value": 400},
        "sharpness": {"min": 0, "max": 10, "step": 1, "value": 5},
        "focusDistance": {"min": 0, "max": 250, "step": 5, "value": 30},
        "zoom": {"min": 100, "max": 400, "step": 10, "value": 100},
    },
}


@pytest.fixture(autouse=True)
def no_surprises_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IC_VIRTUAL_CAMERA", raising=False)
    monkeypatch.delenv("IC_BACKEND", raising=False)


@pytest.fixture
def config() -> dict[str, Any]:
    return copy.deepcopy(CONFIG)


@pytest.fixture
def camera(config: dict[str, Any]) -> imagecapture.VirtualCamera:
    return imagecapture.VirtualCamera(config)


@pytest.fixture
def devices(camera: imagecapture.VirtualCamera) -> Iterator[imagecapture.MediaDevices]:
    with imagecapture.MediaDevices(backends=[], virtual_cameras=[camera], environment=False) as devices:
        yield devices


@pytest.fixture
def track(devices: imagecapture.MediaDevices) -> Iterator[imagecapture.MediaStreamTrack]:
    track = devices.get_user_media({"video": True}).get_video_tracks()[0]
    yield track
    track.stop()


@pytest.fixture
def capture(track: imagecapture.MediaStreamTrack) -> imagecapture.ImageCapture:
    return imagecapture.ImageCapture(track)


@pytest.fixture
def open_with(config: dict[str, Any]) -> Iterator[Callable[..., imagecapture.MediaStreamTrack]]:
    """A track of a camera whose configuration differs in some members."""
    everything: list[imagecapture.MediaDevices] = []

    def open_with(constraints: Any = True, **changes: Any) -> imagecapture.MediaStreamTrack:
        devices = imagecapture.MediaDevices(backends=[], virtual_cameras=[config | changes], environment=False)
        everything.append(devices)
        return devices.get_user_media({"video": constraints}).get_video_tracks()[0]

    yield open_with
    for devices in everything:
        devices.close()


@pytest.fixture
def devices_of() -> Iterator[Callable[[imagecapture.VirtualCamera], imagecapture.MediaDevices]]:
    """The devices of one camera."""
    everything: list[imagecapture.MediaDevices] = []

    def devices_of(camera: imagecapture.VirtualCamera) -> imagecapture.MediaDevices:
        everything.append(imagecapture.MediaDevices(backends=[], virtual_cameras=[camera], environment=False))
        return everything[-1]

    yield devices_of
    for devices in everything:
        devices.close()
