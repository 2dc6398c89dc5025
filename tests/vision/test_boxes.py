import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from avio_cli.vision import boxes as module
from avio_cli.vision.boxes import Letterbox, overlaps, suppress, suppress_by_class
from tests.vision.scenes import input_scale, iou_matrix

MARGINS = st.sampled_from((0.0, 1.0))


@st.composite
def some_boxes(draw: st.DrawFn, most: int = 12) -> NDArray[np.float64]:
    """Boxes on a coarse grid, so that edges coincide and boxes repeat."""
    count = draw(st.integers(0, most))
    corners = draw(arrays(np.int64, (count, 2), elements=st.integers(-8, 8)))
    sizes = draw(arrays(np.int64, (count, 2), elements=st.integers(1, 10)))
    return np.concatenate((corners, corners + sizes), axis=1) / 2


def plain_iou(
    one: NDArray[np.float64], other: NDArray[np.float64], margin: float
) -> float:
    """IoU of two boxes, from its definition."""
    width = min(one[2], other[2]) - max(one[0], other[0]) + margin
    height = min(one[3], other[3]) - max(one[1], other[1]) + margin
    if width <= 0 or height <= 0:
        return 0.0
    area = (one[2] - one[0] + margin) * (one[3] - one[1] + margin)
    area += (other[2] - other[0] + margin) * (other[3] - other[1] + margin)
    return float(width * height / (area - width * height))


def greedy(
    boxes: NDArray[np.float64],
    scores: NDArray[np.float32],
    classes: NDArray[np.int64],
    threshold: float,
) -> list[int]:
    """Suppression as it is taught: take the best, drop what overlaps it, repeat."""
    kept: list[int] = []
    for candidate in np.argsort(-scores, kind="stable"):
        rivals = (k for k in kept if classes[k] == classes[candidate])
        if all(plain_iou(boxes[k], boxes[candidate], 0) <= threshold for k in rivals):
            kept.append(int(candidate))
    return kept


@settings(deadline=None)
@given(some_boxes(), some_boxes(), MARGINS)
@pytest.mark.parametrize("few", [0, 10**6], ids=["sweep", "table"])
def test_iou_is_that_of_the_definition(
    few: int, first: NDArray[np.float64], second: NDArray[np.float64], margin: float
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_FEW_PAIRS", few)
        found = iou_matrix(first, second, margin=margin)
    expected = [[plain_iou(a, b, margin) for b in second] for a in first]
    np.testing.assert_allclose(
        found, np.array(expected).reshape(len(first), len(second)), rtol=1e-12
    )


def test_the_pixel_margin_widens_both_boxes() -> None:
    one, other = np.array([[0.0, 0, 10, 10]]), np.array([[5.0, 5, 15, 15]])
    assert iou_matrix(one, other)[0, 0] == pytest.approx(25 / 175)
    assert iou_matrix(one, other, margin=1)[0, 0] == pytest.approx(36 / (2 * 121 - 36))


@settings(deadline=None)
@given(some_boxes(most=30), some_boxes(most=30))
def test_each_overlapping_pair_is_found_once(
    first: NDArray[np.float64], second: NDArray[np.float64]
) -> None:
    found = overlaps(first, second)
    pairs = list(zip(found.rows.tolist(), found.columns.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    assert (found.iou > 0).all()


@pytest.mark.parametrize("few", [0, 10**6], ids=["sweep", "table"])
def test_boxes_without_area_overlap_nothing(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FEW_PAIRS", few)
    odd = np.array(
        [[5.0, 5, 5, 5], [2, 5, 8, 5], [5, 2, 5, 8], [8, 8, 2, 2], [8, 2, 2, 8]]
    )
    proper = np.array([[0.0, 0, 10, 10]])
    assert not iou_matrix(odd, np.concatenate((odd, proper))).any()


@settings(deadline=None)
@given(
    some_boxes(),
    st.data(),
    st.sampled_from((0.0, 0.3, 0.5, 0.7)),
)
def test_suppression_is_that_of_the_greedy_loop(
    boxes: NDArray[np.float64], data: st.DataObject, threshold: float
) -> None:
    shape = len(boxes)
    tenths = data.draw(arrays(np.int64, shape, elements=st.integers(0, 10)))
    classes = data.draw(arrays(np.int64, shape, elements=st.integers(0, 2)))
    scores = (tenths / 10).astype(np.float32)
    by_class = suppress_by_class(boxes, scores, classes, threshold)
    assert by_class.tolist() == greedy(boxes, scores, classes, threshold)
    alike = np.zeros(shape, np.int64)
    anyhow = suppress(boxes, scores, threshold)
    assert anyhow.tolist() == greedy(boxes, scores, alike, threshold)


def test_suppression_of_a_crowd_is_that_of_the_greedy_loop() -> None:
    random = np.random.default_rng(1)
    corners = random.uniform(0, 300, (60, 2)).repeat(20, axis=0)
    corners += random.normal(0, 6, corners.shape)
    boxes = np.concatenate((corners, corners + random.uniform(30, 60, (1200, 2))), 1)
    scores = random.random(1200).astype(np.float32)
    classes = random.integers(0, 3, 1200)
    kept = suppress_by_class(boxes, scores, classes, 0.5)
    assert kept.tolist() == greedy(boxes, scores, classes, 0.5)
    assert 60 < len(kept) < 1000


def test_a_chain_is_settled_from_its_best_end() -> None:
    """The second is dropped, so it cannot drop the third, and so on."""
    left = np.arange(200) * 4.0
    boxes = np.stack((left, left * 0, left + 10, left * 0 + 10), axis=1)
    scores = np.linspace(1, 0.1, 200).astype(np.float32)
    assert suppress(boxes, scores, 0.4).tolist() == list(range(0, 200, 2))


def test_nothing_is_suppressed_among_nothing() -> None:
    assert not len(suppress(np.empty((0, 4), np.float32), np.empty(0, np.float32), 0.5))


SIDES = st.integers(1, 4000)


@settings(deadline=None)
@given(SIDES, SIDES, st.integers(32, 2000), st.integers(32, 2000))
def test_a_letterbox_fits_and_touches_one_side(
    width: int, height: int, input_width: int, input_height: int
) -> None:
    box = Letterbox(width, height, input_width, input_height)
    inner_width, inner_height = box.scaled_size
    assert 1 <= inner_width <= input_width
    assert 1 <= inner_height <= input_height
    assert inner_width == input_width or inner_height == input_height


@settings(max_examples=50, deadline=None)
@given(some_boxes(), SIDES, SIDES)
def test_boxes_come_back_from_the_letterbox(
    boxes: NDArray[np.float64], width: int, height: int
) -> None:
    box = Letterbox(width, height, 640, 384)
    back = box.to_frame(boxes * input_scale(box))
    np.testing.assert_allclose(back, boxes, atol=1e-9)


@pytest.mark.parametrize(
    ("frame", "model", "inner"),
    [
        ((1920, 1080), (1088, 608), (1080, 608)),
        ((768, 576), (416, 416), (416, 312)),
        ((3, 2000), (416, 416), (1, 416)),
    ],
)
def test_the_corner_of_a_frame_lands_on_that_of_its_letterbox(
    frame: tuple[int, int], model: tuple[int, int], inner: tuple[int, int]
) -> None:
    box = Letterbox(*frame, *model)
    assert box.scaled_size == inner
    landed = box.to_frame(np.array([[0, 0, *inner]], np.float32))
    assert landed.dtype == np.float32
    np.testing.assert_allclose(landed, [[0, 0, *frame]], rtol=1e-6)
