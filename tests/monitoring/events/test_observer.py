"""Which events there are in frames with tracks."""

from fractions import Fraction
from typing import Any

import numpy as np

from avio_cli.detections import Tracks
from avio_cli.media.frame import Frame
from avio_cli.monitoring.events.observer import EventObserver

PLANE = np.zeros((4, 4, 3), np.uint8)


def frame(index: int, *ids: int) -> Frame:
    count = len(ids)
    tracks = Tracks(
        np.full((count, 4), 2, np.float32),
        np.full(count, 0.5, np.float32),
        np.zeros(count, np.int64),
        np.array(ids, np.int64),
    )
    made = Frame((PLANE,), "bgr24", index, index, Fraction(1, 10))
    made.tracks = tracks
    return made


def seen(observer: EventObserver, given: Frame, **more: Any) -> list[tuple[Any, ...]]:
    events = observer.observe(given, **more)
    return [
        (event.kind, event.track.id, event.name, event.direction) for event in events
    ]


def test_tracks_are_seen_first_and_lost_once() -> None:
    observer = EventObserver(["person"])
    assert seen(observer, frame(0, 1, 2)) == [
        ("track_first_seen", 1, "", ""),
        ("track_first_seen", 2, "", ""),
    ]
    found = [seen(observer, frame(index, 1)) for index in range(1, 40)]
    assert [events for events in found if events] == [[("track_lost", 2, "", "")]]
    assert found[20] == [("track_lost", 2, "", "")]  # 2.1 s
    assert seen(observer, frame(40, 1, 2)) == []  # it is back


def test_a_gap_of_the_source_loses_what_was_before() -> None:
    observer = EventObserver()
    observer.observe(frame(0, 1))
    (event,) = observer.observe(frame(600))
    assert event.kind == "track_lost"
    assert event.more == {"last_seen": 0.0}
    assert event.track.class_name == "0"


def test_crossings_have_the_box_of_their_track() -> None:
    crossings = [
        {"name": "gate", "kind": "line", "direction": "out", "id": 1, "class": "0"},
        {"name": "yard", "kind": "zone", "direction": "in", "id": 1, "class": "0"},
        {"name": "yard", "kind": "zone", "direction": "out", "id": 1, "class": "0"},
    ]
    observer = EventObserver()
    observer.observe(frame(0, 1))
    events = observer.observe(frame(1, 1), crossings)
    assert [(event.kind, event.name, event.direction) for event in events] == [
        ("line_crossed", "gate", "out"),
        ("zone_entered", "yard", "in"),
        ("zone_left", "yard", "out"),
    ]
    assert events[0].track.box == (2, 2, 2, 2)


def test_who_stays_in_a_zone_is_reported_once_a_visit() -> None:
    observer = EventObserver(dwell={"yard": 1.0})
    found: list[tuple[int, float]] = []
    for index in range(60):
        inside = {"yard": frozenset({1} if not 25 <= index < 30 else ())}
        for event in observer.observe(frame(index, 1), inside=inside):
            if event.kind == "zone_dwell":
                found.append((index, event.more["seconds"]))
    assert found == [(10, 1.0), (40, 1.0)]
