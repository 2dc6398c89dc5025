"""The heat map: hot where somebody stays, nothing where nobody was."""

import numpy as np
import pytest

from avio_cli.media.frame import PIXEL_FORMATS, Frame
from avio_cli.vision.annotators.draw import Drawer
from tests.vision.frames import blank, copies, tracks


def _after(drawer: Drawer, frames: range, pixel_format: str) -> Frame:
    for index in frames:
        frame = blank(pixel_format, 161, 121, index)
        frame.tracks = tracks((1, 40, 20, 60, 80), (2, 1e4, 1e4, 2e4, 2e4))
        drawer(frame)
    return frame


@pytest.mark.parametrize("pixel_format", tuple(PIXEL_FORMATS))
def test_heat_is_where_a_track_stands_and_only_there(pixel_format: str) -> None:
    drawer = Drawer(161, 121, what=("heatmap",))
    frame = _after(drawer, range(60), pixel_format)

    layout = PIXEL_FORMATS[pixel_format]
    for plane, first in zip(
        copies(frame), copies(blank(pixel_format, 161, 121)), strict=True
    ):
        across, down = (
            round(full / part)
            for full, part in zip((161, 121), plane.shape[1::-1], strict=True)
        )
        difference = np.abs(plane - first) >> (layout.bits - 8)
        assert difference[80 // down, 50 // across].max() > 5
        assert not difference[: 30 // down].any()
        assert not difference[:, 110 // across :].any()


def test_one_frame_is_no_stay_and_a_jump_back_starts_again() -> None:
    drawer = Drawer(161, 121, what=("heatmap",))
    assert (_after(drawer, range(100, 101), "gray").planes[0] == 128).all()
    assert (_after(drawer, range(101, 150), "gray").planes[0] != 128).any()
    assert (_after(drawer, range(5, 6), "gray").planes[0] == 128).all()


def test_an_hour_without_frames_is_no_hour_of_standing() -> None:
    drawer = Drawer(161, 121, what=("heatmap",))
    _after(drawer, range(20), "gray")
    _after(drawer, range(25 * 3600, 25 * 3600 + 1), "gray")
    hot = _after(drawer, range(25 * 3600 + 1, 25 * 3600 + 60), "gray").planes[0]
    assert (hot[80] != 128).any()
