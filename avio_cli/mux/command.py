"""What the command lines of encoding and remuxing have in common."""

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
"""What both ffmpeg 5.1 and 9.0 take after ``-disposition``."""
COVER_FILES = {
    "mjpeg": ("image/jpeg", "cover.jpg"),
    "png": ("image/png", "cover.png"),
}
"""What an attached cover is called: players of Matroska look for these names."""
MAX_TIMESCALE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class EncodePlan:
    """A command, and what is to be known before it runs."""

    command: Command
    warnings: tuple[str, ...]
    """What the user should be told: losses, changes of size."""
    video_outputs: tuple[int, ...]
    """Output indices of the films (not cover art)."""
    audio_outputs: tuple[int, ...]
    """Output indices of the sound tracks."""
    outputs_with_empty_last_packet: tuple[int, ...] = ()
    """Those of the sound tracks whose last packet holds nothing."""
    covers: tuple[tuple[VideoStream, Path], ...] = ()
    """Cover art, and the files it must lie in before the command runs."""


def timescale(bases: list[Fraction]) -> int:
    """Ticks a second that hold all given time bases exactly, and are not coarse."""
    scale = lcm(*(base.denominator for base in bases))
    if scale > MAX_TIMESCALE:
        scale = bases[0].denominator
    while scale < 10_000:
        scale *= 2
    return min(scale, MAX_TIMESCALE)


def is_video(stream: Stream) -> bool:
    """Whether a stream is video, and not cover art."""
    return isinstance(stream, VideoStream) and not stream.attached_picture
