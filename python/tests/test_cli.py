"""The command, run as a person runs it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import struct
import subprocess
import sys
import threading
import time

import pytest

import imagecapture
from imagecapture import _show, cli

Image = pytest.importorskip("PIL.Image")
np = pytest.importorskip("numpy")

from conftest import CONFIG  # noqa: E402
from pattern import frame_number  # noqa: E402
from test_controls import CONTROLLED  # noqa: E402


def load(path):
    """Format, size and luminance of a picture file."""
    with Image.open(path) as image:
        return image.format, image.size, np.asarray(image.convert("L"))


@pytest.fixture
def run(tmp_path):
    def run(*arguments, check=0, env=None):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("IC_")}
        # No camera of the machine may take part.
        environment |= {"IC_BACKEND": "none"} | (env or {})
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-m", "imagecapture", *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=9,
        )
        assert done.returncode == check, (done.stdout, done.stderr)
        return done

    return run


@pytest.fixture
def config_file(tmp_path):
    folder = tmp_path / "config"
    folder.mkdir()
    path = folder / "camera.json"
    path.write_text(json.dumps(CONFIG))
    return path


def test_list(run):
    done = run("list", "--virtual")
    line, *properties = done.stdout.splitlines()
    device_id, label = line.split("\t")
    assert device_id and label == "Virtual camera"
    assert all(line.startswith("    ") for line in properties)
    listed = {line.split()[0]: " ".join(line.split()[1:]) for line in properties}
    assert listed["zoom"] == "100 to 400 in steps of 1"
    assert listed["width"] == "1 to 1920"
    assert listed["resize_mode"] == "none, crop-and-scale"
    assert listed["power_efficient"] == "off"
    assert not {"device_id", "facing_mode"} & set(listed)
    assert done.stderr == ""


def test_list_json(run, config_file):
    (device,) = json.loads(run("list", "--virtual-config", config_file, "--json").stdout)["devices"]
    assert device["label"] == "Test camera"
    assert device["kind"] == "videoinput"
    assert device["capabilities"]["zoom"] == {"min": 100, "max": 400, "step": 1}
    assert device["capabilities"]["frameRate"] == {"min": 0, "max": 30}
    assert device["capabilities"]["resizeMode"] == ["none", "crop-and-scale"]
    assert device["deviceId"] == device["capabilities"]["deviceId"]


def test_list_formats(run, config_file):
    listed = run("list", "--virtual-config", config_file, "--formats").stdout.splitlines()
    assert "    backend                      virtual" in listed
    at = next(index for index, line in enumerate(listed) if line.endswith("here yuyv"))
    assert listed[at + 1 :] == ["        640 x 480, 30, 15 frames per second", "        320 x 240, 30 frames per second"]
    (device,) = json.loads(run("list", "--virtual-config", config_file, "--formats", "--json").stdout)["devices"]
    assert device["details"]["card"] == "Test camera" and device["capabilities"]["zoom"]
    (format,) = device["details"]["formats"]
    assert format["pixelFormat"] == "yuyv"
    assert format["sizes"][1]["frameRates"] == [{"min": 30, "max": 30}]


DETAILS = {
    "backend": "v4l2", "driver": "uvcvideo", "version": "", "card": "", "bus": "usb-1", "node": "/dev/video0",
    "capabilities": ["video-capture", "streaming"],
    "formats": [
        {"fourcc": "H264", "description": "H.264", "compressed": True, "emulated": False, "pixel_format": None, "sizes": []},
        {
            "fourcc": "RGB3", "description": "", "compressed": False, "emulated": True, "pixel_format": "rgb",
            "sizes": [
                {
                    "width": {"min": 2, "max": 1920, "step": 2}, "height": {"min": 1, "max": 1080, "step": 1},
                    "frame_rates": [{"min": 1.5, "max": 60}],
                },
                {
                    "width": {"min": 8, "max": 8, "step": 0}, "height": {"min": 9, "max": 9, "step": 0},
                    "frame_rates": [],
                },
            ],
        },
    ],
}  # fmt: skip


def test_details_of_other_systems_for_people():
    assert list(_show.details_for_people(DETAILS)) == [
        "    backend                      v4l2",
        "    driver                       uvcvideo",
        "    bus                          usb-1",
        "    node                         /dev/video0",
        "    capabilities                 video-capture, streaming",
        "    H264                         H.264, compressed, not used here",
        "    RGB3                         emulated, here rgb",
        "        2 to 1920 in steps of 2 x 1 to 1080, 1.5 to 60 frames per second",
        "        8 x 9",
    ]


def test_a_camera_without_an_answer_does_not_hide_the_others(monkeypatch, capsys):
    class Device:
        kind, label, group_id = "videoinput", "Front", ""

        def __init__(self, device_id):
            self.device_id = device_id

        def get_capabilities(self):
            return {}

    class Devices(contextlib.nullcontext):
        def __enter__(self):
            return self

        def enumerate_devices(self):
            return [Device("slow"), Device("quick")]

        def device_details(self, device_id):
            if device_id == "slow":
                raise imagecapture.CaptureTimeoutError("it did not answer")
            return DETAILS

    monkeypatch.setattr(cli, "_devices", lambda options: Devices())
    assert cli.main(["list", "--formats"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[:3] == ["slow\tFront", "    error                        it did not answer", "quick\tFront"]
    assert len(out) == 12


@pytest.fixture
def controlled(tmp_path):
    path = tmp_path / "controlled.json"
    path.write_text(json.dumps(CONTROLLED))
    return path


def test_controls(run, controlled):
    done = run("controls", "--virtual-config", controlled)
    assert done.stderr == ""
    assert done.stdout.splitlines() == """\
