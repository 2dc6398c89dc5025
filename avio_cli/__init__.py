"""Plays, transcodes and understands video by driving ffmpeg subprocesses."""

__version__ = "0.1.0"
