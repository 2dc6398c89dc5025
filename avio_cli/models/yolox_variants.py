"""Which network of the YOLOX family some weights belong to, read from their shapes."""

from collections.abc import Mapping
from dataclasses import dataclass

Shape = tuple[int, ...]

STEM = "backbone.backbone.stem.conv.conv.weight"
_BLOCKS = "backbone.backbone.dark2.1.m."
_DEPTHWISE = "backbone.backbone.dark2.0.dconv.conv.weight"
_CLASSES = "head.cls_preds.0.weight"

BASE_CHANNELS = 64
"""Channels behind the first convolution of a network of width 1."""
BASE_BLOCKS = 3
"""Blocks in the second stage of a network of depth 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """What is needed to build the network that some weights fit."""

    blocks: int
    """Blocks in the second stage: 3 times the depth, rounded."""
    channels: int
    """Channels behind the first convolution: 64 times the width."""
    depthwise: bool
    """Whether its 3x3 convolutions are depthwise."""
    classes: int

    @property
    def depth(self) -> float:
        """YOLOX's factor of depth, as exactly as the weights show."""
        return self.blocks / BASE_BLOCKS

    @property
    def width(self) -> float:
        """YOLOX's factor of width."""
        return self.channels / BASE_CHANNELS

    @property
    def size(self) -> str:
        """``nano`` to ``x``; empty where it is of no published size."""
        return _SIZES.get((self.blocks, self.channels, self.depthwise), "")


_SIZES = {
    (1, 16, True): "nano",
    (1, 24, False): "tiny",
    (1, 32, False): "s",
    (2, 48, False): "m",
    (3, 64, False): "l",
    (4, 80, False): "x",
}


def recognise(shapes: Mapping[str, Shape]) -> Architecture:
    """Recognise the network by the shapes of its weights.

    Args:
        shapes: shape of each tensor by its name, as Megvii's tools name them.

    Raises:
        ValueError: they are not the weights of such a network; the message says why.
    """
    for key in (STEM, _CLASSES):
        if key not in shapes:
            raise ValueError(f"no weights are called {key}{_instead(shapes)}")
    if len(shapes[STEM]) != 4 or shapes[STEM][1] != 12:
        raise ValueError(f"{STEM} is of shape {shapes[STEM]}, not (n, 12, 3, 3)")
    rests = (key[len(_BLOCKS) :] for key in shapes if key.startswith(_BLOCKS))
    blocks = {rest.partition(".")[0] for rest in rests}
    return Architecture(
        blocks=len(blocks),
        channels=shapes[STEM][0],
        depthwise=_DEPTHWISE in shapes,
        classes=shapes[_CLASSES][0],
    )


def _instead(shapes: Mapping[str, Shape]) -> str:
    first = next(iter(shapes), None)
    return f"; the first is {first}" if first else "; there are none at all"
