"""Compare the streams of a finished file with what they must hold, by their times."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from avio_cli.demux.timeline import StreamTimeline
from avio_cli.mux.expected import (
    MICROSECOND,
    ExpectedResult,
    ExpectedStream,
    overlap,
    pauses,
)

LARGEST_OFFSET = 2**28
"""Ticks from decoding a frame to showing it, above which players misread MP4 (ffmpeg
9.0, mpv 0.40)."""
_MOST_SKIPPED = 50  # frames before the first one that could be decoded
_CONTAINER_TICK = Fraction(1, 1000)  # to which they round where a stream starts
_CUE_TICK = Fraction(1, 50)  # seconds to which files of subtitles round: ASS to 0.01
_MOST_PAUSED = 0.25  # seconds of audio that a decoder may not have given

_Pair = tuple[ExpectedStream, StreamTimeline]


def difference(expected: ExpectedResult, found: Sequence[StreamTimeline]) -> str:
    """Name the first thing in which a file is not as expected; one clause, or empty.

    Args:
        expected: what the file must hold.
        found: its video streams, then its audio, in the order of the file.
    """
    if len(found) < len(expected.streams):
        return f"it has {len(found)} streams instead of {len(expected.streams)}"
    pairs = _pairs(expected, found)
    offset, problem = _align(expected, pairs)
    problems = (_compare(*pair, offset, expected) for pair in pairs)
    return problem or next(filter(None, problems), "")


def _pairs(expected: ExpectedResult, found: Sequence[StreamTimeline]) -> list[_Pair]:
    there = zip(expected.streams, found, strict=False)
    return [(wanted, line) for wanted, line in there if wanted is not None]


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
    if skipped := wanted.may_lack + wanted.edges[0]:
        tried = wanted.times[: min(skipped, _MOST_SKIPPED) + 1]
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
    first, end = line.first() or Fraction(0), _nearest_end(wanted, line, offset)
    slack = wanted.slack + max(wanted.tick, line.time_base) + MICROSECOND
    slack = max(slack, line.usual_duration() + MICROSECOND)
    if wanted.is_video:
        yield _compare_frames(wanted, line, offset)
    else:
        slack += _CONTAINER_TICK + expected.loose
        start = first - offset
        if wanted.start is not None and start < wanted.start:
            start = min(start + wanted.early, wanted.start)
        yield _misplaced(wanted.name, "starts", start, wanted.start, slack)
    stored = expected.keeps_durations and not line.durations_are_guessed
    if not wanted.is_video or stored:
        # MP3 below 32 kHz comes two packets late, and its last one is filled up.
        if not wanted.is_video:
            slack = max(2 * slack, 3 * line.usual_duration() + MICROSECOND)
        yield _misplaced(wanted.name, "ends", end - offset, wanted.end, slack)
    if not wanted.is_video:
        yield _compare_packets(wanted, line, offset, float(expected.loose))


def _nearest_end(
    wanted: ExpectedStream, line: StreamTimeline, offset: Fraction
) -> Fraction:
    """When a stream ends: of reordered frames that can be read in several ways."""
    goal = (wanted.end or Fraction(0)) + offset
    return min(_ends(line), key=lambda end: abs(end - goal), default=Fraction(0))


def _ends(line: StreamTimeline) -> Iterator[Fraction]:
    """When the last packet has been shown.

    MP4 declares for how long a packet is decoded. All are shown as much later as the
    first one, or each is shown for as long as it is decoded, or the last one is shown
    as long as the last is decoded: these differ where the rate varies.
    """
    if (end := line.end()) is None:
        return
    yield end
    ticks = line.pts if line.has_pts else line.dts
    pairs = zip(ticks, line.durations, strict=True)
    yield max(tick + length for tick, length in pairs) * line.time_base
    stays = line.durations[line.dts.index(max(line.dts))]
    yield (line.ticks()[-1] + stays) * line.time_base


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
    if problem := _miscounted(wanted, len(shown)):
        return problem
    if wanted.rate is not None:
        return _uneven(shown[wanted.edges[0] :], float(1 / wanted.rate))
    repeated = sum(later <= time for time, later in pairwise(shown))
    return f"{repeated} frames have the time of another one" if repeated else ""


def _miscounted(wanted: ExpectedStream, found: int) -> str:
    """How the number of frames differs where only that is known."""
    if wanted.count is None:
        return ""
    if wanted.rate is not None:
        each = f"{float(wanted.rate):.4g} a second"
        far = not wanted.count - wanted.may_lack - 1 <= found <= wanted.count + 1
        return f"it has {found} frames, not {wanted.count} ({each})" if far else ""
    lacking = wanted.count - wanted.may_lack - found
    return f"{lacking} of {wanted.count} frames are missing" if lacking > 0 else ""


def _uneven(shown: Sequence[float], step: float) -> str:
    """Where frames of a constant rate are not one step after the other."""
    for time, later in pairwise(shown):
        if not step / 2 < later - time < step * 3 / 2:
            return f"the frame after that of {time:.3f} s is shown at {later:.3f} s"
    return ""


def _compare_packets(
    wanted: ExpectedStream, line: StreamTimeline, offset: Fraction, loose: float
) -> str:
    """Which packets of audio are missing, if any; they may lie a little elsewhere."""
    usual, there = float(line.usual_duration()), line.seconds()
    known = wanted.end is not None  # what is live may be copied, with what it has
    copied = wanted.times or wanted.count is not None
    if known and not copied and (over := overlap(line)):
        return f"{over:.3f} s of {wanted.name} lie over what was before"
    if wanted.paused is not None:
        late = pauses(there, float(line.long_duration())) - wanted.paused
        lost = f"{late:.3f} s of {wanted.name} are missing on the way"
        return lost if late > _MOST_PAUSED else ""
    if wanted.count is not None:
        lacking = wanted.count - len(line) - line.hidden
        lost = f"{lacking} of {wanted.count} packets of {wanted.name} are missing"
        return lost if lacking > 0 else ""
    near = max(usual / 2, float(max(wanted.tick, line.time_base)))
    near += loose
    there = [time - float(offset) for time in there]
    missing = _missing(wanted.times, there, near + float(MICROSECOND))
    if not missing or _are_moved_apart(wanted.times, there, usual / 2):
        return ""
    return (
        f"{len(missing)} of {len(wanted.times)} packets of {wanted.name} are missing, "
        f"the first is that of {missing[0]:.3f} s"
    )


def _are_moved_apart(
    wanted: Sequence[float], found: Sequence[float], near: float
) -> bool:
    """Whether packets overlap where a source was joined, and none of them is gone.

    MPEG-TS gives one time to several packets of AAC: those after an overlap are read a
    little later than they were, up to the next time.
    """
    overlap = any(later - time < near for time, later in pairwise(wanted))
    first, end = bisect_left(found, wanted[0] - near), wanted[-1] + near
    return overlap and bisect_right(found, end) - first >= len(wanted)


def _missing(
    wanted: Sequence[float], found: Sequence[float], near: float
) -> list[float]:
    """Times near which nothing was found that is not taken for an earlier one."""
    missing, position = [], 0
    for time in wanted:
        while position < len(found) and found[position] < time - near:
            position += 1
        if position == len(found) or found[position] > time + near:
            missing.append(time)
        else:
            position += 1
    return missing


def _apart(times: Sequence[float], near: float) -> Iterator[float]:
    """Times without those that are near an earlier one: cues may be joined."""
    last = -math.inf
    for time in times:
        if time - last > 2 * near:
            yield time
            last = time


def lost_cues(
    expected: ExpectedResult,
    found: Sequence[StreamTimeline],
    texts: Sequence[StreamTimeline],
) -> str:
    """Name the first subtitle that is not there; one clause, or empty.

    Args:
        expected: what the file must hold.
        found: its video streams, then its audio.
        texts: its subtitle tracks.
    """
    offset, _ = _align(expected, _pairs(expected, found))
    for number, (cues, line) in enumerate(zip(expected.cues, texts, strict=False), 1):
        near = float(_CUE_TICK + line.time_base + expected.loose)
        times = list(_apart([float(time + offset) for time in cues or ()], near))
        if missing := _missing(times, line.seconds(), near):
            return (
                f"{len(missing)} of {len(times)} subtitles of track {number} are "
                f"missing, the first is that of {missing[0] - float(offset):.3f} s"
            )
    return ""


def _match(wanted: ExpectedStream, shown: Sequence[float], tick: float) -> str:
    """Find each frame that is shown among the expected ones, in one pass."""
    times, position = wanted.times, 0
    missing: list[int] = []
    for time in shown:
        while position < len(times) and times[position] < time - tick:
            missing.append(position)
            position += 1
        if position == len(times) or times[position] > time + tick:
            return _stray(time, times, missing)
        position += 1
    missing += range(position, len(times))
    first, last = wanted.edges[0], len(times) - wanted.edges[1]
    if sum(first <= number < last for number in missing) <= wanted.may_lack:
        return ""
    return (
        f"{len(missing)} of {len(times)} frames are missing, the first is that of "
        f"{times[missing[0]]:.3f} s"
    )


def _stray(time: float, times: Sequence[float], missing: Sequence[int]) -> str:
    """Say where a frame is shown that should be elsewhere."""
    if missing:
        return f"the frame of {times[missing[0]]:.6f} s is shown at {time:.6f} s"
    nearest = min(times, key=lambda expected: abs(expected - time))
    return f"a frame is shown at {time:.6f} s, the nearest should be at {nearest:.6f} s"
