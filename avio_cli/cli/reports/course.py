"""Bars for each class, and a line of the tracks alive: for terminals."""

from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from avio_cli.jobs.track.summary import TrackSummary

_WIDTH = 40
_EIGHTHS = "▏▎▍▌▋▊▉█"
_HEIGHTS = "▁▂▃▄▅▆▇█"
_MOST_CLASSES = 8
_LEFT = 12
"""Columns of the titles."""
_LEAST_BAR = 8


def course_lines(summary: "TrackSummary", width: int) -> Iterator[str]:
    """The bars and the line; nothing where there was no track.

    Args:
        summary: of the run.
        width: columns of the terminal.
    """
    if not summary.track_ids:
        return
    counts = list(summary.classes.items())[:_MOST_CLASSES]
    longest = max(width - _LEFT - _LEAST_BAR - 8, 1)
    shown = [(_cut(name, longest), count) for name, count in counts]
    left = max((len(name) for name, _ in shown), default=0)
    room = max(min(_WIDTH, width - _LEFT - left - 8), _LEAST_BAR)
    most = max((count for _, count in shown), default=1)
    title = "classes"
    for name, count in shown:
        yield f"{title:<11} {name:<{left}} {_bar(count / most * room)} {count}"
        title = ""
    more = len(summary.classes) - len(shown)
    if more > 0:
        yield f"{'':<11} and {more} more"
    if summary.most_alive:
        most_alive = f" at most {summary.most_alive}"
        parts = _merged(summary.alive, width - _LEFT - len(most_alive))
        yield f"{'alive':<11} {_line(parts, summary.most_alive)}{most_alive}"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _merged(values: Sequence[float], most: int) -> Sequence[float]:
    """Means of successive values, as many as there is room for."""
    step = -(-len(values) // max(most, 1))
    starts = range(0, len(values), max(step, 1))
    return [fmean(values[start : start + step]) for start in starts]


def _bar(length: float) -> str:
    """A bar in eighths of a column, at least one."""
    eighths = max(round(length * 8), 1)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest - 1] if rest else "")


def _line(values: Sequence[float], most: int) -> str:
    """A column of text for each value; a blank where it is 0."""
    steps = (value / most * len(_HEIGHTS) for value in values)
    return "".join(
        _HEIGHTS[min(int(step), len(_HEIGHTS) - 1)] if step else " " for step in steps
    )


def can_draw(stream: TextIO | None) -> bool:
    """Whether somebody sees it, and the letters exist there."""
    if stream is None or not stream.isatty():
        return False
    try:
        (_EIGHTHS + _HEIGHTS).encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
