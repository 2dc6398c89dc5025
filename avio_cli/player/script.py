"""Scripts: control a player from a text file instead of by hand.

::

    wait 1.5          wait that many seconds
    key SPACE         press a key; `key . 20` presses it twenty times
    hold RIGHT 5      hold a key: five presses at once
    seek 12.5         seek to a time in seconds after the start
    move 100 200      move the mouse, in pixels of the window
    drop FILE         drop a file into the window
    also FILE         another file, dropped together with the one before
    press 100 200     press the left button; release likewise
    quit

Each line waits until what the one before it asked for is shown. Lines that start with
``#`` are comments.
"""

import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, cast

from avio_cli.errors import InputError, UsageError
from avio_cli.events import KEY_NAMES, InputEvent
from avio_cli.player.state import Action, Verb

ScriptStep = InputEvent | Action | float
"""A key or mouse event, something asked for directly, or seconds to wait."""


class Script:
    """The steps of a script, one after the other.

    Args:
        groups: groups of steps; those of one group are done at once.
    """

    def __init__(self, groups: list[list[ScriptStep]]) -> None:
        self._groups = deque(groups)
        self._not_before = 0.0

    def next_steps(self) -> list[InputEvent | Action]:
        """The next group of steps, once all before it are done."""
        if not self._groups or time.monotonic() < self._not_before:
            return []
        group = self._groups.popleft()
        pauses = [step for step in group if isinstance(step, float)]
        self._not_before = time.monotonic() + sum(pauses)
        return [step for step in group if not isinstance(step, float)]


def read_script(path: Path) -> Script:
    """Read a script.

    Raises:
        InputError: the file cannot be read.
        UsageError: a line is not understood.
    """
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the script {path} cannot be read: {error}") from error
    groups: list[list[ScriptStep]] = []
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            if words[0] == "also":
                groups[-1] += next(_parse_line("drop", words[1:]))
            else:
                groups += _parse_line(words[0], words[1:])
        except (ValueError, IndexError, KeyError) as error:
            raise UsageError(
                f"line {number} of {path} is not understood: {line.strip()!r}",
                hint="for example: key SPACE, seek 12.5, wait 1",
            ) from error
    return Script(groups)


def _parse_line(word: str, rest: list[str]) -> Iterator[list[ScriptStep]]:
    if word == "wait":
        yield [float(rest[0])]
    elif word == "key":
        for _ in range(_count(rest)):
            yield [InputEvent("key", key=_key(rest[0]))]
    elif word == "hold":
        yield [
            InputEvent("key", key=_key(rest[0]), repeat=i > 0)
            for i in range(_count(rest))
        ]
    elif word in ("move", "press", "release"):
        yield [_mouse(word, rest)]
    elif word == "drop":
        yield [InputEvent("drop", path=" ".join([rest[0], *rest[1:]]))]
    elif word == "seek":
        yield [Action(Verb.SEEK_TO, float(rest[0]))]
    elif word == "quit":
        yield [Action(Verb.QUIT)]
    else:
        raise KeyError(word)


def _key(name: str) -> str:
    """A key that types text, or one of `KEY_NAMES` by either name."""
    if len(name) == 1 or name in KEY_NAMES.values():
        return name
    return KEY_NAMES[name]


def _count(rest: list[str]) -> int:
    return int(rest[1]) if len(rest) > 1 else 1


def _mouse(word: str, rest: list[str]) -> InputEvent:
    kind = cast("Literal['move', 'press', 'release']", word)
    x, y = float(rest[0]), float(rest[1])
    button = "" if word == "move" else "left"
    clicks = int(rest[2]) if len(rest) > 2 else 1
    return InputEvent(kind, window_x=x, window_y=y, button=button, clicks=clicks)
