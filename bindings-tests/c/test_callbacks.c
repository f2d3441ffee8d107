#include "harness.h"

#include <pthread.h>
#include <stdatomic.h>

/* What a callback leaves behind. */
struct record {
    atomic_int calls, destroyed, destroyed_before_call;
    atomic_bool was_done;
    _Atomic(ic_op *) seen;
    bool take_photo;
    atomic_int taken;
    pthread_t thread;
};

static void called(ic_op *op, void *user_data) {
    struct record *record = user_data;
    if (atomic_load(&record->destroyed)) atomic_fetch_add(&record->destroyed_before_call, 1);
    record->thread = pthread_self();
    atomic_store(&record->was_done, ic_op_poll(op));
    atomic_store(&record->seen, op);
    if (record->take_photo) {
        ic_photo *photo = NULL;
        if (ic_op_take_photo(op, &photo, NULL) == IC_STATUS_OK) atomic_fetch_add(&record->taken, 1);
        ic_photo_free(photo);
    }
    atomic_fetch_add(&record->calls, 1);
}

static void destroyed(void *user_data) {
    struct record *record = user_data;
    atomic_fetch_add(&record->destroyed, 1);
}

static ic_callback_info callback_for(struct record *record) {
    ic_callback_info info = IC_CALLBACK_INFO_INIT;
    info.fn = called;
    info.user_data = record;
    info.destroy = destroyed;
    return info;
}

/* The callback comes after the operation is complete, so the test waits for it apart. */
static bool wait_for(atomic_int *number, int value) {
    for (int i = 0; i < 1000 && atomic_load(number) < value; ++i) wait_a_little(5);
    return atomic_load(number) == value;
}

