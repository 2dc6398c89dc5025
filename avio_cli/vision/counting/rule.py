"""What counts at a line or zone: which point of which boxes, and how clearly."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from avio_cli.errors import UsageError, did_you_mean
from avio_cli.media.time_text import parse_duration
from avio_cli.number_text import parse_pixels

Anchor = Literal["bottom", "center", "top"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRule:
    """What counts; by default what the counter counts everywhere."""

    margin: float | None = None
    """Pixels that a track must be beyond the line; None: a part of its height."""
    anchor: Anchor | None = None
    """The point of the box that crosses; None: the counter's."""
    classes: tuple[str, ...] = ()
    """Names of the classes that count; empty: all."""
    dwell: float | None = None
    """Of a zone: seconds in it after which there is an event; None: there is none."""

    @property
    def text(self) -> str:
        """The rule as `parse_rule` reads it; empty by default."""
        margin = None if self.margin is None else f"{self.margin:.10g}"
        dwell = None if self.dwell is None else f"{self.dwell:.10g}"
        values = (margin, self.anchor, ",".join(self.classes), dwell)
        pairs = zip(_KEYS, values, strict=True)
        return ":".join(f"{key}={value}" for key, value in pairs if value)

    def numbers(self, names: Sequence[str]) -> frozenset[int]:
        """The numbers of its classes.

        Args:
            names: of all classes; a class beyond them is named by its number.

        Raises:
            UsageError: there is none of that name.
        """
        return frozenset(_class_number(name, names) for name in self.classes)


EVERYTHING = CountRule()
"""The rule of a line or zone that has none of its own."""


def _class_number(name: str, names: Sequence[str]) -> int:
    if name in names:
        return names.index(name)
    if name.isdecimal() and int(name) >= len(names):
        return int(name)
    hint = "there are no names here: classes are numbers"
    if names:
        hint = did_you_mean(name, names, count=1, list_all=len(names) < 10)
    raise UsageError(f"no class that could be counted is called {name!r}", hint=hint)


def parse_rule(text: str) -> CountRule:
    """Read ``margin=8:anchor=center:class=person,car``, each of them once or not.

    Raises:
        ValueError: it is something else; says what, for the end of a sentence.
    """
    values: dict[str, Any] = {}
    for part in text.split(":") if text else ():
        key, equals, value = (word.strip() for word in part.partition("="))
        if key not in _KEYS or not equals:
            raise ValueError(f"has {part!r}, which is none of {', '.join(_KEYS)}")
        name, convert = _KEYS[key]
        if name in values:
            raise ValueError(f"has {key} twice")
        values[name] = convert(value)
    return CountRule(**values)


def _margin(text: str) -> float:
    try:
        margin = parse_pixels(text.removesuffix("px"))
    except ValueError:
        margin = -1
    if margin < 0:
        raise ValueError(f"has a margin of {text!r}, not of pixels")
    return margin


def _anchor(text: str) -> Anchor:
    anchor = _ANCHOR_NAMES.get(text)
    if anchor is None:
        named = ", ".join(_ANCHOR_NAMES)
        raise ValueError(f"has the anchor {text!r}, none of {named}")
    return anchor


def _classes(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise ValueError("names no class")
    return names


def _dwell(text: str) -> float:
    try:
        seconds = float(parse_duration(text))
    except UsageError:
        seconds = 0
    if seconds <= 0:
        raise ValueError(f"has a dwell of {text!r}, not of seconds, as 30 or 5m")
    return seconds


_ANCHOR_NAMES: dict[str, Anchor] = {
    "bottom": "bottom",
    "center": "center",
    "centre": "center",
    "top": "top",
}
_KEYS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "margin": ("margin", _margin),
    "anchor": ("anchor", _anchor),
    "class": ("classes", _classes),
    "dwell": ("dwell", _dwell),
}
"""By its word in the text: the field, and what makes its value."""
