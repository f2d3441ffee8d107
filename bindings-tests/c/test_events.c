#include "harness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>
#if defined(__unix__) || defined(__APPLE__)
#  include <poll.h>
#endif

/* What a listener leaves behind. */
struct record {
    atomic_int calls, destroyed, destroyed_before_call;
    ic_event last;
    ic_track *track;     /* to look at in the call */
    ic_devices *devices; /* to use in the call */
    uint64_t id;
    bool muted, take_out;
    size_t change_count, change_inserted;
    pthread_t thread;
};

static void heard(const ic_event *event, void *user_data) {
    struct record *record = user_data;
    if (atomic_load(&record->destroyed)) atomic_fetch_add(&record->destroyed_before_call, 1);
    record->last = *event;
    record->thread = pthread_self();
    if (record->track) record->muted = ic_track_muted(record->track);
    if (record->take_out) ic_track_unlisten(record->track, record->id);
    if (record->devices) {
        ic_device_list *now = NULL, *inserted = NULL;
        if (ic_devices_last_change(record->devices, &now, &inserted, NULL) == IC_STATUS_OK) {
            record->change_count = ic_device_list_count(now);
            record->change_inserted = ic_device_list_count(inserted);
        }
        ic_device_list_free(now);
        ic_device_list_free(inserted);
    }
    atomic_fetch_add(&record->calls, 1);
}

static void destroyed(void *user_data) {
    struct record *record = user_data;
    atomic_fetch_add(&record->destroyed, 1);
}

static ic_event_callback_info listener_for(struct record *record) {
    ic_event_callback_info info = IC_EVENT_CALLBACK_INFO_INIT;
    info.fn = heard;
    info.user_data = record;
    info.destroy = destroyed;
    return info;
}

static void listen(ic_track *track, ic_event_type type, struct record *record) {
    ic_event_callback_info info = listener_for(record);
    OK(ic_track_listen(track, type, &info, &record->id, &error));
    CHECK(record->id != 0);
}

static void a_listener_hears_what_happened(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    struct record mute = {.track = setup.track}, unmute = {.track = setup.track};
    listen(setup.track, IC_EVENT_MUTE, &mute);
    listen(setup.track, IC_EVENT_UNMUTE, &unmute);
    CHECK(mute.id != unmute.id);
    ic_virtual_camera_set_muted(setup.camera, true);
    EVENTUALLY(mute.calls == 1);
    CHECK(mute.muted && ic_track_muted(setup.track) && unmute.calls == 0);
    CHECK(mute.last.struct_size == sizeof(ic_event) && mute.last.type == IC_EVENT_MUTE);
    CHECK(mute.last.object_id == ic_track_object_id(setup.track) && mute.last.timestamp_ns > 0);
    CHECK(mute.last.permission == 0 && mute.last.permission_state == 0 && mute.last.device_count == 0);
    CHECK(!pthread_equal(mute.thread, pthread_self()));
    ic_virtual_camera_set_muted(setup.camera, false);
    EVENTUALLY(unmute.calls == 1);
    CHECK(!unmute.muted && mute.calls == 1 && unmute.last.timestamp_ns >= mute.last.timestamp_ns);
    CHECK(mute.destroyed == 0);
    close_setup(&setup);
    EVENTUALLY(mute.destroyed == 1 && unmute.destroyed == 1);
    CHECK(mute.destroyed_before_call == 0);
}

static void taken_out(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_track *other = NULL, *same = NULL;
    OK(ic_track_clone(setup.track, &other, &error));
    OK(ic_stream_video_track(setup.stream, 0, &same, &error));
    struct record gone = {0}, stays = {0};
    listen(setup.track, IC_EVENT_MUTE, &gone);
    listen(setup.track, IC_EVENT_MUTE, &stays);
    /* Not that of another track, nor of something else; and the handle does not matter. */
    ic_track_unlisten(other, gone.id);
    ic_devices_unlisten(setup.devices, gone.id);
    ic_track_unlisten(setup.track, UINT64_MAX);
    ic_track_unlisten(NULL, gone.id);
    CHECK(gone.destroyed == 0);
    ic_track_unlisten(same, gone.id);
    CHECK(gone.destroyed == 1);
    ic_track_unlisten(same, gone.id);
    ic_virtual_camera_set_muted(setup.camera, true);
    EVENTUALLY(stays.calls == 1);
    CHECK(gone.calls == 0 && gone.destroyed == 1 && stays.destroyed == 0);
    ic_track_release(other);
    ic_track_release(same);
    close_setup(&setup);
    EVENTUALLY(stays.destroyed == 1);
}

