"""What must be closed, because it holds files or processes, is a context manager."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

Opened = TypeVar("Opened", bound="ClosedOnExit")


class ClosedOnExit(ABC):
    """Is closed where its ``with`` block ends, however that ends."""

    @abstractmethod
    def close(self) -> None:
        """Release everything; safe to call twice."""

    def __enter__(self: Opened) -> Opened:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


@contextmanager
def closed_on_error(opened: ClosedOnExit) -> Iterator[None]:
    """Close it where the block fails; else it stays open."""
    try:
        yield
    except BaseException:
        opened.close()
        raise
