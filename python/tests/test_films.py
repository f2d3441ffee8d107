"""Virtual cameras whose scene comes from files."""

from __future__ import annotations

import io
import json
import threading

import pytest

import imagecapture
from imagecapture import ImageCapture, InvalidInputError, MediaDevices, VirtualCamera

from test_events import eventually

Image = pytest.importorskip("PIL.Image")
np = pytest.importorskip("numpy")

RED, BLUE = (250, 10, 10), (10, 10, 250)


def picture(colour, format, size=(32, 16)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, format)
    return out.getvalue()


def y4m(*luma: int) -> bytes:
    return b"YUV4MPEG2 W4 H2 F25:1 Cmono\n" + b"".join(b"FRAME\n" + bytes([value] * 8) for value in luma)


@pytest.fixture
def play(devices_of):
    """The track of a camera with this scene, and a function for the next picture."""

    def play(scene):
        camera = VirtualCamera({"scene": scene, "pacing": "manual"})
        track = devices_of(camera).get_user_media({"video": True}).get_tracks()[0]
        reader = track.frames()

        def following():
            camera.step()
            return next(reader)

        return track, following

    return play


def colour(frame):
    return np.asarray(frame.to_rgb())[0, 0]


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_a_picture_in_its_own_size(play, tmp_path, format):
    path = tmp_path / "a"
    path.write_bytes(picture(RED, format))
    track, following = play({"kind": "image", "path": str(path)})
    assert (track.get_settings()["width"], track.get_settings()["height"]) == (32, 16)
    assert np.abs(colour(following()).astype(int) - RED).max() <= 5


def test_pictures_one_after_the_other(play, tmp_path):
    paths = [tmp_path / "a.png", tmp_path / "b.jpg"]
    paths[0].write_bytes(picture(RED, "PNG"))
    paths[1].write_bytes(picture(BLUE, "JPEG"))
    _, following = play({"kind": "images", "paths": [str(path) for path in paths], "hold": 2})
    assert [colour(following())[0] > 128 for _ in range(6)] == [True, True, False, False, True, True]


def test_a_film_of_raw_pictures(play, tmp_path):
    path = tmp_path / "a.y4m"
    path.write_bytes(y4m(16, 126, 235))
    track, following = play({"kind": "y4m", "path": str(path)})
    assert track.get_settings()["frame_rate"] == 25
    shown = [int(colour(following())[0]) for _ in range(4)]
    assert shown == [pytest.approx(value, abs=3) for value in (0, 128, 255, 0)]


def test_a_film_of_jpegs_passes_untouched(play, tmp_path):
    jpegs = [picture(RED, "JPEG"), picture(BLUE, "JPEG")]
    path = tmp_path / "a.mjpeg"
    path.write_bytes(b"".join(jpegs))
    _, following = play({"kind": "mjpeg", "path": str(path)})
    assert [bytes(memoryview(following())) for _ in range(3)] == [jpegs[0], jpegs[1], jpegs[0]]


def test_relative_paths(tmp_path, monkeypatch):
    (tmp_path / "film.y4m").write_bytes(y4m(16))
    config = {"deviceId": "of-a-file", "scene": {"kind": "y4m", "path": "film.y4m"}}
    with pytest.raises(InvalidInputError, match="film.y4m"):
        VirtualCamera(config)
    # Of a file that the environment names: from the folder of that file.
    (tmp_path / "camera.json").write_text(json.dumps(config), encoding="utf-8")
    monkeypatch.setenv("IC_VIRTUAL_CAMERA", str(tmp_path / "camera.json"))
    with MediaDevices(backends=[]) as devices:
        track = devices.get_user_media({"video": {"device_id": {"exact": "of-a-file"}}}).get_tracks()[0]
        assert track.get_settings()["width"] == 4
    (tmp_path / "film.y4m").unlink()
    with pytest.raises(InvalidInputError, match="IC_VIRTUAL_CAMERA.*film.y4m"):
        MediaDevices(backends=[])
    # Otherwise from the working directory.
    (tmp_path / "film.y4m").write_bytes(y4m(16))
    monkeypatch.chdir(tmp_path)
    VirtualCamera(config)


@pytest.mark.parametrize("kind", ["image", "images", "y4m", "mjpeg"])
def test_files_that_are_missing_or_something_else(tmp_path, kind):
    def scene(path):
        return {"scene": {"kind": kind} | ({"paths": [str(path)]} if kind == "images" else {"path": str(path)})}

    (tmp_path / "text").write_bytes(b"no picture at all")
    (tmp_path / "folder").mkdir()
    for name in ("missing", "text", "folder"):
        with pytest.raises(InvalidInputError, match=name):
            VirtualCamera(scene(tmp_path / name))


@pytest.mark.parametrize(
    "scene", [{"kind": "y4m"}, {"kind": "images", "paths": []}, {"kind": "image", "path": 5}, {"kind": "push", "path": "a"}], ids=str
)
def test_wrong_scenes(scene):
    with pytest.raises(InvalidInputError):
        VirtualCamera({"scene": scene})


def test_a_film_that_is_gone_when_the_camera_is_opened(tmp_path, devices_of):
    path = tmp_path / "film.mjpeg"
    path.write_bytes(picture(RED, "JPEG"))
    devices = devices_of(VirtualCamera({"scene": {"kind": "mjpeg", "path": str(path)}}))
    path.unlink()
    with pytest.raises(imagecapture.NotReadableError, match="film.mjpeg"):
        devices.get_user_media({"video": True})


@pytest.mark.parametrize(("kind", "whole"), [("y4m", y4m(16, 235)), ("mjpeg", picture(RED, "JPEG"))])
def test_a_film_that_breaks_while_it_plays(play, tmp_path, kind, whole):
    path = tmp_path / "film"
    path.write_bytes(whole)
    track, following = play({"kind": kind, "path": str(path)})
    following()
    path.write_bytes(whole[:28])
    ended = threading.Event()
    track.on("ended", lambda event: ended.set())
    with pytest.raises((imagecapture.UnknownError, imagecapture.InvalidStateError, StopIteration)):
        for _ in range(100):
            following()
    assert ended.wait(5)
    eventually(lambda: track.ready_state == "ended")
    with pytest.raises(imagecapture.InvalidStateError, match="film"):
        ImageCapture(track).take_photo()
