import json
import math
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avio_cli.detections import Tracks
from avio_cli.errors import UsageError
from avio_cli.vision.counting.crossings import CrossingCounter
from avio_cli.vision.counting.tally import Count, Crossing
from avio_cli.vision.counting.zones import (
    CountLine,
    Zone,
    anchor_points,
    parse_line,
    parse_zone,
)
from tests.vision.frames import blank, tracks

ACROSS = parse_line("door=0,100,200,100")
"""From left to right: what moves down comes in."""

SQUARE = parse_zone("yard=100,100,200,100,200,200,100,200")


def _at(x: float, y: float, track_id: int = 1, class_: int = 0) -> Tracks:
    """A box 20 wide and 40 high that stands on a point."""
    return tracks((track_id, x - 10, y - 40, x + 10, y, 0.9, class_))


def _walk(
    counter: CrossingCounter, way: Iterable[tuple[float, float]], track_id: int = 1
) -> list[Crossing]:
    return [
        crossing
        for frame, (x, y) in enumerate(way)
        for crossing in counter.update(_at(x, y, track_id), frame / 10)
    ]


def _counts(counter: CrossingCounter) -> tuple[int, int, int]:
    (count,) = counter.counts()
    return count.entered, count.left, count.inside


@pytest.mark.parametrize(
    ("line", "way"),
    [
        ("0,100,200,100", [(50, 80), (50, 120)]),  # to the right: down is in
        ("200,100,0,100", [(50, 120), (50, 80)]),  # to the left: up is in
        ("100,200,100,0", [(80, 50), (120, 50)]),  # up: to the right is in
        ("100,0,100,200", [(120, 50), (80, 50)]),  # down: to the left is in
        ("0,0,200,200", [(120, 80), (80, 120)]),  # falling: down left is in
    ],
)
def test_in_is_from_the_left_hand_to_the_right(
    line: str, way: list[tuple[float, float]]
) -> None:
    counter = CrossingCounter([parse_line(f"a={line}")])

    assert [c.direction for c in _walk(counter, way)] == ["in"]
    assert [c.direction for c in _walk(counter, way[::-1])] == ["out"]


def test_each_crossing_of_a_track_counts_once() -> None:
    counter = CrossingCounter([ACROSS])

    _walk(counter, [(50, y) for y in range(60, 160, 2)])
    assert _counts(counter) == (1, 0, 1)
    _walk(counter, [(50, y) for y in range(160, 60, -2)])
    assert _counts(counter) == (1, 1, 0)
    _walk(counter, [(50, y) for y in range(60, 160, 2)])
    assert _counts(counter) == (2, 1, 1)
    assert counter.counts()[0].ids_in == (1,)


def test_a_box_that_trembles_on_the_line_counts_nothing() -> None:
    counter = CrossingCounter([ACROSS])
    random = np.random.default_rng(1)
    down = [(50.0, y + random.uniform(-1.5, 1.5)) for y in range(80, 101)]
    still = [(50.0, 100 + random.uniform(-1.9, 1.9)) for _ in range(500)]

    assert _walk(counter, [*down, *still]) == []
    assert len(_walk(counter, [(50, 103), (50, 100), (50, 103)])) == 1


def test_only_the_segment_counts_not_the_line_it_lies_on() -> None:
    counter = CrossingCounter([ACROSS])

    assert _walk(counter, [(300, 80), (300, 120), (300, 80)]) == []
    assert _walk(counter, [(300, 80), (300, 120), (50, 120), (50, 80)])
    assert _counts(counter) == (0, 1, -1)


def test_who_passes_just_beyond_the_end_is_not_counted() -> None:
    beyond = [(160, 80), (230, 101), (232, 120)]
    within = [(196, 80), (199, 101), (260, 120)]

    assert _walk(CrossingCounter([ACROSS]), beyond) == []
    assert len(_walk(CrossingCounter([ACROSS]), within)) == 1
    assert _walk(CrossingCounter([ACROSS]), [(120, 91), (230, 103)]) == []
    assert len(_walk(CrossingCounter([ACROSS]), [(120, 91), (210, 103)])) == 1


