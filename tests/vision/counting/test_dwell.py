"""How long tracks are in a zone: differences of the times of frames, exactly."""

import json
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import pytest

from avio_cli.errors import InputError
from avio_cli.vision.counting.crossings import CrossingCounter
from avio_cli.vision.counting.zones import parse_line, parse_zone
from tests.records.recording import tracks

ZONE = parse_zone("yard=100,0,200,0,200,200,100,200")
INSIDE, OUTSIDE = 150, 50
STEP = Fraction(1001, 30000)


def counter() -> CrossingCounter:
    return CrossingCounter([parse_line("gate=0,0,0,9"), ZONE])


def show(counting: CrossingCounter, time: Fraction, **at: int) -> None:
    rows = [(int(name[1:]), x - 5, 80, x + 5, 100, 0.9, 0) for name, x in at.items()]
    counting.update(tracks(*rows), time)


def stored(state: dict[str, Any]) -> dict[str, Any]:
    """What a state has of the zone's visits."""
    *_, counters = state.values()
    visits: dict[str, Any] = counters[1]["dwell"]
    return visits


def dwell(counting: CrossingCounter) -> dict[int, tuple[Fraction, int]]:
    return {d.id: (d.seconds, d.visits) for d in counting.counts()[1].dwell}


def walk(counting: CrossingCounter, numbers: Iterable[int]) -> None:
    """Id 1 is inside in frames 10 to 40, id 2 always but in frames 20 to 69."""
    for n in numbers:
        at = {"i1": INSIDE if 10 <= n <= 40 else OUTSIDE}
        if not 20 <= n < 70:
            at["i2"] = INSIDE
        show(counting, 3 + n * STEP, **at)


def test_visits_are_from_frame_to_frame_exactly() -> None:
    counting = counter()
    walk(counting, range(100))
    # Id 1 has gone out in frame 41; id 2 was missing for more than a second.
    assert dwell(counting) == {1: (31 * STEP, 1), 2: (19 * STEP + 29 * STEP, 2)}
    occupancy = counting.counts()[1].occupancy
    assert occupancy.most == 2
    assert occupancy.mean == pytest.approx(float(Fraction(31 + 48, 99)))
    assert counting.counts()[0].as_record().keys().isdisjoint({"dwell", "occupancy"})


def test_a_track_that_is_hidden_for_a_moment_stays() -> None:
    counting = counter()
    for time in (Fraction(0), Fraction(1), Fraction(2)):
        show(counting, time, i1=INSIDE)
    show(counting, Fraction(5, 2), i9=OUTSIDE)
    assert counting.zones_now() == [{"name": "yard", "ids": [1], "dwell": [2.0]}]
    show(counting, Fraction(3), i1=INSIDE)
    assert dwell(counting) == {1: (Fraction(3), 1)}


def test_frames_far_apart_are_no_gap_unless_some_are_missing() -> None:
    slow = counter()
    for second in range(0, 50, 10):
        show(slow, Fraction(second), i1=INSIDE)
    assert dwell(slow) == {1: (Fraction(40), 1)}
    assert slow.counts()[1].occupancy.mean == 1

    live = counter()
    for second in (0, 1, 2, 12, 13):
        if second == 12:
            live.gap()
        show(live, Fraction(second), i1=INSIDE)
    assert dwell(live) == {1: (Fraction(3), 2)}
    assert live.counts()[1].occupancy.mean == 1


def test_visits_and_the_time_that_was_seen_go_on_over_short_gaps() -> None:
    counting = counter()
    for second in (0, Fraction(1, 2), 1, 9, 10):
        counting.gap()
        restored = counter()
        restored.restore(json.loads(json.dumps(counting.state())))
        counting = restored
        show(counting, Fraction(second), i1=INSIDE)
    assert dwell(counting) == {1: (Fraction(2), 2)}
    assert counting.counts()[1].occupancy.mean == 1


@pytest.mark.parametrize("stop", [1, 15, 30, 41, 55, 75])
def test_a_resumed_count_is_that_of_an_uninterrupted_one(stop: int) -> None:
    whole, first, second = counter(), counter(), counter()
    walk(whole, range(100))
    walk(first, range(stop))
    second.restore(json.loads(json.dumps(first.state())))
    walk(second, range(stop, 100))
    assert second.counts() == whole.counts()
    assert second.zones_now() == whole.zones_now()


def test_forgotten_tracks_are_still_counted() -> None:
    counting = counter()
    for second in range(300):
        show(counting, Fraction(second), **{f"i{second // 10 + 1}": INSIDE})
    assert len(stored(counting.state())["stays"]) < 12
    assert dwell(counting) == {n: (Fraction(9), 1) for n in range(1, 31)}


@pytest.mark.parametrize(
    "change", [{"stays": [[1]]}, {"total": "1/0"}, {"inside": 3}, {"gone": [[1, 2]]}]
)
def test_damaged_dwell_is_one_error(change: dict[str, object]) -> None:
    state = counter().state()
    stored(state).update(change)
    with pytest.raises(InputError, match="stored counts are damaged"):
        counter().restore(state)