static void a_listener_may_take_itself_out(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    struct record record = {.track = setup.track, .take_out = true};
    listen(setup.track, IC_EVENT_MUTE, &record);
    ic_virtual_camera_set_muted(setup.camera, true);
    EVENTUALLY(record.destroyed == 1);
    ic_virtual_camera_set_muted(setup.camera, false);
    EVENTUALLY(!ic_track_muted(setup.track));
    ic_virtual_camera_set_muted(setup.camera, true);
    EVENTUALLY(ic_track_muted(setup.track));
    CHECK(record.calls == 1 && record.destroyed_before_call == 0);
    close_setup(&setup);
}

static void the_end_of_a_track(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_track *stopped = NULL;
    OK(ic_track_clone(setup.track, &stopped, &error));
    struct record ended = {.track = setup.track}, silent = {0};
    listen(setup.track, IC_EVENT_ENDED, &ended);
    listen(stopped, IC_EVENT_ENDED, &silent);
    ic_track_stop(stopped); /* what the program does itself is no event */
    ic_virtual_camera_unplug(setup.camera);
    EVENTUALLY(ended.destroyed == 1 && silent.destroyed == 1);
    CHECK(ended.calls == 1 && ended.destroyed_before_call == 0 && silent.calls == 0);
    CHECK(ic_track_ready_state(setup.track) == IC_TRACK_STATE_ENDED);
    /* Nothing happens to it any more: a listener is gone at once. */
    struct record late = {0};
    listen(setup.track, IC_EVENT_ENDED, &late);
    EVENTUALLY(late.destroyed == 1);
    ic_track_unlisten(setup.track, late.id);
    ic_track_release(stopped);
    close_setup(&setup);
}

static void changed_from_elsewhere(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    struct record record = {0};
    listen(setup.track, IC_EVENT_CONFIGURATION_CHANGE, &record);
    OK(apply_json(setup.track, "{\"zoom\": 200}")); /* what the track itself does is no event */
    OK(ic_virtual_camera_set_properties(setup.camera, "{\"zoom\": 300}", IC_NUL_TERMINATED, &error));
    EVENTUALLY(record.calls == 1);
    CHECK(record.last.type == IC_EVENT_CONFIGURATION_CHANGE && number_of(setup.track, IC_PROPERTY_ZOOM) == 300);
    close_setup(&setup);
}

static void a_failure_takes_nothing_over(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    struct record record = {0};
    ic_event_callback_info info = listener_for(&record);
    uint64_t id = 0;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_track_listen(setup.track, 0, &info, &id, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_devices_listen(setup.devices, 4711, &info, &id, &error));
    FAILS(IC_STATUS_NULL_ARGUMENT, ic_track_listen(setup.track, IC_EVENT_MUTE, &info, NULL, &error));
    info.fn = NULL;
    FAILS(IC_STATUS_NULL_ARGUMENT, ic_devices_listen(setup.devices, IC_EVENT_DEVICE_CHANGE, &info, &id, &error));
    info = listener_for(&record);
    info.struct_size = 8;
    FAILS(IC_STATUS_STRUCT_SIZE, ic_track_listen(setup.track, IC_EVENT_MUTE, &info, &id, &error));
    CHECK(id == 0 && record.calls == 0 && record.destroyed == 0);
    close_setup(&setup);
    CHECK(record.destroyed == 0);
}

/* The next event of a type, whatever comes before it. */
static ic_event next(ic_devices *devices, ic_event_type type) {
    ic_event event = IC_EVENT_INIT;
    do OK(ic_devices_next_event(devices, 5000000000, &event, &error));
    while (event.type != type);
    return event;
}

