"""What is measured: the targets P1 to P13, each beside its peers."""

from __future__ import annotations

import ctypes
import importlib.metadata
import os
import pathlib
import subprocess
import sys
import threading
import time

import av
import cv2
import numpy as np
from inputs import HEIGHT, WIDTH, Picture, encode
from measure import OURS, Result, Way, in_turns
from peers import LibJpegTurbo, Nokhwa

import imagecapture as ic

cv2.setNumThreads(1)


class Camera:
    """A camera of which the program makes the frames, with one track."""

    def __init__(self, pixel_format: str, data) -> None:
        self.pixel_format, self.data, self.last = pixel_format, data, -1
        mode = {"width": WIDTH, "height": HEIGHT, "pixelFormat": pixel_format}
        self.camera = ic.VirtualCamera({"modes": [mode], "scene": {"kind": "push"}})
        self.devices = ic.MediaDevices(backends=[], virtual_cameras=[self.camera], environment=False)
        self.stream = self.devices.get_user_media({"video": True})
        self.track = self.stream.get_video_tracks()[0]
        self.capture = ic.ImageCapture(self.track)

    def push(self) -> None:
        self.camera.push_frame(self.pixel_format, WIDTH, HEIGHT, self.data)

    def fresh(self) -> ic.Frame:
        """A frame of which no other form was made yet."""
        self.push()
        while True:
            frame = self.capture.latest_frame()
            if frame is not None and frame.sequence != self.last:
                self.last = frame.sequence
                return frame

    def encoding_of_a_photo(self, _: object = None) -> float:
        """Takes a photo of a new frame; the seconds from its arrival to the file."""
        done = threading.Event()
        operation = self.capture._take_photo(metadata=True)
        operation.on_complete(done.set)
        # The frame has to be younger than the call. Another one is pushed only if that one was not, because copying it would
        # be in the way of what is measured.
        self.push()
        while not done.wait(0.1):
            self.push()
        return operation.result().report["encoding"]

    def close(self) -> None:
        self.devices.close()


def photos(picture: Picture, rounds: int) -> list[Result]:
    """P1 and P2."""
    camera = Camera("mjpeg", picture.jpeg)
    jpeg = np.frombuffer(picture.jpeg, np.uint8)
    ways = {
        OURS: Way(camera.encoding_of_a_photo),
        "OpenCV imdecode + imencode": Way(lambda _: encode(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), 90, "4:2:2")),
    }
    results = [Result("P1", "photo of an MJPEG frame", in_turns(ways, rounds), {"OpenCV imdecode + imencode": 0.03})]
    camera.close()
    for name, data, code, sampling in (
        ("yuyv", picture.yuyv, cv2.COLOR_YUV2BGR_YUY2, "4:2:2"),
        ("nv12", picture.nv12, cv2.COLOR_YUV2BGR_NV12, "4:2:0"),
        ("i420", picture.i420, cv2.COLOR_YUV2BGR_I420, "4:2:0"),
    ):
        camera = Camera(name, data)
        ways = {
            OURS: Way(camera.encoding_of_a_photo),
            "OpenCV cvtColor + imencode": Way(lambda _, d=data, c=code, s=sampling: encode(cv2.cvtColor(d, c), 90, s)),
        }
        results.append(
            Result("P2", f"photo of a {name.upper()} frame, quality 90, {sampling}", in_turns(ways, rounds), {"OpenCV cvtColor + imencode": 0.9})
        )
        camera.close()
    return results


def decoding(picture: Picture, rounds: int, nokhwa: Nokhwa) -> list[Result]:
    """P3."""
    camera, turbo = Camera("mjpeg", picture.jpeg), LibJpegTurbo()
    jpeg = np.frombuffer(picture.jpeg, np.uint8)
    rgba, rgb = np.empty((HEIGHT, WIDTH, 4), np.uint8), np.empty((HEIGHT, WIDTH, 3), np.uint8)
    codec = av.CodecContext.create("mjpeg", "r")
    codec.thread_count = 1

    def pyav(_: object) -> None:
        (frame,) = codec.decode(av.Packet(picture.jpeg))
        frame.to_ndarray(format="rgba")

    ways = {
        OURS: Way(lambda frame: frame.convert("rgba"), camera.fresh),
        "OpenCV imdecode (to BGR)": Way(lambda _: cv2.imdecode(jpeg, cv2.IMREAD_COLOR)),
        "libjpeg-turbo": Way(lambda _: turbo.decode(picture.jpeg, rgba)),
        "PyAV": Way(pyav),
        "nokhwa (to RGB)": Way(lambda _: nokhwa.mjpeg(picture.jpeg, rgb)),
    }
    targets = {"OpenCV imdecode (to BGR)": 0.55, "libjpeg-turbo": 1.05}
    result = Result("P3", "MJPEG to RGBA", in_turns(ways, rounds), targets)
    camera.close()
    return [result]


