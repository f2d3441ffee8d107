"""In the guest: the controls of every camera through Python, held against v4l2-ctl."""

import re
import subprocess
import sys
import threading

import imagecapture


WHOLE = re.compile(r"\b(min|max|step|default|value)=(-?(?:0x[0-9a-f]+|\d+))(?=\s|$)")


def tell(name, good, why=""):
    print(f"ok   python: {name}" if good else f"FAIL python: {name}: {why}", flush=True)


def equal(name, found, expected):
    tell(name, found == expected, f"{found!r}, not {expected!r}")


def v4l2_ctl(node, *arguments):
    return subprocess.run(["v4l2-ctl", "-d", node, *arguments], check=True, capture_output=True, text=True, timeout=60).stdout


def listed(node):
    """What v4l2-ctl says of each control: id, the numbers after its name, menu."""
    controls = {}
    for line in v4l2_ctl(node, "--list-ctrls-menus").splitlines():
        if match := re.match(r"\s*(\w+) (0x[0-9a-f]{8}) \(.*?\)\s*: ?(.*)", line):
            name, number, rest = match.groups()
            numbers = {key: int(value, 0) for key, value in WHOLE.findall(rest)}
            controls[name] = (int(number, 16), numbers, {})
        elif match := re.match(r"\s+(\d+): (.*)", line):
            controls[name][2][int(match[1])] = match[2]
    return controls


def compare(control, expected):
    number, numbers, menu = expected
    found = {"min": control.minimum, "max": control.maximum, "step": control.step, "default": control.default, "value": control.value}
    # A bool is the number 0 or 1 there.
    wrong = {key: (found[key], value) for key, value in numbers.items() if found[key] != value}
    if control.type == "bitmask" and "value" in wrong and wrong["value"][0] == wrong["value"][1] % 2**32:
        # It has the sign of an int there.
        del wrong["value"]
    if control.type == "button" or {"volatile", "read-only"} & set(control.flags):
        # There is none, or it is another one by now.
        wrong.pop("value", None)
    choices = {item.index: item.name if item.value is None else f"{item.value} ({item.value:#x})" for item in control.menu}
    if choices != menu:
        wrong["menu"] = (choices, menu)
    if control.id != number:
        wrong["id"] = (control.id, number)
    return [f"{control.name}: {wrong}"] if wrong else []


def look(devices, device):
    details = devices.device_details(device.device_id)
    node = details["node"]
    print(f"{device.label} at {node}", flush=True)
    stream = devices.get_user_media({"video": {"device_id": {"exact": device.device_id}}})
    (track,) = stream.get_video_tracks()
    fourccs = re.findall(r"^\s*\[\d+\]: '(.*?)'", v4l2_ctl(node, "--list-formats"), re.MULTILINE)
    equal(f"{device.label}: the formats are those of v4l2-ctl", [format["fourcc"] for format in details["formats"]], fourccs)
    tell(f"{device.label}: v4l2-ctl names the same driver", details["driver"] in v4l2_ctl(node, "-D"), details["driver"])

    expected = listed(node)
    controls = track.controls()
    equal(f"{device.label}: {len(controls)} controls, those of v4l2-ctl", sorted(controls), sorted(expected))
    wrong = [line for name in controls if name in expected for line in compare(controls[name], expected[name])]
    equal(f"{device.label}: ranges, defaults, values and menus as v4l2-ctl has them", wrong, [])

    # Each way there is to write one, read back from outside.
    number, choice = ("integer_32_bits", "menu") if "menu" in controls else ("gain", "power_line_frequency")
    wanted = {number: 42, "contrast": controls["contrast"].minimum + 1, choice: controls[choice].menu[-1].name}
    track.set_controls(wanted)
    read = dict(re.findall(r"(\w+): (-?\d+)", v4l2_ctl(node, "-C", ",".join(wanted))))
    wanted[choice] = controls[choice].menu[-1].index
    equal(f"{device.label}: v4l2-ctl reads what was set", read, {name: str(value) for name, value in wanted.items()})
    try:
        track.set_controls({number: 41, "contrast": 10**6})
        tell(f"{device.label}: a value out of range is refused", False, "it was not")
    except imagecapture.InvalidInputError as error:
        tell(f"{device.label}: a value out of range is refused, and nothing was set", track.control(number).value == 42, error)

    heard = threading.Event()
    track.on("controlchange", lambda event: event.control_name == number and heard.set())
    v4l2_ctl(node, "-c", f"{number}=7")
    tell(f"{device.label}: what v4l2-ctl sets is an event", heard.wait(20), "nothing came")
    equal(f"{device.label}: and its value is there", track.control(number).value, 7)
    track.stop()


with imagecapture.MediaDevices() as devices:
    cameras = devices.enumerate_devices()
    equal("every camera is there", len(cameras), int(sys.argv[1]))
    for camera in cameras:
        look(devices, camera)
