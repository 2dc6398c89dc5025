"""Times go on by the wall clock where a source's own cannot be used."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from avio_cli.decode.live.timeline import Timeline
from avio_cli.media.frame import AudioBlock, Frame

FINE = Fraction(1, 90000)
STEP = Fraction(1, 25)


def frame(time: Fraction | float) -> Frame:
    pts = round(Fraction(time) / FINE)
    return Frame((np.zeros((2, 2), np.uint8),), "gray", 0, pts, FINE)


def block(time: Fraction | float, samples: int = 1920) -> AudioBlock:
    base = Fraction(1, 48000)
    silence = np.zeros((samples, 2), np.int16)
    return AudioBlock(silence, 48000, round(Fraction(time) / base), base)


class Run:
    """A timeline, and a wall clock that each item moves on."""

    def __init__(self, *, paced: bool = True) -> None:
        self.jumps = 0
        self.timeline = Timeline(paced=paced, on_jump=self._jump)
        self.now = 1000.0

    def _jump(self) -> None:
        self.jumps += 1

    def frames(self, start: float, count: int, every: float = 0.04) -> list[float]:
        """So many frames from a time of the source on; returns the times they get."""
        found = []
        for number in range(count):
            placed = self.timeline.place(frame(start + number * STEP), self.now)
            found.append(float(placed.time))
            self.now += every
        return found

    def reconnect(self, after: float, opening: float = 2.0) -> None:
        """It is away, and then `opening` seconds of it pass before the first frame."""
        self.now += after - opening
        self.timeline.connect(self.now)
        self.now += opening


def steps(times: list[float]) -> list[float]:
    return [after - before for before, after in itertools.pairwise(times)]


def test_an_interruption_is_as_long_as_on_the_wall_clock() -> None:
    run = Run()
    before = run.frames(50, 100)
    run.reconnect(after=600)
    after = run.frames(0, 10)
    assert after[0] - before[-1] == pytest.approx(599.04, abs=0.01)  # a second old
    assert steps(after) == pytest.approx([0.04] * 9, abs=1e-4)


def test_a_frame_is_not_older_than_the_connection_that_brings_it() -> None:
    run = Run()
    before = run.frames(50, 100)
    run.reconnect(after=1.1, opening=0.3)
    after = run.frames(0, 10)
    assert after[0] - before[-1] == pytest.approx(1.1 + 0.04 - 0.3, abs=0.01)


def test_a_clock_that_went_on_by_itself_is_kept_exactly() -> None:
    run = Run()
    run.frames(50, 100)
    run.reconnect(after=10)
    assert run.frames(64.4, 2) == pytest.approx([64.4, 64.44], abs=1e-4)


def test_many_interruptions_do_not_add_up_to_a_wrong_time() -> None:
    run = Run()
    first = run.frames(0, 25, every=0.01)[0]  # what a server sends at once
    run.now += 0.75
    run.frames(1, 500)
    began = run.now
    for _ in range(50):
        run.reconnect(after=3)
        latest = run.frames(7000, 25, every=0.01)[-1]
        run.now += 0.75
    assert first == 0
    assert latest == pytest.approx(21 + run.now - began, abs=2)


def test_a_clock_that_goes_back_is_followed_by_arrival() -> None:
    """A muxer has moved each frame a tick behind the one before."""
    run = Run()
    before = run.frames(100, 100)
    moved = [
        float(run.timeline.place(frame(before[-1] + tick * FINE), run.now + tick).time)
        for tick in range(1, 6)
    ]
    assert steps(moved) == pytest.approx([1.0] * 4, abs=0.01)
    assert run.jumps == 1


def test_a_clock_that_leaps_ahead_of_the_wall_clock_is_not_followed() -> None:
    run = Run()
    before = run.frames(0, 100)
    after = run.frames(5000, 10)
    assert steps([before[-1], *after]) == pytest.approx([0.04] * 10, abs=0.01)
    assert run.jumps == 1


def test_a_gap_that_took_its_time_is_kept() -> None:
    run = Run()
    before = run.frames(0, 100)
    run.now += 7
    after = run.frames(float(100 * STEP) + 7, 3)
    assert after[0] - before[-1] == pytest.approx(7.04, abs=0.01)
    assert run.jumps == 0


def test_a_download_faster_than_real_time_is_not_taken_for_a_leap() -> None:
    run = Run(paced=False)
    slides = [float(run.timeline.place(frame(10 * n), run.now).time) for n in range(9)]
    assert slides == [10.0 * n for n in range(9)]
    assert run.jumps == 0


def test_images_without_times_get_those_of_their_arrival() -> None:
    run = Run()
    run.timeline = Timeline(by_arrival=True)
    times = run.frames(0, 5, every=0.1)
    run.reconnect(after=30)
    times += run.frames(0, 2, every=0.1)
    assert times == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 30.5, 30.6], abs=1e-3)


def test_audio_stays_with_its_frames_over_an_interruption() -> None:
    run = Run()
    for number in range(100):
        run.timeline.place(block(number * STEP), run.now)
        run.frames(float(number * STEP), 1)
    run.reconnect(after=20)
    shown = run.timeline.place(frame(7), run.now)
    heard = run.timeline.place(block(7), run.now)
    assert shown.time == pytest.approx(heard.time, abs=1e-4)


def test_audio_that_overlaps_what_was_given_is_cut_to_the_sample() -> None:
    run = Run()
    run.timeline.place(block(0, samples=4800), run.now)
    cut = run.timeline.place(block(0.05, samples=4800), run.now)
    assert isinstance(cut, AudioBlock)
    assert len(cut.samples) == 2400
    assert cut.time == Fraction(1, 10)


def test_a_clock_that_jumps_all_the_time_costs_no_more_and_more() -> None:
    """Offsets that are sums of fractions get thousands of digits."""
    run = Run()
    times: list[float] = []
    for number in range(500):
        late = number * 0.6180339887498949 % 1 / 100
        times += run.frames(5 * (number % 2), 1, every=0.04 + late)
    assert times == sorted(set(times))
    assert times[-1] - times[0] == pytest.approx(run.now - 1000, abs=0.1)
    assert run.timeline._video.offset.denominator <= 9_000_000


def test_a_frame_that_comes_at_once_is_shown_after_the_one_before() -> None:
    """In Matroska, too, which counts milliseconds; three ways to come at once."""
    run = Run()
    times = run.frames(50, 100)
    run.reconnect(after=0)
    times += run.frames(53.95, 50)  # its own clock is behind
    run.reconnect(after=0)
    times += run.frames(Fraction(run.timeline.reached or 0) + FINE, 50)  # or just ahead
    run.now -= 0.04
    times += run.frames(0, 50)  # or jumps
    assert min(steps([round(1000 * time) for time in times])) >= 1