def conversions(picture: Picture, rounds: int, nokhwa: Nokhwa) -> list[Result]:
    """P4."""
    results = []
    rgb = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    for name, data, codes, peer in (
        ("yuyv", picture.yuyv, (cv2.COLOR_YUV2RGB_YUY2, cv2.COLOR_YUV2RGBA_YUY2, cv2.COLOR_YUV2BGR_YUY2), nokhwa.yuyv),
        ("nv12", picture.nv12, (cv2.COLOR_YUV2RGB_NV12, cv2.COLOR_YUV2RGBA_NV12, cv2.COLOR_YUV2BGR_NV12), nokhwa.nv12),
    ):
        camera = Camera(name, data)
        for target, code in zip(("rgb", "rgba", "bgr"), codes, strict=True):
            ways = {
                OURS: Way(lambda frame, t=target: frame.convert(t), camera.fresh),
                "OpenCV cvtColor": Way(lambda _, d=data, c=code: cv2.cvtColor(d, c)),
            }
            if target == "rgb":
                ways["nokhwa"] = Way(lambda _, d=data, p=peer: p(d, rgb))
                ways["memory copy of the result"] = Way(lambda _: rgb.copy())
            seconds = in_turns(ways, rounds)
            results.append(Result("P4", f"{name.upper()} to {target.upper()}", seconds, {"OpenCV cvtColor": 0.8}))
        camera.close()
    return results


def views(picture: Picture, rounds: int) -> list[Result]:
    """P6: from a frame to an array of NumPy."""
    results = []
    count = 1000
    for name, data, look in (
        ("YUYV", picture.yuyv, np.asarray),
        ("MJPEG bytes", picture.jpeg, np.asarray),
        ("NV12 planes", picture.nv12, lambda frame: [np.asarray(plane) for plane in frame.planes]),
    ):
        camera = Camera(name.split()[0].lower(), data)
        frame = camera.fresh()
        one, other = look(frame), look(frame)
        pairs = zip(one, other, strict=True) if isinstance(one, list) else [(one, other)]
        assert all(np.shares_memory(a, b) for a, b in pairs), "a view, no copy"

        def run(_: object, frame=frame, look=look) -> float:
            start = time.perf_counter()
            for _ in range(count):
                look(frame)
            return (time.perf_counter() - start) / count

        whole = np.asarray(data).copy() if name != "MJPEG bytes" else np.frombuffer(data, np.uint8)
        ways = {OURS: Way(run), "memory copy of the frame": Way(lambda _, w=whole: w.copy())}
        results.append(Result("P6", f"{name} as NumPy", in_turns(ways, rounds), limit=3e-6 * (2 if "planes" in name else 1)))
        camera.close()
    return results


