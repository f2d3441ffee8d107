from __future__ import annotations

import pytest

import imagecapture
from imagecapture import ImageCapture, VirtualCamera

from pattern import frame_number

np = pytest.importorskip("numpy")


def test_track(capture, track):
    assert capture.track == track
    assert repr(capture)


@pytest.mark.parametrize("no_track", [None, "track", 1, {}, True])
def test_what_is_no_track(no_track):
    with pytest.raises(TypeError):
        ImageCapture(no_track)


def test_an_ended_track_is_taken(track):
    track.stop()
    assert ImageCapture(track).track == track


def test_grab_frame_is_rgba_at_the_size_of_the_track(capture, track):
    frame = capture.grab_frame()
    settings = track.get_settings()
    assert frame.format == "rgba"
    assert (frame.width, frame.height) == (settings["width"], settings["height"])


def test_the_pattern_shows_the_frame_number(capture):
    frame = capture.grab_frame()
    number = frame_number(np.asarray(frame.convert("grey")))
    assert number is not None
    assert number == VirtualCamera.read_frame_number(frame)


def test_frame_numbers_grow(track):
    with track.frames(queue=4) as reader:
        numbers = [VirtualCamera.read_frame_number(next(reader)) for _ in range(3)]
    assert all(number is not None for number in numbers)
    assert numbers == sorted(set(numbers))


def test_latest_frame(capture, track):
    first = capture.grab_frame()
    latest = capture.latest_frame()
    assert latest is not None
    assert latest.sequence >= first.sequence
    # What the camera delivered, unlike grab_frame().
    assert latest.format == "yuyv"


def test_zoom_changes_the_picture(track, capture):
    before = np.array(capture.grab_frame().to_rgb())
    track.apply_constraints({"zoom": 400})
    after = np.array(capture.grab_frame().to_rgb())
    # The frame number stays where it is; below it everything is enlarged.
    assert (before[64:] != after[64:]).mean() > 0.05


def test_manual_pacing_makes_exactly_the_frames_asked_for(open_with):
    camera = VirtualCamera(
        {"modes": [{"width": 640, "height": 480}], "pacing": "manual", "deviceId": "manual", "label": "Manual"}
    )
    with imagecapture.MediaDevices(backends=[], virtual_cameras=[camera], environment=False) as devices:
        track = devices.get_user_media({"video": True}).get_video_tracks()[0]
        reader = track.frames(queue=8)
        before = camera.frame_count
        camera.step(3)
        numbers = [VirtualCamera.read_frame_number(reader.next_frame()) for _ in range(3)]
        assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]
        assert camera.frame_count == before + 3
        with pytest.raises(imagecapture.CaptureTimeoutError):
            reader.next_frame(timeout=0.05)


def test_pushed_frames_arrive_unchanged():
    camera = VirtualCamera({"scene": {"kind": "push"}, "modes": [{"width": 64, "height": 48, "pixelFormat": "rgb"}]})
    track = camera.open()
    picture = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
    reader = track.frames()
    camera.push_frame("rgb", 64, 48, picture)
    frame = reader.next_frame()
    assert frame.format == "rgb"
    np.testing.assert_array_equal(np.asarray(frame), picture)
    assert ImageCapture(track).track == track
    track.stop()


def test_frozen_camera_times_out(open_with, devices, camera, capture):
    capture.grab_frame()
    camera.freeze()
    with pytest.raises(imagecapture.CaptureTimeoutError) as caught:
        capture.grab_frame(timeout=0.2)
    assert caught.value.kind == "TimedOut"
    assert caught.value.name == "UnknownError"
    assert isinstance(caught.value, imagecapture.UnknownError) and isinstance(caught.value, TimeoutError)
    camera.freeze(False)
    capture.grab_frame()


def test_unplugging_ends_a_grab(capture, camera):
    import threading

    camera.freeze()
    timer = threading.Timer(0.1, camera.unplug)
    timer.start()
    with pytest.raises(imagecapture.ImageCaptureError) as caught:
        capture.grab_frame()
    timer.join()
    assert caught.value.kind in ("DeviceLost", "InvalidState")
