"""The command ``imagecapture``: list and watch cameras, explain a choice, set controls, take a photo, grab one raw frame,
compare settings on a contact sheet.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from . import _native, _show, __version__
from ._files import Target
from .errors import ImageCaptureError, NotFoundError, OverconstrainedError

_PROGRAM = "imagecapture"


_LARGEST = 65535


class _Failure(Exception):
    """A message for the person at the terminal."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="List and watch cameras, explain which one constraints choose, set controls, take photos, grab frames.",
        epilog="Exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"{_PROGRAM} {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    common.add_argument("--virtual", action="store_true", help="use the built-in virtual camera instead of real ones")
    common.add_argument(
        "--virtual-config", metavar="FILE", help="use the virtual camera that this JSON file describes"
    )

    listing = commands.add_parser(
        "list",
        parents=[common],
        help="list the cameras and what they can do",
        description="Lists the cameras: id, tab, name; below each, with four spaces in front, its properties.",
    )
    listing.add_argument(
        "--formats", action="store_true", help="also tell the driver, and all formats with their sizes and rates"
    )
    listing.set_defaults(run=_list, parser=listing)

    watching = commands.add_parser(
        "watch",
        parents=[common],
        help="tell when cameras come and go",
        description="Tells when cameras come and go, a line each time (with --json an object), until Ctrl-C.",
    )
    watching.add_argument("--timeout", type=_positive, metavar="SECONDS", help="end when nothing happened for so long")
    watching.set_defaults(run=_watch, parser=watching)

    wishes = argparse.ArgumentParser(add_help=False)
    wishes.add_argument("--width", type=_positive, metavar="PIXELS", help="wished width (default of a photo: the largest)")
    wishes.add_argument("--height", type=_positive, metavar="PIXELS", help="wished height (default of a photo: the largest)")
    wishes.add_argument("--frame-rate", type=_positive, metavar="FPS", help="wished frames per second")

    explaining = commands.add_parser(
        "explain",
        parents=[common, wishes],
        help="tell which camera and mode constraints choose, and why",
        description=(
            "Tells which camera and mode constraints choose: the distance of each from what is wished, term by term, "
            "and what leaves others out. No camera is opened."
        ),
    )
    explaining.add_argument(
        "--constraints",
        type=_json_object,
        default={},
        metavar="JSON",
        help='constraints of any kind, such as \'{"width": {"min": 1280}, "advanced": [{"zoom": 200}]}\'',
    )
    explaining.set_defaults(run=_explain, parser=explaining)

    choosing = argparse.ArgumentParser(add_help=False)
    choosing.add_argument("--device", metavar="ID_OR_NAME", help="a device id, or part of a camera's name")

    controls = commands.add_parser(
        "controls",
        parents=[common, choosing],
        help="list and set the controls of a camera by their own names",
        description=(
            "Lists the controls of a camera by their own names, with their values, types and ranges; the choices of a menu "
            "are below it. With --set it sets some, all of them or none, and lists only these."
        ),
    )
    controls.add_argument(
        "--set",
        action="append",
        default=[],
        type=_control_assignment,
        metavar="NAME=VALUE",
        dest="values",
        help="set a control: a number, on or off, a text, the name or index of a choice, 1,2,3 for an array; may be repeated",
    )
    controls.add_argument("--timeout", type=_positive, metavar="SECONDS", help="limit for opening, for reading and for setting")
    controls.set_defaults(run=_controls, parser=controls)

    shooting = argparse.ArgumentParser(add_help=False, parents=[wishes, choosing])
    shooting.add_argument(
        "--set",
        action="append",
        default=[],
        type=_assignment,
        metavar="NAME=NUMBER",
        dest="exact",
        help="set a property such as zoom=200 to exactly this value, or fail; may be repeated",
    )
    shooting.add_argument("--timeout", type=_positive, metavar="SECONDS", help="limit for opening and for the picture")

    photo = commands.add_parser("photo", parents=[common, shooting], help="take a photo", description="Takes a photo.")
    photo.add_argument("-o", "--output", default="photo.jpg", metavar="FILE", help="where to (default: %(default)s)")
    photo.add_argument(
        "--format",
        choices=["jpeg", "png", "camera"],
        help="how to encode it; 'camera' takes the camera's own bytes (default: by the name of the file)",
    )
    photo.add_argument("--quality", type=int, default=90, metavar="1..100", help="of a JPEG (default: %(default)s)")
    photo.add_argument("--no-metadata", action="store_true", help="write no EXIF data")
    photo.add_argument("--settle", type=float, metavar="SECONDS", help="how long the camera may take to come to rest (default: 2.5)")
    series = photo.add_mutually_exclusive_group()
    series.add_argument("--burst", type=int, metavar="COUNT", help="take several photos in a row: photo-1.jpg, photo-2.jpg, ...")
    series.add_argument(
        "--bracket",
        type=_bracket,
        metavar="NAME=NUMBER,...",
        help="take a photo for each value of a property, such as exposureCompensation=-1,0,1: photo-1.jpg, ...",
    )
    photo.set_defaults(run=_photo, parser=photo)

    grab = commands.add_parser(
        "grab",
        parents=[common, shooting],
        help="grab one frame without compression",
        description=(
            "Grabs one frame. The name of the file says what is written: .ppm (portable pixmap), .npy (NumPy array, "
            "height x width x 4, RGBA) or .raw (the RGBA bytes alone). For PNG and JPEG use 'photo'."
        ),
    )
    grab.add_argument("-o", "--output", default="frame.ppm", metavar="FILE", help="where to (default: %(default)s)")
    grab.set_defaults(run=_grab, parser=grab)

    sheet = commands.add_parser(
        "contact-sheet",
        parents=[common, shooting],
        help="compare settings by looking: a picture for each value of a sweep",
        description=(
            "Takes a picture for each value of a sweep and puts them on one sheet, each labelled with the settings as read "
            "back from the camera; below the title stand those that all have in common. Afterwards the camera is as before. "
            "One sweep fills rows; two give every combination, the first from left to right, the second from top to bottom; "
            "more give a row each, in which the other properties stay as they were."
        ),
    )
    sheet.add_argument("-o", "--output", default="sheet.png", metavar="FILE", help="where to (default: %(default)s)")
    sheet.add_argument(
        "--sweep",
        action="append",
        required=True,
        metavar="NAME[=VALUES]",
        dest="sweeps",
        help=(
            "the property and its values: zoom=100:400:100 (start, stop, step), white_balance_mode=manual,continuous, or the "
            "name alone for values over the whole range; may be repeated"
        ),
    )
    sheet.add_argument("--columns", type=_positive, metavar="NUMBER", help="pictures in a row (default: as many as look well)")
    sheet.add_argument(
        "--thumb-width", type=int, default=320, metavar="PIXELS", help="width of a picture, 64 to 1920 (default: %(default)s)"
    )
    sheet.add_argument("--title", default="", metavar="TEXT", help="the line at the top (default: the camera's name)")
    sheet.add_argument(
        "--settle", type=_positive, metavar="SECONDS", help="how long a picture may take to settle (default: 1.5)"
    )
    sheet.set_defaults(run=_contact_sheet, parser=sheet)
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError
    return value


_positive.__name__ = "positive number"


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise argparse.ArgumentTypeError(f"this is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError("a JSON object is expected")
    return value


def _assignment(text: str) -> tuple[str, float | str]:
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=NUMBER")
    try:
        return name, float(value)
    except ValueError:
        return name, value


def _bracket(text: str) -> tuple[str, list[float]]:
    name, _, values = text.partition("=")
    try:
        return _show.key(name), [float(value) for value in values.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=NUMBER,NUMBER,...") from None


def _control_assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _devices(options: argparse.Namespace) -> _native.MediaDevices:
    if options.virtual_config is not None:
        try:
            with open(options.virtual_config, encoding="utf-8") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise _Failure(f"{options.virtual_config}: {_reason(error)}") from None
        try:
            camera = _native.VirtualCamera(text)
        except ImageCaptureError as error:
            raise _Failure(f"{options.virtual_config}: {error}") from None
    elif options.virtual:
        camera = _native.VirtualCamera()
    else:
        return _native.MediaDevices()
    return _native.MediaDevices(backends=[], virtual_cameras=[camera], environment=False)


def _reason(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _cameras(devices: _native.MediaDevices) -> list[_native.MediaDeviceInfo]:
    return [device for device in devices.enumerate_devices() if device.kind == "videoinput"]


def _no_camera() -> NoReturn:
    raise _Failure("no camera was found. Is one plugged in? --virtual uses a camera made of software")


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


def _list(options: argparse.Namespace) -> None:
    with _devices(options) as devices:
        cameras = _cameras(devices)
        if options.json:
            rows = [
                {
                    "deviceId": device.device_id,
                    "groupId": device.group_id,
                    "kind": device.kind,
                    "label": device.label,
                    "capabilities": _show.plain(device.get_capabilities()),
                    **({"details": _show.plain(_details(devices, device))} if options.formats else {}),
                }
                for device in cameras
            ]
            print(json.dumps({"devices": rows}, ensure_ascii=False))
        else:
            for device in cameras:
                print(f"{device.device_id}\t{device.label}")
                _print(_show.capabilities_for_people(device.get_capabilities()))
                if options.formats:
                    _print(_show.details_for_people(_details(devices, device)))
    if not cameras:
        _no_camera()


def _details(devices: _native.MediaDevices, device: _native.MediaDeviceInfo) -> Any:
    # A camera that does not answer does not hide the others.
    try:
        return devices.device_details(device.device_id)
    except ImageCaptureError as error:
        return {"error": str(error)}


def _device(device: _native.MediaDeviceInfo) -> dict[str, str]:
    return {"deviceId": device.device_id, "kind": device.kind, "label": device.label}


def _watch(options: argparse.Namespace) -> None:
    with _devices(options) as devices:
        before = {device.device_id: device.label for device in devices.enumerate_devices()}
        if not options.json:
            print(f"{len(before)} devices; waiting for changes, Ctrl-C ends", flush=True)
        for event in devices.events(timeout=options.timeout):
            now = {device.device_id: device.label for device in event.devices or ()}
            came = [f"{label} ({device_id})" for device_id, label in now.items() if device_id not in before]
            went = [f"{label} ({device_id})" for device_id, label in before.items() if device_id not in now]
            if options.json:
                report = {
                    "type": event.type,
                    "timestamp": event.timestamp,
                    "devices": [_device(device) for device in event.devices or ()],
                    "userInsertedDevices": [_device(device) for device in event.user_inserted_devices],
                }
                print(json.dumps(report, ensure_ascii=False), flush=True)
            else:
                changes = [f"came: {name}" for name in came] + [f"went: {name}" for name in went]
                print("; ".join([event.type, *changes]), flush=True)
            before = now


def _explain(options: argparse.Namespace) -> None:
    with _devices(options) as devices:
        explanation = devices.explain(options.constraints | _wishes(options))
        if options.json:
            print(json.dumps(_show.plain(explanation.to_dict()), ensure_ascii=False))
        else:
            print(explanation, end="")


def _wishes(options: argparse.Namespace) -> dict[str, Any]:
    names = ("width", "height", "frame_rate")
    return {name: getattr(options, name) for name in names if getattr(options, name) is not None}


def _find(devices: _native.MediaDevices, wanted: str) -> _native.MediaDeviceInfo:
    cameras = _cameras(devices)
    if not cameras:
        _no_camera()
    found = [device for device in cameras if device.device_id == wanted]
    found = found or [device for device in cameras if wanted.casefold() in device.label.casefold()]
    if len(found) == 1:
        return found[0]
    listing = "; ".join(f"{device.label} ({device.device_id})" for device in found or cameras)
    if found:
        raise _Failure(f"--device {wanted!r} fits several cameras: {listing}")
    raise _Failure(f"--device {wanted!r} fits no camera. There are: {listing}")


def _choice(devices: _native.MediaDevices, options: argparse.Namespace) -> dict[str, Any]:
    return {} if options.device is None else {"device_id": {"exact": _find(devices, options.device).device_id}}


def _timeout(options: argparse.Namespace) -> Any:
    return ... if options.timeout is None else options.timeout


def _track(devices: _native.MediaDevices, wishes: dict[str, Any], timeout: Any) -> _native.MediaStreamTrack:
    try:
        stream = devices.get_user_media({"video": wishes or True}, timeout=timeout)  # type: ignore[typeddict-item]
    except NotFoundError:
        _no_camera()
    return stream.get_video_tracks()[0]


def _open(devices: _native.MediaDevices, options: argparse.Namespace) -> _native.MediaStreamTrack:
    timeout = _timeout(options)
    wishes = _wishes(options)
    if options.run is _photo and not {"width", "height"} & wishes.keys():
        # A photo is wanted as large as it can be; no camera has more.
        wishes |= {"width": _LARGEST, "height": _LARGEST}
    wishes |= _choice(devices, options)
    # Controls such as zoom belong to an opened camera: the W3C model refuses them as required when choosing one.
    exact = {name: {"exact": value} for name, value in options.exact}
    unknown = _native.check_constraints(exact)
    if unknown:
        known = ", ".join(devices.get_supported_constraints())
        raise _Failure(f"--set {unknown[0].split('.')[0]}: no such property. There are: {known}")
    track = _track(devices, wishes, timeout)
    if exact:
        capabilities = track.get_capabilities()
        for name in exact:
            if not any(name == key or name == _show.w3c(key) for key in capabilities):
                raise _Failure(f"--set {name}: this camera ({track.label}) does not have it")
        try:
            track.apply_constraints(wishes | exact, timeout=timeout)  # type: ignore[arg-type]
        except OverconstrainedError as error:
            raise _Failure(f"{error}") from None
    return track


def _controls(options: argparse.Namespace) -> None:
    with _devices(options) as devices:
        timeout = _timeout(options)
        track = _track(devices, _choice(devices, options), timeout)
        controls = track.controls(timeout=timeout)
        if options.values:
            values = {name: _show.control_value(controls.get(name), text) for name, text in options.values}
            track.set_controls(values, timeout=timeout)
            controls = {name: control for name, control in track.controls(timeout=timeout).items() if name in values}
        if options.json:
            report = {
                "device": {"label": track.label, "deviceId": track.get_settings().get("device_id")},
                "controls": [_show.control_as_json(control) for control in controls.values()],
            }
            print(json.dumps(report, ensure_ascii=False))
            return
        if not controls:
            print(f"{track.label} has no controls")
        _print(_show.controls_for_people(controls.values()))


def _photo_format(options: argparse.Namespace) -> Any:
    if options.format is not None:
        return options.format
    return "png" if options.output.lower().endswith(".png") else "jpeg"


def _photo(options: argparse.Namespace) -> None:
    if not 1 <= options.quality <= 100:
        raise _Usage("argument --quality: a whole number from 1 to 100 is expected")
    wanted: dict[str, Any] = {
        "format": _photo_format(options),
        "quality": options.quality,
        "metadata": not options.no_metadata,
        "settle": options.settle,
        "timeout": _timeout(options),
    }
    if options.burst is not None or options.bracket is not None:
        _series(options, wanted)
        return
    with _target(options.output) as target, _devices(options) as devices:
        track = _open(devices, options)
        photo = _native.ImageCapture(track).take_photo(**wanted)
        size = _write(target, options.output, photo)
        _report(options, track, photo.mime_type, size, photo.width, photo.height, photo.settings, photo.report)


def _series(options: argparse.Namespace, wanted: dict[str, Any]) -> None:
    count = options.burst if options.bracket is None else len(options.bracket[1])
    stem, extension = os.path.splitext(options.output)
    with contextlib.ExitStack() as stack:
        names = [f"{stem}-{number}{extension}" for number in range(1, count + 1)]
        # At most as many as there can be; the core says what is wrong with more.
        targets = [stack.enter_context(_target(name)) for name in names[:64]]
        devices = stack.enter_context(_devices(options))
        track = _open(devices, options)
        capture = _native.ImageCapture(track)
        photos = capture.take_burst(count, **wanted) if options.bracket is None else capture.take_bracket(*options.bracket, **wanted)
        for name, target, photo in zip(names, targets, photos):
            size = _write(target, name, photo)
            options.output = name
            _report(options, track, photo.mime_type, size, photo.width, photo.height, photo.settings, photo.report)


def _npy(frame: _native.Frame) -> bytes:
    """The NumPy file format, version 1.0, written out: the command does not need NumPy."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({frame.height}, {frame.width}, 4), }}"
    # Magic, version and length take 10 bytes; the data starts at a multiple of 64.
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode("latin-1") + frame.copy()


def _ppm(frame: _native.Frame) -> bytes:
    return f"P6\n{frame.width} {frame.height}\n255\n".encode() + frame.to_rgb().copy()


_GRABBERS = {
    ".ppm": ("image/x-portable-pixmap", _ppm),
    ".npy": ("application/x-npy", _npy),
    ".raw": ("application/octet-stream", _native.Frame.copy),
}


def _grab(options: argparse.Namespace) -> None:
    extension = os.path.splitext(options.output)[1].lower()
    if extension not in _GRABBERS:
        raise _Usage(f"argument -o: the name has to end in {', '.join(_GRABBERS)}; 'photo' makes JPEG and PNG")
    mime_type, encode = _GRABBERS[extension]
    with _target(options.output) as target, _devices(options) as devices:
        track = _open(devices, options)
        frame = _native.ImageCapture(track).grab_frame(timeout=_timeout(options))
        size = _write(target, options.output, encode(frame))
        _report(options, track, mime_type, size, frame.width, frame.height, track.get_settings())


def _contact_sheet(options: argparse.Namespace) -> None:
    if not 0 <= options.thumb_width <= _LARGEST:
        raise _Usage("argument --thumb-width: a whole number from 64 to 1920 is expected")
    with _target(options.output) as target, _devices(options) as devices:
        track = _open(devices, options)
        sheet = _native.ContactSheet.sweep(
            track,
            options.sweeps,
            title=options.title,
            columns=None if options.columns is None else max(1, int(options.columns)),
            width=options.thumb_width,
            settle=options.settle,
        )
        photo = sheet.to_png()
        size = _write(target, options.output, photo)
        _report(options, track, photo.mime_type, size, photo.width, photo.height, track.get_settings())


class _Usage(Exception):
    """Wrong arguments, found after parsing."""


@contextlib.contextmanager
def _target(path: str) -> Any:
    # The file is begun before the camera is opened: nobody should pose for a photo that cannot be kept.
    try:
        target = Target(path).__enter__()
    except OSError as error:
        raise _Failure(f"{path}: {_reason(error)}") from None
    with contextlib.ExitStack() as stack:
        stack.push(target.__exit__)
        yield target


def _write(target: Target, path: str, data: Any) -> int:
    try:
        return target.write(data)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _Failure(f"{path}: {_reason(error)}") from None


def _report(
    options: argparse.Namespace,
    track: _native.MediaStreamTrack,
    mime_type: str,
    size: int,
    width: int,
    height: int,
    settings: Any,
    done: Any = None,
) -> None:
    if options.json:
        report = {
            "file": options.output,
            "type": mime_type,
            "size": size,
            "width": width,
            "height": height,
            "settings": _show.plain(settings),
            "device": {"label": track.label, "deviceId": settings.get("device_id")},
        }
        if done is not None:
            report["report"] = _show.plain(done)
        print(json.dumps(report, ensure_ascii=False))
    else:
        print(f"{options.output}: {mime_type}, {width}x{height}, {size} bytes, from {track.label}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
        sys.stdout.flush()
    except _Usage as error:
        options.parser.error(str(error))
    except (_Failure, ImageCaptureError) as error:
        print(f"{_PROGRAM}: error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of the output went away. Python would complain once more while it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
