"""Cover art is extracted as it is stored."""

from dataclasses import replace
from pathlib import Path

import pytest

from avio_cli.errors import FFmpegError, OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.info import MediaInfo
from avio_cli.mux.sidecars import extract_cover_art
from tests.decode.reading import make


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two covers, of which the first is a JPEG and the second a PNG."""
    folder = tmp_path_factory.mktemp("covers")
    images = [folder / "a.jpg", folder / "b.png"]
    for image, colour in zip(images, ("red", "blue"), strict=True):
        make(image, f"-f lavfi -i color={colour}:s=32x32 -frames:v 1")
    return make(
        folder / "video.mp4",
        f"-f lavfi -i testsrc2=s=64x48:d=0.2 -i {images[0]} -i {images[1]} "
        "-map 0 -map 1 -map 2 -c:v:0 mpeg4 -c:v:1 copy -c:v:2 copy "
        "-disposition:v:1 attached_pic -disposition:v:2 attached_pic",
    )


def test_each_is_in_its_file_as_it_was(
    video: Path, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source = MediaSource.probe(ffmpeg, parse_url(video))
    covers = source.info.covers
    wanted = [(cover, tmp_path / f"%d{cover.index}.mp4.x") for cover in covers]
    extract_cover_art(source, wanted)
    assert wanted[0][1].read_bytes() == (video.parent / "a.jpg").read_bytes()
    assert wanted[1][1].read_bytes() == (video.parent / "b.png").read_bytes()


def test_no_covers_start_nothing(tmp_path: Path) -> None:
    nowhere = FFmpeg("/no/such/ffmpeg", "PATH")
    info = MediaInfo(source="a", container="mp4", streams=())
    extract_cover_art(MediaSource(nowhere, parse_url("-"), info), [])


def test_a_cover_that_is_gone_is_an_error(
    video: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source = MediaSource.probe(bundled_ffmpeg, parse_url(video))
    cover = source.info.covers[0]
    copy = tmp_path / "gone.mp4"
    copy.write_bytes(video.read_bytes()[:500])
    with pytest.raises((FFmpegError, OutputError)):
        extract_cover_art(
            replace(source, url=parse_url(copy)), [(cover, tmp_path / "x")]
        )


def test_an_empty_cover_is_named(
    video: Path,
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import avio_cli.mux.sidecars as module

    class Nothing(module.Process):
        def __init__(self, argv: list[str]) -> None:
            super().__init__([argv[0], "-version"])

    monkeypatch.setattr(module, "Process", Nothing)
    source = MediaSource.probe(bundled_ffmpeg, parse_url(video))
    cover = source.info.covers[0]
    with pytest.raises(OutputError, match="cover art in stream #1 is empty"):
        extract_cover_art(source, [(cover, tmp_path / "x")])
