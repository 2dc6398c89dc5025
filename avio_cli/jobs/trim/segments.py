"""Decide which frames an exact cut encodes, and which it copies."""

from collections.abc import Sequence
from dataclasses import dataclass

from avio_cli.demux.cut_points import TickRange, presentation_time
from avio_cli.demux.packet_list import Packet


@dataclass(frozen=True, slots=True)
class SmartCutPlan:
    """The video of an exact cut in three pieces; times are in the video's ticks."""

    head: tuple[int, ...] = ()
    """Times of the frames that are encoded before the copied ones."""
    middle: tuple[Packet, ...] = ()
    """Packets that are copied, in decoding order, from a keyframe on."""
    tail: tuple[int, ...] = ()
    """Times of the frames that are encoded after them."""
    reason: str = ""
    """Why nothing is copied; empty where something is."""
    reaches_end: bool = False
    """Whether nothing of the video follows."""

    @property
    def times(self) -> list[int]:
        """When all frames are shown, in order."""
        return [*self.head, *sorted(map(presentation_time, self.middle)), *self.tail]


def plan_smart_cut(window: Sequence[Packet], bounds: TickRange) -> SmartCutPlan:
    """Find what can be copied.

    A closed GOP can be copied on its own: nothing before its keyframe is shown after
    it, nor the other way round. The last GOP may be cut short where its first packets
    are exactly the frames that are wanted.

    Args:
        window: packets of the video as `packets_around` returns them.
        bounds: the time range.
    """
    if any(packet.discard or packet.pts is None for packet in window):
        return SmartCutPlan(reason="some of its frames are hidden or have no timestamp")
    wanted = sorted(presentation_time(p) for p in window if bounds.holds(p))
    if not wanted:
        return SmartCutPlan(reason="no frame is in the given time range")
    keys = [
        k
        for k in closed_gop_starts(window)
        if presentation_time(window[k]) >= wanted[0]
    ]
    keys = [k for k in keys if bounds.holds(window[k])]
    if not keys:
        return SmartCutPlan(reason="no closed GOP starts in the given time range")
    first, last = keys[0], keys[-1]
    start = presentation_time(window[first])
    end = _last_whole_gop_end(window, first, bounds)
    if not end and last == first:
        return SmartCutPlan(reason="no whole GOP is in the given time range")
    stop = presentation_time(window[last])
    return SmartCutPlan(
        head=tuple(time for time in wanted if time < start),
        middle=tuple(window[first : end or last]),
        tail=() if end else tuple(time for time in wanted if time >= stop),
    )


def _last_whole_gop_end(window: Sequence[Packet], first: int, bounds: TickRange) -> int:
    """Index after the last packet, if all from `first` on are wanted; else 0."""
    held = [bounds.holds(packet) for packet in window]
    end = max(i for i, wanted in enumerate(held) if wanted) + 1
    return end if all(held[first:end]) else 0


def closed_gop_starts(window: Sequence[Packet]) -> list[int]:
    """Indices of keyframes that no frame crosses in presentation order."""
    times = [presentation_time(packet) for packet in window]
    later: list[int] = [0] * len(times)
    earliest = max(times, default=0) + 1
    for index in range(len(times) - 1, -1, -1):
        later[index] = earliest
        earliest = min(earliest, times[index])
    found, latest = [], min(times, default=0) - 1
    for index, time in enumerate(times):
        if window[index].key and latest < time < later[index]:
            found.append(index)
        latest = max(latest, time)
    return found
