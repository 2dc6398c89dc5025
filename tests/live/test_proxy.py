"""The proxy of the tests: what it drops ends, what it mutes stays open."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.live.proxy import Proxy


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Before a server that sends back whatever comes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=echo, args=(listener,), daemon=True)
        thread.start()
        with Proxy(listener.getsockname()[1]) as running:
            yield running
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def echo(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                while data := connection.recv(100):
                    connection.sendall(data)


def connected(proxy: Proxy) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
    client.sendall(b"hello")
    return client


def test_what_is_muted_arrives_once_it_is_resumed(proxy: Proxy) -> None:
    with connected(proxy) as client:
        assert client.recv(100) == b"hello"
        proxy.mute()
        client.sendall(b"again")
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(100)
        proxy.resume()
        client.settimeout(10)
        assert client.recv(100) == b"again"


def test_what_is_dropped_ends_and_the_next_client_is_served(proxy: Proxy) -> None:
    with connected(proxy) as client:
        assert client.recv(100) == b"hello"
        proxy.drop()
        assert client.recv(100) == b""
    with connected(proxy) as client:
        assert client.recv(100) == b"hello"
    assert proxy.connections == 2
