"""A real RTSP server is read by all commands that take a video."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.decode.reader import MediaReader
from avio_cli.ffmpeg.live import relay
from avio_cli.ffmpeg.live.opening import opened
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.url import parse_url
from tests.clips import indices, read_index
from tests.live.rtsp import RtspServers

SIZE = (320, 192)


def test_info_names_what_it_sends_and_no_password(
    bundled_ffmpeg: FFmpeg,
    rtsp_server: RtspServers,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = rtsp_server(user="viewer", password="s3cret").url
    assert run(["info", url]) == 0
    shown = capsys.readouterr().out
    assert "h264" in shown
    assert "320x192, 25 fps" in shown
    assert "48000 Hz, mono" in shown
    assert "s3cret" not in shown


def test_a_wrong_password_is_refused_in_one_line(
    bundled_ffmpeg: FFmpeg,
    rtsp_server: RtspServers,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = rtsp_server(user="viewer", password="s3cret").url
    assert run(["info", url.replace("s3cret", "wr0ng")]) == 1
    said = capsys.readouterr().err
    assert "the server asks for a login" in said
    assert "wr0ng" not in said


def test_a_stream_that_has_waited_is_opened_again(
    bundled_ffmpeg: FFmpeg, rtsp_server: RtspServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, proxy = rtsp_server.behind_proxy(rtsp_server(tcp=True))
    for seconds, connections in ((60, 1), (0, 3)):
        monkeypatch.setattr(relay, "STALE_SECONDS", seconds)
        with (
            opened(bundled_ffmpeg, parse_url(url)) as source,
            MediaReader(source) as reader,
        ):
            assert read_index(next(iter(reader)).planes[0]) in range(100)
        assert proxy.connections == connections


@pytest.mark.slow
def test_every_frame_is_transcoded(
    ffmpeg: FFmpeg, rtsp_server: RtspServers, tmp_path: Path
) -> None:
    result = tmp_path / "result.mp4"
    assert run(["transcode", rtsp_server().url, str(result), "--end", "2", "-q"]) == 0
    found = indices(result, *SIZE)
    assert len(found) in (50, 51)
    assert found == list(range(found[0], found[0] + len(found)))


@pytest.mark.slow
def test_a_snapshot_shows_a_whole_frame(
    ffmpeg: FFmpeg, rtsp_server: RtspServers, tmp_path: Path
) -> None:
    image = tmp_path / "image.png"
    assert run(["snapshot", rtsp_server().url, str(image), "--at", "1", "-q"]) == 0
    assert indices(image, *SIZE)[0] in range(100)  # it is whole
