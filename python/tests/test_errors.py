from __future__ import annotations

import pickle

import pytest

import imagecapture
from imagecapture import errors

BUILT_IN = {
    "NotFoundError": [LookupError],
    "NotAllowedError": [PermissionError],
    "NotReadableError": [OSError],
    "OverconstrainedError": [ValueError],
    "InvalidStateError": [RuntimeError],
    "NotSupportedError": [RuntimeError],
    "InvalidInputError": [TypeError, ValueError],
    "OperationError": [RuntimeError],
    "AbortError": [],
    "SecurityError": [PermissionError],
    "CaptureTimeoutError": [imagecapture.UnknownError, TimeoutError],
    "BuffersExhaustedError": [BufferError],
    "DeviceLostError": [imagecapture.UnknownError, OSError],
    "UnknownError": [],
}


@pytest.mark.parametrize("name", BUILT_IN)
def test_classes(name):
    cls = getattr(imagecapture, name)
    assert issubclass(cls, imagecapture.ImageCaptureError)
    for parent in BUILT_IN[name]:
        assert issubclass(cls, parent)


@pytest.mark.parametrize("name", BUILT_IN)
def test_instances(name):
    cls = getattr(imagecapture, name)
    error = cls("what happened", kind="Unknown", name="SomeError", constraint="width", os_code=16)
    assert str(error) == error.message == "what happened"
    assert (error.kind, error.name, error.constraint, error.os_code) == ("Unknown", "SomeError", "width", 16)
    if isinstance(error, OSError):
        assert error.errno == 16
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is cls
    assert str(copy) == "what happened"
    assert (copy.kind, copy.constraint, copy.os_code) == ("Unknown", "width", 16)
    plain = cls("alone")
    assert plain.constraint is None and plain.os_code is None
    assert plain.kind and plain.name


def test_every_class_is_exported():
    assert set(errors.__all__) <= set(imagecapture.__all__)
    assert set(BUILT_IN) | {"ImageCaptureError"} == set(errors.__all__)


@pytest.mark.parametrize(
    ("kind", "name", "cls"),
    [
        ("NotFound", "NotFoundError", "NotFoundError"),
        ("DeviceLost", "UnknownError", "DeviceLostError"),
        ("DeviceLost", "NotReadableError", "NotReadableError"),
        ("DeviceLost", "OperationError", "OperationError"),
        ("TimedOut", "UnknownError", "CaptureTimeoutError"),
        ("TimedOut", "AbortError", "AbortError"),
        ("Cancelled", "AbortError", "AbortError"),
        ("InvalidInput", "TypeError", "InvalidInputError"),
        ("BuffersExhausted", "UnknownError", "BuffersExhaustedError"),
        ("Unknown", "UnknownError", "UnknownError"),
        ("OfALaterVersion", "LaterError", "UnknownError"),
    ],
)
def test_the_class_follows_the_w3c_name(kind, name, cls):
    error = errors._from_core(kind, name, "message", None, None)
    assert type(error).__name__ == cls
    assert (error.kind, error.name) == (kind, name)


@pytest.mark.parametrize(
    "arguments",
    [
        {"video": "yes"},
        {"video": 1},
        {"video": []},
        {"video": {"width": "wide"}},
        {"video": {"width": {"exact": float("inf")}}},
        {"video": {"advanced": 3}},
        {"video": {"zoom": {"exact": 200}}},
        {"audio": "yes"},
        {"video": False},
        {},
        [],
        "video",
        None,
        5,
    ],
)
def test_wrong_stream_constraints(devices, arguments):
    with pytest.raises(imagecapture.InvalidInputError) as caught:
        devices.get_user_media(arguments)
    assert caught.value.message


@pytest.mark.parametrize("timeout", ["soon", -1, float("nan"), [], True, b"1", -0.001])
def test_wrong_timeouts(devices, track, capture, timeout):
    for call in (
        lambda: devices.get_user_media({"video": True}, timeout=timeout),
        lambda: track.apply_constraints({}, timeout=timeout),
        lambda: capture.take_photo(timeout=timeout),
        lambda: capture.grab_frame(timeout=timeout),
        lambda: capture.get_photo_capabilities(timeout=timeout),
        lambda: capture.get_photo_settings(timeout=timeout),
        lambda: track.frames().next_frame(timeout=timeout),
    ):
        with pytest.raises(imagecapture.InvalidInputError, match="timeout"):
            call()


