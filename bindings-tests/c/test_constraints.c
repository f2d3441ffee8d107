#include "harness.h"

#include <math.h>

static void setters_build_json(void) {
    ic_constraints *c = ic_constraints_new();
    OK(ic_constraints_set_number(c, IC_BASIC, IC_PROPERTY_WIDTH, IC_BOUND_MIN, 640, &error));
    OK(ic_constraints_set_number(c, IC_BASIC, IC_PROPERTY_WIDTH, IC_BOUND_IDEAL, 1280, &error));
    OK(ic_constraints_set_string(c, IC_BASIC, IC_PROPERTY_DEVICE_ID, IC_BOUND_EXACT, "cam-1", IC_NUL_TERMINATED, &error));
    uint32_t set = 0;
    OK(ic_constraints_add_advanced(c, &set, &error));
    CHECK(set == 1);
    OK(ic_constraints_set_number(c, set, IC_PROPERTY_ZOOM, IC_BOUND_BARE, 200, &error));
    OK(ic_constraints_add_advanced(c, &set, &error));
    CHECK(set == 2);
    OK(ic_constraints_set_bool(c, set, IC_PROPERTY_ZOOM, IC_BOUND_BARE, true, &error));

    /* The same from JSON, whatever the order of its members. */
    ic_constraints *same = new_constraints(
        "{\"width\": {\"min\": 640, \"ideal\": 1280}, \"deviceId\": {\"exact\": \"cam-1\"},"
        " \"advanced\": [{\"zoom\": 200}, {\"zoom\": true}]}");
    CHECK_TEXT(ic_constraints_json(c), ic_constraints_json(same));
    ic_constraints_free(c);
    ic_constraints_free(same);
}

static void json_follows_changes(void) {
    ic_constraints *c = ic_constraints_new();
    CHECK_TEXT(ic_constraints_json(c), "{}");
    OK(ic_constraints_set_number(c, IC_BASIC, IC_PROPERTY_HEIGHT, IC_BOUND_BARE, 480, &error));
    CHECK(strstr(ic_constraints_json(c), "480") != NULL);
    OK(ic_constraints_set_number(c, IC_BASIC, IC_PROPERTY_HEIGHT, IC_BOUND_BARE, 720, &error));
    CHECK(strstr(ic_constraints_json(c), "480") == NULL && strstr(ic_constraints_json(c), "720") != NULL);
    /* Borrowed, and the same as long as nothing changes. */
    CHECK(ic_constraints_json(c) == ic_constraints_json(c));
    ic_constraints_free(c);
}

