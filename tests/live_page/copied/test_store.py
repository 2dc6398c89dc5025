"""The store: where viewers begin, who is moved on, and how much it holds."""

from fractions import Fraction

import pytest

from avio_cli.live_page.copied import store as module
from avio_cli.live_page.copied.fragments import Fragment, Header
from avio_cli.live_page.copied.store import Batch, PacketStore

NEW = (0, 0)


def filled(count: int = 40, group: int = 10, shown: float = 25.0) -> PacketStore:
    """Fragments of a second each: the number of one is its time and its data."""
    store = PacketStore()
    store.begin(Header(b"header"), new_clock=False)
    store.show(shown, b"")
    for number in range(count):
        store.add(fragment(number, is_key=number % group == 0))
    return store


def fragment(number: int, *, is_key: bool) -> Fragment:
    return Fragment(b"%03d " % number, Fraction(number), is_key)


def numbers(batch: Batch | None) -> list[int]:
    assert batch is not None
    return [int(word) for word in batch.fragments.split()]


def test_a_viewer_begins_at_the_keyframe_before_what_is_shown() -> None:
    batch = filled().after(NEW)
    assert batch is not None
    assert (batch.header, numbers(batch)[0]) == (b"header", 20)


def test_it_gets_each_thing_once_and_boxes_with_it() -> None:
    store = filled()
    first = store.after(NEW)
    assert first is not None
    assert store.after(first.cursor) is None
    store.show(26.0, b'{"frame":26}')
    store.add(fragment(40, is_key=True))
    store.show(27.0, b'{"frame":27}')
    second = store.after(first.cursor)
    assert second is not None
    assert (second.header, numbers(second)) == (b"", [40])
    assert second.boxes == b'[{"frame":26},{"frame":27}]'


def test_one_that_falls_behind_is_moved_to_a_keyframe() -> None:
    store = filled(count=1, shown=0.0)
    first = store.after(NEW)
    assert first is not None
    for number in range(1, 60):
        store.add(fragment(number, is_key=number % 10 == 0))
        store.show(float(number), b"")
    moved = store.after(first.cursor)
    assert moved is not None
    assert (moved.header, numbers(moved)[0]) == (b"", 50)


def test_one_that_is_a_little_behind_loses_nothing() -> None:
    store = filled(count=30, shown=29.0)
    first = store.after(NEW)
    assert first is not None
    store.add(fragment(30, is_key=True))
    store.show(30.0, b"")
    store.add(fragment(31, is_key=True))
    assert numbers(store.after(first.cursor)) == [30, 31]


def test_it_is_bounded_without_keyframes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    store = filled(count=1000, group=10_000)
    assert store._bytes <= 100
    assert store.after(NEW) is None  # until the next keyframe
    store.add(fragment(1000, is_key=True))
    assert numbers(store.after(NEW)) == [1000]


def test_much_comes_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 8)
    store, cursor, got = filled(), NEW, []
    while (batch := store.after(cursor)) is not None:
        cursor = batch.cursor
        assert len(batch.fragments) <= 12
        got += numbers(batch)
    assert got == list(range(20, 40))


def test_another_stream_begins_with_its_header() -> None:
    store = filled()
    first = store.after(NEW)
    assert first is not None
    store.begin(Header(b"other"), new_clock=True)
    store.add(fragment(7, is_key=True))
    other = store.after(first.cursor)
    assert other is not None
    assert (other.header, numbers(other)) == (b"other", [7])


def test_boxes_are_bounded_though_no_fragment_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    store = filled(count=1)
    for number in range(1000):
        store.show(26.0 + number, b"{}")
    assert sum(len(item.data) for item in store._items) <= 100
    store.add(fragment(40, is_key=True))
    assert numbers(store.after(NEW)) == [40]


def test_keyframes_are_known_of_what_is_held() -> None:
    """Without a look at all that is held: viewers ask many times a second."""
    store = filled(count=1000, group=7, shown=900.0)
    held = [item for item in store._items if item.fragment and item.fragment.is_key]
    assert list(store._keys) == held
    assert 880 < held[0].number < 900 < held[-1].number
    store.clear()
    assert not store._keys


def test_a_failure_is_over_with_the_next_stream() -> None:
    store = filled()
    store.fail("it broke")
    store.begin(Header(b"other"), new_clock=True)
    assert store.failure == ""
