"""AVIF: the video of a sequence is read, not the image that stands for it."""

from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.api import open_video, probe, transcode
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.media.frame import Frame
from tests.clips import make_clip, read_index

AV1 = tuple("-c:v libaom-av1 -cpu-used 8 -crf 20 -pix_fmt yuv420p".split())
COUNT = 6


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    rate = Fraction(10)
    path = tmp_path / "sequence.avif"
    return make_clip(path, frames=COUNT, rate=rate, video=AV1).path


def test_the_video_is_read(ffmpeg: FFmpeg, sequence: Path) -> None:
    with open_video(sequence) as reader:
        frames = [(read_index(f.planes[0]), f.seconds) for f in reader]
    assert frames == [(i, i / 10) for i in range(COUNT)]


def test_the_image_beside_it_is_cover_art(ffmpeg: FFmpeg, sequence: Path) -> None:
    info = probe(sequence)
    assert len(info.videos) == 1
    assert info.videos[0].average_rate == 10
    assert all(cover.repeats_video for cover in info.covers)


@pytest.mark.parametrize("how", ["encode", "copy", "callback"])
@pytest.mark.sampled(3)
def test_only_the_video_is_transcoded(
    ffmpeg: FFmpeg, sequence: Path, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    def unchanged(frame: Frame) -> Frame:
        return frame

    output = sequence.with_suffix(".mkv")
    callback = (unchanged,) if how == "callback" else ()
    result = transcode(sequence, output, copy=how == "copy", callback=callback)
    assert result.frames == COUNT
    assert len(probe(output).streams) == 1
    with open_video(output) as reader:
        assert [read_index(f.planes[0]) for f in reader] == list(range(COUNT))
    assert caplog.records == []


def test_one_image_is_a_video_of_one_frame(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "image.avif", frames=1, video=AV1)
    with open_video(clip.path) as reader:
        assert [read_index(frame.planes[0]) for frame in reader] == [0]
