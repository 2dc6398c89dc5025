"""Detect damaged or incomplete sources: ffmpeg's exit status does not report them."""

import re
from dataclasses import dataclass, field
from fractions import Fraction

from avio_cli.media.info import MediaInfo, VideoStream

_LOST = re.compile(
    r"Error while decoding stream|Error submitting packet to decoder|"
    r"Error submitting a packet to decoder|Decoding error|"
    r"error reading from input",
    re.IGNORECASE,
)
_CUT_OFF = re.compile(
    r"partial file|File ended prematurely|Truncating packet|packet truncated|"
    # A server that ends early, a disk that fails, an image that is gone: first 9.0,
    # which says another thing where it was asked to end, then 5.1.
    r"Stream ends prematurely|Could not open file :|"
    r"Error during demuxing: (?!Immediate exit)|"
    r"^\[error\] (?:\w+:|/).*: (?:Input/output error|Connection \w|Operation timed)|"
    # What FLV says of a last packet that is not whole.
    r"^\[(?:in#\d+/)?flv @ .*Packet corrupt",
    re.IGNORECASE,
)

# Matroska's demuxer goes on after it with the next cluster (5.1, 9.0).
_HOLE = re.compile(r"matroska.*invalid as first byte of an EBML number")

_NO_LENGTH = "should be 18446744073709551615"
"""Said of a server that closes the connection at the end, and named no length."""

SHORTFALL_FRAMES = 3
SHORTFALL_SECONDS = Fraction(1, 2)
"""Headers are often wrong by a frame or two; more missing than this is a loss."""
LEAST_BIT_RATE = 500
"""Bits a second below which a container's duration is not believed."""


@dataclass(slots=True)
class DamageWatch:
    """Watches a decoder's log for lost frames and truncated files."""

    lost_packets: int = 0
    cut_off: bool = False
    hole: bool = False
    """Whether bytes in the middle are no part of the container."""
    first_words: str = field(default="")
    _length_is_unknown: bool = False

    def feed(self, line: str) -> None:
        """Take one log line; called in the thread that drains the log."""
        if _LOST.search(line):
            self.lost_packets += 1
            self.first_words = self.first_words or line
        elif _HOLE.search(line):
            self.hole = True
            self.first_words = self.first_words or line
        elif _NO_LENGTH in line:
            self._length_is_unknown = True
        elif _CUT_OFF.search(line) and not self._is_end(line):
            self.cut_off = True
            self.first_words = self.first_words or line

    def _is_end(self, line: str) -> bool:
        # ffmpeg 5.1 and 9.0 take the end of data without a length for an error.
        return self._length_is_unknown and line.endswith("Input/output error")


def describe_damage(
    watch: DamageWatch,
    info: MediaInfo,
    last: Fraction | None,
    frames: int,
    furthest: Fraction | None = None,
) -> str:
    """Describe what a source lacks, compared with what it declares.

    Args:
        watch: has read the decoder's whole log.
        info: what the container declares.
        last: end of the last decoded frame in seconds on the source's clock; None
            where reading stopped early on purpose, and nothing can be missing.
        frames: how many were decoded.
        furthest: likewise the end of the longest stream; None where only the video
            was read. It is what a container's duration is of, where no stream has
            one of its own (FLV).

    Returns:
        One clause for a message; empty where nothing is missing.
    """
    if last is not None and (missing := _missing_seconds(info, last, furthest)):
        end = float(last - info.origin)
        return (
            f"{info.source} is cut off: {frames} frames up to {end:.2f} s could be "
            f"read, {float(missing):.2f} s are missing"
        )
    if watch.lost_packets:
        return (
            f"{info.source} is damaged: {watch.lost_packets} packets could not be "
            f"decoded, {frames} frames could"
        )
    if watch.hole:
        return f"{info.source} is damaged: {frames} frames could be read, some are lost"
    if watch.cut_off:
        return f"{info.source} is cut off: {frames} frames could be read"
    return ""


def _missing_seconds(
    info: MediaInfo, last: Fraction, furthest: Fraction | None
) -> Fraction:
    video = info.videos[0] if info.videos else None
    if video is None or not _is_plausible(info):
        return Fraction(0)
    end = _declared_end(info, video)
    if end is None and furthest is not None:
        last, end = furthest, _container_end(info)
    missing = Fraction(0) if end is None else end - last
    frame = 1 / video.average_rate if video.average_rate else Fraction(0)
    tolerance = max(SHORTFALL_SECONDS, SHORTFALL_FRAMES * frame)
    return missing if missing > tolerance else Fraction(0)


def _declared_end(info: MediaInfo, video: VideoStream) -> Fraction | None:
    """When the last frame should end, on the source's clock; None where unknown."""
    start = min(info.origin, Fraction(0))  # before 0 where the clock wraps (MPEG)
    if video.start_pts is not None:
        start = video.start_pts * video.time_base
    declared = video.duration
    if declared is not None and not info.container.startswith(("matroska", "nut")):
        return start + declared
    if declared is None and len(info.streams) == 1:
        declared = info.duration  # else it may be that of the audio
    if declared is None or start <= 0:
        return None if declared is None else start + declared
    # Matroska and NUT call the end the duration; ffmpeg 5.1 does so with mov, too.
    return max(start, declared)


def _container_end(info: MediaInfo) -> Fraction | None:
    """When the longest stream should end; None where a stream has its own duration."""
    known = any(stream.duration is not None for stream in info.streams)
    if known or info.duration is None:
        return None
    return info.duration + min(info.origin, Fraction(0))


def _is_plausible(info: MediaInfo) -> bool:
    # Fragmented files may declare days: no video has so few bits a second.
    if info.size is None or not info.duration:
        return False
    return info.size * 8 / info.duration >= LEAST_BIT_RATE
