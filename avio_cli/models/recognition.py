"""Recognise the layout of a detector that has no description.

Each rule looks at one sign: metadata, names of inputs and outputs, or shapes. The first
that answers is believed, and what it took is said to the user.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from avio_cli.models.classes import (
    COCO_CLASSES,
    COCO_IDS,
    class_names,
    read_literal,
    read_names,
)
from avio_cli.models.description import complete_spec
from avio_cli.models.graph import Graph
from avio_cli.models.layouts import (
    BOXES,
    IMAGENET,
    LAYOUTS,
    SCORES,
    TABLE,
    assign,
)
from avio_cli.models.spec import ModelSpec
from avio_cli.models.tensor import Tensor, listed

STRIDES = (8, 16, 32)
_ASSUMED = "classes of COCO assumed"
_MOST = 1000
"""Boxes of detectors that select them themselves; grids have more cells."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was recognised."""

    spec: ModelSpec
    sign: str
    """How it was recognised, in a few words."""


def recognise(name: str, graph: Graph) -> Recognised | None:
    """Recognise a model by its metadata, names and shapes.

    Args:
        name: what to call it.
        graph: what the file declares.

    Returns:
        None where no rule knows the model.

    Raises:
        ValueError: it can be two things, or is something that cannot be run.
    """
    for rule in (_by_metadata, _by_names, _by_shape):
        if answer := rule(graph):
            values, sign = answer
            size = _input_size(graph)
            known: dict[str, Any] = {"input_size": size} if size else {}
            fed = _raw_pixels(graph)
            layout = LAYOUTS[values["layout"]].defaults
            known |= {"licence": _licence(graph.metadata)}
            spec = complete_spec({"name": name, **layout, **known, **values, **fed})
            return Recognised(spec, sign)
    return None


_Answer = tuple[dict[str, Any], str] | None
_AT_THE_END = re.compile(r"\s*\(https?://[^)]*\)$")
_NUMBERED = re.compile(r"^([A-Za-z]+-\d[\w.-]*) License$")
"""An identifier, and a word that does not belong to it."""
_LONGEST = 200
"""Characters of a licence that are shown: some tools write its whole text."""


def _input_size(graph: Graph) -> tuple[int, int] | None:
    size = graph.image.size if graph.image else (0, 0)
    return size if all(size) else None


def _licence(metadata: Mapping[str, str]) -> str:
    """The licence that other tools wrote down, without its address."""
    text = "".join(filter(str.isprintable, metadata.get("license", "")))
    text = _NUMBERED.sub(r"\1", _AT_THE_END.sub("", text.strip()))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _raw_pixels(graph: Graph) -> Mapping[str, Any]:
    """A model with an input of bytes scales and normalises them itself."""
    if graph.image is None or graph.image.kind != "uint8":
        return {}
    return {"scale": 1.0, "mean": (0.0,) * 3, "std": (1.0,) * 3}


def _by_metadata(graph: Graph) -> _Answer:
    """Exports of Ultralytics say what they are."""
    metadata = graph.metadata
    if "names" not in metadata or not {"stride", "task"} & metadata.keys():
        return None
    task = metadata.get("task", "detect")
    if task != "detect":
        raise ValueError(
            f"its metadata says that it is for {task}; only detection can be run"
        )
    names, table = read_names(metadata["names"]), _table(graph)
    size = _size_in_metadata(metadata)
    values: dict[str, Any] = {"classes": names} | ({"input_size": size} if size else {})
    rows, columns = table.shape[-2:] if len(table.shape) > 1 else (0, 0)
    count = len(names)
    if (rows, columns) == (300, 4 + count) and count != 2:
        raise ValueError(
            f"its output {table} looks like RT-DETR as Ultralytics exports it, which "
            "cannot be run; the exports of RT-DETR's authors can"
        )
    for layout, fits in (
        ("yolo-e2e", columns == 6 and 0 < rows <= _MOST),
        ("yolov8", 4 + count in (rows, columns)),
        ("yolov5", columns == 5 + count),
    ):
        if fits:
            return values | {"layout": layout}, f"{layout} by its metadata"
    raise ValueError(
        f"its metadata names {count} classes, which do not fit its output {table}"
    )


def _size_in_metadata(metadata: Mapping[str, str]) -> tuple[int, int] | None:
    if "imgsz" not in metadata:
        return None
    value = read_literal("imgsz", metadata["imgsz"])
    given = value if isinstance(value, list | tuple) else [value, value]
    sides = [side for side in given if isinstance(side, int)]
    if len(sides) != 2 or len(given) != 2:
        raise ValueError(f"its metadata 'imgsz' is no size: {metadata['imgsz'][:40]!r}")
    height, width = sides
    return width, height


def _table(graph: Graph) -> Tensor:
    """The output with the boxes, of models that have one such output."""
    names = [tensor.name for tensor in graph.outputs]
    chosen = assign(LAYOUTS["yolox"], names, {})[TABLE]
    return next(tensor for tensor in graph.outputs if tensor.name == chosen)


