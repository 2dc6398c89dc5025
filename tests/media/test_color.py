"""One rule for the matrix and range of a video, with tags and without."""

from fractions import Fraction
from typing import Any

import pytest

from avio_cli.media.color import (
    MATRICES,
    assumed_color,
    from_rgb_filter,
    is_full_range,
    limited_grey_filter,
    matrix_of,
    tag_filter,
    yuv_matrix,
)
from avio_cli.media.info import Color, VideoStream


def video(width: int, height: int, rotation: int = 0, **fields: Any) -> VideoStream:
    known: dict[str, Any] = {"pixel_format": "yuv420p"}
    return VideoStream(
        index=0,
        codec="h264",
        time_base=Fraction(1, 25),
        coded_width=width,
        coded_height=height,
        rotation=rotation,
        **known | fields,
    )


@pytest.mark.parametrize(
    ("width", "height", "rotation", "matrix"),
    [
        (640, 480, 0, "bt601"),
        (720, 576, 0, "bt601"),
        (1279, 576, 0, "bt601"),
        (1280, 544, 0, "bt709"),
        (1280, 2, 0, "bt709"),
        (720, 577, 0, "bt709"),
        (1280, 720, 0, "bt709"),
        (720, 1280, 0, "bt709"),
        (1280, 720, 90, "bt709"),
        (1280, 544, 90, "bt709"),
        (500, 1200, 90, "bt601"),
        (500, 1200, 270, "bt601"),
        (500, 1200, 180, "bt709"),
    ],
)
def test_the_rotated_size_decides_for_an_untagged_video(
    width: int, height: int, rotation: int, matrix: str
) -> None:
    assert yuv_matrix(video(width, height, rotation)) == matrix


@pytest.mark.parametrize("size", [(64, 48), (1920, 1080)])
@pytest.mark.parametrize("tag", MATRICES)
def test_a_tag_decides_in_every_size(tag: str, size: tuple[int, int]) -> None:
    color = Color(matrix=tag)
    assert matrix_of(color, *size) == MATRICES[tag]
    assert assumed_color(video(*size, color=color)).matrix == tag
    assert tag_filter(video(*size, color=color)) == ""


@pytest.mark.parametrize(
    ("pixel_format", "range_", "full"),
    [
        ("yuv420p", "", False),
        ("yuv420p", "tv", False),
        ("yuv420p", "pc", True),
        ("yuv420p10le", "pc", True),
        ("yuvj420p", "", True),
        ("bgr0", "pc", False),
        ("gray", "pc", True),
        ("gray", "", False),
        *((name, "pc", True) for name in ("nv12", "p010le", "uyvy422", "yuva420p")),
        ("nv12", "tv", False),
    ],
)
def test_the_range_follows_pixel_format_and_tag(
    pixel_format: str, range_: str, full: bool
) -> None:
    given = video(64, 48, pixel_format=pixel_format, color=Color(range=range_))
    assert is_full_range(given) is full


def test_what_a_video_lacks_is_filled_in() -> None:
    color = Color(primaries="bt709", transfer="bt709")
    assert assumed_color(video(1920, 1080, color=color)) == Color(
        range="tv", matrix="bt709", primaries="bt709", transfer="bt709"
    )
    assert assumed_color(video(64, 48, pixel_format="yuvj420p")) == Color(
        range="pc", matrix="smpte170m"
    )


@pytest.mark.parametrize("pixel_format", ["yuv420p", "nv12", "yuv422p10le", "uyvy422"])
def test_ffmpeg_is_given_the_matrix_where_it_would_assume_another(
    pixel_format: str,
) -> None:
    large = video(1280, 544, pixel_format=pixel_format)
    assert tag_filter(large) == "setparams=colorspace=bt709"
    assert tag_filter(video(640, 480, pixel_format=pixel_format)) == ""
    assert from_rgb_filter(large) == ""


@pytest.mark.parametrize("pixel_format", ["bgr0", "gbrp", "pal8", "rgb24"])
def test_rgb_becomes_yuv_of_the_matrix_that_its_size_has(pixel_format: str) -> None:
    color = Color(matrix="gbr")
    large = video(1280, 720, pixel_format=pixel_format, color=color)
    assert "out_color_matrix=bt709" in from_rgb_filter(large)
    assert tag_filter(large) == ""
    assert from_rgb_filter(video(640, 480, pixel_format=pixel_format)) == ""


@pytest.mark.parametrize("pixel_format", ["gray", "gray10le", "monow", "ya8", ""])
def test_grey_needs_no_matrix(pixel_format: str) -> None:
    assert from_rgb_filter(video(1280, 720, pixel_format=pixel_format)) == ""
    assert bool(tag_filter(video(1280, 720, pixel_format=pixel_format))) is (
        pixel_format == ""  # an unknown format may be YUV
    )


@pytest.mark.parametrize(
    ("pixel_format", "range_", "made"),
    [
        ("gray", "tv", "yuv420p"),
        ("gray12be", "tv", "yuv420p12le"),
        ("gray", "pc", ""),
        ("gray", "", ""),
        ("yuv420p", "tv", ""),
    ],
)
def test_limited_grey_becomes_yuv_of_as_many_bits(
    pixel_format: str, range_: str, made: str
) -> None:
    color = Color(range=range_)
    given = video(640, 480, pixel_format=pixel_format, color=color)
    assert (f"format={made}," in limited_grey_filter(given)) is bool(made)
    assert tag_filter(given) == limited_grey_filter(given)
