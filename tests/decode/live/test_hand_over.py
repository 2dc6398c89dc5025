"""Items wait in order; with `newest`, old frames make room and are counted."""

import threading

import numpy as np
import pytest

from avio_cli.decode.live.hand_over import Ended, HandOver, Refused
from avio_cli.media.frame import AudioBlock, Frame
from tests.decode.live.test_timeline import FINE, block


def frame(number: int) -> Frame:
    return Frame((np.zeros((10, 10), np.uint8),), "gray", 0, number, FINE)


class Watch:
    """A clock that stands."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def taken(queue: HandOver) -> list[int]:
    """The numbers of all frames that wait, as they were counted when they came."""
    found = []
    while (arrival := queue.take(0)) is not None:
        if isinstance(arrival.item, Frame):
            found.append(arrival.item.index)
    return found


def test_the_newest_frame_is_given_after_a_slow_receiver() -> None:
    clock, dropped = Watch(), []
    queue = HandOver(newest=True, on_drop=lambda: dropped.append(1), now=clock)
    for number in range(100):
        queue.put(frame(number))
        clock.now += 1 / 16
    assert taken(queue) == [97, 98, 99]
    assert len(dropped) == 97
    queue.put(frame(100))
    clock.now += 60
    assert taken(queue) == [100]


def test_audio_is_kept_where_frames_are_dropped() -> None:
    clock = Watch()
    queue = HandOver(newest=True, now=clock)
    for number in range(50):
        queue.put(frame(number))
        queue.put(block(number))
        clock.now += 1
    kinds = []
    while (arrival := queue.take(0)) is not None:
        kinds.append(type(arrival.item))
    assert kinds.count(AudioBlock) == 50
    assert kinds.count(Frame) == 1


def test_bytes_that_wait_are_bounded() -> None:
    queue = HandOver(newest=True, limit=1000, now=Watch())
    for number in range(100):
        queue.put(frame(number))
    assert taken(queue) == list(range(90, 100))


def test_complete_lets_the_reading_thread_wait() -> None:
    queue = HandOver(limit=100)
    reading = threading.Thread(target=lambda: [queue.put(frame(n)) for n in range(5)])
    reading.start()
    found = [queue.take(5) for _ in range(5)]
    reading.join(5)
    assert [a.item.pts for a in found if a is not None] == [0, 1, 2, 3, 4]


def test_what_the_reading_thread_raised_ends_it_after_the_last_item() -> None:
    queue, cause = HandOver(), ValueError("broken")
    queue.put(frame(0))
    queue.end(cause)
    assert queue.take(1) is not None
    with pytest.raises(Ended) as ended:
        queue.take(1)
    assert ended.value.__cause__ is cause


def test_closing_wakes_a_thread_that_waits_for_room() -> None:
    queue, refused = HandOver(limit=100), threading.Event()

    def fill() -> None:
        try:
            while True:
                queue.put(frame(0))
        except Refused:
            refused.set()

    threading.Thread(target=fill, daemon=True).start()
    queue.take(5)
    queue.close()
    assert refused.wait(5)
