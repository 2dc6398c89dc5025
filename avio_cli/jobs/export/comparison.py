"""A result of an export run beside its source."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import AvioError
from avio_cli.models.spec import ModelSpec
from avio_cli.protocols import Runtime
from avio_cli.vision.detectors.yolox import Grid, preprocess


@dataclass(frozen=True, slots=True)
class Difference:
    """How far two tables of a detector are apart, at most."""

    boxes: float
    """Of numbers that tell boxes: divided by the first where that is above 1."""
    scores: float
    """Of objectness and classes, which are 0 to 1."""

    def exceeds(self, limit: "Difference") -> bool:
        """Whether it is more than another in anything."""
        return self.boxes > limit.boxes or self.scores > limit.scores

    def __str__(self) -> str:
        return f"boxes {self.boxes:.2g}, scores {self.scores:.2g}"


LIMIT = Difference(1e-3, 1e-3)
"""Between computations in 32 bits; real models show 2e-5."""
LIMIT_FP16 = Difference(0.5, 0.05)
"""Where one is in half precision; YOLOX-nano shows 0.11 and 0.012, both in cells that
hold nothing."""


def sample_image(width: int, height: int) -> NDArray[np.uint8]:
    """A picture with slopes, edges and grain: bgr24, the same at every call."""
    rows, columns = np.mgrid[:height, :width]
    slopes = np.stack(
        (255 * rows // height, 255 * columns // width, (rows + columns) % 256), axis=2
    )
    squares = ((rows // 24 + columns // 24) % 2)[..., np.newaxis] * 60
    grain = np.random.default_rng(0).integers(0, 40, (height, width, 3))
    picture: NDArray[np.uint8] = np.clip(slopes + squares - grain, 0, 255).astype(
        np.uint8
    )
    return picture


def largest_difference(
    source: Runtime, result: Runtime, spec: ModelSpec, *, decode: bool = False
) -> Difference:
    """How far the outputs of two runtimes are apart on the test picture.

    Args:
        source: what the result was made from.
        result: what was made.
        spec: how both are fed.
        decode: whether the result decodes boxes and the source does not.

    Raises:
        AvioError: the outputs are of different shapes, or the result's no numbers.
    """
    batch = preprocess(sample_image(*spec.input_size), spec)
    expected, found = source.run(batch), result.run(batch)
    if expected.shape != found.shape:
        raise AvioError(
            f"the result gives a table of {found.shape}, its source {expected.shape}"
        )
    if decode:
        expected = _decoded(expected, spec)
    apart = np.abs(found - expected) / np.maximum(1, np.abs(expected))
    if not np.isfinite(apart).all():
        raise AvioError("the result gives no numbers where its source does")
    return Difference(float(apart[..., :4].max()), float(apart[..., 4:].max()))


def _decoded(table: NDArray[np.float32], spec: ModelSpec) -> NDArray[np.float32]:
    grid = Grid.of(spec)
    centres = (table[..., :2] + grid.cells) * grid.strides
    sizes = np.exp(table[..., 2:4]) * grid.strides
    return np.concatenate((centres, sizes, table[..., 4:]), axis=-1)
