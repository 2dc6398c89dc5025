"""What every Source must do: iterate once, stop early, close twice."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from avio_cli.decode.settings import AudioFormat, DetectorView
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.protocols import Source
from tests.clips import make_clip
from tests.decode.reading import open_reader

Opening = Callable[[FFmpeg, Path], Source]

SOURCES: dict[str, Opening] = {
    "reader": open_reader,
    "reader with view": lambda ffmpeg, path: open_reader(
        ffmpeg, path, view=DetectorView(width=32, height=32)
    ),
    "reader with audio": lambda ffmpeg, path: open_reader(
        ffmpeg, path, audio=AudioFormat()
    ),
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    return make_clip(folder / "a.mp4", frames=8, width=64, height=32, audios=1).path


@pytest.fixture(params=SOURCES)
def source(
    request: pytest.FixtureRequest, path: Path, bundled_ffmpeg: FFmpeg
) -> Source:
    return SOURCES[request.param](bundled_ffmpeg, path)


def test_frames_come_in_presentation_order(source: Source) -> None:
    frames = list(source)
    source.close()
    assert [frame.index for frame in frames] == list(range(8))
    moments = [frame.time for frame in frames]
    assert moments == sorted(set(moments))


def test_it_can_be_left_early_and_closed_twice(source: Source) -> None:
    iterator = iter(source)
    next(iterator)
    next(iterator)
    source.close()
    source.close()


def test_it_can_be_closed_before_it_starts(source: Source) -> None:
    source.close()


def test_it_can_be_closed_after_its_end(source: Source) -> None:
    assert len(list(source)) == 8
    source.close()
    source.close()


def test_each_frame_is_the_receivers_own(source: Source) -> None:
    frames = list(source)
    source.close()
    for number, frame in enumerate(frames):
        for plane in frame.planes:
            plane[:] = number
    for number, frame in enumerate(frames):
        assert all(np.all(plane == number) for plane in frame.planes)
