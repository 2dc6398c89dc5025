"""How a player turns and mirrors the stored frames, from a display matrix.

ffmpeg's report (5.1 to 9.0) has only its angle, and a mirrored video has the same as a
turned one: -180 degrees. ffprobe prints the matrix. Without ffprobe ffmpeg copies one
packet into a mov header, which stores it; only videos that have one are asked.
"""

import re
import struct
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.command import guard_options
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.terms import clockwise
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import MediaInfo, Mirror, VideoStream

_REPORTED = re.compile(r"display ?matrix: rotation of", re.I)
_ROW = re.compile(r"^\d{8}:((?:\s+-?\d+){3})\s*$", re.M)
_SECONDS = 20


class Orientation(NamedTuple):
    """The fields of `VideoStream` that a display matrix decides."""

    rotation: int
    mirror: Mirror = ""


def orientation(matrix: Sequence[int], rotation: float) -> Orientation:
    """What ffmpeg does with the frames of a matrix.

    Args:
        matrix: its nine numbers; fewer: it is not known.
        rotation: its angle, as ffmpeg prints it.
    """
    turned = clockwise(rotation)
    if len(matrix) < 9:
        return Orientation(turned)
    a, b, _, c, d = matrix[:5]
    if a * d - b * c >= 0:
        return Orientation(turned)
    if turned in (90, 270):
        return Orientation(turned, "horizontal")
    if a < 0 < d:
        return Orientation(0, "horizontal")
    return Orientation(0, "vertical" if d < 0 < a else "")


def matrix_from_text(text: str) -> tuple[int, ...]:
    """The numbers of a matrix as ffprobe prints it: three lines with an offset."""
    return tuple(int(n) for row in _ROW.findall(text) for n in row.split())


def with_orientations(
    ffmpeg: FFmpeg, url: MediaUrl, options: Sequence[str], info: MediaInfo, report: str
) -> MediaInfo:
    """The same as ffmpeg reported, with mirrored videos as such.

    Args:
        ffmpeg: the binary to ask.
        url: what it reported about.
        options: of the source.
        info: read from the report.
        report: its text.
    """
    if not (url.can_reopen and _REPORTED.search(report)):
        return info
    streams = (
        _oriented(ffmpeg, url, options, stream)
        if isinstance(stream, VideoStream) and not stream.is_cover_art
        else stream
        for stream in info.streams
    )
    return replace(info, streams=tuple(streams))


def _oriented(
    ffmpeg: FFmpeg, url: MediaUrl, options: Sequence[str], video: VideoStream
) -> VideoStream:
    argv = [ffmpeg.path, "-v", "quiet", "-nostdin", *options, *guard_options(url)]
    argv += ["-i", url.url, "-map", f"0:{video.index}", "-c", "copy", "-frames:v", "1"]
    argv += ["-f", "mov", "-movflags", "frag_keyframe+empty_moov", "pipe:1"]
    try:
        header = run(argv, timeout=_SECONDS).stdout
    except FFmpegError:
        return video
    found = orientation(_matrix_of_header(header), -video.rotation)
    return replace(video, rotation=found.rotation, mirror=found.mirror)


def _matrix_of_header(header: bytes) -> tuple[int, ...]:
    """The matrix of the only track in a mov file; empty where there is none."""
    start = header.find(b"tkhd") + 4
    if start < 4 or len(header) < start + 92:
        return ()
    # Version 1 has three times of 64 bits where version 0 has 32.
    return struct.unpack_from(">9i", header, start + 40 + 12 * (header[start] == 1))
