/* P10: what one question to a capabilities snapshot costs in C. Prints nanoseconds a call, once for each of 40 rounds. */
#include <imagecapture/imagecapture.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CALLS = 200000, ROUNDS = 40 };

static const char OPTIONS[] = "{\"backends\": [], \"environment\": false, \"virtualCameras\": [{\"modes\": [{\"width\": 640, \"height\": 480}], "
                              "\"properties\": {\"zoom\": {\"min\": 100, \"max\": 400, \"step\": 1, \"value\": 100}}}]}";

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void check(ic_status status, ic_error *const *error) {
    if (status != IC_STATUS_OK) {
        fprintf(stderr, "%s\n", ic_error_message(*error));
        exit(1);
    }
}

int main(void) {
    ic_error *error = NULL;
    ic_devices *devices = NULL;
    ic_stream *stream = NULL;
    ic_track *track = NULL;
    ic_capabilities *capabilities = NULL;
    ic_constraints *any = ic_constraints_new();
    check(ic_devices_new(OPTIONS, IC_NUL_TERMINATED, &devices, &error), &error);
    check(ic_devices_get_user_media(devices, any, NULL, IC_TIMEOUT_DEFAULT, &stream, &error), &error);
    check(ic_stream_video_track(stream, 0, &track, &error), &error);
    check(ic_track_capabilities(track, &capabilities, &error), &error);
    double sum = 0;
    for (int round = 0; round < ROUNDS; ++round) {
        const double start = now();
        for (int i = 0; i < CALLS; ++i) {
            ic_range range;
            if (ic_capabilities_range(capabilities, IC_PROPERTY_ZOOM, &range) == IC_STATUS_OK) sum += range.max;
        }
        printf("%.2f\n", (now() - start) / CALLS);
    }
    ic_capabilities_free(capabilities);
    ic_track_release(track);
    ic_stream_release(stream);
    ic_constraints_free(any);
    ic_devices_release(devices);
    return sum != 400.0 * CALLS * ROUNDS;
}
