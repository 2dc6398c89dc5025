"""What an edit list hides: packets that are decoded, or not even that, but not shown.

ffmpeg flags them; of all containers that avio writes only those of the mov family can
hide them again, and only before the start.
"""

import math
from collections.abc import Iterable, Sequence
from contextlib import closing
from fractions import Fraction

from avio_cli.demux.cut_points import presentation_time
from avio_cli.demux.packet_list import Packet, list_copied_packets
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.container import Container
from avio_cli.media.info import Stream

PRIMING = Fraction(3, 20)
"""Seconds of audio that only prime a decoder (HE-AAC: 0.12); more was cut away."""
_LATEST = 1000
"""Packets after which no stream is waited for that has not begun."""


def may_hide(source: MediaSource) -> bool:
    """Whether the container has edit lists."""
    return source.info.container.startswith("mov")


def refuse_hidden_frames(
    packets: Iterable[Packet], container: Container, name: str, hint: str
) -> None:
    """Fail where a copy of some packets of a video would show what is hidden.

    Args:
        packets: all that would be copied.
        container: into which.
        name: of the source.
        hint: what to do instead.

    Raises:
        UsageError: it would.
    """
    count, latest, earliest = 0, -math.inf, math.inf
    for packet in packets:
        time = presentation_time(packet)
        count += packet.discard
        if packet.discard:
            latest = max(latest, time)
        else:
            earliest = min(earliest, time)
    where = "" if latest < earliest else " after the first that it shows"
    if count and (where or not container.edit_lists):
        raise UsageError(
            f"{name} hides {count} frames{where}: a copy in {container.title} "
            "would show them",
            hint=hint,
        )


def leading_packets(
    source: MediaSource, streams: Sequence[Stream]
) -> dict[int, list[Packet]]:
    """The packets of each stream up to the first that is shown, which is included.

    Raises:
        InputError: the source cannot be read.
    """
    found: dict[int, list[Packet]] = {stream.index: [] for stream in streams}
    shown: set[int] = set()
    with closing(list_copied_packets(source, streams)) as listed:
        for count, packet in enumerate(listed, 1):
            if packet.stream not in shown:
                found[packet.stream].append(packet)
                shown |= set() if packet.discard else {packet.stream}
            begun = {index for index, packets in found.items() if packets}
            if shown == set(found) or (count >= _LATEST and begun == shown):
                break
    return found


def hidden_audio(packets: Sequence[Packet], base: Fraction) -> int:
    """How many packets at the start of an audio stream were cut away.

    Args:
        packets: those of one stream from `leading_packets`.
        base: seconds in one of their ticks.

    Returns:
        0 where they only prime its decoder.
    """
    hidden = [packet for packet in packets if packet.discard]
    if not hidden or not packets:
        return 0
    lasts = presentation_time(packets[-1]) - presentation_time(hidden[0])
    return len(hidden) if lasts * base > PRIMING else 0
