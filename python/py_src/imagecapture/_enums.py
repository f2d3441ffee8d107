"""Strings of the W3C model that have names here. Apart from `types`, which is slow to import."""

from enum import StrEnum

__all__ = ["FacingMode", "MeteringMode", "ResizeMode"]


class MeteringMode(StrEnum):
    """Who chooses exposure, white balance or focus. Each is its string: ``MeteringMode.MANUAL == "manual"``.

    W3C: `MeteringMode <https://www.w3.org/TR/image-capture/#meteringmode-section>`_.
    """

    NONE = "none"
    MANUAL = "manual"
    SINGLE_SHOT = "single-shot"
    CONTINUOUS = "continuous"


class FacingMode(StrEnum):
    """Which way a camera looks, as seen from its user.

    W3C: `VideoFacingModeEnum <https://www.w3.org/TR/mediacapture-streams/#dom-videofacingmodeenum>`_.
    """

    USER = "user"
    ENVIRONMENT = "environment"
    LEFT = "left"
    RIGHT = "right"


class ResizeMode(StrEnum):
    """Whether sizes and rates are the camera's own, or may be made of larger and faster ones.

    W3C: `VideoResizeModeEnum <https://www.w3.org/TR/mediacapture-streams/#dom-videoresizemodeenum>`_.
    """

    NONE = "none"
    CROP_AND_SCALE = "crop-and-scale"
