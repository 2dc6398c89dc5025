"""ModelSpec: preprocessing and output format of a detector."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from avio_cli.errors import UsageError, did_you_mean
from avio_cli.media.fitting import RESIZES
from avio_cli.models.layouts import LAYOUTS, Layout

_MAX_PIXELS = 1 << 26
"""Of a model's input: 0.8 GB as float32, and the layers take many times that."""
_MAX_CLASS = 65535
"""A class number beyond it is a mistake; no data set has so many."""

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """Preprocessing, output and classes of one detector.

    The frame is bgr24 uint8, placed in the input as `resize` says. The model's
    input is planes in `color`'s order: ``(pixel * scale - mean) / std``.

    Raises:
        ValueError: a value makes no sense; the message names it.
    """

    name: str
    input_size: tuple[int, int]
    """Width and height of the model's input; with grids, multiples of the largest
    stride."""
    classes: tuple[str, ...]
    """Names of the classes, in the order of the output's columns."""
    layout: str = "yolox"
    """What the outputs contain: a key of `avio_cli.models.layouts.LAYOUTS`."""
    outputs: tuple[tuple[str, str], ...] = ()
    """Contents of the layout, and the output of each; empty where names or their
    order show it."""
    activation: Literal["none", "sigmoid", "softmax"] = "none"
    """What makes scores of the numbers in the output."""
    resize: str = "letterbox"
    """How a frame is placed: a key of `avio_cli.media.fitting.RESIZES`."""
    nms: bool = True
    """Whether boxes that overlap a better one are to be dropped."""
    class_ids: tuple[int, ...] = ()
    """The model's own number of each class, where these are not 0, 1, 2 …"""
    background: Literal["none", "first", "last"] = "none"
    """Which number or column means that there is no object."""
    color: Literal["bgr", "rgb"] = "bgr"
    """Order of the planes of the model's input."""
    scale: float = 1.0
    """What a pixel, 0 to 255, is multiplied by."""
    mean: Triple = (0.0, 0.0, 0.0)
    """What is then subtracted, a number a plane, in `color`'s order."""
    std: Triple = (1.0, 1.0, 1.0)
    """What that is divided by, a number a plane, in `color`'s order."""
    pad: int = 114
    """Grey level, 0 to 255, of the padding."""
    strides: tuple[int, ...] = (8, 16, 32)
    """Pixels a cell of each output grid, in the order of the output's rows."""
    licence: str = ""
    """SPDX identifier of the weights' licence; empty where unknown."""

    def __post_init__(self) -> None:
        for problem in _problems(self):
            raise ValueError(problem)

    @property
    def form(self) -> Layout:
        """The row of its layout."""
        return LAYOUTS[self.layout]

    @property
    def step(self) -> int:
        """What the sides of its input are multiples of."""
        return max(self.strides) if self.form.grid else 1

    @property
    def decoded(self) -> bool:
        """Whether YOLOX's boxes are in pixels; else in cells and logarithms."""
        return self.layout == "yolox-decoded"

    @property
    def numbers(self) -> tuple[int, ...]:
        """The model's own number of each class: a column, or a label."""
        first = int(self.background == "first")
        return self.class_ids or tuple(range(first, first + len(self.classes)))

    @property
    def anchors(self) -> int:
        """Rows of the output: the cells of all grids."""
        width, height = self.input_size
        return sum((width // s) * (height // s) for s in self.strides)

    @property
    def columns(self) -> int:
        """Columns of the output of YOLOX: box, objectness, classes."""
        return 5 + self.score_columns

    @property
    def score_columns(self) -> int:
        """How many columns of scores there are, those without a name included."""
        return max(self.numbers) + 1 + (self.background == "last")

    def resized(self, input_size: tuple[int, int]) -> "ModelSpec":
        """The same model with another input size.

        Raises:
            UsageError: the size is no multiple of the largest stride.
        """
        try:
            return replace(self, input_size=input_size)
        except ValueError as error:
            step = self.step
            nearest = "x".join(
                str(max(step, round(n / step) * step)) for n in input_size
            )
            raise UsageError(f"{self.name}: {error}", hint=f"try {nearest}") from error

    def class_indices(self, names: Iterable[str]) -> tuple[int, ...]:
        """Columns of the named classes, in that order.

        Raises:
            UsageError: the model has no such class.
        """
        for name in names:
            if name not in self.classes:
                raise UsageError(
                    f"{self.name} has no class {name!r}",
                    hint=did_you_mean(name, self.classes),
                )
        return tuple(self.classes.index(name) for name in names)


_CHOICES = {
    "color": ("bgr", "rgb"),
    "layout": tuple(LAYOUTS),
    "activation": ("none", "sigmoid", "softmax"),
    "resize": tuple(RESIZES),
    "background": ("none", "first", "last"),
}
"""Fields that are one of a few words."""


def _problems(spec: ModelSpec) -> Iterable[str]:
    for key, words in _CHOICES.items():
        if (word := getattr(spec, key)) not in words:
            yield f"{key} must be {' or '.join(words)}, not {word!r}"
            return
    yield from _size_problems(spec)
    yield from _class_problems(spec)
    unknown = [
        content for content, _ in spec.outputs if content not in spec.form.outputs
    ]
    if unknown:
        known = " and ".join(spec.form.outputs)
        yield f"outputs of the layout {spec.layout} are {known}, not {unknown[0]!r}"
    if not 0 <= spec.pad <= 255:
        yield f"pad must be 0 to 255, not {spec.pad}"
    numbers = (spec.scale, *spec.mean, *spec.std)
    if not all(map(math.isfinite, numbers)) or spec.scale <= 0 or min(spec.std) <= 0:
        yield "scale and std must be above 0, and all numbers finite"


def _class_problems(spec: ModelSpec) -> Iterable[str]:
    if not spec.classes or len(set(spec.classes)) != len(spec.classes):
        yield "classes must be names, at least one and each once"
    ids = spec.class_ids
    if not ids:
        return
    if len(ids) != len(spec.classes) or len(set(ids)) != len(ids):
        yield f"class_ids must be {len(spec.classes)} numbers, one a class, each once"
    elif min(ids) < 0 or max(ids) > _MAX_CLASS:
        yield f"class_ids must be 0 to {_MAX_CLASS}"


def _size_problems(spec: ModelSpec) -> Iterable[str]:
    if not spec.strides or min(spec.strides) < 1:
        yield "strides must be whole numbers above 0"
        return
    step = spec.step
    size = spec.input_size
    text = "x".join(map(str, size))
    if min(size) < step or any(n % step for n in size):
        yield f"input_size {text} is not two multiples of {step}"
    elif size[0] * size[1] > _MAX_PIXELS:
        yield f"input_size {text} has more than {_MAX_PIXELS:,} pixels"
