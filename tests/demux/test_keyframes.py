"""The search for a keyframe seeks earlier where a demuxer lands late."""

from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.demux.keyframes import keyframe_before, packets_from_keyframe
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from tests.clips import groups, make_clip


@dataclass(frozen=True)
class At:
    """A packet."""

    time: int
    key: bool


class Demuxer:
    """Has a keyframe each ten seconds, and lands late."""

    def __init__(self, late: int, first: int = 0) -> None:
        self.late, self.first = late, first
        self.seeks: list[Fraction] = []
        self.open_lists = 0

    def list_from(self, seek: Fraction) -> Generator[At, None, None]:
        self.seeks.append(seek)
        self.open_lists += 1
        try:
            begin = max(int(seek) + (self.late if seek else 0), self.first)
            yield from (At(t, t % 10 == 0) for t in range(begin, 120))
        finally:
            self.open_lists -= 1

    def search(self, time: int) -> tuple[At, ...]:
        return packets_from_keyframe(
            self.list_from, Fraction(time), lambda p: p.key and p.time <= time
        )


def test_the_first_packet_is_the_last_keyframe_before() -> None:
    demuxer = Demuxer(late=0)
    packets = demuxer.search(100)
    assert packets[0] == At(100, key=True)
    assert packets[-1].time == 119
    assert demuxer.seeks == [100]


@pytest.mark.parametrize(
    ("late", "seeks"),
    [(0, [55, 54, 51, 39]), (12, [55, 54, 51, 39, 0]), (9, [55, 54, 51, 39])],
)
def test_it_seeks_earlier_until_there_is_one(late: int, seeks: list[int]) -> None:
    demuxer = Demuxer(late)
    assert demuxer.search(55)[0] == At(50, key=True)
    assert demuxer.seeks == seeks
    assert demuxer.open_lists == 0


def test_without_a_keyframe_before_it_starts_with_the_first() -> None:
    demuxer = Demuxer(late=0, first=37)
    assert demuxer.search(5)[0] == At(40, key=True)
    assert demuxer.seeks == [5, 4, 1, 0]
    assert Demuxer(late=0, first=111).search(5) == ()


def test_a_keyframe_of_avi_is_found_without_pts(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.avi", frames=100, video=groups(25, 2))
    source = MediaSource.probe(ffmpeg, parse_url(clip.path))
    found = keyframe_before(source, 0, Fraction("2.6"))
    assert found is not None
    assert found.pts_seconds == found.dts_seconds == 2
