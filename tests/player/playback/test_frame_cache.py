"""FrameCache: consecutive frames without a gap, limited in bytes."""

from fractions import Fraction

from avio_cli.player.playback.frame_cache import FrameCache
from tests.player.making import BASE, frame

SIZE = frame(0).nbytes


def filled(times: list[int], limit: int = 100) -> FrameCache:
    cache = FrameCache(limit * SIZE)
    for time in times:
        cache.add(frame(time))
    return cache


def pts_of(cache: FrameCache) -> list[int]:
    pts, time = [], Fraction(-1)
    while (following := cache.after(time)) is not None:
        pts.append(following.pts)
        time = following.time
    return pts


def test_frames_before_and_after_are_returned_at_any_rate() -> None:
    cache = filled([0, 3, 4, 10])
    assert pts_of(cache) == [0, 3, 4, 10]
    before = cache.before(4 * BASE)
    assert before is not None
    assert before.pts == 3
    assert cache.before(0 * BASE) is None
    assert cache.after(10 * BASE) is None


def test_the_oldest_are_dropped_when_memory_is_full() -> None:
    cache = filled(list(range(10)), limit=4)
    assert pts_of(cache) == [6, 7, 8, 9]
    assert cache.bytes == 4 * SIZE


def test_two_frames_stay_however_large_they_are() -> None:
    assert pts_of(filled([1, 2, 3], limit=0)) == [2, 3]


def test_a_cached_frame_is_not_added_twice() -> None:
    cache = filled([0, 1, 2])
    cache.add(frame(1))
    cache.add(frame(2))
    assert pts_of(cache) == [0, 1, 2]


def test_earlier_frames_replace_the_latest() -> None:
    cache = filled([5, 6, 7], limit=4)
    assert cache.prepend([frame(3), frame(4)])
    assert pts_of(cache) == [3, 4, 5, 6]


def test_earlier_frames_keep_the_others_if_there_is_room() -> None:
    cache = filled([5, 6])
    assert not cache.prepend([frame(3), frame(4), frame(5)])
    assert pts_of(cache) == [3, 4, 5, 6]


def test_the_frame_at_a_time_is_certain_only_inside() -> None:
    cache = filled([10, 20, 30])
    at = cache.at(15 * BASE)
    assert at is not None
    assert at.pts == 20
    assert cache.at(5 * BASE) is None, "there may be frames between 5 and 10"
    assert cache.at(31 * BASE) is None
    cache.reaches_start = True
    at = cache.at(5 * BASE)
    assert at is not None
    assert at.pts == 10


def test_without_its_first_frame_it_does_not_reach_the_start() -> None:
    cache = filled([0, 1], limit=3)
    cache.reaches_start = True
    cache.add(frame(2))
    assert cache.reaches_start
    cache.add(frame(3))
    assert not cache.reaches_start
