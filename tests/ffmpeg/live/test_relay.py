"""A live source is opened once, and nothing of it is lost on the way."""

from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import AudioFormat, ReaderSettings
from avio_cli.errors import InputError
from avio_cli.ffmpeg.limits import Limits
from avio_cli.ffmpeg.live.opening import open_live, opened
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.frame import Frame
from tests.clips import make_clip, read_index
from tests.conftest import BOTH_FFMPEGS
from tests.live.one_client import one_client

FRAMES = 40
STEP = Fraction(1, 25)


@pytest.fixture
def stream(tmp_path: Path) -> bytes:
    """MPEG-TS whose times begin at 1.4 s, with frames that wait for later ones."""
    make_clip(tmp_path / "clip.ts", frames=FRAMES, audios=1)
    return (tmp_path / "clip.ts").read_bytes()


def test_one_connection_serves_the_probe_and_the_decoder(
    ffmpeg: FFmpeg, stream: bytes
) -> None:
    with one_client(stream) as url, opened(ffmpeg, parse_url(url)) as source:
        assert source.is_live
        assert source.origin == 0
        settings = ReaderSettings(audio=AudioFormat())
        with MediaReader(source, settings) as reader:
            items = list(reader.items())
    frames = [item for item in items if isinstance(item, Frame)]
    assert [read_index(frame.planes[0]) for frame in frames] == list(range(FRAMES))
    begin = frames[0].time
    assert [frame.time - begin for frame in frames] == [i * STEP for i in range(FRAMES)]
    first = next(item for item in items if not isinstance(item, Frame))
    assert 0 <= first.time < STEP  # audio begins with the source, or video does
    assert min(begin, first.time) == 0


@pytest.mark.parametrize("extension", ["ts", "mkv"])
def test_the_first_connection_over_http_serves_with_and_without_a_duration(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, extension: str
) -> None:
    clip = make_clip(tmp_path / f"clip.{extension}", frames=FRAMES)
    answer = b"HTTP/1.0 200 OK\r\n\r\n" + clip.path.read_bytes()
    with one_client(answer) as url:
        address = parse_url(f"{url.replace('tcp:', 'http:')}/clip.{extension}")
        with opened(bundled_ffmpeg, address) as source, MediaReader(source) as reader:
            assert [read_index(f.planes[0]) for f in reader] == list(range(FRAMES))


def test_a_connection_that_nobody_decodes_is_closed(
    ffmpeg: FFmpeg, stream: bytes
) -> None:
    with (
        one_client(stream, stays=True) as url,
        opened(ffmpeg, parse_url(url), ("-analyzeduration", "1000000")) as source,
    ):
        assert source.info.videos[0].width == 160
    # The fixture of all tests finds a child that is left.


def test_a_reader_that_is_left_ends_a_source_that_hangs(
    ffmpeg: FFmpeg, stream: bytes
) -> None:
    options = ("-analyzeduration", "1000000")
    with one_client(stream, stays=True) as url:
        source = open_live(ffmpeg, parse_url(url), options)
        with MediaReader(source) as reader:
            assert read_index(next(iter(reader)).planes[0]) == 0


def test_a_refused_connection_is_one_line_without_the_password(
    ffmpeg: FFmpeg, stream: bytes
) -> None:
    with one_client(stream) as url:
        closed = url.replace("tcp://", "rtsp://viewer:s3cret@") + "/live"
    with pytest.raises(InputError) as caught:
        open_live(ffmpeg, parse_url(closed))
    assert "the connection was refused" in caught.value.message
    assert "s3cret" not in caught.value.message


def test_a_source_that_is_no_media_is_refused(ffmpeg: FFmpeg) -> None:
    with (
        one_client(b"no video " * 5000) as url,
        pytest.raises(InputError, match="cannot open tcp://"),
    ):
        open_live(ffmpeg, parse_url(url))


@BOTH_FFMPEGS
def test_a_source_that_sends_nothing_is_given_up_after_the_timeout(
    ffmpeg: FFmpeg, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("avio_cli.ffmpeg.live.relay.NOTICE_SECONDS", 0.2)
    with one_client(b"", stays=True) as url:
        awaited = parse_url(url, Limits().awaiting(Fraction(1, 2)))
        with pytest.raises(InputError, match=r"no packet within 0\.5 s") as caught:
            open_live(ffmpeg, awaited)
    assert "--timeout" in caught.value.hint
    assert caplog.messages == [f"waiting for the first packet of {url}"]


@pytest.mark.parametrize(
    ("url", "relayed"),
    [
        ("rtsp://camera/stream1", True),
        ("srt://host:9000?mode=listener", True),
        ("udp://239.0.0.1:1234", True),
        ("http://camera/video.cgi", True),
        ("http://camera/mjpeg?channel=1", True),
        ("http://camera/stream.ts", True),
        ("https://host/video.mp4?token=1", True),
        ("https://host/list.m3u8", False),
        ("https://host/photo.jpg", False),
        ("-", False),
    ],
)
def test_what_may_be_opened_once_is_relayed(url: str, relayed: bool) -> None:
    assert parse_url(url).is_relayed == relayed
