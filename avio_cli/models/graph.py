"""What a model file says of itself: shapes and metadata, read without any runtime."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from avio_cli.errors import InputError
from avio_cli.models.formats import suffix_of
from avio_cli.models.onnx_file import read_onnx

METADATA_KEY = "avio"
"""Under this name a model file carries its `ModelSpec`, written as JSON."""

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Shapes of one model; 0 stands for a size that is left open."""

    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)


def read_graph(path: Path) -> Graph | None:
    """Read what a model file says of itself.

    Returns:
        None for formats that only their runtime can read.

    Raises:
        InputError: the file cannot be read, or is not what its ending says.
    """
    suffix = suffix_of(path)
    try:
        if suffix == ".onnx":
            inputs, outputs, metadata = read_onnx(path)
            return Graph(inputs=inputs, outputs=outputs, metadata=metadata)
        if suffix == ".xml":
            return _read_openvino(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, ElementTree.ParseError) as error:
        kind = "ONNX" if suffix == ".onnx" else "OpenVINO"
        raise InputError(
            f"{path}: not an {kind} model ({error})",
            hint="the file may be cut off, or a web page saved under this name",
        ) from error
    return None


def _read_openvino(path: Path) -> Graph:
    """Read an OpenVINO IR, version 10 or 11: layers with their ports, then rt_info."""
    root = ElementTree.parse(path).getroot()
    if root.tag != "net":
        raise ValueError(f"its root is {root.tag!r}")
    layers = {kind: root.findall(f"layers/layer[@type='{kind}']") for kind in _ENDS}
    known = root.find(f"rt_info/{METADATA_KEY}")
    text = "" if known is None else known.get("value", "")
    return Graph(
        inputs=tuple(_port_shape(layer, "output") for layer in layers["Parameter"]),
        outputs=tuple(_port_shape(layer, "input") for layer in layers["Result"]),
        metadata={METADATA_KEY: text} if text else {},
    )


_ENDS = ("Parameter", "Result")


def _port_shape(layer: ElementTree.Element, side: str) -> Shape:
    # A size that is left open is written as -1, or as a range.
    sizes = [dim.text or "" for dim in layer.findall(f"{side}/port/dim")]
    return tuple(int(size) if size.isdecimal() else 0 for size in sizes)
