/* Runs the cases that Rust, C and Python share. gen_cases.py writes them as tables. */
#include "harness.h"

#include <math.h>

/* The error that is expected, NULL for none, and the constraints of which any may be named; none: it does not matter. */
struct expected_error {
    const char *name;
    const char *const *constraints;
    size_t constraint_count;
};

struct distance_case {
    const char *id, *note, *constraints;
    uint32_t set;
    const char *settings;
    double distance;
};

struct selection_case {
    const char *id, *note, *constraints, *candidates;
    struct expected_error error;
    const char *met, *remaining, *advanced; /* JSON lists */
    double distance;
    const size_t *selected;
    size_t selected_count;
};

struct camera {
    const char *json, *script;
};

struct request_case {
    const char *id, *note, *options;
    const struct camera *cameras;
    size_t camera_count;
    const char *video, *audio; /* NULL: none of this kind */
    struct expected_error error;
    size_t video_count, audio_count;
    const char *device_id; /* NULL: it does not matter */
};

enum setting_kind { SETTING_NUMBER, SETTING_BOOL, SETTING_STRING, SETTING_POINTS };

struct setting {
    ic_property property;
    enum setting_kind kind;
    double number;
    const char *text;
    const ic_point2d *points;
    size_t point_count;
};

struct step {
    const char *constraints, *keeps;
    struct expected_error error;
    const struct setting *settings;
    size_t setting_count;
};

struct settings_case {
    const char *id, *note, *camera;
    const struct step *steps;
    size_t step_count;
};

#include "cases.h"

/* A failure that is expected, and ends it. */
static void check_error(const struct expected_error *expected, ic_status status) {
    if (!expected->name) {
        OK(status);
        return;
    }
    CHECK(status != IC_STATUS_OK);
    CHECK_TEXT(ic_error_name(error), expected->name);
    const char *constraint = ic_error_constraint(error);
    bool named = expected->constraint_count == 0;
    for (size_t i = 0; i < expected->constraint_count; ++i)
        named = named || strcmp(expected->constraints[i], constraint ? constraint : "") == 0;
    if (!named) fprintf(stderr, "the constraint is \"%s\": %s\n", constraint ? constraint : "(NULL)", ic_error_message(error));
    CHECK(named);
    FAILS(status, status);
}

static bool near(double tolerance, double expected, double actual) {
    return expected == actual || fabs(expected - actual) <= tolerance;
}

static void run_distance(const struct distance_case *one) {
    ic_constraints *constraints = new_constraints(one->constraints);
    ic_settings *settings = NULL;
    OK(ic_settings_from_json(one->settings, IC_NUL_TERMINATED, &settings, &error));
    double distance = -1;
    OK(ic_constraints_fitness_distance(constraints, one->set, settings, &distance, &error));
    ic_settings_free(settings);
    ic_constraints_free(constraints);
    if (!near(DISTANCE_TOLERANCE, one->distance, distance)) fprintf(stderr, "%.17g, not %.17g\n", distance, one->distance);
    CHECK(near(DISTANCE_TOLERANCE, one->distance, distance));
}

/* What comes behind a member of the result, which the library writes without blanks. */
static const char *member(const char *json, const char *name) {
    char key[32];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *found = strstr(json, key);
    CHECK(found != NULL);
    return found + strlen(key);
}

static void check_list(const char *json, const char *name, const char *expected) {
    if (!expected) return;
    const char *actual = member(json, name);
    if (strncmp(actual, expected, strlen(expected)) != 0) fprintf(stderr, "%s is not %s in %s\n", name, expected, json);
    CHECK(strncmp(actual, expected, strlen(expected)) == 0);
}

static void run_selection(const struct selection_case *one) {
    ic_constraints *constraints = new_constraints(one->constraints);
    ic_text *result = NULL;
    ic_status status = ic_constraints_select(constraints, one->candidates, IC_NUL_TERMINATED, &result, &error);
    ic_constraints_free(constraints);
    check_error(&one->error, status);
    if (one->error.name) return;
    const char *json = ic_text_data(result);
    check_list(json, "candidates", one->met);
    check_list(json, "remaining", one->remaining);
    check_list(json, "advanced", one->advanced);
    CHECK(near(SELECTION_TOLERANCE, one->distance, strtod(member(json, "distance"), NULL)));
    const size_t index = strtoul(member(json, "index"), NULL, 10);
    bool wanted = false;
    for (size_t i = 0; i < one->selected_count; ++i) wanted = wanted || one->selected[i] == index;
    if (!wanted) fprintf(stderr, "candidate %zu was chosen\n", index);
    CHECK(wanted);
    ic_text_free(result);
}

static ic_status read_constraints(const char *json, ic_constraints **constraints) {
    return json ? ic_constraints_from_json(json, IC_NUL_TERMINATED, constraints, &error) : IC_STATUS_OK;
}

