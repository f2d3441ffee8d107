#include "harness.h"

#define CONTROLLED                                                                                                     \
    "{\"deviceId\": \"controlled\", \"label\": \"Controlled\", \"modes\": [{\"width\": 64, \"height\": 48}],"          \
    " \"properties\": {\"zoom\": {\"min\": 100, \"max\": 400, \"step\": 1},"                                           \
    "                  \"brightness\": {\"min\": 0, \"max\": 255, \"step\": 1, \"value\": 128}},"                      \
    " \"controls\": {"                                                                                                 \
    "  \"gain\": {\"type\": \"integer\", \"max\": 100, \"step\": 5, \"value\": 10, \"default\": 20, \"label\": \"Gain\","  \
    "             \"class\": \"User Controls\", \"flags\": [\"slider\", \"inactive\"]},"                               \
    "  \"hue_auto\": {\"type\": \"boolean\", \"value\": true},"                                                        \
    "  \"power_line_frequency\": {\"type\": \"menu\", \"menu\": [\"Disabled\", null, \"60 Hz\"]},"                     \
    "  \"link\": {\"type\": \"integer-menu\", \"menu\": [100, 200]},"                                                  \
    "  \"reset\": {\"type\": \"button\"},"                                                                             \
    "  \"note\": {\"type\": \"string\", \"max\": 8, \"value\": \"abc\"},"                                              \
    "  \"matrix\": {\"type\": \"u8\", \"dimensions\": [2, 3], \"value\": [1, 2, 3, 4, 5, 6]},"                         \
    "  \"fixed\": {\"type\": \"integer\", \"flags\": [\"read-only\"]},"                                                \
    "  \"brightness\": {\"type\": \"integer\", \"max\": 255, \"property\": \"brightness\"},"                           \
    "  \"zoom_absolute\": {\"type\": \"integer\", \"min\": 100, \"max\": 400, \"property\": \"zoom\"}}}"

static struct setup open_controlled(void) { return open_setup(CONTROLLED, "{}"); }

static ic_controls *controls_of(ic_track *track) {
    ic_controls *controls = NULL;
    OK(ic_track_controls(track, IC_TIMEOUT_DEFAULT, &controls, &error));
    return controls;
}

static ic_control_info describe(const ic_controls *controls, const char *name, size_t *place) {
    size_t index = 99;
    STATUS(IC_STATUS_OK, ic_controls_find(controls, name, IC_NUL_TERMINATED, &index));
    ic_control_info info = IC_CONTROL_INFO_INIT;
    STATUS(IC_STATUS_OK, ic_controls_at(controls, index, &info));
    CHECK_TEXT(info.name, name);
    if (place) *place = index;
    return info;
}

static int64_t value_of(ic_track *track, const char *name) {
    ic_controls *controls = controls_of(track);
    size_t index = 0;
    int64_t value = -1;
    ic_status found = ic_controls_find(controls, name, IC_NUL_TERMINATED, &index);
    ic_status read = ic_controls_integer(controls, index, &value);
    ic_controls_free(controls);
    STATUS(IC_STATUS_OK, found);
    STATUS(IC_STATUS_OK, read);
    return value;
}

