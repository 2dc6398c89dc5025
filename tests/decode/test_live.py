"""Live sources are opened again, and their times continue."""

from collections.abc import Callable, Generator
from fractions import Fraction
from typing import cast

import numpy as np

from avio_cli.decode.live import Item, ReconnectingReader
from avio_cli.decode.reader import MediaReader
from avio_cli.errors import InputError
from avio_cli.media.frame import AudioBlock, Frame

BASE = Fraction(1, 10)


class Connection:
    """A reader that gives some frames, then ends or fails."""

    def __init__(self, times: list[int], error: Exception | None = None) -> None:
        self.times, self.error = times, error
        self.closed = self.abandoned = False

    def items(self) -> Generator[Item, None, None]:
        for time in self.times:
            if self.abandoned:
                return
            plane = np.zeros((2, 2), np.uint8)
            yield Frame((plane,), "gray", 0, time, BASE)
            yield AudioBlock(np.zeros((4800, 2), np.int16), 48000, time, BASE)
        if self.error:
            raise self.error

    def abandon(self) -> None:
        self.abandoned = True

    def close(self) -> None:
        self.closed = True


def reading(*connections: Connection) -> ReconnectingReader:
    """Over these connections; there is no other after them."""
    waiting = iter(connections)

    def connect() -> Connection:
        found = next(waiting, None)
        if found is None:
            reader.abandon()
            return Connection([])
        return found

    opened = cast("Callable[[], MediaReader]", connect)
    reader = ReconnectingReader(opened, first_delay=0.01)
    return reader


def times(reader: ReconnectingReader) -> list[int]:
    return [item.pts for item in reader.items() if isinstance(item, Frame)]


def test_it_continues_after_the_source_was_interrupted() -> None:
    broken = Connection([0, 1, 2], InputError("the camera is gone"))
    reader = reading(broken, Connection([3, 4]))
    assert times(reader) == [0, 1, 2, 3, 4]
    assert broken.closed


def test_times_that_start_again_are_continued() -> None:
    reader = reading(Connection([100, 101]), Connection([0, 1, 2]))
    found = times(reader)
    assert found == sorted(found)
    assert found[:2] == [100, 101]
    assert found[2] - found[1] <= 1
    assert [after - found[2] for after in found[2:]] == [0, 1, 2]


def test_audio_and_frames_are_moved_together() -> None:
    reader = reading(Connection([50]), Connection([0, 1]))
    items = list(reader.items())
    pairs = zip(items[::2], items[1::2], strict=True)
    assert all(frame.time == block.time for frame, block in pairs)


def test_it_ends_when_it_is_abandoned() -> None:
    connection = Connection(list(range(100)))
    reader = reading(connection)
    items = reader.items()
    next(items)
    reader.abandon()
    assert len(list(items)) <= 1
    assert connection.closed
