"""Refill: the frames before those at hand, decoded in the background."""

import threading
from collections import deque
from contextlib import closing
from fractions import Fraction

from avio_cli.errors import AvioError
from avio_cli.media.frame import Frame
from avio_cli.player.playback.frame_cache import FrameCache, bytes_of
from avio_cli.player.playback.open_media import OpenMedia

SHARE = 2
"""A refill may take this part of the timeline's memory: a half."""
WITHOUT_INDEX = Fraction(1)
"""Seconds that are decoded where keyframes are not known."""
NEAR_START = 12
"""Frames left before the first one when the next refill begins, while stepping back."""


class BackwardDecode:
    """Decodes from a keyframe up to a frame that is at hand.

    Args:
        film: what is read.
        first: the earliest frame at hand.
        limit: bytes of frames to keep; of a longer stretch, the last ones.
        reach: seconds to go back where no index tells.
    """

    def __init__(
        self, film: OpenMedia, first: Frame, limit: int, reach: Fraction = WITHOUT_INDEX
    ) -> None:
        self.first, self.max_seconds = first, reach
        self.start = _start(film, first, limit, reach)
        self.frames: deque[Frame] = deque()
        self.complete = True
        """Whether all frames from `start` on are here."""
        self._limit = limit
        self._reader = film.open_range(self.start, first.time - film.origin)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether all frames are here."""
        return not self._thread.is_alive()

    @property
    def reaches_start(self) -> bool:
        """Whether nothing of the source comes before its frames."""
        return self.start <= 0 and self.complete

    def stop(self) -> None:
        """Have it end at once; does not wait for it."""
        self._reader.abandon()

    def close(self, seconds: float = 2) -> None:
        """Stop it, and wait until its child is gone."""
        self.stop()
        self._thread.join(seconds)

    def _run(self) -> None:
        size = 0
        try:
            with self._reader, closing(self._reader.items()) as items:
                for frame in items:
                    if not isinstance(frame, Frame):
                        continue
                    self.frames.append(frame)
                    size += bytes_of(frame)
                    while size > self._limit and len(self.frames) > 1:
                        size -= bytes_of(self.frames.popleft())
                        self.complete = False
        except AvioError:
            return  # what was decoded is of use; a missing frame ends stepping


def _start(film: OpenMedia, first: Frame, limit: int, reach: Fraction) -> Fraction:
    """Where to begin, in seconds after the source's start: whole groups of pictures."""
    most = max(1, limit // max(1, bytes_of(first)))
    index = film.index
    if index is None:
        seconds = min(most * film.frame_duration, reach)
        return max(Fraction(0), first.time - film.origin - seconds)
    number = index.number(first.time)
    # A keyframe only: one frame more, so that something is gained.
    key = index.number(index.key_before(index.time(number - 1)))
    begin = max(min(key, number - 1), number - most)
    return (
        max(Fraction(0), index.time(begin) - film.origin) if begin > 0 else Fraction(0)
    )


class BackwardFetcher:
    """Fills a timeline at its beginning while somebody steps back.

    Args:
        film: what is read.
        timeline: what is filled.
    """

    def __init__(self, film: OpenMedia, timeline: FrameCache) -> None:
        self._media, self._timeline = film, timeline
        self._refill: BackwardDecode | None = None
        self._stopped: list[BackwardDecode] = []

    @property
    def busy(self) -> bool:
        """Whether earlier frames are on their way."""
        return self._refill is not None

    def before(self, frame: Frame) -> Frame | None:
        """The frame before, if it is at hand; more are fetched in time."""
        if self._timeline.earlier_than(frame.time) <= NEAR_START:
            self._start()
        return self._timeline.before(frame.time)

    def poll(self) -> bool:
        """Take over what has come; returns whether later frames had to go for it."""
        refill, timeline = self._refill, self._timeline
        if refill is None or not refill.done:
            return False
        self._refill = None
        if timeline.first is not refill.first:
            return False  # we have gone elsewhere meanwhile
        if not refill.frames and not refill.reaches_start:
            self._start(refill.max_seconds * 4)
            return False
        cut = timeline.prepend(tuple(refill.frames))
        timeline.begins_at_start = refill.reaches_start
        return cut

    def cancel(self) -> None:
        """Stop fetching, as something else is more urgent; does not wait for it.

        Measured on two cores, with a rest before each seek: a seek that had to share
        them with a refill took half as long again.
        """
        if self._refill is None:
            return
        self._refill.stop()
        self._stopped = [old for old in self._stopped if not old.done]
        self._stopped.append(self._refill)
        self._refill = None

    def close(self) -> None:
        """Stop fetching, and wait until no child is left."""
        self.cancel()
        for refill in self._stopped:
            refill.close()
        self._stopped.clear()

    def _start(self, reach: Fraction = WITHOUT_INDEX) -> None:
        first = self._timeline.first
        if self._timeline.begins_at_start or first is None or self.busy:
            return
        if self._media.can_seek:
            limit = self._timeline.limit // SHARE
            self._refill = BackwardDecode(self._media, first, limit, reach)
