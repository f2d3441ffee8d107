/* Virtual cameras whose scene comes from files. */
#include "harness.h"

#include <unistd.h>

static char folder[64];

/* The path of a file in the folder of this program; good until the next call but one. */
static const char *at(const char *name) {
    static char paths[2][128];
    static unsigned which;
    char *path = paths[which++ % 2];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static const char *with(const char *name, const void *data, size_t len) {
    const char *path = at(name);
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    const size_t written = fwrite(data, 1, len, file);
    CHECK(fclose(file) == 0 && written == len);
    return path;
}

static void set_up(void) {
    snprintf(folder, sizeof folder, "/tmp/imagecapture-films-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
}

static void tear_down(void) {
    static const char *const names[] = {"a.png", "a.jpg", "two.mjpeg", "film.y4m", "camera.json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) unlink(at(names[i]));
    CHECK(rmdir(folder) == 0);
}

/* A photo of the test chart, as a file of this format. */
static ic_photo *chart(ic_photo_format format) {
    struct setup setup = open_setup("{\"modes\": [{\"width\": 64, \"height\": 48, \"pixelFormat\": \"mjpeg\"}], \"pacing\": \"fast\"}", "{}");
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    ic_photo_options options = IC_PHOTO_OPTIONS_INIT;
    options.format = format;
    ic_photo *photo = NULL;
    OK(ic_image_capture_take_photo(capture, NULL, &options, IC_TIMEOUT_DEFAULT, &photo, &error));
    ic_image_capture_release(capture);
    close_setup(&setup);
    return photo;
}

/* Two grey pictures of 4 by 2: luma 16 and 235. */
#define Y4M                                                                                                                            \
    "YUV4MPEG2 W4 H2 F25:1 Cmono\n"                                                                                                     \
    "FRAME\n\x10\x10\x10\x10\x10\x10\x10\x10"                                                                                           \
    "FRAME\n\xeb\xeb\xeb\xeb\xeb\xeb\xeb\xeb"

static struct setup open_scene(const char *kind, const char *path) {
    char json[300];
    snprintf(json, sizeof json, "{\"pacing\": \"manual\", \"scene\": {\"kind\": \"%s\", %s\"%s\"%s}}", kind,
             strcmp(kind, "images") == 0 ? "\"paths\": [" : "\"path\": ", path, strcmp(kind, "images") == 0 ? "]" : "");
    return open_setup(json, "{}");
}

/* The next picture of a camera, as the first byte of its red. */
static int next_red(ic_virtual_camera *camera, ic_frame_reader *reader) {
    ic_frame *frame = NULL, *rgb = NULL;
    ic_virtual_camera_step(camera, 1);
    OK(ic_frame_reader_next(reader, IC_TIMEOUT_DEFAULT, &frame, &error));
    OK(ic_frame_convert(frame, IC_PIXEL_FORMAT_RGB, &rgb, &error));
    ic_frame_info info = IC_FRAME_INFO_INIT;
    OK(ic_frame_describe(rgb, &info, &error));
    const int red = info.planes[0].data[0];
    ic_frame_release(frame);
    ic_frame_release(rgb);
    return red;
}

static void pictures_and_films_have_their_own_size(void) {
    set_up();
    ic_photo *png = chart(IC_PHOTO_FORMAT_PNG), *jpeg = chart(IC_PHOTO_FORMAT_JPEG);
    with("a.png", ic_photo_data(png), ic_photo_len(png));
    with("a.jpg", ic_photo_data(jpeg), ic_photo_len(jpeg));
    const size_t len = ic_photo_len(jpeg);
    uint8_t *two = malloc(2 * len);
    CHECK(two != NULL);
    memcpy(two, ic_photo_data(jpeg), len);
    memcpy(two + len, ic_photo_data(jpeg), len);
    with("two.mjpeg", two, 2 * len);
    free(two);
    ic_photo_free(png);
    ic_photo_free(jpeg);
    static const char *const scenes[][2] = {{"image", "a.png"}, {"image", "a.jpg"}, {"images", "a.png"}, {"mjpeg", "two.mjpeg"}};
    for (size_t i = 0; i < 4; ++i) {
        struct setup setup = open_scene(scenes[i][0], at(scenes[i][1]));
        ic_frame_reader *reader = NULL;
        OK(ic_track_frames(setup.track, NULL, &reader, &error));
        CHECK(number_of(setup.track, IC_PROPERTY_WIDTH) == 64 && number_of(setup.track, IC_PROPERTY_HEIGHT) == 48);
        for (int times = 0; times < 3; ++times) CHECK(next_red(setup.camera, reader) > 200);
        ic_frame_reader_release(reader);
        close_setup(&setup);
    }
    struct setup setup = open_scene("y4m", with("film.y4m", Y4M, sizeof Y4M - 1));
    ic_frame_reader *reader = NULL;
    OK(ic_track_frames(setup.track, NULL, &reader, &error));
    CHECK(number_of(setup.track, IC_PROPERTY_WIDTH) == 4 && number_of(setup.track, IC_PROPERTY_FRAME_RATE) == 25);
    static const bool bright[] = {false, true, false, true};
    for (size_t i = 0; i < 4; ++i) CHECK((next_red(setup.camera, reader) > 128) == bright[i]);
    ic_frame_reader_release(reader);
    close_setup(&setup);
    tear_down();
}

static void relative_paths(void) {
    set_up();
    with("film.y4m", Y4M, sizeof Y4M - 1);
    static const char json[] = "{\"deviceId\": \"of-a-file\", \"scene\": {\"kind\": \"y4m\", \"path\": \"film.y4m\"}}";
    char before[1024];
    CHECK(getcwd(before, sizeof before) != NULL);
    /* Of text: from the working directory. */
    ic_virtual_camera *camera = NULL;
    FAILS(IC_STATUS_INVALID_ARGUMENT, ic_virtual_camera_new(json, IC_NUL_TERMINATED, &camera, &error));
    CHECK(camera == NULL && chdir(folder) == 0);
    const ic_status status = ic_virtual_camera_new(json, IC_NUL_TERMINATED, &camera, &error);
    CHECK(chdir(before) == 0);
    OK(status);
    ic_virtual_camera_release(camera);
    /* Of the file that the environment names: from its folder. */
    CHECK(setenv("IC_VIRTUAL_CAMERA", with("camera.json", json, sizeof json - 1), 1) == 0);
    ic_devices *devices = new_devices_with("{\"backends\": []}");
    CHECK(unsetenv("IC_VIRTUAL_CAMERA") == 0);
    ic_stream *stream = open_stream(devices, "{\"deviceId\": {\"exact\": \"of-a-file\"}}");
    ic_track *track = NULL;
    OK(ic_stream_video_track(stream, 0, &track, &error));
    CHECK(number_of(track, IC_PROPERTY_WIDTH) == 4);
    ic_track_release(track);
    ic_stream_release(stream);
    ic_devices_close(devices);
    ic_devices_release(devices);
    tear_down();
}

/* Fails, and names the file. */
static void tells_of(const char *file, ic_status status) {
    CHECK(status != IC_STATUS_OK && strstr(ic_error_message(error), file) != NULL);
    ic_error_free(error);
    error = NULL;
}

static void files_that_are_missing_or_break(void) {
    set_up();
    ic_virtual_camera *camera = NULL;
    char json[200];
    static const char *const kinds[] = {"image", "y4m", "mjpeg"};
    for (size_t i = 0; i < 3; ++i) {
        snprintf(json, sizeof json, "{\"scene\": {\"kind\": \"%s\", \"path\": \"%s\"}}", kinds[i], at("missing"));
        tells_of("missing", ic_virtual_camera_new(json, IC_NUL_TERMINATED, &camera, &error));
    }
    /* Gone before the camera is opened. */
    snprintf(json, sizeof json, "{\"scene\": {\"kind\": \"y4m\", \"path\": \"%s\"}}", with("film.y4m", Y4M, sizeof Y4M - 1));
    ic_devices *devices = new_devices();
    camera = new_camera(json);
    OK(ic_devices_add_virtual_camera(devices, camera, &error));
    CHECK(unlink(at("film.y4m")) == 0);
    ic_constraints *any = ic_constraints_new();
    ic_stream *stream = NULL;
    tells_of("film.y4m", ic_devices_get_user_media(devices, any, NULL, IC_TIMEOUT_DEFAULT, &stream, &error));
    CHECK(stream == NULL);
    ic_constraints_free(any);
    ic_virtual_camera_release(camera);
    ic_devices_close(devices);
    ic_devices_release(devices);

    /* Cut while it plays: the track ends, and whoever waits is told why. */
    struct setup setup = open_scene("y4m", with("film.y4m", Y4M, sizeof Y4M - 1));
    ic_image_capture *capture = NULL;
    OK(ic_image_capture_new(setup.track, &capture, &error));
    with("film.y4m", "YUV4MPEG2 W4 H2 F25:1 Cmono\n", 28);
    ic_status status = IC_STATUS_OK;
    for (int tries = 0; tries < 100 && status == IC_STATUS_OK; ++tries) {
        ic_op *op = NULL;
        ic_frame *frame = NULL;
        status = ic_image_capture_grab_frame_async(capture, NULL, &op, &error);
        if (status != IC_STATUS_OK) break;
        ic_virtual_camera_step(setup.camera, 1);
        OK(ic_op_wait(op, IC_TIMEOUT_DEFAULT, &error));
        status = ic_op_take_frame(op, &frame, &error);
        ic_frame_release(frame);
        ic_op_release(op);
    }
    tells_of("film.y4m", status);
    EVENTUALLY(ic_track_ready_state(setup.track) == IC_TRACK_STATE_ENDED);
    ic_photo *photo = NULL;
    tells_of("film.y4m", ic_image_capture_take_photo(capture, NULL, NULL, IC_TIMEOUT_DEFAULT, &photo, &error));
    ic_image_capture_release(capture);
    close_setup(&setup);
    tear_down();
}

TESTS("films", TEST(pictures_and_films_have_their_own_size), TEST(relative_paths), TEST(files_that_are_missing_or_break))
