"""The stub agrees with the compiled module, and a type checker accepts what users write."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import textwrap

import pytest

pytest.importorskip("mypy")

HERE = pathlib.Path(__file__).parent

# mypy starts slowly.
pytestmark = pytest.mark.timeout(180)


def run(*arguments, cwd):
    return subprocess.run([sys.executable, "-m", *map(str, arguments)], cwd=cwd, capture_output=True, text=True)


def test_stub(tmp_path):
    allowed = HERE.parent / "stubtest-allowlist.txt"
    arguments = ("--allowlist", allowed, "--ignore-unused-allowlist")
    done = run("mypy.stubtest", "imagecapture._native", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_itself(tmp_path):
    done = run("mypy", "--strict", "--cache-dir", tmp_path / "cache", "-p", "imagecapture", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


USE = """
    from typing import assert_type

    import imagecapture
    from imagecapture import aio
    from imagecapture.types import Constraints

    wishes: Constraints = {"width": {"ideal": 640}, "zoom": True, "advanced": [{"zoom": 200}]}
    with imagecapture.MediaDevices(virtual_cameras=[{"modes": [{"width": 640, "height": 480}]}]) as devices:
        stream = devices.get_user_media({"video": wishes}, timeout=None)
        track = stream.get_video_tracks()[0]
        assert_type(track, imagecapture.MediaStreamTrack)
        assert_type(track.get_settings()["width"], int)
        assert_type(track.get_capabilities()["zoom"].max, float)
        track.apply_constraints({"frame_rate": {"min": 10}}, timeout=1.5)
        photo = imagecapture.ImageCapture(track).take_photo({"fill_light_mode": "off"}, format="png")
        assert_type(photo.data, bytes)
        for frame in track.frames(queue=2, format="rgb"):
            assert_type(frame, imagecapture.Frame)
            memoryview(frame)
            bytes(photo)


    async def main() -> bytes:
        async with aio.MediaDevices() as devices:
            stream = await devices.get_user_media({"video": True})
            track = stream.get_video_tracks()[0]
            await track.apply_constraints({"zoom": 200})
            async for frame in track.frames():
                assert_type(frame, imagecapture.Frame)
            return (await aio.ImageCapture(track).take_photo()).data
"""

MISUSE = """
    import imagecapture

    devices = imagecapture.MediaDevices()
    track = devices.get_user_media({"video": True}).get_video_tracks()[0]
    track.apply_constraints({"zom": 200})
    imagecapture.ImageCapture(track).take_photo(format="gif")
    track.kind = "audio"
"""


def check(text, tmp_path):
    path = tmp_path / "use.py"
    path.write_text(textwrap.dedent(text))
    return run("mypy", "--strict", "--cache-dir", tmp_path / "cache", path, cwd=tmp_path)


def test_what_users_write(tmp_path):
    done = check(USE, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_mistakes_are_found(tmp_path):
    done = check(MISUSE, tmp_path)
    assert done.returncode == 1
    for line, word in ((6, "apply_constraints"), (7, "gif"), (8, "kind")):
        assert any(f"use.py:{line}:" in text and word in text for text in done.stdout.splitlines()), done.stdout
