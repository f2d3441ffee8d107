from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time

import pytest

import imagecapture
from imagecapture import MediaDevices, VirtualCamera, aio

from conftest import CONFIG
from test_events import eventually, unraisable

__all__ = ["unraisable"]

MOVING = CONFIG | {
    "properties": {name: {"min": -36000, "max": 36000, "step": 3600} for name in ("pan", "tilt")}
    | {"zoom": {"min": 100, "max": 400, "step": 1}}
}
MICROPHONE = {"kind": "audioinput", "label": "Test microphone", "deviceId": "mic", "groupId": "desk"}


@pytest.fixture
def make():
    """A MediaDevices of some cameras, one if nothing else is said."""
    everything = []

    def make(permissions=None, cameras=(MOVING,), **options):
        devices = MediaDevices(
            backends=[], virtual_cameras=list(cameras), environment=False, permissions=permissions, **options
        )
        everything.append(devices)
        return devices

    yield make
    for devices in everything:
        devices.close()


def track_of(devices, constraints=True, **options):
    return devices.get_user_media({"video": constraints}, **options).get_video_tracks()[0]


# --------------------------------------------------------------------- states


def test_states(make):
    devices = make()
    assert devices.get_permission("camera") == devices.get_permission("pan-tilt-zoom") == "granted"
    heard = []
    devices.on("permissionchange", lambda event: heard.append((event.permission, event.state, event.object_id)))
    devices.set_permission("pan-tilt-zoom", "denied")
    devices.set_permission("camera", "prompt")
    devices.set_permission("camera", "prompt")
    devices.set_permission("pan-tilt-zoom", "granted")
    assert devices.get_permission("camera") == "granted", "who may move a camera may use it"
    eventually(lambda: len(heard) == 4)
    assert heard == [
        ("pan-tilt-zoom", "denied", devices.object_id),
        ("camera", "prompt", devices.object_id),
        ("camera", "granted", devices.object_id),
        ("pan-tilt-zoom", "granted", devices.object_id),
    ]


def test_states_from_the_start(make):
    for permissions in (
        {"camera": "prompt", "pan_tilt_zoom": "denied"},
        {"camera": "prompt", "panTiltZoom": "denied"},
        {"camera": "prompt", "pan-tilt-zoom": "denied"},
    ):
        devices = make(permissions)
        assert (devices.get_permission("camera"), devices.get_permission("pan-tilt-zoom")) == ("prompt", "denied")


@pytest.mark.parametrize(
    ("permissions", "message"),
    [
        ({"camera": "allowed"}, "permissions.camera: one of granted, prompt, denied"),
        ({"camera": True}, "permissions.camera: one of"),
        ({"pan_tilt_zoom": None}, "permissions.pan_tilt_zoom: one of"),
        ({"pan_tilt_zoom_hint": 1}, "permissions.pan_tilt_zoom_hint: a bool"),
        ({"microphone": "granted"}, "permissions.microphone: no such member"),
        ({1: 2}, "permissions: every key has to be a string"),
        ("granted", "permissions: a dict is expected"),
    ],
)
def test_wrong_permissions(make, permissions, message):
    with pytest.raises(imagecapture.InvalidInputError) as caught:
        make(permissions)
    assert caught.value.message.startswith(message)


def test_wrong_names_and_states(make):
    devices = make()
    for name in ("", "microphone", "panTiltZoom"):
        with pytest.raises(imagecapture.InvalidInputError, match="camera, pan-tilt-zoom"):
            devices.get_permission(name)
        with pytest.raises(imagecapture.InvalidInputError):
            devices.set_permission(name, "granted")
    for state in ("yes", None, 1):
        with pytest.raises(imagecapture.InvalidInputError, match="granted, prompt, denied"):
            devices.set_permission("camera", state)


def test_denied(make):
    devices = make({"camera": "denied"})
    assert devices.enumerate_devices() == []
    with pytest.raises(imagecapture.NotAllowedError) as caught:
        track_of(devices)
    assert isinstance(caught.value, PermissionError)


def test_denying_ends_the_tracks(make):
    devices = make()
    track = track_of(devices)
    ended = threading.Event()
    track.on("ended", lambda event: ended.set())
    devices.set_permission("camera", "denied")
    assert track.ready_state == "ended"
    assert ended.wait(5)


