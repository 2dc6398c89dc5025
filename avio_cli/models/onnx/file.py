"""The few fields of an ONNX file that avio reads or changes, without a library.

An ONNX file is one protocol buffer: fields, each a key (number and wire type) and a
value. Other fields are copied unchanged, so weights are never touched. The
numbers are those of onnx.proto (unchanged since ONNX 1.0).
"""

import mmap
from collections.abc import Mapping
from pathlib import Path

from avio_cli.models.onnx.protobuf import (
    Edit,
    all_of,
    by_number,
    bytes_field,
    edited,
    fields,
    first_of,
    number_field,
    text_of,
)
from avio_cli.models.tensor import Shape, Tensor, image_of

MODEL_GRAPH, MODEL_OPSET, MODEL_METADATA = 7, 8, 14
GRAPH_INITIALIZER, GRAPH_INPUT, GRAPH_OUTPUT, GRAPH_VALUE_INFO = 5, 11, 12, 13
TENSOR_NAME, TENSOR_EXTERNAL = 8, 13
OPSET_DOMAIN, OPSET_VERSION = 1, 2
VALUE_NAME, VALUE_TYPE = 1, 2
TYPE_TENSOR = 1
TENSOR_TYPE_KIND, TENSOR_TYPE_SHAPE = 1, 2
SHAPE_DIMENSION = 1
DIMENSION_VALUE, DIMENSION_NAME = 1, 2
ENTRY_KEY, ENTRY_VALUE = 1, 2

KINDS = {
    1: "float32",
    2: "uint8",
    3: "int8",
    6: "int32",
    7: "int64",
    10: "float16",
    11: "float64",
}
"""Types of numbers by ONNX's number; others are of no use here."""


def read_onnx(
    path: Path,
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...], dict[str, str]]:
    """Read the inputs and outputs, and the metadata.

    Returns:
        Inputs, outputs, metadata.

    Raises:
        ValueError: it is not an ONNX file.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        model = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    return read_model(model)


def read_model(
    model: memoryview,
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...], dict[str, str]]:
    """The same of a model in memory.

    Raises:
        ValueError: it is no ONNX model.
    """
    graph = by_number(graph_of(model))
    constants = {text_of(tensor, TENSOR_NAME) for tensor in graph[GRAPH_INITIALIZER]}
    # Before IR version 4 every weight was listed among the inputs too.
    inputs = [
        value
        for value in graph[GRAPH_INPUT]
        if text_of(value, VALUE_NAME) not in constants
    ]
    entries = all_of(model, MODEL_METADATA)
    return (
        tuple(map(tensor_of, inputs)),
        tuple(map(tensor_of, graph[GRAPH_OUTPUT])),
        {text_of(entry, ENTRY_KEY): text_of(entry, ENTRY_VALUE) for entry in entries},
    )


def has_external_weights(model: bytes) -> bool:
    """Whether weights are in other files, next to the model's own.

    Raises:
        ValueError: it is no ONNX model.
    """
    weights = all_of(graph_of(memoryview(model)), GRAPH_INITIALIZER)
    return any(f.number == TENSOR_EXTERNAL for w in weights for f in fields(w))


def with_input_size(model: bytes, width: int, height: int, *, batch: int = 0) -> bytes:
    """Declare another input size, leaving the weights as they are.

    It works where no node contains the old size: YOLOX exports reshape with -1. The
    number of output rows and all shapes in between are left to the runtime.

    Args:
        model: a whole ONNX file with one input (n, 3, H, W) or (n, H, W, 3).
        width: pixels in a row of the new input.
        height: its rows.
        batch: the batch size; 0 leaves it as it was declared.

    Raises:
        ValueError: it is not an ONNX file.
    """
    view = memoryview(model)
    image = image_of(map(tensor_of, all_of(graph_of(view), GRAPH_INPUT)))
    first = 1 if image and image.planes_last else 2
    sides = (height, width)
    size = {
        first + i: number_field(DIMENSION_VALUE, side) for i, side in enumerate(sides)
    }
    count = {0: number_field(DIMENSION_VALUE, batch)} if batch else {}
    edits: dict[int, Edit] = {
        GRAPH_INPUT: lambda value: _reshaped(
            value, {**size, **count} if tensor_of(value).is_image else count
        ),
        GRAPH_OUTPUT: lambda value: _freed(value, count),
        GRAPH_VALUE_INFO: lambda _: None,
    }
    return edited(view, {MODEL_GRAPH: lambda graph: edited(graph, edits)})


def with_metadata(model: bytes, key: str, text: str) -> bytes:
    """Write an entry of the metadata, in place of one of the same key.

    Raises:
        ValueError: it is not an ONNX file.
    """
    view = memoryview(model)
    graph_of(view)  # fails where there is none
    kept = edited(
        view,
        {MODEL_METADATA: lambda e: None if text_of(e, ENTRY_KEY) == key else bytes(e)},
    )
    entry = bytes_field(ENTRY_KEY, key.encode())
    entry += bytes_field(ENTRY_VALUE, text.encode())
    return kept + bytes_field(MODEL_METADATA, entry)


def graph_of(model: memoryview) -> memoryview:
    """The graph of a model.

    Raises:
        ValueError: it has none.
    """
    graphs = all_of(model, MODEL_GRAPH)
    if len(graphs) != 1:
        raise ValueError("it contains no graph")
    return graphs[0]


def tensor_of(value: memoryview) -> Tensor:
    """An input or output as it is declared."""
    tensor = first_of(first_of(value, VALUE_TYPE), TYPE_TENSOR)
    shape: Shape = tuple(
        map(_dimension, all_of(first_of(tensor, TENSOR_TYPE_SHAPE), 1))
    )
    kinds = (f.value for f in fields(tensor) if f.number == TENSOR_TYPE_KIND)
    kind = next(kinds, 0)
    known = KINDS.get(kind, "") if isinstance(kind, int) else ""
    return Tensor(text_of(value, VALUE_NAME), shape, known)


def _dimension(dimension: memoryview) -> int:
    for field in fields(dimension):
        if field.number == DIMENSION_VALUE and isinstance(field.value, int):
            return field.value
    return 0


def _freed(value: memoryview, count: Mapping[int, bytes]) -> bytes:
    """Declare an output whose number of boxes the runtime finds out."""
    shape = tensor_of(value).shape
    # YOLOX has a row a box, YOLOv8 a column.
    axes = [1, 2] if len(shape) == 3 and shape[2] > shape[1] else [1]
    free = dict.fromkeys(axes, bytes_field(DIMENSION_NAME, b"anchors"))
    return _reshaped(value, {**free, **count})


def _reshaped(value: memoryview, dimensions: Mapping[int, bytes]) -> bytes:
    def shape(message: memoryview) -> bytes:
        old = all_of(message, SHAPE_DIMENSION)
        new = [dimensions.get(i, bytes(d)) for i, d in enumerate(old)]
        return b"".join(bytes_field(SHAPE_DIMENSION, d) for d in new)

    def tensor(message: memoryview) -> bytes:
        return edited(message, {TENSOR_TYPE_SHAPE: shape})

    def kind(message: memoryview) -> bytes:
        return edited(message, {TYPE_TENSOR: tensor})

    return edited(value, {VALUE_TYPE: kind})
