"""Batches for models with a fixed batch size."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import InputError

MAX_BATCH = 1024
"""A larger fixed batch is no model that anyone runs: its images fill the memory."""

Infer = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def check_batch(name: object, size: int) -> int:
    """Return a fixed batch size.

    Raises:
        InputError: it is too large to be run.
    """
    if size > MAX_BATCH:
        raise InputError(
            f"{name}: it takes {size:,} images at once, and avio at most {MAX_BATCH:,}",
            hint="export it with a batch of 1",
        )
    return size


def in_batches(
    infer: Infer, batch: NDArray[np.float32], size: int
) -> NDArray[np.float32]:
    """Infer in batches of a size; blank images fill up the last batch.

    Args:
        infer: takes exactly `size` images, returns as many tables.
        batch: float32 (n, 3, H, W).
        size: the batch size; 0 for any number.

    Returns:
        float32 (n, rows, columns).
    """
    if size in (0, len(batch)):
        return infer(batch)
    parts = []
    for start in range(0, len(batch), size):
        part = batch[start : start + size]
        blank = np.zeros((size - len(part), *part.shape[1:]), part.dtype)
        parts.append(infer(np.concatenate((part, blank)))[: len(part)])
    return np.concatenate(parts)
