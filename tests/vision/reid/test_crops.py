"""Crops of frames in every pixel format, and embeddings of them."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.decode.yuv_to_bgr import YuvToBgr
from avio_cli.errors import InputError
from avio_cli.media.frame import Frame
from avio_cli.media.pixel_formats import PIXEL_FORMATS
from avio_cli.models.appearance.spec import AppearanceSpec
from avio_cli.vision.reid.crops import crop
from avio_cli.vision.reid.embedder import Embedder

WIDTH, HEIGHT = 61, 47
BOX = np.array([11.2, 9.4, 40.6, 36.0])
TO_BGR = YuvToBgr("bt601", full_range=True)


def frame_of(name: str) -> Frame:
    """Grey that rises to the right; each sample is its column, or a hundred."""
    layout = PIXEL_FORMATS[name]
    shapes = layout.shapes(WIDTH, HEIGHT)
    planes = [np.zeros(shape, layout.dtype) for shape in shapes]
    columns = np.arange(WIDTH) if planes[0].ndim == 2 else np.arange(WIDTH)[:, None]
    planes[0][:] = columns << (layout.bits - 8)
    for plane in planes[1:]:
        plane[:] = 128 << (layout.bits - 8)
    return Frame(tuple(planes), name, 0, 0, Fraction(1))


class Numbers:
    """A runtime that returns what it is made with, or the mean of each plane."""

    def __init__(self, **outputs: NDArray[Any]) -> None:
        self.outputs = outputs

    def run(
        self, batch: NDArray[np.float32], *others: NDArray[Any]
    ) -> Mapping[str, NDArray[Any]]:
        return self.outputs or {"mean": batch.mean(axis=(2, 3))}

    def close(self) -> None:
        pass


@pytest.mark.parametrize("name", PIXEL_FORMATS)
def test_a_crop_is_the_same_whatever_the_pixel_format(name: str) -> None:
    cut = crop(frame_of(name), BOX, TO_BGR)
    assert cut is not None
    assert cut.shape == (28, 31, 3)
    assert np.abs(cut.astype(int) - np.arange(10, 41)[None, :, None]).max() <= 1


@pytest.mark.parametrize(
    "box", [(-50, 0, 5, 40), (58, 0, 90, 40), (0, 0, 40, 7), (500, 500, 600, 600)]
)
def test_of_a_box_that_is_hardly_in_the_frame_there_is_none(
    box: tuple[float, ...],
) -> None:
    assert crop(frame_of("yuv420p"), np.array(box, float), TO_BGR) is None


def test_embeddings_have_length_one_and_are_zero_where_nothing_is_seen() -> None:
    embedder = Embedder(Numbers(), AppearanceSpec(name="mean"), TO_BGR)
    boxes = np.array([BOX, (500, 500, 600, 600), BOX + 10])
    found = embedder.embed(frame_of("bgr24"), boxes)
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 0, 1])


@pytest.mark.parametrize(
    ("outputs", "why"),
    [
        ({"a": np.zeros((1, 2, 3), "f4")}, r"shapes \(1, 2, 3\)"),
        ({"a": np.zeros((1, 4), "f4"), "b": np.zeros((1, 4), "f4")}, "gives no embed"),
        ({"a": np.full((1, 4), np.nan, "f4")}, "no numbers"),
    ],
)
def test_a_model_that_gives_no_embeddings_is_refused_at_once(
    outputs: dict[str, NDArray[Any]], why: str
) -> None:
    with pytest.raises(InputError, match=why):
        Embedder(Numbers(**outputs), AppearanceSpec(name="odd"), TO_BGR)
