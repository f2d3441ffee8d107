/* A live handle of every type, and a place for every result, for the cases that gen_null.py writes. */
#include "harness.h"

#include <stdatomic.h>

struct fixture {
    ic_capabilities *capabilities;
    ic_constraints *constraints;
    ic_controls *controls;
    const ic_device_info *device_info;
    ic_device_list *device_list;
    ic_devices *devices;
    ic_error *error;
    ic_explanation *explanation;
    ic_frame *frame;
    ic_frame_callback *frame_callback;
    ic_frame_reader *frame_reader;
    ic_image_capture *image_capture;
    ic_op *op;
    ic_permission_request *permission_request;
    ic_contact_sheet *contact_sheet;
    ic_photo *photo;
    ic_photo_capabilities *photo_capabilities;
    ic_photo_list *photo_list;
    ic_settings *settings;
    ic_stream *stream;
    ic_text *text;
    ic_track *track;
    ic_virtual_camera *virtual_camera;
};

/* A refused call writes no result: these stay what they are. */
static ic_capabilities *out_capabilities;
static ic_constraints *out_constraints;
static ic_controls *out_controls;
static ic_device_list *out_device_list;
static ic_devices *out_devices;
static ic_explanation *out_explanation;
static ic_frame *out_frame;
static ic_frame_callback *out_frame_callback;
static ic_frame_reader *out_frame_reader;
static ic_image_capture *out_image_capture;
static ic_op *out_op;
static ic_contact_sheet *out_contact_sheet;
static ic_photo *out_photo;
static ic_photo_capabilities *out_photo_capabilities;
static ic_photo_list *out_photo_list;
static ic_settings *out_settings;
static ic_stream *out_stream;
static ic_text *out_text_object;
static ic_track *out_track;
static ic_virtual_camera *out_virtual_camera;
static const char *out_text;
static double out_double;
static bool out_bool;
static size_t out_size;
static uint32_t out_number;
static uint64_t out_long;
static int64_t out_integer;
static int out_int;
static ic_range range;
static ic_point2d points[1];
static ic_event event = IC_EVENT_INIT;
static ic_track_stats_info stats = IC_TRACK_STATS_INFO_INIT;
static ic_control_info control_info = IC_CONTROL_INFO_INIT;
static ic_control_menu_item menu_item = IC_CONTROL_MENU_ITEM_INIT;
static const char *const texts[1] = {"text"};
static ic_frame_info frame_info = IC_FRAME_INFO_INIT;
static ic_photo_settings photo_settings = IC_PHOTO_SETTINGS_INIT;

static const ic_photo_options photo_options = IC_PHOTO_OPTIONS_INIT;
static const ic_contact_sheet_options contact_sheet_options = IC_CONTACT_SHEET_OPTIONS_INIT;
static const ic_frames_options frames_options = IC_FRAMES_OPTIONS_INIT;
static uint8_t bytes[64];

static int callback_calls;
static void callback_fn(ic_op *op, void *user_data) {
    (void)op;
    (void)user_data;
    ++callback_calls;
}
static void callback_destroy(void *user_data) {
    (void)user_data;
    ++callback_calls;
}
static const ic_callback_info callback = {sizeof(ic_callback_info), callback_fn, NULL, callback_destroy};

static void event_fn(const ic_event *happened, void *user_data) {
    (void)happened;
    (void)user_data;
    ++callback_calls;
}
static const ic_event_callback_info event_callback = {sizeof(ic_event_callback_info), event_fn, NULL, callback_destroy};
static void frame_fn(ic_frame *frame, const ic_error *failure, void *user_data) {
    (void)frame;
    (void)failure;
    (void)user_data;
    ++callback_calls;
}
static const ic_frame_callback_info frame_callback_info = {sizeof(ic_frame_callback_info), frame_fn, NULL, callback_destroy};
static void unseen_frame(ic_frame *frame, const ic_error *failure, void *user_data) {
    (void)frame;
    (void)failure;
    (void)user_data;
}
static void prompt_fn(ic_permission_request *request, void *user_data) {
    (void)request;
    (void)user_data;
    ++callback_calls;
}
static const ic_prompt_callback_info prompt_callback = {sizeof(ic_prompt_callback_info), prompt_fn, NULL, callback_destroy};

static void keep_request(ic_permission_request *request, void *user_data) {
    *(_Atomic(ic_permission_request *) *)user_data = ic_permission_request_retain(request);
}

/* A question that nobody answers. */
static ic_permission_request *make_request(void) {
    static _Atomic(ic_permission_request *) request;
    ic_devices *devices = new_devices_with("{" HARNESS_OPTIONS ", \"permissions\": {\"camera\": \"prompt\"}}");
    ic_virtual_camera *camera = new_camera(HARNESS_CAMERA);
    OK(ic_devices_add_virtual_camera(devices, camera, &error));
    ic_virtual_camera_release(camera);
    ic_prompt_callback_info keep = IC_PROMPT_CALLBACK_INFO_INIT;
    keep.fn = keep_request;
    keep.user_data = (void *)&request;
    OK(ic_devices_on_permission_prompt(devices, &keep, &error));
    ic_constraints *video = ic_constraints_new();
    ic_op *op = NULL;
    OK(ic_devices_get_user_media_async(devices, video, NULL, NULL, &op, &error));
    EVENTUALLY(request != NULL);
    ic_op_release(op);
    ic_constraints_free(video);
    ic_devices_close(devices);
    ic_devices_release(devices);
    return request;
}

/* Made once: a camera takes a while to open, and no case may harm it. */
static struct fixture fixture;

