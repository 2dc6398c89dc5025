"""Crossings and visits of recorded tracks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from avio_cli.detections import Tracks
from avio_cli.errors import UsageError
from avio_cli.jobs.report.frames import TimedFrames
from avio_cli.jobs.report.page.counts import Visit, count
from avio_cli.records.entry import CountEvent, ZoneRecord
from avio_cli.vision.counting.crossings import CrossingCounter
from avio_cli.vision.counting.zones import parse_line, parse_zone

YARD = parse_zone("yard=100,0,200,0,200,200,100,200")
GATE = parse_line("gate=100,200,100,0")
STEP = Fraction(1, 10)


def frames(
    places: Sequence[Mapping[int, float]],
    events: Mapping[int, Sequence[CountEvent]] | None = None,
) -> TimedFrames:
    """Ten a second; each with the place across of each track."""
    tracks = []
    for place in places:
        boxes = np.array([[x - 5, 80, x + 5, 100] for x in place.values()], np.float32)
        n = len(place)
        ids, scores = np.array([*place], np.int64), np.full(n, 0.9, np.float32)
        tracks.append(Tracks(boxes.reshape(n, 4), scores, np.zeros(n, np.int64), ids))
    times = tuple(n * STEP for n in range(len(places)))
    happened = tuple((events or {}).get(n, ()) for n in range(len(places)))
    return TimedFrames(times, tuple(tracks), ("person",), STEP, happened)


def test_a_visit_lasts_from_the_way_in_to_the_way_out() -> None:
    walk = [{1: x} for x in range(50, 260, 10)]
    counts = count(frames(walk), (YARD, GATE))
    seen = [(item.event["name"], item.event["direction"]) for item in counts.events]
    assert seen == [("yard", "in"), ("gate", "in"), ("yard", "out")]
    start, end = counts.events[0].seconds, counts.events[2].seconds
    assert counts.visits == (Visit("yard", 1, start, end),)


def test_a_visit_ends_where_its_track_does_and_a_blink_interrupts_none() -> None:
    stay: list[dict[int, float]] = [{1: 150, 2: 50}] * 5
    gone: list[dict[int, float]] = [{2: 50}]
    counts = count(frames([*stay, *gone * 3, *stay, *gone * 20, *stay]), (YARD,))
    assert not counts.events
    assert counts.visits == (Visit("yard", 1, 0.0, 1.2), Visit("yard", 1, 3.3, 3.7))


def test_recorded_events_do_where_no_zone_is_given() -> None:
    way = {"name": "yard", "kind": "zone", "class": "person"}
    events: dict[int, list[CountEvent]] = {
        2: [way | {"direction": "out", "id": 1}, way | {"direction": "in", "id": 2}],
        4: [{"name": "gate", "kind": "line", "direction": "in", "id": 1}],
    }
    counts = count(frames([{1: 0, 2: 0}] * 6, events), ())
    assert [item.seconds for item in counts.events] == [0.2, 0.2, 0.4]
    assert counts.visits == (Visit("yard", 1, 0.0, 0.2), Visit("yard", 2, 0.2, 0.5))


def test_recorded_zones_are_those_that_are_counted() -> None:
    walks = [{1: x, 2: 150.0} for x in (*range(50, 260, 10), *range(260, 100, -10))]
    places: list[dict[int, float]] = [*walks[:9], {2: 150}, *walks[10:], {2: 150}]
    made = frames(places)
    counter = CrossingCounter((YARD,), class_names=("person",))
    zones = []
    for time, tracks in made:
        counter.update(tracks, time)
        zones.append(counter.zones_now())
    recorded = count(replace(made, zones=tuple(zones)), ())
    assert len(recorded.visits) == 3
    assert recorded.visits == count(made, (YARD,)).visits


def test_recorded_zones_say_who_was_there_without_a_crossing() -> None:
    yard: ZoneRecord = {"name": "yard", "ids": [1], "dwell": [0.0]}
    there: list[list[ZoneRecord]] = [[yard], [yard], [yard], [], [yard], []]
    seen = [{1: 150.0}, {}, {1: 150.0}, {1: 50.0}, {1: 150.0}, {}]
    recorded = replace(frames(seen), zones=tuple(there))
    counts = count(recorded, ())
    assert counts.visits == (Visit("yard", 1, 0.0, 0.3), Visit("yard", 1, 0.4, 0.4))


@pytest.mark.parametrize(("known", "name"), [("person", "car"), ("2", "0")])
def test_a_class_that_a_run_knew_and_did_not_see_counts_nothing(
    known: str, name: str
) -> None:
    seen = replace(frames([{1: 90}, {1: 110}]), class_names=(known,))
    line = parse_line(f"gate=100,200,100,0:class={name}")
    assert count(seen, [line], lenient=True).events == ()
    with pytest.raises(UsageError, match=name):
        count(seen, [line])
