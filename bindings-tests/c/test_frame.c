#include "harness.h"

#include <stdatomic.h>

static void describe(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{\"width\": {\"exact\": 640}, \"height\": {\"exact\": 480}}");
    ic_frame_reader *reader = NULL;
    OK(ic_track_frames(setup.track, NULL, &reader, &error));
    ic_frame *frame = NULL;
    OK(ic_frame_reader_next(reader, IC_TIMEOUT_DEFAULT, &frame, &error));
    ic_frame_info info = IC_FRAME_INFO_INIT;
    OK(ic_frame_describe(frame, &info, &error));
    CHECK(info.struct_size == sizeof info);
    CHECK(info.format == IC_PIXEL_FORMAT_YUYV && info.width == 640 && info.height == 480 && info.plane_count == 1);
    CHECK(info.planes[0].data && info.planes[0].stride >= 1280);
    CHECK(info.planes[0].len >= info.planes[0].stride * 479 + 1280);
    CHECK(info.planes[1].data == NULL && info.planes[1].len == 0);
    CHECK(info.timestamp_ns > 0);
    CHECK(info.bits_per_sample == 8 && info.is_lease == 0);
    CHECK(info.timestamp_source == IC_TIMESTAMP_SOURCE_DRIVER);
    CHECK(info.color_matrix == IC_COLOR_MATRIX_BT601 && info.full_range == 0 && info.reserved == 0);
    ic_settings *settings = NULL;
    OK(ic_frame_settings(frame, &settings, &error));
    double width = 0;
    OK(ic_settings_number(settings, IC_PROPERTY_WIDTH, &width));
    CHECK(width == 640);
    ic_settings_free(settings);

    /* Planes, and a smaller picture. */
    ic_frame *planar = NULL, *small = NULL;
    ic_frame_info other = IC_FRAME_INFO_INIT;
    OK(ic_frame_convert(frame, IC_PIXEL_FORMAT_I420, &planar, &error));
    OK(ic_frame_describe(planar, &other, &error));
    CHECK(other.plane_count == 3 && other.planes[0].stride == 640 && other.planes[2].stride == 320 && other.full_range == 0);
    uint8_t *memory = malloc(640 * 480 * 3 / 2);
    OK(ic_frame_copy_to(frame, IC_PIXEL_FORMAT_I420, memory, 640 * 480 * 3 / 2, 640, &error));
    CHECK(memcmp(memory + 640 * 480, other.planes[1].data, other.planes[1].len) == 0);
    free(memory);
    OK(ic_frame_convert_within(frame, IC_PIXEL_FORMAT_RGB, 100, 100, &small, &error));
    OK(ic_frame_describe(small, &other, &error));
    CHECK(other.width == 100 && other.height == 75 && other.format == IC_PIXEL_FORMAT_RGB && other.full_range == 1);
    CHECK(other.timestamp_ns == info.timestamp_ns && other.sequence == info.sequence);
    ic_frame_release(small);
    small = NULL;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_frame_convert_within(frame, IC_PIXEL_FORMAT_RGB, 0, 100, &small, &error));
    CHECK(small == NULL);
    ic_frame_release(planar);
    /* A virtual camera has no driver whose memory could be exported. */
    int fd = 12345;
    size_t offset = 12345;
    FAILS(IC_STATUS_NOT_SUPPORTED, ic_frame_export_dmabuf(frame, 0, &fd, &offset, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_frame_export_dmabuf(frame, 1, &fd, &offset, &error));
    CHECK(fd == 12345 && offset == 12345);
    CHECK(frame_number(frame) >= 0);

    /* A struct of the wrong size is neither read nor written. */
    ic_frame_info unset = {0};
    FAILS(IC_STATUS_STRUCT_SIZE, ic_frame_describe(frame, &unset, &error));
    CHECK(unset.width == 0);
    /* A program that was compiled when the struct was smaller. */
    ic_frame_info old = IC_FRAME_INFO_INIT;
    old.struct_size = offsetof(ic_frame_info, bits_per_sample);
    old.bits_per_sample = 77;
    OK(ic_frame_describe(frame, &old, &error));
    CHECK(old.width == 640 && old.planes[0].data == info.planes[0].data && old.bits_per_sample == 77);
    old.struct_size -= 1;
    FAILS(IC_STATUS_STRUCT_SIZE, ic_frame_describe(frame, &old, &error));
    /* A program of the future has a larger one. */
    struct {
        ic_frame_info info;
        uint64_t later;
    } larger = {IC_FRAME_INFO_INIT, 77};
    larger.info.struct_size = sizeof larger;
    OK(ic_frame_describe(frame, &larger.info, &error));
    CHECK(larger.info.width == 640 && larger.later == 77 && larger.info.struct_size == sizeof larger);
    ic_frame_release(frame);
    ic_frame_reader_release(reader);
    close_setup(&setup);
}

