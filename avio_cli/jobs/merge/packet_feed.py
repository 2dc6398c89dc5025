"""Write the packets of all parts into one pipe, with new timestamps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from math import gcd, lcm
from typing import IO

from avio_cli.demux.packet_reader import PacketReader, to_ticks
from avio_cli.ffmpeg.nut.reader import NutStream
from avio_cli.ffmpeg.nut.writer import NutWriter
from avio_cli.jobs.merge.inputs import MergeInput
from avio_cli.mux.command import MAX_TIMESCALE, timescale


def common_base(parts: Sequence[MergeInput]) -> Fraction:
    """A time base that is exact for the video of all parts, where there is one.

    Else it is what mp4 can hold: see `timescale`.
    """
    bases = [part.video.time_base for part in parts if part.video is not None]
    base = Fraction(
        reduce(gcd, (b.numerator for b in bases)),
        lcm(*(b.denominator for b in bases)),
    )
    fits = base.denominator <= MAX_TIMESCALE
    return base if fits else Fraction(1, timescale(bases))


def pipe_offset(base: Fraction) -> Fraction:
    """Seconds, a whole number of ticks, by which packets are delayed in the pipe."""
    return Fraction(2 * base.numerator)


@dataclass(slots=True)
class PacketFeed:
    """Writes all parts into a pipe: video first, then the copied audio."""

    inputs: Sequence[MergeInput]
    streams: Sequence[NutStream]
    base: Fraction
    """Time base of the video in the result."""
    on_video_packet: Callable[[Fraction], None]
    """Called with the time of each frame."""
    _bases: list[Fraction] = field(default_factory=list)

    def __call__(self, pipe: IO[bytes]) -> None:
        """Write everything."""
        writer: NutWriter | None = None
        lead = pipe_offset(self.base)
        for part in self.inputs:
            audios = part.audios[: len(self.streams) - 1]
            streams = [*part.source.info.videos[:1], *audios]
            with PacketReader(part.source, streams) as reader:
                bases = [stream.time_base for stream in reader.streams]
                writer = writer or NutWriter(pipe, self._headers(reader.streams))
                for packet in reader:
                    time = packet.pts * bases[packet.stream] + part.shift
                    if packet.stream == 0:
                        self.on_video_packet(time)
                    elif not self._is_within_part(part, packet.stream - 1, time):
                        continue
                    pts = to_ticks(time + lead, self._bases[packet.stream])
                    writer.write(packet.stream, pts, packet.payload, key=packet.key)

    def _headers(self, streams: Sequence[NutStream]) -> list[NutStream]:
        self._bases = [self.base, *(stream.time_base for stream in streams[1:])]
        pairs = zip(streams, self._bases, strict=True)
        return [replace(stream, time_base=base) for stream, base in pairs]

    def _is_within_part(self, part: MergeInput, track: int, time: Fraction) -> bool:
        """Whether an audio packet starts nearest to the video of its own part.

        So the audio of two parts neither overlaps nor has a gap of a packet.
        """
        span = part.spans[track]
        half = span.packet / 2 if span else Fraction(0)
        # In the first part, what primes the decoder is kept, and no more.
        more = span is not None and (span.hides or span.start < part.start - half)
        early = (more or part is not self.inputs[0]) and time < part.offset - half
        end = part.offset + part.length - half
        return not early and (part is self.inputs[-1] or time < end)