def test_without_the_permission_to_move_there_is_nothing_to_move(make):
    moved = {"pan", "tilt", "zoom"}
    track = track_of(make({"pan_tilt_zoom": "denied"}))
    assert not moved & (set(track.get_capabilities()) | set(track.get_settings()))
    with pytest.raises(imagecapture.OverconstrainedError) as caught:
        track.apply_constraints({"zoom": {"exact": 200}})
    assert caught.value.constraint == "zoom"
    assert moved <= set(track_of(make()).get_capabilities())


def test_a_hint_that_only_the_permission_lacks(make):
    capabilities = track_of(make({"pan_tilt_zoom": "denied", "pan_tilt_zoom_hint": True})).get_capabilities()
    assert capabilities["pan"] == capabilities["zoom"] == {}


# -------------------------------------------------------------------- prompts


def test_a_prompt_without_a_function_is_a_no(make):
    with pytest.raises(imagecapture.NotAllowedError, match="on_permission_prompt|prompt"):
        track_of(make({"camera": "prompt"}))


def test_a_request_tells_what_is_asked(make):
    devices = make({"camera": "prompt", "pan_tilt_zoom": "prompt"})
    requests = []
    devices.on_permission_prompt(lambda request: (requests.append(request), request.answer())[1])
    track_of(devices, {"zoom": True})
    (request,) = requests
    assert (request.video, request.audio, request.pan_tilt_zoom) == (True, False, True)
    assert [info.label for info in request.devices] == ["Test camera"]
    assert devices.get_permission("camera") == devices.get_permission("pan-tilt-zoom") == "granted"
    assert "video=True" in repr(request)
    with pytest.raises(imagecapture.InvalidStateError, match="answered already"):
        request.answer(False)
    track_of(devices)
    assert len(requests) == 1, "what is granted is not asked again"


@pytest.mark.parametrize(
    ("answer", "camera", "moves"),
    [
        (True, "granted", "granted"),
        (False, "denied", "denied"),
        ({}, "granted", "granted"),
        ({"camera": False}, "denied", "denied"),
        ({"pan_tilt_zoom": False}, "granted", "denied"),
        ({"camera": True, "panTiltZoom": True, "devices": None}, "granted", "granted"),
    ],
)
def test_the_function_may_return_the_answer(make, answer, camera, moves):
    devices = make({"camera": "prompt", "pan_tilt_zoom": "prompt"})
    devices.on_permission_prompt(lambda request: answer)
    if camera == "granted":
        track = track_of(devices, {"pan": True})
        assert ("pan" in track.get_capabilities()) == (moves == "granted")
    else:
        with pytest.raises(imagecapture.NotAllowedError):
            track_of(devices, {"pan": True})
    assert (devices.get_permission("camera"), devices.get_permission("pan-tilt-zoom")) == (camera, moves)


def test_the_answer_may_choose_the_device(make):
    second = VirtualCamera(MOVING | {"label": "Second", "deviceId": "cam-2"})
    for choose in (
        lambda request: {"devices": [request.devices[1]]},
        lambda request: {"devices": [request.devices[1].device_id]},
        lambda request: request.answer(devices=["gone", *reversed(request.devices)]),
    ):
        devices = make({"camera": "prompt"}, [MOVING, second])
        devices.on_permission_prompt(choose)
        assert track_of(devices).label == "Second"
        devices.close()


def test_the_answer_may_come_later(make):
    devices = make({"camera": "prompt"})
    requests = []
    devices.on_permission_prompt(requests.append)
    timer = threading.Timer(0.2, lambda: requests.pop().answer())
    timer.start()
    start = time.monotonic()
    assert track_of(devices).ready_state == "live"
    assert time.monotonic() - start > 0.15
    timer.join()


def test_a_limit_of_the_program_counts_while_a_person_thinks(make):
    devices = make({"camera": "prompt"})
    requests = []
    devices.on_permission_prompt(requests.append)
    with pytest.raises(imagecapture.ImageCaptureError) as caught:
        track_of(devices, timeout=0.1)
    assert caught.value.kind == "TimedOut"
    requests.pop().answer()


