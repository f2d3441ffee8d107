"""Writes test_null.c: every function of the header with NULL, and with a handle of another type, in every place.

usage: gen_null.py HEADER OUTPUT

A new function is tested as soon as it is in the header. What has to be written here is only which arguments may be NULL, and
which value stands for a parameter that is neither a handle nor a result.
"""

import re
import sys

# Arguments that may be NULL. `error` may always.
OPTIONAL = {
    ("ic_devices_new", "options_json"),
    ("ic_virtual_camera_new", "json"),
    ("ic_devices_get_user_media", "video"),
    ("ic_devices_get_user_media", "audio"),
    ("ic_devices_get_user_media_async", "video"),
    ("ic_devices_get_user_media_async", "audio"),
    ("ic_devices_get_user_media_async", "callback"),
    ("ic_track_apply_constraints", "constraints"),
    ("ic_track_apply_constraints_async", "constraints"),
    ("ic_track_apply_constraints_async", "callback"),
    ("ic_image_capture_take_photo", "settings"),
    ("ic_image_capture_take_photo", "options"),
    ("ic_image_capture_take_photo_async", "settings"),
    ("ic_image_capture_take_photo_async", "options"),
    ("ic_image_capture_take_photo_async", "callback"),
    ("ic_image_capture_take_burst", "settings"),
    ("ic_image_capture_take_burst", "options"),
    ("ic_image_capture_take_burst_async", "settings"),
    ("ic_image_capture_take_burst_async", "options"),
    ("ic_image_capture_take_burst_async", "callback"),
    ("ic_image_capture_take_bracket", "settings"),
    ("ic_image_capture_take_bracket", "options"),
    ("ic_image_capture_take_bracket_async", "settings"),
    ("ic_image_capture_take_bracket_async", "options"),
    ("ic_image_capture_take_bracket_async", "callback"),
    ("ic_image_capture_photo_capabilities_async", "callback"),
    ("ic_image_capture_photo_settings_async", "callback"),
    ("ic_image_capture_grab_frame_async", "callback"),
    ("ic_contact_sheet_new", "options"),
    ("ic_contact_sheet_sweep", "options"),
    ("ic_track_frames", "options"),
    ("ic_track_on_frame", "options"),
    ("ic_devices_on_permission_prompt", "callback"),
    ("ic_track_controls_async", "callback"),
    ("ic_track_set_controls_async", "callback"),
}

# Functions that give an empty text and not NULL for NULL.
EMPTY_TEXT = {"ic_error_name", "ic_error_message"}

# A status is what it tells, not how it went.
TELLS_STATUS = {"ic_error_status"}

# Values of parameters by type, or by name where the type does not tell.
BY_NAME = {
    "len": "IC_NUL_TERMINATED",
    "mime_len": "IC_NUL_TERMINATED",
    "value_len": "IC_NUL_TERMINATED",
    "timeout_ns": "0",
    "property": "IC_PROPERTY_WIDTH",
    "bound": "IC_BOUND_IDEAL",
    "format": "IC_PIXEL_FORMAT_RGBA",
    "set": "IC_BASIC",
    "index": "0",
    "item": "0",
    "control_id": "1",
    "value": "1",
    "plane": "0",
    "stride": "4",
    "width": "1",
    "max_width": "1",
    "max_height": "1",
    "height": "1",
    "count": "1",
    "capacity": "1",
    "listener_id": "1",
    "type": "IC_EVENT_ENDED",
    "permission": "IC_PERMISSION_CAMERA",
    "state": "IC_PERMISSION_STATE_GRANTED",
    "kind": "IC_DEVICE_KIND_VIDEO_INPUT",
}
BY_TYPE = {"bool": "true", "double": "640", "ic_status": "IC_STATUS_OK"}

# What a program passes for structs.
STRUCTS = {
    "ic_callback_info": "&callback",
    "ic_photo_settings": "&photo_settings",
    "ic_photo_options": "&photo_options",
    "ic_contact_sheet_options": "&contact_sheet_options",
    "ic_frames_options": "&frames_options",
    "ic_frame_info": "&frame_info",
    "ic_frame_callback_info": "&frame_callback_info",
    "ic_range": "&range",
    "ic_point2d": "points",
    "ic_event": "&event",
    "ic_event_callback_info": "&event_callback",
    "ic_prompt_callback_info": "&prompt_callback",
    "ic_track_stats_info": "&stats",
    "ic_control_info": "&control_info",
    "ic_control_menu_item": "&menu_item",
}


class Parameter:
    def __init__(self, text):
        match = re.fullmatch(r"(.*?)\s*(\w+)", text.strip())
        self.type, self.name = match.group(1), match.group(2)
        self.stars = self.type.count("*")
        self.base = re.sub(r"\b(const|struct)\b|\*", "", self.type).strip()
        self.is_error = self.base == "ic_error" and self.stars == 2
        self.is_list = re.search(r"\*\s*const\s*\*", self.type) is not None

    def is_handle(self, handles):
        return self.base in handles and self.stars == 1


