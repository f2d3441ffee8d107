#include "harness.h"

#include <pthread.h>
#include <stdatomic.h>

#define PROMPT "{" HARNESS_OPTIONS ", \"permissions\": {\"camera\": \"prompt\", \"panTiltZoom\": \"prompt\"}}"

/* What to answer, and what was asked. */
struct person {
    bool camera, pan_tilt_zoom, later;
    const char *device;
    atomic_int asked, destroyed;
    bool video, audio, asked_pan_tilt_zoom;
    size_t devices;
    char first[64];
    ic_status answered, answered_again;
    _Atomic(ic_permission_request *) kept;
};

static void ask(ic_permission_request *request, void *user_data) {
    struct person *person = user_data;
    person->video = ic_permission_request_video(request);
    person->audio = ic_permission_request_audio(request);
    person->asked_pan_tilt_zoom = ic_permission_request_pan_tilt_zoom(request);
    person->devices = ic_permission_request_device_count(request);
    const ic_device_info *first = ic_permission_request_device(request, 0);
    snprintf(person->first, sizeof person->first, "%s", first ? ic_device_info_id(first) : "none");
    if (person->later) {
        person->kept = ic_permission_request_retain(request);
    } else {
        person->answered = ic_permission_request_answer(
            request, person->camera, person->pan_tilt_zoom, &person->device, person->device ? 1 : 0, NULL);
        person->answered_again = ic_permission_request_answer(request, true, true, NULL, 0, NULL);
    }
    atomic_fetch_add(&person->asked, 1);
}

static void destroyed(void *user_data) {
    struct person *person = user_data;
    atomic_fetch_add(&person->destroyed, 1);
}

static void put_before(ic_devices *devices, struct person *person) {
    ic_prompt_callback_info info = IC_PROMPT_CALLBACK_INFO_INIT;
    info.fn = ask;
    info.user_data = person;
    info.destroy = destroyed;
    OK(ic_devices_on_permission_prompt(devices, &info, &error));
}

static ic_permission_state state_of(ic_devices *devices, ic_permission permission) {
    ic_permission_state state = 0;
    OK(ic_devices_permission(devices, permission, &state, &error));
    return state;
}

/* Two cameras that differ in nothing but their ids. */
static ic_devices *two_cameras(const char *options) {
    ic_devices *devices = new_devices_with(options);
    for (int i = 1; i <= 2; ++i) {
        char json[160];
        snprintf(json, sizeof json,
                 "{\"deviceId\": \"camera-%d\", \"modes\": [{\"width\": 640, \"height\": 480}],"
                 " \"properties\": {\"zoom\": {\"min\": 100, \"max\": 400, \"value\": 100}}}", i);
        ic_virtual_camera *camera = new_camera(json);
        OK(ic_devices_add_virtual_camera(devices, camera, &error));
        ic_virtual_camera_release(camera);
    }
    return devices;
}

static void end(ic_devices *devices) {
    ic_devices_close(devices);
    ic_devices_release(devices);
}

static ic_status open_video(ic_devices *devices, const char *json, ic_stream **stream) {
    ic_constraints *video = new_constraints(json);
    ic_status status = ic_devices_get_user_media(devices, video, NULL, IC_TIMEOUT_DEFAULT, stream, &error);
    ic_constraints_free(video);
    return status;
}