def test_a_track_that_is_hidden_while_it_crosses_counts() -> None:
    counter = CrossingCounter([ACROSS])
    _walk(counter, [(50, 80), (50, 90)])
    for frame in range(20):
        counter.update(Tracks(), 0.2 + frame / 10)

    assert len(counter.update(_at(60, 130), 2.5)) == 1


def test_a_track_that_returns_on_its_side_counts_nothing() -> None:
    counter = CrossingCounter([ACROSS])
    _walk(counter, [(50, 80), (50, 120)])
    counter.update(Tracks(), 1.0)

    assert counter.update(_at(55, 125), 1.5) == ()
    assert _counts(counter) == (1, 0, 1)


def test_a_track_that_is_born_on_the_line_has_no_side_yet() -> None:
    counter = CrossingCounter([ACROSS])

    assert _walk(counter, [(50, 100), (50, 101), (50, 120)]) == []
    assert len(_walk(counter, [(50, 80)])) == 1


def test_zones_count_in_out_and_inside() -> None:
    counter = CrossingCounter([SQUARE])

    _walk(counter, [(50, 150), (150, 150)], track_id=1)
    _walk(counter, [(150, 150), (250, 150)], track_id=2)
    assert _counts(counter) == (1, 1, 1)
    counter.update(_at(150, 160, 3), 0.2)
    assert _counts(counter) == (1, 1, 2)


def test_a_track_that_vanishes_in_a_zone_leaves_it_after_a_while() -> None:
    counter = CrossingCounter([SQUARE], patience=1)
    _walk(counter, [(50, 150), (150, 150)])

    counter.update(Tracks(), 0.9)
    assert _counts(counter) == (1, 0, 1)
    counter.update(Tracks(), 2.0)
    assert _counts(counter) == (1, 0, 0)
    counter.update(_at(150, 150), 2.1)
    assert _counts(counter) == (1, 0, 1)


def test_classes_are_counted_apart_and_named() -> None:
    counter = CrossingCounter([ACROSS], class_names=("person",))
    for track_id, class_ in ((1, 0), (2, 5), (3, 0)):
        counter.update(_at(50, 80, track_id, class_), 0)
        counter.update(_at(50, 120, track_id, class_), 1)
    counter.update(_at(50, 80, 3, 0), 2)

    (count,) = counter.counts()
    assert count.classes == {"person": (2, 1), "5": (1, 0)}
    assert count.as_record() == {
        "name": "door",
        "kind": "line",
        "in": 3,
        "out": 1,
        "inside": 2,
        "classes": {"person": {"in": 2, "out": 1}, "5": {"in": 1, "out": 0}},
        "ids": {"in": [1, 2, 3], "out": [3]},
    }


def test_as_a_step_it_reports_what_happened_at_a_frame() -> None:
    counter = CrossingCounter([ACROSS, SQUARE], class_names=("person",))
    for index, y in enumerate((80, 150)):
        frame = blank("gray", 300, 300, index)
        frame.tracks = _at(150, y)
        assert counter(frame) is frame

    assert counter.crossings(0) == ()
    assert counter.crossings(1) == (
        Crossing("door", "line", "in", 1, "person"),
        Crossing("yard", "zone", "in", 1, "person"),
    )
    assert counter.events(1)[0] == {
        "name": "door",
        "kind": "line",
        "direction": "in",
        "id": 1,
        "class": "person",
    }


def test_the_anchor_can_be_chosen() -> None:
    boxes = np.array([[10, 20, 30, 60]], np.float32)

    assert anchor_points(boxes).tolist() == [[20, 60]]
    assert anchor_points(boxes, "center").tolist() == [[20, 40]]
    assert anchor_points(boxes, "top").tolist() == [[20, 20]]


def test_counting_goes_on_from_a_state_that_went_through_json() -> None:
    way = [(50 + 3 * n, 150 + 60 * math.sin(n / 3)) for n in range(60)]
    whole, first, second = (CrossingCounter([ACROSS, SQUARE]) for _ in range(3))
    expected = _walk(whole, way)

    found = _walk(first, way[:31])
    second.restore(json.loads(json.dumps(first.state())))
    for frame, (x, y) in enumerate(way[31:], 31):
        found += second.update(_at(x, y), frame / 10)

    assert len(expected) > 4
    assert found == expected
    assert second.counts() == whole.counts()


