"""Holes in lists of packets: those of zeros, and steps between two."""

from collections.abc import Iterable
from fractions import Fraction

from avio_cli.demux.timeline import StreamTimeline
from avio_cli.ffmpeg.gaps import Gap, longest_gap
from avio_cli.media.info import Stream

_COMPRESSED = frozenset(
    "h264 hevc vvc av1 mpeg1video mpeg2video mpeg4 msmpeg4v2 msmpeg4v3 h263 flv1 vp6f "
    "vp8 vp9 theora wmv1 wmv2 wmv3 vc1 mjpeg prores dnxhd png gif "
    "aac mp1 mp2 mp3 ac3 eac3 dts opus vorbis flac alac wmav1 wmav2 wmapro".split()
)
"""Codecs whose packets start with bits that are set. Raw video may be black, and PCM
silent."""
_PADDED = frozenset({"mpeg1video", "mpeg2video"})
"""Their coders fill with zeros at a constant bit rate."""


def is_compressed(stream: Stream) -> bool:
    """Whether a packet of zeros of a stream is damage."""
    return stream.codec in _COMPRESSED


def has_no_zeros(stream: Stream) -> bool:
    """Whether a long row of zeros in a stream is damage.

    Args:
        stream: of a container that has no padding of its own.
    """
    return is_compressed(stream) and stream.codec not in _PADDED


def zeroed_packets(copied: Iterable[tuple[Stream, StreamTimeline]]) -> int:
    """How many packets of some streams were destroyed.

    Args:
        copied: each stream, and its packets as they were listed.
    """
    return sum(line.zeroed for stream, line in copied if is_compressed(stream))


def gap_between(line: StreamTimeline, start: Fraction | None = None) -> Gap | None:
    """The longest step between two frames of a stream that was listed.

    Args:
        line: the stream.
        start: of the range that it holds: from there to the first frame is a step.
    """
    return longest_gap(line.ticks(), line.time_base, start)
