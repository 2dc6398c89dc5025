import math
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from avio_cli.errors import InputError, UsageError
from avio_cli.media.frame import Frame
from avio_cli.models.describe import Model, describe
from avio_cli.models.spec import ModelSpec
from avio_cli.vision.boxes import Letterbox
from avio_cli.vision.detectors.layouts.candidates import Wanted
from avio_cli.vision.detectors.layouts.yolox import Grid, candidates
from avio_cli.vision.detectors.network import (
    DetectionSettings,
    NetworkDetector,
    preprocess,
)
from avio_cli.vision.detectors.parallel import open_detector
from tests.vision.scenes import input_scale
from tests.vision.views import viewed_frames

SPEC = ModelSpec(name="small", input_size=(96, 64), classes=("person", "car"))
Table = NDArray[np.float32]


class Canned:
    """A runtime that answers with a given table, whatever it is shown."""

    takes_pixels = False

    def __init__(self, table: Table) -> None:
        self.table, self.closed = table, False

    def run(self, batch: Table, *others: Table) -> dict[str, Table]:
        return {"output": np.repeat(self.table[np.newaxis], len(batch), axis=0)}

    def close(self) -> None:
        self.closed = True


def frame(width: int = 192, height: int = 128, spec: ModelSpec = SPEC) -> Frame:
    image = np.zeros((height, width, 3), np.uint8)
    view = np.zeros((spec.input_size[1], spec.input_size[0], 3), np.uint8)
    return Frame((image,), "bgr24", 0, 0, Fraction(1, 25), view)


def empty_table(spec: ModelSpec = SPEC) -> Table:
    return np.zeros((spec.anchors, spec.columns), np.float32)


