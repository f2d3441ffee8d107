/* Takes a photo: lists the devices, opens one, zooms if it can, and writes the photo to a file.
 *
 * photo [--virtual] [--device ID_OR_LABEL] [--width W] [--height H] [--zoom Z] [-o FILE]
 *
 * Exit codes: 0 the photo is written; 1 the camera or the file failed; 2 the arguments were wrong. */
#include <imagecapture/imagecapture.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
    bool virtual_camera;
    const char *device; /* NULL: any */
    double width, height; /* 0: any */
    double zoom; /* NAN: as it is */
    const char *file;
};

static int usage(const char *program) {
    fprintf(stderr, "usage: %s [--virtual] [--device ID_OR_LABEL] [--width W] [--height H] [--zoom Z] [-o FILE]\n", program);
    return 2;
}

static bool number(const char *text, double *value) {
    char *end = NULL;
    errno = 0;
    *value = strtod(text, &end);
    return errno == 0 && end != text && *end == '\0' && isfinite(*value);
}

static bool parse(int count, char **words, struct arguments *arguments) {
    for (int i = 1; i < count; ++i) {
        const char *word = words[i];
        if (strcmp(word, "--virtual") == 0) {
            arguments->virtual_camera = true;
            continue;
        }
        if (++i == count) return false; /* all others have a value */
        const char *value = words[i];
        if (strcmp(word, "--device") == 0)
            arguments->device = value;
        else if (strcmp(word, "-o") == 0)
            arguments->file = value;
        else if (strcmp(word, "--width") == 0 ? !number(value, &arguments->width)
                 : strcmp(word, "--height") == 0 ? !number(value, &arguments->height)
                 : strcmp(word, "--zoom") == 0 ? !number(value, &arguments->zoom)
                                               : true)
            return false;
    }
    return true;
}

/* Says what failed, ends the error, and gives the exit code. */
static int failed(const char *what, ic_status status, ic_error *error) {
    fprintf(stderr, "%s: %s (%s)\n", what, error ? ic_error_message(error) : "no details", ic_status_name(status));
    if (ic_error_constraint(error) && *ic_error_constraint(error))
        fprintf(stderr, "the constraint that cannot be satisfied: %s\n", ic_error_constraint(error));
    ic_error_free(error);
    return 1;
}

/* Prints the devices, and finds the wanted one: by its id, by a part of its label, or the first camera. */
static const ic_device_info *choose(const ic_device_list *list, const char *wanted) {
    const ic_device_info *chosen = NULL;
    for (size_t i = 0; i < ic_device_list_count(list); ++i) {
        const ic_device_info *info = ic_device_list_at(list, i);
        const bool camera = ic_device_info_kind(info) == IC_DEVICE_KIND_VIDEO_INPUT;
        printf("%s \"%s\" (%s)\n", camera ? "camera" : "microphone", ic_device_info_label(info), ic_device_info_id(info));
        if (!camera || chosen) continue;
        if (!wanted || strcmp(wanted, ic_device_info_id(info)) == 0 || strstr(ic_device_info_label(info), wanted)) chosen = info;
    }
    return chosen;
}

/* Zooms as near to the wanted value as the camera can. Constraints are replaced as a whole, so those that the
 * camera was opened with are given again. */
static int zoom(ic_track *track, ic_constraints *constraints, double wanted) {
    ic_error *error = NULL;
    ic_capabilities *capabilities = NULL;
    ic_status status = ic_track_capabilities(track, &capabilities, &error);
    if (status != IC_STATUS_OK) return failed("cannot ask what the camera can do", status, error);
    ic_range range;
    status = ic_capabilities_range(capabilities, IC_PROPERTY_ZOOM, &range);
    ic_capabilities_free(capabilities);
    if (status != IC_STATUS_OK) {
        printf("the camera has no zoom\n");
        return 0;
    }
    printf("the camera zooms from %g to %g\n", range.min, range.max);

    status = ic_constraints_set_number(constraints, IC_BASIC, IC_PROPERTY_ZOOM, IC_BOUND_IDEAL, wanted, &error);
    if (status == IC_STATUS_OK) status = ic_track_apply_constraints(track, constraints, IC_TIMEOUT_DEFAULT, &error);
    if (status != IC_STATUS_OK) return failed("cannot zoom", status, error);

    ic_settings *settings = NULL;
    status = ic_track_settings(track, &settings, &error);
    if (status != IC_STATUS_OK) return failed("cannot ask how the camera is set", status, error);
    double now = 0;
    if (ic_settings_number(settings, IC_PROPERTY_ZOOM, &now) == IC_STATUS_OK) printf("zoomed to %g\n", now);
    ic_settings_free(settings);
    return 0;
}