static void states(void) {
    ic_devices *devices = new_devices();
    CHECK(state_of(devices, IC_PERMISSION_CAMERA) == IC_PERMISSION_STATE_GRANTED);
    OK(ic_devices_set_permission(devices, IC_PERMISSION_CAMERA, IC_PERMISSION_STATE_DENIED, &error));
    CHECK(state_of(devices, IC_PERMISSION_CAMERA) == IC_PERMISSION_STATE_DENIED);
    CHECK(state_of(devices, IC_PERMISSION_PAN_TILT_ZOOM) == IC_PERMISSION_STATE_DENIED);
    OK(ic_devices_set_permission(devices, IC_PERMISSION_PAN_TILT_ZOOM, IC_PERMISSION_STATE_GRANTED, &error));
    CHECK(state_of(devices, IC_PERMISSION_CAMERA) == IC_PERMISSION_STATE_GRANTED);
    ic_permission_state state = 77;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_devices_permission(devices, 0, &state, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_devices_set_permission(devices, 3, IC_PERMISSION_STATE_DENIED, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_devices_set_permission(devices, IC_PERMISSION_CAMERA, 0, &error));
    CHECK(state == 77);
    end(devices);
}

static void denied_hides_and_ends(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    OK(ic_devices_set_permission(setup.devices, IC_PERMISSION_CAMERA, IC_PERMISSION_STATE_DENIED, &error));
    EVENTUALLY(ic_track_ready_state(setup.track) == IC_TRACK_STATE_ENDED);
    ic_device_list *list = NULL;
    OK(ic_devices_enumerate(setup.devices, &list, &error));
    CHECK(ic_device_list_count(list) == 0);
    ic_device_list_free(list);
    ic_stream *stream = NULL;
    FAILS(IC_STATUS_NOT_ALLOWED, open_video(setup.devices, "{}", &stream));
    CHECK(stream == NULL);
    close_setup(&setup);
}

static void a_person_says_yes(void) {
    ic_devices *devices = two_cameras(PROMPT);
    struct person person = {.camera = true};
    put_before(devices, &person);
    ic_stream *stream = NULL;
    OK(open_video(devices, "{}", &stream));
    EVENTUALLY(person.asked == 1);
    CHECK(person.answered == IC_STATUS_OK && person.answered_again == IC_STATUS_INVALID_STATE);
    CHECK(person.video && !person.audio && !person.asked_pan_tilt_zoom && person.devices == 2);
    CHECK_TEXT(person.first, "camera-1");
    CHECK(state_of(devices, IC_PERMISSION_CAMERA) == IC_PERMISSION_STATE_GRANTED);
    ic_stream_release(stream);
    /* The answer is remembered. */
    OK(open_video(devices, "{}", &stream));
    CHECK(person.asked == 1);
    ic_stream_release(stream);
    end(devices);
    EVENTUALLY(person.destroyed == 1);
}

static void a_person_says_no(void) {
    ic_devices *devices = two_cameras(PROMPT);
    struct person person = {.camera = false, .pan_tilt_zoom = true};
    put_before(devices, &person);
    ic_stream *stream = NULL;
    FAILS(IC_STATUS_NOT_ALLOWED, open_video(devices, "{\"zoom\": true}", &stream));
    EVENTUALLY(person.asked == 1);
    CHECK(person.asked_pan_tilt_zoom);
    CHECK(state_of(devices, IC_PERMISSION_CAMERA) == IC_PERMISSION_STATE_DENIED);
    end(devices);
}

static void the_camera_but_not_its_motors(void) {
    ic_devices *devices = two_cameras(PROMPT);
    struct person person = {.camera = true, .pan_tilt_zoom = false};
    put_before(devices, &person);
    ic_stream *stream = NULL;
    OK(open_video(devices, "{\"zoom\": 200}", &stream));
    CHECK(person.asked_pan_tilt_zoom);
    CHECK(state_of(devices, IC_PERMISSION_PAN_TILT_ZOOM) == IC_PERMISSION_STATE_DENIED);
    ic_track *track = NULL;
    OK(ic_stream_video_track(stream, 0, &track, &error));
    ic_capabilities *capabilities = NULL;
    OK(ic_track_capabilities(track, &capabilities, &error));
    CHECK(!ic_capabilities_has(capabilities, IC_PROPERTY_ZOOM));
    ic_capabilities_free(capabilities);
    ic_track_release(track);
    ic_stream_release(stream);
    end(devices);
}

static void a_hint_of_what_is_not_allowed(void) {
    ic_devices *devices = two_cameras(
        "{" HARNESS_OPTIONS ", \"permissions\": {\"panTiltZoom\": \"denied\", \"panTiltZoomHint\": true}}");
    ic_stream *stream = NULL;
    OK(open_video(devices, "{}", &stream));
    ic_track *track = NULL;
    OK(ic_stream_video_track(stream, 0, &track, &error));
    ic_capabilities *capabilities = NULL;
    OK(ic_track_capabilities(track, &capabilities, &error));
    ic_range range = {-1, -1, -1};
    CHECK(ic_capabilities_has(capabilities, IC_PROPERTY_ZOOM));
    STATUS(IC_STATUS_NOT_ALLOWED, ic_capabilities_range(capabilities, IC_PROPERTY_ZOOM, &range));
    CHECK(range.min == -1 && strstr(ic_capabilities_json(capabilities), "\"zoom\":{}") != NULL);
    ic_capabilities_free(capabilities);
    ic_track_release(track);
    ic_stream_release(stream);
    end(devices);
}

static void the_person_chooses_the_device(void) {
    ic_devices *devices = two_cameras(PROMPT);
    struct person person = {.camera = true, .device = "camera-2"};
    put_before(devices, &person);
    ic_stream *stream = NULL;
    OK(open_video(devices, "{}", &stream));
    ic_track *track = NULL;
    OK(ic_stream_video_track(stream, 0, &track, &error));
    ic_settings *settings = NULL;
    OK(ic_track_settings(track, &settings, &error));
    const char *id = NULL;
    STATUS(IC_STATUS_OK, ic_settings_string(settings, IC_PROPERTY_DEVICE_ID, &id));
    CHECK_TEXT(id, "camera-2");
    ic_settings_free(settings);
    ic_track_release(track);
    ic_stream_release(stream);
    end(devices);
}

static void *answer_later(void *argument) {
    ic_permission_request *request = argument;
    wait_a_little(20);
    ic_status status = ic_permission_request_answer(request, true, true, NULL, 0, NULL);
    ic_permission_request_release(request);
    return status == IC_STATUS_OK ? NULL : argument;
}

static void answered_later_from_elsewhere(void) {
    ic_devices *devices = two_cameras(PROMPT);
    struct person person = {.later = true};
    put_before(devices, &person);
    ic_constraints *video = ic_constraints_new();
    ic_op *op = NULL;
    OK(ic_devices_get_user_media_async(devices, video, NULL, NULL, &op, &error));
    ic_constraints_free(video);
    EVENTUALLY(person.kept != NULL);
    FAILS(IC_STATUS_TIMED_OUT, ic_op_wait(op, 20000000, &error));
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, answer_later, person.kept) == 0);
    OK(ic_op_wait(op, IC_TIMEOUT_DEFAULT, &error));
    void *wrong = NULL;
    pthread_join(thread, &wrong);
    CHECK(wrong == NULL);
    ic_stream *stream = NULL;
    OK(ic_op_take_stream(op, &stream, &error));
    ic_op_release(op);
    ic_stream_release(stream);
    end(devices);
}

