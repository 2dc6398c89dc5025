"""Clips that a player must rotate or mirror, by any display matrix."""

import struct
from pathlib import Path

from numpy.typing import NDArray

from avio_cli import api
from avio_cli.media.info import Mirror
from tests.clips import make_clip

MATRICES: dict[str, tuple[tuple[int, int, int, int], int, Mirror]] = {
    "hflip": ((-1, 0, 0, 1), 0, "horizontal"),
    "vflip": ((1, 0, 0, -1), 0, "vertical"),
    "180": ((-1, 0, 0, -1), 180, ""),
    "90": ((0, 1, -1, 0), 90, ""),
    "270": ((0, -1, 1, 0), 270, ""),
    "transpose": ((0, 1, 1, 0), 90, "horizontal"),
    "transverse": ((0, -1, -1, 0), 270, "horizontal"),
}
"""By what ffmpeg's filters do: the matrix, and how avio describes it."""


def oriented_clip(path: Path, name: str, frames: int = 10) -> Path:
    """An mp4 or mov that is shown as one of `MATRICES` says.

    ffmpeg 9.0 can set one by options, and 5.1 cannot: so it is written into the track
    header, at its fixed place behind 40 bytes.
    """
    make_clip(path, frames=frames, extra=("-g", "5"))
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (number << 16 for number in MATRICES[name][0])
    data[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def shown(stored: NDArray, name: str) -> NDArray:
    """The pixels that a player shows of stored ones."""
    matrix = MATRICES[name][0]
    pixels = stored if matrix[0] else stored.swapaxes(0, 1)
    across, down = matrix[0] or matrix[2], matrix[3] or matrix[1]
    return pixels[:: 1 if down > 0 else -1, :: 1 if across > 0 else -1]


def first_pixels(path: Path) -> NDArray:
    """The first frame as avio decodes it, for callbacks."""
    with api.open_video(path, pixel_format="bgr24") as video:
        return next(iter(video)).pixels.copy()
