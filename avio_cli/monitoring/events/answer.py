"""BoundedAnswer: what a server answers to an event, up to a size and a time.

Of an answer only the status counts. A server that sends without end, or a byte now and
then, must neither fill the memory nor hold the thread.
"""

import contextlib
import http.client
import io
import socket
import time
from typing import Any

TIMEOUT = 5.0
"""Seconds for a connection, and for a whole answer."""
MOST_BYTES = 1 << 16
"""Of an answer, with its headers."""


class BoundedAnswer(http.client.HTTPResponse):
    """An answer whose reading ends by `TimeoutError` at one of the limits."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_Bounded(sock, self.fp.detach()))

    def skip(self) -> bool:
        """Read the rest; returns whether there was an end of it within the limits."""
        try:
            while self.read(1 << 14):  # what it declares may not fit into the memory
                pass
        except (OSError, http.client.HTTPException):
            return False
        return True


class _Bounded(io.RawIOBase):
    def __init__(self, sock: socket.socket, raw: Any) -> None:
        self._socket, self._raw = sock, raw
        self._end, self._left = time.monotonic() + TIMEOUT, MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        seconds = self._end - time.monotonic()
        if seconds <= 0 or self._left <= 0:
            raise TimeoutError("its answer has no end")
        self._socket.settimeout(seconds)
        view = memoryview(buffer)[: self._left]
        count: int | None = self._raw.readinto(view)
        self._left -= count or 0
        return count

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.settimeout(TIMEOUT)  # the next request has all of it
        self._raw.close()
        super().close()
