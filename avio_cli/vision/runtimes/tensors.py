"""What goes into a model and comes out, in the types that it declares."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.errors import InputError
from avio_cli.models.tensor import Tensor, image_of, listed

Arrays = tuple[NDArray[Any], ...]
Outputs = dict[str, NDArray[Any]]
"""The outputs by name, in the order of the file."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The inputs of a model: one of images, and what else it asks for."""

    image: Tensor
    others: tuple[Tensor, ...] = ()

    @classmethod
    def of(cls, inputs: Sequence[Tensor]) -> "Feed":
        """Find the input for images.

        Raises:
            InputError: there is none, or more than one.
        """
        image = image_of(inputs)
        if image is None and len(inputs) == 1:  # without a shape it can be anything
            image = None if inputs[0].shape else inputs[0]
        if image is None:
            raise InputError(f"it has no input of images: {listed(inputs)}")
        return cls(image, tuple(entry for entry in inputs if entry is not image))

    def prepared(self, batch: NDArray[Any], others: Arrays = ()) -> Outputs:
        """Arrays by the names of the inputs, in their types and order of axes.

        Args:
            batch: (n, 3, H, W).
            others: for the other inputs.
        """
        if self.image.planes_last:
            batch = batch.transpose(0, 2, 3, 1)
        arrays = {self.image.name: (self.image, batch)}
        for tensor, array in zip(self.others, others, strict=True):
            arrays[tensor.name] = (tensor, array)
        return {
            name: np.ascontiguousarray(array, tensor.kind or None)
            for name, (tensor, array) in arrays.items()
        }


def as_plain(array: NDArray[Any]) -> NDArray[Any]:
    """An output whose floats have 32 bits; integers stay as they are."""
    if array.dtype.kind == "f":
        return array.astype(np.float32, copy=False)
    return array
