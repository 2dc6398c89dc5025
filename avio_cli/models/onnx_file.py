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

Shape = tuple[int, ...]
Edit = Callable[[memoryview], bytes | None]

MODEL_GRAPH, MODEL_METADATA = 7, 14
GRAPH_INITIALIZER, GRAPH_INPUT, GRAPH_OUTPUT, GRAPH_VALUE_INFO = 5, 11, 12, 13
TENSOR_NAME = 8
VALUE_NAME, VALUE_TYPE = 1, 2
TYPE_TENSOR = 1
TENSOR_TYPE_SHAPE = 2
SHAPE_DIMENSION = 1
DIMENSION_VALUE, DIMENSION_NAME = 1, 2
ENTRY_KEY, ENTRY_VALUE = 1, 2

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def read_onnx(
    path: Path,
) -> tuple[tuple[Shape, ...], tuple[Shape, ...], dict[str, str]]:
    """Read the shapes of inputs and outputs, and the metadata.

    Returns:
        Input shapes and output shapes, 0 for a dynamic size; metadata.

    Raises:
        ValueError: it is not an ONNX file.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        model = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
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
        tuple(map(_shape, inputs)),
        tuple(map(_shape, graph[GRAPH_OUTPUT])),
        {_text(entry, ENTRY_KEY): _text(entry, ENTRY_VALUE) for entry in entries},
    )


def with_input_size(model: bytes, width: int, height: int, *, batch: int = 0) -> bytes:
    """Declare another input size, leaving the weights as they are.

    It works where no node contains the old size: YOLOX exports reshape with -1. The
    number of output rows and all shapes in between are left to the runtime.

    Args:
        model: a whole ONNX file with one input (n, 3, H, W).
        width: pixels in a row of the new input.
        height: its rows.
        batch: the batch size; 0 leaves it as it was declared.

    Raises:
        ValueError: it is not an ONNX file.
    """
    size = {2: _number(DIMENSION_VALUE, height), 3: _number(DIMENSION_VALUE, width)}
    rows = {1: _bytes_field(DIMENSION_NAME, b"anchors")}
    if batch:
        size[0] = rows[0] = _number(DIMENSION_VALUE, batch)
    edits: dict[int, Edit] = {
        GRAPH_INPUT: lambda value: _reshaped(value, size),
        GRAPH_OUTPUT: lambda value: _reshaped(value, rows),
        GRAPH_VALUE_INFO: lambda _: None,
    }
    view = memoryview(model)
    _graph(view)  # fails where there is none
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


def _shape(value: memoryview) -> Shape:
    tensor = _first(_first(value, VALUE_TYPE), TYPE_TENSOR)
    return tuple(map(_dimension, _all(_first(tensor, TENSOR_TYPE_SHAPE), 1)))


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
