"""When a source is taken for silent, when it is tried again, and what health says."""

import threading
from fractions import Fraction

import pytest

from avio_cli.decode.live.connection import Silence
from avio_cli.decode.live.health import GAPS_KEPT, Gap, Health
from avio_cli.decode.live.interruption import Backoff, Interruption, SourceLostError


class Watch:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_delays_double_up_to_half_a_minute_and_vary() -> None:
    exact = Backoff(uniform=lambda low, high: (low + high) / 2)
    delays = [exact.next() for _ in range(9)]
    assert delays == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    varied = {Backoff().next() for _ in range(20)}
    assert len(varied) > 10
    assert all(0.4 <= delay <= 0.6 for delay in varied)


def test_a_connection_that_held_is_tried_again_at_once() -> None:
    backoff = Backoff(uniform=lambda low, high: 1.0)
    for _ in range(5):
        backoff.next()
    backoff.succeeded(0.5)
    assert backoff.next() == 16
    backoff.succeeded(10)
    assert backoff.next() == 0.5


def test_a_slow_camera_may_be_silent_for_longer() -> None:
    quick, slow = Silence(0.04), Silence(0.04)
    for number in range(20):
        quick.item(number * 0.04, number * 0.04)
        slow.item(number * 10.0, number * 10.0)
    assert quick.seconds(0, 5.76)[0] == pytest.approx(5.0)
    assert quick.seconds(0, 5.76)[1] == 5.0
    assert slow.seconds(0, 200)[1] == 50.0


def test_a_slow_receiver_is_no_slow_camera() -> None:
    silence = Silence(0.04)
    for number in range(10):
        silence.item(arrival=number * 0.04, now=number * 20.0)
    assert silence.seconds(0, 190)[1] == 5.0


def test_a_camera_that_was_left_too_early_gets_more_time() -> None:
    silence = Silence()
    limits = []
    for _ in range(6):
        silence.connect()
        silence.item(0, 0)
        limits.append(silence.seconds(0, 0)[1])
    assert limits == [5, 10, 20, 40, 60, 60]


def test_it_is_given_up_after_the_timeout_and_not_before() -> None:
    clock = Watch()
    lost = Interruption("cam", Health(), Backoff(), timeout=60, now=clock)
    assert lost.lost("it ended") < 1
    clock.now += 59.5
    assert 0 < lost.lost("still") <= 0.5
    clock.now += 1
    with pytest.raises(SourceLostError, match="cam: lost, and not back within 60 s"):
        lost.lost("still")
    assert lost.gave_up


def test_health_is_whole_though_many_threads_count() -> None:
    health = Health()

    def count() -> None:
        for _ in range(1000):
            health.frame_arrived()
            health.count("dropped")
            health.came_back(Gap(Fraction(1), Fraction(1, 2)))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = health.snapshot()
    assert (found.frames, found.dropped, found.reconnects) == (4000, 4000, 4000)
    assert found.gap_seconds == 2000
    assert len(found.gaps) == GAPS_KEPT


@pytest.mark.parametrize(
    ("after", "until", "found"),
    [(1, 1.5, True), (1, 9, True), (0.5, 1.4, False), (1.5, 9, False)],
)
def test_an_interruption_is_known_by_the_frames_around_its_end(
    after: float, until: float, found: bool
) -> None:
    health = Health()
    health.came_back(Gap(Fraction(1), Fraction(1, 2)))
    assert health.was_interrupted(Fraction(after), Fraction(until)) == found


def test_health_knows_for_how_long_it_is_so() -> None:
    clock = Watch()
    health = Health(now=clock)
    health.frame_arrived()
    health.enter("lost", "it ended")
    clock.now += 12
    health.enter("lost", "refused")
    found = health.snapshot()
    assert (found.state, found.state_seconds, found.problem) == ("lost", 12, "refused")
    assert found.frame_age == 12
