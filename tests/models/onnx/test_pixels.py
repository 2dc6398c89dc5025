"""A model that takes pixels computes with the numbers that preprocessing makes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from avio_cli.models.onnx.pixels import INPUT, with_pixel_input
from avio_cli.models.spec import ModelSpec
from avio_cli.vision.detectors.network import preprocess
from avio_cli.vision.runtimes.onnx import OnnxRuntime
from tests.models.onnx_graph import Graph

WIDTH, HEIGHT = 64, 32
SPEC = ModelSpec(name="echo", input_size=(WIDTH, HEIGHT), classes=("person",))
TRAINED = replace(
    SPEC, color="rgb", scale=1 / 255, mean=(0.485, 0.456, 0.406), std=(0.2, 0.3, 0.1)
)
PLANES_FIRST, PLANES_LAST = (1, 3, HEIGHT, WIDTH), (1, HEIGHT, WIDTH, 3)
floats = st.floats(1e-3, 300)
triples = st.tuples(floats, floats, floats)


def echo(shape: tuple[int | str, ...] = PLANES_FIRST, kind: str = "float32") -> bytes:
    """A model whose output is what it computes with."""
    graph = Graph(inputs={"x": (kind, shape)}, outputs={"y": (kind, shape)})
    graph.node("Identity", "x", out="y")
    return graph.model()


def view() -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)


def opened(folder: Path, model: bytes, spec: ModelSpec) -> OnnxRuntime:
    path = folder / "model.onnx"
    path.write_bytes(model)
    return OnnxRuntime(path, spec.input_size, pixels=spec)


def seen(runtime: OnnxRuntime, image: NDArray[np.uint8]) -> NDArray[Any]:
    return runtime.run(image.transpose(2, 0, 1)[np.newaxis])["y"]


@pytest.mark.parametrize("spec", [SPEC, TRAINED], ids=["as they are", "normalised"])
@pytest.mark.parametrize("kind", ["float32", "float16"])
@pytest.mark.parametrize(
    "shape",
    [PLANES_FIRST, PLANES_LAST, ("n", 3, "h", "w")],
    ids=["planes first", "planes last", "dynamic"],
)
def test_its_numbers_are_those_of_preprocessing_to_the_bit(
    tmp_path: Path, spec: ModelSpec, kind: str, shape: tuple[int | str, ...]
) -> None:
    runtime = opened(tmp_path, echo(shape, kind), spec)
    expected = preprocess(view(), spec).astype(kind)
    if shape == PLANES_LAST:
        expected = expected.transpose(0, 2, 3, 1)
    assert runtime.takes_pixels
    np.testing.assert_array_equal(seen(runtime, view()), expected, strict=False)


@given(st.sampled_from(["bgr", "rgb"]), floats, triples, triples)
def test_they_are_with_any_numbers_of_a_description(
    tmp_path_factory: pytest.TempPathFactory,
    color: Any,
    scale: float,
    mean: tuple[float, float, float],
    std: tuple[float, float, float],
) -> None:
    spec = replace(SPEC, color=color, scale=scale, mean=mean, std=std)
    runtime = opened(tmp_path_factory.mktemp("echo"), echo(), spec)
    np.testing.assert_array_equal(seen(runtime, view()), preprocess(view(), spec))


def test_several_images_at_once_keep_their_order(tmp_path: Path) -> None:
    runtime = opened(tmp_path, echo((2, *PLANES_FIRST[1:])), TRAINED)
    batch = np.stack([view(), 255 - view(), view() // 2])
    found = runtime.run(batch.transpose(0, 3, 1, 2))["y"]
    for image, planes in zip(batch, found, strict=True):
        np.testing.assert_array_equal(planes, preprocess(image, TRAINED)[0])


def test_a_real_model_finds_the_same_to_the_bit(shared: Path) -> None:
    path = shared / "models" / "yolox_nano.onnx"
    size = (416, 320)
    spec = replace(SPEC, input_size=size)
    image = np.random.default_rng(2).integers(0, 256, (320, 416, 3), np.uint8)
    plain = OnnxRuntime(path, size).run(preprocess(image, spec))
    runtime = OnnxRuntime(path, size, pixels=spec)
    found = runtime.run(image.transpose(2, 0, 1)[np.newaxis])
    assert runtime.takes_pixels
    np.testing.assert_array_equal(found["output"], plain["output"])


@pytest.mark.parametrize("kind", ["uint8", "int32"])
def test_a_model_of_whole_numbers_is_left_as_it_is(tmp_path: Path, kind: str) -> None:
    model = echo(kind=kind)
    assert with_pixel_input(model, TRAINED) is None
    assert not opened(tmp_path, model, TRAINED).takes_pixels


def test_operators_without_a_number_a_plane_are_left_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert with_pixel_input(echo(), TRAINED) is not None
    monkeypatch.setattr("tests.models.onnx_graph.OPSET", 6)
    assert with_pixel_input(echo(), TRAINED) is None


def test_what_cannot_be_opened_so_is_opened_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "avio_cli.vision.runtimes.onnx.with_pixel_input", lambda *_: b"no model"
    )
    runtime = opened(tmp_path, echo(), SPEC)
    assert not runtime.takes_pixels
    batch = preprocess(view(), SPEC)
    np.testing.assert_array_equal(runtime.run(batch)["y"], batch)


def test_numbers_are_not_taken_for_pixels(tmp_path: Path) -> None:
    runtime = opened(tmp_path, echo(), TRAINED)
    with pytest.raises(ValueError, match="takes pixels"):
        runtime.run(preprocess(view(), TRAINED))


def test_another_input_keeps_its_name_and_place(tmp_path: Path) -> None:
    graph = Graph(
        inputs={"x": ("float32", PLANES_FIRST), "size": ("int64", (1, 2))},
        outputs={"y": ("float32", PLANES_FIRST), "z": ("int64", (1, 2))},
    )
    graph.node("Identity", "x", out="y")
    graph.node("Identity", "size", out="z")
    runtime = opened(tmp_path, graph.model(), TRAINED)
    size = np.array([[WIDTH, HEIGHT]], np.int64)
    found = runtime.run(view().transpose(2, 0, 1)[np.newaxis], size)
    np.testing.assert_array_equal(found["y"], preprocess(view(), TRAINED))
    np.testing.assert_array_equal(found["z"], size)


@given(st.binary(max_size=64))
def test_arbitrary_bytes_are_no_model(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        with_pixel_input(content, SPEC)


def test_the_name_of_its_input_is_new() -> None:
    changed = with_pixel_input(echo(), SPEC)
    assert changed is not None
    assert changed.count(INPUT.encode()) == 2  # declared, and used once
