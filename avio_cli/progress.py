"""How far a run or a download is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come."""

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
    """Told how far a download is."""

    def __call__(self, done: int, total: int | None) -> None:
        """Take bytes at hand, and bytes of the whole file where the server says."""
        ...


def no_download_progress(done: int, total: int | None) -> None:
    """Ignore how far it is."""
