"""What of a film is copied and what encoded, decided from its packets alone."""

from collections.abc import Sequence

import pytest

from avio_cli.demux.cut_points import Bounds
from avio_cli.demux.packet_list import Packet
from avio_cli.jobs.trim.segments import closed_keys, divide

CLOSED = "K0 4 2 1 3 K5 9 7 6 8 K10 14 12 11 13"
OPEN = "K0 4 2 1 3 K7 5 6 9 8 K12 10 11 14 13"
"""Pictures in coded order by the time at which they are shown; K: a keyframe."""


def coded(text: str) -> Sequence[Packet]:
    return [
        Packet(
            stream=0,
            pts=int(word.lstrip("K")),
            dts=place - 2,
            duration=1,
            size=1,
            key=word.startswith("K"),
            discard=False,
            position=None,
            seconds=None,
        )
        for place, word in enumerate(text.split())
    ]


def test_a_group_is_closed_where_no_picture_crosses_its_keyframe() -> None:
    assert closed_keys(coded(CLOSED)) == [0, 5, 10]
    assert closed_keys(coded(OPEN)) == [0]


@pytest.mark.parametrize(
    ("bounds", "head", "middle", "tail"),
    [
        (Bounds(0, None), [], list(range(15)), []),
        (Bounds(0, 15), [], list(range(15)), []),
        (Bounds(5, 10), [], [5, 6, 7, 8, 9], []),
        (Bounds(3, 12), [3, 4], [5, 6, 7, 8, 9], [10, 11]),
        (Bounds(3, 10), [3, 4], [5, 6, 7, 8, 9], []),
        (Bounds(0, 11), [], list(range(11)), []),
    ],
)
def test_only_the_ends_are_encoded(
    bounds: Bounds, head: list[int], middle: list[int], tail: list[int]
) -> None:
    pieces = divide(coded(CLOSED), bounds)
    assert not pieces.reason
    assert list(pieces.head) == head
    assert sorted(packet.pts or 0 for packet in pieces.middle) == middle
    assert list(pieces.tail) == tail
    assert pieces.times == [*head, *middle, *tail]


@pytest.mark.parametrize(
    ("text", "bounds", "reason"),
    [
        (OPEN, Bounds(3, 14), "closed keyframe"),
        (CLOSED, Bounds(6, 9), "closed keyframe"),
        (CLOSED, Bounds(3, 8), "whole group"),
        (CLOSED, Bounds(40, 50), "no frame"),
    ],
)
def test_where_nothing_can_be_copied_the_reason_is_told(
    text: str, bounds: Bounds, reason: str
) -> None:
    assert reason in divide(coded(text), bounds).reason
