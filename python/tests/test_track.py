from __future__ import annotations

import gc
import pickle

import pytest

import imagecapture
from imagecapture import FacingMode, MediaSettingsRange, MeteringMode, ResizeMode, types

from conftest import EVERYTHING, STREAM


def test_attributes(track):
    assert track.kind == "video"
    assert track.label == "Test camera"
    assert track.ready_state == "live"
    assert track.muted is False
    assert track.enabled is True
    assert track.id
    assert repr(track)


def test_capabilities(track):
    capabilities = track.get_capabilities()
    assert set(capabilities) == STREAM | {"facing_mode", "zoom"}
    assert capabilities["zoom"] == MediaSettingsRange(100, 400, 1)
    # Tracks may be scaled down, so the smallest size is below the smallest mode.
    assert (capabilities["width"].min, capabilities["width"].max) == (1, 640)
    assert capabilities["resize_mode"] == ["none", "crop-and-scale"]
    assert capabilities["facing_mode"] == []
    assert isinstance(capabilities["width"].max, int)
    assert capabilities["frame_rate"].max == 30
    assert isinstance(capabilities["frame_rate"].max, float)
    # As W3C has them: a step only where Image Capture says so.
    assert set(dict(capabilities["width"])) == {"min", "max"}
    assert set(dict(capabilities["zoom"])) == {"min", "max", "step"}
    assert capabilities["width"].step == 0


def test_settings(track):
    settings = track.get_settings()
    assert set(settings) == STREAM | {"zoom"}
    assert isinstance(settings["width"], int)
    assert isinstance(settings["frame_rate"], float)
    assert settings["zoom"] == 100


@pytest.fixture
def everything(open_with):
    return open_with(**EVERYTHING)


def test_every_property_has_a_capability_and_a_setting_of_its_type(everything):
    capabilities, settings = everything.get_capabilities(), everything.get_settings()
    assert set(capabilities) == set(types.TrackCapabilities.__annotations__)
    assert set(settings) == set(types.TrackSettings.__annotations__)
    for name, written in types.TrackCapabilities.__annotations__.items():
        kind = {"str": str, "MediaSettingsRange": MediaSettingsRange}.get(written.__forward_arg__, list)
        assert isinstance(capabilities[name], kind), name
    for name, written in types.TrackSettings.__annotations__.items():
        kind = {"int": int, "float": float, "bool": bool, "list[Point2D]": list}.get(written.__forward_arg__, str)
        assert isinstance(settings[name], kind), name
    assert capabilities["exposure_mode"] == ["manual", "single-shot", "continuous"]
    assert capabilities["torch"] == [False, True]
    assert capabilities["exposure_compensation"] == MediaSettingsRange(-3, 3, 0.5)
    assert settings["points_of_interest"] == [{"x": 0.5, "y": 0.5}]
    assert settings["power_efficient_pixel_format"] is True


def test_modes_switches_and_numbers(everything):
    wishes = {
        "exposure_mode": "manual",
        "exposure_time": 300,
        "white_balance_mode": {"exact": ["none", "manual"]},
        "focus_mode": {"ideal": ["single-shot"]},
        "torch": True,
        "background_blur": {"exact": True},
        "pan": -3600,
        "exposure_compensation": 1.5,
        "advanced": [{"contrast": 200, "saturation": {"min": 250}}],
    }
    everything.apply_constraints(wishes)
    settings = everything.get_settings()
    chosen = {name: settings[name] for name in wishes.keys() - {"advanced"}}
    assert chosen == {
        "exposure_mode": "manual",
        "exposure_time": 300,
        "white_balance_mode": "manual",
        "focus_mode": "single-shot",
        "torch": True,
        "background_blur": True,
        "pan": -3600,
        "exposure_compensation": 1.5,
    }
    assert (settings["contrast"], settings["saturation"]) == (200, 250)
    assert everything.get_constraints() == wishes


def test_strings_have_names(devices, everything):
    everything.apply_constraints({"exposure_mode": MeteringMode.MANUAL, "facing_mode": {"exact": [FacingMode.USER]}})
    settings = everything.get_settings()
    assert settings["exposure_mode"] == MeteringMode.MANUAL == "manual"
    assert settings["facing_mode"] == FacingMode.USER
    assert everything.get_constraints()["exposure_mode"] == "manual"
    track = devices.get_user_media({"video": {"resize_mode": ResizeMode.CROP_AND_SCALE, "width": 300}}).get_tracks()[0]
    assert track.get_settings()["width"] == 300
    assert MeteringMode(settings["exposure_mode"]) is MeteringMode.MANUAL


