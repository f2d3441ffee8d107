#include "harness.h"

static void a_panic_is_a_status(void) {
    /* Several times: the border is not broken by the first. */
    for (int i = 0; i < 3; ++i) {
        const ic_status status = ic_test_panic(&error);
        CHECK(strstr(ic_error_message(error), "ic_test_panic") != NULL);
        CHECK_TEXT(ic_error_name(error), "UnknownError");
        FAILS(IC_STATUS_PANIC, status);
    }
    STATUS(IC_STATUS_PANIC, ic_test_panic(NULL));
}

static void the_library_goes_on(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    STATUS(IC_STATUS_PANIC, ic_test_panic(NULL));
    OK(apply_json(setup.track, "{\"zoom\": 300}"));
    close_setup(&setup);
}

TESTS("panic", TEST(a_panic_is_a_status), TEST(the_library_goes_on))
