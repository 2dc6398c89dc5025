"""What a checkpoint was fed in its training shows in its first filters."""

from typing import Any

import numpy as np
import pytest

from avio_cli.models.checkpoint import takes_pixels
from avio_cli.models.yolox_variants import STEM


def first_layer(norm: float, **more: float) -> dict[str, Any]:
    """A first convolution whose filters have a norm, and its normalisation."""
    layer = STEM.removesuffix("conv.weight")
    filters = np.full((16, 12, 3, 3), norm / 108**0.5)
    normalisation = {f"{layer}bn.{key}": np.full(16, v) for key, v in more.items()}
    return {STEM: filters, **normalisation}


@pytest.mark.parametrize(
    ("weights", "pixels"),
    [
        (first_layer(0.02), True),
        (first_layer(0.8), False),
        (first_layer(0.8, weight=1.0, running_var=4000.0), True),
        (first_layer(0.02, weight=-40.0, running_var=1.0), False),
        (first_layer(0.8, running_var=-1.0), False),
        ({STEM: np.zeros((0, 12, 3, 3))}, False),
        ({STEM: np.full((16, 12, 3, 3), 1j)}, False),
    ],
)
def test_the_first_filters_show_how_large_pixels_were(
    weights: dict[str, Any], pixels: bool
) -> None:
    assert takes_pixels(weights) == pixels
