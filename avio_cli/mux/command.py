"""Shared parts of the command lines for encoding and remuxing."""

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from pathlib import Path

from avio_cli.ffmpeg.command import Command
from avio_cli.media.info import Stream, VideoStream

DISPOSITIONS = frozenset(
    "default dub original comment lyrics karaoke forced hearing_impaired "
    "visual_impaired clean_effects attached_pic captions descriptions dependent "
    "metadata".split()
)
"""Values of ``-disposition`` that both ffmpeg 5.1 and 9.0 accept."""
COVER_FILES = {
    "mjpeg": ("image/jpeg", "cover.jpg"),
    "png": ("image/png", "cover.png"),
}
"""MIME type and name of attached cover art: Matroska players look for these names."""
MAX_TIMESCALE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class EncodePlan:
    """A command, its warnings and its output streams."""

    command: Command
    warnings: tuple[str, ...]
    """For the user: losses, changes of size."""
    video_outputs: tuple[int, ...]
    """Output indices of the video streams (not cover art)."""
    audio_outputs: tuple[int, ...]
    """Output indices of the audio streams."""
    outputs_with_empty_last_packet: tuple[int, ...] = ()
    """Those of the audio streams whose last packet is empty."""
    covers: tuple[tuple[VideoStream, Path], ...] = ()
    """Cover art, and the files it must be extracted to before the command runs."""


def timescale(bases: list[Fraction]) -> int:
    """A timescale that represents all time bases exactly, and is not coarse."""
    scale = lcm(*(base.denominator for base in bases))
    if scale > MAX_TIMESCALE:
        scale = bases[0].denominator
    while scale < 10_000:
        scale *= 2
    return min(scale, MAX_TIMESCALE)


def is_video(stream: Stream) -> bool:
    """Whether a stream is video, and not cover art."""
    return isinstance(stream, VideoStream) and not stream.attached_picture
