"""The cases that Rust, C and Python share: bindings-tests/cases."""

from __future__ import annotations

import json
import math
import pathlib
from typing import Any

import pytest

import imagecapture
from imagecapture import MediaDevices, VirtualCamera

CASES = pathlib.Path(__file__).parent.parent.parent / "bindings-tests" / "cases"
TOLERANCE = 1e-9


def python_keys(value: Any) -> Any:
    """A dictionary of the W3C with the keys that come out of this library."""
    if isinstance(value, dict):
        return {"".join(f"_{c.lower()}" if c.isupper() else c for c in key): python_keys(v) for key, v in value.items()}
    return [python_keys(item) for item in value] if isinstance(value, list) else value


def as_kept(constraints: dict[str, Any]) -> dict[str, Any]:
    """As they come back: sizes are whole numbers, points have both coordinates."""

    def whole(value: Any) -> Any:
        if isinstance(value, dict):
            return {bound: whole(member) for bound, member in value.items()}
        return int(value)

    def complete(value: Any) -> Any:
        if isinstance(value, dict):
            return {bound: complete(member) for bound, member in value.items()}
        return [{"x": 0, "y": 0} | point for point in value]

    changes = {"width": whole, "height": whole, "points_of_interest": complete}
    kept = python_keys(constraints)
    for one in [kept, *kept.get("advanced", [])]:
        one.update({name: change(one[name]) for name, change in changes.items() if name in one})
    return kept


def cases(name: str):
    file = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    tolerance = file.get("tolerance", TOLERANCE)
    return [pytest.param(file, case, tolerance, id=f"{name}-{case['id']}") for case in file["cases"]]


def near(expected: float, tolerance: float):
    return pytest.approx(expected, abs=tolerance, rel=0)


class Expected:
    """Fits the exception that a case names, and no other."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.error = case.get("error")
        any_of = case.get("constraint")
        self.constraints = [any_of] if isinstance(any_of, str) else any_of

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if self.error is None:
            return False
        assert isinstance(error, imagecapture.ImageCaptureError), f"{self.error} was expected, not {error!r}"
        assert error.name == self.error, error
        if self.constraints is not None:
            assert error.constraint in self.constraints, error
        return True


@pytest.mark.parametrize(("file", "case", "tolerance"), cases("distance"))
@pytest.mark.parametrize("keys", ["w3c", "python"])
def test_distance(file, case, tolerance, keys):
    constraints, settings = case["constraints"], case["settings"]
    if keys == "python":
        constraints, settings = python_keys(constraints), python_keys(settings)
    distance = imagecapture.fitness_distance(constraints, settings, advanced=case["set"] == "advanced")
    assert distance == (math.inf if case["distance"] is None else near(case["distance"], tolerance))


@pytest.mark.parametrize(("file", "case", "tolerance"), cases("selection"))
def test_selection(file, case, tolerance):
    with Expected(case):
        selected = imagecapture.select_settings(file["candidates"][case["candidates"]], case["constraints"])
        assert selected["candidates"] == case["met"]
        assert selected["remaining"] == case["remaining"]
        assert selected["distance"] == near(case["distance"], tolerance)
        assert selected["index"] in case["selected"]
        if "advanced" in case:
            assert selected["advanced"] == case["advanced"]


@pytest.mark.parametrize(("file", "case", "tolerance"), cases("request"))
def test_request(file, case, tolerance):
    cameras = [VirtualCamera(config) for config in case["cameras"]]
    for camera, script in zip(cameras, case.get("script", []), strict=False):
        camera.script(script)
    with MediaDevices(
        backends=[], virtual_cameras=cameras, environment=False, permissions=case.get("permissions")
    ) as devices:
        with Expected(case):
            stream = devices.get_user_media(case["request"])
            expected = case["stream"]
            assert len(stream.get_video_tracks()) == expected.get("video", 0)
            assert len(stream.get_audio_tracks()) == expected.get("audio", 0)
            if "deviceId" in expected:
                assert stream.get_tracks()[0].get_settings()["device_id"] == expected["deviceId"]


@pytest.mark.parametrize(("file", "case", "tolerance"), cases("settings"))
def test_settings(file, case, tolerance):
    camera = VirtualCamera(file["cameras"][case["camera"]])
    with MediaDevices(backends=[], virtual_cameras=[camera], environment=False) as devices:
        (track,) = devices.get_user_media({"video": True}).get_tracks()
        for step in case["steps"]:
            with Expected(step):
                track.apply_constraints(step["constraints"])
                assert step.get("error") is None, f"{step['error']} was expected"
                assert track.get_constraints() == as_kept(step.get("keeps", step["constraints"]))
            settings = track.get_settings()
            for name, expected in python_keys(step.get("settings", {})).items():
                number = isinstance(expected, int | float) and not isinstance(expected, bool)
                assert settings[name] == (near(expected, tolerance) if number else expected), name


def test_every_file_of_cases_is_run():
    assert {path.stem for path in CASES.glob("*.json")} == {"distance", "selection", "request", "settings"}
