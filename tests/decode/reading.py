"""Short ways to read a file, with the code under test and without it."""

import functools
import itertools
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.frame import PIXEL_FORMATS, AudioBlock, Frame, planes_of


@functools.cache
def _source(ffmpeg: FFmpeg, path: Path) -> MediaSource:
    return MediaSource.probe(ffmpeg, parse_url(path))


def open_reader(ffmpeg: FFmpeg, path: Path, **settings: Any) -> MediaReader:
    return MediaReader(_source(ffmpeg, path), ReaderSettings(**settings))


def read(ffmpeg: FFmpeg, path: Path, **settings: Any) -> list[Frame]:
    with open_reader(ffmpeg, path, **settings) as reader:
        return list(reader)


def read_both(
    ffmpeg: FFmpeg, path: Path, **settings: Any
) -> tuple[list[Frame], list[AudioBlock]]:
    with open_reader(ffmpeg, path, **settings) as reader:
        items = list(reader.items())
    return (
        [item for item in items if isinstance(item, Frame)],
        [item for item in items if isinstance(item, AudioBlock)],
    )


def times(frames: Sequence[Frame]) -> list[Fraction]:
    return [frame.time for frame in frames]


def relative(frames: Sequence[Frame]) -> list[Fraction]:
    return [frame.time - frames[0].time for frame in frames]


def ffmpeg_output(ffmpeg: FFmpeg, *arguments: str) -> bytes:
    done = run([ffmpeg.path, "-nostdin", "-v", "error", *arguments], timeout=60)
    assert done.status == 0, done.stderr
    return done.stdout


def plain_decode(
    ffmpeg: FFmpeg,
    path: Path,
    size: tuple[int, int],
    pixel_format: str,
    filters: str = "null",
) -> list[tuple[NDArray[Any], ...]]:
    """The planes of each frame as ffmpeg itself writes them, without times."""
    layout = PIXEL_FORMATS[pixel_format.replace("yuvj", "yuv")]
    data = ffmpeg_output(
        ffmpeg,
        *("-i", f"file:{path}", "-map", "0:V:0", "-fps_mode", "passthrough"),
        *("-vf", filters, "-pix_fmt", pixel_format, "-f", "rawvideo", "-"),
    )
    step = layout.size(*size)
    assert len(data) % step == 0
    pieces = (bytearray(data[i : i + step]) for i in range(0, len(data), step))
    return [planes_of(piece, layout, *size) for piece in pieces]


def plain_audio(
    ffmpeg: FFmpeg, path: Path, rate: int, channels: int
) -> NDArray[np.int16]:
    """The samples as ffmpeg itself writes them: (n, channels)."""
    data = ffmpeg_output(
        ffmpeg,
        *("-i", f"file:{path}", "-map", "0:a:0", "-ar", str(rate)),
        *("-ac", str(channels), "-f", "s16le", "-"),
    )
    return np.frombuffer(data, np.int16).reshape(-1, channels)


def assert_same_planes(
    frames: Sequence[Frame], expected: Sequence[tuple[NDArray[Any], ...]]
) -> None:
    assert len(frames) == len(expected)
    for frame, planes in zip(frames, expected, strict=True):
        for actual, wanted in zip(frame.planes, planes, strict=True):
            np.testing.assert_array_equal(actual, wanted)


def make(path: Path, arguments: str) -> Path:
    """A clip made by the ffmpeg that a dependency ships."""
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y"]
    done = run([*argv, *arguments.split(), f"file:{path}"])
    assert done.status == 0, done.stderr
    return path


def join(blocks: Sequence[AudioBlock]) -> AudioBlock:
    """All as one block; between them must be neither gap nor overlap."""
    tick = Fraction(1, 1000)  # Matroska's, to which it rounds
    for one, other in itertools.pairwise(blocks):
        assert abs(other.time - one.time - one.duration) < tick
    samples = np.concatenate([block.samples for block in blocks])
    return replace(blocks[0], samples=samples)


def assert_part_of(part: AudioBlock, whole: AudioBlock, settling: int = 0) -> None:
    """The same samples, but for rounding in a decoder that started later.

    The first ones may lack what came before: MP3 borrows from earlier frames.
    """
    first = round((part.time - whole.time) * whole.sample_rate)
    expected = whole.samples[first : first + len(part.samples)]
    assert len(expected) == len(part.samples)
    np.testing.assert_allclose(
        part.samples[settling:], expected[settling:], rtol=0, atol=2
    )
