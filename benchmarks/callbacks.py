"""Callbacks that change nothing: what they cost is the way through Python."""

from avio_cli.media.frame import Frame


def identity_bgr24(frame: Frame) -> None:
    """Take pixels as OpenCV has them."""


def identity_yuv420p(frame: Frame) -> None:
    """Take planes as they are coded."""


identity_yuv420p.pixel_format = "yuv420p"  # type: ignore[attr-defined]
