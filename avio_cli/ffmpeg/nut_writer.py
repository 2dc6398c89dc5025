"""Old name of `avio_cli.ffmpeg.nut.writer`; kept for one release."""

from avio_cli.ffmpeg.nut.writer import NutWriter

__all__ = ["NutWriter"]
