#include "harness.h"

static void attributes(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{\"width\": 640, \"height\": 480}");
    CHECK(*ic_stream_id(setup.stream) != '\0' && *ic_track_id(setup.track) != '\0');
    CHECK_TEXT(ic_track_label(setup.track), "Test camera");
    CHECK(ic_track_kind(setup.track) == IC_MEDIA_KIND_VIDEO);
    CHECK(ic_track_ready_state(setup.track) == IC_TRACK_STATE_LIVE);
    CHECK(ic_stream_video_track_count(setup.stream) == 1);
    ic_track *none = NULL;
    FAILS(IC_STATUS_NOT_PRESENT, ic_stream_video_track(setup.stream, 1, &none, &error));
    CHECK(none == NULL);
    CHECK(ic_track_enabled(setup.track));
    ic_track_set_enabled(setup.track, false);
    CHECK(!ic_track_enabled(setup.track));
    close_setup(&setup);
}

static void capabilities(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_capabilities *c = NULL;
    OK(ic_track_capabilities(setup.track, &c, &error));
    ic_range range = {-1, -1, -1};
    STATUS(IC_STATUS_OK, ic_capabilities_range(c, IC_PROPERTY_ZOOM, &range));
    CHECK(range.min == 100 && range.max == 400 && range.step == 10);
    CHECK(ic_capabilities_has(c, IC_PROPERTY_ZOOM) && !ic_capabilities_has(c, 0));
    STATUS(IC_STATUS_INVALID_ARGUMENT, ic_capabilities_range(c, 4711, &range));
    STATUS(IC_STATUS_INVALID_ARGUMENT, ic_capabilities_range(c, IC_PROPERTY_DEVICE_ID, &range));
    CHECK(range.min == 100 && range.max == 400 && range.step == 10);
    CHECK(ic_capabilities_string_count(c, IC_PROPERTY_ZOOM) == 0);
    CHECK(ic_capabilities_string_at(c, IC_PROPERTY_ZOOM, 0) == NULL);
    CHECK(strstr(ic_capabilities_json(c), "\"zoom\"") != NULL);
    ic_capabilities_free(c);
    close_setup(&setup);
}

static void a_camera_without_zoom(void) {
    struct setup setup = open_setup("{\"modes\": [{\"width\": 640, \"height\": 480}]}", "{}");
    ic_capabilities *c = NULL;
    OK(ic_track_capabilities(setup.track, &c, &error));
    ic_range range = {-1, -1, -1};
    STATUS(IC_STATUS_NOT_PRESENT, ic_capabilities_range(c, IC_PROPERTY_ZOOM, &range));
    CHECK(range.min == -1);
    ic_capabilities_free(c);
    ic_settings *s = NULL;
    OK(ic_track_settings(setup.track, &s, &error));
    double zoom = -1;
    STATUS(IC_STATUS_NOT_PRESENT, ic_settings_number(s, IC_PROPERTY_ZOOM, &zoom));
    CHECK(zoom == -1 && !ic_settings_has(s, IC_PROPERTY_ZOOM));
    ic_settings_free(s);
    close_setup(&setup);
}

static void settings(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{\"width\": {\"exact\": 640}, \"height\": {\"exact\": 480}}");
    ic_settings *s = NULL;
    OK(ic_track_settings(setup.track, &s, &error));
    double value = 0;
    STATUS(IC_STATUS_OK, ic_settings_number(s, IC_PROPERTY_WIDTH, &value));
    CHECK(value == 640);
    STATUS(IC_STATUS_OK, ic_settings_number(s, IC_PROPERTY_ZOOM, &value));
    CHECK(value == 100);
    const char *id = NULL;
    STATUS(IC_STATUS_OK, ic_settings_string(s, IC_PROPERTY_DEVICE_ID, &id));
    CHECK(id && *id);
    bool flag = true;
    STATUS(IC_STATUS_INVALID_ARGUMENT, ic_settings_bool(s, IC_PROPERTY_WIDTH, &flag));
    STATUS(IC_STATUS_INVALID_ARGUMENT, ic_settings_number(s, IC_PROPERTY_DEVICE_ID, &value));
    STATUS(IC_STATUS_INVALID_ARGUMENT, ic_settings_string(s, IC_PROPERTY_WIDTH, &id));
    STATUS(IC_STATUS_INVALID_ARGUMENT, ic_settings_number(s, 0, &value));
    CHECK(strstr(ic_settings_json(s), "\"width\"") != NULL);
    ic_settings_free(s);
    close_setup(&setup);
}

