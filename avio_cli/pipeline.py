"""Source → steps → sinks: the one loop, with a thread that reads ahead."""

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import TypeVar

from avio_cli.media.frame import Frame
from avio_cli.protocols import Sink, Step

AHEAD = 4
"""Frames read before they are needed: enough to keep ffmpeg busy during a callback."""

Item = TypeVar("Item")


def run_pipeline(
    frames: Iterable[Frame],
    steps: Sequence[Step],
    sinks: Sequence[Sink],
    *,
    on_frame: Callable[[Frame], None] | None = None,
) -> int:
    """Send every frame through all steps into all sinks.

    The sinks are neither finished nor closed here: only the caller knows whether all
    went well.

    Args:
        frames: read ahead in a thread of their own.
        steps: done to each frame in order; one that returns None drops it.
        sinks: each gets every frame that is left.
        on_frame: called with each frame as it was read, before the steps.

    Returns:
        How many frames reached the sinks.
    """
    written = 0
    for frame in read_ahead(frames, AHEAD):
        if on_frame is not None:
            on_frame(frame)
        result = apply_steps(frame, steps)
        if result is not None:
            for sink in sinks:
                sink.write(result)
            written += 1
    return written


def apply_steps(frame: Frame, steps: Sequence[Step]) -> Frame | None:
    """Do all steps to one frame; None where one of them dropped it."""
    current: Frame | None = frame
    for step in steps:
        if current is None:
            return None
        current = step(current)
    return current


class _EndOfStream:
    """What the reading thread leaves last: nothing, or the error that ended it."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def read_ahead(items: Iterable[Item], depth: int) -> Generator[Item, None, None]:
    """Iterate in a thread, at most `depth` items ahead of the receiver.

    An exception of `items` is raised here, after all that came before it. A receiver
    that stops early ends the thread: it is never left waiting for room.
    """
    waiting: queue.Queue[Item | _EndOfStream] = queue.Queue(depth)
    gone = threading.Event()
    thread = threading.Thread(target=_fill, args=(items, waiting, gone), daemon=True)
    thread.start()
    try:
        while True:
            item = waiting.get()
            if isinstance(item, _EndOfStream):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        gone.set()
        _drain(waiting)


def _fill(
    items: Iterable[Item],
    waiting: "queue.Queue[Item | _EndOfStream]",
    gone: threading.Event,
) -> None:
    end = _EndOfStream()
    try:
        for item in items:
            waiting.put(item)
            if gone.is_set():
                return  # nobody makes room for an end
    except BaseException as error:
        end = _EndOfStream(error)
    waiting.put(end)


def _drain(waiting: "queue.Queue[Item | _EndOfStream]") -> None:
    # One place is enough: the thread looks whether we are gone after each item.
    while True:
        try:
            waiting.get_nowait()
        except queue.Empty:
            return
