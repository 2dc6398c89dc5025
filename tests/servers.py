"""Servers without ranges: some send less than they promise, some promise nothing."""

import contextlib
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


class Half(BaseHTTPRequestHandler):
    """Sends half of a file whose name starts with ``half``, and its whole length.

    Of one whose name starts with ``plain`` it sends all, and no length; of one with
    ``reset`` too, but it breaks the connection off at the end. Of one with ``short`` it
    sends half, and no length. One with ``chunked`` it sends in chunks, to the last.
    """

    protocol_version = "HTTP/1.1"
    folder = Path()

    def do_GET(self) -> None:
        name = self.path.strip("/")
        content = (self.folder / name.partition("-")[2]).read_bytes()
        self.send_response(200)
        if name.startswith("half"):
            self.send_header("Content-Length", str(len(content)))
        if name.startswith("chunked"):
            self.send_header("Transfer-Encoding", "chunked")
            content = b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content)
        if name.startswith(("half", "short")):
            content = content[: len(content) // 2]
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = True
        if name.startswith("reset"):
            at_once = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            os.close(self.connection.detach())

    def log_message(self, *words: object) -> None:
        return


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A server of a folder: yields its URL."""

    handler = type("Handler", (Half,), {"folder": folder})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}"
        finally:
            running.shutdown()
            thread.join()


class Breaking(BaseHTTPRequestHandler):
    """Sends a file with ranges, and breaks off at every so many bytes."""

    protocol_version = "HTTP/1.1"
    content = b""
    piece = 0
    requests: list[int]
    """Where each of them began."""
    most = 0
    """Requests that are answered; later ones are refused. 0: all are."""

    def do_GET(self) -> None:
        self.close_connection = True
        wanted = self.headers.get("Range", "bytes=0-")
        start = int(wanted.partition("=")[2].partition("-")[0])
        if self.most and len(self.requests) >= self.most:
            return
        self.requests.append(start)
        rest = self.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(rest)))
        end = len(self.content)
        self.send_header("Content-Range", f"bytes {start}-{end - 1}/{end}")
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(rest[: self.piece])

    def log_message(self, *words: object) -> None:
        return


@contextmanager
def breaking(content: bytes, *, piece: int) -> Iterator[tuple[str, type[Breaking]]]:
    """A server that breaks off: yields its URL, and what it counts.

    Args:
        content: of the file that it has.
        piece: the most bytes that it sends in one response.
    """
    members = {"content": content, "piece": piece, "requests": []}
    handler = type("Handler", (Breaking,), members)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}", handler
        finally:
            running.shutdown()
            thread.join()
