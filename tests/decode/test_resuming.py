"""A file on a server is read on at the same byte where the server breaks off."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings
from avio_cli.ffmpeg.damage_signs import DamageWatch
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from tests.clips import indices, make_clip
from tests.servers import breaking

FRAMES, SIZE = 50, (320, 192)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("resuming") / "clip.mkv"
    make_clip(path, frames=FRAMES, width=SIZE[0], height=SIZE[1], audios=1)
    return path


def source_of(ffmpeg: FFmpeg, clip: Path, url: str) -> MediaSource:
    """What a probe of the whole file finds, at the server."""
    probed = MediaSource.probe(ffmpeg, parse_url(clip))
    return MediaSource(ffmpeg, parse_url(url), probed.info)


def test_what_breaks_off_is_read_on_and_no_damage(ffmpeg: FFmpeg, clip: Path) -> None:
    content = clip.read_bytes()
    with breaking(content, piece=len(content) * 3 // 4) as (url, server):
        source = source_of(ffmpeg, clip, url)
        with MediaReader(source, ReaderSettings(pixel_format="gray")) as reader:
            assert len(list(reader)) == FRAMES
            assert reader.damage() == ""
    assert server.requests[0] == 0
    assert max(server.requests) > 0


def test_what_stays_away_is_damage(
    bundled_ffmpeg: FFmpeg, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly = ("-reconnect", "1", "-reconnect_delay_max", "0")
    monkeypatch.setattr("avio_cli.ffmpeg.command._RESUMING", quickly)
    content = clip.read_bytes()
    with breaking(content, piece=len(content) // 2) as (url, server):
        server.most = 1
        source = source_of(bundled_ffmpeg, clip, url)
        with MediaReader(source, ReaderSettings(pixel_format="gray")) as reader:
            assert 0 < len(list(reader)) < FRAMES
            assert "cut off" in reader.damage()


@pytest.mark.slow
def test_a_transcode_of_it_is_whole(ffmpeg: FFmpeg, clip: Path, tmp_path: Path) -> None:
    result, content = tmp_path / "result.mp4", clip.read_bytes()
    with breaking(content, piece=len(content) * 3 // 4) as (url, _):
        assert run(["transcode", f"{url}/clip.mkv", str(result), "-q"]) == 0
    assert indices(result, *SIZE) == list(range(FRAMES))


def test_an_end_without_a_length_stays_one() -> None:
    watch = DamageWatch()
    watch.feed(
        "[http] [error] Stream ends prematurely at 9, should be 18446744073709551615"
    )
    watch.feed("[error] http://h/a.ts: Input/output error")
    assert not watch.cut_off


def test_a_server_that_answers_again_and_again_fails_is_cut_off() -> None:
    watch = DamageWatch()
    broken = (
        "[http] [error] Stream ends prematurely at 9, should be 18446744073709551615"
    )
    watch.feed("[http] [error] Stream ends prematurely at 9, should be 20")
    watch.feed("[http] [warning] Will reconnect at 9 in 0 second(s), error=I/O error.")
    assert not watch.cut_off
    watch.feed(broken)
    assert watch.cut_off