static void applying(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    OK(apply_json(setup.track, "{\"zoom\": 200}"));
    CHECK(number_of(setup.track, IC_PROPERTY_ZOOM) == 200);
    ic_constraints *now = NULL;
    OK(ic_track_constraints(setup.track, &now, &error));
    CHECK(strstr(ic_constraints_json(now), "200") != NULL);
    ic_constraints_free(now);

    /* A failure leaves everything as it was. */
    FAILS(IC_STATUS_OVERCONSTRAINED, apply_json(setup.track, "{\"zoom\": {\"exact\": 1000}}"));
    CHECK(number_of(setup.track, IC_PROPERTY_ZOOM) == 200);
    OK(ic_track_constraints(setup.track, &now, &error));
    CHECK(strstr(ic_constraints_json(now), "200") != NULL);
    ic_constraints_free(now);

    OK(ic_track_apply_constraints(setup.track, NULL, IC_TIMEOUT_NEVER, &error));
    OK(ic_track_constraints(setup.track, &now, &error));
    CHECK_TEXT(ic_constraints_json(now), "{}");
    ic_constraints_free(now);
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_track_apply_constraints(setup.track, NULL, INT64_MIN, &error));
    close_setup(&setup);
}

static void clones_end_alone(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_track *clone = NULL;
    OK(ic_track_clone(setup.track, &clone, &error));
    CHECK(strcmp(ic_track_id(clone), ic_track_id(setup.track)) != 0);
    ic_track_stop(setup.track);
    ic_track_stop(setup.track);
    CHECK(ic_track_ready_state(setup.track) == IC_TRACK_STATE_ENDED);
    CHECK(ic_track_ready_state(clone) == IC_TRACK_STATE_LIVE);
    CHECK(!ic_stream_active(setup.stream));
    ic_track_stop(clone);
    ic_track_release(clone);
    close_setup(&setup);
}

static void references(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    CHECK(ic_track_retain(setup.track) == setup.track);
    ic_track_release(setup.track);
    CHECK(ic_track_ready_state(setup.track) == IC_TRACK_STATE_LIVE);
    /* Children keep alive what they need, in whatever order their parents go. */
    ic_devices_release(setup.devices);
    ic_stream_release(setup.stream);
    ic_virtual_camera_release(setup.camera);
    CHECK(ic_track_ready_state(setup.track) == IC_TRACK_STATE_LIVE);
    OK(apply_json(setup.track, "{\"zoom\": 150}"));
    ic_track_stop(setup.track);
    ic_track_release(setup.track);
}

static void unplugging(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_frame_reader *reader = NULL;
    OK(ic_track_frames(setup.track, NULL, &reader, &error));
    ic_virtual_camera_unplug(setup.camera);
    ic_frame *frame = NULL;
    ic_status status = IC_STATUS_OK;
    /* Frames that are under way may still come. */
    for (int i = 0; i < 100 && status == IC_STATUS_OK; ++i) {
        status = ic_frame_reader_next(reader, IC_TIMEOUT_DEFAULT, &frame, &error);
        if (status == IC_STATUS_OK) ic_frame_release(frame);
    }
    CHECK(status == IC_STATUS_DEVICE_LOST || status == IC_STATUS_INVALID_STATE);
    FAILS(status, status);
    CHECK(ic_track_ready_state(setup.track) == IC_TRACK_STATE_ENDED);
    ic_frame_reader_release(reader);

    ic_device_list *list = NULL;
    OK(ic_devices_enumerate(setup.devices, &list, &error));
    CHECK(ic_device_list_count(list) == 0);
    ic_device_list_free(list);
    ic_virtual_camera_replug(setup.camera);
    OK(ic_devices_enumerate(setup.devices, &list, &error));
    CHECK(ic_device_list_count(list) == 1);
    ic_device_list_free(list);
    close_setup(&setup);
}

TESTS("track", TEST(attributes), TEST(capabilities), TEST(a_camera_without_zoom), TEST(settings), TEST(applying),
      TEST(clones_end_alone), TEST(references), TEST(unplugging))
