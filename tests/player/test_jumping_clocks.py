"""Files whose clock starts again are played to their end, and searched."""

from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.decode.settings import ReaderSettings
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.open_settings import OpenSettings
from tests.clips import make_clip, read_index
from tests.player.conftest import Play
from tests.player.playback.test_decode_session import wait_for


@pytest.fixture
def twice(tmp_path: Path) -> Path:
    """Two seconds, whose times start again: the frames 0 to 24 twice."""
    part = make_clip(tmp_path / "part.ts", frames=25, audios=1, extra=("-g", "5"))
    path = tmp_path / "twice.ts"
    path.write_bytes(part.path.read_bytes() * 2)
    return path


def test_it_is_played_to_its_end(twice: Path, play: Play, ffmpeg: FFmpeg) -> None:
    found = play(twice)
    assert found["frames_shown"] + found["frames_dropped"] == 50


def test_a_range_of_it_is_played(twice: Path, play: Play, ffmpeg: FFmpeg) -> None:
    found = play(twice, options=("--start", "1.2", "--end", "1.6", "--no-audio"))
    assert found["frames_shown"] + found["frames_dropped"] == 10


def test_seeks_arrive_once_its_packets_are_listed(twice: Path, ffmpeg: FFmpeg) -> None:
    source = MediaSource.probe(ffmpeg, parse_url(twice))
    media = OpenMedia(source, OpenSettings(reading=ReaderSettings()))
    try:
        media.make_index(background=False)
        wait_for(lambda: media.index is not None)
        assert media.duration == pytest.approx(Fraction(2), abs=0.05)
        with media.open_range(Fraction(3, 2), Fraction(2)) as reader:
            numbers = [read_index(frame.planes[0]) for frame in reader]
        assert len(numbers) in (12, 13)
        assert numbers[-1] == 24
    finally:
        media.close()
