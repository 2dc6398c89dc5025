"""Where a video can be cut: its packets around a range, listed without decoding."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import ceil

from avio_cli.demux.framecrc import FramecrcReader, listing_command, whole_lines
from avio_cli.demux.keyframes import packets_from_keyframe
from avio_cli.demux.packet_list import Packet, list_copied_packets, start_listing
from avio_cli.errors import FFmpegError, InputError
from avio_cli.ffmpeg.damage_signs import DamageWatch
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process
from avio_cli.media.info import MediaInfo, VideoStream
from avio_cli.media.time_range import MICROSECOND

_BEYOND = 20, Fraction(1)
"""Packets, and seconds, to read after the end: coded order is not display order."""


@dataclass(frozen=True, slots=True)
class TickRange:
    """A range in ticks of a video: frames shown at `first` or later, before `end`."""

    first: int
    end: int | None
    """None: to the end of the video."""

    @classmethod
    def from_seconds(
        cls, info: MediaInfo, video: VideoStream, start: Fraction, end: Fraction | None
    ) -> "TickRange":
        """Take seconds after the source's start; rounded as `TimeRange` does."""
        origin = info.origin - MICROSECOND
        return cls(
            ceil((origin + start) / video.time_base),
            None if end is None else ceil((origin + end) / video.time_base),
        )

    def holds(self, packet: Packet) -> bool:
        """Whether the packet's frame is shown in the range."""
        pts = presentation_time(packet)
        inside = pts >= self.first and (self.end is None or pts < self.end)
        return inside and not packet.discard

    def is_shown_after(self, packet: Packet) -> bool:
        """Whether the packet's frame is shown at or after the end."""
        return self.end is not None and presentation_time(packet) >= self.end

    def is_past(self, packet: Packet) -> bool:
        """Whether a packet, and so all after it, is shown at or after the end."""
        return self.end is not None and decode_time(packet) >= self.end


def presentation_time(packet: Packet) -> int:
    """When a packet is shown; without a pts (AVI), when it is decoded.

    Raises:
        InputError: neither is known.
    """
    time = packet.pts if packet.pts is not None else packet.dts
    if time is None:
        raise InputError("the video has frames without a timestamp")
    return time


def decode_time(packet: Packet) -> int:
    """When a packet is decoded; without a dts, when it is shown."""
    return packet.dts if packet.dts is not None else presentation_time(packet)


def decoded_times(source: MediaSource, video: VideoStream) -> tuple[Fraction, ...]:
    """When the frames of a video are shown, by decoding all of it.

    For videos whose packets have no pts: H.264 in AVI.

    Raises:
        InputError: it cannot be decoded.
    """
    base = video.time_base
    words = ["-map", f"0:{video.index}", "-vf", "scale=16:16", "-c:v", "rawvideo"]
    words += ["-fps_mode", "passthrough"]
    words += ["-enc_time_base", f"{base.numerator}/{base.denominator}"]
    command = listing_command(source, words)
    with Process(command.argv(source.ffmpeg.path), stdout=True) as process:
        frames = FramecrcReader(whole_lines(process.stdout))
        times = [frame.presentation_time for frame in frames]
        try:
            process.finish()
        except FFmpegError as error:
            raise InputError(f"{source.name}: {error.message}") from error
    return tuple(sorted(time for time in times if time is not None))


def packets_around(
    source: MediaSource,
    video: VideoStream,
    bounds: TickRange,
    watch: DamageWatch | None = None,
) -> tuple[Packet, ...]:
    """The packets of a video, from the last keyframe at or before a range.

    In decoding order, to some packets after the end. The first one is a keyframe; it
    is after the range's start only where the video starts later.

    Args:
        source: what to read.
        video: one of its streams.
        bounds: the range.
        watch: reads what the demuxer says of holes.

    Raises:
        InputError: the source cannot be read, or has no keyframe there.
    """
    start = partial(start_listing, watch=watch.feed if watch else None)

    def list_from(seek: Fraction) -> Generator[Packet, None, None]:
        packets = list_copied_packets(source, [video], source.seek(seek), start)
        with closing(packets) as listed:
            yield from _until_beyond(listed, bounds, video.time_base)

    def may_start(packet: Packet) -> bool:
        return packet.key and presentation_time(packet) <= bounds.first

    begin = bounds.first * video.time_base - source.origin
    window = packets_from_keyframe(list_from, begin, may_start)
    if not window:
        raise InputError(f"{source.name}: the video has no keyframe to cut at")
    return window


def _until_beyond(
    listed: Iterable[Packet], bounds: TickRange, time_base: Fraction
) -> Iterator[Packet]:
    beyond = 0
    for packet in listed:
        yield packet
        beyond += bounds.is_past(packet)
        if beyond >= _BEYOND[0] and _seconds_past(packet, bounds, time_base):
            break


def _seconds_past(packet: Packet, bounds: TickRange, time_base: Fraction) -> bool:
    late = replace(bounds, end=(bounds.end or 0) + ceil(_BEYOND[1] / time_base))
    return late.is_past(packet)


def packets_to_keep(window: Sequence[Packet], bounds: TickRange) -> int:
    """How many packets to copy so that all of a range is shown, without a gap after it.

    Reference frames are coded before those that need them: the last one copied may be
    shown a little after the end, and then all that are before it are copied, too.
    """
    wanted = [i for i, packet in enumerate(window) if bounds.holds(packet)]
    count = max(wanted, default=-1) + 1
    earliest = _earliest_after(window)
    latest = max((presentation_time(packet) for packet in window[:count]), default=0)
    while count < len(window) and earliest[count] < latest:
        latest = max(latest, presentation_time(window[count]))
        count += 1
    return count


def _earliest_after(window: Sequence[Packet]) -> list[int]:
    """For each position, the earliest time among the packets from there on."""
    earliest: list[int] = []
    for packet in reversed(window):
        pts = presentation_time(packet)
        earliest.append(min(pts, earliest[-1]) if earliest else pts)
    return earliest[::-1]


def end_of(
    packets: Sequence[Packet], rate: Fraction | None, base: Fraction
) -> Fraction:
    """When the last of some frames ends, in seconds."""
    shown = sorted(packets, key=presentation_time)
    times = [presentation_time(packet) * base for packet in shown[-2:]]
    return times[-1] + last_duration(shown[-1], times, rate, base)


def last_duration(
    packet: Packet, times: Sequence[Fraction], rate: Fraction | None, base: Fraction
) -> Fraction:
    """How long the last frame is shown, in seconds.

    Where the container does not declare it, by the nominal rate, else as long as the
    frame before it.
    """
    if packet.duration:
        return packet.duration * base
    if rate:
        return max(base, round(1 / rate / base) * base)
    return max(base, times[-1] - times[-2]) if len(times) > 1 else base


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRange:
    """Where a source is cut, in seconds on its own clock."""

    start: Fraction
    """Time 0 of the output; a video's first frame."""
    end: Fraction | None
    """When the last frame ends; None: with the source."""
    packets: int = 0
    """How many of the video are copied; 0 where there is none."""
    last: Fraction | None = None
    """When the last one is decoded; None: all."""
    hidden: int = 0
    """How many of `packets` are decoded, but not shown."""
    reaches_end: bool = False
    """Whether nothing of the video follows: its source may lack something there."""
    video_end: Fraction | None = None
    """When its last frame ends; None where there is no video."""
    lead: Fraction = Fraction(0)
    """Seconds from the first of them to `start`."""
