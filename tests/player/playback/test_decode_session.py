"""DecodeSession: frames and audio have separate queues; neither stops the other."""

import time
from collections.abc import Callable, Generator, Iterable
from fractions import Fraction

import pytest

from avio_cli.errors import InputError
from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.player.playback.decode_session import DecodeSession
from avio_cli.player.playback.open_settings import BufferLimits
from tests.player.making import block, frame

Item = Frame | AudioBlock


class ListReader:
    """Reads a list; an exception in it is raised."""

    def __init__(self, items: Iterable[Item | Exception]) -> None:
        self._items = items
        self.abandoned = self.closed = False
        self.given = 0

    def items(self) -> Generator[Item, None, None]:
        for item in self._items:
            if self.abandoned:
                return
            if isinstance(item, Exception):
                raise item
            self.given += 1
            yield item

    def damage(self) -> str:
        return "three frames are missing"

    def abandon(self) -> None:
        self.abandoned = True

    def close(self) -> None:
        self.closed = True


SMALL = BufferLimits(
    enough_video_bytes=4 * 64, max_video_bytes=16 * 64, enough_audio_seconds=0.5
)


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it never came"
        time.sleep(0.001)


def settled(reader: ListReader) -> int:
    """How much was read when nothing more is."""
    given = -1
    while given != reader.given:
        given = reader.given
        time.sleep(0.05)
    return given


def test_reading_stops_when_there_is_enough_of_both() -> None:
    items = [item for i in range(100) for item in (frame(i), block(i / 10, 0.1))]
    reader = ListReader(items)
    session = DecodeSession(reader, has_audio=True, limits=SMALL)
    assert settled(reader) < 20
    session.close()
    session.join(60)
    assert reader.closed


def test_late_audio_cannot_stop_the_frames() -> None:
    """Twelve frames before any audio: more than enough, but below the hard limit."""
    reader = ListReader([*map(frame, range(12)), block(0, 1)])
    session = DecodeSession(reader, has_audio=True, limits=SMALL)
    wait_for(lambda: session.has_queued_audio)
    session.close()


def test_without_audio_no_more_frames_than_the_hard_limit_are_queued() -> None:
    reader = ListReader(map(frame, range(1000)))
    session = DecodeSession(reader, has_audio=True, limits=SMALL)
    given = settled(reader)
    assert given <= 17
    assert session.take_frame() is not None
    wait_for(lambda: reader.given > given)
    session.close()
    session.join(60)


def test_late_frames_do_not_stop_the_audio() -> None:
    reader = ListReader([*(block(i, 1) for i in range(30)), frame(3000)])
    session = DecodeSession(reader, has_audio=True, limits=SMALL)
    wait_for(lambda: session.peek_frame() is not None)
    assert session.ready
    session.close()


def test_a_frame_is_expected_until_the_audio_fills_its_queue() -> None:
    limits = BufferLimits(max_audio_seconds=5)
    short = DecodeSession(ListReader([block(0, 1)]), has_audio=True)
    wait_for(lambda: short.at_end)
    assert not short.expects_frame, "it has ended"
    reader = ListReader(block(i, 1) for i in range(30))
    full = DecodeSession(reader, has_audio=True, limits=limits)
    wait_for(lambda: reader.given >= 5 and not full.expects_frame)
    assert full.ready
    full.take_audio()
    full.close()
    alone = DecodeSession(ListReader([]), has_video=False, has_audio=True)
    assert not alone.expects_frame


def test_an_error_is_kept_until_it_is_asked_for() -> None:
    session = DecodeSession(ListReader([frame(0), InputError("it is corrupt")]))
    wait_for(lambda: session.at_end)
    assert session.take_frame() is not None
    with pytest.raises(InputError, match="corrupt"):
        session.raise_error()


def test_discarded_audio_takes_no_room() -> None:
    reader = ListReader([item for i in range(50) for item in (block(i, 1), frame(i))])
    session = DecodeSession(reader, has_audio=True, limits=SMALL)
    session.discard_audio()
    for _ in range(50):
        wait_for(lambda: session.peek_frame() is not None)
        session.take_frame()
    wait_for(lambda: session.at_end)
    assert session.take_audio() is None


def test_a_transform_gets_all_frames_in_order() -> None:
    def transform(frames: Iterable[Frame]) -> Generator[Frame, None, None]:
        for one in frames:
            one.index = one.pts * 2
            yield one

    session = DecodeSession(ListReader(map(frame, range(3))), transform=transform)
    wait_for(lambda: session.at_end)
    indices = [session.take_frame() for _ in range(3)]
    assert [one.index for one in indices if one] == [0, 2, 4]


def test_audio_is_skipped_whether_queued_or_still_to_come() -> None:
    blocks = [block(i / 10, 0.1, i) for i in range(20)]
    reader = ListReader([*blocks[:3], frame(0), *blocks[3:]])
    session = DecodeSession(reader, has_audio=True)
    wait_for(lambda: session.has_queued_audio)
    session.skip_audio(Fraction(11, 20))
    wait_for(lambda: session.at_end)
    first = session.take_audio()
    assert first is not None
    assert (first.time, first.duration) == (Fraction(11, 20), Fraction(1, 20))


def test_it_can_reach_only_what_was_not_taken() -> None:
    items = [item for i in range(9) for item in (frame(i * 10), block(i / 10, 0.1))]
    session = DecodeSession(ListReader(items), has_audio=True)
    wait_for(lambda: session.at_end)
    assert session.can_reach(Fraction(1, 2))
    assert not session.can_reach(Fraction(2)), "it ends before"
    for _ in range(3):
        session.take_audio()
    assert session.can_reach(Fraction(3, 10))
    assert not session.can_reach(Fraction(1, 4))
    session.discard_audio()
    assert not session.can_reach(Fraction(1, 2))


def test_the_last_decoded_time_is_known_when_all_is_taken() -> None:
    session = DecodeSession(ListReader([frame(0), frame(1), frame(2)]))
    wait_for(lambda: session.at_end)
    assert session.last_decoded_time == frame(2).time
    while session.take_frame() is not None:
        pass
    assert session.last_decoded_time == frame(2).time
    assert not session.can_reach(frame(2).time), "nothing more will come"


def test_it_does_not_decode_forward_through_a_transform() -> None:
    session = DecodeSession(
        ListReader([frame(0)]), transform=lambda frames: (f for f in frames)
    )
    assert not session.can_reach(Fraction(0))
    session.close()
