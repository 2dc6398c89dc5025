"""The one owner of child processes: pipes, log, exit status, and a certain end."""

import contextlib
import logging
import os
import shlex
import signal
import subprocess  # noqa: TID251 - this module is the one that may
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Literal

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.address import mask_credentials
from avio_cli.ffmpeg.diagnosis import diagnose, left_unfinished

LOG = logging.getLogger("avio.ffmpeg")

PIPE_BYTES = 1 << 20
"""Linux's limit for a pipe without privileges; 64 KiB costs a third of the speed."""
TERMINATE_SECONDS = 1.5
"""ffmpeg closes its files within this after SIGTERM; then it is killed."""
TAIL_LINES = 200
TAIL_LINE_CHARACTERS = 2000

# Ctrl-C reaches a whole foreground group: ffmpeg would hear it twice, once from the
# terminal and once from us, and a second one makes it drop the trailer.
OWN_GROUP = sys.platform != "win32"
CREATION_FLAGS = 0 if OWN_GROUP else 0x200  # CREATE_NEW_PROCESS_GROUP

KILL = signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL

BACKGROUND_NICENESS = 10
"""Of children that nobody waits for: a tenth of what others get, while these work."""

MALLOC = {
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
}
"""For glibc in the child: keep the memory of a picture for the next one. Else ffmpeg
5.1 gives it back to the system each time: a third of its speed in bgr24."""

StandardInput = Literal["null", "pipe", "inherit"]


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
        LOG.debug("%s", line)
        if "[verbose]" not in line and "[info]" not in line:
            self._lines.append(line)
        if self._watch is not None:
            self._watch(line)

    @property
    def lines(self) -> tuple[str, ...]:
        """The kept lines, oldest first: warnings, errors, and what has no level."""
        return tuple(self._lines)


@dataclass(frozen=True, slots=True)
class SidePipe:
    """A further pipe that a child writes to, made before its command is known."""

    read_end: int
    write_end: int

    @classmethod
    def create(cls) -> "SidePipe":
        """Open both ends; `Process` takes ownership of them."""
        return cls(*os.pipe())


@dataclass(frozen=True, slots=True)
class Completed:
    """What a finished child left."""

    status: int
    stdout: bytes
    stderr: str


class Process:
    """A running child whose stderr is always drained and whose end is certain.

    Use it as a context manager: leaving the block stops the child if it still runs,
    and never hides the exception that left the block.

    Args:
        argv: program and arguments.
        stdin: ``pipe`` to write to `stdin`; ``inherit`` to hand on our own.
        stdout: whether to read from `stdout`; discarded otherwise.
        side_pipe: a second pipe for the child to write to; its read end becomes
            `side`.
        watch: called with each log line, in the draining thread.
        background: whether it shall leave the processor to others.

    Raises:
        FFmpegError: the program cannot be started.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        stdin: StandardInput = "null",
        stdout: bool = False,
        side_pipe: SidePipe | None = None,
        watch: Callable[[str], None] | None = None,
        background: bool = False,
    ) -> None:
        self.argv = tuple(argv)
        self.log = LogTail(watch)
        LOG.debug("$ %s", shlex.join(map(mask_credentials, argv)))
        self._child = _spawn(self.argv, stdin, stdout, side_pipe)
        if background:
            _put_in_background(self._child.pid)
        self.side = _open_side(side_pipe)
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
        """Wait a while for its end; returns whether it came."""
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def finish(self, timeout: float | None = None) -> None:
        """Close its stdin, wait for its own end, and check how it ended.

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
        if status or left_unfinished(self.log.lines):
            raise self.failure(status or 1)

    def failure(self, status: int) -> FFmpegError:
        """Say why the child ended with a status that is not 0."""
        message, hint = diagnose(status, self.log.lines)
        return FFmpegError(message, hint=hint, status=status, tail=self.log.lines)

    def kill(self) -> None:
        """End the child at once and leave the rest to `stop`; from any thread.

        For children that write no file. Whoever reads its pipes finds their end.
        """
        _signal_group(self._child, KILL)

    def stop(self) -> int:
        """End the child now, if it still runs: ask, wait, kill, and reap it.

        Returns:
            Its exit status.
        """
        self._close_pipes()
        if self.running:
            _signal_group(self._child, signal.SIGTERM)
        try:
            status = self._child.wait(TERMINATE_SECONDS)
        except subprocess.TimeoutExpired:
            _signal_group(self._child, KILL)
            status = self._child.wait()
        self._release()
        return status

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
        for pipe in (self._child.stdin, self._child.stdout, self.side):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _release(self) -> None:
        # A grandchild may still hold stderr open: do not wait for it for ever.
        self._drain.join(TERMINATE_SECONDS)
        self._close_pipes()
        if self._child.stderr is not None and not self._drain.is_alive():
            self._child.stderr.close()


