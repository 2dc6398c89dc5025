"""Crops and the still: of late frames what comes before is not decoded."""

from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from avio_cli.jobs.report.page import stills
from tests.clips import groups, make_clip, read_index

RATE = Fraction(5)


def source_of(path: Path, ffmpeg: FFmpeg) -> MediaSource:
    """A minute at 5 frames a second, with a keyframe each 5 seconds, and B-frames."""
    make_clip(path, frames=300, rate=RATE, video=groups(25, 2))
    return MediaSource.probe(ffmpeg, parse_url(str(path)))


def read(source: MediaSource, *seconds: int) -> list[tuple[Fraction, int]]:
    """The times of decoded frames, and the numbers in their pixels."""
    wanted = [Fraction(second) for second in seconds]
    found = stills._frames_at(source, wanted)
    return [(time, read_index(frame.planes[0])) for time, frame in found]


@pytest.mark.parametrize("name", ["a.mp4", "a.ts"])
def test_what_is_between_is_skipped_and_times_stay_exact(
    name: str, tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    found = read(source_of(tmp_path / name, bundled_ffmpeg), 2, 3, 40, 41)
    numbers = [number for _, number in found]
    assert numbers == [*range(16), *range(200, 206)]
    assert [time for time, _ in found] == [number / RATE for number in numbers]


def test_nothing_is_wanted_nothing_is_decoded(
    tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    assert read(source_of(tmp_path / "a.mp4", bundled_ffmpeg)) == []