def naive_detections(
    table: Table, spec: ModelSpec, ratio: float, confidence: float, threshold: float
) -> list[tuple[tuple[float, ...], float, int]]:
    """Decode and suppress as one would on paper: one cell, one box at a time."""
    found, row = [], 0
    for stride in spec.strides:
        for y in range(spec.input_size[1] // stride):
            for x in range(spec.input_size[0] // stride):
                values = [float(value) for value in table[row]]
                best = max(range(len(spec.classes)), key=lambda c: values[5 + c])
                score = values[4] * values[5 + best]
                if score >= confidence:
                    cx, cy = (values[0] + x) * stride, (values[1] + y) * stride
                    w, h = math.exp(values[2]) * stride, math.exp(values[3]) * stride
                    box = (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)
                    found.append((tuple(v / ratio for v in box), score, best))
                row += 1
    found.sort(key=lambda item: -item[1])
    kept: list[tuple[tuple[float, ...], float, int]] = []
    for item in found:
        rivals = [other for other in kept if other[2] == item[2]]
        if all(overlap(item[0], other[0]) <= threshold for other in rivals):
            kept.append(item)
    return kept


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return shared / (sum(areas) - shared)


def test_a_view_becomes_planes_in_the_models_colours() -> None:
    view = np.zeros((64, 96, 3), np.uint8)
    view[5, 7] = (10, 20, 30)
    batch = preprocess(view, SPEC)
    assert batch.shape == (1, 3, 64, 96)
    assert batch.dtype == np.float32
    assert batch[0, :, 5, 7].tolist() == [10, 20, 30]
    rgb = replace(SPEC, color="rgb")
    assert preprocess(view, rgb)[0, :, 5, 7].tolist() == [30, 20, 10]


def test_preprocessing_of_bytetrack_is_that_of_its_reference() -> None:
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    spec = replace(SPEC, color="rgb", scale=1 / 255, mean=mean, std=std)
    view = np.random.default_rng(0).integers(0, 256, (64, 96, 3)).astype(np.uint8)
    image = view[:, :, ::-1].astype(np.float32) / 255.0
    image = (image - np.float32(mean)) / np.float32(std)
    expected = image.transpose(2, 0, 1)[np.newaxis]
    np.testing.assert_allclose(preprocess(view, spec), expected, atol=2e-6)


@pytest.mark.parametrize("spec", [SPEC, replace(SPEC, mean=(1, 2, 3), scale=0.5)])
def test_memory_that_held_another_view_holds_nothing_of_it(spec: ModelSpec) -> None:
    height, width = spec.input_size[::-1]
    first, second = np.random.default_rng(0).integers(
        0, 256, (2, height, width, 3), np.uint8
    )
    memory = preprocess(first, spec)
    assert preprocess(second, spec, memory) is memory
    np.testing.assert_array_equal(memory, preprocess(second, spec))


def test_a_view_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a view of 96x64"):
        preprocess(np.zeros((96, 64, 3), np.uint8), SPEC)


def test_cells_follow_the_strides_row_by_row() -> None:
    grid = Grid.of(SPEC)
    assert len(grid.cells) == SPEC.anchors
    assert grid.cells[:2].tolist() == [[0, 0], [1, 0]]
    assert grid.cells[12].tolist() == [0, 1]
    assert grid.strides[[0, 96, 120], 0].tolist() == [8, 16, 32]


def test_the_score_is_objectness_times_the_best_class() -> None:
    table = empty_table()
    table[3, 4:] = (0.5, 0.2, 0.8)
    table[9, 4:] = (0.5, 0.1, 0.1)
    rows, scores, classes = candidates(table, Wanted(SPEC, 0.4))
    assert (rows.tolist(), classes.tolist()) == ([3], [1])
    assert scores.tolist() == pytest.approx([0.4])
    assert len(candidates(table, Wanted(SPEC, 0.4, (0,)))[0]) == 0


@given(
    st.integers(0, SPEC.anchors - 1),
    st.floats(-2, 2, width=32),
    st.floats(-1, 3, width=32),
)
def test_a_decoded_output_gives_the_same_boxes(
    row: int, offset: float, size: float
) -> None:
    raw, grid = empty_table(), Grid.of(SPEC)
    raw[row] = (offset, -offset, size, size / 2, 1, 1, 0)
    decoded = raw.copy()
    decoded[:, :2] = (raw[:, :2] + grid.cells) * grid.strides
    decoded[:, 2:4] = np.exp(raw[:, 2:4]) * grid.strides
    one = NetworkDetector(Canned(raw), SPEC).detect(frame())
    other = NetworkDetector(
        Canned(decoded), replace(SPEC, layout="yolox-decoded")
    ).detect(frame())
    assert one.boxes.tolist() == other.boxes.tolist()
    assert one.scores.tolist() == other.scores.tolist()


@pytest.mark.parametrize(("agnostic", "count"), [(False, 2), (True, 1)])
def test_boxes_rival_within_their_class_by_default(agnostic: bool, count: int) -> None:
    table = empty_table()
    table[40, 2:] = (1, 1, 0.9, 1.0, 0.0)
    table[41, :] = (-1, 0, 1, 1, 0.8, 0.0, 1.0)
    table[42, :] = (-2, 0, 1, 1, 0.7, 1.0, 0.0)
    settings = DetectionSettings(class_agnostic=agnostic)
    found = NetworkDetector(Canned(table), SPEC, settings).detect(frame())
    assert len(found) == count
    assert found.scores[0] == pytest.approx(0.9)


def test_nothing_found_is_empty_arrays() -> None:
    found = NetworkDetector(Canned(empty_table()), SPEC).detect(frame())
    assert len(found) == 0


def test_classes_are_kept_by_name() -> None:
    table = empty_table()
    table[0, 4:] = (0.9, 1.0, 0.0)
    table[90, 4:] = (0.9, 0.0, 1.0)
    for names, expected in ((("car",), [1]), (("person",), [0]), ((), [0, 1])):
        settings = DetectionSettings(classes=names)
        found = NetworkDetector(Canned(table), SPEC, settings).detect(frame())
        assert sorted(found.classes.tolist()) == expected


def test_an_unknown_class_is_refused_before_the_first_frame() -> None:
    settings = DetectionSettings(classes=("persn",))
    with pytest.raises(UsageError, match="no class 'persn'"):
        NetworkDetector(Canned(empty_table()), SPEC, settings)


def test_an_output_of_another_shape_is_refused() -> None:
    detector = NetworkDetector(Canned(empty_table()[:-1]), SPEC)
    with pytest.raises(InputError, match=r"its output is \(125, 7\), not \(126, 7\)"):
        detector.detect(frame())


@given(
    st.integers(16, 4000),
    st.integers(16, 4000),
    st.tuples(*[st.floats(0, 1, width=32)] * 4),
)
def test_boxes_come_back_to_where_the_frame_had_them(
    width: int, height: int, corners: tuple[float, float, float, float]
) -> None:
    box = np.float32([corners]) * np.float32([width, height, width, height])
    box = np.concatenate(
        (np.minimum(box[:, :2], box[:, 2:]), box.max(axis=0)[None, 2:]), 1
    )
    letterbox = Letterbox(width, height, *SPEC.input_size)
    x1, y1, x2, y2 = (box * input_scale(letterbox))[0]
    table = empty_table()
    table[0] = ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1, 1, 1, 0)
    decoded = replace(SPEC, layout="yolox-decoded")
    full = frame(width, height)
    found = NetworkDetector(Canned(table), decoded).detect(full)
    tolerance = 1e-4 * max(width, height)
    np.testing.assert_allclose(found.boxes[0], box[0], atol=tolerance)
    blind = NetworkDetector(Canned(table), decoded, frame_size=(width, height))
    assert blind.detect(frame(96, 64)).boxes.tolist() == found.boxes.tolist()


def test_closing_closes_the_runtime() -> None:
    runtime = Canned(empty_table())
    NetworkDetector(runtime, SPEC).close()
    assert runtime.closed


@pytest.fixture(scope="module")
def nano(shared: Path) -> Model:
    path = shared / "models" / "yolox_nano.onnx"
    return Model(path, describe(path))


@pytest.mark.parametrize("size", [(416, 416), (768, 576)])
@pytest.mark.slow
def test_people_are_found_where_a_plain_decoding_finds_them(
    shared: Path, nano: Model, size: tuple[int, int]
) -> None:
    model = nano.resized(size)
    detector = open_detector(
        model, DetectionSettings(confidence=0.3, iou_threshold=0.7)
    )
    tables: list[Table] = []
    detector.runtime.run = recording(detector.runtime.run, tables)  # a spy
    for view in viewed_frames(shared / "media" / "vtest.avi", range(0, 61, 30), size):
        found = detector.detect(view)
        plain = naive_detections(tables[-1], model.spec, size[0] / 768, 0.3, 0.7)
        assert found.classes.tolist().count(0) >= 4
        np.testing.assert_allclose(found.boxes, [item[0] for item in plain], atol=0.02)
        np.testing.assert_allclose(found.scores, [i[1] for i in plain], atol=1e-5)
        assert found.classes.tolist() == [item[2] for item in plain]
    detector.close()


def recording(
    run: Callable[[Table], Mapping[str, Table]], tables: list[Table]
) -> Callable[[Table], Mapping[str, Table]]:
    def wrapped(batch: Table) -> Mapping[str, Table]:
        result = run(batch)
        tables.append(result["output"][0])
        return result

    return wrapped


def test_a_described_model_of_one_class_finds_each_person(
    shared: Path, tmp_path: Path
) -> None:
    path = tmp_path / "light_person_detector.onnx"
    shutil.copy(shared / "models" / path.name, path)
    (tmp_path / "light_person_detector.toml").write_text(
        'schema = 1\nclasses = ["person"]\ncolor = "bgr"\n'
    )
    model = Model(path, describe(path))
    detector = open_detector(model, DetectionSettings(confidence=0.5))
    video = shared / "media" / "people_with_tone.mp4"
    counts = [
        len(detector.detect(view))
        for view in viewed_frames(video, range(0, 200, 10), model.spec.input_size)
    ]
    detector.close()
    assert set(counts) <= {0, 1, 2}
    assert sum(counts) >= 14
