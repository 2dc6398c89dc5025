"""Detections and tracks of one frame, as structs of arrays."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


def _empty_boxes() -> NDArray[np.float32]:
    return np.empty((0, 4), np.float32)


def _empty_scores() -> NDArray[np.float32]:
    return np.empty(0, np.float32)


def _empty_integers() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Detections:
    """Boxes detected in one frame; no detections is n == 0, never None."""

    boxes: NDArray[np.float32] = field(default_factory=_empty_boxes)
    """float32 (n, 4): x1 y1 x2 y2 in pixels of the full frame, not clipped."""
    scores: NDArray[np.float32] = field(default_factory=_empty_scores)
    """float32 (n,): confidence, 0 to 1."""
    classes: NDArray[np.int64] = field(default_factory=_empty_integers)
    """int64 (n,): index into the model's class names."""

    def __post_init__(self) -> None:
        count = len(self.boxes)
        _check("boxes", self.boxes, (count, 4), np.float32)
        _check("scores", self.scores, (count,), np.float32)
        _check("classes", self.classes, (count,), np.int64)

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(
        self, rows: NDArray[np.bool_] | NDArray[np.int64] | slice
    ) -> "Detections":
        return Detections(self.boxes[rows], self.scores[rows], self.classes[rows])


@dataclass(frozen=True, slots=True)
class Tracks:
    """Boxes with track ids in one frame; no tracks is n == 0, never None."""

    boxes: NDArray[np.float32] = field(default_factory=_empty_boxes)
    """float32 (n, 4): x1 y1 x2 y2 in pixels of the full frame, not clipped."""
    scores: NDArray[np.float32] = field(default_factory=_empty_scores)
    """float32 (n,): score of the detection that last confirmed the track."""
    classes: NDArray[np.int64] = field(default_factory=_empty_integers)
    """int64 (n,): index into the model's class names."""
    ids: NDArray[np.int64] = field(default_factory=_empty_integers)
    """int64 (n,): track ids, 1 and up, unique within one tracker."""

    def __post_init__(self) -> None:
        count = len(self.boxes)
        _check("boxes", self.boxes, (count, 4), np.float32)
        _check("scores", self.scores, (count,), np.float32)
        _check("classes", self.classes, (count,), np.int64)
        _check("ids", self.ids, (count,), np.int64)

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(
        self, rows: NDArray[np.bool_] | NDArray[np.int64] | slice
    ) -> "Tracks":
        return Tracks(
            self.boxes[rows], self.scores[rows], self.classes[rows], self.ids[rows]
        )


def expect(value: object, kind: type[Detections] | type[Tracks], what: str) -> None:
    """Make sure that a caller of the package gave boxes as they are here.

    Args:
        value: what was given.
        kind: what it has to be.
        what: names the parameter.

    Raises:
        TypeError: it is something else; says how to make one.
    """
    if isinstance(value, kind):
        return
    fields = "boxes, scores, classes" + (", ids" if kind is Tracks else "")
    name = kind.__name__
    raise TypeError(
        f"{what} must be {name}, not {type(value).__name__}: {name}({fields}) takes "
        "boxes as float32 (n, 4) x1 y1 x2 y2, scores as float32 (n,), the rest as "
        f"int64 (n,); {name}() has none"
    )


def _check(
    name: str, array: NDArray[np.generic], shape: tuple[int, ...], dtype: type
) -> None:
    if not isinstance(array, np.ndarray):
        raise TypeError(
            f"{name} must be an array of {np.dtype(dtype)}, not {type(array).__name__}"
        )
    if array.shape != shape or array.dtype != dtype:
        raise ValueError(
            f"{name} must be {np.dtype(dtype)} {shape}, not {array.dtype} {array.shape}"
        )
