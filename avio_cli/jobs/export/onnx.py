"""Export checkpoints to ONNX, or change other ONNX files."""

import io
import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

from avio_cli.errors import InputError, UsageError
from avio_cli.models.checkpoint import INSTALL
from avio_cli.models.description import table_of
from avio_cli.models.graph import METADATA_KEY, read_graph
from avio_cli.models.model_files import TORCH, model_extension
from avio_cli.models.onnx.file import (
    has_external_weights,
    with_input_size,
    with_metadata,
)
from avio_cli.models.spec import ModelSpec
from avio_cli.optional import first_line, load
from avio_cli.vision.runtimes.yolox_network import load_network

OPSET = 17
"""Supported by ONNX Runtime 1.12, OpenVINO 2022.3, TensorRT 8.5, and all newer ones."""
INPUT, OUTPUT = "images", "output"
"""Names as in the exports of YOLOX's own tools."""
INSTALL_HALF = 'pip install "avio-cli[export]"'


def make_onnx(path: Path, spec: ModelSpec, *, batch: int, decoded: bool) -> bytes:
    """Make an ONNX file whose metadata has its input size and preprocessing.

    Args:
        path: a checkpoint of YOLOX, or an ONNX file.
        spec: preprocessing of the source, with the input size of the result.
        batch: images at a time; 0 for any number, where the source allows it.
        decoded: whether the result outputs boxes in pixels.

    Raises:
        AvioError: something needed is not installed.
        InputError: the source cannot be read or converted.
        UsageError: the source is not decoded and cannot be changed.
    """
    width, height = spec.input_size
    if model_extension(path) in TORCH:
        network = load_network(path, decoded=decoded)
        model = _traced(path, network, (batch or 1, 3, height, width), free=not batch)
    else:
        source = path.read_bytes()
        _check_source(path, spec, batch, decoded)
        _check_weights(path, source)
        model = with_input_size(source, width, height, batch=batch)
    return described(model, result_spec(spec, decoded=decoded))


def result_spec(spec: ModelSpec, *, decoded: bool) -> ModelSpec:
    """The spec of an export: as its source's, but for boxes that it now decodes."""
    changes = decoded and spec.layout == "yolox"
    return replace(spec, layout="yolox-decoded") if changes else spec


def described(model: bytes, spec: ModelSpec) -> bytes:
    """The same ONNX file with input size and preprocessing in its metadata."""
    return with_metadata(model, METADATA_KEY, json.dumps(table_of(spec)))


def half_precision(model: bytes) -> bytes:
    """The same ONNX file with weights and computation in half precision.

    Input and output stay in 32 bits.

    Raises:
        AvioError: the package onnx is not installed.
    """
    onnx = load("onnx", "the package onnx", INSTALL_HALF)
    float16 = load("onnxruntime.transformers.float16", "ONNX Runtime", INSTALL_HALF)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numbers too small for half become 0
        converted = float16.convert_float_to_float16(
            onnx.load_from_string(model), keep_io_types=True
        )
    data: bytes = converted.SerializeToString()
    return data


def _traced(path: Path, network: Any, shape: tuple[int, ...], *, free: bool) -> bytes:
    torch = load("torch", "PyTorch", INSTALL)
    written = io.BytesIO()
    axes = {INPUT: {0: "batch"}, OUTPUT: {0: "batch"}} if free else None
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # from the tracer: sizes become constants
        try:
            torch.onnx.export(
                network,
                (torch.zeros(shape),),
                written,
                input_names=[INPUT],
                output_names=[OUTPUT],
                dynamic_axes=axes,
                opset_version=OPSET,
                dynamo=False,
            )
        except RuntimeError as error:
            raise InputError(
                f"{path}: PyTorch cannot export it ({first_line(error)})"
            ) from error
    return written.getvalue()


def _check_source(path: Path, spec: ModelSpec, batch: int, decoded: bool) -> None:
    if decoded and spec.layout == "yolox":
        raise UsageError(
            f"{path}: outputs boxes in grid cells, which only an export from the "
            "checkpoint can change",
            hint="omit --decoded: avio decodes boxes itself",
        )
    graph = read_graph(path)
    image = graph.image if graph else None
    if image is None:
        return
    fixed = image.shape[0]
    if batch and fixed and batch != fixed:
        raise UsageError(
            f"{path}: takes {fixed} at a time, fixed when it was exported",
            hint="omit --batch, or export from the checkpoint",
        )
    if spec.layout != "yolox" and image.size not in ((0, 0), spec.input_size):
        raise UsageError(
            f"{path}: holds positions of its own input size",
            hint="omit --input-size, or export from the checkpoint",
        )


def _check_weights(path: Path, model: bytes) -> None:
    if has_external_weights(model):
        raise InputError(
            f"{path}: its weights are in another file, which no export takes over",
            hint="save it as one file: onnx.save(onnx.load(PATH), NEW) in Python",
        )