static void the_queue(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_event event = IC_EVENT_INIT;
    FAILS(IC_STATUS_TIMED_OUT, ic_devices_next_event(setup.devices, 0, &event, &error));
    FAILS(IC_STATUS_TIMED_OUT, ic_devices_next_event(setup.devices, 10000000, &event, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_devices_next_event(setup.devices, -2, &event, &error));
    CHECK(event.type == 0 && event.struct_size == sizeof event);
    OK(ic_devices_set_permission(setup.devices, IC_PERMISSION_PAN_TILT_ZOOM, IC_PERMISSION_STATE_PROMPT, &error));
    event = next(setup.devices, IC_EVENT_PERMISSION_CHANGE);
    CHECK(event.object_id == ic_devices_object_id(setup.devices));
    CHECK(event.permission == IC_PERMISSION_PAN_TILT_ZOOM && event.permission_state == IC_PERMISSION_STATE_PROMPT);
    ic_virtual_camera_set_muted(setup.camera, true);
    CHECK(next(setup.devices, IC_EVENT_MUTE).object_id == ic_track_object_id(setup.track));
    ic_virtual_camera_unplug(setup.camera);
    CHECK(next(setup.devices, IC_EVENT_ENDED).object_id == ic_track_object_id(setup.track));
    ic_devices_close(setup.devices);
    ic_status status = IC_STATUS_OK;
    while (status == IC_STATUS_OK) status = ic_devices_next_event(setup.devices, IC_TIMEOUT_NEVER, &event, &error);
    FAILS(IC_STATUS_INVALID_STATE, status);
    FAILS(IC_STATUS_INVALID_STATE, ic_devices_next_event(setup.devices, 0, &event, &error));
    close_setup(&setup);
}

static void *wait_for_an_event(void *argument) {
    ic_event event = IC_EVENT_INIT;
    ic_status *status = malloc(sizeof *status);
    *status = ic_devices_next_event(argument, IC_TIMEOUT_NEVER, &event, NULL);
    return status;
}

static void closing_ends_the_waiting(void) {
    ic_devices *devices = new_devices();
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, wait_for_an_event, devices) == 0);
    wait_a_little(20);
    ic_devices_close(devices);
    void *status = NULL;
    pthread_join(thread, &status);
    CHECK(*(ic_status *)status == IC_STATUS_INVALID_STATE);
    free(status);
    ic_devices_release(devices);
}

static void an_old_program(void) {
    ic_devices *devices = new_devices();
    ic_event event = IC_EVENT_INIT;
    event.struct_size = offsetof(ic_event, control_id) - 1;
    FAILS(IC_STATUS_STRUCT_SIZE, ic_devices_next_event(devices, 0, &event, &error));
    ic_devices_close(devices);
    ic_devices_release(devices);
}

static void too_many_events(void) {
    ic_devices *devices = new_devices();
    ic_event event = IC_EVENT_INIT;
    FAILS(IC_STATUS_TIMED_OUT, ic_devices_next_event(devices, 0, &event, &error));
    for (int i = 0; i < 1030; ++i)
        OK(ic_devices_set_permission(
            devices, IC_PERMISSION_PAN_TILT_ZOOM, i % 2 ? IC_PERMISSION_STATE_GRANTED : IC_PERMISSION_STATE_DENIED, &error));
    OK(ic_devices_next_event(devices, 0, &event, &error));
    CHECK(event.type == IC_EVENT_OVERFLOW);
    size_t count = 0;
    while (ic_devices_next_event(devices, 0, &event, NULL) == IC_STATUS_OK) {
        CHECK(event.type == IC_EVENT_PERMISSION_CHANGE);
        ++count;
    }
    CHECK(count == 1024);
    ic_devices_close(devices);
    ic_devices_release(devices);
}

static void devices_come_and_go(void) {
    ic_devices *devices = new_devices();
    ic_device_list *now = NULL, *inserted = NULL;
    FAILS(IC_STATUS_NOT_PRESENT, ic_devices_last_change(devices, &now, &inserted, &error));
    struct record record = {.devices = devices};
    ic_event_callback_info info = listener_for(&record);
    OK(ic_devices_listen(devices, IC_EVENT_DEVICE_CHANGE, &info, &record.id, &error));
    ic_virtual_camera *camera = new_camera(HARNESS_CAMERA);
    OK(ic_devices_add_virtual_camera(devices, camera, &error));
    EVENTUALLY(record.calls == 1);
    CHECK(record.last.type == IC_EVENT_DEVICE_CHANGE && record.last.object_id == ic_devices_object_id(devices));
    CHECK(record.last.device_count == 1 && record.last.inserted_count == 1);
    CHECK(record.change_count == 1 && record.change_inserted == 1);
    OK(ic_devices_last_change(devices, &now, &inserted, &error));
    CHECK_TEXT(ic_device_info_label(ic_device_list_at(now, 0)), "Test camera");
    CHECK_TEXT(ic_device_info_id(ic_device_list_at(inserted, 0)), ic_device_info_id(ic_device_list_at(now, 0)));
    ic_device_list_free(now);
    ic_device_list_free(inserted);
    ic_virtual_camera_unplug(camera);
    EVENTUALLY(record.calls == 2);
    CHECK(record.last.device_count == 0 && record.last.inserted_count == 0 && record.change_count == 0);
    ic_devices_unlisten(devices, record.id);
    EVENTUALLY(record.destroyed == 1);
    ic_virtual_camera_release(camera);
    ic_devices_close(devices);
    ic_devices_release(devices);
}