static void dropped_without_an_answer(void) {
    ic_devices *devices = two_cameras(PROMPT);
    struct person person = {.later = true};
    put_before(devices, &person);
    ic_constraints *video = ic_constraints_new();
    ic_op *op = NULL;
    OK(ic_devices_get_user_media_async(devices, video, NULL, NULL, &op, &error));
    ic_constraints_free(video);
    EVENTUALLY(person.kept != NULL);
    ic_permission_request_release(person.kept);
    OK(ic_op_wait(op, IC_TIMEOUT_DEFAULT, &error));
    ic_stream *stream = NULL;
    FAILS(IC_STATUS_NOT_ALLOWED, ic_op_take_stream(op, &stream, &error));
    CHECK(state_of(devices, IC_PERMISSION_CAMERA) == IC_PERMISSION_STATE_PROMPT);
    ic_op_release(op);
    end(devices);
}

static void prompts_are_replaced_and_taken_away(void) {
    ic_devices *devices = two_cameras(PROMPT);
    struct person first = {.camera = true}, second = {.camera = true};
    put_before(devices, &first);
    put_before(devices, &second);
    EVENTUALLY(first.destroyed == 1);
    OK(ic_devices_on_permission_prompt(devices, NULL, &error));
    EVENTUALLY(second.destroyed == 1);
    ic_stream *stream = NULL;
    FAILS(IC_STATUS_NOT_ALLOWED, open_video(devices, "{}", &stream));
    CHECK(first.asked == 0 && second.asked == 0);

    struct person unused = {0};
    ic_prompt_callback_info info = IC_PROMPT_CALLBACK_INFO_INIT;
    info.user_data = &unused;
    info.destroy = destroyed;
    FAILS(IC_STATUS_NULL_ARGUMENT, ic_devices_on_permission_prompt(devices, &info, &error));
    info.fn = ask;
    info.struct_size = 8;
    FAILS(IC_STATUS_STRUCT_SIZE, ic_devices_on_permission_prompt(devices, &info, &error));
    end(devices);
    CHECK(unused.destroyed == 0);
}

static void a_single_thread_asks_while_it_waits(void) {
    ic_devices *devices = two_cameras(
        "{" HARNESS_OPTIONS ", \"permissions\": {\"camera\": \"prompt\"}, \"callbacks\": \"manual\"}");
    struct person person = {.camera = true};
    put_before(devices, &person);
    ic_stream *stream = NULL;
    OK(open_video(devices, "{}", &stream));
    CHECK(person.asked == 1);
    ic_stream_release(stream);
    end(devices);
}

