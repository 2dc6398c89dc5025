"""Source → steps → outputs: the main loop, with a thread that reads ahead."""

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
    outputs: Sequence[Sink],
    *,
    on_frame: Callable[[Frame], None] | None = None,
    on_done: Callable[[Frame], None] = lambda _: None,
    ahead: int = AHEAD,
) -> int:
    """Send every frame through all steps into all outputs.

    The outputs are neither finished nor closed here: only the caller knows whether
    all succeeded.

    Args:
        frames: read ahead in a thread of its own, if `ahead` is not 0.
        steps: applied to each frame in order; one that returns None drops it.
        outputs: each gets every remaining frame.
        on_frame: called with each frame as it was read, before the steps.
        on_done: called with each frame after the steps and outputs.
        ahead: frames read before they are needed.

    Returns:
        How many frames reached the outputs.
    """
    written = 0
    for frame in read_ahead(frames, ahead):
        if on_frame is not None:
            on_frame(frame)
        result = apply_steps(frame, steps)
        if result is not None:
            for output in outputs:
                output.write(result)
            written += 1
        on_done(frame)
    return written


def apply_steps(frame: Frame, steps: Sequence[Step]) -> Frame | None:
    """Apply all steps to one frame; None where one of them dropped it."""
    current: Frame | None = frame
    for step in steps:
        if current is None:
            return None
        current = step(current)
    return current


class _EndOfStream:
    """Last item of the reading thread: None, or the error that ended it."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def read_ahead(items: Iterable[Item], depth: int) -> Generator[Item, None, None]:
    """Iterate in a thread, at most `depth` items ahead of the receiver.

    An exception of `items` is raised here, after all that came before it. A receiver
    that stops early ends the thread: it never waits for a free slot forever.

    Args:
        items: what is iterated.
        depth: 0: none is taken before it is asked for, and there is no thread.
    """
    if not depth:
        yield from items
        return
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
                return  # nobody reads the queue any more
    except BaseException as error:
        end = _EndOfStream(error)
    waiting.put(end)


def _drain(waiting: "queue.Queue[Item | _EndOfStream]") -> None:
    # One free slot is enough: the thread checks `gone` after each item.
    while True:
        try:
            waiting.get_nowait()
        except queue.Empty:
            return
