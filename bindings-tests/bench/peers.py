"""Peers that are no Python packages: libjpeg-turbo as it is, and nokhwa's conversions."""

from __future__ import annotations

import ctypes
import ctypes.util

import numpy as np

_RGB, _RGBA = 0, 7


class LibJpegTurbo:
    """The TurboJPEG interface of the system's library."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("turbojpeg")
        if name is None:
            raise OSError("libturbojpeg is not installed (Debian: libturbojpeg0)")
        self.lib = ctypes.CDLL(name)
        self.lib.tjInitDecompress.restype = ctypes.c_void_p
        self.decompressor = ctypes.c_void_p(self.lib.tjInitDecompress())

    def decode(self, jpeg: bytes, out: np.ndarray) -> None:
        height, width, channels = out.shape
        pixel_format = _RGBA if channels == 4 else _RGB
        status = self.lib.tjDecompress2(
            self.decompressor,
            jpeg,
            ctypes.c_ulong(len(jpeg)),
            out.ctypes.data_as(ctypes.c_void_p),
            width,
            out.strides[0],
            height,
            pixel_format,
            0,
        )
        assert status == 0


class Nokhwa:
    """Its conversions to RGB; see peers/."""

    def __init__(self, path: str) -> None:
        self.lib = ctypes.CDLL(path)

    def _call(self, function, data, out: np.ndarray, *more: int) -> None:
        data = np.frombuffer(data, np.uint8) if isinstance(data, bytes) else data
        pointer = lambda array: array.ctypes.data_as(ctypes.c_void_p)  # noqa: E731
        size = lambda array: ctypes.c_size_t(array.nbytes)  # noqa: E731
        assert function(pointer(data), size(data), pointer(out), size(out), *more) == 0

    def mjpeg(self, jpeg: bytes, out: np.ndarray) -> None:
        self._call(self.lib.peer_mjpeg, jpeg, out)

    def yuyv(self, yuyv: np.ndarray, out: np.ndarray) -> None:
        self._call(self.lib.peer_yuyv, yuyv, out)

    def nv12(self, nv12: np.ndarray, out: np.ndarray) -> None:
        self._call(self.lib.peer_nv12, nv12, out, out.shape[1], out.shape[0])
