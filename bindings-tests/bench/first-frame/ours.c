/* P14: milliseconds until a camera's first frame is there: prints "OPENED FRAME OPENED FRAME REST", each pair from
 * get_user_media() on, the second one for the second time in this process, and how long all took that came behind the first.
 * Without constraints: lists the cameras, "id label" each. */
#define _DEFAULT_SOURCE
#include <imagecapture/imagecapture.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* So that the ids of one process mean something to the next one. */
static const char OPTIONS[] = "{\"deviceIdSalt\": \"first frame\"}";

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void check(ic_status status, ic_error *const *error) {
    if (status != IC_STATUS_OK) {
        fprintf(stderr, "%s\n", ic_error_message(*error));
        exit(1);
    }
}

static int list(void) {
    ic_error *error = NULL;
    ic_devices *devices = NULL;
    ic_device_list *cameras = NULL;
    check(ic_devices_new(OPTIONS, IC_NUL_TERMINATED, &devices, &error), &error);
    check(ic_devices_enumerate(devices, &cameras, &error), &error);
    for (size_t i = 0; i < ic_device_list_count(cameras); ++i) {
        const ic_device_info *camera = ic_device_list_at(cameras, i);
        printf("%s %s\n", ic_device_info_id(camera), ic_device_info_label(camera));
    }
    ic_device_list_free(cameras);
    ic_devices_release(devices);
    return 0;
}

/* Opens a camera and waits for its first frame; prints both. */
static void open_camera(const ic_constraints *constraints) {
    ic_error *error = NULL;
    ic_devices *devices = NULL;
    ic_stream *stream = NULL;
    ic_track *track = NULL;
    ic_frame_reader *reader = NULL;
    ic_frame *frame = NULL;
    check(ic_devices_new(OPTIONS, IC_NUL_TERMINATED, &devices, &error), &error);
    const double begin = now();
    check(ic_devices_get_user_media(devices, constraints, NULL, IC_TIMEOUT_DEFAULT, &stream, &error), &error);
    const double opened = now();
    check(ic_stream_video_track(stream, 0, &track, &error), &error);
    check(ic_track_frames(track, NULL, &reader, &error), &error);
    check(ic_frame_reader_next(reader, IC_TIMEOUT_DEFAULT, &frame, &error), &error);
    printf("%.2f %.2f ", opened - begin, now() - begin);
    ic_frame_release(frame);
    ic_frame_reader_release(reader);
    ic_track_release(track);
    ic_stream_release(stream);
    ic_devices_release(devices);
}

/* Arguments: constraints, as JSON, or nothing. */
int main(int argc, char **argv) {
    ic_error *error = NULL;
    ic_constraints *constraints = NULL;
    if (argc != 2) return list();
    check(ic_constraints_from_json(argv[1], IC_NUL_TERMINATED, &constraints, &error), &error);
    open_camera(constraints);
    const double first = now();
    /* Until the camera is closed. */
    usleep(500000);
    open_camera(constraints);
    printf("%.2f\n", now() - first);
    ic_constraints_free(constraints);
    return 0;
}
