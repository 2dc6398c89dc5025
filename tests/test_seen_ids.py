"""Which ids there were is exact, and takes next to no memory."""

import random
import tracemalloc

from avio_cli.seen_ids import SeenIds


def test_it_is_a_set_of_any_whole_numbers() -> None:
    draw = random.Random(7)
    given = [draw.randrange(-600, 600) for _ in range(1000)] + [2**62, 2**62]
    seen, known = SeenIds(), set[int]()
    for number in given:
        assert seen.add(number) == (number not in known)
        known.add(number)
        assert number in seen
    assert list(seen) == sorted(known)
    assert len(seen) == len(known)
    assert [n for n in range(-700, 700) if n in seen] == sorted(known)[:-1]


def test_a_month_of_ids_takes_little_memory() -> None:
    tracemalloc.start()
    try:
        seen = SeenIds(range(1, 200_000))
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(seen) == 199_999
    assert used < 250_000  # a set of them: 16 MB
