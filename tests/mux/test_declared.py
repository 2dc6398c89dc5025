"""What a file says of its video is compared with what its frames are."""

from dataclasses import replace
from fractions import Fraction

import pytest

from avio_cli.media.info import Color, VideoStream
from avio_cli.mux.declared import color_problem

SMALL = VideoStream(
    index=0,
    codec="ffv1",
    time_base=Fraction(1, 1000),
    coded_width=768,
    coded_height=432,
    pixel_format="yuv420p",
)


@pytest.mark.parametrize("tag", ["smpte170m", "bt470bg"])
def test_the_names_of_bt601_are_one_matrix(tag: str) -> None:
    held = replace(SMALL, color=Color(matrix=tag, range="tv"))
    assert color_problem(held, SMALL) == ""
    assert color_problem(SMALL, held) == ""


def test_another_matrix_is_named() -> None:
    held = replace(SMALL, color=Color(matrix="bt709", range="tv"))
    found = "its matrix is bt709, players would take it for bt601"
    assert color_problem(held, SMALL) == found
