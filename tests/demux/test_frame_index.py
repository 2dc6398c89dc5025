"""The index lists the frames that decoding gives, with both ffmpegs."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from avio_cli.demux.frame_index import FrameIndex, read_index
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.spawn import StandardInput
from avio_cli.ffmpeg.url import parse_url
from tests.clips import VARIABLE, Clip, make_clip


@pytest.fixture(scope="module", params=[".mp4", ".mkv", ".avi"])
def clip(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Clip:
    path = tmp_path_factory.mktemp("index") / f"clip{request.param}"
    ticks = () if request.param == ".avi" else VARIABLE
    return make_clip(
        path,
        frames=40,
        ticks=ticks,
        audios=1,
        extra=("-g", "10", "-sc_threshold", "0"),
    )


def index_of(ffmpeg: FFmpeg, path: Path) -> FrameIndex:
    source = MediaSource.probe(ffmpeg, parse_url(path))
    index = read_index(source, source.info.videos[0])
    assert index is not None
    return index


def test_every_frame_is_listed_in_the_order_it_is_shown(
    ffmpeg: FFmpeg, clip: Clip
) -> None:
    index = index_of(ffmpeg, clip.path)
    assert len(index) == clip.count
    begin = index.time(0)
    found = [float(index.time(i) - begin) for i in range(len(index))]
    assert found == pytest.approx([float(t) for t in clip.times], abs=0.001)


def test_frames_and_keyframes_are_found_by_time(ffmpeg: FFmpeg, clip: Clip) -> None:
    index = index_of(ffmpeg, clip.path)
    assert index.number(index.time(17)) == 17
    assert index.number(index.key_before(index.time(17))) == 10
    assert index.number(index.key_before(index.time(10))) == 0
    assert index.key_before(index.time(0)) == index.time(0)
    assert index.time(99) == index.time(39)


def test_who_kills_its_child_has_an_error(bundled_ffmpeg: FFmpeg, clip: Clip) -> None:
    source = MediaSource.probe(bundled_ffmpeg, parse_url(clip.path))

    def begin(argv: Sequence[str], stdin: StandardInput) -> Process:
        # One that lists the packets could have ended before it is killed.
        child = Process([sys.executable, "-c", "input()"], stdin="pipe", stdout=True)
        child.kill()
        return child

    with pytest.raises(AvioError):
        read_index(source, source.info.videos[0], begin)
