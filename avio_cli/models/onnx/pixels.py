"""Pixels as the input of an ONNX model: its preprocessing becomes a part of its graph.

A quarter of the bytes goes in, and the runtime converts them where it needs them. The
numbers are those of `avio_cli.vision.detectors.network.preprocess`, to the bit.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from avio_cli.models.onnx.file import (
    GRAPH_INPUT,
    KINDS,
    MODEL_GRAPH,
    MODEL_OPSET,
    OPSET_DOMAIN,
    OPSET_VERSION,
    SHAPE_DIMENSION,
    TENSOR_TYPE_KIND,
    TENSOR_TYPE_SHAPE,
    TYPE_TENSOR,
    VALUE_NAME,
    VALUE_TYPE,
    read_model,
)
from avio_cli.models.onnx.nodes import node
from avio_cli.models.onnx.protobuf import (
    all_of,
    bytes_field,
    edited,
    fields,
    first_of,
    number_field,
    text_of,
)
from avio_cli.models.spec import ModelSpec
from avio_cli.models.tensor import Tensor, image_of

INPUT = "avio/pixels"
"""Name of the new input."""
_NUMBERS = {name: number for number, name in KINDS.items()}
_OPSET = 7
"""The first one whose arithmetic takes a number a plane."""

Constants = tuple[NDArray[np.float32] | NDArray[np.int64], ...]
Step = tuple[str, Constants, dict[str, int | tuple[int, ...]]]
"""An operator, its constants, and its attributes."""


def with_pixel_input(model: bytes, spec: ModelSpec) -> bytes | None:
    """Have a model take uint8 (n, H, W, 3) bgr24 in place of its own input.

    Args:
        model: a whole ONNX file.
        spec: its preprocessing.

    Returns:
        None where that cannot be done: its input is none of images in floats, or its
        operators are those of 2017.

    Raises:
        ValueError: it is not an ONNX file.
    """
    view = memoryview(model)
    image = image_of(read_model(view)[0])
    if image is None or image.kind not in ("float32", "float16"):
        return None
    if _opset(view) < _OPSET:
        return None
    nodes = b"".join(_nodes(image, spec))
    edits = {GRAPH_INPUT: lambda value: _taking_pixels(value, image)}
    return edited(view, {MODEL_GRAPH: lambda graph: nodes + edited(graph, edits)})


def _nodes(image: Tensor, spec: ModelSpec) -> Iterator[bytes]:
    """Nodes one after the other, the last of which gives what was the input."""
    last = INPUT
    steps = list(_steps(image, spec))
    for number, (kind, constants, attributes) in enumerate(steps):
        names = [f"avio/{kind}{number}/{i}" for i in range(len(constants))]
        for name, value in zip(names, constants, strict=True):
            yield node("Constant", (), name, value=value)
        output = image.name if number == len(steps) - 1 else f"avio/{kind}{number}"
        yield node(kind, (last, *names), output, **attributes)
        last = output


def _steps(image: Tensor, spec: ModelSpec) -> Iterator[Step]:
    axis = 3 if image.planes_last else 1
    if axis == 1:
        yield "Transpose", (), {"perm": (0, 3, 1, 2)}
    yield "Cast", (), {"to": _NUMBERS["float32"]}
    if spec.color == "rgb":  # whole planes: twice as quick as pixel by pixel
        yield "Gather", (np.array([2, 1, 0], np.int64),), {"axis": axis}
    if spec.scale != 1:
        yield "Mul", (np.array(spec.scale, np.float32),), {}
    shape = (3, 1, 1) if axis == 1 else (3,)
    for kind, values, nothing in (("Sub", spec.mean, 0), ("Div", spec.std, 1)):
        if values != (nothing,) * 3:
            yield kind, (np.array(values, np.float32).reshape(shape),), {}
    if image.kind == "float16":
        yield "Cast", (), {"to": _NUMBERS["float16"]}


def _taking_pixels(value: memoryview, image: Tensor) -> bytes:
    if text_of(value, VALUE_NAME) != image.name:
        return bytes(value)
    tensor = first_of(first_of(value, VALUE_TYPE), TYPE_TENSOR)
    sizes: Sequence[memoryview] = all_of(
        first_of(tensor, TENSOR_TYPE_SHAPE), SHAPE_DIMENSION
    )
    if not image.planes_last:
        sizes = [sizes[axis] for axis in (0, 2, 3, 1)]
    shape = b"".join(bytes_field(SHAPE_DIMENSION, bytes(size)) for size in sizes)
    kind = number_field(TENSOR_TYPE_KIND, _NUMBERS["uint8"])
    kind += bytes_field(TENSOR_TYPE_SHAPE, shape)
    declared = bytes_field(VALUE_TYPE, bytes_field(TYPE_TENSOR, kind))
    return bytes_field(VALUE_NAME, INPUT.encode()) + declared


def _opset(model: memoryview) -> int:
    """The version of the standard operators; 0 where none is stated."""
    for opset in all_of(model, MODEL_OPSET):
        if text_of(opset, OPSET_DOMAIN) in ("", "ai.onnx"):
            numbers = (f.value for f in fields(opset) if f.number == OPSET_VERSION)
            return next((n for n in numbers if isinstance(n, int)), 0)
    return 0
