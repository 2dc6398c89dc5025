"""Descriptions of models: a ModelSpec as TOML or JSON, read and written."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from avio_cli.errors import did_you_mean
from avio_cli.models.layouts import LAYOUTS
from avio_cli.models.spec import ModelSpec

SCHEMA = 2
"""Version of the file format of descriptions and model metadata. Version 1 had only
YOLOX's layout, and ``decoded`` for its other form; it is still read."""


def table_of(spec: ModelSpec) -> dict[str, Any]:
    """The spec as TOML or JSON types; `spec_from_table` reads it."""
    written = {entry.name: getattr(spec, entry.name) for entry in fields(spec)}
    lists = {k: list(v) if isinstance(v, tuple) else v for k, v in written.items()}
    return {"schema": SCHEMA, **lists, "outputs": dict(spec.outputs)}


def as_toml(spec: ModelSpec) -> str:
    """The description file of a spec."""
    table = table_of(spec)
    outputs = table.pop("outputs")
    if outputs:
        pairs = (f"{key} = {json.dumps(name)}" for key, name in outputs.items())
        table["outputs"] = "{ " + ", ".join(pairs) + " }"
    # Strings, numbers, lists and booleans of JSON are valid TOML.
    return "".join(
        f"{key} = {value if key == 'outputs' else json.dumps(value)}\n"
        for key, value in table.items()
    )


def spec_from_table(table: Mapping[str, Any], defaults: Mapping[str, Any]) -> ModelSpec:
    """Read and check a spec from a table.

    Args:
        table: of a description file or a model's metadata.
        defaults: fields of `ModelSpec` for what it omits.

    Raises:
        ValueError: a key is unknown, a value is of the wrong kind or makes no sense,
            or something is missing; the message names it.
    """
    schema = table.get("schema")
    if isinstance(schema, bool) or schema not in (1, SCHEMA):
        raise ValueError(f"schema must be 1 or {SCHEMA}, not {schema!r}")
    kinds = _KINDS_1 if schema == 1 else _KINDS
    for key in table:
        if key not in kinds and key != "schema":
            raise ValueError(f"unknown key {key!r}; {did_you_mean(key, kinds)}")
    given = {key: _convert(key, v) for key, v in table.items() if key != "schema"}
    if given.pop("decoded", False):
        given["layout"] = "yolox-decoded"
    return complete_spec({**defaults, **given}, schema)


def complete_spec(values: Mapping[str, Any], schema: int = SCHEMA) -> ModelSpec:
    """Make a spec, with its layout's defaults for what is missing.

    Raises:
        ValueError: something is missing or makes no sense; the message names it.
    """
    layout = "yolox" if schema == 1 else values.get("layout", "yolox")
    if layout not in LAYOUTS:
        raise ValueError(f"unknown layout {layout!r}; {did_you_mean(layout, LAYOUTS)}")
    for key in ("input_size", "classes"):
        if key not in values:
            raise ValueError(f"{key} is missing")
    return ModelSpec(**{**LAYOUTS[layout].defaults, **values})


_KINDS: dict[str, type] = {
    "name": str,
    "input_size": int,
    "classes": str,
    "layout": str,
    "outputs": dict,
    "activation": str,
    "resize": str,
    "nms": bool,
    "class_ids": int,
    "background": str,
    "color": str,
    "scale": float,
    "mean": float,
    "std": float,
    "pad": int,
    "strides": int,
    "licence": str,
}
_NEW_IN_2 = (
    *("layout", "outputs", "activation", "resize", "nms", "class_ids", "background"),
)
_KINDS_1 = {k: v for k, v in _KINDS.items() if k not in _NEW_IN_2} | {"decoded": bool}
_LISTS = {
    "input_size": 2,
    "mean": 3,
    "std": 3,
    "classes": 0,
    "strides": 0,
    "class_ids": 0,
}
"""Keys with lists, and how long these must be; 0 for any length."""
_WORDS = {int: "whole numbers", float: "numbers", str: "strings", bool: "true or false"}


def _convert(key: str, value: Any) -> Any:
    if key == "outputs":
        return _named_outputs(value)
    kind = bool if key == "decoded" else _KINDS[key]
    items = value if key in _LISTS else [value]
    if not isinstance(items, list) or not all(_is(item, kind) for item in items):
        form = "a list of" if key in _LISTS else "made of"
        raise ValueError(f"{key} must be {form} {_WORDS[kind]}, not {value!r}")
    if len(items) != (_LISTS.get(key) or len(items)):
        raise ValueError(f"{key} must be {_LISTS[key]} {_WORDS[kind]}, not {value!r}")
    converted = tuple(kind(item) for item in items)
    return converted if key in _LISTS else converted[0]


def _named_outputs(value: object) -> tuple[tuple[str, str], ...]:
    pairs = list(value.items()) if isinstance(value, Mapping) else [("", value)]
    if not all(isinstance(text, str) for pair in pairs for text in pair):
        raise ValueError(
            'outputs must be a table such as { boxes = "dets", scores = "labels" }, '
            f"not {value!r}"
        )
    return tuple((str(content), str(name)) for content, name in pairs)


def _is(item: object, kind: type) -> bool:
    accepted = (int, float) if kind is float else kind
    return isinstance(item, accepted) and (kind is bool or not isinstance(item, bool))
