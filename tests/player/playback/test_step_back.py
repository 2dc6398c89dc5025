"""Stepping back: frames before the cached ones, and cancelling for a seek."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from avio_cli.decode.settings import ReaderSettings
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.frame import Frame
from avio_cli.player.playback.frame_cache import FrameCache
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.open_settings import OpenSettings
from avio_cli.player.playback.step_back import BackwardFetcher
from tests.clips import make_clip
from tests.player.playback.test_decode_session import wait_for


@pytest.fixture
def media(bundled_ffmpeg: FFmpeg, tmp_path: Path) -> Iterator[OpenMedia]:
    path = make_clip(tmp_path / "video.mkv", frames=100, extra=("-g", "25")).path
    source = MediaSource.probe(bundled_ffmpeg, parse_url(path))
    reading = ReaderSettings(pixel_format="yuv420p")
    settings = OpenSettings(reading=reading)
    media = OpenMedia(source, settings)
    yield media
    media.close()


def frame_at(media: OpenMedia, number: int) -> Frame:
    duration = media.frame_duration
    with media.open_range(number * duration, (number + 1) * duration) as reader:
        return next(iter(reader))


def test_cancelled_frames_are_not_cached_and_can_be_fetched_again(
    media: OpenMedia,
) -> None:
    cache = FrameCache(1 << 30)
    cache.add(frame_at(media, 60))
    fetcher = BackwardFetcher(media, cache)
    last = cache.last
    assert last is not None
    assert fetcher.before(last) is None
    assert fetcher.busy
    fetcher.cancel()
    assert not fetcher.busy
    assert not fetcher.poll()
    assert len(cache) == 1

    fetcher.before(last)
    wait_for(lambda: fetcher.poll() or not fetcher.busy)
    before = fetcher.before(last)
    assert before is not None
    assert before.time == last.time - media.frame_duration
    fetcher.close()


def test_after_closing_no_cancelled_child_process_is_left(media: OpenMedia) -> None:
    cache = FrameCache(1 << 30)
    cache.add(frame_at(media, 60))
    fetcher = BackwardFetcher(media, cache)
    for _ in range(3):
        fetcher.before(frame_at(media, 60))
        fetcher.cancel()
    fetcher.close()


def test_with_few_frames_in_memory_none_is_skipped(media: OpenMedia) -> None:
    """Of 2160 rows few fit in: what is fetched must not replace what comes next."""
    first = frame_at(media, 60)
    cache = FrameCache(8 * first.nbytes)
    for number in range(60, 64):
        cache.add(frame_at(media, number))
    fetcher, shown, numbers = BackwardFetcher(media, cache), cache.last, []
    while shown is not None and len(numbers) < 20:
        fetcher.before(shown)
        wait_for(lambda: not (fetcher.poll() or fetcher.busy))
        assert cache.bytes <= cache.limit
        shown = fetcher.before(shown)
        numbers += [round(shown.time / media.frame_duration)] if shown else []
    fetcher.close()
    assert numbers == list(range(62, 42, -1))
