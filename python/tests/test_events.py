from __future__ import annotations

import asyncio
import gc
import json
import select
import signal
import subprocess
import sys
import threading
import time
import weakref

import pytest

import imagecapture
from imagecapture import MediaDevices, VirtualCamera, aio

from conftest import CONFIG


def eventually(what, limit=5.0):
    """Waits until something is true."""
    end = time.monotonic() + limit
    while not what():
        assert time.monotonic() < end, "it did not become true"
        time.sleep(0.005)


@pytest.fixture
def unraisable(monkeypatch):
    """What went to sys.unraisablehook."""
    seen = []
    # Only the message is kept: the object itself would keep the traceback alive.
    monkeypatch.setattr(sys, "unraisablehook", lambda args: seen.append(str(args.exc_value)))
    return seen


@pytest.fixture
def manual(camera):
    with MediaDevices(backends=[], virtual_cameras=[camera], environment=False, callbacks="manual") as devices:
        yield devices


def track_of(devices):
    return devices.get_user_media({"video": True}).get_video_tracks()[0]


# ------------------------------------------------------------------ listeners


def test_a_listener_hears_what_happened_after_it_happened(track, camera):
    heard = []
    track.on("mute", lambda event: heard.append((event, track.muted, threading.current_thread())))
    camera.set_muted(True)
    eventually(lambda: heard)
    event, muted, thread = heard[0]
    assert (event.type, muted) == ("mute", True)
    assert (event.object_id, event.track_id) == (track.object_id, track.id)
    assert (event.devices, event.user_inserted_devices, event.permission, event.state) == (None, [], None, None)
    assert 0 < event.timestamp <= time.monotonic()
    assert thread is not threading.current_thread()
    assert "mute" in repr(event) and str(track.object_id) in repr(event)


def test_mute_and_unmute_take_turns(track, camera):
    heard = []
    for name in ("mute", "unmute"):
        track.on(name, lambda event: heard.append(event.type))
    for _ in range(3):
        camera.set_muted(True)
        camera.set_muted(True)
        eventually(lambda: track.muted)
        camera.set_muted(False)
        eventually(lambda: not track.muted)
    eventually(lambda: len(heard) == 6)
    assert heard == ["mute", "unmute"] * 3


def test_ended_comes_only_for_what_the_program_did_not_do(devices, camera):
    lost, stopped = track_of(devices), track_of(devices)
    heard = []
    lost.on("ended", lambda event: heard.append((event.track_id, lost.ready_state)))
    stopped.on("ended", lambda event: heard.append("stopped"))
    stopped.stop()
    camera.unplug()
    eventually(lambda: heard)
    time.sleep(0.05)
    assert heard == [(lost.id, "ended")]


def test_what_another_track_changes_is_told(devices):
    own, other = track_of(devices), track_of(devices)
    changed = threading.Event()
    other.on("configurationchange", lambda event: changed.set())
    own.apply_constraints({"zoom": {"exact": 200}})
    assert changed.wait(5)
    assert other.get_settings()["zoom"] == 200


def test_what_is_changed_from_outside_is_told(track, camera):
    changed = threading.Event()
    track.on("configurationchange", lambda event: changed.set())
    camera.set_properties({"zoom": 155.5})
    assert changed.wait(5)
    assert track.get_settings()["zoom"] == 155.5


def test_removing_a_listener(track, camera):
    heard = []
    listener = track.on("mute", lambda event: heard.append("removed"))
    with track.on("mute", lambda event: heard.append("left")) as inside:
        assert repr(inside) == "<Listener>"
    # This one removes itself.
    own = track.on("mute", lambda event: (heard.append("own"), own.remove()))
    track.on("mute", lambda event: heard.append("stays"))
    gc.collect()
    listener.remove()
    listener.remove()
    assert "removed" in repr(listener) and "removed" in repr(inside)
    for expected in (["own", "stays"], ["stays"]):
        heard.clear()
        camera.set_muted(True)
        eventually(lambda: track.muted and len(heard) >= len(expected))
        camera.set_muted(False)
        eventually(lambda: not track.muted)
        assert heard == expected


