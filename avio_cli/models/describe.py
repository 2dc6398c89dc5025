"""Get the ModelSpec of a model file: description file, metadata, name, or shapes.

The first of these that exists is used:

1. ``name.onnx.toml`` or ``name.toml`` next to ``name.onnx``;
2. the model's own metadata, under the key ``avio``, as JSON;
3. the catalogue, where the file is named like one of its models;
4. a checkpoint's weights, which give its size and classes;
5. what `avio_cli.models.recognition` knows: metadata of other tools, names, shapes.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from avio_cli.errors import InputError
from avio_cli.models.catalog import CATALOG, entry_of_file, family_spec
from avio_cli.models.classes import class_names
from avio_cli.models.description import spec_from_table
from avio_cli.models.graph import METADATA_KEY, Graph, read_graph
from avio_cli.models.hub_files import judge, read_record
from avio_cli.models.layouts import assign
from avio_cli.models.model_files import TENSORRT, model_extension, stem_of
from avio_cli.models.recognition import (
    Recognised,
    class_count,
    recognise,
    what_was_seen,
)
from avio_cli.models.spec import ModelSpec
from avio_cli.models.tensor import listed


@dataclass(frozen=True, slots=True)
class Model:
    """A local model file, and its spec."""

    path: Path
    spec: ModelSpec
    sign: str = ""
    """How it was recognised; empty where it has a description or a known name."""
    origin: str = ""
    """The hub's name of the file, with its commit, where it came from there."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What users should know of it: how it was recognised, its licence, origin."""
        licence = self.spec.licence and f"licence {self.spec.licence}"
        return tuple(filter(None, (self.sign, licence, self.origin)))

    def resized(self, input_size: tuple[int, int]) -> "Model":
        """The same model with another input size.

        Raises:
            UsageError: the size is no multiple of the largest stride.
        """
        return replace(self, spec=self.spec.resized(input_size))


def describe(path: Path, graph: Graph | None = None) -> ModelSpec:
    """Determine the preprocessing and output of a model file; see `describe_model`."""
    return describe_model(path, graph).spec


def describe_model(path: Path, graph: Graph | None = None) -> Model:
    """Determine the preprocessing and output of a model file, and say how.

    Args:
        path: the file.
        graph: its shapes and metadata, where only its runtime can read them.

    Raises:
        InputError: there is no description, it is wrong, or the file does not
            match it.
    """
    graph = graph or read_graph(path)
    try:
        spec = _described(path, graph) or _catalogued(path, graph)
        found = Recognised(spec, "") if spec else _recognised(path, graph)
    except ValueError as error:  # what the file itself declares
        raise InputError(f"{path}: {error}", hint=_hint(path)) from error
    if found is None:
        seen = f": {what_was_seen(graph)}" if graph else ""
        raise InputError(
            f"{path}: this model has no description, and avio does not recognise "
            f"it{seen}",
            hint=_hint(path),
        )
    _check(path, found.spec, graph)
    record = read_record(path)
    if record is None or not judge(path, record).good:
        return Model(path, found.spec, found.sign)
    licence = _described_licence(path) or record.licence or found.spec.licence
    return Model(path, replace(found.spec, licence=licence), found.sign, record.name)


def _described_licence(path: Path) -> str:
    """What the description beside a file says of it, and the file itself does not."""
    file = description_path(path)
    return str(_load_toml(file).get("licence", "")) if file.is_file() else ""


def _hint(path: Path) -> str:
    return f"describe it in {description_path(path)} (see docs/models.md)"


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
    source = str(file)
    try:
        if file.is_file():
            table = _load_toml(file)
        else:
            text = graph.metadata.get(METADATA_KEY, "") if graph else ""
            source = f"{path}: metadata {METADATA_KEY!r}"
            if not text:
                return None
            table = _load_json(text)
        return spec_from_table(table, _defaults(table, path, graph))
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise InputError(f"{source}: {error}") from error
    except RecursionError as error:
        raise InputError(f"{source}: it is nested too deeply") from error


def _defaults(
    table: Mapping[str, Any], path: Path, graph: Graph | None
) -> dict[str, Any]:
    """What a description may omit: what the file shows by itself."""
    name = stem_of(path)
    found = _as_described(table, name, graph)
    if found is not None:
        known = {entry.name: getattr(found, entry.name) for entry in fields(found)}
        if "classes" in table:
            del known["class_ids"]
        return known
    size, layout = _input_size(graph), table.get("layout", "yolox")
    count = class_count(layout, graph.outputs) if graph else 0
    return {
        "name": name,
        **({"input_size": size} if size else {}),
        **({"classes": class_names(count)} if count > 0 else {}),
    }