static void list(void) {
    struct setup setup = open_controlled();
    ic_controls *controls = controls_of(setup.track);
    CHECK(ic_controls_count(controls) == 10);
    size_t index = 99;
    ic_control_info gain = describe(controls, "gain", &index);
    CHECK(index == 0 && gain.type == IC_CONTROL_TYPE_INTEGER && gain.minimum == 0 && gain.maximum == 100 && gain.step == 5);
    CHECK(gain.has_default == 1 && gain.default_value == 20 && gain.number_count == 1 && gain.property == 0);
    CHECK(gain.flags == (IC_CONTROL_FLAG_SLIDER | IC_CONTROL_FLAG_INACTIVE) && gain.dimension_count == 0 && !gain.dimensions);
    CHECK_TEXT(gain.label, "Gain");
    CHECK_TEXT(gain.class_name, "User Controls");
    CHECK_TEXT(ic_control_type_name(gain.type), "integer");
    CHECK(describe(controls, "brightness", NULL).property == IC_PROPERTY_BRIGHTNESS);

    ic_control_info menu = describe(controls, "power_line_frequency", &index);
    ic_control_menu_item item = IC_CONTROL_MENU_ITEM_INIT;
    CHECK(menu.item_count == 2);
    STATUS(IC_STATUS_OK, ic_controls_menu_item(controls, index, 1, &item));
    CHECK(item.value == 2 && item.number == 0);
    CHECK_TEXT(item.name, "60 Hz");
    STATUS(IC_STATUS_NOT_PRESENT, ic_controls_menu_item(controls, index, 2, &item));
    STATUS(IC_STATUS_NOT_PRESENT, ic_controls_menu_item(controls, 99, 0, &item));
    describe(controls, "link", &index);
    STATUS(IC_STATUS_OK, ic_controls_menu_item(controls, index, 1, &item));
    CHECK(item.value == 1 && item.number == 200);

    const char *text = NULL;
    int64_t number = 0, numbers[6] = {0};
    size_t count = 0;
    ic_control_info note = describe(controls, "note", &index);
    CHECK(note.number_count == 0 && note.has_default == 0);
    STATUS(IC_STATUS_OK, ic_controls_string(controls, index, &text));
    CHECK_TEXT(text, "abc");
    STATUS(IC_STATUS_NOT_PRESENT, ic_controls_integer(controls, index, &number));
    STATUS(IC_STATUS_NOT_PRESENT, ic_controls_numbers(controls, index, numbers, 6, &count));
    ic_control_info matrix = describe(controls, "matrix", &index);
    CHECK(matrix.dimension_count == 2 && matrix.dimensions[0] == 2 && matrix.dimensions[1] == 3 && matrix.number_count == 6);
    STATUS(IC_STATUS_OK, ic_controls_numbers(controls, index, numbers, 4, &count));
    CHECK(count == 6 && numbers[0] == 1 && numbers[3] == 4 && numbers[4] == 0);
    STATUS(IC_STATUS_OK, ic_controls_numbers(controls, index, NULL, 0, &count));
    STATUS(IC_STATUS_NOT_PRESENT, ic_controls_string(controls, index, &text));
    STATUS(IC_STATUS_NOT_PRESENT, ic_controls_integer(controls, index, &number));
    CHECK(describe(controls, "reset", &index).number_count == 0);
    STATUS(IC_STATUS_NOT_PRESENT, ic_controls_integer(controls, index, &number));
    describe(controls, "hue_auto", &index);
    STATUS(IC_STATUS_OK, ic_controls_integer(controls, index, &number));
    CHECK(number == 1);

    STATUS(IC_STATUS_OK, ic_controls_find_id(controls, gain.id, &index));
    CHECK(index == 0);
    STATUS(IC_STATUS_NOT_PRESENT, ic_controls_find_id(controls, 1, &index));
    STATUS(IC_STATUS_NOT_PRESENT, ic_controls_find(controls, "gai", IC_NUL_TERMINATED, &index));
    STATUS(IC_STATUS_OK, ic_controls_find(controls, "gain, and more", 4, &index));
    ic_control_info info = IC_CONTROL_INFO_INIT;
    STATUS(IC_STATUS_NOT_PRESENT, ic_controls_at(controls, 10, &info));
    info.struct_size = 8;
    STATUS(IC_STATUS_STRUCT_SIZE, ic_controls_at(controls, 0, &info));
    CHECK(strstr(ic_controls_json(controls), "\"name\":\"power_line_frequency\"") != NULL);
    CHECK(ic_controls_json(controls) == ic_controls_json(controls));
    ic_controls_free(controls);
    close_setup(&setup);
}

