from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avio_cli.vision.trackers.frame_clock import TrackerClock

RATES = st.sampled_from(
    [Fraction(r) for r in (7, 10, 24, 25, 30, 50, 60, 120)] + [Fraction(30000, 1001)]
)


@settings(deadline=None)
@given(RATES, st.integers(0, 10**6), st.integers(0, 10**5))
def test_frames_of_an_even_rate_are_exactly_one_apart(
    rate: Fraction, start: int, index: int
) -> None:
    clock = TrackerClock(rate)
    for frame in range(index, index + 4):
        assert clock.advance(float(start + frame / rate)) == 1.0
    assert clock.now == clock.frames == 4


def test_time_between_frames_counts_in_fractions() -> None:
    clock = TrackerClock(Fraction(30))
    clock.advance(10)
    assert clock.advance(10.05) == 1.5
    assert clock.advance(12.05) == 60
    assert clock.now == 62.5
    assert clock.since(12.1) == pytest.approx(1.5, abs=1 / 1024)
    assert clock.since(12) == 0


def test_a_clock_that_goes_back_counts_one_frame() -> None:
    clock = TrackerClock(Fraction(30))
    clock.advance(100)
    assert clock.advance(0) == 1
    assert clock.advance(2 / 30) == 2


def test_counting_ignores_time() -> None:
    clock = TrackerClock(Fraction(30), counting=True)
    assert [clock.advance(seconds) for seconds in (0, 5, 2)] == [1, 1, 1]
    assert clock.since(100) == 0
