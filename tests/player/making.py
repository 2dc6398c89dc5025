"""Synthetic frames and audio blocks, for tests without files."""

from fractions import Fraction

import numpy as np

from avio_cli.media.frame import AudioBlock, Frame

BASE = Fraction(1, 100)
RATE = 48000


def frame(pts: int, size: int = 8) -> Frame:
    """A grey frame of size x size bytes at a time in hundredths of a second."""
    plane = np.full((size, size), pts % 256, np.uint8)
    return Frame((plane,), "gray", 0, pts, BASE)


def block(start: float, seconds: float, value: int = 1000) -> AudioBlock:
    """Audio of one value, in stereo."""
    samples = np.full((round(seconds * RATE), 2), value, np.int16)
    return AudioBlock(samples, RATE, round(start * RATE), Fraction(1, RATE))
