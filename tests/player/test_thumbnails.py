"""Previews: keyframes of the right time, fetched behind the player's back."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import MediaUrl, parse_url
from avio_cli.media.info import MediaInfo, VideoStream
from avio_cli.player import thumbnails
from avio_cli.player.thumbnails import ThumbnailReader, thumbnail_size
from tests.clips import H264, make_clip, read_index
from tests.player.playback.test_decode_session import wait_for

KEYFRAMES = (*H264, "-g", "25", "-keyint_min", "25", "-sc_threshold", "0")


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds with a keyframe each second."""
    path = tmp_path_factory.mktemp("video") / "video.mp4"
    return make_clip(path, frames=250, video=KEYFRAMES).path


def _reader(ffmpeg: FFmpeg, path: Path) -> ThumbnailReader:
    return ThumbnailReader(MediaSource.probe(ffmpeg, parse_url(path)))


def _wait(reader: ThumbnailReader, seconds: float) -> NDArray[np.uint8]:
    wait_for(lambda: reader.at(seconds).size > 0)
    return reader.at(seconds)


def test_each_time_gives_the_keyframe_before_it(video: Path, ffmpeg: FFmpeg) -> None:
    reader = _reader(ffmpeg, video)
    try:
        for second in (0, 3, 9):
            image = _wait(reader, second + 0.01)
            assert image.shape == (96, 160, 3)
            assert read_index(image) == 25 * second
    finally:
        reader.close()


def test_it_answers_at_once_and_the_same_array_again(
    video: Path, bundled_ffmpeg: FFmpeg
) -> None:
    reader = _reader(bundled_ffmpeg, video)
    assert reader.at(5.0).shape == (0, 0, 3)
    image = _wait(reader, 5.0)
    assert reader.at(5.0) is image
    assert reader.at(5.6) is image  # stands for its neighbour until that is there
    reader.close()
    assert reader.at(5.0).shape == (0, 0, 3)
    reader.close()


def test_the_newest_request_comes_first(video: Path, bundled_ffmpeg: FFmpeg) -> None:
    reader = _reader(bundled_ffmpeg, video)
    for second in range(10):
        reader.at(float(second))
    _wait(reader, 9.0)
    reader.close()
    assert len(reader._requested) <= thumbnails._WAITING


def test_memory_is_bounded(
    video: Path, bundled_ffmpeg: FFmpeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "CACHE_BYTES", 100_000)  # two thumbnails
    reader = _reader(bundled_ffmpeg, video)
    for second in (0.0, 3.0, 6.0, 9.0):
        _wait(reader, second)
        assert reader._bytes <= 100_000
    reader.close()


def test_what_cannot_be_read_gives_no_thumbnail(
    tmp_path: Path, video: Path, bundled_ffmpeg: FFmpeg
) -> None:
    copy = tmp_path / "video.mp4"
    copy.write_bytes(video.read_bytes())
    reader = _reader(bundled_ffmpeg, copy)
    copy.write_bytes(b"no video at all")
    assert reader.at(2.0).size == 0
    wait_for(lambda: bool(reader._cache))
    assert reader.at(2.0).size == 0
    reader.close()


def test_streams_that_cannot_be_reopened_have_none(bundled_ffmpeg: FFmpeg) -> None:
    url = MediaUrl("url", "rtsp://nowhere/", "rtsp://nowhere/")
    info = MediaInfo(source="x", container="rtsp", streams=(_video(64, 36),))
    reader = ThumbnailReader(MediaSource(bundled_ffmpeg, url, info))
    assert reader.at(1.0).shape == (0, 0, 3)
    reader.close()


def _video(width: int, height: int, **more: object) -> VideoStream:
    return VideoStream(
        index=0,
        codec="h264",
        time_base=Fraction(1, 25),
        coded_width=width,
        coded_height=height,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("video", "size"),
    [
        (_video(1920, 1080), (320, 180)),
        (_video(1920, 1080, rotation=90), (180, 320)),
        (_video(720, 576, sample_aspect_ratio=Fraction(64, 45)), (320, 180)),
        (
            _video(720, 576, sample_aspect_ratio=Fraction(64, 45), rotation=270),
            (180, 320),
        ),
        (_video(64, 36), (64, 36)),
        (_video(4000, 2), (320, 2)),
    ],
)
def test_sizes_are_those_of_the_video_as_it_is_shown(
    video: VideoStream, size: tuple[int, int]
) -> None:
    assert thumbnail_size(video) == size
