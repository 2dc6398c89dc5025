"""Which frames are copied and which encoded, decided from packets alone."""

from collections.abc import Sequence

import pytest

from avio_cli.demux.cut_points import TickRange
from avio_cli.demux.packet_list import Packet
from avio_cli.jobs.trim.segments import closed_gop_starts, plan_smart_cut

CLOSED = "K0 4 2 1 3 K5 9 7 6 8 K10 14 12 11 13"
OPEN = "K0 4 2 1 3 K7 5 6 9 8 K12 10 11 14 13"
"""Frames in coded order by the time at which they are shown; K: a keyframe."""


def coded(text: str) -> Sequence[Packet]:
    return [
        Packet(
            stream=0,
            pts=int(word.lstrip("K")),
            dts=index - 2,
            duration=1,
            size=1,
            key=word.startswith("K"),
            discard=False,
            position=None,
            seconds=None,
        )
        for index, word in enumerate(text.split())
    ]


def test_a_gop_is_closed_where_no_frame_crosses_its_keyframe() -> None:
    assert closed_gop_starts(coded(CLOSED)) == [0, 5, 10]
    assert closed_gop_starts(coded(OPEN)) == [0]


@pytest.mark.parametrize(
    ("bounds", "head", "middle", "tail"),
    [
        (TickRange(0, None), [], list(range(15)), []),
        (TickRange(0, 15), [], list(range(15)), []),
        (TickRange(5, 10), [], [5, 6, 7, 8, 9], []),
        (TickRange(3, 12), [3, 4], [5, 6, 7, 8, 9], [10, 11]),
        (TickRange(3, 10), [3, 4], [5, 6, 7, 8, 9], []),
        (TickRange(0, 11), [], list(range(11)), []),
    ],
)
def test_only_the_ends_are_encoded(
    bounds: TickRange, head: list[int], middle: list[int], tail: list[int]
) -> None:
    pieces = plan_smart_cut(coded(CLOSED), bounds)
    assert not pieces.reason
    assert list(pieces.head) == head
    assert sorted(packet.pts or 0 for packet in pieces.middle) == middle
    assert list(pieces.tail) == tail
    assert pieces.times == [*head, *middle, *tail]


@pytest.mark.parametrize(
    ("text", "bounds", "reason"),
    [
        (OPEN, TickRange(3, 14), "no closed GOP"),
        (CLOSED, TickRange(6, 9), "no closed GOP"),
        (CLOSED, TickRange(3, 8), "no whole GOP"),
        (CLOSED, TickRange(40, 50), "no frame"),
    ],
)
def test_where_nothing_can_be_copied_the_reason_is_given(
    text: str, bounds: TickRange, reason: str
) -> None:
    assert reason in plan_smart_cut(coded(text), bounds).reason
