"""Refill: the frames before those at hand, decoded in the background."""

import threading
from collections import deque
from contextlib import closing
from fractions import Fraction

from avio_cli.errors import AvioError
from avio_cli.frame import Frame
from avio_cli.player.film import Film
from avio_cli.player.timeline import bytes_of

SHARE = 2
"""A refill may take this part of the timeline's memory: a half."""
WITHOUT_INDEX = Fraction(1)
"""Seconds that are decoded where keyframes are not known."""


class Refill:
    """Decodes from a keyframe up to a frame that is at hand.

    Args:
        film: what is read.
        first: the earliest frame at hand.
        limit: bytes of frames to keep; of a longer stretch, the last ones.
        reach: seconds to go back where no index tells.
    """

    def __init__(
        self, film: Film, first: Frame, limit: int, reach: Fraction = WITHOUT_INDEX
    ) -> None:
        self.first, self.reach = first, reach
        self.start = _beginning(film, first, limit, reach)
        self.frames: deque[Frame] = deque()
        self.complete = True
        """Whether all frames from `start` on are here."""
        self._limit = limit
        self._reader = film.open_stretch(self.start, first.time - film.origin)
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

    def close(self, seconds: float = 2) -> None:
        """Stop it, and wait until its child is gone."""
        self._reader.abandon()
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


def _beginning(film: Film, first: Frame, limit: int, reach: Fraction) -> Fraction:
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
    return max(Fraction(0), index.time(begin) - film.origin) if begin > 0 else Fraction(0)
