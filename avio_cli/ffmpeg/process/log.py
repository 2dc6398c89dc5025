"""A child's log: drained by a thread into a bounded tail."""

import contextlib
import logging
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO

from avio_cli.ffmpeg.masking import mask_credentials, printable

LOG = logging.getLogger("avio.ffmpeg")

COLOR = re.compile(r"\x1b\[[\d;]*m")
"""How ffmpeg begins and ends a colour, where it is asked for them."""

_MUTED = re.compile(r"\[(?:debug|verbose|info)\]")

TAIL_LINES = 200
TAIL_LINE_CHARACTERS = 2000


class LogTail:
    """The last lines of a child's stderr, filled by a thread, read by anyone."""

    def __init__(self, watch: Callable[[str], None] | None = None) -> None:
        self._lines: deque[str] = deque(maxlen=TAIL_LINES)
        self._watch = watch

    def feed(self, line: str) -> None:
        """Take one line: keep it, show it to the log and to the watcher."""
        line = mask_credentials(line.rstrip())[:TAIL_LINE_CHARACTERS]
        if not line:
            return
        if "[debug]" not in line:  # a relay says a lot, for as long as it runs
            LOG.debug("%s", printable(COLOR.sub("", line)))
        if not _MUTED.search(line):
            self._lines.append(COLOR.sub("", line))
        if self._watch is not None:
            self._watch(line)

    @property
    def lines(self) -> tuple[str, ...]:
        """The kept lines, oldest first: warnings, errors, and what has no level."""
        return tuple(self._lines)


@dataclass(slots=True)
class _LineSplitter:
    """Cuts a byte stream into lines; a flood without line ends stays bounded."""

    rest: bytes = field(default=b"")

    def feed(self, chunk: bytes) -> Iterator[str]:
        # ffmpeg ends its status lines with a carriage return.
        *lines, self.rest = (self.rest + chunk.replace(b"\r", b"\n")).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace")
        if len(self.rest) > TAIL_LINE_CHARACTERS:
            yield self.rest.decode(errors="replace")
            self.rest = b""


def _bounded_lines(pipe: IO[bytes]) -> Iterator[str]:
    splitter = _LineSplitter()
    with contextlib.suppress(ValueError, OSError):  # closed while reading: the end
        while chunk := pipe.read(1 << 16):
            yield from splitter.feed(chunk)
    yield splitter.rest.decode(errors="replace")
