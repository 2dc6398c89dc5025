"""A file server on this machine that misbehaves on request."""

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
        file_server = server

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
    file_server: FileServer

    def do_GET(self) -> None:
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.file_server.asked.append({**headers, "path": self.path})
        if self.file_server.refusals:
            self.send_error(self.file_server.refusals.pop(0))
            return
        start = self._start(headers)
        if start > len(self.file_server.content) - 1 and start:
            self.send_error(416)
            return
        self._send(start)

    def _start(self, headers: dict[str, str]) -> int:
        same = headers.get("if-range", self.file_server.etag) == self.file_server.etag
        if "range" not in headers or not self.file_server.ranges or not same:
            return 0
        return int(headers["range"].removeprefix("bytes=").rstrip("-"))

    def _send(self, start: int) -> None:
        content = self.file_server.content
        body = content[start:]
        self.send_response(206 if start else 200)
        if start:
            end = len(content) - 1
            self.send_header("Content-Range", f"bytes {start}-{end}/{len(content)}")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", self.file_server.content_type)
        if self.file_server.etag:
            self.send_header("ETag", self.file_server.etag)
        self.end_headers()
        self.wfile.write(
            body[: self.file_server.cuts.pop(0)] if self.file_server.cuts else body
        )

    def log_message(self, *_: object) -> None:
        """Keep the test run quiet."""