static void setting(void) {
    struct setup setup = open_controlled();
    OK(ic_track_set_control_integer(setup.track, "gain", IC_NUL_TERMINATED, 50, IC_TIMEOUT_DEFAULT, &error));
    CHECK(value_of(setup.track, "gain") == 50);
    OK(ic_track_set_control_integer(setup.track, "hue_auto", 8, 0, IC_TIMEOUT_NEVER, NULL));
    CHECK(value_of(setup.track, "hue_auto") == 0);
    OK(ic_track_set_control_string(setup.track, "power_line_frequency", IC_NUL_TERMINATED, "60 Hz", IC_NUL_TERMINATED, -1, &error));
    CHECK(value_of(setup.track, "power_line_frequency") == 2);
    OK(ic_track_set_control_string(setup.track, "note", IC_NUL_TERMINATED, "hello, you", 5, -1, &error));
    const int64_t numbers[] = {6, 5, 4, 3, 2, 1};
    OK(ic_track_set_control_numbers(setup.track, "matrix", IC_NUL_TERMINATED, numbers, 6, -1, &error));
    OK(ic_track_set_control_integer(setup.track, "reset", IC_NUL_TERMINATED, 0, -1, &error));
    ic_controls *controls = controls_of(setup.track);
    size_t index = 0, count = 0;
    const char *text = NULL;
    int64_t read[6] = {0};
    describe(controls, "note", &index);
    STATUS(IC_STATUS_OK, ic_controls_string(controls, index, &text));
    CHECK_TEXT(text, "hello");
    describe(controls, "matrix", &index);
    STATUS(IC_STATUS_OK, ic_controls_numbers(controls, index, read, 6, &count));
    CHECK(count == 6 && memcmp(read, numbers, sizeof read) == 0);
    ic_controls_free(controls);

    ic_text *writes = NULL;
    OK(ic_virtual_camera_take_writes(setup.camera, &writes, &error));
    ic_text_free(writes);
    OK(ic_track_set_controls(setup.track, "{\"link\": \"200\", \"brightness\": 7, \"gain\": 5}", IC_NUL_TERMINATED, -1, &error));
    OK(ic_virtual_camera_take_writes(setup.camera, &writes, &error));
    CHECK_TEXT(ic_text_data(writes), "[{\"controls\":{\"link\":1}},{\"controls\":{\"brightness\":7}},{\"controls\":{\"gain\":5}}]");
    ic_text_free(writes);
    CHECK(number_of(setup.track, IC_PROPERTY_BRIGHTNESS) == 7);
    close_setup(&setup);
}

