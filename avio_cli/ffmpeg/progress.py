"""Parse ffmpeg's progress reports, and its statistics of packets read and written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ProgressStep:
    """One report."""

    frames: int
    seconds: float
    """Of the output so far."""
    size: int
    """Bytes of the output so far."""


@dataclass(slots=True)
class ProgressParser:
    """Parses bytes as they arrive; yields a step for each complete report."""

    _rest: bytes = b""
    _values: dict[str, str] = field(default_factory=dict)
    _last: ProgressStep = field(default=ProgressStep(0, 0.0, 0))

    def feed(self, chunk: bytes) -> Iterator[ProgressStep]:
        """Take some bytes; yield the reports that they complete."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            key, _, value = line.decode(errors="replace").partition("=")
            self._values[key.strip()] = value.strip()
            if key == "progress":
                yield self._step()

    def _step(self) -> ProgressStep:
        # The first reports may say N/A, or the smallest 64-bit number.
        self._last = ProgressStep(
            max(self._last.frames, self._number("frame")),
            max(self._last.seconds, self._number("out_time_us") / 1e6),
            max(self._last.size, self._number("total_size")),
        )
        return self._last

    def _number(self, key: str) -> int:
        try:
            return max(0, int(self._values.get(key, "0")))
        except ValueError:
            return 0


# Further outputs only make ffmpeg read all streams.
_WROTE = re.compile(
    r"Output stream #0:(\d+) \((\w+)\): (?:(\d+) frames encoded.*?; )?"
    r"(\d+) packets muxed(?: \((\d+) bytes\))?"
)
_READ = re.compile(
    r"Input stream #(\d+):(\d+) \((\w+)\): (\d+) packets read \(\d+ bytes\);"
    r"(?: (\d+) frames decoded)?"
)


@dataclass(slots=True)
class MuxerStats:
    """Parses the log of a run at level verbose; complete when the run has ended."""

    muxed: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Output stream index to kind (``video`` …) and packets written."""
    muxed_bytes: dict[int, int] = field(default_factory=dict)
    """Output stream index to bytes written."""
    decoded: dict[tuple[int, int], int] = field(default_factory=dict)
    """Input and stream index to frames decoded."""
    read: dict[tuple[int, int], int] = field(default_factory=dict)
    """Likewise: packets read, of what is decoded."""

    def feed(self, line: str) -> None:
        """Take one log line; called in the thread that drains the log."""
        if match := _WROTE.search(line):
            self.muxed[int(match[1])] = (match[2], int(match[4]))
            self.muxed_bytes[int(match[1])] = int(match[5] or 0)
        elif (match := _READ.search(line)) and match[5]:
            stream = int(match[1]), int(match[2])
            self.read[stream], self.decoded[stream] = int(match[4]), int(match[5])
