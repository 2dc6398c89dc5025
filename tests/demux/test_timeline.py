"""All packets of a source are listed on one clock, also where its own clock jumps."""

from array import array
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.demux.timeline import NO_TIME, StreamTimeline, Timeline, list_timeline
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from tests.clips import make_clip


def listed(ffmpeg: FFmpeg, path: Path) -> Timeline:
    source = MediaSource.probe(ffmpeg, parse_url(path))
    return list_timeline(source, [*source.info.videos, *source.info.audios])


def clip(tmp_path: Path, name: str, *extra: str) -> Path:
    return make_clip(tmp_path / name, frames=50, audios=1, extra=extra).path


def joined(path: Path, *parts: Path) -> Path:
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def test_the_times_of_all_packets_are_listed(tmp_path: Path, ffmpeg: FFmpeg) -> None:
    found = listed(ffmpeg, clip(tmp_path, "clip.mp4"))
    video, audio = found.streams
    assert not found.jumps
    assert video.shown() == [Fraction(i, 25) for i in range(50)]
    assert video.end() == 2
    assert audio.hidden == 1  # what primes the decoder
    assert audio.shown()[0] == 0
    assert audio.end() == 2


@pytest.mark.parametrize("later", ["0", "1000", "3600"])
def test_where_the_clock_jumps_it_goes_on(
    tmp_path: Path, ffmpeg: FFmpeg, later: str
) -> None:
    first = clip(tmp_path, "first.ts")
    second = clip(tmp_path, "second.ts", "-output_ts_offset", later)
    for parts in (first, second), (second, first):
        found = listed(ffmpeg, joined(tmp_path / "both.ts", *parts))
        video = found.streams[0]
        assert found.jumps
        times = video.shown()
        assert [time - times[0] for time in times] == [
            pytest.approx(Fraction(i, 25), abs=1e-4) for i in range(100)
        ]


def test_a_stream_that_pauses_does_not_jump(tmp_path: Path, ffmpeg: FFmpeg) -> None:
    ticks = [*range(0, 90_000, 3600), *range(9 * 90_000, 10 * 90_000, 3600)]
    path = make_clip(tmp_path / "pause.ts", ticks=ticks).path
    assert not listed(ffmpeg, path).jumps


def test_without_a_pts_packets_are_shown_as_they_are_decoded() -> None:
    lists = (array("q", ticks) for ticks in ([NO_TIME] * 3, [0, 1, 2], [1, 1, 1]))
    line = StreamTimeline(0, Fraction(1, 25), *lists)
    assert not line.has_pts
    assert line.shown() == [0, Fraction(1, 25), Fraction(2, 25)]
    assert line.end() == Fraction(3, 25)
