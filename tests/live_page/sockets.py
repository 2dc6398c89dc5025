"""A client of WebSockets, as plain as can be."""

import json
import socket
from collections.abc import Iterator
from typing import Any

from tests.live_page.pages import Run

_KEY = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
_TEXT, _BYTES, _CLOSE = 1, 2, 8


def ask(run: Run, name: str = "packets", **headers: str) -> socket.socket:
    """Ask for a WebSocket, and read nothing yet."""
    return run.connect(name, **_KEY, **headers)


def head(connection: socket.socket) -> str:
    """The head of the answer."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        assert byte, data
        data += byte
    return data.decode()


def received(connection: socket.socket) -> Iterator[Any]:
    """Messages until the server closes: bytes, or what the JSON says."""
    with connection.makefile("rb") as answer:
        while first := answer.read(2):
            kind, size = first[0] & 15, first[1] & 127
            if size > 125:
                size = int.from_bytes(answer.read(2 if size == 126 else 8), "big")
            body = answer.read(size)
            if kind == _CLOSE:
                return
            if kind in (_TEXT, _BYTES):
                yield body if kind == _BYTES else json.loads(body)
