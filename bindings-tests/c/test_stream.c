#include "harness.h"

#define MICROPHONE "{\"kind\": \"audioinput\", \"label\": \"Test microphone\", \"deviceId\": \"mic\", \"groupId\": \"desk\"}"

/* Whether the stream has exactly these tracks, in this order. */
static bool has(ic_stream *stream, size_t count, ic_track *const *tracks) {
    if (ic_stream_track_count(stream) != count) return false;
    for (size_t i = 0; i < count; ++i) {
        ic_track *track = NULL;
        OK(ic_stream_track(stream, i, &track, &error));
        const bool same = strcmp(ic_track_id(track), ic_track_id(tracks[i])) == 0;
        ic_track_release(track);
        if (!same) return false;
    }
    return true;
}

static void a_set_in_the_order_of_adding(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_track *second = NULL, *ended = NULL;
    OK(ic_track_clone(setup.track, &second, &error));
    OK(ic_track_clone(setup.track, &ended, &error));
    ic_track_stop(ended);
    ic_stream *stream = NULL;
    ic_track *const given[] = {second, ended, second};
    OK(ic_stream_new(given, 3, &stream, &error));
    CHECK(strlen(ic_stream_id(stream)) == 36);
    CHECK(has(stream, 2, given));
    OK(ic_stream_add_track(stream, setup.track, &error));
    OK(ic_stream_add_track(stream, second, &error));
    CHECK(has(stream, 3, (ic_track *const[]){second, ended, setup.track}));
    CHECK(ic_stream_video_track_count(stream) == 3 && ic_stream_audio_track_count(stream) == 0);

    ic_track *found = NULL;
    OK(ic_stream_track_by_id(stream, ic_track_id(ended), IC_NUL_TERMINATED, &found, &error));
    CHECK_TEXT(ic_track_id(found), ic_track_id(ended));
    ic_track_release(found);
    found = NULL;
    FAILS(IC_STATUS_NOT_PRESENT, ic_stream_track_by_id(stream, "none", IC_NUL_TERMINATED, &found, &error));
    FAILS(IC_STATUS_NOT_PRESENT, ic_stream_track(stream, 3, &found, &error));
    CHECK(found == NULL);

    ic_stream *copy = NULL;
    OK(ic_stream_from_stream(stream, &copy, &error));
    CHECK(strcmp(ic_stream_id(copy), ic_stream_id(stream)) != 0);
    OK(ic_stream_remove_track(stream, second, &error));
    OK(ic_stream_remove_track(stream, second, &error));
    CHECK(has(stream, 2, (ic_track *const[]){ended, setup.track}));
    CHECK(has(copy, 3, (ic_track *const[]){second, ended, setup.track}));
    CHECK(ic_track_ready_state(second) == IC_TRACK_STATE_LIVE);
    ic_stream_release(copy);
    ic_stream_release(stream);
    ic_track_release(second);
    ic_track_release(ended);
    close_setup(&setup);
}

static void active_while_a_track_is_live(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_stream *stream = NULL;
    OK(ic_stream_new(NULL, 0, &stream, &error));
    CHECK(!ic_stream_active(stream) && ic_stream_track_count(stream) == 0);
    OK(ic_stream_add_track(stream, setup.track, &error));
    CHECK(ic_stream_active(stream));
    ic_track_stop(setup.track);
    CHECK(!ic_stream_active(stream) && !ic_stream_active(setup.stream));
    ic_stream_release(stream);
    close_setup(&setup);
}

static void clones(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_stream *clone = NULL;
    OK(ic_stream_clone(setup.stream, &clone, &error));
    CHECK(strcmp(ic_stream_id(clone), ic_stream_id(setup.stream)) != 0);
    CHECK(ic_stream_track_count(clone) == 1);
    ic_track *track = NULL;
    OK(ic_stream_track(clone, 0, &track, &error));
    CHECK(strcmp(ic_track_id(track), ic_track_id(setup.track)) != 0);
    CHECK(ic_track_object_id(track) != ic_track_object_id(setup.track));
    ic_track_stop(setup.track);
    CHECK(ic_stream_active(clone) && !ic_stream_active(setup.stream));
    ic_track_stop(track);
    ic_track_release(track);
    ic_stream_release(clone);
    close_setup(&setup);
}

static void wrong_lists(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_stream *stream = NULL;
    FAILS(IC_STATUS_NULL_ARGUMENT, ic_stream_new((ic_track *const[]){setup.track, NULL}, 2, &stream, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_stream_new((ic_track *const[]){setup.track, (void *)setup.stream}, 2, &stream, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_stream_new((ic_track *const[]){setup.track}, SIZE_MAX, &stream, &error));
    CHECK(stream == NULL);
    close_setup(&setup);
}

static void the_stream_keeps_its_tracks(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_stream *stream = NULL;
    OK(ic_stream_new(&setup.track, 1, &stream, &error));
    ic_track_release(setup.track);
    ic_stream_release(setup.stream);
    setup.track = NULL;
    setup.stream = NULL;
    CHECK(ic_stream_active(stream));
    OK(ic_stream_track(stream, 0, &setup.track, &error));
    CHECK(ic_track_ready_state(setup.track) == IC_TRACK_STATE_LIVE);
    ic_stream_release(stream);
    close_setup(&setup);
}

static void microphones(void) {
    ic_devices *devices = new_devices();
    ic_virtual_camera *camera = new_camera(HARNESS_CAMERA), *microphone = new_camera(MICROPHONE);
    OK(ic_devices_add_virtual_camera(devices, camera, &error));
    OK(ic_devices_add_virtual_camera(devices, microphone, &error));
    ic_device_list *list = NULL;
    OK(ic_devices_enumerate(devices, &list, &error));
    CHECK(ic_device_list_count(list) == 2);
    CHECK(ic_device_info_kind(ic_device_list_at(list, 0)) == IC_DEVICE_KIND_AUDIO_INPUT);
    CHECK_TEXT(ic_device_info_label(ic_device_list_at(list, 0)), "Test microphone");
    ic_device_list_free(list);

    ic_constraints *any = ic_constraints_new();
    ic_stream *stream = NULL;
    OK(ic_devices_get_user_media(devices, any, any, IC_TIMEOUT_DEFAULT, &stream, &error));
    CHECK(ic_stream_track_count(stream) == 2);
    CHECK(ic_stream_audio_track_count(stream) == 1 && ic_stream_video_track_count(stream) == 1);
    ic_track *track = NULL;
    OK(ic_stream_audio_track(stream, 0, &track, &error));
    CHECK(ic_track_kind(track) == IC_MEDIA_KIND_AUDIO);
    ic_frame_reader *reader = NULL;
    FAILS(IC_STATUS_NOT_SUPPORTED, ic_track_frames(track, NULL, &reader, &error));
    ic_image_capture *capture = NULL;
    FAILS(IC_STATUS_NOT_SUPPORTED, ic_image_capture_new(track, &capture, &error));
    ic_track *none = NULL;
    FAILS(IC_STATUS_NOT_PRESENT, ic_stream_audio_track(stream, 1, &none, &error));
    ic_track_release(track);
    ic_stream_release(stream);
    ic_constraints_free(any);
    ic_virtual_camera_release(camera);
    ic_virtual_camera_release(microphone);
    ic_devices_close(devices);
    ic_devices_release(devices);
}

TESTS("stream", TEST(a_set_in_the_order_of_adding), TEST(active_while_a_track_is_live), TEST(clones), TEST(wrong_lists),
      TEST(the_stream_keeps_its_tracks), TEST(microphones))
