"""CommandTarget: events as lines of JSON into a command, which is started again."""

import shlex
import shutil
from contextlib import suppress
from typing import IO

from avio_cli.errors import FFmpegError, UsageError
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.url import mask_credentials, printable
from avio_cli.monitoring.events.target import GRACE, LOG, EventTarget


class CommandTarget(EventTarget):
    """Runs one command, which gets each event as a line on its standard input.

    It starts with the first event and is to read until its input ends. Where it ends
    before, it is started again. Its standard output is discarded; its standard error
    is part of the log.

    Args:
        command: split as a shell splits words; no shell runs.

    Raises:
        UsageError: it cannot be split, or there is no such program.
    """

    def __init__(self, command: str) -> None:
        self._argv = _words(command)
        super().__init__(printable(mask_credentials(self._argv[0])))
        self._process: Process | None = None
        self._was_given = 0
        """Events that the running command has got."""

    def _run(self) -> None:
        try:
            while not self._is_over:
                self.queue.wait()
                lines = self.queue.take()
                if lines:
                    self._send(lines[0])
                elif self.queue.closing:
                    break
        finally:
            self._stop()
            # Nothing keeps them for another run.
            self.queue.dropped += len(self.queue.take(len(self.queue)))

    def _send(self, line: bytes) -> None:
        try:
            process = self._running()
            _write_all(process.stdin, line + b"\n")
        except FFmpegError as error:
            self.queue.put_back(line)
            self._has_failed(error.message)
        except (OSError, ValueError):  # closed by `_stop`, or its reader is gone
            self.queue.put_back(line)
            self._reap()
        else:
            self._sent += 1
            self._was_given += 1
            self._has_worked()

    def _running(self) -> Process:
        if self._process is not None and not self._process.running:
            self._reap()
        if self._process is None:
            self._process = Process(self._argv, stdin="pipe")
            self._was_given = 0
        return self._process

    def _reap(self) -> None:
        """Take note of a command that has ended by itself."""
        process, self._process = self._process, None
        if process is None:
            return
        given = self._was_given
        process.ends_within(GRACE / 10)
        status = process.stop()
        self._doubt(status)
        if self.queue.closing and self._is_over:
            return
        self._restarts += 1
        if status or not given:
            last = process.log.lines[-1:]
            self._has_failed(": ".join((f"it ended with status {status}", *last)))

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(OSError, ValueError):
            process.stdin.close()
        ended = process.ends_within(GRACE)
        status = process.stop()
        self._doubt(status if ended else status or 1)

    def _doubt(self, status: int) -> None:
        """Count what a command got that failed or was killed."""
        if not status or not self._was_given:
            return
        if not self._unread:
            how = "was killed" if status < 0 else f"ended with status {status}"
            shown = (self.title, how, _events(self._was_given))
            LOG.warning("%s %s: %s may not have been read", *shown)
        self._unread += self._was_given
        self._was_given = 0

    def _abandon(self) -> None:
        if (process := self._process) is not None:
            process.kill()  # the thread may be writing into a full pipe


def _events(number: int) -> str:
    return "1 event" if number == 1 else f"{number} events"


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        shown = printable(mask_credentials(command))
        message = f"--on-event {shown!r} cannot be split into words: {error}"
        raise UsageError(message) from error
    if not words:
        raise UsageError("--on-event is empty", hint="give a URL, or a command")
    program = shutil.which(words[0])
    if program is None:
        raise UsageError(
            f"--on-event: there is no program {printable(words[0])!r}",
            hint="give a URL that starts with http, or a command",
        )
    return [program, *words[1:]]


def _write_all(pipe: IO[bytes], content: bytes) -> None:
    """Write all of it: an unbuffered pipe may take a part."""
    rest = memoryview(content)
    while rest:
        rest = rest[pipe.write(rest) :]
