"""The few fields of an ONNX file that avio reads or changes, without a library.

An ONNX file is one protocol buffer: fields, each a key (number and wire type) and a
value. Other fields are copied unchanged, so weights are never touched. The
numbers are those of onnx.proto (unchanged since ONNX 1.0).
"""

import mmap
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from avio_cli.models.tensor import Shape, Tensor, image_of

Edit = Callable[[memoryview], bytes | None]

MODEL_GRAPH, MODEL_METADATA = 7, 14
GRAPH_INITIALIZER, GRAPH_INPUT, GRAPH_OUTPUT, GRAPH_VALUE_INFO = 5, 11, 12, 13
TENSOR_NAME, TENSOR_EXTERNAL = 8, 13
VALUE_NAME, VALUE_TYPE = 1, 2
TYPE_TENSOR = 1
TENSOR_TYPE_KIND, TENSOR_TYPE_SHAPE = 1, 2
SHAPE_DIMENSION = 1
DIMENSION_VALUE, DIMENSION_NAME = 1, 2
ENTRY_KEY, ENTRY_VALUE = 1, 2

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

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
    graph = _by_number(_graph(model))
    constants = {_text(tensor, TENSOR_NAME) for tensor in graph[GRAPH_INITIALIZER]}
    # Before IR version 4 every weight was listed among the inputs too.
    inputs = [
        value
        for value in graph[GRAPH_INPUT]
        if _text(value, VALUE_NAME) not in constants
    ]
    entries = _all(model, MODEL_METADATA)
    return (
        tuple(map(_tensor, inputs)),
        tuple(map(_tensor, graph[GRAPH_OUTPUT])),
        {_text(entry, ENTRY_KEY): _text(entry, ENTRY_VALUE) for entry in entries},
    )


def has_external_weights(model: bytes) -> bool:
    """Whether weights are in other files, next to the model's own.

    Raises:
        ValueError: it is no ONNX model.
    """
    weights = _all(_graph(memoryview(model)), GRAPH_INITIALIZER)
    return any(f.number == TENSOR_EXTERNAL for w in weights for f in _fields(w))


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
    image = image_of(map(_tensor, _all(_graph(view), GRAPH_INPUT)))
    first = 1 if image and image.planes_last else 2
    sides = (height, width)
    size = {first + i: _number(DIMENSION_VALUE, side) for i, side in enumerate(sides)}
    count = {0: _number(DIMENSION_VALUE, batch)} if batch else {}
    edits: dict[int, Edit] = {
        GRAPH_INPUT: lambda value: _reshaped(
            value, {**size, **count} if _tensor(value).is_image else count
        ),
        GRAPH_OUTPUT: lambda value: _freed(value, count),
        GRAPH_VALUE_INFO: lambda _: None,
    }
    return _edited(view, {MODEL_GRAPH: lambda graph: _edited(graph, edits)})


def with_metadata(model: bytes, key: str, text: str) -> bytes:
    """Write an entry of the metadata, in place of one of the same key.

    Raises:
        ValueError: it is not an ONNX file.
    """
    view = memoryview(model)
    _graph(view)  # fails where there is none
    kept = _edited(
        view,
        {MODEL_METADATA: lambda e: None if _text(e, ENTRY_KEY) == key else bytes(e)},
    )
    entry = _bytes_field(ENTRY_KEY, key.encode())
    entry += _bytes_field(ENTRY_VALUE, text.encode())
    return kept + _bytes_field(MODEL_METADATA, entry)


@dataclass(frozen=True, slots=True)
class _Field:
    number: int
    value: memoryview | int
    raw: memoryview
    """The field as in the file, key included."""


def _fields(message: memoryview) -> Iterator[_Field]:
    position = 0
    while position < len(message):
        start = position
        key, position = _varint(message, position)
        value: memoryview | int
        if key & 7 == _VARINT:
            value, position = _varint(message, position)
        else:
            size, position = _size(message, position, key & 7)
            value = message[position : position + size]
            position += size
        if position > len(message) or key >> 3 == 0:
            raise ValueError("its fields do not fit")
        yield _Field(key >> 3, value, message[start:position])


