/* A small test harness, and the cameras that most tests need. One program a file: TESTS lists its cases, and each prints
 * `ok suite.name` or `FAIL suite.name`. A failed check leaves the case at once. */
#ifndef IC_TEST_HARNESS_H
#define IC_TEST_HARNESS_H

#include <imagecapture/imagecapture.h>

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* For the functions under test; ok() and fails() look at it and end it. */
static ic_error *error;

static jmp_buf harness_end;

static void harness_fail(const char *file, int line, const char *what) {
    fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    longjmp(harness_end, 1);
}

#define CHECK(condition) ((condition) ? (void)0 : harness_fail(__FILE__, __LINE__, #condition))
#define CHECK_TEXT(actual, expected) harness_text(__FILE__, __LINE__, (actual), (expected))
/* A call that must succeed; its last argument is `&error`. */
#define OK(call) harness_ok(__FILE__, __LINE__, #call, (call))
/* A call that must fail in this way; its last argument is `&error`. */
#define FAILS(expected, call) harness_fails(__FILE__, __LINE__, #call, (expected), (call))
/* A look-up without an error object. */
#define STATUS(expected, call) harness_status(__FILE__, __LINE__, #call, (expected), (call))

static inline void harness_text(const char *file, int line, const char *actual, const char *expected) {
    if (actual && strcmp(actual, expected) == 0) return;
    fprintf(stderr, "%s:%d: \"%s\" is not \"%s\"\n", file, line, actual ? actual : "(NULL)", expected);
    longjmp(harness_end, 1);
}

static inline void harness_status(const char *file, int line, const char *call, ic_status expected, ic_status status) {
    if (status == expected) return;
    const char *name = ic_status_name(status), *wanted = ic_status_name(expected);
    fprintf(stderr, "%s:%d: %s, not %s: %s%s%s\n", file, line, name ? name : "?", wanted ? wanted : "?", call,
            error ? ": " : "", ic_error_message(error));
    ic_error_free(error);
    error = NULL;
    longjmp(harness_end, 1);
}

static inline void harness_ok(const char *file, int line, const char *call, ic_status status) {
    harness_status(file, line, call, IC_STATUS_OK, status);
    if (error) harness_fail(file, line, "no error object after success");
}

static inline void harness_fails(const char *file, int line, const char *call, ic_status expected, ic_status status) {
    harness_status(file, line, call, expected, status);
    /* A failure with an error object says the same twice, and says something. */
    if (!error) harness_fail(file, line, "an error object after a failure");
    if (ic_error_status(error) != status) harness_fail(file, line, "the object has the status");
    if (*ic_error_message(error) == '\0' || *ic_error_name(error) == '\0')
        harness_fail(file, line, "the object has a message and a name");
    ic_error_free(error);
    error = NULL;
}

