from __future__ import annotations

import asyncio

import pytest

import imagecapture
from imagecapture import MediaDevices, aio

from conftest import CONFIG


@pytest.fixture
def two():
    second = CONFIG | {"label": "Second", "deviceId": "cam-2", "modes": [{"width": 1280, "height": 720}], "properties": {}}
    with MediaDevices(backends=[], virtual_cameras=[CONFIG, second], environment=False) as devices:
        yield devices


def test_it_names_what_would_be_opened(two):
    for wishes in ({"width": 1280}, {"zoom": True}, {"height": {"max": 300}}, {"advanced": [{"width": 1280}]}):
        explanation = two.explain(wishes)
        (track,) = two.get_user_media({"video": wishes}).get_tracks()
        settings = track.get_settings()
        assert explanation.device_id == settings["device_id"]
        chosen = explanation.to_dict()["devices"][0]
        assert chosen["fits"] and chosen["device_id"] == explanation.device_id
        (mode,) = [mode for mode in chosen["modes"] if mode["selected"]]
        assert {name: mode[name] for name in ("width", "height", "frame_rate", "resize_mode")} == {
            name: settings[name] for name in ("width", "height", "frame_rate", "resize_mode")
        }
        track.stop()


def test_as_a_dict_with_python_keys(two):
    explanation = two.explain({"frameRate": {"ideal": 15}, "zom": 1, "advanced": [{"width": 4}]}).to_dict()
    assert explanation["constraints"] == {"frame_rate": {"ideal": 15}, "advanced": [{"width": 4}]}
    assert explanation["ignored"] == ["zom"]
    first = explanation["devices"][0]
    assert {"device_id", "label", "fits", "distance", "terms", "advanced", "constraint", "message", "modes"} <= set(first)
    assert {"pixel_format", "resize_mode", "fails_advanced", "distance", "terms"} <= set(first["modes"][0])
    assert first["advanced"] == [False] or first["advanced"] == [True]


def test_as_text(two):
    explanation = two.explain({"width": {"min": 1000}})
    assert "Second (cam-2): chosen" in str(explanation)
    assert "Test camera (cam-1): does not fit" in str(explanation)
    assert repr(explanation) == '<Explanation device_id="cam-2">'


def test_nothing_fits(two):
    explanation = two.explain({"width": {"min": 4000}})
    assert explanation.device_id is None
    assert all(device["constraint"] == "width" and device["message"] for device in explanation.to_dict()["devices"])
    assert "no camera" in repr(explanation)


def test_without_constraints(two):
    assert two.explain().device_id == two.explain({}).device_id == "cam-1"


def test_mistakes(two):
    with pytest.raises(imagecapture.InvalidInputError, match="width.min: "):
        two.explain({"width": {"min": "x"}})
    two.set_permission("camera", "denied")
    with pytest.raises(imagecapture.NotAllowedError):
        two.explain({})
    two.close()
    with pytest.raises(imagecapture.InvalidStateError):
        two.explain({})


def test_with_asyncio():
    async def main():
        async with aio.MediaDevices(backends=[], virtual_cameras=[CONFIG], environment=False) as devices:
            explanation = await devices.explain({"width": 320}, timeout=5)
            assert explanation.device_id == "cam-1"
            assert (await devices.explain()).device_id == "cam-1"

    asyncio.run(asyncio.wait_for(main(), 9))
