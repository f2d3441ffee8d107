/* The checklist of Image Capture as a program in C meets it, item by item. What other files here prove of an item already is
 * not repeated; SPEC.md names both. */
#include "harness.h"

#include <math.h>

static const ic_property IMAGE_PROPERTIES[] = {
    IC_PROPERTY_WHITE_BALANCE_MODE, IC_PROPERTY_EXPOSURE_MODE, IC_PROPERTY_FOCUS_MODE, IC_PROPERTY_POINTS_OF_INTEREST,
    IC_PROPERTY_EXPOSURE_COMPENSATION, IC_PROPERTY_EXPOSURE_TIME, IC_PROPERTY_COLOR_TEMPERATURE, IC_PROPERTY_ISO,
    IC_PROPERTY_BRIGHTNESS, IC_PROPERTY_CONTRAST, IC_PROPERTY_SATURATION, IC_PROPERTY_SHARPNESS, IC_PROPERTY_FOCUS_DISTANCE,
    IC_PROPERTY_PAN, IC_PROPERTY_TILT, IC_PROPERTY_ZOOM, IC_PROPERTY_TORCH,
};
#define IMAGE_PROPERTY_COUNT (sizeof IMAGE_PROPERTIES / sizeof *IMAGE_PROPERTIES)

#define MODES "\"modes\": [{\"width\": 320, \"height\": 240}, {\"width\": 640, \"height\": 480}], \"pacing\": \"fast\""
#define METERING "{\"values\": [\"manual\", \"single-shot\", \"continuous\"], \"value\": \"continuous\"}"
#define RANGE "{\"min\": 10, \"max\": 1000, \"step\": 1, \"value\": 100}"
#define FULL_CAMERA                                                                                                          \
    "{" MODES ", \"properties\": {\"whiteBalanceMode\": " METERING ", \"exposureMode\": " METERING ", \"focusMode\": " METERING  \
    ", \"pointsOfInterest\": {\"value\": [{\"x\": 0.5, \"y\": 0.5}]}, \"exposureCompensation\": " RANGE                        \
    ", \"exposureTime\": " RANGE ", \"colorTemperature\": " RANGE ", \"iso\": " RANGE ", \"brightness\": " RANGE              \
    ", \"contrast\": " RANGE ", \"saturation\": " RANGE ", \"sharpness\": " RANGE ", \"focusDistance\": " RANGE ", \"pan\": " RANGE \
    ", \"tilt\": " RANGE ", \"zoom\": " RANGE ", \"torch\": {\"values\": [false, true]}},"                                   \
    " \"photo\": {\"imageWidth\": {\"min\": 640, \"max\": 4096, \"step\": 1, \"value\": 1920},"                                \
    " \"imageHeight\": {\"min\": 100, \"max\": 3072, \"step\": 1, \"value\": 1080},"                                          \
    " \"fillLightMode\": [\"auto\", \"flash\"], \"redEyeReduction\": \"never\"}}"
#define STREAM_CAMERA "{" MODES "}"

static ic_image_capture *capture_of(ic_track *track) {
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(track, &capture, &error));
    return capture;
}

/* A failure with a name of the W3C and a message that begins in some way; "" begins every one. */
static void named(const char *name, const char *begin, ic_status status) {
    CHECK(status != IC_STATUS_OK && ic_error_status(error) == status);
    CHECK_TEXT(ic_error_name(error), name);
    CHECK(strncmp(ic_error_message(error), begin, strlen(begin)) == 0);
    ic_error_free(error);
    error = NULL;
}

static ic_status take(ic_image_capture *capture, const ic_photo_settings *settings) {
    ic_photo *photo = NULL;
    const ic_status status = ic_image_capture_take_photo(capture, settings, NULL, IC_TIMEOUT_DEFAULT, &photo, &error);
    CHECK((photo != NULL) == (status == IC_STATUS_OK));
    ic_photo_free(photo);
    return status;
}

/* What a track says of itself, as text; free() it. */
static char *said(ic_track *track) {
    ic_settings *settings = NULL;
    ic_capabilities *capabilities = NULL;
    ic_constraints *constraints = NULL;
    OK(ic_track_settings(track, &settings, &error));
    OK(ic_track_capabilities(track, &capabilities, &error));
    OK(ic_track_constraints(track, &constraints, &error));
    const char *parts[] = {ic_settings_json(settings), ic_capabilities_json(capabilities), ic_constraints_json(constraints)};
    const size_t size = strlen(parts[0]) + strlen(parts[1]) + strlen(parts[2]) + 3;
    char *text = malloc(size);
    CHECK(text != NULL);
    snprintf(text, size, "%s\n%s\n%s", parts[0], parts[1], parts[2]);
    ic_settings_free(settings);
    ic_capabilities_free(capabilities);
    ic_constraints_free(constraints);
    return text;
}

