"""Memory of large packets is used again, and never while somebody holds it."""

from avio_cli.ffmpeg.nut.buffers import BufferPool

SIZE = 1 << 16


def test_what_a_view_still_shows_is_not_used_again() -> None:
    pool = BufferPool()
    first = pool.take(SIZE)
    first[:] = 7
    view = first[100:200].reshape(10, 10)
    del first
    pool.take(SIZE)[:] = 8
    assert (view == 7).all()
    assert pool.free_count == 1, "the second one"
    del view
    assert pool.free_count == 2


def test_only_so_much_waits_and_of_one_size() -> None:
    pool = BufferPool(most_free=3 * SIZE)
    held = [pool.take(SIZE) for _ in range(5)]
    held.clear()
    assert pool.free_count == 3
    other = pool.take(2 * SIZE)
    assert pool.free_count == 0
    assert other.size == 2 * SIZE
