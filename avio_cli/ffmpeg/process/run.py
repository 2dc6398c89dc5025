"""Run a command to its end, and return its output."""

import contextlib
import os
import shlex
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from avio_cli.errors import FFmpegError
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
from avio_cli.ffmpeg.url import mask_credentials


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
) -> Completed:
    """Run a short command to its end and return all it printed.

    Raises:
        FFmpegError: it cannot be started, or does not end within `timeout` seconds;
            a failing exit status is for the caller to judge.
    """
    words = [os.fspath(word) for word in argv]
    LOG.debug("$ %s", shlex.join(map(mask_credentials, words)))
    child = _start(words, environment or {})
    try:
        with child, _killed_on_error(child):
            stdout, stderr = child.communicate(input, timeout)
    except subprocess.TimeoutExpired:
        raise FFmpegError(f"{words[0]} did not end within {timeout:g} s") from None
    finally:
        release(child)
    log = mask_credentials(stderr.decode(errors="replace"))
    return Completed(child.returncode, stdout, log)


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
