#include "harness.h"

static void no_devices(void) {
    ic_devices *devices = new_devices();
    ic_device_list *list = NULL;
    OK(ic_devices_enumerate(devices, &list, &error));
    CHECK(ic_device_list_count(list) == 0);
    CHECK(ic_device_list_at(list, 0) == NULL);
    ic_device_list_free(list);

    ic_constraints *video = ic_constraints_new();
    ic_stream *stream = NULL;
    FAILS(IC_STATUS_NOT_FOUND, ic_devices_get_user_media(devices, video, NULL, IC_TIMEOUT_DEFAULT, &stream, &error));
    CHECK(stream == NULL);
    ic_constraints_free(video);
    ic_devices_release(devices);
}

static void a_virtual_camera_is_listed(void) {
    ic_devices *devices = new_devices();
    ic_virtual_camera *camera = new_camera(HARNESS_CAMERA);
    OK(ic_devices_add_virtual_camera(devices, camera, &error));
    ic_device_list *list = NULL;
    OK(ic_devices_enumerate(devices, &list, &error));
    CHECK(ic_device_list_count(list) == 1);
    const ic_device_info *info = ic_device_list_at(list, 0);
    CHECK_TEXT(ic_device_info_label(info), "Test camera");
    CHECK(ic_device_info_kind(info) == IC_DEVICE_KIND_VIDEO_INPUT);
    CHECK(*ic_device_info_id(info) != '\0' && *ic_device_info_group_id(info) != '\0');
    CHECK(ic_device_list_at(list, 1) == NULL && ic_device_list_at(list, SIZE_MAX) == NULL);

    ic_capabilities *capabilities = NULL;
    OK(ic_device_info_capabilities(info, &capabilities, &error));
    ic_device_list_free(list);
    /* The capabilities outlive the list. */
    ic_range range = {0};
    STATUS(IC_STATUS_OK, ic_capabilities_range(capabilities, IC_PROPERTY_WIDTH, &range));
    CHECK(range.min <= 640 && range.max == 1280);
    ic_capabilities_free(capabilities);
    ic_virtual_camera_release(camera);
    ic_devices_close(devices);
    ic_devices_release(devices);
}

static void explaining(void) {
    ic_devices *devices = new_devices();
    ic_virtual_camera *camera = new_camera(HARNESS_CAMERA);
    OK(ic_devices_add_virtual_camera(devices, camera, &error));
    ic_virtual_camera_release(camera);
    ic_constraints *video = new_constraints("{\"width\": 1280, \"fluxCapacitance\": 1}");
    ic_explanation *explanation = NULL;
    OK(ic_devices_explain(devices, video, IC_TIMEOUT_DEFAULT, &explanation, &error));
    CHECK_TEXT(ic_explanation_device_id(explanation), "test-1");
    CHECK(strstr(ic_explanation_json(explanation), "\"deviceId\":\"test-1\"") != NULL);
    CHECK(strstr(ic_explanation_json(explanation), "\"ignored\":[\"fluxCapacitance\"]") != NULL);
    CHECK(strstr(ic_explanation_text(explanation), "Test camera (test-1): chosen, distance 0") != NULL);
    ic_explanation_free(explanation);
    ic_constraints_free(video);

    video = new_constraints("{\"width\": {\"min\": 4000}}");
    OK(ic_devices_explain(devices, video, IC_TIMEOUT_NEVER, &explanation, &error));
    CHECK(ic_explanation_device_id(explanation) == NULL);
    CHECK(strstr(ic_explanation_json(explanation), "\"constraint\":\"width\"") != NULL);
    ic_explanation_free(explanation);
    explanation = NULL;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_devices_explain(devices, video, -2, &explanation, &error));
    OK(ic_devices_set_permission(devices, IC_PERMISSION_CAMERA, IC_PERMISSION_STATE_DENIED, &error));
    FAILS(IC_STATUS_NOT_ALLOWED, ic_devices_explain(devices, video, IC_TIMEOUT_DEFAULT, &explanation, &error));
    ic_devices_close(devices);
    FAILS(IC_STATUS_INVALID_STATE, ic_devices_explain(devices, video, IC_TIMEOUT_DEFAULT, &explanation, &error));
    CHECK(explanation == NULL);
    ic_constraints_free(video);
    ic_devices_release(devices);
}

