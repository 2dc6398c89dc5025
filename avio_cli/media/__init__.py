"""Data types: stream info, frames, pixel formats, colour, containers, time ranges.

Old names of `avio_cli.media.info` are kept here for one release.
"""

from avio_cli.media.info import (
    AudioStream,
    Chapter,
    Color,
    MediaInfo,
    OtherStream,
    Stream,
    StreamKind,
    SubtitleStream,
    VideoStream,
)

__all__ = [
    "AudioStream",
    "Chapter",
    "Color",
    "MediaInfo",
    "OtherStream",
    "Stream",
    "StreamKind",
    "SubtitleStream",
    "VideoStream",
]
