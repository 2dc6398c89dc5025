"""A runtime that runs nothing."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Outputs = dict[str, NDArray[Any]]


class Canned:
    """Answers with given outputs; satisfies `avio_cli.protocols.Runtime`."""

    takes_pixels = False

    def __init__(self, outputs: Outputs) -> None:
        self.outputs = outputs

    def run(self, batch: NDArray[np.float32], *others: NDArray[Any]) -> Outputs:
        return self.outputs

    def close(self) -> None: ...
