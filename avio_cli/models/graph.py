"""Shapes and metadata of a model file.

ONNX and OpenVINO files are read without any library, checkpoints with PyTorch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from avio_cli.errors import InputError
from avio_cli.models.checkpoint import (
    architecture_of,
    is_torch2trt,
    read_saved,
    takes_pixels,
    weights_in,
)
from avio_cli.models.model_files import TORCH, TORCH2TRT, model_extension
from avio_cli.models.onnx.file import read_onnx
from avio_cli.models.tensor import Tensor, image_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


METADATA_KEY = "avio"
"""Metadata key of a model file's `ModelSpec`, written as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Inputs, outputs and metadata of one model."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Text by key, as in the file."""
    checkpoint: bool = False
    """Whether it is a checkpoint: weights, from which a network is built."""
    pixels: bool = False
    """Whether a checkpoint was trained on pixels from 0 to 255, not normalised ones."""
    size: str = ""
    """The size of YOLOX that a checkpoint was recognised as, such as ``nano``."""

    @property
    def image(self) -> Tensor | None:
        """The input for images; None where it is not known."""
        return image_of(self.inputs)


def read_graph(path: Path) -> Graph | None:
    """Read the shapes and metadata of a model file.

    Returns:
        None for formats that only their runtime can read, and for checkpoints where
        PyTorch is not installed.

    Raises:
        InputError: the file cannot be read, or is not what its extension says.
    """
    extension = model_extension(path)
    if extension in (*TORCH, TORCH2TRT):
        return _read_saved(path) if find_spec("torch") else None
    try:
        if extension == ".onnx":
            inputs, outputs, metadata = read_onnx(path)
            return Graph(inputs=inputs, outputs=outputs, metadata=metadata)
        if extension == ".xml":
            return _read_openvino(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, SyntaxError) as error:  # SyntaxError: no XML
        kind = "ONNX" if extension == ".onnx" else "OpenVINO"
        raise InputError(
            f"{path}: not an {kind} model ({error})",
            hint="the file may be cut off, or a web page saved under this name",
        ) from error
    return None


def _read_saved(path: Path) -> Graph:
    """Read a checkpoint, or an engine that torch2trt wrapped."""
    saved = read_saved(path)
    if is_torch2trt(saved):
        text = saved.get(METADATA_KEY)
        metadata = {METADATA_KEY: text} if isinstance(text, str) else {}
        nothing = (Tensor("", ()),)
        return Graph(inputs=nothing, outputs=nothing, metadata=metadata)
    weights = weights_in(path, saved)
    network = architecture_of(path, weights)
    return Graph(
        inputs=(Tensor("images", (0, 3, 0, 0)),),
        outputs=(Tensor("output", (0, 0, 5 + network.classes)),),
        checkpoint=True,
        pixels=takes_pixels(weights),
        size=network.size,
    )


def _read_openvino(path: Path) -> Graph:
    """Read an OpenVINO IR, version 10 or 11: layers with their ports, then rt_info."""
    from xml.etree import ElementTree  # most models have another format

    root = ElementTree.parse(path).getroot()
    if root.tag != "net":
        raise ValueError(f"its root is {root.tag!r}")
    layers = {kind: root.findall(f"layers/layer[@type='{kind}']") for kind in _ENDS}
    known = root.find(f"rt_info/{METADATA_KEY}")
    text = "" if known is None else known.get("value", "")
    return Graph(
        inputs=tuple(_port(layer, "output") for layer in layers["Parameter"]),
        outputs=tuple(_port(layer, "input") for layer in layers["Result"]),
        metadata={METADATA_KEY: text} if text else {},
    )


_ENDS = ("Parameter", "Result")
_KINDS = {
    "FP32": "float32",
    "FP16": "float16",
    "U8": "uint8",
    "I64": "int64",
    "I32": "int32",
    "": "float32",
}


def _port(layer: "Element", side: str) -> Tensor:
    # A dynamic size is written as -1, or as a range.
    port = layer.find(f"{side}/port")
    sizes = [] if port is None else [dim.text or "" for dim in port.findall("dim")]
    precision = "" if port is None else port.get("precision", "")
    shape = tuple(int(size) if size.isdecimal() else 0 for size in sizes)
    name = layer.get("name", "").partition("/sink_port")[0]
    return Tensor(name, shape, _KINDS.get(precision, ""))
