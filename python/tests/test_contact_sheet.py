"""Contact sheets: the Python face. What is set and what is drawn is tested in the core."""

import pytest

import imagecapture
from imagecapture import ContactSheet, ImageCapture


@pytest.fixture
def track():
    camera = imagecapture.VirtualCamera(
        {
            "modes": [{"width": 320, "height": 240}],
            "pacing": "fast",
            "properties": {"zoom": {"min": 100, "max": 400, "step": 1}, "torch": {"values": [False, True]}},
        }
    )
    with imagecapture.MediaDevices(backends=[], virtual_cameras=[camera], environment=False) as devices:
        yield devices.get_user_media({"video": {"zoom": True}}).get_video_tracks()[0]


def test_a_sweep(track):
    seen = []
    sheet = ContactSheet.sweep(track, ["zoom=100,200", "torch"], settle=0.02, progress=lambda *at: seen.append(at))
    assert len(sheet) == 4
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4)]
    png = sheet.to_png()
    assert (png.mime_type, png.width) == ("image/png", 2 * 320 + 16 + 2 * 28)
    assert bytes(png).startswith(b"\x89PNG")
    assert track.get_settings()["zoom"] == 100
    assert repr(sheet) == "<ContactSheet 4 pictures>"


def test_an_exception_ends_the_sweep_and_all_is_put_back(track):
    def progress(done, total):
        if done == 1:
            raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        ContactSheet.sweep(track, ["zoom=300,400"], settle=0, progress=progress)
    assert track.get_settings()["zoom"] == 100


def test_ones_own_pictures(track):
    sheet = ContactSheet(title="Mine", columns=2, width=64)
    with pytest.raises(imagecapture.InvalidStateError):
        sheet.to_png()
    frame = ImageCapture(track).grab_frame()
    for label in ("", "one", "two\nand more"):
        sheet.add(frame, label)
    assert len(sheet) == 3
    assert sheet.to_png().width == 2 * 64 + 16 + 2 * 28


def test_mistakes(track):
    with pytest.raises(imagecapture.InvalidInputError, match="100 to 400"):
        ContactSheet.sweep(track, ["zoom=99"])
    with pytest.raises(imagecapture.InvalidInputError):
        ContactSheet.sweep(track, ["zoom"], settle=float("nan"))
    with pytest.raises(imagecapture.InvalidInputError):
        ContactSheet(width=1)
    with pytest.raises(imagecapture.NotSupportedError):
        ContactSheet.sweep(track, ["iso"])
