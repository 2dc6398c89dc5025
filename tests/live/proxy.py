"""A TCP proxy that breaks connections as bad networks do, when a test says so."""

import contextlib
import socket
import threading
from types import TracebackType


class Proxy:
    """Passes on what clients and one server of this machine send each other.

    Args:
        target: the server's port.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._flowing = threading.Event()
        self._flowing.set()
        self._accepts = True
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self.connections = 0
        """How many clients it has passed on so far."""
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def mute(self) -> None:
        """Keep all connections, and pass nothing on: a camera that hangs."""
        self._flowing.clear()

    def drop(self, *, accepts: bool = True) -> None:
        """Close all connections.

        Args:
            accepts: whether it takes the next ones; else they are closed too.
        """
        self._accepts = accepts
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                _close(end)

    def resume(self) -> None:
        """Pass on again, and take clients."""
        self._accepts = True
        self._flowing.set()

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _close(self._listener)
        self.drop(accepts=False)
        self._flowing.set()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            if not self._accepts:
                _close(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:  # it is not there at the moment
                _close(client)
                continue
            with self._lock:
                self._pairs.append((client, server))
                self.connections += 1
            for ends in ((client, server), (server, client)):
                thread = threading.Thread(target=self._pass, args=ends, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(1 << 16):
                self._flowing.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:  # dropped, or a side has gone
            _close(source)
            _close(target)


def _close(end: socket.socket) -> None:
    """Close at once; a thread that waits in it is woken."""
    with contextlib.suppress(OSError):  # it is closed already
        end.shutdown(socket.SHUT_RDWR)
    end.close()