@pytest.mark.parametrize(
    "points", [[(0.25, 0.75)], [[0.25, 0.75]], [{"x": 0.25, "y": 0.75}], ((0.25, 0.75),)], ids=str
)
@pytest.mark.parametrize("where", ["bare", "exact", "advanced"])
def test_points(everything, points, where):
    value = {"exact": points} if where == "exact" else points
    wishes = {"advanced": [{"points_of_interest": value}]} if where == "advanced" else {"pointsOfInterest": value}
    everything.apply_constraints(wishes)
    assert everything.get_settings()["points_of_interest"] == [{"x": 0.25, "y": 0.75}]


def test_points_when_the_camera_is_opened(open_with):
    track = open_with({"points_of_interest": [(0, 1)]}, **EVERYTHING)
    assert track.get_settings()["points_of_interest"] == [{"x": 0, "y": 1}]


@pytest.mark.parametrize(("keep", "zoom"), [(False, 100), (True, 250)])
def test_what_constraints_do_not_name_any_more(camera, keep, zoom):
    options = {"backends": [], "virtual_cameras": [camera], "environment": False, "keep_last_values": keep}
    with imagecapture.MediaDevices(**options) as devices:
        (track,) = devices.get_user_media({"video": True}).get_tracks()
        track.apply_constraints({"zoom": 250})
        track.apply_constraints({})
        assert track.get_settings()["zoom"] == zoom


def test_settings_of_an_ended_track(everything):
    everything.stop()
    assert set(everything.get_settings()) == {"device_id", "group_id", "facing_mode"}
    assert set(everything.get_capabilities()) == set(types.TrackCapabilities.__annotations__)


def test_every_track_has_its_own_size(devices, track):
    small = track.clone()
    small.apply_constraints({"width": {"exact": 200}, "height": {"exact": 100}})
    assert (small.get_settings()["width"], track.get_settings()["width"]) == (200, 640)
    assert small.get_settings()["resize_mode"] == "crop-and-scale"
    frames = [imagecapture.ImageCapture(one).grab_frame() for one in (track, small)]
    assert [(frame.width, frame.height) for frame in frames] == [(640, 480), (200, 100)]


def test_statistics(open_with):
    track = open_with(pacing="manual")
    assert track.stats.to_dict() == {"delivered_frames": 0, "discarded_frames": 0, "total_frames": 0, "corrupt_frames": 0}
    before = track.stats
    assert before == track.stats


def test_statistics_count(track):
    reader = track.frames(queue=8)
    for _ in range(3):
        next(reader)
    stats = track.stats
    assert stats.delivered_frames >= 3
    assert stats.total_frames >= stats.delivered_frames + stats.discarded_frames
    assert stats != track.clone().stats
    assert "delivered_frames=" in repr(stats)
    with pytest.raises(AttributeError):
        stats.total_frames = 0


def test_damaged_frames_are_counted(devices_of):
    camera = imagecapture.VirtualCamera({"modes": [{"width": 64, "height": 48}], "pacing": "manual"})
    track = devices_of(camera).get_user_media({"video": True}).get_video_tracks()[0]
    reader = track.frames(queue=4)
    for number in range(1, 4):
        camera.script({"corruptFrame": "cut"})
        camera.step(2)
        next(reader)
        stats = track.stats
        assert (stats.delivered_frames, stats.corrupt_frames, stats.total_frames) == (number, number, 2 * number)
    assert "corrupt_frames=3" in repr(track.stats) and reader.dropped == 0


def test_zoom_changes_the_setting(track):
    track.apply_constraints({"zoom": 250})
    assert track.get_settings()["zoom"] == 250
    assert track.get_constraints() == {"zoom": 250}
    track.apply_constraints({"zoom": {"exact": 120}})
    assert track.get_settings()["zoom"] == 120


def test_frame_rate_changes_the_setting(track):
    track.apply_constraints({"frame_rate": 15})
    assert track.get_settings()["frame_rate"] == 15
    track.apply_constraints({"frameRate": {"min": 20}})
    assert track.get_settings()["frame_rate"] == 30


