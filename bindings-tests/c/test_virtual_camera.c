#include "harness.h"

static void names(void) {
    ic_virtual_camera *camera = new_camera(HARNESS_CAMERA);
    CHECK_TEXT(ic_virtual_camera_label(camera), "Test camera");
    CHECK_TEXT(ic_virtual_camera_id(camera), "test-1");
    CHECK(ic_virtual_camera_retain(camera) == camera);
    ic_virtual_camera_release(camera);
    ic_virtual_camera_release(camera);
    camera = NULL;
    OK(ic_virtual_camera_new(NULL, 0, &camera, &error));
    CHECK(*ic_virtual_camera_label(camera) != '\0');
    ic_virtual_camera_release(camera);
}

static void bad_configurations(void) {
    static const char *const bad[] = {
        "", "[]", "{", "{\"modes\": 1}", "{\"modes\": [{\"width\": 0, \"height\": 480}]}",
        "{\"modes\": [{\"width\": 640, \"height\": 480, \"pixelFormat\": \"xyz\"}]}", "{\"pacing\": \"slow\"}",
        "{\"modes\": [{\"width\": 4000000000, \"height\": 4000000000}]}", "{\"lable\": \"x\"}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        ic_virtual_camera *camera = NULL;
        FAILS(IC_STATUS_INVALID_ARGUMENT, ic_virtual_camera_new(bad[i], IC_NUL_TERMINATED, &camera, &error));
        CHECK(camera == NULL);
    }
}

