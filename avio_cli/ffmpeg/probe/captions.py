"""Closed captions inside of a video's packets (CEA-608, CEA-708).

Neither ffprobe nor a report of ffmpeg 9.0 names them without decoding; the packets
have their mark as it is: no codec's escapes can fall into it.
"""

from collections.abc import Iterator
from dataclasses import replace

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.command import QUIET, Command, Output, source_input
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import MediaInfo, Stream, VideoStream

_MARKS = (b"GA94\x03", b"CC\x01\xf8")
"""Of ATSC A/53, and of DVDs."""
_CODECS = frozenset({"h264", "hevc", "mpeg2video", "av1"})
"""Those that carry captions in their own data."""
_PACKETS = 120
"""How many are searched: captions are with every frame, if only as padding."""
_SECONDS = 20


def has_closed_captions(ffmpeg: FFmpeg, url: MediaUrl, video: VideoStream) -> bool:
    """Whether the first packets of a video carry closed captions.

    False where they cannot be read, or only once.
    """
    if video.codec not in _CODECS or url.kind != "file" or not url.can_reopen:
        return False
    maps = ("-map", f"0:{video.index}", "-c", "copy", "-frames:v", str(_PACKETS))
    output = Output("pipe:1", (*maps, "-f", "data"))
    command = Command((source_input(url),), (output,), QUIET)
    try:
        packets = run(command.argv(ffmpeg.path), timeout=_SECONDS).stdout
    except FFmpegError:
        return False
    return any(mark in packets for mark in _MARKS)


def with_closed_captions(ffmpeg: FFmpeg, url: MediaUrl, info: MediaInfo) -> MediaInfo:
    """The same description, with videos marked that carry closed captions."""

    def streams() -> Iterator[Stream]:
        for stream in info.streams:
            if isinstance(stream, VideoStream) and not stream.is_cover_art:
                found = has_closed_captions(ffmpeg, url, stream)
                yield replace(stream, closed_captions=found)
            else:
                yield stream

    return replace(info, streams=tuple(streams()))
