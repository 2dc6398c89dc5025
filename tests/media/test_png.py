"""A frame that is saved holds its pixels exactly."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avio_cli.errors import OutputError, UsageError
from avio_cli.media.frame import PIXEL_FORMATS, Frame
from tests.clips import _ffmpeg


def frame_in(pixel_format: str) -> Frame:
    layout, numbers = PIXEL_FORMATS[pixel_format], np.random.default_rng(1)
    planes = tuple(
        numbers.integers(0, 1 << layout.bits, shape).astype(layout.dtype)
        for shape in layout.shapes(37, 23)
    )
    return Frame(planes, pixel_format, 0, 0, Fraction(1, 25))


def decoded(path: Path, pixel_format: str) -> bytes:
    raw = path.with_suffix(".raw")
    options = ["-f", "rawvideo", "-pix_fmt", pixel_format, f"file:{raw}", "-y"]
    _ffmpeg(["-i", f"file:{path}", *options])
    return raw.read_bytes()


@pytest.mark.parametrize("pixel_format", ["bgr24", "rgb24", "gray"])
def test_every_pixel_is_kept(tmp_path: Path, pixel_format: str) -> None:
    frame, path = frame_in(pixel_format), tmp_path / "frame.png"
    frame.save(path)
    assert decoded(path, pixel_format) == frame.planes[0].tobytes()
    assert frame._repr_png_() == path.read_bytes()


def test_ten_bits_become_sixteen(tmp_path: Path) -> None:
    frame, path = frame_in("gray10le"), tmp_path / "frame.png"
    frame.save(path)
    deep = np.frombuffer(decoded(path, "gray16le"), np.uint16).reshape(23, 37)
    assert np.array_equal(deep >> 6, frame.planes[0])
    assert deep.max() > 65535 - 64


def test_yuv_has_no_image(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a frame in yuv420p is no RGB image"):
        frame_in("yuv420p").save(tmp_path / "frame.png")
    assert frame_in("yuv420p")._repr_png_() is None


def test_only_png_is_saved_and_nothing_replaced_unasked(tmp_path: Path) -> None:
    frame, path = frame_in("gray"), tmp_path / "frame.png"
    with pytest.raises(UsageError, match=r"saved as \.png, not as '\.jpg'"):
        frame.save(tmp_path / "frame.jpg")
    path.write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        frame.save(path)
    assert path.read_text() == "mine"
    frame.save(path, force=True)
    assert path.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(OutputError, match="cannot write"):
        frame.save(tmp_path / "none" / "frame.png")
