"""Compare the outputs of an exported model with those of its source."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import AvioError
from avio_cli.models.spec import ModelSpec
from avio_cli.protocols import Runtime
from avio_cli.vision.detectors.yolox import Grid, preprocess


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
    expected, found = source.run(batch), result.run(batch)
    if expected.shape != found.shape:
        raise AvioError(
            f"the result's output has the shape {found.shape}, its source's "
            f"{expected.shape}"
        )
    if decode:
        expected = _decoded(expected, spec)
    apart = np.abs(found - expected) / np.maximum(1, np.abs(expected))
    if not np.isfinite(apart).all():
        raise AvioError("the result computes NaN or infinity where its source does not")
    return Difference(float(apart[..., :4].max()), float(apart[..., 4:].max()))


def _decoded(table: NDArray[np.float32], spec: ModelSpec) -> NDArray[np.float32]:
    grid = Grid.of(spec)
    centres = (table[..., :2] + grid.cells) * grid.strides
    sizes = np.exp(table[..., 2:4]) * grid.strides
    return np.concatenate((centres, sizes, table[..., 4:]), axis=-1)
