"""Timeline: times that go on over interruptions, and over jumps of a source's clock.

What a run writes must say when things happened. So after an interruption of ten
minutes the times show ten minutes more, by the wall clock, whatever the source counts
from then on. Within a connection its own clock is more exact than the arrival of
packets, and kept, unless it jumps.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.time_range import TimeRange

Item = Frame | AudioBlock

AGREEMENT = 2.0
"""Seconds by which a source's own clock may differ from ours after an interruption:
the first frames of a connection may be older, or late."""
AHEAD = 2.0
"""Seconds by which an item may be ahead of the wall clock."""
CRAMMED = Fraction(5, 1000)
"""A time base below this is finer than any frame rate."""
LEAST_STEP = Fraction(1, 1000)
"""Seconds to a frame that is moved behind the one before: a tick of Matroska, in which
two would be shown at the same time else."""
REPEATED = 3
"""Frames in a row that go back: fewer are no jump of a clock."""
OVERLAP = Fraction(1, 2)
"""Seconds by which a block of audio may start before the end of the one before: some
cameras state its times badly. More is a jump."""
SLACK = Fraction(1, 1000)
"""Seconds of an overlap that only rounding has made."""
LONGEST_STEP = 1.0
"""Seconds that are taken from the wall clock at a jump, at most."""
USUAL_BURST, LONGEST_BURST = 1.0, 5.0
"""Seconds by which the first frame of a connection is older than the newest one then:
ffmpeg holds frames back while it looks at a stream, some servers send a few at once."""
SETTLING = 10.0
"""Seconds after the start in which the wall clock's offset is found."""
SLOWER, FASTER = 2e-4, 1e-3
"""By how much a camera's clock may drift from ours: seconds in a second."""


@dataclass(slots=True)
class _Track:
    """The times of one kind of item."""

    offset: Fraction = Fraction(0)
    """What is added to the source's times."""
    raw: Fraction | None = None
    """The source's time of the latest item; None: none yet in this connection."""
    length: Fraction = Fraction(0)
    """Seconds of audio in it; 0 for a frame."""
    reached: Fraction | None = None
    """Where the latest item ends (audio) or begins (video) on the clock of the run."""
    arrival: float = 0.0


@dataclass(slots=True)
class _Burst:
    """How old the first frame of a connection is, from the connection before.

    The first connection does not count: ffmpeg looks at it for longer.
    """

    measured: float | None = None
    """Seconds; None: not known yet."""
    _connections: int = 0
    _opened: float = 0.0
    _begun: float | None = None
    _first: float = 0.0
    _least: float = 0.0

    def connect(self, now: float) -> None:
        """A new connection is opened at that time of the monotonic clock."""
        if self._connections > 1 and self._begun is not None:
            self.measured = min(self._first - self._least, LONGEST_BURST)
        self._connections += 1
        self._opened, self._begun = now, None

    def seconds(self, arrival: float) -> float:
        """Seconds that a frame is old with which a connection begins.

        Until it is measured, a frame is taken to be no older than its connection.
        """
        if self.measured is not None:
            return self.measured
        return min(USUAL_BURST, max(arrival - self._opened, 0.0))

    def measure(self, lead: float, arrival: float) -> None:
        """Take how far an item's time is behind its arrival."""
        if self._begun is None:
            self._begun, self._first, self._least = arrival, lead, lead
        elif arrival - self._begun < LONGEST_BURST:
            self._least = min(self._least, lead)


