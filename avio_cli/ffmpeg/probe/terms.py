"""Convert ffmpeg's terms to those of MediaInfo: shared by both ways of probing."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TypedDict

from avio_cli.ffmpeg.url import mask_credentials
from avio_cli.media.info import Stream, VideoStream

UNKNOWN_TICKS = 0xFFFFFFFF
"""An mp4's mark for an unknown duration; ffmpeg 5.1 takes it for one."""

_HDR_NAMES = (
    ("mastering display", "mastering display"),
    ("content light level", "content light level"),
    ("dovi configuration", "Dolby Vision"),
    ("hdr dynamic metadata", "HDR10+"),
    ("ambient viewing", "ambient viewing environment"),
)
_CLOCK = re.compile(r"(\d+):(\d{2}):(\d{2}(?:\.\d+)?)")


class StreamFacts(TypedDict):
    """The keyword arguments that every kind of `Stream` takes."""

    index: int
    codec: str
    time_base: Fraction
    start_pts: int | None
    duration: Fraction | None
    language: str
    title: str
    dispositions: frozenset[str]
    metadata: Mapping[str, str]
    bit_rate: int | None


def own_tag(tags: Mapping[str, str], name: str) -> str:
    """Find a tag whatever its case, passwords masked; containers differ in it."""
    value = next((tags[key] for key in tags if key.lower() == name), "")
    return mask_credentials(value)


def language_of(tags: Mapping[str, str]) -> str:
    """The language tag; ``und`` is the same as no tag."""
    language = own_tag(tags, "language")
    return "" if language == "und" else language


def other_tags(tags: Mapping[str, str], *own: str) -> dict[str, str]:
    """Omit the tags that have a field of their own; mask passwords in the rest.

    An mp4 may say twice when it was recorded; ffmpeg 9.0 then reads both, with a
    semicolon between them.
    """
    return {
        key: mask_credentials(
            value.partition(";")[0] if key == "creation_time" else value
        )
        for key, value in tags.items()
        if key.lower() not in own
    }


def tagged_duration(tags: Mapping[str, str]) -> Fraction | None:
    """Seconds of a Matroska track: its header has none, its DURATION tag does."""
    found = own_tag(tags, "duration") or own_tag(tags, "duration-eng")
    return clock_seconds(found)


def clock_seconds(text: str) -> Fraction | None:
    """Read ``HH:MM:SS.fff``; None where it is something else."""
    if not (match := _CLOCK.fullmatch(text)):
        return None
    hours, minutes, seconds = match.groups()
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)


def clockwise(rotation: float) -> int:
    """Convert a display matrix's angle to a clockwise rotation.

    Args:
        rotation: degrees counterclockwise, as ffmpeg prints it; may be NaN.

    Returns:
        0, 90, 180 or 270 degrees clockwise; 0 where it is off by more than one
        degree, because ffmpeg then keeps the size.
    """
    for degrees in (90, 180, 270):
        if abs(-rotation % 360 - degrees) < 1:
            return degrees
    return 0


def hdr_names(side_data: Iterable[str]) -> tuple[str, ...]:
    """Pick the side data of high dynamic range, in a fixed order."""
    types = [name.lower() for name in side_data]
    return tuple(
        name
        for prefix, name in _HDR_NAMES
        if any(found.startswith(prefix) for found in types)
    )


def mark_repeating_images(
    streams: tuple[Stream, ...], brands: str
) -> tuple[Stream, ...]:
    """Mark the images that an AVIF or HEIC sequence has for those that read no video.

    ffmpeg 9.0 lists them first, with ticks of a second; 5.1 does not list them.

    Args:
        streams: all of the file.
        brands: the file type and its compatible brands.
    """
    videos = [stream for stream in streams if isinstance(stream, VideoStream)]
    images = {video.index for video in videos if video.time_base == 1}
    is_sequence = any(brand in brands for brand in ("avis", "msf1"))
    if not is_sequence or len(images) == len(videos):
        return streams
    return tuple(
        replace(s, repeats_video=True)
        if isinstance(s, VideoStream) and s.index in images
        else s
        for s in streams
    )


def believable(duration: Fraction | None, streams: Iterable[Stream]) -> Fraction | None:
    """Drop the duration that ffmpeg 5.1 computes from an mp4's unknown one."""
    if duration is None:
        return None
    bogus = any(abs(duration - UNKNOWN_TICKS * s.time_base) < 60 for s in streams)
    return None if bogus else duration
