"""Exactly what is in a range: to the frame, to the sample."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avio_cli.ffmpeg.seeking import seek_positions
from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.time_range import MICROSECOND, TimeRange

RATE = 48000
BASE = Fraction(1, RATE)


def block(first: int, count: int) -> AudioBlock:
    numbers = np.arange(first, first + count, dtype=np.int16)
    return AudioBlock(numbers.reshape(-1, 1), RATE, first, BASE)


def frame(time: Fraction) -> Frame:
    planes = (np.zeros((2, 2), np.uint8),)
    return Frame(planes, "gray", 0, int(time * 1000), Fraction(1, 1000))


def test_it_is_on_the_sources_clock() -> None:
    wanted = TimeRange.after(Fraction(10), Fraction(1), Fraction(2))
    assert wanted.is_before(Fraction("10.99"))
    assert not wanted.is_before(Fraction(11))
    assert not wanted.is_past(Fraction("11.99"))
    assert wanted.is_past(Fraction(12))
    assert not wanted.is_well_past(Fraction("21.99"))
    assert wanted.is_well_past(Fraction(22))


@pytest.mark.parametrize("rounded", [MICROSECOND / 2, -MICROSECOND / 2])
def test_a_rounded_origin_costs_no_frame(rounded: Fraction) -> None:
    """The container declares that it starts at 1.000001 or 0.999999, rounded."""
    wanted = TimeRange.after(1 + rounded, Fraction(1), None)
    assert not wanted.is_before(Fraction(2))


def test_without_limits_all_is_in_it() -> None:
    wanted = TimeRange.after(Fraction(5), Fraction(0), None)
    for time in (Fraction(-100), Fraction(0), Fraction(10**6)):
        assert not wanted.is_before(time)
        assert not wanted.is_past(time)
        assert not wanted.is_well_past(time)
    assert wanted.starts_at_or_before(None)
    whole = block(0, 10)
    assert wanted.cut(whole) is whole


def test_only_a_frame_at_or_before_the_start_proves_a_good_seek() -> None:
    wanted = TimeRange.after(Fraction(0), Fraction(1), None)
    assert wanted.starts_at_or_before(frame(Fraction(1)))
    assert wanted.starts_at_or_before(frame(Fraction(1, 2)))
    assert not wanted.starts_at_or_before(frame(Fraction("1.001")))
    assert not wanted.starts_at_or_before(block(0, 10))
    assert not wanted.starts_at_or_before(None)


@settings(max_examples=50, deadline=None)
@given(start=st.integers(0, 300), length=st.integers(1, 300), size=st.integers(1, 60))
def test_blocks_of_any_size_are_cut_to_the_sample(
    start: int, length: int, size: int
) -> None:
    wanted = TimeRange(start * BASE, (start + length) * BASE)
    blocks = [wanted.cut(block(first, size)) for first in range(0, 360, size)]
    played = [cut for cut in blocks if len(cut.samples)]
    for cut in played:
        assert cut.pts == cut.samples[0, 0]
    numbers = np.concatenate([cut.samples for cut in played])[:, 0] if played else []
    end = min(start + length, -(-360 // size) * size)
    np.testing.assert_array_equal(numbers, np.arange(start, end))


def test_coarse_ticks_are_rounded() -> None:
    whole = AudioBlock(np.zeros((48, 2), np.int16), RATE, 1000, Fraction(1, 1000))
    cut = TimeRange(Fraction("1.0004"), None).cut(whole)
    assert (len(cut.samples), cut.pts) == (28, 1000)


@pytest.mark.parametrize(
    ("start", "rate", "expected"),
    [
        (0, 25, [0]),
        (Fraction(1, 25), 25, [0]),
        (3, 25, [Fraction("2.92"), 2, 0]),
        (100, None, [Fraction("99.8"), 99, 96, 84, 36, 0]),
    ],
)
def test_seeking_goes_ever_earlier(
    start: Fraction, rate: int | None, expected: list[Fraction]
) -> None:
    found = seek_positions(Fraction(start), Fraction(rate) if rate else None)
    assert list(found) == expected
