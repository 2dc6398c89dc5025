"""How far a download is, told to whoever wants to know."""

from typing import Protocol


class DownloadProgress(Protocol):
    """Told how far a download is."""

    def __call__(self, done: int, total: int | None) -> None:
        """Take bytes at hand, and bytes of the whole file where the server says."""
        ...


def no_download_progress(done: int, total: int | None) -> None:
    """Ignore how far it is."""
