"""Parameters of an encoder's input, and its colour tags."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from avio_cli.encode.video_params import VideoParams, color_arguments, nominal_rate
from avio_cli.media.frame import PIXEL_FORMATS, Frame, planes_of
from avio_cli.media.info import Color, VideoStream

BT709 = Color(range="tv", matrix="bt709", primaries="bt709", transfer="bt709")


def video_stream(**fields: Any) -> VideoStream:
    known: dict[str, Any] = {
        "index": 0,
        "codec": "h264",
        "time_base": Fraction(1, 90000),
        "coded_width": 720,
        "coded_height": 576,
        "pixel_format": "yuv420p",
        "sample_aspect_ratio": Fraction(16, 15),
        "nominal_rate": Fraction(25),
        "color": BT709,
    }
    return VideoStream(**known | fields)


def frame() -> Frame:
    planes = (np.zeros((48, 64, 3), np.uint8),)
    return Frame(planes, "bgr24", 0, 0, Fraction(1, 1000))


def test_a_stream_is_taken_as_decoded() -> None:
    params = VideoParams.of_stream(video_stream(rotation=90))
    assert (params.width, params.height) == (576, 720)
    assert params.sample_aspect_ratio == Fraction(15, 16)
    assert (params.pixel_format, params.time_base) == ("yuv420p", Fraction(1, 90000))
    assert (params.rate, params.color) == (25, BT709)


def test_a_frame_has_its_own_size_and_times_and_its_videos_colours() -> None:
    params = VideoParams.of_frame(frame(), video_stream())
    assert (params.width, params.height, params.pixel_format) == (64, 48, "bgr24")
    assert params.time_base == Fraction(1, 1000)
    assert (params.color, params.rate) == (BT709, 25)
    assert params.sample_aspect_ratio == Fraction(16, 15)


@pytest.mark.parametrize(
    ("pixel_format", "wire", "color"),
    [
        ("gbrp", "yuv420p", Color(range="tv", matrix="smpte170m")),
        ("gbrp", "bgr24", Color(range="pc", matrix="gbr")),
        ("yuvj420p", "yuv420p", Color(range="pc", matrix="gbr")),
    ],
)
def test_yuv_made_of_rgb_is_not_tagged_as_full_range(
    pixel_format: str, wire: str, color: Color
) -> None:
    layout = PIXEL_FORMATS[wire]
    planes = planes_of(bytearray(layout.size(64, 48)), layout, 64, 48)
    given = Frame(planes, wire, 0, 0, Fraction(1, 1000))
    tags = Color(range="pc", matrix="gbr")
    video = video_stream(pixel_format=pixel_format, color=tags)
    assert VideoParams.of_frame(given, video).color == color


def test_a_frame_without_a_video_is_plain() -> None:
    params = VideoParams.of_frame(frame(), None)
    assert (params.color, params.rate) == (Color(), None)
    assert params.sample_aspect_ratio == 1


@pytest.mark.parametrize(
    ("nominal", "average", "expected"),
    [
        (Fraction(30000, 1001), Fraction(24), Fraction(30000, 1001)),
        (Fraction(90000), Fraction(24), Fraction(24)),
        (Fraction(1000), Fraction(1000), None),
        (None, Fraction(24), Fraction(24)),
        (Fraction(0), None, None),
        (Fraction(300), None, Fraction(300)),
    ],
)
def test_a_rate_of_ticks_is_not_a_frame_rate(
    nominal: Fraction | None, average: Fraction | None, expected: Fraction | None
) -> None:
    video = video_stream(nominal_rate=nominal, average_rate=average)
    assert nominal_rate(video) == expected


@pytest.mark.parametrize(
    ("pixel_format", "range_", "rgb", "full"),
    [
        ("yuv420p", "", False, False),
        ("yuv420p", "pc", False, True),
        ("yuvj420p", "", False, True),
        ("gray", "pc", False, True),
        ("nv12", "pc", False, True),
        ("p010le", "pc", False, True),
        *((name, "pc", True, False) for name in ("bgr24", "rgb48le", "gbrp", "pal8")),
    ],
)
def test_kinds_of_pixels(pixel_format: str, range_: str, rgb: bool, full: bool) -> None:
    params = VideoParams(
        width=2,
        height=2,
        pixel_format=pixel_format,
        time_base=Fraction(1),
        color=Color(range=range_),
    )
    assert (params.is_rgb, params.is_full_range) == (rgb, full)


def test_colour_tags_are_set_for_each_stream() -> None:
    assert list(color_arguments(BT709, ":3")) == [
        *("-color_range:3", "tv", "-colorspace:3", "bt709"),
        *("-color_primaries:3", "bt709", "-color_trc:3", "bt709"),
    ]


@pytest.mark.parametrize("value", ["", "unknown", "reserved", "gbr", "bt709 -y"])
def test_unspecified_or_unknown_tags_are_not_set(value: str) -> None:
    assert list(color_arguments(Color(matrix=value), "")) == []
