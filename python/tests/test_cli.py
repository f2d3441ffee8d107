"""The command, run as a person runs it."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time

import pytest

import imagecapture
from imagecapture import cli

Image = pytest.importorskip("PIL.Image")
np = pytest.importorskip("numpy")

from conftest import CONFIG  # noqa: E402
from pattern import frame_number  # noqa: E402


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
    for command in ("list", "photo", "grab"):
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
    for command in ("list", "watch", "explain", "photo", "grab"):
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