static void wrong_values(void) {
    ic_constraints *c = ic_constraints_new();
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_constraints_set_number(c, IC_BASIC, 0, IC_BOUND_MIN, 1, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_constraints_set_number(c, IC_BASIC, UINT32_MAX, IC_BOUND_MIN, 1, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_constraints_set_number(c, IC_BASIC, IC_PROPERTY_WIDTH, 5, 1, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_constraints_set_number(c, 1, IC_PROPERTY_WIDTH, IC_BOUND_MIN, 1, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_constraints_set_number(c, UINT32_MAX, IC_PROPERTY_WIDTH, IC_BOUND_MIN, 1, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_constraints_set_number(c, IC_BASIC, IC_PROPERTY_DEVICE_ID, IC_BOUND_EXACT, 1, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_constraints_set_bool(c, IC_BASIC, IC_PROPERTY_WIDTH, IC_BOUND_EXACT, true, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_constraints_set_bool(c, IC_BASIC, IC_PROPERTY_ZOOM, IC_BOUND_EXACT, true, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_constraints_set_string(c, IC_BASIC, IC_PROPERTY_WIDTH, IC_BOUND_EXACT, "1", 1, &error));
    volatile double zero = 0;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_constraints_set_number(c, IC_BASIC, IC_PROPERTY_ZOOM, IC_BOUND_MIN, zero / zero, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_constraints_set_number(c, IC_BASIC, IC_PROPERTY_ZOOM, IC_BOUND_MIN, 1 / zero, &error));
    /* A refused value changes nothing. */
    CHECK_TEXT(ic_constraints_json(c), "{}");
    /* The specification clamps whole numbers ([Clamp] unsigned long) and does not refuse them. */
    OK(ic_constraints_set_number(c, IC_BASIC, IC_PROPERTY_WIDTH, IC_BOUND_MIN, -1, &error));
    CHECK_TEXT(ic_constraints_json(c), "{\"width\":{\"min\":0}}");
    ic_constraints_free(c);
}

static void unknown_members_are_listed(void) {
    ic_constraints *c = new_constraints("{\"widht\": 640, \"width\": 640, \"advanced\": [{\"zom\": 1}]}");
    CHECK(ic_constraints_ignored_count(c) == 2);
    bool first = false, second = false;
    for (size_t i = 0; i < 2; ++i) {
        first = first || strcmp(ic_constraints_ignored_at(c, i), "widht") == 0;
        second = second || strcmp(ic_constraints_ignored_at(c, i), "advanced[0].zom") == 0;
    }
    CHECK(first && second);
    CHECK(ic_constraints_ignored_at(c, 2) == NULL);
    ic_constraints_free(c);
}

static void lengths_of_texts(void) {
    ic_constraints *c = NULL;
    OK(ic_constraints_from_json("{}garbage", 2, &c, &error));
    OK(ic_constraints_set_string(c, IC_BASIC, IC_PROPERTY_DEVICE_ID, IC_BOUND_EXACT, "cam-1234", 5, &error));
    CHECK(strstr(ic_constraints_json(c), "\"cam-1\"") != NULL);
    FAILS(IC_STATUS_INVALID_UTF8,
          ic_constraints_set_string(c, IC_BASIC, IC_PROPERTY_DEVICE_ID, IC_BOUND_EXACT, "\xc3", 1, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_constraints_set_string(c, IC_BASIC, IC_PROPERTY_DEVICE_ID, IC_BOUND_EXACT, "a", SIZE_MAX - 1, &error));
    ic_constraints_free(c);
}

static void lists(void) {
    ic_constraints *c = ic_constraints_new();
    static const char *const modes[] = {IC_METERING_MODE_MANUAL, IC_METERING_MODE_CONTINUOUS};
    static const char *const facing[] = {IC_FACING_MODE_USER};
    OK(ic_constraints_set_strings(c, IC_BASIC, IC_PROPERTY_FOCUS_MODE, IC_BOUND_EXACT, modes, 2, &error));
    OK(ic_constraints_set_strings(c, IC_BASIC, IC_PROPERTY_FACING_MODE, IC_BOUND_IDEAL, facing, 1, &error));
    OK(ic_constraints_set_strings(c, IC_BASIC, IC_PROPERTY_RESIZE_MODE, IC_BOUND_BARE, NULL, 0, &error));
    static const ic_point2d points[] = {{0.25, 0.75}, {1.5, -1}};
    OK(ic_constraints_set_points(c, IC_BASIC, IC_PROPERTY_POINTS_OF_INTEREST, IC_BOUND_EXACT, points, 2, &error));
    OK(ic_constraints_set_points(c, IC_BASIC, IC_PROPERTY_POINTS_OF_INTEREST, IC_BOUND_IDEAL, NULL, 0, &error));
    OK(ic_constraints_set_bool(c, IC_BASIC, IC_PROPERTY_TORCH, IC_BOUND_EXACT, true, &error));
    OK(ic_constraints_set_bool(c, IC_BASIC, IC_PROPERTY_TORCH, IC_BOUND_IDEAL, false, &error));
    ic_constraints *same = new_constraints(
        "{\"focusMode\": {\"exact\": [\"manual\", \"continuous\"]}, \"facingMode\": {\"ideal\": [\"user\"]}, \"resizeMode\": [],"
        " \"pointsOfInterest\": {\"exact\": [{\"x\": 0.25, \"y\": 0.75}, {\"x\": 1.5, \"y\": -1}], \"ideal\": []},"
        " \"torch\": {\"exact\": true, \"ideal\": false}}");
    CHECK_TEXT(ic_constraints_json(c), ic_constraints_json(same));

    static const char *const broken[] = {"user", NULL};
    static const char *const latin[] = {"\xe9"};
    volatile double zero = 0;
    const ic_point2d nowhere = {zero / zero, 0};
    FAILS(IC_STATUS_NULL_ARGUMENT,
          ic_constraints_set_strings(c, IC_BASIC, IC_PROPERTY_FACING_MODE, IC_BOUND_EXACT, broken, 2, &error));
    FAILS(IC_STATUS_INVALID_UTF8,
          ic_constraints_set_strings(c, IC_BASIC, IC_PROPERTY_FACING_MODE, IC_BOUND_EXACT, latin, 1, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_constraints_set_strings(c, IC_BASIC, IC_PROPERTY_FACING_MODE, IC_BOUND_MIN, facing, 1, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_constraints_set_strings(c, IC_BASIC, IC_PROPERTY_WIDTH, IC_BOUND_EXACT, facing, 1, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_constraints_set_strings(c, IC_BASIC, IC_PROPERTY_FACING_MODE, IC_BOUND_EXACT, facing, SIZE_MAX, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_constraints_set_points(c, IC_BASIC, IC_PROPERTY_ZOOM, IC_BOUND_EXACT, points, 2, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_constraints_set_points(c, IC_BASIC, IC_PROPERTY_POINTS_OF_INTEREST, IC_BOUND_MAX, points, 2, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT,
          ic_constraints_set_points(c, IC_BASIC, IC_PROPERTY_POINTS_OF_INTEREST, IC_BOUND_EXACT, &nowhere, 1, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_constraints_set_bool(c, IC_BASIC, IC_PROPERTY_TORCH, IC_BOUND_MIN, true, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_constraints_set_bool(c, IC_BASIC, IC_PROPERTY_PAN, IC_BOUND_IDEAL, true, &error));
    CHECK_TEXT(ic_constraints_json(c), ic_constraints_json(same));
    ic_constraints_free(c);
    ic_constraints_free(same);
}

static void distances(void) {
    ic_constraints *c = new_constraints("{\"width\": 1280, \"advanced\": [{\"width\": 640}, {\"width\": {\"min\": 641}}]}");
    ic_settings *s = NULL;
    OK(ic_settings_from_json("{\"width\": 640, \"fluxCapacitance\": 3}", IC_NUL_TERMINATED, &s, &error));
    double distance = -1;
    OK(ic_constraints_fitness_distance(c, IC_BASIC, s, &distance, &error));
    CHECK(distance == 0.5);
    OK(ic_constraints_fitness_distance(c, 1, s, &distance, &error));
    CHECK(distance == 0);
    OK(ic_constraints_fitness_distance(c, 2, s, &distance, &error));
    CHECK(isinf(distance) && distance > 0);
    distance = -1;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_constraints_fitness_distance(c, 3, s, &distance, &error));
    CHECK(distance == -1);
    ic_settings_free(s);
    ic_constraints_free(c);
}

static void selecting(void) {
    ic_constraints *c = new_constraints("{\"width\": {\"min\": 640}, \"advanced\": [{\"width\": 4000}, {\"frameRate\": 60}]}");
    static const char candidates[] =
        "[{\"width\": 320, \"frameRate\": 60}, {\"width\": 640, \"frameRate\": 30}, {\"width\": 1280, \"frameRate\": 60}]";
    ic_text *result = NULL;
    OK(ic_constraints_select(c, candidates, IC_NUL_TERMINATED, &result, &error));
    CHECK_TEXT(ic_text_data(result),
               "{\"advanced\":[false,true],\"candidates\":[1,2],\"distance\":0.0,\"index\":2,\"remaining\":[2]}");
    CHECK(ic_text_length(result) == strlen(ic_text_data(result)));
    ic_text_free(result);
    result = NULL;

    ic_status status = ic_constraints_select(c, "[{\"width\": 320}]", IC_NUL_TERMINATED, &result, &error);
    CHECK_TEXT(ic_error_constraint(error), "width");
    FAILS(IC_STATUS_OVERCONSTRAINED, status);
    status = ic_constraints_select(c, "[{\"width\": 320}, {\"width\": \"wide\"}]", IC_NUL_TERMINATED, &result, &error);
    CHECK(strstr(ic_error_message(error), "[1]: width") != NULL);
    FAILS(IC_STATUS_INVALID_ARGUMENT, status);
    status = ic_constraints_select(c, "[{\"width\" 320}]", IC_NUL_TERMINATED, &result, &error);
    size_t offset = 0;
    STATUS(IC_STATUS_OK, ic_error_offset(error, &offset));
    CHECK(offset == 10);
    FAILS(IC_STATUS_INVALID_ARGUMENT, status);
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_constraints_select(c, "{}", IC_NUL_TERMINATED, &result, &error));
    CHECK(result == NULL && ic_text_data(NULL) == NULL && ic_text_length(NULL) == 0);
    ic_constraints_free(c);
}

static void bad_json(void) {
    static const char *const bad[] = {"", "[]", "1", "{\"width\": {}", "{\"width\": \"wide\"}", "{\"advanced\": {}}", "nul"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        ic_constraints *c = NULL;
        FAILS(IC_STATUS_INVALID_ARGUMENT, ic_constraints_from_json(bad[i], IC_NUL_TERMINATED, &c, &error));
        CHECK(c == NULL);
    }
}

TESTS("constraints", TEST(setters_build_json), TEST(json_follows_changes), TEST(wrong_values),
      TEST(unknown_members_are_listed), TEST(lengths_of_texts), TEST(lists), TEST(distances), TEST(selecting), TEST(bad_json))
