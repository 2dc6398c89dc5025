"""Who detects in the segments of a run: children here, as many at a time as cores."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from avio_cli.errors import AvioError
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.spawn import own_module
from avio_cli.jobs.track.shards.segments import WARNING, Segment, ShardTask

LOG = logging.getLogger("avio.track")
_CHILD = "avio_cli.jobs.track.shards.child"
_ATTEMPTS = 3
"""How often a child is started that is killed."""
_POLL_SECONDS = 0.1
_ERROR, _HINT = "avio: error: ", "hint: "


class SegmentWorkers(Protocol):
    """Detects in the segments of a run, from the moment that it is made."""

    def wait(self, segment: Segment) -> None:
        """Wait until all detections of a segment are in its file.

        Raises:
            AvioError: detecting failed.
        """
        ...

    def close(self) -> None:
        """End what still runs; safe to call twice."""
        ...


class LocalSegments:
    """Detects in children on this machine.

    Args:
        task: what they are given.
        folder: where, and where their files are.
        parallel: how many at a time.
    """

    def __init__(self, task: ShardTask, folder: Path, parallel: int) -> None:
        task.write(folder)
        self._folder, self._stop = folder, threading.Event()
        self._threads = ThreadPoolExecutor(parallel, "avio-shard")
        self._ends: list[Future[tuple[str, ...]]] = [
            self._threads.submit(self._detect, segment) for segment in task.segments
        ]

    def wait(self, segment: Segment) -> None:
        """Wait until the child of a segment has ended; say what it warned of."""
        for line in self._ends[segment.number].result():
            if line.startswith(WARNING):
                LOG.warning("%s", line.removeprefix(WARNING))

    def _detect(self, segment: Segment) -> tuple[str, ...]:
        """Run the child of a segment to its end, again if it is killed."""
        argv = [*own_module(_CHILD), str(self._folder), str(segment.number)]
        for attempt in range(1, _ATTEMPTS + 1):
            status, lines = self._run(argv)
            if not status or self._stop.is_set():
                return lines
            if status > 0 or attempt == _ATTEMPTS:
                break
        raise _failure(status, lines)

    def _run(self, argv: list[str]) -> tuple[int, tuple[str, ...]]:
        with Process(argv) as child:
            while not child.ends_within(_POLL_SECONDS) and not self._stop.is_set():
                pass
            return child.stop(), child.log.lines

    def close(self) -> None:
        """End all children."""
        self._stop.set()
        self._threads.shutdown(cancel_futures=True)


def _failure(status: int, lines: tuple[str, ...]) -> AvioError:
    if status < 0:
        return AvioError(
            "a child that detects was killed", hint="was memory running out?"
        )
    said = [line for line in lines if line.startswith((_ERROR, _HINT))]
    message = next((line for line in said if line.startswith(_ERROR)), "")
    hint = next((line for line in said if line.startswith(_HINT)), "")
    last = lines[-1] if lines else f"status {status}"
    return AvioError(
        message.removeprefix(_ERROR) or f"a child that detects failed: {last}",
        hint=hint.removeprefix(_HINT),
    )
