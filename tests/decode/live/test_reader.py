"""Live sources are opened again, and their times continue."""

from collections.abc import Generator
from fractions import Fraction

import numpy as np
import pytest

from avio_cli.decode.live.connection import Silence
from avio_cli.decode.live.hand_over import Item
from avio_cli.decode.live.interruption import Backoff
from avio_cli.decode.live.kinds import LiveRules
from avio_cli.decode.live.reader import LiveReader
from avio_cli.errors import InputError
from avio_cli.media.frame import AudioBlock, Frame

BASE = Fraction(1, 10)


class Connection:
    """A reader that gives some frames, then ends or fails."""

    def __init__(self, times: list[int], error: Exception | None = None) -> None:
        self.times, self.error = times, error
        self.closed = self.abandoned = self.disconnected = False

    def items(self) -> Generator[Item, None, None]:
        for time in self.times:
            if self.abandoned:
                return
            plane = np.zeros((2, 2), np.uint8)
            yield Frame((plane,), "gray", 0, time, BASE)
            yield AudioBlock(np.zeros((4800, 2), np.int16), 48000, time, BASE)
        if self.error:
            raise self.error

    def damage(self) -> str:
        return "it is cut off"

    def abandon(self) -> None:
        self.abandoned = True

    def close(self) -> None:
        self.closed = True


def reading(
    *connections: Connection, ends: bool = False, silence: Silence | None = None
) -> LiveReader:
    """Over these connections; there is no other after them."""
    waiting = iter(connections)

    def connect(audio: bool) -> Connection:
        found = next(waiting, None)
        if found is None:
            reader.abandon()
            return Connection([])
        return found

    rules = LiveRules(ends=ends, audio=True)
    reader = LiveReader(connect, rules, silence=silence, backoff=Backoff(0.01))
    return reader


def times(reader: LiveReader) -> list[int]:
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


class AudioGoesOn(Connection):
    """After its frames only audio comes, as where the codec of the video changes."""

    def items(self) -> Generator[Item, None, None]:
        yield from super().items()
        while not self.abandoned:
            yield AudioBlock(np.zeros((1, 2), np.int16), 48000, self.times[-1], BASE)


def test_audio_alone_is_no_reason_to_wait_for_frames() -> None:
    deaf = AudioGoesOn([0, 1, 2])
    reader = reading(deaf, Connection([0, 1]), silence=Silence(least=0.05))
    assert len(times(reader)) == 5
    assert deaf.closed
    assert reader.health.snapshot().stalls == 1


class AudioFirst(Connection):
    """Joined between two keyframes: audio comes before the first frame can be shown."""

    def items(self) -> Generator[Item, None, None]:
        for item in super().items():
            if isinstance(item, AudioBlock) or item.pts >= 15:
                yield item


class TestLength:
    """What is asked for counts from the first frame."""

    def read(self, length: Fraction, *, video: bool = True) -> list[Item]:
        rules = LiveRules(length=length, audio=True, video=video, ends=True)
        reader = LiveReader(lambda audio: AudioFirst(list(range(40))), rules)
        return list(reader.items())

    def test_audio_before_the_first_frame_does_not_count(self) -> None:
        items = self.read(Fraction(1))
        frames = [item.pts for item in items if isinstance(item, Frame)]
        assert frames == list(range(15, 25))

    def test_audio_is_that_of_the_frames(self) -> None:
        blocks = [i for i in self.read(Fraction(1)) if isinstance(i, AudioBlock)]
        assert blocks[0].pts == 15
        assert abs(sum(block.duration for block in blocks) - 1) < Fraction(1, 1000)

    def test_without_video_it_counts_from_the_first_audio(self) -> None:
        blocks = [
            item
            for item in self.read(Fraction(1), video=False)
            if isinstance(item, AudioBlock)
        ]
        assert [block.pts for block in blocks] == list(range(10))


class TestOneBody:
    """A source that is the body of one response."""

    def test_it_ends_where_the_server_ends_it(self) -> None:
        reader = reading(Connection([0, 1]), Connection([0, 1]), ends=True)
        assert times(reader) == [0, 1]
        assert reader.damage() == "it is cut off"

    def test_what_the_network_broke_off_is_opened_again(self) -> None:
        broken = Connection([0, 1])
        broken.disconnected = True
        reader = reading(broken, Connection([2, 3]), ends=True)
        assert times(reader) == [0, 1, 2, 3]

    def test_what_cannot_be_decoded_is_not_played_again(self) -> None:
        reader = reading(Connection([0, 1], InputError("damaged")), ends=True)
        with pytest.raises(InputError, match="damaged"):
            times(reader)

    def test_what_cannot_be_opened_is_not_tried_for_ever(self) -> None:
        reader = reading(Connection([], InputError("refused")), ends=True)
        with pytest.raises(InputError, match="refused"):
            times(reader)

    def test_what_starts_again_is_skipped_up_to_where_it_was(self) -> None:
        broken = Connection([0, 1])
        broken.disconnected = True
        reader = reading(broken, Connection([0, 1, 2, 3]), ends=True)
        items = list(reader.items())
        assert [i.pts for i in items if isinstance(i, Frame)] == [0, 1, 2, 3]
        assert [i.pts for i in items if isinstance(i, AudioBlock)] == [0, 1, 2, 3]
        assert [i.index for i in items if isinstance(i, Frame)] == [0, 1, 2, 3]
