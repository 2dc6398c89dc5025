"""TensorRT engines that were made of a model: beside its file, or among the models."""

from collections.abc import Iterator
from pathlib import Path

from avio_cli.errors import InputError
from avio_cli.models.catalog import AUTO_ORDER
from avio_cli.models.formats import MODEL_SUFFIXES, TENSORRT, TORCH2TRT, stem_of
from avio_cli.models.store import ModelStore

ENDINGS = (TORCH2TRT, ".engine", "_trt.engine")
"""What a converted file's name ends in, after the name of its source; the last is what
ByteTrack's tools write beside the first."""


def find_engine(model: str, store: ModelStore) -> Path:
    """The engine made of a model.

    Args:
        model: a path, a name, or ``auto`` for any of those that ``auto`` stands for
            on a GPU.
        store: where models are looked for.

    Raises:
        InputError: there is none; the hint is the command that makes one.
    """
    names = AUTO_ORDER["cuda"] if model == "auto" else (model,)
    for name in names:
        for path in _candidates(name, store):
            if path.is_file():
                return path
    source = model if model != "auto" else names[0]
    raise InputError(
        f"no TensorRT engine was made of {model if model != 'auto' else 'any model'}",
        hint=f"avio export {source} --to tensorrt --fp16",
    )


def _candidates(name: str, store: ModelStore) -> Iterator[Path]:
    sources = tuple(suffix for suffix in MODEL_SUFFIXES if suffix not in TENSORRT)
    weights = store.find(name, sources)
    if weights is not None:
        yield from (weights.with_name(stem_of(weights) + end) for end in ENDINGS)
    engine = store.find(name, TENSORRT)
    if engine is not None and engine != weights:
        yield engine