static void numbers_rise(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{\"width\": {\"exact\": 640}, \"height\": {\"exact\": 480}}");
    ic_frames_options options = IC_FRAMES_OPTIONS_INIT;
    options.delivery = IC_DELIVERY_QUEUE;
    options.queue_length = 8;
    ic_frame_reader *reader = NULL;
    OK(ic_track_frames(setup.track, &options, &reader, &error));
    int last = -1;
    uint64_t sequence = 0, time = 0;
    for (int i = 0; i < 5; ++i) {
        ic_frame *frame = NULL;
        OK(ic_frame_reader_next(reader, IC_TIMEOUT_DEFAULT, &frame, &error));
        ic_frame_info info = IC_FRAME_INFO_INIT;
        OK(ic_frame_describe(frame, &info, &error));
        const int number = frame_number(frame);
        if (i > 0) {
            /* The number in the pixels goes with the number of the frame. */
            CHECK(number - last == (int)(info.sequence - sequence) && number > last);
            CHECK(info.timestamp_ns > time);
        }
        CHECK(number >= 0);
        last = number;
        sequence = info.sequence;
        time = info.timestamp_ns;
        ic_frame_release(frame);
    }
    ic_frame_reader_close(reader);
    ic_frame *frame = NULL;
    FAILS(IC_STATUS_INVALID_STATE, ic_frame_reader_next(reader, IC_TIMEOUT_DEFAULT, &frame, &error));
    CHECK(frame == NULL);
    ic_frame_reader_release(reader);
    close_setup(&setup);
}

static void a_format_for_all(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{\"width\": {\"exact\": 1280}, \"height\": {\"exact\": 720}}");
    ic_frames_options options = IC_FRAMES_OPTIONS_INIT;
    options.format = IC_PIXEL_FORMAT_RGB;
    ic_frame_reader *reader = NULL;
    OK(ic_track_frames(setup.track, &options, &reader, &error));
    ic_frame *frame = NULL;
    OK(ic_frame_reader_next(reader, IC_TIMEOUT_DEFAULT, &frame, &error));
    ic_frame_info info = IC_FRAME_INFO_INIT;
    OK(ic_frame_describe(frame, &info, &error));
    CHECK(info.format == IC_PIXEL_FORMAT_RGB && info.width == 1280 && info.height == 720);
    CHECK(info.planes[0].stride >= 3840);
    CHECK(frame_number(frame) >= 0);
    ic_frame_release(frame);
    ic_frame_reader_release(reader);

    /* Without one, compressed frames come as they are. */
    OK(ic_track_frames(setup.track, NULL, &reader, &error));
    OK(ic_frame_reader_next(reader, IC_TIMEOUT_DEFAULT, &frame, &error));
    OK(ic_frame_describe(frame, &info, &error));
    CHECK(info.format == IC_PIXEL_FORMAT_MJPEG && info.plane_count == 1 && info.planes[0].stride == 0);
    CHECK(info.planes[0].len > 4 && info.planes[0].data[0] == 0xff && info.planes[0].data[1] == 0xd8);
    CHECK(frame_number(frame) >= 0);
    ic_frame_release(frame);
    ic_frame_reader_release(reader);
    close_setup(&setup);
}