def test_size_changes_the_frames(track):
    track.apply_constraints({"width": {"exact": 320}, "height": {"exact": 240}})
    frame = imagecapture.ImageCapture(track).grab_frame()
    assert (frame.width, frame.height) == (320, 240)


def test_a_refused_constraint_changes_nothing(track):
    track.apply_constraints({"zoom": 200})
    with pytest.raises(imagecapture.OverconstrainedError) as caught:
        track.apply_constraints({"zoom": {"exact": 300}, "width": {"min": 100_000}})
    assert caught.value.constraint == "width"
    assert track.get_settings()["zoom"] == 200
    assert track.get_constraints() == {"zoom": 200}


def test_no_constraints(track):
    track.apply_constraints({"zoom": 200})
    track.apply_constraints()
    assert track.get_constraints() == {}


def test_stop(track):
    track.stop()
    track.stop()
    assert track.ready_state == "ended"
    with pytest.raises(imagecapture.InvalidStateError):
        imagecapture.ImageCapture(track).grab_frame()


def test_clone_is_another_track(track):
    clone = track.clone()
    assert clone != track
    assert clone.id != track.id
    assert clone.label == track.label
    clone.stop()
    assert track.ready_state == "live"


def test_equality(devices):
    stream = devices.get_user_media({"video": True})
    (one,), (other,) = stream.get_video_tracks(), stream.get_video_tracks()
    assert one == other
    assert hash(one) == hash(other)
    assert len({one, other}) == 1
    assert one != "a track"


def test_disabled_track_is_black(track):
    np = pytest.importorskip("numpy")
    track.enabled = False
    assert track.enabled is False
    frame = track.frames(queue=1).next_frame()
    assert np.asarray(frame.to_rgb()).max() == 0
    track.enabled = True
    assert np.asarray(track.frames(queue=1).next_frame().to_rgb()).max() > 0


def test_unplugging_ends_the_track(track, camera):
    reader = track.frames()
    next(reader)
    camera.unplug()
    # What it had already is still delivered.
    with pytest.raises(imagecapture.DeviceLostError) as caught:
        for _ in range(10):
            next(reader)
    assert isinstance(caught.value, imagecapture.UnknownError) and isinstance(caught.value, OSError)
    assert list(reader) == []
    assert track.ready_state == "ended"


def test_stopping_ends_the_iteration(track):
    reader = track.frames(queue=2)
    next(reader)
    track.stop()
    assert len(list(reader)) <= 2


def test_range():
    range = MediaSettingsRange(1, 9, step=2)
    assert (range.min, range.max, range.step) == (1, 9, 2)
    assert dict(range) == {"min": 1, "max": 9, "step": 2}
    assert range == MediaSettingsRange(1.0, 9.0, 2.0)
    assert hash(range) == hash(MediaSettingsRange(1, 9, 2))
    assert range != MediaSettingsRange(1, 9)
    assert range != (1, 9, 2)
    assert repr(range) == "MediaSettingsRange(min=1.0, max=9.0, step=2.0)"
    assert pickle.loads(pickle.dumps(range)) == range
    with pytest.raises(AttributeError):
        range.min = 5
    with pytest.raises(KeyError):
        range["mean"]


def test_frames_in_order(track):
    with track.frames(queue=4) as reader:
        frames = [next(reader) for _ in range(3)]
    sequence = [frame.sequence for frame in frames]
    assert sequence == sorted(set(sequence))
    times = [frame.timestamp_ns for frame in frames]
    assert times == sorted(set(times))


def test_a_closed_reader_has_ended(track):
    reader = track.frames()
    reader.close()
    reader.close()
    assert list(reader) == []


def test_only_looking(open_with):
    track = open_with(pacing="manual")
    with pytest.raises(imagecapture.CaptureTimeoutError):
        track.frames().next_frame(timeout=0)


def test_frames_of_one_format(track):
    assert track.frames(format="rgb").next_frame().format == "rgb"


def test_a_slow_reader_loses_frames(open_with):
    track = open_with(pacing="fast")
    reader = track.frames(queue=2)
    other = track.frames(queue=2)
    for _ in range(20):
        next(other)
    assert reader.dropped > 0


def test_a_reader_keeps_its_track(devices):
    reader = devices.get_user_media({"video": True}).get_video_tracks()[0].frames(queue=4)
    gc.collect()
    assert [next(reader).format for _ in range(3)] == ["yuyv"] * 3
