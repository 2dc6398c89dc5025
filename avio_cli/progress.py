"""Progress of a run or a download."""

from collections.abc import Mapping
from dataclasses import dataclass
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
