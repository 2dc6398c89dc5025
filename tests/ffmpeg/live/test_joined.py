"""A stream that is sent to whoever listens is joined quickly, and looked at again."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.live.opening import opened
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.url import parse_url
from tests.clips import make_clip

RARE = "-c:v libx264 -preset veryfast -crf 20 -pix_fmt yuv420p -bf 0 -g 150".split()
RARE += ["-keyint_min", "150", "-sc_threshold", "0"]


@pytest.fixture
def sender(tmp_path: Path, ffmpeg: FFmpeg) -> Iterator[str]:
    """MPEG-TS over UDP with a keyframe every 6 seconds; yields the address."""
    make_clip(tmp_path / "clip.ts", frames=150, video=RARE, audios=1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        url = f"udp://127.0.0.1:{free.getsockname()[1]}"
    words = ["-re", "-stream_loop", "-1", "-i", str(tmp_path / "clip.ts"), "-c", "copy"]
    with Process([ffmpeg.path, *words, "-f", "mpegts", "-muxdelay", "0", url]) as child:
        assert not child.ends_within(1)  # the first keyframe has been sent
        yield url


@pytest.mark.slow
def test_a_keyframe_that_comes_late_is_waited_for(ffmpeg: FFmpeg, sender: str) -> None:
    with opened(ffmpeg, parse_url(sender)) as source:
        assert source.info.is_complete
        assert source.info.videos[0].width == 160


@pytest.mark.slow
def test_a_copy_says_how_much_earlier_its_audio_begins(
    sender: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = tmp_path / "copy.mkv"
    assert run(["transcode", sender, str(result), "--copy", "--duration", "8"]) == 0
    assert "before the first frame" in capsys.readouterr().err