def test_a_listener_is_forgotten_with_what_it_listens_to(devices):
    class Program:
        def hear(self, event):
            pass

    program = Program()
    forgotten = weakref.ref(program)
    track = track_of(devices)
    track.on("ended", program.hear)
    devices.on("devicechange", program.hear)
    del program
    gc.collect()
    assert forgotten() is not None
    track.stop()
    devices.close()
    gc.collect()
    eventually(lambda: forgotten() is None)
    track.on("ended", lambda event: None).remove()


def test_an_exception_in_a_listener_is_told_and_harms_nobody(track, camera, unraisable):
    heard = threading.Event()
    track.on("mute", lambda event: 1 / 0)
    track.on("mute", lambda event: heard.set())
    track.on("unmute", lambda: None)
    camera.set_muted(True)
    assert heard.wait(5)
    camera.set_muted(False)
    eventually(lambda: len(unraisable) == 2)
    assert unraisable[0] == "division by zero"
    assert "positional argument" in unraisable[1]


def test_a_listener_may_call_anything(devices, camera, unraisable):
    results = []

    def again(event):
        camera.replug()
        track = track_of(devices)
        track.apply_constraints({"zoom": 200})
        results.append(track.get_settings()["zoom"])
        devices.close()
        results.append(track.ready_state)

    track = track_of(devices)
    track.on("ended", again)
    camera.unplug()
    eventually(lambda: len(results) == 2 or unraisable)
    assert (results, unraisable) == ([200, "ended"], [])


@pytest.mark.parametrize("name", ["", "Mute", "zoom", "devicechanged"])
def test_unknown_names(track, devices, name):
    for target in (track, devices):
        with pytest.raises(imagecapture.InvalidInputError, match="there is no event.*devicechange"):
            target.on(name, print)


@pytest.mark.parametrize("function", [None, 5, "print"])
def test_what_cannot_be_called(track, devices, function):
    for target in (track, devices):
        with pytest.raises(imagecapture.InvalidInputError, match="fn: a function is expected"):
            target.on("mute", function)


def test_object_ids_are_unique(devices):
    first = track_of(devices)
    clone = first.clone()
    ids = [devices.object_id, first.object_id, clone.object_id]
    del first, clone
    assert len({*ids, track_of(devices).object_id}) == 4


# -------------------------------------------------------------------- devices


def test_devices_that_come_and_go(devices, camera):
    heard = []
    devices.on("devicechange", heard.append)
    devices.add_virtual_camera(VirtualCamera(CONFIG | {"label": "Second", "deviceId": "cam-2"}))
    eventually(lambda: heard)
    event = heard.pop()
    assert [info.label for info in event.devices] == ["Test camera", "Second"]
    assert [info.label for info in event.user_inserted_devices] == ["Second"]
    assert (event.object_id, event.track_id) == (devices.object_id, None)
    camera.unplug()
    eventually(lambda: heard)
    event = heard.pop()
    assert ([info.label for info in event.devices], event.user_inserted_devices) == (["Second"], [])


# ---------------------------------------------------------------------- queue


def test_the_queue_carries_the_events_of_all_tracks(devices, camera):
    before = track_of(devices)
    events = devices.events()
    after = track_of(devices)
    camera.set_muted(True)
    eventually(lambda: before.muted and after.muted)
    of_tracks = (event for event in events if event.track_id is not None)
    heard = [next(of_tracks) for _ in range(2)]
    assert [(event.type, event.track_id) for event in heard] == [("mute", before.id), ("mute", after.id)]


def test_the_queue_ends_with_its_object(devices):
    events = devices.events()
    timer = threading.Timer(0.1, devices.close)
    timer.start()
    for event in events:
        assert event.type == "indicatorchange"
    timer.join()
    assert events.next_event() is None
    assert list(devices.events()) == []


