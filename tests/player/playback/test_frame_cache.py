"""The timeline: a run of frames without a gap, within its bytes."""

from fractions import Fraction

from avio_cli.player.playback.frame_cache import FrameCache, bytes_of
from tests.player.making import BASE, frame

SIZE = bytes_of(frame(0))


def filled(times: list[int], limit: int = 100) -> FrameCache:
    timeline = FrameCache(limit * SIZE)
    for time in times:
        timeline.add(frame(time))
    return timeline


def pts_of(timeline: FrameCache) -> list[int]:
    found, time = [], Fraction(-1)
    while (following := timeline.after(time)) is not None:
        found.append(following.pts)
        time = following.time
    return found


def test_neighbours_are_found_at_any_rate() -> None:
    timeline = filled([0, 3, 4, 10])
    assert pts_of(timeline) == [0, 3, 4, 10]
    before = timeline.before(4 * BASE)
    assert before is not None
    assert before.pts == 3
    assert timeline.before(0 * BASE) is None
    assert timeline.after(10 * BASE) is None


def test_the_oldest_go_when_memory_is_full() -> None:
    timeline = filled(list(range(10)), limit=4)
    assert pts_of(timeline) == [6, 7, 8, 9]
    assert timeline.bytes == 4 * SIZE


def test_two_frames_stay_however_large_they_are() -> None:
    assert pts_of(filled([1, 2, 3], limit=0)) == [2, 3]


def test_what_is_there_already_is_not_put_twice() -> None:
    timeline = filled([0, 1, 2])
    timeline.add(frame(1))
    timeline.add(frame(2))
    assert pts_of(timeline) == [0, 1, 2]


def test_earlier_frames_push_the_latest_out() -> None:
    timeline = filled([5, 6, 7], limit=4)
    assert timeline.prepend([frame(3), frame(4)])
    assert pts_of(timeline) == [3, 4, 5, 6]


def test_earlier_frames_leave_the_others_where_there_is_room() -> None:
    timeline = filled([5, 6])
    assert not timeline.prepend([frame(3), frame(4), frame(5)])
    assert pts_of(timeline) == [3, 4, 5, 6]


def test_the_frame_at_a_time_is_certain_only_inside() -> None:
    timeline = filled([10, 20, 30])
    at = timeline.at(15 * BASE)
    assert at is not None
    assert at.pts == 20
    assert timeline.at(5 * BASE) is None, "there may be frames between 5 and 10"
    assert timeline.at(31 * BASE) is None
    timeline.begins_at_start = True
    at = timeline.at(5 * BASE)
    assert at is not None
    assert at.pts == 10


def test_it_forgets_where_the_source_begins_with_its_first_frame() -> None:
    timeline = filled([0, 1], limit=3)
    timeline.begins_at_start = True
    timeline.add(frame(2))
    assert timeline.begins_at_start
    timeline.add(frame(3))
    assert not timeline.begins_at_start