class Timeline:
    """Places the items of one connection after the other on one clock.

    Args:
        paced: whether the source is sent as fast as it is shown, as by a camera: the
            wall clock says where its times belong.
        by_arrival: whether the source states no times: those of arrival are used.
        on_jump: called when the clock of the source jumps.
    """

    def __init__(
        self,
        *,
        paced: bool = True,
        by_arrival: bool = False,
        on_jump: Callable[[], None] = lambda: None,
    ) -> None:
        self._by_arrival, self._zero = by_arrival, 0.0
        self._paced, self._on_jump = paced, on_jump
        self._video, self._audio = _Track(), _Track()
        self._fresh, self._backward = False, 0
        self._lead: float | None = None
        self._first = self._latest = 0.0
        self._settled = False
        self._burst = _Burst()

    @property
    def reached(self) -> Fraction | None:
        """The latest time of all; None before the first item."""
        times = [t.reached for t in (self._video, self._audio) if t.reached is not None]
        return max(times, default=None)

    def connect(self, now: float) -> None:
        """A new connection is opened at that time of the monotonic clock."""
        self._fresh = self._settled = self.reached is not None
        self._burst.connect(now)
        self._video.raw = self._audio.raw = None
        self._backward = 0

    def resume(self) -> None:
        """The new connection sends the same times as the one before."""
        self._fresh = False

    def now(self, arrival: float) -> Fraction | None:
        """The time of what happens at a moment of the monotonic clock."""
        reached = self.reached
        if reached is None:
            return None
        if self._paced and self._lead is not None:
            return max(reached, Fraction(arrival - self._lead))
        return reached + Fraction(max(arrival - self._latest, 0.0))

    def lag(self, time: Fraction, now: float) -> float:
        """Seconds by which an item of that time is behind what arrives now."""
        return 0.0 if self._lead is None else now - self._lead - float(time)

    def place(self, item: Item, arrival: float) -> Item:
        """The item with its time on the clock of the run.

        Audio that overlaps what there was before is cut off, to the sample.

        Args:
            item: as the source gave it; frames are changed in place.
            arrival: when it arrived, on the monotonic clock.
        """
        track = self._video if isinstance(item, Frame) else self._audio
        if self._by_arrival:
            self._zero = self._zero or arrival
            track.offset = _fine(arrival - self._zero) - item.time
        elif self._fresh:
            self._fresh = False
            self._rejoin(item.time, arrival)
        else:
            self._follow(track, item, arrival)
        track.raw, track.length = item.time, _length(item)
        placed = self._moved(track, item)
        track.arrival = arrival
        track.reached = placed.time + _length(placed)
        self._measure(float(placed.time), arrival)
        return placed

    def _rejoin(self, raw: Fraction, arrival: float) -> None:
        """Find the offset of a new connection."""
        expected = self.now(arrival) or raw
        own = raw + self._video.offset
        reached = self.reached or raw
        if own >= reached + LEAST_STEP and abs(float(own - expected)) <= AGREEMENT:
            offset = self._video.offset
        else:
            older = _fine(self._burst.seconds(arrival))
            expected = max(_fine(expected) - older, reached + LEAST_STEP)
            offset = expected - raw
        self._video.offset = self._audio.offset = offset

    def _follow(self, track: _Track, item: Item, arrival: float) -> None:
        """Correct the offset where the clock jumps within a connection."""
        if track.raw is None:
            return
        step = item.time - track.raw
        passed = min(max(arrival - track.arrival, 0.0), LONGEST_STEP)
        back = _goes_back(item, step, track.length)
        if back or self._is_ahead(track, item.time, step, arrival):
            follows = track.length or max(_fine(passed), LEAST_STEP)
            track.offset = _fine(track.offset + follows - step)
        self._note_jump(track, back=back)

    def _is_ahead(
        self, track: _Track, raw: Fraction, step: Fraction, arrival: float
    ) -> bool:
        """Whether an item leaps to a time that cannot have come yet."""
        if not self._paced or self._lead is None or step < AHEAD:
            return False
        ahead = self.lag(raw + track.offset, arrival) < -AHEAD
        if ahead and track is self._video:
            self._on_jump()
        return ahead

    def _note_jump(self, track: _Track, *, back: bool) -> None:
        if track is self._video or self._video.raw is None:
            self._backward = self._backward + 1 if back else 0
            if self._backward == REPEATED:
                self._on_jump()

    def _moved(self, track: _Track, item: Item) -> Item:
        ticks = round(track.offset / item.time_base)
        reached = track.reached
        if isinstance(item, Frame):
            item.pts += ticks
            if reached is not None and item.time <= reached:
                item.pts = int((reached + LEAST_STEP) / item.time_base) + 1
            return item
        moved = replace(item, pts=item.pts + ticks) if ticks else item
        if reached is None or reached - moved.time < SLACK:
            return moved
        return TimeRange(reached, None).cut(moved)

    def _measure(self, time: float, arrival: float) -> None:
        """Find by how much our clock is ahead: that of the items that came quickest."""
        lead, passed = arrival - time, max(arrival - self._latest, 0.0)
        self._burst.measure(lead, arrival)
        self._latest = arrival
        self._settled |= self._lead is not None and arrival - self._first > SETTLING
        if self._lead is None:
            self._lead, self._first = lead, arrival
        elif lead < self._lead and not self._settled:
            self._lead = lead
        elif lead < self._lead:
            self._lead = max(lead, self._lead - FASTER * passed)
        else:
            self._lead = min(lead, self._lead + SLOWER * passed)


def _fine(seconds: Fraction | float) -> Fraction:
    """Whole microseconds: sums of other fractions would grow longer with each jump."""
    return Fraction(round(seconds * 1_000_000), 1_000_000)


def _length(item: Item) -> Fraction:
    return Fraction(0) if isinstance(item, Frame) else item.duration


def _goes_back(item: Item, step: Fraction, length: Fraction) -> bool:
    """Whether a clock went back: a muxer then moves each item a tick behind the last.

    Args:
        item: the later one.
        step: seconds from the start of the one before to its own.
        length: seconds of audio in the one before.
    """
    tick = item.time_base if item.time_base < CRAMMED else Fraction(0)
    return step <= tick or step - length < -OVERLAP
