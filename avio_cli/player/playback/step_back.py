"""Stepping back: decode the frames before the cached ones in the background."""

import threading
from collections import deque
from contextlib import closing
from fractions import Fraction

from avio_cli.errors import AvioError
from avio_cli.media.frame import Frame
from avio_cli.player.playback.frame_cache import FrameCache
from avio_cli.player.playback.open_media import OpenMedia

SHARE = 2
"""One backward decode may fill this part of the cache: a half."""
WITHOUT_INDEX = Fraction(1)
"""Seconds to decode where keyframes are not known."""
NEAR_START = 12
"""When so few frames are left before the current one, the next decode starts."""
NEAR_SHARE = 4
"""Of large frames, few fit into the cache: then it starts when this part is left."""


class BackwardDecode:
    """Decodes from a keyframe up to a cached frame.

    Args:
        media: what is decoded.
        first: the earliest frame in the cache.
        limit: bytes of frames to keep; of a longer range, the last ones.
        max_seconds: seconds to go back without an index.
    """

    def __init__(
        self,
        media: OpenMedia,
        first: Frame,
        limit: int,
        max_seconds: Fraction = WITHOUT_INDEX,
    ) -> None:
        self.first, self.max_seconds = first, max_seconds
        self.start = _start(media, first, limit, max_seconds)
        self.frames: deque[Frame] = deque()
        self.complete = True
        """Whether all frames from `start` on were kept."""
        self.bytes = 0
        """Memory of all frames."""
        self._limit = limit
        self._reader = media.open_range(self.start, first.time - media.origin)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether decoding has ended."""
        return not self._thread.is_alive()

    @property
    def reaches_start(self) -> bool:
        """Whether its frames start with the first one of the source."""
        return self.start <= 0 and self.complete

    def stop(self) -> None:
        """Stop decoding; does not wait for it."""
        self._reader.abandon()

    def close(self, seconds: float = 2) -> None:
        """Stop it, and wait until its child process has ended."""
        self.stop()
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            with self._reader, closing(self._reader.items()) as items:
                for frame in items:
                    if not isinstance(frame, Frame):
                        continue
                    self.frames.append(frame)
                    self.bytes += frame.nbytes
                    while self.bytes > self._limit and len(self.frames) > 1:
                        self.bytes -= self.frames.popleft().nbytes
                        self.complete = False
        except AvioError:
            return  # keep what was decoded; a missing frame ends stepping


def _start(
    media: OpenMedia, first: Frame, limit: int, max_seconds: Fraction
) -> Fraction:
    """Where to start, in seconds after the source's start: whole GOPs."""
    most = max(1, limit // max(1, first.nbytes))
    index = media.index
    if index is None:
        seconds = min(most * media.frame_duration, max_seconds)
        return max(Fraction(0), first.time - media.origin - seconds)
    number = index.number(first.time)
    # From the frame before on, as `first` may be a keyframe itself.
    key = index.number(index.key_before(index.time(number - 1)))
    start = max(min(key, number - 1), number - most)
    return (
        max(Fraction(0), index.time(start) - media.origin) if start > 0 else Fraction(0)
    )


class BackwardFetcher:
    """Adds earlier frames to a cache while the user steps back.

    Args:
        media: what is decoded.
        cache: where the frames go.
    """

    def __init__(self, media: OpenMedia, cache: FrameCache) -> None:
        self._media, self._cache = media, cache
        self._decode: BackwardDecode | None = None
        self._shown: Frame | None = None
        self._stopped: list[BackwardDecode] = []

    @property
    def busy(self) -> bool:
        """Whether earlier frames are being decoded."""
        return self._decode is not None

    def before(self, frame: Frame) -> Frame | None:
        """The frame before, if it is cached; fetches more when few are left."""
        self._shown = frame
        fitting = self._cache.limit // max(frame.nbytes, 1)
        if self._cache.earlier_than(frame.time) <= min(
            NEAR_START, fitting // NEAR_SHARE
        ):
            self._start()
        return self._cache.before(frame.time)

    def poll(self) -> bool:
        """Move decoded frames to the cache; returns whether it dropped later ones.

        Until then, the cache gives way to them: together they stay within its limit.
        """
        decode, cache = self._decode, self._cache
        self._stopped = [old for old in self._stopped if not old.done]
        if decode is None:
            return False
        if not decode.done:
            return cache.make_room(decode.bytes, self._kept())
        self._decode = None
        if cache.first is not decode.first:
            return False  # there was a seek meanwhile
        if not decode.frames and not decode.reaches_start:
            self._start(decode.max_seconds * 4)
            return False
        cut = cache.prepend(tuple(decode.frames), self._kept())
        cache.reaches_start = decode.reaches_start
        return cut

    def cancel(self) -> None:
        """Stop fetching, as a seek is more urgent; does not wait for it.

        Measured on two cores, with a pause before each seek: a seek that shared them
        with a backward decode took half as long again.
        """
        if self._decode is None:
            return
        self._decode.stop()
        self._stopped.append(self._decode)
        self._decode = None

    def close(self) -> None:
        """Stop fetching, and wait until all child processes have ended."""
        self.cancel()
        for decode in self._stopped:
            decode.close()
        self._stopped.clear()

    def _kept(self) -> int:
        """How many cached frames the user may still step back over."""
        shown = self._shown
        return 1 if shown is None else self._cache.earlier_than(shown.time) + 1

    def _start(self, max_seconds: Fraction = WITHOUT_INDEX) -> None:
        first = self._cache.first
        if self._cache.reaches_start or first is None or self.busy:
            return
        if self._media.can_seek:
            limit = self._cache.limit // SHARE
            self._decode = BackwardDecode(self._media, first, limit, max_seconds)
