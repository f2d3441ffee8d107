/* What every consumer builds: a program that opens the built-in camera and grabs a frame. */
#include <imagecapture/imagecapture.h>

#include <stdio.h>

int main(void) {
    ic_error *error = NULL;
    ic_devices *devices = NULL;
    ic_virtual_camera *camera = NULL;
    ic_constraints *video = ic_constraints_new();
    ic_stream *stream = NULL;
    ic_track *track = NULL;
    ic_image_capture *capture = NULL;
    ic_frame *frame = NULL;
    ic_frame_info info = IC_FRAME_INFO_INIT;
    const bool fine =
        ic_version() == IC_VERSION &&
        ic_devices_new("{\"backends\": [], \"environment\": false}", IC_NUL_TERMINATED, &devices, &error) == IC_STATUS_OK &&
        ic_virtual_camera_new(NULL, 0, &camera, &error) == IC_STATUS_OK &&
        ic_devices_add_virtual_camera(devices, camera, &error) == IC_STATUS_OK &&
        ic_devices_get_user_media(devices, video, NULL, IC_TIMEOUT_DEFAULT, &stream, &error) == IC_STATUS_OK &&
        ic_stream_video_track(stream, 0, &track, &error) == IC_STATUS_OK &&
        ic_image_capture_new(track, &capture, &error) == IC_STATUS_OK &&
        ic_image_capture_grab_frame(capture, IC_TIMEOUT_DEFAULT, &frame, &error) == IC_STATUS_OK &&
        ic_frame_describe(frame, &info, &error) == IC_STATUS_OK && info.format == IC_PIXEL_FORMAT_RGBA;
    if (fine)
        printf("%s: %ux%u\n", ic_version_string(), (unsigned)info.width, (unsigned)info.height);
    else
        fprintf(stderr, "failed: %s\n", ic_error_message(error));
    ic_error_free(error);
    ic_frame_release(frame);
    ic_image_capture_release(capture);
    ic_track_release(track);
    ic_stream_release(stream);
    ic_constraints_free(video);
    ic_virtual_camera_release(camera);
    ic_devices_close(devices);
    ic_devices_release(devices);
    return fine ? 0 : 1;
}
