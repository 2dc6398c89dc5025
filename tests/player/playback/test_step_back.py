"""Refills: frames before those at hand, and how they give way to what is urgent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from avio_cli.decode.settings import ReaderSettings
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.frame import Frame
from avio_cli.player.playback.frame_cache import FrameCache
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.open_settings import OpenSettings
from avio_cli.player.playback.step_back import BackwardFetcher
from tests.clips import make_clip
from tests.player.playback.test_decode_session import wait_for


@pytest.fixture
def film(bundled_ffmpeg: FFmpeg, tmp_path: Path) -> Iterator[OpenMedia]:
    path = make_clip(tmp_path / "film.mkv", frames=100, extra=("-g", "25")).path
    address = parse_url(path)
    reading = ReaderSettings(pixel_format="yuv420p")
    settings = OpenSettings(reading=reading)
    film = OpenMedia(bundled_ffmpeg, address, probe(bundled_ffmpeg, address), settings)
    yield film
    film.close()


def frame_at(film: OpenMedia, number: int) -> Frame:
    duration = film.frame_duration
    with film.open_range(number * duration, (number + 1) * duration) as reader:
        return next(iter(reader))


def test_what_was_stopped_is_not_taken_over_and_can_be_fetched_again(
    film: OpenMedia,
) -> None:
    timeline = FrameCache(1 << 30)
    timeline.add(frame_at(film, 60))
    rewinder = BackwardFetcher(film, timeline)
    last = timeline.last
    assert last is not None
    assert rewinder.before(last) is None
    assert rewinder.busy
    rewinder.cancel()
    assert not rewinder.busy
    assert not rewinder.poll()
    assert len(timeline) == 1

    rewinder.before(last)
    wait_for(lambda: rewinder.poll() or not rewinder.busy)
    before = rewinder.before(last)
    assert before is not None
    assert before.time == last.time - film.frame_duration
    rewinder.close()


def test_after_closing_no_child_is_left_of_those_stopped(film: OpenMedia) -> None:
    timeline = FrameCache(1 << 30)
    timeline.add(frame_at(film, 60))
    rewinder = BackwardFetcher(film, timeline)
    for _ in range(3):
        rewinder.before(frame_at(film, 60))
        rewinder.cancel()
    rewinder.close()
