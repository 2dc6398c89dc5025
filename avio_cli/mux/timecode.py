"""Keep a source's start timecode right: advanced by what is cut off.

The muxers of MP4 and MOV write a timecode track of their own from the tag ``timecode``
of a stream or of the file (the latter comes first); Matroska keeps the tag.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from avio_cli.ffmpeg.probe.terms import own_tag
from avio_cli.media.container import Container
from avio_cli.media.info import MediaInfo, Stream, VideoStream
from avio_cli.media.timecode import Timecode

_TAG = "timecode"
_STEADY = Fraction(1, 100)
"""By how much the average rate of a constant rate may differ from it."""
_ROUNDING = Fraction(1, 20)
"""Frames: times are rounded to ticks."""


@dataclass(frozen=True, slots=True)
class TimecodePlan:
    """What becomes of a source's timecode."""

    options: tuple[str, ...] = ()
    """For the output: its metadata, after what is copied of the source's."""
    warnings: tuple[str, ...] = ()


def plan_timecode(
    info: MediaInfo,
    mapped: Sequence[Stream],
    container: Container,
    start: Fraction = Fraction(0),
    rate: Fraction | None = None,
    *,
    at_frame: bool = True,
) -> TimecodePlan:
    """Advance the timecode to the start of a result.

    Args:
        info: the source.
        mapped: its streams in the result, in the result's order.
        container: of the result.
        start: seconds after the source's start.
        rate: frames a second of the result, where that is not the source's.
        at_frame: whether `start` is the time of a frame; else the next one is first.
    """
    places = dict(_places(info, mapped))
    if not places:
        return TimecodePlan()
    before = next(iter(places.values()))
    if not container.timecode:
        lost = f"timecode {before} is dropped: {container.title} cannot hold it"
        return TimecodePlan(warnings=(lost,))
    late = _frames_cut_off(info, start, at_frame=at_frame)
    after = {where: _moved(text, info, late, rate) for where, text in places.items()}
    options = tuple(
        word
        for where, text in after.items()
        for word in (f"-metadata{where}", f"{_TAG}={text}")
    )
    if all(after.values()):
        return TimecodePlan(options)
    why = "its frame rate is not constant, or it is no timecode"
    lost = f"timecode {before} is dropped: it cannot be advanced, {why}"
    return TimecodePlan(options, (lost,))


def _places(info: MediaInfo, mapped: Sequence[Stream]) -> Iterator[tuple[str, str]]:
    """Where a result has a timecode, as a specifier of ``-metadata``, and which."""
    own = own_tag(info.metadata, _TAG)
    if own:
        yield "", own
    tagged = [(i, own_tag(s.metadata, _TAG)) for i, s in enumerate(mapped)]
    yield from ((f":s:{i}", text) for i, text in tagged if text)
    if own or any(text for _, text in tagged):
        return
    track = next((own_tag(s.metadata, _TAG) for s in info.data), "")
    video = (i for i, stream in enumerate(mapped) if isinstance(stream, VideoStream))
    if track:
        yield f":s:{next(video, 0)}", track


def _frames_cut_off(info: MediaInfo, start: Fraction, *, at_frame: bool) -> int | None:
    """How many frames of a source are before the start; None: it is not known."""
    rate = _constant_rate(info)
    if not start or rate is None:
        return None if start else 0
    video = info.videos[0]
    first = info.origin
    if video.start_pts is not None:
        first = video.start_pts * video.time_base
    frames = (info.origin + start - first) * rate
    return max(round(frames) if at_frame else ceil(frames - _ROUNDING), 0)


def _moved(
    text: str, info: MediaInfo, frames: int | None, new_rate: Fraction | None
) -> str:
    """The timecode of a result's first frame; empty where it is not known."""
    if frames == 0 and not new_rate:
        return text
    code, rate = Timecode.parse(text), _constant_rate(info)
    if code is None or rate is None or frames is None:
        return ""
    later = code.later(frames, rate)
    return str(later.at_rate(rate, new_rate) if new_rate else later)


def _constant_rate(info: MediaInfo) -> Fraction | None:
    if not info.videos:
        return None
    nominal, average = info.videos[0].nominal_rate, info.videos[0].average_rate
    rate = nominal or average
    if not rate or round(rate) < 1 or rate > 300:
        return None
    steady = not average or abs(average / rate - 1) <= _STEADY
    return rate if steady else None