User Controls
    gain                         10             integer, 0 to 100 in steps of 5, default 20, inactive, slider
    hue_auto                     on             boolean, default off
Controls
    power_line_frequency         0              menu, default 0
        0: Disabled
        2: 60 Hz
    reset                        -              button
    counter                      5000000000     integer64, 0 to 9223372036854775807, default 0, read-only, volatile
    note                         "abc"          string, 1 to 8 bytes
    leds                         0x0            bitmask, bits 0x5, default 0x0
    link                         0              integer-menu, default 0
        0: 100
        1: 200
    matrix                       1,2,3,4,5,6    u8[2][3], 0 to 9, default 0
    curve                        0,0,0,0        u16[4], 0 to 65535, default 0
    table                        0,0            u32[2], 0 to 4294967295, default 0
    area                         4,3            area
    crop                         0,0,0,0        rectangle
    meta                         -              other
    secret                       -              integer, 0 to 9, default 0, write-only
    busy                         0              integer, 0 to 9, default 0, grabbed
    brightness                   128            integer, 0 to 255, default 0, property brightness
    auto_exposure                0              menu, default 0, property exposure_mode
        0: manual
        1: continuous
    zoom_absolute                100            integer, 100 to 400, default 100, property zoom
""".splitlines()
    assert run("controls", "--virtual").stdout == "Virtual camera has no controls\n"


def test_long_arrays_are_cut_short_for_people(run, tmp_path):
    path = tmp_path / "camera.json"
    controls = {"eight": {"type": "u8", "dimensions": [8]}, "many": {"type": "u8", "dimensions": [4, 5], "default": 7}}
    path.write_text(json.dumps({"modes": [{"width": 64, "height": 48}], "controls": controls}))
    assert run("controls", "--virtual-config", path).stdout.splitlines()[1:] == [
        "    eight                        0,0,0,0,0,0,0,0 u8[8], 0 to 255, default 0",
        "    many                         7,7,7,7,7,7,7,7,... (20 numbers) u8[4][5], 0 to 255, default 7",
    ]
    many = json.loads(run("controls", "--virtual-config", path, "--json").stdout)["controls"][1]
    assert many["value"] == [7] * 20


def test_controls_json(run, controlled):
    report = json.loads(run("controls", "--virtual-config", controlled, "--device", "controlled", "--json").stdout)
    assert report["device"] == {"label": "Controlled", "deviceId": "controlled"}
    controls = {control["name"]: control for control in report["controls"]}
    assert list(controls) == list(CONTROLLED["controls"])
    assert controls["gain"]["flags"] == ["inactive", "slider"] and controls["gain"]["class"] == "User Controls"
    assert controls["matrix"]["dimensions"] == [2, 3]
    assert controls["link"]["menu"][1] == {"index": 1, "name": "200", "value": 200}
    assert controls["auto_exposure"]["property"] == "exposureMode" and controls["gain"]["property"] is None
    assert json.loads(run("controls", "--virtual", "--json").stdout)["controls"] == []


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("gain=55", 55),
        ("gain=0x10", 16),
        ("hue_auto=off", False),
        ("hue_auto=TRUE", True),
        ("hue_auto=0", False),
        ("power_line_frequency=60 Hz", 2),
        ("power_line_frequency=2", 2),
        ("link=1", 1),
        ("link=200", 1),
        ("note=42", "42"),
        ("note=a=b,c", "a=b,c"),
        ("leds=0x4", 4),
        ("matrix=6,5,4,3,2,1", [6, 5, 4, 3, 2, 1]),
        ("area=640, 480", [640, 480]),
        ("reset=", None),
    ],
)
def test_controls_set(run, controlled, assignment, value):
    name = assignment.partition("=")[0]
    done = run("controls", "--virtual-config", controlled, "--set", assignment, "--json")
    (control,) = json.loads(done.stdout)["controls"]
    assert (control["name"], control["value"]) == (name, value)
    assert type(control["value"]) is type(value)


def test_controls_set_several_for_people(run, controlled):
    done = run("controls", "--virtual-config", controlled, "--set", "leds=5", "--set", "brightness=7", "--set", "gain=1")
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["User", "Controls"],
        ["gain", "1"],
        ["Controls"],
        ["leds", "0x5"],
        ["brightness", "7"],
    ]


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("gain=101", "from 0 to 100"),
        ("gain=loud", '"loud"'),
        ("gain=", "from 0 to 100"),
        ("gain=1.5", "whole number"),
        (f"gain={2**70}", "whole number"),
        ("hue_auto=maybe", "true or false"),
        ("power_line_frequency=1", "0 (Disabled), 2 (60 Hz)"),
        ("matrix=1,2", "6 whole numbers"),
        ("matrix=1,2,x,4,5,6", "6 whole numbers"),
        ("leds=2", "leds"),
        ("counter=5", "only be read"),
        ("busy=5", "in use"),
        ("warp=9", "it has gain, hue_auto"),
    ],
)
def test_controls_refused(run, controlled, assignment, words):
    done = run("controls", "--virtual-config", controlled, "--set", "leds=4", "--set", assignment, check=1)
    assert done.stderr.startswith("imagecapture: error: ") and words in done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""


def test_watch(run, config_file):
    done = run("watch", "--virtual", "--timeout", "0.2")
    assert done.stdout == "1 devices; waiting for changes, Ctrl-C ends\n"
    assert run("watch", "--json", "--timeout", "0.2").stdout == ""


def test_explain(run, config_file):
    done = run("explain", "--virtual-config", config_file, "--width", 320, "--constraints", '{"zoom": 200, "zom": 1}')
    assert "Test camera (cam-1): chosen" in done.stdout
    assert "zom: not known here" in done.stdout
    assert done.stderr == ""
    done = run("explain", "--virtual-config", config_file, "--frame-rate", 15, "--height", 100, "--json")
    explanation = json.loads(done.stdout)
    assert explanation["deviceId"] == "cam-1"
    assert explanation["constraints"] == {"frameRate": 15, "height": 100}
    assert {"frameRate", "pixelFormat", "failsAdvanced"} <= set(explanation["devices"][0]["modes"][0])


def test_explain_what_does_not_fit(run):
    done = run("explain", "--virtual", "--constraints", '{"width": {"min": 10000}}')
    assert "does not fit" in done.stdout
    done = run("explain", "--virtual", "--constraints", '{"width": {"min": "wide"}}', check=1)
    assert "width.min: " in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("form", ["text", "json"])
def test_watch_tells_what_comes_and_goes(monkeypatch, capsys, form):
    camera = imagecapture.VirtualCamera(CONFIG)
    devices = imagecapture.MediaDevices(backends=[], virtual_cameras=[camera], environment=False)
    monkeypatch.setattr(cli, "_devices", lambda options: devices)
    timer = threading.Timer(0.15, camera.unplug)
    timer.start()
    assert cli.main(["watch", "--timeout", "1", *(["--json"] if form == "json" else [])]) == 0
    timer.join()
    out = capsys.readouterr().out.splitlines()
    if form == "json":
        (event,) = map(json.loads, out)
        assert (event["type"], event["devices"], event["userInsertedDevices"]) == ("devicechange", [], [])
        assert event["timestamp"] > 0
    else:
        assert out[1:] == ["devicechange; went: Test camera (cam-1)"]


def test_ctrl_c_ends_watching(tmp_path):
    program = subprocess.Popen(
        [sys.executable, "-m", "imagecapture", "watch", "--virtual"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert "waiting" in program.stdout.readline()
    time.sleep(0.1)
    program.send_signal(signal.SIGINT)
    _, errors = program.communicate(timeout=5)
    assert (program.returncode, errors) == (130, "")


def test_no_camera(run):
    for command in ("list", "controls", "photo", "grab"):
        done = run(command, check=1)
        assert done.stderr.startswith("imagecapture: error: no camera was found")
        assert "--virtual" in done.stderr
        assert "Traceback" not in done.stderr
    assert json.loads(run("list", "--json", check=1).stdout) == {"devices": []}


def test_the_environment_gives_a_camera(run):
    assert "Virtual camera" in run("list", env={"IC_VIRTUAL_CAMERA": "default"}).stdout


def test_photo(run, tmp_path):
    done = run("photo", "--virtual")
    assert done.stderr == ""
    assert done.stdout.startswith("photo.jpg: image/jpeg, ")
    format, _, luminance = load(tmp_path / "photo.jpg")
    assert format == "JPEG"
    assert frame_number(luminance) is not None
    assert os.listdir(tmp_path) == ["photo.jpg"]


def test_a_burst_is_files_with_numbers(run, tmp_path):
    done = run("photo", "--virtual", "--burst", 2, "--json")
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert [report["file"] for report in reports] == ["photo-1.jpg", "photo-2.jpg"]
    assert sorted(os.listdir(tmp_path)) == ["photo-1.jpg", "photo-2.jpg"]
    assert all(report["report"]["total"] > 0 for report in reports)


def test_a_bracket_that_cannot_be_leaves_no_files(run, tmp_path):
    done = run("photo", "--virtual", "--bracket", "exposure-compensation=-1,0,1", check=1)
    assert "exposureCompensation" in done.stderr
    assert os.listdir(tmp_path) == []


def test_photo_json(run, tmp_path, config_file):
    done = run(
        "photo", "--virtual-config", config_file, "--width", 320, "--height", 240, "--set", "zoom=200",
        "--frame-rate", 30, "-o", "small.png", "--json",
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert report["file"] == "small.png"
    assert report["type"] == "image/png"
    assert (report["width"], report["height"]) == (320, 240)
    assert report["size"] == (tmp_path / "small.png").stat().st_size
    assert report["settings"]["zoom"] == 200
    assert report["settings"]["frameRate"] == 30
    assert report["device"]["label"] == "Test camera"
    assert report["device"]["deviceId"] == report["settings"]["deviceId"]
    assert load(tmp_path / "small.png")[:2] == ("PNG", (320, 240))


def test_format_and_quality(run, tmp_path):
    run("photo", "--virtual", "--format", "png", "-o", "a.bin")
    assert load(tmp_path / "a.bin")[0] == "PNG"
    run("photo", "--virtual", "--width", 640, "--quality", 5, "-o", "low.jpg")
    run("photo", "--virtual", "--width", 640, "--quality", 100, "-o", "high.jpg")
    assert (tmp_path / "low.jpg").stat().st_size < (tmp_path / "high.jpg").stat().st_size


def test_choosing_a_camera(run, config_file):
    device_id = json.loads(run("list", "--virtual-config", config_file, "--json").stdout)["devices"][0]["deviceId"]
    run("photo", "--virtual-config", config_file, "--device", device_id)
    run("photo", "--virtual-config", config_file, "--device", "TEST cam")
    done = run("photo", "--virtual-config", config_file, "--device", "front", check=1)
    assert "fits no camera" in done.stderr and "Test camera" in done.stderr


@pytest.mark.parametrize("extension", ["ppm", "npy", "raw"])
def test_grab(run, tmp_path, extension):
    name = f"frame.{extension}"
    report = json.loads(run("grab", "--virtual", "-o", name, "--json").stdout)
    path = tmp_path / name
    assert report["size"] == path.stat().st_size
    shape = (report["height"], report["width"])
    if extension == "ppm":
        with Image.open(path) as image:
            picture = np.asarray(image)
        assert picture.shape == (*shape, 3)
    elif extension == "npy":
        picture = np.load(path)
        assert picture.shape == (*shape, 4)
    else:
        picture = np.fromfile(path, np.uint8).reshape(*shape, 4)
    assert frame_number(picture[:, :, :3].mean(axis=2)) is not None


def test_an_output_that_cannot_be_written_fails_before_the_camera_is_asked(run, tmp_path):
    # Without any camera: the complaint is about the file all the same.
    for output in ("missing/photo.jpg", "."):
        done = run("photo", "-o", output, check=1)
        assert done.stderr.startswith(f"imagecapture: error: {output}: ")
        assert done.stdout == ""
    assert os.listdir(tmp_path) == []


def test_a_failure_leaves_no_file_and_keeps_the_old_one(run, tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"old")
    run("photo", check=1)
    run("photo", "--virtual", "--set", "zoom=100000", check=1)
    assert (tmp_path / "photo.jpg").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["photo.jpg"]


def test_a_device_file_is_written_to_not_replaced(run):
    run("photo", "--virtual", "-o", "/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk(run):
    done = run("photo", "--virtual", "-o", "/dev/full", check=1)
    assert "No space left on device" in done.stderr


def test_set(run):
    done = run("photo", "--virtual", "--set", "zoom=100000", check=1)
    assert done.stderr.startswith("imagecapture: error: ")
    assert "zoom" in done.stderr
    done = run("photo", "--virtual", "--set", "zooom=200", check=1)
    assert "no such property" in done.stderr and "zoom" in done.stderr
    done = run("photo", "--virtual", "--set", "zoom=far", check=1)
    assert "zoom" in done.stderr


def test_set_on_a_camera_that_lacks_it(run, tmp_path):
    path = tmp_path / "plain.json"
    path.write_text(json.dumps({"modes": [{"width": 64, "height": 48}]}))
    done = run("photo", "--virtual-config", path, "--set", "zoom=200", check=1)
    assert "does not have it" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["photo", "--width", "wide"],
        ["photo", "--width", "-5"],
        ["photo", "--width", "nan"],
        ["photo", "--set", "zoom"],
        ["photo", "--set", "=5"],
        ["photo", "--format", "gif"],
        ["photo", "--quality", "0"],
        ["photo", "--quality", "101"],
        ["photo", "--quality", "best"],
        ["grab", "-o", "frame.jpg"],
        ["grab", "-o", "frame"],
        ["list", "--width", "5"],
        ["controls", "--set", "gain"],
        ["controls", "--set", "=5"],
        ["controls", "--width", "5"],
        ["watch", "--timeout", "0"],
        ["explain", "--constraints", "{"],
        ["explain", "--constraints", "[]"],
        ["explain", "--width", "-1"],
    ],
)
def test_wrong_usage(run, arguments):
    done = run(*arguments, check=2)
    assert "usage: imagecapture" in done.stderr
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "content", [None, b"", b"not json", b"{}", b'{"modes": 3}', b'{"colour": "red"}', b"\xff\xfe", b"[]"]
)
def test_wrong_configuration_files(run, tmp_path, content):
    path = tmp_path / "camera.json"
    if content is not None:
        path.write_bytes(content)
    done = run("list", "--virtual-config", path, check=1)
    assert done.stderr.startswith(f"imagecapture: error: {path}: ")
    assert "Traceback" not in done.stderr


def test_usage_is_that_of_the_command(run):
    assert "usage: imagecapture photo " in run("photo", "--quality", "0", check=2).stderr
    assert "usage: imagecapture grab " in run("grab", "-o", "x.jpg", check=2).stderr


def test_numpy_is_not_needed(tmp_path):
    program = """
