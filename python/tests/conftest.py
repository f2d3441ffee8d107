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
