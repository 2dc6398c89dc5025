"""PNG files of frames, as their pixels are: nothing is converted."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import OutputError, UsageError
from avio_cli.media.pixel_formats import PixelFormat
from avio_cli.optional import load_opencv
from avio_cli.replacing import replace_bytes


def encode_png(pixels: NDArray[Any], layout: PixelFormat) -> bytes:
    """Encode the pixels of a frame as PNG, 10 bits as 16.

    Args:
        pixels: (H, W, 3), or (H, W) grey.
        layout: their format.

    Raises:
        UsageError: the format is YUV.
    """
    if layout.is_planar:
        raise UsageError(
            f"a frame in {layout.name} is no RGB image",
            hint='read it with pixel_format="bgr24" or "rgb24"',
        )
    if layout.channels == 3 and layout.red_first:
        pixels = pixels[..., ::-1]
    if layout.bits > 8:  # all levels: the highest becomes 65535
        wide = pixels.astype(np.uint16)
        shift = 16 - layout.bits
        pixels = wide << shift | wide >> (layout.bits - shift)
    _, data = load_opencv().imencode(".png", np.ascontiguousarray(pixels))
    return bytes(data)


def save_png(
    path: Path, pixels: NDArray[Any], layout: PixelFormat, *, force: bool
) -> None:
    """Write a PNG file; see `encode_png`.

    Raises:
        UsageError: the name does not end in ``.png``, or the format is YUV.
        OutputError: the file exists, or cannot be written.
    """
    if path.suffix.lower() != ".png":
        raise UsageError(
            f"a frame is saved as .png, not as {path.suffix or path.name!r}",
            hint="avio_cli.snapshot writes .jpg and .webp, too",
        )
    data = encode_png(pixels, layout)
    if path.exists() and not force:
        raise OutputError(f"{path} exists", hint="force=True replaces it")
    try:
        replace_bytes(path, data)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