static void options(void) {
    ic_devices *devices = NULL;
    OK(ic_devices_new("{\"backends\": [], \"environment\": false, \"virtualCameras\":"
                      " [{\"label\": \"One\", \"modes\": [{\"width\": 320, \"height\": 240}]}]}",
                      IC_NUL_TERMINATED, &devices, &error));
    ic_device_list *list = NULL;
    OK(ic_devices_enumerate(devices, &list, &error));
    CHECK(ic_device_list_count(list) == 1);
    CHECK_TEXT(ic_device_info_label(ic_device_list_at(list, 0)), "One");
    ic_device_list_free(list);
    ic_devices_release(devices);

    devices = NULL;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_devices_new("{\"backends\": 1}", IC_NUL_TERMINATED, &devices, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_devices_new("[", 1, &devices, &error));
    FAILS(IC_STATUS_NULL_ARGUMENT, ic_devices_new(NULL, 5, &devices, &error));
    CHECK(devices == NULL);
}

static void defaults(void) {
    ic_devices *devices = NULL;
    OK(ic_devices_new(NULL, 0, &devices, &error));
    ic_devices_release(devices);
    devices = NULL;
    OK(ic_devices_new(NULL, IC_NUL_TERMINATED, &devices, &error));
    ic_devices_release(devices);
}

static void closing(void) {
    struct setup setup = open_setup(HARNESS_CAMERA, "{}");
    CHECK(ic_stream_active(setup.stream));
    ic_devices_close(setup.devices);
    CHECK(ic_track_ready_state(setup.track) == IC_TRACK_STATE_ENDED);
    CHECK(!ic_stream_active(setup.stream));
    ic_devices_close(setup.devices);
    ic_device_list *list = NULL;
    FAILS(IC_STATUS_INVALID_STATE, ic_devices_enumerate(setup.devices, &list, &error));
    close_setup(&setup);
}

static void requests(void) {
    ic_devices *devices = new_devices();
    ic_virtual_camera *camera = new_camera(HARNESS_CAMERA);
    OK(ic_devices_add_virtual_camera(devices, camera, &error));
    ic_stream *stream = NULL;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_devices_get_user_media(devices, NULL, NULL, IC_TIMEOUT_DEFAULT, &stream, &error));
    ic_constraints *video = new_constraints("{\"width\": {\"min\": 9999}}");
    FAILS(IC_STATUS_OVERCONSTRAINED, ic_devices_get_user_media(devices, video, NULL, IC_TIMEOUT_DEFAULT, &stream, &error));
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_devices_get_user_media(devices, video, NULL, -2, &stream, &error));
    CHECK(stream == NULL);
    ic_constraints_free(video);

    ic_virtual_camera_set_busy(camera, true);
    video = ic_constraints_new();
    FAILS(IC_STATUS_NOT_READABLE, ic_devices_get_user_media(devices, video, NULL, IC_TIMEOUT_DEFAULT, &stream, &error));
    ic_virtual_camera_set_busy(camera, false);
    OK(ic_devices_get_user_media(devices, video, NULL, IC_TIMEOUT_DEFAULT, &stream, &error));
    ic_constraints_free(video);
    ic_stream_release(stream);
    ic_virtual_camera_release(camera);
    ic_devices_close(devices);
    ic_devices_release(devices);
}

static void supported(void) {
    CHECK(ic_supported_constraint(IC_PROPERTY_WIDTH) && ic_supported_constraint(IC_PROPERTY_ZOOM));
    CHECK(!ic_supported_constraint(0) && !ic_supported_constraint(12345));
    CHECK_TEXT(ic_property_name(IC_PROPERTY_FRAME_RATE), "frameRate");
    CHECK(ic_property_name(99) == NULL);
    CHECK_TEXT(ic_pixel_format_name(IC_PIXEL_FORMAT_NV12), "nv12");
}

TESTS("devices", TEST(no_devices), TEST(a_virtual_camera_is_listed), TEST(explaining), TEST(options), TEST(defaults), TEST(closing),
      TEST(requests), TEST(supported))
