"""Timeline: when the packets of a source's or a result's streams are shown.

All streams are listed in one pass without decoding. Where the clock of an MPEG stream
starts again or jumps (recordings, streams that were joined by `cat`), ffmpeg goes on
with its own, and so does the list: such a source is listed a second time.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import pairwise

from avio_cli.demux.framecrc import (
    COPIED,
    FramecrcReader,
    framecrc_command,
    is_listable,
    whole_lines,
)
from avio_cli.demux.packet_list import ProcessFactory, start_listing
from avio_cli.ffmpeg.clock import Clock, continued_clock, may_jump
from avio_cli.ffmpeg.command import Input
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.info import Stream, SubtitleStream

NO_TIME = -(2**63)
"""Stands in the lists for a time that a packet lacks."""
_Times = tuple["array[int]", "array[int]", "array[int]"]
_ROUNDING = Fraction(1, 500)
"""Seconds by which a duration may differ from the time to the next packet."""
_BACK, _AHEAD = Fraction(1, 10), Fraction(10)
"""Seconds by which a clock must step to be corrected: as ffmpeg decides."""
_LOOSE = Fraction(2)
"""Seconds by which streams may be interleaved loosely."""


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
    size: int = 0
    """Bytes of all packets."""
    zeroed: int = 0
    """Packets that hold nothing but zeros."""

    def __len__(self) -> int:
        return len(self.pts)

    @property
    def has_pts(self) -> bool:
        """Whether every packet says when it is shown."""
        return NO_TIME not in self.pts

    @property
    def is_repaired(self) -> bool:
        """Whether its times went back, and ffmpeg has put others into the list.

        It puts a time that is not after the last one right behind that (5.1 and 9.0).
        """
        fine = self.time_base < Fraction(1, 2000)
        return fine and any(later - dts <= 1 for dts, later in pairwise(self.dts))

    @property
    def may_go_back(self) -> bool:
        """Whether decoded frames may have times that go back or repeat."""
        steps = (later - dts <= 1 for dts, later in pairwise(self.dts))
        return any(steps) or len(set(self.pts)) < len(self.pts)

    def shown(self) -> list[Fraction]:
        """When the packets are shown, in seconds, in that order.

        Without a pts (AVI) they count as shown in the order of decoding.
        """
        return [tick * self.time_base for tick in self.ticks()]

    def seconds(self) -> list[float]:
        """As `shown`, rounded, for long lists."""
        over, under = self.time_base.as_integer_ratio()
        return [tick * over / under for tick in self.ticks()]

    def first(self) -> Fraction | None:
        """Seconds at which the first packet is shown; None without any."""
        ticks = self.ticks()
        return ticks[0] * self.time_base if ticks else None

    def end(self) -> Fraction | None:
        """Seconds at which the last packet has been shown; None without any.

        Where packets are decoded in another order, MP4 declares for how long each is
        decoded, not shown: all are shown as much later as the first one.
        """
        ticks = self.ticks()
        if not ticks:
            return None
        last = max(self.dts)
        stays = self.durations[self.dts.index(last)]
        late = ticks[0] - min(dts for dts in self.dts if dts != NO_TIME)
        return max(ticks[-1], last + stays + late) * self.time_base

    @property
    def durations_are_guessed(self) -> bool:
        """Whether all packets have one duration, which is not the time between them.

        ffmpeg 5.1 fills in that of the average rate where MP4 stores frames out of
        order, Matroska has one for all frames.
        """
        if len(set(self.durations)) != 1 or NO_TIME in self.dts:
            return False
        length, most = self.durations[0], _ROUNDING / self.time_base
        steps = (later - dts for dts, later in pairwise(self.dts))
        return any(abs(step - length) > most for step in steps)

    def usual_duration(self) -> Fraction:
        """Seconds of most packets: one before a pause may last as long as the pause."""
        ticks = sorted(self.durations) or [0]
        return ticks[len(ticks) // 2] * self.time_base

    def long_duration(self) -> Fraction:
        """Seconds of the longer packets (Vorbis has two sizes), but for a few."""
        ticks = sorted(self.durations) or [0]
        return ticks[len(ticks) * 9 // 10] * self.time_base

    def ticks(self) -> list[int]:
        """When packets are shown, in that order."""
        ticks = self.pts if self.has_pts else self.dts
        return sorted(tick for tick in ticks if tick != NO_TIME)

    def jumps(self) -> Iterator[tuple[Fraction, Fraction] | None]:
        """Where its clock steps further ahead than a pause would: from, and to.

        None where it steps back. ffmpeg lists no time before the last one: it repeats
        that until the clock has caught up (5.1 and 9.0).
        """
        back, ahead = _BACK / self.time_base, _AHEAD / self.time_base
        last, stuck, length = NO_TIME, 0, 0
        for dts, duration in zip(self.dts, self.durations, strict=True):
            if dts == NO_TIME:
                continue
            stuck = stuck + length if dts == last else 0
            if stuck > back:
                yield None
            if last != NO_TIME and dts > last + length + ahead:
                yield last * self.time_base, dts * self.time_base
            last, length = dts, duration


@dataclass(frozen=True, slots=True)
class Timeline:
    """The listed streams of one source, on one clock that never jumps."""

    streams: tuple[StreamTimeline, ...]
    jumps: bool = False
    """Whether the source's own clock jumps: its times are not those listed here, and
    it cannot be searched by time."""
    ahead: tuple[Fraction, Fraction] | None = None
    """Where that clock steps ahead for the first time, in its seconds: from, and to."""

    def of(self, stream: Stream) -> StreamTimeline | None:
        """The packets of a stream, if it was listed."""
        found = (line for line in self.streams if line.index == stream.index)
        return next(found, None)

    def with_lines(self, lines: Iterable[StreamTimeline]) -> "Timeline":
        """The same with other packets of some streams."""
        others = {line.index: line for line in (*self.streams, *lines)}
        return replace(self, streams=tuple(others.values()))


def list_timeline(
    source: MediaSource,
    streams: Sequence[Stream],
    start_process: ProcessFactory = start_listing,
) -> Timeline:
    """List the packets of some streams, in seconds on the source's own clock.

    Where the clock jumps, it goes on from the first time as ffmpeg does.

    Args:
        source: a file, or what can be opened again; it is read to its end.
        streams: which streams: video, audio or subtitles.
        start_process: starts the child; an error is raised if it is killed.

    Raises:
        FFmpegError: it cannot be read to its end.
    """
    read = partial(_list, source, streams, start_process)
    if source.info.jumps:
        return Timeline(read(continued=True), jumps=True)
    lines = read(continued=False)
    texts = {s.index for s in streams if isinstance(s, SubtitleStream)}
    timed = [line for line in lines if line.index not in texts]
    jumps = list(_jumps(timed)) if may_jump(source.info) else []
    if not jumps:
        return Timeline(lines)
    ahead = min((jump for jump in jumps if jump is not None), default=None)
    return Timeline(read(continued=True), jumps=True, ahead=ahead)


def _jumps(
    lines: Sequence[StreamTimeline],
) -> Iterator[tuple[Fraction, Fraction] | None]:
    """Where the clock of the source jumps, and not only one stream pauses."""
    for line in lines:
        for jump in line.jumps():
            if jump is None or not any(_plays_between(other, *jump) for other in lines):
                yield jump


def _plays_between(line: StreamTimeline, start: Fraction, end: Fraction) -> bool:
    """Whether a stream has packets while another one has none."""
    first, last = (
        round(time / line.time_base) for time in (start + _LOOSE, end - _LOOSE)
    )
    return any(first <= dts <= last for dts in line.dts)


def list_inputs(
    ffmpeg: FFmpeg,
    source: Input,
    maps: Sequence[str],
    clock: Clock | None = None,
    start_process: ProcessFactory = start_listing,
) -> tuple[StreamTimeline, ...]:
    """List the packets of the mapped streams, numbered in the order of the maps.

    Args:
        ffmpeg: the binary to read with.
        source: what to read, to its end.
        maps: ``-map`` options.
        clock: as in `framecrc_command`.
        start_process: starts the child; an error is raised if it is killed.

    Raises:
        FFmpegError: it cannot be read to its end.
    """
    command = framecrc_command(source, (*maps, *COPIED), clock)
    with start_process(command.argv(ffmpeg.path), "null") as process:
        lines = _read(FramecrcReader(whole_lines(process.stdout)))
        process.finish()
    return lines


def _list(
    source: MediaSource,
    streams: Sequence[Stream],
    start_process: ProcessFactory,
    *,
    continued: bool,
) -> tuple[StreamTimeline, ...]:
    streams = list(filter(is_listable, streams))
    if not streams:
        return ()  # without -map, ffmpeg would choose streams itself
    maps = [word for stream in streams for word in ("-map", f"0:{stream.index}")]
    clock = continued_clock(source.info) if continued else Clock()
    lines = list_inputs(source.ffmpeg, source.input(), maps, clock, start_process)
    return tuple(replace(line, index=streams[line.index].index) for line in lines)


def _read(reader: FramecrcReader) -> tuple[StreamTimeline, ...]:
    lists = defaultdict[int, _Times](lambda: (array("q"), array("q"), array("q")))
    hidden, sizes, zeroed = Counter[int](), Counter[int](), Counter[int]()
    for stream, dts, pts, duration, size, discard, zeros in reader.times():
        sizes[stream] += size
        zeroed[stream] += zeros
        if discard:
            hidden[stream] += 1
            continue
        all_pts, all_dts, durations = lists[stream]
        all_pts.append(pts)
        all_dts.append(dts)
        durations.append(duration)
    return tuple(
        StreamTimeline(
            stream, base, *lists[stream], hidden[stream], sizes[stream], zeroed[stream]
        )
        for stream, base in sorted(reader.time_bases.items())
    )
