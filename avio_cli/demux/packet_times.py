"""Times of packets that are known from elsewhere, and parts of them."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil

from avio_cli.demux.framecrc import BLANK
from avio_cli.demux.packet_list import Packet
from avio_cli.demux.timeline import NO_TIME, StreamTimeline
from avio_cli.errors import DamagedInputError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.info import Stream

_BRIEF = Fraction(1, 50)
"""Seconds: files of ASS round both ends to 0.01."""


_FAR = 3600
"""Seconds: no frame is shown so long after it is decoded, in a slide show either."""


def refuse_far_frames(
    source: MediaSource, stream: Stream, packets: Iterable[Packet]
) -> None:
    """Refuse times of which some bits are wrong: hours of nothing would be made.

    Raises:
        DamagedInputError: a frame is shown hours after it is decoded.
    """
    for packet in packets:
        late = (packet.pts or 0) - (packet.dts or 0)
        if packet.pts and packet.dts and late * stream.time_base > _FAR:
            shown = float(packet.pts * stream.time_base)
            raise DamagedInputError(
                f"{source.name} is damaged: a frame is shown at {shown:.2f} s, hours "
                "after it is decoded",
                hint="avio transcode may write a file without it: --allow-damaged",
            )


@dataclass(slots=True)
class _Lists:
    """Times of one stream, in ticks."""

    pts: "array[int]" = field(default_factory=lambda: array("q"))
    dts: "array[int]" = field(default_factory=lambda: array("q"))
    durations: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, packet: Packet) -> None:
        self.pts.append(NO_TIME if packet.pts is None else packet.pts)
        self.dts.append(NO_TIME if packet.dts is None else packet.dts)
        self.durations.append(packet.duration or 0)


class PacketTimes:
    """Notes the times of all packets that are shown.

    Args:
        streams: those that packets may belong to.
    """

    def __init__(self, streams: Sequence[Stream]) -> None:
        self._streams = {stream.index: stream for stream in streams}
        self._lists = {stream.index: _Lists() for stream in streams}

    def note(self, packets: Iterable[Packet]) -> Iterator[Packet]:
        """Yield the same packets."""
        for packet in packets:
            stream = self._streams[packet.stream]
            if not (packet.discard or is_blank(stream, packet.size)):
                self._lists[packet.stream].add(packet)
            yield packet

    @property
    def lines(self) -> tuple[StreamTimeline, ...]:
        """What was noted of each stream."""
        return tuple(
            StreamTimeline(
                index, self._streams[index].time_base, had.pts, had.dts, had.durations
            )
            for index, had in self._lists.items()
        )


def line_of_frames(
    index: int,
    time_base: Fraction,
    times: "array[int]",
    end: Fraction | None = None,
) -> StreamTimeline:
    """The timeline of frames of which only the times are known.

    Args:
        index: of their stream.
        time_base: of the times.
        times: of the frames, in order.
        end: seconds until the last one has been shown; None: unknown.
    """
    durations = array("q", [0] * len(times))
    if times and end is not None:
        durations[-1] = max(round(end / time_base) - times[-1], 0)
    return StreamTimeline(index, time_base, times, times, durations)


def is_blank(stream: Stream, size: int) -> bool:
    """Whether a packet of so many bytes shows or plays nothing."""
    return size <= BLANK.get(stream.codec, -1)


def line_of_packets(stream: Stream, packets: Iterable[Packet]) -> StreamTimeline:
    """The times of the packets of one stream that are shown."""
    times = PacketTimes([stream])
    for _ in times.note(packets):
        pass
    return times.lines[0]


def shown_between(
    line: StreamTimeline, start: Fraction, end: Fraction | None
) -> StreamTimeline:
    """The packets that are first shown in a range.

    Args:
        line: its packets.
        start: seconds on their clock.
        end: likewise; None: to the last one.
    """
    first = ceil(start / line.time_base)
    last = None if end is None else ceil(end / line.time_base)
    times = line.pts if line.has_pts else line.dts
    kept = [
        number
        for number, tick in enumerate(times)
        if tick == NO_TIME or (first <= tick and (last is None or tick < last))
    ]
    lists = (line.pts, line.dts, line.durations)
    pts, dts, durations = (array("q", (all_[n] for n in kept)) for all_ in lists)
    return replace(line, pts=pts, dts=dts, durations=durations)


def cut_cues(
    line: StreamTimeline, start: Fraction, end: Fraction | None
) -> StreamTimeline:
    """Subtitles that are on screen in a range: one that is there at its start, too.

    Those that are there for less than what files of subtitles round to are left out.

    Args:
        line: their packets.
        start: seconds on their clock; what is shown earlier starts here.
        end: likewise; None: to the last one.
    """
    first = ceil(start / line.time_base)
    last = None if end is None else ceil(end / line.time_base)
    least = _BRIEF / line.time_base
    spans = (
        (max(pts, first), pts + length if last is None else min(pts + length, last))
        for pts, length in zip(line.pts, line.durations, strict=True)
    )
    kept = [(shown, gone - shown) for shown, gone in spans if gone - shown >= least]
    times = array("q", (shown for shown, _ in kept))
    return replace(
        line, pts=times, dts=times, durations=array("q", (length for _, length in kept))
    )


def moved(line: StreamTimeline, shift: Fraction, base: Fraction) -> StreamTimeline:
    """The same packets later, in another time base.

    Args:
        line: the packets.
        shift: seconds that are added.
        base: of the result.
    """
    ratio, late = line.time_base / base, shift / base

    def convert(ticks: "array[int]") -> "array[int]":
        return array(
            "q", (t if t == NO_TIME else round(t * ratio + late) for t in ticks)
        )

    durations = array("q", (round(length * ratio) for length in line.durations))
    return replace(
        line,
        time_base=base,
        pts=convert(line.pts),
        dts=convert(line.dts),
        durations=durations,
    )


def joined(index: int, lines: Sequence[StreamTimeline]) -> StreamTimeline:
    """Lines of one time base, one after the other.

    Args:
        index: of the stream that they make.
        lines: at least one.
    """
    first = lines[0]
    pts, dts, durations = array("q"), array("q"), array("q")
    for line in lines:
        pts.extend(line.pts)
        dts.extend(line.dts)
        durations.extend(line.durations)
    return StreamTimeline(index, first.time_base, pts, dts, durations)
