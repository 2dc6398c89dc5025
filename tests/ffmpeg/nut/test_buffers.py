"""Memory of large packets is used again, and never while somebody holds it."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from avio_cli.ffmpeg.nut import buffers
from avio_cli.ffmpeg.nut.buffers import BufferPool

SIZE = 1 << 16


@pytest.fixture
def pool() -> Iterator[BufferPool]:
    """One in use."""
    pool = BufferPool()
    with pool.while_in_use():
        yield pool


def test_what_a_view_still_shows_is_not_used_again(pool: BufferPool) -> None:
    first = pool.take(SIZE)
    first[:] = 7
    view = first[100:200].reshape(10, 10)
    del first
    pool.take(SIZE)[:] = 8
    assert (view == 7).all()
    assert pool.free_count == 1, "the second one"
    del view
    assert pool.free_count == 2


def test_two_sizes_wait_beside_each_other(pool: BufferPool) -> None:
    small, large = pool.take(SIZE), pool.take(2 * SIZE)
    addresses = {small.ctypes.data, large.ctypes.data}
    for _ in range(3):
        del small, large
        assert pool.free_count == 2
        small, large = pool.take(SIZE), pool.take(2 * SIZE)
        assert (small.size, large.size) == (SIZE, 2 * SIZE)
        assert {small.ctypes.data, large.ctypes.data} == addresses


def test_packets_of_any_size_share_few_rooms() -> None:
    """Each room has a type, which lasts as long as the process."""
    pool, types = BufferPool(), buffers._lease_type.cache_info
    before = types().currsize
    for size in range(SIZE, 2 * SIZE, 7):
        assert pool.take(size).size == size
    assert types().currsize - before <= 17
    assert all(n <= buffers._rounded(n) <= n * 17 / 16 for n in range(16, 3 * SIZE, 11))


def test_only_so_much_waits_and_the_oldest_gives_way() -> None:
    pool = BufferPool(most_free=4 * SIZE)
    with pool.while_in_use():
        held = [pool.take(SIZE) for _ in range(6)]
        held.clear()
        assert pool.free_count == 4
        pool.take(2 * SIZE)
        assert pool.free_count == 3, "two of the first size, and the other"


def test_the_more_is_held_the_less_waits() -> None:
    pool = BufferPool(most=5 * SIZE)
    counts = []
    with pool.while_in_use():
        held = [pool.take(SIZE) for _ in range(8)]
        while held:
            del held[0]
            counts.append(pool.free_count)
    assert counts == [0, 0, 0, 1, 2, 3, 4, 5]


def test_nothing_waits_once_the_last_user_has_ended() -> None:
    pool = BufferPool()
    with pool.while_in_use():
        with pool.while_in_use():
            kept, dropped = pool.take(SIZE), pool.take(SIZE)
            del dropped
        assert pool.free_count == 1
    assert pool.free_count == 0
    kept[:] = 7
    del kept
    assert pool.free_count == 0


def test_a_finalizer_never_waits_for_the_lock_of_its_own_thread(
    pool: BufferPool,
) -> None:
    held = [pool.take(SIZE) for _ in range(2)]
    with pool._lock:
        held.pop()
        taken = pool.take(SIZE)
    held.clear()
    assert pool.free_count == 2, "what was returned meanwhile is not lost"
    assert taken.size == SIZE


def test_threads_never_get_what_another_one_holds(pool: BufferPool) -> None:
    wrong: list[int] = []

    def work(mark: int) -> None:
        for turn in range(300):
            data = pool.take(SIZE << turn % 2)
            data[:] = mark
            view = data[::1024]
            del data
            if not np.all(view == mark):
                wrong.append(mark)

    threads = [threading.Thread(target=work, args=(mark,)) for mark in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert not pool._held
    assert pool.free_count <= 2 * len(threads)
