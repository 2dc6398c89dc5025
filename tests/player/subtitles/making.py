"""Files of subtitles, made without the code under test."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from avio_cli.ffmpeg.process.run import run

_PALETTE, _OBJECT, _COMPOSITION, _WINDOW, _END = 0x14, 0x15, 0x16, 0x17, 0x80

SRT = """1
00:00:00,500 --> 00:00:01,000
HHH

2
00:00:02,000 --> 00:00:02,500
{\\an8}HHH
"""


@dataclass(frozen=True)
class Box:
    """A filled rectangle, shown for a while."""

    start: float
    end: float
    x: int
    y: int
    width: int
    height: int
    luma: int = 235


def write_pgs(path: Path, size: tuple[int, int], boxes: Sequence[Box]) -> Path:
    """Write a .sup file: a stream of Presentation Graphics, as on Blu-ray discs."""
    data = b""
    for number, box in enumerate(boxes):
        place = struct.pack(">HHHH", box.x, box.y, box.width, box.height)
        shown = struct.pack(">HBBHH", 0, 0, 0, box.x, box.y)
        rows = _run_length(box.width) * box.height
        drawn = struct.pack(">HBB", 0, 0, 0xC0)
        drawn += struct.pack(">I", len(rows) + 4)[1:]
        drawn += struct.pack(">HH", box.width, box.height) + rows
        palette = bytes([0, 0, 1, box.luma, 128, 128, 255])
        parts = (
            (_COMPOSITION, _composition(size, 2 * number, 0x80, 1) + shown),
            (_WINDOW, b"\x01\x00" + place),
            (_PALETTE, palette),
            (_OBJECT, drawn),
            (_END, b""),
        )
        data += b"".join(_segment(box.start, *part) for part in parts)
        parts = (
            (_COMPOSITION, _composition(size, 2 * number + 1, 0, 0)),
            (_WINDOW, b"\x01\x00" + place),
            (_END, b""),
        )
        data += b"".join(_segment(box.end, *part) for part in parts)
    path.write_bytes(data)
    return path


def _composition(size: tuple[int, int], number: int, state: int, objects: int) -> bytes:
    return struct.pack(">HHBHBBBB", *size, 0x10, number, state, 0, 0, objects)


def _run_length(width: int) -> bytes:
    """A row of colour 1."""
    return bytes([0, 0xC0 | width >> 8, width & 255, 1, 0, 0])


def _segment(seconds: float, kind: int, payload: bytes) -> bytes:
    head = struct.pack(">2sIIBH", b"PG", round(seconds * 90000), 0, kind, len(payload))
    return head + payload


def write_vobsub(
    path: Path, pgs: Path, size: tuple[int, int], boxes: Sequence[Box]
) -> None:
    """Write the bitmaps of a .sup file as a .sub file, and its .idx file."""
    words = ("-map", "0", "-c:s", "dvdsub", "-f", "vob", path)
    ffmpeg("-copyts", "-i", pgs, *words)
    lines = [f"size: {size[0]}x{size[1]}", "palette: " + "e0e0e0, " * 15 + "e0e0e0"]
    lines.append("id: en, index: 0")
    for number, box in enumerate(boxes):
        place = f"filepos: {2048 * number:09x}"  # each fills a pack
        lines.append(f"timestamp: 00:00:{box.start:06.3f}, {place}".replace(".", ":"))
    path.with_suffix(".idx").write_text("\n".join(lines) + "\n")


def write_dvb(path: Path, size: tuple[int, int], boxes: Sequence[Box]) -> None:
    """Write a Matroska file with DVB subtitles, as of television."""
    pgs = write_pgs(path.with_suffix(".sup"), size, boxes)
    # What it encodes to make an image vanish has a time of its own: none.
    times = (time for box in boxes for time in (box.start, box.end))
    each = "+".join(f"eq(N\\,{n})*{time}" for n, time in enumerate(times))
    timed = f"setts=ts=({each})/TB:duration=0"
    ffmpeg("-copyts", "-i", pgs, "-c:s", "dvbsub", "-bsf:s", timed, path)


def ffmpeg(*words: str | Path) -> None:
    """Run the ffmpeg that a dependency ships."""
    binary = imageio_ffmpeg.get_ffmpeg_exe()
    done = run([binary, "-v", "error", "-y", *words], timeout=60)
    assert done.status == 0, done.stderr
