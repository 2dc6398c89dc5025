"""Model files by extension, and TensorRT engines among them.

``.pth.tar`` is one extension, and so is ``_trt.pth``, an engine that torch2trt wrapped.
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from avio_cli.errors import InputError
from avio_cli.models.checkpoint import is_torch2trt, read_saved

TORCH = (".pth", ".pth.tar", ".pt")
"""Checkpoints: only PyTorch opens them."""
TORCH2TRT = "_trt.pth"
"""TensorRT engines wrapped by torch2trt, as ByteTrack's tools name them."""
TENSORRT = (".engine", TORCH2TRT)
MODEL_EXTENSIONS = (".onnx", ".xml", *TORCH, *TENSORRT)
"""All extensions of model files."""


def model_extension(path: PurePath) -> str:
    """The extension of a model file, lower case; empty for other files."""
    name = path.name.lower()
    extensions = [end for end in MODEL_EXTENSIONS if name.endswith(end)]
    return max(extensions, key=len, default="")


def stem_of(path: PurePath) -> str:
    """The name of a model file without that extension."""
    extension = model_extension(path)
    return path.name[: -len(extension)] if extension else path.name


HEADER_LENGTH = 4
"""Bytes of the number before a JSON header, as Ultralytics' tools write one."""


@dataclass(frozen=True, slots=True)
class EngineFile:
    """A serialised engine and its outputs."""

    plan: bytes | bytearray
    """The bytes that TensorRT deserialises."""
    outputs: tuple[str, ...] = ()
    """Names of the used outputs; empty where the file does not name them."""


def read_engine(path: Path) -> EngineFile:
    """Read an engine; code that the file names is not run.

    Raises:
        AvioError: it was wrapped by torch2trt, and PyTorch is not installed.
        InputError: it cannot be read, or contains no engine.
    """
    if model_extension(path) in (*TORCH, TORCH2TRT):
        return _unwrapped(path, read_saved(path))
    try:
        plan = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    return EngineFile(_without_header(plan))


def export_command(path: Path, input_size: tuple[int, int] | None = None) -> str:
    """The command that builds an engine again, on the machine where it is to run."""
    sources = (path.with_name(stem_of(path) + end) for end in (*TORCH, ".onnx"))
    source = next((file for file in sources if file.is_file()), "MODEL")
    size = f" --input-size {input_size[0]}x{input_size[1]}" if input_size else ""
    start = f"avio export {shlex.quote(str(source))} --to tensorrt --fp16{size}"
    return f"{start} -o {shlex.quote(str(path))} --force"


def _unwrapped(path: Path, saved: Mapping[str, Any]) -> EngineFile:
    if not is_torch2trt(saved):
        name = shlex.quote(str(path))
        raise InputError(
            f"{path}: contains no TensorRT engine",
            hint=f"if it is a checkpoint: avio export {name} --to tensorrt",
        )
    # Files before July 2022 have no flatteners. They describe how outputs were
    # nested, which avio does not need: it knows them by name.
    names = saved.get("output_names")
    outputs = tuple(map(str, names)) if isinstance(names, list | tuple) else ()
    return EngineFile(saved["engine"], outputs)


def _without_header(plan: bytes) -> bytes:
    end = HEADER_LENGTH + int.from_bytes(plan[:HEADER_LENGTH], "little")
    header = plan[HEADER_LENGTH:end]
    if not header.startswith(b"{") or end >= len(plan):
        return plan
    try:
        json.loads(header)
    except (ValueError, RecursionError):
        return plan
    return plan[end:]
