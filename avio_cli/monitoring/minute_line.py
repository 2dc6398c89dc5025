"""MinuteLine: one line in the log each minute, of what happened in it.

A run that lasts also gives memory back then. Frames, parts and connections come and go
in many threads, and glibc keeps what they free in pools for each: of 130 MB, after
frames had waited at the start, 34 were in no use (glibc 2.36).
"""

import gc
import logging
import threading
from collections.abc import Callable, Iterator

from avio_cli.closing import ClosedOnExit
from avio_cli.ffmpeg.nut.buffers import give_buffers_back
from avio_cli.ffmpeg.process.bounds import call_glibc
from avio_cli.monitoring.figures import RunFigures

LOG = logging.getLogger("avio.run")
"""Shown unless avio is to be quiet."""
SECONDS = 60.0


def give_memory_back() -> None:
    """Free what only cycles hold and what waits for frames, and let glibc give it back.

    Python looks for cycles once there are a quarter more objects; a few of what ended
    with a connection or part hold frames and logs.
    """
    gc.collect()
    give_buffers_back()
    call_glibc("malloc_trim", 0)


class MinuteLine(ClosedOnExit):
    """Logs a line each minute, and tidies up, in a thread.

    Args:
        figures: gives those of the moment; called in the thread.
        every: seconds between two lines.
        tidy: called each time.
    """

    def __init__(
        self,
        figures: Callable[[], RunFigures],
        every: float = SECONDS,
        tidy: Callable[[], None] = give_memory_back,
    ) -> None:
        self._figures, self._every, self._tidy = figures, every, tidy
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name="avio-minute", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Log no more; safe to call twice."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        before = self._figures()
        while not self._ended.wait(self._every):
            now = self._figures()
            LOG.info("avio: %s", line_of(before, now))
            before = now
            self._tidy()


def line_of(before: RunFigures, now: RunFigures) -> str:
    """What happened between two moments.

    ``60 s: 1790 frames, 29.8 fps, lag 0.12 s, 2 tracks, 0 drops, 1 reconnect``
    """
    return ", ".join(_parts(before, now))


def _parts(before: RunFigures, now: RunFigures) -> Iterator[str]:
    seconds, frames = now.seconds - before.seconds, now.frames - before.frames
    yield f"{seconds:.0f} s: {_counted(frames, 'frame')}"
    yield f"{frames / max(seconds, 1e-6):.1f} fps"
    source, earlier = now.source, before.source
    if source is not None:
        yield f"lag {source.lag:.2f} s"
    yield _counted(now.tracks, "track")
    if source is not None:
        drops, reconnects = source.dropped, source.reconnects
        if earlier is not None:
            drops, reconnects = drops - earlier.dropped, reconnects - earlier.reconnects
        yield _counted(drops, "drop")
        yield _counted(reconnects, "reconnect")
        if source.state not in ("live", "ended"):
            yield f"the source is {source.state}"
    lost = now.events.failed + now.events.dropped
    if unsent := lost - before.events.failed - before.events.dropped:
        yield f"{_counted(unsent, 'event')} not sent"


def _counted(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else one + 's'}"
