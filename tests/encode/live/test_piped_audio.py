"""Audio reaches the encoder as one run of samples, in step with the frames."""

from fractions import Fraction

import numpy as np
import pytest

from avio_cli.encode.live.piped_audio import (
    IN_STEP,
    LATE_LIVE,
    LATE_UNREAD,
    MOST_WAITING,
    PipedAudio,
)
from avio_cli.media.frame import AudioBlock

RATE = 8000
START = Fraction(100)
"""The time of the source that is 0 in the result."""


def block(time: Fraction | float, seconds: float = 0.1, value: int = 7) -> AudioBlock:
    samples = np.full((round(seconds * RATE), 1), value, np.int16)
    pts = round((START + Fraction(time)) * RATE)
    return AudioBlock(samples, RATE, pts, Fraction(1, RATE))


def opened() -> PipedAudio:
    audio = PipedAudio(RATE, 1, LATE_LIVE)
    audio.begin(START)
    return audio


def joined(blocks: list[AudioBlock]) -> list[int]:
    """The samples, which must follow each other."""
    position, samples = 0, list[int]()
    for part in blocks:
        assert part.pts == position
        position += len(part.samples)
        samples += part.samples[:, 0].tolist()
    return samples


def test_a_gap_is_silence_of_its_length() -> None:
    audio = opened()
    audio.put(block(0))
    audio.put(block(0.5))
    samples = joined(list(audio.until(Fraction(1))))
    assert samples == [7] * 800 + [0] * 3200 + [7] * 800
    assert audio.silent == Fraction(2, 5)


def test_audio_that_starts_late_starts_late_to_the_sample() -> None:
    audio = opened()
    audio.put(block(Fraction(13, 1000)))
    samples = joined(list(audio.until(Fraction(1))))
    assert samples == [0] * 104 + [7] * 800
    assert audio.silent == 0


def test_what_comes_before_the_first_frame_is_cut_to_the_sample() -> None:
    audio = opened()
    audio.put(block(-0.0625))
    assert joined(list(audio.until(Fraction(1)))) == [7] * 300


def test_no_frame_waits_for_audio_and_what_comes_too_late_is_dropped() -> None:
    audio = opened()
    audio.put(block(0))
    first = list(audio.until(Fraction(2)))
    audio.waited(float(LATE_LIVE))
    first += audio.until(Fraction(3))
    assert joined(first) == [7] * 800 + [0] * (2 * RATE - 800)
    audio.put(block(0.1, seconds=2))  # all but the last 0.1 s of it is late
    late = list(audio.until(Fraction(3)))
    assert [len(part.samples) for part in late] == [800]
    assert audio.dropped == Fraction(19, 10)


def test_audio_is_not_late_that_comes_faster_than_it_is_shown() -> None:
    """A backlog, or what waits while an encoder starts: its video may be read first."""
    audio = opened()
    audio.put(block(0))
    taken = list(audio.until(Fraction(1, 10)))
    for second in range(1, 9):
        taken += audio.until(Fraction(second))
        audio.waited(0.01)
    audio.put(block(0.1, seconds=8))
    taken += audio.until(Fraction(9))
    assert joined(taken) == [7] * 64800
    assert (audio.silent, audio.dropped) == (0, 0)


@pytest.mark.parametrize("drift", [Fraction(-15, 1000), Fraction(15, 1000)])
def test_a_clock_that_drifts_a_little_changes_no_sample(drift: Fraction) -> None:
    assert abs(drift) < IN_STEP
    audio = opened()
    audio.put(block(0))
    audio.put(block(Fraction(1, 10) + drift))
    assert joined(list(audio.until(Fraction(1)))) == [7] * 1600


def test_a_live_result_ends_with_its_last_frame() -> None:
    audio = opened()
    audio.put(block(0))
    audio.put(block(0.1))
    assert joined(list(audio.rest(Fraction(3, 20)))) == [7] * 1200
    audio = opened()
    audio.put(block(0))
    audio.put(block(0.1))
    assert joined(list(audio.rest(None))) == [7] * 1600


def test_an_interruption_of_an_hour_is_silence_in_small_blocks() -> None:
    audio = opened()
    audio.put(block(0))
    blocks = list(audio.until(Fraction(3600)))
    assert max(part.nbytes for part in blocks) <= 2 * RATE
    assert sum(len(part.samples) for part in blocks) == (3600 - LATE_UNREAD) * RATE


def test_audio_without_frames_does_not_fill_the_memory() -> None:
    audio = PipedAudio(RATE, 1, LATE_LIVE)
    for second in range(2 * MOST_WAITING):
        audio.put(block(second, seconds=1))
    assert audio.dropped == MOST_WAITING
    audio.begin(START + MOST_WAITING)
    assert len(joined(list(audio.rest(None)))) == MOST_WAITING * RATE
