"""Compare the streams of a finished file with what they must hold, by their times."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from avio_cli.demux.timeline import StreamTimeline
from avio_cli.mux.expected import MICROSECOND, ExpectedResult, ExpectedStream

LARGEST_OFFSET = 2**28
"""Ticks from decoding a frame to showing it, above which players misread MP4 (ffmpeg
9.0, mpv 0.40)."""
_MOST_SKIPPED = 50
"""Frames before the first one that could be decoded: more are not tried."""
_CONTAINER_TICK = Fraction(1, 1000)
"""Seconds to which containers round where a stream starts."""

_Pair = tuple[ExpectedStream, StreamTimeline]


def difference(expected: ExpectedResult, found: Sequence[StreamTimeline]) -> str:
    """Name the first thing in which a file is not as expected; one clause, or empty.

    Args:
        expected: what the file must hold.
        found: its video streams, then its audio, in the order of the file.
    """
    if len(found) < len(expected.streams):
        return f"it has {len(found)} streams instead of {len(expected.streams)}"
    there = zip(expected.streams, found, strict=False)
    pairs = [(wanted, line) for wanted, line in there if wanted is not None]
    offset, problem = _align(expected, pairs)
    problems = (_compare(*pair, offset, expected) for pair in pairs)
    return problem or next(filter(None, problems), "")


def _align(expected: ExpectedResult, pairs: Sequence[_Pair]) -> tuple[Fraction, str]:
    """Seconds by which the whole file is late, and how its first video differs.

    Containers delay all streams alike. Where frames may be missing, they may be the
    first ones.
    """
    video = [pair for pair in pairs if pair[0].is_video and pair[0].start is not None]
    pair = next(iter(video or (pairs if expected.delayed else ())), None)
    if pair is None:
        return Fraction(0), ""
    late = list(_latenesses(*pair))
    problems = [_compare_frames(*pair, offset) for offset in late]
    best = problems.index("") if "" in problems else 0
    return late[best], problems[best]


def _latenesses(wanted: ExpectedStream, line: StreamTimeline) -> Iterator[Fraction]:
    first = line.first() or Fraction(0)
    yield first - (wanted.start or 0)
    if wanted.may_lack:
        tried = wanted.times[: min(wanted.may_lack, _MOST_SKIPPED) + 1]
        yield from (first - Fraction(time) for time in tried)


def _compare(
    wanted: ExpectedStream,
    line: StreamTimeline,
    offset: Fraction,
    expected: ExpectedResult,
) -> str:
    first, end = line.first(), line.end()
    if first is None or end is None:
        return f"{wanted.name} is empty"
    return next(filter(None, _problems(wanted, line, offset, expected)), "")


def _problems(
    wanted: ExpectedStream,
    line: StreamTimeline,
    offset: Fraction,
    expected: ExpectedResult,
) -> Iterator[str]:
    first, end = line.first() or Fraction(0), line.end() or Fraction(0)
    slack = wanted.slack + max(wanted.tick, line.time_base) + MICROSECOND
    slack = max(slack, line.usual_duration() + MICROSECOND)
    if wanted.is_video:
        yield _compare_frames(wanted, line, offset)
    else:
        slack += _CONTAINER_TICK
        start = first - offset
        if wanted.start is not None and start < wanted.start:
            start = min(start + wanted.early, wanted.start)
        yield _misplaced(wanted.name, "starts", start, wanted.start, slack)
    stored = expected.keeps_durations and not line.durations_are_guessed
    if not wanted.is_video or stored:
        slack = slack if wanted.is_video else 2 * slack
        yield _misplaced(wanted.name, "ends", end - offset, wanted.end, slack)


def _misplaced(
    name: str, verb: str, found: Fraction, wanted: Fraction | None, slack: Fraction
) -> str:
    if wanted is None or abs(found - wanted) <= slack:
        return ""
    return f"{name} {verb} at {float(found):.3f} s instead of {float(wanted):.3f} s"


def _compare_frames(
    wanted: ExpectedStream, line: StreamTimeline, offset: Fraction
) -> str:
    """How the frames of a video differ; one clause, or empty."""
    steps = zip(line.pts, line.dts, strict=True)
    if line.has_pts and any(abs(pts - dts) >= LARGEST_OFFSET for pts, dts in steps):
        return "its ticks are so fine that players show the frames out of order"
    shown = [time - float(offset) for time in line.seconds()]
    tick = float(max(wanted.tick, line.time_base) + MICROSECOND)
    if wanted.times:
        return _match(wanted, shown, tick)
    lacking = (wanted.count or 0) - wanted.may_lack - len(shown)
    if lacking > 0:
        return f"{lacking} of {wanted.count} frames are missing"
    repeated = sum(later <= time for time, later in pairwise(shown))
    return f"{repeated} frames have the time of another one" if repeated else ""


def _match(wanted: ExpectedStream, shown: Sequence[float], tick: float) -> str:
    """Find each frame that is shown among the expected ones, in one pass."""
    times, position, missing = wanted.times, 0, []
    for time in shown:
        while position < len(times) and times[position] < time - tick:
            missing.append(times[position])
            position += 1
        if position == len(times) or times[position] > time + tick:
            return _stray(time, times, missing)
        position += 1
    missing += times[position:]
    if len(missing) <= wanted.may_lack:
        return ""
    return (
        f"{len(missing)} of {len(times)} frames are missing, the first is that of "
        f"{missing[0]:.3f} s"
    )


def _stray(time: float, times: Sequence[float], missing: Sequence[float]) -> str:
    """Say where a frame is shown that should be elsewhere."""
    if missing:
        return f"the frame of {missing[0]:.6f} s is shown at {time:.6f} s"
    nearest = min(times, key=lambda expected: abs(expected - time))
    return f"a frame is shown at {time:.6f} s, the nearest should be at {nearest:.6f} s"
