"""Writes cases.h: the shared cases as tables for case_runner.c, which so needs no JSON parser.

usage: gen_cases.py FOLDER_OF_CASES OUTPUT
"""

import json
import pathlib
import re
import sys


def text(value):
    """A C literal, or NULL."""
    if value is None:
        return "NULL"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    if len(escaped) > 4000:
        sys.exit(f"gen_cases.py: a text of {len(escaped)} bytes is longer than every compiler takes: {value[:80]}…")
    return f'"{escaped}"'


def dump(value):
    """A JSON text as a C literal, written as the library writes it: sorted, without blanks."""
    return text(None if value is None else json.dumps(value, sort_keys=True, separators=(",", ":")))


def number(value):
    return "INFINITY" if value is None else repr(float(value))


def array(kind, elements):
    """A C array in place and its length. C has no empty arrays: one of nothing has an element that does not count."""
    nothing = "NULL" if kind.endswith("*") else "0" if kind == "size_t" else "{0}"
    return f"({kind}[]){{{', '.join(elements or [nothing])}}}, {len(elements)}"


def expected_error(case):
    """The name of the error, and the constraints of which any may be named."""
    constraint = case.get("constraint")
    names = constraint if isinstance(constraint, list) else [] if constraint is None else [constraint]
    return f"{{{text(case.get('error'))}, {array('const char *', [text(name) for name in names])}}}"


def common(case):
    return f"{text(case['id'])}, {text(case['note'])}"


def distances(file):
    for case in file["cases"]:
        basic = case["set"] == "basic"
        constraints = case["constraints"] if basic else {"advanced": [case["constraints"]]}
        yield f"{common(case)}, {dump(constraints)}, {0 if basic else 1}, {dump(case['settings'])}, {number(case['distance'])}"


def selections(file):
    for case in file["cases"]:
        selected = [str(index) for index in case.get("selected", [])]
        yield ", ".join([
            common(case), dump(case["constraints"]), dump(file["candidates"][case["candidates"]]), expected_error(case),
            dump(case.get("met")), dump(case.get("remaining")), dump(case.get("advanced")),
            number(case.get("distance", 0)), array("size_t", selected),
        ])


def requested(value):
    """What C passes for a kind: nothing, or constraints."""
    return "NULL" if value in (None, False) else '"{}"' if value is True else dump(value)


def requests(file):
    for case in file["cases"]:
        scripts = case.get("script", []) + [{}] * len(case["cameras"])
        cameras = [f"{{{dump(camera)}, {dump(script)}}}" for camera, script in zip(case["cameras"], scripts)]
        options = {"backends": [], "environment": False, "permissions": case.get("permissions", {})}
        stream = case.get("stream", {})
        yield ", ".join([
            common(case), dump(options), array("const struct camera", cameras),
            requested(case["request"].get("video")), requested(case["request"].get("audio")), expected_error(case),
            str(stream.get("video", 0)), str(stream.get("audio", 0)), text(stream.get("deviceId")),
        ])


def setting(name, value):
    identifier = "IC_PROPERTY_" + re.sub(r"([A-Z])", r"_\1", name).upper()
    if isinstance(value, bool):
        return f"{{{identifier}, SETTING_BOOL, {int(value)}, NULL, NULL, 0}}"
    if isinstance(value, (int, float)):
        return f"{{{identifier}, SETTING_NUMBER, {number(value)}, NULL, NULL, 0}}"
    if isinstance(value, str):
        return f"{{{identifier}, SETTING_STRING, 0, {text(value)}, NULL, 0}}"
    points = [f"{{{number(point['x'])}, {number(point['y'])}}}" for point in value]
    return f"{{{identifier}, SETTING_POINTS, 0, NULL, {array('const ic_point2d', points)}}}"


def settings(file):
    for case in file["cases"]:
        steps = []
        for step in case["steps"]:
            expected = [setting(name, value) for name, value in step.get("settings", {}).items()]
            kept = step.get("keeps", step["constraints"])
            steps.append(
                f"{{{dump(step['constraints'])}, {dump(kept)}, {expected_error(step)}, {array('const struct setting', expected)}}}"
            )
        yield f"{common(case)}, {dump(file['cameras'][case['camera']])}, {array('const struct step', steps)}"


def main():
    folder, output = pathlib.Path(sys.argv[1]), sys.argv[2]
    kinds = {"distance": distances, "selection": selections, "request": requests, "settings": settings}
    unknown = {path.stem for path in folder.glob("*.json")} - set(kinds)
    if unknown:
        sys.exit(f"gen_cases.py: nobody runs {', '.join(sorted(unknown))}: give it a table here and a runner in case_runner.c")
    with open(output, "w", encoding="ascii") as header:
        header.write("/* Written by gen_cases.py from the shared cases. */\n")
        for name, rows in kinds.items():
            file = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
            header.write(f"\n#define {name.upper()}_TOLERANCE {number(file.get('tolerance', 1e-9))}\n")
            header.write(f"static const struct {name}_case {name}_cases[] = {{\n")
            header.write("".join(f"    {{{row}}},\n" for row in rows(file)))
            header.write("};\n")


if __name__ == "__main__":
    main()
