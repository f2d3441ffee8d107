/* The walkthrough of MDN's page on the MediaStream Image Capture API, line by line: get a reference to a device, take its
 * video track, look at its capabilities, set zoom, make an image capture, take a photo and grab a frame.
 *
 * IC_VIRTUAL_CAMERA=default ./walkthrough needs no camera.
 *
 * https://developer.mozilla.org/docs/Web/API/MediaStream_Image_Capture_API */
#include <imagecapture/imagecapture.h>

#include <stdio.h>
#include <stdlib.h>

static ic_error *error;

/* Ends the program when a call failed; its last argument was `&error`. */
static void check(ic_status status) {
    if (status == IC_STATUS_OK) return;
    fprintf(stderr, "%s: %s\n", ic_error_name(error), ic_error_message(error));
    ic_error_free(error);
    exit(1);
}

/* track.applyConstraints({ advanced: [{ zoom: middle }] }); */
static void zoom_to_the_middle(ic_track *track, ic_range zoom) {
    ic_constraints *constraints = ic_constraints_new();
    uint32_t set = 0;
    check(ic_constraints_add_advanced(constraints, &set, &error));
    check(ic_constraints_set_number(
        constraints, set, IC_PROPERTY_ZOOM, IC_BOUND_BARE, (zoom.min + zoom.max) / 2, &error));
    check(ic_track_apply_constraints(track, constraints, IC_TIMEOUT_DEFAULT, &error));
    ic_constraints_free(constraints);

    ic_settings *settings = NULL;
    double now = 0;
    check(ic_track_settings(track, &settings, &error));
    if (ic_settings_number(settings, IC_PROPERTY_ZOOM, &now) == IC_STATUS_OK) printf("zoom is %g\n", now);
    ic_settings_free(settings);
}

int main(void) {
    /* navigator.mediaDevices.getUserMedia({ video: true }).then((mediaStream) => { */
    ic_devices *media_devices = NULL;
    ic_stream *media_stream = NULL;
    ic_constraints *video = ic_constraints_new();
    check(ic_devices_new(NULL, 0, &media_devices, &error));
    check(ic_devices_get_user_media(media_devices, video, NULL, IC_TIMEOUT_DEFAULT, &media_stream, &error));
    ic_constraints_free(video);

    /* const track = mediaStream.getVideoTracks()[0]; */
    ic_track *track = NULL;
    check(ic_stream_video_track(media_stream, 0, &track, &error));

    /* const capabilities = track.getCapabilities(); */
    ic_capabilities *capabilities = NULL;
    check(ic_track_capabilities(track, &capabilities, &error));

    /* if (!capabilities.zoom) return; */
    ic_range zoom;
    if (ic_capabilities_range(capabilities, IC_PROPERTY_ZOOM, &zoom) == IC_STATUS_OK) {
        printf("zoom %g to %g in steps of %g\n", zoom.min, zoom.max, zoom.step);
        zoom_to_the_middle(track, zoom);
    }
    ic_capabilities_free(capabilities);

    /* const imageCapture = new ImageCapture(track); */
    ic_image_capture *image_capture = NULL;
    check(ic_image_capture_new(track, &image_capture, &error));

    /* imageCapture.takePhoto().then((blob) => { img.src = URL.createObjectURL(blob); }); */
    ic_photo *photo = NULL;
    check(ic_image_capture_take_photo(image_capture, NULL, NULL, IC_TIMEOUT_DEFAULT, &photo, &error));
    printf("photo %s %ux%u\n", ic_photo_mime_type(photo), (unsigned)ic_photo_width(photo), (unsigned)ic_photo_height(photo));
    ic_photo_free(photo);

    /* imageCapture.grabFrame().then((imageBitmap) => { canvas.drawImage(imageBitmap); }); */
    ic_frame *image_bitmap = NULL;
    ic_frame_info info = IC_FRAME_INFO_INIT;
    check(ic_image_capture_grab_frame(image_capture, IC_TIMEOUT_DEFAULT, &image_bitmap, &error));
    check(ic_frame_describe(image_bitmap, &info, &error));
    printf("frame %s %ux%u\n", ic_pixel_format_name(info.format), (unsigned)info.width, (unsigned)info.height);
    ic_frame_release(image_bitmap);

    /* track.stop(); */
    ic_track_stop(track);
    printf("track %s\n", ic_track_ready_state(track) == IC_TRACK_STATE_ENDED ? "ended" : "live");

    ic_image_capture_release(image_capture);
    ic_track_release(track);
    ic_stream_release(media_stream);
    ic_devices_close(media_devices);
    ic_devices_release(media_devices);
    return 0;
}
