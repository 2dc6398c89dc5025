"""Progress of a run or a download, and times as text."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a run."""

    frames: int
    seconds: float
    """Of the result so far."""
    total_seconds: float | None
    """Of the whole result; None where unknown."""
    bytes_written: int = 0

    @property
    def details(self) -> Mapping[str, int]:
        """Further figures by name, for a bar or a program to show."""
        return {}


class DownloadProgress(Protocol):
    """Callback for the progress of a download."""

    def __call__(self, done: int, total: int | None) -> None:
        """Report bytes done, and bytes of the whole file where known."""
        ...


def no_download_progress(done: int, total: int | None) -> None:
    """Ignore the progress."""


def format_time(
    seconds: float | Fraction,
    total: float = 0.0,
    *,
    fine: bool = False,
    nearest: bool = False,
) -> str:
    """Format a time: ``0:07``, ``59:59``, ``1:02:03``; with `fine` ``0:07.480``.

    Args:
        seconds: the time.
        total: the longest time next to it: from an hour on, hours are shown.
        fine: whether to show milliseconds.
        nearest: whether to round to the nearest millisecond; else it is rounded down,
            so that a running time is never ahead.
    """
    exact: float | Fraction = (-seconds if seconds < 0 else seconds) * 1000
    whole, thousandths = divmod(round(exact) if nearest else int(exact + 1e-6), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{minutes}:{second:02}"
    if hours or total >= 3600:
        text = f"{hours}:{minute:02}:{second:02}"
    sign = "-" if seconds < 0 else ""
    return f"{sign}{text}.{thousandths:03}" if fine else f"{sign}{text}"
