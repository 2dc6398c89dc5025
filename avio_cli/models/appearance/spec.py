"""What a model of appearance is fed: its description, or what is taken without one.

A model has one input of images and one output with a row of numbers an image. What is
not described is taken as nearly all projects train them: pixels in RGB from 0 to 1,
less ImageNet's mean, divided by its deviation.
"""

import json
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from avio_cli.errors import InputError, did_you_mean
from avio_cli.models.appearance.catalog import KNOWN
from avio_cli.models.describe import description_path
from avio_cli.models.graph import METADATA_KEY, Graph, read_graph
from avio_cli.models.model_files import stem_of
from avio_cli.models.spec import Triple
from avio_cli.models.tensor import listed

SCHEMA = 2
_MOST_PIXELS = 1 << 22


@dataclass(frozen=True, slots=True, kw_only=True)
class AppearanceSpec:
    """Preprocessing of one model; a crop is scaled to fill its input.

    Raises:
        ValueError: a value makes no sense; the message names it.
    """

    name: str
    input_size: tuple[int, int] = (128, 256)
    """Width and height."""
    color: Literal["bgr", "rgb"] = "rgb"
    scale: float = 1 / 255
    """What a pixel, 0 to 255, is multiplied by."""
    mean: Triple = (0.485, 0.456, 0.406)
    """What is then subtracted, a number a plane, in `color`'s order."""
    std: Triple = (0.229, 0.224, 0.225)
    """What that is divided by."""
    licence: str = ""
    """SPDX identifier of the weights' licence; empty where unknown."""

    def __post_init__(self) -> None:
        if self.color not in ("bgr", "rgb"):
            raise ValueError(f"color must be bgr or rgb, not {self.color!r}")
        width, height = self.input_size
        if min(width, height) < 1 or width * height > _MOST_PIXELS:
            raise ValueError(f"input_size {width}x{height} is not possible here")
        numbers = (self.scale, *self.mean, *self.std)
        if not all(map(math.isfinite, numbers)) or min(self.scale, *self.std) <= 0:
            raise ValueError("scale and std must be above 0, and all numbers finite")


def describe_appearance(path: Path) -> AppearanceSpec:
    """Determine how a model of appearance is fed.

    Of these the first that exists counts: ``NAME.toml`` beside ``NAME.onnx``, the
    model's metadata ``avio``, `KNOWN`, the default.

    Raises:
        InputError: it is no such model, or its description is wrong.
    """
    graph = read_graph(path)
    if graph is None or graph.checkpoint:
        raise InputError(
            f"{path}: --reid takes models in ONNX", hint="export it to ONNX"
        )
    _refuse_other_models(path, graph)
    source, table = _table(path, graph)
    name = stem_of(path)
    found = next((row for begin, row in KNOWN.items() if name.startswith(begin)), {})
    assert graph.image is not None
    size = graph.image.size if all(graph.image.size) else (128, 256)
    try:
        given = {key: _convert(key, value) for key, value in table.items()}
        known = {"name": name, "input_size": size, **found, **given}
        return AppearanceSpec(**known)
    except ValueError as error:
        raise InputError(f"{source}: {error}", hint="see docs/models.md") from error


def _refuse_other_models(path: Path, graph: Graph) -> None:
    """Refuse what has not one input of images and one table as output.

    Raises:
        InputError: it has others.
    """
    one = len(graph.inputs) == 1 and graph.image is not None
    tables = [tensor for tensor in graph.outputs if len(tensor.shape) in (0, 2)]
    if one and len(graph.outputs) == 1 and tables:
        return
    raise InputError(
        f"{path} gives no embeddings of images: inputs {listed(graph.inputs)}, outputs "
        f"{listed(graph.outputs)}",
        hint="--reid needs one input [n,3,height,width] and one output [n,length]; "
        "a detector goes to --model",
    )


def _table(path: Path, graph: Graph) -> tuple[str, dict[str, Any]]:
    """The description, and where it comes from; nothing where there is none."""
    file = description_path(path)
    text = graph.metadata.get(METADATA_KEY, "")
    source = str(file) if file.is_file() else f"{path}: metadata {METADATA_KEY!r}"
    try:
        if file.is_file():
            table: Any = tomllib.loads(file.read_text(encoding="utf-8"))
        else:
            table = json.loads(text) if text else {"schema": SCHEMA}
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source}: {error}") from error
    if not isinstance(table, dict):
        raise InputError(f"{source}: it is not an object")
    if table.pop("schema", None) != SCHEMA:
        raise InputError(f"{source}: schema must be {SCHEMA}")
    return source, table


_LISTS = {"input_size": 2, "mean": 3, "std": 3}
_TEXTS = ("name", "color", "licence")


def _convert(key: str, value: object) -> object:
    if key in _TEXTS:
        if not isinstance(value, str):
            raise ValueError(f"{key} must be a string, not {value!r}")
        return value
    if key == "scale":
        return _number(key, value)
    if key not in _LISTS:
        keys = ("schema", "scale", *_TEXTS, *_LISTS)
        raise ValueError(f"unknown key {key!r}; {did_you_mean(key, keys)}")
    if not isinstance(value, list) or len(value) != _LISTS[key]:
        raise ValueError(f"{key} must be {_LISTS[key]} numbers, not {value!r}")
    numbers = tuple(_number(key, item) for item in value)
    return tuple(map(int, numbers)) if key == "input_size" else numbers


def _number(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{key} must be made of numbers, not {value!r}")
    return float(value)
