"""Timecodes: labels counted one by one are the truth."""

from fractions import Fraction

import pytest

from avio_cli.media.timecode import Timecode

RATES = [
    (Fraction(30000, 1001), True),
    (Fraction(60000, 1001), True),
    (Fraction(24000, 1001), False),
    (Fraction(25), False),
]


def labels(count: int, per_second: int, *, drop: bool) -> list[Timecode]:
    """The first labels of a day."""
    found: list[Timecode] = []
    minute = 0
    while len(found) < count:
        first = per_second // 15 if drop and minute % 10 else 0
        found += [
            Timecode(minute, number // per_second, number % per_second, drop)
            for number in range(first, 60 * per_second)
        ]
        minute += 1
    return found


@pytest.mark.parametrize(("rate", "drop"), RATES)
@pytest.mark.parametrize("first", [0, 1799, 17_982])
@pytest.mark.sampled(4)
def test_a_later_label_is_the_one_that_is_counted(
    rate: Fraction, drop: bool, first: int
) -> None:
    truth = labels(120_000, round(rate), drop=drop)

    for frames in (0, 1, 2, 1798, 1800, 3598, 17_981, 17_982, 40_000, 100_000):
        assert truth[first].later(frames, rate) == truth[first + frames]


def test_midnight_is_passed() -> None:
    code = Timecode.parse("23:59:59:24")

    assert code is not None
    assert str(code.later(1, Fraction(25))) == "00:00:00:00"


def test_text_is_read_and_written() -> None:
    assert str(Timecode.parse("10:20:30;02")) == "10:20:30;02"
    assert str(Timecode.parse("10:20:30:02")) == "10:20:30:02"
    assert Timecode.parse("yesterday") is None


def test_another_rate_has_other_frames_in_a_second() -> None:
    code = Timecode.parse("00:00:58;15")

    assert code is not None
    assert str(code.at_rate(Fraction(30000, 1001), Fraction(25))) == "00:00:58:12"
    assert str(code.at_rate(Fraction(30000, 1001), Fraction(60000, 1001))) == (
        "00:00:58;30"
    )
