"""Clips whose truth is known: every frame shows its own number, in exact time.

A frame has two rows of eight black or white cells in its upper half: fifteen bits
of the frame's number and their parity, which no lossy codec can confuse. Below them
lies a ramp of colours. Clips are made by the ffmpeg that a dependency ships, never by
the code under test.
"""

import functools
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from avio_cli.ffmpeg.process.run import run

COLUMNS, ROWS = 8, 2
WHITE = 235
TICKS = 90_000
"""Ticks a second of the time base in which variable rates are given."""
H264 = "-c:v libx264 -preset veryfast -crf 16 -pix_fmt yuv420p".split()
LANGUAGES = ("eng", "deu", "fra", "jpn")
VARIABLE = tuple(i * 3003 + (i * i * 7 % 11) * 200 for i in range(40))
"""Forty times in ticks, no two steps alike for long: a camera in changing light."""


@dataclass(frozen=True)
class Clip:
    """A file and what is in it."""

    path: Path
    times: tuple[Fraction, ...]
    """Of each frame, in seconds from the first."""
    width: int
    """As decoded, rotation applied."""
    height: int

    @property
    def count(self) -> int:
        return len(self.times)


def make_clip(
    path: Path,
    *,
    frames: int = 25,
    width: int = 160,
    height: int = 96,
    rate: Fraction = Fraction(25),
    ticks: Sequence[int] = (),
    rotation: int = 0,
    audios: int = 0,
    video: Sequence[str] = H264,
    audio: Sequence[str] = ("-c:a", "aac"),
    extra: Sequence[str] = (),
) -> Clip:
    """Make a clip; what was made before in the same way is copied.

    Args:
        path: where; the extension decides the container.
        frames: how many frames.
        width: of the frame as it is seen, rotation applied.
        height: likewise.
        rate: exact frames a second.
        ticks: instead of a rate, the time of each frame in ``TICKS`` a second.
        rotation: degrees clockwise (0, 90, 180, 270) that a player must turn it.
        audios: tracks of tone, 440 Hz, 880 Hz …, in the `LANGUAGES`, as long as the
            frame.
        video: how the video is encoded.
        audio: how the audio is encoded.
        extra: further options of the output.
    """
    times = _times(frames, rate, ticks)
    options = [*_audio_inputs(audios, times[-1], rate), "-map", "0:v"]
    options += [*_audio_maps(audios), *video, *audio]
    options += [*_timing(ticks, path.suffix), *extra]
    size = (width, height)
    path.write_bytes(
        _coded(path.suffix, len(times), size, rate, rotation, tuple(options))
    )
    return Clip(path, times, width, height)


@functools.lru_cache(maxsize=200)
def _coded(
    extension: str,
    frames: int,
    size: tuple[int, int],
    rate: Fraction,
    rotation: int,
    options: tuple[str, ...],
) -> bytes:
    """The bytes of a clip. Many tests want the same one: it is encoded once."""
    pixels = b"".join(
        np.rot90(draw(i, *size), rotation // 90).tobytes() for i in range(frames)
    )
    stored = size[::-1] if rotation in (90, 270) else size
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"clip{extension}")
        _ffmpeg([*_video_input(stored, rate), *options, f"file:{path}"], pixels)
        if rotation:
            # The option turns counter-clockwise.
            turn = ["-display_rotation:v", str(-rotation), "-i", f"file:{path}"]
            path = path.with_stem("turned")
            _ffmpeg([*turn, "-map", "0", "-c", "copy", f"file:{path}"])
        return path.read_bytes()


def groups(length: int, between: int) -> tuple[str, ...]:
    """H.264 with a keyframe every so many frames, and B-frames, stored out of order.

    Args:
        length: frames from one keyframe to the next.
        between: B-frames in a row, at most.
    """
    words = ("-g", str(length), "-bf", str(between), "-sc_threshold", "0")
    return (*H264, *words)


def draw(index: int, width: int, height: int) -> NDArray[np.uint8]:
    """The frame of that number: (H, W, 3) bgr24."""
    frame = np.empty((height, width, 3), np.uint8)
    frame[:, :, 0] = np.linspace(40, 200, width, dtype=np.uint8)
    frame[:, :, 1] = 110
    frame[:, :, 2] = np.linspace(200, 40, width, dtype=np.uint8)
    word = index | (index.bit_count() & 1) << 15
    for bit, (rows, columns) in enumerate(_cells(width, height)):
        frame[rows, columns] = WHITE if word >> bit & 1 else 16
    return frame


