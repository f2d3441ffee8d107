"""The walkthrough of MDN's page on the MediaStream Image Capture API, line by line: get a reference to a device, take
its video track, look at its capabilities, set zoom, make an ImageCapture, take a photo and grab a frame.

IC_VIRTUAL_CAMERA=default python walkthrough.py needs no camera.

https://developer.mozilla.org/docs/Web/API/MediaStream_Image_Capture_API
"""

import imagecapture

# navigator.mediaDevices.getUserMedia({ video: true }).then((mediaStream) => {
media_devices = imagecapture.MediaDevices()
media_stream = media_devices.get_user_media({"video": True})

# const track = mediaStream.getVideoTracks()[0];
track = media_stream.get_video_tracks()[0]

# const capabilities = track.getCapabilities();
capabilities = track.get_capabilities()

# if (!capabilities.zoom) return;
zoom = capabilities.get("zoom")
if zoom:
    print(f"zoom {zoom.min:g} to {zoom.max:g} in steps of {zoom.step:g}")
    # track.applyConstraints({ advanced: [{ zoom: zoom.value }] });
    middle = (zoom.min + zoom.max) / 2
    track.apply_constraints({"advanced": [{"zoom": middle}]})
    print(f"zoom is {track.get_settings()['zoom']:g}")

# const imageCapture = new ImageCapture(track);
image_capture = imagecapture.ImageCapture(track)

# imageCapture.takePhoto().then((blob) => { img.src = URL.createObjectURL(blob); });
photo = image_capture.take_photo()
print(f"photo {photo.mime_type} {photo.width}x{photo.height}")

# imageCapture.grabFrame().then((imageBitmap) => { canvas.drawImage(imageBitmap); });
image_bitmap = image_capture.grab_frame()
print(f"frame {image_bitmap.format} {image_bitmap.width}x{image_bitmap.height}")

# track.stop();
track.stop()
print(f"track {track.ready_state}")
