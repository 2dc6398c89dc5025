"""Short ways to make frames, and to encode them."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from avio_cli.encode.encoder import Encoder
from avio_cli.encode.settings import EncodeSettings, VideoOptions
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.frame import PIXEL_FORMATS, Frame, planes_of
from avio_cli.output.file import FileOutput
from avio_cli.presets import find_preset
from tests.clips import draw

FAST = {"preset": "ultrafast"}


def frames(
    pts: Sequence[int],
    time_base: Fraction = Fraction(1, 25),
    size: tuple[int, int] = (64, 32),
) -> Iterator[Frame]:
    """bgr24 frames that show their number."""
    for index, tick in enumerate(pts):
        yield Frame((draw(index, *size),), "bgr24", index, tick, time_base)


def flat(pixel_format: str, level: int = 0, index: int = 0) -> Frame:
    """A frame of one level."""
    layout = PIXEL_FORMATS[pixel_format]
    planes = planes_of(bytearray(layout.size(64, 32)), layout, 64, 32)
    for plane in planes:
        plane[:] = level
    return Frame(planes, pixel_format, index, index, Fraction(1, 25))


def noise(count: int, size: tuple[int, int] = (320, 240)) -> Iterator[Frame]:
    """Frames that no encoder makes small."""
    random = np.random.default_rng(1)
    for index in range(count):
        image = random.integers(0, 256, (size[1], size[0], 3), np.uint8)
        yield Frame((image,), "bgr24", index, index, Fraction(1, 25))


def encoder(
    ffmpeg: FFmpeg,
    path: Path,
    preset: str = "",
    source: MediaSource | None = None,
    options: dict[str, str] | None = None,
    **settings: Any,
) -> Encoder:
    """An encoder; the preset follows from the extension."""
    name = preset or {".mkv": "mkv-h264"}.get(path.suffix, "mp4-h264")
    chosen = {**({} if name == "mkv-ffv1" else FAST), **(options or {})}
    video = settings.pop("video", VideoOptions(options=chosen))
    wanted = EncodeSettings(preset=find_preset(name), video=video, **settings)
    return Encoder(ffmpeg, FileOutput(path), wanted, source)


def encode(
    ffmpeg: FFmpeg, path: Path, given: Iterable[Frame], **settings: Any
) -> Encoder:
    """Write a whole file."""
    with encoder(ffmpeg, path, **settings) as sink:
        for frame in given:
            sink.write(frame)
        sink.finish()
    return sink


def left(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())
