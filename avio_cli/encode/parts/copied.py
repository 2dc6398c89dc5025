"""CopiedParts: packets into one part after the other, copied by ffmpeg's segmenter.

A part begins with a keyframe, its times with 0. What each part holds is read back; all
parts of a connection together must hold every packet that ffmpeg has written.
"""

import logging
import queue
import re
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path

from avio_cli.closing import ClosedOnExit
from avio_cli.demux.timeline import StreamTimeline
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import AvioError, OutputError
from avio_cli.ffmpeg.command import Command, Output
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.mux.command import EncodePlan
from avio_cli.mux.verify import total_seconds, verify_file
from avio_cli.output.growing import growing_options
from avio_cli.output.hidden import hidden_beside
from avio_cli.output.parts.part import PartContent, PartOutput
from avio_cli.output.parts.parts import Parts

LOG = logging.getLogger("avio.live")
# Of the name only its number: lines are cut, and what looks like a secret is masked.
_BEGINS = re.compile(
    r"\.(?P<number>\d{6,})\.\w+' starts with packet .*pts_time:(?P<time>-?[\d.]+)"
)
_ENDED = re.compile(r"\.\d{6,}\.\w+' count:\d+ ended")
_TICK = Fraction(1, 1_000_000)
_OF_TRACKS = ("-video_track_timescale", "-movie_timescale")
"""Options of the muxer of a part that a plan puts among those of its output."""


@dataclass(slots=True)
class _Begun:
    """A part that is written."""

    output: PartOutput
    file: Path
    """The name under which ffmpeg has opened it."""
    start: datetime
    first: Fraction
    """Seconds of the source at its first packet."""
    end: datetime | None = None


