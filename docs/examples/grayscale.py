"""Take the colour out of a video, in three ways.

avio transcode in.mp4 out.mp4 --callback grayscale.py:grayscale
"""

import numpy as np

WEIGHTS = np.array([29, 150, 77], np.uint16)
"""Share of blue, green and red in brightness, in 256ths (BT.601)."""


def grayscale(frame):
    """Return new pixels: an array (H, W) is grey."""
    grey = frame.pixels @ WEIGHTS
    return (grey >> 8).astype(np.uint8)


def grayscale_in_place(frame):
    """Write into the frame and return nothing."""
    frame.pixels[:] = grayscale(frame)[:, :, None]


def grayscale_yuv(frame):
    """Brightness has its own plane: only the two of colour are changed."""
    _, blue, red = frame.planes
    blue[:] = red[:] = 128


grayscale_yuv.pixel_format = "yuv420p"
