"""A server that takes one client, ever, as cameras and listening encoders do."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class OneClient:
    """Sends some bytes to the first client, and refuses all others.

    Args:
        body: what it sends.
        stays: whether it keeps the connection open afterwards, and sends nothing.
    """

    def __init__(self, body: bytes, *, stays: bool) -> None:
        self._body, self._stays = body, stays
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it; safe where nobody came."""
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            client, _ = self._listener.accept()
            self._listener.close()
            with client:
                client.sendall(self._body)
                if self._stays:
                    self._over.wait()
                client.shutdown(socket.SHUT_WR)
                client.settimeout(10)
                while client.recv(1 << 16):  # else the system resets the connection
                    pass


@contextmanager
def one_client(body: bytes, *, stays: bool = False) -> Iterator[str]:
    """A server of one client: yields its URL."""
    server = OneClient(body, stays=stays)
    try:
        yield server.url
    finally:
        server.close()
