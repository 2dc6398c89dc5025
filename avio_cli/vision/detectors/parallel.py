"""Detection of many frames: open detectors and run them in parallel."""

import contextlib
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Protocol

from avio_cli.closing import ClosedOnExit
from avio_cli.detections import Detections
from avio_cli.errors import AvioError
from avio_cli.media.frame import Frame
from avio_cli.models.describe import Model
from avio_cli.protocols import Detector
from avio_cli.vision.detectors.network import DetectionSettings, NetworkDetector
from avio_cli.vision.detectors.plausibility import FirstLook
from avio_cli.vision.runtimes.device import Device
from avio_cli.vision.runtimes.registry import open_runtime

LOG = logging.getLogger("avio.track.detector")

FRAMES_PER_WORKER = 3
"""Frames that wait or are done, for each worker: enough that none idles while the
receiver is busy with another frame (measured), few enough for 4K frames."""

_INTERRUPTION = 1.5
"""Seconds between two frames that are no interval of the source's any more."""

Results = Generator[tuple[Frame, Detections], None, None]
"""Frames and their detections; close it to stop early."""


class OwnedDetector(Detector, Protocol):
    """A detector that holds an engine until it is closed."""

    def close(self) -> None:
        """Release the engine; safe to call twice."""
        ...


def open_detector(
    model: Model,
    settings: DetectionSettings | None = None,
    *,
    runtime: str = "auto",
    device: Device | None = None,
    fp16: bool = False,
    frame_size: tuple[int, int] = (0, 0),
    look: FirstLook | None = None,
) -> NetworkDetector:
    """Open a model file as a detector.

    Args:
        model: the file and its spec; views must have the spec's input size.
        settings: which boxes are kept.
        runtime: a name of `avio_cli.vision.runtimes.registry.RUNTIMES`, or ``auto``.
        device: where to run; the CPU by default.
        fp16: whether to compute in half precision.
        frame_size: see `NetworkDetector`.
        look: see `NetworkDetector`.

    Raises:
        UsageError: the options cannot be combined.
        AvioError: the runtime is not installed, or cannot use the device.
        InputError: the file cannot be opened.
    """
    model.spec.class_indices(settings.classes if settings else ())
    engine = open_runtime(
        model.path,
        model.spec.input_size,
        runtime=runtime,
        device=device,
        fp16=fp16,
        pixels=model.spec,
    )
    return NetworkDetector(
        engine, model.spec, settings, frame_size=frame_size, look=look
    )


class Pace:
    """How many frames are under way at a time.

    Every worker has some that wait, so that none idles. Where the newest are wanted,
    those that wait grow old: then no more are taken than the workers can do by the time
    that the receiver, who takes one after the other, wants them.

    Args:
        workers: how many frames are detected at a time, at most.
        newest: whether the newest frames are wanted.
    """

    def __init__(self, workers: int, *, newest: bool = False) -> None:
        self._workers, self._newest = workers, newest
        self._detecting = self._using = self._interval = 0.0
        self._last: tuple[int, float] | None = None

    @property
    def ahead(self) -> int:
        """Frames of which none was used yet."""
        if not self._newest:
            return self._workers * FRAMES_PER_WORKER
        each = max(self._using, self._detecting / self._workers, self._interval)
        needed = (self._detecting + self._using) / each if each else 1
        return min(max(round(needed), 1), self._workers)

    def taken(self, index: int, seconds: float) -> None:
        """A frame was taken from the source, which has that index and time."""
        last, self._last = self._last, (index, seconds)
        if last is not None and index > last[0]:
            interval = (seconds - last[1]) / (index - last[0])
            if interval < _INTERRUPTION:
                self._interval = _smoothed(self._interval, max(interval, 0.0))

    def detected(self, seconds: float) -> None:
        """For so long a worker was at work on a frame."""
        self._detecting = _smoothed(self._detecting, seconds)

    def used(self, seconds: float) -> None:
        """For so long the receiver was at work on one."""
        self._using = _smoothed(self._using, seconds)


def _smoothed(before: float, now: float) -> float:
    return before + (now - before) / 4 if before else now


class ParallelDetector(ClosedOnExit):
    """Several detectors that process successive frames in parallel.

    One session of one thread for each core is faster than one session of many threads
    and gives the same boxes in whatever order frames are done.

    Args:
        make_detector: opens one detector: the first one here, so that errors are
            raised at once, the others by their workers, while the first is running.
            Where there is no memory for another, the open ones are shared.
        workers: how many; 0 for one for each core that this process may use.
        newest: as of `Pace`.
    """

    def __init__(
        self,
        make_detector: Callable[[], OwnedDetector],
        workers: int = 0,
        *,
        newest: bool = False,
    ) -> None:
        self._newest = newest
        self.workers = workers or available_cores()
        self._make = make_detector
        self._detectors = [make_detector()]
        self._capacity = self.workers > 1

    @property
    def opened(self) -> int:
        """How many detectors are open."""
        return len(self._detectors)

    def map(self, frames: Iterator[Frame]) -> Results:
        """Detect in each frame; yield frames and detections in the frames' order.

        Frames are taken on demand, as many ahead as `Pace` says. Closing the iterator
        early waits only for running detections.

        Raises:
            Exception: whatever a detector or the source of frames raises, at the
                frame that it belongs to.
        """
        idle: SimpleQueue[OwnedDetector] = SimpleQueue()
        for detector in self._detectors:
            idle.put(detector)

        pace = Pace(self.workers, newest=self._newest)

        def detect(frame: Frame) -> Detections:
            mine, begun = self._take(idle), time.monotonic()
            try:
                return mine.detect(frame)
            finally:
                idle.put(mine)
                pace.detected(time.monotonic() - begun)

        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="avio-detect")
        try:
            yield from _in_order(pool, detect, frames, pace)
        finally:
            pool.shutdown(cancel_futures=True)

    def _take(self, idle: "SimpleQueue[OwnedDetector]") -> OwnedDetector:
        """An idle detector; there are never more than workers."""
        with contextlib.suppress(Empty):
            return idle.get_nowait()
        if self._capacity:
            try:
                detector = self._make()
            except AvioError as error:
                self._capacity = False
                LOG.warning("%d frames at a time: %s", self.opened, error.message)
            else:
                self._detectors.append(detector)
                return detector
        return idle.get()

    def close(self) -> None:
        """Release all detectors; safe to call twice."""
        for detector in self._detectors:
            detector.close()


def available_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_order(
    pool: ThreadPoolExecutor,
    detect: Callable[[Frame], Detections],
    frames: Iterator[Frame],
    pace: Pace,
) -> Results:
    pending: deque[tuple[Frame, Future[Detections]]] = deque()
    source, failure = iter(frames), None
    while True:
        try:
            frame = next(source)
        except StopIteration:
            break
        except Exception as error:
            failure = error  # raised after the frames that came before it
            break
        pace.taken(frame.index, frame.seconds)
        pending.append((frame, pool.submit(detect, frame)))
        while pending and (len(pending) >= pace.ahead or pending[0][1].done()):
            result = _settled(pending)
            begun = time.monotonic()
            yield result
            pace.used(time.monotonic() - begun)
    while pending:
        yield _settled(pending)
    if failure is not None:
        raise failure


def _settled(
    pending: deque[tuple[Frame, Future[Detections]]],
) -> tuple[Frame, Detections]:
    frame, future = pending.popleft()
    return frame, future.result()
