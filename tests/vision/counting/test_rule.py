"""Rules of one line or zone: margin, anchor, classes; and coordinates that mislead."""

import json
import math

import pytest

from avio_cli.errors import UsageError
from avio_cli.vision.counting.crossings import CrossingCounter
from avio_cli.vision.counting.rule import CountRule, parse_rule
from avio_cli.vision.counting.zones import LineOrZone, parse_line, parse_zone
from tests.vision.frames import tracks

DOOR = "door=0,100,200,100"
YARD = "yard=0,100,200,100,200,140,0,140"


def counted(zone: LineOrZone, *heights: float, class_: int = 0) -> tuple[int, int]:
    """In and out of a box 20 high whose lower edge is at those heights."""
    counter = CrossingCounter([zone], class_names=("person", "car"))
    for frame, y in enumerate(heights):
        counter.update(tracks((1, 90, y - 20, 110, y, 0.9, class_)), frame / 10)
    (count,) = counter.counts()
    return count.entered, count.left


def test_a_rule_is_read_and_written_alike() -> None:
    rule = CountRule(margin=7.5, anchor="center", classes=("person", "traffic light"))
    text = "margin=7.5:anchor=center:class=person,traffic light"
    assert parse_rule(text) == rule
    assert rule.text == text
    assert parse_rule("anchor=centre: margin=8px") == CountRule(
        margin=8, anchor="center"
    )
    assert parse_rule("") == CountRule()
    assert parse_line(f"{DOOR}:{text}").rule == rule
    assert parse_zone(f"{YARD}:{text}").rule == rule
    stay = parse_zone(f"{YARD}:dwell=5m").rule
    assert (stay.dwell, stay.text) == (300, "dwell=300")


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("margin=-1", "margin of '-1'"),
        ("margin=nan", "margin of 'nan'"),
        ("margin=inf", "margin of 'inf'"),
        ("margin=1_0", "margin of '1_0'"),
        ("margin=1e300", "margin of '1e300'"),
        ("", "no rule behind its colon"),
        ("margin=1::anchor=top", "has '', which is none of"),
        ("anchor=left", "anchor 'left', none of bottom, center"),
        ("class=", "names no class"),
        ("margin=1:margin=2", "margin twice"),
        ("speed=3", "'speed=3', which is none of margin, anchor, class"),
        ("margin", "'margin', which is none of"),
        ("dwell=0", "dwell of '0', not of seconds"),
        ("dwell=30", "nothing stays in a line"),
    ],
)
def test_a_wrong_rule_is_explained(rule: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        parse_line(f"{DOOR}:{rule}")
    hint = "door=x1,y1,x2,y2:margin=8" if rule else "omit the colon"
    assert hint in caught.value.hint or rule == "dwell=30"


def test_a_margin_in_pixels_decides_what_trembles() -> None:
    tremble = [100 + 12 * math.sin(n / 2) for n in range(100)]
    assert counted(parse_line(DOOR), *tremble)[0] > 5
    assert counted(parse_line(f"{DOOR}:margin=13"), *tremble) == (0, 0)
    crossing = (80, 99, 112, 113, 80)
    assert counted(parse_line(f"{DOOR}:margin=13"), *crossing) == (1, 1)
    assert counted(parse_line(f"{DOOR}:margin=13"), 80, 99, 112) == (0, 0)
    assert counted(parse_line(f"{DOOR}:margin=0"), 99.9, 100.1) == (1, 0)


@pytest.mark.parametrize("zone", [f"{YARD}:margin=0", f"{DOOR}:margin=0"])
def test_a_track_that_stops_on_an_edge_is_not_lost(zone: str) -> None:
    parse = parse_zone if zone.startswith("yard") else parse_line
    for before, after, counts in ((90, 110, (1, 0)), (110, 90, (0, 1))):
        assert counted(parse(zone), before, 100, after) == counts
        assert counted(parse(zone), before, 100, 100, before) == (0, 0)
        assert counted(parse(zone), 100, after) == (0, 0)


def test_a_track_that_stops_on_the_lower_edge_is_not_lost() -> None:
    yard = parse_zone(f"{YARD}:margin=0")
    assert counted(yard, 130, 140, 150) == (0, 1)
    assert counted(yard, 150, 140, 130) == (1, 0)


def test_a_margin_wider_than_the_zone_can_still_be_crossed() -> None:
    assert counted(parse_zone(f"{YARD}:margin=500"), 60, 120, 200) == (1, 1)


@pytest.mark.parametrize(
    ("anchor", "heights"), [("bottom", (99.5, 103)), ("center", (109.5, 113))]
)
def test_the_anchor_is_the_point_that_crosses(
    anchor: str, heights: tuple[float, float]
) -> None:
    assert counted(parse_line(f"{DOOR}:anchor={anchor}"), *heights) == (0, 0)
    low, high = heights
    assert counted(parse_line(f"{DOOR}:anchor={anchor}"), low - 1, high) == (1, 0)
    other = "top" if anchor == "bottom" else "bottom"
    assert counted(parse_line(f"{DOOR}:anchor={other}"), low - 1, high) == (0, 0)


def test_a_line_counts_its_classes_only() -> None:
    cars = parse_line(f"{DOOR}:class=car")
    assert counted(cars, 80, 120, class_=1) == (1, 0)
    assert counted(cars, 80, 120, class_=0) == (0, 0)
    assert counted(parse_line(f"{DOOR}:class=7"), 80, 120, class_=7) == (1, 0)


def test_the_tracks_in_a_zone_are_known() -> None:
    counter = CrossingCounter([parse_zone(YARD), parse_line(DOOR)])
    for frame, y in enumerate((80, 120, 120)):
        counter.update(tracks((1, 90, y - 20, 110, y, 0.9, 0)), frame / 10)
    assert counter.inside() == {"yard": frozenset({1})}
    counter.update(tracks(), 5)
    assert counter.inside() == {"yard": frozenset()}


def test_a_class_that_there_is_not_is_an_error() -> None:
    zones = [parse_line(f"{DOOR}:class=cat")]
    with pytest.raises(UsageError, match="called 'cat'") as caught:
        CrossingCounter(zones, class_names=("person", "car"))
    assert "car" in caught.value.hint
    with pytest.raises(UsageError) as caught:
        CrossingCounter(zones)
    assert "classes are numbers" in caught.value.hint


def test_counts_do_not_go_on_with_another_rule() -> None:
    state = CrossingCounter([parse_line(DOOR)]).state()
    stored = json.loads(json.dumps(state))
    CrossingCounter([parse_line(DOOR)]).restore(stored)
    with pytest.raises(UsageError, match="other lines or zones"):
        CrossingCounter([parse_line(f"{DOOR}:margin=9")]).restore(stored)


@pytest.mark.parametrize("text", ["a=0,0.5,1,0.5", "a=0.1,0.1,0.9,0.1,0.9,0.9"])
def test_parts_of_the_frame_are_no_coordinates(text: str) -> None:
    parse = parse_zone if text.count(",") > 3 else parse_line
    with pytest.raises(UsageError, match="has parts of the frame") as caught:
        parse(text)
    assert "pixels" in caught.value.hint


@pytest.mark.parametrize(
    "corners", ["0,0,90,90,90,0,0,90", "0,0,90,0,90,90,50,-20,0,90"]
)
def test_a_zone_that_crosses_itself_is_named(corners: str) -> None:
    with pytest.raises(UsageError, match="crosses itself: 0,0 to 90,") as caught:
        parse_zone(f"a={corners}")
    assert "in order" in caught.value.hint


@pytest.mark.parametrize(
    "corners",
    [
        "0,0,90,0,90,90,0,90,0,0",  # closed by hand
        "0,0,90,0,90,90,45,0,0,90",  # a corner on an edge
        "0,0,100,0,100,100,60,100,60,30,40,30,40,100,0,100",
    ],
)
def test_a_zone_that_touches_itself_is_one(corners: str) -> None:
    assert len(parse_zone(f"a={corners}").points) > 3
