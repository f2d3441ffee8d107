"""Zooms in as far as the camera can, in four steps, and takes a photo at each."""

import imagecapture

with imagecapture.MediaDevices() as devices:
    (track,) = devices.get_user_media({"video": True}).get_video_tracks()
    capture = imagecapture.ImageCapture(track)
    zoom = track.get_capabilities().get("zoom")
    if zoom is None:
        raise SystemExit(f"{track.label} has no zoom")
    print(f"{track.label} zooms from {zoom.min} to {zoom.max} in steps of {zoom.step}")
    for part in range(4):
        wanted = zoom.min + (zoom.max - zoom.min) * part / 3
        # A bare value is a wish: the camera takes the nearest one it has.
        track.apply_constraints({"zoom": wanted})
        photo = capture.take_photo()
        photo.save(f"zoom-{part}.jpg")
        print(f"zoom-{part}.jpg: zoom {photo.settings['zoom']}, {len(photo)} bytes")