def test_a_forgotten_request_is_refused_for_this_time(make):
    devices = make({"camera": "prompt"})
    devices.on_permission_prompt(lambda request: None)
    with pytest.raises(imagecapture.NotAllowedError):
        track_of(devices)
    assert devices.get_permission("camera") == "prompt"
    devices.on_permission_prompt(lambda request: True)
    assert track_of(devices).ready_state == "live"


@pytest.mark.parametrize("answer", ["yes", 1, {"camera": 1}, {"cameras": True}, {"devices": "cam-1"}, {"devices": [1]}])
def test_a_wrong_answer_is_told_and_refused(make, unraisable, answer):
    devices = make({"camera": "prompt"})
    devices.on_permission_prompt(lambda request: answer)
    with pytest.raises(imagecapture.NotAllowedError):
        track_of(devices)
    assert len(unraisable) == 1


def test_an_exception_in_the_function_is_told_and_refused(make, unraisable):
    devices = make({"camera": "prompt"})
    devices.on_permission_prompt(lambda request: 1 / 0)
    with pytest.raises(imagecapture.NotAllowedError):
        track_of(devices)
    assert unraisable == ["division by zero"]


def test_wrong_answers_to_a_request(make):
    devices = make({"camera": "prompt"})
    mistakes = []

    def ask(request):
        for wrong in ("cam-1", [1], 5):
            try:
                request.answer(devices=wrong)
            except imagecapture.InvalidInputError as error:
                mistakes.append(error.message)
        return True

    devices.on_permission_prompt(ask)
    assert track_of(devices).ready_state == "live"
    assert [message.split(":")[0] for message in mistakes] == ["devices", "devices[0]", "devices"]


def test_what_cannot_be_called(make):
    for wrong in (True, "print"):
        with pytest.raises(imagecapture.InvalidInputError, match="fn: a function is expected"):
            make().on_permission_prompt(wrong)
    with pytest.raises(TypeError):
        make().on_permission_prompt()


def test_the_function_is_taken_away(make):
    devices = make({"camera": "prompt"})
    devices.on_permission_prompt(None)

    def grant(request):
        return True

    before = sys.getrefcount(grant)
    devices.on_permission_prompt(grant)
    devices.on_permission_prompt(None)
    assert sys.getrefcount(grant) == before
    with pytest.raises(imagecapture.NotAllowedError):
        track_of(devices)
    assert devices.get_permission("camera") == "prompt"
    devices.on_permission_prompt(grant)
    assert track_of(devices).ready_state == "live"


def test_a_program_with_one_thread_is_asked_while_it_waits(make):
    devices = make({"camera": "prompt"}, callbacks="manual")
    threads = []
    devices.on_permission_prompt(lambda request: (threads.append(threading.current_thread()), True)[1])
    assert track_of(devices).ready_state == "live"
    assert threads == [threading.current_thread()]


def test_the_function_is_forgotten_when_another_comes_or_all_is_closed(make):
    devices = make({"camera": "prompt"})

    def first(request):
        return True

    before = sys.getrefcount(first)
    devices.on_permission_prompt(first)
    assert sys.getrefcount(first) == before + 1
    devices.on_permission_prompt(lambda request: first(request))
    gc.collect()
    assert sys.getrefcount(first) <= before + 1
    devices.close()


def test_prompts_with_asyncio():
    async def main():
        options = {"backends": [], "virtual_cameras": [MOVING], "environment": False, "permissions": {"camera": "prompt"}}
        here = threading.current_thread()

        async def ask(request):
            await asyncio.sleep(0.01)
            assert threading.current_thread() is here
            return request.video

        def ask_at_once(request):
            assert threading.current_thread() is here
            return {"camera": False}

        async with aio.MediaDevices(**options) as devices:
            devices.on_permission_prompt(ask)
            stream = await devices.get_user_media({"video": True})
            assert stream.active
            assert devices.get_permission("camera") == "granted"
        async with aio.MediaDevices(**options) as devices:
            devices.on_permission_prompt(ask_at_once)
            with pytest.raises(imagecapture.NotAllowedError):
                await devices.get_user_media({"video": True})
            devices.set_permission("camera", "granted")
            assert devices.indicator("videoinput").accessible
        async with aio.MediaDevices(**options) as devices:
            devices.on_permission_prompt(ask)
            devices.on_permission_prompt(None)
            with pytest.raises(imagecapture.NotAllowedError):
                await devices.get_user_media({"video": True})

    asyncio.run(asyncio.wait_for(main(), 9))


