"""Old name of `avio_cli.media.pixel_formats`; kept for one release."""

from avio_cli.media.pixel_formats import PIXEL_FORMATS, PixelFormat

__all__ = ["PIXEL_FORMATS", "PixelFormat"]
