#include "harness.h"

#include <pthread.h>
#include <stdatomic.h>

/* Threads must not use the harness's checks: they count what went wrong. */
struct work {
    struct setup setup;
    ic_image_capture *capture;
    ic_frame_reader *reader;
    atomic_int wrong, frames;
};

static void *use_everything(void *argument) {
    struct work *work = argument;
    for (int i = 0; i < 10; ++i) {
        ic_track *track = ic_track_retain(work->setup.track);
        ic_settings *settings = NULL;
        if (ic_track_settings(track, &settings, NULL) != IC_STATUS_OK) atomic_fetch_add(&work->wrong, 1);
        ic_settings_free(settings);

        ic_constraints *constraints = ic_constraints_new();
        if (ic_constraints_set_number(constraints, IC_BASIC, IC_PROPERTY_ZOOM, IC_BOUND_IDEAL, 100 + 10 * i, NULL) != IC_STATUS_OK ||
            ic_track_apply_constraints(track, constraints, IC_TIMEOUT_DEFAULT, NULL) != IC_STATUS_OK)
            atomic_fetch_add(&work->wrong, 1);
        ic_constraints_free(constraints);

        ic_frame *frame = NULL;
        const ic_status status = ic_frame_reader_next(work->reader, 1000000000, &frame, NULL);
        if (status == IC_STATUS_OK) {
            ic_frame *grey = NULL;
            if (ic_frame_convert(frame, IC_PIXEL_FORMAT_GREY, &grey, NULL) != IC_STATUS_OK) atomic_fetch_add(&work->wrong, 1);
            ic_frame_release(grey);
            atomic_fetch_add(&work->frames, 1);
        } else if (status != IC_STATUS_TIMED_OUT) {
            atomic_fetch_add(&work->wrong, 1);
        }
        ic_frame_release(frame);

        ic_photo *photo = NULL;
        if (ic_image_capture_take_photo(work->capture, NULL, NULL, IC_TIMEOUT_DEFAULT, &photo, NULL) != IC_STATUS_OK)
            atomic_fetch_add(&work->wrong, 1);
        ic_photo_free(photo);
        ic_track_release(track);
    }
    return NULL;
}

static void one_track_in_many_threads(void) {
    struct work work = {.setup = open_setup(HARNESS_CAMERA, "{\"width\": {\"exact\": 640}, \"height\": {\"exact\": 480}}")};
    OK(ic_image_capture_new(work.setup.track, &work.capture, &error));
    OK(ic_track_frames(work.setup.track, NULL, &work.reader, &error));
    pthread_t threads[4];
    for (size_t i = 0; i < 4; ++i) CHECK(pthread_create(&threads[i], NULL, use_everything, &work) == 0);
    for (size_t i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
    CHECK(work.wrong == 0 && work.frames > 0);
    ic_frame_reader_release(work.reader);
    ic_image_capture_release(work.capture);
    close_setup(&work.setup);
}

static void *wait_for_frame(void *argument) {
    struct work *work = argument;
    ic_frame *frame = NULL;
    /* Nothing comes: closing has to end the waiting. */
    const ic_status status = ic_frame_reader_next(work->reader, IC_TIMEOUT_NEVER, &frame, NULL);
    if (status != IC_STATUS_INVALID_STATE) atomic_fetch_add(&work->wrong, 1);
    return NULL;
}

static void closing_wakes_who_waits(void) {
    struct work work = {
        .setup = open_setup("{\"modes\": [{\"width\": 640, \"height\": 480}], \"pacing\": \"manual\"}", "{}")};
    OK(ic_track_frames(work.setup.track, NULL, &work.reader, &error));
    pthread_t threads[3];
    for (size_t i = 0; i < 3; ++i) CHECK(pthread_create(&threads[i], NULL, wait_for_frame, &work) == 0);
    ic_frame_reader_close(work.reader);
    for (size_t i = 0; i < 3; ++i) pthread_join(threads[i], NULL);
    CHECK(work.wrong == 0);
    ic_frame_reader_release(work.reader);
    close_setup(&work.setup);
}

static void *wait_for_op(void *op) {
    return ic_op_wait(op, IC_TIMEOUT_DEFAULT, NULL) == IC_STATUS_OK && ic_op_poll(op) ? op : NULL;
}

static void many_wait_for_one_op(void) {
    struct setup setup = open_setup("{\"modes\": [{\"width\": 640, \"height\": 480}], \"pacing\": \"manual\"}", "{}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    ic_op *op = NULL;
    OK(ic_image_capture_grab_frame_async(capture, NULL, &op, &error));
    pthread_t threads[3];
    for (size_t i = 0; i < 3; ++i) CHECK(pthread_create(&threads[i], NULL, wait_for_op, op) == 0);
    ic_virtual_camera_step(setup.camera, 2);
    for (size_t i = 0; i < 3; ++i) {
        void *result = NULL;
        pthread_join(threads[i], &result);
        CHECK(result == op);
    }
    ic_frame *frame = NULL;
    OK(ic_op_take_frame(op, &frame, &error));
    CHECK(frame_number(frame) >= 0);
    ic_frame_release(frame);
    ic_op_release(op);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

TESTS("threads", TEST(one_track_in_many_threads), TEST(closing_wakes_who_waits), TEST(many_wait_for_one_op))
