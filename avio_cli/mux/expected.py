"""What a result must hold, stream by stream: from the times of its source's packets."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from avio_cli.demux.timeline import StreamTimeline

MICROSECOND = Fraction(1, 1_000_000)
"""To which ffmpeg's options round times."""
_AUDIO_DELAY = Fraction(30, 1000)
"""Seconds by which an encoder's first packet may come early or late: MP3's 1105 samples
at 44.1 kHz."""


_EDGE = Fraction(1, 2)
"""Seconds around a cut in which packets, in decoding order, may be kept or lost."""
_MOST_OVER = Fraction(1, 4)
"""Seconds by which audio may be longer than from its start to its end."""
_REORDERED = 2
"""Frames at a cut that rounding may drop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedStream:
    """A video or audio stream of a result; seconds after the start of the result."""

    name: str
    """For messages: ``the video``, ``audio track 2``."""
    is_video: bool
    times: Sequence[float] = ()
    """Of all frames, or packets of copied audio, that must be there, in order; empty:
    they are not known."""
    edges: tuple[int, int] = (0, 0)
    """How many of the first and the last of `times` may be missing; at a constant rate:
    may be shown elsewhere."""
    count: int | None = None
    """How many frames or packets it has, where their times are not known."""
    rate: Fraction | None = None
    """Of frames, where it is constant: then `count` may be wrong by one."""
    paused: float | None = None
    """Seconds of audio that are missing between its packets; None: unknown."""
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
    times = line.shown()
    inside = [time for time in times if window.holds(time)]
    around = inside if undecoded is not None else _around(times, window)
    first = bisect_left(around, inside[0]) if inside else 0
    more = _REORDERED if window.cut else 0
    edges = first + more, len(around) - len(inside) - first + more
    declared = any(line.durations) and not line.durations_are_guessed
    end = line.end() if declared else None
    return ExpectedStream(
        name=name,
        is_video=True,
        times=[float(time - window.start) for time in around],
        edges=edges,
        start=inside[0] - window.start if inside else None,
        end=None if end is None else window.clip(end),
        tick=max(tick, line.time_base),
        slack=_EDGE if window.cut or undecoded else line.usual_duration(),
        may_lack=undecoded or 0,
    )


def _around(times: Sequence[Fraction], window: Window) -> list[Fraction]:
    """Frames in a window, and some before and after: packets are cut as decoded."""
    start = window.start - _EDGE
    end = None if window.end is None else window.end + _EDGE
    wider = replace(window, start=start, end=end)
    return [time for time in times if wider.holds(time)]


def without_times(expected: ExpectedStream) -> ExpectedStream:
    """The same video where only decoding shows when its frames are shown."""
    count = len(expected.times) - sum(expected.edges)
    return replace(
        expected, times=(), edges=(0, 0), count=count, start=None, slack=_EDGE
    )


def from_zero(expected: ExpectedStream) -> ExpectedStream:
    """The same video where its first frame is shown from 0 on, whenever it is due."""
    times = (0.0, *expected.times[1:]) if expected.times else ()
    start = None if expected.start is None else Fraction(0)
    edges = expected.edges if expected.rate is None else (1, 0)
    return replace(expected, times=times, start=start, edges=edges)


def at_constant_rate(
    expected: ExpectedStream, rate: Fraction, end: Fraction | None
) -> ExpectedStream:
    """The same video after frames were repeated and dropped for a constant rate.

    Args:
        expected: the video as its frames come.
        rate: frames a second.
        end: until when the last one is repeated, in seconds after the start of the
            result; None: unknown.
    """
    first, until, count, short = expected.start, end, None, 0
    if until is None:
        until = expected.end
        # Where it was not looked for, the last frame may be shown for one step only.
        late = (until or 0) - Fraction(expected.times[-1] if expected.times else 0)
        short = max(round(late * rate) - 1, 0)
    if first is not None and until is not None and not expected.may_lack:
        count = max(round((until - first) * rate), 1)
    slack = max(expected.slack, 1 / rate) + 1 / rate
    return replace(
        expected,
        times=(),
        edges=(0, 0),
        count=count,
        rate=rate,
        end=until,
        slack=slack,
        may_lack=short,
    )


def expected_audio(
    name: str, line: StreamTimeline, window: Window, *, copied: bool
) -> ExpectedStream | None:
    """An audio track; None where nothing of it is in the window.

    Args:
        name: for messages.
        line: its packets in the source.
        window: which part of them.
        copied: whether it has the same packets.
    """
    times = line.shown()
    end = line.end()
    if not times or end is None:
        return None
    usual = line.usual_duration()
    first = bisect_left(times, window.start - usual) if window.cut else 0
    if first == len(times) or (window.end is not None and times[first] >= window.end):
        return None
    last = len(times) if window.end is None else bisect_left(times, window.end - usual)
    inside = times[bisect_left(times, window.start - MICROSECOND) : last]
    seconds = [float(time - window.start) for time in inside]
    return ExpectedStream(
        name=name,
        is_video=False,
        times=seconds if copied else (),
        start=window.clip(times[first]),
        end=window.clip(end),
        tick=line.time_base,
        slack=usual if copied else max(usual, _AUDIO_DELAY),
        early=window.preroll if copied else Fraction(0),
        paused=None if copied else pauses(seconds, float(line.long_duration())),
    )


def pauses(times: Sequence[float], usual: float) -> float:
    """Seconds without audio between packets.

    Args:
        times: when each is played, in order.
        usual: seconds of one.
    """
    steps = (later - time for time, later in pairwise(times))
    return sum(step - usual for step in steps if step > 2 * usual)


def overlap(line: StreamTimeline) -> float:
    """Seconds of audio that do not fit between its start and end; 0: all fit.

    Where the decoder changes rate or channels, filters may begin again at the start.
    Containers round the durations of packets: Matroska those of TrueHD, of 0.83 ms, to
    1 ms. Less than a tick a packet does not count, nor than a twentieth.
    """
    first, end = line.first(), line.end()
    if first is None or end is None:
        return 0.0
    played, span = sum(line.durations) * line.time_base, end - first
    rounded = max(len(line.durations) * line.time_base, span / 20)
    over = played - span
    return float(over) if over > max(_MOST_OVER, rounded) else 0.0


def counted(expected: ExpectedStream) -> ExpectedStream:
    """The same audio where the container has no times: packets can be counted."""
    if not expected.times:
        return replace(expected, paused=None)
    return replace(expected, times=(), count=len(expected.times))


@dataclass(frozen=True, slots=True)
class ExpectedResult:
    """All that is compared with a finished file."""

    streams: tuple[ExpectedStream | None, ...] = ()
    """Video streams, then audio, in the order of the file; None: nothing is known."""
    delayed: bool = False
    """Whether the container starts later than at 0 (MPEG-TS)."""
    keeps_durations: bool = True
    """Whether the container says how long the last frame is shown."""
    loose: Fraction = Fraction(0)
    """Seconds by which the first video may be shown elsewhere beside the rest."""
    cues: tuple[Sequence[Fraction] | None, ...] = ()
    """Of each subtitle track: when its cues are shown; None: nothing is known."""
