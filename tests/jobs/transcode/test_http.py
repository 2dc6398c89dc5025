"""Servers that send less than they promise, and those that promise nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from avio_cli.api import transcode
from avio_cli.errors import DamagedInputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.media.frame import Frame
from tests.clips import make_clip
from tests.servers import serving

FRAMES = 60


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path) as url:
        yield url


def unchanged(frame: Frame) -> Frame:
    return frame


@pytest.mark.parametrize("extension", ["ts", "mkv"])
@pytest.mark.parametrize("how", ["encode", "copy", "callback"])
@pytest.mark.sampled(3)
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


@pytest.mark.parametrize("how", ["encode", "copy", "callback"])
def test_a_body_without_a_length_is_compared_with_its_header(
    ffmpeg: FFmpeg, server: str, tmp_path: Path, how: str
) -> None:
    make_clip(tmp_path / "clip.mkv", frames=FRAMES)
    output = tmp_path / "result.mkv"
    callback = (unchanged,) if how == "callback" else ()
    with pytest.raises(DamagedInputError, match="cut off"):
        transcode(
            f"{server}/short-clip.mkv", output, copy=how == "copy", callback=callback
        )
    assert not output.exists()


@pytest.mark.parametrize(
    ("server_sends", "extension"),
    [("plain", "ts"), ("plain", "mp4"), ("chunked", "ts"), ("chunked", "mkv")],
)
def test_a_body_without_a_length_is_whole(
    ffmpeg: FFmpeg, server: str, tmp_path: Path, extension: str, server_sends: str
) -> None:
    extra = ("-movflags", "+faststart") if extension == "mp4" else ()
    make_clip(tmp_path / f"clip.{extension}", frames=FRAMES, extra=extra)
    output = tmp_path / "result.mkv"
    result = transcode(f"{server}/{server_sends}-clip.{extension}", output, copy=True)
    assert (result.frames, result.damage) == (FRAMES, "")
