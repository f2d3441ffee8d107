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
    from imagecapture import FacingMode, MeteringMode, aio
    from imagecapture.types import (
        CameraWrite, Constraints, ControlFlag, ControlValue, DeviceDetails, PermissionAnswer, PhotoCapabilities, PhotoSettings,
        VirtualCameraScene,
    )


    def ask(request: imagecapture.PermissionRequest) -> PermissionAnswer | None:
        if request.pan_tilt_zoom:
            return {"camera": True, "pan_tilt_zoom": False, "devices": request.devices[:1]}
        request.answer(False)
        return None


    async def ask_slowly(request: imagecapture.PermissionRequest) -> bool:
        return request.video


    camera = imagecapture.VirtualCamera()
    camera.script(refuse_writes=["zoom"], corrupt_frame="cut")
    camera.script({"busy": True})
    imagecapture.VirtualCamera({"scene": {"kind": "images", "paths": ["a.png", "b.jpg"], "hold": 2}})
    scenes: list[VirtualCameraScene] = [{"kind": "image", "path": "a.png"}, {"kind": "y4m", "path": "a.y4m"}, {"kind": "pattern"}]
    imagecapture.VirtualCamera({"scene": scenes[0]})
    imagecapture.VirtualCamera({"photo": {"imageWidth": {"min": 1, "max": 9}, "imageHeight": {"min": 1, "max": 9, "value": 5}}})
    wishes: Constraints = {"width": {"ideal": 640}, "zoom": True, "advanced": [{"zoom": 200}]}
    with imagecapture.MediaDevices(virtual_cameras=[{"modes": [{"width": 640, "height": 480}]}]) as devices:
        stream = devices.get_user_media({"video": wishes}, timeout=None)
        track = stream.get_video_tracks()[0]
        assert_type(track, imagecapture.MediaStreamTrack)
        # What a camera lacks is absent.
        assert_type(track.get_settings().get("width"), int | None)
        capabilities = track.get_capabilities()
        if "zoom" in capabilities:
            assert_type(capabilities["zoom"].max, float)
        track.apply_constraints({"frame_rate": {"min": 10}}, timeout=1.5)
        track.apply_constraints({"exposure_mode": "manual", "torch": True, "points_of_interest": [(0.5, 0.5), {"x": 1}]})
        track.apply_constraints({"focus_mode": {"exact": [MeteringMode.MANUAL, "none"]}, "facing_mode": FacingMode.USER})
        assert_type(capabilities.get("torch"), list[bool] | None)
        assert_type(track.get_settings().get("exposure_time"), float | None)
        assert_type(track.stats, imagecapture.TrackStats)
        assert_type(track.controls(timeout=2), dict[str, imagecapture.DeviceControl])
        control = track.control("gain")
        assert_type(control.flags, list[ControlFlag])
        assert_type([item.name for item in control.menu], list[str])
        if isinstance(control.value, int):
            track.set_control("gain", control.value + control.step)
        values: dict[str, ControlValue] = {"gain": 5, "power_line_frequency": "50 Hz", "curve": [1, 2]}
        track.set_controls(values)
        track.set_controls({"hue_auto": True, "area": (4, 3)})
        assert_type(control.to_dict()["class"], str)
        details = devices.device_details("id")
        assert_type(details, DeviceDetails)
        assert_type(details["formats"][0]["sizes"][0]["frame_rates"][0]["max"], float)
        track.on("controlchange", lambda event: print(event.control_name, event.control_id)).remove()
        assert_type(imagecapture.fitness_distance(wishes, track.get_settings(), advanced=True), float)
        assert_type(imagecapture.select_settings([track.get_settings()], wishes)["index"], int)
        with track.on("ended", lambda event: print(event.track_id)) as listener:
            assert_type(listener, imagecapture.Listener)
        devices.on("devicechange", print).remove()
        devices.on_permission_prompt(ask)
        devices.on_permission_prompt(None)
        devices.visible = devices.focused
        assert_type(devices.explain({"width": 640}).device_id, str | None)
        for event in devices.events(timeout=0):
            assert_type(event, imagecapture.Event)
            assert_type(event.devices, list[imagecapture.MediaDeviceInfo] | None)
        assert_type(devices.process_events(), int)
        clone = imagecapture.MediaStream([track, *imagecapture.MediaStream(stream).get_tracks()]).clone()
        assert_type(clone.get_track_by_id("id"), imagecapture.MediaStreamTrack | None)
        capture = imagecapture.ImageCapture(track)
        photo = capture.take_photo({"fill_light_mode": "off"}, format="png")
        assert_type(photo.data, bytes)
        assert_type(capture.get_photo_capabilities(), PhotoCapabilities)
        assert_type(capture.get_photo_capabilities()["image_width"].max, float)
        capture.take_photo(capture.get_photo_settings(timeout=None))
        camera.push_photo("image/jpeg", bytearray(b"photo"))
        assert_type(camera.writes()[0], CameraWrite)
        assert_type(camera.writes()[0].get("zoom"), float | None)
        for frame in track.frames(queue=2, format="rgb"):
            assert_type(frame, imagecapture.Frame)
            memoryview(frame)
            bytes(photo)


    async def main() -> bytes:
        async with aio.MediaDevices(permissions={"camera": "prompt"}) as devices:
            devices.on_permission_prompt(ask_slowly)
            devices.on_permission_prompt(ask)
            devices.on_permission_prompt(None)
            async for event in aio.events(devices, timeout=1):
                assert_type(event, imagecapture.Event)
            stream = await devices.get_user_media({"video": True})
            track = stream.get_video_tracks()[0]
            await track.apply_constraints({"zoom": 200})
            await track.set_control("gain", (await track.controls())["gain"].maximum)
            await track.set_controls({"gain": 5}, timeout=None)
            assert_type(await track.control("gain"), imagecapture.DeviceControl)
            assert_type(await devices.device_details("id"), DeviceDetails)
            async for frame in track.frames():
                assert_type(frame, imagecapture.Frame)
            capture = aio.ImageCapture(track)
            assert_type(await capture.get_photo_capabilities(), PhotoCapabilities)
            assert_type(await capture.get_photo_settings(), PhotoSettings)
            return (await capture.take_photo(await capture.get_photo_settings())).data
