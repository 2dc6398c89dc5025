"""What can be drawn: the words of ``--draw``, and the rules that some of them take."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from avio_cli.errors import UsageError
from avio_cli.media.time_text import parse_duration

DRAWN = ("boxes", "labels", "trails")
"""What is drawn unless something else is named."""
DRAWABLE = (*DRAWN, "blur", "pixelate", "heatmap")
"""What can be drawn, by the names of ``--draw``."""

MOST_CELLS = 8
"""Across a box that is hidden: more would show who is in it."""

How = Literal["blur", "pixelate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """How the inside of boxes is hidden."""

    how: How = "blur"
    margin: float = 0.1
    """Share of a box's width and height that is hidden beyond it, on each side."""
    hold: float = 0.5
    """Seconds for which the last box of a track stays hidden once it is gone."""
    least: float = 0.25
    """Lowest score of a detection that is hidden though no track has it (yet)."""
    cells: int = MOST_CELLS
    """How many cells the longer side of a box has; 1: all of it has one colour."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn into frames."""

    names: frozenset[str]
    """Names out of `DRAWABLE`."""
    redaction: Redaction | None = None
    """How boxes are hidden; None: they are not."""


def parse_drawing(words: Iterable[str]) -> Drawing:
    """Read words such as ``labels`` and ``blur:margin=0.2:hold=1``.

    Raises:
        UsageError: a word is not known, has a wrong rule, or contradicts another one.
    """
    texts = {name: rule for name, _, rule in (w.partition(":") for w in words)}
    names = frozenset(texts)
    for unknown in sorted(names - set(DRAWABLE)):
        raise UsageError(
            f"nothing called {unknown!r} can be drawn",
            hint=f"choose from {', '.join(DRAWABLE)}",
        )
    hidden = [_redaction(how, texts[how]) for how in _HOWS if how in texts]
    for name, rule in texts.items():
        if rule and name not in _HOWS:
            raise UsageError(f"{name}:{rule}: {name} takes no rule", hint=_EXAMPLE)
    if len(hidden) > 1:
        raise UsageError("blur and pixelate hide the same boxes", hint="choose one")
    return Drawing(names, *hidden)


def _redaction(how: How, text: str) -> Redaction:
    values: dict[str, Any] = {}
    for part in text.split(":") if text else ():
        key, _, value = (word.strip() for word in part.partition("="))
        convert = _KEYS.get(key)
        if convert is None:
            known = ", ".join(_KEYS)
            raise UsageError(f"{how} has {part!r}, none of {known}", hint=_EXAMPLE)
        if key in values:
            raise UsageError(f"{how} has {key} twice", hint="omit one of them")
        values[key] = convert(how, value)
    return Redaction(how=how, **values)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0


def _margin(how: str, text: str) -> float:
    margin = _number(text)
    if not 0 <= margin <= 2:
        raise UsageError(
            f"{how} has a margin of {text!r}, not a share of the box from 0 to 2",
            hint=_EXAMPLE,
        )
    return margin


def _least(how: str, text: str) -> float:
    least = _number(text)
    if not 0 <= least <= 1:
        raise UsageError(
            f"{how} has a least score of {text!r}, not 0 to 1", hint=_EXAMPLE
        )
    return least


def _hold(how: str, text: str) -> float:
    try:
        return float(parse_duration(text))
    except UsageError as error:
        raise UsageError(
            f"{how} has a hold of {text!r}, not of seconds", hint=_EXAMPLE
        ) from error


def _cells(how: str, text: str) -> int:
    cells = int(text) if text.isdecimal() and len(text) < 3 else 0
    if not 1 <= cells <= MOST_CELLS:
        raise UsageError(
            f"{how} has {text!r} cells, not 1 to {MOST_CELLS}",
            hint="more would show who is in the box",
        )
    return cells


_HOWS: tuple[How, ...] = ("blur", "pixelate")
_KEYS: Mapping[str, Callable[[str, str], object]] = {
    "margin": _margin,
    "hold": _hold,
    "least": _least,
    "cells": _cells,
}
_EXAMPLE = "such as blur:margin=0.2:hold=1, or pixelate:cells=4"
