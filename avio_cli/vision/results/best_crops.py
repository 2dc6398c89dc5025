"""The best crop of each track: large, sharp, and all of it in the frame."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.detections import Tracks
from avio_cli.media.frame import Frame
from avio_cli.media.pixel_formats import PIXEL_FORMATS
from avio_cli.optional import load_opencv
from avio_cli.vision.reid.crops import Bytes, ToBgr, crop

MEMORY = 64 << 20
"""Bytes of crops that are held until their tracks have ended, or no more fit."""
_KNOWN = 100_000
"""Ids whose best score is remembered; a year of a camera has more."""
_COMPARED = 96
"""Pixels of a side at which sharpness is compared: a distant object has no more."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of a frame that shows a track."""

    id: int
    pixels: Bytes
    """(H, W, 3) in bgr order."""


class BestCrops:
    """Keep the best crop of each track, within bounded memory.

    Args:
        to_bgr: converts YUV, for the colours of this video.
        memory: bytes that may be held.
    """

    def __init__(self, to_bgr: ToBgr, memory: int = MEMORY) -> None:
        self._to_bgr, self._memory = to_bgr, memory
        self._best: dict[int, float] = {}
        self._held: dict[int, Crop] = {}  # that seen longest ago first
        self._bytes = 0

    def add(self, frame: Frame) -> Iterator[Crop]:
        """Take a frame with its tracks, before anything is drawn into it.

        Yields:
            Crops that have to make room; a later one of the same id is better.
        """
        tracks = frame.tracks
        for row, quality in enumerate(_qualities(frame, tracks)):
            id_ = int(tracks.ids[row])
            held = self._held.pop(id_, None)
            if held is not None:
                self._held[id_] = held  # it is seen now
            if quality > self._best.get(id_, 0.0):
                self._take(frame, id_, tracks.boxes[row], quality)
        while self._bytes > self._memory:
            yield self._release(next(iter(self._held)))

    def rest(self) -> Iterator[Crop]:
        """The crops that are still held."""
        while self._held:
            yield self._release(next(iter(self._held)))

    def _take(
        self, frame: Frame, id_: int, box: NDArray[np.float32], quality: float
    ) -> None:
        pixels = crop(frame, box.astype(np.float64), self._to_bgr)
        if pixels is None:
            return
        if id_ in self._held:
            self._release(id_)
        self._held[id_] = Crop(id_, np.array(pixels))
        self._bytes += pixels.nbytes
        self._best.pop(id_, None)
        self._best[id_] = quality
        if len(self._best) > _KNOWN:
            self._best.pop(next(iter(self._best)))

    def _release(self, id_: int) -> Crop:
        released = self._held.pop(id_)
        self._bytes -= released.pixels.nbytes
        return released


def _qualities(frame: Frame, tracks: Tracks) -> Iterator[float]:
    """How good each box is as a crop; 0 where nothing of it is seen.

    Size, sharpness and score. The score counts more than sharpness, which also what
    stands in front of an object has.
    """
    edges = (frame.width, frame.height) * 2
    with np.errstate(invalid="ignore"):
        seen = np.nan_to_num(np.clip(tracks.boxes, 0, edges))
    for box, whole, score in zip(seen, tracks.boxes, tracks.scores, strict=True):
        x1, y1, x2, y2 = np.rint(box).astype(int).tolist()
        visible = max(x2 - x1, 0) * max(y2 - y1, 0)
        area = float((whole[2] - whole[0]) * (whole[3] - whole[1]))
        if not visible or not np.isfinite(area):
            yield 0.0
            continue
        inside = min(visible / max(area, 1.0), 1.0)
        sharpness = _sharpness(frame, (x1, y1, x2, y2))
        sure = 0.01 + max(float(score), 0.0) ** 2
        yield visible * inside**2 * (1 + sharpness) ** 0.5 * sure


def _sharpness(frame: Frame, box: tuple[int, int, int, int]) -> float:
    """Mean difference between neighbours, in levels of 8 bits, at a common size."""
    cv2 = load_opencv()
    x1, y1, x2, y2 = box
    plane: NDArray[Any] = frame.planes[0][y1:y2, x1:x2]
    if plane.ndim == 3:
        plane = np.ascontiguousarray(plane[..., 1])  # green is nearest to luma
    # By a whole number OpenCV (5.0) reduces eight times as fast as by another one.
    step = max(1, -(-max(x2 - x1, y2 - y1) // _COMPARED))
    across, down = max(1, (x2 - x1) // step), max(1, (y2 - y1) // step)
    whole = plane[: down * step, : across * step]
    small = cv2.resize(whole, (across, down), interpolation=cv2.INTER_AREA)
    edges = cv2.Laplacian(small.astype(np.float32), cv2.CV_32F)
    levels = 1 << (PIXEL_FORMATS[frame.pixel_format].bits - 8)
    return float(np.abs(edges).mean()) / levels
