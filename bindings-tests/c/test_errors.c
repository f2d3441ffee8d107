#include "harness.h"

/* NULL where an error is expected is no crash: programs print before they check. */
static void no_error(void) {
    CHECK(ic_error_status(NULL) == IC_STATUS_OK);
    CHECK_TEXT(ic_error_name(NULL), "");
    CHECK_TEXT(ic_error_message(NULL), "");
    CHECK(ic_error_constraint(NULL) == NULL);
    CHECK(ic_error_os_code(NULL) == 0);
    size_t offset = 7;
    STATUS(IC_STATUS_NULL_ARGUMENT, ic_error_offset(NULL, &offset));
    CHECK(offset == 7);
    ic_error_free(NULL);
}

static void the_place_may_be_null(void) {
    ic_devices *devices = NULL;
    STATUS(IC_STATUS_INVALID_ARGUMENT, ic_devices_new("{", IC_NUL_TERMINATED, &devices, NULL));
    CHECK(devices == NULL);
}

static void success_writes_no_error(void) {
    ic_error *mark = (ic_error *)&error;
    ic_error *place = mark;
    ic_constraints *constraints = NULL;
    STATUS(IC_STATUS_OK, ic_constraints_from_json("{}", IC_NUL_TERMINATED, &constraints, &place));
    CHECK(place == mark);
    ic_constraints_free(constraints);
}

static void broken_json_has_an_offset(void) {
    ic_constraints *constraints = NULL;
    ic_status status = ic_constraints_from_json("{\"width\": 1, ]", IC_NUL_TERMINATED, &constraints, &error);
    CHECK(status == IC_STATUS_INVALID_ARGUMENT && constraints == NULL);
    CHECK_TEXT(ic_error_name(error), "TypeError");
    size_t offset = 0;
    STATUS(IC_STATUS_OK, ic_error_offset(error, &offset));
    CHECK(offset >= 11 && offset <= 14);
    CHECK(ic_error_constraint(error) == NULL && ic_error_os_code(error) == 0);
    FAILS(IC_STATUS_INVALID_ARGUMENT, status);
}

static void other_errors_have_none(void) {
    ic_constraints *constraints = ic_constraints_new();
    ic_status status = ic_constraints_set_number(constraints, IC_BASIC, 99999, IC_BOUND_MIN, 1, &error);
    size_t offset = 0;
    STATUS(IC_STATUS_NOT_PRESENT, ic_error_offset(error, &offset));
    STATUS(IC_STATUS_NULL_ARGUMENT, ic_error_offset(error, NULL));
    ic_constraints_free(constraints);
    FAILS(IC_STATUS_INVALID_ARGUMENT, status);
}

static void overconstrained_names_the_constraint(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    ic_status status = apply_json(setup.track, "{\"width\": {\"min\": 5000}}");
    CHECK(status == IC_STATUS_OVERCONSTRAINED);
    CHECK_TEXT(ic_error_name(error), "OverconstrainedError");
    CHECK_TEXT(ic_error_constraint(error), "width");
    FAILS(IC_STATUS_OVERCONSTRAINED, status);
    close_setup(&setup);
}

static void a_text_that_is_no_utf8(void) {
    ic_constraints *constraints = NULL;
    ic_status status = ic_constraints_from_json("{\"\xff\": 1}", IC_NUL_TERMINATED, &constraints, &error);
    size_t offset = 0;
    STATUS(IC_STATUS_OK, ic_error_offset(error, &offset));
    CHECK(offset == 2);
    FAILS(IC_STATUS_INVALID_UTF8, status);
}

static void statuses_have_names(void) {
    CHECK_TEXT(ic_status_name(IC_STATUS_OK), "IC_STATUS_OK");
    CHECK_TEXT(ic_status_name(IC_STATUS_DEVICE_LOST), "IC_STATUS_DEVICE_LOST");
    CHECK(ic_status_name(99) == NULL);
    /* Numbers are never reused, so they are fixed here. */
    CHECK(IC_STATUS_NULL_ARGUMENT == 1 && IC_STATUS_PANIC == 5 && IC_STATUS_INVALID_ARGUMENT == 100);
    CHECK(IC_STATUS_OVERCONSTRAINED == 104 && IC_STATUS_UNKNOWN == 110 && IC_STATUS_TIMED_OUT == 200);
}

TESTS("errors", TEST(no_error), TEST(the_place_may_be_null), TEST(success_writes_no_error),
      TEST(broken_json_has_an_offset), TEST(other_errors_have_none), TEST(overconstrained_names_the_constraint),
      TEST(a_text_that_is_no_utf8), TEST(statuses_have_names))