static void pushing(void) {
    ic_virtual_camera *camera = new_camera(
        "{\"modes\": [{\"width\": 4, \"height\": 2, \"pixelFormat\": \"rgb\"}], \"scene\": {\"kind\": \"push\"}}");
    ic_track *track = NULL;
    OK(ic_virtual_camera_open(camera, &track, &error));
    ic_frame_reader *reader = NULL;
    OK(ic_track_frames(track, NULL, &reader, &error));
    uint8_t pixels[2 * 16];
    for (size_t i = 0; i < sizeof pixels; ++i) pixels[i] = (uint8_t)i;
    OK(ic_virtual_camera_push_frame(camera, IC_PIXEL_FORMAT_RGB, 4, 2, pixels, sizeof pixels, 16, &error));
    ic_frame *frame = NULL;
    OK(ic_frame_reader_next(reader, IC_TIMEOUT_DEFAULT, &frame, &error));
    ic_frame_info info = IC_FRAME_INFO_INIT;
    OK(ic_frame_describe(frame, &info, &error));
    CHECK(info.format == IC_PIXEL_FORMAT_RGB && info.width == 4 && info.height == 2);
    for (size_t row = 0; row < 2; ++row)
        CHECK(memcmp(info.planes[0].data + row * info.planes[0].stride, pixels + row * 16, 12) == 0);
    ic_frame_release(frame);

    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_virtual_camera_push_frame(camera, IC_PIXEL_FORMAT_RGB, 4, 2, pixels, 10, 16, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_virtual_camera_push_frame(camera, IC_PIXEL_FORMAT_RGB, 4, 2, pixels, sizeof pixels, 3, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_virtual_camera_push_frame(camera, IC_PIXEL_FORMAT_RGB, 0, 2, pixels, sizeof pixels, 16, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_virtual_camera_push_frame(camera, IC_PIXEL_FORMAT_RGB, UINT32_MAX, UINT32_MAX, pixels, sizeof pixels, SIZE_MAX, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_virtual_camera_push_frame(camera, 0, 4, 2, pixels, sizeof pixels, 16, &error));
    ic_frame_reader_release(reader);
    ic_track_stop(track);
    ic_track_release(track);
    ic_virtual_camera_release(camera);
}

static void only_push_cameras_take_frames(void) {
    ic_virtual_camera *camera = new_camera(HARNESS_CAMERA);
    ic_track *track = NULL;
    FAILS(IC_STATUS_NOT_SUPPORTED, ic_virtual_camera_open(camera, &track, &error));
    static const uint8_t pixels[640 * 480 * 2];
    FAILS(IC_STATUS_NOT_SUPPORTED,
          ic_virtual_camera_push_frame(camera, IC_PIXEL_FORMAT_YUYV, 640, 480, pixels, sizeof pixels, 1280, &error));
    CHECK(track == NULL);

    /* Two different cameras of one id; the same camera twice is once. */
    ic_devices *devices = new_devices();
    ic_virtual_camera *other = new_camera(HARNESS_CAMERA);
    OK(ic_devices_add_virtual_camera(devices, camera, &error));
    OK(ic_devices_add_virtual_camera(devices, camera, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_devices_add_virtual_camera(devices, other, &error));
    ic_virtual_camera_release(camera);
    ic_virtual_camera_release(other);
    ic_devices_release(devices);
}

static void properties(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    OK(ic_virtual_camera_set_properties(
        setup.camera, "{\"zoom\": 250, \"torch\": {\"values\": [false, true]}}", IC_NUL_TERMINATED, &error));
    ic_text *text = NULL;
    OK(ic_virtual_camera_properties(setup.camera, &text, &error));
    CHECK(strstr(ic_text_data(text), "\"value\":250") != NULL && strstr(ic_text_data(text), "\"torch\":{") != NULL);

    /* All or nothing, and the member is named. */
    ic_status status =
        ic_virtual_camera_set_properties(setup.camera, "{\"zoom\": 300, \"brightness\": 1}", IC_NUL_TERMINATED, &error);
    CHECK(strstr(ic_error_message(error), "brightness") != NULL);
    FAILS(IC_STATUS_INVALID_ARGUMENT, status);
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_virtual_camera_set_properties(setup.camera, "{", IC_NUL_TERMINATED, &error));
    ic_text *same = NULL;
    OK(ic_virtual_camera_properties(setup.camera, &same, &error));
    CHECK_TEXT(ic_text_data(same), ic_text_data(text));
    ic_text_free(same);
    OK(ic_virtual_camera_set_properties(setup.camera, ic_text_data(text), ic_text_length(text), &error));
    ic_text_free(text);
    close_setup(&setup);
}

static void writes(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_text *text = NULL;
    OK(ic_virtual_camera_take_writes(setup.camera, &text, &error));
    ic_text_free(text);
    OK(apply_json(setup.track, "{\"zoom\": 200}"));
    OK(ic_virtual_camera_take_writes(setup.camera, &text, &error));
    CHECK_TEXT(ic_text_data(text), "[{\"zoom\":200}]");
    ic_text_free(text);
    OK(ic_virtual_camera_take_writes(setup.camera, &text, &error));
    CHECK_TEXT(ic_text_data(text), "[]");
    ic_text_free(text);
    close_setup(&setup);
}

static void scripts(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    OK(ic_virtual_camera_script(setup.camera, "{\"refuseWrites\": [\"zoom\"]}", IC_NUL_TERMINATED, &error));
    ic_status status = apply_json(setup.track, "{\"zoom\": 300}");
    CHECK(status != IC_STATUS_OK);
    FAILS(status, status);
    CHECK(number_of(setup.track, IC_PROPERTY_ZOOM) == 100);
    OK(ic_virtual_camera_script(setup.camera, "{\"refuseWrites\": []}", IC_NUL_TERMINATED, &error));
    OK(apply_json(setup.track, "{\"zoom\": 300}"));

    status = ic_virtual_camera_script(setup.camera, "{\"explode\": true}", IC_NUL_TERMINATED, &error);
    CHECK(strstr(ic_error_message(error), "explode") != NULL);
    FAILS(IC_STATUS_INVALID_ARGUMENT, status);
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_virtual_camera_script(setup.camera, "", 0, &error));

    OK(ic_virtual_camera_script(setup.camera, "{\"end\": true}", IC_NUL_TERMINATED, &error));
    EVENTUALLY(ic_track_ready_state(setup.track) == IC_TRACK_STATE_ENDED);
    OK(ic_virtual_camera_script(setup.camera, "{\"openFailure\": true}", IC_NUL_TERMINATED, &error));
    ic_constraints *video = ic_constraints_new();
    ic_stream *none = NULL;
    FAILS(IC_STATUS_ABORTED, ic_devices_get_user_media(setup.devices, video, NULL, IC_TIMEOUT_DEFAULT, &none, &error));
    ic_constraints_free(video);
    close_setup(&setup);
}

static void muting(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    CHECK(!ic_track_muted(setup.track));
    ic_virtual_camera_set_muted(setup.camera, true);
    EVENTUALLY(ic_track_muted(setup.track));
    ic_virtual_camera_set_muted(setup.camera, false);
    EVENTUALLY(!ic_track_muted(setup.track));
    close_setup(&setup);
}

static void freezing(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_frame_reader *reader = NULL;
    OK(ic_track_frames(setup.track, NULL, &reader, &error));
    ic_frame *frame = NULL;
    OK(ic_frame_reader_next(reader, IC_TIMEOUT_DEFAULT, &frame, &error));
    ic_frame_release(frame);
    ic_virtual_camera_freeze(setup.camera, true);
    ic_status status = IC_STATUS_OK;
    for (int i = 0; i < 50 && status == IC_STATUS_OK; ++i) {
        status = ic_frame_reader_next(reader, 200000000, &frame, &error);
        if (status == IC_STATUS_OK) ic_frame_release(frame);
    }
    FAILS(IC_STATUS_TIMED_OUT, status);
    ic_virtual_camera_freeze(setup.camera, false);
    OK(ic_frame_reader_next(reader, IC_TIMEOUT_DEFAULT, &frame, &error));
    ic_frame_release(frame);
    ic_frame_reader_release(reader);
    close_setup(&setup);
}

TESTS("virtual_camera", TEST(names), TEST(bad_configurations), TEST(pushing),
      TEST(only_push_cameras_take_frames), TEST(properties), TEST(writes), TEST(scripts), TEST(muting), TEST(freezing))