import sys
sys.modules["numpy"] = None
import imagecapture.aio, imagecapture.types, imagecapture.cli
sys.exit(imagecapture.cli.main(["grab", "--virtual", "-o", "frame.npy"]))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=9)
    assert done.returncode == 0, done.stderr
    assert np.load(tmp_path / "frame.npy").shape == (480, 640, 4)


def test_version(run):
    assert run("--version").stdout == f"imagecapture {imagecapture.__version__}\n"


def test_the_script_is_installed():
    script = os.path.join(os.path.dirname(sys.executable), "imagecapture")
    assert os.path.exists(script)
    done = subprocess.run([script, "--version"], capture_output=True, text=True, timeout=9)
    assert done.stdout == f"imagecapture {imagecapture.__version__}\n"


def test_help_names_every_command(run):
    text = run("--help").stdout
    for command in ("list", "watch", "explain", "controls", "photo", "grab"):
        assert command in text
        assert "--virtual" in run(command, "--help").stdout


def test_a_reader_that_goes_away(tmp_path):
    environment = os.environ | {"IC_BACKEND": "none"}
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "imagecapture", "list", "--virtual"],
        stdout=write, stderr=subprocess.PIPE, env=environment, timeout=9, text=True,
    )  # fmt: skip
    os.close(write)
    assert done.stderr == ""


