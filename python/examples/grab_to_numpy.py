"""Looks at frames as NumPy arrays, without a copy. Needs NumPy."""

import numpy as np

import imagecapture

with imagecapture.MediaDevices() as devices:
    (track,) = devices.get_user_media({"video": True}).get_video_tracks()

    # One picture as RGBA, whatever the camera delivers.
    frame = imagecapture.ImageCapture(track).grab_frame()
    pixels = np.asarray(frame)
    print(f"{frame!r}: array of {pixels.shape}, mean colour {pixels[:, :, :3].mean(axis=(0, 1)).round(1)}")

    # A stream as the camera delivers it. `with` gives each frame's memory back to the driver at once;
    # the view has to be gone by then, so it lives in a function.
    def brightness(frame: imagecapture.Frame) -> float:
        return float(np.asarray(frame.convert("grey")).mean())

    with track.frames() as frames:
        for _ in range(5):
            with next(frames) as frame:
                print(f"frame {frame.sequence} at {frame.timestamp:.3f} s: {frame.format}, brightness {brightness(frame):.1f}")
