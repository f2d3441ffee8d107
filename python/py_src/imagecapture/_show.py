"""What the command prints: capabilities, details and controls for people, and as JSON, which has the W3C spelling in every
language.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from . import _native

_SHOWN = 8


def w3c(key: str) -> str:
    """A name as the W3C spells it."""
    first, *others = key.split("_")
    return first + "".join(word.capitalize() for word in others)


def key(name: str) -> str:
    """The Python name of a member by any of its names: exposureCompensation, exposure-compensation."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).replace("-", "_")


def plain(value: Any) -> Any:
    """Capabilities, settings and the like as JSON."""
    if isinstance(value, _native.MediaSettingsRange):
        return dict(value)
    if isinstance(value, dict):
        return {w3c(key): plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [plain(member) for member in value]
    return value


def capabilities_for_people(capabilities: Any) -> Iterator[str]:
    """Lines."""
    for name, offer in capabilities.items():
        if name not in ("device_id", "group_id") and offer != []:
            yield f"    {name:<28} {_offer(offer)}"


def _offer(offer: Any) -> str:
    if isinstance(offer, _native.MediaSettingsRange):
        step = f" in steps of {offer.step:g}" if offer.step else ""
        return f"{offer.min:g} to {offer.max:g}{step}"
    if isinstance(offer, list):
        return ", ".join("on" if one is True else "off" if one is False else one for one in offer)
    return "needs a permission"


def details_for_people(details: Any) -> Iterator[str]:
    """Lines."""
    if "error" in details:
        yield f"    {'error':<28} {details['error']}"
        return
    for name in ("backend", "driver", "version", "card", "bus", "node"):
        if details[name]:
            yield f"    {name:<28} {details[name]}"
    if details["capabilities"]:
        yield f"    {'capabilities':<28} {', '.join(details['capabilities'])}"
    for format in details["formats"]:
        marks = [name for name in ("compressed", "emulated") if format[name]]
        marks.append(f"here {format['pixel_format']}" if format["pixel_format"] else "not used here")
        yield f"    {format['fourcc']:<28} {', '.join(filter(None, [format['description'], *marks]))}"
        for size in format["sizes"]:
            sides = " x ".join(_span(size[side]) for side in ("width", "height"))
            rates = ", ".join(map(_span, size["frame_rates"]))
            yield f"        {sides}, {rates} frames per second" if rates else f"        {sides}"


def _span(span: dict[str, float]) -> str:
    if span["min"] == span["max"]:
        return f"{span['min']:g}"
    step = span.get("step", 0)
    return f"{span['min']:g} to {span['max']:g}" + (f" in steps of {step:g}" if step > 1 else "")


def controls_for_people(controls: Iterable[_native.DeviceControl]) -> Iterator[str]:
    """Lines."""
    group = None
    for control in controls:
        if control.class_ != group:
            group = control.class_
            yield group or "Controls"
        yield f"    {control.name:<28} {_value(control, control.value):<14} {_description(control)}"
        for item in control.menu:
            yield f"        {item.index}: {item.name}"


def _value(control: _native.DeviceControl, value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        # A matrix may have thousands; --json has them all.
        more = f",... ({len(value)} numbers)" if len(value) > _SHOWN else ""
        return ",".join(map(str, value[:_SHOWN])) + more
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:#x}" if control.type == "bitmask" else str(value)


def _description(control: _native.DeviceControl) -> str:
    parts = [control.type + "".join(f"[{length}]" for length in control.dimensions)]
    if control.type == "string":
        parts.append(f"{control.minimum} to {control.maximum} bytes")
    elif control.type == "bitmask":
        parts.append(f"bits {control.maximum:#x}")
    elif control.type != "boolean" and not control.menu and control.minimum < control.maximum:
        step = f" in steps of {control.step}" if control.step > 1 else ""
        parts.append(f"{control.minimum} to {control.maximum}{step}")
    if control.default is not None:
        parts.append(f"default {_value(control, control.default)}")
    if control.property is not None:
        parts.append(f"property {control.property}")
    return ", ".join([*parts, *control.flags])


def control_as_json(control: _native.DeviceControl) -> dict[str, Any]:
    """As in every language."""
    return {**control.to_dict(), "property": control.property and w3c(control.property)}


def control_value(control: _native.DeviceControl | None, text: str) -> Any:
    """A text of the command line as the control takes it. What is no such value stays a text, which the library refuses."""
    if control is None or control.type == "string":
        return text
    try:
        if control.dimensions or control.type in ("area", "rectangle"):
            return [int(part, 0) for part in text.split(",")]
        if control.type == "boolean" and text.casefold() in ("on", "off", "true", "false"):
            return text.casefold() in ("on", "true")
        number = int(text, 0)
    except ValueError:
        return text
    if control.menu and all(item.index != number for item in control.menu):
        # No index, so the name of a choice: that of a number is the number.
        return text
    return number
