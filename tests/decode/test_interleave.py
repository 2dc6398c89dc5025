"""Two pipes merged: nothing lost, nothing stuck, bounded memory."""

import gc
import threading
import time
import weakref
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from avio_cli.decode.interleave import InterleavedQueue, Item
from avio_cli.errors import StreamError
from avio_cli.media.frame import AudioBlock, Frame

FRAME_BYTES = 8 * 8 * 3
HANG_SECONDS = 60


def frames(count: int) -> Iterator[Frame]:
    for pts in range(count):
        planes = (np.zeros((8, 8, 3), np.uint8),)
        yield Frame(planes, "bgr24", pts, pts, Fraction(1, 25))


def audio(count: int) -> Iterator[AudioBlock]:
    for pts in range(count):
        yield AudioBlock(np.zeros((10, 2), np.int16), 48000, pts, Fraction(1, 48000))


def merge_arrivals(
    frames: Iterator[Frame], audio: Iterator[AudioBlock], limit: int
) -> Iterator[Item]:
    arrivals = InterleavedQueue(frames, audio, limit)
    try:
        yield from arrivals
    finally:
        arrivals.close()


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    deadline = time.monotonic() + HANG_SECONDS
    while threading.active_count() > before:
        assert time.monotonic() < deadline, "a thread is left"
        time.sleep(0.005)


@pytest.mark.parametrize("limit", [0, 1, 1000, 1 << 20])
def test_all_arrive_each_kind_in_order(limit: int) -> None:
    items = list(merge_arrivals(frames(50), audio(80), limit))
    assert [i.pts for i in items if isinstance(i, Frame)] == list(range(50))
    assert [i.pts for i in items if isinstance(i, AudioBlock)] == list(range(80))


@pytest.mark.parametrize(("images", "blocks"), [(0, 0), (5, 0), (0, 5), (300, 1)])
def test_a_kind_may_be_short_or_missing(images: int, blocks: int) -> None:
    items = list(merge_arrivals(frames(images), audio(blocks), 500))
    assert len(items) == images + blocks


def test_audio_that_waits_for_frames_to_be_taken_does_not_lock() -> None:
    """As of one ffmpeg: it writes audio only after its frames were read."""
    taken = threading.Semaphore(0)

    def late() -> Iterator[AudioBlock]:
        assert taken.acquire(timeout=HANG_SECONDS)
        yield from audio(3)

    found = 0
    for item in merge_arrivals(frames(30), late(), FRAME_BYTES):
        found += 1
        if isinstance(item, Frame) and item.pts == 29:
            taken.release()
    assert found == 33


def test_what_waits_is_bounded() -> None:
    produced = 0

    def counted() -> Iterator[Frame]:
        nonlocal produced
        for frame in frames(1000):
            produced += 1
            yield frame

    items = merge_arrivals(counted(), audio(0), 5 * FRAME_BYTES)
    next(items)
    time.sleep(0.05)
    assert produced <= 8
    items.close()  # type: ignore[attr-defined]


def test_what_a_producer_raises_comes_after_all_it_gave() -> None:
    def failing() -> Iterator[Frame]:
        yield from frames(3)
        raise LookupError("torn")

    items = merge_arrivals(failing(), audio(0), 1 << 20)
    assert [next(items).pts for _ in range(3)] == [0, 1, 2]
    with pytest.raises(LookupError, match="torn"):
        next(items)


def test_leaving_early_ends_producers_that_wait_for_room() -> None:
    items = merge_arrivals(frames(10**9), audio(10**9), 100)
    next(items)
    items.close()  # type: ignore[attr-defined]


class _Item:
    """Something whose end can be noticed."""

    nbytes = 1


@pytest.mark.parametrize("fails", [False, True])
def test_what_waits_is_given_up_at_once_when_it_is_closed(fails: bool) -> None:
    """Not when cycles are searched for: these are frames of 12 MB each."""
    item, fed = _Item(), threading.Event()
    watched = weakref.ref(item)
    items = [item]
    del item

    def produce() -> Iterator[Any]:
        try:
            yield items.pop()
            if fails:
                raise StreamError("broken")
        finally:
            fed.set()

    gc.disable()
    try:
        queue = InterleavedQueue(produce(), iter(()), 100)
        assert fed.wait(10)
        queue.close()
        assert watched() is None
    finally:
        gc.enable()