def run(
    argv: Sequence[str | os.PathLike[str]],
    *,
    timeout: float = 60,
    input: bytes = b"",  # noqa: A002 - the name subprocess.run made known
) -> Completed:
    """Run a short command to its end and return all it printed.

    Raises:
        FFmpegError: it cannot be started, or does not end within `timeout` seconds;
            a failing exit status is for the caller to judge.
    """
    words = [os.fspath(word) for word in argv]
    LOG.debug("$ %s", shlex.join(map(mask_credentials, words)))
    try:
        child = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=OWN_GROUP,
            creationflags=CREATION_FLAGS,
        )
    except (OSError, ValueError) as error:
        raise _cannot_start(words[0], error) from error
    with child, _killed_on_error(child):
        try:
            stdout, stderr = child.communicate(input, timeout)
        except subprocess.TimeoutExpired:
            raise FFmpegError(f"{words[0]} did not end within {timeout:g} s") from None
    log = mask_credentials(stderr.decode(errors="replace"))
    return Completed(child.returncode, stdout, log)


def kill_commands() -> None:
    """End all short commands that other threads still wait for.

    For the end of a program: threads cannot be interrupted, and a server that does
    not answer keeps ffprobe for a minute.
    """
    for child in tuple(_commands):
        _signal_group(child, KILL)


_commands: set["subprocess.Popen[bytes]"] = set()


@contextlib.contextmanager
def _killed_on_error(child: "subprocess.Popen[bytes]") -> Iterator[None]:
    _commands.add(child)
    try:
        yield
    except BaseException:
        _signal_group(child, KILL)
        raise
    finally:
        _commands.discard(child)


def _spawn(
    argv: tuple[str, ...],
    stdin: StandardInput,
    stdout: bool,
    side_pipe: SidePipe | None,
) -> subprocess.Popen[bytes]:
    inputs = {"null": subprocess.DEVNULL, "pipe": subprocess.PIPE, "inherit": None}
    try:
        child = subprocess.Popen(
            argv,
            stdin=inputs[stdin],
            stdout=subprocess.PIPE if stdout else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={**MALLOC, **os.environ} if sys.platform == "linux" else None,
            pass_fds=() if side_pipe is None else (side_pipe.write_end,),
            start_new_session=OWN_GROUP,
            creationflags=CREATION_FLAGS,
        )
    except (OSError, ValueError) as error:  # ValueError: a zero byte in a word
        if side_pipe is not None:
            os.close(side_pipe.read_end)
            os.close(side_pipe.write_end)
        raise _cannot_start(argv[0], error) from error
    if side_pipe is not None:
        os.close(side_pipe.write_end)
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            widen(pipe.fileno())
    return child


def _put_in_background(pid: int) -> None:
    """Lower a new child's priority, before it has threads of its own."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):  # it has ended, or the system refuses
        os.setpriority(os.PRIO_PROCESS, pid, BACKGROUND_NICENESS)
        # Linux may weigh sessions before processes, and each child is one.
        Path(f"/proc/{pid}/autogroup").write_text(str(BACKGROUND_NICENESS))


def _open_side(side_pipe: SidePipe | None) -> IO[bytes] | None:
    if side_pipe is None:
        return None
    widen(side_pipe.read_end)
    return os.fdopen(side_pipe.read_end, "rb", buffering=0)


def widen(descriptor: int) -> None:
    """Give a pipe as much room as the system lets us; Linux only, else nothing."""
    if sys.platform != "linux":
        return
    import fcntl

    # Refused when the user's pipes already hold /proc/sys/fs/pipe-user-pages-soft.
    with contextlib.suppress(OSError):
        fcntl.fcntl(descriptor, 1031, PIPE_BYTES)  # F_SETPIPE_SZ, Python 3.10+ names it


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            child.terminate()
        else:
            os.killpg(child.pid, number)


def _cannot_start(program: str, error: OSError | ValueError) -> FFmpegError:
    cause = getattr(error, "strerror", None) or error
    return FFmpegError(
        f"cannot start {program}: {cause}",
        hint="set AVIO_FFMPEG to a working ffmpeg binary",
        status=127,
    )


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
    with contextlib.suppress(ValueError, OSError):  # closed under us: the end
        while chunk := pipe.read(1 << 16):
            yield from splitter.feed(chunk)
    yield splitter.rest.decode(errors="replace")
