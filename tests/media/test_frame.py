"""What a frame and a block of audio say of themselves."""

from fractions import Fraction

import numpy as np

from avio_cli.media.frame import PIXEL_FORMATS, AudioBlock, Frame, planes_of

BASE = Fraction(1, 25)


def test_the_bytes_of_a_frame_are_those_of_all_planes_and_of_the_view() -> None:
    layout = PIXEL_FORMATS["yuv420p10le"]
    planes = planes_of(bytearray(layout.size(8, 4)), layout, 8, 4)
    frame = Frame(planes, "yuv420p10le", 0, 0, BASE)
    assert frame.nbytes == 8 * 4 * 2 * 3 // 2
    frame.view = np.zeros((2, 4, 3), np.uint8)
    assert frame.nbytes == 8 * 4 * 2 * 3 // 2 + 24


def test_the_bytes_of_a_block_are_those_of_its_samples() -> None:
    assert AudioBlock(np.zeros((10, 2), np.int16), 48000, 0, BASE).nbytes == 40
