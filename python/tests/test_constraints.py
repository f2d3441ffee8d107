from __future__ import annotations

import collections
import types

import pytest

import imagecapture
from imagecapture import InvalidInputError, check_constraints

np = pytest.importorskip("numpy")


@pytest.mark.parametrize(
    "constraints",
    [
        {},
        {"width": 640},
        {"width": {"min": 320, "max": 640, "ideal": 640}},
        {"frame_rate": {"exact": 15}},
        {"frameRate": 15.0},
        {"device_id": "x"},
        {"device_id": ["x", "y"]},
        {"device_id": {"exact": ["x", "y"], "ideal": "x"}},
        {"zoom": True},
        {"zoom": False},
        {"zoom": {"ideal": 200}, "advanced": [{"zoom": 300}, {"width": {"min": 100}}]},
        {"width": np.int64(640)},
        {"width": np.float32(640)},
        {"zoom": np.True_},
        {"advanced": ({"zoom": 300},)},
        {"width": None},
        {"aspect_ratio": 16 / 9, "facing_mode": "user", "resize_mode": ["none", "crop-and-scale"]},
        {"exposure_mode": {"exact": ["manual", "none"]}, "exposureTime": {"min": 1.5}},
        {"torch": True, "background_blur": {"exact": False, "ideal": True}},
        {"torch": np.False_},
        {"points_of_interest": []},
        {"points_of_interest": [{"x": 0.5}, {"y": 2}, (0.5, 0.5), [1, np.float32(0.5)]]},
        {"points_of_interest": {"exact": [(0, 0)], "ideal": ((1, 1),)}},
        {"points_of_interest": None, "advanced": [{"pointsOfInterest": [(0.1, 0.2)]}, None]},
        {"facing_mode": "", "focus_mode": "some day"},
        types.MappingProxyType({"width": 640}),
        collections.OrderedDict(width=640),
    ],
)
def test_accepted(constraints):
    assert check_constraints(constraints) == []


@pytest.mark.parametrize(
    ("constraints", "path"),
    [
        ({"width": float("nan")}, "width"),
        ({"width": {"max": float("inf")}}, "width.max"),
        ({"width": {"min": "wide"}}, "width.min"),
        ({"frame_rate": True}, "frame_rate"),
        ({"frame_rate": {"exact": []}}, "frame_rate.exact"),
        ({"zoom": "far"}, "zoom"),
        ({"zoom": {"ideal": {1, 2}}}, "zoom.ideal"),
        ({"device_id": 7}, "device_id"),
        ({"device_id": ["a", 7]}, "device_id[1]"),
        ({"device_id": {"exact": ["a", None]}}, "device_id.exact[1]"),
        ({"device_id": b"bytes"}, "device_id"),
        ({"device_id": "\ud800"}, "device_id"),
        ({"width": 10**400}, "width"),
        ({"width": 1j}, "width"),
        ({"width": object()}, "width"),
        ({"width": np.zeros(3)}, "width"),
        ({"advanced": {"zoom": 1}}, "advanced"),
        ({"advanced": [{"zoom": 1}, {"zoom": {"min": "x"}}]}, "advanced[1].zoom.min"),
        ({"advanced": [3]}, "advanced[0]"),
        ({"torch": "on"}, "torch"),
        ({"torch": 1}, "torch"),
        ({"torch": {"exact": None}}, "torch.exact"),
        ({"exposure_mode": True}, "exposure_mode"),
        ({"exposure_mode": {"ideal": [1]}}, "exposure_mode.ideal[0]"),
        ({"iso": "high"}, "iso"),
        ({"advanced": [{}, {"pan": {"max": []}}]}, "advanced[1].pan.max"),
        ({"points_of_interest": 0.5}, "points_of_interest"),
        ({"points_of_interest": "centre"}, "points_of_interest"),
        ({"points_of_interest": (0.5, 0.5)}, "points_of_interest[0]"),
        ({"points_of_interest": [(0.5,)]}, "points_of_interest[0]"),
        ({"points_of_interest": [(0.5, 0.5, 0.5)]}, "points_of_interest[0]"),
        ({"points_of_interest": [("left", 0)]}, "points_of_interest[0]"),
        ({"points_of_interest": [{"x": "left"}]}, "points_of_interest[0].x"),
        ({"points_of_interest": {"exact": [(float("nan"), 0)]}}, "points_of_interest.exact[0][0]"),
        ({"advanced": [{"pointsOfInterest": {"ideal": [3]}}]}, "advanced[0].pointsOfInterest.ideal[0]"),
    ],
)
def test_wrong_types_name_their_member(constraints, path):
    with pytest.raises(InvalidInputError) as caught:
        check_constraints(constraints)
    assert caught.value.message.startswith(f"{path}: "), caught.value.message
    assert caught.value.kind == "InvalidInput"
    assert caught.value.name == "TypeError"
    assert isinstance(caught.value, TypeError) and isinstance(caught.value, ValueError)


