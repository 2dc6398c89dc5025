"""The clock runs by itself, and follows the audio device smoothly."""

import pytest

from avio_cli.player.playback.clock import NO_SYNC_SECONDS, Clock


class System:
    """A system clock that moves only when a test sets it."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def system() -> System:
    return System()


@pytest.fixture
def clock(system: System) -> Clock:
    return Clock(system)


def test_a_stopped_clock_keeps_its_time(clock: Clock, system: System) -> None:
    clock.set(5.0, running=False)
    system.time += 3
    assert clock.now() == 5.0


def test_a_running_clock_follows_the_system(clock: Clock, system: System) -> None:
    clock.set(5.0, running=True)
    system.time += 3
    assert clock.now() == 8.0


def test_time_passes_faster_at_a_higher_speed(clock: Clock, system: System) -> None:
    clock.set(5.0, running=True)
    system.time += 1
    clock.set_speed(2.0)
    system.time += 1
    assert clock.now() == 8.0


def test_it_continues_where_it_was_stopped(clock: Clock, system: System) -> None:
    clock.set(0.0, running=True)
    system.time += 2
    clock.run(False)
    system.time += 10
    clock.run(True)
    system.time += 1
    assert clock.now() == 3.0


def test_small_differences_to_the_audio_are_corrected_gradually(
    clock: Clock, system: System
) -> None:
    clock.set(0.0, running=True)
    differences = []
    for _ in range(200):
        system.time += 0.01
        played = system.time - 100 + 0.04
        clock.sync(played)
        differences.append(played - clock.now())
    assert differences[0] > 0.03, "a jump would be seen"
    assert abs(differences[-1]) < 0.001


def test_steps_of_the_device_do_not_shake_it(clock: Clock, system: System) -> None:
    """A device that takes 21 ms at a time seems to stand still between two takes."""
    clock.set(0.0, running=True)
    errors = []
    for _ in range(1000):
        system.time += 0.01
        true = system.time - 100
        clock.sync(true // 0.0213 * 0.0213 + 0.0213 / 2)
        errors.append(abs(clock.now() - true))
    assert max(errors[200:]) < 0.004


def test_a_large_difference_is_taken_over_at_once(clock: Clock, system: System) -> None:
    clock.set(0.0, running=True)
    clock.sync(10 * NO_SYNC_SECONDS)
    assert clock.now() == pytest.approx(10 * NO_SYNC_SECONDS)
