"""What a result must hold, stream by stream: from the times of its source's packets."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from avio_cli.demux.timeline import StreamTimeline

MICROSECOND = Fraction(1, 1_000_000)
"""To which ffmpeg's options round times."""
_AUDIO_DELAY = Fraction(30, 1000)
"""Seconds by which an encoder's first packet may come early or late: MP3's 1105 samples
at 44.1 kHz."""


_EDGE = Fraction(1, 2)
"""Seconds around a cut in which packets, in decoding order, may be kept or lost."""
_REORDERED = 2
"""Frames at a cut that rounding may drop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedStream:
    """A video or audio stream of a result; seconds after the start of the result."""

    name: str
    """For messages: ``the video``, ``audio track 2``."""
    is_video: bool
    times: Sequence[float] = ()
    """Of all frames that must be there, in order; empty: only the ends are known."""
    count: int | None = None
    """How many frames it has, where their times are not known."""
    start: Fraction | None = None
    """When its first packet is shown or played; None: unknown."""
    end: Fraction | None = None
    """When its last packet ends; None: unknown."""
    tick: Fraction = MICROSECOND
    """To which the times were rounded on the way."""
    slack: Fraction = Fraction(0)
    """Seconds by which start and end may differ."""
    early: Fraction = Fraction(0)
    """Further seconds by which it may start earlier."""
    may_lack: int = 0
    """Frames that may be missing: the decoder gave so many less."""
    lacked_pts: bool = False
    """Whether it is copied from packets without presentation times."""


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a source that a result holds, in seconds on the source's clock."""

    start: Fraction
    """Time 0 of the result."""
    end: Fraction | None = None
    cut: bool = False
    """Whether it starts later than the source, or ends earlier."""
    preroll: Fraction = Fraction(0)
    """Seconds before the start from which packets are copied: from the time at which
    the first keyframe is decoded."""

    def holds(self, time: Fraction) -> bool:
        """Whether a frame of that time is in it; rounded as `TimeRange` does."""
        early = self.cut and time < self.start - MICROSECOND
        late = self.end is not None and time >= self.end - MICROSECOND
        return not early and not late

    def clip(self, time: Fraction) -> Fraction:
        """The nearest time in it, in seconds after its start."""
        time = max(time, self.start) if self.cut else time
        time = time if self.end is None else min(time, self.end)
        return time - self.start


def expected_video(
    name: str,
    line: StreamTimeline,
    window: Window,
    *,
    tick: Fraction = MICROSECOND,
    undecoded: int | None = None,
) -> ExpectedStream:
    """A video of which every frame is kept, with its time.

    Args:
        name: for messages.
        line: its packets in the source.
        window: which part of them.
        tick: to which its times are rounded on the way.
        undecoded: packets of which a decoder gave no frame; None: they are copied.
    """
    inside = [time for time in line.shown() if window.holds(time)]
    around = inside if undecoded is not None else _around(line, window)
    lacks = (undecoded or 0) + (_REORDERED if window.cut else 0)
    lacks += len(around) - len(inside)
    declared = any(line.durations) and not line.durations_are_guessed
    end = line.end() if declared else None
    return ExpectedStream(
        name=name,
        is_video=True,
        times=[float(time - window.start) for time in around],
        start=inside[0] - window.start if inside else None,
        end=None if end is None else window.clip(end),
        tick=max(tick, line.time_base),
        slack=_EDGE if window.cut or lacks else line.usual_duration(),
        may_lack=lacks,
    )


def _around(line: StreamTimeline, window: Window) -> list[Fraction]:
    """Frames in a window, and some before and after: packets are cut as decoded."""
    start = window.start - _EDGE
    end = None if window.end is None else window.end + _EDGE
    wider = replace(window, start=start, end=end)
    return [time for time in line.shown() if wider.holds(time)]


def without_times(expected: ExpectedStream) -> ExpectedStream:
    """The same video where only decoding shows when its frames are shown."""
    return replace(
        expected, times=(), count=len(expected.times), start=None, slack=_EDGE
    )


def from_zero(expected: ExpectedStream) -> ExpectedStream:
    """The same video where its first frame is shown from 0 on, whenever it is due."""
    times = (0.0, *expected.times[1:]) if expected.times else ()
    start = None if expected.start is None else Fraction(0)
    return replace(expected, times=times, start=start)


def at_constant_rate(expected: ExpectedStream, rate: Fraction) -> ExpectedStream:
    """The same video after frames were repeated and dropped for a constant rate."""
    slack = max(expected.slack, 1 / rate) + 1 / rate
    return replace(expected, times=(), count=None, slack=slack, may_lack=0)


def expected_audio(
    name: str, line: StreamTimeline, window: Window, *, copied: bool
) -> ExpectedStream | None:
    """An audio track; None where nothing of it is in the window."""
    times = line.shown()
    end = line.end()
    if not times or end is None:
        return None
    usual = line.usual_duration()
    first = bisect_left(times, window.start - usual) if window.cut else 0
    if first == len(times) or (window.end is not None and times[first] >= window.end):
        return None
    return ExpectedStream(
        name=name,
        is_video=False,
        start=window.clip(times[first]),
        end=window.clip(end),
        tick=line.time_base,
        slack=usual if copied else max(usual, _AUDIO_DELAY),
        early=window.preroll if copied else Fraction(0),
    )


@dataclass(frozen=True, slots=True)
class ExpectedResult:
    """All that is compared with a finished file."""

    streams: tuple[ExpectedStream | None, ...] = ()
    """Video streams, then audio, in the order of the file; None: nothing is known."""
    delayed: bool = False
    """Whether the container starts later than at 0 (MPEG-TS)."""
    keeps_durations: bool = True
    """Whether the container says how long the last frame is shown."""