static void check_stream(const struct request_case *one, ic_stream *stream) {
    CHECK(ic_stream_video_track_count(stream) == one->video_count);
    CHECK(ic_stream_audio_track_count(stream) == one->audio_count);
    if (!one->device_id) return;
    ic_track *track = NULL;
    OK(ic_stream_track(stream, 0, &track, &error));
    ic_settings *settings = NULL;
    OK(ic_track_settings(track, &settings, &error));
    const char *id = NULL;
    STATUS(IC_STATUS_OK, ic_settings_string(settings, IC_PROPERTY_DEVICE_ID, &id));
    CHECK_TEXT(id, one->device_id);
    ic_settings_free(settings);
    ic_track_release(track);
}

static void run_request(const struct request_case *one) {
    ic_devices *devices = new_devices_with(one->options);
    for (size_t i = 0; i < one->camera_count; ++i) {
        ic_virtual_camera *camera = new_camera(one->cameras[i].json);
        OK(ic_virtual_camera_script(camera, one->cameras[i].script, IC_NUL_TERMINATED, &error));
        OK(ic_devices_add_virtual_camera(devices, camera, &error));
        ic_virtual_camera_release(camera);
    }
    ic_constraints *video = NULL, *audio = NULL;
    ic_stream *stream = NULL;
    ic_status status = read_constraints(one->video, &video);
    if (status == IC_STATUS_OK) status = read_constraints(one->audio, &audio);
    if (status == IC_STATUS_OK)
        status = ic_devices_get_user_media(devices, video, audio, IC_TIMEOUT_DEFAULT, &stream, &error);
    ic_constraints_free(video);
    ic_constraints_free(audio);
    check_error(&one->error, status);
    if (!one->error.name) check_stream(one, stream);
    ic_stream_release(stream);
    ic_devices_close(devices);
    ic_devices_release(devices);
}

static void check_setting(ic_settings *settings, const struct setting *expected) {
    double number = NAN;
    bool flag = false;
    const char *text = NULL;
    ic_point2d points[8];
    size_t count = 0;
    fprintf(stderr, "%s: ", ic_property_name(expected->property));
    switch (expected->kind) {
    case SETTING_NUMBER:
        STATUS(IC_STATUS_OK, ic_settings_number(settings, expected->property, &number));
        fprintf(stderr, "%.17g, expected %.17g\n", number, expected->number);
        CHECK(near(SETTINGS_TOLERANCE, expected->number, number));
        break;
    case SETTING_BOOL:
        STATUS(IC_STATUS_OK, ic_settings_bool(settings, expected->property, &flag));
        fprintf(stderr, "%d, expected %g\n", flag, expected->number);
        CHECK(flag == (expected->number != 0));
        break;
    case SETTING_STRING:
        STATUS(IC_STATUS_OK, ic_settings_string(settings, expected->property, &text));
        CHECK_TEXT(text, expected->text);
        break;
    case SETTING_POINTS:
        STATUS(IC_STATUS_OK, ic_settings_points(settings, expected->property, points, 8, &count));
        fprintf(stderr, "%zu points, expected %zu\n", count, expected->point_count);
        CHECK(count == expected->point_count && count <= 8);
        for (size_t i = 0; i < count; ++i)
            CHECK(near(SETTINGS_TOLERANCE, expected->points[i].x, points[i].x) &&
                  near(SETTINGS_TOLERANCE, expected->points[i].y, points[i].y));
        break;
    }
}

/* The constraints are kept as they were given, but for names that are not known here. */
static void check_kept(ic_track *track, const char *json) {
    ic_constraints *kept = NULL, *expected = new_constraints(json);
    OK(ic_track_constraints(track, &kept, &error));
    CHECK_TEXT(ic_constraints_json(kept), ic_constraints_json(expected));
    ic_constraints_free(kept);
    ic_constraints_free(expected);
}

static void run_settings(const struct settings_case *one) {
    struct setup setup = open_setup(one->camera, "{}");
    for (size_t i = 0; i < one->step_count; ++i) {
        const struct step *step = &one->steps[i];
        fprintf(stderr, "step %zu: %s\n", i, step->constraints);
        check_error(&step->error, apply_json(setup.track, step->constraints));
        if (!step->error.name) check_kept(setup.track, step->keeps);
        ic_settings *settings = NULL;
        OK(ic_track_settings(setup.track, &settings, &error));
        for (size_t j = 0; j < step->setting_count; ++j) check_setting(settings, &step->settings[j]);
        ic_settings_free(settings);
    }
    close_setup(&setup);
}

/* The harness calls functions without arguments. */
static size_t current;
static void distance(void) { run_distance(&distance_cases[current]); }
static void selection(void) { run_selection(&selection_cases[current]); }
static void request(void) { run_request(&request_cases[current]); }
static void settings(void) { run_settings(&settings_cases[current]); }

static int failed;

static void run(const char *id, const char *note, void (*function)(void)) {
    const bool passed = harness_passes(function);
    if (!passed) fprintf(stderr, "%s: %s\n\n", id, note);
    failed |= !passed;
    printf("%s cases.%s\n", passed ? "ok" : "FAIL", id);
    ic_error_free(error);
    error = NULL;
    fflush(stdout);
}

#define RUN(kind)                                                              \
    for (current = 0; current < sizeof kind##_cases / sizeof *kind##_cases; ++current) \
        run(kind##_cases[current].id, kind##_cases[current].note, kind)

int main(void) {
    RUN(distance);
    RUN(selection);
    RUN(request);
    RUN(settings);
    return failed;
}
