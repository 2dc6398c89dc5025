"""Which frames of a film must be encoded to cut it exactly, and which are copied."""

from collections.abc import Sequence
from dataclasses import dataclass

from avio_cli.demux.cut_points import TickRange, presentation_time
from avio_cli.demux.packet_list import Packet


@dataclass(frozen=True, slots=True)
class SmartCutPlan:
    """The film of an exact cut, in three pieces; times are in the film's ticks."""

    head: tuple[int, ...] = ()
    """Times of the frames that are encoded before the copied ones."""
    middle: tuple[Packet, ...] = ()
    """Packets that are copied, in decoding order, from a keyframe on."""
    tail: tuple[int, ...] = ()
    """Times of the frames that are encoded after them."""
    reason: str = ""
    """Why nothing is copied; empty where something is."""

    @property
    def times(self) -> list[int]:
        """When all frames are shown, in order."""
        return [*self.head, *sorted(map(presentation_time, self.middle)), *self.tail]


def plan_smart_cut(window: Sequence[Packet], bounds: TickRange) -> SmartCutPlan:
    """Find what can be copied.

    A group of pictures can be copied on its own where nothing before its keyframe is
    shown after it, nor the other way round: a closed group. The last group may be cut
    short where its first packets are just the frames that are wanted.

    Args:
        window: packets of the film as `list_film` gives them.
        bounds: the stretch.
    """
    if any(packet.discard or packet.pts is None for packet in window):
        return SmartCutPlan(reason="some of its pictures are hidden, or have no time")
    wanted = sorted(presentation_time(p) for p in window if bounds.holds(p))
    if not wanted:
        return SmartCutPlan(reason="no frame lies in the given time")
    keys = [
        k
        for k in closed_gop_starts(window)
        if presentation_time(window[k]) >= wanted[0]
    ]
    keys = [k for k in keys if bounds.holds(window[k])]
    if not keys:
        return SmartCutPlan(reason="there is no closed keyframe in the given time")
    first, last = keys[0], keys[-1]
    begin = presentation_time(window[first])
    end = _last_whole_gop_end(window, first, bounds)
    if not end and last == first:
        return SmartCutPlan(
            reason="there is no whole group of pictures in the given time"
        )
    stop = presentation_time(window[last])
    return SmartCutPlan(
        head=tuple(time for time in wanted if time < begin),
        middle=tuple(window[first : end or last]),
        tail=() if end else tuple(time for time in wanted if time >= stop),
    )


def _last_whole_gop_end(window: Sequence[Packet], first: int, bounds: TickRange) -> int:
    """Where the packets end that are just the wanted frames; 0: nowhere."""
    held = [bounds.holds(packet) for packet in window]
    end = max(i for i, wanted in enumerate(held) if wanted) + 1
    return end if all(held[first:end]) else 0


def closed_gop_starts(window: Sequence[Packet]) -> list[int]:
    """Places of keyframes that part all that is shown before them from the rest."""
    times = [presentation_time(packet) for packet in window]
    later: list[int] = [0] * len(times)
    earliest = max(times, default=0) + 1
    for place in range(len(times) - 1, -1, -1):
        later[place] = earliest
        earliest = min(earliest, times[place])
    found, latest = [], min(times, default=0) - 1
    for place, time in enumerate(times):
        if window[place].key and latest < time < later[place]:
            found.append(place)
        latest = max(latest, time)
    return found