@pytest.mark.parametrize("constraints", [[], "width", 5, True, {1: 2}, {"advanced": [{None: 1}]}])
def test_no_dictionary_at_all(constraints):
    with pytest.raises(InvalidInputError):
        check_constraints(constraints)


def test_a_dictionary_in_itself():
    loop: dict[str, object] = {}
    loop["width"] = loop
    with pytest.raises(InvalidInputError, match="nested too deeply"):
        check_constraints(loop)


def test_unknown_members_are_ignored_and_reported(track):
    misspelt = {"zom": 200, "width": {"ideel": 640}, "advanced": [{"Zoom": 1}]}
    assert sorted(check_constraints(misspelt)) == ["advanced[0].Zoom", "width.ideel", "zom"]
    track.apply_constraints(misspelt)
    assert sorted(track.ignored_constraints) == ["advanced[0].Zoom", "width.ideel", "zom"]
    assert "zom" not in track.get_constraints()


def test_what_was_applied_comes_back_with_python_keys(track):
    given = {
        "frameRate": {"min": 10, "ideal": 15},
        "width": 640,
        "advanced": [{"frameRate": {"exact": 30}}, {"zoom": True}],
    }
    track.apply_constraints(given)
    assert track.get_constraints() == {
        "frame_rate": {"min": 10, "ideal": 15},
        "width": 640,
        "advanced": [{"frame_rate": {"exact": 30}}, {"zoom": True}],
    }


def test_get_user_media_keeps_its_constraints(devices):
    stream = devices.get_user_media({"video": {"width": {"ideal": 320}}})
    assert stream.get_tracks()[0].get_constraints() == {"width": {"ideal": 320}}


def test_advanced_sets_in_order(track):
    track.apply_constraints({"advanced": [{"zoom": 5000}, {"zoom": 300}, {"zoom": 200}]})
    assert track.get_settings()["zoom"] == 300


def test_overconstrained_names_the_property_by_its_w3c_name(devices):
    with pytest.raises(imagecapture.OverconstrainedError) as caught:
        devices.get_user_media({"video": {"frame_rate": {"exact": 1000}}})
    assert caught.value.constraint == "frameRate"
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, "nothing is requested"),
        ({"video": False, "audio": False}, "nothing is requested"),
        ({"vidio": True}, "nothing is requested"),
        (None, "nothing is requested"),
        ({"video": 1}, "video: "),
        ({"video": "yes"}, "video: "),
        ({"video": [{}]}, "video: "),
        ({"video": {"frame_rate": {"min": "fast"}}}, "video.frame_rate.min: "),
        ({"video": {"advanced": [{}, {"zoom": {"min": "x"}}]}}, "video.advanced[1].zoom.min: "),
        ({"video": {"advanced": [{"points_of_interest": [1]}]}}, "video.advanced[0].points_of_interest[0]: "),
        ({"video": {"pan": {"exact": 1}}}, "pan"),
        ({"video": {"brightness": {"max": 1}}}, "brightness"),
        ({"video": {"background_blur": {"exact": True}}}, "backgroundBlur"),
        ([], ""),
        ("video", ""),
        (True, ""),
    ],
)
def test_wrong_requests(devices, request_, message):
    with pytest.raises(InvalidInputError) as caught:
        devices.get_user_media(request_)
    assert message in caught.value.message
    assert caught.value.name == "TypeError"
    assert caught.value.constraint is None


def test_names_of_other_kinds_have_no_effect_in_a_request(devices):
    video = {"sample_rate": {"min": 10**8}, "channelCount": {"max": 0}, "flux_capacitance": {"exact": 3}}
    track = devices.get_user_media({"video": video, "unknown": 3}).get_tracks()[0]
    assert track.get_constraints() == {}
