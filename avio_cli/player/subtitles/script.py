"""A subtitle text as an ASS script: its events, when they change, and its size."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, takewhile
from math import floor

_CLOCK = r"(\d{1,6}):(\d{1,9}):(\d{1,9})[.:](\d{1,9})"
_EVENT = re.compile(rf"Dialogue: *[^,]*, *{_CLOCK} *, *{_CLOCK} *,(.*)", re.ASCII)
_TICKS = 1000
"""A second: comparing whole numbers is much faster, and cues may be many."""
_STYLE = re.compile(r"Style:(.*)")
_FIELDS = re.compile(r"Format:(.*)")
_MATRIX = re.compile(r"^YCbCr Matrix:.*\n?", re.MULTILINE | re.IGNORECASE)
_SIZE_TAG = re.compile(r"\\fs(\d+(?:\.\d+)?)")
_MOVES = re.compile(r"\\(?:move|fade?|t)\s*\(|\\[kK][fot]?\d")
"""Tags of an event that does not look the same all the time."""
_SCALED = ("fontsize", "outline", "shadow", "marginv")
_AT_ONCE = 1000
"""Lines that are read in a few milliseconds."""
_EFFECT = 5
"""Number of the field after the two times: name, margins, then the effect, text."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time at which something is shown, and what identifies its image."""

    key: tuple[int, ...]
    """The same for all times that look the same."""
    time: Fraction
    """Seconds at which the image is made."""
    moves: bool = False


@dataclass(frozen=True, slots=True)
class _Event:
    start: int
    """In ticks."""
    end: int
    moves: bool


class Script:
    """When which events are shown.

    Args:
        text: in ASS.
        is_wanted: asked while a long one is read; no more of it is once that says no.
    """

    def __init__(self, text: str, is_wanted: Callable[[], bool] = lambda: True) -> None:
        lines = [line for line in text.splitlines() if line.startswith("Dialogue:")]
        starts = takewhile(lambda _: is_wanted(), range(0, len(lines), _AT_ONCE))
        parts = (lines[start : start + _AT_ONCE] for start in starts)
        found = [_event(line) for part in parts for line in part]
        self.skipped = found.count(None)
        """Lines of events whose times cannot be read; libass skips them, too."""
        events = [
            event for event in found if event is not None and event.start < event.end
        ]
        self.count = len(events)
        """How many events are ever shown."""
        self._times = sorted({t for event in events for t in (event.start, event.end)})
        self._shown = self._how_many(events)
        self._moving = self._how_many(event for event in events if event.moves)

    def at(self, time: Fraction) -> Moment | None:
        """What is shown at a time; None for nothing."""
        return self._moment(self._number(time), time)

    def after(self, time: Fraction, until: Fraction) -> Iterator[Moment]:
        """What is shown from later times on."""
        number, last = self._number(time) + 1, floor(until * _TICKS)
        while number < len(self._times) and self._times[number - 1] <= last:
            moment = self._moment(number, Fraction(self._times[number - 1], _TICKS))
            if moment is not None:
                yield moment
            number += 1

    def _moment(self, number: int, time: Fraction) -> Moment | None:
        if not self._shown[number]:
            return None
        if self._moving[number]:
            return Moment((number, int(time * 1000)), time, moves=True)
        both = self._times[number - 1] + self._times[number]
        return Moment((number,), Fraction(both, 2 * _TICKS))

    def _number(self, time: Fraction) -> int:
        """How many times at which something changes are not later."""
        return bisect_right(self._times, floor(time * _TICKS))

    def _how_many(self, events: Iterable[_Event]) -> list[int]:
        """How many events are shown after each number of changes."""
        steps = [0] * (len(self._times) + 1)
        numbers = {time: number for number, time in enumerate(self._times, 1)}
        for event in events:
            steps[numbers[event.start]] += 1
            steps[numbers[event.end]] -= 1
        return list(accumulate(steps))


def _event(line: str) -> _Event | None:
    """The event of a line; None where its times cannot be read."""
    match = _EVENT.match(line)
    if match is None:
        return None
    start, end = _ticks(*match.group(1, 2, 3, 4)), _ticks(*match.group(5, 6, 7, 8))
    *fields, text = match[9].split(",", _EFFECT + 1)
    effect = len(fields) > _EFFECT and bool(fields[_EFFECT].strip())
    return _Event(start, end, effect or bool(_MOVES.search(text)))


def _ticks(hours: str, minutes: str, seconds: str, part: str) -> int:
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return whole * _TICKS + int(f"{part:0<3}"[:3])


def with_plain_colors(text: str) -> str:
    """Have colours drawn as they are written, on RGB too.

    ffmpeg 9.0 limits them to 16 to 235 where a script names a matrix of YUV, or none.
    """
    text = _MATRIX.sub("", text)
    head, mark, rest = text.partition("[Script Info]")
    if not mark:
        return f"[Script Info]\nYCbCr Matrix: None\n\n{text}"
    return f"{head}{mark}\nYCbCr Matrix: None{rest}"


def scaled(text: str, factor: float) -> str:
    """Make all letters of a script larger or smaller."""
    if factor == 1:
        return text
    fields: list[str] = []
    lines = []
    for line in text.splitlines():
        if match := _FIELDS.match(line):
            fields = [name.strip().lower() for name in match[1].split(",")]
        elif match := _STYLE.match(line):
            line = f"Style:{_scaled_style(match[1], fields, factor)}"
        lines.append(
            _SIZE_TAG.sub(lambda found: f"\\fs{float(found[1]) * factor:g}", line)
        )
    return "\n".join(lines) + "\n"


def _scaled_style(values: str, fields: list[str], factor: float) -> str:
    parts = values.split(",")
    for number, name in enumerate(fields[: len(parts)]):
        if name in _SCALED[:3]:
            with suppress(ValueError):  # libass has a value of its own for words
                parts[number] = f"{float(parts[number]) * factor:g}"
    return ",".join(parts)
