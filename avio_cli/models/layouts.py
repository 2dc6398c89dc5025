"""The layouts of detectors' outputs: what each consists of, and what it is fed.

How a layout is decoded is in `avio_cli.vision.detectors.layouts`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

BOXES, SCORES, LABELS, COUNT, TABLE = "boxes", "scores", "labels", "count", "table"
"""What an output contains. A table has a row a box: its corners, scores and all."""

IMAGENET: Mapping[str, Any] = {
    "mean": (0.485, 0.456, 0.406),
    "std": (0.229, 0.224, 0.225),
}
_SCALED_RGB: Mapping[str, Any] = {"color": "rgb", "scale": 1 / 255}
_ULTRALYTICS = {**_SCALED_RGB, "resize": "letterbox-center"}
_OPENMMLAB: Mapping[str, Any] = {
    "mean": (103.53, 116.28, 123.675),
    "std": (57.375, 57.12, 58.395),
}


_AXES: Mapping[str, int] = {BOXES: 2, SCORES: 1, LABELS: 1, COUNT: 0, TABLE: 2}
"""Axes for one image of each content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One layout of a detector's outputs."""

    name: str
    outputs: Mapping[str, tuple[str, ...]]
    """What it consists of, and names that exports are known to give these outputs."""
    grid: bool = False
    """Whether it has a row for each cell of grids: sizes are multiples of strides."""
    convolutional: bool = True
    """Whether a model of this kind computes the same for a part of its input."""
    wants_size: bool = False
    """Whether a second input says how large the image is, in width and height."""
    scores_axes: int = 1
    """Axes of the scores for one image: 2 where there is a column a class."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `ModelSpec` where a description has none: those of the published
    models of this layout."""

    @property
    def axes(self) -> Mapping[str, int]:
        """Axes for one image, by content."""
        return {**_AXES, SCORES: self.scores_axes}


_TABLE = {TABLE: ("output", "output0", "output_0", "outputs")}
_ROWS = (
    Layout(name="yolox", outputs=_TABLE, grid=True),
    Layout(name="yolox-decoded", outputs=_TABLE, grid=True),
    Layout(name="yolov5", outputs=_TABLE, grid=True, defaults=_ULTRALYTICS),
    Layout(name="yolov8", outputs=_TABLE, grid=True, defaults=_ULTRALYTICS),
    Layout(name="yolo-e2e", outputs=_TABLE, defaults={**_ULTRALYTICS, "nms": False}),
    Layout(
        name="detr",
        outputs={
            BOXES: ("pred_boxes", "dets", "boxes"),
            SCORES: ("logits", "pred_logits", "labels", "scores"),
        },
        convolutional=False,
        scores_axes=2,
        defaults={
            **_SCALED_RGB,
            "resize": "stretch",
            "activation": "sigmoid",
            "nms": False,
        },
    ),
    Layout(
        name="detr-post",
        outputs={LABELS: ("labels",), BOXES: ("boxes",), SCORES: ("scores",)},
        convolutional=False,
        wants_size=True,
        defaults={**_SCALED_RGB, "resize": "stretch", "nms": False},
    ),
    Layout(
        name="mmdet",
        outputs={BOXES: ("dets", "boxes"), LABELS: ("labels",)},
        defaults={**_OPENMMLAB, "nms": False},
    ),
    Layout(
        name="nms",
        outputs={
            COUNT: ("num_dets", "num_detections"),
            BOXES: ("det_boxes", "detection_boxes"),
            SCORES: ("det_scores", "detection_scores"),
            LABELS: ("det_classes", "detection_classes"),
        },
        convolutional=False,
        defaults={**_ULTRALYTICS, "nms": False},
    ),
)
LAYOUTS: Mapping[str, Layout] = MappingProxyType({row.name: row for row in _ROWS})
"""Every layout by the name that descriptions have for it."""


def assign(
    layout: Layout, names: Sequence[str], given: Mapping[str, str]
) -> dict[str, str]:
    """Find out which output is which.

    Args:
        layout: what is looked for.
        names: the model's outputs, in their order.
        given: names by content, where a description has them.

    Returns:
        The name of the output for everything that the layout consists of.

    Raises:
        ValueError: the model has no such output, or which it is is not known.
    """
    found = {}
    for content, known in layout.outputs.items():
        wanted = (given[content],) if content in given else known
        found[content] = next((name for name in wanted if name in names), "")
        if content in given and not found[content]:
            raise ValueError(
                f"it has no output {given[content]!r}, only {', '.join(names)}"
            )
    if all(found.values()):
        return found
    if len(names) == len(found) and not given:
        return dict(zip(found, names, strict=True))
    raise ValueError(
        f"its outputs are {', '.join(names) or 'none'}: which of them are "
        f"{' and '.join(found)} of the layout {layout.name} is not said"
    )