def _as_described(
    table: Mapping[str, Any], name: str, graph: Graph | None
) -> ModelSpec | None:
    """What the file is recognised as, where that is of the described layout."""
    if graph is None or graph.checkpoint or table.get("schema") == 1:
        return None
    try:
        found = recognise(name, graph)
    except ValueError:  # the description decides
        return None
    layout = found.spec.layout if found else ""
    return found.spec if found and table.get("layout", layout) == layout else None


def _load_toml(file: Path) -> dict[str, Any]:
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
    size = _input_size(graph) or entry.spec.input_size
    licence = entry.spec.licence if entry.is_known(path) else ""
    return replace(entry.spec, input_size=size, licence=licence)


def _recognised(path: Path, graph: Graph | None) -> Recognised | None:
    if graph is None:
        return None
    name = stem_of(path)
    if graph.checkpoint:
        count = _columns(graph) - 5
        spec = family_spec(name, graph.size, count, pixels=graph.pixels)
        fed = "as YOLOX" if spec.color == "bgr" else "as ByteTrack"
        way = f", fed {fed}" if count == 1 else ""
        return Recognised(spec, f"yolox by its weights{way}")
    found = recognise(name, graph)
    engine = model_extension(path) in TENSORRT
    if (
        found
        and engine
        and found.spec.layout == "yolox"
        and len(found.spec.classes) == 1
    ):
        spec = replace(family_spec(name, "", 1), input_size=found.spec.input_size)
        return replace(found, spec=spec)
    return found


def _input_size(graph: Graph | None) -> tuple[int, int] | None:
    size = graph.image.size if graph and graph.image else (0, 0)
    return size if all(size) else None


def _columns(graph: Graph | None) -> int:
    """Columns of the only output, a table; 0 where unknown."""
    if graph is None or len(graph.outputs) != 1 or len(graph.outputs[0].shape) != 3:
        return 0
    return graph.outputs[0].shape[2]


def _check(path: Path, spec: ModelSpec, graph: Graph | None) -> None:
    """Refuse a file whose inputs and outputs are not those of its description.

    Raises:
        InputError: it does not match.
    """
    if graph is None:
        return
    problem = next(_problems(spec, graph), "")
    if problem:
        raise InputError(f"{path}: {problem}", hint=f"correct {description_path(path)}")
    if spec.layout.startswith("yolox") and _columns(graph) not in (0, spec.columns):
        raise InputError(
            f"{path}: its output has {_columns(graph)} columns, not {spec.columns} "
            f"(5 and a column for each of {len(spec.classes)} classes)",
            hint=f"correct the classes in {description_path(path)}",
        )


def _problems(spec: ModelSpec, graph: Graph) -> Iterator[str]:
    wanted = 2 if spec.form.wants_size else 1
    shaped = [tensor for tensor in graph.inputs if tensor.shape]
    if len(graph.inputs) != wanted:
        yield (
            f"has {len(graph.inputs)} inputs ({listed(graph.inputs)}), and the layout "
            f"{spec.layout} {wanted}"
        )
    elif shaped and graph.image is None:
        yield f"has no input of images in three colours: {listed(graph.inputs)}"
    elif graph.image and graph.image.kind not in _IMAGE_KINDS:
        kind = graph.image.kind or "a type unknown here"
        yield f"its input {graph.image} is of {kind}, not {', '.join(_IMAGE_KINDS)}"
    elif graph.image and graph.image.kind == "uint8" and not _takes_bytes(spec):
        yield "its input is bytes: scale must be 1, mean 0 and std 1"
    names = [tensor.name for tensor in graph.outputs]
    if all(names):
        try:
            assign(spec.form, names, dict(spec.outputs))
        except ValueError as error:
            yield f"{error} (outputs: {listed(graph.outputs)})"


_IMAGE_KINDS = ("float32", "float16", "float64", "uint8")
"""Types that hold pixels, 0 to 255."""


def _takes_bytes(spec: ModelSpec) -> bool:
    return (spec.scale, set(spec.mean), set(spec.std)) == (1, {0}, {1})
