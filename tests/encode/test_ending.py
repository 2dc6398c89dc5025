"""How long the last frame is shown is looked up while a decoder starts."""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest

import avio_cli
from avio_cli.decode.settings import ReaderSettings
from avio_cli.encode import ending
from avio_cli.encode.ending import EndingLookup, opened_reader
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from tests.clips import H264, make_clip

HELD = "setts=pts=PTS:dts=DTS:duration='if(gte(PTS*TB,0.35),3/TB,DURATION)'"


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """Ten frames, 25 a second; the last one is shown for 3 s."""
    coding = [*H264, "-bf", "0"]
    path = tmp_path / "in.mp4"
    return make_clip(path, frames=10, video=coding, extra=("-bsf:v", HELD)).path


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # a connection lasts until its client closes it

    def log_message(self, *words: object) -> None:
        pass


@contextmanager
def serving_one_at_a_time(folder: Path) -> Iterator[str]:
    def handler(*words: object) -> _Quiet:
        return _Quiet(*words, directory=str(folder))  # type: ignore[arg-type]

    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_reader_waits_for_it(
    ffmpeg: FFmpeg, held: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_look, look = threading.Event(), ending.find_ending

    def late(*wanted: object) -> object:
        may_look.wait(10)
        return look(*wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(ending, "find_ending", late)
    source = MediaSource.probe(ffmpeg, parse_url(held))
    with ExitStack() as stack:
        reader = opened_reader(source, ReaderSettings(), stack)
        assert not may_look.is_set()  # it has been returned before
        may_look.set()
        frames = list(reader)
    assert [frame.duration for frame in frames[-2:]] == [None, 3]


def test_a_server_of_one_connection_is_read_to_its_end(
    ffmpeg: FFmpeg, held: Path
) -> None:
    with (
        serving_one_at_a_time(held.parent) as url,
        avio_cli.open_video(f"{url}/{held.name}") as video,
    ):
        assert [frame.duration for frame in video][-1] == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="it forks")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_looks_for_itself(
    ffmpeg: FFmpeg, held: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread stays behind in the parent."""
    may_look, look = threading.Event(), ending.find_ending
    forking = threading.get_ident()

    def late(*wanted: object) -> object:
        if threading.get_ident() != forking:
            may_look.wait(10)
        return look(*wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(ending, "find_ending", late)
    source = MediaSource.probe(ffmpeg, parse_url(held))
    lookup = EndingLookup(source, source.info.videos[0])
    if not (child := os.fork()):  # noqa: TID251
        found = lookup.result()
        os._exit(0 if found is not None and found.duration == 3 else 1)
    may_look.set()
    assert os.waitpid(child, 0)[1] == 0
    assert lookup.result() is not None


def test_closing_a_video_leaves_no_lookup_behind(
    ffmpeg: FFmpeg, held: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended, look = threading.Event(), ending.find_ending

    def watched(*wanted: object) -> object:
        try:
            return look(*wanted)  # type: ignore[arg-type]
        finally:
            ended.set()

    monkeypatch.setattr(ending, "find_ending", watched)
    avio_cli.open_video(held).close()
    assert ended.is_set()
