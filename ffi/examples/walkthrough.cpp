// The walkthrough of MDN's page on the MediaStream Image Capture API, line by line: get a reference to a device, take its
// video track, look at its capabilities, set zoom, make an ImageCapture, take a photo and grab a frame.
//
// IC_VIRTUAL_CAMERA=default ./walkthrough needs no camera.
//
// https://developer.mozilla.org/docs/Web/API/MediaStream_Image_Capture_API
#include <imagecapture/imagecapture.hpp>

#include <iostream>

namespace {

void walk() {
    // navigator.mediaDevices.getUserMedia({ video: true }).then((mediaStream) => {
    ic::Devices media_devices;
    const ic::Stream media_stream = media_devices.get_user_media(ic::Constraints());

    // const track = mediaStream.getVideoTracks()[0];
    ic::Track track = media_stream.video_tracks().at(0);

    // const capabilities = track.getCapabilities();
    const ic::Capabilities capabilities = track.capabilities();

    // if (!capabilities.zoom) return;
    if (const auto zoom = capabilities.range(ic::Property::Zoom)) {
        std::cout << "zoom " << zoom->min << " to " << zoom->max << " in steps of " << zoom->step << "\n";
        // track.applyConstraints({ advanced: [{ zoom: middle }] });
        ic::Constraints constraints;
        constraints.set(ic::Property::Zoom, ic::Bound::Bare, (zoom->min + zoom->max) / 2, constraints.add_advanced());
        track.apply_constraints(constraints);
        std::cout << "zoom is " << track.settings().number(ic::Property::Zoom).value_or(0) << "\n";
    }

    // const imageCapture = new ImageCapture(track);
    ic::ImageCapture image_capture(track);

    // imageCapture.takePhoto().then((blob) => { img.src = URL.createObjectURL(blob); });
    const ic::Photo photo = image_capture.take_photo();
    std::cout << "photo " << photo.mime_type() << " " << photo.width() << "x" << photo.height() << "\n";

    // imageCapture.grabFrame().then((imageBitmap) => { canvas.drawImage(imageBitmap); });
    const ic::Frame image_bitmap = image_capture.grab_frame();
    std::cout << "frame " << ic::name(image_bitmap.format()) << " " << image_bitmap.width() << "x" << image_bitmap.height()
              << "\n";

    // track.stop();
    track.stop();
    std::cout << "track " << (track.ready_state() == ic::TrackState::Ended ? "ended" : "live") << "\n";
    media_devices.close();
}

}  // namespace

int main() {
    try {
        walk();
        return 0;
    } catch (const ic::Error &error) {
        std::cerr << error.name() << ": " << error.message() << "\n";
        return 1;
    }
}
