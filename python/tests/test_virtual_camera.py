"""The virtual camera at run time: properties, writes, faults."""

from __future__ import annotations

import pytest

import imagecapture
from imagecapture import InvalidInputError, VirtualCamera

from conftest import EVERYTHING
from test_events import eventually


@pytest.fixture
def full():
    return VirtualCamera(EVERYTHING)


@pytest.fixture
def track(full):
    with imagecapture.MediaDevices(backends=[], virtual_cameras=[full], environment=False) as devices:
        yield devices.get_user_media({"video": True}).get_tracks()[0]


def test_properties_change_while_it_is_open(full, track):
    full.set_properties({"zoom": {"min": 100, "max": 200, "value": 150}, "brightness": None, "exposure_mode": "manual"})
    eventually(lambda: track.get_settings()["zoom"] == 150)
    assert track.get_capabilities()["zoom"].max == 200
    assert "brightness" not in track.get_capabilities()
    assert track.get_settings()["exposure_mode"] == "manual"
    full.set_properties({"torch": True, "points_of_interest": [(0.25, 1)]})
    eventually(lambda: track.get_settings()["torch"])
    assert track.get_settings()["points_of_interest"] == [{"x": 0.25, "y": 1}]


def test_properties_as_blocks(full):
    before = full.properties
    assert before["exposure_mode"] == {"values": ["manual", "single-shot", "continuous"], "value": "continuous"}
    assert before["zoom"] == {"min": 100, "max": 400, "step": 10, "value": 100}
    assert before["points_of_interest"] == {"value": [{"x": 0.5, "y": 0.5}]}
    full.set_properties({"zoom": 200, "pan": None, "points_of_interest": {"value": [(0, 0)]}})
    assert full.properties["zoom"]["value"] == 200 and "pan" not in full.properties
    full.set_properties(before)
    assert full.properties == before


@pytest.mark.parametrize(
    "properties",
    [
        {"zom": 1},
        {"zoom": "far"},
        {"zoom": 1000},
        {"zoom": {"min": 5}},
        {"width": 640},
        {"zoom": 200, "exposureMode": "sometimes"},
        [],
        None,
        5,
    ],
)
def test_wrong_properties_change_nothing(full, properties):
    before = full.properties
    with pytest.raises(InvalidInputError):
        full.set_properties(properties)
    assert full.properties == before


def test_what_programs_wrote(full, track):
    full.take_writes()
    track.apply_constraints({"advanced": [{"zoom": 200, "torch": True, "points_of_interest": [(0.5, 1)]}]})
    writes = full.take_writes()
    assert len(writes) == 3
    assert all(write in writes for write in ({"points_of_interest": [{"x": 0.5, "y": 1}]}, {"zoom": 200}, {"torch": True}))
    track.apply_constraints({"focus_distance": 100})
    assert {"focus_distance": 100} in full.writes() and full.writes() == full.take_writes()
    assert full.writes() == []


def test_script(full, track):
    full.script({"refuseWrites": ["zoom"]})
    with pytest.raises(imagecapture.OverconstrainedError):
        track.apply_constraints({"zoom": 200})
    full.script(refuse_writes=[], fail_nth_write=1)
    with pytest.raises(imagecapture.OverconstrainedError):
        track.apply_constraints({"zoom": 200})
    track.apply_constraints({"zoom": 200})
    full.script(late_effect=["focus_distance"], write_delay_ms=1)
    full.script({"unplug": True})
    eventually(lambda: track.ready_state == "ended")
    full.script(replug=True)
    full.script()


def test_script_of_opening(full):
    with imagecapture.MediaDevices(backends=[], virtual_cameras=[full], environment=False) as devices:
        full.script(busy=True)
        with pytest.raises(imagecapture.NotReadableError):
            devices.get_user_media({"video": True})
        full.script({"busy": False}, open_failure=True)
        with pytest.raises(imagecapture.AbortError):
            devices.get_user_media({"video": True})
        full.script(open_failure=False)
        (track,) = devices.get_user_media({"video": True}).get_tracks()
        full.script(end=True)
        eventually(lambda: track.ready_state == "ended")
        assert len(devices.enumerate_devices()) == 1


@pytest.mark.parametrize(
    "script",
    [{"bussy": True}, {"busy": 1}, {"refuse_writes": ["zom"]}, {"corrupt_frame": "a bit"}, {"unplug": False}, [], 5],
)
def test_wrong_scripts(full, script):
    with pytest.raises(InvalidInputError):
        full.script(script)


def test_a_fault_that_is_there_twice(full):
    with pytest.raises(InvalidInputError, match="twice"):
        full.script({"openFailure": True}, open_failure=False)


def test_the_privacy_switch(full, track):
    full.set_muted(True)
    eventually(lambda: track.muted)
    with pytest.raises(imagecapture.CaptureTimeoutError):
        imagecapture.ImageCapture(track).grab_frame(timeout=0.05)
    full.set_muted(False)
    assert imagecapture.ImageCapture(track).grab_frame().width == 640
    assert not track.muted