class CopiedParts(ClosedOnExit):
    """Takes what ffmpeg's segmenter logs, names its files, and reads them back.

    Args:
        ffmpeg: the binary to read with.
        parts: where they are written; closed with this.
        settings: of the copy.
        failed: called once, in any thread, where a part cannot be written or kept.
    """

    def __init__(
        self,
        ffmpeg: FFmpeg,
        parts: Parts,
        settings: EncodeSettings,
        failed: Callable[[], None],
    ) -> None:
        self._ffmpeg, self.parts, self._settings = ffmpeg, parts, settings
        self._failed = failed
        self._stack = ExitStack()
        self._hidden = self._stack.enter_context(
            hidden_beside(parts.readback_path)
        ).path
        self._connection, self._extension = 0, ""
        self._current: _Begun | None = None
        self._ended: queue.SimpleQueue[_Begun | threading.Event | None] = (
            queue.SimpleQueue()
        )
        self._reader = threading.Thread(target=self._read_back, name="avio-part")
        self._reader.start()
        self._error: AvioError | None = None
        self._found: list[int] = []
        """Packets of each track in the parts of this connection."""
        self.frames = 0
        """Packets of the first track, in all parts that were read back."""
        self.seconds = Fraction(0)
        """Length of all parts that were read back."""
        self._origin: Fraction | None = None
        """Added to the times of the connection, in the index; None: nothing came."""
        self._begun: float | None = None
        """When the first packet of all came, on the monotonic clock."""

    def command(self, plan: EncodePlan, length: Fraction, *, aligned: bool) -> Command:
        """The command of a plan, which writes parts; begins a connection.

        Args:
            plan: made with `PlannedPart` as its output.
            length: seconds of each part.
            aligned: whether parts begin at multiples of `length` since midnight.
        """
        self._connection += 1
        self._found, self._origin = [], None
        output, *others = plan.command.outputs
        container = self._settings.container
        words, inner = _split(output.options)
        kept = (*container.options, *growing_options(self._ffmpeg, container), *inner)
        self._extension = Path(output.url).suffix
        name = str(self._hidden).replace("%", "%%")
        name += f".{self._connection}.%06d{self._extension}"
        made = (
            *("-segment_format_options", _joined(kept)),
            *("-segment_format", container.muxer, "-segment_time", f"{float(length)}"),
            *(("-segment_atclocktime", "1") if aligned else ()),
            *("-reset_timestamps", "1", "-f", "segment"),
        )
        segments = Output(name, (*words, *made))
        return replace(plan.command, outputs=(segments, *others))

    def feed(self, line: str) -> None:
        """Take one log line; called in the thread that drains the log."""
        if "segment:'" not in line or self._error is not None:
            return
        try:
            if match := _BEGINS.search(line):
                self._begin(int(match["number"]), Fraction(match["time"]))
            elif _ENDED.search(line) and self._current is not None:
                # It is closed after that: the rest of it is written then (5.1, 9.0).
                self._current.end = self.parts.now()
        except AvioError as error:
            self._fail(error)

    def finish_connection(self, written: Sequence[int]) -> None:
        """Wait until all parts so far are read back.

        Args:
            written: packets that ffmpeg has written into each track; empty: it ended
                before it could say.

        Raises:
            AvioError: a part could not be written, or lacks a packet.
        """
        self._end()
        read = threading.Event()
        self._ended.put(read)
        read.wait()
        if self._error is not None:
            raise self._error
        for count, expected in zip(self._found, written, strict=False):
            if count < expected:
                raise OutputError(
                    f"the parts failed verification: they hold {count} of {expected} "
                    "packets of a track"
                )

    def close(self) -> None:
        """Stop; what was written of the last part stays. Safe to call twice."""
        if self._reader.is_alive():
            self._ended.put(None)
            self._reader.join()
        current, self._current = self._current, None
        if current is not None:
            current.output.discard()
        self.parts.close()
        self._stack.close()

    def _begin(self, number: int, first: Fraction) -> None:
        file = self._file(number)
        current = self._current
        if current is not None and current.file == file:
            return  # it is said of the first packet, and of that with which it is cut
        self._end()
        now = self.parts.now()
        output = self.parts.open(now)
        self._current = _Begun(output, file, now, self._shift(first) + first)
        # Under its own name it counts, whatever ends this run. Windows renames no file
        # that is open: there it happens at the end.
        with suppress(OSError):
            self._take(self._current)

    def _file(self, number: int) -> Path:
        """Under which name ffmpeg has opened a part of this connection."""
        name = f"{self._hidden.name}.{self._connection}.{number:06d}{self._extension}"
        return self._hidden.with_name(name)

    def _shift(self, first: Fraction) -> Fraction:
        """What to add to the times of a connection: they go on by the clock."""
        now = time.monotonic()
        if self._begun is None:
            self._begun = now
        if self._origin is None:
            self._origin = Fraction(now - self._begun) - first
        return self._origin

    def _end(self) -> None:
        current, self._current = self._current, None
        if current is not None:
            self._ended.put(current)

    @staticmethod
    def _take(begun: _Begun) -> None:
        path = begun.output.readback_path
        if path is not None and begun.file.exists():
            begun.file.replace(path)

    def _read_back(self) -> None:
        """Read back one part after the other, in a thread that nothing ends."""
        while (work := self._ended.get()) is not None:
            if isinstance(work, threading.Event):
                work.set()
                continue
            for step in (self._complete, self._keep):
                try:
                    step(work)
                except AvioError as error:
                    self._fail(error)
                except Exception as error:  # else who waits would wait for ever
                    name = work.output.display_name
                    self._fail(OutputError(f"cannot write {name}: {error}"))

    @staticmethod
    def _keep(part: _Begun) -> None:
        """What is not complete stays, as far as it goes."""
        part.output.discard()

    def _complete(self, part: _Begun) -> None:
        output = part.output
        self._take(part)
        path, how = output.readback_path, self._settings.verify
        assert path is not None, "a part is a file"
        tracks = verify_file(self._ffmpeg, path, (), how)
        counts = _counts(tracks)
        self._found = [
            sum(both) for both in zip_longest(self._found, counts, fillvalue=0)
        ]
        if tracks:
            output.content = self._content(part, tracks[0])
            self.frames += counts[0]
            self.seconds += total_seconds(tracks)
        output.commit()
        self.parts.remove_old()

    def _content(self, part: _Begun, track: StreamTimeline) -> PartContent:
        first = round(part.first / _TICK)
        last = first + round(max(track.pts, default=0) * track.time_base / _TICK)
        content = PartContent(part.start, _TICK)
        content.first = (self.frames, first)
        content.last = (self.frames + len(track) - 1, last)
        content.frames, content.end = len(track), part.end or part.start
        return content

    def _fail(self, error: AvioError) -> None:
        if self._error is None:
            self._error = error
            self._failed()


def _counts(tracks: Sequence[StreamTimeline]) -> list[int]:
    return [len(track) + track.hidden for track in tracks]


def _split(options: Sequence[str]) -> tuple[list[str], list[str]]:
    """Options of an output: those of ffmpeg, and those of the muxer of each part."""
    words, inner = list(options), []
    for name in _OF_TRACKS:
        if name in words:
            place = words.index(name)
            inner += words[place : place + 2]
            del words[place : place + 2]
    place = len(words) - 1 - words[::-1].index("-f")
    return words[:place] + words[place + 2 :], inner


def _joined(options: Sequence[str]) -> str:
    """Options of a muxer as one: ``movflags=+faststart:flush_packets=1``."""
    pairs = dict(zip(options[::2], options[1::2], strict=True))  # the last one counts
    return ":".join(
        f"{name.removeprefix('-')}={value}" for name, value in pairs.items()
    )
