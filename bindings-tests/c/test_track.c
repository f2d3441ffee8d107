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
    size_t count = 77;
    STATUS(IC_STATUS_INVALID_ARGUMENT, ic_settings_points(s, IC_PROPERTY_WIDTH, NULL, 0, &count));
    STATUS(IC_STATUS_NOT_PRESENT, ic_settings_points(s, IC_PROPERTY_POINTS_OF_INTEREST, NULL, 0, &count));
    CHECK(count == 77);
    CHECK(strstr(ic_settings_json(s), "\"width\"") != NULL);
    ic_settings_free(s);
    close_setup(&setup);
}

#define FULL_CAMERA                                                                                             \
    "{\"modes\": [{\"width\": 640, \"height\": 480}], \"facingMode\": \"user\", \"properties\": {"                   \
    "\"torch\": {\"values\": [false, true], \"value\": false}, \"backgroundBlur\": {\"values\": [true]},"            \
    "\"focusMode\": {\"values\": [\"manual\", \"continuous\"], \"value\": \"continuous\"},"                          \
    "\"focusDistance\": {\"min\": 0, \"max\": 10, \"step\": 0.5, \"value\": 1},"                                     \
    "\"pointsOfInterest\": {\"value\": [{\"x\": 0.5, \"y\": 0.5}, {\"x\": 0.25, \"y\": 1}]}}}"

static void all_kinds_of_values(void) {
    struct setup setup = open_setup(FULL_CAMERA, "{}");
    ic_capabilities *c = NULL;
    OK(ic_track_capabilities(setup.track, &c, &error));
    bool can_be_false = false, can_be_true = false;
    STATUS(IC_STATUS_OK, ic_capabilities_bool(c, IC_PROPERTY_TORCH, &can_be_false, &can_be_true));
    CHECK(can_be_false && can_be_true);
    STATUS(IC_STATUS_OK, ic_capabilities_bool(c, IC_PROPERTY_BACKGROUND_BLUR, &can_be_false, &can_be_true));
    CHECK(!can_be_false && can_be_true);
    STATUS(IC_STATUS_INVALID_ARGUMENT, ic_capabilities_bool(c, IC_PROPERTY_WIDTH, &can_be_false, &can_be_true));
    STATUS(IC_STATUS_NOT_PRESENT, ic_capabilities_bool(c, IC_PROPERTY_FACE_FRAMING, &can_be_false, &can_be_true));
    CHECK(ic_capabilities_string_count(c, IC_PROPERTY_FOCUS_MODE) == 2);
    CHECK_TEXT(ic_capabilities_string_at(c, IC_PROPERTY_FOCUS_MODE, 0), IC_METERING_MODE_MANUAL);
    CHECK_TEXT(ic_capabilities_string_at(c, IC_PROPERTY_FACING_MODE, 0), IC_FACING_MODE_USER);
    CHECK_TEXT(ic_capabilities_string_at(c, IC_PROPERTY_RESIZE_MODE, 0), IC_RESIZE_MODE_NONE);
    CHECK_TEXT(ic_capabilities_string_at(c, IC_PROPERTY_RESIZE_MODE, 1), IC_RESIZE_MODE_CROP_AND_SCALE);
    ic_capabilities_free(c);

    ic_settings *s = NULL;
    OK(ic_track_settings(setup.track, &s, &error));
    ic_point2d points[2] = {{-1, -1}, {-1, -1}};
    size_t count = 0;
    STATUS(IC_STATUS_OK, ic_settings_points(s, IC_PROPERTY_POINTS_OF_INTEREST, NULL, 0, &count));
    CHECK(count == 2);
    STATUS(IC_STATUS_OK, ic_settings_points(s, IC_PROPERTY_POINTS_OF_INTEREST, points, 1, &count));
    CHECK(count == 2 && points[0].x == 0.5 && points[1].x == -1);
    STATUS(IC_STATUS_OK, ic_settings_points(s, IC_PROPERTY_POINTS_OF_INTEREST, points, 2, &count));
    CHECK(points[1].x == 0.25 && points[1].y == 1);
    bool torch = true;
    STATUS(IC_STATUS_OK, ic_settings_bool(s, IC_PROPERTY_TORCH, &torch));
    CHECK(!torch);
    ic_settings_free(s);

    ic_constraints *wanted = ic_constraints_new();
    static const ic_point2d corner = {1, 1};
    OK(ic_constraints_set_bool(wanted, IC_BASIC, IC_PROPERTY_TORCH, IC_BOUND_EXACT, true, &error));
    OK(ic_constraints_set_number(wanted, IC_BASIC, IC_PROPERTY_FOCUS_DISTANCE, IC_BOUND_EXACT, 3, &error));
    OK(ic_constraints_set_points(wanted, IC_BASIC, IC_PROPERTY_POINTS_OF_INTEREST, IC_BOUND_EXACT, &corner, 1, &error));
    OK(ic_track_apply_constraints(setup.track, wanted, IC_TIMEOUT_DEFAULT, &error));
    ic_constraints_free(wanted);
    OK(ic_track_settings(setup.track, &s, &error));
    STATUS(IC_STATUS_OK, ic_settings_bool(s, IC_PROPERTY_TORCH, &torch));
    STATUS(IC_STATUS_OK, ic_settings_points(s, IC_PROPERTY_POINTS_OF_INTEREST, points, 2, &count));
    const char *mode = NULL;
    STATUS(IC_STATUS_OK, ic_settings_string(s, IC_PROPERTY_FOCUS_MODE, &mode));
    CHECK(torch && count == 1 && points[0].x == 1);
    CHECK_TEXT(mode, IC_METERING_MODE_MANUAL);
    ic_settings_free(s);
    CHECK(number_of(setup.track, IC_PROPERTY_FOCUS_DISTANCE) == 3);
    close_setup(&setup);
}

