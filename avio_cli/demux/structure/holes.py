"""Find the first hole of a local file in its structure, and whether it matters.

A file is walked from block to block. Mostly, only headers are read; of MPEG-TS, raw
video and clusters with checksums all bytes.
"""

import struct
from collections.abc import Callable
from fractions import Fraction
from functools import partial

from avio_cli.demux.structure import (
    avi,
    frame_numbers,
    gif,
    matroska,
    mp4,
    mpegps,
    mpegts,
    pages,
    raw,
)
from avio_cli.demux.structure.file_bytes import FileBytes
from avio_cli.demux.structure.packets import has_no_zeros
from avio_cli.ffmpeg.damage_signs import Hole
from avio_cli.ffmpeg.gaps import Gap
from avio_cli.ffmpeg.media_source import MediaSource

Walk = Callable[[FileBytes], Hole | None]

_WALKS: dict[str, Walk] = {
    "mov": mp4.find_hole,
    "matroska": matroska.find_hole,
    "avi": avi.find_hole,
    "mpegts": mpegts.find_hole,
    "mpeg": mpegps.find_hole,
    "flv": pages.flv_hole,
    "ogg": pages.ogg_hole,
    "gif": gif.find_hole,
    "asf": pages.asf_hole,
    "h264": raw.h264_hole,
    "ivf": pages.ivf_hole,
    "mpegvideo": frame_numbers.find_hole,
    "hevc": raw.zeros_in_raw_video,
    "nut": raw.zeros_between_packets,
}
"""By the first of ffmpeg's names of the container."""
_OF_ZEROS = frozenset(
    {raw.h264_hole, raw.zeros_in_raw_video, raw.zeros_between_packets}
)
_TIMELESS = frozenset({mp4.find_hole, frame_numbers.find_hole})
"""Where in time a hole is, its place does not say: the duration is that of a part."""


def range_hole(
    source: MediaSource, start: Fraction, end: Fraction | None, gap: Gap | None
) -> Hole | None:
    """The first hole in a local file that concerns a range of it.

    Where time is missing from the range, any hole does.

    Args:
        source: what is read.
        start: of the range, in seconds after the source's start.
        end: likewise; None: the end of the source, or the video has ended before.
        gap: the longest one between frames of the range.
    """
    if gap is not None and gap.missing:
        return find_hole(source)
    if source.info.container == "mpegts" and (start or end is not None):
        return _hole_in_range(source, start, end)
    if end is not None and source.info.container != "avi":
        return None  # what is not read of the range leaves a gap
    return find_hole(source, start, end)


def find_hole(
    source: MediaSource, start: Fraction = Fraction(0), end: Fraction | None = None
) -> Hole | None:
    """Where bytes in the middle of a local file were destroyed or are missing.

    Args:
        source: what is read.
        start: seconds after its start from which on it is wanted: what is well before
            that, as far as bytes show, does not matter.
        end: likewise of what is after it; None: all matters.
    """
    walk = _WALKS.get(source.info.container.partition(",")[0])
    if walk is None or source.url.kind != "file" or not source.url.path.is_file():
        return None
    if walk in _OF_ZEROS and not all(map(has_no_zeros, source.info.streams)):
        return None
    hole, size = _walked(walk, source)
    seconds = None if walk in _TIMELESS else source.info.duration
    if hole is None or seconds is None:
        return hole  # where in time it is, nothing says
    precedes = end is None or hole.start * seconds < end * size
    return hole if precedes and hole.stop * seconds >= start * size else None


def _hole_in_range(
    source: MediaSource, start: Fraction, end: Fraction | None
) -> Hole | None:
    """The first hole of a range of MPEG-TS, as far as bytes show where that is."""
    size, seconds = source.info.size, source.info.duration
    found = find_hole(source, start) if end is None else None
    if not size or not seconds or (found is not None and not found.doubt):
        return found
    if source.url.kind != "file" or not source.url.path.is_file():
        return found
    first, last = (int(time * size / seconds) for time in (start, end or seconds))
    within = partial(mpegts.hole_within, first=first, last=last)
    return _walked(within, source)[0] or found


def _walked(walk: Walk, source: MediaSource) -> tuple[Hole | None, int]:
    """The first hole, and the size of the file."""
    size = source.info.size or 0
    try:
        with source.url.path.open("rb", buffering=0) as file:
            data = FileBytes(file)
            size = max(len(data), size)
            lost = Hole(len(data), size) if len(data) < size else None
            return walk(data) or lost, size
    except EOFError:
        return Hole(size, size), size  # it became shorter while it was read
    except (OSError, ValueError, IndexError, struct.error):
        return None, size  # empty, gone, or cut off within a header
