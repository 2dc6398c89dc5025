"""Batches for models with a fixed batch size."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import InputError
from avio_cli.vision.runtimes.tensors import Arrays, Outputs

MAX_BATCH = 1024
"""A larger fixed batch is no model that anyone runs: its images fill the memory."""

Infer = Callable[[Arrays], Outputs]


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


def in_batches(infer: Infer, inputs: Arrays, size: int) -> Outputs:
    """Infer in batches of a size; zeros fill up the last batch.

    Args:
        infer: takes exactly `size` rows of each input, returns as many of each output.
        inputs: each with a row an image.
        size: the batch size; 0 for any number.

    Raises:
        InputError: an output has not as many rows.
    """
    count = len(inputs[0])
    if size in (0, count):
        return infer(inputs)
    parts = []
    for start in range(0, count, size):
        rows = min(size, count - start)
        fed = tuple(_filled(array[start : start + size], size) for array in inputs)
        parts.append(_rows(infer(fed), size, rows))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _filled(part: NDArray[np.generic], size: int) -> NDArray[np.generic]:
    blank = np.zeros((size - len(part), *part.shape[1:]), part.dtype)
    return np.concatenate((part, blank))


def _rows(outputs: Outputs, size: int, wanted: int) -> Outputs:
    for name, array in outputs.items():
        if array.shape[:1] != (size,):
            raise InputError(
                f"for {size} images its output {name} has the shape {array.shape}: "
                "which row belongs to which image is not known",
                hint="export the model with a batch of 1",
            )
    return {name: array[:wanted] for name, array in outputs.items()}