def test_a_state_of_other_zones_is_refused() -> None:
    state = CrossingCounter([ACROSS]).state()

    with pytest.raises(UsageError, match="other lines or zones"):
        CrossingCounter([SQUARE]).restore(state)


def test_tracks_long_gone_are_forgotten() -> None:
    counter = CrossingCounter([ACROSS], memory=10)
    for frame in range(5000):
        counter.update(_at(50, 80, track_id=frame), frame / 10)

    assert len(counter.state()["borders"][0]["places"]) < 200


def test_boxes_that_are_not_finite_are_passed_over() -> None:
    counter = CrossingCounter([ACROSS, SQUARE])

    counter.update(_at(math.nan, 80), 0)
    counter.update(_at(50, math.inf), 0.1)
    assert [count.entered for count in counter.counts()] == [0, 0]


def test_names_are_unique() -> None:
    with pytest.raises(UsageError, match="'door'"):
        CrossingCounter([ACROSS, Zone("door", SQUARE.points)])


def test_lines_and_zones_are_read() -> None:
    assert parse_line("front door=1,2.5,-3,4") == CountLine(
        "front door", ((1, 2.5), (-3, 4))
    )
    assert parse_zone("a=0,0, 9,0 ,9,9").points == ((0, 0), (9, 0), (9, 9))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2,3,4", "name"),
        ("=1,2,3,4", "name"),
        ("a;b=1,2,3,4", "name with ':' or ';'"),
        ("a:b=1,2,3,4", "name with ':' or ';'"),
        ("a=1,2,3", "an x without a y"),
        ("a=1,2,3,4,5,6", "3 points, not 2"),
        ("a=1,2,3,four", "'four' is not a number"),
        ("a=1,2,3,1_0", "'1_0' is not a number"),
        ("a=1e300,2,3,4", "'1e300' is beyond 1,000,000 pixels"),
        ("a=1,2,3,inf", "'inf' is beyond"),
        ("a=", "not a number"),
        ("a=1,2,1,2", "starts where it ends"),
    ],
)
def test_a_wrong_line_is_explained(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse_line(text)

    assert repr(text) in caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [("a=1,2,3,4", "2 corners"), ("a=0,0,5,5,9,9", "no area")],
)
def test_a_wrong_zone_is_explained(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_zone(text)


@given(
    corners=st.lists(
        st.tuples(st.integers(0, 100), st.integers(0, 100)),
        min_size=3,
        max_size=7,
        unique=True,
    ),
    point=st.tuples(st.integers(-20, 120), st.integers(-20, 120)),
)
def test_distance_from_a_zone_is_that_of_the_nearest_edge(
    corners: list[tuple[int, int]], point: tuple[int, int]
) -> None:
    zone = Zone("z", tuple((float(x), float(y)) for x, y in corners))
    shares = np.linspace(0, 1, 400)[:, None]
    edges = [
        np.array(a) + shares * (np.array(b) - np.array(a))
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
    ]
    nearest = min(np.hypot(*(edge - point).T).min() for edge in edges)

    distance = zone.distances(np.array([point], np.float64))[0]

    assert abs(distance) == pytest.approx(nearest, abs=0.5)


def test_a_concave_zone_knows_its_inside() -> None:
    zone = parse_zone("c=0,0,100,0,100,100,60,100,60,30,40,30,40,100,0,100")
    points = np.array([(50, 15), (50, 60), (20, 60), (80, 60), (110, 60)], np.float64)

    assert (zone.distances(points) > 0).tolist() == [True, False, True, True, False]


def test_a_zone_narrower_than_the_margin_can_still_be_entered() -> None:
    zone = parse_zone("gap=0,100,200,100,200,103,0,103")
    counter = CrossingCounter([zone], margin=0.5)

    _walk(counter, [(50, 80), (50, 101.5), (50, 120)])

    assert _counts(counter) == (1, 1, 0)


def test_counts_are_values() -> None:
    count = CrossingCounter([ACROSS]).counts()[0]

    assert count == Count("door", "line", 0, 0, 0, {}, (), ())
