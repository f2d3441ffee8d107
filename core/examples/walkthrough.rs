//! The walkthrough of MDN's page on the MediaStream Image Capture API, line by line: get a reference to a device,
//! take its video track, look at its capabilities, set zoom, make an `ImageCapture`, take a photo and grab a frame.
//!
//! `IC_VIRTUAL_CAMERA=default cargo run --example walkthrough` needs no camera.
//!
//! <https://developer.mozilla.org/docs/Web/API/MediaStream_Image_Capture_API>

use imagecapture::{ConstraintSet, Error, ImageCapture, MediaDevices, MediaStreamConstraints, MediaTrackConstraints, PhotoSettings};

fn main() -> Result<(), Error> {
    // navigator.mediaDevices.getUserMedia({ video: true }).then((mediaStream) => {
    let media_devices = MediaDevices::new()?;
    let media_stream = media_devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new()))?;

    // const track = mediaStream.getVideoTracks()[0];
    let track = media_stream.video_tracks().remove(0);

    // const capabilities = track.getCapabilities();
    let capabilities = track.capabilities();

    // if (!capabilities.zoom) return;
    if let Some(zoom) = capabilities.zoom() {
        println!("zoom {} to {} in steps of {}", zoom.min, zoom.max, zoom.step);
        // track.applyConstraints({ advanced: [{ zoom: zoom.value }] });
        let middle = (zoom.min + zoom.max) / 2.0;
        track.apply_constraints(&MediaTrackConstraints::new().advanced(ConstraintSet::new().zoom(middle)))?;
        println!("zoom is {}", track.settings().zoom().unwrap_or_default());
    }

    // const imageCapture = new ImageCapture(track);
    let image_capture = ImageCapture::new(&track)?;

    // imageCapture.takePhoto().then((blob) => { img.src = URL.createObjectURL(blob); });
    let photo = image_capture.take_photo(&PhotoSettings::default())?;
    println!("photo {} {}x{}", photo.mime_type(), photo.width(), photo.height());

    // imageCapture.grabFrame().then((imageBitmap) => { canvas.drawImage(imageBitmap); });
    let image_bitmap = image_capture.grab_frame()?;
    println!("frame {} {}x{}", image_bitmap.format(), image_bitmap.width(), image_bitmap.height());

    // track.stop();
    track.stop();
    println!("track {}", track.ready_state().as_str());
    Ok(())
}
