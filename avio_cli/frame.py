"""Old name of `avio_cli.media.frame`; kept for one release."""

from avio_cli.media.frame import DROP, PIXEL_FORMATS, AudioBlock, Drop, Frame

__all__ = ["DROP", "PIXEL_FORMATS", "AudioBlock", "Drop", "Frame"]
