"""The algorithms over dictionaries; their rules are in bindings-tests/cases."""

from __future__ import annotations

import math

import pytest

from imagecapture import InvalidInputError, OverconstrainedError, fitness_distance, select_settings


def test_distance():
    settings = {"width": 640, "height": 480, "facing_mode": "user", "points_of_interest": [(0.5, 0.5)]}
    assert fitness_distance({"width": 1280}, settings) == 0.5
    assert fitness_distance({"width": 1280}, settings, advanced=True) == math.inf
    assert fitness_distance({}, settings) == fitness_distance({}, {}) == 0
    assert fitness_distance({"facingMode": "user"}, settings) == 0
    assert fitness_distance({"points_of_interest": {"exact": [(0.5, 0.5)]}}, settings) == 0


def test_selection():
    candidates = [{"width": 640, "frame_rate": 30}, {"width": 1280, "frame_rate": 30}, {"width": 1280, "frame_rate": 60}]
    wishes = {"width": {"ideal": 1280}, "advanced": [{"frame_rate": {"min": 50}}, {"width": 4}]}
    assert select_settings(candidates, wishes) == {
        "index": 2,
        "distance": 0,
        "candidates": [0, 1, 2],
        "remaining": [2],
        "advanced": [True, False],
    }
    assert select_settings(iter(candidates), {})["index"] == 0
    with pytest.raises(OverconstrainedError) as caught:
        select_settings(candidates, {"frame_rate": {"exact": 25}})
    assert caught.value.constraint == "frameRate"
    with pytest.raises(OverconstrainedError):
        select_settings([], {})


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"width": "wide"}, "settings.width: "),
        ({"torch": 1}, "settings.torch: "),
        ({"points_of_interest": [1]}, "settings.points_of_interest[0]: "),
        ({"width": float("nan")}, "settings.width: "),
        ([], "settings: "),
        (None, "settings: "),
    ],
)
def test_wrong_settings(settings, path):
    for call, prefix in (
        (lambda: fitness_distance({}, settings), ""),
        (lambda: select_settings([{}, settings], {}), "candidates[1]"),
    ):
        with pytest.raises(InvalidInputError) as caught:
            call()
        assert caught.value.message.startswith(prefix + path.removeprefix("settings") if prefix else path)


def test_wrong_arguments():
    with pytest.raises(InvalidInputError, match="width.min: "):
        fitness_distance({"width": {"min": "x"}}, {})
    for wrong in (None, 5):
        with pytest.raises(InvalidInputError, match="candidates: "):
            select_settings(wrong, {})
    with pytest.raises(InvalidInputError):
        select_settings([{}], 5)
