"""Nodes of an ONNX graph, written."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from avio_cli.models.onnx.protobuf import bytes_field, number_field

GRAPH_NODE = 1
NODE_INPUT, NODE_OUTPUT, NODE_KIND, NODE_ATTRIBUTE = 1, 2, 4, 5
ATTRIBUTE_NAME, ATTRIBUTE_INT, ATTRIBUTE_TENSOR = 1, 3, 5
ATTRIBUTE_INTS, ATTRIBUTE_TYPE = 8, 20
TENSOR_SIZES, TENSOR_KIND, TENSOR_BYTES = 1, 2, 9

_INT, _TENSOR, _INTS = 2, 4, 7
"""Types of attributes."""

Attribute = int | Sequence[int] | NDArray[np.float32] | NDArray[np.int64]


def node(
    kind: str, inputs: Sequence[str], output: str, **attributes: Attribute
) -> bytes:
    """A field of a graph: one node of one output.

    Args:
        kind: the operator.
        inputs: names of what it takes.
        output: name of what it gives.
        attributes: whole numbers, none negative, or constants.
    """
    fields = [bytes_field(NODE_INPUT, name.encode()) for name in inputs]
    fields.append(bytes_field(NODE_OUTPUT, output.encode()))
    fields.append(bytes_field(NODE_KIND, kind.encode()))
    for name, value in attributes.items():
        fields.append(bytes_field(NODE_ATTRIBUTE, _attribute(name, value)))
    return bytes_field(GRAPH_NODE, b"".join(fields))


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, int):
        content, kind = number_field(ATTRIBUTE_INT, value), _INT
    elif isinstance(value, np.ndarray):
        content, kind = bytes_field(ATTRIBUTE_TENSOR, _constant(value)), _TENSOR
    else:
        content = b"".join(number_field(ATTRIBUTE_INTS, number) for number in value)
        kind = _INTS
    named = bytes_field(ATTRIBUTE_NAME, name.encode())
    return named + content + number_field(ATTRIBUTE_TYPE, kind)


def _constant(array: NDArray[np.float32] | NDArray[np.int64]) -> bytes:
    sizes = b"".join(number_field(TENSOR_SIZES, size) for size in array.shape)
    kind = {"float32": 1, "int64": 7}[array.dtype.name]
    little = array.astype(array.dtype.newbyteorder("<"))
    return (
        sizes
        + number_field(TENSOR_KIND, kind)
        + bytes_field(TENSOR_BYTES, little.tobytes())
    )