static void refusals(void) {
    struct setup setup = open_controlled();
    static const struct {
        const char *json;
        ic_status status;
        const char *part;
    } bad[] = {
        {"{\"gain\": 101}", IC_STATUS_INVALID_ARGUMENT, "0 to 100"},
        {"{\"gain\": \"5\"}", IC_STATUS_INVALID_ARGUMENT, "gain"},
        {"{\"gain\": 1.5}", IC_STATUS_INVALID_ARGUMENT, "gain"},
        {"{\"gain\": null}", IC_STATUS_INVALID_ARGUMENT, "gain"},
        {"{\"gain\": 1, \"gain\": 2}", IC_STATUS_INVALID_ARGUMENT, "twice"},
        {"[]", IC_STATUS_INVALID_ARGUMENT, "object"},
        {"{\"power_line_frequency\": 1}", IC_STATUS_INVALID_ARGUMENT, "2 (60 Hz)"},
        {"{\"gain\": 30, \"warp\": 1}", IC_STATUS_NOT_SUPPORTED, "hue_auto"},
        {"{\"gain\": 30, \"fixed\": 1}", IC_STATUS_NOT_SUPPORTED, "fixed"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        ic_status status = ic_track_set_controls(setup.track, bad[i].json, IC_NUL_TERMINATED, -1, &error);
        CHECK(error && strstr(ic_error_message(error), bad[i].part) != NULL);
        FAILS(bad[i].status, status);
        ic_op *op = NULL;
        status = ic_track_set_controls_async(setup.track, bad[i].json, IC_NUL_TERMINATED, NULL, &op, &error);
        if (status == IC_STATUS_OK) {
            FAILS(bad[i].status, (OK(ic_op_wait(op, IC_TIMEOUT_NEVER, &error)), ic_op_take_none(op, &error)));
            ic_op_release(op);
        } else {
            FAILS(IC_STATUS_INVALID_ARGUMENT, status);
        }
    }
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_track_set_control_integer(setup.track, "gain", 4, 5, -7, &error));
    FAILS(IC_STATUS_INVALID_UTF8, ic_track_set_control_integer(setup.track, "\xff", 1, 5, -1, &error));
    const int64_t numbers[] = {1, 2};
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_track_set_control_numbers(setup.track, "matrix", 6, numbers, 2, -1, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_track_set_control_numbers(setup.track, "matrix", 6, NULL, 0, -1, &error));
    FAILS(IC_STATUS_NULL_ARGUMENT, ic_track_set_control_numbers(setup.track, "matrix", 6, NULL, 6, -1, &error));
    CHECK(value_of(setup.track, "gain") == 10);

    /* All or nothing. */
    OK(ic_virtual_camera_script(setup.camera, "{\"refuseWrites\": [\"link\"]}", IC_NUL_TERMINATED, &error));
    FAILS(IC_STATUS_UNKNOWN, ic_track_set_controls(setup.track, "{\"gain\": 30, \"link\": 1}", IC_NUL_TERMINATED, -1, &error));
    CHECK(value_of(setup.track, "gain") == 10 && value_of(setup.track, "link") == 0);

    /* What moves the camera. */
    ic_devices_set_visible(setup.devices, false);
    FAILS(IC_STATUS_SECURITY, ic_track_set_control_integer(setup.track, "zoom_absolute", 13, 200, -1, &error));
    ic_devices_set_visible(setup.devices, true);
    OK(ic_devices_set_permission(setup.devices, IC_PERMISSION_PAN_TILT_ZOOM, IC_PERMISSION_STATE_DENIED, &error));
    FAILS(IC_STATUS_NOT_ALLOWED, ic_track_set_control_integer(setup.track, "zoom_absolute", 13, 200, -1, &error));
    ic_controls *controls = controls_of(setup.track);
    size_t index = 0;
    ic_status status = ic_controls_find(controls, "zoom_absolute", 13, &index);
    ic_controls_free(controls);
    STATUS(IC_STATUS_NOT_PRESENT, status);

    ic_track_stop(setup.track);
    controls = NULL;
    FAILS(IC_STATUS_INVALID_STATE, ic_track_controls(setup.track, -1, &controls, &error));
    FAILS(IC_STATUS_INVALID_STATE, ic_track_set_control_integer(setup.track, "gain", 4, 5, -1, &error));
    ic_op *op = NULL;
    FAILS(IC_STATUS_INVALID_STATE, ic_track_controls_async(setup.track, NULL, &op, &error));
    FAILS(IC_STATUS_INVALID_STATE, ic_track_set_controls_async(setup.track, "{}", 2, NULL, &op, &error));
    CHECK(!controls && !op);
    close_setup(&setup);
}

