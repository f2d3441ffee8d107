from __future__ import annotations

import io
import os
import stat

import pytest

import imagecapture

Image = pytest.importorskip("PIL.Image")
np = pytest.importorskip("numpy")

from pattern import frame_number  # noqa: E402


def pixels(photo) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(photo.data)).convert("RGB"))


def test_jpeg(capture, track):
    photo = capture.take_photo()
    assert photo.mime_type == photo.type == "image/jpeg"
    image = Image.open(io.BytesIO(photo.data))
    image.load()
    assert image.format == "JPEG"
    assert image.size == (photo.width, photo.height)
    settings = track.get_settings()
    assert image.size == (settings["width"], settings["height"])
    assert len(photo) == len(photo.data)
    assert photo.timestamp > 0
    assert "image/jpeg" in repr(photo)


def test_the_photo_shows_the_scene(capture):
    photo = capture.take_photo(quality=95)
    assert frame_number(pixels(photo).mean(axis=2)) is not None


def test_png_is_exact(capture):
    photo = capture.take_photo(format="png")
    assert photo.mime_type == "image/png"
    image = Image.open(io.BytesIO(photo.data))
    assert image.format == "PNG"
    image.load()
    assert frame_number(pixels(photo).mean(axis=2)) is not None


def test_the_camera_s_own_bytes(open_with):
    track = open_with(modes=[{"width": 640, "height": 480, "pixelFormat": "mjpeg"}])
    photo = imagecapture.ImageCapture(track).take_photo(format="camera")
    assert photo.mime_type == "image/jpeg"
    assert Image.open(io.BytesIO(photo.data)).size == (640, 480)


def test_quality_matters(capture):
    assert len(capture.take_photo(quality=100)) > len(capture.take_photo(quality=10))


def test_settings_are_those_in_force(capture, track):
    track.apply_constraints({"zoom": 300})
    photo = capture.take_photo()
    assert photo.settings["zoom"] == 300
    assert photo.settings == track.get_settings()
    photo.settings["zoom"] = 1
    assert photo.settings["zoom"] == 300, "a copy each time"


def test_no_photo_capability():
    config = {"modes": [{"width": 64, "height": 48}], "photo": None}
    with imagecapture.MediaDevices(backends=[], virtual_cameras=[config], environment=False) as devices:
        track = devices.get_user_media({"video": True}).get_video_tracks()[0]
        with pytest.raises(imagecapture.UnknownError):
            imagecapture.ImageCapture(track).take_photo()


def test_bytes_and_buffer(capture):
    photo = capture.take_photo()
    assert bytes(photo) == photo.data
    view = memoryview(photo)
    assert view.readonly
    assert view.nbytes == len(photo)
    array = np.frombuffer(photo, np.uint8)
    assert not array.flags.writeable
    assert array.tobytes() == photo.data
    # The photo may go while the view stays.
    expected = photo.data
    del photo
    assert bytes(view) == expected


def test_save(capture, tmp_path):
    photo = capture.take_photo()
    path = tmp_path / "photo.jpg"
    photo.save(path)
    assert path.read_bytes() == photo.data
    photo.save(str(path))
    assert os.listdir(tmp_path) == ["photo.jpg"]


def test_save_keeps_the_mode_of_a_file_that_is_there(capture, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"old")
    path.chmod(0o640)
    capture.take_photo().save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_save_heeds_the_mask_of_a_new_file(capture, tmp_path):
    path = tmp_path / "photo.jpg"
    old = os.umask(0o027)
    try:
        capture.take_photo().save(path)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_save_writes_through_a_link(capture, tmp_path):
    target = tmp_path / "target.jpg"
    link = tmp_path / "link.jpg"
    link.symlink_to(target)
    capture.take_photo().save(link)
    assert link.is_symlink()
    assert target.exists()


