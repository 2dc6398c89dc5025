"""Run a command to its end, and return its output."""

import contextlib
import os
import shlex
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.masking import mask_credentials
from avio_cli.ffmpeg.process.guard import guard, prepare, release
from avio_cli.ffmpeg.process.log import LOG
from avio_cli.ffmpeg.process.spawn import (
    CREATION_FLAGS,
    KILL,
    OWN_GROUP,
    _cannot_start,
    _signal_group,
    child_environment,
)

MOST_OUTPUT = 1 << 30
LINGER_SECONDS = 5
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Completed:
    """The output of a finished child."""

    status: int
    stdout: bytes
    stderr: str


def run(
    argv: Sequence[str | os.PathLike[str]],
    *,
    timeout: float = 60,
    input: bytes = b"",  # noqa: A002 - the name subprocess.run made known
    environment: Mapping[str, str] | None = None,
    most: int = MOST_OUTPUT,
) -> Completed:
    """Run a short command to its end and return all it printed.

    Args:
        argv: program and arguments.
        timeout: seconds after which it is killed.
        input: for its standard input.
        environment: variables of its own; an empty one is removed.
        most: bytes that it may print on either pipe.

    Raises:
        TooMuchOutputError: it printed more, and was killed.
        FFmpegError: it cannot be started, or does not end within `timeout` seconds;
            a failing exit status is for the caller to judge.
    """
    words = [os.fspath(word) for word in argv]
    LOG.debug("$ %s", shlex.join(map(mask_credentials, words)))
    child = _start(words, environment or {})
    try:
        with child, _killed_on_error(child):
            stdout, stderr = _exchange(child, input, timeout, most)
    except subprocess.TimeoutExpired:
        raise FFmpegError(f"{words[0]} did not end within {timeout:g} s") from None
    finally:
        release(child)
    log = mask_credentials(stderr.decode(errors="replace"))
    return Completed(child.returncode, stdout, log)


class TooMuchOutputError(FFmpegError):
    """A child printed more than it may, and was killed."""


def _exchange(
    child: "subprocess.Popen[bytes]", given: bytes, timeout: float, most: int
) -> tuple[bytes, bytes]:
    """Write a child's input and read all its output, but no more than `most`."""
    readers = [_Reader(child, pipe, most) for pipe in (child.stdout, child.stderr)]
    for reader in readers:
        reader.thread.start()
    writer = threading.Thread(target=_write, args=(child.stdin, given), daemon=True)
    writer.start()
    _await_end(child, [reader.thread for reader in readers], timeout)
    for reader in readers:
        # A grandchild may hold the pipe open: do not wait for it for ever.
        reader.thread.join(LINGER_SECONDS)
    if any(reader.overflowed for reader in readers):
        raise TooMuchOutputError(f"a child printed more than {most} bytes")
    stdout, stderr = (bytes(reader.data) for reader in readers)
    return stdout, stderr


def _await_end(
    child: "subprocess.Popen[bytes]",
    readers: Sequence[threading.Thread],
    timeout: float,
) -> None:
    """Wait for the end of its pipes, then its own: for that Python can only poll.

    Alone, `Popen.wait` with a timeout returns up to 50 ms late (3.11).

    Raises:
        TimeoutExpired: it has not ended.
    """
    until = time.monotonic() + timeout
    for reader in readers:
        # A grandchild may hold the pipe open when the child has ended.
        while reader.is_alive() and child.poll() is None and time.monotonic() < until:
            reader.join(_POLL_SECONDS)
    child.wait(max(until - time.monotonic(), 0))


class _Reader:
    """Reads a pipe in a thread; kills the child where it holds more than allowed."""

    def __init__(
        self, child: "subprocess.Popen[bytes]", pipe: "IO[bytes] | None", most: int
    ) -> None:
        self.data, self.overflowed = bytearray(), False
        self._child, self._pipe, self._most = child, pipe, most
        self.thread = threading.Thread(target=self._read, daemon=True)

    def _read(self) -> None:
        if self._pipe is None:
            return
        with contextlib.suppress(OSError, ValueError):  # closed: the end
            while chunk := os.read(self._pipe.fileno(), 1 << 16):
                self.data += chunk
                if len(self.data) > self._most:
                    self.overflowed = True
                    _signal_group(self._child, KILL)
                    return


def _write(pipe: "IO[bytes] | None", data: bytes) -> None:
    with contextlib.suppress(OSError, ValueError):  # it need not read all
        if pipe is not None:
            with pipe:
                pipe.write(data)


def _start(
    words: list[str], environment: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    try:
        with _starting:
            prepare()
            child = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=child_environment(environment),
                start_new_session=OWN_GROUP,
                creationflags=CREATION_FLAGS,
            )
            guard(child)
            _commands.add(child)
    except (OSError, ValueError) as error:
        raise _cannot_start(words[0], error) from error
    return child


def kill_running_commands() -> None:
    """End all short commands that other threads still wait for.

    For the end of a program: threads cannot be interrupted, and a server that does
    not answer keeps ffprobe for a minute.
    """
    with _starting:  # a child that was just started is in the set, too
        for child in tuple(_commands):
            _signal_group(child, KILL)


_commands: set["subprocess.Popen[bytes]"] = set()
_starting = threading.Lock()
"""Held while a child starts, until it is in `_commands`."""


@contextlib.contextmanager
def _killed_on_error(child: "subprocess.Popen[bytes]") -> Iterator[None]:
    try:
        yield
    except BaseException:
        _signal_group(child, KILL)
        raise
    finally:
        _commands.discard(child)
