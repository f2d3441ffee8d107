"""Controls by their own names, and details of devices."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from typing import get_args

import pytest

import imagecapture
from imagecapture import (
    DeviceControl,
    InvalidInputError,
    InvalidStateError,
    MediaDevices,
    NotAllowedError,
    NotFoundError,
    NotReadableError,
    NotSupportedError,
    OperationError,
    SecurityError,
    VirtualCamera,
    aio,
    types,
)

from test_events import eventually

# Every type of control; three stand behind a property, one of them moves the camera.
CONTROLLED = {
    "label": "Controlled",
    "deviceId": "controlled",
    "modes": [{"width": 64, "height": 48, "frameRates": [30, 15], "pixelFormat": "yuyv"}],
    "pacing": "fast",
    "properties": {
        "zoom": {"min": 100, "max": 400, "step": 1},
        "brightness": {"min": 0, "max": 255, "step": 1, "value": 128},
        "exposureMode": {"values": ["manual", "continuous"]},
    },
    "controls": {
        "gain": {
            "type": "integer", "max": 100, "step": 5, "value": 10, "default": 20, "class": "User Controls",
            "flags": ["inactive", "slider"],
        },
        "hue_auto": {"type": "boolean", "value": True, "class": "User Controls"},
        "power_line_frequency": {"type": "menu", "menu": ["Disabled", None, "60 Hz"]},
        "reset": {"type": "button"},
        "counter": {"type": "integer64", "flags": ["volatile", "read-only"], "value": 5_000_000_000},
        "note": {"type": "string", "min": 1, "max": 8, "value": "abc"},
        "leds": {"type": "bitmask", "max": 5},
        "link": {"type": "integer-menu", "menu": [100, 200]},
        "matrix": {"type": "u8", "dimensions": [2, 3], "max": 9, "value": [1, 2, 3, 4, 5, 6]},
        "curve": {"type": "u16", "dimensions": [4]},
        "table": {"type": "u32", "dimensions": [2]},
        "area": {"type": "area", "value": [4, 3]},
        "crop": {"type": "rectangle"},
        "meta": {"type": "other"},
        "secret": {"type": "integer", "max": 9, "flags": ["write-only"]},
        "busy": {"type": "integer", "max": 9, "flags": ["grabbed"]},
        "brightness": {"type": "integer", "max": 255, "property": "brightness"},
        "auto_exposure": {"type": "menu", "menu": ["manual", "continuous"], "property": "exposureMode"},
        "zoom_absolute": {"type": "integer", "min": 100, "max": 400, "label": "Zoom, Absolute", "property": "zoom"},
    },
}  # fmt: skip


@pytest.fixture
def camera():
    return VirtualCamera(CONTROLLED)


@pytest.fixture
def fresh(track, camera):
    """The track, with nothing written yet."""
    camera.take_writes()
    return track


def told(devices, timeout=0):
    """The names of the controls in the events that wait, or come soon."""
    return [event.control_name for event in devices.events(timeout=timeout) if event.type == "controlchange"]


# ------------------------------------------------------------------ listing


def test_the_list_is_a_dict_in_the_order_of_the_driver(track):
    controls = track.controls()
    assert list(controls) == list(CONTROLLED["controls"])
    assert all(isinstance(control, DeviceControl) and control.name == name for name, control in controls.items())
    assert {control.type for control in controls.values()} == set(get_args(types.ControlType))
    assert len({control.id for control in controls.values()}) == len(controls)


def test_what_a_control_tells(track):
    controls = track.controls()
    gain = controls["gain"]
    assert (gain.minimum, gain.maximum, gain.step, gain.default, gain.value) == (0, 100, 5, 20, 10)
    assert (gain.label, gain.class_, gain.type, gain.dimensions, gain.menu) == ("Gain", "User Controls", "integer", (), [])
    assert (gain.flags, gain.property) == (["inactive", "slider"], None)
    assert repr(gain) == "<DeviceControl gain integer value=10>"
    frequency = controls["power_line_frequency"]
    assert [(item.index, item.name, item.value) for item in frequency.menu] == [(0, "Disabled", None), (2, "60 Hz", None)]
    assert repr(frequency.menu[1]) == '<MenuItem 2 "60 Hz">'
    assert [(item.index, item.name, item.value) for item in controls["link"].menu] == [(0, "100", 100), (1, "200", 200)]
    assert (controls["counter"].value, controls["counter"].flags) == (5_000_000_000, ["read-only", "volatile"])
    assert controls["matrix"].dimensions == (2, 3) and controls["matrix"].value == [1, 2, 3, 4, 5, 6]
    assert controls["hue_auto"].value is True
    assert [controls[name].value for name in ("reset", "secret", "meta")] == [None] * 3
    assert (controls["zoom_absolute"].label, controls["zoom_absolute"].property) == ("Zoom, Absolute", "zoom")
    assert controls["auto_exposure"].property == "exposure_mode"


def test_a_control_is_a_picture_of_one_moment(fresh):
    before = fresh.control("gain")
    assert before == fresh.controls()["gain"] and before.menu == []
    fresh.set_control("gain", 11)
    after = fresh.control("gain")
    assert (before.value, after.value) == (10, 11) and before != after
    assert fresh.control("link").menu[0] == fresh.control("link").menu[0] != fresh.control("link").menu[1]
    with pytest.raises(AttributeError):
        after.value = 12


def test_as_a_dict(track):
    for control in track.controls().values():
        entry = control.to_dict()
        assert set(entry) == set(types.DeviceControlDict.__annotations__)
        for name, value in entry.items():
            if name != "menu":
                assert getattr(control, "class_" if name == "class" else name) == value, name
    assert track.control("link").to_dict()["menu"] == [
        {"index": 0, "name": "100", "value": 100},
        {"index": 1, "name": "200", "value": 200},
    ]
    assert track.control("power_line_frequency").to_dict()["menu"][1] == {"index": 2, "name": "60 Hz"}


def test_flags_have_types(camera, track):
    flags = list(get_args(types.ControlFlag))
    camera.set_controls({"all": {"type": "integer", "flags": flags}})
    assert track.control("all").flags == flags


def test_a_camera_without_controls(open_with):
    track = open_with()
    assert track.controls() == {}
    with pytest.raises(NotSupportedError, match="it has none"):
        track.control("gain")


# ------------------------------------------------------------------ setting


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("gain", 50, 50),
        ("hue_auto", False, False),
        ("hue_auto", 1, True),
        ("power_line_frequency", "60 Hz", 2),
        ("power_line_frequency", 2, 2),
        ("note", "hällo", "hällo"),
        ("leds", 5, 5),
        ("link", "200", 1),
        ("matrix", (9, 8, 7, 6, 5, 4), [9, 8, 7, 6, 5, 4]),
        ("curve", [0, 1, 2, 65535], [0, 1, 2, 65535]),
        ("table", [0, 2**32 - 1], [0, 2**32 - 1]),
        ("area", [640, 480], [640, 480]),
        ("crop", [1, 2, 3, 4], [1, 2, 3, 4]),
    ],
)
def test_each_type_is_set_and_reads_back(fresh, camera, name, value, expected):
    assert fresh.set_control(name, value) is None
    control = fresh.control(name)
    assert control.value == expected and type(control.value) is type(expected)
    assert camera.take_writes() == [{"controls": {name: expected}}]


def test_numbers_of_numpy(fresh):
    np = pytest.importorskip("numpy")
    fresh.set_controls({"gain": np.int64(30), "hue_auto": np.bool_(False), "curve": list(np.arange(4))})
    assert [fresh.control(name).value for name in ("gain", "hue_auto", "curve")] == [30, False, [0, 1, 2, 3]]


def test_several_in_the_order_of_the_dict(fresh, camera):
    assert fresh.set_controls({"leds": 4, "gain": 30, "area": [1, 2], "hue_auto": False, "reset": True}) is None
    assert [*(name for write in camera.take_writes() for name in write["controls"])] == [
        "leds", "gain", "area", "hue_auto", "reset",
    ]  # fmt: skip
    fresh.set_controls({})
    assert camera.writes() == []


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ({"gain": 101}, InvalidInputError, "from 0 to 100"),
        ({"gain": -1}, InvalidInputError, "from 0 to 100"),
        ({"gain": 1.5}, InvalidInputError, "whole number"),
        ({"gain": 10.0}, InvalidInputError, "whole number"),
        ({"gain": 2**70}, InvalidInputError, "gain"),
        ({"gain": float("nan")}, InvalidInputError, "nan"),
        ({"gain": None}, InvalidInputError, "gain"),
        ({"gain": "loud"}, InvalidInputError, "loud"),
        ({"gain": b"5"}, InvalidInputError, "gain: bytes"),
        ({"gain": object()}, InvalidInputError, "gain"),
        ({"gain": {"value": 5}}, InvalidInputError, "gain"),
        ({"curve": [0, 1, 2]}, InvalidInputError, "4 whole numbers"),
        ({"curve": [0, 1, [2], 3]}, InvalidInputError, "curve"),
        ({"hue_auto": 2}, InvalidInputError, "true or false"),
        ({"power_line_frequency": 1}, InvalidInputError, r"0 \(Disabled\), 2 \(60 Hz\)"),
        ({"power_line_frequency": "50 Hz"}, InvalidInputError, "60 Hz"),
        ({"note": ""}, InvalidInputError, "1 to 8 bytes"),
        ({"note": "a\0b"}, InvalidInputError, "note"),
        ({"note": "\ud800"}, InvalidInputError, "surrogate"),
        ({"leds": 2}, InvalidInputError, "leds"),
        ({"counter": 1}, NotSupportedError, "only be read"),
        ({"meta": 1}, NotSupportedError, "type"),
        ({"busy": 1}, NotReadableError, "in use"),
        ({"warp_factor": 9}, NotSupportedError, "warp_factor.*gain, hue_auto"),
        ({"": 9}, NotSupportedError, "gain, hue_auto"),
        ({5: 9}, InvalidInputError, "key"),
        ([("gain", 5)], InvalidInputError, "values: a dict"),
        (None, InvalidInputError, "values: a dict"),
        ("gain", InvalidInputError, "values: a dict"),
    ],
)
def test_what_is_refused_writes_nothing(fresh, camera, values, error, words):
    wanted = {"hue_auto": False} | values if isinstance(values, dict) else values
    with pytest.raises(error, match=words):
        fresh.set_controls(wanted)
    assert camera.take_writes() == []
    if isinstance(values, dict) and set(map(type, values)) == {str}:
        ((name, value),) = values.items()
        with pytest.raises(error, match=words):
            fresh.set_control(name, value)
        assert camera.take_writes() == []


def test_wrong_arguments(track):
    for wrong in (5, None, b"gain"):
        with pytest.raises(TypeError):
            track.control(wrong)
        with pytest.raises(TypeError):
            track.set_control(wrong, 5)
    with pytest.raises(TypeError):
        track.set_controls()
    with pytest.raises(InvalidInputError, match="timeout"):
        track.controls(timeout=-1)


def test_all_or_nothing(fresh, camera):
    before = camera.controls
    camera.script(refuse_writes=["link"])
    with pytest.raises(OperationError, match="link") as caught:
        fresh.set_controls({"gain": 30, "leds": 4, "link": 1, "hue_auto": False})
    assert "nothing was changed" in str(caught.value)
    assert camera.controls == before
    assert camera.take_writes() == [{"controls": {name: value}} for name, value in (("gain", 30), ("leds", 4), ("leds", 0), ("gain", 10))]


def test_a_limit_passes_and_nothing_was_changed(fresh, camera):
    before = camera.controls
    camera.script(write_delay_ms=200)
    with pytest.raises(OperationError) as caught:
        fresh.set_controls({"gain": 30, "leds": 4}, timeout=0.05)
    assert caught.value.kind == "TimedOut"
    camera.script(write_delay_ms=0)
    fresh.set_control("hue_auto", True)
    assert camera.controls == before


def test_the_interpreter_is_released(fresh, camera):
    camera.script(write_delay_ms=300)
    done = threading.Event()
    thread = threading.Thread(target=lambda: (fresh.set_control("gain", 30), done.set()))
    thread.start()
    ticks = 0
    while not done.wait(0.01):
        ticks += 1
    thread.join()
    assert ticks > 2 and fresh.control("gain").value == 30


def test_from_many_threads(devices, fresh):
    failures = []

    def work(number):
        try:
            for _ in range(10):
                fresh.set_controls({"gain": number, "curve": [number] * 4})
                controls = fresh.controls()
                assert controls["gain"].value * 4 == sum(controls["curve"].value)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


# ------------------------------------------------------------------ tracks and properties


def test_what_stands_behind_a_property_shows_in_settings(devices, fresh):
    other = devices.get_user_media({"video": True}).get_video_tracks()[0]
    other.apply_constraints({"brightness": {"exact": 100}})
    assert fresh.control("brightness").value == 100
    list(devices.events(timeout=0))
    fresh.set_controls({"brightness": 200, "auto_exposure": "continuous", "gain": 5})
    for track in (fresh, other):
        settings = track.get_settings()
        assert (settings["brightness"], settings["exposure_mode"]) == (200, "continuous")
    heard = [(event.type, event.object_id, event.control_name) for event in devices.events(timeout=0.3)]
    assert heard == [
        ("configurationchange", other.object_id, None),
        ("controlchange", other.object_id, "gain"),
        ("controlchange", other.object_id, "brightness"),
        ("controlchange", other.object_id, "auto_exposure"),
    ], "in the order of the driver"


def test_moving_the_camera_needs_the_permission_and_a_visible_program(devices, fresh, camera):
    fresh.set_control("zoom_absolute", 200)
    assert fresh.get_settings()["zoom"] == 200
    devices.visible = False
    with pytest.raises(SecurityError):
        fresh.set_control("zoom_absolute", 300)
    fresh.set_control("gain", 1)
    devices.visible = True
    devices.set_permission("pan-tilt-zoom", "denied")
    assert "zoom_absolute" not in fresh.controls()
    with pytest.raises(NotSupportedError):
        fresh.control("zoom_absolute")
    with pytest.raises(NotAllowedError):
        fresh.set_controls({"gain": 2, "zoom_absolute": 300})
    assert fresh.control("gain").value == 1
    assert camera.controls["zoom_absolute"]["value"] == 200


def test_while_muted_and_while_given_back(fresh, camera):
    camera.set_muted(True)
    eventually(lambda: fresh.muted)
    fresh.set_control("gain", 7)
    assert fresh.control("gain").value == 7
    camera.set_muted(False)
    eventually(lambda: not fresh.muted)
    fresh.enabled = False
    time.sleep(0.05)
    fresh.set_control("gain", 8)
    assert (fresh.control("gain").value, fresh.enabled) == (8, False)


def test_an_ended_track(fresh):
    fresh.stop()
    for call in (
        fresh.controls,
        lambda: fresh.control("gain"),
        lambda: fresh.set_control("gain", 5),
        lambda: fresh.set_controls({"gain": 5}),
    ):
        with pytest.raises(InvalidStateError):
            call()


def test_a_camera_that_goes_away(fresh, camera):
    camera.script(write_delay_ms=5000)
    timer = threading.Timer(0.1, camera.unplug)
    timer.start()
    start = time.monotonic()
    with pytest.raises(OperationError) as caught:
        fresh.set_control("gain", 5)
    assert caught.value.kind == "DeviceLost"
    assert time.monotonic() - start < 3
    timer.join()


# ------------------------------------------------------------------ events


def test_what_somebody_else_changes_is_told(fresh, camera):
    heard = []
    with fresh.on("controlchange", lambda event: heard.append((event, fresh.control(event.control_name).value))):
        camera.set_controls({"gain": 42})
        eventually(lambda: heard)
    event, value = heard[0]
    assert (event.type, event.object_id, event.track_id) == ("controlchange", fresh.object_id, fresh.id)
    assert (event.control_name, event.control_id, value) == ("gain", fresh.control("gain").id, 42)
    assert "control=gain" in repr(event)
    with fresh.on("mute", lambda event: heard.append(event)):
        camera.set_muted(True)
        eventually(lambda: len(heard) == 2)
    assert (heard[1].control_name, heard[1].control_id) == (None, None)


def test_one_event_for_each_control(devices, fresh, camera):
    told(devices)
    camera.set_controls({"gain": 1, "counter": 7, "brightness": 9, "leds": 0})
    events = iter(devices.events(timeout=5))
    names = set()
    while len(names) < 3:
        event = next(events)
        if event.type == "controlchange":
            assert event.control_name not in names
            names.add(event.control_name)
    assert names == {"gain", "counter", "brightness"}
    assert (fresh.control("counter").value, fresh.get_settings()["brightness"]) == (7, 9)
    fresh.set_control("gain", 2)
    assert told(devices, timeout=0.2) == [], "not to the track that did it"


def test_a_listener_is_forgotten_with_its_track(fresh):
    class Program:
        def hear(self, event):
            pass

    program = Program()
    forgotten = weakref.ref(program)
    fresh.on("controlchange", program.hear)
    del program
    fresh.stop()
    gc.collect()
    eventually(lambda: forgotten() is None)


# ------------------------------------------------------------------ asyncio


def test_asyncio(camera):
    async def main():
        async with aio.MediaDevices(backends=[], virtual_cameras=[camera], environment=False) as devices:
            (track,) = (await devices.get_user_media({"video": True})).get_video_tracks()
            controls = await track.controls()
            assert list(controls) == list(CONTROLLED["controls"])
            heard = asyncio.get_running_loop().create_future()
            track.on("controlchange", lambda event: heard.done() or heard.set_result(event.control_name))
            assert await track.set_control("gain", 30) is None
            assert await track.set_controls({"leds": 4, "note": "aio"}) is None
            assert (await track.control("gain")).value == 30
            assert (await track.control("note")).value == "aio"
            with pytest.raises(NotSupportedError, match="gain, hue_auto"):
                await track.control("warp")
            with pytest.raises(InvalidInputError):
                await track.set_control("gain", 1000)
            with pytest.raises(InvalidInputError):
                await track.set_controls([])
            camera.set_controls({"leds": 1})
            assert await asyncio.wait_for(heard, 5) == "leds"
            details = await devices.device_details("controlled")
            assert details["card"] == "Controlled"
            with pytest.raises(NotFoundError):
                await devices.device_details("nobody")

    asyncio.run(main())


def test_cancelling_takes_back(fresh, camera):
    before = camera.controls

    async def main():
        camera.script(write_delay_ms=200)
        track = aio.MediaStreamTrack(fresh)
        task = asyncio.create_task(track.set_controls({"gain": 30, "leds": 4}))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        camera.script(write_delay_ms=0)
        await track.set_control("hue_auto", True)
        camera.script(write_delay_ms=200)
        with pytest.raises(OperationError) as caught:
            await track.set_control("gain", 30, timeout=0.05)
        assert caught.value.kind == "TimedOut"
        camera.script(write_delay_ms=0)
        await track.set_control("hue_auto", True)

    asyncio.run(main())
    assert camera.controls == before


# ------------------------------------------------------------------ the virtual camera


def test_blocks_of_the_virtual_camera(camera):
    before = camera.controls
    assert set(before) == set(CONTROLLED["controls"])
    assert before["gain"] == {
        "type": "integer", "min": 0, "max": 100, "step": 5, "default": 20, "value": 10, "label": "Gain",
        "class": "User Controls", "dimensions": [], "menu": [], "flags": ["inactive", "slider"], "property": None,
    }  # fmt: skip
    assert before["power_line_frequency"]["menu"] == ["Disabled", None, "60 Hz"]
    camera.set_controls({"gain": 99, "note": "changed", "leds": None, "new": {"type": "boolean"}, "counter": 1})
    changed = camera.controls
    assert (changed["gain"]["value"], changed["note"]["value"], changed["counter"]["value"]) == (99, "changed", 1)
    assert "leds" not in changed and changed["new"]["value"] is False
    camera.set_controls(before | {"new": None})
    assert camera.controls == before


def test_new_controls_keep_their_order(fresh, camera):
    camera.set_controls({name: None for name in CONTROLLED["controls"]})
    names = ["zebra", "ape", "mole", "bear"]
    camera.set_controls({name: {"type": "integer"} for name in names})
    assert list(fresh.controls()) == names


@pytest.mark.parametrize(
    ("controls", "words"),
    [
        ({"fresh": {"type": "float"}}, "float"),
        ({"fresh": {"type": "menu"}}, "menu"),
        ({"fresh": {"type": "integer", "flags": ["loud"]}}, "loud"),
        ({"fresh": {"type": "integer", "max": float("inf")}}, "fresh.max: inf"),
        ({"fresh": 1}, "fresh"),
        ({"gain": 101}, "gain"),
        ({"gain": 5, "leds": 2}, "leds"),
        ([], "controls: a dict"),
        (None, "controls: a dict"),
    ],
)
def test_wrong_blocks_change_nothing(camera, controls, words):
    before = camera.controls
    with pytest.raises(InvalidInputError, match=words):
        camera.set_controls(controls)
    assert camera.controls == before
    if controls:
        with pytest.raises(InvalidInputError, match="controls"):
            VirtualCamera({"modes": [{"width": 8, "height": 8}], "controls": controls | {"gain": {"type": "integer", "min": 5, "max": 4}}})


@pytest.mark.parametrize("controls", [[], 5, None, {"gain": 5}, {5: {}}])
def test_wrong_controls_of_a_configuration(controls):
    with pytest.raises(InvalidInputError, match="controls"):
        VirtualCamera({"modes": [{"width": 8, "height": 8}], "controls": controls})


def test_a_property_of_a_few_numbers(open_with):
    track = open_with(properties={"iso": {"values": [100, 200, 400, 800], "value": 200}})
    assert track.get_capabilities()["iso"] == imagecapture.MediaSettingsRange(100, 800, 100)
    track.apply_constraints({"iso": 500})
    assert track.get_settings()["iso"] == 400
    with pytest.raises(imagecapture.OverconstrainedError):
        track.apply_constraints({"iso": {"exact": 900}})


# ------------------------------------------------------------------ details of devices


def test_details(devices, track):
    (device,) = devices.enumerate_devices()
    details = devices.device_details(device.device_id)
    assert set(details) == set(types.DeviceDetails.__annotations__)
    assert (details["backend"], details["card"]) == ("virtual", "Controlled")
    (format,) = details["formats"]
    assert set(format) == set(types.FormatDetails.__annotations__)
    assert (format["pixel_format"], format["compressed"]) == ("yuyv", False)
    assert format["sizes"] == [
        {
            "width": {"min": 64, "max": 64, "step": 0},
            "height": {"min": 48, "max": 48, "step": 0},
            "frame_rates": [{"min": 30, "max": 30}, {"min": 15, "max": 15}],
        }
    ]
    assert set(format["sizes"][0]) == set(types.SizeDetails.__annotations__)
    assert track.ready_state == "live" and not track.muted


def test_details_that_are_not_told(devices, camera):
    with pytest.raises(NotFoundError, match="nobody"):
        devices.device_details("nobody")
    for wrong in (None, 5):
        with pytest.raises(TypeError):
            devices.device_details(wrong)
    devices.set_permission("camera", "prompt")
    with pytest.raises(NotAllowedError):
        devices.device_details("controlled")
    devices.close()
    with pytest.raises(InvalidStateError):
        devices.device_details("controlled")
    with MediaDevices(backends=[], virtual_cameras=[camera], environment=False, hide_until_capture=True) as hidden:
        with pytest.raises(NotAllowedError):
            hidden.device_details("controlled")
