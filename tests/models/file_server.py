"""A file server on this machine that can be told to misbehave."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class FileServer:
    """What it serves, how it misbehaves, and what was asked of it."""

    content: bytes = b""
    etag: str = '"one"'
    ranges: bool = True
    content_type: str = "application/octet-stream"
    cuts: list[int] = field(default_factory=list)
    """Bytes after which the next answers break off, one entry an answer."""
    refusals: list[int] = field(default_factory=list)
    """Status codes of the next answers."""
    port: int = 0
    asked: list[dict[str, str]] = field(default_factory=list)
    """Headers and path of each request."""

    def address(self, name: str = "model.onnx") -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def offsets(self) -> list[str]:
        return [request.get("range", "") for request in self.asked]


@contextmanager
def serving(server: FileServer) -> Iterator[FileServer]:
    class Handler(_Handler):
        told = server

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        server.port = listener.server_address[1]
        thread = Thread(target=listener.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    told: FileServer

    def do_GET(self) -> None:
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.told.asked.append({**headers, "path": self.path})
        if self.told.refusals:
            self.send_error(self.told.refusals.pop(0))
            return
        start = self._start(headers)
        if start > len(self.told.content) - 1 and start:
            self.send_error(416)
            return
        self._send(start)

    def _start(self, headers: dict[str, str]) -> int:
        same = headers.get("if-range", self.told.etag) == self.told.etag
        if "range" not in headers or not self.told.ranges or not same:
            return 0
        return int(headers["range"].removeprefix("bytes=").rstrip("-"))

    def _send(self, start: int) -> None:
        content = self.told.content
        body = content[start:]
        self.send_response(206 if start else 200)
        if start:
            end = len(content) - 1
            self.send_header("Content-Range", f"bytes {start}-{end}/{len(content)}")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", self.told.content_type)
        if self.told.etag:
            self.send_header("ETag", self.told.etag)
        self.end_headers()
        self.wfile.write(body[: self.told.cuts.pop(0)] if self.told.cuts else body)

    def log_message(self, *_: object) -> None:
        """Keep the test run quiet."""
