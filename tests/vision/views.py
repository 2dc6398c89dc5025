"""Frames of real video with the view that a detector looks at."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from avio_cli.media.frame import Frame
from avio_cli.vision.boxes import Letterbox


def letterboxed(
    image: NDArray[np.uint8], input_size: tuple[int, int], pad: int = 114
) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    inner = Letterbox(width, height, *input_size).scaled_size
    view = np.full((input_size[1], input_size[0], 3), pad, np.uint8)
    view[: inner[1], : inner[0]] = cv2.resize(image, inner)
    return view


def viewed_frames(
    video: Path, indices: range, input_size: tuple[int, int]
) -> Iterator[Frame]:
    capture = cv2.VideoCapture(str(video))
    for index in range(indices.stop):
        image = capture.read()[1]
        if index in indices:
            view = letterboxed(image, input_size)
            yield Frame((image,), "bgr24", index, index, Fraction(1, 10), view)
    capture.release()
