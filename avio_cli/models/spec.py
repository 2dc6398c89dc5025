"""ModelSpec: preprocessing and output format of a detector."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from avio_cli.errors import UsageError, did_you_mean

SCHEMA = 1
"""Version of the file format of descriptions and model metadata."""

_MAX_PIXELS = 1 << 26
"""Of a model's input: 0.8 GB as float32, and the layers take many times that."""

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """Preprocessing, output and classes of one detector of the YOLOX family.

    The frame is bgr24 uint8, scaled to fit and padded right and below. The model's
    input is float32 planes in `color`'s order: ``(pixel * scale - mean) / std``.

    Raises:
        ValueError: a value makes no sense; the message names it.
    """

    name: str
    input_size: tuple[int, int]
    """Width and height of the model's input, multiples of the largest stride."""
    classes: tuple[str, ...]
    """Names of the classes, in the order of the output's columns."""
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
    decoded: bool = False
    """Whether boxes are in pixels (cx cy w h); else cells and logarithms."""
    strides: tuple[int, ...] = (8, 16, 32)
    """Pixels a cell of each output grid, in the order of the output's rows."""
    licence: str = ""
    """SPDX identifier of the weights' licence; empty where unknown."""

    def __post_init__(self) -> None:
        for problem in _problems(self):
            raise ValueError(problem)

    @property
    def anchors(self) -> int:
        """Rows of the output: the cells of all grids."""
        width, height = self.input_size
        return sum((width // s) * (height // s) for s in self.strides)

    @property
    def columns(self) -> int:
        """Columns of the output: box, objectness, one a class."""
        return 5 + len(self.classes)

    def resized(self, input_size: tuple[int, int]) -> "ModelSpec":
        """The same model with another input size.

        Raises:
            UsageError: the size is no multiple of the largest stride.
        """
        try:
            return replace(self, input_size=input_size)
        except ValueError as error:
            step = max(self.strides)
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

    def to_table(self) -> dict[str, Any]:
        """The spec as TOML or JSON types; `spec_from_table` reads it."""
        written = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        lists = {k: list(v) if isinstance(v, tuple) else v for k, v in written.items()}
        return {"schema": SCHEMA, **lists}


def spec_from_table(table: Mapping[str, Any], defaults: Mapping[str, Any]) -> ModelSpec:
    """Read and check a spec from a table.

    Args:
        table: of a description file or a model's metadata.
        defaults: fields of `ModelSpec` for what it omits.

    Raises:
        ValueError: a key is unknown, a value is of the wrong kind or makes no sense,
            or something is missing; the message names it.
    """
    if table.get("schema") != SCHEMA:
        raise ValueError(f"schema must be {SCHEMA}, not {table.get('schema')!r}")
    kinds = {"schema": int} | _KINDS
    for key in table:
        if key not in kinds:
            raise ValueError(f"unknown key {key!r}; {did_you_mean(key, kinds)}")
    given = {key: _convert(key, v) for key, v in table.items() if key != "schema"}
    values = {**defaults, **given}
    for key in ("input_size", "classes"):
        if key not in values:
            raise ValueError(f"{key} is missing")
    return ModelSpec(**values)


_KINDS: dict[str, type] = {
    "name": str,
    "input_size": int,
    "classes": str,
    "color": str,
    "scale": float,
    "mean": float,
    "std": float,
    "pad": int,
    "decoded": bool,
    "strides": int,
    "licence": str,
}
_LISTS = {"input_size": 2, "classes": 0, "mean": 3, "std": 3, "strides": 0}
"""Keys with lists, and how long these must be; 0 for any length."""
_WORDS = {int: "whole numbers", float: "numbers", str: "strings", bool: "true or false"}


def _convert(key: str, value: Any) -> Any:
    kind = _KINDS[key]
    items = value if key in _LISTS else [value]
    if not isinstance(items, list) or not all(_is(item, kind) for item in items):
        form = "a list of" if key in _LISTS else "made of"
        raise ValueError(f"{key} must be {form} {_WORDS[kind]}, not {value!r}")
    if len(items) != (_LISTS.get(key) or len(items)):
        raise ValueError(f"{key} must be {_LISTS[key]} {_WORDS[kind]}, not {value!r}")
    converted = tuple(kind(item) for item in items)
    return converted if key in _LISTS else converted[0]


def _is(item: object, kind: type) -> bool:
    accepted = (int, float) if kind is float else kind
    return isinstance(item, accepted) and (kind is bool or not isinstance(item, bool))


def _problems(spec: ModelSpec) -> Iterable[str]:
    yield from _size_problems(spec)
    if spec.color not in ("bgr", "rgb"):
        yield f"color must be bgr or rgb, not {spec.color!r}"
    if not spec.classes or len(set(spec.classes)) != len(spec.classes):
        yield "classes must be names, at least one and each once"
    if not 0 <= spec.pad <= 255:
        yield f"pad must be 0 to 255, not {spec.pad}"
    numbers = (spec.scale, *spec.mean, *spec.std)
    if not all(map(math.isfinite, numbers)) or spec.scale <= 0 or min(spec.std) <= 0:
        yield "scale and std must be above 0, and all numbers finite"


def _size_problems(spec: ModelSpec) -> Iterable[str]:
    if not spec.strides or min(spec.strides) < 1:
        yield "strides must be whole numbers above 0"
        return
    step = max(spec.strides)
    size = spec.input_size
    if min(size) < step or any(n % step for n in size):
        text = "x".join(map(str, size))
        yield f"input_size {text} is not two multiples of {step}"
    elif size[0] * size[1] > _MAX_PIXELS:
        text = "x".join(map(str, size))
        yield f"input_size {text} has more than {_MAX_PIXELS:,} pixels"
