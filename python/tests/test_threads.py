from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import pytest

import imagecapture


def run(*functions):
    """Runs functions at the same time and raises what they raise."""
    failures = []

    def guarded(function):
        try:
            function()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_waiting_releases_the_interpreter(capture, camera):
    capture.grab_frame()
    camera.freeze()
    ticks = 0
    done = threading.Event()

    def wait():
        with pytest.raises(imagecapture.CaptureTimeoutError):
            capture.grab_frame(timeout=0.5)
        done.set()

    thread = threading.Thread(target=wait)
    thread.start()
    while not done.wait(0.01):
        ticks += 1
    thread.join()
    assert ticks > 10


def test_everything_at_once(track, capture):
    def photos():
        for _ in range(5):
            assert capture.take_photo().data

    def grabs():
        for _ in range(10):
            with capture.grab_frame() as frame:
                assert frame.width

    def zooms():
        for zoom in range(100, 200, 10):
            track.apply_constraints({"zoom": zoom})

    def reads():
        with track.frames(queue=2) as reader:
            for _ in range(10):
                next(reader)

    run(photos, grabs, zooms, reads, reads)


def test_one_reader_in_two_threads(open_with):
    reader = open_with(pacing="fast").frames(queue=4)
    seen = []
    lock = threading.Lock()

    def read():
        for _ in range(20):
            frame = next(reader)
            with lock:
                seen.append(frame.sequence)

    run(read, read)
    assert len(set(seen)) == 40, "each frame goes to one of them"


def test_stop_wakes_who_waits(track, camera):
    reader = track.frames()
    next(reader)
    camera.freeze()
    timer = threading.Timer(0.1, track.stop)
    timer.start()
    start = time.monotonic()
    list(reader)
    assert time.monotonic() - start < 3
    timer.join()


def test_close_wakes_who_waits(devices, camera, capture):
    capture.grab_frame()
    camera.freeze()
    timer = threading.Timer(0.1, devices.close)
    timer.start()
    start = time.monotonic()
    with pytest.raises(imagecapture.ImageCaptureError):
        capture.grab_frame()
    assert time.monotonic() - start < 3
    timer.join()


CTRL_C = """
import sys, threading, time, os, signal
import imagecapture

camera = imagecapture.VirtualCamera()
devices = imagecapture.MediaDevices(backends=[], virtual_cameras=[camera], environment=False)
track = devices.get_user_media({"video": True}).get_video_tracks()[0]
capture = imagecapture.ImageCapture(track)
capture.grab_frame()
reader = track.frames()
camera.freeze()
print("ready", flush=True)
try:
    WAIT
except KeyboardInterrupt:
    print("interrupted", flush=True)
    camera.freeze(False)
    assert capture.grab_frame().width
    print("usable", flush=True)
"""


@pytest.mark.parametrize(
    "wait",
    ["capture.grab_frame(timeout=None)", "capture.take_photo(timeout=None)", "reader.next_frame(timeout=None)"],
)
def test_ctrl_c(wait):
    program = subprocess.Popen(
        [sys.executable, "-c", CTRL_C.replace("WAIT", wait)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert program.stdout.readline() == "ready\n"
    time.sleep(0.3)
    start = time.monotonic()
    program.send_signal(signal.SIGINT)
    out, errors = program.communicate(timeout=8)
    assert time.monotonic() - start < 3
    assert out == "interrupted\nusable\n", errors
    assert program.returncode == 0


def test_leaving_while_everything_runs():
    """Nothing is closed, threads run, frames are held: the program ends all the same, and quietly."""
    text = """
import imagecapture
camera = imagecapture.VirtualCamera({"modes": [{"width": 640, "height": 480}], "pacing": "fast"})
devices = imagecapture.MediaDevices(backends=[], virtual_cameras=[camera], environment=False)
track = devices.get_user_media({"video": True}).get_video_tracks()[0]
reader = track.frames(queue=4)
held = [next(reader) for _ in range(4)]
view = memoryview(held[0])
"""
    done = subprocess.run([sys.executable, "-X", "dev", "-c", text], capture_output=True, text=True, timeout=8)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