"""

MISUSE = """
    import imagecapture

    devices = imagecapture.MediaDevices()
    track = devices.get_user_media({"video": True}).get_video_tracks()[0]
    track.apply_constraints({"zom": 200})
    imagecapture.ImageCapture(track).take_photo(format="gif")
    track.kind = "audio"
    track.on("devicechange", print)
    devices.on("ended", print)
    track.apply_constraints({"exposure_mode": "sometimes"})
    devices.set_permission("microphone", "granted")
    imagecapture.VirtualCamera().script(bussy=True)
    track.set_controls({"gain": 1.5})
    track.control(5)
    track.control("gain").value = 5
"""


def check(checker, text, tmp_path):
    path = tmp_path / "use.py"
    path.write_text(textwrap.dedent(text))
    if checker == "mypy":
        return run("mypy", "--strict", "--cache-dir", tmp_path / "cache", path, cwd=tmp_path)
    pytest.importorskip("basedpyright")
    # The rules of pyright itself.
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    return run("basedpyright", "--pythonpath", sys.executable, cwd=tmp_path)


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_what_users_write(checker, tmp_path):
    done = check(checker, USE, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_mistakes_are_found(checker, tmp_path):
    done = check(checker, MISUSE, tmp_path)
    assert done.returncode == 1
    for line, word in (
        (6, "apply_constraints"), (7, "gif"), (8, "kind"), (9, "devicechange"), (10, "ended"), (11, "apply_constraints"),
        (12, "microphone"), (13, "bussy"), (14, "float"), (15, "control"), (16, "value"),
    ):
        assert any(f"use.py:{line}:" in text and word in text for text in done.stdout.splitlines()), done.stdout
