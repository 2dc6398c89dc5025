"""Get the ModelSpec of a model file: description file, metadata, name, or shapes.

The first of these that exists is used:

1. ``name.onnx.toml`` or ``name.toml`` next to ``name.onnx``;
2. the model's own metadata, under the key ``avio``, as JSON;
3. the catalogue, where the file is named like one of its models;
4. a checkpoint's weights, which give its size and classes; an output that has the
   shape of a YOLOX head: then the defaults of the family.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from avio_cli.errors import InputError
from avio_cli.models.catalog import CATALOG, COCO_CLASSES, entry_of_file
from avio_cli.models.graph import METADATA_KEY, Graph, read_graph
from avio_cli.models.model_files import TENSORRT, model_extension, stem_of
from avio_cli.models.spec import ModelSpec, spec_from_table

_STRIDES = (8, 16, 32)


@dataclass(frozen=True, slots=True)
class Model:
    """A local model file, and its spec."""

    path: Path
    spec: ModelSpec

    def resized(self, input_size: tuple[int, int]) -> "Model":
        """The same model with another input size.

        Raises:
            UsageError: the size is no multiple of the largest stride.
        """
        return replace(self, spec=self.spec.resized(input_size))


def describe(path: Path, graph: Graph | None = None) -> ModelSpec:
    """Determine the preprocessing and output of a model file.

    Args:
        path: the file.
        graph: its shapes and metadata, where only its runtime can read them.

    Raises:
        InputError: there is no description, it is wrong, or the file does not
            match it.
    """
    graph = graph or read_graph(path)
    try:
        spec = (
            _described(path, graph) or _catalogued(path, graph) or _guessed(path, graph)
        )
    except ValueError as error:  # what the file itself declares
        raise InputError(f"{path}: {error}") from error
    if spec is None:
        raise InputError(
            f"{path}: this model has no description",
            hint=f"describe it in {description_path(path)} (see docs/models.md)",
        )
    _check(path, spec, graph)
    return spec


def describe_engine(path: Path, spec: ModelSpec, graph: Graph) -> ModelSpec:
    """The description of the model that a file was made of, as it fits the file.

    Raises:
        InputError: it does not fit.
    """
    adopted = replace(spec, input_size=_input_size(graph) or spec.input_size)
    _check(path, adopted, graph)
    return adopted


def description_path(path: Path) -> Path:
    """Path of the description of a model file, whether it exists or not.

    ``name.toml`` describes all files of that name, ``name.onnx.toml`` one of them.
    """
    own = path.with_name(f"{path.name}.toml")
    return own if own.is_file() else path.with_name(f"{stem_of(path)}.toml")


def _described(path: Path, graph: Graph | None) -> ModelSpec | None:
    file = description_path(path)
    defaults = {"name": stem_of(path), **_shape_defaults(graph)}
    source = str(file)
    try:
        if file.is_file():
            return spec_from_table(_load_toml(file), defaults)
        text = graph.metadata.get(METADATA_KEY, "") if graph else ""
        source = f"{path}: metadata {METADATA_KEY!r}"
        return spec_from_table(_load_json(text), defaults) if text else None
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise InputError(f"{source}: {error}") from error
    except RecursionError as error:
        raise InputError(f"{source}: it is nested too deeply") from error


def _load_toml(file: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _load_json(text: str) -> dict[str, Any]:
    table = json.loads(text)
    if not isinstance(table, dict):
        raise ValueError("it is not an object")
    return table


def _catalogued(path: Path, graph: Graph | None) -> ModelSpec | None:
    """The catalogue's spec, unless the file's shapes are of another model."""
    entry = entry_of_file(path.name, CATALOG)
    if entry is None:
        return None
    columns = _columns(graph)
    if columns not in (0, entry.spec.columns):
        return None
    return replace(entry.spec, input_size=_input_size(graph) or entry.spec.input_size)


def _guessed(path: Path, graph: Graph | None) -> ModelSpec | None:
    """The family's defaults, where the output has a row for each cell of the grids."""
    if graph is not None and graph.checkpoint:
        return family_spec(stem_of(path), graph.size, _columns(graph) - 5)
    defaults = _shape_defaults(graph)
    size = defaults.get("input_size")
    if graph is None or size is None or "classes" not in defaults:
        return None
    if any(n % max(_STRIDES) for n in size):
        return None
    spec = ModelSpec(name=stem_of(path), strides=_STRIDES, **defaults)
    if graph.outputs[0][1] != spec.anchors:
        return None
    if model_extension(path) in TENSORRT and len(spec.classes) == 1:
        return replace(family_spec(spec.name, "", 1), input_size=spec.input_size)
    return spec


def family_spec(name: str, size: str, classes: int) -> ModelSpec:
    """Preprocessing of networks of a size and a number of classes, as trained.

    With one class it is taken for ByteTrack's: persons, in normalised RGB; with others
    for one of Megvii's YOLOX.

    Args:
        name: what to call it.
        size: ``nano`` to ``x``; empty where unknown.
        classes: how many it distinguishes.
    """
    entry = CATALOG[f"{'bytetrack' if classes == 1 else 'yolox'}-{size or 'm'}"]
    names = entry.spec.classes if classes == 1 else class_names(classes)
    return replace(entry.spec, name=name, classes=names, licence="")


def class_names(count: int) -> tuple[str, ...]:
    """Names for classes of which only the number is known; 80 are those of COCO."""
    if count == len(COCO_CLASSES):
        return COCO_CLASSES
    return tuple(f"class{number}" for number in range(count))


def _shape_defaults(graph: Graph | None) -> Mapping[str, Any]:
    """What a description may omit, read from the graph."""
    size, classes = _input_size(graph), _columns(graph) - 5
    defaults: dict[str, Any] = {"input_size": size} if size else {}
    if classes > 0:
        defaults["classes"] = class_names(classes)
    return defaults


def _input_size(graph: Graph | None) -> tuple[int, int] | None:
    if graph is None or len(graph.inputs) != 1 or len(graph.inputs[0]) != 4:
        return None
    _, planes, height, width = graph.inputs[0]
    return (width, height) if planes == 3 and width and height else None


def _columns(graph: Graph | None) -> int:
    """Columns of the output table; 0 where unknown."""
    if graph is None or len(graph.outputs) != 1 or len(graph.outputs[0]) != 3:
        return 0
    return graph.outputs[0][2]


def _check(path: Path, spec: ModelSpec, graph: Graph | None) -> None:
    if graph is None:
        return
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise InputError(
            f"{path}: has {len(graph.inputs)} inputs and {len(graph.outputs)} outputs, "
            "not one of each",
            hint="only detectors with the output of YOLOX can be run",
        )
    if _columns(graph) not in (0, spec.columns):
        raise InputError(
            f"{path}: its output has {_columns(graph)} columns, not {spec.columns} "
            f"(5 and a column for each of {len(spec.classes)} classes)",
            hint=f"correct the classes in {description_path(path)}",
        )