static struct fixture make_fixture(void) {
    if (fixture.devices) return fixture;
    struct setup setup = open_setup(HARNESS_CAMERA, "{\"width\": {\"exact\": 640}, \"height\": {\"exact\": 480}}");
    struct fixture f = {0};
    f.devices = setup.devices;
    f.virtual_camera = setup.camera;
    f.stream = setup.stream;
    f.track = setup.track;
    OK(ic_devices_enumerate(f.devices, &f.device_list, &error));
    f.device_info = ic_device_list_at(f.device_list, 0);
    f.constraints = ic_constraints_new();
    OK(ic_devices_explain(f.devices, f.constraints, IC_TIMEOUT_DEFAULT, &f.explanation, &error));
    OK(ic_track_capabilities(f.track, &f.capabilities, &error));
    OK(ic_track_settings(f.track, &f.settings, &error));
    OK(ic_track_controls(f.track, IC_TIMEOUT_DEFAULT, &f.controls, &error));
    OK(ic_track_frames(f.track, NULL, &f.frame_reader, &error));
    ic_frame_callback_info unseen = {sizeof unseen, unseen_frame, NULL, NULL};
    OK(ic_track_on_frame(f.track, NULL, &unseen, &f.frame_callback, &error));
    OK(ic_image_capture_new(f.track, &f.image_capture, &error));
    OK(ic_image_capture_grab_frame(f.image_capture, IC_TIMEOUT_DEFAULT, &f.frame, &error));
    OK(ic_image_capture_take_photo(f.image_capture, NULL, NULL, IC_TIMEOUT_DEFAULT, &f.photo, &error));
    OK(ic_image_capture_take_burst(f.image_capture, 1, NULL, NULL, IC_TIMEOUT_DEFAULT, &f.photo_list, &error));
    OK(ic_contact_sheet_new(NULL, &f.contact_sheet, &error));
    OK(ic_contact_sheet_add(f.contact_sheet, f.frame, "one", IC_NUL_TERMINATED, &error));
    OK(ic_image_capture_photo_capabilities(f.image_capture, IC_TIMEOUT_DEFAULT, &f.photo_capabilities, &error));
    OK(ic_image_capture_grab_frame_async(f.image_capture, NULL, &f.op, &error));
    OK(ic_virtual_camera_properties(f.virtual_camera, &f.text, &error));
    f.permission_request = make_request();
    ic_constraints *none = NULL;
    STATUS(IC_STATUS_NULL_ARGUMENT, ic_constraints_from_json(NULL, 0, &none, &f.error));
    return fixture = f;
}

static void release_fixture(void) {
    if (!fixture.devices) return;
    ic_capabilities_free(fixture.capabilities);
    ic_constraints_free(fixture.constraints);
    ic_controls_free(fixture.controls);
    ic_device_list_free(fixture.device_list);
    ic_error_free(fixture.error);
    ic_explanation_free(fixture.explanation);
    ic_frame_release(fixture.frame);
    ic_frame_callback_release(fixture.frame_callback);
    ic_frame_reader_release(fixture.frame_reader);
    ic_image_capture_release(fixture.image_capture);
    ic_op_release(fixture.op);
    ic_permission_request_release(fixture.permission_request);
    ic_photo_free(fixture.photo);
    ic_photo_capabilities_free(fixture.photo_capabilities);
    ic_photo_list_free(fixture.photo_list);
    ic_contact_sheet_free(fixture.contact_sheet);
    ic_settings_free(fixture.settings);
    ic_stream_release(fixture.stream);
    ic_text_free(fixture.text);
    ic_track_release(fixture.track);
    ic_virtual_camera_release(fixture.virtual_camera);
    ic_devices_close(fixture.devices);
    ic_devices_release(fixture.devices);
}

/* All handles are still alive and nothing was written. */
static void end_fixture(const struct fixture *f) {
    static bool registered;
    if (!registered) {
        registered = true;
        atexit(release_fixture);
    }
    CHECK(!out_contact_sheet && !out_capabilities && !out_constraints && !out_controls && !out_device_list && !out_devices && !out_explanation && !out_frame &&
          !out_frame_callback && !out_frame_reader && !out_image_capture && !out_op && !out_photo && !out_photo_capabilities &&
          !out_photo_list && !out_settings &&
          !out_stream && !out_text_object && !out_track && !out_virtual_camera);
    CHECK(!out_text && out_double == 0 && !out_bool && out_size == 0 && out_number == 0 && out_long == 0 && out_int == 0);
    CHECK(out_integer == 0 && !control_info.name && !menu_item.name);
    CHECK(points[0].x == 0 && points[0].y == 0 && event.type == 0 && stats.total_frames == 0);
    CHECK(range.min == 0 && range.max == 0 && range.step == 0 && frame_info.width == 0);
    CHECK(photo_settings.fields == 0 && photo_settings.image_width == 0);
    for (size_t i = 0; i < sizeof bytes; ++i) CHECK(bytes[i] == 0);
    CHECK(callback_calls == 0);
    CHECK(ic_track_ready_state(f->track) == IC_TRACK_STATE_LIVE);
    CHECK(ic_photo_capabilities_red_eye_reduction(f->photo_capabilities) == IC_RED_EYE_REDUCTION_NEVER);
    CHECK(ic_contact_sheet_count(f->contact_sheet) == 1);
    CHECK(ic_photo_len(f->photo) > 0 && ic_device_list_count(f->device_list) == 1);
    CHECK(ic_error_status(f->error) == IC_STATUS_NULL_ARGUMENT);
    CHECK_TEXT(ic_constraints_json(f->constraints), "{}");
    CHECK(ic_settings_has(f->settings, IC_PROPERTY_WIDTH) && ic_capabilities_has(f->capabilities, IC_PROPERTY_WIDTH));
}
