"""The picture that everybody works on: 1920x1080, a JPEG of about 294 kB with 4:2:2 chroma, and its raw forms."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

WIDTH, HEIGHT, BYTES = 1920, 1080, 294_000
SAMPLING = {"4:2:2": 0x211111, "4:2:0": 0x221111}


@dataclass
class Picture:
    jpeg: bytes
    bgr: np.ndarray
    yuyv: np.ndarray
    nv12: np.ndarray
    i420: np.ndarray


def encode(bgr: np.ndarray, quality: int, sampling: str) -> bytes:
    flags = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, SAMPLING[sampling]]
    return cv2.imencode(".jpg", bgr, flags)[1].tobytes()


def scene(noise: float) -> np.ndarray:
    """A sky, shapes with edges, and the noise of a sensor."""
    random = np.random.default_rng(5)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    picture = np.stack([80 + 90 * y / HEIGHT, 60 + 120 * x / WIDTH, 150 - 60 * y / HEIGHT], axis=2).astype(np.uint8)
    for _ in range(160):
        at = (int(random.integers(WIDTH)), int(random.integers(HEIGHT)))
        colour = tuple(int(c) for c in random.integers(0, 256, 3))
        cv2.circle(picture, at, int(random.integers(5, 120)), colour, int(random.integers(-1, 6)) or -1)
    return np.clip(picture + random.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)


def picture() -> Picture:
    low, high = 0.0, 40.0
    for _ in range(12):
        middle = (low + high) / 2
        size = len(encode(scene(middle), 85, "4:2:2"))
        low, high = (middle, high) if size < BYTES else (low, middle)
    bgr = scene((low + high) / 2)
    jpeg = encode(bgr, 85, "4:2:2")
    i420 = cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420)
    flat = i420.reshape(-1)
    size = WIDTH * HEIGHT
    luma, u, v = flat[:size], flat[size : size * 5 // 4], flat[size * 5 // 4 :]
    nv12 = np.concatenate([luma, np.stack([u, v], axis=1).reshape(-1)])
    # 4:2:2 has a row of chroma for each row of luma.
    rows = [np.repeat(plane.reshape(HEIGHT // 2, WIDTH // 2), 2, axis=0) for plane in (u, v)]
    yuyv = np.empty((HEIGHT, WIDTH // 2, 4), np.uint8)
    yuyv[..., 0], yuyv[..., 2] = luma.reshape(HEIGHT, -1)[:, 0::2], luma.reshape(HEIGHT, -1)[:, 1::2]
    yuyv[..., 1], yuyv[..., 3] = rows
    return Picture(jpeg, bgr, yuyv.reshape(HEIGHT, WIDTH, 2), nv12.reshape(HEIGHT * 3 // 2, WIDTH), i420)