def test_save_where_nothing_can_be_written(capture, tmp_path):
    photo = capture.take_photo()
    with pytest.raises(FileNotFoundError):
        photo.save(tmp_path / "missing" / "photo.jpg")
    with pytest.raises(IsADirectoryError):
        photo.save(tmp_path)
    assert os.listdir(tmp_path) == []


def test_save_into_a_device_does_not_replace_it(capture):
    capture.take_photo().save("/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize(
    "settings",
    [
        {"fill_light_mode": "bright"},
        {"fill_light_mode": 3},
        {"image_width": "wide"},
        {"image_height": float("nan")},
        {"red_eye_reduction": 1},
        {"imageDepth": 4},
        {3: 4},
        "large",
    ],
)
def test_wrong_settings(capture, settings):
    with pytest.raises(imagecapture.InvalidInputError, match="settings"):
        capture.take_photo(settings)


@pytest.mark.parametrize("quality", [0, 101, -1, 1000, 2.5, "high", None, True])
def test_wrong_quality(capture, quality):
    with pytest.raises(imagecapture.InvalidInputError, match="quality"):
        capture.take_photo(quality=quality)


def test_wrong_format(capture):
    with pytest.raises(imagecapture.InvalidInputError, match="format"):
        capture.take_photo(format="gif")


def test_the_report_tells_what_was_done(open_with):
    track = open_with(modes=[{"width": 64, "height": 48}, {"width": 160, "height": 120}], pacing="fast", settling={"frames": 8})
    capture = imagecapture.ImageCapture(track)
    track.apply_constraints({"width": {"exact": 64}, "height": {"exact": 48}})
    photo = capture.take_photo({"image_width": 160}, settle=5)
    assert photo.report["mode"] == {"width": 160, "height": 120, "pixel_format": "yuyv"}
    assert photo.report["reconfigured"] is True
    assert photo.report["settled"] is True
    assert photo.report["settle_frames"] >= 6
    parts = ("waiting", "switching", "settling", "exposing", "encoding", "restoring")
    assert 0 < sum(photo.report[part] for part in parts) <= photo.report["total"]
    assert capture.take_photo().report["settled"] is None


def test_a_burst_is_frames_in_a_row(capture):
    photos = capture.take_burst(3, format="png")
    assert [photo.mime_type for photo in photos] == ["image/png"] * 3
    assert photos[0].sequence < photos[1].sequence < photos[2].sequence
    with pytest.raises(TypeError):
        capture.take_burst(0)


def test_a_bracket_has_a_photo_for_each_value(open_with):
    # So large that the number of the frame, which changes, is a small part of it.
    track = open_with(
        modes=[{"width": 640, "height": 480}], pacing="fast", properties={"iso": {"min": 100, "max": 800, "step": 100, "value": 100}}
    )
    capture = imagecapture.ImageCapture(track)
    photos = capture.take_bracket("iso", [100, 200, 400])
    assert [photo.settings["iso"] for photo in photos] == [100, 200, 400]
    light = [pixels(photo).mean() for photo in photos]
    assert light[0] < light[1] < light[2]
    assert track.get_settings()["iso"] == 100
    with pytest.raises(imagecapture.NotSupportedError):
        capture.take_bracket("iso", [900])
    for wrong in (("iso", []), ("zoom", [1]), ("nonsense", [1]), ("iso", [float("nan")])):
        with pytest.raises(TypeError):
            capture.take_bracket(*wrong)


def test_series_in_asyncio(open_with):
    import asyncio

    from imagecapture import aio

    track = open_with(
        modes=[{"width": 64, "height": 48}], pacing="fast", properties={"iso": {"min": 100, "max": 800, "step": 100, "value": 100}}
    )

    async def take():
        capture = aio.ImageCapture(track)
        return await capture.take_burst(2), await capture.take_bracket("iso", [100, 200])

    burst, bracket = asyncio.run(take())
    assert len(burst) == 2
    assert [photo.settings["iso"] for photo in bracket] == [100, 200]
