"""The inputs and outputs that a model file declares."""

from collections.abc import Iterable
from dataclasses import dataclass

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output."""

    name: str
    shape: Shape
    """Sizes along its axes, 0 for a dynamic one; empty where the file has none."""
    kind: str = "float32"
    """Type of its numbers, as numpy calls it; empty where avio knows none for it."""

    @property
    def is_image(self) -> bool:
        """Whether it is a batch of images: four axes, one of them of colours."""
        return len(self.shape) == 4 and 3 in (self.shape[1], self.shape[3])

    @property
    def planes_last(self) -> bool:
        """Whether an image is (H, W, 3), not (3, H, W)."""
        return self.is_image and self.shape[1] != 3

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of an image; 0 where they are dynamic or unknown."""
        if not self.is_image:
            return 0, 0
        height, width = self.shape[1:3] if self.planes_last else self.shape[2:4]
        return width, height

    def __str__(self) -> str:
        sizes = ",".join(str(size) if size else "?" for size in self.shape)
        shape = f"[{sizes}]" if self.shape else "of unknown shape"
        return f"{self.name} {shape}".strip()


def image_of(tensors: Iterable[Tensor]) -> Tensor | None:
    """The input for images.

    Returns:
        None where there is none, or more than one.
    """
    images = [tensor for tensor in tensors if tensor.is_image]
    return images[0] if len(images) == 1 else None


def listed(tensors: Iterable[Tensor]) -> str:
    """Tensors with their shapes, for messages."""
    return ", ".join(map(str, tensors)) or "none"