static inline void wait_a_little(long milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* What another thread brings about, within 5 seconds. */
#define EVENTUALLY(condition)                                                          \
    do {                                                                               \
        for (int tries = 0; tries < 2500 && !(condition); ++tries) wait_a_little(2);   \
        CHECK(condition);                                                              \
    } while (0)

struct test {
    const char *name;
    void (*run)(void);
};

/* Apart, so that no variable lives across the setjmp(). */
static inline bool harness_passes(void (*run)(void)) {
    if (setjmp(harness_end) != 0) return false;
    run();
    return true;
}

static inline int harness_main(const char *suite, const struct test *tests, size_t count) {
    int failed = 0;
    for (size_t i = 0; i < count; ++i) {
        if (harness_passes(tests[i].run)) {
            printf("ok %s.%s\n", suite, tests[i].name);
        } else {
            printf("FAIL %s.%s\n", suite, tests[i].name);
            failed = 1;
        }
        ic_error_free(error);
        error = NULL;
        fflush(stdout);
    }
    return failed;
}

#define TEST(name) {#name, name}
#define TESTS(suite, ...)                                                              \
    int main(void) {                                                                   \
        static const struct test tests[] = {__VA_ARGS__};                              \
        return harness_main(suite, tests, sizeof tests / sizeof *tests);               \
    }

/* ---- cameras ---------------------------------------------------------------------------------------------------- */

#define HARNESS_CAMERA                                                                                          \
    "{\"label\": \"Test camera\", \"deviceId\": \"test-1\", \"groupId\": \"group-1\","                          \
    " \"modes\": [{\"width\": 640, \"height\": 480, \"frameRates\": [30, 60], \"pixelFormat\": \"yuyv\"},"      \
    "             {\"width\": 1280, \"height\": 720, \"frameRates\": [30], \"pixelFormat\": \"mjpeg\"}],"       \
    " \"properties\": {\"zoom\": {\"min\": 100, \"max\": 400, \"step\": 10, \"value\": 100}}}"

struct setup {
    ic_devices *devices;
    ic_virtual_camera *camera;
    ic_stream *stream;
    ic_track *track;
};

static inline ic_devices *new_devices_with(const char *options) {
    ic_devices *devices = NULL;
    OK(ic_devices_new(options, IC_NUL_TERMINATED, &devices, &error));
    CHECK(devices != NULL);
    return devices;
}

/* Only what a test adds: neither real cameras nor the environment. */
#define HARNESS_OPTIONS "\"backends\": [], \"environment\": false"
static inline ic_devices *new_devices(void) { return new_devices_with("{" HARNESS_OPTIONS "}"); }

static inline ic_virtual_camera *new_camera(const char *json) {
    ic_virtual_camera *camera = NULL;
    OK(ic_virtual_camera_new(json, IC_NUL_TERMINATED, &camera, &error));
    CHECK(camera != NULL);
    return camera;
}

static inline ic_constraints *new_constraints(const char *json) {
    ic_constraints *constraints = NULL;
    OK(ic_constraints_from_json(json, IC_NUL_TERMINATED, &constraints, &error));
    return constraints;
}

static inline ic_stream *open_stream(ic_devices *devices, const char *json) {
    ic_constraints *video = new_constraints(json);
    ic_stream *stream = NULL;
    ic_status status = ic_devices_get_user_media(devices, video, NULL, IC_TIMEOUT_DEFAULT, &stream, &error);
    ic_constraints_free(video);
    OK(status);
    return stream;
}

static inline struct setup open_setup_with(const char *options, const char *camera, const char *constraints) {
    struct setup setup = {0};
    setup.devices = new_devices_with(options);
    setup.camera = new_camera(camera);
    OK(ic_devices_add_virtual_camera(setup.devices, setup.camera, &error));
    setup.stream = open_stream(setup.devices, constraints);
    OK(ic_stream_video_track(setup.stream, 0, &setup.track, &error));
    return setup;
}

static inline struct setup open_setup(const char *camera, const char *constraints) {
    return open_setup_with("{" HARNESS_OPTIONS "}", camera, constraints);
}

static inline void close_setup(struct setup *setup) {
    ic_track_release(setup->track);
    ic_stream_release(setup->stream);
    ic_virtual_camera_release(setup->camera);
    ic_devices_close(setup->devices);
    ic_devices_release(setup->devices);
}

static inline double number_of(ic_track *track, ic_property property) {
    ic_settings *settings = NULL;
    OK(ic_track_settings(track, &settings, &error));
    double value = -1;
    ic_status status = ic_settings_number(settings, property, &value);
    ic_settings_free(settings);
    STATUS(IC_STATUS_OK, status);
    return value;
}

static inline ic_status apply_json(ic_track *track, const char *json) {
    ic_constraints *constraints = new_constraints(json);
    ic_status status = ic_track_apply_constraints(track, constraints, IC_TIMEOUT_DEFAULT, &error);
    ic_constraints_free(constraints);
    return status;
}

/* The number that the test chart shows in its top left corner, 20 bars of 16 by 16 pixels: white, black, 16 bits from
 * the highest with white for 1, black, white. -1 if there are no such bars. */
static inline int frame_number(const ic_frame *frame) {
    ic_frame *grey = NULL;
    OK(ic_frame_convert(frame, IC_PIXEL_FORMAT_GREY, &grey, &error));
    ic_frame_info info = IC_FRAME_INFO_INIT;
    OK(ic_frame_describe(grey, &info, &error));
    CHECK(info.format == IC_PIXEL_FORMAT_GREY && info.plane_count == 1 && info.width >= 320 && info.height >= 16);
    unsigned bits = 0;
    for (size_t bar = 0; bar < 20; ++bar)
        bits = bits << 1 | (info.planes[0].data[8 * info.planes[0].stride + bar * 16 + 8] > 128 ? 1u : 0u);
    ic_frame_release(grey);
    if ((bits >> 18) != 2 || (bits & 3) != 1) return -1;
    return (int)(bits >> 2 & 0xffff);
}

#endif