static void out_of_sight(void) {
    ic_devices *devices = two_cameras("{" HARNESS_OPTIONS "}");
    CHECK(ic_devices_visible(devices) && ic_devices_focused(devices));
    ic_devices_set_visible(devices, false);
    ic_devices_set_focused(devices, false);
    CHECK(!ic_devices_visible(devices) && !ic_devices_focused(devices));
    ic_constraints *video = ic_constraints_new();
    ic_op *op = NULL;
    OK(ic_devices_get_user_media_async(devices, video, NULL, NULL, &op, &error));
    ic_constraints_free(video);
    FAILS(IC_STATUS_TIMED_OUT, ic_op_wait(op, 30000000, &error));
    ic_devices_set_visible(devices, true);
    FAILS(IC_STATUS_TIMED_OUT, ic_op_wait(op, 30000000, &error));
    ic_devices_set_focused(devices, true);
    OK(ic_op_wait(op, IC_TIMEOUT_DEFAULT, &error));
    ic_stream *stream = NULL;
    OK(ic_op_take_stream(op, &stream, &error));
    ic_op_release(op);

    ic_track *track = NULL;
    OK(ic_stream_video_track(stream, 0, &track, &error));
    ic_devices_set_visible(devices, false);
    FAILS(IC_STATUS_SECURITY, apply_json(track, "{\"zoom\": 200}"));
    OK(apply_json(track, "{\"zoom\": false}"));
    ic_devices_set_visible(devices, true);
    OK(apply_json(track, "{\"zoom\": 200}"));
    ic_track_release(track);
    ic_stream_release(stream);
    end(devices);
}

static void indicators(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    bool accessible = false, live = false;
    STATUS(IC_STATUS_OK, ic_devices_indicator(setup.devices, IC_DEVICE_KIND_VIDEO_INPUT, &accessible, &live));
    CHECK(accessible && live);
    STATUS(IC_STATUS_OK, ic_devices_indicator(setup.devices, IC_DEVICE_KIND_AUDIO_INPUT, &accessible, &live));
    CHECK(!live);
    STATUS(IC_STATUS_INVALID_ARGUMENT, ic_devices_indicator(setup.devices, 0, &accessible, &live));
    accessible = live = false;
    STATUS(IC_STATUS_OK, ic_devices_device_indicator(setup.devices, "test-1", IC_NUL_TERMINATED, &accessible, &live));
    CHECK(accessible && live);
    STATUS(IC_STATUS_NOT_PRESENT, ic_devices_device_indicator(setup.devices, "none", 4, &accessible, &live));
    ic_track_stop(setup.track);
    STATUS(IC_STATUS_OK, ic_devices_indicator(setup.devices, IC_DEVICE_KIND_VIDEO_INPUT, &accessible, &live));
    CHECK(!live);
    close_setup(&setup);
}

static void hidden_until_capture(void) {
    ic_devices *devices = two_cameras("{" HARNESS_OPTIONS ", \"hideUntilCapture\": true}");
    ic_device_list *list = NULL;
    OK(ic_devices_enumerate(devices, &list, &error));
    CHECK(ic_device_list_count(list) == 1);
    CHECK_TEXT(ic_device_info_id(ic_device_list_at(list, 0)), "");
    CHECK_TEXT(ic_device_info_label(ic_device_list_at(list, 0)), "");
    ic_device_list_free(list);
    ic_stream *stream = NULL;
    OK(open_video(devices, "{}", &stream));
    OK(ic_devices_enumerate(devices, &list, &error));
    CHECK(ic_device_list_count(list) == 2);
    CHECK_TEXT(ic_device_info_id(ic_device_list_at(list, 0)), "camera-1");
    ic_device_list_free(list);
    ic_stream_release(stream);
    end(devices);
}

TESTS("permissions", TEST(states), TEST(denied_hides_and_ends), TEST(a_person_says_yes), TEST(a_person_says_no),
      TEST(the_camera_but_not_its_motors), TEST(a_hint_of_what_is_not_allowed), TEST(the_person_chooses_the_device),
      TEST(answered_later_from_elsewhere), TEST(dropped_without_an_answer), TEST(prompts_are_replaced_and_taken_away),
      TEST(a_single_thread_asks_while_it_waits), TEST(out_of_sight), TEST(indicators), TEST(hidden_until_capture))