def further_tracks(picture: Picture, rounds: int) -> list[Result]:
    """P7 and P8: what each further track costs, with the same settings and with a size of its own."""
    camera = Camera("mjpeg", picture.jpeg)
    frames, more = 400, 8

    def processor_time() -> float:
        start = time.process_time()
        for _ in range(frames):
            camera.fresh()
        return time.process_time() - start

    ways = {"one track": Way(lambda _: processor_time())}
    alone = in_turns(ways, rounds // 4 + 2)["one track"]
    tracks = [camera.track.clone() for _ in range(more)]
    readers = [track.frames() for track in tracks]
    together = in_turns(ways, rounds // 4 + 2)["one track"]
    for track in tracks:
        track.stop()
    del readers
    each = [max(0.0, b - a) / frames / more for a, b in zip(sorted(alone), sorted(together), strict=True)]
    results = [Result("P7", "a further track with the same settings, a frame", {OURS: each}, limit=5e-6)]
    camera.close()

    size = (640, 360)
    for name, data, decode in (
        ("mjpeg", picture.jpeg, lambda d: cv2.imdecode(np.frombuffer(d, np.uint8), cv2.IMREAD_COLOR)),
        ("yuyv", picture.yuyv, lambda d: cv2.cvtColor(d, cv2.COLOR_YUV2RGBA_YUY2)),
    ):
        camera = Camera(name, data)
        track = camera.track.clone()
        track.apply_constraints({"width": {"exact": size[0]}, "height": {"exact": size[1]}})
        small = ic.ImageCapture(track)
        ways = {
            OURS: Way(lambda _, s=small: s.latest_frame(), camera.fresh),
            "OpenCV decode + resize (INTER_AREA)": Way(lambda _, d=data, f=decode: cv2.resize(f(d), size, interpolation=cv2.INTER_AREA)),
            "OpenCV decode + resize (INTER_LINEAR)": Way(lambda _, d=data, f=decode: cv2.resize(f(d), size)),
        }
        targets = {"OpenCV decode + resize (INTER_AREA)": 1.0}
        results.append(Result("P8", f"a further track of {size[0]}x{size[1]}, from {name.upper()}", in_turns(ways, rounds), targets))
        camera.close()
    return results


def memory(picture: Picture, frames: int) -> list[list[str]]:
    """P11: what the process holds while frames come."""
    camera = Camera("mjpeg", picture.jpeg)
    reader = camera.track.frames()

    def resident() -> int:
        return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    before = 0
    for number in range(frames):
        if number == 1000:
            before = resident()
        camera.push()
        reader.next_frame()
    grown = resident() - before
    camera.close()
    told = f"{grown / 1024:.0f} KiB more after {frames:,} frames than after 1,000"
    return [["P11", "resident memory while streaming", OURS, told, "", "met (flat: below 1 MiB)" if grown < 1 << 20 else "MISSED (flat: below 1 MiB)"]]


def sizes(library: pathlib.Path, wheels: dict[str, pathlib.Path]) -> list[list[str]]:
    """P12."""
    mib = 1 << 20

    def installed(package: str) -> int:
        files = [file.locate() for file in importlib.metadata.distribution(package).files or []]
        return sum(file.stat().st_size for file in files if file.is_file() and file.suffix != ".pyc")

    rows = []
    for what, size in (("wheel", wheels[OURS].stat().st_size), ("shared library", library.stat().st_size)):
        good = "met" if size < 4e6 else "MISSED"
        rows.append(["P12" if what == "wheel" else "", what, OURS, f"{size / mib:.2f} MiB", "", f"{good} (below 4 MB)"])
    rows.append(["", "installed", OURS, f"{installed('imagecapture') / mib:.1f} MiB", "", ""])
    ratio = installed("imagecapture") / installed("opencv-python-headless")
    rows.append(["", "installed", "OpenCV", f"{installed('opencv-python-headless') / mib:.1f} MiB", f"{ratio:.3g}x", ""])
    return rows


def imports(rounds: int) -> list[Result]:
    """P13: a new interpreter each time, less what the interpreter itself takes."""

    def seconds(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-I", "-c", code], check=True)
        return time.perf_counter() - start

    def way(module: str) -> Way:
        return Way(lambda _: max(1e-6, seconds(f"import {module}") - seconds("pass")))

    return [Result("P13", "import in Python", in_turns({OURS: way("imagecapture"), "cv2": way("cv2")}, rounds), {"cv2": 0.1})]


def snapshot(program: pathlib.Path) -> list[Result]:
    """P10: by a program in C, which prints nanoseconds a call."""
    printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout.split()
    return [Result("P10", "C: a range of a capabilities snapshot", {OURS: [float(ns) * 1e-9 for ns in printed]}, limit=50e-9)]


def selection(command: list[str]) -> list[list[str]]:
    """P9: by the library's own bench."""
    printed = subprocess.run(command, check=False, capture_output=True, text=True)
    line = printed.stdout.strip().splitlines()[-1] if printed.stdout.strip() else printed.stderr.strip()[-200:]
    good = "met" if printed.returncode == 0 else "MISSED"
    return [["P9", "selection: 1,000 modes, 17 properties, 20 advanced sets", OURS, line, "", f"{good} (below 1 ms)"]]
