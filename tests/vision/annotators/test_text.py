"""What is in use stays in the cache."""

from avio_cli.vision.annotators.text import Recent


def test_what_was_not_used_for_longest_is_dropped() -> None:
    made: list[int] = []
    recent: Recent[int, int] = Recent(3)
    for number in (1, 2, 1, 3, 1, 4, 1, 2):
        assert recent.get(number, lambda: made.append(number) or number) == number  # type: ignore[func-returns-value]  # noqa: B023
    assert made == [1, 2, 3, 4, 2]
    assert len(recent) == 3