def _size(message: memoryview, position: int, wire_type: int) -> tuple[int, int]:
    if wire_type == _BYTES:
        return _varint(message, position)
    if wire_type in (_FIXED64, _FIXED32):
        return (8 if wire_type == _FIXED64 else 4), position
    raise ValueError(f"wire type {wire_type} is unknown")


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:
        if position >= len(message):
            raise ValueError("it ends in the middle of a number")
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise ValueError("a number has too many bytes")


def _all(message: memoryview, number: int) -> list[memoryview]:
    found = (f.value for f in _fields(message) if f.number == number)
    return [value for value in found if isinstance(value, memoryview)]


def _by_number(message: memoryview) -> Mapping[int, list[memoryview]]:
    """All fields of bytes, in one pass: a graph has thousands."""
    found = defaultdict[int, list[memoryview]](list)
    for field in _fields(message):
        if isinstance(field.value, memoryview):
            found[field.number].append(field.value)
    return found


def _first(message: memoryview, number: int) -> memoryview:
    return next(iter(_all(message, number)), memoryview(b""))


def _text(message: memoryview, number: int) -> str:
    return bytes(_first(message, number)).decode(errors="replace")


def _graph(model: memoryview) -> memoryview:
    graphs = _all(model, MODEL_GRAPH)
    if len(graphs) != 1:
        raise ValueError("it contains no graph")
    return graphs[0]


def _tensor(value: memoryview) -> Tensor:
    tensor = _first(_first(value, VALUE_TYPE), TYPE_TENSOR)
    shape: Shape = tuple(map(_dimension, _all(_first(tensor, TENSOR_TYPE_SHAPE), 1)))
    kinds = (f.value for f in _fields(tensor) if f.number == TENSOR_TYPE_KIND)
    kind = next(kinds, 0)
    known = KINDS.get(kind, "") if isinstance(kind, int) else ""
    return Tensor(_text(value, VALUE_NAME), shape, known)


def _dimension(dimension: memoryview) -> int:
    for field in _fields(dimension):
        if field.number == DIMENSION_VALUE and isinstance(field.value, int):
            return field.value
    return 0


def _edited(message: memoryview, edits: Mapping[int, Edit]) -> bytes:
    """Copy a message, replacing the values of some fields; None drops the field."""
    parts: list[bytes | memoryview] = []
    for field in _fields(message):
        edit = edits.get(field.number)
        if edit is None or isinstance(field.value, int):
            parts.append(field.raw)
        elif (value := edit(field.value)) is not None:
            parts.append(_bytes_field(field.number, value))
    return b"".join(parts)


def _freed(value: memoryview, count: Mapping[int, bytes]) -> bytes:
    """Declare an output whose number of boxes the runtime finds out."""
    shape = _tensor(value).shape
    # YOLOX has a row a box, YOLOv8 a column.
    axes = [1, 2] if len(shape) == 3 and shape[2] > shape[1] else [1]
    free = dict.fromkeys(axes, _bytes_field(DIMENSION_NAME, b"anchors"))
    return _reshaped(value, {**free, **count})


def _reshaped(value: memoryview, dimensions: Mapping[int, bytes]) -> bytes:
    def shape(message: memoryview) -> bytes:
        old = _all(message, SHAPE_DIMENSION)
        new = [dimensions.get(i, bytes(d)) for i, d in enumerate(old)]
        return b"".join(_bytes_field(SHAPE_DIMENSION, d) for d in new)

    def tensor(message: memoryview) -> bytes:
        return _edited(message, {TENSOR_TYPE_SHAPE: shape})

    def kind(message: memoryview) -> bytes:
        return _edited(message, {TYPE_TENSOR: tensor})

    return _edited(value, {VALUE_TYPE: kind})


def _bytes_field(number: int, value: bytes) -> bytes:
    return _encoded(number << 3 | _BYTES) + _encoded(len(value)) + value


def _number(number: int, value: int) -> bytes:
    return _encoded(number << 3 | _VARINT) + _encoded(value)


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))
