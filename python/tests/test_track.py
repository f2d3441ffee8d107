from __future__ import annotations

import gc
import pickle

import pytest

import imagecapture
from imagecapture import MediaSettingsRange


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
    assert set(capabilities) == {"width", "height", "frame_rate", "device_id", "group_id", "zoom"}
    assert capabilities["zoom"] == MediaSettingsRange(100, 400, 1)
    # Tracks may be scaled down, so the smallest size is below the smallest mode.
    assert capabilities["width"].max == 640
    assert isinstance(capabilities["width"].max, int)
    assert capabilities["frame_rate"].max == 30
    assert isinstance(capabilities["frame_rate"].max, float)
    # As W3C has them: a step only where Image Capture says so.
    assert set(dict(capabilities["width"])) == {"min", "max"}
    assert set(dict(capabilities["zoom"])) == {"min", "max", "step"}
    assert capabilities["width"].step == 0


def test_settings(track):
    settings = track.get_settings()
    assert set(settings) == {"width", "height", "frame_rate", "device_id", "group_id", "zoom"}
    assert isinstance(settings["width"], int)
    assert isinstance(settings["frame_rate"], float)
    assert settings["zoom"] == 100


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
