"""Images that a camera sends over HTTP, and files that are named like playlists."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import av
import numpy as np
import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import indices, make_clip

EACH = 12
"""Images in a connection."""


def jpeg(number: int) -> bytes:
    """An image that is as bright as its number says."""
    with io.BytesIO() as file, av.open(file, "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        grey = np.full((48, 64, 3), 5 * number, np.uint8)
        for packet in stream.encode(av.VideoFrame.from_ndarray(grey)):
            container.mux(packet)
        container.mux(stream.encode(None))
        return file.getvalue()


class ImageCamera(BaseHTTPRequestHandler):
    """Sends some images as a camera does, and ends the connection."""

    connections = 0

    def do_GET(self) -> None:
        type(self).connections += 1
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace;boundary=image")
        self.end_headers()
        for number in range(EACH):
            image = jpeg(number)
            head = (
                f"--image\r\nContent-Type: image/jpeg\r\nContent-Length: {len(image)}"
            )
            self.wfile.write(head.encode() + b"\r\n\r\n" + image + b"\r\n")

    def log_message(self, *words: object) -> None:
        return


@contextmanager
def server(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}"
        finally:
            running.shutdown()
            thread.join()


def test_a_camera_of_images_that_ends_is_opened_again(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = type("Handler", (ImageCamera,), {})
    records = tmp_path / "t.jsonl"
    with server(handler) as url:
        words = ["--records", str(records), "--model", "motion", "--duration", "2"]
        assert run(["track", f"{url}/video.mjpg", *words]) == 0
    rows = [json.loads(line) for line in records.read_text().splitlines()]
    numbers = [row["frame"] for row in rows]
    assert handler.connections >= 2
    assert numbers == list(range(1, len(rows) + 1))
    assert len(rows) > EACH
    said = capsys.readouterr().err
    assert "lost (it ended); opening it again" in said
    assert "back after" in said


class FileServer(BaseHTTPRequestHandler):
    """Sends one file, whatever is asked for."""

    content = b""

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "bytes=0-")
        start = int(wanted.partition("=")[2].partition("-")[0])
        self.send_response(206)
        size = len(self.content)
        self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("Content-Length", str(size - start))
        self.end_headers()
        self.wfile.write(self.content[start:])

    def log_message(self, *words: object) -> None:
        return


def test_a_file_that_is_named_like_a_playlist_is_read_once_and_whole(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=50)
    handler = type("Handler", (FileServer,), {"content": clip.path.read_bytes()})
    result = tmp_path / "out.mp4"
    with server(handler) as url:
        assert run(["transcode", f"{url}/clip.m3u8", str(result)]) == 0
    assert indices(result, 160, 96) == list(range(50))
    assert "opening it again" not in capsys.readouterr().err