static void the_queue_tells_of_devices_too(void) {
    ic_devices *devices = new_devices();
    ic_event event = IC_EVENT_INIT;
    FAILS(IC_STATUS_TIMED_OUT, ic_devices_next_event(devices, 0, &event, &error));
    ic_virtual_camera *camera = new_camera(HARNESS_CAMERA);
    OK(ic_devices_add_virtual_camera(devices, camera, &error));
    event = next(devices, IC_EVENT_DEVICE_CHANGE);
    CHECK(event.device_count == 1 && event.inserted_count == 1);
    ic_device_list *now = NULL, *inserted = NULL;
    OK(ic_devices_last_change(devices, &now, &inserted, &error));
    CHECK(ic_device_list_count(now) == 1 && ic_device_list_count(inserted) == 1);
    ic_device_list_free(now);
    ic_device_list_free(inserted);
    ic_virtual_camera_release(camera);
    ic_devices_close(devices);
    ic_devices_release(devices);
}

#define MANUAL "{" HARNESS_OPTIONS ", \"callbacks\": \"manual\"}"

static bool readable(int fd, int milliseconds) {
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    return poll(&poll_fd, 1, milliseconds) == 1 && (poll_fd.revents & POLLIN);
}

static void manual_callbacks(void) {
    struct setup setup = open_setup_with(MANUAL, HARNESS_CAMERA, "{}");
    size_t ran = 77;
    OK(ic_devices_process_events(setup.devices, 0, &ran, &error));
    CHECK(ran == 0);
    int fd = -1, again = -1;
    OK(ic_devices_event_fd(setup.devices, &fd, &error));
    OK(ic_devices_event_fd(setup.devices, &again, &error));
    CHECK(fd >= 0 && fd == again && !readable(fd, 0));
    struct record record = {.track = setup.track};
    listen(setup.track, IC_EVENT_MUTE, &record);
    ic_virtual_camera_set_muted(setup.camera, true);
    CHECK(readable(fd, 5000));
    CHECK(record.calls == 0);
    OK(ic_devices_process_events(setup.devices, IC_TIMEOUT_NEVER, &ran, &error));
    CHECK(ran == 1 && record.calls == 1 && pthread_equal(record.thread, pthread_self()));
    CHECK(!readable(fd, 0));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_devices_process_events(setup.devices, -2, &ran, &error));

    /* The same descriptor tells of the queue. */
    ic_event event = IC_EVENT_INIT;
    FAILS(IC_STATUS_TIMED_OUT, ic_devices_next_event(setup.devices, 0, &event, &error));
    OK(ic_devices_set_permission(setup.devices, IC_PERMISSION_PAN_TILT_ZOOM, IC_PERMISSION_STATE_DENIED, &error));
    CHECK(readable(fd, 5000));
    OK(ic_devices_next_event(setup.devices, 0, &event, &error));
    CHECK(event.type == IC_EVENT_PERMISSION_CHANGE);
    close_setup(&setup);
    CHECK(record.destroyed == 1);
}

static void with_a_thread_there_is_nothing_to_process(void) {
    ic_devices *devices = new_devices();
    size_t ran = 77;
    OK(ic_devices_process_events(devices, IC_TIMEOUT_NEVER, &ran, &error));
    CHECK(ran == 0);
    ic_devices_close(devices);
    ic_devices_release(devices);
}

TESTS("events", TEST(a_listener_hears_what_happened), TEST(taken_out), TEST(a_listener_may_take_itself_out),
      TEST(the_end_of_a_track), TEST(changed_from_elsewhere), TEST(a_failure_takes_nothing_over), TEST(the_queue), TEST(closing_ends_the_waiting),
      TEST(an_old_program), TEST(too_many_events), TEST(devices_come_and_go), TEST(the_queue_tells_of_devices_too),
      TEST(manual_callbacks), TEST(with_a_thread_there_is_nothing_to_process))
