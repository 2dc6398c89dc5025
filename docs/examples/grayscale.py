"""Take the colour out of a film, in three ways.

avio transcode in.mp4 out.mp4 --callback grayscale.py:grayscale
"""

import numpy as np

WEIGHTS = np.array([29, 150, 77], np.uint16)
"""Share of blue, green and red in brightness, in 256ths (BT.601)."""


def grayscale(frame):
    """Return a new picture: an array (H, W) is taken as grey."""
    grey = frame.pixels @ WEIGHTS
    return (grey >> 8).astype(np.uint8)


def grayscale_in_place(frame):
    """Write into the frame and return nothing."""
    frame.pixels[:] = grayscale(frame)[:, :, None]


def grayscale_yuv(frame):
    """Brightness lies in a plane of its own: only the two of colour are changed."""
    _, blue, red = frame.planes
    blue[:] = red[:] = 128


grayscale_yuv.pixel_format = "yuv420p"
