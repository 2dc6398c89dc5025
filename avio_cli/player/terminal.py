"""The terminal that the player was started in: a status line, and the same keys.

On POSIX systems it is read without echo and without waiting for lines, as long as the
player is in its foreground. Nothing is read or written where stdin or stderr is no
terminal.
"""

import contextlib
import os
import re
import select
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

from avio_cli.events import InputEvent
from avio_cli.player.state import PlayerState
from avio_cli.progress import format_time

try:
    import termios
    import tty
except ImportError:  # Windows
    _IS_POSIX = False
else:
    _IS_POSIX = True

ESCAPE_SECONDS = 0.1
"""After them, an escape character was a key, and not the start of a sequence."""
STATUS_SECONDS = 0.2
"""Between two status lines."""
_CLEAR = "\r\x1b[K"
_SEQUENCES = {
    "\x1b[A": "UP",
    "\x1b[B": "DOWN",
    "\x1b[C": "RIGHT",
    "\x1b[D": "LEFT",
    "\x1bOA": "UP",
    "\x1bOB": "DOWN",
    "\x1bOC": "RIGHT",
    "\x1bOD": "LEFT",
    "\x1b[H": "HOME",
    "\x1b[F": "END",
    "\x1bOH": "HOME",
    "\x1bOF": "END",
    "\x1b[1~": "HOME",
    "\x1b[4~": "END",
    "\x1b[5~": "PGUP",
    "\x1b[6~": "PGDN",
    "\x1b": "ESC",
    " ": "SPACE",
    "\x7f": "BS",
    "\b": "BS",
    "\r": "ENTER",
    "\n": "ENTER",
    "\t": "TAB",
}
"""What terminals send for keys that type no text, and our names."""
_TOKEN = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO.|\x1b.|.", re.DOTALL)
"""One key: a sequence (ECMA-48, 5.4), one of the application mode, Alt, or a letter."""
_UNFINISHED = re.compile(r"\x1b(\[[0-?]*[ -/]*|O)?$")


class Terminal(Protocol):
    """Where keys come from and the status goes besides the window."""

    def poll(self) -> list[InputEvent]:
        """The keys since the last call."""
        ...

    def show(self, now: float, state: Callable[[], PlayerState]) -> None:
        """Show the status, now and then."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was; safe to call twice."""
        ...


class NoTerminal:
    """Where stdin or stderr is a pipe or a file; a `Terminal`."""

    def poll(self) -> list[InputEvent]:
        """No keys."""
        return []

    def show(self, now: float, state: Callable[[], PlayerState]) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing to do."""


class PosixTerminal:
    """A terminal of a POSIX system; a `Terminal`.

    Args:
        descriptor: of the terminal, for its keys.
        write: writes text to it at once.
    """

    def __init__(self, descriptor: int, write: Callable[[str], None]) -> None:
        self._descriptor, self._write = descriptor, write
        self._before: list[Any] | None = None
        self._unfinished, self._received_at = "", 0.0
        self._shown_at = time.monotonic()
        self._shown = False

    def poll(self) -> list[InputEvent]:
        """The keys since the last call; none while another process has the terminal."""
        if not self._has_foreground():
            self._before = None  # the shell has set it as it likes it
            return []
        attributes = termios.tcgetattr(self._descriptor)
        if attributes[3] & termios.ICANON:  # at first, and after Ctrl-Z and fg
            self._before = attributes
            tty.setcbreak(self._descriptor, termios.TCSANOW)  # keeps what was typed
        return [InputEvent("key", key=key) for key in self._keys()]

    def _keys(self) -> list[str]:
        now = time.monotonic()
        if select.select([self._descriptor], [], [], 0)[0]:
            received = os.read(self._descriptor, 1024).decode(errors="replace")
            keys, self._unfinished = keys_of(self._unfinished + received)
            self._received_at = now
            return keys
        if self._unfinished and now - self._received_at > ESCAPE_SECONDS:
            alone, self._unfinished = self._unfinished == "\x1b", ""
            return ["ESC"] if alone else []
        return []

    def show(self, now: float, state: Callable[[], PlayerState]) -> None:
        """Show the status, a few times a second."""
        if now - self._shown_at < STATUS_SECONDS or not self._has_foreground():
            return
        self._shown_at, self._shown = now, True
        columns = os.get_terminal_size(self._descriptor).columns or 80
        # The cursor waits at the start: a warning replaces the line.
        self._write(f"{_CLEAR}{status_line(state())[: columns - 1]}\r")

    def close(self) -> None:
        """Clear the status line, and leave the terminal as it was."""
        before, self._before = self._before, None
        if not self._has_foreground():
            return
        if before is not None:
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, before)
        if self._shown:
            self._write(_CLEAR)

    def _has_foreground(self) -> bool:
        """Whether it may be used: who changes it from the background is stopped."""
        try:
            return os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except OSError:  # it has gone, or is not ours
            return False


def open_terminal(*, quiet: bool) -> Terminal:
    """The terminal of this process, if it has one.

    Args:
        quiet: whether the user wants nothing of it.
    """
    stdin, stderr = sys.stdin, sys.stderr
    if quiet or not _IS_POSIX or stdin is None or stderr is None:
        return NoTerminal()
    if not (stdin.isatty() and stderr.isatty()):
        return NoTerminal()

    def write(text: str) -> None:
        with contextlib.suppress(OSError):
            stderr.write(text)
            stderr.flush()

    return PosixTerminal(stdin.fileno(), write)


def keys_of(text: str) -> tuple[list[str], str]:
    """Names of the keys that a terminal sent as this text.

    Sequences of keys that avio does not know are skipped as a whole.

    Returns:
        The names, and what may be the start of a sequence at the end of the text.
    """
    start = _UNFINISHED.search(text)
    rest = start[0] if start else ""
    tokens = _TOKEN.findall(text[: len(text) - len(rest)])
    names = [_SEQUENCES.get(token, token) for token in tokens]
    return [name for name in names if name.isprintable()], rest


def status_line(state: PlayerState) -> str:
    """Position, speed, dropped frames and offset, for a terminal."""
    position = format_time(state.position, state.duration or 0.0)
    parts = ["Paused" if state.paused else "Playing", position]
    if state.duration:
        share = min(100 * state.position / state.duration, 100)
        parts[1] += f" / {format_time(state.duration)} ({share:.0f} %)"
    if state.speed != 1:
        parts.append(f"{state.speed:g}x")
    if state.dropped:
        parts.append(f"{state.dropped} dropped")
    if state.offset is not None:
        parts.append(f"A/V {1000 * state.offset:+.0f} ms")
    return "  ".join([*parts, *filter(None, [state.message])])