static void settings_from_json(void) {
    ic_settings *s = NULL;
    OK(ic_settings_from_json("{\"width\": 640, \"torch\": true, \"facingMode\": \"left\", \"other\": 1}", IC_NUL_TERMINATED, &s, &error));
    CHECK_TEXT(ic_settings_json(s), "{\"facingMode\":\"left\",\"torch\":true,\"width\":640}");
    ic_settings_free(s);
    s = NULL;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_settings_from_json("{\"width\": true}", IC_NUL_TERMINATED, &s, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_settings_from_json("[]", 2, &s, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_settings_from_json("{", 1, &s, &error));
    CHECK(s == NULL);
}

static void statistics(void) {
    struct setup setup = open_setup(
        "{\"modes\": [{\"width\": 640, \"height\": 480, \"frameRates\": [30]}], \"pacing\": \"manual\"}", "{}");
    ic_track_stats_info stats = IC_TRACK_STATS_INFO_INIT;
    STATUS(IC_STATUS_OK, ic_track_stats(setup.track, &stats));
    CHECK(stats.total_frames == 0 && stats.delivered_frames == 0 && stats.discarded_frames == 0);
    ic_virtual_camera_step(setup.camera, 3);
    for (int i = 0; i < 2500 && stats.total_frames < 3; ++i) {
        wait_a_little(2);
        STATUS(IC_STATUS_OK, ic_track_stats(setup.track, &stats));
    }
    CHECK(stats.total_frames == 3 && stats.delivered_frames == 3 && stats.discarded_frames == 0);
    CHECK(stats.struct_size == sizeof stats && stats.corrupt_frames == 0);
    static const char FAULT[] = "{\"corruptFrame\": \"cut\"}";
    OK(ic_virtual_camera_script(setup.camera, FAULT, IC_NUL_TERMINATED, &error));
    ic_virtual_camera_step(setup.camera, 2);
    for (int i = 0; i < 2500 && stats.total_frames < 5; ++i) {
        wait_a_little(2);
        STATUS(IC_STATUS_OK, ic_track_stats(setup.track, &stats));
    }
    CHECK(stats.total_frames == 5 && stats.delivered_frames == 4 && stats.corrupt_frames == 1);
    /* A clone counts for itself. */
    ic_track *clone = NULL;
    OK(ic_track_clone(setup.track, &clone, &error));
    STATUS(IC_STATUS_OK, ic_track_stats(clone, &stats));
    CHECK(stats.total_frames == 0);
    stats.struct_size = 8;
    STATUS(IC_STATUS_STRUCT_SIZE, ic_track_stats(clone, &stats));
    ic_track_release(clone);
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
    CHECK(ic_track_object_id(setup.track) != 0 && ic_track_object_id(setup.track) != ic_track_object_id(clone));
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

TESTS("track", TEST(attributes), TEST(capabilities), TEST(a_camera_without_zoom), TEST(settings),
      TEST(all_kinds_of_values), TEST(settings_from_json), TEST(statistics), TEST(applying),
      TEST(clones_end_alone), TEST(references), TEST(unplugging))
