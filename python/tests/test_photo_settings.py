"""What the camera can do for a photo, and photos that differ from the stream."""

from __future__ import annotations

import asyncio
import threading

import pytest

import imagecapture
from imagecapture import ImageCapture, InvalidInputError, MediaSettingsRange, VirtualCamera, aio

from conftest import CONFIG

# A camera that takes stills by itself.
STILLS = {
    "imageWidth": {"min": 640, "max": 4096, "step": 2, "value": 1920},
    "imageHeight": {"min": 100, "max": 3072, "step": 1, "value": 1080},
    "fillLightMode": ["auto", "flash"],
    "redEyeReduction": "controllable",
}
EXPECTED = {
    "red_eye_reduction": "controllable",
    "image_height": MediaSettingsRange(100, 3072, 1),
    "image_width": MediaSettingsRange(640, 4096, 2),
    "fill_light_mode": ["auto", "flash"],
}
PRESENT = {"fill_light_mode": "auto", "image_height": 1080, "image_width": 1920, "red_eye_reduction": False}

BOTH = pytest.mark.parametrize("name", ["get_photo_capabilities", "get_photo_settings"])


@pytest.fixture
def config(config):
    return config | {"pacing": "fast", "photo": STILLS}


@pytest.fixture
def of_stream(open_with, config):
    """Photos of this one are made of its stream."""
    del config["photo"]
    return ImageCapture(open_with({"width": 320, "height": 240}))


def wait(operation):
    """The result of an operation that was started without waiting."""
    done = threading.Event()
    operation.on_complete(done.set)
    assert done.wait(5)
    return operation.result()


def test_capabilities(capture):
    capabilities = capture.get_photo_capabilities()
    assert capabilities == EXPECTED
    width = capabilities["image_width"]
    assert dict(width) == {"min": 640, "max": 4096, "step": 2}
    assert isinstance(width.max, float), "a double on the web"
    capabilities.clear()
    assert capture.get_photo_capabilities() == EXPECTED, "a new dictionary each time"


def test_capabilities_of_a_camera_without_light(of_stream):
    capabilities = of_stream.get_photo_capabilities()
    assert capabilities == {
        "red_eye_reduction": "never",
        "image_height": MediaSettingsRange(240, 480, 240),
        "image_width": MediaSettingsRange(320, 640, 320),
    }


def test_settings(capture):
    settings = capture.get_photo_settings()
    assert settings == PRESENT
    assert settings["red_eye_reduction"] is False and isinstance(settings["image_width"], float)


def test_settings_have_only_what_the_camera_has(of_stream):
    assert of_stream.get_photo_settings() == {"image_height": 240, "image_width": 320}


def test_settings_can_be_given_back(capture, camera):
    camera.take_writes()
    photo = capture.take_photo(capture.get_photo_settings())
    assert (photo.width, photo.height) == (1920, 1080)
    assert camera.take_writes() == [PRESENT], "all of it reached the camera, in the spelling of Python"


def test_settings_of_the_stream_can_be_given_back(of_stream):
    photo = of_stream.take_photo(of_stream.get_photo_settings())
    assert (photo.width, photo.height) == (320, 240)


@pytest.mark.parametrize("settings", [None, {}])
def test_no_settings(capture, camera, settings):
    camera.take_writes()
    photo = capture.take_photo(settings)
    assert (photo.width, photo.height) == (1920, 1080)
    assert camera.take_writes() == [{}]


def test_all_settings_in_both_spellings(capture, camera):
    camera.take_writes()
    wanted = {"image_width": 1080, "image_height": 100, "red_eye_reduction": True, "fill_light_mode": "flash"}
    photo = capture.take_photo(wanted)
    assert (photo.width, photo.height) == (1080, 100)
    w3c = {"imageWidth": 1080, "imageHeight": 100, "redEyeReduction": True, "fillLightMode": "flash"}
    capture.take_photo(w3c)
    assert camera.take_writes() == [wanted, wanted]
    assert capture.get_photo_settings() == PRESENT, "nothing of it stays"


def test_a_photo_of_another_size_than_the_stream(of_stream):
    track = of_stream.track
    before = track.get_settings()
    assert before["width"] == 320
    photo = of_stream.take_photo({"image_width": 600})
    assert (photo.width, photo.height) == (640, 480), "that of the nearest mode"
    assert track.get_settings() == before
    assert of_stream.grab_frame().width == 320


@pytest.mark.parametrize(
    "settings",
    [
        {"image_width": 639},
        {"image_width": 4097},
        {"image_height": 99},
        {"image_height": 3073},
        {"fill_light_mode": "off"},
    ],
)
def test_what_the_camera_cannot_do(capture, settings):
    with pytest.raises(imagecapture.NotSupportedError):
        capture.take_photo(settings)


