"""Runs the cases and prints one table. Started by ``run``, which installs everything."""

from __future__ import annotations

import argparse
import json
import pathlib
import platform

import av
import cases
import cv2
import inputs
import numpy
from measure import Result, lines, table
from peers import Nokhwa

import imagecapture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", metavar="P3", help="only this number; may be repeated")
    parser.add_argument("--quick", action="store_true", help="few rounds: to see that it works, not for numbers")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every measurement there")
    parser.add_argument("--nokhwa", type=pathlib.Path, required=True)
    parser.add_argument("--library", type=pathlib.Path, required=True)
    parser.add_argument("--wheel", type=pathlib.Path, required=True)
    parser.add_argument("--snapshot", type=pathlib.Path, required=True)
    parser.add_argument("--selection", required=True, help="the command of P9")
    options = parser.parse_args()
    rounds = 6 if options.quick else 40
    nokhwa = Nokhwa(str(options.nokhwa))
    picture = inputs.picture()
    print(f"imagecapture {imagecapture.__version__}, OpenCV {cv2.__version__}, PyAV {av.__version__}, NumPy {numpy.__version__},")
    print(f"Python {platform.python_version()}; 1920x1080, a JPEG of {len(picture.jpeg):,} bytes, one thread, {rounds} rounds in turns")
    print()

    groups = {
        "P1 P2": lambda: cases.photos(picture, rounds),
        "P3": lambda: cases.decoding(picture, rounds, nokhwa),
        "P4": lambda: cases.conversions(picture, rounds, nokhwa),
        "P6": lambda: cases.views(picture, rounds),
        "P7 P8": lambda: cases.further_tracks(picture, rounds),
        "P9": lambda: cases.selection(options.selection.split()),
        "P10": lambda: cases.snapshot(options.snapshot),
        "P11": lambda: cases.memory(picture, 5_000 if options.quick else 100_000),
        "P12": lambda: cases.sizes(options.library, {"imagecapture": options.wheel}),
        "P13": lambda: cases.imports(rounds // 2),
    }
    measured = []
    print(table([]))
    for numbers, group in groups.items():
        if options.only and not set(numbers.split()) & set(options.only):
            continue
        for result in group():
            print(lines(result.rows() if isinstance(result, Result) else [result]), flush=True)
            if isinstance(result, Result):
                measured.append({"number": result.number, "work": result.work, "seconds": result.seconds})
    if options.json:
        options.json.write_text(json.dumps(measured, indent=1))


if __name__ == "__main__":
    main()
