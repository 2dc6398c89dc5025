"""Which packets of a source are in a cut: a bitstream filter drops the others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from avio_cli.demux.cut_points import CutRange, decode_time, presentation_time
from avio_cli.demux.hidden import PRIMING
from avio_cli.demux.packet_list import Packet
from avio_cli.media.info import MediaInfo, Stream


def drop_filter(kept: str) -> str:
    """ffmpeg's bitstream filter that drops all packets but some.

    By number, not by time: in ffmpeg 5.1 the filter gets times in the ticks of the
    output, but the length of the source's ticks.

    Args:
        kept: an expression of ``n``, the packet's number.
    """
    return f"noise=amount=0:drop='not({kept})'"


@dataclass(slots=True)
class PacketSelection:
    """Which packets of one stream are copied, counted as they are read."""

    stream: Stream
    audible: bool = False
    """Whether a packet was found that is not hidden."""
    cut_away: bool = False
    """Whether those that are hidden were cut away: they do not prime a decoder."""
    count: int = 0
    ranges: list[tuple[int, int]] = field(default_factory=list)
    """First and last number of each run that is copied."""

    @property
    def taken(self) -> int:
        """How many packets are copied."""
        return sum(last - first + 1 for first, last in self.ranges)

    @property
    def filter(self) -> str:
        """The bitstream filter that drops all others."""
        kept = "+".join(f"between(n,{first},{last})" for first, last in self.ranges)
        return drop_filter(kept or "0")

    def hides(
        self, packet: Packet, time: Fraction, start: Fraction, edit_lists: bool
    ) -> bool:
        """Whether a packet, not of video, is hidden and must not be heard."""
        if not packet.discard:
            self.audible = True
            return False
        self.cut_away |= not self.count and start - time > PRIMING
        return self.audible or (self.cut_away and not edit_lists)

    def take(self, wanted: bool) -> None:
        """Count one packet."""
        if wanted and self.ranges and self.ranges[-1][1] == self.count - 1:
            self.ranges[-1] = self.ranges[-1][0], self.count
        elif wanted:
            self.ranges.append((self.count, self.count))
        self.count += 1


def select_packets(
    packets: Iterable[Packet],
    info: MediaInfo,
    streams: Sequence[Stream],
    cut: CutRange,
    *,
    edit_lists: bool,
    delays: Mapping[int, Fraction] | None = None,
) -> dict[int, PacketSelection]:
    """Decide for each packet of some streams whether it is copied.

    Args:
        packets: from `list_copied_packets`.
        info: their source.
        streams: all whose packets are listed.
        cut: what is wanted.
        edit_lists: whether the result can hide what is before its start.
        delays: seconds that readers of the result skip, by a stream's index: so much
            is copied from before its start.
    """
    chosen = {stream.index: PacketSelection(stream) for stream in streams}
    video_index = info.videos[0].index if info.videos else -1
    whole = cut.start <= info.origin
    for packet in packets:
        selection = chosen[packet.stream]
        base = selection.stream.time_base
        time = presentation_time(packet) * base
        if packet.stream == video_index:
            late = _is_late_video(packet, base, cut)
            early = not whole and time < cut.start - cut.lead
        else:
            late = cut.end is not None and time >= cut.end
            # Packets before the source's own start prime a decoder.
            skipped = (delays or {}).get(packet.stream, Fraction(0))
            early = not whole and time < cut.start - skipped
            early |= selection.hides(packet, time, cut.start, edit_lists)
        selection.take(not late and not early)
    return chosen


def _is_late_video(packet: Packet, base: Fraction, cut: CutRange) -> bool:
    if cut.last is not None:
        return decode_time(packet) * base > cut.last
    return cut.end is not None and presentation_time(packet) * base >= cut.end
