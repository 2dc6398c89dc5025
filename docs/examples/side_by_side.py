"""Show the original and the changed frame together.

avio transcode in.mp4 out.mp4 --callback side_by_side.py:SideBySide \
    --callback-arg change=grayscale.py:grayscale
"""

import numpy as np

from avio_cli.callbacks.step import load_callback


class SideBySide:
    """Runs another callback and puts its result next to the original frame.

    change: the other callback, FILE.py:NAME
    split: keep the size: original on the left half, changed on the right half
    """

    def __init__(self, change: str, split: bool = False):
        self.step, self.split = load_callback(change), split
        if self.step.pixel_format != "bgr24":
            raise ValueError(f"{change} does not take bgr24")

    def __call__(self, frame):
        original = frame.pixels.copy()
        changed = self.step(frame)
        # A frame that it drops is shown black.
        after = np.zeros_like(original) if changed is None else changed.pixels
        if after.ndim == 2:  # grey
            after = np.repeat(after[:, :, None], 3, axis=2)
        if after.shape[0] != original.shape[0]:
            raise ValueError("the changed frame has another height")
        if self.split:
            return self.halves(original, after)
        line = np.full((original.shape[0], 4, 3), 255, np.uint8)
        return np.hstack([original, line, after])

    def close(self):
        self.step.close()

    def halves(self, original, after):
        """One image of the same size, with a white line in the middle."""
        middle = original.shape[1] // 2
        image = after.copy()
        image[:, :middle] = original[:, :middle]
        image[:, middle - 1 : middle + 1] = 255
        return image
