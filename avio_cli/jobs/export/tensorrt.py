"""Build TensorRT engines from ONNX files, also in the file format of torch2trt."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

from avio_cli.errors import AvioError, InputError
from avio_cli.jobs.export.onnx import half_precision
from avio_cli.models.checkpoint import INSTALL
from avio_cli.models.graph import METADATA_KEY
from avio_cli.models.onnx.file import read_model
from avio_cli.optional import load
from avio_cli.vision.runtimes.tensorrt_engine import (
    load_tensorrt,
    logger,
    major_version,
    make,
)

STRONGLY_TYPED_SINCE = 11
"""Since this version TensorRT computes in the types of the graph, and has no flag for
half precision."""


def build_engine(model: bytes, *, fp16: bool) -> bytearray:
    """Build a serialised engine for the GPU of the calling thread.

    Args:
        model: an ONNX file of fixed shapes.
        fp16: whether to compute in half precision; input and output stay in 32 bits.

    Raises:
        AvioError: TensorRT is missing, too old, has no GPU, or fails.
        InputError: it cannot parse the file.
    """
    trt = load_tensorrt()
    log = logger(trt)
    typed = major_version(trt) >= STRONGLY_TYPED_SINCE
    builder = make(lambda: trt.Builder(log), log)
    network = builder.create_network(_network_flags(trt) if typed else 0)
    parser = trt.OnnxParser(network, log)
    if not parser.parse(half_precision(model) if fp16 and typed else model):
        raise InputError(f"TensorRT cannot parse the model ({_errors(parser)})")
    config = builder.create_builder_config()
    if not fp16:  # 32 bits are 32 bits, not the 19 of TF32
        config.clear_flag(trt.BuilderFlag.TF32)
    elif not typed:
        config.set_flag(trt.BuilderFlag.FP16)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise AvioError(
            f"TensorRT cannot build the engine ({log.last()})",
            hint="the GPU may have too little free memory: nvidia-smi shows it",
        )
    return bytearray(plan)


def save_wrapped(path: Path, plan: bytearray, description: str, model: bytes) -> None:
    """Write an engine like the saved state of a torch2trt module.

    Args:
        path: the file; ByteTrack's tools expect it to end in ``_trt.pth``.
        plan: the serialised engine.
        description: input size and preprocessing, as JSON; torch2trt ignores it.
        model: the ONNX file that it was built from: its names are the engine's.

    Raises:
        AvioError: PyTorch is not installed.
    """
    torch = load("torch", "PyTorch", INSTALL)
    inputs, outputs, _ = read_model(memoryview(model))
    count = len(outputs)
    nested = tuple(range(count)) if count > 1 else 0
    state = OrderedDict(
        engine=plan,
        input_names=[tensor.name for tensor in inputs],
        output_names=[tensor.name for tensor in outputs],
        # How torch2trt describes their nesting: one tensor stands alone.
        input_flattener={"schema": tuple(range(len(inputs))), "size": len(inputs)},
        output_flattener={"schema": nested, "size": count},
    )
    state[METADATA_KEY] = description
    torch.save(state, path)


def _network_flags(trt: Any) -> int:
    return 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)


def _errors(parser: Any) -> str:
    texts = (parser.get_error(i).desc() for i in range(parser.num_errors))
    return "; ".join(" ".join(text.split()) for text in texts) or "no reason given"
