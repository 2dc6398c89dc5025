"""Process: a child process with its pipes, log, exit status, and a certain end."""

import contextlib
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import IO

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.diagnosis import diagnose, left_unfinished
from avio_cli.ffmpeg.masking import mask_credentials
from avio_cli.ffmpeg.process.bounds import explain_bound
from avio_cli.ffmpeg.process.guard import release
from avio_cli.ffmpeg.process.log import LOG, LogTail, _bounded_lines
from avio_cli.ffmpeg.process.spawn import (
    KILL,
    ExtraPipe,
    StandardInput,
    _open_extra_pipe,
    _put_in_background,
    _signal_group,
    _spawn,
)

TERMINATE_SECONDS = 1.5
"""ffmpeg closes its files within this after SIGTERM; then it is killed."""

FEEDER_SECONDS = 2
"""A child whose output was read to its end has ended within this."""

_ENDED_BY_SIGNAL = 255
"""The status of an ffmpeg that a signal let finish."""


class Process:
    """A running child whose stderr is always drained and whose end is certain.

    Use it as a context manager: leaving the block stops the child if it still runs,
    and never hides the exception that left the block. In a fork of this process that
    only closes the fork's own ends of the pipes.

    Args:
        argv: program and arguments.
        stdin: ``pipe`` to write to `stdin`; ``inherit`` to pass on our own; or a child
            whose stdout it reads, and which ends with it; or what else it reads.
        stdout: whether to read from `stdout`; discarded otherwise.
        extra_pipe: a second pipe for the child to write to; its read end becomes
            the attribute `extra_pipe`.
        handed: further descriptors that it writes to; they are closed here.
        watch: called with each log line, in the draining thread.
        background: whether to lower its priority.
        environment: variables of its own; an empty one is removed.

    Raises:
        FFmpegError: the program cannot be started.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        stdin: "StandardInput | Process | IO[bytes]" = "null",
        stdout: bool = False,
        extra_pipe: ExtraPipe | None = None,
        handed: tuple[int, ...] = (),
        watch: Callable[[str], None] | None = None,
        background: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.argv, self._asked, self._owner = tuple(argv), False, os.getpid()
        self.log = LogTail(watch)
        LOG.debug("$ %s", shlex.join(map(mask_credentials, argv)))
        self._feeder = stdin if isinstance(stdin, Process) else None
        given = stdin.stdout if isinstance(stdin, Process) else stdin
        try:
            self._child = _spawn(
                self.argv, given, stdout, extra_pipe, environment or {}, handed
            )
        except FFmpegError:
            self._stop_feeder()
            raise
        if self._feeder is not None:
            self._feeder.stdout.close()  # else it would not notice that nobody reads
        if background:
            _put_in_background(self._child.pid)
        self.extra_pipe = _open_extra_pipe(extra_pipe)
        self._drain = threading.Thread(target=self._drain_log, daemon=True)
        self._drain.start()

    @property
    def stdin(self) -> IO[bytes]:
        """The unbuffered pipe to the child; only where one was asked for."""
        if self._child.stdin is None:
            raise ValueError("stdin was not asked for")
        return self._child.stdin

    @property
    def stdout(self) -> IO[bytes]:
        """The unbuffered pipe from the child; only where one was asked for."""
        if self._child.stdout is None:
            raise ValueError("stdout was not asked for")
        return self._child.stdout

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the child has not ended yet."""
        return self._child.poll() is None

    @property
    def was_killed(self) -> bool:
        """Whether a signal ended it."""
        return (self._child.poll() or 0) < 0

    def ends_within(self, seconds: float) -> bool:
        """Wait a while for its end; returns whether it has ended."""
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def read_log(self, seconds: float) -> None:
        """Wait a while until the log of a child that has ended was read to its end."""
        self._drain.join(seconds)

    def finish(
        self, timeout: float | None = None, *, leaves_feeder: bool = False
    ) -> None:
        """Close its stdin, wait for its own end, and check how it ended.

        Args:
            timeout: seconds to wait at most; None: for ever.
            leaves_feeder: whether it may end before the child that it reads, however
                that ends then.

        Raises:
            FFmpegError: it failed, was killed, or did not end within `timeout`.
        """
        with contextlib.suppress(BrokenPipeError):
            if self._child.stdin is not None:
                self._child.stdin.close()
        try:
            status = self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.stop()
            raise FFmpegError(f"ffmpeg did not end within {timeout} s") from None
        self._release()
        if leaves_feeder:
            self._stop_feeder()
        elif self._feeder is not None:
            self._feeder.finish(FEEDER_SECONDS)
        if self._asked and status == _ENDED_BY_SIGNAL:
            status = 0
        if status or left_unfinished(self.log.lines):
            raise self.failure(status or 1)

    def failure(self, status: int) -> FFmpegError:
        """Say why the child ended with a status that is not 0."""
        lines = self.log.lines
        message, hint = explain_bound(status, lines) or diagnose(status, lines)
        return FFmpegError(message, hint=hint, status=status, tail=lines)

    def kill(self) -> None:
        """Kill the child at once and leave the rest to `stop`; from any thread.

        For children that write no file. Readers of its pipes reach their end.
        """
        if self._is_ours:
            _signal_group(self._child, KILL)
        if self._feeder is not None:
            self._feeder.kill()

    def ask(self) -> None:
        """Ask an ffmpeg to finish its files and end, which is no failure then.

        From any thread. While it waits for its source, it only ends when it is asked
        again (5.1).
        """
        self._asked = True
        for _ in range(2):
            if self.running:
                _signal_group(self._child, signal.SIGTERM)
            if self.ends_within(TERMINATE_SECONDS):
                return

    def stop(self, patience: float = TERMINATE_SECONDS) -> int:
        """End the child now, if it still runs: ask, wait, kill, and reap it.

        Args:
            patience: seconds to wait before it is killed.

        Returns:
            Its exit status; 0 in a fork.
        """
        self._close_pipes()
        if not self._is_ours:
            return 0
        if self.running:
            _signal_group(self._child, signal.SIGTERM)
        try:
            status = self._child.wait(patience)
        except subprocess.TimeoutExpired:
            _signal_group(self._child, KILL)
            status = self._child.wait()
        self._release()
        self._stop_feeder()
        return status

    @property
    def _is_ours(self) -> bool:
        """Whether this process started it, and not the one that forked this one."""
        return os.getpid() == self._owner

    def _stop_feeder(self) -> None:
        if self._feeder is not None:
            self._feeder.kill()  # it writes no file
            self._feeder.stop()

    def __enter__(self) -> "Process":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _drain_log(self) -> None:
        if self._child.stderr is None:
            return
        for line in _bounded_lines(self._child.stderr):
            self.log.feed(line)

    def _close_pipes(self) -> None:
        for pipe in (self._child.stdin, self._child.stdout, self.extra_pipe):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _release(self) -> None:
        release(self._child)
        # A grandchild may still hold stderr open: do not wait for it for ever.
        self._drain.join(TERMINATE_SECONDS)
        self._close_pipes()
        if self._child.stderr is not None and not self._drain.is_alive():
            self._child.stderr.close()