def read_index(frame: NDArray[Any]) -> int:
    """The number that a frame shows.

    Args:
        frame: (H, W) or (H, W, 3), 8 or 10 bits a sample, of any size down to 32x16.

    Raises:
        AssertionError: it is damaged, or not one of ours.
    """
    grey = frame.mean(axis=2) if frame.ndim == 3 else frame
    scale = 4 if frame.dtype == np.uint16 else 1
    height, width = grey.shape
    word = 0
    for bit, cell in enumerate(_cells(width, height)):
        level = float(_middle(grey[cell]).mean()) / scale
        assert not 90 < level < 160, f"bit {bit} is neither black nor white: {level}"
        word |= (level > 125) << bit
    assert word.bit_count() % 2 == 0, f"the frame shows no number: {word:016b}"
    return word & 0x7FFF


def decode(
    path: Path, width: int, height: int, pixel_format: str = "bgr24"
) -> list[NDArray[np.uint8]]:
    """All frames of a file, decoded without the code under test.

    Args:
        path: the file.
        width: of the decoded frame.
        height: likewise.
        pixel_format: ``bgr24`` for (H, W, 3), ``gray`` for (H, W).
    """
    argv = ["-i", f"file:{path}", "-map", "0:V:0", "-fps_mode", "passthrough"]
    argv += ["-pix_fmt", pixel_format, "-f", "rawvideo", "-"]
    shape = (height, width, 3) if pixel_format == "bgr24" else (height, width)
    pixels = np.frombuffer(_ffmpeg(argv), np.uint8)
    return list(pixels.reshape(-1, *shape))


def indices(path: Path, width: int, height: int) -> list[int]:
    """The numbers that a file's frames show."""
    return [read_index(frame) for frame in decode(path, width, height, "gray")]


def _cells(width: int, height: int) -> Iterator[tuple[slice, slice]]:
    across, down = width // COLUMNS, height // 2 // ROWS
    for row in range(ROWS):
        for column in range(COLUMNS):
            yield (
                slice(row * down, (row + 1) * down),
                slice(column * across, (column + 1) * across),
            )


def _middle(cell: NDArray[Any]) -> NDArray[Any]:
    rows, columns = cell.shape
    return cell[
        rows // 4 : -(rows // 4) or None, columns // 4 : -(columns // 4) or None
    ]


def _times(frames: int, rate: Fraction, ticks: Sequence[int]) -> tuple[Fraction, ...]:
    if ticks:
        return tuple(Fraction(tick - ticks[0], TICKS) for tick in ticks)
    return tuple(i / rate for i in range(frames))


def _video_input(size: tuple[int, int], rate: Fraction) -> list[str]:
    words = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{size[0]}x{size[1]}"]
    return [*words, "-r", f"{rate.numerator}/{rate.denominator}", "-i", "pipe:0"]


def _audio_inputs(audios: int, last: Fraction, rate: Fraction) -> list[str]:
    words: list[str] = []
    for i in range(audios):
        tone = f"sine=frequency={440 * (i + 1)}:sample_rate=48000"
        words += ["-f", "lavfi", "-t", f"{float(last + 1 / rate):.6f}", "-i", tone]
    return words


def _audio_maps(audios: int) -> list[str]:
    words: list[str] = []
    for i in range(audios):
        words += ["-map", f"{i + 1}:a", f"-metadata:s:a:{i}"]
        words += [f"language={LANGUAGES[i]}"]
    return words


def _timing(ticks: Sequence[int], extension: str) -> list[str]:
    if not ticks:
        return []
    sum_ = "+".join(f"{tick}*eq(N,{i})" for i, tick in enumerate(ticks))
    words = ["-filter:v", f"settb=1/{TICKS},setpts='{sum_}'"]
    words += ["-fps_mode", "passthrough", "-enc_time_base:v", f"1/{TICKS}"]
    scale = (
        ["-video_track_timescale", str(TICKS)] if extension in (".mp4", ".mov") else []
    )
    return [*words, *scale]


def _ffmpeg(arguments: Sequence[str], pixels: bytes = b"") -> bytes:
    binary = imageio_ffmpeg.get_ffmpeg_exe()
    done = run([binary, "-v", "error", "-y", *arguments], input=pixels, timeout=60)
    assert done.status == 0, done.stderr
    return done.stdout