def parse(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    handles = [name for name in re.findall(r"typedef struct (\w+) \1;", text)]
    functions = []
    for match in re.finditer(r"\bIC_API\s+(IC_NODISCARD\s+)?([\w\s*]+?)\b(ic_\w+)\(([^)]*)\);", text):
        result, name, arguments = match.group(2).strip(), match.group(3), match.group(4).strip()
        parameters = [] if arguments == "void" else [Parameter(part) for part in arguments.split(",")]
        functions.append((result, name, parameters))
    declared = len(re.findall(r"\bIC_API\s+(?!__)", re.sub(r"#.*", "", text)))
    if declared != len(functions):
        sys.exit(f"gen_null.py: {declared} functions are declared, but {len(functions)} understood")
    return handles, functions


def value(parameter, handles):
    if parameter.is_error:
        return "&error"
    if parameter.is_list:
        return "texts" if parameter.base == "char" else f"&f.{parameter.base[3:]}"
    if parameter.is_handle(handles):
        return f"f.{parameter.base[3:]}"
    if parameter.base in handles and parameter.stars == 2:
        # `out_text` is the place for a borrowed text.
        return "&out_text_object" if parameter.base == "ic_text" else f"&out_{parameter.base[3:]}"
    if parameter.base in STRUCTS:
        return STRUCTS[parameter.base]
    if parameter.stars == 2 and parameter.base == "char":
        return "&out_text"
    if parameter.stars == 1:
        if parameter.base == "char":
            return '"{}"'
        return {
            "uint8_t": "bytes",
            "double": "&out_double",
            "bool": "&out_bool",
            "int": "&out_int",
            "size_t": "&out_size",
            "uint32_t": "&out_number",
            "ic_permission_state": "&out_number",
            "uint64_t": "&out_long",
            "int64_t": "&out_integer",
        }[parameter.base]
    return BY_TYPE.get(parameter.base) or BY_NAME[parameter.name]


def neutral(result, name, call):
    """A check of a function that returns no status."""
    if result == "void":
        return f"{call};"
    if name in EMPTY_TEXT:
        return f'CHECK_TEXT({call}, "");'
    if result.endswith("*"):
        return f"CHECK({call} == NULL);"
    return f"CHECK({call} == 0);"


def main():
    header, output = sys.argv[1:]
    handles, functions = parse(open(header, encoding="utf-8").read())
    cases = []
    for result, name, parameters in functions:
        if name == "ic_test_panic":
            continue
        lines = []
        values = [value(parameter, handles) for parameter in parameters]
        # A text or a buffer of the length IC_NUL_TERMINATED is only for texts.
        if any(parameter.base == "uint8_t" for parameter in parameters):
            values = ["sizeof bytes" if p.name == "len" else v for p, v in zip(parameters, values)]
        if name in TELLS_STATUS:
            result = "uint32_t"
        lookup = result == "ic_status" and not any(parameter.is_error for parameter in parameters)
        for index, parameter in enumerate(parameters):
            if parameter.stars == 0 or parameter.is_error:
                continue
            wrong = list(values)
            if (name, parameter.name) not in OPTIONAL:
                wrong[index] = "NULL"
                call = f"{name}({', '.join(wrong)})"
                if lookup:
                    lines.append(f"STATUS(IC_STATUS_NULL_ARGUMENT, {call});")
                elif result == "ic_status":
                    lines.append(f"FAILS(IC_STATUS_NULL_ARGUMENT, {call});")
                    quiet = f"{name}({', '.join('NULL' if p.is_error else v for p, v in zip(parameters, wrong))})"
                    lines.append(f"STATUS(IC_STATUS_NULL_ARGUMENT, {quiet});")
                else:
                    lines.append(neutral(result, name, call))
            if parameter.is_handle(handles):
                other = handles[(handles.index(parameter.base) + 1) % len(handles)]
                wrong[index] = f"(void *)f.{other[3:]}"
                call = f"{name}({', '.join(wrong)})"
                if lookup:
                    lines.append(f"STATUS(IC_STATUS_INVALID_ARGUMENT, {call});")
                elif result == "ic_status":
                    lines.append(f"FAILS(IC_STATUS_INVALID_ARGUMENT, {call});")
                else:
                    lines.append(neutral(result, name, call))
        if lines:
            cases.append((name, lines))

    with open(output, "w", encoding="utf-8") as file:
        file.write("/* Written by gen_null.py from the header. */\n#include \"null_fixture.h\"\n\n")
        for name, lines in cases:
            file.write(f"static void {name[3:]}_(void) {{\n    struct fixture f = make_fixture();\n")
            file.write("".join(f"    {line}\n" for line in lines))
            file.write("    end_fixture(&f);\n}\n\n")
        file.write("int main(void) {\n    static const struct test tests[] = {\n")
        file.write("".join(f'        {{"{name}", {name[3:]}_}},\n' for name, _ in cases))
        file.write("    };\n    return harness_main(\"null\", tests, sizeof tests / sizeof *tests);\n}\n")


if __name__ == "__main__":
    main()