def test_ctrl_c(tmp_path):
    """A camera that makes no frames: the command waits, until somebody loses patience."""
    path = tmp_path / "frozen.json"
    path.write_text(json.dumps({"modes": [{"width": 64, "height": 48}], "pacing": "manual"}))
    program = subprocess.Popen(
        [sys.executable, "-m", "imagecapture", "photo", "--virtual-config", str(path)],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    # The file is begun when the command has understood its arguments; then it opens the camera and waits.
    while not list(tmp_path.glob(".photo.jpg.*")):
        time.sleep(0.02)
    time.sleep(0.5)
    program.send_signal(signal.SIGINT)
    out, errors = program.communicate(timeout=5)
    assert program.returncode == 130, errors
    assert "Traceback" not in errors
    assert os.listdir(tmp_path) == ["frozen.json"]


SWEPT = {
    "label": "Swept",
    "modes": [{"width": 320, "height": 240}],
    "pacing": "fast",
    "properties": {
        "zoom": {"min": 100, "max": 400, "step": 10},
        "whiteBalanceMode": {"values": ["manual", "continuous"], "value": "continuous"},
    },
}


@pytest.fixture
def swept(tmp_path):
    path = tmp_path / "swept.json"
    path.write_text(json.dumps(SWEPT))
    return path


def test_contact_sheet(run, swept, tmp_path):
    sweeps = ["--sweep", "zoom=100:400:100", "--sweep", "white_balance_mode", "--settle", "0.02"]
    report = json.loads(run("contact-sheet", "--virtual-config", swept, "-o", "s.png", *sweeps, "--json").stdout)
    assert (report["file"], report["type"], report["settings"]["zoom"]) == ("s.png", "image/png", 100)
    data = (tmp_path / "s.png").read_bytes()
    assert len(data) == report["size"]
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    # Four pictures of 320 in a row, three gaps of 16, two margins of 28.
    assert struct.unpack(">II", data[16:24]) == (report["width"], report["height"])
    assert report["width"] == 4 * 320 + 3 * 16 + 2 * 28
    # Two rows of pictures of 240.
    assert 2 * 240 < report["height"] < 4 * 240
    done = run("contact-sheet", "--virtual-config", swept, "--sweep", "zoom", "--columns", 1, "--thumb-width", 64)
    assert done.stdout.startswith("sheet.png: image/png, 120x")


def test_contact_sheet_mistakes(run, swept, tmp_path):
    for sweep, message in [
        ("zoom=100:500:100", "zoom: 500 is not possible; this camera takes 100 to 400"),
        ("zoom=100:400:0", "and the step is not 0"),
        ("zoom=nan:400:100", "finite numbers"),
        ("zoom=100:400:1e-300", "take a larger step"),
        ("zoom=100:400", "START:STOP:STEP"),
        ("zoom=", "is no number"),
        ("=1", "there is no property"),
        ("zom=1", "there is no property"),
        ("iso", "does not have iso; it has"),
    ]:
        done = run("contact-sheet", "--virtual-config", swept, "--sweep", sweep, check=1)
        assert message in done.stderr
        assert not (tmp_path / "sheet.png").exists()
    assert "--sweep" in run("contact-sheet", "--virtual-config", swept, check=2).stderr
