"""In the camera VM: time to the first frame, ours, the driver's own and v4l2-ctl's, in turns. Arguments: folder, rounds."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

folder, rounds = sys.argv[1], int(sys.argv[2])
# Name, a part of the label, node, and a mode with 30 frames in a second: the one that we choose, too.
CAMERAS = [("vivid", "vivid", "/dev/video0", 640, 480, "YUYV"), ("UVC webcam", "CamSim", "/dev/video1", 640, 480, "YUYV")]


def run(*command: str) -> tuple[list[float], float]:
    """What it prints, and how long the whole process took, in milliseconds."""
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    took = (time.perf_counter() - begin) * 1e3
    return [float(word) for word in done.stdout.split()] if done.stdout[:1].isdigit() else [], took


def row(name: str, values: list[float]) -> float:
    median = statistics.median(values)
    low, _, high = statistics.quantiles(values, n=4)
    print(f"  {name:58} {median:8.1f} ms ({low:.1f} to {high:.1f})", flush=True)
    return median


for name, label, node, width, height, fourcc in CAMERAS:
    wish: dict[str, object] = {"width": {"exact": width}, "height": {"exact": height}, "frameRate": 30}
    listed = subprocess.run([f"{folder}/ours"], check=True, capture_output=True, text=True).stdout.splitlines()
    wish["deviceId"] = {"exact": next(line.split()[0] for line in listed if label in line)}
    ours: list[list[float]] = []
    driver: list[list[float]] = []
    whole: dict[str, list[float]] = {"ours": [], "v4l2-ctl": []}
    size = f"--set-fmt-video=width={width},height={height},pixelformat={fourcc}"
    for number in range(rounds + 1):
        inside, took = run(f"{folder}/ours", json.dumps(wish))
        direct, _ = run(f"{folder}/driver", node, str(width), str(height), fourcc, "30")
        _, theirs = run("v4l2-ctl", "-d", node, size, "--stream-mmap", "--stream-count=1")
        if number:  # The first round warms up.
            ours.append(inside)
            driver.append(direct)
            # Without what comes after the first opening.
            whole["ours"].append(took - inside[4])
            whole["v4l2-ctl"].append(theirs)
    print(f"{name}, {width}x{height} {fourcc}, {rounds} rounds in turns")
    for which, at in [("first", 0), ("second", 2)]:
        print(f" the {which} opening of a process")
        row("ours: get_user_media() has a track", [values[at] for values in ours])
        first = row("ours: the first frame is there", [values[at + 1] for values in ours])
        row("the driver alone: it streams", [values[at] for values in driver])
        alone = row("the driver alone: the first frame is there", [values[at + 1] for values in driver])
        verdict = "met" if first <= 1.1 * alone else "MISSED"
        print(f"  ratio to the driver alone {first / alone:.2f}x, {verdict} (at most 1.1x)")
    mine = row("the whole process with one opening, ours", whole["ours"])
    theirs = row("the whole process, v4l2-ctl --stream-count=1", whole["v4l2-ctl"])
    print(f"  ratio of whole processes {mine / theirs:.2f}x")
