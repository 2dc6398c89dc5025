"""Connection: a relaying ffmpeg, what it reports of its source, and its problems."""

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from avio_cli.ffmpeg.probe.genuine_report import REPORT_ENVIRONMENT
from avio_cli.ffmpeg.process.log import COLOR
from avio_cli.ffmpeg.process.process import Process

_REPORTED = re.compile(r"\[info\] (?:Output #0|Stream mapping:)")
_ANSWERED = re.compile(
    r"\[debug\] Before avformat_find_stream_info|\] SDP:|\[info\] Input #0"
)
"""Logged when the first data are there, before they are looked at (5.1, 9.0).

Of RTSP the first is not: what describes the streams is its answer. Of devices only the
last is."""
_PROBLEM = re.compile(r"\[(?:warning|error|fatal|panic)\] ")
_NETWORK_PROBLEM = re.compile(r"^\[(?:https?|tcp|tls) @ .*\[(?:error|fatal)\] ")
"""Counts also before: all of a short body is read to know what it contains. Other
problems of that time are the decoder's as well."""
_KEPT_LINES = 50
_MOST_LINES = 20_000
"""Of a report. It is bounded because a source decides how long it is."""
_POLL_SECONDS = 0.02
_LAST_SECONDS = 1.0
"""The last lines of a child that has ended were read within this."""


class Connection:
    """A running child that has opened a source, or is about to.

    Args:
        argv: its command line; it must log as `REPORT_OPTIONS` say.

    Raises:
        FFmpegError: it cannot be started.
    """

    def __init__(self, argv: Sequence[str]) -> None:
        self._lines: list[str] = []
        self._problems: deque[str] = deque(maxlen=_KEPT_LINES)
        self._watch: Callable[[str], None] | None = None
        self._answered, self._reported = threading.Event(), threading.Event()
        self._opened = 0.0
        self._lock = threading.Lock()
        self.process = Process(
            argv, stdout=True, watch=self._feed, environment=REPORT_ENVIRONMENT
        )

    def answers(self, seconds: float) -> bool:
        """Whether the first data come, or it fails, within so many seconds."""
        return self._wait(self._answered, seconds)

    def report(self, seconds: float) -> str | None:
        """What it logged until its source was open, or until it failed.

        Args:
            seconds: after which it is given up.

        Returns:
            None where it has done neither.
        """
        if not self._wait(self._reported, seconds):
            return None
        return "\n".join(self._lines)

    def _wait(self, event: threading.Event, seconds: float) -> bool:
        """Whether it happens, or the child ends, within so many seconds."""
        limit = time.monotonic() + seconds
        while not event.wait(_POLL_SECONDS):
            if not self.process.running:
                # Of a short stream all may be in the pipe already: it stays open.
                self.process.read_log(_LAST_SECONDS)
                break
            if time.monotonic() > limit:
                return False
        return True

    @property
    def is_open(self) -> bool:
        """Whether it has opened all it reads, and can send."""
        return self._reported.is_set()

    @property
    def waited(self) -> float:
        """Seconds since it was open; 0 before."""
        return time.monotonic() - self._opened if self.is_open else 0.0

    def report_problems(self, watch: Callable[[str], None]) -> None:
        """Report each problem: those so far at once, the others as they come.

        Args:
            watch: called with a line of the log, from the thread that drains it.
        """
        with self._lock:
            for line in self._problems:
                watch(line)
            self._watch = watch

    def _feed(self, line: str) -> None:
        plain, was_open = COLOR.sub("", line), self._reported.is_set()
        if not was_open:
            self._lines.append(line)
            self._opened = time.monotonic()
            if _REPORTED.match(plain) or len(self._lines) > _MOST_LINES:
                self._reported.set()
            if self._reported.is_set() or _ANSWERED.search(plain):
                self._answered.set()
        if _PROBLEM.search(plain) and (was_open or _NETWORK_PROBLEM.match(plain)):
            with self._lock:
                self._problems.append(plain)
                if self._watch is not None:
                    self._watch(plain)
