"""Servers that send less than they promise, and those that promise nothing."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from avio_cli.api import transcode
from avio_cli.errors import DamagedInputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.media.frame import Frame
from tests.clips import make_clip

FRAMES = 60


class Half(BaseHTTPRequestHandler):
    """Sends half of a file whose name starts with ``half``, and its whole length.

    Of one whose name starts with ``plain`` it sends all, and no length.
    """

    protocol_version = "HTTP/1.1"
    folder = Path()

    def do_GET(self) -> None:
        name = self.path.strip("/")
        content = (self.folder / name.partition("-")[2]).read_bytes()
        self.send_response(200)
        if name.startswith("half"):
            self.send_header("Content-Length", str(len(content)))
            content = content[: len(content) // 2]
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = True

    def log_message(self, *words: object) -> None:
        return


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    class Handler(Half):
        folder = tmp_path

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def unchanged(frame: Frame) -> Frame:
    return frame


@pytest.mark.parametrize("extension", ["ts", "mkv"])
@pytest.mark.parametrize("how", ["encode", "copy", "callback"])
def test_a_body_that_ends_early_is_damage(
    ffmpeg: FFmpeg, server: str, tmp_path: Path, how: str, extension: str
) -> None:
    make_clip(tmp_path / f"clip.{extension}", frames=FRAMES)
    output = tmp_path / "result.mkv"
    callback = (unchanged,) if how == "callback" else ()
    source = f"{server}/half-clip.{extension}"
    with pytest.raises(DamagedInputError, match="cut off"):
        transcode(source, output, copy=how == "copy", callback=callback)
    assert not output.exists()


@pytest.mark.parametrize("extension", ["ts", "mkv", "mp4", "flv"])
def test_a_body_without_a_length_is_whole(
    ffmpeg: FFmpeg, server: str, tmp_path: Path, extension: str
) -> None:
    extra = ("-movflags", "+faststart") if extension == "mp4" else ()
    make_clip(tmp_path / f"clip.{extension}", frames=FRAMES, extra=extra)
    output = tmp_path / "result.mkv"
    result = transcode(f"{server}/plain-clip.{extension}", output, copy=True)
    assert (result.frames, result.damage) == (FRAMES, "")
