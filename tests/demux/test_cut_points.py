"""Where a video can be cut, decided from its packets alone."""

from avio_cli.demux.cut_points import TickRange, packets_to_keep
from avio_cli.demux.packet_list import Packet
from avio_cli.demux.packet_selection import PacketSelection


def packet(pts: int, dts: int, *, key: bool = False) -> Packet:
    return Packet(0, pts, dts, 1, 100, key, False, None, None)


def test_no_gap_is_left_where_frames_are_coded_before_they_are_shown() -> None:
    # Shown 0 1 2 3 4 5; coded 0 4 2 1 3 5.
    coded = [packet(p, i - 2, key=p == 0) for i, p in enumerate([0, 4, 2, 1, 3, 5])]
    assert packets_to_keep(coded, TickRange(0, 1)) == 1
    assert packets_to_keep(coded, TickRange(0, 2)) == 5
    assert packets_to_keep(coded, TickRange(0, 5)) == 5
    assert packets_to_keep(coded, TickRange(0, None)) == 6


def test_packets_are_dropped_by_number() -> None:
    selection = PacketSelection(stream=None)  # type: ignore[arg-type]
    for wanted in (False, True, True, False, True):
        selection.take(wanted)
    assert selection.taken == 3
    assert selection.filter == (
        "noise=amount=0:drop='not(between(n,1,2)+between(n,4,4))'"
    )
