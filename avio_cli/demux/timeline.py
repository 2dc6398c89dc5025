"""Timeline: when the packets of a source's or a result's streams are shown.

All streams are listed in one pass without decoding. Where the clock of an MPEG stream
starts again or jumps (recordings, streams that were joined by `cat`), ffmpeg goes on
with its own, and so does the list: such a source is listed a second time.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from avio_cli.demux.framecrc import (
    COPIED,
    FramecrcReader,
    framecrc_command,
    whole_lines,
)
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process
from avio_cli.media.info import Stream

NO_TIME = -(2**63)
"""Stands in the lists for a time that a packet lacks."""
JUMPING_DEMUXERS = ("mpegts", "mpeg", "hls", "ogg", "rtsp", "sdp", "rtp", "wtv")
"""Demuxers of which ffmpeg corrects the clock (AVFMT_TS_DISCONT in 5.1 and 9.0)."""
_BACK, _AHEAD = Fraction(1, 10), Fraction(10)
"""Seconds by which a clock must step to be corrected: as ffmpeg decides."""


@dataclass(frozen=True, slots=True)
class StreamTimeline:
    """The packets of one stream, in the order in which they are stored."""

    index: int
    """Of the stream in its source."""
    time_base: Fraction
    pts: "array[int]"
    """In ticks; `NO_TIME` where the container has none."""
    dts: "array[int]"
    durations: "array[int]"
    """In ticks; 0 where the container declares none."""
    hidden: int = 0
    """Packets that are decoded but not shown: their times are left out."""

    def __len__(self) -> int:
        return len(self.pts)

    @property
    def has_pts(self) -> bool:
        """Whether every packet says when it is shown."""
        return NO_TIME not in self.pts

    def shown(self) -> list[Fraction]:
        """When the packets are shown, in seconds, in that order.

        Without a pts (AVI) they count as shown in the order of decoding.
        """
        ticks = self.pts if self.has_pts else self.dts
        return [tick * self.time_base for tick in sorted(ticks) if tick != NO_TIME]

    def last_duration(self) -> Fraction:
        """Seconds for which the packet that is shown last is declared to last."""
        if not self.pts:
            return Fraction(0)
        ticks = self.pts if self.has_pts else self.dts
        last = max(range(len(ticks)), key=ticks.__getitem__)
        return self.durations[last] * self.time_base

    def end(self) -> Fraction | None:
        """Seconds at which the last packet has been shown; None without any."""
        times = self.shown()[-1:]
        return times[0] + self.last_duration() if times else None

    def jumps(self) -> bool:
        """Whether its clock steps back, or further ahead than a pause would.

        ffmpeg lists no time before the last one: it repeats that until the clock has
        caught up (5.1 and 9.0).
        """
        back, ahead = _BACK / self.time_base, _AHEAD / self.time_base
        last, stuck, length = NO_TIME, 0, 0
        for dts, duration in zip(self.dts, self.durations, strict=True):
            if dts == NO_TIME:
                continue
            stuck = stuck + length if dts == last else 0
            if stuck > back or (last != NO_TIME and dts > last + length + ahead):
                return True
            last, length = dts, duration
        return False


@dataclass(frozen=True, slots=True)
class Timeline:
    """The listed streams of one source, on one clock that never jumps."""

    streams: tuple[StreamTimeline, ...]
    jumps: bool = False
    """Whether the source's own clock jumps: its times are not those listed here, and
    it cannot be searched by time."""

    def of(self, stream: Stream) -> StreamTimeline | None:
        """The packets of a stream, if it was listed."""
        found = (line for line in self.streams if line.index == stream.index)
        return next(found, None)


def list_timeline(source: MediaSource, streams: Sequence[Stream]) -> Timeline:
    """List the packets of some streams, in seconds on the source's own clock.

    Where the clock jumps, it goes on from the first time as ffmpeg does.

    Args:
        source: a file, or what can be opened again; it is read to its end.
        streams: which streams: video or audio.

    Raises:
        FFmpegError: it cannot be read to its end.
    """
    lines = _list(source, streams, continued=False)
    may_jump = source.info.container.split(",")[0] in JUMPING_DEMUXERS
    if not may_jump or not any(line.jumps() for line in lines):
        return Timeline(lines)
    return Timeline(_list(source, streams, continued=True), jumps=True)


def _list(
    source: MediaSource, streams: Sequence[Stream], *, continued: bool
) -> tuple[StreamTimeline, ...]:
    if not streams:
        return ()  # without -map, ffmpeg would choose streams itself
    maps = [word for stream in streams for word in ("-map", f"0:{stream.index}")]
    command = framecrc_command(
        source.input(), (*maps, *COPIED), keep_times=not continued
    )
    with Process(command.argv(source.ffmpeg.path), stdout=True) as process:
        reader = FramecrcReader(whole_lines(process.stdout))
        lines = _read(reader, [stream.index for stream in streams])
        process.finish()
    return tuple(_later(line, source.origin) for line in lines) if continued else lines


def _read(reader: FramecrcReader, indices: Sequence[int]) -> tuple[StreamTimeline, ...]:
    lists = [(array("q"), array("q"), array("q")) for _ in indices]
    hidden = [0] * len(indices)
    for stream, dts, pts, duration, discard in reader.times():
        if discard:
            hidden[stream] += 1
            continue
        all_pts, all_dts, durations = lists[stream]
        all_pts.append(pts)
        all_dts.append(dts)
        durations.append(duration)
    return tuple(
        StreamTimeline(
            index,
            reader.time_bases.get(number, Fraction(1)),
            *lists[number],
            hidden[number],
        )
        for number, index in enumerate(indices)
    )


def _later(line: StreamTimeline, origin: Fraction) -> StreamTimeline:
    """The same with times that count from the source's own start."""
    ticks = round(origin / line.time_base)
    return StreamTimeline(
        line.index,
        line.time_base,
        _moved(line.pts, ticks),
        _moved(line.dts, ticks),
        line.durations,
        line.hidden,
    )


def _moved(times: Iterable[int], ticks: int) -> "array[int]":
    return array("q", (NO_TIME if t == NO_TIME else t + ticks for t in times))