static void once_and_then_destroyed(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    struct record record = {.take_photo = false};
    ic_callback_info info = callback_for(&record);
    ic_op *op = NULL;
    OK(ic_image_capture_take_photo_async(capture, NULL, NULL, &info, &op, &error));
    OK(ic_op_wait(op, IC_TIMEOUT_DEFAULT, &error));
    CHECK(ic_op_poll(op));
    CHECK(wait_for(&record.destroyed, 1));
    CHECK(record.calls == 1 && record.destroyed_before_call == 0 && record.was_done && record.seen == op);
    CHECK(!pthread_equal(record.thread, pthread_self()));

    ic_photo *photo = NULL;
    ic_frame *frame = NULL;
    ic_stream *stream = NULL;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_op_take_frame(op, &frame, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_op_take_stream(op, &stream, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_op_take_none(op, &error));
    OK(ic_op_take_photo(op, &photo, &error));
    CHECK(ic_photo_len(photo) > 0);
    ic_photo_free(photo);
    photo = NULL;
    FAILS(IC_STATUS_INVALID_STATE, ic_op_take_photo(op, &photo, &error));
    CHECK(photo == NULL);
    ic_op_cancel(op); /* too late, and no harm */
    ic_op_release(op);
    wait_a_little(50);
    CHECK(record.calls == 1 && record.destroyed == 1);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void the_op_may_be_released_at_once(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    struct record record = {.take_photo = true};
    ic_callback_info info = callback_for(&record);
    ic_op *op = NULL;
    OK(ic_image_capture_take_photo_async(capture, NULL, NULL, &info, &op, &error));
    ic_op_release(op);
    CHECK(wait_for(&record.destroyed, 1));
    CHECK(record.calls == 1 && record.taken == 1);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void cancelling_calls_once(void) {
    struct setup setup = open_setup("{\"modes\": [{\"width\": 640, \"height\": 480}], \"pacing\": \"manual\"}", "{}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    struct record record = {.take_photo = false};
    ic_callback_info info = callback_for(&record);
    ic_op *op = NULL;
    OK(ic_image_capture_grab_frame_async(capture, &info, &op, &error));
    CHECK(!ic_op_poll(op));
    FAILS(IC_STATUS_TIMED_OUT, ic_op_wait(op, 0, &error));
    FAILS(IC_STATUS_TIMED_OUT, ic_op_wait(op, 10000000, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_op_wait(op, -2, &error));
    ic_frame *frame = NULL;
    FAILS(IC_STATUS_INVALID_STATE, ic_op_take_frame(op, &frame, &error));
    CHECK(record.calls == 0);
    ic_op_cancel(op);
    ic_op_cancel(op);
    OK(ic_op_wait(op, IC_TIMEOUT_NEVER, &error));
    ic_status status = ic_op_take_frame(op, &frame, &error);
    CHECK_TEXT(ic_error_name(error), "AbortError");
    FAILS(IC_STATUS_ABORTED, status);
    CHECK(frame == NULL);
    CHECK(wait_for(&record.destroyed, 1));
    CHECK(record.calls == 1);
    ic_op_release(op);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void closing_calls_once(void) {
    struct setup setup = open_setup("{\"modes\": [{\"width\": 640, \"height\": 480}], \"pacing\": \"manual\"}", "{}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    struct record records[4] = {{.take_photo = false}};
    for (size_t i = 0; i < 4; ++i) {
        ic_callback_info info = callback_for(&records[i]);
        ic_op *op = NULL;
        OK(ic_image_capture_grab_frame_async(capture, &info, &op, &error));
        ic_op_release(op);
    }
    ic_devices_close(setup.devices);
    for (size_t i = 0; i < 4; ++i) {
        CHECK(wait_for(&records[i].destroyed, 1));
        CHECK(records[i].calls == 1);
    }
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void a_failure_takes_nothing_over(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    struct record record = {.take_photo = false};
    ic_callback_info info = callback_for(&record);
    ic_op *op = NULL;
    ic_track_stop(setup.track);
    FAILS(IC_STATUS_INVALID_STATE, ic_image_capture_grab_frame_async(capture, &info, &op, &error));
    FAILS(IC_STATUS_NULL_ARGUMENT, ic_image_capture_grab_frame_async(capture, &info, NULL, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_devices_get_user_media_async(setup.devices, NULL, NULL, &info, &op, &error));
    info.fn = NULL;
    FAILS(IC_STATUS_NULL_ARGUMENT, ic_track_apply_constraints_async(setup.track, NULL, &info, &op, &error));
    info = callback_for(&record);
    info.struct_size = 8;
    FAILS(IC_STATUS_STRUCT_SIZE, ic_track_apply_constraints_async(setup.track, NULL, &info, &op, &error));
    wait_a_little(50);
    CHECK(op == NULL && record.calls == 0 && record.destroyed == 0);
    ic_image_capture_release(capture);
    close_setup(&setup);
}

static void without_a_callback(void) {
    ic_devices *devices = new_devices();
    ic_virtual_camera *camera = new_camera(HARNESS_CAMERA);
    OK(ic_devices_add_virtual_camera(devices, camera, &error));
    ic_constraints *video = ic_constraints_new();
    ic_op *op = NULL;
    OK(ic_devices_get_user_media_async(devices, video, NULL, NULL, &op, &error));
    OK(ic_op_wait(op, IC_TIMEOUT_DEFAULT, &error));
    ic_stream *stream = NULL;
    OK(ic_op_take_stream(op, &stream, &error));
    ic_op_release(op);
    ic_track *track = NULL;
    OK(ic_stream_video_track(stream, 0, &track, &error));

    OK(ic_constraints_set_number(video, IC_BASIC, IC_PROPERTY_ZOOM, IC_BOUND_EXACT, 250, &error));
    OK(ic_track_apply_constraints_async(track, video, NULL, &op, &error));
    OK(ic_op_wait(op, IC_TIMEOUT_DEFAULT, &error));
    OK(ic_op_take_none(op, &error));
    ic_op_release(op);
    CHECK(number_of(track, IC_PROPERTY_ZOOM) == 250);

    OK(ic_constraints_set_number(video, IC_BASIC, IC_PROPERTY_ZOOM, IC_BOUND_EXACT, 5000, &error));
    ic_status status = ic_track_apply_constraints_async(track, video, NULL, &op, &error);
    if (status == IC_STATUS_OK) {
        OK(ic_op_wait(op, IC_TIMEOUT_DEFAULT, &error));
        status = ic_op_take_none(op, &error);
        ic_op_release(op);
    }
    CHECK_TEXT(ic_error_constraint(error), "zoom");
    FAILS(IC_STATUS_OVERCONSTRAINED, status);

    /* Released without waiting: cancelled. */
    OK(ic_devices_get_user_media_async(devices, video, NULL, NULL, &op, &error));
    CHECK(ic_op_retain(op) == op);
    ic_op_release(op);
    ic_op_release(op);
    ic_constraints_free(video);
    ic_track_release(track);
    ic_stream_release(stream);
    ic_virtual_camera_release(camera);
    ic_devices_close(devices);
    ic_devices_release(devices);
}

/* A callback may use the library: here it starts the next photo, and gives back what started it. */
struct chain {
    ic_image_capture *capture;
    atomic_int left, destroyed;
};

static void next_in_chain(ic_op *op, void *user_data) {
    struct chain *chain = user_data;
    ic_photo *photo = NULL;
    if (ic_op_take_photo(op, &photo, NULL) != IC_STATUS_OK) return;
    ic_photo_free(photo);
    if (atomic_fetch_sub(&chain->left, 1) == 1) return;
    ic_callback_info info = IC_CALLBACK_INFO_INIT;
    info.fn = next_in_chain;
    info.user_data = chain;
    ic_op *next = NULL;
    if (ic_image_capture_take_photo_async(chain->capture, NULL, NULL, &info, &next, NULL) == IC_STATUS_OK)
        ic_op_release(next);
}

static void a_callback_may_use_the_library(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    struct chain chain = {.left = 5};
    OK(ic_image_capture_new(setup.track, &chain.capture, &error));
    ic_callback_info info = IC_CALLBACK_INFO_INIT;
    info.fn = next_in_chain;
    info.user_data = &chain;
    ic_op *op = NULL;
    OK(ic_image_capture_take_photo_async(chain.capture, NULL, NULL, &info, &op, &error));
    ic_op_release(op);
    for (int i = 0; i < 1000 && atomic_load(&chain.left) > 0; ++i) wait_a_little(5);
    CHECK(chain.left == 0);
    wait_a_little(20); /* the last call returns */
    ic_image_capture_release(chain.capture);
    close_setup(&setup);
}

TESTS("callbacks", TEST(once_and_then_destroyed), TEST(the_op_may_be_released_at_once), TEST(cancelling_calls_once),
      TEST(closing_calls_once), TEST(a_failure_takes_nothing_over), TEST(without_a_callback),
      TEST(a_callback_may_use_the_library))