def test_waiting_for_events_has_limits(devices, camera):
    start = time.monotonic()
    assert list(devices.events(timeout=0)) == []
    assert devices.events().next_event(timeout=0) is None
    assert devices.events().next_event(timeout=0.15) is None
    assert list(devices.events(timeout=0.15)) == []
    assert 0.3 <= time.monotonic() - start < 3
    for wrong in (-1, "soon", True):
        with pytest.raises(imagecapture.InvalidInputError, match="timeout"):
            devices.events(timeout=wrong)
    track = track_of(devices)
    camera.set_muted(True)
    eventually(lambda: track.muted)
    assert "mute" in [event.type for event in devices.events(timeout=0.2)]


def test_waiting_for_events_releases_the_interpreter(devices, camera):
    track = track_of(devices)
    events = devices.events()
    timer = threading.Timer(0.15, camera.set_muted, [True])
    timer.start()
    assert any(event.type == "mute" for event in events)
    timer.join()
    assert track.muted


CTRL_C = """
import imagecapture

camera = imagecapture.VirtualCamera()
devices = imagecapture.MediaDevices(backends=[], virtual_cameras=[camera], environment=False, callbacks="CALLBACKS")
events = devices.events()
print("ready", flush=True)
try:
    WAIT
except KeyboardInterrupt:
    print("interrupted", flush=True)
    camera.unplug()
    assert next(events).type == "devicechange"
    print("usable", flush=True)
"""


