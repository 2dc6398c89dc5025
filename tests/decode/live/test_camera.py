"""A camera that drops, falls silent, changes its size and its clock is read on."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import pytest

from avio_cli.decode.live.connection import Silence
from avio_cli.decode.live.hand_over import Item
from avio_cli.decode.live.interruption import Backoff, SourceLostError
from avio_cli.decode.live.kinds import LiveRules
from avio_cli.decode.live.opening import with_audio
from avio_cli.decode.live.reader import LiveReader
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import AudioFormat, DetectorView, ReaderSettings
from avio_cli.errors import InputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.frame import Frame
from avio_cli.media.info import AudioStream, MediaInfo, VideoStream
from tests.live.camera import Camera

BASE = Fraction(1, 90000)
SETTINGS = ReaderSettings(
    pixel_format="yuv420p",
    audio=AudioFormat(),
    view=DetectorView(width=64, height=64),
)


def source_of(ffmpeg: FFmpeg, camera: Camera) -> MediaSource:
    """What a probe finds there, without its five seconds."""
    video = VideoStream(
        index=0,
        codec="mpeg4",
        time_base=BASE,
        coded_width=160,
        coded_height=120,
        average_rate=Fraction(25),
        pixel_format="yuv420p",
    )
    audio = AudioStream(
        index=1, codec="mp2", time_base=BASE, sample_rate=48000, channels=1
    )
    info = MediaInfo(source=camera.url, container="mpegts", streams=(video, audio))
    return MediaSource(ffmpeg, parse_url(camera.url), info)


@contextmanager
def opened(ffmpeg: FFmpeg, **rules: Any) -> Iterator[tuple[Camera, LiveReader]]:
    """A camera, and what reads it; a second of silence is enough."""
    with Camera(ffmpeg.path, audio=True, clock=5) as camera:
        source = source_of(ffmpeg, camera)
        with LiveReader(
            lambda audio: MediaReader(source, with_audio(SETTINGS, audio)),
            LiveRules(name=camera.url, audio=True, **rules),
            silence=Silence(least=1.0, first=20.0),
            backoff=Backoff(0.1),
        ) as reader:
            yield camera, reader


def read(reader: LiveReader, steps: dict[int, Callable[[], None]]) -> list[Item]:
    """All items; after so many frames something is done to the camera."""
    items, frames = [], 0
    hanging = threading.Timer(60, reader.abandon)
    hanging.start()
    for item in reader.items():
        items.append(item)
        if isinstance(item, Frame):
            frames += 1
            steps.get(frames, lambda: None)()
    hanging.cancel()
    return items


@pytest.mark.slow
def test_it_is_read_on_after_a_drop_and_a_silence(ffmpeg: FFmpeg) -> None:
    with opened(ffmpeg) as (camera, reader):

        def drop() -> None:
            camera.size, camera.clock = "320x120", 700.0
            camera.drop()

        items = read(reader, {20: drop, 60: camera.mute, 90: reader.abandon})
    frames = [item for item in items if isinstance(item, Frame)]
    times = [frame.time for frame in frames]
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert times == sorted(set(times))
    assert times[-1] - times[0] < 30
    assert {(f.width, f.height, *f.view.shape) for f in frames} == {
        (160, 120, 64, 64, 3)
    }
    health = reader.health.snapshot()
    assert (health.reconnects, health.stalls, health.state) == (2, 1, "ended")
    assert health.gap_seconds == pytest.approx(
        sum(float(gap.seconds) for gap in health.gaps)
    )


def test_another_shape_is_letterboxed_within_a_connection(ffmpeg: FFmpeg) -> None:
    with opened(ffmpeg) as (camera, reader):
        camera.parts = [("320x120", 7.0)]  # twice as wide: 160x60 in the middle
        items = read(reader, {80: reader.abandon})
    frames = [item for item in items if isinstance(item, Frame)]
    assert frames[0].planes[0][:30].mean() > 30
    assert frames[-1].planes[0].shape == (120, 160)
    assert frames[-1].planes[0][:29].max() <= 18
    assert frames[-1].planes[0][31:89].mean() > 30
    assert reader.health.snapshot().reconnects == 0


@pytest.mark.slow
def test_a_camera_that_lost_its_audio_is_read_without(ffmpeg: FFmpeg) -> None:
    with opened(ffmpeg) as (camera, reader):

        def drop(*, audio: bool) -> None:
            camera.audio = audio
            camera.drop()

        steps = {20: lambda: drop(audio=False), 90: lambda: drop(audio=True)}
        items = read(reader, {**steps, 180: reader.abandon})
    heard = [float(item.time) for item in items if not isinstance(item, Frame)]
    gap = max(after - before for before, after in itertools.pairwise(heard))
    assert gap > 2
    assert reader.health.snapshot().reconnects == 2


def test_it_is_given_up_after_the_timeout(bundled_ffmpeg: FFmpeg) -> None:
    with opened(bundled_ffmpeg, timeout=1.0) as (camera, reader):

        def leave() -> None:
            camera.refusing = True
            camera.drop()

        with pytest.raises(SourceLostError, match="not back within 1 s"):
            read(reader, {5: leave})


@pytest.mark.slow
def test_its_end_comes_by_the_clock_while_it_is_lost(bundled_ffmpeg: FFmpeg) -> None:
    with opened(bundled_ffmpeg, length=Fraction(3)) as (camera, reader):

        def leave() -> None:
            camera.refusing = True
            camera.drop()

        items = read(reader, {10: leave})
    assert items[-1].time - items[0].time < 3
    assert reader.health.snapshot().state == "ended"


def test_what_never_gave_anything_is_an_error_at_once(bundled_ffmpeg: FFmpeg) -> None:
    with opened(bundled_ffmpeg) as (camera, reader):
        camera.close()
        waited = threading.Timer(20, reader.abandon)
        waited.start()
        with pytest.raises(InputError):
            list(reader.items())
        waited.cancel()


@pytest.mark.slow
def test_what_is_lost_is_said_once_and_what_is_back(
    bundled_ffmpeg: FFmpeg, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(bundled_ffmpeg) as (camera, reader):

        def leave() -> None:
            camera.refusing = True
            camera.drop()
            threading.Timer(2.0, setattr, (camera, "refusing", False)).start()

        read(reader, {5: leave, 90: reader.abandon})
    words = [r.getMessage() for r in caplog.records if r.name == "avio.live"]
    said = [word for word in words if "still" not in word]
    assert len(said) == 2
    assert "lost" in said[0]
    assert "back after" in said[1]