def test_red_eyes_cannot_be_avoided_by_every_camera(of_stream):
    with pytest.raises(imagecapture.NotSupportedError, match="redEyeReduction"):
        of_stream.take_photo({"red_eye_reduction": True})


@BOTH
def test_an_ended_track(capture, track, name):
    track.stop()
    with pytest.raises(imagecapture.InvalidStateError):
        getattr(capture, name)()


@BOTH
def test_a_disabled_track_still_tells(capture, track, name):
    track.enabled = False
    assert getattr(capture, name)()


@BOTH
def test_stopped_meanwhile(capture, track, camera, name):
    # A slow write keeps the camera busy while the track ends.
    camera.script(write_delay_ms=200)
    slow = track._apply_constraints({"zoom": 200})
    asked = getattr(capture, "_" + name)()
    track.stop()
    with pytest.raises(imagecapture.OperationError) as caught:
        wait(asked)
    assert caught.value.name == "OperationError"
    wait(slow)


@BOTH
def test_too_slow(capture, track, camera, name):
    camera.script(write_delay_ms=200)
    slow = track._apply_constraints({"zoom": 200})
    with pytest.raises(imagecapture.OperationError) as caught:
        getattr(capture, name)(timeout=0.02)
    assert caught.value.kind == "TimedOut"
    wait(slow)
    assert getattr(capture, name)(timeout=None)


@BOTH
def test_it_takes_only_a_timeout_by_its_name(capture, name):
    with pytest.raises(TypeError):
        getattr(capture, name)(1)


def test_with_asyncio():
    async def main():
        camera = VirtualCamera(CONFIG | {"photo": STILLS, "pacing": "fast"})
        async with aio.MediaDevices(backends=[], virtual_cameras=[camera], environment=False) as devices:
            (track,) = (await devices.get_user_media({"video": True})).get_video_tracks()
            capture = aio.ImageCapture(track)
            capabilities, settings = await asyncio.gather(capture.get_photo_capabilities(), capture.get_photo_settings())
            assert (capabilities, settings) == (EXPECTED, PRESENT)
            photo = await capture.take_photo(settings)
            assert (photo.width, photo.height) == (1920, 1080)
            camera.script(write_delay_ms=400)
            slow = asyncio.create_task(track.apply_constraints({"zoom": 200}))
            await asyncio.sleep(0)
            asked = [asyncio.create_task(call()) for call in (capture.get_photo_capabilities, capture.get_photo_settings)]
            await asyncio.sleep(0)
            with pytest.raises(imagecapture.OperationError):
                await capture.get_photo_settings(timeout=0.02)
            track.stop()
            for error in await asyncio.gather(*asked, return_exceptions=True):
                assert isinstance(error, imagecapture.OperationError)
            await slow
            with pytest.raises(imagecapture.InvalidStateError):
                await capture.get_photo_capabilities()

    asyncio.run(asyncio.wait_for(main(), 9))


@pytest.mark.parametrize("data", [b"\xca\xfe", bytearray(b"\xca\xfe"), memoryview(b"\xfe\xca")[::-1]])
def test_a_pushed_photo_comes_out_as_it_is(capture, camera, data):
    camera.push_photo("image/cat", data)
    photo = capture.take_photo()
    assert (photo.mime_type, photo.data) == ("image/cat", b"\xca\xfe")
    assert capture.take_photo().mime_type == "image/jpeg", "only the next one"


def test_pushed_photos_keep_their_order(capture, camera):
    for number in range(3):
        camera.push_photo("image/cat", bytes([number]))
    assert [capture.take_photo().data for _ in range(3)] == [b"\0", b"\1", b"\2"]


def test_what_cannot_be_pushed(camera):
    for mime_type, data in (("", b"cat"), ("image/cat", b""), ("image/cat", "cat"), ("image/cat", 5)):
        with pytest.raises(InvalidInputError):
            camera.push_photo(mime_type, data)
    with pytest.raises(TypeError):
        camera.push_photo(5, b"cat")
    with pytest.raises(imagecapture.NotSupportedError):
        VirtualCamera().push_photo("image/cat", b"cat")


@pytest.mark.parametrize(
    "change",
    [
        {"imageWidth": {"min": 0, "max": 10}},
        {"imageWidth": {"min": 20, "max": 10}},
        {"imageHeight": {"min": 1, "max": 10, "value": 11}},
        {"fillLightMode": ["bright"]},
        {"redEyeReduction": "sometimes"},
        {"depth": 3},
    ],
)
def test_a_wrong_block(config, change):
    with pytest.raises(InvalidInputError):
        VirtualCamera(config | {"photo": STILLS | change})
