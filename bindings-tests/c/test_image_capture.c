#include "harness.h"

static void start_of_frame(const uint8_t *data, size_t len, unsigned *width, unsigned *height) {
    for (size_t i = 2; i + 9 < len && data[i] == 0xff;) {
        if (data[i + 1] == 0xc0 || data[i + 1] == 0xc2) {
            *height = (unsigned)data[i + 5] << 8 | data[i + 6];
            *width = (unsigned)data[i + 7] << 8 | data[i + 8];
            return;
        }
        i += 2 + ((size_t)data[i + 2] << 8 | data[i + 3]);
    }
}

/* The number that a photo shows: given to another camera as a frame, the library decodes it for us. */
static int photo_number(const ic_photo *photo) {
    char json[160];
    snprintf(json, sizeof json,
             "{\"modes\": [{\"width\": %u, \"height\": %u, \"pixelFormat\": \"mjpeg\"}], \"scene\": {\"kind\": \"push\"}}",
             (unsigned)ic_photo_width(photo), (unsigned)ic_photo_height(photo));
    ic_virtual_camera *camera = new_camera(json);
    ic_track *track = NULL;
    OK(ic_virtual_camera_open(camera, &track, &error));
    ic_frame_reader *reader = NULL;
    OK(ic_track_frames(track, NULL, &reader, &error));
    OK(ic_virtual_camera_push_frame(camera, IC_PIXEL_FORMAT_MJPEG, ic_photo_width(photo), ic_photo_height(photo),
                                    ic_photo_data(photo), ic_photo_len(photo), 0, &error));
    ic_frame *frame = NULL;
    OK(ic_frame_reader_next(reader, IC_TIMEOUT_DEFAULT, &frame, &error));
    const int number = frame_number(frame);
    ic_frame_release(frame);
    ic_frame_reader_release(reader);
    ic_track_stop(track);
    ic_track_release(track);
    ic_virtual_camera_release(camera);
    return number;
}

