"""Write ONNX files that compute something, node by node, or add nodes to a file."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.models.onnx.file import GRAPH_OUTPUT, MODEL_GRAPH
from avio_cli.models.onnx.protobuf import edited

OPSET = 11
"""That of YOLOX's own exports, to which nodes are added."""
KINDS = {
    "float32": 1,
    "uint8": 2,
    "int32": 6,
    "int64": 7,
    "float16": 10,
}
_INT, _FLOAT, _INTS = 2, 1, 7
"""Types of attributes."""


@dataclass
class Graph:
    """Nodes and constants, and what goes in and out."""

    inputs: dict[str, tuple[str, Sequence[int | str]]] = field(default_factory=dict)
    """Type and shape of each input."""
    outputs: dict[str, tuple[str, Sequence[int | str]]] = field(default_factory=dict)
    parts: list[bytes] = field(default_factory=list)
    count: int = 0

    def node(self, kind: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        """Add a node; return the name of its output."""
        self.count += 1
        out = out or f"made{self.count}"
        node = b"".join(_text(1, name) for name in inputs)
        node += _text(2, out) + _text(3, f"node{self.count}") + _text(4, kind)
        node += b"".join(_field(5, _attribute(*a)) for a in attributes.items())
        self.parts.append(_field(1, node))
        return out

    def constant(self, array: NDArray[Any] | Sequence[int]) -> str:
        """Add a constant; a list is of integers. Return its name."""
        self.count += 1
        name = f"constant{self.count}"
        values = np.asarray(array)
        tensor = b"".join(_number(1, size) for size in values.shape)
        tensor += _number(2, KINDS[values.dtype.name]) + _text(8, name)
        self.parts.append(_field(5, tensor + _field(9, values.tobytes())))
        return name

    def slice(self, name: str, start: int, end: int, axis: int) -> str:
        """Add a slice along one axis."""
        ends = [self.constant([n]) for n in (start, end, axis)]
        return self.node("Slice", name, *ends)

    def model(self, metadata: Mapping[str, str] | None = None) -> bytes:
        """The whole file."""
        content = _text(2, "graph") + self._content()
        opset = _field(8, _text(1, "") + _number(2, OPSET))
        return _number(1, 7) + opset + _field(7, content) + _properties(metadata)

    def added_to(
        self, model: bytes, metadata: Mapping[str, str] | None = None
    ) -> bytes:
        """A file with these nodes added, and these outputs in place of its own."""

        def extended(graph: memoryview) -> bytes:
            kept = edited(graph, {GRAPH_OUTPUT: lambda _: None})
            return kept + self._content()

        edits = {MODEL_GRAPH: extended}
        return edited(memoryview(model), edits) + _properties(metadata)

    def _content(self) -> bytes:
        inputs = b"".join(_field(11, _value(n, *v)) for n, v in self.inputs.items())
        outputs = b"".join(_field(12, _value(n, *v)) for n, v in self.outputs.items())
        return b"".join(self.parts) + inputs + outputs


def _properties(metadata: Mapping[str, str] | None) -> bytes:
    entries = (_text(1, k) + _text(2, v) for k, v in (metadata or {}).items())
    return b"".join(_field(14, entry) for entry in entries)


def _value(name: str, kind: str, shape: Sequence[int | str]) -> bytes:
    sizes = (_number(1, n) if isinstance(n, int) else _text(2, n) for n in shape)
    tensor = _number(1, KINDS[kind]) + _field(2, b"".join(_field(1, s) for s in sizes))
    return _text(1, name) + _field(2, _field(1, tensor))


def _attribute(name: str, value: Any) -> bytes:
    if isinstance(value, float):
        content, kind = _varint(2 << 3 | 5) + struct.pack("<f", value), _FLOAT
    elif isinstance(value, int):
        content, kind = _number(3, value), _INT
    else:
        content, kind = b"".join(_number(8, n) for n in value), _INTS
    return _text(1, name) + content + _number(20, kind)


def _text(number: int, value: str) -> bytes:
    return _field(number, value.encode())


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value & (1 << 64) - 1)


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
