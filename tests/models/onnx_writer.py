"""Write ONNX files that declare shapes and metadata but hold no nodes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

Shape = Sequence[int | str]


def write_onnx(
    path: Path,
    inputs: Mapping[str, Shape],
    outputs: Mapping[str, Shape],
    metadata: Mapping[str, str] | None = None,
    weights: Sequence[str] = (),
) -> Path:
    graph = b"".join(_field(5, _field(8, name.encode())) for name in weights)
    graph += b"".join(_field(11, _value(*item)) for item in inputs.items())
    graph += b"".join(_field(12, _value(*item)) for item in outputs.items())
    entries = (metadata or {}).items()
    properties = [_field(1, k.encode()) + _field(2, v.encode()) for k, v in entries]
    model = _number(1, 6) + _field(7, graph)
    path.write_bytes(model + b"".join(_field(14, entry) for entry in properties))
    return path


def write_yolox(
    path: Path,
    side: int = 64,
    classes: int = 1,
    metadata: Mapping[str, str] | None = None,
) -> Path:
    rows = sum((side // stride) ** 2 for stride in (8, 16, 32))
    return write_onnx(
        path,
        {"images": (1, 3, side, side)},
        {"output": (1, rows, 5 + classes)},
        metadata,
    )


def _value(name: str, shape: Shape) -> bytes:
    dimensions = b"".join(_field(1, _dimension(size)) for size in shape)
    tensor = _number(1, 1) + _field(2, dimensions)
    return _field(1, name.encode()) + _field(2, _field(1, tensor))


def _dimension(size: int | str) -> bytes:
    return _number(1, size) if isinstance(size, int) else _field(2, size.encode())


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