static void same(char *before, char *after) {
    CHECK_TEXT(after, before);
    free(before);
    free(after);
}

static void writes_are(ic_virtual_camera *camera, const char *expected) {
    ic_text *writes = NULL;
    OK(ic_virtual_camera_take_writes(camera, &writes, &error));
    CHECK_TEXT(ic_text_data(writes), expected);
    ic_text_free(writes);
}

static void an_ended_track_is_taken_and_stays_the_track(void) {
    struct setup setup = open_setup(FULL_CAMERA, "{}");
    ic_track_stop(setup.track);
    ic_image_capture *capture = capture_of(setup.track);
    ic_track *track = NULL;
    OK(ic_image_capture_track(capture, &track, &error));
    CHECK(ic_track_object_id(track) == ic_track_object_id(setup.track));
    ic_track_release(track);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void four_methods_look_at_the_state_and_two_at_enabled(void) {
    struct setup setup = open_setup(FULL_CAMERA, "{}");
    ic_image_capture *capture = capture_of(setup.track);
    ic_frame *frame = NULL;
    ic_photo_capabilities *capabilities = NULL;
    ic_photo_settings settings = IC_PHOTO_SETTINGS_INIT;
    ic_track_set_enabled(setup.track, false);
    named("InvalidStateError", "", take(capture, NULL));
    named("InvalidStateError", "", ic_image_capture_grab_frame(capture, IC_TIMEOUT_DEFAULT, &frame, &error));
    OK(ic_image_capture_photo_capabilities(capture, IC_TIMEOUT_DEFAULT, &capabilities, &error));
    ic_photo_capabilities_free(capabilities);
    OK(ic_image_capture_photo_settings(capture, IC_TIMEOUT_DEFAULT, &settings, &error));
    ic_track_set_enabled(setup.track, true);
    OK(take(capture, &settings));
    ic_track_stop(setup.track);
    named("InvalidStateError", "", take(capture, &settings));
    named("InvalidStateError", "", ic_image_capture_grab_frame(capture, IC_TIMEOUT_DEFAULT, &frame, &error));
    CHECK(frame == NULL);
    /* Arguments are looked at first. */
    settings.image_width = (double)NAN;
    named("TypeError", "imageWidth", take(capture, &settings));
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void no_settings_in_two_ways(void) {
    struct setup setup = open_setup(FULL_CAMERA, "{}");
    ic_image_capture *capture = capture_of(setup.track);
    const ic_photo_settings none = IC_PHOTO_SETTINGS_INIT;
    OK(take(capture, NULL));
    OK(take(capture, &none));
    writes_are(setup.camera, "[{},{}]");
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void six_settings_that_are_not_supported(void) {
    struct setup setup = open_setup(FULL_CAMERA, "{}");
    ic_image_capture *capture = capture_of(setup.track);
    static const struct {
        uint32_t field;
        double size;
        const char *name;
    } cases[] = {
        {IC_PHOTO_SETTINGS_IMAGE_HEIGHT, 3073, "imageHeight"},   {IC_PHOTO_SETTINGS_IMAGE_HEIGHT, 99, "imageHeight"},
        {IC_PHOTO_SETTINGS_IMAGE_WIDTH, 4097, "imageWidth"},     {IC_PHOTO_SETTINGS_IMAGE_WIDTH, 639, "imageWidth"},
        {IC_PHOTO_SETTINGS_RED_EYE_REDUCTION, 0, "redEyeReduction"}, {IC_PHOTO_SETTINGS_FILL_LIGHT_MODE, 0, "fillLightMode"},
    };
    ic_photo_settings settings = IC_PHOTO_SETTINGS_INIT;
    settings.fill_light_mode = IC_FILL_LIGHT_MODE_OFF;
    settings.red_eye_reduction = 1;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        settings.fields = cases[i].field;
        settings.image_width = settings.image_height = cases[i].size;
        named("NotSupportedError", cases[i].name, take(capture, &settings));
    }
    /* All at once: the first of them is told. */
    settings.fields = 15;
    settings.image_width = settings.image_height = 5000;
    named("NotSupportedError", "imageHeight", take(capture, &settings));
    settings.image_height = 100;
    named("NotSupportedError", "imageWidth", take(capture, &settings));
    settings.image_width = 640;
    named("NotSupportedError", "redEyeReduction", take(capture, &settings));
    settings.red_eye_reduction = 0;
    named("NotSupportedError", "fillLightMode", take(capture, &settings));
    writes_are(setup.camera, "[]");
    settings.fill_light_mode = IC_FILL_LIGHT_MODE_FLASH;
    OK(take(capture, &settings));
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void sizes_that_are_not_finite_and_modes_that_are_not_known(void) {
    struct setup setup = open_setup(FULL_CAMERA, "{}");
    ic_image_capture *capture = capture_of(setup.track);
    const double odd[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t i = 0; i < 3; ++i) {
        ic_photo_settings settings = IC_PHOTO_SETTINGS_INIT;
        settings.image_width = settings.image_height = odd[i];
        settings.fields = IC_PHOTO_SETTINGS_IMAGE_WIDTH;
        named("TypeError", "imageWidth", take(capture, &settings));
        settings.fields = IC_PHOTO_SETTINGS_IMAGE_HEIGHT;
        named("TypeError", "imageHeight", take(capture, &settings));
        settings.fields = IC_PHOTO_SETTINGS_FILL_LIGHT_MODE;
        settings.fill_light_mode = 99;
        named("TypeError", "", take(capture, &settings));
    }
    ic_image_capture_release(capture);
    close_setup(&setup);
}

/* What comes of a JPEG of a camera without anything added; free() its bytes. */
static uint8_t *passed(const uint8_t *jpeg, size_t len, size_t *out_len) {
    struct setup setup = open_setup("{\"modes\": [{\"width\": 64, \"height\": 48, \"pixelFormat\": \"mjpeg\"}], \"scene\": {\"kind\": \"push\"},"
                                    " \"photo\": {\"imageWidth\": {\"min\": 64, \"max\": 64}, \"imageHeight\": {\"min\": 48, \"max\": 48}}}",
                                    "{}");
    ic_image_capture *capture = capture_of(setup.track);
    OK(ic_virtual_camera_push_photo(setup.camera, "image/jpeg", IC_NUL_TERMINATED, jpeg, len, &error));
    ic_photo *photo = NULL;
    OK(ic_image_capture_take_photo(capture, NULL, NULL, IC_TIMEOUT_DEFAULT, &photo, &error));
    CHECK_TEXT(ic_photo_mime_type(photo), "image/jpeg");
    *out_len = ic_photo_len(photo);
    uint8_t *bytes = malloc(*out_len);
    CHECK(bytes != NULL);
    memcpy(bytes, ic_photo_data(photo), *out_len);
    ic_photo_free(photo);
    ic_image_capture_release(capture);
    close_setup(&setup);
    return bytes;
}

static bool contains(const uint8_t *data, size_t len, const char *part, size_t part_len) {
    for (size_t i = 0; i + part_len <= len; ++i)
        if (memcmp(data + i, part, part_len) == 0) return true;
    return false;
}

static void bytes_of_the_camera_and_no_place_in_them(void) {
    struct setup setup =
        open_setup("{\"modes\": [{\"width\": 64, \"height\": 48, \"pixelFormat\": \"mjpeg\"}], \"pacing\": \"fast\"}", "{}");
    ic_image_capture *capture = capture_of(setup.track);
    ic_photo_options options = IC_PHOTO_OPTIONS_INIT;
    options.format = IC_PHOTO_FORMAT_CAMERA;
    options.no_metadata = 1;
    ic_photo *photo = NULL;
    OK(ic_image_capture_take_photo(capture, NULL, &options, IC_TIMEOUT_DEFAULT, &photo, &error));
    const uint8_t *jpeg = ic_photo_data(photo);
    const size_t len = ic_photo_len(photo);
    CHECK(len > 0 && strstr(ic_photo_report_json(photo), "\"changes\":[]") != NULL);
    size_t out_len = 0;
    uint8_t *out = passed(jpeg, len, &out_len);
    CHECK(out_len == len && memcmp(out, jpeg, len) == 0);
    free(out);

    /* The same with a GPS directory that has a date in it. */
    static const char place[] = "\xff\xe1\0\x40"
                                "Exif\0\0II*\0\x08\0\0\0"
                                "\x01\0\x25\x88\x04\0\x01\0\0\0\x1a\0\0\0\0\0\0\0"
                                "\x01\0\x1d\0\x02\0\x0b\0\0\0\x2c\0\0\0\0\0\0\0"
                                "2026:11:22\0\0";
    const size_t place_len = sizeof place - 1;
    uint8_t *located = malloc(len + place_len);
    CHECK(located != NULL && place_len == 2 + 0x40 && contains((const uint8_t *)place, place_len, "2026:11:22", 10));
    memcpy(located, jpeg, 2);
    memcpy(located + 2, place, place_len);
    memcpy(located + 2 + place_len, jpeg + 2, len - 2);
    out = passed(located, len + place_len, &out_len);
    CHECK(out_len > 0 && !contains(out, out_len, "2026:11:22", 10) && !contains(out, out_len, "\x25\x88", 2));
    free(out);
    free(located);
    ic_photo_free(photo);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

/* The next event of one of two tracks. */
static ic_event next_of(ic_devices *devices, ic_track *one, ic_track *other) {
    for (;;) {
        ic_event event = IC_EVENT_INIT;
        OK(ic_devices_next_event(devices, 5000000000, &event, &error));
        if (event.object_id == ic_track_object_id(one) || event.object_id == ic_track_object_id(other)) return event;
    }
}

static void all_tracks_are_muted_and_unmuted_and_nothing_stays(void) {
    struct setup setup = open_setup(STREAM_CAMERA, "{\"width\": {\"exact\": 320}, \"height\": {\"exact\": 240}}");
    ic_track *clone = NULL;
    OK(ic_track_clone(setup.track, &clone, &error));
    char *before = said(setup.track), *before_clone = said(clone);
    ic_event event = IC_EVENT_INIT;
    FAILS(IC_STATUS_TIMED_OUT, ic_devices_next_event(setup.devices, 0, &event, &error));
    ic_image_capture *capture = capture_of(setup.track);
    ic_photo_settings settings = IC_PHOTO_SETTINGS_INIT;
    settings.fields = IC_PHOTO_SETTINGS_IMAGE_WIDTH;
    settings.image_width = 640;
    OK(take(capture, &settings));
    static const ic_event_type order[] = {IC_EVENT_MUTE, IC_EVENT_MUTE, IC_EVENT_UNMUTE, IC_EVENT_UNMUTE};
    uint64_t told[4];
    for (size_t i = 0; i < 4; ++i) {
        event = next_of(setup.devices, setup.track, clone);
        CHECK(event.type == order[i]);
        told[i] = event.object_id;
    }
    CHECK(told[0] != told[1] && told[2] != told[3]);
    same(before, said(setup.track));
    same(before_clone, said(clone));
    ic_track_release(clone);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void frames_have_the_size_of_their_track(void) {
    struct setup setup = open_setup(STREAM_CAMERA, "{\"width\": {\"exact\": 640}, \"height\": {\"exact\": 480}}");
    ic_track *clone = NULL;
    OK(ic_track_clone(setup.track, &clone, &error));
    OK(apply_json(clone, "{\"width\": {\"exact\": 500}, \"height\": {\"exact\": 300}}"));
    ic_track *tracks[] = {setup.track, clone};
    for (size_t i = 0; i < 2; ++i) {
        ic_image_capture *capture = capture_of(tracks[i]);
        ic_frame *frame = NULL;
        OK(ic_image_capture_grab_frame(capture, IC_TIMEOUT_DEFAULT, &frame, &error));
        ic_frame_info info = IC_FRAME_INFO_INIT;
        OK(ic_frame_describe(frame, &info, &error));
        CHECK(info.width == number_of(tracks[i], IC_PROPERTY_WIDTH) && info.height == number_of(tracks[i], IC_PROPERTY_HEIGHT));
        CHECK(info.width == (i == 0 ? 640u : 500u) && info.height == (i == 0 ? 480u : 300u));
        ic_frame_release(frame);
        ic_image_capture_release(capture);
    }
    ic_track_release(clone);
    close_setup(&setup);
}

static void a_frame_between_two_photos(void) {
    struct setup setup = open_setup("{\"modes\": [{\"width\": 320, \"height\": 240}], \"pacing\": \"manual\"}", "{}");
    ic_image_capture *capture = capture_of(setup.track);
    ic_op *ops[3];
    OK(ic_image_capture_take_photo_async(capture, NULL, NULL, NULL, &ops[0], &error));
    OK(ic_image_capture_grab_frame_async(capture, NULL, &ops[1], &error));
    OK(ic_image_capture_take_photo_async(capture, NULL, NULL, NULL, &ops[2], &error));
    for (int tries = 0; tries < 1000 && !ic_op_poll(ops[2]); ++tries) {
        ic_virtual_camera_step(setup.camera, 1);
        wait_a_little(5);
    }
    CHECK(ic_op_poll(ops[0]) && ic_op_poll(ops[1]) && ic_op_poll(ops[2]));
    ic_photo *first = NULL, *second = NULL;
    ic_frame *frame = NULL;
    OK(ic_op_take_photo(ops[0], &first, &error));
    OK(ic_op_take_frame(ops[1], &frame, &error));
    OK(ic_op_take_photo(ops[2], &second, &error));
    CHECK(ic_photo_sequence(first) < ic_photo_sequence(second));
    ic_photo_free(first);
    ic_photo_free(second);
    ic_frame_release(frame);

    /* While the camera is muted a photo waits; one of a track that stops fails. */
    ic_virtual_camera_set_muted(setup.camera, true);
    EVENTUALLY(ic_track_muted(setup.track));
    ic_op *waiting = NULL;
    OK(ic_image_capture_take_photo_async(capture, NULL, NULL, NULL, &waiting, &error));
    FAILS(IC_STATUS_TIMED_OUT, ic_op_wait(waiting, 50000000, &error));
    ic_track_stop(setup.track);
    OK(ic_op_wait(waiting, IC_TIMEOUT_DEFAULT, &error));
    first = NULL;
    named("UnknownError", "", ic_op_take_photo(waiting, &first, &error));
    named("InvalidStateError", "", take(capture, NULL));
    ic_op_release(waiting);
    for (size_t i = 0; i < 3; ++i) ic_op_release(ops[i]);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void seventeen_names(void) {
    CHECK(IMAGE_PROPERTY_COUNT == 17);
    for (size_t i = 0; i < IMAGE_PROPERTY_COUNT; ++i) CHECK(ic_supported_constraint(IMAGE_PROPERTIES[i]));
}

/* Absent where the camera lacks it, and with a setting inside of it where it does not. */
static void features_are_absent_or_whole(void) {
    const char *cameras[] = {STREAM_CAMERA, FULL_CAMERA};
    for (size_t camera = 0; camera < 2; ++camera) {
        struct setup setup = open_setup(cameras[camera], "{}");
        ic_settings *settings = NULL;
        ic_capabilities *capabilities = NULL;
        OK(ic_track_settings(setup.track, &settings, &error));
        OK(ic_track_capabilities(setup.track, &capabilities, &error));
        CHECK(strstr(ic_settings_json(settings), "null") == NULL && strstr(ic_capabilities_json(capabilities), "null") == NULL);
        for (size_t i = 0; i < IMAGE_PROPERTY_COUNT; ++i) {
            const ic_property property = IMAGE_PROPERTIES[i];
            CHECK(ic_settings_has(settings, property) == (camera == 1));
            CHECK(ic_capabilities_has(capabilities, property) == (camera == 1 && property != IC_PROPERTY_POINTS_OF_INTEREST));
            ic_range range;
            double value = 0;
            if (ic_capabilities_range(capabilities, property, &range) != IC_STATUS_OK) continue;
            STATUS(IC_STATUS_OK, ic_settings_number(settings, property, &value));
            CHECK(range.min <= value && value <= range.max && range.min < range.max);
        }
        ic_settings_free(settings);
        ic_capabilities_free(capabilities);
        close_setup(&setup);
    }
}

static void a_torch_is_a_list(void) {
    static const char *const lists[] = {"[false]", "[true]", "[false,true]"};
    for (size_t i = 0; i < 3; ++i) {
        char json[200], part[40];
        snprintf(json, sizeof json, "{" MODES ", \"properties\": {\"torch\": {\"values\": %s}}}", lists[i]);
        snprintf(part, sizeof part, "\"torch\":%s", lists[i]);
        struct setup setup = open_setup(json, "{}");
        char *before = said(setup.track);
        CHECK(strstr(before, part) && strstr(before, i == 1 ? "\"torch\":true" : "\"torch\":false"));
        free(before);
        if (i == 1) {
            named("OverconstrainedError", "", apply_json(setup.track, "{\"torch\": {\"exact\": false}}"));
        } else {
            OK(apply_json(setup.track, "{\"torch\": {\"exact\": false}}"));
        }
        if (i == 0) {
            named("OverconstrainedError", "", apply_json(setup.track, "{\"torch\": {\"exact\": true}}"));
        } else {
            OK(apply_json(setup.track, "{\"torch\": {\"exact\": true}}"));
        }
        close_setup(&setup);
    }
}

static void none_of_them_chooses_a_device(void) {
    struct setup setup = open_setup(FULL_CAMERA, "{}");
    for (size_t i = 0; i < IMAGE_PROPERTY_COUNT; ++i) {
        char json[120];
        const char *name = ic_property_name(IMAGE_PROPERTIES[i]);
        const char *value = IMAGE_PROPERTIES[i] < IC_PROPERTY_POINTS_OF_INTEREST    ? "\"manual\""
                            : IMAGE_PROPERTIES[i] == IC_PROPERTY_POINTS_OF_INTEREST ? "[{\"x\": 1, \"y\": 1}]"
                            : IMAGE_PROPERTIES[i] == IC_PROPERTY_TORCH              ? "true"
                                                                                    : "100";
        snprintf(json, sizeof json, "{\"%s\": {\"exact\": %s}}", name, value);
        ic_constraints *video = new_constraints(json);
        ic_stream *stream = NULL;
        named("TypeError", "", ic_devices_get_user_media(setup.devices, video, NULL, IC_TIMEOUT_DEFAULT, &stream, &error));
        CHECK(stream == NULL);
        ic_constraints_free(video);
        OK(apply_json(setup.track, json));
    }
    close_setup(&setup);
}

static void nothing_moves_out_of_sight(void) {
    struct setup setup = open_setup(FULL_CAMERA, "{}");
    ic_devices_set_visible(setup.devices, false);
    named("SecurityError", "", apply_json(setup.track, "{\"pan\": 100, \"width\": {\"exact\": 1}}"));
    named("SecurityError", "", apply_json(setup.track, "{\"advanced\": [{}, {\"tilt\": {}}]}"));
    named("SecurityError", "", apply_json(setup.track, "{\"zoom\": true}"));
    OK(apply_json(setup.track, "{\"pan\": false, \"tilt\": false, \"zoom\": false, \"iso\": 200}"));
    close_setup(&setup);
}

#define ALL_VALUES                                                                                                            \
    "{\"whiteBalanceMode\": \"manual\", \"exposureMode\": \"manual\", \"focusMode\": \"manual\", \"pointsOfInterest\": [{\"x\": 0.1,"  \
    " \"y\": 0.2}], \"exposureCompensation\": 200, \"exposureTime\": 201, \"colorTemperature\": 202, \"iso\": 203, \"brightness\": 204," \
    " \"contrast\": 205, \"saturation\": 206, \"sharpness\": 207, \"focusDistance\": 208, \"pan\": 209, \"tilt\": 210, \"zoom\": 211,"  \
    " \"torch\": true}"

static void a_clone_has_all_and_clearing_leaves_none(void) {
    struct setup setup = open_setup(FULL_CAMERA, "{}");
    OK(apply_json(setup.track, "{\"advanced\": [" ALL_VALUES "]}"));
    ic_track *clone = NULL;
    OK(ic_track_clone(setup.track, &clone, &error));
    same(said(setup.track), said(clone));
    for (size_t i = IMAGE_PROPERTY_COUNT - 13, value = 200; i < IMAGE_PROPERTY_COUNT - 1; ++i, ++value)
        CHECK(number_of(clone, IMAGE_PROPERTIES[i]) == (double)value);
    ic_track_stop(clone);
    ic_track_release(clone);
    OK(apply_json(setup.track, "{}"));
    CHECK(number_of(setup.track, IC_PROPERTY_ISO) == 100 && number_of(setup.track, IC_PROPERTY_ZOOM) == 100);
    ic_constraints *kept = NULL;
    OK(ic_track_constraints(setup.track, &kept, &error));
    CHECK_TEXT(ic_constraints_json(kept), "{}");
    ic_constraints_free(kept);
    close_setup(&setup);
}

static void points_come_back_within_a_hundredth(void) {
    struct setup setup = open_setup(FULL_CAMERA, "{}");
    OK(apply_json(setup.track, "{\"pointsOfInterest\": {\"exact\": [{\"x\": 0.333333, \"y\": 0.666667}, {\"x\": 1.01, \"y\": -7}]}}"));
    ic_settings *settings = NULL;
    OK(ic_track_settings(setup.track, &settings, &error));
    ic_point2d points[2];
    size_t count = 0;
    STATUS(IC_STATUS_OK, ic_settings_points(settings, IC_PROPERTY_POINTS_OF_INTEREST, points, 2, &count));
    CHECK(count == 2 && fabs(points[0].x - 0.333333) <= 0.01 && fabs(points[0].y - 0.666667) <= 0.01);
    CHECK(points[1].x == 1 && points[1].y == 0);
    ic_settings_free(settings);
    close_setup(&setup);
}

static void an_exposure_is_counted_in_100_microseconds(void) {
    struct setup setup = open_setup("{\"modes\": [{\"width\": 64, \"height\": 48}], \"pacing\": \"fast\", \"properties\": {"
                                    "\"exposureMode\": {\"values\": [\"manual\"]}, \"exposureTime\": {\"min\": 1, \"max\": 1000, \"value\": 250}}}",
                                    "{}");
    ic_image_capture *capture = capture_of(setup.track);
    ic_photo *photo = NULL;
    OK(ic_image_capture_take_photo(capture, NULL, NULL, IC_TIMEOUT_DEFAULT, &photo, &error));
    /* A fortieth of a second stands in the file. */
    CHECK(contains(ic_photo_data(photo), ic_photo_len(photo), "\x01\0\0\0\x28\0\0\0", 8));
    ic_photo_free(photo);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void a_write_that_fails_takes_all_back(void) {
    struct setup setup = open_setup(FULL_CAMERA, "{}");
    char *before = said(setup.track);
    OK(ic_virtual_camera_script(setup.camera, "{\"refuseWrites\": [\"torch\"]}", IC_NUL_TERMINATED, &error));
    const ic_status status = apply_json(setup.track, ALL_VALUES);
    CHECK_TEXT(ic_error_constraint(error), "torch");
    named("OverconstrainedError", "", status);
    same(before, said(setup.track));
    close_setup(&setup);
}

static void the_torch_is_off_when_the_last_track_stops(void) {
    struct setup setup = open_setup(FULL_CAMERA, "{}");
    OK(apply_json(setup.track, "{\"torch\": true}"));
    ic_track *clone = NULL;
    OK(ic_track_clone(setup.track, &clone, &error));
    ic_track_stop(setup.track);
    ic_text *properties = NULL;
    OK(ic_virtual_camera_properties(setup.camera, &properties, &error));
    CHECK(strstr(ic_text_data(properties), "\"torch\":{\"value\":true"));
    ic_text_free(properties);
    ic_track_stop(clone);
    ic_track_release(clone);
    bool shines = true;
    for (int tries = 0; tries < 2500 && shines; ++tries) {
        wait_a_little(2);
        OK(ic_virtual_camera_properties(setup.camera, &properties, &error));
        shines = strstr(ic_text_data(properties), "\"torch\":{\"value\":true") != NULL;
        ic_text_free(properties);
    }
    CHECK(!shines);
    close_setup(&setup);
}

TESTS("checklist", TEST(an_ended_track_is_taken_and_stays_the_track), TEST(four_methods_look_at_the_state_and_two_at_enabled),
      TEST(no_settings_in_two_ways), TEST(six_settings_that_are_not_supported),
      TEST(sizes_that_are_not_finite_and_modes_that_are_not_known), TEST(bytes_of_the_camera_and_no_place_in_them),
      TEST(all_tracks_are_muted_and_unmuted_and_nothing_stays), TEST(frames_have_the_size_of_their_track),
      TEST(a_frame_between_two_photos), TEST(seventeen_names), TEST(features_are_absent_or_whole), TEST(a_torch_is_a_list),
      TEST(none_of_them_chooses_a_device), TEST(nothing_moves_out_of_sight), TEST(a_clone_has_all_and_clearing_leaves_none),
      TEST(points_come_back_within_a_hundredth), TEST(an_exposure_is_counted_in_100_microseconds),
      TEST(a_write_that_fails_takes_all_back), TEST(the_torch_is_off_when_the_last_track_stops))