@pytest.mark.parametrize("timeout", [None, ..., 5, 5.0, float("inf"), 1e300])
def test_right_timeouts(capture, timeout):
    assert capture.grab_frame(timeout=timeout).width


@pytest.mark.parametrize("track", [None, 5, "track", object()])
def test_wrong_tracks(track):
    with pytest.raises(imagecapture.InvalidInputError, match="track"):
        imagecapture.ImageCapture(track)


@pytest.mark.parametrize(
    "config",
    [
        5,
        [],
        True,
        {"label": 3},
        {"modes": []},
        {"modes": [{"width": 0, "height": 10}]},
        {"modes": [{"width": -1, "height": 10}]},
        {"modes": [{"width": 10**9, "height": 10}]},
        {"modes": [{"width": 10}]},
        {"modes": [{"width": 10, "height": 10, "pixelFormat": "cmyk"}]},
        {"modes": [{"width": 10, "height": 10, "frameRates": [0]}]},
        {"modes": [{"width": 10, "height": 10, "frameRates": [float("nan")]}]},
        {"modes": [{"width": 10, "height": 10}], "properties": {"zoom": {"min": 5, "max": 1}}},
        {"modes": [{"width": 10, "height": 10}], "pacing": "slow"},
        {"modes": [{"width": 10, "height": 10}], "scene": {"kind": "dream"}},
        {"colour": "red"},
        "not json",
        "",
    ],
)
def test_wrong_virtual_cameras(config):
    with pytest.raises(imagecapture.InvalidInputError):
        imagecapture.VirtualCamera(config)
    with pytest.raises(imagecapture.InvalidInputError):
        imagecapture.MediaDevices(virtual_cameras=[config], backends=[], environment=False)


def test_wrong_options():
    with pytest.raises(imagecapture.NotSupportedError, match="no-such-backend"):
        imagecapture.MediaDevices(backends=["no-such-backend"])
    for options in ({"backends": "v4l2"}, {"backends": [5]}, {"virtual_cameras": 5}, {"environment": "yes"}, {"x": 1}):
        with pytest.raises(TypeError):
            imagecapture.MediaDevices(**options)
    with pytest.raises(TypeError):
        imagecapture.MediaDevices([])


@pytest.mark.parametrize(
    "arguments",
    [
        ("cmyk", 4, 4, bytes(48)),
        ("rgb", 4, 4, bytes(47)),
        ("rgb", 0, 4, b""),
        ("rgb", 4, 4, "text"),
        ("rgb", 4, 4, None),
    ],
)
def test_wrong_pushes(arguments):
    modes = [{"width": 4, "height": 4, "pixelFormat": "rgb"}]
    camera = imagecapture.VirtualCamera({"scene": {"kind": "push"}, "modes": modes})
    with pytest.raises(imagecapture.InvalidInputError):
        camera.push_frame(*arguments)


def test_pushing_into_a_pattern(camera):
    with pytest.raises(imagecapture.NotSupportedError):
        camera.push_frame("rgb", 4, 4, bytes(48))
    with pytest.raises(imagecapture.NotSupportedError):
        camera.open()


@pytest.mark.parametrize("queue", [0, -1, 17, 1.5, "many", 2**80])
def test_wrong_queues(track, queue):
    with pytest.raises(imagecapture.InvalidInputError, match="queue"):
        track.frames(queue=queue)


def test_wrong_frame_formats(track):
    with pytest.raises(imagecapture.InvalidInputError, match="format"):
        track.frames(format="cmyk")


def test_not_to_be_made_by_hand():
    for cls in (
        imagecapture.Frame,
        imagecapture.Photo,
        imagecapture.MediaStreamTrack,
        imagecapture.Event,
        imagecapture.Events,
        imagecapture.Explanation,
        imagecapture.Indicator,
        imagecapture.Listener,
        imagecapture.PermissionRequest,
        imagecapture.TrackStats,
        imagecapture.FrameReader,
        imagecapture.MediaDeviceInfo,
    ):
        with pytest.raises(TypeError):
            cls()


def test_messages_help(devices):
    with pytest.raises(imagecapture.OverconstrainedError) as caught:
        devices.get_user_media({"video": {"width": {"exact": 123456}}})
    assert "123456" in str(caught.value)
    assert "width" in str(caught.value)