static int take_photo(ic_track *track, const char *name) {
    ic_error *error = NULL;
    ic_image_capture *capture = NULL;
    ic_photo *photo = NULL;
    ic_status status = ic_image_capture_new(track, &capture, &error);
    if (status == IC_STATUS_OK)
        status = ic_image_capture_take_photo(capture, NULL, NULL, IC_TIMEOUT_DEFAULT, &photo, &error);
    ic_image_capture_release(capture);
    if (status != IC_STATUS_OK) return failed("cannot take a photo", status, error);

    FILE *file = fopen(name, "wb");
    bool written = file && fwrite(ic_photo_data(photo), 1, ic_photo_len(photo), file) == ic_photo_len(photo);
    if (file && fclose(file) != 0) written = false;
    const int why = errno;
    if (file && !written) remove(name); /* no half photo */
    if (written)
        printf("wrote %s: %ux%u, %s, %zu bytes\n", name, (unsigned)ic_photo_width(photo), (unsigned)ic_photo_height(photo),
               ic_photo_mime_type(photo), ic_photo_len(photo));
    else
        fprintf(stderr, "cannot write %s: %s\n", name, strerror(why));
    ic_photo_free(photo);
    return written ? 0 : 1;
}

/* Opens the camera with this id in about the wanted size. */
static int open_camera(
    ic_devices *devices, const char *id, const struct arguments *arguments, ic_constraints *video, ic_stream **stream) {
    ic_error *error = NULL;
    ic_status status = ic_constraints_set_string(
        video, IC_BASIC, IC_PROPERTY_DEVICE_ID, IC_BOUND_EXACT, id, IC_NUL_TERMINATED, &error);
    if (status == IC_STATUS_OK && arguments->width > 0)
        status = ic_constraints_set_number(video, IC_BASIC, IC_PROPERTY_WIDTH, IC_BOUND_IDEAL, arguments->width, &error);
    if (status == IC_STATUS_OK && arguments->height > 0)
        status = ic_constraints_set_number(video, IC_BASIC, IC_PROPERTY_HEIGHT, IC_BOUND_IDEAL, arguments->height, &error);
    if (status == IC_STATUS_OK)
        status = ic_devices_get_user_media(devices, video, NULL, IC_TIMEOUT_DEFAULT, stream, &error);
    return status == IC_STATUS_OK ? 0 : failed("cannot open the camera", status, error);
}

static int run(const struct arguments *arguments) {
    ic_error *error = NULL;
    ic_devices *devices = NULL;
    ic_virtual_camera *camera = NULL;
    ic_device_list *list = NULL;
    ic_constraints *video = ic_constraints_new();
    ic_stream *stream = NULL;
    ic_track *track = NULL;
    int code = 0;

    ic_status status = ic_devices_new(NULL, 0, &devices, &error);
    if (status == IC_STATUS_OK && arguments->virtual_camera) {
        status = ic_virtual_camera_new(NULL, 0, &camera, &error);
        if (status == IC_STATUS_OK) status = ic_devices_add_virtual_camera(devices, camera, &error);
    }
    if (status == IC_STATUS_OK) status = ic_devices_enumerate(devices, &list, &error);
    if (status != IC_STATUS_OK) {
        code = failed("cannot list the devices", status, error);
        goto end;
    }

    const char *wanted = arguments->device ? arguments->device : camera ? ic_virtual_camera_id(camera) : NULL;
    const ic_device_info *chosen = choose(list, wanted);
    if (!chosen) {
        fprintf(stderr, arguments->device ? "there is no camera \"%s\"\n" : "there is no camera%s; try --virtual\n",
                arguments->device ? arguments->device : "");
        code = 1;
        goto end;
    }
    printf("using \"%s\"\n", ic_device_info_label(chosen));

    code = open_camera(devices, ic_device_info_id(chosen), arguments, video, &stream);
    if (code == 0) {
        status = ic_stream_video_track(stream, 0, &track, &error);
        if (status != IC_STATUS_OK) code = failed("the stream has no picture", status, error);
    }
    if (code == 0 && !isnan(arguments->zoom)) code = zoom(track, video, arguments->zoom);
    if (code == 0) code = take_photo(track, arguments->file);

end:
    ic_track_stop(track);
    ic_track_release(track);
    ic_stream_release(stream);
    ic_constraints_free(video);
    ic_device_list_free(list);
    ic_virtual_camera_release(camera);
    ic_devices_close(devices);
    ic_devices_release(devices);
    return code;
}

int main(int count, char **words) {
    struct arguments arguments = {.zoom = NAN, .file = "photo.jpg"};
    if (!parse(count, words, &arguments)) return usage(words[0]);
    return run(&arguments);
}
