"""Reads the frame number that the virtual camera's test pattern shows."""

from __future__ import annotations

import numpy as np

BAR = 16


def frame_number(luminance: np.ndarray) -> int | None:
    """20 bars of 16 pixels at the top left: white, black, 16 bits from the highest, black, white."""
    centres = luminance[BAR // 2, BAR // 2 : 20 * BAR : BAR]
    bits = [int(value > 128) for value in centres]
    if bits[:2] != [1, 0] or bits[-2:] != [0, 1]:
        return None
    return int("".join(map(str, bits[2:-2])), 2)
