"""Steps by single frames, and the A-B loop."""

import time
from collections import deque
from dataclasses import dataclass
from fractions import Fraction

from avio_cli.media.frame import Frame
from avio_cli.player.playback.frame_cache import FrameCache
from avio_cli.player.playback.seek import PlaybackObserver
from avio_cli.player.playback.seeker import Seeker
from avio_cli.player.playback.step_back import BackwardFetcher


class Stepper:
    """Finds the next frame, or the one before, for each step that was requested.

    Args:
        seeker: its session yields the frames after the cached ones.
        cache: where all frames go.
        fetcher: adds the frames before the cached ones.
        observer: gets the steps.
    """

    def __init__(
        self,
        seeker: Seeker,
        cache: FrameCache,
        fetcher: BackwardFetcher,
        observer: PlaybackObserver,
    ) -> None:
        self._seeker, self._cache, self._fetcher = seeker, cache, fetcher
        self._observer = observer
        self._requests: deque[tuple[int, float]] = deque()

    @property
    def is_idle(self) -> bool:
        """Whether all requested steps are done."""
        return not self._requests

    def request(self, direction: int) -> None:
        """Step after all other requested steps; 1 is forward, -1 back."""
        self._requests.append((direction, time.monotonic()))

    def cancel(self) -> None:
        """Drop the requested steps."""
        self._requests.clear()

    def advance(self, current: Frame) -> Frame | None:
        """Continue the first requested step; returns the frame it leads to, once.

        Args:
            current: the frame to step from.
        """
        direction, asked = self._requests[0]
        frame = self._after(current) if direction > 0 else self._before(current)
        if frame is not None:
            self._requests.popleft()
            self._seeker.current_frame_moved()
            self._observer.on_step(direction, frame, asked)
        return frame

    def _before(self, current: Frame) -> Frame | None:
        frame = self._fetcher.before(current)
        if frame is None and not self._fetcher.busy:
            self.cancel()  # this is the first one
        return frame

    def _after(self, current: Frame) -> Frame | None:
        frame, session = self._cache.after(current.time), self._seeker.session
        if frame is not None or session is None:
            return frame
        if not self._seeker.can_continue:
            self._fetcher.cancel()
            self._seeker.resume_at(current)
            return None
        session.discard_audio()
        ended, frame = session.at_end, session.take_frame()  # in that order
        if frame is None and ended:
            self.cancel()  # this is the last one
        if frame is None:
            return None
        self._cache.add(frame)
        return frame if frame.time > current.time else None


@dataclass(frozen=True, slots=True)
class AbLoop:
    """The range that is repeated; in seconds after the source's start."""

    start: Fraction | None = None
    end: Fraction | None = None

    def toggled(self, position: Fraction) -> "AbLoop":
        """The loop after its key: its start is set here, then its end, then none."""
        if self.start is None:
            return AbLoop(position)
        if self.end is None and position > self.start:
            return AbLoop(self.start, position)
        return AbLoop()

    def start_after(self, position: Fraction) -> Fraction | None:
        """Where to jump to from a position; None before the loop's end."""
        return self.start if self.end is not None and position >= self.end else None
