"""Takes a photo with the first camera. Try it without one: IC_VIRTUAL_CAMERA=default python take_photo.py"""

import imagecapture

with imagecapture.MediaDevices() as devices:
    stream = devices.get_user_media({"video": {"width": 1280, "height": 720}})
    (track,) = stream.get_video_tracks()
    photo = imagecapture.ImageCapture(track).take_photo()
    photo.save("photo.jpg")
    print(f"photo.jpg: {photo.width}x{photo.height}, {len(photo)} bytes, from {track.label}")