# ----------------------------------------------------- visibility and hiding


def test_nothing_is_opened_while_nobody_looks(make):
    devices = make()
    assert devices.visible and devices.focused
    for name in ("visible", "focused"):
        setattr(devices, name, False)
        assert getattr(devices, name) is False
        with pytest.raises(imagecapture.ImageCaptureError) as caught:
            track_of(devices, timeout=0.1)
        assert caught.value.kind == "TimedOut"
        timer = threading.Timer(0.1, setattr, [devices, name, True])
        timer.start()
        track_of(devices).stop()
        timer.join()


def test_cameras_are_not_moved_while_nobody_sees_it(make):
    devices = make()
    track = track_of(devices)
    devices.visible = False
    for constraints in ({"pan": 3600}, {"advanced": [{}, {"zoom": {"ideal": 200}}]}):
        with pytest.raises(imagecapture.SecurityError) as caught:
            track.apply_constraints(constraints)
        assert isinstance(caught.value, PermissionError)
    track.apply_constraints({"pan": False, "width": 320})


def test_visibility_with_asyncio():
    async def main():
        async with aio.MediaDevices(backends=[], virtual_cameras=[MOVING], environment=False) as devices:
            devices.visible = False
            devices.focused = False
            waiting = asyncio.create_task(devices.get_user_media({"video": True}))
            await asyncio.sleep(0.1)
            assert not waiting.done() and not devices.visible and not devices.focused
            devices.visible = True
            devices.focused = True
            assert (await waiting).active

    asyncio.run(asyncio.wait_for(main(), 9))


def test_hidden_devices(make):
    second = MOVING | {"label": "Second", "deviceId": "cam-2"}
    devices = make(None, [MOVING, second], hide_until_capture=True)
    (info,) = devices.enumerate_devices()
    assert (info.kind, info.device_id, info.group_id, info.label) == ("videoinput", "", "", "")
    assert info.get_capabilities() == {}
    with pytest.raises(imagecapture.OverconstrainedError) as caught:
        track_of(devices, {"width": {"min": 10**6}})
    assert caught.value.constraint == ""
    track_of(devices)
    assert [info.label for info in devices.enumerate_devices()] == ["Test camera", "Second"]


def test_options_of_the_life_of_a_camera(make):
    make(None, idle_release=False, keep_last_values=False)
    for name in ("hide_until_capture", "idle_release", "keep_last_values"):
        with pytest.raises(TypeError):
            make(None, **{name: "yes"})


# ----------------------------------------------------------------- indicators


def test_indicators(make):
    devices = make({"camera": "prompt"})
    devices.on_permission_prompt(lambda request: True)
    changed = threading.Event()
    devices.on("indicatorchange", lambda event: changed.set())
    before = devices.indicator("videoinput")
    assert (before.accessible, before.live) == (False, False)
    track = track_of(devices)
    assert changed.wait(5)
    now = devices.indicator("videoinput")
    assert (now.accessible, now.live) == (True, True)
    assert now != before and now == devices.device_indicator(track.get_settings()["device_id"])
    assert repr(now) == "<Indicator accessible=True live=True>"
    track.enabled = False
    assert not devices.indicator("videoinput").live
    assert devices.device_indicator("none") is None
    assert not devices.indicator("audioinput").live
    with pytest.raises(imagecapture.InvalidInputError, match="kind"):
        devices.indicator("video")


# ---------------------------------------------------------------- microphones


def test_a_microphone(make):
    devices = make(None, [MOVING, MICROPHONE])
    assert [info.kind for info in devices.enumerate_devices()] == ["audioinput", "videoinput"]
    stream = devices.get_user_media({"video": True, "audio": {"device_id": {"exact": "mic"}, "width": {"min": 10**6}}})
    (video,), (audio,) = stream.get_video_tracks(), stream.get_audio_tracks()
    assert (audio.kind, audio.label) == ("audio", "Test microphone")
    assert audio.get_settings() == {"device_id": "mic", "group_id": "desk"}
    assert audio.get_constraints() == {"device_id": {"exact": "mic"}}
    assert video.kind == "video"
    for refused in (audio.frames, lambda: imagecapture.ImageCapture(audio)):
        with pytest.raises(imagecapture.NotSupportedError):
            refused()
