"""The camera's motion between two frames, from small images of them.

Source of the method: Kuglin and Hines, "The phase correlation image alignment method",
1975. The whole image votes for one shift: what moves in front of a fixed background is
outvoted, and a camera that stands still is recognised as such.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.media.fitting import Placement
from avio_cli.media.frame import Frame
from avio_cli.vision.trackers.camera_motion import SeenMotion

Image = NDArray[np.float32]
Spectrum = NDArray[np.complex64]

_MOST_PIXELS = 160
"""Of the longer side of what is correlated: larger images are reduced."""
_LEAST_PEAK = 0.2
"""Share of the correlation around its peak below which it says nothing."""
_AT_REST = 0.5
"""Pixels of the reduced image that a camera at rest may seem to be off where it was
when it came to rest."""
_REST_FRAMES = 8
"""That it must have been at rest."""
_PEAK = np.arange(-1, 2)


@dataclass(slots=True)
class ImageCamera:
    """Estimate shifts from one frame after the other.

    Args:
        size: width and height of the video's frames.
        inner: where they are inside of `Frame.view`; None: their planes are used.
    """

    size: tuple[int, int]
    inner: Placement | None = None
    _before: Spectrum | None = None
    _anchor: Spectrum | None = None  # of the frame since which it may be at rest
    _rest: int = 0

    def observe(self, frame: Frame) -> SeenMotion | None:
        """Compare a frame with the one before; None where nothing can be said."""
        image = self._small(frame)
        before, now = self._before, _spectrum(image)
        self._before = now
        if before is None or before.shape != now.shape:
            self._anchor, self._rest = now, 0
            return None
        self._stay(now, image.shape)
        moved, peak = _correlate(before, now, image.shape)
        if peak < _LEAST_PEAK:
            return None
        height, width = image.shape
        shift = complex(
            moved.real * self.size[0] / width, moved.imag * self.size[1] / height
        )
        return SeenMotion(shift, at_rest=self._rest >= _REST_FRAMES)

    def _stay(self, now: Spectrum, shape: tuple[int, ...]) -> None:
        """Count for how many frames the camera has been where it is."""
        assert self._anchor is not None
        moved, peak = _correlate(self._anchor, now, shape)
        if peak >= _LEAST_PEAK and abs(moved) < _AT_REST:
            self._rest += 1
        else:
            self._anchor, self._rest = now, 0

    def _small(self, frame: Frame) -> Image:
        plane = frame.view if self.inner is not None else frame.planes[0]
        if plane.ndim == 3:
            plane = plane[..., 1]
        if self.inner is not None:
            at = self.inner
            plane = plane[at.top : at.top + at.height, at.left : at.left + at.width]
        step = -(-max(plane.shape) // _MOST_PIXELS)
        steps = [min(step, side) for side in plane.shape]
        height, width = (s // step for s, step in zip(plane.shape, steps, strict=True))
        # Four pixels of each block: the mean of them all takes ten times as long.
        small = np.zeros((height, width), np.float32)
        for down in (0, steps[0] // 2):
            for right in (0, steps[1] // 2):
                part = plane[down :: steps[0], right :: steps[1]]
                small += part[:height, :width]
        return small


def _spectrum(image: Image) -> Spectrum:
    """The spectrum of an image that fades towards its edges."""
    height, width = image.shape
    window = np.outer(np.hanning(height), np.hanning(width)).astype(np.float32)
    faded = (image - image.mean()) * window
    return np.fft.rfft2(faded).astype(np.complex64, copy=False)


def _correlate(
    before: Spectrum,
    after: Spectrum,
    shape: tuple[int, ...],
) -> tuple[complex, float]:
    """Find by how many pixels one image is shifted, and how clearly."""
    cross = after * before.conj()
    cross /= np.maximum(np.abs(cross), np.finfo(np.float32).tiny)
    surface = np.fft.irfft2(cross, s=shape[:2])
    y, x = np.unravel_index(int(surface.argmax()), surface.shape)
    rows, columns = (y + _PEAK) % shape[0], (x + _PEAK) % shape[1]
    around = np.maximum(surface[np.ix_(rows, columns)], 0)
    peak = float(around.sum())
    if not peak:
        return 0j, 0.0
    down = _signed(int(y), shape[0]) + float(around.sum(axis=1) @ _PEAK) / peak
    right = _signed(int(x), shape[1]) + float(around.sum(axis=0) @ _PEAK) / peak
    return complex(right, down), peak


def _signed(place: int, length: int) -> int:
    return place - length if place > length // 2 else place
