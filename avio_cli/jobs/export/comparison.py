"""Compare the outputs of an exported model with those of its source."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import AvioError
from avio_cli.models.spec import ModelSpec
from avio_cli.protocols import Runtime
from avio_cli.vision.detectors.layouts.yolox import Grid
from avio_cli.vision.detectors.network import preprocess


@dataclass(frozen=True, slots=True)
class Difference:
    """Largest differences between two outputs of a detector."""

    boxes: float
    """Of box coordinates: divided by the first where that is above 1."""
    scores: float
    """Of objectness and classes, which are 0 to 1."""

    def exceeds(self, limit: "Difference") -> bool:
        """Whether it is more than another in any value."""
        return self.boxes > limit.boxes or self.scores > limit.scores

    def __str__(self) -> str:
        return f"boxes {self.boxes:.2g}, scores {self.scores:.2g}"


LIMIT = Difference(1e-3, 1e-3)
"""Between computations in 32 bits; real models show 2e-5."""
LIMIT_FP16 = Difference(0.5, 0.05)
"""Where one is in half precision; YOLOX-nano shows 0.11 and 0.012, both in cells
without an object."""


def sample_image(width: int, height: int) -> NDArray[np.uint8]:
    """An image with gradients, edges and noise: bgr24, the same at every call."""
    rows, columns = np.mgrid[:height, :width]
    gradients = np.stack(
        (255 * rows // height, 255 * columns // width, (rows + columns) % 256), axis=2
    )
    squares = ((rows // 24 + columns // 24) % 2)[..., np.newaxis] * 60
    noise = np.random.default_rng(0).integers(0, 40, (height, width, 3))
    image: NDArray[np.uint8] = np.clip(gradients + squares - noise, 0, 255).astype(
        np.uint8
    )
    return image


def largest_difference(
    source: Runtime, result: Runtime, spec: ModelSpec, *, decode: bool = False
) -> Difference:
    """Compare the outputs of two runtimes for the sample image.

    Args:
        source: what the result was made from.
        result: what was exported.
        spec: input size and preprocessing of both.
        decode: whether the result decodes boxes and the source does not.

    Raises:
        AvioError: the outputs differ in shape, or the result's are not finite.
    """
    batch = preprocess(sample_image(*spec.input_size), spec)
    size = (np.array([spec.input_size], np.int64),) if spec.form.wants_size else ()
    expected, found = source.run(batch, *size), result.run(batch, *size)
    shapes = [{n: a.shape for n, a in out.items()} for out in (found, expected)]
    if list(shapes[0].values()) != list(shapes[1].values()):
        raise AvioError(
            f"the result's outputs have the shapes {shapes[0]}, its source's "
            f"{shapes[1]}"
        )
    boxes = scores = 0.0
    for was, now in zip(expected.values(), found.values(), strict=True):
        wanted = _decoded(was, spec) if decode else was
        apart = _apart(wanted, now)
        is_score = _scores(wanted, spec)
        boxes = max(boxes, float(apart[~is_score].max(initial=0.0)))
        scores = max(scores, float(apart[is_score].max(initial=0.0)))
    return Difference(boxes, scores)


def _scores(table: NDArray[Any], spec: ModelSpec) -> NDArray[np.bool_]:
    """Which numbers are compared as scores.

    In layouts other than YOLOX's those are all up to 1, and labels.
    """
    if not spec.layout.startswith("yolox") or table.ndim != 3:
        small: NDArray[np.bool_] = (np.abs(table) <= 1) | (table.dtype.kind != "f")
        return small
    columns: NDArray[np.bool_] = np.arange(table.shape[2]) >= 4
    return np.broadcast_to(columns, table.shape)


def _apart(expected: NDArray[Any], found: NDArray[Any]) -> NDArray[Any]:
    if expected.dtype.kind != "f":
        return np.asarray(found != expected, np.float32)
    apart: NDArray[Any] = np.abs(found - expected) / np.maximum(1, np.abs(expected))
    if not np.isfinite(apart).all():
        raise AvioError("the result computes NaN or infinity where its source does not")
    return apart


def _decoded(table: NDArray[np.float32], spec: ModelSpec) -> NDArray[np.float32]:
    grid = Grid.of(spec)
    centres = (table[..., :2] + grid.cells) * grid.strides
    sizes = np.exp(table[..., 2:4]) * grid.strides
    return np.concatenate((centres, sizes, table[..., 4:]), axis=-1)
