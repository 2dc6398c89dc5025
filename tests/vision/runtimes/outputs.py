"""What a runtime gives for a batch, where its model has one output."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.protocols import Runtime


def run_table(runtime: Runtime, batch: NDArray[np.float32]) -> NDArray[Any]:
    (table,) = runtime.run(batch).values()
    return table