static void copies(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{\"width\": {\"exact\": 640}, \"height\": {\"exact\": 480}}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    ic_frame *frame = NULL;
    OK(ic_image_capture_grab_frame(capture, IC_TIMEOUT_DEFAULT, &frame, &error));
    const size_t stride = 640 * 4 + 12, size = stride * 479 + 640 * 4;
    uint8_t *pixels = malloc(size);
    CHECK(pixels != NULL);
    memset(pixels, 0xa5, size);
    OK(ic_frame_copy_to(frame, IC_PIXEL_FORMAT_RGBA, pixels, size, stride, &error));
    ic_frame_info info = IC_FRAME_INFO_INIT;
    OK(ic_frame_describe(frame, &info, &error));
    CHECK(info.format == IC_PIXEL_FORMAT_RGBA);
    for (size_t row = 0; row < 480; ++row)
        CHECK(memcmp(pixels + row * stride, info.planes[0].data + row * info.planes[0].stride, 640 * 4) == 0);

    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_frame_copy_to(frame, IC_PIXEL_FORMAT_RGBA, pixels, size - 1, stride, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_frame_copy_to(frame, IC_PIXEL_FORMAT_RGBA, pixels, size, 640 * 4 - 1, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_frame_copy_to(frame, IC_PIXEL_FORMAT_RGBA, pixels, 0, stride, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_frame_copy_to(frame, 0, pixels, size, stride, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_frame_copy_to(frame, IC_PIXEL_FORMAT_RGBA, pixels, SIZE_MAX, stride, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_frame_copy_to(frame, IC_PIXEL_FORMAT_RGBA, pixels, size, SIZE_MAX, &error));
    free(pixels);

    ic_frame *wrong = NULL;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_frame_convert(frame, 12345, &wrong, &error));
    CHECK(wrong == NULL);
    ic_frame_release(frame);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void a_frame_outlives_everything(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{\"width\": {\"exact\": 640}, \"height\": {\"exact\": 480}}");
    ic_frame_reader *reader = NULL;
    OK(ic_track_frames(setup.track, NULL, &reader, &error));
    ic_frame *frame = NULL;
    OK(ic_frame_reader_next(reader, IC_TIMEOUT_DEFAULT, &frame, &error));
    const int number = frame_number(frame);
    CHECK(ic_frame_retain(frame) == frame);
    ic_frame_release(frame);
    ic_frame_reader_release(reader);
    close_setup(&setup);
    CHECK(frame_number(frame) == number);
    ic_frame_release(frame);
}

static void time_limits(void) {
    struct setup setup = open_setup(
        "{\"modes\": [{\"width\": 640, \"height\": 480}], \"pacing\": \"manual\"}", "{}");
    ic_frame_reader *reader = NULL;
    OK(ic_track_frames(setup.track, NULL, &reader, &error));
    ic_frame *frame = NULL;
    FAILS(IC_STATUS_TIMED_OUT, ic_frame_reader_next(reader, 0, &frame, &error));
    FAILS(IC_STATUS_TIMED_OUT, ic_frame_reader_next(reader, 20000000, &frame, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_frame_reader_next(reader, -5, &frame, &error));
    CHECK(frame == NULL);
    ic_virtual_camera_step(setup.camera, 1);
    OK(ic_frame_reader_next(reader, IC_TIMEOUT_NEVER, &frame, &error));
    CHECK(frame_number(frame) >= 0);
    ic_frame_release(frame);
    ic_frame_reader_release(reader);
    close_setup(&setup);
}

static void wrong_options(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_frame_reader *reader = NULL;
    ic_frames_options options = IC_FRAMES_OPTIONS_INIT;
    options.delivery = 7;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_track_frames(setup.track, &options, &reader, &error));
    options.delivery = IC_DELIVERY_QUEUE;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_track_frames(setup.track, &options, &reader, &error));
    options.queue_length = 17;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_track_frames(setup.track, &options, &reader, &error));
    for (options.queue_length = 1; options.queue_length <= 16; options.queue_length += 15) {
        OK(ic_track_frames(setup.track, &options, &reader, &error));
        ic_frame_reader_release(reader);
        reader = NULL;
    }
    options.queue_length = 1;
    options.format = 99;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_track_frames(setup.track, &options, &reader, &error));
    options.struct_size = 4;
    FAILS(IC_STATUS_STRUCT_SIZE, ic_track_frames(setup.track, &options, &reader, &error));
    ic_track_stop(setup.track);
    FAILS(IC_STATUS_INVALID_STATE, ic_track_frames(setup.track, NULL, &reader, &error));
    CHECK(reader == NULL);
    close_setup(&setup);
}

/* What a callback leaves behind. */
struct record {
    atomic_int frames, errors, destroyed, late;
    _Atomic(ic_frame_callback *) itself;
};

static void seen(ic_frame *frame, const ic_error *failure, void *user_data) {
    struct record *record = user_data;
    if (atomic_load(&record->destroyed)) atomic_fetch_add(&record->late, 1);
    ic_frame_info info = IC_FRAME_INFO_INIT;
    if (failure) {
        if (ic_error_status(failure) == IC_STATUS_DEVICE_LOST) atomic_fetch_add(&record->errors, 1);
    } else if (ic_frame_describe(frame, &info, NULL) == IC_STATUS_OK && info.format == IC_PIXEL_FORMAT_GREY) {
        atomic_fetch_add(&record->frames, 1);
    }
    ic_frame_callback_release(atomic_exchange(&record->itself, NULL));
}

static void ended(void *user_data) {
    struct record *record = user_data;
    atomic_fetch_add(&record->destroyed, 1);
}

static void callbacks(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_frames_options options = IC_FRAMES_OPTIONS_INIT;
    options.delivery = IC_DELIVERY_LATEST;
    options.format = IC_PIXEL_FORMAT_GREY;
    struct record record = {0}, alone = {0}, refused = {0};
    ic_frame_callback_info info = IC_FRAME_CALLBACK_INFO_INIT;
    info.fn = seen;
    info.destroy = ended;

    /* Until it is released, here. */
    info.user_data = &record;
    ic_frame_callback *callback = NULL;
    OK(ic_track_on_frame(setup.track, &options, &info, &callback, &error));
    EVENTUALLY(atomic_load(&record.frames) >= 3);
    CHECK(record.destroyed == 0);
    ic_frame_callback_release(callback);
    EVENTUALLY(atomic_load(&record.destroyed) == 1);
    CHECK(record.late == 0 && record.errors == 0);

    /* Or in its own call. */
    info.user_data = &alone;
    OK(ic_track_on_frame(setup.track, &options, &info, &callback, &error));
    atomic_store(&alone.itself, callback);
    EVENTUALLY(atomic_load(&alone.destroyed) == 1);
    CHECK(alone.frames >= 1 && alone.late == 0);

    /* The loss of the camera is the last call. */
    info.user_data = &record;
    OK(ic_track_on_frame(setup.track, &options, &info, &callback, &error));
    ic_virtual_camera_unplug(setup.camera);
    EVENTUALLY(atomic_load(&record.destroyed) == 2);
    CHECK(record.errors == 1);
    (void)ic_frame_callback_dropped(callback);
    ic_frame_callback_release(callback);

    /* What failed calls nothing and ends nothing. */
    info.user_data = &refused;
    callback = NULL;
    FAILS(IC_STATUS_INVALID_STATE, ic_track_on_frame(setup.track, &options, &info, &callback, &error));
    info.fn = NULL;
    FAILS(IC_STATUS_NULL_ARGUMENT, ic_track_on_frame(setup.track, &options, &info, &callback, &error));
    CHECK(callback == NULL && refused.destroyed == 0);
    close_setup(&setup);
}

TESTS("frame", TEST(describe), TEST(callbacks), TEST(numbers_rise), TEST(a_format_for_all), TEST(copies),
      TEST(a_frame_outlives_everything), TEST(time_limits), TEST(wrong_options))
