"""Frames from a list into a list: in order, with steps that drop or fail between."""

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

import numpy as np
import pytest

from avio_cli.media.frame import Frame
from avio_cli.pipeline import AHEAD, apply_steps, read_ahead, run_pipeline

HANG_SECONDS = 60


def frames(count: int | None = None) -> Iterator[Frame]:
    numbers = itertools.count() if count is None else range(count)
    for index in numbers:
        planes = (np.zeros((2, 2, 3), np.uint8),)
        yield Frame(planes, "bgr24", index, index * 10, Fraction(1, 250))


class ListSink:
    def __init__(self, fail_at: int = -1) -> None:
        self.frames: list[Frame] = []
        self.calls: list[str] = []
        self._fail_at = fail_at

    def write(self, frame: Frame) -> None:
        if frame.index == self._fail_at:
            raise OSError("sink is full")
        self.frames.append(frame)

    def finish(self) -> None:
        self.calls.append("finish")

    def close(self) -> None:
        self.calls.append("close")

    @property
    def indices(self) -> list[int]:
        return [frame.index for frame in self.frames]


def brighten(frame: Frame) -> Frame:
    frame.planes[0][:] += 1
    return frame


def drop_odd(frame: Frame) -> Frame | None:
    return None if frame.index % 2 else frame


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    wait_until(lambda: threading.active_count() <= before)


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + HANG_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)


class TestRun:
    @pytest.mark.parametrize("count", [0, 1, 3, 50])
    def test_every_frame_reaches_every_sink_in_order(self, count: int) -> None:
        outputs = [ListSink(), ListSink()]
        assert run_pipeline(frames(count), [], outputs) == count
        assert outputs[0].indices == outputs[1].indices == list(range(count))

    def test_steps_are_done_in_order(self) -> None:
        def double(frame: Frame) -> Frame:
            frame.planes[0][:] *= 2
            return frame

        sink = ListSink()
        run_pipeline(frames(3), [brighten, double], [sink])
        assert [int(frame.planes[0].max()) for frame in sink.frames] == [2, 2, 2]

    def test_a_dropped_frame_reaches_neither_later_steps_nor_outputs(self) -> None:
        seen: list[int] = []

        def note(frame: Frame) -> Frame:
            seen.append(frame.index)
            return frame

        sink = ListSink()
        assert run_pipeline(frames(6), [drop_odd, note], [sink]) == 3
        assert sink.indices == seen == [0, 2, 4]

    def test_a_step_may_give_another_frame(self) -> None:
        other = next(frames(1))
        sink = ListSink()
        run_pipeline(frames(2), [lambda _: other], [sink])
        assert sink.frames == [other, other]

    def test_each_frame_read_is_reported_even_those_dropped(self) -> None:
        reported: list[int] = []
        run_pipeline(
            frames(4),
            [drop_odd],
            [ListSink()],
            on_frame=lambda f: reported.append(f.index),
        )
        assert reported == [0, 1, 2, 3]

    def test_without_reading_ahead_each_frame_is_done_before_the_next_is_read(
        self,
    ) -> None:
        done: list[int] = []

        def read() -> Iterator[Frame]:
            for frame in frames(4):
                assert done == list(range(frame.index))
                yield frame

        run_pipeline(
            *(read(), [drop_odd], [ListSink()]),
            on_done=lambda f: done.append(f.index),
            ahead=0,
        )
        assert done == [0, 1, 2, 3]

    def test_outputs_are_neither_finished_nor_closed(self) -> None:
        sink = ListSink()
        run_pipeline(frames(2), [], [sink])
        assert sink.calls == []

    def test_a_step_that_raises_ends_it(self) -> None:
        def fail(frame: Frame) -> Frame:
            if frame.index == 3:
                raise LookupError("in the step")
            return frame

        sink = ListSink()
        with pytest.raises(LookupError, match="in the step"):
            run_pipeline(frames(), [fail], [sink])
        assert sink.indices == [0, 1, 2]

    def test_a_sink_that_raises_ends_it(self) -> None:
        first, second = ListSink(), ListSink(fail_at=2)
        with pytest.raises(OSError, match="sink is full"):
            run_pipeline(frames(), [], [first, second])
        assert first.indices == [0, 1, 2]
        assert second.indices == [0, 1]

    def test_a_source_that_raises_does_so_after_all_it_gave(self) -> None:
        def torn() -> Iterator[Frame]:
            yield from frames(7)
            raise LookupError("in the source")

        sink = ListSink()
        with pytest.raises(LookupError, match="in the source"):
            run_pipeline(torn(), [], [sink])
        assert sink.indices == list(range(7))

    def test_reading_goes_on_during_a_step_but_not_far(self) -> None:
        read = 0

        def counted() -> Iterator[Frame]:
            nonlocal read
            for frame in frames(100):
                read += 1
                yield frame

        most: list[int] = []

        def slow(frame: Frame) -> Frame:
            if frame.index < 3:
                wait_until(lambda: read >= frame.index + AHEAD)
                time.sleep(0.02)
                most.append(read - frame.index)
            return frame

        run_pipeline(counted(), [slow], [ListSink()])
        assert max(most) <= AHEAD + 2


class TestReadAhead:
    @pytest.mark.parametrize("depth", [1, 2, 4])
    @pytest.mark.parametrize("taken", [0, 1, 3])
    def test_an_endless_source_left_early_leaves_no_thread(
        self, depth: int, taken: int
    ) -> None:
        items = read_ahead(itertools.count(), depth)
        assert [next(items) for _ in range(taken)] == list(range(taken))
        items.close()  # type: ignore[attr-defined]

    @pytest.mark.parametrize("depth", [1, 2, 4])
    @pytest.mark.parametrize("left", [0, 1, 2])
    def test_so_does_a_source_near_its_end(self, depth: int, left: int) -> None:
        items = read_ahead(range(3 + left), depth)
        for _ in range(3):
            next(items)
        time.sleep(0.01)
        items.close()  # type: ignore[attr-defined]

    def test_a_generator_behind_it_is_closed(self) -> None:
        closed = threading.Event()

        def source() -> Iterator[int]:
            try:
                yield from itertools.count()
            finally:
                closed.set()

        items = read_ahead(source(), 2)
        next(items)
        items.close()  # type: ignore[attr-defined]
        assert closed.wait(HANG_SECONDS)

    @pytest.mark.parametrize("items", [[], [1], list(range(100))])
    def test_all_items_come_in_order(self, items: Iterable[int]) -> None:
        assert list(read_ahead(items, 3)) == list(items)

    def test_even_an_interruption_in_the_source_arrives(self) -> None:
        def interrupted() -> Iterator[int]:
            yield 1
            raise KeyboardInterrupt

        items = read_ahead(interrupted(), 2)
        assert next(items) == 1
        with pytest.raises(KeyboardInterrupt):
            next(items)


def test_steps_stop_at_the_first_that_drops() -> None:
    frame = next(frames(1))
    assert apply_steps(frame, []) is frame
    assert apply_steps(frame, [lambda _: None, brighten]) is None
    assert apply_steps(frame, [brighten, lambda _: None]) is None
