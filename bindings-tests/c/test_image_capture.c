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

TESTS("image_capture", TEST(photos), TEST(photos_of_other_formats), TEST(wrong_settings), TEST(frames),
      TEST(no_frame_yet), TEST(after_the_end))