static void photos(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{\"width\": {\"exact\": 640}, \"height\": {\"exact\": 480}}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    ic_photo *photo = NULL;
    OK(ic_image_capture_take_photo(capture, NULL, NULL, IC_TIMEOUT_DEFAULT, &photo, &error));
    CHECK_TEXT(ic_photo_mime_type(photo), "image/jpeg");
    const uint8_t *data = ic_photo_data(photo);
    const size_t len = ic_photo_len(photo);
    CHECK(len > 100 && data[0] == 0xff && data[1] == 0xd8 && data[len - 2] == 0xff && data[len - 1] == 0xd9);
    unsigned width = 0, height = 0;
    start_of_frame(data, len, &width, &height);
    CHECK(width == ic_photo_width(photo) && height == ic_photo_height(photo) && width > 0 && height > 0);
    CHECK(ic_photo_timestamp_ns(photo) > 0);
    ic_settings *settings = NULL;
    OK(ic_photo_track_settings(photo, &settings, &error));
    double zoom = 0;
    STATUS(IC_STATUS_OK, ic_settings_number(settings, IC_PROPERTY_ZOOM, &zoom));
    CHECK(zoom == 100);
    ic_settings_free(settings);
    CHECK(photo_number(photo) >= 0);
    ic_photo_free(photo);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void bursts_and_brackets(void) {
    struct setup setup = open_setup("{\"modes\": [{\"width\": 64, \"height\": 48}, {\"width\": 160, \"height\": 120}], \"pacing\": \"fast\", "
                                    "\"properties\": {\"iso\": {\"min\": 100, \"max\": 800, \"step\": 100, \"value\": 100}}}",
                                    "{\"width\": {\"exact\": 64}}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    ic_photo_list *photos = NULL;
    OK(ic_image_capture_take_burst(capture, 3, NULL, NULL, IC_TIMEOUT_DEFAULT, &photos, &error));
    CHECK(ic_photo_list_count(photos) == 3);
    uint64_t last = 0;
    ic_photo *photo = NULL;
    for (size_t i = 0; i < 3; ++i) {
        OK(ic_photo_list_photo(photos, i, &photo, &error));
        CHECK(ic_photo_sequence(photo) > last);
        last = ic_photo_sequence(photo);
        CHECK(strstr(ic_photo_report_json(photo), "\"settled\":null") != NULL);
        ic_photo_free(photo);
    }
    photo = NULL;
    FAILS(IC_STATUS_NOT_PRESENT, ic_photo_list_photo(photos, 3, &photo, &error));
    CHECK(photo == NULL);
    ic_photo_list_free(photos);
    photos = NULL;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_image_capture_take_burst(capture, 0, NULL, NULL, IC_TIMEOUT_DEFAULT, &photos, &error));

    const double values[] = {200, 400};
    ic_op *op = NULL;
    OK(ic_image_capture_take_bracket_async(capture, IC_PROPERTY_ISO, values, 2, NULL, NULL, NULL, &op, &error));
    OK(ic_op_wait(op, IC_TIMEOUT_DEFAULT, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_op_take_photo(op, &photo, &error));
    OK(ic_op_take_photos(op, &photos, &error));
    ic_op_release(op);
    for (size_t i = 0; i < 2; ++i) {
        OK(ic_photo_list_photo(photos, i, &photo, &error));
        ic_settings *settings = NULL;
        OK(ic_photo_track_settings(photo, &settings, &error));
        double iso = 0;
        STATUS(IC_STATUS_OK, ic_settings_number(settings, IC_PROPERTY_ISO, &iso));
        CHECK(iso == values[i]);
        CHECK(strstr(ic_photo_report_json(photo), "\"settleFrames\":") != NULL);
        ic_settings_free(settings);
        ic_photo_free(photo);
    }
    ic_photo_list_free(photos);
    photos = NULL;
    const double wrong[] = {900};
    FAILS(IC_STATUS_NOT_SUPPORTED,
          ic_image_capture_take_bracket(capture, IC_PROPERTY_ISO, wrong, 1, NULL, NULL, IC_TIMEOUT_DEFAULT, &photos, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_image_capture_take_bracket(capture, IC_PROPERTY_ISO, values, 0, NULL, NULL, IC_TIMEOUT_DEFAULT, &photos, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_image_capture_take_bracket(capture, IC_PROPERTY_ZOOM, values, 2, NULL, NULL, IC_TIMEOUT_DEFAULT, &photos, &error));
    CHECK(photos == NULL);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void photos_of_other_formats(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{\"width\": {\"exact\": 640}, \"height\": {\"exact\": 480}}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    ic_photo_options options = IC_PHOTO_OPTIONS_INIT;
    options.format = IC_PHOTO_FORMAT_PNG;
    ic_photo *photo = NULL;
    OK(ic_image_capture_take_photo(capture, NULL, &options, IC_TIMEOUT_DEFAULT, &photo, &error));
    CHECK_TEXT(ic_photo_mime_type(photo), "image/png");
    CHECK(ic_photo_len(photo) > 8 && memcmp(ic_photo_data(photo), "\x89PNG", 4) == 0);
    ic_photo_free(photo);

    options.format = IC_PHOTO_FORMAT_JPEG;
    for (uint32_t without = 0; without < 2; ++without) {
        options.no_metadata = without;
        OK(ic_image_capture_take_photo(capture, NULL, &options, IC_TIMEOUT_DEFAULT, &photo, &error));
        /* The segment of EXIF data stands first, but behind the 16 bytes of JFIF. */
        CHECK((memcmp(ic_photo_data(photo) + 20, "\xff\xe1", 2) == 0) == (without == 0));
        CHECK((memcmp(ic_photo_data(photo) + 24, "Exif\0\0II*", 9) == 0) == (without == 0));
        ic_photo_free(photo);
    }

    size_t lengths[2];
    for (unsigned i = 0; i < 2; ++i) {
        options.format = IC_PHOTO_FORMAT_JPEG;
        options.quality = i == 0 ? 1 : 100;
        OK(ic_image_capture_take_photo(capture, NULL, &options, IC_TIMEOUT_DEFAULT, &photo, &error));
        lengths[i] = ic_photo_len(photo);
        ic_photo_free(photo);
    }
    CHECK(lengths[0] < lengths[1]);

    photo = NULL;
    options.quality = 101;
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_image_capture_take_photo(capture, NULL, &options, IC_TIMEOUT_DEFAULT, &photo, &error));
    options.quality = 256 + 90;
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_image_capture_take_photo(capture, NULL, &options, IC_TIMEOUT_DEFAULT, &photo, &error));
    options.quality = 90;
    options.format = 17;
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_image_capture_take_photo(capture, NULL, &options, IC_TIMEOUT_DEFAULT, &photo, &error));
    options.struct_size = 0;
    FAILS(IC_STATUS_STRUCT_SIZE,
          ic_image_capture_take_photo(capture, NULL, &options, IC_TIMEOUT_DEFAULT, &photo, &error));
    CHECK(photo == NULL);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void wrong_settings(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    ic_photo *photo = NULL;
    ic_photo_settings settings = IC_PHOTO_SETTINGS_INIT;
    /* What is not marked in `fields` is not looked at. */
    settings.fill_light_mode = 99;
    OK(ic_image_capture_take_photo(capture, &settings, NULL, IC_TIMEOUT_DEFAULT, &photo, &error));
    ic_photo_free(photo);
    photo = NULL;
    settings.fields = IC_PHOTO_SETTINGS_FILL_LIGHT_MODE;
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_image_capture_take_photo(capture, &settings, NULL, IC_TIMEOUT_DEFAULT, &photo, &error));
    settings.fields = 1u << 20;
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_image_capture_take_photo(capture, &settings, NULL, IC_TIMEOUT_DEFAULT, &photo, &error));
    settings.struct_size = 8;
    FAILS(IC_STATUS_STRUCT_SIZE,
          ic_image_capture_take_photo(capture, &settings, NULL, IC_TIMEOUT_DEFAULT, &photo, &error));
    CHECK(photo == NULL);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void frames(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{\"width\": {\"exact\": 1280}, \"height\": {\"exact\": 720}}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    ic_frame *frame = NULL;
    OK(ic_image_capture_grab_frame(capture, IC_TIMEOUT_DEFAULT, &frame, &error));
    ic_frame_info info = IC_FRAME_INFO_INIT;
    OK(ic_frame_describe(frame, &info, &error));
    CHECK(info.format == IC_PIXEL_FORMAT_RGBA && info.width == 1280 && info.height == 720);
    CHECK(frame_number(frame) >= 0);
    ic_frame_release(frame);

    OK(ic_image_capture_latest_frame(capture, &frame, &error));
    CHECK(frame_number(frame) >= 0);
    ic_frame_release(frame);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void no_frame_yet(void) {
    struct setup setup = open_setup(
        "{\"modes\": [{\"width\": 640, \"height\": 480}], \"pacing\": \"manual\"}", "{}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    ic_frame *frame = NULL;
    FAILS(IC_STATUS_NOT_PRESENT, ic_image_capture_latest_frame(capture, &frame, &error));
    FAILS(IC_STATUS_TIMED_OUT, ic_image_capture_grab_frame(capture, 30000000, &frame, &error));
    CHECK(frame == NULL);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void after_the_end(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    ic_track *track = NULL;
    OK(ic_image_capture_track(capture, &track, &error));
    CHECK_TEXT(ic_track_id(track), ic_track_id(setup.track));
    ic_track_stop(track);
    ic_track_release(track);
    ic_photo *photo = NULL;
    ic_frame *frame = NULL;
    ic_op *op = NULL;
    FAILS(IC_STATUS_INVALID_STATE, ic_image_capture_take_photo(capture, NULL, NULL, IC_TIMEOUT_DEFAULT, &photo, &error));
    FAILS(IC_STATUS_INVALID_STATE, ic_image_capture_grab_frame(capture, IC_TIMEOUT_DEFAULT, &frame, &error));
    /* What needs no waiting to be known comes from the call itself. */
    FAILS(IC_STATUS_INVALID_STATE, ic_image_capture_grab_frame_async(capture, NULL, &op, &error));
    CHECK(photo == NULL && frame == NULL && op == NULL);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

/* A camera that takes stills of its own, of other sizes than its stream has. */
#define STILLS_CAMERA                                                                                              \
    "{\"modes\": [{\"width\": 320, \"height\": 240}, {\"width\": 640, \"height\": 480}], \"pacing\": \"fast\","      \
    " \"properties\": {\"zoom\": {\"min\": 100, \"max\": 400, \"step\": 10, \"value\": 100}},"                       \
    " \"photo\": {\"imageWidth\": {\"min\": 640, \"max\": 4096, \"step\": 1, \"value\": 1920},"                      \
    " \"imageHeight\": {\"min\": 100, \"max\": 3072, \"step\": 2, \"value\": 1080},"                                 \
    " \"fillLightMode\": [\"auto\", \"flash\"], \"redEyeReduction\": \"controllable\"}}"

static bool is_range(ic_range range, double min, double max, double step) {
    return range.min == min && range.max == max && range.step == step;
}

static void check_stills_capabilities(const ic_photo_capabilities *capabilities) {
    CHECK(ic_photo_capabilities_red_eye_reduction(capabilities) == IC_RED_EYE_REDUCTION_CONTROLLABLE);
    ic_range range;
    STATUS(IC_STATUS_OK, ic_photo_capabilities_image_width(capabilities, &range));
    CHECK(is_range(range, 640, 4096, 1));
    STATUS(IC_STATUS_OK, ic_photo_capabilities_image_height(capabilities, &range));
    CHECK(is_range(range, 100, 3072, 2));
    CHECK(ic_photo_capabilities_fill_light_mode_count(capabilities) == 2);
    CHECK(ic_photo_capabilities_fill_light_mode_at(capabilities, 0) == IC_FILL_LIGHT_MODE_AUTO);
    CHECK(ic_photo_capabilities_fill_light_mode_at(capabilities, 1) == IC_FILL_LIGHT_MODE_FLASH);
    CHECK(ic_photo_capabilities_fill_light_mode_at(capabilities, 2) == 0);
    const char *json = ic_photo_capabilities_json(capabilities);
    CHECK(strstr(json, "\"fillLightMode\":[\"auto\",\"flash\"]") && strstr(json, "\"redEyeReduction\":\"controllable\""));
    CHECK(json == ic_photo_capabilities_json(capabilities));
}

static void check_stills_settings(const ic_photo_settings *settings) {
    CHECK(settings->struct_size == sizeof *settings && settings->fields == 15);
    CHECK(settings->image_width == 1920 && settings->image_height == 1080);
    CHECK(settings->fill_light_mode == IC_FILL_LIGHT_MODE_AUTO && settings->red_eye_reduction == 0);
}

static void photo_capabilities(void) {
    struct setup setup = open_setup(STILLS_CAMERA, "{}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    ic_photo_capabilities *capabilities = NULL;
    OK(ic_image_capture_photo_capabilities(capture, IC_TIMEOUT_DEFAULT, &capabilities, &error));
    /* It outlives what it came from. */
    ic_image_capture_release(capture);
    close_setup(&setup);
    check_stills_capabilities(capabilities);
    ic_photo_capabilities_free(capabilities);
}

/* A camera without stills of its own: photos have the sizes of its modes, and nothing else can be asked. */
static void photo_capabilities_of_a_stream(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{\"width\": {\"exact\": 640}, \"height\": {\"exact\": 480}}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    ic_photo_capabilities *capabilities = NULL;
    OK(ic_image_capture_photo_capabilities(capture, IC_TIMEOUT_DEFAULT, &capabilities, &error));
    CHECK(ic_photo_capabilities_red_eye_reduction(capabilities) == IC_RED_EYE_REDUCTION_NEVER);
    CHECK(ic_photo_capabilities_fill_light_mode_count(capabilities) == 0);
    CHECK(ic_photo_capabilities_fill_light_mode_at(capabilities, 0) == 0);
    ic_range range;
    STATUS(IC_STATUS_OK, ic_photo_capabilities_image_width(capabilities, &range));
    CHECK(is_range(range, 640, 1280, 640));
    STATUS(IC_STATUS_OK, ic_photo_capabilities_image_height(capabilities, &range));
    CHECK(is_range(range, 480, 720, 240));
    ic_photo_capabilities_free(capabilities);

    ic_photo_settings settings = IC_PHOTO_SETTINGS_INIT;
    OK(ic_image_capture_photo_settings(capture, IC_TIMEOUT_DEFAULT, &settings, &error));
    CHECK(settings.fields == (IC_PHOTO_SETTINGS_IMAGE_WIDTH | IC_PHOTO_SETTINGS_IMAGE_HEIGHT));
    CHECK(settings.image_width == 640 && settings.image_height == 480);
    CHECK(settings.fill_light_mode == 0 && settings.red_eye_reduction == 0);

    /* A photo of another size than the stream, which keeps its own. */
    settings.fields = IC_PHOTO_SETTINGS_IMAGE_WIDTH;
    settings.image_width = 1280;
    ic_photo *photo = NULL;
    OK(ic_image_capture_take_photo(capture, &settings, NULL, IC_TIMEOUT_DEFAULT, &photo, &error));
    CHECK(ic_photo_width(photo) == 1280 && ic_photo_height(photo) == 720);
    unsigned width = 0, height = 0;
    start_of_frame(ic_photo_data(photo), ic_photo_len(photo), &width, &height);
    CHECK(width == 1280 && height == 720);
    ic_photo_free(photo);
    CHECK(number_of(setup.track, IC_PROPERTY_WIDTH) == 640);
    photo = NULL;
    settings.image_width = 1281;
    FAILS(IC_STATUS_NOT_SUPPORTED, ic_image_capture_take_photo(capture, &settings, NULL, IC_TIMEOUT_DEFAULT, &photo, &error));
    CHECK(photo == NULL);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

/* What the camera would do can be asked of it as it is. */
static void photo_settings_round_trip(void) {
    struct setup setup = open_setup(STILLS_CAMERA, "{\"width\": {\"exact\": 640}}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    ic_photo_settings settings = IC_PHOTO_SETTINGS_INIT;
    OK(ic_image_capture_photo_settings(capture, IC_TIMEOUT_DEFAULT, &settings, &error));
    check_stills_settings(&settings);
    ic_text *writes = NULL;
    OK(ic_virtual_camera_take_writes(setup.camera, &writes, &error));
    ic_text_free(writes);

    ic_photo *photo = NULL;
    OK(ic_image_capture_take_photo(capture, &settings, NULL, IC_TIMEOUT_DEFAULT, &photo, &error));
    CHECK(ic_photo_width(photo) == 1920 && ic_photo_height(photo) == 1080);
    unsigned width = 0, height = 0;
    start_of_frame(ic_photo_data(photo), ic_photo_len(photo), &width, &height);
    CHECK(width == 1920 && height == 1080);
    ic_photo_free(photo);
    settings.fill_light_mode = IC_FILL_LIGHT_MODE_FLASH;
    settings.red_eye_reduction = 1;
    settings.image_width = 700;
    OK(ic_image_capture_take_photo(capture, &settings, NULL, IC_TIMEOUT_DEFAULT, &photo, &error));
    CHECK(ic_photo_width(photo) == 700);
    ic_photo_free(photo);
    CHECK(number_of(setup.track, IC_PROPERTY_WIDTH) == 640);
    /* All of it has reached the camera. */
    OK(ic_virtual_camera_take_writes(setup.camera, &writes, &error));
    CHECK_TEXT(ic_text_data(writes),
               "[{\"fillLightMode\":\"auto\",\"imageHeight\":1080,\"imageWidth\":1920,\"redEyeReduction\":false},"
               "{\"fillLightMode\":\"flash\",\"imageHeight\":1080,\"imageWidth\":700,\"redEyeReduction\":true}]");
    ic_text_free(writes);

    settings.struct_size = 8;
    FAILS(IC_STATUS_STRUCT_SIZE, ic_image_capture_photo_settings(capture, IC_TIMEOUT_DEFAULT, &settings, &error));
    CHECK(settings.image_width == 700);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void pushed_photos(void) {
    struct setup setup = open_setup(STILLS_CAMERA, "{}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    const uint8_t bytes[] = {0xca, 0, 0xfe};
    OK(ic_virtual_camera_push_photo(setup.camera, "image/catalogue", 9, bytes, sizeof bytes, &error));
    ic_photo *photo = NULL;
    OK(ic_image_capture_take_photo(capture, NULL, NULL, IC_TIMEOUT_DEFAULT, &photo, &error));
    CHECK_TEXT(ic_photo_mime_type(photo), "image/cat");
    CHECK(ic_photo_len(photo) == sizeof bytes && memcmp(ic_photo_data(photo), bytes, sizeof bytes) == 0);
    ic_photo_free(photo);
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_virtual_camera_push_photo(setup.camera, "", IC_NUL_TERMINATED, bytes, sizeof bytes, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_virtual_camera_push_photo(setup.camera, "image/cat", IC_NUL_TERMINATED, bytes, 0, &error));
    ic_virtual_camera *other = new_camera(HARNESS_CAMERA);
    FAILS(IC_STATUS_NOT_SUPPORTED,
          ic_virtual_camera_push_photo(other, "image/cat", IC_NUL_TERMINATED, bytes, sizeof bytes, &error));
    ic_virtual_camera_release(other);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void count_call(ic_op *op, void *user_data) {
    (void)op;
    ++*(_Atomic int *)user_data;
}

static void photo_getters_without_waiting(void) {
    struct setup setup = open_setup(STILLS_CAMERA, "{}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    static _Atomic int calls;
    ic_callback_info callback = IC_CALLBACK_INFO_INIT;
    callback.fn = count_call;
    callback.user_data = (void *)&calls;
    ic_op *op = NULL;
    OK(ic_image_capture_photo_capabilities_async(capture, &callback, &op, &error));
    OK(ic_op_wait(op, IC_TIMEOUT_DEFAULT, &error));
    ic_photo_settings settings = IC_PHOTO_SETTINGS_INIT;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_op_take_photo_settings(op, &settings, &error));
    ic_photo_capabilities *capabilities = NULL;
    OK(ic_op_take_photo_capabilities(op, &capabilities, &error));
    check_stills_capabilities(capabilities);
    ic_photo_capabilities_free(capabilities);
    capabilities = NULL;
    FAILS(IC_STATUS_INVALID_STATE, ic_op_take_photo_capabilities(op, &capabilities, &error));
    ic_op_release(op);

    OK(ic_image_capture_photo_settings_async(capture, &callback, &op, &error));
    OK(ic_op_wait(op, IC_TIMEOUT_DEFAULT, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_op_take_photo_capabilities(op, &capabilities, &error));
    settings.struct_size = 8;
    FAILS(IC_STATUS_STRUCT_SIZE, ic_op_take_photo_settings(op, &settings, &error));
    settings.struct_size = sizeof settings;
    CHECK(settings.fields == 0 && capabilities == NULL);
    OK(ic_op_take_photo_settings(op, &settings, &error));
    check_stills_settings(&settings);
    ic_op_release(op);
    EVENTUALLY(calls == 2);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

/* A failure of which the name tells more than the status. */
static void fails_with_name(ic_status expected, const char *name, ic_status status) {
    CHECK_TEXT(ic_error_name(error), name);
    FAILS(expected, status);
}

/* The camera is busy with a slow write when the track is stopped. */
static void photo_getters_and_a_track_that_stops(void) {
    struct setup setup = open_setup(STILLS_CAMERA, "{}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    OK(ic_virtual_camera_script(setup.camera, "{\"writeDelayMs\": 500}", IC_NUL_TERMINATED, &error));
    ic_constraints *zoom = new_constraints("{\"zoom\": 200}");
    ic_op *slow = NULL, *capabilities_op = NULL, *settings_op = NULL;
    OK(ic_track_apply_constraints_async(setup.track, zoom, NULL, &slow, &error));
    OK(ic_image_capture_photo_capabilities_async(capture, NULL, &capabilities_op, &error));
    OK(ic_image_capture_photo_settings_async(capture, NULL, &settings_op, &error));
    ic_photo_capabilities *capabilities = NULL;
    ic_photo_settings settings = IC_PHOTO_SETTINGS_INIT;
    fails_with_name(IC_STATUS_TIMED_OUT, "OperationError",
                    ic_image_capture_photo_capabilities(capture, 10000000, &capabilities, &error));
    fails_with_name(IC_STATUS_TIMED_OUT, "OperationError",
                    ic_image_capture_photo_settings(capture, 10000000, &settings, &error));
    ic_track_stop(setup.track);
    OK(ic_op_wait(capabilities_op, IC_TIMEOUT_DEFAULT, &error));
    OK(ic_op_wait(settings_op, IC_TIMEOUT_DEFAULT, &error));
    fails_with_name(IC_STATUS_UNKNOWN, "OperationError",
                    ic_op_take_photo_capabilities(capabilities_op, &capabilities, &error));
    fails_with_name(IC_STATUS_UNKNOWN, "OperationError", ic_op_take_photo_settings(settings_op, &settings, &error));
    ic_op_release(capabilities_op);
    ic_op_release(settings_op);
    OK(ic_op_wait(slow, IC_TIMEOUT_DEFAULT, &error));
    ic_op_release(slow);
    ic_constraints_free(zoom);

    /* From the call itself, now that it has ended. */
    ic_op *op = NULL;
    fails_with_name(IC_STATUS_INVALID_STATE, "InvalidStateError",
                    ic_image_capture_photo_capabilities(capture, IC_TIMEOUT_DEFAULT, &capabilities, &error));
    fails_with_name(IC_STATUS_INVALID_STATE, "InvalidStateError",
                    ic_image_capture_photo_settings(capture, IC_TIMEOUT_DEFAULT, &settings, &error));
    FAILS(IC_STATUS_INVALID_STATE, ic_image_capture_photo_capabilities_async(capture, NULL, &op, &error));
    FAILS(IC_STATUS_INVALID_STATE, ic_image_capture_photo_settings_async(capture, NULL, &op, &error));
    CHECK(capabilities == NULL && op == NULL && settings.fields == 0);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void contact_sheets(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{\"width\": {\"exact\": 640}, \"zoom\": true}");
    const char *sweeps[] = {"zoom=100:400:100"};
    ic_contact_sheet_options options = IC_CONTACT_SHEET_OPTIONS_INIT;
    options.title = "Which zoom?";
    options.columns = 2;
    options.settle_ms = 20;
    ic_contact_sheet *sheet = NULL;
    ic_photo *png = NULL;
    OK(ic_contact_sheet_sweep(setup.track, sweeps, 1, &options, &sheet, &error));
    CHECK(ic_contact_sheet_count(sheet) == 4);
    ic_frame *frame = NULL;
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    OK(ic_image_capture_grab_frame(capture, IC_TIMEOUT_DEFAULT, &frame, &error));
    OK(ic_contact_sheet_add(sheet, frame, "as it is\nnow", IC_NUL_TERMINATED, &error));
    OK(ic_contact_sheet_png(sheet, &png, &error));
    CHECK_TEXT(ic_photo_mime_type(png), "image/png");
    /* Two pictures of 320 in a row, three rows of 240. */
    CHECK(ic_photo_width(png) > 640 && ic_photo_width(png) < 960 && ic_photo_height(png) > 720);
    ic_photo_free(png);
    ic_contact_sheet_free(sheet);

    sheet = NULL;
    const char *wrong[] = {"zoom=100:500:100", "zoom=50:400:100", "zoom=100:400:0", "zoom=nan:400:100", "zoom=100:inf:100",
                           "zoom=100:400:nan", "zoom=100:400:1e-300", "zoom=100:400", "zoom=100:200:300:400", "zoom=much", "zoom=", "zom=1",
                           "=1", "=", ""};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); ++i) {
        FAILS(IC_STATUS_INVALID_ARGUMENT, ic_contact_sheet_sweep(setup.track, &wrong[i], 1, NULL, &sheet, &error));
    }
    const char *twice[] = {"zoom=100,200", "zoom=300,400"};
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_contact_sheet_sweep(setup.track, twice, 2, NULL, &sheet, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_contact_sheet_sweep(setup.track, NULL, 0, NULL, &sheet, &error));
    const char *missing[] = {"iso"};
    FAILS(IC_STATUS_NOT_SUPPORTED, ic_contact_sheet_sweep(setup.track, missing, 1, NULL, &sheet, &error));
    const char *no_text[] = {NULL};
    FAILS(IC_STATUS_NULL_ARGUMENT, ic_contact_sheet_sweep(setup.track, no_text, 1, NULL, &sheet, &error));
    const char *no_utf8[] = {"zoom=\xff"};
    FAILS(IC_STATUS_INVALID_UTF8, ic_contact_sheet_sweep(setup.track, no_utf8, 1, NULL, &sheet, &error));
    options.width = 5;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_contact_sheet_new(&options, &sheet, &error));
    CHECK(sheet == NULL);
    OK(ic_contact_sheet_new(NULL, &sheet, &error));
    png = NULL;
    FAILS(IC_STATUS_INVALID_STATE, ic_contact_sheet_png(sheet, &png, &error));
    CHECK(png == NULL);
    ic_contact_sheet_free(sheet);
    ic_frame_release(frame);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

TESTS("image_capture", TEST(contact_sheets), TEST(photos), TEST(photos_of_other_formats), TEST(bursts_and_brackets), TEST(wrong_settings), TEST(frames),
      TEST(no_frame_yet), TEST(after_the_end), TEST(photo_capabilities), TEST(photo_capabilities_of_a_stream),
      TEST(photo_settings_round_trip), TEST(pushed_photos), TEST(photo_getters_without_waiting),
      TEST(photo_getters_and_a_track_that_stops))