def _by_names(graph: Graph) -> _Answer:
    """Inputs and outputs have the names that a family's own tools give them."""
    outputs = {tensor.name: tensor.shape for tensor in graph.outputs}
    coco: dict[str, Any] = {"classes": COCO_CLASSES}
    if any(tensor.name == "orig_target_sizes" for tensor in graph.inputs):
        sign = f"detr-post by its input orig_target_sizes, {_ASSUMED}"
        return coco | {"layout": "detr-post"}, sign
    for layout in ("nms", "mmdet", "detr"):
        found = _known_outputs(layout, outputs)
        if not found:
            continue
        sign = f"{layout} by the names of its outputs"
        if layout == "detr":
            return _detr(outputs[found[SCORES]], found, sign)
        if layout == "nms" or outputs[found[BOXES]][-1:] == (5,):
            return coco | {"layout": layout}, f"{sign}, {_ASSUMED}"
    return None


def _known_outputs(layout: str, outputs: Mapping[str, Any]) -> Mapping[str, str]:
    """The outputs of a layout, where all have names that are known for it."""
    known = LAYOUTS[layout].outputs
    found = {
        c: next((n for n in names if n in outputs), "") for c, names in known.items()
    }
    return found if all(found.values()) else {}


def _detr(scores: tuple[int, ...], found: Mapping[str, str], sign: str) -> _Answer:
    columns = scores[-1] if len(scores) == 3 else 0
    values: dict[str, Any] = {"layout": "detr"}
    if found[BOXES] == "dets":  # RF-DETR
        values |= IMAGENET
    if columns in (91, 92):  # of DETR's line; RT-DETR's and D-FINE's have 80
        values |= {"classes": COCO_CLASSES, "class_ids": COCO_IDS, **IMAGENET}
    elif columns:
        values |= {"classes": class_names(columns)}
    if columns == 92:  # the first DETR: the last column means that there is nothing
        values |= {"activation": "softmax", "background": "last"}
    elif columns != 91 and found[BOXES] == "pred_boxes":
        sign += ", fed as RT-DETR and D-FINE are"
    return (values, sign) if columns else None


def _by_shape(graph: Graph) -> _Answer:
    """One output has as many rows as there are cells in the grids of its input."""
    size = _input_size(graph)
    try:
        shape = _table(graph).shape
    except ValueError:
        return None
    if size is None or len(shape) != 3 or any(n % max(STRIDES) for n in size):
        return None
    cells = sum((size[0] // s) * (size[1] // s) for s in STRIDES)
    rows, columns = shape[1:]
    if (rows, columns) == (cells, 84):
        raise ValueError(
            f"its output {_table(graph)} looks like YOLOv8, transposed (4 + 80 "
            'classes: layout = "yolov8"), or like YOLOX with 79 classes (layout = '
            '"yolox")'
        )
    for layout, fits, count in (
        ("yolox", rows == cells, columns - 5),
        ("yolov5", rows == 3 * cells, columns - 5),
        ("yolov8", columns == cells and rows < cells, rows - 4),
    ):
        if fits and count > 0:
            sign = f"{layout} by the shape of its output"
            return {"layout": layout, "classes": class_names(count)}, sign
    return None


def class_count(layout: str, outputs: Sequence[Tensor]) -> int:
    """How many classes a file of a layout has; 0 where it does not show."""
    if layout not in LAYOUTS:
        return 0
    try:
        names = assign(LAYOUTS[layout], [tensor.name for tensor in outputs], {})
    except ValueError:
        return 0
    shapes = {tensor.name: tensor.shape for tensor in outputs}
    shape = shapes[names.get(SCORES) or names.get(TABLE, outputs[0].name)]
    if len(shape) != 3:
        return 0
    return {
        **dict.fromkeys(("yolox", "yolox-decoded", "yolov5"), shape[2] - 5),
        "yolov8": min(shape[1:]) - 4,
        "detr": shape[2],
    }.get(layout, 0)


def what_was_seen(graph: Graph) -> str:
    """What an unknown model has, and what it might be."""
    seen = f"inputs {listed(graph.inputs)}; outputs {listed(graph.outputs)}"
    if graph.image and not all(graph.image.size):
        return f"{seen}; its input has no fixed size: input_size says which"
    only = graph.outputs[0] if len(graph.outputs) == 1 else Tensor("", ())
    guesses = [guess for guess, fits in _LOOKS if fits(only)]
    return f"{seen}{'; looks like ' + guesses[0] if guesses else ''}"


_LOOKS: tuple[tuple[str, Callable[[Tensor], bool]], ...] = (
    ("a classifier or an embedding, no detector", lambda t: len(t.shape) == 2),
    (
        'YOLOv10 or YOLO26 (layout = "yolo-e2e", and classes)',
        lambda t: len(t.shape) == 3 and t.shape[2] == 6 and 0 < t.shape[1] <= _MOST,
    ),
    (
        'YOLOv8 (layout = "yolov8")',
        lambda t: len(t.shape) == 3 and 4 < t.shape[1] < t.shape[2],
    ),
    (
        'YOLOX or YOLOv5 (layout = "yolox", "yolov5"), or YOLOv8, transposed',
        lambda t: len(t.shape) == 3 and t.shape[1] > t.shape[2] > 5,
    ),
)
"""What outputs look like whose model is not known."""
