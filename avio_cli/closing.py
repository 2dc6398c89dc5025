"""What must be closed, because it holds files or processes, is a context manager."""

from abc import ABC, abstractmethod
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
