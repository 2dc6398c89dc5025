"""Every layout gives the boxes that its model is known to have."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.errors import InputError
from avio_cli.media.fitting import RESIZES
from avio_cli.models.describe import describe_model
from avio_cli.models.layouts import LAYOUTS
from avio_cli.models.spec import ModelSpec
from avio_cli.vision.detectors.network import DECODERS, NetworkDetector
from avio_cli.vision.detectors.parallel import open_detector
from avio_cli.vision.detectors.plausibility import FRAMES
from avio_cli.vision.runtimes.device import Device
from avio_cli.vision.runtimes.tensorrt_engine import engine_graph
from tests.vision.detectors.layouts.canned import Canned, Outputs
from tests.vision.detectors.layouts.known_boxes import CASES, Case, Known
from tests.vision.detectors.layouts.variants import (
    SETTINGS,
    VARIANTS,
    Variant,
    build,
    check_found,
    every_variant,
    frame_of,
)
from tests.vision.gpu_machine import Install
from tests.vision.runtimes.tensorrt_standin import plan_of


@pytest.fixture(scope="module")
def runtime(request: pytest.FixtureRequest) -> str:
    """Its name, where it is installed."""
    if request.param == "openvino":
        pytest.importorskip("openvino")
    return str(request.param)


RUNTIMES = pytest.mark.parametrize(
    "runtime",
    ["onnx", pytest.param("openvino", marks=pytest.mark.openvino)],
    indirect=True,
)


def check(name: str, variant: Variant, runtime: str, folder: Path) -> None:
    model, known = build(folder, CASES[name], variant)
    detector = open_detector(model, SETTINGS, runtime=runtime)
    found = detector.detect(frame_of(variant))
    detector.close()
    check_found(found, known, variant)


@RUNTIMES
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: f"{v.resize}-{v.kind}")
@pytest.mark.parametrize("name", CASES)
@pytest.mark.sampled(37)
def test_known_boxes_come_back(
    name: str, variant: Variant, runtime: str, tmp_path: Path
) -> None:
    check(name, variant, runtime, tmp_path)


@pytest.mark.slow
@RUNTIMES
@pytest.mark.parametrize("resize", RESIZES)
@pytest.mark.parametrize("name", CASES)
def test_known_boxes_come_back_whatever_the_input_is(
    name: str, resize: str, runtime: str, tmp_path: Path
) -> None:
    for variant in every_variant(resize):
        check(name, variant, runtime, tmp_path)


@RUNTIMES
@pytest.mark.parametrize("name", CASES)
def test_outputs_may_have_half_precision(
    name: str, runtime: str, tmp_path: Path
) -> None:
    size = (160, 128)
    variant = Variant("letterbox", size, size, kind="float16", count=30, half=True)
    check(name, variant, runtime, tmp_path)


@pytest.mark.parametrize("variant", VARIANTS[:4], ids=lambda v: f"{v.batch}-{v.kind}")
@pytest.mark.parametrize("name", ["yolov8", "detr-post", "nms"])
def test_known_boxes_come_back_from_an_engine(
    name: str, variant: Variant, install: Install, tmp_path: Path
) -> None:
    model, known = build(tmp_path, CASES[name], variant)
    engine = tmp_path / "model.engine"
    engine.write_bytes(plan_of(model.path.read_bytes()))
    world, device = install(), Device("cuda")
    described = describe_model(engine, engine_graph(engine, device))
    detector = open_detector(described, SETTINGS, runtime="tensorrt", device=device)
    found = detector.detect(frame_of(variant))
    detector.close()
    check_found(found, known, variant)
    assert world.gpu.empty


def outputs_with_nan(case: Case, known: Known, spec: ModelSpec, what: str) -> Outputs:
    """The outputs for known boxes, all scores or all else of them no numbers."""
    outputs = {}
    for key, (array, mask) in case.encode(known, spec).items():
        broken = array.copy()
        if broken.dtype.kind == "f":
            broken[mask == (what == "scores")] = np.nan
        outputs[key] = broken[np.newaxis]
    return outputs


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("what", ["scores", "boxes"])
def test_what_is_no_number_is_an_error_in_any_frame(
    name: str, what: str, tmp_path: Path
) -> None:
    model, known = build(tmp_path, CASES[name], VARIANTS[0])
    good = CASES[name].encode(known, model.spec)
    runtime = Canned({key: array[np.newaxis] for key, (array, _) in good.items()})
    detector, frame = (
        NetworkDetector(runtime, model.spec, SETTINGS),
        frame_of(VARIANTS[0]),
    )
    bad = outputs_with_nan(CASES[name], known, model.spec, what)
    for _ in range(FRAMES + 1):
        assert len(detector.detect(frame)) == 1
    runtime.outputs = bad
    with pytest.raises(InputError, match="contains NaN"):
        detector.detect(frame)
    with pytest.raises(InputError, match="contains NaN"):
        NetworkDetector(runtime, model.spec, SETTINGS).detect(frame)


def test_rows_that_do_not_count_may_be_anything(tmp_path: Path) -> None:
    model, known = build(tmp_path, CASES["nms"], VARIANTS[0])
    arrays = CASES["nms"].encode(known, model.spec)
    for array, _ in arrays.values():
        if array.dtype.kind == "f":
            array[len(known) :] = np.nan
    outputs = {name: array[np.newaxis] for name, (array, _) in arrays.items()}
    detector = NetworkDetector(Canned(outputs), model.spec, SETTINGS)
    check_found(detector.detect(frame_of(VARIANTS[0])), known, VARIANTS[0])


@pytest.mark.parametrize("kind", [np.float32, np.float16, np.int64])
def test_a_count_may_be_of_any_type(kind: type[np.generic], tmp_path: Path) -> None:
    model, known = build(tmp_path, CASES["nms"], VARIANTS[0])
    outputs = counting(known, model.spec, np.array([[len(known)]], kind))
    detector = NetworkDetector(Canned(outputs), model.spec, SETTINGS)
    check_found(detector.detect(frame_of(VARIANTS[0])), known, VARIANTS[0])


@pytest.mark.parametrize("count", [[np.nan], [np.inf], [-np.inf], [-1.0], [1e30], []])
def test_a_count_that_is_none_is_an_error(count: list[float], tmp_path: Path) -> None:
    model, known = build(tmp_path, CASES["nms"], VARIANTS[0])
    outputs = counting(known, model.spec, np.array([count], np.float32))
    detector = NetworkDetector(Canned(outputs), model.spec, SETTINGS)
    with pytest.raises(InputError, match="it counts") as caught:
        detector.detect(frame_of(VARIANTS[0]))
    assert caught.value.hint


def counting(known: Known, spec: ModelSpec, count: NDArray[Any]) -> Outputs:
    """Outputs of ``nms`` with that number of boxes."""
    arrays = CASES["nms"].encode(known, spec)
    outputs = {name: array[np.newaxis] for name, (array, _) in arrays.items()}
    return outputs | {"num_dets": count}


@pytest.mark.parametrize("name", CASES)
def test_outputs_of_another_shape_are_an_error(name: str, tmp_path: Path) -> None:
    model, known = build(tmp_path, CASES[name], VARIANTS[0])
    arrays = CASES[name].encode(known, model.spec)
    for bad in arrays:
        outputs = {n: array[np.newaxis] for n, (array, _) in arrays.items()}
        if outputs[bad].size > 1:
            outputs[bad] = np.zeros((1, 9, 2), np.float32)
        else:  # a count
            outputs[bad] = np.array([[999]])
        detector = NetworkDetector(Canned(outputs), model.spec, SETTINGS)
        with pytest.raises(InputError) as caught:
            detector.detect(frame_of(VARIANTS[0]))
        assert caught.value.hint


def test_every_layout_that_descriptions_name_is_decoded() -> None:
    assert set(DECODERS) == set(LAYOUTS)
    assert {case.layout for case in CASES.values()} == set(LAYOUTS)
