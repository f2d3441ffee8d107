#include "harness.h"

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

static void bad_json(void) {
    static const char *const bad[] = {"", "[]", "1", "{\"width\": {}", "{\"width\": \"wide\"}", "{\"advanced\": {}}", "nul"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        ic_constraints *c = NULL;
        FAILS(IC_STATUS_INVALID_ARGUMENT, ic_constraints_from_json(bad[i], IC_NUL_TERMINATED, &c, &error));
        CHECK(c == NULL);
    }
}

TESTS("constraints", TEST(setters_build_json), TEST(json_follows_changes), TEST(wrong_values),
      TEST(unknown_members_are_listed), TEST(lengths_of_texts), TEST(bad_json))
