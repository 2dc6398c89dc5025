"""Images have the colours and the shape of the frame, and boxes in its pixels."""

import json
from fractions import Fraction

import cv2
import numpy as np
import pytest

from avio_cli.live_page.image import LONGEST, EncodedFrame, encode_frame, encode_still
from avio_cli.live_page.newest import Look, ShownFrame
from avio_cli.media.frame import PIXEL_FORMATS, Frame
from avio_cli.media.info import Color
from avio_cli.vision.annotators.palette import plane_values
from tests.live_page.pages import frame

ORANGE = (30, 120, 230)


def encode(frame: Frame, **look: object) -> EncodedFrame:
    return encode_frame(ShownFrame(3, frame, Look(**look)))  # type: ignore[arg-type]


def decoded(image: EncodedFrame) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(image.jpeg, np.uint8), cv2.IMREAD_COLOR)


def plain(name: str, matrix: str, range_: str, size: tuple[int, int]) -> Frame:
    layout = PIXEL_FORMATS[name]
    values = plane_values(ORANGE, layout, matrix, range_)
    planes = tuple(
        np.full(shape, value, layout.dtype)
        for shape, value in zip(layout.shapes(*size), values, strict=True)
    )
    return Frame(planes, name, 0, 0, Fraction(1, 25))


@pytest.mark.parametrize("size", [(64, 48), (1921, 1081)])
@pytest.mark.parametrize(
    ("name", "matrix", "tag", "range_"),
    [
        ("yuv420p", "bt709", "bt709", "tv"),
        ("yuv420p", "smpte170m", "smpte170m", "pc"),
        ("yuv444p10le", "bt2020", "bt2020nc", "tv"),
        ("rgb24", "", "", ""),
        ("bgr24", "", "", ""),
    ],
)
def test_colors_are_those_of_the_video(
    name: str, matrix: str, tag: str, range_: str, size: tuple[int, int]
) -> None:
    shown = plain(name, matrix, range_, size)
    image = decoded(encode(shown, color=Color(matrix=tag, range=range_)))
    height, width = image.shape[:2]
    assert np.abs(image[height // 2, width // 2].astype(int) - ORANGE).max() <= 4


@pytest.mark.parametrize(
    ("size", "aspect", "shown"),
    [
        ((640, 480), Fraction(1), (640, 480)),
        ((3840, 2160), Fraction(1), (LONGEST, LONGEST * 9 // 16)),
        ((1080, 1920), Fraction(1), (720, LONGEST)),
        ((720, 576), Fraction(2, 3), (480, 576)),
        ((720, 576), Fraction(64, 45), (720, 405)),
        ((1, 5000), Fraction(1), (1, LONGEST)),
    ],
)
def test_pixels_are_square_and_not_many(
    size: tuple[int, int], aspect: Fraction, shown: tuple[int, int]
) -> None:
    image = encode(frame(1, size), sample_aspect_ratio=aspect)
    assert decoded(image).shape[1::-1] == shown


def test_a_still_has_all_pixels() -> None:
    given = frame(1, (3001, 11))
    given.planes[0][...] = np.random.default_rng(1).integers(0, 256, (11, 3001, 3))
    data = encode_still(ShownFrame(3, given, Look()))
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert (image == given.planes[0]).all()


def test_boxes_are_those_of_the_frame_in_its_pixels() -> None:
    given = frame(5, (2000, 1000), ids=[7, 9])
    given.tracks.boxes[1] = [np.nan, 0, 1, 1]  # cannot be drawn
    boxes = json.loads(encode(given, class_names=("<b>",)).boxes)
    assert boxes == {
        "pts": 10,
        "time": 0.2,
        "frame": 6,
        "width": 2000,
        "height": 1000,
        "boxes": [
            {"id": 7, "cls": "<b>", "score": 0.9, "x": 5, "y": 6, "w": 10, "h": 20}
        ],
    }