@pytest.mark.parametrize(
    ("wait", "callbacks"),
    [("list(events)", "thread"), ("events.next_event()", "thread"), ("devices.process_events(None)", "manual")],
)
def test_ctrl_c(wait, callbacks):
    program = subprocess.Popen(
        [sys.executable, "-c", CTRL_C.replace("WAIT", wait).replace("CALLBACKS", callbacks)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert program.stdout.readline() == "ready\n"
    time.sleep(0.2)
    start = time.monotonic()
    program.send_signal(signal.SIGINT)
    out, errors = program.communicate(timeout=8)
    assert time.monotonic() - start < 3
    assert out == "interrupted\nusable\n", errors
    assert program.returncode == 0


# ----------------------------------------------------------- manual callbacks


def test_manual_callbacks_run_only_where_the_program_says(manual, camera):
    assert manual.process_events() == 0
    track = track_of(manual)
    heard = []
    track.on("ended", lambda event: heard.append((event.type, threading.current_thread())))
    camera.unplug()
    eventually(lambda: track.ready_state == "ended")
    time.sleep(0.05)
    assert heard == []
    assert manual.process_events(5) == 1
    assert heard == [("ended", threading.current_thread())]
    start = time.monotonic()
    assert manual.process_events(timeout=0.15) == 0
    assert 0.15 <= time.monotonic() - start < 3


def test_processing_ends_when_the_object_is_closed(manual, devices):
    timer = threading.Timer(0.1, manual.close)
    timer.start()
    assert manual.process_events(None) == 0
    timer.join()
    assert devices.process_events(None) == 0, "with a thread there is nothing to wait for"


def test_an_interrupt_that_meets_a_listener_reaches_the_program(manual, camera):
    def interrupted(event):
        raise KeyboardInterrupt

    track = track_of(manual)
    track.on("mute", interrupted)
    camera.set_muted(True)
    with pytest.raises(KeyboardInterrupt):
        manual.process_events(5)
    assert track.muted


def test_a_descriptor_to_wait_for(manual, camera):
    def readable(seconds=0):
        return manual in select.select([manual], [], [], seconds)[0]

    assert manual.fileno() == manual.fileno() >= 0
    track = track_of(manual)
    while manual.process_events():
        pass
    assert not readable()
    track.on("mute", lambda event: None)
    camera.set_muted(True)
    assert readable(5)
    manual.process_events()
    assert not readable()
    events = manual.events()
    camera.set_muted(False)
    assert readable(5)
    while events.next_event(timeout=0.1):
        pass
    assert not readable()


@pytest.mark.parametrize("callbacks", ["none", "", None, 1])
def test_wrong_callbacks(callbacks):
    with pytest.raises((imagecapture.InvalidInputError, TypeError)):
        MediaDevices(backends=[], environment=False, callbacks=callbacks)


# -------------------------------------------------------------------- asyncio


def go(coroutine_function):
    return asyncio.run(asyncio.wait_for(coroutine_function(), 9))


def test_events_with_asyncio(camera):
    async def main():
        async with aio.MediaDevices(backends=[], virtual_cameras=[camera], environment=False) as devices:
            stream = await devices.get_user_media({"video": True})
            (track,) = stream.get_video_tracks()
            events = aio.events(devices)
            camera.set_muted(True)
            async for event in events:
                if event.type == "mute":
                    assert event.object_id == track.object_id and track.muted
                    break
            camera.unplug()
            seen = [event.type async for event in aio.events(devices.sync, timeout=0.5)]
            assert {"ended", "devicechange"} <= set(seen)
            assert await events.next_event(timeout=0.05) is None
            waiting = asyncio.create_task(anext(aiter(devices.events()), "the end"))
            await asyncio.sleep(0.05)
            await devices.close()
            assert await waiting == "the end"
            assert devices.object_id == devices.sync.object_id

    go(main)


def test_cancelling_a_wait_for_events_loses_none(camera):
    async def main():
        async with aio.MediaDevices(backends=[], virtual_cameras=[camera], environment=False) as devices:
            await devices.get_user_media({"video": True})
            events = devices.events()
            while await events.next_event(timeout=0.05):
                pass
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(events.next_event(), 0.02)
            devices.set_permission("pan-tilt-zoom", "denied")
            event = await events.next_event(timeout=5)
            assert (event.type, event.permission, event.state) == ("permissionchange", "pan-tilt-zoom", "denied")

    go(main)


def test_listeners_are_called_on_the_loop(camera):
    async def main():
        async with aio.MediaDevices(backends=[], virtual_cameras=[camera], environment=False) as devices:
            stream = await devices.get_user_media({"video": True})
            (track,) = stream.get_video_tracks()
            here = threading.current_thread()
            plain, coroutine = asyncio.Event(), asyncio.Event()

            def hear(event):
                assert threading.current_thread() is here
                plain.set()

            async def hear_slowly(event):
                await asyncio.sleep(0)
                assert threading.current_thread() is here
                coroutine.set()

            listener = track.on("mute", hear)
            track.on("mute", hear_slowly)
            devices.on("devicechange", hear).remove()
            camera.set_muted(True)
            await plain.wait()
            await coroutine.wait()
            listener.remove()
            with pytest.raises(imagecapture.InvalidInputError):
                track.on("mute", None)

    go(main)


def test_a_listener_of_a_loop_that_is_closed(camera):
    heard = []
    sync = MediaDevices(backends=[], virtual_cameras=[camera], environment=False)
    track = track_of(sync)

    async def main():
        aio.MediaStreamTrack(track).on("mute", heard.append)

    go(main)
    camera.set_muted(True)
    eventually(lambda: track.muted)
    sync.close()
    assert heard == []


def test_leaving_with_listeners_registered():
    """Nothing is removed or closed: the program ends all the same, and quietly."""
    text = """
import imagecapture
camera = imagecapture.VirtualCamera(CONFIG)
devices = imagecapture.MediaDevices(backends=[], virtual_cameras=[camera], environment=False, callbacks="CALLBACKS")
devices.on("indicatorchange", lambda event: None)
track = devices.get_user_media({"video": True}).get_video_tracks()[0]
track.on("ended", lambda event: track.stop())
track.on("mute", lambda event: track)
camera.set_muted(True)
camera.unplug()
""".replace("CONFIG", json.dumps(CONFIG))
    for callbacks in ("thread", "manual"):
        program = text.replace("CALLBACKS", callbacks)
        done = subprocess.run([sys.executable, "-X", "dev", "-c", program], capture_output=True, text=True, timeout=8)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