static void asynchronous(void) {
    struct setup setup = open_controlled();
    ic_op *op = NULL;
    OK(ic_track_set_controls_async(setup.track, "{\"gain\": 25}", IC_NUL_TERMINATED, NULL, &op, &error));
    OK(ic_op_wait(op, IC_TIMEOUT_NEVER, &error));
    OK(ic_op_take_none(op, &error));
    ic_op_release(op);
    OK(ic_track_controls_async(setup.track, NULL, &op, &error));
    OK(ic_op_wait(op, IC_TIMEOUT_NEVER, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_op_take_none(op, &error));
    ic_controls *controls = NULL;
    OK(ic_op_take_controls(op, &controls, &error));
    CHECK(ic_controls_count(controls) == 10);
    ic_controls_free(controls);
    FAILS(IC_STATUS_INVALID_STATE, ic_op_take_controls(op, &controls, &error));
    ic_op_release(op);
    /* One that nobody takes leaks nothing. */
    OK(ic_track_controls_async(setup.track, NULL, &op, &error));
    OK(ic_op_wait(op, IC_TIMEOUT_NEVER, &error));
    ic_op_release(op);
    close_setup(&setup);
}

/* The next event of this type. */
static ic_event next_of(ic_devices *devices, ic_event_type type) {
    ic_event event = IC_EVENT_INIT;
    do OK(ic_devices_next_event(devices, 5000000000, &event, &error));
    while (event.type != type);
    return event;
}

static void events(void) {
    struct setup setup = open_controlled();
    ic_event event = IC_EVENT_INIT;
    FAILS(IC_STATUS_TIMED_OUT, ic_devices_next_event(setup.devices, 0, &event, &error));
    OK(ic_virtual_camera_set_controls(setup.camera, "{\"brightness\": 9}", IC_NUL_TERMINATED, &error));
    event = next_of(setup.devices, IC_EVENT_CONTROL_CHANGE);
    CHECK(event.object_id == ic_track_object_id(setup.track));
    ic_controls *controls = controls_of(setup.track);
    size_t index = 0;
    STATUS(IC_STATUS_OK, ic_controls_find_id(controls, event.control_id, &index));
    ic_control_info info = IC_CONTROL_INFO_INIT;
    STATUS(IC_STATUS_OK, ic_controls_at(controls, index, &info));
    CHECK_TEXT(info.name, "brightness");
    ic_controls_free(controls);
    CHECK(number_of(setup.track, IC_PROPERTY_BRIGHTNESS) == 9);

    ic_track *other = NULL;
    OK(ic_track_clone(setup.track, &other, &error));
    OK(ic_track_set_control_integer(other, "gain", 4, 5, -1, &error));
    event = next_of(setup.devices, IC_EVENT_CONTROL_CHANGE);
    CHECK(event.object_id == ic_track_object_id(setup.track) && event.control_id == info.id - 8);

    /* A program that was compiled when the struct was smaller. */
    OK(ic_virtual_camera_set_controls(setup.camera, "{\"gain\": 35}", IC_NUL_TERMINATED, &error));
    struct {
        ic_event event;
    } old;
    memset(&old, 0x55, sizeof old);
    old.event.struct_size = offsetof(ic_event, control_id);
    OK(ic_devices_next_event(setup.devices, 5000000000, &old.event, &error));
    CHECK(old.event.type == IC_EVENT_CONTROL_CHANGE && old.event.control_id == 0x55555555);
    ic_track_release(other);
    close_setup(&setup);
}

static void virtual_camera(void) {
    ic_virtual_camera *camera = new_camera(CONTROLLED);
    ic_text *text = NULL;
    OK(ic_virtual_camera_controls(camera, &text, &error));
    OK(ic_virtual_camera_set_controls(camera, "{\"gain\": null, \"note\": \"xyz\"}", IC_NUL_TERMINATED, &error));
    OK(ic_virtual_camera_set_controls(camera, ic_text_data(text), ic_text_length(text), &error));
    ic_text *again = NULL;
    OK(ic_virtual_camera_controls(camera, &again, &error));
    CHECK(strlen(ic_text_data(again)) == strlen(ic_text_data(text)));
    ic_text_free(text);
    ic_text_free(again);
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_virtual_camera_set_controls(camera, "{\"nothing\": 1}", IC_NUL_TERMINATED, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_virtual_camera_set_controls(camera, "{", 1, &error));
    ic_virtual_camera_release(camera);
}

static void details(void) {
    struct setup setup = open_controlled();
    ic_text *text = NULL;
    OK(ic_devices_device_details_json(setup.devices, "controlled", IC_NUL_TERMINATED, -1, &text, &error));
    CHECK(strstr(ic_text_data(text), "\"backend\":\"virtual\"") && strstr(ic_text_data(text), "\"card\":\"Controlled\""));
    ic_text_free(text);
    text = NULL;
    FAILS(IC_STATUS_NOT_FOUND, ic_devices_device_details_json(setup.devices, "nobody", IC_NUL_TERMINATED, -1, &text, &error));
    OK(ic_devices_set_permission(setup.devices, IC_PERMISSION_CAMERA, IC_PERMISSION_STATE_DENIED, &error));
    FAILS(IC_STATUS_NOT_ALLOWED, ic_devices_device_details_json(setup.devices, "controlled", IC_NUL_TERMINATED, -1, &text, &error));
    CHECK(!text);
    close_setup(&setup);
}

TESTS("controls", TEST(list), TEST(setting), TEST(refusals), TEST(asynchronous), TEST(events), TEST(virtual_camera), TEST(details))
